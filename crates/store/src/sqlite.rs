//! SQLite without threads in between: a statement runs where it is asked for, on a connection of its own. Handing every
//! statement to another thread and back cost more than most statements do (docs/adr/0004).

use crate::Row;
use rusqlite::{Connection, OpenFlags, config::DbConfig, types::Null};
use sea_orm::{DbErr, RuntimeErr, Value};
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Prepared statements that a connection keeps: about as many as the program has.
const STATEMENTS: usize = 512;
/// How long a statement waits for another process that holds the file.
const LOCKED: Duration = Duration::from_secs(5);
/// The database itself gave this error; its number follows. `Error::trouble` looks for it.
pub(crate) const CODE: &str = "(code: ";

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Read,
    Write,
    /// Filling an empty database without waiting for the disk (`bulk`).
    Fill,
}

pub(crate) fn open(file: &Path, purpose: Use) -> Result<Connection, DbErr> {
    let flags = match purpose {
        Use::Read => OpenFlags::SQLITE_OPEN_READ_ONLY,
        Use::Write | Use::Fill => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
    };
    let db = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(conn_err)?;
    db.busy_timeout(LOCKED).map_err(conn_err)?;
    db.set_prepared_statement_cache_capacity(STATEMENTS);
    // Else every value bound to a column with statistics has the statement planned anew, each time it runs.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(conn_err)?;
    // No mmap: every connection's view of the file would count as memory of this process, and the system's page cache serves
    // reads as quickly.
    let settings: &[(&str, &str)] = match purpose {
        Use::Read => &[("temp_store", "MEMORY"), ("cache_size", "-8192")],
        // A checkpoint every 32 MB instead of 4: pages that many reports touch are written back once, not each time.
        Use::Write => &[
            ("journal_mode", "WAL"),
            ("synchronous", "FULL"),
            ("foreign_keys", "ON"),
            ("temp_store", "MEMORY"),
            ("cache_size", "-32768"),
            ("wal_autocheckpoint", "8000"),
            ("journal_size_limit", "67108864"),
        ],
        Use::Fill => &[
            ("journal_mode", "WAL"),
            ("synchronous", "OFF"),
            ("foreign_keys", "OFF"),
            ("temp_store", "MEMORY"),
            ("cache_size", "-524288"),
        ],
    };
    for (name, value) in settings {
        db.pragma_update(None, name, value).map_err(conn_err)?;
    }
    Ok(db)
}

/// Where the database is: `sqlite:PATH`.
pub(crate) fn file_of(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    (!path.is_empty()).then(|| path.split('?').next().unwrap_or(path).into())
}

/// Gives back a connection's page cache.
pub(crate) fn give_back(db: &Connection) -> Result<(), DbErr> {
    batch(db, "PRAGMA shrink_memory")
}

/// Connections that cannot write. One is taken for the time of a statement, so there are never more than threads.
#[derive(Debug)]
pub struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Readers {
    pub(crate) fn open(file: &Path) -> Result<Self, DbErr> {
        let first = open(file, Use::Read)?;
        Ok(Self { file: file.to_owned(), idle: Mutex::new(vec![first]) })
    }

    pub(crate) fn with<T>(&self, ask: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let db = match idle {
            Some(db) => db,
            None => open(&self.file, Use::Read)?,
        };
        let answer = ask(&db);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(db);
        answer
    }

    /// Gives back the page caches of the connections that nobody uses now.
    pub(crate) fn give_back(&self) {
        for db in self.idle.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            _ = give_back(db); // keeping the memory is no fault
        }
    }

    /// Ends the connections that nobody uses now.
    pub(crate) fn close(&self) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// A connection that may write: the writer's, or a filler's. Held for the time of a statement.
#[derive(Debug)]
pub(crate) struct Writer(Mutex<Connection>);

impl Writer {
    pub(crate) fn open(file: &Path, purpose: Use) -> Result<Self, DbErr> {
        Ok(Self(Mutex::new(open(file, purpose)?)))
    }

    pub(crate) fn with<T>(&self, run: impl FnOnce(&Connection) -> Result<T, DbErr>) -> Result<T, DbErr> {
        run(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Rows changed.
pub(crate) fn execute(db: &Connection, sql: &str, values: &[Value]) -> Result<u64, DbErr> {
    let mut statement = db.prepare_cached(sql).map_err(exec_err)?;
    bind(&mut statement, values)?;
    if statement.column_count() == 0 {
        return Ok(statement.raw_execute().map_err(exec_err)? as u64);
    }
    // What answers rows (PRAGMA, RETURNING) is stepped through.
    let mut rows = statement.raw_query();
    let mut n = 0;
    while rows.next().map_err(exec_err)?.is_some() {
        n += 1;
    }
    Ok(n)
}

/// Statements without values, one after another.
pub(crate) fn batch(db: &Connection, sql: &str) -> Result<(), DbErr> {
    db.execute_batch(sql).map_err(exec_err)
}

/// Up to `most` rows.
pub(crate) fn query(db: &Connection, sql: &str, values: &[Value], most: usize) -> Result<Vec<Row>, DbErr> {
    let mut statement = db.prepare_cached(sql).map_err(query_err)?;
    bind(&mut statement, values)?;
    let columns: Arc<[String]> = statement.column_names().into_iter().map(str::to_owned).collect();
    let mut out = Vec::new();
    let mut rows = statement.raw_query();
    while out.len() < most
        && let Some(row) = rows.next().map_err(query_err)?
    {
        let stored = (0..columns.len()).map(|at| row.get(at)).collect::<Result<_, _>>().map_err(query_err)?;
        out.push(Row::sqlite(columns.clone(), stored));
    }
    Ok(out)
}

/// SQLite numbers `$2` by where it first stands in the text, so each is bound by its name.
fn bind(statement: &mut rusqlite::Statement<'_>, values: &[Value]) -> Result<(), DbErr> {
    for at in 1..=statement.parameter_count() {
        // A plain `?` has no name and is counted.
        let number = match statement.parameter_name(at) {
            Some(name) => name.strip_prefix('$').and_then(|n| n.parse::<usize>().ok()),
            None => Some(at),
        };
        let value = number.and_then(|n| values.get(n.checked_sub(1)?));
        let value = value.ok_or_else(|| mismatch("a statement has a placeholder without a value"))?;
        match value {
            Value::Bool(Some(b)) => statement.raw_bind_parameter(at, b),
            Value::Int(Some(n)) => statement.raw_bind_parameter(at, n),
            Value::BigInt(Some(n)) => statement.raw_bind_parameter(at, n),
            Value::SmallInt(Some(n)) => statement.raw_bind_parameter(at, n),
            Value::Unsigned(Some(n)) => statement.raw_bind_parameter(at, n),
            Value::Double(Some(x)) => statement.raw_bind_parameter(at, x),
            Value::String(Some(t)) => statement.raw_bind_parameter(at, t),
            Value::Bytes(Some(b)) => statement.raw_bind_parameter(at, b),
            Value::Uuid(Some(u)) => statement.raw_bind_parameter(at, &u.as_bytes()[..]),
            Value::Bool(None)
            | Value::Int(None)
            | Value::BigInt(None)
            | Value::SmallInt(None)
            | Value::Unsigned(None)
            | Value::Double(None)
            | Value::String(None)
            | Value::Bytes(None)
            | Value::Uuid(None) => statement.raw_bind_parameter(at, Null),
            other => return Err(mismatch(&format!("a value of a kind that no column has: {other:?}"))),
        }
        .map_err(exec_err)?;
    }
    Ok(())
}

fn mismatch(what: &str) -> DbErr {
    DbErr::Type(what.to_owned())
}

/// The number of the error first: it decides what is told to people, its text does not.
fn told(e: rusqlite::Error) -> RuntimeErr {
    match &e {
        rusqlite::Error::SqliteFailure(code, text) => RuntimeErr::Internal(format!(
            "{CODE}{}) {}",
            code.extended_code,
            text.as_deref().unwrap_or("no message of the database")
        )),
        _ => RuntimeErr::Internal(e.to_string()),
    }
}

fn exec_err(e: rusqlite::Error) -> DbErr {
    DbErr::Exec(told(e))
}

fn query_err(e: rusqlite::Error) -> DbErr {
    DbErr::Query(told(e))
}

fn conn_err(e: rusqlite::Error) -> DbErr {
    DbErr::Conn(told(e))
}
