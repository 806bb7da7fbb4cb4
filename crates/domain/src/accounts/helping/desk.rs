//! Somebody at the desk or on the telephone tells an officer what to write down (ghi giúp, A19). Who has a mobile phone reads a code aloud, which
//! proves the phone and is the mandate; the report is then the account's or the guest's with this phone. Who has none gets an account of the
//! kind guest that nobody can open, and follows with the report's code. One hour, one person at a time, sending and nothing else.

use super::{
    Given, Scope, Scopes, act,
    stand::{self, Ended, Standing},
};
use crate::{
    accounts::{
        Accounts, Error, FlowKind, FullName, Kind, NewSession, Signed, Visitor,
        activity::{self, Act, Happened},
        encode, flows, guests,
        otp::{self, Answer, OtpCode},
        register::Started,
        rows,
    },
    audit::By,
    core::Core,
    error::Error as Shared,
    limits::{self, NAMELESS_PER_OFFICER_DAY},
    notices::{self, Notice},
    rights::Right,
};
use base::{
    clock::{HOUR, Millis},
    i18n::Lang,
    ids::Uuid,
    keys::Secret,
    phone::PhoneNumber,
};
use serde_json::json;
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// How long one sitting takes at most.
const LIVES: Millis = HOUR;

/// Who sits at the desk.
#[derive(Debug, Clone)]
struct Clerk {
    account: Uuid,
    session: Uuid,
    unit: String,
}

impl Clerk {
    fn by(&self) -> By {
        By::Staff { account: self.account, unit: self.unit.clone() }
    }
}

/// Errors: `Forbidden` for everybody but staff who may do this and owe nothing.
fn clerk(signed: &Signed) -> Result<Clerk, Error> {
    let officer = signed.officer().filter(|officer| officer.has(Right::ReportIntake)).ok_or(Shared::Forbidden)?;
    Ok(Clerk { account: officer.account, session: signed.session, unit: officer.home_unit().to_owned() })
}

/// For whom a report is written down, as sending it needs to know.
#[derive(FromRow)]
pub(crate) struct Intake {
    pub unit: String,
    kind: String,
}

impl Intake {
    /// Somebody without an account.
    pub fn is_guest(&self) -> bool {
        self.kind == Kind::Guest.as_str()
    }
}

/// `None`: no officer sits behind this mandate.
pub(crate) async fn intake(db: &impl ConnectionTrait, mandate: Uuid) -> Result<Option<Intake>, store::Error> {
    let sql = "SELECT m.unit, p.kind FROM mandate m JOIN account p ON p.id = m.principal WHERE m.id = $1 AND m.unit IS NOT NULL";
    Sql::new(sql).bind(mandate).one(db).await
}

/// What came of a right code; commits in any case, because the code is used.
enum Led {
    To(NewSession, Vec<Uuid>),
    Nowhere,
    Blocked(String),
}

impl Accounts {
    /// The phone of who stands at the desk. `agreed`: terms and privacy policy were told and accepted. Errors: `Forbidden`, `Invalid`, and as of
    /// any SMS.
    pub async fn start_desk(
        &self,
        signed: &Signed,
        phone: PhoneNumber,
        agreed: bool,
        visitor: &Visitor,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        let clerk = clerk(signed)?;
        let mut new = self.agreed_flow(FlowKind::Desk, phone, agreed, Lang::VI)?;
        let province = self.core.province();
        new.account = Some(clerk.account);
        new.data["unit"] = province.unit_name(&clerk.unit, Lang::VI).into();
        // Who sits at the desk has signed in with two factors, and is counted by their account.
        self.start_with_code(new, Lang::VI, visitor, "", before).await
    }

    /// The code that was read aloud: the mandate and the session in which the officer writes. Errors: `Forbidden`, as any code page, `FlowGone`
    /// for another's flow, `Blocked`.
    pub async fn confirm_desk(
        &self,
        signed: &Signed,
        token: &str,
        code: OtpCode,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let clerk = clerk(signed)?;
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::Desk, token, flows::CODE).await?;
        if flow.account != Some(clerk.account) {
            return Err(Error::FlowGone);
        }
        let (core, device, sitting) = (self.core.clone(), visitor.label.clone(), self.sitting());
        let (answer, led) = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let answer = otp::check(&core, &tx, &flow, &code).await?;
                if answer != Answer::Right {
                    return Ok((answer, Led::Nowhere));
                }
                let Some(phone) = flow.phone.clone() else { return Err(Error::FlowGone) };
                if !flows::close(&tx, &flow, core.now()).await? {
                    return Ok((Answer::UsedUp, Led::Nowhere));
                }
                if let Some(reason) = guests::blocked(&core, &tx, &phone).await? {
                    return Ok((answer, Led::Blocked(reason)));
                }
                let person = match rows::by_phone(&tx, Kind::Citizen, &phone).await? {
                    Some(theirs) => (theirs.id, true),
                    None => (guests::of_phone(&core, &tx, &phone, &flow).await?, false),
                };
                let (new, earlier) = begin(&core, &tx, &clerk, person, &sitting, &device).await?;
                Ok::<_, Error>((answer, Led::To(new, earlier)))
            })
            .await?;
        answer.into_result()?;
        match led {
            Led::To(session, earlier) => Ok(self.seated(session, &earlier)),
            Led::Nowhere => Err(Error::FlowGone),
            Led::Blocked(reason) => Err(Error::Blocked { reason }),
        }
    }

    /// Somebody without a mobile phone, with a name to call them by or none. Errors: `Forbidden`, `TooOften`.
    pub async fn desk_without_phone(
        &self,
        signed: &Signed,
        name: Option<FullName>,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let clerk = clerk(signed)?;
        let (core, device, sitting) = (self.core.clone(), visitor.label.clone(), self.sitting());
        let (session, earlier) = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let hit = limits::hit(&tx, &core.keys, NAMELESS_PER_OFFICER_DAY, clerk.account.as_bytes(), core.now())
                    .await?;
                hit.map_err(|over| Shared::TooOften { again_at: over.again_at })?;
                let name = name.as_ref().map_or("", FullName::as_str);
                let person = guests::without_phone(&core, &tx, name, clerk.account).await?;
                begin(&core, &tx, &clerk, (person, false), &sitting, &device).await
            })
            .await?;
        Ok(self.seated(session, &earlier))
    }

    /// «Kết thúc»: the mandate goes with the session.
    pub(super) async fn end_desk(&self, acting: &Signed) -> Result<(), Error> {
        let Some(by) = &acting.acting else { return Ok(()) };
        let (core, mandate, helper) = (self.core.clone(), by.mandate, by.helper);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let of: Option<Standing> =
                    Sql::new(format!("{} id = $1", stand::STANDING)).bind(mandate).one(&tx).await?;
                if let Some(of) = of {
                    stand::end(&core, &tx, &of, Ended::Helper, helper).await?;
                }
                Ok::<_, Error>(())
            })
            .await?;
        self.cache.forget(acting.account);
        Ok(())
    }

    fn sitting(&self) -> Sitting {
        let token = Secret::new(encode(&self.core.entropy.bytes::<32>()));
        Sitting { mandate: self.core.new_id(), session: self.core.new_id(), token }
    }

    fn seated(&self, session: NewSession, earlier: &[Uuid]) -> NewSession {
        earlier.iter().for_each(|account| self.cache.forget(*account));
        metrics::counter!("sessions_opened_total", "kind" => Kind::Helper.as_str()).increment(1);
        session
    }
}

/// What a unit of work takes from outside, so that it can be run again.
#[derive(Clone)]
struct Sitting {
    mandate: Uuid,
    session: Uuid,
    token: Secret,
}

/// Ends the officer's earlier sitting and begins this one; answers also whose sessions ended. `has_account`: the person has an inbox.
async fn begin(
    core: &Core,
    tx: &Tx,
    clerk: &Clerk,
    (principal, has_account): (Uuid, bool),
    sitting: &Sitting,
    device: &str,
) -> Result<(NewSession, Vec<Uuid>), Error> {
    stand::lock(tx, principal, clerk.account).await?;
    let before: Vec<Standing> = Sql::new(format!("{} helper = $1 AND kind = $2", stand::STANDING))
        .bind(clerk.account)
        .bind(Given::Desk.as_str())
        .all(tx)
        .await?;
    for of in &before {
        stand::end(core, tx, of, Ended::Replaced, clerk.account).await?;
    }
    let (now, scopes) = (core.now(), Scopes::from_iter([Scope::Desk]));
    let until = now + LIVES;
    Insert::into("mandate")
        .set("id", sitting.mandate)
        .set("principal", principal)
        .set("helper", clerk.account)
        .set("kind", Given::Desk.as_str())
        .set("scope", scopes.to_string())
        .set("since", now)
        .set("until", until)
        .set("unit", clerk.unit.as_str())
        .exec(tx)
        .await?;
    let new =
        NewSession { token: sitting.token.clone(), session: sitting.session, account: principal, expires_at: until };
    let mut earlier = act::open(core, tx, &new, sitting.mandate, clerk.session, device).await?;
    earlier.extend(before.iter().map(|of| of.principal));
    let line = Act::staff(principal, Happened::HelpBegan, &clerk.by(), "").detail(Given::Desk.as_str());
    activity::write(core, tx, line).await?;
    if has_account {
        let notice = Notice {
            account: principal,
            kind: "account",
            key: "notice-desk-began".into(),
            args: Vec::new(),
            link: super::HELPERS.into(),
            sms: None,
        };
        notices::tell(core, tx, notice).await?;
    }
    let data = json!({ "principal": principal, "kind": Given::Desk.as_str(), "until": until });
    stand::log(core, tx, clerk.by(), "mandate-begin", sitting.mandate, data).await?;
    Ok((new, earlier))
}

/// The person's line at the end of a sitting, and who is said to have ended it.
pub(super) async fn ended(core: &Core, tx: &Tx, of: &Standing, why: Ended) -> Result<By, store::Error> {
    let by = By::Staff { account: of.helper, unit: of.unit.clone().unwrap_or_else(|| "*".into()) };
    let line = Act::staff(of.principal, Happened::HelpEnded, &by, "").detail(why.as_str());
    activity::write(core, tx, line).await?;
    Ok(match why {
        Ended::Principal | Ended::Deleted => By::Citizen { account: of.principal },
        Ended::Helper | Ended::Replaced => by,
        Ended::Time => By::System,
    })
}
