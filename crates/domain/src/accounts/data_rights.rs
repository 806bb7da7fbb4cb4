//! The rights of a person over their data (quyền riêng tư, A12; Law 91/2025/QH15, Decree 356/2025/NĐ-CP): download, correct,
//! delete, each with a tracker and the legal two working days.

use super::{
    Accounts, Error, Kind, Signed,
    activity::{self, Act, Happened},
    export::{self, Export},
    helping, sessions,
};
use crate::{
    audit::{self, By, Entry},
    banks,
    core::Core,
    documents,
    error::Error as Shared,
    notices::{self, Notice},
    organizations, payments,
    reports::follow,
    rights::{Officer, Right},
};
use base::{calendar::Limit, clock::Millis, ids::Uuid, phone::PhoneNumber, text};
use store::FromRow;
use store::{Insert, Sql, Tx};

/// How long an answer may take: Decree 356/2025, two working days.
pub const TERM: Limit = Limit::WorkingDays(2);

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestKind {
    Export,
    Correct,
    Delete,
}

impl RequestKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Export => "export",
            Self::Correct => "correct",
            Self::Delete => "delete",
        }
    }
}

/// A line of the tracker.
#[derive(Debug, Clone, FromRow, serde::Serialize)]
pub struct Request {
    pub id: Uuid,
    pub kind: String,
    pub note: String,
    /// `open`, `done` or `refused`
    pub state: String,
    pub created_at: Millis,
    pub due_at: Millis,
    pub done_at: Option<Millis>,
    pub answer: String,
}

/// What deletion keeps and why; the page lists these keys before it asks.
pub const KEPT: [&str; 7] =
    ["kept-reports", "kept-dossiers", "kept-payments", "kept-audit", "kept-consents", "kept-questions", "kept-request"];

const COLUMNS: &str = "SELECT id, kind, note, state, created_at, due_at, done_at, answer FROM data_request";

async fn insert(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    kind: RequestKind,
    note: &str,
    done: bool,
) -> Result<Uuid, store::Error> {
    let (id, now) = (core.new_id(), core.now());
    Insert::into("data_request")
        .set("id", id)
        .set("account_id", account)
        .set("kind", kind.as_str())
        .set("note", note)
        .set("state", if done { "done" } else { "open" })
        .set("created_at", now)
        .set("due_at", core.province().calendar().due_at(now, TERM, &[]))
        .set("done_at", done.then_some(now))
        .exec(tx)
        .await?;
    Ok(id)
}

impl Accounts {
    /// The tracker, newest first.
    pub async fn data_requests(&self, account: Uuid) -> Result<Vec<Request>, Error> {
        Ok(Sql::new(format!("{COLUMNS} WHERE account_id = $1 ORDER BY id DESC LIMIT 100"))
            .bind(account)
            .all(self.core.store.read())
            .await?)
    }

    /// «Tải dữ liệu của tôi»: at once, as JSON and as a text to read. Errors: `StepUp`.
    pub async fn export_data(&self, signed: &Signed) -> Result<Export, Error> {
        signed.require_fresh(self.core.now())?;
        let export = export::build(self, signed.account, signed.language).await?;
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                insert(&core, &tx, account, RequestKind::Export, "", true).await?;
                Ok::<_, Error>(activity::write(&core, &tx, Act::own(account, Happened::DataDownloaded)).await?)
            })
            .await?;
        Ok(export)
    }

    /// Asks for something to be put right that the person cannot change alone. Errors: `Invalid`, `TooOften` with five open.
    pub async fn request_correction(&self, signed: &Signed, note: &str) -> Result<Uuid, Error> {
        let note = text::lines(note.get(..note.len().min(20_000)).unwrap_or(""));
        match note.chars().count() {
            0 => return Err(Error::field("note", "correction-empty")),
            2001.. => return Err(Error::field("note", "correction-long")),
            _ => {}
        }
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let open: Option<i64> =
                    Sql::new("SELECT count(*) FROM data_request WHERE account_id = $1 AND state = 'open'")
                        .bind(account)
                        .scalar(&tx)
                        .await?;
                if open.unwrap_or(0) >= 5 {
                    let again_at = core.province().calendar().due_at(core.now(), TERM, &[]);
                    return Err(Shared::TooOften { again_at }.into());
                }
                let id = insert(&core, &tx, account, RequestKind::Correct, &note, false).await?;
                activity::write(&core, &tx, Act::own(account, Happened::DataRequest).detail("correct")).await?;
                Ok(id)
            })
            .await
    }

    /// Open requests of everybody, soonest due first, for who answers them. Errors: `Forbidden`.
    pub async fn open_data_requests(&self, by: &Officer) -> Result<Vec<Request>, Error> {
        answers_requests(by)?;
        Ok(Sql::new(format!("{COLUMNS} WHERE state = 'open' ORDER BY due_at, id LIMIT 200"))
            .all(self.core.store.read())
            .await?)
    }

    /// Answers a request; the person is told. Errors: `Forbidden`, `Invalid` without words, `State` when it was answered.
    pub async fn answer_data_request(&self, by: &Officer, id: Uuid, granted: bool, answer: &str) -> Result<(), Error> {
        answers_requests(by)?;
        let answer = text::lines(answer.get(..answer.len().min(20_000)).unwrap_or(""));
        if answer.is_empty() {
            return Err(Error::field("answer", "answer-missing"));
        }
        let by = By::Staff { account: by.account, unit: by.home_unit().to_owned() };
        let core = self.core.clone();
        self.core
            .store
            .write(move |tx: Tx| async move {
                let account: Option<Uuid> = Sql::new(
                    "UPDATE data_request SET state = $1, done_at = $2, answer = $3 WHERE id = $4 AND state = 'open'
                     RETURNING account_id",
                )
                .bind(if granted { "done" } else { "refused" })
                .bind(core.now())
                .bind(answer)
                .bind(id)
                .scalar(&tx)
                .await?;
                let Some(account) = account else { return Err(Shared::State.into()) };
                let notice = Notice {
                    account,
                    kind: "account",
                    key: "notice-data-ready".into(),
                    args: Vec::new(),
                    link: "/tai-khoan/quyen-rieng-tu".into(),
                    sms: None,
                };
                notices::tell(&core, &tx, notice).await?;
                let entry = Entry {
                    by,
                    act: "data-request-answer",
                    object: format!("data-request {id}"),
                    reason: String::new(),
                    data: serde_json::json!({ "granted": granted }),
                };
                Ok(audit::write(&tx, &core.clock, &core.entropy, entry).await?)
            })
            .await
    }

    /// Deletes the account of a citizen, at once and for good. What the law obliges to keep stays without the person: reports
    /// lose name and link, the audit log keeps ids only, consents and the request prove that all was asked and done.
    /// A guest's phone goes the same way (R3).
    /// Errors: `StepUp`, `Forbidden` for staff (their administrator deactivates them).
    pub async fn delete_account(&self, signed: &Signed) -> Result<(), Error> {
        signed.require_fresh(self.core.now())?;
        if matches!(signed.kind, Kind::Staff | Kind::Helper) {
            return Err(Shared::Forbidden.into());
        }
        let (core, account) = (self.core.clone(), signed.account);
        let phone = signed.phone.clone();
        let by = By::Citizen { account };
        self.core
            .store
            .write(move |tx: Tx| async move { erase(&core, &tx, account, phone.as_ref(), by).await })
            .await?;
        self.cache.forget(account);
        Ok(())
    }
}

/// Deletes an account with everything that is the person's. Errors: `NotFound` when it is gone.
pub(crate) async fn erase(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    phone: Option<&PhoneNumber>,
    by: By,
) -> Result<(), Error> {
    let now = core.now();
    let changed = Sql::new(
        "UPDATE account SET deleted_at = $1, updated_at = $1, phone = NULL, username = NULL, full_name = '',
            title = '', commune = NULL, address = '', email = NULL, password_hash = NULL, totp_sealed = NULL,
            totp_confirmed_at = NULL, notify_sms = FALSE, last_seen_at = NULL
         WHERE id = $2 AND deleted_at IS NULL",
    )
    .bind(now)
    .bind(account)
    .exec(tx)
    .await?;
    if changed == 0 {
        return Err(Error::from(Shared::NotFound));
    }
    sessions::end(core, tx, account, None, "deleted").await?;
    follow::forget(tx, account).await?;
    crate::reports::watch::forget(tx, account).await?;
    organizations::forget(core, tx, account, phone).await?;
    helping::forget(core, tx, account, phone).await?;
    banks::forget(core, tx, account).await?;
    payments::mine::forget(tx, account).await?;
    documents::forget(core, tx, account).await?;
    crate::reports::litter::of_account(tx, core.new_id(), account, now).await?;
    for table in [
        "session",
        "passkey",
        "backup_code",
        "activity",
        "notice",
        "saved_view",
        "idempotency",
        "flow",
        "guest",
        "guest_claimed",
        "linked_account",
        "account_fact",
        "registry_check",
    ] {
        Sql::new(format!("DELETE FROM {table} WHERE account_id = $1")).bind(account).exec(tx).await?;
    }
    // That the registry was asked, for what and when, stays; about whom does not.
    Sql::new("UPDATE registry_question SET account_id = NULL WHERE account_id = $1").bind(account).exec(tx).await?;
    organizations::behalf::forget(tx, account).await?;
    Sql::new("UPDATE report SET reporter = NULL, anonymous = TRUE WHERE reporter = $1").bind(account).exec(tx).await?;
    // A mark on a report stays for staff; who made it and in what words does not.
    Sql::new("UPDATE report_flag SET account_id = NULL, comment = '' WHERE account_id = $1")
        .bind(account)
        .exec(tx)
        .await?;
    Sql::new("UPDATE consent SET withdrawn_at = $1 WHERE account_id = $2 AND withdrawn_at IS NULL")
        .bind(now)
        .bind(account)
        .exec(tx)
        .await?;
    // What the person wrote to us about their data is their data too; nobody needs to answer it any more.
    Sql::new(
        "UPDATE data_request SET note = '', answer = '', state = CASE WHEN state = 'open' THEN 'done' ELSE state END,
            done_at = coalesce(done_at, $1) WHERE account_id = $2",
    )
    .bind(now)
    .bind(account)
    .exec(tx)
    .await?;
    insert(core, tx, account, RequestKind::Delete, "", true).await?;
    let entry = Entry {
        by,
        act: "account-delete",
        object: format!("account {account}"),
        reason: String::new(),
        data: serde_json::json!({}),
    };
    Ok(audit::write(tx, &core.clock, &core.entropy, entry).await?)
}

/// Requests are answered by who may also block accounts: the province's dispatcher.
fn answers_requests(by: &Officer) -> Result<(), Error> {
    if by.may(Right::AccountBlock, "*", &[]) { Ok(()) } else { Err(Shared::Forbidden.into()) }
}
