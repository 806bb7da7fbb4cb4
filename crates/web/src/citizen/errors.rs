//! What is wrong with a form: beside each field and in the summary at the top, always the same sentence.

use crate::page::Page;
use domain::error::FieldError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub field: &'static str,
    /// Where the summary leads: an id on this page, or a page of its own.
    pub href: String,
    pub text: String,
}

#[derive(Debug, Clone, Default)]
pub struct Errors(pub Vec<Wrong>);

impl Errors {
    pub fn none() -> Self {
        Self::default()
    }

    /// The errors of the fields of one page; a field's input has the id `f-<field>`.
    pub fn of(page: &Page, fields: &[FieldError]) -> Self {
        let mut errors = Self::none();
        for f in fields {
            errors.add(f.field, format!("#f-{}", f.field), page.t(f.key).into_owned());
        }
        errors
    }

    pub fn add(&mut self, field: &'static str, href: String, text: String) {
        self.0.push(Wrong { field, href, text });
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The sentence beside a field; empty when it is right.
    pub fn on(&self, field: &str) -> &str {
        self.0.iter().find(|w| w.field == field).map_or("", |w| w.text.as_str())
    }

    pub fn has(&self, field: &str) -> bool {
        self.0.iter().any(|w| w.field == field)
    }
}
