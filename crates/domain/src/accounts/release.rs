//! A personal number that another account holds, released at the desk (gỡ số định danh, A7). Number, name and date of birth are printed on the
//! card, so whoever has a photo of it can have the registry match them. The real holder comes with the card; an officer looks at both.
//!
//! ```text
//! the number is typed ──▶ counted, written down ─┬─ nobody holds it, or a stronger proof does: said, nothing more
//!                                                └─ held: flow `release` ──▶ what was seen, why ──▶ released, the other side is told
//! ```
//!
//! The officer learns that it is held, since when, by which proof, and a masked phone; never whose account it is. What a provider or a
//! certificate proved is not released here: an officer's eyes are no stronger than that, and a number so proven gives way to nobody's card.

use super::{
    Accounts, Error, Signed,
    activity::{self, Act, Happened},
    flows::{self, NewFlow},
    linked::facts,
    rows, sessions,
};
use crate::{
    accounts::FlowKind,
    audit::{self, By, Entry},
    core::Core,
    error::{Error as Shared, FieldError},
    limits::{self, NUMBERS_PER_OFFICER_DAY, RELEASES_PER_OFFICER_DAY},
    notices::{self, Notice, NoticeSms},
    rights::{Officer, Right},
};
use base::{clock::Millis, fold::fold, i18n::Lang, ids::Uuid, keys::Secret, personal_number::PersonalNumber, text};
use store::{ConnectionTrait, Sql, Tx};

/// A reason says what was seen: a word is none.
pub const REASON_LEAST: usize = 20;
pub const REASON_MOST: usize = 300;
/// Digits in a row that a reason must not have: phones and numbers of persons do not belong into the log.
const DIGITS: usize = 9;

/// Which paper the person had with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    CanCuoc,
    Cccd,
    /// Căn cước điện tử, shown in VNeID on the person's own phone.
    Electronic,
    Passport,
}

impl Paper {
    pub const ALL: [Self; 4] = [Self::CanCuoc, Self::Cccd, Self::Electronic, Self::Passport];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::CanCuoc => "can-cuoc",
            Self::Cccd => "cccd",
            Self::Electronic => "electronic",
            Self::Passport => "passport",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|paper| paper.as_str() == text)
    }
}

/// What an officer is told and cannot change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// «Không ai giữ»
    Nobody,
    /// Held by a proof that names the person.
    Named,
    /// The officer's own, as far as phone and name tell: a colleague does it.
    Own,
}

impl Refusal {
    pub fn key(self) -> &'static str {
        match self {
            Self::Nobody => "release-nobody",
            Self::Named => "release-named",
            Self::Own => "release-own",
        }
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Number(refusal)
    }
}

/// What the officer sees of who holds the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub since: Millis,
    /// `card`, `registry` or an authority.
    pub source: String,
    /// Masked; empty for an account without one.
    pub phone: String,
}

/// What the officer says to have seen.
#[derive(Clone)]
pub struct Seen {
    pub paper: Option<Paper>,
    /// The face on the paper is that of who stands here.
    pub compared: bool,
    pub reason: String,
}

impl Seen {
    /// The paper and the reason. Errors: `Invalid`.
    fn check(&self) -> Result<(Paper, String), Error> {
        let mut wrong = Vec::new();
        if self.paper.is_none() {
            wrong.push(FieldError { field: "paper", key: "release-paper-missing" });
        }
        if !self.compared {
            wrong.push(FieldError { field: "compared", key: "release-compared-missing" });
        }
        let reason = text::one_line(self.reason.get(..self.reason.len().min(4_000)).unwrap_or(""));
        let key = match reason.chars().count() {
            n if n < REASON_LEAST => Some("release-reason-short"),
            n if n > REASON_MOST => Some("release-reason-long"),
            _ if has_number(&reason) => Some("release-reason-number"),
            _ => None,
        };
        wrong.extend(key.map(|key| FieldError { field: "reason", key }));
        match self.paper {
            Some(paper) if wrong.is_empty() => Ok((paper, reason)),
            _ => Err(Shared::Invalid(wrong).into()),
        }
    }
}

/// Digits in a row, whatever people put between them.
fn has_number(text: &str) -> bool {
    let mut run = 0;
    for c in text.chars() {
        match c {
            c if c.is_numeric() => run += 1,
            ' ' | '.' | '-' => {}
            _ => run = 0,
        }
        if run >= DIGITS {
            return true;
        }
    }
    false
}

/// Errors: `Forbidden` for everybody but staff with the right who owe nothing.
fn officer(signed: &Signed) -> Result<(Officer, By), Error> {
    let officer = signed.officer().filter(|officer| officer.has(Right::NumberRelease)).ok_or(Shared::Forbidden)?;
    let by = By::Staff { account: officer.account, unit: officer.home_unit().to_owned() };
    Ok((officer, by))
}

/// Whether holder or number are the officer's own. Nothing here knows an officer's number, so the phone and the name must do; who only has the
/// same name as the person asks a colleague.
async fn is_own(core: &Core, tx: &Tx, officer: &Officer, holder: Uuid) -> Result<bool, Error> {
    let (Some(own), Some(theirs)) = (rows::profile(tx, officer.account).await?, rows::profile(tx, holder).await?)
    else {
        return Ok(true);
    };
    let same_phone = own.phone.is_some() && own.phone == theirs.phone;
    let known = facts::read(core, tx, holder).await?;
    let names = [Some(theirs.full_name.as_str()), known.get("full_name").map(|fact| fact.value.as_str())];
    let same_name = names.into_iter().flatten().any(|name| fold(name) == fold(&own.full_name));
    Ok(same_phone || same_name)
}

async fn log(
    core: &Core,
    tx: &Tx,
    by: By,
    act: &'static str,
    holder: Option<Uuid>,
    (reason, data): (String, serde_json::Value),
) -> Result<(), store::Error> {
    let object = holder.map_or_else(|| "number".to_owned(), |holder| format!("account {holder}"));
    audit::write(tx, &core.clock, &core.entropy, Entry { by, act, object, reason, data }).await
}

/// Whose number the flow is about, and since when and how they hold it.
fn of_flow(flow: &flows::Flow) -> Result<(Uuid, Millis), Error> {
    let holder = Uuid::parse_str(flow.text("holder")).map_err(|_| Error::FlowGone)?;
    Ok((holder, flow.data["since"].as_i64().ok_or(Error::FlowGone)?))
}

/// The hold as it stands; `None` when it changed since the flow began.
async fn hold(db: &impl ConnectionTrait, holder: Uuid, since: Millis) -> Result<Option<Held>, Error> {
    let sql = "SELECT source FROM account_fact WHERE account_id = $1 AND name = 'number' AND proved_at = $2";
    let source: Option<String> = Sql::new(sql).bind(holder).bind(since).scalar(db).await?;
    let Some(source) = source else { return Ok(None) };
    let phone = rows::profile(db, holder).await?.and_then(|profile| profile.phone_number());
    Ok(Some(Held { since, source, phone: phone.map(|phone| phone.masked()).unwrap_or_default() }))
}

/// What the holder is told, wherever the number went: nobody is accused, and it is said what can be done.
pub(super) async fn tell(core: &Core, tx: &Tx, holder: Uuid, key: &'static str) -> Result<(), store::Error> {
    let link = "/tai-khoan/xac-thuc";
    let sms = NoticeSms {
        key: "sms-number-gone",
        args: vec![
            ("app", core.province().pack.province.app_name.get(Lang::VI).to_owned()),
            ("link", format!("{}{link}", core.settings.origin)),
        ],
        dedupe: format!("number-gone {holder} {}", core.now()),
    };
    let (args, link) = (Vec::new(), link.into());
    notices::tell(core, tx, Notice { account: holder, kind: "account", key: key.into(), args, link, sms: Some(sms) })
        .await
}

impl Accounts {
    /// Looks whether somebody holds this number, for who stands at the desk with the card; the token is for the flow's cookie. Every look is counted
    /// and written down, and the holder sees it (A18). Errors: `Forbidden`, `TooOften`, `Number`.
    pub async fn look_for_number(&self, signed: &Signed, number: &PersonalNumber) -> Result<Secret, Error> {
        let (officer, by) = officer(signed)?;
        let (core, number, token) = (self.core.clone(), number.clone(), flows::new_token(&self.core));
        let given = token.clone();
        self.core
            .store
            .write(move |tx: Tx| async move {
                let key = officer.account;
                let hit = limits::hit(&tx, &core.keys, NUMBERS_PER_OFFICER_DAY, key.as_bytes(), core.now()).await?;
                if let Err(over) = hit {
                    let data = serde_json::json!({ "found": "too-often" });
                    log(&core, &tx, by, "number-look", None, (String::new(), data)).await?;
                    return Ok(Err(Error::from(Shared::TooOften { again_at: over.again_at })));
                }
                let claim = facts::claim_of(&core, &tx, &number).await?;
                let holder = claim.as_ref().map(|claim| claim.account_id);
                let refusal = match &claim {
                    None => Some(Refusal::Nobody),
                    Some(claim) if is_own(&core, &tx, &officer, claim.account_id).await? => Some(Refusal::Own),
                    Some(claim) if claim.names_the_person() => Some(Refusal::Named),
                    Some(_) => None,
                };
                let found = refusal.map_or("held", |refusal| &refusal.key()["release-".len()..]);
                let data = serde_json::json!({ "found": found });
                if let Some(holder) = holder {
                    activity::write(&core, &tx, Act::staff(holder, Happened::NumberLooked, &by, "")).await?;
                }
                log(&core, &tx, by, "number-look", holder, (String::new(), data)).await?;
                // What was counted and written down stays, so this is no error of the unit.
                if let Some(refusal) = refusal {
                    return Ok(Err(refusal.into()));
                }
                if let Some(claim) = claim {
                    let data = serde_json::json!({ "holder": claim.account_id, "since": claim.proved_at });
                    let (kind, account) = (FlowKind::Release, Some(officer.account));
                    let new = NewFlow { kind, account, phone: None, step: flows::CHECK, data };
                    flows::open(&core, &tx, new, &token).await?;
                }
                Ok::<_, Error>(Ok(()))
            })
            .await??;
        Ok(given)
    }

    /// What the officer sees of it. Errors: `Forbidden`; `FlowGone` for another's look, a late one, and when the hold changed meanwhile.
    pub async fn held_number(&self, signed: &Signed, token: &str) -> Result<Held, Error> {
        let (officer, _) = officer(signed)?;
        let db = self.core.store.read();
        let flow = flows::at(&self.core, db, FlowKind::Release, token, flows::CHECK).await?;
        if flow.account != Some(officer.account) {
            return Err(Error::FlowGone);
        }
        let (holder, since) = of_flow(&flow)?;
        hold(db, holder, since).await?.ok_or(Error::FlowGone)
    }

    /// Releases it: the holder's level falls to the phone, their sessions end, both words and log are written. Errors: `Forbidden`, `Invalid`,
    /// `TooOften`, `FlowGone` when it was done, took too long, or the holder proved the number anew meanwhile.
    pub async fn release_number(&self, signed: &Signed, token: &str, seen: Seen) -> Result<(), Error> {
        let (officer, by) = officer(signed)?;
        let (paper, reason) = seen.check()?;
        let (core, token) = (self.core.clone(), token.to_owned());
        let holder = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                let flow = flows::at(&core, &tx, FlowKind::Release, &token, flows::CHECK).await?;
                if flow.account != Some(officer.account) {
                    return Err(Error::FlowGone);
                }
                let (holder, since) = of_flow(&flow)?;
                let hit =
                    limits::hit(&tx, &core.keys, RELEASES_PER_OFFICER_DAY, officer.account.as_bytes(), now).await?;
                hit.map_err(|over| Shared::TooOften { again_at: over.again_at })?;
                flows::end(&tx, &flow, now).await?;
                tx.lock("account", holder).await?;
                let held = hold(&tx, holder, since).await?.ok_or(Error::FlowGone)?;
                if !facts::give_up(&core, &tx, holder).await? {
                    return Err(Error::FlowGone);
                }
                sessions::end(&core, &tx, holder, None, "number-released").await?;
                activity::write(&core, &tx, Act::staff(holder, Happened::NumberReleased, &by, &reason)).await?;
                tell(&core, &tx, holder, "notice-number-released").await?;
                let data = serde_json::json!({ "paper": paper.as_str(), "source": held.source, "since": held.since });
                log(&core, &tx, by, "number-release", Some(holder), (reason, data)).await?;
                Ok(holder)
            })
            .await?;
        self.cache.forget(holder);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a7_a_reason_holds_no_number_however_it_is_written() {
        assert!(!has_number("Đã xem thẻ Căn cước bản gốc ngày 12/11/2026, đúng người"));
        for text in ["số 044189001234", "0441 8900 1234 của bà", "0914.402.045", "٠٤٤١٨٩٠٠١٢٣٤"] {
            assert!(has_number(text), "{text}");
        }
    }
}
