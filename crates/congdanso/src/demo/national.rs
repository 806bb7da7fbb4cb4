//! The demo's national portal: its people come from the VNeID sandbox or register with a sandbox phone; the provinces are its clients.

use super::mark_empty;
use crate::{
    commands::client,
    node::{self, Node, Plan},
    sign_in::Door,
};
use anyhow::Context;
use base::{
    clock::{Clock, Entropy},
    keys::Secret,
};
use domain::packs::Text;
use gateways::subscribers::Config;
use identity::rp::ClientAuth;
use metrics_exporter_prometheus::PrometheusHandle;
use sandbox::{
    operator::{Operator, Owner, PATH},
    vneid::Vneid,
};

/// How the provinces call the portal, in addresses and in what they store.
pub const DOOR: &str = "dvcqg";

/// The operators of the demo with the token that they want to see, new at each start.
pub struct Stand {
    operator: Operator,
    token: String,
}

impl Stand {
    pub fn router(&self) -> axum::Router {
        self.operator.router()
    }
}

/// Each invented person's phone is in their own name.
pub fn operator(vneid: &Vneid) -> Stand {
    let token: String = Entropy::system().bytes::<24>().iter().map(|b| format!("{b:02x}")).collect();
    let owner = |person: &sandbox::vneid::Person| Owner {
        phone: person.phone.clone(),
        number: person.number.clone(),
        full_name: person.name.clone(),
        birth_date: person.born.to_string(),
    };
    let owners = vneid.people().iter().map(owner).collect();
    Stand { operator: Operator::new(owners, Secret::new(token.clone())), token }
}

/// Where the portal asks them. `at`: the sandbox.
pub fn operators_at(at: &str, stand: &Stand) -> Config {
    Config { url: format!("{at}{PATH}"), token: stand.token.clone(), local: true }
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

/// A province's side of the portal. Its secret is new each time.
pub async fn door(portal: &Node, plan: &Plan, issuer: &str) -> anyhow::Result<Door> {
    let provider = portal.web.issuer.as_ref().context("the portal has no provider")?;
    let province = &plan.pack.province;
    let (id, name) =
        (format!("congdanso-{}", province.slug), format!("{} – {}", province.app_name.vi, province.name.vi));
    let secret = client::put(provider, client::province(&id, &name, &plan.settings.origin, DOOR)).await?;
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    Ok(Door {
        label: Text {
            vi: "Cổng Dịch vụ công quốc gia".into(), en: "the National Public Service Portal".into()
        },
        scopes: vec![web::national::SCOPE.into()],
        claims: pairs(&[
            ("number", "SoDinhDanh"),
            ("full_name", "HoVaTen"),
            ("birth_date", "NgaySinh"),
            ("sex", "GioiTinh"),
            ("phone", "SoDienThoai"),
        ]),
        levels: pairs(&[("LoA2", "verified"), ("LoA3", "high")]),
        sandbox: true,
        ..Door::new(DOOR, issuer, &id, ClientAuth::SecretBasic(secret))
    })
}
