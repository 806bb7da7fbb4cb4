//! What systems ask: the accounts of a consent; and what goes wrong with it.

use super::{Fault, Site};
use axum::{
    Json, Router,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use base::{ids::Uuid, keys::Purpose};
use serde_json::json;

/// Where the accounts are told, under its origin.
pub const ACCOUNTS: &str = "/open-banking/v1/accounts";
/// Nobody's name, for the fault of another holder.
const NOBODY: &str = "NGUOI KHAC KHONG CO THAT";

pub(super) fn router(site: Site) -> Router {
    Router::new().route(ACCOUNTS, get(accounts)).with_state(site)
}

/// The holder of an access token; never the whole number, never a balance.
async fn accounts(State(site): State<Site>, headers: HeaderMap) -> Response {
    let shown = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let token = shown.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    let held = match site.provider.holder(token.map(|(_, token)| token.trim()).unwrap_or_default()).await {
        Ok(held) => held,
        Err(error) => {
            tracing::error!(%error, "the bank sandbox cannot answer");
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
    };
    let holder = held.and_then(|held| Some((site.role.holder(held.person)?, held)));
    let Some((holder, held)) = holder else {
        let why = [(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer error=\"invalid_token\""))];
        return (StatusCode::UNAUTHORIZED, why).into_response();
    };
    let fault = site.role.fault();
    let name = if fault == Fault::OtherHolder { NOBODY.to_owned() } else { holder.name() };
    let state = if fault == Fault::Blocked { "blocked" } else { "active" };
    let ticked = holder.slots().filter(|(slot, _)| held.claims.iter().any(|claim| claim == slot));
    let accounts: Vec<_> = ticked
        .map(|(_, account)| {
            // Lasting, for this client alone, and nothing of the number in it.
            let id =
                site.role.keys.hash(Purpose::Pairwise, &[b"bank", held.client.as_bytes(), account.number.as_bytes()]);
            json!({
                "id": Uuid::from_bytes(std::array::from_fn(|at| id[at])).simple().to_string(),
                "number": account.masked(), "holder": name, "product": account.product, "currency": account.currency,
                "state": state,
            })
        })
        .collect();
    let body = Json(json!({ "environment": "thu-nghiem", "accounts": accounts }));
    ([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], body).into_response()
}

/// What systems ask, not people: their pages go on whatever is chosen.
fn is_asked(path: &str) -> bool {
    path == ACCOUNTS || ["/oauth2/par", "/oauth2/token", "/oauth2/revoke"].contains(&path)
}

pub(super) async fn fault(State(site): State<Site>, request: Request, next: Next) -> Response {
    if is_asked(request.uri().path()) {
        match site.role.fault() {
            Fault::Down => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
            Fault::Slow(time) => tokio::time::sleep(time).await,
            Fault::None | Fault::OtherHolder | Fault::Blocked => {}
        }
    }
    next.run(request).await
}
