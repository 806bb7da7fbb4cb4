//! A row of either engine, and how its columns become values. What is asked for decides, as on PostgreSQL: a column that does
//! not fit is an error, never silently nothing.

use crate::Error;
use rusqlite::types::Value as Stored;
use sea_orm::{DbErr, QueryResult, TryGetable};
use sqlx::Column as _;
use std::{cell::Cell, sync::Arc};
use uuid::Uuid;

/// One row of an answer.
pub struct Row(Of);

/// Columns are mostly asked for in their order: `next` is where the search for one begins.
enum Of {
    Sqlite {
        columns: Arc<[String]>,
        values: Vec<Stored>,
        next: Cell<usize>,
    },
    /// Asked for by place: by its name, each column costs a text and a look into a table.
    Postgres {
        row: QueryResult,
        next: Cell<usize>,
    },
}

/// What a row can be read into: `#[derive(FromRow)]`, each field from the column `prefix` + its name.
pub trait FromRow: Sized {
    fn from_row(row: &Row, prefix: &str) -> Result<Self, Error>;
}

impl Row {
    pub(crate) fn sqlite(columns: Arc<[String]>, values: Vec<Stored>) -> Self {
        Self(Of::Sqlite { columns, values, next: Cell::new(0) })
    }

    pub(crate) fn postgres(row: QueryResult) -> Self {
        Self(Of::Postgres { row, next: Cell::new(0) })
    }

    /// The column `prefix` + `name`. Errors: there is none, or it is not of this type.
    pub fn get<T: Column>(&self, prefix: &str, name: &str) -> Result<T, Error> {
        match &self.0 {
            Of::Postgres { row, next } => {
                let columns = row.try_as_pg_row().map(sqlx::Row::columns).unwrap_or_default();
                let at = place(next, columns.len(), |at| columns[at].name().strip_prefix(prefix) == Some(name));
                let at = at.ok_or_else(|| wrong(prefix, name, "is missing"))?;
                Ok(T::try_get_by_index(row, at).map_err(DbErr::from)?)
            }
            Of::Sqlite { columns, values, next } => {
                let at = place(next, columns.len(), |at| columns[at].strip_prefix(prefix) == Some(name));
                let value = at.and_then(|at| values.get(at)).ok_or_else(|| wrong(prefix, name, "is missing"))?;
                T::from_stored(value).ok_or_else(|| wrong(prefix, name, "is of another type"))
            }
        }
    }

    /// The column at this place, from 0.
    pub fn at<T: Column>(&self, place: usize) -> Result<T, Error> {
        match &self.0 {
            Of::Postgres { row, .. } => Ok(T::try_get_by_index(row, place).map_err(DbErr::from)?),
            Of::Sqlite { values, .. } => {
                let value = values.get(place).ok_or_else(|| wrong("", "of a scalar", "is missing"))?;
                T::from_stored(value).ok_or_else(|| wrong("", "of a scalar", "is of another type"))
            }
        }
    }
}

/// Where the wanted column is, looked for from `next` on and then from the first; the next search begins behind it.
fn place(next: &Cell<usize>, columns: usize, is_it: impl Fn(usize) -> bool) -> Option<usize> {
    let at = (next.get()..columns).chain(0..next.get().min(columns)).find(|at| is_it(*at));
    next.set(at.map_or(0, |at| at + 1));
    at
}

fn wrong(prefix: &str, name: &str, how: &str) -> Error {
    Error::Db(DbErr::Type(format!("column {prefix}{name} {how}")))
}

/// A value of a column. SQLite stores five kinds only, so the wanted type says what a stored one means.
pub trait Column: TryGetable {
    /// `None`: the stored value does not fit.
    fn from_stored(stored: &Stored) -> Option<Self>;
}

impl<T: Column> Column for Option<T> {
    fn from_stored(stored: &Stored) -> Option<Self> {
        match stored {
            Stored::Null => Some(None),
            other => T::from_stored(other).map(Some),
        }
    }
}

macro_rules! column {
    ($($type:ty: $pattern:pat => $value:expr),* $(,)?) => {$(
        impl Column for $type {
            fn from_stored(stored: &Stored) -> Option<Self> {
                match stored {
                    $pattern => $value,
                    _ => None,
                }
            }
        }
    )*};
}

column! {
    i64: Stored::Integer(n) => Some(*n),
    i32: Stored::Integer(n) => i32::try_from(*n).ok(),
    bool: Stored::Integer(n) => Some(*n != 0),
    String: Stored::Text(t) => Some(t.clone()),
    Vec<u8>: Stored::Blob(b) => Some(b.clone()),
    Uuid: Stored::Blob(b) => Self::from_slice(b).ok(),
}

impl Column for f64 {
    /// A sum of nothing but whole numbers is one too.
    fn from_stored(stored: &Stored) -> Option<Self> {
        match stored {
            Stored::Real(x) => Some(*x),
            Stored::Integer(n) => Some(*n as Self),
            _ => None,
        }
    }
}
