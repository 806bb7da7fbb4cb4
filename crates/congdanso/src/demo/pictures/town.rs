//! Things close by: drains, pipes, school roofs, building sand, market lanes, memorials.

use super::super::dice::Dice;
use super::{
    canvas::{At, Canvas, Colour, Paint, bend, hex},
    parts::{self, ASPHALT, CLEAR, GRASS, HIGH, Light, PAVEMENT, STONE, WIDE, blob, cone, cracks},
};

/// Pavement tiles seen from a person's height, with a kerb and the road at the lower edge.
fn pavement(c: &mut Canvas, dice: &Dice) {
    let light = Light::any(dice);
    parts::sky(c, dice, light, 190.0);
    parts::row_of_houses(c, dice, -20.0, 1000.0, 236.0, 230.0, false);
    c.rect(0.0, 234.0, WIDE, 330.0, Paint::Fade(PAVEMENT.lighter(0.2), 234.0, PAVEMENT, 564.0));
    for i in 0..6 {
        let t = (i as f32 / 6.0).powf(1.5);
        c.rect(0.0, 246.0 + t * 318.0, WIDE, 2.5, PAVEMENT.darker(0.16));
    }
    for i in -6..=6 {
        let x = i as f32;
        c.line(&[(480.0 + x * 66.0, 234.0), (480.0 + x * 150.0, 564.0)], 2.5, PAVEMENT.darker(0.16));
    }
    c.rect(0.0, 560.0, WIDE, 26.0, STONE.lighter(0.35));
    c.rect(0.0, 584.0, WIDE, 20.0, STONE.darker(0.15));
    c.rect(0.0, 602.0, WIDE, 118.0, ASPHALT);
}

fn four(at: At, wide: f32, high: f32) -> [At; 4] {
    let slant = high * 0.3;
    [
        (at.0 - wide + slant * 0.5, at.1 - high),
        (at.0 + wide - slant * 0.5, at.1 - high),
        (at.0 + wide + slant, at.1 + high),
        (at.0 - wide - slant, at.1 + high),
    ]
}

pub fn drain(c: &mut Canvas, dice: &Dice, after: bool) {
    pavement(c, dice);
    let at = (dice.between(430.0, 530.0), 424.0);
    c.fill(&four(at, 190.0, 92.0), hex(0xb9b4a8), 1.0);
    if after {
        c.fill(&four(at, 172.0, 80.0), hex(0xd9d6cc), 1.0);
        c.fill(&four((at.0, at.1 + 74.0), 188.0, 6.0), hex(0x9a968b), 1.0);
        for i in -2..=2 {
            let (top, low, half) = (at.0 + i as f32 * 58.0, at.0 + i as f32 * 68.0, 9.0);
            let slot = [
                (top - half, at.1 - 46.0),
                (top + half, at.1 - 46.0),
                (low + half, at.1 + 46.0),
                (low - half, at.1 + 46.0),
            ];
            c.fill(&slot, hex(0x4a4d52), 1.0);
        }
        for x in [-150.0, 150.0] {
            c.ellipse((at.0 + x, at.1), 11.0, 8.0, hex(0x6b6a66), 1.0);
        }
        return;
    }
    c.fill(&four(at, 168.0, 76.0), hex(0x23262b), 1.0);
    c.fill(&four((at.0, at.1 - 58.0), 158.0, 18.0), hex(0x4c4a46), 1.0);
    c.ellipse((at.0 + 10.0, at.1 + 36.0), 128.0, 26.0, hex(0x3f4a3a), 1.0);
    // Half of the slab has fallen in, half lies beside.
    c.fill(
        &[
            (at.0 - 150.0, at.1 - 66.0),
            (at.0 - 20.0, at.1 - 60.0),
            (at.0 - 54.0, at.1 + 42.0),
            (at.0 - 190.0, at.1 + 10.0),
        ],
        hex(0xc9c5ba),
        1.0,
    );
    c.fill(
        &[
            (at.0 - 190.0, at.1 + 10.0),
            (at.0 - 54.0, at.1 + 42.0),
            (at.0 - 56.0, at.1 + 56.0),
            (at.0 - 190.0, at.1 + 24.0),
        ],
        hex(0x96928a),
        1.0,
    );
    c.fill(
        &[
            (at.0 + 236.0, at.1 + 30.0),
            (at.0 + 330.0, at.1 + 14.0),
            (at.0 + 350.0, at.1 + 66.0),
            (at.0 + 250.0, at.1 + 90.0),
        ],
        hex(0xc3bfb4),
        1.0,
    );
    cracks(c, dice, (at.0 + 178.0, at.1 + 60.0), 150.0, PAVEMENT.darker(0.35));
    if dice.chance(50) {
        parts::warning_branch(c, (at.0 + 30.0, at.1 + 40.0), 250.0);
    } else {
        cone(c, (at.0 - 250.0, at.1 + 84.0), 120.0);
        parts::warning_branch(c, (at.0 + 90.0, at.1 + 30.0), 190.0);
    }
}

pub fn pipe(c: &mut Canvas, dice: &Dice, after: bool) {
    pavement(c, dice);
    let at = (dice.between(440.0, 520.0), 470.0);
    if after {
        c.fill(&four(at, 150.0, 52.0), hex(0xe4dfd3), 1.0);
        for i in -1..=1 {
            c.line(
                &[(at.0 + i as f32 * 82.0, at.1 - 50.0), (at.0 + i as f32 * 98.0, at.1 + 50.0)],
                2.5,
                PAVEMENT.darker(0.2),
            );
        }
        c.ellipse(at, 46.0, 24.0, hex(0x4a6c86), 1.0);
        c.ellipse((at.0, at.1 - 3.0), 38.0, 18.0, hex(0x5f88a6), 1.0);
        c.line(&[(at.0 - 18.0, at.1 - 3.0), (at.0 + 18.0, at.1 - 3.0)], 6.0, hex(0x3f5a70));
        return;
    }
    let water = CLEAR.lighter(0.15);
    c.fill(&blob(dice, (at.0 + 20.0, at.1 + 40.0), 330.0, 66.0, 0.06), water, 0.75);
    c.fill(&[(at.0 - 150.0, 560.0), (at.0 + 190.0, 560.0), (at.0 + 330.0, HIGH), (at.0 - 260.0, HIGH)], water, 0.7);
    parts::ripples(c, dice, (at.0 - 220.0, at.1 + 10.0), (at.0 + 240.0, 700.0), hex(0xffffff), 26);
    c.fill(&blob(dice, at, 120.0, 36.0, 0.08), hex(0x6f5a43), 1.0);
    c.fill(&blob(dice, (at.0, at.1 + 6.0), 94.0, 24.0, 0.06), hex(0x4b3d30), 1.0);
    c.line(&[(at.0 - 84.0, at.1 + 8.0), (at.0 + 84.0, at.1 + 2.0)], 22.0, hex(0x6f8fa6));
    for i in -4..=4 {
        let far = i as f32 * 46.0 + dice.between(-12.0, 12.0);
        let up = dice.between(190.0, 300.0) - far.abs() * 0.4;
        let jet = bend(at, (at.0 + far * 0.5, at.1 - up * 1.7), (at.0 + far * 1.25, at.1 + 16.0));
        c.line(&jet, 9.0, water.lighter(0.35));
        c.line(&jet, 3.2, hex(0xffffff));
    }
    for _ in 0..34 {
        let drop = (at.0 + dice.between(-230.0, 230.0), at.1 - dice.between(0.0, 230.0));
        c.ellipse(drop, 4.0, 5.5, water.lighter(0.5), 0.9);
    }
    cone(c, (at.0 - 270.0, at.1 + 76.0), 100.0);
}

pub fn school(c: &mut Canvas, dice: &Dice, after: bool) {
    let light = if after { parts::DAY } else { Light::any(dice) };
    parts::sky(c, dice, light, 360.0);
    c.rect(0.0, 360.0, WIDE, 360.0, GRASS);
    parts::palm(c, dice, (70.0, 560.0), 330.0);
    c.rect(0.0, 556.0, WIDE, 164.0, hex(0xdcc7a0));
    let front = if after { hex(0xf8e0a0) } else { hex(0xeed8a4) };
    c.rect(150.0, 300.0, 700.0, 260.0, front);
    c.rect(150.0, 530.0, 700.0, 30.0, front.darker(0.25));
    for i in 0..5 {
        let x = 186.0 + i as f32 * 134.0;
        let (w, h, y) = if i == 2 { (84.0, 182.0, 378.0) } else { (96.0, 104.0, 378.0) };
        c.rect(x - 6.0, y - 6.0, w + 12.0, h + 6.0, hex(0xffffff));
        c.rect(x, y, w, h - 6.0, if i == 2 { hex(0x8a6244) } else { hex(0x86b8d0) });
        if i != 2 {
            c.rect(x + w / 2.0 - 3.0, y, 6.0, h - 6.0, hex(0xffffff));
        }
    }
    // Roof: rows of tiles.
    let (top, low) = (176.0, 312.0);
    let roof = hex(0xc9674c);
    c.fill(&[(224.0, top), (776.0, top), (876.0, low), (124.0, low)], roof, 1.0);
    for i in 1..6 {
        let t = i as f32 / 6.0;
        let y = top + (low - top) * t;
        c.line(&[(224.0 - 100.0 * t, y), (776.0 + 100.0 * t, y)], 3.2, roof.darker(0.22));
    }
    for i in 0..22 {
        let t = i as f32 / 21.0;
        c.line(&[(224.0 + 552.0 * t, top), (124.0 + 752.0 * t, low)], 2.2, roof.darker(0.15));
    }
    let hole = (dice.between(360.0, 640.0), 240.0);
    if after {
        c.fill(&four(hole, 82.0, 34.0), hex(0xdd8463), 1.0);
        for i in -2..=2 {
            c.line(
                &[(hole.0 + i as f32 * 32.0, hole.1 - 34.0), (hole.0 + i as f32 * 36.0, hole.1 + 34.0)],
                2.2,
                roof.darker(0.1),
            );
        }
        parts::bush(c, dice, (300.0, 566.0), 26.0);
        parts::bush(c, dice, (720.0, 566.0), 26.0);
    } else {
        c.fill(&blob(dice, hole, 96.0, 38.0, 0.1), hex(0x3a2d28), 1.0);
        for i in -1..=2 {
            let x = hole.0 + i as f32 * 44.0 - 30.0;
            c.line(&[(x, hole.1 - 40.0), (x + 10.0, hole.1 + 40.0)], 7.0, hex(0x7a5638));
        }
        for _ in 0..9 {
            let at = (hole.0 + dice.between(-150.0, 150.0), dice.between(572.0, 640.0));
            c.fill(&four(at, 16.0, 6.0), roof.darker(dice.between(0.0, 0.25)), 1.0);
        }
        cracks(c, dice, (hole.0, 340.0), 130.0, front.darker(0.4));
        c.fill(&blob(dice, (hole.0 + 20.0, 350.0), 54.0, 40.0, 0.12), hex(0xa9905c), 0.45);
    }
}

pub fn sand(c: &mut Canvas, dice: &Dice, after: bool) {
    pavement(c, dice);
    if after {
        parts::tree(c, dice, (190.0, 470.0), 200.0, 0.0);
        c.fill(&four((190.0, 476.0), 62.0, 16.0), hex(0x8a6244), 1.0);
        parts::bin(c, (770.0, 500.0), 130.0);
        return;
    }
    let colour = hex(0xe0bd7c);
    let at = (dice.between(330.0, 400.0), 600.0);
    c.ellipse((at.0, at.1 + 6.0), 320.0, 40.0, hex(0x1c2430), 0.18);
    let heap = |from: f32, high: f32, to: f32| {
        let mut outline = bend((at.0 + from, at.1 + 14.0), (at.0 - 20.0, at.1 - high * 2.0), (at.0 + to, at.1 + 14.0));
        outline.push((at.0 + to, at.1 + 14.0));
        outline
    };
    c.fill(&heap(-310.0, 230.0, 280.0), colour, 1.0);
    c.fill(&heap(-10.0, 200.0, 280.0), colour.darker(0.14), 0.8);
    for _ in 0..60 {
        let spot = (at.0 + dice.between(-200.0, 170.0), at.1 - dice.between(-4.0, 90.0));
        c.ellipse(spot, 3.0, 2.0, colour.darker(0.25), 0.7);
    }
    c.line(&[(at.0 + 40.0, at.1 - 150.0), (at.0 + 120.0, at.1 - 300.0)], 10.0, hex(0x8a6244));
    c.fill(
        &[
            (at.0 + 8.0, at.1 - 168.0),
            (at.0 + 58.0, at.1 - 146.0),
            (at.0 + 34.0, at.1 - 80.0),
            (at.0 - 16.0, at.1 - 104.0),
        ],
        hex(0x8f979e),
        1.0,
    );
    // Bricks, piled.
    for row in 0..6 {
        for i in 0..6 {
            let shift = if row % 2 == 0 { 0.0 } else { 22.0 };
            let (x, y) = (690.0 + i as f32 * 42.0 + shift, 560.0 - row as f32 * 26.0);
            c.rect(x, y, 39.0, 23.0, hex(0xc4653f).mix(hex(0xe08a5c), dice.between(0.0, 0.7)));
        }
    }
    for i in 0..3 {
        c.line(&[(560.0, 660.0 + i as f32 * 14.0), (930.0, 640.0 + i as f32 * 14.0)], 6.0, hex(0x7b6a5a));
    }
}

pub fn market(c: &mut Canvas, dice: &Dice, after: bool) {
    let light = Light::any(dice);
    parts::sky(c, dice, light, 260.0);
    parts::row_of_houses(c, dice, -20.0, 1000.0, 330.0, 260.0, false);
    let floor = if after { hex(0xd9cfbd) } else { hex(0xb9ab93) };
    c.rect(0.0, 320.0, WIDE, 400.0, Paint::Fade(floor.lighter(0.2), 320.0, floor, HIGH));
    for i in 0..6 {
        c.line(
            &[(480.0 + (i as f32 - 2.5) * 60.0, 330.0), (480.0 + (i as f32 - 2.5) * 320.0, HIGH)],
            2.5,
            floor.darker(0.14),
        );
    }
    for (x, flip) in [(-40.0, 1.0), (610.0, -1.0)] {
        let (a, b) = (hex(*dice.pick(&[0xd9694f, 0x4f8fb0, 0xe0a541]).unwrap_or(&0xd9694f)), hex(0xfff3e0));
        c.line(&[(x + 24.0, 560.0), (x + 24.0, 250.0)], 11.0, hex(0x8a6244));
        c.line(&[(x + 366.0, 560.0), (x + 366.0, 250.0)], 11.0, hex(0x8a6244));
        c.rect(x + 10.0, 452.0, 370.0, 96.0, hex(0xa8784e));
        c.rect(x, 440.0, 390.0, 20.0, hex(0xc7945f));
        for i in 0..8 {
            let from = x - 8.0 + i as f32 * 51.0;
            let stripe =
                [(from + 14.0 * flip, 210.0), (from + 51.0 + 14.0 * flip, 210.0), (from + 51.0, 292.0), (from, 292.0)];
            c.fill(&stripe, if i % 2 == 0 { a } else { b }, 1.0);
            c.ellipse((from + 25.0, 292.0), 25.5, 14.0, if i % 2 == 0 { a } else { b }, 1.0);
        }
        for i in 0..5 {
            let at = (x + 52.0 + i as f32 * 72.0, 436.0);
            let goods =
                hex(*dice.pick(&[0xd8432f, 0x6aa84f, 0xf1a93b, 0x9bbf4d, 0xe8743b, 0x8e5aa8]).unwrap_or(&0x6aa84f));
            c.fill(
                &[
                    (at.0 - 34.0, at.1 - 20.0),
                    (at.0 + 34.0, at.1 - 20.0),
                    (at.0 + 26.0, at.1 + 6.0),
                    (at.0 - 26.0, at.1 + 6.0),
                ],
                hex(0xd9b27c),
                1.0,
            );
            for (dx, dy) in [(-18.0, -24.0), (0.0, -26.0), (18.0, -24.0), (-9.0, -38.0), (9.0, -38.0)] {
                c.ellipse((at.0 + dx, at.1 + dy), 12.0, 11.0, goods, 1.0);
                c.ellipse((at.0 + dx - 3.0, at.1 + dy - 4.0), 4.0, 3.0, goods.lighter(0.45), 1.0);
            }
        }
    }
    if after {
        parts::bin(c, (480.0, 560.0), 130.0);
        return;
    }
    c.fill(&blob(dice, (470.0, 636.0), 250.0, 40.0, 0.08), hex(0x6d6a52), 0.85);
    c.ellipse((430.0, 624.0), 90.0, 8.0, hex(0xa8aa92), 0.7);
    for _ in 0..26 {
        let at = (dice.between(220.0, 740.0), dice.between(560.0, 700.0));
        let colour: Colour = hex(*dice.pick(&[0x7fae55, 0x9bbf4d, 0xe9e6dd, 0xd8595a, 0xc89a62]).unwrap_or(&0x7fae55));
        c.fill(&blob(dice, at, 17.0, 7.0, 0.2), colour, 1.0);
    }
    parts::rubbish(c, dice, (540.0, 560.0), 74.0);
}

pub fn stele(c: &mut Canvas, dice: &Dice, after: bool) {
    let light = Light::any(dice);
    parts::sky(c, dice, light, 380.0);
    c.rect(0.0, 376.0, WIDE, 344.0, Paint::Fade(GRASS.lighter(0.15), 376.0, GRASS.darker(0.1), HIGH));
    for x in [110.0, 250.0, 740.0, 860.0] {
        parts::tree(c, dice, (x, 430.0), dice.between(150.0, 210.0), 0.0);
    }
    c.fill(
        &[(400.0, 470.0), (560.0, 470.0), (720.0, HIGH), (240.0, HIGH)],
        if after { hex(0xe0d6c2) } else { hex(0xb9b49a) },
        1.0,
    );
    let stone = if after { hex(0xd7d3c8) } else { hex(0xb0aea2) };
    c.fill(&[(300.0, 540.0), (660.0, 540.0), (690.0, 580.0), (270.0, 580.0)], stone.darker(0.2), 1.0);
    c.rect(330.0, 500.0, 300.0, 44.0, stone.darker(0.08));
    c.rect(392.0, 226.0, 176.0, 276.0, stone);
    c.rect(544.0, 226.0, 24.0, 276.0, stone.darker(0.16));
    // A curved roof over the stone.
    let roof = hex(0xb5553f);
    let mut curve = bend((342.0, 214.0), (480.0, 262.0), (618.0, 214.0));
    curve.extend([(580.0, 170.0), (380.0, 170.0)]);
    c.fill(&curve, roof, 1.0);
    c.rect(392.0, 158.0, 176.0, 16.0, roof.darker(0.25));
    c.fill(&star((468.0, 286.0), 26.0), hex(0xd8a63a), 1.0);
    for i in 0..5 {
        c.rect(424.0, 336.0 + i as f32 * 26.0, 92.0 - (i % 2) as f32 * 18.0, 7.0, stone.darker(0.35));
    }
    if after {
        for i in 0..9 {
            let x = 300.0 + i as f32 * 45.0;
            parts::tuft(c, dice, (x, 548.0), 24.0);
            let colour = hex(*dice.pick(&[0xf2b632, 0xe4574f, 0xf49ac1]).unwrap_or(&0xf2b632));
            c.ellipse((x, 522.0), 11.0, 10.0, colour, 1.0);
            c.ellipse((x, 522.0), 4.0, 4.0, hex(0xfff3c4), 1.0);
        }
        return;
    }
    for _ in 0..4 {
        let moss = (dice.between(404.0, 540.0), dice.between(380.0, 500.0));
        c.fill(&blob(dice, moss, 34.0, 22.0, 0.2), hex(0x6f8f55), 0.75);
    }
    cracks(c, dice, (452.0, 440.0), 130.0, hex(0x6d6b62));
    c.fill(&[(560.0, 214.0), (618.0, 214.0), (590.0, 186.0), (566.0, 196.0)], light.below, 1.0);
    for _ in 0..34 {
        parts::tuft(c, dice, (dice.between(200.0, 760.0), dice.between(560.0, 700.0)), dice.between(34.0, 74.0));
    }
    for i in 0..7 {
        parts::tuft(c, dice, (330.0 + i as f32 * 50.0, 552.0), dice.between(40.0, 80.0));
    }
}

/// A five-pointed star.
fn star(at: At, size: f32) -> Vec<At> {
    (0..10)
        .map(|i| {
            let r = if i % 2 == 0 { size } else { size * 0.42 };
            let turn = (i as f32 / 10.0 - 0.25) * std::f32::consts::TAU;
            (at.0 + r * turn.cos(), at.1 + r * turn.sin())
        })
        .collect()
}
