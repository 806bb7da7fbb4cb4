//! Categories (lĩnh vực phản ánh, R14): names, icon, deadline, whether public and urgent. Every change is a version of the rules.

use super::{
    edit::Remove,
    form::{Field, Wrong, fill},
    questions,
    report::limit,
    rules::{self, beside, limit_fields, limit_of, reason_field, whole_province},
    shell::{Shell, go_saying, html, html_as},
};
use crate::{
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base::calendar::Limit;
use domain::{
    packs::{Category, NEAR, Text},
    rights::Right,
};

pub(super) const LIST: &str = "/can-bo/quan-ly/phan-tuyen/linh-vuc";

/// The icons of the sprite that mean something to be reported (COMPONENTS.md).
const ICONS: [&str; 21] = [
    "construction",
    "recycle",
    "leaf",
    "siren",
    "traffic-cone",
    "building-2",
    "zap",
    "droplets",
    "wifi",
    "heart-pulse",
    "graduation-cap",
    "sprout",
    "landmark",
    "clipboard-list",
    "waves",
    "trees",
    "cctv",
    "megaphone",
    "house",
    "flame",
    "ellipsis",
];

struct Line {
    code: String,
    icon: String,
    name: String,
    hint: String,
    limit: String,
    public: bool,
    urgent: bool,
    questions: i64,
}

/// The form of one category, and below it what it asks.
#[derive(Template)]
#[template(path = "staff/category.html")]
struct CategoryPage {
    p: Page,
    s: Shell,
    title: String,
    intro: String,
    back: (String, String),
    action: String,
    hidden: Vec<(String, String)>,
    fields: Vec<Field>,
    button: String,
    wrong: Vec<Wrong>,
    remove: Option<Remove>,
    /// `None` for a category that is yet to be made.
    questions: Option<Vec<questions::Line>>,
}

#[derive(Template)]
#[template(path = "staff/categories.html")]
struct CategoriesPage {
    p: Page,
    s: Shell,
    lines: Vec<Line>,
}

pub async fn list(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    let s = Shell::load(&web, &desk, "rules").await?;
    let p = desk.page;
    let line = |c: &Category| Line {
        code: c.code.clone(),
        icon: c.icon.clone(),
        name: c.name.get(p.lang()).to_owned(),
        hint: c.hint.get(p.lang()).to_owned(),
        limit: limit(&p, c.deadline),
        public: c.public,
        urgent: c.urgent,
        questions: c.questions.len() as i64,
    };
    let lines = p.province.pack.categories.iter().map(line).collect();
    html(&CategoriesPage { s, lines, p })
}

fn find(desk: &Desk, code: &str) -> Result<(Category, usize, bool), Problem> {
    let all = &desk.page.province.pack.categories;
    if code == "moi" {
        let new = Category {
            code: String::new(),
            name: Text::default(),
            icon: "ellipsis".into(),
            hint: Text::default(),
            keywords: Vec::new(),
            deadline: Limit::WorkingDays(5),
            public: true,
            urgent: false,
            near: NEAR,
            questions: Vec::new(),
        };
        // Before the last one, which is «Khác».
        return Ok((new, all.len().saturating_sub(1), true));
    }
    let at = all.iter().position(|c| c.code == code).ok_or(Problem::NotFound)?;
    Ok((all[at].clone(), at, false))
}

fn fields(p: &Page, c: &Category, position: usize, is_new: bool) -> Vec<Field> {
    let mut icons: Vec<(String, String)> =
        ICONS.iter().map(|i| ((*i).to_owned(), p.t(&format!("desk-icon-{i}")).into_owned())).collect();
    if !ICONS.contains(&c.icon.as_str()) {
        icons.push((c.icon.clone(), c.icon.clone()));
    }
    let check = |name: &str, key: &str, on: bool| Field::new("check", name, p.t(key)).value(if on { "1" } else { "" });
    let code = Field::new("text", "code", p.t("desk-field-category-code"))
        .hint(p.t("desk-field-rule-id-hint"))
        .value(&*c.code);
    let mut all = if is_new { vec![code] } else { Vec::new() };
    all.extend([
        Field::new("text", "name_vi", p.t("desk-field-name-vi")).value(&*c.name.vi),
        Field::new("text", "name_en", p.t("desk-field-name-en")).value(&*c.name.en),
        Field::new("select", "icon", p.t("desk-field-icon")).value(&*c.icon).choices(icons),
        Field::new("text", "hint_vi", p.t("desk-field-hint-vi")).value(&*c.hint.vi).optional(),
        Field::new("text", "hint_en", p.t("desk-field-hint-en")).value(&*c.hint.en).optional(),
        Field::new("text", "keywords", p.t("desk-field-keywords"))
            .hint(p.t("desk-field-keywords-hint"))
            .value(c.keywords.join("; "))
            .optional(),
    ]);
    all.extend(limit_fields(p, Some(c.deadline), false));
    all.extend([
        Field::new("number", "position", p.t("desk-field-position"))
            .hint(p.t("desk-field-category-position-hint"))
            .value((position + 1).to_string()),
        check("public", "desk-field-public", c.public),
        check("urgent", "desk-field-urgent", c.urgent),
        Field::new("number", "near", p.t("desk-field-near"))
            .hint(p.t("desk-field-near-hint"))
            .value(c.near.to_string()),
        reason_field(p),
    ]);
    all
}

fn read(f: &Fields, code: String) -> Category {
    let line = |name: &str| base::text::one_line(f.get(name));
    Category {
        code,
        name: Text { vi: line("name_vi"), en: line("name_en") },
        icon: line("icon"),
        hint: Text { vi: line("hint_vi"), en: line("hint_en") },
        keywords: line("keywords").split(';').map(str::trim).filter(|k| !k.is_empty()).map(str::to_owned).collect(),
        deadline: limit_of(f).unwrap_or(Limit::WorkingDays(0)),
        public: f.has("public"),
        urgent: f.has("urgent"),
        near: f.some("near").map_or(NEAR, |n| n.parse().unwrap_or(u16::MAX)),
        questions: Vec::new(),
    }
}

async fn show(
    web: &Web,
    desk: &Desk,
    code: &str,
    version: i64,
    (fields, is_new): (Vec<Field>, bool),
    wrong: Vec<Wrong>,
) -> Result<Response, Problem> {
    let s = Shell::load(web, desk, "rules").await?;
    let p = desk.page.clone();
    let action = format!("{LIST}/{code}");
    let remove = (!is_new).then(|| Remove {
        action: format!("{action}/xoa"),
        title: p.t("desk-category-remove").into_owned(),
        fields: vec![reason_field(&p).in_form("xoa")],
    });
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = CategoryPage {
        questions: questions::lines(&p, code),
        title: if is_new { p.t("desk-category-new").into_owned() } else { p.category_name(code) },
        intro: p.t("desk-category-edit-intro").into_owned(),
        back: (LIST.into(), p.t("desk-categories-title").into_owned()),
        action,
        hidden: vec![("version".into(), version.to_string())],
        fields,
        button: p.t("desk-save-version").into_owned(),
        wrong,
        remove,
        s,
        p,
    };
    html_as(status, &page)
}

pub async fn edit(State(web): State<Web>, desk: Desk, Path(code): Path<String>) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    let (category, at, is_new) = find(&desk, &code)?;
    let form = (fields(&desk.page, &category, at, is_new), is_new);
    show(&web, &desk, &code, desk.page.province.version, form, Vec::new()).await
}

pub async fn save(
    State(web): State<Web>,
    Path(code): Path<String>,
    Form { by: desk, fields: typed }: Form<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    let seen: i64 = typed.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let (old, at, is_new) = find(&desk, &code)?;
    let mut category = read(&typed, if is_new { base::text::one_line(typed.get("code")) } else { code.clone() });
    category.questions.clone_from(&old.questions);
    let mut all = desk.page.province.rules();
    if !is_new {
        all.categories.remove(at);
    }
    let wanted = typed.get("position").trim().parse::<usize>().unwrap_or(at + 1).saturating_sub(1);
    all.categories.insert(wanted.min(all.categories.len()), category);
    match rules::store(&web, &desk, seen, all, "staff", typed.get("reason")).await? {
        Ok(_) => Ok(go_saying(&web, LIST, "flash-desk-rules-saved")),
        Err(wrong) => {
            let mut form = fields(&desk.page, &old, at, is_new);
            fill(&mut form, &typed);
            beside(&mut form, &wrong);
            show(&web, &desk, &code, seen, (form, is_new), wrong).await
        }
    }
}

/// Rules that name a category forbid taking it away: the check says which.
pub async fn remove(
    State(web): State<Web>,
    Path(code): Path<String>,
    Form { by: desk, fields: typed }: Form<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    let seen: i64 = typed.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let (old, at, is_new) = find(&desk, &code)?;
    if is_new {
        return Err(Problem::NotFound);
    }
    let mut all = desk.page.province.rules();
    all.categories.remove(at);
    match rules::store(&web, &desk, seen, all, "staff", typed.get("reason")).await? {
        Ok(_) => Ok(go_saying(&web, LIST, "flash-desk-rules-saved")),
        Err(wrong) => show(&web, &desk, &code, seen, (fields(&desk.page, &old, at, false), false), wrong).await,
    }
}
