//! The portal's side: what a province says of its dossiers. It was believed before it comes here (`identity::provider::push`); what it says concerns
//! the dossiers of that province alone, because a dossier's name is the client's id with the code.

use super::{
    Outcome, Standing,
    step::{Frame, State, Step, Why},
};
use crate::{
    accounts::linked::facts,
    core::Core,
    error::Error,
    limits,
    notices::{self, Notice},
    payments,
};
use base::{
    clock::{DAY, Millis},
    ids::Uuid,
    keys::Purpose,
    personal_number::PersonalNumber,
};
use serde_json::Value;
use store::{FromRow, Insert, Sql, Tx};

/// Where a person's dossiers stand.
pub const PAGE: &str = "/tai-khoan/ho-so";

/// A step older than this is no news.
const NEWS: Millis = 14 * DAY;

/// Who says it.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The client's id.
    pub client: String,
    /// Hosts of its addresses.
    pub hosts: Vec<String>,
}

#[derive(FromRow)]
struct Known {
    id: Uuid,
    state: i32,
    state_at: Millis,
    event: String,
    number_hash: Vec<u8>,
}

#[derive(FromRow)]
struct Told {
    code: String,
    state: i32,
    at: Millis,
}

/// Takes each step that can be taken, all in one transaction; the answers stand in their order. The caller has counted them.
pub async fn receive(core: &Core, sender: Sender, steps: &[Value]) -> Result<Vec<Outcome>, Error> {
    let frame = Frame { now: core.now(), hosts: sender.hosts.clone(), plain: core.settings.demo };
    let read: Vec<Result<Step, Why>> = steps.iter().map(|step| Step::read(step, &frame)).collect();
    let core2 = core.clone();
    core.store
        .write(move |tx: Tx| async move {
            let mut out = Vec::with_capacity(read.len());
            for step in read {
                out.push(match step {
                    Ok(step) => take(&core2, &tx, &sender.client, &step).await?,
                    Err(why) => Outcome::Refused(why),
                });
            }
            Ok(out)
        })
        .await
}

async fn take(core: &Core, tx: &Tx, client: &str, step: &Step) -> Result<Outcome, Error> {
    let sql =
        "SELECT d.code, e.state, e.at FROM national_dossier_event e JOIN national_dossier d ON d.id = e.dossier_id
         WHERE e.client_id = $1 AND e.event = $2";
    if let Some(told) = Sql::new(sql).bind(client).bind(step.event.as_str()).one::<Told>(tx).await? {
        let same = (told.code.as_str(), told.state, told.at) == (step.dossier.as_str(), step.state.code(), step.at);
        return Ok(if same { Outcome::Taken } else { Outcome::Refused(Why::EventReused) });
    }
    let sql = "SELECT 1 FROM system_procedure WHERE client_id = $1 AND code = $2";
    if Sql::new(sql).bind(client).bind(step.procedure.as_str()).scalar::<i32>(tx).await?.is_none() {
        return Ok(Outcome::Refused(Why::UnknownProcedure));
    }
    let before = find(tx, client, &step.dossier).await?;
    let is_new = before.is_none() && put(core, tx, client, step).await?;
    let known = match before {
        Some(known) => known,
        None => find(tx, client, &step.dossier).await?.ok_or(Error::Internal("a dossier that was put is gone"))?,
    };
    let stood: Standing<'_> = (known.state_at, known.state, &known.event);
    let (id, is_newer) = (known.id, (step.at, step.state.code(), step.event.as_str()) > stood);
    let is_others = known.number_hash != facts::number_hash(core, &step.number);
    // Told by two at once, the one event is written down once, and the other finds it the next time.
    let written = Insert::into("national_dossier_event")
        .set("client_id", client)
        .set("event", step.event.as_str())
        .set("dossier_id", id)
        .set("state", step.state.code())
        .set("at", step.at)
        .set("note", step.note.as_str())
        .set("told_at", core.now())
        .or_ignore()
        .exec(tx)
        .await?;
    if written == 0 {
        return Ok(Outcome::Taken);
    }
    if is_newer {
        if is_others {
            // Whose it was by mistake keeps no word about it.
            let sql = "DELETE FROM notice WHERE kind = 'dossier' AND link = $1";
            Sql::new(sql).bind(link_of(id)).exec(tx).await?;
            payments::receive::forget_notices(tx, id).await?;
        }
        renew(core, tx, id, step).await?;
    }
    // What a system tells of years gone by, when it is connected, is on the page and rings nobody.
    let is_news = step.at > core.now() - NEWS;
    if is_news && (is_new || (is_newer && (is_others || known.state != step.state.code()))) {
        tell(core, tx, id, step).await?;
    }
    Ok(Outcome::Taken)
}

/// The dossier as it stands, kept from changing until the transaction ends.
async fn find(tx: &Tx, client: &str, code: &str) -> Result<Option<Known>, Error> {
    let sql = "SELECT id, state, state_at, event, number_hash FROM national_dossier WHERE client_id = $1 AND code = $2";
    let Some(known) = Sql::new(sql).bind(client).bind(code).one::<Known>(tx).await? else { return Ok(None) };
    tx.lock("national_dossier", known.id).await?;
    Ok(Sql::new(sql).bind(client).bind(code).one::<Known>(tx).await?)
}

pub(super) fn seal(core: &Core, id: Uuid, number: &PersonalNumber) -> Vec<u8> {
    core.keys.seal(Purpose::PersonalNumber, id.as_bytes(), number.expose().as_bytes(), &core.entropy)
}

/// Writes a dossier down that was not known; false when it was. Of two nodes that hear of a new one at once, one waits here for the other.
async fn put(core: &Core, tx: &Tx, client: &str, step: &Step) -> Result<bool, Error> {
    let id = core.new_id();
    let inserted = Insert::into("national_dossier")
        .set("id", id)
        .set("client_id", client)
        .set("code", step.dossier.as_str())
        .set("procedure_code", step.procedure.as_str())
        .set("number_hash", facts::number_hash(core, &step.number))
        .set("sealed", seal(core, id, &step.number))
        .set("key_id", core.keys.turn())
        .set("state", step.state.code())
        .set("state_at", step.at)
        .set("event", step.event.as_str())
        .set("due_at", step.due)
        .set("link", step.link.as_str())
        .set("told_at", core.now())
        .or_ignore()
        .exec(tx)
        .await?;
    Ok(inserted == 1)
}

fn link_of(id: Uuid) -> String {
    format!("{PAGE}/{id}")
}

/// The newest step says whose the dossier is, too: who corrects a mistyped number takes it away from the wrong person.
async fn renew(core: &Core, tx: &Tx, id: Uuid, step: &Step) -> Result<(), Error> {
    Sql::new(
        "UPDATE national_dossier SET procedure_code = $1, number_hash = $2, sealed = $3, key_id = $4, state = $5, state_at = $6, event = $7,
            due_at = $8, link = $9, told_at = $10 WHERE id = $11",
    )
    .bind(step.procedure.as_str())
    .bind(facts::number_hash(core, &step.number))
    .bind(seal(core, id, &step.number))
    .bind(core.keys.turn())
    .bind(step.state.code())
    .bind(step.at)
    .bind(step.event.as_str())
    .bind(step.due)
    .bind(step.link.as_str())
    .bind(core.now())
    .bind(id)
    .exec(tx)
    .await?;
    Ok(())
}

/// The key of a notice about this state. It names no procedure: what somebody applied for is read on the page alone.
fn notice_key(state: State) -> String {
    format!("notice-dossier-{}", state.code())
}

/// The person with the number is told; where nobody is that for sure, nobody is.
async fn tell(core: &Core, tx: &Tx, id: Uuid, step: &Step) -> Result<(), Error> {
    let Some(account) = facts::account_of_person(core, tx, &step.number).await? else { return Ok(()) };
    let notice = Notice {
        account,
        kind: "dossier",
        key: notice_key(step.state),
        args: vec![("code", step.dossier.clone())],
        link: link_of(id),
        sms: None,
    };
    Ok(notices::tell(core, tx, notice).await?)
}

/// Counts one push of a client. Errors: `TooOften`.
pub async fn count(core: &Core, client: &str) -> Result<(), Error> {
    let (core2, client, now) = (core.clone(), client.to_owned(), core.now());
    // A counted refusal answers `Ok`, else its count would be rolled back.
    let counted = core.store.write(move |tx: Tx| async move {
        let hit = limits::hit(&tx, &core2.keys, limits::DOSSIER_PUSHES_PER_CLIENT, client.as_bytes(), now).await?;
        Ok::<_, Error>(hit)
    });
    counted.await?.map_err(|over| Error::TooOften { again_at: over.again_at })
}
