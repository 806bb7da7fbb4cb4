//! Coming in from elsewhere (A2, A3, N9): to a provider's pages and back, with the own account, a new one, or a link to it.

pub mod first;
pub mod own;
pub mod sent;

pub use crate::elsewhere::Offered;

use super::{
    form::{Head, shown},
    keep::{self, Door, carrying, with_cookie},
    raise,
    refusal::{Answer, Refused, refused},
};
use crate::{
    citizen::answer::go,
    cookies,
    elsewhere::{self, Aim, Purpose, Stay, Trouble, remember},
    error::Problem,
    page::Page,
    staff::linked as staff_linked,
    state::{Provider, Web},
    visit::{Entrance, Visit},
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
use domain::accounts::{
    Accounts, Assurance, Error, Flow, FlowKind, FullName,
    linked::{Arrival, Welcome},
};
use domain::organizations::Behalf;
use identity::rp::{Arrived, Came, RpError, Sessions};
use std::sync::Arc;
use store::Tx;

pub fn offered(web: &Web, p: &Page) -> Vec<Offered> {
    web.providers.iter().map(|provider| Offered::new(p, provider)).collect()
}

fn provider_of<'a>(web: &'a Web, name: &str) -> Result<&'a Provider, Problem> {
    web.provider(name).ok_or(Problem::NotFound)
}

/// The sentence with what to do now.
fn key(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::Away => "link-trouble-away",
        Trouble::Over => "link-trouble-over",
        Trouble::Denied => "link-trouble-denied",
        Trouble::Doubt => "link-trouble-doubt",
        Trouble::Weak => "link-trouble-weak",
        Trouble::NoNumber => "link-trouble-no-number",
        Trouble::Organization => "link-trouble-organization",
        Trouble::Account => "",
    }
}

#[derive(Template)]
#[template(path = "citizen/accounts/linked_trouble.html")]
struct TroublePage {
    p: Page,
    h: Head,
    why: String,
    provider: Offered,
    /// Where who is signed in finds the other ways, and how the button is called.
    on: Option<(String, String)>,
    /// Perhaps it was a member of staff: nothing is known of a journey that is over.
    staff_door: bool,
}

fn trouble(web: &Web, provider: &Provider, visit: Visit, trouble: Trouble, sentence: Option<String>) -> Answer {
    let service = raise::service(web, &visit);
    let p = visit.page;
    let label = provider.label.get(p.lang()).to_owned();
    let key = if trouble == Trouble::Weak && service.is_some() { "raise-trouble-weak" } else { key(trouble) };
    let why = sentence.unwrap_or_else(|| p.t1(key, "provider", &label));
    let on = match service {
        Some(service) => (service.steps(), p.t("raise-other-way")),
        None => (own::PAGE.to_owned(), p.t("link-title")),
    };
    let on = (on.0, on.1.into_owned());
    let h = Head::door(p.t1("link-trouble-title", "provider", &label), "");
    let page = TroublePage {
        why,
        provider: Offered { name: provider.name.clone(), label },
        on: visit.citizen.is_some().then_some(on),
        staff_door: provider.staff && trouble == Trouble::Over,
        h,
        p,
    };
    Refused::page(trouble.status(), None, &page)
}

/// Sends the browser to the provider; who cannot be sent is told why.
async fn depart(web: &Web, provider: &Provider, visit: Visit, aim: Aim, other: bool) -> Answer {
    match elsewhere::depart(web, provider, (&visit.visitor, visit.mark.as_deref()), aim, other).await {
        Ok(response) => Ok(response),
        Err(Stay::Refused(e)) => account_trouble(web, provider, visit, e),
        Err(Stay::Trouble(why)) => trouble(web, provider, visit, why, None),
        Err(Stay::Problem(problem)) => Err(problem.into()),
    }
}

/// «Đăng nhập bằng …»; with `khac` the person chooses the account there, whoever was signed in (N9).
pub async fn start(State(web): State<Web>, Path(name): Path<String>, door: Door) -> Answer {
    let provider = provider_of(&web, &name)?;
    let Door { visit, fields, next } = door;
    depart(&web, provider, visit, Aim::new(Purpose::Enter, next), fields.has("khac")).await
}

/// For which organisation the provider says that somebody comes. Errors: what it says names none, or contradicts itself; then nothing of it is
/// believed. The codes are those of the national sign-in (cần đối chiếu): 1 citizen, 2 organisation.
fn behalf_of(arrived: &Arrived) -> Result<Option<Behalf>, Trouble> {
    let claim = |name: &str| arrived.claims.get(name).filter(|value| !value.is_null());
    let text = |name: &str| claim(name).and_then(|v| v.as_str()).ok_or(Trouble::Organization);
    let kind = claim("account_type").map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    let names_one = claim("organization_code").is_some() || claim("organization_name").is_some();
    match kind.as_deref() {
        None | Some("1") if !names_one => Ok(None),
        Some("2") => {
            let named = Behalf::new(text("organization_code")?, text("organization_name")?);
            named.map(Some).ok_or(Trouble::Organization)
        }
        _ => Err(Trouble::Organization),
    }
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
        behalf: behalf_of(arrived).ok().flatten(),
    })
}

/// The browser comes back from the provider, whoever was sent there.
pub async fn back(
    State(web): State<Web>,
    Path(name): Path<String>,
    RawQuery(raw): RawQuery,
    visit: Visit,
    door: Entrance,
) -> Answer {
    let provider = provider_of(&web, &name)?;
    let Some(mark) = visit.mark.clone() else { return trouble(&web, provider, visit, Trouble::Over, None) };
    let Came { data, arrived, .. } = provider.rp.come_back(&mark, raw.as_deref().unwrap_or_default()).await;
    let aim = Aim::read(data);
    let staff = aim.clone().filter(|aim| aim.purpose.is_staff());
    let arrived = match arrived {
        Ok(arrived) => arrived,
        Err(e) => {
            tracing::info!(provider = %provider.name, error = %e, "somebody did not arrive");
            return match staff {
                Some(aim) => Ok(staff_linked::trouble(provider, door, aim.purpose, Trouble::of(&e).into())?),
                None => trouble(&web, provider, visit, Trouble::of(&e), None),
            };
        }
    };
    if let Some(aim) = staff {
        return Ok(staff_linked::came(&web, provider, door, aim, &arrived).await?);
    }
    let Some(Aim { purpose, next, .. }) = aim else { return trouble(&web, provider, visit, Trouble::Over, None) };
    let Some(arrival) = arrival_of(provider, &arrived) else {
        return trouble(&web, provider, visit, Trouble::NoNumber, None);
    };
    if arrival.level < Assurance::Verified {
        return trouble(&web, provider, visit, Trouble::Weak, None);
    }
    if matches!(purpose, Purpose::Enter | Purpose::Behalf(_))
        && let Err(why) = behalf_of(&arrived)
    {
        return trouble(&web, provider, visit, why, None);
    }
    match purpose {
        Purpose::Behalf(account) => own::changed(&web, provider, visit, account, (arrival, &arrived), &next).await,
        Purpose::Prove(account) => own::proved(&web, provider, visit, account, (arrival, &arrived), &next).await,
        Purpose::Link(account) => own::linked(&web, provider, visit, account, arrival, &next).await,
        _ => enter(&web, provider, visit, arrival, &arrived, &keep::next_of(&next)).await,
    }
}

/// A citizen arrived to sign in.
async fn enter(
    web: &Web,
    provider: &Provider,
    visit: Visit,
    arrival: Arrival,
    arrived: &Arrived,
    next: &str,
) -> Answer {
    visit.as_oneself()?;
    if visit.citizen.is_some() {
        return go_on(web, visit, next); // signed in meanwhile, in another tab
    }
    match web.accounts.arrive(arrival, &arrived.to_bytes(), visit.page.lang(), &visit.visitor).await {
        Ok(Welcome::In(session)) => {
            remember(web, provider, session.session, arrived).await?;
            Ok(keep::enter(web, go_on(web, visit, next)?, &session))
        }
        Ok(Welcome::New { token }) => Ok(keep_arrival(web, go(&carrying(first::START, next)), &token)),
        Err(e) => account_trouble(web, provider, visit, e),
    }
}

#[derive(Template)]
#[template(path = "citizen/accounts/linked_on.html")]
struct OnPage {
    p: Page,
    h: Head,
    next: String,
}

/// On to `next`. From the portal's provider the way may lead to a third site at once, while the browser still holds the form of the site that
/// it comes from against every redirect (`form-action`): there a page stands in between, which goes on by itself.
pub(super) fn go_on(web: &Web, visit: Visit, next: &str) -> Answer {
    let site = visit.headers.get("sec-fetch-site").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !web.is_national() || !next.starts_with("/oauth2/") || !matches!(site, "cross-site" | "same-site") {
        return Ok(go(next));
    }
    let p = visit.page;
    let h = Head::door(p.t("link-going"), "");
    let mut response = shown(&OnPage { next: next.to_owned(), h, p })?;
    let refresh = HeaderValue::from_str(&format!("0; url={next}")).map_err(|_| Problem::Internal)?;
    response.headers_mut().insert("refresh", refresh);
    Ok(response)
}

/// Blocked, or somebody else's.
fn account_trouble(web: &Web, provider: &Provider, visit: Visit, error: Error) -> Answer {
    let said = refused(web, &visit.page, error, "main", "/dang-nhap")?;
    let sentence = said.errors.0.into_iter().map(|w| w.text).collect::<Vec<_>>().join(" ");
    trouble(web, provider, visit, Trouble::Account, Some(sentence))
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
