//! What changed between two packs, for the audit log.

use super::{Document, Pack};
use base::i18n::Lang;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// One thing that changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// `province`, `unit`, `agency`, `category`, `rule`, `text`, `terms`, `privacy` or `calendar`.
    pub part: &'static str,
    /// Its code or id; the language for texts.
    pub key: String,
    #[serde(flatten)]
    pub kind: ChangeKind,
}

/// How it changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "change", content = "fields")]
pub enum ChangeKind {
    Added,
    Removed,
    Changed(Vec<FieldChange>),
}

/// A field before and after, as JSON; of long texts only the first part of their SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    pub field: String,
    pub from: String,
    pub to: String,
}

/// Fields by name.
type Fields = BTreeMap<String, String>;

impl Pack {
    /// Everything that differs, in the order of the parts and their keys. Empty exactly when nothing that the program uses
    /// differs: comments and the order of columns do not count, the order of categories and rules does.
    pub fn diff(old: &Self, new: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for ((part, old), (_, new)) in parts(old).into_iter().zip(parts(new)) {
            for (key, before) in &old {
                let kind = match new.get(key) {
                    None => ChangeKind::Removed,
                    Some(after) if after == before => continue,
                    Some(after) => ChangeKind::Changed(fields(before, after)),
                };
                changes.push(Change { part, key: key.clone(), kind });
            }
            for key in new.keys().filter(|key| !old.contains_key(*key)) {
                changes.push(Change { part, key: key.clone(), kind: ChangeKind::Added });
            }
        }
        changes
    }
}

fn fields(before: &Fields, after: &Fields) -> Vec<FieldChange> {
    let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let value = |fields: &Fields, name: &String| fields.get(name).cloned().unwrap_or_default();
    let all = names.into_iter().map(|name| (name.clone(), value(before, name), value(after, name)));
    all.filter(|(_, from, to)| from != to).map(|(field, from, to)| FieldChange { field, from, to }).collect()
}

/// The pack as named things with named fields.
fn parts(pack: &Pack) -> [(&'static str, BTreeMap<String, Fields>); 10] {
    let one = |key: &str, fields| BTreeMap::from([(key.to_owned(), fields)]);
    let calendar = Fields::from([("version".to_owned(), pack.calendar.version().to_owned())]);
    let texts = pack.texts.iter().map(|(lang, text)| (lang.to_string(), Fields::from([hashed(*lang, text)])));
    [
        ("province", one(&pack.province.slug, flat(&pack.province))),
        ("unit", pack.units.iter().map(|unit| (unit.code.clone(), flat(unit))).collect()),
        ("agency", pack.agencies.iter().map(|agency| (agency.code.clone(), flat(agency))).collect()),
        ("category", ordered(pack.categories.iter().map(|category| (category.code.clone(), flat(category))))),
        ("rule", ordered(pack.routing.rules().map(|rule| (rule.id.clone(), flat(rule))))),
        ("procedure", pack.procedures.iter().map(|one| (one.code.clone(), flat(one))).collect()),
        ("text", texts.collect()),
        ("terms", one(&pack.province.slug, document(&pack.terms))),
        ("privacy", one(&pack.province.slug, document(&pack.privacy))),
        ("calendar", one(&pack.province.slug, calendar)),
    ]
}

/// A list whose order counts: what a thing stands after is one of its fields, so that one insertion is not a change of all
/// that follows.
fn ordered(list: impl Iterator<Item = (String, Fields)>) -> BTreeMap<String, Fields> {
    let mut before = String::new();
    let mut out = BTreeMap::new();
    for (key, mut fields) in list {
        fields.insert("after".to_owned(), std::mem::replace(&mut before, key.clone()));
        out.insert(key, fields);
    }
    out
}

fn document(document: &Document) -> Fields {
    let mut fields: Fields = document.texts.iter().map(|(lang, text)| hashed(*lang, text)).collect();
    fields.insert("version".to_owned(), document.version.clone());
    fields
}

/// A long text as its language and the first half of its hash.
fn hashed(lang: Lang, text: &str) -> (String, String) {
    let hash = Sha256::digest(text.as_bytes());
    (lang.to_string(), hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect())
}

/// A thing's fields, nested ones with dots between.
fn flat(thing: &impl Serialize) -> Fields {
    fn walk(name: String, value: Value, out: &mut Fields) {
        match value {
            Value::Object(map) => {
                let dot = if name.is_empty() { "" } else { "." };
                map.into_iter().for_each(|(key, value)| walk(format!("{name}{dot}{key}"), value, out));
            }
            // Questions and their values: one changed word is one changed field, not a whole list.
            Value::Array(list) if !list.is_empty() && list.iter().all(|thing| code_of(thing).is_some()) => {
                let order: Vec<&str> = list.iter().filter_map(code_of).collect();
                out.insert(name.clone(), order.join(", "));
                for thing in list {
                    let code = code_of(&thing).unwrap_or_default().to_owned();
                    walk(format!("{name}.{code}"), thing, out);
                }
            }
            Value::String(text) => _ = out.insert(name, text),
            value => _ = out.insert(name, value.to_string()),
        }
    }
    fn code_of(thing: &Value) -> Option<&str> {
        thing.get("code").or_else(|| thing.get("key")).and_then(Value::as_str)
    }
    let mut out = Fields::new();
    // Our own plain structs always become JSON; if one ever does not, it has no fields and its change shows as none.
    walk(String::new(), serde_json::to_value(thing).unwrap_or_default(), &mut out);
    out
}
