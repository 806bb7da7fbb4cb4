//! Sending a report through the pages, as a browser without JavaScript does it (R1, R11), and what hostile browsers send.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::http::StatusCode;
use domain::reports::{drafts, views};
use support::{
    BOUNDARY, Person, anybody, each, multipart, photo,
    wizard::{begin, fill, id_of},
};

#[tokio::test]
async fn r1_a_report_is_sent_without_javascript() {
    each(async |site| {
        let p = site.citizen(1).await;
        let first = site.get(&p, "/phan-anh/moi").await.page();
        assert!(
            first.contains("Bước 1 trên 5") && first.contains("Hạ tầng xuống cấp") && first.contains("value=\"khac\"")
        );

        let draft = begin(&site, &p).await;
        let page = site.get(&p, &format!("{draft}/noi-dung")).await.page();
        assert!(page.contains("Bước 2 trên 5") && page.contains("Ổ gà"), "the category's examples help");
        let next =
            site.post(&p, &format!("{draft}/noi-dung"), &[("content", "Ổ gà lớn\nRất sâu"), ("title", "")]).await;
        assert_eq!(next.leads_to(), format!("{draft}/anh"));

        let files: [(&str, &str, &[u8]); 2] = [("photo", "gan.png", &photo()), ("photo", "xa.png", &photo())];
        assert_eq!(
            site.upload(&p, &format!("{draft}/anh"), &[], &files).await.leads_to(),
            format!("{draft}/noi-xay-ra")
        );
        let page = site.get(&p, &format!("{draft}/anh")).await.page();
        assert!(page.contains("gan.png") && page.contains("xa.png"));

        let page = site.get(&p, &format!("{draft}/noi-xay-ra")).await.page();
        assert!(page.contains("Nơi ở của Ông/Bà") && page.contains("value=\"18880\""), "home comes first");
        let found =
            site.post(&p, &format!("{draft}/noi-xay-ra"), &[("commune_text", "dong thuan"), ("find", "1")]).await;
        let page = found.page();
        assert!(page.contains("Phường Đồng Thuận") && page.contains("value=\"dong thuan\""));
        let place =
            [("commune_text", "dong thuan"), ("shown", "dong thuan"), ("pick", "18859"), ("words", "Đường 2/4")];
        assert_eq!(site.post(&p, &format!("{draft}/noi-xay-ra"), &place).await.leads_to(), format!("{draft}/kiem-tra"));

        let check = site.get(&p, &format!("{draft}/kiem-tra")).await.page();
        for words in
            ["Ổ gà lớn", "Phường Đồng Thuận", "Đường 2/4", "7 ngày làm việc", "name=\"anonymous\" value=\"1\" checked"]
        {
            assert!(check.contains(words), "{words}");
        }
        let done = site.post(&p, &format!("{draft}/kiem-tra"), &[("anonymous", "1")]).await.leads_to();
        assert!(done.ends_with("/da-gui"), "{done}");
        let page = site.get(&p, &done).await.page();
        assert!(page.contains("Đã gửi phản ánh") && page.contains("PA-") && page.contains("Hạn xử lý"));
        let report = site.get(&p, done.strip_suffix("/da-gui").unwrap()).await;
        assert_eq!(report.header("x-offline-copy"), "keep");
        let page = report.page();
        assert!(page.contains("Ổ gà lớn") && page.contains("/l.jpg") && page.contains("Xem cách tính từng ngày"));

        let mine = views::mine(&site.core, p.account, None, 10).await.unwrap();
        assert_eq!((mine.len(), mine[0].photos, mine[0].commune.as_deref()), (1, 2, Some("18859")));
    })
    .await;
}

#[tokio::test]
async fn r1_the_whole_wizard_speaks_english() {
    each(async |site| {
        let mut p = site.citizen(1).await;
        p.cookie.push_str("; ngon-ngu-quang-tri=en");
        let draft = begin(&site, &p).await;
        fill(&site, &p, &draft).await;
        for step in ["loai", "noi-dung", "anh", "noi-xay-ra", "kiem-tra", "khan-cap", "xoa"] {
            let page = site.get(&p, &format!("{draft}/{step}")).await.page();
            assert!(page.contains("lang=\"en\"") && !page.contains("Tiếp tục"), "{step}");
        }
    })
    .await;
}

#[tokio::test]
async fn r1_urgent_kinds_ask_first_whether_somebody_is_hurt() {
    each(async |site| {
        let p = site.citizen(1).await;
        let next = site.post(&p, "/phan-anh/moi", &[("category", "giao-thong")]).await.leads_to();
        let page = site.get(&p, &next).await.page();
        assert!(page.contains("Có người bị nạn? Gọi ngay 113, 114 hoặc 115") && page.contains("href=\"tel:115\""));
        let draft = next.strip_suffix("/khan-cap").unwrap();
        assert_eq!(site.post(&p, &next, &[]).await.leads_to(), format!("{draft}/noi-dung"));
        let again = site.post(&p, &format!("{draft}/loai"), &[("category", "dien")]).await.leads_to();
        assert_eq!(again, format!("{draft}/noi-dung"), "asked once");
    })
    .await;
}

#[tokio::test]
async fn r1_sending_twice_makes_one_report() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = begin(&site, &p).await;
        fill(&site, &p, &draft).await;
        let path = format!("{draft}/kiem-tra");
        let first = site.post(&p, &path, &[("anonymous", "1")]).await.leads_to();
        let second = site.post(&p, &path, &[("anonymous", "1")]).await.leads_to();
        assert_eq!(first, second);
        assert_eq!(views::mine(&site.core, p.account, None, 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn r1_what_is_missing_is_said_beside_its_field_and_kept() {
    each(async |site| {
        let p = site.citizen(1).await;
        let none = site.post(&p, "/phan-anh/moi", &[]).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(none.checked().contains("<title>Lỗi: Loại sự việc"));
        let draft = begin(&site, &p).await;

        let empty = site.post(&p, &format!("{draft}/noi-dung"), &[("content", "  ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = empty.checked();
        assert!(page.contains("href=\"#f-content\"") && page.contains("id=\"f-content-e\""));
        let long = "dài ".repeat(1100);
        let page = site.post(&p, &format!("{draft}/noi-dung"), &[("content", &long)]).await.checked();
        assert!(page.contains("4.000 ký tự") && page.contains("dài dài"), "what was typed stays");

        let nowhere = site.post(&p, &format!("{draft}/noi-xay-ra"), &[("words", "Đâu đó")]).await;
        assert_eq!(nowhere.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nowhere.checked().contains("Cho biết việc xảy ra ở xã, phường nào"));
        let wordless = site.post(&p, &format!("{draft}/noi-xay-ra"), &[("pick", "18880")]).await;
        assert!(wordless.checked().contains("href=\"#f-address\""));
        // Typed and never looked up: a whole name is a choice, half a name offers what fits.
        let half = site.post(&p, &format!("{draft}/noi-xay-ra"), &[("commune_text", "dong"), ("words", "a")]).await;
        assert!(half.checked().contains("Có nhiều nơi tên gần giống"));
        let none = site.post(&p, &format!("{draft}/noi-xay-ra"), &[("commune_text", "sài gòn"), ("words", "a")]).await;
        assert!(none.checked().contains("Không thấy xã, phường nào tên như vậy"));
        let whole = [("commune_text", "Đồng Hới"), ("words", "a")];
        assert!(site.post(&p, &format!("{draft}/noi-xay-ra"), &whole).await.leads_to().ends_with("/kiem-tra"));

        // Sent anyway: the summary leads to the steps.
        let sent = site.post(&p, &format!("{draft}/kiem-tra"), &[]).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(sent.checked().contains(&format!("href=\"{draft}/noi-dung?sua=1\"")));
        assert!(views::mine(&site.core, p.account, None, 10).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn r1_a_point_in_the_sea_is_refused_and_words_still_suffice() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = begin(&site, &p).await;
        let path = format!("{draft}/noi-xay-ra");
        let sea = site.post(&p, &path, &[("lat", "17.6"), ("lon", "109.5"), ("words", "bãi biển")]).await;
        assert_eq!(sea.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = sea.checked();
        assert!(
            page.contains("ở ngoài tỉnh")
                && page.contains("value=\"bãi biển\"")
                && page.contains("name=\"lat\" value=\"\"")
        );
        assert!(
            site.post(&p, &path, &[("pick", "18880"), ("words", "bãi biển")]).await.leads_to().ends_with("kiem-tra")
        );
        // A point inside needs neither commune nor words; nonsense instead of numbers is no point.
        assert!(
            site.post(&p, &path, &[("lat", "17.4527"), ("lon", "106.6312")]).await.leads_to().ends_with("kiem-tra")
        );
        let nan = site.post(&p, &path, &[("lat", "NaN"), ("lon", "inf")]).await;
        assert_eq!(nan.status, StatusCode::UNPROCESSABLE_ENTITY);
    })
    .await;
}

#[tokio::test]
async fn x8_hostile_text_is_shown_as_text() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = begin(&site, &p).await;
        let evil = "<script>alert(1)</script><img src=x onerror=\"alert(2)\"> \"' & ổ gà";
        site.post(&p, &format!("{draft}/noi-dung"), &[("content", evil), ("title", evil)]).await.leads_to();
        let bad_name: [(&str, &str, &[u8]); 1] = [("photo", "<b>x</b>.png", &photo())];
        site.upload(&p, &format!("{draft}/anh"), &[], &bad_name).await.leads_to();
        site.post(&p, &format!("{draft}/noi-xay-ra"), &[("pick", "18880"), ("words", evil)]).await.leads_to();
        let mut pages = Vec::new();
        for step in ["noi-dung", "anh", "noi-xay-ra", "kiem-tra", "xoa"] {
            pages.push(site.get(&p, &format!("{draft}/{step}")).await.page());
        }
        pages.push(site.get(&p, "/phan-anh/moi").await.page());
        pages.push(site.get(&p, "/").await.page());
        let done = site.post(&p, &format!("{draft}/kiem-tra"), &[]).await.leads_to();
        pages.push(site.get(&p, done.strip_suffix("/da-gui").unwrap()).await.page());
        pages.push(site.get(&p, "/phan-anh/cua-toi").await.page());
        for page in pages {
            assert!(!page.contains("<script>") && !page.contains("<img src=x") && !page.contains("<b>x"), "{page}");
        }
    })
    .await;
}

#[tokio::test]
async fn r11_each_file_that_is_no_photo_is_named_with_its_reason_and_the_others_stay() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = begin(&site, &p).await;
        let path = format!("{draft}/anh");
        let (good, svg) = (photo(), b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".to_vec());
        let cut = &good[..40];
        let files: Vec<(&str, &str, &[u8])> = vec![
            ("photo", "tot.png", &good),
            ("photo", "ve.jpg", &svg),
            ("photo", "rong.jpg", b""),
            ("photo", "dut.png", cut),
        ];
        let answer = site.upload(&p, &path, &[], &files).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.checked();
        for words in ["ve.jpg: không phải ảnh", "rong.jpg: tệp rỗng", "dut.png: ảnh bị hỏng", "Đã tải lên"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert_eq!(drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap().photos.len(), 1);

        let names: Vec<String> = (1..=11).map(|i| format!("a{i}.png")).collect();
        let eleven: Vec<(&str, &str, &[u8])> = names.iter().map(|n| ("photo", n.as_str(), good.as_slice())).collect();
        let answer = site.upload(&p, &path, &[], &eleven).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = answer.checked();
        assert!(page.contains("a5.png: đã đủ 5 ảnh") && page.contains("Còn 1 tệp nữa"), "{page}");
        let photos = drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap().photos;
        assert_eq!(photos.len(), 5);
        let removed = site.upload(&p, &path, &[("remove", &photos[0].id.to_string())], &[]).await.leads_to();
        assert_eq!(removed, path);
        assert_eq!(drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap().photos.len(), 4);
        // A file over 12 MB is named, and the connection lives to say so.
        let heavy = vec![0u8; 12 * 1024 * 1024 + 1];
        let page = site.upload(&p, &path, &[], &[("photo", "nang.jpg", &heavy)]).await.checked();
        assert!(page.contains("nang.jpg: ảnh nặng quá 12 MB"));
    })
    .await;
}

#[tokio::test]
async fn r1_the_photo_script_gets_json() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = begin(&site, &p).await;
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let url = format!("{draft}/anh/tai-len");
        let sent = site.script(&p, &url, &kind, multipart(&[], &[("photo", "a.jpg", &photo())])).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text());
        let body = sent.json();
        assert_eq!(body["name"], "a.jpg");
        let thumb = site.get(&p, body["thumb"].as_str().unwrap()).await;
        assert_eq!((thumb.status, thumb.header("content-type")), (StatusCode::OK, "image/jpeg"));
        assert!(thumb.header("cache-control").starts_with("private"));
        let other = site.citizen(2).await;
        assert_eq!(site.get(&other, body["thumb"].as_str().unwrap()).await.status, StatusCode::NOT_FOUND);

        let bad = site.script(&p, &url, &kind, multipart(&[], &[("photo", "a.jpg", b"<html>")])).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(bad.header("content-type"), "application/problem+json");
        assert!(bad.json()["detail"].as_str().unwrap().contains("JPEG"));

        let id = format!("id={}", body["id"].as_str().unwrap());
        let gone =
            site.script(&p, &format!("{draft}/anh/xoa"), "application/x-www-form-urlencoded", id.into_bytes()).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        assert!(drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap().photos.is_empty());
        let no_token = Person { csrf: "x".into(), ..p.clone() };
        let forged = site.script(&no_token, &url, &kind, multipart(&[], &[("photo", "a.jpg", &photo())])).await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn r1_what_is_typed_is_saved_meanwhile_and_found_again() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = begin(&site, &p).await;
        let saved = site.post(&p, &format!("{draft}/luu"), &[("content", "Cống vỡ"), ("title", "")]).await;
        assert_eq!(saved.status, StatusCode::NO_CONTENT);
        site.post(&p, &format!("{draft}/luu"), &[("words", "ngõ 5")]).await;
        let saved = drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap().saved;
        assert_eq!((saved.content.as_str(), saved.address.as_str()), ("Cống vỡ", "ngõ 5"));
        assert!(saved.anonymous, "the name stays hidden unless the person says otherwise");
        let page = site.get(&p, "/phan-anh/moi").await.page();
        assert!(page.contains("Viết tiếp") && page.contains("Cống vỡ"));
        assert!(site.get(&p, "/phan-anh/moi?viet-moi=1").await.page().contains("Bước 1 trên 5"));
        assert_eq!(site.get(&p, &draft).await.leads_to(), format!("{draft}/anh"));
        assert_eq!(site.post(&p, &format!("{draft}/xoa"), &[]).await.leads_to(), "/phan-anh/cua-toi");
        assert_eq!(site.get(&p, &draft).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r1_somebody_elses_draft_does_not_exist() {
    each(async |site| {
        let (p, other) = (site.citizen(1).await, site.citizen(2).await);
        let draft = begin(&site, &p).await;
        fill(&site, &p, &draft).await;
        for step in ["", "/loai", "/noi-dung", "/anh", "/noi-xay-ra", "/kiem-tra", "/khan-cap", "/xoa"] {
            let path = format!("{draft}{step}");
            assert_eq!(site.get(&other, &path).await.status, StatusCode::NOT_FOUND, "{step}");
            let door = site.get(&anybody(), &path).await.leads_to();
            assert!(door.starts_with("/phan-anh/cach-gui?next=/phan-anh/moi/"), "{door}");
        }
        for step in ["loai", "noi-dung", "luu", "noi-xay-ra", "kiem-tra", "khan-cap", "xoa", "anh/xoa"] {
            let fields =
                [("category", "ha-tang"), ("content", "x"), ("pick", "18880"), ("words", "x"), ("id", &draft[16..])];
            let answer = site.post(&other, &format!("{draft}/{step}"), &fields).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{step}");
        }
        let upload = site.upload(&other, &format!("{draft}/anh"), &[], &[("photo", "a.png", &photo())]).await;
        assert_eq!(upload.status, StatusCode::NOT_FOUND);
        assert_eq!(
            drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap().saved.content,
            "Ổ gà lớn trước trường\nRất sâu."
        );
        assert_eq!(site.get(&p, "/phan-anh/moi/khong-phai-id/anh").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn x8_bodies_that_no_page_of_ours_sends_are_refused() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = begin(&site, &p).await;
        let path = format!("{draft}/noi-dung");
        let huge = "a".repeat(1024 * 1024);
        let answer = site.post(&p, &path, &[("content", &huge)]).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(answer.checked().contains("quá lớn"));
        let form = "application/x-www-form-urlencoded";
        let broken = format!("csrf={}&content=%ff%fe", p.csrf).into_bytes();
        assert_eq!(site.post_bytes(&p, &path, form, broken).await.status, StatusCode::BAD_REQUEST);
        let bytes = [format!("csrf={}&content=", p.csrf).as_bytes(), &[0xc3, 0x28]].concat();
        assert_eq!(site.post_bytes(&p, &path, form, bytes).await.status, StatusCode::BAD_REQUEST);
        let mut part = multipart(&[("csrf", &p.csrf)], &[]);
        part.truncate(part.len() - 10);
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let cut = site.post_bytes(&p, &format!("{draft}/anh"), &kind, part).await;
        assert_eq!(cut.status, StatusCode::BAD_REQUEST, "{}", cut.text());
        let forged = Person { csrf: "fremd".into(), ..p.clone() };
        assert_eq!(site.post(&forged, &path, &[("content", "x")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap().saved.content, "");
    })
    .await;
}
