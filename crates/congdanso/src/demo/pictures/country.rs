//! Outside the towns: canals, slopes, fields, burning straw, beaches.

use super::super::dice::Dice;
use super::{
    canvas::{At, Canvas, Paint, bend, hex, oval},
    parts::{self, ASPHALT, CLEAR, EARTH, GRASS, HIGH, Light, STONE, WIDE, blob, cone, palm, tree, tuft},
};

pub fn canal(c: &mut Canvas, dice: &Dice, after: bool) {
    let horizon = 310.0;
    parts::sky(c, dice, Light::any(dice), horizon);
    c.rect(0.0, horizon, WIDE, HIGH - horizon, Paint::Fade(GRASS.lighter(0.25), horizon, GRASS, HIGH));
    for i in 0..5 {
        tree(c, dice, (40.0 + i as f32 * 66.0, horizon + 22.0 + i as f32 * 2.0), 110.0 - i as f32 * 12.0, 0.0);
    }
    parts::row_of_houses(c, dice, 600.0, 940.0, horizon + 40.0, 170.0, false);
    let far = dice.between(430.0, 500.0);
    let water = if after { CLEAR } else { hex(0x77744a) };
    let bank = |wide: f32, small: f32| {
        [(far - small, horizon + 4.0), (far + small, horizon + 4.0), (500.0 + wide, HIGH), (460.0 - wide, HIGH)]
    };
    c.fill(&bank(360.0, 34.0), STONE.lighter(0.2), 1.0);
    c.fill(&bank(322.0, 28.0), STONE.darker(0.2), 1.0);
    c.fill(&bank(290.0, 24.0), Paint::Fade(water.lighter(0.4), horizon, water, HIGH), 1.0);
    parts::ripples(c, dice, (far - 30.0, horizon + 90.0), (far + 110.0, HIGH - 20.0), water.lighter(0.45), 24);
    if after {
        for _ in 0..7 {
            let at = (dice.between(320.0, 600.0), dice.between(560.0, 690.0));
            c.ellipse(at, 34.0, 12.0, hex(0x6aa85c), 1.0);
            c.fill(&[at, (at.0 + 36.0, at.1 - 4.0), (at.0 + 34.0, at.1 + 6.0)], water, 1.0);
        }
        for (x, y) in [(400.0, 590.0), (560.0, 640.0)] {
            for i in 0..5 {
                let turn = std::f32::consts::PI * (1.0 + i as f32 / 4.0);
                c.ellipse((x + turn.cos() * 12.0, y - 12.0 + turn.sin() * 10.0), 9.0, 13.0, hex(0xf2a0bd), 1.0);
            }
        }
        for i in 0..5 {
            tuft(c, dice, (850.0 + dice.between(-40.0, 60.0), 470.0 + i as f32 * 50.0), 40.0);
        }
        return;
    }
    parts::rubbish(c, dice, (190.0, 616.0), 120.0);
    parts::rubbish(c, dice, (330.0, 690.0), 78.0);
    for _ in 0..16 {
        let at = (dice.between(350.0, 640.0), dice.between(470.0, 700.0));
        let colour = hex(*dice.pick(&[0xe9e6dd, 0x7fc4cf, 0xd8595a, 0xf1d06a, 0x5a6472]).unwrap_or(&0xe9e6dd));
        let size = 8.0 + (at.1 - 440.0) / 14.0;
        c.fill(&blob(dice, at, size, size * 0.4, 0.16), colour, 1.0);
    }
    c.fill(&blob(dice, (540.0, 640.0), 120.0, 20.0, 0.1), hex(0xa9a36a), 0.6);
}

pub fn slope(c: &mut Canvas, dice: &Dice, after: bool) {
    let light = if after { parts::DAY } else { parts::DULL };
    parts::sky(c, dice, light, 470.0);
    parts::hills(c, dice, 470.0, 290.0, hex(0x7fae8b));
    parts::hills(c, dice, 470.0, 170.0, hex(0x639a6c));
    c.rect(0.0, 466.0, WIDE, 254.0, GRASS.darker(0.12));
    // The valley side: road along a steep cut on the right.
    c.fill(
        &[(0.0, 600.0), (430.0, 470.0), (520.0, 470.0), (960.0, 690.0), (960.0, HIGH), (0.0, HIGH)],
        Paint::Fade(ASPHALT.lighter(0.2), 470.0, ASPHALT, HIGH),
        1.0,
    );
    c.fill(&[(480.0, 478.0), (488.0, 478.0), (470.0, HIGH), (400.0, HIGH)], hex(0xf4efe0), 0.55);
    let cut = [(505.0, 470.0), (640.0, 250.0), (760.0, 120.0), (960.0, 60.0), (960.0, 700.0), (780.0, 610.0)];
    c.fill(&cut, Paint::Fade(hex(0x5f8f57), 60.0, hex(0x7a9a5a), 640.0), 1.0);
    c.fill(
        &[(505.0, 470.0), (600.0, 380.0), (800.0, 400.0), (960.0, 470.0), (960.0, 700.0), (780.0, 610.0)],
        EARTH,
        1.0,
    );
    for i in 0..5 {
        tree(c, dice, (700.0 + i as f32 * 62.0, 240.0 - i as f32 * 26.0), dice.between(90.0, 130.0), 0.0);
    }
    for i in 0..7 {
        let (x, y) = (40.0 + i as f32 * 58.0, 596.0 - i as f32 * 18.0);
        c.rect(x, y - 34.0, 8.0, 42.0, hex(0xe9e4d8));
        c.rect(x, y - 34.0, 8.0, 12.0, hex(0xd8423a));
    }
    c.line(&[(36.0, 574.0), (410.0, 458.0)], 7.0, hex(0xb9c0c4));
    if after {
        // Stone baskets hold the slope, row on row along the road's edge.
        let edge = |x: f32| 470.0 + (x - 505.0) * 0.51;
        for row in 0..3 {
            for i in 0..6 - row {
                let x = 580.0 + i as f32 * 64.0 + row as f32 * 42.0;
                let (y, down) = (edge(x) - 8.0 - row as f32 * 52.0, 62.0 * 0.51);
                c.fill(&[(x, y - 50.0), (x + 62.0, y - 50.0 + down), (x + 62.0, y + down), (x, y)], hex(0xbfbab0), 1.0);
                for _ in 0..6 {
                    let right = dice.between(8.0, 54.0);
                    let at = (x + right, y + right * 0.51 - dice.between(9.0, 41.0));
                    c.ellipse(at, 9.0, 7.0, STONE.darker(dice.between(0.0, 0.3)), 1.0);
                }
            }
        }
        return;
    }
    let scar = [(690.0, 190.0), (850.0, 170.0), (900.0, 420.0), (880.0, 660.0), (560.0, 640.0), (640.0, 420.0)];
    c.fill(&scar, Paint::Fade(hex(0xcf9a64), 170.0, hex(0xa9744a), 660.0), 1.0);
    c.fill(&blob(dice, (600.0, 632.0), 330.0, 70.0, 0.06), hex(0xa9744a), 1.0);
    c.fill(&blob(dice, (620.0, 606.0), 230.0, 56.0, 0.07), hex(0xbb8657), 1.0);
    for _ in 0..20 {
        let at = (dice.between(330.0, 880.0), dice.between(560.0, 684.0));
        let r = dice.between(10.0, 38.0);
        let colour = STONE.darker(dice.between(0.0, 0.3));
        c.fill(&blob(dice, at, r, r * 0.8, 0.1), colour, 1.0);
        c.ellipse((at.0 - r * 0.25, at.1 - r * 0.3), r * 0.45, r * 0.25, colour.lighter(0.3), 0.8);
    }
    c.line(&[(400.0, 600.0), (560.0, 560.0), (640.0, 580.0)], 15.0, hex(0x7a5638));
    parts::bush(c, dice, (390.0, 612.0), 42.0);
    cone(c, (300.0, 650.0), 96.0);
    cone(c, (190.0, 690.0), 110.0);
}

pub fn field(c: &mut Canvas, dice: &Dice, after: bool) {
    let horizon = 290.0;
    let light = if after { parts::DAY } else { parts::EVENING };
    parts::sky(c, dice, light, horizon);
    c.rect(0.0, horizon, WIDE, HIGH - horizon, hex(if after { 0x9cc86a } else { 0xcdb877 }));
    palm(c, dice, (120.0, 330.0), 150.0);
    palm(c, dice, (180.0, 326.0), 120.0);
    for i in 0..4 {
        let y = horizon + 16.0 + (i * i) as f32 * 26.0;
        c.fill(
            &[(0.0, y), (WIDE, y + 8.0), (WIDE, y + 14.0 + i as f32 * 4.0), (0.0, y + 6.0 + i as f32 * 4.0)],
            hex(0x8f7a4c),
            1.0,
        );
    }
    let rice = if after { hex(0x5f9e45) } else { hex(0xa88f4a) };
    for row in 0..11 {
        let y = horizon + 40.0 + (row as f32 / 11.0).powf(1.5) * 390.0;
        let size = 10.0 + row as f32 * 3.4;
        let mut x = dice.between(-20.0, 10.0);
        while x < WIDE {
            for lean in [-0.5, 0.0, 0.5] {
                c.fill(
                    &[(x - 2.0, y), (x + lean * size, y - size * if after { 1.0 } else { 0.7 }), (x + 2.0, y)],
                    rice,
                    1.0,
                );
            }
            x += size * 1.15;
        }
    }
    // The ditch that should bring the water.
    let ditch = |a: f32, b: f32| {
        [(610.0 - a * 0.15, horizon + 10.0), (626.0 + a * 0.15, horizon + 10.0), (640.0 + b, HIGH), (380.0 - b, HIGH)]
    };
    c.fill(&ditch(30.0, 70.0), hex(0x9c8455), 1.0);
    c.fill(&ditch(20.0, 44.0), STONE.lighter(0.15), 1.0);
    if after {
        c.fill(&ditch(8.0, 8.0), Paint::Fade(CLEAR.lighter(0.4), horizon, CLEAR, HIGH), 1.0);
        parts::ripples(c, dice, (490.0, 500.0), (600.0, 700.0), hex(0xffffff), 18);
        return;
    }
    c.fill(&ditch(8.0, 8.0), Paint::Fade(hex(0xb99a6a), horizon, hex(0x9a7a4e), HIGH), 1.0);
    for i in 0..5 {
        parts::cracks(c, dice, (520.0 + dice.between(-50.0, 50.0), 470.0 + i as f32 * 54.0), 96.0, hex(0x6d5636));
    }
    for _ in 0..4 {
        tuft(c, dice, (dice.between(440.0, 600.0), dice.between(560.0, 700.0)), 36.0);
    }
}

pub fn smoke(c: &mut Canvas, dice: &Dice, after: bool) {
    let horizon = 330.0;
    parts::sky(c, dice, if after { parts::DAY } else { parts::EVENING }, horizon);
    c.rect(0.0, horizon, WIDE, 250.0, hex(0xd9c27c));
    for i in 0..26 {
        tuft_of_straw(c, dice, (dice.between(0.0, WIDE), horizon + 20.0 + i as f32 * 8.0));
    }
    tree(c, dice, (110.0, 380.0), 130.0, 0.0);
    c.fill(
        &[(0.0, 580.0), (WIDE, 560.0), (WIDE, HIGH), (0.0, HIGH)],
        Paint::Fade(ASPHALT.lighter(0.15), 560.0, ASPHALT, HIGH),
        1.0,
    );
    c.fill(&[(0.0, 574.0), (WIDE, 552.0), (WIDE, 566.0), (0.0, 588.0)], GRASS, 1.0);
    for i in 0..5 {
        let x = 30.0 + i as f32 * 200.0;
        c.fill(&[(x, 656.0), (x + 100.0, 653.0), (x + 100.0, 663.0), (x, 666.0)], hex(0xf4efe0), 0.9);
    }
    if after {
        for (x, y) in [(330.0, 500.0), (460.0, 520.0), (640.0, 490.0), (790.0, 516.0)] {
            c.ellipse((x, y + 46.0), 64.0, 12.0, hex(0x1c2430), 0.2);
            c.rect(x - 52.0, y - 44.0, 104.0, 88.0, hex(0xe0bd62));
            c.ellipse((x + 52.0, y), 26.0, 44.0, hex(0xcfa850), 1.0);
            c.ellipse((x - 52.0, y), 26.0, 44.0, hex(0xeed084), 1.0);
            for r in [32.0, 18.0] {
                let mut ring = oval((x - 52.0, y), r * 0.6, r);
                ring.extend_from_within(0..1);
                c.line(&ring, 2.4, hex(0xb38f3f));
            }
        }
        return;
    }
    for x in [380.0, 540.0, 690.0] {
        c.fill(&blob(dice, (x, 540.0), 100.0, 26.0, 0.08), hex(0x5b4a36), 1.0);
        for _ in 0..7 {
            flame(c, (x + dice.between(-76.0, 76.0), 544.0), dice.between(44.0, 96.0));
        }
    }
    // The wind carries it over the road.
    for i in 0..30 {
        let t = i as f32 / 30.0;
        let at = (
            560.0 + t * 250.0 - (1.0 - t) * 60.0 + dice.between(-90.0, 90.0),
            500.0 - t * 400.0 + dice.between(-30.0, 30.0),
        );
        let r = 44.0 + t * 90.0;
        c.ellipse(at, r, r * 0.72, hex(0x8d8f94).lighter(t * 0.4), 0.3);
    }
    for i in 0..12 {
        let at = (300.0 + i as f32 * 46.0, 590.0 + dice.between(-20.0, 50.0));
        c.ellipse(at, 100.0, 36.0, hex(0xb9babd), 0.25);
    }
}

fn tuft_of_straw(c: &mut Canvas, dice: &Dice, at: At) {
    for i in -2..=2 {
        let x = at.0 + i as f32 * 5.0;
        c.fill(
            &[(x - 1.6, at.1), (x + i as f32 * 2.0, at.1 - dice.between(8.0, 16.0)), (x + 1.6, at.1)],
            hex(0xb2934a),
            1.0,
        );
    }
}

fn flame(c: &mut Canvas, foot: At, size: f32) {
    for (part, colour) in [(1.0, hex(0xe8572b)), (0.66, hex(0xf59b34)), (0.36, hex(0xffdf75))] {
        let (w, h) = (size * 0.3 * part, size * part);
        let mut outline =
            bend((foot.0 - w, foot.1), (foot.0 - w * 1.2, foot.1 - h * 0.5), (foot.0 + w * 0.2, foot.1 - h));
        outline.extend(bend(
            (foot.0 + w * 0.2, foot.1 - h),
            (foot.0 + w * 1.3, foot.1 - h * 0.4),
            (foot.0 + w, foot.1),
        ));
        c.fill(&outline, colour, 1.0);
    }
}

pub fn beach(c: &mut Canvas, dice: &Dice, after: bool) {
    parts::sky(c, dice, Light::any(dice), 260.0);
    c.rect(0.0, 258.0, WIDE, 170.0, Paint::Fade(hex(0x3f9fc0), 258.0, hex(0x86d3dc), 428.0));
    parts::ripples(c, dice, (0.0, 280.0), (WIDE, 400.0), hex(0xffffff), 30);
    let shore = |y: f32| {
        let mut line: Vec<At> = (0..=24).map(|i| (i as f32 * 40.0, y + (i as f32 * 0.55).sin() * 12.0)).collect();
        line.extend([(WIDE, HIGH), (0.0, HIGH)]);
        line
    };
    c.fill(&shore(404.0), hex(0xffffff), 0.9);
    c.fill(&shore(418.0), Paint::Fade(hex(0xe2c791), 418.0, hex(0xf3dfb0), HIGH), 1.0);
    palm(c, dice, (130.0, 600.0), 360.0);
    palm(c, dice, (60.0, 560.0), 300.0);
    // A basket boat, pulled up.
    let x = dice.between(640.0, 760.0);
    c.ellipse((x, 528.0), 110.0, 16.0, hex(0x1c2430), 0.18);
    c.fill(&bend((x - 104.0, 462.0), (x, 600.0), (x + 104.0, 462.0)), hex(0xa8784e), 1.0);
    c.ellipse((x, 462.0), 104.0, 26.0, hex(0x7a5638), 1.0);
    c.ellipse((x, 466.0), 92.0, 19.0, hex(0xc7945f), 1.0);
    for _ in 0..40 {
        c.ellipse((dice.between(0.0, WIDE), dice.between(450.0, HIGH)), 3.0, 2.0, hex(0xcdb077), 0.8);
    }
    if after {
        parts::bin(c, (420.0, 560.0), 120.0);
        return;
    }
    parts::rubbish(c, dice, (440.0, 610.0), 88.0);
    for _ in 0..26 {
        let at = (dice.between(180.0, 940.0), dice.between(560.0, 705.0));
        match dice.below(3) {
            0 => c.line(&[at, (at.0 + 30.0, at.1 - 8.0)], 11.0, hex(0x7fc4cf)),
            1 => c.fill(
                &blob(dice, at, 20.0, 9.0, 0.2),
                hex(*dice.pick(&[0xe9e6dd, 0xd8595a, 0x4d86a8]).unwrap_or(&0xe9e6dd)),
                1.0,
            ),
            _ => c.line(&[at, (at.0 + 50.0, at.1 + 8.0), (at.0 + 84.0, at.1 - 4.0)], 7.0, hex(0x8a6244)),
        }
    }
}
