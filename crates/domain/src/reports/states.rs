//! The states of a report (R7) and who may move it: one table. What is not in it is refused.

use crate::rights::Right;
use serde::{Deserialize, Serialize};

/// Where a report stands (trạng thái phản ánh).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Đã gửi: it is with a unit, nobody has looked yet.
    Received,
    /// Đã tiếp nhận: public from here on.
    Accepted,
    /// Đã giao cho một cán bộ
    Assigned,
    /// Đang xử lý
    InProgress,
    /// Chờ bổ sung thông tin: the clock stands.
    NeedInfo,
    /// Đã xử lý: waits for the citizen's opinion.
    Resolved,
    /// Đã kết thúc
    Closed,
    /// Không tiếp nhận
    Rejected,
    /// Xử lý lại
    Reopened,
}

impl State {
    pub const ALL: [Self; 9] = [
        Self::Received,
        Self::Accepted,
        Self::Assigned,
        Self::InProgress,
        Self::NeedInfo,
        Self::Resolved,
        Self::Closed,
        Self::Rejected,
        Self::Reopened,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Assigned => "assigned",
            Self::InProgress => "in_progress",
            Self::NeedInfo => "need_info",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
            Self::Rejected => "rejected",
            Self::Reopened => "reopened",
        }
    }

    /// `None` for a state that is not in the table: nothing can be done with it.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// Somebody still has to do something.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Resolved | Self::Closed | Self::Rejected)
    }
}

/// What can be done with a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Gửi phản ánh
    Submit,
    /// Tiếp nhận
    Accept,
    /// Phân công
    Assign,
    /// Bắt đầu xử lý
    Start,
    /// Yêu cầu bổ sung thông tin
    Ask,
    /// Người dân trả lời
    Answer,
    /// Cán bộ tiếp tục không chờ nữa
    Resume,
    /// Chuyển đơn vị khác
    Transfer,
    /// Sửa lĩnh vực hoặc địa điểm (routes anew)
    Correct,
    /// Trả lời công khai, không đổi trạng thái
    Reply,
    /// Ghi chú nội bộ
    Note,
    /// Gia hạn
    Extend,
    /// Đã xử lý xong
    Resolve,
    /// Không tiếp nhận
    Reject,
    /// Người dân bổ sung
    AddInfo,
    /// Người dân rút
    Withdraw,
    /// Người dân đánh giá
    Rate,
    /// Người dân đề nghị xử lý lại
    Reopen,
    /// Hệ thống kết thúc sau thời gian chờ
    Close,
    /// Ẩn khỏi trang công khai
    Hide,
    /// Hiện lại
    Unhide,
    /// Gộp vào một phản ánh khác cùng sự việc (R5)
    Merge,
    /// Nhận một phản ánh gộp vào: the other side of `Merge`
    Absorb,
    /// Tách phần việc cho đơn vị khác
    Split,
    /// Bàn giao cho đồng nghiệp
    HandOver,
    /// Hỏi ý kiến đơn vị khác hoặc người ngoài
    Consult,
    /// Bên được hỏi trả lời
    Consulted,
    /// Người gửi ẩn bớt nội dung
    Redact,
    /// Cán bộ sửa lời hoặc che ảnh trước khi công khai
    Moderate,
    /// Bỏ gộp: as before the merge (R5)
    Unmerge,
    /// Trả lại một phản ánh đã gộp: the other side of `Unmerge`
    Release,
    /// Thu hồi câu hỏi: it went to the wrong unit or number
    Recall,
}

impl Act {
    pub const ALL: [Self; 32] = [
        Self::Submit,
        Self::Accept,
        Self::Assign,
        Self::Start,
        Self::Ask,
        Self::Answer,
        Self::Resume,
        Self::Transfer,
        Self::Correct,
        Self::Reply,
        Self::Note,
        Self::Extend,
        Self::Resolve,
        Self::Reject,
        Self::AddInfo,
        Self::Withdraw,
        Self::Rate,
        Self::Reopen,
        Self::Close,
        Self::Hide,
        Self::Unhide,
        Self::Merge,
        Self::Absorb,
        Self::Split,
        Self::HandOver,
        Self::Consult,
        Self::Consulted,
        Self::Redact,
        Self::Moderate,
        Self::Unmerge,
        Self::Release,
        Self::Recall,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Accept => "accept",
            Self::Assign => "assign",
            Self::Start => "start",
            Self::Ask => "ask",
            Self::Answer => "answer",
            Self::Resume => "resume",
            Self::Transfer => "transfer",
            Self::Correct => "correct",
            Self::Reply => "reply",
            Self::Note => "note",
            Self::Extend => "extend",
            Self::Resolve => "resolve",
            Self::Reject => "reject",
            Self::AddInfo => "add_info",
            Self::Withdraw => "withdraw",
            Self::Rate => "rate",
            Self::Reopen => "reopen",
            Self::Close => "close",
            Self::Hide => "hide",
            Self::Unhide => "unhide",
            Self::Merge => "merge",
            Self::Absorb => "absorb",
            Self::Split => "split",
            Self::HandOver => "hand_over",
            Self::Consult => "consult",
            Self::Consulted => "consulted",
            Self::Redact => "redact",
            Self::Moderate => "moderate",
            Self::Unmerge => "unmerge",
            Self::Release => "release",
            Self::Recall => "recall",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|a| a.as_str() == text)
    }

    /// Between officers alone: no citizen reads of it, nor sees its photos.
    pub fn is_internal(self) -> bool {
        matches!(self, Self::Note | Self::HandOver | Self::Consult | Self::Consulted | Self::Recall)
    }
}

/// Who may do it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The person who reported, with an account.
    Author,
    /// The same, and a guest who proved the phone again (R3).
    AuthorOrGuest,
    /// Staff with this right for the report's unit.
    Staff(Right),
    /// The platform itself, by the clock.
    System,
    /// Who was asked: a unit, or somebody outside with the link.
    Asked,
}

impl Who {
    pub fn is_author(self) -> bool {
        matches!(self, Self::Author | Self::AuthorOrGuest)
    }

    /// Denied by default: only where the table says so.
    pub fn is_guest(self) -> bool {
        self == Self::AuthorOrGuest
    }
}

/// Where an act leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    State(State),
    /// The state stays.
    Same,
    /// Back to the state before what it ends: the question, the merge.
    Before,
}

/// The table: act, who, from which states, to which state. `Submit` has no state before it.
pub const TABLE: &[(Act, Who, &[State], To)] = {
    use State::*;
    const OPEN: &[State] = &[Received, Accepted, Assigned, InProgress, NeedInfo, Reopened];
    const WORK: &[State] = &[Accepted, Assigned, InProgress, Reopened];
    const ANY: &[State] = &State::ALL;
    &[
        (Act::Submit, Who::AuthorOrGuest, &[], To::State(Received)),
        (Act::Accept, Who::Staff(Right::ReportAccept), &[Received], To::State(Accepted)),
        (Act::Assign, Who::Staff(Right::ReportRoute), WORK, To::State(Assigned)),
        (Act::Start, Who::Staff(Right::ReportWork), &[Accepted, Assigned, Reopened], To::State(InProgress)),
        (Act::Ask, Who::Staff(Right::ReportWork), WORK, To::State(NeedInfo)),
        (Act::Answer, Who::AuthorOrGuest, &[NeedInfo], To::Before),
        (Act::Resume, Who::Staff(Right::ReportWork), &[NeedInfo], To::Before),
        (Act::Transfer, Who::Staff(Right::ReportRoute), OPEN, To::State(Received)),
        (Act::Correct, Who::Staff(Right::ReportRoute), OPEN, To::Same),
        (
            Act::Reply,
            Who::Staff(Right::ReportWork),
            &[Accepted, Assigned, InProgress, NeedInfo, Reopened, Resolved],
            To::Same,
        ),
        (Act::Note, Who::Staff(Right::ReportWork), ANY, To::Same),
        (Act::Extend, Who::Staff(Right::ReportExtend), OPEN, To::Same),
        (Act::Resolve, Who::Staff(Right::ReportWork), WORK, To::State(Resolved)),
        (Act::Reject, Who::Staff(Right::ReportReject), OPEN, To::State(Rejected)),
        (Act::AddInfo, Who::AuthorOrGuest, &[Received, Accepted, Assigned, InProgress, Reopened], To::Same),
        (Act::Withdraw, Who::AuthorOrGuest, &[Received, Accepted, Assigned, NeedInfo], To::State(Closed)),
        (Act::Rate, Who::AuthorOrGuest, &[Resolved], To::State(Closed)),
        (Act::Reopen, Who::AuthorOrGuest, &[Resolved, Closed], To::State(Reopened)),
        (Act::Close, Who::System, &[Resolved], To::State(Closed)),
        (Act::Hide, Who::Staff(Right::ReportHide), ANY, To::Same),
        (Act::Unhide, Who::Staff(Right::ReportHide), ANY, To::Same),
        (Act::Merge, Who::Staff(Right::ReportRoute), OPEN, To::State(Closed)),
        (Act::Absorb, Who::Staff(Right::ReportRoute), OPEN, To::Same),
        (Act::Unmerge, Who::Staff(Right::ReportRoute), &[Closed], To::Before),
        (Act::Release, Who::Staff(Right::ReportRoute), OPEN, To::Same),
        (Act::Split, Who::Staff(Right::ReportRoute), OPEN, To::Same),
        (Act::HandOver, Who::Staff(Right::ReportRoute), OPEN, To::Same),
        (Act::Consult, Who::Staff(Right::ReportWork), OPEN, To::Same),
        (Act::Consulted, Who::Asked, OPEN, To::Same),
        (Act::Recall, Who::Staff(Right::ReportWork), OPEN, To::Same),
        (Act::Redact, Who::AuthorOrGuest, ANY, To::Same),
        (Act::Moderate, Who::Staff(Right::ReportModerate), ANY, To::Same),
    ]
};

/// The row of the table for an act, when the state allows it.
pub fn rule(act: Act, from: Option<State>) -> Option<(Who, To)> {
    TABLE.iter().find_map(|(a, who, states, to)| {
        let fits = *a == act
            && match from {
                Some(from) => states.contains(&from),
                None => states.is_empty(),
            };
        fits.then_some((*who, *to))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r7_every_act_stands_once_in_the_table() {
        for act in Act::ALL {
            assert_eq!(TABLE.iter().filter(|(a, ..)| *a == act).count(), 1, "{act:?}");
            assert_eq!(Act::parse(act.as_str()), Some(act));
        }
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        assert_eq!(State::parse("done"), None);
        assert_eq!(Act::parse("destroy"), None);
    }

    #[test]
    fn r7_every_state_can_be_reached_and_left_or_is_an_end() {
        let mut reached = vec![State::Received];
        loop {
            let next: Vec<State> = TABLE
                .iter()
                .filter(|(_, _, from, _)| from.iter().any(|f| reached.contains(f)))
                .filter_map(|(_, _, _, to)| if let To::State(s) = to { Some(*s) } else { None })
                .filter(|s| !reached.contains(s))
                .collect();
            if next.is_empty() {
                break;
            }
            reached.extend(next);
        }
        assert!(State::ALL.iter().all(|s| reached.contains(s)), "{reached:?}");
        for state in State::ALL.into_iter().filter(|s| *s != State::Rejected) {
            assert!(
                TABLE.iter().any(|(_, _, from, to)| from.contains(&state) && matches!(to, To::State(s) if *s != state)),
                "nothing leads out of {state:?}"
            );
        }
    }

    #[test]
    fn r7_citizens_never_do_what_is_for_staff_and_staff_never_rate() {
        for (act, who, ..) in TABLE {
            let author = matches!(
                act,
                Act::Submit | Act::Answer | Act::AddInfo | Act::Withdraw | Act::Rate | Act::Reopen | Act::Redact
            );
            assert_eq!(who.is_author(), author, "{act:?}");
        }
    }

    #[test]
    fn r3_guests_do_with_their_reports_what_the_table_says_and_nothing_else() {
        let guests: Vec<Act> = TABLE.iter().filter(|(_, who, ..)| who.is_guest()).map(|(act, ..)| *act).collect();
        let all = [Act::Submit, Act::Answer, Act::AddInfo, Act::Withdraw, Act::Rate, Act::Reopen, Act::Redact];
        assert_eq!(guests, all);
    }

    proptest! {
        #[test]
        fn r7_any_walk_through_the_table_stays_in_the_table(steps in prop::collection::vec(0usize..Act::ALL.len(), 0..60)) {
            let mut state = State::Received;
            let (mut before, mut merged) = (State::Received, None);
            for step in steps {
                let act = Act::ALL[step];
                let Some((_, to)) = rule(act, Some(state)) else { continue };
                let next = match (act, to) {
                    (Act::Unmerge, _) => match merged.take() { Some(s) => s, None => continue },
                    (_, To::State(s)) => s,
                    (_, To::Same) => state,
                    (_, To::Before) => before,
                };
                if act == Act::Merge { merged = Some(state) }
                if next == State::NeedInfo && state != State::Closed { before = state }
                prop_assert!(next != State::NeedInfo || before.is_open());
                state = next;
            }
        }
    }
}
