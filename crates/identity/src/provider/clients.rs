//! Clients: other systems that people sign in to through us. Staff of the role make them; nothing registers itself.

use super::{Provider, keys::SIGNED_WITH};
use crate::{
    error::Error,
    handles::{self, Kind},
    jws::{self, Alg},
};
use base::{clock::Millis, keys::Secret};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{FromRow, Insert, Sql, Tx, Update};
use url::Url;

/// How a client proves itself at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Auth {
    /// A public client (an app): its proof is PKCE alone.
    None,
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
}

impl Auth {
    pub const ALL: [Self; 4] = [Self::None, Self::ClientSecretBasic, Self::ClientSecretPost, Self::PrivateKeyJwt];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ClientSecretBasic => "client_secret_basic",
            Self::ClientSecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == name)
    }
}

/// A client to be made.
#[derive(Debug, Clone)]
pub struct NewClient {
    pub id: String,
    pub name: String,
    pub auth: Auth,
    /// Public keys of `private_key_jwt`.
    pub jwks: Value,
    /// Instead of them: where the client publishes its keys, so that it can turn them by itself.
    pub jwks_uri: Option<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_uris: Vec<String>,
    pub backchannel_logout_uri: Option<String>,
    /// Where it begins a sign-in that somebody else asked for (OpenID Connect Core 4).
    pub initiate_login_uri: Option<String>,
    /// `None`: the host of the redirect addresses, which must then be one.
    pub sector: Option<String>,
    pub scopes: Vec<String>,
    pub claims: Vec<String>,
    pub must_push: bool,
    pub may_refresh: bool,
    /// What its ID and logout tokens are signed with: ES256, or RS256 for those that know nothing younger.
    pub id_token_alg: Alg,
}

impl NewClient {
    pub fn new(id: &str, name: &str, auth: Auth, redirect_uri: &str) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            auth,
            jwks: json!({ "keys": [] }),
            jwks_uri: None,
            redirect_uris: vec![redirect_uri.into()],
            post_logout_uris: vec![],
            backchannel_logout_uri: None,
            initiate_login_uri: None,
            sector: None,
            scopes: vec!["openid".into()],
            claims: vec![],
            must_push: false,
            may_refresh: false,
            id_token_alg: Alg::ES256,
        }
    }
}

/// What is wrong with a client to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadClient {
    #[error("the id is 3 to 80 letters, digits, dashes, dots or underscores")]
    Id,
    #[error("the name is 1 to 120 characters")]
    Name,
    #[error(
        "an address is not allowed: https without a fragment, or an app's own scheme with a dot for a public client"
    )]
    Address,
    #[error("redirect addresses of several hosts need a sector")]
    Sector,
    #[error("private_key_jwt needs public keys or an address of such, not both, and all others none")]
    Keys,
    #[error("ID tokens are signed with ES256 or, for old clients, RS256")]
    Alg,
    #[error("a scope or claim that this provider does not have")]
    Unknown,
    #[error("there is a client with this id")]
    Exists,
}

/// A client as it stands in its row.
#[derive(Debug, Clone)]
pub struct Client {
    pub id: String,
    pub name: String,
    pub auth: Auth,
    pub(crate) secret_hash: Option<Vec<u8>>,
    pub(crate) jwks: Vec<Value>,
    pub(crate) jwks_uri: Option<String>,
    pub redirect_uris: Vec<String>,
    pub post_logout_uris: Vec<String>,
    pub backchannel_logout_uri: Option<String>,
    pub initiate_login_uri: Option<String>,
    pub sector: String,
    pub scopes: Vec<String>,
    pub claims: Vec<String>,
    pub must_push: bool,
    pub may_refresh: bool,
    pub(crate) id_token_alg: Alg,
}

#[derive(FromRow)]
struct Row {
    id: String,
    name: String,
    auth: String,
    secret_hash: Option<Vec<u8>>,
    jwks: String,
    redirect_uris: String,
    post_logout_uris: String,
    backchannel_logout_uri: Option<String>,
    initiate_login_uri: Option<String>,
    sector: String,
    scopes: String,
    claims: String,
    must_push: bool,
    may_refresh: bool,
    id_token_alg: String,
}

impl Row {
    fn client(self) -> Result<Client, Error> {
        let list = |text: &str| serde_json::from_str(text).map_err(|_| Error::Internal("a client's row"));
        let jwks: Value = serde_json::from_str(&self.jwks).unwrap_or_default();
        Ok(Client {
            auth: Auth::parse(&self.auth).ok_or(Error::Internal("a client's row"))?,
            jwks: jws::keys_of(&jwks),
            jwks_uri: jwks.get(JWKS_URI).and_then(Value::as_str).map(str::to_owned),
            redirect_uris: list(&self.redirect_uris)?,
            post_logout_uris: list(&self.post_logout_uris)?,
            scopes: list(&self.scopes)?,
            claims: list(&self.claims)?,
            id: self.id,
            name: self.name,
            secret_hash: self.secret_hash,
            backchannel_logout_uri: self.backchannel_logout_uri,
            initiate_login_uri: self.initiate_login_uri,
            sector: self.sector,
            must_push: self.must_push,
            may_refresh: self.may_refresh,
            id_token_alg: Alg::parse(&self.id_token_alg).ok_or(Error::Internal("a client's row"))?,
        })
    }
}

/// A client whose row can be written.
#[derive(Clone)]
pub struct ReadyClient {
    pub id: String,
    /// Known here and now only; `None` for clients without one.
    pub secret: Option<Secret>,
    columns: Vec<(&'static str, store::Value)>,
    now: Millis,
}

impl ReadyClient {
    /// Writes the row. False: there is one with this id, and it is not to be replaced.
    pub async fn put(self, tx: &Tx, replace: bool) -> Result<bool, Error> {
        let row = Insert::into("oidc_client").set("id", self.id.clone()).set("created_at", self.now).or_ignore();
        let row = self.columns.clone().into_iter().fold(row, |row, (name, value)| row.set(name, value));
        let made = row.exec(tx).await?;
        if made > 0 || !replace {
            return Ok(made > 0);
        }
        let row = Update::table("oidc_client");
        let row = self.columns.into_iter().fold(row, |row, (name, value)| row.set(name, value));
        Ok(row.by(vec![("id", self.id.into())], tx).await? > 0)
    }
}

/// Stands in the column of the keys where the client publishes them itself.
const JWKS_URI: &str = "jwks_uri";

const COLUMNS: &str = "id, name, auth, secret_hash, jwks, redirect_uris, post_logout_uris, backchannel_logout_uri,
    initiate_login_uri, sector, scopes, claims, must_push, may_refresh, id_token_alg";

impl Provider {
    /// A client that may be used; `None` for unknown and disabled ones alike.
    pub async fn client(&self, id: &str) -> Result<Option<Client>, Error> {
        if id.is_empty() || id.len() > 80 {
            return Ok(None);
        }
        let row: Option<Row> =
            Sql::new(format!("SELECT {COLUMNS} FROM oidc_client WHERE id = $1 AND disabled_at IS NULL"))
                .bind(id)
                .one(self.store.read())
                .await?;
        row.map(Row::client).transpose()
    }

    /// Every client that may be used, by name. There are as many as systems that somebody connected by hand.
    pub async fn clients(&self) -> Result<Vec<Client>, Error> {
        let rows: Vec<Row> = Sql::new(format!(
            "SELECT {COLUMNS} FROM oidc_client WHERE disabled_at IS NULL ORDER BY name, id LIMIT 500"
        ))
        .all(self.store.read())
        .await?;
        rows.into_iter().map(Row::client).collect()
    }

    /// Makes a client. The secret is known here and now only; `None` for clients without one.
    pub async fn add_client(&self, new: NewClient) -> Result<Result<Option<Secret>, BadClient>, Error> {
        self.keep_client(new, false).await
    }

    /// Makes a client, or puts this one in the place of the one with its id: from now on its name, addresses and secret are these.
    /// For a role whose clients stand in its configuration. What people agreed to stays, and so does a disabled client's state.
    pub async fn put_client(&self, new: NewClient) -> Result<Result<Option<Secret>, BadClient>, Error> {
        self.keep_client(new, true).await
    }

    async fn keep_client(&self, new: NewClient, replace: bool) -> Result<Result<Option<Secret>, BadClient>, Error> {
        let ready = match self.ready_client(new) {
            Ok(ready) => ready,
            Err(bad) => return Ok(Err(bad)),
        };
        let secret = ready.secret.clone();
        let kept = self.store.write(move |tx: Tx| async move { ready.put(&tx, replace).await }).await;
        match kept {
            Ok(true) => Ok(Ok(secret)),
            Ok(false) => Ok(Err(BadClient::Exists)),
            Err(error) => Err(error),
        }
    }

    /// A client that fits, for a role that makes it together with something of its own.
    pub fn ready_client(&self, new: NewClient) -> Result<ReadyClient, BadClient> {
        let sector = self.check(&new)?;
        let with_secret = matches!(new.auth, Auth::ClientSecretBasic | Auth::ClientSecretPost);
        let secret = with_secret.then(|| handles::new(&self.entropy));
        let hash = secret.as_ref().and_then(|s| handles::hash(&self.keys, Kind::ClientSecret, s.expose()));
        Ok(ReadyClient { id: new.id.clone(), columns: columns(new, sector, hash), secret, now: self.now() })
    }

    /// From now on the client is as if it were not there; its tokens end.
    pub async fn disable_client(&self, id: &str) -> Result<(), Error> {
        let (provider, id) = (self.clone(), id.to_owned());
        self.store.write(move |tx: Tx| async move { provider.disable_in(&tx, &id).await }).await
    }

    /// The same in the caller's transaction.
    pub async fn disable_in(&self, tx: &Tx, id: &str) -> Result<(), Error> {
        let now = self.now();
        Sql::new("UPDATE oidc_client SET disabled_at = $1 WHERE id = $2 AND disabled_at IS NULL")
            .bind(now)
            .bind(id)
            .exec(tx)
            .await?;
        Sql::new(
            "UPDATE oidc_family SET revoked_at = $1, revoked_why = 'revoked' WHERE client_id = $2 AND revoked_at IS NULL",
        )
        .bind(now)
        .bind(id)
        .exec(tx)
        .await?;
        Ok(())
    }

    /// The sector, when everything fits.
    fn check(&self, new: &NewClient) -> Result<String, BadClient> {
        let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if !(3..=80).contains(&new.id.len()) || !new.id.chars().all(is_id) {
            return Err(BadClient::Id);
        }
        if !(1..=120).contains(&new.name.trim().chars().count()) {
            return Err(BadClient::Name);
        }
        let public = new.auth == Auth::None;
        let addresses = new.redirect_uris.iter().chain(&new.post_logout_uris);
        if new.redirect_uris.is_empty() || !addresses.clone().all(|uri| self.is_address(uri, public)) {
            return Err(BadClient::Address);
        }
        if !new.backchannel_logout_uri.iter().chain(&new.initiate_login_uri).all(|uri| self.is_address(uri, false)) {
            return Err(BadClient::Address);
        }
        let keys = jws::keys_of(&new.jwks);
        let ways = usize::from(!keys.is_empty()) + usize::from(new.jwks_uri.is_some());
        if ways != usize::from(new.auth == Auth::PrivateKeyJwt) || !keys.iter().all(jws::is_public) {
            return Err(BadClient::Keys);
        }
        let may_ask = |uri: &str| Url::parse(uri).is_ok_and(|url| self.outgoing.may_ask(&url));
        if !new.jwks_uri.iter().all(|uri| self.is_address(uri, false) && may_ask(uri)) {
            return Err(BadClient::Address);
        }
        if !SIGNED_WITH.contains(&new.id_token_alg) {
            return Err(BadClient::Alg);
        }
        let scopes_known = new.scopes.iter().all(|s| self.settings.knows_scope(s));
        if !scopes_known || !new.claims.iter().all(|c| self.settings.knows_claim(c)) {
            return Err(BadClient::Unknown);
        }
        if let Some(sector) = &new.sector {
            return if (1..=200).contains(&sector.len()) { Ok(sector.clone()) } else { Err(BadClient::Sector) };
        }
        let mut hosts: Vec<String> = new.redirect_uris.iter().filter_map(|uri| host_of(uri)).collect();
        hosts.dedup();
        match hosts.as_slice() {
            [one] => Ok(one.clone()),
            _ => Err(BadClient::Sector),
        }
    }

    /// Whether a client that proves itself with a secret may have this address.
    pub fn takes_address(&self, uri: &str) -> bool {
        self.is_address(uri, false)
    }

    /// Whether people or logout tokens may be sent there.
    fn is_address(&self, uri: &str, public: bool) -> bool {
        let Ok(url) = Url::parse(uri) else { return false };
        let plain = uri.len() <= 500 && uri.bytes().all(|b| (0x21..0x7f).contains(&b));
        let no_extras =
            !uri.contains('#') && url.username().is_empty() && url.password().is_none() && !uri.contains('*');
        let scheme = match url.scheme() {
            "https" => url.host().is_some(),
            "http" => self.settings.allow_private && url.host().is_some(),
            // An app's own scheme is a name turned round (RFC 8252), so it has a dot.
            own => public && own.contains('.'),
        };
        plain && no_extras && scheme
    }
}

/// A client's row but for its id and when it was made.
fn columns(new: NewClient, sector: String, secret_hash: Option<Vec<u8>>) -> Vec<(&'static str, store::Value)> {
    vec![
        ("name", new.name.into()),
        ("auth", new.auth.as_str().into()),
        ("secret_hash", secret_hash.into()),
        ("jwks", new.jwks_uri.map_or(new.jwks, |uri| json!({ JWKS_URI: uri })).to_string().into()),
        ("redirect_uris", json!(new.redirect_uris).to_string().into()),
        ("post_logout_uris", json!(new.post_logout_uris).to_string().into()),
        ("backchannel_logout_uri", new.backchannel_logout_uri.into()),
        ("initiate_login_uri", new.initiate_login_uri.into()),
        ("sector", sector.into()),
        ("scopes", json!(new.scopes).to_string().into()),
        ("claims", json!(new.claims).to_string().into()),
        ("must_push", new.must_push.into()),
        ("may_refresh", new.may_refresh.into()),
        ("id_token_alg", new.id_token_alg.as_str().into()),
    ]
}

fn host_of(uri: &str) -> Option<String> {
    let url = Url::parse(uri).ok()?;
    Some(url.host_str().map_or_else(|| url.scheme().to_owned(), str::to_owned))
}

/// What a client's own proofs may be signed with.
pub(crate) const ASSERTION_ALGS: [Alg; 4] = [Alg::ES256, Alg::PS256, Alg::RS256, Alg::EdDSA];

/// A token id is new; at most once until `expires_at`. Runs in the act's own transaction.
pub(crate) async fn is_first(
    tx: &Tx,
    who: String,
    jti_hash: Vec<u8>,
    expires_at: Millis,
) -> Result<bool, store::Error> {
    let seen = Insert::into("oidc_seen")
        .set("who", who)
        .set("jti_hash", jti_hash)
        .set("expires_at", expires_at)
        .or_ignore()
        .exec(tx)
        .await?;
    Ok(seen > 0)
}
