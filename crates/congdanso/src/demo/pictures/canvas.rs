//! A small painter: filled outlines with soft edges on a picture of plain colours. Enough for flat illustrations, and quick
//! also in a build without optimisation.

/// A place on the picture, in pixels from the upper left corner.
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

/// Lines within a row of pixels: how smooth nearly level edges are.
const FINE: usize = 4;

pub struct Canvas {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
    /// Changes of coverage along the row that is being filled.
    steps: Vec<f32>,
}

impl Canvas {
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, rgb: vec![255; width * height * 3], steps: vec![0.0; width + 2] }
    }

    /// Fills an outline; `alpha` 1 covers what is below, 0 leaves it.
    pub fn fill(&mut self, outline: &[At], paint: impl Into<Paint>, alpha: f32) {
        let paint = paint.into();
        let top = outline.iter().map(|p| p.1).fold(f32::INFINITY, f32::min).max(0.0);
        let bottom = outline.iter().map(|p| p.1).fold(f32::NEG_INFINITY, f32::max).min(self.height as f32);
        let left = outline.iter().map(|p| p.0).fold(f32::INFINITY, f32::min).clamp(0.0, self.width as f32) as usize;
        let right = outline.iter().map(|p| p.0).fold(f32::NEG_INFINITY, f32::max).clamp(0.0, self.width as f32);
        let right = (right.ceil() as usize).min(self.width);
        if top >= bottom || left >= right {
            return;
        }
        let mut crossings: Vec<(f32, i32)> = Vec::with_capacity(8);
        for y in top.floor() as usize..(bottom.ceil() as usize).min(self.height) {
            for part in 0..FINE {
                let level = y as f32 + (part as f32 + 0.5) / FINE as f32;
                crossings.clear();
                for (i, a) in outline.iter().enumerate() {
                    let b = outline[(i + 1) % outline.len()];
                    if (a.1 <= level) != (b.1 <= level) {
                        let x = a.0 + (level - a.1) / (b.1 - a.1) * (b.0 - a.0);
                        crossings.push((x, if a.1 < b.1 { 1 } else { -1 }));
                    }
                }
                crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
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
            }
            self.blend(y, left, right, paint.at(y as f32), alpha);
        }
    }

    /// From here to the right the row is covered more (or less) by this much; a pixel cut by the edge gets its part.
    fn step(&mut self, x: f32, by: f32) {
        let x = x.clamp(0.0, self.width as f32);
        let (pixel, cut) = (x as usize, x.fract());
        self.steps[pixel] += by * (1.0 - cut);
        self.steps[pixel + 1] += by * cut;
    }

    fn blend(&mut self, y: usize, left: usize, right: usize, colour: Colour, alpha: f32) {
        let whole = [colour.0 as u8, colour.1 as u8, colour.2 as u8];
        let row = &mut self.rgb[(y * self.width + left) * 3..(y * self.width + right) * 3];
        let mut covered = 0.0;
        for (pixel, step) in row.chunks_exact_mut(3).zip(&mut self.steps[left..]) {
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
        // What lies right of the outline must not colour the next one.
        for step in &mut self.steps[right..(right + 2).min(self.width + 2)] {
            *step = 0.0;
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

    /// Left becomes right: the same scene from the other side.
    pub fn mirror(&mut self) {
        let width = self.width;
        for row in self.rgb.chunks_exact_mut(width * 3) {
            for x in 0..width / 2 {
                for channel in 0..3 {
                    row.swap(x * 3 + channel, (width - 1 - x) * 3 + channel);
                }
            }
        }
    }

    pub fn into_image(self) -> Option<image::RgbImage> {
        image::RgbImage::from_raw(self.width as u32, self.height as u32, self.rgb)
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
