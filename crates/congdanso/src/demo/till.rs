//! The demo's stand-in for a payment gateway (P2): the national portal is its merchant, under a secret that is new at each start.

use crate::node::Plan;
use anyhow::Context;
use base::{
    clock::{Entropy, SECOND},
    keys::Secret,
};
use domain::payments::NOTICES;
use gateways::payments::Config;
use sandbox::till::{API, Merchant, PAY, Till, TillOptions};

/// `serve` refuses this name.
const TERMINAL: &str = "SANDBOX1";

/// Starts it; and what an operator of the portal would write down.
pub fn start(at: &str, portal: &Plan) -> anyhow::Result<(Till, Config)> {
    let secret: String = Entropy::system().bytes::<24>().iter().map(|b| format!("{b:02x}")).collect();
    let secret = Secret::new(&secret);
    let home = portal.settings.origin.clone();
    let merchant = Merchant {
        terminal: TERMINAL.into(),
        secret: secret.clone(),
        name: "Cổng Dịch vụ công quốc gia thử nghiệm".into(),
        notices: format!("{home}{NOTICES}"),
        home,
    };
    let options = TillOptions { refund_takes: 20 * SECOND, ..TillOptions::new(merchant) };
    let till = Till::start(options).context("the gateway sandbox cannot start")?;
    let config =
        Config { pay: format!("{at}{PAY}"), api: format!("{at}{API}"), terminal: TERMINAL.into(), secret, local: true };
    Ok((till, config))
}
