//! Sends what a province's one-stop systems told (N14, D17) to the national portal: what waits in the outbox goes as one token, signed with the key that the
//! province proves itself with, and each step is settled by its own answer. A portal that is away is tried again until it has confirmed.

use crate::sign_in::Door;
use anyhow::Context;
use base::clock::{Millis, SECOND};
use domain::{
    core::Core,
    dossiers::{
        Why,
        tell::{CHANNEL, open, pause},
    },
    error::Error,
};
use identity::{
    jws::Signer,
    outgoing::{Outgoing, Trouble},
    rp::ClientAuth,
};
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};
use store::outbox::{Claimed, Outcome};
use url::Url;

/// Steps of one message: with the longest notes it is half of what the portal reads.
const AT_ONCE: i64 = 50;
/// A token is good for so long, in seconds: sent again it is signed anew.
const GOOD: Millis = 60;

/// Where a province tells of its dossiers, and as whom.
#[derive(Clone)]
pub struct Portal(Arc<Inner>);

struct Inner {
    client_id: String,
    signer: Signer,
    at: Url,
    outgoing: Outgoing,
}

impl Portal {
    /// `None`: nothing is told there. Errors: no key to sign with, no address, no HTTP client.
    pub fn of(door: &Door) -> anyhow::Result<Option<Self>> {
        let Some(at) = &door.dossier_states else { return Ok(None) };
        let ClientAuth::PrivateKeyJwt(signer) = &door.auth else {
            anyhow::bail!("sign_in «{}»: dossier_states needs client_key_file", door.name);
        };
        let outgoing = Outgoing::new(door.sandbox)?;
        let at = Url::parse(at).ok().filter(|at| outgoing.may_ask(at));
        let at = at.with_context(|| format!("sign_in «{}»: dossier_states is no address", door.name))?;
        Ok(Some(Self(Arc::new(Inner { client_id: door.client_id.clone(), signer: (**signer).clone(), at, outgoing }))))
    }

    /// The door for fees stands beside that for states.
    pub fn fees(&self) -> Result<Url, String> {
        self.0.at.join("dossier-fees").map_err(|e| e.to_string())
    }

    /// What the portal says of each step, by its event. Errors: why all of it waits.
    async fn ask(&self, core: &Core, states: Vec<Value>) -> Result<HashMap<String, Result<(), String>>, String> {
        let results = self.say(core, &self.0.at, "dossier-states+jwt", "states", states).await?;
        let one = |result: &Value| {
            let text = |name: &str| result.get(name).and_then(Value::as_str);
            let said = match text("outcome")? {
                "taken" => Ok(()),
                _ => Err(text("reason").filter(|word| Why::parse(word).is_some()).unwrap_or("refused").to_owned()),
            };
            Some((text("event")?.to_owned(), said))
        };
        Ok(results.iter().filter_map(one).collect())
    }

    /// Sends a list as one token of its own kind. The results stand as the portal gave them. Errors: why all of it waits.
    pub async fn say(
        &self,
        core: &Core,
        at: &Url,
        typ: &str,
        name: &str,
        list: Vec<Value>,
    ) -> Result<Vec<Value>, String> {
        let Inner { client_id, signer, outgoing, .. } = &*self.0;
        let now = core.now() / SECOND;
        let mut claims = json!({
            "iss": client_id, "aud": at.as_str(), "iat": now, "exp": now + GOOD, "jti": core.new_id().to_string(),
        });
        claims[name] = list.into();
        let token = signer.sign(typ, &claims).map_err(|e| e.to_string())?;
        let trouble = |e: Trouble| e.to_string();
        let request = outgoing.post(at).map_err(trouble)?.header("content-type", "application/jose").body(token);
        let answer = outgoing.send(request).await.map_err(trouble)?;
        if answer.status != 200 {
            return Err(Trouble::Status(answer.status).to_string());
        }
        let answer = answer.json().map_err(trouble)?;
        answer.get("results").and_then(Value::as_array).cloned().ok_or_else(|| "the answer names no results".to_owned())
    }
}

/// Sends what is due; all of it, so that nothing waits for the next turn once the portal is back.
pub async fn send(core: &Core, portal: &Portal, worker: &str) -> Result<(), Error> {
    loop {
        let claimed = core.store.claim_outbox(CHANNEL, worker, AT_ONCE, core.now()).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let opened: Vec<Option<Value>> = claimed.iter().map(|m| open(core, m.id, &m.payload)).collect();
        let states: Vec<Value> = opened.iter().flatten().cloned().collect();
        let said = if states.is_empty() { Ok(HashMap::new()) } else { portal.ask(core, states).await };
        if let Err(why) = &said {
            tracing::warn!(
                why,
                waiting = claimed.len(),
                "the portal did not take states of dossiers; they are sent again"
            );
        }
        for (message, step) in claimed.iter().zip(opened) {
            let outcome = match step {
                None => Outcome::Failed { error: "no key opens it".into() },
                Some(step) => settle(core.now(), message, &step, &said),
            };
            core.store.settle_outbox(CHANNEL, message.id, worker, outcome, core.now()).await?;
        }
        if said.is_err() {
            return Ok(());
        }
    }
}

fn settle(
    now: Millis,
    message: &Claimed,
    step: &Value,
    said: &Result<HashMap<String, Result<(), String>>, String>,
) -> Outcome {
    let event = step.get("event").and_then(Value::as_str).unwrap_or_default();
    let (pause, error) = match said {
        Err(why) => (pause(message.tries), why.clone()),
        Ok(all) => match all.get(event) {
            Some(Ok(())) => return Outcome::Sent { peer_ids: Vec::new() },
            // Heals by itself or by an operator: the portal reads the province's list within the hour, clocks differ by a minute, and the
            // portal learns a new address of the province when it is connected once more. Nobody would tell the step again.
            Some(Err(why)) if matches!(Why::parse(why), Some(Why::UnknownProcedure | Why::Future | Why::Link)) => {
                (pause(message.tries), why.clone())
            }
            Some(Err(why)) => return Outcome::Failed { error: why.clone() },
            None => (pause(message.tries), "not answered".to_owned()),
        },
    };
    if now >= message.expires_at { Outcome::Failed { error } } else { Outcome::Later { at: now + pause, error } }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{commands::demo::plan, demo::national, node};
    use base::clock::{Clock, Entropy};
    use domain::{dossiers::tell::tell, national::catalogue};
    use metrics_exporter_prometheus::PrometheusBuilder;
    use std::path::Path;
    use store::Sql;
    use tokio::net::TcpListener;

    const NUMBER: &str = "000189001234";

    async fn count(core: &Core, sql: &str) -> i64 {
        Sql::new(sql).scalar(core.store.read()).await.unwrap().unwrap()
    }

    /// How many messages are in this state.
    async fn are(core: &Core, state: &str) -> i64 {
        let counts = core.store.outbox_counts(CHANNEL).await.unwrap();
        counts.iter().filter(|c| c.state == state).map(|c| c.n).sum()
    }

    #[test]
    fn n14_a_refusal_that_heals_by_itself_is_tried_again_and_every_other_is_final() {
        let step = json!({ "event": "su-kien-1" });
        let message = Claimed {
            id: base::ids::Uuid::nil(),
            lane: 1,
            payload: Vec::new(),
            created_at: 0,
            expires_at: 1_000,
            tries: 1,
        };
        for why in Why::ALL {
            let said = Ok(HashMap::from([("su-kien-1".to_owned(), Err(why.as_str().to_owned()))]));
            let later = matches!(settle(999, &message, &step, &said), Outcome::Later { at, .. } if at > 999);
            assert_eq!(later, matches!(why, Why::UnknownProcedure | Why::Future | Why::Link), "{why:?}");
            assert!(
                matches!(settle(1_000, &message, &step, &said), Outcome::Failed { .. }),
                "{why:?}: its time is over"
            );
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn n14_d17_what_waits_for_a_portal_that_is_away_goes_when_it_is_back_and_counts_once() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let at = format!("http://localhost:{port}");
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        let portal_plan = plan(&folder.path().join("cong"), &packs.join("national"), at.clone(), None, None).unwrap();
        let portal = national::open(portal_plan, metrics).await.unwrap();
        let province =
            plan(&folder.path().join("tinh"), &packs.join("quang-tri"), "http://localhost:1".into(), None, None)
                .unwrap();
        let door = national::door(&portal, &province, &at).await.unwrap();
        let tells = Portal::of(&door).unwrap().unwrap();
        let clock = Clock::fixed(Clock::system().now());
        let core = node::open_core(&province, clock, Entropy::system()).await.unwrap();
        let there = &portal.web.core;

        let procedure = core.province().pack.procedures[0].code.clone();
        let step = |event: &str, number: &str| json!({ "event": event, "dossier": "H50-0001", "procedure": procedure, "number": number, "state": "4", "at": base::show::rfc3339(core.now()) });
        tell(&core, None, &[step("su-kien-0001", NUMBER)]).await.unwrap();
        send(&core, &tells, "w").await.unwrap();
        assert_eq!((are(&core, "queued").await, are(&core, "sent").await), (1, 0), "the portal is away");
        send(&core, &tells, "w").await.unwrap();
        assert_eq!(count(&core, "SELECT CAST(tries AS BIGINT) FROM outbox").await, 1, "not at once again");

        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let router = portal.router();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        core.clock.advance(6 * SECOND);
        send(&core, &tells, "w").await.unwrap();
        let waits = Sql::new("SELECT error FROM outbox").scalar::<String>(core.store.read()).await.unwrap();
        assert_eq!(waits.as_deref(), Some("unknown-procedure"), "the portal has not read the province's list yet");

        let list =
            json!([{ "code": procedure, "name": "Khai sinh", "field": "Hộ tịch", "level": "commune", "page": "/a" }]);
        catalogue::keep(there, &door.client_id, catalogue::read(&list).unwrap()).await.unwrap();
        core.clock.advance(11 * SECOND);
        send(&core, &tells, "w").await.unwrap();
        assert_eq!((are(&core, "queued").await, are(&core, "sent").await), (0, 1));
        assert_eq!(count(there, "SELECT count(*) FROM national_dossier_event").await, 1);

        // The answer was lost: sent again, signed anew, and counted once.
        let again = "UPDATE outbox SET state = 'unknown', next_at = 0";
        core.store.write(move |tx: store::Tx| async move { Sql::new(again).exec(&tx).await }).await.unwrap();
        send(&core, &tells, "w").await.unwrap();
        assert_eq!(are(&core, "sent").await, 1);
        assert_eq!(count(there, "SELECT count(*) FROM national_dossier_event").await, 1);

        // More than one message holds all go in one turn; a key that the portal does not know waits.
        let many: Vec<Value> = (0..120).map(|n| step(&format!("nhieu-{n:04}"), NUMBER)).collect();
        for some in many.chunks(100) {
            tell(&core, None, some).await.unwrap();
        }
        let (stranger, _) = Signer::generate(&Entropy::system()).unwrap();
        let other = Door { auth: ClientAuth::PrivateKeyJwt(Box::new(stranger)), ..door.clone() };
        send(&core, &Portal::of(&other).unwrap().unwrap(), "w").await.unwrap();
        assert_eq!((are(&core, "queued").await, are(&core, "sent").await), (120, 1));
        core.clock.advance(6 * SECOND);
        send(&core, &tells, "w").await.unwrap();
        assert_eq!((are(&core, "queued").await, are(&core, "sent").await), (0, 121));
        server.abort();
    }
}
