//! Every error at once, with file, line and code.

use super::*;

/// What is wrong: (file, line, code).
fn wrong(dir: &tempfile::TempDir) -> Vec<(String, Option<usize>, &'static str)> {
    let errors = Pack::load(dir.path()).expect_err("the pack is broken");
    errors.into_iter().map(|error| (error.file, error.line, error.problem.code)).collect()
}

fn codes(dir: &tempfile::TempDir) -> Vec<&'static str> {
    wrong(dir).into_iter().map(|(_, _, code)| code).collect()
}

#[test]
fn every_error_of_every_file_is_listed_at_once() {
    let dir = copy();
    edit(&dir, "province.toml", "primary = \"#0A4F8F\"", "primary = \"#8FC5F5\"");
    edit(&dir, "units.csv", "18880,phường,Đồng Hới,84196", "188,quận,Đồng Hới,nhiều");
    edit(&dir, "units.csv", "18871,", "18859,");
    edit(&dir, "agencies.csv", "tt-dmst-cds", "TT DMST");
    edit(&dir, "agencies.csv", "so-khcn,yes", "so-abc,yes");
    edit(&dir, "categories.toml", "deadline = { working_days = 7 }", "deadline = { working_days = 0 }");
    edit(&dir, "categories.toml", "icon = \"leaf\"", "ikon = \"leaf\"");
    edit(&dir, "texts/en.ftl", "province-name = ", "province-nam = ");
    fs::remove_file(dir.path().join("privacy.en.md")).unwrap();
    let expected = [
        ("agencies.csv", Some(4), "agency-code"),
        ("agencies.csv", Some(4), "unknown-agency"),
        ("categories.toml", Some(8), "deadline"),
        ("categories.toml", Some(41), "wrong-form"),
        ("privacy.en.md", None, "missing-file"),
        ("province.toml", Some(30), "contrast"),
        ("texts/en.ftl", None, "missing-text"),
        ("texts/vi.ftl", None, "missing-text"),
        ("units.csv", Some(2), "unit-code"),
        ("units.csv", Some(2), "unit-type"),
        ("units.csv", Some(2), "not-a-number"),
        ("units.csv", Some(4), "duplicate"),
    ];
    let expected: Vec<_> = expected.map(|(file, line, code)| (file.to_owned(), line, code)).into();
    assert_eq!(wrong(&dir), expected);
}

#[test]
fn messages_say_what_and_where() {
    let dir = copy();
    edit(&dir, "units.csv", "18880,phường", "18880,quận");
    let errors = Pack::load(dir.path()).unwrap_err();
    assert_eq!(errors[0].to_string(), "units.csv:2: quận is not phường, xã or đặc khu");
    assert_eq!(errors[0].problem.args, [("type", "quận".to_owned())]);
}

#[test]
fn wrong_numbers_and_columns_in_units_are_named() {
    let dir = copy();
    edit(&dir, "units.csv", "17.45269,106.63123", "106.63123,17.45269");
    edit(&dir, "units.csv", "17.49582", "");
    assert_eq!(codes(&dir), ["outside-province", "empty-cell"]);
    edit(&dir, "units.csv", "name,population", "ten,population");
    assert_eq!(codes(&dir), ["missing-column", "unknown-column"]);
}

#[test]
fn a_row_with_too_many_cells_is_named_and_the_others_are_read() {
    let dir = copy();
    edit(&dir, "units.csv", "Thành phố Đồng Hới,", "Thành phố Đồng Hới,,,");
    assert_eq!(wrong(&dir), [("units.csv".to_owned(), Some(2), "cell-count")]);
}

#[test]
fn agencies_need_an_operator_and_no_circle() {
    let dir = copy();
    edit(&dir, "agencies.csv", "Sở KH&CN,,yes", "Sở KH&CN,tt-dmst-cds,no");
    edit(&dir, "agencies.csv", "so-khcn,yes", "so-khcn,no");
    assert_eq!(codes(&dir), ["no-operator", "parent-circle", "parent-circle"]);
}

#[test]
fn files_that_are_missing_huge_unknown_or_no_text_are_named() {
    let dir = copy();
    fs::remove_file(dir.path().join("routing.toml")).unwrap();
    fs::write(dir.path().join("category.toml"), "").unwrap();
    fs::write(dir.path().join("units.csv"), vec![b'x'; 2 << 20]).unwrap();
    fs::write(dir.path().join("agencies.csv"), b"code,name\nabc,\xff\xfe").unwrap();
    fs::write(dir.path().join("texts/tay.ftl"), "a = b\n").unwrap();
    assert_eq!(
        wrong(&dir),
        [
            ("agencies.csv".to_owned(), Some(2), "not-utf8"),
            ("category.toml".to_owned(), None, "unknown-file"),
            ("routing.toml".to_owned(), None, "missing-file"),
            ("texts/tay.ftl".to_owned(), None, "language-not-listed"),
            ("units.csv".to_owned(), None, "too-large"),
        ]
    );
    assert_eq!(Pack::load(Path::new("no-such-folder")).unwrap_err()[0].problem.code, "unreadable");
}

#[test]
fn a_pack_may_have_its_own_office_hours_and_wrong_ones_are_named() {
    let dir = copy();
    let hours = "version = \"own\"\n[[hours]]\nfrom = \"07:00\"\nto = \"11:30\"\n";
    fs::write(dir.path().join("calendar.toml"), hours).unwrap();
    assert!(Pack::load(dir.path()).unwrap().calendar.version().contains("+own"));
    fs::write(dir.path().join("calendar.toml"), hours.replace("07:00", "12:00")).unwrap();
    assert_eq!(wrong(&dir), [("calendar.toml".to_owned(), Some(2), "wrong-form")]);
}

#[test]
fn broken_texts_are_named() {
    let dir = copy();
    edit(&dir, "texts/vi.ftl", "province-name = ", "province-name = { ");
    assert_eq!(codes(&dir), ["wrong-form"]);
}
