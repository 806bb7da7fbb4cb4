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

pub(super) const NUMBER: &str = "number";

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

pub(super) fn bound(account: Uuid, name: &str) -> Vec<u8> {
    [account.as_bytes().as_slice(), name.as_bytes()].concat()
}

pub(super) fn number_hash(core: &Core, number: &PersonalNumber) -> Vec<u8> {
    core.keys.hash(Purpose::PersonalNumberIndex, &[number.expose().as_bytes()]).to_vec()
}

/// Whose number this is.
pub(super) async fn account_of(core: &Core, tx: &Tx, number: &PersonalNumber) -> Result<Option<Uuid>, store::Error> {
    let mut sql = Sql::new("SELECT account_id FROM account_fact WHERE number_hash IN (");
    let hashes = core.keys.hashes(Purpose::PersonalNumberIndex, &[number.expose().as_bytes()]);
    let marks: Vec<String> = hashes.into_iter().map(|hash| sql.value(hash.to_vec())).collect();
    sql.push(&marks.join(", "));
    sql.push(")");
    sql.scalar(tx).await
}

/// The number that this account is proven to have.
pub(super) async fn number(core: &Core, tx: &Tx, account: Uuid) -> Result<Option<PersonalNumber>, Error> {
    let facts = read(core, tx, account).await?;
    Ok(facts.get(NUMBER).and_then(|f| PersonalNumber::parse(&f.value).ok()))
}

/// Writes what was said now over what was known. Errors: `LinkedElsewhere` when the number is another account's.
pub(super) async fn put(core: &Core, tx: &Tx, account: Uuid, arrival: &Arrival) -> Result<(), Error> {
    let sex = arrival.sex.map(|sex| match sex {
        Sex::Male => "male",
        Sex::Female => "female",
    });
    // While the key is turned the index cannot see that a number stands there under the previous one.
    if account_of(core, tx, &arrival.number).await?.is_some_and(|of| of != account) {
        return Err(Error::LinkedElsewhere);
    }
    let said = [
        (NUMBER, Some(arrival.number.expose())),
        ("full_name", Some(arrival.full_name.as_str())),
        ("birth_date", arrival.birth_date.as_deref()),
        ("sex", sex),
    ];
    for (name, value) in said {
        let Some(value) = value else { continue };
        let sealed = core.keys.seal(Purpose::PersonalNumber, &bound(account, name), value.as_bytes(), &core.entropy);
        let hash = (name == NUMBER).then(|| number_hash(core, &arrival.number));
        let inserted = Insert::into("account_fact")
            .set("account_id", account)
            .set("name", name)
            .set("sealed", sealed.clone())
            .set("number_hash", hash.clone())
            .set("key_id", core.keys.turn())
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
            "UPDATE account_fact SET sealed = $1, source = $2, assurance = $3, proved_at = $4, number_hash = $5, key_id = $6
             WHERE account_id = $7 AND name = $8",
        )
        .bind(sealed)
        .bind(arrival.provider.as_str())
        .bind(arrival.level.as_str())
        .bind(core.now())
        .bind(hash)
        .bind(core.keys.turn())
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
