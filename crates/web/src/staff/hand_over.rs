//! Handing over a person's open reports to a colleague (bàn giao, R6).

use super::{
    form::{self, Field, Wrong},
    shell::{Shell, html_as},
    show::{self, Tag},
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
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use base::ids::Uuid;
use domain::{
    error::{Error, FieldError},
    reports::{NOTE_MOST, hand_over, views},
};

struct Line {
    code: String,
    shown: String,
    title: String,
    due: String,
    tag: Tag,
}

#[derive(Template)]
#[template(path = "staff/hand_over.html")]
struct HandOverPage {
    p: Page,
    s: Shell,
    whose: Vec<Field>,
    /// Nobody is offered: who works for the whole province has no unit's people, and hands over report by report.
    no_unit: bool,
    form: Vec<Field>,
    from: String,
    lines: Vec<Line>,
    total: String,
    done: Vec<(String, String)>,
    refused: Vec<(String, String, String)>,
    wrong: Vec<Wrong>,
}

pub async fn page(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Fields::parse(raw.unwrap_or_default().as_bytes());
    let from = Uuid::parse_str(query.get("tu")).unwrap_or(desk.officer.account);
    show_page(&web, &desk, from, &Fields::default(), &[], None).await
}

pub async fn run(State(web): State<Web>, Form { by: desk, fields }: Form<Desk>) -> Result<Response, Problem> {
    let from = Uuid::parse_str(fields.get("tu")).unwrap_or_default();
    let Ok(to) = Uuid::parse_str(fields.get("to")) else {
        let missing = [FieldError { field: "to", key: "assignee-missing" }];
        return show_page(&web, &desk, from, &fields, &missing, None).await;
    };
    match hand_over::hand_over(&web.core, &desk.officer, from, to, fields.get("note")).await {
        // A page of its own, not a redirect: what was refused is told nowhere else.
        Ok(handed) => show_page(&web, &desk, from, &Fields::default(), &[], Some(handed)).await,
        Err(Error::Invalid(errors)) => show_page(&web, &desk, from, &fields, &errors, None).await,
        Err(e) => Err(web.problem()(e)),
    }
}

async fn show_page(
    web: &Web,
    desk: &Desk,
    from: Uuid,
    typed: &Fields,
    errors: &[FieldError],
    handed: Option<hand_over::Handed>,
) -> Result<Response, Problem> {
    let p = desk.page.clone();
    let unit = desk.officer.home_unit();
    let (s, people, found) = tokio::try_join!(
        Shell::load(web, desk, "hand-over"),
        async { views::assignees(&web.core, unit).await.map_err(web.problem()) },
        async { hand_over::of_person(&web.core, &desk.officer, from, 0).await.map_err(web.problem()) },
    )?;
    let entry = |(id, name): &(Uuid, String)| (id.to_string(), name.clone());
    let mut all: Vec<(String, String)> = people.iter().map(entry).collect();
    if !people.iter().any(|(id, _)| *id == desk.officer.account) {
        all.insert(0, (desk.officer.account.to_string(), desk.officer.name.clone()));
    }
    let whose = vec![Field::new("select", "tu", p.t("desk-hand-from")).value(from.to_string()).choices(all)];
    let choose = [(String::new(), p.t("desk-choose").into_owned())];
    let others = people.iter().filter(|(id, _)| *id != from).map(entry);
    let mut fields = vec![
        Field::new("select", "to", p.t("desk-hand-to")).choices(choose).choices(others),
        Field::new("area", "note", p.t("desk-hand-why")).hint(p.t("desk-field-note-hint")).most(NOTE_MOST),
    ];
    form::fill(&mut fields, typed);
    let wrong = form::mark(&p, &mut fields, errors);
    let handed = handed.unwrap_or_default();
    let line = |r: &domain::reports::queue::QueueRow| Line {
        code: r.code.clone(),
        shown: p.code(&r.code),
        title: r.title.clone(),
        due: r.due_at.as_ref().map_or_else(String::new, |at| p.date_time(at)),
        tag: show::tag(&p, r.state()),
    };
    let page = HandOverPage {
        whose,
        no_unit: unit == "*" && people.is_empty(),
        form: fields,
        from: from.to_string(),
        lines: found.rows.iter().map(line).collect(),
        total: super::shell::count(found.total, p.lang()),
        done: handed.done.iter().map(|c| (c.clone(), p.code(c))).collect(),
        refused: handed.refused.iter().map(|(c, e)| (c.clone(), p.code(c), super::act::why_not(&p, e))).collect(),
        wrong,
        s,
        p,
    };
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    html_as(status, &page)
}
