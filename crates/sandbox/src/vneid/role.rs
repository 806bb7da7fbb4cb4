//! What the provider asks of its role: who is signed in, and what is known of them.

use super::{
    doors::{CODE, Door, Doors, Sent},
    pages::{self, ConsentPage, LoginPage, LogoutPage, SignedOutPage},
    people::Person,
    sessions::Sessions,
};
use crate::{
    limits::{Key, Limit},
    smsc::Smsc,
};
use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use base::{
    clock::{Clock, Entropy, HOUR, MINUTE, Millis},
    ids::{Uuid, new_id},
    keys::{Keys, Purpose, Secret},
};
use identity::{
    error::Error,
    provider::{Claim, ConsentAsk, LoginAsk, LogoutAsk, Pages, People, SessionEnd, SignedIn},
};
use serde_json::json;
use std::{fmt::Write as _, sync::Arc};
use store::{Store, Tx};
use subtle::ConstantTimeEq;

/// Who signs in with password and code; the weaker level is known because services ask for it, but nobody gets it alone.
pub(super) const LEVELS: [&str; 2] = ["LoA1", "LoA2"];
/// The sender that the phone shows.
const SENDER: &str = "VNEID-THU";
const SESSION_COOKIE: &str = "vneid_session";
/// Tells browsers apart that nobody is signed in with.
const BROWSER_COOKIE: &str = "vneid_browser";

pub(super) struct Role {
    pub store: Store,
    pub clock: Clock,
    pub entropy: Entropy,
    pub keys: Keys,
    pub people: Vec<Person>,
    pub services: Vec<pages::ServiceLink>,
    /// The same for everybody: the pages say it.
    pub password: Secret,
    pub smsc: Smsc,
    /// Where the messages can be read.
    pub inbox: Option<String>,
    pub is_https: bool,
    pub since: Millis,
    pub doors: Doors,
    pub sessions: Sessions,
    pub limits: Limits,
}

/// Of a number, whether it is somebody's or not, and of a person across all flows.
pub(super) struct Limits {
    pub passwords: Limit,
    pub messages: Limit,
    pub codes: Limit,
}

impl Default for Limits {
    fn default() -> Self {
        Self { passwords: Limit::new(10, 15 * MINUTE), messages: Limit::new(20, HOUR), codes: Limit::new(20, HOUR) }
    }
}

impl Role {
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    pub fn person(&self, id: Uuid) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    pub fn key(&self, what: &str, of: &[u8]) -> Key {
        self.keys.hash(Purpose::Limit, &[b"vneid", what.as_bytes(), of])
    }

    pub fn is_password(&self, typed: &str) -> bool {
        typed.as_bytes().ct_eq(self.password.expose().as_bytes()).into()
    }

    /// The door with this id, if it is this browser's.
    pub fn door(&self, id: &str, headers: &HeaderMap) -> Option<(Uuid, Door)> {
        let id = Uuid::parse_str(id).ok()?;
        let mark = self.mark(cookie(headers, BROWSER_COOKIE)?);
        self.doors.find(id, mark, self.now()).map(|door| (id, door))
    }

    fn mark(&self, cookie: &str) -> [u8; 32] {
        self.keys.hash(Purpose::Session, &[b"vneid-browser", cookie.as_bytes()])
    }

    /// Proves that a form was drawn for this door in this browser.
    pub fn form_token(&self, id: Uuid, door: &Door) -> String {
        hex(&self.keys.hash(Purpose::Csrf, &[b"vneid", id.as_bytes(), &door.mark]))
    }

    pub fn is_own_form(&self, id: Uuid, door: &Door, token: &str) -> bool {
        token.as_bytes().ct_eq(self.form_token(id, door).as_bytes()).into()
    }

    pub fn code_hash(&self, id: Uuid, code: &str) -> [u8; 32] {
        self.keys.hash(Purpose::Otp, &[b"vneid", id.as_bytes(), code.as_bytes()])
    }

    /// Sends a code to the person's phone; false when it had too many.
    pub fn send_code(&self, id: Uuid, person: &Person) -> bool {
        let now = self.now();
        if !self.limits.messages.take(self.key("messages", person.id.as_bytes()), now) {
            return false;
        }
        let code = format!("{:06}", self.entropy.below(1_000_000));
        self.doors.sent(id, Sent { person: person.id, hash: self.code_hash(id, &code), at: now });
        let text = format!("[VNeID thử nghiệm] Mã: {code}. Dùng trong {} phút, không đưa cho ai.", CODE / MINUTE);
        self.smsc.receive(person.phone.as_e164(), SENDER, &text);
        true
    }

    /// A session and its cookie. `again`: the one that goes on, with a new secret.
    pub fn open_session(&self, person: Uuid, again: Option<Uuid>) -> HeaderValue {
        if let Some(session) = again {
            self.sessions.forget(session);
        }
        let secret = hex(&self.entropy.bytes::<32>());
        let signed = SignedIn {
            person,
            session: again.unwrap_or_else(|| new_id(&self.clock, &self.entropy)),
            acr: LEVELS[1].into(),
            amr: vec!["pwd".into(), "sms".into()],
            auth_time: self.now(),
            pending: false,
        };
        self.sessions.open(self.session_key(&secret), signed);
        self.cookie_line(SESSION_COOKIE, &secret, "")
    }

    pub fn session(&self, headers: &HeaderMap) -> Option<SignedIn> {
        let secret = cookie(headers, SESSION_COOKIE)?;
        self.sessions.find(&self.session_key(secret), self.now())
    }

    fn session_key(&self, secret: &str) -> [u8; 32] {
        self.keys.hash(Purpose::Session, &[b"vneid", secret.as_bytes()])
    }

    /// Ends a session here and for every client.
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

/// The first cookie of this name.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(own, _)| *own == name).map(|(_, value)| value)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // a string takes everything
        text
    })
}

#[async_trait::async_trait]
impl People for Role {
    async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
        Ok(self.session(headers))
    }

    async fn claims(&self, person: Uuid, names: &[String]) -> Result<Vec<Claim>, Error> {
        let Some(person) = self.person(person) else { return Ok(Vec::new()) };
        let claim = |name: &String| {
            let value = json!(person.claim(name)?);
            let (source, assurance) = ("vneid-sandbox".to_owned(), LEVELS[1].to_owned());
            Some(Claim { name: name.clone(), value, source, assurance, at: self.since })
        };
        Ok(names.iter().filter_map(claim).collect())
    }

    async fn is_active(&self, person: Uuid) -> Result<bool, Error> {
        Ok(self.person(person).is_some())
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
        let role = &self.0;
        let Some(Ok(id)) = ask.back.rsplit('/').next().map(Uuid::parse_str) else { return pages::ended(role) };
        let known = cookie(headers, BROWSER_COOKIE).filter(|mark| mark.len() == 64).map(str::to_owned);
        let mark = known.clone().unwrap_or_else(|| hex(&role.entropy.bytes::<32>()));
        let door = role.doors.open(id, ask, role.mark(&mark), role.now());
        let mut response = pages::door(role, id, &door, LoginPage::asking());
        if known.is_none() {
            response.headers_mut().append(header::SET_COOKIE, role.cookie_line(BROWSER_COOKIE, &mark, ""));
        }
        response
    }

    async fn consent(&self, ask: ConsentAsk, _: &HeaderMap) -> Response {
        let role = &self.0;
        let Some(person) = role.person(ask.signed_in.person) else { return pages::ended(role) };
        let leads_to = Some(ask.leads_to.clone());
        pages::show(StatusCode::OK, &ConsentPage::new(role, person, ask), leads_to.as_deref())
    }

    async fn logout(&self, ask: LogoutAsk, _: &HeaderMap) -> Response {
        let leads_to = ask.leads_to.clone();
        pages::show(StatusCode::OK, &LogoutPage { inbox: self.0.inbox.clone(), ask }, leads_to.as_deref())
    }

    async fn signed_out(&self, left: bool, _: &HeaderMap) -> Response {
        pages::show(StatusCode::OK, &SignedOutPage { inbox: self.0.inbox.clone(), left }, None)
    }
}
