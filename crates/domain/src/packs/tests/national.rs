//! A national pack (S5): provinces in the place of communes, and nothing that only a province has.

use super::*;

fn country() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("texts")).unwrap();
    for folder in ["", "texts"] {
        for entry in fs::read_dir(packs().join("national").join(folder)).unwrap().flatten() {
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), dir.path().join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
    dir
}

fn faults(dir: &tempfile::TempDir) -> Vec<String> {
    Pack::load(dir.path()).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn s5_the_national_pack_names_the_34_provinces_and_has_no_communes() {
    let pack = Pack::load(country().path()).unwrap();
    assert!(pack.province.is_national());
    assert_eq!(pack.members.len(), 34);
    assert_eq!(pack.members.iter().filter(|m| m.kind == MemberKind::City).count(), 6);
    let name = |code: &str, lang| pack.members.iter().find(|m| m.code == code).unwrap().full_name(lang);
    // Today's list: numbers on older cards begin with codes that meant others.
    assert_eq!(name("44", Lang::VI), "Tỉnh Quảng Trị");
    assert_eq!(name("46", Lang::EN), "Huế City");
    assert!(pack.units.is_empty() && pack.categories.is_empty() && pack.agencies.is_empty());
    assert!(pack.terms.text(Lang::VI).contains("Bản dự thảo") && pack.province.support.is_unconfirmed());
}

#[test]
fn s5_a_national_pack_with_parts_of_a_province_is_refused_and_so_is_a_province_without_a_map() {
    let dir = country();
    fs::write(dir.path().join("routing.toml"), "").unwrap();
    edit(&dir, "units.csv", "04,tỉnh,Cao Bằng", "4,huyện,Hà Nội");
    let said = faults(&dir).join("\n");
    for words in
        ["routing.toml: no part of a national pack", "units.csv:3: ", "not tỉnh or thành phố", "already on line 2"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    let dir = country();
    edit(&dir, "province.toml", "modules = []", "modules = [\"reports\"]");
    assert!(faults(&dir).join("\n").contains("no map and no modules"));
    let dir = country();
    fs::remove_file(dir.path().join("units.csv")).unwrap();
    assert!(faults(&dir).join("\n").contains("units.csv: this file is missing"));

    let dir = copy();
    let file = dir.path().join("province.toml");
    let text = fs::read_to_string(&file).unwrap();
    let (before, after) = text.split_once("[map]").unwrap();
    let after = after.split_once("# Colours").unwrap().1;
    fs::write(&file, format!("{before}# Colours{after}")).unwrap();
    assert!(faults(&dir).join("\n").contains("west, south, east, north must be degrees"));
}
