//! A full disk: a clear refusal, nothing corrupt, and work goes on once there is room.

use crate::{
    harness::{Install, PATIENCE, Server, eventually, number},
    load::{photo, report},
    people::{self, Person},
};
use serde_json::Value;
use std::{
    path::{Path, PathBuf},
    process::Command,
};
use store::{Options, Sql, Store};

/// A small file system of its own at a folder; gone with the test.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None`, with a note: mounting needs rights that this machine does not give.
    fn mount(at: &Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "none"]).arg(at).output();
        if mounted.is_ok_and(|out| out.status.success()) {
            return Some(Self(at.to_owned()));
        }
        eprintln!("left out: a small file system cannot be mounted here; the limit on file sizes is tested instead");
        None
    }

    /// Leaves so many bytes.
    fn fill(&self, leave: u64) -> PathBuf {
        let ballast = self.0.join("ballast");
        let free = free_bytes(&self.0);
        assert!(free > leave, "{free}");
        let file = std::fs::File::create(&ballast).unwrap();
        std::io::copy(&mut std::io::Read::take(std::io::repeat(7), free - leave), &mut &file).unwrap();
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status(); // the folder goes next
    }
}

fn free_bytes(at: &Path) -> u64 {
    let out = Command::new("df").args(["-B1", "--output=avail"]).arg(at).output().unwrap();
    String::from_utf8_lossy(&out.stdout).lines().last().unwrap().trim().parse().unwrap()
}

/// A long report, so that the disk fills soon.
async fn send(server: &Server, people: &[Person], n: usize) -> reqwest::Response {
    let mut report = report(n);
    report["content"] = format!("Lần {n}. {}", "Nước ngập tới cửa nhà. ".repeat(160)).into();
    server
        .http
        .post(server.url("/api/v1/reports"))
        .bearer_auth(&people[n / 9].token)
        .json(&report)
        .send()
        .await
        .unwrap()
}

/// Sends until one is refused; gives the codes that were acknowledged, and checks the refusal.
async fn until_full(server: &Server, people: &[Person], from: usize) -> (Vec<String>, usize) {
    let mut codes = Vec::new();
    for n in from..people.len() * 9 {
        let answer = send(server, people, n).await;
        if answer.status() == 201 {
            codes.push(answer.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned());
            continue;
        }
        let status = answer.status().as_u16();
        assert!(matches!(status, 507 | 503), "{status}: {:?}\n{}", answer.text().await, server.log());
        assert!(answer.headers().contains_key("retry-after"));
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem: Value = answer.json().await.unwrap();
        assert!(problem["detail"].as_str().is_some_and(|d| d.chars().count() > 10), "{problem}");
        return (codes, n + 1);
    }
    // Reports that were acknowledged and take no room were never written.
    panic!("the disk never filled: {} reports", codes.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_a_full_disk_is_a_clear_refusal_and_work_goes_on_once_there_is_room() {
    let install = Install::sqlite();
    let Some(disk) = SmallDisk::mount(&install.data, 48) else { return };
    let people = people::citizens(&install, 60).await;
    let server = install.serve().await;
    let mut acknowledged = Vec::new();
    let mut next = 0;
    for round in 0..2 {
        let ballast = disk.fill(262_144);
        let (codes, n) = until_full(&server, &people, next).await;
        acknowledged.extend(codes);
        next = n;
        there(&install, &acknowledged).await;
        // It stays refused, and at least once it is said that the disk is the reason.
        let mut said = Vec::new();
        for n in next..next + 5 {
            said.push(send(&server, &people, n).await.status().as_u16());
        }
        assert!(said.contains(&507) && said.iter().all(|s| matches!(s, 201 | 503 | 507)), "{said:?}\n{}", server.log());
        next += 5;
        // A photo cannot be kept either; the person is told so by a page.
        let part = reqwest::multipart::Part::bytes(photo(round)).file_name("a.jpg").mime_str("image/jpeg").unwrap();
        let form = reqwest::multipart::Form::new().text("csrf", people[59].csrf.clone()).part("photo", part);
        let draft = "/phan-anh/moi/01980000-0000-7000-8000-000000000000/anh";
        let sent = server.http.post(server.url(draft)).header("cookie", people[59].cookie()).multipart(form);
        assert_eq!(sent.send().await.unwrap().status(), 404, "a draft that cannot exist");
        // Reading goes on.
        assert_eq!(server.status("/").await, Some(200));
        assert_eq!(server.status("/healthz").await, Some(200));
        let mine =
            server.http.get(server.url("/api/v1/me/reports")).bearer_auth(&people[0].token).send().await.unwrap();
        assert_eq!(mine.status(), 200);

        std::fs::remove_file(ballast).unwrap();
        eventually("writing goes on without a restart", PATIENCE, async || {
            next += 1;
            let answer = send(&server, &people, next).await;
            let taken = answer.status() == 201;
            if taken {
                acknowledged.push(answer.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned());
            }
            taken
        })
        .await;
        next += 1;
        there(&install, &acknowledged).await;
    }
    // An end without mercy: nothing may have been kept in memory only.
    let log = server.kill();
    assert!(!log.contains("panicked"), "{log}");
    whole(&install, &acknowledged).await;
}

/// What was acknowledged is there for another connection, now and not only after an orderly end.
async fn there(install: &Install, acknowledged: &[String]) {
    let store = Store::connect(&install.database(), Options::default()).await.unwrap();
    let codes: Vec<String> = Sql::new("SELECT code FROM report").scalars(store.read()).await.unwrap();
    let missing: Vec<&String> = acknowledged.iter().filter(|c| !codes.contains(c)).collect();
    assert!(missing.is_empty(), "acknowledged and not there: {} of {}", missing.len(), acknowledged.len());
}

/// Nothing corrupt, nothing acknowledged missing, nothing half.
async fn whole(install: &Install, acknowledged: &[String]) {
    let store = install.store().await;
    store.integrity().await.unwrap();
    there(install, acknowledged).await;
    assert!(acknowledged.len() > 3, "a load that proves nothing");
    let half = "SELECT count(*) FROM report r WHERE NOT EXISTS (SELECT 1 FROM report_event e WHERE e.report_id = r.id)";
    assert_eq!(number(&store, half).await, 0);
    let said = install.ok(&["audit", "verify"]);
    assert!(said.contains("chuỗi nguyên vẹn"), "{said}");
}

/// The same without any rights: no file may grow beyond a limit (a quota looks like this to the program).
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_a_limit_on_file_sizes_is_a_clear_refusal_and_nothing_is_corrupt() {
    let install = Install::sqlite();
    let people = people::citizens(&install, 60).await;
    // 3 MB a file, less than the write-ahead log grows to; the limit's signal is ignored so that writing fails instead.
    let mut command = Command::new("bash");
    command
        .args(["-c", "trap '' XFSZ; ulimit -f 3072; exec \"$0\" serve", crate::harness::PROGRAM])
        .env("CONGDANSO_CONFIG", &install.config)
        .env_remove("CONGDANSO_LOG");
    let server = Server::spawn(command, install.port);
    server.wait_ready().await;
    let (mut acknowledged, next) = until_full(&server, &people, 0).await;
    // What is said yes to after a refusal must be as true as before it.
    for n in next..next + 30 {
        let answer = send(&server, &people, n).await;
        if answer.status() == 201 {
            acknowledged.push(answer.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned());
        }
    }
    there(&install, &acknowledged).await;
    assert_eq!(server.status("/").await, Some(200));
    let log = server.kill();
    assert!(!log.contains("panicked"), "{log}");
    whole(&install, &acknowledged).await;
    // Without the limit everything works.
    let server = install.serve().await;
    assert_eq!(send(&server, &people, 500).await.status(), 201);
    server.stop().await;
}
