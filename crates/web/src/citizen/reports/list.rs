//! Lists: what is public, what is mine, and the box where one types a code.

use crate::{
    citizen::{
        answer::{go, html, html_as, html_kept},
        communes,
        errors::Errors,
        tags, wizard,
    },
    error::Problem,
    forms::Fields,
    middleware::encode,
    page::Page,
    state::Web,
    visit::{Citizen, Visit},
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
        views::{self, PublicFilter, Reader},
    },
};

/// Lines a page, as the domain gives them.
const PAGE: usize = 20;

struct Choice {
    code: String,
    name: String,
    chosen: bool,
}

/// A filter that is on, and the address without it.
struct Chip {
    text: String,
    without: String,
}

#[derive(Template)]
#[template(path = "citizen/reports/list.html")]
struct ListPage {
    p: Page,
    errors: Errors,
    /// What was typed into the box for codes.
    typed: String,
    categories: Vec<Choice>,
    commune: String,
    commune_name: String,
    state: String,
    chips: Vec<Chip>,
    lines: Vec<tags::Shown>,
    more: Option<String>,
    later: bool,
}

/// The filter as the address says it.
#[derive(Default, Clone)]
struct Asked {
    category: String,
    commune: String,
    state: String,
    before: Option<i64>,
}

impl Asked {
    fn parse(p: &Page, query: Option<String>) -> Self {
        let f = Fields::parse(query.unwrap_or_default().as_bytes());
        let known = |code: &str| p.province.commune(code).is_some();
        let typed = f.get("ten-xa").trim();
        let mut commune = f.get("xa").to_owned();
        if !known(&commune) {
            commune.clear();
        }
        // Without a script only the name is there: the best fit is taken, and the chip shows which one that is.
        let named = |code: &str| base::fold::fold(&p.commune_name(&Some(code.to_owned())));
        if f.has("ten-xa") && base::fold::fold(typed) != named(&commune) {
            commune = communes::find(p, typed, None).into_iter().next().map_or_else(String::new, |c| c.code);
        }
        Self {
            category: Some(f.get("loai")).filter(|c| p.province.category(c).is_some()).unwrap_or_default().to_owned(),
            commune,
            state: Some(f.get("trang-thai")).filter(|s| matches!(*s, "dang" | "xong")).unwrap_or_default().to_owned(),
            before: f.get("truoc").parse().ok(),
        }
    }

    fn url(&self) -> String {
        let before = self.before.map(|b| b.to_string()).unwrap_or_default();
        let parts: Vec<String> = [
            ("loai", self.category.as_str()),
            ("xa", self.commune.as_str()),
            ("trang-thai", self.state.as_str()),
            ("truoc", before.as_str()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
        if parts.is_empty() { "/phan-anh".into() } else { format!("/phan-anh?{}", parts.join("&")) }
    }

    fn filter(&self) -> PublicFilter {
        let some = |s: &String| Some(s.clone()).filter(|s| !s.is_empty());
        PublicFilter {
            category: some(&self.category),
            commune: some(&self.commune),
            open: match self.state.as_str() {
                "dang" => Some(true),
                "xong" => Some(false),
                _ => None,
            },
            before: self.before,
        }
    }

    fn chips(&self, p: &Page) -> Vec<Chip> {
        let without = |change: fn(&mut Self)| {
            let mut other = Self { before: None, ..self.clone() };
            change(&mut other);
            other.url()
        };
        let mut chips = Vec::new();
        if !self.category.is_empty() {
            chips.push(Chip { text: p.category_name(&self.category), without: without(|a| a.category.clear()) });
        }
        if !self.commune.is_empty() {
            let text = p.commune_name(&Some(self.commune.clone()));
            chips.push(Chip { text, without: without(|a| a.commune.clear()) });
        }
        if !self.state.is_empty() {
            let key = if self.state == "dang" { "list-open" } else { "list-finished" };
            chips.push(Chip { text: p.t(key).into_owned(), without: without(|a| a.state.clear()) });
        }
        chips
    }
}

async fn list(web: &Web, p: Page, asked: Asked, errors: Errors, typed: String) -> Result<ListPage, Problem> {
    let found = views::public_list(&web.core, &asked.filter()).await.map_err(web.problem())?;
    let more = (found.len() == PAGE)
        .then(|| found.last().map(|l| Asked { before: Some(l.created_at), ..asked.clone() }.url()))
        .flatten();
    let lang = p.lang();
    Ok(ListPage {
        errors,
        typed,
        categories: p
            .province
            .pack
            .categories
            .iter()
            .filter(|c| c.public)
            .map(|c| Choice {
                code: c.code.clone(),
                name: c.name.get(lang).to_owned(),
                chosen: c.code == asked.category,
            })
            .collect(),
        commune_name: p.commune_name(&Some(asked.commune.clone())),
        commune: asked.commune.clone(),
        state: asked.state.clone(),
        chips: asked.chips(&p),
        lines: found.iter().map(|l| tags::public_line(&p, l)).collect(),
        more,
        later: asked.before.is_some(),
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
    let reader = visit.account().map_or(Reader::Public, Reader::Citizen);
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
pub async fn mine(State(web): State<Web>, RawQuery(query): RawQuery, by: Citizen) -> Result<Response, Problem> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let before: Option<i64> = fields.get("truoc").parse().ok();
    let account = by.signed.account;
    let (found, begun) =
        tokio::try_join!(views::mine(&web.core, account, before, PAGE as i64), drafts::list(&web.core, account))
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
            title: f.title.clone(),
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
