//! Every question that came with a good token: who asked, for what, and what was said. Numbers are kept masked.

use super::{
    compare::{Compared, Verdict},
    soap::Refusal,
};
use base::clock::{MINUTE, Millis};
use std::collections::{HashMap, HashSet, VecDeque};

/// Entries that are kept and shown.
const KEPT: usize = 1_000;
/// Ids of questions that are remembered, so that none is asked twice.
const REMEMBERED: usize = 20_000;
/// For how long questions about nobody are counted.
const WITHIN: Millis = 10 * MINUTE;
/// Officers whose misses are counted at one time.
const OFFICERS: usize = 10_000;

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Answered(Compared),
    Refused(Refusal),
}

impl Outcome {
    /// For people.
    pub fn words(self) -> String {
        let told = match self {
            Self::Answered(Compared::Unknown) => return "Không có số này".into(),
            Self::Answered(Compared::Known { name, born, sex }) => {
                [("họ tên", name), ("ngày sinh", born), ("giới tính", sex)]
            }
            Self::Refused(refusal) => {
                return match refusal {
                    Refusal::Unreadable | Refusal::NotUnderstood => "Từ chối: yêu cầu sai định dạng",
                    Refusal::Hash => "Từ chối: AuthHash sai",
                    Refusal::Again => "Từ chối: mã yêu cầu đã dùng",
                    Refusal::TooMany => "Từ chối: hỏi quá nhiều",
                }
                .into();
            }
        };
        let said = told.map(|(field, verdict)| match verdict {
            Verdict::Match => format!("{field} khớp"),
            Verdict::Mismatch => format!("{field} KHÔNG khớp"),
            Verdict::Silent => format!("{field} không trả lời"),
        });
        format!("Có số này: {}", said.join(", "))
    }
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub at: Millis,
    /// The system that asked.
    pub account: String,
    /// As they named themselves; empty where the question could not be read.
    pub officer: String,
    pub procedure: String,
    pub request: String,
    /// `000***001`
    pub number: String,
    pub outcome: Outcome,
    /// The answer was held back, because so many questions before were about nobody.
    pub slowed: bool,
}

/// An officer who asked about nobody many times of late.
pub struct Suspect {
    pub account: String,
    pub officer: String,
    pub misses: usize,
}

#[derive(Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    used: HashSet<(String, String)>,
    used_in_order: VecDeque<(String, String)>,
    misses: HashMap<(String, String), VecDeque<Millis>>,
}

impl Journal {
    pub fn add(&mut self, entry: Entry) {
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub fn newest_first(&self) -> Vec<Entry> {
        self.entries.iter().rev().cloned().collect()
    }

    /// True the first time for an account.
    pub fn use_up(&mut self, account: &str, request: &str) -> bool {
        let id = (account.to_owned(), request.to_owned());
        if !self.used.insert(id.clone()) {
            return false;
        }
        self.used_in_order.push_back(id);
        if self.used_in_order.len() > REMEMBERED
            && let Some(oldest) = self.used_in_order.pop_front()
        {
            self.used.remove(&oldest);
        }
        true
    }

    /// Counts a question about nobody, and says how many there were of late.
    pub fn miss(&mut self, account: &str, officer: &str, now: Millis) -> usize {
        self.misses.retain(|_, times| times.back().is_some_and(|at| now - at < WITHIN));
        let who = (account.to_owned(), officer.to_owned());
        if self.misses.len() >= OFFICERS && !self.misses.contains_key(&who) {
            return usize::MAX;
        }
        let times = self.misses.entry(who).or_default();
        while times.front().is_some_and(|at| now - at >= WITHIN) {
            times.pop_front();
        }
        // More would not change what is done.
        if times.len() >= KEPT {
            times.pop_front();
        }
        times.push_back(now);
        times.len()
    }

    /// Officers with more misses than these.
    pub fn suspects(&self, more_than: usize, now: Millis) -> Vec<Suspect> {
        let mut suspects: Vec<Suspect> = self
            .misses
            .iter()
            .map(|((account, officer), times)| Suspect {
                account: account.clone(),
                officer: officer.clone(),
                misses: times.iter().filter(|at| now - **at < WITHIN).count(),
            })
            .filter(|suspect| suspect.misses > more_than)
            .collect();
        suspects.sort_by(|a, b| (b.misses, &a.officer).cmp(&(a.misses, &b.officer)));
        suspects
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n16_misses_are_counted_for_ten_minutes_and_ids_are_good_once() {
        let mut journal = Journal::default();
        assert_eq!((0..3).map(|i| journal.miss("A", "CB1", i)).last(), Some(3));
        assert_eq!(journal.miss("A", "CB2", 3), 1);
        assert_eq!(journal.suspects(2, 4).iter().map(|s| s.officer.as_str()).collect::<Vec<_>>(), ["CB1"]);
        assert!(journal.suspects(2, WITHIN + 1).is_empty());
        assert_eq!(journal.miss("A", "CB1", WITHIN + 1), 2, "two of them are over");
        assert!(journal.use_up("A", "1") && !journal.use_up("A", "1") && journal.use_up("B", "1"));
    }

    #[test]
    fn n16_memory_has_a_bound() {
        let mut journal = Journal::default();
        let entry = |n: usize| Entry {
            at: 0,
            account: "A".into(),
            officer: "CB".into(),
            procedure: "DVC".into(),
            request: n.to_string(),
            number: "000***001".into(),
            outcome: Outcome::Answered(Compared::Unknown),
            slowed: false,
        };
        (0..KEPT + 5).for_each(|n| journal.add(entry(n)));
        let all = journal.newest_first();
        assert_eq!((all.len(), all[0].request.as_str()), (KEPT, "1004"));
        assert!((0..REMEMBERED + 5).all(|n| journal.use_up("A", &n.to_string())));
        assert_eq!((journal.used.len(), journal.used_in_order.len()), (REMEMBERED, REMEMBERED));
    }
}
