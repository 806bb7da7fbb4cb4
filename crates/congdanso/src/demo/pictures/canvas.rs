//! A small painter: filled outlines with soft edges on a picture of plain colours. Enough for flat illustrations, and quick
//! also in a build without optimisation.

/// A place on the drawing, in its units from the upper left corner.
pub type At = (f32, f32);

/// Red, green, blue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Colour(pub f32, pub f32, pub f32);

/// `#RRGGBB` as a number.
pub const fn hex(rgb: u32) -> Colour {
    Colour(((rgb >> 16) & 255) as f32, ((rgb >> 8) & 255) as f32, (rgb & 255) as f32)
}

impl Colour {
    /// Towards another colour; 0 is this one, 1 the other.
    pub fn mix(self, to: Self, part: f32) -> Self {
        let between = |a: f32, b: f32| a + (b - a) * part;
        Self(between(self.0, to.0), between(self.1, to.1), between(self.2, to.2))
    }

    fn bytes(self) -> [u8; 3] {
        [self.0 as u8, self.1 as u8, self.2 as u8]
    }

    pub fn darker(self, part: f32) -> Self {
        self.mix(hex(0x1c2430), part)
    }

    pub fn lighter(self, part: f32) -> Self {
        self.mix(hex(0xffffff), part)
    }
}

/// What an outline is filled with.
#[derive(Debug, Clone, Copy)]
pub enum Paint {
    Flat(Colour),
    /// From one colour at a height to another further down.
    Fade(Colour, f32, Colour, f32),
}

impl From<Colour> for Paint {
    fn from(colour: Colour) -> Self {
        Self::Flat(colour)
    }
}

impl Paint {
    fn at(self, y: f32) -> Colour {
        match self {
            Self::Flat(colour) => colour,
            Self::Fade(top, from, bottom, to) => top.mix(bottom, ((y - from) / (to - from).max(1.0)).clamp(0.0, 1.0)),
        }
    }
}

/// What one row of pixels has of an outline: its ends, and the part that is certainly covered.
struct Row {
    left: f32,
    right: f32,
    solid_from: f32,
    solid_to: f32,
}

impl Row {
    fn take(&mut self, crossings: &[(f32, i32)]) {
        if let [(first, _), .., (last, _)] = crossings {
            self.left = self.left.min(*first);
            self.right = self.right.max(*last);
        }
        match crossings {
            [(a, _), (b, _)] => {
                self.solid_from = self.solid_from.max(*a);
                self.solid_to = self.solid_to.min(*b);
            }
            // Not one piece on this level.
            _ => self.solid_to = 0.0,
        }
    }
}

/// Lines within a row of pixels: how smooth nearly level edges are.
const FINE: usize = 4;

pub struct Canvas {
    width: usize,
    height: usize,
    /// Pixels for one unit of the drawing.
    scale: f32,
    rgb: Vec<u8>,
    /// Changes of coverage along the row that is being filled.
    steps: Vec<f32>,
    /// Where the outline that is being filled crosses each fine line; kept, so that memory is asked for once.
    levels: Vec<Vec<(f32, i32)>>,
}

impl Canvas {
    /// A picture of so many pixels for drawings that are `wide` units wide.
    pub fn new(width: usize, height: usize, wide: f32) -> Self {
        Self {
            width,
            height,
            scale: width as f32 / wide,
            rgb: vec![255; width * height * 3],
            steps: vec![0.0; width + 3],
            levels: vec![Vec::new(); height * FINE],
        }
    }

    /// Fills an outline; `alpha` 1 covers what is below, 0 leaves it.
    pub fn fill(&mut self, outline: &[At], paint: impl Into<Paint>, alpha: f32) {
        let (paint, scale) = (paint.into(), self.scale);
        let outline: Vec<At> = outline.iter().map(|(x, y)| (x * scale, y * scale)).collect();
        let top = outline.iter().map(|p| p.1).fold(f32::INFINITY, f32::min).max(0.0);
        let bottom = outline.iter().map(|p| p.1).fold(f32::NEG_INFINITY, f32::max).min(self.height as f32);
        if top >= bottom {
            return;
        }
        let rows = top.floor() as usize..(bottom.ceil() as usize).min(self.height);
        self.cross(&outline, rows.start * FINE, rows.end * FINE);
        for y in rows {
            let mut row = Row { left: self.width as f32, right: 0.0, solid_from: 0.0, solid_to: self.width as f32 };
            for level in y * FINE..(y + 1) * FINE {
                let mut crossings = std::mem::take(&mut self.levels[level]);
                if crossings.len() > 2 || matches!(crossings[..], [a, b] if a.0 > b.0) {
                    crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
                }
                row.take(&crossings);
                let mut winding = 0;
                for (x, turn) in &crossings {
                    let before = winding;
                    winding += turn;
                    if before == 0 {
                        self.step(*x, 1.0 / FINE as f32);
                    } else if winding == 0 {
                        self.step(*x, -1.0 / FINE as f32);
                    }
                }
                crossings.clear();
                self.levels[level] = crossings;
            }
            self.blend(y, &row, paint.at(y as f32 / scale), alpha);
        }
    }

    /// Notes for each level where the outline crosses it and in which direction.
    fn cross(&mut self, outline: &[At], from: usize, to: usize) {
        let Some(mut a) = outline.last().copied() else { return };
        let fine = FINE as f32;
        for b in outline.iter().copied() {
            let (upper, lower, turn) = if a.1 < b.1 { (a, b, 1) } else { (b, a, -1) };
            // The levels l with upper ≤ (l + ½) / FINE < lower.
            let mut level = ((upper.1 * fine - 0.5).ceil().max(0.0) as usize).max(from);
            let end = ((lower.1 * fine - 0.5).ceil().max(0.0) as usize).min(to);
            let slope = (lower.0 - upper.0) / (lower.1 - upper.1);
            while level < end {
                let y = (level as f32 + 0.5) / fine;
                self.levels[level].push((upper.0 + (y - upper.1) * slope, turn));
                level += 1;
            }
            a = b;
        }
    }

    /// From here to the right the row is covered more (or less) by this much; a pixel cut by the edge gets its part.
    fn step(&mut self, x: f32, by: f32) {
        let x = x.clamp(0.0, self.width as f32);
        let (pixel, cut) = (x as usize, x.fract());
        self.steps[pixel] += by * (1.0 - cut);
        self.steps[pixel + 1] += by * cut;
    }

    fn blend(&mut self, y: usize, row: &Row, colour: Colour, alpha: f32) {
        let width = self.width;
        let left = (row.left.max(0.0) as usize).min(width);
        let right = (row.right.max(0.0).ceil() as usize + 1).min(width);
        // The solid middle of a simple shape is copied, not computed: most pixels of a picture are such.
        let (from, to) = (row.solid_from.max(0.0).ceil() as usize + 1, (row.solid_to.max(0.0) as usize).min(width));
        if alpha > 0.99 && from < to {
            self.blend_part(y, left, from, colour, alpha);
            let middle = &mut self.rgb[(y * width + from) * 3..(y * width + to) * 3];
            middle[..3].copy_from_slice(&colour.bytes());
            let mut done = 3;
            while done < middle.len() {
                let more = done.min(middle.len() - done);
                middle.copy_within(0..more, done);
                done += more;
            }
            // What is covered at the middle's end is all of it: the sum goes on from 1.
            self.steps[to] += 1.0;
            self.blend_part(y, to, right, colour, alpha);
        } else {
            self.blend_part(y, left, right, colour, alpha);
        }
        // What lies right of the outline must not colour the next one.
        self.steps[right] = 0.0;
        self.steps[right + 1] = 0.0;
    }

    fn blend_part(&mut self, y: usize, left: usize, right: usize, colour: Colour, alpha: f32) {
        if left >= right {
            return;
        }
        let whole = colour.bytes();
        let pixels = &mut self.rgb[(y * self.width + left) * 3..(y * self.width + right) * 3];
        let mut covered = 0.0;
        for (pixel, step) in pixels.chunks_exact_mut(3).zip(&mut self.steps[left..]) {
            covered += *step;
            *step = 0.0;
            let part = covered * alpha;
            if part > 0.995 {
                pixel.copy_from_slice(&whole);
            } else if part > 0.004 {
                let mix = |old: u8, new: f32| (f32::from(old) + (new - f32::from(old)) * part) as u8;
                pixel[0] = mix(pixel[0], colour.0);
                pixel[1] = mix(pixel[1], colour.1);
                pixel[2] = mix(pixel[2], colour.2);
            }
        }
    }

    pub fn rect(&mut self, x: f32, y: f32, w: f32, h: f32, paint: impl Into<Paint>) {
        self.fill(&[(x, y), (x + w, y), (x + w, y + h), (x, y + h)], paint, 1.0);
    }

    pub fn ellipse(&mut self, at: At, rx: f32, ry: f32, paint: impl Into<Paint>, alpha: f32) {
        self.fill(&oval(at, rx, ry), paint, alpha);
    }

    /// A line with round ends through these places.
    pub fn line(&mut self, through: &[At], width: f32, paint: impl Into<Paint>) {
        let (paint, half) = (paint.into(), width / 2.0);
        for pair in through.windows(2) {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let long = (bx - ax).hypot(by - ay).max(0.01);
            let (dx, dy) = ((by - ay) / long * half, (ax - bx) / long * half);
            self.fill(&[(ax + dx, ay + dy), (bx + dx, by + dy), (bx - dx, by - dy), (ax - dx, ay - dy)], paint, 1.0);
        }
        if width > 3.0 {
            for at in through {
                self.ellipse(*at, half, half, paint, 1.0);
            }
        }
    }

    /// `mirrored`: left becomes right, the same scene from the other side.
    pub fn into_image(self, mirrored: bool) -> Option<image::DynamicImage> {
        let image = image::RgbImage::from_raw(self.width as u32, self.height as u32, self.rgb)?;
        let image = image::DynamicImage::ImageRgb8(image);
        Some(if mirrored { image.fliph() } else { image })
    }
}

pub fn oval(at: At, rx: f32, ry: f32) -> Vec<At> {
    let corners = 12 + (rx.max(ry) / 4.0).min(36.0) as usize;
    (0..corners)
        .map(|i| {
            let turn = i as f32 / corners as f32 * std::f32::consts::TAU;
            (at.0 + rx * turn.cos(), at.1 + ry * turn.sin())
        })
        .collect()
}

/// A hanging or bent line: from, the place it is drawn towards, to.
pub fn bend(from: At, towards: At, to: At) -> Vec<At> {
    (0..=14)
        .map(|i| {
            let t = i as f32 / 14.0;
            let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
            (a * from.0 + b * towards.0 + c * to.0, a * from.1 + b * towards.1 + c * to.1)
        })
        .collect()
}
