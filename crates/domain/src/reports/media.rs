//! Pictures that other systems keep (R12): a report or an update names one by its address. It is fetched only from hosts that the
//! operator allows, by the worker, after the commit; what comes is a stranger's photo like any upload. From anywhere else nothing
//! is fetched. The address is kept sealed: it may say more than the picture.

use super::{
    photos::{self, MOST},
    public_changed,
    rows::{self, insert_photos, store_photos},
};
use crate::{
    audit::{self, By, Entry},
    core::Core,
    error::Error,
};
use base::{
    clock::{MINUTE, Millis},
    ids::Uuid,
    keys::Purpose,
};
use serde::{Deserialize, Serialize};
use store::{Engine, FromRow, Insert, Sql, Tx, Update};

const JOB: &str = "media";
/// Pictures that a worker fetches in a turn, and for how long they are its own.
const AT_ONCE: i64 = 4;
const CLAIM: Millis = 5 * MINUTE;
/// After this many tries a picture is given up: the times between them add up to a day.
const TRIES: i32 = 8;

/// Where pictures may come from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// Names of hosts, in small letters; empty: nothing is fetched.
    pub hosts: Vec<String>,
    /// Without TLS and from this machine, for tests.
    pub local: bool,
}

impl Sources {
    /// Whether pictures of this address are fetched. The one who fetches checks the address behind the name too.
    pub fn allows(&self, url: &str) -> bool {
        let rest = match url.split_once("://") {
            Some(("https", rest)) => rest,
            Some(("http", rest)) if self.local => rest,
            _ => return false,
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
        let is_plain = !authority.contains(['@', '\\', '%']) && (self.local || port == "443");
        is_plain && self.hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host))
    }
}

/// What the job keeps.
#[derive(Serialize, Deserialize)]
struct Payload {
    report: Uuid,
    /// The step that the picture belongs to.
    no: i64,
    /// Sealed, as hex.
    url: String,
}

/// In the transaction of its report or step: the picture will be fetched.
pub(super) async fn leave(
    core: &Core,
    tx: &Tx,
    job: Uuid,
    report: Uuid,
    no: i64,
    url: &str,
) -> Result<(), store::Error> {
    let sealed = core.keys.seal(Purpose::Contact, job.as_bytes(), url.as_bytes(), &core.entropy);
    let url = sealed.iter().map(|b| format!("{b:02x}")).collect();
    Insert::into("job")
        .set("id", job)
        .set("kind", JOB)
        .set("payload", serde_json::to_string(&Payload { report, no, url }).unwrap_or_default())
        .set("run_at", core.now())
        .exec(tx)
        .await?;
    Ok(())
}

/// A picture to be fetched.
#[derive(Clone)]
pub struct Wanted {
    pub job: Uuid,
    pub url: String,
    report: Uuid,
    no: i64,
    tries: i32,
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Wanted({})", self.job)
    }
}

/// Claims what is due; a worker that dies loses its claim.
pub async fn due(core: &Core) -> Result<Vec<Wanted>, Error> {
    #[derive(FromRow)]
    struct Row {
        id: Uuid,
        payload: String,
        tries: i32,
    }
    const DUE: &str = "kind = 'media' AND run_at <= $1 AND done_at IS NULL AND failed_at IS NULL
        AND (claimed_until IS NULL OR claimed_until <= $1)";
    let now = core.now();
    // A glance first: an idle worker does not take the writer's turn.
    let any: Option<i32> =
        Sql::new(format!("SELECT 1 FROM job WHERE {DUE} LIMIT 1")).bind(now).scalar(core.store.read()).await?;
    if any.is_none() {
        return Ok(Vec::new());
    }
    let skip = if core.store.engine() == Engine::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
    let text = format!(
        "UPDATE job SET claimed_until = $2, tries = tries + 1
         WHERE id IN (SELECT id FROM job WHERE {DUE} ORDER BY run_at LIMIT {AT_ONCE}{skip}) RETURNING id, payload, tries"
    );
    let rows: Vec<Row> = core
        .store
        .write(move |tx: Tx| async move { Sql::new(text).bind(now).bind(now + CLAIM).all::<Row>(&tx).await })
        .await?;
    let mut wanted = Vec::new();
    for row in rows {
        match open(core, row.id, &row.payload) {
            Some((payload, url)) if core.settings.media.allows(&url) => {
                wanted.push(Wanted { job: row.id, url, report: payload.report, no: payload.no, tries: row.tries })
            }
            // Sealed with another key, or taken off the list meanwhile.
            _ => give_up(core, row.id, "not allowed").await?,
        }
    }
    Ok(wanted)
}

fn open(core: &Core, job: Uuid, payload: &str) -> Option<(Payload, String)> {
    let payload: Payload = serde_json::from_str(payload).ok()?;
    let byte = |at: usize| u8::from_str_radix(payload.url.get(at..at + 2)?, 16).ok();
    let sealed: Vec<u8> = (0..payload.url.len()).step_by(2).map(byte).collect::<Option<_>>()?;
    let url = core.keys.open(Purpose::Contact, job.as_bytes(), &sealed).ok()?;
    Some((payload, String::from_utf8(url).ok()?))
}

/// Bytes came: a photo of the report, or given up. Done twice it adds one photo.
pub async fn arrived(core: &Core, wanted: &Wanted, bytes: Vec<u8>) -> Result<(), Error> {
    let photo = match photos::take_in(bytes).await? {
        Ok(photo) => photo,
        Err(bad) => return give_up(core, wanted.job, bad.key()).await,
    };
    let stored = store_photos(core, vec![photo]).await?;
    let (core2, wanted, now) = (core.clone(), wanted.clone(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            if !finish(&tx, wanted.job, now).await? {
                return Ok(());
            }
            tx.lock("report", wanted.report).await?;
            let Some(report) = rows::by_id(&tx, wanted.report).await? else { return Ok(()) };
            let has: Option<i64> = Sql::new("SELECT count(*) FROM report_photo WHERE report_id = $1 AND event_no = $2")
                .bind(report.id)
                .bind(wanted.no as i32)
                .scalar(&tx)
                .await?;
            if has.unwrap_or(0) >= MOST as i64 {
                return Ok(());
            }
            insert_photos(&tx, report.id, wanted.no, "before", &stored, now).await?;
            Update::table("report")
                .set("photos", report.photos + 1)
                .set("updated_at", now)
                .by_id(report.id, &tx)
                .await?;
            let entry = Entry {
                by: By::System,
                act: "media-fetched",
                object: format!("report {}", report.code),
                reason: String::new(),
                data: serde_json::json!({ "step": wanted.no }),
            };
            audit::write(&tx, &core2.clock, &core2.entropy, entry).await?;
            public_changed(&core2, &tx, &report, now).await?;
            Ok::<_, Error>(())
        })
        .await
}

/// It did not come. `again`: the other side may have it later.
pub async fn failed(core: &Core, wanted: &Wanted, why: &'static str, again: bool) -> Result<(), Error> {
    if !again || wanted.tries >= TRIES {
        return give_up(core, wanted.job, why).await;
    }
    let (job, at) = (wanted.job, core.now() + (MINUTE << wanted.tries.clamp(0, 10)));
    core.store
        .write(move |tx: Tx| async move {
            let update = Update::table("job").set("run_at", at).set("claimed_until", None::<Millis>).set("error", why);
            update.by_id(job, &tx).await.map(|_| ()).map_err(Error::from)
        })
        .await
}

async fn give_up(core: &Core, job: Uuid, why: &'static str) -> Result<(), Error> {
    let now = core.now();
    core.store
        .write(move |tx: Tx| async move {
            let update = Update::table("job").set("failed_at", now).set("error", why);
            update.by_id(job, &tx).await.map(|_| ()).map_err(Error::from)
        })
        .await
}

/// `false`: somebody else was first.
async fn finish(tx: &Tx, job: Uuid, now: Millis) -> Result<bool, store::Error> {
    let done = Sql::new("UPDATE job SET done_at = $1 WHERE id = $2 AND done_at IS NULL AND failed_at IS NULL");
    Ok(done.bind(now).bind(job).exec(tx).await? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r12_only_named_hosts_over_https_are_allowed() {
        let sources = Sources { hosts: vec!["anh.example.vn".into()], local: false };
        for url in ["https://anh.example.vn/1.jpg", "https://ANH.example.vn", "https://anh.example.vn:443/a?b#c"] {
            assert!(sources.allows(url), "{url}");
        }
        for url in [
            "http://anh.example.vn/1.jpg",
            "https://anh.example.vn.evil.example/1.jpg",
            "https://evil.example/anh.example.vn",
            "https://anh.example.vn@evil.example/",
            "https://evil.example\\@anh.example.vn/",
            "https://anh.example.vn:8443/1.jpg",
            "https://anh.example.vn%2eevil.example/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https:anh.example.vn/1.jpg",
            "file:///etc/passwd",
            "gopher://anh.example.vn/",
            "",
        ] {
            assert!(!sources.allows(url), "{url}");
        }
        assert!(!Sources::default().allows("https://anh.example.vn/1.jpg"), "nothing is fetched without a list");
    }
}
