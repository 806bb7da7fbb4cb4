//! Registering by phone (đăng ký, A1): phone → code → name, residence, password. A phone that has an account gets the same
//! pages and another SMS (A14).

use super::{
    Accounts, Address, Error, Flow, FlowKind, FullName, Kind, NewSession, Visitor,
    activity::{self, Act, Happened},
    by_signature,
    flows::{self, NewFlow},
    guests,
    otp::{self, OtpCode, Sending, Words},
    password::{Password, Policy},
    rows, sessions, signed_over,
};
use crate::{
    core::Core,
    notices::{self, Notice},
};
use base::{clock::Millis, i18n::Lang, ids::Uuid, keys::Secret, phone::PhoneNumber};
use store::{Insert, Tx};

/// A flow that was begun (or found again) for a browser.
#[derive(Debug, Clone)]
pub struct Started {
    /// For the flow's cookie.
    pub token: Secret,
    /// When «Gửi lại mã» may be pressed (UTC milliseconds).
    pub again_at: Millis,
}

/// The last page of registering.
#[derive(Debug, Clone)]
pub struct Details {
    pub full_name: FullName,
    /// The commune's code.
    pub commune: String,
    pub address: Address,
    pub password: Secret,
}

/// A form that asks for a phone and for the consent, and who sends it.
pub struct PhoneForm<'a> {
    pub phone: PhoneNumber,
    pub agreed: bool,
    pub lang: Lang,
    pub visitor: &'a Visitor,
    /// Of work.
    pub proof: &'a str,
}

/// A citizen's account to be made at the end of a flow.
#[derive(Clone)]
pub(super) struct NewCitizen {
    pub phone: PhoneNumber,
    pub full_name: FullName,
    /// `None`: the realm asks for no residence.
    pub commune: Option<String>,
    pub address: Address,
    /// `None`: who came from elsewhere comes in from there, or by a code and a password of their choice (A5).
    pub password_hash: Option<String>,
}

impl NewCitizen {
    /// Of a realm that asks for no residence.
    pub(super) fn without_residence(
        phone: PhoneNumber,
        full_name: FullName,
        password_hash: String,
    ) -> Result<Self, Error> {
        let (commune, address) = (None, Address::parse("")?);
        Ok(Self { phone, full_name, commune, address, password_hash: Some(password_hash) })
    }

    /// Ends the flow and writes account, consents, activity and welcome. Errors: `FlowGone`, `Blocked` (as a guest), `PhoneTaken`.
    pub(super) async fn register(self, core: &Core, tx: &Tx, flow: &Flow, visitor: &Visitor) -> Result<Uuid, Error> {
        let (account, now) = (core.new_id(), core.now());
        flows::end(tx, flow, now).await?;
        if let Some(reason) = guests::blocked(core, tx, &self.phone).await? {
            return Err(Error::Blocked { reason });
        }
        let lang = Lang::parse(flow.text("lang")).unwrap_or(Lang::VI);
        let inserted = Insert::into("account")
            .set("id", account)
            .set("kind", Kind::Citizen.as_str())
            .set("phone", self.phone.as_e164())
            .set("full_name", self.full_name.as_str())
            .set("commune", self.commune)
            .set("address", self.address.as_str())
            .set("password_hash", self.password_hash)
            .set("assurance", rows::Assurance::Phone.as_str())
            .set("language", lang.as_str())
            .set("created_at", now)
            .set("updated_at", now)
            .or_ignore()
            .exec(tx)
            .await?;
        if inserted == 0 {
            return Err(Error::PhoneTaken);
        }
        agree(core, tx, account, flow).await?;
        activity::write(core, tx, Act::own(account, Happened::Registered).device(&visitor.label)).await?;
        let welcome = Notice {
            account,
            kind: "account",
            key: "notice-welcome".into(),
            args: vec![("app", core.province().pack.province.app_name.get(lang).to_owned())],
            link: "/tai-khoan".into(),
            sms: None,
        };
        notices::tell(core, tx, welcome).await?;
        Ok(account)
    }
}

/// What the phone of a flow may be told now: who owns it may have changed since the flow began.
pub(crate) async fn words_for(core: &Core, tx: &Tx, flow: &Flow) -> Result<Words, Error> {
    let Some(phone) = &flow.phone else { return Ok(Words::Unknown) };
    if flow.kind == FlowKind::RegisterSigned
        && signed_over::account_for(core, tx, phone, &by_signature::signer_in(core, flow)?.number).await?.is_some()
    {
        return Ok(Words::Code);
    }
    let known = rows::by_phone(tx, Kind::Citizen, phone).await?;
    Ok(match (flow.kind, known) {
        // Who came from elsewhere is told on the page after the code.
        // A guest proves a phone and nothing else; whether somebody has an account with it changes nothing (A14).
        (FlowKind::Guest | FlowKind::Track | FlowKind::GuestData | FlowKind::Arrive | FlowKind::Claim, _) => {
            Words::Code
        }
        (FlowKind::Help, _) => Words::Aloud,
        (FlowKind::Desk, _) => Words::Desk,
        // Who knows the password is told the code, as long as the phone is still the account's.
        (FlowKind::NumberCode, Some(account)) if flow.account == Some(account.id) => Words::Code,
        (FlowKind::NumberCode, _) => Words::Unknown,
        (FlowKind::Recover, Some(account)) if flow.account == Some(account.id) => Words::Code,
        (FlowKind::Recover, _) => Words::Unknown,
        (_, Some(_)) => Words::Known,
        (_, None) => Words::Code,
    })
}

impl Accounts {
    /// The versions of terms and privacy policy a person agrees to by going on.
    pub(super) fn consent_versions(&self) -> serde_json::Value {
        let province = self.core.province();
        serde_json::json!({ "terms": province.pack.province.terms_version, "privacy": province.pack.province.privacy_version })
    }

    /// The first page. `agreed`: the box (or sentence) of terms and privacy policy. `before` is the flow cookie this browser
    /// may already have: the same phone within 50 seconds goes on with that flow, because its SMS is on the way.
    /// Errors: `Invalid` (consent), `TooManySms`, `SmsPaused`, `BadProof`.
    pub async fn start_registration(
        &self,
        phone: PhoneNumber,
        agreed: bool,
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        let new = self.agreed_flow(FlowKind::Register, phone, agreed, lang)?;
        self.start_with_code(new, lang, visitor, proof, before).await
    }

    /// The phone of who proved who they are, elsewhere or with a signature, and has no account: what is kept of them goes along.
    /// Errors: `Invalid` (consent), `FlowGone`, `LinkedElsewhere` when the person has an account, as of any SMS.
    pub async fn start_first_phone(&self, kind: FlowKind, token: &str, form: PhoneForm<'_>) -> Result<Started, Error> {
        let before = self.flow(kind, token).await?.ok_or(Error::FlowGone)?;
        if before.data["has_account"] == true {
            return Err(Error::LinkedElsewhere);
        }
        let mut new = self.agreed_flow(kind, form.phone, form.agreed, form.lang)?;
        for key in ["provider", "name", "kept"] {
            if let Some(kept) = before.data.get(key) {
                new.data[key] = kept.clone();
            }
        }
        self.start_with_code(new, form.lang, form.visitor, form.proof, Some(token)).await
    }

    /// A flow that begins with a phone and the consent, which it remembers. Errors: `Invalid` without it.
    pub(super) fn agreed_flow(
        &self,
        kind: FlowKind,
        phone: PhoneNumber,
        agreed: bool,
        lang: Lang,
    ) -> Result<NewFlow, Error> {
        if !agreed {
            return Err(Error::field("agreed", "consent-missing"));
        }
        let mut data = self.consent_versions();
        data["lang"] = lang.as_str().into();
        Ok(NewFlow { kind, account: None, phone: Some(phone), step: flows::CODE, data })
    }

    /// Opens a flow and sends its first code. Used by registering, recovering, changing the phone and by guests.
    pub(crate) async fn start_with_code(
        &self,
        new: NewFlow,
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        let proof = self.read_proof(proof)?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let token = flows::new_token(&core);
        let before = before.map(str::to_owned);
        let (token, sending) = self
            .core
            .store
            .write(move |tx: Tx| async move {
                if !otp::spend(&core, &tx, proof.as_ref()).await? {
                    return Err(Error::BadProof);
                }
                if let Some(before) = before
                    && let Some(flow) = flows::find(&core, &tx, new.kind, &before).await?
                    && flow.step == flows::CODE
                    && flow.phone == new.phone
                    && flow.account == new.account
                {
                    // What is asked for may have been typed anew meanwhile; the phone is what the code proves.
                    flows::advance(&tx, &flow, flows::CODE, new.data).await?;
                    let words = words_for(&core, &tx, &flow).await?;
                    let sending = otp::send(&core, &tx, &flow, words, lang, &visitor, proof.as_ref()).await?;
                    return Ok((Secret::new(before), sending));
                }
                let flow = flows::open(&core, &tx, new, &token).await?;
                let words = words_for(&core, &tx, &flow).await?;
                let sending = otp::send(&core, &tx, &flow, words, lang, &visitor, proof.as_ref()).await?;
                Ok::<_, Error>((token, sending))
            })
            .await?;
        match sending {
            // Another browser asked for this phone a moment ago: the page stands, «Gửi lại mã» opens at that time.
            Sending::Sent { again_at } | Sending::Wait { again_at } => Ok(Started { token, again_at }),
            Sending::TooMany { again_at } => Err(Error::TooManySms { again_at }),
            Sending::Paused => Err(Error::SmsPaused),
        }
    }

    /// The second page. Errors: `WrongCode`, `CodeExpired`, `CodeUsedUp`, `TooManyCodes`, `FlowGone`.
    pub async fn confirm_registration(&self, token: &str, code: OtpCode) -> Result<(), Error> {
        self.take_code(FlowKind::Register, token, code, flows::DETAILS).await
    }

    /// A flow at its last page, with the phone that was proven in it, and a commune that there is. The national portal asks nobody where
    /// they live; a province asks everybody. Errors: `FlowGone`, `Invalid`.
    pub(super) async fn last_page(
        &self,
        kind: FlowKind,
        token: &str,
        commune: Option<&str>,
    ) -> Result<(Flow, PhoneNumber), Error> {
        let flow = flows::at(&self.core, self.core.store.read(), kind, token, flows::DETAILS).await?;
        let phone = flow.phone.clone().ok_or(Error::FlowGone)?;
        let province = self.core.province();
        let is_known = commune.map_or(province.pack.province.is_national(), |code| province.commune(code).is_some());
        if !is_known {
            return Err(Error::field("commune", "commune-unknown"));
        }
        Ok((flow, phone))
    }

    /// The third page: account, consents, activity, welcome and session in one transaction.
    /// Errors: `Invalid` (commune), `Password`, `FlowGone`, `PhoneTaken`, `Blocked` (as a guest), `Busy`.
    pub async fn complete_registration(
        &self,
        token: &str,
        details: Details,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let (flow, phone) = self.last_page(FlowKind::Register, token, Some(&details.commune)).await?;
        let password = self.parse_password(&details.password, &[details.full_name.as_str(), phone.as_e164()])?;
        let hash = self.hasher.hash(password.secret()).await?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        self.core
            .store
            .write(move |tx: Tx| async move {
                let new = NewCitizen {
                    phone,
                    full_name: details.full_name,
                    commune: Some(details.commune),
                    address: details.address,
                    password_hash: Some(hash),
                };
                let account = new.register(&core, &tx, &flow, &visitor).await?;
                Ok(sessions::open(&core, &tx, account, Kind::Citizen, "otp+password", &visitor).await?)
            })
            .await
    }

    /// The policy of this realm over what was typed; `about` is added to the province's own words.
    pub(crate) fn parse_password(&self, typed: &Secret, about: &[&str]) -> Result<Password, Error> {
        let province = self.core.province();
        let p = &province.pack.province;
        let mut words = vec![
            p.name.vi.as_str(),
            p.name.en.as_str(),
            p.short_name.as_str(),
            p.app_name.vi.as_str(),
            p.app_name.en.as_str(),
            "công dân số",
            "dịch vụ công",
        ];
        words.extend_from_slice(about);
        // A6: an authority's document asks for the composition rule at the national portal only.
        let policy = if p.is_national() { Policy::NATIONAL_PORTAL } else { Policy::PROVINCE };
        Ok(Password::parse(typed, policy, &self.common, &words)?)
    }
}

/// The person agreed to terms and privacy policy at the beginning of this flow.
pub(super) async fn agree(core: &Core, tx: &Tx, account: Uuid, flow: &Flow) -> Result<(), store::Error> {
    for kind in ["terms", "privacy"] {
        give_consent(core, tx, account, kind, flow.text(kind)).await?;
    }
    Ok(())
}

/// Records that a person agreed to a version of a text.
pub(crate) async fn give_consent(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    kind: &str,
    version: &str,
) -> Result<(), store::Error> {
    Insert::into("consent")
        .set("id", core.new_id())
        .set("account_id", account)
        .set("kind", kind)
        .set("version", version)
        .set("given_at", core.now())
        .exec(tx)
        .await?;
    activity::write(core, tx, Act::own(account, Happened::ConsentGiven).detail(&format!("{kind} {version}"))).await
}
