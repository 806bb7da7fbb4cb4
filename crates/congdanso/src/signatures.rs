//! `[[signature_authority]]` and `[remote_signing]`: whose certificates of persons are believed (N4) and who signs far away, as the operator writes it down.

use anyhow::Context;
use domain::core::Core;
use gateways::{
    remote_signing::{Config, SmartCa},
    revocation::Published,
};
use serde::Deserialize;
use signing::{Authority, Certificate, Verifier, remote::Remote};
use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

/// A root of a few kilobytes, and those below it.
const LONGEST_FILE: u64 = 256 * 1024;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorityAt {
    pub name: String,
    /// PEM or DER, got from the authority itself and compared with what it publishes.
    pub root: PathBuf,
    /// PEM with those between root and persons, for files that leave them out.
    #[serde(default)]
    pub intermediates: Option<PathBuf>,
    /// Where its lists and answers may be fetched: `http://crl.example.vn`. What its certificates name elsewhere is never asked.
    #[serde(default)]
    pub origins: Vec<String>,
    /// Where to look before what its certificates say.
    #[serde(default)]
    pub crl: Option<String>,
    #[serde(default)]
    pub ocsp: Option<String>,
}

impl AuthorityAt {
    fn certificates(&self, what: &str, file: &Path) -> Result<Vec<Certificate>, String> {
        let wrong = |why: &dyn std::fmt::Display| {
            format!("signature_authority «{}»: {what} {}: {why}", self.name, file.display())
        };
        let size = std::fs::metadata(file).map_err(|e| wrong(&e))?.len();
        if size > LONGEST_FILE {
            return Err(wrong(&"is larger than certificates are"));
        }
        let bytes = std::fs::read(file).map_err(|e| wrong(&e))?;
        Certificate::read_file(&bytes).map_err(|e| wrong(&e))
    }

    /// Errors: every fault, in words for an operator.
    fn read(&self) -> Result<Authority, Vec<String>> {
        let mut faults = Vec::new();
        let is_web = |address: &String| address.starts_with("http://") || address.starts_with("https://");
        let mut say = |what: String| faults.push(format!("signature_authority «{}»: {what}", self.name));
        for origin in self.origins.iter().filter(|o| !is_web(o) || o.matches('/').count() != 2) {
            say(format!("origins: «{origin}» is a scheme and a host only, such as http://crl.example.vn"));
        }
        for address in self.crl.iter().chain(&self.ocsp).filter(|a| !is_web(a)) {
            say(format!("«{address}» is no http:// or https:// address"));
        }
        if self.origins.is_empty() && self.crl.is_none() && self.ocsp.is_none() {
            say("origins, crl or ocsp must say where revoked certificates are published".into());
        }
        let root = self.certificates("root", &self.root).map_err(|e| faults.push(e)).unwrap_or_default();
        let intermediates = self.intermediates.as_deref().map(|file| self.certificates("intermediates", file));
        let intermediates = intermediates.transpose().map_err(|e| faults.push(e)).ok().flatten().unwrap_or_default();
        let Ok([root]) = <[Certificate; 1]>::try_from(root) else {
            if faults.is_empty() {
                faults.push(format!("signature_authority «{}»: root holds more than one certificate", self.name));
            }
            return Err(faults);
        };
        let authority = Authority {
            name: self.name.clone(),
            root,
            intermediates,
            origins: self.origins.clone(),
            crl: self.crl.clone(),
            ocsp: self.ocsp.clone(),
        };
        if let Err(e) = authority.check() {
            faults.push(format!("signature_authority «{}»: {e}", self.name));
        }
        if faults.is_empty() { Ok(authority) } else { Err(faults) }
    }
}

/// `[remote_signing]`: an authority that signs far away, in the shape of SmartCA.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoteAt {
    /// `https://…`, up to where `/v1/…` begins.
    pub url: String,
    pub sp_id: String,
    /// A file with the password that was given.
    pub password_file: PathBuf,
}

impl RemoteAt {
    /// Errors: what is wrong, for the operator.
    pub fn read(&self) -> Result<Config, String> {
        let file = self.password_file.display();
        let password = std::fs::read_to_string(&self.password_file)
            .map_err(|e| format!("remote_signing.password_file {file}: {e}"))?;
        let password = match password.trim() {
            "" => return Err(format!("remote_signing.password_file {file} is empty")),
            password => password.to_owned(),
        };
        let config = Config { url: self.url.clone(), sp_id: self.sp_id.clone(), sp_password: password, local: false };
        SmartCa::new(config.clone()).map_err(|e| format!("remote_signing: {e}"))?;
        Ok(config)
    }
}

/// Errors: it cannot be asked at all.
pub fn remote(config: Option<Config>) -> anyhow::Result<Option<Arc<dyn Remote>>> {
    let remote = config.map(SmartCa::new).transpose().context("remote_signing")?;
    Ok(remote.map(|remote| Arc::new(remote) as Arc<dyn Remote>))
}

/// Errors: every fault of all.
pub fn authorities(all: &[AuthorityAt]) -> Result<Vec<Authority>, Vec<String>> {
    let (mut good, mut faults) = (Vec::new(), Vec::new());
    for at in all {
        match at.read() {
            Ok(authority) => good.push(authority),
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() { Ok(good) } else { Err(faults) }
}

/// Who believes them; `None` without any. Errors: the HTTP client.
pub fn verifier(authorities: Vec<Authority>, core: &Core) -> anyhow::Result<Option<Arc<Verifier>>> {
    if authorities.is_empty() {
        return Ok(None);
    }
    let published = Published::new(core.settings.demo).context("signature_authority")?;
    Ok(Some(Arc::new(Verifier::new(authorities, Arc::new(published), core.entropy.clone()))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn at(folder: &Path, root: &str) -> AuthorityAt {
        AuthorityAt {
            name: "Thử".into(),
            root: folder.join(root),
            intermediates: None,
            origins: vec!["http://crl.example.vn".into()],
            crl: None,
            ocsp: None,
        }
    }

    #[test]
    fn n4_an_authority_is_read_from_its_files_and_every_fault_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let openssl = |name: &str, more: &[&str]| {
            let out = Command::new("openssl")
                .current_dir(folder.path())
                .args([
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:P-256",
                    "-nodes",
                    "-keyout",
                    "key",
                ])
                .args(["-subj", "/CN=Thu", "-out", name])
                .args(more)
                .output();
            assert!(out.unwrap().status.success());
        };
        openssl("root", &[]);
        openssl("person", &["-addext", "basicConstraints=critical,CA:FALSE"]);
        let read = authorities(&[at(folder.path(), "root")]).unwrap();
        assert_eq!(read[0].name, "Thử");
        let faults = |wrong: AuthorityAt| authorities(&[wrong]).unwrap_err().join("\n");
        assert!(faults(at(folder.path(), "gone")).contains("root"));
        assert!(faults(at(folder.path(), "key")).contains("«Thử»"));
        assert!(faults(at(folder.path(), "person")).contains("may not issue"));
        let open = AuthorityAt { origins: vec!["http://crl.example.vn/list".into()], ..at(folder.path(), "root") };
        assert!(faults(open).contains("a scheme and a host only"));
        let nowhere = AuthorityAt { origins: Vec::new(), ..at(folder.path(), "root") };
        assert!(faults(nowhere).contains("where revoked certificates"));
        let odd = AuthorityAt { crl: Some("file:///etc/passwd".into()), ..at(folder.path(), "root") };
        assert!(faults(odd).contains("no http://"));
    }
}
