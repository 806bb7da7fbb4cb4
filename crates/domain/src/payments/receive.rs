//! The portal's side: what a province asks for in its dossiers. It was believed before it comes here, and concerns that province alone, because a fee's name
//! is the client's id with the province's own.

use super::{
    fee::{Ask, Fee, Outcome, Why},
    mine, page_of, settle,
};
use crate::{
    accounts::linked::facts,
    core::Core,
    error::Error,
    notices::{self, Notice},
};
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
    keys::Purpose,
    personal_number::PersonalNumber,
};
use serde_json::Value;
use store::{FromRow, Insert, Sql, Tx};

/// What is older is no news.
const NEWS: Millis = 14 * DAY;

#[derive(FromRow)]
struct Dossier {
    id: Uuid,
    sealed: Vec<u8>,
}

/// Takes each fee that can be taken, all in one transaction; the answers stand in their order. The caller has counted them.
pub async fn receive(core: &Core, client: &str, fees: &[Value]) -> Result<Vec<Outcome>, Error> {
    let now = core.now();
    let read: Vec<Result<Fee, Why>> = fees.iter().map(|fee| Fee::read(fee, now)).collect();
    let (core2, client) = (core.clone(), client.to_owned());
    core.store
        .write(move |tx: Tx| async move {
            let mut out = Vec::with_capacity(read.len());
            for fee in read {
                out.push(match fee {
                    Ok(fee) => take(&core2, &tx, &client, &fee).await?,
                    Err(why) => Outcome::Refused(why),
                });
            }
            Ok(out)
        })
        .await
}

async fn take(core: &Core, tx: &Tx, client: &str, fee: &Fee) -> Result<Outcome, Error> {
    let sql = "SELECT id, sealed FROM national_dossier WHERE client_id = $1 AND code = $2";
    let dossier: Option<Dossier> = Sql::new(sql).bind(client).bind(fee.dossier.as_str()).one(tx).await?;
    let sql = "SELECT id FROM national_fee WHERE client_id = $1 AND fee = $2";
    let known: Option<Uuid> = Sql::new(sql).bind(client).bind(fee.fee.as_str()).scalar(tx).await?;
    let Some(dossier) = dossier else {
        // A fee lives longer than the copy of its dossier: what was paid for it still goes back.
        return match known {
            Some(known) => change(core, tx, None, known, fee).await,
            None => Ok(Outcome::Refused(Why::UnknownDossier)),
        };
    };
    let id = core.new_id();
    let inserted = Insert::into("national_fee")
        .set("id", id)
        .set("client_id", client)
        .set("fee", fee.fee.as_str())
        .set("dossier_code", fee.dossier.as_str())
        .set("name", fee.name.as_str())
        .set("amount", fee.amount)
        .set("state", fee.ask.as_str())
        .set("state_at", fee.at)
        .set("told_at", core.now())
        .or_ignore()
        .exec(tx)
        .await?;
    if inserted == 1 {
        if fee.ask == Ask::Due {
            tell(core, tx, Some(&dossier), id, fee, "notice-fee-due").await?;
        }
        return Ok(Outcome::Taken);
    }
    let sql = "SELECT id FROM national_fee WHERE client_id = $1 AND fee = $2";
    let known: Option<Uuid> = Sql::new(sql).bind(client).bind(fee.fee.as_str()).scalar(tx).await?;
    change(core, tx, Some(&dossier), known.ok_or(Error::Internal("a fee that was put is gone"))?, fee).await
}

/// A word about a fee that is known.
async fn change(core: &Core, tx: &Tx, dossier: Option<&Dossier>, known: Uuid, fee: &Fee) -> Result<Outcome, Error> {
    let known = settle::locked_fee(tx, known).await?;
    if !fee.is_same(&known.dossier_code, &known.name, known.amount) {
        return Ok(Outcome::Refused(Why::FeeReused));
    }
    let stood = Ask::parse(&known.state).ok_or(Error::Internal("a fee in no known state"))?;
    if (fee.at, fee.ask) <= (known.state_at, stood) {
        return Ok(Outcome::Taken);
    }
    Sql::new("UPDATE national_fee SET state = $1, state_at = $2, told_at = $3 WHERE id = $4")
        .bind(fee.ask.as_str())
        .bind(fee.at)
        .bind(core.now())
        .bind(known.id)
        .exec(tx)
        .await?;
    match (stood, fee.ask) {
        (Ask::Due, Ask::Withdrawn) if known.paid_by.is_some() => settle::withdrawn(core, tx, &known).await?,
        (Ask::Due, Ask::Withdrawn) => tell(core, tx, dossier, known.id, fee, "notice-fee-withdrawn").await?,
        (Ask::Withdrawn, Ask::Due) => tell(core, tx, dossier, known.id, fee, "notice-fee-due").await?,
        _ => {}
    }
    Ok(Outcome::Taken)
}

/// Who has the dossier's number and sees the fee is told, by the one rule of who sees; where nobody does, nobody is.
async fn tell(core: &Core, tx: &Tx, dossier: Option<&Dossier>, id: Uuid, fee: &Fee, key: &str) -> Result<(), Error> {
    let Some(dossier) = dossier else { return Ok(()) };
    if fee.at <= core.now() - NEWS {
        return Ok(());
    }
    let plain = core.keys.open(Purpose::PersonalNumber, dossier.id.as_bytes(), &dossier.sealed).ok();
    let number = plain.and_then(|plain| PersonalNumber::parse(std::str::from_utf8(&plain).ok()?).ok());
    let Some(number) = number else { return Ok(()) };
    let Some(account) = facts::account_of_person(core, tx, &number).await? else { return Ok(()) };
    let sees = mine::sees(core, tx, account, id).await.map_err(|e| match e {
        crate::accounts::Error::Shared(e) => e,
        _ => Error::Internal("whose a fee is cannot be read"),
    });
    if !sees? {
        return Ok(());
    }
    let notice = Notice {
        account,
        // Goes with the number, like all that is said of dossiers.
        kind: "dossier",
        key: key.to_owned(),
        args: vec![("amount", settle::dong(fee.amount)), ("code", fee.dossier.clone())],
        link: page_of(id),
        sms: None,
    };
    Ok(notices::tell(core, tx, notice).await?)
}

/// A dossier turned out to be somebody else's: whose it was by mistake keeps no word about its fees.
pub(crate) async fn forget_notices(tx: &Tx, dossier: Uuid) -> Result<(), Error> {
    let sql = "SELECT f.id FROM national_fee f JOIN national_dossier d ON d.client_id = f.client_id AND d.code = f.dossier_code WHERE d.id = $1";
    for fee in Sql::new(sql).bind(dossier).scalars::<Uuid>(tx).await? {
        let sql = "DELETE FROM notice WHERE kind = 'dossier' AND link = $1";
        Sql::new(sql).bind(page_of(fee)).exec(tx).await?;
    }
    Ok(())
}
