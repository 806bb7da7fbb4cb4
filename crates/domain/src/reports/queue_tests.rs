//! Searches of the queue find the same on both engines, however far they have to look.

use super::{Filter, PAGE, page};
use crate::{
    reports::{Draft, Place, State, submit},
    rights::Role,
    testing,
};

/// As many reports as make every way of looking necessary: `NEWEST` and `NEWEST_MOST` are small in tests.
const ALL: usize = 130;

/// The words of the n-th report: one that all have, some that are spread thinner and thinner, some only of old or new ones.
fn content(n: usize) -> String {
    let mut words = vec!["duongdau", "capmot"];
    let spread = [(2, "haimot"), (3, "bamot"), (20, "haimuoi"), (65, "hiemcham")];
    words.extend(spread.iter().filter(|(every, _)| n.is_multiple_of(*every)).map(|(_, word)| *word));
    words.push(if n < ALL - 30 { "ngayxua" } else { "moiday" });
    if n == 0 {
        words.push("duynhat");
    }
    words.join(" ")
}

#[tokio::test]
async fn r6_a_search_finds_every_report_with_its_words_from_the_newest_on_however_they_are_spread() {
    store::testing::each_engine(async |db| {
        let core = testing::core(&db).await;
        let officer = testing::officer(&core, "Lê Thị Thử", "18880", Role::Officer).await;
        let find = |text: &str, page: i64| Filter { text: text.into(), page, ..Filter::default() };
        assert!(page(&core, &officer, &find("duongdau", 0)).await.unwrap().rows.is_empty());
        let mut sent: Vec<(String, String)> = Vec::new();
        for n in 0..ALL {
            let draft = Draft {
                content: content(n),
                category: "ha-tang".into(),
                place: Place { point: None, commune: Some("18880".into()), address: "Đường Hùng Vương".into() },
                ..Draft::default()
            };
            core.clock.advance(1000);
            // Nobody may send so many.
            let citizen = testing::citizen(&core, n as u32).await;
            let done = submit(&core, citizen, &draft, vec![], None, "test").await.unwrap();
            sent.insert(0, (done.code.as_str().to_owned(), content(n)));
        }
        let searches = [
            "duongdau",
            "haimot",
            "bamot",
            "haimuoi",
            "hiemcham",
            "ngayxua",
            "moiday",
            "duynhat",
            "khongco",
            "duongdau capmot",
            "haimot bamot",
            "ngayxua haimot",
            "moiday haimuoi",
            "ngayxua moiday",
            "duongd",
        ];
        for text in searches {
            let has = |content: &str| {
                text.split(' ').all(|w| content.split(' ').any(|c| c == w || (text == "duongd" && c.starts_with(w))))
            };
            let wanted: Vec<&str> =
                sent.iter().filter(|(_, content)| has(content)).map(|(code, _)| code.as_str()).collect();
            for number in 0..3 {
                let found = page(&core, &officer, &find(text, number)).await.unwrap();
                let codes: Vec<&str> = found.rows.iter().map(|r| r.code.as_str()).collect();
                let from = wanted.len().min((number * PAGE) as usize);
                let to = wanted.len().min(from + PAGE as usize);
                assert_eq!(codes, wanted[from..to], "{text}, page {number}");
                assert_eq!(found.more, to < wanted.len(), "{text}, page {number}");
            }
        }
        // What the words cannot say is asked of the rows, as far away as they are.
        let finished = Filter { state: Some(State::Closed), ..find("duongdau", 0) };
        assert!(page(&core, &officer, &finished).await.unwrap().rows.is_empty());
        let early = Filter { to: Some(core.now() - 100_000), ..find("capmot", 0) };
        let found = page(&core, &officer, &early).await.unwrap();
        assert_eq!(found.rows.first().map(|r| r.code.as_str()), Some(sent[101].0.as_str()));
    })
    .await;
}
