//! Signing in with a password (đăng nhập, A3, A14). Every try is counted before the password is looked at, by what was typed
//! and not by what exists, so that unknown, wrong and locked look and take the same; the answer to five wrong ones is waiting,
//! never a closed door: recovery by SMS stays open.

use super::{
    Accounts, Error, FlowKind, Kind, NewSession, Username, Visitor,
    factors::FactorCode,
    flows::{self, NewFlow},
    linked,
    rows::{self, Credentials},
    sessions,
};
use crate::{
    core::Core,
    error::Error as Shared,
    limits::{self, LOGIN_PER_ADDRESS},
};
use base::{
    clock::{HOUR, MINUTE, Millis, SECOND},
    ids::Uuid,
    keys::{Purpose, Secret},
    phone::PhoneNumber,
};
use store::FromRow;
use store::{Sql, Tx};

/// Wrong passwords without any wait.
pub const FREE_TRIES: i32 = 5;
/// The longest wait.
const LONGEST_WAIT: Millis = 5 * MINUTE;
/// Wrong tries older than this are forgotten.
const FORGET: Millis = HOUR;

/// The wait after so many wrong passwords: none for the first four, then 1 s, 2 s, 4 s … at most five minutes.
pub fn wait_after(wrong: i32) -> Millis {
    if wrong < FREE_TRIES {
        return 0;
    }
    let doublings = (wrong - FREE_TRIES).min(16) as u32;
    (SECOND << doublings).min(LONGEST_WAIT)
}

/// What was typed to name an account.
#[derive(Clone)]
pub(crate) enum Named {
    Phone(PhoneNumber),
    Username(String),
    /// Neither: no account can have it, but it costs the same.
    Nothing(String),
}

impl Named {
    pub fn parse(typed: &str) -> Self {
        if let Ok(phone) = PhoneNumber::parse(typed) {
            return Self::Phone(phone);
        }
        match Username::parse(typed) {
            Ok(name) => Self::Username(name.as_str().to_owned()),
            Err(_) => Self::Nothing(typed.chars().take(100).collect::<String>().trim().to_lowercase()),
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::Phone(phone) => phone.as_e164(),
            Self::Username(name) | Self::Nothing(name) => name,
        }
    }
}

/// How signing in went.
#[derive(Debug)]
pub enum Entered {
    In(NewSession),
    /// The password was right; the second factor is asked next. The token is for the flow's cookie.
    SecondFactor {
        token: Secret,
    },
}

/// A counted try.
#[derive(Clone)]
pub(crate) struct Try(Vec<u8>);

/// Counts a try. `Err(time)`: not before then.
pub(crate) async fn count_try(core: &Core, tx: &Tx, key: &[&[u8]]) -> Result<Result<Try, Millis>, store::Error> {
    let key = core.keys.hash(Purpose::Limit, key).to_vec();
    let now = core.now();
    #[derive(FromRow)]
    struct Row {
        wrong: i32,
        again_at: Millis,
    }
    // The counting statement locks the row, so that of many tries at one moment each sees the ones before it.
    let row: Option<Row> = Sql::new(
        "INSERT INTO login_attempt (key, wrong, last_at, again_at) VALUES ($1, 1, $2, $2)
         ON CONFLICT (key) DO UPDATE SET
            wrong = CASE WHEN login_attempt.again_at > $2 THEN login_attempt.wrong
                         WHEN login_attempt.last_at < $3 THEN 1 ELSE login_attempt.wrong + 1 END,
            last_at = CASE WHEN login_attempt.again_at > $2 THEN login_attempt.last_at ELSE $2 END
         RETURNING wrong, again_at",
    )
    .bind(key.clone())
    .bind(now)
    .bind(now - FORGET)
    .one(tx)
    .await?;
    let Some(row) = row else { return Ok(Err(now + SECOND)) };
    if row.again_at > now {
        return Ok(Err(row.again_at));
    }
    let wait = wait_after(row.wrong);
    if wait > 0 {
        Sql::new("UPDATE login_attempt SET again_at = $1 WHERE key = $2")
            .bind(now + wait)
            .bind(key.clone())
            .exec(tx)
            .await?;
    }
    Ok(Ok(Try(key)))
}

/// The try was right: everything counted for this key is forgotten.
pub(crate) async fn forgive(tx: &Tx, counted: &Try) -> Result<(), store::Error> {
    Sql::new("DELETE FROM login_attempt WHERE key = $1").bind(counted.0.clone()).exec(tx).await?;
    Ok(())
}

impl Accounts {
    /// Signs in at the door of `kind` with a phone or username and a password.
    /// Errors: `WrongCredentials`, `TooOften`, `Busy`; nothing else, whatever the account's state.
    pub async fn sign_in(
        &self,
        kind: Kind,
        typed: &str,
        password: &Secret,
        visitor: &Visitor,
    ) -> Result<Entered, Error> {
        let named = Named::parse(typed);
        let found = match &named {
            Named::Phone(phone) => rows::by_phone(self.core.store.read(), kind, phone).await?,
            Named::Username(name) => rows::by_username(self.core.store.read(), kind, name).await?,
            Named::Nothing(_) => rows::by_username(self.core.store.read(), kind, "").await?,
        };
        let device = self.known_device(found.as_ref(), visitor).await?;
        let counted = self.count_sign_in(kind, &named, device, visitor).await?;
        // A blocked account is checked against nobody's hash: it must be as wrong, and take as long, as an unknown one.
        let hash = found.as_ref().filter(|f| f.blocked_at.is_none()).and_then(|f| f.password_hash.clone());
        let verified = self.hasher.verify(password, hash.as_deref()).await?;
        let (true, Some(account)) = (verified.right, found) else {
            metrics::counter!("sign_ins_total", "kind" => kind.as_str(), "result" => "wrong").increment(1);
            return Err(Error::WrongCredentials);
        };
        let better = if verified.outdated { Some(self.hasher.hash(password).await?) } else { None };
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let token = flows::new_token(&core);
        let old = hash.unwrap_or_default();
        let entered = self
            .core
            .store
            .write(move |tx: Tx| async move {
                // Checking a password takes a while; who was blocked, or whose password was replaced meanwhile, does not come in with the old one.
                tx.lock("account", account.id).await?;
                let stands = Sql::new(
                    "SELECT 1 FROM account WHERE id = $1 AND password_hash = $2 AND blocked_at IS NULL AND deleted_at IS NULL",
                );
                if stands.bind(account.id).bind(old.as_str()).scalar::<i32>(&tx).await?.is_none() {
                    return Err(Error::WrongCredentials);
                }
                forgive(&tx, &counted).await?;
                if let Some(better) = better {
                    // Only over the hash that was checked: a password changed meanwhile stays changed.
                    Sql::new("UPDATE account SET password_hash = $1 WHERE id = $2 AND password_hash = $3")
                        .bind(better)
                        .bind(account.id)
                        .bind(old)
                        .exec(&tx)
                        .await?;
                }
                if account.has_factor() {
                    let new = NewFlow {
                        kind: FlowKind::SecondFactor,
                        account: Some(account.id),
                        phone: None,
                        step: flows::FACTOR,
                        data: serde_json::json!({ "realm": kind.as_str() }),
                    };
                    flows::open(&core, &tx, new, &token).await?;
                    return Ok(Entered::SecondFactor { token });
                }
                Ok::<_, Error>(Entered::In(sessions::open(&core, &tx, account.id, kind, "password", &visitor).await?))
            })
            .await?;
        metrics::counter!("sign_ins_total", "kind" => kind.as_str(), "result" => "right").increment(1);
        Ok(entered)
    }

    /// The page after the password, or after the provider that a member of staff came over: a TOTP or a backup code (a passkey signs in by
    /// itself).
    /// Errors: `WrongFactor`, `TooOften`, `FlowGone`.
    pub async fn finish_second_factor(
        &self,
        token: &str,
        code: FactorCode,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::SecondFactor, token, flows::FACTOR).await?;
        let (Some(account), Some(kind)) = (flow.account, Kind::parse(flow.text("realm"))) else {
            return Err(Error::FlowGone);
        };
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let answer = self
            .core
            .store
            .write(move |tx: Tx| async move {
                // Blocked or deleted since the first step: the flow is worth nothing.
                let alive = rows::by_id(&tx, account).await?.is_some_and(|a| a.blocked_at.is_none());
                if !alive {
                    return Err(Error::FlowGone);
                }
                let factor = super::factors::check(&core, &tx, account, &code).await?;
                let came = linked::staff::Came::of(&flow);
                let method = match factor {
                    super::factors::Checked::Right(method) => {
                        format!("{}+{method}", came.as_ref().map_or("password", |came| &came.method))
                    }
                    refused => return Ok(Err(refused)),
                };
                flows::end(&tx, &flow, core.now()).await?;
                if let Some(came) = &came {
                    came.note(&core, &tx, account).await?;
                }
                // Who came over a provider: what it ends, it knows by this id.
                let how = (kind, method.as_str());
                Ok::<_, Error>(Ok(sessions::open_as(&core, &tx, flow.id, account, how, &visitor).await?))
            })
            .await?;
        answer.map_err(super::factors::Checked::into_error)
    }

    /// Whether this browser signed in to this account before. A known device has its own count, so that a stranger's wrong
    /// tries do not make the owner wait.
    pub(super) async fn known_device(
        &self,
        found: Option<&Credentials>,
        visitor: &Visitor,
    ) -> Result<Option<Vec<u8>>, Error> {
        let Some(key) = visitor.device_key(&self.core.keys) else { return Ok(None) };
        // Asked for unknown accounts too, so that the work is the same.
        let account = found.map_or(Uuid::nil(), |f| f.id);
        let known: Option<i32> = Sql::new("SELECT 1 FROM session WHERE account_id = $1 AND device_key = $2 LIMIT 1")
            .bind(account)
            .bind(key.clone())
            .scalar(self.core.store.read())
            .await?;
        Ok(known.map(|_| key))
    }

    pub(super) async fn count_sign_in(
        &self,
        kind: Kind,
        named: &Named,
        device: Option<Vec<u8>>,
        visitor: &Visitor,
    ) -> Result<Try, Error> {
        let (core, named, group) = (self.core.clone(), named.key().to_owned(), visitor.address_group());
        let counted = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                if let Err(over) = limits::hit(&tx, &core.keys, LOGIN_PER_ADDRESS, group.as_bytes(), now).await? {
                    return Ok(Err(over.again_at));
                }
                let device = device.unwrap_or_default();
                let key: [&[u8]; 4] = [b"sign-in", kind.as_str().as_bytes(), named.as_bytes(), &device];
                Ok::<_, Error>(count_try(&core, &tx, &key).await?)
            })
            .await?;
        counted.map_err(|again_at| Shared::TooOften { again_at }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a14_the_wait_grows_and_has_an_end() {
        let waits: Vec<Millis> = (0..9).map(|n| wait_after(n) / SECOND).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!(wait_after(1_000), LONGEST_WAIT);
    }

    #[test]
    fn a3_a_sign_in_field_takes_a_phone_or_a_username() {
        assert!(matches!(Named::parse("0914 402 045"), Named::Phone(_)));
        assert!(matches!(Named::parse("Lan.Nguyen"), Named::Username(n) if n == "lan.nguyen"));
        assert!(matches!(Named::parse("' OR 1=1 --"), Named::Nothing(_)));
    }
}
