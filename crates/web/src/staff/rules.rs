//! Routing (phân tuyến, R4, R15): the ordered rules, each editable with a reason; «thử với một phản ánh». Every change is a new
//! version, and a version that contradicts itself is not taken.

use super::{
    edit::{EditPage, Remove},
    form::{Field, Wrong, fill},
    report::limit,
    rules_try::{Trial, Tried, verdict},
    shell::{self, Shell, go_saying, html},
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
    extract::{Path, RawQuery, State},
    response::Response,
};
use base::calendar::Limit;
use domain::{
    error::Error,
    packs::{Category, Problem as Fault, Rule, Target, Text, UnitKind},
    province::{self, ChangeError, Rules},
    rights::Right,
};

pub(super) const LIST: &str = "/can-bo/quan-ly/phan-tuyen";

/// A rule as the list shows it.
struct Line {
    no: usize,
    id: String,
    categories: String,
    communes: String,
    unit: String,
    limit: String,
    why: String,
    /// «Thử»: this one decides.
    hit: bool,
    /// «Thử»: why it does, or does not.
    verdict: String,
}

#[derive(Template)]
#[template(path = "staff/rules.html")]
struct RulesPage {
    p: Page,
    s: Shell,
    lines: Vec<Line>,
    try_fields: Vec<Field>,
    tried: Option<Tried>,
}

/// Changing what holds for the whole province needs the right for the whole province.
pub(super) fn whole_province(desk: &Desk, right: Right) -> Result<(), Problem> {
    if desk.officer.may(right, "*", &[]) { Ok(()) } else { Err(Problem::Forbidden) }
}

/// Stores other rules; what is wrong with them comes back as lines for the page.
pub(super) async fn store(
    web: &Web,
    desk: &Desk,
    expected: i64,
    rules: Rules,
    source: &'static str,
    reason: &str,
) -> Result<Result<i64, Vec<Wrong>>, Problem> {
    let p = &desk.page;
    let reason = base::text::one_line(reason);
    let ids: Vec<String> = rules.rules.iter().map(|r| r.id.clone()).collect();
    let faults = Category::check(&rules.categories);
    let mut wrong: Vec<Wrong> = Vec::new();
    for (at, fault) in &faults {
        let text = match rules.categories.get(*at) {
            // A code is made of what was typed: who typed nothing reads one sentence.
            Some(_)
                if fault.code == "slug"
                    && fault.arg("code") == Some("")
                    && faults.iter().any(|(other, f)| other == at && f.code != "slug") =>
            {
                continue;
            }
            Some(category) => in_category(p, category, fault),
            None => fault_text(p, fault),
        };
        wrong.push(Wrong { id: "main".into(), text });
    }
    if !(5..=300).contains(&reason.chars().count()) {
        // Everything that is missing at once, not one thing a time.
        if let (true, Err(faults)) = (wrong.is_empty(), p.province.changes(rules)) {
            wrong = faults_of_rules(p, &ids, &faults);
        }
        wrong.push(Wrong { id: "f-reason".into(), text: p.t("reason-missing").into_owned() });
        return Ok(Err(wrong));
    }
    if !wrong.is_empty() {
        return Ok(Err(wrong));
    }
    match province::change(&web.core, &desk.officer, expected, rules, source, reason).await {
        Ok(version) => Ok(Ok(version)),
        Err(ChangeError::Problems(faults)) => Ok(Err(faults_of_rules(p, &ids, &faults))),
        Err(ChangeError::Refused(Error::Changed { .. })) => {
            Ok(Err(vec![Wrong { id: "main".into(), text: p.t("desk-rules-changed").into_owned() }]))
        }
        Err(ChangeError::Refused(e)) => Err(web.problem()(e)),
    }
}

pub(super) fn faults_of_rules(p: &Page, ids: &[String], faults: &[(Option<usize>, Fault)]) -> Vec<Wrong> {
    let line = |(at, fault): &(Option<usize>, Fault)| {
        let text = fault_text(p, fault);
        let text = match at.and_then(|at| ids.get(at).map(|id| (at, id))) {
            Some((at, id)) => p.l.ta("desk-rule-fault", &[("no", &(at + 1).to_string()), ("id", id), ("text", &text)]),
            None => text,
        };
        Wrong { id: "main".into(), text }
    };
    faults.iter().map(line).collect()
}

/// A fault of a category or of one of its questions, both as the page calls them.
fn in_category(p: &Page, category: &Category, fault: &Fault) -> String {
    let mut fault = fault.clone();
    if fault.code.starts_with("question-") {
        let code = fault.arg("code").unwrap_or("").to_owned();
        let question = category.questions.iter().find(|q| q.code == code);
        let label = question.map_or("", |q| q.label.get(p.lang())).trim();
        let named = match (label, code.as_str()) {
            ("", "") => p.t("desk-fault-question-new").into_owned(),
            ("", code) => p.t1("desk-fault-question", "name", code),
            (label, _) => p.t1("desk-fault-question", "name", label),
        };
        fault.args.iter_mut().filter(|(name, _)| *name == "code").for_each(|(_, value)| value.clone_from(&named));
    }
    if fault.code == "question-text" && fault.arg("field") == Some("hint") {
        fault.code = "question-hint";
    }
    let name = category.name.get(p.lang()).trim();
    let name = if name.is_empty() { category.code.as_str() } else { name };
    let text = fault_text(p, &fault);
    if name.is_empty() { text } else { p.t2("desk-fault-category", "category", name, "text", text) }
}

/// How a page calls what a pack's file calls so.
fn field_name<'p>(p: &'p Page, field: &'p str) -> std::borrow::Cow<'p, str> {
    match field {
        "name.vi" => p.t("desk-field-name-vi"),
        "name.en" => p.t("desk-field-name-en"),
        "label" => p.t("desk-fault-label"),
        "hint" => p.t("desk-fault-hint"),
        other => other.into(),
    }
}

/// A fault of a pack in the reader's language; one without a text speaks the operator's English.
pub(super) fn fault_text(p: &Page, fault: &Fault) -> String {
    let key = format!("pack-error-{}", fault.code);
    if !p.l.has(&key) {
        return fault.to_string();
    }
    let read = |(name, value): &(&'static str, String)| match *name {
        "field" => (*name, field_name(p, value).into_owned()),
        name => (name, value.clone()),
    };
    let args: Vec<(&str, String)> = fault.args.iter().map(read).collect();
    let args: Vec<(&str, &str)> = args.iter().map(|(name, value)| (*name, value.as_str())).collect();
    p.l.ta(&key, &args)
}

pub async fn list(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let query = Fields::parse(raw.unwrap_or_default().as_bytes());
    let s = Shell::load(&web, &desk, "rules").await?;
    let p = desk.page.clone();
    let trial = Trial::read(&web, &desk, &query).await?;
    let try_fields = trial.fields(&desk);
    let (category, commune) = (trial.category.clone(), trial.commune.clone());
    let tried = trial.answer(&p);
    let hit = tried.as_ref().map(|t| t.rule.clone()).unwrap_or_default();
    let place = p.province.commune(&commune).filter(|_| tried.is_some());
    let mut decided = false;
    let lines = p.province.pack.routing.rules().enumerate().map(|(at, r)| {
        let verdict = place.map_or_else(String::new, |c| verdict(&p, r, &category, c, &mut decided));
        Line { verdict, ..line(&p, at, r, &hit) }
    });
    let lines = lines.collect();
    html(&RulesPage { s, lines, try_fields, tried, p })
}

fn line(p: &Page, at: usize, r: &Rule, hit: &str) -> Line {
    let all = || p.t("desk-rule-all").into_owned();
    let join = |names: Vec<String>| if names.is_empty() { all() } else { names.join(", ") };
    let mut places: Vec<String> = r.commune_types.iter().map(|k| p.t(kind_key(*k)).into_owned()).collect();
    places.extend(r.communes.iter().map(|c| p.commune_name(&Some(c.clone()))));
    Line {
        no: at + 1,
        id: r.id.clone(),
        categories: join(r.categories.iter().map(|c| p.category_name(c)).collect()),
        communes: join(places),
        unit: target(p, &r.unit),
        limit: r.deadline.map_or_else(|| p.t("desk-rule-limit-category").into_owned(), |l| limit(p, l)),
        why: r.why.get(p.lang()).to_owned(),
        hit: r.id == hit,
        verdict: String::new(),
    }
}

fn kind_key(kind: UnitKind) -> &'static str {
    match kind {
        UnitKind::Ward => "desk-kind-ward",
        UnitKind::Commune => "desk-kind-commune",
        UnitKind::SpecialZone => "desk-kind-special-zone",
    }
}

fn target(p: &Page, target: &Target) -> String {
    match target {
        Target::Commune => p.t("desk-rule-unit-commune").into_owned(),
        Target::Agency(code) => p.unit_name(code),
    }
}

/// The kinds of limits for a select, `none` first when a limit may be left to the category.
pub(super) fn limit_fields(p: &Page, now: Option<Limit>, optional: bool) -> Vec<Field> {
    let (kind, n) = match now {
        Some(Limit::WorkingHours(n)) => ("working_hours", n.to_string()),
        Some(Limit::WorkingDays(n)) => ("working_days", n.to_string()),
        Some(Limit::CalendarDays(n)) => ("calendar_days", n.to_string()),
        None => ("", String::new()),
    };
    let entry = |value: &str, key: &str| (value.to_owned(), p.t(key).into_owned());
    let mut kinds = if optional { vec![entry("", "desk-rule-limit-category")] } else { Vec::new() };
    kinds.extend([
        entry("working_hours", "desk-limit-kind-working-hours"),
        entry("working_days", "desk-limit-kind-working-days"),
        entry("calendar_days", "desk-limit-kind-calendar-days"),
    ]);
    let number = Field::new("number", "limit", p.t("desk-field-limit")).value(n);
    vec![
        Field::new("select", "limit_kind", p.t("desk-field-limit-kind")).value(kind).choices(kinds),
        if optional { number.optional() } else { number },
    ]
}

/// `None` where the category decides; a number that cannot be read becomes 0, which the check refuses with its own words.
pub(super) fn limit_of(f: &Fields) -> Option<Limit> {
    let n = f.get("limit").trim().parse().unwrap_or(0);
    match f.get("limit_kind") {
        "working_hours" => Some(Limit::WorkingHours(n)),
        "working_days" => Some(Limit::WorkingDays(n)),
        "calendar_days" => Some(Limit::CalendarDays(n)),
        _ => None,
    }
}

pub(super) fn reason_field(p: &Page) -> Field {
    Field::new("text", "reason", p.t("desk-field-change-reason")).hint(p.t("desk-field-change-reason-hint"))
}

fn fields(desk: &Desk, rule: &Rule, position: usize, is_new: bool) -> Vec<Field> {
    let p = &desk.page;
    let units = [("commune".to_owned(), p.t("desk-rule-unit-commune").into_owned())]
        .into_iter()
        .chain(p.province.pack.agencies.iter().map(|a| (a.code.clone(), a.name.clone())));
    let kinds = UnitKind::ALL.map(|k| (k.as_str().to_owned(), p.t(kind_key(k)).into_owned()));
    let chosen_kinds: Vec<String> = rule.commune_types.iter().map(|k| k.as_str().to_owned()).collect();
    let id = Field::new("text", "id", p.t("desk-field-rule-id")).hint(p.t("desk-field-rule-id-hint")).value(&*rule.id);
    let mut all = if is_new { vec![id] } else { Vec::new() };
    all.extend([
        Field::new("number", "position", p.t("desk-field-position"))
            .hint(p.t("desk-field-position-hint"))
            .value((position + 1).to_string()),
        Field::new("checks", "categories", p.t("desk-field-rule-categories"))
            .hint(p.t("desk-field-none-is-all"))
            .checks(shell::categories(desk), &rule.categories),
        Field::new("checks", "kinds", p.t("desk-field-rule-kinds"))
            .hint(p.t("desk-field-none-is-all"))
            .checks(kinds, &chosen_kinds),
        Field::new("checks", "communes", p.t("desk-field-rule-communes"))
            .hint(p.t("desk-field-none-is-all"))
            .checks(shell::communes(desk), &rule.communes),
        Field::new("select", "unit", p.t("desk-field-rule-unit")).value(String::from(rule.unit.clone())).choices(units),
    ]);
    all.extend(limit_fields(p, rule.deadline, true));
    all.extend([
        Field::new("text", "why_vi", p.t("desk-field-why-vi")).hint(p.t("desk-field-why-hint")).value(&*rule.why.vi),
        Field::new("text", "why_en", p.t("desk-field-why-en")).value(&*rule.why.en),
        reason_field(p),
    ]);
    all
}

fn read(f: &Fields, id: String) -> Rule {
    Rule {
        id,
        categories: f.all("categories").to_vec(),
        communes: f.all("communes").to_vec(),
        commune_types: f.all("kinds").iter().filter_map(|k| UnitKind::parse(k)).collect(),
        unit: Target::from(f.get("unit").to_owned()),
        deadline: limit_of(f),
        why: Text { vi: base::text::one_line(f.get("why_vi")), en: base::text::one_line(f.get("why_en")) },
    }
}

/// The rule of an address and its place; `moi` is one to be made, filled from a report's category, commune and unit.
fn find(desk: &Desk, id: &str, query: &Fields) -> Result<(Rule, usize, bool), Problem> {
    if id == "moi" {
        let some = |name: &str| query.some(name).map(|v| vec![v.to_owned()]).unwrap_or_default();
        let rule = Rule {
            id: String::new(),
            categories: some("linh-vuc"),
            communes: some("xa"),
            commune_types: Vec::new(),
            unit: Target::from(query.some("don-vi").unwrap_or("commune").to_owned()),
            deadline: None,
            why: Text::default(),
        };
        return Ok((rule, 0, true));
    }
    let mut rules = desk.page.province.pack.routing.rules().cloned().enumerate();
    rules.find(|(_, r)| r.id == id).map(|(at, r)| (r, at, false)).ok_or(Problem::NotFound)
}

async fn show(
    web: &Web,
    desk: &Desk,
    id: &str,
    version: i64,
    (fields, is_new): (Vec<Field>, bool),
    wrong: Vec<Wrong>,
) -> Result<Response, Problem> {
    let s = Shell::load(web, desk, "rules").await?;
    let p = desk.page.clone();
    let action = format!("{LIST}/quy-tac/{id}");
    let remove = (!is_new).then(|| Remove {
        action: format!("{action}/xoa"),
        title: p.t("desk-rule-remove").into_owned(),
        fields: vec![reason_field(&p).in_form("xoa")],
    });
    let page = EditPage {
        title: if is_new { p.t("desk-rule-new").into_owned() } else { p.t1("desk-rule-edit", "id", id) },
        intro: p.t("desk-rule-edit-intro").into_owned(),
        back: (LIST.into(), p.t("desk-rules-title").into_owned()),
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
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    let query = Fields::parse(raw.unwrap_or_default().as_bytes());
    let (rule, at, is_new) = find(&desk, &id, &query)?;
    let form = (fields(&desk, &rule, at, is_new), is_new);
    show(&web, &desk, &id, desk.page.province.version, form, Vec::new()).await
}

fn version(f: &Fields) -> Result<i64, Problem> {
    f.get("version").parse().map_err(|_| Problem::BadRequest)
}

pub async fn save(
    State(web): State<Web>,
    Path(id): Path<String>,
    Form { by: desk, fields: typed }: Form<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    let seen = version(&typed)?;
    let (old, at, is_new) = find(&desk, &id, &Fields::default())?;
    let rule = read(&typed, if is_new { base::text::one_line(typed.get("id")) } else { id.clone() });
    let mut rules = desk.page.province.rules();
    if !is_new {
        rules.rules.remove(at);
    }
    let wanted = typed.get("position").trim().parse::<usize>().unwrap_or(at + 1).saturating_sub(1);
    rules.rules.insert(wanted.min(rules.rules.len()), rule);
    match store(&web, &desk, seen, rules, "staff", typed.get("reason")).await? {
        Ok(_) => Ok(go_saying(&web, LIST, "flash-desk-rules-saved")),
        Err(wrong) => {
            let mut form = fields(&desk, &old, at, is_new);
            fill(&mut form, &typed);
            beside(&mut form, &wrong);
            show(&web, &desk, &id, seen, (form, is_new), wrong).await
        }
    }
}

/// Errors whose id names a field stand there too.
pub(super) fn beside(fields: &mut [Field], wrong: &[Wrong]) {
    for f in fields.iter_mut() {
        if let Some(w) = wrong.iter().find(|w| w.id == f.id) {
            f.error.clone_from(&w.text);
        }
    }
}

pub async fn remove(
    State(web): State<Web>,
    Path(id): Path<String>,
    Form { by: desk, fields: typed }: Form<Desk>,
) -> Result<Response, Problem> {
    whole_province(&desk, Right::RulesEdit)?;
    let seen = version(&typed)?;
    let (old, at, is_new) = find(&desk, &id, &Fields::default())?;
    if is_new {
        return Err(Problem::NotFound);
    }
    let mut rules = desk.page.province.rules();
    rules.rules.remove(at);
    match store(&web, &desk, seen, rules, "staff", typed.get("reason")).await? {
        Ok(_) => Ok(go_saying(&web, LIST, "flash-desk-rules-saved")),
        Err(wrong) => {
            let form = fields(&desk, &old, at, false);
            show(&web, &desk, &id, seen, (form, false), wrong).await
        }
    }
}
