//! Who asks in the benchmark: citizens and staff who are signed in already, and what they ask for.

use super::words::Scatter;
use anyhow::Context;
use base::ids::Uuid;
use domain::{
    accounts::{Kind, sessions::token_hash},
    core::Core,
    rights::Role,
};
use std::{collections::HashMap, sync::Arc};
use store::{Sql, Tx};

/// Signed-in citizens of one run. A person may send ten reports an hour, so there must be many.
const CITIZENS: usize = 20_000;
/// Codes of public reports, spread evenly over all.
const CODES: usize = 40_000;

/// Somebody at work.
#[derive(Debug, Clone)]
pub struct Officer {
    pub account: Uuid,
    pub token: String,
}

#[derive(Debug)]
pub struct People {
    /// Tokens.
    pub citizens: Vec<String>,
    pub officers: HashMap<String, Officer>,
    pub leaders: Vec<Officer>,
    /// Sees the whole province.
    pub dispatcher: Officer,
    /// Public reports.
    pub codes: Vec<String>,
    /// The console's cookie before `=`.
    pub staff_cookie: String,
    /// Where reports can happen and what about.
    pub communes: Vec<(String, f64, f64)>,
    pub categories: Vec<String>,
}

/// A session to be.
pub(super) struct Opened {
    pub account: Uuid,
    pub kind: Kind,
    pub token: String,
}

/// Opens sessions for this run and draws the codes that will be read.
pub async fn prepare(core: &Core) -> anyhow::Result<Arc<People>> {
    let all: i64 =
        Sql::new("SELECT count(*) FROM account WHERE kind = 'citizen'").scalar(core.store.read()).await?.unwrap_or(0);
    // Every run takes other people, so that nobody is over the limit because of the run before.
    let slots = (all / CITIZENS as i64).max(1);
    let slot = core.now() / 60_000 % slots;
    let ids: Vec<Uuid> = Sql::new("SELECT id FROM account WHERE kind = 'citizen' ORDER BY id LIMIT $1 OFFSET $2")
        .bind(CITIZENS as i64)
        .bind(slot * CITIZENS as i64)
        .scalars(core.store.read())
        .await?;
    // Column by column: the binary has no row types of its own.
    let column = |name: &str| Sql::new(format!("SELECT {name} FROM staff_role ORDER BY account_id, unit, role"));
    let accounts: Vec<Uuid> = column("account_id").scalars(core.store.read()).await?;
    let units: Vec<String> = column("unit").scalars(core.store.read()).await?;
    let roles: Vec<String> = column("role").scalars(core.store.read()).await?;
    let open = |account: Uuid, kind: Kind| Opened {
        account,
        kind,
        token: Uuid::from_bytes(core.entropy.bytes()).simple().to_string(),
    };
    let citizens: Vec<Opened> = ids.into_iter().map(|id| open(id, Kind::Citizen)).collect();
    let working: Vec<Opened> = accounts.into_iter().map(|id| open(id, Kind::Staff)).collect();
    let sessions: Vec<&Opened> = citizens.iter().chain(&working).collect();
    // Few rows a statement: what numbered marks cost grows with their square on SQLite.
    for some in sessions.chunks(20) {
        insert(core, some).await?;
    }
    let mut officers = HashMap::new();
    let (mut leaders, mut dispatcher) = (Vec::new(), None);
    for ((unit, role), opened) in units.into_iter().zip(roles).zip(working) {
        let person = Officer { account: opened.account, token: opened.token };
        match Role::parse(&role) {
            Some(Role::Officer) => _ = officers.insert(unit, person),
            Some(Role::UnitLeader) => leaders.push(person),
            Some(Role::ProvinceOperator) => dispatcher = Some(person),
            _ => {}
        }
    }
    let province = core.province();
    Ok(Arc::new(People {
        citizens: citizens.into_iter().map(|o| o.token).collect(),
        officers,
        leaders,
        dispatcher: dispatcher.context("nobody sees the whole province")?,
        codes: codes(core).await?,
        staff_cookie: format!("phien-cb-{}", province.pack.province.slug),
        communes: province.pack.units.iter().map(|u| (u.code.clone(), u.lat, u.lon)).collect(),
        categories: province
            .pack
            .categories
            .iter()
            // What is sent here answers no questions.
            .filter(|c| c.questions.iter().all(|q| !q.required))
            .map(|c| c.code.clone())
            .collect(),
    }))
}

pub(super) async fn insert(core: &Core, some: &[&Opened]) -> anyhow::Result<()> {
    let now = core.now();
    let mut sql = Sql::new(
        "INSERT INTO session (id, account_id, token_hash, method, device, created_at, last_seen_at, expires_at, proved_at) VALUES ",
    );
    for (i, o) in some.iter().enumerate() {
        let method = if o.kind == Kind::Staff { "password+totp" } else { "password" };
        let marks = [
            sql.value(core.new_id()),
            sql.value(o.account),
            sql.value(token_hash(core, &o.token).to_vec()),
            sql.value(method),
            sql.value("bench"),
            sql.value(now),
            sql.value(now),
            sql.value(now + o.kind.absolute()),
            sql.value(now),
        ];
        sql.push(&format!("{}({})", if i > 0 { ", " } else { "" }, marks.join(", ")));
    }
    core.store.write(move |tx: Tx| async move { sql.exec(&tx).await }).await?;
    Ok(())
}

async fn codes(core: &Core) -> anyhow::Result<Vec<String>> {
    let last: i64 =
        Sql::new("SELECT max(seq) FROM report").scalar::<Option<i64>>(core.store.read()).await?.flatten().unwrap_or(0);
    let mut chance = Scatter::new(9);
    let mut codes = Vec::with_capacity(CODES);
    while codes.len() < CODES {
        let mut sql = Sql::new("SELECT code FROM report WHERE public = TRUE AND hidden_why IS NULL AND seq IN (");
        let marks: Vec<String> = (0..100).map(|_| sql.value(1 + chance.below(last.max(1) as usize) as i64)).collect();
        sql.push(&marks.join(", "));
        sql.push(")");
        let some: Vec<String> = sql.scalars(core.store.read()).await?;
        anyhow::ensure!(!some.is_empty(), "there is no public report");
        codes.extend(some);
    }
    // Not in the order of the table.
    for i in (1..codes.len()).rev() {
        codes.swap(i, chance.below(i + 1));
    }
    Ok(codes)
}

impl People {
    pub fn citizen(&self, n: usize) -> &str {
        &self.citizens[n % self.citizens.len()]
    }

    pub fn code(&self, n: usize) -> &str {
        &self.codes[n % self.codes.len()]
    }

    /// Staff in turn, every fourth time the one who sees all.
    pub fn officer(&self, n: usize) -> &Officer {
        if n.is_multiple_of(4) { &self.dispatcher } else { &self.leaders[n % self.leaders.len()] }
    }

    /// A new report as JSON.
    pub fn report(&self, n: usize) -> String {
        let mut chance = Scatter::new(n as u64 ^ 0x5eed);
        let (commune, lat, lon) = chance.pick(&self.communes);
        let category = chance.pick(&self.categories);
        let text = super::words::text(category, &mut chance);
        serde_json::json!({
            "title": text.title, "content": text.content, "category": category, "commune": commune,
            "address": text.address, "lat": lat, "lon": lon,
        })
        .to_string()
    }
}
