//! What the program writes while a test asks it, kept for the last step of `make test`, which looks for personal numbers in it (tests/logs).

use axum::http::{HeaderMap, header};
use std::{fs::OpenOptions, path::Path, sync::Mutex};

/// Everything that our own code says, from now on and from every thread of this process; once is enough.
pub fn keep() {
    let Some(folder) = std::env::var_os("CONGDANSO_RUN_LOGS") else { return };
    std::fs::create_dir_all(&folder).unwrap();
    // One file for all processes: each line is one write at its end.
    let file = OpenOptions::new().create(true).append(true).open(Path::new(&folder).join("web.log")).unwrap();
    let filter = "info,sqlx=warn,web=debug,domain=debug,identity=debug,gateways=debug,sandbox=debug,store=debug";
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(Mutex::new(file)).try_init();
}

/// The address that an answer leads to.
pub fn note_address(headers: &HeaderMap) {
    if let Some(to) = headers.get(header::LOCATION).and_then(|to| to.to_str().ok()) {
        tracing::info!(to, "leads to");
    }
}
