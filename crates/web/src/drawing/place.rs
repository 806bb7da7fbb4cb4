//! Where a report is: its commune, the neighbours, a pin and a scale. Drawn from what the province has, so that no tile server
//! learns what people look at, and paper shows it too.

use super::{Frame, Labels, WIDTH, escape};
use crate::page::Page;
use base::geo::Point;
use std::fmt::Write;

const NAME: f64 = 16.0;

/// `None` when neither the point nor the commune can be drawn.
pub fn draw(p: &Page, point: Option<Point>, commune: Option<&str>) -> Option<String> {
    let shapes = p.province.areas().shapes();
    let code = commune.map(str::to_owned).or_else(|| p.province.locate(point?).commune)?;
    let here = shapes.iter().find(|s| s.code == code && !s.rings.is_empty())?;
    let mut b = here.bounds;
    if let Some(at) = point {
        (b.west, b.east) = (b.west.min(at.lon), b.east.max(at.lon));
        (b.south, b.north) = (b.south.min(at.lat), b.north.max(at.lat));
    }
    let frame = Frame::around(&b, Some(0.62));
    let name = p.commune_name(&Some(here.code.clone()));
    let label = p.t1(if point.is_some() { "place-picture" } else { "place-picture-commune" }, "commune", &name);
    let mut svg = format!(
        "<svg class=\"geo\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\" aria-label=\"{}\"><rect class=\"geo__ground\" width=\"{WIDTH}\" height=\"{:.0}\"/>",
        frame.height,
        escape(&label),
        frame.height
    );
    let near = shapes.iter().filter(|s| s.code != here.code && frame.sees(&s.bounds));
    for s in near.clone() {
        let _ = write!(svg, "<path class=\"geo__area\" d=\"{}\"/>", frame.path(&s.rings));
    }
    let _ = write!(svg, "<path class=\"geo__here\" d=\"{}\"/>", frame.path(&here.rings));
    let mut labels = Labels::default();
    let scale = scale(&frame);
    labels.reserve(0.0, frame.height - 30.0, scale.0 + 20.0, frame.height);
    let pin = point.map(|at| frame.at(at.lat, at.lon));
    if let Some((x, y)) = pin {
        labels.reserve(x - 13.0, y - 34.0, x + 13.0, y + 3.0);
    }
    for s in std::iter::once(here).chain(near) {
        let name = p.commune_name(&Some(s.code.clone()));
        let (x, y) = frame.at(s.middle.lat, s.middle.lon);
        // The own name moves aside for the pin; a neighbour's is left out.
        let places = if s.code == here.code { &[0.0, 26.0, -40.0, 44.0][..] } else { &[0.0][..] };
        if let Some(y) = places.iter().map(|d| y + d).find(|y| labels.fits(&frame, (x, *y), &name, NAME)) {
            let class = if s.code == here.code { "geo__name geo__name--here" } else { "geo__name" };
            let _ = write!(
                svg,
                "<text class=\"{class}\" x=\"{x:.0}\" y=\"{:.0}\">{}</text>",
                y + NAME / 3.0,
                escape(&name)
            );
        }
    }
    if let Some((x, y)) = pin {
        let _ = write!(
            svg,
            "<g transform=\"translate({x:.1} {y:.1})\"><path class=\"geo__pin\" d=\"M0 0C-4 -7-11 -13-11 -21A11 11 0 0 1 11 -21C11 -13 4 -7 0 0Z\"/><circle class=\"geo__hole\" cy=\"-21\" r=\"4\"/></g>"
        );
    }
    draw_scale(&mut svg, &frame, &scale);
    svg.push_str("</svg>");
    Some(svg)
}

/// Below, at the left.
pub(super) fn draw_scale(svg: &mut String, frame: &Frame, (length, words): &(f64, String)) {
    let y = frame.height - 8.0;
    let _ = write!(
        svg,
        "<path class=\"geo__scale\" d=\"M8 {:.0}V{y:.0}H{:.1}V{:.0}\"/><text class=\"geo__name geo__name--scale\" x=\"12\" y=\"{:.0}\">{words}</text>",
        y - 5.0,
        8.0 + length,
        y - 5.0,
        y - 7.0,
    );
}

/// A round length of about a quarter of the picture: units, and how people write it.
pub(super) fn scale(frame: &Frame) -> (f64, String) {
    const LENGTHS: [u32; 10] = [50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000];
    let most = WIDTH * 0.28 * frame.metres;
    let metres = LENGTHS.into_iter().rev().find(|l| f64::from(*l) <= most).unwrap_or(LENGTHS[0]);
    let words = if metres >= 1_000 { format!("{} km", metres / 1_000) } else { format!("{metres} m") };
    (f64::from(metres) / frame.metres, words)
}
