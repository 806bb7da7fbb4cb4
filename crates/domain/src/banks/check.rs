//! «Kiểm tra lại»: whether the bank still knows of a consent. A bank may give another token at each question and end everything when an old one
//! comes again, so one asks at a time.

use super::{
    Account, Refusal,
    end::end_unused,
    link::proven_name,
    rows::{LINK, Link, State, link_of, open_token, seal},
    same_name,
};
use crate::{
    accounts::{
        Accounts, Error, Signed,
        activity::{self, Act, Happened},
    },
    core::Core,
    error::Error as Shared,
};
use base::{
    clock::{Millis, SECOND},
    ids::Uuid,
    keys::Secret,
};
use store::{FromRow, Sql, Tx};

/// As long as two questions to a bank may take.
const ASKING: Millis = 40 * SECOND;

/// Somebody who asks a bank at this moment, alone.
#[derive(Debug, Clone)]
pub struct Look {
    pub bank: String,
    pub refresh: Secret,
    account: Uuid,
    grant: Uuid,
}

/// What came of it.
#[derive(Debug, Clone)]
pub enum Seen {
    /// The bank did not answer: nothing is known anew.
    Nothing,
    /// It gave the next token and told, or did not tell, of the accounts.
    Alive { refresh: Secret, accounts: Option<Vec<Account>> },
    /// The consent is over there.
    Ended,
}

#[derive(FromRow)]
struct Grant {
    id: Uuid,
    bank: String,
    sealed: Vec<u8>,
}

impl Accounts {
    /// Errors: `NotFound`, `State` when the bank has ended it already, `Bank(Asking)`.
    pub async fn begin_bank_check(&self, signed: &Signed, id: Uuid) -> Result<Look, Error> {
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let sql = format!("{LINK} id = $1 AND account_id = $2");
                let link: Option<Link> = Sql::new(sql).bind(id).bind(account).one(&tx).await?;
                let grant = link.ok_or(Shared::NotFound)?.grant_id.ok_or(Shared::State)?;
                let now = core.now();
                let grant: Option<Grant> = Sql::new(
                    "UPDATE bank_grant SET asking_until = $1 WHERE id = $2 AND (asking_until IS NULL OR asking_until <= $3)
                     RETURNING id, bank, sealed",
                )
                .bind(now + ASKING)
                .bind(grant)
                .bind(now)
                .one(&tx)
                .await?;
                let grant = grant.ok_or(Refusal::Asking)?;
                let refresh = open_token(&core, grant.id, &grant.sealed);
                let refresh = refresh.ok_or(Shared::Internal("what a bank gave cannot be opened"))?;
                Ok(Look { bank: grant.bank, refresh, account, grant: grant.id })
            })
            .await
    }

    /// Writes down what the bank said. Answers whether something is linked under that consent still.
    pub async fn finish_bank_check(&self, look: Look, seen: Seen) -> Result<bool, Error> {
        let core = self.core.clone();
        self.core
            .store
            .write(move |tx: Tx| async move {
                let (refresh, accounts) = match seen {
                    Seen::Nothing => (None, None),
                    Seen::Alive { refresh, accounts } => (Some(refresh), accounts),
                    Seen::Ended => {
                        let sql = "DELETE FROM bank_grant WHERE id = $1 AND account_id IS NOT NULL";
                        Sql::new(sql).bind(look.grant).exec(&tx).await?;
                        (None, Some(Vec::new()))
                    }
                };
                // Also when the person took the link away meanwhile: then the new token is the one to be ended.
                if let Some(refresh) = refresh {
                    Sql::new("UPDATE bank_grant SET sealed = $1, key_id = $2 WHERE id = $3")
                        .bind(seal(&core, look.grant, refresh.expose().as_bytes()))
                        .bind(core.keys.turn())
                        .bind(look.grant)
                        .exec(&tx)
                        .await?;
                }
                let free = "UPDATE bank_grant SET asking_until = NULL WHERE id = $1";
                Sql::new(free).bind(look.grant).exec(&tx).await?;
                match accounts {
                    Some(accounts) => compare(&core, &tx, &look, &accounts).await,
                    None => Ok(true),
                }
            })
            .await
    }
}

/// Each account under the consent that the bank no longer tells of, or of another holder, has ended.
async fn compare(core: &Core, tx: &Tx, look: &Look, accounts: &[Account]) -> Result<bool, Error> {
    tx.lock("account", look.account).await?;
    let links: Vec<Link> = Sql::new(format!("{LINK} grant_id = $1")).bind(look.grant).all(tx).await?;
    if links.is_empty() {
        return Ok(false); // taken away meanwhile
    }
    // Who is known by no name any more has the tokens written down all the same.
    let name = proven_name(core, tx, look.account).await.ok();
    let is_own = |told: &&Account| told.is_active && name.as_ref().is_none_or(|name| same_name(&told.holder, name));
    let mut alive = Vec::new();
    for told in accounts.iter().filter(is_own) {
        alive.extend(link_of(core, tx, &look.bank, &told.id).await?.map(|link| link.id));
    }
    let mut is_any_linked = false;
    for link in links {
        if alive.contains(&link.id) {
            is_any_linked = true;
            let sql = "UPDATE bank_link SET checked_at = $1 WHERE id = $2";
            Sql::new(sql).bind(core.now()).bind(link.id).exec(tx).await?;
            continue;
        }
        Sql::new("UPDATE bank_link SET state = $1, grant_id = NULL, checked_at = $2 WHERE id = $3")
            .bind(State::Ended.as_str())
            .bind(core.now())
            .bind(link.id)
            .exec(tx)
            .await?;
        activity::write(core, tx, Act::own(look.account, Happened::BankEnded).detail(&look.bank)).await?;
    }
    end_unused(core, tx, look.account).await?;
    Ok(is_any_linked)
}
