//! What a person says of themselves and nobody confirmed (thông tin tự khai, A10): papers, organisation, website, fax. Each value is a row of its
//! own, sealed like what is proven and under names that no proof uses, so that it never stands in the way of a proof.

use super::{
    Accounts, Error, Signed,
    activity::{self, Act, Happened},
    linked::facts::{self, DECLARED, Facts, PRINTED, Word},
};
use crate::{core::Core, error::FieldError};
use base::{
    ids::Uuid,
    personal_number::{BadNumber, PersonalNumber},
    show, text,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::{Sql, Tx};

/// The longest name of a place or an organisation, in characters.
const LONGEST: usize = 200;

/// An identity card (căn cước) as its holder types it.
#[derive(Clone)]
pub struct Papers {
    pub number: PersonalNumber,
    /// `yyyy-mm-dd`
    pub issued_on: String,
    pub issued_at: String,
}

/// Everything that is declared. `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub struct Declared {
    pub papers: Option<Papers>,
    pub organization: String,
    pub website: String,
    /// Digits only, as dialled.
    pub fax: String,
    /// Commune and province of who lives elsewhere; `None`: not said here.
    pub home: Option<String>,
}

impl std::fmt::Debug for Declared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Declared(…)")
    }
}

/// What fields say, by name; a missing one is empty.
pub type Typed<'a> = &'a (dyn Fn(&str) -> &'a str + Sync);

fn line(typed: &str, field: &'static str) -> Result<String, FieldError> {
    let wrong = FieldError { field, key: "text-long" };
    if typed.len() > 4 * LONGEST {
        return Err(wrong);
    }
    let line = text::one_line(typed);
    if line.chars().count() > LONGEST { Err(wrong) } else { Ok(line) }
}

/// A name that has letters, or nothing.
fn name(typed: &str, field: &'static str) -> Result<String, FieldError> {
    let line = line(typed, field)?;
    let fits = line.is_empty() || (line.chars().any(char::is_alphabetic) && !line.contains(['<', '>']));
    if fits { Ok(line) } else { Err(FieldError { field, key: "text-characters" }) }
}

/// Where people live who do not live here: «Phường Vỹ Dạ, thành phố Huế». Errors: `Invalid` when empty.
pub fn home(typed: &str) -> Result<String, FieldError> {
    let home = name(typed, "elsewhere")?;
    if home.is_empty() { Err(FieldError { field: "elsewhere", key: "elsewhere-empty" }) } else { Ok(home) }
}

/// The host is what makes it one; how it is asked (`https://`) need not be typed.
fn website(typed: &str) -> Result<String, FieldError> {
    let field = "website";
    let line = line(typed, field)?;
    let host = line.strip_prefix("https://").or_else(|| line.strip_prefix("http://")).unwrap_or(&line);
    let host = host.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let is_host = host.split('.').count() > 1
        && host.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-'));
    let plain = !line.chars().any(|c| c.is_whitespace() || "<>\"\\".contains(c));
    if line.is_empty() || (is_host && plain) { Ok(line) } else { Err(FieldError { field, key: "website-invalid" }) }
}

fn fax(typed: &str) -> Result<String, FieldError> {
    let typed = line(typed, "fax")?;
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let plain = typed.chars().all(|c| c.is_ascii_digit() || " .-()+".contains(c));
    let fits = typed.is_empty() || (plain && (9..=15).contains(&digits.len()));
    if fits { Ok(digits) } else { Err(FieldError { field: "fax", key: "fax-invalid" }) }
}

impl Papers {
    /// `today`: no card was given out later. Errors: each field that is wrong.
    fn parse(typed: Typed<'_>, today: Date) -> Result<Self, Vec<FieldError>> {
        let number = PersonalNumber::parse(typed("number")).map_err(|bad| number_error("number", bad));
        let wrong = |key| FieldError { field: "issued_on", key };
        let day = match (typed("issued_on").trim(), text::day(typed("issued_on"))) {
            ("", _) => Err(wrong("issued-empty")),
            (_, Some(day)) if day <= today => Ok(day),
            _ => Err(wrong("issued-invalid")),
        };
        // Nobody gets a card before being born.
        let day = day.and_then(|day| match &number {
            Ok(number) if day.year() < number.birth_year() => Err(wrong("issued-before-birth")),
            _ => Ok(day),
        });
        let place = name(typed("issued_at"), "issued_at").and_then(|place| {
            if place.is_empty() { Err(FieldError { field: "issued_at", key: "issued-at-empty" }) } else { Ok(place) }
        });
        match (number, day, place) {
            (Ok(number), Ok(day), Ok(issued_at)) => Ok(Self { number, issued_on: day.to_string(), issued_at }),
            (number, day, place) => Err([number.err(), day.err(), place.err()].into_iter().flatten().collect()),
        }
    }
}

/// What a number's error is called beside the field.
pub fn number_error(field: &'static str, bad: BadNumber) -> FieldError {
    let key = match bad {
        BadNumber::Empty => "personal-number-empty",
        BadNumber::Old => "personal-number-old",
        BadNumber::Invalid => "personal-number-invalid",
    };
    FieldError { field, key }
}

impl Declared {
    /// From the fields `number`, `issued_on`, `issued_at`, `organization`, `website`, `fax`. Papers are whole or not there at all;
    /// `with_papers`: they must be. Errors: each field that is wrong.
    pub fn parse(typed: Typed<'_>, with_papers: bool, core: &Core) -> Result<Self, Vec<FieldError>> {
        let has_papers =
            with_papers || ["number", "issued_on", "issued_at"].iter().any(|f| !typed(f).trim().is_empty());
        let papers = has_papers.then(|| Papers::parse(typed, show::local(core.now()).date())).transpose();
        let organization = name(typed("organization"), "organization");
        let (website, fax) = (website(typed("website")), fax(typed("fax")));
        match (papers, organization, website, fax) {
            (Ok(papers), Ok(organization), Ok(website), Ok(fax)) => {
                Ok(Self { papers, organization, website, fax, home: None })
            }
            (papers, organization, website, fax) => {
                let mut wrong = papers.err().unwrap_or_default();
                wrong.extend([organization.err(), website.err(), fax.err()].into_iter().flatten());
                Err(wrong)
            }
        }
    }

    fn values(&self) -> [(&'static str, &str); 7] {
        let of = |value: fn(&Papers) -> &str| self.papers.as_ref().map(value).unwrap_or_default();
        [
            ("declared_number", of(|p| p.number.expose())),
            ("issued_on", of(|p| &p.issued_on)),
            ("issued_at", of(|p| &p.issued_at)),
            ("organization", &self.organization),
            ("website", &self.website),
            ("fax", &self.fax),
            ("home_elsewhere", self.home.as_deref().unwrap_or_default()),
        ]
    }

    fn from(value: impl Fn(&str) -> String) -> Self {
        let papers = PersonalNumber::parse(&value("declared_number")).ok().map(|number| Papers {
            number,
            issued_on: value("issued_on"),
            issued_at: value("issued_at"),
        });
        Self {
            papers,
            organization: value("organization"),
            website: value("website"),
            fax: value("fax"),
            home: Some(value("home_elsewhere")).filter(|home| !home.is_empty()),
        }
    }

    fn of(facts: &Facts) -> Self {
        Self::from(|name| facts.get(name).map(|fact| fact.value.clone()).unwrap_or_default())
    }

    /// Writes what there is to say.
    pub(super) async fn put(&self, core: &Core, tx: &Tx, account: Uuid) -> Result<(), Error> {
        let word = Word { source: DECLARED, assurance: PRINTED };
        for (name, value) in self.values().into_iter().filter(|(_, value)| !value.is_empty()) {
            facts::write_value(core, tx, account, &word, name, value).await?;
        }
        Ok(())
    }
}

/// As it waits in a flow, sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept(Vec<(String, String)>);

impl Kept {
    pub(super) fn of(declared: &Declared) -> Self {
        Self(declared.values().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }

    pub(super) fn declared(&self) -> Declared {
        Declared::from(|name| self.0.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default())
    }
}

impl Accounts {
    /// What this person declared.
    pub async fn declared(&self, account: Uuid) -> Result<Declared, Error> {
        Ok(Declared::of(&facts::read(&self.core, self.core.store.read(), account).await?))
    }

    /// Puts this in the place of what was declared before. Where the person lives is said elsewhere and stays.
    pub async fn set_declared(&self, signed: &Signed, mut declared: Declared) -> Result<(), Error> {
        let (core, account) = (self.core.clone(), signed.account);
        self.core
            .store
            .write(move |tx: Tx| async move {
                declared.home = Declared::of(&facts::read(&core, &tx, account).await?).home;
                forget(&tx, account).await?;
                declared.put(&core, &tx, account).await?;
                Ok(activity::write(&core, &tx, Act::own(account, Happened::ProfileChanged).detail("declared")).await?)
            })
            .await
    }
}

/// Nothing of it is known any more.
async fn forget(tx: &Tx, account: Uuid) -> Result<u64, store::Error> {
    Sql::new("DELETE FROM account_fact WHERE account_id = $1 AND source = $2")
        .bind(account)
        .bind(DECLARED)
        .exec(tx)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a10_what_is_declared_is_read_with_limits() {
        for (typed, kept) in
            [("", ""), (" congty.vn ", "congty.vn"), ("https://a.b.vn:8443/x?y", "https://a.b.vn:8443/x?y")]
        {
            assert_eq!(website(typed).unwrap(), kept);
        }
        for bad in ["congty", "javascript:alert(1)", "http://", "a b.vn", ".vn", "a..vn", "<b>.vn", "https://x@y"] {
            assert!(website(bad).is_err(), "{bad}");
        }
        assert_eq!(fax("(0233) 3.852-529").unwrap(), "02333852529");
        for bad in ["12345678", "0233a852529", "1234567890123456"] {
            assert!(fax(bad).is_err(), "{bad}");
        }
        for bad in ["123", "<script>", &"a".repeat(201), &"a".repeat(5000)] {
            assert!(name(bad, "organization").is_err(), "{bad:.10}");
        }
        assert!(home("  ").is_err());
    }

    #[test]
    fn a10_papers_are_whole_and_of_a_day_that_fits_the_number() {
        let today = Date::constant(2026, 11, 22);
        let parse = |number: &'static str, on: &'static str, at: &'static str| {
            let typed = move |field: &str| match field {
                "number" => number,
                "issued_on" => on,
                _ => at,
            };
            Papers::parse(&typed, today).map_err(|wrong| wrong.iter().map(|e| e.key).collect::<Vec<_>>())
        };
        assert_eq!(parse("044189001234", "22/11/2026", "Cục A").unwrap().issued_on, "2026-11-22");
        assert_eq!(parse("", "", "").err().unwrap(), ["personal-number-empty", "issued-empty", "issued-at-empty"]);
        assert_eq!(
            parse("123456789", "23/11/2026", "1").err().unwrap(),
            ["personal-number-old", "issued-invalid", "text-characters"]
        );
        assert_eq!(parse("044189001234", "1/1/1988", "Cục A").err().unwrap(), ["issued-before-birth"]);
    }
}
