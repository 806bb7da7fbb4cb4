//! Accepting connections: a bounded number, headers within a time, an orderly end.

use axum::{Router, extract::ConnectInfo};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::{conn::auto::Builder, graceful::GracefulShutdown},
    service::TowerToHyperService,
};
use std::{sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tower::Layer;

/// Connections at once; more wait in the kernel's queue.
const CONNECTIONS: usize = 4_096;
/// A client that sends its headers slower than this is cut off; so is a kept-alive connection without a request.
const HEADER_TIME: Duration = Duration::from_secs(15);
/// Shortens `HEADER_TIME` for the test of slow clients.
const HEADER_TIME_NAME: &str = "CONGDANSO_HEADER_SECONDS";
/// How long requests under way may take after the word to end.
const END_TIME: Duration = Duration::from_secs(8);

/// Serves until `stop`; then finishes what is under way.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    // HTTP/1 only: the proxy in front speaks HTTP/2 to browsers. Waiting for the preface of HTTP/2 knows no time-out, so that
    // a client that says nothing would hold its place for ever.
    let mut builder = Builder::new(TokioExecutor::new()).http1_only();
    builder.http1().timer(TokioTimer::new()).header_read_timeout(header_time()).max_buf_size(64 * 1024);
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(e) => {
                    // Out of file descriptors, most likely: wait for connections to end.
                    tracing::error!(error = %e, "a connection cannot be accepted");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                    continue;
                }
            },
            () = stop.cancelled() => break,
        };
        let _ = stream.set_nodelay(true);
        let service = axum::Extension(ConnectInfo(peer)).layer(router.clone());
        // Not `…_with_upgrades`: that waits for the preface of HTTP/2 even where only HTTP/1 is spoken.
        let connection = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let connection = graceful.watch(connection.into_owned());
        tokio::spawn(async move {
            let _ = connection.await; // a client that went away is no error of ours
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(END_TIME, graceful.shutdown()).await.is_err() {
        tracing::warn!("some requests did not end in time and were cut off");
    }
}

fn header_time() -> Duration {
    let set = std::env::var(HEADER_TIME_NAME).ok().and_then(|seconds| seconds.parse().ok());
    set.map_or(HEADER_TIME, Duration::from_secs)
}

/// Cancelled by Ctrl-C or SIGTERM.
pub fn stop_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        let terminate = async {
            match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                Ok(mut signal) => {
                    signal.recv().await;
                }
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            () = terminate => {}
        }
        tracing::info!("stopping: requests under way are finished");
        told.cancel();
    });
    stop
}
