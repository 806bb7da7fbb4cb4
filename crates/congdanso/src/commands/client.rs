//! `congdanso client`: systems that people sign in to through the national portal (N8).
#![expect(clippy::print_stdout, reason = "commands answer on standard output")]

use super::{metrics, open, plan};
use crate::node::Node;
use anyhow::{Context, bail};
use base::keys::Secret;
use identity::provider::{Auth, NewClient, Provider};
use std::path::Path;

/// A province as a client of the portal. `door`: how it calls the portal in its own configuration.
pub fn province(id: &str, name: &str, origin: &str, door: &str) -> NewClient {
    let way = format!("{origin}/dang-nhap/lien-thong/{door}");
    NewClient {
        scopes: vec!["openid".into(), web::national::SCOPE.into()],
        claims: web::national::CLAIMS.map(str::to_owned).to_vec(),
        post_logout_uris: vec![format!("{origin}/dang-xuat/xong")],
        backchannel_logout_uri: Some(format!("{way}/dang-xuat")),
        // Each system knows a person by a name of its own, also where two share a host.
        sector: Some(id.to_owned()),
        ..NewClient::new(id, name, Auth::ClientSecretBasic, &format!("{way}/ve"))
    }
}

/// Makes the client, or puts it in the place of the one with its id; the secret of before is worth nothing from then on.
/// Errors: what is wrong with it, for the operator.
pub async fn put(issuer: &Provider, new: NewClient) -> anyhow::Result<Secret> {
    let id = new.id.clone();
    match issuer.put_client(new).await.context("the client cannot be kept")? {
        Ok(Some(secret)) => Ok(secret),
        Ok(None) => bail!("the client {id} has no secret"),
        Err(why) => bail!("{id}: {why}"),
    }
}

pub async fn add(file: &Path, id: &str, name: &str, origin: &str, door: &str) -> anyhow::Result<()> {
    let (config, core) = open(file).await?;
    if !core.province().pack.province.is_national() {
        bail!("only the national portal has clients: province.pack names a province");
    }
    let node = Node::on(core, plan(&config)?, metrics()?)?;
    let issuer = node.web.issuer.clone().context("the portal has no provider")?;
    let secret = put(&issuer, province(id, name, origin.trim_end_matches('/'), door)).await?;
    println!(
        "{id}: đã kết nối. Khóa chỉ hiện một lần; ghi vào tệp mà client_secret_file của hệ thống đó nêu:\n{}",
        secret.expose()
    );
    node.close().await;
    Ok(())
}
