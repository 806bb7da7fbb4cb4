//! Weak networks over HTTP (R2): the tus protocol as it is written, and the phone's outbox.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::{
    body::{Body, Bytes},
    http::{Request, StatusCode},
};
use domain::reports::views;
use std::convert::Infallible;
use support::{Answer, Person, Site, anybody, each, photo, uploads::TYPE, wizard::begin};

async fn create(site: &Site, who: &Person, size: usize) -> String {
    let answer = site.announce(who, size, "filename YW5oLmpwZw==").await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.header("location").to_owned()
}

async fn uploaded(site: &Site, who: &Person) -> String {
    let bytes = photo();
    let path = create(site, who, bytes.len()).await;
    assert_eq!(site.append(who, &path, 0, &bytes).await.status, StatusCode::NO_CONTENT);
    path.rsplit('/').next().unwrap().to_owned()
}

fn report(photos: &[&str]) -> String {
    serde_json::json!({
        "category": "ha-tang", "title": "", "content": "Ổ gà lớn trước trường", "commune": "18880",
        "address": "Trước cổng trường", "lat": null, "lon": null, "anonymous": true, "draft": null, "photos": photos,
    })
    .to_string()
}

async fn send(site: &Site, who: &Person, key: &str, body: String) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    site.tus(who, "POST", "/phan-anh/hop-gui-di", &headers, Body::from(body)).await
}

const KEY: &str = "0198a2b0-0000-7000-8000-000000000001";

#[tokio::test]
async fn r2_the_upload_protocol_is_tus() {
    each(async |site| {
        let me = site.citizen(1).await;
        let able = site.tus(&anybody(), "OPTIONS", "/tai-len", &[], Body::empty()).await;
        assert_eq!((able.status, able.header("tus-version")), (StatusCode::NO_CONTENT, "1.0.0"));
        assert_eq!(
            (able.header("tus-extension"), able.header("tus-max-size")),
            ("creation,expiration,termination", "31457280")
        );

        let bytes = photo();
        let path = create(&site, &me, bytes.len()).await;
        let stands = site.tus(&me, "HEAD", &path, &[], Body::empty()).await;
        assert_eq!(
            (stands.status, stands.header("upload-offset"), stands.header("cache-control")),
            (StatusCode::OK, "0", "no-store")
        );
        assert_eq!(stands.header("upload-length"), bytes.len().to_string());
        let first = site.append(&me, &path, 0, &bytes[..20]).await;
        assert_eq!((first.status, first.header("upload-offset")), (StatusCode::NO_CONTENT, "20"));
        assert!(first.header("upload-expires").ends_with("GMT") && first.header("tus-resumable") == "1.0.0");
        assert_eq!(site.append(&me, &path, 0, &bytes[..20]).await.status, StatusCode::CONFLICT);
        assert_eq!(site.append(&me, &path, 25, &bytes[25..]).await.status, StatusCode::CONFLICT);
        assert_eq!(site.append(&me, &path, 20, &vec![0; bytes.len()]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let plain = site.tus(&me, "PATCH", &path, &[("upload-offset", "20")], Body::from("x")).await;
        assert_eq!(plain.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let bad = site.tus(&me, "PATCH", &path, &[TYPE, ("upload-offset", "-1")], Body::from("x")).await;
        assert_eq!(bad.status, StatusCode::BAD_REQUEST);
        // The connection breaks in the middle of a piece: what arrived is kept.
        let parts = vec![Ok(Bytes::copy_from_slice(&bytes[20..30])), Err(std::io::Error::other("the network is gone"))];
        let broken = Body::from_stream(futures_util::stream::iter(parts));
        site.tus(&me, "PATCH", &path, &[TYPE, ("upload-offset", "20")], broken).await;
        let stands = site.tus(&me, "HEAD", &path, &[], Body::empty()).await;
        assert_eq!(stands.header("upload-offset"), "30");
        // A body without an end and without a length is cut at what was announced.
        let endless = futures_util::stream::repeat_with(|| Ok::<_, Infallible>(Bytes::from_static(&[0; 4096])));
        let long = site.tus(&me, "PATCH", &path, &[TYPE, ("upload-offset", "30")], Body::from_stream(endless)).await;
        assert_eq!(long.status, StatusCode::PAYLOAD_TOO_LARGE);
        let last = site.append(&me, &path, 30, &bytes[30..]).await;
        assert_eq!(last.header("upload-offset"), bytes.len().to_string());

        let id = path.rsplit('/').next().unwrap();
        let draft = begin(&site, &me).await;
        for _ in 0..2 {
            let body = format!("upload={id}").into_bytes();
            let kind = "application/x-www-form-urlencoded";
            let added = site.script(&me, &format!("{draft}/anh/tai-len"), kind, body).await;
            assert_eq!((added.status, added.json()["name"].as_str()), (StatusCode::CREATED, Some("anh.jpg")));
        }
        assert!(site.get(&me, &format!("{draft}/anh")).await.page().contains("anh.jpg"));
    })
    .await;
}

#[tokio::test]
async fn r2_uploads_of_others_of_nobody_and_without_token_are_refused() {
    each(async |site| {
        let (me, other) = (site.citizen(1).await, site.citizen(2).await);
        let path = create(&site, &me, 100).await;
        for (method, headers) in [("HEAD", vec![]), ("PATCH", vec![TYPE, ("upload-offset", "0")]), ("DELETE", vec![])] {
            let foreign = site.tus(&other, method, &path, &headers, Body::from("x")).await;
            assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{method}");
            let nobody = site.tus(&anybody(), method, &path, &headers, Body::from("x")).await;
            assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{method}");
            let forged = Person { csrf: "x".into(), ..me.clone() };
            let forged = site.tus(&forged, method, &path, &headers, Body::from("x")).await;
            assert_eq!(forged.status, StatusCode::FORBIDDEN, "{method}");
        }
        // Only a session that the program names itself needs no token. Any other `Authorization` a browser may add by itself,
        // and then it is the cookie that says who it is.
        let no_token = Person { csrf: String::new(), ..me.clone() };
        let token = me.cookie.split_once('=').unwrap().1;
        let named = format!("Bearer {token}");
        for (said, cookie, status) in [
            ("Basic bmFtZTp3b3Jk", true, StatusCode::FORBIDDEN),
            ("bearer x", true, StatusCode::FORBIDDEN),
            ("Bearer", true, StatusCode::FORBIDDEN),
            ("Bearer x", true, StatusCode::UNAUTHORIZED),
            (named.as_str(), false, StatusCode::OK),
        ] {
            let who = if cookie { no_token.clone() } else { anybody() };
            let answer = site.tus(&who, "HEAD", &path, &[("authorization", said)], Body::empty()).await;
            assert_eq!(answer.status, status, "{said}");
        }
        for (length, status) in [
            ("0", StatusCode::UNPROCESSABLE_ENTITY),
            ("10485761", StatusCode::PAYLOAD_TOO_LARGE),
            ("-5", StatusCode::BAD_REQUEST),
            ("99999999999999999999", StatusCode::BAD_REQUEST),
        ] {
            let refused = site.tus(&me, "POST", "/tai-len", &[("upload-length", length)], Body::empty()).await;
            assert_eq!(refused.status, status, "{length}");
        }
        let none = site.tus(&me, "POST", "/tai-len", &[], Body::empty()).await;
        assert_eq!(none.status, StatusCode::BAD_REQUEST);
        let foreign = site.tus(&me, "HEAD", "/tai-len/khong-co", &[], Body::empty()).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        let old = Request::post("/tai-len").header("host", "localhost:8080").header("sec-fetch-site", "same-origin");
        let old = old.header("cookie", &me.cookie).header("x-csrf-token", &me.csrf).header("upload-length", "5");
        let old = site.send(old.body(Body::empty()).unwrap()).await;
        assert_eq!((old.status, old.header("tus-version")), (StatusCode::PRECONDITION_FAILED, "1.0.0"));
        // What is no photo says so in words that a person understands.
        let html = b"<html>".repeat(3);
        let path = create(&site, &me, html.len()).await;
        let refused = site.append(&me, &path, 0, &html).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.json()["detail"].as_str().unwrap().contains("JPEG"));
        assert_eq!(site.tus(&me, "HEAD", &path, &[], Body::empty()).await.status, StatusCode::NOT_FOUND);
        let path = create(&site, &me, 100).await;
        assert_eq!(site.tus(&me, "DELETE", &path, &[], Body::empty()).await.status, StatusCode::NO_CONTENT);
        assert_eq!(site.tus(&me, "HEAD", &path, &[], Body::empty()).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r2_the_phones_outbox_is_taken_in_once() {
    each(async |site| {
        let (me, other) = (site.citizen(1).await, site.citizen(2).await);
        let upload = uploaded(&site, &me).await;
        let first = send(&site, &me, KEY, report(&[&upload])).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
        let again = send(&site, &me, KEY, report(&[&upload])).await;
        assert_eq!(first.json(), again.json());
        let body = first.json();
        assert!(body["code"].as_str().unwrap().starts_with("PA-") && body["until"].as_str().unwrap().contains("2026"));
        assert_eq!(site.get(&me, body["href"].as_str().unwrap()).await.status, StatusCode::OK);
        let mine = views::mine(&site.core, me.account, None, 10).await.unwrap();
        assert_eq!((mine.len(), mine[0].photos), (1, 1));
        // The same key of another person is another report.
        let theirs = send(&site, &other, KEY, report(&[])).await.json();
        assert_ne!(theirs["code"], body["code"]);

        let key = KEY.replace('1', "2");
        let gone = send(&site, &me, &key, report(&[&upload])).await;
        assert_eq!(
            (gone.status, gone.json()["errors"][0]["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("photo-gone"))
        );
        let empty = report(&[]).replace("Ổ gà lớn trước trường", " ");
        let refused = send(&site, &me, &key, empty).await;
        assert!(refused.json()["detail"].as_str().unwrap().contains("chuyện gì xảy ra"));
        for bad in
            ["", "{", "[]", &report(&[]).replace("null,\"photos\"", "7,\"photos\""), &report(&["x"]), "{\"content\":1}"]
        {
            assert_eq!(send(&site, &me, &key, bad.to_owned()).await.status, StatusCode::BAD_REQUEST, "{bad}");
        }
        assert_eq!(send(&site, &me, "1", report(&[])).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(send(&site, &me, &key, " ".repeat(70_000)).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(send(&site, &anybody(), &key, report(&[])).await.status, StatusCode::UNAUTHORIZED);
        let forged = Person { csrf: String::new(), ..me.clone() };
        assert_eq!(send(&site, &forged, &key, report(&[])).await.status, StatusCode::FORBIDDEN);
        assert_eq!(views::mine(&site.core, me.account, None, 10).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn r2_what_the_category_asks_is_answered_without_a_network_too() {
    each(async |site| {
        let me = site.citizen(1).await;
        let page = site.get(&anybody(), "/phan-anh/ngoai-tuyen").await.page();
        for words in [
            "data-questions=\"thu-tuc-hanh-chinh\" hidden disabled",
            "data-required=\"f-a-khau-thu-tuc-hanh-chinh\" data-name=\"a-khau\"",
            "id=\"f-a-khau-thu-tuc-hanh-chinh\"",
        ] {
            assert!(page.contains(words), "{words}");
        }
        let asks = |answers: &str| {
            report(&[])
                .replace("ha-tang", "thu-tuc-hanh-chinh")
                .replace("\"anonymous\"", &format!("\"answers\":{answers},\"anonymous\""))
        };
        for bad in ["{}", "{\"khau\":[\"khong-co\"]}", "{\"khau\":[]}"] {
            let refused = send(&site, &me, KEY, asks(bad)).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
            assert_eq!(refused.json()["errors"][0]["code"], "report-answers-wrong", "{bad}");
        }
        assert_eq!(send(&site, &me, KEY, asks("{\"khau\":7}")).await.status, StatusCode::BAD_REQUEST);
        let sent = send(&site, &me, KEY, asks("{\"khau\":[\"le-phi\"]}")).await;
        assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text());
        let page = site.get(&me, sent.json()["href"].as_str().unwrap()).await.page();
        assert!(page.contains("Phí, lệ phí"));
    })
    .await;
}

#[tokio::test]
async fn r2_pages_that_every_phone_keeps_name_nobody() {
    each(async |site| {
        let me = site.citizen(1).await;
        for path in ["/phan-anh/ngoai-tuyen", "/phan-anh/hop-gui-di", "/ngoai-tuyen"] {
            let page = site.get(&me, path).await.page();
            assert!(
                !page.contains("Người Thử") && !page.contains(&me.csrf) && !page.contains("name=\"csrf\" content"),
                "{path}"
            );
            assert_eq!(page, site.get(&anybody(), path).await.page(), "{path}");
        }
        let write = site.get(&anybody(), "/phan-anh/ngoai-tuyen").await.page();
        for words in ["value=\"ha-tang\"", "value=\"18880\"", "tel:115", "Gửi khi có mạng"] {
            assert!(write.contains(words), "{words}");
        }
        let who = site.get(&me, "/phan-anh/hop-gui-di/phien").await;
        assert_eq!((who.header("cache-control"), who.json()["csrf"].as_str()), ("no-store", Some(me.csrf.as_str())));
        let owner = who.json()["owner"].as_str().unwrap().to_owned();
        assert!(owner.len() == 16 && !owner.contains(&me.account.simple().to_string()[..8]));
        let other = site.citizen(2).await;
        assert_ne!(site.get(&other, "/phan-anh/hop-gui-di/phien").await.json()["owner"], owner.as_str());
        let nobody = site.get(&anybody(), "/phan-anh/hop-gui-di/phien").await.json();
        assert_eq!(nobody, serde_json::json!({ "signed": false }));
    })
    .await;
}
