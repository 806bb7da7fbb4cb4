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

/// Forgets copies whose last step is too old, and what was handed over long ago.
pub(crate) async fn sweep(tx: &Tx, now: Millis) -> Result<(), Error> {
    for (events, of) in [("national_dossier_event", "national_dossier"), ("told_dossier_event", "told_dossier")] {
        let key = if of == "told_dossier" { "code" } else { "dossier_id" };
        let id = if of == "told_dossier" { "code" } else { "id" };
        Sql::new(format!("DELETE FROM {events} WHERE {key} IN (SELECT {id} FROM {of} WHERE state_at < $1)"))
            .bind(now - KEPT)
            .exec(tx)
            .await?;
        Sql::new(format!("DELETE FROM {of} WHERE state_at < $1")).bind(now - KEPT).exec(tx).await?;
    }
    // The portal has them, or will never: what waits holds a person's number.
    Sql::new("DELETE FROM outbox WHERE channel = $1 AND state IN ('sent', 'failed') AND created_at < $2")
        .bind(tell::CHANNEL)
        .bind(now - tell::GIVEN_UP - 30 * DAY)
        .exec(tx)
        .await?;
    Ok(())
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
