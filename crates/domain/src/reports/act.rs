//! Everything that is done with a report after it was sent. One door: the table of states decides whether, the table of rights
//! decides who, and one transaction writes the new row, the step in the history, and what is to be told to whom. A report
//! that changed meanwhile is not overwritten: the second person is told who was first.

use super::{
    NOTE_MOST, REOPEN_DAYS,
    clock::{self, Term},
    flags, moderate,
    photos::{MOST, Photo},
    queue::{Searched, search_text},
    rows::{self, NewEvent, ReportRow, append, insert_photos, store_photos},
    states::{Act, State, To, Who, rule},
    suggest,
};
use crate::{
    audit::By,
    core::Core,
    error::Error,
    notices::{self, Notice, NoticeSms},
    rights::Officer,
};
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
    text,
};
use store::{Sql, Tx, Update};

/// What is to be done, with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    Accept {
        note: String,
    },
    /// To a person of the unit in charge.
    Assign {
        to: Uuid,
        note: String,
    },
    Start,
    Ask {
        question: String,
    },
    Resume {
        note: String,
    },
    Transfer {
        unit: String,
        note: String,
    },
    /// Another category or commune; routes anew.
    Correct {
        category: String,
        commune: String,
        note: String,
    },
    Reply {
        text: String,
    },
    Note {
        text: String,
    },
    Extend {
        days: u16,
        reason: String,
    },
    Resolve {
        text: String,
    },
    Reject {
        reason: String,
    },
    Hide {
        reason: String,
    },
    Unhide {
        reason: String,
    },
    Answer {
        text: String,
    },
    AddInfo {
        text: String,
    },
    Withdraw {
        reason: String,
    },
    Rate {
        stars: u8,
        comment: String,
    },
    Reopen {
        comment: String,
    },
    Close,
    /// The author hides more from the public (R10).
    Redact(moderate::Redaction),
    /// Staff word it for the public.
    Moderate(moderate::Wording),
    /// Staff cover parts of a photo.
    Cover(moderate::Covering),
}

impl Command {
    pub fn act(&self) -> Act {
        match self {
            Self::Accept { .. } => Act::Accept,
            Self::Assign { .. } => Act::Assign,
            Self::Start => Act::Start,
            Self::Ask { .. } => Act::Ask,
            Self::Resume { .. } => Act::Resume,
            Self::Transfer { .. } => Act::Transfer,
            Self::Correct { .. } => Act::Correct,
            Self::Reply { .. } => Act::Reply,
            Self::Note { .. } => Act::Note,
            Self::Extend { .. } => Act::Extend,
            Self::Resolve { .. } => Act::Resolve,
            Self::Reject { .. } => Act::Reject,
            Self::Hide { .. } => Act::Hide,
            Self::Unhide { .. } => Act::Unhide,
            Self::Answer { .. } => Act::Answer,
            Self::AddInfo { .. } => Act::AddInfo,
            Self::Withdraw { .. } => Act::Withdraw,
            Self::Rate { .. } => Act::Rate,
            Self::Reopen { .. } => Act::Reopen,
            Self::Close => Act::Close,
            Self::Redact(_) => Act::Redact,
            Self::Moderate(_) | Self::Cover(_) => Act::Moderate,
        }
    }

    /// The text that goes with it: (field, text, must not be empty, goes to the public).
    fn note(&self) -> (&'static str, &str, bool, bool) {
        match self {
            Self::Accept { note } | Self::Assign { note, .. } | Self::Resume { note } => ("note", note, false, false),
            Self::Transfer { note, .. } | Self::Correct { note, .. } => ("note", note, true, false),
            Self::Note { text } => ("text", text, true, false),
            Self::Ask { question } => ("question", question, true, true),
            Self::Reply { text } | Self::Resolve { text } => ("text", text, true, true),
            Self::Extend { reason, .. } | Self::Reject { reason } => ("reason", reason, true, true),
            Self::Hide { reason } | Self::Unhide { reason } => ("reason", reason, true, true),
            Self::Answer { text } | Self::AddInfo { text } => ("text", text, true, true),
            Self::Withdraw { reason } => ("reason", reason, false, true),
            Self::Rate { comment, .. } => ("comment", comment, false, true),
            Self::Reopen { comment } => ("comment", comment, true, true),
            Self::Start | Self::Close | Self::Redact(_) => ("note", "", false, false),
            Self::Moderate(wording) => ("reason", &wording.reason, true, true),
            Self::Cover(covering) => ("reason", &covering.reason, false, true),
        }
    }
}

/// The report after an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub code: String,
    pub state: State,
    pub version: i64,
}

/// An act of staff. `seen` is the version on the page that was acted from.
pub async fn act_as_officer(
    core: &Core,
    officer: &Officer,
    code: &str,
    seen: i64,
    command: Command,
    photos: Vec<Photo>,
) -> Result<Done, Error> {
    run(core, Actor::Officer(officer.clone()), code, Some(seen), command, photos).await
}

/// An act of the person who reported.
pub async fn act_as_author(
    core: &Core,
    author: Uuid,
    code: &str,
    command: Command,
    photos: Vec<Photo>,
) -> Result<Done, Error> {
    run(core, Actor::Author(author), code, None, command, photos).await
}

/// An act of the platform itself (closing after the time for an opinion has passed).
pub(super) async fn act_as_system(core: &Core, code: &str, command: Command) -> Result<Done, Error> {
    run(core, Actor::System, code, None, command, Vec::new()).await
}

#[derive(Clone)]
enum Actor {
    Officer(Officer),
    Author(Uuid),
    System,
}

async fn run(
    core: &Core,
    actor: Actor,
    code: &str,
    seen: Option<i64>,
    command: Command,
    photos: Vec<Photo>,
) -> Result<Done, Error> {
    let (field, note, required, public) = command.note();
    let note = text::lines(note);
    if required && note.is_empty() {
        return Err(Error::field(field, "note-missing"));
    }
    if note.chars().count() > NOTE_MOST {
        return Err(Error::field(field, "note-long"));
    }
    if photos.len() > MOST {
        return Err(Error::field("photo", "photo-too-many"));
    }
    // Checked before files are written; checked again inside the transaction.
    let report = rows::by_code(core.store.read(), code).await?.ok_or(Error::NotFound)?;
    may(core, &actor, &report, command.act())?;
    let stored = store_photos(core, photos).await?;
    let step = Step {
        core: core.clone(),
        actor,
        code: code.to_owned(),
        seen,
        command,
        note,
        public,
        stored,
        event_id: core.new_id(),
        now: core.now(),
    };
    let done = core.store.write(move |tx: Tx| step.run(tx)).await?;
    metrics::counter!("report_acts_total", "state" => done.state.as_str()).increment(1);
    Ok(done)
}

/// Whether this person may do this with this report now. Who may not even see it is told that there is none.
fn may(core: &Core, actor: &Actor, report: &ReportRow, act: Act) -> Result<To, Error> {
    use crate::rights::Right;
    let province = core.province();
    match actor {
        Actor::Officer(officer) => {
            let above = province.above(&report.unit);
            if !officer.may(Right::ReportSee, &report.unit, &above) {
                return Err(Error::NotFound);
            }
            match rule(act, Some(report.state())) {
                Some((Who::Staff(right), to)) if officer.may(right, &report.unit, &above) => Ok(to),
                Some(_) => Err(Error::Forbidden),
                // Somebody without the right learns nothing about states.
                None if may_ever(officer, act, &report.unit, &above) => Err(Error::State),
                None => Err(Error::Forbidden),
            }
        }
        Actor::Author(author) => {
            if report.reporter != Some(*author) {
                return Err(Error::NotFound);
            }
            match rule(act, Some(report.state())) {
                Some((Who::Author, to)) => Ok(to),
                Some(_) => Err(Error::Forbidden),
                None => Err(Error::State),
            }
        }
        Actor::System => match rule(act, Some(report.state())) {
            Some((Who::System, to)) => Ok(to),
            _ => Err(Error::State),
        },
    }
}

fn may_ever(officer: &Officer, act: Act, unit: &str, above: &[&str]) -> bool {
    super::states::TABLE
        .iter()
        .any(|(a, who, ..)| *a == act && matches!(who, Who::Staff(right) if officer.may(*right, unit, above)))
}

/// One act as a unit of work: all it needs was made outside, so that it can be run again.
#[derive(Clone)]
struct Step {
    core: Core,
    actor: Actor,
    code: String,
    seen: Option<i64>,
    command: Command,
    note: String,
    public: bool,
    stored: Vec<rows::StoredPhoto>,
    event_id: Uuid,
    now: Millis,
}

impl Step {
    async fn run(self, tx: Tx) -> Result<Done, Error> {
        let report = rows::by_code(&tx, &self.code).await?.ok_or(Error::NotFound)?;
        if self.seen.is_some_and(|seen| seen != report.version) {
            return Err(changed(&tx, &report).await?);
        }
        let to = may(&self.core, &self.actor, &report, self.command.act())?;
        let from = report.state();
        let next = match to {
            To::State(state) => state,
            To::Same => from,
            To::Before => before_question(&tx, report.id).await?,
        };
        let mut data = serde_json::Map::new();
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
        let side = if matches!(self.actor, Actor::Officer(_)) { "after" } else { "before" };
        insert_photos(&tx, report.id, version, side, &self.stored, self.now).await?;
        self.tell(&tx, &report, version).await?;
        Ok(Done { code: report.code, state: next, version })
    }

    fn by(&self) -> By {
        match &self.actor {
            Actor::Officer(o) => By::Staff { account: o.account, unit: o.home_unit().to_owned() },
            Actor::Author(account) => By::Citizen { account: *account },
            Actor::System => By::System,
        }
    }

    /// What else changes in the row, and what the history remembers of it.
    async fn effects(
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
                let may_be_public = province.category(&report.category).is_some_and(|c| c.public);
                update = update.set("public", may_be_public);
            }
            Command::Assign { to, .. } => {
                let name = name_in_unit(&self.core, tx, *to, &report.unit).await?;
                data.insert("assignee".into(), name.into());
                update = update.set("assignee", *to);
            }
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
            Command::Redact(redaction) => update = redaction.apply(tx, report, update, data).await?,
            Command::Moderate(wording) => {
                flags::settle(tx, report.id, self.by().account(), "moderated", self.now).await?;
                update = wording.apply(report, update, data)?.set("flags", 0);
            }
            Command::Cover(covering) => covering.apply(tx, report, data).await?,
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

    /// Tells the person who reported, unless that person acted.
    async fn tell(&self, tx: &Tx, report: &ReportRow, version: i64) -> Result<(), Error> {
        let Some(reporter) = report.reporter else { return Ok(()) };
        let (key, sms) = match (&self.actor, &self.command) {
            (Actor::Author(_), _) => return Ok(()),
            (_, Command::Accept { .. }) => ("accepted", true),
            (_, Command::Assign { .. }) => ("assigned", false),
            (_, Command::Start) => ("in_progress", false),
            (_, Command::Ask { .. }) => ("need_info", true),
            (_, Command::Transfer { .. }) => ("transferred", false),
            (_, Command::Correct { .. } | Command::Note { .. } | Command::Resume { .. } | Command::Unhide { .. }) => {
                return Ok(());
            }
            (_, Command::Reply { .. }) => ("reply", true),
            (_, Command::Extend { .. }) => ("extended", true),
            (_, Command::Resolve { .. }) => ("resolved", true),
            (_, Command::Reject { .. }) => ("rejected", true),
            (_, Command::Hide { .. }) => ("hidden", false),
            (_, Command::Moderate(_) | Command::Cover(_)) => ("moderated", false),
            (_, Command::Close) => ("closed", false),
            _ => return Ok(()),
        };
        let language: Option<String> =
            Sql::new("SELECT language FROM account WHERE id = $1").bind(reporter).scalar(tx).await?;
        let lang = language.as_deref().and_then(base::i18n::Lang::parse).unwrap_or(base::i18n::Lang::VI);
        let province = self.core.province();
        let speaker = self.core.speaker(lang);
        let unit = match &self.command {
            Command::Transfer { unit, .. } => unit.as_str(),
            _ => report.unit.as_str(),
        };
        let shown = base::code::Code::parse(&report.code).map_or_else(|_| report.code.clone(), |c| c.to_string());
        let mut args = vec![("code", shown.clone()), ("unit", province.unit_name(unit, lang))];
        if let Command::Extend { .. } = self.command {
            let due: Option<Millis> = Sql::new("SELECT due_at FROM report WHERE id = $1")
                .bind(report.id)
                .scalar::<Option<Millis>>(tx)
                .await?
                .flatten();
            args.push(("due", due.map_or_else(String::new, base::show::date)));
        }
        let link = format!("/phan-anh/{}", report.code);
        let message = sms.then(|| NoticeSms {
            key: "sms-report",
            args: vec![
                ("app", province.pack.province.app_name.get(lang).to_owned()),
                ("code", shown),
                ("state", speaker.t(&format!("sms-state-{key}")).into_owned()),
                ("link", format!("{}{link}", self.core.settings.origin)),
            ],
            dedupe: format!("report {} {version}", report.id),
        });
        let notice =
            Notice { account: reporter, kind: "report", key: format!("notice-report-{key}"), args, link, sms: message };
        notices::tell(&self.core, tx, notice).await?;
        Ok(())
    }
}

/// Where a report belongs: what the search narrows by.
#[derive(PartialEq, Eq)]
struct Placed {
    unit: String,
    category: String,
    commune: Option<String>,
}

impl Placed {
    fn of(report: &ReportRow) -> Self {
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

/// Another unit: nobody there has it yet.
fn move_to(update: Update, unit: &str) -> Update {
    update.set("unit", unit).set("assignee", None::<Uuid>)
}

/// The state that the question interrupted.
async fn before_question(tx: &Tx, report: Uuid) -> Result<State, Error> {
    let before: Option<String> =
        Sql::new("SELECT from_state FROM report_event WHERE report_id = $1 AND act = 'ask' ORDER BY no DESC LIMIT 1")
            .bind(report)
            .scalar(tx)
            .await?;
    Ok(before.as_deref().and_then(State::parse).unwrap_or(State::InProgress))
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

/// Who was first, for the person who comes second.
async fn changed(tx: &Tx, report: &ReportRow) -> Result<Error, Error> {
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
