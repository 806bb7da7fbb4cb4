//! Everything that is done with a report after it was sent. One door: the table of states decides whether, the table of rights
//! decides who, and one transaction writes the new row, the step in the history, and what is to be told to whom. A report
//! that changed meanwhile is not overwritten: the second person is told who was first.

mod command;
mod effects;
mod merge;
mod split;
mod step;
mod tell;
mod unmerge;
mod update;

pub use command::{Command, Part, Whom};
pub use split::PARTS_MOST;
pub use update::{Update as SenderUpdate, update_by_sender};

use super::{
    NOTE_MOST,
    photos::{MOST, Photo},
    rows::{self, ReportRow, store_photos},
    states::{Act, State, To, Who, rule},
};
use crate::{
    accounts::helping::{Author, Deed},
    core::Core,
    error::Error,
    rights::Officer,
};
use base::{ids::Uuid, text};
use step::Step;
use store::Tx;

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

/// An act of the person who reported, or of who helps them.
pub async fn act_as_author(
    core: &Core,
    author: impl Into<Author>,
    code: &str,
    command: Command,
    photos: Vec<Photo>,
) -> Result<Done, Error> {
    run(core, Actor::Author(author.into()), code, None, command, photos).await
}

/// An act of a guest who proved the phone again: what the table of states gives to guests.
pub async fn act_as_guest(
    core: &Core,
    guest: Uuid,
    code: &str,
    command: Command,
    photos: Vec<Photo>,
) -> Result<Done, Error> {
    run(core, Actor::Guest(guest), code, None, command, photos).await
}

/// An act of the platform itself (closing after the time for an opinion has passed).
pub(super) async fn act_as_system(core: &Core, code: &str, command: Command) -> Result<Done, Error> {
    run(core, Actor::System, code, None, command, Vec::new()).await
}

#[derive(Clone)]
enum Actor {
    Officer(Officer),
    Author(Author),
    Guest(Uuid),
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
        once: None,
        picture: None,
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
            if report.reporter != Some(author.account) {
                return Err(Error::NotFound);
            }
            if author.help.is_some() && deed(act).is_none() {
                return Err(Error::Forbidden);
            }
            match rule(act, Some(report.state())) {
                Some((who, to)) if who.is_author() => Ok(to),
                Some(_) => Err(Error::Forbidden),
                None => Err(Error::State),
            }
        }
        Actor::Guest(guest) => {
            if report.reporter != Some(*guest) {
                return Err(Error::NotFound);
            }
            match rule(act, Some(report.state())) {
                Some((who, to)) if who.is_guest() => Ok(to),
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

/// What an act is for somebody who helps (A19); what is not named, only the person does.
fn deed(act: Act) -> Option<Deed> {
    match act {
        Act::Answer | Act::AddInfo => Some(Deed::Add),
        Act::Rate => Some(Deed::Rate),
        _ => None,
    }
}

fn may_ever(officer: &Officer, act: Act, unit: &str, above: &[&str]) -> bool {
    super::states::TABLE
        .iter()
        .any(|(a, who, ..)| *a == act && matches!(who, Who::Staff(right) if officer.may(*right, unit, above)))
}
