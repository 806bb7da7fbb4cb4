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
        ledger, tell, work,
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
fn settle(now: Millis, message: &Claimed, said: Result<Option<&Result<(), String>>, &String>, heals: fn(&str) -> bool) -> Outcome {
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
            tracing::warn!(why, waiting = opened.len(), "the portal did not take fees of dossiers; they are sent again");
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
            tracing::warn!(client, why, waiting = messages.len(), "a province did not hear what was paid; it is told again");
        }
        for (at, (message, _)) in messages.iter().enumerate() {
            let one = answer.as_ref().map(|all| all.get(at).and_then(Option::as_ref));
            let outcome = settle(core.now(), message, one, |why| why == hear::Why::Time.as_str());
            if let Outcome::Failed { error } = &outcome {
                tracing::error!(client, error, "a province refuses a payment; it must be told by hand");
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
    for count in work::counts(core).await? {
        metrics::gauge!("payments", "state" => count.state).set(count.n as f64);
    }
    let waiting = core.store.outbox_waiting(payments::CHANNEL).await?;
    metrics::gauge!("outbox_waiting", "channel" => payments::CHANNEL, "lane" => "normal").set(waiting.iter().map(|w| w.n).sum::<i64>() as f64);
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
