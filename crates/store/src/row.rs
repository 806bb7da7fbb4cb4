//! A row of either engine, and how its columns become values. What is asked for decides, as on PostgreSQL: a column that does
//! not fit is an error, never silently nothing.

use crate::Error;
use rusqlite::types::Value as Stored;
use sea_orm::{DbErr, QueryResult, TryGetable};
use sqlx::Column as _;
use std::{
    cell::{Cell, RefCell},
    sync::Arc,
};
use uuid::Uuid;

/// One row of an answer.
pub struct Row {
    of: Of,
    /// How many columns were asked for by name.
    asked: Cell<usize>,
    /// Where each of them was, from the row before on: all rows of an answer are mostly asked the same, and comparing names was an
    /// eighth of a long answer's price.
    known: RefCell<Vec<Known>>,
}

enum Of {
    Sqlite { columns: Arc<[String]>, values: Vec<Stored> },
    Postgres(QueryResult),
}

/// The place of a column whose name stands at these addresses of the program.
#[derive(Clone, Copy)]
struct Known {
    prefix: &'static str,
    name: &'static str,
    place: usize,
}

/// What a row can be read into: `#[derive(FromRow)]`, each field from the column `prefix` + its name.
pub trait FromRow: Sized {
    fn from_row(row: &Row, prefix: &'static str) -> Result<Self, Error>;
}

impl Row {
    fn new(of: Of) -> Self {
        Self { of, asked: Cell::new(0), known: RefCell::new(Vec::new()) }
    }

    pub(crate) fn sqlite(columns: Arc<[String]>, values: Vec<Stored>) -> Self {
        Self::new(Of::Sqlite { columns, values })
    }

    pub(crate) fn postgres(row: QueryResult) -> Self {
        Self::new(Of::Postgres(row))
    }

    /// Reads rows of one answer, each with what was learned of the one before.
    pub(crate) fn read_all<R: FromRow>(rows: &[Self]) -> Result<Vec<R>, Error> {
        let mut known = Vec::new();
        let read = rows.iter().map(|row| {
            row.known.replace(std::mem::take(&mut known));
            let read = R::from_row(row, "");
            known = row.known.take();
            read
        });
        read.collect()
    }

    /// The column `prefix` + `name`. Errors: there is none, or it is not of this type.
    pub fn get<T: Column>(&self, prefix: &'static str, name: &'static str) -> Result<T, Error> {
        let place = self.place(prefix, name).ok_or_else(|| wrong(prefix, name, "is missing"))?;
        match &self.of {
            Of::Postgres(row) => Ok(T::try_get_by_index(row, place).map_err(DbErr::from)?),
            Of::Sqlite { values, .. } => {
                let value = values.get(place).ok_or_else(|| wrong(prefix, name, "is missing"))?;
                T::from_stored(value).ok_or_else(|| wrong(prefix, name, "is of another type"))
            }
        }
    }

    /// The column at this place, from 0.
    pub fn at<T: Column>(&self, place: usize) -> Result<T, Error> {
        match &self.of {
            Of::Postgres(row) => Ok(T::try_get_by_index(row, place).map_err(DbErr::from)?),
            Of::Sqlite { values, .. } => {
                let value = values.get(place).ok_or_else(|| wrong("", "of a scalar", "is missing"))?;
                T::from_stored(value).ok_or_else(|| wrong("", "of a scalar", "is of another type"))
            }
        }
    }

    fn place(&self, prefix: &'static str, name: &'static str) -> Option<usize> {
        let mut known = self.known.borrow_mut();
        let asked = self.asked.replace(self.asked.get() + 1);
        // The same address is the same text, because neither ever goes. Another one may be the same text too, and is compared.
        if let Some(k) = known.get(asked)
            && std::ptr::eq(k.name, name)
            && std::ptr::eq(k.prefix, prefix)
        {
            return Some(k.place);
        }
        let before = asked.checked_sub(1).and_then(|last| known.get(last)).map_or(0, |k| k.place + 1);
        let place = match &self.of {
            Of::Postgres(row) => {
                let columns = row.try_as_pg_row().map(sqlx::Row::columns).unwrap_or_default();
                find(before, columns.len(), |at| columns[at].name().strip_prefix(prefix) == Some(name))
            }
            Of::Sqlite { columns, .. } => {
                find(before, columns.len(), |at| columns[at].strip_prefix(prefix) == Some(name))
            }
        }?;
        // Asked otherwise than the row before: what was known from here on is worth nothing.
        known.truncate(asked);
        if known.len() == asked {
            known.push(Known { prefix, name, place });
        }
        Some(place)
    }
}

/// Where the wanted column is, looked for from `from` on and then from the first: columns are mostly asked for in their order.
fn find(from: usize, columns: usize, is_it: impl Fn(usize) -> bool) -> Option<usize> {
    (from..columns).chain(0..from.min(columns)).find(|at| is_it(*at))
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
