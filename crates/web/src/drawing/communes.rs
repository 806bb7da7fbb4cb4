//! The province by communes: darker where there are more reports, with the number where it has room. Every commune leads to its
//! reports; the table beside it has all numbers.

use super::{Frame, Labels, WIDTH, escape};
use crate::page::Page;
use domain::packs::Bounds;
use std::{collections::HashMap, fmt::Write};

const NUMBER: f64 = 15.0;
/// Shades; the first means none.
pub const SHADES: usize = 5;

/// The upper ends of the shades 1 to 4. Each is as many times the one before, because a town has fifty times a mountain
/// commune's reports: even steps would leave all others white.
pub fn ends(counts: &HashMap<String, u32>) -> Vec<u32> {
    let most = f64::from(counts.values().copied().max().unwrap_or(0));
    let mut ends: Vec<u32> = (1..SHADES).map(|part| most.powf(part as f64 / SHADES as f64).ceil() as u32).collect();
    ends.dedup();
    // Few reports have few shades, the darkest among them.
    ends.retain(|end| *end > 0 && f64::from(*end) < most);
    ends
}

fn shade(n: u32, ends: &[u32]) -> usize {
    if n == 0 { 0 } else { SHADES - ends.iter().filter(|end| n <= **end).count() }
}

/// `link` makes the address of a commune's reports.
pub fn draw(p: &Page, counts: &HashMap<String, u32>, label: &str, link: impl Fn(&str) -> String) -> String {
    let shapes = p.province.areas().shapes();
    let mut b = p.province.pack.province.map.bounds();
    if let Some(first) = shapes.first() {
        b = shapes.iter().fold(first.bounds, |b, s| Bounds {
            west: b.west.min(s.bounds.west),
            south: b.south.min(s.bounds.south),
            east: b.east.max(s.bounds.east),
            north: b.north.max(s.bounds.north),
        });
    }
    let (frame, ends) = (Frame::around(&b, None), ends(counts));
    let mut svg = format!(
        "<svg class=\"geo\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"group\" aria-label=\"{}\">",
        frame.height,
        escape(label)
    );
    let count = |code: &str| counts.get(code).copied().unwrap_or(0);
    for s in shapes {
        let (n, name) = (count(&s.code), p.commune_name(&Some(s.code.clone())));
        // The same links stand in the table: one stop for the keyboard is enough.
        let _ = write!(
            svg,
            "<a href=\"{}\" tabindex=\"-1\"><path class=\"geo__shade geo__shade--{}\" d=\"{}\"><title>{}: {}</title></path></a>",
            escape(&link(&s.code)),
            shade(n, &ends),
            frame.path(&s.rings),
            escape(&name),
            p.number(i64::from(n))
        );
    }
    let mut order: Vec<_> = shapes.iter().filter(|s| count(&s.code) > 0).collect();
    order.sort_by_key(|s| std::cmp::Reverse(count(&s.code)));
    let mut labels = Labels::default();
    for s in order {
        let (n, at) = (count(&s.code), frame.at(s.middle.lat, s.middle.lon));
        let text = p.number(i64::from(n));
        if labels.fits(&frame, at, &text, NUMBER) {
            let dark = if shade(n, &ends) >= 4 { " geo__number--light" } else { "" };
            let _ = write!(
                svg,
                "<text class=\"geo__number{dark}\" x=\"{:.0}\" y=\"{:.0}\">{text}</text>",
                at.0,
                at.1 + NUMBER / 3.0
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Beside the picture: (shade, from, to).
pub fn legend(counts: &HashMap<String, u32>) -> Vec<(usize, u32, u32)> {
    let ends = ends(counts);
    let most = counts.values().copied().max().unwrap_or(0);
    let mut legend = vec![(0, 0, 0)];
    let mut from = 1;
    for end in ends.iter().copied().chain([most]) {
        if end >= from {
            legend.push((shade(end, &ends), from, end));
            from = end + 1;
        }
    }
    legend
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r10_shades_follow_the_numbers_and_none_is_its_own() {
        let counts: HashMap<String, u32> = (0..20u32).map(|n| (n.to_string(), n)).collect();
        let ends = ends(&counts);
        assert_eq!(shade(0, &ends), 0);
        assert_eq!((shade(1, &ends), shade(19, &ends)), (1, 5), "{ends:?}");
        let legend = legend(&counts);
        assert_eq!(legend.first(), Some(&(0, 0, 0)));
        assert!(legend.windows(2).skip(1).all(|w| w[0].2 + 1 == w[1].1), "{legend:?}");
        assert_eq!(legend.last().map(|l| l.2), Some(19));
        assert_eq!(super::legend(&HashMap::new()).len(), 1);
        let one = HashMap::from([("a".to_owned(), 1)]);
        assert_eq!(super::legend(&one), [(0, 0, 0), (5, 1, 1)]);
    }
}
