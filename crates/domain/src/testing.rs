//! A province for tests: the real pack, a clock that stands still, randomness that repeats, files in memory.

use crate::{
    core::{Core, Settings, text_sources},
    packs::Pack,
    province,
};
use base::{
    clock::{Clock, Entropy, Millis},
    i18n::{Lang, Texts},
    ids::{Uuid, id_at},
    keys::Keys,
};
use std::{path::Path, sync::Arc};
use store::{Files, Insert, Store, Tx};

pub mod card;
pub mod gateway;
pub mod pdf;
pub mod video;

/// Monday 30 March 2026, 08:15 in Vietnam: a working day within office hours.
pub const MONDAY_MORNING: Millis = 1_774_833_300_000;

/// The pack of this repository.
pub fn pack() -> Pack {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/quang-tri");
    match Pack::load(&dir) {
        Ok(pack) => pack,
        Err(errors) => panic!("packs/quang-tri: {errors:?}"),
    }
}

/// The national portal's (S5).
pub fn national_pack() -> Pack {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs/national");
    match Pack::load(&dir) {
        Ok(pack) => pack,
        Err(errors) => panic!("packs/national: {errors:?}"),
    }
}

/// A core over a test store. `more`: texts of other crates (the web's).
pub async fn core_with(store: &Store, more: Vec<(Lang, &'static str, &'static str)>) -> Core {
    core_for(store, pack(), more, Settings::default()).await
}

/// The same for any pack, with what differs from the usual settings.
pub async fn core_for(
    store: &Store,
    pack: Pack,
    more: Vec<(Lang, &'static str, &'static str)>,
    settings: Settings,
) -> Core {
    let clock = Clock::fixed(MONDAY_MORNING);
    let entropy = Entropy::seeded(42);
    let own: Vec<(Lang, String)> = pack.texts.clone();
    let mut sources = text_sources();
    sources.extend(more);
    sources.extend(own.iter().map(|(lang, text)| (*lang, "pack", text.as_str())));
    let texts = Texts::load(sources).unwrap_or_else(|e| panic!("{e:?}"));
    let loaded = province::load(store, pack, &clock, &entropy).await.unwrap_or_else(|e| panic!("{e}"));
    // The weakest setting that the hasher accepts, so that tests are quick.
    let settings = Settings { argon2: (19 * 1024, 2, 1), ..settings };
    let keys = Keys::new(&[7; 32]);
    Core::new(store.clone(), Files::memory(), clock, entropy, keys, Arc::new(texts), settings, loaded)
}

pub async fn core(store: &Store) -> Core {
    core_with(store, Vec::new()).await
}

/// A citizen without a password; `n` makes the phone.
pub async fn citizen(core: &Core, n: u32) -> Uuid {
    account(core, "citizen", &format!("Người Thử {n}"), Some(format!("+84912{n:06}"))).await
}

/// A member of staff with one role in one unit (`*`: the province).
pub async fn officer(core: &Core, name: &str, unit: &str, role: crate::rights::Role) -> crate::rights::Officer {
    let id = account(core, "staff", name, None).await;
    let (unit2, at) = (unit.to_owned(), core.now());
    let written = core
        .store
        .write(move |tx: Tx| async move {
            Insert::into("staff_role")
                .set("account_id", id)
                .set("unit", unit2)
                .set("role", role.as_str())
                .set("granted_at", at)
                .exec(&tx)
                .await
        })
        .await;
    written.unwrap_or_else(|e| panic!("{e}"));
    let grants = vec![crate::rights::Grant { unit: unit.into(), role }];
    crate::rights::Officer { account: id, name: name.into(), grants }
}

async fn account(core: &Core, kind: &'static str, name: &str, phone: Option<String>) -> Uuid {
    let id = id_at(core.now(), &core.entropy);
    let (name, now) = (name.to_owned(), core.now());
    let written = core
        .store
        .write(move |tx: Tx| async move {
            Insert::into("account")
                .set("id", id)
                .set("kind", kind)
                .set("phone", phone)
                .set("full_name", name)
                .set("commune", "18880")
                .set("assurance", "phone")
                .set("language", "vi")
                .set("notify_sms", true)
                .set("created_at", now)
                .set("updated_at", now)
                .exec(&tx)
                .await
        })
        .await;
    written.unwrap_or_else(|e| panic!("{e}"));
    id
}
