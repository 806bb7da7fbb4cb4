//! «Thử với một phản ánh» (R15): the ordered rules over a real report or a typed one, each with why it does or does not decide.

use super::{form::Field, report::limit, shell};
use crate::{error::Problem, forms::Fields, page::Page, state::Web, visit::Desk};
use base::code::Code;
use domain::{
    error::Error,
    packs::{Rule, Unit},
    reports::views::{self, Reader},
};

/// The answer.
pub(super) struct Tried {
    pub unit: String,
    pub limit: String,
    pub rule: String,
    pub why: String,
    /// A real report: its title and where it is now.
    pub report: String,
    pub now: String,
}

/// What is tried.
#[derive(Default)]
pub(super) struct Trial {
    code: String,
    pub category: String,
    pub commune: String,
    error: String,
    report: String,
    now: String,
}

impl Trial {
    /// A code wins over what was chosen; one that this person must not see is not found.
    pub(super) async fn read(web: &Web, desk: &Desk, query: &Fields) -> Result<Self, Problem> {
        let p = &desk.page;
        let mut trial = Self {
            code: query.get("ma").chars().take(40).collect(),
            category: query.get("linh-vuc").to_owned(),
            commune: query.get("xa").to_owned(),
            ..Self::default()
        };
        if trial.code.trim().is_empty() {
            return Ok(trial);
        }
        let found = match Code::parse(&trial.code) {
            Ok(code) => views::find(&web.core, code.as_str(), &Reader::Staff(&desk.officer)).await,
            Err(_) => Err(Error::NotFound),
        };
        match found {
            Ok(whole) => {
                trial.category.clone_from(&whole.report.category);
                trial.commune = whole.report.commune.clone().unwrap_or_default();
                trial.now = p.unit_name(&whole.report.unit);
                trial.report = whole.report.title;
            }
            Err(Error::NotFound) => {
                trial.error = p.t("merge-missing").into_owned();
                trial.category.clear();
            }
            Err(e) => return Err(web.problem()(e)),
        }
        Ok(trial)
    }

    pub(super) fn fields(&self, desk: &Desk) -> Vec<Field> {
        let p = &desk.page;
        let choose = || [(String::new(), p.t("desk-choose").into_owned())];
        let mut code =
            Field::new("text", "ma", p.t("desk-try-code")).hint(p.t("desk-try-code-hint")).value(&*self.code);
        code.error.clone_from(&self.error);
        vec![
            code.optional(),
            Field::new("select", "linh-vuc", p.t("desk-field-category"))
                .value(&*self.category)
                .choices(choose())
                .choices(shell::categories(desk)),
            Field::new("select", "xa", p.t("desk-field-commune"))
                .value(&*self.commune)
                .choices(choose())
                .choices(shell::communes(desk)),
        ]
    }

    pub(super) fn answer(self, p: &Page) -> Option<Tried> {
        let known = p.province.category(&self.category).is_some() && p.province.commune(&self.commune).is_some();
        known.then(|| {
            let route = p.province.route(&self.category, Some(&self.commune));
            Tried {
                unit: p.unit_name(&route.unit),
                limit: limit(p, route.limit),
                why: route.why.get(p.lang()).to_owned(),
                rule: route.rule,
                report: self.report,
                now: self.now,
            }
        })
    }
}

/// What each rule says of what is tried: the first that fits decides, the later ones are not asked. `decided` is carried along.
pub(super) fn verdict(p: &Page, rule: &Rule, category: &str, commune: &Unit, decided: &mut bool) -> String {
    let key = match () {
        () if *decided => "desk-try-later",
        () if rule.matches(category, commune) => {
            *decided = true;
            "desk-try-decides"
        }
        () if !rule.categories.is_empty() && !rule.categories.iter().any(|c| c == category) => "desk-try-not-category",
        () => "desk-try-not-place",
    };
    p.t(key).into_owned()
}
