//! Field reports (phản ánh hiện trường): from the citizen to the unit in charge and back, every step in a history that nobody
//! can rewrite. `states` is the table of what may happen; `submit` and `act` are the only doors for writes.

pub mod act;
pub mod answers;
pub mod automatic;
pub mod clock;
pub mod consult;
pub mod contact;
pub mod cover;
pub mod drafts;
pub mod flags;
pub mod follow;
mod fresh;
pub mod from_phone;
pub mod hand_over;
pub mod litter;
pub mod live;
pub mod media;
pub mod moderate;
pub mod nearby;
pub mod open;
pub mod people;
pub mod photos;
pub mod queue;
pub mod queue_map;
pub mod redact;
pub mod related;
pub mod reminders;
pub mod rows;
pub mod saved_views;
pub mod similar;
pub mod standard_texts;
pub mod states;
pub mod submit;
pub mod suggest;
pub mod tally;
pub mod uploads;
pub mod video;
pub mod views;
pub mod watch;

pub use act::{Command, SenderUpdate, act_as_author, act_as_guest, act_as_officer, update_by_sender};
pub use answers::Answers;
pub use contact::Contact;
pub use rows::{EventRow, PhotoRow, ReportRow};
pub use states::{Act, State};
pub use submit::{Draft, GUEST, OPEN311, Place, Submitted, submit};

/// After an act, in its transaction: the public figures follow, and who watches the place of a report that has just become
/// public will be told. Whoever changes reports elsewhere calls this too, with the row as it was before.
pub async fn public_changed(
    core: &crate::core::Core,
    tx: &store::Tx,
    before: &ReportRow,
    now: base::clock::Millis,
) -> Result<(), store::Error> {
    tally::changed(tx, &tally::Counted::of(before), before.id, now).await?;
    if !before.public {
        let public: Option<bool> =
            store::Sql::new("SELECT public FROM report WHERE id = $1").bind(before.id).scalar(tx).await?;
        if public == Some(true) {
            watch::announce(tx, before.id, core.new_id(), now).await?;
        }
    }
    Ok(())
}

/// What is kept in memory for the public's pages; empty until somebody asks.
#[derive(Default)]
pub struct Pictures {
    pub live: live::Live,
    pub tallies: tally::Tallies,
}

/// Characters of a title, of the content, of a note at most.
pub const TITLE_MOST: usize = 120;
pub const CONTENT_MOST: usize = 4_000;
pub const NOTE_MOST: usize = 2_000;
pub const ADDRESS_MOST: usize = 300;
/// Days in which the citizen may reopen once (R9).
pub const REOPEN_DAYS: i64 = 7;
