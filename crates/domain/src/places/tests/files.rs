//! Reading boundary files, good and bad.

use super::*;
use crate::places::{Areas, Boundaries, How, LARGEST_FILE};
use base::geo::Point;
use proptest::prelude::*;

fn codes(bytes: &[u8], units: &[Unit]) -> Vec<(Option<usize>, &'static str)> {
    let errors = Boundaries::from_geojson(bytes, units).expect_err("the file is broken");
    errors.into_iter().map(|error| (error.feature, error.problem.code)).collect()
}

#[test]
fn codes_are_found_under_the_names_that_files_use() {
    let units = squares(1);
    for properties in [
        r#"{"code":"00101"}"#,
        r#"{"ma_xa":"00101"}"#,
        r#"{"MaXa":101}"#,
        r#"{"MA_DVHC":"101"}"#,
        r#"{"name":"x","gid":7,"id":"00101"}"#,
    ] {
        let file = collection(&[feature(properties, &square(0))]);
        let areas = Areas::from_geojson(&file, &units).unwrap_or_else(|errors| panic!("{properties}: {errors:?}"));
        assert_eq!(areas.locate(Point { lat: 16.05, lon: 107.05 }).commune.as_deref(), Some("00101"), "{properties}");
    }
    let with_id = feature(r#"{}"#, &square(0)).replacen("{", r#"{"id":101,"#, 1);
    assert!(Boundaries::from_geojson(&collection(&[with_id]), &units).is_ok());
}

#[test]
fn every_error_of_a_file_is_listed() {
    let units = squares(6);
    let file = collection(&[
        feature(r#"{"code":"00101"}"#, &square(0)),
        feature(r#"{"code":"99999"}"#, &square(1)),
        feature(r#"{"name":"no code"}"#, &square(1)),
        feature(r#"{"code":"00102"}"#, &square(1))
            .replace("Polygon", "LineString")
            .replace("[[[", "[[")
            .replace("]]]", "]]"),
        feature(r#"{"code":"00103"}"#, "[[[107.2,16],[107.3,16],[107.3,16.1]]]"),
        feature(r#"{"code":"00104"}"#, "[[[16,107.3],[16,107.4],[16.1,107.4],[16,107.3]]]"),
        feature(r#"{"code":"00105"}"#, "[[[103,16],[103.1,16],[103.1,16.1],[103,16]]]"),
    ]);
    assert_eq!(
        codes(&file, &units),
        [
            (Some(2), "unknown-unit"),
            (Some(3), "no-code"),
            (Some(4), "no-area"),
            (Some(5), "broken-ring"),
            (Some(6), "broken-ring"),
            (None, "missing-unit"),
            (None, "far-from-centroid"),
            (None, "missing-unit"),
        ]
    );
}

#[test]
fn other_reference_systems_and_other_files_are_refused() {
    let units = squares(1);
    let good = String::from_utf8(collection(&[feature(r#"{"code":"00101"}"#, &square(0))])).unwrap();
    let with = |name: &str| {
        let crs = format!(r#""crs":{{"type":"name","properties":{{"name":"{name}"}}}},"features""#);
        good.replacen(r#""features""#, &crs, 1).into_bytes()
    };
    assert_eq!(codes(&with("urn:ogc:def:crs:EPSG::3405"), &units), [(None, "not-wgs84")]);
    assert!(Boundaries::from_geojson(&with("urn:ogc:def:crs:OGC:1.3:CRS84"), &units).is_ok());
    assert!(Boundaries::from_geojson(&with("EPSG:4326"), &units).is_ok());
    // VN-2000 in metres without a word about it.
    let metres = good.replace("107.1", "586000.5").replace("16.1", "1780000.1");
    assert_eq!(codes(metres.as_bytes(), &units), [(Some(1), "broken-ring")]);
    for bad in
        ["", "{", "[]", r#"{"type":"Point","coordinates":[1,2]}"#, "\u{0}\u{1}", r#"{"type":"FeatureCollection"}"#]
    {
        assert_eq!(codes(bad.as_bytes(), &units), [(None, "not-geojson")], "{bad}");
    }
    assert_eq!(codes(&vec![b' '; LARGEST_FILE + 1], &units), [(None, "too-large")]);
    let short = collection(&[feature(r#"{"code":"00101"}"#, "[[[107],[107.1,16],[107,16.1],[107]]]")]);
    assert_eq!(codes(&short, &units), [(Some(1), "broken-ring")]);
}

#[test]
fn a_tangle_of_lines_is_refused_before_it_fills_the_memory() {
    let units = squares(1);
    let zigzag: Vec<String> =
        (0..12_000).map(|at| format!("[{},16.{:04}]", if at % 2 == 0 { 107.0 } else { 107.1 }, at / 12)).collect();
    let ring = format!("[[{},{}]]", zigzag.join(","), zigzag[0]);
    assert_eq!(codes(&collection(&[feature(r#"{"code":"00101"}"#, &ring)]), &units), [(None, "tangled")]);
}

#[test]
fn outlines_survive_being_stored_and_damage_is_noticed() {
    let units = squares(3);
    let features: Vec<_> = (0..3).map(|at| feature(&format!(r#"{{"code":"{:05}"}}"#, 101 + at), &square(at))).collect();
    let boundaries = Boundaries::from_geojson(&collection(&features), &units).unwrap();
    let bytes = boundaries.to_bytes();
    assert_eq!(Boundaries::from_bytes(&bytes), Some(boundaries.clone()));
    for end in 0..bytes.len() {
        assert_eq!(Boundaries::from_bytes(&bytes[..end]), None, "cut at {end}");
    }
    assert_eq!(boundaries.rings("00102").unwrap()[0][0], [107.1, 16.0]);
    // The order of features does not matter.
    let reversed: Vec<_> = features.into_iter().rev().collect();
    assert_eq!(Boundaries::from_geojson(&collection(&reversed), &units).unwrap().to_bytes(), bytes);
}

#[test]
fn neighbours_share_a_border_and_every_point_of_it_has_one_commune() {
    let units = squares(2);
    let file = collection(&[feature(r#"{"code":"00101"}"#, &square(0)), feature(r#"{"code":"00102"}"#, &square(1))]);
    let areas = Areas::from_geojson(&file, &units).unwrap();
    for step in 0..1000 {
        let found = areas.locate(Point { lat: 16.0 + f64::from(step) * 0.0001, lon: 107.1 });
        assert_eq!((found.commune.as_deref(), found.how), (Some("00102"), How::Inside), "{step}");
    }
}

#[test]
fn holes_islands_and_gaps() {
    let units = squares(2);
    let with_hole =
        square(0).replace("]]]", "]],[[107.04,16.04],[107.06,16.04],[107.06,16.06],[107.04,16.06],[107.04,16.04]]]");
    // The second commune lies in the hole and, as an island, far east.
    let inner = "[[[107.04,16.04],[107.06,16.04],[107.06,16.06],[107.04,16.06],[107.04,16.04]]]";
    let file = collection(&[
        feature(r#"{"code":"00101"}"#, &with_hole),
        feature(r#"{"code":"00102"}"#, inner),
        feature(r#"{"code":"00102"}"#, "[[[107.5,16.0],[107.51,16.0],[107.51,16.01],[107.5,16.0]]]"),
    ]);
    let areas = Areas::from_geojson(&file, &units).unwrap();
    let at = |lat, lon| {
        let found = areas.locate(Point { lat, lon });
        (found.commune, found.how)
    };
    assert_eq!(at(16.05, 107.05), (Some("00102".into()), How::Inside), "in the hole");
    assert_eq!(at(16.02, 107.05), (Some("00101".into()), How::Inside));
    assert_eq!(at(16.002, 107.505).0.as_deref(), Some("00102"), "on the island");
    let (code, how) = at(16.05, 106.99);
    assert_eq!(code.as_deref(), Some("00101"));
    assert!(matches!(how, How::Nearest { metres: 1_050..=1_090 }), "{how:?}");
    assert_eq!(at(16.05, 106.9), (None, How::Outside));
    for (lat, lon) in [(f64::NAN, 107.0), (f64::INFINITY, 107.0), (16.0, -107.0), (1e300, 1e300), (48.85, 2.35)] {
        assert_eq!(at(lat, lon), (None, How::Outside), "{lat} {lon}");
    }
}

proptest! {
    #[test]
    fn damaged_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let _ = Boundaries::from_bytes(&bytes);
        bytes.splice(0..0, *b"CDB1");
        let _ = Boundaries::from_bytes(&bytes);
    }

    /// Against the plain even-odd rule on invented stars, on and off their corners.
    #[test]
    fn the_grid_agrees_with_the_plain_rule(
        corners in prop::collection::vec((0i32..40, 0i32..40), 3..12),
        points in prop::collection::vec((-1i32..41, -1i32..41), 20),
    ) {
        use crate::places::grid::Grid;
        let ring: Vec<[i32; 2]> = corners.iter().map(|(x, y)| [*x, *y]).collect();
        let rings = [ring.clone()];
        let grid = Grid::new(&[&rings]);
        for (x, y) in points {
            // The same hair east-north-east as the grid's, in exact fractions.
            let mut inside = false;
            for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                let ([x1, y1], [x2, y2]) = (a.map(i64::from), b.map(i64::from));
                if (y1 > i64::from(y)) != (y2 > i64::from(y)) {
                    let (up, dx) = (y2 - y1, (i64::from(y) - y1) * (x2 - x1));
                    let left = dx * up.signum() <= (i64::from(x) - x1) * up.abs();
                    inside ^= left;
                }
            }
            prop_assert_eq!(grid.find(x, y).is_some(), inside, "{} {} in {:?}", x, y, &ring);
        }
    }
}
