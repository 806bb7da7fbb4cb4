//! Photos (ảnh): strangers' bytes become our own JPEGs, or are refused before they can hurt. Metadata (EXIF, place) never
//! survives, because only pixels are carried over.

use super::rows::PhotoRow;
use crate::{core::Core, error::Error};
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, codecs::jpeg::JpegEncoder, imageops::FilterType,
    metadata::Orientation,
};
use std::{io::Cursor, sync::LazyLock};
use tokio::sync::Semaphore;

/// Photos of one step at most (ux-brief).
pub const MOST: usize = 5;
/// Pixels of a picture at most before it is decoded: 50 megapixels, more than any phone's single shot that is sent whole.
const MOST_PIXELS: u64 = 50_000_000;
/// Memory that decoding may take.
const MOST_MEMORY: u64 = 256 * 1024 * 1024;
const LARGE: u32 = 1600;
const SMALL: u32 = 400;
const ON_PAPER: u32 = 900;

/// Decoding is heavy, in memory as in time: half of the processors may be at it, the others answer pages meanwhile.
pub(crate) static TURN: LazyLock<Semaphore> = LazyLock::new(|| {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    Semaphore::new((processors / 2).max(1))
});

/// A picture of ours: JPEG at most 1,600 px, and a small one of at most 400 px.
#[derive(Debug, Clone)]
pub struct Photo {
    pub large: Vec<u8>,
    pub small: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Why a file is no photo for us; each has its own text (`photo-…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadPhoto {
    Empty,
    /// Not JPEG, PNG or WebP by its content, whatever its name says.
    NotAPhoto,
    /// More than 50 megapixels.
    TooManyPixels,
    /// It begins like a photo and then is broken or cut.
    Broken,
}

impl BadPhoto {
    pub fn key(self) -> &'static str {
        match self {
            Self::Empty => "photo-empty",
            Self::NotAPhoto => "photo-not-a-photo",
            Self::TooManyPixels => "photo-too-many-pixels",
            Self::Broken => "photo-broken",
        }
    }
}

/// Decodes, turns upright, shrinks and writes anew, off the request threads.
pub async fn take_in(bytes: Vec<u8>) -> Result<Result<Photo, BadPhoto>, Error> {
    take_in_when_read(async { Ok(bytes) }).await
}

/// The same of bytes that are read when it is their turn: what waits holds no memory.
pub(super) async fn take_in_when_read(
    read: impl Future<Output = Result<Vec<u8>, Error>>,
) -> Result<Result<Photo, BadPhoto>, Error> {
    let turn = TURN.acquire().await.map_err(|_| Error::Internal("photos are shut down"))?;
    let bytes = read.await?;
    // The turn is held until the work is done, also when nobody waits for it any more.
    let work = move || {
        let _turn = turn;
        convert(&bytes)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Internal("a photo made the decoder panic"))
}

/// A photo of ours as it stands on paper: small enough that a document with many of them can still be sent. `None` when its file
/// is gone or broken.
pub async fn for_paper(core: &Core, row: &PhotoRow) -> Result<Option<(Vec<u8>, u32, u32)>, Error> {
    let file = row.public_file.as_ref().unwrap_or(&row.file);
    let Some(bytes) = core.files.get(&format!("{file}-l.jpg")).await? else { return Ok(None) };
    let turn = TURN.acquire().await.map_err(|_| Error::Internal("photos are shut down"))?;
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let picture = shrink(image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).ok()?, ON_PAPER);
        Some((jpeg(&picture, 75).ok()?, picture.width(), picture.height()))
    });
    made.await.map_err(|_| Error::Internal("a photo made the decoder panic"))
}

pub(crate) fn convert(bytes: &[u8]) -> Result<Photo, BadPhoto> {
    let (mut picture, upright) = open(bytes)?;
    // Shrunk before it is turned: turning the full picture would copy all of it.
    picture = shrink(picture, LARGE);
    picture.apply_orientation(upright);
    write(on_white(picture))
}

/// A stranger's picture drawn anew.
pub(crate) struct Drawn {
    pub jpeg: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// The same in one size, `most` pixels at its longest side: for a paper that must be read again.
pub(crate) fn redrawn(bytes: &[u8], most: u32, quality: u8) -> Result<Drawn, BadPhoto> {
    let (picture, upright) = open(bytes)?;
    let mut picture = shrink(picture, most);
    picture.apply_orientation(upright);
    let picture = on_white(picture);
    let (width, height) = (picture.width(), picture.height());
    Ok(Drawn { jpeg: jpeg(&picture, quality)?, width, height })
}

/// Decodes a stranger's bytes, within limits that hold before the first pixel; not yet turned upright.
pub(crate) fn open(bytes: &[u8]) -> Result<(DynamicImage, Orientation), BadPhoto> {
    if bytes.is_empty() {
        return Err(BadPhoto::Empty);
    }
    let format = match image::guess_format(bytes) {
        Ok(f @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => f,
        _ => return Err(BadPhoto::NotAPhoto),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| BadPhoto::Broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(BadPhoto::TooManyPixels);
    }
    if width == 0 || height == 0 {
        return Err(BadPhoto::Broken);
    }
    let upright = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| BadPhoto::Broken)?;
    Ok((picture, upright))
}

/// A picture of at most 1,600 px in the sizes that are stored.
pub(super) fn write(picture: DynamicImage) -> Result<Photo, BadPhoto> {
    let small = shrink(picture.clone(), SMALL);
    let (width, height) = (picture.width(), picture.height());
    Ok(Photo { large: jpeg(&picture, 80)?, small: jpeg(&small, 72)?, width, height })
}

fn shrink(picture: DynamicImage, most: u32) -> DynamicImage {
    if picture.width() <= most && picture.height() <= most {
        return picture;
    }
    // To half its size or less the mean of each square is as good as a finer filter, which would work with sixteen bytes a pixel: a
    // phone's photo would take twice the memory.
    if picture.width().max(picture.height()) >= most * 2 {
        return picture.thumbnail(most, most);
    }
    picture.resize(most, most, FilterType::CatmullRom)
}

/// JPEG knows no transparency: what shines through becomes white, not black.
fn on_white(picture: DynamicImage) -> DynamicImage {
    if !picture.color().has_alpha() {
        return DynamicImage::ImageRgb8(picture.into_rgb8());
    }
    let mut rgba = picture.into_rgba8();
    for p in rgba.pixels_mut() {
        let a = u16::from(p.0[3]);
        for c in &mut p.0[..3] {
            *c = ((u16::from(*c) * a + 255 * (255 - a)) / 255) as u8;
        }
        p.0[3] = 255;
    }
    DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(rgba).into_rgb8())
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, BadPhoto> {
    let mut out = Vec::new();
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut out, quality)).map_err(|_| BadPhoto::Broken)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::RgbImage;
    use proptest::prelude::*;

    fn sample(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbImage::from_fn(width, height, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 80]));
        let mut out = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut out, 85)).unwrap();
        out
    }

    /// The JPEG with an EXIF block that turns it by 90° and names a place.
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        let mut tiff = b"MM\0*\0\0\0\x08\0\x02".to_vec();
        tiff.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"); // orientation 6
        tiff.extend(b"\x01\x0f\0\x02\0\0\0\x04LAT\0"); // maker "LAT"
        tiff.extend([0; 4]);
        let mut out = jpeg[..2].to_vec();
        out.extend([0xff, 0xe1]);
        out.extend(((tiff.len() + 8) as u16).to_be_bytes());
        out.extend(b"Exif\0\0");
        out.extend(tiff);
        out.extend(&jpeg[2..]);
        out
    }

    #[test]
    fn r10_a_photo_is_turned_upright_shrunk_and_loses_its_metadata() {
        let photo = convert(&with_exif(&sample(3000, 1500))).unwrap();
        assert_eq!((photo.width, photo.height), (800, 1600));
        assert!(!photo.large.windows(4).any(|w| w == b"Exif"));
        assert!(!photo.large.windows(3).any(|w| w == b"LAT"));
        let small = image::load_from_memory(&photo.small).unwrap();
        assert_eq!((small.width(), small.height()), (200, 400));
    }

    #[test]
    fn r11_what_is_no_photo_is_refused_by_content_not_by_name() {
        assert_eq!(convert(b"").unwrap_err(), BadPhoto::Empty);
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        assert_eq!(convert(svg).unwrap_err(), BadPhoto::NotAPhoto);
        assert_eq!(convert(b"<!doctype html><script>").unwrap_err(), BadPhoto::NotAPhoto);
        assert_eq!(convert(b"GIF89a\x01\0\x01\0").unwrap_err(), BadPhoto::NotAPhoto);
        let whole = sample(600, 400);
        assert_eq!(convert(&whole[..20]).unwrap_err(), BadPhoto::Broken);
    }

    #[test]
    fn r11_a_picture_that_claims_100_megapixels_is_refused_before_decoding() {
        // A PNG header of 10,000 × 10,000 pixels; nothing behind it is ever read.
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend(10_000u32.to_be_bytes());
        png.extend(10_000u32.to_be_bytes());
        png.extend([8, 2, 0, 0, 0]);
        let crc = crc32(&png[12..29]);
        png.extend(crc.to_be_bytes());
        png.extend([0, 0, 0, 0]);
        png.extend(b"IDAT");
        png.extend(crc32(b"IDAT").to_be_bytes());
        assert_eq!(convert(&png).unwrap_err(), BadPhoto::TooManyPixels);
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, b| {
            (0..8).fold(crc ^ u32::from(*b), |c, _| if c & 1 == 1 { (c >> 1) ^ 0xedb8_8320 } else { c >> 1 })
        })
    }

    #[test]
    fn a_transparent_picture_gets_a_white_ground() {
        let mut png = Vec::new();
        DynamicImage::new_rgba8(4, 4).write_to(&mut Cursor::new(&mut png), ImageFormat::Png).unwrap();
        let photo = convert(&png).unwrap();
        let pixel = image::load_from_memory(&photo.large).unwrap().to_rgb8().get_pixel(1, 1).0;
        assert!(pixel.iter().all(|c| *c > 250), "{pixel:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn r11_cut_and_changed_photos_never_panic(cut in 0usize..4000, at in 0usize..4000, to in any::<u8>()) {
            let mut bytes = sample(64, 64);
            if let Some(b) = bytes.get_mut(at) { *b = to }
            bytes.truncate(cut.max(1));
            let _ = convert(&bytes);
        }
    }
}
