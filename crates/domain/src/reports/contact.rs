//! How to reach somebody whose report another system sent (R12): kept sealed beside the report, never shown in public, opened
//! for staff only together with the reporter, with a reason that is logged.

use crate::{core::Core, error::Error};
use base::{clock::Millis, ids::Uuid, keys::Purpose};
use serde::{Deserialize, Serialize};
use store::{Insert, Sql, Tx};

/// What the other system said; empty where it said nothing.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    #[serde(default)]
    pub first_name: String,
    #[serde(default)]
    pub last_name: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub email: String,
    /// The other system's own marks for the device and the account.
    #[serde(default)]
    pub device: String,
    #[serde(default)]
    pub account: String,
    /// A picture that is kept elsewhere; fetched only from where `media` may.
    #[serde(default)]
    pub media: String,
    /// Something was said, but the key that sealed it is gone.
    #[serde(skip)]
    pub unreadable: bool,
}

impl Contact {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl std::fmt::Debug for Contact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Contact(…)")
    }
}

/// Ready to be written with its report. `None` for an empty one.
pub(super) fn seal(core: &Core, report: Uuid, contact: &Contact) -> Option<Vec<u8>> {
    let plain = (!contact.is_empty()).then(|| serde_json::to_vec(contact).ok()).flatten()?;
    Some(core.keys.seal(Purpose::Contact, report.as_bytes(), &plain, &core.entropy))
}

pub(super) async fn insert(tx: &Tx, report: Uuid, sealed: Vec<u8>, at: Millis) -> Result<(), store::Error> {
    let insert = Insert::into("report_contact").set("report_id", report).set("sealed", sealed).set("created_at", at);
    insert.exec(tx).await.map(|_| ())
}

/// Only for `views::reveal`, which has asked for the right and the reason and has written both down.
pub(super) async fn open(core: &Core, report: Uuid) -> Result<Contact, Error> {
    let sealed: Option<Vec<u8>> = Sql::new("SELECT sealed FROM report_contact WHERE report_id = $1")
        .bind(report)
        .scalar(core.store.read())
        .await?;
    let Some(sealed) = sealed else { return Ok(Contact::default()) };
    // The look is written down by now: the reporter is shown also where this can be read no more.
    let plain = core.keys.open(Purpose::Contact, report.as_bytes(), &sealed);
    let said = plain.ok().and_then(|plain| serde_json::from_slice(&plain).ok());
    Ok(said.unwrap_or(Contact { unreadable: true, ..Contact::default() }))
}
