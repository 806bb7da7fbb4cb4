//! The cases of the table in the order in which they run. Each returns figures; none asserts anything.

use super::{
    fill::{PASSWORD, phone},
    flows,
    http::{As, Conn, get, post, post_from},
    load::{Closed, Seen},
    open311,
    people::People,
    report::{Figure, Target},
    server::{Server, Subject},
    words::SEARCHES,
};
use crate::config::Passwords;
use base::{clock::Entropy, keys::Secret};
use domain::{accounts::hasher::Hasher, core::Settings};
use serde_json::json;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Names for `--only`.
pub const NAMES: [&str; 11] =
    ["start", "create", "json", "html", "queue", "near", "public", "open311", "flows", "log-ins", "uploads"];
/// Clients of the closed loops: what a province's morning looks like.
const CLIENTS: usize = 8;

pub struct Bench {
    pub server: Server,
    pub people: Arc<People>,
    pub time: Duration,
    pub say: fn(String),
}

/// Starts the server three times and takes the middle one; what it needs before anybody asks.
pub async fn start(subject: &Subject) -> anyhow::Result<(Server, Vec<Figure>)> {
    let mut times = Vec::new();
    for _ in 0..2 {
        let server = Server::start(subject).await?;
        times.push(server.started);
        server.stop().await?;
    }
    let server = Server::start(subject).await?;
    times.push(server.started);
    times.sort();
    // After an hour's standstill – or a fresh fill – much has fallen due at once; a province at work has no such backlog.
    server.settle(Duration::from_secs(300)).await;
    let memory = server.memory();
    let figures = vec![
        Figure::new(
            "start to first answer",
            Target::AtMost(1_000.0),
            times[1].as_secs_f64() * 1000.0,
            "ms",
            "middle of three",
        ),
        Figure::new(
            "memory, idle",
            Target::AtMost(80.0),
            memory.now,
            "MB",
            format!("resident; {:.0} MB of its own", memory.own),
        ),
    ];
    Ok((server, figures))
}

impl Bench {
    pub async fn run(&self, name: &str) -> anyhow::Result<Vec<Figure>> {
        Ok(match name {
            "create" => self.create().await,
            "json" => self.json().await,
            "html" => self.html().await,
            "queue" => self.queue().await,
            "near" => self.near().await,
            "public" => self.public().await,
            "open311" => open311::run(self).await,
            "flows" => self.flows().await,
            "log-ins" => self.log_ins().await?,
            "uploads" => self.uploads().await?,
            _ => Vec::new(),
        })
    }

    pub fn memory(&self) -> Figure {
        let memory = self.server.memory();
        let detail = format!("most of the whole run; {:.0} MB at its end, {:.0} MB of its own", memory.now, memory.own);
        Figure::new("memory, under this load", Target::AtMost(300.0), memory.most, "MB", detail)
    }

    pub(super) fn closed(&self, expect: u16) -> Closed {
        Closed { to: self.server.at, clients: CLIENTS, warm: Duration::from_secs(2), time: self.time, expect }
    }

    /// Runs a closed loop and notes what it cost both sides.
    pub(super) async fn ask(&self, closed: Closed, make: impl Fn(usize) -> Vec<u8> + Send + Sync + 'static) -> Seen {
        let before = self.server.cpu();
        let mut seen = closed.run(make).await;
        let after = self.server.cpu();
        seen.cpu = (after.0.saturating_sub(before.0), after.1.saturating_sub(before.1));
        seen
    }

    pub(super) fn told(&self, what: &str, seen: &Seen) {
        (self.say)(format!("{what}: {:.0}/s, {}", seen.rate(), seen.words()));
    }

    async fn create(&self) -> Vec<Figure> {
        let people = self.people.clone();
        let make = move |n: usize| post("/api/v1/reports", As::Token(people.citizen(n)), &people.report(n));
        let seen = self.ask(self.closed(201), make).await;
        self.told("create", &seen);
        vec![
            Figure::new(
                "create a report (JSON, durable), 8 clients",
                Target::AtLeast(1_000.0),
                seen.rate(),
                "/s",
                seen.words(),
            ),
            Figure::new("… p99", Target::AtMost(40.0), seen.percentile(99.0), "ms", ""),
        ]
    }

    async fn json(&self) -> Vec<Figure> {
        let people = self.people.clone();
        let make = move |n: usize| get(&format!("/api/v1/reports/{}", people.code(n)), As::Nobody);
        let any = self.ask(self.closed(200), make).await;
        self.told("json", &any);
        let people = self.people.clone();
        // What the front page shows is read most: one of two hundred reports.
        let make = move |n: usize| get(&format!("/api/v1/reports/{}", people.code(n % 200)), As::Nobody);
        let often = self.ask(self.closed(200), make).await;
        self.told("json, often read", &often);
        vec![
            Figure::new("one report as JSON, any of all", Target::AtLeast(8_000.0), any.rate(), "/s", any.words()),
            Figure::new("… one of 200 that are read most", Target::None, often.rate(), "/s", often.words()),
        ]
    }

    async fn html(&self) -> Vec<Figure> {
        if !self.answers(&get(&format!("/phan-anh/{}", self.people.code(0)), As::Nobody)).await {
            return vec![Figure::new(
                "one public report as a page",
                Target::AtLeast(4_000.0),
                0.0,
                "/s",
                "the page does not answer",
            )];
        }
        let people = self.people.clone();
        let make = move |n: usize| get(&format!("/phan-anh/{}", people.code(n)), As::Nobody);
        let seen = self.ask(self.closed(200), make).await;
        self.told("page", &seen);
        vec![Figure::new(
            "one public report as a page, any of all",
            Target::AtLeast(4_000.0),
            seen.rate(),
            "/s",
            seen.words(),
        )]
    }

    async fn answers(&self, request: &[u8]) -> bool {
        Conn::new(self.server.at).ask(request).await.is_ok_and(|a| a.status == 200)
    }

    async fn queue(&self) -> Vec<Figure> {
        let filters = filters(&self.people);
        // Each alone first: shows which one is slow, and warms up what it needs.
        let mut slowest = (0.0, String::new());
        for filter in &filters {
            let (people, path) = (self.people.clone(), format!("/api/v1/staff/reports?{filter}"));
            let make = move |n: usize| get(&path, As::Token(&people.officer(n).token));
            let alone =
                Closed { clients: 1, warm: Duration::ZERO, time: Duration::from_millis(400), ..self.closed(200) };
            let seen = self.ask(alone, make).await;
            (self.say)(format!("queue ?{filter}: {}", seen.words()));
            if seen.percentile(95.0) > slowest.0 {
                slowest = (seen.percentile(95.0), filter.clone());
            }
        }
        let (searches, filters): (Vec<String>, Vec<String>) = filters.into_iter().partition(|f| f.contains("q="));
        let mut figures = Vec::new();
        for (what, all) in [("filters and orders", filters), ("searches", searches)] {
            let (people, n_all) = (self.people.clone(), all.len());
            let make = move |n: usize| {
                let path = format!("/api/v1/staff/reports?{}", all[n % all.len()]);
                get(&path, As::Token(&people.officer(n / 3).token))
            };
            let json = self.ask(self.closed(200), make).await;
            self.told(what, &json);
            let mut detail = format!("{:.0}/s; {}", json.rate(), json.words());
            if what == "searches" {
                detail.push_str(&format!("; slowest alone: ?{} p95 {:.1} ms", slowest.1, slowest.0));
            }
            let what = format!("staff queue as JSON, {n_all} {what} in turn, 8 clients, p99");
            figures.push(Figure::new(what, Target::AtMost(30.0), json.percentile(99.0), "ms", detail));
        }
        figures.extend(self.queue_pages().await);
        figures
    }

    async fn queue_pages(&self) -> Vec<Figure> {
        const PAGES: [&str; 8] = [
            "",
            "?muc=qua-han",
            "?muc=cho-phan-cong",
            "?muc=sap-den-han",
            "?xep=newest",
            "?linh-vuc=ha-tang&xep=oldest",
            "?trang-thai=closed&xep=newest",
            "?q=nuoc%20duc",
        ];
        let cookie = |people: &People, n: usize| format!("{}={}", people.staff_cookie, people.officer(n).token);
        let what = "staff queue as a page, 8 clients, p99";
        if !self.answers(&get("/can-bo/phan-anh", As::Cookie(&cookie(&self.people, 0)))).await {
            return vec![Figure::new(what, Target::AtMost(30.0), 0.0, "ms", "the page does not answer")];
        }
        let people = self.people.clone();
        let make = move |n: usize| {
            get(&format!("/can-bo/phan-anh{}", PAGES[n % PAGES.len()]), As::Cookie(&cookie(&people, n / 3)))
        };
        let seen = self.ask(self.closed(200), make).await;
        self.told("queue page", &seen);
        let detail = format!(
            "{:.0}/s; {}; one page is 8 statements: list, count, five tabs, saved views",
            seen.rate(),
            seen.words()
        );
        vec![Figure::new(what, Target::None, seen.percentile(99.0), "ms", detail)]
    }

    async fn flows(&self) -> Vec<Figure> {
        let mut figures = Vec::new();
        let mut first = 3_000_000;
        for rate in [10.0, 150.0, 350.0] {
            let seen = flows::open(self.server.at, &self.people, first, rate, self.time).await;
            first += 100_000;
            self.told(&format!("flows, {rate} requests/s"), &seen);
            let what = format!("send → accept → assign → start → resolve → find, {rate} requests/s: p95");
            let detail = format!("{:.0}/s; {}", seen.rate(), seen.words());
            figures.push(Figure::new(what, Target::AtMost(200.0), seen.percentile(95.0), "ms", detail));
            figures.push(Figure::new("… errors", Target::AtMost(0.0), seen.failed() as f64, "", ""));
        }
        let seen = flows::closed(self.server.at, &self.people, first, 16, self.time).await;
        self.told("flows, 16 clients", &seen);
        let detail = format!("{:.0} requests/s; {}", seen.rate(), seen.words());
        let whole = seen.rate() / flows::STEPS as f64;
        figures.push(Figure::new("… whole flows, 16 clients without pause", Target::None, whole, "flows/s", detail));
        figures
    }

    async fn log_ins(&self) -> anyhow::Result<Vec<Figure>> {
        let hashers = Passwords::default().at_once;
        let plain = plain_argon2(hashers, self.time / 2).await?;
        (self.say)(format!("Argon2id alone: {plain:.1}/s, {hashers} at once"));
        let log_in = |n: usize| {
            let json = json!({ "login": phone(n * 7919 % super::fill::CITIZENS), "password": PASSWORD }).to_string();
            let from = format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255);
            post_from("/api/v1/sessions", As::Nobody, &json, &from)
        };
        // Enough that a hasher never waits for somebody to hash for.
        let doors = Closed { clients: 4 * hashers, ..self.closed(201) };
        let (seen, others) = tokio::join!(self.ask(doors, log_in), self.others(self.time + Duration::from_secs(2)));
        self.told("log-ins", &seen);
        let delayed = self.delayed(&others);
        let part = if plain > 0.0 { 100.0 * seen.rate() / plain } else { 0.0 };
        let detail = format!("{:.1}/s of {plain:.1}/s, {hashers} hash at a time; {}", seen.rate(), seen.words());
        Ok(vec![
            Figure::new("log-ins, part of what Argon2id alone allows", Target::AtLeast(90.0), part, "%", detail),
            delayed,
        ])
    }
}

/// Hashes a second with nothing around them.
async fn plain_argon2(at_once: usize, time: Duration) -> anyhow::Result<f64> {
    let passwords = Passwords::default();
    let argon2 = (passwords.memory_kib, passwords.passes, passwords.lanes);
    let settings = Settings { argon2, hashers: at_once, ..Settings::default() };
    let hasher = Hasher::new(&settings, &Entropy::system()).map_err(|e| anyhow::anyhow!("{e}"))?;
    let hash = hasher.hash(&Secret::new(PASSWORD)).await.map_err(|e| anyhow::anyhow!("{e}"))?;
    let begin = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let (hasher, hash) = (hasher.clone(), hash.clone());
        running.spawn(async move {
            let mut done = 0;
            while begin.elapsed() < time {
                done += usize::from(hasher.verify(&Secret::new(PASSWORD), Some(&hash)).await.is_ok_and(|v| v.right));
            }
            done
        });
    }
    let done: usize = running.join_all().await.into_iter().sum();
    Ok(done as f64 / begin.elapsed().as_secs_f64())
}

/// What staff look for: every order with common and rare conditions, deep pages, and searches.
fn filters(people: &People) -> Vec<String> {
    let mut all: Vec<String> = [
        "",
        "order=newest",
        "order=oldest",
        "page=19",
        "overdue=true",
        "assignee=none",
        "state=received",
        "state=need_info&order=newest",
        "state=closed&order=newest",
        "state=rejected&order=oldest",
        "state=resolved",
        "category=ha-tang",
        "category=dien&order=newest&all=true",
        "category=giao-duc&state=in_progress",
        "all=true",
        "all=true&order=newest&page=10",
        "unit=so-xay-dung",
        "unit=so-xay-dung&all=true&order=oldest",
        "commune=18880&order=newest",
        "commune=18880&category=moi-truong&all=true&order=newest",
    ]
    .map(str::to_owned)
    .into();
    all.push(format!("assignee={}", people.officers.values().next().map(|o| o.account).unwrap_or_default()));
    all.extend(SEARCHES.map(|words| format!("q={}", encode(words))));
    all.push("q=rac&state=in_progress".into());
    all
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02X}") })
        .collect()
}
