//! Pages and forms as data: one template draws the frame, one the field, so that label, hint, error and input stand in the same
//! order everywhere.

use super::refusal::{Answer, Refused};
use crate::{citizen::errors::Errors, page::Page};
use askama::Template;
use axum::http::StatusCode;

/// What stands around every page.
#[derive(Debug, Clone, Default)]
pub struct Head {
    pub title: String,
    /// Where «Quay lại» leads; empty: nowhere.
    pub back: String,
    pub errors: Errors,
    /// A warning that is no error of a field.
    pub warn: String,
    /// The tab bar; not at the doors.
    pub tabs: bool,
    pub wide: bool,
    pub islands: Vec<&'static str>,
}

impl Head {
    /// A page at the doors: without the tab bar.
    pub fn door(title: impl Into<String>, back: impl Into<String>) -> Self {
        Self { title: title.into(), back: back.into(), ..Self::default() }
    }

    /// One of one's own pages.
    pub fn own(p: &mut Page, title: &str, back: &str) -> Self {
        p.tab = "account";
        Self { title: p.t(title).into_owned(), back: back.into(), tabs: true, ..Self::default() }
    }

    pub fn island(mut self, name: &'static str) -> Self {
        self.islands.push(name);
        self
    }

    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    pub fn warn(mut self, text: String) -> Self {
        self.warn = text;
        self
    }

    pub fn wrong(mut self, errors: Errors) -> Self {
        self.errors = errors;
        self
    }
}

/// One field; its id is `f-<name>`.
#[derive(Debug, Clone)]
pub struct Field {
    /// The input's type; `area` is a textarea.
    pub kind: &'static str,
    pub name: &'static str,
    pub label: String,
    pub hint: String,
    pub value: String,
    pub class: &'static str,
    pub autocomplete: &'static str,
    pub inputmode: &'static str,
    pub optional: bool,
}

impl Field {
    pub fn text(name: &'static str, label: impl Into<String>) -> Self {
        Self {
            kind: "text",
            name,
            label: label.into(),
            hint: String::new(),
            value: String::new(),
            class: "",
            autocomplete: "off",
            inputmode: "",
            optional: false,
        }
    }

    pub fn phone(p: &Page, label: &str) -> Self {
        let field = Self { kind: "tel", class: "input--phone", inputmode: "tel", ..Self::text("phone", p.t(label)) };
        field.hint(p.t("acc-phone-hint")).autocomplete("tel")
    }

    /// The house, hamlet or street where somebody lives.
    pub fn address(p: &Page, value: &str) -> Self {
        let field = Self::text("address", p.t("acc-address")).hint(p.t("acc-address-hint")).value(value);
        field.autocomplete("street-address").optional()
    }

    pub fn password(name: &'static str, label: impl Into<String>) -> Self {
        Self { kind: "password", ..Self::text(name, label) }.autocomplete("current-password")
    }

    /// A new password with what it must be.
    pub fn new_password(p: &Page, label: &str) -> Self {
        Self::password("password", p.t(label)).hint(p.t("acc-password-hint")).autocomplete("new-password")
    }

    /// Six digits, of an SMS or an app.
    pub fn digits(label: impl Into<String>) -> Self {
        Self { class: "input--code", inputmode: "numeric", ..Self::text("code", label) }.autocomplete("one-time-code")
    }

    pub fn area(name: &'static str, label: impl Into<String>) -> Self {
        Self { kind: "area", ..Self::text(name, label) }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    pub fn autocomplete(mut self, token: &'static str) -> Self {
        self.autocomplete = token;
        self
    }

    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub fn is_described(&self, errors: &Errors) -> bool {
        !self.hint.is_empty() || errors.has(self.name)
    }

    /// `aria-describedby`: hint and error that exist.
    pub fn described(&self, errors: &Errors) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("f-{}-h", self.name));
        let error = errors.has(self.name).then(|| format!("f-{}-e", self.name));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

/// A link below a form.
#[derive(Debug, Clone)]
pub struct Link {
    pub href: String,
    pub text: String,
}

#[derive(Debug, Clone, Default)]
pub struct Form {
    pub lead: String,
    pub action: String,
    /// Where to go afterwards; empty: the form does not say.
    pub next: String,
    pub fields: Vec<Field>,
    pub button: String,
    /// The button's text while the form is on its way.
    pub loading: String,
    /// The form asks for an SMS: the proof of work goes with it.
    pub proof: bool,
    pub danger: bool,
    pub links: Vec<Link>,
}

impl Form {
    pub fn new(p: &Page, action: impl Into<String>, button: &str) -> Self {
        Self {
            action: action.into(),
            button: p.t(button).into_owned(),
            loading: p.t("acc-saving").into_owned(),
            ..Self::default()
        }
    }

    pub fn lead(mut self, text: impl Into<String>) -> Self {
        self.lead = text.into();
        self
    }

    /// Whether the form says where to go afterwards.
    pub fn has_next(&self) -> bool {
        !self.next.is_empty() && self.next != super::keep::HOME
    }

    pub fn next(mut self, next: &str) -> Self {
        next.clone_into(&mut self.next);
        self
    }

    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    pub fn loading(mut self, text: impl Into<String>) -> Self {
        self.loading = text.into();
        self
    }

    pub fn proof(mut self) -> Self {
        self.proof = true;
        self
    }

    pub fn danger(mut self) -> Self {
        self.danger = true;
        self
    }

    pub fn link(mut self, href: impl Into<String>, text: impl Into<String>) -> Self {
        self.links.push(Link { href: href.into(), text: text.into() });
        self
    }
}

/// A page that is one form and nothing else.
#[derive(Template)]
#[template(path = "citizen/accounts/form.html")]
pub struct FormPage {
    pub p: Page,
    pub h: Head,
    pub f: Form,
}

/// Shows a form, fresh or with what was refused.
pub fn form(p: Page, h: Head, f: Form, refused: Refused) -> Answer {
    let (errors, status, seconds) = refused.split();
    Refused::page(status, seconds, &FormPage { p, h: h.wrong(errors), f })
}

/// A page without errors.
pub fn shown(template: &impl Template) -> Answer {
    Refused::page(StatusCode::OK, None, template)
}
