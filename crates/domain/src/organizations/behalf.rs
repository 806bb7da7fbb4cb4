//! For whom somebody works in a session (tư cách, A11), at a province: as the provider said when they came. The session is the person's own, and
//! so is all that is written in it; a report that is sent in it carries the organisation's code and name (docs/adr/0017).

use crate::{
    accounts::{
        Accounts, Error, Signed,
        activity::{self, Act, Happened},
        linked::{self, Arrival},
    },
    audit::{self, By, Entry},
    core::Core,
    error::Error as Shared,
};
use base::{
    clock::{HOUR, Millis},
    ids::Uuid,
    organization_code::{OrganizationCode, OrganizationKind},
    text,
};
use serde::Serialize;
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// Characters of a name. Longer ones are no names: a certificate has less.
const LONGEST: usize = 200;

/// A session that works for an organisation ends after this, whatever it is for afterwards: as long as the portal holds what it gave for that
/// sign-in (`Lifetimes::online`), and so can say that the person acts for it no longer.
pub const LIVES: Millis = 12 * HOUR;

/// An organisation, as a provider named it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Behalf {
    code: String,
    name: String,
}

impl Behalf {
    /// `None`: this is no code of an organisation, or no name that a page could show.
    pub fn new(code: &str, name: &str) -> Option<Self> {
        // Before it is looked at: a letter has four bytes at most.
        if name.len() > 4 * LONGEST {
            return None;
        }
        let code = OrganizationCode::parse(code).ok()?.as_str().to_owned();
        let name = text::one_line(name);
        let is_name = (2..=LONGEST).contains(&name.chars().count()) && name.chars().any(char::is_alphabetic);
        is_name.then_some(Self { code, name })
    }

    /// What a row holds: both or nothing.
    pub(crate) fn of_row(code: Option<String>, name: Option<String>) -> Option<Self> {
        Some(Self { code: code?, name: name? })
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tax code or code of a state body.
    pub fn kind(&self) -> OrganizationKind {
        OrganizationCode::parse(&self.code).map_or(OrganizationKind::Business, |code| code.kind())
    }
}

/// Says for whom a session of a citizen works; `None`: for its owner. False when it has ended.
pub(crate) async fn set(
    core: &Core,
    tx: &Tx,
    (session, account): (Uuid, Uuid),
    behalf: Option<&Behalf>,
) -> Result<bool, store::Error> {
    let until = behalf.map_or(Millis::MAX, |_| core.now() + LIVES);
    let changed = Sql::new(
        "UPDATE session SET behalf_code = $1, behalf_name = $2, expires_at = CASE WHEN expires_at > $5 THEN $5 ELSE expires_at END
         WHERE id = $3 AND account_id = $4 AND mandate_id IS NULL AND ended_at IS NULL",
    )
    .bind(behalf.map(|b| b.code.clone()))
    .bind(behalf.map(|b| b.name.clone()))
    .bind(session)
    .bind(account)
    .bind(until)
    .exec(tx)
    .await?;
    if changed == 1 {
        let line = match behalf {
            Some(behalf) => Act::own(account, Happened::BehalfBegan).detail(&behalf.name),
            None => Act::own(account, Happened::BehalfEnded),
        };
        activity::write(core, tx, line).await?;
    }
    Ok(changed == 1)
}

/// For whom this session works now: in the transaction that writes something in it.
pub(crate) async fn of_session(tx: &Tx, session: Uuid) -> Result<Option<Behalf>, store::Error> {
    Sql::new(
        "SELECT behalf_code AS code, behalf_name AS name FROM session
         WHERE id = $1 AND ended_at IS NULL AND behalf_code IS NOT NULL AND behalf_name IS NOT NULL",
    )
    .bind(session)
    .one(tx)
    .await
}

/// Writes beside a new report for whom it was sent, and says so in the person's activity and in the audit log.
pub(crate) async fn mark(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    (report, code): (Uuid, &str),
    behalf: Behalf,
) -> Result<(), store::Error> {
    let detail = format!("{code} · {}", behalf.name);
    activity::write(core, tx, Act::own(account, Happened::BehalfReported).detail(&detail)).await?;
    let entry = Entry {
        by: By::Citizen { account },
        act: "report-behalf",
        object: format!("report {code}"),
        reason: String::new(),
        data: serde_json::json!({ "organization": behalf.code }),
    };
    audit::write(tx, &core.clock, &core.entropy, entry).await?;
    let row = Insert::into("report_behalf").set("report_id", report).set("code", behalf.code).set("name", behalf.name);
    row.exec(tx).await.map(|_| ())
}

/// For whom a report was sent. Only for readers who may know it: `reports::views`.
pub(crate) async fn of_report(db: &impl ConnectionTrait, report: Uuid) -> Result<Option<Behalf>, store::Error> {
    Sql::new("SELECT code, name FROM report_behalf WHERE report_id = $1").bind(report).one(db).await
}

/// A person leaves the platform: for whom they wrote goes along.
pub(crate) async fn forget(tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    Sql::new("DELETE FROM report_behalf WHERE report_id IN (SELECT id FROM report WHERE reporter = $1)")
        .bind(account)
        .exec(tx)
        .await
        .map(|_| ())
}

impl Accounts {
    /// «Đổi tư cách»: the person came back from the provider into the session that they left. Errors: `OtherPerson` when it is not the account
    /// elsewhere that is linked to this one, `NotFound` when the session has ended.
    pub async fn change_behalf(&self, signed: &Signed, arrival: &Arrival) -> Result<(), Error> {
        self.require_oneself(signed)?;
        let (core, arrival) = (self.core.clone(), arrival.clone());
        let own = (signed.session, signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                if linked::leads_to(&core, &tx, &arrival).await? != Some(own.1) {
                    return Err(Error::OtherPerson);
                }
                let changed = set(&core, &tx, own, arrival.behalf.as_ref()).await?;
                if changed { Ok(()) } else { Err(Shared::NotFound.into()) }
            })
            .await?;
        self.cache.forget(signed.account);
        Ok(())
    }

    /// «Làm việc cho chính mình». Nothing happens where the person does already.
    pub async fn work_as_oneself(&self, signed: &Signed) -> Result<(), Error> {
        self.require_oneself(signed)?;
        let (core, own) = (self.core.clone(), (signed.session, signed.account));
        self.core
            .store
            .write(move |tx: Tx| async move {
                if of_session(&tx, own.0).await?.is_some() {
                    set(&core, &tx, own, None).await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        self.cache.forget(signed.account);
        Ok(())
    }

    /// Guests, staff and who helps another person work for no organisation.
    fn require_oneself(&self, signed: &Signed) -> Result<(), Error> {
        if signed.kind == crate::accounts::Kind::Citizen { Ok(()) } else { Err(Shared::Forbidden.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a11_an_organisation_is_named_by_a_code_of_its_kind_and_a_name_that_can_be_shown() {
        let company = Behalf::new("0000000017", " Công ty  TNHH\u{202e} Hư Cấu\n").unwrap();
        assert_eq!((company.name(), company.kind()), ("Công ty TNHH Hư Cấu", OrganizationKind::Business));
        assert_eq!(Behalf::new("Z00.01", "Sở Nghĩ Ra").unwrap().kind(), OrganizationKind::StateBody);
        assert!(Behalf::new("0000000017", &"ố".repeat(LONGEST)).is_some());
        for (code, name) in [
            ("", "Công ty"),
            ("0000000018", "Công ty"),
            ("044189001234", "Công ty"),
            ("0000000017 ", "Công ty"),
            ("0000000017", ""),
            ("0000000017", "\u{202e}\u{200b}"),
            ("0000000017", "123"),
            ("0000000017", &"a".repeat(LONGEST + 1)),
            ("0000000017", &"a".repeat(10_000)),
            (&"0".repeat(10_000), "Công ty"),
        ] {
            assert_eq!(Behalf::new(code, name), None, "{code} {name}");
        }
    }
}
