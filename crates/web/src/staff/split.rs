//! Splitting a report (R6): a page with one part after another, each for another unit. «Thêm phần» sends the page back with one
//! more; nothing is written before all of them fit.

use super::{
    form::{self, Field, Wrong},
    shell::{self, Shell, go_saying, html_as},
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
    http::StatusCode,
    response::Response,
};
use base::code::Code;
use domain::{
    error::{Error, FieldError},
    reports::{
        Act, CONTENT_MOST, Command, ReportRow,
        act::{PARTS_MOST, Part},
        act_as_officer,
        views::{self, Reader},
    },
};

#[derive(Template)]
#[template(path = "staff/split.html")]
struct SplitPage {
    p: Page,
    s: Shell,
    r: ReportRow,
    shown: String,
    version: i64,
    parts: Vec<Vec<Field>>,
    note: Vec<Field>,
    may_add: bool,
    conflict: Option<String>,
    wrong: Vec<Wrong>,
}

/// Whether a report may be split by this person now. Errors as the act itself would give.
async fn report(web: &Web, desk: &Desk, code: &str) -> Result<ReportRow, Problem> {
    let code = Code::parse(code).map_err(|_| Problem::NotFound)?;
    let whole = views::find(&web.core, code.as_str(), &Reader::Staff(&desk.officer)).await.map_err(web.problem())?;
    let possible = views::possible(&web.core, &desk.officer, &whole.report);
    if possible.contains(&Act::Split) { Ok(whole.report) } else { Err(Problem::State) }
}

struct Typed<'a> {
    fields: &'a Fields,
    errors: &'a [FieldError],
    version: i64,
    conflict: Option<String>,
}

async fn show(
    web: &Web,
    desk: &Desk,
    r: ReportRow,
    many: usize,
    typed: Typed<'_>,
    status: StatusCode,
) -> Result<Response, Problem> {
    let p = desk.page.clone();
    let s = Shell::load(web, desk, "queue").await?;
    let mut wrong = Vec::new();
    let mut parts = Vec::new();
    for n in 1..=many {
        let mut fields = part(desk, &r, n);
        if typed.fields.has(&format!("text-{n}")) {
            form::fill(&mut fields, typed.fields);
        }
        let own: Vec<FieldError> =
            typed.errors.iter().filter(|e| fields.iter().any(|f| f.name == e.field)).cloned().collect();
        wrong.extend(form::mark(&p, &mut fields, &own));
        parts.push(fields);
    }
    let mut note = vec![
        Field::new("area", "note", p.t("desk-field-note"))
            .hint(p.t("desk-split-note-hint"))
            .most(domain::reports::NOTE_MOST)
            .optional(),
    ];
    form::fill(&mut note, typed.fields);
    let own: Vec<FieldError> = typed.errors.iter().filter(|e| e.field == "note").cloned().collect();
    wrong.extend(form::mark(&p, &mut note, &own));
    let page = SplitPage {
        shown: p.code(&r.code),
        version: typed.version,
        parts,
        note,
        may_add: many < PARTS_MOST,
        conflict: typed.conflict,
        wrong,
        r,
        s,
        p,
    };
    html_as(status, &page)
}

fn part(desk: &Desk, r: &ReportRow, n: usize) -> Vec<Field> {
    let p = &desk.page;
    let units = shell::all_units(desk).into_iter().filter(|(code, _)| *code != r.unit);
    vec![
        Field::new("select", format!("unit-{n}"), p.t("desk-field-unit"))
            .choices([(String::new(), p.t("desk-choose").into_owned())])
            .choices(units),
        Field::new("select", format!("category-{n}"), p.t("desk-field-category"))
            .value(&*r.category)
            .choices(shell::categories(desk)),
        Field::new("area", format!("text-{n}"), p.t("desk-split-text"))
            .hint(p.t("desk-split-text-hint"))
            .most(CONTENT_MOST),
    ]
}

pub async fn page(State(web): State<Web>, desk: Desk, Path(code): Path<String>) -> Result<Response, Problem> {
    let r = report(&web, &desk, &code).await?;
    let typed = Typed { fields: &Fields::default(), errors: &[], version: r.version, conflict: None };
    show(&web, &desk, r, 1, typed, StatusCode::OK).await
}

pub async fn run(
    State(web): State<Web>,
    Path(code): Path<String>,
    Form { by: desk, fields }: Form<Desk>,
) -> Result<Response, Problem> {
    let r = report(&web, &desk, &code).await?;
    let seen: i64 = fields.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let many = (1..=PARTS_MOST).take_while(|n| fields.has(&format!("text-{n}"))).count().max(1);
    let (errors, conflict, status, many) = if fields.has("them") {
        (Vec::new(), None, StatusCode::OK, (many + 1).min(PARTS_MOST))
    } else {
        let text = |name: &str, n: usize| fields.get(&format!("{name}-{n}")).to_owned();
        let part = |n| Part { unit: text("unit", n), category: text("category", n), text: text("text", n) };
        let mut parts: Vec<Part> = (1..=many).map(part).collect();
        // One that was added and never begun is none.
        while parts.len() > 1 && parts.last().is_some_and(|p| p.unit.is_empty() && p.text.trim().is_empty()) {
            parts.pop();
        }
        let command = Command::Split { parts, note: fields.get("note").to_owned() };
        let (errors, conflict) =
            match act_as_officer(&web.core, &desk.officer, &r.code, seen, command, Vec::new()).await {
                Ok(done) => {
                    let to = format!("/can-bo/phan-anh/{}", done.code);
                    return Ok(go_saying(&web, &to, "flash-desk-act-split"));
                }
                Err(Error::Invalid(errors)) => (errors, None),
                Err(e @ Error::Changed { .. }) => (Vec::new(), Some(super::act::why_not(&desk.page, &e))),
                Err(e) => return Err(web.problem()(e)),
            };
        let status = if conflict.is_some() { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
        (errors, conflict, status, many)
    };
    // After a conflict the new version is what was seen: sending again is possible.
    let version = if conflict.is_some() { r.version } else { seen };
    let typed = Typed { fields: &fields, errors: &errors, version, conflict };
    show(&web, &desk, r, many, typed, status).await
}
