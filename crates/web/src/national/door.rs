//! Đăng nhập (N5, N9): by the Ministry's electronic identity, or by number and password with a code. Each way has an address of its own, so
//! that the tabs are links and work without a script.

use super::{pages::Cancel, signature};
use crate::{
    citizen::{
        accounts::{
            code::Way,
            factor::Key,
            form::{Field, Form, Head},
            keep::{self, Door, Doorway, carrying},
            linked,
            refusal::{Answer, Refused, refused},
        },
        answer::go,
    },
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::extract::State;
use base::keys::Secret;
use domain::{
    accounts::{Error, FlowKind, by_number::Next},
    error::FieldError,
};

const ELSEWHERE: &str = "/dang-nhap";
const START: &str = "/dang-nhap/so";
const WAY: Way = Way { kind: FlowKind::NumberCode, start: START, after: None, title: "nat-code-title", tabs: false };

#[derive(Template)]
#[template(path = "national/sign_in.html")]
struct SignInPage {
    p: Page,
    h: Head,
    f: Form,
    /// The number's tab, else the Ministry's.
    by_number: bool,
    tabs: Vec<Tab>,
    register: String,
    providers: Vec<linked::Offered>,
    key: Option<Key>,
    next: String,
    /// Who waits for the person to sign in, and the way back to them with nothing.
    client: Option<String>,
    cancel: Option<Cancel>,
    /// Somebody waits; the page that names them is one step back.
    is_awaited: bool,
}

/// One way to sign in.
pub(super) struct Tab {
    pub href: String,
    pub label: String,
    pub is_here: bool,
}

/// The ways that are configured; `here` is the address of the one that is open.
pub(super) fn tabs(web: &Web, p: &Page, next: &str, here: &str) -> Vec<Tab> {
    // Who was sent by a system waits at its flow's own address.
    let elsewhere = if next.starts_with("/oauth2/interaction/") { next.to_owned() } else { carrying(ELSEWHERE, next) };
    let all = [
        (!web.providers.is_empty(), ELSEWHERE, elsewhere, "nat-tab-elsewhere"),
        (true, START, carrying(START, next), "nat-tab-number"),
        (web.signatures.is_some(), signature::USB, carrying(signature::USB, next), "sign-tab-usb"),
        (signature::has_sim(web), signature::SIM, carrying(signature::SIM, next), "sign-tab-sim"),
    ];
    let shown = all.into_iter().filter(|(is_there, ..)| *is_there);
    shown.map(|(_, path, href, key)| Tab { href, label: p.t(key).into_owned(), is_here: path == here }).collect()
}

/// What a page of the door shows.
#[derive(Default)]
struct Shown {
    by_number: bool,
    typed: String,
    gone: bool,
    client: Option<String>,
    cancel: Option<Cancel>,
}

fn show(web: &Web, visit: Visit, next: &str, what: Shown, said: Refused) -> Answer {
    let p = visit.page;
    let (errors, status, seconds) = said.split();
    let warn = if what.gone { p.t("acc-steps-over-sign-in").into_owned() } else { String::new() };
    let mut h = Head::door(p.t("acc-sign-in-title"), "/").wide().warn(warn).wrong(errors);
    let key = web.accounts.has_passkeys().then(|| Key {
        options: "/dang-nhap/khoa/bat-dau".into(),
        finish: format!("/dang-nhap/khoa/xong?next={}", crate::middleware::encode(next)),
        button: "acc-key-sign-in",
    });
    if key.is_some() {
        h = h.island("islands/passkey.js");
    }
    let f = Form::new(&p, START, "acc-sign-in-button").loading(p.t("acc-signing-in")).next(next);
    let f = if what.by_number {
        h = h.island("islands/altcha.js");
        let number = Field {
            inputmode: "numeric",
            ..Field::text("number", p.t("nat-number")).hint(p.t("nat-number-hint")).value(what.typed)
        };
        f.proof()
            .field(number.autocomplete("username"))
            .field(Field::password("password", p.t("acc-password")))
            .link(carrying("/quen-mat-khau", next), p.t("acc-forgot"))
    } else {
        f
    };
    let is_awaited = what.client.is_none() && next.starts_with("/oauth2/interaction/");
    let page = SignInPage {
        by_number: what.by_number,
        tabs: tabs(web, &p, next, if what.by_number { START } else { ELSEWHERE }),
        register: carrying("/dang-ky", next),
        providers: linked::offered(web, &p),
        key,
        next: next.to_owned(),
        client: what.client,
        cancel: what.cancel,
        is_awaited,
        f,
        h,
        p,
    };
    let response = Refused::page(status, seconds, &page)?;
    Ok(keep::forgetting(keep::marked(web, visit.mark.is_some(), response)))
}

/// The door of somebody whom a system sent.
pub(super) fn waiting(web: &Web, visit: Visit, client: String, cancel: Cancel, back: &str) -> Answer {
    let what = Shown { client: Some(client), cancel: Some(cancel), ..Shown::default() };
    show(web, visit, back, what, Refused::none())
}

pub async fn page(State(web): State<Web>, doorway: Doorway) -> Answer {
    enter(&web, doorway, false)
}

pub async fn number_page(State(web): State<Web>, doorway: Doorway) -> Answer {
    enter(&web, doorway, true)
}

fn enter(web: &Web, Doorway { visit, asked, next }: Doorway, by_number: bool) -> Answer {
    show(web, visit, &next, Shown { by_number, gone: asked.has("het-han"), ..Shown::default() }, Refused::none())
}

pub async fn sign_in(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let what = || Shown { by_number: true, typed: fields.get("number").to_owned(), ..Shown::default() };
    let mut wrong = Vec::new();
    for (field, key) in [("number", "personal-number-empty"), ("password", "password-empty-sign-in")] {
        if fields.get(field).trim().is_empty() {
            wrong.push(FieldError { field, key });
        }
    }
    if !wrong.is_empty() {
        let said = Refused::fields(&visit.page, &wrong);
        return show(&web, visit, &next, what(), said);
    }
    let password = Secret::new(fields.get("password"));
    let (lang, before) = (visit.page.lang(), keep::flow(&web, &visit));
    let (number, proof) = (fields.get("number"), fields.get("altcha"));
    match web.accounts.start_number_sign_in(number, &password, lang, &visit.visitor, proof, Some(&before)).await {
        Ok(Next::Code(started)) => WAY.started(&web, visit.mark.is_some(), &next, &started.token),
        Ok(Next::SecondFactor { token }) => Ok(keep::begin_flow(&web, go(&carrying("/dang-nhap/ma", &next)), &token)),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "password", START)?;
            show(&web, visit, &next, what(), said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.show(&web, visit, &next, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let code = WAY.typed(&web, &visit, &next, &fields).await?;
    match web.accounts.finish_number_sign_in(&keep::flow(&web, &visit), code, &visit.visitor).await {
        Ok(session) => Ok(keep::enter(&web, go(&next), &session)),
        Err(Error::FlowGone) => Err(WAY.again(&next)),
        Err(e) => WAY.refuse(&web, visit, &next, e, "code").await,
    }
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.resend(&web, visit, &next, fields.get("altcha")).await
}
