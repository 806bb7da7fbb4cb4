//! Uploads in pieces (R2) as our script sends them, by the protocol tus.

use super::{Answer, Person, Site};
use axum::body::Body;

/// The type of a piece.
pub const TYPE: (&str, &str) = ("content-type", "application/offset+octet-stream");

impl Site {
    pub async fn tus(
        &self,
        who: &Person,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Self::scripted(method, who, path).header("tus-resumable", "1.0.0");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// Announces so many bytes; a good answer says where they go.
    pub async fn announce(&self, who: &Person, size: usize, metadata: &str) -> Answer {
        let size = size.to_string();
        let headers = [("upload-length", size.as_str()), ("upload-metadata", metadata)];
        self.tus(who, "POST", "/tai-len", &headers, Body::empty()).await
    }

    pub async fn append(&self, who: &Person, path: &str, offset: usize, piece: &[u8]) -> Answer {
        let offset = offset.to_string();
        self.tus(who, "PATCH", path, &[TYPE, ("upload-offset", &offset)], piece.to_vec()).await
    }
}
