//! Which unit a report goes to and how long it has (R4), with the reason that staff see (R15).
//!
//! Ordered rules; the first that matches is used. The rules of a pack and those that staff edit pass the same check, so that
//! a [`Routing`] always has an answer.

use super::{
    Agency, Category, Problem, Text, Unit, UnitKind,
    categories::limit_is_wrong,
    error::Report,
    files::{self, is_slug},
};
use base::calendar::Limit;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashMap, HashSet};
use toml::{Spanned, Value};

/// Where a rule sends a report. In files `"commune"` or an agency's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum Target {
    /// The People's Committee of the commune where it happened.
    Commune,
    Agency(String),
}

impl From<String> for Target {
    fn from(unit: String) -> Self {
        if unit == "commune" { Self::Commune } else { Self::Agency(unit) }
    }
}

impl From<Target> for String {
    fn from(target: Target) -> Self {
        match target {
            Target::Commune => "commune".to_owned(),
            Target::Agency(code) => code,
        }
    }
}

/// One rule. An empty condition matches everything; all conditions must match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    pub id: String,
    /// Category codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Commune codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub communes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commune_types: Vec<UnitKind>,
    pub unit: Target,
    /// Instead of the category's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Limit>,
    /// «Vì sao phản ánh này đến đơn vị tôi».
    pub why: Text,
}

impl Rule {
    pub fn matches(&self, category: &str, commune: &Unit) -> bool {
        (self.categories.is_empty() || self.categories.iter().any(|code| code == category))
            && (self.communes.is_empty() || self.communes.contains(&commune.code))
            && (self.commune_types.is_empty() || self.commune_types.contains(&commune.kind))
    }

    fn is_catch_all(&self) -> bool {
        self.categories.is_empty() && self.communes.is_empty() && self.commune_types.is_empty()
    }
}

/// Where a report goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Route {
    /// An agency's code or a commune's.
    pub unit_code: String,
    pub deadline: Limit,
    pub rule_id: String,
    pub why: Text,
}

/// Checked rules: every report has a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// In order, without the last.
    rules: Vec<Rule>,
    /// The last rule, which has no condition.
    rest: Rule,
}

/// Most rules; keeps the check of all pairs short.
const MOST: usize = 300;

impl Routing {
    /// Errors: all of them, with the index of the rule where there is one: doubled ids, codes that do not exist, a rule that
    /// matches nothing, a rule that earlier ones leave nothing (a contradiction where they send it elsewhere), no catch-all
    /// at the end, and then each category that some commune has no rule for.
    pub fn new(
        mut rules: Vec<Rule>,
        categories: &[Category],
        units: &[Unit],
        agencies: &[Agency],
    ) -> Result<Self, Vec<(Option<usize>, Problem)>> {
        let mut problems = codes(&rules, categories, units, agencies);
        if problems.is_empty() {
            problems = coverage(&rules, categories, units);
        }
        match rules.pop() {
            Some(rest) if problems.is_empty() => Ok(Self { rules, rest }),
            _ => Err(problems),
        }
    }

    /// For a realm without reports: nothing is routed.
    pub(super) fn none() -> Self {
        let why = "không có phản ánh";
        let rest = Rule {
            id: "none".into(),
            categories: Vec::new(),
            communes: Vec::new(),
            commune_types: Vec::new(),
            unit: Target::Commune,
            deadline: None,
            why: Text { vi: why.into(), en: "no reports".into() },
        };
        Self { rules: Vec::new(), rest }
    }

    /// Where a report of this category in this commune goes.
    pub fn route(&self, category: &Category, commune: &Unit) -> Route {
        let rule = self.rules.iter().find(|rule| rule.matches(&category.code, commune)).unwrap_or(&self.rest);
        Route {
            unit_code: match &rule.unit {
                Target::Commune => commune.code.clone(),
                Target::Agency(code) => code.clone(),
            },
            deadline: rule.deadline.unwrap_or(category.deadline),
            rule_id: rule.id.clone(),
            why: rule.why.clone(),
        }
    }

    /// The rules in order, the catch-all last.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.rules.iter().chain([&self.rest])
    }
}

/// What each rule names must exist.
fn codes(
    rules: &[Rule],
    categories: &[Category],
    units: &[Unit],
    agencies: &[Agency],
) -> Vec<(Option<usize>, Problem)> {
    let categories: HashSet<&str> = categories.iter().map(|category| category.code.as_str()).collect();
    let units: HashSet<&str> = units.iter().map(|unit| unit.code.as_str()).collect();
    let agencies: HashSet<&str> = agencies.iter().map(|agency| agency.code.as_str()).collect();
    let mut problems = Vec::new();
    let mut ids: HashMap<&str, usize> = HashMap::new();
    if rules.is_empty() {
        problems.push((None, Problem::new("no-rows", "has no rows", &[])));
    }
    if rules.len() > MOST {
        problems.push((None, Problem::new("too-many", "more than {limit} rows", &[("limit", &MOST)])));
    }
    for (at, rule) in rules.iter().enumerate() {
        let mut add = |problem| problems.push((Some(at), problem));
        if !is_slug(&rule.id) {
            let template = "{code} is not a code of small letters, digits and dashes";
            add(Problem::new("slug", template, &[("code", &rule.id)]));
        }
        if ids.insert(&rule.id, at).is_some() {
            add(Problem::new("duplicate-rule", "another rule has the id {id}", &[("id", &rule.id)]));
        }
        for code in rule.categories.iter().filter(|code| !categories.contains(code.as_str())) {
            add(Problem::new("unknown-category", "no category {code} in categories.toml", &[("code", code)]));
        }
        for code in rule.communes.iter().filter(|code| !units.contains(code.as_str())) {
            add(Problem::new("unknown-commune", "no commune {code} in units.csv", &[("code", code)]));
        }
        if let Target::Agency(code) = &rule.unit
            && !agencies.contains(code.as_str())
        {
            add(Problem::new("unknown-agency", "no agency {code} in agencies.csv", &[("code", code)]));
        }
        if rule.deadline.is_some_and(limit_is_wrong) {
            add(Problem::new("deadline", "a deadline must lie between 1 hour and 1 year", &[]));
        }
        if rule.why.vi.trim().is_empty() || rule.why.en.trim().is_empty() {
            add(Problem::new("no-reason", "{id} does not say why", &[("id", &rule.id)]));
        }
    }
    problems
}

/// Which rule takes which pair of category and commune: the world is small, so all pairs are tried.
fn coverage(rules: &[Rule], categories: &[Category], units: &[Unit]) -> Vec<(Option<usize>, Problem)> {
    let mut problems = Vec::new();
    let mut owner: Vec<Option<usize>> = vec![None; categories.len() * units.len()];
    for (at, rule) in rules.iter().enumerate() {
        let (mut matched, mut taken) = (false, false);
        let mut earlier = BTreeSet::new();
        for (c, category) in categories.iter().enumerate() {
            for (u, _) in units.iter().enumerate().filter(|(_, unit)| rule.matches(&category.code, unit)) {
                matched = true;
                match &mut owner[c * units.len() + u] {
                    Some(other) => _ = earlier.insert(*other),
                    free => {
                        *free = Some(at);
                        taken = true;
                    }
                }
            }
        }
        // The catch-all may be left nothing: it is there for what does not exist yet.
        if taken || (at + 1 == rules.len() && rule.is_catch_all()) {
            continue;
        }
        let same = |other: &usize| rules[*other].unit == rule.unit && rules[*other].deadline == rule.deadline;
        let names: Vec<&str> = earlier.iter().map(|other| rules[*other].id.as_str()).collect();
        let names = names.join(", ");
        problems.push((
            Some(at),
            if !matched {
                Problem::new("matches-nothing", "{id} matches no category and commune", &[("id", &rule.id)])
            } else if earlier.iter().all(same) {
                Problem::new(
                    "redundant",
                    "{id} is never used: {earlier} says the same before",
                    &[("id", &rule.id), ("earlier", &names)],
                )
            } else {
                Problem::new(
                    "contradiction",
                    "{id} is never used: {earlier} decides otherwise before",
                    &[("id", &rule.id), ("earlier", &names)],
                )
            },
        ));
    }
    if !rules.last().is_some_and(Rule::is_catch_all) {
        problems.push((None, Problem::new("no-catch-all", "the last rule must have no condition", &[])));
        for (c, category) in categories.iter().enumerate() {
            let row = &owner[c * units.len()..(c + 1) * units.len()];
            if let Some(u) = row.iter().position(Option::is_none) {
                let template = "category {code} has no rule, for instance in commune {commune}";
                let args: [(&'static str, &dyn std::fmt::Display); 2] =
                    [("code", &category.code), ("commune", &units[u].code)];
                problems.push((None, Problem::new("category-without-rule", template, &args)));
            }
        }
    }
    problems
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rule: Vec<Spanned<Value>>,
}

/// Reads `routing.toml`: the rules with their lines.
pub(super) fn parse(text: &str, report: &mut Report) -> Vec<(usize, Rule)> {
    files::toml::<File>(text, report).map(|file| files::entries(text, file.rule, report)).unwrap_or_default()
}
