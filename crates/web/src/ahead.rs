//! A body read by somebody who takes all that has come before handing any of it on (`multer` does): piece by piece, and not far
//! ahead of what was handed on. Otherwise a part's head without an end would fill the memory, in which only content is counted.

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt, stream};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Poll, ready},
};

/// Bytes that may have come and not been handed on; above the largest piece of a connection.
const AHEAD: usize = 512 * 1024;

/// What the reader handed on so far.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    steps: AtomicUsize,
    bytes: AtomicUsize,
}

impl Progress {
    /// Another part began, or so many bytes of one were handed on.
    pub fn step(&self, bytes: usize) {
        self.0.steps.fetch_add(1, Ordering::Relaxed);
        self.0.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The body for the reader. It ends with an error when the reader wants more while it holds too much already.
    pub fn watch(&self, body: Body) -> Body {
        Body::from_stream(self.pieces(body.into_data_stream()))
    }

    fn pieces<E: Into<axum::BoxError> + Send + 'static>(
        &self,
        mut pieces: impl Stream<Item = Result<Bytes, E>> + Unpin + Send + 'static,
    ) -> impl Stream<Item = Result<Bytes, axum::BoxError>> + Send + 'static {
        let counters = self.0.clone();
        let (mut came, mut pause, mut waited_at) = (0, false, None);
        stream::poll_fn(move |cx| {
            let steps = counters.steps.load(Ordering::Relaxed);
            let too_far = came - counters.bytes.load(Ordering::Relaxed).min(came) > AHEAD;
            if too_far && !pause && waited_at == Some(steps) {
                return Poll::Ready(Some(Err(io::Error::other("a part's head is too long").into())));
            }
            if std::mem::take(&mut pause) || too_far {
                // Once more when the reader has looked at what there is.
                waited_at = Some(steps).filter(|_| too_far);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let Some(piece) = ready!(pieces.poll_next_unpin(cx)) else { return Poll::Ready(None) };
            let piece = piece.map_err(Into::into)?;
            came += piece.len();
            pause = true;
            Poll::Ready(Some(Ok(piece)))
        })
    }
}
