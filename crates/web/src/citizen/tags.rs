//! States in words, colour and icon (never colour alone), and the lines of reports in lists.

use super::deadline;
use crate::page::Page;
use domain::reports::{
    ReportRow, State,
    clock::{self, Standing},
    views::Line,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    pub class: &'static str,
    pub icon: &'static str,
    pub text: String,
}

/// Office minutes of a working day, for «Quá hạn 2 ngày».
const DAY_MINUTES: i64 = 8 * 60;

pub fn state(p: &Page, state: State) -> Tag {
    let (class, icon) = match state {
        State::Received => ("tag", "send"),
        State::Accepted => ("tag tag--info", "inbox"),
        State::Assigned => ("tag tag--info", "users"),
        State::InProgress => ("tag tag--info", "hourglass"),
        State::NeedInfo => ("tag tag--warn", "message-circle-question-mark"),
        State::Resolved => ("tag tag--ok", "circle-check"),
        State::Closed => ("tag", "lock"),
        State::Rejected => ("tag tag--bad", "circle-x"),
        State::Reopened => ("tag tag--warn", "rotate-ccw"),
    };
    Tag { class, icon, text: p.t(&format!("state-{}", state.as_str())).into_owned() }
}

fn overdue(p: &Page, standing: Standing) -> Option<Tag> {
    let Standing::Over { minutes } = standing else { return None };
    let text = if minutes >= DAY_MINUTES {
        p.tn("overdue-days", minutes / DAY_MINUTES)
    } else {
        p.tn("overdue-hours", (minutes + 59) / 60)
    };
    Some(Tag { class: "tag tag--late", icon: "clock-alert", text })
}

pub fn of_report(p: &Page, report: &ReportRow) -> Vec<Tag> {
    let standing = clock::standing(report, p.province.calendar(), p.now);
    std::iter::once(state(p, report.state())).chain(overdue(p, standing)).collect()
}

/// A line of a list as it is shown.
#[derive(Debug, Clone)]
pub struct Shown {
    pub href: String,
    pub title: String,
    pub code: String,
    /// Category and commune.
    pub what: String,
    /// The date of sending, or what is to be done now.
    pub when: String,
    pub tags: Vec<Tag>,
}

pub fn line(p: &Page, l: &Line) -> Shown {
    let due = l.due_at.filter(|_| l.open);
    let standing = clock::standing_of(due, l.paused_at.is_some(), p.province.calendar(), p.now);
    let when = match (l.state(), due) {
        (State::NeedInfo, _) => p.t("line-need-info").into_owned(),
        (State::Resolved, _) => p.t1("line-done", "date", p.date(&l.updated_at)),
        (State::Closed | State::Rejected, _) => p.t1("line-closed", "date", p.date(&l.updated_at)),
        (_, Some(due)) => p.t1("line-due", "until", deadline::until(p, due)),
        _ => p.t1("line-sent", "date", p.date(&l.created_at)),
    };
    let commune = p.commune_name(&l.commune);
    let category = p.category_name(&l.category);
    Shown {
        href: format!("/phan-anh/{}", l.code),
        title: l.title.clone(),
        code: p.code(&l.code),
        what: if commune.is_empty() { category } else { format!("{category} · {commune}") },
        when,
        tags: std::iter::once(state(p, l.state())).chain(overdue(p, standing)).collect(),
    }
}

/// For the public, who is not asked to do anything: the date of sending.
pub fn public_line(p: &Page, l: &Line) -> Shown {
    let mut shown = line(p, l);
    shown.when = p.t1("line-sent", "date", p.date(&l.created_at));
    shown
}
