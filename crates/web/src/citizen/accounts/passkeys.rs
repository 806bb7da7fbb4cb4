//! Khóa truy cập (passkeys, A17): add one, give it another name, take it away.

use super::{
    form::{Field, Form, Head, shown},
    keep,
    refusal::{Answer, Refused, refused, step_up},
    security,
    sign_in::{ceremony, ceremony_done, ceremony_refused, ceremony_token},
    step_up::citizen,
};
use crate::{
    citizen::answer::{self, go_saying},
    error::Problem,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::{Path, Request, State};
use domain::{
    accounts::{Error, passkeys::Line},
    error::Error as Shared,
};

const NEW: &str = "/tai-khoan/bao-mat/khoa/moi";

#[derive(Template)]
#[template(path = "citizen/accounts/key_new.html")]
struct NewKeyPage {
    p: Page,
    h: Head,
    label: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/key.html")]
struct KeyPage {
    p: Page,
    h: Head,
    f: Form,
    added: String,
    remove: String,
    /// Without it the password alone opens the account again.
    last: bool,
}

fn page_of(key: &str) -> String {
    format!("{}/khoa/{key}", security::PAGE)
}

pub async fn new_page(State(web): State<Web>, by: Citizen) -> Answer {
    if !web.accounts.has_passkeys() {
        return Err(Problem::NotFound.into());
    }
    by.signed.require_fresh(web.core.now()).map_err(|_| step_up(NEW))?;
    let label = by.visit.visitor.label.clone();
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-key-new-title", security::PAGE).island("islands/passkey.js");
    shown(&NewKeyPage { p, h, label })
}

pub async fn start(State(web): State<Web>, request: Request) -> Answer {
    let (by, _) = citizen(&web, request).await?;
    match web.accounts.start_passkey(&by.signed).await {
        Ok(started) => Ok(ceremony(&web, started)),
        Err(e) => ceremony_refused(&web, &by.visit.page, e),
    }
}

pub async fn finish(State(web): State<Web>, request: Request) -> Answer {
    let (by, answer) = citizen(&web, request).await?;
    let p = &by.visit.page;
    let typed = answer.get("label").and_then(|l| l.as_str()).unwrap_or_default().trim().to_owned();
    let name = [typed, by.visit.visitor.label.clone()].into_iter().find(|n| !n.is_empty());
    let name = name.unwrap_or_else(|| p.t("acc-key").into_owned());
    let token = ceremony_token(&web, &by.visit);
    match web.accounts.finish_passkey(&by.signed, &token, answer, &name).await {
        // A script reads this answer and shows nothing of it, so the codes that came with the first factor are lost: the
        // page it goes to makes them anew.
        Ok((token, codes)) => {
            let to = if codes.is_empty() { security::PAGE } else { security::CODES };
            Ok(keep::renew(&web, ceremony_done(&web, to), &by, &token))
        }
        Err(e) => ceremony_refused(&web, p, e),
    }
}

async fn find(web: &Web, by: &Citizen, key: &str) -> Result<(Line, bool), Problem> {
    let id = answer::id(key)?;
    let factors = web.accounts.factors(by.signed.account).await.map_err(web.account_problem())?;
    let last = factors.passkeys.len() == 1 && factors.totp_since.is_none();
    let line = factors.passkeys.into_iter().find(|k| k.id == id).ok_or(Problem::NotFound)?;
    Ok((line, last))
}

async fn show(web: &Web, by: Citizen, key: &str, typed: Option<&str>, refused: Refused) -> Answer {
    let (line, last) = find(web, &by, key).await?;
    let mut p = by.visit.page;
    let (errors, status, seconds) = refused.split();
    let h = Head::own(&mut p, "acc-key", security::PAGE).wrong(errors);
    let field = Field::text("name", p.t("acc-key-name")).hint(p.t("acc-key-name-hint"));
    let f = Form::new(&p, page_of(key), "acc-key-rename").field(field.value(typed.unwrap_or(&line.name)));
    let added = p.t1("acc-key-added", "time", p.date_time(&line.created_at));
    let remove = format!("{}/xoa", page_of(key));
    Refused::page(status, seconds, &KeyPage { p, h, f, added, remove, last })
}

pub async fn page(State(web): State<Web>, Path(key): Path<String>, by: Citizen) -> Answer {
    find(&web, &by, &key).await?;
    by.signed.require_fresh(web.core.now()).map_err(|_| step_up(&page_of(&key)))?;
    show(&web, by, &key, None, Refused::none()).await
}

pub async fn rename(
    State(web): State<Web>,
    Path(key): Path<String>,
    visit::Form { by, fields }: visit::Form<Citizen>,
) -> Answer {
    let typed = fields.get("name");
    if typed.trim().is_empty() {
        let text = by.visit.page.t("passkey-name-empty").into_owned();
        return show(&web, by, &key, Some(typed), Refused::at("name", text)).await;
    }
    match web.accounts.rename_passkey(&by.signed, answer::id(&key)?, typed).await {
        Ok(()) => Ok(go_saying(&web, security::PAGE, "flash-saved")),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "name", &page_of(&key))?;
            show(&web, by, &key, Some(typed), said).await
        }
    }
}

pub async fn remove(
    State(web): State<Web>,
    Path(key): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    match web.accounts.remove_passkey(&by.signed, answer::id(&key)?).await {
        // Sent twice: gone is gone.
        Ok(()) | Err(Error::Shared(Shared::NotFound)) => {
            Ok(go_saying(&web, security::PAGE, "flash-acc-factor-removed"))
        }
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "name", &page_of(&key))?;
            show(&web, by, &key, None, said).await
        }
    }
}
