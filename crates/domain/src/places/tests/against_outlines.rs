//! Against the outlines of the shared test data, which the repository must not hold. Without that folder these tests say so
//! and pass.

use super::*;
use crate::places::{Areas, Boundaries, How};
use base::clock::Entropy;
use base::geo::Point;
use geo::{BoundingRect, Contains};
use std::{fs, path::PathBuf, time::Instant};

/// The provinces' outline files, or none with a note.
fn files() -> Vec<(&'static str, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.exists() {
        println!("skipped: no folder {}", folder.display());
        return vec![];
    }
    let read = |slug| (slug, fs::read(folder.join(format!("{slug}-boundaries.geojson"))).unwrap());
    ["quang-tri", "cao-bang"].map(read).into()
}

/// The same file through `geo`, which decides what is right.
fn truth(bytes: &[u8]) -> Vec<(String, geo::MultiPolygon)> {
    let file: geojson::FeatureCollection = serde_json::from_slice(bytes).unwrap();
    file.features
        .into_iter()
        .map(|feature| {
            let code = feature.property("code").and_then(|code| code.as_str()).unwrap().to_owned();
            let polygons = match feature.geometry.unwrap().value {
                geojson::GeometryValue::Polygon { coordinates } => vec![coordinates],
                geojson::GeometryValue::MultiPolygon { coordinates } => coordinates,
                other => panic!("{}", other.type_name()),
            };
            let ring =
                |ring: &Vec<geojson::Position>| -> geo::LineString { ring.iter().map(|p| (p[0], p[1])).collect() };
            let polygon =
                |rings: &Vec<Vec<_>>| geo::Polygon::new(ring(&rings[0]), rings[1..].iter().map(ring).collect());
            (code, polygons.iter().map(polygon).collect())
        })
        .collect()
}

/// Random points strictly inside a polygon.
fn points_in<'t>(polygon: &'t geo::MultiPolygon, entropy: &'t Entropy) -> impl Iterator<Item = geo::Point> + 't {
    let rect = polygon.bounding_rect().unwrap();
    let within = |low: f64, high: f64| low + (high - low) * (entropy.below(1 << 53) as f64 / (1_u64 << 53) as f64);
    std::iter::from_fn(move || {
        Some(geo::Point::new(within(rect.min().x, rect.max().x), within(rect.min().y, rect.max().y)))
    })
    .filter(|point| polygon.contains(point))
}

/// Share of points for which the commune is right, `each` in every polygon.
fn share_right(areas: &Areas, truth: &[(String, geo::MultiPolygon)], each: usize) -> f64 {
    let entropy = Entropy::seeded(7);
    let (mut right, mut all) = (0, 0);
    for (code, polygon) in truth {
        for point in points_in(polygon, &entropy).take(each) {
            all += 1;
            right +=
                usize::from(areas.locate(Point { lat: point.y(), lon: point.x() }).commune.as_deref() == Some(code));
        }
    }
    right as f64 / all as f64
}

#[test]
fn at_least_995_of_1000_points_get_their_commune() {
    for (slug, bytes) in files() {
        let units = pack(slug).units;
        let boundaries = Boundaries::from_geojson(&bytes, &units).unwrap();
        assert_eq!(Boundaries::from_bytes(&boundaries.to_bytes()).as_ref(), Some(&boundaries));
        let share = share_right(&Areas::from_boundaries(&boundaries), &truth(&bytes), 20_000 / units.len() + 1);
        println!("{slug}: {:.3} % right, stored in {} bytes", share * 100.0, boundaries.to_bytes().len());
        assert!(share >= 0.995, "{slug}: {share}");
    }
}

#[test]
fn every_commune_of_the_file_is_found_at_its_centroid_or_beside_it() {
    for (slug, bytes) in files() {
        let units = pack(slug).units;
        let areas = Areas::from_geojson(&bytes, &units).unwrap();
        let found = units.iter().filter(|unit| areas.locate(unit.centroid()).commune.as_ref() == Some(&unit.code));
        // Centroids of bent communes may lie in a neighbour.
        assert!(found.count() * 100 >= units.len() * 95, "{slug}");
    }
}

#[test]
fn the_sea_and_the_neighbours_are_outside_and_the_beach_is_not() {
    for (slug, bytes) in files().into_iter().filter(|(slug, _)| *slug == "quang-tri") {
        let areas = Areas::from_geojson(&bytes, &pack(slug).units).unwrap();
        for (lat, lon, what) in
            [(17.2, 108.2, "sea"), (16.47, 107.6, "Huế"), (16.6, 106.3, "Laos"), (21.03, 105.85, "Hà Nội")]
        {
            assert_eq!(areas.locate(Point { lat, lon }).how, How::Outside, "{what}");
        }
        let beach = (0..100).map(|step| areas.locate(Point { lat: 16.9, lon: 107.18 + f64::from(step) * 0.001 }).how);
        assert!(beach.into_iter().any(|how| matches!(how, How::Nearest { metres: 1..=3_000 })));
    }
}

#[test]
fn approximate_areas_say_so_and_are_mostly_right() {
    for (slug, bytes) in files() {
        let pack = pack(slug);
        let areas = Areas::from_centroids(&pack.units, &pack.province.map.bounds());
        assert!(areas.is_approximate() && areas.locate(pack.units[0].centroid()).approximate);
        let share = share_right(&areas, &truth(&bytes), 50);
        println!("{slug}: {:.1} % right from centroids", share * 100.0);
        assert!(share >= 0.75, "{slug}: {share}");
    }
}

/// 20,000 points in each of the 134 polygons, and the time of a look-up: `cargo nextest run -p domain --release
/// --run-ignored only --no-capture every_polygon`.
#[test]
#[ignore = "a measurement: minutes in a debug build"]
fn every_polygon_with_20_000_points_and_the_time_of_a_look_up() {
    for (slug, bytes) in files() {
        let pack = pack(slug);
        let start = Instant::now();
        let boundaries = Boundaries::from_geojson(&bytes, &pack.units).unwrap();
        let parsed = start.elapsed();
        let start = Instant::now();
        let areas = Areas::from_boundaries(&boundaries);
        let built = start.elapsed();
        let truth = truth(&bytes);
        let share = share_right(&areas, &truth, 20_000);

        let entropy = Entropy::seeded(8);
        let inside: Vec<_> = truth.iter().flat_map(|(_, polygon)| points_in(polygon, &entropy).take(1_000)).collect();
        let near: Vec<_> = inside.iter().map(|p| geo::Point::new(p.x() + 0.6, p.y())).collect();
        let approximate = Areas::from_centroids(&pack.units, &pack.province.map.bounds());
        let time = |areas: &Areas, points: &[geo::Point]| {
            let start = Instant::now();
            let found =
                points.iter().filter(|p| areas.locate(Point { lat: p.y(), lon: p.x() }).commune.is_some()).count();
            (start.elapsed().as_nanos() / points.len() as u128, found * 100 / points.len())
        };
        let (ns, _) = time(&areas, &inside);
        let (far, some) = time(&areas, &near);
        let (circles, _) = time(&approximate, &inside);
        println!(
            "{slug}: {:.4} % right; {ns} ns inside, {far} ns for points of which {some} % are in a commune, {circles} ns from \
             centroids; parsed in {parsed:?}, built in {built:?}; centroids {:.1} % right",
            share * 100.0,
            share_right(&approximate, &truth, 500) * 100.0,
        );
    }
}
