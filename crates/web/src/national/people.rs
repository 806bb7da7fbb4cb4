//! What the provider asks of the portal: who is signed in, and what is known of them, each thing with where it is from.

use super::{LEVELS, Role, population};
use crate::{cookies, state::Web};
use ::identity::{
    error::Error,
    provider::{Claim, People, SessionEnd, SignedIn},
};
use axum::http::{HeaderMap, HeaderValue};
use base::ids::Uuid;
use domain::{
    accounts::{Assurance, Error as AccountError, Kind},
    error::Error as Shared,
};
use serde_json::json;
use store::Tx;

/// What kind of account it is.
pub(super) const KIND: &str = "LoaiTaiKhoan";
/// Whoever signs in is a citizen.
const CITIZEN: &str = "1";
/// A citizen who acts for an organisation in this sign-in (docs/adr/0017).
const ORGANIZATION: &str = "2";

pub(super) fn level(assurance: Assurance) -> &'static str {
    match assurance {
        Assurance::Phone => LEVELS[0],
        Assurance::Verified => LEVELS[1],
        Assurance::High => LEVELS[2],
    }
}

/// RFC 8176 has no word for a provider elsewhere: what it asked is its own business.
pub(crate) fn methods(method: &str) -> Vec<String> {
    let mut amr: Vec<String> = Vec::new();
    for part in method.split('+') {
        let words: &[&str] = match part {
            "password" => &["pwd"],
            "otp" | "sms" => &["sms"],
            "totp" | "backup" => &["otp"],
            "passkey" => &["hwk", "user"],
            // A key that only its owner can use; whether it lies in a token or with an authority is not seen from here.
            "signature" => &["pop"],
            _ => &[],
        };
        amr.extend(words.iter().map(|word| (*word).to_owned()).filter(|word| !amr.contains(word)).collect::<Vec<_>>());
    }
    amr
}

pub(crate) fn failed(error: AccountError) -> Error {
    match error {
        AccountError::Shared(Shared::Store(e)) => Error::Store(e),
        other => {
            tracing::error!(error = %other, "an account could not be read for the provider");
            Error::Internal("an account")
        }
    }
}

impl Role {
    fn web(&self) -> Result<Web, Error> {
        self.site().ok_or(Error::Internal("the portal is closing"))
    }
}

#[async_trait::async_trait]
impl People for Role {
    async fn signed_in(&self, headers: &HeaderMap) -> Result<Option<SignedIn>, Error> {
        let web = self.web()?;
        let Some(token) = cookies::get(&web, headers, cookies::CITIZEN) else { return Ok(None) };
        let signed = self.accounts.session(&token).await.map_err(failed)?.filter(|s| s.kind == Kind::Citizen);
        let Some(s) = signed else { return Ok(None) };
        Ok(Some(SignedIn {
            person: s.account,
            session: s.session,
            acr: level(s.assurance).to_owned(),
            amr: methods(&s.method),
            auth_time: s.proved_at,
            pending: population::is_awaited(&web, &s).await.map_err(failed)?,
        }))
    }

    async fn claims(&self, person: Uuid, names: &[String]) -> Result<Vec<Claim>, Error> {
        let profile = match self.accounts.profile(person).await {
            Ok(profile) => profile,
            Err(AccountError::Shared(Shared::NotFound)) => return Ok(Vec::new()),
            Err(e) => return Err(failed(e)),
        };
        let facts = self.accounts.facts(person).await.map_err(failed)?;
        let fact = |own: &str, name: &str| {
            let fact = facts.get(own)?;
            let value = match fact.value.as_str() {
                "male" if own == "sex" => "Nam",
                "female" if own == "sex" => "Nữ",
                other => other,
            };
            let (source, assurance) = (fact.source.clone(), level(Assurance::parse(&fact.assurance)).to_owned());
            Some(Claim { name: name.to_owned(), value: json!(value), source, assurance, at: fact.proved_at })
        };
        let own = |name: &str, value: String, source: &str| Claim {
            name: name.to_owned(),
            value: json!(value),
            source: source.to_owned(),
            assurance: level(profile.assurance()).to_owned(),
            at: profile.created_at,
        };
        let claim = |name: &String| match name.as_str() {
            "SoDinhDanh" => fact("number", name),
            "HoVaTen" => fact("full_name", name),
            "NgaySinh" => fact("birth_date", name),
            "GioiTinh" => fact("sex", name),
            KIND => Some(own(name, CITIZEN.to_owned(), "portal")),
            "SoDienThoai" => profile.phone_number().map(|p| own(name, p.national().replace(' ', ""), "otp")),
            _ => None,
        };
        Ok(names.iter().filter_map(claim).collect())
    }

    async fn acts_for(&self, person: Uuid) -> Result<Vec<Uuid>, Error> {
        let mine = self.accounts.organizations(person).await.map_err(failed)?;
        Ok(mine.into_iter().map(|one| one.id).collect())
    }

    async fn acting_claims(&self, person: Uuid, acting: Uuid, names: &[String]) -> Result<Vec<Claim>, Error> {
        let mine = self.accounts.organizations(person).await.map_err(failed)?;
        let Some(one) = mine.into_iter().find(|one| one.id == acting) else { return Ok(Vec::new()) };
        let claim = |name: &String| {
            let value = match name.as_str() {
                KIND => ORGANIZATION,
                "MaToChuc" => &one.code,
                "TenToChuc" => &one.name,
                _ => return None,
            };
            // Who first showed the organisation's token, or was let in by who did.
            let (source, assurance) = ("certificate".to_owned(), level(Assurance::High).to_owned());
            Some(Claim { name: name.clone(), value: json!(value), source, assurance, at: one.since })
        };
        Ok(names.iter().filter_map(claim).collect())
    }

    async fn is_active(&self, person: Uuid) -> Result<bool, Error> {
        self.accounts.is_active(person).await.map_err(failed)
    }

    async fn sign_out(&self, session: Uuid, end: SessionEnd) -> Result<Vec<HeaderValue>, Error> {
        let web = self.web()?;
        let accounts = self.accounts.clone();
        let ended = web.core.store.write(move |tx: Tx| async move {
            accounts.sign_out_in(&tx, session).await.map_err(failed)?;
            end.put(&tx).await
        });
        ended.await?;
        Ok(vec![cookies::forget(&web, cookies::CITIZEN)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n8_methods_are_told_in_the_words_of_the_standard_and_levels_rise() {
        assert_eq!(methods("password+sms"), ["pwd", "sms"]);
        assert_eq!(methods("otp+via-vneid"), ["sms"]);
        assert_eq!(methods("otp+signature"), ["sms", "pop"]);
        assert_eq!(methods("passkey+totp+backup"), ["hwk", "user", "otp"]);
        assert_eq!(Assurance::ALL.map(level), LEVELS);
    }
}
