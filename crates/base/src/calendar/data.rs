//! Reading a calendar from TOML, every error listed.

use super::{Calendar, DayName, Entry};
use jiff::civil::{Date, Time, Weekday};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fmt};
use toml::{Spanned, Value};

/// The calendar that comes with the program.
const VIETNAM: &str = include_str!("../../data/calendar-vn.toml");

/// Longest stretch one entry may name, in days.
const LONGEST: usize = 31;

/// One thing wrong in a calendar file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarError {
    /// Line in the file, from 1.
    pub line: usize,
    pub message: String,
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for CalendarError {}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Kind {
    Holiday,
    DayOff,
    Workday,
    Normal,
}

/// The file. Parts are decoded one by one afterwards, so that one wrong entry does not hide the next.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: String,
    covers: Option<Covers>,
    weekend: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    hours: Vec<Spanned<Value>>,
    #[serde(default)]
    day: Vec<Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Covers {
    from: Date,
    to: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    from: Time,
    to: Time,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Day {
    from: Date,
    to: Option<Date>,
    kind: Kind,
    name: DayName,
    status: Status,
    /// Required, so that nobody adds a day that nobody can check.
    source: String,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Announced,
    ToCheck,
}

impl Calendar {
    /// The calendar that comes with the program: Monday to Friday, 07:30–11:30 and 13:30–17:00, public holidays.
    pub fn vietnam() -> Self {
        let bare = Self {
            version: String::new(),
            covers: (Date::MIN, Date::MIN),
            weekend: [false, false, false, false, false, true, true],
            hours: vec![(7 * 60 + 30, 11 * 60 + 30), (13 * 60 + 30, 17 * 60)],
            days: BTreeMap::new(),
        };
        // A test reads it and sees its version.
        bare.with(VIETNAM).unwrap_or(bare)
    }

    /// This calendar with the entries of a file laid over it: its hours, weekend and coverage replace, its days win for
    /// their dates. Errors: all of them, with their lines.
    pub fn with(&self, text: &str) -> Result<Self, Vec<CalendarError>> {
        let line_of = |at: usize| text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
        let file: File = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| line_of(span.start));
            vec![CalendarError { line, message: error.message().to_owned() }]
        })?;
        let mut errors = Vec::new();
        let mut fail = |at: usize, message: String| errors.push(CalendarError { line: line_of(at), message });

        let mut out = self.clone();
        // The hash tells two files apart whose author forgot to change the version.
        let hash: String = Sha256::digest(text).iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let plus = if self.version.is_empty() { "" } else { "+" };
        out.version = format!("{}{plus}{}~{hash}", self.version, file.version);
        if let Some(covers) = file.covers {
            if covers.from > covers.to {
                fail(0, "covers.from is later than covers.to".to_owned());
            }
            out.covers = (covers.from, covers.to);
        }
        if let Some(names) = file.weekend {
            out.weekend = [false; 7];
            let at = names.span().start;
            for name in names.into_inner() {
                match weekday(&name) {
                    Some(day) => out.weekend[day.to_monday_zero_offset() as usize] = true,
                    None => fail(at, format!("no day of the week is called {name:?}")),
                }
            }
            if out.weekend == [true; 7] {
                fail(at, "a week without a working day".to_owned());
            }
        }
        if !file.hours.is_empty() {
            out.hours.clear();
        }
        for entry in file.hours {
            let at = entry.span().start;
            match entry.into_inner().try_into::<Hours>() {
                Ok(hours) => {
                    let (from, to) = (minutes(hours.from), minutes(hours.to));
                    if from >= to || out.hours.last().is_some_and(|(_, before)| *before > from) {
                        fail(at, "office hours must run forward, in order and without overlap".to_owned());
                    }
                    out.hours.push((from, to));
                }
                Err(error) => fail(at, error.message().to_owned()),
            }
        }
        let mut seen: BTreeMap<Date, usize> = BTreeMap::new();
        for entry in file.day {
            let at = entry.span().start;
            match entry.into_inner().try_into::<Day>() {
                Ok(day) => {
                    let last = day.to.unwrap_or(day.from);
                    if last < day.from || day.source.trim().is_empty() {
                        fail(at, "a day needs a source, and `to` must not be before `from`".to_owned());
                        continue;
                    }
                    if day.from.series(jiff::ToSpan::days(1)).take_while(|date| *date <= last).nth(LONGEST).is_some() {
                        fail(at, format!("longer than {LONGEST} days"));
                        continue;
                    }
                    for date in day.from.series(jiff::ToSpan::days(1)).take_while(|date| *date <= last) {
                        if let Some(before) = seen.insert(date, line_of(at)) {
                            fail(at, format!("{date} stands already on line {before}"));
                        }
                        let announced = day.status == Status::Announced;
                        out.days.insert(date, Entry { kind: day.kind, name: day.name.clone(), announced });
                    }
                }
                Err(error) => fail(at, error.message().to_owned()),
            }
        }
        if errors.is_empty() { Ok(out) } else { Err(errors) }
    }
}

fn minutes(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}
