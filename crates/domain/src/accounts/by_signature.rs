//! Coming in with a digital signature (chữ ký số, N4): a text is given out, signed with the person's own key, and handed back.
//!
//! ```text
//! flow `sign` ─▶ signed, and believed elsewhere ─┬─ an account whose number names the person ─▶ session
//!                                                └─ flow `register-signed`: phone and consent, code, password ─┬─▶ a new account, facts
//!                                                                                                              └─▶ on in the phone's own account
//! ```
//!
//! Whether a signature is believed is said before it comes here (the crate `signing`); here stands whose account it opens. The number alone
//! does, unlike at a provider elsewhere: the certificate was given to this person face to face, and nobody but they can use it. But it opens no
//! account where the number was only matched: anybody who knew what is printed on the card could have brought it there, with a phone and a password
//! of their own. Its owner says by their phone whether that account is theirs (`signed_over`), or takes the number away from it (docs/adr/0018).

use super::{
    Accounts, Assurance, Error, Flow, FlowKind, FullName, Kind, NewSession, Visitor,
    flows::{self, NewFlow},
    linked::{Arrival, Welcome, alive, facts, raise},
    otp::OtpCode,
    register::NewCitizen,
    rows, sessions, signed_over,
};
use crate::{
    core::Core,
    error::Error as Shared,
    limits::{self, LOGIN_PER_ADDRESS, REMOTE_PER_NUMBER, SIGNATURES_PER_ADDRESS},
};
use base::{
    i18n::Lang,
    ids::Uuid,
    keys::{Purpose, Secret},
    personal_number::PersonalNumber,
    phone::PhoneNumber,
};
use serde::{Deserialize, Serialize};
use store::Tx;

/// Where facts come from that stand in a certificate.
pub const SIGNATURE: &str = "signature";
/// Files that may be handed in for one text: the wrong one is quickly chosen.
const MOST_TRIES: i64 = 5;

/// Whom a certificate names.
#[derive(Clone)]
pub struct Signer {
    pub number: PersonalNumber,
    pub full_name: FullName,
}

/// As they wait in a flow, sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    number: String,
    full_name: String,
}

const BOUND: &[u8] = b"by-signature";
const AWAITED: &[u8] = b"by-signature-away";

impl Signer {
    fn arrival(self, full_name: FullName, phone: Option<PhoneNumber>) -> Arrival {
        Arrival {
            provider: SIGNATURE.into(),
            subject: String::new(),
            level: Assurance::High,
            number: self.number,
            full_name,
            birth_date: None,
            sex: None,
            phone,
            behalf: None,
        }
    }
}

impl Accounts {
    /// A text to sign is about to be given out; `why` is a word for what for. The random number that goes into it is `nonce` of the flow.
    /// Errors: `TooOften`.
    pub async fn start_signature(&self, why: &'static str, lang: Lang, visitor: &Visitor) -> Result<Secret, Error> {
        self.give_out(None, why, lang, visitor).await
    }

    /// The same for a signed-in person, who alone may hand it in. Errors: `TooOften`.
    pub(crate) async fn give_out(
        &self,
        account: Option<Uuid>,
        why: &'static str,
        lang: Lang,
        visitor: &Visitor,
    ) -> Result<Secret, Error> {
        let (core, group, token) = (self.core.clone(), visitor.address_group(), flows::new_token(&self.core));
        let nonce = super::encode(&self.core.entropy.bytes::<32>());
        let data = serde_json::json!({ "nonce": nonce, "why": why, "lang": lang.as_str(), "tries": 0 });
        let given = token.clone();
        self.core
            .store
            .write(move |tx: Tx| async move {
                if let Err(over) = limits::hit(&tx, &core.keys, LOGIN_PER_ADDRESS, group.as_bytes(), core.now()).await?
                {
                    return Ok(Err(Error::from(Shared::TooOften { again_at: over.again_at })));
                }
                let new = NewFlow { kind: FlowKind::Sign, account, phone: None, step: flows::SIGN, data };
                flows::open(&core, &tx, new, &token).await?;
                Ok::<_, Error>(Ok(()))
            })
            .await??;
        Ok(given)
    }

    /// Counts a file that was handed in, before anybody looks at it. Errors: `FlowGone` (over, used, another browser, too many tries),
    /// `TooOften`.
    pub async fn count_signature(&self, token: &str, visitor: &Visitor) -> Result<Flow, Error> {
        let (core, group, token) = (self.core.clone(), visitor.address_group(), token.to_owned());
        self.core
            .store
            .write(move |tx: Tx| async move {
                let over = limits::hit(&tx, &core.keys, SIGNATURES_PER_ADDRESS, group.as_bytes(), core.now()).await?;
                if let Err(over) = over {
                    return Ok(Err(Error::from(Shared::TooOften { again_at: over.again_at })));
                }
                let Some(flow) = flows::find(&core, &tx, FlowKind::Sign, &token).await? else {
                    return Ok(Err(Error::FlowGone));
                };
                let tries = flow.data["tries"].as_i64().unwrap_or(MOST_TRIES);
                if tries >= MOST_TRIES {
                    flows::close(&tx, &flow, core.now()).await?;
                    return Ok(Err(Error::FlowGone));
                }
                let mut data = flow.data.clone();
                data["tries"] = (tries + 1).into();
                let went_on = flows::advance(&tx, &flow, flows::SIGN, data).await?;
                Ok::<_, Error>(if went_on { Ok(flow) } else { Err(Error::FlowGone) })
            })
            .await?
    }

    /// Counts a request to sign that is about to go to a person's phone: nobody shall be rung up without end. Errors: `FlowGone`, `TooOften`.
    pub async fn count_remote(&self, token: &str, number: &PersonalNumber, visitor: &Visitor) -> Result<Flow, Error> {
        let (core, number) = (self.core.clone(), number.expose().to_owned());
        let over = self
            .core
            .store
            .write(move |tx: Tx| async move {
                limits::hit(&tx, &core.keys, REMOTE_PER_NUMBER, number.as_bytes(), core.now()).await
            })
            .await?;
        over.map_err(|over| Shared::TooOften { again_at: over.again_at })?;
        self.count_signature(token, visitor).await
    }

    /// The request went out; `kept` is given back by `awaited`, sealed meanwhile. Errors: `FlowGone`.
    pub async fn await_signature(&self, token: &str, kept: &[u8]) -> Result<(), Error> {
        let (core, token) = (self.core.clone(), token.to_owned());
        let sealed = self.core.keys.seal(Purpose::PersonalNumber, AWAITED, kept, &self.core.entropy);
        let sealed = super::encode(&sealed);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let flow = flows::find(&core, &tx, FlowKind::Sign, &token).await?.ok_or(Error::FlowGone)?;
                let mut data = flow.data.clone();
                data["kept"] = sealed.into();
                if flows::advance(&tx, &flow, flows::AWAY, data).await? { Ok(()) } else { Err(Error::FlowGone) }
            })
            .await
    }

    /// What was kept with this flow. Errors: `FlowGone`.
    pub fn awaited(&self, flow: &Flow) -> Result<Vec<u8>, Error> {
        self.core.keys.open(Purpose::PersonalNumber, AWAITED, &super::kept(flow)?).map_err(|_| Error::FlowGone)
    }

    /// Nothing comes of it: refused on the phone, or not believed.
    pub async fn end_signature(&self, token: &str) -> Result<(), Error> {
        let (core, token) = (self.core.clone(), token.to_owned());
        self.core
            .store
            .write(move |tx: Tx| async move {
                if let Some(flow) = flows::find(&core, &tx, FlowKind::Sign, &token).await? {
                    flows::close(&tx, &flow, core.now()).await?;
                }
                Ok::<_, Error>(())
            })
            .await
    }

    /// The text of this flow was signed by them, and that was believed: it opens something once. Errors: `FlowGone`, `Blocked`.
    pub async fn signed(&self, token: &str, signer: Signer, visitor: &Visitor) -> Result<Welcome, Error> {
        let (core, visitor, before) = (self.core.clone(), visitor.clone(), token.to_owned());
        let (sealed, token) = (self.seal_signer(&signer)?, flows::new_token(&self.core));
        let welcome = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let flow = flows::find(&core, &tx, FlowKind::Sign, &before).await?;
                // What was given to somebody signed in is for their organisation and opens nobody's door.
                let flow = flow.filter(|flow| flow.account.is_none()).ok_or(Error::FlowGone)?;
                flows::end(&tx, &flow, core.now()).await?;
                let claim = facts::claim_of(&core, &tx, &signer.number).await?;
                let Some(claim) = claim.filter(facts::Claim::names_the_person) else {
                    let data = serde_json::json!({ "kept": sealed, "lang": flow.text("lang") });
                    let kind = FlowKind::RegisterSigned;
                    let new = NewFlow { kind, account: None, phone: None, step: flows::PHONE, data };
                    flows::open(&core, &tx, new, &token).await?;
                    return Ok(Welcome::New { token });
                };
                let account = claim.account_id;
                alive(&tx, account).await?;
                let name = signed_over::name_in(&core, &tx, account, &signer).await?;
                facts::put(&core, &tx, account, &signer.arrival(name, None)).await?;
                raise(&tx, account, Assurance::High).await?;
                let session = sessions::open(&core, &tx, account, Kind::Citizen, SIGNATURE, &visitor).await?;
                Ok::<_, Error>(Welcome::In(session))
            })
            .await?;
        if let Welcome::In(session) = &welcome {
            self.cache.forget(session.account);
        }
        Ok(welcome)
    }

    fn seal_signer(&self, signer: &Signer) -> Result<String, Error> {
        let kept = Kept { number: signer.number.expose().to_owned(), full_name: signer.full_name.as_str().to_owned() };
        let kept = serde_json::to_vec(&kept).map_err(|_| Shared::Internal("a signer cannot be kept"))?;
        Ok(super::encode(&self.core.keys.seal(Purpose::PersonalNumber, BOUND, &kept, &self.core.entropy)))
    }

    /// Who signed, of a flow that goes on with their phone. Errors: `FlowGone`.
    pub fn signer_of(&self, flow: &Flow) -> Result<Signer, Error> {
        signer_in(&self.core, flow)
    }

    /// The code. Errors: `WrongCode`, `CodeExpired`, `CodeUsedUp`, `TooManyCodes`, `FlowGone`.
    pub async fn confirm_signed(&self, token: &str, code: OtpCode) -> Result<(), Error> {
        self.take_code(FlowKind::RegisterSigned, token, code, flows::PASSWORD).await
    }

    /// The password, for what is asked once more with the token not at hand: account, consents, facts and session in one transaction. Where the
    /// phone's account may be the signer's, they go on in it. A number that another account was only matched to passes on.
    /// Errors: `Password`, `FlowGone`, `PhoneTaken`, `Blocked`, `LinkedElsewhere` when the number is somebody's by a proof that names them, `Busy`.
    pub async fn complete_signed(&self, token: &str, typed: &Secret, visitor: &Visitor) -> Result<NewSession, Error> {
        let flow =
            flows::at(&self.core, self.core.store.read(), FlowKind::RegisterSigned, token, flows::PASSWORD).await?;
        let phone = flow.phone.clone().ok_or(Error::FlowGone)?;
        let signer = self.signer_of(&flow)?;
        let about = [signer.full_name.as_str(), phone.as_e164(), signer.number.expose()];
        let password = self.parse_password(typed, &about)?;
        let hash = self.hasher.hash(password.secret()).await?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let (session, holder) = self
            .core
            .store
            .write(move |tx: Tx| async move {
                if let Some(account) = rows::by_phone(&tx, Kind::Citizen, &phone).await? {
                    tx.lock("account", account.id).await?;
                }
                let claim = facts::claim_of(&core, &tx, &signer.number).await?;
                if claim.as_ref().is_some_and(facts::Claim::names_the_person) {
                    return Err(Error::LinkedElsewhere);
                }
                let (account, name) = match signed_over::account_for(&core, &tx, &phone, &signer.number).await? {
                    Some(account) => {
                        let name = signed_over::name_in(&core, &tx, account, &signer).await?;
                        flows::end(&tx, &flow, core.now()).await?;
                        signed_over::take_over(&core, &tx, account, (&flow, &phone), (&name, hash), &visitor).await?;
                        (account, name)
                    }
                    None => {
                        let name = signer.full_name.clone();
                        let new = NewCitizen::without_residence(phone.clone(), name.clone(), hash)?;
                        (new.register(&core, &tx, &flow, &visitor).await?, name)
                    }
                };
                facts::put(&core, &tx, account, &signer.arrival(name, Some(phone))).await?;
                raise(&tx, account, Assurance::High).await?;
                let method = format!("otp+{SIGNATURE}");
                let session = sessions::open(&core, &tx, account, Kind::Citizen, &method, &visitor).await?;
                Ok::<_, Error>((session, claim.map(|claim| claim.account_id)))
            })
            .await?;
        // Of who went on, and of who lost the number.
        for account in [Some(session.account), holder].into_iter().flatten() {
            self.cache.forget(account);
        }
        Ok(session)
    }
}

/// Who signed, of a flow that goes on with their phone. Errors: `FlowGone`.
pub(super) fn signer_in(core: &Core, flow: &Flow) -> Result<Signer, Error> {
    let sealed = super::decode(flow.text("kept")).ok_or(Error::FlowGone)?;
    let plain = core.keys.open(Purpose::PersonalNumber, BOUND, &sealed).map_err(|_| Error::FlowGone)?;
    let kept: Kept = serde_json::from_slice(&plain).map_err(|_| Error::FlowGone)?;
    Ok(Signer {
        number: PersonalNumber::parse(&kept.number).map_err(|_| Error::FlowGone)?,
        full_name: FullName::parse(&kept.full_name)?,
    })
}
