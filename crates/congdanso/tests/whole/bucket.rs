//! Files in a bucket (X1), with an S3 service that we did not write: the npm package `s3rver` (tests/peers/s3).

use crate::{
    harness::{Install, PATIENCE, eventually, repository},
    load::{Load, photo},
    people,
};
use base::keys::Secret;
use futures_util::TryStreamExt;
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::Ordering,
};
use store::{Bucket, Error, Files, Sql};

/// The only access key that the service knows, and its secret.
const KEY: &str = "S3RVER";

struct Service {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl Service {
    /// `None` only where the whole suite runs without Node.js by decision.
    fn start(folder: &Path, port: u16) -> Option<Self> {
        let says = |name: &str, what: &str| std::env::var(name).is_ok_and(|value| value == what);
        if says("CONGDANSO_NO_NODE", "1") {
            assert!(!says("CI", "true"), "CI asks the foreign peer: CONGDANSO_NO_NODE is for machines without Node.js");
            eprintln!("NOT RUN, because CONGDANSO_NO_NODE=1: nothing was kept by a foreign service");
            return None;
        }
        let peer = repository().join("tests/peers/s3");
        assert!(peer.join("node_modules/s3rver").exists(), "the npm package s3rver is missing: run make tools");
        let mut process = Command::new("node")
            .args([Path::new("service.js"), folder, Path::new(&port.to_string())])
            .current_dir(peer)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is needed: run make tools, or set CONGDANSO_NO_NODE=1");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Some(Self { process, folder: folder.to_owned(), port: line.trim().parse().unwrap() })
    }

    fn bucket(&self) -> Bucket {
        Bucket {
            endpoint: format!("http://127.0.0.1:{}", self.port),
            region: "us-east-1".into(),
            name: "congdan".into(),
            prefix: "quang-tri".into(),
            access_key_id: KEY.into(),
            secret_access_key: Secret::new(KEY),
            is_in_host: false,
        }
    }

    /// What it keeps, by its own names: contents of all objects under a name.
    fn kept(&self, under: &str) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.join("congdan").join(under)];
        while let Some(folder) = folders.pop() {
            let Ok(entries) = std::fs::read_dir(folder) else { continue };
            for entry in entries.map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else if entry.file_name().to_string_lossy().ends_with("_object") {
                    found.push(std::fs::read(entry.path()).unwrap());
                }
            }
        }
        found
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill(); // it may have ended
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn x1_a_foreign_service_keeps_gives_in_parts_and_sweeps_what_we_hand_it() {
    let folder = tempfile::tempdir().unwrap();
    let Some(service) = Service::start(folder.path(), 0) else { return };
    let files = Files::bucket(&service.bucket()).unwrap();
    files.probe("mot").await.unwrap();
    assert_eq!(service.kept("").len(), 0, "a probe leaves nothing");

    files.put("reports/a/1-l.jpg", (0..=255).collect()).await.unwrap();
    assert_eq!(service.kept("quang-tri/reports"), [(0..=255).collect::<Vec<u8>>()], "under its prefix, byte for byte");
    assert_eq!(files.get("reports/a/1-l.jpg").await.unwrap().unwrap().len(), 256);
    assert_eq!(files.get("reports/a/2-l.jpg").await.unwrap(), None);
    let part: Vec<Vec<u8>> =
        files.part("reports/a/1-l.jpg", 10..20).await.unwrap().unwrap().try_collect().await.unwrap();
    assert_eq!(part.concat(), (10..20).collect::<Vec<u8>>());
    assert!(files.part("reports/a/2-l.jpg", 0..1).await.unwrap().is_none());
    // Large: more than one packet, and written again.
    let large = vec![7; 12 << 20];
    files.put("videos/a", vec![1]).await.unwrap();
    files.put("videos/a", large.clone()).await.unwrap();
    assert!(files.get("videos/a").await.unwrap() == Some(large));

    for key in ["uploads/a", "uploads/b/c", "uploads-too/a"] {
        files.put(key, vec![1]).await.unwrap();
    }
    files.sweep("uploads", 1).await.unwrap();
    assert!(files.get("uploads/a").await.unwrap().is_some(), "nothing is as old as that");
    files.sweep("uploads", i64::MAX).await.unwrap();
    for (key, is_there) in [("uploads/a", false), ("uploads/b/c", false), ("uploads-too/a", true), ("videos/a", true)] {
        assert_eq!(files.get(key).await.unwrap().is_some(), is_there, "{key}");
    }
    files.delete("videos/a").await.unwrap();
    files.delete("videos/a").await.unwrap();
    assert_eq!(files.get("videos/a").await.unwrap(), None);
}

#[tokio::test]
async fn x1_a_service_that_refuses_or_is_away_is_an_error_and_no_missing_file() {
    let folder = tempfile::tempdir().unwrap();
    let Some(service) = Service::start(folder.path(), 0) else { return };
    let right = service.bucket();
    Files::bucket(&right).unwrap().put("a", vec![1]).await.unwrap();
    let secret = Secret::new("khong-ai-biet");
    let stranger = Bucket { access_key_id: "ai-do".into(), secret_access_key: secret.clone(), ..right.clone() };
    let files = Files::bucket(&stranger).unwrap();
    assert!(files.probe("mot").await.is_err());
    assert!(files.get("a").await.is_err(), "not allowed to look is not «there is none»");
    let said = files.put("b", vec![1]).await.unwrap_err().to_string();
    assert!(!said.contains(secret.expose()), "{said}");
    let nowhere = Bucket { name: "kho-khac".into(), ..right.clone() };
    assert!(Files::bucket(&nowhere).unwrap().probe("mot").await.is_err());
    assert_eq!(service.kept("quang-tri").len(), 1);

    drop(service);
    let files = Files::bucket(&right).unwrap();
    let error: Error = files.get("a").await.unwrap_err();
    assert_eq!(error.trouble(), store::Trouble::Busy, "{error}");
    assert_eq!(files.put("b", vec![1]).await.unwrap_err().trouble(), store::Trouble::Busy);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x1_photos_lie_in_the_bucket_and_wait_for_it_when_it_is_away() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut service) = Service::start(folder.path(), 0) else { return };
    let install = Install::sqlite();
    let secret = folder.path().join("s3.secret");
    std::fs::write(&secret, KEY).unwrap();
    let section = format!(
        "[files]\nendpoint = \"http://127.0.0.1:{}\"\nbucket = \"congdan\"\naccess_key_id = \"{KEY}\"\nsecret_key_file = \"{}\"\n[server]",
        service.port,
        secret.display()
    );
    install.change("[server]", &section);
    assert!(install.ok(&["check"]).contains("tệp: ghi, đọc và xóa được"));

    let mut people = people::citizens(&install, 2).await;
    let (later, first) = (people.pop().unwrap(), people.pop().unwrap());
    let server = install.serve().await;
    let load = Load::new(&server, Vec::new());
    let sending = tokio::spawn(load.clone().photographer(first.clone()));
    eventually("a report with a photo is sent", PATIENCE, async || !load.done.photos.lock().unwrap().is_empty()).await;
    load.stop.store(true, Ordering::Relaxed);
    sending.await.unwrap();
    assert!(service.kept("").len() >= 2, "both sizes of a photo at least");
    // The folder is made by the helper that made the people; nothing lies in it.
    assert_eq!(std::fs::read_dir(install.data.join("files")).unwrap().count(), 0);
    let store = install.store().await;
    let id: Vec<base::ids::Uuid> =
        Sql::new("SELECT p.id FROM report_photo p ORDER BY p.id LIMIT 1").scalars(store.read()).await.unwrap();
    let picture = server.url(&format!("/anh/{}/goc-l.jpg", id[0]));
    let shown = server.http.get(&picture).header("cookie", first.cookie()).send().await.unwrap();
    assert_eq!(shown.status(), 200, "{}", server.log());
    let shown = shown.bytes().await.unwrap();
    assert!(service.kept("").iter().any(|kept| *kept == shown), "what its author sees is what lies there");

    // Away: other pages go on, a photo is refused with «try again», nothing is half there.
    let (port, home) = (service.port, service.folder.clone());
    drop(service);
    assert_eq!(server.status("/").await, Some(200));
    let shown = server.http.get(&picture).header("cookie", first.cookie()).send().await.unwrap();
    assert_eq!(shown.status(), 503, "not «there is none»");
    let (load, before) = (Load::new(&server, Vec::new()), reports(&install).await);
    let part = reqwest::multipart::Part::bytes(photo(7)).file_name("a.jpg").mime_str("image/jpeg").unwrap();
    let form = reqwest::multipart::Form::new().text("csrf", later.csrf.clone()).part("photo", part);
    let start = server.http.post(server.url("/phan-anh/moi")).header("cookie", later.cookie());
    let start = start.form(&[("csrf", later.csrf.as_str()), ("category", crate::load::CATEGORY)]).send().await.unwrap();
    let draft = start.headers()["location"].to_str().unwrap().rsplit_once('/').unwrap().0.to_owned();
    let sent = server.http.post(server.url(&format!("{draft}/anh"))).header("cookie", later.cookie()).multipart(form);
    let sent = sent.send().await.unwrap();
    assert_eq!(sent.status(), 503, "{}", server.log());
    assert!(install.refused(&["check"]).contains("the files cannot be written and read"));

    service = Service::start(&home, port).unwrap();
    let sending = tokio::spawn(load.clone().photographer(later));
    eventually("sent after it is back, without a restart", PATIENCE, async || {
        !load.done.photos.lock().unwrap().is_empty()
    })
    .await;
    load.stop.store(true, Ordering::Relaxed);
    sending.await.unwrap();
    assert!(reports(&install).await > before);
    assert!(service.kept("").len() >= 4);
    let log = server.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}

async fn reports(install: &Install) -> i64 {
    let store = install.store().await;
    Sql::new("SELECT count(*) FROM report").scalar(store.read()).await.unwrap().unwrap()
}
