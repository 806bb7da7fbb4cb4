//! The national portal's door (N2, N5): a personal number with a password and a code, and registering with what an
//! authority confirms (`authority`).
//!
//! ```text
//! sign in     number, password ─▶ code to the account's phone, or the second factor where there is one ─▶ session
//! register    number, name, birth date, phone ─▶ code ─▶ the authority says yes ─▶ password ─▶ account, facts, session
//! ```
//!
//! The authority is asked after the code: who does not hold a phone learns nothing about whose it is (docs/adr/0008), and each try at somebody's
//! number costs an SMS.

use super::{
    Accounts, Assurance, Email, Error, Flow, FlowKind, FullName, Kind, NewSession, PhoneForm, Visitor,
    authority::{Authority, Away, Candidate, Vouch},
    flows::{self, NewFlow},
    linked::{Arrival, facts, raise},
    login::{Named, forgive},
    otp::{self, Answer, OtpCode},
    register::{NewCitizen, Started},
    rows, sessions,
};
use crate::{
    error::Error as Shared,
    limits::{self, NUMBERS_PER_ADDRESS, VOUCHING_PER_NUMBER_DAY},
};
use base::{
    i18n::Lang,
    keys::{Purpose, Secret},
    personal_number::PersonalNumber,
};
use serde::{Deserialize, Serialize};
use store::{Tx, Update};

/// The form of registering.
#[derive(Clone)]
pub struct Claimed {
    pub by: Vouch,
    pub number: PersonalNumber,
    pub full_name: FullName,
    /// `yyyy-mm-dd`.
    pub birth_date: String,
    pub email: Option<Email>,
}

/// As it waits in a flow, sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    authority: String,
    /// What the authority's own field holds.
    own: String,
    number: String,
    full_name: String,
    birth_date: String,
    email: Option<String>,
}

/// How number and password went.
#[derive(Debug)]
pub enum Next {
    /// A code is on its way.
    Code(Started),
    /// The account has something stronger than an SMS: that is asked, never the weaker. For the flow's cookie.
    SecondFactor { token: Secret },
}

const MATCHED: &str = "matched";

impl Accounts {
    /// Number and password. Unknown, wrong and blocked are one answer and take the same time (A14).
    /// Errors: `WrongCredentials`, `TooOften`, `Busy`, and those of a code.
    pub async fn start_number_sign_in(
        &self,
        typed: &str,
        password: &Secret,
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
        before: Option<&str>,
    ) -> Result<Next, Error> {
        let db = self.core.store.read();
        let number = PersonalNumber::parse(typed).ok();
        let found = match &number {
            Some(number) => facts::proven_account_of(&self.core, db, number).await?,
            None => None,
        };
        let found = match found {
            Some(account) => rows::by_id(db, account).await?,
            None => rows::by_username(db, Kind::Citizen, "").await?,
        };
        let device = self.known_device(found.as_ref(), visitor).await?;
        let counted = number.as_ref().map_or_else(|| typed.chars().take(64).collect(), |n| n.expose().to_owned());
        let counted = Named::Nothing(format!("number {counted}"));
        let counted = self.count_sign_in(Kind::Citizen, &counted, device, visitor).await?;
        let hash = found.as_ref().filter(|f| f.blocked_at.is_none()).and_then(|f| f.password_hash.clone());
        let verified = self.hasher.verify(password, hash.as_deref()).await?;
        let (true, Some(account)) = (verified.right, found) else {
            metrics::counter!("sign_ins_total", "kind" => "number", "result" => "wrong").increment(1);
            return Err(Error::WrongCredentials);
        };
        self.core.store.write(move |tx: Tx| async move { Ok::<_, Error>(forgive(&tx, &counted).await?) }).await?;
        if account.has_factor() {
            let (core, token) = (self.core.clone(), flows::new_token(&self.core));
            let given = token.clone();
            let new = NewFlow {
                kind: FlowKind::SecondFactor,
                account: Some(account.id),
                phone: None,
                step: flows::FACTOR,
                data: serde_json::json!({ "realm": Kind::Citizen.as_str() }),
            };
            let opened = self.core.store.write(move |tx: Tx| async move {
                Ok::<_, Error>(flows::open(&core, &tx, new, &token).await.map(|_| ())?)
            });
            opened.await?;
            return Ok(Next::SecondFactor { token: given });
        }
        let phone = rows::profile(db, account.id).await?.and_then(|p| p.phone_number());
        let Some(phone) = phone else { return Err(Error::WrongCredentials) };
        let data = serde_json::json!({ "lang": lang.as_str() });
        let new = NewFlow {
            kind: FlowKind::NumberCode,
            account: Some(account.id),
            phone: Some(phone),
            step: flows::CODE,
            data,
        };
        self.start_with_code(new, lang, visitor, proof, before).await.map(Next::Code)
    }

    /// The code after number and password. Errors: those of a code, `FlowGone`.
    pub async fn finish_number_sign_in(
        &self,
        token: &str,
        code: OtpCode,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::NumberCode, token, flows::CODE).await?;
        let Some(account) = flow.account else { return Err(Error::FlowGone) };
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let entered = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let answer = otp::check(&core, &tx, &flow, &code).await?;
                if answer != Answer::Right {
                    return Ok(Err(answer));
                }
                // Blocked, deleted, or with another phone since the password: the code is worth nothing.
                let alive = rows::by_id(&tx, account).await?.is_some_and(|a| a.blocked_at.is_none());
                let phone = rows::profile(&tx, account).await?.and_then(|p| p.phone_number());
                if !alive || phone != flow.phone || !flows::close(&tx, &flow, core.now()).await? {
                    return Err(Error::FlowGone);
                }
                Ok::<_, Error>(Ok(sessions::open(&core, &tx, account, Kind::Citizen, "password+sms", &visitor).await?))
            })
            .await?;
        match entered {
            Ok(session) => {
                metrics::counter!("sign_ins_total", "kind" => "number", "result" => "right").increment(1);
                Ok(session)
            }
            Err(answer) => Err(answer.into_result().err().unwrap_or(Error::FlowGone)),
        }
    }

    /// The form of registering; a code goes to the phone. Errors: `NumberTaken` (counted, because it tells who has an account),
    /// `Invalid`, `TooOften`, and those of a code.
    pub async fn start_number_registration(
        &self,
        claimed: Claimed,
        form: PhoneForm<'_>,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        let PhoneForm { phone, agreed, lang, visitor, proof } = form;
        if !self.core.authorities.has(claimed.by.authority()) {
            return Err(Shared::NotFound.into());
        }
        let mut new = self.agreed_flow(FlowKind::RegisterNumber, phone, agreed, lang)?;
        let (core, group, number) = (self.core.clone(), visitor.address_group(), claimed.number.clone());
        let taken = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                if let Err(over) = limits::hit(&tx, &core.keys, NUMBERS_PER_ADDRESS, group.as_bytes(), now).await? {
                    return Ok(Err(over.again_at));
                }
                Ok::<_, Error>(Ok(facts::proven_account_of(&core, &tx, &number).await?.is_some()))
            })
            .await?;
        match taken {
            Err(again_at) => return Err(Shared::TooOften { again_at }.into()),
            Ok(true) => return Err(Error::NumberTaken),
            Ok(false) => {}
        }
        let kept = Kept {
            authority: claimed.by.authority().as_str().to_owned(),
            own: claimed.by.own().to_owned(),
            number: claimed.number.expose().to_owned(),
            full_name: claimed.full_name.as_str().to_owned(),
            birth_date: claimed.birth_date,
            email: claimed.email.map(|e| e.as_str().to_owned()),
        };
        let kept = serde_json::to_vec(&kept).map_err(|_| Shared::Internal("a form cannot be kept"))?;
        let sealed = self.core.keys.seal(Purpose::PersonalNumber, b"by-number", &kept, &self.core.entropy);
        new.data["kept"] = super::encode(&sealed).into();
        self.start_with_code(new, lang, visitor, proof, before).await
    }

    /// The code, and then the authority's word. Errors: those of a code, and of `ask_authority`.
    pub async fn confirm_number_registration(&self, token: &str, code: OtpCode) -> Result<(), Error> {
        self.take_code(FlowKind::RegisterNumber, token, code, flows::PASSWORD).await?;
        self.ask_authority(token).await
    }

    /// Asks the authority unless it said yes already. A no ends the way. Errors: `NotConfirmed`, `AuthorityAway`, `TooOften` (over all
    /// tries at one personal number), `FlowGone`.
    pub async fn ask_authority(&self, token: &str) -> Result<(), Error> {
        let flow =
            flows::at(&self.core, self.core.store.read(), FlowKind::RegisterNumber, token, flows::PASSWORD).await?;
        if flow.data[MATCHED] == true {
            return Ok(());
        }
        let candidate = self.claimed(&flow)?.0;
        let authority = candidate.by.authority();
        self.count_vouching(&candidate.number).await?;
        let is_confirmed = match self.core.authorities.confirms(&candidate).await {
            Ok(is_confirmed) => is_confirmed,
            Err(Away) => {
                self.take_vouching_back(&candidate.number).await?;
                return Err(Error::AuthorityAway(authority));
            }
        };
        let core = self.core.clone();
        let went_on = self
            .core
            .store
            .write(move |tx: Tx| async move {
                if !is_confirmed {
                    flows::close(&tx, &flow, core.now()).await?;
                    return Ok::<_, Error>(true);
                }
                let mut data = flow.data.clone();
                data[MATCHED] = true.into();
                Ok(flows::advance(&tx, &flow, flows::PASSWORD, data).await?)
            })
            .await?;
        match (is_confirmed, went_on) {
            (false, _) => Err(Error::NotConfirmed(authority)),
            (true, false) => Err(Error::FlowGone),
            (true, true) => Ok(()),
        }
    }

    /// Nobody tries codes and phones through for somebody's number, from however many phones. Errors: `TooOften`.
    async fn count_vouching(&self, number: &PersonalNumber) -> Result<(), Error> {
        let (core, number) = (self.core.clone(), number.clone());
        let over = self
            .core
            .store
            .write(move |tx: Tx| async move {
                limits::hit(&tx, &core.keys, VOUCHING_PER_NUMBER_DAY, number.expose().as_bytes(), core.now()).await
            })
            .await?;
        over.map_err(|over| Shared::TooOften { again_at: over.again_at }.into())
    }

    /// Nobody answered: it was no try.
    async fn take_vouching_back(&self, number: &PersonalNumber) -> Result<(), Error> {
        let (core, number) = (self.core.clone(), number.clone());
        let back = self.core.store.write(move |tx: Tx| async move {
            let key = number.expose().as_bytes();
            limits::give_back(&tx, &core.keys, VOUCHING_PER_NUMBER_DAY, key, core.now()).await
        });
        Ok(back.await?)
    }

    fn claimed(&self, flow: &Flow) -> Result<(Candidate, Option<Email>), Error> {
        let sealed = super::decode(flow.text("kept")).ok_or(Error::FlowGone)?;
        let plain = self.core.keys.open(Purpose::PersonalNumber, b"by-number", &sealed).map_err(|_| Error::FlowGone)?;
        let kept: Kept = serde_json::from_slice(&plain).map_err(|_| Error::FlowGone)?;
        let authority = Authority::ALL.into_iter().find(|a| a.as_str() == kept.authority).ok_or(Error::FlowGone)?;
        let candidate = Candidate {
            by: Vouch::parse(authority, &kept.own)?,
            request: flow.id,
            phone: flow.phone.clone().ok_or(Error::FlowGone)?,
            number: PersonalNumber::parse(&kept.number).map_err(|_| Error::FlowGone)?,
            full_name: FullName::parse(&kept.full_name)?,
            birth_date: kept.birth_date,
        };
        let email = kept.email.map(|e| Email::parse(&e)).transpose()?;
        Ok((candidate, email))
    }

    /// The password: account, consents, facts and session in one transaction. Errors: `Password`, `FlowGone`, `PhoneTaken`,
    /// `LinkedElsewhere` when somebody took the number meanwhile, `Busy`, and those of `ask_authority`.
    pub async fn complete_number_registration(
        &self,
        token: &str,
        typed: &Secret,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        self.ask_authority(token).await?;
        let flow =
            flows::at(&self.core, self.core.store.read(), FlowKind::RegisterNumber, token, flows::PASSWORD).await?;
        let (candidate, email) = self.claimed(&flow)?;
        let Candidate { by, phone, number, full_name, birth_date, .. } = candidate;
        let about = [full_name.as_str(), phone.as_e164(), number.expose(), &birth_date[..4]];
        let password = self.parse_password(typed, &about)?;
        let hash = self.hasher.hash(password.secret()).await?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        self.core
            .store
            .write(move |tx: Tx| async move {
                let new = NewCitizen::without_residence(phone.clone(), full_name.clone(), hash)?;
                let account = new.register(&core, &tx, &flow, &visitor).await?;
                if let Some(email) = email {
                    Update::table("account").set("email", email.as_str()).by_id(account, &tx).await?;
                }
                let proven = Arrival {
                    provider: by.authority().as_str().into(),
                    subject: String::new(),
                    level: Assurance::Verified,
                    number,
                    full_name,
                    birth_date: Some(birth_date),
                    sex: None,
                    phone: Some(phone),
                    behalf: None,
                };
                facts::put(&core, &tx, account, &proven).await?;
                raise(&tx, account, Assurance::Verified).await?;
                Ok(sessions::open(&core, &tx, account, Kind::Citizen, "otp+password", &visitor).await?)
            })
            .await
    }
}
