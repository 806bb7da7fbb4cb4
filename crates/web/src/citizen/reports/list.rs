//! Lists: what is public, what is mine, and the box where one types a code.

use super::{
    filter::{Asked, FilterForm},
    map,
};
use crate::{
    citizen::{
        answer::{go, html, html_as, html_kept},
        errors::Errors,
        tags, wizard,
    },
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Owner, Visit},
};
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use base::code::Code;
use domain::{
    error::Error,
    reports::{
        drafts, follow,
        views::{self, Reader},
    },
};

/// Lines a page, as the domain gives them.
const PAGE: usize = 20;

#[derive(Template)]
#[template(path = "citizen/reports/list.html")]
struct ListPage {
    p: Page,
    errors: Errors,
    /// What was typed into the box for codes.
    typed: String,
    f: FilterForm,
    lines: Vec<tags::Shown>,
    more: Option<String>,
    later: bool,
    tabs: Vec<map::TabLink>,
}

async fn list(web: &Web, p: Page, asked: Asked, errors: Errors, typed: String) -> Result<ListPage, Problem> {
    let found = views::public_list(&web.core, &asked.filter(p.now)).await.map_err(web.problem())?;
    let more = (found.len() == PAGE)
        .then(|| found.last().map(|l| Asked { before: Some(l.created_at), ..asked.clone() }.url("/phan-anh")))
        .flatten();
    Ok(ListPage {
        errors,
        typed,
        f: asked.form(&p, "/phan-anh"),
        lines: found.iter().map(|l| tags::public_line(&p, l)).collect(),
        more,
        later: asked.before.is_some(),
        tabs: map::tabs(&p, "/phan-anh", &asked),
        p,
    })
}

pub async fn public(State(web): State<Web>, RawQuery(query): RawQuery, visit: Visit) -> Result<Response, Problem> {
    let asked = Asked::parse(&visit.page, query);
    html(&list(&web, visit.page, asked, Errors::none(), String::new()).await?)
}

/// «Tìm theo mã»: leads to the report, or says beside the box what is wrong with the code.
pub async fn by_code(State(web): State<Web>, RawQuery(query): RawQuery, visit: Visit) -> Result<Response, Problem> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let typed: String = fields.get("ma").trim().chars().take(40).collect();
    let reader = visit.sending().map_or(Reader::Public, Reader::Citizen);
    let (status, key) = match Code::parse(&typed) {
        Err(_) => (StatusCode::UNPROCESSABLE_ENTITY, "code-wrong"),
        Ok(code) => match views::find(&web.core, code.as_str(), &reader).await {
            Ok(_) => return Ok(go(&format!("/phan-anh/{}", code.as_str()))),
            Err(Error::NotFound) => (StatusCode::NOT_FOUND, "code-not-found"),
            Err(e) => return Err(web.problem()(e)),
        },
    };
    let mut errors = Errors::none();
    errors.add("code", "#f-code".into(), visit.page.t(key).into_owned());
    let page = list(&web, visit.page, Asked::default(), errors, typed).await?;
    html_as(status, &page)
}

struct DraftLine {
    id: String,
    title: String,
    when: String,
}

struct Followed {
    href: String,
    title: String,
    what: String,
}

#[derive(Template)]
#[template(path = "citizen/reports/mine.html")]
struct MinePage {
    p: Page,
    drafts: Vec<DraftLine>,
    following: Vec<Followed>,
    lines: Vec<tags::Shown>,
    more: Option<String>,
    later: bool,
}

/// «Của tôi» (in the sources: «Cá nhân»).
pub async fn mine(State(web): State<Web>, RawQuery(query): RawQuery, by: Owner) -> Result<Response, Problem> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let before: Option<i64> = fields.get("truoc").parse().ok();
    let account = by.signed.account;
    let (found, begun) =
        tokio::try_join!(views::mine(&web.core, account, before, PAGE as i64), drafts::list(&web.core, &*by.signed))
            .map_err(web.problem())?;
    // On the first page only, like what is unfinished.
    let followed = match before {
        None => follow::of_account(web.core.store.read(), account, PAGE as i64)
            .await
            .map_err(|e| web.problem()(e.into()))?,
        Some(_) => Vec::new(),
    };
    let p = by.visit.page;
    let following = followed
        .iter()
        .map(|f| Followed {
            href: format!("/phan-anh/{}", f.code),
            title: if f.title.is_empty() { p.code(&f.code) } else { f.title.clone() },
            what: format!("{} · {}", p.code(&f.code), p.t1("follow-since", "date", p.date(&f.at))),
        })
        .collect();
    let drafts = begun
        .iter()
        .filter(|d| before.is_none() && wizard::is_begun(d))
        .map(|d| DraftLine {
            id: d.id.to_string(),
            title: wizard::title_of(&p, d),
            when: p.t1("draft-saved", "time", p.long_time(&d.updated_at)),
        })
        .collect();
    html_kept(&MinePage {
        drafts,
        following,
        lines: found.iter().map(|l| tags::line(&p, l)).collect(),
        more: (found.len() == PAGE)
            .then(|| found.last().map(|l| format!("/phan-anh/cua-toi?truoc={}", l.created_at)))
            .flatten(),
        later: before.is_some(),
        p,
    })
}
