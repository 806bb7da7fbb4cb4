//! What other systems of the province let its staff sign in through (S2): the OpenID provider of the console, at an address of its own under
//! the console's. It tells a name, the unit and the roles, and nothing else. An administrator connected the system, and its tile says what is
//! told; so nobody is asked for consent.

use super::{
    door::{DOOR, HOME},
    security,
    shell::{go, html_as},
};
use crate::{
    cookies,
    middleware::encode,
    page::Page,
    state::{Parts, WeakWeb, Web},
    visit::Entrance,
};
use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Request, StatusCode},
    response::{IntoResponse, Response},
};
use base::{i18n::Lang, ids::Uuid};
use domain::{
    accounts::{Accounts, Kind, Signed},
    rights::{Officer, Right},
    staff::Staff,
};
use identity::{
    error::Error,
    outgoing::Trouble,
    provider::{
        Claim, ConsentAsk, LoginAsk, LoginReason, LogoutAsk, Pages, People, Scope, SessionEnd, Settings, SignedIn,
    },
};
use serde_json::json;
use std::sync::{Arc, OnceLock};
use store::Tx;

/// Under the console's address: after signing in, staff are led to places of the console only.
pub const PATH: &str = "/can-bo/dang-nhap-chung";
/// The scope that stands for all that is told.
pub const SCOPE: &str = "staff";
/// What is told beside `sub`: the person's name, the unit's code and name, the roles.
pub const CLAIMS: [&str; 4] = ["name", "unit", "unit_name", "roles"];
/// Everybody at the console proved two factors.
const LEVEL: &str = "two-factor";

/// Opens a province: its provider knows the staff of its accounts. Errors: the HTTP client cannot be made.
pub fn open(parts: Parts) -> Result<Web, Trouble> {
    let core = parts.core.clone();
    let role = Arc::new(Role { accounts: parts.accounts.clone(), site: OnceLock::new() });
    let settings = Settings {
        scopes: vec![Scope { name: SCOPE, claims: &CLAIMS }],
        acr: vec![LEVEL],
        agreed: true,
        // In the demo its clients are on this machine, over plain HTTP.
        allow_private: core.settings.demo,
        ..Settings::new(format!("{}{PATH}", core.settings.origin))
    };
    let web = parts.with_issuer(settings, &role)?;
    let _ = role.site.set(web.weak()); // said once
    Ok(web)
}

/// The console as its provider knows it.
struct Role {
    accounts: Accounts,
    site: OnceLock<WeakWeb>,
}

#[derive(Template)]
#[template(path = "staff/systems_leave.html")]
struct LeavePage {
    p: Page,
    ask: LogoutAsk,
}

impl Role {
    fn web(&self) -> Result<Web, Error> {
        self.site.get().and_then(WeakWeb::get).ok_or(Error::Internal("the province is closing"))
    }

    /// Whose browser this is, for a page at `path`.
    async fn door(&self, path: &str, headers: &HeaderMap) -> Result<Entrance, Response> {
        let Ok(web) = self.web() else { return Err(StatusCode::SERVICE_UNAVAILABLE.into_response()) };
        let mut parts = Request::builder().uri(path).body(()).unwrap_or_default().into_parts().0;
        parts.headers = headers.clone();
        Entrance::from_request_parts(&mut parts, &web).await.map_err(|problem| problem.status().into_response())
    }
}

/// Only who may use the console at this moment.
fn at_work(signed: &Signed) -> bool {
    signed.officer().is_some_and(|officer| officer.has(Right::Console))
}

#[async_trait::async_trait]
impl People for Role {
    async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
        let web = self.web()?;
        let Some(token) = cookies::get(&web, headers, cookies::STAFF) else { return Ok(None) };
        let signed = self.accounts.session(&token).await.map_err(crate::national::failed)?;
        let signed = signed.filter(|signed| signed.kind == Kind::Staff && at_work(signed));
        Ok(signed.map(|s| SignedIn {
            person: s.account,
            session: s.session,
            acr: LEVEL.to_owned(),
            amr: crate::national::methods(&s.method),
            auth_time: s.proved_at,
            pending: false,
        }))
    }

    async fn claims(&self, person: Uuid, names: &[String]) -> Result<Vec<Claim>, Error> {
        let web = self.web()?;
        let told = Staff::new(self.accounts.clone()).told(person).await.map_err(crate::national::failed)?;
        let Some(told) = told else { return Ok(Vec::new()) };
        let officer = Officer { account: person, name: told.name, grants: told.grants };
        let unit = officer.home_unit();
        let province = web.core.province();
        let roles = || officer.grants.iter().map(|g| json!({ "role": g.role.as_str(), "unit": g.unit })).collect();
        let claim = |name: &String| {
            let value = match name.as_str() {
                "name" => json!(officer.name),
                "unit" => json!(unit),
                "unit_name" => json!(province.unit_name(unit, Lang::VI)),
                "roles" => serde_json::Value::Array(roles()),
                _ => return None,
            };
            let (source, assurance) = ("administrator".to_owned(), LEVEL.to_owned());
            Some(Claim { name: name.clone(), value, source, assurance, at: told.since })
        };
        Ok(names.iter().filter_map(claim).collect())
    }

    async fn is_active(&self, person: Uuid) -> Result<bool, Error> {
        let told = Staff::new(self.accounts.clone()).told(person).await.map_err(crate::national::failed)?;
        Ok(told.is_some())
    }

    async fn sign_out(&self, session: Uuid, end: SessionEnd) -> Result<Vec<HeaderValue>, Error> {
        let web = self.web()?;
        let accounts = self.accounts.clone();
        let ended = web.core.store.write(move |tx: Tx| async move {
            accounts.sign_out_in(&tx, session).await.map_err(crate::national::failed)?;
            end.put(&tx).await
        });
        ended.await?;
        Ok(vec![cookies::forget(&web, cookies::STAFF)])
    }
}

#[async_trait::async_trait]
impl Pages for Role {
    /// The console's own pages: the door, what is still owed, or a fresh proof; each leads back.
    async fn login(&self, ask: LoginAsk, headers: &HeaderMap) -> Response {
        let door = match self.door(&ask.back, headers).await {
            Ok(door) => door,
            Err(response) => return response,
        };
        let next = encode(&ask.back);
        match door.signed {
            None => go(&format!("{DOOR}?next={next}")),
            Some(signed) if signed.duty().is_some() => go(security::PAGE),
            Some(signed) if !at_work(&signed) => go(HOME),
            Some(_) => match ask.reason {
                LoginReason::Fresh | LoginReason::Stronger => go(&format!("{}?next={next}", security::STEP_UP)),
                // There is one account at a desk: who wants another signs out first.
                LoginReason::Nobody | LoginReason::OtherAccount | LoginReason::Pending => go(&ask.back),
            },
        }
    }

    /// Never asked: see `Settings::agreed`.
    async fn consent(&self, _: ConsentAsk, _: &HeaderMap) -> Response {
        StatusCode::NOT_FOUND.into_response()
    }

    async fn logout(&self, ask: LogoutAsk, headers: &HeaderMap) -> Response {
        match self.door(PATH, headers).await {
            Ok(door) => {
                html_as(StatusCode::OK, &LeavePage { p: door.page, ask }).unwrap_or_else(IntoResponse::into_response)
            }
            Err(response) => response,
        }
    }

    async fn signed_out(&self, left: bool, _: &HeaderMap) -> Response {
        go(if left { DOOR } else { HOME })
    }
}
