//! Staff sign in over a provider that the operator allows for it (A16): the link is made first, by its owner, under «Bảo mật». The way there
//! and back is that of citizens (`crate::elsewhere`).

use super::{
    door::{self, next_of, sentence, staff_cookie},
    security,
    shell::{go, go_saying, html_as, with_cookie},
};
use crate::{
    elsewhere::{self, Aim, Offered, Purpose, Stay, remember},
    error::Problem,
    page::Page,
    state::{Provider, Web},
    visit::{Entrance, Form},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base::ids::Uuid;
use domain::accounts::{
    Assurance, Error,
    linked::staff::{StaffArrival, Welcome},
};
use identity::rp::Arrived;

/// Providers that staff may come from.
pub(super) fn offered(web: &Web, p: &Page) -> Vec<Offered> {
    web.providers.iter().filter(|provider| provider.staff).map(|provider| Offered::new(p, provider)).collect()
}

fn provider_of<'a>(web: &'a Web, name: &str) -> Result<&'a Provider, Problem> {
    web.provider(name).filter(|provider| provider.staff).ok_or(Problem::NotFound)
}

/// Why nothing came of it: what citizens meet, too, or what only this door knows.
pub enum Trouble {
    Way(elsewhere::Trouble),
    /// No member of staff linked the account.
    Unknown,
    /// Whoever linked it is blocked.
    Blocked,
    /// In words.
    Said(String),
}

impl From<elsewhere::Trouble> for Trouble {
    fn from(trouble: elsewhere::Trouble) -> Self {
        Self::Way(trouble)
    }
}

impl Trouble {
    fn status(&self) -> StatusCode {
        match self {
            Self::Way(way) => way.status(),
            Self::Unknown | Self::Blocked => StatusCode::FORBIDDEN,
            Self::Said(_) => StatusCode::CONFLICT,
        }
    }

    fn words(self, p: &Page, provider: &str) -> String {
        use elsewhere::Trouble as Way;
        let key = match self {
            Self::Way(Way::Away) => "desk-link-away",
            Self::Way(Way::Over) => "desk-link-over",
            Self::Way(Way::Denied) => "desk-link-denied",
            Self::Way(Way::Weak) => "desk-link-weak",
            Self::Way(_) => "desk-link-doubt",
            Self::Unknown => "desk-link-unknown",
            Self::Blocked => "desk-link-blocked",
            Self::Said(words) => return words,
        };
        p.t1(key, "provider", provider)
    }
}

#[derive(Template)]
#[template(path = "staff/linked_trouble.html")]
struct TroublePage {
    p: Page,
    title: String,
    why: String,
    /// Where to go on: the security page of who is signed in, or the door.
    signed_in: bool,
    /// What to do step by step.
    unknown: bool,
}

/// The page that says why nothing came of it, at the door where it began.
pub fn trouble(provider: &Provider, door: Entrance, purpose: Purpose, why: Trouble) -> Result<Response, Problem> {
    let p = door.page;
    let label = provider.label.get(p.lang());
    let is_link = matches!(purpose, Purpose::StaffLink(_));
    let title = p.t1(if is_link { "desk-link-not-linked" } else { "desk-link-not-in" }, "provider", label);
    let (status, unknown) = (why.status(), matches!(why, Trouble::Unknown));
    let why = why.words(&p, label);
    html_as(status, &TroublePage { title, why, unknown, signed_in: door.signed.is_some(), p })
}

/// Sends the browser to the provider; who cannot be sent is told why.
async fn depart(web: &Web, provider: &Provider, door: Entrance, aim: Aim) -> Result<Response, Problem> {
    let purpose = aim.purpose;
    let why = match elsewhere::depart(web, provider, (&door.visitor, door.mark.as_deref()), aim, false).await {
        Ok(response) => return Ok(response),
        Err(Stay::Problem(problem)) => return Err(problem),
        Err(Stay::Refused(e)) => Trouble::Said(sentence(web, &door.page, e)?),
        Err(Stay::Trouble(why)) => why.into(),
    };
    trouble(provider, door, purpose, why)
}

/// «Đăng nhập bằng …»
pub async fn start(
    State(web): State<Web>,
    Path(name): Path<String>,
    Form { by: door, fields }: Form<Entrance>,
) -> Result<Response, Problem> {
    let provider = provider_of(&web, &name)?;
    let next = next_of(fields.get("next"));
    if is_at_work(&door) {
        return Ok(go(&next));
    }
    depart(&web, provider, door, Aim::new(Purpose::StaffEnter, next)).await
}

fn is_at_work(door: &Entrance) -> bool {
    door.signed.as_ref().is_some_and(|signed| signed.duty().is_none())
}

/// To the provider, to come back linked; who sits down at an open desk for a moment cannot do it.
pub async fn add(
    State(web): State<Web>,
    Path(name): Path<String>,
    Form { by: door, .. }: Form<Entrance>,
) -> Result<Response, Problem> {
    let provider = provider_of(&web, &name)?;
    let signed = door.signed.clone().ok_or(Problem::SignIn)?;
    if signed.duty().is_some() {
        return Ok(go(security::PAGE));
    }
    if signed.require_fresh(web.core.now()).is_err() {
        return Ok(security::step_up_first());
    }
    depart(&web, provider, door, Aim::new(Purpose::StaffLink(signed.account), security::PAGE)).await
}

pub async fn remove(
    State(web): State<Web>,
    Path(name): Path<String>,
    Form { by: door, .. }: Form<Entrance>,
) -> Result<Response, Problem> {
    let signed = door.signed.clone().ok_or(Problem::SignIn)?;
    let done = web.accounts.unlink_staff(&signed, &name).await;
    security::after(&web, door, done, "flash-desk-unlinked").await
}

/// A member of staff comes back from the provider.
pub async fn came(
    web: &Web,
    provider: &Provider,
    door: Entrance,
    aim: Aim,
    arrived: &Arrived,
) -> Result<Response, Problem> {
    let level = arrived.level.as_deref().map_or(Assurance::Phone, Assurance::parse);
    let arrival = StaffArrival {
        provider: provider.name.clone(),
        subject: arrived.subject.clone(),
        level,
        two_factor: provider.two_factor.is_some_and(|enough| level >= enough),
    };
    let refused = |door, why: Trouble| trouble(provider, door, aim.purpose, why);
    if !provider.staff {
        return Err(Problem::NotFound); // no longer, since they left
    }
    if level < Assurance::Verified {
        return refused(door, elsewhere::Trouble::Weak.into());
    }
    if let Purpose::StaffLink(account) = aim.purpose {
        return linked(web, provider, door, account, arrival).await;
    }
    let next = next_of(&aim.next);
    if is_at_work(&door) {
        return Ok(go(&next)); // signed in meanwhile, in another tab
    }
    match web.accounts.arrive_as_staff(arrival, &door.visitor).await {
        Ok(Welcome::In(session)) => {
            remember(web, provider, session.session, arrived).await?;
            Ok(with_cookie(go(&next), staff_cookie(web, &session.token)))
        }
        Ok(Welcome::SecondFactor { token, session }) => {
            remember(web, provider, session, arrived).await?;
            Ok(door::to_factor(web, &token, &next))
        }
        Ok(Welcome::Unknown) => refused(door, Trouble::Unknown),
        Err(Error::Blocked { .. }) => refused(door, Trouble::Blocked),
        Err(e) => {
            let said = sentence(web, &door.page, e)?;
            refused(door, Trouble::Said(said))
        }
    }
}

async fn linked(
    web: &Web,
    provider: &Provider,
    door: Entrance,
    account: Uuid,
    arrival: StaffArrival,
) -> Result<Response, Problem> {
    let purpose = Purpose::StaffLink(account);
    // Somebody else sits there by now, or nobody.
    let Some(signed) = door.signed.clone().filter(|signed| signed.account == account) else {
        return trouble(provider, door, purpose, elsewhere::Trouble::Over.into());
    };
    match web.accounts.link_staff(&signed, arrival).await {
        Ok(()) => Ok(go_saying(web, security::PAGE, "flash-desk-linked")),
        Err(Error::LinkedElsewhere) => {
            let said = door.page.t1("desk-link-others", "provider", provider.label.get(door.page.lang()));
            trouble(provider, door, purpose, Trouble::Said(said))
        }
        Err(e) => {
            let said = sentence(web, &door.page, e)?;
            trouble(provider, door, purpose, Trouble::Said(said))
        }
    }
}

/// A provider on the security page, and how it stands with this account.
pub(super) struct Row {
    pub name: String,
    pub label: String,
    /// Since when; empty: not linked.
    pub since: String,
    pub used: String,
}

/// Those that are offered, and those that were linked when they still were.
pub(super) async fn rows(web: &Web, p: &Page, account: Uuid) -> Result<Vec<Row>, Problem> {
    let links = web.accounts.staff_links(account).await.map_err(web.account_problem())?;
    let mut names: Vec<&str> = web.providers.iter().filter(|o| o.staff).map(|o| o.name.as_str()).collect();
    let gone: Vec<&str> = links.iter().map(|l| l.provider.as_str()).filter(|name| !names.contains(name)).collect();
    names.extend(gone);
    let row = |name: &str| {
        let link = links.iter().find(|link| link.provider == name);
        Row {
            name: name.to_owned(),
            label: label(web, p, name),
            since: link.map_or_else(String::new, |l| p.date_time(&l.linked_at)),
            used: link.map_or_else(String::new, |l| p.date_time(&l.used_at)),
        }
    };
    Ok(names.into_iter().map(row).collect())
}

fn label(web: &Web, p: &Page, name: &str) -> String {
    web.provider(name).map_or_else(|| name.to_owned(), |provider| provider.label.get(p.lang()).to_owned())
}

/// How a session began, as people say it: «Cổng Dịch vụ công quốc gia (đã xác thực danh tính), ứng dụng tạo mã».
pub(super) fn method(web: &Web, p: &Page, method: &str) -> String {
    let word = |m: &str| match m.strip_prefix("via-") {
        Some(name) => label(web, p, name),
        None => {
            let key = match Assurance::ALL.into_iter().find(|level| level.as_str() == m) {
                Some(level) => level.key().to_owned(),
                None => format!("acc-method-{m}"),
            };
            if p.l.has(&key) { p.t(&key).into_owned() } else { m.to_owned() }
        }
    };
    method.split('+').map(word).collect::<Vec<_>>().join(", ")
}
