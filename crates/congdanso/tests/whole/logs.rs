//! Logs hold no personal data (X10): a whole run with real flows, refusals and faults, then a search through everything said.

use crate::{
    harness::{Install, PATIENCE, Server, eventually, operator},
    load::report,
    people::{self, PASSWORD, texts_for},
};
use serde_json::{Value, json};

/// The phone of somebody without an account.
const GUEST: &str = "0914000333";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x10_logs_hold_no_name_number_code_password_or_token() {
    let (smsc, port) = operator().await;
    let install = Install::sqlite().with_sms(port);
    let person = people::registered(&install, 7).await;
    let officer = people::dispatcher(&install).await;
    let core = install.core().await;
    let code = texts_for(&core, &person.phone).await.remove(0);
    // With everything that can be said switched on.
    let server = Server::start(&install, &[("CONGDANSO_LOG", "debug")]).await;
    eventually("the code is delivered", PATIENCE, async || !smsc.messages(None).is_empty()).await;

    let phone = format!("0{}", person.phone.trim_start_matches("+84"));
    let sign_in = async |login: &str, password: &str| {
        let body = json!({ "login": login, "password": password });
        server.http.post(server.url("/api/v1/sessions")).json(&body).send().await.unwrap()
    };
    assert_eq!(sign_in(&phone, "mat-khau-sai-9").await.status(), 401);
    assert_eq!(sign_in("0999888777", "mat-khau-sai-9").await.status(), 401);
    let opened = sign_in(&phone, PASSWORD).await;
    assert_eq!(opened.status(), 201);
    let token = opened.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();

    let mut mine = report(1);
    mine["content"] = "Nhà bà Thử Nghiệm ở ngõ 12 bị ngập, gọi 0912000007".into();
    mine["address"] = "Ngõ 12 Trần Hưng Đạo".into();
    let sent = server.http.post(server.url("/api/v1/reports")).bearer_auth(&token).json(&mine).send().await.unwrap();
    assert_eq!(sent.status(), 201);
    let report_code = sent.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned();
    let acts = server.url(&format!("/api/v1/staff/reports/{report_code}/acts"));
    let act = json!({ "act": "accept", "version": 1 });
    assert_eq!(server.http.post(&acts).bearer_auth(&officer.token).json(&act).send().await.unwrap().status(), 200);
    assert_eq!(server.http.post(&acts).bearer_auth(&officer.token).json(&act).send().await.unwrap().status(), 409);

    // A guest proves a phone and asks for somebody's report (R3).
    let tracked = format!("ma={report_code}&phone={GUEST}");
    for (path, form) in [("/phan-anh/khach", format!("phone={GUEST}&agreed=1")), ("/theo-doi", tracked)] {
        let posted = server.http.post(server.url(path)).header("sec-fetch-site", "same-origin");
        let answer =
            posted.header("content-type", "application/x-www-form-urlencoded").body(form).send().await.unwrap();
        assert!(answer.status().is_success() || answer.status().is_redirection(), "{path}: {}", answer.status());
        assert!(!answer.url().as_str().contains(&GUEST[1..]), "no phone in an address");
    }

    // Addresses with personal data in them, wrong bodies, and a database that refuses.
    server.get(&format!("/khong-co/{phone}?q=Thử+Nghiệm")).await;
    server.get(&format!("/api/v1/reports/{phone}")).await;
    let wrong = format!("{{\"login\": \"{phone}\", \"password\": \"{PASSWORD}\", \"x\": 1}}");
    server.http.post(server.url("/api/v1/sessions")).body(wrong).send().await.unwrap();
    {
        use store::ConnectionTrait;
        let store = install.store().await;
        let break_it = "ALTER TABLE idempotency RENAME TO idempotency_gone";
        store.write(async move |tx: store::Tx| tx.execute_unprepared(break_it).await).await.unwrap();
    }
    let keyed =
        server.http.post(server.url("/api/v1/reports")).bearer_auth(&token).header("idempotency-key", "0912000007");
    assert_eq!(keyed.json(&mine).send().await.unwrap().status(), 500);

    let log = server.stop().await;
    assert!(log.contains("request failed"), "errors are logged: {log}");
    let digits = people::code_of(&code);
    for secret in [
        person.phone.trim_start_matches('+'),
        &phone,
        "912000007",
        "0999888777",
        &GUEST[1..],
        &person.name,
        "Thử Nghiệm",
        "Trần Hưng Đạo",
        "Ngõ 12",
        PASSWORD,
        "mat-khau",
        &digits,
        &person.token,
        &officer.token,
        &token,
        &officer.name,
    ] {
        assert!(secret.len() >= 6, "too short to look for");
        let found = log.lines().find(|line| line.contains(secret));
        assert!(found.is_none(), "{secret} is in the log: {}", found.unwrap_or_default());
    }
}
