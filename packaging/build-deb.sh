#!/usr/bin/env bash
# Makes target/debian/congdanso_VERSION_ARCH.deb with dpkg-deb alone. BINARY=path packs a binary that is built already.
source "$(dirname "$0")/../tools/lib.sh"
cd "$ROOT"
has dpkg-deb || die "missing: dpkg-deb. The package can be made on Debian only."

binary=${BINARY:-$TARGET_DIR/dist/congdanso}
[[ -n ${BINARY:-} ]] || "$ROOT/tools/build-binary.sh" dist
version=$(sed -n '/^\[workspace.package\]/,/^\[/ s/^version = "\(.*\)"/\1/p' Cargo.toml)
arch=$(dpkg --print-architecture)
out=$TARGET_DIR/debian
name=congdanso_${version}_$arch
root=$(mktemp -d "${TMPDIR:-/tmp}/congdanso-deb.XXXXXX")
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

# The binary may need the C library and nothing more, else the line Depends below would lie.
if has ldd && unknown=$(ldd "$binary" | awk '{print $1}' | grep -Ev '^(linux-vdso|libc|libm|libgcc_s|libpthread|libdl|librt|/lib.*ld-linux)'); then
  die "$binary needs libraries that the package does not name: $unknown"
fi
# The newest symbol version that it uses of the C library.
libc=$(grep -aoE 'GLIBC_2\.[0-9]+' "$binary" | sort -Vu | tail -n 1 | cut -d_ -f2)

install -D -m 755 "$binary" "$root/usr/bin/congdanso"
install -D -m 644 packaging/congdanso.service "$root/usr/lib/systemd/system/congdanso.service"
install -D -m 644 packaging/congdanso.sysusers "$root/usr/lib/sysusers.d/congdanso.conf"
install -D -m 644 packaging/congdanso.toml "$root/etc/congdanso/congdanso.toml"
install -D -m 644 docs/OPERATIONS.md "$root/usr/share/doc/congdanso/OPERATIONS.md"
install -D -m 644 LICENSE "$root/usr/share/doc/congdanso/copyright"
mkdir -p "$root/usr/share/congdanso"
cp -r packs "$root/usr/share/congdanso/packs"
find "$root/usr/share" -type d -exec chmod 755 {} + -o -type f -exec chmod 644 {} +

mkdir "$root/DEBIAN"
for script in postinst prerm postrm; do install -m 755 "packaging/$script" "$root/DEBIAN/$script"; done
echo /etc/congdanso/congdanso.toml >"$root/DEBIAN/conffiles"
cat >"$root/DEBIAN/control" <<CONTROL
Package: congdanso
Version: $version
Architecture: $arch
Maintainer: Cong dan so <operations@congdanso.invalid>
Section: web
Priority: optional
Depends: libc6 (>= ${libc:-2.36}), libgcc-s1, systemd
Recommends: ca-certificates
Suggests: postgresql
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Description: citizen platform of a Vietnamese province
 Reports from citizens to their commune and back, alerts, dossiers and
 payments, as one program on SQLite or PostgreSQL.
CONTROL
(cd "$root" && find usr etc -type f -print0 | sort -z | xargs -0 md5sum >DEBIAN/md5sums)

mkdir -p "$out"
dpkg-deb --root-owner-group -Zxz --build "$root" "$out/$name.deb" >/dev/null
say "Package: ${out#"$ROOT"/}/$name.deb, $(du -h "$out/$name.deb" | cut -f1)"
