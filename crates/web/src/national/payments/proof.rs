//! «Xác nhận đã thanh toán», to print and as a file. It names no person, and it is not the receipt (biên lai) of the authority, which the authority issues.

use crate::{
    citizen::{
        accounts::{
            form::{Head, shown},
            refusal::Answer,
        },
        answer,
    },
    error::Problem,
    page::Page,
    paper::{self, Ink, Paper, Part},
    staff::download,
    state::Web,
    visit::Citizen,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::payments::{dong, mine::Payment, page_of_payment, state::State as Stand};

/// What it says, label by label.
fn facts(p: &Page, one: &Payment) -> Vec<(String, String)> {
    let at = one.paid_at.map_or_else(String::new, |at| p.long_time(&at));
    let fact = |key: &str, value: String| (p.t(key).into_owned(), value);
    vec![
        fact("pay-amount", dong(one.received)),
        fact("pay-what", one.fee.clone()),
        fact("pay-dossier", one.dossier.clone()),
        fact("pay-where", one.system.clone()),
        fact("pay-when", at),
        fact("pay-reference", one.reference.clone()),
        fact("pay-gateway-no", one.gateway_no.clone()),
    ]
}

#[derive(Template)]
#[template(path = "national/payment_proof.html")]
struct ProofPage {
    p: Page,
    h: Head,
    facts: Vec<(String, String)>,
    href: String,
}

/// Errors: `NotFound` where nothing was paid, or it went back.
async fn found(web: &Web, by: &Citizen, id: &str) -> Result<Payment, Problem> {
    let one = web.accounts.payment(by.signed.account, answer::id(id)?).await.map_err(web.account_problem())?;
    if one.state() == Stand::Paid { Ok(one) } else { Err(Problem::NotFound) }
}

pub async fn page(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let one = found(&web, &by, &id).await?;
    let mut p = by.visit.page;
    let href = page_of_payment(one.id);
    let h = Head::own(&mut p, "pay-proof-title", &href);
    shown(&ProofPage { facts: facts(&p, &one), href, h, p })
}

pub async fn pdf(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Result<Response, Problem> {
    let one = found(&web, &by, &id).await?;
    let p = by.visit.page;
    let mut parts = vec![Part::Title(p.t("pay-proof-title").into_owned())];
    parts.extend(facts(&p, &one).into_iter().map(|(label, value)| Part::Fact(label, value)));
    parts.push(Part::Text(p.t("pay-proof-not").into_owned(), Ink::Quiet));
    let paper = Paper {
        title: p.t("pay-proof-title").into_owned(),
        author: p.province_name().to_owned(),
        lang: p.lang(),
        mark: one.reference.clone(),
        at: one.paid_at.unwrap_or(one.created_at),
        footer: format!("{} · {}", p.province_name(), one.reference),
        page: p.t2("paper-page", "n", "{n}", "all", "{all}"),
        cut: String::new(),
        parts,
    };
    let made = tokio::task::spawn_blocking(move || paper::pdf(&paper)).await;
    let bytes = made.map_err(|_| Problem::Internal)?.map_err(|e| {
        tracing::error!(error = %e, "a confirmation could not be set on paper");
        Problem::Internal
    })?;
    Ok(download(&format!("xac-nhan-{}.pdf", one.reference), "application/pdf", bytes))
}
