//! Places: which commune, on the packs' units; the official outlines are only at hand where the shared data is.

mod against_outlines;
mod files;
mod picking;

use crate::packs::{Pack, Unit};
use std::path::Path;

fn pack(slug: &str) -> Pack {
    Pack::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs").join(slug)).unwrap()
}

/// Invented neighbours, squares of 0.1° from (107.0, 16.0) eastwards, with their centroids.
fn squares(count: usize) -> Vec<Unit> {
    let model = pack("quang-tri").units[0].clone();
    let unit = |at: usize| Unit {
        code: format!("{:05}", 101 + at),
        name: format!("Ô {at}"),
        lat: 16.05,
        lon: 107.05 + at as f64 * 0.1,
        area_km2: Some(118.0),
        ..model.clone()
    };
    (0..count).map(unit).collect()
}

/// A feature of a GeoJSON collection.
fn feature(properties: &str, rings: &str) -> String {
    format!(r#"{{"type":"Feature","properties":{properties},"geometry":{{"type":"Polygon","coordinates":{rings}}}}}"#)
}

/// The outline of an invented neighbour.
fn square(at: usize) -> String {
    let (w, e) = (107.0 + at as f64 * 0.1, 107.0 + (at + 1) as f64 * 0.1);
    format!("[[[{w},16.0],[{e},16.0],[{e},16.1],[{w},16.1],[{w},16.0]]]")
}

fn collection(features: &[String]) -> Vec<u8> {
    format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(",")).into_bytes()
}
