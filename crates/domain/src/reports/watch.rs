//! «Báo cho tôi khi có phản ánh quanh đây» (R10): who watches a place gets one notice when a report there becomes public. The
//! transaction that makes it public leaves a job; the worker tells people after the commit. Nobody is told twice of one
//! report, nor of the own one, nor more than `A_DAY` times a day.

use super::rows::{self, ReportRow};
use crate::{
    core::Core,
    error::Error,
    notices::{self, Notice},
};
use base::{
    clock::{DAY, MINUTE, Millis},
    geo::Point,
    ids::Uuid,
};
use store::{FromRow, Insert, Sql, Tx};

/// Places one person may watch.
pub const MOST: usize = 10;
/// Notices of one person a day; the last says that there are others.
pub const A_DAY: i64 = 5;
/// Radii that can be chosen, in metres.
pub const RADII: [i32; 5] = [200, 500, 1_000, 2_000, 5_000];
/// People told in one transaction.
const AT_ONCE: usize = 200;
const JOB: &str = "report-public";

/// Where to look.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A point and metres around it.
    Circle { point: Point, radius: i32 },
    /// A commune's code.
    Commune(String),
}

/// What a person watches.
#[derive(Debug, Clone, PartialEq)]
pub struct Watch {
    pub id: Uuid,
    pub place: Place,
    pub category: Option<String>,
    pub created_at: Millis,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    account_id: Uuid,
    commune: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    radius: Option<i32>,
    category: Option<String>,
    created_at: Millis,
}

const COLUMNS: &str = "SELECT id, account_id, commune, lat, lon, radius, category, created_at FROM watch";

impl Row {
    fn place(&self) -> Option<Place> {
        match (&self.commune, self.lat.zip(self.lon), self.radius) {
            (Some(commune), ..) => Some(Place::Commune(commune.clone())),
            (None, Some((lat, lon)), Some(radius)) => Some(Place::Circle { point: Point::new(lat, lon)?, radius }),
            _ => None,
        }
    }

    /// Whether a report at this place is in the watched one.
    fn sees(&self, commune: Option<&str>, point: Option<Point>) -> bool {
        match self.place() {
            Some(Place::Commune(watched)) => commune == Some(watched.as_str()),
            Some(Place::Circle { point: centre, radius }) => {
                point.is_some_and(|p| p.metres_to(&centre) <= f64::from(radius))
            }
            None => false,
        }
    }
}

/// What a person watches, oldest first.
pub async fn list(core: &Core, account: Uuid) -> Result<Vec<Watch>, Error> {
    let rows: Vec<Row> = Sql::new(format!("{COLUMNS} WHERE account_id = $1 ORDER BY created_at, id"))
        .bind(account)
        .all(core.store.read())
        .await?;
    let watch =
        |r: &Row| Some(Watch { id: r.id, place: r.place()?, category: r.category.clone(), created_at: r.created_at });
    Ok(rows.iter().filter_map(watch).collect())
}

/// Begins to watch a place; what is watched already stays one. Errors: a place outside the province, an unknown category,
/// too many places.
pub async fn add(core: &Core, account: Uuid, place: Place, category: Option<String>) -> Result<Uuid, Error> {
    let province = core.province();
    if category.as_deref().is_some_and(|c| !province.category(c).is_some_and(|c| c.public)) {
        return Err(Error::field("category", "report-category-missing"));
    }
    match &place {
        Place::Commune(code) if province.commune(code).is_none() => {
            return Err(Error::field("commune", "watch-place-missing"));
        }
        Place::Circle { radius, .. } if !RADII.contains(radius) => {
            return Err(Error::field("radius", "watch-radius-wrong"));
        }
        Place::Circle { point, .. } if province.locate(*point).commune.is_none() => {
            return Err(Error::field("place", "report-place-outside"));
        }
        _ => {}
    }
    let (id, now) = (core.new_id(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            let mine: Vec<Row> = Sql::new(format!("{COLUMNS} WHERE account_id = $1")).bind(account).all(&tx).await?;
            if let Some(same) = mine.iter().find(|r| r.place().as_ref() == Some(&place) && r.category == category) {
                return Ok(same.id);
            }
            if mine.len() >= MOST {
                return Err(Error::field("place", "watch-too-many"));
            }
            let (commune, circle) = match place {
                Place::Commune(code) => (Some(code), None),
                Place::Circle { point, radius } => (None, Some((point, radius))),
            };
            Insert::into("watch")
                .set("id", id)
                .set("account_id", account)
                .set("commune", commune)
                .set("lat", circle.map(|c| c.0.lat))
                .set("lon", circle.map(|c| c.0.lon))
                .set("radius", circle.map(|c| c.1))
                .set("category", category)
                .set("created_at", now)
                .exec(&tx)
                .await?;
            Ok(id)
        })
        .await
}

/// Stops watching; a foreign one does not exist.
pub async fn remove(core: &Core, account: Uuid, id: Uuid) -> Result<(), Error> {
    let gone = core
        .store
        .write(move |tx: Tx| async move {
            let sql = Sql::new("DELETE FROM watch WHERE id = $1 AND account_id = $2").bind(id).bind(account);
            sql.exec(&tx).await.map_err(Error::from)
        })
        .await?;
    if gone == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// A person leaves: nothing is watched for them any more.
pub async fn forget(tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    Sql::new("DELETE FROM watch WHERE account_id = $1").bind(account).exec(tx).await?;
    Sql::new("DELETE FROM watch_told WHERE account_id = $1").bind(account).exec(tx).await?;
    Ok(())
}

/// A report was accepted: leaves the job in the same transaction. A report that is accepted again (after a transfer) was told
/// of already.
pub async fn announce(tx: &Tx, report: Uuid, job: Uuid, now: Millis) -> Result<(), store::Error> {
    Insert::into("job")
        .set("id", job)
        .set("kind", JOB)
        .set("dedupe", format!("{JOB} {report}"))
        .set("payload", report.to_string())
        .set("run_at", now)
        .or_ignore()
        .exec(tx)
        .await?;
    Ok(())
}

/// Tells the people who watch; returns how many were told. Done again after a crash it tells nobody twice.
pub async fn work(core: &Core) -> Result<usize, Error> {
    #[derive(FromRow)]
    struct Job {
        id: Uuid,
        payload: String,
    }
    let jobs: Vec<Job> = Sql::new(
        "SELECT id, payload FROM job WHERE kind = $1 AND run_at <= $2 AND done_at IS NULL AND failed_at IS NULL
         ORDER BY run_at LIMIT 20",
    )
    .bind(JOB)
    .bind(core.now())
    .all(core.store.read())
    .await?;
    let mut told = 0;
    for job in jobs {
        let Ok(report) = Uuid::parse_str(&job.payload) else {
            done(core, job.id).await?;
            continue;
        };
        loop {
            let core2 = core.clone();
            match core.store.write(move |tx: Tx| tell_some(core2, tx, job.id, report)).await {
                Ok((some, rest)) => {
                    told += some;
                    if !rest {
                        break;
                    }
                }
                Err(e) => {
                    // The others are told meanwhile.
                    tracing::warn!(error = %e, "people who watch a place could not be told");
                    put_off(core, job.id).await?;
                    break;
                }
            }
        }
    }
    Ok(told)
}

/// Later again, each time twice as late; given up after ten times.
async fn put_off(core: &Core, job: Uuid) -> Result<(), Error> {
    let now = core.now();
    core.store
        .write(move |tx: Tx| async move {
            let tries: Option<i32> = Sql::new("UPDATE job SET tries = tries + 1 WHERE id = $1 RETURNING tries")
                .bind(job)
                .scalar(&tx)
                .await?;
            let tries = tries.unwrap_or(0).clamp(0, 10);
            Sql::new("UPDATE job SET run_at = $1, failed_at = $2 WHERE id = $3")
                .bind(now + (MINUTE << tries))
                .bind((tries >= 10).then_some(now))
                .bind(job)
                .exec(&tx)
                .await
                .map_err(Error::from)
        })
        .await
        .map(|_| ())
}

async fn done(core: &Core, job: Uuid) -> Result<(), Error> {
    let now = core.now();
    core.store.write(move |tx: Tx| async move { finish(&tx, job, now).await.map_err(Error::from) }).await
}

async fn finish(tx: &Tx, job: Uuid, now: Millis) -> Result<(), store::Error> {
    Sql::new("UPDATE job SET done_at = $1 WHERE id = $2").bind(now).bind(job).exec(tx).await?;
    Ok(())
}

/// Tells up to `AT_ONCE` people; (how many got a notice, whether more wait).
async fn tell_some(core: Core, tx: Tx, job: Uuid, report: Uuid) -> Result<(usize, bool), Error> {
    let now = core.now();
    let report = rows::by_id(&tx, report).await?.filter(ReportRow::is_public);
    let Some(report) = report else {
        // Hidden meanwhile: nobody is led to a page that is gone.
        finish(&tx, job, now).await?;
        return Ok((0, false));
    };
    let people = watchers(&tx, &report).await?;
    let mut told = 0;
    for account in people.iter().take(AT_ONCE) {
        told += usize::from(tell(&core, &tx, *account, &report, now).await?);
    }
    let rest = people.len() > AT_ONCE;
    if !rest {
        finish(&tx, job, now).await?;
    }
    Ok((told, rest))
}

/// Who watches the place of a report and was not told of it, except its author.
async fn watchers(tx: &Tx, report: &ReportRow) -> Result<Vec<Uuid>, Error> {
    // A degree of latitude is 111 km; 5 km are at most this in latitude, and in longitude up to 60° north.
    const NEAR: (f64, f64) = (0.0455, 0.091);
    let mut sql = Sql::new(
        "SELECT w.id, w.account_id, w.commune, w.lat, w.lon, w.radius, w.category, w.created_at FROM watch w
         JOIN account a ON a.id = w.account_id AND a.deleted_at IS NULL AND a.blocked_at IS NULL
         WHERE (w.category IS NULL OR w.category = ",
    );
    let category = sql.value(report.category.clone());
    let commune = sql.value(report.commune.clone().unwrap_or_default());
    sql.push(&format!("{category}) AND (w.commune = {commune}"));
    if let Some(p) = report.point() {
        let marks: Vec<String> = [p.lat - NEAR.0, p.lat + NEAR.0, p.lon - NEAR.1, p.lon + NEAR.1]
            .into_iter()
            .map(|v| sql.value(v))
            .collect();
        sql.push(&format!(
            " OR (w.lat BETWEEN {} AND {} AND w.lon BETWEEN {} AND {})",
            marks[0], marks[1], marks[2], marks[3]
        ));
    }
    let id = sql.value(report.id);
    sql.push(&format!(
        ") AND NOT EXISTS (SELECT 1 FROM watch_told t WHERE t.account_id = w.account_id AND t.report_id = {id})"
    ));
    let rows: Vec<Row> = sql.all(tx).await?;
    let seen = rows.iter().filter(|r| r.sees(report.commune.as_deref(), report.point()));
    let mut people: Vec<Uuid> = seen.map(|r| r.account_id).filter(|a| report.reporter != Some(*a)).collect();
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

/// One person; `false` when it was enough for today.
async fn tell(core: &Core, tx: &Tx, account: Uuid, report: &ReportRow, now: Millis) -> Result<bool, Error> {
    let today: Option<i64> =
        Sql::new("SELECT count(*) FROM watch_told WHERE account_id = $1 AND at >= $2 AND told = TRUE")
            .bind(account)
            .bind(day_start(now))
            .scalar(tx)
            .await?;
    let today = today.unwrap_or(0);
    let may = today < A_DAY;
    let first = Insert::into("watch_told")
        .set("account_id", account)
        .set("report_id", report.id)
        .set("at", now)
        .set("told", may)
        .or_ignore()
        .exec(tx)
        .await?;
    if first == 0 || !may {
        return Ok(false);
    }
    let province = core.province();
    let lang: Option<String> = Sql::new("SELECT language FROM account WHERE id = $1").bind(account).scalar(tx).await?;
    let lang = lang.as_deref().and_then(base::i18n::Lang::parse).unwrap_or(base::i18n::Lang::VI);
    let (key, link) = if today < A_DAY - 1 {
        ("notice-watch-new", format!("/phan-anh/{}", report.code))
    } else {
        ("notice-watch-more", "/phan-anh".to_owned())
    };
    // No title: it may be changed or hidden later, and a notice would keep it.
    let args = vec![
        ("category", province.category_name(&report.category, lang)),
        ("commune", province.commune_name(report.commune.as_deref(), lang)),
    ];
    notices::tell(core, tx, Notice { account, kind: "report", key: key.into(), args, link, sms: None }).await?;
    Ok(true)
}

/// Midnight in Vietnam.
fn day_start(now: Millis) -> Millis {
    let offset = 7 * base::clock::HOUR;
    (now + offset).div_euclid(DAY) * DAY - offset
}

/// Forgets whom was told of what half a year ago, and the jobs that were done.
pub async fn sweep(tx: &Tx, now: Millis) -> Result<(), store::Error> {
    Sql::new("DELETE FROM watch_told WHERE at < $1").bind(now - 180 * DAY).exec(tx).await?;
    Sql::new("DELETE FROM job WHERE kind = $1 AND done_at < $2").bind(JOB).bind(now - 180 * DAY).exec(tx).await?;
    Ok(())
}
