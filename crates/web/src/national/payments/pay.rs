//! To the gateway and back. The return shows and decides nothing: what it says, if its signature is good, only makes us ask the gateway at once.

use super::notices::LONGEST;
use crate::{
    citizen::{
        accounts::{
            form::{Head, shown},
            refusal::{Answer, Refused},
        },
        answer::{self, go, go_saying},
    },
    elsewhere::redirect,
    error::Problem,
    page::Page,
    state::Web,
    visit::{self, Citizen, Visit},
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
};
use base::ids::Uuid;
use domain::{
    accounts::Error,
    error::Error as Shared,
    payments::{
        PAGE, RETURN, dong,
        gateway::Order,
        mine::{self, Payment},
        page_of, page_of_payment,
        state::State as Stand,
        work,
    },
};
use std::time::Duration;

/// Who looks does not wait longer for the gateway than this; the worker asks it again.
const PATIENCE: Duration = Duration::from_secs(8);

/// «Thanh toán …»
pub async fn start(
    State(web): State<Web>,
    Path(id): Path<String>,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let till = web.till.as_ref().ok_or(Problem::NotFound)?;
    let fee = answer::id(&id)?;
    // Who goes back to the gateway goes on with that very order or with none: the page said that nothing is charged twice.
    let begun = match fields.get("tiep") {
        "" => web.accounts.start_payment(&by.signed, fee).await,
        open => web.accounts.resume_payment(&by.signed, fee, answer::id(open)?).await,
    };
    let begun = match begun {
        Ok(begun) => begun,
        // Paid, taken back or begun meanwhile: its page says which.
        Err(Error::Shared(Shared::State)) => return Ok(go_saying(&web, &page_of(fee), "flash-pay-state")),
        Err(e) => return Err(web.account_problem()(e).into()),
    };
    let purpose = begun.purpose();
    let order = Order {
        reference: begun.reference,
        amount: begun.amount,
        purpose,
        is_vietnamese: by.visit.page.is_vietnamese(),
        return_to: format!("{}{RETURN}", web.core.settings.origin),
        from: by.visit.visitor.address(),
        created_at: begun.created_at,
        expires_at: begun.expires_at,
    };
    Ok(redirect(&till.gateway.start(&order))?)
}

/// The browser comes back from the gateway.
pub async fn back(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let raw = raw.filter(|raw| raw.len() <= LONGEST).unwrap_or_default();
    // Also where paying was switched off meanwhile: who paid is told where to look.
    let known = match web.till.as_ref().map(|till| till.gateway.read(&raw)) {
        Some(Ok(word)) => mine::of_reference(&web.core, &word.reference).await.map_err(web.problem())?,
        _ => None,
    };
    let Some(id) = known else {
        let p = visit.page;
        let h = Head::door(p.t("pay-lost-title"), PAGE);
        return Refused::page(StatusCode::BAD_REQUEST, None, &LostPage { h, p });
    };
    ask(&web, id).await;
    Ok(go(&page_of_payment(id)))
}

#[derive(Template)]
#[template(path = "national/payment_lost.html")]
struct LostPage {
    p: Page,
    h: Head,
}

/// Asks the gateway about it now; on its own, so that an answer is written down also when the browser has gone.
async fn ask(web: &Web, id: Uuid) {
    let Some(till) = web.till.clone() else { return };
    let core = web.core.clone();
    let asking = tokio::spawn(async move {
        if let Err(error) = work::ask_now(&core, &*till.gateway, id).await {
            tracing::error!(%error, "the gateway was not asked");
        }
    });
    let _ = tokio::time::timeout(PATIENCE, asking).await;
}

#[derive(Template)]
#[template(path = "national/payment.html")]
struct StatusPage {
    p: Page,
    h: Head,
    lead: String,
    /// `ok`, `wait`, `bad`, `back`: which of the four ends this is.
    end: &'static str,
    href: String,
    fee_href: String,
    one: Payment,
    amount: String,
    when: String,
    can_retry: bool,
}

/// How a try to pay ended. Who waits looks here again, and each look asks the gateway.
pub async fn page(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let id = answer::id(&id)?;
    let mut one = web.accounts.payment(by.signed.account, id).await.map_err(web.account_problem())?;
    if one.state() == Stand::Started {
        ask(&web, id).await;
        one = web.accounts.payment(by.signed.account, id).await.map_err(web.account_problem())?;
    }
    let mut p = by.visit.page;
    let fee_href = page_of(one.fee_id);
    let (end, title) = match one.state() {
        Stand::Paid => ("ok", "pay-ok-title"),
        Stand::Started => ("wait", "pay-wait-title"),
        Stand::Failed | Stand::Expired => ("bad", "pay-bad-title"),
        Stand::RefundDue => ("back", "pay-back-title"),
        Stand::RefundRefused => ("back", "pay-stuck-title"),
        Stand::Refunded => ("back", "pay-refunded-title"),
    };
    let lead = match (end, one.state(), one.why.as_str()) {
        ("ok", ..) => p.t("pay-ok-lead"),
        ("wait", ..) => p.t("pay-wait-lead"),
        ("bad", ..) => p.t("pay-bad-lead"),
        (_, Stand::Refunded, _) => p.t("pay-refunded-lead"),
        (_, Stand::RefundRefused, _) => p.t("pay-stuck-lead"),
        (_, _, "twice") => p.t("pay-back-twice"),
        (_, _, "amount") => p.t("pay-back-amount"),
        (_, _, "withdrawn" | "gone") => p.t("pay-back-withdrawn"),
        _ => p.t("pay-refunded-lead"),
    };
    let lead = lead.into_owned();
    let when = p.long_time(&one.paid_at.unwrap_or(one.created_at));
    let h = Head::own(&mut p, title, &fee_href);
    shown(&StatusPage {
        lead,
        end,
        href: page_of_payment(one.id),
        fee_href,
        amount: dong(if one.received > 0 { one.received } else { one.amount }),
        when,
        can_retry: end == "bad" && web.till.is_some(),
        one,
        h,
        p,
    })
}
