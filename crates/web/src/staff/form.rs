//! Fields of forms as data, drawn by `staff/field.html`: label, hint, error, input, in this order, everywhere the same.

use crate::{forms::Fields, page::Page};
use domain::error::FieldError;

/// An entry of a select.
#[derive(Debug, Clone)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// One field. `kind`: `text`, `area`, `select`, `number`, `date`, `check`, `checks`, `photos`, `file`, `password`, `code`.
#[derive(Debug, Clone)]
pub struct Field {
    pub kind: &'static str,
    pub name: String,
    pub id: String,
    pub label: String,
    pub hint: String,
    pub value: String,
    pub choices: Vec<Choice>,
    pub error: String,
    pub optional: bool,
    pub autocomplete: &'static str,
    /// Characters that an `area` counts down from; 0: no counter.
    pub most: usize,
}

impl Field {
    pub fn new(kind: &'static str, name: impl Into<String>, label: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            kind,
            id: format!("f-{name}"),
            name,
            label: label.into(),
            hint: String::new(),
            value: String::new(),
            choices: Vec::new(),
            error: String::new(),
            optional: false,
            autocomplete: "off",
            most: 0,
        }
    }

    /// Several forms on one page have fields of one name: the id tells them apart.
    pub fn in_form(mut self, form: &str) -> Self {
        self.id = format!("f-{form}-{}", self.name);
        self
    }

    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }

    pub fn most(mut self, most: usize) -> Self {
        self.most = most;
        self
    }

    /// Entries of a select; the one whose value is the field's is chosen.
    pub fn choices(mut self, entries: impl IntoIterator<Item = (String, String)>) -> Self {
        let chosen = self.value.clone();
        self.choices.extend(entries.into_iter().map(|(value, label)| {
            let chosen = value == chosen;
            Choice { value, label, chosen }
        }));
        self
    }

    /// Entries of a list of check boxes.
    pub fn checks(mut self, entries: impl IntoIterator<Item = (String, String)>, chosen: &[String]) -> Self {
        self.choices.extend(entries.into_iter().map(|(value, label)| {
            let chosen = chosen.contains(&value);
            Choice { value, label, chosen }
        }));
        self
    }

    pub fn is_checked(&self) -> bool {
        !self.value.is_empty()
    }

    pub fn has_error(&self) -> bool {
        !self.error.is_empty()
    }

    /// `aria-describedby`: hint and error that exist.
    pub fn described(&self) -> String {
        let mut ids = Vec::new();
        if !self.hint.is_empty() {
            ids.push(format!("{}-h", self.id));
        }
        if self.has_error() {
            ids.push(format!("{}-e", self.id));
        }
        ids.join(" ")
    }
}

/// A line of the error summary: the id of the field, what is wrong.
#[derive(Debug, Clone)]
pub struct Wrong {
    pub id: String,
    pub text: String,
}

/// Puts what was typed back into fields.
pub fn fill(fields: &mut [Field], typed: &Fields) {
    for f in fields.iter_mut() {
        match f.kind {
            "checks" => {
                let chosen = typed.all(&f.name);
                f.choices.iter_mut().for_each(|c| c.chosen = chosen.contains(&c.value));
            }
            "password" | "photos" | "file" => {}
            _ => {
                typed.get(&f.name).clone_into(&mut f.value);
                let value = f.value.clone();
                f.choices.iter_mut().for_each(|c| c.chosen = c.value == value);
            }
        }
    }
}

/// Puts errors beside their fields and lists them; one without a field of its own stands in the summary alone.
pub fn mark(p: &Page, fields: &mut [Field], errors: &[FieldError]) -> Vec<Wrong> {
    errors
        .iter()
        .map(|e| {
            let text = p.t(e.key).into_owned();
            let field = fields.iter_mut().find(|f| f.name == e.field);
            let id = field.map_or_else(
                || "main".to_owned(),
                |f| {
                    f.error.clone_from(&text);
                    f.id.clone()
                },
            );
            Wrong { id, text }
        })
        .collect()
}
