//! Point in polygon for many polygons at once, exact and in well below a microsecond.
//!
//! The province is cut into cells. A cell without a border knows its commune. A cell with borders knows, for its centre, which
//! communes hold it, and the pieces of border within the cell: whoever walks from the centre to the point, first along the
//! parallel and then along the meridian, changes sides at each piece that is crossed, and both legs stay within the cell. So
//! few edges are looked at, however detailed the outlines are.
//!
//! All arithmetic is on whole numbers and exact. A point on a border is moved by an imaginary east-north-east hair
//! (x + ε, y + ε², ε → 0), so that of two communes that share a border exactly one has it.

use super::boundaries::Ring;

/// A piece of border: from (x1, y1) to (x2, y2).
#[derive(Clone, Copy)]
struct Edge {
    x1: i32,
    y1: i32,
    x2: i32,
    y2: i32,
}

/// The edges of one outline within one cell.
struct Group {
    outline: u16,
    /// Whether the cell's centre lies inside this outline.
    holds_centre: bool,
    /// First edge and the one after the last.
    edges: (u32, u32),
}

#[derive(Clone, Copy)]
enum Cell {
    /// No border here; the outline it lies in.
    Whole(Option<u16>),
    /// First group and the one after the last.
    Cut(u32, u32),
}

/// The lookup. Outlines are known by their index.
pub(super) struct Grid {
    west: i64,
    south: i64,
    /// Size of a cell.
    size: (i64, i64),
    columns: i64,
    rows: i64,
    cells: Vec<Cell>,
    groups: Vec<Group>,
    edges: Vec<Edge>,
}

impl Grid {
    /// Builds the lookup; outlines are at most 65,535.
    pub(super) fn new(outlines: &[&[Ring]]) -> Self {
        let corners = || outlines.iter().flat_map(|rings| rings.iter()).flatten();
        let span = |axis: usize| {
            let (low, high) = corners().fold((i64::MAX, i64::MIN), |(low, high), corner| {
                let value = i64::from(corner[axis]);
                (low.min(value), high.max(value))
            });
            if low > high { (0, 0) } else { (low, high) }
        };
        let ((west, east), (south, north)) = (span(0), span(1));
        // About as many cells as edges: then most cells are whole and a cut one has a handful of edges.
        let side = ((corners().count() as f64).sqrt() * 1.5).clamp(32.0, 512.0) as i64;
        let size = ((east - west) / side + 1, (north - south) / side + 1);
        let (columns, rows) = ((east - west) / size.0 + 1, (north - south) / size.1 + 1);
        let mut grid = Self { west, south, size, columns, rows, cells: vec![], groups: vec![], edges: vec![] };

        // (cell, outline, edge) of each piece of border, and (cell, outline) of each outline that holds a cell's centre.
        let mut pieces: Vec<(u32, u16, Edge)> = Vec::new();
        let mut centres: Vec<(u32, u16)> = Vec::new();
        for (outline, rings) in (0_u16..).zip(outlines) {
            let edges = || rings.iter().flat_map(edges_of);
            for edge in edges() {
                grid.cells_of(edge, |cell| pieces.push((cell, outline, edge)));
            }
            grid.centres_in(edges(), |cell| centres.push((cell, outline)));
        }
        pieces.sort_unstable_by_key(|(cell, outline, _)| (*cell, *outline));
        centres.sort_unstable();

        let (mut pieces, mut centres) = (pieces.into_iter().peekable(), centres.into_iter().peekable());
        for cell in 0..(columns * rows) as u32 {
            let mut holders = Vec::new();
            while let Some((_, outline)) = centres.next_if(|(at, _)| *at == cell) {
                holders.push(outline);
            }
            if pieces.peek().is_none_or(|(at, ..)| *at != cell) {
                grid.cells.push(Cell::Whole(holders.first().copied()));
                continue;
            }
            let first = grid.groups.len() as u32;
            while let Some((_, outline, edge)) = pieces.next_if(|(at, ..)| *at == cell) {
                let at = grid.edges.len() as u32;
                grid.edges.push(edge);
                match grid.groups[first as usize..].last_mut() {
                    Some(group) if group.outline == outline => group.edges.1 = at + 1,
                    _ => {
                        let holds_centre = holders.contains(&outline);
                        grid.groups.push(Group { outline, holds_centre, edges: (at, at + 1) });
                    }
                }
            }
            // An outline around the whole cell in which others have borders: outlines overlap.
            for outline in holders {
                if !grid.groups[first as usize..].iter().any(|group| group.outline == outline) {
                    grid.groups.push(Group { outline, holds_centre: true, edges: (0, 0) });
                }
            }
            grid.cells.push(Cell::Cut(first, grid.groups.len() as u32));
        }
        grid
    }

    /// The outline a point lies in; where outlines overlap, one of them, always the same.
    pub(super) fn find(&self, x: i32, y: i32) -> Option<u16> {
        let (x, y) = (i64::from(x), i64::from(y));
        let (column, row) = ((x - self.west).div_euclid(self.size.0), (y - self.south).div_euclid(self.size.1));
        if !(0..self.columns).contains(&column) || !(0..self.rows).contains(&row) {
            return None;
        }
        match self.cells[(row * self.columns + column) as usize] {
            Cell::Whole(outline) => outline,
            Cell::Cut(first, end) => {
                let centre = self.centre(column, row);
                let holds = |group: &&Group| {
                    let edges = &self.edges[group.edges.0 as usize..group.edges.1 as usize];
                    edges.iter().fold(group.holds_centre, |inside, edge| inside ^ edge.parts(centre, (x, y)))
                };
                self.groups[first as usize..end as usize].iter().find(holds).map(|group| group.outline)
            }
        }
    }

    fn centre(&self, column: i64, row: i64) -> (i64, i64) {
        (self.west + column * self.size.0 + self.size.0 / 2, self.south + row * self.size.1 + self.size.1 / 2)
    }

    /// Tells every cell that an edge touches (and at most a neighbour more).
    fn cells_of(&self, edge: Edge, mut tell: impl FnMut(u32)) {
        let (x1, y1, x2, y2) = (i64::from(edge.x1), i64::from(edge.y1), i64::from(edge.x2), i64::from(edge.y2));
        let row_of = |y: i64| (y - self.south) / self.size.1;
        let column_of = |x: i64| ((x - self.west) / self.size.0).clamp(0, self.columns - 1);
        for row in row_of(y1.min(y2))..=row_of(y1.max(y2)) {
            let (mut left, mut right) = (x1.min(x2), x1.max(x2));
            if y1 != y2 {
                // Where the edge enters and leaves the row, one unit of rounding wider.
                let low = self.south + row * self.size.1;
                let at = |y: i64| x1 + (y.clamp(y1.min(y2), y1.max(y2)) - y1) * (x2 - x1) / (y2 - y1);
                let (a, b) = (at(low), at(low + self.size.1));
                (left, right) = (left.max(a.min(b) - 1), right.min(a.max(b) + 1));
            }
            for column in column_of(left)..=column_of(right) {
                tell((row * self.columns + column) as u32);
            }
        }
    }

    /// Tells every cell whose centre lies inside an outline: along each row of centres, between the crossings of its edges.
    fn centres_in(&self, edges: impl Iterator<Item = Edge>, mut tell: impl FnMut(u32)) {
        let mut crossings: Vec<(i64, i64)> = Vec::new(); // (row, column from which on centres lie east of the crossing)
        for edge in edges {
            let (low, high) = (i64::from(edge.y1.min(edge.y2)), i64::from(edge.y1.max(edge.y2)));
            let first = (low - self.south) / self.size.1 - 1;
            let last = (high - self.south) / self.size.1 + 1;
            for row in first.max(0)..=last.min(self.rows - 1) {
                let (start, y) = self.centre(0, row);
                if !edge.crosses_parallel(y) {
                    continue;
                }
                // The first centre that is not west of the crossing.
                let east_of = |column: i64| edge.is_west_of(start + column * self.size.0, y);
                let guess = (edge.x_at(y) - start).div_euclid(self.size.0);
                let column = (guess - 1..=guess + 2).find(|column| east_of(*column)).unwrap_or(guess + 3);
                crossings.push((row, column));
            }
        }
        crossings.sort_unstable();
        for pair in crossings.chunks_exact(2) {
            let ((row, from), (_, to)) = (pair[0], pair[1]);
            for column in from.max(0)..to.min(self.columns) {
                tell((row * self.columns + column) as u32);
            }
        }
    }
}

/// The edges of a ring, the closing one too.
fn edges_of(ring: &Ring) -> impl Iterator<Item = Edge> {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| Edge { x1: a[0], y1: a[1], x2: b[0], y2: b[1] })
}

// Coordinates lie within 30 degrees, 3·10⁸ units: products of differences fit into an i64 a hundred times over.
impl Edge {
    /// Whether walking from `from` along its parallel and then along the meridian to `to` changes sides of this edge.
    fn parts(&self, from: (i64, i64), to: (i64, i64)) -> bool {
        let along_parallel =
            self.crosses_parallel(from.1) && self.is_west_of(from.0, from.1) != self.is_west_of(to.0, from.1);
        let along_meridian = (i64::from(self.x1) > to.0) != (i64::from(self.x2) > to.0)
            && self.is_south_of(to.0, from.1) != self.is_south_of(to.0, to.1);
        along_parallel ^ along_meridian
    }

    fn crosses_parallel(&self, y: i64) -> bool {
        (i64::from(self.y1) > y) != (i64::from(self.y2) > y)
    }

    /// Whether the edge passes the parallel of a point west of it (or in it: the point is a hair further east). Only for edges
    /// that cross the parallel.
    fn is_west_of(&self, x: i64, y: i64) -> bool {
        let side = self.side(x, y);
        if self.y2 > self.y1 { side <= 0 } else { side >= 0 }
    }

    /// Whether the edge passes the meridian of a point south of it. Only for edges that cross the meridian. An edge through
    /// the point itself passes south of the hair when it does not rise eastwards.
    fn is_south_of(&self, x: i64, y: i64) -> bool {
        let side = self.side(x, y);
        let eastward = self.x2 > self.x1;
        match side {
            0 => (self.y2 > self.y1) != eastward || self.y2 == self.y1,
            side => (side > 0) == eastward,
        }
    }

    /// Positive when the point lies left of the edge as one walks it, 0 when it lies on its line.
    fn side(&self, x: i64, y: i64) -> i64 {
        let (x1, y1, x2, y2) = (i64::from(self.x1), i64::from(self.y1), i64::from(self.x2), i64::from(self.y2));
        (x2 - x1) * (y - y1) - (x - x1) * (y2 - y1)
    }

    /// Where the edge passes a parallel, rounded down somehow; only a guess for the exact test.
    fn x_at(&self, y: i64) -> i64 {
        let (x1, y1, x2, y2) = (i64::from(self.x1), i64::from(self.y1), i64::from(self.x2), i64::from(self.y2));
        x1 + (y - y1) * (x2 - x1) / (y2 - y1)
    }
}
