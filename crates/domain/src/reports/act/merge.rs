//! Merging a report into another one that tells of the same thing (gộp, R5). The merged one is closed; who reported it, and who
//! followed it, follows the one that goes on.

use super::{Actor, may, step::Step};
use crate::{
    error::Error,
    reports::{
        follow,
        rows::{self, NewEvent, ReportRow, append},
        states::Act,
    },
};
use base::{code::Code, ids::Uuid};
use store::{Sql, Tx, Update};

impl Step {
    /// Writes the other side of a merge and answers the original. What was merged itself stands for where it was merged into, so
    /// chains stay one step long and no circle can be made. Errors: `Invalid` on `into`.
    pub(super) async fn merge(
        &self,
        report: &ReportRow,
        into: &str,
        data: &mut serde_json::Map<String, serde_json::Value>,
        tx: &Tx,
    ) -> Result<Uuid, Error> {
        let missing = || Error::field("into", "merge-missing");
        let code = Code::parse(into).map_err(|_| missing())?;
        let named = rows::by_code(tx, code.as_str()).await?.ok_or_else(missing)?;
        let original = follow::original(tx, named).await?;
        tx.lock("report", original.id).await?;
        let original = rows::by_id(tx, original.id).await?.ok_or_else(missing)?;
        if original.id == report.id {
            return Err(Error::field("into", "merge-self"));
        }
        match may(&self.core, &self.actor, &original, Act::Absorb) {
            Ok(_) => {}
            Err(Error::NotFound) => return Err(missing()),
            Err(Error::State) => return Err(Error::field("into", "merge-finished")),
            Err(_) => return Err(Error::field("into", "merge-foreign")),
        }
        let version = original.version + 1;
        Update::table("report").set("version", version).set("updated_at", self.now).by_id(original.id, tx).await?;
        append(
            tx,
            NewEvent {
                id: self.core.new_id(),
                report_id: original.id,
                no: version,
                at: self.now,
                act: Act::Absorb.as_str(),
                from_state: Some(original.state().as_str()),
                to_state: original.state().as_str(),
                by: self.by(),
                public_note: String::new(),
                internal_note: self.note.clone(),
                data: serde_json::json!({ "merged": report.code }).to_string(),
            },
        )
        .await?;
        // What had been merged into this one goes along, and comes back with it.
        let along: Vec<String> =
            Sql::new("UPDATE report SET duplicate_of = $1, updated_at = $2 WHERE duplicate_of = $3 RETURNING code")
                .bind(original.id)
                .bind(self.now)
                .bind(report.id)
                .scalars(tx)
                .await?;
        if !along.is_empty() {
            data.insert("along".into(), along.into());
        }
        let args = [("code", shown(&report.code)), ("into", shown(&original.code))];
        follow::tell(&self.core, tx, report, report.is_public(), "notice-report-merged", &args).await?;
        follow::hand_over(tx, report, &original, self.now).await?;
        data.insert("into".into(), original.code.into());
        Ok(original.id)
    }

    /// The platform's promise is not kept while a part of it is still open elsewhere. Errors: `Invalid` beside the text.
    pub(super) async fn no_open_parts(&self, report: &ReportRow, tx: &Tx) -> Result<(), Error> {
        if report.parent.is_some() || !matches!(self.actor, Actor::Officer(_)) {
            return Ok(());
        }
        let open: Option<i32> = Sql::new("SELECT 1 FROM report WHERE parent = $1 AND open = TRUE LIMIT 1")
            .bind(report.id)
            .scalar(tx)
            .await?;
        let (field, ..) = self.command.note();
        if open.is_some() { Err(Error::field(field, "split-open")) } else { Ok(()) }
    }
}

/// A code as people read it.
pub(super) fn shown(code: &str) -> String {
    Code::parse(code).map_or_else(|_| code.to_owned(), |c| c.to_string())
}
