//! What is known of a person for sure, each thing sealed for its row, with where it is from and since when (A13, A15).

use super::Arrival;
use crate::{
    accounts::{
        Assurance, Error,
        activity::{self, Act, Happened},
        authority::Authority,
        release, sessions,
    },
    audit::{self, By, Entry},
    core::Core,
    notices::{self, Notice},
};
use base::{
    clock::Millis,
    ids::Uuid,
    keys::Purpose,
    personal_number::{PersonalNumber, Sex},
};
use serde::Serialize;
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

pub(in crate::accounts) const NUMBER: &str = "number";

/// The source of what was read from a card: printed data, which anybody may have seen (A7).
pub const CARD: &str = "card";
/// The source of what the population registry matched.
pub const REGISTRY: &str = "registry";
/// The source of what a person typed about themselves (A10). Its names are none of those that can be proven.
pub const DECLARED: &str = "declared";
/// Under this name stands which number the account lost (A7), and this is its source: no proof, a memory.
const RELEASED_NUMBER: &str = "released_number";
const RELEASED: &str = "released";
/// How surely a card's code is known: not at all beyond its print. The account's level never comes from it.
pub const PRINTED: &str = "printed";

/// Which source gives way to which: a card to whoever compares what somebody typed, and both to a provider that the person signed in at.
fn weight(source: &str) -> u8 {
    match source {
        CARD | DECLARED | RELEASED => 0,
        REGISTRY => 1,
        name if Authority::is_source(name) => 1,
        _ => 2,
    }
}

/// Whether who has a fact from here is that person, and not somebody who knows what is printed on their card: it came with a sign-in or a
/// signature, with a phone in the own name, or an office saw the person. A registry, or a social insurance number with any phone, matched what was typed.
fn is_person(source: &str) -> bool {
    weight(source) > 1 || source == Authority::Operator.as_str() || source == Authority::Post.as_str()
}

/// What a person sees of the own facts, and what the export holds.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Fact {
    /// `number`, `full_name`, `birth_date`, `sex`.
    pub name: String,
    pub value: String,
    pub source: String,
    pub assurance: String,
    pub proved_at: Millis,
    /// What the population registry said of this very value (N7): `match`, `mismatch`, `silent`.
    pub registry: Option<String>,
    pub registry_at: Option<Millis>,
}

impl Fact {
    /// A person who signs in elsewhere brings the value along: here it cannot be corrected.
    pub fn is_brought(&self) -> bool {
        weight(&self.source) > 1
    }
}

/// All of one person.
#[derive(Debug, Clone, Default)]
pub struct Facts(pub Vec<Fact>);

impl Facts {
    pub fn get(&self, name: &str) -> Option<&Fact> {
        self.0.iter().find(|f| f.name == name)
    }

    /// Without what was only read from a card.
    #[must_use]
    pub fn proven(self) -> Self {
        Self(self.0.into_iter().filter(|fact| weight(&fact.source) > 0).collect())
    }

    /// How surely it is known who the person is.
    pub fn standing(&self) -> Standing {
        match self.get(NUMBER) {
            None => Standing::Unknown,
            Some(fact) if weight(&fact.source) == 0 => Standing::Read { at: fact.proved_at },
            Some(fact) => Standing::Verified { by: fact.source.clone(), at: fact.proved_at },
        }
    }

    /// Whether the population registry said yes to everything that tells who somebody is, and no to nothing (N7).
    pub fn is_ticked(&self) -> bool {
        let said = |name: &str| self.get(name).and_then(|fact| fact.registry.as_deref());
        [NUMBER, "full_name", "birth_date"].iter().all(|name| said(name) == Some("match"))
            && said("sex") != Some("mismatch")
    }

    /// `044***234`; empty when none is known.
    pub fn masked_number(&self) -> String {
        let number = self.get(NUMBER).and_then(|f| PersonalNumber::parse(&f.value).ok());
        number.map_or_else(String::new, |n| n.masked())
    }
}

/// Where a person stands with «Xác thực thông tin cá nhân».
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    Unknown,
    /// «Đã đối chiếu mã QR»
    Read {
        at: Millis,
    },
    /// «Đã xác thực»; `by` is a source.
    Verified {
        by: String,
        at: Millis,
    },
}

#[derive(FromRow)]
struct Row {
    name: String,
    sealed: Vec<u8>,
    source: String,
    assurance: String,
    proved_at: Millis,
    registry: Option<String>,
    registry_at: Option<Millis>,
}

pub(super) fn bound(account: Uuid, name: &str) -> Vec<u8> {
    [account.as_bytes().as_slice(), name.as_bytes()].concat()
}

pub(crate) fn number_hash(core: &Core, number: &PersonalNumber) -> Vec<u8> {
    core.keys.hash(Purpose::PersonalNumberIndex, &[number.expose().as_bytes()]).to_vec()
}

/// Which account says to have this number, by what source and since when.
#[derive(FromRow)]
pub(in crate::accounts) struct Claim {
    pub account_id: Uuid,
    pub source: String,
    pub proved_at: Millis,
}

impl Claim {
    pub fn is_proven(&self) -> bool {
        weight(&self.source) > 0
    }

    /// The person signed in elsewhere with this number, or signed with a certificate that names it: more than what a card says.
    pub fn names_the_person(&self) -> bool {
        weight(&self.source) > 1
    }

    /// What was only read gives way to every proof; what was matched to one of the highest level that names the person; and that to nothing.
    pub fn gives_way_to(&self, word: &Word<'_>) -> bool {
        match weight(&self.source) {
            0 => true,
            1 => weight(word.source) > 1 && Assurance::parse(word.assurance) == Assurance::High,
            _ => false,
        }
    }
}

pub(in crate::accounts) async fn claim_of(
    core: &Core,
    db: &impl ConnectionTrait,
    number: &PersonalNumber,
) -> Result<Option<Claim>, store::Error> {
    // While the key is turned a number may stand there under the previous one, which the unique index cannot see.
    let mut sql = Sql::new("SELECT account_id, source, proved_at FROM account_fact WHERE number_hash IN (");
    let hashes = core.keys.hashes(Purpose::PersonalNumberIndex, &[number.expose().as_bytes()]);
    let marks: Vec<String> = hashes.into_iter().map(|hash| sql.value(hash.to_vec())).collect();
    sql.push(&marks.join(", "));
    sql.push(")");
    sql.one(db).await
}

/// The account that is proven to have this number. Who only showed a card has proven nothing.
pub(crate) async fn proven_account_of(
    core: &Core,
    db: &impl ConnectionTrait,
    number: &PersonalNumber,
) -> Result<Option<Uuid>, store::Error> {
    Ok(claim_of(core, db, number).await?.filter(Claim::is_proven).map(|claim| claim.account_id))
}

/// The number that this account is proven to have.
pub(crate) async fn proven_number(
    core: &Core,
    db: &impl ConnectionTrait,
    account: Uuid,
) -> Result<Option<PersonalNumber>, Error> {
    number_with(core, db, account, |source| weight(source) > 0).await
}

async fn number_with(
    core: &Core,
    db: &impl ConnectionTrait,
    account: Uuid,
    is_enough: impl Fn(&str) -> bool,
) -> Result<Option<PersonalNumber>, Error> {
    let facts = read(core, db, account).await?;
    let number = facts.get(NUMBER).filter(|fact| is_enough(&fact.source));
    Ok(number.and_then(|f| PersonalNumber::parse(&f.value).ok()))
}

/// The account whose owner is the person with this number: for what is shown by the number alone (N6).
pub(crate) async fn account_of_person(
    core: &Core,
    db: &impl ConnectionTrait,
    number: &PersonalNumber,
) -> Result<Option<Uuid>, store::Error> {
    Ok(claim_of(core, db, number).await?.filter(|claim| is_person(&claim.source)).map(|claim| claim.account_id))
}

/// The number of the person whose account this is; `None` where it was only matched.
pub(crate) async fn number_of_person(
    core: &Core,
    db: &impl ConnectionTrait,
    account: Uuid,
) -> Result<Option<PersonalNumber>, Error> {
    number_with(core, db, account, is_person).await
}

pub(in crate::accounts) fn sex_value(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
    }
}

/// Who says something of a person, and how surely.
pub(in crate::accounts) struct Word<'a> {
    pub source: &'a str,
    pub assurance: &'a str,
}

/// What a provider says.
pub(crate) async fn put(core: &Core, tx: &Tx, account: Uuid, arrival: &Arrival) -> Result<(), Error> {
    let word = Word { source: &arrival.provider, assurance: arrival.level.as_str() };
    let said = [
        ("full_name", Some(arrival.full_name.as_str())),
        ("birth_date", arrival.birth_date.as_deref()),
        ("sex", arrival.sex.map(sex_value)),
    ];
    write(core, tx, account, &word, &arrival.number, &said).await
}

/// Writes what was said now over what was known, where the word weighs no less. A number that another account only read from a card goes
/// over to who proves it, and one that was matched with what is printed on a card to who comes with a proof of the highest level that names the
/// person. Errors: `LinkedElsewhere` when the number is another account's all the same, `CardReleased`.
pub(in crate::accounts) async fn write(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    word: &Word<'_>,
    number: &PersonalNumber,
    said: &[(&'static str, Option<&str>)],
) -> Result<(), Error> {
    may_take(core, tx, account, word.source, number).await?;
    if let Some(claim) = claim_of(core, tx, number).await?.filter(|claim| claim.account_id != account) {
        if weight(word.source) == 0 || !claim.gives_way_to(word) {
            return Err(Error::LinkedElsewhere);
        }
        if claim.is_proven() {
            return pass_on(core, tx, claim.account_id, (account, word), number, said).await;
        }
        forget_card(core, tx, claim.account_id).await?;
        let notice = Notice {
            account: claim.account_id,
            kind: "account",
            key: "notice-card-gone".into(),
            args: Vec::new(),
            link: "/tai-khoan/xac-thuc".into(),
            sms: None,
        };
        notices::tell(core, tx, notice).await?;
    }
    keep(core, tx, account, word, number, said).await
}

/// The number passes from an account that a card proved to one whose proof names the person (A7, A13). The one that had it is told, and falls back
/// to its phone.
async fn pass_on(
    core: &Core,
    tx: &Tx,
    from: Uuid,
    (account, word): (Uuid, &Word<'_>),
    number: &PersonalNumber,
    said: &[(&'static str, Option<&str>)],
) -> Result<(), Error> {
    tx.lock("account", from).await?;
    if !give_up(core, tx, from).await? {
        return Err(Error::LinkedElsewhere);
    }
    sessions::end(core, tx, from, None, "number-passed").await?;
    activity::write(core, tx, Act::own(from, Happened::NumberPassed)).await?;
    release::tell(core, tx, from, "notice-number-passed").await?;
    let entry = Entry {
        by: By::Citizen { account },
        act: "number-pass",
        object: format!("account {from}"),
        reason: String::new(),
        data: serde_json::json!({ "source": word.source, "level": word.assurance }),
    };
    audit::write(tx, &core.clock, &core.entropy, entry).await?;
    keep(core, tx, account, word, number, said).await
}

/// Writes what was said, the number being nobody else's.
async fn keep(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    word: &Word<'_>,
    number: &PersonalNumber,
    said: &[(&'static str, Option<&str>)],
) -> Result<(), Error> {
    let mut before = read(core, tx, account).await?;
    if before.get(NUMBER).is_some_and(|fact| fact.value != number.expose()) {
        forget_dossiers(tx, account).await?;
        // Another card than the one that was read before: nothing of that one stays beside it.
        Sql::new("DELETE FROM account_fact WHERE account_id = $1 AND source = $2")
            .bind(account)
            .bind(CARD)
            .exec(tx)
            .await?;
        before = before.proven();
    }
    for (name, value) in [(NUMBER, Some(number.expose()))].iter().chain(said) {
        let Some(value) = *value else { continue };
        if before.get(name).is_some_and(|fact| weight(&fact.source) > weight(word.source)) {
            continue;
        }
        write_value(core, tx, account, word, name, value).await?;
        if before.get(name).is_some_and(|fact| fact.value != value) {
            judge(tx, account, name, None).await?;
        }
    }
    Ok(())
}

/// What the inbox says of dossiers was said to whoever has the number (N14).
async fn forget_dossiers(tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    let sql = "DELETE FROM notice WHERE account_id = $1 AND kind = 'dossier'";
    Sql::new(sql).bind(account).exec(tx).await.map(|_| ())
}

/// One value, over whatever was known. Errors: `LinkedElsewhere` when it is another account's number.
pub(in crate::accounts) async fn write_value(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    word: &Word<'_>,
    name: &'static str,
    value: &str,
) -> Result<(), Error> {
    let sealed = core.keys.seal(Purpose::PersonalNumber, &bound(account, name), value.as_bytes(), &core.entropy);
    let hash = (name == NUMBER).then(|| PersonalNumber::parse(value).ok()).flatten().map(|n| number_hash(core, &n));
    let inserted = Insert::into("account_fact")
        .set("account_id", account)
        .set("name", name)
        .set("sealed", sealed.clone())
        .set("number_hash", hash.clone())
        .set("source", word.source)
        .set("assurance", word.assurance)
        .set("key_id", core.keys.turn())
        .set("proved_at", core.now())
        .or_ignore()
        .exec(tx)
        .await?;
    if inserted == 1 {
        return Ok(());
    }
    // Known before; or the number is another account's, who may have come at this very moment.
    let changed = Sql::new(
        "UPDATE account_fact SET sealed = $1, source = $2, assurance = $3, proved_at = $4, number_hash = $5, key_id = $6
         WHERE account_id = $7 AND name = $8",
    )
    .bind(sealed)
    .bind(word.source)
    .bind(word.assurance)
    .bind(core.now())
    .bind(hash)
    .bind(core.keys.turn())
    .bind(account)
    .bind(name)
    .exec(tx)
    .await
    .map_err(taken)?;
    if changed == 0 { Err(Error::LinkedElsewhere) } else { Ok(()) }
}

/// Writes down what the registry said of the value that is held, and when; `None`: nobody asked about this one yet.
pub(in crate::accounts) async fn judge(
    tx: &Tx,
    account: Uuid,
    name: &str,
    said: Option<(&str, Millis)>,
) -> Result<(), store::Error> {
    Sql::new("UPDATE account_fact SET registry = $1, registry_at = $2 WHERE account_id = $3 AND name = $4")
        .bind(said.map(|(verdict, _)| verdict))
        .bind(said.map(|(_, at)| at))
        .bind(account)
        .bind(name)
        .exec(tx)
        .await
        .map(|_| ())
}

/// Another account took the number between the look and the writing.
fn taken(e: store::Error) -> Error {
    if e.trouble() == store::Trouble::Exists { Error::LinkedElsewhere } else { e.into() }
}

/// The number goes, with everything that was known by it; the account is known by its phone alone from now on. What went is remembered, so that
/// the same card does not bring it back. False when there was none that may go: `names_the_person` keeps it.
pub(crate) async fn give_up(core: &Core, tx: &Tx, account: Uuid) -> Result<bool, Error> {
    let known = read(core, tx, account).await?;
    let Some(number) = known.get(NUMBER).filter(|fact| weight(&fact.source) < 2) else { return Ok(false) };
    let mut lost = released(&known);
    lost.push(number.value.clone());
    let lost = lost[lost.len().saturating_sub(REMEMBERED)..].join(" ");
    let sql = "DELETE FROM account_fact WHERE account_id = $1 AND name IN ('number', 'full_name', 'birth_date', 'sex')";
    Sql::new(sql).bind(account).exec(tx).await?;
    forget_dossiers(tx, account).await?;
    // Whatever the registry was asked about the person at the portal was about that number.
    Sql::new("DELETE FROM registry_check WHERE account_id = $1").bind(account).exec(tx).await?;
    let word = Word { source: RELEASED, assurance: PRINTED };
    write_value(core, tx, account, &word, RELEASED_NUMBER, &lost).await?;
    Sql::new("UPDATE account SET assurance = $1, updated_at = $2 WHERE id = $3")
        .bind(Assurance::Phone.as_str())
        .bind(core.now())
        .bind(account)
        .exec(tx)
        .await?;
    Ok(true)
}

/// As many lost numbers as are remembered: who collects more is blocked by people.
const REMEMBERED: usize = 10;

fn released(known: &Facts) -> Vec<String> {
    known.get(RELEASED_NUMBER).map_or_else(Vec::new, |fact| fact.value.split(' ').map(str::to_owned).collect())
}

/// A number that this account lost comes back by a proof that names the person, never by the card that brought it. Errors: `CardReleased`.
pub(in crate::accounts) async fn may_take(
    core: &Core,
    db: &impl ConnectionTrait,
    account: Uuid,
    source: &str,
    number: &PersonalNumber,
) -> Result<(), Error> {
    if weight(source) > 1 {
        return Ok(());
    }
    let known = read(core, db, account).await?;
    if released(&known).iter().any(|lost| lost == number.expose()) { Err(Error::CardReleased) } else { Ok(()) }
}

/// What was only read from a card is known no longer. How many facts went.
pub(in crate::accounts) async fn forget_card(core: &Core, tx: &Tx, account: Uuid) -> Result<u64, store::Error> {
    let gone = Sql::new("DELETE FROM account_fact WHERE account_id = $1 AND source = $2")
        .bind(account)
        .bind(CARD)
        .exec(tx)
        .await?;
    if gone > 0 {
        activity::write(core, tx, Act::own(account, Happened::CardGone)).await?;
    }
    Ok(gone)
}

/// One value, opened.
pub(in crate::accounts) fn open_value(core: &Core, account: Uuid, name: &str, sealed: &[u8]) -> Option<String> {
    let plain = core.keys.open(Purpose::PersonalNumber, &bound(account, name), sealed).ok()?;
    String::from_utf8(plain).ok()
}

/// The facts of one account, opened.
pub(crate) async fn read(core: &Core, db: &impl ConnectionTrait, account: Uuid) -> Result<Facts, Error> {
    let rows: Vec<Row> = Sql::new(
        "SELECT name, sealed, source, assurance, proved_at, registry, registry_at FROM account_fact WHERE account_id = $1 ORDER BY name",
    )
    .bind(account)
    .all(db)
    .await?;
    let open = |r: Row| {
        let value = open_value(core, account, &r.name, &r.sealed)?;
        Some(Fact {
            name: r.name,
            value,
            source: r.source,
            assurance: r.assurance,
            proved_at: r.proved_at,
            registry: r.registry,
            registry_at: r.registry_at,
        })
    };
    Ok(Facts(rows.into_iter().filter_map(open).collect()))
}
