//! What becomes of a report: each story is a row of steps with their share of the time, from sending to its end or to now.

use super::{dice::Dice, texts::Template};
use domain::reports::Command;
use uuid::Uuid;

/// How far a report has come, and how it stands to its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    New,
    /// Nobody has looked in time.
    NewOver,
    Accepted,
    AcceptedSoon,
    Assigned,
    Working,
    WorkingSoon,
    WorkingOver,
    /// Waits for the citizen.
    Asked,
    Answered,
    Extended,
    /// Came from or went to another unit.
    Moved,
    Corrected,
    Reopened,
    /// Waits for the citizen's opinion.
    Resolved,
    Rated,
    RatedLate,
    /// Nobody rated; closed by the clock.
    Silent,
    ReopenedRated,
    Rejected,
    Withdrawn,
    Hidden,
}

/// Where a story's beginning is sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// Sent within the last day or so, in time.
    Fresh,
    /// Open with days to spare.
    Calm,
    /// Due today or on the next working day.
    Soon,
    Over,
    /// Finished some time in the last ten weeks, in time.
    Past,
    PastLate,
    /// Resolved within the days in which the citizen may answer.
    JustResolved,
}

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Officer,
    Leader,
    Author,
}

/// When a step happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum When {
    /// A share of the time from sending to the end of the work.
    Share(f32),
    /// Days after the step before.
    After(f32, f32),
}

/// One step of a plan.
#[derive(Debug, Clone)]
pub struct Beat {
    pub when: When,
    pub actor: Actor,
    pub command: Command,
    /// With a picture of the work done.
    pub pictured: bool,
}

impl Story {
    #[cfg(test)]
    pub const ALL: [Self; 22] = [
        Self::New,
        Self::NewOver,
        Self::Accepted,
        Self::AcceptedSoon,
        Self::Assigned,
        Self::Working,
        Self::WorkingSoon,
        Self::WorkingOver,
        Self::Asked,
        Self::Answered,
        Self::Extended,
        Self::Moved,
        Self::Corrected,
        Self::Reopened,
        Self::Resolved,
        Self::Rated,
        Self::RatedLate,
        Self::Silent,
        Self::ReopenedRated,
        Self::Rejected,
        Self::Withdrawn,
        Self::Hidden,
    ];

    pub fn aim(self) -> Aim {
        match self {
            Self::New => Aim::Fresh,
            Self::NewOver | Self::WorkingOver => Aim::Over,
            Self::AcceptedSoon | Self::WorkingSoon => Aim::Soon,
            Self::Accepted
            | Self::Assigned
            | Self::Working
            | Self::Asked
            | Self::Answered
            | Self::Extended
            | Self::Moved
            | Self::Corrected => Aim::Calm,
            Self::Resolved | Self::Reopened => Aim::JustResolved,
            Self::RatedLate => Aim::PastLate,
            Self::Rated | Self::Silent | Self::ReopenedRated | Self::Rejected | Self::Withdrawn | Self::Hidden => {
                Aim::Past
            }
        }
    }

    /// Whether a template has the words for it.
    pub fn fits(self, t: &Template) -> bool {
        match self {
            Self::Rejected => t.reject.is_some(),
            Self::Withdrawn => t.withdraw.is_some(),
            Self::Moved => t.transfer.is_some(),
            Self::Corrected => t.correct.is_some(),
            // Words for a change of unit mean that it did not come to the right one.
            Self::Asked => t.ask.is_some() && t.correct.is_none(),
            Self::Answered => t.ask.is_some() && t.answer.is_some(),
            Self::Extended => t.extend.is_some(),
            Self::Reopened => t.reopen.is_some() && !t.results.is_empty(),
            Self::ReopenedRated => t.reopen.is_some() && t.again.is_some() && !t.results.is_empty(),
            Self::Hidden => t.hide.is_some() && !t.results.is_empty(),
            _ => !t.results.is_empty() && t.correct.is_none(),
        }
    }

    /// The steps. `unit`: the commune's own code, for a transfer to it; `write` puts place and unit into a text; `stars`: how
    /// the citizen will rate.
    pub fn beats(self, t: &Template, c: &Context<'_>) -> Vec<Beat> {
        let mut plan = Beats { dice: c.dice, beats: Vec::new() };
        let text = |text: &Option<String>| (c.write)(text.as_deref().unwrap_or_default());
        let result = || (c.write)(c.dice.pick(&t.results).map_or("", String::as_str));
        let taken = |plan: &mut Beats<'_>| {
            plan.officer(0.06, Command::Accept { note: String::new() });
        };
        let given = |plan: &mut Beats<'_>| plan.officer(0.14, Command::Assign { to: Uuid::nil(), note: String::new() });
        let begun = |plan: &mut Beats<'_>| {
            plan.officer(0.24, Command::Start);
            if t.note.is_some() && c.dice.chance(60) {
                plan.officer(0.32, Command::Note { text: text(&t.note) });
            }
            if t.reply.is_some() && c.dice.chance(65) {
                plan.officer(0.4, Command::Reply { text: text(&t.reply) });
            }
        };
        let answered = |plan: &mut Beats<'_>| {
            plan.officer(0.46, Command::Ask { question: text(&t.ask) });
            plan.after(Actor::Author, 0.1, 1.2, Command::Answer { text: text(&t.answer) });
        };
        match self {
            Self::New | Self::NewOver => {
                if let Some(info) = &t.info {
                    plan.author(0.7, Command::AddInfo { text: (c.write)(info) });
                }
            }
            Self::Accepted | Self::AcceptedSoon => taken(&mut plan),
            Self::Assigned => {
                taken(&mut plan);
                given(&mut plan);
            }
            Self::Working | Self::WorkingSoon | Self::WorkingOver => {
                taken(&mut plan);
                given(&mut plan);
                begun(&mut plan);
            }
            Self::Asked => {
                taken(&mut plan);
                given(&mut plan);
                plan.officer(0.66, Command::Ask { question: text(&t.ask) });
            }
            Self::Answered => {
                taken(&mut plan);
                given(&mut plan);
                answered(&mut plan);
                plan.after(Actor::Officer, 0.1, 0.4, Command::Start);
            }
            Self::Extended => {
                taken(&mut plan);
                given(&mut plan);
                begun(&mut plan);
                let days = c.dice.whole(2, 6) as u16;
                plan.leader(0.7, Command::Extend { days, reason: text(&t.extend) });
            }
            Self::Moved => {
                if let Some(transfer) = &t.transfer {
                    let unit = if transfer.to == "commune" { c.commune.to_owned() } else { transfer.to.clone() };
                    plan.officer(0.3, Command::Transfer { unit, note: (c.write)(&transfer.note) });
                    if c.dice.chance(50) {
                        plan.officer(0.6, Command::Accept { note: String::new() });
                    }
                }
            }
            Self::Corrected => {
                taken(&mut plan);
                if let Some(correct) = &t.correct {
                    plan.officer(
                        0.3,
                        Command::Correct {
                            category: correct.category.clone(),
                            commune: c.commune.to_owned(),
                            note: (c.write)(&correct.note),
                        },
                    );
                }
                plan.officer(0.5, Command::Assign { to: Uuid::nil(), note: String::new() });
            }
            Self::Rejected => plan.leader(0.5, Command::Reject { reason: text(&t.reject) }),
            Self::Withdrawn => {
                taken(&mut plan);
                plan.author(0.5, Command::Withdraw { reason: text(&t.withdraw) });
            }
            Self::Resolved
            | Self::Rated
            | Self::RatedLate
            | Self::Silent
            | Self::Hidden
            | Self::Reopened
            | Self::ReopenedRated => {
                taken(&mut plan);
                given(&mut plan);
                begun(&mut plan);
                if t.answer.is_some() && c.dice.chance(20) && self == Self::Rated {
                    answered(&mut plan);
                }
                plan.done(When::Share(1.0), result());
                self.afterwards(t, c, &mut plan);
            }
        }
        plan.beats
    }

    /// What comes after the work is done.
    fn afterwards(self, t: &Template, c: &Context<'_>, plan: &mut Beats<'_>) {
        let text = |text: &Option<String>| (c.write)(text.as_deref().unwrap_or_default());
        let rate = |plan: &mut Beats<'_>, stars: u8| {
            let comment = c.dice.pick(c.comments.of(stars)).cloned().unwrap_or_default();
            plan.after(Actor::Author, 0.1, 4.5, Command::Rate { stars, comment });
        };
        match self {
            Self::Rated => rate(plan, c.stars),
            Self::RatedLate => rate(plan, c.stars.saturating_sub(2).max(1)),
            Self::Hidden => plan.after(Actor::Leader, 0.2, 1.0, Command::Hide { reason: text(&t.hide) }),
            Self::Reopened => plan.after(Actor::Author, 0.3, 2.0, Command::Reopen { comment: text(&t.reopen) }),
            Self::ReopenedRated => {
                plan.after(Actor::Author, 0.3, 4.0, Command::Reopen { comment: text(&t.reopen) });
                plan.after(Actor::Officer, 0.1, 0.6, Command::Start);
                plan.done(When::After(0.8, 3.0), text(&t.again));
                rate(plan, c.stars.saturating_sub(1).max(3));
            }
            _ => {}
        }
    }
}

/// What the steps of one report need to know.
pub struct Context<'a> {
    pub dice: &'a Dice,
    pub commune: &'a str,
    pub stars: u8,
    pub comments: &'a super::texts::Comments,
    pub write: &'a dyn Fn(&str) -> String,
}

struct Beats<'a> {
    dice: &'a Dice,
    beats: Vec<Beat>,
}

impl Beats<'_> {
    fn add(&mut self, when: When, actor: Actor, command: Command) {
        self.beats.push(Beat { when, actor, command, pictured: false });
    }

    /// A share of the time, give or take a little.
    fn at(&mut self, share: f32, actor: Actor, command: Command) {
        let share = share * self.dice.between(0.8, 1.2);
        self.add(When::Share(share.min(0.97)), actor, command);
    }

    fn officer(&mut self, share: f32, command: Command) {
        self.at(share, Actor::Officer, command);
    }

    fn leader(&mut self, share: f32, command: Command) {
        self.at(share, Actor::Leader, command);
    }

    fn author(&mut self, share: f32, command: Command) {
        self.at(share, Actor::Author, command);
    }

    fn after(&mut self, actor: Actor, from: f32, to: f32, command: Command) {
        self.add(When::After(from, to), actor, command);
    }

    fn done(&mut self, when: When, text: String) {
        self.beats.push(Beat { when, actor: Actor::Officer, command: Command::Resolve { text }, pictured: true });
    }
}
