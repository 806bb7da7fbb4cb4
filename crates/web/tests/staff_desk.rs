//! The queue as a map and a report on paper (R6), as a browser without JavaScript and as our script use them.

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use axum::http::StatusCode;
use base::{clock::DAY, geo::Point};
use domain::{
    audit,
    reports::{Command, Draft, Place, queue_map, submit},
    rights::Role,
    testing,
};
use std::collections::BTreeSet;
use support::{Person, Site, each, photo};

async fn staff(site: &Site, name: &str, unit: &str, role: Role) -> Person {
    let officer = testing::officer(&site.core, name, unit, role).await;
    site.sign_in(officer.account, "phien-cb", "password+totp").await
}

/// Sends a report; `at` moves it north in metres, `None` gives it no point.
async fn sent(site: &Site, by: &Person, content: &str, commune: &str, at: Option<f64>) -> String {
    let draft = Draft {
        content: content.into(),
        category: "ha-tang".into(),
        place: Place {
            point: at.and_then(|m| Point::new(17.4700 + m / 111_195.0, 106.6200)),
            commune: Some(commune.into()),
            address: "Trước trường".into(),
        },
        anonymous: true,
        ..Draft::default()
    };
    site.core.clock.advance(1000);
    // As from another system: people are held to a few reports an hour.
    submit(&site.core, by.account, &draft, vec![], None, domain::reports::OPEN311)
        .await
        .unwrap()
        .code
        .as_str()
        .to_owned()
}

/// Codes that a page of the console names.
fn codes(page: &str) -> BTreeSet<String> {
    let links = page.split("/can-bo/phan-anh/").skip(1).map(|rest| rest.chars().take(10).collect::<String>());
    links.filter(|c| c.len() == 10 && c.bytes().all(|b| b.is_ascii_digit())).collect()
}

const MAP: &str = "/can-bo/phan-anh/ban-do";

#[tokio::test]
async fn r6_the_map_shows_what_the_list_shows_and_nothing_else() {
    each(async |site: Site| {
        let citizen = site.citizen(1).await;
        let mut placed = BTreeSet::new();
        for n in 0..5 {
            placed.insert(sent(&site, &citizen, &format!("Ổ gà số {n}"), "18880", Some(f64::from(n) * 400.0)).await);
        }
        let nowhere = sent(&site, &citizen, "Ổ gà không rõ ở đâu", "18880", None).await;
        let elsewhere = sent(&site, &citizen, "Ổ gà nơi khác", "18859", Some(90.0)).await;
        let lan = testing::officer(&site.core, "Bà Lan", "18880", Role::UnitLeader).await;
        let all: Vec<String> = placed.iter().cloned().collect();
        site.staff(&lan, &all[0], Command::Accept { note: String::new() }).await;
        site.staff(&lan, &all[1], Command::Reject { reason: "Không có ở nơi này".into() }).await;
        site.staff(&lan, &all[2], Command::Accept { note: String::new() }).await;
        site.staff(&lan, &all[2], Command::Assign { to: lan.account, note: String::new() }).await;
        site.core.clock.advance(DAY / 2);
        let who = site.sign_in(lan.account, "phien-cb", "password+totp").await;
        for query in [
            "",
            "muc=cua-toi",
            "muc=sap-den-han",
            "muc=qua-han",
            "muc=cho-phan-cong",
            "muc=bi-bao",
            "muc=duoc-hoi",
            "q=o+ga",
            "q=so+3",
            "q=khong+ro",
            "xong=1",
            "trang-thai=accepted",
            "trang-thai=rejected",
            "linh-vuc=ha-tang&xa=18880",
            "linh-vuc=dien",
            "xa=18859",
            "don-vi=18880&xep=newest",
            "don-vi=18859",
            "tu=2026-01-01&den=2026-12-31",
            "tu=2030-01-01",
        ] {
            let list = codes(&site.get(&who, &format!("/can-bo/phan-anh?{query}")).await.page());
            let page = site.get(&who, &format!("{MAP}?{query}")).await.page();
            let json = site.get(&who, &format!("{MAP}.geojson?{query}")).await;
            assert_eq!(json.status, StatusCode::OK);
            let of_json: BTreeSet<String> = codes(&json.text());
            let with_point: BTreeSet<String> = list.intersection(&placed).cloned().collect();
            assert_eq!(of_json, with_point, "{query}");
            assert_eq!(codes(&page), with_point, "{query}");
            let says_without = page.contains("1 phản ánh không có vị trí, chỉ có trong danh sách");
            assert_eq!(says_without, list.contains(&nowhere), "{query}");
            assert!(!page.contains(&elsewhere) && !list.contains(&elsewhere), "{query}");
        }
        let other = staff(&site, "Ông Nam", "18859", Role::UnitLeader).await;
        assert_eq!(codes(&site.get(&other, &format!("{MAP}.geojson?q=o+ga")).await.text()), [elsewhere].into());
        let nobody = staff(&site, "Quản Trị", "*", Role::PlatformAdmin).await;
        for path in [MAP.to_owned(), format!("{MAP}.geojson")] {
            assert_eq!(site.get(&nobody, &path).await.status, StatusCode::FORBIDDEN);
        }
    })
    .await;
}

#[tokio::test]
async fn r6_the_switch_keeps_the_filter_and_signs_differ_in_form_and_words() {
    each(async |site: Site| {
        let citizen = site.citizen(1).await;
        let code = sent(&site, &citizen, "Ổ gà <b>", "18880", Some(0.0)).await;
        let who = staff(&site, "Bà Lan", "18880", Role::UnitLeader).await;
        let list = site.get(&who, "/can-bo/phan-anh?q=o+ga&linh-vuc=ha-tang").await.page();
        assert!(list.contains("href=\"/can-bo/phan-anh/ban-do?q=o%20ga&#38;linh-vuc=ha-tang\""), "{list}");
        let map = site.get(&who, "/can-bo/phan-anh/ban-do?q=o+ga&linh-vuc=ha-tang").await.page();
        assert!(
            map.contains("href=\"/can-bo/phan-anh?q=o%20ga&#38;linh-vuc=ha-tang\"")
                && map.contains("action=\"/can-bo/phan-anh/ban-do\"")
        );
        assert!(map.contains("<path class=\"mark mark--time\"") && map.contains("(Còn hạn)"), "{map}");
        assert!(map.contains("Ổ gà &lt;b&gt;") && !map.contains("Ổ gà <b>"));
        site.core.clock.advance(60 * DAY);
        let who = site.sign_in(who.account, "phien-cb", "password+totp").await;
        let map = site.get(&who, MAP).await.page();
        assert!(map.contains("<path class=\"mark mark--late\"") && map.contains("(Quá hạn)"));
        let json = site.get(&who, &format!("{MAP}.geojson")).await.json();
        let found = &json["features"][0];
        assert_eq!(found["properties"]["mark"], "late");
        assert_eq!(found["geometry"]["coordinates"][1].as_f64(), Some(17.47), "exact, for staff");
        // A box of the drawing's numbers; a broken one is none.
        let near = site.get(&who, &format!("{MAP}?o=106.61,17.46,106.63,17.48")).await.page();
        assert!(codes(&near).contains(&code) && near.contains("Xem cả bản đồ"));
        let far = site.get(&who, &format!("{MAP}?o=107,17,107.1,17.1")).await.page();
        assert!(codes(&far).is_empty());
        assert!(codes(&site.get(&who, &format!("{MAP}?o=1,2,x")).await.page()).contains(&code));
        assert_eq!(site.get(&who, &format!("{MAP}.geojson?o=1,2,x")).await.status, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn r6_a_map_holds_five_hundred_and_says_what_is_left_out() {
    each(async |site: Site| {
        let citizen = site.citizen(1).await;
        for n in 0..queue_map::MOST + 3 {
            sent(&site, &citizen, "Ổ gà", "18880", Some(n as f64 * 5.0)).await;
        }
        let who = staff(&site, "Bà Lan", "18880", Role::UnitLeader).await;
        let json = site.get(&who, &format!("{MAP}.geojson")).await.json();
        assert_eq!(json["features"].as_array().unwrap().len() as i64, queue_map::MOST);
        assert_eq!(json["inside"], queue_map::MOST + 3);
        let page = site.get(&who, MAP).await.page();
        assert!(page.contains("500 trong số 503 phản ánh trên bản đồ."), "{page}");
        assert!(page.contains("Xem cả trong danh sách") && page.contains("mark-many"));
        assert!(page.len() < 200_000, "{}", page.len());
        let near = format!("{MAP}.geojson?o=106.61,17.4699,106.63,17.4701");
        let near = site.get(&who, &near).await.json();
        assert!(near["inside"].as_i64().unwrap() < 10);
    })
    .await;
}

fn text(pdf: &[u8]) -> String {
    let document = lopdf::Document::load_mem(pdf).unwrap();
    let pages: Vec<u32> = document.get_pages().keys().copied().collect();
    document.extract_text(&pages).unwrap().replace('\n', "")
}

fn paper_of(code: &str) -> String {
    format!("/can-bo/phan-anh/{code}/in.pdf")
}

#[tokio::test]
async fn r6_a_report_on_paper_says_what_the_page_says_and_not_who_reported() {
    each(async |site: Site| {
        let citizen = site.citizen(1).await;
        let content = "Ổ gà lớn trước cổng trường\nGọi tôi số 0912 345 678, đường Trần Hưng Đạo";
        let code = sent(&site, &citizen, content, "18880", Some(0.0)).await;
        let lan = testing::officer(&site.core, "Nguyễn Thị Lan", "18880", Role::UnitLeader).await;
        let who = site.sign_in(lan.account, "phien-cb", "password+totp").await;
        site.staff(&lan, &code, Command::Accept { note: String::new() }).await;
        site.staff(&lan, &code, Command::Note { text: "Đã gọi nhà thầu".into() }).await;
        let reply = format!("/can-bo/phan-anh/{code}/lam/reply");
        let words = [("version", "3"), ("text", "Tổ duy tu sẽ đến sáng mai.")];
        site.upload(&who, &reply, &words, &[("photo", "a.png", &photo())]).await.leads_to();
        let paper = site.get(&who, &paper_of(&code)).await;
        assert_eq!((paper.status, paper.header("content-type")), (StatusCode::OK, "application/pdf"));
        assert_eq!(paper.header("content-disposition"), format!("attachment; filename=\"phan-anh-{code}.pdf\""));
        let said = text(&paper.bytes);
        for words in [
            "Ổ gà lớn trước cổng trường",
            "Trần Hưng Đạo",
            "Đã gọi nhà thầu",
            "Ghi chú nội bộ",
            "Tổ duy tu sẽ đến sáng mai.",
            "Nguyễn Thị Lan",
            "Phường Đồng Hới",
            "17.47000, 106.62000",
            "Trang 1/",
        ] {
            assert!(said.contains(words), "{words} is missing in {said}");
        }
        assert!(!said.contains("Người Thử") && !said.contains("0999"), "who reported stays behind a reason: {said}");
        let document = lopdf::Document::load_mem(&paper.bytes).unwrap();
        assert!(document.objects.values().any(|o| o.as_stream().is_ok_and(|s| s.dict.has(b"Width"))), "the photo");
        // The same report is the same file, whenever it is taken.
        site.core.clock.advance(60_000);
        assert_eq!(site.get(&who, &paper_of(&code)).await.bytes, paper.bytes);
        let search = audit::Search { act: "report-printed".into(), ..audit::Search::default() };
        let lines = audit::search(&site.core.store, search).await.unwrap();
        assert_eq!((lines.len(), lines[0].object.as_str()), (2, format!("report {code}").as_str()));
        let page = site.get(&who, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(page.contains(&paper_of(&code)));

        let other = staff(&site, "Ông Nam", "18859", Role::UnitLeader).await;
        let nobody = staff(&site, "Quản Trị", "*", Role::PlatformAdmin).await;
        assert_eq!(site.get(&other, &paper_of(&code)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&nobody, &paper_of(&code)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(site.get(&who, &paper_of("0000000000")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&who, &paper_of("khong-phai-ma")).await.status, StatusCode::NOT_FOUND);
        let search = audit::Search { act: "report-printed".into(), ..audit::Search::default() };
        assert_eq!(audit::search(&site.core.store, search).await.unwrap().len(), 2, "what is refused is no copy");
    })
    .await;
}

#[tokio::test]
async fn r6_a_unit_that_is_only_asked_gets_on_paper_what_citizens_read() {
    each(async |site: Site| {
        let citizen = site.citizen(1).await;
        let mut draft = Draft {
            content: "Ổ gà lớn".into(),
            category: "dien".into(),
            place: Place {
                point: Point::new(17.47, 106.62),
                commune: Some("18880".into()),
                address: "Trước trường".into(),
            },
            ..Draft::default()
        };
        draft.answers.add("ma-khach-hang", "PC10AA0123456");
        let code = submit(&site.core, citizen.account, &draft, vec![], None, "web").await.unwrap().code;
        let code = code.as_str().to_owned();
        let lan = testing::officer(&site.core, "Bà Lan", "*", Role::ProvinceOperator).await;
        let who = site.sign_in(lan.account, "phien-cb", "password+totp").await;
        site.staff(&lan, &code, Command::Accept { note: String::new() }).await;
        site.staff(&lan, &code, Command::Note { text: "Riêng trong đơn vị".into() }).await;
        let nam = staff(&site, "Ông Nam", "so-xay-dung", Role::UnitLeader).await;
        assert_eq!(site.get(&nam, &paper_of(&code)).await.status, StatusCode::NOT_FOUND);
        site.core.clock.advance(1000);
        let ask = [("version", "3"), ("unit", "so-xay-dung"), ("question", "Đường này của ai quản lý?"), ("days", "3")];
        site.post(&who, &format!("/can-bo/phan-anh/{code}/lam/consult"), &ask).await.leads_to();
        let paper = site.get(&nam, &paper_of(&code)).await;
        assert_eq!(paper.status, StatusCode::OK);
        let said = text(&paper.bytes);
        assert!(said.contains("Ổ gà lớn") && !said.contains("Riêng trong đơn vị"), "{said}");
        assert!(!said.contains("PC10AA0123456"), "an answer for the unit alone: {said}");
        assert!(text(&site.get(&who, &paper_of(&code)).await.bytes).contains("PC10AA0123456"));
        // What it is asked about stands on its map too, under the tab of questions alone.
        assert!(codes(&site.get(&nam, &format!("{MAP}.geojson?muc=duoc-hoi")).await.text()).contains(&code));
        assert!(codes(&site.get(&nam, &format!("{MAP}.geojson")).await.text()).is_empty());
    })
    .await;
}
