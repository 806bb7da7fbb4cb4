//! To another's provider and back (A2, A3, A16, N9): one way for citizens and staff, with one address to come back to. What the journey is
//! for is sealed with it, so that nobody finishes it as something else.

use crate::{
    citizen::accounts::keep::{mark_cookie, with_cookie},
    error::Problem,
    page::Page,
    state::{Provider, Web},
};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::ids::Uuid;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::accounts::{Assurance, Error, Visitor};
use identity::rp::{Arrived, Ask, RpError};
use serde::{Deserialize, Serialize};
use store::Tx;

/// Seconds since the person signed in there, where that is the proof of a sensitive act, or the desk is shared.
const PROVED: i64 = 300;

/// A provider as a button.
pub struct Offered {
    pub name: String,
    pub label: String,
}

impl Offered {
    pub fn new(p: &Page, provider: &Provider) -> Self {
        Self { name: provider.name.clone(), label: provider.label.get(p.lang()).to_owned() }
    }
}

/// What somebody is sent away for. The ids are of the accounts whose owner left: who comes back must be signed in to the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// A citizen signs in.
    Enter,
    /// A citizen links the account there with the own one.
    Link(Uuid),
    /// A citizen proves themselves again (A17).
    Prove(Uuid),
    /// A citizen, signed in to this account, says anew for whom they work (A11).
    Behalf(Uuid),
    /// A member of staff signs in (A16).
    StaffEnter,
    /// A member of staff links the account there.
    StaffLink(Uuid),
}

impl Purpose {
    pub fn is_staff(self) -> bool {
        matches!(self, Self::StaffEnter | Self::StaffLink(_))
    }

    /// A session of a citizen comes of it, or goes on for somebody else: then, and only then, it is asked for which organisation.
    fn may_be_for_organization(self) -> bool {
        matches!(self, Self::Enter | Self::Behalf(_))
    }

    /// Whoever is signed in there by now is not enough: they sign in anew. A desk is shared, and what proves a sensitive act must be of this
    /// moment.
    fn is_strict(self) -> bool {
        matches!(self, Self::Prove(_)) || self.is_staff()
    }
}

/// What is given back when the person returns.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Aim {
    pub purpose: Purpose,
    pub next: String,
    /// The level to come back with; `None`: as everybody who comes from elsewhere.
    #[serde(default)]
    pub level: Option<Assurance>,
}

impl Aim {
    pub fn new(purpose: Purpose, next: impl Into<String>) -> Self {
        Self { purpose, next: next.into(), level: None }
    }

    pub fn at(self, level: Assurance) -> Self {
        Self { level: Some(level), ..self }
    }

    /// `None`: these are no data of ours.
    pub fn read(data: serde_json::Value) -> Option<Self> {
        serde_json::from_value(data).ok()
    }
}

/// Why nothing came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
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
    /// What it says of the organisation that somebody comes for names none.
    Organization,
    /// The account here is blocked, or linked to somebody else.
    Account,
}

impl Trouble {
    pub fn of(error: &RpError) -> Self {
        match error {
            RpError::Broken(_) | RpError::Away(_) | RpError::Configured(_) => Self::Away,
            RpError::NoFlow | RpError::Ended => Self::Over,
            RpError::Refused { code: "temporarily_unavailable" | "server_error" } => Self::Away,
            RpError::Refused { code: "unmet_authentication_requirements" } | RpError::TooWeak => Self::Weak,
            RpError::Refused { .. } => Self::Denied,
            RpError::NotBelieved(_) | RpError::MixUp | RpError::OtherPerson => Self::Doubt,
        }
    }

    pub fn status(self) -> StatusCode {
        match self {
            Self::Away => StatusCode::BAD_GATEWAY,
            Self::Account => StatusCode::CONFLICT,
            Self::Denied => StatusCode::OK,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

/// Why nobody was sent away.
pub enum Stay {
    /// Too often, or the store.
    Refused(Error),
    Trouble(Trouble),
    Problem(Problem),
}

/// Sends the browser to the provider. `mark`: the browser's own, made where it has none. With `other` the person chooses the account there,
/// whoever was signed in (N9).
pub async fn depart(
    web: &Web,
    provider: &Provider,
    (visitor, mark): (&Visitor, Option<&str>),
    aim: Aim,
    other: bool,
) -> Result<Response, Stay> {
    web.accounts.count_departure(visitor).await.map_err(Stay::Refused)?;
    let new = mark.is_none().then(|| URL_SAFE_NO_PAD.encode(web.core.entropy.bytes::<24>()));
    let mark = mark.or(new.as_deref()).unwrap_or_default();
    let is_strict = aim.purpose.is_strict();
    let ask = Ask {
        level: Some(aim.level.unwrap_or(Assurance::Verified).max(Assurance::Verified).as_str().to_owned()),
        max_age: is_strict.then_some(PROVED),
        scopes: if aim.purpose.may_be_for_organization() { provider.organizations.clone() } else { Vec::new() },
        prompt: if is_strict { Some("login") } else { other.then_some("select_account") },
        data: serde_json::to_value(&aim).map_err(|_| Stay::Problem(Problem::Internal))?,
    };
    match provider.rp.begin(mark, ask).await {
        Ok(address) => {
            let response = redirect(&address).map_err(Stay::Problem)?;
            Ok(match &new {
                Some(mark) => with_cookie(response, mark_cookie(web, mark)),
                None => response,
            })
        }
        Err(e) => {
            tracing::warn!(provider = %provider.name, error = %e, "nobody can be sent to a provider");
            Err(Stay::Trouble(Trouble::of(&e)))
        }
    }
}

pub fn redirect(address: &str) -> Result<Response, Problem> {
    let place = HeaderValue::from_str(address).map_err(|_| Problem::Internal)?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response())
}

/// Notes which session here began with which there, before its token leaves the house: the provider may end it.
pub async fn remember(web: &Web, provider: &Provider, session: Uuid, arrived: &Arrived) -> Result<(), Problem> {
    let (rp, arrived) = (provider.rp.clone(), arrived.clone());
    let kept = web.core.store.write(move |tx: Tx| async move { rp.keep_session(&tx, session, &arrived).await }).await;
    kept.map_err(unnoted)
}

fn unnoted(e: identity::error::Error) -> Problem {
    tracing::error!(error = %e, "a session from elsewhere was not noted");
    Problem::Internal
}

/// The same for a session that goes on after its owner proved themselves there again.
pub async fn remember_anew(web: &Web, provider: &Provider, session: Uuid, arrived: &Arrived) -> Result<(), Problem> {
    let (rp, arrived) = (provider.rp.clone(), arrived.clone());
    let kept =
        web.core.store.write(move |tx: Tx| async move { rp.keep_session_anew(&tx, session, &arrived).await }).await;
    kept.map_err(unnoted)
}

/// The provider where a session began, by how it is called.
pub fn began_at(web: &Web, p: &Page, method: &str) -> Option<Offered> {
    let name = method.split('+').find_map(|m| m.strip_prefix("via-"))?;
    web.provider(name).map(|provider| Offered::new(p, provider))
}

/// To the provider, to sign out there as well. `None`: it was not wished, or the provider cannot be asked; here it ends all the same.
pub async fn ends_at(web: &Web, mark: Option<&str>, session: Uuid, name: &str) -> Option<Response> {
    let provider = web.provider(name)?;
    match provider.rp.logout_address(session, mark?).await {
        Ok(address) => redirect(&address?).ok(),
        Err(e) => {
            tracing::info!(provider = %provider.name, error = %e, "nobody is signed out there");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n9_a_journey_comes_back_as_what_it_began_as_or_as_nothing() {
        let id = Uuid::nil();
        for purpose in [
            Purpose::Enter,
            Purpose::Link(id),
            Purpose::Prove(id),
            Purpose::Behalf(id),
            Purpose::StaffEnter,
            Purpose::StaffLink(id),
        ] {
            let data = serde_json::to_value(Aim::new(purpose, "/x")).unwrap();
            assert_eq!(Aim::read(data).unwrap().purpose, purpose);
        }
        for other in [
            serde_json::json!({ "next": "/" }),
            serde_json::json!({ "next": "/", "purpose": "link" }),
            serde_json::json!({ "next": "/", "purpose": "prove-all" }),
            serde_json::Value::Null,
        ] {
            assert!(Aim::read(other.clone()).is_none(), "{other}");
        }
    }
}
