//! What is known of a person for sure, each thing sealed for its row, with where it is from and since when (A13, A15).

use super::Arrival;
use crate::{accounts::Error, core::Core};
use base::{
    clock::Millis,
    ids::Uuid,
    keys::Purpose,
    personal_number::{PersonalNumber, Sex},
};
use serde::Serialize;
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

const NUMBER: &str = "number";

/// What a person sees of the own facts, and what the export holds.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Fact {
    /// `number`, `full_name`, `birth_date`, `sex`.
    pub name: String,
    pub value: String,
    pub source: String,
    pub assurance: String,
    pub proved_at: Millis,
}

/// All of one person.
#[derive(Debug, Clone, Default)]
pub struct Facts(pub Vec<Fact>);

impl Facts {
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.iter().find(|f| f.name == name)
    }

    /// `044***234`; empty when none is known.
    pub fn masked_number(&self) -> String {
        let number = self.get(NUMBER).and_then(|f| PersonalNumber::parse(&f.value).ok());
        number.map_or_else(String::new, |n| n.masked())
    }
}

#[derive(FromRow)]
struct Row {
    name: String,
    sealed: Vec<u8>,
    source: String,
    assurance: String,
    proved_at: Millis,
}

fn bound(account: Uuid, name: &str) -> Vec<u8> {
    [account.as_bytes().as_slice(), name.as_bytes()].concat()
}

fn number_hash(core: &Core, number: &PersonalNumber) -> Vec<u8> {
    core.keys.hash(Purpose::PersonalNumberIndex, &[number.expose().as_bytes()]).to_vec()
}

/// Whose number this is.
pub(crate) async fn account_of(
    core: &Core,
    db: &impl ConnectionTrait,
    number: &PersonalNumber,
) -> Result<Option<Uuid>, store::Error> {
    Sql::new("SELECT account_id FROM account_fact WHERE number_hash = $1")
        .bind(number_hash(core, number))
        .scalar(db)
        .await
}

/// The number that this account is proven to have.
pub(super) async fn number(core: &Core, tx: &Tx, account: Uuid) -> Result<Option<PersonalNumber>, Error> {
    let facts = read(core, tx, account).await?;
    Ok(facts.get(NUMBER).and_then(|f| PersonalNumber::parse(&f.value).ok()))
}

/// Writes what was said now over what was known. Errors: `LinkedElsewhere` when the number is another account's.
pub(crate) async fn put(core: &Core, tx: &Tx, account: Uuid, arrival: &Arrival) -> Result<(), Error> {
    let sex = arrival.sex.map(|sex| match sex {
        Sex::Male => "male",
        Sex::Female => "female",
    });
    let said = [
        (NUMBER, Some(arrival.number.expose())),
        ("full_name", Some(arrival.full_name.as_str())),
        ("birth_date", arrival.birth_date.as_deref()),
        ("sex", sex),
    ];
    for (name, value) in said {
        let Some(value) = value else { continue };
        let sealed = core.keys.seal(Purpose::PersonalNumber, &bound(account, name), value.as_bytes(), &core.entropy);
        let inserted = Insert::into("account_fact")
            .set("account_id", account)
            .set("name", name)
            .set("sealed", sealed.clone())
            .set("number_hash", (name == NUMBER).then(|| number_hash(core, &arrival.number)))
            .set("source", arrival.provider.as_str())
            .set("assurance", arrival.level.as_str())
            .set("proved_at", core.now())
            .or_ignore()
            .exec(tx)
            .await?;
        if inserted == 1 {
            continue;
        }
        // Known before; or the number is another account's, who may have come at this very moment.
        let changed = Sql::new(
            "UPDATE account_fact SET sealed = $1, source = $2, assurance = $3, proved_at = $4 WHERE account_id = $5 AND name = $6",
        )
        .bind(sealed)
        .bind(arrival.provider.as_str())
        .bind(arrival.level.as_str())
        .bind(core.now())
        .bind(account)
        .bind(name)
        .exec(tx)
        .await?;
        if changed == 0 {
            return Err(Error::LinkedElsewhere);
        }
    }
    Ok(())
}

/// The facts of one account, opened.
pub(crate) async fn read(core: &Core, db: &impl ConnectionTrait, account: Uuid) -> Result<Facts, Error> {
    let rows: Vec<Row> = Sql::new(
        "SELECT name, sealed, source, assurance, proved_at FROM account_fact WHERE account_id = $1 ORDER BY name",
    )
    .bind(account)
    .all(db)
    .await?;
    let open = |r: Row| {
        let plain = core.keys.open(Purpose::PersonalNumber, &bound(account, &r.name), &r.sealed).ok()?;
        let value = String::from_utf8(plain).ok()?;
        Some(Fact { name: r.name, value, source: r.source, assurance: r.assurance, proved_at: r.proved_at })
    };
    Ok(Facts(rows.into_iter().filter_map(open).collect()))
}
