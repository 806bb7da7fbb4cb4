//! What the category asks besides the free text (R12), as fields of the content step: the same list that Open311 and the API show.

use crate::{forms::Fields, page::Page};
use base::show;
use domain::{
    packs::{Category, DataType, Question},
    reports::{
        Answers,
        answers::{Unfit, moment},
    },
};

/// Before the code of a question in the name of its field.
const NAME: &str = "a-";

pub struct Choice {
    pub key: String,
    pub name: String,
    pub chosen: bool,
}

/// A question as a field. `kind`: `notice`, `radios`, `checks`, `area`, `time`, `number`, `text`.
pub struct Asked {
    pub kind: &'static str,
    pub name: String,
    pub id: String,
    pub label: String,
    pub hint: String,
    pub required: bool,
    pub public: bool,
    pub value: String,
    pub choices: Vec<Choice>,
    /// Nothing is chosen yet: «Không rõ» is.
    pub none: bool,
    pub error: String,
}

impl Asked {
    /// `aria-describedby`: hint and error that exist.
    pub fn described(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-h", self.id));
        let error = (!self.error.is_empty()).then(|| format!("{}-e", self.id));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

pub fn asked(p: &Page, category: Option<&Category>, answers: &Answers, unfit: &[Unfit]) -> Vec<Asked> {
    let questions = category.map_or(&[][..], |c| &c.questions);
    questions.iter().map(|q| one(p, q, answers.get(&q.code), unfit)).collect()
}

fn one(p: &Page, q: &Question, values: &[String], unfit: &[Unfit]) -> Asked {
    let kind = match q.datatype {
        _ if !q.variable => "notice",
        DataType::SingleValueList => "radios",
        DataType::MultiValueList => "checks",
        DataType::Text => "area",
        DataType::Datetime => "time",
        DataType::Number => "number",
        DataType::String => "text",
    };
    let first = values.first().cloned().unwrap_or_default();
    let label = q.label.get(p.lang()).to_owned();
    let wrong = unfit.iter().find(|u| u.code == q.code);
    Asked {
        kind,
        name: format!("{NAME}{}", q.code),
        id: format!("f-{NAME}{}", q.code),
        hint: q.hint.get(p.lang()).to_owned(),
        required: q.required,
        public: q.public,
        value: if kind == "time" { local(&first) } else { first },
        choices: q
            .values
            .iter()
            .map(|v| Choice {
                key: v.key.clone(),
                name: v.name.get(p.lang()).to_owned(),
                chosen: values.contains(&v.key),
            })
            .collect(),
        none: !q.values.iter().any(|v| values.contains(&v.key)),
        error: wrong.map_or_else(String::new, |u| p.t1(u.key, "question", &label)),
        label,
    }
}

/// As `<input type="datetime-local">` writes it; what is no moment stays as it was typed.
fn local(typed: &str) -> String {
    moment(typed).map_or_else(|| typed.to_owned(), |at| show::local(at).strftime("%Y-%m-%dT%H:%M").to_string())
}

/// The answers of a form.
pub fn read(fields: &Fields) -> Answers {
    let mut names: Vec<&str> = fields.names().filter(|n| n.starts_with(NAME)).collect();
    names.sort_unstable();
    let mut answers = Answers::default();
    for name in names {
        fields.all(name).iter().for_each(|value| answers.add(&name[NAME.len()..], value));
    }
    answers
}
