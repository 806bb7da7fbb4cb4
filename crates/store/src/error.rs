//! What can go wrong in the store itself.

use crate::sqlite::CODE;
use sea_orm::{DbErr, RuntimeErr};

/// Why the store, and not the unit of work, refused. After `Commit` the outcome is unknown: look up by id before doing it again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("the write queue is full")]
    Busy,
    #[error("the store is shutting down")]
    Stopped,
    #[error("a unit of work took longer than its limit")]
    TimedOut,
    #[error("a unit of work was aborted")]
    Aborted,
    #[error("commit failed: {0}")]
    Commit(String),
}

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("database: {0}")]
    Db(#[from] DbErr),
    #[error(transparent)]
    Refused(#[from] Refused),
    #[error("files: {0}")]
    Files(#[from] object_store::Error),
    #[error("{0}")]
    Other(String),
}

/// What went wrong, as far as a caller acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Try again in a moment: queue full, database away, locked.
    Busy,
    /// The disk is full: nothing was written, an operator must make room.
    DiskFull,
    /// A row with this unique value exists.
    Exists,
    /// Anything else: a bug or a broken installation.
    Broken,
}

impl Error {
    /// The SQLSTATE or SQLite code, when the database gave one.
    fn code(&self) -> Option<String> {
        let Self::Db(DbErr::Exec(e) | DbErr::Query(e) | DbErr::Conn(e)) = self else { return None };
        match e {
            RuntimeErr::SqlxError(e) => e.as_database_error().and_then(|d| d.code()).map(|c| c.into_owned()),
            RuntimeErr::Internal(text) => Some(text.strip_prefix(CODE)?.split_once(')')?.0.to_owned()),
        }
    }

    /// PostgreSQL asks to run the unit again: serialization failure or deadlock.
    pub(crate) fn is_conflict(&self) -> bool {
        self.code().is_some_and(|c| matches!(&*c, "40001" | "40P01"))
    }

    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Refused(Refused::Busy | Refused::Stopped | Refused::TimedOut) => Trouble::Busy,
            Self::Refused(Refused::Commit(text))
                if ["(code: 13)", "(code: 778)", "disk is full"].iter().any(|full| text.contains(full)) =>
            {
                Trouble::DiskFull
            }
            Self::Refused(_) => Trouble::Busy,
            Self::Files(object_store::Error::Generic { source, .. }) if is_disk_full(source.as_ref()) => {
                Trouble::DiskFull
            }
            // A folder's disk is broken; a service far away is away.
            Self::Files(object_store::Error::Generic { store: "S3", .. }) => Trouble::Busy,
            Self::Files(_) | Self::Other(_) => Trouble::Broken,
            Self::Db(DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) => Trouble::Busy,
            Self::Db(db) => match self.code().as_deref() {
                Some("23505" | "2067" | "1555") => Trouble::Exists,
                // 778: the system refused to write, which is how a quota or a limit on file sizes looks.
                Some("13" | "778" | "53100") => Trouble::DiskFull,
                Some("5" | "6" | "261" | "517") => Trouble::Busy,
                Some("57P01" | "57P02" | "57P03" | "53300" | "25006") => Trouble::Busy,
                Some(_) => Trouble::Broken,
                // No database error inside: the connection broke.
                None if matches!(
                    db,
                    DbErr::Exec(RuntimeErr::SqlxError(_)) | DbErr::Query(RuntimeErr::SqlxError(_))
                ) =>
                {
                    Trouble::Busy
                }
                None => Trouble::Broken,
            },
        }
    }
}

fn is_disk_full(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(e) = next {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        if e.downcast_ref::<std::io::Error>()
            .is_some_and(|io| matches!(io.kind(), StorageFull | QuotaExceeded | FileTooLarge))
        {
            return true;
        }
        next = e.source();
    }
    false
}

/// A unit's error: made from the store's, and able to show it again, so that a conflict is retried. (A walk along `source()`
/// would not find it behind `#[error(transparent)]`.)
pub trait Failure: From<Error> + Send + 'static {
    fn store(&self) -> Option<&Error>;
}

impl Failure for Error {
    fn store(&self) -> Option<&Error> {
        Some(self)
    }
}
