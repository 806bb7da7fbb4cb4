//! The codes on a photo of a card. The picture is decoded within limits, looked at in several sizes, and kept nowhere.

use crate::{
    accounts::Error,
    error::Error as Shared,
    reports::photos::{self, BadPhoto},
};
use image::{GrayImage, imageops::FilterType};
use rqrr::PreparedImage;
use std::{sync::LazyLock, time::Duration};
use tokio::sync::Semaphore;

/// Pixels of the longer side that are looked at, at most.
const LARGEST: u32 = 2400;
/// The usual phone photo of a card has four pixels a module at this size.
const USUAL: u32 = 1400;
const SMALL: u32 = 800;
/// Below this a picture is drawn larger: a module of less than two pixels is not found.
const TINY: u32 = 500;
/// Codes of one picture that are read.
const MOST_CODES: usize = 5;
/// Corner marks of one picture at most: three a code. Each pair of marks costs a copy of the picture, so a picture made of nothing but marks
/// would take minutes.
const MOST_MARKS: usize = 3 * MOST_CODES;
/// Places on its lines that look like a mark.
const MOST_HITS: usize = 20_000;

/// Looking for codes takes a core; one at a time, others wait their turn.
static TURN: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(1));
const PATIENCE: Duration = Duration::from_secs(30);

/// The texts of the codes on a photo, those that begin like a card's first; empty: none can be read. Errors: `Busy` when too many wait.
pub async fn codes(bytes: Vec<u8>) -> Result<Result<Vec<String>, BadPhoto>, Error> {
    let _turn = tokio::time::timeout(PATIENCE, TURN.acquire())
        .await
        .map_err(|_| Error::Busy)?
        .map_err(|_| Shared::Internal("cards are shut down"))?;
    let picture = {
        let _photo = photos::TURN.acquire().await.map_err(|_| Shared::Internal("photos are shut down"))?;
        let opened = tokio::task::spawn_blocking(move || grey(&bytes));
        match opened.await.map_err(|_| Shared::Internal("a photo made the decoder panic"))? {
            Ok(picture) => picture,
            Err(bad) => return Ok(Err(bad)),
        }
    };
    // Whatever the finder cannot cope with is a picture without a code.
    let found = tokio::task::spawn_blocking(move || read(&picture)).await.unwrap_or_default();
    Ok(Ok(found))
}

/// Its brightness alone, at most `LARGEST` pixels long. Which side is up does not matter to a code.
fn grey(bytes: &[u8]) -> Result<GrayImage, BadPhoto> {
    let (picture, _) = photos::open(bytes)?;
    let longest = picture.width().max(picture.height());
    let has_alpha = picture.color().has_alpha();
    let picture = if longest > LARGEST { picture.thumbnail(LARGEST, LARGEST) } else { picture };
    if !has_alpha {
        return Ok(picture.into_luma8());
    }
    // What shines through is white paper.
    let mut grey = picture.into_luma_alpha8();
    for p in grey.pixels_mut() {
        let [light, alpha] = p.0.map(u16::from);
        p.0 = [((light * alpha + 255 * (255 - alpha)) / 255) as u8, 255];
    }
    Ok(image::DynamicImage::ImageLumaA8(grey).into_luma8())
}

/// Looks from the likeliest size to the rarest, until a card is found.
pub fn read(picture: &GrayImage) -> Vec<String> {
    let longest = picture.width().max(picture.height());
    let mut found: Vec<String> = Vec::new();
    let mut sizes = vec![longest.min(USUAL)];
    if longest > USUAL {
        sizes.push(longest);
    }
    if longest > SMALL {
        sizes.push(SMALL);
    }
    if longest <= TINY {
        sizes.push(longest * 3);
    } else if longest <= SMALL {
        sizes.push(longest * 2);
    }
    for size in sizes {
        let scaled = scaled(picture, size);
        for light in [Light::Whole, Light::Around, Light::Calm] {
            for text in pass(&scaled, light) {
                if !found.contains(&text) {
                    found.push(text);
                }
            }
            if found.iter().any(|text| is_like_a_card(text)) {
                found.sort_by_key(|text| !is_like_a_card(text));
                return found;
            }
        }
    }
    found
}

/// Worth more than the shop's code beside it; whether it is a card, `base::card` says.
pub fn is_like_a_card(text: &str) -> bool {
    text.len() > 12 && text.as_bytes()[12] == b'|' && text.as_bytes()[..12].iter().all(u8::is_ascii_digit)
}

fn scaled(picture: &GrayImage, longest: u32) -> GrayImage {
    let now = picture.width().max(picture.height());
    if now == longest || now == 0 {
        return picture.clone();
    }
    let side = |length: u32| (u64::from(length) * u64::from(longest) / u64::from(now)).max(1) as u32;
    let filter = if longest > now { FilterType::CatmullRom } else { FilterType::Triangle };
    image::imageops::resize(picture, side(picture.width()), side(picture.height()), filter)
}

/// How dark is told from light.
#[derive(Debug, Clone, Copy)]
enum Light {
    /// As `rqrr` does it, line by line.
    Whole,
    /// Against the mean of a square around each pixel: shadows and glare.
    Around,
    /// The same after noise was smoothed away.
    Calm,
}

fn pass(picture: &GrayImage, light: Light) -> Vec<String> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    if width < 21 || height < 21 {
        return Vec::new();
    }
    let of = |bits: Vec<bool>| PreparedImage::prepare_from_bitmap(width, height, |x, y| bits[y * width + x]);
    let mut prepared = match light {
        Light::Whole => PreparedImage::prepare_from_greyscale(width, height, |x, y| picture.as_raw()[y * width + x]),
        Light::Around => of(dark_for_its_place(picture)),
        Light::Calm => of(dark_for_its_place(&image::imageops::blur(picture, 1.1))),
    };
    let dark: Vec<bool> = (0..width * height).map(|at| prepared.get_pixel_at(at % width, at / width) == 1u8).collect();
    if !is_tame(&dark, width) {
        return Vec::new();
    }
    let grids = prepared.detect_grids();
    grids.iter().take(MOST_CODES).filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect()
}

fn dark_for_its_place(picture: &GrayImage) -> Vec<bool> {
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let sums = Sums::of(picture);
    let reach = (width.max(height) / 40).max(8);
    let is_dark = |at: usize| {
        let (x, y) = (at % width, at / width);
        let mean = sums.mean(x.saturating_sub(reach), y.saturating_sub(reach), x + reach, y + reach);
        // A little below the mean, so that plain paper does not turn into dots.
        u64::from(picture.as_raw()[at]) * 100 + 300 < mean * 97
    };
    (0..width * height).map(is_dark).collect()
}

/// Sums of all pixels above and to the left: the mean of any rectangle in four look-ups.
struct Sums {
    width: usize,
    height: usize,
    sums: Vec<u32>,
}

impl Sums {
    fn of(picture: &GrayImage) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let mut sums = vec![0u32; (width + 1) * (height + 1)];
        for y in 0..height {
            let mut line = 0u32;
            for x in 0..width {
                // At most 2400 × 2400 × 255, which fits.
                line += u32::from(picture.as_raw()[y * width + x]);
                sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + line;
            }
        }
        Self { width, height, sums }
    }

    /// Of the pixels from (left, top) to (right, bottom), as far as there are any.
    fn mean(&self, left: usize, top: usize, right: usize, bottom: usize) -> u64 {
        let (right, bottom) = ((right + 1).min(self.width), (bottom + 1).min(self.height));
        let at = |x: usize, y: usize| u64::from(self.sums[y * (self.width + 1) + x]);
        let sum = at(right, bottom) + at(left, top) - at(right, top) - at(left, bottom);
        sum / (((right - left) * (bottom - top)) as u64).max(1)
    }
}

/// Whether the finder will be done with it soon: counts the corner marks that it would find, by its own rules, with the patches of dark
/// joined once instead of again for every line.
fn is_tame(dark: &[bool], width: usize) -> bool {
    let patches = Patches::of(dark, width);
    let (mut hits, mut marks) = (0, Vec::new());
    for (y, line) in dark.chunks_exact(width).enumerate() {
        let mut runs = [0usize; 5];
        let (mut changes, mut length) = (0, 0);
        for x in 0..=width {
            let here = x < width && line[x];
            let before = x > 0 && line[x - 1];
            if x > 0 && here != before {
                runs.rotate_left(1);
                runs[4] = length;
                length = 0;
                changes += 1;
                if before && changes >= 5 && is_mark(&runs) {
                    hits += 1;
                    let left = x - runs.iter().sum::<usize>();
                    let stone = x - runs[2..].iter().sum::<usize>();
                    let patch = |x: usize| patches.at(y * width + x);
                    let (ring, stone) = (patch(x - 1), patch(stone));
                    let share = patches.areas[stone as usize] * 100 / patches.areas[ring as usize].max(1);
                    if patch(left) == ring && stone != ring && (10..=70).contains(&share) && !marks.contains(&ring) {
                        marks.push(ring);
                    }
                    if hits > MOST_HITS || marks.len() > MOST_MARKS {
                        return false;
                    }
                }
            }
            length += 1;
        }
    }
    true
}

/// Dark, light, dark, light, dark, as 1 : 1 : 3 : 1 : 1, each wrong by three quarters at most.
fn is_mark(runs: &[usize; 5]) -> bool {
    let mean = (runs[0] + runs[1] + runs[3] + runs[4]) / 4;
    let wrong = mean * 3 / 4;
    runs.iter().zip([1, 1, 3, 1, 1]).all(|(run, times)| run + wrong >= times * mean && *run <= times * mean + wrong)
}

/// Dark pixels that touch, by a number each.
struct Patches {
    roots: Vec<u32>,
    areas: Vec<usize>,
}

impl Patches {
    fn of(dark: &[bool], width: usize) -> Self {
        let mut roots: Vec<u32> = (0..dark.len() as u32).collect();
        for at in 0..dark.len() {
            if !dark[at] {
                continue;
            }
            if at % width > 0 && dark[at - 1] {
                join(&mut roots, at as u32, at as u32 - 1);
            }
            if at >= width && dark[at - width] {
                join(&mut roots, at as u32, (at - width) as u32);
            }
        }
        let mut areas = vec![0; dark.len()];
        for (at, is_dark) in dark.iter().enumerate() {
            if *is_dark {
                let root = root(&mut roots, at as u32);
                areas[root as usize] += 1;
            }
        }
        Self { roots, areas }
    }

    /// After `of` every pixel points at its root.
    fn at(&self, at: usize) -> u32 {
        self.roots[at]
    }
}

fn root(roots: &mut [u32], of: u32) -> u32 {
    let mut top = of;
    while roots[top as usize] != top {
        top = roots[top as usize];
    }
    let mut at = of;
    while roots[at as usize] != top {
        at = std::mem::replace(&mut roots[at as usize], top);
    }
    top
}

fn join(roots: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(roots, a), root(roots, b));
    // The smaller number wins, so that chains stay short along the lines.
    let (low, high) = (a.min(b), a.max(b));
    roots[high as usize] = low;
}

#[cfg(test)]
mod tests;
