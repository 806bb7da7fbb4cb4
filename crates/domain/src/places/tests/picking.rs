//! Finding a commune by what people type.

use super::*;
use crate::places::CommunePicker;
use proptest::prelude::*;

fn names(text: &str) -> Vec<String> {
    let picker = CommunePicker::new(&pack("quang-tri").units);
    picker.search(text, None, &[]).into_iter().map(|unit| unit.name.clone()).collect()
}

fn first(text: &str) -> String {
    names(text).into_iter().next().unwrap_or_default()
}

#[test]
fn communes_are_found_without_marks_and_in_both_spellings() {
    for (typed, name) in [
        ("dong hoi", "Đồng Hới"),
        ("Đồng Hới", "Đồng Hới"),
        ("phuong dong hoi", "Đồng Hới"),
        ("P. Đồng Hới", "Đồng Hới"),
        ("minh hoa", "Minh Hóa"),
        ("Minh Hoá", "Minh Hóa"),
        ("MINH HÓA", "Minh Hóa"),
        ("donghoi", "Đồng Hới"),
        ("dakrong", "Đakrông"),
        ("con co", "Cồn Cỏ"),
        ("dk con co", "Cồn Cỏ"),
        ("le th", "Lệ Thủy"),
    ] {
        assert_eq!(first(typed), name, "{typed}");
    }
    assert!(names("zzz").is_empty());
    assert!(names("đ").len() <= 8);
}

#[test]
fn marks_decide_between_names_that_differ_only_by_them() {
    assert_eq!(first("Đông Hà"), "Đông Hà");
    let both = names("hai lang");
    assert_eq!(both[..2], ["Hải Lăng", "Nam Hải Lăng"]);
}

#[test]
fn old_communes_and_old_districts_lead_to_the_new_one() {
    let pack = pack("quang-tri");
    let picker = CommunePicker::new(&pack.units);
    let found = picker.matches("bao ninh", None, &[]);
    assert_eq!(found[0].unit.name, "Đồng Hới");
    assert_eq!(found[0].former, Some("Xã Bảo Ninh"));
    assert_eq!(picker.matches("xã Bảo Ninh", None, &[])[0].former, Some("Xã Bảo Ninh"));
    assert_eq!(picker.matches("tt ho xa", None, &[])[0].unit.name, "Vĩnh Linh");
    let district = picker.matches("huong hoa", None, &[]);
    assert!(district.iter().any(|found| found.former == Some("Huyện Hướng Hóa")), "{district:?}");
    assert_eq!(picker.search("huyện Cam Lộ", None, &[])[0].name, "Cam Lộ");
    assert_eq!(found[0].unit.code, picker.search("Bảo Ninh", None, &[])[0].code);
}

#[test]
fn home_and_recent_communes_come_first_among_equals() {
    let pack = pack("quang-tri");
    let picker = CommunePicker::new(&pack.units);
    let code = |name: &str| pack.units.iter().find(|unit| unit.name == name).unwrap().code.as_str();
    let found = |home, recent: &[&str]| -> Vec<String> {
        picker.search("trieu", home, recent).into_iter().map(|unit| unit.name.clone()).collect()
    };
    assert_eq!(found(None, &[])[..3], ["Triệu Bình", "Triệu Cơ", "Triệu Phong"]);
    assert_eq!(found(Some(code("Triệu Phong")), &[code("Triệu Cơ")])[..3], ["Triệu Phong", "Triệu Cơ", "Triệu Bình"]);
    let usual: Vec<_> = picker.search("  ", Some(code("Lìa")), &[code("A Dơi"), code("Lìa"), "00000"]);
    assert_eq!(usual.iter().map(|unit| unit.name.as_str()).collect::<Vec<_>>(), ["Lìa", "A Dơi"]);
}

#[test]
fn the_list_is_by_kind_and_in_the_order_of_the_alphabet() {
    let pack = pack("quang-tri");
    let all = CommunePicker::new(&pack.units);
    let all = all.all();
    let sizes: Vec<_> = all.iter().map(|(kind, units)| (kind.as_str(), units.len())).collect();
    assert_eq!(sizes, [("phường", 8), ("xã", 69), ("đặc khu", 1)]);
    let wards: Vec<_> = all[0].1.iter().map(|unit| unit.name.as_str()).collect();
    let order = ["Ba Đồn", "Bắc Gianh", "Đông Hà", "Đồng Hới", "Đồng Sơn", "Đồng Thuận", "Nam Đông Hà", "Quảng Trị"];
    assert_eq!(wards, order);
}

proptest! {
    #[test]
    fn any_text_gives_at_most_eight_different_communes(text in "\\PC{0,40}") {
        thread_local!(static PICKER: CommunePicker = CommunePicker::new(&pack("cao-bang").units));
        PICKER.with(|picker| {
            let found = picker.search(&text, Some("01273"), &["01279"]);
            let codes: std::collections::BTreeSet<_> = found.iter().map(|unit| &unit.code).collect();
            prop_assert!(found.len() <= 8 && codes.len() == found.len());
            Ok(())
        })?;
    }
}

#[test]
fn every_commune_is_found_first_by_its_own_full_name() {
    for slug in ["quang-tri", "cao-bang"] {
        let pack = pack(slug);
        let picker = CommunePicker::new(&pack.units);
        for unit in &pack.units {
            let full = unit.full_name(base::i18n::Lang::VI);
            assert_eq!(picker.search(&full, None, &[])[0].code, unit.code, "{full}");
            assert_eq!(picker.search(&base::fold::fold(&full), None, &[])[0].code, unit.code, "{full}");
        }
    }
}
