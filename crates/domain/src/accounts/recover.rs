//! A forgotten password (quên mật khẩu, A5): phone → code → second factor where there is one → new password; then every other
//! session ends. For citizens; staff get a new first password from their administrator.

use super::{
    Accounts, Error, FlowKind, Kind, NewSession, Visitor,
    activity::{self, Act, Happened},
    factors::{self, Checked, FactorCode},
    flows::{self, NewFlow},
    otp::{self, Answer, OtpCode},
    register::Started,
    rows, sessions,
};
use crate::notices::{self, Notice};
use base::{i18n::Lang, keys::Secret, phone::PhoneNumber};
use store::{Sql, Tx};

/// Where the code page leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    Factor,
    Password,
}

impl Accounts {
    /// The first page; known and unknown phones look the same (A14). Errors as in registering.
    pub async fn start_recovery(
        &self,
        phone: PhoneNumber,
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        // Which account it is, is looked up in the transaction and kept in the row; it shows nowhere before the code is right.
        let account = rows::by_phone(self.core.store.read(), Kind::Citizen, &phone).await?.map(|a| a.id);
        let new = NewFlow {
            kind: FlowKind::Recover,
            account,
            phone: Some(phone),
            step: flows::CODE,
            data: serde_json::json!({ "lang": lang.as_str() }),
        };
        self.start_with_code(new, lang, visitor, proof, before).await
    }

    /// The second page. Who proved the phone of a blocked account is told so, with the reason.
    /// Errors: as the code page of registering, `Blocked`.
    pub async fn confirm_recovery(&self, token: &str, code: OtpCode) -> Result<Next, Error> {
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::Recover, token, flows::CODE).await?;
        let core = self.core.clone();
        let (answer, next) = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let answer = otp::check(&core, &tx, &flow, &code).await?;
                if answer != Answer::Right {
                    return Ok((answer, Err(Error::FlowGone)));
                }
                let account = match flow.account {
                    Some(id) => rows::by_id(&tx, id).await?,
                    None => None,
                };
                let Some(account) = account else { return Ok((Answer::UsedUp, Err(Error::FlowGone))) };
                if account.blocked_at.is_some() {
                    flows::close(&tx, &flow, core.now()).await?;
                    let reason = account.block_reason.unwrap_or_default();
                    return Ok((answer, Err(Error::Blocked { reason })));
                }
                let (step, next) = if account.has_factor() {
                    (flows::FACTOR, Next::Factor)
                } else {
                    (flows::PASSWORD, Next::Password)
                };
                if !flows::advance(&tx, &flow, step, flow.data.clone()).await? {
                    return Ok((Answer::UsedUp, Err(Error::FlowGone)));
                }
                Ok::<_, Error>((answer, Ok(next)))
            })
            .await?;
        answer.into_result()?;
        next
    }

    /// The page between, where a second factor is set up. Errors: `WrongFactor`, `TooOften`, `FlowGone`.
    pub async fn confirm_recovery_factor(&self, token: &str, code: FactorCode) -> Result<(), Error> {
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::Recover, token, flows::FACTOR).await?;
        let Some(account) = flow.account else { return Err(Error::FlowGone) };
        let core = self.core.clone();
        let done = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let how = match factors::check(&core, &tx, account, &code).await? {
                    Checked::Right(how) => how,
                    refused => return Ok(Err(refused)),
                };
                let mut data = flow.data.clone();
                data["factor"] = how.into();
                if !flows::advance(&tx, &flow, flows::PASSWORD, data).await? {
                    return Err(Error::FlowGone);
                }
                Ok::<_, Error>(Ok(()))
            })
            .await?;
        done.map_err(Checked::into_error)
    }

    /// The last page: the new password; every session ends, a new one begins here.
    /// Errors: `Password`, `FlowGone`, `Busy`.
    pub async fn complete_recovery(&self, token: &str, typed: &Secret, visitor: &Visitor) -> Result<NewSession, Error> {
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::Recover, token, flows::PASSWORD).await?;
        let Some(account) = flow.account else { return Err(Error::FlowGone) };
        let profile = rows::profile(self.core.store.read(), account).await?.ok_or(Error::FlowGone)?;
        let password = self.parse_password(typed, &profile_words(&profile))?;
        let hash = self.hasher.hash(password.secret()).await?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let method = match flow.text("factor") {
            "" => "otp+password".to_owned(),
            factor => format!("otp+password+{factor}"),
        };
        let session = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                flows::end(&tx, &flow, now).await?;
                // The phone must still be the account's: it may have been given away while the flow stood open.
                let phone = flow.phone.as_ref().map(|p| p.as_e164().to_owned());
                let changed = Sql::new(
                    "UPDATE account SET password_hash = $1, must_change_password = FALSE, updated_at = $2
                     WHERE id = $3 AND phone = $4 AND kind = 'citizen' AND blocked_at IS NULL AND deleted_at IS NULL",
                )
                .bind(hash)
                .bind(now)
                .bind(account)
                .bind(phone)
                .exec(&tx)
                .await?;
                if changed == 0 {
                    return Err(Error::FlowGone);
                }
                sessions::end(&core, &tx, account, None, "recovered").await?;
                activity::write(&core, &tx, Act::own(account, Happened::PasswordRecovered).device(&visitor.label))
                    .await?;
                notices::tell(&core, &tx, password_notice(account)).await?;
                Ok(sessions::open(&core, &tx, account, Kind::Citizen, &method, &visitor).await?)
            })
            .await?;
        self.cache.forget(account);
        Ok(session)
    }
}

pub(crate) fn password_notice(account: base::ids::Uuid) -> Notice {
    Notice {
        account,
        kind: "account",
        key: "notice-password-changed".into(),
        args: Vec::new(),
        link: "/tai-khoan/hoat-dong".into(),
        sms: None,
    }
}

/// What everybody knows about the person, for the password policy.
pub(crate) fn profile_words(profile: &rows::Profile) -> Vec<&str> {
    let mut words = vec![profile.full_name.as_str()];
    words.extend(profile.phone.as_deref());
    words.extend(profile.username.as_deref());
    words.extend(profile.email.as_deref().and_then(|e| e.split('@').next()));
    words
}
