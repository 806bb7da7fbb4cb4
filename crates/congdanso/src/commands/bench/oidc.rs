//! Signing in through the national portal (N8, N9): our relying party against our provider over HTTP, and the token endpoint alone. The
//! portal is a server of its own with a database of its own; its people are signed in there and agreed to each system before, so that
//! neither passwords nor pages are measured.

use super::{
    http::{As, Conn, get, header, request},
    load::Seen,
    people::{self, Opened},
    report::{Figure, Target},
    server::{Server, Subject},
};
use crate::{commands::client, node::Node};
use anyhow::{Context, anyhow, bail};
use base::{
    clock::{Clock, Entropy},
    ids::Uuid,
    keys::{Keys, Secret},
    personal_number::PersonalNumber,
};
use domain::{
    accounts::{Accounts, Assurance, FullName, Kind, linked::Arrival},
    core::Core,
};
use identity::{
    provider::{Auth, NewClient},
    rp::{Ask, ClientAuth, Config, Rp},
};
use serde_json::Value;
use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use store::{Options, Sql, Store, Tx, bulk};
use tokio::task::JoinSet;

/// Names for `--only`.
pub const NAMES: [&str; 2] = ["oidc-flow", "oidc-token"];
/// Browsers that sign in at once.
const BROWSERS: usize = 16;
/// Connections of other systems to the token endpoint.
const SYSTEMS: usize = 32;
const WARM: Duration = Duration::from_secs(2);
const BACK: &str = "https://tinh.example.vn/dang-nhap/lien-thong/dvcqg/ve";
/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// The system whose tokens are renewed.
const RENEWS: &str = "bench-gia-han";

/// `beside`: the database that the other cases use on this engine.
pub async fn measure(
    beside: &Subject,
    only: Option<&str>,
    time: Duration,
    say: fn(String),
) -> anyhow::Result<Vec<Figure>> {
    let portal = portal(beside).await?;
    let (people, secrets) = prepare(&portal).await?;
    let server = Server::start(&portal).await?;
    let mut figures = Vec::new();
    for name in NAMES.iter().filter(|name| only.is_none_or(|only| only == **name)) {
        let run = |secret| Run { server: &server, people: &people, secret, time, say };
        figures.extend(match *name {
            "oidc-flow" => flows(&portal, run(&secrets[0])).await?,
            _ => tokens(run(&secrets[1])).await?,
        });
    }
    server.stop().await?;
    Ok(figures)
}

/// An empty portal on the same engine.
async fn portal(beside: &Subject) -> anyhow::Result<Subject> {
    let data = beside.data.join("portal");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    std::fs::create_dir_all(&data)?;
    let schema = beside.schema.as_ref().map(|schema| format!("{schema}_portal"));
    let url = match &schema {
        Some(schema) => {
            bulk::fresh_schema(&beside.url, schema).await?;
            beside.url.clone()
        }
        None => format!("sqlite:{}", data.join("portal.sqlite").display()),
    };
    let pack = beside.pack.parent().unwrap_or(Path::new(".")).join("national");
    Ok(Subject { name: beside.name, url, schema, data, pack })
}

/// People who are signed in and known by number, each with the session's token, and two systems with their secrets.
async fn prepare(portal: &Subject) -> anyhow::Result<(Vec<String>, [Secret; 2])> {
    let (core, plan) = portal.core(1).await?;
    let metrics = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle();
    let node = Node::on(core.clone(), plan, metrics)?;
    let issuer = node.web.issuer.as_ref().context("the portal has no provider")?;
    let mut people = Vec::new();
    for n in 0..SYSTEMS {
        people.push(person(&core, &node.web.accounts, n).await?);
    }
    let province = client::province("bench-tinh", "Tỉnh Ví Dụ", "https://tinh.example.vn", "dvcqg");
    let renews = NewClient {
        id: RENEWS.into(),
        auth: Auth::ClientSecretPost,
        may_refresh: true,
        ..client::province(RENEWS, "Hệ thống gia hạn", "https://tinh.example.vn", "dvcqg")
    };
    let secret = async |new| client::put(issuer, new).await?.context("a secret");
    let secrets = [secret(province).await?, secret(renews).await?];
    node.close().await;
    Ok((people, secrets))
}

async fn person(core: &Core, accounts: &Accounts, n: usize) -> anyhow::Result<String> {
    let (id, now) = (core.new_id(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            Sql::new(
                "INSERT INTO account (id, kind, phone, full_name, assurance, language, created_at, updated_at)
                 VALUES ($1, 'citizen', $2, $3, 'phone', 'vi', $4, $4)",
            )
            .bind(id)
            .bind(format!("+8491200{n:04}"))
            .bind(format!("Người Thử {n}"))
            .bind(now)
            .exec(&tx)
            .await
        })
        .await?;
    let token = Uuid::from_bytes(core.entropy.bytes()).simple().to_string();
    people::insert(core, &[&Opened { account: id, kind: Kind::Citizen, token: token.clone() }]).await?;
    let said = |what: String| anyhow!("an invented person: {what}");
    let signed = accounts.session(&token).await.map_err(|e| said(e.to_string()))?.context("a session")?;
    let arrival = Arrival {
        provider: "bench".into(),
        subject: format!("bench-{n}"),
        level: Assurance::Verified,
        number: PersonalNumber::parse(&format!("04419000{n:04}")).map_err(|_| said("number".into()))?,
        full_name: FullName::parse("Nguyễn Thị Thử").map_err(|e| said(e.key.into()))?,
        birth_date: Some("1990-02-03".into()),
        sex: None,
        phone: None,
        behalf: None,
    };
    accounts.link(&signed, arrival, None).await.map_err(|e| said(e.to_string()))?;
    Ok(token)
}

/// A browser with somebody's session at the portal.
struct Browser {
    conn: Conn,
    cookie: String,
}

impl Browser {
    fn of(server: &Server, token: &str) -> Self {
        Self { conn: Conn::new(server.at), cookie: format!("phien-national={token}") }
    }

    /// Where an address of the portal leads. Errors: the status of another answer.
    async fn led(&mut self, address: &str) -> Result<String, u16> {
        let path = address.find("/oauth2/").map_or(address, |at| &address[at..]);
        let answer = self.conn.ask(&get(path, As::Cookie(&self.cookie))).await.map_err(|_| 0u16)?;
        header(answer.head, "location").map(str::to_owned).ok_or(answer.status)
    }

    /// Says yes to everything that a system wants to know, once.
    async fn agree(&mut self, address: &str) -> anyhow::Result<()> {
        let path = address.find("/oauth2/").map_or(address, |at| &address[at..]);
        let answer = self.conn.ask(&get(path, As::Cookie(&self.cookie))).await?;
        let head = std::str::from_utf8(answer.head)?;
        let mark =
            head.lines().filter_map(|line| line.strip_prefix("set-cookie: ")).filter_map(|c| c.split(';').next());
        let cookies = mark.fold(self.cookie.clone(), |all, one| format!("{all}; {one}"));
        let page = header(answer.head, "location").context("no way to the page of consent")?.to_owned();
        let answer = self.conn.ask(&get(&page, As::Cookie(&cookies))).await?;
        let html = String::from_utf8_lossy(answer.body).into_owned();
        let between = |text: &str, from: &str| {
            let rest = text.split_once(from)?.1;
            Some(rest.split_once('"')?.0.to_owned())
        };
        let token = between(&html, "name=\"token\" value=\"").context("no page of consent")?;
        let mut form = format!("token={token}&answer=allow");
        for claim in html.split("name=\"claim\" value=\"").skip(1).filter_map(|rest| rest.split_once('"')) {
            form += &format!("&claim={}", claim.0);
        }
        let kind = "content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\n";
        let sent = request("POST", &page, As::Cookie(&cookies), kind, form.as_bytes());
        let answer = self.conn.ask(&sent).await?;
        match header(answer.head, "location") {
            Some(to) if to.starts_with(BACK) => Ok(()),
            _ => bail!("the portal did not take the consent: {}", answer.status),
        }
    }
}

/// Whom and what a case asks, for how long.
struct Run<'a> {
    server: &'a Server,
    /// Their sessions' tokens.
    people: &'a [String],
    /// The system's.
    secret: &'a Secret,
    time: Duration,
    say: fn(String),
}

/// Whole sign-ins.
async fn flows(portal: &Subject, run: Run<'_>) -> anyhow::Result<Vec<Figure>> {
    let Run { server, people, secret, time, say } = run;
    // The province has a database of its own, too.
    let file = portal.data.join("province.sqlite");
    let (url, options) = match &portal.schema {
        Some(schema) => {
            let schema = format!("{schema}_province");
            bulk::fresh_schema(&portal.url, &schema).await?;
            (portal.url.clone(), Options { schema: Some(schema), ..Options::default() })
        }
        None => (format!("sqlite:{}", file.display()), Options::default()),
    };
    let store = Store::open(&url, options).await.context("the province's database")?;
    let auth = ClientAuth::SecretBasic(secret.clone());
    let mut config = Config::new("dvcqg", &format!("http://{}", server.at), "bench-tinh", auth, BACK);
    config.allow_private = true;
    config.scopes = vec![web::national::SCOPE.into()];
    config.levels = ["phone", "verified", "high"].map(str::to_owned).into();
    config.acr_map = [("LoA2", "verified"), ("LoA3", "high")].map(|(a, b)| (a.into(), b.into())).into();
    config.claim_map = [("number", "SoDinhDanh"), ("full_name", "HoVaTen"), ("birth_date", "NgaySinh")]
        .map(|(a, b)| (a.into(), b.into()))
        .into();
    let keys = Keys::new(&Entropy::system().bytes());
    let rp = Rp::new(store, Clock::system(), Entropy::system(), keys, config).context("the relying party")?;
    for token in people.iter().take(BROWSERS) {
        let address = rp.begin("b", Ask::default()).await.context("the first sign-in")?;
        Browser::of(server, token).agree(&address).await?;
    }
    let before = server.cpu();
    let begin = Instant::now() + WARM;
    let mut running = JoinSet::new();
    for (n, token) in people.iter().take(BROWSERS).enumerate() {
        let (rp, mut browser) = (rp.clone(), Browser::of(server, token));
        running.spawn(async move {
            let (mut seen, mark) = (Seen::default(), format!("browser {n}"));
            while begin.elapsed() < time {
                let start = Instant::now();
                let signed_in = sign_in(&rp, &mut browser, &mark).await;
                seen.asked += 1;
                if start < begin {
                    continue;
                }
                match signed_in {
                    Ok(()) => seen.good(start.elapsed()),
                    Err(status) => seen.bad(status),
                }
            }
            seen
        });
    }
    let seen = sum(running, begin, server, before).await;
    say(format!("sign-ins through the portal: {:.0}/s, {}", seen.rate(), seen.words()));
    let what = format!("whole sign-ins through the national portal, {BROWSERS} browsers without pause");
    let detail = format!("pushed request → authorize → code → token → userinfo, ID token verified; {}", seen.words());
    Ok(vec![Figure::new(what, Target::AtLeast(300.0), seen.rate(), "/s", detail)])
}

/// One, from the button to the believed person. Errors: a status, 1 for what the relying party refused.
async fn sign_in(rp: &Rp, browser: &mut Browser, mark: &str) -> Result<(), u16> {
    let address = rp.begin(mark, Ask { level: Some("verified".into()), ..Ask::default() }).await.map_err(|_| 1u16)?;
    let back = browser.led(&address).await?;
    let query = back.strip_prefix(BACK).and_then(|rest| rest.strip_prefix('?')).ok_or(2u16)?;
    let arrived = rp.finish(mark, query).await.map_err(|_| 1u16)?;
    let is_known = arrived.level.as_deref() == Some("verified") && arrived.claims.contains_key("number");
    if is_known { Ok(()) } else { Err(2) }
}

/// Renewals: each turns a refresh token, as systems do that keep people signed in.
async fn tokens(run: Run<'_>) -> anyhow::Result<Vec<Figure>> {
    let Run { server, people, secret, time, say } = run;
    let secret = Arc::new(secret.expose().to_owned());
    let mut refresh = Vec::new();
    for token in people.iter().take(SYSTEMS) {
        let mut browser = Browser::of(server, token);
        let address = format!(
            "/oauth2/authorize?response_type=code&client_id={RENEWS}&redirect_uri={BACK}&scope=openid%20citizen&state=s&nonce=n\
             &code_challenge={CHALLENGE}&code_challenge_method=S256"
        );
        browser.agree(&address).await?;
        let back = browser.led(&address).await.map_err(|status| anyhow!("no code: {status}"))?;
        let code = back.split_once("code=").and_then(|(_, rest)| rest.split('&').next()).context("no code")?;
        let form = format!("grant_type=authorization_code&code={code}&redirect_uri={BACK}&code_verifier={VERIFIER}");
        let first = ask_token(&mut browser.conn, &secret, &form).await.map_err(|status| anyhow!("token: {status}"))?;
        refresh.push(first);
    }
    let before = server.cpu();
    let begin = Instant::now() + WARM;
    let mut running = JoinSet::new();
    for mut token in refresh {
        let (secret, mut conn) = (secret.clone(), Conn::new(server.at));
        running.spawn(async move {
            let mut seen = Seen::default();
            while begin.elapsed() < time {
                let start = Instant::now();
                let form = format!("grant_type=refresh_token&refresh_token={token}");
                let next = ask_token(&mut conn, &secret, &form).await;
                seen.asked += 1;
                match next {
                    Ok(next) => {
                        token = next;
                        if start >= begin {
                            seen.good(start.elapsed());
                        }
                    }
                    Err(status) => {
                        // The chain is broken: nothing that it says from here on means anything.
                        seen.bad(status);
                        break;
                    }
                }
            }
            seen
        });
    }
    let seen = sum(running, begin, server, before).await;
    say(format!("renewals: {:.0}/s, {}", seen.rate(), seen.words()));
    let what = format!("token endpoint: renewals (refresh token turned, new ID token), {SYSTEMS} connections");
    Ok(vec![
        Figure::new(what, Target::AtLeast(2_000.0), seen.rate(), "/s", seen.words()),
        Figure::new("… errors", Target::AtMost(0.0), seen.failed() as f64, "", ""),
    ])
}

/// The next refresh token. Errors: the status, 1 for an answer without one.
async fn ask_token(conn: &mut Conn, secret: &str, form: &str) -> Result<String, u16> {
    let form = format!("{form}&client_id={RENEWS}&client_secret={secret}");
    let kind = "content-type: application/x-www-form-urlencoded\r\n";
    let asked = request("POST", "/oauth2/token", As::Nobody, kind, form.as_bytes());
    let answer = conn.ask(&asked).await.map_err(|_| 0u16)?;
    if answer.status != 200 {
        return Err(answer.status);
    }
    let body: Value = serde_json::from_slice(answer.body).map_err(|_| 1u16)?;
    let is_whole = body["id_token"].is_string() && body["access_token"].is_string();
    body["refresh_token"].as_str().filter(|_| is_whole).map(str::to_owned).ok_or(1)
}

async fn sum(running: JoinSet<Seen>, begin: Instant, server: &Server, before: (Duration, Duration)) -> Seen {
    let mut all = Seen::default();
    for seen in running.join_all().await {
        all.add(seen);
    }
    all.took = begin.elapsed();
    let after = server.cpu();
    all.cpu = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
    all
}
