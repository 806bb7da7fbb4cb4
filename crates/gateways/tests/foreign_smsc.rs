//! Our SMPP session against an SMSC that we did not write: the npm package `smpp` (tests/peers/smpp/smsc.js). S9.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use std::{path::PathBuf, process::Stdio, time::Duration};

use base::phone::PhoneNumber;
use gateways::sms::{
    Lane, OutgoingSms, ReceiptState, SmsGateway, count_parts, message_reference, same_message_id,
    smpp::{Long, Session, SessionOptions, SmppConfig},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

const PATIENCE: Duration = Duration::from_secs(30);

struct ForeignSmsc {
    _process: Child,
    orders: ChildStdin,
    events: Lines<BufReader<ChildStdout>>,
    port: u16,
}

impl ForeignSmsc {
    /// `None` only where the whole suite runs without Node.js by decision.
    async fn start() -> Option<Self> {
        let says = |name: &str, what: &str| std::env::var(name).is_ok_and(|value| value == what);
        if says("CONGDANSO_NO_NODE", "1") {
            assert!(!says("CI", "true"), "CI asks the foreign peer: CONGDANSO_NO_NODE is for machines without Node.js");
            eprintln!("NOT RUN, because CONGDANSO_NO_NODE=1: nothing was exchanged with a foreign peer");
            return None;
        }
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/smpp");
        assert!(folder.join("node_modules/smpp").exists(), "the npm package smpp is missing: run make tools");
        let mut process = Command::new("node")
            .arg("smsc.js")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("node is needed: run make tools, or set CONGDANSO_NO_NODE=1");
        let orders = process.stdin.take().unwrap();
        let events = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut smsc = Self { _process: process, orders, events, port: 0 };
        let listening = smsc.event("listening").await;
        smsc.port = listening["port"].as_u64().and_then(|port| u16::try_from(port).ok()).unwrap();
        Some(smsc)
    }

    /// The next event of a kind; others before it are passed over.
    async fn event(&mut self, kind: &str) -> Value {
        let waiting = async {
            loop {
                let line = self.events.next_line().await.unwrap().expect("the SMSC still runs");
                let event: Value = serde_json::from_str(&line).unwrap();
                if event["event"] == kind {
                    return event;
                }
            }
        };
        timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("no event {kind}"))
    }

    async fn order(&mut self, order: Value) {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.unwrap();
    }

    fn config(&self) -> SmppConfig {
        SmppConfig::new("127.0.0.1", self.port, "quangtri", "secret", "QUANGTRI")
    }
}

fn sms(text: &str) -> OutgoingSms {
    OutgoingSms {
        id: text.into(),
        to: PhoneNumber::parse("0914402045").unwrap(),
        text: text.into(),
        lane: Lane::Normal,
        deliver_by: None,
    }
}

fn texts() -> Vec<String> {
    let long = "Đường Hồ Chí Minh sạt lở tại Km 214 🚧, cấm xe tải; ".repeat(8);
    vec![
        "Ma xac nhan: {123456} [5€]".into(),
        "Mã xác nhận của bạn là 123456 ✅".into(),
        long.chars().take(400).collect(),
        "Thong bao khong dau ~ ".repeat(20).trim().into(),
    ]
}

#[tokio::test]
async fn s9_a_foreign_smsc_receives_every_text_and_its_receipts_are_read() {
    let Some(mut smsc) = ForeignSmsc::start().await else { return };
    for long in [Long::Udh, Long::Payload] {
        let config = SmppConfig { long, ..smsc.config() };
        let (session, mut receipts) = Session::start(config, SessionOptions::default()).unwrap();
        timeout(PATIENCE, session.ready()).await.expect("it binds");
        assert_eq!(smsc.event("bound").await["version"], 0x34);
        let mut count = 0;
        for text in texts() {
            let accepted = timeout(PATIENCE, session.send(sms(&text))).await.unwrap().unwrap();
            assert_eq!(usize::from(accepted.parts), count_parts(&text).parts);
            let message = smsc.event("message").await;
            assert_eq!(message["text"], json!(text));
            assert_eq!((&message["to"], &message["from"]), (&json!("84914402045"), &json!("QUANGTRI")));
            assert_eq!(message["coding"], if text.is_ascii() || text.contains('€') { 0 } else { 8 });
            for id in &accepted.message_ids {
                let receipt = timeout(PATIENCE, receipts.recv()).await.unwrap().unwrap();
                assert!(same_message_id(&receipt.message_id, id));
                assert_eq!((receipt.state, receipt.phone.as_str()), (ReceiptState::Delivered, "84914402045"));
                assert_eq!(receipt.reference, Some(message_reference(&text)));
                assert_eq!(receipt.done_at.as_deref(), Some("2026-11-21T12:31:00"));
                count += 1;
            }
        }
        timeout(PATIENCE, session.shutdown()).await.unwrap();
        assert_eq!(smsc.event("closed").await["receipts_answered"], count);
    }
}

#[tokio::test]
async fn s9_a_foreign_smsc_throttles_tests_the_link_and_unbinds() {
    let Some(mut smsc) = ForeignSmsc::start().await else { return };
    let (session, _receipts) = Session::start(smsc.config(), SessionOptions::default()).unwrap();
    smsc.event("bound").await;
    timeout(PATIENCE, session.ready()).await.unwrap();

    smsc.order(json!({ "throttle": 1 })).await;
    smsc.order(json!({ "enquire": true })).await;
    assert_eq!(smsc.event("enquire_answered").await["status"], 0);
    let accepted = timeout(PATIENCE, session.send(sms("một"))).await.unwrap().unwrap();
    assert_eq!(accepted.message_ids.len(), 1);
    assert_eq!(session.status().throttled_total, 1);
    assert_eq!(smsc.event("message").await["text"], "một");

    smsc.order(json!({ "unbind": true })).await;
    smsc.event("bound").await;
    timeout(PATIENCE, session.ready()).await.unwrap();
    timeout(PATIENCE, session.send(sms("hai"))).await.unwrap().unwrap();
    assert_eq!(smsc.event("message").await["text"], "hai");
}

#[tokio::test]
async fn s9_a_foreign_smsc_refuses_a_wrong_password() {
    let Some(mut smsc) = ForeignSmsc::start().await else { return };
    let config = SmppConfig::new("127.0.0.1", smsc.port, "quangtri", "wrong", "QUANGTRI");
    let (session, _receipts) = Session::start(config, SessionOptions::default()).unwrap();
    smsc.event("closed").await;
    let refused = async {
        while session.status().last_error.as_deref() != Some("bind refused: ESME_RINVPASWD") {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, refused).await.expect("the refusal is told");
    assert!(!session.status().connected);
}
