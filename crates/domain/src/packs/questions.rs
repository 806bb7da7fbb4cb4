//! What a category asks besides the free text (câu hỏi theo lĩnh vực, R12): the wizard, the JSON API and Open311's service
//! definition are all made from this one list. The order of the list is the order on the screen.

use super::{Problem, Text, files::is_slug};
use serde::{Deserialize, Serialize};
use std::{collections::HashSet, fmt::Display};

/// Kinds of answers, by the names of GeoReport v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataType {
    /// One line.
    String,
    Number,
    Datetime,
    /// Several lines.
    Text,
    SingleValueList,
    MultiValueList,
}

impl DataType {
    pub const ALL: [Self; 6] =
        [Self::String, Self::Number, Self::Datetime, Self::Text, Self::SingleValueList, Self::MultiValueList];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Datetime => "datetime",
            Self::Text => "text",
            Self::SingleValueList => "singlevaluelist",
            Self::MultiValueList => "multivaluelist",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.as_str() == text)
    }

    /// Whether one chooses from values.
    pub fn is_list(self) -> bool {
        matches!(self, Self::SingleValueList | Self::MultiValueList)
    }
}

/// A value that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Value {
    pub key: String,
    pub name: Text,
}

/// One question of a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Unique within the category; Open311 takes the answer as `attribute[code]`.
    pub code: String,
    /// The question, or the sentence to read.
    pub label: Text,
    /// How to answer, one line.
    #[serde(default)]
    pub hint: Text,
    pub datatype: DataType,
    /// `false`: nothing is answered, the sentence is only shown («Gọi 1900… khi mất điện diện rộng»).
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub variable: bool,
    #[serde(default)]
    pub required: bool,
    /// The answer may stand on public pages and in open data.
    #[serde(default)]
    pub public: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_yes(yes: &bool) -> bool {
    *yes
}

/// Questions of one category at most: a form that asks more is not filled in.
const MOST: usize = 12;
const MOST_VALUES: usize = 40;

impl Question {
    /// What is wrong with the questions of one category; for packs and for what staff edit.
    pub fn check(questions: &[Self]) -> Vec<Problem> {
        let mut problems = Vec::new();
        if questions.len() > MOST {
            problems.push(Problem::new("too-many", "more than {limit} rows", &[("limit", &MOST)]));
        }
        let mut codes = HashSet::new();
        for q in questions {
            let code: &dyn Display = &q.code;
            let mut add = |key, template, args: &[(&'static str, &dyn Display)]| {
                problems.push(Problem::new(key, template, args));
            };
            if !is_slug(&q.code) {
                add("slug", "{code} is not a code of small letters, digits and dashes", &[("code", code)]);
            }
            if !codes.insert(q.code.as_str()) {
                add("doubled", "{code} stands here twice", &[("code", code)]);
            }
            for (field, text, most) in [("label", &q.label, 160), ("hint", &q.hint, 200)] {
                let fits = |s: &str| s.chars().count() <= most && (field == "hint" || !s.trim().is_empty());
                if !fits(&text.vi) || !fits(&text.en) {
                    add("question-text", "{code}: {field} is empty or too long", &[("code", code), ("field", &field)]);
                }
            }
            let needs_values = q.variable && q.datatype.is_list();
            if needs_values && !(2..=MOST_VALUES).contains(&q.values.len()) {
                add("question-values", "{code}: a list needs 2 to 40 values", &[("code", code)]);
            }
            if !needs_values && !q.values.is_empty() {
                add("question-no-values", "{code}: only lists have values", &[("code", code)]);
            }
            if q.required && !q.variable {
                add("question-required", "{code}: what is only read cannot be required", &[("code", code)]);
            }
            let mut keys = HashSet::new();
            for value in &q.values {
                let named = |s: &str| !s.trim().is_empty() && s.chars().count() <= 100;
                if !is_slug(&value.key) || !keys.insert(value.key.as_str()) {
                    let args: [(&'static str, &dyn Display); 2] = [("code", code), ("value", &value.key)];
                    add("question-value", "{code}: the value {value} is no code or stands here twice", &args);
                }
                if !named(&value.name.vi) || !named(&value.name.en) {
                    let args: [(&'static str, &dyn Display); 2] = [("code", code), ("value", &value.key)];
                    add("question-value-name", "{code}: the value {value} needs a name in both languages", &args);
                }
            }
        }
        problems
    }

    pub fn value(&self, key: &str) -> Option<&Value> {
        self.values.iter().find(|v| v.key == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(code: &str, datatype: DataType) -> Question {
        let text = |s: &str| Text { vi: s.into(), en: s.into() };
        let value = |key: &str| Value { key: key.into(), name: text(key) };
        Question {
            code: code.into(),
            label: text("Hỏi"),
            hint: Text::default(),
            datatype,
            variable: true,
            required: false,
            public: true,
            values: if datatype.is_list() { vec![value("a"), value("b")] } else { Vec::new() },
        }
    }

    #[test]
    fn r12_questions_that_contradict_themselves_are_refused() {
        let good: Vec<Question> = DataType::ALL.into_iter().map(|t| question(t.as_str(), t)).collect();
        assert_eq!(Question::check(&good), []);
        let broken = [
            ("slug", Question { code: "Mã".into(), ..good[0].clone() }),
            ("question-text", Question { label: Text::default(), ..good[0].clone() }),
            ("question-values", Question { values: vec![], ..good[4].clone() }),
            ("question-no-values", Question { values: good[4].values.clone(), ..good[0].clone() }),
            ("question-required", Question { variable: false, required: true, ..good[0].clone() }),
            (
                "question-value",
                Question { values: [&good[4].values[..1], &good[4].values[..1]].concat(), ..good[4].clone() },
            ),
        ];
        for (expected, question) in broken {
            let found: Vec<&str> = Question::check(&[question]).iter().map(|p| p.code).collect();
            assert_eq!(found, [expected]);
        }
        assert_eq!(Question::check(&[good[0].clone(), good[0].clone()])[0].code, "doubled");
        assert_eq!(Question::check(&vec![good[0].clone(); 13])[0].code, "too-many");
    }

    #[test]
    fn r12_the_names_of_the_kinds_are_those_of_georeport() {
        for kind in DataType::ALL {
            assert_eq!(DataType::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{}\"", kind.as_str()));
        }
        assert_eq!(DataType::parse("file"), None);
    }
}
