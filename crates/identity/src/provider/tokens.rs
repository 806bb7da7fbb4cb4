//! From a code to tokens, from a refresh token to the next, and what a token is good for. Everything that came of one code is a
//! family: a code or refresh token shown twice ends all of it, because one of the two who have it is a thief.

use super::{
    Provider,
    clients::{Auth, Client},
    flow::{Move, advance, change, unsealed},
    people::Claim,
    request::Request,
};
use crate::{
    error::{Error, Refusal, Stop},
    handles::{self, Kind},
    jws,
};
use base::{
    clock::{Millis, SECOND},
    ids::Uuid,
    keys::{Purpose, Secret},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// One answer for every code or token that is not good, so that nobody learns why.
const NOT_GOOD: Refusal = Refusal::grant("the code or token is not good");

/// A code's flow.
#[derive(FromRow)]
struct Coded {
    id: Uuid,
    client_id: String,
    state: String,
    request: Vec<u8>,
    person: Uuid,
    session: Uuid,
    acr: String,
    amr: String,
    auth_time: Millis,
    acting: Option<Uuid>,
    scope: String,
    claims: String,
    code_expires_at: Millis,
}

/// What all tokens of a family share.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Family {
    pub id: Uuid,
    pub client_id: String,
    pub person: Uuid,
    pub session: Uuid,
    pub acr: String,
    pub amr: String,
    pub auth_time: Millis,
    /// For whom the person acts.
    pub acting: Option<Uuid>,
    pub scope: String,
    pub claims: String,
    pub offline: bool,
    pub expires_at: Millis,
}

/// A token that is good now.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct Live {
    pub kind: String,
    pub scope: String,
    pub jkt: Option<String>,
    pub created_at: Millis,
    pub expires_at: Millis,
    pub used_at: Option<Millis>,
    pub family_id: Uuid,
    pub family_client_id: String,
    pub family_person: Uuid,
    pub family_acting: Option<Uuid>,
    pub family_claims: String,
    pub family_scope: String,
}

/// Who shows an access token, for whom, and the names that the person ticked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    pub client: String,
    pub person: Uuid,
    pub claims: Vec<String>,
}

/// New tokens, for the answer.
pub(crate) struct Issued {
    pub family: Family,
    pub scope: String,
    pub access: Secret,
    pub refresh: Option<Secret>,
    /// The access token is bound to a key.
    pub is_bound: bool,
    /// Only what came of a code: the nonce, and the names for the ID token.
    pub request: Option<Request>,
}

/// Fresh handles with their hashes, made outside the transaction.
#[derive(Clone)]
struct Fresh {
    access: Secret,
    access_hash: Option<Vec<u8>>,
    refresh: Secret,
    refresh_hash: Option<Vec<u8>>,
}

impl Provider {
    fn fresh(&self) -> Fresh {
        let (access, refresh) = (handles::new(&self.entropy), handles::new(&self.entropy));
        Fresh {
            access_hash: handles::hash(&self.keys, Kind::Access, access.expose()),
            refresh_hash: handles::hash(&self.keys, Kind::Refresh, refresh.expose()),
            access,
            refresh,
        }
    }

    /// A code for tokens, once. Every wrong proof spends the code; showing it a second time ends what came of it.
    pub(crate) async fn redeem(
        &self,
        client: &Client,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
        jkt: Option<String>,
    ) -> Result<Issued, Stop> {
        let hash = handles::hash(&self.keys, Kind::Code, code).ok_or(NOT_GOOD)?;
        let fits = (43..=128).contains(&verifier.len());
        let digest = if fits { jws::digest_text(verifier) } else { String::new() };
        let (fresh, now, life) = (self.fresh(), self.now(), self.settings.lifetimes.clone());
        let (client, keys, redirect_uri) = (client.clone(), self.keys.clone(), redirect_uri.to_owned());
        // Refusals answer `Ok`: what they ended must stay ended.
        let redeemed = self
            .store
            .write(move |tx: Tx| async move {
                let coded: Option<Coded> = Sql::new(
                    "SELECT id, client_id, state, request, person, session, acr, amr, auth_time, acting, scope, claims, code_expires_at
                     FROM oidc_interaction WHERE code_hash = $1",
                )
                .bind(hash)
                .one(&tx)
                .await?;
                let Some(coded) = coded.filter(|c| c.client_id == client.id) else { return Ok(Err(NOT_GOOD)) };
                if coded.state != "answered" {
                    replayed(&tx, coded.id, now).await?;
                    return Ok(Err(NOT_GOOD));
                }
                let request = unsealed(&keys, coded.id, &coded.request)?;
                let proven = jws::same(digest.as_bytes(), request.challenge.as_bytes())
                    && request.redirect_uri == redirect_uri
                    && request.jkt.as_ref().is_none_or(|wanted| jkt.as_ref() == Some(wanted))
                    && coded.code_expires_at > now;
                if !proven {
                    advance(&tx, coded.id, Move::Spoil, change().set("ended_at", now)).await?;
                    return Ok(Err(NOT_GOOD));
                }
                if !advance(&tx, coded.id, Move::Redeem, change().set("ended_at", now)).await? {
                    // Somebody with the same code was faster.
                    replayed(&tx, coded.id, now).await?;
                    return Ok(Err(NOT_GOOD));
                }
                let offline = coded.scope.split(' ').any(|s| s == "offline_access") && client.may_refresh;
                let family = Family {
                    id: coded.id,
                    client_id: client.id.clone(),
                    person: coded.person,
                    session: coded.session,
                    acr: coded.acr,
                    amr: coded.amr,
                    auth_time: coded.auth_time,
                    acting: coded.acting,
                    scope: coded.scope,
                    claims: coded.claims,
                    offline,
                    expires_at: now + if offline { life.offline } else { life.online },
                };
                family.put(&tx, now).await?;
                let refresh = client.may_refresh;
                let access = New { kind: "access", hash: fresh.access_hash, scope: &family.scope, jkt: jkt.clone() };
                access.put(&tx, &family, now, life.access).await?;
                if refresh {
                    let jkt = jkt.clone().filter(|_| client.auth == Auth::None);
                    let refresh = New { kind: "refresh", hash: fresh.refresh_hash, scope: &family.scope, jkt };
                    refresh.put(&tx, &family, now, life.offline).await?;
                }
                let scope = family.scope.clone();
                let refresh = refresh.then_some(fresh.refresh);
                let (access, is_bound) = (fresh.access, jkt.is_some());
                Ok::<_, Error>(Ok(Issued { family, scope, access, refresh, is_bound, request: Some(request) }))
            })
            .await?;
        Ok(redeemed?)
    }

    /// The next pair for a refresh token, once. A token that was used before ends its family.
    pub(crate) async fn refresh(
        &self,
        client: &Client,
        token: &str,
        scope: Option<&str>,
        jkt: Option<String>,
    ) -> Result<Issued, Stop> {
        let hash = handles::hash(&self.keys, Kind::Refresh, token).ok_or(NOT_GOOD)?;
        // Asked before, because a unit of work asks nobody outside; what ends meanwhile ends the next time.
        let live =
            self.live_by(hash.clone()).await?.filter(|live| live.family_client_id == client.id).ok_or(NOT_GOOD)?;
        if !self.people.is_active(live.family_person).await? {
            self.revoke_family(live.family_id, "revoked").await?;
            return Err(NOT_GOOD.into());
        }
        // Without its key the token is nobody's: a thief cannot even end the family with it.
        if live.jkt.is_some() && live.jkt != jkt {
            return Err(NOT_GOOD.into());
        }
        let wanted: Vec<String> = scope.unwrap_or(&live.family_scope).split_whitespace().map(str::to_owned).collect();
        if !wanted.iter().all(|s| live.family_scope.split(' ').any(|own| own == s)) {
            return Err(Refusal::new("invalid_scope", "more than was granted").into());
        }
        let (fresh, now, life) = (self.fresh(), self.now(), self.settings.lifetimes.clone());
        let turned = self
            .store
            .write(move |tx: Tx| async move {
                let used = Sql::new(
                    "UPDATE oidc_token SET used_at = $1 WHERE hash = $2 AND kind = 'refresh' AND used_at IS NULL
                       AND revoked_at IS NULL AND expires_at > $1",
                )
                .bind(now)
                .bind(hash)
                .exec(&tx)
                .await?;
                if used == 0 {
                    tracing::warn!(flow = %live.family_id, "a refresh token was shown twice; its family is revoked");
                    metrics::counter!("oidc_refresh_reuses_total").increment(1);
                    revoke(&tx, live.family_id, "reuse", now).await?;
                    return Ok(Err(NOT_GOOD));
                }
                let Some(family) = Family::find(&tx, live.family_id, now).await? else { return Ok(Err(NOT_GOOD)) };
                let scope = wanted.join(" ");
                let access = New { kind: "access", hash: fresh.access_hash, scope: &scope, jkt: jkt.clone() };
                access.put(&tx, &family, now, life.access).await?;
                let refresh = New { kind: "refresh", hash: fresh.refresh_hash, scope: &family.scope, jkt: live.jkt };
                refresh.put(&tx, &family, now, life.offline).await?;
                let (access, refresh, is_bound) = (fresh.access, Some(fresh.refresh), jkt.is_some());
                Ok::<_, Error>(Ok(Issued { family, scope, access, refresh, is_bound, request: None }))
            })
            .await?;
        Ok(turned?)
    }

    /// A token whose family lives, also one that was used; whether it is still good, the caller looks.
    async fn live_by(&self, hash: Vec<u8>) -> Result<Option<Live>, Error> {
        Ok(Sql::new(
            "SELECT t.kind, t.scope, t.jkt, t.created_at, t.expires_at, t.used_at, f.id AS family_id, f.client_id AS family_client_id,
                f.person AS family_person, f.acting AS family_acting, f.claims AS family_claims, f.scope AS family_scope
             FROM oidc_token t JOIN oidc_family f ON f.id = t.family JOIN oidc_client c ON c.id = f.client_id
             WHERE t.hash = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND f.revoked_at IS NULL AND f.expires_at > $2
               AND c.disabled_at IS NULL",
        )
        .bind(hash)
        .bind(self.now())
        .one(self.store.read())
        .await?)
    }

    /// A token of either kind that is good now.
    pub(crate) async fn live(&self, token: &str) -> Result<Option<Live>, Error> {
        for kind in [Kind::Access, Kind::Refresh] {
            if let Some(hash) = handles::hash(&self.keys, kind, token)
                && let Some(live) = self.live_by(hash).await?
            {
                return Ok(Some(live).filter(|live| live.used_at.is_none()));
            }
        }
        Ok(None)
    }

    /// Whose access token this is and what they agreed to, for an API of the role beside userinfo. `None`: it is not good now, or bound to a
    /// key, which such an API does not check.
    pub async fn holder(&self, token: &str) -> Result<Option<Holder>, Error> {
        let live = self.live(token).await?.filter(|live| live.kind == "access" && live.jkt.is_none());
        let Some(live) = live else { return Ok(None) };
        let claims = serde_json::from_str(&live.family_claims).map_err(|_| Error::Internal("a token's row"))?;
        Ok(Some(Holder { client: live.family_client_id, person: live.family_person, claims }))
    }

    /// Ends a token at its client's wish (RFC 7009): a refresh token with its family, an access token alone.
    pub(crate) async fn revoke_token(&self, client: &Client, token: &str) -> Result<(), Error> {
        if let Some(hash) = handles::hash(&self.keys, Kind::Refresh, token)
            && let Some(live) = self.live_by(hash).await?
        {
            if live.family_client_id == client.id {
                self.revoke_family(live.family_id, "revoked").await?;
            }
            return Ok(());
        }
        let Some(hash) = handles::hash(&self.keys, Kind::Access, token) else { return Ok(()) };
        let (client, now) = (client.id.clone(), self.now());
        self.store
            .write(move |tx: Tx| async move {
                Sql::new(
                    "UPDATE oidc_token SET revoked_at = $1 WHERE hash = $2 AND revoked_at IS NULL
                       AND family IN (SELECT id FROM oidc_family WHERE client_id = $3)",
                )
                .bind(now)
                .bind(hash)
                .bind(client)
                .exec(&tx)
                .await
            })
            .await?;
        Ok(())
    }

    async fn revoke_family(&self, id: Uuid, why: &'static str) -> Result<(), Error> {
        let now = self.now();
        Ok(self.store.write(move |tx: Tx| async move { revoke(&tx, id, why, now).await }).await?)
    }

    /// The name by which all clients of a sector know a person, and no other sector does. It says nothing about them.
    pub fn subject(&self, sector: &str, person: Uuid) -> String {
        URL_SAFE_NO_PAD.encode(self.keys.hash(Purpose::Pairwise, &[b"sub", sector.as_bytes(), person.as_bytes()]))
    }

    /// The name by which a client knows a session.
    pub(crate) fn sid(&self, client: &str, session: Uuid) -> String {
        let hash = self.keys.hash(Purpose::Pairwise, &[b"sid", client.as_bytes(), session.as_bytes()]);
        URL_SAFE_NO_PAD.encode(&hash[..16])
    }

    /// What the role knows of a person, and the client's own name for them where that was asked for by another word.
    async fn said(
        &self,
        client: &Client,
        (person, acting): (Uuid, Option<Uuid>),
        names: &[String],
    ) -> Result<Vec<Claim>, Error> {
        let mut said = self.people.claims(person, names).await?;
        if let Some(acting) = acting {
            for claim in self.people.acting_claims(person, acting, names).await? {
                said.retain(|known| known.name != claim.name);
                said.push(claim);
            }
        }
        if let Some(name) = self.settings.subject_claim.filter(|name| names.iter().any(|n| n == name)) {
            said.retain(|claim| claim.name != name);
            said.push(Claim {
                name: name.to_owned(),
                value: json!(self.subject(&client.sector, person)),
                source: "provider".into(),
                assurance: String::new(),
                at: self.now(),
            });
        }
        Ok(said)
    }

    /// The ID token beside new tokens.
    pub(crate) async fn id_token(&self, client: &Client, issued: &Issued) -> Result<String, Error> {
        let family = &issued.family;
        let mut claims = Map::new();
        if let Some(request) = &issued.request {
            let granted: Vec<String> = serde_json::from_str(&family.claims).unwrap_or_default();
            let names: Vec<String> =
                request.id_token.iter().map(|w| w.name.clone()).filter(|n| granted.contains(n)).collect();
            if !names.is_empty() {
                for claim in self.said(client, (family.person, family.acting), &names).await? {
                    if names.contains(&claim.name) {
                        claims.insert(claim.name, claim.value);
                    }
                }
            }
            if let Some(nonce) = &request.nonce {
                claims.insert("nonce".into(), json!(nonce));
            }
        }
        let now = self.now();
        // After the person's own, so that none of them can stand in for one of these.
        for (name, value) in [
            ("iss", json!(self.settings.issuer)),
            ("sub", json!(self.subject(&client.sector, family.person))),
            ("aud", json!(client.id)),
            ("iat", json!(now / SECOND)),
            ("exp", json!((now + self.settings.lifetimes.id_token) / SECOND)),
            ("auth_time", json!(family.auth_time / SECOND)),
            ("acr", json!(family.acr)),
            ("amr", serde_json::from_str(&family.amr).unwrap_or_default()),
            ("sid", json!(self.sid(&client.id, family.session))),
            ("at_hash", json!(jws::half_digest_text(issued.access.expose()))),
        ] {
            claims.insert(name.into(), value);
        }
        let signed = self.signer(client.id_token_alg).await?.sign("JWT", &Value::Object(claims));
        signed.map_err(|_| Error::Internal("the ID token cannot be signed"))
    }

    /// What userinfo says to the holder of an access token: names that were agreed to, and no others.
    pub(crate) async fn userinfo(&self, live: &Live, client: &Client) -> Result<Map<String, Value>, Error> {
        let granted: Vec<String> = serde_json::from_str(&live.family_claims).unwrap_or_default();
        let narrowed = live.scope != live.family_scope;
        let in_scope =
            |name: &String| live.scope.split(' ').any(|s| self.settings.claims_of(s).contains(&name.as_str()));
        let names: Vec<String> = granted.into_iter().filter(|name| !narrowed || in_scope(name)).collect();
        let mut out = Map::new();
        let mut provenance = Map::new();
        if !names.is_empty() {
            // Who asked for less than was given hears of the person alone.
            let acting = live.family_acting.filter(|_| names.iter().any(|n| self.settings.is_acting_claim(n)));
            for claim in self.said(client, (live.family_person, acting), &names).await? {
                if !names.contains(&claim.name) {
                    continue;
                }
                let from = json!({ "source": claim.source, "assurance": claim.assurance, "at": claim.at / SECOND });
                provenance.insert(claim.name.clone(), from);
                out.insert(claim.name, claim.value);
            }
        }
        if live.scope.split(' ').any(|s| s == "provenance") {
            out.insert("provenance".into(), Value::Object(provenance));
        }
        out.insert("sub".into(), json!(self.subject(&client.sector, live.family_person)));
        Ok(out)
    }
}

impl Family {
    async fn put(&self, tx: &Tx, now: Millis) -> Result<(), store::Error> {
        Insert::into("oidc_family")
            .set("id", self.id)
            .set("client_id", self.client_id.clone())
            .set("person", self.person)
            .set("session", self.session)
            .set("acr", self.acr.clone())
            .set("amr", self.amr.clone())
            .set("auth_time", self.auth_time)
            .set("acting", self.acting)
            .set("scope", self.scope.clone())
            .set("claims", self.claims.clone())
            .set("offline", self.offline)
            .set("created_at", now)
            .set("expires_at", self.expires_at)
            .exec(tx)
            .await
            .map(|_| ())
    }

    /// A family that lives.
    async fn find(db: &impl ConnectionTrait, id: Uuid, now: Millis) -> Result<Option<Self>, store::Error> {
        Sql::new(
            "SELECT id, client_id, person, session, acr, amr, auth_time, acting, scope, claims, offline, expires_at FROM oidc_family
             WHERE id = $1 AND revoked_at IS NULL AND expires_at > $2",
        )
        .bind(id)
        .bind(now)
        .one(db)
        .await
    }
}

/// A token to be put.
struct New<'a> {
    kind: &'static str,
    hash: Option<Vec<u8>>,
    scope: &'a str,
    jkt: Option<String>,
}

impl New<'_> {
    /// In its row; never longer than its family.
    async fn put(self, tx: &Tx, family: &Family, now: Millis, life: Millis) -> Result<(), store::Error> {
        Insert::into("oidc_token")
            .set("hash", self.hash)
            .set("family", family.id)
            .set("kind", self.kind)
            .set("scope", self.scope)
            .set("jkt", self.jkt)
            .set("created_at", now)
            .set("expires_at", (now + life).min(family.expires_at))
            .exec(tx)
            .await
            .map(|_| ())
    }
}

/// A code came a second time.
async fn replayed(tx: &Tx, id: Uuid, now: Millis) -> Result<(), store::Error> {
    if advance(tx, id, Move::Replay, change()).await? {
        tracing::warn!(flow = %id, "a code was shown twice; its tokens are revoked");
        metrics::counter!("oidc_code_replays_total").increment(1);
    }
    revoke(tx, id, "replay", now).await
}

pub(crate) async fn revoke(tx: &Tx, family: Uuid, why: &'static str, now: Millis) -> Result<(), store::Error> {
    Sql::new("UPDATE oidc_family SET revoked_at = $1, revoked_why = $2 WHERE id = $3 AND revoked_at IS NULL")
        .bind(now)
        .bind(why)
        .bind(family)
        .exec(tx)
        .await
        .map(|_| ())
}
