//! When something is due, and how much time is left.

use super::{Calendar, DayLine, Limit, Millis, Pause, minute_ceil, minute_floor};
use super::{MINUTES, at_minute, date_of_day};

/// What lies between now and a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remaining {
    /// Còn: working minutes until the deadline; working days after today up to and with the last day (0: due today).
    Left { minutes: i64, days: i64 },
    /// Quá hạn: working minutes since the deadline; working days after the last day up to and with today.
    Overdue { minutes: i64, days: i64 },
}

impl Calendar {
    /// When it is due (UTC milliseconds). Whole days end at 23:59:59.999 local time: show the date, not the time.
    /// Later starts, longer limits and more pauses never give an earlier deadline.
    pub fn due_at(&self, start: Millis, limit: Limit, pauses: &[Pause]) -> Millis {
        self.walk(start, limit, pauses, |_| {})
    }

    /// The same, telling each day from the start to the last: what it is and what was counted.
    pub fn explain(&self, start: Millis, limit: Limit, pauses: &[Pause]) -> Vec<DayLine<'_>> {
        let mut lines = Vec::new();
        self.walk(start, limit, pauses, |line| lines.push(line));
        lines
    }

    /// Whole working minutes from one time to another; 0 when the second is not later.
    pub fn working_minutes_between(&self, from: Millis, to: Millis) -> i64 {
        let (from, to) = (minute_ceil(from), minute_floor(to));
        if from >= to {
            return 0;
        }
        (from.div_euclid(MINUTES)..=to.div_euclid(MINUTES)).map(|day| self.open_minutes(day, from, to)).sum()
    }

    /// What is left until `due`, or how far it is passed.
    pub fn remaining(&self, now: Millis, due: Millis) -> Remaining {
        if now <= due {
            Remaining::Left { minutes: self.working_minutes_between(now, due), days: self.working_days_after(now, due) }
        } else {
            Remaining::Overdue {
                minutes: self.working_minutes_between(due, now),
                days: self.working_days_after(due, now),
            }
        }
    }

    /// The first moment at or after `at` that lies in office hours: when something sent in the evening counts as received.
    pub fn next_working_moment(&self, at: Millis) -> Millis {
        let start = minute_ceil(at);
        let mut day = start.div_euclid(MINUTES);
        loop {
            let midnight = day * MINUTES;
            for (from, to) in self.hours(date_of_day(day)) {
                if start < midnight + to {
                    return at_minute(start.max(midnight + from)).max(at);
                }
            }
            day += 1;
        }
    }

    /// Working days after the day of `from`, up to and with the day of `to`.
    fn working_days_after(&self, from: Millis, to: Millis) -> i64 {
        let (from, to) = (minute_floor(from).div_euclid(MINUTES), minute_floor(to).div_euclid(MINUTES));
        (from + 1..=to).filter(|day| self.kind(date_of_day(*day)).is_working()).count() as i64
    }

    /// Office minutes of a day that lie within [from, to), both local minutes.
    fn open_minutes(&self, day: i64, from: i64, to: i64) -> i64 {
        let midnight = day * MINUTES;
        let hours = self.hours(date_of_day(day));
        hours.iter().map(|(a, b)| (to.min(midnight + b) - from.max(midnight + a)).max(0)).sum()
    }
}
