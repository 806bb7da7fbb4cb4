//! The walk over the days that decides a deadline, told line by line.

use super::{Calendar, DayKind, Limit, Millis, Pause, minute_ceil, minute_floor};
use super::{MINUTES, at_minute, date_of_day};
use jiff::civil::Date;

/// Why a day counts or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Count {
    /// Được tính.
    Counted,
    /// Ngày bắt đầu, không tính (Civil Code 147.2).
    FirstDay,
    /// Ngày nghỉ.
    NotWorking,
    /// Tạm dừng: the clock stood.
    Paused,
    /// The office was already closed, or the term had ended before it opened.
    Closed,
    /// The term had run out on a day off; this working day is its end (Civil Code 148.5).
    MovedHere,
}

/// One day of an explanation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct DayLine<'c> {
    pub date: Date,
    pub kind: DayKind<'c>,
    pub count: Count,
    /// Office minutes counted on this day. For limits in days: all of them when the day counts.
    pub counted_minutes: i64,
    /// Office minutes of this day in which the clock stood.
    pub paused_minutes: i64,
    /// Counted up to and with this day, in the limit's own unit: minutes for hours, else days.
    pub running_total: i64,
}

impl Calendar {
    /// Walks from the start to the deadline, telling each day.
    pub(super) fn walk<'c>(
        &'c self,
        start: Millis,
        limit: Limit,
        pauses: &[Pause],
        tell: impl FnMut(DayLine<'c>),
    ) -> Millis {
        let pauses = merged(pauses);
        match limit {
            Limit::WorkingHours(hours) => self.walk_minutes(start, i64::from(hours) * 60, &pauses, tell),
            Limit::WorkingDays(days) => self.walk_days(start, i64::from(days), false, &pauses, tell),
            Limit::CalendarDays(days) => self.walk_days(start, i64::from(days), true, &pauses, tell),
        }
    }

    fn walk_minutes<'c>(
        &'c self,
        start: Millis,
        limit: i64,
        pauses: &[(i64, i64)],
        mut tell: impl FnMut(DayLine<'c>),
    ) -> Millis {
        let first = minute_ceil(start);
        let mut day = first.div_euclid(MINUTES);
        let mut total = 0;
        loop {
            let (date, midnight) = (date_of_day(day), day * MINUTES);
            let kind = self.kind(date);
            let (mut counted, mut paused, mut due) = (0, 0, (limit == 0).then_some(first));
            for (from, to) in self.hours(date) {
                let open = (first.max(midnight + from), midnight + to);
                if due.is_some() || open.0 >= open.1 {
                    continue;
                }
                for (from, to, runs) in stretches(open, pauses) {
                    if !runs {
                        paused += to - from;
                    } else if total + counted + (to - from) >= limit {
                        due = Some(from + limit - total - counted);
                        counted = limit - total;
                        break;
                    } else {
                        counted += to - from;
                    }
                }
            }
            total += counted;
            let count = match (counted, paused) {
                (1.., _) => Count::Counted,
                (_, 1..) => Count::Paused,
                _ if kind.is_working() => Count::Closed,
                _ => Count::NotWorking,
            };
            tell(DayLine { date, kind, count, counted_minutes: counted, paused_minutes: paused, running_total: total });
            match due {
                Some(minute) => return at_minute(minute).max(start),
                None => day += 1,
            }
        }
    }

    fn walk_days<'c>(
        &'c self,
        start: Millis,
        limit: i64,
        every_day: bool,
        pauses: &[(i64, i64)],
        mut tell: impl FnMut(DayLine<'c>),
    ) -> Millis {
        let first = minute_floor(start);
        let mut day = first.div_euclid(MINUTES);
        let mut total = 0;
        let mut is_first = true;
        loop {
            let (date, midnight) = (date_of_day(day), day * MINUTES);
            let kind = self.kind(date);
            let working = kind.is_working();
            let hours = self.hours(date);
            let open: i64 = hours.iter().map(|(from, to)| to - from).sum();
            let paused: i64 = hours
                .iter()
                .map(|(from, to)| (first.max(midnight + from), midnight + to))
                .filter(|(from, to)| from < to)
                .flat_map(|hours| stretches(hours, pauses))
                .filter(|(_, _, runs)| !runs)
                .map(|(from, to, _)| to - from)
                .sum();
            let stood = pauses.iter().any(|(from, to)| *from < midnight + MINUTES && *to > midnight + self.closing());
            let count = match () {
                () if is_first => Count::FirstDay,
                () if stood => Count::Paused,
                () if total == limit => {
                    if working {
                        Count::MovedHere
                    } else {
                        Count::NotWorking
                    }
                }
                () if working || every_day => Count::Counted,
                () => Count::NotWorking,
            };
            let counts = count == Count::Counted;
            total += i64::from(counts);
            let counted_minutes = if counts { open } else { 0 };
            tell(DayLine { date, kind, count, counted_minutes, paused_minutes: paused, running_total: total });
            if total == limit && working && !stood {
                return at_minute(midnight + MINUTES) - 1;
            }
            day += 1;
            is_first = false;
        }
    }
}

/// Pauses as local minutes, in order, none overlapping or empty. A begun minute is paused whole.
fn merged(pauses: &[Pause]) -> Vec<(i64, i64)> {
    let mut all: Vec<_> = pauses
        .iter()
        .filter(|(from, to)| from < to)
        .map(|(from, to)| (minute_floor(*from), minute_ceil(*to)))
        .collect();
    all.sort_unstable();
    let mut out: Vec<(i64, i64)> = Vec::with_capacity(all.len());
    for (from, to) in all {
        match out.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => out.push((from, to)),
        }
    }
    out
}

/// Cuts a stretch of office hours at the pauses: (from, to, whether the clock runs), in order, none empty.
fn stretches(open: (i64, i64), pauses: &[(i64, i64)]) -> Vec<(i64, i64, bool)> {
    let mut out = Vec::with_capacity(1);
    let mut at = open.0;
    for (from, to) in pauses.iter().filter(|(from, to)| *to > open.0 && *from < open.1) {
        if *from > at {
            out.push((at, *from, true));
        }
        let end = (*to).min(open.1);
        out.push((at.max(*from), end, false));
        at = end;
    }
    if at < open.1 {
        out.push((at, open.1, true));
    }
    out
}
