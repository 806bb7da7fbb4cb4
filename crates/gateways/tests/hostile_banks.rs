//! A bank that lies, stalls, breaks off or pours out: each is a clean «no answer», and nothing is believed in part (N13).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use gateways::banks::{Account, Bank, Config, Unanswered};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

fn one(id: &str) -> Value {
    json!({ "id": id, "number": "0123456789", "holder": "NGUYEN THI VI DU", "product": "Thanh toán", "currency": "VND", "state": "active" })
}

fn accounts(all: &[Value]) -> String {
    json!({ "accounts": all }).to_string()
}

fn http(status: &str, more: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\n\r\n{body}", body.len())
        .into_bytes()
}

/// A server that answers everything with these bytes, and then with a filler for ever when one is given. Answers its address and what it
/// was sent.
async fn peer(answer: Vec<u8>, then: Option<&'static [u8]>) -> (String, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://localhost:{}/accounts", listener.local_addr().unwrap().port());
    let (told, asked) = tokio::sync::mpsc::channel(100);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (answer, told) = (answer.clone(), told.clone());
            tokio::spawn(async move {
                let mut bytes = [0u8; 8192];
                let n = stream.read(&mut bytes).await.unwrap_or(0);
                let _ = told.try_send(String::from_utf8_lossy(&bytes[..n]).into_owned());
                let _ = stream.write_all(&answer).await;
                match then {
                    Some(b"") => std::future::pending::<()>().await,
                    Some(filler) => while stream.write_all(filler).await.is_ok() {},
                    None => {}
                }
            });
        }
    });
    (address, asked)
}

async fn ask_at(url: String) -> Result<Vec<Account>, Unanswered> {
    let bank = Bank::within(Config { url, local: true }, Duration::from_millis(1500)).unwrap();
    bank.accounts("token-cua-nguoi-dung").await
}

async fn told(body: &str) -> Result<Vec<Account>, Unanswered> {
    ask_at(peer(http("200 OK", "", body), None).await.0).await
}

#[tokio::test]
async fn n13_the_accounts_are_read_and_their_numbers_masked() {
    let mut closed = one("b");
    closed["state"] = "closed".into();
    let (url, mut asked) = peer(http("200 OK", "", &accounts(&[one("a"), closed])), None).await;
    let found = ask_at(url).await.unwrap();
    assert_eq!((found[0].masked.as_str(), found[0].is_active, found[1].is_active), ("**** 6789", true, false));
    let request = asked.recv().await.unwrap();
    let first = request.lines().next().unwrap();
    assert_eq!(first, "GET /accounts HTTP/1.1", "nothing of a person in an address");
    assert!(request.to_lowercase().contains("authorization: bearer token-cua-nguoi-dung"), "{request}");
    assert_eq!(told(&accounts(&[])).await, Ok(vec![]));
}

#[tokio::test]
async fn n13_what_is_no_answer_is_believed_in_no_part() {
    let with = |name: &str, value: Value| {
        let mut changed = one("a");
        changed[name] = value;
        accounts(&[one("b"), changed])
    };
    for body in [
        String::new(),
        "{".into(),
        "[]".into(),
        "null".into(),
        "\"accounts\"".into(),
        "{\"accounts\":{}}".into(),
        "<html>Đang bảo trì</html>".into(),
        accounts(&[one("a"), Value::Null]),
        accounts(&[one("a"), one("b"), one("a")]),
        with("id", "".into()),
        with("id", 7.into()),
        with("id", "a b".into()),
        with("id", "x".repeat(129).into()),
        with("number", "12".into()),
        with("number", "không có".into()),
        with("holder", Value::Null),
        with("holder", "N".repeat(5_000).into()),
        with("holder", "<b>NGUYEN</b>".into()),
        with("currency", "đồng".into()),
        with("state", "hoạt động".into()),
        "[".repeat(60_000),
    ] {
        assert_eq!(told(&body).await, Err(Unanswered::Answer), "{}", body.chars().take(200).collect::<String>());
    }
}

#[tokio::test]
async fn n13_eleven_thousand_accounts_are_nobodys() {
    let many = |n: usize| accounts(&(0..n).map(|n| one(&n.to_string())).collect::<Vec<_>>());
    assert_eq!(told(&many(20)).await.map(|all| all.len()), Ok(20));
    for n in [21, 300, 11_000] {
        assert_eq!(told(&many(n)).await, Err(Unanswered::Answer), "{n}");
    }
}

#[tokio::test]
async fn n13_a_bank_that_stalls_pours_out_or_breaks_off_holds_nobody_up() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"accounts\":[".to_vec();
    let started = Instant::now();
    let (endless, _a) =
        peer(head.clone(), Some(b"                                                                ")).await;
    assert_eq!(ask_at(endless).await, Err(Unanswered::Answer), "no more is read than a page of it");
    let (stalled, _b) = peer(head, Some(b"")).await;
    assert_eq!(ask_at(stalled).await, Err(Unanswered::Away));
    let (silent, _c) = peer(Vec::new(), Some(b"")).await;
    assert_eq!(ask_at(silent).await, Err(Unanswered::Away));
    let whole = http("200 OK", "", &accounts(&[one("a")]));
    let (half, _d) = peer(whole[..whole.len() - 20].to_vec(), None).await;
    assert_eq!(ask_at(half).await, Err(Unanswered::Away));
    let (nonsense, _e) = peer(b"220 smtp.example.vn ready\r\n".to_vec(), None).await;
    assert_eq!(ask_at(nonsense).await, Err(Unanswered::Away));
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert_eq!(ask_at(format!("http://localhost:{gone}/accounts")).await, Err(Unanswered::Away));
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
}

#[tokio::test]
async fn n13_other_statuses_and_redirects_are_told_apart() {
    let good = accounts(&[one("a")]);
    for (status, why) in [
        ("401 Unauthorized", Unanswered::Ended),
        ("403 Forbidden", Unanswered::Status(403)),
        ("404 Not Found", Unanswered::Status(404)),
        ("500 Oops", Unanswered::Status(500)),
        ("503 Maintenance", Unanswered::Status(503)),
        ("206 Partial Content", Unanswered::Status(206)),
    ] {
        let (url, _asked) = peer(http(status, "", &good), None).await;
        assert_eq!(ask_at(url).await, Err(why), "{status}");
    }
    // Nobody carries the token on to where an answer points.
    let (target, mut asked) = peer(http("200 OK", "", &good), None).await;
    let (url, _asked) = peer(http("302 Found", &format!("Location: {target}\r\n"), ""), None).await;
    assert_eq!(ask_at(url).await, Err(Unanswered::Status(302)));
    assert!(asked.try_recv().is_err());
}

#[tokio::test]
async fn n13_errors_name_neither_token_nor_person() {
    for error in [Unanswered::Answer, Unanswered::Ended, Unanswered::Away, Unanswered::Sandbox] {
        assert!(!error.to_string().contains("token-cua") && !error.to_string().contains("NGUYEN"));
    }
    let found = told(&accounts(&[one("a")])).await;
    assert!(!format!("{found:?}").contains("NGUYEN") && !format!("{found:?}").contains("6789"));
}
