//! What each act changes in the row beside the state.

use super::{
    Command,
    step::{Placed, Step},
};
use crate::{
    core::Core,
    error::Error,
    reports::{
        REOPEN_DAYS,
        clock::{self, Term},
        consult, flags,
        rows::ReportRow,
        states::State,
        suggest,
    },
};
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
};
use store::{Sql, Tx, Update};

impl Step {
    /// What else changes in the row, and what the history remembers of it.
    pub(super) async fn effects(
        &self,
        report: &ReportRow,
        next: State,
        place: &mut Placed,
        data: &mut serde_json::Map<String, serde_json::Value>,
        tx: &Tx,
    ) -> Result<Update, Error> {
        let province = self.core.province();
        let mut update = Update::table("report");
        match &self.command {
            Command::Accept { .. } => {
                // A part is shown on the page of the whole, by whose author it can be hidden.
                let may_be_public =
                    report.parent.is_none() && province.category(&report.category).is_some_and(|c| c.public);
                update = update.set("public", may_be_public);
            }
            Command::Assign { to, .. } | Command::HandOver { to, .. } => {
                let name = name_in_unit(&self.core, tx, *to, &report.unit).await?;
                data.insert("assignee".into(), name.into());
                update = update.set("assignee", *to);
            }
            // Nobody would answer: the person is gone, or it is a part of somebody's report.
            Command::Ask { .. } if report.reporter.is_none() => return Err(Error::State),
            Command::Ask { .. } => update = update.set("paused_at", self.now),
            Command::Transfer { unit, .. } => {
                if !province.has_unit(unit) || *unit == report.unit {
                    return Err(Error::field("unit", "unit-missing"));
                }
                data.insert("from_unit".into(), report.unit.clone().into());
                data.insert("to_unit".into(), unit.clone().into());
                place.unit.clone_from(unit);
                update = move_to(update, unit);
            }
            Command::Correct { category, commune, .. } => {
                if province.category(category).is_none() {
                    return Err(Error::field("category", "report-category-missing"));
                }
                if province.commune(commune).is_none() {
                    return Err(Error::field("commune", "report-place-missing"));
                }
                if *category != report.category {
                    suggest::learn(tx, category, &format!("{}\n{}", report.title, report.content)).await?;
                }
                if report.public && !province.category(category).is_some_and(|c| c.public) {
                    update = update.set("public", false);
                }
                let route = province.route(category, Some(commune));
                for (key, value) in [
                    ("from_category", report.category.clone()),
                    ("to_category", category.clone()),
                    ("from_commune", report.commune.clone().unwrap_or_default()),
                    ("to_commune", commune.clone()),
                    ("from_unit", report.unit.clone()),
                    ("to_unit", route.unit.clone()),
                ] {
                    data.insert(key.into(), value.into());
                }
                let mut term = Term::of(report).unwrap_or_else(|| Term::new(route.limit, report.created_at));
                term.limit = route.limit;
                let due = term.due_at(province.calendar(), &clock::pauses(report, self.now));
                update = update
                    .set("category", category.clone())
                    .set("commune", commune.clone())
                    .set("route", route.to_json())
                    .set("term", term.to_json())
                    .set("due_at", due);
                *place =
                    Placed { unit: route.unit.clone(), category: category.clone(), commune: Some(commune.clone()) };
                if route.unit != report.unit {
                    update = move_to(update, &route.unit);
                }
            }
            Command::Extend { days, .. } => {
                if !(1..=60).contains(days) {
                    return Err(Error::field("days", "extend-days"));
                }
                let mut term = Term::of(report).ok_or(Error::State)?;
                term.extra_days = term.extra_days.saturating_add(*days);
                let due = term.due_at(province.calendar(), &clock::pauses(report, self.now));
                data.insert("days".into(), (*days).into());
                data.insert("due_at".into(), due.into());
                update = update.set("term", term.to_json()).set("due_at", due);
            }
            Command::Resolve { .. } => update = update.set("resolved_at", self.now),
            Command::Hide { .. } => {
                flags::settle(tx, report.id, self.by().account(), "hidden", self.now).await?;
                update = update.set("hidden_why", self.note.clone()).set("flags", 0);
            }
            Command::Unhide { .. } => update = update.set("hidden_why", None::<String>),
            Command::Rate { stars, .. } => {
                if !(1..=5).contains(stars) {
                    return Err(Error::field("stars", "rate-missing"));
                }
                data.insert("stars".into(), (*stars).into());
                update = update
                    .set("rating", i32::from(*stars))
                    .set("rating_comment", self.note.clone())
                    .set("rated_at", self.now);
            }
            Command::Reopen { .. } => {
                let resolved = report.resolved_at.ok_or(Error::State)?;
                if report.reopened > 0 || self.now > resolved + REOPEN_DAYS * DAY {
                    return Err(Error::State);
                }
                // A new promise: the unit gets its time again from now.
                let limit = Term::of(report)
                    .map_or_else(|| province.route(&report.category, report.commune.as_deref()).limit, |t| t.limit);
                let term = Term::new(limit, self.now);
                update = update
                    .set("reopened", report.reopened + 1)
                    .set("term", term.to_json())
                    .set("due_at", term.due_at(province.calendar(), &[]))
                    .set("pauses", "[]")
                    .set("resolved_at", None::<Millis>)
                    .set("closed_at", None::<Millis>);
            }
            Command::Merge { into, .. } => {
                let original = self.merge(report, into, data, tx).await?;
                update = update.set("duplicate_of", original);
            }
            Command::Unmerge { .. } => update = self.unmerge(report, next, update, data, tx).await?,
            Command::Split { parts, .. } => self.split(report, parts, data, tx).await?,
            Command::Consult { whom, expires_at, .. } => {
                consult::put(&self.core, tx, report, &self.by(), &self.note, whom, *expires_at, data).await?;
            }
            Command::Recall { question } => consult::recall(tx, report.id, *question, self.now, data).await?,
            Command::Redact(redaction) => update = redaction.apply(tx, report, update, data).await?,
            Command::Moderate(wording) => {
                flags::settle(tx, report.id, self.by().account(), "moderated", self.now).await?;
                update = wording.apply(report, update, data)?.set("flags", 0);
            }
            Command::Cover(covering) => covering.apply(tx, report, self.now, data).await?,
            Command::Start
            | Command::Resume { .. }
            | Command::Reply { .. }
            | Command::Note { .. }
            | Command::Reject { .. }
            | Command::Answer { .. }
            | Command::AddInfo { .. }
            | Command::Withdraw { .. }
            | Command::Close => {}
        }
        if matches!(next, State::Closed | State::Rejected) && report.closed_at.is_none() {
            update = update.set("closed_at", self.now);
        }
        // Leaving the question by any way lets the clock run again.
        if report.state() == State::NeedInfo && next != State::NeedInfo {
            let pauses = clock::pauses(report, self.now);
            if let Some(term) = Term::of(report) {
                update = update.set("due_at", term.due_at(province.calendar(), &pauses));
            }
            update = update
                .set("paused_at", None::<Millis>)
                .set("pauses", serde_json::to_string(&pauses).unwrap_or_else(|_| "[]".into()));
        }
        Ok(update)
    }
}

/// Another unit: nobody there has it yet.
fn move_to(update: Update, unit: &str) -> Update {
    update.set("unit", unit).set("assignee", None::<Uuid>)
}

/// The name of an active member of staff who works for this unit (or above it).
async fn name_in_unit(core: &Core, tx: &Tx, account: Uuid, unit: &str) -> Result<String, Error> {
    let province = core.province();
    let mut units: Vec<String> = province.above(unit).into_iter().map(str::to_owned).collect();
    units.extend([unit.to_owned(), "*".to_owned()]);
    let mut sql = Sql::new(
        "SELECT a.full_name FROM account a JOIN staff_role r ON r.account_id = a.id
         WHERE a.kind = 'staff' AND a.blocked_at IS NULL AND a.deleted_at IS NULL AND a.id = $1 AND r.unit IN (",
    )
    .bind(account);
    let marks: Vec<String> = units.into_iter().map(|u| sql.value(u)).collect();
    sql.push(&marks.join(", "));
    sql.push(") LIMIT 1");
    sql.scalar(tx).await?.ok_or_else(|| Error::field("assignee", "assignee-missing"))
}
