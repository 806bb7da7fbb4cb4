//! Coming in from elsewhere (A2, A3, N9): to a provider's pages and back, with the own account, a new one, or a link to it.

pub mod first;
pub mod own;

use super::{
    form::Head,
    keep::{self, Door, carrying, with_cookie},
    refusal::{Answer, Refused, refused},
};
use crate::{
    cookies,
    error::Problem,
    page::Page,
    state::{Provider, Web},
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::{
    ids::Uuid,
    keys::Secret,
    personal_number::{PersonalNumber, Sex},
    phone::PhoneNumber,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::accounts::{
    Accounts, Assurance, Error, Flow, FlowKind, FullName,
    linked::{Arrival, Welcome},
};
use identity::rp::{Arrived, Ask, RpError, Sessions};
use std::sync::Arc;
use store::Tx;

/// A provider as a button.
pub struct Offered {
    pub name: String,
    pub label: String,
}

pub fn offered(web: &Web, p: &Page) -> Vec<Offered> {
    let offer =
        |provider: &Provider| Offered { name: provider.name.clone(), label: provider.label.get(p.lang()).to_owned() };
    web.providers.iter().map(offer).collect()
}

fn provider_of<'a>(web: &'a Web, name: &str) -> Result<&'a Provider, Problem> {
    web.provider(name).ok_or(Problem::NotFound)
}

/// Why nothing came of it, with what to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// The provider does not answer, or not as it should.
    Away,
    /// Another browser, too long ago, used already.
    Over,
    /// The person said no.
    Denied,
    /// What came back proves nothing.
    Doubt,
    /// The account there is not known surely enough.
    Weak,
    /// It did not say who the person is.
    NoNumber,
    /// The account here is blocked, or linked to somebody else.
    Account,
}

impl Trouble {
    fn of(error: &RpError) -> Self {
        match error {
            RpError::Broken(_) | RpError::Away(_) | RpError::Configured(_) => Self::Away,
            RpError::NoFlow => Self::Over,
            RpError::Refused { code: "temporarily_unavailable" | "server_error" } => Self::Away,
            RpError::Refused { code: "unmet_authentication_requirements" } | RpError::TooWeak => Self::Weak,
            RpError::Refused { .. } => Self::Denied,
            RpError::NotBelieved(_) | RpError::MixUp | RpError::OtherPerson => Self::Doubt,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Away => "link-trouble-away",
            Self::Over => "link-trouble-over",
            Self::Denied => "link-trouble-denied",
            Self::Doubt => "link-trouble-doubt",
            Self::Weak => "link-trouble-weak",
            Self::NoNumber => "link-trouble-no-number",
            Self::Account => "",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::Away => StatusCode::BAD_GATEWAY,
            Self::Account => StatusCode::CONFLICT,
            Self::Denied => StatusCode::OK,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

#[derive(Template)]
#[template(path = "citizen/accounts/linked_trouble.html")]
struct TroublePage {
    p: Page,
    h: Head,
    why: String,
    provider: Offered,
    signed_in: bool,
}

fn trouble(provider: &Provider, visit: Visit, trouble: Trouble, sentence: Option<String>) -> Answer {
    let p = visit.page;
    let label = provider.label.get(p.lang()).to_owned();
    let why = sentence.unwrap_or_else(|| p.t1(trouble.key(), "provider", &label));
    let h = Head::door(p.t1("link-trouble-title", "provider", &label), "");
    let page = TroublePage {
        why,
        provider: Offered { name: provider.name.clone(), label },
        signed_in: visit.citizen.is_some(),
        h,
        p,
    };
    Refused::page(trouble.status(), None, &page)
}

/// Seconds since the person signed in there, where that is the proof for a sensitive act.
const PROVED: i64 = 300;

/// What is given back when the person returns.
struct Aim {
    next: String,
    /// The account that is to be linked.
    link: Option<Uuid>,
    /// The account whose person proves themselves again (A17).
    prove: Option<Uuid>,
}

/// Sends the browser to the provider.
async fn depart(web: &Web, provider: &Provider, visit: Visit, aim: Aim, other: bool) -> Answer {
    if let Err(e) = web.accounts.count_departure(&visit.visitor).await {
        let said = refused(web, &visit.page, e, "main", "/dang-nhap")?;
        let sentence = said.errors.0.into_iter().map(|w| w.text).collect::<Vec<_>>().join(" ");
        return trouble(provider, visit, Trouble::Account, Some(sentence));
    }
    let (mark, new) = match &visit.mark {
        Some(mark) => (mark.clone(), None),
        None => {
            let mark = URL_SAFE_NO_PAD.encode(web.core.entropy.bytes::<24>());
            (mark.clone(), Some(keep::mark_cookie(web, &mark)))
        }
    };
    let ask = Ask {
        level: Some(Assurance::Verified.as_str().to_owned()),
        max_age: aim.prove.map(|_| PROVED),
        prompt: if aim.prove.is_some() { Some("login") } else { other.then_some("select_account") },
        data: serde_json::json!({ "next": aim.next, "link": aim.link, "prove": aim.prove }),
    };
    match provider.rp.begin(&mark, ask).await {
        Ok(address) => {
            let response = redirect(&address)?;
            Ok(match new {
                Some(cookie) => with_cookie(response, cookie),
                None => response,
            })
        }
        Err(e) => {
            tracing::warn!(provider = %provider.name, error = %e, "nobody can be sent to a provider");
            trouble(provider, visit, Trouble::of(&e), None)
        }
    }
}

/// «Đăng nhập bằng …»; with `khac` the person chooses the account there, whoever was signed in (N9).
pub async fn start(State(web): State<Web>, Path(name): Path<String>, door: Door) -> Answer {
    let provider = provider_of(&web, &name)?;
    let Door { visit, fields, next } = door;
    depart(&web, provider, visit, Aim { next, link: None, prove: None }, fields.has("khac")).await
}

/// Who the provider says it is. `None`: it does not say whose number.
fn arrival_of(provider: &Provider, arrived: &Arrived) -> Option<Arrival> {
    let text = |name: &str| arrived.claims.get(name).and_then(|v| v.as_str());
    let sex = |said: &str| match said.to_lowercase().as_str() {
        "nam" | "male" | "m" => Some(Sex::Male),
        "nữ" | "female" | "f" => Some(Sex::Female),
        _ => None,
    };
    let birth = text("birth_date").filter(|d| d.len() <= 10 && d.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
    Some(Arrival {
        provider: provider.name.clone(),
        subject: arrived.subject.clone(),
        level: arrived.level.as_deref().map_or(Assurance::Phone, Assurance::parse),
        number: PersonalNumber::parse(text("number")?).ok()?,
        full_name: FullName::parse(text("full_name")?).ok()?,
        birth_date: birth.map(str::to_owned),
        sex: text("sex").and_then(sex),
        phone: text("phone").and_then(|phone| PhoneNumber::parse(phone).ok()),
    })
}

/// The browser comes back from the provider.
pub async fn back(State(web): State<Web>, Path(name): Path<String>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let provider = provider_of(&web, &name)?;
    let Some(mark) = visit.mark.clone() else { return trouble(provider, visit, Trouble::Over, None) };
    let arrived = match provider.rp.finish(&mark, raw.as_deref().unwrap_or_default()).await {
        Ok(arrived) => arrived,
        Err(e) => {
            tracing::info!(provider = %provider.name, error = %e, "somebody did not arrive");
            return trouble(provider, visit, Trouble::of(&e), None);
        }
    };
    let Some(arrival) = arrival_of(provider, &arrived) else {
        return trouble(provider, visit, Trouble::NoNumber, None);
    };
    if arrival.level < Assurance::Verified {
        return trouble(provider, visit, Trouble::Weak, None);
    }
    let account = |key: &str| arrived.data.get(key).and_then(|v| v.as_str()).and_then(|id| Uuid::parse_str(id).ok());
    if let Some(account) = account("prove") {
        let next = arrived.data.get("next").and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        return own::proved(&web, provider, visit, account, arrival, &next).await;
    }
    if let Some(account) = account("link") {
        return own::linked(&web, provider, visit, account, arrival).await;
    }
    let next = keep::next_of(arrived.data.get("next").and_then(|v| v.as_str()).unwrap_or_default());
    if visit.citizen.is_some() {
        return Ok(crate::citizen::answer::go(&next)); // signed in meanwhile, in another tab
    }
    match web.accounts.arrive(arrival, &arrived.to_bytes(), visit.page.lang(), &visit.visitor).await {
        Ok(Welcome::In(session)) => {
            remember(&web, provider, session.session, &arrived).await?;
            Ok(keep::enter(&web, crate::citizen::answer::go(&next), &session))
        }
        Ok(Welcome::New { token }) => {
            Ok(keep_arrival(&web, crate::citizen::answer::go(&carrying(first::START, &next)), &token))
        }
        Err(e) => account_trouble(&web, provider, visit, e),
    }
}

/// Blocked, or somebody else's.
fn account_trouble(web: &Web, provider: &Provider, visit: Visit, error: Error) -> Answer {
    let said = refused(web, &visit.page, error, "main", "/dang-nhap")?;
    let sentence = said.errors.0.into_iter().map(|w| w.text).collect::<Vec<_>>().join(" ");
    trouble(provider, visit, Trouble::Account, Some(sentence))
}

/// Notes which session here began with which there, before its token leaves the house: the provider may end it.
async fn remember(web: &Web, provider: &Provider, session: Uuid, arrived: &Arrived) -> Result<(), Problem> {
    let (rp, arrived) = (provider.rp.clone(), arrived.clone());
    let kept = web.core.store.write(move |tx: Tx| async move { rp.keep_session(&tx, session, &arrived).await }).await;
    kept.map_err(|e| {
        tracing::error!(error = %e, "a session from elsewhere was not noted");
        Problem::Internal
    })
}

/// The provider where a session began, by how it is called.
pub fn began_at(web: &Web, p: &Page, method: &str) -> Option<Offered> {
    let name = method.split('+').find_map(|m| m.strip_prefix("via-"))?;
    offered(web, p).into_iter().find(|o| o.name == name)
}

/// To the provider, to sign out there as well. `None`: it was not wished, or the provider cannot be asked; here it ends all the same.
pub async fn ends_at(web: &Web, visit: &Visit, session: Uuid, name: &str) -> Option<Response> {
    let provider = web.provider(name)?;
    let mark = visit.mark.as_deref()?;
    match provider.rp.logout_address(session, mark).await {
        Ok(address) => redirect(&address?).ok(),
        Err(e) => {
            tracing::info!(provider = %provider.name, error = %e, "nobody is signed out there");
            None
        }
    }
}

fn redirect(address: &str) -> Result<Response, Problem> {
    let place = HeaderValue::from_str(address).map_err(|_| Problem::Internal)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

/// Two cookies: the step one is in, which signing in as usual replaces, and the arrival itself.
fn keep_arrival(web: &Web, response: Response, token: &Secret) -> Response {
    let cookie = cookies::set(web, cookies::ARRIVAL, token.expose(), Some(30 * 60));
    keep::begin_flow(web, with_cookie(response, cookie), token)
}

/// The arrival of this browser that waits for something, with who it is. `None`: there is none (any more).
async fn waiting(web: &Web, visit: &Visit) -> Result<Option<(String, Flow, Arrived, Arrival)>, Problem> {
    let token = cookies::get(web, &visit.headers, cookies::ARRIVAL).unwrap_or_default();
    let Some(flow) = web.accounts.flow(FlowKind::Arrive, &token).await.map_err(web.account_problem())? else {
        return Ok(None);
    };
    let Some(provider) = web.provider(flow.text("provider")) else { return Ok(None) };
    let kept = web.accounts.arrival_kept(&flow).ok().and_then(|bytes| Arrived::from_bytes(&bytes));
    Ok(kept.and_then(|arrived| {
        let arrival = arrival_of(provider, &arrived)?;
        Some((token, flow, arrived, arrival))
    }))
}

/// The provider tells that somebody signed out there (back-channel logout).
pub async fn signed_out(
    State(web): State<Web>,
    Path(name): Path<String>,
    request: axum::extract::Request,
) -> Result<Response, Problem> {
    let provider = provider_of(&web, &name)?;
    let fields = crate::forms::read(request).await?;
    let sessions = Arc::new(Ours(web.accounts.clone()));
    let status = match provider.rp.logout_token(fields.get("logout_token"), sessions).await {
        Ok(_) => StatusCode::OK,
        Err(RpError::Away(_) | RpError::Broken(_)) => StatusCode::SERVICE_UNAVAILABLE,
        Err(_) => StatusCode::BAD_REQUEST,
    };
    Ok((status, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response())
}

struct Ours(Accounts);

#[async_trait::async_trait]
impl Sessions for Ours {
    async fn end(&self, tx: &Tx, sessions: &[Uuid]) -> Result<(), identity::error::Error> {
        Ok(self.0.end_sessions_of_provider(tx, sessions).await?)
    }
}
