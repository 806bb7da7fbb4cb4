# The only names a newcomer needs. Each brings what it lacks by itself and can be run again. The work is in tools/*.sh.
.DEFAULT_GOAL := help
.PHONY: help demo test lint bench soak fuzz package shots ui tools

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## two provinces and the sandbox on this machine: http://127.0.0.1:8080   (ARGS="--port-base 9000 --fresh")
	@tools/demo.sh $(ARGS)

test: ## everything that CI checks: lints, tests on SQLite and PostgreSQL, browser   (STEPS="fmt nextest")
	@tools/test.sh $(STEPS)

lint: ui ## format, clippy, dependency rules
	@tools/lint.sh

bench: ## speed and memory, on both databases; writes docs/benchmarks.md   (ARGS="…")
	@tools/bench.sh bench $(ARGS)

soak: ## long load with growth watched   (ARGS="…")
	@tools/bench.sh soak $(ARGS)

fuzz: ## bytes of strangers against every parser, a minute for each target   (TARGETS="redaction pages"; FUZZ_SECONDS=600)
	@tools/fuzz.sh $(TARGETS)

package: ## Debian package in target/debian/
	@packaging/build-deb.sh

shots: ## pictures of every screen of the demo, in shots/
	@tools/shots.sh $(ARGS)

ui: ## CSS and scripts of the pages, in web-ui/dist/; plain `cargo build` needs it once
	@tools/build-ui.sh

tools: ## what the other targets would install, at once
	@tools/ensure-all.sh
