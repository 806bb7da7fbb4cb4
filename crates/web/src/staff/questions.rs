//! What a category asks besides the free text (R12), one question a page. Like every change of the rules, a version with a reason.

use super::{
    categories::LIST,
    edit::{EditPage, Remove},
    form::{Field, Wrong, fill},
    rules::{self, beside, reason_field, whole_province},
    shell::{Shell, go_saying},
};
use crate::{
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    packs::{Category, DataType, Question, Text, Value},
    rights::Right,
};

/// The kind of a sentence that is only read.
const NOTICE: &str = "notice";

/// A question as its category's page lists it.
pub struct Line {
    pub code: String,
    pub label: String,
    pub kind: String,
    pub values: String,
    pub required: bool,
    pub public: bool,
}

/// The questions of a category; `None` for one that is yet to be made.
pub fn lines(p: &Page, category: &str) -> Option<Vec<Line>> {
    let line = |q: &Question| Line {
        code: q.code.clone(),
        label: q.label.get(p.lang()).to_owned(),
        kind: p.t(&kind_key(kind(q))).into_owned(),
        values: q.values.iter().map(|v| v.name.get(p.lang())).collect::<Vec<_>>().join(", "),
        required: q.required,
        public: q.public,
    };
    Some(p.province.category(category)?.questions.iter().map(line).collect())
}

fn kind(q: &Question) -> &'static str {
    if q.variable { q.datatype.as_str() } else { NOTICE }
}

fn kind_key(kind: &str) -> String {
    format!("desk-question-kind-{kind}")
}

/// What the address means: the category and its place, the question and its place; `moi` is one to be made.
struct Found {
    category: Category,
    at: usize,
    question: Question,
    place: usize,
    is_new: bool,
}

fn find(desk: &Desk, category: &str, question: &str) -> Result<Found, Problem> {
    let all = &desk.page.province.pack.categories;
    let at = all.iter().position(|c| c.code == category).ok_or(Problem::NotFound)?;
    let category = all[at].clone();
    let is_new = question == "moi";
    let (question, place) = if is_new {
        let new = Question {
            code: String::new(),
            label: Text::default(),
            hint: Text::default(),
            datatype: DataType::SingleValueList,
            variable: true,
            required: false,
            public: false,
            values: Vec::new(),
        };
        (new, category.questions.len())
    } else {
        let place = category.questions.iter().position(|q| q.code == question).ok_or(Problem::NotFound)?;
        (category.questions[place].clone(), place)
    };
    Ok(Found { category, at, question, place, is_new })
}

/// One value a line: `code = Vietnamese | English`.
fn values_text(values: &[Value]) -> String {
    let line = |v: &Value| format!("{} = {} | {}", v.key, v.name.vi, v.name.en);
    values.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The lines of `values_text`; without a code it is made from the name, without English the Vietnamese name stands for it.
fn read_values(typed: &str) -> Vec<Value> {
    let value = |line: &str| {
        let (key, names) = match line.split_once('=') {
            Some((key, names)) => (key.trim().to_owned(), names),
            None => (String::new(), line),
        };
        let (vi, en) = names.split_once('|').unwrap_or((names, names));
        let name = Text { vi: base::text::one_line(vi), en: base::text::one_line(en) };
        let key = if key.is_empty() { slug(&name.vi) } else { key };
        Value { key, name }
    };
    base::text::lines(typed).lines().filter(|l| !l.trim().is_empty()).take(100).map(value).collect()
}

/// `Mặt đường` → `mat-duong`
fn slug(name: &str) -> String {
    let dashed: String =
        base::fold::fold(name).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    parts.join("-").chars().take(40).collect::<String>().trim_matches('-').to_owned()
}

fn fields(p: &Page, f: &Found) -> Vec<Field> {
    let q = &f.question;
    let kinds = DataType::ALL.map(DataType::as_str).into_iter().chain([NOTICE]);
    let kinds = kinds.map(|k| (k.to_owned(), p.t(&kind_key(k)).into_owned()));
    let check = |name: &str, key: &str, hint: &str, on: bool| {
        Field::new("check", name, p.t(key)).hint(p.t(hint)).value(if on { "1" } else { "" })
    };
    let code = Field::new("text", "code", p.t("desk-field-question-code")).hint(p.t("desk-field-question-code-hint"));
    let mut all = vec![Field::new("text", "label_vi", p.t("desk-field-question-vi")).value(&*q.label.vi)];
    all.extend([
        Field::new("text", "label_en", p.t("desk-field-question-en")).value(&*q.label.en),
        Field::new("text", "hint_vi", p.t("desk-field-question-hint-vi")).value(&*q.hint.vi).optional(),
        Field::new("text", "hint_en", p.t("desk-field-question-hint-en")).value(&*q.hint.en).optional(),
        Field::new("select", "kind", p.t("desk-field-question-kind")).value(kind(q)).choices(kinds),
        Field::new("area", "values", p.t("desk-field-question-values"))
            .hint(p.t("desk-field-question-values-hint"))
            .value(values_text(&q.values))
            .optional(),
        check("required", "desk-question-required", "desk-question-required-hint", q.required),
        check("public", "desk-question-public", "desk-question-public-hint", q.public),
        Field::new("number", "position", p.t("desk-field-position"))
            .hint(p.t("desk-field-question-position-hint"))
            .value((f.place + 1).to_string()),
    ]);
    if f.is_new {
        all.push(code.optional());
    }
    all.push(reason_field(p));
    all
}

fn read(f: &Fields, old: &Found) -> Question {
    let line = |name: &str| base::text::one_line(f.get(name));
    let label = Text { vi: line("label_vi"), en: line("label_en") };
    let code = match (old.is_new, line("code")) {
        (false, _) => old.question.code.clone(),
        (true, typed) if typed.is_empty() => slug(&label.vi),
        (true, typed) => typed,
    };
    let variable = f.get("kind") != NOTICE;
    Question {
        code,
        label,
        hint: Text { vi: line("hint_vi"), en: line("hint_en") },
        datatype: DataType::parse(f.get("kind")).unwrap_or(DataType::String),
        variable,
        required: f.has("required"),
        public: f.has("public"),
        values: read_values(f.get("values")),
    }
}

async fn show(
    web: &Web,
    desk: &Desk,
    found: &Found,
    version: i64,
    fields: Vec<Field>,
    wrong: Vec<Wrong>,
) -> Result<Response, Problem> {
    let s = Shell::load(web, desk, "rules").await?;
    let p = desk.page.clone();
    let home = format!("{LIST}/{}", found.category.code);
    let action = format!("{home}/cau-hoi/{}", if found.is_new { "moi" } else { &found.question.code });
    let remove = (!found.is_new).then(|| Remove {
        action: format!("{action}/xoa"),
        title: p.t("desk-question-remove").into_owned(),
        fields: vec![reason_field(&p).in_form("xoa")],
    });
    let page = EditPage {
        title: if found.is_new {
            p.t("desk-question-new").into_owned()
        } else {
            found.question.label.get(p.lang()).to_owned()
        },
        intro: p.t1("desk-question-intro", "category", p.category_name(&found.category.code)),
        back: (home, p.category_name(&found.category.code)),
        action,
        hidden: vec![("version".into(), version.to_string())],
        fields,
        button: p.t("desk-save-version").into_owned(),
        wrong,
        remove,
        s,
        p,
    };
    page.show()
}

pub async fn edit(
    State(web): State<Web>,
    desk: Desk,
    Path((category, question)): Path<(String, String)>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    let found = find(&desk, &category, &question)?;
    let form = fields(&desk.page, &found);
    show(&web, &desk, &found, desk.page.province.version, form, Vec::new()).await
}

/// The category's questions without this one, and back into the rules.
async fn store(
    web: &Web,
    desk: &Desk,
    found: &Found,
    put: Option<(usize, Question)>,
    typed: &Fields,
) -> Result<Result<i64, Vec<Wrong>>, Problem> {
    let seen: i64 = typed.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let mut all = desk.page.province.rules();
    let questions = &mut all.categories[found.at].questions;
    if !found.is_new {
        questions.remove(found.place);
    }
    if let Some((at, question)) = put {
        questions.insert(at.min(questions.len()), question);
    }
    rules::store(web, desk, seen, all, "staff", typed.get("reason")).await
}

pub async fn save(
    State(web): State<Web>,
    Path((category, question)): Path<(String, String)>,
    Form { by: desk, fields: typed }: Form<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    let found = find(&desk, &category, &question)?;
    let at = typed.get("position").trim().parse::<usize>().unwrap_or(found.place + 1).saturating_sub(1);
    match store(&web, &desk, &found, Some((at, read(&typed, &found))), &typed).await? {
        Ok(_) => Ok(go_saying(&web, &format!("{LIST}/{category}"), "flash-desk-rules-saved")),
        Err(wrong) => again(&web, &desk, &found, &typed, wrong).await,
    }
}

async fn again(web: &Web, desk: &Desk, found: &Found, typed: &Fields, wrong: Vec<Wrong>) -> Result<Response, Problem> {
    let mut form = fields(&desk.page, found);
    fill(&mut form, typed);
    beside(&mut form, &wrong);
    let seen = typed.get("version").parse().map_err(|_| Problem::BadRequest)?;
    show(web, desk, found, seen, form, wrong).await
}

/// Answers that were given stay with their reports.
pub async fn remove(
    State(web): State<Web>,
    Path((category, question)): Path<(String, String)>,
    Form { by: desk, fields: typed }: Form<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    let found = find(&desk, &category, &question)?;
    if found.is_new {
        return Err(Problem::NotFound);
    }
    match store(&web, &desk, &found, None, &typed).await? {
        Ok(_) => Ok(go_saying(&web, &format!("{LIST}/{category}"), "flash-desk-rules-saved")),
        Err(wrong) => {
            let form = fields(&desk.page, &found);
            let seen = typed.get("version").parse().map_err(|_| Problem::BadRequest)?;
            show(&web, &desk, &found, seen, form, wrong).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r12_values_are_typed_one_a_line_with_or_without_a_code() {
        let values = read_values("mat-duong = Mặt đường | Road surface\nNắp cống\n\n = Cầu | Bridge");
        assert_eq!(
            values_text(&values),
            "mat-duong = Mặt đường | Road surface\nnap-cong = Nắp cống | Nắp cống\ncau = Cầu | Bridge"
        );
    }

    proptest! {
        #[test]
        fn r12_any_values_are_read_without_panic(typed in ".{0,120}") {
            let values = read_values(&typed);
            prop_assert!(values.len() <= 100);
        }
    }
}
