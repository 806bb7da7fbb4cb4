//! How states and deadlines look to staff: never by colour alone, always word and icon.

use crate::page::Page;
use base::{
    clock::Millis,
    show::{date, time},
};
use domain::reports::{Act, State, clock::Standing};

/// A status as it is drawn.
#[derive(Debug, Clone)]
pub struct Tag {
    pub class: &'static str,
    pub icon: &'static str,
    pub text: String,
}

/// The table of COMPONENTS.md, «States (tags)».
pub fn tag(p: &Page, state: State) -> Tag {
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
    Tag { class, icon, text: p.t(&format!("desk-state-{}", state.as_str())).into_owned() }
}

/// A deadline as it is drawn.
#[derive(Debug, Clone)]
pub struct Due {
    pub class: &'static str,
    pub icon: &'static str,
    /// How much is left or over.
    pub text: String,
    /// The time itself, as words and for machines.
    pub at: String,
    pub iso: String,
    pub late: bool,
}

/// Office minutes of a usual day: 07:30–11:30 and 13:30–17:00.
pub(super) const DAY: i64 = 450;

pub fn due(p: &Page, due_at: Option<Millis>, standing: Standing) -> Option<Due> {
    let at = due_at?;
    let shown = format!("{} {}", time(at), date(at));
    let (class, icon, text, late) = match standing {
        Standing::None => ("due", "clock", String::new(), false),
        Standing::Paused => ("due", "clock", p.t("desk-due-paused").into_owned(), false),
        Standing::Left { minutes } if minutes <= DAY => ("due due--soon", "clock", span(p, "left", minutes), false),
        Standing::Left { minutes } => ("due", "clock", span(p, "left", minutes), false),
        Standing::Over { minutes } => ("due due--late", "clock-alert", span(p, "over", minutes), true),
    };
    let text = if text.is_empty() { shown.clone() } else { text };
    Some(Due { class, icon, text, at: shown, iso: p.iso(&at), late })
}

/// `Còn 3 ngày`, `Quá 4 giờ`: the largest unit that says enough.
fn span(p: &Page, which: &str, minutes: i64) -> String {
    let (unit, n) = match minutes {
        m if m < 60 => ("minutes", m.max(1)),
        m if m < 2 * DAY => ("hours", m / 60),
        m => ("days", m / DAY),
    };
    p.tn(&format!("desk-due-{which}-{unit}"), n)
}

/// The icon of an act, in forms and in the history.
pub fn act_icon(act: Act) -> &'static str {
    match act {
        Act::Submit | Act::AddInfo => "send",
        Act::Accept => "inbox",
        Act::Assign => "users",
        Act::Start => "hourglass",
        Act::Ask => "message-circle-question-mark",
        Act::Answer | Act::Reply => "message-square-text",
        Act::Resume | Act::Reopen => "rotate-ccw",
        Act::Transfer => "arrow-right-left",
        Act::Correct => "pencil",
        Act::Note => "sticky-note",
        Act::Extend => "clock",
        Act::Resolve => "circle-check",
        Act::Reject | Act::Withdraw => "circle-x",
        Act::Rate => "star",
        Act::Close => "lock",
        Act::Hide => "eye-off",
        Act::Unhide => "eye",
        Act::Merge | Act::Absorb => "merge",
        Act::Unmerge | Act::Release => "split",
        Act::Split => "split",
        Act::HandOver => "users",
        Act::Consult => "message-circle-question-mark",
        Act::Consulted => "message-square-text",
        Act::Recall => "undo-2",
        Act::Redact => "eye-off",
        Act::Moderate => "shield-check",
    }
}
