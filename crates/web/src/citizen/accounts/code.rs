//! The page of an SMS code (A4): the same for registering, a forgotten password and another phone.

use super::{
    form::{Field, Form, Head},
    keep::{self, carrying},
    refusal::{Answer, Out, Refused, refused},
};
use crate::{
    citizen::answer::{go, go_saying},
    forms::Fields,
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::{http::Uri, response::Response};
use domain::accounts::{Error, Flow, FlowKind, otp::OtpCode};

/// A way that leads over a code.
#[derive(Debug, Clone, Copy)]
pub struct Way {
    pub kind: FlowKind,
    /// The page where the phone is typed; the code's page is `…/ma`.
    pub start: &'static str,
    /// The page after the code; `None`: the code ends the way.
    pub after: Option<&'static str>,
    pub title: &'static str,
    pub tabs: bool,
}

#[derive(Template)]
#[template(path = "citizen/accounts/code.html")]
struct CodePage {
    p: Page,
    h: Head,
    f: Form,
    resend: String,
    /// Seconds until «Gửi lại mã».
    wait: i64,
    change: String,
    change_text: String,
}

/// «Gửi lại mã» shows its refusals at its own address; whoever loads that again sees the page of the code.
pub async fn back(uri: Uri) -> Response {
    go(uri.path().trim_end_matches("/gui-lai"))
}

impl Way {
    pub fn code(&self, next: &str) -> String {
        carrying(&format!("{}/ma", self.start), next)
    }

    /// The steps are over, too old, or belong to another browser: begin again, and say so.
    pub fn again(&self, next: &str) -> Out {
        Out::To(carrying(&format!("{}?het-han=1", self.start), next))
    }

    /// This browser's flow in this step; in a later one the way leads there (the code was sent twice, the page was reloaded).
    pub async fn at(&self, web: &Web, visit: &Visit, step: &str, next: &str) -> Result<Flow, Out> {
        let token = keep::flow(web, visit);
        let flow = web.accounts.flow(self.kind, &token).await.map_err(web.account_problem())?;
        match flow {
            Some(flow) if flow.step == step => Ok(flow),
            Some(flow) => Err(Out::To(self.page_of(&flow.step, next))),
            None => Err(self.again(next)),
        }
    }

    fn page_of(&self, step: &str, next: &str) -> String {
        use domain::accounts::flows;
        match (step, self.after) {
            (flows::CODE, _) | (_, None) => self.code(next),
            (flows::PHONE, _) => carrying(self.start, next),
            (flows::FACTOR, _) => carrying(&format!("{}/xac-thuc", self.start), next),
            (_, Some(after)) => carrying(after, next),
        }
    }

    pub async fn show(&self, web: &Web, visit: Visit, next: &str, refused: Refused) -> Answer {
        let flow = self.at(web, &visit, domain::accounts::flows::CODE, next).await?;
        let again_at = web.accounts.resend_at(&flow).await.map_err(web.account_problem())?;
        let mut p = visit.page;
        let masked = flow.phone.as_ref().map(base::phone::PhoneNumber::masked).unwrap_or_default();
        let (errors, status, seconds) = refused.split();
        let title = p.t(self.title).into_owned();
        if self.tabs {
            p.tab = "account";
        }
        let change = carrying(self.start, next);
        // The phone of an account is not typed at its door.
        let other = if self.kind == FlowKind::NumberCode { "nat-other-way" } else { "acc-change-phone" };
        let change_text = p.t(other).into_owned();
        let h = Head { tabs: self.tabs, ..Head::door(title, change.clone()) }.island("islands/altcha.js").wrong(errors);
        let field = Field::digits(p.t("acc-code-label")).hint(p.t1("acc-code-hint", "phone", &masked));
        let f = Form::new(&p, format!("{}/ma", self.start), "acc-code-button")
            .loading(p.t("acc-checking"))
            .next(next)
            .field(field);
        let wait = ((again_at - p.now + 999) / 1000).max(0);
        let resend = format!("{}/ma/gui-lai", self.start);
        Refused::page(status, seconds, &CodePage { p, h, f, resend, wait, change, change_text })
    }

    /// The code that was typed. What is none is refused on the same page.
    pub async fn typed(&self, web: &Web, visit: &Visit, next: &str, fields: &Fields) -> Result<OtpCode, Out> {
        match OtpCode::parse(fields.get("code")) {
            Ok(code) => Ok(code),
            Err(e) => {
                let said = Refused::fields(&visit.page, &[e]);
                let page = self.show(web, visit.clone(), next, said).await?;
                Err(Out::Shown(Box::new(page)))
            }
        }
    }

    /// After a code that led to `to`, or was refused.
    pub async fn go_on(&self, web: &Web, visit: Visit, next: &str, to: &str, checked: Result<(), Error>) -> Answer {
        match checked {
            Ok(()) => Ok(go(&carrying(to, next))),
            Err(e) => self.refuse(web, visit, next, e, "code").await,
        }
    }

    /// A code was refused, or another one (`at`: `code`, `resend`): on the same page, or where the way goes on.
    pub async fn refuse(&self, web: &Web, visit: Visit, next: &str, error: Error, at: &'static str) -> Answer {
        if matches!(error, Error::FlowGone) {
            let flow = self.at(web, &visit, domain::accounts::flows::CODE, next).await;
            return Err(flow.err().unwrap_or_else(|| self.again(next)));
        }
        let said = refused(web, &visit.page, error, at, self.start)?;
        self.show(web, visit, next, said).await
    }

    /// «Gửi lại mã».
    pub async fn resend(&self, web: &Web, visit: Visit, next: &str, proof: &str) -> Answer {
        let token = keep::flow(web, &visit);
        let lang = visit.page.lang();
        match web.accounts.resend(self.kind, &token, lang, &visit.visitor, proof).await {
            Ok(_) => Ok(go_saying(web, &self.code(next), "flash-acc-code-sent")),
            Err(e) => self.refuse(web, visit, next, e, "resend").await,
        }
    }

    /// After the phone: its step's cookie, and on to the code.
    pub fn started(&self, web: &Web, has_mark: bool, next: &str, token: &base::keys::Secret) -> Answer {
        let response = keep::begin_flow(web, go(&self.code(next)), token);
        Ok(keep::marked(web, has_mark, response))
    }
}
