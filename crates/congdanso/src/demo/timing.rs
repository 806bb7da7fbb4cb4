//! When things happened: beginnings that lead to the deadline a story wants, steps in office hours, citizens awake.

use super::{
    dice::Dice,
    stories::{Actor, Aim, Beat, Story, When},
};
use base::{
    calendar::{Calendar, Limit},
    clock::{DAY, HOUR, MINUTE, Millis, SECOND},
    show,
};
use domain::reports::{Act, REOPEN_DAYS};

/// How far back the oldest report lies.
pub const PAST: Millis = 74 * DAY;
/// Beginnings tried for one report.
const TRIES: usize = 90;

pub struct Timing<'a> {
    pub dice: &'a Dice,
    pub calendar: &'a Calendar,
    pub present: Millis,
}

impl Timing<'_> {
    /// When it was sent, and when each step was: the best of many beginnings, earlier ones on the whole when none is right.
    pub fn lay(&self, story: Story, limit: Limit, beats: &[Beat]) -> (Millis, Vec<Millis>) {
        let mut best: Option<(Millis, (Millis, Vec<Millis>))> = None;
        for _ in 0..TRIES {
            let start = self.beginning(story.aim(), limit);
            let due = self.calendar.due_at(start, limit, &[]);
            let (times, squeezed) = self.times(story, start, due, beats);
            // A step outside office hours is better than a wrong deadline, but worse than another beginning.
            let wrong = self.wrong(story, start, due, beats, &times) + squeezed * 30 * MINUTE;
            if best.as_ref().is_none_or(|(least, _)| wrong < *least) {
                best = Some((wrong, (start, times)));
            }
            if wrong == 0 {
                break;
            }
        }
        best.map_or((self.present - DAY, Vec::new()), |(_, found)| found)
    }

    /// A moment in which somebody might send something, in the stretch that suits the aim.
    fn beginning(&self, aim: Aim, limit: Limit) -> Millis {
        let days = i64::from(match limit {
            Limit::WorkingHours(n) => n / 8 + 1,
            Limit::WorkingDays(n) | Limit::CalendarDays(n) => n,
        });
        let (from, to) = match aim {
            Aim::Fresh => (26 * HOUR, 12 * MINUTE),
            Aim::Calm => ((days * 3 / 2 + 1) * DAY, 3 * HOUR),
            Aim::Soon => ((days * 3 / 2 + 5) * DAY, 2 * HOUR),
            Aim::Over => ((days * 3 / 2 + 9) * DAY, 5 * HOUR),
            Aim::Past | Aim::PastLate => (PAST, 3 * DAY),
            Aim::JustResolved => ((days * 3 / 2 + 8) * DAY, 8 * HOUR),
        };
        self.awake(self.present - self.dice.whole(to, from))
    }

    /// How far a plan is from what the story wants, in milliseconds; 0 is right.
    fn wrong(&self, story: Story, start: Millis, due: Millis, beats: &[Beat], times: &[Millis]) -> Millis {
        let soon = self.calendar.due_at(self.present, Limit::WorkingDays(1), &[]);
        let last = times.last().copied().unwrap_or(start);
        let future = (last.max(start) - (self.present - SECOND)).max(0) * 100;
        let resolved = beats.iter().zip(times).find(|(b, _)| b.command.act() == Act::Resolve).map(|(_, at)| *at);
        let outside = |at: Millis, from: Millis, to: Millis| (from - at).max(at - to).max(0);
        future
            + match story.aim() {
                Aim::Fresh => outside(due, self.present, Millis::MAX / 4),
                Aim::Calm => outside(due, soon + 1, Millis::MAX / 4),
                Aim::Soon => outside(due, self.present + 20 * MINUTE, soon),
                Aim::Over => outside(due, self.present - 6 * DAY, self.present - 20 * MINUTE),
                Aim::Past if story == Story::Silent => resolved
                    .map_or(0, |at| outside(at, 0, due) + outside(at, 0, self.present - REOPEN_DAYS * DAY - 10 * HOUR)),
                Aim::Past => resolved.map_or(0, |at| outside(at, 0, due)),
                Aim::PastLate => resolved.map_or(0, |at| outside(at, due + MINUTE, Millis::MAX / 4)),
                Aim::JustResolved => resolved.map_or(0, |at| {
                    outside(at, self.present - (REOPEN_DAYS - 1) * DAY, self.present - 20 * MINUTE)
                        + outside(at, 0, due)
                }),
            }
    }

    /// When the steps are, and how many had to be put outside office hours to lie before now.
    fn times(&self, story: Story, start: Millis, due: Millis, beats: &[Beat]) -> (Vec<Millis>, i64) {
        let end = match story.aim() {
            Aim::Past | Aim::JustResolved => start + part(due - start, self.dice.between(0.25, 0.92)),
            Aim::PastLate => due + part(DAY, self.dice.between(0.4, 2.6)),
            _ => self.present,
        };
        let mut before = start;
        let (mut times, mut squeezed) = (Vec::with_capacity(beats.len()), 0);
        for (i, beat) in beats.iter().enumerate() {
            let wanted = match beat.when {
                When::Share(share) => start + part(end - start, share),
                When::After(from, to) => before + part(DAY, self.dice.between(from, to)),
            };
            let wanted = wanted.max(before + self.dice.whole(2, 9) * MINUTE);
            let mut at = if beat.actor == Actor::Author { self.awake(wanted) } else { self.office(wanted) };
            at = at.max(before + MINUTE);
            // What is still open must fit before now: rather in the evening than tomorrow.
            if at >= self.present && !matches!(story.aim(), Aim::Past | Aim::PastLate | Aim::JustResolved) {
                let left = (beats.len() - i + 1) as i64;
                at = before + (self.present - before) / left;
                squeezed += 1;
            }
            times.push(at);
            before = at;
        }
        (times, squeezed)
    }

    /// The next moment in which somebody sits in the office, give or take some minutes.
    fn office(&self, at: Millis) -> Millis {
        let open = self.calendar.next_working_moment(at);
        self.calendar.next_working_moment(open + self.dice.whole(0, if open == at { 0 } else { 50 }) * MINUTE)
            + self.dice.whole(0, 59) * SECOND
    }

    /// Between half past five in the morning and eleven in the evening.
    fn awake(&self, at: Millis) -> Millis {
        let local = show::local(at);
        let minute = i64::from(local.hour()) * 60 + i64::from(local.minute());
        let (wakes, sleeps) = (5 * 60 + 30, 23 * 60);
        if minute < wakes {
            // The evening before: never later than asked for.
            return at - (minute + self.dice.whole(62, 200)) * MINUTE;
        }
        if minute > sleeps { at - self.dice.whole(60, 240) * MINUTE } else { at }
    }
}

fn part(of: Millis, share: f32) -> Millis {
    (of as f64 * f64::from(share)) as Millis
}
