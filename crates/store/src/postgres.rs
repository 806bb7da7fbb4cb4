//! Sessions with a PostgreSQL server, lent out for one statement or one unit of work. SQLx speaks the protocol; lending is
//! `deadpool`'s, because SQLx's own pool asks the server once more each time that a connection comes back, which on a short
//! statement is a third of its price (docs/adr/0021).

use crate::{Error, Row};
use deadpool::{
    Runtime,
    managed::{Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult},
};
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr, RuntimeErr, SqlxPostgresConnector, Value};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _,
    postgres::{PgConnectOptions, PgConnection, PgPoolOptions},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::{Mutex, MutexGuard};

/// Waiting for a session, and for the server to answer a new one.
const PATIENCE: Duration = Duration::from_secs(5);
/// A session that rested longer is asked whether it still stands: the server may have gone meanwhile.
const TRUSTED: Duration = Duration::from_secs(2);
/// How long for that answer; a new session is there as soon.
const BRIEFLY: Duration = Duration::from_millis(300);
/// What a session remembers on the server grows with its age.
const OLD: Duration = Duration::from_secs(30 * 60);

/// How sessions are opened.
#[derive(Clone)]
pub(crate) struct Opener {
    options: PgConnectOptions,
    /// Run at the beginning of each.
    greeting: Vec<String>,
}

impl Opener {
    /// `settings`: names and values of the server's settings for each session. Errors: this is no address of a server.
    pub fn new(url: &str, schema: Option<&str>, settings: &[(&str, &str)]) -> Result<Self, Error> {
        let options: PgConnectOptions = url.parse().map_err(connection)?;
        let options = options.options(settings.iter().copied()).disable_statement_logging();
        let greeting = schema.map(|schema| format!("SET search_path = \"{schema}\"")).into_iter().collect();
        Ok(Self { options, greeting })
    }

    /// One connection as SeaORM's migrations want it.
    pub async fn for_migrations(&self) -> Result<DatabaseConnection, Error> {
        let greeting = self.greeting.clone();
        let pool = PgPoolOptions::new().max_connections(1).after_connect(move |connection, _| {
            let greeting = greeting.clone();
            Box::pin(async move { greet(connection, &greeting).await })
        });
        let pool = pool.connect_with(self.options.clone()).await.map_err(connection)?;
        Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
    }

    pub async fn open(&self) -> Result<Session, sqlx::Error> {
        let mut connection = PgConnection::connect_with(&self.options).await?;
        greet(&mut connection, &self.greeting).await?;
        Ok(Session { connection, standing: Standing::Ready })
    }
}

async fn greet(connection: &mut PgConnection, greeting: &[String]) -> Result<(), sqlx::Error> {
    for statement in greeting {
        connection.execute(AssertSqlSafe(statement.as_str())).await?;
    }
    Ok(())
}

/// One connection, and how far it can be trusted.
pub(crate) struct Session {
    connection: PgConnection,
    standing: Standing,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Ready,
    /// A statement is under way; whoever finds a session so knows that its caller went away before the answer came.
    Asked,
    /// Inside a unit of work.
    Unit,
    /// The same, and a statement of it failed: the server keeps nothing of it.
    FailedUnit,
    /// Who had it went away inside a unit: nobody may use it any more.
    Left,
    /// The connection ended, or is not understood any more.
    Lost,
}

/// The connection ended, or the server ends it.
fn is_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(e) => e.code().is_some_and(|code| matches!(&*code, "57P01" | "57P02" | "57P03")),
        sqlx::Error::RowNotFound | sqlx::Error::Encode(_) | sqlx::Error::Decode(_) => false,
        _ => true,
    }
}

impl Session {
    async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let before = self.standing;
        // Of a unit whose caller went away nothing may be used again; of a single statement, what is still to come is thrown away.
        self.standing = if before == Standing::Ready { Standing::Asked } else { Standing::Left };
        let answer = question(&mut self.connection).await;
        self.standing = match &answer {
            Ok(_) => before,
            Err(e) if is_lost(e) => Standing::Lost,
            Err(_) if before == Standing::Unit => Standing::FailedUnit,
            Err(_) => before,
        };
        answer
    }

    /// Up to `most` rows.
    pub async fn rows(&mut self, sql: &str, values: Vec<Value>, most: usize) -> Result<Vec<Row>, DbErr> {
        let rows = self.ask(async |connection| {
            let query = sqlx::query_with(AssertSqlSafe(sql), SqlxValues(sea_orm::sea_query::Values(values)));
            if most == 1 {
                return Ok(query.fetch_optional(connection).await?.into_iter().collect());
            }
            query.fetch_all(connection).await
        });
        let rows = rows.await.map_err(|e| DbErr::Query(RuntimeErr::SqlxError(e.into())))?;
        Ok(rows.into_iter().take(most).map(|row| Row::postgres(row.into())).collect())
    }

    /// Rows changed.
    pub async fn execute(&mut self, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
        let done = self.ask(async |connection| {
            let query = sqlx::query_with(AssertSqlSafe(sql), SqlxValues(sea_orm::sea_query::Values(values)));
            query.execute(connection).await
        });
        done.await.map(|done| done.rows_affected()).map_err(execution)
    }

    /// One or more statements without values.
    pub async fn execute_unprepared(&mut self, sql: &str) -> Result<(), DbErr> {
        let done = self.ask(async |connection| connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await);
        done.await.map(|_| ()).map_err(execution)
    }

    async fn begin(&mut self) -> Result<(), DbErr> {
        // Whose time is over goes away; the server would work on, and hold its locks, until the statement ends by itself.
        self.standing = Standing::Unit;
        self.execute_unprepared("BEGIN; SET LOCAL statement_timeout = '2500ms'").await
    }

    /// Ends a unit. A server that keeps nothing, because a statement failed, says so to nobody who does not look.
    async fn end(&mut self, keep: bool) -> Result<(), DbErr> {
        if matches!(self.standing, Standing::Left | Standing::Lost) {
            // Ends with the session. Waiting for what is still under way there would hold up whoever asked.
            return if keep { Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)) } else { Ok(()) };
        }
        let failed = self.standing == Standing::FailedUnit;
        let ended = self.execute_unprepared(if keep && !failed { "COMMIT" } else { "ROLLBACK" }).await;
        if !matches!(self.standing, Standing::Left | Standing::Lost) {
            self.standing = Standing::Ready; // also where the server refused to commit: nothing is open any more
        }
        match ended {
            Ok(()) if keep && failed => Err(DbErr::Custom("a unit went on after a statement of it had failed".into())),
            ended => ended,
        }
    }
}

impl Manager for Opener {
    type Type = Session;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<Session, sqlx::Error> {
        self.open().await
    }

    async fn recycle(&self, session: &mut Session, metrics: &Metrics) -> RecycleResult<sqlx::Error> {
        match session.standing {
            Standing::Ready if metrics.age() > OLD => Err(RecycleError::message("old")),
            Standing::Ready if metrics.last_used() < TRUSTED => Ok(()),
            // An answer that is still on the way goes past here. Whoever waits for a session does not wait for a stranger's long one.
            Standing::Ready | Standing::Asked => match tokio::time::timeout(BRIEFLY, session.connection.ping()).await {
                Ok(answer) => {
                    answer?;
                    session.standing = Standing::Ready;
                    Ok(())
                }
                Err(_) => Err(RecycleError::message("still busy")),
            },
            Standing::Unit | Standing::FailedUnit | Standing::Left | Standing::Lost => {
                Err(RecycleError::message("left half-way"))
            }
        }
    }
}

/// The sessions of one store. Cheap to clone. What SQLx does for a statement takes ten kilobytes and stands in a box: else it would stand in
/// everything that waits for it.
#[derive(Clone)]
pub struct Sessions(Pool<Opener>);

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sessions({:?})", self.0.status())
    }
}

impl Sessions {
    /// At most so many at once. Nothing is opened yet.
    pub(crate) fn new(opener: Opener, most: u32) -> Result<Self, Error> {
        let pool = Pool::builder(opener)
            .max_size(most.max(1) as usize)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            // The one that answered last has the server's tables at hand; the others may rest.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .build();
        Ok(Self(pool.map_err(|e| Error::Other(e.to_string()))?))
    }

    pub(crate) fn opener(&self) -> &Opener {
        self.0.manager()
    }

    async fn lend(&self) -> Result<Object<Opener>, DbErr> {
        Box::pin(self.0.get()).await.map_err(|e| match e {
            PoolError::Backend(e) => DbErr::Conn(RuntimeErr::SqlxError(Arc::new(e))),
            PoolError::Closed => DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed),
            _ => DbErr::ConnectionAcquire(ConnAcquireErr::Timeout),
        })
    }

    /// Where one session was lost the others mostly are too: the next ones are opened anew instead of failing one by one.
    fn give_back(&self, session: Object<Opener>) {
        let is_lost = session.standing == Standing::Lost;
        drop(session);
        if is_lost {
            self.0.retain(|session, _| session.standing != Standing::Ready);
        }
    }

    pub(crate) async fn rows(&self, sql: &str, values: Vec<Value>, most: usize) -> Result<Vec<Row>, DbErr> {
        let mut session = self.lend().await?;
        let rows = Box::pin(session.rows(sql, values, most)).await;
        self.give_back(session);
        rows
    }

    pub(crate) async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
        let mut session = self.lend().await?;
        let done = Box::pin(session.execute(sql, values)).await;
        self.give_back(session);
        done
    }

    pub(crate) async fn execute_unprepared(&self, sql: &str) -> Result<(), DbErr> {
        let mut session = self.lend().await?;
        let done = Box::pin(session.execute_unprepared(sql)).await;
        self.give_back(session);
        done
    }

    pub(crate) async fn begin(&self) -> Result<Unit, DbErr> {
        let mut session = self.lend().await?;
        match Box::pin(session.begin()).await {
            Ok(()) => Ok(Unit { session: Some(Mutex::new(session)), of: self.clone() }),
            Err(e) => {
                self.give_back(session);
                Err(e)
            }
        }
    }

    /// Ends the sessions as they come back.
    pub(crate) fn close(&self) {
        self.0.close();
    }
}

/// A transaction. Dropped without an end, its session ends with it, and its locks with that.
pub(crate) struct Unit {
    /// `None` at its end only.
    session: Option<Mutex<Object<Opener>>>,
    of: Sessions,
}

impl Drop for Unit {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            drop(Object::take(session.into_inner()));
        }
    }
}

impl Unit {
    async fn session(&self) -> Result<MutexGuard<'_, Object<Opener>>, DbErr> {
        match &self.session {
            Some(session) => Ok(session.lock().await),
            None => Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed)),
        }
    }

    pub async fn rows(&self, sql: &str, values: Vec<Value>, most: usize) -> Result<Vec<Row>, DbErr> {
        let mut session = self.session().await?;
        Box::pin(session.rows(sql, values, most)).await
    }

    pub async fn execute(&self, sql: &str, values: Vec<Value>) -> Result<u64, DbErr> {
        let mut session = self.session().await?;
        Box::pin(session.execute(sql, values)).await
    }

    pub async fn execute_unprepared(&self, sql: &str) -> Result<(), DbErr> {
        let mut session = self.session().await?;
        Box::pin(session.execute_unprepared(sql)).await
    }

    pub async fn end(mut self, keep: bool) -> Result<(), DbErr> {
        let Some(session) = self.session.take() else { return Ok(()) };
        let mut session = session.into_inner();
        let ended = Box::pin(session.end(keep)).await;
        self.of.give_back(session);
        ended
    }
}

fn execution(e: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(e.into()))
}

pub(crate) fn connection(e: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(e.into()))
}
