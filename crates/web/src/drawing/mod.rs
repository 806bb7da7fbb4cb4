//! Pictures that the server draws as SVG: places, the province by communes, charts. No scripts, no styles in attributes: colours
//! and sizes are classes of `web-ui/css/drawing.css`. Beside every picture stands the same in words or in a table.

pub mod chart;
pub mod communes;
pub mod desk;
pub mod place;

use domain::{packs::Bounds, places::Corners};
use std::fmt::Write;

/// Width of every map, in its own units: about the pixels of a phone, so that letters stay readable there.
pub const WIDTH: f64 = 400.0;

/// A box as `west,south,east,north` in degrees; `None` for anything else.
pub fn parse_box(text: &str) -> Option<Bounds> {
    let numbers: Vec<f64> = text.split(',').take(5).filter_map(|v| v.trim().parse().ok()).collect();
    let [west, south, east, north] = numbers[..] else { return None };
    let is_box = numbers.iter().all(|v| v.is_finite() && v.abs() <= 360.0) && south <= north && west <= east;
    is_box.then_some(Bounds { west, south, east, north })
}

/// From degrees to the units of a picture.
pub struct Frame {
    west: f64,
    north: f64,
    per_degree: [f64; 2],
    pub height: f64,
    /// Metres of one unit.
    pub metres: f64,
}

impl Frame {
    /// Shows a box with some room around it. `ratio`: height to width; `None` follows the box.
    pub fn around(b: &Bounds, ratio: Option<f64>) -> Self {
        const METRES: f64 = 111_000.0;
        let (lat, lon) = ((b.south + b.north) / 2.0, (b.west + b.east) / 2.0);
        let cos = lat.to_radians().cos().max(0.1);
        let (mut width, mut height) = ((b.east - b.west) * cos * METRES, (b.north - b.south) * METRES);
        (width, height) = (width.max(1_000.0) * 1.12, height.max(1_000.0) * 1.12);
        let ratio = ratio.unwrap_or((height / width).clamp(0.5, 1.6));
        if height / width > ratio {
            width = height / ratio;
        } else {
            height = width * ratio;
        }
        let units = WIDTH / width;
        Self {
            west: lon - width / 2.0 / METRES / cos,
            north: lat + height / 2.0 / METRES,
            per_degree: [METRES * cos * units, METRES * units],
            height: WIDTH * ratio,
            metres: 1.0 / units,
        }
    }

    pub fn at(&self, lat: f64, lon: f64) -> (f64, f64) {
        ((lon - self.west) * self.per_degree[0], (self.north - lat) * self.per_degree[1])
    }

    /// Whether something of a box is in the picture.
    pub fn sees(&self, b: &Bounds) -> bool {
        let ((left, top), (right, bottom)) = (self.at(b.north, b.west), self.at(b.south, b.east));
        right >= 0.0 && left <= WIDTH && bottom >= 0.0 && top <= self.height
    }

    /// Rings as the data of a `path`.
    pub fn path(&self, rings: &[Corners]) -> String {
        let mut d = String::new();
        for ring in rings {
            for (n, [lon, lat]) in ring.iter().enumerate() {
                let (x, y) = self.at(*lat, *lon);
                let _ = write!(d, "{}{x:.0} {y:.0}", if n == 0 { 'M' } else { 'L' });
            }
            d.push('Z');
        }
        d
    }
}

/// For text and attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Words that do not stand on each other: a later one that would is left out.
#[derive(Default)]
pub struct Labels(Vec<[f64; 4]>);

impl Labels {
    /// Whether a text of this size, in the middle of a point, has room within the frame.
    pub fn fits(&mut self, frame: &Frame, (x, y): (f64, f64), text: &str, size: f64) -> bool {
        let (w, h) = (text.chars().count() as f64 * size * 0.56, size * 1.15);
        let mine = [x - w / 2.0, y - h / 2.0, x + w / 2.0, y + h / 2.0];
        let inside = mine[0] >= 2.0 && mine[1] >= 2.0 && mine[2] <= WIDTH - 2.0 && mine[3] <= frame.height - 2.0;
        let free = self.0.iter().all(|o| mine[0] > o[2] || mine[2] < o[0] || mine[1] > o[3] || mine[3] < o[1]);
        if inside && free {
            self.0.push(mine);
        }
        inside && free
    }

    /// Keeps a place free.
    pub fn reserve(&mut self, left: f64, top: f64, right: f64, bottom: f64) {
        self.0.push([left, top, right, bottom]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_a_frame_holds_its_box_and_knows_its_scale() {
        let b = Bounds { west: 106.0, south: 17.0, east: 106.2, north: 17.4 };
        let frame = Frame::around(&b, Some(0.6));
        for (lat, lon) in [(17.0, 106.0), (17.4, 106.2)] {
            let (x, y) = frame.at(lat, lon);
            assert!((0.0..=WIDTH).contains(&x) && (0.0..=frame.height).contains(&y), "{x} {y}");
        }
        let (top, bottom) = (frame.at(17.4, 106.1).1, frame.at(17.0, 106.1).1);
        assert!(((bottom - top) * frame.metres - 44_400.0).abs() < 50.0);
        assert!(frame.sees(&b));
        assert!(!frame.sees(&Bounds { west: 109.0, south: 17.0, east: 109.1, north: 17.4 }));
    }

    #[test]
    fn r10_a_broken_box_is_refused() {
        assert!(parse_box("106,17,106.5,17.5").is_some());
        for bad in [
            "",
            "1,2,3",
            "a,b,c,d",
            "NaN,1,2,3",
            "inf,0,inf,1",
            "107,17,106,18",
            "106,18,107,17",
            "1,2,3,4,5",
            "1e300,0,1e301,1",
        ] {
            assert!(parse_box(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn r10_hostile_names_stay_text() {
        assert_eq!(escape("<a href=\"x\">&'"), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
    }
}
