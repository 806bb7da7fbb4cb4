//! Field reports (phản ánh hiện trường): from the citizen to the unit in charge and back, every step in a history that nobody
//! can rewrite. `states` is the table of what may happen; `submit` and `act` are the only doors for writes.

pub mod act;
pub mod automatic;
pub mod clock;
pub mod cover;
pub mod drafts;
pub mod flags;
pub mod moderate;
pub mod photos;
pub mod queue;
pub mod redact;
pub mod rows;
pub mod saved_views;
pub mod states;
pub mod submit;
pub mod suggest;
pub mod views;

pub use act::{Command, act_as_author, act_as_officer};
pub use rows::{EventRow, PhotoRow, ReportRow};
pub use states::{Act, State};
pub use submit::{Draft, Place, Submitted, submit};

/// Characters of a title, of the content, of a note at most.
pub const TITLE_MOST: usize = 120;
pub const CONTENT_MOST: usize = 4_000;
pub const NOTE_MOST: usize = 2_000;
pub const ADDRESS_MOST: usize = 300;
/// Days in which the citizen may reopen once (R9).
pub const REOPEN_DAYS: i64 = 7;
