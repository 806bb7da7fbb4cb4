//! Đăng xuất (A9): asked first, then here alone or everywhere; nothing private stays in the browser.

use super::{
    form::{Head, shown},
    keep,
    refusal::Answer,
};
use crate::{
    citizen::answer::{go, go_saying},
    elsewhere::{self, Offered},
    page::Page,
    state::Web,
    visit::{self, Visit},
};
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::HeaderValue,
    response::Response,
};
use domain::{accounts::Error, error::Error as Shared};

#[derive(Template)]
#[template(path = "citizen/accounts/sign_out.html")]
struct SignOutPage {
    p: Page,
    h: Head,
    name: String,
    /// Where this session began; it can end there, too (N9).
    elsewhere: Option<Offered>,
}

pub async fn page(State(web): State<Web>, visit: Visit) -> Answer {
    visit.as_oneself()?;
    let Some(signed) = visit.citizen else { return Ok(go("/tai-khoan")) };
    let mut p = visit.page;
    let h = Head::own(&mut p, "acc-sign-out-title", "/tai-khoan");
    let elsewhere = elsewhere::began_at(&web, &p, &signed.method);
    shown(&SignOutPage { name: signed.name.clone(), elsewhere, h, p })
}

pub async fn sign_out(State(web): State<Web>, visit::Form { by: visit, fields }: visit::Form<Visit>) -> Answer {
    visit.as_oneself()?;
    let everywhere = fields.has("moi-noi");
    let mut there = None;
    if let Some(signed) = &visit.citizen {
        there = elsewhere::ends_at(&web, visit.mark.as_deref(), signed.session, fields.get("noi-cap")).await;
        let ended = if everywhere {
            web.accounts.end_sessions(signed, false).await.map(|_| ())
        } else {
            web.accounts.end_session(signed, signed.session).await
        };
        match ended {
            Ok(()) | Err(Error::Shared(Shared::NotFound)) => {}
            Err(e) => return Err(web.account_problem()(e).into()),
        }
    }
    let there = there.or_else(|| other_account(&web, fields.get("next")));
    let flash = if everywhere { "flash-acc-signed-out-all" } else { "flash-acc-signed-out" };
    let response = there.unwrap_or_else(|| go_saying(&web, "/tai-khoan", flash));
    Ok(without_cache(keep::leave(&web, response)))
}

/// At the national portal: another account is to be used for what waits (N9).
fn other_account(web: &Web, next: &str) -> Option<Response> {
    let waits = web.is_national() && next.starts_with("/oauth2/interaction/");
    waits.then(|| go(&keep::carrying("/dang-nhap", &keep::next_of(next))))
}

/// The browser comes back from the provider where it signed out, too.
pub async fn done(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let (mark, query) = (visit.mark.unwrap_or_default(), raw.unwrap_or_default());
    let ours = web.providers.iter().any(|provider| provider.rp.came_back(&mark, &query));
    Ok(if ours { go_saying(&web, "/tai-khoan", "flash-acc-signed-out-there") } else { go("/tai-khoan") })
}

/// Private pages go, from the browser's cache here and by the service worker (`data-logout`). What the person wrote and could
/// not send yet stays on the phone (R2): its storage is not cleared.
fn without_cache(mut response: Response) -> Response {
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    response
}
