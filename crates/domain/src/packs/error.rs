//! What is wrong in a pack, said so that the person who edits the file finds it.

use std::fmt::{self, Display};

/// One thing wrong. `code` and `args` let a page say it in the reader's language (text `pack-error-<code>`); `Display` is
/// the operator's English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub code: &'static str,
    pub args: Vec<(&'static str, String)>,
    /// English with `{name}` where an argument belongs.
    template: &'static str,
}

impl Problem {
    pub(crate) fn new(code: &'static str, template: &'static str, args: &[(&'static str, &dyn Display)]) -> Self {
        Self { code, template, args: args.iter().map(|(name, value)| (*name, shown(value))).collect() }
    }

    pub fn arg(&self, name: &str) -> Option<&str> {
        self.args.iter().find(|(has, _)| *has == name).map(|(_, value)| value.as_str())
    }
}

impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.template;
        while let Some((before, after)) = rest.split_once('{') {
            f.write_str(before)?;
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            if let Some((_, value)) = self.args.iter().find(|(has, _)| *has == name) {
                f.write_str(value)?;
            }
            rest = after;
        }
        f.write_str(rest)
    }
}

/// A value as it may stand in a message: one line, not endless.
fn shown(value: &dyn Display) -> String {
    let line = base::text::one_line(&value.to_string());
    if line.chars().count() <= 120 { line } else { line.chars().take(119).chain(['…']).collect() }
}

/// One thing wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackError {
    /// Name within the pack, such as `units.csv`.
    pub file: String,
    /// Line in the file from 1, where there is one.
    pub line: Option<usize>,
    pub problem: Problem,
}

impl Display for PackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.problem),
            None => write!(f, "{}: {}", self.file, self.problem),
        }
    }
}

impl std::error::Error for PackError {}

/// Collects what is wrong in one file.
pub(super) struct Report {
    file: String,
    pub(super) errors: Vec<PackError>,
}

impl Report {
    pub(super) fn of(file: &str) -> Self {
        Self { file: file.to_owned(), errors: Vec::new() }
    }

    pub(super) fn push(&mut self, line: Option<usize>, problem: Problem) {
        self.errors.push(PackError { file: self.file.clone(), line, problem });
    }

    pub(super) fn add(
        &mut self,
        line: impl Into<Option<usize>>,
        code: &'static str,
        template: &'static str,
        args: &[(&'static str, &dyn Display)],
    ) {
        self.push(line.into(), Problem::new(code, template, args));
    }
}
