//! Bảo mật (A17): password, passkeys, the app of codes and the backup codes on one page.

use super::{
    form::{Form, Head, form, shown},
    refusal::{Answer, Refused, refused, step_up},
};
use crate::{
    citizen::answer::go,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::State;
use base::keys::Secret;
use domain::accounts::{backup_codes, factors::Factors, passkeys::MOST};

pub const PAGE: &str = "/tai-khoan/bao-mat";
pub const CODES: &str = "/tai-khoan/bao-mat/ma-du-phong";

struct KeyLine {
    href: String,
    name: String,
    note: String,
}

#[derive(Template)]
#[template(path = "citizen/accounts/security.html")]
struct SecurityPage {
    p: Page,
    h: Head,
    /// Where this site can have passkeys at all.
    passkeys: bool,
    keys: Vec<KeyLine>,
    more_keys: bool,
    totp_since: Option<String>,
    protected: bool,
    codes_left: String,
    few_codes: bool,
}

#[derive(Template)]
#[template(path = "citizen/accounts/codes.html")]
struct CodesPage {
    p: Page,
    h: Head,
    codes: Vec<String>,
    joined: String,
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let factors = web.accounts.factors(by.signed.account).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-security-title", "/tai-khoan");
    let protected = factors.any();
    let Factors { totp_since, passkeys, backup_codes_left } = factors;
    let keys: Vec<KeyLine> = passkeys
        .into_iter()
        .map(|k| KeyLine {
            href: format!("{PAGE}/khoa/{}", k.id),
            name: k.name,
            note: match k.last_used_at {
                Some(at) => p.t1("acc-key-used", "time", p.date_time(&at)),
                None => p.t1("acc-key-added", "time", p.date_time(&k.created_at)),
            },
        })
        .collect();
    let codes_left = p.t2("acc-codes-left", "left", backup_codes_left, "all", backup_codes::MANY);
    shown(&SecurityPage {
        passkeys: web.accounts.has_passkeys(),
        more_keys: keys.len() < MOST,
        keys,
        totp_since: totp_since.map(|at| p.t1("acc-app-since", "time", p.date_time(&at))),
        protected,
        codes_left,
        few_codes: backup_codes_left <= 2,
        h,
        p,
    })
}

/// The codes stand on this answer alone and are kept nowhere readable: a redirect would lose them.
pub fn show_codes(mut p: Page, codes: &[Secret]) -> Answer {
    let h = Head::own(&mut p, "acc-codes-title", "");
    let codes: Vec<String> = codes.iter().map(|c| c.expose().to_owned()).collect();
    let joined = codes.join(" ");
    shown(&CodesPage { p, h, codes, joined })
}

/// Asks before new codes are made: the old ones are worthless from then on.
pub async fn codes_page(State(web): State<Web>, by: Citizen) -> Answer {
    by.signed.require_fresh(web.core.now()).map_err(|_| step_up(CODES))?;
    let factors = web.accounts.factors(by.signed.account).await.map_err(web.account_problem())?;
    if !factors.any() {
        return Ok(go(PAGE));
    }
    codes_form(by, factors.backup_codes_left, Refused::none())
}

fn codes_form(by: Citizen, left: i64, refused: Refused) -> Answer {
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-codes-title", PAGE);
    let lead = if left == 0 { p.t("acc-codes-first").into_owned() } else { p.tn("acc-codes-again", left) };
    let f = Form::new(&p, CODES, "acc-codes-make").lead(lead);
    form(p, h, f, refused)
}

pub async fn new_codes(State(web): State<Web>, visit::Form { by, .. }: visit::Form<Citizen>) -> Answer {
    match web.accounts.renew_backup_codes(&by.signed).await {
        Ok(codes) => show_codes(by.visit.page, &codes),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "main", CODES)?;
            codes_form(by, 0, said)
        }
    }
}
