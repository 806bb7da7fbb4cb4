//! PostgreSQL goes away and comes back: readiness says so, pages say so, and no restart is needed.

use crate::{
    harness::{Install, PATIENCE, eventually, free_port, number, text},
    load::report,
    people,
};
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A PostgreSQL server of this test alone, like `tools/with-postgres.sh` makes one. Ends with the test.
pub struct Cluster {
    folder: TempDir,
    bin: PathBuf,
    port: u16,
    server: Option<Child>,
}

impl Cluster {
    /// `None`, with a note: there is no PostgreSQL on this machine.
    pub fn make() -> Option<Self> {
        let mut found: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path().join("bin"))
            .filter(|bin| bin.join("initdb").exists())
            .collect();
        found.sort();
        let Some(bin) = found.pop() else {
            eprintln!("left out: no PostgreSQL binaries in /usr/lib/postgresql");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let cluster = Self { bin, port: free_port(), server: None, folder };
        if is_root() {
            let owned = Command::new("chown").arg("-R").arg(owner()).arg(cluster.folder.path()).status().unwrap();
            assert!(owned.success());
        }
        let made = cluster
            .tool("initdb")
            .args([
                "--username",
                "congdanso",
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
                "--locale",
                "C.UTF-8",
                "--no-sync",
            ])
            .arg("--pgdata")
            .arg(cluster.folder.path().join("data"))
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", text(&made.stderr));
        Some(cluster)
    }

    /// A program of PostgreSQL, which refuses to run as root. `--pdeathsig`: it never outlives the test.
    fn tool(&self, name: &str) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "INT"]).current_dir(self.folder.path());
        if is_root() {
            command.args(["--reuid", owner(), "--regid", owner(), "--clear-groups", "--no-new-privs"]);
        }
        command.arg(self.bin.join(name)).stdin(Stdio::null());
        command
    }

    pub fn start(&mut self) {
        let port = self.port.to_string();
        let server = self
            .tool("postgres")
            .arg("-D")
            .arg(self.folder.path().join("data"))
            .args(["-k", &self.folder.path().display().to_string(), "-p", &port])
            .args(["-c", "listen_addresses=127.0.0.1", "-c", "shared_buffers=32MB", "-c", "fsync=off"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        self.server = Some(server);
        let start = Instant::now();
        loop {
            let ready = self.tool("pg_isready").args(["-q", "-h", "127.0.0.1", "-p", &port]).status().unwrap();
            if ready.success() {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "PostgreSQL does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// As when its machine loses power: every connection is cut.
    pub fn crash(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        // SIGQUIT is PostgreSQL's immediate shutdown; `setpriv` became the server, so this is its process.
        let _ = Command::new("kill").args(["-QUIT", &server.id().to_string()]).status();
        let _ = server.wait();
    }

    pub fn url(&self) -> String {
        format!("postgres://congdanso@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.crash();
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|out| text(&out.stdout).trim() == "0")
}

fn owner() -> &'static str {
    let known = Command::new("id").arg("postgres").output().is_ok_and(|out| out.status.success());
    if known { "postgres" } else { "nobody" }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x9_postgres_gone_and_back_needs_no_restart() {
    let Some(mut cluster) = Cluster::make() else { return };
    cluster.start();
    let install = Install::on(Some(cluster.url()));
    let person = people::citizens(&install, 1).await.remove(0);
    let mut server = install.serve().await;
    let send = async |n: usize| {
        let sent =
            server.http.post(server.url("/api/v1/reports")).bearer_auth(&person.token).json(&report(n)).send().await;
        sent.unwrap()
    };
    let page =
        async |path: &str| server.http.get(server.url(path)).header("cookie", person.cookie()).send().await.unwrap();
    assert_eq!(send(1).await.status(), 201);
    assert_eq!(page("/phan-anh/cua-toi").await.status(), 200);

    for round in 0..2 {
        cluster.crash();
        eventually("readiness says so", PATIENCE, async || server.status("/readyz").await == Some(503)).await;
        assert_eq!(server.status("/healthz").await, Some(200), "the process itself is well: nobody must restart it");
        assert_eq!(server.status("/metrics").await, Some(200));
        // Longer than a session is kept in memory: now it cannot be read.
        tokio::time::sleep(Duration::from_millis(3_200)).await;
        let refused = send(2).await;
        assert_eq!(refused.status(), 503);
        assert!(refused.headers().contains_key("retry-after"));
        assert_eq!(refused.headers()["content-type"], "application/problem+json");
        let problem: serde_json::Value = refused.json().await.unwrap();
        assert_eq!(problem["title"], "busy");
        assert!(problem["detail"].as_str().is_some_and(|d| d.chars().count() > 10), "{problem}");

        let shown = page("/phan-anh/cua-toi").await;
        assert_eq!(shown.status(), 503);
        assert!(shown.headers().contains_key("retry-after"));
        let html = shown.text().await.unwrap();
        assert!(html.contains("<h1") && html.contains("</html>"), "people get a page that says what to do: {html}");
        // Pages that need no data stay.
        assert_eq!(page("/healthz").await.status(), 200);

        cluster.start();
        eventually("ready again", PATIENCE, async || server.status("/readyz").await == Some(200)).await;
        assert_eq!(send(10 + round).await.status(), 201, "no restart is needed");
        assert_eq!(page("/phan-anh/cua-toi").await.status(), 200);
    }
    assert!(server.is_running());
    let store = install.store().await;
    eventually("the audit chain goes on", PATIENCE, async || {
        number(&store, "SELECT count(*) FROM report_event WHERE NOT sealed").await == 0
    })
    .await;
    assert_eq!(number(&store, "SELECT count(*) FROM report").await, 3);
    let log = server.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}
