//! Following a report (theo dõi, «Tôi cũng gặp», R5): who is told of each public step beside the person who reported. Who
//! follows a report that was merged follows the one that goes on.

use super::{
    redact::{Shield, Writer},
    rows::{self, ReportRow},
};
use crate::{
    accounts::guests::{self, About},
    core::Core,
    error::Error,
};
use base::{clock::Millis, ids::Uuid};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// Rows of one statement: five values each stay far below what either engine binds at most.
const AT_ONCE: usize = 200;

/// How following ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Followed {
    /// The report that is followed now: the original, when the one asked for was merged.
    pub code: String,
    pub followers: i32,
}

/// «Tôi cũng gặp»: from now on this person is told too. Doing it again, or with one's own report, changes nothing.
/// Errors: `NotFound` for a report that is not public, `State` for one that is finished.
pub async fn follow(core: &Core, account: Uuid, code: &str) -> Result<Followed, Error> {
    let (core2, code) = (core.clone(), code.to_owned());
    core.store
        .write(move |tx: Tx| async move {
            let report = visible(&tx, &code, account).await?;
            if !report.open {
                return Err(Error::State);
            }
            if report.reporter != Some(account) {
                add(&tx, report.id, account, core2.now()).await?;
            }
            let followers = count(&tx, report.id).await?;
            Ok(Followed { code: report.code, followers })
        })
        .await
}

/// No longer. Not having followed is no error. Errors: `NotFound`.
pub async fn unfollow(core: &Core, account: Uuid, code: &str) -> Result<Followed, Error> {
    let code = code.to_owned();
    core.store
        .write(move |tx: Tx| async move {
            let report = visible(&tx, &code, account).await?;
            Sql::new("DELETE FROM report_follow WHERE report_id = $1 AND account_id = $2")
                .bind(report.id)
                .bind(account)
                .exec(&tx)
                .await?;
            let followers = count(&tx, report.id).await?;
            Ok(Followed { code: report.code, followers })
        })
        .await
}

pub async fn follows(db: &impl ConnectionTrait, report: Uuid, account: Uuid) -> Result<bool, store::Error> {
    let found: Option<i32> = Sql::new("SELECT 1 FROM report_follow WHERE report_id = $1 AND account_id = $2")
        .bind(report)
        .bind(account)
        .scalar(db)
        .await?;
    Ok(found.is_some())
}

/// The original of a report that may have been merged. Errors: `NotFound` for who must not see it.
async fn visible(tx: &Tx, code: &str, account: Uuid) -> Result<ReportRow, Error> {
    let mut report = rows::by_code(tx, code).await?.ok_or(Error::NotFound)?;
    let may_see = |r: &ReportRow| r.is_public() || r.reporter == Some(account);
    if !may_see(&report) && !follows(tx, report.id, account).await? {
        return Err(Error::NotFound);
    }
    if report.duplicate_of.is_some() {
        report = original(tx, report).await?;
        if !may_see(&report) && !follows(tx, report.id, account).await? {
            return Err(Error::NotFound);
        }
    }
    Ok(report)
}

/// Where a chain of merged reports ends; merging keeps chains one step long, so this is one read.
pub async fn original(db: &impl ConnectionTrait, report: ReportRow) -> Result<ReportRow, Error> {
    let mut at = report;
    for _ in 0..10 {
        let Some(next) = at.duplicate_of else { return Ok(at) };
        at = rows::by_id(db, next).await?.ok_or(Error::NotFound)?;
    }
    Err(Error::Internal("merged reports lead in a circle"))
}

pub(super) async fn add(tx: &Tx, report: Uuid, account: Uuid, at: Millis) -> Result<(), store::Error> {
    Insert::into("report_follow")
        .set("report_id", report)
        .set("account_id", account)
        .set("at", at)
        .or_ignore()
        .exec(tx)
        .await?;
    Ok(())
}

/// Followers of a report that is merged follow the original, and so does who reported it.
pub(super) async fn hand_over(tx: &Tx, from: &ReportRow, to: &ReportRow, at: Millis) -> Result<(), store::Error> {
    let author = to.reporter.unwrap_or(Uuid::nil());
    // Kept for `take_back`.
    Sql::new(
        "INSERT INTO report_follow_merged (report_id, account_id, at, via)
         SELECT report_id, account_id, at, via FROM report_follow WHERE report_id = $1 ON CONFLICT DO NOTHING",
    )
    .bind(from.id)
    .exec(tx)
    .await?;
    Sql::new(
        "INSERT INTO report_follow (report_id, account_id, at, via)
         SELECT $1, account_id, at, coalesce(via, $2) FROM report_follow WHERE report_id = $2 AND account_id <> $3
         ON CONFLICT DO NOTHING",
    )
    .bind(to.id)
    .bind(from.id)
    .bind(author)
    .exec(tx)
    .await?;
    Sql::new("DELETE FROM report_follow WHERE report_id = $1").bind(from.id).exec(tx).await?;
    if let Some(reporter) = from.reporter.filter(|r| *r != author) {
        Insert::into("report_follow")
            .set("report_id", to.id)
            .set("account_id", reporter)
            .set("at", at)
            .set("via", from.id)
            .or_ignore()
            .exec(tx)
            .await?;
    }
    count(tx, from.id).await?;
    count(tx, to.id).await?;
    Ok(())
}

/// A merge is undone: who came to `from` by it leaves, and who followed `to` before follows it again. `along`: what goes back
/// with `to`. Who pressed the button at `from` stays, and so does who came with another report that remains merged.
pub(super) async fn take_back(tx: &Tx, to: &ReportRow, from: &ReportRow, along: &[Uuid]) -> Result<(), store::Error> {
    let going = |sql: &mut Sql| {
        let marks: Vec<String> = along.iter().chain([&to.id]).map(|id| sql.value(*id)).collect();
        marks.join(", ")
    };
    for (head, tail) in [
        ("DELETE FROM report_follow WHERE report_id = $1", "NOT EXISTS (SELECT 1"),
        ("UPDATE report_follow SET via = ", ""),
    ] {
        let mut sql = Sql::new(head).bind(from.id);
        let marks = going(&mut sql);
        let others = format!(
            "FROM report d WHERE d.duplicate_of = $1 AND d.id NOT IN ({marks}) AND (d.reporter = report_follow.account_id
                OR EXISTS (SELECT 1 FROM report_follow_merged m WHERE m.report_id = d.id
                    AND m.account_id = report_follow.account_id AND m.via IS NULL))"
        );
        sql.push(&match tail {
            "" => format!("(SELECT d.id {others} ORDER BY d.seq LIMIT 1) WHERE report_id = $1 AND via IN ({marks})"),
            _ => format!(" AND via IN ({marks}) AND {tail} {others})"),
        });
        sql.exec(tx).await?;
    }
    let mut sql = Sql::new(
        "INSERT INTO report_follow (report_id, account_id, at, via)
         SELECT report_id, account_id, at, via FROM report_follow_merged WHERE report_id = $1 AND account_id <> $2
            AND (via IS NULL OR via IN (",
    )
    .bind(to.id)
    .bind(to.reporter.unwrap_or(Uuid::nil()));
    let marks = going(&mut sql);
    sql.push(&marks);
    sql.push(")) ON CONFLICT DO NOTHING");
    sql.exec(tx).await?;
    Sql::new("DELETE FROM report_follow_merged WHERE report_id = $1").bind(to.id).exec(tx).await?;
    count(tx, from.id).await?;
    count(tx, to.id).await?;
    Ok(())
}

/// A guest's follows become those of the account that the guest turned out to be (R3).
pub(crate) async fn move_to(tx: &Tx, from: Uuid, to: Uuid) -> Result<(), store::Error> {
    for table in ["report_follow", "report_follow_merged"] {
        Sql::new(format!(
            "INSERT INTO {table} (report_id, account_id, at, via)
             SELECT f.report_id, $1, f.at, f.via FROM {table} f JOIN report r ON r.id = f.report_id
             WHERE f.account_id = $2 AND (r.reporter IS NULL OR r.reporter <> $1) ON CONFLICT DO NOTHING"
        ))
        .bind(to)
        .bind(from)
        .exec(tx)
        .await?;
    }
    forget(tx, from).await
}

/// Counts anew: a number that is never added to cannot drift.
async fn count(tx: &Tx, report: Uuid) -> Result<i32, store::Error> {
    tx.lock("report", report).await?;
    let n: Option<i32> = Sql::new(
        "UPDATE report SET followers = (SELECT count(*) FROM report_follow WHERE report_id = $1) WHERE id = $1
         RETURNING followers",
    )
    .bind(report)
    .scalar(tx)
    .await?;
    Ok(n.unwrap_or(0))
}

/// An account that is deleted follows nothing any more.
pub(crate) async fn forget(tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    let followed: Vec<Uuid> = Sql::new("DELETE FROM report_follow WHERE account_id = $1 RETURNING report_id")
        .bind(account)
        .scalars(tx)
        .await?;
    for report in followed {
        count(tx, report).await?;
    }
    Sql::new("DELETE FROM report_follow_merged WHERE account_id = $1").bind(account).exec(tx).await?;
    Ok(())
}

/// A line of what somebody follows.
#[derive(Debug, Clone, FromRow, serde::Serialize)]
pub struct Line {
    pub code: String,
    /// Empty where it is not public: one's own report may have been merged into another person's private one.
    pub title: String,
    pub at: Millis,
    /// What its author hid; empty here, where the title is hidden already.
    #[serde(skip)]
    pub masked: String,
}

/// What a person follows, newest first.
pub async fn of_account(db: &impl ConnectionTrait, account: Uuid, most: i64) -> Result<Vec<Line>, store::Error> {
    let lines: Vec<Line> = Sql::new(
        "SELECT r.code, f.at, r.masked,
            CASE WHEN r.public = TRUE AND r.hidden_why IS NULL THEN coalesce(r.shown_title, r.title) ELSE '' END AS title
         FROM report_follow f JOIN report r ON r.id = f.report_id
         WHERE f.account_id = $1 ORDER BY f.at DESC, r.seq DESC LIMIT $2",
    )
    .bind(account)
    .bind(most)
    .all(db)
    .await?;
    let shield = Shield::bare();
    let shown = |l: Line| {
        let title = shield.with_own(&l.masked).hide(&l.title, Writer::Citizen);
        Line { title, masked: String::new(), ..l }
    };
    Ok(lines.into_iter().map(shown).collect())
}

/// Tells the followers of a step, in the app alone. Who had a report of their own merged here is led to that page, the others to
/// the public one; where there is neither, nothing is told. `args` as in `notices`.
pub(super) async fn tell(
    core: &Core,
    tx: &Tx,
    report: &ReportRow,
    public: bool,
    key: &str,
    args: &[(&'static str, String)],
) -> Result<(), store::Error> {
    #[derive(FromRow)]
    struct Follower {
        account_id: Uuid,
        own: Option<String>,
        guest: Option<Uuid>,
    }
    if report.followers == 0 {
        return Ok(());
    }
    let followers: Vec<Follower> = Sql::new(
        "SELECT f.account_id, (SELECT max(d.code) FROM report d WHERE d.duplicate_of = f.report_id AND d.reporter = f.account_id) AS own,
            g.account_id AS guest
         FROM report_follow f LEFT JOIN guest g ON g.account_id = f.account_id WHERE f.report_id = $1",
    )
    .bind(report.id)
    .all(tx)
    .await?;
    let args: serde_json::Map<String, serde_json::Value> =
        args.iter().map(|(k, v)| ((*k).to_owned(), v.clone().into())).collect();
    let (args, now) = (serde_json::Value::Object(args).to_string(), core.now());
    // A guest has no inbox: the end comes by SMS (R3).
    let ends = match key {
        "notice-follow-resolved" => Some("sms-state-resolved"),
        "notice-report-rejected" => Some("sms-state-rejected"),
        _ => None,
    };
    for f in &followers {
        if let (Some(state), Some(guest)) = (ends, f.guest)
            && (public || f.own.is_some())
        {
            let about = About { report: f.own.as_deref().unwrap_or(&report.code), own: f.own.is_some(), state };
            guests::text(core, tx, guest, about, format!("follow {guest} {} {}", report.id, report.version)).await?;
        }
    }
    let led = followers.into_iter().filter_map(|f| match f.own {
        Some(own) => Some((f.account_id, own)),
        None => public.then(|| (f.account_id, report.code.clone())),
    });
    let led: Vec<(Uuid, String)> = led.collect();
    // Many people may wait for one lamp: a statement for each would be slow.
    for some in led.chunks(AT_ONCE) {
        let mut sql = Sql::new("INSERT INTO notice (id, account_id, at, kind, key, args, link) VALUES ");
        for (n, (account, code)) in some.iter().enumerate() {
            let values = [
                sql.value(core.new_id()),
                sql.value(*account),
                sql.value(now),
                sql.value("report"),
                sql.value(key),
                sql.value(args.clone()),
                sql.value(format!("/phan-anh/{code}")),
            ];
            sql.push(if n > 0 { ", (" } else { "(" });
            sql.push(&values.join(", "));
            sql.push(")");
        }
        sql.exec(tx).await?;
    }
    Ok(())
}
