//! The log of questions to the population registry (A18, N16): who asked, for what, and what was answered, never about which number.

use super::{
    OWN, SELF,
    registry::{Compared, Unanswered, Verdict},
};
use crate::{
    accounts::{
        Accounts, Error,
        activity::{self, Act, Happened},
    },
    audit::{self, By, Entry},
    core::Core,
};
use base::{clock::Millis, ids::Uuid};
use serde::Serialize;
use store::{FromRow, Insert, Sql, Tx};

/// One question, as the person sees it.
#[derive(Debug, Clone, FromRow, Serialize)]
pub struct Asked {
    pub id: Uuid,
    pub procedure: String,
    pub officer: String,
    pub asked_at: Millis,
    pub answered_at: Option<Millis>,
    /// `asked`, `match`, `mismatch`, `unknown`, `away`, `refused`
    pub outcome: String,
    /// `match`, `mismatch`, `silent`
    pub full_name: Option<String>,
    pub birth_date: Option<String>,
    pub sex: Option<String>,
}

pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Match => "match",
        Verdict::Mismatch => "mismatch",
        Verdict::Silent => "silent",
    }
}

/// Before the question leaves: a row, a line for the person, and one in the audit log.
pub(super) async fn begin(core: &Core, tx: &Tx, id: Uuid, account: Uuid) -> Result<(), store::Error> {
    Insert::into("registry_question")
        .set("id", id)
        .set("account_id", account)
        .set("procedure", OWN)
        .set("officer", SELF)
        .set("asked_at", core.now())
        .set("outcome", "asked")
        .exec(tx)
        .await?;
    let asked = Act::own(account, Happened::RegistryAsked).detail(&id.to_string());
    activity::write(core, tx, asked).await?;
    let entry = Entry {
        by: By::Citizen { account },
        act: "registry-question",
        object: format!("registry-question {id}"),
        reason: OWN.into(),
        data: serde_json::json!({ "officer": SELF }),
    };
    audit::write(tx, &core.clock, &core.entropy, entry).await
}

pub(super) async fn end(
    core: &Core,
    tx: &Tx,
    id: Uuid,
    answer: &Result<Compared, Unanswered>,
) -> Result<(), store::Error> {
    let (outcome, fields) = match answer {
        Ok(Compared::Known { full_name, birth_date, sex }) => {
            let fields = [*full_name, *birth_date, *sex];
            let outcome = if fields.contains(&Verdict::Mismatch) { "mismatch" } else { "match" };
            (outcome, fields.map(|f| Some(verdict(f))))
        }
        Ok(Compared::Unknown) => ("unknown", [None; 3]),
        Err(Unanswered::Away(_)) => ("away", [None; 3]),
        Err(Unanswered::Refused(_)) => ("refused", [None; 3]),
    };
    Sql::new(
        "UPDATE registry_question SET answered_at = $1, outcome = $2, full_name = $3, birth_date = $4, sex = $5 WHERE id = $6",
    )
    .bind(core.now())
    .bind(outcome)
    .bind(fields[0])
    .bind(fields[1])
    .bind(fields[2])
    .bind(id)
    .exec(tx)
    .await?;
    Ok(())
}

impl Accounts {
    /// The questions about one person, newest first.
    pub async fn registry_questions(&self, account: Uuid) -> Result<Vec<Asked>, Error> {
        let sql = "SELECT id, procedure, officer, asked_at, answered_at, outcome, full_name, birth_date, sex
             FROM registry_question WHERE account_id = $1 ORDER BY asked_at DESC, id DESC LIMIT 200";
        Ok(Sql::new(sql).bind(account).all(self.core.store.read()).await?)
    }
}
