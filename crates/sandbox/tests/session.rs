//! Our SMPP session against the sandbox SMSC over loopback: S9, W5, W12 and the fault list.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use std::{sync::Arc, time::Duration};

use base::{
    clock::{Clock, Entropy},
    phone::PhoneNumber,
};
use gateways::sms::{
    GatewayStatus, Lane, OutgoingSms, Receipt, ReceiptState, Refusal, SmsError, SmsGateway, count_parts,
    message_reference, same_message_id,
    smpp::{Long, Session, SessionOptions, SmppConfig, Timing},
};
use proptest::prelude::*;
use sandbox::{
    Sandbox, SandboxOptions,
    smsc::{Account, Smsc, SmscOptions},
};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet, time::timeout};
use unicode_normalization::UnicodeNormalization;

const PHONE: &str = "+84914402045";
/// Longer than anything here takes on a busy machine; never waited for in full.
const PATIENCE: Duration = Duration::from_secs(30);

struct Operator {
    sandbox: Sandbox,
    port: u16,
}

impl Operator {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let smsc = SmscOptions {
            accounts: vec![Account { system_id: "quangtri".into(), password: "secret".into() }],
            receipt_delay: Duration::from_millis(5),
            ..SmscOptions::default()
        };
        Self { sandbox: Sandbox::start(listener, SandboxOptions { smsc, ..SandboxOptions::default() }), port }
    }

    fn smsc(&self) -> &Smsc {
        self.sandbox.smsc()
    }

    fn config(&self) -> SmppConfig {
        let config = SmppConfig::new("127.0.0.1", self.port, "quangtri", "secret", "QUANGTRI");
        SmppConfig { rate_per_second: 10_000, ..config }
    }

    /// A bound session with the given configuration.
    async fn bind(&self, config: SmppConfig) -> (Arc<Session>, mpsc::Receiver<Receipt>) {
        let (session, receipts) = start(config, patient());
        ready(&session).await;
        (session, receipts)
    }

    fn texts(&self) -> Vec<String> {
        self.smsc().messages(Some(PHONE)).into_iter().rev().map(|message| message.text).collect()
    }
}

fn start(config: SmppConfig, timing: Timing) -> (Arc<Session>, mpsc::Receiver<Receipt>) {
    let options = SessionOptions {
        clock: Clock::fixed(1_795_000_000_000),
        entropy: Entropy::seeded(7),
        timing: Some(timing),
        connect: None,
    };
    let (session, receipts) = Session::start(config, options).unwrap();
    (Arc::new(session), receipts)
}

/// Time-outs that do not fire by themselves, waits that are short.
fn patient() -> Timing {
    Timing {
        enquire: PATIENCE,
        response: PATIENCE,
        first_wait: Duration::from_millis(10),
        longest_wait: Duration::from_millis(50),
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
    }
}

async fn ready(session: &Session) {
    timeout(PATIENCE, session.ready()).await.expect("the session binds");
}

async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("never: {what}"));
}

fn sms(text: &str, lane: Lane) -> OutgoingSms {
    OutgoingSms {
        id: format!("id of {text}"),
        to: PhoneNumber::parse(PHONE).unwrap(),
        text: text.into(),
        lane,
        deliver_by: None,
    }
}

async fn send(session: &Session, text: &str) -> Result<Vec<String>, SmsError> {
    let sent = timeout(PATIENCE, session.send(sms(text, Lane::Normal))).await.expect("an answer");
    sent.map(|accepted| accepted.message_ids)
}

/// Sends in the background, so that messages wait together.
fn send_all(session: &Arc<Session>, lane: Lane, texts: Vec<String>) -> JoinSet<Result<u8, SmsError>> {
    let mut tasks = JoinSet::new();
    for text in texts {
        let session = session.clone();
        tasks.spawn(async move { session.send(sms(&text, lane)).await.map(|accepted| accepted.parts) });
    }
    tasks
}

#[tokio::test]
async fn s9_a_message_arrives_and_its_receipt_comes_back() {
    let operator = Operator::start().await;
    let (session, mut receipts) = operator.bind(operator.config()).await;
    let ids = send(&session, "Mã xác nhận: 123456\n@quangtri.gov.vn #123456").await.unwrap();
    let receipt = timeout(PATIENCE, receipts.recv()).await.unwrap().unwrap();
    assert_eq!(receipt.state, ReceiptState::Delivered);
    assert!(
        same_message_id(&receipt.message_id, &ids[0]) && receipt.message_id != ids[0],
        "capitals and small letters"
    );
    assert_eq!(receipt.reference, Some(message_reference("id of Mã xác nhận: 123456\n@quangtri.gov.vn #123456")));
    assert_eq!(receipt.phone, "84914402045");
    assert_eq!(receipt.error_code.as_deref(), Some("000"));
    assert!(receipt.done_at.is_some());
    assert_eq!(operator.texts(), ["Mã xác nhận: 123456\n@quangtri.gov.vn #123456"]);
    until("the receipt is answered", || operator.smsc().status().receipts_answered == 1).await;
}

#[tokio::test]
async fn long_texts_arrive_whole_in_both_ways_of_sending_them() {
    let operator = Operator::start().await;
    let text = "Cảnh báo lũ khẩn cấp 🚨 trên sông Hiếu: nước lên nhanh, hãy đến nơi cao. ".repeat(5);
    let plain = "{Khan cap} ~ 100 € ".repeat(12);
    let parts = count_parts(&text).parts;
    assert!(parts > 4);
    for long in [Long::Udh, Long::Payload] {
        let (session, _receipts) = operator.bind(SmppConfig { long, ..operator.config() }).await;
        for text in [&text, &plain] {
            operator.smsc().clear();
            let parts = count_parts(text).parts;
            let accepted = session.send(sms(text, Lane::Normal)).await.unwrap();
            assert_eq!(usize::from(accepted.parts), parts);
            assert_eq!(accepted.message_ids.len(), if long == Long::Udh { parts } else { 1 });
            assert_eq!(operator.texts(), [text.as_str()]);
        }
        session.shutdown().await;
    }
}

#[tokio::test]
async fn w5_an_urgent_message_overtakes_a_thousand_bulk_ones() {
    let operator = Operator::start().await;
    operator.smsc().set_faults(|f| f.delay_answers = Duration::from_millis(1));
    let (session, _receipts) = operator.bind(operator.config()).await;
    let bulk = send_all(&session, Lane::Bulk, (0..1_000).map(|n| format!("bulk {n}")).collect());
    until("bulk messages wait", || session.status().queued.bulk > 900).await;
    session.send(sms("urgent", Lane::Urgent)).await.unwrap();
    let waiting = session.status().queued.bulk;
    assert!(bulk.join_all().await.iter().all(|result| result == &Ok(1)));
    let texts = operator.texts();
    let place = texts.iter().position(|text| text == "urgent").unwrap();
    assert!(place < 200 && waiting > 700, "came as number {place}, {waiting} still waited");
    assert_eq!(texts.len(), 1_001);
}

#[tokio::test]
async fn the_window_is_used_and_honoured() {
    let operator = Operator::start().await;
    operator.smsc().set_faults(|f| f.delay_answers = Duration::from_millis(20));
    let (session, _receipts) = operator.bind(SmppConfig { window: 4, ..operator.config() }).await;
    let bulk = send_all(&session, Lane::Bulk, (0..30).map(|n| n.to_string()).collect());
    until("bulk fills its places", || session.status().in_flight == 3).await;
    let urgent = send_all(&session, Lane::Urgent, (30..60).map(|n| n.to_string()).collect());
    assert!(urgent.join_all().await.into_iter().chain(bulk.join_all().await).all(|result| result == Ok(1)));
    assert_eq!(operator.smsc().status().most_in_flight, 4);
}

#[tokio::test]
async fn a_throttling_operator_gets_everything_once_and_more_slowly() {
    let operator = Operator::start().await;
    operator.smsc().set_faults(|f| f.throttle_every = 4);
    let (session, _receipts) = operator.bind(operator.config()).await;
    let sent = send_all(&session, Lane::Normal, (0..40).map(|n| format!("{n:02}")).collect()).join_all().await;
    assert!(sent.iter().all(|result| result == &Ok(1)), "{sent:?}");
    let mut texts = operator.texts();
    texts.sort();
    assert_eq!(texts, (0..40).map(|n| format!("{n:02}")).collect::<Vec<_>>());
    let GatewayStatus { throttled_total, accepted_total, rate, .. } = session.status();
    assert!(throttled_total >= 10 && rate < 10_000.0, "{throttled_total} {rate}");
    assert_eq!(accepted_total, 40);
}

#[tokio::test]
async fn s9_queue_drains_after_smsc_was_gone() {
    let operator = Operator::start().await;
    let (session, _receipts) = operator.bind(operator.config()).await;
    operator.smsc().go_away(Duration::from_secs(3_600));
    until("the break is noticed", || !session.status().connected).await;
    assert_eq!(send(&session, "0").await, Err(SmsError::NotConnected));
    assert!(session.status().last_error.is_some());

    // What an outbox does: wait until it makes sense, then send again.
    let outbox = async {
        for n in 0..20 {
            loop {
                match send(&session, &n.to_string()).await {
                    Ok(_) => break,
                    Err(SmsError::NotConnected) => session.ready().await,
                    Err(other) => panic!("{other:?}"),
                }
            }
        }
    };
    let back = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        operator.smsc().come_back();
    };
    timeout(PATIENCE, async { tokio::join!(outbox, back) }).await.unwrap();
    assert_eq!(operator.texts(), (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
    assert!(session.status().connected && session.status().reconnects_total >= 1);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_its_receipt_settles_it() {
    let operator = Operator::start().await;
    operator.smsc().set_faults(|f| f.drop_answers = 1);
    let (session, mut receipts) = start(operator.config(), Timing { response: Duration::from_secs(1), ..patient() });
    ready(&session).await;
    assert_eq!(send(&session, "once").await, Err(SmsError::Unknown { accepted: vec![] }));
    let receipt = timeout(PATIENCE, receipts.recv()).await.unwrap().unwrap();
    assert_eq!((receipt.reference, receipt.state), (Some(message_reference("id of once")), ReceiptState::Delivered));
    assert_eq!(operator.texts(), ["once"], "not sent again by itself");
    assert_eq!(send(&session, "next").await.map(|ids| ids.len()), Ok(1), "the place in the window is free again");
}

#[tokio::test]
async fn a_connection_that_breaks_makes_the_submitted_unknown_and_the_waiting_not_sent() {
    let operator = Operator::start().await;
    operator.smsc().set_faults(|f| f.drop_answers = 3);
    let (session, mut receipts) = operator.bind(SmppConfig { window: 3, ..operator.config() }).await;
    let tasks = send_all(&session, Lane::Urgent, (0..8).map(|n| n.to_string()).collect());
    until("three are under way", || operator.smsc().status().messages == 3).await;
    operator.smsc().drop_connections();
    let results = tasks.join_all().await;
    let unknown = results.iter().filter(|result| matches!(result, Err(SmsError::Unknown { .. }))).count();
    let not_sent = results.iter().filter(|result| matches!(result, Err(SmsError::NotConnected))).count();
    assert_eq!((unknown, not_sent), (3, 5));
    // The operator keeps the receipts until somebody is bound again.
    for _ in 0..3 {
        let receipt = timeout(PATIENCE, receipts.recv()).await.unwrap().unwrap();
        let known = (0..8).any(|n| receipt.reference == Some(message_reference(&format!("id of {n}"))));
        assert!(known && receipt.phone == "84914402045");
    }
}

#[tokio::test]
async fn an_answer_after_its_time_out_is_reported_as_accepted() {
    let operator = Operator::start().await;
    operator.smsc().set_faults(|f| f.delay_answers = Duration::from_millis(400));
    let timing = Timing { response: Duration::from_millis(200), ..patient() };
    let (session, mut receipts) = start(operator.config(), timing);
    ready(&session).await;
    assert_eq!(send(&session, "slow").await, Err(SmsError::Unknown { accepted: vec![] }));
    let late = async {
        loop {
            let receipt = receipts.recv().await.unwrap();
            if receipt.state == ReceiptState::Accepted {
                return receipt;
            }
        }
    };
    let receipt = timeout(PATIENCE, late).await.unwrap();
    assert_eq!(receipt.reference, Some(message_reference("id of slow")));
    assert!(!receipt.message_id.is_empty());
}

#[tokio::test]
async fn an_unreachable_phone_and_a_refused_number_are_told_apart() {
    let operator = Operator::start().await;
    let (session, mut receipts) = operator.bind(operator.config()).await;
    operator.smsc().set_faults(|f| f.unreachable = vec![PHONE.into()]);
    send(&session, "taken, then not delivered").await.unwrap();
    let receipt = timeout(PATIENCE, receipts.recv()).await.unwrap().unwrap();
    assert_eq!((receipt.state, receipt.error_code.as_deref()), (ReceiptState::Undeliverable, Some("001")));
    operator.smsc().set_faults(|f| f.rejected = vec![PHONE.into()]);
    let refused = send(&session, "refused").await.unwrap_err();
    assert_eq!(refused, SmsError::Permanent(Refusal::Operator(0x0B)));
    assert!(refused.to_string().contains("ESME_RINVDSTADR") && !refused.to_string().contains("402045"));
    assert_eq!(session.status().refused_total, 1);
}

#[tokio::test]
async fn an_operator_that_unbinds_is_bound_again() {
    let operator = Operator::start().await;
    let (session, _receipts) = operator.bind(operator.config()).await;
    operator.smsc().unbind_all();
    until("a second bind", || operator.smsc().status().binds == 2).await;
    ready(&session).await;
    assert_eq!(send(&session, "after").await.map(|ids| ids.len()), Ok(1));
    assert!(session.status().last_error.unwrap().contains("unbound"));
}

#[tokio::test]
async fn shutdown_waits_for_answers_then_unbinds() {
    let operator = Operator::start().await;
    operator.smsc().set_faults(|f| f.delay_answers = Duration::from_millis(50));
    let (session, _receipts) = operator.bind(SmppConfig { window: 2, ..operator.config() }).await;
    let tasks = send_all(&session, Lane::Urgent, (0..5).map(|n| n.to_string()).collect());
    until("two are under way", || session.status().in_flight == 2).await;
    timeout(PATIENCE, session.shutdown()).await.unwrap();
    let results = tasks.join_all().await;
    let accepted = results.iter().filter(|result| result.is_ok()).count();
    let waiting = results.iter().filter(|result| *result == &Err(SmsError::NotConnected)).count();
    assert!(accepted >= 2 && accepted + waiting == 5, "{results:?}");
    assert_eq!(operator.texts().len(), accepted, "nothing was sent without an answer");
    until("the operator sees it", || operator.smsc().status().bound == 0).await;
    assert_eq!(send(&session, "too late").await, Err(SmsError::NotConnected));
}

#[tokio::test]
async fn a_wrong_password_is_named_but_never_shown() {
    let operator = Operator::start().await;
    let config = SmppConfig::new("127.0.0.1", operator.port, "quangtri", "wr0ngpw", "QUANGTRI");
    let (session, _receipts) = start(config, patient());
    until("the refusal", || session.status().last_error.is_some()).await;
    let status = session.status();
    assert_eq!(status.last_error.as_deref(), Some("bind refused: ESME_RINVPASWD"));
    assert!(!status.connected && !format!("{status:?}").contains("wr0ngpw"));
}

#[tokio::test]
async fn messages_from_phones_are_answered_and_dropped() {
    let operator = Operator::start().await;
    let (session, mut receipts) = operator.bind(operator.config()).await;
    operator.smsc().say(PHONE, "Cảm ơn");
    until("it is answered", || operator.smsc().status().receipts_answered == 1).await;
    assert_eq!(session.status().incoming_total, 1);
    assert!(receipts.try_recv().is_err());
}

#[tokio::test]
async fn what_happens_is_counted() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let _guard = metrics::set_default_local_recorder(&recorder); // this thread's, and the runtime has no other
    let operator = Operator::start().await;
    operator.smsc().set_faults(|f| f.rejected = vec!["+84905111222".into()]);
    let (session, mut receipts) = operator.bind(operator.config()).await;
    send(&session, "counted").await.unwrap();
    timeout(PATIENCE, receipts.recv()).await.unwrap().unwrap();
    let refused = OutgoingSms { to: PhoneNumber::parse("0905111222").unwrap(), ..sms("refused", Lane::Normal) };
    session.send(refused).await.unwrap_err();
    let metrics = recorder.handle().render();
    for line in [
        "sms_submitted_total{result=\"accepted\"} 1",
        "sms_submitted_total{result=\"refused\"} 1",
        "sms_receipts_total{state=\"delivered\"} 1",
        "sms_connected 1",
        "sms_queue{lane=\"urgent\"} 0",
        "sms_in_flight",
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
}

#[tokio::test]
async fn texts_that_cannot_be_sent_are_refused_before_they_leave() {
    let operator = Operator::start().await;
    let (session, _receipts) = operator.bind(SmppConfig { max_parts: 2, ..operator.config() }).await;
    assert_eq!(send(&session, "").await, Err(SmsError::Permanent(Refusal::Empty)));
    let too_long = SmsError::Permanent(Refusal::TooLong { parts: 3, max: 2 });
    assert_eq!(send(&session, &"ạ".repeat(135)).await, Err(too_long));
    let late = OutgoingSms { deliver_by: Some(0), ..sms("late", Lane::Urgent) };
    assert_eq!(session.send(late).await, Err(SmsError::Permanent(Refusal::Expired)));
    assert_eq!(operator.smsc().status().submits, 0);
}

#[test]
fn any_text_arrives_as_it_was_sent() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (operator, session) = runtime.block_on(async {
        let operator = Operator::start().await;
        let (session, _receipts) = operator.bind(SmppConfig { max_parts: 255, ..operator.config() }).await;
        (operator, session)
    });
    let texts = "(\\PC|[a-z0-9 ]{1,20}|[ạếđơ€{}\\[\\]🚧👨\u{200d}\u{301}\n@]){1,120}";
    proptest!(ProptestConfig::with_cases(64), |(text in texts)| {
        operator.smsc().clear();
        runtime.block_on(session.send(sms(&text, Lane::Urgent))).unwrap();
        prop_assert_eq!(operator.texts(), [text.nfc().collect::<String>()]);
    });
}
