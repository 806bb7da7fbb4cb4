//! Something to try officers' tools on: standard texts, a report sent twice, one that was merged, one with a part elsewhere, a
//! question of another unit, reminders of what is due now.

use super::people::Teams;
use anyhow::Context;
use base::{
    clock::{HOUR, Millis},
    geo::Point,
};
use domain::{
    audit,
    core::Core,
    reports::{
        Command, Draft, Place, ReportRow,
        act::Part,
        act_as_officer,
        consult::{self, Ask},
        reminders, rows,
        standard_texts::{self, NewText},
        submit,
    },
    rights::Officer,
};
use serde::Deserialize;
use store::Sql;
use uuid::Uuid;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    double: String,
    merge: String,
    part: String,
    split: String,
    question: String,
    text: Vec<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    act: String,
    title: String,
    #[serde(default)]
    category: String,
    body: String,
}

/// When all this happened.
const AGO: Millis = 3 * HOUR;
/// About 45 m to the north.
const BESIDE: f64 = 0.0004;

pub async fn show(core: &Core, teams: &Teams, home: &str, present: Millis) -> anyhow::Result<()> {
    let words: Words = toml::from_str(include_str!("../../demo/officers.toml")).context("demo/officers.toml")?;
    core.clock.set(present - AGO);
    for t in &words.text {
        let new = NewText {
            unit: "*".into(),
            category: t.category.clone(),
            act: t.act.clone(),
            title: t.title.clone(),
            body: t.body.clone(),
        };
        standard_texts::save(core, &teams.operator, None, new)
            .await
            .map_err(|e| anyhow::anyhow!("{}: {e}", t.title))?;
    }
    let officer = teams.units.get(home).and_then(|t| t.officers.first()).unwrap_or(&teams.operator);
    doubles(core, officer, home, &words).await?;
    part(core, teams, officer, home, &words).await?;
    asked(core, teams, home, &words).await?;
    core.clock.set(present);
    reminders::remind(core).await?;
    while audit::seal(&core.store, core.now()).await? > 0 {}
    Ok(())
}

/// Open reports in these states that nobody touched lately.
async fn quiet(core: &Core, rest: &str, most: usize) -> anyhow::Result<Vec<ReportRow>> {
    let codes: Vec<String> = Sql::new(format!(
        "SELECT code FROM report WHERE open = TRUE AND updated_at < $1 AND {rest} ORDER BY created_at DESC LIMIT {most}"
    ))
    .bind(core.now())
    .scalars(core.store.read())
    .await?;
    let mut found = Vec::new();
    for code in codes {
        found.extend(rows::by_code(core.store.read(), &code).await?);
    }
    Ok(found)
}

/// Two reports are sent again by somebody else; the second of them is merged.
async fn doubles(core: &Core, officer: &Officer, home: &str, words: &Words) -> anyhow::Result<()> {
    let rest = format!("unit = '{home}' AND lat IS NOT NULL AND state IN ('assigned', 'in_progress')");
    for (n, report) in quiet(core, &rest, 2).await?.into_iter().enumerate() {
        let other: Option<Uuid> = Sql::new(format!(
            "SELECT id FROM account WHERE kind = 'citizen' AND id <> $1 ORDER BY id LIMIT 1 OFFSET {}",
            4 + n
        ))
        .bind(report.reporter.unwrap_or_default())
        .scalar(core.store.read())
        .await?;
        let draft = Draft {
            title: report.title.clone(),
            content: words.double.replace("{tieu_de}", &report.title),
            category: report.category.clone(),
            place: Place {
                point: report.point().and_then(|p| Point::new(p.lat + BESIDE, p.lon)),
                commune: report.commune.clone(),
                address: report.address.clone(),
            },
            anonymous: true,
            answers: domain::reports::Answers::default(),
            contact: domain::reports::Contact::default(),
        };
        let sent = submit(core, other.context("nobody else")?, &draft, Vec::new(), None, "demo").await?;
        if n == 1 {
            let merge = Command::Merge { into: report.code, note: words.merge.clone() };
            act_as_officer(core, officer, sent.code.as_str(), 1, merge, Vec::new()).await?;
        }
    }
    Ok(())
}

/// A part for an agency that works on reports too.
async fn part(core: &Core, teams: &Teams, officer: &Officer, home: &str, words: &Words) -> anyhow::Result<()> {
    let province = core.province();
    let Some(agency) = teams.units.keys().find(|u| province.pack.agency(u).is_some()) else { return Ok(()) };
    for report in quiet(core, &format!("unit = '{home}' AND state = 'in_progress'"), 1).await? {
        let part = Part { unit: agency.clone(), category: report.category.clone(), text: words.part.clone() };
        let split = Command::Split { parts: vec![part], note: words.split.clone() };
        act_as_officer(core, officer, &report.code, report.version, split, Vec::new()).await?;
    }
    Ok(())
}

/// Another unit asks the demo officer's.
async fn asked(core: &Core, teams: &Teams, home: &str, words: &Words) -> anyhow::Result<()> {
    let rest = format!("unit <> '{home}' AND parent IS NULL AND state IN ('accepted', 'assigned', 'in_progress')");
    for report in quiet(core, &rest, 1).await? {
        let team = teams.units.get(&report.unit).and_then(|t| t.officers.first()).unwrap_or(&teams.operator);
        let ask = Ask { unit: home.into(), question: words.question.clone(), days: 5, ..Ask::default() };
        consult::ask(core, team, &report.code, report.version, ask).await?;
    }
    Ok(())
}
