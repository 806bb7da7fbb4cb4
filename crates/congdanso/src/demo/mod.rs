//! Invented people and reports for a demo province. Only the plan is invented: everything in it is done through the functions
//! that real people's requests go through, with the clock moved through the last ten weeks, so that deadlines, pauses,
//! notices, history and audit are what they would have been.

mod album;
mod answers;
pub mod bank;
mod dice;
pub mod dossiers;
mod guests;
mod keys;
mod login;
mod moderation;
pub mod national;
pub mod office;
mod officers;
mod people;
mod pictures;
mod places;
mod plan;
mod play;
pub mod registry;
pub mod signer;
mod stories;
#[cfg(test)]
mod tests;
mod texts;
pub mod till;
mod timing;
pub mod vneid;

pub use login::{Logins, totp_page};

use album::{Album, Shot};
use anyhow::{Context, bail};
use base::clock::{DAY, Millis};
use dice::Dice;
use domain::{accounts::Accounts, core::Core};
use places::Places;
use plan::{Case, Planner};
use play::{Newcomer, Play};
use std::collections::BTreeSet;
use store::{Insert, Sql, Tx};
use stories::Actor;
use texts::Words;

/// Says that a database holds demo data; `serve` refuses it from the first moment on.
const MARK: &str = "demo";
/// Says that filling came to its end.
const FILLED: &str = "demo-filled";

/// What to invent.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The demo's now: everything lies before it.
    pub present: Millis,
    /// The same seed and present invent the same.
    pub seed: u64,
    /// About how many reports; at least those of the demo officer (48).
    pub reports: usize,
}

/// Whether a database is filled already. Errors: filling was interrupted, or the database is a real one.
pub async fn is_filled(core: &Core) -> anyhow::Result<bool> {
    let value = |key: &'static str| {
        Sql::new("SELECT value FROM setting WHERE key = $1").bind(key).scalar::<String>(core.store.read())
    };
    match (value(MARK).await?, value(FILLED).await?) {
        (Some(_), Some(_)) => Ok(true),
        (Some(_), None) => bail!("filling this demo was interrupted: begin again with --fresh"),
        _ => {
            let people: Option<i32> = Sql::new("SELECT 1 FROM account LIMIT 1").scalar(core.store.read()).await?;
            if people.is_some() {
                bail!("this database holds accounts that are not the demo's; nothing is written to it");
            }
            Ok(false)
        }
    }
}

/// Invents a province's last ten weeks. `core` must have a fixed clock, and `accounts` the same core; the clock stands at
/// `plan.present` afterwards. Errors: the database holds something already, or an invented act was refused.
pub async fn fill(core: &Core, accounts: &Accounts, plan: &Plan) -> anyhow::Result<Logins> {
    if is_filled(core).await? {
        bail!("this demo is filled already");
    }
    let begin = plan.present - 76 * DAY;
    core.clock.set(begin);
    if core.now() != begin {
        bail!("demo data needs a clock that can be moved");
    }
    mark(core, MARK).await?;

    let (words, dice, province) = (Words::shipped()?, Dice::new(plan.seed), core.province());
    let about = words.of(&province.pack.province.slug)?;
    let places = Places::new(&province, about)?;
    let registered = people::registered(&dice, about, plan.present);
    let planner = Planner::new(&dice, &words, &province, &places, plan.present, &registered);
    let cases = planner.cases(plan.reports)?;
    let newcomers = newcomers(&dice, about, &places, &registered);

    let (units, led) = units(&cases, core);
    let hash = people::password_hash(core).await?;
    let shots = cases.iter().flat_map(|c| c.shots.iter().chain(c.steps.iter().flat_map(|s| &s.shots)));
    let shots: BTreeSet<Shot> = shots.copied().collect();
    let (teams, album) = tokio::try_join!(
        people::employ(core, accounts, &words, &dice, &places, &units, &led, &hash),
        Album::paint(shots, plan.seed)
    )?;
    keys::make(core, &teams.operator).await?;
    let play = Play {
        core,
        cases: &cases,
        album: &album,
        teams: &teams,
        newcomers: &newcomers,
        hash: &hash,
        present: plan.present,
        home: &places.home,
    };
    play.run().await?;
    guests::show(core, accounts, &places.home, plan.present).await.context("a guest")?;
    officers::show(core, &teams, &places.home, plan.present).await?;
    core.store.write(|tx: Tx| async move { Sql::new("UPDATE report SET demo = TRUE").exec(&tx).await }).await?;
    mark(core, FILLED).await.context("the end cannot be marked")?;
    Ok(Logins::known())
}

/// Marks a demo database that nothing is invented in.
pub async fn mark_empty(core: &Core) -> anyhow::Result<()> {
    if !is_filled(core).await? {
        mark(core, MARK).await?;
        mark(core, FILLED).await?;
    }
    Ok(())
}

async fn mark(core: &Core, key: &'static str) -> anyhow::Result<()> {
    let now = core.now();
    core.store
        .write(move |tx: Tx| async move {
            Insert::into("setting").set("key", key).set("value", "1").set("updated_at", now).exec(&tx).await
        })
        .await?;
    Ok(())
}

/// The citizens with where they live; every seventh has not said.
fn newcomers(dice: &Dice, about: &texts::ProvincePeople, places: &Places, registered: &[Millis]) -> Vec<Newcomer> {
    let people = about.citizens.iter().zip(registered).enumerate();
    people
        .map(|(i, (name, at))| {
            let commune = match i {
                0 | 1 => Some(places.home.clone()),
                _ if i % 7 == 6 => None,
                _ => places.any(dice),
            };
            Newcomer { name: name.clone(), commune, at: *at }
        })
        .collect()
}

/// The units that need officers, and those that need a leader.
fn units(cases: &[Case], core: &Core) -> (BTreeSet<String>, BTreeSet<String>) {
    let province = core.province();
    let (mut units, mut led) = (BTreeSet::new(), BTreeSet::new());
    for case in cases {
        let own = case.units(&province);
        if case.steps.iter().any(|s| s.actor == Actor::Leader) {
            led.extend(own.iter().cloned());
        }
        led.extend(own.iter().filter(|u| province.pack.agency(u).is_some()).cloned());
        units.extend(own);
    }
    (units, led)
}
