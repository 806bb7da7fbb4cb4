//! For those who run it: health, readiness, metrics (X9).

use crate::state::Web;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use std::sync::atomic::Ordering;

pub fn routes() -> Router<Web> {
    Router::new().route("/healthz", get(async || "ok")).route("/readyz", get(ready)).route("/metrics", get(metrics))
}

/// 200 when requests can be served; 503 with the reason while the database is away or the process is shutting down.
async fn ready(State(web): State<Web>) -> Response {
    if web.closing.load(Ordering::Relaxed) {
        return (StatusCode::SERVICE_UNAVAILABLE, "shutting down").into_response();
    }
    let ping = tokio::time::timeout(std::time::Duration::from_secs(3), web.core.store.ping()).await;
    match ping {
        Ok(Ok(())) => "ready".into_response(),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer").into_response(),
    }
}

/// Only for the machine itself and its private network: the balancer must not pass it on (see docs/OPERATIONS.md).
async fn metrics(State(web): State<Web>) -> Response {
    metrics::gauge!("store_waiting").set(web.core.store.waiting() as f64);
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], web.metrics.render()).into_response()
}
