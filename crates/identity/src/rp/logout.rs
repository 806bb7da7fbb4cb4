//! Sessions of ours that began at a provider: told by its back-channel logout when they end there, and told to it when they end here.

use super::{Arrived, Rp, RpError, id_token::verify_logout};
use crate::{
    error::Error,
    handles::{self, Kind},
    jws,
    provider::{
        clients::is_first,
        web::{params::Params, with_query},
    },
};
use base::{
    clock::{HOUR, SECOND},
    ids::Uuid,
    keys::Purpose,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;
use std::sync::Arc;
use store::{FromRow, Insert, Sql, Tx};

/// The role's own sessions.
#[async_trait::async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// Ends them, in the transaction that notes the provider's wish.
    async fn end(&self, tx: &Tx, sessions: &[Uuid]) -> Result<(), Error>;
}

#[derive(FromRow)]
struct Sealed {
    sealed: Vec<u8>,
}

impl Rp {
    /// Notes that a session of ours began with this arrival; in the role's own transaction.
    pub async fn keep_session(&self, tx: &Tx, session: Uuid, arrived: &Arrived) -> Result<(), Error> {
        let hash =
            |kind, text: &str| handles::hash_any(&self.keys, kind, format!("{} {text}", self.config.name).as_bytes());
        let id_token = arrived.id_token.expose().as_bytes();
        Insert::into("rp_session")
            .set("session", session)
            .set("provider", self.config.name.clone())
            .set("subject_hash", hash(Kind::RpSubject, &arrived.subject))
            .set("sid_hash", arrived.sid.as_deref().map(|sid| hash(Kind::RpSid, sid)))
            .set("sealed", self.keys.seal(Purpose::OidcSealed, session.as_bytes(), id_token, &self.entropy))
            .set("created_at", self.clock.now())
            .exec(tx)
            .await?;
        Ok(())
    }

    /// The person proved themselves again in this session: what ends it over there may be another session now. One that did not begin
    /// there stays its own.
    pub async fn keep_session_anew(&self, tx: &Tx, session: Uuid, arrived: &Arrived) -> Result<(), Error> {
        let gone = Sql::new("DELETE FROM rp_session WHERE session = $1 AND provider = $2 AND ended_at IS NULL")
            .bind(session)
            .bind(self.config.name.clone())
            .exec(tx)
            .await?;
        if gone == 1 { self.keep_session(tx, session, arrived).await } else { Ok(()) }
    }

    /// A logout token that the provider posted: believes it, and ends the sessions that it names, once. Answers how many.
    pub async fn logout_token(&self, token: &str, sessions: Arc<dyn Sessions>) -> Result<usize, RpError> {
        let c = &self.config;
        let times = (self.clock.now(), c.skew);
        let verify = |keys: &[Value]| verify_logout(token, keys, &c.issuer, &c.client_id, &c.algs, times);
        let claims = self.remote.believe(c, verify).await?;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let hash = |kind, text: &str| handles::hash_any(&self.keys, kind, format!("{} {text}", c.name).as_bytes());
        let jti = handles::hash_any(&self.keys, Kind::Jti, text("jti").unwrap_or_default().as_bytes());
        let sid = text("sid").map(|sid| hash(Kind::RpSid, sid));
        let subject = text("sub").map(|sub| hash(Kind::RpSubject, sub));
        let (who, provider, now) = (format!("logout {}", c.name), c.name.clone(), self.clock.now());
        let until = jws::seconds(&claims, "exp").map_or(now, |exp| exp.saturating_mul(SECOND)).min(now + 24 * HOUR);
        let keep_until = until + c.skew + HOUR;
        let ended = self
            .store
            .write(move |tx: Tx| async move {
                // Delivered again: done already, and told so.
                if !is_first(&tx, who, jti, keep_until).await? {
                    return Ok(0);
                }
                let (which, key) = match (sid, subject) {
                    (Some(sid), _) => ("sid_hash", sid),
                    (None, Some(subject)) => ("subject_hash", subject),
                    (None, None) => return Ok(0),
                };
                let found: Vec<Uuid> = Sql::new(format!(
                    "SELECT session FROM rp_session WHERE provider = $1 AND {which} = $2 AND ended_at IS NULL"
                ))
                .bind(provider)
                .bind(key)
                .scalars(&tx)
                .await?;
                for session in &found {
                    end(&tx, *session, now).await?;
                }
                sessions.end(&tx, &found).await?;
                Ok::<_, Error>(found.len())
            })
            .await?;
        Ok(ended)
    }

    /// A session of ours ended here; in the role's own transaction.
    pub async fn session_ended(&self, tx: &Tx, session: Uuid) -> Result<(), Error> {
        Ok(end(tx, session, self.clock.now()).await?)
    }

    /// Where to send the browser so that the provider ends its session too. `None`: it has no such address, or the session did not
    /// begin there. `browser` as in `begin`; `came_back` asks for it again.
    pub async fn logout_address(&self, session: Uuid, browser: &str) -> Result<Option<String>, RpError> {
        let metadata = self.remote.metadata(&self.config).await?;
        let Some(at) = &metadata.endpoints.end_session else { return Ok(None) };
        let row: Option<Sealed> = Sql::new("SELECT sealed FROM rp_session WHERE session = $1 AND provider = $2")
            .bind(session)
            .bind(self.config.name.clone())
            .one(self.store.read())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let plain = self.keys.open(Purpose::OidcSealed, session.as_bytes(), &row.sealed);
        let plain = plain.map_err(|_| Error::Internal("an ID token cannot be opened"))?;
        let hint = String::from_utf8_lossy(&plain);
        let state = self.logout_state(browser);
        let mut pairs = vec![("client_id", self.config.client_id.as_str()), ("id_token_hint", hint.as_ref())];
        if let Some(back) = &self.config.post_logout_redirect_uri {
            pairs.extend([("post_logout_redirect_uri", back.as_str()), ("state", &state)]);
        }
        Ok(Some(with_query(at, &pairs)))
    }

    /// Whether the browser that came to `post_logout_redirect_uri` with this query was sent to sign out by us.
    pub fn came_back(&self, browser: &str, query: &str) -> bool {
        let params = Params::parse(query);
        let state = params.one("state").ok().flatten().unwrap_or_default();
        jws::same(state.as_bytes(), self.logout_state(browser).as_bytes())
    }

    fn logout_state(&self, browser: &str) -> String {
        let parts: [&[u8]; 3] = [b"rp-logout", self.config.name.as_bytes(), browser.as_bytes()];
        URL_SAFE_NO_PAD.encode(self.keys.hash(Purpose::Oidc, &parts))
    }
}

async fn end(tx: &Tx, session: Uuid, now: i64) -> Result<(), store::Error> {
    Sql::new("UPDATE rp_session SET ended_at = $1 WHERE session = $2 AND ended_at IS NULL")
        .bind(now)
        .bind(session)
        .exec(tx)
        .await
        .map(|_| ())
}
