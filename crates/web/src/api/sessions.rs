//! Signing in for programs: the same doors, limits and second factors as for people.

use crate::{
    error::{Problem, ProblemJson},
    forms,
    state::Web,
    visit::{ApiCitizen, ClientAddress},
};
use axum::{
    Json, Router,
    extract::{Request, State},
    http::{StatusCode, header},
    routing::post,
};
use base::{keys::Secret, show};
use domain::accounts::{Kind, Visitor, login::Entered};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::net::{IpAddr, Ipv4Addr};
use utoipa::ToSchema;

pub fn routes() -> Router<Web> {
    Router::new().route("/api/v1/sessions", post(open).delete(close))
}

/// Reads a JSON body within a limit; wrong JSON and wrong fields are one problem.
pub(super) async fn body<T: DeserializeOwned>(request: Request, limit: usize) -> Result<T, Problem> {
    let bytes = axum::body::to_bytes(request.into_body(), limit).await.map_err(|_| Problem::TooLarge)?;
    serde_json::from_slice(&bytes).map_err(|_| Problem::BadRequest)
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignIn {
    /// Phone or username.
    login: String,
    password: String,
    /// `citizen` (default) or `staff`.
    #[serde(default)]
    realm: Option<String>,
    /// The second factor's code, where the account has one.
    #[serde(default)]
    code: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Token {
    /// For `Authorization: Bearer …`.
    token: String,
    expires_at: String,
}

/// Signs in.
#[utoipa::path(post, path = "/api/v1/sessions", request_body = SignIn,
    responses((status = 201, body = Token), (status = 401, body = ProblemJson), (status = 429, body = ProblemJson)))]
pub(super) async fn open(State(web): State<Web>, request: Request) -> Result<(StatusCode, Json<Token>), Problem> {
    let address = request.extensions().get::<ClientAddress>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |a| a.0);
    let agent = request.headers().get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let visitor = Visitor::new(address, None, agent);
    let typed: SignIn = body(request, forms::FORM_LIMIT).await?;
    let kind = match typed.realm.as_deref() {
        None | Some("citizen") => Kind::Citizen,
        Some("staff") => Kind::Staff,
        Some(_) => return Err(Problem::BadRequest),
    };
    let wrong = |e: domain::accounts::Error| match e {
        domain::accounts::Error::WrongCredentials | domain::accounts::Error::WrongFactor => Problem::SignIn,
        e => Problem::from_accounts(e, web.core.now()),
    };
    let entered =
        web.accounts.sign_in(kind, &typed.login, &Secret::new(typed.password), &visitor).await.map_err(wrong)?;
    let session = match entered {
        Entered::In(session) => session,
        Entered::SecondFactor { token } => {
            let code = domain::accounts::factors::FactorCode::parse(typed.code.as_deref().unwrap_or_default())
                .map_err(|wrong| Problem::Invalid(vec![wrong]))?;
            web.accounts.finish_second_factor(token.expose(), code, &visitor).await.map_err(wrong)?
        }
    };
    let token = Token { token: session.token.expose().to_owned(), expires_at: show::rfc3339(session.expires_at) };
    Ok((StatusCode::CREATED, Json(token)))
}

/// Signs out.
#[utoipa::path(delete, path = "/api/v1/sessions", responses((status = 204)), security(("bearer" = [])))]
pub(super) async fn close(State(web): State<Web>, ApiCitizen(signed): ApiCitizen) -> Result<StatusCode, Problem> {
    web.accounts.end_session(&signed, signed.session).await.map_err(web.account_problem())?;
    Ok(StatusCode::NO_CONTENT)
}
