//! What programs ask with a client's proof: tokens, what a token is worth, its end.

use super::{json_answer, params::Params, stop_json};
use crate::{
    error::{Refusal, Stop},
    provider::{Provider, clients::Auth},
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base::clock::SECOND;
use serde_json::json;

/// `POST /oauth2/token`: clients. Codes, tokens and secrets are never logged.
pub(crate) async fn token(State(p): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match give_tokens(&p, &headers, &body).await {
        Ok(response) => response,
        Err(stop) => stop_json(&headers, stop),
    }
}

async fn give_tokens(p: &Provider, headers: &HeaderMap, body: &[u8]) -> Result<Response, Stop> {
    let form = Params::form(headers, body)?;
    let client = p.authenticate(headers, &form).await?;
    let jkt = p.proof(headers, "POST", "/oauth2/token", None).await?;
    let issued = match form.required("grant_type", "grant_type is missing")? {
        "authorization_code" => {
            let code = form.required("code", "code is missing")?;
            let verifier = form.required("code_verifier", "code_verifier is missing: PKCE is required")?;
            let redirect_uri = form.required("redirect_uri", "redirect_uri is missing")?;
            p.redeem(&client, code, verifier, redirect_uri, jkt).await?
        }
        "refresh_token" if client.may_refresh => {
            let token = form.required("refresh_token", "refresh_token is missing")?;
            p.refresh(&client, token, form.one("scope")?, jkt).await?
        }
        "refresh_token" => return Err(Refusal::new("unauthorized_client", "this client has no refresh tokens").into()),
        _ => return Err(Refusal::new("unsupported_grant_type", "authorization_code or refresh_token").into()),
    };
    let mut answer = json!({
        "access_token": issued.access.expose(),
        "token_type": if issued.is_bound { "DPoP" } else { "Bearer" },
        "expires_in": p.settings.lifetimes.access / SECOND,
        "id_token": p.id_token(&client, &issued).await?,
        "scope": issued.scope,
    });
    if let Some(refresh) = &issued.refresh {
        answer["refresh_token"] = json!(refresh.expose());
    }
    Ok(json_answer(StatusCode::OK, answer))
}

/// `POST /oauth2/introspect` (RFC 7662): a client with a secret or key, about its own tokens; all others are not active.
pub(crate) async fn introspect(State(p): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match look_into(&p, &headers, &body).await {
        Ok(response) => response,
        Err(stop) => stop_json(&headers, stop),
    }
}

async fn look_into(p: &Provider, headers: &HeaderMap, body: &[u8]) -> Result<Response, Stop> {
    let form = Params::form(headers, body)?;
    let client = p.authenticate(headers, &form).await?;
    if client.auth == Auth::None {
        return Err(Refusal::client("public clients cannot introspect").into());
    }
    let live = p.live(form.required("token", "token is missing")?).await?;
    let mut answer = json!({ "active": false });
    if let Some(live) = live.filter(|live| live.family_client_id == client.id)
        && p.people.is_active(live.family_person).await?
    {
        answer = json!({
            "active": true,
            "iss": p.settings.issuer,
            "client_id": client.id,
            "aud": client.id,
            "sub": p.subject(&client.sector, live.family_person),
            "scope": live.scope,
            "iat": live.created_at / SECOND,
            "exp": live.expires_at / SECOND,
        });
        if live.kind == "access" {
            answer["token_type"] = json!(if live.jkt.is_some() { "DPoP" } else { "Bearer" });
        }
        if let Some(jkt) = &live.jkt {
            answer["cnf"] = json!({ "jkt": jkt });
        }
    }
    Ok(json_answer(StatusCode::OK, answer))
}

/// `POST /oauth2/revoke` (RFC 7009): clients, their own tokens. The answer is the same for tokens that are none.
pub(crate) async fn revoke(State(p): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match take_back(&p, &headers, &body).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(stop) => stop_json(&headers, stop),
    }
}

async fn take_back(p: &Provider, headers: &HeaderMap, body: &[u8]) -> Result<(), Stop> {
    let form = Params::form(headers, body)?;
    let client = p.authenticate(headers, &form).await?;
    Ok(p.revoke_token(&client, form.required("token", "token is missing")?).await?)
}
