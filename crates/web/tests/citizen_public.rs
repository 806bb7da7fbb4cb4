//! What everybody sees of all reports: the map with and without a script, the figures, the picture of a place, and places one
//! watches (R10, R13).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use base::{
    clock::{DAY, HOUR},
    geo::Point,
};
use domain::reports::{Command, Draft, Place, submit, watch};
use support::{Person, Site, anybody, each};

const HERE: Point = Point { lat: 17.468_934, lon: 106.622_713 };

async fn report(site: &Site, who: &Person, point: Option<Point>) -> String {
    let draft = Draft {
        title: "Ổ gà <b>trước</b> cổng trường".into(),
        content: "Sâu nửa mét.".into(),
        category: "ha-tang".into(),
        place: Place { point, commune: Some("18880".into()), address: "Đường Hùng Vương".into() },
        anonymous: true,
        ..Draft::default()
    };
    submit(&site.core, who.account, &draft, vec![], None, "test").await.unwrap().code.as_str().to_owned()
}

async fn public(site: &Site, who: &Person, point: Option<Point>) -> String {
    let code = report(site, who, point).await;
    let unit = site.officer("18880").await;
    site.staff(&unit, &code, Command::Accept { note: String::new() }).await;
    code
}

#[tokio::test]
async fn r10_the_map_shows_what_is_public_now_rounded_and_nothing_of_who_sent_it() {
    each(async |site| {
        let p = site.citizen(1).await;
        let waiting = report(&site, &p, Some(HERE)).await;
        let code = public(&site, &p, Some(HERE)).await;
        let map = site.get(&anybody(), "/ban-do/phan-anh.geojson?bbox=106.6,17.4,106.7,17.5&zoom=15").await;
        assert_eq!(map.header("content-type"), "application/geo+json");
        let text = map.text();
        assert!(text.contains(&code) && !text.contains(&waiting) && !text.contains("Ổ gà"), "{text}");
        let json = map.json();
        assert_eq!(json["count"], 1);
        let feature = &json["features"][0];
        assert_eq!(feature["geometry"]["coordinates"], serde_json::json!([106.6227, 17.4689]), "rounded");
        assert_eq!(feature["properties"]["category"], "ha-tang");
        assert_eq!(feature["properties"]["sent"], "2026-03-30");
        assert_eq!(feature["properties"]["open"], true);

        // An unchanged picture is not sent again; a changed one is.
        let again = |tag: &str| {
            let request = Request::builder().uri("/ban-do/phan-anh.geojson").header("if-none-match", tag);
            site.send(request.body(Body::empty()).unwrap())
        };
        let tag = site.get(&anybody(), "/ban-do/phan-anh.geojson").await.header("etag").to_owned();
        assert_eq!(again(&tag).await.status, StatusCode::NOT_MODIFIED);
        public(&site, &p, Some(HERE)).await;
        let changed = again(&tag).await;
        assert_eq!((changed.status, &changed.json()["count"]), (StatusCode::OK, &serde_json::json!(2)));

        // Two at one place are a number, until one asks for them singly.
        let near = "/ban-do/phan-anh.geojson?bbox=106.6,17.4,106.7,17.5&zoom=18";
        assert_eq!(site.get(&anybody(), near).await.json()["features"][0]["properties"]["count"], 2);
        let single = site.get(&anybody(), &format!("{near}&gop=khong")).await.json();
        assert_eq!(single["features"].as_array().unwrap().len(), 2);
        for (filter, count) in [
            ("loai=dien", 0),
            ("loai=ha-tang&xa=18880&trang-thai=dang&thoi-gian=7", 2),
            ("trang-thai=xong", 0),
            ("don-vi=18859", 0),
        ] {
            let found = site.get(&anybody(), &format!("{near}&{filter}")).await.json();
            assert_eq!(found["count"], count, "{filter}");
        }
        for bad in ["bbox=1,2,3", "bbox=a,b,c,d", "zoom=x", "bbox=107,17,106,18", "zoom=-1"] {
            let answer = site.get(&anybody(), &format!("/ban-do/phan-anh.geojson?{bad}")).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
        }
        for odd in
            ["loai=%27%3B--&xa=%00&thoi-gian=9999999999", "bbox=-180,-90,180,90&zoom=255", "trang-thai=%3Cscript%3E"]
        {
            assert_eq!(
                site.get(&anybody(), &format!("/ban-do/phan-anh.geojson?{odd}")).await.status,
                StatusCode::OK,
                "{odd}"
            );
        }

        let summary = site.get(&anybody(), &format!("/ban-do/phan-anh/{code}")).await.json();
        assert_eq!(summary["url"], format!("/phan-anh/{code}"));
        assert_eq!(summary["title"], "Ổ gà <b>trước</b> cổng trường");
        assert_eq!(site.get(&p, &format!("/ban-do/phan-anh/{waiting}")).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r10_without_a_script_the_map_is_a_drawing_with_the_same_numbers_in_a_table() {
    each(async |site| {
        let empty = site.get(&anybody(), "/phan-anh/ban-do").await.page();
        assert!(empty.contains("0 phản ánh") && empty.contains("<svg class=\"geo\""));
        let p = site.citizen(1).await;
        public(&site, &p, Some(HERE)).await;
        public(&site, &p, None).await;
        let page = site.get(&anybody(), "/phan-anh/ban-do?loai=ha-tang").await.page();
        for words in [
            "Phường Đồng Hới: 2",
            "2 phản ánh",
            "href=\"/phan-anh?loai=ha-tang&#38;xa=18880\"",
            "data-query=\"loai=ha-tang\"",
            "geo__shade--5",
            "Địa giới vẽ gần đúng",
            "/tai-khoan/quanh-day/moi?loai=ha-tang",
        ] {
            assert!(page.contains(words), "{words}");
        }
        assert_eq!(page.matches("<path class=\"geo__shade").count(), 78, "every commune");
        assert!(
            site.get(&anybody(), "/phan-anh/ban-do?loai=dien").await.page().contains("Không có phản ánh nào như vậy")
        );
        let list = site.get(&anybody(), "/phan-anh?don-vi=18880&thoi-gian=30").await.page();
        assert!(
            list.contains("UBND phường Đồng Hới")
                && list.contains("30 ngày qua")
                && list.contains("/phan-anh/ban-do?don-vi=18880")
        );
        let english = site.get(&anybody(), "/phan-anh/ban-do?lang=en").await.page();
        assert!(english.contains("2 reports") && !english.contains("phản ánh</"), "{english}");
    })
    .await;
}

#[tokio::test]
async fn r10_a_reports_page_has_a_drawn_place_whose_exact_point_only_its_author_sees() {
    each(async |site| {
        let p = site.citizen(1).await;
        // As far from the rounded place as a place can be, so that the drawing tells one from the other.
        let exact = Point { lat: 17.468_949, lon: 106.622_749 };
        let code = public(&site, &p, Some(exact)).await;
        let rounded = public(&site, &p, Some(Point { lat: 17.468_9, lon: 106.622_7 })).await;
        let worded = public(&site, &p, None).await;
        let page = site.get(&anybody(), &format!("/phan-anh/{code}")).await.page();
        assert!(
            page.contains("Hình vẽ nơi xảy ra, ở Phường Đồng Hới")
                && page.contains("geo__pin")
                && page.contains(" km</text>")
        );
        for numbers in ["17.4689", "106.6227"] {
            assert!(!page.contains(numbers), "{numbers}");
        }
        let own = site.get(&p, &format!("/phan-anh/{code}")).await.page();
        let pin = |page: &str| page.split("translate(").nth(1).unwrap().split(')').next().unwrap().to_owned();
        let coarse = site.get(&anybody(), &format!("/phan-anh/{rounded}")).await.page();
        assert_eq!(pin(&page), pin(&coarse), "anybody sees the rounded place");
        assert_ne!(pin(&own), pin(&page), "the author sees the place itself");
        let neighbour = site.get(&site.citizen(2).await, &format!("/phan-anh/{code}")).await.page();
        assert_eq!(pin(&neighbour), pin(&page), "another account is anybody");
        let (x, y): (f64, f64) =
            pin(&own).split_once(' ').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap();
        assert!((0.0..400.0).contains(&x) && (0.0..248.0).contains(&y), "{x} {y}");
        let page = site.get(&anybody(), &format!("/phan-anh/{worded}")).await.page();
        assert!(page.contains("Hình vẽ Phường Đồng Hới") && !page.contains("geo__pin"), "no point, no pin");
    })
    .await;
}

#[tokio::test]
async fn r13_figures_never_say_0_percent_of_nothing_and_ratings_of_few_are_not_shown() {
    each(async |site| {
        let page = site.get(&anybody(), "/so-lieu").await.page();
        assert!(page.contains("Chưa có số liệu") && !page.contains("0,0 %") && !page.contains("NaN"));
        let unit = site.officer("18880").await;
        for n in 0..3 {
            let p = site.citizen(n).await;
            let code = public(&site, &p, None).await;
            site.core.clock.advance(2 * HOUR);
            site.staff(&unit, &code, Command::Resolve { text: "Đã vá".into() }).await;
            let rate = Command::Rate { stars: 4, comment: String::new() };
            domain::reports::act_as_author(&site.core, p.account, &code, rate, vec![]).await.unwrap();
            let page = site.get(&anybody(), "/so-lieu").await.page();
            assert_eq!(page.contains("Còn ít đánh giá"), n < 2, "{n}");
            assert_eq!(page.contains("4,0 trên 5"), n == 2, "{n}");
        }
        let page = site.get(&anybody(), "/so-lieu?don-vi=18880&loai=ha-tang&thang=3").await.page();
        assert!(page.contains("<dt>Thời gian xử lý</dt><dd>2 giờ</dd>"), "{page}");
        for words in ["100,0 %", "UBND phường Đồng Hới", "Hạ tầng xuống cấp", "<dd>3</dd>", "3/2026", "3 lượt đánh giá"]
        {
            assert!(page.contains(words), "{words}");
        }
        let csv = site.get(&anybody(), "/so-lieu.csv?thang=12").await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        let text = csv.text();
        let line = text.lines().nth(1).unwrap();
        assert!(
            text.starts_with('\u{feff}') && line.starts_with("2026-03,18880,UBND phường Đồng Hới,ha-tang,"),
            "{text}"
        );
        assert!(line.contains(",3,3,3,0,0,0,") && line.ends_with(",3,12"), "{line}");
        site.core.clock.advance(400 * DAY);
        assert!(site.get(&anybody(), "/so-lieu").await.page().contains("Chưa có số liệu"), "long ago");
        assert!(site.get(&anybody(), "/so-lieu?thang=0").await.page().contains("100,0 %"));
        site.get(&anybody(), "/so-lieu?thang=-5&don-vi=%3Cb%3E&loai=%27").await.page();
    })
    .await;
}

#[tokio::test]
async fn r10_a_place_is_watched_from_the_list_and_left_in_one_step() {
    each(async |site| {
        let (p, stranger) = (site.citizen(1).await, site.citizen(2).await);
        let led = site.get(&anybody(), "/tai-khoan/quanh-day/moi?xa=18880").await;
        assert!(led.leads_to().starts_with("/dang-nhap?next="));
        let page = site.get(&p, "/tai-khoan/quanh-day/moi?xa=18859&loai=ha-tang").await.page();
        assert!(page.contains("Phường Đồng Thuận") && page.contains("value=\"ha-tang\" selected"));
        // One kind of place at a time; the other is a link away and keeps what was chosen.
        assert!(page.contains("name=\"commune_text\"") && !page.contains("name=\"lat\"") && !page.contains("data-map"));
        let near = "/tai-khoan/quanh-day/moi?noi=diem&loai=ha-tang&xa=18859";
        assert!(page.contains(&format!("href=\"{}\"", near.replace('&', "&#38;"))), "{page}");
        let page = site.get(&p, near).await.page();
        assert!(page.contains("name=\"lat\"") && page.contains("data-map") && !page.contains("name=\"commune_text\""));
        assert!(page.contains("value=\"ha-tang\" selected") && page.contains("name=\"noi\" value=\"diem\""));
        let at = "/tai-khoan/quanh-day/moi";
        let added = site
            .post(&p, at, &[("noi", "xa"), ("commune_text", "dong hoi"), ("commune", ""), ("loai", "ha-tang")])
            .await;
        // Typed without a script: the best fits are offered.
        let offered = added.checked();
        assert!(offered.contains("name=\"pick\"") && offered.contains("value=\"18880\""), "{offered}");
        let added = site.post(&p, at, &[("noi", "xa"), ("commune_text", "dong hoi"), ("pick", "18880")]).await;
        assert_eq!(added.leads_to(), "/tai-khoan/quanh-day");
        let (lat, lon) = (HERE.lat.to_string(), HERE.lon.to_string());
        let added = site.post(&p, at, &[("noi", "diem"), ("lat", &lat), ("lon", &lon), ("radius", "500")]).await;
        assert_eq!(added.leads_to(), "/tai-khoan/quanh-day");
        for bad in [
            vec![("noi", "diem"), ("radius", "500")],
            vec![("noi", "diem"), ("lat", "NaN"), ("lon", "1e999"), ("radius", "500")],
            vec![("noi", "diem"), ("lat", "17.5"), ("lon", "108.9"), ("radius", "500")],
            vec![("noi", "diem"), ("lat", lat.as_str()), ("lon", lon.as_str()), ("radius", "77")],
            vec![("noi", "xa"), ("commune_text", "khong co xa nay dau")],
            vec![("noi", "xa"), ("pick", "<script>")],
            vec![],
        ] {
            let refused = site.post(&p, at, &bad).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad:?}");
            assert!(refused.checked().contains("<title>Lỗi:"), "{bad:?}");
        }
        let page = site.get(&p, "/tai-khoan/quanh-day").await.page();
        assert!(page.contains("Phường Đồng Hới") && page.contains("500 m quanh một điểm ở Phường"), "{page}");
        assert!(!page.contains("17.46"), "the point itself stands nowhere");

        public(&site, &stranger, Some(HERE)).await;
        watch::work(&site.core).await.unwrap();
        let inbox = site.get(&p, "/thong-bao").await.page();
        assert_eq!(inbox.matches("Có phản ánh mới ở nơi Ông/Bà theo dõi").count(), 1);

        let stop = page.split("action=\"").find(|t| t.contains("/thoi")).unwrap().split('"').next().unwrap().to_owned();
        let theirs = site.post(&stranger, &stop, &[]).await;
        assert_eq!(theirs.leads_to(), "/tai-khoan/quanh-day");
        assert_eq!(watch::list(&site.core, p.account).await.unwrap().len(), 2, "a stranger stops nothing");
        assert_eq!(site.post(&p, &stop, &[]).await.leads_to(), "/tai-khoan/quanh-day");
        assert_eq!(watch::list(&site.core, p.account).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn r10_no_foreign_origin_is_allowed_unless_the_operator_names_a_tile_server() {
    let site = Site::on(store::testing::sqlite().await).await;
    let policy = site.get(&anybody(), "/phan-anh/ban-do").await.header("content-security-policy").to_owned();
    assert!(policy.contains("img-src 'self' data: blob:;") && !policy.contains("https"));
    assert_eq!(site.get(&anybody(), "/ban-do/nen/1/0/0").await.status, StatusCode::NOT_FOUND);
    for bad in [
        "http://tiles.example/{z}/{x}/{y}",
        "https://a b/{z}/{x}/{y}",
        "https://x;script-src/{z}/{x}/{y}",
        "https://tiles.example/0",
    ] {
        assert!(web::Tiles::remote(bad, "").is_err(), "{bad}");
    }
    let tiles = web::Tiles::remote("https://tiles.example/a/{z}/{x}/{y}.png", "© ai đó").unwrap();
    assert_eq!(tiles.origin(), Some("https://tiles.example"));
    let site = Site::with(
        store::testing::sqlite().await,
        web::HttpSettings { tiles: Some(tiles.into()), ..Default::default() },
    )
    .await;
    let page = site.get(&anybody(), "/phan-anh/ban-do").await;
    assert!(page.header("content-security-policy").contains("img-src 'self' https://tiles.example data:"));
    assert!(page.page().contains("data-tile-url=\"https://tiles.example/a/{z}/{x}/{y}.png\""));
}
