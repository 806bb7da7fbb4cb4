//! Streets: potholes, lamps, floods, crossings, cables, poles, trees.

use super::super::dice::Dice;
use super::{
    canvas::{At, Canvas, Colour, Paint, hex},
    parts::{self, ASPHALT, GRASS, HIGH, Light, MUD, NIGHT, PAVEMENT, WIDE, blob, cone, cracks, tree as green, wire},
};

/// Sky, houses on both sides, a road into the distance. Answers the road's middle near us.
fn street(c: &mut Canvas, dice: &Dice, light: Light, night: bool) -> At {
    let horizon = 330.0;
    parts::sky(c, dice, light, horizon);
    let shade = |colour: Colour| if night { colour.mix(hex(0x1d2748), 0.68) } else { colour };
    c.rect(0.0, horizon, WIDE, HIGH - horizon, shade(GRASS));
    let (near, _) = parts::road(c, dice, horizon, shade(ASPHALT), shade(PAVEMENT));
    // The houses stand beside the road, smaller with the distance.
    for side in [-1.0, 1.0] {
        for i in (0..4).rev() {
            let t = i as f32 / 4.0;
            let w = 150.0 * (1.0 - t * 0.72);
            let x = 480.0 + side * (470.0 - 340.0 * t) - w / 2.0;
            let base = horizon + 96.0 * (1.0 - t) + 8.0;
            parts::house(c, dice, x, base, w, (300.0 - 190.0 * t) * dice.between(0.8, 1.05), night);
        }
    }
    near
}

pub fn road(c: &mut Canvas, dice: &Dice, after: bool) {
    let near = street(c, dice, Light::any(dice), false);
    for x in [148.0, 812.0] {
        green(c, dice, (x, 486.0), 150.0, 0.0);
    }
    let at = (near.0 + dice.between(-90.0, 60.0), 596.0);
    if after {
        // A fresh patch: straight edges, darker than the old road.
        let fresh = hex(0x474d55);
        c.fill(
            &[(at.0 - 168.0, 548.0), (at.0 + 150.0, 540.0), (at.0 + 206.0, 660.0), (at.0 - 204.0, 668.0)],
            fresh,
            1.0,
        );
        c.fill(
            &[(at.0 - 160.0, 553.0), (at.0 + 144.0, 546.0), (at.0 + 152.0, 556.0), (at.0 - 166.0, 564.0)],
            fresh.lighter(0.12),
            1.0,
        );
        for _ in 0..90 {
            let spot = (at.0 + dice.between(-175.0, 165.0), dice.between(560.0, 650.0));
            c.ellipse(spot, 3.0, 2.0, fresh.lighter(dice.between(0.1, 0.3)), 0.8);
        }
        return;
    }
    cracks(c, dice, at, 270.0, hex(0x4c525a));
    c.fill(&blob(dice, at, 176.0, 60.0, 0.07), hex(0x868b90), 1.0);
    c.fill(&blob(dice, (at.0, at.1 + 3.0), 160.0, 50.0, 0.07), hex(0x51483d), 1.0);
    c.fill(&blob(dice, (at.0 + 6.0, at.1 + 14.0), 136.0, 34.0, 0.05), hex(0x6f5a43), 1.0);
    if dice.chance(60) {
        c.fill(&blob(dice, (at.0 + 12.0, at.1 + 18.0), 112.0, 24.0, 0.04), hex(0x8ba3ad), 1.0);
        c.ellipse((at.0 - 16.0, at.1 + 12.0), 46.0, 5.0, hex(0xd5e6ea), 0.7);
    }
    for _ in 0..16 {
        let stone = (at.0 + dice.between(-230.0, 230.0), at.1 + dice.between(-46.0, 72.0));
        let r = dice.between(4.0, 11.0);
        c.ellipse(stone, r, r * 0.7, hex(0x8f8a80).darker(dice.between(0.0, 0.3)), 1.0);
    }
    if dice.chance(50) {
        cone(c, (at.0 + 196.0, at.1 - 22.0), 92.0);
    } else {
        parts::warning_branch(c, (at.0 - 30.0, at.1 + 8.0), 150.0);
    }
}

pub fn lamp(c: &mut Canvas, dice: &Dice, after: bool) {
    street(c, dice, NIGHT, true);
    c.ellipse((170.0, 96.0), 44.0, 44.0, hex(0xf5efd2), 1.0);
    c.ellipse((188.0, 86.0), 38.0, 38.0, hex(0x222f55), 1.0);
    for _ in 0..26 {
        c.ellipse((dice.between(0.0, WIDE), dice.between(10.0, 210.0)), 2.2, 2.2, hex(0xe8ecf7), 0.9);
    }
    let foot = (692.0, 640.0);
    let (top, head) = ((foot.0, 150.0), (foot.0 - 128.0, 128.0));
    let metal = hex(0x8d98ad);
    let lit = |c: &mut Canvas, from: At, low: f32, wide: f32| {
        for (part, alpha) in [(1.0, 0.16), (0.72, 0.18), (0.44, 0.2)] {
            let w = wide * part;
            c.fill(
                &[(from.0 - 14.0, from.1), (from.0 + 14.0, from.1), (from.0 + w, low), (from.0 - w, low)],
                hex(0xffe39a),
                alpha,
            );
        }
        c.ellipse((from.0, low), wide * 0.9, wide * 0.24, hex(0xffe39a), 0.3);
    };
    // A small lamp further on always burns.
    c.line(&[(398.0, 436.0), (398.0, 272.0), (426.0, 266.0)], 5.0, metal.darker(0.3));
    lit(c, (428.0, 270.0), 420.0, 62.0);
    c.ellipse((428.0, 268.0), 9.0, 5.0, hex(0xfff3c4), 1.0);
    if after {
        lit(c, (head.0, head.1 + 12.0), 630.0, 250.0);
    }
    c.line(&[foot, top], 15.0, metal);
    c.line(&[top, (head.0 + 30.0, head.1 - 6.0)], 10.0, metal);
    c.rect(foot.0 - 20.0, foot.1 - 60.0, 40.0, 66.0, metal.darker(0.25));
    let bulb = if after { hex(0xfff3c4) } else { hex(0x2b3350) };
    c.fill(
        &[
            (head.0 - 44.0, head.1 + 2.0),
            (head.0 - 24.0, head.1 - 16.0),
            (head.0 + 40.0, head.1 - 16.0),
            (head.0 + 48.0, head.1 + 2.0),
        ],
        metal.darker(0.1),
        1.0,
    );
    c.ellipse((head.0, head.1 + 4.0), 36.0, 11.0, bulb, 1.0);
    if after {
        c.ellipse(head, 96.0, 78.0, hex(0xfff0b8), 0.22);
    }
}

pub fn flood(c: &mut Canvas, dice: &Dice, after: bool) {
    let light = if after { parts::DAY } else { parts::DULL };
    parts::sky(c, dice, light, 320.0);
    c.rect(0.0, 320.0, WIDE, 400.0, PAVEMENT);
    parts::row_of_houses(c, dice, -20.0, 1000.0, 452.0, 300.0, false);
    let level = 420.0;
    if after {
        c.rect(0.0, 452.0, WIDE, 40.0, PAVEMENT.darker(0.08));
        c.rect(0.0, 486.0, WIDE, HIGH - 486.0, Paint::Fade(ASPHALT.lighter(0.15), 486.0, ASPHALT, HIGH));
        // The mark the water left on the walls.
        c.fill(&[(0.0, level), (WIDE, level), (WIDE, 452.0), (0.0, 452.0)], MUD, 0.45);
        for i in 0..6 {
            c.fill(
                &[
                    (40.0 + i as f32 * 170.0, 596.0),
                    (130.0 + i as f32 * 170.0, 596.0),
                    (122.0 + i as f32 * 170.0, 608.0),
                    (28.0 + i as f32 * 170.0, 608.0),
                ],
                hex(0xf4efe0),
                0.9,
            );
        }
        for _ in 0..4 {
            c.fill(
                &blob(dice, (dice.between(80.0, 880.0), dice.between(640.0, 700.0)), 90.0, 14.0, 0.1),
                hex(0x8fb4c4),
                0.6,
            );
        }
    } else {
        let water = hex(0xb39a72);
        c.rect(0.0, level, WIDE, HIGH - level, Paint::Fade(water.lighter(0.25), level, water.darker(0.12), HIGH));
        // Houses shimmer upside down.
        for i in 0..9 {
            c.rect(i as f32 * 112.0 + 14.0, level, 82.0, dice.between(40.0, 110.0), parts::wall(dice).mix(water, 0.62));
        }
        parts::ripples(c, dice, (0.0, level + 14.0), (WIDE, HIGH), water.lighter(0.55), 46);
        // A road sign and a shrub stand in it, a basin and branches float.
        c.line(&[(214.0, 600.0), (214.0, 372.0)], 11.0, hex(0x9aa1a8));
        c.fill(&[(150.0, 400.0), (214.0, 286.0), (278.0, 400.0)], hex(0xd8423a), 1.0);
        c.fill(&[(170.0, 388.0), (214.0, 308.0), (258.0, 388.0)], hex(0xffe38a), 1.0);
        c.rect(209.0, 330.0, 10.0, 34.0, hex(0x30363f));
        c.ellipse((214.0, 376.0), 6.0, 6.0, hex(0x30363f), 1.0);
        c.ellipse((214.0, 602.0), 34.0, 6.0, water.lighter(0.5), 0.8);
        let x = dice.between(520.0, 700.0);
        c.ellipse((x, 580.0), 96.0, 20.0, hex(0xc2463f), 1.0);
        c.fill(&[(x - 96.0, 578.0), (x + 96.0, 578.0), (x + 70.0, 616.0), (x - 70.0, 616.0)], hex(0xd8594f), 1.0);
        c.ellipse((x, 578.0), 84.0, 14.0, hex(0x8d2f2a), 1.0);
        c.line(&[(360.0, 668.0), (470.0, 650.0), (520.0, 660.0)], 9.0, hex(0x6f5238));
        parts::bush(c, dice, (500.0, 652.0), 18.0);
        for _ in 0..38 {
            let (rx, ry) = (dice.between(0.0, WIDE), dice.between(0.0, 640.0));
            c.line(&[(rx, ry), (rx - 9.0, ry + 30.0)], 1.8, hex(0xeef4f6));
        }
    }
}

pub fn crossing(c: &mut Canvas, dice: &Dice, after: bool) {
    let light = Light::any(dice);
    parts::sky(c, dice, light, 300.0);
    c.rect(0.0, 300.0, WIDE, 200.0, GRASS);
    for x in [70.0, 890.0] {
        green(c, dice, (x, 420.0), 170.0, 0.0);
    }
    // The school: yellow, red roof, gate in the middle.
    let front = hex(0xf6dd9e);
    c.rect(180.0, 190.0, 600.0, 200.0, front);
    c.fill(&[(160.0, 194.0), (214.0, 124.0), (746.0, 124.0), (800.0, 194.0)], hex(0xc5624a), 1.0);
    for i in 0..7 {
        let x = 206.0 + i as f32 * 82.0;
        c.rect(x, 232.0, 54.0, 74.0, hex(0xffffff));
        c.rect(x + 5.0, 237.0, 44.0, 64.0, hex(0x7fb2cc));
        c.rect(x + 25.0, 237.0, 4.0, 64.0, hex(0xffffff));
    }
    c.line(&[(480.0, 124.0), (480.0, 44.0)], 6.0, hex(0x9aa1a8));
    c.rect(482.0, 46.0, 74.0, 48.0, hex(0xd8322c));
    c.ellipse((519.0, 70.0), 10.0, 10.0, hex(0xffd84a), 1.0);
    c.rect(0.0, 372.0, WIDE, 50.0, hex(0xe7d5b1));
    for i in 0..20 {
        c.rect(i as f32 * 50.0, 350.0, 16.0, 72.0, hex(0xd9c08e));
    }
    c.rect(390.0, 330.0, 180.0, 92.0, hex(0x5d8fae));
    for i in 0..8 {
        c.rect(396.0 + i as f32 * 22.0, 334.0, 7.0, 88.0, hex(0x8bb8d0));
    }
    c.rect(0.0, 422.0, WIDE, 44.0, PAVEMENT);
    c.rect(0.0, 462.0, WIDE, 10.0, PAVEMENT.darker(0.25));
    c.rect(0.0, 470.0, WIDE, 250.0, Paint::Fade(ASPHALT.lighter(0.18), 470.0, ASPHALT, HIGH));
    for i in 0..7 {
        let x = 262.0 + i as f32 * 66.0;
        let bottom = 480.0 + (x - 480.0) * 1.5;
        let stripe = [(x, 480.0), (x + 36.0, 480.0), (bottom + 62.0, 712.0), (bottom, 712.0)];
        if after {
            c.fill(&stripe, hex(0xfdfaf2), 1.0);
        } else {
            c.fill(&stripe, hex(0xe8e4d8), 0.22);
            for _ in 0..3 {
                let t = dice.between(0.1, 0.9);
                let at = (x + (bottom - x) * t + 24.0, 480.0 + 232.0 * t);
                c.fill(&blob(dice, at, 22.0, 10.0, 0.2), hex(0xf4f1e6), 0.45);
            }
        }
    }
    let x = 838.0;
    c.line(&[(x, 640.0), (x, 330.0)], 10.0, hex(0x8f979e));
    if after {
        c.fill(&[(x, 268.0), (x + 62.0, 330.0), (x, 392.0), (x - 62.0, 330.0)], hex(0xf6c945), 1.0);
        c.ellipse((x, 306.0), 9.0, 9.0, hex(0x30363f), 1.0);
        c.line(&[(x, 316.0), (x, 342.0)], 9.0, hex(0x30363f));
        c.line(&[(x - 14.0, 366.0), (x, 342.0), (x + 14.0, 366.0)], 7.0, hex(0x30363f));
    } else {
        parts::bush(c, dice, (x, 420.0), 60.0);
        parts::bush(c, dice, (x + 10.0, 360.0), 50.0);
    }
}

/// A pavement with houses behind, seen from the side: ground for poles, cables, trees.
fn roadside(c: &mut Canvas, dice: &Dice, light: Light) {
    parts::sky(c, dice, light, 360.0);
    c.rect(0.0, 360.0, WIDE, 200.0, GRASS);
    parts::row_of_houses(c, dice, -30.0, 1000.0, 520.0, 290.0, false);
    c.rect(0.0, 518.0, WIDE, 70.0, PAVEMENT);
    for i in 0..16 {
        c.rect(i as f32 * 64.0, 518.0, 3.0, 70.0, PAVEMENT.darker(0.12));
    }
    c.rect(0.0, 586.0, WIDE, 14.0, PAVEMENT.darker(0.3));
    c.rect(0.0, 598.0, WIDE, 122.0, Paint::Fade(ASPHALT.lighter(0.15), 598.0, ASPHALT, HIGH));
    for i in 0..6 {
        c.rect(i as f32 * 180.0 + 20.0, 656.0, 96.0, 9.0, hex(0xf4efe0));
    }
}

pub fn cables(c: &mut Canvas, dice: &Dice, after: bool) {
    roadside(c, dice, Light::any(dice));
    let (left, right) = (parts::pole(c, (150.0, 576.0), 480.0, 0.0), parts::pole(c, (800.0, 576.0), 480.0, 0.0));
    for i in 0..3 {
        wire(c, left[i], right[i], 22.0);
    }
    let many = if after { 4 } else { 15 };
    for i in 0..many {
        let high = 206.0 + dice.between(0.0, if after { 10.0 } else { 52.0 });
        let sag = if after { 26.0 } else { dice.between(30.0, 130.0) };
        let _ = i;
        wire(c, (150.0, high), (800.0, high + dice.between(-8.0, 8.0)), sag);
    }
    for x in [150.0, 800.0] {
        if after {
            c.rect(x - 24.0, 196.0, 48.0, 30.0, hex(0x59636f));
            continue;
        }
        for _ in 0..4 {
            let r = dice.between(26.0, 44.0);
            let at = (x + dice.between(-18.0, 18.0), 250.0 + dice.between(-16.0, 40.0));
            let mut ring = super::canvas::oval(at, r, r * 1.25);
            ring.extend_from_within(0..1);
            c.line(&ring, 2.6, hex(0x2f3640));
        }
    }
    if !after {
        // Two have come down to where people walk.
        c.line(&super::canvas::bend((360.0, 250.0), (420.0, 640.0), (470.0, 560.0)), 3.2, hex(0x23282f));
        c.line(&super::canvas::bend((600.0, 262.0), (560.0, 620.0), (640.0, 570.0)), 3.2, hex(0x23282f));
        cone(c, (520.0, 588.0), 74.0);
    }
}

pub fn pole(c: &mut Canvas, dice: &Dice, after: bool) {
    roadside(c, dice, Light::any(dice));
    let (far_left, far_right) = ((-40.0, 200.0), (1000.0, 190.0));
    let foot = (500.0, 572.0);
    let lean = if after { 0.0 } else { dice.between(150.0, 190.0) };
    let ends = parts::pole(c, foot, 470.0 - lean * 0.22, lean);
    for end in ends {
        wire(c, far_left, end, if after { 16.0 } else { 6.0 });
        wire(c, end, far_right, if after { 16.0 } else { 74.0 });
    }
    if after {
        c.fill(&[(446.0, 586.0), (462.0, 544.0), (538.0, 544.0), (554.0, 586.0)], hex(0xc9c6be), 1.0);
        c.rect(446.0, 580.0, 108.0, 8.0, hex(0xa9a7a0));
    } else {
        c.fill(&blob(dice, (490.0, 578.0), 74.0, 14.0, 0.12), hex(0x6f5a43), 1.0);
        cracks(c, dice, (490.0, 578.0), 120.0, hex(0x8d8474));
        cone(c, (372.0, 592.0), 72.0);
        cone(c, (650.0, 592.0), 72.0);
        c.line(&[(372.0, 540.0), (650.0, 540.0)], 7.0, hex(0xe8504a));
    }
}

pub fn tree(c: &mut Canvas, dice: &Dice, after: bool) {
    roadside(c, dice, Light::any(dice));
    let (left, right) = (parts::pole(c, (90.0, 576.0), 440.0, 0.0), parts::pole(c, (880.0, 576.0), 440.0, 0.0));
    for i in 0..3 {
        wire(c, left[i], right[i], if after { 20.0 } else { 64.0 });
    }
    let foot = (dice.between(340.0, 420.0), 582.0);
    c.fill(&blob(dice, (foot.0, foot.1 - 2.0), 54.0, 12.0, 0.06), hex(0x8a6244), 1.0);
    if after {
        green(c, dice, foot, 190.0, 0.0);
    } else {
        green(c, dice, foot, 380.0, 190.0);
        c.line(&[(foot.0 + 96.0, 586.0), (foot.0 + 190.0, 574.0), (foot.0 + 230.0, 584.0)], 8.0, hex(0x7a5638));
        parts::bush(c, dice, (foot.0 + 210.0, 588.0), 22.0);
    }
}
