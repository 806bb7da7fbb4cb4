//! «Cập nhật từ CSDL Quốc gia về Dân cư» (N7): what an account holds is put to the population registry as it stands. What fits is ticked;
//! what does not is shown beside it, and stays until the person corrects it (which is asked anew) or keeps it.
//!
//! ```text
//! asked ─┬─ all fits ──────────▶ ticked
//!        ├─ something differs ─▶ corrected and asked again, or kept
//!        └─ nobody answers ────▶ later: for an hour no door is closed for it
//! ```

use super::{
    ask::{self, LOST},
    questions,
    registry::{Compared, Question, Registry, Unanswered, Verdict},
};
use crate::{
    accounts::{
        Accounts, Assurance, Error, FullName, Kind, Signed, Visitor,
        activity::{self, Act, Happened},
        linked::{
            Facts,
            facts::{self, REGISTRY, Word},
        },
        rows,
    },
    core::Core,
    error::Error as Shared,
    limits::Over,
};
use base::{
    clock::{HOUR, Millis},
    ids::Uuid,
    personal_number::{PersonalNumber, Sex},
};
use std::sync::Arc;
use store::{ConnectionTrait, FromRow, Sql, Tx};

/// How long nobody is asked again who could not be asked.
const LATER: Millis = HOUR;
/// Where notices about it lead.
const PAGE: &str = "/tai-khoan/dinh-danh";

/// What a person says in the place of what is held.
#[derive(Debug, Clone, Default)]
pub struct Correction {
    pub full_name: Option<FullName>,
    /// `yyyy-mm-dd`.
    pub birth_date: Option<String>,
    pub sex: Option<Sex>,
}

/// How the last time went.
#[derive(Debug, Clone, FromRow)]
pub struct Last {
    pub asked_at: Option<Millis>,
    /// `asked`, `match`, `mismatch`, `silent`, `unknown`, `away`, `refused`, `too-often`
    pub outcome: String,
    pub kept_at: Option<Millis>,
    pub later_until: Option<Millis>,
}

/// What a page of it shows.
#[derive(Debug, Clone)]
pub struct Standing {
    pub facts: Facts,
    pub last: Option<Last>,
}

impl Standing {
    /// The registry has said what it has to say, and the person has decided on what differs; or nobody can be asked now.
    pub fn is_settled(&self, now: Millis) -> bool {
        // What was brought since then was not asked about.
        let asked = |name: &str| self.facts.get(name).is_none_or(|fact| fact.registry.is_some());
        let last = self.last.as_ref();
        self.facts.is_ticked()
            || last.and_then(|last| last.later_until).is_some_and(|until| until > now)
            || (last.is_some_and(|last| last.kept_at.is_some())
                && ["number", "full_name", "birth_date"].into_iter().all(asked))
    }

    /// There is an answer that the person may decide to live with.
    pub fn can_be_kept(&self) -> bool {
        let last = self.last.as_ref().filter(|last| last.kept_at.is_none());
        !self.facts.is_ticked() && last.is_some_and(|l| matches!(l.outcome.as_str(), "mismatch" | "silent" | "unknown"))
    }
}

/// What is put to the registry.
struct Put {
    number: PersonalNumber,
    full_name: String,
    birth_date: String,
    sex: Sex,
    /// Which of them are the person's new word.
    corrected: Vec<&'static str>,
}

enum Begun {
    /// A question is on its way already.
    Waiting,
    TooOften(Over),
    Ask(Uuid, Box<Put>),
}

impl Accounts {
    pub async fn held(&self, account: Uuid) -> Result<Standing, Error> {
        standing(&self.core, self.core.store.read(), account).await
    }

    /// Puts what is held, or the correction of it, to the registry and keeps what it says. Returns which corrected fields it did not
    /// confirm: nothing of those is kept. Errors: `Invalid`, `TooOften`, `NotFound` where nothing is held, `Forbidden`.
    pub async fn compare_held(
        &self,
        signed: &Signed,
        correction: Correction,
        registry: &Arc<dyn Registry>,
        visitor: &Visitor,
    ) -> Result<Vec<&'static str>, Error> {
        if signed.kind != Kind::Citizen {
            return Err(Shared::Forbidden.into());
        }
        let (core, account, address) = (self.core.clone(), signed.account, visitor.address_group());
        let begun = self
            .core
            .store
            .write(move |tx: Tx| async move { begin(&core, &tx, account, &address, &correction).await })
            .await?;
        let (request, put) = match begun {
            Begun::Waiting => return Ok(Vec::new()),
            Begun::TooOften(over) => return Err(Shared::TooOften { again_at: over.again_at }.into()),
            Begun::Ask(request, put) => (request, put),
        };
        let question = Question {
            request,
            // A person's own question: the codes are the operator's.
            procedure: String::new(),
            officer: String::new(),
            number: put.number.clone(),
            full_name: put.full_name.clone(),
            birth_date: put.birth_date.clone(),
            sex: Some(put.sex),
        };
        let answer = ask::put(registry, &question).await;
        let (core, put) = (self.core.clone(), Arc::new(*put));
        let rejected = self
            .core
            .store
            .write(move |tx: Tx| async move {
                questions::end(&core, &tx, request, &answer).await?;
                end(&core, &tx, account, &put, &answer).await
            })
            .await;
        self.cache.forget(account);
        rejected
    }

    /// The person saw what differs and keeps what is held. Errors: `NotFound` where there is nothing to decide.
    pub async fn keep_held(&self, signed: &Signed) -> Result<(), Error> {
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                if !standing(&core, &tx, account).await?.can_be_kept() {
                    return Err(Error::from(Shared::NotFound));
                }
                let sql = "UPDATE registry_check SET kept_at = $1 WHERE account_id = $2";
                Sql::new(sql).bind(core.now()).bind(account).exec(&tx).await?;
                Ok(activity::write(&core, &tx, Act::own(account, Happened::HeldKept)).await?)
            })
            .await
    }
}

async fn standing(core: &Core, db: &impl ConnectionTrait, account: Uuid) -> Result<Standing, Error> {
    let facts = facts::read(core, db, account).await?;
    let sql = "SELECT asked_at, outcome, kept_at, later_until FROM registry_check WHERE account_id = $1";
    Ok(Standing { facts, last: Sql::new(sql).bind(account).one(db).await? })
}

async fn begin(core: &Core, tx: &Tx, account: Uuid, address: &str, correction: &Correction) -> Result<Begun, Error> {
    let (now, standing) = (core.now(), standing(core, tx, account).await?);
    let is_waiting = |last: &Last| last.outcome == "asked" && last.asked_at.is_some_and(|at| now - at < LOST);
    if standing.last.as_ref().is_some_and(is_waiting) {
        return Ok(Begun::Waiting);
    }
    let put = what_to_put(&standing.facts, correction)?;
    if let Err(over) = ask::count(core, tx, account, address).await? {
        Sql::new(
            "INSERT INTO registry_check (account_id, outcome, later_until) VALUES ($1, 'too-often', $2)
             ON CONFLICT (account_id) DO UPDATE SET later_until = $2",
        )
        .bind(account)
        .bind(now + LATER)
        .exec(tx)
        .await?;
        return Ok(Begun::TooOften(over));
    }
    Sql::new(
        "INSERT INTO registry_check (account_id, asked_at, outcome) VALUES ($1, $2, 'asked')
         ON CONFLICT (account_id) DO UPDATE SET asked_at = $2, outcome = 'asked', kept_at = NULL, later_until = NULL",
    )
    .bind(account)
    .bind(now)
    .exec(tx)
    .await?;
    let request = core.new_id();
    questions::begin(core, tx, request, account).await?;
    Ok(Begun::Ask(request, Box::new(put)))
}

/// Errors: `NotFound` without a number; `Invalid` where a birth date is missing, or what somebody brought along is to be corrected.
fn what_to_put(facts: &Facts, correction: &Correction) -> Result<Put, Error> {
    let held = |name: &str| facts.get(name).map(|fact| fact.value.clone());
    let number = held("number").and_then(|n| PersonalNumber::parse(&n).ok()).ok_or(Shared::NotFound)?;
    let mut corrected = Vec::new();
    let mut said = |name: &'static str, new: Option<&str>| -> Result<Option<String>, Error> {
        let Some(new) = new.filter(|new| facts.get(name).is_none_or(|fact| fact.value != *new)) else {
            return Ok(held(name));
        };
        if facts.get(name).is_some_and(facts::Fact::is_brought) {
            return Err(Error::field(name, "held-brought"));
        }
        corrected.push(name);
        Ok(Some(new.to_owned()))
    };
    let full_name = said("full_name", correction.full_name.as_ref().map(FullName::as_str))?;
    let birth_date = said("birth_date", correction.birth_date.as_deref())?;
    let sex = said("sex", correction.sex.map(facts::sex_value))?;
    let sex = match sex.as_deref() {
        Some("male") => Sex::Male,
        Some(_) => Sex::Female,
        // The number says it: where the registry agrees, an empty field is filled.
        None => number.sex(),
    };
    Ok(Put {
        full_name: full_name.ok_or_else(|| Error::field("full_name", "name-empty"))?,
        birth_date: birth_date.ok_or_else(|| Error::field("birth_date", "birth-empty"))?,
        sex,
        number,
        corrected,
    })
}

/// A verdict a field. The number alone is nobody's: it is this person's where name and birth date fit it.
fn verdicts(compared: &Compared) -> [(&'static str, Verdict); 4] {
    let (number, name, birth, sex) = match *compared {
        Compared::Unknown => (Verdict::Mismatch, Verdict::Silent, Verdict::Silent, Verdict::Silent),
        Compared::Known { full_name, birth_date, sex } => {
            let fits = full_name == Verdict::Match && birth_date == Verdict::Match;
            (if fits { Verdict::Match } else { Verdict::Silent }, full_name, birth_date, sex)
        }
    };
    [("number", number), ("full_name", name), ("birth_date", birth), ("sex", sex)]
}

async fn end(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    put: &Put,
    answer: &Result<Compared, Unanswered>,
) -> Result<Vec<&'static str>, Error> {
    // Deleted or blocked while the question was on its way.
    if rows::by_id(tx, account).await?.is_none_or(|a| a.blocked_at.is_some()) {
        return Ok(Vec::new());
    }
    let compared = match answer {
        Ok(compared) => compared,
        Err(unanswered) => {
            let is_away = matches!(unanswered, Unanswered::Away(_));
            if is_away {
                ask::take_back(core, tx, account).await?;
            }
            settle(tx, account, if is_away { "away" } else { "refused" }, Some(core.now() + LATER)).await?;
            return Ok(put.corrected.clone());
        }
    };
    let before = facts::read(core, tx, account).await?;
    let mut rejected = Vec::new();
    for (name, verdict) in verdicts(compared) {
        let value = match name {
            "number" => put.number.expose(),
            "full_name" => put.full_name.as_str(),
            "birth_date" => put.birth_date.as_str(),
            _ => facts::sex_value(put.sex),
        };
        let held = before.get(name);
        let is_new = put.corrected.contains(&name) || (name == "sex" && held.is_none());
        if is_new && verdict != Verdict::Match {
            rejected.extend(put.corrected.contains(&name).then_some(name));
            continue;
        }
        if is_new {
            let word = Word { source: REGISTRY, assurance: Assurance::Verified.as_str() };
            facts::write_value(core, tx, account, &word, name, value).await?;
            if put.corrected.contains(&name) {
                corrected(core, tx, account, name, value).await?;
            }
        } else if held.is_none_or(|fact| fact.value != value) {
            continue; // somebody signed in from elsewhere meanwhile and brought another value
        }
        facts::judge(tx, account, name, Some((questions::verdict(verdict), core.now()))).await?;
    }
    let is_ticked = facts::read(core, tx, account).await?.is_ticked();
    if is_ticked && !before.is_ticked() {
        ask::raised(core, tx, account, PAGE).await?;
    }
    let outcome = match (compared, is_ticked) {
        (Compared::Unknown, _) => "unknown",
        (_, true) => "match",
        (compared, _) if verdicts(compared).iter().any(|(_, v)| *v == Verdict::Mismatch) => "mismatch",
        _ => "silent",
    };
    settle(tx, account, outcome, None).await?;
    Ok(rejected)
}

async fn settle(tx: &Tx, account: Uuid, outcome: &str, later_until: Option<Millis>) -> Result<(), store::Error> {
    Sql::new("UPDATE registry_check SET outcome = $1, later_until = $2 WHERE account_id = $3")
        .bind(outcome)
        .bind(later_until)
        .bind(account)
        .exec(tx)
        .await
        .map(|_| ())
}

/// The person's own word that the registry confirmed: the account is called so from now on.
async fn corrected(core: &Core, tx: &Tx, account: Uuid, name: &str, value: &str) -> Result<(), store::Error> {
    if name == "full_name" {
        Sql::new("UPDATE account SET full_name = $1, updated_at = $2 WHERE id = $3")
            .bind(value)
            .bind(core.now())
            .bind(account)
            .exec(tx)
            .await?;
    }
    activity::write(core, tx, Act::own(account, Happened::ProfileChanged).detail(name)).await
}
