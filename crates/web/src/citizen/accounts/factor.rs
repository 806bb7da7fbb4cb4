//! The second factor as a page asks for it: six digits of the app, or a backup code (`?cach=du-phong`). A passkey stands beside.

use super::{
    form::{Field, Form, Head},
    keep::carrying,
    refusal::{Answer, Refused},
};
use crate::{forms::Fields, page::Page};
use askama::Template;
use domain::accounts::factors::Factors;

/// A button for a passkey: where its script asks and answers.
#[derive(Debug, Clone)]
pub struct Key {
    pub options: String,
    pub finish: String,
    pub button: &'static str,
}

#[derive(Template)]
#[template(path = "citizen/accounts/factor.html")]
struct FactorPage {
    p: Page,
    h: Head,
    f: Form,
    key: Option<Key>,
    /// There is no app: the passkey is the way, the code below it the way out.
    key_first: bool,
}

/// Which of the two codes is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    App,
    Backup,
}

impl Asked {
    pub fn of(fields: &Fields) -> Self {
        if fields.get("cach") == "du-phong" { Self::Backup } else { Self::App }
    }

    /// Who has no app is never asked for its code.
    pub fn fitting(self, factors: &Factors) -> Self {
        if factors.totp_since.is_none() { Self::Backup } else { self }
    }

    pub fn field(self, p: &Page) -> Field {
        match self {
            Self::App => Field::digits(p.t("acc-app-code")).hint(p.t("acc-app-code-hint")),
            Self::Backup => Field::text("code", p.t("acc-backup-code")).hint(p.t("acc-backup-code-hint")),
        }
    }
}

/// What a page of this kind is told.
pub struct Question<'a> {
    pub page: &'a str,
    pub next: &'a str,
    pub asked: Asked,
    pub factors: &'a Factors,
    pub key: Option<Key>,
}

pub fn ask(p: Page, mut h: Head, question: Question<'_>, lead: &str, refused: Refused) -> Answer {
    let (errors, status, seconds) = refused.split();
    let Question { page, next, asked, factors, key } = question;
    let asked = asked.fitting(factors);
    let with_way = |way: Asked| carrying(if way == Asked::Backup { "?cach=du-phong" } else { "" }, next);
    let mut f = Form::new(&p, format!("{page}{}", with_way(asked)), "acc-confirm")
        .lead(p.t(lead))
        .loading(p.t("acc-checking"))
        .next(next)
        .field(asked.field(&p));
    if factors.totp_since.is_some() {
        let (other, text) = match asked {
            Asked::App => (Asked::Backup, "acc-use-backup"),
            Asked::Backup => (Asked::App, "acc-use-app"),
        };
        f = f.link(format!("{page}{}", with_way(other)), p.t(text));
    }
    if key.is_some() {
        h = h.island("islands/passkey.js");
    }
    let key_first = factors.totp_since.is_none() && key.is_some();
    let h = h.wrong(errors);
    Refused::page(status, seconds, &FactorPage { p, h, f, key, key_first })
}
