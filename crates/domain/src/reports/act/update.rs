//! What another system adds to a report that it sent (R12): the answer to a question, or more about it. Only to its own.

use super::{Actor, Command, may, step::Step};
use crate::{
    core::Core,
    error::Error,
    reports::{NOTE_MOST, rows, states::State},
};
use base::{ids::Uuid, text};
use store::{Sql, Tx};

/// As the other system said it.
#[derive(Debug, Clone, Default)]
pub struct Update {
    pub code: String,
    /// Its own mark for this update: the same one sent again is the same step.
    pub mark: Option<String>,
    pub text: String,
    /// A picture that is kept elsewhere; fetched only from where `media` may.
    pub media: String,
}

/// The id of the step. Errors: `NotFound` for what is not public either, `Forbidden` for a report of somebody else, `State` when
/// it has ended, `Invalid`.
pub async fn update_by_sender(core: &Core, account: Uuid, update: &Update) -> Result<Uuid, Error> {
    let report = rows::by_code(core.store.read(), &update.code).await?.ok_or(Error::NotFound)?;
    if report.reporter != Some(account) {
        return Err(if report.is_public() { Error::Forbidden } else { Error::NotFound });
    }
    let once = update.mark.as_ref().map(|mark| (account, format!("update {} {mark}", report.code)));
    if let Some(earlier) = earlier(core, once.as_ref()).await? {
        return Ok(earlier);
    }
    let note = text::lines(&update.text);
    if note.is_empty() {
        return Err(Error::field("description", "note-missing"));
    }
    if note.chars().count() > NOTE_MOST {
        return Err(Error::field("description", "note-long"));
    }
    let text = note.clone();
    let command = if report.state() == State::NeedInfo { Command::Answer { text } } else { Command::AddInfo { text } };
    may(core, &Actor::Author(account.into()), &report, command.act())?;
    let picture = Some(update.media.clone()).filter(|url| core.settings.media.allows(url));
    let event_id = core.new_id();
    let step = Step {
        core: core.clone(),
        actor: Actor::Author(account.into()),
        code: report.code,
        seen: None,
        command,
        note,
        public: true,
        stored: Vec::new(),
        event_id,
        now: core.now(),
        once: once.clone(),
        picture: picture.map(|url| (core.new_id(), url)),
    };
    match core.store.write(move |tx: Tx| step.run(tx)).await {
        Ok(done) => {
            metrics::counter!("report_acts_total", "state" => done.state.as_str()).increment(1);
            Ok(event_id)
        }
        Err(Error::State) => earlier(core, once.as_ref()).await?.ok_or(Error::State),
        Err(e) => Err(e),
    }
}

/// What this mark was answered before.
async fn earlier(core: &Core, once: Option<&(Uuid, String)>) -> Result<Option<Uuid>, Error> {
    let Some((account, key)) = once else { return Ok(None) };
    let found: Option<String> = Sql::new("SELECT result FROM idempotency WHERE account_id = $1 AND key = $2")
        .bind(*account)
        .bind(key.clone())
        .scalar(core.store.read())
        .await?;
    Ok(found.and_then(|id| Uuid::parse_str(&id).ok()))
}
