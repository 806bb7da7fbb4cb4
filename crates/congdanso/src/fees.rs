//! Fees of dossiers (P2, D14, D16) between provinces and the portal: a province sends what its one-stop system told, signed with its client's key; the portal
//! sends what was paid, signed with the key that it signs people in with. Both wait in an outbox until the other has confirmed.

use crate::dossiers::Portal;
use base::clock::Millis;
use domain::{
    core::Core,
    dossiers::tell::{open, pause},
    error::Error,
    payments::{
        self,
        fee::Why,
        hear::{self, Settled},
        ledger,
        state::State,
        tell, work,
    },
};
use serde_json::Value;
use std::collections::BTreeMap;
use store::outbox::{Claimed, Outcome};
use web::Web;

/// Fees, and payments, of one message.
const AT_ONCE: i64 = 50;

/// Whether each of a message was taken, in their order; `None`: the answer does not say. Errors: why the whole message waits.
type Said = Result<Vec<Option<Result<(), String>>>, String>;

/// Reads the results of a message of so many. What does not name its own is no answer.
fn said(results: &[Value], names: &[Option<String>], name: &str) -> Vec<Option<Result<(), String>>> {
    let one = |(at, own): (usize, &Option<String>)| {
        let result = results.get(at)?;
        let text = |name: &str| result.get(name).and_then(Value::as_str);
        if text(name) != own.as_deref() {
            return None;
        }
        Some(match text("outcome")? {
            "taken" => Ok(()),
            _ => Err(text("reason").unwrap_or("refused").chars().take(40).collect()),
        })
    };
    names.iter().enumerate().map(one).collect()
}

/// What becomes of the message of one. `heals`: a refusal that is tried again.
fn settle(
    now: Millis,
    message: &Claimed,
    said: Result<Option<&Result<(), String>>, &String>,
    heals: fn(&str) -> bool,
) -> Outcome {
    let error = match said {
        Ok(Some(Ok(()))) => return Outcome::Sent { peer_ids: Vec::new() },
        Ok(Some(Err(why))) if !heals(why) => return Outcome::Failed { error: why.clone() },
        Ok(Some(Err(why))) | Err(why) => why.clone(),
        Ok(None) => "not answered".to_owned(),
    };
    if now >= message.expires_at {
        Outcome::Failed { error }
    } else {
        Outcome::Later { at: now + pause(message.tries), error }
    }
}

/// A province: sends what is due to the portal.
pub async fn send(core: &Core, portal: &Portal, worker: &str) -> Result<(), Error> {
    // The state of the dossier may be under way, and clocks differ by a minute.
    let heals = |why: &str| [Why::UnknownDossier.as_str(), Why::Future.as_str()].contains(&why);
    loop {
        let claimed = core.store.claim_outbox(tell::CHANNEL, worker, AT_ONCE, core.now()).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let mut opened = Vec::with_capacity(claimed.len());
        for message in claimed {
            match open(core, message.id, &message.payload) {
                Some(fee) => opened.push((message, fee)),
                None => unreadable(core, tell::CHANNEL, &message, worker).await?,
            }
        }
        if opened.is_empty() {
            continue;
        }
        let fees: Vec<Value> = opened.iter().map(|(_, fee)| fee.clone()).collect();
        let names: Vec<_> = fees.iter().map(payments::fee::Fee::id_of).collect();
        let answer: Said = async {
            let results = portal.say(core, &portal.fees()?, "dossier-fees+jwt", "fees", fees).await?;
            Ok(said(&results, &names, "fee"))
        }
        .await;
        if let Err(why) = &answer {
            tracing::warn!(
                why,
                waiting = opened.len(),
                "the portal did not take fees of dossiers; they are sent again"
            );
        }
        for (at, (message, _)) in opened.iter().enumerate() {
            let one = answer.as_ref().map(|all| all.get(at).and_then(Option::as_ref));
            let outcome = settle(core.now(), message, one, heals);
            core.store.settle_outbox(tell::CHANNEL, message.id, worker, outcome, core.now()).await?;
        }
        if answer.is_err() {
            return Ok(());
        }
    }
}

async fn unreadable(core: &Core, channel: &'static str, message: &Claimed, worker: &str) -> Result<(), Error> {
    tracing::error!(channel, message = %message.id, "no key opens what is to be told; it is not sent");
    metrics::counter!("fee_payments_failed_total").increment(1);
    let outcome = Outcome::Failed { error: "no key opens it".into() };
    Ok(core.store.settle_outbox(channel, message.id, worker, outcome, core.now()).await?)
}

/// The portal: tells each province what was paid for it.
pub async fn tell_provinces(core: &Core, web: &Web, worker: &str) -> Result<(), Error> {
    let Some(issuer) = &web.issuer else { return Ok(()) };
    let claimed = core.store.claim_outbox(payments::CHANNEL, worker, AT_ONCE, core.now()).await?;
    let mut by_client: BTreeMap<String, Vec<(Claimed, Value)>> = BTreeMap::new();
    for message in claimed {
        match payments::open(core, message.id, &message.payload) {
            Some((client, payment)) => by_client.entry(client).or_default().push((message, payment)),
            None => unreadable(core, payments::CHANNEL, &message, worker).await?,
        }
    }
    for (client, messages) in by_client {
        let list: Vec<Value> = messages.iter().map(|(_, payment)| payment.clone()).collect();
        let names: Vec<_> = list.iter().map(Settled::payment_of).collect();
        let answer: Said = match payments::door(core, &client).await? {
            None => Err("the province is connected no more".into()),
            Some(at) => {
                let told = issuer.tell_client(&client, &at, "fee-payments+jwt", "payments", list.into()).await;
                told.map(|answer| {
                    let results = answer.get("results").and_then(Value::as_array).cloned().unwrap_or_default();
                    said(&results, &names, "payment")
                })
            }
        };
        if let Err(why) = &answer {
            tracing::warn!(
                client,
                why,
                waiting = messages.len(),
                "a province did not hear what was paid; it is told again"
            );
        }
        for (at, (message, _)) in messages.iter().enumerate() {
            let one = answer.as_ref().map(|all| all.get(at).and_then(Option::as_ref));
            let outcome = settle(core.now(), message, one, |why| why == hear::Why::Time.as_str());
            if let Outcome::Failed { error } = &outcome {
                let payment = names.get(at).and_then(Option::as_deref).unwrap_or_default();
                tracing::error!(client, payment, error, "a province refuses a payment; it must be told by hand");
                metrics::counter!("fee_payments_failed_total").increment(1);
            }
            core.store.settle_outbox(payments::CHANNEL, message.id, worker, outcome, core.now()).await?;
        }
    }
    Ok(())
}

/// The portal: asks the gateway for what is not decided, and has money given back.
pub async fn work(core: &Core, web: &Web) -> Result<(), Error> {
    match &web.till {
        Some(till) => work::run(core, &*till.gateway).await.map(|_| ()),
        None => Ok(()),
    }
}

/// The portal: how many payments stand where, and whether the books are right.
pub async fn show(core: &Core) -> Result<(), Error> {
    let counts = work::counts(core).await?;
    // Also those that are none any more: a gauge stays where it was put.
    for state in State::ALL {
        let n = counts.iter().find(|count| count.state == state.as_str()).map_or(0, |count| count.n);
        metrics::gauge!("payments", "state" => state.as_str()).set(n as f64);
    }
    let mut proof = ledger::prove(core.store.read()).await?;
    if !proof.faults.is_empty() {
        // A payment may have come in between two of the questions: what is wrong is wrong twice.
        let again = ledger::prove(core.store.read()).await?;
        proof.faults.retain(|fault| again.faults.contains(fault));
    }
    for fault in &proof.faults {
        tracing::error!(fault, "the ledger is wrong; see OPERATIONS.md");
    }
    metrics::gauge!("ledger_faults").set(proof.faults.len() as f64);
    for (account, sum) in [("gateway", proof.gateway), ("provinces", proof.provinces), ("payers", proof.payers)] {
        metrics::gauge!("ledger_dong", "account" => account).set(sum as f64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        commands::demo::plan,
        demo::national,
        dossiers,
        node::{self, Node},
    };
    use base::clock::{Clock, Entropy, SECOND};
    use domain::{
        dossiers::tell as states,
        national::catalogue,
        payments::gateway::{Reply, Verdict, Word},
    };
    use metrics_exporter_prometheus::PrometheusBuilder;
    use serde_json::json;
    use std::path::Path;
    use store::{Sql, Tx};
    use tokio::net::TcpListener;

    async fn free() -> u16 {
        TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
    }

    async fn are(core: &Core, channel: &str, state: &str) -> i64 {
        let counts = core.store.outbox_counts(channel).await.unwrap();
        counts.iter().filter(|c| c.state == state).map(|c| c.n).sum()
    }

    async fn run(core: &Core, sql: &'static str) {
        core.store.write(move |tx: Tx| async move { Sql::new(sql).exec(&tx).await }).await.unwrap();
    }

    #[test]
    fn p2_a_refusal_that_heals_is_tried_again_and_an_answer_about_another_is_none() {
        let message = Claimed {
            id: base::ids::Uuid::nil(),
            lane: 1,
            payload: Vec::new(),
            created_at: 0,
            expires_at: 1_000,
            tries: 1,
        };
        let heals = |why: &str| why == "unknown-dossier";
        for (said, later) in [(Err("unknown-dossier".to_owned()), true), (Err("fee-reused".to_owned()), false)] {
            let outcome = settle(999, &message, Ok(Some(&said)), heals);
            assert_eq!(matches!(outcome, Outcome::Later { .. }), later, "{said:?}");
            assert!(matches!(settle(1_000, &message, Ok(Some(&said)), heals), Outcome::Failed { .. }));
        }
        assert!(matches!(settle(1, &message, Ok(None), heals), Outcome::Later { .. }));
        assert!(matches!(settle(1, &message, Err(&"away".to_owned()), heals), Outcome::Later { .. }));
        assert!(matches!(settle(2_000, &message, Ok(Some(&Ok(()))), heals), Outcome::Sent { .. }));
        let results =
            [json!({ "fee": "phi-0002", "outcome": "taken" }), json!({ "fee": "phi-0002", "outcome": "taken" })];
        let names = ["phi-0001", "phi-0002", "phi-0003"].map(|name| Some(name.to_owned()));
        assert_eq!(said(&results, &names, "fee"), [None, Some(Ok(())), None]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn p2_d16_a_fee_goes_to_the_portal_and_what_was_paid_comes_back_over_the_wire_once() {
        let folder = tempfile::tempdir().unwrap();
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs");
        let (at, home) = (free().await, free().await);
        let address = |port| format!("http://localhost:{port}");
        let metrics = || PrometheusBuilder::new().build_recorder().handle();
        let portal_plan = plan(&folder.path().join("cong"), &packs.join("national"), address(at), None, None).unwrap();
        let portal = national::open(portal_plan, metrics()).await.unwrap();
        let mut province =
            plan(&folder.path().join("tinh"), &packs.join("quang-tri"), address(home), None, None).unwrap();
        let door = national::door(&portal, &province, &address(at)).await.unwrap();
        let tells = Portal::of(&door).unwrap().unwrap();
        province.sign_in = vec![door.clone()];
        let core = node::open_core(&province, Clock::fixed(Clock::system().now()), Entropy::system()).await.unwrap();
        let node = Node::on(core.clone(), province, metrics()).unwrap();
        let there = portal.web.core.clone();
        let listener = TcpListener::bind(("127.0.0.1", at)).await.unwrap();
        let router = portal.router();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });

        let procedure = core.province().pack.procedures[0].code.clone();
        let list =
            json!([{ "code": procedure, "name": "Khai sinh", "field": "Hộ tịch", "level": "commune", "page": "/a" }]);
        catalogue::keep(&there, &door.client_id, catalogue::read(&list).unwrap()).await.unwrap();
        let now = base::show::rfc3339(core.now());
        let fee = json!({ "fee": "phi-0001", "dossier": "H50-0001", "name": "Lệ phí", "amount": 20_000, "state": "due", "at": now });
        tell::tell(&core, None, &[fee]).await.unwrap();
        send(&core, &tells, "w").await.unwrap();
        let waits = Sql::new("SELECT error FROM outbox").scalar::<String>(core.store.read()).await.unwrap();
        assert_eq!(waits.as_deref(), Some("unknown-dossier"), "the dossier is not there yet");
        let state = json!({ "event": "su-kien-0001", "dossier": "H50-0001", "procedure": procedure, "number": "000189001234", "state": "6", "at": now });
        states::tell(&core, None, &[state]).await.unwrap();
        dossiers::send(&core, &tells, "w").await.unwrap();
        core.clock.advance(6 * SECOND);
        send(&core, &tells, "w").await.unwrap();
        assert_eq!((are(&core, tell::CHANNEL, "queued").await, are(&core, tell::CHANNEL, "sent").await), (0, 1));

        // Somebody pays it; the province is away, and hears of it when it is back.
        run(
            &there,
            "INSERT INTO payment (id, reference, fee_id, amount, received, state, why, gateway_no, created_at, expires_at, tries)
             SELECT id, 'A1', id, amount, 0, 'started', '', '', 0, 0, 0 FROM national_fee",
        )
        .await;
        let word = Word { reference: "A1".into(), amount: 20_000, verdict: Verdict::Paid, transaction: "7".into() };
        assert_eq!(payments::heard(&there, &word).await.unwrap(), Reply::Confirmed);
        tell_provinces(&there, &portal.web, "w").await.unwrap();
        assert_eq!(are(&there, payments::CHANNEL, "queued").await, 1);
        let listener = TcpListener::bind(("127.0.0.1", home)).await.unwrap();
        let router = node.router();
        let second = tokio::spawn(async move { axum::serve(listener, router).await });
        // The second time the answer is lost: told again, and heard once.
        for _ in 0..2 {
            run(&there, "UPDATE outbox SET state = 'unknown', next_at = 0 WHERE channel = 'fee-payments'").await;
            tell_provinces(&there, &portal.web, "w").await.unwrap();
            assert_eq!(are(&there, payments::CHANNEL, "sent").await, 1);
        }
        let paid = "SELECT count(*) FROM told_fee WHERE payment = 'A1' AND paid_at IS NOT NULL AND refunded_at IS NULL";
        assert_eq!(Sql::new(paid).scalar::<i64>(core.store.read()).await.unwrap(), Some(1));
        show(&there).await.unwrap();
        server.abort();
        second.abort();
    }
}
