//! Undoing a merge (bỏ gộp, R5): the report goes on where it stood, both histories say so, and who followed it by the merge comes
//! back with it. Its clock stood meanwhile: nobody could have worked on it.

use super::{Command, may, merge::shown, step::Step};
use crate::{
    error::Error,
    reports::{
        clock::Term,
        follow,
        rows::{self, NewEvent, ReportRow, append},
        states::{Act, State},
    },
};
use base::{calendar::Pause, clock::Millis, ids::Uuid};
use store::{FromRow, Sql, Tx, Update};

/// What the history kept of the merge.
#[derive(FromRow)]
struct Merged {
    at: Millis,
    data: String,
}

impl Merged {
    /// What had been merged into the report before, by code.
    fn along(&self) -> Vec<String> {
        let data: serde_json::Value = serde_json::from_str(&self.data).unwrap_or_default();
        let codes = data.get("along").and_then(|a| a.as_array()).cloned().unwrap_or_default();
        codes.iter().filter_map(|c| c.as_str()).map(str::to_owned).collect()
    }
}

impl Step {
    /// Writes the other side, too. Errors: `State` when nothing was merged, `Invalid` when the original is finished or out of
    /// this person's reach.
    pub(super) async fn unmerge(
        &self,
        report: &ReportRow,
        next: State,
        update: Update,
        data: &mut serde_json::Map<String, serde_json::Value>,
        tx: &Tx,
    ) -> Result<Update, Error> {
        let original = report.duplicate_of.ok_or(Error::State)?;
        // Two reports taken out of one original at the same moment: each writes its own step there.
        tx.lock("report", original).await?;
        let original = rows::by_id(tx, original).await?.ok_or(Error::State)?;
        match may(&self.core, &self.actor, &original, Act::Release) {
            Ok(_) => {}
            Err(Error::State) => return Err(Error::field("note", "unmerge-finished")),
            Err(_) => return Err(Error::field("note", "unmerge-foreign")),
        }
        let merged: Merged = Sql::new(
            "SELECT at, data FROM report_event WHERE report_id = $1 AND act = 'merge' ORDER BY no DESC LIMIT 1",
        )
        .bind(report.id)
        .one(tx)
        .await?
        .ok_or(Error::State)?;
        self.release(report, &original, tx).await?;
        let along = self.take_along(&merged.along(), report.id, original.id, tx).await?;
        follow::take_back(tx, report, &original, &along).await?;
        data.insert("out_of".into(), original.code.clone().into());

        let mut pauses: Vec<Pause> = serde_json::from_str(&report.pauses).unwrap_or_default();
        pauses.push((merged.at, self.now.max(merged.at)));
        let mut update = update
            .set("duplicate_of", None::<Uuid>)
            .set("closed_at", None::<Millis>)
            .set("paused_at", (next == State::NeedInfo).then_some(self.now))
            .set("pauses", serde_json::to_string(&pauses).unwrap_or_else(|_| "[]".into()));
        if let Some(term) = Term::of(report) {
            update = update.set("due_at", term.due_at(self.core.province().calendar(), &pauses));
        }
        Ok(update)
    }

    /// The original's side.
    async fn release(&self, report: &ReportRow, original: &ReportRow, tx: &Tx) -> Result<(), Error> {
        let version = original.version + 1;
        Update::table("report").set("version", version).set("updated_at", self.now).by_id(original.id, tx).await?;
        let event = NewEvent {
            id: self.core.new_id(),
            report_id: original.id,
            no: version,
            at: self.now,
            act: Act::Release.as_str(),
            from_state: Some(original.state().as_str()),
            to_state: original.state().as_str(),
            by: self.by(),
            public_note: String::new(),
            internal_note: self.note.clone(),
            data: serde_json::json!({ "released": report.code }).to_string(),
        };
        Ok(append(tx, event).await?)
    }

    /// What went with the report into the original, unless its own merge was undone meanwhile.
    async fn take_along(&self, codes: &[String], report: Uuid, original: Uuid, tx: &Tx) -> Result<Vec<Uuid>, Error> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let mut sql =
            Sql::new("UPDATE report SET duplicate_of = $1, updated_at = $2 WHERE duplicate_of = $3 AND code IN (")
                .bind(report)
                .bind(self.now)
                .bind(original);
        let marks: Vec<String> = codes.iter().map(|code| sql.value(code.clone())).collect();
        sql.push(&marks.join(", "));
        sql.push(") RETURNING id");
        Ok(sql.scalars(tx).await?)
    }

    /// Who follows it again is told; the person who reported is told as of every step.
    pub(super) async fn tell_unmerged(&self, tx: &Tx, report: &ReportRow) -> Result<(), Error> {
        if let (Command::Unmerge { .. }, Some(after)) = (&self.command, rows::by_id(tx, report.id).await?) {
            let args = [("code", shown(&after.code))];
            follow::tell(&self.core, tx, &after, after.is_public(), "notice-report-unmerged", &args).await?;
        }
        Ok(())
    }
}
