//! Staff who sign in over a provider (A16, A17): only over the account elsewhere that they linked here themselves before, and with the
//! second factor that the password asks for, too. Nobody becomes staff by it; what a citizen linked is another table's.
//!
//! ```text
//! somebody arrives ─┬─ nobody's link, or the account is deleted ──▶ told what to do
//!                   ├─ blocked ───────────────────────────────────▶ refused
//!                   ├─ a second factor is set up ──▶ flow `second-factor` ──▶ signed in
//!                   └─ none, or the provider's word is enough ─────▶ signed in; what is owed is asked for as after a password
//! ```

use super::{cut, hash_of};
use crate::{
    accounts::{
        Accounts, Assurance, Error, Flow, FlowKind, Kind, NewSession, Signed, Visitor,
        activity::{self, Act, Happened},
        flows::{self, NewFlow},
        linked::Line,
        rows, sessions,
    },
    audit::{self, By, Entry},
    core::Core,
    error::Error as Shared,
    notices::{self, Notice},
};
use base::{ids::Uuid, keys::Secret};
use store::{FromRow, Insert, Sql, Tx};

/// Somebody whom a provider sent to the door of staff: no number, no name, because roles are local and nothing else is asked.
#[derive(Clone)]
pub struct StaffArrival {
    /// As it is named in the configuration; the namespace of `subject`.
    pub provider: String,
    pub subject: String,
    pub level: Assurance,
    /// The level is one that the province takes for two factors.
    pub two_factor: bool,
}

impl std::fmt::Debug for StaffArrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StaffArrival({}, {})", self.provider, self.level.as_str())
    }
}

impl StaffArrival {
    /// `via-dvcqg+verified`: how a session that began so is called.
    fn method(&self) -> String {
        let method = format!("via-{}+{}", self.provider, self.level.as_str());
        if self.two_factor { format!("{method}+{}", sessions::TWO_FACTORS_THERE) } else { method }
    }

    fn came(&self) -> Came {
        Came { method: self.method(), provider: self.provider.clone(), level: self.level.as_str().into() }
    }

    fn hash(&self, core: &Core) -> Vec<u8> {
        hash_of(core, "staff-linked", &self.provider, &self.subject)
    }
}

/// How arriving went.
#[derive(Debug)]
pub enum Welcome {
    In(NewSession),
    /// The second factor is asked next. The token is for the flow's cookie, `session` the id that the session will have.
    SecondFactor {
        token: Secret,
        session: Uuid,
    },
    /// Nobody's.
    Unknown,
}

/// The first step of a sign-in that began elsewhere, as it waits for the second.
pub(in crate::accounts) struct Came {
    pub method: String,
    provider: String,
    level: String,
}

impl Came {
    /// `None`: the first step was a password.
    pub fn of(flow: &Flow) -> Option<Self> {
        let text = |key| flow.text(key).to_owned();
        let came = Self { method: text("came"), provider: text("provider"), level: text("level") };
        (!came.method.is_empty()).then_some(came)
    }

    /// One line in the audit log for a session that opens.
    pub async fn note(&self, core: &Core, tx: &Tx, account: Uuid) -> Result<(), store::Error> {
        let data = serde_json::json!({ "provider": self.provider, "level": self.level });
        note(core, tx, "staff-sign-in-elsewhere", account, data).await
    }
}

async fn note(
    core: &Core,
    tx: &Tx,
    act: &'static str,
    account: Uuid,
    data: serde_json::Value,
) -> Result<(), store::Error> {
    let unit: Option<String> = Sql::new(
        "SELECT unit FROM staff_role WHERE account_id = $1 ORDER BY CASE unit WHEN '*' THEN 1 ELSE 0 END, unit",
    )
    .bind(account)
    .scalar(tx)
    .await?;
    let by = By::Staff { account, unit: unit.unwrap_or_else(|| "*".into()) };
    let entry = Entry { by, act, object: format!("account {account}"), reason: String::new(), data };
    audit::write(tx, &core.clock, &core.entropy, entry).await
}

#[derive(FromRow)]
struct Owner {
    account_id: Uuid,
}

async fn owner_of(core: &Core, tx: &Tx, arrival: &StaffArrival) -> Result<Option<Uuid>, store::Error> {
    let found: Option<Owner> = Sql::new("SELECT account_id FROM staff_link WHERE provider = $1 AND subject_hash = $2")
        .bind(arrival.provider.as_str())
        .bind(arrival.hash(core))
        .one(tx)
        .await?;
    Ok(found.map(|owner| owner.account_id))
}

/// Takes every link of an account away, and sign-ins that wait for their second step: an administrator helps somebody back in, who begins
/// anew.
pub(crate) async fn forget(tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    Sql::new("DELETE FROM staff_link WHERE account_id = $1").bind(account).exec(tx).await?;
    end_waiting(tx, account).await
}

async fn end_waiting(tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    Sql::new("DELETE FROM flow WHERE account_id = $1 AND kind = $2")
        .bind(account)
        .bind(FlowKind::SecondFactor.as_str())
        .exec(tx)
        .await
        .map(|_| ())
}

/// Staff only, and nobody who still owes a password or a factor. Errors: `Forbidden`.
fn require_staff(signed: &Signed) -> Result<(), Error> {
    let is_open = signed.kind == Kind::Staff && signed.duty().is_none();
    if is_open { Ok(()) } else { Err(Shared::Forbidden.into()) }
}

impl Accounts {
    /// Somebody arrived at the door of staff. Errors: `Blocked`.
    pub async fn arrive_as_staff(&self, arrival: StaffArrival, visitor: &Visitor) -> Result<Welcome, Error> {
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let token = flows::new_token(&core);
        let welcome = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let Some(owner) = owner_of(&core, &tx, &arrival).await? else { return Ok(Welcome::Unknown) };
                let Some(account) = rows::by_id(&tx, owner).await? else { return Ok(Welcome::Unknown) };
                if account.blocked_at.is_some() {
                    return Err(Error::Blocked { reason: account.block_reason.unwrap_or_default() });
                }
                Sql::new("UPDATE staff_link SET used_at = $1, level = $2 WHERE account_id = $3 AND provider = $4")
                    .bind(core.now())
                    .bind(arrival.level.as_str())
                    .bind(account.id)
                    .bind(arrival.provider.as_str())
                    .exec(&tx)
                    .await?;
                let came = arrival.came();
                if account.has_factor() && !arrival.two_factor {
                    let data = serde_json::json!({
                        "realm": Kind::Staff.as_str(), "came": came.method, "provider": came.provider, "level": came.level,
                    });
                    let (kind, account) = (FlowKind::SecondFactor, Some(account.id));
                    let new = NewFlow { kind, account, phone: None, step: flows::FACTOR, data };
                    let session = flows::open(&core, &tx, new, &token).await?.id;
                    return Ok(Welcome::SecondFactor { token, session });
                }
                came.note(&core, &tx, account.id).await?;
                let session = sessions::open(&core, &tx, account.id, Kind::Staff, &came.method, &visitor).await?;
                Ok::<_, Error>(Welcome::In(session))
            })
            .await;
        let result =
            if matches!(welcome, Ok(Welcome::In(_) | Welcome::SecondFactor { .. })) { "right" } else { "wrong" };
        metrics::counter!("sign_ins_total", "kind" => Kind::Staff.as_str(), "result" => result).increment(1);
        welcome
    }

    /// The accounts elsewhere that lead to this member of staff, oldest first.
    pub async fn staff_links(&self, account: Uuid) -> Result<Vec<Line>, Error> {
        let sql = "SELECT provider, level, linked_at, used_at FROM staff_link WHERE account_id = $1 ORDER BY linked_at, provider";
        Ok(Sql::new(sql).bind(account).all(self.core.store.read()).await?)
    }

    /// Links the account elsewhere that the owner of this session just came from. The caller asked for a fresh proof before it sent them.
    /// Errors: `LinkedElsewhere` (another member's), `LinkedAlready` (this member has another one there), `Forbidden`.
    pub async fn link_staff(&self, signed: &Signed, arrival: StaffArrival) -> Result<(), Error> {
        require_staff(signed)?;
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                let inserted = Insert::into("staff_link")
                    .set("account_id", account)
                    .set("provider", arrival.provider.as_str())
                    .set("subject_hash", arrival.hash(&core))
                    .set("level", arrival.level.as_str())
                    .set("linked_at", now)
                    .set("used_at", now)
                    .or_ignore()
                    .exec(&tx)
                    .await?;
                if inserted == 0 {
                    return match owner_of(&core, &tx, &arrival).await? {
                        Some(owner) if owner == account => Ok(()),
                        Some(_) => Err(Error::LinkedElsewhere),
                        None => Err(Error::LinkedAlready),
                    };
                }
                activity::write(&core, &tx, Act::own(account, Happened::Linked).detail(&arrival.provider)).await?;
                let data = serde_json::json!({ "provider": arrival.provider, "level": arrival.level.as_str() });
                note(&core, &tx, "staff-link", account, data).await?;
                let notice = Notice {
                    account,
                    kind: "account",
                    key: "notice-linked".into(),
                    args: Vec::new(),
                    link: "/can-bo/bao-mat".into(),
                    sms: None,
                };
                Ok::<_, Error>(notices::tell(&core, &tx, notice).await?)
            })
            .await
    }

    /// Takes a link away; other sessions that began over it end, and sign-ins that wait. Errors: `StepUp`, `NotFound`, `Forbidden`.
    pub async fn unlink_staff(&self, signed: &Signed, provider: &str) -> Result<(), Error> {
        require_staff(signed)?;
        signed.require_fresh(self.core.now())?;
        let (core, account, this, provider) = (self.core.clone(), signed.account, signed.session, provider.to_owned());
        self.core
            .store
            .write(move |tx: Tx| async move {
                cut(&tx, "staff_link", account, &provider).await?;
                Sql::new(
                    "UPDATE session SET ended_at = $1, ended_why = 'unlinked'
                     WHERE account_id = $2 AND id <> $3 AND ended_at IS NULL AND method LIKE $4",
                )
                .bind(core.now())
                .bind(account)
                .bind(this)
                .bind(format!("via-{provider}+%"))
                .exec(&tx)
                .await?;
                end_waiting(&tx, account).await?;
                activity::write(&core, &tx, Act::own(account, Happened::Unlinked).detail(&provider)).await?;
                Ok::<_, Error>(
                    note(&core, &tx, "staff-unlink", account, serde_json::json!({ "provider": provider })).await?,
                )
            })
            .await?;
        self.cache.forget(account);
        Ok(())
    }
}
