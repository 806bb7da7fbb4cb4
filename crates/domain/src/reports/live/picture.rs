//! The rows of the picture: kept small, found by their number, by their place, and in the order of their numbers.

use super::{super::fresh::Mark, super::views::PublicFilter, clusters::Tables};
use crate::packs::Bounds;
use base::{
    clock::{MINUTE, Millis},
    ids::Uuid,
};
use std::collections::HashMap;
use store::FromRow;

/// What is read of a row.
#[derive(Debug, FromRow)]
pub struct Row {
    pub seq: i64,
    pub code: String,
    pub category: String,
    pub commune: Option<String>,
    pub unit: String,
    pub lat: Option<f64>,
    pub lon: Option<f64>,
    pub open: bool,
    pub created_at: Millis,
    pub public: bool,
    pub hidden_why: Option<String>,
    pub duplicate_of: Option<Uuid>,
}

/// Ten-thousandths of a degree.
pub const SCALE: f64 = 1e4;
/// Without a point.
pub const NOWHERE: i32 = i32::MIN;
const NONE: u32 = u32::MAX;

/// A public report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dot {
    pub code: u64,
    /// Minutes since 1970.
    pub created: u32,
    /// The row's number; 0: this place is free.
    pub seq: u32,
    pub lat: i32,
    pub lon: i32,
    pub category: u16,
    pub commune: u16,
    pub unit: u16,
    pub open: bool,
}

const _: () = assert!(size_of::<Dot>() <= 32);

/// Words that repeat, as numbers.
#[derive(Default)]
pub struct Names {
    list: Vec<String>,
    index: HashMap<String, u16>,
}

impl Names {
    fn number(&mut self, name: &str) -> u16 {
        if let Some(n) = self.index.get(name) {
            return *n;
        }
        // Codes come from the province's rules: hundreds. What would not fit shares the last number.
        let n = u16::try_from(self.list.len()).unwrap_or(u16::MAX);
        if n < u16::MAX {
            self.list.push(name.to_owned());
            self.index.insert(name.to_owned(), n);
        }
        n
    }

    pub fn find(&self, name: &str) -> Option<u16> {
        self.index.get(name).copied()
    }

    pub fn name(&self, n: u16) -> &str {
        self.list.get(usize::from(n)).map_or("", String::as_str)
    }
}

/// A filter in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Want {
    category: Option<u16>,
    commune: Option<u16>,
    unit: Option<u16>,
    open: Option<bool>,
    /// Minutes since 1970.
    since: u32,
}

impl Want {
    #[inline]
    pub fn takes(&self, d: &Dot) -> bool {
        d.seq != 0
            && self.category.is_none_or(|c| c == d.category)
            && self.commune.is_none_or(|c| c == d.commune)
            && self.unit.is_none_or(|u| u == d.unit)
            && self.open.is_none_or(|o| o == d.open)
            && d.created >= self.since
    }
}

/// Cells of about 500 m; each knows its reports.
pub struct Grid {
    west: i32,
    south: i32,
    step: i32,
    pub columns: i32,
    pub rows: i32,
    pub cells: Vec<Vec<u32>>,
}

impl Grid {
    fn new(bounds: &Bounds) -> Self {
        const MOST: i32 = 700;
        let scaled = |v: f64| (v * SCALE).round() as i32;
        let (west, south) = (scaled(bounds.west), scaled(bounds.south));
        let (width, height) = (scaled(bounds.east) - west, scaled(bounds.north) - south);
        let step = (width.max(height) / MOST + 1).max(50);
        let (columns, rows) = (width / step + 1, height / step + 1);
        Self { west, south, step, columns, rows, cells: vec![Vec::new(); (columns * rows) as usize] }
    }

    /// What lies outside the province's rectangle belongs to its edge.
    fn cell(&self, lat: i32, lon: i32) -> usize {
        let column = (lon.saturating_sub(self.west) / self.step).clamp(0, self.columns - 1);
        let row = (lat.saturating_sub(self.south) / self.step).clamp(0, self.rows - 1);
        (row * self.columns + column) as usize
    }

    /// The reports of all cells that touch a box.
    pub fn within(&self, b: &Scaled) -> impl Iterator<Item = u32> + '_ {
        let (first, last) = (self.cell(b.south, b.west), self.cell(b.north, b.east));
        let columns = self.columns as usize;
        let (left, right) = (first % columns, last % columns);
        (first / columns..=last / columns)
            .flat_map(move |row| &self.cells[row * columns + left..=row * columns + right])
            .flatten()
            .copied()
    }
}

/// A box in ten-thousandths of a degree.
#[derive(Debug, Clone, Copy)]
pub struct Scaled {
    pub west: i32,
    pub south: i32,
    pub east: i32,
    pub north: i32,
}

impl Scaled {
    pub fn of(b: &Bounds) -> Self {
        let scaled = |v: f64| (v.clamp(-180.0, 180.0) * SCALE).round() as i32;
        let (west, south) = (scaled(b.west), scaled(b.south));
        Self { west, south, east: scaled(b.east).max(west), north: scaled(b.north).max(south) }
    }

    #[inline]
    pub fn holds(&self, lat: i32, lon: i32) -> bool {
        (self.south..=self.north).contains(&lat) && (self.west..=self.east).contains(&lon)
    }
}

/// Reports that are summed under one lock.
const SUMMED_AT_ONCE: usize = 32_768;

/// All public reports.
pub struct Picture {
    pub dots: Vec<Dot>,
    free: Vec<u32>,
    /// Row number → place in `dots`.
    places: Vec<u32>,
    pub grid: Grid,
    pub categories: Names,
    pub communes: Names,
    pub units: Names,
    pub tables: Tables,
    pub generation: u64,
    pub mark: Mark,
}

impl Picture {
    pub fn new(bounds: &Bounds, generation: u64) -> Self {
        Self {
            dots: Vec::new(),
            free: Vec::new(),
            places: Vec::new(),
            grid: Grid::new(bounds),
            categories: Names::default(),
            communes: Names::default(),
            units: Names::default(),
            tables: Tables::default(),
            generation,
            mark: Mark::default(),
        }
    }

    /// After everything was read: gives back what growing took.
    pub fn settle(&mut self) {
        self.dots.shrink_to_fit();
        self.places.shrink_to_fit();
        self.grid.cells.iter_mut().for_each(Vec::shrink_to_fit);
    }

    /// Takes in a row as it is now.
    pub fn take(&mut self, row: &Row) {
        let Ok(seq) = u32::try_from(row.seq) else { return };
        let at = self.places.get(seq as usize).copied().filter(|at| *at != NONE);
        let dot = (row.public && row.hidden_why.is_none() && row.duplicate_of.is_none()).then(|| self.dot(seq, row));
        let old = at.map(|at| self.dots[at as usize]);
        if dot == old {
            return;
        }
        self.generation = self.generation.wrapping_add(1);
        if let Some(at) = at {
            self.remove(at);
        }
        if let Some(dot) = dot {
            self.insert(dot);
        }
    }

    fn dot(&mut self, seq: u32, row: &Row) -> Dot {
        let place = row.lat.zip(row.lon).map(|(lat, lon)| ((lat * SCALE).round() as i32, (lon * SCALE).round() as i32));
        let (lat, lon) = place.unwrap_or((NOWHERE, NOWHERE));
        Dot {
            code: row.code.parse().unwrap_or_default(),
            created: u32::try_from(row.created_at / MINUTE).unwrap_or_default(),
            seq,
            lat,
            lon,
            category: self.categories.number(&row.category),
            commune: self.communes.number(row.commune.as_deref().unwrap_or_default()),
            unit: self.units.number(&row.unit),
            open: row.open,
        }
    }

    fn insert(&mut self, dot: Dot) {
        let at = match self.free.pop() {
            Some(at) => {
                self.dots[at as usize] = dot;
                at
            }
            None => {
                self.dots.push(dot);
                (self.dots.len() - 1) as u32
            }
        };
        let seq = dot.seq as usize;
        if self.places.len() <= seq {
            self.places.resize(seq + 1, NONE);
        }
        self.places[seq] = at;
        if dot.lat != NOWHERE {
            let cell = self.grid.cell(dot.lat, dot.lon);
            self.grid.cells[cell].push(at);
        }
        self.tables.count(&dot, at, 1);
    }

    fn remove(&mut self, at: u32) {
        let dot = self.dots[at as usize];
        self.tables.count(&dot, at, -1);
        if dot.lat != NOWHERE {
            let cell = self.grid.cell(dot.lat, dot.lon);
            if let Some(i) = self.grid.cells[cell].iter().position(|a| *a == at) {
                self.grid.cells[cell].swap_remove(i);
            }
        }
        self.places[dot.seq as usize] = NONE;
        self.dots[at as usize].seq = 0;
        self.free.push(at);
    }

    /// A filter in numbers; `None` when no report can have it.
    pub fn want(&self, f: &PublicFilter) -> Option<Want> {
        let known = |names: &Names, name: &Option<String>| match name {
            None => Some(None),
            Some(name) => names.find(name).map(Some),
        };
        Some(Want {
            category: known(&self.categories, &f.category)?,
            commune: known(&self.communes, &f.commune)?,
            unit: known(&self.units, &f.unit)?,
            open: f.open,
            since: f.since.map_or(0, |at| u32::try_from(at.max(0) / MINUTE).unwrap_or(u32::MAX)),
        })
    }

    pub fn lacks(&self, f: &PublicFilter, zoom: u8) -> bool {
        self.want(f).is_some_and(|want| self.tables.lacks(want, zoom))
    }

    /// Goes on making the sums for a filter and zoom; true when they are made.
    pub fn prepare_some(&mut self, f: &PublicFilter, zoom: u8) -> bool {
        let Some(want) = self.want(f).filter(|want| self.tables.lacks(*want, zoom)) else { return true };
        let mut making = self.tables.making(want, zoom);
        let end = self.dots.len().min(making.upto + SUMMED_AT_ONCE);
        for at in making.upto..end {
            making.table.count(&self.dots[at], at as u32, 1);
        }
        making.upto = end;
        let is_done = end == self.dots.len();
        self.tables.put(making, is_done);
        is_done
    }

    /// Makes them in one go.
    #[cfg(test)]
    pub fn prepare(&mut self, f: &PublicFilter, zoom: u8) {
        while !self.prepare_some(f, zoom) {}
    }
}
