//! Where everything stands: parts become pages of lines and pictures. Points (1/72 inch), from the upper left corner.

use super::{Ink, PAGES_MOST, Paper, Part, letters::Letters};

/// A4.
pub const WIDTH: f32 = 595.0;
pub const HEIGHT: f32 = 842.0;
pub const LEFT: f32 = 57.0;
const RIGHT: f32 = WIDTH - 48.0;
const TOP: f32 = 57.0;
const BOTTOM: f32 = HEIGHT - 68.0;
/// Where the foot's line stands.
pub const FOOT: f32 = HEIGHT - 40.0;
/// Room for the labels of facts.
const LABEL: f32 = 130.0;
/// What is said stands this far from its bar.
const INDENT: f32 = 12.0;
const LEADING: f32 = 1.45;
/// Pictures stand in twos.
const PICTURE: f32 = 235.0;
const PICTURE_HIGH: f32 = 190.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    Black,
    Grey,
    Blue,
}

#[derive(Debug, Clone)]
pub enum Thing {
    /// `y` is the line the letters stand on.
    Line {
        x: f32,
        y: f32,
        size: f32,
        bold: bool,
        shade: Shade,
        text: String,
    },
    Picture {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        /// Of the part's pictures.
        n: usize,
    },
    Bar {
        x: f32,
        y: f32,
        height: f32,
        shade: Shade,
    },
}

/// A thing with the part it belongs to; bars belong to none.
#[derive(Debug, Clone)]
pub struct Placed {
    pub part: Option<usize>,
    pub thing: Thing,
}

pub type Sheet = Vec<Placed>;

pub struct Set {
    pub sheets: Vec<Sheet>,
    /// Not all of it fitted.
    pub is_cut: bool,
}

pub fn set(paper: &Paper, letters: &Letters) -> Set {
    let mut pen = Pen { letters, sheets: vec![Vec::new()], y: TOP, is_cut: false };
    for (n, part) in paper.parts.iter().enumerate() {
        if pen.is_cut {
            break;
        }
        match part {
            Part::Title(text) => pen.text(n, text, 17.0, true, Shade::Black, 0.0, None, 0.0),
            Part::Heading(text) => {
                // Never alone at the foot of a page.
                pen.room(70.0);
                pen.text(n, text, 13.0, true, Shade::Blue, 16.0, None, 3.0);
            }
            Part::Text(text, ink) => match ink {
                Ink::Plain => pen.text(n, text, 10.5, false, Shade::Black, 3.0, None, 3.0),
                Ink::Bold => {
                    pen.room(40.0);
                    pen.text(n, text, 10.5, true, Shade::Black, 9.0, None, 0.0);
                }
                Ink::Quiet => pen.text(n, text, 9.0, false, Shade::Grey, 1.0, None, 1.0),
                Ink::Said => pen.text(n, text, 10.5, false, Shade::Black, 4.0, Some(Shade::Blue), 4.0),
                Ink::Inside => pen.text(n, text, 10.5, false, Shade::Black, 4.0, Some(Shade::Grey), 4.0),
            },
            Part::Fact(label, value) => pen.fact(n, label, value),
            Part::Photos(all) => pen.pictures(n, all),
        }
    }
    Set { sheets: pen.sheets, is_cut: pen.is_cut }
}

struct Pen<'l> {
    letters: &'l Letters,
    sheets: Vec<Sheet>,
    y: f32,
    is_cut: bool,
}

impl Pen<'_> {
    /// Begins a new page where less than this is left. After the last page nothing is set any more.
    fn room(&mut self, height: f32) {
        if self.is_cut || self.y + height <= BOTTOM {
            return;
        }
        if self.sheets.len() == PAGES_MOST {
            self.is_cut = true;
            return;
        }
        self.sheets.push(Vec::new());
        self.y = TOP;
    }

    fn put(&mut self, part: Option<usize>, thing: Thing) {
        if let (false, Some(sheet)) = (self.is_cut, self.sheets.last_mut()) {
            sheet.push(Placed { part, thing });
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the measures of a kind of text, side by side in `set`")]
    fn text(
        &mut self,
        part: usize,
        text: &str,
        size: f32,
        bold: bool,
        shade: Shade,
        above: f32,
        bar: Option<Shade>,
        below: f32,
    ) {
        if self.y > TOP {
            self.y += above;
        }
        let x = if bar.is_some() { LEFT + INDENT } else { LEFT };
        let high = size * LEADING;
        for text in self.letters.lines(text, bold, size, RIGHT - x) {
            self.room(high);
            if let Some(shade) = bar {
                self.put(None, Thing::Bar { x: LEFT, y: self.y, height: high, shade });
            }
            let y = self.y + size * 1.1;
            if !text.is_empty() {
                self.put(Some(part), Thing::Line { x, y, size, bold, shade, text });
            }
            self.y += high;
        }
        self.y += below;
    }

    fn fact(&mut self, part: usize, label: &str, value: &str) {
        const SIZE: f32 = 10.0;
        let high = SIZE * LEADING;
        let labels = self.letters.lines(label, false, SIZE, LABEL - 10.0);
        let values = self.letters.lines(value, false, SIZE, RIGHT - LEFT - LABEL);
        for n in 0..labels.len().max(values.len()) {
            self.room(high);
            let y = self.y + SIZE * 1.1;
            let line =
                |x, shade, text: &String| Thing::Line { x, y, size: SIZE, bold: false, shade, text: text.clone() };
            if let Some(text) = labels.get(n).filter(|t| !t.is_empty()) {
                // A label and its value are two words when they are copied.
                self.put(Some(part), line(LEFT, Shade::Grey, &format!("{} ", text.trim_end())));
            }
            if let Some(text) = values.get(n).filter(|t| !t.is_empty()) {
                self.put(Some(part), line(LEFT + LABEL, Shade::Black, text));
            }
            self.y += high;
        }
        self.y += 1.5;
    }

    fn pictures(&mut self, part: usize, all: &[super::Picture]) {
        const SIZE: f32 = 8.5;
        for (row, two) in all.chunks(2).enumerate() {
            let sized: Vec<(f32, f32)> = two
                .iter()
                .map(|p| {
                    let (w, h) = (p.width.max(1) as f32, p.height.max(1) as f32);
                    let scale = (PICTURE / w).min(PICTURE_HIGH / h);
                    (w * scale, h * scale)
                })
                .collect();
            let high = sized.iter().map(|(_, h)| *h).fold(0.0, f32::max);
            self.room(high + SIZE * 4.0 + 6.0);
            self.y += 6.0;
            let mut foot = 0.0f32;
            for (n, (p, (width, height))) in two.iter().zip(&sized).enumerate() {
                let x = LEFT + n as f32 * (PICTURE + 14.0);
                let (width, height, y) = (*width, *height, self.y);
                self.put(Some(part), Thing::Picture { x, y, width, height, n: row * 2 + n });
                let lines = self.letters.lines(&p.caption, false, SIZE, PICTURE);
                for (at, text) in lines.iter().take(2).enumerate() {
                    let y = self.y + height + SIZE * (1.3 + at as f32 * LEADING);
                    let line = Thing::Line { x, y, size: SIZE, bold: false, shade: Shade::Grey, text: text.clone() };
                    self.put(Some(part), line);
                }
                foot = foot.max(height + SIZE * LEADING * lines.len().min(2) as f32);
            }
            self.y += foot + 6.0;
        }
    }
}
