//! An installation in a temporary folder, its commands and its server process.

use base::{
    clock::{Clock, Entropy},
    i18n::Texts,
    keys::Keys,
};
use domain::{
    core::{Core, Settings},
    packs::Pack,
    province,
};
use sandbox::smsc::{Account, Smsc, SmscOptions};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use store::{ConnectionTrait, Files, Options, Sql, Store};
use tempfile::TempDir;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_congdanso");
pub const ORIGIN: &str = "https://congdan.example.vn";
/// Long enough for a busy machine of two cores; only a fault ever waits so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// A province's installation: folder, configuration, key.
pub struct Install {
    pub folder: TempDir,
    pub config: PathBuf,
    pub data: PathBuf,
    pub port: u16,
    pub database_url: Option<String>,
    /// Lines added under the tables of the configuration.
    sms: Option<u16>,
}

pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A random number; tests choose moments and ports with it.
pub fn random(below: u64) -> u64 {
    u64::from_be_bytes(Entropy::system().bytes()) % below
}

/// A loopback port below those that the kernel hands out by itself, so that it is still free after a restart.
pub fn free_port() -> u16 {
    (0..200)
        .map(|_| 12_000 + random(8_000) as u16)
        .find(|port| std::net::TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port")
}

/// Asks again and again until the answer is yes. Panics with `what` when that takes too long.
pub async fn eventually(what: &str, patience: Duration, mut ask: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !ask().await {
        assert!(start.elapsed() < patience, "{what}: not within {patience:?}");
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

impl Install {
    /// An installation on SQLite, or in a schema of its own in the test server. `None`, with a note: there is no such server.
    pub async fn new(engine: Engine) -> Option<Self> {
        let url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => match std::env::var("CONGDANSO_TEST_POSTGRES") {
                Ok(url) => Some(own_schema(&url).await),
                Err(_) => {
                    eprintln!("left out: CONGDANSO_TEST_POSTGRES is not set");
                    return None;
                }
            },
        };
        Some(Self::on(url))
    }

    pub fn sqlite() -> Self {
        Self::on(None)
    }

    pub fn on(database_url: Option<String>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let config = folder.path().join("congdanso.toml");
        let install = Self { config, data, port: free_port(), database_url, sms: None, folder };
        install.write("");
        let made = install.run(&["secret", &install.key_file().display().to_string()]);
        assert!(made.status.success(), "{}", text(&made.stderr));
        install
    }

    /// The same, connected to a test operator on this port of the loopback.
    pub fn with_sms(mut self, port: u16) -> Self {
        self.sms = Some(port);
        self.write("");
        self
    }

    pub fn key_file(&self) -> PathBuf {
        self.folder.path().join("master-key")
    }

    /// Writes the configuration file; `more` stands before the first table.
    pub fn write(&self, more: &str) {
        let sms = self.sms.map_or_else(String::new, |port| {
            format!(
                "[sms]\nhost = \"127.0.0.1\"\nport = {port}\nsystem_id = \"quangtri\"\npassword = \"mat-khau\"\n\
                 source_addr = \"QUANGTRI\"\nwindow = 100\nrate_per_second = 2000\n"
            )
        });
        let database =
            self.database_url.as_ref().map_or_else(String::new, |url| format!("[database]\nurl = \"{url}\"\n"));
        let text = format!(
            "{more}\ndata = \"{}\"\n[server]\nlisten = \"127.0.0.1:{}\"\norigin = \"{ORIGIN}\"\n[province]\npack = \"{}\"\n\
             [secrets]\nmaster_key_file = \"{}\"\n{database}{sms}",
            self.data.display(),
            self.port,
            repository().join("packs/quang-tri").display(),
            self.key_file().display(),
        );
        std::fs::write(&self.config, text).unwrap();
    }

    /// Changes a piece of the configuration file.
    pub fn change(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(&self.config).unwrap();
        assert!(text.contains(from), "{from} is not in the configuration");
        std::fs::write(&self.config, text.replace(from, to)).unwrap();
    }

    /// A command with its configuration in the environment, as an operator's shell may have it.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(words).env("CONGDANSO_CONFIG", &self.config).env_remove("CONGDANSO_LOG").stdin(Stdio::null());
        command
    }

    /// Runs a command to its end; one that goes on serving instead is ended and is a failure.
    pub fn run(&self, words: &[&str]) -> Output {
        let child = self.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let pid = child.id().to_string();
        let (said, end) = std::sync::mpsc::channel();
        std::thread::spawn(move || said.send(child.wait_with_output()));
        match end.recv_timeout(PATIENCE * 2) {
            Ok(out) => {
                let out = out.unwrap();
                record(&text(&out.stdout));
                record(&text(&out.stderr));
                out
            }
            Err(_) => {
                let _ = Command::new("kill").args(["-KILL", &pid]).status();
                panic!("{words:?} does not end");
            }
        }
    }

    /// A command that must succeed; gives what it said.
    pub fn ok(&self, words: &[&str]) -> String {
        let out = self.run(words);
        assert!(out.status.success(), "{words:?}: {}{}", text(&out.stdout), text(&out.stderr));
        text(&out.stdout)
    }

    /// A command that must refuse with exit code 1; gives the reason.
    pub fn refused(&self, words: &[&str]) -> String {
        let out = self.run(words);
        assert_eq!(out.status.code(), Some(1), "{words:?}: {}{}", text(&out.stdout), text(&out.stderr));
        text(&out.stderr)
    }

    pub async fn serve(&self) -> Server {
        Server::start(self, &[]).await
    }

    pub fn database(&self) -> String {
        self.database_url.clone().unwrap_or_else(|| format!("sqlite:{}", self.data.join("congdanso.sqlite").display()))
    }

    /// The database beside (or without) the server: for looking and for preparing.
    pub async fn store(&self) -> Store {
        std::fs::create_dir_all(&self.data).unwrap();
        Store::open(&self.database(), Options { connections: 2, ..Options::default() }).await.unwrap()
    }

    pub fn keys(&self) -> Keys {
        Keys::new(&key_in(&self.key_file()))
    }

    /// The services of the binary in this process, on the same database and key.
    pub async fn core(&self) -> Core {
        let store = self.store().await;
        let pack = Pack::load(&repository().join("packs/quang-tri")).unwrap();
        let mut sources = domain::core::text_sources();
        sources.extend(web::text_sources());
        let own = pack.texts.clone();
        sources.extend(own.iter().map(|(lang, text)| (*lang, "pack", text.as_str())));
        let texts = Texts::load(sources).unwrap();
        let (clock, entropy) = (Clock::system(), Entropy::system());
        let province = province::load(&store, pack, &clock, &entropy).await.unwrap();
        let settings = Settings { origin: ORIGIN.into(), ..Settings::default() };
        let files = Files::folder(&self.data.join("files")).unwrap();
        Core::new(store, files, clock, entropy, self.keys(), Arc::new(texts), settings, province)
    }
}

/// What `congdanso secret` wrote.
pub fn key_in(file: &Path) -> [u8; 32] {
    let hex = std::fs::read_to_string(file).unwrap();
    let bytes: Vec<u8> = (0..32).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect();
    bytes.try_into().unwrap()
}

/// Keeps what the program wrote where the last step of `make test` looks for personal numbers (tests/logs).
fn record(said: &str) {
    use std::io::Write;
    let Some(folder) = std::env::var_os("CONGDANSO_RUN_LOGS") else { return };
    std::fs::create_dir_all(&folder).unwrap();
    let file = Path::new(&folder).join(format!("whole-{}.log", std::process::id()));
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file).unwrap();
    writeln!(file, "{said}").unwrap();
}

/// A schema of its own, named in the address.
async fn own_schema(url: &str) -> String {
    let schema = format!("w{:016x}", random(u64::MAX));
    let admin = Store::connect(url, Options { connections: 1, ..Options::default() }).await.unwrap();
    admin.read().execute_unprepared(&format!("CREATE SCHEMA {schema}")).await.unwrap();
    let and = if url.contains('?') { '&' } else { '?' };
    format!("{url}{and}options=-csearch_path%3D{schema}")
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A serving process. Killed when dropped.
pub struct Server {
    child: Child,
    pub base: String,
    pub port: u16,
    log: Arc<Mutex<String>>,
    pub http: reqwest::Client,
}

impl Server {
    /// Starts `serve` and waits until it is ready.
    pub async fn start(install: &Install, environment: &[(&str, &str)]) -> Self {
        let mut command = install.command(&["serve"]);
        command.envs(environment.iter().copied());
        let server = Self::spawn(command, install.port);
        server.wait_ready().await;
        server
    }

    pub fn spawn(mut command: Command, port: u16) -> Self {
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (lines, kept) = (BufReader::new(child.stderr.take().unwrap()), log.clone());
        std::thread::spawn(move || {
            for line in lines.lines().map_while(Result::ok) {
                record(&line);
                let mut kept = kept.lock().unwrap();
                kept.push_str(&line);
                kept.push('\n');
            }
        });
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .no_proxy()
            .build()
            .unwrap();
        Self { child, base: format!("http://127.0.0.1:{port}"), port, log, http }
    }

    pub async fn wait_ready(&self) {
        eventually(&format!("ready; it said {}", self.log()), PATIENCE, async || {
            self.status("/readyz").await == Some(200)
        })
        .await;
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(self.url(path)).send().await.unwrap()
    }

    pub async fn status(&self, path: &str) -> Option<u16> {
        self.http.get(self.url(path)).send().await.ok().map(|r| r.status().as_u16())
    }

    pub async fn metric(&self, line: &str) -> Option<f64> {
        let text = self.get("/metrics").await.text().await.ok()?;
        text.lines().find_map(|l| l.strip_prefix(line)?.trim().parse().ok())
    }

    /// What it wrote to standard error so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// `kill -9`; gives what it had said.
    pub fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log()
    }

    /// Asks it to end, as systemd does.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    pub async fn wait_end(&mut self, within: Duration) -> Option<ExitStatus> {
        let start = Instant::now();
        while start.elapsed() < within {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        None
    }

    /// An orderly end, which must be one.
    pub async fn stop(mut self) -> String {
        self.terminate();
        let end = self.wait_end(PATIENCE).await;
        assert!(end.is_some_and(|e| e.success()), "{end:?}: {}", self.log());
        self.log()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

/// An operator whose name is not one of the sandbox's, on a free port.
pub async fn operator() -> (Smsc, u16) {
    let account = Account { system_id: "quangtri".into(), password: "mat-khau".into() };
    let options = SmscOptions { accounts: vec![account], receipt_delay: Duration::from_millis(150), keep: 200_000 };
    let smsc = Smsc::new(options, Clock::system());
    let port = free_port();
    smsc.listen(tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap());
    (smsc, port)
}

/// The first column of every row, for looking at the database.
pub async fn numbers(store: &Store, sql: &str) -> Vec<i64> {
    Sql::new(sql).scalars(store.read()).await.unwrap()
}

pub async fn number(store: &Store, sql: &str) -> i64 {
    numbers(store, sql).await.first().copied().unwrap_or(0)
}
