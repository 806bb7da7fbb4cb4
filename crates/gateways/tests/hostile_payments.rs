//! A payment gateway that lies, stalls, breaks off or pours out: nothing of it is believed, nobody waits long, and no money goes back twice
//! (P2, P6).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use base::{
    clock::{Clock, Entropy},
    keys::Secret,
};
use gateways::payments::{Asked, Config, Refunded, Unheard, Verdict, Vnpay, Word};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const NOW: i64 = 1_795_266_000_000;
const KEY: &str = "khong-ai-biet-khoa-nay-0123456789";
const SIGNED: [&str; 13] = [
    "vnp_ResponseId",
    "vnp_Command",
    "vnp_ResponseCode",
    "vnp_Message",
    "vnp_TmnCode",
    "vnp_TxnRef",
    "vnp_Amount",
    "vnp_BankCode",
    "vnp_PayDate",
    "vnp_TransactionNo",
    "vnp_TransactionType",
    "vnp_TransactionStatus",
    "vnp_OrderInfo",
];

fn hmac(text: &str) -> String {
    let mut mac = Hmac::<sha2::Sha512>::new_from_slice(KEY.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().iter().map(|b| format!("{b:02x}")).collect()
}

fn joined(fields: &Map<String, Value>, names: &[&str]) -> String {
    let text = |name: &&str| match fields.get(*name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(n)) => n.to_string(),
        _ => String::new(),
    };
    names.iter().map(text).collect::<Vec<_>>().join("|")
}

/// What the gateway says of the order when it was paid.
fn paid() -> Value {
    json!({
        "vnp_ResponseId": "5c1f2a", "vnp_Command": "querydr", "vnp_ResponseCode": "00", "vnp_Message": "QueryDR Success",
        "vnp_TmnCode": "CONGDS01", "vnp_TxnRef": "TT1", "vnp_Amount": "13500000", "vnp_BankCode": "NCB", "vnp_PayDate": "20261121200500",
        "vnp_TransactionNo": "14226112", "vnp_TransactionType": "01", "vnp_TransactionStatus": "00", "vnp_OrderInfo": "Phi ho so TT1",
    })
}

/// With other fields and a good signature.
fn with(mut answer: Value, change: &[(&str, Value)]) -> Value {
    let fields = answer.as_object_mut().unwrap();
    for (name, value) in change {
        fields.insert((*name).to_owned(), value.clone());
    }
    let mut names = SIGNED.to_vec();
    if fields["vnp_Command"] == "querydr" {
        names.extend(["vnp_PromotionCode", "vnp_PromotionAmount"]);
    }
    let hash = hmac(&joined(fields, &names));
    fields.insert("vnp_SecureHash".into(), hash.into());
    answer
}

fn refunded(status: &str) -> Value {
    let more = [
        ("vnp_Command", json!("refund")),
        ("vnp_TransactionType", json!("02")),
        ("vnp_TransactionStatus", json!(status)),
    ];
    with(paid(), &more)
}

fn http(status: &str, more: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{more}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}

fn ok(answer: &Value) -> Vec<u8> {
    http("200 OK", "", &answer.to_string())
}

/// A server that gives these answers, one after the other and the last for ever, and then a filler when one is given. Answers its address and
/// what it was sent.
async fn peer(answers: Vec<Vec<u8>>, then: Option<&'static [u8]>) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://localhost:{}/merchant_webapi/api/transaction", listener.local_addr().unwrap().port());
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let told = asked.clone();
    tokio::spawn(async move {
        let mut n = 0;
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answers[n.min(answers.len() - 1)].clone();
            n += 1;
            let told = told.clone();
            tokio::spawn(async move {
                let mut bytes = Vec::new();
                while !bytes.ends_with(b"}") {
                    let mut part = [0u8; 8192];
                    match stream.read(&mut part).await {
                        Ok(n) if n > 0 => bytes.extend_from_slice(&part[..n]),
                        _ => break,
                    }
                }
                told.lock().unwrap().push(String::from_utf8_lossy(&bytes).into_owned());
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

fn gateway(api: String) -> Vnpay {
    let config = Config {
        pay: "http://localhost:9/paymentv2/vpcpay.html".into(),
        api,
        terminal: "CONGDS01".into(),
        secret: Secret::new(KEY),
        local: true,
    };
    Vnpay::within(config, Clock::fixed(NOW), Entropy::seeded(1), Duration::from_millis(1500)).unwrap()
}

fn order() -> Asked {
    Asked { reference: "TT1".into(), amount: 135_000, transaction: "14226112".into(), created_at: NOW - 60_000 }
}

async fn told(answer: &Value) -> Result<Word, Unheard> {
    gateway(peer(vec![ok(answer)], None).await.0).ask(&order()).await
}

fn body(request: &str) -> Map<String, Value> {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

fn is_away<T>(said: &Result<T, Unheard>) -> bool {
    matches!(said, Err(Unheard::Away(_)))
}

#[tokio::test]
async fn p2_the_gateway_is_asked_signed_and_what_it_says_is_read() {
    let (url, asked) = peer(vec![ok(&with(paid(), &[]))], None).await;
    let word = gateway(url).ask(&order()).await.unwrap();
    let expected =
        Word { reference: "TT1".into(), amount: 135_000, verdict: Verdict::Paid, transaction: "14226112".into() };
    assert_eq!(word, expected);
    let request = asked.lock().unwrap()[0].clone();
    assert!(request.starts_with("POST /merchant_webapi/api/transaction HTTP/1.1\r\n"), "{request}");
    let sent = body(&request);
    let names = [
        "vnp_RequestId",
        "vnp_Version",
        "vnp_Command",
        "vnp_TmnCode",
        "vnp_TxnRef",
        "vnp_TransactionDate",
        "vnp_CreateDate",
        "vnp_IpAddr",
        "vnp_OrderInfo",
    ];
    assert_eq!(sent["vnp_SecureHash"], hmac(&joined(&sent, &names)));
    let fixed = joined(&sent, &names[1..]);
    assert_eq!(fixed, "2.1.0|querydr|CONGDS01|TT1|20261121195900|20261121200000|127.0.0.1|Hoi ket qua TT1");
    assert_eq!(sent["vnp_RequestId"].as_str().unwrap().len(), 32);
    assert_eq!(sent.len(), 10);
}

#[tokio::test]
async fn p2_every_state_of_an_order_is_told_apart() {
    for (kind, status, verdict) in [
        ("01", "00", Verdict::Paid),
        ("01", "01", Verdict::Waiting),
        ("01", "02", Verdict::Failed),
        ("01", "04", Verdict::Waiting),
        ("01", "07", Verdict::Waiting),
        ("02", "00", Verdict::Failed),
        ("02", "05", Verdict::Waiting),
        ("02", "06", Verdict::Waiting),
        ("02", "09", Verdict::Paid),
    ] {
        let answer = with(paid(), &[("vnp_TransactionType", kind.into()), ("vnp_TransactionStatus", status.into())]);
        assert_eq!(told(&answer).await.map(|w| w.verdict), Ok(verdict), "{kind} {status}");
    }
    // As the real one answers an order that it never saw: half of the fields are missing.
    let mut unknown = json!({
        "vnp_ResponseId": "c5", "vnp_Command": "querydr", "vnp_ResponseCode": "91", "vnp_Message": "Transaction_not_found",
        "vnp_TmnCode": "CONGDS01", "vnp_TxnRef": "TT1",
    });
    unknown = with(unknown, &[]);
    assert_eq!(told(&unknown).await, Err(Unheard::Unknown));
    // Amounts as numbers and a promotion are within the agreement.
    let more = [("vnp_Amount", json!(13_500_000)), ("vnp_PromotionCode", json!("TET")), ("vnp_Trace", json!("9"))];
    assert_eq!(told(&with(paid(), &more)).await.map(|w| w.amount), Ok(135_000));
    // Another amount is told as it is: whoever asked compares.
    assert_eq!(told(&with(paid(), &[("vnp_Amount", "100".into())])).await.map(|w| w.amount), Ok(1));
}

#[tokio::test]
async fn p2_what_is_not_signed_or_not_for_us_is_believed_in_no_part() {
    let mut forged = with(paid(), &[]);
    forged["vnp_TransactionStatus"] = "01".into();
    let mut changed = with(paid(), &[]);
    changed["vnp_PromotionAmount"] = "1".into();
    let mut unknown = with(paid(), &[("vnp_ResponseCode", "91".into())]);
    unknown["vnp_SecureHash"] = "".into();
    for (answer, why) in [
        (paid(), "no signature"),
        (forged, "a changed state"),
        (changed, "a changed promotion"),
        (unknown, "an unsigned refusal"),
        (with(paid(), &[("vnp_TmnCode", "CONGDS02".into())]), "another terminal"),
        (with(paid(), &[("vnp_TxnRef", "TT2".into())]), "another order"),
        (with(paid(), &[("vnp_Command", "pay".into())]), "another command"),
        (with(paid(), &[("vnp_ResponseCode", "97".into())]), "refused"),
        (with(paid(), &[("vnp_ResponseCode", "".into())]), "no code"),
        (with(paid(), &[("vnp_ResponseId", "".into())]), "no id"),
        (with(paid(), &[("vnp_Amount", "13500050".into())]), "half a đồng"),
        (with(paid(), &[("vnp_Amount", "-13500000".into())]), "less than nothing"),
        (with(paid(), &[("vnp_Amount", json!(1e30))]), "more than there is"),
        (with(paid(), &[("vnp_TransactionNo", "0".into())]), "paid without a number"),
        (with(paid(), &[("vnp_TransactionType", "77".into())]), "no kind"),
        (refunded("00"), "an answer to something else"),
    ] {
        assert!(is_away(&told(&answer).await), "{why}");
    }
}

#[tokio::test]
async fn p2_an_answer_that_comes_again_is_an_old_one() {
    let gateway = gateway(peer(vec![ok(&with(paid(), &[]))], None).await.0);
    assert!(gateway.ask(&order()).await.is_ok());
    assert_eq!(gateway.ask(&order()).await, Err(Unheard::Away("an old answer")));
}

#[tokio::test]
async fn p6_garbage_redirects_and_other_statuses_are_no_answer() {
    let good = with(paid(), &[]).to_string();
    for text in ["", "{", "[]", "null", "\"00\"", "<html>Đang bảo trì</html>", "{\"vnp_ResponseCode\":{}}"] {
        let gateway = gateway(peer(vec![http("200 OK", "", text)], None).await.0);
        assert!(is_away(&gateway.ask(&order()).await), "{text}");
    }
    let deep = "[".repeat(15_000);
    assert!(is_away(&gateway(peer(vec![http("200 OK", "", &deep)], None).await.0).ask(&order()).await));
    for status in ["201 Created", "206 Partial Content", "401 Unauthorized", "500 Oops", "503 Maintenance"] {
        assert!(is_away(&gateway(peer(vec![http(status, "", &good)], None).await.0).ask(&order()).await), "{status}");
    }
    let (target, asked) = peer(vec![http("200 OK", "", &good)], None).await;
    let moved = http("307 Temporary Redirect", &format!("Location: {target}\r\n"), "");
    assert_eq!(gateway(peer(vec![moved], None).await.0).ask(&order()).await, Err(Unheard::Away("status")));
    assert!(asked.lock().unwrap().is_empty(), "nobody carries an order to where an answer points");
}

#[tokio::test]
async fn p6_a_gateway_that_stalls_or_pours_out_holds_nobody_up() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"vnp_Message\":\"".to_vec();
    let started = Instant::now();
    let endless =
        peer(vec![head.clone()], Some(b"                                                                ")).await.0;
    assert_eq!(gateway(endless).ask(&order()).await, Err(Unheard::Away("length")));
    for silent in [head, Vec::new()] {
        assert_eq!(
            gateway(peer(vec![silent], Some(b"")).await.0).ask(&order()).await,
            Err(Unheard::Away("no answer in time"))
        );
    }
    let whole = ok(&with(paid(), &[]));
    let half = whole[..whole.len() - 20].to_vec();
    assert!(is_away(&gateway(peer(vec![half], None).await.0).ask(&order()).await));
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
}

#[tokio::test]
async fn p6_a_gateway_that_is_away_is_soon_asked_by_nobody() {
    let (url, asked) = peer(vec![http("503 Maintenance", "", "")], None).await;
    let gateway = gateway(url);
    for _ in 0..12 {
        assert!(is_away(&gateway.ask(&order()).await));
    }
    assert_eq!(asked.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn p2_money_back_is_asked_once_signed_and_named_by_the_order() {
    let (url, asked) =
        peer(vec![ok(&with(paid(), &[])), ok(&with(refunded("05"), &[("vnp_ResponseId", "r2".into())]))], None).await;
    assert_eq!(gateway(url).refund(&order()).await, Ok(Refunded::Pending));
    let asked = asked.lock().unwrap().clone();
    assert_eq!(asked.len(), 2);
    let sent = body(&asked[1]);
    let names = [
        "vnp_RequestId",
        "vnp_Version",
        "vnp_Command",
        "vnp_TmnCode",
        "vnp_TransactionType",
        "vnp_TxnRef",
        "vnp_Amount",
        "vnp_TransactionNo",
        "vnp_TransactionDate",
        "vnp_CreateBy",
        "vnp_CreateDate",
        "vnp_IpAddr",
        "vnp_OrderInfo",
    ];
    let text = joined(&sent, &names);
    assert_eq!(
        text,
        "HTTT1|2.1.0|refund|CONGDS01|02|TT1|13500000|14226112|20261121195900|congdanso|20261121200000|127.0.0.1|Hoan tien TT1"
    );
    assert_eq!(sent["vnp_SecureHash"], hmac(&text));
}

#[tokio::test]
async fn p2_money_that_went_back_already_is_not_asked_for_again() {
    for (status, state) in
        [("00", Refunded::Done), ("05", Refunded::Pending), ("06", Refunded::Pending), ("09", Refunded::Refused)]
    {
        let known = with(paid(), &[("vnp_TransactionType", "02".into()), ("vnp_TransactionStatus", status.into())]);
        let (url, asked) = peer(vec![ok(&known)], None).await;
        assert_eq!(gateway(url).refund(&order()).await, Ok(state), "{status}");
        let asked = asked.lock().unwrap().clone();
        assert!(asked.len() == 1 && body(&asked[0])["vnp_Command"] == "querydr", "no second request");
    }
    // It says that it has such a request: what became of it is asked.
    let id = |id: &str, answer: Value| ok(&with(answer, &[("vnp_ResponseId", id.into())]));
    let busy = || id("b", with(refunded("05"), &[("vnp_ResponseCode", "94".into())]));
    let done = with(paid(), &[("vnp_TransactionType", "02".into())]);
    let url = peer(vec![id("a", paid()), busy(), id("c", done)], None).await.0;
    assert_eq!(gateway(url).refund(&order()).await, Ok(Refunded::Done));
    let url = peer(vec![id("a", paid()), busy(), id("c", paid())], None).await.0;
    assert_eq!(gateway(url).refund(&order()).await, Ok(Refunded::Pending));
}

#[tokio::test]
async fn p2_a_refund_that_is_not_plain_is_no_refund() {
    let second = |answer: Value| async move {
        let answer = with(answer, &[("vnp_ResponseId", "r2".into())]);
        gateway(peer(vec![ok(&with(paid(), &[])), ok(&answer)], None).await.0).refund(&order()).await
    };
    assert_eq!(second(refunded("00")).await, Ok(Refunded::Done));
    assert_eq!(second(with(refunded("05"), &[("vnp_ResponseCode", "95".into())])).await, Ok(Refunded::Refused));
    assert_eq!(second(with(refunded("05"), &[("vnp_ResponseCode", "91".into())])).await, Err(Unheard::Unknown));
    assert!(is_away(&second(with(refunded("05"), &[("vnp_ResponseCode", "99".into())])).await));
    assert!(is_away(&second(with(refunded("00"), &[("vnp_Amount", "100".into())])).await), "another amount");
    assert!(is_away(&second(with(refunded("00"), &[("vnp_TxnRef", "TT2".into())])).await), "another order");
    assert!(is_away(&second(paid()).await), "an answer to something else");
    // Nothing is sent back while nobody knows what became of the first try.
    let (url, asked) = peer(vec![http("500 Oops", "", "")], None).await;
    assert!(is_away(&gateway(url).refund(&order()).await));
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn p2_errors_name_neither_order_nor_secret() {
    for error in [Unheard::Away("signature"), Unheard::Unknown] {
        assert!(!error.to_string().contains("TT1") && !error.to_string().contains(KEY));
    }
}
