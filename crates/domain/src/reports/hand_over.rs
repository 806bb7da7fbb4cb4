//! Handing over a person's reports to a colleague (bàn giao, R6): leave, another post. Each goes through the same door as alone.

use super::{
    act::{Command, act_as_officer},
    people,
    queue::{self, Assignee, Filter, PAGE, QueueRow},
};
use crate::{core::Core, error::Error, notices, rights::Officer};
use base::ids::Uuid;
use store::Tx;

/// Reports handed over at once: four pages of the queue.
pub const MOST: i64 = 4 * PAGE;

/// What came of it.
#[derive(Debug, Default)]
pub struct Handed {
    /// Codes.
    pub done: Vec<String>,
    pub refused: Vec<(String, Error)>,
}

/// The open reports of a person that this officer sees, nearest deadline first, and how many there are (`queue::count`'s most).
pub async fn of_person(core: &Core, officer: &Officer, person: Uuid, page: i64) -> Result<queue::Page, Error> {
    let filter = Filter { assignee: Assignee::Account(person), page, ..Filter::default() };
    queue::page(core, officer, &filter).await
}

/// Hands over what is open. Errors: `Invalid` for the same person twice or without a reason; what one report refuses stands in
/// the answer.
pub async fn hand_over(core: &Core, officer: &Officer, from: Uuid, to: Uuid, note: &str) -> Result<Handed, Error> {
    if from == to {
        return Err(Error::field("to", "hand-over-same"));
    }
    if base::text::lines(note).is_empty() {
        return Err(Error::field("note", "note-missing"));
    }
    let mut rows: Vec<QueueRow> = Vec::new();
    for page in 0..MOST / PAGE {
        let found = of_person(core, officer, from, page).await?.rows;
        let last = (found.len() as i64) < PAGE;
        rows.extend(found);
        if last {
            break;
        }
    }
    let mut handed = Handed::default();
    for row in rows {
        let command = Command::HandOver { to, note: note.to_owned() };
        match act_as_officer(core, officer, &row.code, row.version, command, Vec::new()).await {
            Ok(done) => handed.done.push(done.code),
            Err(e @ Error::Store(_)) => return Err(e),
            Err(e) => handed.refused.push((row.code, e)),
        }
    }
    if !handed.done.is_empty() && to != officer.account {
        let (core2, name, n) = (core.clone(), officer.name.clone(), handed.done.len().to_string());
        let tell = move |tx: Tx| async move {
            let notice = notices::Notice {
                account: to,
                kind: people::KIND,
                key: "notice-desk-handed".into(),
                args: vec![("name", name), ("n", n)],
                link: "/can-bo/phan-anh?muc=cua-toi".into(),
                sms: None,
            };
            notices::tell(&core2, &tx, notice).await.map_err(Error::from)
        };
        core.store.write(tell).await?;
    }
    Ok(handed)
}
