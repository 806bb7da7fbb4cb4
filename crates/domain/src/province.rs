//! The province of this moment: the pack's fixed parts, and the parts that staff may change (units, agencies, categories,
//! rules), kept as versions in the database. A version is never edited; going back makes a new one.

use crate::{
    audit::{self, By, Entry},
    core::Core,
    error::{Error, FieldError},
    packs::{Agency, Category, Change, Pack, Problem, Routing, Rule, Text, Unit},
    places::{Areas, CommunePicker, Location},
    reports::{flags::WordList, redact::Shield, suggest::Model},
};
use base::{
    calendar::{Calendar, Limit},
    clock::Millis,
    geo::Point,
    i18n::Lang,
    ids::Uuid,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};
use store::FromRow;
use store::{Insert, Sql, Store, Tx};

/// What staff may change, as one document a version.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rules {
    pub units: Vec<Unit>,
    pub agencies: Vec<Agency>,
    pub categories: Vec<Category>,
    pub rules: Vec<Rule>,
}

/// Units, categories, rules, areas and calendar, ready for use.
pub struct Province {
    pub version: i64,
    pub pack: Pack,
    areas: Arc<Areas>,
    units: HashMap<String, usize>,
    categories: HashMap<String, usize>,
    picker: OnceLock<CommunePicker>,
    suggestions: OnceLock<Model>,
    shield: OnceLock<Shield>,
    flag_words: OnceLock<WordList>,
}

/// Where a report goes and why (R15).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub unit: String,
    pub limit: Limit,
    pub rule: String,
    pub why: Text,
}

impl Route {
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Province {
    /// From a checked pack. `areas`: `None` makes approximate ones from the centroids.
    pub fn new(version: i64, pack: Pack, areas: Option<Arc<Areas>>) -> Self {
        let areas = areas.unwrap_or_else(|| Arc::new(Areas::from_centroids(&pack.units, &pack.province.map.bounds())));
        let units = pack.units.iter().enumerate().map(|(i, u)| (u.code.clone(), i)).collect();
        let categories = pack.categories.iter().enumerate().map(|(i, c)| (c.code.clone(), i)).collect();
        Self {
            version,
            pack,
            areas,
            units,
            categories,
            picker: OnceLock::new(),
            suggestions: OnceLock::new(),
            shield: OnceLock::new(),
            flag_words: OnceLock::new(),
        }
    }

    pub fn commune(&self, code: &str) -> Option<&Unit> {
        self.units.get(code).map(|i| &self.pack.units[*i])
    }

    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.get(code).map(|i| &self.pack.categories[*i])
    }

    pub fn areas(&self) -> &Arc<Areas> {
        &self.areas
    }

    /// Finds communes by what people type; made at the first question, because most visitors ask none.
    pub fn picker(&self) -> &CommunePicker {
        self.picker.get_or_init(|| CommunePicker::new(&self.pack.units))
    }

    /// Hides personal data in the texts of any report here.
    pub fn shield(&self) -> &Shield {
        self.shield.get_or_init(|| Shield::new(self))
    }

    /// Words at which somebody looks at a report.
    pub fn flag_words(&self) -> &WordList {
        self.flag_words.get_or_init(|| WordList::new(&self.pack.flag_words))
    }

    /// What the pack teaches about which words mean which category.
    pub fn suggestions(&self) -> &Model {
        self.suggestions.get_or_init(|| Model::of(self))
    }

    pub fn calendar(&self) -> &Calendar {
        &self.pack.calendar
    }

    pub fn locate(&self, point: Point) -> Location {
        self.areas.locate(point)
    }

    /// A unit that can work on reports: a commune's committee or an agency. `*` is the province.
    pub fn has_unit(&self, code: &str) -> bool {
        self.units.contains_key(code) || self.pack.agency(code).is_some()
    }

    /// The name people read: `UBND Phường Đồng Hới`, `Sở Xây dựng`; the code itself when the unit no longer exists.
    pub fn unit_name(&self, code: &str, lang: Lang) -> String {
        if code == "*" {
            return self.pack.province.name.get(lang).to_owned();
        }
        if let Some(unit) = self.commune(code) {
            let name = unit.full_name(lang);
            return if lang == Lang::EN {
                format!("{name} People's Committee")
            } else {
                format!("UBND {}", lower_first(&name))
            };
        }
        self.pack.agency(code).map_or_else(|| code.to_owned(), |a| a.name.clone())
    }

    /// `Phường Đồng Hới`; empty for no commune.
    pub fn commune_name(&self, code: Option<&str>, lang: Lang) -> String {
        code.and_then(|c| self.commune(c)).map_or_else(String::new, |u| u.full_name(lang))
    }

    pub fn category_name(&self, code: &str, lang: Lang) -> String {
        self.category(code).map_or_else(|| code.to_owned(), |c| c.name.get(lang).to_owned())
    }

    /// The superiors of a unit, nearest first.
    pub fn above<'a>(&'a self, code: &'a str) -> Vec<&'a str> {
        let mut above = Vec::new();
        let mut at = code;
        while let Some(parent) = self.pack.agency(at).and_then(|a| a.parent.as_deref()) {
            if above.len() > 10 || above.contains(&parent) {
                break; // the pack's check forbids circles; a broken version must not hang us
            }
            above.push(parent);
            at = parent;
        }
        above
    }

    /// These units and every unit below them.
    pub fn with_below(&self, units: &[String]) -> Vec<String> {
        let mut all: Vec<String> = units.to_vec();
        for agency in &self.pack.agencies {
            if !all.contains(&agency.code) && self.above(&agency.code).iter().any(|a| units.iter().any(|u| u == a)) {
                all.push(agency.code.clone());
            }
        }
        all
    }

    /// Where a report goes. A category or commune that is gone goes by the last rule, which catches everything.
    pub fn route(&self, category: &str, commune: Option<&str>) -> Route {
        let category = self.category(category).or(self.pack.categories.last());
        let commune = commune.and_then(|c| self.commune(c)).or(self.pack.units.first());
        match (category, commune) {
            (Some(category), Some(commune)) => {
                let r = self.pack.routing.route(category, commune);
                Route { unit: r.unit_code, limit: r.deadline, rule: r.rule_id, why: r.why }
            }
            // The pack's check demands at least one of each.
            _ => Route { unit: "*".into(), limit: Limit::WorkingDays(5), rule: String::new(), why: Text::default() },
        }
    }

    pub fn rules(&self) -> Rules {
        Rules {
            units: self.pack.units.clone(),
            agencies: self.pack.agencies.clone(),
            categories: self.pack.categories.clone(),
            rules: self.pack.routing.rules().cloned().collect(),
        }
    }

    /// What other rules would change here; nothing is stored. Errors: everything that is wrong with them.
    pub fn changes(&self, rules: Rules) -> Result<Vec<Change>, Vec<(Option<usize>, Problem)>> {
        Ok(Pack::diff(&self.pack, &self.with_rules(rules)?))
    }

    /// What differs between two versions of the rules. Errors: one of them does not fit together any more.
    pub fn between(&self, old: Rules, new: Rules) -> Result<Vec<Change>, Vec<(Option<usize>, Problem)>> {
        Ok(Pack::diff(&self.with_rules(old)?, &self.with_rules(new)?))
    }

    /// This province with other rules. Errors: everything that is wrong with them, with the index of the rule.
    fn with_rules(&self, rules: Rules) -> Result<Pack, Vec<(Option<usize>, Problem)>> {
        // The national portal has none that anybody could change.
        if self.pack.province.is_national() {
            return Ok(self.pack.clone());
        }
        let wrong = Category::check(&rules.categories);
        if !wrong.is_empty() {
            return Err(wrong.into_iter().map(|(_, problem)| (None, problem)).collect());
        }
        let routing = Routing::new(rules.rules, &rules.categories, &rules.units, &rules.agencies)?;
        Ok(Pack {
            units: rules.units,
            agencies: rules.agencies,
            categories: rules.categories,
            routing,
            ..self.pack.clone()
        })
    }
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}

#[derive(FromRow)]
struct VersionRow {
    version: i64,
    pack_digest: String,
    document: String,
}

async fn newest(store: &Store) -> Result<Option<VersionRow>, Error> {
    Ok(Sql::new("SELECT version, pack_digest, document FROM province_version ORDER BY version DESC LIMIT 1")
        .one(store.read())
        .await?)
}

/// Makes the province for a start: the newest version in the database; a pack that changed since becomes a new version, with
/// the difference in the audit log.
pub async fn load(
    store: &Store,
    pack: Pack,
    clock: &base::clock::Clock,
    entropy: &base::clock::Entropy,
) -> Result<Province, Error> {
    let areas = load_areas(store, &pack).await?;
    let last = newest(store).await?;
    let Some(last) = last else {
        let digest = pack.digest.clone();
        let province = Province::new(1, pack, areas);
        insert_version(
            store,
            clock,
            entropy,
            1,
            "pack",
            None,
            "Lần khởi động đầu tiên".into(),
            digest,
            &province.rules(),
            Vec::new(),
        )
        .await?;
        return Ok(province);
    };
    if last.pack_digest != pack.digest {
        // The pack was edited: it wins over what staff changed before, and the log says what became different.
        let old: Option<Rules> = serde_json::from_str(&last.document).ok();
        let new = Province::new(last.version + 1, pack, areas);
        let changes = old
            .and_then(|rules| new.with_rules(rules).ok())
            .map(|before| Pack::diff(&before, &new.pack))
            .unwrap_or_default();
        let digest = new.pack.digest.clone();
        insert_version(
            store,
            clock,
            entropy,
            new.version,
            "pack",
            None,
            "pack changed".into(),
            digest,
            &new.rules(),
            changes,
        )
        .await?;
        return Ok(new);
    }
    let rules: Rules =
        serde_json::from_str(&last.document).map_err(|_| Error::Internal("the stored rules cannot be read"))?;
    let base = Province::new(last.version, pack, areas.clone());
    let pack = base.with_rules(rules).map_err(|_| Error::Internal("the stored rules do not fit the pack"))?;
    Ok(Province::new(last.version, pack, areas))
}

async fn load_areas(store: &Store, pack: &Pack) -> Result<Option<Arc<Areas>>, Error> {
    let document: Option<Vec<u8>> =
        Sql::new("SELECT document FROM boundary_version ORDER BY version DESC LIMIT 1").scalar(store.read()).await?;
    match document {
        None => Ok(None),
        Some(bytes) => match Areas::from_geojson(&bytes, &pack.units) {
            Ok(areas) => Ok(Some(Arc::new(areas))),
            Err(_) => {
                tracing::error!("the stored boundaries do not fit the units; approximate areas are used");
                Ok(None)
            }
        },
    }
}

#[expect(clippy::too_many_arguments, reason = "one row's columns")]
async fn insert_version(
    store: &Store,
    clock: &base::clock::Clock,
    entropy: &base::clock::Entropy,
    version: i64,
    source: &'static str,
    by: Option<(Uuid, String)>,
    reason: String,
    digest: String,
    rules: &Rules,
    changes: Vec<Change>,
) -> Result<(), Error> {
    let document = serde_json::to_string(rules).map_err(|_| Error::Internal("rules cannot be written"))?;
    let (clock, entropy) = (clock.clone(), entropy.clone());
    store
        .write(move |tx: Tx| async move {
            let inserted = Insert::into("province_version")
                .set("version", version)
                .set("at", clock.now())
                .set("source", source)
                .set("by_account", by.as_ref().map(|(account, _)| *account))
                .set("reason", reason.clone())
                .set("pack_digest", digest)
                .set("document", document)
                .or_ignore()
                .exec(&tx)
                .await?;
            if inserted == 0 {
                return Err(Error::State);
            }
            let by = by.map_or(By::System, |(account, unit)| By::Staff { account, unit });
            let entry = Entry {
                by,
                act: "rules-changed",
                object: format!("rules {version}"),
                reason,
                data: serde_json::json!({ "source": source, "changes": changes }),
            };
            audit::write(&tx, &clock, &entropy, entry).await?;
            Ok(())
        })
        .await
}

/// Stores other rules as a new version and uses them from now on. `expected` is the version the editor saw: an older one is
/// refused, so that nobody overwrites what a colleague changed meanwhile.
pub async fn change(
    core: &Core,
    by: &crate::rights::Officer,
    expected: i64,
    rules: Rules,
    source: &'static str,
    reason: String,
) -> Result<i64, ChangeError> {
    let current = core.province();
    if current.version != expected {
        return Err(Error::Changed { by: String::new(), at: 0 }.into());
    }
    if reason.trim().is_empty() {
        return Err(Error::field("reason", "reason-missing").into());
    }
    let pack = current.with_rules(rules).map_err(ChangeError::Problems)?;
    let changes = Pack::diff(&current.pack, &pack);
    if changes.is_empty() {
        return Ok(current.version);
    }
    let next = Province::new(current.version + 1, pack, Some(current.areas.clone()));
    let by = Some((by.account, by.home_unit().to_owned()));
    let digest = current.pack.digest.clone();
    match insert_version(
        &core.store,
        &core.clock,
        &core.entropy,
        next.version,
        source,
        by,
        reason,
        digest,
        &next.rules(),
        changes,
    )
    .await
    {
        Ok(()) => {}
        Err(Error::State) => return Err(Error::Changed { by: String::new(), at: 0 }.into()),
        Err(e) => return Err(e.into()),
    }
    let version = next.version;
    core.province.store(Arc::new(next));
    Ok(version)
}

/// Why rules were not taken.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Refused(#[from] Error),
    /// What is wrong with the rules, by index.
    #[error("the rules contradict each other")]
    Problems(Vec<(Option<usize>, Problem)>),
}

impl From<store::Error> for ChangeError {
    fn from(e: store::Error) -> Self {
        Self::Refused(e.into())
    }
}

impl From<Vec<FieldError>> for ChangeError {
    fn from(fields: Vec<FieldError>) -> Self {
        Self::Refused(Error::Invalid(fields))
    }
}

/// A line of the history of rules.
#[derive(Debug, Clone, FromRow)]
pub struct VersionLine {
    pub version: i64,
    pub at: Millis,
    pub source: String,
    pub by_name: Option<String>,
    pub reason: String,
}

/// The newest fifty versions.
pub async fn versions(store: &Store) -> Result<Vec<VersionLine>, Error> {
    Ok(Sql::new(
        "SELECT v.version, v.at, v.source, a.full_name AS by_name, v.reason FROM province_version v
         LEFT JOIN account a ON a.id = v.by_account ORDER BY v.version DESC LIMIT 50",
    )
    .all(store.read())
    .await?)
}

/// The rules of an earlier version; for comparing and going back.
pub async fn rules_of(store: &Store, version: i64) -> Result<Rules, Error> {
    let document: Option<String> =
        Sql::new("SELECT document FROM province_version WHERE version = $1").bind(version).scalar(store.read()).await?;
    let document = document.ok_or(Error::NotFound)?;
    serde_json::from_str(&document).map_err(|_| Error::Internal("the stored rules cannot be read"))
}

/// Takes over what another node changed. Called every few seconds; one look at an index when nothing changed.
pub async fn refresh(core: &Core) -> Result<bool, Error> {
    let newest: i64 = Sql::new("SELECT max(version) FROM province_version")
        .scalar::<Option<i64>>(core.store.read())
        .await?
        .flatten()
        .unwrap_or(0);
    let current = core.province();
    if newest <= current.version {
        return Ok(false);
    }
    let rules = rules_of(&core.store, newest).await?;
    let pack = current.with_rules(rules).map_err(|_| Error::Internal("the stored rules do not fit the pack"))?;
    core.province.store(Arc::new(Province::new(newest, pack, Some(current.areas.clone()))));
    Ok(true)
}

/// Stores an official boundary file and uses it from now on.
pub async fn import_boundaries(core: &Core, by: By, name: String, bytes: Vec<u8>) -> Result<(), Vec<String>> {
    let current = core.province();
    let areas = Areas::from_geojson(&bytes, &current.pack.units)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())?;
    let (clock, entropy, now) = (core.clock.clone(), core.entropy.clone(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            let last: i64 = Sql::new("SELECT max(version) FROM boundary_version")
                .scalar::<Option<i64>>(&tx)
                .await?
                .flatten()
                .unwrap_or(0);
            Insert::into("boundary_version")
                .set("version", last + 1)
                .set("at", now)
                .set("by_account", by.account())
                .set("name", name.clone())
                .set("document", bytes)
                .exec(&tx)
                .await?;
            let entry = Entry {
                by,
                act: "boundaries-imported",
                object: format!("boundaries {}", last + 1),
                reason: name,
                data: serde_json::json!({}),
            };
            audit::write(&tx, &clock, &entropy, entry).await?;
            Ok::<_, Error>(())
        })
        .await
        .map_err(|e| vec![e.to_string()])?;
    core.province.store(Arc::new(Province::new(current.version, current.pack.clone(), Some(Arc::new(areas)))));
    Ok(())
}
