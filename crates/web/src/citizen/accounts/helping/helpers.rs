//! «Người giúp tôi»: who may act for me, asking somebody, taking it back, ending it at once.

use super::{AskPage, Asked, days, scope_names};
use crate::{
    citizen::{
        accounts::{
            form::{Field, Form, Head, shown},
            refusal::{Answer, Refused, bad_phone, refused, step_up},
        },
        answer::{self, go_saying},
    },
    error::Problem,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::{Path, State};
use base::phone::PhoneNumber;
use domain::{
    accounts::{
        Error,
        helping::{HELPERS, Line, Refusal},
    },
    error::Error as Shared,
};

struct Helper {
    name: String,
    scopes: String,
    until: String,
    end: String,
}

struct Waiting {
    phone: String,
    what: String,
    until: String,
    withdraw: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/helpers.html")]
struct HelpersPage {
    p: Page,
    h: Head,
    helpers: Vec<Helper>,
    waiting: Vec<Waiting>,
    ask: String,
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let me = by.signed.account;
    let standing = web.accounts.standing_mandates(me).await.map_err(web.account_problem())?;
    let offered = web.accounts.offered_help(me).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "helpers-title", "/tai-khoan");
    let helper = |line: Line| Helper {
        scopes: scope_names(&p, line.scopes()),
        until: p.t1("help-until", "time", p.date_time(&line.until)),
        end: format!("{HELPERS}/{}/huy", line.id),
        name: line.unit.as_deref().map_or(line.name, |unit| p.t1("helpers-officer", "unit", p.unit_name(unit))),
    };
    let helpers = standing.into_iter().filter(|line| !line.helps).map(helper).collect();
    let waiting = offered.into_iter().filter(|offer| offer.child == me).map(|offer| Waiting {
        what: format!("{} ({})", scope_names(&p, offer.scopes), days(&p, offer.days)),
        until: p.t1("help-answer-until", "time", p.date_time(&offer.expires_at)),
        withdraw: format!("{HELPERS}/loi-nho/{}/huy", offer.id),
        phone: offer.phone,
    });
    shown(&HelpersPage { waiting: waiting.collect(), helpers, ask: format!("{HELPERS}/moi"), h, p })
}

fn asking(by: Citizen, typed: &str, asked: &Asked, said: Refused) -> Answer {
    let mut p = by.visit.page;
    let (errors, status, seconds) = said.split();
    let h = Head::own(&mut p, "helpers-ask-title", HELPERS).wrong(errors);
    let phone = Field::phone(&p, "helpers-ask-phone").hint(p.t("helpers-ask-phone-hint"));
    let f = Form::new(&p, format!("{HELPERS}/moi"), "helpers-ask-button")
        .lead(p.t("helpers-ask-lead"))
        .field(phone.autocomplete("off").value(typed));
    let (scopes, terms) = (asked.scope_choices(&p), asked.term_choices(&p));
    let goes = p.t("helpers-ask-goes").into_owned();
    Refused::page(status, seconds, &AskPage { scopes, terms, goes, f, h, p })
}

pub async fn ask_page(State(web): State<Web>, by: Citizen) -> Answer {
    let here = format!("{HELPERS}/moi");
    by.signed.require_fresh(web.core.now()).map_err(|_| step_up(&here))?;
    asking(by, "", &Asked::usual(), Refused::none())
}

pub async fn ask(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let (typed, asked) = (fields.get("phone"), Asked::of(&fields));
    let term = asked.term.ok_or(Problem::BadRequest)?;
    let said = match PhoneNumber::parse(typed) {
        Err(bad) => bad_phone(&by.visit.page, bad),
        Ok(phone) => match web.accounts.ask_for_help(&by.signed, phone, asked.scopes, term).await {
            Ok(()) => return Ok(go_saying(&web, HELPERS, "flash-help-asked")),
            Err(e) => refused(&web, &by.visit.page, e, "phone", &format!("{HELPERS}/moi"))?,
        },
    };
    asking(by, typed, &asked, said)
}

pub async fn withdraw(
    State(web): State<Web>,
    Path(offer): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    match web.accounts.withdraw_help(&by.signed, answer::id(&offer)?).await {
        // Answered meanwhile: the page shows what there is.
        Ok(()) | Err(Error::Helping(Refusal::OfferGone)) => Ok(go_saying(&web, HELPERS, "flash-help-withdrawn")),
        Err(e) => Err(web.account_problem()(e).into()),
    }
}

/// «Hủy»: at once, without a question, because it can be given again.
pub async fn end(
    State(web): State<Web>,
    Path(mandate): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    match web.accounts.end_mandate(&by.signed, answer::id(&mandate)?).await {
        // Pressed twice, or ended by the other one.
        Ok(()) | Err(Error::Shared(Shared::NotFound)) => Ok(go_saying(&web, HELPERS, "flash-help-ended")),
        Err(e) => Err(web.account_problem()(e).into()),
    }
}
