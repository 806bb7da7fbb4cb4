//! Coming in from elsewhere, and what is asked of who is here for the first time (A2): phone, its code, where they live.

use super::{Arrival, facts, join, link_of};
use crate::accounts::{
    Accounts, Address, Error, Flow, FlowKind, Kind, NewSession, Visitor,
    flows::{self, NewFlow},
    otp::OtpCode,
    register::NewCitizen,
    rows, sessions,
};
use crate::{
    core::Core,
    error::Error as Shared,
    limits::{self, LOGIN_PER_ADDRESS},
    organizations::behalf,
};
use base::{i18n::Lang, ids::Uuid, keys::Secret};
use store::{Sql, Tx};

/// How arriving went.
#[derive(Debug)]
pub enum Welcome {
    In(NewSession),
    /// No account here is linked. The token is for the flow's cookie.
    New {
        token: Secret,
    },
}

impl Accounts {
    /// Somebody is about to be sent to a provider: a try to sign in like any other. Errors: `TooOften`.
    pub async fn count_departure(&self, visitor: &Visitor) -> Result<(), Error> {
        let (core, group) = (self.core.clone(), visitor.address_group());
        let over = self
            .core
            .store
            .write(move |tx: Tx| async move {
                limits::hit(&tx, &core.keys, LOGIN_PER_ADDRESS, group.as_bytes(), core.now()).await
            })
            .await?;
        over.map_err(|over| Shared::TooOften { again_at: over.again_at }.into())
    }

    /// Somebody arrived. `kept` is given back by `arrival_kept`, sealed meanwhile: what the caller needs to name this arrival again.
    /// Errors: `Blocked`, `OtherPerson`, `LinkedElsewhere`.
    pub async fn arrive(&self, arrival: Arrival, kept: &[u8], lang: Lang, visitor: &Visitor) -> Result<Welcome, Error> {
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let (token, kept) = (flows::new_token(&core), self.seal_kept(kept));
        self.core
            .store
            .write(move |tx: Tx| async move {
                let Some(link) = link_of(&core, &tx, &arrival).await? else {
                    // Whose number it is does not open their account: that takes the link, which its owner makes and can take away.
                    let claim = facts::claim_of(&core, &tx, &arrival.number).await?.filter(facts::Claim::is_proven);
                    // Who holds it by a card alone is somebody else, or this very person: they are asked, and may go on either way.
                    let word = facts::Word { source: &arrival.provider, assurance: arrival.level.as_str() };
                    let gives_way = claim.as_ref().is_some_and(|claim| claim.gives_way_to(&word));
                    let has_account = claim.is_some() && !gives_way;
                    let data = serde_json::json!({
                        "provider": arrival.provider, "name": arrival.full_name.as_str(), "kept": kept, "lang": lang.as_str(),
                        "has_account": has_account, "passes": gives_way,
                    });
                    let new =
                        NewFlow { kind: FlowKind::Arrive, account: None, phone: None, step: flows::PHONE, data };
                    flows::open(&core, &tx, new, &token).await?;
                    return Ok(Welcome::New { token });
                };
                let account = link.account_id;
                alive(&tx, account).await?;
                // Who ends the account's links meanwhile either finds this session and ends it, or is waited for here.
                tx.lock("account", account).await?;
                if link_of(&core, &tx, &arrival).await?.is_none_or(|link| link.account_id != account) {
                    return Err(Error::FlowGone);
                }
                join(&core, &tx, account, &arrival).await?;
                let method = arrival.method();
                let new = sessions::open(&core, &tx, account, Kind::Citizen, &method, &visitor).await?;
                works_for(&core, &tx, &new, &arrival).await?;
                Ok(Welcome::In(new))
            })
            .await
    }

    fn seal_kept(&self, kept: &[u8]) -> String {
        let core = &self.core;
        crate::accounts::encode(&core.keys.seal(base::keys::Purpose::OidcSealed, b"arrival", kept, &core.entropy))
    }

    /// What was kept with this flow. Errors: `FlowGone`.
    pub fn arrival_kept(&self, flow: &Flow) -> Result<Vec<u8>, Error> {
        let sealed = crate::accounts::decode(flow.text("kept")).ok_or(Error::FlowGone)?;
        self.core.keys.open(base::keys::Purpose::OidcSealed, b"arrival", &sealed).map_err(|_| Error::FlowGone)
    }

    /// The code. Errors: `WrongCode`, `CodeExpired`, `CodeUsedUp`, `TooManyCodes`, `FlowGone`.
    pub async fn confirm_arrival(&self, token: &str, code: OtpCode) -> Result<(), Error> {
        self.take_code(FlowKind::Arrive, token, code, flows::DETAILS).await
    }

    /// Whether the person, or the phone that was just proven, has an account here: then its owner signs in to link it.
    pub async fn arrival_has_account(&self, flow: &Flow) -> Result<bool, Error> {
        let Some(phone) = &flow.phone else { return Ok(flow.data["has_account"] == true) };
        Ok(rows::by_phone(self.core.store.read(), Kind::Citizen, phone).await?.is_some())
    }

    /// The last page: account, consents, link and session in one transaction.
    /// Errors: `Invalid` (commune), `FlowGone`, `PhoneTaken`, `Blocked` (as a guest), `LinkedElsewhere`.
    pub async fn complete_arrival(
        &self,
        token: &str,
        arrival: Arrival,
        commune: Option<String>,
        address: Address,
        visitor: &Visitor,
    ) -> Result<NewSession, Error> {
        let (flow, phone) = self.last_page(FlowKind::Arrive, token, commune.as_deref()).await?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        self.core
            .store
            .write(move |tx: Tx| async move {
                let new =
                    NewCitizen { phone, full_name: arrival.full_name.clone(), commune, address, password_hash: None };
                let account = new.register(&core, &tx, &flow, &visitor).await?;
                join(&core, &tx, account, &arrival).await?;
                // The code of a moment ago proved the phone, too.
                let method = format!("otp+{}", arrival.method());
                let new = sessions::open(&core, &tx, account, Kind::Citizen, &method, &visitor).await?;
                works_for(&core, &tx, &new, &arrival).await?;
                Ok(new)
            })
            .await
    }
}

/// A session that began with an organisation works for it.
async fn works_for(core: &Core, tx: &Tx, new: &NewSession, arrival: &Arrival) -> Result<(), store::Error> {
    match &arrival.behalf {
        Some(named) => behalf::set(core, tx, (new.session, new.account), Some(named)).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Errors: `Blocked`; `FlowGone` when it was deleted meanwhile.
pub(crate) async fn alive(tx: &Tx, account: Uuid) -> Result<(), Error> {
    let account = rows::by_id(tx, account).await?.ok_or(Error::FlowGone)?;
    match account.blocked_at {
        Some(_) => Err(Error::Blocked { reason: account.block_reason.unwrap_or_default() }),
        None => Ok(()),
    }
}

impl Accounts {
    /// Ends sessions that began elsewhere, because they ended there, and sign-ins of staff that wait for the second factor; in the caller's
    /// transaction. Other nodes notice within seconds.
    pub async fn end_sessions_of_provider(&self, tx: &Tx, sessions: &[Uuid]) -> Result<(), store::Error> {
        for session in sessions {
            Sql::new("UPDATE flow SET done_at = $1, data = '{}' WHERE id = $2 AND done_at IS NULL")
                .bind(self.core.now())
                .bind(*session)
                .exec(tx)
                .await?;
            let account: Option<Uuid> = Sql::new(
                "UPDATE session SET ended_at = $1, ended_why = 'provider' WHERE id = $2 AND ended_at IS NULL RETURNING account_id",
            )
            .bind(self.core.now())
            .bind(*session)
            .scalar(tx)
            .await?;
            if let Some(account) = account {
                self.cache.forget(account);
            }
        }
        Ok(())
    }
}
