use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use base::clock::Clock;
use http_body_util::BodyExt;
use tower::ServiceExt;

use crate::smsc::{Smsc, SmscOptions};

fn smsc() -> Smsc {
    let smsc = Smsc::new(SmscOptions::default(), Clock::fixed(1_795_000_000_000));
    for (to, text) in
        [("+84914402045", "Mã <b>123456</b>"), ("+84905111222", "Xin chào"), ("+84914402045", "Dòng 1\nDòng 2")]
    {
        smsc.receive(to, "QUANGTRI", text);
    }
    smsc
}

async fn get(uri: &str, accept: Option<&str>) -> (StatusCode, String, Response<()>) {
    let mut request = Request::get(uri);
    if let Some(accept) = accept {
        request = request.header(header::ACCEPT, accept);
    }
    let response = super::router(smsc()).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    (parts.status, body, Response::from_parts(parts, ()))
}

const BROWSER: Option<&str> = Some("text/html,application/xhtml+xml,*/*;q=0.8");

#[tokio::test]
async fn s9_a_phones_messages_are_json_newest_first_with_exactly_four_keys() {
    for (uri, accept) in [
        ("/sms?to=+84914402045", None),
        ("/sms?to=%2B84914402045", Some("*/*")),
        ("/sms?to=0914402045", Some("application/json")),
        ("/sms?to=0914.402.045&format=json", BROWSER),
    ] {
        let (status, body, _) = get(uri, accept).await;
        assert_eq!(status, StatusCode::OK);
        let expected = serde_json::json!([
            { "to": "+84914402045", "from": "QUANGTRI", "text": "Dòng 1\nDòng 2", "at": "2026-11-18T11:06:40Z" },
            { "to": "+84914402045", "from": "QUANGTRI", "text": "Mã <b>123456</b>", "at": "2026-11-18T11:06:40Z" },
        ]);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&body).unwrap(), expected, "{uri}");
    }
    let (_, all, _) = get("/sms", None).await;
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&all).unwrap().len(), 3);
}

#[tokio::test]
async fn what_is_no_number_is_told_so() {
    assert_eq!(get("/sms?to=12", None).await.0, StatusCode::BAD_REQUEST);
    let (status, page, _) = get("/sms?to=%22%3E%3Cscript%3E", BROWSER).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(page.contains("không phải số di động Việt Nam") && !page.contains("<script>"));
}

#[tokio::test]
async fn a_browser_gets_phones_and_a_conversation_with_texts_escaped() {
    let (_, phones, _) = get("/sms", BROWSER).await;
    assert!(
        phones.contains("0914 402 045") && phones.contains("2 tin nhắn") && phones.contains("/sms?to=%2B84905111222")
    );
    let (_, talk, _) = get("/sms?to=%2B84914402045", BROWSER).await;
    assert!(talk.contains("&#60;b&#62;123456") && !talk.contains("<b>123456"));
    assert!(talk.find("Dòng 2") < talk.find("123456"), "newest first");
    assert!(talk.contains("18:06:40, 18/11/2026") && talk.contains("Tải lại"));
}

#[tokio::test]
async fn every_page_says_that_this_is_a_test_and_runs_no_code() {
    for uri in ["/", "/sms", "/sms?to=0914402045", "/operator", "/nowhere"] {
        let (_, page, response) = get(uri, BROWSER).await;
        assert!(page.contains("Môi trường thử nghiệm"), "{uri}");
        for forbidden in ["<script", "<style", "style=", "http-equiv", "onclick"] {
            assert!(!page.contains(forbidden), "{uri} has {forbidden}");
        }
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"));
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
    let (status, css, response) = get("/sandbox.css", None).await;
    assert_eq!(
        (status, response.headers()[header::CONTENT_TYPE].to_str().unwrap()),
        (StatusCode::OK, "text/css; charset=utf-8")
    );
    assert!(css.contains("#0A4F8F"));
}

async fn post(smsc: &Smsc, form: &'static str, site: Option<&str>) -> StatusCode {
    let mut request = Request::post("/operator").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(site) = site {
        request = request.header("sec-fetch-site", site);
    }
    super::router(smsc.clone()).oneshot(request.body(Body::from(form)).unwrap()).await.unwrap().status()
}

#[tokio::test]
async fn faults_are_switched_on_a_page_but_not_from_another_site() {
    let smsc = smsc();
    assert_eq!(post(&smsc, "action=throttle&every=3", Some("same-origin")).await, StatusCode::SEE_OTHER);
    assert_eq!(post(&smsc, "action=delay&seconds=9999", None).await, StatusCode::SEE_OTHER);
    assert_eq!((smsc.faults().throttle_every, smsc.faults().delay_answers.as_secs()), (3, 60));
    assert_eq!(post(&smsc, "action=go_away&seconds=60", Some("cross-site")).await, StatusCode::FORBIDDEN);
    assert!(!smsc.status().away);
    post(&smsc, "action=go_away&seconds=60", None).await;
    assert!(smsc.status().away);
    post(&smsc, "action=normal", None).await;
    assert!(!smsc.status().away && smsc.faults().throttle_every == 0);
}
