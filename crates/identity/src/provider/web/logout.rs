//! Signing out at a client's wish (OpenID Connect RP-Initiated Logout 1.0). Without proof that it is the person's own client and
//! session, the person is asked; an address is gone to only if that client registered it.

use super::{Plain, broken_page, error_page, leads_to, params::Params, see_other, stop_page, with_query};
use crate::{
    error::{Error, Refusal, Stop},
    jws,
    provider::{
        Provider,
        clients::Client,
        people::{LogoutAsk, SignedIn},
    },
};
use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::Response,
};
use base::keys::Purpose;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// What a request to sign out says, checked.
struct Wish {
    client: Option<Client>,
    /// Claims of an ID token that we gave.
    hint: Option<Map<String, Value>>,
    back: Option<String>,
    state: Option<String>,
}

/// `GET /oauth2/logout`: anyone.
pub(crate) async fn by_query(State(p): State<Provider>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let params = Params::parse(&query.unwrap_or_default());
    let done = match read(&p, &params).await {
        Ok(wish) => leave(&p, &headers, &wish).await,
        Err(stop) => return stop_page(&p, &headers, stop),
    };
    done.unwrap_or_else(|error| broken_page(&p, &headers, &error))
}

/// `POST /oauth2/logout`: another site's form carries no cookie of ours, so the browser is sent on to ask the person; the ID token
/// does not come into an address that way.
pub(crate) async fn by_form(State(p): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    let params = match Params::form(&headers, &body) {
        Ok(params) => params,
        Err(refusal) => return stop_page(&p, &headers, refusal.into()),
    };
    let wish = match read(&p, &params).await {
        Ok(wish) => wish,
        Err(stop) => return stop_page(&p, &headers, stop),
    };
    match p.people.signed_in(&headers).await {
        Ok(Some(_)) => leave(&p, &headers, &wish).await.unwrap_or_else(|error| broken_page(&p, &headers, &error)),
        Ok(None) => {
            let mut pairs: Vec<(&str, &str)> = Vec::new();
            for (name, value) in [
                ("client_id", wish.client.as_ref().map(|c| c.id.as_str())),
                ("post_logout_redirect_uri", wish.back.as_deref()),
                ("state", wish.state.as_deref()),
            ] {
                pairs.extend(value.map(|v| (name, v)));
            }
            see_other(&with_query(&p.settings.path("/oauth2/logout"), &pairs))
        }
        Err(error) => broken_page(&p, &headers, &error),
    }
}

async fn read(p: &Provider, params: &Params) -> Result<Wish, Stop> {
    let hint = match params.one("id_token_hint")? {
        Some(token) => Some(p.own_token(token).await?.ok_or(Refusal::request("id_token_hint is not a token of ours"))?),
        None => None,
    };
    let hinted = hint.as_ref().and_then(|h| h.get("aud")).and_then(Value::as_str);
    let named = params.one("client_id")?;
    if hinted.is_some() && named.is_some() && hinted != named {
        return Err(Refusal::request("client_id is not the client of id_token_hint").into());
    }
    let client = match hinted.or(named) {
        Some(id) => Some(p.client(id).await?.ok_or(Refusal::request("unknown client"))?),
        None => None,
    };
    let back = params.one("post_logout_redirect_uri")?.map(str::to_owned);
    if let Some(uri) = &back {
        let own = client.as_ref().ok_or(Refusal::request("post_logout_redirect_uri needs a client"))?;
        if !own.post_logout_uris.contains(uri) {
            return Err(Refusal::request("post_logout_redirect_uri is not registered").into());
        }
    }
    let state = params.one("state")?.filter(|s| s.len() <= 2000).map(str::to_owned);
    Ok(Wish { client, hint, back, state })
}

async fn leave(p: &Provider, headers: &HeaderMap, wish: &Wish) -> Result<Response, Error> {
    let Some(signed) = p.people.signed_in(headers).await? else { return after(p, headers, wish).await };
    if is_own_wish(p, wish, &signed) {
        return sign_out(p, headers, wish, &signed).await;
    }
    let mut hidden = vec![("token", token(p, wish, &signed))];
    for (name, value) in [
        ("client_id", wish.client.as_ref().map(|c| c.id.clone())),
        ("post_logout_redirect_uri", wish.back.clone()),
        ("state", wish.state.clone()),
    ] {
        hidden.extend(value.map(|v| (name, v)));
    }
    let ask = LogoutAsk {
        action: p.settings.path("/oauth2/logout/confirm"),
        hidden,
        client: wish.client.as_ref().map(|c| c.name.clone()),
        leads_to: wish.back.as_deref().map(leads_to),
    };
    Ok(p.pages.logout(ask, headers).await)
}

/// The ID token is of this person and this session.
fn is_own_wish(p: &Provider, wish: &Wish, signed: &SignedIn) -> bool {
    let (Some(hint), Some(client)) = (&wish.hint, &wish.client) else { return false };
    let is = |name: &str, wanted: String| hint.get(name).and_then(Value::as_str) == Some(wanted.as_str());
    is("sub", p.subject(&client.sector, signed.person)) && is("sid", p.sid(&client.id, signed.session))
}

fn token(p: &Provider, wish: &Wish, signed: &SignedIn) -> String {
    let client = wish.client.as_ref().map_or("", |c| c.id.as_str());
    let back = wish.back.as_deref().unwrap_or_default();
    let parts: [&[u8]; 4] = [b"oidc-logout", signed.session.as_bytes(), client.as_bytes(), back.as_bytes()];
    URL_SAFE_NO_PAD.encode(p.keys.hash(Purpose::Csrf, &parts))
}

/// `POST /oauth2/logout/confirm`: who is signed in, from our own page.
pub(crate) async fn confirmed(State(p): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    let params = match Params::form(&headers, &body) {
        Ok(params) => params,
        Err(refusal) => return stop_page(&p, &headers, refusal.into()),
    };
    let done = match read(&p, &params).await {
        Ok(wish) => confirm(&p, &headers, &params, &wish).await,
        Err(stop) => return stop_page(&p, &headers, stop),
    };
    done.unwrap_or_else(|error| broken_page(&p, &headers, &error))
}

async fn confirm(p: &Provider, headers: &HeaderMap, params: &Params, wish: &Wish) -> Result<Response, Error> {
    let Some(signed) = p.people.signed_in(headers).await? else { return after(p, headers, wish).await };
    let shown = params.one("token").ok().flatten().unwrap_or_default();
    if !jws::same(shown.as_bytes(), token(p, wish, &signed).as_bytes()) {
        return Ok(error_page(p, headers, Plain::Over));
    }
    match params.one("answer").ok().flatten() {
        Some("leave") => sign_out(p, headers, wish, &signed).await,
        _ => Ok(p.pages.signed_out(false, headers).await),
    }
}

async fn sign_out(p: &Provider, headers: &HeaderMap, wish: &Wish, signed: &SignedIn) -> Result<Response, Error> {
    let cookies = p.people.sign_out(signed.session, p.session_end(signed.session)).await?;
    let mut response = after(p, headers, wish).await?;
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

async fn after(p: &Provider, headers: &HeaderMap, wish: &Wish) -> Result<Response, Error> {
    let Some(back) = &wish.back else { return Ok(p.pages.signed_out(true, headers).await) };
    let state: Vec<(&str, &str)> = wish.state.as_deref().map(|s| ("state", s)).into_iter().collect();
    Ok(see_other(&with_query(back, &state)))
}
