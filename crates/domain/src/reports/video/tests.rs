use super::{BadVideo, Facts, Kind, film::clean};
use crate::testing::video::{FILMED, Film, PICTURE, SECRETS, SOUND, boxed, has};
use proptest::prelude::*;

fn cleaned(film: &Film) -> Result<(Facts, Vec<u8>), BadVideo> {
    let mut bytes = film.bytes();
    clean(&mut bytes).map(|facts| (facts, bytes))
}

fn refusal(bytes: &[u8]) -> BadVideo {
    clean(&mut bytes.to_vec()).unwrap_err()
}

#[test]
fn r1_place_device_time_and_gps_track_are_taken_out_of_a_video_and_nothing_moves() {
    let before = Film::default().bytes();
    for secret in SECRETS {
        assert!(has(&before, secret.as_bytes()), "{secret}");
    }
    let (facts, after) = cleaned(&Film::default()).unwrap();
    // 640 × 360, turned upright.
    assert_eq!(facts, Facts { kind: Kind::Mp4, seconds: 12, width: 360, height: 640 });
    assert_eq!(after.len(), before.len());
    for secret in SECRETS {
        assert!(!has(&after, secret.as_bytes()), "{secret}");
    }
    assert!(has(&before, &FILMED.to_be_bytes()) && !has(&after, &FILMED.to_be_bytes()));
    for kept in [PICTURE, SOUND, b"avcC"] {
        let at = |file: &[u8]| file.windows(kept.len()).position(|w| w == kept);
        assert!(at(&after).is_some() && at(&after) == at(&before));
    }
    for name in [&b"udta"[..], b"meta", b"uuid", b"mebx"] {
        assert!(!has(&after, name), "{name:?}");
    }
    let mut again = after.clone();
    assert_eq!(clean(&mut again), Ok(facts), "what was cleaned is a video still");
    assert!(again == after);
}

#[test]
fn r1_what_phones_make_is_taken() {
    for (brand, kind) in [(b"qt  ", Kind::QuickTime), (b"3gp5", Kind::ThreeGpp), (b"mp42", Kind::Mp4)] {
        let (facts, _) = cleaned(&Film { brand: *brand, ..Film::default() }).unwrap();
        assert_eq!(facts.kind, kind);
    }
    for codec in [b"avc1", b"hvc1", b"hev1", b"mp4v", b"av01", b"vp09"] {
        assert!(cleaned(&Film { codec: *codec, ..Film::default() }).is_ok());
    }
    for (seconds, taken) in [(60, true), (61, false), (3_600, false)] {
        let answer = cleaned(&Film { seconds, ..Film::default() });
        assert_eq!(answer.err(), (!taken).then_some(BadVideo::TooLong), "{seconds} s");
    }
}

#[test]
fn r1_what_is_no_video_of_a_phone_is_refused_with_its_reason() {
    assert_eq!(refusal(b""), BadVideo::Empty);
    assert_eq!(refusal(b"<html><script>alert(1)</script>"), BadVideo::NotAVideo);
    assert_eq!(refusal(b"\x1a\x45\xdf\xa3 matroska"), BadVideo::NotAVideo);
    assert_eq!(cleaned(&Film { brand: *b"heic", ..Film::default() }).unwrap_err(), BadVideo::UnknownKind);
    assert_eq!(cleaned(&Film { codec: *b"encv", ..Film::default() }).unwrap_err(), BadVideo::UnknownKind);
    assert_eq!(cleaned(&Film { seconds: 0, ..Film::default() }).unwrap_err(), BadVideo::Broken);
    let streamed = Film { in_moov: boxed(b"mvex", &[]), ..Film::default() };
    assert_eq!(cleaned(&streamed).unwrap_err(), BadVideo::Fragmented);
    let streamed = Film { at_end: boxed(b"moof", &[]), ..Film::default() };
    assert_eq!(cleaned(&streamed).unwrap_err(), BadVideo::Fragmented);
    let mut sound_alone = Film::default().bytes();
    let at = sound_alone.windows(4).position(|w| w == b"vide").unwrap();
    sound_alone[at..at + 4].copy_from_slice(b"soun");
    assert_eq!(refusal(&sound_alone), BadVideo::NotAVideo);
    let mut elsewhere = Film::default().bytes();
    let at = elsewhere.windows(8).position(|w| w == b"url \0\0\0\x01").unwrap();
    elsewhere[at + 7] = 0;
    assert_eq!(refusal(&elsewhere), BadVideo::UnknownKind, "data that a player would fetch from elsewhere");
}

#[test]
fn r1_boxes_that_lie_about_their_size_are_refused() {
    let whole = Film::default().bytes();
    for at in 1..whole.len() {
        // Only a cut between the outermost boxes leaves a video.
        let cut = clean(&mut whole[..at].to_vec());
        assert!(cut.is_err() || whole[at + 4..at + 8] == *b"uuid", "cut at {at}: {cut:?}");
    }
    let named = |name: &[u8; 4]| whole.windows(4).position(|w| w == name).unwrap() - 4;
    for name in [b"mvhd", b"trak", b"mdia", b"stbl", b"stsd", b"stsz"] {
        for size in [0u32, 2, 7, u32::MAX] {
            let mut lying = whole.clone();
            lying[named(name)..named(name) + 4].copy_from_slice(&size.to_be_bytes());
            assert_eq!(refusal(&lying), BadVideo::Broken, "{name:?} of {size}");
        }
    }
    // Tables with more entries than there is room for, and samples that overlap what is no data.
    for table in [b"stsz", b"stco", b"stsc"] {
        let mut lying = whole.clone();
        let count = named(table) + if table == b"stsz" { 16 } else { 12 };
        lying[count..count + 4].copy_from_slice(&u32::MAX.to_be_bytes());
        assert_eq!(refusal(&lying), BadVideo::Broken, "{table:?}");
    }
    for at in [0, 20, u32::MAX, whole.len() as u32] {
        assert_eq!(cleaned(&Film { picture_at: Some(at), ..Film::default() }).unwrap_err(), BadVideo::Broken, "{at}");
    }
    let twice = Film { in_moov: boxed(b"mvhd", &[&[0; 100]]), ..Film::default() };
    assert_eq!(cleaned(&twice).unwrap_err(), BadVideo::Broken);
}

#[test]
fn r1_sizes_of_64_bits_and_to_the_end_of_the_file_are_read() {
    let whole = Film::default().bytes();
    let mut open = whole.clone();
    let uuid = open.windows(4).position(|w| w == b"uuid").unwrap() - 4;
    open[uuid..uuid + 4].copy_from_slice(&[0; 4]);
    clean(&mut open).unwrap();
    assert!(!has(&open, b"xmp-toolkit"));
    let long = |size: u64| {
        let film = [&[0, 0, 0, 1][..], b"uuid", &size.to_be_bytes(), b"xmp-toolkit"].concat();
        Film { at_end: film, ..Film::default() }
    };
    let (_, after) = cleaned(&long(27)).unwrap();
    assert!(!has(&after, b"xmp-toolkit"));
    for lie in [0, 8, 15, 28, u64::MAX, u64::MAX - 7] {
        assert_eq!(cleaned(&long(lie)).unwrap_err(), BadVideo::Broken, "{lie}");
    }
}

#[test]
fn r1_bombs_of_boxes_end_the_reading() {
    // A million empty boxes; boxes in boxes as deep as a file can hold: nothing of a box that is not on the list is opened.
    let many = Film { at_end: boxed(b"free", &[]).repeat(1_000_000), ..Film::default() };
    assert_eq!(cleaned(&many).unwrap_err(), BadVideo::Broken);
    let mut deep = Vec::new();
    for _ in 0..10_000 {
        deep.splice(0..0, ((deep.len() + 8) as u32).to_be_bytes().into_iter().chain(*b"moov"));
    }
    let (_, after) = cleaned(&Film { in_moov: deep, ..Film::default() }).unwrap();
    assert_eq!(after.windows(4).filter(|w| w == b"moov").count(), 1);
    let tracks = Film { in_moov: boxed(b"trak", &[]).repeat(5_000), ..Film::default() };
    assert_eq!(cleaned(&tracks).unwrap_err(), BadVideo::Broken);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn r1_random_bytes_behind_a_films_beginning_never_panic(tail in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = clean(&mut [&Film::default().bytes()[..24], &tail].concat());
    }

    #[test]
    fn r1_changed_and_cut_films_never_panic_and_what_is_taken_holds_no_secret(
        changes in prop::collection::vec((0usize..3_000, any::<u8>()), 0..6), cut in 0usize..6_000,
    ) {
        let mut bytes = Film::default().bytes();
        for (at, to) in changes {
            if let Some(b) = bytes.get_mut(at) { *b = to }
        }
        bytes.truncate(cut.max(8));
        let size = bytes.len();
        if clean(&mut bytes).is_ok() {
            prop_assert_eq!(bytes.len(), size);
            for secret in ["+17.4690+106.6223/", "xmp-toolkit", "Nokia 3310"] {
                prop_assert!(!has(&bytes, secret.as_bytes()), "{}", secret);
            }
            let facts = clean(&mut bytes.clone());
            prop_assert!(facts.is_ok(), "{:?}", facts);
        }
    }
}
