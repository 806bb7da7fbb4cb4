//! One step of a dossier as a program says it: read strictly, within limits, with a name for everything that is wrong.

use crate::packs::procedures::Procedure;
use base::{
    clock::{DAY, MINUTE, Millis},
    personal_number::PersonalNumber,
    text,
};
use serde::Deserialize;
use serde_json::Value;

/// States as the national portal counts them (mã trạng thái hồ sơ; the official table was not at hand: cần đối chiếu).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Mới đăng ký
    New = 1,
    /// Được tiếp nhận
    Received = 2,
    /// Không được tiếp nhận
    NotReceived = 3,
    /// Đang xử lý
    Processing = 4,
    /// Yêu cầu bổ sung giấy tờ
    Supplement = 5,
    /// Yêu cầu thực hiện nghĩa vụ tài chính
    Payment = 6,
    /// Công dân yêu cầu rút hồ sơ
    Withdrawn = 7,
    /// Dừng xử lý
    Stopped = 8,
    /// Đã xử lý xong
    Processed = 9,
    /// Đã trả kết quả
    Returned = 10,
}

impl State {
    pub const ALL: [Self; 10] = [
        Self::New,
        Self::Received,
        Self::NotReceived,
        Self::Processing,
        Self::Supplement,
        Self::Payment,
        Self::Withdrawn,
        Self::Stopped,
        Self::Processed,
        Self::Returned,
    ];

    pub fn code(self) -> i32 {
        self as i32
    }

    pub fn of_code(code: i32) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// As programs write it: a code is a text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code().to_string() == text)
    }

    /// Nobody works on it any more: «Hồ sơ đã hoàn thành». All others are «Hồ sơ đang xử lý».
    pub fn is_over(self) -> bool {
        matches!(self, Self::NotReceived | Self::Withdrawn | Self::Stopped | Self::Processed | Self::Returned)
    }

    /// The person has to do something.
    pub fn is_turn_of_person(self) -> bool {
        matches!(self, Self::Supplement | Self::Payment)
    }
}

/// Why a step is refused; part of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// No object, a member that is missing, unknown or of another kind.
    Shape,
    Event,
    Dossier,
    Procedure,
    /// The province does not list this procedure.
    UnknownProcedure,
    Number,
    State,
    At,
    Future,
    TooOld,
    Due,
    Note,
    Link,
    /// An event's id that stands for another step already.
    EventReused,
}

impl Why {
    pub const ALL: [Self; 14] = [
        Self::Shape,
        Self::Event,
        Self::Dossier,
        Self::Procedure,
        Self::UnknownProcedure,
        Self::Number,
        Self::State,
        Self::At,
        Self::Future,
        Self::TooOld,
        Self::Due,
        Self::Note,
        Self::Link,
        Self::EventReused,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Event => "event",
            Self::Dossier => "dossier",
            Self::Procedure => "procedure",
            Self::UnknownProcedure => "unknown-procedure",
            Self::Number => "number",
            Self::State => "state",
            Self::At => "at",
            Self::Future => "future",
            Self::TooOld => "too-old",
            Self::Due => "due",
            Self::Note => "note",
            Self::Link => "link",
            Self::EventReused => "event-reused",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|why| why.as_str() == word)
    }
}

/// One step, as it may be written down. Says nothing of the person when it is shown for programmers.
#[derive(Clone, PartialEq, Eq)]
pub struct Step {
    /// One use: a step told twice has the same.
    pub event: String,
    /// Mã hồ sơ.
    pub dossier: String,
    /// The national code of the procedure.
    pub procedure: String,
    pub number: PersonalNumber,
    pub state: State,
    /// When the dossier took that state.
    pub at: Millis,
    /// Hẹn trả.
    pub due: Option<Millis>,
    /// To the person, in plain words; empty: none.
    pub note: String,
    /// The dossier's page at the province; empty: none.
    pub link: String,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Step({}, {:?})", self.event, self.state)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    event: String,
    dossier: String,
    procedure: String,
    number: String,
    state: String,
    at: String,
    #[serde(default)]
    due: Option<String>,
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    link: Option<String>,
}

/// Characters of an event's id.
const EVENT: std::ops::RangeInclusive<usize> = 8..=64;
/// Characters of a dossier's code: the national patterns have up to 25, older systems more.
const DOSSIER: std::ops::RangeInclusive<usize> = 5..=50;
const NOTE_MOST: usize = 500;
const LINK_MOST: usize = 300;
/// How wrong a clock may be.
const SKEW: Millis = MINUTE;
/// A deadline is not further away than this.
const DUE_MOST: Millis = 10 * 366 * DAY;

pub(crate) fn is_event(text: &str) -> bool {
    EVENT.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}

pub(crate) fn is_dossier(text: &str) -> bool {
    DOSSIER.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
}

/// RFC 3339 with its zone: a time without one would be read differently in two places.
pub fn moment(text: &str) -> Option<Millis> {
    if text.len() > 40 || !text.is_ascii() {
        return None;
    }
    text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond())
}

/// A time as it goes to other systems, to the millisecond: of two steps the order must not be lost on the way.
pub fn written(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map(|at| at.to_string()).unwrap_or_default()
}

/// An address at one of these hosts and nowhere else. `plain`: http will do (demo).
fn is_link(text: &str, hosts: &[String], plain: bool) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://").filter(|_| plain));
    let visible = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b);
    let at = super::host(text);
    rest.is_some()
        && text.len() <= LINK_MOST
        && text.bytes().all(visible)
        && hosts.iter().any(|own| Some(own.as_str()) == at)
}

/// What surrounds the reading of a step.
#[derive(Debug, Clone)]
pub struct Frame {
    pub now: Millis,
    /// Where links may lead.
    pub hosts: Vec<String>,
    /// Over http, too; for the demo.
    pub plain: bool,
}

impl Step {
    /// The event's id of whatever this is, to name it in the answer.
    pub fn event_of(value: &Value) -> Option<String> {
        value.get("event").and_then(Value::as_str).filter(|event| is_event(event)).map(str::to_owned)
    }

    /// Errors: the first thing that is wrong with it.
    pub fn read(value: &Value, frame: &Frame) -> Result<Self, Why> {
        let raw = Raw::deserialize(value).map_err(|_| Why::Shape)?;
        if !is_event(&raw.event) {
            return Err(Why::Event);
        }
        if !is_dossier(&raw.dossier) {
            return Err(Why::Dossier);
        }
        if !Procedure::is_code(&raw.procedure) {
            return Err(Why::Procedure);
        }
        let digits = raw.number.len() == 12 && raw.number.bytes().all(|b| b.is_ascii_digit());
        let number = PersonalNumber::parse(&raw.number).ok().filter(|_| digits).ok_or(Why::Number)?;
        let state = State::parse(&raw.state).ok_or(Why::State)?;
        let at = moment(&raw.at).ok_or(Why::At)?;
        if at > frame.now + SKEW {
            return Err(Why::Future);
        }
        if at < frame.now - super::KEPT {
            return Err(Why::TooOld);
        }
        let due = match raw.due.as_deref() {
            None => None,
            Some(text) => {
                let due = moment(text).filter(|due| (due - frame.now).abs() < DUE_MOST);
                Some(due.ok_or(Why::Due)?)
            }
        };
        // Counted as it goes on to the portal: putting letters together makes some texts longer.
        let note = text::lines(&raw.note.unwrap_or_default());
        if note.chars().count() > NOTE_MOST {
            return Err(Why::Note);
        }
        let link = raw.link.unwrap_or_default();
        if !link.is_empty() && !is_link(&link, &frame.hosts, frame.plain) {
            return Err(Why::Link);
        }
        let Raw { event, dossier, procedure, .. } = raw;
        Ok(Self { event, dossier, procedure, number, state, at, due, note, link })
    }

    /// As it was read: for what goes on to the portal.
    pub fn json(&self) -> Value {
        let mut out = serde_json::json!({
            "event": self.event, "dossier": self.dossier, "procedure": self.procedure, "number": self.number.expose(),
            "state": self.state.code().to_string(), "at": written(self.at),
        });
        if let Some(due) = self.due {
            out["due"] = written(due).into();
        }
        for (name, value) in [("note", &self.note), ("link", &self.link)] {
            if !value.is_empty() {
                out[name] = value.as_str().into();
            }
        }
        out
    }
}
