//! «Hoạt động tài khoản» (A18): what happened to my account, and every look of a member of staff at my data, with the unit and
//! the reason. Written in the transaction of the act itself.

use super::{Accounts, Error};
use crate::{
    audit::{self, By, Entry},
    core::Core,
};
use base::{clock::Millis, ids::Uuid};
use store::FromRow;
use store::{Insert, Sql, Tx};

/// What may happen to an account. The text key is `activity-` and the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happened {
    Registered,
    SignedIn,
    SignedOut,
    SessionEnded,
    PasswordChanged,
    PasswordRecovered,
    PhoneChanged,
    UsernameChanged,
    ProfileChanged,
    SettingsChanged,
    PasskeyAdded,
    PasskeyRemoved,
    TotpOn,
    TotpOff,
    BackupCodesMade,
    BackupCodeUsed,
    ConsentGiven,
    ConsentWithdrawn,
    DataDownloaded,
    DataRequest,
    FactorReset,
    Blocked,
    Unblocked,
    /// An account elsewhere leads here from now on.
    Linked,
    Unlinked,
    /// What a card says is kept as read from it.
    CardKept,
    /// It is kept no longer: taken away, or proven to be another account's.
    CardGone,
    /// The population registry was asked; the detail is the request's id.
    RegistryAsked,
    Verified,
    /// Something that the registry does not confirm is kept as it is (N7).
    HeldKept,
    /// I signed with an organisation's token (A11); the detail is its name, here and below.
    OrganizationSigned,
    OrganizationJoined,
    OrganizationDeclined,
    /// I left it, or was taken out.
    OrganizationLeft,
    /// My role in it is another one.
    OrganizationRole,
    /// I invited somebody or took that back.
    OrganizationChanged,
    /// In this session I work for an organisation (A11), at a province.
    BehalfBegan,
    BehalfEnded,
    /// I sent a report for one; the detail is its code and the name.
    BehalfReported,
    /// Bank accounts are linked from now on (N13); the detail is the bank, as it is configured, here and below.
    BankLinked,
    BankUnlinked,
    /// The bank said that one is linked no longer.
    BankEnded,
    /// I went to the gateway to pay a fee (P2), and a fee was paid; the detail is the payment's reference.
    FeePayStarted,
    FeePaid,
    /// I put a paper into my store of papers (N6), saved one, took one out. Which one is not said: its name may tell of health or family.
    DocumentAdded,
    DocumentTaken,
    DocumentRemoved,
    /// I asked somebody to help me, or took that back (A19); who is on the other side is `by`, here and below.
    HelpAsked,
    /// Somebody helps me from now on.
    HelpBegan,
    HelpEnded,
    /// Somebody opened a session in which they act for me.
    HelpEntered,
    /// Something was done for me; the detail is the act and the report's code.
    HelpDid,
    /// I help somebody.
    HelpingBegan,
    HelpingEnded,
    ChildAdded,
    ChildDeleted,
    /// A code was made by which the account is handed over at full age, mine or my child's.
    ChildCode,
    /// I took over the account that my guardian kept; or my child did.
    ChildClaimed,
    /// A member of staff asked, for somebody at the desk, whether an account holds my number (A7).
    NumberLooked,
    /// My number was released at the desk.
    NumberReleased,
    /// My number went to who proved it by something stronger.
    NumberPassed,
    /// The number's owner goes on in this account by a signature (N4); nothing of before opens it.
    SignedOver,
    /// A member of staff saw my data.
    Look,
}

impl Happened {
    pub const ALL: [Self; 63] = [
        Self::Registered,
        Self::SignedIn,
        Self::SignedOut,
        Self::SessionEnded,
        Self::PasswordChanged,
        Self::PasswordRecovered,
        Self::PhoneChanged,
        Self::UsernameChanged,
        Self::ProfileChanged,
        Self::SettingsChanged,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::TotpOn,
        Self::TotpOff,
        Self::BackupCodesMade,
        Self::BackupCodeUsed,
        Self::ConsentGiven,
        Self::ConsentWithdrawn,
        Self::DataDownloaded,
        Self::DataRequest,
        Self::FactorReset,
        Self::Blocked,
        Self::Unblocked,
        Self::Linked,
        Self::Unlinked,
        Self::CardKept,
        Self::CardGone,
        Self::RegistryAsked,
        Self::Verified,
        Self::HeldKept,
        Self::OrganizationSigned,
        Self::OrganizationJoined,
        Self::OrganizationDeclined,
        Self::OrganizationLeft,
        Self::OrganizationRole,
        Self::OrganizationChanged,
        Self::BehalfBegan,
        Self::BehalfEnded,
        Self::BehalfReported,
        Self::BankLinked,
        Self::BankUnlinked,
        Self::BankEnded,
        Self::FeePayStarted,
        Self::FeePaid,
        Self::DocumentAdded,
        Self::DocumentTaken,
        Self::DocumentRemoved,
        Self::HelpAsked,
        Self::HelpBegan,
        Self::HelpEnded,
        Self::HelpEntered,
        Self::HelpDid,
        Self::HelpingBegan,
        Self::HelpingEnded,
        Self::ChildAdded,
        Self::ChildDeleted,
        Self::ChildCode,
        Self::ChildClaimed,
        Self::NumberLooked,
        Self::NumberReleased,
        Self::NumberPassed,
        Self::SignedOver,
        Self::Look,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::SignedIn => "signed-in",
            Self::SignedOut => "signed-out",
            Self::SessionEnded => "session-ended",
            Self::PasswordChanged => "password-changed",
            Self::PasswordRecovered => "password-recovered",
            Self::PhoneChanged => "phone-changed",
            Self::UsernameChanged => "username-changed",
            Self::ProfileChanged => "profile-changed",
            Self::SettingsChanged => "settings-changed",
            Self::PasskeyAdded => "passkey-added",
            Self::PasskeyRemoved => "passkey-removed",
            Self::TotpOn => "totp-on",
            Self::TotpOff => "totp-off",
            Self::BackupCodesMade => "backup-codes-made",
            Self::BackupCodeUsed => "backup-code-used",
            Self::ConsentGiven => "consent-given",
            Self::ConsentWithdrawn => "consent-withdrawn",
            Self::DataDownloaded => "data-downloaded",
            Self::DataRequest => "data-request",
            Self::FactorReset => "factor-reset",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::Linked => "linked",
            Self::Unlinked => "unlinked",
            Self::CardKept => "card-kept",
            Self::CardGone => "card-gone",
            Self::RegistryAsked => "registry-asked",
            Self::Verified => "verified",
            Self::HeldKept => "held-kept",
            Self::OrganizationSigned => "organization-signed",
            Self::OrganizationJoined => "organization-joined",
            Self::OrganizationDeclined => "organization-declined",
            Self::OrganizationLeft => "organization-left",
            Self::OrganizationRole => "organization-role",
            Self::OrganizationChanged => "organization-changed",
            Self::BehalfBegan => "behalf-began",
            Self::BehalfEnded => "behalf-ended",
            Self::BehalfReported => "behalf-reported",
            Self::BankLinked => "bank-linked",
            Self::BankUnlinked => "bank-unlinked",
            Self::BankEnded => "bank-ended",
            Self::FeePayStarted => "fee-pay-started",
            Self::FeePaid => "fee-paid",
            Self::DocumentAdded => "document-added",
            Self::DocumentTaken => "document-taken",
            Self::DocumentRemoved => "document-removed",
            Self::HelpAsked => "help-asked",
            Self::HelpBegan => "help-began",
            Self::HelpEnded => "help-ended",
            Self::HelpEntered => "help-entered",
            Self::HelpDid => "help-did",
            Self::HelpingBegan => "helping-began",
            Self::HelpingEnded => "helping-ended",
            Self::ChildAdded => "child-added",
            Self::ChildDeleted => "child-deleted",
            Self::ChildCode => "child-code",
            Self::ChildClaimed => "child-claimed",
            Self::NumberLooked => "number-looked",
            Self::NumberPassed => "number-passed",
            Self::NumberReleased => "number-released",
            Self::SignedOver => "signed-over",
            Self::Look => "look",
        }
    }
}

/// One line to write.
#[derive(Debug, Clone)]
pub struct Act {
    pub account: Uuid,
    pub what: Happened,
    /// Who did it, when it was not the person.
    pub by: Option<Uuid>,
    pub unit: Option<String>,
    pub reason: String,
    pub device: String,
    /// A short addition without personal data: the field's name, the method of sign-in.
    pub detail: String,
}

impl Act {
    /// Done by the person.
    pub fn own(account: Uuid, what: Happened) -> Self {
        Self {
            account,
            what,
            by: None,
            unit: None,
            reason: String::new(),
            device: String::new(),
            detail: String::new(),
        }
    }

    pub fn device(mut self, label: &str) -> Self {
        self.device = label.to_owned();
        self
    }

    pub fn detail(mut self, detail: &str) -> Self {
        self.detail = detail.to_owned();
        self
    }

    /// Done by staff.
    pub fn staff(account: Uuid, what: Happened, by: &By, reason: &str) -> Self {
        Self { by: by.account(), unit: by.unit(), reason: reason.to_owned(), ..Self::own(account, what) }
    }
}

pub async fn write(core: &Core, tx: &Tx, act: Act) -> Result<(), store::Error> {
    Insert::into("activity")
        .set("id", core.new_id())
        .set("account_id", act.account)
        .set("at", core.now())
        .set("kind", act.what.as_str())
        .set("by_account", act.by)
        .set("by_unit", act.unit)
        .set("reason", act.reason)
        .set("device", act.device)
        .set("detail", act.detail)
        .exec(tx)
        .await?;
    Ok(())
}

/// A member of staff sees whose data it is: one line for the person, one in the audit log, or neither. `object` names where
/// the look happened (`report 1234567890`). Errors: `Invalid` without a reason.
pub async fn look(
    core: &Core,
    tx: &Tx,
    by: &By,
    account: Uuid,
    object: &str,
    reason: &str,
) -> Result<(), crate::error::Error> {
    let reason = base::text::one_line(reason);
    if reason.is_empty() {
        return Err(crate::error::Error::field("reason", "reason-missing"));
    }
    write(core, tx, Act::staff(account, Happened::Look, by, &reason).detail(object)).await?;
    let entry = Entry {
        by: by.clone(),
        act: "account-look",
        object: format!("account {account}"),
        reason,
        data: serde_json::json!({ "at": object }),
    };
    audit::write(tx, &core.clock, &core.entropy, entry).await?;
    Ok(())
}

/// A line as the person reads it. Staff are shown by unit, not by name: the unit answers for them.
#[derive(Debug, Clone, FromRow, serde::Serialize)]
pub struct Line {
    pub id: Uuid,
    pub at: Millis,
    pub kind: String,
    pub by_unit: Option<String>,
    pub reason: String,
    pub device: String,
    pub detail: String,
    /// Of who helps or is helped (A19), as long as they have an account; staff are never named.
    pub by_name: Option<String>,
}

/// Lines of an account, the first parameter.
pub(crate) const LINES: &str = "SELECT v.id, v.at, v.kind, v.by_unit, v.reason, v.device, v.detail, b.full_name AS by_name
     FROM activity v LEFT JOIN account b ON b.id = v.by_account AND b.kind = 'citizen' AND (v.kind LIKE 'help%' OR v.kind LIKE 'child%')
     WHERE v.account_id = $1";

impl Line {
    /// The text key of what happened.
    pub fn key(&self) -> String {
        format!("activity-{}", self.kind)
    }
}

impl Accounts {
    /// Thirty lines, newest first; `before` is the id of the last line shown.
    pub async fn activity(&self, account: Uuid, before: Option<Uuid>) -> Result<Vec<Line>, Error> {
        let mut sql = Sql::new(LINES).bind(account);
        if let Some(before) = before {
            let mark = sql.value(before);
            sql.push(&format!(" AND v.id < {mark}"));
        }
        sql.push(" ORDER BY v.id DESC LIMIT 30");
        Ok(sql.all(self.core.store.read()).await?)
    }
}
