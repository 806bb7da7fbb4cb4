//! Only looks whether the front end was built; building it is `make ui`, never cargo's business (no network in cargo).

fn main() {
    let dist = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web-ui/dist/manifest.json");
    println!("cargo::rerun-if-changed=../../web-ui/dist/manifest.json");
    println!("cargo::rerun-if-changed=templates");
    println!("cargo::rerun-if-changed=texts");
    if !dist.exists() {
        println!("cargo::error=web-ui/dist is missing: run `make ui` once (it needs Node.js), then cargo again");
    }
}
