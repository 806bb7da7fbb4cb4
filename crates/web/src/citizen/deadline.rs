//! The promised time in words (R8): until when, how long, and day by day why.

use crate::page::Page;
use base::{
    calendar::{Count, DayKind, DayLine, Limit},
    clock::Millis,
    i18n::Lang,
    show,
};
use domain::reports::{
    ReportRow,
    clock::{self, Term},
};

/// `17:00, thứ Năm 02/04/2026`; a term in days ends with its last day: `hết thứ Năm 02/04/2026`.
pub fn until(p: &Page, due: Millis) -> String {
    if show::time(due.saturating_add(1)) == "00:00" {
        p.t1("due-end-of-day", "day", format!("{} {}", show::weekday(due, p.lang()), show::date(due)))
    } else {
        p.long_time(&due)
    }
}

/// `3 ngày làm việc`
pub fn length(p: &Page, limit: Limit) -> String {
    match limit {
        Limit::WorkingHours(n) => p.tn("limit-working-hours", i64::from(n)),
        Limit::WorkingDays(n) => p.tn("limit-working-days", i64::from(n)),
        Limit::CalendarDays(n) => p.tn("limit-calendar-days", i64::from(n)),
    }
}

/// One day of the explanation.
#[derive(Debug, Clone)]
pub struct Day {
    pub date: String,
    pub why: String,
    /// Counted: shown strong.
    pub counts: bool,
}

#[derive(Debug, Clone)]
pub struct Explained {
    pub length: String,
    pub from: String,
    pub until: String,
    pub paused: bool,
    /// Working days added by extensions; 0: none.
    pub extended: i64,
    pub days: Vec<Day>,
    /// Days of which only weekends are known, or that were not announced yet, are among them.
    pub to_check: bool,
}

/// Days shown at most; a year of them would help nobody.
const DAYS_SHOWN: usize = 90;

/// `None` when the report has no deadline.
pub fn explain(p: &Page, report: &ReportRow) -> Option<Explained> {
    let due = report.due_at?;
    let term = Term::of(report)?;
    let calendar = p.province.calendar();
    let pauses = clock::pauses(report, p.now);
    let in_hours = matches!(term.whole(), Limit::WorkingHours(_));
    let days = term.explain(calendar, &pauses).iter().take(DAYS_SHOWN).map(|d| day(p, d, in_hours)).collect();
    Some(Explained {
        length: length(p, term.whole()),
        from: p.long_time(&term.start),
        until: until(p, due),
        paused: report.paused_at.is_some(),
        extended: i64::from(term.extra_days),
        days,
        to_check: calendar.certainty(term.start, due) != base::calendar::Certainty::Announced,
    })
}

fn day(p: &Page, line: &DayLine<'_>, in_hours: bool) -> Day {
    let at = line.date.to_zoned(show::vietnam()).map_or(0, |z| z.timestamp().as_millisecond());
    let date = format!("{} {}", show::weekday(at, p.lang()), show::date(at));
    let why = match line.count {
        Count::Counted if in_hours => p.t1("day-counted-hours", "time", hours(p, line.counted_minutes)),
        Count::Counted => p.tn("day-counted", line.running_total),
        Count::FirstDay => p.t("day-first").into_owned(),
        Count::Paused => p.t("day-paused").into_owned(),
        Count::Closed => p.t("day-closed").into_owned(),
        Count::MovedHere => p.t("day-moved-here").into_owned(),
        Count::NotWorking => match line.kind {
            DayKind::Holiday(name) | DayKind::SwappedOff(name) => {
                p.t1("day-holiday", "name", if p.lang() == Lang::EN { &name.en } else { &name.vi })
            }
            _ => p.t("day-weekend").into_owned(),
        },
    };
    Day { date, why, counts: line.count == Count::Counted }
}

/// `4 giờ 30 phút`
fn hours(p: &Page, minutes: i64) -> String {
    let (h, m) = (minutes / 60, minutes % 60);
    match (h, m) {
        (0, m) => p.tn("minutes", m),
        (h, 0) => p.tn("hours", h),
        (h, m) => format!("{} {}", p.tn("hours", h), p.tn("minutes", m)),
    }
}
