//! Our Open311 asked by a client that we did not write: the PyPI package `georeport` (tests/peers/open311, R12).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use domain::{
    reports::{Command, Draft, Place, submit},
    rights::Role,
    testing,
};
use serde_json::Value;
use std::{path::PathBuf, time::Duration};
use support::Site;

async fn public(site: &Site, content: &str, category: &str) -> String {
    site.core.clock.advance(60_000);
    let citizen = testing::citizen(&site.core, site.core.entropy.below(900_000) as u32).await;
    let draft = Draft {
        content: content.into(),
        category: category.into(),
        place: Place {
            point: base::geo::Point::new(17.45269, 106.63123),
            commune: Some("18880".into()),
            address: "Trước trường".into(),
        },
        ..Draft::default()
    };
    let code = submit(&site.core, citizen, &draft, vec![], None, "web").await.unwrap().code.as_str().to_owned();
    let officer = testing::officer(&site.core, "Điều Phối", "*", Role::ProvinceOperator).await;
    site.staff(&officer, &code, Command::Accept { note: String::new() }).await;
    code
}

#[tokio::test]
async fn r12_a_foreign_client_understands_both_formats() {
    let says = |name: &str, what: &str| std::env::var(name).is_ok_and(|value| value == what);
    if says("CONGDANSO_NO_PYTHON", "1") {
        assert!(!says("CI", "true"), "CI asks the foreign client: CONGDANSO_NO_PYTHON is for machines without Python");
        eprintln!("NOT RUN, because CONGDANSO_NO_PYTHON=1: nothing of Open311 was asked by a foreign client");
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/open311");
    let python = folder.join("venv/bin/python");
    assert!(python.exists(), "the PyPI package georeport is missing: run make tools, or set CONGDANSO_NO_PYTHON=1");
    let site = Site::on(store::testing::sqlite().await).await;
    let first = public(&site, "Ổ gà <lớn> & sâu\nTrước \"trường\"", "ha-tang").await;
    let second = public(&site, "Rác đầy chợ", "moi-truong").await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = format!("http://{}/open311/v2", listener.local_addr().unwrap());
    let router = site.router();
    let server = tokio::spawn(async move { axum::serve(listener, router).await });

    let asking = tokio::process::Command::new(python)
        .args(["client.py", &root, "44", "ha-tang", &first])
        .current_dir(folder)
        .env("no_proxy", "*")
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_secs(60), asking).await.expect("the client ends").unwrap();
    server.abort();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let understood: Value = serde_json::from_slice(&output.stdout).unwrap();
    for kind in ["json", "xml"] {
        let u = &understood[kind];
        assert_eq!(u["services"].as_array().unwrap().len(), site.core.province().pack.categories.len(), "{kind}");
        assert_eq!(u["attributes"], serde_json::json!(["hang-muc", "nguy-hiem"]), "{kind}");
        assert_eq!(u["all"], serde_json::json!([second, first]), "{kind}");
        assert_eq!(u["open"], serde_json::json!([first]), "{kind}");
        assert_eq!(u["by_id"], serde_json::json!([first]), "{kind}");
        let one = &u["one"];
        assert_eq!(one["description"], "Ổ gà <lớn> & sâu\nTrước \"trường\"", "{kind}");
        assert_eq!((one["lat"].as_str(), one["long"].as_str()), (Some("17.4527"), Some("106.6312")), "{kind}");
        for (name, status) in [("wrong_date", 400), ("wrong_service", 404), ("wrong_jurisdiction", 404)] {
            assert_eq!(u[name], status, "{kind} {name}");
        }
    }
}
