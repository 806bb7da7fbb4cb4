//! Questions to the picture. Up to `KEPT_ZOOM` the sums of a filter are kept and follow every change, so that the whole
//! province costs no more than its clusters; nearer, the box is small and its reports are summed on the way.

use super::picture::{Dot, NOWHERE, Picture, SCALE, Scaled, Want};
use crate::{packs::Bounds, reports::views::PublicFilter};
use base::clock::{MINUTE, Millis};
use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};

/// Up to here sums are kept.
const KEPT_ZOOM: u8 = 12;
/// Instead of a zoom: sums by commune.
pub const COMMUNES: u8 = u8::MAX;
/// Filters × zooms of which sums are kept.
const KEPT: usize = 48;
/// A screen is at most this wide and high, in pixels of 256-pixel tiles.
const WIDEST: f64 = 3_000.0;
/// Pixels of a cluster's square.
const SQUARE: f64 = 72.0;
pub const CLOSEST: u8 = 19;

/// How many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    pub all: u32,
    pub open: u32,
}

/// Something to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spot<'a> {
    /// One report. `code` has ten digits.
    One { code: u64, lat: f64, lon: f64, category: &'a str, open: bool, created_at: Millis },
    /// Several, in their middle.
    Many { count: Count, lat: f64, lon: f64 },
}

/// What was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// Reports in the box, with a point.
    pub count: Count,
    /// Not all single reports were told.
    pub more: bool,
    pub generation: u64,
}

/// The zoom, or a smaller one at which the box still fits a large screen: nobody asks for a million dots at once.
pub fn fitting(bounds: &Bounds, zoom: u8) -> u8 {
    let degrees = (bounds.east - bounds.west).max(bounds.north - bounds.south).max(1e-6);
    let widest = (WIDEST * 360.0 / 256.0 / degrees).log2().floor().clamp(0.0, f64::from(CLOSEST));
    zoom.min(CLOSEST).min(widest as u8)
}

/// The side of a cluster's square in ten-thousandths of a degree.
fn side(zoom: u8) -> i32 {
    ((SQUARE * 360.0 / 256.0 * SCALE) / f64::from(1u32 << zoom.min(CLOSEST))).round().max(1.0) as i32
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    all: u32,
    open: u32,
    lat: i64,
    lon: i64,
    /// All places combined by exclusive or: with one report, its place.
    at: u32,
}

impl Sum {
    fn count(&mut self, dot: &Dot, at: u32, sign: i32) {
        self.all = self.all.wrapping_add_signed(sign);
        self.open = self.open.wrapping_add_signed(if dot.open { sign } else { 0 });
        self.lat += i64::from(sign) * i64::from(dot.lat);
        self.lon += i64::from(sign) * i64::from(dot.lon);
        self.at ^= at;
    }
}

type Cells = HashMap<(i32, i32), Sum>;

/// The sums of one filter at one zoom.
pub struct Table {
    want: Want,
    zoom: u8,
    side: i32,
    cells: Cells,
    used: AtomicU64,
}

impl Table {
    pub fn new(want: Want, zoom: u8) -> Self {
        Self { want, zoom, side: side(zoom), cells: Cells::new(), used: AtomicU64::new(0) }
    }

    pub fn count(&mut self, dot: &Dot, at: u32, sign: i32) {
        let by_commune = self.zoom == COMMUNES;
        if !self.want.takes(dot) || (dot.lat == NOWHERE && !by_commune) {
            return;
        }
        let cell = if by_commune {
            (i32::from(dot.commune), 0)
        } else {
            (dot.lat.div_euclid(self.side), dot.lon.div_euclid(self.side))
        };
        let sum = self.cells.entry(cell).or_default();
        sum.count(dot, at, sign);
        if sum.all == 0 {
            self.cells.remove(&cell);
        }
    }
}

/// Sums that are being made: of the dots before `upto`, whose changes they follow already.
pub struct Making {
    pub table: Table,
    pub upto: usize,
}

#[derive(Default)]
pub struct Tables {
    kept: Vec<Table>,
    making: Option<Making>,
    clock: AtomicU64,
}

impl Tables {
    pub fn count(&mut self, dot: &Dot, at: u32, sign: i32) {
        self.kept.iter_mut().for_each(|table| table.count(dot, at, sign));
        if let Some(making) = self.making.as_mut().filter(|m| (at as usize) < m.upto) {
            making.table.count(dot, at, sign);
        }
    }

    /// What was begun of these sums; others that were begun are given up.
    pub fn making(&mut self, want: Want, zoom: u8) -> Making {
        let begun = self.making.take().filter(|m| m.table.zoom == zoom && m.table.want == want);
        begun.unwrap_or_else(|| Making { table: Table::new(want, zoom), upto: 0 })
    }

    pub fn put(&mut self, making: Making, is_done: bool) {
        if is_done {
            self.keep(making.table);
        } else {
            self.making = Some(making);
        }
    }

    fn find(&self, want: Want, zoom: u8) -> Option<&Table> {
        self.kept.iter().find(|t| t.zoom == zoom && t.want == want)
    }

    pub fn lacks(&self, want: Want, zoom: u8) -> bool {
        (zoom <= KEPT_ZOOM || zoom == COMMUNES) && self.find(want, zoom).is_none()
    }

    /// Keeps one more; the one that was not used for the longest time goes.
    fn keep(&mut self, table: Table) {
        if self.kept.len() >= KEPT {
            let oldest = self.kept.iter().enumerate().min_by_key(|(_, t)| t.used.load(Ordering::Relaxed));
            if let Some((at, _)) = oldest {
                self.kept.swap_remove(at);
            }
        }
        table.used.store(self.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        self.kept.push(table);
    }

    fn used(&self, want: Want, zoom: u8) -> Option<&Table> {
        let table = self.find(want, zoom)?;
        table.used.store(self.clock.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Some(table)
    }
}

impl Picture {
    fn one(&self, at: u32) -> Option<Spot<'_>> {
        let dot = self.dots.get(at as usize)?;
        Some(Spot::One {
            code: dot.code,
            lat: f64::from(dot.lat) / SCALE,
            lon: f64::from(dot.lon) / SCALE,
            category: self.categories.name(dot.category),
            open: dot.open,
            created_at: i64::from(dot.created) * MINUTE,
        })
    }

    fn nothing(&self) -> Found {
        Found { count: Count::default(), more: false, generation: self.generation }
    }

    /// `zoom` fits the box (`fitting`), and the sums it needs are made (`prepare`).
    pub fn clusters<'a>(
        &'a self,
        f: &PublicFilter,
        bounds: &Bounds,
        zoom: u8,
        mut tell: impl FnMut(Spot<'a>),
    ) -> Found {
        let mut found = self.nothing();
        let Some(want) = self.want(f) else { return found };
        let (b, side) = (Scaled::of(bounds), side(zoom));
        let mut show = |sum: &Sum| {
            found.count.all += sum.all;
            found.count.open += sum.open;
            let n = f64::from(sum.all.max(1)) * SCALE;
            let many = Spot::Many {
                count: Count { all: sum.all, open: sum.open },
                lat: sum.lat as f64 / n,
                lon: sum.lon as f64 / n,
            };
            tell(if sum.all == 1 { self.one(sum.at).unwrap_or(many) } else { many });
        };
        if zoom <= KEPT_ZOOM {
            // Whole squares, so that a cluster does not change while one moves the map.
            let rows = b.south.div_euclid(side)..=b.north.div_euclid(side);
            let columns = b.west.div_euclid(side)..=b.east.div_euclid(side);
            if let Some(table) = self.tables.used(want, zoom) {
                for (_, sum) in table.cells.iter().filter(|((y, x), _)| rows.contains(y) && columns.contains(x)) {
                    show(sum);
                }
            }
            return found;
        }
        let snapped = Scaled {
            west: b.west.div_euclid(side) * side,
            south: b.south.div_euclid(side) * side,
            east: b.east.div_euclid(side) * side + side - 1,
            north: b.north.div_euclid(side) * side + side - 1,
        };
        let mut cells = Cells::new();
        for at in self.grid.within(&snapped) {
            let dot = &self.dots[at as usize];
            if want.takes(dot) && snapped.holds(dot.lat, dot.lon) {
                cells.entry((dot.lat.div_euclid(side), dot.lon.div_euclid(side))).or_default().count(dot, at, 1);
            }
        }
        cells.values().for_each(show);
        found
    }

    pub fn points<'a>(
        &'a self,
        f: &PublicFilter,
        bounds: &Bounds,
        most: usize,
        mut tell: impl FnMut(Spot<'a>),
    ) -> Found {
        let mut found = self.nothing();
        let Some(want) = self.want(f) else { return found };
        let b = Scaled::of(bounds);
        let mut told = 0;
        for at in self.grid.within(&b) {
            let dot = &self.dots[at as usize];
            if !want.takes(dot) || !b.holds(dot.lat, dot.lon) {
                continue;
            }
            if told == most {
                found.more = true;
                break;
            }
            told += 1;
            found.count.all += 1;
            found.count.open += u32::from(dot.open);
            if let Some(one) = self.one(at) {
                tell(one);
            }
        }
        found
    }

    pub fn by_commune(&self, f: &PublicFilter) -> Vec<(String, Count)> {
        let table = self.want(f).and_then(|want| self.tables.used(want, COMMUNES));
        table.map_or_else(Vec::new, |table| {
            let name = |n: i32| self.communes.name(u16::try_from(n).unwrap_or(u16::MAX)).to_owned();
            table.cells.iter().map(|((n, _), s)| (name(*n), Count { all: s.all, open: s.open })).collect()
        })
    }
}
