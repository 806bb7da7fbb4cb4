//! «Tôi cũng gặp» on a report's page (R5): one press to be told of its steps, one to be left in peace.

use crate::{
    citizen::answer::{go, go_saying},
    error::Problem,
    page::Page,
    state::Web,
    visit::{Citizen, Form},
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use base::{code::Code, ids::Uuid};
use domain::{
    error::Error,
    reports::{
        ReportRow,
        follow::{follow, follows, unfollow},
        nearby::can_follow,
    },
};

/// What the page offers.
#[derive(Default)]
pub struct Offer {
    /// «3 người cũng gặp»; empty for nobody.
    pub others: String,
    /// Follows already: may stop.
    pub following: bool,
    /// May begin; who is not signed in is led there first.
    pub can: bool,
}

pub async fn offer(web: &Web, p: &Page, report: &ReportRow, account: Option<Uuid>) -> Result<Offer, Problem> {
    let following = match account {
        Some(account) if report.followers > 0 => {
            follows(web.core.store.read(), report.id, account).await.map_err(|e| web.problem()(e.into()))?
        }
        _ => false,
    };
    Ok(Offer {
        others: crate::citizen::wizard::others(p, report.followers),
        following,
        can: !following && can_follow(report, account),
    })
}

pub async fn start(State(web): State<Web>, Path(code): Path<String>, form: Form<Citizen>) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    match follow(&web.core, form.by.signed.account, code.as_str()).await {
        Ok(followed) => Ok(go_saying(&web, &format!("/phan-anh/{}", followed.code), "flash-followed")),
        // Finished meanwhile: its page says so.
        Err(Error::State) => Ok(go(&format!("/phan-anh/{}", code.as_str()))),
        Err(e) => Err(web.problem()(e)),
    }
}

pub async fn stop(State(web): State<Web>, Path(code): Path<String>, form: Form<Citizen>) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let left = unfollow(&web.core, form.by.signed.account, code.as_str()).await.map_err(web.problem())?;
    Ok(go_saying(&web, &format!("/phan-anh/{}", left.code), "flash-unfollowed"))
}
