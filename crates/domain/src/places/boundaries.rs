//! The province's official commune boundaries, read from GeoJSON (RFC 7946) and checked.
//!
//! Kept as whole numbers of 10⁻⁷ degrees (about 1 cm), so that what is stored and what is computed are the same.

use crate::packs::{Problem, Unit};
use base::geo::Point;
use geojson::{FeatureCollection, GeometryValue, JsonValue, feature::Id};
use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

/// Largest boundary file in bytes, checked before parsing.
pub const LARGEST_FILE: usize = 64 << 20;

/// Most corners of all outlines; keeps the lookup's memory below 100 MB. Two provinces of Vietnam have 15,000–30,000 at 20 m.
const MOST_POINTS: usize = 1_000_000;

/// Degrees to stored numbers.
pub(super) const SCALE: f64 = 1e7;

/// Where Vietnam and its sea lie: west, south, east, north. Coordinates in metres (VN-2000) or swapped ones fall outside.
pub(super) const VIETNAM: [f64; 4] = [95.0, 0.0, 125.0, 30.0];

/// A unit's outline must come this near to its known centroid (plus the radius of its area), or codes are mixed up.
const NEAR_CENTROID_METRES: f64 = 20_000.0;

/// Borders may be this many times as long as the province is wide and high. Real ones reach about 100; a tangle of lines
/// across the whole country would make the lookup's cells too full.
const LONGEST_BORDERS: i64 = 5_000;

/// Names under which files carry the commune's code, compared without capitals and underscores, in order of preference.
const CODE_NAMES: [&str; 12] = [
    "code",
    "ma",
    "maxa",
    "maphuongxa",
    "madvhc",
    "madonvihanhchinh",
    "madonvi",
    "wardcode",
    "communecode",
    "mahc",
    "gid",
    "id",
];

/// One thing wrong in a boundary file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundaryError {
    /// Which feature of the file, from 1.
    pub feature: Option<usize>,
    pub problem: Problem,
}

impl fmt::Display for BoundaryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.feature {
            Some(feature) => write!(f, "feature {feature}: {}", self.problem),
            None => self.problem.fmt(f),
        }
    }
}

impl std::error::Error for BoundaryError {}

/// A ring of corners [longitude, latitude] in 10⁻⁷ degrees; the last is not repeated.
pub(super) type Ring = Vec<[i32; 2]>;

/// Checked outlines of all communes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Boundaries {
    /// Code and rings of each commune; holes are rings too: a point is inside when it lies in an odd number of them.
    pub(super) outlines: Vec<(String, Vec<Ring>)>,
}

impl Boundaries {
    /// Reads a boundary file. Features are matched to `units` by a property that holds the official code (`code`, `ma_xa`,
    /// `MaXa`, `id`…; a number without leading zeros is fine) or by the feature's id; several features of one unit are put
    /// together.
    ///
    /// Errors: all of them: too large, no GeoJSON, not WGS 84, a feature without a known code, a geometry that is no area, a
    /// broken ring, coordinates outside Vietnam, an outline far from the unit's centroid, a unit without an outline.
    pub fn from_geojson(bytes: &[u8], units: &[Unit]) -> Result<Self, Vec<BoundaryError>> {
        let whole = |problem| vec![BoundaryError { feature: None, problem }];
        if bytes.len() > LARGEST_FILE {
            return Err(whole(Problem::new("too-large", "larger than {limit} bytes", &[("limit", &LARGEST_FILE)])));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let file: FeatureCollection = serde_json::from_slice(bytes).map_err(|error| {
            whole(Problem::new("not-geojson", "no GeoJSON collection: {error}", &[("error", &error)]))
        })?;
        let mut errors = Vec::new();
        if let Some(name) = foreign_reference(&file) {
            let template = "coordinates must be WGS 84 (longitude, latitude in degrees), not {name}";
            errors.extend(whole(Problem::new("not-wgs84", template, &[("name", &name)])));
        }

        let by_code: HashMap<&str, &Unit> = units.iter().map(|unit| (unit.code.as_str(), unit)).collect();
        let mut outlines: BTreeMap<&str, Vec<Ring>> = BTreeMap::new();
        let mut points = 0;
        for (at, feature) in file.features.iter().enumerate() {
            let mut fail = |problem| errors.push(BoundaryError { feature: Some(at + 1), problem });
            let unit = match code_of(feature, &by_code) {
                Ok(unit) => unit,
                Err(problem) => {
                    fail(problem);
                    continue;
                }
            };
            let polygons = match feature.geometry.as_ref().map(|geometry| &geometry.value) {
                Some(GeometryValue::Polygon { coordinates }) => std::slice::from_ref(coordinates),
                Some(GeometryValue::MultiPolygon { coordinates }) => coordinates.as_slice(),
                other => {
                    let kind = other.map_or("nothing", GeometryValue::type_name);
                    let args: [(&'static str, &dyn fmt::Display); 2] = [("code", &unit.code), ("kind", &kind)];
                    fail(Problem::new("no-area", "{code} is drawn as {kind}, not as Polygon or MultiPolygon", &args));
                    continue;
                }
            };
            for ring in polygons.iter().flatten() {
                match read_ring(ring) {
                    Ok(ring) => {
                        points += ring.len();
                        outlines.entry(&unit.code).or_default().push(ring);
                    }
                    Err(what) => {
                        let args: [(&'static str, &dyn fmt::Display); 2] = [("code", &unit.code), ("what", &what)];
                        fail(Problem::new("broken-ring", "{code}: {what}", &args));
                        // Named once a feature: a file in the wrong unit would otherwise list every ring.
                        outlines.entry(&unit.code).or_default();
                        break;
                    }
                }
            }
            if points > MOST_POINTS {
                let template = "more than {limit} corners; simplify the outlines to about 10 metres";
                errors.extend(whole(Problem::new("too-many-points", template, &[("limit", &MOST_POINTS)])));
                return Err(errors);
            }
        }
        for unit in units {
            let args: [(&'static str, &dyn fmt::Display); 2] = [("code", &unit.code), ("name", &unit.name)];
            match outlines.get(unit.code.as_str()) {
                None => errors.extend(whole(Problem::new("missing-unit", "{code} {name} has no outline", &args))),
                Some(rings) if !rings.is_empty() && !comes_near(rings, unit) => {
                    let template = "the outline of {code} {name} lies far from its known place: mixed up codes?";
                    errors.extend(whole(Problem::new("far-from-centroid", template, &args)));
                }
                Some(_) => {}
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        // In the order of the units, so that the same file gives the same bytes whatever order its features have.
        let order = units.iter().filter_map(|unit| Some((unit.code.clone(), outlines.remove(unit.code.as_str())?)));
        let outlines: Vec<_> = order.collect();
        if is_tangled(&outlines) {
            return Err(whole(Problem::new(
                "tangled",
                "the outlines are a tangle of lines across the whole province",
                &[],
            )));
        }
        Ok(Self { outlines })
    }

    /// The codes of the communes that have an outline.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        self.outlines.iter().map(|(code, _)| code.as_str())
    }

    /// A commune's rings as [longitude, latitude] in degrees, for a map.
    pub fn rings(&self, code: &str) -> Option<Vec<Vec<[f64; 2]>>> {
        let (_, rings) = self.outlines.iter().find(|(has, _)| has == code)?;
        Some(rings.iter().map(|ring| ring.iter().map(|p| p.map(|v| f64::from(v) / SCALE)).collect()).collect())
    }
}

/// The name of a reference system that is not WGS 84, where the file names one (GeoJSON of 2008; RFC 7946 has no other).
fn foreign_reference(file: &FeatureCollection) -> Option<String> {
    let crs = file.foreign_members.as_ref()?.get("crs").filter(|crs| !crs.is_null())?;
    let name = crs.pointer("/properties/name").and_then(JsonValue::as_str).unwrap_or("an unnamed system");
    let folded = name.to_ascii_uppercase();
    let is_wgs84 = ["CRS84", "EPSG:4326", "EPSG::4326"].iter().any(|known| folded.ends_with(known));
    (!is_wgs84).then(|| name.to_owned())
}

/// The unit a feature belongs to.
fn code_of<'u>(feature: &geojson::Feature, units: &HashMap<&str, &'u Unit>) -> Result<&'u Unit, Problem> {
    let mut seen = None;
    let name_of = |name: &str| name.to_lowercase().replace(['_', '-', ' '], "");
    let properties = feature.properties.iter().flatten();
    let by_name: HashMap<String, &JsonValue> = properties.map(|(name, value)| (name_of(name), value)).collect();
    let id = feature.id.as_ref().map(|id| match id {
        Id::String(id) => JsonValue::from(id.as_str()),
        Id::Number(id) => JsonValue::from(id.clone()),
    });
    for value in CODE_NAMES.iter().filter_map(|name| by_name.get(*name).copied()).chain(&id) {
        let value = match value {
            JsonValue::String(text) => text.trim().to_owned(),
            JsonValue::Number(number) => number.to_string(),
            _ => continue,
        };
        // A spreadsheet may have eaten the leading zeros.
        if let Some(unit) = units.get(value.as_str()).or_else(|| units.get(format!("{value:0>5}").as_str())) {
            return Ok(unit);
        }
        seen.get_or_insert(value);
    }
    Err(match seen {
        Some(value) => Problem::new("unknown-unit", "no commune has the code {code}", &[("code", &value)]),
        None => Problem::new("no-code", "no property holds the commune's code (code, ma_xa, MaXa, id …)", &[]),
    })
}

/// A ring in stored numbers; the reason when it is none.
fn read_ring(ring: &[geojson::Position]) -> Result<Ring, String> {
    let mut out: Ring = Vec::with_capacity(ring.len());
    for position in ring {
        let &[lon, lat, ..] = position.as_slice() else {
            return Err("a corner without longitude and latitude".to_owned());
        };
        let [west, south, east, north] = VIETNAM;
        if !(west..=east).contains(&lon) || !(south..=north).contains(&lat) {
            return Err(format!("longitude {lon}, latitude {lat} lies outside Vietnam"));
        }
        let corner = [(lon * SCALE).round() as i32, (lat * SCALE).round() as i32];
        if out.last() != Some(&corner) {
            out.push(corner);
        }
    }
    if out.len() < 4 || out.first() != out.last() {
        return Err("a ring that is not closed or has fewer than three corners".to_owned());
    }
    out.pop();
    Ok(out)
}

/// Whether some corner of an outline is near the unit's centroid.
fn comes_near(rings: &[Ring], unit: &Unit) -> bool {
    let radius = (unit.area_km2.unwrap_or(0.0) / std::f64::consts::PI).sqrt() * 1_000.0;
    let point = |[lon, lat]: [i32; 2]| Point { lat: f64::from(lat) / SCALE, lon: f64::from(lon) / SCALE };
    let near = |corner: &[i32; 2]| point(*corner).metres_to(&unit.centroid()) < NEAR_CENTROID_METRES + radius;
    rings.iter().flatten().any(near)
}

/// Whether the borders are absurdly long for the space they fill.
fn is_tangled(outlines: &[(String, Vec<Ring>)]) -> bool {
    let rings = || outlines.iter().flat_map(|(_, rings)| rings);
    (0..2).any(|axis| {
        let values = || rings().flatten().map(|corner| i64::from(corner[axis]));
        let span = values().max().unwrap_or(0) - values().min().unwrap_or(0);
        let steps = rings().flat_map(|ring| ring.iter().zip(ring.iter().cycle().skip(1)));
        let length: i64 = steps.map(|(a, b)| (i64::from(a[axis]) - i64::from(b[axis])).abs()).sum();
        length / LONGEST_BORDERS > span
    })
}
