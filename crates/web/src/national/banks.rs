//! «Liên kết tài khoản ngân hàng» (N13): to a bank and back with the accounts that the person agreed to, asking the bank again, and taking a link
//! away. Whatever was begun with a bank is finished and written down, also when the browser has gone: what a bank gave is kept or ended.

use crate::{
    citizen::{
        accounts::{
            form::{Head, shown},
            keep::{self, mark_cookie, with_cookie},
            linked::own::PAGE,
            refusal::{Answer, Refused, refused, step_up},
        },
        answer::{self, go_saying},
    },
    elsewhere::{self, redirect},
    error::Problem,
    page::Page,
    state::{Bank, Web},
    visit::{self, Citizen, Visit},
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use base::{fold::fold, ids::Uuid};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{
    accounts::{Error, Signed},
    banks::{self, Refusal, Seen, Unread},
    error::Error as Shared,
};
use identity::rp::{Ask, Came, RpError};
use std::sync::Arc;

/// «+ Thêm mới».
pub(super) const ADD: &str = "/tai-khoan/ngan-hang/moi";
/// From so many banks on there is a search.
const HANDFUL: usize = 6;

/// The section among all that is linked.
pub(crate) struct Section {
    pub lines: Vec<Line>,
    /// There is a bank to link with.
    pub can_add: bool,
}

impl Section {
    /// Nothing to show and nothing to do.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && !self.can_add
    }
}

/// One linked account.
pub(crate) struct Line {
    pub id: Uuid,
    /// `Ngân hàng … **** 1234`
    pub name: String,
    pub holder: String,
    pub product: String,
    pub since: String,
    pub checked: String,
    pub is_ended: bool,
    /// The bank can be asked again.
    pub can_check: bool,
}

fn label(web: &Web, p: &Page, name: &str) -> String {
    // Linked once, no longer configured: then by its short name.
    web.bank(name).map_or_else(|| name.to_owned(), |bank| bank.label.get(p.lang()).to_owned())
}

fn line(web: &Web, p: &Page, one: &banks::Line) -> Line {
    let is_ended = one.state == banks::State::Ended;
    Line {
        id: one.id,
        // Stars and digits stay on one line.
        name: format!("{} {}", label(web, p, &one.bank), one.masked.replace(' ', "\u{a0}")),
        holder: one.holder.clone(),
        product: format!("{}, {}", one.product, one.currency).trim_start_matches(", ").to_owned(),
        since: p.date_time(&one.linked_at),
        checked: p.date_time(&one.checked_at),
        is_ended,
        can_check: !is_ended && web.bank(&one.bank).is_some(),
    }
}

/// What a person linked; nothing where the portal knows no bank.
pub(crate) async fn section(web: &Web, p: &Page, account: Uuid) -> Result<Section, Problem> {
    if !web.is_national() {
        return Ok(Section { lines: Vec::new(), can_add: false });
    }
    let mine = web.accounts.banks(account).await.map_err(web.account_problem())?;
    Ok(Section { lines: mine.iter().map(|one| line(web, p, one)).collect(), can_add: !web.banks.is_empty() })
}

fn bank_of<'a>(web: &'a Web, name: &str) -> Result<&'a Bank, Problem> {
    web.bank(name).ok_or(Problem::NotFound)
}

/// A bank that may be chosen.
struct Choice {
    name: String,
    label: String,
}

#[derive(Template)]
#[template(path = "national/bank_choice.html")]
struct ChoicePage {
    p: Page,
    h: Head,
    typed: String,
    has_search: bool,
    banks: Vec<Choice>,
}

/// Chọn ngân hàng.
pub async fn choose(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    if web.banks.is_empty() {
        return Err(Problem::NotFound.into());
    }
    let mut p = by.visit.page;
    let typed: String = keep::query(&raw).get("q").trim().chars().take(100).collect();
    let wanted = fold(&typed);
    let choice = |bank: &Bank| Choice { name: bank.name.clone(), label: bank.label.get(p.lang()).to_owned() };
    let mut banks: Vec<Choice> = web.banks.iter().map(choice).filter(|b| fold(&b.label).contains(&wanted)).collect();
    banks.sort_by_cached_key(|bank| base::fold::vi_sort_key(&bank.label));
    let h = Head::own(&mut p, "bank-choose-title", PAGE);
    shown(&ChoicePage { typed, has_search: web.banks.len() > HANDFUL, banks, h, p })
}

#[derive(Template)]
#[template(path = "national/bank_link.html")]
struct LinkPage {
    p: Page,
    h: Head,
    name: String,
    label: String,
    /// Why it cannot be done now; empty: it can.
    why: String,
}

/// What the portal will learn, and on to the bank.
pub async fn page(State(web): State<Web>, Path(name): Path<String>, by: Citizen) -> Answer {
    let bank = bank_of(&web, &name)?;
    let mut p = by.visit.page;
    let why = match banks::require_identified(&by.signed) {
        Ok(()) => String::new(),
        Err(e) => p.t(e.key()).into_owned(),
    };
    let label = bank.label.get(p.lang()).to_owned();
    let title = p.t1("bank-link-title", "bank", &label);
    let h = Head { title, ..Head::own(&mut p, "bank-choose-title", ADD) };
    shown(&LinkPage { name: bank.name.clone(), label, why, h, p })
}

fn page_of(bank: &Bank) -> String {
    format!("/tai-khoan/ngan-hang/{}/them", bank.name)
}

/// Binds a journey to the browser and to the person: nobody else comes back with it, in the same browser either.
fn bound(mark: &str, account: Uuid) -> String {
    format!("{mark}.{account}")
}

/// To the bank. Whoever holds the phone for a moment cannot do it.
pub async fn add(
    State(web): State<Web>,
    Path(name): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    let bank = bank_of(&web, &name)?;
    if let Err(e) = banks::require_identified(&by.signed) {
        return refuse(&web, bank, by.visit, e);
    }
    if by.signed.require_fresh(web.core.now()).is_err() {
        return Err(step_up(&page_of(bank)));
    }
    if let Err(e) = web.accounts.count_departure(&by.visit.visitor).await {
        return refuse(&web, bank, by.visit, e);
    }
    let new = by.visit.mark.is_none().then(|| URL_SAFE_NO_PAD.encode(web.core.entropy.bytes::<24>()));
    let mark = by.visit.mark.as_deref().or(new.as_deref()).unwrap_or_default();
    // Whoever was signed in there before, and whatever was agreed before: it is this person's wish of this moment.
    let ask = Ask { prompt: Some("login consent"), ..Ask::default() };
    match bank.rp.begin(&bound(mark, by.signed.account), ask).await {
        Ok(address) => {
            let response = redirect(&address)?;
            Ok(match &new {
                Some(mark) => with_cookie(response, mark_cookie(&web, mark)),
                None => response,
            })
        }
        Err(e) => {
            tracing::warn!(bank = %bank.name, error = %e, "nobody can be sent to a bank");
            trouble(bank, by.visit, elsewhere::Trouble::of(&e), None)
        }
    }
}

/// Why nothing was linked.
enum Why {
    Trouble(elsewhere::Trouble),
    Refused(Error),
}

impl Why {
    fn of(error: &RpError) -> Self {
        Self::Trouble(elsewhere::Trouble::of(error))
    }
}

/// The browser comes back from the bank.
pub async fn back(State(web): State<Web>, Path(name): Path<String>, RawQuery(raw): RawQuery, visit: Visit) -> Answer {
    let bank = bank_of(&web, &name)?;
    visit.as_oneself()?;
    let (Some(signed), Some(mark)) = (visit.citizen.clone(), visit.mark.clone()) else {
        return trouble(bank, visit, elsewhere::Trouble::Over, None);
    };
    let browser = bound(&mark, signed.account);
    // On its own, so that a browser that goes away leaves nothing half done.
    let work = tokio::spawn(bring(web.clone(), bank.clone(), signed, browser, raw.unwrap_or_default()));
    match work.await {
        Ok(Ok(())) => Ok(go_saying(&web, PAGE, "flash-bank-linked")),
        Ok(Err(Why::Trouble(why))) => trouble(bank, visit, why, None),
        Ok(Err(Why::Refused(e))) => refuse(&web, bank, visit, e),
        Err(_) => Err(Problem::Internal.into()),
    }
}

/// From the code to the link. What the bank gave and is not linked is ended there.
async fn bring(web: Web, bank: Bank, signed: Arc<Signed>, browser: String, query: String) -> Result<(), Why> {
    let Came { arrived, grant, .. } = bank.rp.come_back(&browser, &query).await;
    if let Err(e) = &arrived {
        tracing::info!(bank = %bank.name, error = %e, "nobody came back from a bank");
    }
    let Some(grant) = grant else {
        return Err(arrived.err().map_or(Why::Trouble(elsewhere::Trouble::Doubt), |e| Why::of(&e)));
    };
    let linked = match (arrived, &grant.refresh) {
        (Err(e), _) => Err(Why::of(&e)),
        // A bank that gives nothing to go on with cannot be asked later.
        (Ok(_), None) => Err(Why::Trouble(elsewhere::Trouble::Away)),
        (Ok(_), Some(refresh)) => match bank.desk.accounts(&grant.access).await {
            Ok(told) => web.accounts.link_bank(&signed, &bank.name, refresh, told).await.map_err(Why::Refused),
            Err(e) => {
                tracing::warn!(bank = %bank.name, error = %e, "a bank did not tell its accounts");
                Err(Why::Trouble(elsewhere::Trouble::Away))
            }
        },
    };
    if linked.is_err()
        && let Err(e) = web.accounts.drop_bank_grant(&bank.name, grant.token()).await
    {
        tracing::error!(bank = %bank.name, error = %e, "a consent that nobody wants was not ended");
    }
    linked
}

/// The sentence with what to do now.
fn key(why: elsewhere::Trouble) -> &'static str {
    match why {
        elsewhere::Trouble::Away => "bank-trouble-away",
        elsewhere::Trouble::Over => "bank-trouble-over",
        elsewhere::Trouble::Denied => "bank-trouble-denied",
        _ => "bank-trouble-doubt",
    }
}

#[derive(Template)]
#[template(path = "national/bank_trouble.html")]
struct TroublePage {
    p: Page,
    h: Head,
    why: String,
    again: String,
}

fn trouble(bank: &Bank, visit: Visit, why: elsewhere::Trouble, sentence: Option<String>) -> Answer {
    let p = visit.page;
    let label = bank.label.get(p.lang()).to_owned();
    let sentence = sentence.unwrap_or_else(|| p.t1(key(why), "bank", &label));
    let h = Head::door(p.t1("bank-trouble-title", "bank", &label), "");
    Refused::page(why.status(), None, &TroublePage { why: sentence, again: page_of(bank), h, p })
}

/// What the rules say no to, as a page.
fn refuse(web: &Web, bank: &Bank, visit: Visit, error: Error) -> Answer {
    let said = refused(web, &visit.page, error, "main", PAGE)?;
    let sentence = said.errors.0.into_iter().map(|w| w.text).collect::<Vec<_>>().join(" ");
    trouble(bank, visit, elsewhere::Trouble::Account, Some(sentence))
}

/// «Kiểm tra lại»: what the bank says now.
pub async fn check(
    State(web): State<Web>,
    Path(id): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Answer {
    let id = answer::id(&id)?;
    web.accounts.count_departure(&by.visit.visitor).await.map_err(web.account_problem())?;
    let line = web.accounts.bank(by.signed.account, id).await.map_err(web.account_problem())?;
    let Some(bank) = web.bank(&line.bank).cloned() else { return Ok(go_saying(&web, PAGE, "flash-bank-away")) };
    // On its own: the token that comes of it must not be lost with the browser.
    let work = tokio::spawn(look(web.clone(), bank, by.signed.clone(), id));
    match work.await.map_err(|_| Problem::Internal)? {
        Ok(flash) => Ok(go_saying(&web, PAGE, flash)),
        Err(e) => Err(web.account_problem()(e).into()),
    }
}

async fn look(web: Web, bank: Bank, signed: Arc<Signed>, id: Uuid) -> Result<&'static str, Error> {
    let look = match web.accounts.begin_bank_check(&signed, id).await {
        Err(Error::Bank(Refusal::Asking)) => return Ok("flash-bank-asking"),
        Err(Error::Shared(Shared::State)) => return Ok("flash-bank-ended"),
        begun => begun?,
    };
    let seen = match bank.rp.renew(&look.refresh).await {
        Ok(grant) => {
            let accounts = bank.desk.accounts(&grant.access).await;
            match (accounts, grant.refresh) {
                (Err(Unread::Ended), _) => Seen::Ended,
                (accounts, Some(refresh)) => Seen::Alive { refresh, accounts: accounts.ok() },
                (_, None) => Seen::Nothing,
            }
        }
        Err(RpError::Ended) => Seen::Ended,
        Err(e) => {
            tracing::info!(bank = %bank.name, error = %e, "a bank did not answer");
            Seen::Nothing
        }
    };
    let is_told = !matches!(seen, Seen::Nothing | Seen::Alive { accounts: None, .. });
    web.accounts.finish_bank_check(look, seen).await?;
    let now = web.accounts.bank(signed.account, id).await;
    Ok(match now {
        _ if !is_told => "flash-bank-away",
        Ok(line) if line.state == banks::State::Linked => "flash-bank-checked",
        _ => "flash-bank-ended",
    })
}

#[derive(Template)]
#[template(path = "national/bank_remove.html")]
struct RemovePage {
    p: Page,
    h: Head,
    line: Line,
    /// Other accounts of the same consent at the bank stay linked.
    others: bool,
}

/// Asked once before it is taken away.
pub async fn remove_page(State(web): State<Web>, Path(id): Path<String>, by: Citizen) -> Answer {
    let one = web.accounts.bank(by.signed.account, answer::id(&id)?).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "bank-remove-title", PAGE);
    shown(&RemovePage { line: line(&web, &p, &one), others: one.together > 1, h, p })
}

pub async fn remove(
    State(web): State<Web>,
    Path(id): Path<String>,
    visit::Form { by, .. }: visit::Form<Citizen>,
) -> Result<Response, Problem> {
    web.accounts.unlink_bank(&by.signed, answer::id(&id)?).await.map_err(web.account_problem())?;
    Ok(go_saying(&web, PAGE, "flash-bank-unlinked"))
}
