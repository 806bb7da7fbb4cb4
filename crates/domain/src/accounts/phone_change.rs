//! Another phone for the same account (đổi số điện thoại, A8): a fresh proof of the person, a code to the new phone, word to the
//! old one, and every other session ends.

use super::{
    Accounts, Error, FlowKind, Kind, Signed, Visitor,
    activity::{self, Act, Happened},
    flows::{self, NewFlow},
    otp::{self, Answer, OtpCode},
    register::Started,
    rows, sessions,
};
use crate::{
    error::Error as Shared,
    notices::{self, Notice},
    sms::{self, Lane, Sms},
};
use base::{clock::DAY, i18n::Lang, keys::Secret, phone::PhoneNumber};
use store::{Sql, Trouble, Tx};

impl Accounts {
    /// The first page. A phone that somebody's account has gets another SMS, the page stays the same (A14).
    /// Errors: `StepUp`, `Invalid` for the phone one has already, and as in registering.
    pub async fn start_phone_change(
        &self,
        signed: &Signed,
        phone: PhoneNumber,
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        signed.require_fresh(self.core.now())?;
        if signed.kind != Kind::Citizen {
            return Err(Shared::Forbidden.into());
        }
        if signed.phone.as_ref() == Some(&phone) {
            return Err(Error::field("phone", "phone-same"));
        }
        let new = NewFlow {
            kind: FlowKind::ChangePhone,
            account: Some(signed.account),
            phone: Some(phone),
            step: flows::CODE,
            data: serde_json::json!({}),
        };
        self.start_with_code(new, lang, visitor, proof, before).await
    }

    /// The code page. Returns the session's new token. Errors: as the code page of registering, `PhoneTaken`, `StepUp`.
    pub async fn confirm_phone_change(&self, signed: &Signed, token: &str, code: OtpCode) -> Result<Secret, Error> {
        // Twice the usual age: the SMS may take its time, and the flow was opened with a fresh proof.
        signed.require_fresh(self.core.now() - sessions::FRESH)?;
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::ChangePhone, token, flows::CODE).await?;
        if flow.account != Some(signed.account) {
            return Err(Error::FlowGone);
        }
        let (core, account, session) = (self.core.clone(), signed.account, signed.session);
        let (old, method, lang) = (signed.phone.clone(), signed.method.clone(), signed.language);
        let done = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let answer = otp::check(&core, &tx, &flow, &code).await?;
                if answer != Answer::Right {
                    return Ok((answer, None));
                }
                let Some(phone) = flow.phone.clone() else { return Err(Error::FlowGone) };
                if !flows::close(&tx, &flow, core.now()).await? {
                    return Ok((Answer::UsedUp, None));
                }
                if rows::by_phone(&tx, Kind::Citizen, &phone).await?.is_some() {
                    return Err(Error::PhoneTaken);
                }
                Sql::new("UPDATE account SET phone = $1, updated_at = $2 WHERE id = $3 AND deleted_at IS NULL")
                    .bind(phone.as_e164())
                    .bind(core.now())
                    .bind(account)
                    .exec(&tx)
                    .await?;
                activity::write(&core, &tx, Act::own(account, Happened::PhoneChanged)).await?;
                super::guests::claim(&core, &tx, account).await?;
                let notice = Notice {
                    account,
                    kind: "account",
                    key: "notice-phone-changed".into(),
                    args: Vec::new(),
                    link: "/tai-khoan/hoat-dong".into(),
                    sms: None,
                };
                notices::tell(&core, &tx, notice).await?;
                if let Some(old) = old {
                    let app = super::names::unaccented(core.province().pack.province.app_name.get(lang));
                    let text = core.speaker(lang).ta("sms-phone-changed", &[("app", &app)]);
                    sms::put(&core, &tx, &Sms { to: old, text }, Lane::Normal, None, DAY).await?;
                }
                sessions::end(&core, &tx, account, Some(session), "phone-changed").await?;
                let token = sessions::rotate(&core, &tx, session, &method).await?;
                Ok((answer, token))
            })
            .await
            .map_err(phone_taken)?;
        self.cache.forget(signed.account);
        done.0.into_result()?;
        done.1.ok_or_else(|| Shared::NotFound.into())
    }
}

/// The unique index says what the look before it could not see: somebody took the phone at the same moment.
fn phone_taken(e: Error) -> Error {
    match &e {
        Error::Shared(Shared::Store(s)) if s.trouble() == Trouble::Exists => Error::PhoneTaken,
        _ => e,
    }
}
