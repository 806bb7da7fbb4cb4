//! What everybody may know of the provider, and what the holder of a token may know of a person.

use super::{json_answer, params::Params, stop_json};
use crate::{
    error::{Refusal, Stop},
    jws::Alg,
    provider::{Provider, clients::ASSERTION_ALGS, clients::Auth, dpop::PROOF_ALGS, keys::SIGNED_WITH},
};
use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// Shorter than the time for which a new key is published before it signs.
const CACHED: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// `GET /.well-known/openid-configuration`: anyone.
pub(crate) async fn discovery(State(p): State<Provider>) -> Response {
    let s = &p.settings;
    let ways: Vec<&str> = Auth::ALL.into_iter().map(Auth::as_str).collect();
    let proofs: Vec<&str> = ways.iter().copied().filter(|w| *w != "none").collect();
    let algs: Vec<&str> = ASSERTION_ALGS.into_iter().map(Alg::as_str).collect();
    let mut scopes = vec!["openid", "offline_access", "provenance"];
    scopes.extend(s.scopes.iter().map(|scope| scope.name));
    let mut claims = vec!["sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid"];
    claims.extend(s.scopes.iter().flat_map(|scope| scope.claims).chain(&s.more_claims));
    claims.sort_unstable();
    claims.dedup();
    let document = json!({
        "issuer": s.issuer,
        "authorization_endpoint": s.url("/oauth2/authorize"),
        "pushed_authorization_request_endpoint": s.url("/oauth2/par"),
        "token_endpoint": s.url("/oauth2/token"),
        "userinfo_endpoint": s.url("/oauth2/userinfo"),
        "jwks_uri": s.url("/oauth2/jwks"),
        "introspection_endpoint": s.url("/oauth2/introspect"),
        "revocation_endpoint": s.url("/oauth2/revoke"),
        "end_session_endpoint": s.url("/oauth2/logout"),
        "scopes_supported": scopes,
        "claims_supported": claims,
        "acr_values_supported": s.acr,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": SIGNED_WITH.map(Alg::as_str),
        "token_endpoint_auth_methods_supported": ways,
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "introspection_endpoint_auth_methods_supported": proofs,
        "introspection_endpoint_auth_signing_alg_values_supported": algs,
        "revocation_endpoint_auth_methods_supported": ways,
        "revocation_endpoint_auth_signing_alg_values_supported": algs,
        "dpop_signing_alg_values_supported": PROOF_ALGS.into_iter().map(Alg::as_str).collect::<Vec<_>>(),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_parameter_supported": true,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    });
    public(json_answer(StatusCode::OK, document))
}

/// `GET /oauth2/jwks`: anyone.
pub(crate) async fn jwks(State(p): State<Provider>, headers: HeaderMap) -> Response {
    match p.public_keys().await {
        Ok(keys) => public(json_answer(StatusCode::OK, json!({ "keys": *keys }))),
        Err(error) => stop_json(&headers, error.into()),
    }
}

/// Pages of any origin may read it.
fn public(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, CACHED);
    response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    response
}

/// `GET` and `POST /oauth2/userinfo`: the holder of an access token, in the header or in a form; never in the address.
pub(crate) async fn userinfo(State(p): State<Provider>, method: Method, headers: HeaderMap, body: Bytes) -> Response {
    let (token, is_bound) = match shown(&method, &headers, &body) {
        Ok(shown) => shown,
        Err(refusal) => return stop_json(&headers, refusal.into()),
    };
    let told = match &token {
        Some(token) => tell(&p, &method, &headers, token, is_bound).await,
        None => Ok(None),
    };
    match told {
        Ok(Some(response)) => response,
        // Whoever showed nothing learns only what is asked for (RFC 6750 §3.1).
        Ok(None) if token.is_none() => challenge("Bearer"),
        Ok(None) if is_bound => challenge("DPoP error=\"invalid_token\""),
        Ok(None) => challenge("Bearer error=\"invalid_token\""),
        Err(Stop::Refused(_)) if is_bound => challenge("DPoP error=\"invalid_dpop_proof\""),
        Err(stop) => stop_json(&headers, stop),
    }
}

fn challenge(text: &'static str) -> Response {
    (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, HeaderValue::from_static(text))]).into_response()
}

/// The token, and whether it comes as one that is bound to a key.
fn shown(method: &Method, headers: &HeaderMap, body: &[u8]) -> Result<(Option<String>, bool), Refusal> {
    let mut is_bound = false;
    let in_header = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|v| {
        let (scheme, token) = v.split_once(' ')?;
        is_bound = scheme.eq_ignore_ascii_case("dpop");
        (is_bound || scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim().to_owned())
    });
    if *method != Method::POST || body.is_empty() {
        return Ok((in_header, is_bound));
    }
    let form = Params::form(headers, body)?;
    match (form.one("access_token")?, in_header) {
        (Some(_), Some(_)) => Err(Refusal::request("the token was sent twice")),
        (in_form, in_header) => Ok((in_form.map(str::to_owned).or(in_header), is_bound)),
    }
}

async fn tell(
    p: &Provider,
    method: &Method,
    headers: &HeaderMap,
    token: &str,
    is_bound: bool,
) -> Result<Option<Response>, Stop> {
    let Some(live) = p.live(token).await?.filter(|live| live.kind == "access") else { return Ok(None) };
    // A bound token is not a bearer token, nor the other way round (RFC 9449 §7.2).
    if live.jkt.is_some() != is_bound {
        return Ok(None);
    }
    if is_bound && p.proof(headers, method.as_str(), "/oauth2/userinfo", Some(token)).await? != live.jkt {
        return Ok(None);
    }
    let Some(client) = p.client(&live.family_client_id).await? else { return Ok(None) };
    if !p.people.is_active(live.family_person).await? {
        return Ok(None);
    }
    let claims = p.userinfo(&live, &client).await?;
    Ok(Some(json_answer(StatusCode::OK, claims.into())))
}
