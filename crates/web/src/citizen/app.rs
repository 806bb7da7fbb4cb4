//! What makes the pages an app (X3): manifest, colours of the province, offline page, text size.

use super::answer::{cached, go, html};
use crate::{
    assets, cookies,
    error::Problem,
    middleware::safe_next,
    page::Page,
    state::Web,
    visit::{Form, Visit},
};
use askama::Template;
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base::i18n::Lang;
use domain::packs::Emergency;
use serde_json::json;

pub fn routes() -> Router<Web> {
    national_routes().route("/ngoai-tuyen", get(offline))
}

/// Without the page for times without a network: nothing is written at the national portal then.
pub fn national_routes() -> Router<Web> {
    Router::new()
        .route("/manifest.webmanifest", get(manifest))
        .route("/brand.css", get(brand))
        .route("/co-chu", post(text_size))
        .route("/robots.txt", get(robots))
}

/// An hour: colours and names change with a release of the pack, rarely.
const HOUR: &str = "public, max-age=3600";

async fn manifest(State(web): State<Web>) -> Response {
    let province = web.core.province();
    let pack = &province.pack.province;
    let speaker = web.core.speaker(Lang::VI);
    let icon = |name: &str, sizes: &str, kind: &str, purpose: &str| json!({ "src": assets::url(name), "sizes": sizes, "type": kind, "purpose": purpose });
    let mut shortcuts = Vec::new();
    if pack.has_module("reports") {
        shortcuts.push(json!({ "name": speaker.t("home-report"), "url": "/phan-anh/moi" }));
        shortcuts.push(json!({ "name": speaker.t("home-mine"), "url": "/phan-anh/cua-toi" }));
    }
    let body = json!({
        "id": "/",
        "name": format!("{} – {}", pack.app_name.get(Lang::VI), pack.name.get(Lang::VI)),
        "short_name": pack.app_name.get(Lang::VI),
        "description": speaker.t1("site-description", "province", pack.name.get(Lang::VI)),
        "lang": "vi",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#F3F6F9",
        "theme_color": pack.branding.primary,
        "icons": [
            icon("icon.svg", "any", "image/svg+xml", "any"),
            icon("icon-192.png", "192x192", "image/png", "any"),
            icon("icon-512.png", "512x512", "image/png", "any"),
            icon("icon-maskable-512.png", "512x512", "image/png", "maskable"),
        ],
        "shortcuts": shortcuts,
    });
    let mut response = cached(Json(body).into_response(), HOUR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/manifest+json; charset=utf-8"));
    response
}

/// The province's three colours; their contrast was checked when the pack was loaded.
async fn brand(State(web): State<Web>) -> Response {
    let province = web.core.province();
    let colours = &province.pack.province.branding;
    let css = format!(
        ":root{{--primary:{};--primary-strong:{};--primary-soft:{}}}\n",
        colours.primary, colours.strong, colours.soft
    );
    cached(([(header::CONTENT_TYPE, "text/css; charset=utf-8")], css).into_response(), HOUR)
}

#[derive(Template)]
#[template(path = "citizen/offline.html")]
struct OfflinePage {
    p: Page,
    emergency: Vec<Emergency>,
}

/// Kept on every phone for times without a network: nothing of a person may be in it.
async fn offline(visit: Visit) -> Result<Response, Problem> {
    let mut p = visit.page;
    p.who = None;
    p.acting = None;
    p.behalf = None;
    p.csrf = String::new();
    p.owner = String::new();
    p.flash = None;
    html(&OfflinePage { emergency: p.province.pack.province.emergency.clone(), p })
}

/// «Cỡ chữ»: for this browser, signed in or not.
async fn text_size(State(web): State<Web>, form: Form<Visit>) -> Response {
    let mut response = go(&safe_next(form.fields.get("next"), "/"));
    let size = form.fields.get("size");
    if matches!(size, "100" | "125" | "150") {
        let cookie = cookies::set(&web, cookies::TEXT_SIZE, size, Some(365 * 24 * 3600));
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn robots() -> Response {
    let text = "User-agent: *\nDisallow: /api/\nDisallow: /can-bo\nDisallow: /dang-nhap\nDisallow: /phan-anh/cua-toi\n\
                Disallow: /phan-anh/moi\nDisallow: /tai-khoan\nDisallow: /thong-bao\n";
    cached(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(), "public, max-age=86400")
}
