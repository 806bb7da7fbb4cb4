//! Reading a pack's files with limits, and decoding TOML lists entry by entry.

use super::error::Report;
use serde::{Deserialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, fs, io::Read, path::Path};
use toml::{Spanned, Value};

/// Largest file of a pack, in bytes. Far above any real one; keeps a wrong file from filling the memory.
pub(super) const LARGEST: u64 = 1 << 20;

/// The text files of a pack by their name within it, `texts/vi.ftl` among them.
pub(super) struct Files {
    pub(super) texts: BTreeMap<String, String>,
    pub(super) digest: String,
}

/// Reads every file a pack may have. Files of other kinds (pictures, notes) are left alone; a `.toml`, `.csv` or `.ftl` of an
/// unknown name is an error, because a mistyped name would otherwise be silently ignored.
pub(super) fn read(dir: &Path, known: &[&str], errors: &mut Report) -> Files {
    let mut texts = BTreeMap::new();
    for folder in ["", "texts"] {
        let entries = match fs::read_dir(dir.join(folder)) {
            Ok(entries) => entries,
            Err(error) => {
                let name = if folder.is_empty() { "." } else { folder };
                let mut report = Report::of(name);
                report.add(None, "unreadable", "cannot be read: {error}", &[("error", &error)]);
                errors.errors.extend(report.errors);
                continue;
            }
        };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let is_text = folder == "texts" && name.ends_with(".ftl");
            let mut report = Report::of(&path);
            if known.contains(&path.as_str()) || is_text || is_document(&path) {
                if let Some(text) = read_text(&entry.path(), &mut report) {
                    texts.insert(path, text);
                }
            } else if [".toml", ".csv", ".ftl"].iter().any(|end| name.ends_with(end)) {
                report.add(None, "unknown-file", "no part of a pack has this name", &[]);
            }
            errors.errors.extend(report.errors);
        }
    }
    let mut digest = Sha256::new();
    for (name, text) in &texts {
        for part in [name, text] {
            digest.update((part.len() as u64).to_le_bytes());
            digest.update(part.as_bytes());
        }
    }
    let digest = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Files { texts, digest }
}

/// `terms.vi.md`, `privacy.en.md`…
fn is_document(path: &str) -> bool {
    (path.starts_with("terms.") || path.starts_with("privacy.")) && path.ends_with(".md")
}

/// The file's text without byte order mark, line ends as `\n`.
fn read_text(path: &Path, report: &mut Report) -> Option<String> {
    let mut bytes = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes));
    if let Err(error) = read {
        report.add(None, "unreadable", "cannot be read: {error}", &[("error", &error)]);
        return None;
    }
    if bytes.len() as u64 > LARGEST {
        report.add(None, "too-large", "larger than {limit} bytes", &[("limit", &LARGEST)]);
        return None;
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(text.trim_start_matches('\u{feff}').replace("\r\n", "\n")),
        Err(error) => {
            let good = error.utf8_error().valid_up_to();
            let line = line_of(error.as_bytes(), good);
            report.add(line, "not-utf8", "is not UTF-8 text; save it as UTF-8", &[]);
            None
        }
    }
}

/// The line (from 1) of a byte.
pub(super) fn line_of(text: &[u8], at: usize) -> usize {
    text.iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

/// Decodes a TOML file; `None` with an error when its form is wrong.
pub(super) fn toml<T: DeserializeOwned>(text: &str, report: &mut Report) -> Option<T> {
    match toml::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            let line = error.span().map(|span| line_of(text.as_bytes(), span.start));
            report.add(line, "wrong-form", "{error}", &[("error", &error.message())]);
            None
        }
    }
}

/// Decodes the entries of a TOML list one by one with their lines, so that one wrong entry does not hide the next.
pub(super) fn entries<T: for<'de> Deserialize<'de>>(
    text: &str,
    list: Vec<Spanned<Value>>,
    report: &mut Report,
) -> Vec<(usize, T)> {
    let mut out = Vec::with_capacity(list.len());
    for entry in list {
        let line = line_of(text.as_bytes(), entry.span().start);
        match entry.into_inner().try_into() {
            Ok(value) => out.push((line, value)),
            Err(error) => report.add(line, "wrong-form", "{error}", &[("error", &error.message())]),
        }
    }
    out
}

/// Whether a code is one that files, addresses and columns can carry: `so-y-te`, at most 40 characters.
pub(super) fn is_slug(code: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    !code.is_empty() && code.len() <= 40 && code.bytes().all(inner) && !code.starts_with('-') && !code.ends_with('-')
}
