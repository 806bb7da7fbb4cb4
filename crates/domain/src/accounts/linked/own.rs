//! «Tài khoản liên kết» of a signed-in person: which there are, another one, and taking one away (N12, A8).

use super::{Arrival, Facts, cut, facts, join};
use crate::{
    accounts::{
        Accounts, Error, FlowKind, Signed,
        activity::{self, Act, Happened},
        flows,
    },
    error::Error as Shared,
    notices::{self, Notice},
};
use base::{clock::Millis, ids::Uuid};
use serde::Serialize;
use store::{FromRow, Sql, Tx};

/// One account elsewhere.
#[derive(Debug, Clone, FromRow, Serialize)]
pub struct Line {
    pub provider: String,
    pub level: String,
    pub linked_at: Millis,
    pub used_at: Millis,
}

impl Accounts {
    /// The accounts elsewhere that lead here, oldest first.
    pub async fn links(&self, account: Uuid) -> Result<Vec<Line>, Error> {
        let sql = "SELECT provider, level, linked_at, used_at FROM linked_account WHERE account_id = $1 ORDER BY linked_at, id";
        Ok(Sql::new(sql).bind(account).all(self.core.store.read()).await?)
    }

    /// What is known for sure of the person.
    pub async fn facts(&self, account: Uuid) -> Result<Facts, Error> {
        facts::read(&self.core, self.core.store.read(), account).await
    }

    /// Links the account elsewhere that somebody just came from to their own. `token`: of the flow that waited for them to sign in, which
    /// ends with it. Errors: `LinkedElsewhere`, `OtherPerson`, `LinkedAlready`, `FlowGone`; `Forbidden` for guests and staff.
    pub async fn link(&self, signed: &Signed, arrival: Arrival, token: Option<&str>) -> Result<(), Error> {
        if signed.kind != crate::accounts::Kind::Citizen {
            return Err(Shared::Forbidden.into());
        }
        let (core, account) = (self.core.clone(), signed.account);
        let token = token.map(str::to_owned);
        self.core
            .store
            .write(move |tx: Tx| async move {
                if let Some(token) = token {
                    let flow = flows::find(&core, &tx, FlowKind::Arrive, &token).await?.ok_or(Error::FlowGone)?;
                    flows::end(&tx, &flow, core.now()).await?;
                }
                join(&core, &tx, account, &arrival).await?;
                activity::write(&core, &tx, Act::own(account, Happened::Linked).detail(&arrival.provider)).await?;
                let notice = Notice {
                    account,
                    kind: "account",
                    key: "notice-linked".into(),
                    args: Vec::new(),
                    link: "/tai-khoan/lien-ket".into(),
                    sms: None,
                };
                Ok::<_, Error>(notices::tell(&core, &tx, notice).await?)
            })
            .await?;
        self.cache.forget(account);
        Ok(())
    }

    /// Takes a link away; what it proved of the person stays known. Errors: `StepUp`, `NotFound`.
    pub async fn unlink(&self, signed: &Signed, provider: &str) -> Result<(), Error> {
        signed.require_fresh(self.core.now())?;
        let (core, account, provider) = (self.core.clone(), signed.account, provider.to_owned());
        self.core
            .store
            .write(move |tx: Tx| async move {
                cut(&tx, "linked_account", account, &provider).await?;
                activity::write(&core, &tx, Act::own(account, Happened::Unlinked).detail(&provider)).await?;
                Ok::<_, Error>(())
            })
            .await
    }
}
