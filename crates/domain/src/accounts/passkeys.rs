//! Passkeys (khóa truy cập, WebAuthn, A17): discoverable, with user verification, so that one is two factors by itself. The
//! state of a ceremony lies in a flow row and is used once.

use super::{
    Accounts, Error, FlowKind, Kind, NewSession, Signed, Visitor,
    activity::{self, Act, Happened},
    backup_codes,
    flows::{self, Flow, NewFlow},
    otp::host,
    rows, sessions,
    totp::with_method,
};
use crate::{
    error::Error as Shared,
    limits::{self, LOGIN_PER_ADDRESS},
};
use base::{clock::Millis, ids::Uuid, keys::Secret};
use serde::de::DeserializeOwned;
use store::FromRow;
use store::{ConnectionTrait, Insert, Sql, Tx};
use webauthn_rs::prelude::{
    CredentialID, DiscoverableAuthentication, DiscoverableKey, Passkey, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder,
};

/// Passkeys an account may have.
pub const MOST: usize = 10;

/// Name and origin of this site; `None` where browsers allow no passkeys (plain http, a bare address).
pub(crate) fn rules(origin: &str, name: &str) -> Option<Webauthn> {
    let url = Url::parse(origin).ok()?;
    let host = host(origin);
    let secure = url.scheme() == "https" || host == "localhost";
    if !secure || host.parse::<std::net::IpAddr>().is_ok() {
        return None;
    }
    WebauthnBuilder::new(host, &url).ok()?.rp_name(name).build().ok()
}

/// A line of the security page.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub id: Uuid,
    pub name: String,
    pub created_at: Millis,
    pub last_used_at: Option<Millis>,
}

pub(crate) async fn list(db: &impl ConnectionTrait, account: Uuid) -> Result<Vec<Line>, store::Error> {
    Sql::new("SELECT id, name, created_at, last_used_at FROM passkey WHERE account_id = $1 ORDER BY id")
        .bind(account)
        .all(db)
        .await
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    data: String,
}

impl Row {
    fn passkey(&self) -> Option<Passkey> {
        serde_json::from_str(&self.data).ok()
    }
}

fn state<T: DeserializeOwned>(flow: &Flow) -> Result<T, Error> {
    flow.data.get("state").and_then(|s| serde_json::from_value(s.clone()).ok()).ok_or(Error::FlowGone)
}

fn json(value: &impl serde::Serialize) -> Result<serde_json::Value, Error> {
    serde_json::to_value(value).map_err(|_| Shared::Internal("a passkey ceremony cannot be written").into())
}

fn parse<T: DeserializeOwned>(answer: serde_json::Value) -> Result<T, Error> {
    serde_json::from_value(answer).map_err(|_| Error::PasskeyRefused)
}

impl Accounts {
    fn webauthn(&self) -> Result<&Webauthn, Error> {
        self.passkeys.as_deref().ok_or(Error::PasskeyRefused)
    }

    /// Whether this site can have passkeys at all.
    pub fn has_passkeys(&self) -> bool {
        self.passkeys.is_some()
    }

    async fn open_ceremony(&self, new: NewFlow, visitor: Option<&Visitor>) -> Result<Secret, Error> {
        let core = self.core.clone();
        let token = flows::new_token(&core);
        let group = visitor.map(Visitor::address_group);
        self.core
            .store
            .write(move |tx: Tx| async move {
                if let Some(group) = group
                    && let Err(over) =
                        limits::hit(&tx, &core.keys, LOGIN_PER_ADDRESS, group.as_bytes(), core.now()).await?
                {
                    return Ok(Err(Shared::TooOften { again_at: over.again_at }));
                }
                flows::open(&core, &tx, new, &token).await?;
                Ok::<_, Error>(Ok(token))
            })
            .await?
            .map_err(Error::from)
    }

    /// Options for `navigator.credentials.create` and the token for the flow's cookie.
    /// Errors: `StepUp`, `PasskeyRefused`, `State` with ten already.
    pub async fn start_passkey(&self, signed: &Signed) -> Result<(serde_json::Value, Secret), Error> {
        self.require_fresh_or_duty(signed)?;
        let rows: Vec<Row> = Sql::new("SELECT id, account_id, data FROM passkey WHERE account_id = $1")
            .bind(signed.account)
            .all(self.core.store.read())
            .await?;
        if rows.len() >= MOST {
            return Err(Shared::State.into());
        }
        let known: Vec<CredentialID> = rows.iter().filter_map(Row::passkey).map(|p| p.cred_id().clone()).collect();
        let name = signed.phone.as_ref().map(|p| p.national()).or_else(|| signed.username.clone()).unwrap_or_default();
        let (options, state) = self
            .webauthn()?
            .start_passkey_registration(signed.account, &name, &signed.name, Some(known))
            .map_err(|_| Error::PasskeyRefused)?;
        let mut options = json(&options)?;
        // Found without a typed name later (conditional UI): the crate asks for this only with attestation.
        if let Some(wish) = options.pointer_mut("/publicKey/authenticatorSelection").and_then(|w| w.as_object_mut()) {
            wish.insert("residentKey".into(), "required".into());
            wish.insert("requireResidentKey".into(), true.into());
        }
        let new = NewFlow {
            kind: FlowKind::PasskeyAdd,
            account: Some(signed.account),
            phone: None,
            step: flows::PASSKEY,
            data: serde_json::json!({ "state": json(&state)? }),
        };
        Ok((options, self.open_ceremony(new, None).await?))
    }

    /// Takes what the browser made. As with TOTP: other sessions end, this one gets another token; with the first factor
    /// there are backup codes. Errors: `PasskeyRefused`, `FlowGone`, `StepUp`, `Invalid` (name).
    pub async fn finish_passkey(
        &self,
        signed: &Signed,
        token: &str,
        answer: serde_json::Value,
        name: &str,
    ) -> Result<(Secret, Vec<Secret>), Error> {
        self.require_fresh_or_duty(signed)?;
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::PasskeyAdd, token, flows::PASSKEY).await?;
        if flow.account != Some(signed.account) {
            return Err(Error::FlowGone);
        }
        let name = passkey_name(name, &signed.method)?;
        let answer: RegisterPublicKeyCredential = parse(answer)?;
        let registration: PasskeyRegistration = state(&flow)?;
        let passkey =
            self.webauthn()?.finish_passkey_registration(&answer, &registration).map_err(|_| Error::PasskeyRefused)?;
        let data = json(&passkey)?.to_string();
        let credential: Vec<u8> = passkey.cred_id().to_vec();
        let (core, account, session) = (self.core.clone(), signed.account, signed.session);
        let method = with_method(&signed.method, "passkey");
        let done = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                flows::end(&tx, &flow, now).await?;
                let added = Insert::into("passkey")
                    .set("id", core.new_id())
                    .set("account_id", account)
                    .set("credential_id", credential)
                    .set("name", name.clone())
                    .set("data", data)
                    .set("created_at", now)
                    .or_ignore()
                    .exec(&tx)
                    .await?;
                if added == 0 {
                    return Err(Error::PasskeyRefused);
                }
                activity::write(&core, &tx, Act::own(account, Happened::PasskeyAdded).detail(&name)).await?;
                let codes = backup_codes::make_first(&core, &tx, account).await?;
                sessions::end(&core, &tx, account, Some(session), "factor-added").await?;
                let token =
                    sessions::rotate(&core, &tx, session, &method).await?.ok_or(Error::from(Shared::NotFound))?;
                Ok((token, codes))
            })
            .await?;
        self.cache.forget(account);
        Ok(done)
    }

    /// Options for `navigator.credentials.get` on a sign-in page: any passkey of this site.
    pub async fn start_passkey_sign_in(
        &self,
        kind: Kind,
        visitor: &Visitor,
    ) -> Result<(serde_json::Value, Secret), Error> {
        let (options, state) =
            self.webauthn()?.start_discoverable_authentication().map_err(|_| Error::PasskeyRefused)?;
        let new = NewFlow {
            kind: FlowKind::PasskeyLogin,
            account: None,
            phone: None,
            step: flows::PASSKEY,
            data: serde_json::json!({ "state": json(&state)?, "realm": kind.as_str() }),
        };
        let mut options = json(&options)?;
        // Whether the browser offers it in the autofill or at a button's press is decided on the page.
        if let Some(top) = options.as_object_mut() {
            top.remove("mediation");
        }
        Ok((options, self.open_ceremony(new, Some(visitor)).await?))
    }

    /// Signs in. Errors: `PasskeyRefused` for everything that does not fit, `FlowGone`.
    pub async fn finish_passkey_sign_in(
        &self,
        token: &str,
        answer: serde_json::Value,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::PasskeyLogin, token, flows::PASSKEY).await?;
        let Some(kind) = Kind::parse(flow.text("realm")) else { return Err(Error::FlowGone) };
        let used = self.verify_passkey(&flow, answer, None).await?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        self.core
            .store
            .write(move |tx: Tx| async move {
                flows::end(&tx, &flow, core.now()).await?;
                // Who takes the account's keys away meanwhile either finds this session and ends it, or is waited for here.
                tx.lock("account", used.account).await?;
                let realm: Option<String> =
                    Sql::new("SELECT kind FROM account WHERE id = $1 AND blocked_at IS NULL AND deleted_at IS NULL")
                        .bind(used.account)
                        .scalar(&tx)
                        .await?;
                if realm.as_deref() != Some(kind.as_str()) {
                    return Err(Error::PasskeyRefused);
                }
                let account = used.account;
                used.note(&tx, core.now()).await?;
                Ok(sessions::open(&core, &tx, account, kind, "passkey", &visitor).await?)
            })
            .await
    }

    /// Options for proving oneself again with a passkey of one's own.
    pub async fn start_passkey_step_up(&self, signed: &Signed) -> Result<(serde_json::Value, Secret), Error> {
        let (options, state) =
            self.webauthn()?.start_discoverable_authentication().map_err(|_| Error::PasskeyRefused)?;
        let new = NewFlow {
            kind: FlowKind::StepUp,
            account: Some(signed.account),
            phone: None,
            step: flows::PASSKEY,
            data: serde_json::json!({ "state": json(&state)? }),
        };
        let mut options = json(&options)?;
        if let Some(top) = options.as_object_mut() {
            top.remove("mediation");
        }
        Ok((options, self.open_ceremony(new, None).await?))
    }

    /// The new token of the same session.
    pub async fn finish_passkey_step_up(
        &self,
        signed: &Signed,
        token: &str,
        answer: serde_json::Value,
    ) -> Result<Secret, Error> {
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::StepUp, token, flows::PASSKEY).await?;
        if flow.account != Some(signed.account) {
            return Err(Error::FlowGone);
        }
        let used = self.verify_passkey(&flow, answer, Some(signed.account)).await?;
        let (core, session) = (self.core.clone(), signed.session);
        let method = with_method(&signed.method, "passkey");
        let token = self
            .core
            .store
            .write(move |tx: Tx| async move {
                flows::end(&tx, &flow, core.now()).await?;
                used.note(&tx, core.now()).await?;
                sessions::rotate(&core, &tx, session, &method).await?.ok_or(Error::from(Shared::NotFound))
            })
            .await?;
        self.cache.forget(signed.account);
        Ok(token)
    }

    /// Checks an answer against the stored key. `owner`: it must be a key of this account.
    async fn verify_passkey(&self, flow: &Flow, answer: serde_json::Value, owner: Option<Uuid>) -> Result<Used, Error> {
        let answer: PublicKeyCredential = parse(answer)?;
        let webauthn = self.webauthn()?;
        let (person, credential) =
            webauthn.identify_discoverable_authentication(&answer).map_err(|_| Error::PasskeyRefused)?;
        let row: Option<Row> =
            Sql::new("SELECT id, account_id, data FROM passkey WHERE credential_id = $1 AND account_id = $2")
                .bind(credential.to_vec())
                .bind(person)
                .one(self.core.store.read())
                .await?;
        let row = row.filter(|r| owner.is_none_or(|o| o == r.account_id)).ok_or(Error::PasskeyRefused)?;
        let mut passkey = row.passkey().ok_or(Error::PasskeyRefused)?;
        let authentication: DiscoverableAuthentication = state(flow)?;
        let result = webauthn
            .finish_discoverable_authentication_v2(&answer, authentication, DiscoverableKey::from(&passkey))
            .map_err(|_| Error::PasskeyRefused)?;
        if !result.user_verified() {
            return Err(Error::PasskeyRefused);
        }
        let changed = passkey.update_credential(&result) == Some(true);
        let data = if changed { Some(json(&passkey)?.to_string()) } else { None };
        Ok(Used { id: row.id, account: row.account_id, data })
    }

    /// Takes a passkey away. Errors: `StepUp`, `NotFound`, `LastFactor` for staff.
    pub async fn remove_passkey(&self, signed: &Signed, id: Uuid) -> Result<(), Error> {
        signed.require_fresh(self.core.now())?;
        let (core, account, staff) = (self.core.clone(), signed.account, signed.kind == Kind::Staff);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let Some(now) = rows::by_id(&tx, account).await? else { return Err(Shared::NotFound.into()) };
                let last = now.passkeys <= 1 && now.totp_confirmed_at.is_none();
                if staff && last {
                    return Err(Error::LastFactor);
                }
                let name: Option<String> =
                    Sql::new("DELETE FROM passkey WHERE id = $1 AND account_id = $2 RETURNING name")
                        .bind(id)
                        .bind(account)
                        .scalar(&tx)
                        .await?;
                let Some(name) = name else { return Err(Shared::NotFound.into()) };
                if last {
                    Sql::new("DELETE FROM backup_code WHERE account_id = $1").bind(account).exec(&tx).await?;
                }
                Ok(activity::write(&core, &tx, Act::own(account, Happened::PasskeyRemoved).detail(&name)).await?)
            })
            .await
    }

    /// Gives a passkey another name. Errors: `Invalid`, `NotFound`.
    pub async fn rename_passkey(&self, signed: &Signed, id: Uuid, name: &str) -> Result<(), Error> {
        let name = passkey_name(name, "")?;
        let account = signed.account;
        let changed = self
            .core
            .store
            .write(move |tx: Tx| async move {
                Sql::new("UPDATE passkey SET name = $1 WHERE id = $2 AND account_id = $3")
                    .bind(name)
                    .bind(id)
                    .bind(account)
                    .exec(&tx)
                    .await
            })
            .await?;
        if changed == 1 { Ok(()) } else { Err(Shared::NotFound.into()) }
    }
}

/// A passkey that answered rightly.
#[derive(Clone)]
struct Used {
    id: Uuid,
    account: Uuid,
    /// The key with its new counter, when that changed.
    data: Option<String>,
}

impl Used {
    /// Errors: `PasskeyRefused` when the key was taken away meanwhile.
    async fn note(self, tx: &Tx, now: Millis) -> Result<(), Error> {
        let mut update = store::Update::table("passkey").set("last_used_at", now);
        if let Some(data) = self.data {
            update = update.set("data", data);
        }
        if update.by_id(self.id, tx).await? == 1 { Ok(()) } else { Err(Error::PasskeyRefused) }
    }
}

/// What the person calls it; an empty field takes `otherwise`.
fn passkey_name(typed: &str, otherwise: &str) -> Result<String, Error> {
    let name = base::text::one_line(typed.get(..typed.len().min(400)).unwrap_or(""));
    let name = if name.is_empty() { otherwise.to_owned() } else { name };
    if name.chars().count() > 60 {
        return Err(Error::field("name", "passkey-name-long"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a17_passkeys_need_https_or_localhost() {
        assert!(rules("https://congdan.example.vn", "X").is_some());
        assert!(rules("http://localhost:8080", "X").is_some());
        for no in ["http://congdan.example.vn", "https://203.0.113.9", "nonsense"] {
            assert!(rules(no, "X").is_none(), "{no}");
        }
    }
}
