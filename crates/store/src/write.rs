//! The one door for writes. On SQLite one task owns the write connection and lets up to `GROUP` units share one fsync, each in
//! its own savepoint; on PostgreSQL each unit is a transaction that is run again when the server reports a conflict.

use crate::{
    ConnectionTrait, Engine, Error, Failure, Read, Refused, Row, postgres,
    postgres::Sessions,
    sqlite::{self, Readers, Use, Writer},
};
use futures_util::{FutureExt, future::BoxFuture};
use sea_orm::{DbErr, Value};
use std::{
    panic::AssertUnwindSafe,
    path::PathBuf,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot};

/// Units that share one commit at most.
const GROUP: usize = 128;
/// A unit's time limit. It is also how long one hanging unit can hold up all other writers.
const UNIT_LIMIT: Duration = Duration::from_secs(2);
/// Units waiting at most; beyond that a caller is told to come back later.
pub(crate) const QUEUE: usize = 4096;
/// Where hardly anything was written for so long, SQLite's page caches are given back: a province sleeps at night. The system's cache has the pages still.
const QUIET: Duration = if cfg!(test) { Duration::from_millis(20) } else { Duration::from_secs(3) };
/// Units in that time that are no work worth a cache: the worker looks every second or two whether there is something to do.
const FEW: usize = 16;
/// How often PostgreSQL may ask to run a unit again.
const RETRIES: u32 = 10;

/// What a unit of work sees: statements, but neither COMMIT nor ROLLBACK; dead once the unit has answered.
#[derive(Clone)]
pub struct Tx(On);

#[derive(Clone)]
enum On {
    Sqlite(Weak<Unit>),
    Postgres(Weak<postgres::Unit>),
}

/// The writer's connection for as long as one unit runs on it.
struct Unit(Arc<Writer>);

/// What a transaction runs on, while it is alive.
enum Live {
    Sqlite(Arc<Unit>),
    Postgres(Arc<postgres::Unit>),
}

impl Tx {
    fn live(&self) -> Result<Live, DbErr> {
        match &self.0 {
            On::Sqlite(db) => db.upgrade().map(Live::Sqlite),
            On::Postgres(tx) => tx.upgrade().map(Live::Postgres),
        }
        .ok_or_else(|| DbErr::Custom("this transaction is over".into()))
    }

    /// Waits until no other unit is changing this row; what is read of it afterwards stays true until this unit ends. On SQLite
    /// units run one after the other anyway. `table` is a name in the code, never input.
    pub async fn lock(&self, table: &'static str, id: uuid::Uuid) -> Result<(), Error> {
        if self.is_sqlite() {
            return Ok(());
        }
        self.rows(format!("SELECT id FROM {table} WHERE id = $1 FOR UPDATE"), vec![id.into()], 1).await.map(|_| ())
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self.0, On::Sqlite(_))
    }
}

impl ConnectionTrait for Tx {
    async fn rows(&self, sql: String, values: Vec<Value>, most: usize) -> Result<Vec<Row>, Error> {
        match self.live()? {
            Live::Sqlite(unit) => Ok(unit.0.with(|db| sqlite::query(db, &sql, &values, most))?),
            Live::Postgres(tx) => Ok(tx.rows(&sql, values, most).await?),
        }
    }
    async fn execute(&self, sql: String, values: Vec<Value>) -> Result<u64, Error> {
        match self.live()? {
            Live::Sqlite(unit) => Ok(unit.0.with(|db| sqlite::execute(db, &sql, &values))?),
            Live::Postgres(tx) => Ok(tx.execute(&sql, values).await?),
        }
    }
    async fn execute_unprepared(&self, sql: &str) -> Result<(), Error> {
        match self.live()? {
            Live::Sqlite(unit) => Ok(unit.0.with(|db| sqlite::batch(db, sql))?),
            Live::Postgres(tx) => Ok(tx.execute_unprepared(sql).await?),
        }
    }
}

/// Holds a unit's typed answer until it is known whether the group was committed.
type Settle = Box<dyn FnOnce(Result<(), Refused>) + Send>;
pub(crate) type Job = Box<dyn FnOnce(Tx) -> BoxFuture<'static, (bool, Settle)> + Send>;

/// One database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    pub(crate) read: Read,
    pub(crate) write: Write,
    pub(crate) engine: Engine,
}

#[derive(Clone)]
pub(crate) enum Write {
    Queue(mpsc::Sender<Job>),
    Sessions(Sessions),
}

impl Store {
    /// For reading. On SQLite these connections cannot write.
    pub fn read(&self) -> &Read {
        &self.read
    }

    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Runs `unit` in a transaction and answers once it is durable, or has left nothing behind. The unit is `Clone` because
    /// PostgreSQL may ask to run it again: it takes ids and times from outside, does no network I/O and ends within 2 s.
    /// A caller that goes away does not cancel its unit.
    pub async fn write<T, E, F, Fut>(&self, unit: F) -> Result<T, E>
    where
        F: FnOnce(Tx) -> Fut + Clone + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Failure,
    {
        match &self.write {
            Write::Sessions(db) => {
                let db = db.clone();
                // A task of its own, so that a client that hangs up does not drop a transaction half-way.
                match tokio::spawn(async move { retrying(&db, unit).await }).await {
                    Ok(answer) => answer,
                    Err(_) => Err(Error::from(Refused::Aborted).into()),
                }
            }
            Write::Queue(queue) => {
                let (reply, answer) = oneshot::channel();
                let job: Job = Box::new(move |tx| {
                    async move {
                        let out = tokio::time::timeout(UNIT_LIMIT, unit(tx))
                            .await
                            .unwrap_or_else(|_| Err(Error::from(Refused::TimedOut).into()));
                        let keep = out.is_ok();
                        let settle: Settle = Box::new(move |end: Result<(), Refused>| {
                            let _ = reply.send(match end {
                                Ok(()) => out,
                                Err(e) => out.and(Err(Error::from(e).into())),
                            });
                        });
                        (keep, settle)
                    }
                    .boxed()
                });
                queue.try_send(job).map_err(|e| {
                    Error::from(match e {
                        mpsc::error::TrySendError::Full(_) => Refused::Busy,
                        mpsc::error::TrySendError::Closed(_) => Refused::Stopped,
                    })
                })?;
                answer.await.unwrap_or_else(|_| Err(Error::from(Refused::Aborted).into()))
            }
        }
    }

    /// Units waiting for the writer now (SQLite); 0 on PostgreSQL.
    pub fn waiting(&self) -> usize {
        match &self.write {
            Write::Queue(queue) => queue.max_capacity() - queue.capacity(),
            Write::Sessions(_) => 0,
        }
    }
}

/// Runs one unit on `tx`, takes the transaction back from it, and commits or rolls back.
async fn settle_unit<T>(tx: postgres::Unit, run: impl AsyncFnOnce(Tx) -> (bool, T)) -> Result<T, DbErr> {
    let mut tx = Arc::new(tx);
    let (keep, out) = run(Tx(On::Postgres(Arc::downgrade(&tx)))).await;
    let tx = loop {
        // A statement that the unit left running still holds it for a moment.
        match Arc::try_unwrap(tx) {
            Ok(tx) => break tx,
            Err(busy) => {
                tx = busy;
                tokio::task::yield_now().await;
            }
        }
    };
    tx.end(keep).await?;
    Ok(out)
}

/// Owns SQLite's one write connection. Ends when every `Store` is gone and the queue is empty.
pub(crate) async fn writer(file: PathBuf, db: Writer, readers: Arc<Readers>, mut queue: mpsc::Receiver<Job>) {
    let mut db = Some(db);
    let mut jobs = Vec::with_capacity(GROUP);
    let (mut since, mut units) = (Instant::now(), 0);
    loop {
        let came = tokio::time::timeout(QUIET, queue.recv_many(&mut jobs, GROUP)).await;
        if since.elapsed() >= QUIET {
            if units <= FEW {
                readers.give_back();
                _ = db.as_ref().map(|db| db.with(sqlite::give_back)); // keeping the memory is no fault
            }
            (since, units) = (Instant::now(), 0);
        }
        match came {
            Ok(0) => return,
            Ok(taken) => units += taken,
            Err(_) => continue,
        }
        let current = match db.take() {
            Some(current) => current,
            None => match Writer::open(&file, Use::Write) {
                Ok(fresh) => fresh,
                Err(e) => {
                    tracing::error!(error = %e, "the database cannot be opened for writing");
                    jobs.clear(); // their replies drop, their callers see Aborted
                    continue;
                }
            },
        };
        metrics::histogram!("store_group_units").record(jobs.len() as f64);
        let mut settled: Vec<Settle> = Vec::with_capacity(jobs.len());
        let current = Arc::new(current);
        let end = run_group(&current, &mut jobs, &mut settled).await;
        jobs.clear(); // what never started: its reply drops, its caller sees Aborted
        match &end {
            // A unit that answered has no statement under way, so nobody else holds it.
            Ok(()) => db = Arc::into_inner(current),
            // Where this connection stands is not known: SQLite may have ended the transaction by itself, or a savepoint may be
            // open around everything that follows, whose "commits" would then never reach the disk. Only a fresh connection is
            // sure to stand outside; closing this one rolls back what is open.
            Err(e) => {
                tracing::error!(error = %e, "a group of writes was not committed");
                drop(current);
            }
        }
        let end = end.map_err(|e| Refused::Commit(e.to_string()));
        settled.drain(..).for_each(|settle| settle(end.clone()));
    }
}

/// Runs units in one transaction, each in its own savepoint. The answers wait in `settled` for what becomes of the whole.
async fn run_group(db: &Arc<Writer>, jobs: &mut Vec<Job>, settled: &mut Vec<Settle>) -> Result<(), DbErr> {
    let run = |sql: &str| db.with(|db| sqlite::execute(db, sql, &[]));
    run("BEGIN IMMEDIATE")?;
    for job in jobs.drain(..) {
        run("SAVEPOINT unit")?;
        let unit = Arc::new(Unit(db.clone()));
        let tx = Tx(On::Sqlite(Arc::downgrade(&unit)));
        let (keep, settle) = match AssertUnwindSafe(job(tx)).catch_unwind().await {
            Ok((keep, settle)) => (keep, Some(settle)),
            Err(_) => (false, None), // the reply drops with the panic; the caller sees Aborted
        };
        drop(unit); // from here on its `Tx` is dead, whoever kept it
        if !keep {
            run("ROLLBACK TO unit")?;
        }
        run("RELEASE unit")?;
        settled.extend(settle);
    }
    run("COMMIT").map(|_| ())
}

async fn retrying<T, E, F, Fut>(db: &Sessions, unit: F) -> Result<T, E>
where
    F: FnOnce(Tx) -> Fut + Clone,
    Fut: Future<Output = Result<T, E>>,
    E: Failure,
{
    let mut left = RETRIES;
    loop {
        let unit = unit.clone();
        let tx = db.begin().await.map_err(Error::from)?;
        let out = settle_unit(tx, async |tx| {
            let out = tokio::time::timeout(UNIT_LIMIT, unit(tx))
                .await
                .unwrap_or_else(|_| Err(Error::from(Refused::TimedOut).into()));
            (out.is_ok(), out)
        })
        .await
        .unwrap_or_else(|e| Err(Error::from(e).into()));
        match out {
            Err(e) if left > 0 && e.store().is_some_and(Error::is_conflict) => {
                left -= 1;
                metrics::counter!("store_retries_total").increment(1);
                tokio::time::sleep(Duration::from_millis(1 << (RETRIES - left).min(6))).await;
            }
            out => return out,
        }
    }
}
