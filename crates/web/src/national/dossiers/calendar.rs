//! Promised days (hẹn trả) as a file for calendars (iCalendar, RFC 5545). A day keeps its name (UID), so that a newer file moves it instead of adding
//! one; nothing in an address says whose it is.

use super::mine::{LIST, name};
use crate::{
    citizen::{
        accounts::refusal::Answer,
        answer::{self, cached},
    },
    error::Problem,
    page::Page,
    state::Web,
    visit::Citizen,
};
use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use base::{
    clock::{HOUR, Millis},
    ids::Uuid,
    show,
};
use domain::dossiers::mine::{Line, PAGE_SIZE, Which};

/// All of them.
pub(crate) const FILE: &str = "/tai-khoan/tien-ich/hen-tra.ics";
/// Pages of dossiers that are looked through; nobody has as many open ones.
const PAGES: i64 = 10;
/// Bytes of a line at most, without its end.
const WIDTH: usize = 75;

struct Day {
    id: Uuid,
    day: Millis,
    /// When what it says was said.
    told_at: Millis,
    summary: String,
    text: String,
    url: String,
}

/// Has a promised day that somebody still works towards.
pub(crate) fn has_day(line: &Line) -> bool {
    line.due_at.is_some() && !line.state().is_over()
}

/// The open dossiers of a person that have a promised day.
pub(crate) async fn open(web: &Web, account: Uuid) -> Result<Vec<Line>, Problem> {
    let mut all = Vec::new();
    for page in 0..PAGES {
        let lines = web.accounts.dossiers(account, Which::Open, page).await.map_err(web.account_problem())?;
        let is_last = (lines.len() as i64) < PAGE_SIZE;
        all.extend(lines.into_iter().filter(has_day));
        if is_last {
            break;
        }
    }
    Ok(all)
}

/// Every promised day of a person.
pub async fn all(State(web): State<Web>, by: Citizen) -> Answer {
    let lines = open(&web, by.signed.account).await?;
    Ok(file(&web, &by.visit.page, &lines))
}

/// That of one dossier. Errors: `NotFound` when it has none.
pub async fn one(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let whole = web.accounts.dossier(by.signed.account, answer::id(&id)?).await.map_err(web.account_problem())?;
    if !has_day(&whole.line) {
        return Err(Problem::NotFound.into());
    }
    Ok(file(&web, &by.visit.page, &[whole.line]))
}

fn file(web: &Web, p: &Page, lines: &[Line]) -> Response {
    let origin = &web.core.settings.origin;
    let day = |line: &Line| {
        Some(Day {
            id: line.id,
            day: line.due_at?,
            told_at: line.told_at,
            summary: p.t1("cal-day", "name", name(p, line)),
            text: p.t2("cal-text", "code", &line.code, "system", &line.system),
            url: format!("{origin}{LIST}/{}", line.id),
        })
    };
    let days: Vec<Day> = lines.iter().filter_map(day).collect();
    let host = domain::dossiers::host(origin).unwrap_or("congdanso");
    let mut response = cached(calendar(host, p.app_name(), &days).into_response(), "private, no-store");
    for (name, value) in [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"hen-tra.ics\""),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

fn calendar(host: &str, product: &str, days: &[Day]) -> String {
    let mut out = String::new();
    let mut line = |text: String| fold(&mut out, &text);
    line("BEGIN:VCALENDAR".into());
    line("VERSION:2.0".into());
    line(format!("PRODID:-//{}//VI", escaped(product).replace('/', "-")));
    line("CALSCALE:GREGORIAN".into());
    line("METHOD:PUBLISH".into());
    for day in days {
        // In UTC: seven hours before Vietnam's clocks.
        let moment = |at: Millis| show::local(at - 7 * HOUR).strftime("%Y%m%dT%H%M%SZ").to_string();
        line("BEGIN:VEVENT".into());
        line(format!("UID:{}@{host}", day.id));
        line(format!("DTSTAMP:{}", moment(day.told_at)));
        line(format!("DTSTART;VALUE=DATE:{}", show::local(day.day).strftime("%Y%m%d")));
        line(format!("SUMMARY:{}", escaped(&day.summary)));
        line(format!("DESCRIPTION:{}", escaped(&day.text)));
        line(format!("URL:{}", day.url));
        line("CLASS:PRIVATE".into());
        line("TRANSP:TRANSPARENT".into());
        line("END:VEVENT".into());
    }
    line("END:VCALENDAR".into());
    out
}

/// Text of a property: a stranger's words end no line and begin no property.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.replace("\r\n", "\n").chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A line of at most 75 bytes; what is longer goes on in the next, behind a space. Letters stay whole.
fn fold(out: &mut String, line: &str) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > WIDTH {
            out.push_str("\r\n ");
            width = 1;
        }
        out.push(c);
        width += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::clock::DAY;

    fn unfolded(file: &str) -> Vec<String> {
        file.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn n6_promised_days_are_a_calendar_that_others_read() {
        let long = "Đăng ký biến động quyền sử dụng đất, quyền sở hữu tài sản gắn liền với đất; ".repeat(3);
        let day = |n: u128, summary: &str| Day {
            id: Uuid::from_u128(n),
            // Half past midnight in Vietnam: the day before in UTC.
            day: 1_774_805_400_000,
            told_at: 1_774_833_300_000 - DAY,
            summary: summary.into(),
            text: "Mã\r\nEND:VEVENT\nX\u{7}:a\\b,c;d".into(),
            url: format!("https://cong.example.vn/tai-khoan/ho-so/{}", Uuid::from_u128(n)),
        };
        let file = calendar("cong.example.vn", "Cổng", &[day(1, &long), day(2, "a")]);
        assert!(file.ends_with("END:VCALENDAR\r\n") && !file.replace("\r\n", "").contains(['\r', '\n']));
        assert!(file.split("\r\n").all(|line| line.len() <= WIDTH), "{file}");
        let lines = unfolded(&file);
        let has = |line: &str| assert!(lines.iter().any(|l| l == line), "{line} in {lines:#?}");
        has("UID:00000000-0000-0000-0000-000000000001@cong.example.vn");
        has("DTSTART;VALUE=DATE:20260330");
        has("DTSTAMP:20260329T011500Z");
        has("DESCRIPTION:Mã\\nEND:VEVENT\\nX:a\\\\b\\,c\\;d");
        has(&format!("SUMMARY:{}", long.replace(',', "\\,").replace(';', "\\;")));
        assert_eq!(lines.iter().filter(|l| *l == "END:VEVENT").count(), 2);
        assert_eq!(calendar("cong.example.vn", "Cổng", &[day(1, &long), day(2, "a")]), file, "the same is the same");
    }

    #[test]
    fn n6_a_fold_never_cuts_a_letter() {
        for pad in 0..80 {
            let line = format!("{}{}", "a".repeat(pad), "ỗ".repeat(60));
            let mut out = String::new();
            fold(&mut out, &line);
            assert_eq!(unfolded(&out), [line]);
            assert!(out.split("\r\n").all(|l| l.len() <= WIDTH));
        }
    }
}
