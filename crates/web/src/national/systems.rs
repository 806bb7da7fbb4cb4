//! Systems that people sign in to through the portal: which there are, which of them a person agreed to, and taking that back (N12).

use crate::{
    citizen::{
        accounts::{
            linked,
            refusal::{Answer, step_up},
        },
        answer::go_saying,
    },
    error::Problem,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use ::identity::provider::Client;
use axum::extract::{Path, State};
use base::ids::Uuid;

/// A system that a person agreed to.
pub(crate) struct System {
    pub id: String,
    pub name: String,
    /// What it gets, in words.
    pub claims: String,
    pub since: String,
}

/// A system that is connected.
pub(super) struct Connected {
    pub id: String,
    pub name: String,
    /// Its first address: `https://host`.
    pub home: String,
    /// Where it begins a sign-in that we ask for; only at an address of its own.
    pub takes_in: Option<String>,
}

/// «+ Thêm mới».
pub(super) const ADD: &str = "/tai-khoan/he-thong/moi";

/// `https://host:port` of each place that a client is answered at.
pub(super) fn origins(client: &Client) -> Vec<String> {
    let origin = |address: &String| {
        let after = address.find("://")? + 3;
        let end = address[after..].find(['/', '?']).map_or(address.len(), |at| after + at);
        Some(address[..end].to_owned()).filter(|origin| origin.starts_with("http"))
    };
    let mut all: Vec<String> = client.redirect_uris.iter().filter_map(origin).collect();
    all.dedup();
    all
}

fn away(error: &::identity::error::Error) -> Problem {
    tracing::error!(%error, "the provider's rows cannot be read");
    Problem::Busy
}

pub(super) async fn connected(web: &Web) -> Result<Vec<Connected>, Problem> {
    let Some(issuer) = &web.issuer else { return Ok(Vec::new()) };
    let clients = issuer.clients().await.map_err(|e| away(&e))?;
    let one = |client: &Client| {
        let home = origins(client).into_iter().next()?;
        let is_own = |uri: &&String| uri.strip_prefix(home.as_str()).is_some_and(|path| path.starts_with('/'));
        let takes_in = client.initiate_login_uri.as_ref().filter(is_own).cloned();
        Some(Connected { id: client.id.clone(), name: client.name.clone(), takes_in, home })
    };
    Ok(clients.iter().filter_map(one).collect())
}

/// What a person agreed to; nothing where there is no provider.
pub(crate) async fn listed(web: &Web, p: &Page, account: Uuid) -> Result<Vec<System>, Problem> {
    let Some(issuer) = &web.issuer else { return Ok(Vec::new()) };
    let given = issuer.consents(account).await.map_err(|e| away(&e))?;
    let words = |claims: &[String]| {
        let known = claims.iter().map(|claim| p.t(&format!("claim-{claim}")).into_owned());
        known.collect::<Vec<_>>().join(", ")
    };
    let one = |g: ::identity::provider::Given| System {
        claims: words(&g.claims),
        since: p.date_time(&g.given_at),
        id: g.client,
        name: g.name,
    };
    Ok(given.into_iter().map(one).collect())
}

/// «Hủy liên kết»: what the system was given ends at once, and it asks anew the next time.
pub async fn withdraw(
    State(web): State<Web>,
    Path(client): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    if by.signed.require_fresh(web.core.now()).is_err() {
        return Err(step_up(linked::own::PAGE));
    }
    let Some(issuer) = &web.issuer else { return Err(Problem::NotFound.into()) };
    match issuer.withdraw_consent(by.signed.account, &client).await {
        Ok(true) => Ok(go_saying(&web, linked::own::PAGE, "flash-nat-withdrawn")),
        Ok(false) => Err(Problem::NotFound.into()),
        Err(e) => Err(away(&e).into()),
    }
}
