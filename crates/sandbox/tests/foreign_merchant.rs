//! The sandbox's payment gateway against a merchant that we did not write, and what our client signs before its eyes: the npm package `vnpay`
//! (tests/peers/vnpay/merchant.mjs). P2.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use base::{
    clock::{Clock, Entropy},
    keys::Secret,
};
use gateways::payments::{Config, Order, Vnpay};
use sandbox::till::{API, Merchant, PAY, RefundState, State, Till, TillOptions};
use serde_json::{Value, json};
use std::{path::PathBuf, process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::TcpListener,
    process::Command,
    time::timeout,
};

const TERMINAL: &str = "SANDBOX1";
const KEY: &str = "khoa-cua-don-vi-thu-0123456789";

#[tokio::test]
async fn p2_a_foreign_merchant_is_paid_told_asked_and_refunded() {
    let says = |name: &str, what: &str| std::env::var(name).is_ok_and(|value| value == what);
    if says("CONGDANSO_NO_NODE", "1") {
        assert!(!says("CI", "true"), "CI asks the foreign peer: CONGDANSO_NO_NODE is for machines without Node.js");
        eprintln!("NOT RUN, because CONGDANSO_NO_NODE=1: nothing was exchanged with a foreign peer");
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/vnpay");
    assert!(folder.join("node_modules/vnpay").exists(), "the npm package vnpay is missing: run make tools");
    let mut merchant = Command::new("node")
        .arg("merchant.mjs")
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("node is needed: run make tools, or set CONGDANSO_NO_NODE=1");
    let mut lines = BufReader::new(merchant.stdout.take().unwrap()).lines();
    let mut line = async || -> Value {
        let line = timeout(Duration::from_secs(60), lines.next_line()).await.expect("it speaks").unwrap();
        serde_json::from_str(&line.expect("it still runs")).unwrap()
    };
    let port = line().await["port"].as_u64().unwrap();

    let till = Till::start(TillOptions::new(Merchant {
        terminal: TERMINAL.into(),
        secret: Secret::new(KEY),
        name: "Đơn vị thử".into(),
        home: format!("http://localhost:{port}"),
        notices: format!("http://127.0.0.1:{port}/ipn"),
    }))
    .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://localhost:{}", listener.local_addr().unwrap().port());
    let router = till.router();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let ours = Vnpay::new(
        Config {
            pay: format!("{at}{PAY}"),
            api: format!("{at}{API}"),
            terminal: TERMINAL.into(),
            secret: Secret::new(KEY),
            local: true,
        },
        Clock::system(),
        Entropy::system(),
    );
    let started = ours.unwrap().start(&Order {
        reference: "TT261121ABC7".into(),
        amount: 135_000,
        purpose: "Phi ho so TT261121ABC7: 1/2 - a_b.c".into(),
        is_vietnamese: true,
        return_to: format!("http://localhost:{port}/ve?a=1&b=%20"),
        from: "2001:db8::7".parse().unwrap(),
        created_at: 1_795_266_000_000,
        expires_at: 1_795_266_900_000,
    });
    let told = json!({ "at": at, "terminal": TERMINAL, "secret": KEY, "started": started.unwrap() });
    merchant.stdin.take().unwrap().write_all(format!("{told}\n").as_bytes()).await.unwrap();
    let seen = line().await;

    let (paid, cancelled) = (&seen["paid"], &seen["cancelled"]);
    assert_eq!((&paid["path"], &paid["tu"], &paid["port"]), (&"/ve".into(), &"1".into(), &port.to_string().into()));
    let fields = |word: &Value| {
        [word["verified"].clone(), word["success"].clone(), word["amount"].clone(), word["code"].clone()]
    };
    assert_eq!(fields(paid), [json!(true), json!(true), json!(135_000), json!("00")]);
    assert_eq!(fields(cancelled), [json!(true), json!(false), json!(50_000), json!("24")]);
    let html = |word: &Value| word["html"].as_str().unwrap().to_owned();
    assert!(html(paid).contains("135.000 đồng") && html(paid).contains("Môi trường thử nghiệm"), "{}", html(paid));
    assert!(html(cancelled).contains("VND 50,000") && html(cancelled).contains("lang=\"en\""), "{}", html(cancelled));
    let mut notices = seen["notices"].as_array().unwrap().clone();
    notices.sort_by_key(|n| n["reference"].to_string());
    assert_eq!(
        notices,
        [
            json!({ "reference": "DON1", "verified": true, "success": true, "amount": 135_000, "answer": "00" }),
            json!({ "reference": "DON2", "verified": true, "success": false, "amount": 50_000, "answer": "00" }),
        ]
    );
    assert_eq!(
        seen["asked"],
        json!([
            { "verified": true, "code": "00", "status": "00", "type": "01", "amount": "13500000" },
            { "verified": true, "code": "00", "status": "02", "type": "01", "amount": "5000000" },
            { "verified": true, "code": "91" },
        ])
    );
    assert_eq!(
        seen["refunds"],
        json!([{ "signed": true, "code": "00", "status": "00", "amount": 135_000 }, { "signed": true, "code": "94" }])
    );
    assert_eq!(
        seen["after"],
        json!({ "verified": true, "code": "00", "status": "00", "type": "02", "amount": "13500000" })
    );
    assert_eq!(seen["again"], 409, "an order is paid once");
    assert_eq!(seen["started"], true, "what our client signed");
    let states: Vec<_> = till.orders().into_iter().map(|o| (o.reference, o.state, o.refund)).collect();
    assert_eq!(
        states,
        [("DON2".into(), State::Cancelled, None), ("DON1".to_owned(), State::Paid, Some(RefundState::Done))]
    );
    till.shutdown();
}
