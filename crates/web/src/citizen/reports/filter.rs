//! What the public list, the map and their download are narrowed to: one set of parameters in the address.

use crate::{citizen::communes, forms::Fields, middleware::encode, page::Page};
use base::clock::{DAY, HOUR, Millis};
use domain::reports::views::PublicFilter;

/// Days that can be chosen, with their text keys.
const PERIODS: [(&str, i64, &str); 4] = [
    ("7", 7, "filter-7-days"),
    ("30", 30, "filter-30-days"),
    ("90", 90, "filter-90-days"),
    ("365", 365, "filter-365-days"),
];

/// The filter as the address says it; what is not known is not there.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Asked {
    pub category: String,
    pub commune: String,
    pub unit: String,
    pub state: String,
    pub period: String,
    pub before: Option<Millis>,
}

pub struct Choice {
    pub code: String,
    pub name: String,
    pub chosen: bool,
}

/// A filter that is on, and the address without it.
pub struct Chip {
    pub text: String,
    pub without: String,
}

/// The form, as the template `citizen/reports/filters.html` shows it.
pub struct FilterForm {
    pub action: &'static str,
    pub categories: Vec<Choice>,
    pub units: Vec<Choice>,
    pub periods: Vec<Choice>,
    pub commune: String,
    pub commune_name: String,
    pub state: String,
    pub chips: Vec<Chip>,
    /// Leads to watching what is asked for here.
    pub watch: String,
}

impl Asked {
    pub fn parse(p: &Page, query: Option<String>) -> Self {
        let f = Fields::parse(query.unwrap_or_default().as_bytes());
        let known = |code: &str| p.province.commune(code).is_some();
        let typed = f.get("ten-xa").trim();
        let mut commune = f.get("xa").to_owned();
        if !known(&commune) {
            commune.clear();
        }
        // Without a script only the name is there: the best fit is taken, and the chip shows which one that is.
        let named = |code: &str| base::fold::fold(&p.commune_name(&Some(code.to_owned())));
        if f.has("ten-xa") && base::fold::fold(typed) != named(&commune) {
            commune = communes::find(p, typed, None).into_iter().next().map_or_else(String::new, |c| c.code);
        }
        let one_of = |name: &str, known: &dyn Fn(&str) -> bool| {
            Some(f.get(name)).filter(|v| known(v)).unwrap_or_default().to_owned()
        };
        Self {
            category: one_of("loai", &|c| p.province.category(c).is_some()),
            commune,
            unit: one_of("don-vi", &|u| p.province.has_unit(u)),
            state: one_of("trang-thai", &|s| matches!(s, "dang" | "xong")),
            period: one_of("thoi-gian", &|t| PERIODS.iter().any(|(name, ..)| *name == t)),
            before: f.get("truoc").parse().ok(),
        }
    }

    /// The parameters, without a question mark.
    pub fn query(&self) -> String {
        let before = self.before.map(|b| b.to_string()).unwrap_or_default();
        let parts: Vec<String> = [
            ("loai", self.category.as_str()),
            ("xa", self.commune.as_str()),
            ("don-vi", self.unit.as_str()),
            ("trang-thai", self.state.as_str()),
            ("thoi-gian", self.period.as_str()),
            ("truoc", before.as_str()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", encode(value)))
        .collect();
        parts.join("&")
    }

    pub fn url(&self, page: &str) -> String {
        let query = self.query();
        if query.is_empty() { page.to_owned() } else { format!("{page}?{query}") }
    }

    pub fn filter(&self, now: Millis) -> PublicFilter {
        let some = |s: &String| Some(s.clone()).filter(|s| !s.is_empty());
        // From midnight in Vietnam, so that the sums of a period stay the same for a day.
        let today = (now + 7 * HOUR).div_euclid(DAY) * DAY - 7 * HOUR;
        let days = PERIODS.iter().find(|(name, ..)| *name == self.period).map(|(_, days, _)| *days);
        PublicFilter {
            category: some(&self.category),
            commune: some(&self.commune),
            unit: some(&self.unit),
            open: match self.state.as_str() {
                "dang" => Some(true),
                "xong" => Some(false),
                _ => None,
            },
            since: days.map(|days| today - days * DAY),
            before: self.before,
        }
    }

    fn chips(&self, p: &Page, page: &str) -> Vec<Chip> {
        let without = |change: fn(&mut Self)| {
            let mut other = Self { before: None, ..self.clone() };
            change(&mut other);
            other.url(page)
        };
        let mut chips = Vec::new();
        let mut chip = |on: &str, text: String, without| {
            if !on.is_empty() {
                chips.push(Chip { text, without });
            }
        };
        chip(&self.category, p.category_name(&self.category), without(|a| a.category.clear()));
        chip(&self.commune, p.commune_name(&Some(self.commune.clone())), without(|a| a.commune.clear()));
        chip(&self.unit, p.unit_name(&self.unit), without(|a| a.unit.clear()));
        let state = if self.state == "dang" { "list-open" } else { "list-finished" };
        chip(&self.state, p.t(state).into_owned(), without(|a| a.state.clear()));
        let period = PERIODS.iter().find(|(name, ..)| *name == self.period).map(|(.., key)| p.t(key).into_owned());
        chip(&self.period, period.unwrap_or_default(), without(|a| a.period.clear()));
        chips
    }

    pub fn form(&self, p: &Page, action: &'static str) -> FilterForm {
        let lang = p.lang();
        let choice =
            |code: &str, name: String, chosen: &str| Choice { code: code.to_owned(), name, chosen: code == chosen };
        let mut units: Vec<Choice> =
            p.province.pack.agencies.iter().map(|a| choice(&a.code, a.name.clone(), &self.unit)).collect();
        // A commune's committee is found by its commune; one that was asked for elsewhere stays chosen.
        if !self.unit.is_empty() && units.iter().all(|u| !u.chosen) {
            units.insert(0, choice(&self.unit, p.unit_name(&self.unit), &self.unit));
        }
        let watched = Self { category: self.category.clone(), commune: self.commune.clone(), ..Self::default() };
        FilterForm {
            action,
            categories: p
                .province
                .pack
                .categories
                .iter()
                .filter(|c| c.public)
                .map(|c| choice(&c.code, c.name.get(lang).to_owned(), &self.category))
                .collect(),
            units,
            periods: PERIODS.iter().map(|(name, _, key)| choice(name, p.t(key).into_owned(), &self.period)).collect(),
            commune: self.commune.clone(),
            commune_name: p.commune_name(&Some(self.commune.clone())),
            state: self.state.clone(),
            chips: self.chips(p, action),
            watch: watched.url("/tai-khoan/quanh-day/moi"),
        }
    }
}
