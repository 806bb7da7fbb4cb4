//! «Hộp gửi đi» (R2): reports that wait on the phone for a network. The two pages are kept by every phone and hold nothing of
//! a person; the phone fills them. What it sends comes in here, and comes in once.

use super::{
    answer::{html, id},
    deadline,
    wizard::question::{self, Asked},
};
use crate::{
    error::Problem,
    forms::FORM_LIMIT,
    page::Page,
    state::Web,
    visit::{ScriptedSender, Visit, guest_mark},
};
use askama::Template;
use axum::{
    Json, Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use base::{geo::Point, ids::Uuid};
use domain::{
    accounts::{Kind, helping::Deed},
    packs::Emergency,
    reports::{
        Answers, CONTENT_MOST, Draft, Place,
        from_phone::{FromPhone, submit_from_phone, submit_from_phone_of_guest},
        photos::MOST,
    },
};
use serde::Deserialize;
use serde_json::json;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/phan-anh/hop-gui-di", get(page).post(take))
        .route("/phan-anh/hop-gui-di/phien", get(who))
        .route("/phan-anh/ngoai-tuyen", get(write))
}

#[derive(Template)]
#[template(path = "citizen/outbox/box.html")]
struct BoxPage {
    p: Page,
}

/// A page that every phone may keep: nobody is named in it.
fn of_nobody(mut p: Page) -> Page {
    p.who = None;
    p.acting = None;
    p.behalf = None;
    p.csrf = String::new();
    p.owner = String::new();
    p.guest = false;
    p.flash = None;
    p
}

async fn page(visit: Visit) -> Result<Response, Problem> {
    html(&BoxPage { p: of_nobody(visit.page) })
}

struct Choice {
    code: String,
    name: String,
    icon: String,
    urgent: bool,
    /// Of all categories those of the chosen one are shown; no two fields share an id.
    questions: Vec<Asked>,
}

struct Commune {
    code: String,
    name: String,
}

#[derive(Template)]
#[template(path = "citizen/outbox/write.html")]
struct WritePage {
    p: Page,
    categories: Vec<Choice>,
    communes: Vec<Commune>,
    emergency: Vec<Emergency>,
    most: usize,
    most_photos: usize,
}

/// The five questions on one page, for a phone without a network.
async fn write(visit: Visit) -> Result<Response, Problem> {
    let p = of_nobody(visit.page);
    let lang = p.lang();
    let pack = &p.province.pack;
    let categories: Vec<Choice> = pack
        .categories
        .iter()
        .map(|c| Choice {
            code: c.code.clone(),
            name: c.name.get(lang).to_owned(),
            icon: c.icon.clone(),
            urgent: c.urgent,
            questions: question::asked(&p, Some(c), &Answers::default(), &[])
                .into_iter()
                .map(|q| Asked { id: format!("{}-{}", q.id, c.code), ..q })
                .collect(),
        })
        .collect();
    let groups = p.province.picker().all();
    let communes = groups
        .into_iter()
        .flat_map(|(_, units)| units)
        .map(|u| Commune { code: u.code.clone(), name: u.full_name(lang) });
    html(&WritePage {
        categories,
        communes: communes.collect(),
        emergency: pack.province.emergency.clone(),
        most: CONTENT_MOST,
        most_photos: MOST,
        p,
    })
}

/// Who is here now, for the scripts: the owner's mark, the anti-forgery token and the home commune; of an account also the marks of the
/// guests whose reports it took over (R3). A guest is here as long as the proof of the phone holds.
async fn who(State(web): State<Web>, visit: Visit) -> Result<Json<serde_json::Value>, Problem> {
    // Who helps is another owner than themselves (A19): what waits of the one never goes out as the other's.
    let Some(here) = visit.reading(Deed::Send).or(visit.guest.as_ref()) else {
        return Ok(Json(json!({ "signed": false })));
    };
    let claimed = match here.kind {
        Kind::Citizen => web.accounts.claimed_guests(here.account).await.map_err(web.account_problem())?,
        _ => Vec::new(),
    };
    let was: Vec<String> = claimed.into_iter().map(|guest| guest_mark(&web, guest)).collect();
    Ok(Json(json!({
        "signed": true,
        "owner": visit.page.owner,
        "csrf": visit.page.csrf,
        "commune": here.commune,
        "was": was,
    })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Waiting {
    #[serde(default)]
    draft: Option<Uuid>,
    #[serde(default)]
    title: String,
    content: String,
    category: String,
    #[serde(default)]
    lat: Option<f64>,
    #[serde(default)]
    lon: Option<f64>,
    #[serde(default)]
    commune: Option<String>,
    #[serde(default)]
    address: String,
    anonymous: bool,
    /// To what the category asks.
    #[serde(default)]
    answers: Answers,
    #[serde(default)]
    photos: Vec<Uuid>,
}

/// A report out of the phone's outbox; the same key again gives the same answer.
async fn take(State(web): State<Web>, by: ScriptedSender, visit: Visit, request: Request) -> Result<Response, Problem> {
    let key = request.headers().get("idempotency-key").and_then(|k| k.to_str().ok()).ok_or(Problem::BadRequest)?;
    let key = id(key).map_err(|_| Problem::BadRequest)?;
    let bytes = axum::body::to_bytes(request.into_body(), FORM_LIMIT).await.map_err(|_| Problem::TooLarge)?;
    let new: Waiting = serde_json::from_slice(&bytes).map_err(|_| Problem::BadRequest)?;
    let point = match (new.lat, new.lon) {
        (None, None) => None,
        (Some(lat), Some(lon)) => Some(Point::new(lat, lon).ok_or(Problem::BadRequest)?),
        _ => return Err(Problem::BadRequest),
    };
    let report = Draft {
        title: new.title,
        content: new.content,
        category: new.category,
        place: Place { point, commune: new.commune.filter(|c| !c.is_empty()), address: new.address },
        anonymous: new.anonymous,
        answers: new.answers,
        ..Draft::default()
    };
    let sent = FromPhone { key, draft: new.draft, report, photos: new.photos };
    let sent = match by.0.kind {
        Kind::Guest => submit_from_phone_of_guest(&web.core, by.0.account, &sent).await,
        _ => submit_from_phone(&web.core, &*by.0, &sent).await,
    };
    let sent = sent.map_err(web.problem())?;
    let code = sent.code.as_str();
    let body = json!({
        "code": visit.page.code(code),
        "href": format!("/phan-anh/{code}"),
        "until": deadline::until(&visit.page, sent.due_at),
    });
    Ok((StatusCode::CREATED, Json(body)).into_response())
}
