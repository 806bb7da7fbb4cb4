//! The key that a province proves itself with at the national portal (`private_key_jwt`) and signs with what it tells there: P-256, PKCS #8 in PEM.

use base::clock::Entropy;
use base64::{Engine, engine::general_purpose::STANDARD};
use identity::jws::Signer;
use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path};

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

/// Errors: what is wrong with the file, for the operator.
pub fn read(file: &Path) -> Result<Signer, String> {
    let named = file.display();
    let text = std::fs::read_to_string(file).map_err(|e| format!("client_key_file {named}: {e}"))?;
    let inner = text.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map(|(inner, _)| inner);
    let der = inner.and_then(|inner| STANDARD.decode(inner.split_whitespace().collect::<String>()).ok());
    let signer = der.and_then(|der| Signer::from_pkcs8(&der).ok());
    signer.ok_or_else(|| format!("client_key_file {named} holds no private key (PKCS #8, PEM)"))
}

/// Makes a key in a new file that only its owner reads. Errors: there is such a file, or it cannot be written.
pub fn make(file: &Path) -> anyhow::Result<Signer> {
    let (signer, der) = Signer::generate(&Entropy::system())?;
    let text = STANDARD.encode(der);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(out, "{BEGIN}")?;
    for line in text.as_bytes().chunks(64) {
        out.write_all(line)?;
        writeln!(out)?;
    }
    writeln!(out, "{END}")?;
    out.sync_all()?;
    Ok(signer)
}
