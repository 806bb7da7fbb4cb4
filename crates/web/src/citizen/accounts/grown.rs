//! «Nhận tài khoản của mình» (A19): who came of age takes over the account that a guardian kept. The guardian's code and the own phone, its SMS, a
//! password; and the guardian's side, where the code is made.

use super::{
    code::Way,
    form::{Field, Form, Head, form, shown},
    helping::own_child,
    keep::{self, Door, Doorway, HOME},
    phone_page::{phone_form, read_phone},
    refusal::{Answer, Refused, refused},
};
use crate::{
    citizen::answer::{self, go_saying},
    forms::Fields,
    page::Page,
    state::Web,
    visit::{self, Citizen, Visit},
};
use askama::Template;
use axum::extract::{Path, State};
use base::keys::Secret;
use domain::accounts::{
    Error, FlowKind, flows,
    helping::{Child, HELPING, HandOverCode, Refusal, WAITS},
};

pub const START: &str = "/nhan-tai-khoan";
const PASSWORD: &str = "/nhan-tai-khoan/mat-khau";
const WAY: Way =
    Way { kind: FlowKind::Claim, start: START, after: Some(PASSWORD), title: "acc-register-code-title", tabs: false };

#[derive(Template)]
#[template(path = "citizen/accounts/grown.html")]
struct StartPage {
    p: Page,
    h: Head,
    f: Form,
    agreed: bool,
}

#[derive(Template)]
#[template(path = "citizen/accounts/hand_over.html")]
struct CodePage {
    p: Page,
    h: Head,
    name: String,
    code: String,
    /// Where it is typed.
    place: String,
    from: String,
    until: String,
}

fn start_page(visit: Visit, next: &str, typed: &Fields, gone: bool, said: Refused) -> Answer {
    let p = visit.page;
    let (errors, status, seconds) = said.split();
    let warn = if gone { p.t("grown-steps-over").into_owned() } else { String::new() };
    let h = Head::door(p.t("grown-title"), "/dang-nhap").island("islands/altcha.js").warn(warn).wrong(errors);
    let code = Field::text("hand_over", p.t("grown-code")).hint(p.t("grown-code-hint"));
    let f = Form::new(&p, START, "continue")
        .lead(p.t("grown-lead"))
        .loading(p.t("acc-sending-code"))
        .next(next)
        .proof()
        // It opens an account: it comes back into no page.
        .field(code)
        .field(Field::phone(&p, "grown-phone").value(typed.get("phone")));
    let agreed = typed.has("agreed");
    Refused::page(status, seconds, &StartPage { p, h, f, agreed })
}

pub async fn page(State(web): State<Web>, Doorway { visit, asked, next }: Doorway) -> Answer {
    let has_mark = visit.mark.is_some();
    let response = start_page(visit, &next, &Fields::default(), asked.has("het-han"), Refused::none())?;
    Ok(keep::marked(&web, has_mark, response))
}

pub async fn start(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let (code, phone) = (HandOverCode::parse(fields.get("hand_over")), read_phone(&visit, &fields));
    let (code, phone) = match (code, phone) {
        (Ok(code), Ok(phone)) => (code, phone),
        (code, phone) => {
            let mut said = Refused::fields(&visit.page, code.err().as_slice());
            if let Err(more) = phone {
                said.errors.0.extend(more.errors.0);
            }
            return start_page(visit, &next, &fields, false, said);
        }
    };
    let before = keep::flow(&web, &visit);
    let form = phone_form(&visit, &fields, phone);
    match web.accounts.start_claim(&code, form, Some(&before)).await {
        Ok(started) => WAY.started(&web, visit.mark.is_some(), &next, &started.token),
        Err(e) => {
            let at = if matches!(e, Error::Helping(_)) { "hand_over" } else { "phone" };
            let said = refused(&web, &visit.page, e, at, START)?;
            start_page(visit, &next, &fields, false, said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.show(&web, visit, &next, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let code = WAY.typed(&web, &visit, &next, &fields).await?;
    let checked = web.accounts.confirm_claim(&keep::flow(&web, &visit), code).await;
    WAY.go_on(&web, visit, &next, PASSWORD, checked).await
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.resend(&web, visit, &next, fields.get("altcha")).await
}

async fn password_form(web: &Web, visit: Visit, next: &str, said: Refused) -> Answer {
    let flow = WAY.at(web, &visit, flows::PASSWORD, next).await?;
    let name = match web.accounts.claimed_name(&flow).await {
        Ok(name) => name,
        Err(Error::FlowGone) => return Err(WAY.again(next)),
        Err(e) => return Err(web.account_problem()(e).into()),
    };
    let p = visit.page;
    let h = Head::door(p.t("grown-password-title"), START);
    let f = Form::new(&p, PASSWORD, "grown-take")
        .lead(p.t1("grown-password-lead", "name", name))
        .next(next)
        .field(Field::new_password(&p, "acc-password-choose"));
    form(p, h, f, said)
}

pub async fn password_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    password_form(&web, visit, &next, Refused::none()).await
}

pub async fn complete(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let typed = Secret::new(fields.get("password"));
    match web.accounts.complete_claim(&keep::flow(&web, &visit), &typed, &visit.visitor).await {
        Ok(session) => {
            let to = if next == HOME { "/tai-khoan" } else { next.as_str() };
            Ok(keep::enter(&web, go_saying(&web, to, "flash-grown"), &session))
        }
        Err(Error::FlowGone) => Err(WAY.again(&next)),
        // Whoever proved this phone learns that it has an account, and what to do now.
        Err(Error::PhoneTaken) => {
            let said = Refused::at("password", visit.page.t("grown-phone-taken").into_owned());
            password_form(&web, visit, &next, said).await
        }
        Err(e @ Error::Helping(Refusal::HandOver | Refusal::NotOfAge)) => {
            let said = refused(&web, &visit.page, e, "hand_over", START)?;
            start_page(visit, &next, &Fields::default(), false, said)
        }
        Err(e) => {
            let said = refused(&web, &visit.page, e, "password", START)?;
            password_form(&web, visit, &next, said).await
        }
    }
}

/// From when and until when the account can be taken over.
pub(super) fn times(p: &Page, child: &Child) -> (String, String) {
    (p.date(&child.adult_at), p.date(&(child.adult_at + WAITS)))
}

/// The guardian's page, after a proof of this moment.
pub async fn make_page(State(web): State<Web>, Path(child): Path<String>, by: Citizen) -> Answer {
    let id = answer::id(&child)?;
    let child = own_child(&web, &by, id, &address(id)).await?;
    asking(by, &child, Refused::none())
}

pub(super) fn address(child: base::ids::Uuid) -> String {
    format!("{HELPING}/con/{child}/giao")
}

fn asking(by: Citizen, child: &Child, said: Refused) -> Answer {
    let mut p = by.visit.page;
    let (from, until) = times(&p, child);
    let h = Head::own(&mut p, "hand-over-title", HELPING);
    let lead = p.l.ta("hand-over-lead", &[("name", child.name.as_str()), ("from", &from), ("until", &until)]);
    let button = if child.code_at.is_some() { "hand-over-again" } else { "hand-over-button" };
    let f = Form::new(&p, address(child.id), button).lead(lead);
    form(p, h, f, said)
}

/// «Tạo mã»: shown this once.
pub async fn make(
    State(web): State<Web>,
    Path(child): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    let id = answer::id(&child)?;
    let here = address(id);
    let child = own_child(&web, &by, id, &here).await?;
    let code = match web.accounts.make_hand_over(&by.signed, id).await {
        Ok(code) => code.shown(),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", &here)?;
            return asking(by, &child, said);
        }
    };
    let mut p = by.visit.page;
    let (from, until) = times(&p, &child);
    let h = Head::own(&mut p, "hand-over-made", HELPING);
    let place = format!("{}{START}", web.core.settings.origin);
    shown(&CodePage { p, h, name: child.name, code, place, from, until })
}
