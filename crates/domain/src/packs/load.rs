//! Loading a pack: read, parse, check across files.

use super::{Document, Pack, Problem, Province, Routing, agencies, categories, error::PackError, error::Report, files};
use super::{members, procedures, province, routing, units};
use base::{
    calendar::Calendar,
    i18n::{Lang, Texts},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The files by name; all but the calendar, the words and the procedures must be there. A national pack has the first two only.
const KNOWN: [&str; 8] = [
    "province.toml",
    "units.csv",
    "agencies.csv",
    "categories.toml",
    "routing.toml",
    "calendar.toml",
    "flag-words.txt",
    "procedures.csv",
];
const OPTIONAL: [&str; 3] = ["calendar.toml", "flag-words.txt", "procedures.csv"];
/// What a province's pack has, and the country's has not.
const OF_PROVINCES: [&str; 6] =
    ["agencies.csv", "categories.toml", "routing.toml", "calendar.toml", "flag-words.txt", "procedures.csv"];

impl Pack {
    /// Reads the pack in a folder. Errors: everything that is wrong in any file, in the order of files and lines.
    pub fn load(dir: &Path) -> Result<Self, Vec<PackError>> {
        let mut errors = Report::of(".");
        let files = files::read(dir, &KNOWN, &mut errors);
        let mut errors = errors.errors;
        let mut report = Report::of("province.toml");
        let province = files.texts.get("province.toml").and_then(|text| province::parse(text, &mut report));
        errors.append(&mut report.errors);
        let is_national = province.as_ref().is_some_and(Province::is_national);
        if is_national {
            return Self::national(files, province, errors);
        }
        let mut part = |name: &'static str| {
            let text = files.texts.get(name).map(String::as_str);
            // A file that is there but unreadable has its own error already.
            if text.is_none() && !OPTIONAL.contains(&name) && !errors.iter().any(|error| error.file == name) {
                let mut report = Report::of(name);
                report.add(None, "missing-file", "this file is missing", &[]);
                errors.extend(report.errors);
            }
            text
        };
        let [_, units_text, agencies_text, categories_text, routing_text, calendar_text, words_text, procedures_text] =
            KNOWN.map(&mut part);

        let mut report = Report::of("units.csv");
        let bounds = province.as_ref().map(|province| province.map.bounds());
        let units = units_text.map(|text| units::parse(text, bounds.as_ref(), &mut report)).unwrap_or_default();
        let mut whole = report.errors.is_empty() && units_text.is_some();
        errors.append(&mut report.errors);

        let mut report = Report::of("agencies.csv");
        let agencies = agencies_text.map(|text| agencies::parse(text, &mut report)).unwrap_or_default();
        whole &= report.errors.is_empty() && agencies_text.is_some();
        errors.append(&mut report.errors);

        let mut report = Report::of("categories.toml");
        let categories = categories_text.map(|text| categories::parse(text, &mut report)).unwrap_or_default();
        whole &= report.errors.is_empty() && categories_text.is_some();
        errors.append(&mut report.errors);

        let mut report = Report::of("routing.toml");
        let rules = routing_text.map(|text| routing::parse(text, &mut report)).unwrap_or_default();
        let (lines, rules): (Vec<_>, Vec<_>) = rules.into_iter().unzip();
        // With a broken list beside it, half the messages would only repeat that the list is broken.
        let routing = if whole && report.errors.is_empty() && routing_text.is_some() {
            Routing::new(rules, &categories, &units, &agencies)
                .map_err(|problems| {
                    problems.into_iter().for_each(|(at, problem)| report.push(at.map(|at| lines[at]), problem));
                })
                .ok()
        } else {
            None
        };
        errors.append(&mut report.errors);

        let mut calendar = Calendar::vietnam();
        if let Some(text) = calendar_text {
            match calendar.with(text) {
                Ok(own) => calendar = own,
                Err(wrong) => errors.extend(wrong.into_iter().map(|error| PackError {
                    file: "calendar.toml".to_owned(),
                    line: Some(error.line),
                    problem: Problem::new("wrong-form", "{error}", &[("error", &error.message)]),
                })),
            }
        }

        let mut report = Report::of("procedures.csv");
        let procedures = procedures_text.map(|text| procedures::parse(text, &mut report)).unwrap_or_default();
        errors.append(&mut report.errors);

        let flag_words = flag_words(words_text.unwrap_or_default());
        let texts = texts(&files.texts, province.as_ref(), &mut errors);
        let languages = province.as_ref().map(Province::langs).unwrap_or_default();
        let mut document = |kind: &str, version: Option<&String>| Document {
            version: version.cloned().unwrap_or_default(),
            texts: document(&files.texts, kind, &languages, &mut errors),
        };
        let terms = document("terms", province.as_ref().map(|province| &province.terms_version));
        let privacy = document("privacy", province.as_ref().map(|province| &province.privacy_version));

        errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        match (province, routing) {
            (Some(province), Some(routing)) if errors.is_empty() => {
                let digest = files.digest;
                Ok(Self {
                    province,
                    units,
                    members: Vec::new(),
                    agencies,
                    categories,
                    routing,
                    procedures,
                    flag_words,
                    texts,
                    terms,
                    privacy,
                    calendar,
                    digest,
                })
            }
            _ => Err(errors),
        }
    }
}

impl Pack {
    /// The country's: provinces in the place of communes, texts, and what people agree to.
    fn national(
        files: files::Files,
        province: Option<Province>,
        mut errors: Vec<PackError>,
    ) -> Result<Self, Vec<PackError>> {
        for name in OF_PROVINCES.into_iter().filter(|name| files.texts.contains_key(*name)) {
            let mut report = Report::of(name);
            report.add(None, "unknown-file", "no part of a national pack has this name", &[]);
            errors.append(&mut report.errors);
        }
        let mut report = Report::of("units.csv");
        let members = match files.texts.get("units.csv") {
            Some(text) => members::parse(text, &mut report),
            None => {
                report.add(None, "missing-file", "this file is missing", &[]);
                Vec::new()
            }
        };
        errors.append(&mut report.errors);
        let texts = texts(&files.texts, province.as_ref(), &mut errors);
        let languages = province.as_ref().map(Province::langs).unwrap_or_default();
        let mut document = |kind: &str, version: Option<&String>| Document {
            version: version.cloned().unwrap_or_default(),
            texts: document(&files.texts, kind, &languages, &mut errors),
        };
        let terms = document("terms", province.as_ref().map(|province| &province.terms_version));
        let privacy = document("privacy", province.as_ref().map(|province| &province.privacy_version));
        errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
        match province {
            Some(province) if errors.is_empty() => Ok(Self {
                province,
                units: Vec::new(),
                members,
                agencies: Vec::new(),
                categories: Vec::new(),
                routing: Routing::none(),
                procedures: Vec::new(),
                flag_words: Vec::new(),
                texts,
                terms,
                privacy,
                calendar: Calendar::vietnam(),
                digest: files.digest,
            }),
            _ => Err(errors),
        }
    }
}

/// One word or phrase a line, `#` begins a comment.
fn flag_words(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    lines.map(|line| base::text::one_line(line).to_lowercase()).filter(|word| !word.is_empty()).take(1_000).collect()
}

/// The Fluent files: each language of the province has one, they parse, and English says all that Vietnamese says.
fn texts(
    files: &BTreeMap<String, String>,
    province: Option<&Province>,
    errors: &mut Vec<PackError>,
) -> Vec<(Lang, String)> {
    let mut out = Vec::new();
    let listed = province.map(Province::langs).unwrap_or_default();
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".ftl")) {
        let mut report = Report::of(path);
        let tag = path.trim_start_matches("texts/").trim_end_matches(".ftl");
        match Lang::parse(tag) {
            Some(lang) if listed.contains(&lang) || province.is_none() => {
                if let Err(broken) = Texts::load([(lang, "", text.as_str())]) {
                    for error in broken {
                        let error = error.trim_start_matches(": ").to_owned();
                        report.add(None, "wrong-form", "{error}", &[("error", &error)]);
                    }
                }
                out.push((lang, text.clone()));
            }
            _ => report.add(
                None,
                "language-not-listed",
                "{tag} is not among the languages in province.toml",
                &[("tag", &tag)],
            ),
        }
        errors.append(&mut report.errors);
    }
    for lang in listed.iter().filter(|lang| !out.iter().any(|(has, _)| has == *lang)) {
        let mut report = Report::of(&format!("texts/{lang}.ftl"));
        report.add(None, "missing-file", "this file is missing", &[]);
        errors.append(&mut report.errors);
    }
    let text_of = |lang| out.iter().find(|(has, _)| *has == lang).map_or("", |(_, text): &(Lang, String)| text);
    let (vi, en) = (keys(text_of(Lang::VI)), keys(text_of(Lang::EN)));
    for (file, missing) in [("texts/en.ftl", vi.difference(&en)), ("texts/vi.ftl", en.difference(&vi))] {
        let mut report = Report::of(file);
        for key in missing {
            report.add(None, "missing-text", "{key} is missing here", &[("key", key)]);
        }
        errors.append(&mut report.errors);
    }
    out
}

/// The message keys of a Fluent text: they stand at the start of a line before `=`.
fn keys(text: &str) -> BTreeSet<&str> {
    let key = |line: &'_ str| {
        let (key, _) = line.split_once('=')?;
        let key = key.trim_end();
        key.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(key.len())
    };
    text.lines().filter_map(|line| key(line).map(|len| &line[..len])).collect()
}

/// `terms.<language>.md`: Vietnamese and English must be there and say something.
fn document(
    files: &BTreeMap<String, String>,
    kind: &str,
    languages: &[Lang],
    errors: &mut Vec<PackError>,
) -> Vec<(Lang, String)> {
    let mut out = Vec::new();
    for lang in languages {
        let path = format!("{kind}.{lang}.md");
        let mut report = Report::of(&path);
        match files.get(&path) {
            Some(text) if !text.trim().is_empty() => out.push((*lang, text.clone())),
            Some(_) => report.add(None, "empty-file", "this file is empty", &[]),
            None if *lang == Lang::VI || *lang == Lang::EN => {
                report.add(None, "missing-file", "this file is missing", &[]);
            }
            None => {}
        }
        errors.append(&mut report.errors);
    }
    out
}
