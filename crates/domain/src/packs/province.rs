//! The province itself: names, map, colours, contact.

use super::{Text, error::Report, files, files::is_slug};
use base::{geo::Point, i18n::Lang};
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// Services that a province can show; a name outside this list is a typing error.
pub const MODULES: [&str; 11] = [
    "reports",
    "alerts",
    "dossiers",
    "bills",
    "fines",
    "cameras",
    "floods",
    "content",
    "directory",
    "adoption",
    "feedback",
];

/// Whose pack it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Realm {
    #[default]
    Province,
    /// The national portal (S5): it has provinces in the place of communes, and neither reports nor a map.
    National,
}

/// What `province.toml` holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Province {
    #[serde(default)]
    pub kind: Realm,
    /// Two digits (Decision 19/2025/QĐ-TTg).
    pub code: String,
    /// Code of the People's Committee in dossier codes (mã định danh điện tử), `H50`; absent when no source proves it.
    pub office_code: Option<String>,
    pub slug: String,
    /// `Tỉnh Quảng Trị`.
    pub name: Text,
    /// Without its kind: `Quảng Trị`.
    pub short_name: String,
    pub app_name: Text,
    pub time_zone: String,
    /// Vietnamese first.
    pub languages: Vec<String>,
    /// Services that are shown, of [`MODULES`].
    pub modules: Vec<String>,
    pub terms_version: String,
    pub privacy_version: String,
    /// A province must have one; the check says so.
    #[serde(default)]
    pub map: Map,
    pub branding: Branding,
    pub support: Support,
    /// Numbers to call at once, in the order shown.
    pub emergency: Vec<Emergency>,
}

/// Where a map opens, and the rectangle around the province.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    pub lat: f64,
    pub lon: f64,
    pub zoom: u8,
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

impl Map {
    pub fn bounds(&self) -> Bounds {
        Bounds { west: self.west, south: self.south, east: self.east, north: self.north }
    }
}

/// A rectangle in degrees, WGS 84.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    pub west: f64,
    pub south: f64,
    pub east: f64,
    pub north: f64,
}

impl Bounds {
    pub fn contains(&self, point: Point) -> bool {
        (self.south..=self.north).contains(&point.lat) && (self.west..=self.east).contains(&point.lon)
    }
}

/// Colours as `#RRGGBB`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branding {
    /// White text stands on it.
    pub primary: String,
    /// Darker; white text stands on it, and it is text on `soft`.
    pub strong: String,
    pub soft: String,
    pub accent: String,
}

/// Where people get help with the app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    pub unit: Text,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub website: Option<String>,
    /// «cần đối chiếu» while it is not confirmed; such a contact is shown as one.
    #[serde(default)]
    pub note: String,
}

impl Support {
    /// Whether somebody still has to confirm it.
    pub fn is_unconfirmed(&self) -> bool {
        base::fold::fold(&self.note).contains("can doi chieu")
    }
}

/// An emergency number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    pub number: String,
    pub name: Text,
}

impl Province {
    /// The languages, Vietnamese first.
    pub fn langs(&self) -> Vec<Lang> {
        self.languages.iter().filter_map(|tag| Lang::parse(tag)).collect()
    }

    pub fn is_national(&self) -> bool {
        self.kind == Realm::National
    }

    pub fn has_module(&self, module: &str) -> bool {
        self.modules.iter().any(|has| has == module)
    }
}

/// The least contrast of text to its background (WCAG 2.2, 1.4.3).
const LEAST_CONTRAST: f64 = 4.5;

/// Reads `province.toml`; `None` when its form is wrong.
pub(super) fn parse(text: &str, report: &mut Report) -> Option<Province> {
    let province: Province = files::toml(text, report)?;
    // The line of a key, good enough to find it: keys stand at the start of a line.
    let line = |key: &str| {
        let starts = |line: &str| line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
        text.lines().position(starts).map(|at| at + 1)
    };
    let mut wrong = |key: &'static str, code: &'static str, template: &'static str, value: &dyn Display| {
        report.add(line(key), code, template, &[("field", &key), ("value", value)]);
    };

    if province.code.len() != 2 || !province.code.bytes().all(|b| b.is_ascii_digit()) {
        wrong("code", "province-code", "{field}: {value} is not a code of two digits", &province.code);
    }
    if !is_slug(&province.slug) {
        wrong("slug", "slug", "{value} is not a code of small letters, digits and dashes", &province.slug);
    }
    let names = [
        ("name", &province.name.vi),
        ("name", &province.name.en),
        ("short_name", &province.short_name),
        ("app_name", &province.app_name.vi),
        ("app_name", &province.app_name.en),
        ("terms_version", &province.terms_version),
        ("privacy_version", &province.privacy_version),
        ("unit", &province.support.unit.vi),
        ("unit", &province.support.unit.en),
    ];
    for (key, value) in names {
        if value.trim().is_empty() || value.chars().count() > 120 {
            wrong(key, "text-length", "{field} must have 1 to 120 characters", value);
        }
    }
    // The working calendar counts in Vietnam's one zone.
    if province.time_zone != "Asia/Ho_Chi_Minh" {
        wrong("time_zone", "time-zone", "{field} must be Asia/Ho_Chi_Minh, not {value}", &province.time_zone);
    }
    if province.languages.first().map(String::as_str) != Some("vi") || !province.languages.iter().any(|tag| tag == "en")
    {
        wrong("languages", "languages", "{field} must begin with vi and hold en", &"");
    }
    for tag in province.languages.iter().filter(|tag| Lang::parse(tag).is_none()) {
        wrong("languages", "language-tag", "{value} is not a language tag", tag);
    }
    for module in province.modules.iter().filter(|module| !MODULES.contains(&module.as_str())) {
        wrong("modules", "unknown-module", "no service is called {value}", module);
    }
    if province.kind == Realm::National && (province.map != Map::default() || !province.modules.is_empty()) {
        wrong("kind", "national", "a national pack has no map and no modules of a province", &"");
    }
    let map = &province.map;
    let corners = [Point::new(map.south, map.west), Point::new(map.north, map.east)];
    if province.kind == Realm::National {
        // Nothing is drawn there.
    } else if corners.contains(&None) || map.south >= map.north || map.west >= map.east {
        wrong("west", "bounds", "west, south, east, north must be degrees with west < east and south < north", &"");
    } else if !Point::new(map.lat, map.lon).is_some_and(|centre| map.bounds().contains(centre)) {
        wrong("lat", "map-centre", "the map's centre lies outside its bounds", &"");
    }
    if province.kind == Realm::Province && !(4..=18).contains(&map.zoom) {
        wrong("zoom", "zoom", "{field} must lie between 4 and 18", &map.zoom);
    }

    let colours = &province.branding;
    for (key, on, text) in [
        ("primary", &colours.primary, "#FFFFFF"),
        ("strong", &colours.strong, "#FFFFFF"),
        ("accent", &colours.accent, "#FFFFFF"),
        ("soft", &colours.soft, colours.strong.as_str()),
    ] {
        match contrast(on, text) {
            None => wrong(key, "colour", "{field}: {value} is not a colour like #0A4F8F", on),
            Some(contrast) if contrast < LEAST_CONTRAST => {
                let shown = format!("{contrast:.1}");
                wrong(key, "contrast", "{field}: text on it has contrast {value}, and 4.5 is the least", &shown);
            }
            Some(_) => {}
        }
    }
    for emergency in &province.emergency {
        let digits = emergency.number.bytes().all(|b| b.is_ascii_digit());
        if !digits || !(3..=11).contains(&emergency.number.len()) {
            wrong("number", "phone", "{value} is not a number one can dial", &emergency.number);
        }
    }
    if province.emergency.is_empty() {
        wrong("emergency", "no-rows", "no emergency number is given", &"");
    }
    if let Some(website) = &province.support.website
        && !website.starts_with("https://")
    {
        wrong("website", "website", "{value} does not begin with https://", website);
    }
    Some(province)
}

/// Contrast of two colours `#RRGGBB`, 1 to 21 (WCAG 2.2); `None` when one is no such colour.
pub fn contrast(a: &str, b: &str) -> Option<f64> {
    let (a, b) = (luminance(a)?, luminance(b)?);
    Some((a.max(b) + 0.05) / (a.min(b) + 0.05))
}

fn luminance(colour: &str) -> Option<f64> {
    let hex = colour.strip_prefix('#').filter(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).ok()?) / 255.0;
        Some(if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) })
    };
    Some(0.2126 * channel(0)? + 0.7152 * channel(2)? + 0.0722 * channel(4)?)
}
