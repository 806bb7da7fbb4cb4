//! The demo's national portal: its people come from the VNeID sandbox or register with a sandbox phone; the provinces are its clients.

use super::mark_empty;
use crate::{
    authorities::Addresses,
    commands::client,
    node::{self, Node, Plan},
    sign_in::Door,
};
use anyhow::Context;
use base::{
    clock::{Clock, Entropy},
    keys::Secret,
};
use domain::{national::catalogue, packs::Text};
use gateways::authorities::Config;
use identity::{jws::Signer, rp::ClientAuth};
use metrics_exporter_prometheus::PrometheusHandle;
use sandbox::{
    authorities::{Authorities, INSURANCE, OPERATOR, Owner, POST, Tokens},
    vneid::Vneid,
};
use serde_json::json;
use std::path::Path;

/// How the provinces call the portal, in addresses and in what they store.
pub const DOOR: &str = "dvcqg";

/// Operators, social insurance and post of the demo, and where the portal asks them: each with a token of its own, new at each start. `at`: the
/// sandbox.
pub fn authorities(vneid: &Vneid, at: &str) -> (Authorities, Addresses) {
    let entropy = Entropy::system();
    let token = || entropy.bytes::<24>().iter().map(|b| format!("{b:02x}")).collect::<String>();
    let owner = |person: &sandbox::vneid::Person| Owner {
        phone: person.phone.clone(),
        number: person.number.clone(),
        full_name: person.name.clone(),
        birth_date: person.born.to_string(),
    };
    let address = |path: &str| Config { url: format!("{at}{path}"), token: token(), local: true };
    let (operators, insurance, post) = (address(OPERATOR), address(INSURANCE), address(POST));
    let tokens = Tokens {
        operator: Secret::new(operators.token.as_str()),
        insurance: Secret::new(insurance.token.as_str()),
        post: Secret::new(post.token.as_str()),
    };
    let authorities = Authorities::new(vneid.people().iter().map(owner).collect(), tokens);
    (authorities, Addresses { operators: Some(operators), insurance: Some(insurance), post: Some(post) })
}

/// Opens the portal with its own database.
pub async fn open(plan: Plan, metrics: PrometheusHandle) -> anyhow::Result<Node> {
    let core = node::open_core(&plan, Clock::system(), Entropy::system()).await?;
    mark_empty(&core).await?;
    let node = Node::on(core, plan, metrics)?;
    if let Some(issuer) = &node.web.issuer {
        issuer.rotate_keys().await.context("the portal has no keys")?;
    }
    Ok(node)
}

/// Somebody's own system, connected to try it here. `None`: it proves itself with its key.
pub async fn connect(portal: &Node, file: &Path) -> anyhow::Result<(String, Option<Secret>)> {
    let provider = portal.web.issuer.as_ref().context("the portal has no provider")?;
    let new = client::Registration::read(file)?.client();
    Ok((new.id.clone(), client::put(provider, new).await?))
}

/// A province's side of the portal. Its key is new each time.
pub async fn door(portal: &Node, plan: &Plan, issuer: &str) -> anyhow::Result<Door> {
    let provider = portal.web.issuer.as_ref().context("the portal has no provider")?;
    let province = &plan.pack.province;
    let (id, name) =
        (format!("congdanso-{}", province.slug), format!("{} – {}", province.app_name.vi, province.name.vi));
    let (signer, _) = Signer::generate(&Entropy::system())?;
    let keys = json!({ "keys": [signer.public()] });
    client::put(provider, client::by_key(client::province(&id, &name, &plan.settings.origin, DOOR), keys)).await?;
    catalogue::connect(&portal.web.core, &id, &client::procedures_at(&plan.settings.origin)).await?;
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    Ok(Door {
        label: Text {
            vi: "Cổng Dịch vụ công quốc gia".into(), en: "the National Public Service Portal".into()
        },
        scopes: vec![web::national::SCOPE.into()],
        organizations: vec![web::national::ORGANIZATION_SCOPE.into()],
        claims: pairs(&[
            ("number", "SoDinhDanh"),
            ("full_name", "HoVaTen"),
            ("birth_date", "NgaySinh"),
            ("sex", "GioiTinh"),
            ("phone", "SoDienThoai"),
            ("account_type", "LoaiTaiKhoan"),
            ("organization_code", "MaToChuc"),
            ("organization_name", "TenToChuc"),
        ]),
        levels: pairs(&[("LoA2", "verified"), ("LoA3", "high")]),
        sandbox: true,
        staff: true,
        dossier_states: Some(format!("{issuer}{}", web::national::STATES)),
        ..Door::new(DOOR, issuer, &id, ClientAuth::PrivateKeyJwt(Box::new(signer)))
    })
}
