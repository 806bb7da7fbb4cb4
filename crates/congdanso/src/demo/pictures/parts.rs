//! What the scenes are put together from: sky, hills, houses, trees, roads, poles, things that lie about.

use super::super::dice::Dice;
use super::canvas::{At, Canvas, Colour, Paint, bend, hex, oval};

pub const WIDE: f32 = 960.0;
pub const HIGH: f32 = 720.0;

pub const ASPHALT: Colour = hex(0x666d76);
pub const PAVEMENT: Colour = hex(0xd3c9b8);
pub const GRASS: Colour = hex(0x86b56b);
pub const EARTH: Colour = hex(0xb98556);
pub const STONE: Colour = hex(0xa9a7a0);
pub const CLEAR: Colour = hex(0x6fc0d2);
pub const MUD: Colour = hex(0xa98a5f);
const TRUNK: Colour = hex(0x8a6244);

const WALLS: [u32; 8] = [0xf4d9a8, 0xf0bda2, 0xc3dcbc, 0xb3d1e6, 0xf5e6b8, 0xe6c6d8, 0xd9d4ee, 0xf7c98f];
const LEAVES: [u32; 5] = [0x5f9e58, 0x4c8b50, 0x77b062, 0x6ba35a, 0x3f7d4a];

/// Light of the day: sky above, sky at the horizon, far hills, cloud.
#[derive(Clone, Copy)]
pub struct Light {
    pub above: Colour,
    pub below: Colour,
    pub far: Colour,
    pub cloud: Colour,
    pub sun: Option<Colour>,
}

pub const DAY: Light = Light {
    above: hex(0x84c3e6),
    below: hex(0xe3f3f0),
    far: hex(0x9cc7bd),
    cloud: hex(0xffffff),
    sun: Some(hex(0xffe9a8)),
};
pub const EVENING: Light = Light {
    above: hex(0xf0a884),
    below: hex(0xfdeccb),
    far: hex(0xb79bb0),
    cloud: hex(0xfff1e0),
    sun: Some(hex(0xffd27d)),
};
pub const DULL: Light =
    Light { above: hex(0x9aacb8), below: hex(0xdfe6e6), far: hex(0x93aaa8), cloud: hex(0xc9d2d6), sun: None };
pub const NIGHT: Light =
    Light { above: hex(0x1b2748), below: hex(0x48598c), far: hex(0x2e3d66), cloud: hex(0x5a6a97), sun: None };

impl Light {
    /// Daylight of some kind.
    pub fn any(dice: &Dice) -> Self {
        *dice.pick(&[DAY, DAY, EVENING]).unwrap_or(&DAY)
    }
}

pub fn wall(dice: &Dice) -> Colour {
    hex(*dice.pick(&WALLS).unwrap_or(&WALLS[0]))
}

pub fn leaf(dice: &Dice) -> Colour {
    hex(*dice.pick(&LEAVES).unwrap_or(&LEAVES[0]))
}

/// Sky down to the horizon, with sun, clouds and two rows of hills.
pub fn sky(c: &mut Canvas, dice: &Dice, light: Light, horizon: f32) {
    c.rect(0.0, 0.0, WIDE, horizon + 4.0, Paint::Fade(light.above, 0.0, light.below, horizon));
    if let Some(sun) = light.sun {
        let at = (dice.between(620.0, 860.0), dice.between(70.0, 130.0));
        c.ellipse(at, 86.0, 86.0, sun.lighter(0.4), 0.35);
        c.ellipse(at, 52.0, 52.0, sun, 1.0);
    }
    for _ in 0..3 {
        cloud(c, (dice.between(60.0, 880.0), dice.between(40.0, 170.0)), dice.between(0.6, 1.2), light.cloud);
    }
    hills(c, dice, horizon, dice.between(90.0, 140.0), light.far.mix(light.below, 0.35));
    hills(c, dice, horizon, dice.between(40.0, 80.0), light.far);
}

fn cloud(c: &mut Canvas, at: At, size: f32, colour: Colour) {
    for (dx, dy, r) in [(-46.0, 6.0, 26.0), (-14.0, -10.0, 36.0), (24.0, -4.0, 30.0), (54.0, 8.0, 22.0)] {
        c.ellipse((at.0 + dx * size, at.1 + dy * size), r * size * 1.3, r * size * 0.8, colour, 0.85);
    }
}

pub fn hills(c: &mut Canvas, dice: &Dice, base: f32, high: f32, colour: Colour) {
    let (a, b, turn) = (dice.between(1.2, 2.4), dice.between(3.0, 5.0), dice.between(0.0, 6.0));
    let mut outline: Vec<At> = (0..=48)
        .map(|i| {
            let t = i as f32 / 48.0;
            let wave = 0.55 + 0.3 * (t * a * 3.0 + turn).sin() + 0.15 * (t * b * 4.0 + turn * 2.0).sin();
            (t * WIDE, base - high * wave)
        })
        .collect();
    outline.extend([(WIDE, base + 6.0), (0.0, base + 6.0)]);
    c.fill(&outline, colour, 1.0);
}

/// A narrow town house, as they stand in every street: shop below, balcony above.
pub fn house(c: &mut Canvas, dice: &Dice, x: f32, base: f32, w: f32, h: f32, night: bool) {
    let tint = |colour: Colour| if night { colour.mix(hex(0x232f55), 0.72) } else { colour };
    let colour = wall(dice);
    c.rect(x, base - h, w, h, tint(colour));
    c.rect(x + w * 0.86, base - h, w * 0.14, h, tint(colour.darker(0.14)));
    if dice.chance(45) {
        let roof = tint(hex(0xc5624a));
        c.fill(&[(x - 6.0, base - h), (x + w * 0.5, base - h - w * 0.34), (x + w + 6.0, base - h)], roof, 1.0);
    } else {
        c.rect(x - 4.0, base - h - 9.0, w + 8.0, 12.0, tint(colour.darker(0.25)));
    }
    let floors = (h / 92.0).max(1.0) as usize;
    let floor = h / floors as f32;
    for n in 1..floors {
        let top = base - floor * (n + 1) as f32 + floor * 0.22;
        let lit = night && dice.chance(40);
        let pane = if lit { hex(0xffd98a) } else { tint(hex(0x8fb9cf)) };
        for side in [0.16, 0.54] {
            c.rect(x + w * side, top, w * 0.24, floor * 0.44, tint(hex(0xffffff)));
            c.rect(x + w * side + 3.0, top + 3.0, w * 0.24 - 6.0, floor * 0.44 - 6.0, pane);
        }
        c.rect(x + w * 0.06, top + floor * 0.5, w * 0.78, 5.0, tint(colour.darker(0.35)));
    }
    // The shop: a roller door under an awning.
    let door = tint(hex(0x7d95a3));
    c.rect(x + w * 0.12, base - floor * 0.62, w * 0.7, floor * 0.62, door);
    for n in 1..5 {
        c.rect(x + w * 0.12, base - floor * 0.62 * n as f32 / 5.0, w * 0.7, 2.0, door.darker(0.2));
    }
    let awning = tint(hex(*dice.pick(&[0xd9694f, 0x4f8fb0, 0x6aa06a, 0xe0a541]).unwrap_or(&0xd9694f)));
    let (top, low) = (base - floor * 0.74, base - floor * 0.58);
    c.fill(&[(x + w * 0.08, top), (x + w * 0.86, top), (x + w * 0.94, low), (x, low)], awning, 1.0);
}

/// Houses side by side.
pub fn row_of_houses(c: &mut Canvas, dice: &Dice, from: f32, to: f32, base: f32, high: f32, night: bool) {
    let mut x = from;
    while x < to - 30.0 {
        let w = dice.between(78.0, 118.0).min(to - x);
        house(c, dice, x, base, w, high * dice.between(0.62, 1.0), night);
        x += w + 2.0;
    }
}

/// A round tree; `lean` moves its head sideways.
pub fn tree(c: &mut Canvas, dice: &Dice, at: At, size: f32, lean: f32) {
    let head = (at.0 + lean, at.1 - size);
    let trunk = size * 0.09;
    c.fill(
        &[
            (at.0 - trunk, at.1),
            (head.0 - trunk * 0.5, head.1 + size * 0.1),
            (head.0 + trunk * 0.5, head.1 + size * 0.1),
            (at.0 + trunk, at.1),
        ],
        TRUNK,
        1.0,
    );
    let colour = leaf(dice);
    for _ in 0..7 {
        let (dx, dy) = (dice.between(-0.34, 0.34) * size, dice.between(-0.3, 0.2) * size);
        let r = size * dice.between(0.2, 0.3);
        c.ellipse((head.0 + dx, head.1 + dy), r * 1.1, r, colour.darker(0.12), 1.0);
    }
    for _ in 0..6 {
        let (dx, dy) = (dice.between(-0.3, 0.2) * size, dice.between(-0.36, 0.06) * size);
        let r = size * dice.between(0.12, 0.2);
        c.ellipse((head.0 + dx, head.1 + dy), r * 1.15, r, colour.lighter(0.12), 1.0);
    }
}

/// A coconut palm.
pub fn palm(c: &mut Canvas, dice: &Dice, at: At, size: f32) {
    let lean = dice.between(-0.25, 0.25) * size;
    let top = (at.0 + lean, at.1 - size);
    c.line(&bend(at, (at.0, at.1 - size * 0.6), top), size * 0.055, TRUNK);
    let colour = leaf(dice);
    for i in 0..9 {
        let turn = std::f32::consts::PI * (0.95 + i as f32 / 8.0 * 1.1);
        let tip = (top.0 + turn.cos() * size * 0.5, top.1 + turn.sin() * size * 0.3 + size * 0.16);
        let up = (top.0 + turn.cos() * size * 0.28, top.1 + turn.sin() * size * 0.34 - size * 0.06);
        let mut leaf = bend(top, up, tip);
        leaf.extend(bend(tip, (up.0, up.1 + size * 0.13), top));
        c.fill(&leaf, colour.darker(if i % 2 == 0 { 0.0 } else { 0.15 }), 1.0);
    }
}

pub fn bush(c: &mut Canvas, dice: &Dice, at: At, size: f32) {
    let colour = leaf(dice);
    for _ in 0..5 {
        let dx = dice.between(-0.9, 0.9) * size;
        let r = size * dice.between(0.45, 0.7);
        c.ellipse((at.0 + dx, at.1 - r * 0.5), r, r * 0.8, colour.mix(hex(0xd6e8a0), dice.between(0.0, 0.3)), 1.0);
    }
}

pub fn tuft(c: &mut Canvas, dice: &Dice, at: At, size: f32) {
    let colour = leaf(dice);
    for i in 0..5 {
        let dx = (i as f32 - 2.0) * size * 0.28;
        let tip = (at.0 + dx * 1.8, at.1 - size * dice.between(0.7, 1.1));
        c.fill(&[(at.0 + dx - size * 0.1, at.1), tip, (at.0 + dx + size * 0.1, at.1)], colour, 1.0);
    }
}

/// A road that runs away from us, with kerbs and a dashed middle. Returns its middle line near us and far away.
pub fn road(c: &mut Canvas, dice: &Dice, horizon: f32, colour: Colour, kerb: Colour) -> (At, At) {
    let far = (dice.between(440.0, 520.0), horizon);
    let near = (dice.between(430.0, 530.0), HIGH);
    let side = |wide_near: f32, wide_far: f32| {
        [
            (far.0 - wide_far, horizon),
            (far.0 + wide_far, horizon),
            (near.0 + wide_near, HIGH),
            (near.0 - wide_near, HIGH),
        ]
    };
    c.fill(&side(520.0, 34.0), kerb, 1.0);
    c.fill(&side(440.0, 26.0), Paint::Fade(colour.lighter(0.22), horizon, colour, HIGH), 1.0);
    for i in 0..7 {
        let (a, b) = (0.06 + i as f32 * 0.145, 0.12 + i as f32 * 0.145);
        let (a, b) = (a * a, b * b);
        let at = |t: f32| (far.0 + (near.0 - far.0) * t, horizon + (HIGH - horizon) * t);
        let ((x1, y1), (x2, y2)) = (at(a), at(b));
        let half = |t: f32| 1.0 + 9.0 * t;
        let dash = [(x1 - half(a), y1), (x1 + half(a), y1), (x2 + half(b), y2), (x2 - half(b), y2)];
        c.fill(&dash, hex(0xf4efe0), 0.9);
    }
    (near, far)
}

/// An uneven round shape.
pub fn blob(dice: &Dice, at: At, rx: f32, ry: f32, rough: f32) -> Vec<At> {
    let corners = 30;
    let (a, b, p, q) = (dice.between(0.4, 1.0), dice.between(0.3, 0.8), dice.between(0.0, 6.3), dice.between(0.0, 6.3));
    (0..corners)
        .map(|i| {
            let turn = i as f32 / corners as f32 * std::f32::consts::TAU;
            let r = 1.0 + rough * (a * (turn * 2.0 + p).sin() + b * (turn * 5.0 + q).sin());
            (at.0 + rx * r * turn.cos(), at.1 + ry * r * turn.sin())
        })
        .collect()
}

/// A traffic cone.
pub fn cone(c: &mut Canvas, at: At, size: f32) {
    c.ellipse((at.0, at.1 + size * 0.04), size * 0.5, size * 0.13, hex(0x1c2430), 0.25);
    c.rect(at.0 - size * 0.36, at.1 - size * 0.07, size * 0.72, size * 0.1, hex(0xd9542b));
    let part = |low: f32, high: f32| {
        let (a, b) = (size * 0.27 * (1.0 - low), size * 0.27 * (1.0 - high));
        let (y1, y2) = (at.1 - size * low, at.1 - size * high);
        [(at.0 - a, y1), (at.0 - b, y2), (at.0 + b, y2), (at.0 + a, y1)]
    };
    c.fill(&part(0.05, 0.95), hex(0xee6c35), 1.0);
    c.fill(&part(0.35, 0.55), hex(0xfff6ea), 1.0);
    c.fill(&part(0.72, 0.84), hex(0xfff6ea), 1.0);
}

/// A concrete pole with a crossbar; answers where the wires hang.
pub fn pole(c: &mut Canvas, foot: At, high: f32, lean: f32) -> [At; 3] {
    let top = (foot.0 + lean, foot.1 - high);
    let colour = hex(0x9d9a93);
    c.fill(
        &[(foot.0 - 10.0, foot.1), (top.0 - 6.0, top.1), (top.0 + 6.0, top.1), (foot.0 + 10.0, foot.1)],
        colour,
        1.0,
    );
    c.fill(
        &[(foot.0 + 3.0, foot.1), (top.0 + 2.0, top.1), (top.0 + 6.0, top.1), (foot.0 + 10.0, foot.1)],
        colour.darker(0.2),
        1.0,
    );
    let tilt = lean / high * 60.0;
    let bar = (top.0 - lean * 0.08, top.1 + high * 0.08);
    c.line(&[(bar.0 - 56.0, bar.1 - tilt), (bar.0 + 56.0, bar.1 + tilt)], 8.0, hex(0x77746e));
    let ends = [(bar.0 - 48.0, bar.1 - tilt), (bar.0, bar.1), (bar.0 + 48.0, bar.1 + tilt)];
    for end in ends {
        c.rect(end.0 - 4.0, end.1 - 14.0, 8.0, 12.0, hex(0xe9e4d8));
    }
    ends.map(|(x, y)| (x, y - 14.0))
}

pub fn wire(c: &mut Canvas, from: At, to: At, sag: f32) {
    let middle = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0 + sag * 2.0);
    c.line(&bend(from, middle, to), 2.6, hex(0x2f3640));
}

/// A heap of bags, boxes and bottles.
pub fn rubbish(c: &mut Canvas, dice: &Dice, at: At, size: f32) {
    c.ellipse((at.0, at.1 + size * 0.1), size * 1.45, size * 0.24, hex(0x1c2430), 0.2);
    const BAGS: [u32; 6] = [0x3d4450, 0x5a6472, 0xe9e6dd, 0x4d86a8, 0xd8595a, 0x6e9c5d];
    for i in 0..11 {
        let spread = if i < 6 { 1.1 } else { 0.6 };
        let x = at.0 + dice.between(-spread, spread) * size;
        let y = at.1 - if i < 6 { 0.12 } else { 0.5 } * size - dice.between(0.0, 0.12) * size;
        let r = size * dice.between(0.24, 0.36);
        let colour = hex(BAGS[dice.below(BAGS.len())]);
        c.fill(&blob(dice, (x, y), r, r * 0.82, 0.06), colour, 1.0);
        c.ellipse((x - r * 0.3, y - r * 0.3), r * 0.35, r * 0.22, colour.lighter(0.3), 0.8);
        c.fill(
            &[
                (x - r * 0.16, y - r * 0.7),
                (x - r * 0.3, y - r * 1.08),
                (x + r * 0.34, y - r * 1.02),
                (x + r * 0.16, y - r * 0.7),
            ],
            colour.darker(0.12),
            1.0,
        );
    }
    for _ in 0..3 {
        let (x, y) = (at.0 + dice.between(-1.3, 1.0) * size, at.1 + dice.between(-0.1, 0.12) * size);
        c.fill(
            &[
                (x, y),
                (x + size * 0.34, y - size * 0.06),
                (x + size * 0.38, y + size * 0.14),
                (x + size * 0.04, y + size * 0.2),
            ],
            hex(0xc89a62),
            1.0,
        );
        c.line(&[(x + size * 0.5, y + size * 0.12), (x + size * 0.72, y + size * 0.06)], size * 0.09, hex(0x7fc4cf));
    }
}

/// A green bin with a lid and wheels.
pub fn bin(c: &mut Canvas, at: At, size: f32) {
    c.ellipse((at.0, at.1), size * 0.5, size * 0.1, hex(0x1c2430), 0.2);
    c.fill(
        &[
            (at.0 - size * 0.3, at.1),
            (at.0 - size * 0.38, at.1 - size * 0.85),
            (at.0 + size * 0.38, at.1 - size * 0.85),
            (at.0 + size * 0.3, at.1),
        ],
        hex(0x3f9a66),
        1.0,
    );
    c.rect(at.0 - size * 0.44, at.1 - size * 0.98, size * 0.88, size * 0.15, hex(0x2f7d50));
    for x in [-0.2, 0.2] {
        c.ellipse((at.0 + size * x, at.1), size * 0.09, size * 0.09, hex(0x30363f), 1.0);
    }
    c.ellipse((at.0, at.1 - size * 0.45), size * 0.15, size * 0.15, hex(0xffffff), 0.8);
}

/// Thin cracks out of a place.
pub fn cracks(c: &mut Canvas, dice: &Dice, at: At, reach: f32, colour: Colour) {
    for i in 0..7 {
        let turn = i as f32 / 7.0 * std::f32::consts::TAU + dice.between(-0.3, 0.3);
        let mut line = vec![at];
        let mut far = 0.0;
        for _ in 0..4 {
            far += reach * dice.between(0.2, 0.3);
            let bent = turn + dice.between(-0.35, 0.35);
            line.push((at.0 + bent.cos() * far, at.1 + bent.sin() * far * 0.45));
        }
        c.line(&line, 2.4, colour);
    }
}

/// A light shimmer on water.
pub fn ripples(c: &mut Canvas, dice: &Dice, from: At, to: At, colour: Colour, many: usize) {
    for _ in 0..many {
        let (x, y) = (dice.between(from.0, to.0), dice.between(from.1, to.1));
        let long = 10.0 + (y - from.1) / (to.1 - from.1).max(1.0) * 46.0;
        c.fill(&oval((x, y), long, 2.4), colour, 0.5);
    }
}

/// A stick with a red cloth: what neighbours put up long before anybody with a cone comes.
pub fn warning_branch(c: &mut Canvas, at: At, size: f32) {
    c.line(&[at, (at.0 + size * 0.14, at.1 - size)], size * 0.045, hex(0x7a5638));
    c.line(
        &[(at.0 + size * 0.07, at.1 - size * 0.5), (at.0 + size * 0.3, at.1 - size * 0.8)],
        size * 0.03,
        hex(0x7a5638),
    );
    for (x, y) in [(0.1, -1.02), (0.2, -0.94), (0.32, -0.84), (0.24, -0.76), (0.04, -0.92)] {
        c.ellipse((at.0 + size * x, at.1 + size * y), size * 0.1, size * 0.05, hex(0x5f9e58), 1.0);
    }
    c.fill(
        &[
            (at.0 + size * 0.08, at.1 - size * 0.62),
            (at.0 - size * 0.26, at.1 - size * 0.56),
            (at.0 - size * 0.2, at.1 - size * 0.38),
            (at.0 + size * 0.06, at.1 - size * 0.44),
        ],
        hex(0xd83a34),
        1.0,
    );
}
