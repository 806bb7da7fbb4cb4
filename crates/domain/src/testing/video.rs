//! A tiny film, written box by box as phones write theirs: with the place, the device and a track of GPS fixes in all the corners
//! where phones put them. Its pictures are nonsense; nobody decodes them here.

/// What stands in every corner that must be empty after cleaning.
pub const SECRETS: [&str; 8] = [
    "+17.4690+106.6223/",
    "Nokia 3310",
    "xmp-toolkit",
    "GPS-fix",
    "Android secret",
    "encoder of the camera",
    "handler of the camera",
    "between the samples",
];
/// When it was filmed, in the seconds that films count in.
pub const FILMED: u32 = 0xe1d2_c3b4;
/// What must still be there.
pub const PICTURE: &[u8] = b"picture-samples!picture-samples!";
pub const SOUND: &[u8] = b"sound-samples-";

/// A box.
pub fn boxed(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut out = ((content.len() + 8) as u32).to_be_bytes().to_vec();
    out.extend(name);
    out.extend(content);
    out
}

fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}

/// What can be different from film to film.
#[derive(Debug, Clone)]
pub struct Film {
    pub brand: [u8; 4],
    pub codec: [u8; 4],
    pub seconds: u32,
    /// Added to the samples of the picture.
    pub heavier: usize,
    /// More boxes in `moov`.
    pub in_moov: Vec<u8>,
    /// More boxes at the end.
    pub at_end: Vec<u8>,
    /// Where the samples of the picture are said to lie, if not where they do.
    pub picture_at: Option<u32>,
}

impl Default for Film {
    fn default() -> Self {
        Self {
            brand: *b"isom",
            codec: *b"avc1",
            seconds: 12,
            heavier: 0,
            in_moov: Vec::new(),
            at_end: Vec::new(),
            picture_at: None,
        }
    }
}

impl Film {
    pub fn bytes(&self) -> Vec<u8> {
        let ftyp = boxed(b"ftyp", &[&self.brand, &words(&[512]), &self.brand, b"abcd"]);
        let free = boxed(b"free", &[b"Android secret"]);
        let picture = [PICTURE, &vec![7; self.heavier]].concat();
        let data = boxed(b"mdat", &[&picture, b"between the samples", SOUND, b"GPS-fix"]);
        let at = (ftyp.len() + free.len() + 8) as u32;
        let sound_at = at + picture.len() as u32 + 19;
        let meta_at = sound_at + SOUND.len() as u32;
        let tracks = [
            self.track(b"vide", &self.codec, self.picture_at.unwrap_or(at), picture.len() as u32),
            self.track(b"soun", b"mp4a", sound_at, SOUND.len() as u32),
            self.track(b"meta", b"mebx", meta_at, 7),
        ];
        let mvhd = boxed(b"mvhd", &[&words(&[0, FILMED, FILMED, 600, self.seconds * 600]), &[0; 80]]);
        let udta = boxed(
            b"udta",
            &[&boxed(b"\xa9xyz", &[b"\0\x12\x15\xc7+17.4690+106.6223/"]), &boxed(b"loci", &[b"Nokia 3310"])],
        );
        let meta = boxed(b"meta", &[&words(&[0]), &boxed(b"keys", &[b"com.apple.quicktime.make Nokia 3310"])]);
        let moov = boxed(b"moov", &[&mvhd, &tracks.concat(), &udta, &meta, &self.in_moov]);
        let uuid = boxed(b"uuid", &[b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac<xmp-toolkit/>"]);
        [ftyp, free, data, moov, uuid, self.at_end.clone()].concat()
    }

    fn track(&self, handler: &[u8; 4], codec: &[u8; 4], at: u32, size: u32) -> Vec<u8> {
        let is_picture = handler == b"vide";
        let (width, height) = if is_picture { (640u32 << 16, 360u32 << 16) } else { (0, 0) };
        // Turned by 90°, as of a phone that is held upright.
        let matrix = words(&[0, 0x1_0000, 0, 0xffff_0000, 0, 0, 0, 0, 0x4000_0000]);
        let tkhd =
            boxed(b"tkhd", &[&words(&[3, FILMED, FILMED, 1, 0, 1]), &[0; 16], &matrix, &words(&[width, height])]);
        let mdhd = boxed(b"mdhd", &[&words(&[0, FILMED, FILMED, 600, self.seconds * 600, 0])]);
        let hdlr = boxed(b"hdlr", &[&words(&[0, 0]), handler, &[0; 12], b"handler of the camera\0"]);
        let dref = boxed(b"dref", &[&words(&[0, 1]), &boxed(b"url ", &[&words(&[1])])]);
        let entry = if is_picture {
            let name = b"encoder of the camera";
            let before = [&[0; 6][..], &[0, 1], &[0; 34], &[name.len() as u8], name, &[0; 10], &[0; 4]].concat();
            boxed(codec, &[&before, &boxed(b"avcC", &[&[1, 2, 3]])])
        } else {
            boxed(codec, &[&[0; 6], &[0, 1], &[0; 20]])
        };
        // Two samples in a chunk each.
        let half = size / 2;
        let stbl = boxed(
            b"stbl",
            &[
                &boxed(b"stsd", &[&words(&[0, 1]), &entry]),
                &boxed(b"stts", &[&words(&[0, 1, 2, self.seconds * 300])]),
                &boxed(b"stsc", &[&words(&[0, 1, 1, 1, 1])]),
                &boxed(b"stsz", &[&words(&[0, 0, 2, half, size - half])]),
                &boxed(b"stco", &[&words(&[0, 2, at, at.wrapping_add(half)])]),
            ],
        );
        let dinf = boxed(b"dinf", &[&dref]);
        let minf = boxed(b"minf", &[&boxed(b"vmhd", &[&[0; 12]]), &dinf, &stbl]);
        let mdia = boxed(b"mdia", &[&mdhd, &hdlr, &minf]);
        let udta = boxed(b"udta", &[&boxed(b"\xa9mod", &[b"Nokia 3310"])]);
        boxed(b"trak", &[&tkhd, &mdia, &udta, &boxed(b"meta", &[b"+17.4690+106.6223/"])])
    }
}

/// Whether one file contains a text.
pub fn has(file: &[u8], text: &[u8]) -> bool {
    file.windows(text.len()).any(|w| w == text)
}
