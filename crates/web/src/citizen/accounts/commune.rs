//! Where a person lives: the commune picker of forms, with and without its script.

use crate::{
    citizen::communes::{self, Found},
    forms::Fields,
    page::Page,
};
use base::fold::fold;
use domain::error::FieldError;

/// What the picker shows.
#[derive(Debug, Clone)]
pub struct Picker {
    /// What stands in the field, and what the radios were made for.
    pub typed: String,
    pub shown: String,
    pub radios: Vec<Found>,
    pub chosen: String,
    pub total: i64,
}

/// What the fields say.
#[derive(Debug, Clone)]
pub enum Choice {
    Code(String),
    None,
    /// The typed name fits several, or «Tìm» was pressed: these are offered.
    Offer(Vec<Found>),
}

impl Choice {
    /// Why there is no commune yet.
    pub fn error(&self) -> Option<FieldError> {
        let key = match self {
            Self::Code(_) => return None,
            Self::None => "commune-missing",
            Self::Offer(found) if found.is_empty() => "commune-none-found",
            Self::Offer(_) => "commune-choose",
        };
        Some(FieldError { field: "commune", key })
    }
}

impl Picker {
    pub fn empty(p: &Page, home: Option<&str>) -> Self {
        let chosen = home.unwrap_or_default().to_owned();
        let radios = if home.is_some() { communes::find(p, "", home) } else { Vec::new() };
        let total = i64::try_from(p.province.pack.units.len()).unwrap_or(0);
        Self { typed: String::new(), shown: String::new(), radios, chosen, total }
    }

    /// The same picker with what came of it.
    pub fn after(p: &Page, fields: &Fields, choice: &Choice, home: Option<&str>) -> Self {
        let mut picker = Self::empty(p, home);
        fields.get("commune_text").trim().clone_into(&mut picker.typed);
        match choice {
            Choice::None => picker.chosen.clear(),
            Choice::Offer(found) => {
                picker.radios.clone_from(found);
                picker.shown.clone_from(&picker.typed);
                picker.chosen.clear();
            }
            Choice::Code(code) => {
                picker.chosen.clone_from(code);
                picker.shown.clone_from(&picker.typed);
                if let Some(unit) = p.province.commune(code).filter(|_| !picker.radios.iter().any(|r| r.code == *code))
                {
                    let found = Found { code: code.clone(), name: unit.full_name(p.lang()), hint: String::new() };
                    picker.radios.insert(0, found);
                }
            }
        }
        picker
    }
}

pub fn choice(p: &Page, fields: &Fields, home: Option<&str>) -> Choice {
    let known = |code: &str| Some(code.to_owned()).filter(|c| p.province.commune(c).is_some());
    // The script's choice; without one this field is always empty.
    if let Some(code) = fields.some("commune").and_then(known) {
        return Choice::Code(code);
    }
    let typed = fields.get("commune_text").trim();
    let is_new = fold(typed) != fold(fields.get("shown"));
    if !typed.is_empty() && (is_new || fields.has("find")) {
        let found = communes::find(p, typed, home);
        if fields.has("find") {
            return Choice::Offer(found);
        }
        let whole = |f: &&Found| {
            let own = p.province.commune(&f.code).map(|u| fold(&u.name));
            fold(&f.name) == fold(typed) || own.is_some_and(|own| own == fold(typed))
        };
        let mut fits = found.iter().filter(whole);
        return match (fits.next(), fits.next(), found.as_slice()) {
            (Some(only), None, _) | (None, None, [only]) => Choice::Code(only.code.clone()),
            _ => Choice::Offer(found),
        };
    }
    fields.some("pick").and_then(known).map_or(Choice::None, Choice::Code)
}
