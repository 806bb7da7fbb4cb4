//! Linking what a person brings from their bank, and taking a link away.

use super::{
    Account, MOST, PAGE, Refusal,
    end::{end, end_unused},
    require_identified,
    rows::{self, LINK, Link},
    same_name,
};
use crate::{
    accounts::{
        Accounts, Error, Signed,
        activity::{self, Act, Happened},
        linked::facts,
    },
    core::Core,
    error::Error as Shared,
    notices::{self, Notice},
};
use base::{ids::Uuid, keys::Secret};
use store::{Sql, Tx};

/// The name under which this person is known for sure. Errors: `NotIdentified`.
pub(super) async fn proven_name(core: &Core, tx: &Tx, account: Uuid) -> Result<String, Error> {
    let facts = facts::read(core, tx, account).await?.proven();
    let name = facts.get("full_name").map(|fact| fact.value.clone());
    name.ok_or_else(|| Refusal::NotIdentified.into())
}

impl Accounts {
    /// Links the accounts that a person agreed to at a bank, all or none. `refresh`: what the bank gave for them; whoever is refused has it
    /// ended there ([`Accounts::drop_bank_grant`]). An account that is linked already is renewed.
    /// Errors: `Forbidden`; `Bank` with every refusal but `Asking`.
    pub async fn link_bank(
        &self,
        signed: &Signed,
        bank: &str,
        refresh: &Secret,
        accounts: Vec<Account>,
    ) -> Result<(), Error> {
        require_identified(signed)?;
        let (core, account) = (self.core.clone(), signed.account);
        let (bank, refresh) = (bank.to_owned(), refresh.clone());
        self.core
            .store
            .write(move |tx: Tx| async move {
                // Two that come at one moment are counted one after the other.
                tx.lock("account", account).await?;
                let name = proven_name(&core, &tx, account).await?;
                fits(&name, &accounts)?;
                let grant = rows::put_grant(&core, &tx, Some(account), &bank, &refresh).await?;
                for told in &accounts {
                    take(&core, &tx, account, grant, (&bank, told)).await?;
                }
                end_unused(&core, &tx, account).await?;
                activity::write(&core, &tx, Act::own(account, Happened::BankLinked).detail(&bank)).await?;
                let notice = Notice {
                    account,
                    kind: "account",
                    key: "notice-bank-linked".into(),
                    args: Vec::new(),
                    link: PAGE.into(),
                    sms: None,
                };
                Ok::<_, Error>(notices::tell(&core, &tx, notice).await?)
            })
            .await
    }

    /// What a bank gave and nobody wants: the bank is told by the worker.
    pub async fn drop_bank_grant(&self, bank: &str, token: &Secret) -> Result<(), Error> {
        let (core, bank, token) = (self.core.clone(), bank.to_owned(), token.clone());
        self.core
            .store
            .write(move |tx: Tx| async move {
                let grant = rows::put_grant(&core, &tx, None, &bank, &token).await?;
                Ok::<_, Error>(end(&core, &tx, grant).await?)
            })
            .await
    }

    /// «Hủy liên kết»: gone here at once; the bank is told by the worker when nothing of that consent is linked any more. Errors: `NotFound`.
    pub async fn unlink_bank(&self, signed: &Signed, id: Uuid) -> Result<(), Error> {
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                tx.lock("account", account).await?;
                let bank: Option<String> =
                    Sql::new("DELETE FROM bank_link WHERE id = $1 AND account_id = $2 RETURNING bank")
                        .bind(id)
                        .bind(account)
                        .scalar(&tx)
                        .await?;
                let Some(bank) = bank else { return Err(Shared::NotFound.into()) };
                end_unused(&core, &tx, account).await?;
                activity::write(&core, &tx, Act::own(account, Happened::BankUnlinked).detail(&bank)).await?;
                Ok::<_, Error>(())
            })
            .await
    }
}

/// Errors: `NoneChosen`, `OtherHolder`, `NotActive`.
fn fits(name: &str, accounts: &[Account]) -> Result<(), Refusal> {
    if accounts.is_empty() {
        return Err(Refusal::NoneChosen);
    }
    if accounts.iter().any(|told| !same_name(&told.holder, name)) {
        return Err(Refusal::OtherHolder);
    }
    if accounts.iter().any(|told| !told.is_active) {
        return Err(Refusal::NotActive);
    }
    Ok(())
}

/// Errors: `Elsewhere`, `TooMany`.
async fn take(core: &Core, tx: &Tx, account: Uuid, grant: Uuid, told: (&str, &Account)) -> Result<(), Error> {
    match rows::link_of(core, tx, told.0, &told.1.id).await? {
        Some(link) if link.account_id == account => return rows::renew(core, tx, &link, grant, told).await,
        Some(link) if link.is_linked() => return Err(Refusal::Elsewhere.into()),
        // The bank ended it for whoever had it: it keeps nobody out.
        Some(link) => _ = Sql::new("DELETE FROM bank_link WHERE id = $1").bind(link.id).exec(tx).await?,
        None => {}
    }
    let linked: Vec<Link> = Sql::new(format!("{LINK} account_id = $1")).bind(account).all(tx).await?;
    if linked.len() as i64 >= MOST {
        return Err(Refusal::TooMany.into());
    }
    // Somebody with the same account was faster by a moment.
    if rows::put(core, tx, account, grant, told).await? { Ok(()) } else { Err(Refusal::Elsewhere.into()) }
}
