//! Answers to what a category asks besides the free text (R12): checked against the category's questions, kept with the report.

use crate::{
    packs::{Category, DataType, Question},
    province::Province,
};
use base::{clock::Millis, i18n::Lang, show, text};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Characters of an answer at most: one line, several lines.
const LINE_MOST: usize = 200;
const TEXT_MOST: usize = 1_000;
/// Codes and values of one report that are looked at: far above any form of ours.
const READ_MOST: usize = 100;

/// By question: what was answered, as typed; several values only where the question allows them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Answers(BTreeMap<String, Vec<String>>);

/// An answer that does not fit. `key` names the text, which takes `question` as its argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    pub code: String,
    pub key: &'static str,
}

/// A question with its answer, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub code: String,
    pub label: String,
    pub text: String,
    /// May stand on public pages.
    pub public: bool,
}

impl Answers {
    /// Adds a value; blank ones are no answer.
    pub fn add(&mut self, code: &str, value: &str) {
        if !value.trim().is_empty() && self.0.values().map(Vec::len).sum::<usize>() < READ_MOST {
            self.0.entry(code.to_owned()).or_default().push(value.to_owned());
        }
    }

    pub fn get(&self, code: &str) -> &[String] {
        self.0.get(code).map_or(&[], Vec::as_slice)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(code, values)| (code.as_str(), values.as_slice()))
    }

    /// Every value as it was typed.
    pub fn texts(self) -> Vec<String> {
        self.0.into_values().flatten().collect()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".into())
    }

    /// From a row; anything else than our own JSON is no answer.
    pub fn of_json(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_default()
    }

    /// Codes that the category does not ask for.
    pub fn unknown(&self, category: &Category) -> Vec<&str> {
        let asked = |code: &str| category.questions.iter().any(|q| q.variable && q.code == code);
        self.0.keys().map(String::as_str).filter(|code| !asked(code)).collect()
    }

    /// What is kept: the answers to this category's questions in one spelling. Others are left out, because a person may have
    /// chosen another category meanwhile. Errors: every question with what is wrong, in their order.
    pub fn check(&self, category: &Category) -> Result<Self, Vec<Unfit>> {
        let mut kept = BTreeMap::new();
        let mut wrong = Vec::new();
        for question in category.questions.iter().filter(|q| q.variable) {
            match fit(question, self.get(&question.code)) {
                Ok(values) if values.is_empty() => {}
                Ok(values) => _ = kept.insert(question.code.clone(), values),
                Err(key) => wrong.push(Unfit { code: question.code.clone(), key }),
            }
        }
        if wrong.is_empty() { Ok(Self(kept)) } else { Err(wrong) }
    }

    /// Questions and answers in words, in the order of the questions. Rules may have changed since: a question that is gone is
    /// looked for in the other categories, and at last its code stands for it, for staff only.
    pub fn shown(&self, province: &Province, category: &str, lang: Lang) -> Vec<Shown> {
        let own = province.category(category).map_or(&[][..], |c| &c.questions);
        let mut shown: Vec<Shown> = own
            .iter()
            .filter(|q| q.variable && !self.get(&q.code).is_empty())
            .map(|q| in_words(q, self.get(&q.code), lang))
            .collect();
        for (code, values) in self.0.iter().filter(|(code, _)| own.iter().all(|q| q.code != **code)) {
            let elsewhere = province.pack.categories.iter().flat_map(|c| &c.questions).find(|q| q.code == *code);
            shown.push(elsewhere.map_or_else(
                || Shown { code: code.clone(), label: code.clone(), text: values.join(", "), public: false },
                |q| in_words(q, values, lang),
            ));
        }
        shown
    }
}

fn in_words(q: &Question, values: &[String], lang: Lang) -> Shown {
    let word = |v: &String| match q.datatype {
        DataType::SingleValueList | DataType::MultiValueList => {
            q.value(v).map_or_else(|| v.clone(), |value| value.name.get(lang).to_owned())
        }
        DataType::Datetime => moment(v).map_or_else(|| v.clone(), show::date_time),
        DataType::Number if lang != Lang::EN => v.replace('.', ","),
        _ => v.clone(),
    };
    Shown {
        code: q.code.clone(),
        label: q.label.get(lang).to_owned(),
        text: values.iter().map(word).collect::<Vec<_>>().join(", "),
        public: q.public,
    }
}

/// The values of one answer in one spelling. Errors: the key of what is wrong.
fn fit(q: &Question, typed: &[String]) -> Result<Vec<String>, &'static str> {
    // Nothing but blanks and control characters is no answer.
    let typed: Vec<&String> = typed.iter().filter(|v| !text::lines(v).is_empty()).collect();
    if typed.is_empty() {
        return if q.required { Err("answer-missing") } else { Ok(Vec::new()) };
    }
    if q.datatype != DataType::MultiValueList && typed.len() > 1 {
        return Err("answer-one");
    }
    let first = typed[0];
    let limited = |text: String, most: usize| {
        if text.chars().count() > most { Err("answer-long") } else { Ok(vec![text]) }
    };
    let fitted = match q.datatype {
        DataType::String => limited(text::one_line(first), LINE_MOST)?,
        DataType::Text => limited(text::lines(first), TEXT_MOST)?,
        DataType::Number => vec![number(first).ok_or("answer-number")?],
        DataType::Datetime => vec![show::rfc3339(moment(first).ok_or("answer-time")?)],
        DataType::SingleValueList | DataType::MultiValueList => {
            if typed.iter().any(|v| q.value(v.trim()).is_none()) {
                return Err("answer-choice");
            }
            let chosen = |key: &str| typed.iter().any(|v| v.trim() == key);
            q.values.iter().filter(|v| chosen(&v.key)).map(|v| v.key.clone()).collect()
        }
    };
    // Nothing but control characters.
    if fitted.iter().all(String::is_empty) && q.required { Err("answer-missing") } else { Ok(fitted) }
}

/// `1,5` and `1.5`: digits with one decimal mark. Without groups of thousands, because `1.500` can mean two things.
fn number(typed: &str) -> Option<String> {
    let typed = typed.trim().replace(',', ".");
    let digits = typed.strip_prefix('-').unwrap_or(&typed);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let all = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    (typed.len() <= 20 && all(whole) && all(part)).then_some(typed)
}

/// A moment as programs and people write it: RFC 3339, local time with `T`, a day, `08:15 30/03/2026`, `30/03/2026`.
/// Without a zone it is Vietnam's time; a day alone is its beginning.
pub fn moment(typed: &str) -> Option<Millis> {
    let typed = typed.trim();
    if typed.len() > 40 || !typed.is_ascii() {
        return None;
    }
    let civil = |t: jiff::civil::DateTime| t.to_zoned(show::vietnam()).ok().map(|z| z.timestamp().as_millisecond());
    if let Ok(at) = typed.parse::<jiff::Timestamp>() {
        return sensible(at.as_millisecond());
    }
    let found = if typed.contains('/') {
        let (time, day) =
            typed.split_once(' ').map_or(("0:00", typed), |(a, b)| if a.contains('/') { (b, a) } else { (a, b) });
        let mut parts = day.split('/').map(|n| n.parse::<i16>().ok());
        let (d, m, y) = (parts.next()??, parts.next()??, parts.next()??);
        let (hour, minute) = time.trim().split_once(':')?;
        if parts.next().is_some() {
            return None;
        }
        let date = jiff::civil::Date::new(y, i8::try_from(m).ok()?, i8::try_from(d).ok()?).ok()?;
        let time = jiff::civil::Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()?;
        civil(date.to_datetime(time))
    } else if let Ok(day) = typed.parse::<jiff::civil::Date>()
        && typed.len() == 10
    {
        civil(day.to_datetime(jiff::civil::Time::midnight()))
    } else {
        typed.parse::<jiff::civil::DateTime>().ok().and_then(civil)
    };
    found.and_then(sensible)
}

/// Years 1900 to 2199: others are slips of the finger, and some calendars of other programs end there.
fn sensible(at: Millis) -> Option<Millis> {
    (1900..2200).contains(&show::local(at).year()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packs::{Text, Value};
    use proptest::prelude::*;

    fn category() -> Category {
        let text = |s: &str| Text { vi: s.into(), en: s.into() };
        let mut category = crate::testing::pack().category("khac").unwrap().clone();
        category.questions = DataType::ALL
            .into_iter()
            .map(|datatype| Question {
                code: datatype.as_str().into(),
                label: text(datatype.as_str()),
                hint: Text::default(),
                datatype,
                variable: true,
                required: false,
                public: true,
                values: if datatype.is_list() {
                    ["a", "b", "c"].map(|k| Value { key: k.into(), name: text(&k.to_uppercase()) }).into()
                } else {
                    Vec::new()
                },
            })
            .collect();
        category
    }

    fn one(code: &str, values: &[&str]) -> Answers {
        let mut answers = Answers::default();
        values.iter().for_each(|v| answers.add(code, v));
        answers
    }

    #[test]
    fn r12_each_kind_of_answer_is_kept_in_one_spelling() {
        let c = category();
        let kept = |code: &str, values: &[&str]| one(code, values).check(&c).map(|a| a.get(code).to_vec());
        let good: [(&str, &[&str], &[&str]); 9] = [
            ("string", &["  Ổ\n gà "], &["Ổ gà"]),
            ("text", &["a\r\nb"], &["a\nb"]),
            ("number", &[" 1,5 "], &["1.5"]),
            ("number", &["-3"], &["-3"]),
            ("datetime", &["2026-03-30T08:15"], &["2026-03-30T08:15:00+07:00"]),
            ("datetime", &["2026-03-30T01:15:00Z"], &["2026-03-30T08:15:00+07:00"]),
            ("datetime", &["08:15 30/03/2026"], &["2026-03-30T08:15:00+07:00"]),
            ("singlevaluelist", &["b"], &["b"]),
            ("multivaluelist", &["c", "a", "c"], &["a", "c"]),
        ];
        for (code, typed, expected) in good {
            assert_eq!(kept(code, typed).unwrap(), expected, "{code}");
        }
        let long = "dài ".repeat(60);
        let bad: [(&str, &[&str], &str); 11] = [
            ("string", &["a", "b"], "answer-one"),
            ("string", &[long.as_str()], "answer-long"),
            ("number", &["1.500,5"], "answer-number"),
            ("number", &["nhiều"], "answer-number"),
            ("number", &["1e9"], "answer-number"),
            ("number", &["٣"], "answer-number"),
            ("datetime", &["hôm qua"], "answer-time"),
            ("datetime", &["31/02/2026"], "answer-time"),
            ("datetime", &["2026-13-01"], "answer-time"),
            ("singlevaluelist", &["z"], "answer-choice"),
            ("multivaluelist", &["a", "z"], "answer-choice"),
        ];
        for (code, typed, key) in bad {
            assert_eq!(kept(code, typed).unwrap_err(), [Unfit { code: code.into(), key }], "{typed:?}");
        }
    }

    #[test]
    fn r12_required_answers_are_asked_for_and_foreign_ones_are_left_out() {
        let mut c = category();
        c.questions.iter_mut().for_each(|q| q.required = true);
        let wrong = one("khac", &["1"]).check(&c).unwrap_err();
        assert_eq!(wrong.len(), 6);
        assert!(wrong.iter().all(|w| w.key == "answer-missing"));
        let answers = one("khac", &["1"]);
        assert_eq!(answers.unknown(&c), ["khac"]);
        c.questions.clear();
        assert!(answers.check(&c).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn r12_any_typing_is_fitted_or_refused_and_fitting_twice_changes_nothing(
            typed in prop::collection::vec(".{0,30}", 0..4),
            which in 0usize..6,
        ) {
            let c = category();
            let code = c.questions[which].code.clone();
            let mut answers = Answers::default();
            typed.iter().for_each(|v| answers.add(&code, v));
            if let Ok(once) = answers.check(&c) {
                prop_assert_eq!(once.check(&c), Ok(once.clone()));
                prop_assert_eq!(Answers::of_json(&once.to_json()), once);
            }
        }

        #[test]
        fn r12_moments_are_read_or_refused_without_panic(typed in "\\PC{0,45}", numbers in "[0-9T:/ .+Z-]{0,30}") {
            for text in [typed, numbers] {
                if let Some(at) = moment(&text) {
                    prop_assert_eq!(moment(&show::rfc3339(at)), Some(at - at.rem_euclid(1000)));
                }
            }
        }

        #[test]
        fn r12_anything_in_a_row_is_answers_or_none(json in ".{0,60}") {
            let _ = Answers::of_json(&json);
        }
    }
}
