//! One SQL text for both engines, with `$1`, `$2` … as placeholders (SQLite takes them too) and typed rows out.

use crate::{Column, ConnectionTrait, Error, FromRow, Row};
use sea_orm::Value;
use std::fmt::Write;

/// A statement with its values: `Sql::new("SELECT … WHERE id = $1").bind(id).one::<Row>(db)`.
#[derive(Debug, Clone)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// The next value. `None` binds NULL of its type.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// The same values with another text.
    pub fn with_text(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }

    /// Appends text; for list screens that build their conditions.
    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Appends a value and returns its placeholder's text: `$3`.
    pub fn value(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// Rows changed.
    pub async fn exec(self, db: &impl ConnectionTrait) -> Result<u64, Error> {
        db.execute(self.text, self.values).await
    }

    pub async fn one<R: FromRow>(self, db: &impl ConnectionTrait) -> Result<Option<R>, Error> {
        db.rows(self.text, self.values, 1).await?.first().map(|row| R::from_row(row, "")).transpose()
    }

    pub async fn all<R: FromRow>(self, db: &impl ConnectionTrait) -> Result<Vec<R>, Error> {
        Row::read_all(&db.rows(self.text, self.values, usize::MAX).await?)
    }

    /// The first column of the first row.
    pub async fn scalar<T: Column>(self, db: &impl ConnectionTrait) -> Result<Option<T>, Error> {
        db.rows(self.text, self.values, 1).await?.first().map(|row| row.at(0)).transpose()
    }

    /// The first column of every row.
    pub async fn scalars<T: Column>(self, db: &impl ConnectionTrait) -> Result<Vec<T>, Error> {
        db.rows(self.text, self.values, usize::MAX).await?.iter().map(|row| row.at(0)).collect()
    }
}

/// `INSERT INTO table (…) VALUES (…)`, column by column. Table and column names are literals of our own, never input.
pub struct Insert {
    table: &'static str,
    columns: Vec<&'static str>,
    values: Vec<Value>,
    on_conflict: &'static str,
}

impl Insert {
    pub fn into(table: &'static str) -> Self {
        Self { table, columns: Vec::with_capacity(24), values: Vec::with_capacity(24), on_conflict: "" }
    }

    pub fn set(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.columns.push(column);
        self.values.push(value.into());
        self
    }

    /// An existing row with the same unique value stays; `exec` then answers 0.
    pub fn or_ignore(mut self) -> Self {
        self.on_conflict = " ON CONFLICT DO NOTHING";
        self
    }

    pub async fn exec(self, db: &impl ConnectionTrait) -> Result<u64, Error> {
        let mut text = String::with_capacity(64 + self.columns.len() * 24);
        text.push_str("INSERT INTO ");
        text.push_str(self.table);
        text.push_str(" (");
        text.push_str(&self.columns.join(", "));
        text.push_str(") VALUES (");
        for n in 1..=self.values.len() {
            let _ = write!(text, "{}${n}", if n > 1 { ", " } else { "" });
        }
        text.push(')');
        text.push_str(self.on_conflict);
        Sql { text, values: self.values }.exec(db).await
    }
}

/// `UPDATE table SET … WHERE …`, column by column; the condition's values follow the set ones.
#[derive(Debug, Clone)]
pub struct Update {
    table: &'static str,
    sets: Vec<String>,
    values: Vec<Value>,
}

impl Update {
    pub fn table(table: &'static str) -> Self {
        Self { table, sets: Vec::new(), values: Vec::new() }
    }

    pub fn set(mut self, column: &'static str, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self.sets.push(format!("{column} = ${}", self.values.len()));
        self
    }

    /// A column set to an expression of our own: `("version", "version + 1")`.
    pub fn set_to(mut self, column: &'static str, expression: &str) -> Self {
        self.sets.push(format!("{column} = {expression}"));
        self
    }

    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }

    /// `where_id` is `column = value` for every pair given.
    pub async fn by(self, keys: Vec<(&'static str, Value)>, db: &impl ConnectionTrait) -> Result<u64, Error> {
        let mut values = self.values;
        let mut text = format!("UPDATE {} SET {} WHERE ", self.table, self.sets.join(", "));
        for (i, (column, value)) in keys.into_iter().enumerate() {
            values.push(value);
            let _ = write!(text, "{}{column} = ${}", if i > 0 { " AND " } else { "" }, values.len());
        }
        Sql { text, values }.exec(db).await
    }

    pub async fn by_id(self, id: uuid::Uuid, db: &impl ConnectionTrait) -> Result<u64, Error> {
        self.by(vec![("id", id.into())], db).await
    }
}
