//! A long mixed load: memory must not grow without end, and nothing that was acknowledged may be missing.

use super::{
    cases::Bench,
    flows,
    http::{As, Conn, get, post},
    load,
};
use std::time::{Duration, Instant};

/// Requests a second of each kind; together less than half of what the machine can.
const CREATE: f64 = 40.0;
const READ: f64 = 200.0;
const QUEUE: f64 = 20.0;
const FLOWS: f64 = 60.0;

pub async fn run(bench: &Bench, time: Duration) -> anyhow::Result<()> {
    let begin = Instant::now();
    let memory = async {
        let mut last = Duration::ZERO;
        while begin.elapsed() < time {
            tokio::time::sleep(Duration::from_secs(1)).await;
            if begin.elapsed() - last >= Duration::from_secs(30) {
                last = begin.elapsed();
                let m = bench.server.memory();
                (bench.say)(format!("{:>5} s: {:.0} MB resident, {:.0} MB of its own", last.as_secs(), m.now, m.own));
            }
        }
    };
    let to = bench.server.at;
    let read = |n: usize| get(&format!("/api/v1/reports/{}", bench.people.code(n)), As::Nobody);
    let queue = |n: usize| {
        const ASK: [&str; 4] = ["", "?order=newest", "?overdue=true", "?q=o%20ga"];
        get(&format!("/api/v1/staff/reports{}", ASK[n % ASK.len()]), As::Token(&bench.people.officer(n).token))
    };
    let ((), created, reads, queues, flows) = tokio::join!(
        memory,
        create(bench, begin, time),
        load::open(to, READ, time, 200, read),
        load::open(to, QUEUE, time, 200, queue),
        flows::open(to, &bench.people, 1_000_000, FLOWS, time),
    );
    (bench.say)(format!("read: {:.0}/s, {}", reads.rate(), reads.words()));
    (bench.say)(format!("queue: {:.0}/s, {}", queues.rate(), queues.words()));
    (bench.say)(format!("flows: {:.0} requests/s, {}", flows.rate(), flows.words()));
    let mut missing = 0;
    let mut conn = Conn::new(to);
    for (n, code) in &created {
        let request = get(&format!("/api/v1/reports/{code}"), As::Token(bench.people.citizen(*n)));
        if !conn.ask(&request).await.is_ok_and(|a| a.status == 200) {
            missing += 1;
            (bench.say)(format!("missing: {code}"));
        }
    }
    anyhow::ensure!(missing == 0, "{missing} of {} acknowledged reports are missing", created.len());
    (bench.say)(format!("all {} acknowledged reports are there", created.len()));
    Ok(())
}

/// Sends reports by the clock, one after the other, and keeps what was acknowledged.
async fn create(bench: &Bench, begin: Instant, time: Duration) -> Vec<(usize, String)> {
    let (mut conn, mut created, mut refused) = (Conn::new(bench.server.at), Vec::new(), 0u64);
    for n in 0.. {
        let due = begin + Duration::from_secs_f64(n as f64 / CREATE);
        if due >= begin + time {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let request = post("/api/v1/reports", As::Token(bench.people.citizen(n)), &bench.people.report(n));
        let body = match conn.ask(&request).await {
            Ok(answer) if answer.status == 201 => serde_json::from_slice::<serde_json::Value>(answer.body).ok(),
            _ => None,
        };
        match body.as_ref().and_then(|b| b["code"].as_str()) {
            Some(code) => created.push((n, code.to_owned())),
            None => refused += 1,
        }
    }
    (bench.say)(format!("created: {}, refused: {refused}", created.len()));
    created
}
