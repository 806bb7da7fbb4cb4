//! Home, inbox, the pages that explain, what makes it an app, and the small JSON answers (C1, X3, X4).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::http::StatusCode;
use domain::reports::{Command, Draft, Place, submit};
use support::{Person, anybody, each};

fn draft() -> Draft {
    Draft {
        title: "Đèn đường hỏng".into(),
        content: "Tối quá".into(),
        category: "ha-tang".into(),
        place: Place { point: None, commune: Some("18880".into()), address: "Ngõ 5".into() },
        anonymous: true,
        ..Draft::default()
    }
}

#[tokio::test]
async fn c1_home_greets_shows_what_exists_and_whom_to_call() {
    each(async |site| {
        let page = site.get(&anybody(), "/").await;
        assert_eq!(page.header("x-offline-copy"), "keep");
        let page = page.page();
        for words in ["Kính chào Ông/Bà", "Tỉnh Quảng Trị", "thứ Hai, 30/03/2026", "Phản ánh hiện trường", "tel:113"]
        {
            assert!(page.contains(words), "{words}");
        }
        for module in ["/canh-bao", "Thời tiết", "°C", "/camera"] {
            assert!(!page.contains(module), "{module} does not exist yet");
        }
        let p = site.citizen(1).await;
        let page = site.get(&p, "/").await.page();
        assert!(
            page.contains("Xin chào, Người Thử 1")
                && page.contains("Phường Đồng Hới ·")
                && page.contains("Chưa có phản ánh nào")
        );
        let sent = submit(&site.core, p.account, &draft(), vec![], None, "test").await.unwrap();
        let page = site.get(&p, "/").await.page();
        assert!(page.contains("Đèn đường hỏng") && page.contains("Đã gửi") && page.contains(&sent.code.to_string()));
    })
    .await;
}

#[tokio::test]
async fn r9_a_notice_is_read_by_opening_it_or_all_at_once() {
    each(async |site| {
        let (p, other, unit) = (site.citizen(1).await, site.citizen(2).await, site.officer("18880").await);
        assert!(site.get(&anybody(), "/thong-bao").await.page().contains("/dang-nhap?next=/thong-bao"));
        assert!(site.get(&p, "/thong-bao").await.page().contains("Chưa có thông báo nào"));
        let sent = submit(&site.core, p.account, &draft(), vec![], None, "test").await.unwrap();
        site.staff(&unit, sent.code.as_str(), Command::Accept { note: String::new() }).await;
        site.staff(&unit, sent.code.as_str(), Command::Reply { text: "Mai làm.".into() }).await;
        let page = site.get(&p, "/thong-bao").await.page();
        assert!(page.contains("2 thông báo chưa đọc") && page.contains("tiếp nhận") && page.contains("badge"));
        assert!(!site.get(&p, "/thong-bao?muc=tai-khoan").await.page().contains("tiếp nhận"));
        let at = page.find("href=\"/thong-bao/").unwrap() + 6;
        let line = page[at..].split('"').next().unwrap().to_owned();
        assert_eq!(site.get(&other, &line).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&p, &line).await.leads_to(), format!("/phan-anh/{}", sent.code.as_str()));
        assert!(site.get(&p, "/thong-bao").await.page().contains("1 thông báo chưa đọc"));
        assert_eq!(site.post(&p, "/thong-bao/da-doc", &[]).await.leads_to(), "/thong-bao");
        assert!(!site.get(&p, "/thong-bao").await.page().contains("chưa đọc"));
    })
    .await;
}

#[tokio::test]
async fn x4_every_plain_page_speaks_both_languages() {
    each(async |site| {
        let english = Person { cookie: "ngon-ngu-quang-tri=en".into(), ..anybody() };
        for path in [
            "/",
            "/thong-bao",
            "/phan-anh",
            "/xa",
            "/tro-giup",
            "/dieu-khoan",
            "/quyen-rieng-tu",
            "/kha-nang-tiep-can",
            "/ngoai-tuyen",
        ] {
            let vi = site.get(&anybody(), path).await.page();
            let en = site.get(&english, path).await.page();
            assert!(vi.contains("<html lang=\"vi\"") && en.contains("<html lang=\"en\""), "{path}");
            assert!(en.contains("Skip to main content") && vi.matches("<h1").count() == 1, "{path}");
        }
        let searched = site.get(&anybody(), "/thu-tuc?q=den&lang=vi&linh-vuc=x").await.page();
        assert!(
            searched.contains("href=\"?q=den&#38;linh-vuc=x&#38;lang=en\""),
            "what was searched for stays: {searched}"
        );
        let switched = site.get(&anybody(), "/tro-giup?lang=en").await;
        assert!(switched.header("set-cookie").starts_with("ngon-ngu-quang-tri=en"));
    })
    .await;
}

#[tokio::test]
async fn x3_the_app_has_a_manifest_its_colours_and_an_offline_page_without_a_person_in_it() {
    each(async |site| {
        let manifest = site.get(&anybody(), "/manifest.webmanifest").await;
        assert!(manifest.header("content-type").starts_with("application/manifest+json"));
        let manifest = manifest.json();
        assert_eq!((&manifest["display"], &manifest["start_url"]), (&"standalone".into(), &"/".into()));
        for icon in manifest["icons"].as_array().unwrap() {
            assert_eq!(site.get(&anybody(), icon["src"].as_str().unwrap()).await.status, StatusCode::OK);
        }
        let brand = site.get(&anybody(), "/brand.css").await;
        assert!(brand.header("cache-control").starts_with("public") && brand.text().contains("--primary:#"));
        assert!(site.get(&anybody(), "/robots.txt").await.text().contains("Disallow: /can-bo"));
        let p = site.citizen(1).await;
        let offline = site.get(&p, "/ngoai-tuyen").await.page();
        assert!(!offline.contains("Người Thử") && !offline.contains(&p.csrf) && offline.contains("tel:115"));
    })
    .await;
}

#[tokio::test]
async fn x5_the_size_of_text_is_remembered_and_leads_back() {
    each(async |site| {
        for who in [anybody(), site.citizen(1).await] {
            let answer = site.post(&who, "/co-chu", &[("size", "150"), ("next", "/tro-giup")]).await;
            assert_eq!(answer.leads_to(), "/tro-giup");
            assert!(answer.header("set-cookie").starts_with("co-chu-quang-tri=150"));
        }
        let evil = site.post(&anybody(), "/co-chu", &[("size", "9000"), ("next", "//evil.example")]).await;
        assert_eq!((evil.leads_to().as_str(), evil.header("set-cookie")), ("/", ""));
        let large = Person { cookie: "co-chu-quang-tri=125".into(), ..anybody() };
        assert!(site.get(&large, "/tro-giup").await.page().contains("data-text=\"125\""));
    })
    .await;
}

#[tokio::test]
async fn r4_communes_are_found_by_name_old_name_and_point() {
    each(async |site| {
        let found = site.get(&anybody(), "/xa/tim?q=bao+ninh").await.json();
        assert_eq!((&found[0]["code"], &found[0]["name"]), (&"18880".into(), &"Phường Đồng Hới".into()));
        assert!(found[0]["hint"].as_str().unwrap().contains("Xã Bảo Ninh"));
        assert!(site.get(&anybody(), "/xa/tim?q=%3Cscript%3E").await.json().as_array().unwrap().is_empty());
        let p = site.citizen(1).await;
        assert_eq!(site.get(&p, "/xa/tim?q=").await.json()[0]["hint"], "Nơi ở của Ông/Bà");

        let at = async |body: &str| site.script(&anybody(), "/vi-tri", "application/json", body.into()).await;
        let inside = at(r#"{"lat":17.4527,"lon":106.6312}"#).await.json();
        assert_eq!((&inside["inside"], &inside["code"]), (&true.into(), &"18880".into()));
        assert_eq!(at(r#"{"lat":17.6,"lon":109.5}"#).await.json()["inside"], false);
        for bad in ["", "{}", r#"{"lat":99,"lon":0}"#, "[]"] {
            let answer = at(bad).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (StatusCode::BAD_REQUEST, "application/problem+json")
            );
        }
        let map = site.get(&anybody(), "/ban-do/xa.geojson").await;
        assert!(map.header("cache-control").starts_with("public"));
        let map = map.json();
        assert_eq!(map["features"].as_array().unwrap().len(), 78);
        assert_eq!(map["approximate"], true, "drawn around the centroids, because no boundaries were imported");
        for feature in map["features"].as_array().unwrap() {
            let ring = feature["geometry"]["coordinates"][0][0].as_array().unwrap();
            assert!(ring.len() > 3 && ring.first() == ring.last(), "{feature}");
        }
        assert!(site.get(&anybody(), "/xa").await.page().contains("Cả 78 xã, phường, đặc khu"));
    })
    .await;
}
