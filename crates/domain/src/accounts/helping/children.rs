//! Guardians (người đại diện, người giám hộ) and their children: an account without phone, password or any way to sign in, in which only its
//! guardians act until the child is of age. What is typed of the child proves nothing.

use super::{
    Given, HELPED_MOST, Refusal, Scopes,
    invite::require_own,
    stand::{self, New},
};
use crate::{
    accounts::{
        Accounts, Error, FullName, Kind, Signed,
        activity::Happened,
        data_rights,
        linked::facts::{self, DECLARED, PRINTED, Word},
        rows::Assurance,
    },
    audit::By,
    core::Core,
    error::{Error as Shared, FieldError},
};
use base::{clock::Millis, ids::Uuid, personal_number::PersonalNumber, show};
use jiff::{ToSpan, civil::Date};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// Full age in years (Bộ luật Dân sự 2015, Điều 20; cần đối chiếu).
const AGE: i16 = 18;

/// The midnight, here, at which somebody born on this day is of age. Who was born on 29 February is a day later, never a day too early.
pub fn adult_at(born: Date) -> Option<Millis> {
    let year = born.year().checked_add(AGE)?;
    let day = match Date::new(year, born.month(), born.day()) {
        Ok(day) => day,
        Err(_) => Date::new(year, born.month(), born.day() - 1).ok()?.checked_add(1.day()).ok()?,
    };
    Some(day.to_zoned(show::vietnam()).ok()?.timestamp().as_millisecond())
}

/// A child as its guardian types it. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct NewChild {
    pub full_name: FullName,
    pub born: Date,
    pub number: Option<PersonalNumber>,
}

impl std::fmt::Debug for NewChild {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewChild(…)")
    }
}

/// A child that the reader answers for or acts for.
#[derive(Debug, Clone, FromRow)]
pub struct Child {
    pub id: Uuid,
    pub name: String,
    pub adult_at: Millis,
    /// The one who answers for its data.
    pub guardian: Uuid,
    /// When the code stands by which the account is handed over was made.
    pub code_at: Option<Millis>,
}

/// Until when this child may be acted for; `guardian` must be one of its guardians. Errors: `NotFound`, `Adult`.
pub(super) async fn of_age(
    core: &Core,
    tx: &impl ConnectionTrait,
    child: Uuid,
    guardian: Uuid,
) -> Result<Millis, Error> {
    let until: Option<Millis> = Sql::new(
        "SELECT c.adult_at FROM child c WHERE c.account_id = $1 AND EXISTS (SELECT 1 FROM mandate m
            WHERE m.principal = c.account_id AND m.helper = $2 AND m.kind = $3 AND m.ended_at IS NULL)",
    )
    .bind(child)
    .bind(guardian)
    .bind(Given::Guardian.as_str())
    .scalar(tx)
    .await?;
    let until = until.ok_or(Shared::NotFound)?;
    if until > core.now() { Ok(until) } else { Err(Refusal::Adult.into()) }
}

impl NewChild {
    /// When it is of age. Errors: `Invalid`, `Adult`.
    fn check(&self, now: Millis) -> Result<Millis, Error> {
        let wrong = |field, key| Error::from(FieldError { field, key });
        if self.born > show::local(now).date() {
            return Err(wrong("born", "child-born-later"));
        }
        let until = adult_at(self.born).ok_or_else(|| wrong("born", "child-born-invalid"))?;
        if until <= now {
            return Err(Refusal::Adult.into());
        }
        if self.number.as_ref().is_some_and(|number| number.birth_year() != self.born.year()) {
            return Err(wrong("number", "child-number-other-year"));
        }
        Ok(until)
    }
}

impl Accounts {
    /// «Thêm con»: the child's account and the guardian's mandate. Errors: `Forbidden`, `Invalid`, `Adult`, `TooMany`.
    pub async fn add_child(&self, signed: &Signed, child: NewChild) -> Result<Uuid, Error> {
        require_own(signed)?;
        let until = child.check(self.core.now())?;
        let (core, me) = (self.core.clone(), signed.account);
        let (account, mandate) = (core.new_id(), core.new_id());
        let (language, commune) = (signed.language, signed.commune.clone());
        self.core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                tx.lock("account", me).await?;
                let all = "SELECT count(*) FROM child WHERE guardian = $1 AND created_at <= $2";
                if stand::count(&tx, all, me, now).await? >= HELPED_MOST {
                    return Err(Refusal::TooMany.into());
                }
                Insert::into("account")
                    .set("id", account)
                    .set("kind", Kind::Citizen.as_str())
                    .set("full_name", child.full_name.as_str())
                    .set("commune", commune)
                    .set("assurance", Assurance::Phone.as_str())
                    .set("language", language.as_str())
                    .set("created_at", now)
                    .set("created_by", me)
                    .set("updated_at", now)
                    .exec(&tx)
                    .await?;
                Insert::into("child")
                    .set("account_id", account)
                    .set("guardian", me)
                    .set("adult_at", until)
                    .set("created_at", now)
                    .exec(&tx)
                    .await?;
                let word = Word { source: DECLARED, assurance: PRINTED };
                let born = child.born.to_string();
                facts::write_value(&core, &tx, account, &word, "declared_birth_date", &born).await?;
                if let Some(number) = &child.number {
                    facts::write_value(&core, &tx, account, &word, "declared_number", number.expose()).await?;
                }
                let scopes = Scopes::all();
                let new = New { id: mandate, principal: account, helper: me, given: Given::Guardian, scopes, until };
                stand::begin(&core, &tx, new).await?;
                stand::happened(&core, &tx, me, Happened::ChildAdded, account, "").await?;
                Ok(account)
            })
            .await
    }

    /// Children whose data this person answers for, also one that came of age a moment ago; youngest last.
    pub async fn children(&self, account: Uuid) -> Result<Vec<Child>, Error> {
        let sql = "SELECT a.id, a.full_name AS name, c.adult_at, c.guardian, h.made_at AS code_at FROM child c
             JOIN account a ON a.id = c.account_id LEFT JOIN child_code h ON h.child = c.account_id
             WHERE a.deleted_at IS NULL AND (c.guardian = $1 OR EXISTS (SELECT 1 FROM mandate m
                WHERE m.principal = c.account_id AND m.helper = $1 AND m.kind = $2 AND m.ended_at IS NULL))
             ORDER BY c.adult_at, a.id LIMIT 50";
        let sql = Sql::new(sql).bind(account).bind(Given::Guardian.as_str());
        Ok(sql.all(self.core.store.read()).await?)
    }

    /// «Xóa dữ liệu của con», at once and for good, as an account is deleted (A12). Errors: `StepUp`, `Forbidden`, `NotFound` for who does not
    /// answer for its data.
    pub async fn delete_child(&self, signed: &Signed, child: Uuid) -> Result<(), Error> {
        require_own(signed)?;
        signed.require_fresh(self.core.now())?;
        let (core, me) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let sql = "SELECT 1 FROM child WHERE account_id = $1 AND guardian = $2";
                let mine: Option<i32> = Sql::new(sql).bind(child).bind(me).scalar(&tx).await?;
                mine.ok_or(Shared::NotFound)?;
                data_rights::erase(&core, &tx, child, None, By::Citizen { account: me }).await?;
                stand::happened(&core, &tx, me, Happened::ChildDeleted, child, "").await?;
                Ok::<_, Error>(())
            })
            .await?;
        self.cache.forget(child);
        Ok(())
    }
}
