use super::*;
use jiff::civil::date;
use proptest::prelude::*;

const OLD: &str = "044189001234|191234567|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3, Lệ Thủy, Quảng Bình|10052021";
const TODAY: Date = date(2026, 3, 30);

fn parse(said: &str) -> Result<Card, BadCard> {
    Card::parse(said, TODAY)
}

#[test]
fn a7_both_layouts_are_read_and_other_persons_are_left_out() {
    let card = parse(OLD).unwrap();
    assert_eq!(card.number.expose(), "044189001234");
    assert_eq!((card.full_name.as_str(), card.birth.iso().as_str()), ("Nguyễn Thị Ví Dụ", "1989-03-21"));
    assert_eq!((card.sex, card.issued, card.layout), (Sex::Female, date(2021, 5, 10), Some(Layout::Cccd)));
    assert_eq!(card.residence, "Thôn 3, Lệ Thủy, Quảng Bình");
    let new = parse(&format!("{OLD}||||")).unwrap();
    assert_eq!(new.layout, Some(Layout::CanCuoc));
    let others = parse(&format!("{OLD}|Trần Văn Cha|044060000001|Lê Thị Mẹ|044162000002")).unwrap();
    assert_eq!(others, new, "nothing of the father or the mother is carried over");
    assert!(parse(&OLD.replace("191234567", "")).is_ok(), "no older card");
    assert_eq!(format!("{card:?}"), "Card(Some(Cccd))");
    assert_eq!(parse(&card.written()).unwrap(), card, "sealed between two pages and read again");
}

#[test]
fn a7_letters_taken_apart_are_put_together_and_old_people_have_a_year() {
    let apart: String = OLD.nfd().collect();
    assert_eq!(parse(&apart).unwrap(), parse(OLD).unwrap());
    let year = OLD.replace("21031989", "00001989");
    assert_eq!(parse(&year).unwrap().birth, Birth::Year(1989));
    assert_eq!(parse(&year).unwrap().birth.iso(), "1989");
}

#[test]
fn a7_what_is_no_card_is_told_from_a_card_that_is_cut_or_contradicts_itself() {
    for (said, why) in [
        ("", BadCard::NotACard),
        ("https://example.vn/ve/123", BadCard::NotACard),
        ("WIFI:T:WPA;S:Quan;P:12345678;;", BadCard::NotACard),
        ("044189001234|191234567|Nguyễn Thị", BadCard::Cut),
        ("044189001234|191234567|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|1005", BadCard::Cut),
        ("044189001234|191234567|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|10052021||", BadCard::Cut),
        ("044189001234|191234567|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|10052021||||||", BadCard::NotACard),
        ("044189001234|19123456X|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|10052021", BadCard::NotACard),
        ("044889001234|191234567|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|10052021", BadCard::Number),
        ("044189001234||Nguyễn Thị Ví Dụ|31021989|Nữ|Thôn 3|10052021", BadCard::Birth),
        ("044189001234||Nguyễn Thị Ví Dụ|21031990|Nữ|Thôn 3|10052021", BadCard::YearDiffers),
        ("044189001234||Nguyễn Thị Ví Dụ|21031989|Nam|Thôn 3|10052021", BadCard::SexDiffers),
        ("044189001234||Nguyễn Thị Ví Dụ|21031989|Khác|Thôn 3|10052021", BadCard::Sex),
        ("044389001234||Nguyễn Thị Ví Dụ|21032089|Nữ|Thôn 3|10052021", BadCard::BirthFuture),
        ("044189001234||Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|31042021", BadCard::Issued),
        ("044189001234||Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|10052027", BadCard::IssuedImpossible),
        ("044189001234||Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|10051988", BadCard::IssuedImpossible),
        ("044189001234||12345|21031989|Nữ|Thôn 3|10052021", BadCard::Name),
        ("044189001234||Nguyễn <b>|21031989|Nữ|Thôn 3|10052021", BadCard::Name),
        // The first letter is Cyrillic.
        ("044189001234||Аn Thị Ví Dụ|21031989|Nữ|Thôn 3|10052021", BadCard::Name),
        ("０４４１８９００１２３４||Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|10052021", BadCard::NotACard),
        ("044189001234||Nguyễn\nThị|21031989|Nữ|Thôn 3|10052021", BadCard::NotACard),
    ] {
        assert_eq!(parse(said).unwrap_err(), why, "{said}");
    }
    assert_eq!(parse(&format!("{OLD}{}", "x".repeat(4000))), Err(BadCard::NotACard));
}

#[test]
fn a7_an_unknown_place_is_a_warning_and_old_codes_keep_their_old_names() {
    let abroad = parse(&OLD.replacen("044", "144", 1)).unwrap();
    assert!(abroad.from_unlisted_place() && !parse(OLD).unwrap().from_unlisted_place());
    let place = |digits: &str| place_of_number(&PersonalNumber::parse(digits).unwrap());
    // Each of these is another province's code today.
    assert_eq!(place("015189001234"), Some("Yên Bái"));
    assert_eq!(place("044189001234"), Some("Quảng Bình"));
    assert_eq!(place("080189001234"), Some("Long An"));
    assert_eq!(place("003189001234"), None);
    assert_eq!(place("301189001234"), None);
}

#[test]
fn a7_typed_fields_are_read_as_people_write_them_and_each_wrong_one_is_named() {
    let good = Typed {
        number: "044 189 001 234",
        full_name: " nguyễn  thị ví dụ ",
        birth: "21/3/1989",
        sex: "female",
        issued: "10-05-2021",
    };
    let card = Card::typed(good, TODAY).unwrap();
    assert_eq!(
        (card.full_name.as_str(), card.birth.iso().as_str(), card.layout),
        ("nguyễn thị ví dụ", "1989-03-21", None)
    );
    for birth in ["21031989", "21.03.1989", "1989-03-21", "21 3 1989"] {
        assert_eq!(Card::typed(Typed { birth, ..good }, TODAY).unwrap().birth, card.birth, "{birth}");
    }
    assert_eq!(Card::typed(Typed { birth: "1989", ..good }, TODAY).unwrap().birth, Birth::Year(1989));
    let none = Typed { number: "", full_name: "", birth: "hôm qua", sex: "", issued: "32/13/2021" };
    let wrong: Vec<&str> = Card::typed(none, TODAY).unwrap_err().into_iter().map(|(field, _)| field).collect();
    assert_eq!(wrong, ["number", "full_name", "birth", "sex", "issued"]);
    let old = Card::typed(Typed { number: "191234567", ..good }, TODAY).unwrap_err();
    assert_eq!(old, [("number", BadCard::OldNumber)]);
    assert_eq!(Card::typed(Typed { sex: "male", ..good }, TODAY).unwrap_err(), [("sex", BadCard::SexDiffers)]);
    assert_eq!(
        Card::typed(Typed { issued: "10/05/2030", ..good }, TODAY).unwrap_err(),
        [("issued", BadCard::IssuedImpossible)]
    );
}

proptest! {
    #[test]
    fn a7_any_text_is_read_without_harm(said in "\\PC{0,300}") {
        let _ = parse(&said);
    }

    #[test]
    fn a7_a_card_is_read_back_and_one_changed_digit_of_year_or_sex_is_noticed(
        place in 1u16..400, female: bool, day in 1i8..=28, month in 1i8..=12, year in 1900i16..2015, six in 0u32..1_000_000,
        layout_new: bool,
    ) {
        let century = (year / 100 - 19) * 2 + i16::from(female);
        let sex = if female { "Nữ" } else { "Nam" };
        let tail = if layout_new { "||||" } else { "" };
        let write = |century: i16, yy: i16| format!(
            "{place:03}{century}{yy:02}{six:06}||Phạm Đình Ước|{day:02}{month:02}{year}|{sex}|Xã A|01022024{tail}"
        );
        let card = parse(&write(century, year % 100)).unwrap();
        prop_assert_eq!(card.birth, Birth::Day(date(year, month, day)));
        prop_assert_eq!(card.sex == Sex::Female, female);
        prop_assert_eq!(parse(&write(century ^ 1, year % 100)).unwrap_err(), BadCard::SexDiffers);
        prop_assert_eq!(parse(&write(century, (year + 1) % 100)).unwrap_err(), BadCard::YearDiffers);
    }
}
