//! How many codes of cards are read on a photo (A7): drawn, because photos of real cards are nobody's to collect. The same pictures every
//! time; what a phone does to a code is drawn in, one thing at a time and all at once.

use super::report::{Figure, Target};
use anyhow::Context;
use domain::{
    accounts::verify::picture,
    testing::card::{Look, draw, text},
};
use std::time::Instant;

/// A value between two, another one for each picture.
fn between(low: f64, high: f64, n: u32) -> f64 {
    // The golden ratio spreads any count evenly.
    low + (high - low) * (f64::from(n) * 0.618_033_988_75).fract()
}

fn look(kind: &str, n: u32) -> Look {
    let seed = u64::from(n) + 1;
    let plain = Look { module: between(3.0, 6.0, n), seed, ..Look::CLEAN };
    match kind {
        "2–3 pixels a module" => Look { module: between(2.0, 3.0, n), ..plain },
        "turned by up to 45°" => Look { turn: between(-45.0, 45.0, n * 7), ..plain },
        "tilted by up to 15 %" => Look { tilt: between(0.0, 0.15, n * 5), ..plain },
        "blurred by up to 0.45 modules" => Look { blur: (plain.module * between(0.1, 0.45, n * 3)) as f32, ..plain },
        "noise of up to ±60 grey values" => Look { noise: between(10.0, 60.0, n * 3) as u8, ..plain },
        "a lamp on one corner" => Look { glare: between(0.3, 0.9, n * 3), ..plain },
        "all at once, half as strong" => Look {
            turn: between(-22.0, 22.0, n * 7),
            tilt: between(0.0, 0.07, n * 5),
            blur: (plain.module * between(0.05, 0.22, n * 3)) as f32,
            noise: between(5.0, 30.0, n * 11) as u8,
            glare: between(0.15, 0.45, n * 13),
            ..plain
        },
        _ => plain,
    }
}

/// The first two are asked for; the others are only told.
const KINDS: [(&str, Target); 8] = [
    ("clean", Target::AtLeast(100.0)),
    ("2–3 pixels a module", Target::AtLeast(100.0)),
    ("turned by up to 45°", Target::None),
    ("tilted by up to 15 %", Target::None),
    ("blurred by up to 0.45 modules", Target::None),
    ("noise of up to ±60 grey values", Target::None),
    ("a lamp on one corner", Target::None),
    ("all at once, half as strong", Target::None),
];

/// `each`: pictures of each kind.
pub fn measure(each: u32) -> anyhow::Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for (at, (kind, target)) in KINDS.iter().enumerate() {
        let (mut read, mut took) = (0u32, Vec::new());
        for n in 0..each {
            let said = text(n * 977 + at as u32, n % 2 == 1);
            let picture = draw(&said, &look(kind, n)).context("a card's text fits into a code")?;
            let start = Instant::now();
            let found = picture::read(&picture);
            took.push(start.elapsed());
            read += u32::from(found.first() == Some(&said));
        }
        took.sort();
        let at = |part: usize| took[took.len() * part / 100].as_millis();
        let detail = format!("{read} of {each}; p50 {} ms, p95 {} ms, slowest {} ms", at(50), at(95), at(99));
        let share = 100.0 * f64::from(read) / f64::from(each);
        figures.push(Figure::new(format!("codes of cards read, {kind}"), *target, share, "%", detail));
    }
    Ok(figures)
}
