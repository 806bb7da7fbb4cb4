//! States of dossiers (N6, N14) as a province pushes them and as the person reads them, without JavaScript; forged, foreign, late and too many, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base::{
    clock::{DAY, Entropy, HOUR, MINUTE, SECOND},
    show::rfc3339,
};
use domain::{
    accounts::Assurance,
    api_keys::{self, NewKey},
    national::catalogue::{self, Entry},
    packs::procedures::Level,
    rights::Role,
    testing,
};
use identity::{
    jws::Signer,
    provider::{Auth, NewClient},
};
use serde_json::{Value, json};
use store::testing::each_engine;
use support::{Answer, Site, browser::Browser, portal::*};

const PATH: &str = "/api/v1/dossier-states";
const TYP: &str = "dossier-states+jwt";
const CODE: &str = "H50.15-260330-0001";

fn signer(seed: u64) -> Signer {
    Signer::generate(&Entropy::seeded(seed)).unwrap().0
}

/// A province that proves itself with this key and handles one procedure.
async fn connect(site: &Site, id: &str, key: &Signer) {
    let new = NewClient {
        jwks: json!({ "keys": [key.public()] }),
        ..NewClient::new(id, "Một cửa Quảng Ví Dụ", Auth::PrivateKeyJwt, &format!("https://{id}.example.vn/ve"))
    };
    issuer(site).put_client(new).await.unwrap().unwrap();
    catalogue::connect(&site.core, id, &format!("https://{id}.example.vn/api/v1/procedures")).await.unwrap();
    let entry = Entry {
        code: "1.001193".into(),
        name: "Đăng ký khai sinh".into(),
        field: "Hộ tịch".into(),
        level: Level::Commune,
        account: Assurance::Phone,
        page: "/thu-tuc/1.001193".into(),
    };
    catalogue::keep(&site.core, id, vec![entry]).await.unwrap();
}

fn state(site: &Site, event: &str, state: &str) -> Value {
    json!({ "event": event, "dossier": CODE, "procedure": "1.001193", "number": NUMBER, "state": state, "at": rfc3339(site.core.now()) })
}

fn claims(site: &Site, jti: &str, states: Value) -> Value {
    let now = site.core.now() / SECOND;
    json!({ "iss": "tinh-mot", "aud": format!("{}{PATH}", site.core.settings.origin), "iat": now, "exp": now + 60, "jti": jti, "states": states })
}

async fn send(site: &Site, token: String) -> Answer {
    let request = Request::post(PATH).header(header::CONTENT_TYPE, "application/jose").body(Body::from(token));
    site.send(request.unwrap()).await
}

async fn push(site: &Site, key: &Signer, jti: &str, states: Value) -> Answer {
    send(site, key.sign(TYP, &claims(site, jti, states)).unwrap()).await
}

/// `taken`, or why not, for each step.
fn said(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let of = |one: &Value| one["reason"].as_str().or(one["outcome"].as_str()).unwrap().to_owned();
    answer.json()["results"].as_array().unwrap().iter().map(of).collect()
}

/// Why the whole was refused.
fn why(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header("content-type"), "application/problem+json", "{}", answer.text());
    (answer.status.as_u16(), answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
async fn n14_n6_a_state_that_a_province_pushes_is_read_by_the_person_whose_number_it_names() {
    each(async |site, _, _| {
        let key = signer(1);
        connect(site, "tinh-mot", &key).await;
        let mut b = Browser::new(site);
        b.registers().await;
        let empty = b.page("/tai-khoan/ho-so").await;
        assert!(empty.contains("Chưa có hồ sơ nào") && empty.contains("tự hiện ở đây"), "{empty}");
        let mut first = state(site, "su-kien-0001", "2");
        first["due"] = rfc3339(site.core.now() + 3 * DAY).into();
        first["link"] = "https://tinh-mot.example.vn/ho-so/1".into();
        assert_eq!(said(&push(site, &key, "j-1", json!([first])).await), ["taken"]);
        site.core.clock.advance(HOUR);
        let mut second = state(site, "su-kien-0002", "5");
        second["note"] = "Xin bổ sung giấy chứng sinh <b>bản chính</b>".into();
        second["link"] = "https://tinh-mot.example.vn/ho-so/1".into();
        assert_eq!(said(&push(site, &key, "j-2", json!([second])).await), ["taken"]);

        let account = b.page("/tai-khoan").await;
        assert!(
            account.contains("Dịch vụ công của tôi") && account.contains("1 đang xử lý, 0 đã hoàn thành"),
            "{account}"
        );
        let list = b.page("/tai-khoan/ho-so").await;
        for words in [
            "Hồ sơ đang xử lý",
            "Hồ sơ đã hoàn thành",
            "Đăng ký khai sinh",
            "Một cửa Quảng Ví Dụ",
            CODE,
            "Cần bổ sung giấy tờ",
        ] {
            assert!(list.contains(words), "{words}: {list}");
        }
        assert!(!b.page("/tai-khoan/ho-so?muc=hoan-thanh").await.contains(CODE));
        let href = browser_href(&list);
        let one = b.page(&href).await;
        for words in [
            "Đến lượt Ông/Bà",
            "Đã được tiếp nhận",
            "&#60;b&#62;bản chính",
            "href=\"https://tinh-mot.example.vn/ho-so/1\"",
        ] {
            assert!(one.contains(words), "{words}: {one}");
        }
        assert!(!one.contains(NUMBER) && !list.contains(NUMBER), "the number itself is on neither page");
        let inbox = b.page("/thong-bao?muc=ho-so").await;
        assert!(inbox.contains("được tiếp nhận") && inbox.contains("cần bổ sung giấy tờ"), "{inbox}");

        let mut stranger = Browser::new(site);
        assert!(stranger.get(&href).await.leads_to().starts_with("/dang-nhap"));
    })
    .await;
}

fn browser_href(list: &str) -> String {
    format!("/tai-khoan/ho-so/{}", support::browser::between(list, "href=\"/tai-khoan/ho-so/", "\"").unwrap())
}

#[tokio::test]
async fn n14_only_a_token_of_the_provinces_own_key_for_this_portal_of_now_is_believed_and_once() {
    each(async |site, _, _| {
        let (key, other) = (signer(1), signer(2));
        connect(site, "tinh-mot", &key).await;
        connect(site, "tinh-hai", &other).await;
        province(site).await; // proves itself with a secret, so it has no key to push with
        let states = || json!([state(site, "su-kien-0001", "2")]);
        let signed = |key: &Signer, typ: &str, change: &dyn Fn(&mut Value)| {
            let mut claims = claims(site, "j-1", states());
            change(&mut claims);
            key.sign(typ, &claims).unwrap()
        };
        let now = site.core.now() / SECOND;
        let good = signed(&key, TYP, &|_| {});
        let (head, signature) = good.rsplit_once('.').unwrap();
        let forged = format!("{head}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
        for (what, token, status, code) in [
            ("a forged signature", forged, 401, "signature"),
            ("another's key", signed(&other, TYP, &|_| {}), 401, "signature"),
            ("nobody's client", signed(&key, TYP, &|c| c["iss"] = "khong-co".into()), 401, "signature"),
            ("a client with a secret", signed(&key, TYP, &|c| c["iss"] = "tinh".into()), 401, "signature"),
            ("another audience", signed(&key, TYP, &|c| c["aud"] = "https://khac.example.vn".into()), 401, "audience"),
            (
                "the portal, not this address",
                signed(&key, TYP, &|c| c["aud"] = site.core.settings.origin.clone().into()),
                401,
                "audience",
            ),
            (
                "over",
                signed(&key, TYP, &|c| {
                    c["iat"] = (now - 200).into();
                    c["exp"] = (now - 61).into();
                }),
                401,
                "time",
            ),
            (
                "not yet",
                signed(&key, TYP, &|c| {
                    c["iat"] = (now + 62).into();
                    c["exp"] = (now + 90).into();
                }),
                401,
                "time",
            ),
            ("good for too long", signed(&key, TYP, &|c| c["exp"] = (now + 601).into()), 401, "time"),
            ("no end", signed(&key, TYP, &|c| _ = c.as_object_mut().unwrap().remove("exp")), 401, "time"),
            ("no beginning", signed(&key, TYP, &|c| _ = c.as_object_mut().unwrap().remove("iat")), 401, "time"),
            ("no id", signed(&key, TYP, &|c| _ = c.as_object_mut().unwrap().remove("jti")), 400, "shape"),
            ("another kind of token", signed(&key, "JWT", &|_| {}), 400, "shape"),
            ("no token", "abc".to_owned(), 400, "shape"),
        ] {
            assert_eq!(why(&send(site, token).await), (status, code.to_owned()), "{what}");
        }
        // A clock that is half a minute ahead or behind is believed.
        for (jti, off) in [("j-ahead", 50), ("j-behind", -100)] {
            let token = signed(&key, TYP, &|c| {
                c["jti"] = jti.into();
                c["iat"] = (now + off).into();
                c["exp"] = (now + off + 60).into();
            });
            assert_eq!(said(&send(site, token).await), ["taken"], "{jti}");
        }
        assert_eq!(said(&send(site, good.clone()).await), ["taken"]);
        assert_eq!(why(&send(site, good).await), (401, "replayed".to_owned()));
        let megabyte = "a".repeat(1024 * 1024);
        assert_eq!(send(site, megabyte).await.status, StatusCode::PAYLOAD_TOO_LARGE);
        let form = Request::post(PATH).header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap();
        assert_eq!(site.send(form).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
        // Taken away: believed no longer.
        issuer(site).disable_client("tinh-mot").await.unwrap();
        assert_eq!(why(&push(site, &key, "j-late", states()).await), (401, "signature".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn n14_each_step_is_answered_by_itself_counts_once_and_late_ones_set_nothing_back() {
    each(async |site, _, _| {
        let key = signer(1);
        connect(site, "tinh-mot", &key).await;
        let mut b = Browser::new(site);
        b.registers().await;
        let with = |event: &str, name: &str, value: Value| {
            let mut one = state(site, event, "2");
            one[name] = value;
            one
        };
        let mut unnamed = state(site, "su-kien-0001", "2");
        unnamed.as_object_mut().unwrap().remove("number");
        let list = json!([
            state(site, "su-kien-0001", "4"),
            with("su-kien-0002", "procedure", "1.999999".into()),
            with("su-kien-0003", "number", "04418900123".into()),
            with("su-kien-0004", "number", "044 189 001 234".into()),
            with("su-kien-0005", "state", "11".into()),
            with("su-kien-0006", "state", 2.into()),
            with("su-kien-0007", "at", "2026-03-30T08:15:00".into()),
            with("su-kien-0008", "at", rfc3339(site.core.now() + 2 * MINUTE).into()),
            with("su-kien-0009", "at", rfc3339(site.core.now() - 731 * DAY).into()),
            with("su-kien-0010", "link", "https://evil.example/ho-so".into()),
            with("su-kien-0011", "link", "https://tinh-mot.example.vn.evil.example/".into()),
            with("su-kien-0012", "link", "javascript:alert(1)".into()),
            with("su-kien-0013", "link", "https://tinh-mot.example.vn@evil.example/".into()),
            with("su-kien-0014", "note", "x".repeat(501).into()),
            with("su-kien-0015", "colour", "red".into()),
            with("ngan", "state", "2".into()),
            unnamed,
            "chữ",
        ]);
        let answer = push(site, &key, "j-1", list).await;
        let shape = [
            "taken",
            "unknown-procedure",
            "number",
            "number",
            "state",
            "shape",
            "at",
            "future",
            "too-old",
            "link",
            "link",
            "link",
            "link",
            "note",
            "shape",
            "event",
            "shape",
            "shape",
        ];
        assert_eq!(said(&answer), shape);
        assert!(!answer.text().contains(NUMBER), "{}", answer.text());

        // The same again, later and signed anew: answered the same, and nothing more is told.
        let first = state(site, "su-kien-0001", "4");
        site.core.clock.advance(MINUTE);
        assert_eq!(said(&push(site, &key, "j-2", json!([first])).await), ["taken"]);
        assert_eq!(said(&push(site, &key, "j-3", json!([state(site, "su-kien-0001", "9")])).await), ["event-reused"]);
        let late = with("su-kien-0020", "at", rfc3339(site.core.now() - DAY).into());
        assert_eq!(said(&push(site, &key, "j-4", json!([late])).await), ["taken"]);
        let list = b.page("/tai-khoan/ho-so").await;
        assert!(list.contains("Đang xử lý</span>") && !list.contains("Đã được tiếp nhận</span>"), "{list}");
        let one = b.page(&browser_href(&list)).await;
        assert_eq!(one.matches("timeline__dot").count(), 2, "{one}");
        let inbox = b.page("/thong-bao?muc=ho-so").await;
        assert_eq!(inbox.matches(CODE).count(), 1, "{inbox}");

        let many = |n: usize| Value::Array((0..n).map(|at| state(site, &format!("nhieu-{at:04}"), "4")).collect());
        assert_eq!(why(&push(site, &key, "j-5", many(101)).await), (422, "states".to_owned()));
        assert_eq!(why(&push(site, &key, "j-6", json!([])).await), (422, "states".to_owned()));
        assert_eq!(said(&push(site, &key, "j-7", many(100)).await), vec!["taken"; 100]);
        // One client may not fill the portal.
        let mut last = StatusCode::OK;
        for at in 0..130 {
            last = push(site, &key, &format!("k-{at}"), json!([state(site, "su-kien-0001", "4")])).await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    })
    .await;
}

#[tokio::test]
async fn n14_a_province_writes_its_own_dossiers_only_also_under_the_code_of_anothers() {
    each(async |site, _, _| {
        let (key, other) = (signer(1), signer(2));
        connect(site, "tinh-mot", &key).await;
        connect(site, "tinh-hai", &other).await;
        let mut b = Browser::new(site);
        b.registers().await;
        assert_eq!(said(&push(site, &key, "j-1", json!([state(site, "su-kien-0001", "4")])).await), ["taken"]);
        site.core.clock.advance(HOUR);
        let mut claims = claims(site, "j-1", json!([state(site, "su-kien-0001", "10")]));
        claims["iss"] = "tinh-hai".into();
        assert_eq!(said(&send(site, other.sign(TYP, &claims).unwrap()).await), ["taken"]);
        let list = b.page("/tai-khoan/ho-so").await;
        assert!(list.contains("Đang xử lý</span>") && list.contains("Đã trả kết quả</span>"), "{list}");
        let account = b.page("/tai-khoan").await;
        assert!(account.contains("1 đang xử lý, 1 đã hoàn thành"), "{account}");
    })
    .await;
}

#[tokio::test]
async fn n14_d14_a_one_stop_system_tells_with_a_key_of_that_right_within_limits() {
    each_engine(async |db| {
        let site = Site::telling(db).await;
        let operator = testing::officer(&site.core, "Quản trị", "*", Role::ProvinceOperator).await;
        let new = |may_tell_dossiers: bool| NewKey {
            name: "Một cửa".into(),
            may_create: !may_tell_dossiers,
            may_tell_dossiers,
            per_minute: 8,
            per_day: 50,
        };
        let key = api_keys::create(&site.core, &operator, &new(true)).await.unwrap().1;
        let reports = api_keys::create(&site.core, &operator, &new(false)).await.unwrap().1;
        let procedure = site.core.province().pack.procedures[0].code.clone();
        let mut one = state(&site, "su-kien-0001", "2");
        one["procedure"] = procedure.as_str().into();
        let ask = async |key: Option<&str>, body: String| {
            let request = Request::post(PATH).header(header::CONTENT_TYPE, "application/json");
            let request = match key {
                Some(key) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
                None => request,
            };
            site.send(request.body(Body::from(body)).unwrap()).await
        };
        let good = json!({ "states": [one] }).to_string();
        let key = Some(key.expose());
        for (what, key, body, status) in [
            ("no key", None, good.clone(), StatusCode::UNAUTHORIZED),
            ("no key of ours", Some("cds_khong"), good.clone(), StatusCode::FORBIDDEN),
            ("a key for reports", Some(reports.expose()), good.clone(), StatusCode::FORBIDDEN),
            ("no JSON", key, "states".to_owned(), StatusCode::BAD_REQUEST),
            ("an unknown member", key, json!({ "states": [one], "x": 1 }).to_string(), StatusCode::BAD_REQUEST),
            (
                "too many",
                key,
                json!({ "states": vec![one.clone(); 101] }).to_string(),
                StatusCode::UNPROCESSABLE_ENTITY,
            ),
            ("none", key, json!({ "states": [] }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
            ("a megabyte", key, " ".repeat(1024 * 1024), StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            let answer = ask(key, body).await;
            assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{what}");
            assert!(!answer.text().contains(NUMBER), "{what}");
        }
        let mut foreign = one.clone();
        (foreign["event"], foreign["link"]) = ("su-kien-0002".into(), "https://evil.example/".into());
        let answer = ask(key, json!({ "states": [one, foreign, one] }).to_string()).await;
        assert_eq!(said(&answer), ["taken", "link", "taken"]);
        assert_eq!(said(&ask(key, good.clone()).await), ["taken"]);
        let waiting = site.core.store.outbox_counts("portal").await.unwrap();
        assert_eq!(waiting.iter().map(|c| c.n).collect::<Vec<_>>(), [1]);
        assert_eq!(ask(key, good.clone()).await.status, StatusCode::OK);
        assert_eq!(ask(key, good).await.status, StatusCode::TOO_MANY_REQUESTS, "the key's limit of a minute");
        let document = site.send(Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap()).await.json();
        assert!(
            document["paths"][PATH]["post"].is_object() && document["components"]["schemas"]["StepJson"].is_object()
        );
    })
    .await;
}

#[tokio::test]
async fn n14_a_province_that_tells_nobody_takes_nothing() {
    support::each(async |site| {
        let request = Request::post(PATH).header(header::AUTHORIZATION, "Bearer cds_x").body(Body::from("{}"));
        assert_eq!(site.send(request.unwrap()).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
