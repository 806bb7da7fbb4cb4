//! Đăng xuất (A9): asked first, then here alone or everywhere; nothing private stays in the browser.

use super::{
    form::{Head, shown},
    keep,
    refusal::Answer,
};
use crate::{
    citizen::answer::{go, go_saying},
    page::Page,
    state::Web,
    visit::{self, Visit},
};
use askama::Template;
use axum::{extract::State, http::HeaderValue, response::Response};
use domain::{accounts::Error, error::Error as Shared};

#[derive(Template)]
#[template(path = "citizen/accounts/sign_out.html")]
struct SignOutPage {
    p: Page,
    h: Head,
    name: String,
}

pub async fn page(visit: Visit) -> Answer {
    let Some(signed) = visit.citizen else { return Ok(go("/tai-khoan")) };
    let mut p = visit.page;
    let h = Head::own(&mut p, "acc-sign-out-title", "/tai-khoan");
    shown(&SignOutPage { p, h, name: signed.name.clone() })
}

pub async fn sign_out(State(web): State<Web>, visit::Form { by: visit, fields }: visit::Form<Visit>) -> Answer {
    let everywhere = fields.has("moi-noi");
    if let Some(signed) = &visit.citizen {
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
    let flash = if everywhere { "flash-acc-signed-out-all" } else { "flash-acc-signed-out" };
    Ok(without_cache(keep::leave(&web, go_saying(&web, "/tai-khoan", flash))))
}

/// Private pages go, from the browser's cache here and by the service worker (`data-logout`). What the person wrote and could
/// not send yet stays on the phone (R2): its storage is not cleared.
fn without_cache(mut response: Response) -> Response {
    response.headers_mut().insert("clear-site-data", HeaderValue::from_static("\"cache\""));
    response
}
