//! «Hệ thống khác» (S2): tiles that sign staff in to the province's other systems, and the page on which an administrator connects one.

use super::{
    edit::MakePage,
    form::{self, Field, fill},
    provider,
    shell::{Shell, go_saying, html},
};
use crate::{
    error::Problem,
    forms::Fields,
    middleware::encode,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use domain::{
    accounts::Error,
    error::{Error as Shared, FieldError},
    staff::{
        Staff,
        systems::{About, System, connect, disconnect, may_connect},
    },
};
use identity::provider::{Auth, Client, NewClient, Provider};
use store::Tx;

const LIST: &str = "/can-bo/quan-ly/he-thong";
const MAKE: MakePage = MakePage {
    here: "systems",
    list: LIST,
    list_title: "desk-systems-manage",
    title: "desk-system-new",
    intro: "desk-system-new-intro",
    button: "desk-system-connect",
};

/// A system, from its row and the provider's.
struct Tile {
    id: String,
    name: String,
    about: String,
    /// Where pressing it leads.
    start: String,
    since: String,
}

#[derive(Template)]
#[template(path = "staff/systems.html")]
struct TilesPage {
    p: Page,
    s: Shell,
    tiles: Vec<Tile>,
    /// Whether this officer connects systems.
    manages: bool,
}

#[derive(Template)]
#[template(path = "staff/systems_manage.html")]
struct ListPage {
    p: Page,
    s: Shell,
    tiles: Vec<Tile>,
}

#[derive(Template)]
#[template(path = "staff/system_made.html")]
struct MadePage {
    p: Page,
    s: Shell,
    name: String,
    issuer: String,
    client: String,
    secret: String,
}

fn away(error: &identity::error::Error) -> Problem {
    tracing::error!(%error, "the provider's rows cannot be read");
    Problem::Busy
}

/// The same where both write in one transaction.
fn of_provider(error: identity::error::Error) -> Error {
    match error {
        identity::error::Error::Store(e) => e.into(),
        other => {
            tracing::error!(error = %other, "the provider's rows cannot be written");
            Shared::Internal("the provider of the console").into()
        }
    }
}

fn issuer_of(web: &Web) -> Result<&Provider, Problem> {
    web.issuer.as_ref().ok_or(Problem::NotFound)
}

/// The system's start, told who sends the person (OpenID Connect Core 4).
fn start(web: &Web, client: &Client) -> String {
    let address = client.initiate_login_uri.clone().unwrap_or_default();
    let issuer = encode(&format!("{}{}", web.core.settings.origin, provider::PATH));
    format!("{address}{}iss={issuer}", if address.contains('?') { '&' } else { '?' })
}

async fn tiles(web: &Web, p: &Page) -> Result<Vec<Tile>, Problem> {
    let clients = issuer_of(web)?.clients().await.map_err(|e| away(&e))?;
    let systems = Staff::new(web.accounts.clone()).systems().await.map_err(web.account_problem())?;
    let tile = |system: System| {
        let client = clients.iter().find(|client| client.id == system.client_id)?;
        Some(Tile {
            start: start(web, client),
            name: client.name.clone(),
            about: system.about,
            since: p.date(&system.connected_at),
            id: system.client_id,
        })
    };
    Ok(systems.into_iter().filter_map(tile).collect())
}

pub async fn page(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    let tiles = tiles(&web, &desk.page).await?;
    let s = Shell::load(&web, &desk, "systems").await?;
    html(&TilesPage { tiles, manages: may_connect(&desk.officer).is_ok(), s, p: desk.page })
}

fn check(web: &Web, desk: &Desk) -> Result<(), Problem> {
    may_connect(&desk.officer).map_err(web.account_problem())
}

pub async fn list(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    check(&web, &desk)?;
    let tiles = tiles(&web, &desk.page).await?;
    let s = Shell::load(&web, &desk, "systems").await?;
    html(&ListPage { tiles, s, p: desk.page })
}

fn fields(p: &Page) -> Vec<Field> {
    let field = |name: &str| {
        Field::new("text", name, p.t(&format!("desk-system-{name}"))).hint(p.t(&format!("desk-system-{name}-hint")))
    };
    let mut last = field("logout");
    last.optional = true;
    vec![field("name"), field("about"), field("start"), field("redirect"), last]
}

pub async fn new_page(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    check(&web, &desk)?;
    let fields = fields(&desk.page);
    MAKE.show(&web, &desk, fields, Vec::new()).await
}

/// The client of a form. Each system knows a person by a name of its own, also where two share a host.
fn client(id: &str, name: &str, typed: &Fields) -> NewClient {
    NewClient {
        scopes: vec!["openid".into(), provider::SCOPE.into()],
        claims: provider::CLAIMS.map(str::to_owned).to_vec(),
        sector: Some(id.to_owned()),
        initiate_login_uri: Some(typed.get("start").trim().to_owned()),
        backchannel_logout_uri: typed.some("logout").map(|uri| uri.trim().to_owned()),
        ..NewClient::new(id, name, Auth::ClientSecretBasic, typed.get("redirect").trim())
    }
}

/// Which of the addresses is wrong is not said by the provider: each is tried alone.
fn wrong_addresses(issuer: &Provider, new: &NewClient) -> Vec<FieldError> {
    let wrong = |field| FieldError { field, key: "system-address" };
    let bad = |uri: Option<&String>| uri.is_some_and(|uri| !issuer.takes_address(uri));
    let tried = [
        ("start", bad(new.initiate_login_uri.as_ref())),
        ("redirect", bad(new.redirect_uris.first())),
        ("logout", bad(new.backchannel_logout_uri.as_ref())),
    ];
    tried.into_iter().filter(|(_, is_bad)| *is_bad).map(|(field, _)| wrong(field)).collect()
}

pub async fn create(State(web): State<Web>, Form { by: desk, fields: typed }: Form<Desk>) -> Result<Response, Problem> {
    check(&web, &desk)?;
    let issuer = issuer_of(&web)?;
    let what = About::parse(typed.get("name"), typed.get("about"));
    let number: String = web.core.entropy.bytes::<4>().iter().map(|b| format!("{b:02x}")).collect();
    let new = client(&format!("he-thong-{number}"), what.as_ref().map_or("?", |w| &w.name), &typed);
    let mut errors = what.as_ref().err().cloned().unwrap_or_default();
    errors.extend(wrong_addresses(issuer, &new));
    let (Ok(what), true) = (what, errors.is_empty()) else {
        let mut fields = fields(&desk.page);
        fill(&mut fields, &typed);
        let wrong = form::mark(&desk.page, &mut fields, &errors);
        return MAKE.show(&web, &desk, fields, wrong).await;
    };
    let ready = issuer.ready_client(new).map_err(|why| {
        tracing::error!(error = %why, "a system could not be connected");
        Problem::BadRequest
    })?;
    let (id, secret) = (ready.id.clone(), ready.secret.clone().ok_or(Problem::Internal)?);
    let (core, by, about) = (web.core.clone(), desk.officer.clone(), what.clone());
    let made = web.core.store.write(move |tx: Tx| async move {
        let client = ready.id.clone();
        if !ready.put(&tx, false).await.map_err(of_provider)? {
            return Err(Shared::Internal("a name that was drawn is taken").into());
        }
        connect(&core, &tx, &by, &client, &about).await
    });
    made.await.map_err(web.account_problem())?;
    crate::national::refresh(&web).await.map_err(|e| away(&e))?;
    let s = Shell::load(&web, &desk, "systems").await?;
    // Not after a redirect, because the secret is kept nowhere and shown once.
    html(&MadePage {
        name: what.name,
        issuer: format!("{}{}", web.core.settings.origin, provider::PATH),
        client: id,
        secret: secret.expose().to_owned(),
        s,
        p: desk.page,
    })
}

#[derive(Template)]
#[template(path = "staff/system.html")]
struct OnePage {
    p: Page,
    s: Shell,
    tile: Tile,
}

pub async fn one(State(web): State<Web>, desk: Desk, Path(id): Path<String>) -> Result<Response, Problem> {
    check(&web, &desk)?;
    let tile = tiles(&web, &desk.page).await?.into_iter().find(|tile| tile.id == id).ok_or(Problem::NotFound)?;
    let s = Shell::load(&web, &desk, "systems").await?;
    html(&OnePage { tile, s, p: desk.page })
}

pub async fn remove(
    State(web): State<Web>,
    Path(id): Path<String>,
    Form { by: desk, .. }: Form<Desk>,
) -> Result<Response, Problem> {
    check(&web, &desk)?;
    let (core, by, issuer) = (web.core.clone(), desk.officer.clone(), issuer_of(&web)?.clone());
    let gone = web.core.store.write(move |tx: Tx| async move {
        disconnect(&core, &tx, &by, &id).await?;
        issuer.disable_in(&tx, &id).await.map_err(of_provider)
    });
    gone.await.map_err(web.account_problem())?;
    crate::national::refresh(&web).await.map_err(|e| away(&e))?;
    Ok(go_saying(&web, LIST, "flash-desk-system-removed"))
}
