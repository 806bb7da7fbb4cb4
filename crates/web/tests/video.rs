//! Videos of reports through the pages (R1): sent without JavaScript and in pieces, seen by few, refused with a reason.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::{
    body::{Body, Bytes},
    http::{Request, StatusCode, header},
};
use domain::{
    reports::{Command, drafts, views},
    testing::video::{Film, PICTURE, SECRETS, has},
};
use std::{
    convert::Infallible,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use support::{
    Answer, BOUNDARY, Person, Site, anybody,
    browser::Browser,
    each, photo,
    wizard::{begin, fill, id_of},
};

/// A draft that can be sent.
async fn filled(site: &Site, who: &Person) -> String {
    let draft = begin(site, who).await;
    fill(site, who, &draft).await;
    draft
}

/// Sends the report and answers its address.
async fn send(site: &Site, who: &Person, draft: &str) -> String {
    let done = site.post(who, &format!("{draft}/kiem-tra"), &[("anonymous", "1")]).await.leads_to();
    done.strip_suffix("/da-gui").unwrap().to_owned()
}

/// The address of the video on a page.
fn video_of(page: &str) -> String {
    let at = page.find("<video ").unwrap();
    let src = page[at..].split("src=\"").nth(1).unwrap();
    src.split('"').next().unwrap().to_owned()
}

async fn part(site: &Site, who: &Person, path: &str, range: &str) -> Answer {
    let request = Request::builder()
        .uri(path)
        .header(header::HOST, "localhost:8080")
        .header(header::COOKIE, &who.cookie)
        .header(header::RANGE, range);
    site.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn r1_a_video_is_sent_without_javascript_and_seen_by_its_author_and_the_unit_alone() {
    each(async |site| {
        let (p, other) = (site.citizen(1).await, site.citizen(2).await);
        let draft = filled(&site, &p).await;
        let path = format!("{draft}/anh");
        let page = site.get(&p, &path).await.page();
        assert!(page.contains("name=\"video\"") && page.contains("Chỉ cán bộ xử lý và Ông/Bà xem được"));
        let bytes = Film { heavier: 200_000, ..Film::default() }.bytes();
        let files: [(&str, &str, &[u8]); 2] = [("photo", "gan.png", &photo()), ("video", "<b>duong</b>.mp4", &bytes)];
        assert_eq!(site.upload(&p, &path, &[], &files).await.leads_to(), format!("{draft}/noi-xay-ra"));
        let page = site.get(&p, &path).await.page();
        assert!(page.contains("duong") && page.contains("0:12") && !page.contains("<b>duong"), "{page}");
        assert!(site.get(&p, &format!("{draft}/kiem-tra")).await.page().contains("0:12"));
        // Taken away and sent again.
        assert_eq!(site.upload(&p, &path, &[("remove-video", "1")], &[]).await.leads_to(), path);
        assert!(drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap().video.is_none());
        let stays = site.upload(&p, &path, &[("add", "1")], &[("video", "duong.mp4", &bytes)]).await;
        assert_eq!(stays.leads_to(), path);

        let report = send(&site, &p, &draft).await;
        let page = site.get(&p, &report).await.page();
        assert!(
            page.contains("<video controls preload=\"none\" playsinline") && page.contains("Video không công khai")
        );
        let video = video_of(&page);
        let whole = site.get(&p, &video).await;
        assert_eq!((whole.status, whole.bytes.len()), (StatusCode::OK, bytes.len()));
        for (name, value) in [
            ("content-type", "video/mp4"),
            ("content-disposition", "inline; filename=\"video.mp4\""),
            ("accept-ranges", "bytes"),
            ("cache-control", "private, no-store"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(whole.header(name), value, "{name}");
        }
        assert!(whole.header("content-security-policy").contains("media-src 'self'"));
        assert!(has(&whole.bytes, PICTURE));
        for secret in SECRETS {
            assert!(!has(&whole.bytes, secret.as_bytes()), "{secret}");
        }

        // Staff: the unit's, no other one; on their own address.
        let (unit, stranger) = (site.officer("18880").await, site.officer("18859").await);
        let desk = site.sign_in(unit.account, "phien-cb", "password+totp").await;
        let elsewhere = site.sign_in(stranger.account, "phien-cb", "password+totp").await;
        let page = site.get(&desk, &format!("/can-bo{report}")).await.page();
        assert!(page.contains("mặt người và biển số trong video không che được"));
        let at_desk = video_of(&page);
        assert_eq!(at_desk, format!("/can-bo{video}"));
        assert_eq!(site.get(&desk, &at_desk).await.bytes, whole.bytes);
        assert_eq!(site.get(&elsewhere, &at_desk).await.status, StatusCode::NOT_FOUND);
        assert_ne!(site.get(&p, &at_desk).await.status, StatusCode::OK);

        // Public: the page does not say that there is a video, and its address opens nothing.
        let code = report.rsplit('/').next().unwrap();
        site.staff(&unit, code, Command::Accept { note: String::new() }).await;
        for who in [&anybody(), &other] {
            let page = site.get(who, &report).await.page();
            assert!(page.contains("Ổ gà lớn") && !page.to_lowercase().contains("video"), "{page}");
            assert_eq!(site.get(who, &video).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(site.get(&p, &video).await.status, StatusCode::OK);
        assert_eq!(site.get(&p, "/video/khong-phai-id").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r1_players_get_the_parts_they_ask_for() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = filled(&site, &p).await;
        let bytes = Film { brand: *b"qt  ", heavier: 100_000, ..Film::default() }.bytes();
        site.upload(&p, &format!("{draft}/anh"), &[], &[("video", "a.mov", &bytes)]).await.leads_to();
        let report = send(&site, &p, &draft).await;
        let video = video_of(&site.get(&p, &report).await.page());
        let whole = site.get(&p, &video).await;
        assert_eq!(whole.header("content-type"), "video/quicktime");
        let size = bytes.len();
        let first = part(&site, &p, &video, "bytes=0-").await;
        assert_eq!((first.status, first.bytes.len()), (StatusCode::PARTIAL_CONTENT, size));
        let middle = part(&site, &p, &video, "bytes=1000-1999").await;
        assert_eq!(middle.status, StatusCode::PARTIAL_CONTENT);
        assert_eq!(middle.header("content-range"), format!("bytes 1000-1999/{size}"));
        assert_eq!(middle.header("content-length"), "1000");
        assert_eq!(middle.bytes, whole.bytes[1000..2000]);
        let end = part(&site, &p, &video, "bytes=-10").await;
        assert_eq!(end.bytes, whole.bytes[size - 10..]);
        let beyond = part(&site, &p, &video, &format!("bytes={size}-")).await;
        assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(beyond.header("content-range"), format!("bytes */{size}"));
        assert_eq!(part(&site, &anybody(), &video, "bytes=0-9").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r1_what_is_no_video_is_named_with_its_reason_and_photos_stay() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = filled(&site, &p).await;
        let path = format!("{draft}/anh");
        let film = Film::default().bytes();
        let long = Film { seconds: 61, ..Film::default() }.bytes();
        let foreign = Film { codec: *b"encv", ..Film::default() }.bytes();
        let heavy = vec![0u8; 30 * 1024 * 1024 + 1];
        let cases: [(&str, &[u8], &str); 6] = [
            ("dai.mp4", &long, "dai.mp4: video dài quá 60 giây"),
            ("la.mp4", &foreign, "la.mp4: loại video này chưa xem được"),
            ("anh.mp4", &photo(), "anh.mp4: không phải video MP4, MOV hoặc 3GP"),
            ("dut.mp4", &film[..film.len() - 1], "dut.mp4: video bị hỏng"),
            ("rong.mp4", b"", "rong.mp4: tệp rỗng"),
            ("nang.mp4", &heavy, "nang.mp4: video nặng quá 30 MB"),
        ];
        for (name, bytes, why) in cases {
            let files: [(&str, &str, &[u8]); 1] = [("video", name, bytes)];
            let answer = site.upload(&p, &path, &[], &files).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
            let page = answer.checked();
            assert!(page.contains(why) && page.contains("href=\"#f-video\""), "{why}: {page}");
        }
        let files: [(&str, &str, &[u8]); 2] = [("photo", "tot.png", &photo()), ("video", "dai.mp4", &long)];
        assert_eq!(site.upload(&p, &path, &[], &files).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let found = drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap();
        assert_eq!((found.photos.len(), found.video.is_none()), (1, true));
        // Nobody chose a video: browsers send an empty, nameless file.
        let files: [(&str, &str, &[u8]); 1] = [("video", "", b"")];
        assert_eq!(site.upload(&p, &path, &[], &files).await.leads_to(), format!("{draft}/noi-xay-ra"));
        // The other forms with files take no video, and nothing of its size.
        let report = send(&site, &p, &draft).await;
        let answer =
            site.upload(&p, &format!("{report}/bo-sung"), &[("text", "Thêm")], &[("video", "a.mp4", &film)]).await;
        assert!(answer.status != StatusCode::INTERNAL_SERVER_ERROR);
        let code = report.rsplit('/').next().unwrap();
        let whole = views::find(&site.core, code, &views::Reader::Citizen(p.account)).await.unwrap();
        assert!(whole.video.is_none());
    })
    .await;
}

#[tokio::test]
async fn r1_what_says_that_it_is_too_large_is_refused_before_it_is_read() {
    each(async |site| {
        let p = site.citizen(1).await;
        let draft = filled(&site, &p).await;
        let was_read = Arc::new(AtomicBool::new(false));
        let seen = was_read.clone();
        let endless = futures_util::stream::repeat_with(move || {
            seen.store(true, Ordering::Relaxed);
            Ok::<_, Infallible>(Bytes::from_static(&[0; 4096]))
        });
        let request = Request::builder()
            .method("POST")
            .uri(format!("{draft}/anh"))
            .header(header::HOST, "localhost:8080")
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, &p.cookie)
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"))
            .header(header::CONTENT_LENGTH, 200 * 1024 * 1024);
        let answer = site.send(request.body(Body::from_stream(endless)).unwrap()).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(answer.checked().contains("video nhỏ hơn 30 MB"));
        assert!(!was_read.load(Ordering::Relaxed), "not a byte of the body");
        const VIDEO: &str = "dmlkZW8vbXA0";
        const IMAGE: &str = "aW1hZ2UvanBlZw==";
        let most = 30 * 1024 * 1024;
        let tus = async |size, kind: &str| site.announce(&p, size, &format!("filename YQ==,filetype {kind}")).await;
        assert_eq!(tus(most + 1, VIDEO).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(tus(most, VIDEO).await.status, StatusCode::CREATED);
        assert_eq!(tus(most, IMAGE).await.status, StatusCode::PAYLOAD_TOO_LARGE, "that much only for a video");
    })
    .await;
}

#[tokio::test]
async fn r2_a_video_goes_on_where_its_upload_broke() {
    each(async |site| {
        let (p, other) = (site.citizen(1).await, site.citizen(2).await);
        let draft = filled(&site, &p).await;
        let bytes = Film { heavier: 50_000, ..Film::default() }.bytes();
        let kind = "filetype dmlkZW8vbXA0";
        let upload = site.announce(&p, bytes.len(), kind).await.header("location").to_owned();
        site.append(&p, &upload, 0, &bytes[..20_000]).await;
        let stands = site.tus(&p, "HEAD", &upload, &[], Body::empty()).await;
        assert_eq!(stands.header("upload-offset"), "20000");
        let last = site.append(&p, &upload, 20_000, &bytes[20_000..]).await;
        assert_eq!((last.status, last.header("upload-offset")), (StatusCode::NO_CONTENT, &*bytes.len().to_string()));

        let form = "application/x-www-form-urlencoded";
        let body = format!("upload={}", upload.rsplit('/').next().unwrap()).into_bytes();
        let path = format!("{draft}/video/tai-len");
        assert_eq!(site.script(&other, &path, form, body.clone()).await.status, StatusCode::NOT_FOUND);
        for _ in 0..2 {
            let added = site.script(&p, &path, form, body.clone()).await;
            assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
            assert_eq!(added.json()["size"], bytes.len());
        }
        let gone = site.script(&p, &format!("{draft}/video/xoa"), form, b"id=video".to_vec()).await;
        assert_eq!(gone.status, StatusCode::NO_CONTENT);
        assert!(drafts::find(&site.core, p.account, id_of(&draft)).await.unwrap().video.is_none());
        // What turns out to be too long is said with its reason.
        let long = Film { seconds: 90, ..Film::default() }.bytes();
        let upload = site.announce(&p, long.len(), kind).await.header("location").to_owned();
        let refused = site.append(&p, &upload, 0, &long).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.json()["detail"].as_str().unwrap().contains("dài quá 60 giây"));
    })
    .await;
}

#[tokio::test]
async fn r3_a_guest_sends_a_video_and_sees_it() {
    each(async |site| {
        const PHONE: &str = "0914000111";
        let mut b = Browser::new(&site);
        b.get("/phan-anh/khach").await;
        b.post("/phan-anh/khach", &[("phone", PHONE), ("agreed", "1")]).await.leads_to();
        b.page("/phan-anh/khach/ma?next=/phan-anh/moi").await;
        let code = site.code(PHONE).await;
        b.post("/phan-anh/khach/ma", &[("code", &code)]).await.leads_to();
        site.core.clock.advance(60_000);
        b.get("/phan-anh/moi").await;
        let next = b.post("/phan-anh/moi", &[("category", "ha-tang")]).await.leads_to();
        let draft = next.strip_suffix("/noi-dung").unwrap().to_owned();
        b.post(&next, &[("content", "Ổ gà lớn trước trường")]).await.leads_to();
        let film = Film::default().bytes();
        b.upload(&format!("{draft}/anh"), &[("video", "a.mp4", &film)]).await.leads_to();
        let place = [("commune_text", ""), ("pick", "18880"), ("words", "Trước cổng trường")];
        b.post(&format!("{draft}/noi-xay-ra"), &place).await.leads_to();
        let done = b.post(&format!("{draft}/kiem-tra"), &[]).await.leads_to();
        let report = done.strip_suffix("/da-gui").unwrap();
        let video = video_of(&b.page(report).await);
        assert_eq!(b.get(&video).await.status, StatusCode::OK);
        assert_eq!(site.get(&site.citizen(1).await, &video).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
