//! Which commune a point lies in.

use super::{
    boundaries::{Boundaries, BoundaryError, SCALE, VIETNAM},
    grid::Grid,
    shapes::{self, Shape},
};
use crate::packs::{Bounds, Unit};
use base::geo::Point;
use rstar::{
    PointDistance, RTree,
    primitives::{GeomWithData, Line},
};
use serde::Serialize;

/// How far outside every outline a point may lie and still be given to the nearest commune: beaches, river mouths, gaps and
/// simplified borders. Beyond it the point is at sea or in another province or country.
pub const NEAR_METRES: f64 = 3_000.0;

/// How sure the commune of a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "how")]
pub enum How {
    /// Within the commune's outline; when approximate, within the circle of its area.
    Inside,
    /// In no commune, this far (rounded) from the nearest one's border; when approximate, from its circle.
    Nearest { metres: u32 },
    /// In no commune and not near one.
    Outside,
}

/// The answer to "which commune?".
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Location {
    /// The code; `None` exactly when `how` is [`How::Outside`].
    pub commune: Option<String>,
    #[serde(flatten)]
    pub how: How,
    /// Estimated from centroids because no official boundaries were imported: say so, and let people correct it.
    pub approximate: bool,
}

/// The communes' areas, ready for look-ups.
pub struct Areas {
    codes: Vec<String>,
    shapes: Shapes,
    drawn: Vec<Shape>,
}

enum Shapes {
    Outlines { grid: Box<Grid>, borders: RTree<GeomWithData<Line<[f64; 2]>, u16>>, flat: Flat },
    Circles { circles: Vec<Circle>, bounds: Bounds, flat: Flat },
}

/// A commune as a circle of its area around its centroid.
struct Circle {
    centre: [f64; 2],
    radius: f64,
    /// radius^1.5, by which squared distances are divided.
    weight: f64,
}

/// Degrees to metres on a plane that touches the province: good to 0.5 % over 200 km, and straight lines stay straight.
#[derive(Clone, Copy)]
struct Flat {
    metres_per_degree: [f64; 2],
}

impl Flat {
    fn at(latitude: f64) -> Self {
        Self { metres_per_degree: [111_320.0 * latitude.to_radians().cos(), 110_574.0] }
    }

    fn point(&self, lat: f64, lon: f64) -> [f64; 2] {
        [lon * self.metres_per_degree[0], lat * self.metres_per_degree[1]]
    }
}

impl Areas {
    /// Approximate areas where no boundaries were imported: each commune is a circle of its published area around its
    /// centroid, and a point within the province's bounds belongs to the circle with the least distance / radius^0.75.
    /// Measured on the real outlines of two provinces: the right commune for about 4 of 5 points (plain distance and
    /// distance / radius do worse in one province or for large communes).
    pub fn from_centroids(units: &[Unit], bounds: &Bounds) -> Self {
        let flat = Flat::at((bounds.south + bounds.north) / 2.0);
        let known: Vec<f64> = units.iter().filter_map(|unit| unit.area_km2).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        let circle = |unit: &Unit| {
            let radius = (unit.area_km2.unwrap_or(mean.max(1.0)) / std::f64::consts::PI).sqrt() * 1_000.0;
            Circle { centre: flat.point(unit.lat, unit.lon), radius, weight: radius.powf(1.5) }
        };
        let circles: Vec<Circle> = units.iter().map(circle).collect();
        let radius: Vec<f64> = circles.iter().map(|c| c.radius).collect();
        Self {
            codes: units.iter().map(|unit| unit.code.clone()).collect(),
            drawn: shapes::from_centroids(units, &radius, flat.metres_per_degree),
            shapes: Shapes::Circles { circles, bounds: *bounds, flat },
        }
    }

    /// The areas of checked boundaries.
    pub fn from_boundaries(boundaries: &Boundaries) -> Self {
        let outlines: Vec<_> = boundaries.outlines.iter().map(|(_, rings)| rings.as_slice()).collect();
        let latitudes = || outlines.iter().copied().flatten().flatten().map(|corner| f64::from(corner[1]) / SCALE);
        let (south, north) = (latitudes().fold(90.0, f64::min), latitudes().fold(-90.0, f64::max));
        let flat = Flat::at((south + north) / 2.0);
        let place = |corner: [i32; 2]| flat.point(f64::from(corner[1]) / SCALE, f64::from(corner[0]) / SCALE);
        let mut borders = Vec::new();
        for (outline, rings) in (0_u16..).zip(&outlines) {
            for ring in rings.iter() {
                let next = ring.iter().cycle().skip(1);
                let lines = ring.iter().zip(next).map(|(a, b)| Line::new(place(*a), place(*b)));
                borders.extend(lines.map(|line| GeomWithData::new(line, outline)));
            }
        }
        Self {
            codes: boundaries.codes().map(str::to_owned).collect(),
            drawn: shapes::from_boundaries(boundaries),
            shapes: Shapes::Outlines { grid: Box::new(Grid::new(&outlines)), borders: RTree::bulk_load(borders), flat },
        }
    }

    /// Reads the official boundary file; see [`Boundaries::from_geojson`].
    pub fn from_geojson(bytes: &[u8], units: &[Unit]) -> Result<Self, Vec<BoundaryError>> {
        Boundaries::from_geojson(bytes, units).map(|boundaries| Self::from_boundaries(&boundaries))
    }

    /// Whether the areas are estimated from centroids.
    pub fn is_approximate(&self) -> bool {
        matches!(self.shapes, Shapes::Circles { .. })
    }

    /// The communes as they are drawn, in the order of the units.
    pub fn shapes(&self) -> &[Shape] {
        &self.drawn
    }

    /// The commune of a point. Points in no commune get the nearest within [`NEAR_METRES`].
    pub fn locate(&self, point: Point) -> Location {
        let (outline, how) = match &self.shapes {
            Shapes::Outlines { grid, borders, flat } => in_outlines(grid, borders, *flat, point),
            Shapes::Circles { circles, bounds, flat } => in_circles(circles, bounds, *flat, point),
        };
        let commune = outline.and_then(|at| self.codes.get(at)).cloned();
        Location { commune, how, approximate: self.is_approximate() }
    }
}

fn in_outlines(
    grid: &Grid,
    borders: &RTree<GeomWithData<Line<[f64; 2]>, u16>>,
    flat: Flat,
    Point { lat, lon }: Point,
) -> (Option<usize>, How) {
    // Also refuses what is no number; what remains fits into the stored integers.
    if !(VIETNAM[1]..=VIETNAM[3]).contains(&lat) || !(VIETNAM[0]..=VIETNAM[2]).contains(&lon) {
        return (None, How::Outside);
    }
    if let Some(outline) = grid.find((lon * SCALE).round() as i32, (lat * SCALE).round() as i32) {
        return (Some(usize::from(outline)), How::Inside);
    }
    let point = flat.point(lat, lon);
    let nearest = borders.nearest_neighbor(point).map(|border| (border.data, border.distance_2(&point).sqrt()));
    match nearest {
        Some((outline, metres)) if metres <= NEAR_METRES => {
            (Some(usize::from(outline)), How::Nearest { metres: metres.round() as u32 })
        }
        _ => (None, How::Outside),
    }
}

fn in_circles(circles: &[Circle], bounds: &Bounds, flat: Flat, point: Point) -> (Option<usize>, How) {
    if !bounds.contains(point) {
        return (None, How::Outside);
    }
    let point = flat.point(point.lat, point.lon);
    let square = |circle: &Circle| (circle.centre[0] - point[0]).powi(2) + (circle.centre[1] - point[1]).powi(2);
    let weighted = circles.iter().map(|circle| square(circle) / circle.weight);
    let Some((at, _)) = weighted.enumerate().min_by(|(_, a), (_, b)| a.total_cmp(b)) else {
        return (None, How::Outside);
    };
    let circle = &circles[at];
    let beyond = square(circle).sqrt() - circle.radius;
    // Communes are no circles: long ones reach twice their radius, so that the limit grows with the commune.
    if beyond <= 0.0 {
        (Some(at), How::Inside)
    } else if beyond <= circle.radius + NEAR_METRES {
        (Some(at), How::Nearest { metres: beyond.round() as u32 })
    } else {
        (None, How::Outside)
    }
}
