//! Dates and numbers as people in Vietnam write them: 30/03/2026, 08:15, 17.791 and 99,2 %.

use crate::{clock::Millis, i18n::Lang};
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// Vietnam's only zone: UTC+7 all year since 1975, so that no zone database is needed on the machine.
pub fn vietnam() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(7))
}

/// The local time of a row's time. Times outside jiff's range become the epoch: they cannot come from our clock.
pub fn local(at: Millis) -> Zoned {
    Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(vietnam())
}

/// `30/03/2026`
pub fn date(at: Millis) -> String {
    let t = local(at);
    format!("{:02}/{:02}/{}", t.day(), t.month(), t.year())
}

/// `08:15`
pub fn time(at: Millis) -> String {
    let t = local(at);
    format!("{:02}:{:02}", t.hour(), t.minute())
}

/// `08:15 30/03/2026`
pub fn date_time(at: Millis) -> String {
    format!("{} {}", time(at), date(at))
}

/// RFC 3339 in Vietnam's offset, for `<time datetime>` and the APIs: `2026-03-30T08:15:00+07:00`.
pub fn rfc3339(at: Millis) -> String {
    let t = local(at);
    format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+07:00", t.year(), t.month(), t.day(), t.hour(), t.minute(), t.second())
}

/// Day of the week: `thứ Hai` … `Chủ nhật`, `Monday` … `Sunday`.
pub fn weekday(at: Millis, lang: Lang) -> &'static str {
    let vi = ["thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu", "thứ Bảy", "Chủ nhật"];
    let en = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let day = local(at).weekday().to_monday_zero_offset() as usize;
    if lang == Lang::EN { en[day] } else { vi[day] }
}

/// `17.791` in Vietnamese, `17,791` in English.
pub fn number(n: i64, lang: Lang) -> String {
    let digits = n.unsigned_abs().to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if n < 0 {
        out.push('-');
    }
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(if lang == Lang::EN { ',' } else { '.' });
        }
        out.push(c);
    }
    out
}

/// `99,2 %` from parts; `None` when the whole is 0: nothing is known, and that is not 0 %.
pub fn percent(part: i64, whole: i64, lang: Lang) -> Option<String> {
    if whole <= 0 {
        return None;
    }
    let tenths = (part as f64 / whole as f64 * 1000.0).round() as i64;
    let comma = if lang == Lang::EN { '.' } else { ',' };
    Some(format!("{}{comma}{} %", tenths / 10, tenths % 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Millis = 1_774_833_300_000; // 2026-03-30T01:15:00Z

    #[test]
    fn dates_are_vietnamese() {
        assert_eq!(date_time(AT), "08:15 30/03/2026");
        assert_eq!(rfc3339(AT), "2026-03-30T08:15:00+07:00");
        assert_eq!(weekday(AT, Lang::VI), "thứ Hai");
    }

    #[test]
    fn numbers_are_vietnamese() {
        assert_eq!(number(17_791, Lang::VI), "17.791");
        assert_eq!(number(-1_234_567, Lang::EN), "-1,234,567");
        assert_eq!(number(7, Lang::VI), "7");
        assert_eq!(percent(3788, 3820, Lang::VI).unwrap(), "99,2 %");
        assert_eq!(percent(0, 0, Lang::VI), None);
    }
}
