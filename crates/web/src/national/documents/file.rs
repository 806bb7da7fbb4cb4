//! The file of a paper: to be saved, or as a picture in its own page. It was a stranger's: whatever a browser makes of it, it runs nothing, frames
//! nothing, and is kept by nobody on the way.

use crate::{
    citizen::{
        accounts::refusal::Answer,
        answer::{self, cached, go},
    },
    error::Problem,
    middleware::encode,
    state::Web,
    visit::Citizen,
};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderName, HeaderValue, header},
    response::Response,
};
use base::fold::fold;
use domain::documents::{Content, Line, Media, PAGE};

/// Letters of the name that a saved file has, at most: some systems take 255 bytes.
const NAME_MOST: usize = 60;

/// To be saved. One that cannot be read leads to its page, which says so.
pub async fn take(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let id = answer::id(&id)?;
    let (line, content) = web.accounts.take_document(&by.signed, id).await.map_err(web.account_problem())?;
    let Content::Ready(pieces) = content else { return Ok(go(&format!("{PAGE}/{id}"))) };
    let mut response = sent(&line, Body::from_stream(pieces));
    set(&mut response, header::CONTENT_DISPOSITION, &disposition(&line));
    Ok(response)
}

/// A picture for its own page. Errors: `NotFound`, also for whatever is no picture of ours.
pub async fn look(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let looked = web.accounts.look_at_document(&by.signed, answer::id(&id)?).await;
    match looked.map_err(web.account_problem())? {
        (line, Content::Ready(pieces)) if line.media == Media::Jpeg => Ok(sent(&line, Body::from_stream(pieces))),
        _ => Err(Problem::NotFound.into()),
    }
}

fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn sent(line: &Line, body: Body) -> Response {
    let mut response = cached(Response::new(body), "private, no-store");
    set(&mut response, header::CONTENT_TYPE, line.media.content_type());
    set(&mut response, header::CONTENT_LENGTH, &line.bytes.to_string());
    set(&mut response, header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox");
    response
}

/// By the name that its owner gave it, without what leads elsewhere: first in ASCII, then as it is written (RFC 6266).
fn disposition(line: &Line) -> String {
    let name = line.name.as_deref().unwrap_or_default();
    let is_kept = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | ',' | '(' | ')');
    let kept: String = name.chars().map(|c| if is_kept(c) { c } else { '-' }).take(NAME_MOST).collect();
    let kept = kept.trim_matches([' ', '-']);
    let plain: String = fold(kept).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let (kept, plain) = match plain.trim_matches('-') {
        "" => ("tai-lieu", "tai-lieu"),
        plain => (kept, plain),
    };
    let ending = line.media.ending();
    format!("attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{}.{ending}", encode(kept))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::ids::Uuid;

    #[test]
    fn n6_a_saved_file_has_its_name_and_no_path() {
        let of = |name: &str, media| {
            let line = Line {
                id: Uuid::nil(),
                name: Some(name.into()),
                topic: None,
                media,
                bytes: 1,
                width: None,
                height: None,
                added_at: 0,
            };
            disposition(&line)
        };
        assert_eq!(
            of("Sổ đỏ, nhà 3", Media::Pdf),
            "attachment; filename=\"so-do-nha-3.pdf\"; filename*=UTF-8''S%E1%BB%95%20%C4%91%E1%BB%8F%2C%20nh%C3%A0%203.pdf"
        );
        for bad in ["../../etc/passwd", "C:\\a\".exe;\r\nX: y", "a.pdf\u{0}.html", "...", "", "-", "😀"] {
            let said = of(bad, Media::Jpeg);
            assert!(HeaderValue::from_str(&said).is_ok() && said.matches(".jpg").count() == 2, "{said}");
            assert!(said.matches('.').count() == 2 && !said.contains(['/', '\\', '\r', '\n']), "{said}");
            assert_eq!(said.matches('"').count(), 2, "{said}");
        }
        assert!(of(&"ă".repeat(120), Media::Pdf).len() < 600);
    }
}
