//! Sent here by a provider that wants the person signed in (OpenID Connect Core 4): for a procedure that was chosen there (N10, N11), or to
//! link the account that the person has here (N12, the source's third case).

use super::{depart, own, provider_of};
use crate::{
    citizen::{
        accounts::{
            form::{Head, shown},
            keep::{self, carrying, with_cookie},
            refusal::Answer,
        },
        answer::go,
    },
    cookies,
    elsewhere::{Aim, Purpose},
    error::Problem,
    forms::{self, Fields},
    middleware::{encode, safe_next},
    page::Page,
    state::{Provider, Web},
    visit::{Citizen, Visit},
};
use askama::Template;
use axum::extract::{Path, RawQuery, Request, State};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// Where a provider sends people. Another site's page may post here: nothing is done by it but going on.
pub const START: &str = "/dang-nhap/tu";
/// Where the account here is linked with the provider that sent the person: `/lien-ket-tai-khoan/dvcqg`.
const LINK: &str = "/lien-ket-tai-khoan/";
/// How long a name that was typed elsewhere waits for the page that asks for it, in seconds.
const HINT_SECONDS: i64 = 600;
const HINT_MOST: usize = 80;

/// What a provider says when it sends somebody.
struct Sent<'a> {
    provider: &'a Provider,
    /// A path of ours.
    target: String,
}

fn sent<'a>(web: &'a Web, fields: &Fields) -> Result<Sent<'a>, Problem> {
    let issuer = fields.get("iss");
    let provider = web.providers.iter().find(|p| p.rp.issuer() == issuer).ok_or(Problem::NotFound)?;
    // An address of ours or nothing: who sends people here sends them nowhere else.
    let path = fields.get("target_link_uri").strip_prefix(web.core.settings.origin.as_str()).unwrap_or_default();
    let target = match safe_next(path, "/") {
        link if link == LINK.trim_end_matches('/') => format!("{LINK}{}", provider.name),
        other => keep::next_of(&other),
    };
    Ok(Sent { provider, target })
}

pub async fn start(State(web): State<Web>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let Sent { provider, target } = sent(&web, &keep::query(&raw))?;
    visit.as_oneself()?;
    if visit.citizen.is_some() {
        return Ok(go(&target));
    }
    if target.starts_with(LINK) {
        return Ok(go(&carrying("/dang-nhap", &target)));
    }
    depart(&web, provider, visit, Aim::new(Purpose::Enter, target), false).await
}

/// The same as a form, so that the name that was typed there stands in no address. Cookies of ours do not come along from another site:
/// the name waits in one, and the page is asked for anew.
pub async fn post(State(web): State<Web>, request: Request) -> Answer {
    let fields = forms::read(request).await.map_err(Problem::from)?;
    let Sent { provider, target } = sent(&web, &fields)?;
    let target = format!("{}{target}", web.core.settings.origin);
    let on = go(&format!("{START}?iss={}&target_link_uri={}", encode(provider.rp.issuer()), encode(&target)));
    let hint = fields.get("login_hint").trim();
    if hint.is_empty() || hint.chars().count() > HINT_MOST {
        return Ok(on);
    }
    let hint = URL_SAFE_NO_PAD.encode(hint);
    Ok(with_cookie(on, cookies::set(&web, cookies::HINT, &hint, Some(HINT_SECONDS))))
}

/// The name that was typed where the person comes from.
pub fn hint(web: &Web, visit: &Visit) -> Option<String> {
    let hint = cookies::get(web, &visit.headers, cookies::HINT)?;
    let hint = String::from_utf8(URL_SAFE_NO_PAD.decode(hint).ok()?).ok()?;
    Some(hint).filter(|hint| hint.chars().count() <= HINT_MOST && !hint.chars().any(char::is_control))
}

#[derive(Template)]
#[template(path = "citizen/accounts/linked_here.html")]
struct HerePage {
    p: Page,
    h: Head,
    name: String,
    label: String,
    /// Whose account is open here.
    ours: String,
    phone: String,
    is_linked: bool,
    /// The provider's own pages.
    home: String,
}

/// «Liên kết tài khoản này với …»: signed in here, one press before going back to be known there.
pub async fn page(State(web): State<Web>, Path(name): Path<String>, by: Citizen) -> Answer {
    let provider = provider_of(&web, &name)?;
    let links = web.accounts.links(by.signed.account).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let label = provider.label.get(p.lang()).to_owned();
    let mut h = Head::own(&mut p, "link-here-title", own::PAGE);
    h.title = p.t1("link-here-title", "provider", &label);
    let shown_page = HerePage {
        is_linked: links.iter().any(|link| link.provider == provider.name),
        home: provider.rp.issuer().to_owned(),
        name: provider.name.clone(),
        ours: by.signed.name.clone(),
        phone: by.signed.phone.as_ref().map(|n| n.masked()).unwrap_or_default(),
        label,
        h,
        p,
    };
    Ok(with_cookie(shown(&shown_page)?, cookies::forget(&web, cookies::HINT)))
}
