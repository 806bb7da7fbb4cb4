//! The promise to the citizen (thời hạn, R8): counted in working time, standing still while the citizen is asked, explained day
//! by day. What is stored is the rule and the pauses; the due time is always computed from them, never moved by hand.

use super::rows::ReportRow;
use base::{
    calendar::{Calendar, DayLine, Limit, Pause},
    clock::Millis,
};
use serde::{Deserialize, Serialize};

/// The promised working time and what was added to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    pub limit: Limit,
    /// From when it is counted: sending, or reopening.
    pub start: Millis,
    /// Working days added by extensions.
    #[serde(default)]
    pub extra_days: u16,
}

/// Office hours of a day, for limits that are counted in hours.
const HOURS_A_DAY: u16 = 8;

impl Term {
    pub fn new(limit: Limit, start: Millis) -> Self {
        Self { limit, start, extra_days: 0 }
    }

    /// `None` when the stored text is broken: such a report shows no deadline rather than a wrong one.
    pub fn of(report: &ReportRow) -> Option<Self> {
        serde_json::from_str(&report.term).ok()
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The limit with what was added.
    pub fn whole(&self) -> Limit {
        match self.limit {
            Limit::WorkingHours(n) => {
                Limit::WorkingHours(n.saturating_add(self.extra_days.saturating_mul(HOURS_A_DAY)))
            }
            Limit::WorkingDays(n) => Limit::WorkingDays(n.saturating_add(self.extra_days)),
            Limit::CalendarDays(n) => Limit::CalendarDays(n.saturating_add(self.extra_days)),
        }
    }

    pub fn due_at(&self, calendar: &Calendar, pauses: &[Pause]) -> Millis {
        calendar.due_at(self.start, self.whole(), pauses)
    }

    /// Day by day, as it is shown to the citizen.
    pub fn explain<'c>(&self, calendar: &'c Calendar, pauses: &[Pause]) -> Vec<DayLine<'c>> {
        calendar.explain(self.start, self.whole(), pauses)
    }
}

/// The pauses of a report; the one that lasts ends `now`.
pub fn pauses(report: &ReportRow, now: Millis) -> Vec<Pause> {
    let mut all: Vec<Pause> = serde_json::from_str(&report.pauses).unwrap_or_default();
    if let Some(since) = report.paused_at {
        all.push((since, now.max(since)));
    }
    all
}

/// How a report stands to its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing to wait for: done, refused, or no deadline.
    None,
    /// The clock stands while the citizen is asked.
    Paused,
    /// Working minutes left.
    Left { minutes: i64 },
    /// Working minutes over.
    Over { minutes: i64 },
}

pub fn standing(report: &ReportRow, calendar: &Calendar, now: Millis) -> Standing {
    standing_of(report.due_at.filter(|_| report.open), report.paused_at.is_some(), calendar, now)
}

/// The same from a line of a list. `due`: `None` when nothing is to be waited for any more.
pub fn standing_of(due: Option<Millis>, paused: bool, calendar: &Calendar, now: Millis) -> Standing {
    let Some(due) = due else { return Standing::None };
    if paused {
        return Standing::Paused;
    }
    if now <= due {
        Standing::Left { minutes: calendar.working_minutes_between(now, due) }
    } else {
        Standing::Over { minutes: calendar.working_minutes_between(due, now) }
    }
}
