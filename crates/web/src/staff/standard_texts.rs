//! Standard texts (văn bản mẫu, R6): the list of one's units, and a page to write one.

use super::{
    edit::{EditPage, Remove},
    form::{self, Field, Wrong},
    shell::{self, Shell, go_saying, html, id},
};
use crate::{
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use base::ids::Uuid;
use domain::{
    error::{Error, FieldError},
    reports::{
        NOTE_MOST,
        standard_texts::{self, ACTS, NewText, StandardText},
    },
    rights::Right,
};

const LIST: &str = "/can-bo/quan-ly/van-ban-mau";

struct Line {
    id: Uuid,
    title: String,
    body: String,
    act: String,
    category: String,
    unit: String,
}

#[derive(Template)]
#[template(path = "staff/standard_texts.html")]
struct ListPage {
    p: Page,
    s: Shell,
    lines: Vec<Line>,
}

fn unit_name(p: &Page, unit: &str) -> String {
    if unit == "*" { p.t("desk-whole-province").into_owned() } else { p.unit_name(unit) }
}

pub async fn list(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    let found = standard_texts::list(&web.core, &desk.officer).await.map_err(web.problem())?;
    let s = Shell::load(&web, &desk, "texts").await?;
    let p = desk.page.clone();
    let line = |t: StandardText| Line {
        id: t.id,
        act: p.t(&format!("desk-act-{}", t.act)).into_owned(),
        category: t.category.as_deref().map_or_else(|| p.t("desk-all").into_owned(), |c| p.category_name(c)),
        unit: unit_name(&p, &t.unit),
        title: t.title,
        body: t.body,
    };
    let lines = found.into_iter().map(line).collect();
    html(&ListPage { lines, s, p })
}

fn fields(desk: &Desk, t: Option<&StandardText>) -> Vec<Field> {
    let p = &desk.page;
    let mut units = shell::units_of(desk, Right::TextsEdit);
    if desk.officer.may(Right::TextsEdit, "*", &[]) {
        units.insert(0, ("*".into(), unit_name(p, "*")));
    }
    let acts = ACTS.map(|a| (a.as_str().to_owned(), p.t(&format!("desk-act-{}", a.as_str())).into_owned()));
    let all = [(String::new(), p.t("desk-all").into_owned())];
    let unit = t.map_or(desk.officer.home_unit(), |t| &t.unit);
    vec![
        Field::new("text", "title", p.t("desk-standard-name"))
            .hint(p.t("desk-standard-name-hint"))
            .value(t.map_or("", |t| &t.title)),
        Field::new("select", "act", p.t("desk-standard-act")).value(t.map_or("", |t| &t.act)).choices(acts),
        Field::new("select", "category", p.t("desk-field-category"))
            .value(t.and_then(|t| t.category.as_deref()).unwrap_or_default())
            .choices(all)
            .choices(shell::categories(desk)),
        Field::new("select", "unit", p.t("desk-standard-unit")).value(unit).choices(units),
        Field::new("area", "body", p.t("desk-standard-body"))
            .hint(p.t("desk-standard-body-hint"))
            .most(NOTE_MOST)
            .value(t.map_or("", |t| &t.body)),
    ]
}

async fn show(
    web: &Web,
    desk: &Desk,
    text: Option<&StandardText>,
    typed: Option<&Fields>,
    errors: &[FieldError],
) -> Result<Response, Problem> {
    let s = Shell::load(web, desk, "texts").await?;
    let p = desk.page.clone();
    let mut fields = fields(desk, text);
    if let Some(typed) = typed {
        form::fill(&mut fields, typed);
    }
    let wrong: Vec<Wrong> = form::mark(&p, &mut fields, errors);
    let action = format!("{LIST}/{}", text.map_or_else(|| "moi".to_owned(), |t| t.id.to_string()));
    let page = EditPage {
        title: text.map_or_else(|| p.t("desk-standard-new").into_owned(), |t| t.title.clone()),
        intro: p.t("desk-standard-intro").into_owned(),
        back: (LIST.into(), p.t("desk-standard-title").into_owned()),
        remove: text.map(|_| Remove {
            action: format!("{action}/xoa"),
            title: p.t("desk-standard-remove").into_owned(),
            fields: Vec::new(),
        }),
        action,
        hidden: Vec::new(),
        fields,
        button: p.t("save").into_owned(),
        wrong,
        s,
        p,
    };
    page.show()
}

/// `moi` is one to be made.
async fn find(web: &Web, desk: &Desk, text: &str) -> Result<Option<StandardText>, Problem> {
    if text == "moi" {
        return Ok(None);
    }
    standard_texts::one(&web.core, &desk.officer, id(text)?).await.map(Some).map_err(web.problem())
}

pub async fn edit(State(web): State<Web>, desk: Desk, Path(text): Path<String>) -> Result<Response, Problem> {
    let text = find(&web, &desk, &text).await?;
    show(&web, &desk, text.as_ref(), None, &[]).await
}

pub async fn save(
    State(web): State<Web>,
    Path(text): Path<String>,
    Form { by: desk, fields: typed }: Form<Desk>,
) -> Result<Response, Problem> {
    let text = find(&web, &desk, &text).await?;
    let new = NewText {
        unit: typed.get("unit").to_owned(),
        category: typed.get("category").to_owned(),
        act: typed.get("act").to_owned(),
        title: typed.get("title").to_owned(),
        body: typed.get("body").to_owned(),
    };
    match standard_texts::save(&web.core, &desk.officer, text.as_ref().map(|t| t.id), new).await {
        Ok(_) => Ok(go_saying(&web, LIST, "flash-saved")),
        Err(Error::Invalid(errors)) => show(&web, &desk, text.as_ref(), Some(&typed), &errors).await,
        Err(e) => Err(web.problem()(e)),
    }
}

pub async fn remove(
    State(web): State<Web>,
    Path(text): Path<String>,
    Form { by: desk, .. }: Form<Desk>,
) -> Result<Response, Problem> {
    standard_texts::remove(&web.core, &desk.officer, id(&text)?).await.map_err(web.problem())?;
    Ok(go_saying(&web, LIST, "flash-desk-standard-removed"))
}
