//! The demo's USB tokens and signing phones: each person of the VNeID stand-in has one, some more people and some invented organisations, and the portal believes the authority that made them.

use super::vneid::{self, Province};
use anyhow::Context;
use base::{
    clock::{Clock, Entropy},
    keys::Secret,
};
use gateways::remote_signing::Config;
use sandbox::{
    people::invent,
    signer::{self, Service, Signer, SignerOptions},
};
use signing::{Authority, Certificate};

/// People without an account: those of the VNeID stand-in, and four who have nothing but a token.
const OTHERS: usize = 24;

/// Starts it at this address, with keys that are new each time; and how the portal asks it to sign far away.
pub fn start(address: &str, provinces: &[Province<'_>]) -> anyhow::Result<(Signer, Config)> {
    let password: String = Entropy::system().bytes::<24>().iter().map(|b| format!("{b:02x}")).collect();
    let service = Service { id: "cong-minh-hoa".into(), password: Secret::new(password.clone()) };
    let config = Config { url: address.to_owned(), sp_id: service.id.clone(), sp_password: password, local: true };
    let people = invent(&vneid::residents(provinces)?, vneid::SEED, OTHERS).context("the people of the demo")?;
    let options = SignerOptions {
        address: address.to_owned(),
        people,
        organizations: signer::organizations().context("the organisations of the demo")?,
        service,
        clock: Clock::system(),
        entropy: Entropy::system(),
    };
    let signer = Signer::start(options).context("the USB tokens of the demo cannot be made")?;
    Ok((signer, config))
}

/// As the portal is configured with it.
pub fn authority(address: &str, signer: &Signer) -> anyhow::Result<Authority> {
    Ok(Authority {
        name: "Chứng thực thử nghiệm".into(),
        root: Certificate::read(signer.root()).context("the demo's authority")?,
        intermediates: Vec::new(),
        origins: vec![address.to_owned()],
        crl: None,
        ocsp: None,
    })
}
