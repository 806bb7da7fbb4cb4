//! A child comes of age (A19): the guardian's mandate ends by itself, and the account waits for its owner.
//!
//! ```text
//! 17 years and 9 months          18                                       + 90 days
//! ──┬─ the guardian makes a code ─┬─ the mandate ends ──┬─ told twice ──┬─ nobody came: deleted
//!   └─ on paper, or read aloud ───┴─ code and own phone, or a proof of its number ──▶ an account like any other
//! ```
//!
//! After it the guardian has no way in. What was done before stays, with who did it.

use super::{
    Given, HELPING, Refusal,
    invite::require_own,
    stand::{self, Ended, STANDING, Standing, happened, is_there, tell},
};
use crate::{
    accounts::{
        Accounts, Address, Error, Flow, FlowKind, Kind, NewSession, Signed, Visitor,
        activity::{self, Act, Happened},
        data_rights, flows, guests,
        linked::{Arrival, facts},
        otp::OtpCode,
        register::{Started, give_consent},
        rows, same, sessions,
    },
    audit::{self, By, Entry},
    core::Core,
    error::{Error as Shared, FieldError},
    limits::{self, HAND_OVERS_PER_ADDRESS},
};
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
    keys::{Purpose, Secret},
    personal_number::PersonalNumber,
    phone::PhoneNumber,
    show,
};
use jiff::{Timestamp, ToSpan};
use store::{ConnectionTrait, FromRow, Insert, Sql, Trouble, Tx};

/// How long the account waits after the last day on which somebody may act in it.
pub const WAITS: Millis = 90 * DAY;
/// How many months before full age the guardian may make the code.
const EARLY: i64 = 3;
/// The guardian is told this long before the end: how many times that makes, and when.
const WARNINGS: [(i32, Millis, &str); 2] =
    [(2, 7 * DAY, "notice-child-leaves-7"), (1, 30 * DAY, "notice-child-leaves-30")];

/// Letters and digits that nobody takes for another one, read aloud or from paper; sixty bits.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH: usize = 12;

/// A code as it was typed. `Debug` hides it.
#[derive(Clone, Debug)]
pub struct HandOverCode(Secret);

impl HandOverCode {
    /// Takes small letters, spaces and dashes. Errors: `Invalid`.
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let wrong = |key| FieldError { field: "hand_over", key };
        if typed.len() > 100 {
            return Err(wrong("hand-over-shape"));
        }
        let plain: String =
            typed.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect();
        match plain.len() {
            0 => Err(wrong("hand-over-empty")),
            LENGTH if plain.bytes().all(|b| LETTERS.contains(&b)) => Ok(Self(Secret::new(plain))),
            _ => Err(wrong("hand-over-shape")),
        }
    }

    fn hash(&self, core: &Core) -> Vec<u8> {
        core.keys.hash(Purpose::InvitationIndex, &[b"hand-over", self.0.expose().as_bytes()]).to_vec()
    }

    fn new(core: &Core) -> Self {
        let letters = core.entropy.bytes::<LENGTH>().map(|b| char::from(LETTERS[usize::from(b) % LETTERS.len()]));
        Self(Secret::new(letters.into_iter().collect::<String>()))
    }

    /// In groups of four, as it is written on paper.
    pub fn shown(&self) -> String {
        let code = self.0.expose();
        [&code[..4], &code[4..8], &code[8..]].join("-")
    }
}

/// From when on a code may be made for who is of age at this time.
pub fn hand_over_from(adult_at: Millis) -> Millis {
    let Ok(day) = Timestamp::from_millisecond(adult_at) else { return adult_at };
    let early = day.to_zoned(show::vietnam()).checked_sub(EARLY.months());
    early.map_or(adult_at, |early| early.timestamp().as_millisecond())
}

/// A child's row, as taking it over needs it.
#[derive(FromRow)]
struct Row {
    guardian: Uuid,
    adult_at: Millis,
}

async fn row(tx: &impl ConnectionTrait, child: Uuid) -> Result<Option<Row>, store::Error> {
    Sql::new("SELECT guardian, adult_at FROM child WHERE account_id = $1").bind(child).one(tx).await
}

async fn log(
    core: &Core,
    tx: &Tx,
    by: Uuid,
    act: &'static str,
    child: Uuid,
    data: serde_json::Value,
) -> Result<(), store::Error> {
    let (by, object) = (By::Citizen { account: by }, format!("account {child}"));
    audit::write(tx, &core.clock, &core.entropy, Entry { by, act, object, reason: String::new(), data }).await
}

/// Whose account a code is for, made when. Errors: `HandOver` for a wrong, used, replaced or late one; `NotOfAge`.
async fn of_code(core: &Core, tx: &Tx, code: &HandOverCode) -> Result<(Uuid, Millis), Error> {
    #[derive(FromRow)]
    struct Found {
        child: Uuid,
        code_hash: Vec<u8>,
        made_at: Millis,
    }
    let hash = code.hash(core);
    let sql = "SELECT child, code_hash, made_at FROM child_code WHERE code_hash = $1";
    let found: Option<Found> = Sql::new(sql).bind(hash.clone()).one(tx).await?;
    let found = found.filter(|found| same(&found.code_hash, &hash)).ok_or(Refusal::HandOver)?;
    may_be_taken(core, tx, found.child).await?;
    Ok((found.child, found.made_at))
}

/// Errors: `HandOver` when it is gone, taken or too late, `NotOfAge`.
async fn may_be_taken(core: &Core, tx: &Tx, child: Uuid) -> Result<Row, Error> {
    let (now, row) = (core.now(), row(tx, child).await?.ok_or(Refusal::HandOver)?);
    if now >= row.adult_at + WAITS || !is_there(tx, child).await? {
        return Err(Refusal::HandOver.into());
    }
    if now < row.adult_at { Err(Refusal::NotOfAge.into()) } else { Ok(row) }
}

/// How somebody takes their account over.
#[derive(Clone)]
struct Taking {
    phone: PhoneNumber,
    /// `None`: they come in from elsewhere, or by a code and a password of their choice (A5).
    password_hash: Option<String>,
    /// Where they live; `None`: as the guardian said.
    residence: Option<(Option<String>, Address)>,
    /// `code` or `number`.
    how: &'static str,
}

/// From now on the account is its owner's. Errors: `HandOver`, `NotOfAge`, `PhoneTaken`, `Blocked` (as a guest), `FlowGone`.
async fn take(core: &Core, tx: &Tx, child: Uuid, flow: &Flow, new: Taking, visitor: &Visitor) -> Result<(), Error> {
    let now = core.now();
    flows::end(tx, flow, now).await?;
    tx.lock("account", child).await?;
    let row = may_be_taken(core, tx, child).await?;
    if let Some(reason) = guests::blocked(core, tx, &new.phone).await? {
        return Err(Error::Blocked { reason });
    }
    if rows::by_phone(tx, Kind::Citizen, &new.phone).await?.is_some() {
        return Err(Error::PhoneTaken);
    }
    let changed =
        Sql::new("UPDATE account SET phone = $1, password_hash = $2, updated_at = $3 WHERE id = $4 AND phone IS NULL")
            .bind(new.phone.as_e164())
            .bind(new.password_hash)
            .bind(now)
            .bind(child)
            .exec(tx)
            .await
            .map_err(|e| if e.trouble() == Trouble::Exists { Error::PhoneTaken } else { e.into() })?;
    if changed == 0 {
        return Err(Refusal::HandOver.into());
    }
    if let Some((commune, address)) = new.residence {
        let sql = "UPDATE account SET commune = $1, address = $2 WHERE id = $3";
        Sql::new(sql).bind(commune).bind(address.as_str()).bind(child).exec(tx).await?;
    }
    for kind in ["terms", "privacy"] {
        give_consent(core, tx, child, kind, flow.text(kind)).await?;
    }
    // Whoever still acts, because the worker was late, acts no longer.
    let standing: Vec<Standing> =
        Sql::new(format!("{STANDING} principal = $1 ORDER BY id")).bind(child).all(tx).await?;
    for of in &standing {
        stand::end(core, tx, of, Ended::Time, child).await?;
    }
    for (table, column) in [("mandate_offer", "principal"), ("child_code", "child"), ("child", "account_id")] {
        Sql::new(format!("DELETE FROM {table} WHERE {column} = $1")).bind(child).exec(tx).await?;
    }
    let sql = "SELECT DISTINCT m.helper FROM mandate m JOIN account a ON a.id = m.helper
         WHERE m.principal = $1 AND m.kind = $2 AND a.deleted_at IS NULL";
    let mut guardians: Vec<Uuid> = Sql::new(sql).bind(child).bind(Given::Guardian.as_str()).scalars(tx).await?;
    if !guardians.contains(&row.guardian) {
        guardians.push(row.guardian);
    }
    activity::write(core, tx, Act::own(child, Happened::ChildClaimed).device(&visitor.label).detail(new.how)).await?;
    for guardian in guardians {
        happened(core, tx, guardian, Happened::ChildClaimed, child, new.how).await?;
        tell(core, tx, guardian, "notice-child-claimed", HELPING, None).await?;
    }
    tell(core, tx, child, "notice-child-yours", "/tai-khoan/hoat-dong", None).await?;
    Ok(log(core, tx, child, "child-claim", child, serde_json::json!({ "how": new.how })).await?)
}

/// The account that a guardian keeps for this person, who is of age now: by the number and the name that the guardian typed.
async fn of_number(
    core: &Core,
    db: &impl ConnectionTrait,
    number: &PersonalNumber,
    name: &str,
) -> Result<Option<Uuid>, Error> {
    #[derive(FromRow)]
    struct Waiting {
        account_id: Uuid,
        full_name: String,
        sealed: Vec<u8>,
    }
    // Those of three months: few enough to open one by one, so that no index of what was only typed is needed.
    let waiting: Vec<Waiting> = Sql::new(
        "SELECT c.account_id, a.full_name, f.sealed FROM child c JOIN account a ON a.id = c.account_id
         JOIN account_fact f ON f.account_id = c.account_id AND f.name = 'declared_number'
         WHERE c.adult_at <= $1 AND c.adult_at > $2 AND a.deleted_at IS NULL AND a.blocked_at IS NULL
         ORDER BY c.created_at, c.account_id LIMIT 5000",
    )
    .bind(core.now())
    .bind(core.now() - WAITS)
    .all(db)
    .await?;
    let name = base::fold::fold(name);
    let is_theirs = |w: &Waiting| {
        base::fold::fold(&w.full_name) == name
            && facts::open_value(core, w.account_id, "declared_number", &w.sealed).is_some_and(|n| n == number.expose())
    };
    Ok(waiting.iter().find(|w| is_theirs(w)).map(|w| w.account_id))
}

impl Accounts {
    /// «Tạo mã giao tài khoản»: a new one makes the one before worthless. Shown once. Errors: `StepUp`, `Forbidden`, `NotFound` for who does not
    /// answer for the child, `HandOverEarly`, `HandOver` when it is too late.
    pub async fn make_hand_over(&self, signed: &Signed, child: Uuid) -> Result<HandOverCode, Error> {
        require_own(signed)?;
        signed.require_fresh(self.core.now())?;
        let (core, me) = (self.core.clone(), signed.account);
        let code = HandOverCode::new(&core);
        let made = code.clone();
        self.core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                tx.lock("account", child).await?;
                let row = row(&tx, child).await?.filter(|row| row.guardian == me).ok_or(Shared::NotFound)?;
                if now < hand_over_from(row.adult_at) {
                    return Err(Refusal::HandOverEarly.into());
                }
                if now >= row.adult_at + WAITS {
                    return Err(Refusal::HandOver.into());
                }
                Sql::new("DELETE FROM child_code WHERE child = $1").bind(child).exec(&tx).await?;
                Insert::into("child_code")
                    .set("child", child)
                    .set("code_hash", made.hash(&core))
                    .set("made_by", me)
                    .set("made_at", now)
                    .exec(&tx)
                    .await?;
                happened(&core, &tx, me, Happened::ChildCode, child, "").await?;
                happened(&core, &tx, child, Happened::ChildCode, me, "").await?;
                log(&core, &tx, me, "child-code", child, serde_json::json!({})).await?;
                Ok::<_, Error>(())
            })
            .await?;
        Ok(code)
    }

    /// «Nhận tài khoản của mình»: the code from the guardian, and the own phone, to which an SMS goes. Every try is counted. Errors: `Invalid`
    /// (consent), `HandOver`, `NotOfAge`, `TooOften`, and as of any SMS.
    pub async fn start_claim(
        &self,
        code: &HandOverCode,
        form: crate::accounts::PhoneForm<'_>,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        let mut new = self.agreed_flow(FlowKind::Claim, form.phone, form.agreed, form.lang)?;
        let (core, code, group) = (self.core.clone(), code.clone(), form.visitor.address_group());
        let (child, made_at) = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                if let Err(over) = limits::hit(&tx, &core.keys, HAND_OVERS_PER_ADDRESS, group.as_bytes(), now).await? {
                    return Ok(Err(Error::from(Shared::TooOften { again_at: over.again_at })));
                }
                // The count stays, whatever the code was.
                match of_code(&core, &tx, &code).await {
                    Err(refused @ Error::Helping(_)) => Ok(Err(refused)),
                    Err(broken) => Err(broken),
                    Ok(found) => Ok(Ok(found)),
                }
            })
            .await??;
        new.account = Some(child);
        new.data["made_at"] = made_at.into();
        self.start_with_code(new, form.lang, form.visitor, form.proof, before).await
    }

    /// The code of the SMS. Errors: as the code page of registering.
    pub async fn confirm_claim(&self, token: &str, code: OtpCode) -> Result<(), Error> {
        self.take_code(FlowKind::Claim, token, code, flows::PASSWORD).await
    }

    /// The name of whose account a flow is about, once the phone was proven. Errors: `FlowGone`.
    pub async fn claimed_name(&self, flow: &Flow) -> Result<String, Error> {
        let child = flow.account.ok_or(Error::FlowGone)?;
        let profile = rows::profile(self.core.store.read(), child).await?;
        Ok(profile.ok_or(Error::FlowGone)?.full_name)
    }

    /// The password: from now on the account is an ordinary one. Errors: `Password`, `FlowGone`, `HandOver` when somebody was first or the guardian
    /// made another code, `PhoneTaken`, `Blocked` (as a guest), `Busy`.
    pub async fn complete_claim(&self, token: &str, typed: &Secret, visitor: &Visitor) -> Result<NewSession, Error> {
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::Claim, token, flows::PASSWORD).await?;
        let (Some(child), Some(phone)) = (flow.account, flow.phone.clone()) else { return Err(Error::FlowGone) };
        let name = self.claimed_name(&flow).await?;
        let password = self.parse_password(typed, &[name.as_str(), phone.as_e164()])?;
        let hash = self.hasher.hash(password.secret()).await?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let session = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let sql = "DELETE FROM child_code WHERE child = $1 AND made_at = $2";
                let answered = Sql::new(sql).bind(child).bind(flow.data["made_at"].as_i64()).exec(&tx).await?;
                if answered == 0 {
                    return Err(Error::from(Refusal::HandOver));
                }
                let new = Taking { phone, password_hash: Some(hash), residence: None, how: "code" };
                take(&core, &tx, child, &flow, new, &visitor).await?;
                Ok(sessions::open(&core, &tx, child, Kind::Citizen, "otp+password", &visitor).await?)
            })
            .await?;
        self.cache.forget(child);
        Ok(session)
    }

    /// Whether a guardian kept an account for who arrives for the first time and is of age: then it is offered to them.
    pub async fn kept_for(&self, arrival: &Arrival) -> Result<bool, Error> {
        let name = arrival.full_name.as_str();
        Ok(of_number(&self.core, self.core.store.read(), &arrival.number, name).await?.is_some())
    }

    /// The last page of arriving, for who takes that account instead of a new one. Errors: as `complete_arrival`, `HandOver`.
    pub async fn claim_by_arrival(
        &self,
        token: &str,
        arrival: Arrival,
        residence: (Option<String>, Address),
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let (flow, phone) = self.last_page(FlowKind::Arrive, token, residence.0.as_deref()).await?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let session = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let child = of_number(&core, &tx, &arrival.number, arrival.full_name.as_str()).await?;
                let child = child.ok_or(Refusal::HandOver)?;
                let new = Taking { phone, password_hash: None, residence: Some(residence), how: "number" };
                take(&core, &tx, child, &flow, new, &visitor).await?;
                crate::accounts::linked::join(&core, &tx, child, &arrival).await?;
                let method = format!("otp+{}", arrival.method());
                Ok::<_, Error>(sessions::open(&core, &tx, child, Kind::Citizen, &method, &visitor).await?)
            })
            .await?;
        self.cache.forget(session.account);
        Ok(session)
    }
}

/// Guardians are told that an account nobody took will go, and it goes: never less than a week after they were told last. At most 200 of each a
/// call.
pub(super) async fn sweep(core: &Core, tx: &Tx) -> Result<(), Error> {
    #[derive(FromRow)]
    struct Waiting {
        account_id: Uuid,
        guardian: Uuid,
    }
    let now = core.now();
    // The last word first: after a long time without a worker nobody is told «in 30 days» what happens in a week.
    for (nth, before, key) in WARNINGS {
        let sql =
            "SELECT account_id, guardian FROM child WHERE adult_at <= $1 AND warned < $2 ORDER BY adult_at LIMIT 200";
        let due: Vec<Waiting> = Sql::new(sql).bind(now - WAITS + before).bind(nth).all(tx).await?;
        for child in due {
            Sql::new("UPDATE child SET warned = $1, warned_at = $2 WHERE account_id = $3")
                .bind(nth)
                .bind(now)
                .bind(child.account_id)
                .exec(tx)
                .await?;
            tell(core, tx, child.guardian, key, HELPING, None).await?;
        }
    }
    let (last, week, _) = WARNINGS[0];
    let sql = "SELECT account_id FROM child WHERE adult_at < $1 AND warned >= $2 AND warned_at <= $3 ORDER BY adult_at LIMIT 200";
    let over: Vec<Uuid> = Sql::new(sql).bind(now - WAITS).bind(last).bind(now - week).scalars(tx).await?;
    for child in over {
        Box::pin(data_rights::erase(core, tx, child, None, By::System)).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a19_a_code_is_read_as_people_write_it() {
        for typed in ["ABCD-EFGH-JKLM", "abcd efgh jklm", " ABCDEFGHJKLM "] {
            assert_eq!(HandOverCode::parse(typed).unwrap().shown(), "ABCD-EFGH-JKLM", "{typed}");
        }
        for typed in ["", "ABCD", "ABCD-EFGH-JKL0", "ABCD-EFGH-JKLMN", "ĂBCD-EFGH-JKLM"] {
            assert!(HandOverCode::parse(typed).is_err(), "{typed}");
        }
    }
}
