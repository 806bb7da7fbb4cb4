use super::{
    clusters::{COMMUNES, Count, Spot, fitting},
    picture::{Picture, Row},
};
use crate::{packs::Bounds, reports::views::PublicFilter};
use base::clock::MINUTE;
use proptest::prelude::*;
use std::collections::BTreeMap;

const PROVINCE: Bounds = Bounds { west: 105.58, south: 16.25, east: 107.45, north: 18.12 };

fn row(seq: i64, lat: f64, lon: f64, category: u8, open: bool, shown: bool) -> Row {
    Row {
        seq,
        code: format!("{seq:010}"),
        category: format!("c{category}"),
        commune: Some(format!("{:05}", category % 3)),
        unit: format!("u{}", category % 2),
        lat: (seq % 7 != 0).then_some(lat),
        lon: (seq % 7 != 0).then_some(lon),
        open,
        created_at: seq * MINUTE,
        public: shown || seq % 2 == 0,
        hidden_why: (!shown).then(|| "why".to_owned()),
        duplicate_of: None,
    }
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let one = (1i64..60, 16.0f64..18.4, 105.3f64..107.7, 0u8..4, any::<bool>(), any::<bool>());
    prop::collection::vec(one.prop_map(|(s, a, o, c, open, shown)| row(s, a, o, c, open, shown)), 0..200)
}

/// Every code of the box, told singly.
fn codes(picture: &Picture, f: &PublicFilter, b: &Bounds) -> Vec<u64> {
    let mut codes = Vec::new();
    picture.points(f, b, usize::MAX, |spot| {
        if let Spot::One { code, .. } = spot {
            codes.push(code);
        }
    });
    codes.sort_unstable();
    codes
}

proptest! {
    #[test]
    fn r10_the_picture_after_any_changes_is_what_the_rows_say(
        changes in rows(),
        zoom in 5u8..18,
        (south, west, size) in (16.0f64..18.0, 105.4f64..107.3, 0.01f64..2.0),
        category in prop::option::of(0u8..5),
        open in prop::option::of(any::<bool>()),
        since in 0i64..60,
    ) {
        let filter = PublicFilter {
            category: category.map(|c| format!("c{c}")),
            open,
            since: Some(since * MINUTE),
            ..PublicFilter::default()
        };
        let bounds = Bounds { west, south, east: west + size, north: south + size };
        let mut picture = Picture::new(&PROVINCE, 0);
        let mut last: BTreeMap<i64, &Row> = BTreeMap::new();
        for (n, change) in changes.iter().enumerate() {
            // Sums that exist before the changes follow them.
            if n == changes.len() / 2 {
                picture.prepare(&filter, 9);
                picture.prepare(&filter, COMMUNES);
            }
            picture.take(change);
            last.insert(change.seq, change);
        }
        let round = |v: f64| (v * 1e4).round() / 1e4;
        let fits = |r: &Row| r.public && r.hidden_why.is_none() && r.created_at >= since * MINUTE
            && filter.category.as_ref().is_none_or(|c| *c == r.category) && open.is_none_or(|o| o == r.open);
        let inside = |r: &Row, b: &Bounds| r.lat.zip(r.lon).is_some_and(|(lat, lon)| {
            let near = |v: f64, low: f64, high: f64| round(v) >= round(low) && round(v) <= round(high);
            near(lat, b.south, b.north) && near(lon, b.west, b.east)
        });
        let expected: Vec<u64> =
            last.values().filter(|r| fits(r) && inside(r, &bounds)).map(|r| r.seq as u64).collect();
        prop_assert_eq!(codes(&picture, &filter, &bounds), expected);

        // However the map is cut, the whole world has every report once.
        let world = Bounds { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };
        for zoom in [fitting(&world, zoom), 9, 14] {
            picture.prepare(&filter, zoom);
            let mut told = 0;
            let found = picture.clusters(&filter, &world, zoom, |spot| match spot {
                Spot::One { .. } => told += 1,
                Spot::Many { count, .. } => told += count.all,
            });
            let all = last.values().filter(|r| fits(r) && r.lat.is_some());
            prop_assert_eq!(told as usize, all.clone().count());
            prop_assert_eq!(found.count, Count { all: told, open: all.filter(|r| r.open).count() as u32 });
        }
        let communes: u32 = picture.by_commune(&filter).iter().map(|(_, n)| n.all).sum();
        picture.prepare(&filter, COMMUNES);
        let again: u32 = picture.by_commune(&filter).iter().map(|(_, n)| n.all).sum();
        if !changes.is_empty() && picture.want(&filter).is_some() {
            prop_assert_eq!(again as usize, last.values().filter(|r| fits(r)).count());
            prop_assert!(communes == again || communes == 0);
        }
    }
}

#[test]
fn r10_the_same_row_read_again_changes_nothing() {
    let mut picture = Picture::new(&PROVINCE, 7);
    picture.take(&row(1, 17.0, 107.0, 1, true, true));
    assert_eq!(picture.generation, 8);
    picture.take(&row(1, 17.0, 107.0, 1, true, true));
    assert_eq!(picture.generation, 8);
    picture.take(&row(1, 17.0, 107.0, 1, false, true));
    picture.take(&row(1, 17.0, 107.0, 1, false, false));
    assert_eq!(picture.generation, 10);
    assert!(codes(&picture, &PublicFilter::default(), &PROVINCE).is_empty());
}

#[test]
fn r10_nobody_gets_a_million_dots_by_asking_for_the_world_at_close_range() {
    let world = Bounds { west: -180.0, south: -90.0, east: 180.0, north: 90.0 };
    assert!(fitting(&world, 19) <= 4);
    assert_eq!(fitting(&PROVINCE, 9), 9);
    assert!(fitting(&PROVINCE, 18) <= 11);
    let street = Bounds { west: 106.60, south: 17.46, east: 106.61, north: 17.47 };
    assert_eq!(fitting(&street, 17), 17);
}
