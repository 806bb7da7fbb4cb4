//! «Tôi cũng gặp» through the pages, without JavaScript (R5).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::http::StatusCode;
use domain::reports::{Command, Draft, Place, drafts, submit, views};
use support::{Person, Site, anybody, each, wizard::begin};

const AT: [(&str, &str); 2] = [("lat", "17.4685"), ("lon", "106.6222")];

async fn reported(site: &Site, by: &Person) -> String {
    let point = base::geo::Point::new(17.46855, 106.6222);
    let draft = Draft {
        content: "Ổ gà lớn <b>trước</b> trường".into(),
        category: "ha-tang".into(),
        place: Place { point, commune: None, address: "Đường Hùng Vương".into() },
        anonymous: true,
        ..Draft::default()
    };
    submit(&site.core, by.account, &draft, Vec::new(), None, "test").await.unwrap().code.as_str().to_owned()
}

/// A draft of the same kind, at the step of the place.
async fn begun(site: &Site, by: &Person) -> String {
    let draft = begin(site, by).await;
    site.post(by, &format!("{draft}/noi-dung"), &[("content", "Hố sâu trước trường")]).await.leads_to();
    draft
}

#[tokio::test]
async fn r5_who_writes_is_shown_what_others_reported_and_follows_instead() {
    each(async |site| {
        let (me, other) = (site.citizen(1).await, site.citizen(2).await);
        let officer = site.officer("18880").await;
        let code = reported(&site, &other).await;
        let draft = begun(&site, &me).await;
        let place = format!("{draft}/noi-xay-ra");
        assert!(site.post(&me, &place, &AT).await.leads_to().ends_with("/kiem-tra"), "not public yet: nothing to show");
        let unit = views::mine(&site.core, other.account, None, 1).await.unwrap().remove(0).unit;
        let officer = if unit == "18880" { officer } else { site.officer(&unit).await };
        site.staff(&officer, &code, Command::Accept { note: String::new() }).await;

        let near = site.post(&me, &place, &AT).await.leads_to();
        assert_eq!(near, format!("{draft}/trung"));
        let page = site.get(&me, &near).await.page();
        for words in
            ["Có phải việc này không?", "Ổ gà lớn &#60;b&#62;", "Cách khoảng 15 m", "Đã tiếp nhận", "Bước 4 trên 5"]
        {
            assert!(page.contains(words), "{words} in {page}");
        }
        assert!(page.contains(&format!("href=\"{draft}/kiem-tra\"")), "and the way on");
        let sure = format!("{near}/{code}");
        let page = site.get(&me, &sure).await.page();
        assert!(page.contains("Bản đang viết sẽ được xóa") && page.contains("Đường Hùng Vương"));
        let foreign = site.post(&other, &sure, &[]).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "another person's draft");

        assert_eq!(site.post(&me, &sure, &[]).await.leads_to(), format!("/phan-anh/{code}"));
        assert!(drafts::list(&site.core, me.account).await.unwrap().is_empty());
        assert!(views::mine(&site.core, me.account, None, 10).await.unwrap().is_empty(), "no second report");
        let page = site.get(&me, &format!("/phan-anh/{code}")).await.page();
        assert!(page.contains("1 người cũng gặp") && page.contains("Thôi theo dõi"));
        let page = site.get(&me, "/phan-anh/cua-toi").await.page();
        assert!(page.contains("Đang theo dõi") && page.contains(&format!("href=\"/phan-anh/{code}\"")));
        let page = site.get(&other, &format!("/phan-anh/{code}")).await.page();
        assert!(page.contains("1 người cũng gặp") && !page.contains("/cung-gap\""), "the author needs no button");
    })
    .await;
}

#[tokio::test]
async fn r5_a_report_page_has_the_button_and_takes_it_back() {
    each(async |site| {
        let (me, other) = (site.citizen(1).await, site.citizen(2).await);
        let code = reported(&site, &other).await;
        let path = format!("/phan-anh/{code}");
        let act = |what: &str| format!("{path}/{what}");
        assert_eq!(site.post(&me, &act("cung-gap"), &[]).await.status, StatusCode::NOT_FOUND, "not public");
        let unit = views::mine(&site.core, other.account, None, 1).await.unwrap().remove(0).unit;
        let officer = site.officer(&unit).await;
        site.staff(&officer, &code, Command::Accept { note: String::new() }).await;
        let page = site.get(&anybody(), &path).await.page();
        assert!(page.contains(&format!("/dang-nhap?next={path}")) && !page.contains("người cũng gặp"));
        assert!(site.post(&anybody(), &act("cung-gap"), &[]).await.leads_to().starts_with("/dang-nhap"));
        let forged = Person { csrf: "x".into(), ..me.clone() };
        assert_eq!(site.post(&forged, &act("cung-gap"), &[]).await.status, StatusCode::FORBIDDEN);
        for _ in 0..2 {
            assert_eq!(site.post(&me, &act("cung-gap"), &[]).await.leads_to(), path);
        }
        assert!(site.get(&anybody(), &path).await.page().contains("1 người cũng gặp"), "pressed twice, counted once");
        assert_eq!(site.post(&me, &act("thoi-theo-doi"), &[]).await.leads_to(), path);
        assert!(!site.get(&me, &path).await.page().contains("người cũng gặp"));
        site.post(&me, &act("cung-gap"), &[]).await.leads_to();
        site.staff(&officer, &code, Command::Resolve { text: "Đã vá.".into() }).await;
        let third = site.citizen(3).await;
        assert!(!site.get(&third, &path).await.page().contains("/cung-gap"), "nothing to follow any more");
        assert!(site.get(&me, "/thong-bao").await.page().contains("đã xử lý xong"));
        for bad in ["0000000000", "x", "'--"] {
            assert_eq!(site.post(&me, &format!("/phan-anh/{bad}/cung-gap"), &[]).await.status, StatusCode::NOT_FOUND);
        }
    })
    .await;
}

#[tokio::test]
async fn r5_programs_can_ask_what_is_near() {
    each(async |site| {
        let (me, other) = (site.citizen(1).await, site.citizen(2).await);
        let code = reported(&site, &other).await;
        let unit = views::mine(&site.core, other.account, None, 1).await.unwrap().remove(0).unit;
        let officer = site.officer(&unit).await;
        site.staff(&officer, &code, Command::Accept { note: String::new() }).await;
        let ask = |query: &str| format!("/api/v1/reports/nearby?{query}");
        let found = site.get(&me, &ask("category=ha-tang&lat=17.4685&lon=106.6222")).await.json();
        assert_eq!(
            (found[0]["code"].as_str(), found[0]["metres"].as_i64()),
            (Some(code.as_str()), Some(11)),
            "to the place that everybody sees"
        );
        let elsewhere = site.get(&me, &ask("category=khong-co&lat=17.4685&lon=106.6222")).await;
        assert_eq!(elsewhere.json(), serde_json::json!([]));
        for bad in
            ["", "category=ha-tang", "category=ha-tang&lat=NaN&lon=1", "category=ha-tang&lat=91&lon=1", "lat=1&lon=x"]
        {
            assert_eq!(site.get(&me, &ask(bad)).await.status, StatusCode::BAD_REQUEST, "{bad}");
        }
        let nobody = site.get(&anybody(), &ask("category=ha-tang&lat=17&lon=106")).await;
        assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}
