//! Covering faces and plates in photos (R10): boxes become part of a copy's pixels; the photo itself stays as it was.

use super::photos::{self, Photo};
use crate::error::Error;
use image::{Rgb, RgbImage, imageops};
use serde::{Deserialize, Serialize};

/// Boxes on one photo at most.
pub const MOST: usize = 20;
/// A box's sides, in thousandths of the photo's: less is a slip of the hand.
const LEAST: u16 = 5;
/// What is blurred keeps no more than so many patches along its longer side: a plate cannot be read back.
const PATCHES: u32 = 5;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    Black,
    Blur,
}

impl How {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::Blur => "blur",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Black, Self::Blur].into_iter().find(|h| h.as_str() == text)
    }
}

/// A box, in thousandths of the photo's width and height from its upper left corner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    pub x: u16,
    pub y: u16,
    pub w: u16,
    pub h: u16,
    pub how: How,
}

impl Cover {
    /// From percent as typed: `12,5` or `12.5`. `None` for what is no number or lies outside.
    pub fn typed(x: &str, y: &str, w: &str, h: &str, how: &str) -> Option<Self> {
        let thousandths = |typed: &str| {
            let typed = typed.trim().replace(',', ".");
            let n: f64 = typed.parse().ok()?;
            (typed.len() <= 12 && (0.0..=100.0).contains(&n)).then_some((n * 10.0).round() as u16)
        };
        let (x, y, w, h) = (thousandths(x)?, thousandths(y)?, thousandths(w)?, thousandths(h)?);
        let fits = x < 1000 && y < 1000 && w >= LEAST && h >= LEAST;
        fits.then_some(Self { x, y, w: w.min(1000 - x), h: h.min(1000 - y), how: How::parse(how)? })
    }

    /// `12.5` of a side in thousandths, as a number field takes it.
    pub fn percent(n: u16) -> String {
        if n.is_multiple_of(10) { (n / 10).to_string() } else { format!("{}.{}", n / 10, n % 10) }
    }
}

/// The boxes of a row.
pub fn of_row(json: &str) -> Vec<Cover> {
    serde_json::from_str(json).unwrap_or_default()
}

/// The copy that everybody may see, made from our own JPEG, off the request threads.
pub async fn draw(jpeg: Vec<u8>, boxes: Vec<Cover>) -> Result<Photo, Error> {
    let turn = photos::TURN.acquire().await.map_err(|_| Error::Internal("photos are shut down"))?;
    tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let picture = image::load_from_memory_with_format(&jpeg, image::ImageFormat::Jpeg)
            .map_err(|_| Error::Internal("a stored photo cannot be read"))?;
        let mut picture = picture.into_rgb8();
        for cover in boxes.iter().take(MOST) {
            paint(&mut picture, cover);
        }
        photos::write(image::DynamicImage::ImageRgb8(picture)).map_err(|_| Error::Internal("a photo cannot be written"))
    })
    .await
    .map_err(|_| Error::Internal("a photo made the painter panic"))?
}

fn paint(picture: &mut RgbImage, cover: &Cover) {
    let (width, height) = picture.dimensions();
    // Outwards to whole pixels: nothing of the edge stays.
    let low = |part: u16, of: u32| u32::from(part) * of / 1000;
    let high = |part: u16, of: u32| (u32::from(part) * of).div_ceil(1000).min(of);
    let (x, y) = (low(cover.x, width), low(cover.y, height));
    let (w, h) = (high(cover.x + cover.w, width) - x, high(cover.y + cover.h, height) - y);
    if w == 0 || h == 0 {
        return;
    }
    match cover.how {
        How::Black => {
            for (px, py) in (y..y + h).flat_map(|py| (x..x + w).map(move |px| (px, py))) {
                picture.put_pixel(px, py, Rgb([0, 0, 0]));
            }
        }
        How::Blur => {
            let part = imageops::crop_imm(picture, x, y, w, h).to_image();
            let longer = w.max(h);
            let patches = |side: u32| (side * PATCHES / longer).clamp(1, PATCHES);
            let few = imageops::thumbnail(&part, patches(w), patches(h));
            let soft = imageops::resize(&few, w, h, imageops::FilterType::Triangle);
            imageops::replace(picture, &soft, i64::from(x), i64::from(y));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn stripes() -> Vec<u8> {
        let picture = RgbImage::from_fn(400, 200, |x, _| if x % 8 < 4 { Rgb([255, 255, 255]) } else { Rgb([0, 0, 0]) });
        photos::write(image::DynamicImage::ImageRgb8(picture)).unwrap().large
    }

    fn cover(how: How) -> Cover {
        Cover { x: 250, y: 250, w: 500, h: 500, how }
    }

    async fn drawn(how: How) -> (RgbImage, RgbImage) {
        let photo = draw(stripes(), vec![cover(how)]).await.unwrap();
        let read = |bytes: &[u8]| image::load_from_memory(bytes).unwrap().to_rgb8();
        (read(&photo.large), read(&photo.small))
    }

    #[tokio::test]
    async fn r10_a_black_box_covers_its_part_in_every_size_and_nothing_else() {
        let (large, small) = drawn(How::Black).await;
        for picture in [large, small] {
            let (w, h) = picture.dimensions();
            for (fx, fy) in [(0.3, 0.3), (0.5, 0.5), (0.7, 0.7)] {
                let p = picture.get_pixel((f64::from(w) * fx) as u32, (f64::from(h) * fy) as u32).0;
                assert!(p.iter().all(|c| *c < 24), "{p:?}");
            }
            assert!((0..w / 5).any(|x| picture.get_pixel(x, h / 2).0[0] > 200), "outside it is as it was");
        }
    }

    #[tokio::test]
    async fn r10_what_is_blurred_cannot_be_read_any_more() {
        let (large, _) = drawn(How::Blur).await;
        let row: Vec<u8> = (110..290).map(|x| large.get_pixel(x, 100).0[0]).collect();
        let (low, high) = (row.iter().min().unwrap(), row.iter().max().unwrap());
        assert!(high - low < 60, "the stripes are gone: {low}–{high}");
    }

    #[test]
    fn r10_boxes_are_read_as_typed_and_limited() {
        let at = |x, y, w, h| Cover::typed(x, y, w, h, "black");
        assert_eq!(at("12,5", "0", "50", "50").unwrap().x, 125);
        assert_eq!(at("90", "90", "50", "50").map(|c| (c.w, c.h)), Some((100, 100)), "cut at the edge");
        for wrong in
            [at("-1", "0", "5", "5"), at("0", "0", "0.1", "5"), at("100", "0", "5", "5"), at("x", "0", "5", "5")]
        {
            assert_eq!(wrong, None);
        }
        assert_eq!(Cover::typed("1", "1", "5", "NaN", "black"), None);
        assert_eq!(Cover::typed("1", "1", "5", "5", "pink"), None);
        assert_eq!((Cover::percent(125), Cover::percent(500)), ("12.5".into(), "50".into()));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn r10_any_box_on_any_picture_is_painted_without_panic(
            w in 1u32..60, h in 1u32..60, x in 0u16..1000, y in 0u16..1000, bw in 5u16..1000, bh in 5u16..1000, blur: bool,
        ) {
            let mut picture = RgbImage::from_pixel(w, h, Rgb([9, 200, 9]));
            let how = if blur { How::Blur } else { How::Black };
            paint(&mut picture, &Cover { x, y, w: bw.min(1000 - x), h: bh.min(1000 - y), how });
            prop_assert_eq!(picture.dimensions(), (w, h));
        }
    }
}
