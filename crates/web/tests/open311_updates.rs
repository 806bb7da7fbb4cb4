//! What another system adds to the reports that it sent, and pictures that it names (R12).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::http::StatusCode;
use domain::reports::{Command, rows, views::Reader};
use support::{
    anybody, each,
    open311::{Open, well_formed},
};

/// A request as another system sends it.
fn tree(key: &str) -> [(&str, &str); 5] {
    [
        ("api_key", key),
        ("service_code", "khac"),
        ("description", "Cây đổ"),
        ("address_id", "18880"),
        ("address_string", "Chợ Ga"),
    ]
}

#[tokio::test]
async fn r12_a_system_answers_and_adds_to_its_own_requests_and_to_no_others() {
    each(async |site| {
        let o = Open::on(site).await;
        let (key, other, reader) = (o.key(true).await, o.key(true).await, o.key(false).await);
        let fields = tree(&key);
        let sent = o.send("json", &fields, None).await.json();
        let code = sent[0]["service_request_id"].as_str().unwrap().to_owned();
        let foreign = o.public("Ổ gà của người khác", "khac", &[]).await;
        let update = async |format: &str, key: &str, code: &str, mark: &str, text: &str| {
            let fields = [
                ("api_key", key),
                ("service_request_id", code),
                ("update_id", mark),
                ("updated_datetime", "2026-03-30T09:00:00+07:00"),
                ("status", "FIXED"),
                ("description", text),
            ];
            o.update(format, &fields).await
        };
        // More about it, whoever looks.
        let more = update("json", &key, &code, "u1", "Cây nằm ngang đường").await;
        assert_eq!(more.status, StatusCode::CREATED, "{}", more.text());
        let more = more.json();
        assert_eq!(more[0]["service_request_id"], code.as_str());
        // The same one again is the same step, whatever the words are now.
        let again = update("json", &key, &code, "u1", "khác").await.json();
        assert_eq!(again, more);
        // A question of the unit is answered.
        o.site.staff(&o.operator, &code, Command::Accept { note: String::new() }).await;
        o.site.staff(&o.operator, &code, Command::Start).await;
        o.site.staff(&o.operator, &code, Command::Ask { question: "Cây loại gì?".into() }).await;
        o.site.core.clock.advance(1000);
        let answer = update("xml", &key, &code, "u2", "Cây phượng & <lá>").await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        well_formed(&answer.text());
        let row = rows::by_code(o.site.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!((row.state.as_str(), row.version), ("in_progress", 6), "where it stands is not the sender's to say");
        let whole = domain::reports::views::find(&o.site.core, &code, &Reader::Public).await.unwrap();
        let notes: Vec<&str> = whole.events.iter().map(|e| e.public_note.as_str()).filter(|n| !n.is_empty()).collect();
        assert_eq!(notes, ["Cây nằm ngang đường", "Cây loại gì?", "Cây phượng & <lá>"]);
        let listed = o.json(&format!("v2/servicerequestupdates.json?service_request_id={code}")).await;
        assert!(listed.as_array().unwrap().iter().any(|u| u["update_id"] == more[0]["update_id"]), "{listed}");

        for (status, key, code) in [
            (403, other.as_str(), code.as_str()),
            (403, key.as_str(), foreign.as_str()),
            (403, reader.as_str(), code.as_str()),
            (403, "cds_khong-co", code.as_str()),
            (404, key.as_str(), "0000000000"),
            (404, key.as_str(), "khong-phai-ma"),
        ] {
            let refused = update("json", key, code, "u3", "Xin chào").await;
            assert_eq!(refused.status.as_u16(), status, "{}", refused.text());
        }
        // Before anybody accepted it, another key learns nothing of it.
        let hidden = o.send("json", &fields, None).await.json();
        let hidden = hidden[0]["service_request_id"].as_str().unwrap().to_owned();
        assert_eq!(update("json", &other, &hidden, "u4", "Xin chào").await.status, StatusCode::NOT_FOUND);
        o.site.staff(&o.operator, &code, Command::Resolve { text: "Đã dọn".into() }).await;
        assert_eq!(update("json", &key, &code, "u5", "Còn cành").await.status, StatusCode::CONFLICT);
        assert_eq!(update("json", &key, &code, "u1", "Còn cành").await.json(), more, "what was taken stays taken");
    })
    .await;
}

#[tokio::test]
async fn r12_hostile_updates_are_refused_with_a_reason_and_change_nothing() {
    each(async |site| {
        let o = Open::on(site).await;
        let key = o.key(true).await;
        let fields = tree(&key);
        let code = o.send("json", &fields, None).await.json()[0]["service_request_id"].as_str().unwrap().to_owned();
        let base = [("api_key", key.as_str()), ("service_request_id", code.as_str())];
        let (long, mark) = ("ằ".repeat(2_001), "m".repeat(61));
        let url = format!("https://a.example/{}", "x".repeat(500));
        for (status, more) in [
            (400, vec![]),
            (400, vec![("description", long.as_str())]),
            (400, vec![("description", "a"), ("update_id", mark.as_str())]),
            (400, vec![("description", "a"), ("updated_datetime", "hôm qua")]),
            (400, vec![("description", "a"), ("media_url", "file:///etc/passwd")]),
            (400, vec![("description", "a"), ("media_url", url.as_str())]),
            (400, vec![("description", "a"), ("description", "b")]),
            (404, vec![("description", "a"), ("jurisdiction_id", "ha-noi")]),
        ] {
            let answer = o.update("xml", &[&base[..], &more].concat()).await;
            assert_eq!(answer.status.as_u16(), status, "{more:?}: {}", answer.text());
            well_formed(&answer.text());
        }
        let form = "application/x-www-form-urlencoded";
        for (kind, body, status) in [
            (form, vec![b'a'; 70_000], 413),
            (form, b"description=%ff%fe".to_vec(), 400),
            ("text/xml", b"<a/>".to_vec(), 400),
        ] {
            let answer = o.post("servicerequestupdates", "json", kind, body, None).await;
            assert_eq!(answer.status.as_u16(), status, "{}", answer.text());
        }
        assert_eq!(rows::by_code(o.site.core.store.read(), &code).await.unwrap().unwrap().version, 1);
    })
    .await;
}

#[tokio::test]
async fn r12_what_becomes_of_a_named_picture_is_said_and_its_address_is_never_public() {
    each(async |site| {
        let o = Open::on(site).await;
        let key = o.key(true).await;
        let url = "https://anh.example.vn/rieng-tu.jpg";
        let fields = [&tree(&key)[..], &[("media_url", url)]].concat();
        let sent = o.send("json", &fields, None).await.json();
        let notice = sent[0]["service_notice"].as_str().unwrap();
        assert!(notice.contains("không được tải về; chỉ địa chỉ được giữ cho cán bộ"), "{notice}");
        let code = sent[0]["service_request_id"].as_str().unwrap();
        let update =
            [("api_key", key.as_str()), ("service_request_id", code), ("description", "Thêm"), ("media_url", url)];
        let said = o.update("json", &update).await.json();
        assert!(said[0]["service_notice"].as_str().unwrap().contains("địa chỉ không được giữ"), "{said}");
        // No host is allowed: nothing waits to be fetched.
        let jobs = async || {
            let count = store::Sql::new("SELECT count(*) FROM job WHERE kind = 'media'");
            count.scalar::<i64>(o.site.core.store.read()).await.unwrap()
        };
        assert_eq!(jobs().await, Some(0));
        o.site.staff(&o.operator, code, Command::Accept { note: String::new() }).await;
        for path in ["v2/requests.json?extensions=true", "v2/servicerequestupdates.json"] {
            assert!(!o.get(path).await.text().contains("anh.example.vn"));
        }
        let page = o.site.get(&anybody(), "/du-lieu-mo").await.page();
        assert!(page.contains("servicerequestupdates") && page.contains("media_url"), "both are documented");
    })
    .await;
}
