//! The packs of the repository are whole; broken ones are told apart, error by error.

mod broken;
mod national;
mod routing;

use super::*;
use std::{
    fs,
    path::{Path, PathBuf},
};

fn packs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packs")
}

/// A pack of the repository; most tests do not care which.
fn pack() -> Pack {
    Pack::load(&packs().join("quang-tri")).unwrap()
}

/// A copy of a pack that a test may break.
fn copy() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("texts")).unwrap();
    for folder in ["", "texts"] {
        for entry in fs::read_dir(packs().join("quang-tri").join(folder)).unwrap().flatten() {
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), dir.path().join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
    dir
}

/// Replaces text in a file of a copy; the text must be there.
fn edit(dir: &tempfile::TempDir, file: &str, from: &str, to: &str) {
    let path = dir.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} does not contain {from}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

#[test]
fn the_packs_of_the_repository_are_whole() {
    for (slug, units, population) in [("quang-tri", 78, 1_870_664), ("cao-bang", 56, 574_684)] {
        let pack = Pack::load(&packs().join(slug)).unwrap_or_else(|errors| {
            panic!("{}", errors.iter().map(|error| format!("{slug}/{error}\n")).collect::<String>())
        });
        assert_eq!(pack.units.len(), units, "{slug}");
        assert_eq!(pack.units.iter().filter_map(|unit| unit.population).sum::<u32>(), population, "{slug}");
        assert_eq!(pack.province.slug, slug);
        assert!(pack.terms.text(Lang::EN).contains("Draft"), "drafts say so");
        assert!(pack.privacy.text(Lang::VI).contains("Bản dự thảo"), "drafts say so");
        assert!(pack.province.support.is_unconfirmed());
        assert_eq!(pack.texts.len(), 2);
        assert_eq!(pack.digest.len(), 64);
    }
}

#[test]
fn r14_the_categories_of_the_sources_are_there() {
    let pack = pack();
    for code in [
        "moi-truong",
        "ha-tang",
        "an-ninh",
        "giao-thong",
        "dat-dai-xay-dung",
        "dien",
        "nuoc",
        "vien-thong",
        "y-te-thuc-pham",
        "giao-duc",
        "nong-nghiep",
        "van-hoa-du-lich",
        "thu-tuc-hanh-chinh",
        "thien-tai",
        "khac",
    ] {
        assert!(pack.category(code).is_some(), "{code}");
    }
    assert_eq!(pack.categories.last().map(|category| category.code.as_str()), Some("khac"));
    assert!(!pack.category("an-ninh").unwrap().public, "public order is not for the public list");
}

#[test]
fn names_are_said_in_both_languages() {
    let pack = pack();
    let unit = pack.unit("19742").unwrap();
    assert_eq!(unit.full_name(Lang::VI), "Đặc khu Cồn Cỏ");
    assert_eq!(unit.full_name(Lang::EN), "Cồn Cỏ Special Zone");
}

#[test]
fn contrast_is_computed_as_wcag_says() {
    assert_eq!(contrast("#000000", "#FFFFFF").map(|c| (c * 10.0).round()), Some(210.0));
    assert_eq!(contrast("#0A4F8F", "#FFFFFF").map(|c| (c * 10.0).round()), Some(83.0));
    assert_eq!(contrast("#12345", "#FFFFFF"), None);
    assert_eq!(contrast("#ÀÀÀ", "#FFFFFF"), None);
}

#[test]
fn a_changed_pack_is_noticed_and_the_change_is_named() {
    let old = pack();
    let dir = copy();
    let same = Pack::load(dir.path()).unwrap();
    assert_eq!(same.digest, old.digest);
    assert_eq!(Pack::diff(&old, &same), []);

    edit(&dir, "units.csv", "84196", "84197");
    edit(&dir, "categories.toml", "deadline = { working_days = 7 }", "deadline = { working_days = 8 }");
    edit(&dir, "agencies.csv", "so-ngoai-vu,Sở Ngoại vụ,Sở Ngoại vụ,,no,cần đối chiếu\n", "");
    edit(&dir, "terms.vi.md", "Bản dự thảo", "Bản dự thảo 2");
    fs::write(dir.path().join("calendar.toml"), "version = \"own\"\n").unwrap();
    let new = Pack::load(dir.path()).unwrap();
    assert_ne!(new.digest, old.digest);
    let changes = Pack::diff(&old, &new);
    let told: Vec<_> = changes.iter().map(|change| (change.part, change.key.as_str())).collect();
    assert_eq!(
        told,
        [
            ("unit", "18880"),
            ("agency", "so-ngoai-vu"),
            ("category", "ha-tang"),
            ("terms", "quang-tri"),
            ("calendar", "quang-tri"),
        ]
    );
    assert_eq!(changes[1].kind, ChangeKind::Removed);
    let deadline = FieldChange { field: "deadline.working_days".into(), from: "7".into(), to: "8".into() };
    assert_eq!(changes[2].kind, ChangeKind::Changed(vec![deadline]));
}

#[test]
fn files_saved_by_windows_programs_are_read() {
    let dir = copy();
    let path = dir.path().join("units.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    assert_eq!(Pack::load(dir.path()).unwrap().digest, pack().digest);
}

#[test]
fn tables_and_categories_that_staff_change_are_checked_alike() {
    let pack = pack();
    let text = fs::read_to_string(packs().join("quang-tri/units.csv")).unwrap();
    assert_eq!(Unit::read_csv(&text, &pack.province.map.bounds()).unwrap(), pack.units);
    let semicolons = "code;name;operator\nso-a;Sở A;có\n";
    assert!(Agency::read_csv(semicolons).unwrap()[0].operator, "as Excel saves it in Vietnam");
    let mut categories = pack.categories.clone();
    categories[1].code = categories[0].code.clone();
    categories[2].name.en = " ".into();
    let codes: Vec<_> = Category::check(&categories).into_iter().map(|(at, problem)| (at, problem.code)).collect();
    assert_eq!(codes, [(1, "doubled"), (2, "text-length")]);
}
