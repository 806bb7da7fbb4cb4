//! Registering on one page (A10), as the portals of provinces ask for it: everything is typed first, then the code proves the phone, and the
//! account is there. What the page asks beyond an account of A1 is declared and proves nothing.
//!
//! ```text
//! form ─▶ flow `register-form`, sealed ─▶ code ─▶ account, consents, declared facts, session
//!                                              └─ the username went to somebody else meanwhile: another one, then the account
//! ```

use super::{
    Accounts, Address, Email, Error, Flow, FlowKind, FullName, Kind, NewSession, PhoneForm, Username, Visitor,
    declared::{self, Declared},
    flows,
    otp::OtpCode,
    register::{NewCitizen, Started},
    rows, sessions,
};
use crate::{
    error::Error as Shared,
    limits::{self, USERNAMES_PER_ADDRESS},
};
use base::keys::{Purpose, Secret};
use serde::{Deserialize, Serialize};
use store::{Trouble, Tx, Update};

/// Where somebody lives.
#[derive(Debug, Clone)]
pub enum Home {
    /// A commune of this province, by its code.
    Here(String),
    /// «Phường Vỹ Dạ, thành phố Huế»
    Elsewhere(String),
}

/// The page, read. The phone comes beside it.
#[derive(Debug, Clone)]
pub struct Filled {
    pub full_name: FullName,
    pub username: Username,
    pub email: Option<Email>,
    pub home: Home,
    pub address: Address,
    pub declared: Declared,
    pub password: Secret,
}

/// As it waits in a flow, sealed. Of the password there is only the hash.
#[derive(Serialize, Deserialize)]
struct Kept {
    full_name: String,
    username: String,
    email: Option<String>,
    commune: Option<String>,
    address: String,
    declared: declared::Kept,
    password_hash: String,
}

const BOUND: &[u8] = b"by-form";

impl Accounts {
    /// The whole page; a code goes to the phone, which gets the same pages when it has an account (A14).
    /// Errors: `Invalid` (commune, consent), `UsernameTaken` (counted, because it tells of others), `Password`, `TooOften`, `Busy`, and those of
    /// a code.
    pub async fn start_form_registration(
        &self,
        filled: Filled,
        form: PhoneForm<'_>,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        let PhoneForm { phone, agreed, lang, visitor, proof } = form;
        let mut new = self.agreed_flow(FlowKind::RegisterForm, phone, agreed, lang)?;
        let Filled { full_name, username, email, home, address, mut declared, password } = filled;
        let commune = match home {
            Home::Here(code) if self.core.province().commune(&code).is_none() => {
                return Err(Error::field("commune", "commune-unknown"));
            }
            Home::Here(code) => Some(code),
            Home::Elsewhere(place) => {
                declared.home = Some(place);
                None
            }
        };
        let number = declared.papers.as_ref().map(|papers| papers.number.expose()).unwrap_or_default();
        let phone = new.phone.as_ref().map(|phone| phone.as_e164()).unwrap_or_default();
        let about = [full_name.as_str(), username.as_str(), phone, number];
        let about: Vec<&str> = about.into_iter().filter(|word| !word.is_empty()).collect();
        let password = self.parse_password(&password, &about)?;
        self.count_username(&username, visitor).await?;
        let kept = Kept {
            full_name: full_name.as_str().to_owned(),
            username: username.as_str().to_owned(),
            email: email.map(|e| e.as_str().to_owned()),
            commune,
            address: address.as_str().to_owned(),
            declared: declared::Kept::of(&declared),
            password_hash: self.hasher.hash(password.secret()).await?,
        };
        let kept = serde_json::to_vec(&kept).map_err(|_| Shared::Internal("a form cannot be kept"))?;
        let sealed = self.core.keys.seal(Purpose::PersonalNumber, BOUND, &kept, &self.core.entropy);
        new.data["kept"] = super::encode(&sealed).into();
        self.start_with_code(new, lang, visitor, proof, before).await
    }

    /// Whether the name is free; nobody shall ask for many of them.
    async fn count_username(&self, username: &Username, visitor: &Visitor) -> Result<(), Error> {
        let (core, group, username) = (self.core.clone(), visitor.address_group(), username.as_str().to_owned());
        self.core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                if let Err(over) = limits::hit(&tx, &core.keys, USERNAMES_PER_ADDRESS, group.as_bytes(), now).await? {
                    return Ok(Err(Error::from(Shared::TooOften { again_at: over.again_at })));
                }
                let is_taken = rows::has_username(&tx, &username).await?;
                Ok::<_, Error>(if is_taken { Err(Error::UsernameTaken) } else { Ok(()) })
            })
            .await?
    }

    /// The code. Errors: those of a code.
    pub async fn confirm_form_registration(&self, token: &str, code: OtpCode) -> Result<(), Error> {
        self.take_code(FlowKind::RegisterForm, token, code, flows::DETAILS).await
    }

    fn filled(&self, flow: &Flow) -> Result<Kept, Error> {
        let plain = self.core.keys.open(Purpose::PersonalNumber, BOUND, &super::kept(flow)?);
        serde_json::from_slice(&plain.map_err(|_| Error::FlowGone)?).map_err(|_| Error::FlowGone)
    }

    /// The account, after the code. `username`: another one than was typed first. Errors: `FlowGone`, `PhoneTaken`, `Blocked` (as a guest),
    /// `UsernameTaken` when somebody took it meanwhile, `TooOften`.
    pub async fn complete_form_registration(
        &self,
        token: &str,
        username: Option<Username>,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::RegisterForm, token, flows::DETAILS).await?;
        let phone = flow.phone.clone().ok_or(Error::FlowGone)?;
        let kept = self.filled(&flow)?;
        if let Some(username) = &username {
            self.count_username(username, visitor).await?;
        }
        let username = username.map_or(kept.username, |name| name.as_str().to_owned());
        let declared = kept.declared.declared();
        let new = NewCitizen {
            phone,
            full_name: FullName::parse(&kept.full_name)?,
            commune: kept.commune,
            address: Address::parse(&kept.address)?,
            password_hash: Some(kept.password_hash),
        };
        let (core, visitor, email) = (self.core.clone(), visitor.clone(), kept.email);
        let made = self.core.store.write(move |tx: Tx| async move {
            let account = new.register(&core, &tx, &flow, &visitor).await?;
            Update::table("account").set("email", email).set("username", username).by_id(account, &tx).await?;
            declared.put(&core, &tx, account).await?;
            Ok(sessions::open(&core, &tx, account, Kind::Citizen, "otp+password", &visitor).await?)
        });
        made.await.map_err(|e: Error| match &e {
            // The phone's row is written without an error when it is taken; what is left is the name.
            Error::Shared(Shared::Store(s)) if s.trouble() == Trouble::Exists => Error::UsernameTaken,
            _ => e,
        })
    }
}
