//! The database and the files. One way to read (`Store::read`), one way to write (`Store::write`): a unit of work that is
//! durable as a whole when it answers, or has left nothing behind. SQLite by default, PostgreSQL when it grows.

extern crate self as store; // so that `FromRow` can be derived here too

pub mod backup;
pub mod bulk;
mod error;
pub mod files;
mod migrations;
mod open;
pub mod outbox;
mod postgres;
mod read;
mod row;
pub mod sql;
mod sqlite;
pub mod testing;
mod tidy;
mod write;

pub use error::{Error, Failure, Refused, Trouble};
pub use files::{Bucket, Files};
pub use open::{Engine, Options};
pub use read::{ConnectionTrait, Read};
pub use row::{Column, FromRow, Row};
pub use sea_orm::Value;
pub use sql::{Insert, Sql, Update};
pub use store_derive::FromRow;
pub use write::{Store, Tx};
