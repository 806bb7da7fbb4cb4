//! Gửi phản ánh không cần tài khoản (R3): which way to send, then phone and consent → code → the report. Whoever writes has
//! proven a phone first: photos and texts of nobody are not taken in. And leaving, and taking the phone out of the platform.

use super::{
    code::Way,
    form::{Head, shown},
    keep::{self, Door, HOME, carrying, next_of},
    phone_page::{PhonePage, read_phone},
    refusal::{Answer, Out, Refused, refused},
};
use crate::{
    citizen::answer::{go, go_saying},
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{self, Sender, Visit},
};
use askama::Template;
use axum::extract::{RawQuery, State};
use domain::accounts::{Error, FlowKind, data_rights::KEPT};

pub const START: &str = "/phan-anh/khach";
const DELETE: &str = "/khach/xoa";
const WAY: Way =
    Way { kind: FlowKind::Guest, start: START, after: None, title: "acc-register-code-title", tabs: false };

/// Where a guest goes on: with the report.
fn next_report(next: &str) -> String {
    if next == HOME { "/phan-anh/moi".to_owned() } else { next.to_owned() }
}

#[derive(Template)]
#[template(path = "citizen/accounts/send_how.html")]
struct ChoicePage {
    p: Page,
    h: Head,
    sign_in: String,
    register: String,
    guest: String,
}

/// «Ông/Bà muốn gửi bằng cách nào?»
pub async fn choice(RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let next = next_report(&next_of(keep::query(&raw).get("next")));
    if visit.sender().is_some() {
        return Ok(go(&next));
    }
    let p = visit.page;
    let h = Head::door(p.t("guest-how-title"), HOME);
    let [sign_in, register, guest] = ["/dang-nhap", "/dang-ky", START].map(|door| carrying(door, &next));
    shown(&ChoicePage { sign_in, register, guest, h, p })
}

const PAGE: PhonePage = PhonePage {
    action: START,
    title: "guest-title",
    lead: "guest-lead",
    steps_over: "guest-steps-over",
    for_guests: true,
};

fn start_page(visit: Visit, next: &str, typed: &Fields, gone: bool, refused: Refused) -> Answer {
    PAGE.show(visit, carrying("/phan-anh/cach-gui", next), next, typed, gone, refused)
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let asked = keep::query(&raw);
    let next = next_report(&next_of(asked.get("next")));
    if visit.sender().is_some() {
        return Ok(go(&next));
    }
    let has_mark = visit.mark.is_some();
    let response = start_page(visit, &next, &Fields::default(), asked.has("het-han"), Refused::none())?;
    Ok(keep::marked(&web, has_mark, response))
}

pub async fn start(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let next = next_report(&next);
    let phone = match read_phone(&visit, &fields) {
        Ok(phone) => phone,
        Err(said) => return start_page(visit, &next, &fields, false, said),
    };
    let (before, lang, proof) = (keep::flow(&web, &visit), visit.page.lang(), fields.get("altcha"));
    match web.accounts.start_guest(phone, fields.has("agreed"), lang, &visit.visitor, proof, Some(&before)).await {
        Ok(started) => WAY.started(&web, visit.mark.is_some(), &next, &started.token),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "phone", START)?;
            start_page(visit, &next, &fields, false, said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let next = next_report(&next_of(keep::query(&raw).get("next")));
    if visit.sender().is_some() {
        return Ok(go(&next));
    }
    WAY.show(&web, visit, &next, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let next = next_report(&next);
    let code = WAY.typed(&web, &visit, &next, &fields).await?;
    match web.accounts.confirm_guest(&keep::flow(&web, &visit), code, &visit.visitor).await {
        Ok(session) => Ok(keep::enter_as_guest(&web, go(&next), &session)),
        // Sent twice: the first one opened the door.
        Err(Error::FlowGone) if visit.guest.is_some() => Ok(go(&next)),
        Err(e @ Error::Blocked { .. }) => {
            let said = refused(&web, &visit.page, e, "phone", START)?;
            start_page(visit, &next, &Fields::default(), false, said)
        }
        Err(e) => WAY.refuse(&web, visit, &next, e, "code").await,
    }
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.resend(&web, visit, &next_report(&next), fields.get("altcha")).await
}

/// «Thoát»: on a phone that others use, too.
pub async fn leave(State(web): State<Web>, form: visit::Form<Sender>) -> Answer {
    let by = guest_of(form.by)?;
    web.accounts.end_session(&by.signed, by.signed.session).await.map_err(web.account_problem())?;
    Ok(keep::forgetting(keep::leave_as_guest(&web, go_saying(&web, HOME, "flash-guest-left"))))
}

/// These pages are a guest's; an account has its own.
pub(super) fn guest_of(by: Sender) -> Result<Sender, Out> {
    if by.is_guest() { Ok(by) } else { Err(Out::Problem(Problem::NotFound)) }
}

#[derive(Template)]
#[template(path = "citizen/accounts/guest_delete.html")]
struct DeletePage {
    p: Page,
    h: Head,
    kept: Vec<String>,
    /// The proof is old: the way to a new one is shown.
    again: bool,
}

fn delete_form(by: Sender, again: bool, refused: Refused) -> Answer {
    let p = by.visit.page;
    let (errors, status, seconds) = refused.split();
    let h = Head::door(p.t("guest-delete-title"), "/khach/du-lieu").wrong(errors);
    let kept = KEPT
        .iter()
        .filter(|key| !["kept-dossiers", "kept-payments"].contains(key))
        .map(|key| p.t(key).into_owned())
        .collect();
    Refused::page(status, seconds, &DeletePage { p, h, kept, again })
}

pub async fn delete_page(by: Sender) -> Answer {
    delete_form(guest_of(by)?, false, Refused::none())
}

/// «Xóa số điện thoại của tôi» (A12): after a fresh code, at once and for good.
pub async fn delete(State(web): State<Web>, form: visit::Form<Sender>) -> Answer {
    let by = guest_of(form.by)?;
    if !form.fields.has("sure") {
        let said = Refused::at("sure", by.visit.page.t("acc-delete-not-sure").into_owned());
        return delete_form(by, false, said);
    }
    match web.accounts.delete_account(&by.signed).await {
        Ok(()) => Ok(keep::forgetting(keep::leave_as_guest(&web, go_saying(&web, HOME, "flash-guest-deleted")))),
        Err(Error::Shared(domain::error::Error::StepUp)) => {
            let said = Refused::at("sure", by.visit.page.t("guest-delete-again").into_owned());
            delete_form(by, true, said)
        }
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "sure", DELETE)?;
            delete_form(by, false, said)
        }
    }
}
