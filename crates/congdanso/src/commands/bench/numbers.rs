//! A million sealed personal numbers (A15): finding whose one is, and turning their key while others look. Asked of the services
//! themselves: no page looks up numbers so often.

use super::{
    fill::Many,
    load::Seen,
    report::{Figure, Target},
    server::Subject,
    words::Scatter,
};
use anyhow::Context;
use base::{
    ids::Uuid,
    keys::{Keys, Purpose},
    personal_number::PersonalNumber,
};
use domain::{
    accounts::linked::{self, turn},
    core::Core,
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use store::{ConnectionTrait, bulk::Filler};
use tokio::task::JoinSet;

const NUMBERS: u32 = 1_000_000;
const AT_ONCE: u32 = 8;

fn number(n: u32) -> String {
    format!("044{}90{n:06}", n % 4)
}

pub async fn measure(subject: &Subject, time: Duration, say: fn(String)) -> anyhow::Result<Vec<Figure>> {
    let (core, _) = subject.core(1).await?;
    let db = Filler::connect(&subject.url, subject.schema.as_deref()).await?;
    // Another run may have left its own, sealed with a key that nobody has any more.
    db.execute_unprepared("DELETE FROM account_fact WHERE source = 'bench'").await?;
    fill(&core, &db).await?;
    db.finish().await?;
    say(format!("{NUMBERS} sealed numbers"));

    let mut figures = Vec::new();
    let seen = look_up(&core, AT_ONCE, time, None).await?;
    say(format!("look-ups: {:.0}/s, {}", seen.rate(), seen.words()));
    let what = "whose a personal number is, among a million sealed ones, 8 at once, p99";
    figures.push(Figure::new(what, Target::AtMost(3.0), seen.percentile(99.0), "ms", rate(&seen)));

    let next = core.with(|parts| parts.keys = Keys::clone(&core.keys).turned(&core.entropy.bytes(), None));
    let done = Arc::new(AtomicBool::new(false));
    let start = Instant::now();
    let (turned, seen) =
        tokio::join!(turned(&next, done.clone()), look_up(&next, 1, Duration::MAX, Some(done.clone())));
    let (took, seen) = (start.elapsed(), seen?);
    turned?;
    let left = turn::left(&core.store, &next.keys).await?;
    say(format!("turned in {:.0} s, {left} left; look-ups meanwhile: {}", took.as_secs_f64(), seen.words()));
    let detail = format!("{:.0} s for all, {left} left; 200 rows a transaction", took.as_secs_f64());
    let a_second = f64::from(NUMBERS) / took.as_secs_f64();
    figures.push(Figure::new("… turning their key while people work", Target::None, a_second, "rows/s", detail));
    figures.push(Figure::new(
        "… looking one up meanwhile, p99",
        Target::None,
        seen.percentile(99.0),
        "ms",
        rate(&seen),
    ));
    let db = Filler::connect(&subject.url, subject.schema.as_deref()).await?;
    db.execute_unprepared("DELETE FROM account_fact WHERE source = 'bench'").await?;
    Ok(figures)
}

fn rate(seen: &Seen) -> String {
    format!("{:.0}/s; {}", seen.rate(), seen.words())
}

async fn fill(core: &Core, db: &Filler) -> anyhow::Result<()> {
    const COLUMNS: &[&str] =
        &["account_id", "name", "sealed", "number_hash", "source", "assurance", "proved_at", "key_id"];
    db.execute_unprepared("BEGIN").await?;
    let mut rows = Many::into(db.engine(), "account_fact", COLUMNS, 500);
    for n in 0..NUMBERS {
        let (account, number) = (core.new_id(), number(n));
        let bound = [account.as_bytes().as_slice(), b"number"].concat();
        let sql = &mut rows.sql;
        sql.value(account);
        sql.value("number");
        sql.value(core.keys.seal(Purpose::PersonalNumber, &bound, number.as_bytes(), &core.entropy));
        sql.value(core.keys.hash(Purpose::PersonalNumberIndex, &[number.as_bytes()]).to_vec());
        sql.value("bench");
        sql.value("verified");
        sql.value(core.now());
        sql.value(core.keys.turn());
        rows.row_done(db).await?;
    }
    rows.end(db).await?;
    db.execute_unprepared("COMMIT").await?;
    Ok(())
}

/// Asks whose numbers are until `time` is over or `until` says so. Errors: a number that should be there is not found.
async fn look_up(core: &Core, at_once: u32, time: Duration, until: Option<Arc<AtomicBool>>) -> anyhow::Result<Seen> {
    let start = Instant::now();
    let mut askers = JoinSet::new();
    for asker in 0..at_once {
        let (core, until) = (core.clone(), until.clone());
        askers.spawn(async move {
            let (mut seen, mut chance) = (Seen::default(), Scatter::new(u64::from(asker) ^ 0x15));
            let is_over = || until.as_ref().is_some_and(|done| done.load(Ordering::Relaxed));
            while start.elapsed() < time && !is_over() {
                let wanted = number((chance.next() % u64::from(NUMBERS)) as u32);
                let wanted = PersonalNumber::parse(&wanted).context("an invented number is one")?;
                let asked = Instant::now();
                let found: Option<Uuid> = linked::with_number(&core, &wanted).await?;
                found.context("a number that is there was not found")?;
                seen.good(asked.elapsed());
                if until.is_some() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            anyhow::Ok(seen)
        });
    }
    let mut all = Seen::default();
    while let Some(seen) = askers.join_next().await {
        all.add(seen??);
    }
    all.took = start.elapsed();
    Ok(all)
}

async fn turned(core: &Core, done: Arc<AtomicBool>) -> anyhow::Result<()> {
    let mut walk = turn::Walk::default();
    let walked = async {
        while turn::step(core, &mut walk).await? {}
        anyhow::Ok(())
    };
    let walked = walked.await;
    done.store(true, Ordering::Relaxed);
    walked
}
