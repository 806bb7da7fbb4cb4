//! The principal reads a code aloud: the helper, signed in, types the principal's phone; the SMS names the helper and what is asked, and says to
//! tell the code to nobody else. From outside a phone without an account looks like one with (A14); who proved the phone is told.

use super::{
    Given, Refusal, Scopes, Term,
    invite::require_own,
    stand::{self, New},
};
use crate::accounts::{
    Accounts, Error, FlowKind, Kind, Signed, Visitor,
    flows::{self, NewFlow},
    otp::{self, Answer, OtpCode},
    register::Started,
    rows,
};
use base::{clock::DAY, i18n::Lang, phone::PhoneNumber};
use store::Tx;

/// What came of a right code; commits in any case, because the code is used.
enum Led {
    Begun(base::ids::Uuid),
    Refused(Refusal),
    Nowhere,
}

impl Accounts {
    /// The phone of somebody who wants to be helped by the one who types it. Errors: `Forbidden`, `Invalid` without anything to help with, `Own`,
    /// and as of any SMS.
    pub async fn start_help_by_code(
        &self,
        signed: &Signed,
        asked: (PhoneNumber, Scopes, Term),
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        require_own(signed)?;
        let (phone, scopes, term) = asked;
        if scopes.is_empty() {
            return Err(Error::field("scope", "help-scope-empty"));
        }
        if signed.phone.as_ref() == Some(&phone) {
            return Err(Refusal::Own.into());
        }
        let data = serde_json::json!({ "name": signed.name, "scope": scopes.to_string(), "days": term.days() });
        let account = Some(signed.account);
        let new = NewFlow { kind: FlowKind::Help, account, phone: Some(phone), step: flows::CODE, data };
        self.start_with_code(new, lang, visitor, proof, before).await
    }

    /// The code that was read aloud. Errors: as the code page of registering, `FlowGone` for another's flow, `NoAccount`, `Full`, `TooMany`.
    pub async fn confirm_help_by_code(&self, signed: &Signed, token: &str, code: OtpCode) -> Result<(), Error> {
        require_own(signed)?;
        let flow = flows::at(&self.core, self.core.store.read(), FlowKind::Help, token, flows::CODE).await?;
        if flow.account != Some(signed.account) {
            return Err(Error::FlowGone);
        }
        let (core, me, id) = (self.core.clone(), signed.account, self.core.new_id());
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
                let theirs = rows::by_phone(&tx, Kind::Citizen, &phone).await?.filter(|c| c.blocked_at.is_none());
                let Some(theirs) = theirs else { return Ok((answer, Led::Refused(Refusal::NoAccount))) };
                let until = core.now() + flow.data["days"].as_i64().unwrap_or(1) * DAY;
                let (principal, scopes) = (theirs.id, Scopes::parse(flow.text("scope")));
                let new = New { id, principal, helper: me, given: Given::Aloud, scopes, until };
                match stand::begin(&core, &tx, new).await {
                    Ok(()) => Ok((answer, Led::Begun(principal))),
                    // Nothing was written before these are said.
                    Err(Error::Helping(refusal)) => Ok((answer, Led::Refused(refusal))),
                    Err(e) => Err(e),
                }
            })
            .await?;
        answer.into_result()?;
        match led {
            Led::Begun(principal) => {
                self.cache.forget(principal);
                Ok(())
            }
            Led::Refused(refusal) => Err(refusal.into()),
            Led::Nowhere => Err(Error::FlowGone),
        }
    }
}
