//! Units (đơn vị): agencies with their superiors, communes with their committees. Changed by spreadsheet (X12), see `sheets`.

use super::shell::{Shell, html};
use crate::{error::Problem, page::Page, state::Web, visit::Desk};
use askama::Template;
use axum::{extract::State, response::Response};

struct AgencyLine {
    code: String,
    name: String,
    short: String,
    parent: String,
    operator: bool,
    note: String,
}

struct CommuneLine {
    code: String,
    name: String,
    population: String,
    merged: String,
    note: String,
}

#[derive(Template)]
#[template(path = "staff/units.html")]
struct UnitsPage {
    p: Page,
    s: Shell,
    agencies: Vec<AgencyLine>,
    communes: Vec<CommuneLine>,
}

pub async fn list(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    let s = Shell::load(&web, &desk, "units").await?;
    let p = desk.page;
    let pack = &p.province.pack;
    let agencies = pack.agencies.iter().map(|a| AgencyLine {
        code: a.code.clone(),
        name: a.name.clone(),
        short: a.short_name.clone(),
        parent: a.parent.as_deref().map(|code| p.unit_name(code)).unwrap_or_default(),
        operator: a.operator,
        note: a.note.clone(),
    });
    let communes = pack.units.iter().map(|u| CommuneLine {
        code: u.code.clone(),
        name: u.full_name(p.lang()),
        population: u.population.map(|n| p.number(i64::from(n))).unwrap_or_default(),
        merged: u.merged_from.join(", "),
        note: u.note.clone(),
    });
    let (agencies, communes) = (agencies.collect(), communes.collect());
    html(&UnitsPage { s, agencies, communes, p })
}
