//! What waits to be sent, and how the SMS gateway is. Counts and times only: no phone, no text (A15).

use super::shell::{Shell, html};
use crate::{error::Problem, page::Page, state::Web, visit::Desk};
use askama::Template;
use axum::{extract::State, response::Response};
use domain::{dossiers::tell::CHANNEL, payments::tell::CHANNEL as FEES};
use std::collections::BTreeMap;

/// States of a message, in the order of its life.
const STATES: [&str; 6] = ["queued", "sending", "sent", "delivered", "unknown", "failed"];
/// Refusals of the portal that are shown.
const SHOWN: i64 = 20;

struct Lane {
    name: String,
    counts: Vec<String>,
    oldest: String,
}

struct Failure {
    lane: String,
    at: String,
    tries: i32,
    error: String,
}

#[derive(Template)]
#[template(path = "staff/messages.html")]
struct MessagesPage {
    p: Page,
    s: Shell,
    states: Vec<String>,
    lanes: Vec<Lane>,
    gateway: Vec<(String, String)>,
    configured: bool,
    failures: Vec<Failure>,
    /// The way to the national portal (D17); `None` where nothing is told there.
    portal: Option<ToPortal>,
}

/// How far the portal is behind.
struct ToPortal {
    waiting: String,
    /// Since when the oldest waits; empty: nothing does.
    oldest: String,
    sent: String,
    failures: Vec<Failure>,
}

async fn to_portal(web: &Web, p: &Page) -> Result<Option<ToPortal>, store::Error> {
    if !web.tells_portal {
        return Ok(None);
    }
    let (mut counts, mut failures) = (Vec::new(), Vec::new());
    for channel in [CHANNEL, FEES] {
        counts.extend(web.core.store.outbox_counts(channel).await?);
        failures.extend(web.core.store.outbox_failures(channel, SHOWN).await?);
    }
    failures.sort_by_key(|f| std::cmp::Reverse(f.done_at.unwrap_or(f.created_at)));
    failures.truncate(SHOWN as usize);
    let of = |states: &[&str]| counts.iter().filter(|c| states.contains(&c.state.as_str())).map(|c| c.n).sum::<i64>();
    let waits = ["queued", "sending", "unknown"];
    let oldest = counts.iter().filter(|c| waits.contains(&c.state.as_str())).filter_map(|c| c.oldest).min();
    let failure = |f: store::outbox::FailedMessage| Failure {
        lane: String::new(),
        at: base::show::date_time(f.done_at.unwrap_or(f.created_at)),
        tries: f.tries,
        error: match format!("dossier-why-{}", f.error) {
            key if p.l.has(&key) => p.t(&key).into_owned(),
            _ => f.error,
        },
    };
    Ok(Some(ToPortal {
        waiting: p.number(of(&waits)),
        oldest: oldest.map(base::show::date_time).unwrap_or_default(),
        sent: p.number(of(&["sent"])),
        failures: failures.into_iter().map(failure).collect(),
    }))
}

pub async fn page(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    super::rules::whole_province(&desk, domain::rights::Right::GatewaysSee)?;
    let s = Shell::load(&web, &desk, "messages").await?;
    let p = desk.page;
    let failed = |e: store::Error| web.problem()(e.into());
    let counts = web.core.store.outbox_counts("sms").await.map_err(failed)?;
    let failures = web.core.store.outbox_failures("sms", 20).await.map_err(failed)?;
    let lane_name = |lane: i32| {
        p.t(match lane {
            0 => "desk-lane-urgent",
            1 => "desk-lane-normal",
            _ => "desk-lane-bulk",
        })
        .into_owned()
    };
    let mut lanes: BTreeMap<i32, (BTreeMap<String, i64>, Option<i64>)> = BTreeMap::new();
    for c in counts {
        let lane = lanes.entry(c.lane).or_default();
        if c.state == "queued" {
            lane.1 = c.oldest;
        }
        lane.0.insert(c.state, c.n);
    }
    let lanes = lanes
        .into_iter()
        .map(|(lane, (counts, oldest))| Lane {
            name: lane_name(lane),
            counts: STATES.iter().map(|s| p.number(counts.get(*s).copied().unwrap_or(0))).collect(),
            oldest: oldest.map(base::show::date_time).unwrap_or_default(),
        })
        .collect();
    let gateway = web.sms_status.as_ref().map(|status| flat(&status())).unwrap_or_default();
    let gateway = gateway.into_iter().map(|(name, value)| said(&p, &name, value)).collect();
    let failures = failures
        .into_iter()
        .map(|f| Failure {
            lane: lane_name(f.lane),
            at: base::show::date_time(f.done_at.unwrap_or(f.created_at)),
            tries: f.tries,
            error: match format!("desk-sms-error-{}", f.error) {
                key if p.l.has(&key) => p.t(&key).into_owned(),
                _ => f.error,
            },
        })
        .collect();
    let states = STATES.iter().map(|s| p.t(&format!("desk-sms-queue-{s}")).into_owned()).collect();
    let portal = to_portal(&web, &p).await.map_err(failed)?;
    html(&MessagesPage { s, states, lanes, gateway, configured: web.sms_status.is_some(), failures, portal, p })
}

/// A line of the gateway in words. What has none yet keeps its own name, so that nothing is hidden from the operator.
fn said(p: &Page, name: &str, value: String) -> (String, String) {
    let key = format!("desk-gateway-{}", name.replace(['.', '_'], "-"));
    let label = if p.l.has(&key) { p.t(&key).into_owned() } else { name.to_owned() };
    let value = match (name, value.as_str()) {
        (_, "null" | "") => p.t("none").into_owned(),
        (_, "true") => p.t("desk-gateway-yes").into_owned(),
        (_, "false") => p.t("desk-gateway-no").into_owned(),
        ("since", text) => text.parse().map_or(value, base::show::date_time),
        (_, text) => text.trim_end_matches(".0").parse::<i64>().map_or(value, |n| p.number(n)),
    };
    (label, value)
}

/// The gateway's JSON as lines: nested names with dots between.
fn flat(value: &serde_json::Value) -> Vec<(String, String)> {
    fn walk(name: &str, value: &serde_json::Value, out: &mut Vec<(String, String)>) {
        match value {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    let name = if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
                    walk(&name, value, out);
                }
            }
            serde_json::Value::String(text) => out.push((name.to_owned(), text.clone())),
            other => out.push((name.to_owned(), other.to_string())),
        }
    }
    let mut out = Vec::new();
    walk("", value, &mut out);
    out
}
