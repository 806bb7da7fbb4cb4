//! Step 1: what kind of thing. Urgent kinds first ask whether somebody is hurt: a report is no emergency call.

use super::{
    Frame, Step,
    own::{Own, OwnForm},
    store,
};
use crate::{
    citizen::{
        answer::{go, html, html_as},
        errors::Errors,
    },
    error::Problem,
    page::Page,
    state::Web,
    visit::{Form, Sender},
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    error::FieldError,
    packs::Emergency,
    reports::drafts::{self, ReportDraft, Saved},
};

/// Categories that stand on the page at once; the others are behind «Xem thêm».
const FIRST: usize = 8;

struct Choice {
    code: String,
    name: String,
    hint: String,
    icon: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "citizen/wizard/category.html")]
struct CategoryPage {
    p: Page,
    f: Frame,
    errors: Errors,
    action: String,
    first: Vec<Choice>,
    more: Vec<Choice>,
    /// One of the others is chosen: they are shown.
    open: bool,
}

impl CategoryPage {
    fn new(p: Page, draft: Option<&ReportDraft>, chosen: &str, editing: bool, errors: Errors) -> Self {
        let lang = p.lang();
        let mut first: Vec<Choice> = p
            .province
            .pack
            .categories
            .iter()
            .map(|c| Choice {
                code: c.code.clone(),
                name: c.name.get(lang).to_owned(),
                hint: c.hint.get(lang).to_owned(),
                icon: c.icon.clone(),
                chosen: c.code == chosen,
            })
            .collect();
        // A single one more is not worth a door of its own.
        let more = if first.len() > FIRST + 1 { first.split_off(FIRST) } else { Vec::new() };
        let open = more.iter().any(|c| c.chosen);
        let action = draft.map_or_else(|| "/phan-anh/moi".to_owned(), |d| Step::Category.of(d));
        Self { f: Frame::new(&p, Step::Category, draft, editing), errors, action, first, more, open, p }
    }
}

/// The first page of all, before there is a draft.
pub fn first(p: Page, chosen: &str) -> Result<Response, Problem> {
    html(&CategoryPage::new(p, None, chosen, false, Errors::none()))
}

pub async fn page(Own { draft, by, editing }: Own) -> Result<Response, Problem> {
    let p = by.visit.page;
    html(&CategoryPage::new(p, Some(&draft), &draft.saved.category, editing, Errors::none()))
}

fn missing(p: &Page) -> Errors {
    Errors::of(p, &[FieldError { field: "category", key: "report-category-missing" }])
}

pub async fn start(State(web): State<Web>, form: Form<Sender>) -> Result<Response, Problem> {
    let chosen = form.fields.get("category").to_owned();
    let province = web.core.province();
    let Some(category) = province.category(&chosen) else {
        let p = form.by.visit.page;
        let errors = missing(&p);
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &CategoryPage::new(p, None, "", false, errors));
    };
    // `Default` would start with the name shown; a report starts with it hidden (ux-brief, step 5).
    let saved = Saved { category: chosen, anonymous: true, ..Saved::default() };
    let id = drafts::start(&web.core, form.by.author(), &saved).await.map_err(web.problem())?;
    let next = if category.urgent { "khan-cap" } else { Step::Content.path() };
    Ok(go(&format!("/phan-anh/moi/{id}/{next}")))
}

pub async fn save(
    State(web): State<Web>,
    OwnForm { draft, by, fields, editing }: OwnForm,
) -> Result<Response, Problem> {
    let chosen = fields.get("category").to_owned();
    let province = web.core.province();
    let Some(category) = province.category(&chosen) else {
        let p = by.visit.page;
        let errors = missing(&p);
        return html_as(StatusCode::UNPROCESSABLE_ENTITY, &CategoryPage::new(p, Some(&draft), "", editing, errors));
    };
    let mut saved = draft.saved.clone();
    saved.category = chosen;
    store(&web, &by, &draft, &saved).await?;
    if category.urgent && !saved.no_emergency {
        let edit = if editing { "?sua=1" } else { "" };
        return Ok(go(&format!("/phan-anh/moi/{}/khan-cap{edit}", draft.id)));
    }
    Ok(go(&Step::Category.next(&draft, editing)))
}

#[derive(Template)]
#[template(path = "citizen/wizard/emergency.html")]
struct EmergencyPage {
    p: Page,
    id: String,
    title: String,
    editing: bool,
    emergency: Vec<Emergency>,
}

/// Numbers named in the title: more would not be read in a hurry.
const CALLED: usize = 3;

pub async fn emergency(Own { draft, by, editing }: Own) -> Result<Response, Problem> {
    let p = by.visit.page;
    let emergency = p.province.pack.province.emergency.clone();
    let mut numbers: Vec<&str> = emergency.iter().take(CALLED).map(|e| e.number.as_str()).collect();
    let last = numbers.pop().unwrap_or_default();
    let numbers =
        if numbers.is_empty() { last.to_owned() } else { p.t2("list-or", "first", numbers.join(", "), "last", last) };
    let title = p.t1("emergency-title", "numbers", numbers);
    html(&EmergencyPage { id: draft.id.to_string(), title, editing, emergency, p })
}

pub async fn no_emergency(
    State(web): State<Web>,
    OwnForm { draft, by, editing, .. }: OwnForm,
) -> Result<Response, Problem> {
    let mut saved = draft.saved.clone();
    saved.no_emergency = true;
    store(&web, &by, &draft, &saved).await?;
    Ok(go(&Step::Category.next(&draft, editing)))
}
