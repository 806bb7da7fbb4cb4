//! The demo's words: reports and people, read from `crates/congdanso/demo/`.

use super::pictures::Scene;
use anyhow::Context;
use serde::Deserialize;

/// One report somebody could send, and what could become of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub category: String,
    /// Where it can happen; empty is everywhere.
    #[serde(default)]
    pub land: Vec<Land>,
    pub scene: Option<Scene>,
    #[serde(default)]
    pub title: String,
    pub content: String,
    pub places: Vec<String>,
    #[serde(default)]
    pub results: Vec<String>,
    pub reply: Option<String>,
    pub note: Option<String>,
    pub ask: Option<String>,
    pub answer: Option<String>,
    pub extend: Option<String>,
    pub reject: Option<String>,
    pub transfer: Option<Transfer>,
    pub correct: Option<Correct>,
    pub reopen: Option<String>,
    pub again: Option<String>,
    pub withdraw: Option<String>,
    pub hide: Option<String>,
    pub info: Option<String>,
}

/// To another unit; `commune` is the commune where it happened.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transfer {
    pub to: String,
    pub note: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    pub category: String,
    pub note: String,
}

/// What a commune is like, for reports that fit it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Land {
    #[serde(rename = "phuong")]
    Town,
    #[serde(rename = "dong-bang")]
    Plain,
    #[serde(rename = "bien")]
    Coast,
    #[serde(rename = "nui")]
    Mountain,
}

/// What people write beside their stars; empty is nothing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comments {
    pub five: Vec<String>,
    pub four: Vec<String>,
    pub three: Vec<String>,
    pub two: Vec<String>,
    pub one: Vec<String>,
}

impl Comments {
    pub fn of(&self, stars: u8) -> &[String] {
        match stars {
            5 => &self.five,
            4 => &self.four,
            3 => &self.three,
            2 => &self.two,
            _ => &self.one,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    pub comments: Comments,
    #[serde(rename = "report")]
    pub reports: Vec<Template>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct People {
    pub staff: StaffNames,
    #[serde(rename = "province")]
    pub provinces: Vec<ProvincePeople>,
}

/// Every first part with every last part is a name.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffNames {
    pub first: Vec<String>,
    pub last: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvincePeople {
    pub slug: String,
    /// The demo officer's commune.
    pub commune: String,
    /// What the communes are that no list names.
    pub rest: Land,
    pub mountain: Vec<String>,
    pub coast: Vec<String>,
    pub citizens: Vec<String>,
}

pub struct Words {
    pub reports: Reports,
    pub people: People,
}

impl Words {
    pub fn shipped() -> anyhow::Result<Self> {
        Ok(Self {
            reports: toml::from_str(include_str!("../../demo/reports.toml")).context("demo/reports.toml")?,
            people: toml::from_str(include_str!("../../demo/people.toml")).context("demo/people.toml")?,
        })
    }

    /// The people of a province; of one without an entry, those of the first.
    pub fn of(&self, slug: &str) -> anyhow::Result<&ProvincePeople> {
        let provinces = &self.people.provinces;
        provinces.iter().find(|p| p.slug == slug).or(provinces.first()).context("demo/people.toml names no province")
    }
}
