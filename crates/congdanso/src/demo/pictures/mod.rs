//! Pictures of the demo: painted by us, seen to be painted, of no real place and no real person. Flat scenes for the things
//! people report, each as it was before and after somebody took care of it.

mod canvas;
mod country;
mod parts;
mod street;
mod town;

use super::dice::Dice;
use canvas::Canvas;
use image::codecs::jpeg::JpegEncoder;
use serde::Deserialize;

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scene {
    /// A road with a pothole; patched.
    Road,
    /// A canal full of rubbish; clean.
    Canal,
    /// A street at night whose lamp is dark; lit.
    Lamp,
    /// A tree that leans on a wire; cut back.
    Tree,
    /// A street under water; dry again.
    Flood,
    /// A drain without its cover; covered.
    Drain,
    /// Earth and rocks on a mountain road; cleared.
    Slope,
    /// A worn crossing before a school; painted.
    Crossing,
    /// Cables hanging low; bundled.
    Cables,
    /// A burst water pipe; mended.
    Pipe,
    /// A school roof with holes; mended.
    School,
    /// Dry fields and an empty ditch; watered.
    Field,
    /// Building sand on the pavement; cleared.
    Sand,
    /// A market lane with waste; swept.
    Market,
    /// A memorial stele in weeds; cared for.
    Stele,
    /// Straw burning beside a road; gathered.
    Smoke,
    /// A power pole that leans; upright.
    Pole,
    /// A beach with flotsam; clean.
    Beach,
}

impl Scene {
    #[cfg(test)]
    pub const ALL: [Self; 18] = [
        Self::Road,
        Self::Canal,
        Self::Lamp,
        Self::Tree,
        Self::Flood,
        Self::Drain,
        Self::Slope,
        Self::Crossing,
        Self::Cables,
        Self::Pipe,
        Self::School,
        Self::Field,
        Self::Sand,
        Self::Market,
        Self::Stele,
        Self::Smoke,
        Self::Pole,
        Self::Beach,
    ];
}

/// Pixels of a picture; the scenes are drawn in units of `parts::WIDE` × `parts::HIGH`.
const SIZE: (usize, usize) = (720, 540);

/// The scene as a JPEG, as a phone would send it. `None` when the encoder fails.
pub fn paint(scene: Scene, after: bool, seed: u64) -> Option<Vec<u8>> {
    let dice = Dice::new(seed.wrapping_mul(31).wrapping_add(scene as u64));
    let mut c = Canvas::new(SIZE.0, SIZE.1, parts::WIDE);
    let draw = match scene {
        Scene::Road => street::road,
        Scene::Lamp => street::lamp,
        Scene::Flood => street::flood,
        Scene::Crossing => street::crossing,
        Scene::Cables => street::cables,
        Scene::Pole => street::pole,
        Scene::Tree => street::tree,
        Scene::Drain => town::drain,
        Scene::Pipe => town::pipe,
        Scene::School => town::school,
        Scene::Sand => town::sand,
        Scene::Market => town::market,
        Scene::Stele => town::stele,
        Scene::Canal => country::canal,
        Scene::Slope => country::slope,
        Scene::Field => country::field,
        Scene::Smoke => country::smoke,
        Scene::Beach => country::beach,
    };
    draw(&mut c, &dice, after);
    let mut jpeg = Vec::new();
    // Not thrown: before and after must look from the same side, however often each threw.
    c.into_image(seed % 2 == 1)?.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, 86)).ok()?;
    Some(jpeg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scene_is_a_jpeg_and_differs_before_and_after() {
        for scene in Scene::ALL {
            let (before, after) = (paint(scene, false, 1).unwrap(), paint(scene, true, 1).unwrap());
            assert_eq!(image::guess_format(&before).unwrap(), image::ImageFormat::Jpeg);
            assert_ne!(before, after, "{scene:?}");
            assert_eq!(before, paint(scene, false, 1).unwrap(), "{scene:?}: the same seed paints the same");
        }
    }
}
