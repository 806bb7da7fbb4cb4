//! What the provider asks of a bank: who is signed in, and its pages.

use super::{Fault, Holder, Service, pages};
use crate::{
    limits::{Key, Limit},
    vneid::{
        role::{cookie, hex},
        sessions::Sessions,
    },
};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use base::{
    clock::{Clock, Entropy},
    ids::{Uuid, new_id},
    keys::{Keys, Purpose, Secret},
};
use identity::{
    error::Error,
    provider::{Claim, ConsentAsk, LoginAsk, LogoutAsk, Pages, People, SessionEnd, SignedIn},
};
use std::sync::{Arc, Mutex};
use store::{Store, Tx};
use subtle::ConstantTimeEq;

const SESSION_COOKIE: &str = "bank_session";
/// Tells browsers apart that nobody is signed in with.
const BROWSER_COOKIE: &str = "bank_browser";

pub(super) struct Role {
    pub store: Store,
    pub clock: Clock,
    pub entropy: Entropy,
    pub keys: Keys,
    pub holders: Vec<Holder>,
    /// The same for everybody: the pages say it.
    pub password: Secret,
    pub service: Service,
    pub is_https: bool,
    pub sessions: Sessions,
    /// Of a number, whether it is somebody's or not.
    pub passwords: Limit,
    pub fault: Mutex<Fault>,
}

impl Role {
    pub fn holder(&self, person: Uuid) -> Option<&Holder> {
        self.holders.iter().find(|holder| holder.person.id == person)
    }

    pub fn key(&self, of: &[u8]) -> Key {
        self.keys.hash(Purpose::Limit, &[b"bank", of])
    }

    pub fn is_password(&self, typed: &str) -> bool {
        typed.as_bytes().ct_eq(self.password.expose().as_bytes()).into()
    }

    /// The mark of this browser, and the line that gives it one.
    pub fn mark(&self, headers: &HeaderMap) -> (String, Option<HeaderValue>) {
        match cookie(headers, BROWSER_COOKIE).filter(|mark| mark.len() == 64) {
            Some(mark) => (mark.to_owned(), None),
            None => {
                let mark = hex(&self.entropy.bytes::<32>());
                let line = self.cookie_line(BROWSER_COOKIE, &mark, "");
                (mark, Some(line))
            }
        }
    }

    /// Proves that a form was drawn in this browser.
    pub fn form_token(&self, mark: &str) -> String {
        hex(&self.keys.hash(Purpose::Csrf, &[b"bank", mark.as_bytes()]))
    }

    pub fn is_own_form(&self, headers: &HeaderMap, token: &str) -> bool {
        let (mark, new) = self.mark(headers);
        new.is_none() && token.as_bytes().ct_eq(self.form_token(&mark).as_bytes()).into()
    }

    /// A session and its cookie.
    pub fn open_session(&self, person: Uuid) -> HeaderValue {
        let secret = hex(&self.entropy.bytes::<32>());
        let signed = SignedIn {
            person,
            session: new_id(&self.clock, &self.entropy),
            acr: String::new(),
            amr: vec!["pwd".into()],
            auth_time: self.clock.now(),
            pending: false,
        };
        self.sessions.open(self.session_key(&secret), signed);
        self.cookie_line(SESSION_COOKIE, &secret, "")
    }

    pub fn session(&self, headers: &HeaderMap) -> Option<SignedIn> {
        let secret = cookie(headers, SESSION_COOKIE)?;
        self.sessions.find(&self.session_key(secret), self.clock.now())
    }

    fn session_key(&self, secret: &str) -> [u8; 32] {
        self.keys.hash(Purpose::Session, &[b"bank", secret.as_bytes()])
    }

    /// Ends a session here; consents that outlive it go on.
    pub async fn end(&self, session: Uuid, end: SessionEnd) -> Result<(), Error> {
        self.store.write(move |tx: Tx| async move { end.put(&tx).await }).await?;
        self.sessions.forget(session);
        Ok(())
    }

    fn cookie_line(&self, name: &str, value: &str, more: &str) -> HeaderValue {
        let secure = if self.is_https { "; Secure" } else { "" };
        let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{more}");
        // Names and values are letters and digits of our own.
        HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
    }
}

#[async_trait::async_trait]
impl People for Role {
    async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
        Ok(self.session(headers))
    }

    /// Nothing of a person stands in tokens: accounts are told by the API alone.
    async fn claims(&self, _: Uuid, _: &[String]) -> Result<Vec<Claim>, Error> {
        Ok(Vec::new())
    }

    async fn is_active(&self, person: Uuid) -> Result<bool, Error> {
        Ok(self.holder(person).is_some())
    }

    async fn sign_out(&self, session: Uuid, end: SessionEnd) -> Result<Vec<HeaderValue>, Error> {
        self.end(session, end).await?;
        Ok(vec![self.cookie_line(SESSION_COOKIE, "", "; Max-Age=0")])
    }
}

/// What is asked of the provider, as pages.
pub(super) struct Drawn(pub Arc<Role>);

#[async_trait::async_trait]
impl Pages for Drawn {
    async fn login(&self, ask: LoginAsk, headers: &HeaderMap) -> Response {
        pages::login(&self.0, headers, pages::Login::of(ask))
    }

    async fn consent(&self, ask: ConsentAsk, _: &HeaderMap) -> Response {
        pages::consent(&self.0, ask)
    }

    async fn logout(&self, ask: LogoutAsk, _: &HeaderMap) -> Response {
        pages::logout(ask)
    }

    async fn signed_out(&self, left: bool, _: &HeaderMap) -> Response {
        pages::signed_out(left)
    }
}

/// Sets a cookie beside an answer.
pub(super) fn with_cookie(mut response: Response, line: Option<HeaderValue>) -> Response {
    if let Some(line) = line {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}
