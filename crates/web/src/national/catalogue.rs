//! Thủ tục hành chính (N10, N14, N15): the catalogue of what connected systems handle, and the way from a procedure to the system that a
//! person chooses. The portal signs the person in; the system takes them in and opens the procedure.

use super::systems::{self, Connected};
use crate::{
    citizen::{
        accounts::{keep, raise},
        answer::html,
        procedures::{AT_ONCE, LIST, Paged, Row, page_of},
    },
    error::Problem,
    middleware::encode,
    page::Page,
    state::Web,
    visit::{Citizen, Visit},
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::fold::fold;
use domain::{
    accounts::Assurance,
    levels,
    national::catalogue::{self, Listed, Wanted},
    packs::procedures::Level,
};

#[derive(Template)]
#[template(path = "national/catalogue.html")]
struct CataloguePage {
    p: Page,
    wanted: Wanted,
    /// Something besides words is searched for.
    is_advanced: bool,
    fields: Vec<String>,
    systems: Vec<Connected>,
    rows: Vec<Row>,
    paged: Paged,
    /// No system has listed anything yet.
    is_empty: bool,
}

impl CataloguePage {
    fn is_level(&self, value: &str) -> bool {
        self.wanted.level.is_some_and(|level| level.as_str() == value)
    }
}

/// A system that handles the procedure.
struct Place {
    name: String,
    href: String,
    /// Which account it asks for there (A13).
    needs: String,
}

#[derive(Template)]
#[template(path = "national/procedure.html")]
struct ProcedurePage {
    p: Page,
    one: Listed,
    places: Vec<Place>,
    typed: String,
    /// So many that they are searched.
    has_search: bool,
    is_signed_in: bool,
}

/// Systems of one procedure shown without a search.
const FEW: usize = 8;

fn away(error: domain::error::Error) -> Problem {
    tracing::error!(%error, "the catalogue cannot be read");
    Problem::Busy
}

fn wanted_of(asked: &crate::forms::Fields) -> Wanted {
    let text = |name: &str, most: usize| asked.get(name).trim().chars().take(most).collect::<String>();
    Wanted {
        words: text("q", 100),
        field: text("linh-vuc", 120),
        level: Level::parse(asked.get("cap")),
        system: text("noi", 80),
    }
}

/// As it stands in addresses.
fn query_of(wanted: &Wanted) -> String {
    let level = wanted.level.map(Level::as_str).unwrap_or_default();
    let pairs = [("q", wanted.words.as_str()), ("linh-vuc", &wanted.field), ("cap", level), ("noi", &wanted.system)];
    let given = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    given.map(|(name, value)| format!("{name}={}", encode(value))).collect::<Vec<_>>().join("&")
}

/// What else stands beside a procedure for which every account is not enough, wherever it is handed in.
fn surer(p: &Page, account: &str) -> String {
    let level = levels::parse(account).filter(|level| *level > Assurance::Phone);
    level.map(|level| format!(" · {}", raise::words(p, level))).unwrap_or_default()
}

pub async fn list(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Result<Response, Problem> {
    let asked = keep::query(&raw);
    let (wanted, n) = (wanted_of(&asked), Paged::asked(asked.get("trang")));
    let (found, total) = catalogue::search(&web.core, &wanted, n as i64, AT_ONCE as i64).await.map_err(away)?;
    let fields = catalogue::fields(&web.core).await.map_err(away)?;
    let systems = systems::connected(&web).await?;
    let p = visit.page;
    let paged = Paged::new(p.tn("proc-found", total), &query_of(&wanted), n, total.max(0) as usize);
    let row = |one: Listed| Row {
        href: page_of(&one.code),
        note: [p.tn("cat-systems", i64::from(one.systems)), surer(&p, &one.account)].concat(),
        name: one.name,
        code: one.code,
        field: one.field,
    };
    let rows = found.into_iter().map(row).collect();
    let is_advanced = !wanted.field.is_empty() || wanted.level.is_some() || !wanted.system.is_empty();
    html(&CataloguePage { is_empty: fields.is_empty(), rows, paged, wanted, is_advanced, fields, systems, p })
}

pub async fn page(
    State(web): State<Web>,
    Path(code): Path<String>,
    RawQuery(raw): RawQuery,
    visit: Visit,
) -> Result<Response, Problem> {
    let (one, handled) = catalogue::procedure(&web.core, &code).await.map_err(away)?.ok_or(Problem::NotFound)?;
    let systems = systems::connected(&web).await?;
    let place = |at: &catalogue::Handled| {
        let system = systems.iter().find(|s| s.id == at.client_id && s.takes_in.is_some())?;
        Some(Place {
            name: system.name.clone(),
            href: format!("{}/nop/{}", page_of(&one.code), system.id),
            needs: raise::words(&visit.page, at.account()),
        })
    };
    let mut places: Vec<Place> = handled.iter().filter_map(place).collect();
    places.sort_by_cached_key(|place| base::fold::vi_sort_key(&place.name));
    let has_search = places.len() > FEW;
    let typed: String = keep::query(&raw).get("q").trim().chars().take(100).collect();
    let wanted = fold(&typed);
    places.retain(|place| fold(&place.name).contains(&wanted));
    html(&ProcedurePage { one, places, typed, has_search, is_signed_in: visit.citizen.is_some(), p: visit.page })
}

/// «Nộp hồ sơ»: signed in here, on to the system, which signs the person in through us, registers them where they are new there, links the
/// two accounts and opens the procedure.
pub async fn go(
    State(web): State<Web>,
    Path((code, client)): Path<(String, String)>,
    _: Citizen,
) -> Result<Response, Problem> {
    let (_, handled) = catalogue::procedure(&web.core, &code).await.map_err(away)?.ok_or(Problem::NotFound)?;
    let at = handled.iter().find(|at| at.client_id == client).ok_or(Problem::NotFound)?;
    let systems = systems::connected(&web).await?;
    let system = systems.iter().find(|s| s.id == client).ok_or(Problem::NotFound)?;
    let takes_in = system.takes_in.as_deref().ok_or(Problem::NotFound)?;
    let target = format!("{}{}", system.home, at.page);
    let mark = if takes_in.contains('?') { '&' } else { '?' };
    let to = format!("{takes_in}{mark}iss={}&target_link_uri={}", encode(&web.core.settings.origin), encode(&target));
    let to = HeaderValue::from_str(&to).map_err(|_| Problem::Internal)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response())
}

/// Fields with how many procedures, for «Thông tin và dịch vụ».
#[derive(Template)]
#[template(path = "national/services.html")]
struct ServicesPage {
    p: Page,
    fields: Vec<(String, String)>,
    systems: Vec<Connected>,
}

pub async fn services(State(web): State<Web>, visit: Visit) -> Result<Response, Problem> {
    let fields = catalogue::fields(&web.core).await.map_err(away)?;
    let fields = fields.into_iter().map(|field| (format!("{LIST}?linh-vuc={}", encode(&field)), field)).collect();
    html(&ServicesPage { fields, systems: systems::connected(&web).await?, p: visit.page })
}
