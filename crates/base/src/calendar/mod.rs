//! The working calendar of state offices (lịch làm việc) and the deadlines counted on it (R8).
//!
//! Pure functions of a calendar, a start, a limit and the pauses; times are UTC milliseconds, days are Vietnam's. Holidays
//! and swapped days are dated data with a source (`data/calendar-vn.toml`), never code: a province's pack may lay its own
//! entries over them ([`Calendar::with`]).
//!
//! How is counted:
//!
//! - **Working days** and **calendar days** by Civil Code 2015, Articles 147–148: the day it starts is not counted, the term
//!   ends at the end (24:00) of its last day, and a last day that is not worked moves to the next working day.
//! - **Working hours** by the office hours to the minute, from the next working moment on.
//! - **Pauses** (the citizen is asked, a fee is due) stop the clock and the rest goes on afterwards. Hours skip the paused
//!   minutes. A day is counted when the clock runs from the end of office hours to midnight, so that a deadline never falls
//!   into a pause and a pause within one day's office hours takes no day away.

mod data;
mod due;
mod explain;
#[cfg(test)]
mod tests;

pub use data::CalendarError;
pub use due::Remaining;
pub use explain::{Count, DayLine};

use crate::clock::{DAY, HOUR, MINUTE, Millis};
use jiff::{ToSpan, civil::Date};
use std::collections::BTreeMap;

/// How long something may take (thời hạn). In files: `{ working_days = 5 }`, `{ working_hours = 4 }`, `{ calendar_days = 10 }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// Giờ làm việc: office hours, 60 minutes each.
    WorkingHours(u16),
    /// Ngày làm việc.
    WorkingDays(u16),
    /// Ngày: weekends and holidays count, except as the last day.
    CalendarDays(u16),
}

/// A stretch of time in which the clock stood: from, to (UTC milliseconds). For one that still lasts, `to` is now.
pub type Pause = (Millis, Millis);

/// What a day is called, in Vietnamese and English.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DayName {
    pub vi: String,
    pub en: String,
}

/// What kind of day a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum DayKind<'c> {
    /// Ngày làm việc.
    Working,
    /// Ngày nghỉ hằng tuần.
    Weekend,
    /// Nghỉ lễ, Tết or nghỉ bù.
    Holiday(&'c DayName),
    /// Nghỉ hoán đổi: a working day off, worked on another day instead.
    SwappedOff(&'c DayName),
    /// Làm bù: a weekend day that is worked.
    SwappedWork(&'c DayName),
}

impl DayKind<'_> {
    pub fn is_working(&self) -> bool {
        matches!(self, Self::Working | Self::SwappedWork(_))
    }
}

/// How far the calendar's data can be trusted for a stretch of days; shown as «cần đối chiếu» where it is not `Announced`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    Announced,
    /// A day within it is predicted or was not checked.
    ToCheck,
    /// It reaches beyond the years the data covers: only weekends are known there.
    NotCovered,
}

/// The working calendar. Cheap to read, made once.
#[derive(Debug, Clone)]
pub struct Calendar {
    version: String,
    covers: (Date, Date),
    /// Days off every week, Monday first.
    weekend: [bool; 7],
    /// Office hours as minutes of the day, in order, not overlapping, at least one.
    hours: Vec<(i64, i64)>,
    days: BTreeMap<Date, Entry>,
}

/// One dated exception from the week.
#[derive(Debug, Clone)]
struct Entry {
    kind: data::Kind,
    name: DayName,
    announced: bool,
}

impl Calendar {
    /// Names the data a deadline was counted with; keep it beside the deadline, so that a later change can be found.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub fn kind(&self, date: Date) -> DayKind<'_> {
        let weekend = self.weekend[date.weekday().to_monday_zero_offset() as usize];
        let by_weekday = if weekend { DayKind::Weekend } else { DayKind::Working };
        match self.days.get(&date) {
            None => by_weekday,
            Some(entry) => match entry.kind {
                data::Kind::Holiday => DayKind::Holiday(&entry.name),
                data::Kind::DayOff => DayKind::SwappedOff(&entry.name),
                data::Kind::Workday => DayKind::SwappedWork(&entry.name),
                data::Kind::Normal => by_weekday,
            },
        }
    }

    /// Office hours of a day as minutes since midnight; none when the day is not worked.
    pub fn hours(&self, date: Date) -> &[(i64, i64)] {
        if self.kind(date).is_working() { &self.hours } else { &[] }
    }

    /// How sure the days from one time to another are.
    pub fn certainty(&self, from: Millis, to: Millis) -> Certainty {
        let (from, to) = (date_of(from), date_of(to));
        if from > to {
            return Certainty::Announced;
        }
        if from < self.covers.0 || to > self.covers.1 {
            return Certainty::NotCovered;
        }
        let unsure = self.days.range(from..=to).any(|(_, entry)| !entry.announced);
        if unsure { Certainty::ToCheck } else { Certainty::Announced }
    }

    /// Minutes of the day at which office hours end.
    fn closing(&self) -> i64 {
        self.hours.last().map_or(24 * 60, |(_, to)| *to)
    }
}

/// Vietnam is at UTC+7 all year since 1975 (as `show::vietnam`), so local time is a sum.
const OFFSET: Millis = 7 * HOUR;
/// Minutes of a day.
const MINUTES: i64 = DAY / MINUTE;
/// The years 1900 to 3000: what lies outside cannot come from our clock and would only make loops long.
const RANGE: (Millis, Millis) = (-2_208_988_800_000, 32_503_680_000_000);

/// Local minutes since 1970-01-01T00:00 local, rounded down.
fn minute_floor(at: Millis) -> i64 {
    (at.clamp(RANGE.0, RANGE.1) + OFFSET).div_euclid(MINUTE)
}

/// The same, rounded up.
fn minute_ceil(at: Millis) -> i64 {
    minute_floor(at.saturating_add(MINUTE - 1))
}

/// The time at the start of a local minute.
fn at_minute(minute: i64) -> Millis {
    minute * MINUTE - OFFSET
}

/// The local date of a local day number (days since 1970-01-01).
fn date_of_day(day: i64) -> Date {
    Date::constant(1970, 1, 1).saturating_add(day.days())
}

/// The local date of a time.
pub fn date_of(at: Millis) -> Date {
    date_of_day(minute_floor(at).div_euclid(MINUTES))
}
