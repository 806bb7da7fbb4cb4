//! Thanh toán trực tuyến (N15, P2, P3): fees that provinces ask for in dossiers, paid at the national portal over a gateway (docs/adr/0022).
//!
//! ```text
//! one-stop system ──API key──▶ province: told_fee + outbox            (one transaction: `tell`)
//!                                              │ worker, signed with the client's key
//!                                              ▼
//!                              portal: national_fee + notice          (one transaction: `receive`)
//!                                              │ whoever sees the dossier presses «Thanh toán» (`start`)
//!                                              ▼
//!                              gateway ──notice, or asked by us──▶ payment, ledger, notice, outbox   (one transaction: `heard`)
//!                                              │ worker, signed with the portal's key
//!                                              ▼
//!                              province: told_fee is paid             (`hear`) ──▶ its one-stop system reads it
//! ```
//!
//! The return of the browser shows, the gateway's word decides: by its notice, or because it was asked. A fee is settled by one payment; whatever else
//! comes in for it goes back (`work`), again and again until the gateway has answered.

pub mod fee;
pub mod gateway;
pub mod hear;
pub mod ledger;
pub mod mine;
pub mod receive;
mod settle;
mod start;
pub mod state;
pub mod tell;
#[cfg(test)]
mod tests;
pub mod work;

use crate::{core::Core, error::Error};
use base::clock::{DAY, MINUTE, Millis};
pub use settle::{CHANNEL, dong, door, heard, open};
pub use start::Begun;
use store::{Sql, Tx};

/// Where the browser comes back to from the gateway; its query is what the gateway says.
pub const RETURN: &str = "/thanh-toan/tro-ve";
/// Where the gateway's server tells what became of an order (IPN): a GET, as VNPAY sends it.
pub const NOTICES: &str = "/api/v1/payment-notices";
/// Where people see what is to be paid, and below it each fee and each payment.
pub const PAGE: &str = "/thanh-toan";

/// Fees in one message.
pub const MOST: usize = 100;
/// So long an order may be paid at the gateway, and so long there is no other for the same fee.
pub const OPEN: Millis = 15 * MINUTE;
/// When the gateway knows no such order, it is over after this.
pub const FORGOTTEN: Millis = DAY;

/// A fee's page.
pub fn page_of(fee: base::ids::Uuid) -> String {
    format!("{PAGE}/khoan/{fee}")
}

/// A payment's page.
pub fn page_of_payment(payment: base::ids::Uuid) -> String {
    format!("{PAGE}/lan/{payment}")
}

/// Fees that are forgotten in one transaction.
const AT_ONCE: usize = 500;

/// Forgets fees for which nothing was ever begun, with the dossiers; and at a province all, for its one-stop system has the books. What was begun stays with
/// the ledger: accounting keeps it for ten years, and there is nothing as old.
pub(crate) async fn sweep(core: &Core) -> Result<(), Error> {
    let before = core.now() - crate::dossiers::KEPT;
    let unused = "DELETE FROM national_fee WHERE id IN (SELECT f.id FROM national_fee f WHERE f.state_at < $1
        AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.fee_id = f.id) LIMIT";
    let told = "DELETE FROM told_fee WHERE fee IN (SELECT fee FROM told_fee WHERE state_at < $1 AND coalesce(heard_at, 0) < $1 LIMIT";
    for sql in [unused, told] {
        let sql = format!("{sql} {AT_ONCE})");
        loop {
            let sql = Sql::new(sql.clone()).bind(before);
            let gone = core.store.write(move |tx: Tx| async move { Ok::<_, Error>(sql.exec(&tx).await?) }).await?;
            if gone == 0 {
                break;
            }
        }
    }
    let old = core.now() - tell::GIVEN_UP - 30 * DAY;
    loop {
        let gone = core.store.write(move |tx: Tx| async move {
            let sql = format!("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE channel IN ($1, $2) AND created_at < $3 LIMIT {AT_ONCE})");
            Ok::<_, Error>(Sql::new(sql).bind(tell::CHANNEL).bind(settle::CHANNEL).bind(old).exec(&tx).await?)
        });
        if gone.await? == 0 {
            return Ok(());
        }
    }
}
