//! What the platform does by the clock: closing reports nobody complained about, forgetting old drafts and answers to forms.

use super::{
    REOPEN_DAYS,
    act::{Command, act_as_system},
};
use crate::{
    accounts::{self, guests, helping},
    core::Core,
    error::Error,
};
use base::clock::DAY;
use store::{Sql, Tx};

/// Closes what was resolved more than `REOPEN_DAYS` ago; returns how many. At most 200 a call, so that a long pause of the
/// worker does not become a long load.
pub async fn close_resolved(core: &Core) -> Result<usize, Error> {
    let codes: Vec<String> = Sql::new(
        "SELECT code FROM report WHERE state = 'resolved' AND resolved_at < $1 ORDER BY resolved_at LIMIT 200",
    )
    .bind(core.now() - REOPEN_DAYS * DAY)
    .scalars(core.store.read())
    .await?;
    let mut closed = 0;
    for code in codes {
        match act_as_system(core, &code, Command::Close).await {
            Ok(_) => closed += 1,
            Err(Error::State | Error::Changed { .. }) => {} // the citizen was quicker
            Err(e) => return Err(e),
        }
    }
    Ok(closed)
}

/// Forgets what was begun at a door and not finished that day, sessions of half a year ago, drafts of 60 days, answers to forms and phones of people outside of 30 days, mandates that are over, after a year how to reach people whose
/// reports other systems sent and phones of guests, after two years copies of dossiers (X17), and uploads that nobody finished (R2).
pub async fn sweep(core: &Core) -> Result<(), Error> {
    super::uploads::sweep(core).await?;
    super::litter::sweep(core).await?;
    crate::dossiers::sweep(core).await?;
    crate::payments::sweep(core).await?;
    let (now, job, core2) = (core.now(), core.new_id(), core.clone());
    core.store
        .write(move |tx: Tx| async move {
            guests::sweep(&core2, &tx).await?;
            let drafts = Sql::new("DELETE FROM report_draft WHERE updated_at < $1 RETURNING photos, video")
                .bind(now - 60 * DAY)
                .all(&tx)
                .await?;
            super::litter::leave(&tx, job, &super::litter::of_drafts(&drafts), now).await?;
            Sql::new("DELETE FROM idempotency WHERE created_at < $1").bind(now - 30 * DAY).exec(&tx).await?;
            // Who was asked by a link is not called again: the name stands in the history, the phone is no longer needed.
            Sql::new("UPDATE report_consult SET phone = NULL WHERE phone IS NOT NULL AND expires_at < $1")
                .bind(now - 30 * DAY)
                .exec(&tx)
                .await?;
            super::watch::sweep(&tx, now).await?;
            Sql::new("DELETE FROM report_contact WHERE created_at < $1").bind(now - 365 * DAY).exec(&tx).await?;
            crate::accounts::flows::sweep(&tx, now).await?;
            crate::organizations::sweep(&tx, now).await?;
            helping::sweep(&core2, &tx).await.map_err(|e| match e {
                accounts::Error::Shared(e) => e,
                _ => Error::Internal("mandates that are over were not ended"),
            })?;
            crate::limits::sweep(&tx, now).await?;
            Ok::<_, Error>(())
        })
        .await
}
