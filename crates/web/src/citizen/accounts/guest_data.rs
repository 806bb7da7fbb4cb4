//! Dữ liệu của tôi (A12) for who has no account (R3): what is kept of a proven phone, to see, to take along, to have corrected and to
//! delete, as for accounts. The way in is a code to that phone, and nothing to agree to.

use super::{
    code::Way,
    consents,
    data::{self, Line},
    form::{Field, Form, FormPage, Head, form, shown},
    guest::guest_of,
    keep::{self, Door, HOME},
    refusal::{Answer, Out, Refused, bad_phone, refused},
};
use crate::{
    citizen::{
        answer::{go, go_saying},
        tags,
    },
    page::Page,
    state::Web,
    visit::{self, Alone, Sender, Visit},
};
use askama::Template;
use axum::extract::{RawQuery, State};
use base::phone::PhoneNumber;
use domain::{
    accounts::{Error, FlowKind},
    error::Error as Shared,
    reports::{follow, views},
};

const PAGE: &str = "/khach/du-lieu";
const CORRECT: &str = "/khach/du-lieu/chinh-sua";
const PROVE: &str = "/khach/xac-nhan";
/// The proof is older than ten minutes: once more, and it is said why.
const AGAIN: &str = "/khach/xac-nhan?cu=1";
const ACCOUNTS: &str = "/tai-khoan/du-lieu";
const WAY: Way =
    Way { kind: FlowKind::GuestData, start: PROVE, after: None, title: "acc-register-code-title", tabs: false };
/// Reports and followed ones that the page shows; the download has all.
const SHOWN: usize = 50;

struct Followed {
    href: String,
    title: String,
    what: String,
}

struct Consent {
    name: String,
    when: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/guest_data.html")]
struct DataPage {
    p: Page,
    h: Head,
    phone: String,
    proved: String,
    since: String,
    drafts: i64,
    reports: Vec<tags::Shown>,
    following: Vec<Followed>,
    consents: Vec<Consent>,
    lines: Vec<Line>,
    more: bool,
}

pub async fn page(State(web): State<Web>, Alone(visit): Alone) -> Answer {
    if visit.citizen.is_some() {
        return Ok(go(ACCOUNTS));
    }
    let Some(guest) = &visit.guest else { return Ok(go(PROVE)) };
    let account = guest.account;
    let kept = web.accounts.guest_data(account).await.map_err(web.account_problem())?;
    let reports = views::mine(&web.core, account, None, SHOWN as i64).await.map_err(web.problem())?;
    let followed =
        follow::of_account(web.core.store.read(), account, SHOWN as i64).await.map_err(|e| web.problem()(e.into()))?;
    let agreed = web.accounts.consents(account).await.map_err(web.account_problem())?;
    let requests = web.accounts.data_requests(account).await.map_err(web.account_problem())?;
    let p = visit.page;
    let following = followed.iter().map(|f| Followed {
        href: format!("/phan-anh/{}", f.code),
        title: if f.title.is_empty() { p.code(&f.code) } else { f.title.clone() },
        what: format!("{} · {}", p.code(&f.code), p.t1("follow-since", "date", p.date(&f.at))),
    });
    let consents = agreed.iter().map(|c| Consent {
        name: consents::name(&p, &c.kind, &c.version),
        when: match c.withdrawn_at {
            None => p.t1("acc-consent-given", "time", p.date_time(&c.given_at)),
            Some(at) => p.t1("acc-consent-withdrawn", "time", p.date_time(&at)),
        },
    });
    shown(&DataPage {
        h: Head::door(p.t("acc-data-title"), HOME),
        // Masked: the page may stand open for a day on a phone that others use, too.
        phone: kept.phone.masked(),
        proved: p.date_time(&kept.proved_at),
        since: p.date_time(&kept.since),
        drafts: kept.drafts,
        more: reports.len() == SHOWN || followed.len() == SHOWN,
        reports: reports.iter().map(|l| tags::line(&p, l)).collect(),
        following: following.collect(),
        consents: consents.collect(),
        lines: requests.into_iter().map(|r| data::line(&p, r)).collect(),
        p,
    })
}

pub async fn download(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Sender>) -> Answer {
    let by = guest_of(by)?;
    match web.accounts.export_data(&by.signed).await {
        Ok(export) => Ok(data::file(export, fields.get("dang"), by.visit.page.now)),
        Err(Error::Shared(Shared::StepUp)) => Ok(go(AGAIN)),
        Err(e) => Err(Out::Problem(web.account_problem()(e))),
    }
}

fn correction_form(by: Sender, typed: &str, refused: Refused) -> Answer {
    let p = by.visit.page;
    let h = Head::door(p.t("acc-correct-title"), PAGE);
    let field = Field::area("note", p.t("acc-correct-note")).hint(p.t("acc-correct-hint")).value(typed);
    let lead = p.t("guest-correct-lead");
    let f = Form::new(&p, CORRECT, "acc-correct-send").lead(lead).loading(p.t("sending")).field(field);
    form(p, h, f, refused)
}

pub async fn correction_page(by: Sender) -> Answer {
    correction_form(guest_of(by)?, "", Refused::none())
}

pub async fn correct(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Sender>) -> Answer {
    let by = guest_of(by)?;
    let typed = fields.get("note");
    if data::is_repeated(&web, by.signed.account, typed).await? {
        return Ok(go_saying(&web, PAGE, "flash-acc-correction-sent"));
    }
    match web.accounts.request_correction(&by.signed, typed).await {
        Ok(_) => Ok(go_saying(&web, PAGE, "flash-acc-correction-sent")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "note", CORRECT)?;
            correction_form(by, typed, said)
        }
    }
}

fn prove_form(visit: Visit, phone: &str, warn: &str, refused: Refused) -> Answer {
    let p = visit.page;
    let (errors, status, seconds) = refused.split();
    let warn = if warn.is_empty() { String::new() } else { p.t(warn).into_owned() };
    let h = Head::door(p.t("acc-data-title"), HOME).island("islands/altcha.js").warn(warn).wrong(errors);
    let f = Form::new(&p, PROVE, "continue")
        .lead(p.t("guest-data-prove"))
        .loading(p.t("acc-sending-code"))
        .proof()
        .field(Field::phone(&p, "track-phone").value(phone))
        .link("/dang-nhap?next=/tai-khoan/du-lieu", p.t("guest-data-account"));
    Refused::page(status, seconds, &FormPage { p, h, f })
}

pub async fn prove_page(State(web): State<Web>, RawQuery(raw): RawQuery, Alone(visit): Alone) -> Answer {
    if visit.citizen.is_some() {
        return Ok(go(ACCOUNTS));
    }
    let asked = keep::query(&raw);
    let warn = match (asked.has("cu"), asked.has("het-han")) {
        (true, _) => "guest-data-again",
        (_, true) => "guest-steps-over",
        _ => "",
    };
    let has_mark = visit.mark.is_some();
    let response = prove_form(visit, "", warn, Refused::none())?;
    Ok(keep::marked(&web, has_mark, response))
}

pub async fn prove(State(web): State<Web>, Door { visit, fields, .. }: Door) -> Answer {
    let typed = fields.get("phone");
    let phone = match PhoneNumber::parse(typed) {
        Ok(phone) => phone,
        Err(bad) => {
            let said = bad_phone(&visit.page, bad);
            return prove_form(visit, typed, "", said);
        }
    };
    let (before, lang, proof) = (keep::flow(&web, &visit), visit.page.lang(), fields.get("altcha"));
    match web.accounts.start_guest_data(phone, lang, &visit.visitor, proof, Some(&before)).await {
        Ok(started) => WAY.started(&web, visit.mark.is_some(), HOME, &started.token),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "phone", PROVE)?;
            prove_form(visit, typed, "", said)
        }
    }
}

pub async fn code_page(State(web): State<Web>, Alone(visit): Alone) -> Answer {
    WAY.show(&web, visit, HOME, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, Door { visit, fields, .. }: Door) -> Answer {
    let code = WAY.typed(&web, &visit, HOME, &fields).await?;
    match web.accounts.confirm_guest_data(&keep::flow(&web, &visit), code, &visit.visitor).await {
        Ok(session) => Ok(keep::enter_as_guest(&web, go(PAGE), &session)),
        // What is said here is said to who has the phone in the hand.
        Err(Error::Shared(Shared::NotFound)) => {
            let said = Refused::at("phone", visit.page.t("guest-data-nothing").into_owned());
            prove_form(visit, "", "", said)
        }
        Err(e @ Error::Blocked { .. }) => {
            let said = refused(&web, &visit.page, e, "phone", PROVE)?;
            prove_form(visit, "", "", said)
        }
        Err(e) => WAY.refuse(&web, visit, HOME, e, "code").await,
    }
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, .. }: Door) -> Answer {
    WAY.resend(&web, visit, HOME, fields.get("altcha")).await
}
