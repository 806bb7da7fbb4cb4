//! The communes as a picture: for drawing, never for deciding where a point belongs. Imported outlines are drawn coarsely
//! (about 100 m), so that a page stays light and nobody takes the picture for the official line. Without them each commune is a
//! polygon around its centroid, cut where `Areas` draws the line between two neighbours.

use super::boundaries::{Boundaries, SCALE};
use crate::packs::{Bounds, Unit};
use base::geo::Point;

/// A ring of corners [longitude, latitude] in degrees; the last is not repeated.
pub type Corners = Vec<[f64; 2]>;

/// A commune as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pub code: String,
    pub rings: Vec<Corners>,
    /// Where its name or number stands.
    pub middle: Point,
    pub bounds: Bounds,
}

impl Shape {
    fn new(code: &str, rings: Vec<Corners>, middle: Point) -> Self {
        let corners = || rings.iter().flatten();
        let fold = |axis: usize, start: f64, pick: fn(f64, f64) -> f64| corners().map(|c| c[axis]).fold(start, pick);
        let bounds = if corners().next().is_none() {
            Bounds { west: middle.lon, south: middle.lat, east: middle.lon, north: middle.lat }
        } else {
            Bounds {
                west: fold(0, f64::MAX, f64::min),
                south: fold(1, f64::MAX, f64::min),
                east: fold(0, f64::MIN, f64::max),
                north: fold(1, f64::MIN, f64::max),
            }
        };
        Self { code: code.to_owned(), rings, middle, bounds }
    }
}

/// Corners of drawn outlines lie on a grid of this many degrees: neighbours that share a border still share it.
const COARSE: f64 = 0.001;

pub(super) fn from_boundaries(boundaries: &Boundaries) -> Vec<Shape> {
    let shapes = boundaries.outlines.iter().map(|(code, rings)| {
        let rings: Vec<Corners> = rings.iter().filter_map(|ring| coarse(ring)).collect();
        let largest = rings.iter().max_by(|a, b| area(a).abs().total_cmp(&area(b).abs()));
        let middle = largest.map_or(Point { lat: 0.0, lon: 0.0 }, centre);
        Shape::new(code, rings, middle)
    });
    shapes.collect()
}

/// A ring on the coarse grid; `None` when nothing of it remains (a rock in the sea).
fn coarse(ring: &[[i32; 2]]) -> Option<Corners> {
    let snap = |v: i32| (f64::from(v) / SCALE / COARSE).round() as i64;
    let mut corners: Vec<[i64; 2]> = Vec::with_capacity(ring.len() / 4);
    for corner in ring {
        let next = corner.map(snap);
        if corners.last() == Some(&next) {
            continue;
        }
        // On the way from the one before: not a corner.
        if let [.., a, b] = corners[..]
            && (b[0] - a[0]) * (next[1] - b[1]) == (b[1] - a[1]) * (next[0] - b[0])
            && (b[0] - a[0]) * (next[0] - b[0]) + (b[1] - a[1]) * (next[1] - b[1]) > 0
        {
            corners.pop();
        }
        corners.push(next);
    }
    while corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    let degrees = |c: &[i64; 2]| c.map(|v| v as f64 * COARSE);
    (corners.len() > 2).then(|| corners.iter().map(degrees).collect())
}

fn area(ring: &Corners) -> f64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0
}

/// The centre of gravity.
fn centre(ring: &Corners) -> Point {
    let area = area(ring);
    let mut sum = [0.0, 0.0];
    for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
        let cross = a[0] * b[1] - b[0] * a[1];
        sum[0] += (a[0] + b[0]) * cross;
        sum[1] += (a[1] + b[1]) * cross;
    }
    if area.abs() < 1e-12 {
        let first = ring.first().copied().unwrap_or_default();
        return Point { lat: first[1], lon: first[0] };
    }
    Point { lat: sum[1] / (6.0 * area), lon: sum[0] / (6.0 * area) }
}

/// Corners of the circle that a commune without neighbours would be.
const CIRCLE: usize = 28;
/// How much farther than its circle a commune reaches at most where it has no neighbour.
const REACH: f64 = 1.35;

/// `metres`: metres of a degree of longitude and latitude here. `radius`: of each unit's area, in metres.
pub(super) fn from_centroids(units: &[Unit], radius: &[f64], metres: [f64; 2]) -> Vec<Shape> {
    let flat = |u: &Unit| [u.lon * metres[0], u.lat * metres[1]];
    let centres: Vec<[f64; 2]> = units.iter().map(flat).collect();
    let shapes = units.iter().enumerate().map(|(i, unit)| {
        let c = centres[i];
        let corner = |n: usize| {
            let angle = n as f64 / CIRCLE as f64 * std::f64::consts::TAU;
            [c[0] + radius[i] * REACH * angle.cos(), c[1] + radius[i] * REACH * angle.sin()]
        };
        let mut polygon: Corners = (0..CIRCLE).map(corner).collect();
        for (j, other) in centres.iter().enumerate().filter(|(j, _)| *j != i) {
            let across = [other[0] - c[0], other[1] - c[1]];
            // Where distance / radius^0.75 is the same to both: as `Areas` decides.
            let (mine, theirs) = (radius[i].powf(0.75), radius[j].powf(0.75));
            let part = mine / (mine + theirs);
            polygon = cut(&polygon, [c[0] + across[0] * part, c[1] + across[1] * part], across);
        }
        let degrees = |p: [f64; 2]| [p[0] / metres[0], p[1] / metres[1]];
        let rings = if polygon.len() > 2 { vec![polygon.into_iter().map(degrees).collect()] } else { Vec::new() };
        Shape::new(&unit.code, rings, unit.centroid())
    });
    shapes.collect()
}

/// What of a convex polygon lies on the near side of a line through `at` across `direction`.
fn cut(polygon: &Corners, at: [f64; 2], direction: [f64; 2]) -> Corners {
    let side = |p: &[f64; 2]| (p[0] - at[0]) * direction[0] + (p[1] - at[1]) * direction[1];
    let mut out = Corners::with_capacity(polygon.len() + 1);
    for (a, b) in polygon.iter().zip(polygon.iter().cycle().skip(1)) {
        let (from, to) = (side(a), side(b));
        if from <= 0.0 {
            out.push(*a);
        }
        if (from < 0.0) != (to < 0.0) && from != to {
            let part = from / (from - to);
            out.push([a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inside by the even-odd rule.
    fn holds(shape: &Shape, p: Point) -> bool {
        let crosses = |ring: &Corners| {
            ring.iter()
                .zip(ring.iter().cycle().skip(1))
                .filter(|(a, b)| {
                    (a[1] > p.lat) != (b[1] > p.lat) && p.lon < a[0] + (b[0] - a[0]) * (p.lat - a[1]) / (b[1] - a[1])
                })
                .count()
        };
        shape.rings.iter().map(crosses).sum::<usize>() % 2 == 1
    }

    #[test]
    fn r10_without_outlines_every_commune_is_drawn_around_its_centroid_and_none_over_another() {
        let province = crate::province::Province::new(1, crate::testing::pack(), None);
        let shapes = province.areas().shapes();
        assert_eq!(shapes.len(), province.pack.units.len());
        for (shape, unit) in shapes.iter().zip(&province.pack.units) {
            assert!(holds(shape, unit.centroid()), "{}", unit.name);
            assert!(shapes.iter().filter(|s| holds(s, unit.centroid())).count() == 1, "{}", unit.name);
            assert_eq!(province.locate(unit.centroid()).commune.as_deref(), Some(unit.code.as_str()));
        }
        // The picture agrees with the decision nearly everywhere.
        let b = province.pack.province.map.bounds();
        let (mut drawn, mut same) = (0, 0);
        for n in 0..10_000 {
            let (x, y) = (f64::from(n % 100) / 100.0, f64::from(n / 100) / 100.0);
            let p = Point { lat: b.south + (b.north - b.south) * y, lon: b.west + (b.east - b.west) * x };
            let Some(shape) = shapes.iter().find(|s| holds(s, p)) else { continue };
            drawn += 1;
            same += usize::from(province.locate(p).commune.as_deref() == Some(shape.code.as_str()));
        }
        assert!(drawn > 3_000 && same * 100 > drawn * 85, "{same} of {drawn}");
    }

    #[test]
    fn r10_outlines_are_drawn_coarsely_and_keep_their_neighbours() {
        let e = |v: f64| (v * SCALE) as i32;
        let ring = vec![
            [e(106.0), e(17.0)],
            [e(106.00004), e(17.0)],
            [e(106.05), e(17.0)],
            [e(106.1), e(17.0)],
            [e(106.1), e(17.1)],
            [e(106.0), e(17.1)],
        ];
        let drawn = coarse(&ring).unwrap();
        assert_eq!(drawn.len(), 4, "{drawn:?}");
        assert!((centre(&drawn).lat - 17.05).abs() < 1e-6);
        assert_eq!(coarse(&[[e(106.0), e(17.0)], [e(106.0001), e(17.0)], [e(106.0001), e(17.0001)]]), None);
    }
}
