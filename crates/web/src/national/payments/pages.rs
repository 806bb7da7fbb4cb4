//! What is to be paid: the page of the menu, which explains to everybody and lists to who is signed in, and the page of one fee.

use crate::{
    citizen::{
        accounts::{
            form::{Head, shown},
            keep,
            refusal::Answer,
        },
        answer::{self, html},
    },
    error::Problem,
    national::dossiers::LIST,
    page::Page,
    state::Web,
    visit::{Citizen, Visit},
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use domain::payments::{
    self, PAGE, dong,
    mine::{Fee, PAGE_SIZE, Payment, Standing},
    page_of, page_of_payment,
    state::State as Stand,
};

/// Colour, icon and words of a state.
pub(in crate::national) struct Tag {
    pub class: &'static str,
    pub icon: &'static str,
    pub text: String,
}

fn tag(p: &Page, standing: Standing) -> Tag {
    let (class, icon, key) = match standing {
        Standing::Due => ("tag--warn", "triangle-alert", "pay-due"),
        Standing::Waiting => ("tag--info", "hourglass", "pay-waiting"),
        Standing::Paid => ("tag--ok", "circle-check", "pay-paid"),
        Standing::Withdrawn => ("", "info", "pay-withdrawn"),
    };
    Tag { class, icon, text: p.t(key).into_owned() }
}

pub(super) fn payment_tag(p: &Page, one: &Payment) -> Tag {
    let (class, icon) = match one.state() {
        Stand::Started => ("tag--info", "hourglass"),
        Stand::Failed | Stand::Expired => ("tag--bad", "x"),
        Stand::Paid => ("tag--ok", "circle-check"),
        Stand::RefundDue | Stand::RefundRefused => ("tag--info", "undo-2"),
        Stand::Refunded => ("", "undo-2"),
    };
    Tag { class, icon, text: p.t(&format!("payment-state-{}", one.state().as_str())).into_owned() }
}

/// A fee in a list; also on its dossier's page.
pub(in crate::national) struct FeeRow {
    pub href: String,
    pub name: String,
    pub amount: String,
    pub tag: Tag,
    pub system: String,
    pub dossier: String,
    pub when: String,
}

pub(in crate::national) fn fee_row(p: &Page, fee: &Fee) -> FeeRow {
    let standing = fee.standing();
    let (key, at) = match (standing, fee.paid_at) {
        (Standing::Paid, Some(at)) => ("pay-paid-at", at),
        (Standing::Withdrawn, _) => ("pay-withdrawn-at", fee.state_at),
        _ => ("pay-asked-at", fee.state_at),
    };
    FeeRow {
        href: page_of(fee.id),
        name: fee.name.clone(),
        amount: dong(fee.amount),
        tag: tag(p, standing),
        system: fee.system.clone(),
        dossier: fee.dossier.clone(),
        when: p.t1(key, "time", p.date_time(&at)),
    }
}

#[derive(Template)]
#[template(path = "national/payments.html")]
struct ListPage {
    p: Page,
    is_signed_in: bool,
    /// Somebody whose number is known for sure.
    is_known: bool,
    /// Where it can be paid here.
    has_till: bool,
    due: Vec<FeeRow>,
    total: String,
    over: Vec<FeeRow>,
    more: Option<String>,
}

pub async fn list(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Result<Response, Problem> {
    let n = keep::query(&raw).get("trang").parse::<i64>().unwrap_or(1).clamp(1, 1_000) - 1;
    let (mut due, mut over, mut is_known) = (Vec::new(), Vec::new(), false);
    if let Some(signed) = &visit.citizen {
        is_known = web.accounts.has_fees_door(signed.account).await.map_err(web.account_problem())?;
        due = web.accounts.fees_due(signed.account).await.map_err(web.account_problem())?;
        over = web.accounts.fees_over(signed.account, n).await.map_err(web.account_problem())?;
    }
    let more = (over.len() as i64 > PAGE_SIZE).then(|| format!("{PAGE}?trang={}", n + 2));
    over.truncate(usize::try_from(PAGE_SIZE).unwrap_or(usize::MAX));
    let p = visit.page;
    html(&ListPage {
        is_signed_in: visit.citizen.is_some(),
        is_known,
        has_till: web.till.is_some(),
        total: dong(due.iter().map(|fee| fee.amount).sum()),
        due: due.iter().map(|fee| fee_row(&p, fee)).collect(),
        over: over.iter().map(|fee| fee_row(&p, fee)).collect(),
        more,
        p,
    })
}

/// A try to pay it.
pub(super) struct Try {
    pub href: String,
    pub tag: Tag,
    pub when: String,
    pub amount: String,
}

#[derive(Template)]
#[template(path = "national/fee.html")]
struct FeePage {
    p: Page,
    h: Head,
    row: FeeRow,
    id: String,
    procedure: String,
    dossier_href: String,
    can_pay: bool,
    is_due: bool,
    is_waiting: bool,
    is_withdrawn: bool,
    /// The payment that settles it, of this person: its page.
    paid: Option<String>,
    /// One that waits and can be gone on with.
    waiting: Option<String>,
    /// The same, where the gateway can be gone back to.
    open: Option<String>,
    tries: Vec<Try>,
}

pub async fn one(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let account = by.signed.account;
    let fee = web.accounts.fee(account, answer::id(&id)?).await.map_err(web.account_problem())?;
    let tries = web.accounts.payments_of_fee(account, fee.id).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let mut h = Head::own(&mut p, "pay-title", PAGE);
    h.title = fee.name.clone();
    let standing = fee.standing();
    let waits = tries.iter().find(|one| one.state() == Stand::Started);
    // While an order may still be paid at the gateway there is no second one.
    let is_open = waits.is_some_and(|one| one.created_at > p.now - payments::OPEN);
    let one = |one: &Payment| Try {
        href: page_of_payment(one.id),
        tag: payment_tag(&p, one),
        when: p.long_time(&one.created_at),
        amount: dong(if one.received > 0 { one.received } else { one.amount }),
    };
    let procedure = if fee.procedure.is_empty() { fee.procedure_code.clone() } else { fee.procedure.clone() };
    shown(&FeePage {
        row: fee_row(&p, &fee),
        id: fee.id.to_string(),
        procedure,
        dossier_href: format!("{LIST}/{}", fee.dossier_id),
        can_pay: web.till.is_some() && matches!(standing, Standing::Due | Standing::Waiting) && !is_open,
        is_due: standing == Standing::Due,
        is_waiting: standing == Standing::Waiting,
        is_withdrawn: standing == Standing::Withdrawn,
        paid: tries.iter().find(|one| Some(one.id) == fee.paid_by).map(|one| page_of_payment(one.id)),
        open: waits.filter(|_| is_open && web.till.is_some()).map(|one| one.id.to_string()),
        waiting: waits.map(|one| page_of_payment(one.id)),
        tries: tries.iter().map(one).collect(),
        h,
        p,
    })
}
