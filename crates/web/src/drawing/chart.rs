//! Charts: columns of two series by month, and the bar that stands in a table's row.

use super::escape;
use std::fmt::Write;

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 170.0;
/// Room below for the months, above for the numbers.
const FOOT: f64 = 24.0;
const HEAD: f64 = 22.0;
/// A month's name in the larger letters of a phone.
const NAME: f64 = 56.0;

/// A month: what stands below it, and two numbers.
pub struct Column {
    pub name: String,
    pub values: [i64; 2],
}

/// Two columns side by side for every month. `shown` writes a number as people do.
pub fn columns(label: &str, all: &[Column], shown: impl Fn(i64) -> String) -> String {
    let most = all.iter().flat_map(|c| c.values).max().unwrap_or(0).max(1);
    let step = WIDTH / all.len().max(1) as f64;
    let height = |n: i64| n as f64 / most as f64 * (HEIGHT - FOOT - HEAD);
    let base = HEIGHT - FOOT;
    let mut svg =
        format!("<svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">", escape(label));
    // Names that would stand on each other are left out: every second or third remains.
    let each = (38.0 / step).ceil().max(1.0) as usize;
    for (n, column) in all.iter().enumerate() {
        let (left, width) = (n as f64 * step + step * 0.14, step * 0.36);
        for (series, value) in column.values.into_iter().enumerate() {
            let h = height(value);
            let _ = write!(
                svg,
                "<rect class=\"chart__{}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{h:.1}\"/>",
                ["a", "b"][series],
                left + series as f64 * width,
                base - h
            );
        }
        if (all.len() - 1 - n).is_multiple_of(each) {
            // Half a name as phones see it: none is cut at the edge.
            let middle = ((n as f64 + 0.5) * step).clamp(NAME / 2.0, WIDTH - NAME / 2.0);
            let _ = write!(
                svg,
                "<text class=\"chart__name\" x=\"{middle:.0}\" y=\"{:.0}\">{}</text>",
                HEIGHT - 6.0,
                escape(&column.name)
            );
        }
    }
    if let Some((n, c)) = all.iter().enumerate().max_by_key(|(_, c)| c.values[0])
        && c.values[0] > 0
    {
        let x = ((n as f64 + 0.32) * step).clamp(20.0, WIDTH - 20.0);
        let _ = write!(
            svg,
            "<text class=\"chart__name\" x=\"{x:.0}\" y=\"{:.0}\">{}</text>",
            base - height(c.values[0]) - 5.0,
            escape(&shown(c.values[0]))
        );
    }
    let _ = write!(svg, "<path class=\"chart__line\" d=\"M0 {base}H{WIDTH}\"/></svg>");
    svg
}

/// A bar as long as its part of the whole; the number beside it says the same.
pub fn bar(part: i64, whole: i64) -> String {
    let length = if whole > 0 { (part.max(0) as f64 / whole as f64 * 100.0).min(100.0) } else { 0.0 };
    format!(
        "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\" focusable=\"false\"><rect width=\"{length:.1}\" height=\"10\"/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r13_charts_of_nothing_and_of_much_are_whole() {
        assert!(columns("x", &[], |n| n.to_string()).ends_with("</svg>"));
        let many: Vec<Column> = (0..36).map(|n| Column { name: format!("{n}"), values: [n, n / 2] }).collect();
        let svg = columns("a \"b\" <c>", &many, |n| n.to_string());
        assert!(!svg.contains("NaN") && svg.contains("&quot;b&quot; &lt;c&gt;"));
        assert_eq!(svg.matches("<rect").count(), 72);
        assert!(bar(5, 0).contains("width=\"0.0\"") && bar(1, 2).contains("width=\"50.0\""));
    }
}
