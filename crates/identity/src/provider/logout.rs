//! When a session ends, what was given in it ends, and every client that has an address for it is told (OpenID Connect Back-Channel
//! Logout 1.0). The telling is put into the outbox in the transaction that ends the session; the worker delivers it.

use super::{Provider, flow::spoil_codes};
use crate::{error::Error, jws::Alg};
use base::{
    clock::{MINUTE, Millis, SECOND},
    ids::Uuid,
    keys::Purpose,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{
    FromRow, Sql, Tx,
    outbox::{self, Claimed, Message, Outcome},
};
use url::Url;

/// The outbox's channel of logout tokens.
pub const CHANNEL: &str = "oidc-logout";
/// How long one logout token is good; every try carries a new one with the same id.
const TOKEN: Millis = 2 * MINUTE;
/// Waits between tries.
const WAITS: [Millis; 5] = [5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE];

/// What must be done when a session ends, in the transaction that ends it.
#[derive(Clone)]
pub struct SessionEnd {
    provider: Provider,
    session: Uuid,
}

#[derive(FromRow)]
struct Party {
    client_id: String,
    person: Uuid,
    sector: String,
    uri: String,
    alg: String,
}

/// What waits in the outbox, sealed.
#[derive(Serialize, Deserialize)]
struct Delivery {
    client: String,
    uri: String,
    sub: String,
    sid: String,
    jti: String,
    #[serde(default = "young")]
    alg: Alg,
}

/// Of messages from before there was a choice.
fn young() -> Alg {
    Alg::ES256
}

impl SessionEnd {
    /// Ends tokens and codes of the session and leaves a message for each of its clients. Doing it twice does nothing more.
    pub async fn put(&self, tx: &Tx) -> Result<(), Error> {
        let (p, session, now) = (&self.provider, self.session, self.provider.now());
        let parties: Vec<Party> = Sql::new(
            "SELECT DISTINCT f.client_id, f.person, c.sector, c.backchannel_logout_uri AS uri, c.id_token_alg AS alg
             FROM oidc_family f JOIN oidc_client c ON c.id = f.client_id
             WHERE f.session = $1 AND c.backchannel_logout_uri IS NOT NULL AND c.disabled_at IS NULL",
        )
        .bind(session)
        .all(tx)
        .await?;
        Sql::new(
            "UPDATE oidc_family SET revoked_at = $1, revoked_why = 'logout'
             WHERE session = $2 AND NOT offline AND revoked_at IS NULL",
        )
        .bind(now)
        .bind(session)
        .exec(tx)
        .await?;
        spoil_codes(tx, "session = $2", vec![session.into()], now).await?;
        for party in parties {
            // The same session and client always make the same ids: a unit that is run again tells nobody twice.
            let hash = p.keys.hash(Purpose::Oidc, &[b"logout", party.client_id.as_bytes(), session.as_bytes()]);
            tell_party(p, tx, party, session, &hash, now).await?;
        }
        Ok(())
    }
}

/// Leaves the message for one client. `hash`: of what ended for it.
async fn tell_party(
    p: &Provider,
    tx: &Tx,
    party: Party,
    session: Uuid,
    hash: &[u8; 32],
    now: Millis,
) -> Result<(), Error> {
    let hex: String = hash.iter().map(|b| format!("{b:02x}")).collect();
    let id = Uuid::from_slice(&hash[..16]).map_err(|_| Error::Internal("an id of 16 bytes"))?;
    let delivery = Delivery {
        sub: p.subject(&party.sector, party.person),
        sid: p.sid(&party.client_id, session),
        client: party.client_id,
        uri: party.uri,
        alg: Alg::parse(&party.alg).ok_or(Error::Internal("a client's row"))?,
        jti: hex[32..].to_owned(),
    };
    let plain = json!(delivery).to_string();
    let message = Message {
        id,
        channel: CHANNEL,
        lane: 1,
        dedupe: Some(format!("{CHANNEL} {}", &hex[..32])),
        payload: p.keys.seal(Purpose::Outbox, id.as_bytes(), plain.as_bytes(), &p.entropy),
        now,
        expires_at: now + p.settings.lifetimes.logout,
    };
    outbox::put(tx, message).await?;
    Ok(())
}

/// What must be done when somebody may act for an organisation no longer (A11).
#[derive(Clone)]
pub struct ActingEnd {
    provider: Provider,
    person: Uuid,
    acting: Uuid,
}

/// A client that was told for whom the person acts.
#[derive(FromRow)]
struct Told {
    family: Uuid,
    session: Uuid,
    client_id: String,
    sector: String,
    uri: Option<String>,
    alg: String,
}

impl ActingEnd {
    /// Ends what was given for this organisation, codes and lasting access too, and leaves a message for each client that was told of it: its
    /// session began as the organisation's. What was given for the person alone stays.
    pub async fn put(&self, tx: &Tx) -> Result<(), Error> {
        let (p, now) = (&self.provider, self.provider.now());
        let told: Vec<Told> = Sql::new(
            "SELECT f.id AS family, f.session, f.client_id, c.sector, c.backchannel_logout_uri AS uri, c.id_token_alg AS alg
             FROM oidc_family f JOIN oidc_client c ON c.id = f.client_id
             WHERE f.person = $1 AND f.acting = $2 AND f.revoked_at IS NULL AND c.disabled_at IS NULL",
        )
        .bind(self.person)
        .bind(self.acting)
        .all(tx)
        .await?;
        Sql::new(
            "UPDATE oidc_family SET revoked_at = $1, revoked_why = 'acting'
             WHERE person = $2 AND acting = $3 AND revoked_at IS NULL",
        )
        .bind(now)
        .bind(self.person)
        .bind(self.acting)
        .exec(tx)
        .await?;
        spoil_codes(tx, "person = $2 AND acting = $3", vec![self.person.into(), self.acting.into()], now).await?;
        for t in told {
            let Some(uri) = t.uri else { continue };
            // By the family: the same session may be told of again when it ends as a whole.
            let hash = p.keys.hash(Purpose::Oidc, &[b"acting", t.client_id.as_bytes(), t.family.as_bytes()]);
            let party = Party { client_id: t.client_id, person: self.person, sector: t.sector, uri, alg: t.alg };
            tell_party(p, tx, party, t.session, &hash, now).await?;
        }
        Ok(())
    }
}

impl Provider {
    /// For a role whose person acts for an organisation no longer.
    pub fn acting_end(&self, person: Uuid, acting: Uuid) -> ActingEnd {
        ActingEnd { provider: self.clone(), person, acting }
    }

    /// For a role that ends a session by itself: run its `put` in the same transaction.
    pub fn session_end(&self, session: Uuid) -> SessionEnd {
        SessionEnd { provider: self.clone(), session }
    }

    /// Delivers logouts that are due; for the worker. Answers how many were taken up.
    pub async fn deliver_logouts(&self, worker: &str, most: i64) -> Result<usize, Error> {
        let claimed = self.store.claim_outbox(CHANNEL, worker, most, self.now()).await?;
        let sending = claimed.iter().map(|message| async move {
            let outcome = self.deliver(message).await;
            self.store.settle_outbox(CHANNEL, message.id, worker, outcome, self.now()).await
        });
        futures_util::future::try_join_all(sending).await?;
        Ok(claimed.len())
    }

    async fn deliver(&self, message: &Claimed) -> Outcome {
        let failed = |error: &str| Outcome::Failed { error: error.to_owned() };
        let Ok(plain) = self.keys.open(Purpose::Outbox, message.id.as_bytes(), &message.payload) else {
            return failed("cannot be opened");
        };
        let Ok(delivery) = serde_json::from_slice::<Delivery>(&plain) else { return failed("cannot be read") };
        let now = self.now();
        if now >= message.expires_at {
            return failed("tried for too long");
        }
        match self.tell(&delivery, now).await {
            Ok(status) if (200..300).contains(&status) => {
                metrics::counter!("oidc_logouts_delivered_total").increment(1);
                Outcome::Sent { peer_ids: vec![] } // no receipt follows
            }
            told => {
                let error = told.map_or_else(|why| why, |status| format!("status {status}"));
                let at = now + WAITS[usize::try_from(message.tries - 1).unwrap_or(0).min(WAITS.len() - 1)];
                tracing::warn!(client = %delivery.client, tries = message.tries, %error, "a logout was not delivered yet");
                Outcome::Later { at, error }
            }
        }
    }

    async fn tell(&self, delivery: &Delivery, now: Millis) -> Result<u16, String> {
        let claims = json!({
            "iss": self.settings.issuer,
            "aud": delivery.client,
            "sub": delivery.sub,
            "sid": delivery.sid,
            "jti": delivery.jti,
            "iat": now / SECOND,
            "exp": (now + TOKEN) / SECOND,
            "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        let signer = self.signer(delivery.alg).await.map_err(|e| e.to_string())?;
        let token = signer.sign("logout+jwt", &claims).map_err(|e| e.to_string())?;
        let url = Url::parse(&delivery.uri).map_err(|e| e.to_string())?;
        let request = self.outgoing.post(&url).map_err(|e| e.to_string())?.form(&[("logout_token", token)]);
        self.outgoing.send(request).await.map(|answer| answer.status).map_err(|e| e.to_string())
    }
}
