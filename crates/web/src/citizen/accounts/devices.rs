//! Thiết bị đăng nhập (A8): where one is signed in, and ending one session or all others.

use super::{
    form::{Head, shown},
    refusal::Answer,
};
use crate::{
    citizen::answer::{self, go_saying},
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::{Path, State};
use domain::{accounts::Error, error::Error as Shared};

const PAGE: &str = "/tai-khoan/thiet-bi";

struct Line {
    id: String,
    name: String,
    this: bool,
    since: String,
    seen: String,
    how: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/devices.html")]
struct DevicesPage {
    p: Page,
    h: Head,
    lines: Vec<Line>,
}

/// `password+totp` as people say it.
pub fn method(p: &Page, method: &str) -> String {
    let words: Vec<String> = method
        .split('+')
        .map(|m| format!("acc-method-{}", if m.starts_with("via-") { "via" } else { m }))
        .filter(|key| p.l.has(key))
        .map(|key| p.t(&key).into_owned())
        .collect();
    words.join(", ")
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let devices = web.accounts.devices(&by.signed).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-devices-title", "/tai-khoan");
    let mut lines: Vec<Line> = devices
        .into_iter()
        .map(|d| Line {
            this: d.id == by.signed.session,
            id: d.id.to_string(),
            name: if d.device.is_empty() { p.t("acc-device-unknown").into_owned() } else { d.device },
            since: p.date_time(&d.created_at),
            seen: p.date_time(&d.last_seen_at),
            how: method(&p, &d.method),
        })
        .collect();
    lines.sort_by_key(|l| !l.this);
    shown(&DevicesPage { p, h, lines })
}

pub async fn end(
    State(web): State<Web>,
    Path(device): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    let session = answer::id(&device)?;
    if session == by.signed.session {
        return Ok(answer::go("/dang-xuat"));
    }
    match web.accounts.end_session(&by.signed, session).await {
        // Ended already, or never one's own: the list shows what there is.
        Ok(()) | Err(Error::Shared(Shared::NotFound)) => Ok(go_saying(&web, PAGE, "flash-acc-device-ended")),
        Err(e) => Err(web.account_problem()(e).into()),
    }
}

pub async fn end_others(State(web): State<Web>, visit::Form { by, .. }: visit::Form<Citizen>) -> Answer {
    web.accounts.end_sessions(&by.signed, true).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, PAGE, "flash-acc-devices-ended"))
}
