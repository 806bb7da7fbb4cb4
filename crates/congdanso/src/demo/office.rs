//! The demo's other system (S2): connected to the first province's console from the start, so that its tile is there to be pressed.

use crate::{
    config::{read_master_key, write_master_key},
    node::Node,
};
use anyhow::{Context, anyhow};
use base::{
    clock::{Clock, Entropy},
    keys::Keys,
};
use domain::{
    rights::Officer,
    staff::{
        Staff,
        systems::{About, connect},
    },
};
use identity::provider::{Auth, NewClient};
use sandbox::office::{BACK, ENDED, Office, OfficeOptions, START};
use std::path::Path;
use store::{Sql, Tx};
use web::console;

/// Its name with the console.
const CLIENT: &str = "he-thong-thu-nghiem";
/// Who connects it: the administrator of the log-ins.
const BY: &str = "quantri";

/// Starts it at this address with its data in a folder of its own. Its secret is new each time.
pub async fn start(province: &Node, data: &Path, address: &str) -> anyhow::Result<Office> {
    std::fs::create_dir_all(data)?;
    let key_file = data.join("master-key");
    if !key_file.exists() {
        write_master_key(&key_file)?;
    }
    let keys = Keys::new(&read_master_key(&key_file).map_err(anyhow::Error::msg)?);
    let (web, about) = (&province.web, about()?);
    let issuer = web.issuer.as_ref().context("the console has no provider")?;
    let client = NewClient {
        scopes: vec!["openid".into(), console::SCOPE.into()],
        claims: console::CLAIMS.map(str::to_owned).to_vec(),
        sector: Some(CLIENT.into()),
        initiate_login_uri: Some(format!("{address}{START}")),
        backchannel_logout_uri: Some(format!("{address}{ENDED}")),
        ..NewClient::new(CLIENT, &about.name, Auth::ClientSecretBasic, &format!("{address}{BACK}"))
    };
    issuer.rotate_keys().await.context("the console's provider has no keys")?;
    let secret = issuer.put_client(client).await?.map_err(|why| anyhow!("the other system: {why}"))?;
    note(province, about).await?;
    web::national::refresh(web).await.context("the console's clients cannot be read")?;
    let origin = &web.core.settings.origin;
    let options = OfficeOptions {
        address: address.to_owned(),
        data: data.to_owned(),
        issuer: format!("{origin}{}", console::PATH),
        client_id: CLIENT.into(),
        secret: secret.context("another system has a secret")?,
        tiles: format!("{origin}/can-bo/he-thong"),
        keys,
        clock: Clock::system(),
        entropy: Entropy::system(),
    };
    Office::start(options).await.context("the other system cannot start")
}

fn about() -> anyhow::Result<About> {
    About::parse("Sổ văn bản (thử nghiệm)", "Hệ thống khác để thử: vào thẳng từ đây, không nhập lại mật khẩu.")
        .map_err(|wrong| anyhow!("the other system's tile: {wrong:?}"))
}

/// Its tile, where there is none yet.
async fn note(province: &Node, about: About) -> anyhow::Result<()> {
    let core = province.web.core.clone();
    let staff = Staff::new(province.web.accounts.clone());
    let failed = |e| anyhow!("the other system's tile: {e}");
    if staff.systems().await.map_err(failed)?.iter().any(|system| system.client_id == CLIENT) {
        return Ok(());
    }
    let sql = "SELECT id FROM account WHERE username = $1";
    let account = Sql::new(sql).bind(BY).scalar(core.store.read()).await?.context("the demo has no administrator")?;
    let told = staff.told(account).await.map_err(failed)?.context("the demo's administrator is away")?;
    let by = Officer { account, name: told.name, grants: told.grants };
    let store = core.store.clone();
    let made = store.write(move |tx: Tx| async move { connect(&core, &tx, &by, CLIENT, &about).await });
    made.await.map_err(failed)
}
