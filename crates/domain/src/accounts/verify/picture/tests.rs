use super::*;
use crate::testing::card::{Look, as_png, draw, png, text};
use base::card::Card;
use image::{DynamicImage, RgbaImage, imageops};
use jiff::civil::date;

async fn read_file(bytes: Vec<u8>) -> Vec<String> {
    codes(bytes).await.unwrap().unwrap()
}

#[test]
fn a7_every_clean_code_of_two_or_three_pixels_a_module_is_read() {
    for n in 0..10 {
        for module in [2.0, 2.5, 3.0] {
            let said = text(n * 7919, n % 2 == 1);
            let picture = draw(&said, &Look { module, ..Look::CLEAN }).unwrap();
            assert_eq!(read(&picture), [said.as_str()], "{n} at {module}");
            assert!(Card::parse(&said, date(2026, 3, 30)).is_ok());
        }
    }
}

#[test]
fn a7_a_turned_tilted_soft_noisy_code_with_a_lamp_on_it_is_read() {
    let worn = Look { module: 5.0, turn: 14.0, tilt: 0.08, blur: 1.2, noise: 18, glare: 0.4, seed: 3 };
    let said = text(4711, true);
    assert_eq!(read(&draw(&said, &worn).unwrap()), [said.as_str()]);
    for turn in [90.0, 180.0, 270.0] {
        assert_eq!(read(&draw(&said, &Look { turn, ..Look::CLEAN }).unwrap()), [said.as_str()], "{turn}");
    }
}

#[tokio::test]
async fn a7_the_code_is_found_on_the_photo_of_a_whole_card_whatever_its_size() {
    let said = text(12, false);
    let code = draw(&said, &Look { module: 6.0, ..Look::CLEAN }).unwrap();
    let mut photo = GrayImage::from_pixel(3600, 2700, image::Luma([150]));
    imageops::overlay(&mut photo, &code, 2300, 500);
    assert_eq!(read_file(as_png(&photo).unwrap()).await, [said.as_str()]);
    // A shop's code lies beside it: the card comes first.
    let shop = draw("https://example.vn/thuc-don", &Look { module: 9.0, ..Look::CLEAN }).unwrap();
    imageops::overlay(&mut photo, &shop, 300, 1200);
    assert_eq!(read_file(as_png(&photo).unwrap()).await[0], said);
    let tiny = draw(&said, &Look { module: 2.0, ..Look::CLEAN }).unwrap();
    assert_eq!(read_file(as_png(&tiny).unwrap()).await, [said.as_str()]);
}

#[tokio::test]
async fn a7_see_through_pictures_lie_on_white() {
    let said = text(13, false);
    let code = draw(&said, &Look::CLEAN).unwrap();
    let clear = RgbaImage::from_fn(code.width(), code.height(), |x, y| {
        let dark = code.get_pixel(x, y).0[0] < 128;
        image::Rgba(if dark { [0, 0, 0, 255] } else { [0, 0, 0, 0] })
    });
    let mut file = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageRgba8(clear).write_to(&mut file, image::ImageFormat::Png).unwrap();
    assert_eq!(read_file(file.into_inner()).await, [said.as_str()]);
}

#[tokio::test]
async fn a7_what_is_no_picture_or_claims_to_be_huge_is_refused_before_a_pixel_is_drawn() {
    assert_eq!(codes(Vec::new()).await.unwrap(), Err(BadPhoto::Empty));
    assert_eq!(codes(b"%PDF-1.7 a scan".to_vec()).await.unwrap(), Err(BadPhoto::NotAPhoto));
    let whole = png(&text(1, false), &Look::CLEAN).unwrap();
    assert_eq!(codes(whole[..60].to_vec()).await.unwrap(), Err(BadPhoto::Broken));
    let mut bomb = whole;
    bomb[16..20].copy_from_slice(&60_000u32.to_be_bytes());
    bomb[20..24].copy_from_slice(&60_000u32.to_be_bytes());
    let refused = codes(bomb).await.unwrap();
    assert!(matches!(refused, Err(BadPhoto::Broken | BadPhoto::TooManyPixels)), "{refused:?}");
}

#[tokio::test]
async fn a7_a_long_code_is_read_and_is_no_card() {
    let long = "x".repeat(2300);
    let found = read_file(png(&long, &Look { module: 4.0, ..Look::CLEAN }).unwrap()).await;
    assert_eq!(found.first().map(String::len), Some(2300));
    assert!(Card::parse(&found[0], date(2026, 3, 30)).is_err());
}

/// One corner mark of seven by seven modules.
fn mark(module: u32) -> GrayImage {
    GrayImage::from_fn(module * 7, module * 7, |x, y| {
        let (x, y) = (x / module, y / module);
        let edge = x.min(y).min(6 - x).min(6 - y);
        image::Luma([if edge == 1 { 255 } else { 0 }])
    })
}

#[test]
fn a7_a_picture_of_nothing_but_corner_marks_is_left_alone() {
    let mark = mark(2);
    let mut carpet = GrayImage::from_pixel(1400, 1400, image::Luma([255]));
    for at in 0..70 * 70 {
        imageops::overlay(&mut carpet, &mark, (at % 70) * 20, (at / 70) * 20);
    }
    let dark: Vec<bool> = carpet.as_raw().iter().map(|p| *p < 128).collect();
    assert!(!is_tame(&dark, 1400), "three thousand copies of the picture otherwise");
    assert!(read(&carpet).is_empty());
    // Five codes are no carpet.
    let code = draw(&text(5, false), &Look::CLEAN).unwrap();
    let (side, mut sheet) = (code.width(), GrayImage::from_pixel(code.width() * 5, code.height(), image::Luma([190])));
    for at in 0..5 {
        imageops::overlay(&mut sheet, &code, i64::from(at * side), 0);
    }
    assert_eq!(read(&sheet), [text(5, false)]);
}

#[test]
fn a7_stripes_and_noise_end_soon_and_hold_nothing() {
    let stripes = GrayImage::from_fn(1400, 700, |x, _| {
        image::Luma([if [1, 0, 1, 1, 1, 0, 1, 0].get(x as usize % 8) == Some(&1) { 0 } else { 255 }])
    });
    assert!(read(&stripes).is_empty());
    let mut state = 7u32;
    let noise = GrayImage::from_fn(700, 500, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        image::Luma([(state >> 24) as u8])
    });
    assert!(read(&noise).is_empty());
    for (width, height) in [(1, 1), (1, 900), (900, 1), (21, 21)] {
        assert!(read(&GrayImage::new(width, height)).is_empty());
    }
}
