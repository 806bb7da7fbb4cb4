use super::*;
use crate::show;
use proptest::prelude::*;

/// A local time as UTC milliseconds.
fn at(text: &str) -> Millis {
    let local: jiff::civil::DateTime = text.parse().unwrap();
    local.to_zoned(show::vietnam()).unwrap().timestamp().as_millisecond()
}

fn due(start: &str, limit: Limit) -> String {
    show::date_time(Calendar::vietnam().due_at(at(start), limit, &[]))
}

fn due_paused(start: &str, limit: Limit, pauses: &[(&str, &str)]) -> String {
    let pauses: Vec<_> = pauses.iter().map(|(from, to)| (at(from), at(to))).collect();
    show::date_time(Calendar::vietnam().due_at(at(start), limit, &pauses))
}

/// The embedded calendar with 24 November 2026 decided one way or the other.
fn culture_day(kind: &str) -> Calendar {
    let text = format!(
        "version = \"t\"\n[[day]]\nfrom = \"2026-11-24\"\nkind = \"{kind}\"\nname = {{ vi = \"a\", en = \"b\" }}\n\
         status = \"announced\"\nsource = \"test\"\n"
    );
    Calendar::vietnam().with(&text).unwrap()
}

/// The vectors of the research notes on dossiers, section A8.
#[test]
fn r8_known_deadlines() {
    assert_eq!(due("2026-02-12T09:00", Limit::WorkingDays(3)), "23:59 24/02/2026", "over Tết");
    assert_eq!(due("2025-12-31T09:00", Limit::WorkingDays(3)), "23:59 07/01/2026", "2 January is swapped off");
    assert_eq!(due("2026-01-09T09:00", Limit::WorkingDays(1)), "23:59 10/01/2026", "a Saturday that is worked");
    assert_eq!(due("2026-02-06T09:00", Limit::CalendarDays(10)), "23:59 23/02/2026", "the last day moves");
    let start = at("2026-11-23T09:00");
    let end = |kind| show::date(culture_day(kind).due_at(start, Limit::WorkingDays(1), &[]));
    assert_eq!(end("normal"), "24/11/2026");
    assert_eq!(end("holiday"), "25/11/2026");
}

#[test]
fn r8_hours_run_in_office_hours_only() {
    assert_eq!(due("2026-03-30T08:15", Limit::WorkingHours(2)), "10:15 30/03/2026");
    assert_eq!(due("2026-03-30T10:30", Limit::WorkingHours(2)), "14:30 30/03/2026", "over lunch");
    assert_eq!(due("2026-03-30T20:00", Limit::WorkingHours(1)), "08:30 31/03/2026", "sent in the evening");
    assert_eq!(due("2026-04-03T16:30", Limit::WorkingHours(8)), "17:00 06/04/2026", "over a weekend, 7.5 hours a day");
    assert_eq!(due("2026-03-30T07:30", Limit::WorkingHours(4)), "11:30 30/03/2026");
    assert_eq!(due("2026-03-30T09:00:30", Limit::WorkingHours(1)), "10:01 30/03/2026", "never a second too short");
}

#[test]
fn r8_the_clock_stands_while_the_citizen_is_asked() {
    let hours = Limit::WorkingHours(4);
    assert_eq!(due_paused("2026-03-30T07:30", hours, &[("2026-03-30T08:30", "2026-03-31T08:30")]), "11:30 31/03/2026");
    let days = Limit::WorkingDays(2); // Monday 30 March: Tuesday, Wednesday
    assert_eq!(due_paused("2026-03-30T08:00", days, &[("2026-03-31T09:00", "2026-03-31T15:00")]), "23:59 01/04/2026");
    assert_eq!(due_paused("2026-03-30T08:00", days, &[("2026-03-31T09:00", "2026-04-02T09:00")]), "23:59 03/04/2026");
    let on_last_day = due_paused("2026-03-30T08:00", days, &[("2026-04-01T10:00", "2026-04-06T09:00")]);
    assert_eq!(on_last_day, "23:59 06/04/2026", "a pause on the last day leaves the day that it comes back");
    let evening = due_paused("2026-03-30T08:00", days, &[("2026-04-01T18:00", "2026-04-02T20:00")]);
    assert_eq!(evening, "23:59 03/04/2026", "answered after hours: the next day");
}

#[test]
fn r8_every_day_is_explained() {
    let calendar = Calendar::vietnam();
    let lines = calendar.explain(at("2026-02-12T09:00"), Limit::WorkingDays(3), &[]);
    let told: Vec<_> = lines.iter().map(|l| (l.date.day(), l.count, l.running_total)).collect();
    assert_eq!(told.first(), Some(&(12, Count::FirstDay, 0)));
    assert_eq!(told[1], (13, Count::Counted, 1));
    assert!(told[2..11].iter().all(|(_, count, total)| *count == Count::NotWorking && *total == 1), "{told:?}");
    assert_eq!(told[11..], [(23, Count::Counted, 2), (24, Count::Counted, 3)]);
    assert!(matches!(lines[4].kind, DayKind::Holiday(name) if name.vi == "Tết Nguyên đán"), "{:?}", lines[4]);

    let moved = calendar.explain(at("2026-02-06T09:00"), Limit::CalendarDays(10), &[]);
    assert_eq!(moved.last().map(|l| (l.count, l.running_total)), Some((Count::MovedHere, 10)));
}

#[test]
fn what_is_left_and_what_is_overdue() {
    let calendar = Calendar::vietnam();
    let due = calendar.due_at(at("2026-03-30T08:00"), Limit::WorkingDays(2), &[]);
    assert_eq!(calendar.remaining(at("2026-03-31T16:00"), due), Remaining::Left { minutes: 60 + 450, days: 1 });
    assert_eq!(calendar.remaining(at("2026-04-01T18:00"), due), Remaining::Left { minutes: 0, days: 0 });
    assert_eq!(calendar.remaining(at("2026-04-03T08:00"), due), Remaining::Overdue { minutes: 450 + 30, days: 2 });
    assert_eq!(calendar.working_minutes_between(at("2026-03-30T11:00"), at("2026-03-30T14:00")), 60);
    assert_eq!(calendar.working_minutes_between(5, 4), 0);
    assert_eq!(show::date_time(calendar.next_working_moment(at("2026-04-30T09:00"))), "07:30 04/05/2026");
}

#[test]
fn the_calendar_says_how_sure_it_is() {
    let calendar = Calendar::vietnam();
    assert_eq!(calendar.certainty(at("2026-03-01T00:00"), at("2026-03-31T00:00")), Certainty::Announced);
    assert_eq!(calendar.certainty(at("2026-11-01T00:00"), at("2026-11-30T00:00")), Certainty::ToCheck);
    assert_eq!(calendar.certainty(at("2027-12-01T00:00"), at("2028-01-30T00:00")), Certainty::NotCovered);
}

#[test]
fn a_pack_may_set_hours_and_days() {
    let text = "version = \"qt\"\nweekend = [\"sunday\"]\n[[hours]]\nfrom = \"07:00\"\nto = \"11:00\"\n";
    let calendar = Calendar::vietnam().with(text).unwrap();
    assert_eq!(
        show::date_time(calendar.due_at(at("2026-04-03T10:00"), Limit::WorkingHours(2), &[])),
        "08:00 04/04/2026"
    );
    assert!(calendar.version().starts_with("vn-2026-11-21~") && calendar.version().contains("+qt~"), "{calendar:?}");
    let changed = Calendar::vietnam().with(&text.replace("11:00", "11:30")).unwrap();
    assert_ne!(changed.version(), calendar.version(), "a change is noticed even under the same version");
}

#[test]
fn a_wrong_file_lists_every_error() {
    let text = "version = \"x\"\nweekend = [\"caturday\"]\n[[hours]]\nfrom = \"11:00\"\nto = \"07:00\"\n\
                [[day]]\nfrom = \"2026-13-01\"\n[[day]]\nfrom = \"2026-01-01\"\nkind = \"party\"\n";
    let errors = Calendar::vietnam().with(text).unwrap_err();
    assert_eq!(errors.iter().map(|e| e.line).collect::<Vec<_>>(), [2, 3, 6, 8], "{errors:?}");
    assert_eq!(Calendar::vietnam().with("version = ").unwrap_err().len(), 1);
}

#[test]
fn times_from_nowhere_do_no_harm() {
    let calendar = Calendar::vietnam();
    for start in [i64::MIN, -1, 0, i64::MAX] {
        calendar.due_at(start, Limit::WorkingHours(8), &[(i64::MIN, 3), (7, 5)]);
        calendar.due_at(start, Limit::WorkingDays(2), &[]);
        calendar.remaining(start, 0);
        calendar.next_working_moment(start);
    }
    assert_eq!(due("2026-03-30T08:15", Limit::WorkingHours(0)), "08:15 30/03/2026");
    assert_eq!(due("2026-03-30T08:15", Limit::WorkingDays(0)), "23:59 30/03/2026");
}

/// Times from the middle of 2025 to the end of 2027.
fn times() -> impl Strategy<Value = Millis> {
    1_750_000_000_000_i64..1_830_000_000_000
}

fn limits() -> impl Strategy<Value = Limit> {
    prop_oneof![
        (1u16..200).prop_map(Limit::WorkingHours),
        (1u16..40).prop_map(Limit::WorkingDays),
        (1u16..60).prop_map(Limit::CalendarDays),
    ]
}

fn pauses() -> impl Strategy<Value = Vec<Pause>> {
    prop::collection::vec((times(), 0i64..20 * DAY).prop_map(|(from, long)| (from, from + long)), 0..4)
}

fn one_more(limit: Limit) -> Limit {
    match limit {
        Limit::WorkingHours(n) => Limit::WorkingHours(n + 1),
        Limit::WorkingDays(n) => Limit::WorkingDays(n + 1),
        Limit::CalendarDays(n) => Limit::CalendarDays(n + 1),
    }
}

proptest! {
    #[test]
    fn a_later_start_or_a_longer_limit_is_never_due_earlier(
        start in times(), later in 0i64..30 * DAY, limit in limits(), pauses in pauses(),
    ) {
        let calendar = Calendar::vietnam();
        let due = calendar.due_at(start, limit, &pauses);
        prop_assert!(due >= start);
        prop_assert!(calendar.due_at(start + later, limit, &pauses) >= due);
        prop_assert!(calendar.due_at(start, one_more(limit), &pauses) >= due);
    }

    #[test]
    fn a_pause_never_makes_it_due_earlier_and_no_deadline_falls_into_one(
        start in times(), limit in limits(), pauses in pauses(), from in 0i64..20 * DAY, long in MINUTE..20 * DAY,
    ) {
        let calendar = Calendar::vietnam();
        let before = calendar.due_at(start, limit, &pauses);
        let mut more = pauses;
        more.push((start + from, start + from + long));
        let after = calendar.due_at(start, limit, &more);
        prop_assert!(after >= before);
        // A deadline in hours may fall on the very minute at which a pause begins.
        prop_assert!(more.iter().all(|(from, to)| !(from + MINUTE < after && after < *to)), "{after} in {more:?}");
    }

    #[test]
    fn the_explanation_sums_to_the_limit_and_ends_on_the_last_day(
        start in times(), limit in limits(), pauses in pauses(),
    ) {
        let calendar = Calendar::vietnam();
        let due = calendar.due_at(start, limit, &pauses);
        let lines = calendar.explain(start, limit, &pauses);
        let minutes: i64 = lines.iter().map(|l| l.counted_minutes).sum();
        let days = lines.iter().filter(|l| l.count == Count::Counted).count() as i64;
        let last = lines.last().unwrap();
        match limit {
            Limit::WorkingHours(n) => {
                prop_assert_eq!(minutes, i64::from(n) * 60);
                prop_assert_eq!(last.running_total, minutes);
            }
            Limit::WorkingDays(n) | Limit::CalendarDays(n) => {
                prop_assert_eq!(days, i64::from(n));
                prop_assert_eq!(last.running_total, days);
            }
        }
        prop_assert_eq!(last.date, date_of(due));
        prop_assert!(last.kind.is_working());
        prop_assert!(lines.windows(2).all(|w| w[1].date == w[0].date.tomorrow().unwrap()));
    }

    #[test]
    fn hours_without_a_pause_are_the_working_minutes_until_the_deadline(start in times(), hours in 1u16..300) {
        let calendar = Calendar::vietnam();
        let due = calendar.due_at(start, Limit::WorkingHours(hours), &[]);
        prop_assert_eq!(calendar.working_minutes_between(start, due), i64::from(hours) * 60);
    }
}
