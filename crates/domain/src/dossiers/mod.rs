//! Hồ sơ giải quyết thủ tục hành chính (N6, N14): which state a dossier took, told by a province's one-stop system (hệ thống một cửa) to the province, and
//! by the province to the national portal, where the person it belongs to sees it.
//!
//! ```text
//! one-stop system ──API key──▶ province: told_dossier + outbox `portal`   (one transaction: `tell`)
//!                                                  │ worker, signed with the client's key, until it is confirmed
//!                                                  ▼
//!                               portal: national_dossier + notice         (one transaction: `receive`)
//!                                                  │ by the proven number of the account
//!                                                  ▼
//!                               «Dịch vụ công của tôi»                    (`mine`)
//! ```
//!
//! Both doors read the same words (`Step`), so that nothing is taken at the first which the second must refuse. Each step is told at least once and
//! counts once, by its event's id. A dossier stands where its newest step put it, by the time at which it took the state; of two steps at one moment
//! the one whose state stands further back in the list, then the one whose event sorts last. A step that comes late is kept in the history and sets nothing back.

pub mod mine;
pub mod receive;
mod step;
pub mod tell;
#[cfg(test)]
mod tests;
mod turn;

use crate::{core::Core, error::Error};
use base::clock::{DAY, Millis};
pub use step::{State, Step, Why};
/// How ids, codes and times are written at all doors of dossiers.
pub(crate) mod words {
    pub(crate) use super::step::{is_dossier, is_event};
    pub use super::step::{moment, written};
}
use store::{Sql, Tx};
pub(crate) use turn::{Walk, left, step as turn_step};

/// Steps in one message.
pub const MOST: usize = 100;
/// How long a copy of a dossier is kept after its last step (X17); older steps are not taken either, else they would come back.
pub const KEPT: Millis = 2 * 365 * DAY;

/// What came of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Written down, now or before.
    Taken,
    /// Nothing of it was kept.
    Refused(Why),
}

/// Dossiers that are forgotten in one transaction.
const AT_ONCE: usize = 500;

/// Forgets copies whose last step is too old, and what was handed over long ago: a few at a time, because two years after a province was connected
/// all that it told on one day falls due on one day.
pub(crate) async fn sweep(core: &Core) -> Result<(), Error> {
    let now = core.now();
    let tables = [("national_dossier", "id", "dossier_id"), ("told_dossier", "code", "code")];
    for (of, id, key) in tables {
        let old = format!("SELECT {id} FROM {of} WHERE state_at < $1 ORDER BY state_at LIMIT {AT_ONCE}");
        loop {
            let old = old.clone();
            let gone = core.store.write(move |tx: Tx| async move {
                let events = format!("DELETE FROM {of}_event WHERE {key} IN ({old})");
                Sql::new(events).bind(now - KEPT).exec(&tx).await?;
                let gone =
                    Sql::new(format!("DELETE FROM {of} WHERE {id} IN ({old})")).bind(now - KEPT).exec(&tx).await?;
                Ok::<_, Error>(gone)
            });
            if gone.await? == 0 {
                break;
            }
        }
    }
    // The portal has them, or will never: what waits holds a person's number.
    loop {
        let gone = core.store.write(move |tx: Tx| async move {
            let sql = format!(
                "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE channel = $1 AND created_at < $2 LIMIT {AT_ONCE})"
            );
            let sql = Sql::new(sql).bind(tell::CHANNEL).bind(now - tell::GIVEN_UP - 30 * DAY);
            Ok::<_, Error>(sql.exec(&tx).await?)
        });
        if gone.await? == 0 {
            return Ok(());
        }
    }
}

/// Where a dossier stands: of two such the greater one is newer.
type Standing<'a> = (Millis, i32, &'a str);

/// Hosts that a link of this province may lead to: its own.
pub fn own_host(core: &Core) -> Vec<String> {
    host(&core.settings.origin).map(str::to_owned).into_iter().collect()
}

/// `host:port` of an address.
pub fn host(address: &str) -> Option<&str> {
    let rest = &address[address.find("://")? + 3..];
    let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    (!host.is_empty()).then_some(host)
}
