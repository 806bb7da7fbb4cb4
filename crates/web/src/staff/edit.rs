//! A plain page with one form: rules, categories, keys, people and systems share it.

use super::{
    form::{Field, Wrong},
    shell::{Shell, html_as},
};
use crate::{error::Problem, page::Page, state::Web, visit::Desk};
use askama::Template;
use axum::{http::StatusCode, response::Response};

#[derive(Template)]
#[template(path = "staff/edit.html")]
pub(super) struct EditPage {
    pub p: Page,
    pub s: Shell,
    pub title: String,
    pub intro: String,
    /// Where «Quay lại» leads, and its words.
    pub back: (String, String),
    pub action: String,
    pub hidden: Vec<(String, String)>,
    pub fields: Vec<Field>,
    pub button: String,
    pub wrong: Vec<Wrong>,
    pub remove: Option<Remove>,
}

/// The way to take the thing away, at the foot of its page.
pub(super) struct Remove {
    pub action: String,
    pub title: String,
    pub fields: Vec<Field>,
}

impl EditPage {
    /// The page, with the status that says whether it was refused.
    pub fn show(self) -> Result<Response, Problem> {
        html_as(if self.wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }, &self)
    }
}

/// The page that makes a thing; the names of its texts. It sends to `moi` below its list.
pub(super) struct MakePage {
    /// Of the menu.
    pub here: &'static str,
    pub list: &'static str,
    pub list_title: &'static str,
    pub title: &'static str,
    pub intro: &'static str,
    pub button: &'static str,
}

impl MakePage {
    pub async fn show(
        &self,
        web: &Web,
        desk: &Desk,
        fields: Vec<Field>,
        wrong: Vec<Wrong>,
    ) -> Result<Response, Problem> {
        let s = Shell::load(web, desk, self.here).await?;
        let p = desk.page.clone();
        let page = EditPage {
            title: p.t(self.title).into_owned(),
            intro: p.t(self.intro).into_owned(),
            back: (self.list.into(), p.t(self.list_title).into_owned()),
            action: format!("{}/moi", self.list),
            hidden: Vec::new(),
            fields,
            button: p.t(self.button).into_owned(),
            wrong,
            remove: None,
            s,
            p,
        };
        page.show()
    }
}
