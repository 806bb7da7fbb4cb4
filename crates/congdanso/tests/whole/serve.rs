//! An operator's first day: key, configuration, check, migrate, administrator, serve, backup, restore, audit (X9, X11).

use crate::{
    harness::{Engine, Install, PATIENCE, eventually, number, repository, text},
    load::report,
    people,
};
use serde_json::{Value, json};
use std::{
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

async fn first_day(engine: Engine) {
    let Some(install) = Install::new(engine).await else { return };
    let mode = std::fs::metadata(install.key_file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "only the owner reads the key");
    assert!(install.refused(&["secret", &install.key_file().display().to_string()]).contains("cannot be written"));

    let said = install.ok(&["migrate", "--dry-run"]);
    assert!(said.contains("0001_start") && said.contains("sẽ được thực hiện"), "{said}");
    assert!(install.ok(&["migrate", "--dry-run"]).contains("0001_start"), "a dry run must change nothing");
    assert!(install.ok(&["check"]).contains("bước nâng cấp đang chờ"));
    install.ok(&["migrate"]);
    assert!(!install.ok(&["migrate", "--dry-run"]).contains("0001_start"));
    let said = install.ok(&["check"]);
    assert!(said.contains("cấu hình: đúng") && said.contains("78 đơn vị") && said.contains("nguyên vẹn"), "{said}");

    let said = install.ok(&["admin", "quan.tri", "Nguyễn Quản Trị"]);
    let password = said.lines().find_map(|l| l.strip_prefix("Mật khẩu dùng một lần: ")).expect("a password").to_owned();
    let again = install.refused(&["admin", "quan.tri.hai", "Trần Quản Trị"]);
    assert!(!again.is_empty(), "the first administrator is made once");

    let server = install.serve().await;
    assert_eq!(server.get("/healthz").await.text().await.unwrap(), "ok");
    assert_eq!(server.get("/readyz").await.text().await.unwrap(), "ready");
    let home = server.get("/").await;
    assert_eq!(home.status(), 200);
    assert!(home.text().await.unwrap().contains("Quảng Trị"));
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("http_requests_total{route=\"/\",status=\"200\"}"), "{metrics}");

    // The administrator gets in, and may do nothing before the password is their own and a second factor is set up (A16).
    let sign_in = json!({ "login": "quan.tri", "password": password, "realm": "staff" });
    let opened = server.http.post(server.url("/api/v1/sessions")).json(&sign_in).send().await.unwrap();
    assert_eq!(opened.status(), 201);
    let token = opened.json::<Value>().await.unwrap()["token"].as_str().unwrap().to_owned();
    let queue = server.http.get(server.url("/api/v1/staff/reports")).bearer_auth(&token).send().await.unwrap();
    assert_eq!(queue.status(), 403);

    let log = server.stop().await;
    assert!(!log.contains(&password) && !log.contains(&token), "a secret is in the log");
    let said = install.ok(&["audit", "verify"]);
    assert!(said.contains("chuỗi nguyên vẹn"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_an_installation_from_key_to_administrator_on_sqlite() {
    first_day(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_an_installation_from_key_to_administrator_on_postgres() {
    first_day(Engine::Postgres).await;
}

/// SIGTERM while the body of a request is still coming: the request gets its answer, new ones are not taken, the end is in time.
async fn orderly_end(engine: Engine) {
    let Some(install) = Install::new(engine).await else { return };
    let person = people::citizens(&install, 1).await.remove(0);
    let mut server = install.serve().await;
    let body = report(1).to_string();
    let (first, second) = body.as_bytes().split_at(body.len() / 2);
    let head = format!(
        "POST /api/v1/reports HTTP/1.1\r\nHost: congdan.example.vn\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n",
        person.token,
        body.len()
    );
    let mut under_way = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    under_way.write_all(head.as_bytes()).await.unwrap();
    under_way.write_all(first).await.unwrap();
    // An idle kept-alive connection must not hold up the end.
    let mut idle = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut some = [0; 1024];
    assert!(idle.read(&mut some).await.unwrap() > 0);
    tokio::time::sleep(Duration::from_millis(200)).await; // the first half is read

    let asked = Instant::now();
    server.terminate();
    eventually("no new connection is taken", PATIENCE, async || {
        TcpStream::connect(("127.0.0.1", server.port)).await.is_err()
    })
    .await;
    assert!(server.is_running(), "a request is under way");
    under_way.write_all(second).await.unwrap();
    let mut answer = Vec::new();
    under_way.read_to_end(&mut answer).await.unwrap();
    let answer = text(&answer);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let end = server.wait_end(Duration::from_secs(10)).await;
    assert!(end.is_some_and(|e| e.success()), "{end:?} after {:?}: {}", asked.elapsed(), server.log());
    let store = install.store().await;
    assert_eq!(number(&store, "SELECT count(*) FROM report").await, 1, "what was answered is kept");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_sigterm_finishes_the_request_under_way_and_ends_in_time_on_sqlite() {
    orderly_end(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_sigterm_finishes_the_request_under_way_and_ends_in_time_on_postgres() {
    orderly_end(Engine::Postgres).await;
}

/// A client that never ends its request is cut off; the process ends all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_sigterm_cuts_off_a_request_that_never_ends() {
    let install = Install::sqlite();
    let mut server = install.serve().await;
    let mut never = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    never.write_all(b"POST /api/v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{").await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.terminate();
    let end = server.wait_end(Duration::from_secs(15)).await;
    assert!(end.is_some_and(|e| e.success()), "{end:?}: {}", server.log());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_a_backup_of_a_working_server_is_restored_into_an_empty_folder() {
    let install = Install::sqlite();
    let people = people::citizens(&install, 4).await;
    let server = install.serve().await;
    let send = async |n: usize| {
        let sent = server
            .http
            .post(server.url("/api/v1/reports"))
            .bearer_auth(&people[n / 9].token)
            .json(&report(n))
            .send()
            .await
            .unwrap();
        assert_eq!(sent.status(), 201);
        sent.json::<Value>().await.unwrap()["code"].as_str().unwrap().to_owned()
    };
    let mut before = Vec::new();
    for n in 0..10 {
        before.push(send(n).await);
    }
    std::fs::create_dir_all(install.data.join("files/reports/thu")).unwrap();
    std::fs::write(install.data.join("files/reports/thu/1-l.jpg"), b"mot tep").unwrap();

    let copy = install.folder.path().join("ban-sao");
    let said = {
        let (command, copy) = (install.command(&["backup", &copy.display().to_string()]), copy.clone());
        let backup = tokio::task::spawn_blocking(move || {
            let mut command = command;
            let out = command.output().unwrap();
            assert!(out.status.success(), "{}: {}", copy.display(), text(&out.stderr));
            text(&out.stdout)
        });
        for n in 10..20 {
            send(n).await; // the server is not held up
        }
        backup.await.unwrap()
    };
    assert!(said.contains("1 tệp"), "{said}");
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o077, 0, "a backup is personal data");
    assert!(install.refused(&["backup", &copy.display().to_string()]).contains("exists"));
    server.stop().await;

    // Elsewhere, with the same key: kept apart from the backup, as the handbook says.
    let other = Install::sqlite();
    std::fs::copy(install.key_file(), other.key_file()).unwrap();
    let folder = copy.display().to_string();
    std::fs::create_dir_all(other.data.join("files")).unwrap();
    std::fs::write(other.data.join("files/fremd.jpg"), b"x").unwrap();
    let why = other.refused(&["restore", &folder]);
    assert!(why.contains("empty"), "{why}");
    assert!(!other.data.join("congdanso.sqlite").exists(), "a refusal changes nothing");
    std::fs::remove_dir_all(&other.data).unwrap();
    other.ok(&["restore", &folder]);
    assert!(other.refused(&["restore", &folder]).contains("empty"));
    assert_eq!(std::fs::read(other.data.join("files/reports/thu/1-l.jpg")).unwrap(), b"mot tep");

    let said = other.ok(&["audit", "verify"]);
    assert!(said.contains("chuỗi nguyên vẹn"), "{said}");
    let server = other.serve().await;
    for code in before {
        let mine = server.http.get(server.url(&format!("/api/v1/reports/{code}")));
        let owner = people.iter().find(|_| true).unwrap();
        let found = mine.bearer_auth(&owner.token).send().await.unwrap().status();
        // The first nine are the first person's; the tenth is somebody else's and not public yet.
        assert!(found == 200 || found == 404, "{found}");
    }
    let store = other.store().await;
    let kept = number(&store, "SELECT count(*) FROM report").await;
    assert!((10..=20).contains(&kept), "{kept}");
    // Sessions, codes and sealed fields live on with the key: who was signed in still is.
    let list = server.http.get(server.url("/api/v1/me/reports")).bearer_auth(&people[0].token).send().await.unwrap();
    assert_eq!(list.json::<Value>().await.unwrap().as_array().unwrap().len(), 9);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_a_damaged_backup_is_not_restored() {
    let install = Install::sqlite();
    people::citizens(&install, 1).await;
    let copy = install.folder.path().join("ban-sao");
    install.ok(&["backup", &copy.display().to_string()]);
    let file = copy.join("congdanso.sqlite");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 8192].fill(0xa5);
    std::fs::write(&file, bytes).unwrap();
    let other = Install::sqlite();
    let why = other.refused(&["restore", &copy.display().to_string()]);
    assert!(!other.data.join("congdanso.sqlite").exists(), "{why}");
    let none = install.folder.path().join("khong-co");
    assert!(other.refused(&["restore", &none.display().to_string()]).contains("no backup"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_backup_and_restore_of_postgres_name_its_own_tools() {
    let Some(install) = Install::new(Engine::Postgres).await else { return };
    for words in [["backup", "/tmp/khong-dung"], ["restore", "/tmp/khong-dung"]] {
        let why = install.refused(&words);
        assert!(why.contains("pg_dump") || why.contains("pg_restore"), "{words:?}: {why}");
    }
}

async fn boundaries(engine: Engine) {
    let file = repository().join("../shared/data/quang-tri-boundaries.geojson");
    if !file.exists() {
        eprintln!("left out: {} does not exist", file.display());
        return;
    }
    let Some(install) = Install::new(engine).await else { return };
    let file = file.display().to_string();
    let rows = async || number(&install.store().await, "SELECT count(*) FROM boundary_version").await;
    assert!(install.ok(&["import", "boundaries", &file, "--dry-run"]).contains("78 đơn vị"));
    assert_eq!(rows().await, 0, "a dry run stores nothing");
    install.ok(&["import", "boundaries", &file]);
    assert_eq!(rows().await, 1);

    // Another province's file is refused with every fault, and what is stored stays.
    let foreign = repository().join("../shared/data/cao-bang-boundaries.geojson").display().to_string();
    let why = install.refused(&["import", "boundaries", &foreign]);
    assert!(why.contains("faults") && why.lines().count() > 10, "{why}");
    let broken = install.folder.path().join("hong.geojson");
    std::fs::write(&broken, "{\"type\": \"FeatureCollection\", \"features\": [").unwrap();
    install.refused(&["import", "boundaries", &broken.display().to_string()]);
    assert_eq!(rows().await, 1);

    let person = people::citizens(&install, 1).await.remove(0);
    let server = install.serve().await;
    let sent = server.http.post(server.url("/api/v1/reports")).bearer_auth(&person.token).json(&report(1)).send().await;
    assert_eq!(sent.unwrap().status(), 201);
    server.stop().await;
    let store = install.store().await;
    let logged = number(&store, "SELECT count(*) FROM audit WHERE act = 'boundaries-imported' AND actor = 'operator'");
    assert_eq!(logged.await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn official_boundaries_are_checked_then_imported_on_sqlite() {
    boundaries(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn official_boundaries_are_checked_then_imported_on_postgres() {
    boundaries(Engine::Postgres).await;
}
