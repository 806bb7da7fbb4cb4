//! The demo's stand-in for a bank (N13): the people of the VNeID stand-in have accounts there, and the portal is its client.

use super::{
    login::PASSWORD,
    vneid::{self, Province},
};
use crate::{
    banks::Counter,
    config::{read_master_key, write_master_key},
    node::Plan,
};
use anyhow::Context;
use base::{
    clock::{Clock, Entropy},
    keys::{Keys, Secret},
};
use domain::packs::Text;
use identity::rp::ClientAuth;
use sandbox::bank::{ACCOUNTS, Bank, BankOptions, NAME, SCOPE, Service};
use std::path::Path;

/// How the portal calls it, in addresses and in what it stores.
const COUNTER: &str = "ngan-hang-hu-cau";
/// `serve` refuses this name.
const CLIENT: &str = "sandbox-dvcqg";

/// Starts it with its data in a folder of its own; and what an operator of the portal would write down, with a secret that is new each time.
/// `known`: the provinces whose people have accounts.
pub async fn start(data: &Path, at: &str, portal: &Plan, known: &[Province<'_>]) -> anyhow::Result<(Bank, Counter)> {
    std::fs::create_dir_all(data)?;
    let key_file = data.join("master-key");
    if !key_file.exists() {
        write_master_key(&key_file)?;
    }
    let home = portal.settings.origin.clone();
    let bank = Bank::start(BankOptions {
        issuer: at.to_owned(),
        data: data.to_owned(),
        keys: Keys::new(&read_master_key(&key_file).map_err(anyhow::Error::msg)?),
        password: Secret::new(PASSWORD),
        residents: vneid::residents(known)?,
        seed: vneid::SEED,
        service: Service {
            id: CLIENT.into(),
            name: "Cổng Dịch vụ công quốc gia thử nghiệm".into(),
            redirect_uri: format!("{home}/tai-khoan/ngan-hang/{COUNTER}/ve"),
            home,
        },
        clock: Clock::system(),
        entropy: Entropy::system(),
    });
    let bank = bank.await.context("the bank sandbox cannot start")?;
    let counter = Counter {
        name: COUNTER.into(),
        label: Text { vi: format!("{NAME} (thử nghiệm)"), en: format!("{NAME} (test bank)") },
        issuer: at.to_owned(),
        client_id: bank.client().id.clone(),
        auth: ClientAuth::SecretBasic(bank.client().secret.clone()),
        scopes: vec![SCOPE.into()],
        accounts: format!("{at}{ACCOUNTS}"),
        endpoints: None,
        sandbox: true,
    };
    Ok((bank, counter))
}
