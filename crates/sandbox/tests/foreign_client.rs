//! The sandbox SMSC against a client that we did not write: the npm package `smpp` (tests/peers/smpp/client.js). S9.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use std::{path::PathBuf, process::Stdio, time::Duration};

use sandbox::{
    Sandbox, SandboxOptions,
    smsc::{Account, SmscOptions},
};
use serde_json::Value;
use tokio::{net::TcpListener, process::Command, time::timeout};

#[tokio::test]
async fn s9_a_foreign_client_sends_and_gets_its_receipts() {
    let says = |name: &str, what: &str| std::env::var(name).is_ok_and(|value| value == what);
    if says("CONGDANSO_NO_NODE", "1") {
        assert!(!says("CI", "true"), "CI asks the foreign peer: CONGDANSO_NO_NODE is for machines without Node.js");
        eprintln!("NOT RUN, because CONGDANSO_NO_NODE=1: nothing was exchanged with a foreign peer");
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/smpp");
    assert!(folder.join("node_modules/smpp").exists(), "the npm package smpp is missing: run make tools");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let smsc = SmscOptions {
        accounts: vec![Account { system_id: "quangtri".into(), password: "secret".into() }],
        receipt_delay: Duration::from_millis(5),
        ..SmscOptions::default()
    };
    let sandbox = Sandbox::start(listener, SandboxOptions { smsc, ..SandboxOptions::default() });
    let client = Command::new("node")
        .args(["client.js", &port.to_string()])
        .current_dir(folder)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(Duration::from_secs(60), client).await.expect("the client ends").expect("node is needed");
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap();

    assert_eq!((&seen["wrongPassword"], &seen["bind"]), (&0x0E.into(), &0.into()), "{seen}");
    assert_eq!((&seen["enquire"], &seen["unbind"]), (&0.into(), &0.into()), "{seen}");
    let sent: Vec<&str> = seen["texts"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let messages = sandbox.smsc().messages(Some("+84914402045"));
    let received: Vec<&str> = messages.iter().rev().map(|message| message.text.as_str()).collect();
    assert_eq!(received, sent);

    let list = |key: &str| seen[key].as_array().unwrap().clone();
    let mut ids: Vec<_> = list("ids").iter().filter_map(Value::as_str).map(str::to_lowercase).collect();
    let mut receipts: Vec<_> =
        list("receipts").iter().filter_map(|r| r["id"].as_str()).map(str::to_lowercase).collect();
    ids.sort();
    receipts.sort();
    assert_eq!((ids.len(), &ids), (sent.len(), &receipts));
    assert!(list("receipts").iter().all(|receipt| receipt["state"] == 2));
}
