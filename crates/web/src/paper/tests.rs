use super::*;
use lopdf::Document;

fn paper(parts: Vec<Part>) -> Paper {
    Paper {
        title: "Phản ánh QT-123".into(),
        author: "UBND phường Đồng Hới".into(),
        lang: Lang::VI,
        mark: "1234567890 7".into(),
        at: 1_774_833_300_000,
        footer: "Công dân số".into(),
        page: "Trang {n}/{all}".into(),
        cut: "Còn nữa".into(),
        parts,
    }
}

/// Everything that a reader we did not write finds as text, without its line ends.
fn text(pdf: &[u8]) -> String {
    let document = Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().replace('\n', "")
}

fn pages(pdf: &[u8]) -> usize {
    Document::load_mem(pdf).unwrap().get_pages().len()
}

const ALL: &str = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ";

#[test]
fn r6_every_vietnamese_letter_comes_back_as_text() {
    let upper = ALL.to_uppercase();
    let parts = vec![
        Part::Title(format!("Tiêu đề {ALL}")),
        Part::Heading(upper.clone()),
        Part::Text(format!("{ALL} {upper} Bru – Vân Kiều ŏ ŭ ĕ ĭ «» … 1.250.000 ₫"), Ink::Plain),
        Part::Fact("Lĩnh vực".into(), "Hạ tầng xuống cấp".into()),
    ];
    let found = text(&pdf(&paper(parts)).unwrap());
    for c in ALL.chars().chain(upper.chars()).chain("ŏŭĕĭ«»…₫–".chars()) {
        assert!(found.contains(c), "{c} is missing in {found}");
    }
    assert!(
        found.contains("Lĩnh vực") && found.contains("Hạ tầng xuống cấp") && found.contains("Trang 1/1"),
        "{found}"
    );
}

#[test]
fn r6_the_same_paper_is_the_same_bytes_and_says_whose_it_is() {
    let one = paper(vec![Part::Title("Ổ gà".into()), Part::Text("Trước trường".into(), Ink::Said)]);
    let (first, second) = (pdf(&one).unwrap(), pdf(&one).unwrap());
    assert_eq!(first, second);
    let mut other = one.clone();
    other.parts.push(Part::Text("Thêm".into(), Ink::Plain));
    assert_ne!(pdf(&other).unwrap(), first);
    let document = Document::load_mem(&first).unwrap();
    let info = document.trailer.get(b"Info").unwrap().as_reference().unwrap();
    let info = document.get_dictionary(info).unwrap();
    let of = |key: &[u8]| lopdf::decode_text_string(info.get(key).unwrap()).unwrap();
    assert_eq!((of(b"Title").as_str(), of(b"Author").as_str()), ("Phản ánh QT-123", "UBND phường Đồng Hới"));
    let catalog = document.catalog().unwrap();
    assert!(catalog.has(b"StructTreeRoot") && catalog.has(b"Lang") && catalog.has(b"Outlines"), "{catalog:?}");
}

#[test]
fn r6_hostile_text_stays_text_and_hides_nothing() {
    let long = "ằ".repeat(10_000);
    let hostile = "abc\u{202e}dcba\u{202c} \u{0}\u{7}x\u{200b}y \u{feff}(đóng) \\) Tj ET << /JS (app.alert) >> \u{10ffff}漢字🚧 مرحبا";
    let parts = vec![
        Part::Title(hostile.into()),
        Part::Heading(String::new()),
        Part::Text(format!("{hostile}\n\n{long}"), Ink::Plain),
        Part::Fact(long.clone(), hostile.into()),
        Part::Text("\u{202e}".into(), Ink::Inside),
    ];
    let bytes = pdf(&paper(parts)).unwrap();
    let found = text(&bytes);
    assert!(found.contains("abcdcba x") && found.contains("xy (đóng) \\) Tj ET << /JS (app.alert) >>"), "{found}");
    assert!(!found.contains('\u{202e}'));
    let broken = long.chars().count() * 2;
    assert_eq!(found.chars().filter(|c| *c == 'ằ').count(), broken, "nothing of the long word is lost");
    let document = Document::load_mem(&bytes).unwrap();
    let has = |key: &[u8]| document.objects.values().any(|o| o.as_dict().is_ok_and(|d| d.has(key)));
    assert!(!has(b"JS") && !has(b"JavaScript") && !has(b"OpenAction") && !has(b"Launch"));
}

#[test]
fn r6_a_long_history_ends_at_twenty_pages_and_says_so() {
    let text_of = "Rất dài. ".repeat(400);
    let parts: Vec<Part> = (0..120).map(|_| Part::Text(text_of.clone(), Ink::Said)).collect();
    let bytes = pdf(&paper(parts)).unwrap();
    assert_eq!(pages(&bytes), PAGES_MOST);
    let found = text(&bytes);
    assert!(found.contains("Trang 20/20") && found.contains("Còn nữa"));
    assert!(bytes.len() < 400_000, "{}", bytes.len());
    assert_eq!(pages(&pdf(&paper(vec![])).unwrap()), 1);
}

#[test]
fn r6_photos_are_embedded_once_with_words_for_who_cannot_see_them() {
    let picture = image::RgbImage::from_fn(640, 480, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 80]));
    let mut jpeg = Vec::new();
    picture.write_with_encoder(image::codecs::jpeg::JpegEncoder::new(&mut jpeg)).unwrap();
    let one =
        Picture { jpeg, width: 640, height: 480, alt: "Ảnh hiện trường 1".into(), caption: "30/03/2026".into() };
    let bytes = pdf(&paper(vec![Part::Title("Ổ gà".into()), Part::Photos(vec![one; 3])])).unwrap();
    let document = Document::load_mem(&bytes).unwrap();
    let subtype = |o: &lopdf::Object, name: &[u8]| {
        o.as_stream().is_ok_and(|s| s.dict.get(b"Subtype").and_then(lopdf::Object::as_name).is_ok_and(|n| n == name))
    };
    assert_eq!(document.objects.values().filter(|o| subtype(o, b"Image")).count(), 1);
    let alts = document.objects.values().filter_map(|o| o.as_dict().ok()?.get(b"Alt").ok());
    let alts: Vec<String> = alts.map(|a| lopdf::decode_text_string(a).unwrap()).collect();
    assert_eq!(alts, ["Ảnh hiện trường 1"; 3]);
    let broken = Picture { jpeg: b"no photo".to_vec(), width: 1, height: 1, alt: "x".into(), caption: String::new() };
    assert_eq!(pdf(&paper(vec![Part::Photos(vec![broken])])), Err(Unwritten("a photo")));
}
