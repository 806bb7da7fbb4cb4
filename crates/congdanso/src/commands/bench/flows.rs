//! The main job as programs do it: send, accept, assign, start, resolve, find again. A flow's next request starts when the one
//! before is answered; flows start by the clock, whether earlier ones are done or not.

use super::{
    http::{As, Conn, get, post},
    load::Seen,
    people::People,
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Requests of a flow.
pub const STEPS: usize = 6;

/// Connections that wait for the next flow.
#[derive(Clone, Default)]
struct Idle(Arc<Mutex<Vec<Conn>>>);

impl Idle {
    fn take(&self, to: SocketAddr) -> Conn {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_else(|| Conn::new(to))
    }

    fn give(&self, conn: Conn) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
    }
}

/// One flow. `due`: when its first request should start.
async fn flow(conn: &mut Conn, people: &People, n: usize, due: Instant, seen: &mut Seen) {
    // The first request's latency counts from when it was due, the others' from when they could start.
    let mut start = due;
    let mut ask = async |request: Vec<u8>, expect: u16, seen: &mut Seen| -> Option<Value> {
        let answer = conn.ask(&request).await;
        let took = start.elapsed();
        let status = answer.as_ref().map_or(0, |a| a.status);
        let body = answer.ok().and_then(|a| serde_json::from_slice(a.body).ok());
        start = Instant::now();
        if status != expect {
            seen.bad(status);
            return None;
        }
        seen.good(took);
        body
    };
    let created = post("/api/v1/reports", As::Token(people.citizen(n)), &people.report(n));
    let Some(created) = ask(created, 201, seen).await else { return };
    let (Some(code), Some(unit)) = (created["code"].as_str(), created["unit"].as_str()) else { return seen.bad(1) };
    let Some(officer) = people.officers.get(unit) else { return seen.bad(1) };
    let path = format!("/api/v1/staff/reports/{code}/acts");
    let acts = [
        json!({ "act": "accept", "version": 1 }),
        json!({ "act": "assign", "version": 2, "to": officer.account }),
        json!({ "act": "start", "version": 3 }),
        json!({ "act": "resolve", "version": 4, "text": "Đã khắc phục xong tại hiện trường." }),
    ];
    for act in acts {
        let request = post(&path, As::Token(&officer.token), &act.to_string());
        if ask(request, 200, seen).await.is_none() {
            return;
        }
    }
    let search = get(&format!("/api/v1/staff/reports?q={code}"), As::Token(&officer.token));
    if let Some(found) = ask(search, 200, seen).await
        && found["reports"][0]["state"] != "resolved"
    {
        seen.bad(2); // what was acknowledged a moment ago is not found
    }
}

/// Starts flows so that about `requests` a second come.
pub async fn open(to: SocketAddr, people: &Arc<People>, first: usize, requests: f64, time: Duration) -> Seen {
    let begin = Instant::now();
    let idle = Idle::default();
    let mut running = JoinSet::new();
    let every = STEPS as f64 / requests;
    for n in 0.. {
        let due = begin + Duration::from_secs_f64(n as f64 * every);
        if due >= begin + time {
            break;
        }
        tokio::time::sleep_until(due.into()).await;
        let (people, idle) = (people.clone(), idle.clone());
        running.spawn(async move {
            let (mut conn, mut seen) = (idle.take(to), Seen::default());
            flow(&mut conn, &people, first + n, due, &mut seen).await;
            idle.give(conn);
            seen
        });
    }
    sum(running, begin).await
}

/// So many clients, each beginning the next flow when one is done: how much is possible at all.
pub async fn closed(to: SocketAddr, people: &Arc<People>, first: usize, clients: usize, time: Duration) -> Seen {
    let begin = Instant::now();
    let mut running = JoinSet::new();
    for client in 0..clients {
        let people = people.clone();
        running.spawn(async move {
            let (mut conn, mut seen) = (Conn::new(to), Seen::default());
            let mut n = first + client;
            while begin.elapsed() < time {
                flow(&mut conn, &people, n, Instant::now(), &mut seen).await;
                n += clients;
            }
            seen
        });
    }
    sum(running, begin).await
}

async fn sum(running: JoinSet<Seen>, begin: Instant) -> Seen {
    let mut all = Seen::default();
    for seen in running.join_all().await {
        all.add(seen);
    }
    all.took = begin.elapsed();
    all
}
