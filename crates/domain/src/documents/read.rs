//! A paper's file as its owner reads it: opened piece by piece, so that a slow reader holds a piece in memory and not the file.

use super::{
    Line, require_owner,
    rows::{self, Sealed},
};
use crate::accounts::{
    Accounts, Error, Signed,
    activity::{self, Act, Happened},
};
use base::{ids::Uuid, keys::FileKey};
use futures_util::{StreamExt, TryStreamExt, stream};
use store::{Trouble, Tx, files::Pieces};

/// What there is to read.
pub enum Content {
    /// The first piece is open already.
    Ready(Pieces),
    /// The row is there and its file is not.
    Missing,
    /// The file is cut or changed, or no key opens it.
    Damaged,
}

impl Content {
    pub fn is_ready(&self) -> bool {
        matches!(self, Self::Ready(_))
    }
}

struct Reading {
    pieces: Pieces,
    /// What came and is not opened yet.
    came: Vec<u8>,
    key: FileKey,
    id: Uuid,
    /// Bytes of the file when it is open.
    plain: u64,
    /// The piece that is next.
    n: u64,
}

impl Reading {
    /// The next piece, opened; `None` after the last. Errors: the file ends too early, or does not open.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, store::Error> {
        let count = FileKey::pieces(self.plain);
        if self.n >= count {
            return Ok(None);
        }
        let place = FileKey::place(self.plain, self.n);
        let length = (place.end - place.start) as usize;
        while self.came.len() < length {
            let more = self.pieces.try_next().await?;
            self.came.extend(more.ok_or_else(|| store::Error::Other("a paper's file is cut".into()))?);
        }
        let rest = self.came.split_off(length);
        let sealed = std::mem::replace(&mut self.came, rest);
        let opened = self.key.open(self.id.as_bytes(), self.n, self.n + 1 == count, &sealed);
        self.n += 1;
        opened.map(Some).map_err(|_| store::Error::Other("a paper's file does not open".into()))
    }
}

impl Accounts {
    /// The file of a paper to look at. Errors: `NotFound`, `Forbidden`.
    pub async fn look_at_document(&self, signed: &Signed, id: Uuid) -> Result<(Line, Content), Error> {
        require_owner(signed)?;
        let row = rows::one(self.core.store.read(), signed.account, id).await?;
        let line = Line::of(&self.core, &row);
        let Some(sealed) = Sealed::open(&self.core, id, &row.sealed) else { return Ok((line, Content::Damaged)) };
        let plain = u64::try_from(row.bytes).unwrap_or(0);
        let whole = 0..FileKey::place(plain, FileKey::pieces(plain) - 1).end;
        let pieces = match self.core.files.part(&row.file, whole).await {
            Ok(Some(pieces)) => pieces,
            Ok(None) => {
                tracing::error!(document = %id, "the file of a paper is missing");
                return Ok((line, Content::Missing));
            }
            // What keeps the files is away: nothing is wrong with this one.
            Err(e) if e.trouble() == Trouble::Busy => return Err(e.into()),
            Err(e) => {
                tracing::error!(document = %id, error = %e, "the file of a paper cannot be read");
                return Ok((line, Content::Damaged));
            }
        };
        let mut reading = Reading { pieces, came: Vec::new(), key: sealed.key(), id, plain, n: 0 };
        let first = match reading.next().await {
            Ok(first) => first.unwrap_or_default(),
            Err(e) if e.trouble() == Trouble::Busy => return Err(e.into()),
            Err(e) => {
                tracing::error!(document = %id, error = %e, "the file of a paper cannot be read");
                return Ok((line, Content::Damaged));
            }
        };
        let rest = stream::try_unfold(reading, |mut reading| async move {
            Ok(reading.next().await?.map(|piece| (piece, reading)))
        });
        Ok((line, Content::Ready(stream::once(async { Ok(first) }).chain(rest).boxed())))
    }

    /// The same to be saved, which the person's activity tells (A18). Errors: `NotFound`, `Forbidden`.
    pub async fn take_document(&self, signed: &Signed, id: Uuid) -> Result<(Line, Content), Error> {
        let taken = self.look_at_document(signed, id).await?;
        if taken.1.is_ready() {
            let (core, account) = (self.core.clone(), signed.account);
            self.core
                .store
                .write(move |tx: Tx| async move {
                    activity::write(&core, &tx, Act::own(account, Happened::DocumentTaken)).await
                })
                .await?;
        }
        Ok(taken)
    }
}
