//! The payment gateway to try (P2, P6): it says what it is, takes signed orders alone and each once, tells until it is heard, and gives money
//! back once. Orders and questions come from the client that a real gateway would be asked by.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{RawQuery, State as Given},
    http::{Request, StatusCode, header},
    routing::get,
};
use base::{
    clock::{Clock, Entropy, MINUTE, Millis},
    keys::Secret,
};
use gateways::payments::{Asked, Config, Order, Refunded, Reply, Unheard, Unread, Verdict, Vnpay};
use sandbox::till::{API, Fault, Merchant, PAY, RefundState, State, Till, TillOptions};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;
use tower::ServiceExt;

const NOW: Millis = 1_795_266_000_000;
const HOME: &str = "http://localhost:8082";
const KEY: &str = "khoa-cua-don-vi-thu-0123456789";

/// The merchant's server: what it heard, and how it answers.
#[derive(Clone, Default)]
struct Ears {
    heard: Arc<Mutex<Vec<String>>>,
    answers: Arc<Mutex<Vec<Reply>>>,
}

struct World {
    till: Till,
    client: Vnpay,
    clock: Clock,
    ears: Ears,
}

impl World {
    async fn new() -> Self {
        let (clock, ears) = (Clock::fixed(NOW), Ears::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let notices = format!("http://127.0.0.1:{}/ipn", listener.local_addr().unwrap().port());
        let merchant = Merchant {
            terminal: "SANDBOX1".into(),
            secret: Secret::new(KEY),
            name: "Cổng thử nghiệm".into(),
            home: HOME.into(),
            notices,
        };
        let mut options = TillOptions::new(merchant);
        options.pauses = vec![Duration::from_millis(10); 9];
        (options.clock, options.entropy) = (clock.clone(), Entropy::seeded(3));
        let till = Till::start(options).unwrap();
        let gate = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = format!("http://localhost:{}", gate.local_addr().unwrap().port());
        let client = client(&at, "SANDBOX1", KEY, &clock);
        let hears = Router::new().route("/ipn", get(hear)).with_state((ears.clone(), client.clone()));
        tokio::spawn(async move { axum::serve(listener, hears).await });
        let router = till.router();
        tokio::spawn(async move { axum::serve(gate, router).await });
        Self { till, client, clock, ears }
    }

    /// As a browser asks; without following.
    async fn send(&self, request: Request<Body>) -> (StatusCode, String, String) {
        let answer = self.till.router().oneshot(request).await.unwrap();
        let to = answer.headers().get(header::LOCATION).map(|v| v.to_str().unwrap().to_owned()).unwrap_or_default();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        if answer_is_page(status) {
            assert!(text.contains("thử nghiệm") || text.contains("Test environment"), "each page says what it is");
        }
        (status, to, text)
    }

    async fn page(&self, path: &str) -> (StatusCode, String, String) {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn arrives(&self, address: &str) -> (StatusCode, String, String) {
        let query = address.split_once('?').unwrap().1;
        self.page(&format!("{PAY}?{query}")).await
    }

    async fn press(&self, page: &str, answer: &str) -> (StatusCode, String, String) {
        let request = Request::post(page).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(format!("answer={answer}"))).unwrap()).await
    }

    /// An order is brought and something pressed; answers where the browser goes back to.
    async fn pays(&self, order: &Order, answer: &str) -> String {
        let (status, page, _) = self.arrives(&self.client.start(order).unwrap()).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let (status, back, _) = self.press(&page, answer).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        back
    }

    async fn heard(&self, n: usize) -> Vec<String> {
        for _ in 0..400 {
            if self.ears.heard.lock().unwrap().len() >= n {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.ears.heard.lock().unwrap().clone()
    }

    fn answers(&self, answers: &[Reply]) {
        *self.ears.answers.lock().unwrap() = answers.to_vec();
    }
}

fn answer_is_page(status: StatusCode) -> bool {
    !status.is_redirection() && status != StatusCode::FORBIDDEN
}

/// In the order in which the answers were laid down; the last of them for ever.
async fn hear(Given((ears, client)): Given<(Ears, Vnpay)>, RawQuery(query): RawQuery) -> String {
    ears.heard.lock().unwrap().push(query.unwrap_or_default());
    let mut answers = ears.answers.lock().unwrap();
    let answer = match answers.len() {
        0 => Reply::Confirmed,
        1 => answers[0],
        _ => answers.remove(0),
    };
    client.reply(answer)
}

fn client(at: &str, terminal: &str, key: &str, clock: &Clock) -> Vnpay {
    let config = Config {
        pay: format!("{at}{PAY}"),
        api: format!("{at}{API}"),
        terminal: terminal.into(),
        secret: Secret::new(key),
        local: true,
    };
    Vnpay::new(config, clock.clone(), Entropy::system()).unwrap()
}

fn order(reference: &str) -> Order {
    Order {
        reference: reference.into(),
        amount: 135_000,
        purpose: format!("Phi ho so {reference}"),
        is_vietnamese: true,
        return_to: format!("{HOME}/thanh-toan/tro-ve"),
        from: "203.0.113.9".parse().unwrap(),
        created_at: NOW,
        expires_at: NOW + 15 * MINUTE,
    }
}

fn asked(reference: &str) -> Asked {
    Asked { reference: reference.into(), amount: 135_000, transaction: String::new(), created_at: NOW }
}

fn query(back: &str) -> &str {
    back.strip_prefix(&format!("{HOME}/thanh-toan/tro-ve?")).unwrap()
}

#[tokio::test]
async fn p2_an_order_is_paid_and_browser_server_and_question_hear_the_same() {
    let w = World::new().await;
    let (status, page, _) = w.arrives(&w.client.start(&order("A1")).unwrap()).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    let (_, _, text) = w.page(&page).await;
    for part in
        ["135.000 đồng", "Phi ho so A1", "Cổng thử nghiệm", "Thanh toán", "Từ chối", "Hủy", "không có tiền thật"]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("<script"), "{text}");
    assert_eq!(w.client.ask(&asked("A1")).await.map(|word| word.verdict), Ok(Verdict::Waiting));
    // The same browser comes again with the same order: it is the same page.
    assert_eq!(w.arrives(&w.client.start(&order("A1")).unwrap()).await.1, page);
    let (_, back, _) = w.press(&page, "pay").await;
    let word = w.client.read(query(&back)).unwrap();
    assert_eq!((word.reference.as_str(), word.amount, word.verdict), ("A1", 135_000, Verdict::Paid));
    let heard = w.heard(1).await;
    assert_eq!(w.client.read(&heard[0]), Ok(word.clone()));
    assert_eq!(w.client.ask(&asked("A1")).await, Ok(word));
    // A second press changes nothing and leads back with the same words.
    assert_eq!(w.press(&page, "cancel").await.1, back);
    assert_eq!(w.heard(1).await.len(), 1);
    assert_eq!(w.client.ask(&asked("A2")).await, Err(Unheard::Unknown));
    let other_day = Asked { created_at: NOW - 86_400_000, ..asked("A1") };
    assert_eq!(w.client.ask(&other_day).await, Err(Unheard::Unknown), "an order is asked for by its time, too");
    // What is over reads so, in English too.
    let (_, _, text) = w.page(&page).await;
    assert!(text.contains("Đã thanh toán (thử)") && text.contains("<strong lang=\"vi\">00</strong>"), "{text}");
    let (_, page, _) = w.arrives(&w.client.start(&Order { is_vietnamese: false, ..order("A3") }).unwrap()).await;
    let (_, _, text) = w.page(&page).await;
    assert!(text.contains("<html lang=\"en\">") && text.contains("VND 135,000") && text.contains("Test environment"));
}

#[tokio::test]
async fn p2_who_declines_cancels_or_waits_too_long_has_not_paid() {
    let w = World::new().await;
    for (reference, answer) in [("B1", "decline"), ("B2", "cancel")] {
        let back = w.pays(&order(reference), answer).await;
        let word = w.client.read(query(&back)).unwrap();
        assert_eq!((word.verdict, word.transaction.as_str()), (Verdict::Failed, ""), "{answer}");
        assert_eq!(w.client.ask(&asked(reference)).await.map(|w| w.verdict), Ok(Verdict::Failed));
    }
    assert_eq!(w.heard(2).await.len(), 2, "the server hears of failures, too");
    let (_, page, _) = w.arrives(&w.client.start(&order("B3")).unwrap()).await;
    w.clock.advance(15 * MINUTE);
    let (_, back, _) = w.press(&page, "pay").await;
    assert_eq!(w.client.read(query(&back)).map(|w| w.verdict), Ok(Verdict::Failed));
    assert_eq!(w.client.ask(&asked("B3")).await.map(|w| w.verdict), Ok(Verdict::Failed));
    let states: Vec<State> = w.till.orders().iter().map(|o| o.state).collect();
    assert_eq!(states, [State::Expired, State::Cancelled, State::Declined]);
}

#[tokio::test]
async fn p2_unsigned_foreign_old_used_and_odd_orders_are_refused_with_a_page() {
    let w = World::new().await;
    let good = w.client.start(&order("C1")).unwrap();
    let stranger = client("http://localhost:9", "SANDBOX1", "khoa-cua-nguoi-khac-0123456789", &w.clock);
    let elsewhere = client("http://localhost:9", "SANDBOX2", KEY, &w.clock);
    let start = |change: fn(&mut Order)| {
        let mut order = order("C1");
        change(&mut order);
        w.client.start(&order).unwrap()
    };
    for (address, status, says) in [
        (good.replace("13500000", "100000"), StatusCode::BAD_REQUEST, "không có chữ ký đúng"),
        (format!("{good}&vnp_Amount=13500000"), StatusCode::BAD_REQUEST, "không có chữ ký đúng"),
        (format!("{good}&vnp_SecureHashType=SHA512"), StatusCode::BAD_REQUEST, "không có chữ ký đúng"),
        (format!("{PAY}?"), StatusCode::BAD_REQUEST, "không có chữ ký đúng"),
        (stranger.start(&order("C1")).unwrap(), StatusCode::BAD_REQUEST, "không có chữ ký đúng"),
        (elsewhere.start(&order("C1")).unwrap(), StatusCode::BAD_REQUEST, "thiếu hoặc sai"),
        (
            start(|o| o.return_to = "http://localhost:8082.evil.example/a".into()),
            StatusCode::BAD_REQUEST,
            "thiếu hoặc sai",
        ),
        (start(|o| o.return_to = "https://evil.example/a".into()), StatusCode::BAD_REQUEST, "thiếu hoặc sai"),
        (start(|o| o.amount = 999), StatusCode::BAD_REQUEST, "ngoài giới hạn"),
        (start(|o| o.amount = 1_000_000_001), StatusCode::BAD_REQUEST, "ngoài giới hạn"),
        (start(|o| (o.created_at, o.expires_at) = (NOW - 20 * MINUTE, NOW)), StatusCode::BAD_REQUEST, "hết thời gian"),
    ] {
        let (got, _, text) = w.arrives(&address).await;
        assert!(got == status && text.contains(says), "{says}: {text}");
        assert!(text.contains("Chưa có khoản nào được trả"), "what to do: {text}");
    }
    assert!(w.till.orders().is_empty());
    let english = w.client.start(&Order { is_vietnamese: false, amount: 1, ..order("C1") }).unwrap();
    assert!(w.arrives(&english).await.2.contains("The amount cannot be paid here"));
    // Another order under a name that stands, and the same one once it is over.
    w.arrives(&good).await;
    assert_eq!(w.arrives(&start(|o| o.amount = 200_000)).await.0, StatusCode::CONFLICT);
    w.pays(&order("C1"), "cancel").await;
    let (status, _, text) = w.arrives(&good).await;
    assert!(status == StatusCode::CONFLICT && text.contains("đừng trả lại"), "{text}");
    assert_eq!(w.till.orders().len(), 1);
    for path in ["/giao-dich/0", "/khong-co"] {
        assert_eq!(w.page(path).await.0, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn p2_the_server_is_told_until_it_confirms_and_ten_times_at_most() {
    let w = World::new().await;
    w.answers(&[Reply::UnknownOrder, Reply::Trouble, Reply::AlreadyConfirmed]);
    w.pays(&order("D1"), "pay").await;
    assert_eq!(w.heard(3).await.len(), 3);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(w.till.orders()[0].notices, ["01", "99", "02"]);
    w.answers(&[Reply::OtherAmount]);
    w.pays(&order("D2"), "pay").await;
    w.heard(13).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(w.till.orders()[0].notices, ["04"; 10]);
}

#[tokio::test]
async fn p6_what_goes_wrong_can_be_chosen() {
    let w = World::new().await;
    w.till.set_fault(Fault::NoticesLost);
    w.pays(&order("E1"), "pay").await;
    while w.till.orders()[0].notices.len() < 10 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(w.heard(0).await.is_empty());
    assert_eq!(w.client.ask(&asked("E1")).await.map(|w| w.verdict), Ok(Verdict::Paid), "who asks hears it");
    w.till.set_fault(Fault::NoticesTwice);
    w.pays(&order("E2"), "pay").await;
    assert_eq!(w.heard(2).await.len(), 2);
    w.till.set_fault(Fault::NoticesForged);
    w.answers(&[Reply::Forged]);
    w.pays(&order("E3"), "pay").await;
    let heard = w.heard(3).await;
    assert_eq!(w.client.read(&heard[2]), Err(Unread::Forged));
    w.till.set_fault(Fault::OtherAmount);
    w.answers(&[]);
    let back = w.pays(&order("E4"), "pay").await;
    assert_eq!(w.client.read(query(&back)).map(|w| (w.amount, w.verdict)), Ok((67_500, Verdict::Paid)));
    assert_eq!(w.client.ask(&asked("E4")).await.map(|w| w.amount), Ok(67_500));

    w.till.set_fault(Fault::Down);
    assert!(matches!(w.client.ask(&asked("E4")).await, Err(Unheard::Away(_))));
    let (status, _, text) = w.arrives(&w.client.start(&order("E5")).unwrap()).await;
    assert!(status == StatusCode::SERVICE_UNAVAILABLE && text.contains("Cổng đang tạm ngừng"), "{text}");
    assert_eq!(w.page("/loi").await.0, StatusCode::OK, "else nobody could mend it");
    let choose = |fault: &str, site: &str| {
        let request = Request::post("/loi").header("content-type", "application/x-www-form-urlencoded");
        request.header("sec-fetch-site", site).body(Body::from(format!("fault={fault}&seconds=7"))).unwrap()
    };
    assert_eq!(w.send(choose("none", "cross-site")).await.0, StatusCode::FORBIDDEN);
    assert_eq!(w.till.fault(), Fault::Down);
    for (word, fault) in [
        ("lost", Fault::NoticesLost),
        ("late", Fault::NoticesLate(Duration::from_secs(7))),
        ("twice", Fault::NoticesTwice),
        ("forged", Fault::NoticesForged),
        ("amount", Fault::OtherAmount),
        ("held", Fault::RefundsHeld),
        ("refused", Fault::RefundsRefused),
        ("slow", Fault::Slow(Duration::from_secs(7))),
        ("down", Fault::Down),
        ("none", Fault::None),
    ] {
        assert_eq!(w.send(choose(word, "same-origin")).await.0, StatusCode::SEE_OTHER);
        assert_eq!(w.till.fault(), fault);
        let (_, _, text) = w.page("/loi").await;
        assert!(text.contains(&format!("value=\"{word}\" checked")), "{word}: {text}");
    }
    // Nobody else's page presses a button of an order.
    let (_, page, _) = w.arrives(&w.client.start(&order("E6")).unwrap()).await;
    let request = Request::post(&page).header("sec-fetch-site", "cross-site");
    let request = request.header("content-type", "application/x-www-form-urlencoded").body(Body::from("answer=pay"));
    assert_eq!(w.send(request.unwrap()).await.0, StatusCode::FORBIDDEN);
    assert_eq!(w.till.orders()[0].state, State::Open);
}

#[tokio::test]
async fn p2_money_goes_back_once_and_only_what_was_paid() {
    let w = World::new().await;
    let paid = async |reference: &str| {
        let back = w.pays(&order(reference), "pay").await;
        Asked { transaction: w.client.read(query(&back)).unwrap().transaction, ..asked(reference) }
    };
    let first = paid("F1").await;
    assert_eq!(w.client.refund(&first).await, Ok(Refunded::Done));
    assert_eq!(w.client.refund(&first).await, Ok(Refunded::Done), "asked again it says what became of it");
    assert_eq!(w.till.orders()[0].refund, Some(RefundState::Done));
    assert_eq!(w.client.ask(&first).await.map(|w| w.verdict), Ok(Verdict::Failed), "the money is not there any more");
    let (_, _, text) = w.page("/").await;
    assert!(text.contains("Đã hoàn tiền"), "{text}");

    w.till.set_fault(Fault::RefundsHeld);
    let second = paid("F2").await;
    assert_eq!(w.client.refund(&second).await, Ok(Refunded::Pending));
    assert_eq!(w.client.refund(&second).await, Ok(Refunded::Pending));
    assert_eq!(w.client.ask(&second).await.map(|w| w.verdict), Ok(Verdict::Waiting));
    w.till.set_fault(Fault::None);
    assert_eq!(w.client.refund(&second).await, Ok(Refunded::Done));

    w.till.set_fault(Fault::RefundsRefused);
    let third = paid("F3").await;
    assert_eq!(w.client.refund(&third).await, Ok(Refunded::Refused));
    w.till.set_fault(Fault::None);
    assert_eq!(w.client.ask(&third).await.map(|w| w.verdict), Ok(Verdict::Paid), "and the money is still there");

    // Not paid, another amount, unknown, another key.
    w.pays(&order("F4"), "cancel").await;
    assert_eq!(w.client.refund(&asked("F4")).await, Ok(Refunded::Refused));
    let fifth = paid("F5").await;
    let part = Asked { amount: 1_000, ..fifth.clone() };
    assert!(matches!(w.client.refund(&part).await, Err(Unheard::Away(_))));
    assert_eq!(w.client.refund(&asked("F6")).await, Err(Unheard::Unknown));
    assert_eq!(w.till.orders()[0].refund, None);
    // A refused request of the same day used its id up: what is known then is what the gateway says of the payment.
    assert_eq!(w.client.refund(&fifth).await, Ok(Refunded::Pending));
}

#[tokio::test]
async fn p2_who_has_not_the_key_is_told_nothing_that_is_signed() {
    let w = World::new().await;
    w.pays(&order("G1"), "pay").await;
    for body in [
        "",
        "{",
        "[]",
        "{\"vnp_Command\":\"querydr\"}",
        "{\"vnp_Command\":\"refund\",\"vnp_TxnRef\":\"G1\",\"vnp_SecureHash\":\"00\"}",
        "{\"vnp_Command\":{}}",
    ] {
        let request = Request::post(API).header("content-type", "application/json").body(Body::from(body));
        let answer = w.till.router().oneshot(request.unwrap()).await.unwrap();
        let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains("vnp_ResponseCode") && !text.contains("SecureHash") && !text.contains("G1"), "{text}");
    }
    let long = Request::post(API).body(Body::from(" ".repeat(9_000))).unwrap();
    assert_eq!(w.till.router().oneshot(long).await.unwrap().status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(w.till.orders()[0].refund, None);
}
