//! What is asked and what is said.

use super::support::{World, known, nobody, other};
use gateways::population::{
    Compared, Question,
    Verdict::{Match, Mismatch, Silent},
};
use unicode_normalization::UnicodeNormalization;

#[tokio::test]
async fn n16_each_field_matches_or_not_and_a_number_that_nobody_has_is_unknown() {
    let world = World::new().await;
    let person = world.somebody(false);
    let day_after = person.born.checked_add(jiff::Span::new().days(1)).unwrap().to_string();
    let q = || world.question(person);
    let sex = person.number.sex();
    assert_eq!(world.ask(q()).await, known(Match, Match, Silent));
    assert_eq!(world.ask(Question { sex: Some(sex), ..q() }).await, known(Match, Match, Match));
    assert_eq!(world.ask(Question { sex: Some(other(sex)), ..q() }).await, known(Match, Match, Mismatch));
    assert_eq!(world.ask(Question { full_name: "Ai Đó Khác".into(), ..q() }).await, known(Mismatch, Match, Silent));
    assert_eq!(world.ask(Question { birth_date: day_after, ..q() }).await, known(Match, Mismatch, Silent));
    let neither =
        Question { full_name: "Ai Đó".into(), birth_date: "1900-01-01".into(), sex: Some(other(sex)), ..q() };
    assert_eq!(world.ask(neither).await, known(Mismatch, Mismatch, Mismatch));
    assert_eq!(world.ask(Question { number: nobody(1), ..q() }).await, Ok(Compared::Unknown));
}

#[tokio::test]
async fn n16_where_the_year_alone_is_known_the_year_is_compared() {
    let world = World::new().await;
    let old = world.somebody(true);
    let year = old.born.year();
    let q = |birth_date: String| Question { birth_date, ..world.question(old) };
    assert_eq!(world.ask(q(year.to_string())).await, known(Match, Match, Silent));
    assert_eq!(world.ask(q((year + 1).to_string())).await, known(Match, Mismatch, Silent));
    assert_eq!(
        world.ask(q(format!("{year}-01-01"))).await,
        known(Match, Silent, Silent),
        "the year is no proof of a day"
    );
    assert_eq!(world.ask(q(format!("{}-01-01", year + 1))).await, known(Match, Mismatch, Silent));
    let young = world.somebody(false);
    let by_year = Question { birth_date: young.born.year().to_string(), ..world.question(young) };
    assert_eq!(world.ask(by_year).await, known(Match, Silent, Silent));
}

#[tokio::test]
async fn n16_a_name_is_the_same_in_small_letters_capitals_and_either_composition() {
    let world = World::new().await;
    let person = world.somebody(false);
    let name = person.name.as_str();
    assert!(name.nfd().count() > name.chars().count(), "{name} has marks to take apart");
    for written in [
        name.to_uppercase(),
        name.to_lowercase(),
        name.nfd().collect(),
        name.to_uppercase().nfd().collect(),
        format!("  {} ", name.replace(' ', "  ")),
    ] {
        let question = Question { full_name: written.clone(), ..world.question(person) };
        assert_eq!(world.ask(question).await, known(Match, Match, Silent), "{written:?}");
    }
    let bare: String = name.nfd().filter(char::is_ascii).collect();
    let question = Question { full_name: bare, ..world.question(person) };
    assert_eq!(world.ask(question).await, known(Mismatch, Match, Silent), "marks are part of a name");
}

#[tokio::test]
async fn n16_no_value_of_the_registry_leaves_whatever_is_asked() {
    let world = World::new().await;
    let person = world.somebody(false);
    let asked = Question { full_name: "Ai Đó".into(), birth_date: "1900-01-01".into(), ..world.question(person) };
    let raw = super::foreign::raw(&world, &asked).await;
    assert!(raw.contains("<TrangThai>CO</TrangThai>"), "{raw}");
    let born = person.born;
    for value in [
        person.number.expose(),
        &person.name,
        &person.name.to_uppercase(),
        &born.to_string(),
        person.sex(),
        "Ai Đó",
        "1900",
    ] {
        assert!(!raw.contains(value), "{value} in {raw}");
    }
}

#[tokio::test]
async fn n16_every_look_up_is_logged_with_purpose_officer_and_verdict() {
    let world = World::new().await;
    let person = world.somebody(false);
    let question = Question { officer: "canbo-7".into(), procedure: "2.000815".into(), ..world.question(person) };
    world.ask(question.clone()).await.unwrap();
    world.clock.advance(60_000);
    world.ask(Question { number: nobody(3), ..world.question(person) }).await.unwrap();
    let journal = world.registry.journal();
    assert_eq!(journal.len(), 2);
    let first = &journal[1];
    assert_eq!((first.account.as_str(), first.officer.as_str()), ("Tỉnh Quảng Trị", "canbo-7"));
    assert_eq!((first.procedure.as_str(), first.request.as_str()), ("2.000815", question.request.to_string().as_str()));
    assert_eq!((first.at + 60_000, &first.number), (journal[0].at, &person.number.masked()));
    assert_eq!(first.outcome.words(), "Có số này: họ tên khớp, ngày sinh khớp, giới tính không trả lời");
    assert_eq!(journal[0].outcome.words(), "Không có số này");
}
