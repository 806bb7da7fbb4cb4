//! The audit log (nhật ký hệ thống, X7): appended in the transaction of the act itself, then sealed into a hash chain together
//! with the history of reports. Sealing runs apart, once a second, so that writers never wait for the chain's end; what is not
//! sealed yet is at most that old, and `verify` counts it.

use crate::error::Error;
use base::{
    clock::{Clock, Entropy, Millis},
    ids::{Uuid, new_id},
};
use sha2::{Digest, Sha256};
use store::FromRow;
use store::{Engine, Insert, Sql, Store, Tx};

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    Staff {
        account: Uuid,
        unit: String,
    },
    Citizen {
        account: Uuid,
    },
    System,
    /// Somebody at the command line.
    Operator,
    /// Somebody without an account, by a link that was given to them.
    Outside,
}

impl By {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Staff { .. } => "staff",
            Self::Citizen { .. } => "citizen",
            Self::System => "system",
            Self::Operator => "operator",
            Self::Outside => "outside",
        }
    }

    pub fn account(&self) -> Option<Uuid> {
        match self {
            Self::Staff { account, .. } | Self::Citizen { account } => Some(*account),
            _ => None,
        }
    }

    pub fn unit(&self) -> Option<String> {
        match self {
            Self::Staff { unit, .. } => Some(unit.clone()),
            _ => None,
        }
    }
}

/// An entry to write. `object` names what was acted on: `report 1234567890`, `account <id>`. No personal data in `data`.
pub struct Entry {
    pub by: By,
    pub act: &'static str,
    pub object: String,
    pub reason: String,
    pub data: serde_json::Value,
}

pub async fn write(tx: &Tx, clock: &Clock, entropy: &Entropy, entry: Entry) -> Result<(), store::Error> {
    Insert::into("audit")
        .set("id", new_id(clock, entropy))
        .set("at", clock.now())
        .set("actor", entry.by.kind())
        .set("actor_id", entry.by.account())
        .set("unit", entry.by.unit())
        .set("act", entry.act)
        .set("object", entry.object)
        .set("reason", entry.reason)
        .set("data", entry.data.to_string())
        .exec(tx)
        .await?;
    Ok(())
}

#[derive(Debug, FromRow)]
struct AuditRow {
    id: Uuid,
    at: Millis,
    actor: String,
    actor_id: Option<Uuid>,
    unit: Option<String>,
    act: String,
    object: String,
    reason: String,
    data: String,
}

#[derive(Debug, FromRow)]
struct EventRow {
    id: Uuid,
    report_id: Uuid,
    no: i32,
    at: Millis,
    act: String,
    from_state: Option<String>,
    to_state: String,
    actor: String,
    actor_id: Option<Uuid>,
    unit: Option<String>,
    public_note: String,
    internal_note: String,
    data: String,
}

/// A digest over fields, each with its length.
struct Fields(Sha256);

impl Fields {
    fn new(source: &str) -> Self {
        Self(Sha256::new()).with(source.as_bytes())
    }
    fn with(mut self, bytes: &[u8]) -> Self {
        self.0.update((bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }
    fn maybe(self, bytes: Option<&[u8]>) -> Self {
        match bytes {
            Some(bytes) => self.with(&[1]).with(bytes),
            None => self.with(&[0]),
        }
    }
    fn end(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

impl AuditRow {
    fn digest(&self) -> [u8; 32] {
        Fields::new("audit")
            .with(self.id.as_bytes())
            .with(&self.at.to_le_bytes())
            .with(self.actor.as_bytes())
            .maybe(self.actor_id.as_ref().map(|id| id.as_bytes().as_slice()))
            .maybe(self.unit.as_deref().map(str::as_bytes))
            .with(self.act.as_bytes())
            .with(self.object.as_bytes())
            .with(self.reason.as_bytes())
            .with(self.data.as_bytes())
            .end()
    }
}

impl EventRow {
    fn digest(&self) -> [u8; 32] {
        Fields::new("report_event")
            .with(self.id.as_bytes())
            .with(self.report_id.as_bytes())
            .with(&self.no.to_le_bytes())
            .with(&self.at.to_le_bytes())
            .with(self.act.as_bytes())
            .maybe(self.from_state.as_deref().map(str::as_bytes))
            .with(self.to_state.as_bytes())
            .with(self.actor.as_bytes())
            .maybe(self.actor_id.as_ref().map(|id| id.as_bytes().as_slice()))
            .maybe(self.unit.as_deref().map(str::as_bytes))
            .with(self.public_note.as_bytes())
            .with(self.internal_note.as_bytes())
            .with(self.data.as_bytes())
            .end()
    }
}

fn link(previous: &[u8], digest: &[u8; 32]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(previous);
    hash.update(digest);
    hash.finalize().into()
}

const AUDIT: &str = "SELECT id, at, actor, actor_id, unit, act, object, reason, data FROM audit";
const EVENT: &str = "SELECT id, report_id, no, at, act, from_state, to_state, actor, actor_id, unit, public_note, internal_note, data FROM report_event";

/// Rows sealed in one go at most: the unit of work stays far below its time limit.
const SEAL_AT_ONCE: i64 = 500;

/// Seals what is not sealed yet, oldest first; returns how many rows. One sealer at a time: on PostgreSQL a row lock on the
/// chain's end keeps a second node out.
pub async fn seal(store: &Store, now: Millis) -> Result<usize, Error> {
    let waiting: Option<i32> =
        Sql::new("SELECT 1 FROM audit WHERE NOT sealed UNION ALL SELECT 1 FROM report_event WHERE NOT sealed LIMIT 1")
            .scalar(store.read())
            .await?;
    if waiting.is_none() {
        return Ok(0);
    }
    let engine = store.engine();
    store.write(move |tx: Tx| seal_some(tx, engine, now)).await
}

async fn seal_some(tx: Tx, engine: Engine, now: Millis) -> Result<usize, Error> {
    if engine == Engine::Postgres {
        // Held until the end of this transaction.
        Sql::new("SELECT pg_advisory_xact_lock(7061001)").exec(&tx).await?;
    }
    let audit: Vec<AuditRow> =
        Sql::new(format!("{AUDIT} WHERE NOT sealed ORDER BY id LIMIT $1")).bind(SEAL_AT_ONCE).all(&tx).await?;
    let events: Vec<EventRow> =
        Sql::new(format!("{EVENT} WHERE NOT sealed ORDER BY id LIMIT $1")).bind(SEAL_AT_ONCE).all(&tx).await?;
    let mut rows: Vec<(Uuid, &'static str, [u8; 32])> = Vec::with_capacity(audit.len() + events.len());
    rows.extend(audit.iter().map(|r| (r.id, "audit", r.digest())));
    rows.extend(events.iter().map(|r| (r.id, "report_event", r.digest())));
    rows.sort_by_key(|(id, _, _)| *id);

    #[derive(FromRow)]
    struct End {
        pos: i64,
        hash: Vec<u8>,
    }
    let end: Option<End> = Sql::new("SELECT pos, hash FROM seal ORDER BY pos DESC LIMIT 1").one(&tx).await?;
    let (mut pos, mut hash) = end.map_or((0, vec![0; 32]), |e| (e.pos, e.hash));
    // Ten rows a statement: each statement is a hop to the database's thread.
    for ten in rows.chunks(10) {
        let mut insert = Sql::new("INSERT INTO seal (pos, source, row_id, digest, hash, at) VALUES ");
        for (i, (id, source, digest)) in ten.iter().enumerate() {
            pos += 1;
            hash = link(&hash, digest).to_vec();
            let values = [
                insert.value(pos),
                insert.value(*source),
                insert.value(*id),
                insert.value(digest.to_vec()),
                insert.value(hash.clone()),
                insert.value(now),
            ];
            insert.push(&format!("{}({})", if i > 0 { ", " } else { "" }, values.join(", ")));
        }
        insert.exec(&tx).await?;
    }
    for table in ["audit", "report_event"] {
        let ids: Vec<Uuid> = rows.iter().filter(|(_, s, _)| *s == table).map(|(id, _, _)| *id).collect();
        for some in ids.chunks(100) {
            let mut update = Sql::new(format!("UPDATE {table} SET sealed = TRUE WHERE id IN ("));
            let marks: Vec<String> = some.iter().map(|id| update.value(*id)).collect();
            update.push(&marks.join(", "));
            update.push(")");
            update.exec(&tx).await?;
        }
    }
    Ok(rows.len())
}

/// What `congdanso audit verify` found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    pub sealed: u64,
    /// Not sealed yet; more than a minute's worth means that the sealer does not run.
    pub unsealed: u64,
    /// Position in the chain and what is wrong there.
    pub wrong: Vec<String>,
    /// The chain's end, to be kept elsewhere: who has it can prove that nothing before it was changed.
    pub head: String,
}

/// Reads the whole chain and every row under it.
pub async fn verify(store: &Store) -> Result<Verdict, Error> {
    #[derive(FromRow)]
    struct Link {
        pos: i64,
        source: String,
        row_id: Uuid,
        digest: Vec<u8>,
        hash: Vec<u8>,
    }
    let mut verdict = Verdict::default();
    let mut hash = vec![0; 32];
    let mut after = 0i64;
    loop {
        let links: Vec<Link> =
            Sql::new("SELECT pos, source, row_id, digest, hash FROM seal WHERE pos > $1 ORDER BY pos LIMIT 1000")
                .bind(after)
                .all(store.read())
                .await?;
        if links.is_empty() {
            break;
        }
        for l in &links {
            if l.pos != after + 1 {
                verdict.wrong.push(format!("{}: links {} to {} are missing", l.pos, after + 1, l.pos - 1));
            }
            let digest = row_digest(store, &l.source, l.row_id).await?;
            match digest {
                None => verdict.wrong.push(format!("{}: {} {} is gone", l.pos, l.source, l.row_id)),
                Some(d) if d.as_slice() != l.digest => {
                    verdict.wrong.push(format!("{}: {} {} was changed", l.pos, l.source, l.row_id));
                }
                Some(_) => {}
            }
            let expected = <[u8; 32]>::try_from(l.digest.as_slice()).ok().map(|d| link(&hash, &d).to_vec());
            if expected.as_deref() != Some(l.hash.as_slice()) {
                verdict.wrong.push(format!("{}: the chain is broken", l.pos));
            }
            hash.clone_from(&l.hash);
            after = l.pos;
            verdict.sealed += 1;
        }
    }
    // A row that claims to be sealed but has no link was slipped in.
    for table in ["audit", "report_event"] {
        let slipped: Vec<Uuid> = Sql::new(format!(
            "SELECT t.id FROM {table} t WHERE t.sealed AND NOT EXISTS (SELECT 1 FROM seal s WHERE s.row_id = t.id) LIMIT 100"
        ))
        .scalars(store.read())
        .await?;
        verdict.wrong.extend(slipped.iter().map(|id| format!("{table} {id} has no link")));
        let unsealed: i64 =
            Sql::new(format!("SELECT count(*) FROM {table} WHERE NOT sealed")).scalar(store.read()).await?.unwrap_or(0);
        verdict.unsealed += unsealed.max(0) as u64;
    }
    verdict.head = hash.iter().map(|b| format!("{b:02x}")).collect();
    Ok(verdict)
}

async fn row_digest(store: &Store, source: &str, id: Uuid) -> Result<Option<[u8; 32]>, Error> {
    Ok(match source {
        "audit" => {
            let row: Option<AuditRow> = Sql::new(format!("{AUDIT} WHERE id = $1")).bind(id).one(store.read()).await?;
            row.map(|r| r.digest())
        }
        _ => {
            let row: Option<EventRow> = Sql::new(format!("{EVENT} WHERE id = $1")).bind(id).one(store.read()).await?;
            row.map(|r| r.digest())
        }
    })
}

/// A line of the audit page.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub id: Uuid,
    pub at: Millis,
    pub actor: String,
    pub actor_name: Option<String>,
    pub unit: Option<String>,
    pub act: String,
    pub object: String,
    pub reason: String,
    pub data: String,
    pub sealed: bool,
}

/// What the audit page may be narrowed to; empty text means everything.
#[derive(Debug, Clone, Default)]
pub struct Search {
    pub act: String,
    pub object: String,
    pub actor: Option<Uuid>,
    pub from: Option<Millis>,
    pub to: Option<Millis>,
    /// Rows older than this one: the id of the last line shown.
    pub before: Option<Uuid>,
}

/// Fifty lines, newest first.
pub async fn search(store: &Store, s: Search) -> Result<Vec<Line>, Error> {
    let mut sql = Sql::new(
        "SELECT a.id, a.at, a.actor, p.full_name AS actor_name, a.unit, a.act, a.object, a.reason, a.data, a.sealed
         FROM audit a LEFT JOIN account p ON p.id = a.actor_id AND p.kind = 'staff' WHERE TRUE",
    );
    let add = |sql: &mut Sql, column: &str, op: &str, value: store::Value| {
        let mark = sql.value(value);
        sql.push(&format!(" AND {column} {op} {mark}"));
    };
    if !s.act.is_empty() {
        add(&mut sql, "a.act", "=", s.act.into());
    }
    if !s.object.is_empty() {
        add(&mut sql, "a.object", "=", s.object.into());
    }
    if let Some(actor) = s.actor {
        add(&mut sql, "a.actor_id", "=", actor.into());
    }
    if let Some(from) = s.from {
        add(&mut sql, "a.at", ">=", from.into());
    }
    if let Some(to) = s.to {
        add(&mut sql, "a.at", "<", to.into());
    }
    if let Some(before) = s.before {
        add(&mut sql, "a.id", "<", before.into());
    }
    sql.push(" ORDER BY a.id DESC LIMIT 50");
    Ok(sql.all(store.read()).await?)
}
