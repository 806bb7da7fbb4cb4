//! What came out, as a table at the terminal and as `docs/benchmarks.md`.

use std::fmt::Write;

/// What a figure should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    AtLeast(f64),
    AtMost(f64),
    /// Only told.
    None,
}

/// One figure of one case.
#[derive(Debug, Clone)]
pub struct Figure {
    pub what: String,
    pub target: Target,
    pub value: f64,
    pub unit: &'static str,
    /// More about it: percentiles, errors.
    pub detail: String,
}

impl Figure {
    pub fn new(
        what: impl Into<String>,
        target: Target,
        value: f64,
        unit: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self { what: what.into(), target, value, unit, detail: detail.into() }
    }

    /// How much better than the target; below 1 it was missed.
    fn ratio(&self) -> Option<f64> {
        match self.target {
            Target::AtLeast(wanted) if wanted > 0.0 => Some(self.value / wanted),
            Target::AtMost(wanted) if self.value > 0.0 => Some(wanted / self.value),
            _ => None,
        }
    }

    fn verdict(&self) -> &'static str {
        match self.target {
            Target::None => "",
            Target::AtLeast(wanted) if self.value >= wanted => "met",
            Target::AtMost(wanted) if self.value <= wanted => "met",
            _ => "MISSED",
        }
    }

    fn target(&self) -> String {
        match self.target {
            Target::AtLeast(wanted) => format!("≥ {} {}", number(wanted), self.unit),
            Target::AtMost(wanted) => format!("≤ {} {}", number(wanted), self.unit),
            Target::None => "–".into(),
        }
    }

    fn cells(&self) -> [String; 5] {
        [
            self.what.clone(),
            self.target(),
            format!("{} {}", number(self.value), self.unit),
            self.ratio().map_or_else(|| "–".into(), |r| format!("{r:.2}")),
            self.verdict().into(),
        ]
    }
}

/// Three digits that matter, thousands with a comma.
fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    if value < 100.0 {
        return format!("{value:.1}").trim_end_matches(".0").to_owned();
    }
    let digits = format!("{value:.0}");
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

const HEAD: [&str; 5] = ["what", "target", "measured", "ratio", ""];

/// For the terminal.
pub fn table(figures: &[Figure]) -> String {
    let rows: Vec<[String; 5]> =
        std::iter::once(HEAD.map(str::to_owned)).chain(figures.iter().map(Figure::cells)).collect();
    let width = |column: usize| rows.iter().map(|r| r[column].chars().count()).max().unwrap_or_default();
    let widths: Vec<usize> = (0..HEAD.len()).map(width).collect();
    let mut out = String::new();
    for (at, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            let _ = write!(out, "{cell:<width$}  ");
        }
        let detail = at.checked_sub(1).map_or("", |i| figures[i].detail.as_str());
        let _ = writeln!(out, "{detail}");
    }
    out
}

/// Where and how it was measured.
pub struct Setting {
    pub commit: String,
    pub day: String,
    pub machine: String,
    pub reports: usize,
    pub seconds: u64,
    pub load_before: String,
}

/// The document.
pub fn document(setting: &Setting, engines: &[(String, Vec<Figure>)]) -> String {
    let mut out = String::from("# Benchmarks\n\n<!-- Written by `make bench`. Do not edit. -->\n\n");
    let Setting { commit, day, machine, reports, seconds, load_before } = setting;
    let _ = writeln!(out, "- Measured {day}, commit `{commit}`, release build.");
    let _ = writeln!(out, "- Machine: {machine}. Load average before: {load_before}.");
    let _ = writeln!(
        out,
        "- {} reports with their histories, 200,000 accounts; {seconds} s a case after a warm-up. The load generator runs on the same \
         machine and takes its share of it.",
        number(*reports as f64)
    );
    out.push_str(
        "- Through the real HTTP server: router, rights, sessions, worker, sealing of the history, fsync on. Every latency is kept; \
         percentiles are exact.\n- «ratio» is how much better than the target: below 1 the target was missed.\n\n\
         Again: `make bench`; only one engine or case: `make bench ARGS=\"--database sqlite --only create\"`.\n",
    );
    for (engine, figures) in engines {
        let _ = write!(out, "\n## {engine}\n\n| what | target | measured | ratio | | |\n|---|---|---|---|---|---|\n");
        for figure in figures {
            let _ = writeln!(out, "| {} | {} |", figure.cells().join(" | "), figure.detail);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_says_so() {
        let slow = Figure::new("create", Target::AtLeast(1000.0), 900.0, "/s", "");
        assert_eq!(slow.cells()[1..], ["≥ 1,000 /s", "900 /s", "0.90", "MISSED"].map(str::to_owned));
        let quick = Figure::new("p99", Target::AtMost(40.0), 20.0, "ms", "");
        assert_eq!(quick.cells()[2..], ["20 ms", "2.00", "met"].map(str::to_owned));
        let told = Figure::new("x", Target::None, 1_234_567.0, "", "");
        assert_eq!(told.cells()[2], "1,234,567 ");
        assert!(document(&setting(), &[("SQLite".into(), vec![slow])]).contains("| create | ≥ 1,000 /s |"));
    }

    fn setting() -> Setting {
        let text = || String::from("x");
        Setting { commit: text(), day: text(), machine: text(), reports: 5, seconds: 1, load_before: text() }
    }
}
