//! Two connection keys, one of them revoked, so that the page of keys is not empty. Nobody knows the keys themselves.

use anyhow::anyhow;
use domain::{
    api_keys::{self, NewKey},
    core::Core,
    rights::Officer,
};
use store::{Sql, Tx};

pub async fn make(core: &Core, by: &Officer) -> anyhow::Result<()> {
    let failed = |e: domain::error::Error| anyhow!("a demo key: {e}");
    let hotline =
        NewKey {
            name: "Tổng đài 1022".into(), may_create: true, per_minute: 60, per_day: 5_000, ..NewKey::default()
        };
    let trial =
        NewKey { name: "Ứng dụng thử nghiệm".into(), per_minute: 10, per_day: 500, ..NewKey::default() };
    api_keys::create(core, by, &hotline).await.map_err(failed)?;
    let (id, _) = api_keys::create(core, by, &trial).await.map_err(failed)?;
    api_keys::revoke(core, by, id, "Hết thời gian thử nghiệm").await.map_err(failed)?;
    // What stands behind a key is an account, and everything here says that it is a demo.
    let all =
        |tx: Tx| async move { Sql::new("UPDATE account SET demo = TRUE WHERE kind = 'integration'").exec(&tx).await };
    core.store.write(all).await?;
    Ok(())
}
