//! The relying party: people come to us from another's provider. State, nonce and PKCE always; the flow is a row bound to the
//! browser that began it, and comes back once.

mod config;
mod grant;
pub(crate) mod id_token;
mod logout;
mod provider;
mod told;

use crate::{
    error::Error,
    handles::{self, Kind},
    jws,
    outgoing::{self, Outgoing, Trouble},
    provider::web::{params::Params, with_query},
};
use base::{
    clock::{Clock, DAY, Entropy, MINUTE, Millis, SECOND},
    ids::new_id,
    keys::{Keys, Purpose, Secret},
};
pub use config::{ClientAuth, Config, Endpoints};
pub use grant::Grant;
pub use id_token::Doubt;
use id_token::Expected;
pub use logout::Sessions;
use provider::Remote;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::{collections::BTreeMap, sync::Arc};
use store::{FromRow, Insert, Sql, Store, Tx};

/// How long somebody may take at the provider.
const FLOW: Millis = 30 * MINUTE;
/// No session of ours lasts longer.
const SESSION: Millis = 90 * DAY;

/// Why somebody did not arrive.
#[derive(Debug, thiserror::Error)]
pub enum RpError {
    #[error(transparent)]
    Broken(#[from] Error),
    /// The provider does not answer, or not sensibly; try again later.
    #[error("provider: {0}")]
    Away(#[from] Trouble),
    /// The configuration or the provider's discovery lacks something.
    #[error("configuration: {0}")]
    Configured(&'static str),
    /// No flow of this browser: begun elsewhere, used already, or too old.
    #[error("no such flow in this browser")]
    NoFlow,
    /// The provider said no: `access_denied`, `login_required` …; other codes are `other`.
    #[error("the provider refused: {code}")]
    Refused { code: &'static str },
    /// The answer does not prove what it says.
    #[error("not believed: {0}")]
    NotBelieved(#[from] Doubt),
    /// The answer's `iss` is missing or another provider's (mix-up).
    #[error("an answer of another provider")]
    MixUp,
    /// Userinfo speaks of somebody else.
    #[error("userinfo of another person")]
    OtherPerson,
    /// The person did not sign in at the level that was wanted.
    #[error("the level is too low")]
    TooWeak,
    /// What was granted is over: `invalid_grant`.
    #[error("the grant has ended")]
    Ended,
}

impl From<store::Error> for RpError {
    fn from(error: store::Error) -> Self {
        Self::Broken(error.into())
    }
}

/// How somebody is to be sent to the provider.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// Of our levels, at least.
    pub level: Option<String>,
    /// Seconds since the person proved themselves, at most.
    pub max_age: Option<i64>,
    /// `login` or `select_account`: «dùng tài khoản khác».
    pub prompt: Option<&'static str>,
    /// Scopes beside those of the configuration, for this time.
    pub scopes: Vec<String>,
    /// Kept with the flow and given back: where to go on, what is to be linked.
    pub data: Value,
}

/// Somebody who came back, believed.
#[derive(Clone, Serialize, Deserialize)]
pub struct Arrived {
    /// The provider's name for them; one of ours only together with the provider's name.
    pub subject: String,
    pub sid: Option<String>,
    /// Our level.
    pub level: Option<String>,
    pub amr: Vec<String>,
    /// UTC milliseconds.
    pub auth_time: Option<Millis>,
    /// By our names.
    pub claims: BTreeMap<String, Value>,
    pub data: Value,
    #[serde(with = "token_text")]
    pub(crate) id_token: Secret,
}

mod token_text {
    use base::keys::Secret;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(token: &Secret, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(token.expose())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

impl Arrived {
    /// To be gone on with later, when the person has said what is still missing. Whoever keeps it must seal it.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// `None`: these bytes are none of `to_bytes`.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// Says nothing of the person.
impl std::fmt::Debug for Arrived {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrived").field("level", &self.level).field("amr", &self.amr).finish_non_exhaustive()
    }
}

/// How a flow ended.
#[derive(Debug)]
pub struct Came {
    /// What was kept with it; nothing when it was no flow of this browser.
    pub data: Value,
    pub arrived: Result<Arrived, RpError>,
    /// What the provider gave for the code, also when it is not believed who arrived: whoever wants nothing of it ends it there.
    pub grant: Option<Grant>,
}

/// What is sealed in a flow's row.
#[derive(Serialize, Deserialize)]
struct Hidden {
    nonce: String,
    verifier: String,
    data: Value,
}

#[derive(FromRow)]
struct FlowRow {
    id: base::ids::Uuid,
    sealed: Vec<u8>,
    acr: Option<String>,
    max_age: Option<i64>,
    expires_at: Millis,
}

/// The relying party of one provider. Cheap to clone.
#[derive(Clone)]
pub struct Rp(Arc<Parts>);

/// What a relying party is made of.
pub struct Parts {
    store: Store,
    clock: Clock,
    entropy: Entropy,
    keys: Keys,
    pub(crate) config: Config,
    remote: Remote,
}

impl std::ops::Deref for Rp {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Rp {
    /// Errors: the HTTP client cannot be made.
    pub fn new(store: Store, clock: Clock, entropy: Entropy, keys: Keys, config: Config) -> Result<Self, Trouble> {
        let remote = Remote::new(Outgoing::new(config.allow_private)?, clock.clone());
        Ok(Self(Arc::new(Parts { store, clock, entropy, keys, config, remote })))
    }

    /// Its provider, as the provider names itself.
    pub fn issuer(&self) -> &str {
        &self.config.issuer
    }

    /// Our levels that it can say, the weakest first.
    pub fn levels(&self) -> Vec<&str> {
        let said = |level: &&String| self.config.acr_map.iter().any(|(_, ours)| ours == *level);
        self.config.levels.iter().filter(said).map(String::as_str).collect()
    }

    /// Begins a flow; answers the address to send the browser to. `browser`: a secret of this browser alone (its session or a mark),
    /// shown again at `finish`, so that nobody finishes what another began (login CSRF).
    pub async fn begin(&self, browser: &str, ask: Ask) -> Result<String, RpError> {
        let metadata = self.remote.metadata(&self.config).await?;
        let (state, nonce, verifier) =
            (handles::new(&self.entropy), handles::new(&self.entropy), handles::new(&self.entropy));
        let scope = ["openid"]
            .into_iter()
            .chain(self.config.scopes.iter().chain(&ask.scopes).map(String::as_str))
            .collect::<Vec<_>>()
            .join(" ");
        let challenge = jws::digest_text(verifier.expose());
        let acr_values = ask.level.as_deref().map(|level| self.config.acr_values(level).join(" ")).unwrap_or_default();
        let max_age = ask.max_age.map(|s| s.to_string()).unwrap_or_default();
        let pairs: Vec<(&str, &str)> = [
            ("response_type", "code"),
            ("client_id", &self.config.client_id),
            ("redirect_uri", &self.config.redirect_uri),
            ("scope", &scope),
            ("state", state.expose()),
            ("nonce", nonce.expose()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("acr_values", &acr_values),
            ("max_age", &max_age),
            ("prompt", ask.prompt.unwrap_or_default()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect();
        let pushed = metadata.endpoints.pushed.as_ref().filter(|_| self.config.push);
        let address = match pushed {
            Some(at) => {
                let uri = self.push(at, &pairs).await?;
                let short = [("client_id", self.config.client_id.as_str()), ("request_uri", uri.as_str())];
                with_query(&metadata.endpoints.authorization, &short)
            }
            None => with_query(&metadata.endpoints.authorization, &pairs),
        };
        self.keep(browser, state.expose(), &nonce, &verifier, ask).await?;
        Ok(address)
    }

    async fn push(&self, at: &str, pairs: &[(&str, &str)]) -> Result<String, RpError> {
        let form = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        let answer = self.ask(at, form).await?;
        let uri = answer.get("request_uri").and_then(Value::as_str);
        Ok(uri.ok_or(Trouble::NotJson)?.to_owned())
    }

    async fn keep(
        &self,
        browser: &str,
        state: &str,
        nonce: &Secret,
        verifier: &Secret,
        ask: Ask,
    ) -> Result<(), RpError> {
        let (id, now) = (new_id(&self.clock, &self.entropy), self.clock.now());
        let hidden = Hidden { nonce: nonce.expose().into(), verifier: verifier.expose().into(), data: ask.data };
        let plain = json!(hidden).to_string();
        let sealed = self.keys.seal(Purpose::OidcSealed, id.as_bytes(), plain.as_bytes(), &self.entropy);
        let state = handles::hash_any(&self.keys, Kind::RpState, state.as_bytes());
        let browser = handles::hash_any(&self.keys, Kind::RpBrowser, browser.as_bytes());
        let provider = self.config.name.clone();
        self.store
            .write(move |tx: Tx| async move {
                Insert::into("rp_flow")
                    .set("id", id)
                    .set("provider", provider)
                    .set("state_hash", state)
                    .set("browser_hash", browser)
                    .set("sealed", sealed)
                    .set("acr", ask.level)
                    .set("max_age", ask.max_age)
                    .set("created_at", now)
                    .set("expires_at", now + FLOW)
                    .exec(&tx)
                    .await
            })
            .await?;
        Ok(())
    }

    /// What the browser brought back in its query.
    pub async fn finish(&self, browser: &str, query: &str) -> Result<Arrived, RpError> {
        self.come_back(browser, query).await.arrived
    }

    /// The same, with what was kept with the flow also when nobody arrived.
    pub async fn come_back(&self, browser: &str, query: &str) -> Came {
        let params = Params::parse(query);
        let begun = match params.one("state").map_err(|_| RpError::MixUp) {
            Ok(Some(state)) => self.take(browser, state).await,
            Ok(None) => Err(RpError::NoFlow),
            Err(e) => Err(e),
        };
        match begun {
            Err(e) => Came { data: Value::Null, arrived: Err(e), grant: None },
            Ok((row, hidden)) => {
                let (data, mut grant) = (hidden.data.clone(), None);
                let arrived = self.exchange(&params, row, hidden, &mut grant).await;
                Came { data, arrived, grant }
            }
        }
    }

    async fn exchange(
        &self,
        params: &Params,
        row: FlowRow,
        hidden: Hidden,
        grant: &mut Option<Grant>,
    ) -> Result<Arrived, RpError> {
        let one = |name: &str| params.one(name).map_err(|_| RpError::MixUp);
        let metadata = self.remote.metadata(&self.config).await?;
        // Whose answer it is comes first: an error of another provider says nothing either (RFC 9207).
        match one("iss")? {
            Some(iss) if iss != self.config.issuer => return Err(RpError::MixUp),
            None if metadata.says_iss || self.config.needs_iss => return Err(RpError::MixUp),
            _ => {}
        }
        if let Some(code) = one("error")? {
            return Err(RpError::Refused { code: known_refusal(code) });
        }
        let code = one("code")?.ok_or(RpError::Refused { code: "other" })?;
        let form = vec![
            ("grant_type".to_owned(), "authorization_code".to_owned()),
            ("code".into(), code.into()),
            ("redirect_uri".into(), self.config.redirect_uri.clone()),
            ("code_verifier".into(), hidden.verifier),
        ];
        let tokens = self.ask(&metadata.endpoints.token, form).await.map_err(|e| match e {
            // A code that is not good is no grant that has ended.
            RpError::Ended => Trouble::Status(400).into(),
            other => other,
        })?;
        *grant = Grant::of(&tokens);
        let access = grant.as_ref().map(|grant| grant.access.clone());
        let (Some(id_token), Some(access)) = (tokens.get("id_token").and_then(Value::as_str), access) else {
            return Err(RpError::NotBelieved(Doubt::Kind));
        };
        let access = access.expose();
        let expected = Expected {
            issuer: &self.config.issuer,
            client_id: &self.config.client_id,
            nonce: &hidden.nonce,
            access_token: Some(access),
            algs: &self.config.algs,
            now: self.clock.now(),
            skew: self.config.skew,
            max_age: row.max_age,
        };
        let claims = self.remote.believe(&self.config, |keys| id_token::verify(id_token, keys, &expected)).await?;
        let said = match metadata.endpoints.userinfo.as_ref().filter(|_| self.config.userinfo) {
            Some(at) => self.userinfo(at, access, &claims).await?,
            None => Map::new(),
        };
        self.arrived(&claims, &said, id_token, hidden.data, row.acr.as_deref())
    }

    /// The flow of this browser with this state, which is over now. Another browser's stays as it is.
    async fn take(&self, browser: &str, state: &str) -> Result<(FlowRow, Hidden), RpError> {
        let state = handles::hash_any(&self.keys, Kind::RpState, state.as_bytes());
        let browser = handles::hash_any(&self.keys, Kind::RpBrowser, browser.as_bytes());
        let provider = self.config.name.clone();
        let row: Option<FlowRow> = self
            .store
            .write(move |tx: Tx| async move {
                Sql::new(
                    "DELETE FROM rp_flow WHERE state_hash = $1 AND browser_hash = $2 AND provider = $3
                     RETURNING id, sealed, acr, max_age, expires_at",
                )
                .bind(state)
                .bind(browser)
                .bind(provider)
                .one(&tx)
                .await
            })
            .await?;
        let row = row.filter(|row| row.expires_at > self.clock.now()).ok_or(RpError::NoFlow)?;
        let plain = self.keys.open(Purpose::OidcSealed, row.id.as_bytes(), &row.sealed).ok();
        let hidden = plain.and_then(|plain| serde_json::from_slice(&plain).ok());
        Ok((row, hidden.ok_or(Error::Internal("a flow cannot be opened"))?))
    }

    /// A form to an endpoint that asks who we are; its JSON answer.
    async fn ask(&self, at: &str, form: Vec<(String, String)>) -> Result<Value, RpError> {
        let answer = self.send_form(at, form).await?;
        if !(200..300).contains(&answer.status) {
            let why = answer.json().ok();
            let why = why.as_ref().and_then(|v| v.get("error")).and_then(Value::as_str).unwrap_or_default();
            let why: String = why.chars().filter(char::is_ascii_graphic).take(60).collect();
            tracing::warn!(provider = %self.config.name, status = answer.status, error = %why, "a provider refused us");
            // RFC 6749 §5.2; with any other status it is no answer of a token endpoint.
            if answer.status == 400 && why == "invalid_grant" {
                return Err(RpError::Ended);
            }
            return Err(Trouble::Status(answer.status).into());
        }
        if !answer.is_json {
            return Err(Trouble::NotJson.into());
        }
        Ok(answer.json()?)
    }

    async fn send_form(&self, at: &str, mut form: Vec<(String, String)>) -> Result<outgoing::Answer, RpError> {
        let mut request = self.remote.outgoing.post(&self.remote.address(at)?)?;
        let client = &self.config.client_id;
        let has_id = form.iter().any(|(name, _)| name == "client_id");
        match &self.config.auth {
            ClientAuth::SecretBasic(secret) => {
                let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                request = request.basic_auth(encode(client), Some(encode(secret.expose())));
            }
            other => {
                if !has_id {
                    form.push(("client_id".into(), client.clone()));
                }
                match other {
                    ClientAuth::SecretPost(secret) => form.push(("client_secret".into(), secret.expose().into())),
                    ClientAuth::PrivateKeyJwt(signer) => {
                        let now = self.clock.now() / SECOND;
                        let claims = json!({
                            "iss": client, "sub": client, "aud": self.config.issuer, "iat": now, "exp": now + 60,
                            "jti": handles::new(&self.entropy).expose(),
                        });
                        let signed =
                            signer.sign("JWT", &claims).map_err(|_| RpError::Configured("the client's key"))?;
                        form.push(("client_assertion".into(), signed));
                        form.push((
                            "client_assertion_type".into(),
                            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".into(),
                        ));
                    }
                    ClientAuth::None | ClientAuth::SecretBasic(_) => {}
                }
            }
        }
        Ok(self.remote.outgoing.send(request.form(&form)).await?)
    }

    async fn userinfo(
        &self,
        at: &str,
        access: &str,
        claims: &Map<String, Value>,
    ) -> Result<Map<String, Value>, RpError> {
        let request = self.remote.outgoing.get(&self.remote.address(at)?)?.bearer_auth(access);
        let answer = self.remote.outgoing.send(request).await?;
        if answer.status != 200 {
            return Err(Trouble::Status(answer.status).into());
        }
        if !answer.is_json {
            return Err(Trouble::NotJson.into());
        }
        let Value::Object(said) = answer.json()? else { return Err(Trouble::NotJson.into()) };
        // Else the token of one person could bring the data of another (Core §5.3.2).
        if said.get("sub").is_none() || said.get("sub") != claims.get("sub") {
            return Err(RpError::OtherPerson);
        }
        Ok(said)
    }

    fn arrived(
        &self,
        claims: &Map<String, Value>,
        said: &Map<String, Value>,
        id_token: &str,
        data: Value,
        wanted: Option<&str>,
    ) -> Result<Arrived, RpError> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(str::to_owned);
        let level = text("acr").and_then(|acr| self.config.level(&acr).cloned());
        if let Some(wanted) = wanted {
            let rank = level.as_ref().and_then(|level| self.config.rank(level));
            if rank.is_none() || rank < self.config.rank(wanted) {
                return Err(RpError::TooWeak);
            }
        }
        let value = |theirs: &String| said.get(theirs).or_else(|| claims.get(theirs)).cloned();
        let known = self.config.claim_map.iter();
        let amr = claims.get("amr").and_then(Value::as_array);
        Ok(Arrived {
            subject: text("sub").unwrap_or_default(),
            sid: text("sid"),
            level,
            amr: amr.map(|all| all.iter().filter_map(Value::as_str).map(str::to_owned).collect()).unwrap_or_default(),
            auth_time: jws::seconds(claims, "auth_time").map(|s| s.saturating_mul(SECOND)),
            claims: known.filter_map(|(ours, theirs)| Some((ours.clone(), value(theirs)?))).collect(),
            data,
            id_token: Secret::new(id_token),
        })
    }

    /// Forgets flows that nobody came back from, and sessions that are over; for the worker.
    pub async fn sweep(&self) -> Result<(), Error> {
        let now = self.clock.now();
        self.store
            .write(move |tx: Tx| async move {
                for (text, before) in [
                    ("DELETE FROM rp_flow WHERE expires_at < $1", now),
                    ("DELETE FROM oidc_seen WHERE expires_at < $1", now),
                    ("DELETE FROM rp_session WHERE ended_at < $1", now - DAY),
                    ("DELETE FROM rp_session WHERE created_at < $1", now - SESSION),
                ] {
                    Sql::new(text).bind(before).exec(&tx).await?;
                }
                Ok(())
            })
            .await
    }
}

/// Only codes that somebody acts upon: what the other side wrote is not carried further.
fn known_refusal(code: &str) -> &'static str {
    const KNOWN: [&str; 8] = [
        "access_denied",
        "login_required",
        "consent_required",
        "interaction_required",
        "account_selection_required",
        "unmet_authentication_requirements",
        "temporarily_unavailable",
        "server_error",
    ];
    KNOWN.into_iter().find(|known| *known == code).unwrap_or("other")
}
