//! The database and the files. One way to read (`Store::read`), one way to write (`Store::write`): a unit of work that is
//! durable as a whole when it answers, or has left nothing behind. SQLite by default, PostgreSQL when it grows.

pub mod backup;
pub mod bulk;
mod error;
pub mod files;
mod migrations;
mod open;
pub mod outbox;
pub mod sql;
pub mod testing;
mod write;

pub use error::{Error, Failure, Refused, Trouble};
pub use files::Files;
pub use open::{Engine, Options};
pub use sea_orm::{ConnectionTrait, DatabaseConnection, FromQueryResult};
pub use sql::{Insert, Sql, Update};
pub use write::{Store, Tx};
