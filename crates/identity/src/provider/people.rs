//! What the role brings: who is signed in, what is known of a person, and the pages. The provider draws none of its own.

use super::logout::SessionEnd;
use crate::error::Error;
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use base::{clock::Millis, ids::Uuid};
use serde_json::Value;

/// Who is signed in with a browser, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub person: Uuid,
    /// The role's session: tokens given in it end with it.
    pub session: Uuid,
    /// One of the settings' levels.
    pub acr: String,
    /// Methods (RFC 8176): `pwd`, `otp`, `sms`, `hwk` …
    pub amr: Vec<String>,
    /// When the person last proved who they are.
    pub auth_time: Millis,
    /// The role wants something of this person before anything is given ([`LoginReason::Pending`]).
    pub pending: bool,
}

/// One thing known of a person, with where it is from.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    pub name: String,
    pub value: Value,
    /// Who says so: `self`, `population-registry`, `certificate` …
    pub source: String,
    /// How sure it is, in the role's own words for it.
    pub assurance: String,
    /// Since when.
    pub at: Millis,
}

/// The people of a role.
#[async_trait::async_trait]
pub trait People: Send + Sync + 'static {
    /// Who is signed in with the browser that sent these headers.
    async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Error>;

    /// What is known of a person, of these names only. What is not known is left out.
    async fn claims(&self, person: Uuid, names: &[String]) -> Result<Vec<Claim>, Error>;

    /// For which organisations the person may act now (`Settings::acting`).
    async fn acts_for(&self, _person: Uuid) -> Result<Vec<Uuid>, Error> {
        Ok(Vec::new())
    }

    /// What is said, of these names, of who acts for this organisation; it takes the place of claims of the same name. Nothing when the person
    /// may not act for it (any more): asked anew each time that something is told.
    async fn acting_claims(&self, _person: Uuid, _acting: Uuid, _names: &[String]) -> Result<Vec<Claim>, Error> {
        Ok(Vec::new())
    }

    /// Whether the account may still be used.
    async fn is_active(&self, person: Uuid) -> Result<bool, Error>;

    /// Ends a session and calls `end.put(&tx)` in the same transaction. Answers the `Set-Cookie` lines that forget it.
    async fn sign_out(&self, session: Uuid, end: SessionEnd) -> Result<Vec<HeaderValue>, Error>;
}

/// Why somebody must sign in although they may be signed in already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginReason {
    /// Nobody is signed in.
    Nobody,
    /// The client wants a fresh proof of the person.
    Fresh,
    /// The client wants a higher level.
    Stronger,
    /// Another account is to be used: the page must let the person choose.
    OtherAccount,
    /// The role wants something first (`SignedIn::pending`): its page leads to `back` when that is done.
    Pending,
}

/// The login page is needed. When the person is signed in, it leads to `back`.
#[derive(Debug, Clone)]
pub struct LoginAsk {
    /// A path of this provider.
    pub back: String,
    /// Leads back to the client with the answer that nothing came of it (a path; send it as a form with POST and `token`).
    pub cancel: String,
    pub token: String,
    pub client: String,
    pub reason: LoginReason,
    /// What the client thinks the person types into the first field. Never put it into an address.
    pub hint: Option<String>,
    /// The level wanted at least.
    pub acr: Option<String>,
    /// Where the way leads in the end: browsers hold a form's `form-action` against every redirect that follows, so the page's
    /// policy must name it beside `'self'`.
    pub leads_to: String,
}

/// The person is to say for whom they act: a form with POST to `action`, hidden `token`, `answer` = `acting` | `cancel`, and `for`: one of
/// `choices`, or empty for themselves.
#[derive(Debug, Clone)]
pub struct ActingAsk {
    pub action: String,
    pub token: String,
    pub client: String,
    pub choices: Vec<Uuid>,
    pub signed_in: SignedIn,
    /// As in `LoginAsk`.
    pub leads_to: String,
}

/// One claim on the consent page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub name: String,
    /// Given or nothing at all; the others have a box to untick.
    pub essential: bool,
    /// Was ticked the last time.
    pub ticked: bool,
}

/// The consent page is needed: a form with POST to `action`, hidden `token`, `answer` = `allow` | `deny` | `other` | `reconsider`, and
/// `claim` for each ticked name.
#[derive(Debug, Clone)]
pub struct ConsentAsk {
    pub action: String,
    pub token: String,
    pub client: String,
    pub claims: Vec<Asked>,
    /// The client keeps access after the person signed out.
    pub offline: bool,
    /// For whom the person said that they act; `None`: themselves.
    pub acting: Option<Uuid>,
    /// They could say otherwise (`reconsider`).
    pub had_choice: bool,
    pub signed_in: SignedIn,
    /// As in `LoginAsk`.
    pub leads_to: String,
}

/// Somebody wants to sign out without proof that it is their wish: a form with POST to `action` with every field of `hidden` and
/// `answer` = `leave` | `stay`.
#[derive(Debug, Clone)]
pub struct LogoutAsk {
    pub action: String,
    pub hidden: Vec<(&'static str, String)>,
    pub client: Option<String>,
    /// As in `LoginAsk`; `None`: nowhere else.
    pub leads_to: Option<String>,
}

/// The pages of a role.
#[async_trait::async_trait]
pub trait Pages: Send + Sync + 'static {
    async fn login(&self, ask: LoginAsk, headers: &HeaderMap) -> Response;
    /// Only of roles with `Settings::acting`.
    async fn acting(&self, _ask: ActingAsk, _headers: &HeaderMap) -> Response {
        StatusCode::NOT_FOUND.into_response()
    }
    async fn consent(&self, ask: ConsentAsk, headers: &HeaderMap) -> Response;
    async fn logout(&self, ask: LogoutAsk, headers: &HeaderMap) -> Response;
    /// After signing out with nowhere to go; `left` is false when the person chose to stay.
    async fn signed_out(&self, left: bool, headers: &HeaderMap) -> Response;
}
