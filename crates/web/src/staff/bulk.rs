//! One act for many reports (R6): each goes through the same door as alone, with the version that was on the screen, and the
//! page after it says what worked and what did not.

use super::{
    queue,
    shell::{Shell, go, html, id},
};
use crate::{
    error::Problem,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{
    error::Error,
    reports::{Command, act_as_officer, queue::PAGE},
};

/// A report that was not changed, and why.
struct Refused {
    code: String,
    shown: String,
    why: String,
}

#[derive(Template)]
#[template(path = "staff/bulk.html")]
struct BulkPage {
    p: Page,
    s: Shell,
    act: String,
    done: Vec<(String, String)>,
    refused: Vec<Refused>,
    back: String,
}

/// Answers with a page of its own, not with a redirect: what failed is told nowhere else, and a reload does no harm, because
/// the versions have moved on.
pub async fn run(State(web): State<Web>, Form { by: desk, fields }: Form<Desk>) -> Result<Response, Problem> {
    let back = queue::back(fields.get("loc"));
    let picked: Vec<(&str, i64)> = fields
        .all("chon")
        .iter()
        .filter_map(|pick| pick.split_once(':').and_then(|(code, v)| Some((code, v.parse().ok()?))))
        .take(PAGE as usize)
        .collect();
    if picked.is_empty() {
        return Ok(go(&back));
    }
    let note = fields.get("ghi-chu").to_owned();
    let command = match fields.get("lam") {
        "accept" => Command::Accept { note },
        "assign" => Command::Assign { to: id(fields.get("nguoi")).unwrap_or_default(), note },
        "transfer" => Command::Transfer { unit: fields.get("noi").to_owned(), note },
        _ => return Err(Problem::BadRequest),
    };
    let p = desk.page.clone();
    let (mut done, mut refused) = (Vec::new(), Vec::new());
    for (code, seen) in picked {
        let shown = p.code(code);
        match act_as_officer(&web.core, &desk.officer, code, seen, command.clone(), Vec::new()).await {
            Ok(d) => done.push((d.code, shown)),
            Err(e @ Error::Store(_)) => return Err(web.problem()(e)),
            Err(e) => refused.push(Refused { code: code.to_owned(), shown, why: super::act::why_not(&p, &e) }),
        }
    }
    let s = Shell::load(&web, &desk, "queue").await?;
    let act = p.t(&format!("desk-act-{}", command.act().as_str())).into_owned();
    html(&BulkPage { p, s, act, done, refused, back })
}
