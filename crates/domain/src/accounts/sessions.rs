//! Sessions (phiên đăng nhập, A8, A17): an opaque random token in a cookie, its keyed hash in a row. Looked up with the account
//! and the roles in one read, kept in memory for a few seconds, ended one by one or all at once.

use super::{
    Accounts, Error, Kind, Visitor,
    activity::{self, Act, Happened},
    encode,
    helping::{self, Acting},
    rows::Assurance,
};
use crate::{
    audit::By,
    core::Core,
    error::Error as Shared,
    notices::{self, Notice},
    organizations::Behalf,
    rights::{Grant, Officer, Role},
};
use base::{
    clock::{DAY, HOUR, MINUTE, Millis},
    i18n::Lang,
    ids::Uuid,
    keys::{Purpose, Secret},
    phone::PhoneNumber,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use store::FromRow;
use store::{Insert, Sql, Tx};

/// How old a proof of the person may be before a sensitive act (A17).
pub const FRESH: Millis = 10 * MINUTE;
/// `last_seen_at` is written at most this often.
const TOUCH: Millis = 5 * MINUTE;
/// How long a node may trust what it read; another node's ending of a session is noticed after this at the latest.
const CACHED: Duration = Duration::from_secs(3);

impl Kind {
    /// A session ends after this without use. Staff sit at shared desks; a citizen's phone is their own.
    pub fn idle(self) -> Millis {
        match self {
            Self::Citizen => 30 * DAY,
            Self::Staff => 30 * MINUTE,
            // Long enough to write a report on a bad line; the next time a new code is asked for.
            Self::Guest => 12 * HOUR,
            // Who helps is back at their own account soon.
            Self::Helper => HOUR,
        }
    }

    /// And after this in any case.
    pub fn absolute(self) -> Millis {
        match self {
            Self::Citizen => 180 * DAY,
            Self::Staff => 12 * HOUR,
            Self::Guest => DAY,
            Self::Helper => 12 * HOUR,
        }
    }
}

/// What a member of staff must do before anything else (A16).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// The first password was given by somebody else.
    ChangePassword,
    /// There is no second factor yet.
    EnrolFactor,
}

/// A signed-in person. `Debug` shows ids only.
#[derive(Clone)]
pub struct Signed {
    pub session: Uuid,
    pub account: Uuid,
    pub kind: Kind,
    pub name: String,
    pub username: Option<String>,
    pub phone: Option<PhoneNumber>,
    pub commune: Option<String>,
    pub assurance: Assurance,
    pub language: Lang,
    pub text_size: i32,
    /// How the person proved themselves: `password+totp`, `passkey` …
    pub method: String,
    pub created_at: Millis,
    pub expires_at: Millis,
    pub proved_at: Millis,
    /// Who acts for the owner of this account (A19): of a session of the kind `Helper`.
    pub acting: Option<Acting>,
    /// For which organisation the person works in this session (A11); only a citizen's own has one.
    pub behalf: Option<Behalf>,
    must_change_password: bool,
    grants: Vec<Grant>,
}

impl Signed {
    /// `None` when everything of the realm is open.
    pub fn duty(&self) -> Option<Duty> {
        match self.kind {
            Kind::Staff if self.must_change_password => Some(Duty::ChangePassword),
            Kind::Staff if !is_two_factor(&self.method) => Some(Duty::EnrolFactor),
            _ => None,
        }
    }

    /// The officer, when this is a member of staff who may use the console.
    pub fn officer(&self) -> Option<Officer> {
        (self.kind == Kind::Staff && self.duty().is_none()).then(|| Officer {
            account: self.account,
            name: self.name.clone(),
            grants: self.grants.clone(),
        })
    }

    pub fn by(&self) -> By {
        match self.kind {
            Kind::Citizen | Kind::Guest => By::Citizen { account: self.account },
            Kind::Helper => By::Citizen { account: self.acting.as_ref().map_or(self.account, |acting| acting.helper) },
            Kind::Staff => {
                let unit = self.grants.iter().find(|g| g.unit != "*").or(self.grants.first());
                By::Staff { account: self.account, unit: unit.map_or_else(|| "*".into(), |g| g.unit.clone()) }
            }
        }
    }

    /// Errors: `StepUp` when the last proof of the person is older than ten minutes.
    pub fn require_fresh(&self, now: Millis) -> Result<(), Error> {
        if now - self.proved_at <= FRESH { Ok(()) } else { Err(Shared::StepUp.into()) }
    }
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signed({} {})", self.kind.as_str(), self.account)
    }
}

/// In a session's method: the provider where it began asked for two factors, and its word is taken for it (A16).
pub(crate) const TWO_FACTORS_THERE: &str = "two-factor";

/// A second factor was part of it; a passkey with user verification is two factors by itself.
pub(crate) fn is_two_factor(method: &str) -> bool {
    method.split('+').any(|m| matches!(m, "totp" | "backup" | "passkey" | TWO_FACTORS_THERE))
}

/// A session just opened: the web puts the token into the cookie.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub token: Secret,
    pub session: Uuid,
    pub account: Uuid,
    pub expires_at: Millis,
}

/// A line of «Thiết bị đăng nhập».
#[derive(Debug, Clone, FromRow)]
pub struct Device {
    pub id: Uuid,
    pub device: String,
    pub method: String,
    pub created_at: Millis,
    pub last_seen_at: Millis,
}

/// What a session's row holds instead of its token. Public for the benchmark, which opens thousands of sessions at once.
pub fn token_hash(core: &Core, token: &str) -> [u8; 32] {
    core.keys.hash(Purpose::Session, &[b"session", token.as_bytes()])
}

/// Opens a session in the caller's transaction, writes the activity and, when the browser is new to the account, a notice.
pub(crate) async fn open(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    kind: Kind,
    method: &str,
    visitor: &Visitor,
) -> Result<NewSession, store::Error> {
    open_as(core, tx, core.new_id(), account, (kind, method), visitor).await
}

/// The same with an id that is known already: of the flow that the session comes of.
pub(crate) async fn open_as(
    core: &Core,
    tx: &Tx,
    session: Uuid,
    account: Uuid,
    (kind, method): (Kind, &str),
    visitor: &Visitor,
) -> Result<NewSession, store::Error> {
    let now = core.now();
    let token = Secret::new(encode(&core.entropy.bytes::<32>()));
    let device_key = visitor.device_key(&core.keys);
    #[derive(FromRow)]
    struct Before {
        total: i64,
        same: i64,
    }
    let before: Option<Before> = Sql::new(
        "SELECT count(*) AS total, coalesce(sum(CASE WHEN device_key = $2 THEN 1 ELSE 0 END), 0) AS same
         FROM session WHERE account_id = $1 AND mandate_id IS NULL",
    )
    .bind(account)
    .bind(device_key.clone())
    .one(tx)
    .await?;
    let expires_at = now + kind.absolute();
    Insert::into("session")
        .set("id", session)
        .set("account_id", account)
        .set("token_hash", token_hash(core, token.expose()).to_vec())
        .set("method", method)
        .set("device", visitor.label.clone())
        .set("device_key", device_key)
        .set("created_at", now)
        .set("last_seen_at", now)
        .set("expires_at", expires_at)
        .set("proved_at", now)
        .exec(tx)
        .await?;
    Sql::new("UPDATE account SET last_seen_at = $1 WHERE id = $2").bind(now).bind(account).exec(tx).await?;
    activity::write(core, tx, Act::own(account, Happened::SignedIn).device(&visitor.label).detail(method)).await?;
    // Whose number it is, only a proof of this moment says; a password says whose it once was.
    if kind == Kind::Citizen && method.starts_with("otp") {
        super::guests::claim(core, tx, account).await?;
    }
    if kind != Kind::Guest && before.is_some_and(|b| b.total > 0 && b.same == 0) {
        let notice = Notice {
            account,
            kind: "account",
            key: "notice-new-device".into(),
            args: vec![("device", visitor.label.clone())],
            link: "/tai-khoan/thiet-bi".into(),
            sms: None,
        };
        notices::tell(core, tx, notice).await?;
    }
    metrics::counter!("sessions_opened_total", "kind" => kind.as_str()).increment(1);
    Ok(NewSession { token, session, account, expires_at })
}

/// Ends sessions of an account: all, or all but one. Returns how many. The caller forgets the account in the cache after the
/// commit.
pub(crate) async fn end(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    but: Option<Uuid>,
    why: &'static str,
) -> Result<u64, store::Error> {
    let mut sql =
        Sql::new("UPDATE session SET ended_at = $1, ended_why = $2 WHERE account_id = $3 AND ended_at IS NULL")
            .bind(core.now())
            .bind(why)
            .bind(account);
    if let Some(but) = but {
        let mark = sql.value(but);
        sql.push(&format!(" AND id <> {mark}"));
    }
    sql.exec(tx).await
}

/// Gives a session another token and notes that the person proved themselves now; the old token is dead with the commit.
pub(crate) async fn rotate(core: &Core, tx: &Tx, session: Uuid, method: &str) -> Result<Option<Secret>, store::Error> {
    let token = Secret::new(encode(&core.entropy.bytes::<32>()));
    let changed =
        Sql::new("UPDATE session SET token_hash = $1, proved_at = $2, method = $3 WHERE id = $4 AND ended_at IS NULL")
            .bind(token_hash(core, token.expose()).to_vec())
            .bind(core.now())
            .bind(method)
            .bind(session)
            .exec(tx)
            .await?;
    Ok((changed == 1).then_some(token))
}

/// Sessions read a moment ago.
#[derive(Clone)]
pub(crate) struct Cache {
    entries: moka::sync::Cache<[u8; 32], Arc<Read>>,
    /// Raised with every forgetting: what was read before it must not be put in after it.
    generation: Arc<AtomicU64>,
}

struct Read {
    signed: Arc<Signed>,
    last_seen_at: Millis,
}

impl Cache {
    pub fn new() -> Self {
        let entries = moka::sync::Cache::builder()
            .max_capacity(50_000)
            .time_to_live(CACHED)
            .support_invalidation_closures()
            .build();
        Self { entries, generation: Arc::new(AtomicU64::new(0)) }
    }

    /// Nothing read before this call is answered after it.
    pub fn forget(&self, account: Uuid) {
        self.generation.fetch_add(1, Ordering::SeqCst);
        // A session in which somebody acts hangs on both accounts. Refused only when the cache was built without closures.
        let is_of = move |signed: &Signed| {
            signed.account == account || signed.acting.as_ref().is_some_and(|acting| acting.helper == account)
        };
        if self.entries.invalidate_entries_if(move |_, read| is_of(&read.signed)).is_err() {
            self.entries.invalidate_all();
        }
    }

    fn put(&self, key: [u8; 32], read: Arc<Read>, generation: u64) {
        self.entries.insert(key, read);
        if self.generation.load(Ordering::SeqCst) != generation {
            self.entries.invalidate(&key);
        }
    }
}

#[derive(FromRow)]
struct Row {
    session: Uuid,
    account_id: Uuid,
    method: String,
    created_at: Millis,
    last_seen_at: Millis,
    expires_at: Millis,
    proved_at: Millis,
    mandate_id: Option<Uuid>,
    helper_session: Option<Uuid>,
    behalf_code: Option<String>,
    behalf_name: Option<String>,
    kind: String,
    full_name: String,
    username: Option<String>,
    phone: Option<String>,
    commune: Option<String>,
    assurance: String,
    language: String,
    text_size: i32,
    must_change_password: bool,
    unit: Option<String>,
    role: Option<String>,
}

impl Accounts {
    /// Who a token belongs to; `None` when to nobody (any more). One read at most, none while it is fresh in memory.
    pub async fn session(&self, token: &str) -> Result<Option<Arc<Signed>>, Error> {
        if token.is_empty() || token.len() > 128 {
            return Ok(None);
        }
        let key = token_hash(&self.core, token);
        let read = match self.cache.entries.get(&key) {
            Some(read) => read,
            None => {
                let generation = self.cache.generation.load(Ordering::SeqCst);
                let Some(read) = self.read_session(&key).await? else { return Ok(None) };
                let read = Arc::new(read);
                self.cache.put(key, read.clone(), generation);
                read
            }
        };
        let now = self.core.now();
        let signed = read.signed.clone();
        if now >= signed.expires_at || now - read.last_seen_at > signed.kind.idle() {
            return Ok(None);
        }
        if now - read.last_seen_at >= TOUCH {
            self.touch(&signed, now).await;
            let generation = self.cache.generation.load(Ordering::SeqCst);
            // Only refreshed, never revived: a session that was ended meanwhile is not in the cache any more.
            if self.cache.entries.contains_key(&key) {
                self.cache.put(key, Arc::new(Read { signed: signed.clone(), last_seen_at: now }), generation);
            }
        }
        Ok(Some(signed))
    }

    async fn read_session(&self, key: &[u8; 32]) -> Result<Option<Read>, Error> {
        let rows: Vec<Row> = Sql::new(
            "SELECT s.id AS session, s.account_id, s.method, s.created_at, s.last_seen_at, s.expires_at, s.proved_at,
                s.mandate_id, s.helper_session, s.behalf_code, s.behalf_name, a.kind, a.full_name, a.username, a.phone, a.commune, a.assurance, a.language, a.text_size,
                a.must_change_password, r.unit, r.role
             FROM session s JOIN account a ON a.id = s.account_id LEFT JOIN staff_role r ON r.account_id = a.id
             WHERE s.token_hash = $1 AND s.ended_at IS NULL AND a.blocked_at IS NULL AND a.deleted_at IS NULL",
        )
        .bind(key.to_vec())
        .all(self.core.store.read())
        .await?;
        // A role that is no longer in the table gives no right.
        let grants = rows
            .iter()
            .filter_map(|r| Some(Grant { unit: r.unit.clone()?, role: Role::parse(r.role.as_deref()?)? }))
            .collect();
        let Some(r) = rows.into_iter().next() else { return Ok(None) };
        let Some(mut kind) = Kind::parse(&r.kind) else { return Ok(None) };
        let mut acting = None;
        if let Some(mandate) = r.mandate_id {
            let (db, own) = (self.core.store.read(), r.helper_session.unwrap_or_default());
            acting = helping::standing(&self.core, db, r.account_id, mandate, own).await?;
            kind = Kind::Helper;
            if acting.is_none() {
                return Ok(None);
            }
        }
        let signed = Signed {
            session: r.session,
            account: r.account_id,
            kind,
            name: r.full_name,
            username: r.username,
            phone: r.phone.and_then(|p| PhoneNumber::parse(&p).ok()),
            commune: r.commune,
            assurance: Assurance::parse(&r.assurance),
            language: Lang::parse(&r.language).unwrap_or(Lang::VI),
            text_size: r.text_size,
            method: r.method,
            created_at: r.created_at,
            expires_at: r.expires_at,
            proved_at: r.proved_at,
            acting,
            behalf: Behalf::of_row(r.behalf_code, r.behalf_name).filter(|_| kind == Kind::Citizen),
            must_change_password: r.must_change_password,
            grants,
        };
        Ok(Some(Read { signed: Arc::new(signed), last_seen_at: r.last_seen_at }))
    }

    /// Notes the use of a session. A store that cannot write now must not sign people out.
    async fn touch(&self, signed: &Signed, now: Millis) {
        let (session, account, helped) = (signed.session, signed.account, signed.acting.is_some());
        let written = self
            .core
            .store
            .write(move |tx: Tx| async move {
                Sql::new(
                    "UPDATE session SET last_seen_at = $1 WHERE id = $2 AND ended_at IS NULL AND last_seen_at < $1",
                )
                .bind(now)
                .bind(session)
                .exec(&tx)
                .await?;
                // Who is helped is not here.
                if helped {
                    return Ok(());
                }
                Sql::new("UPDATE account SET last_seen_at = $1 WHERE id = $2")
                    .bind(now)
                    .bind(account)
                    .exec(&tx)
                    .await?;
                Ok::<_, store::Error>(())
            })
            .await;
        if let Err(e) = written {
            tracing::debug!(error = %e, "the use of a session was not noted");
        }
    }

    /// «Thiết bị đăng nhập»: the living sessions, last used first.
    pub async fn devices(&self, signed: &Signed) -> Result<Vec<Device>, Error> {
        let now = self.core.now();
        Ok(Sql::new(
            "SELECT id, device, method, created_at, last_seen_at FROM session
             WHERE account_id = $1 AND mandate_id IS NULL AND ended_at IS NULL AND expires_at > $2 AND last_seen_at >= $3
             ORDER BY last_seen_at DESC, id DESC LIMIT 100",
        )
        .bind(signed.account)
        .bind(now)
        .bind(now - signed.kind.idle())
        .all(self.core.store.read())
        .await?)
    }

    /// «Đăng xuất» and «Đăng xuất thiết bị này». Errors: `NotFound` for a session of somebody else.
    pub async fn end_session(&self, signed: &Signed, session: Uuid) -> Result<(), Error> {
        let (core, account, own) = (self.core.clone(), signed.account, session == signed.session);
        let ended = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let ended = Sql::new(
                    "UPDATE session SET ended_at = $1, ended_why = $2 WHERE id = $3 AND account_id = $4 AND ended_at IS NULL",
                )
                .bind(core.now())
                .bind(if own { "signed-out" } else { "ended-by-person" })
                .bind(session)
                .bind(account)
                .exec(&tx)
                .await?;
                if ended == 1 {
                    let what = if own { Happened::SignedOut } else { Happened::SessionEnded };
                    activity::write(&core, &tx, Act::own(account, what)).await?;
                }
                Ok::<_, Error>(ended)
            })
            .await?;
        self.cache.forget(account);
        if ended == 1 { Ok(()) } else { Err(Shared::NotFound.into()) }
    }

    /// «Đăng xuất khỏi mọi thiết bị»; `keep_this`: all others only. Returns how many ended.
    pub async fn end_sessions(&self, signed: &Signed, keep_this: bool) -> Result<u64, Error> {
        let (core, account) = (self.core.clone(), signed.account);
        let but = keep_this.then_some(signed.session);
        let ended = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let ended = end(&core, &tx, account, but, "ended-by-person").await?;
                if ended > 0 {
                    activity::write(&core, &tx, Act::own(account, Happened::SessionEnded).detail(&ended.to_string()))
                        .await?;
                }
                Ok::<_, Error>(ended)
            })
            .await?;
        self.cache.forget(account);
        Ok(ended)
    }
}
