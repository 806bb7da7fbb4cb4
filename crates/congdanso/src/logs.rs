//! Logs to standard error: lines for people at a terminal, JSON for a collector. Level by `CONGDANSO_LOG` (default `info`).
//! No personal data is ever given to a log; types that hold some hide it in `Debug`.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

pub fn start() {
    let filter = EnvFilter::try_from_env("CONGDANSO_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start in one process (tests) keeps the first.
    let _ = if std::io::stderr().is_terminal() {
        builder.with_target(false).compact().try_init()
    } else {
        builder.json().flatten_event(true).with_current_span(false).try_init()
    };
}
