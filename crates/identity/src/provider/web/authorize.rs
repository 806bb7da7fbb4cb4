//! From a client's request to the answer that the browser takes back.

use super::{
    Plain, broken_page, error_page, json_answer, leads_to, mark, mark_or_new, params::Params, see_other, stop_json,
    stop_page, with_query,
};
use crate::{
    error::{Error, Refusal, Stop},
    jws,
    provider::{
        Provider,
        acting::{Capacity, asked_of, asks_for_whom},
        clients::Client,
        consents::Consent,
        flow::{Flow, Granted, Step, decide},
        people::{ActingAsk, ConsentAsk, LoginAsk, LoginReason, SignedIn},
        request::Return,
        settings::Settings,
    },
};
use axum::{
    body::Bytes,
    extract::{Path, RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use base::{clock::SECOND, ids::Uuid, keys::Purpose};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

const PUSHED: &str = "urn:ietf:params:oauth:request_uri:";

/// `GET /oauth2/authorize`. Anyone; nothing of the query is logged.
pub(crate) async fn by_query(State(p): State<Provider>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    authorize(&p, &headers, &Params::parse(&query.unwrap_or_default())).await
}

/// `POST /oauth2/authorize`: the same, sent as a form.
pub(crate) async fn by_form(State(p): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match Params::form(&headers, &body) {
        Ok(params) => authorize(&p, &headers, &params).await,
        Err(refusal) => stop_page(&p, &headers, refusal.into()),
    }
}

async fn authorize(p: &Provider, headers: &HeaderMap, params: &Params) -> Response {
    let client = match p.request_client(params).await {
        Ok(client) => client,
        Err(stop) => return stop_page(p, headers, stop),
    };
    let (mark, cookie) = mark_or_new(p, headers);
    let mut response = match begin(p, headers, &client, params, &mark).await {
        Ok(response) => response,
        Err(error) => broken_page(p, headers, &error),
    };
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn begin(
    p: &Provider,
    headers: &HeaderMap,
    client: &Client,
    params: &Params,
    mark: &str,
) -> Result<Response, Error> {
    let page = |code| Ok(error_page(p, headers, Plain::Request(code)));
    let flow = match params.one("request_uri") {
        Ok(Some(uri)) if uri.starts_with(PUSHED) => match p.take_pushed(client, &uri[PUSHED.len()..], mark).await? {
            Some(flow) => flow,
            None => return Ok(error_page(p, headers, Plain::Over)),
        },
        _ => {
            let back = match p.request_return(client, params) {
                Ok(back) => back,
                Err(refusal) => return page(refusal.code),
            };
            if client.must_push {
                return Ok(refuse_to(p, &back, &Refusal::request("this client must push its requests")));
            }
            match p.request(client, &back, params).await {
                Ok(request) => p.open_flow(client, request, mark).await?,
                Err(Stop::Refused(refusal)) => return Ok(refuse_to(p, &back, &refusal)),
                Err(Stop::Broken(error)) => return Err(error),
            }
        }
    };
    let state = Here::of(p, headers, client, &flow).await?;
    match state.step(p, &flow) {
        Step::Answer(granted) => finish(p, headers, &flow, state.signed.as_ref(), &granted, None).await,
        Step::Refuse(refusal) => refuse(p, headers, &flow, &refusal).await,
        // Pages have an address of their own, so that reloading one does not start another flow.
        Step::Login(_) | Step::Acting | Step::Consent(_) => Ok(see_other(&path(p, &flow))),
    }
}

/// Who is here, for whom they act, and what they agreed to before.
struct Here {
    signed: Option<SignedIn>,
    subject: String,
    capacity: Capacity,
    consent: Option<Consent>,
}

impl Here {
    async fn of(p: &Provider, headers: &HeaderMap, client: &Client, flow: &Flow) -> Result<Self, Error> {
        let signed = p.people.signed_in(headers).await?;
        let (mut subject, mut capacity, mut consent) = (String::new(), Capacity::default(), None);
        if let Some(signed) = &signed {
            subject = p.subject(&client.sector, signed.person);
            if asks_for_whom(&p.settings, &flow.request) {
                capacity.choices = p.people.acts_for(signed.person).await?;
                // What was said in another session was perhaps another person's word.
                let own = flow.chosen.filter(|(session, _)| *session == signed.session);
                capacity.chosen = own.map(|(_, acting)| acting);
            }
            consent = p.consent(signed.person, &flow.client).await?;
        }
        Ok(Self { signed, subject, capacity, consent })
    }

    fn step(&self, p: &Provider, flow: &Flow) -> Step {
        let signed = self.signed.as_ref().map(|s| (s, self.subject.as_str()));
        decide(&p.settings, flow, signed, &self.capacity, self.consent.as_ref(), p.now())
    }
}

fn path(p: &Provider, flow: &Flow) -> String {
    p.settings.path(&format!("/oauth2/interaction/{}", flow.id))
}

/// Proves that a form was drawn for this flow in this browser (and, for consent, for this person's session).
fn form_token(p: &Provider, flow: &Flow, mark: &str, signed: Option<&SignedIn>) -> String {
    let (person, session) = signed.map_or((Uuid::nil(), Uuid::nil()), |s| (s.person, s.session));
    let parts: [&[u8]; 5] = [b"oidc", flow.id.as_bytes(), mark.as_bytes(), person.as_bytes(), session.as_bytes()];
    URL_SAFE_NO_PAD.encode(p.keys.hash(Purpose::Csrf, &parts))
}

/// `GET /oauth2/interaction/{id}`: the browser that began the flow; what is needed next.
pub(crate) async fn show(State(p): State<Provider>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    match show_next(&p, &headers, &id).await {
        Ok(response) => response,
        Err(error) => broken_page(&p, &headers, &error),
    }
}

/// The flow, its client and the browser's mark; `None` when it has ended or is another browser's.
async fn current(p: &Provider, headers: &HeaderMap, id: &str) -> Result<Option<(Flow, Client, String)>, Error> {
    let (Ok(id), Some(mark)) = (Uuid::parse_str(id), mark(p, headers)) else { return Ok(None) };
    let Some(flow) = p.flow(id, Some(&mark)).await? else { return Ok(None) };
    Ok(p.client(&flow.client).await?.map(|client| (flow, client, mark)))
}

async fn show_next(p: &Provider, headers: &HeaderMap, id: &str) -> Result<Response, Error> {
    let Some((flow, client, mark)) = current(p, headers, id).await? else {
        return Ok(error_page(p, headers, Plain::Over));
    };
    let here = Here::of(p, headers, &client, &flow).await?;
    match (here.step(p, &flow), &here.signed) {
        (Step::Answer(granted), signed) => finish(p, headers, &flow, signed.as_ref(), &granted, None).await,
        (Step::Refuse(refusal), _) => refuse(p, headers, &flow, &refusal).await,
        (Step::Consent(claims), Some(signed)) => {
            let ask = ConsentAsk {
                action: path(p, &flow),
                token: form_token(p, &flow, &mark, Some(signed)),
                client: client.name,
                claims,
                offline: client.may_refresh && flow.request.scope.iter().any(|s| s == "offline_access"),
                acting: here.capacity.acting().flatten(),
                had_choice: !here.capacity.choices.is_empty(),
                signed_in: signed.clone(),
                leads_to: leads_to(&flow.request.redirect_uri),
            };
            Ok(p.pages.consent(ask, headers).await)
        }
        (Step::Acting, Some(signed)) => {
            let ask = ActingAsk {
                action: path(p, &flow),
                token: form_token(p, &flow, &mark, Some(signed)),
                client: client.name,
                choices: here.capacity.choices.clone(),
                signed_in: signed.clone(),
                leads_to: leads_to(&flow.request.redirect_uri),
            };
            Ok(p.pages.acting(ask, headers).await)
        }
        (Step::Consent(_) | Step::Acting, None) => login(p, headers, &flow, &client, &mark, LoginReason::Nobody).await,
        (Step::Login(reason), _) => login(p, headers, &flow, &client, &mark, reason).await,
    }
}

async fn login(
    p: &Provider,
    headers: &HeaderMap,
    flow: &Flow,
    client: &Client,
    mark: &str,
    reason: LoginReason,
) -> Result<Response, Error> {
    if !flow.asked_login {
        p.note_login(flow.id).await?;
    }
    let wish = flow.request.acr.values.iter().min_by_key(|v| p.settings.rank(v)).cloned();
    let ask = LoginAsk {
        back: path(p, flow),
        cancel: path(p, flow),
        token: form_token(p, flow, mark, None),
        client: client.name.clone(),
        reason,
        hint: flow.request.login_hint.clone(),
        acr: wish,
        leads_to: leads_to(&flow.request.redirect_uri),
    };
    Ok(p.pages.login(ask, headers).await)
}

/// `POST /oauth2/interaction/{id}`: what the person answered, in the browser that began the flow.
pub(crate) async fn answer(
    State(p): State<Provider>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answered = match Params::form(&headers, &body) {
        Ok(form) => take_answer(&p, &headers, &id, &form).await,
        Err(refusal) => return stop_page(&p, &headers, refusal.into()),
    };
    answered.unwrap_or_else(|error| broken_page(&p, &headers, &error))
}

async fn take_answer(p: &Provider, headers: &HeaderMap, id: &str, form: &Params) -> Result<Response, Error> {
    let over = || Ok(error_page(p, headers, Plain::Over));
    let Some((flow, client, mark)) = current(p, headers, id).await? else { return over() };
    let here = Here::of(p, headers, &client, &flow).await?;
    let token = form.one("token").ok().flatten().unwrap_or_default();
    let fits = |signed| jws::same(token.as_bytes(), form_token(p, &flow, &mark, signed).as_bytes());
    let for_person = here.signed.as_ref().filter(|signed| fits(Some(signed)));
    if for_person.is_none() && !fits(None) {
        // The session changed since the page was drawn, or the form is not ours: ask again rather than act.
        return Ok(see_other(&path(p, &flow)));
    }
    match (form.one("answer").ok().flatten(), for_person) {
        (Some("allow"), Some(signed)) => match here.step(p, &flow) {
            Step::Consent(_) | Step::Answer(_) => {
                let acting = here.capacity.acting().flatten();
                let (granted, consent) = agreed(&p.settings, &flow, acting, here.consent.as_ref(), &form.all("claim"));
                finish(p, headers, &flow, Some(signed), &granted, Some(consent)).await
            }
            Step::Refuse(refusal) => refuse(p, headers, &flow, &refusal).await,
            Step::Login(_) | Step::Acting => Ok(see_other(&path(p, &flow))),
        },
        (Some("deny" | "cancel"), _) => {
            refuse(p, headers, &flow, &Refusal::new("access_denied", "the person said no")).await
        }
        (Some("acting"), Some(signed)) => {
            let said = form.one("for").ok().flatten().unwrap_or_default();
            let acting = Uuid::parse_str(said).ok().filter(|id| here.capacity.choices.contains(id));
            // What is none of the choices is no answer: the page asks again.
            if said.is_empty() || acting.is_some() {
                p.note_acting(flow.id, Some((signed.session, acting))).await?;
            }
            Ok(see_other(&path(p, &flow)))
        }
        (Some("reconsider"), Some(_)) => {
            p.note_acting(flow.id, None).await?;
            Ok(see_other(&path(p, &flow)))
        }
        (Some("other"), _) => login(p, headers, &flow, &client, &mark, LoginReason::OtherAccount).await,
        _ => Ok(see_other(&path(p, &flow))),
    }
}

/// What was ticked, and the agreement to keep: names that this request does not speak of stay as they were.
fn agreed(
    settings: &Settings,
    flow: &Flow,
    acting: Option<Uuid>,
    before: Option<&Consent>,
    ticked: &[String],
) -> (Granted, Consent) {
    let (scope, wanted) = asked_of(settings, &flow.request, acting.is_some());
    let (yes, no): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|w| w.essential || ticked.contains(&w.name));
    let names = |list: Vec<crate::provider::request::WantedClaim>| list.into_iter().map(|w| w.name).collect::<Vec<_>>();
    let (claims, refused) = (names(yes), names(no));
    let granted = Granted { scope, claims: claims.clone(), acting };
    let mut consent = Consent { scope: granted.scope.clone(), claims, refused };
    if let Some(before) = before {
        for name in &before.claims {
            if !consent.claims.contains(name) && !consent.refused.contains(name) {
                consent.claims.push(name.clone());
            }
        }
        for name in &before.refused {
            if !consent.claims.contains(name) && !consent.refused.contains(name) {
                consent.refused.push(name.clone());
            }
        }
        for scope in &before.scope {
            if !consent.scope.contains(scope) {
                consent.scope.push(scope.clone());
            }
        }
    }
    (granted, consent)
}

async fn finish(
    p: &Provider,
    headers: &HeaderMap,
    flow: &Flow,
    signed: Option<&SignedIn>,
    granted: &Granted,
    consent: Option<Consent>,
) -> Result<Response, Error> {
    let Some(signed) = signed else { return Ok(see_other(&path(p, flow))) };
    match p.answer(flow, signed, granted, consent).await? {
        Some(code) => Ok(send_back(p, &flow_return(flow), &[("code", code.expose())])),
        None => Ok(error_page(p, headers, Plain::Over)),
    }
}

async fn refuse(p: &Provider, headers: &HeaderMap, flow: &Flow, refusal: &Refusal) -> Result<Response, Error> {
    if p.refuse(flow.id).await? {
        Ok(refuse_to(p, &flow_return(flow), refusal))
    } else {
        Ok(error_page(p, headers, Plain::Over))
    }
}

fn flow_return(flow: &Flow) -> Return {
    Return { redirect_uri: flow.request.redirect_uri.clone(), state: flow.request.state.clone() }
}

fn refuse_to(p: &Provider, back: &Return, refusal: &Refusal) -> Response {
    send_back(p, back, &[("error", refusal.code), ("error_description", refusal.why)])
}

/// Every answer says whose it is (RFC 9207), so that a client with several providers cannot be confused.
fn send_back(p: &Provider, back: &Return, pairs: &[(&str, &str)]) -> Response {
    let mut pairs = pairs.to_vec();
    if let Some(state) = &back.state {
        pairs.push(("state", state));
    }
    pairs.push(("iss", &p.settings.issuer));
    see_other(&with_query(&back.redirect_uri, &pairs))
}

/// `POST /oauth2/par` (RFC 9126): a client that proved itself.
pub(crate) async fn push(State(p): State<Provider>, headers: HeaderMap, body: Bytes) -> Response {
    match pushed(&p, &headers, &body).await {
        Ok(response) => response,
        Err(stop) => stop_json(&headers, stop),
    }
}

async fn pushed(p: &Provider, headers: &HeaderMap, body: &[u8]) -> Result<Response, Stop> {
    let form = Params::form(headers, body)?;
    let client = p.authenticate(headers, &form).await?;
    if form.one("request_uri")?.is_some() {
        return Err(Refusal::request("request_uri cannot be pushed").into());
    }
    let back = p.request_return(&client, &form)?;
    let request = p.request(&client, &back, &form).await?;
    let handle = p.push(&client, &request).await?;
    let body = json!({
        "request_uri": format!("{PUSHED}{}", handle.expose()),
        "expires_in": p.settings.lifetimes.pushed / SECOND,
    });
    Ok(json_answer(StatusCode::CREATED, body))
}
