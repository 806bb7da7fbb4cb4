//! What the gateway says of an order, written down: the payment's state, the fee, the ledger, the notice and the message to the province, in one transaction.
//! Whatever comes about one fee waits for the fee's row, so that of two words at one moment the second finds what the first left.

use super::{
    fee::Ask,
    gateway::{Reply, Verdict, Word},
    hear::Settled,
    ledger::{self, Posting},
    page_of_payment,
    state::{Back, Event, State},
};
use crate::{
    accounts::activity::{self, Act, Happened},
    core::Core,
    error::Error,
    notices::{self, Notice},
};
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
    keys::Purpose,
    show,
};
use store::{
    FromRow, Sql, Tx,
    outbox::{self, Message},
};

/// The outbox's channel of what was paid, to the provinces.
pub const CHANNEL: &str = "fee-payments";
/// So long a province may be away.
const GIVEN_UP: Millis = 90 * DAY;

#[derive(Debug, Clone, FromRow)]
pub(super) struct Payment {
    pub id: Uuid,
    pub reference: String,
    pub fee_id: Uuid,
    pub account_id: Option<Uuid>,
    pub amount: i64,
    pub received: i64,
    pub state: String,
    pub why: String,
    pub gateway_no: String,
    pub created_at: Millis,
    pub expires_at: Millis,
    pub paid_at: Option<Millis>,
    pub due_at: Option<Millis>,
    pub tries: i32,
}

pub(super) const PAYMENT: &str = "SELECT id, reference, fee_id, account_id, amount, received, state, why, gateway_no, created_at, expires_at, paid_at,
    due_at, tries FROM payment";

impl Payment {
    pub fn state(&self) -> Result<State, Error> {
        State::parse(&self.state).ok_or(Error::Internal("a payment in no known state"))
    }
}

#[derive(Debug, Clone, FromRow)]
pub(super) struct FeeRow {
    pub id: Uuid,
    pub client_id: String,
    pub fee: String,
    pub dossier_code: String,
    pub name: String,
    pub amount: i64,
    pub state: String,
    pub state_at: Millis,
    pub paid_by: Option<Uuid>,
}

impl FeeRow {
    pub fn is_open(&self) -> bool {
        self.state == Ask::Due.as_str() && self.paid_by.is_none()
    }
}

/// The fee, kept from changing until the transaction ends, with all that was begun for it.
pub(super) async fn locked_fee(tx: &Tx, id: Uuid) -> Result<FeeRow, Error> {
    tx.lock("national_fee", id).await?;
    let sql = "SELECT id, client_id, fee, dossier_code, name, amount, state, state_at, paid_by FROM national_fee WHERE id = $1";
    Sql::new(sql).bind(id).one(tx).await?.ok_or(Error::NotFound)
}

pub(super) async fn payment(tx: &Tx, id: Uuid) -> Result<Payment, Error> {
    Sql::new(format!("{PAYMENT} WHERE id = $1")).bind(id).one(tx).await?.ok_or(Error::NotFound)
}

/// Believes what the gateway says of an order (its notice, or its answer), once. The answer is what its server is told.
pub async fn heard(core: &Core, word: &Word) -> Result<Reply, Error> {
    let (core2, word) = (core.clone(), word.clone());
    let reply = core.store.write(move |tx: Tx| async move { take(&core2, &tx, &word).await }).await?;
    let said = match reply {
        Reply::Confirmed => "confirmed",
        Reply::Forged => "forged",
        Reply::UnknownOrder => "unknown-order",
        Reply::OtherAmount => "other-amount",
        Reply::AlreadyConfirmed => "already-confirmed",
        Reply::Trouble => "waiting",
    };
    metrics::counter!("payment_words_total", "outcome" => said).increment(1);
    Ok(reply)
}

async fn take(core: &Core, tx: &Tx, word: &Word) -> Result<Reply, Error> {
    let sql = "SELECT fee_id FROM payment WHERE reference = $1";
    let Some(fee) = Sql::new(sql).bind(word.reference.as_str()).scalar::<Uuid>(tx).await? else {
        return Ok(Reply::UnknownOrder);
    };
    let fee = locked_fee(tx, fee).await?;
    let sql = Sql::new(format!("{PAYMENT} WHERE reference = $1")).bind(word.reference.as_str());
    let Some(payment) = sql.one::<Payment>(tx).await? else { return Ok(Reply::UnknownOrder) };
    let state = payment.state()?;
    let is_amount = word.amount == payment.amount;
    let event = match word.verdict {
        Verdict::Paid if word.amount <= 0 => return Ok(Reply::OtherAmount),
        Verdict::Paid => Event::Paid { settles: is_amount && fee.is_open() },
        // Over, whatever amount it names: nothing came, and an order that is over here may still be paid.
        Verdict::Failed => Event::Failed,
        Verdict::Waiting if !is_amount => return Ok(Reply::OtherAmount),
        // Not an end: its server tells it again, and the worker asks.
        Verdict::Waiting if state == State::Started => return Ok(Reply::Trouble),
        Verdict::Waiting => return Ok(Reply::AlreadyConfirmed),
    };
    match state.next(event) {
        Some(State::Paid) => settle(core, tx, &fee, &payment, word).await?,
        Some(State::RefundDue) => {
            let why = match is_amount {
                false => Back::Amount,
                true if fee.paid_by.is_some() => Back::Twice,
                true => Back::Gone,
            };
            surplus(core, tx, &fee, &payment, word, why).await?;
        }
        Some(next) => over(tx, payment.id, next).await?,
        None if is_amount => return Ok(Reply::AlreadyConfirmed),
        None => {}
    }
    Ok(if is_amount { Reply::Confirmed } else { Reply::OtherAmount })
}

/// Nothing came of it.
pub(super) async fn over(tx: &Tx, payment: Uuid, next: State) -> Result<(), Error> {
    let sql = "UPDATE payment SET state = $1, due_at = NULL WHERE id = $2";
    Sql::new(sql).bind(next.as_str()).bind(payment).exec(tx).await?;
    Ok(())
}

async fn came(core: &Core, tx: &Tx, payment: &Payment, word: &Word, next: State, why: &str) -> Result<(), Error> {
    let now = core.now();
    Sql::new(
        "UPDATE payment SET state = $1, why = $2, received = $3, gateway_no = $4, paid_at = $5, due_at = $6, tries = 0 WHERE id = $7",
    )
    .bind(next.as_str())
    .bind(why)
    .bind(word.amount)
    .bind(word.transaction.chars().take(64).collect::<String>())
    .bind(now)
    .bind((next == State::RefundDue).then_some(now))
    .bind(payment.id)
    .exec(tx)
    .await?;
    Ok(())
}

async fn settle(core: &Core, tx: &Tx, fee: &FeeRow, payment: &Payment, word: &Word) -> Result<(), Error> {
    came(core, tx, payment, word, State::Paid, "").await?;
    Sql::new("UPDATE national_fee SET paid_by = $1, paid_at = $2 WHERE id = $3")
        .bind(payment.id)
        .bind(core.now())
        .bind(fee.id)
        .exec(tx)
        .await?;
    ledger::post(core, tx, Posting::Paid, payment.id, &fee.client_id, word.amount).await?;
    if let Some(account) = payment.account_id {
        activity::write(core, tx, Act::own(account, Happened::FeePaid).detail(&payment.reference)).await?;
    }
    inform(core, tx, fee, payment, "notice-fee-paid", payment.amount).await?;
    let said = Settled {
        payment: payment.reference.clone(),
        fee: fee.fee.clone(),
        amount: payment.amount,
        paid_at: core.now(),
        refunded_at: None,
    };
    tell_province(core, tx, &fee.client_id, &said).await
}

async fn surplus(core: &Core, tx: &Tx, fee: &FeeRow, payment: &Payment, word: &Word, why: Back) -> Result<(), Error> {
    came(core, tx, payment, word, State::RefundDue, why.as_str()).await?;
    ledger::post(core, tx, Posting::Surplus, payment.id, &fee.client_id, word.amount).await?;
    inform(core, tx, fee, payment, "notice-fee-back", word.amount).await
}

/// The province took a fee back that this payment settled. The fee's row is held by the caller.
pub(super) async fn withdrawn(core: &Core, tx: &Tx, fee: &FeeRow) -> Result<(), Error> {
    let Some(by) = fee.paid_by else { return Ok(()) };
    let payment = payment(tx, by).await?;
    let Some(next) = payment.state()?.next(Event::Withdrawn) else { return Ok(()) };
    Sql::new("UPDATE payment SET state = $1, why = $2, due_at = $3, tries = 0 WHERE id = $4")
        .bind(next.as_str())
        .bind(Back::Withdrawn.as_str())
        .bind(core.now())
        .bind(payment.id)
        .exec(tx)
        .await?;
    Sql::new("UPDATE national_fee SET paid_by = NULL, paid_at = NULL WHERE id = $1").bind(fee.id).exec(tx).await?;
    ledger::post(core, tx, Posting::Withdrawn, payment.id, &fee.client_id, payment.received).await?;
    inform(core, tx, fee, &payment, "notice-fee-back", payment.received).await
}

/// How asking for money back ended.
pub(super) async fn refunded(core: &Core, id: Uuid, event: Event) -> Result<(), Error> {
    let core2 = core.clone();
    core.store
        .write(move |tx: Tx| async move {
            let (core, before) = (&core2, payment(&tx, id).await?);
            let fee = locked_fee(&tx, before.fee_id).await?;
            let payment = payment(&tx, id).await?;
            let Some(next) = payment.state()?.next(event) else { return Ok(()) };
            if next != State::Refunded {
                return over(&tx, id, next).await;
            }
            let now = core.now();
            Sql::new("UPDATE payment SET state = $1, refunded_at = $2, due_at = NULL WHERE id = $3")
                .bind(next.as_str())
                .bind(now)
                .bind(id)
                .exec(&tx)
                .await?;
            ledger::post(core, &tx, Posting::Refunded, id, &fee.client_id, payment.received).await?;
            inform(core, &tx, &fee, &payment, "notice-fee-refunded", payment.received).await?;
            if payment.why != Back::Withdrawn.as_str() {
                return Ok(()); // the province never heard of it
            }
            let said = Settled {
                payment: payment.reference.clone(),
                fee: fee.fee.clone(),
                amount: payment.amount,
                paid_at: payment.paid_at.unwrap_or(now),
                refunded_at: Some(now),
            };
            tell_province(core, &tx, &fee.client_id, &said).await
        })
        .await
}

/// The gateway has never heard of an order that is a day old.
pub(super) async fn forgotten(core: &Core, id: Uuid) -> Result<(), Error> {
    core.store
        .write(move |tx: Tx| async move {
            let before = payment(&tx, id).await?;
            locked_fee(&tx, before.fee_id).await?;
            match payment(&tx, id).await?.state()?.next(Event::Forgotten) {
                Some(next) => over(&tx, id, next).await,
                None => Ok(()),
            }
        })
        .await
}

/// Đồng, as people write them; a notice is read in the language of its reader, and both write the sum in one way.
pub fn dong(amount: i64) -> String {
    format!("{}\u{a0}đ", show::number(amount, base::i18n::Lang::VI))
}

/// Tells who paid, as long as there is an account.
async fn inform(core: &Core, tx: &Tx, fee: &FeeRow, payment: &Payment, key: &str, amount: i64) -> Result<(), Error> {
    let Some(account) = payment.account_id else { return Ok(()) };
    let notice = Notice {
        account,
        kind: "payment",
        key: key.to_owned(),
        args: vec![("amount", dong(amount)), ("code", fee.dossier_code.clone())],
        link: page_of_payment(payment.id),
        sms: None,
    };
    Ok(notices::tell(core, tx, notice).await?)
}

/// A message to a province that waits. `None`: no key opens it.
pub fn open(core: &Core, id: Uuid, payload: &[u8]) -> Option<(String, serde_json::Value)> {
    let plain = core.keys.open(Purpose::Outbox, id.as_bytes(), payload).ok()?;
    let mut said: serde_json::Value = serde_json::from_slice(&plain).ok()?;
    let client = said.get("client")?.as_str()?.to_owned();
    Some((client, said.get_mut("payment")?.take()))
}

/// Where a province hears of it: at the address at which it lists its procedures. `None`: it is connected no more.
pub async fn door(core: &Core, client: &str) -> Result<Option<String>, Error> {
    let sql = "SELECT procedures_uri FROM connected_system WHERE client_id = $1";
    let at: Option<String> = Sql::new(sql).bind(client).scalar(core.store.read()).await?;
    let origin = at.and_then(|at| {
        let host = crate::dossiers::host(&at)?;
        Some(at[..at.find(host)? + host.len()].to_owned())
    });
    Ok(origin.map(|origin| format!("{origin}{}", super::hear::PATH)))
}

async fn tell_province(core: &Core, tx: &Tx, client: &str, said: &Settled) -> Result<(), Error> {
    let (id, now) = (core.new_id(), core.now());
    let plain = serde_json::json!({ "client": client, "payment": said.json() }).to_string();
    let word = if said.refunded_at.is_some() { "refunded" } else { "paid" };
    let message = Message {
        id,
        channel: CHANNEL,
        lane: 1,
        dedupe: Some(format!("payment {} {word}", said.payment)),
        payload: core.keys.seal(Purpose::Outbox, id.as_bytes(), plain.as_bytes(), &core.entropy),
        now,
        expires_at: now + GIVEN_UP,
    };
    outbox::put(tx, message).await?;
    Ok(())
}
