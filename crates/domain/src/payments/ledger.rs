//! Sổ cái (P3): double entry in whole đồng, written and never changed. What the gateway owes us is positive, what we owe is negative; the lines of a
//! posting sum to zero, and so does the whole book.

use crate::core::Core;
use base::ids::Uuid;
use store::{ConnectionTrait, Error, FromRow, Insert, Sql, Tx};

/// What is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Posting {
    /// Money came and settles a fee: the gateway owes it to us, and we to the province.
    Paid,
    /// Money came that settles nothing: we owe it to who paid.
    Surplus,
    /// The province took back a fee that was paid: we owe it to who paid, and no longer to the province.
    Withdrawn,
    /// The gateway gave it back.
    Refunded,
}

const GATEWAY: &str = "gateway";
const PROVINCE: &str = "province";
const PAYER: &str = "payer";

impl Posting {
    fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Surplus => "surplus",
            Self::Withdrawn => "withdrawn",
            Self::Refunded => "refunded",
        }
    }

    /// Which account gets more, and which gets less.
    fn sides(self) -> (&'static str, &'static str) {
        match self {
            Self::Paid => (GATEWAY, PROVINCE),
            Self::Surplus => (GATEWAY, PAYER),
            Self::Withdrawn => (PROVINCE, PAYER),
            Self::Refunded => (PAYER, GATEWAY),
        }
    }
}

/// Posts in the transaction of the act itself. Errors: it was posted before; then the act is taken back, too.
pub(super) async fn post(
    core: &Core,
    tx: &Tx,
    posting: Posting,
    payment: Uuid,
    client: &str,
    amount: i64,
) -> Result<(), Error> {
    let (id, (more, less)) = (core.new_id(), posting.sides());
    for (line, account, amount) in [(1, more, amount), (2, less, -amount)] {
        Insert::into("ledger_line")
            .set("posting", id)
            .set("line", line)
            .set("at", core.now())
            .set("kind", posting.as_str())
            .set("payment_id", payment)
            .set("account", account)
            .set("client_id", (account == PROVINCE).then(|| client.to_owned()))
            .set("amount", amount)
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Where the accounts stand, and what is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// What the gateway owes us.
    pub gateway: i64,
    /// What we owe to provinces.
    pub provinces: i64,
    /// What we owe to people whose money goes back.
    pub payers: i64,
    /// What does not fit, for the operator; empty: all is well.
    pub faults: Vec<&'static str>,
}

#[derive(FromRow)]
struct Sum {
    account: String,
    sum: i64,
}

/// Proves the book: each posting sums to zero, and each account is what the payments say.
pub async fn prove(db: &impl ConnectionTrait) -> Result<Proof, Error> {
    let mut proof = Proof::default();
    let number = async |sql: &str| Sql::new(sql).scalar::<i64>(db).await.map(Option::unwrap_or_default);
    let sums: Vec<Sum> =
        Sql::new("SELECT account, CAST(sum(amount) AS BIGINT) AS sum FROM ledger_line GROUP BY account")
            .all(db)
            .await?;
    for Sum { account, sum } in sums {
        match account.as_str() {
            GATEWAY => proof.gateway = sum,
            PROVINCE => proof.provinces = -sum,
            PAYER => proof.payers = -sum,
            _ => proof.faults.push("an account that nobody knows"),
        }
    }
    let crooked = "SELECT count(*) FROM (SELECT posting FROM ledger_line GROUP BY posting HAVING sum(amount) <> 0 OR count(*) <> 2) AS crooked";
    if number(crooked).await? != 0 {
        proof.faults.push("a posting does not sum to zero");
    }
    let of = async |states: &str| {
        let sql = format!("SELECT CAST(coalesce(sum(received), 0) AS BIGINT) FROM payment WHERE state IN ({states})");
        Sql::new(sql).scalar::<i64>(db).await.map(Option::unwrap_or_default)
    };
    let (settled, owed) = (of("'paid'").await?, of("'refund_due', 'refund_refused'").await?);
    if proof.provinces != settled {
        proof.faults.push("what provinces are owed is not what was paid");
    }
    if proof.payers != owed {
        proof.faults.push("what payers are owed is not what goes back");
    }
    if proof.gateway != settled + owed {
        proof.faults.push("what the gateway owes is not what came in");
    }
    let unlike = "SELECT count(*) FROM payment p JOIN national_fee f ON f.id = p.fee_id WHERE p.state = 'paid'
        AND (f.paid_by IS NULL OR f.paid_by <> p.id OR p.received <> f.amount OR f.state <> 'due')";
    let alone = "SELECT count(*) FROM national_fee f WHERE f.paid_by IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = f.paid_by AND p.state = 'paid')";
    if number(unlike).await? + number(alone).await? != 0 {
        proof.faults.push("a fee and its payment say different things");
    }
    Ok(proof)
}
