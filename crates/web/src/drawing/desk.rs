//! The staff queue on a map, drawn without a script: a sign for each report by how it stands to its deadline, a number where
//! several stand close together. A number leads nearer; the list below has the same reports in words.

use super::{Frame, Labels, WIDTH, escape, place};
use crate::page::Page;
use domain::packs::Bounds;
use std::{collections::BTreeMap, fmt::Write};

/// How a report stands to its deadline, the most urgent last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    Done,
    Paused,
    Time,
    Soon,
    Late,
}

impl Mark {
    pub const ALL: [Self; 5] = [Self::Late, Self::Soon, Self::Time, Self::Paused, Self::Done];

    /// As in classes, texts and the script.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Paused => "paused",
            Self::Time => "time",
            Self::Soon => "soon",
            Self::Late => "late",
        }
    }

    /// Its form around the middle: each is another one, so that nobody needs the colours. `web-ui/ts/lib/desk-map.ts` has the
    /// same.
    pub fn shape(self) -> &'static str {
        match self {
            Self::Done => "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0",
            Self::Paused => "M-7-7H7V7H-7Z",
            Self::Time => "M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0",
            Self::Soon => "M0-10L10 8H-10Z",
            Self::Late => "M0-11L11 0L0 11L-11 0Z",
        }
    }
}

/// A report on the map.
pub struct Dot {
    pub lat: f64,
    pub lon: f64,
    pub mark: Mark,
    pub title: String,
    pub url: String,
}

/// Side of a square of the picture in which several reports become a number.
const CELL: f64 = 26.0;
/// Nearer than this (degrees, about 60 m) a picture does not go: the list names what stands there.
const NEAREST: f64 = 0.000_55;
const NAME: f64 = 15.0;

/// The box around all dots; `None` without any.
pub fn around(dots: &[Dot]) -> Option<Bounds> {
    let first = dots.first()?;
    let start = Bounds { west: first.lon, south: first.lat, east: first.lon, north: first.lat };
    Some(dots.iter().fold(start, |b, d| Bounds {
        west: b.west.min(d.lon),
        south: b.south.min(d.lat),
        east: b.east.max(d.lon),
        north: b.north.max(d.lat),
    }))
}

/// `nearer` makes the address of a box; `list` is where the list stands.
pub fn draw(
    p: &Page,
    dots: &[Dot],
    within: &Bounds,
    label: &str,
    nearer: impl Fn(&Bounds) -> String,
    list: &str,
) -> String {
    let frame = Frame::around(within, Some(0.75));
    let mut svg = format!(
        "<svg class=\"geo geo--desk\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"group\" aria-label=\"{}\"><rect class=\"geo__ground\" width=\"{WIDTH}\" height=\"{:.0}\"/>",
        frame.height,
        escape(label),
        frame.height
    );
    let shapes: Vec<_> = p.province.areas().shapes().iter().filter(|s| frame.sees(&s.bounds)).collect();
    for s in &shapes {
        let _ = write!(svg, "<path class=\"geo__area\" d=\"{}\"/>", frame.path(&s.rings));
    }
    let mut cells: BTreeMap<(i64, i64), Vec<&Dot>> = BTreeMap::new();
    for d in dots {
        let (x, y) = frame.at(d.lat, d.lon);
        if (0.0..=WIDTH).contains(&x) && (0.0..=frame.height).contains(&y) {
            cells.entry(((y / CELL) as i64, (x / CELL) as i64)).or_default().push(d);
        }
    }
    // Names only where one looks near enough for them, and only where no sign stands.
    let scale = place::scale(&frame);
    let mut labels = Labels::default();
    labels.reserve(0.0, frame.height - 30.0, scale.0 + 20.0, frame.height);
    for dots in cells.values() {
        let (x, y) = middle(&frame, dots);
        labels.reserve(x - 12.0, y - 12.0, x + 12.0, y + 12.0);
    }
    for s in shapes.iter().filter(|_| shapes.len() <= 30) {
        let name = p.commune_name(&Some(s.code.clone()));
        let at = frame.at(s.middle.lat, s.middle.lon);
        if labels.fits(&frame, at, &name, NAME) {
            let y = at.1 + NAME / 3.0;
            let _ = write!(svg, "<text class=\"geo__name\" x=\"{:.0}\" y=\"{y:.0}\">{}</text>", at.0, escape(&name));
        }
    }
    for dots in cells.values() {
        let (x, y) = middle(&frame, dots);
        let mark = dots.iter().map(|d| d.mark).max().unwrap_or(Mark::Done);
        let (title, url) = match dots[..] {
            [one] => (one.title.clone(), one.url.clone()),
            _ => (several(p, dots), list_or_nearer(dots, &nearer, list)),
        };
        let _ = write!(
            svg,
            "<a href=\"{}\" aria-label=\"{}\"><g transform=\"translate({x:.1} {y:.1})\"><title>{}</title>",
            escape(&url),
            escape(&title),
            escape(&title)
        );
        if dots.len() == 1 {
            let _ = write!(svg, "<path class=\"mark mark--{}\" d=\"{}\"/>", mark.as_str(), mark.shape());
        } else {
            // The sign of the most urgent one stands at the edge of the number.
            let _ = write!(
                svg,
                "<circle class=\"mark-many\" r=\"12\"/><text class=\"mark-many__n\" y=\"4\">{}</text><path class=\"mark mark--{}\" transform=\"translate(10 -9) scale(.6)\" d=\"{}\"/>",
                dots.len(),
                mark.as_str(),
                mark.shape()
            );
        }
        svg.push_str("</g></a>");
    }
    place::draw_scale(&mut svg, &frame, &scale);
    svg.push_str("</svg>");
    svg
}

fn middle(frame: &Frame, dots: &[&Dot]) -> (f64, f64) {
    let n = dots.len().max(1) as f64;
    let sum = dots.iter().map(|d| frame.at(d.lat, d.lon)).fold((0.0, 0.0), |s, at| (s.0 + at.0, s.1 + at.1));
    (sum.0 / n, sum.1 / n)
}

/// `12 phản ánh, 3 quá hạn`
fn several(p: &Page, dots: &[&Dot]) -> String {
    let late = dots.iter().filter(|d| d.mark == Mark::Late).count() as i64;
    let all = p.tn("desk-map-several", dots.len() as i64);
    if late == 0 { all } else { format!("{all}, {}", p.tn("desk-map-several-late", late)) }
}

fn list_or_nearer(dots: &[&Dot], nearer: &impl Fn(&Bounds) -> String, list: &str) -> String {
    let mut b = Bounds { west: f64::MAX, south: f64::MAX, east: f64::MIN, north: f64::MIN };
    for d in dots {
        (b.west, b.east) = (b.west.min(d.lon), b.east.max(d.lon));
        (b.south, b.north) = (b.south.min(d.lat), b.north.max(d.lat));
    }
    if b.east - b.west < NEAREST && b.north - b.south < NEAREST { list.to_owned() } else { nearer(&b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r6_every_standing_has_a_form_of_its_own_and_the_late_ones_win() {
        let mut shapes: Vec<&str> = Mark::ALL.iter().map(|m| m.shape()).collect();
        shapes.sort_unstable();
        shapes.dedup();
        assert_eq!(shapes.len(), Mark::ALL.len());
        assert_eq!(Mark::ALL.into_iter().max(), Some(Mark::Late));
        assert!(Mark::Soon > Mark::Time && Mark::Time > Mark::Paused && Mark::Paused > Mark::Done);
    }

    #[test]
    fn r6_reports_of_one_place_lead_to_the_list_and_of_several_nearer() {
        let dot = |lat, lon| Dot { lat, lon, mark: Mark::Time, title: String::new(), url: String::new() };
        let nearer = |_: &Bounds| "nearer".to_owned();
        let (a, b, c) = (dot(17.0, 106.0), dot(17.0001, 106.0001), dot(17.01, 106.0));
        assert_eq!(list_or_nearer(&[&a, &b], &nearer, "#list"), "#list");
        assert_eq!(list_or_nearer(&[&a, &b, &c], &nearer, "#list"), "nearer");
        assert_eq!(around(&[]), None);
        assert_eq!(around(&[a, c]).map(|b| (b.south, b.north)), Some((17.0, 17.01)));
    }
}
