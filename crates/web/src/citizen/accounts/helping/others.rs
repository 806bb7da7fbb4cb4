//! «Giúp người khác»: who asks me, whom I help, children; acting for one of them and stopping.

use super::{children, days, scope_names};
use crate::{
    citizen::{
        accounts::{
            form::Head,
            grown, keep,
            refusal::{Answer, Refused, refused},
        },
        answer::{self, go, go_saying},
    },
    page::Page,
    state::Web,
    visit::{self, Citizen, Visit},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    accounts::{
        Error,
        helping::{Child, HELPERS, HELPING, Line, hand_over_from},
    },
    error::Error as Shared,
};

struct Offer {
    action: String,
    title: String,
    text: String,
}

struct Person {
    name: String,
    scopes: String,
    until: String,
    act: String,
    /// Empty for who cannot leave.
    end: String,
    /// Of a child: a second guardian, and its data.
    second: String,
    delete: String,
    /// What becomes of the account at full age, when that is near; and where its code is made.
    grows: String,
    hand_over: String,
}

/// A child that came of age, whose account waits for its owner.
struct Grown {
    name: String,
    text: String,
    hand_over: String,
    delete: String,
}

/// A second guardian who was asked.
struct Waiting {
    phone: String,
    until: String,
    withdraw: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/helping.html")]
struct HelpingPage {
    p: Page,
    h: Head,
    offers: Vec<Offer>,
    people: Vec<Person>,
    children: Vec<Person>,
    grown: Vec<Grown>,
    waiting: Vec<Waiting>,
    by_code: &'static str,
    add_child: &'static str,
}

/// What happens to this child's account, with the days.
fn coming(p: &Page, child: &Child, key: &str) -> String {
    let (from, until) = grown::times(p, child);
    p.l.ta(key, &[("name", child.name.as_str()), ("from", &from), ("until", &until)])
}

async fn show(web: &Web, by: Citizen, said: Refused) -> Answer {
    let me = by.signed.account;
    let offers = web.accounts.help_offers(&by.signed).await.map_err(web.account_problem())?;
    let lines = web.accounts.standing_mandates(me).await.map_err(web.account_problem())?;
    let mine = web.accounts.children(me).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let (errors, status, seconds) = said.split();
    let h = Head::own(&mut p, "helping-title", "/tai-khoan").wrong(errors);
    let offer = |o: domain::accounts::helping::Offer| Offer {
        action: format!("{HELPING}/loi-nho/{}", o.id),
        title: if o.child.is_empty() {
            p.t1("helping-offer", "name", &o.name)
        } else {
            p.t2("helping-offer-child", "name", &o.name, "child", &o.child)
        },
        text: p.l.ta(
            "helping-offer-text",
            &[
                ("scope", &scope_names(&p, o.scopes)),
                ("days", &days(&p, o.days)),
                ("until", &p.date_time(&o.expires_at)),
            ],
        ),
    };
    let person = |line: &Line| {
        let child = mine.iter().find(|child| child.id == line.principal).filter(|_| line.is_guardian());
        let answers = child.is_some_and(|child| child.guardian == me);
        let of_child = |what: &str| format!("{HELPING}/con/{}/{what}", line.principal);
        let near = child.filter(|child| p.now >= hand_over_from(child.adult_at));
        Person {
            grows: near.map(|child| coming(&p, child, "child-grows")).unwrap_or_default(),
            hand_over: near.filter(|_| answers).map(|child| grown::address(child.id)).unwrap_or_default(),
            name: line.name.clone(),
            scopes: scope_names(&p, line.scopes()),
            until: match line.is_guardian() {
                true => p.t1("child-until", "date", p.date(&line.until)),
                false => p.t1("help-until", "time", p.date_time(&line.until)),
            },
            act: format!("{HELPING}/{}/lam-thay", line.id),
            // Who answers for a child hands it over or deletes its data.
            end: if answers { String::new() } else { format!("{HELPING}/{}/thoi", line.id) },
            second: if answers { of_child("giam-ho") } else { String::new() },
            delete: if answers { of_child("xoa") } else { String::new() },
        }
    };
    let (children, people): (Vec<&Line>, Vec<&Line>) =
        lines.iter().filter(|line| line.helps).partition(|line| line.is_guardian());
    let asked = web.accounts.offered_help(me).await.map_err(web.account_problem())?;
    let waiting = asked.into_iter().filter(|offer| offer.child != me).map(|offer| Waiting {
        until: p.t1("help-answer-until", "time", p.date_time(&offer.expires_at)),
        withdraw: format!("{HELPERS}/loi-nho/{}/huy", offer.id),
        phone: offer.phone,
    });
    let grown = mine.iter().filter(|child| child.guardian == me && child.adult_at <= p.now).map(|child| Grown {
        name: child.name.clone(),
        text: coming(&p, child, "child-grown"),
        hand_over: grown::address(child.id),
        delete: format!("{HELPING}/con/{}/xoa", child.id),
    });
    let page = HelpingPage {
        grown: grown.collect(),
        waiting: waiting.collect(),
        offers: offers.into_iter().map(offer).collect(),
        people: people.into_iter().map(person).collect(),
        children: children.into_iter().map(person).collect(),
        by_code: super::aloud::START,
        add_child: children::ADD,
        h,
        p,
    };
    Refused::page(status, seconds, &page)
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    show(&web, by, Refused::none()).await
}

/// Reloading the answer to a form leads back to the page.
pub async fn back() -> Response {
    go(HELPING)
}

/// «Nhận giúp» or «Từ chối»
pub async fn answer(
    State(web): State<Web>,
    Path(offer): Path<String>,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let id = answer::id(&offer)?;
    let (done, flash) = match fields.get("answer") {
        "yes" => (web.accounts.accept_help(&by.signed, id).await, "flash-helping-begun"),
        _ => (web.accounts.decline_help(&by.signed, id).await, "flash-helping-declined"),
    };
    match done {
        Ok(()) => Ok(go_saying(&web, HELPING, flash)),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", HELPING)?;
            show(&web, by, said).await
        }
    }
}

/// «Thôi giúp»
pub async fn end(
    State(web): State<Web>,
    Path(mandate): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    match web.accounts.end_mandate(&by.signed, answer::id(&mandate)?).await {
        // Pressed twice, or ended by the other one.
        Ok(()) | Err(Error::Shared(Shared::NotFound)) => Ok(go_saying(&web, HELPING, "flash-helping-ended")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", HELPING)?;
            show(&web, by, said).await
        }
    }
}

/// «Làm thay»
pub async fn act(
    State(web): State<Web>,
    Path(mandate): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    match web.accounts.act_for(&by.signed, answer::id(&mandate)?, &by.visit.visitor).await {
        Ok(session) => Ok(keep::enter_for(&web, go_saying(&web, "/", "flash-acting"), &session)),
        // Ended a moment ago: the page shows what there is.
        Err(Error::Shared(Shared::NotFound)) => {
            let said = Refused::at("main", by.visit.page.t("help-over").into_owned());
            show(&web, by, said).await
        }
        Err(e) => Err(web.account_problem()(e).into()),
    }
}

/// «Thôi»: always works, also when it was over a moment ago. Nobody gains by forging it.
pub async fn stop(State(web): State<Web>, visit: Visit) -> Answer {
    if let Some(acting) = &visit.acting {
        web.accounts.stop_acting(acting).await.map_err(web.account_problem())?;
        if visit.page.acting.as_ref().is_some_and(|by| by.at_desk) {
            return Ok(keep::leave_for(&web, go_saying(&web, crate::staff::INTAKE, "flash-desk-ended")));
        }
    }
    Ok(keep::leave_for(&web, go_saying(&web, HELPING, "flash-acting-stopped")))
}
