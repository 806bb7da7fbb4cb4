//! Codes of cards of nobody, drawn as a phone would take them: for tests and for the benchmark. The same look gives the same picture.

use image::{GrayImage, ImageFormat, Luma};
use qrcode::{Color, EcLevel, QrCode};
use std::io::Cursor;

/// What stands between a code and a clean picture of it.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Pixels of one module.
    pub module: f64,
    /// Degrees.
    pub turn: f64,
    /// How much shorter the far side is, as a part of the near one.
    pub tilt: f64,
    /// Standard deviation in pixels.
    pub blur: f32,
    /// Grey values that a pixel may be off.
    pub noise: u8,
    /// How white the lamp's spot on one corner is, 0 to 1.
    pub glare: f64,
    pub seed: u64,
}

impl Look {
    pub const CLEAN: Self = Self { module: 3.0, turn: 0.0, tilt: 0.0, blur: 0.0, noise: 0, glare: 0.0, seed: 1 };
}

/// The text of a card of nobody: numbers that begin with 000 are given to nobody. `layout_new`: with the four empty fields of the card
/// since 2024.
pub fn text(n: u32, layout_new: bool) -> String {
    let names = ["Nguyễn Thị Ví Dụ", "Trần Văn Thử", "Lê Hoàng Mẫu Ánh", "Phạm Thị Quỳnh Nghiệm", "Hồ Văn Giả Định"];
    let female = n.is_multiple_of(2);
    let (year, six) = (1950 + n % 50, n % 1_000_000);
    let (digit, sex) = if female { (1, "Nữ") } else { (0, "Nam") };
    let name = names[n as usize % names.len()];
    let tail = if layout_new { "||||" } else { "" };
    let (day, month) = (1 + n % 28, 1 + n % 12);
    format!(
        "000{digit}{:02}{six:06}|{:09}|{name}|{day:02}{month:02}{year}|{sex}|Thôn {}, Xã Ví Dụ, Tỉnh Quảng Trị|10052022{tail}",
        year % 100,
        190_000_000 + n,
        n % 20
    )
}

struct Scatter(u64);

impl Scatter {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// The code on the pale, finely lined ground of a card. `None`: the text is too long for any code.
pub fn draw(text: &str, look: &Look) -> Option<GrayImage> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let (modules, colors) = (code.width() as f64, code.to_colors());
    let across = modules + 8.0;
    let side = (across * look.module * 1.6).ceil().max(40.0) as u32;
    let middle = f64::from(side) / 2.0;
    let (sin, cos) = look.turn.to_radians().sin_cos();
    let is_dark = |x: f64, y: f64| -> Option<bool> {
        // Back from the picture to the card: turned, then tilted.
        let (dx, dy) = ((x - middle) / look.module, (y - middle) / look.module);
        let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
        let far = 1.0 - look.tilt * (v / across + 0.5);
        let (u, v) = (u / far + across / 2.0, v / far + across / 2.0);
        if !(0.0..across).contains(&u) || !(0.0..across).contains(&v) {
            return None;
        }
        let (u, v) = (u - 4.0, v - 4.0);
        if !(0.0..modules).contains(&u) || !(0.0..modules).contains(&v) {
            return Some(false);
        }
        Some(colors[v as usize * code.width() + u as usize] == Color::Dark)
    };
    let mut scatter = Scatter(look.seed);
    let spot = (middle - across * look.module * 0.4, middle + across * look.module * 0.1);
    let reach = across * look.module * 0.35;
    let picture = GrayImage::from_fn(side, side, |x, y| {
        let mut light = 0.0;
        // Nine points a pixel, so that edges are as soft as a lens makes them.
        for at in 0..9 {
            let (px, py) =
                (f64::from(x) + f64::from(at % 3) / 3.0 + 0.17, f64::from(y) + f64::from(at / 3) / 3.0 + 0.17);
            light += match is_dark(px, py) {
                Some(true) => 45.0,
                Some(false) => 226.0,
                None => 190.0 + 22.0 * ((px * 0.21).sin() * (py * 0.13 + (px * 0.05).sin() * 4.0).cos()),
            };
        }
        let away = ((f64::from(x) - spot.0).powi(2) + (f64::from(y) - spot.1).powi(2)) / (reach * reach);
        let light = light / 9.0;
        Luma([(light + (255.0 - light) * look.glare * (-away).exp()) as u8])
    });
    let mut picture = if look.blur > 0.0 { image::imageops::blur(&picture, look.blur) } else { picture };
    if look.noise > 0 {
        for p in picture.pixels_mut() {
            let off = (scatter.next() % (2 * u64::from(look.noise) + 1)) as i16 - i16::from(look.noise);
            p.0[0] = (i16::from(p.0[0]) + off).clamp(0, 255) as u8;
        }
    }
    Some(picture)
}

/// As a file. `None`: the text is too long for any code.
pub fn png(text: &str, look: &Look) -> Option<Vec<u8>> {
    as_png(&draw(text, look)?)
}

pub fn as_png(picture: &GrayImage) -> Option<Vec<u8>> {
    let mut out = Cursor::new(Vec::new());
    picture.write_to(&mut out, ImageFormat::Png).ok()?;
    Some(out.into_inner())
}
