//! Every text that a template or a handler asks for exists in Vietnamese and in English (X4).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use base::i18n::{Lang, Texts};
use domain::reports::{Act, State, photos::BadPhoto, video::BadVideo};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

fn files(dir: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "html") {
            out.push(path);
        }
    }
}

/// The literals that follow `start` in a text.
fn after<'t>(text: &'t str, start: &str) -> Vec<&'t str> {
    text.match_indices(start).filter_map(|(at, _)| text[at + start.len()..].split('"').next()).collect()
}

/// Key → where it is asked for.
fn asked() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut all = Vec::new();
    for dir in ["src", "templates"] {
        files(&root.join(dir), &mut all);
    }
    let mut keys = BTreeMap::new();
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        let text: String = text.split("#[cfg(test)]").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.replace("( \"", "(\"");
        for start in [".t(\"", ".t1(\"", ".t2(\"", ".tn(\"", ".ta(\"", "key: \"", "\"flash-"] {
            for key in after(&text, start) {
                let key = if start == "\"flash-" { format!("flash-{key}") } else { key.to_owned() };
                let is_key = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
                if is_key && !key.is_empty() && !key.ends_with('-') {
                    keys.entry(key).or_insert_with(|| path.display().to_string());
                }
            }
        }
    }
    // Made from parts.
    let mut made: Vec<String> = State::ALL.iter().map(|s| format!("state-{}", s.as_str())).collect();
    // Internal steps have no line in the history that citizens read.
    made.extend(Act::ALL.iter().filter(|a| !a.is_internal()).map(|a| format!("act-{}", a.as_str().replace('_', "-"))));
    made.extend((1..=5).map(|n| format!("rate-{n}")));
    made.extend(
        [BadPhoto::Empty, BadPhoto::NotAPhoto, BadPhoto::TooManyPixels, BadPhoto::Broken].map(|b| b.key().to_owned()),
    );
    for authority in domain::accounts::authority::Authority::ALL {
        let name = authority.as_str();
        let own: &[&str] = if name == "operator" { &[] } else { &["own", "own-hint"] };
        let all = ["title", "text", "button", "lead", "phone-hint"].iter().chain(own);
        made.extend(all.map(|what| format!("reg-{name}-{what}")).chain([format!("source-{name}")]));
    }
    for outcome in ["asked", "match", "mismatch", "silent", "unknown", "away", "refused", "too-often", "kept"] {
        made.extend([format!("pop-{outcome}"), format!("pop-{outcome}-text")]);
    }
    made.extend(BadVideo::ALL.map(|b| b.key().to_owned()));
    for code in [
        "not-found",
        "forbidden",
        "acting",
        "sign-in",
        "expired",
        "step-up",
        "bad-request",
        "too-large",
        "invalid",
        "state",
        "changed",
        "too-often",
        "busy",
        "disk-full",
        "internal",
    ] {
        made.extend([format!("error-{code}-title"), format!("error-{code}-text")]);
    }
    for key in made {
        keys.entry(key).or_insert_with(|| "made from parts".into());
    }
    keys
}

fn keys_of_fields() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../domain/src/reports");
    let mut all = Vec::new();
    files(&root, &mut all);
    let mut keys = BTreeMap::new();
    for path in all {
        let text = std::fs::read_to_string(&path).unwrap();
        for start in ["Error::field(\"", "say(\""] {
            for rest in text.match_indices(start).map(|(at, _)| &text[at + start.len()..]) {
                // field, then key
                if let Some(key) = rest.split('"').nth(2) {
                    keys.insert(key.to_owned(), path.display().to_string());
                }
            }
        }
    }
    keys
}

#[test]
fn x4_every_text_exists_in_both_languages() {
    let pack = domain::testing::pack();
    let mut sources = domain::core::text_sources();
    sources.extend(web::text_sources());
    sources.extend(pack.texts.iter().map(|(lang, text)| (*lang, "pack", text.as_str())));
    let texts = Texts::load(sources).unwrap();
    let mut missing = BTreeSet::new();
    for (key, place) in asked().into_iter().chain(keys_of_fields()) {
        for lang in [Lang::VI, Lang::EN] {
            if !texts.has(lang, &key) {
                missing.insert(format!("{lang} {key} ({place})"));
            }
        }
    }
    assert!(
        missing.is_empty(),
        "{} texts are missing:\n{}",
        missing.len(),
        missing.into_iter().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn x4_no_key_is_defined_twice_and_languages_define_the_same() {
    let mut seen: BTreeMap<(Lang, String), &str> = BTreeMap::new();
    let mut twice = Vec::new();
    for (lang, name, text) in web::text_sources() {
        for line in text.lines() {
            let Some((key, _)) = line.split_once(" =") else { continue };
            if !key.starts_with(|c: char| c.is_ascii_lowercase()) {
                continue;
            }
            if let Some(other) = seen.insert((lang, key.to_owned()), name) {
                twice.push(format!("{key} in {other} and {name}"));
            }
        }
    }
    assert!(twice.is_empty(), "{twice:#?}");
    let of = |lang| seen.keys().filter(|(l, _)| *l == lang).map(|(_, k)| k.clone()).collect::<BTreeSet<_>>();
    let (vi, en) = (of(Lang::VI), of(Lang::EN));
    let differing: Vec<_> = vi.symmetric_difference(&en).collect();
    assert!(differing.is_empty(), "{differing:#?}");
}
