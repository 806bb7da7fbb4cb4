//! What a guest (R3) has in common with an account: a report that waited on the phone (R2), and the rights over the own data (A12).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::http::StatusCode;
use base::{
    clock::{HOUR, MINUTE},
    ids::Uuid,
};
use domain::reports::{Command, rows};
use serde_json::Value;
use store::Sql;
use support::{Answer, Person, Site, anybody, browser::Browser, each, photo, uploads::TYPE};

const PHONE: &str = "0914000111";
const OTHER: &str = "0914000222";
const KEY: &str = "0198a2b0-0000-7000-8000-000000000001";
const BOX: &str = "/phan-anh/hop-gui-di";

/// A browser that proved a phone as a guest and comes back to the outbox.
async fn guest<'a>(site: &'a Site, phone: &str) -> Browser<'a> {
    let mut b = Browser::new(site);
    site.core.clock.advance(MINUTE);
    b.get("/phan-anh/khach?next=/phan-anh/hop-gui-di").await;
    let typed = [("phone", phone), ("agreed", "1"), ("next", BOX)];
    assert_eq!(b.post("/phan-anh/khach", &typed).await.leads_to(), format!("/phan-anh/khach/ma?next={BOX}"));
    let code = site.code(phone).await;
    assert_eq!(b.post("/phan-anh/khach/ma", &[("code", &code), ("next", BOX)]).await.leads_to(), BOX);
    b.get("/phan-anh/moi").await;
    b
}

/// As the phone's script asks; it knows the token by this answer.
async fn session(b: &mut Browser<'_>) -> Value {
    let who = b.get("/phan-anh/hop-gui-di/phien").await.json();
    who["csrf"].as_str().unwrap_or_default().clone_into(&mut b.csrf);
    who
}

fn person(b: &Browser<'_>) -> Person {
    let cookie: Vec<String> = b.cookies.iter().map(|(n, v)| format!("{n}={v}")).collect();
    Person { account: Uuid::nil(), cookie: cookie.join("; "), csrf: b.csrf.clone() }
}

async fn send(b: &Browser<'_>, key: &str, photos: &[&str]) -> Answer {
    let body = serde_json::json!({
        "category": "ha-tang", "title": "", "content": "Ổ gà lớn trước trường", "commune": "18880",
        "address": "Trước cổng trường", "lat": null, "lon": null, "anonymous": false, "draft": null, "photos": photos,
    });
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    b.site.tus(&person(b), "POST", BOX, &headers, body.to_string()).await
}

async fn count(site: &Site, sql: &str) -> i64 {
    Sql::new(sql).scalar(site.core.store.read()).await.unwrap().unwrap_or_default()
}

/// Proves a phone to see what is kept of it; answers where that leads, or the page that says no.
async fn proves(b: &mut Browser<'_>, phone: &str) -> Answer {
    b.site.core.clock.advance(MINUTE);
    b.get("/khach/xac-nhan").await;
    assert_eq!(b.post("/khach/xac-nhan", &[("phone", phone)]).await.leads_to(), "/khach/xac-nhan/ma");
    b.page("/khach/xac-nhan/ma").await;
    let otp = b.site.code(phone).await;
    b.post("/khach/xac-nhan/ma", &[("code", &otp)]).await
}

fn bare(shown: &str) -> String {
    shown.chars().filter(char::is_ascii_digit).collect()
}

#[tokio::test]
async fn r2_r3_a_guests_report_that_waited_on_the_phone_arrives_once_under_the_phone_it_was_written_with() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        let who = session(&mut b).await;
        let mark = who["owner"].as_str().unwrap().to_owned();
        assert!(who["signed"] == true && mark.starts_with("g."), "{who}");
        let bytes = photo();
        let announced = site.announce(&person(&b), bytes.len(), "filename YW5oLmpwZw==").await;
        let upload = announced.header("location").to_owned();
        let piece = [TYPE, ("upload-offset", "0")];
        let whole = site.tus(&person(&b), "PATCH", &upload, &piece, bytes.clone()).await;
        assert_eq!(whole.status, StatusCode::NO_CONTENT);
        let photos = [upload.rsplit('/').next().unwrap()];
        let (first, again) = tokio::join!(send(&b, KEY, &photos), send(&b, KEY, &photos));
        assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED), "{}", again.text());
        assert_eq!(first.json(), again.json(), "two tabs at one moment");
        assert_eq!(count(&site, "SELECT count(*) FROM report").await, 1);
        let code = bare(first.json()["code"].as_str().unwrap());
        let row = rows::by_code(site.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!((row.anonymous, row.photos), (true, 1));
        assert_eq!(count(&site, "SELECT count(*) FROM report WHERE source = 'guest'").await, 1);
        let told = site.inbox(PHONE).await.iter().filter(|t| t.ends_with(&format!("/theo-doi?ma={code}"))).count();
        assert_eq!(told, 1, "and it is told once");

        // Nobody without the token, and nobody after the proof is over.
        let forged = Browser { csrf: String::new(), ..b.clone() };
        assert_eq!(send(&forged, KEY, &[]).await.status, StatusCode::FORBIDDEN);
        site.core.clock.advance(25 * HOUR);
        assert_eq!(send(&b, KEY, &[]).await.status, StatusCode::UNAUTHORIZED);
        assert_eq!(session(&mut b).await, serde_json::json!({ "signed": false }));

        // Another phone in the same browser is another owner, and the key is none of theirs.
        let mut other = guest(&site, OTHER).await;
        let who = session(&mut other).await;
        assert_ne!(who["owner"].as_str().unwrap(), mark);
        let theirs = send(&other, KEY, &[]).await.json();
        assert_ne!(bare(theirs["code"].as_str().unwrap()), code);
        // The same phone is the same owner, days later; what had arrived is known again.
        let mut back = guest(&site, PHONE).await;
        assert_eq!(session(&mut back).await["owner"].as_str().unwrap(), mark);
        assert_eq!(bare(send(&back, KEY, &[]).await.json()["code"].as_str().unwrap()), code);
        assert_eq!(count(&site, "SELECT count(*) FROM report").await, 2);
    })
    .await;
}

#[tokio::test]
async fn r2_r3_r11_a_phone_cannot_flood_out_of_the_outbox() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        session(&mut b).await;
        let mut sent = 0;
        let refused = loop {
            let answer = send(&b, &KEY.replace("0001", &format!("{:04}", sent + 2)), &[]).await;
            if answer.status != StatusCode::CREATED {
                break answer;
            }
            sent += 1;
            assert!(sent < 50, "there is an end");
        };
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS, "{}", refused.text());
        assert!(!refused.header("retry-after").is_empty());
        assert_eq!(count(&site, "SELECT count(*) FROM report").await, sent);
    })
    .await;
}

#[tokio::test]
async fn r2_r3_what_a_guest_left_in_the_outbox_is_the_accounts_that_proved_the_phone_and_no_other_ones() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        let mark = session(&mut b).await["owner"].as_str().unwrap().to_owned();
        let code = send(&b, KEY, &[]).await.json()["code"].clone();
        site.core.clock.advance(MINUTE);
        b.register(PHONE).await;
        let who = session(&mut b).await;
        assert_eq!(who["was"], serde_json::json!([mark]), "{who}");
        assert_eq!(send(&b, KEY, &[]).await.json()["code"], code, "what had arrived is not sent again");
        let mut other = Browser::new(&site);
        other.register(OTHER).await;
        assert_eq!(session(&mut other).await["was"], serde_json::json!([]));
    })
    .await;
}

#[tokio::test]
async fn a12_r3_a_guest_sees_takes_along_and_deletes_what_is_kept() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        let (code, _) = b.sends("Ổ gà lớn trước trường").await;
        let officer = site.officer("18880").await;
        site.staff(&officer, &code, Command::Accept { note: String::new() }).await;
        site.staff(&officer, &code, Command::Ask { question: "Ở làn nào?".into() }).await;
        b.post(&format!("/phan-anh/{code}/bo-sung"), &[("text", "Làn bên phải")]).await.leads_to();
        site.staff(&officer, &code, Command::Resolve { text: "Đã vá".into() }).await;
        b.page(&format!("/phan-anh/{code}/danh-gia")).await;
        let rated = [("stars", "4"), ("comment", "Vá nhanh")];
        b.post(&format!("/phan-anh/{code}/danh-gia"), &rated).await.leads_to();
        assert!(b.page(&format!("/phan-anh/{code}")).await.contains("href=\"/khach/du-lieu\""), "the way in");

        let page = b.page("/khach/du-lieu").await;
        for words in ["0914***", &format!("/phan-anh/{code}"), "Điều khoản sử dụng", "Chưa có yêu cầu nào"]
        {
            assert!(page.contains(words), "{words}");
        }
        assert!(!page.contains("914000111"), "the phone is masked on a page that stays open");

        // Taking it along needs a proof of the last ten minutes.
        site.core.clock.advance(11 * MINUTE);
        let old = b.post("/khach/du-lieu/tai", &[("dang", "json")]).await;
        assert_eq!(old.leads_to(), "/khach/xac-nhan?cu=1");
        assert!(b.page("/khach/xac-nhan?cu=1").await.contains("đã quá 10 phút"));
        assert_eq!(proves(&mut b, PHONE).await.leads_to(), "/khach/du-lieu");
        b.page("/khach/du-lieu").await;
        let file = b.post("/khach/du-lieu/tai", &[("dang", "json")]).await;
        assert_eq!((file.status, file.header("content-type")), (StatusCode::OK, "application/json"));
        assert!(file.header("content-disposition").starts_with("attachment"));
        let json = file.json();
        assert_eq!(json["account"]["phone"], "+84914000111");
        let report = &json["reports"][0];
        assert_eq!((report["code"].as_str(), report["rating"].as_i64()), (Some(code.as_str()), Some(4)));
        assert!(report["history"].to_string().contains("Làn bên phải"), "the answers");
        assert_eq!(json["consents"].as_array().unwrap().len(), 2);
        for secret in ["sealed", "phone_key", "hash"] {
            assert!(!file.text().contains(secret), "{secret}");
        }
        let text = b.post("/khach/du-lieu/tai", &[("dang", "van-ban")]).await.text();
        for words in ["+84914000111", "Ổ gà lớn trước trường", "Làn bên phải", "Đánh giá: 4/5 Vá nhanh"]
        {
            assert!(text.contains(words), "{words}");
        }
        assert_eq!(b.page("/khach/du-lieu").await.matches("<b>Tải dữ liệu</b>").count(), 2, "the tracker");

        let ask = b.page("/khach/xoa").await;
        for words in ["Những gì luật yêu cầu giữ lại", "không còn tên và liên hệ", "Ngày Ông/Bà đồng ý và rút lại"]
        {
            assert!(ask.contains(words), "{words}");
        }
        assert_eq!(b.post("/khach/xoa", &[("sure", "1")]).await.leads_to(), "/");
        assert!(b.page("/").await.contains("data-erased"), "the phone throws away what it kept, too");
        assert_eq!(b.get("/khach/du-lieu").await.leads_to(), "/khach/xac-nhan");
        let row = rows::by_code(site.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!(row.reporter, None, "the report stays, nobody's");
        for (gone, table) in [
            ("the phone", "guest"),
            ("what was done", "activity"),
            ("sessions", "session s JOIN account a ON a.id = s.account_id WHERE a.kind = 'guest'"),
            ("what is agreed to", "consent WHERE withdrawn_at IS NULL"),
        ] {
            assert_eq!(count(&site, &format!("SELECT count(*) FROM {table}")).await, 0, "{gone}");
        }
        assert_eq!(count(&site, "SELECT count(*) FROM consent").await, 2, "that it was agreed to is kept");
        assert_eq!(count(&site, "SELECT count(*) FROM data_request WHERE kind = 'delete'").await, 1);
        let nothing = proves(&mut b, PHONE).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nothing.checked().contains("Không có dữ liệu nào của số này"));
    })
    .await;
}

#[tokio::test]
async fn a12_r3_who_proves_another_phone_sees_nothing_of_it_and_an_unknown_one_opens_nothing() {
    each(async |site| {
        let (code, _) = guest(&site, PHONE).await.sends("Ổ gà lớn trước trường").await;
        assert_eq!(site.get(&anybody(), "/khach/du-lieu").await.leads_to(), "/khach/xac-nhan");
        let mut b = guest(&site, OTHER).await;
        let page = b.page("/khach/du-lieu").await;
        assert!(page.contains("Chưa có phản ánh nào") && !page.contains(&code));
        let json = b.post("/khach/du-lieu/tai", &[("dang", "json")]).await.text();
        assert!(json.contains("+84914000222") && !json.contains("+84914000111") && !json.contains(&code));

        let mut stranger = Browser::new(&site);
        let known = [stranger.post("/khach/xac-nhan", &[("phone", PHONE)]).await.leads_to()];
        let unknown = [Browser::new(&site).post("/khach/xac-nhan", &[("phone", "0914000333")]).await.leads_to()];
        assert_eq!(known, unknown, "A14: nobody learns of a phone without having it");
        let refused = proves(&mut stranger, "0914000444").await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(stranger.cookie("khach").is_none());
        assert_eq!(count(&site, "SELECT count(*) FROM guest").await, 2, "looking makes nobody a guest");
        let wrong = stranger.post("/khach/xac-nhan", &[("phone", "x")]).await;
        assert!(wrong.checked().contains("id=\"f-phone-e\""));

        // An account has its own page, and a form without the token of its page is refused.
        let citizen = site.citizen(3).await;
        for path in ["/khach/du-lieu", "/khach/xac-nhan"] {
            assert_eq!(site.get(&citizen, path).await.leads_to(), "/tai-khoan/du-lieu", "{path}");
        }
        assert_eq!(site.post(&citizen, "/khach/du-lieu/tai", &[("dang", "json")]).await.status, StatusCode::NOT_FOUND);
        b.csrf = String::new();
        assert_eq!(b.post("/khach/du-lieu/tai", &[("dang", "json")]).await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a12_r3_a_guest_asks_for_a_correction_and_reads_the_answer() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        b.page("/khach/du-lieu/chinh-sua").await;
        let empty = b.post("/khach/du-lieu/chinh-sua", &[("note", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        for _ in 0..2 {
            let sent = b.post("/khach/du-lieu/chinh-sua", &[("note", "Số nhà ghi sai")]).await;
            assert_eq!(sent.leads_to(), "/khach/du-lieu");
        }
        assert_eq!(count(&site, "SELECT count(*) FROM data_request").await, 1, "pressed twice");
        let page = b.page("/khach/du-lieu").await;
        assert!(page.contains("Số nhà ghi sai") && page.contains("Hạn trả lời"));
        let operator =
            domain::testing::officer(&site.core, "Điều Phối", "*", domain::rights::Role::ProvinceOperator).await;
        let open = site.web.accounts.open_data_requests(&operator).await.unwrap();
        site.web.accounts.answer_data_request(&operator, open[0].id, true, "Đã sửa số nhà").await.unwrap();
        assert!(b.page("/khach/du-lieu").await.contains("Đã sửa số nhà"));
    })
    .await;
}

#[tokio::test]
async fn a12_r3_the_pages_of_a_guests_data_speak_english() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        b.cookies.insert("ngon-ngu-quang-tri".into(), "en".into());
        for path in ["/khach/du-lieu", "/khach/du-lieu/chinh-sua", "/khach/xac-nhan?cu=1", "/khach/xoa", BOX] {
            let page = b.page(path).await;
            assert!(page.contains("lang=\"en\"") && !page.contains("Ông/Bà"), "{path}");
        }
    })
    .await;
}
