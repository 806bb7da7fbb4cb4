//! One act as one transaction: the row, the step in the history, the photos, what is to be told.

use super::{Actor, Command, Done, deed, may};
use crate::{
    accounts::helping,
    audit::By,
    core::Core,
    error::Error,
    reports::{
        self,
        queue::{Searched, search_text},
        rows::{self, NewEvent, ReportRow, append, insert_photos},
        states::{Act, State, To},
    },
};
use base::{clock::Millis, ids::Uuid};
use store::{Insert, Sql, Tx};

/// One act as a unit of work: all it needs was made outside, so that it can be run again.
#[derive(Clone)]
pub(super) struct Step {
    pub core: Core,
    pub actor: Actor,
    pub code: String,
    pub seen: Option<i64>,
    pub command: Command,
    pub note: String,
    pub public: bool,
    pub stored: Vec<rows::StoredPhoto>,
    pub event_id: Uuid,
    pub now: Millis,
    /// (account, key): the same words sent twice are one step.
    pub once: Option<(Uuid, String)>,
    /// (job, address) of a picture that will be fetched.
    pub picture: Option<(Uuid, String)>,
}

impl Step {
    pub(super) async fn run(self, tx: Tx) -> Result<Done, Error> {
        let report = rows::by_code(&tx, &self.code).await?.ok_or(Error::NotFound)?;
        if self.seen.is_some_and(|seen| seen != report.version) {
            return Err(changed(&tx, &report).await?);
        }
        let to = may(&self.core, &self.actor, &report, self.command.act())?;
        if let (Actor::Author(author), Some(deed)) = (&self.actor, deed(self.command.act())) {
            helping::may(&self.core, &tx, author, deed).await?;
        }
        let from = report.state();
        let next = match to {
            To::State(state) => state,
            To::Same => from,
            To::Before if self.command.act() == Act::Unmerge => before(&tx, report.id, Act::Merge)
                .await?
                .filter(|_| report.duplicate_of.is_some())
                .ok_or(Error::State)?,
            To::Before => before(&tx, report.id, Act::Ask).await?.unwrap_or(State::InProgress),
        };
        if !next.is_open() && matches!(self.actor, Actor::Officer(_)) {
            self.no_open_parts(&report, &tx).await?;
        }
        let mut data = serde_json::Map::new();
        if let Actor::Author(author) = &self.actor {
            author.note(&mut data);
            helping::did(&self.core, &tx, author, None, &format!("{} {}", self.command.act().as_str(), report.code))
                .await?;
        }
        let mut place = Placed::of(&report);
        let update = self.effects(&report, next, &mut place, &mut data, &tx).await?;
        let version = report.version + 1;
        let mut update = update.set("version", version).set("updated_at", self.now);
        if next != from {
            update = update.set("state", next.as_str()).set("open", next.is_open()).set("state_at", self.now);
        }
        if next != from || place != Placed::of(&report) {
            update = update.set("folded", place.search_text(&report, next));
        }
        if !self.stored.is_empty() {
            update = update.set("photos", report.photos + self.stored.len() as i32);
        }
        let changed_rows = update.by(vec![("id", report.id.into()), ("version", report.version.into())], &tx).await?;
        if changed_rows == 0 {
            return Err(changed(&tx, &report).await?);
        }
        let (public_note, internal_note) =
            if self.public { (self.note.clone(), String::new()) } else { (String::new(), self.note.clone()) };
        append(
            &tx,
            NewEvent {
                id: self.event_id,
                report_id: report.id,
                no: version,
                at: self.now,
                act: self.command.act().as_str(),
                from_state: Some(from.as_str()),
                to_state: next.as_str(),
                by: self.by(),
                public_note,
                internal_note,
                data: serde_json::Value::Object(data).to_string(),
            },
        )
        .await?;
        let side = match self.actor {
            _ if self.command.act().is_internal() => "inside",
            Actor::Officer(_) => "after",
            _ => "before",
        };
        insert_photos(&tx, report.id, version, side, &self.stored, self.now).await?;
        if let Some((job, url)) = &self.picture {
            reports::media::leave(&self.core, &tx, *job, report.id, version, url).await?;
        }
        if let Some((account, key)) = &self.once {
            let first = Insert::into("idempotency").set("account_id", *account).set("key", key.clone());
            let first = first.set("result", self.event_id.to_string()).set("created_at", self.now).or_ignore();
            if first.exec(&tx).await? == 0 {
                // Sent twice at one time: this one is rolled back.
                return Err(Error::State);
            }
        }
        self.tell(&tx, &report, version).await?;
        self.tell_unmerged(&tx, &report).await?;
        if from.is_open() && !next.is_open() {
            self.tell_whole(&tx, &report).await?;
        }
        reports::public_changed(&self.core, &tx, &report, self.now).await?;
        Ok(Done { code: report.code, state: next, version })
    }

    pub(super) fn by(&self) -> By {
        match &self.actor {
            Actor::Officer(o) => By::Staff { account: o.account, unit: o.home_unit().to_owned() },
            Actor::Author(author) => By::Citizen { account: author.account },
            Actor::Guest(account) => By::Citizen { account: *account },
            Actor::System => By::System,
        }
    }
}

/// Where a report belongs: what the search narrows by.
#[derive(PartialEq, Eq)]
pub(super) struct Placed {
    pub unit: String,
    pub category: String,
    pub commune: Option<String>,
}

impl Placed {
    pub(super) fn of(report: &ReportRow) -> Self {
        Self { unit: report.unit.clone(), category: report.category.clone(), commune: report.commune.clone() }
    }

    fn search_text(&self, report: &ReportRow, state: State) -> String {
        search_text(&Searched {
            title: &report.title,
            content: &report.content,
            address: &report.address,
            code: &report.code,
            unit: &self.unit,
            category: &self.category,
            commune: self.commune.as_deref(),
            state,
        })
    }
}

/// The state that the last act of this kind ended: what a question interrupted, what was merged.
async fn before(tx: &Tx, report: Uuid, act: Act) -> Result<Option<State>, Error> {
    let before: Option<String> =
        Sql::new("SELECT from_state FROM report_event WHERE report_id = $1 AND act = $2 ORDER BY no DESC LIMIT 1")
            .bind(report)
            .bind(act.as_str())
            .scalar(tx)
            .await?;
    Ok(before.as_deref().and_then(State::parse))
}

/// Who was first, for the person who comes second.
pub(super) async fn changed(tx: &Tx, report: &ReportRow) -> Result<Error, Error> {
    #[derive(store::FromRow)]
    struct Last {
        at: Millis,
        actor: String,
        name: Option<String>,
    }
    let last: Option<Last> = Sql::new(
        "SELECT e.at, e.actor, a.full_name AS name FROM report_event e LEFT JOIN account a ON a.id = e.actor_id AND a.kind = 'staff'
         WHERE e.report_id = $1 ORDER BY e.no DESC LIMIT 1",
    )
    .bind(report.id)
    .one(tx)
    .await?;
    Ok(last.map_or(Error::Changed { by: String::new(), at: report.updated_at }, |l| Error::Changed {
        // Citizens are not named here: the page's history says that it was the person who reported.
        by: l.name.unwrap_or_else(|| if l.actor == "citizen" { "citizen".into() } else { String::new() }),
        at: l.at,
    }))
}
