//! One TOML file and the environment (X11). Everything is checked at once: a start that fails names every fault.
//! `CONGDANSO__DATABASE__URL=…` in the environment stands for `url` in `[database]` and wins over the file.

use crate::{
    authorities,
    banks::BankAt,
    files::{self, Place},
    payments::PaymentAt,
    population,
    sign_in::SignIn,
    signatures::{self, AuthorityAt, RemoteAt},
};
use base::keys::Keys;
use gateways::sms::smpp::SmppConfig;
use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};
use web::Tiles;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    #[serde(default)]
    pub database: Database,
    pub province: ProvinceFolder,
    pub data: PathBuf,
    pub secrets: Secrets,
    #[serde(default)]
    pub sms: Option<SmppConfig>,
    /// SMS a day before the circuit breaker opens (A4).
    #[serde(default = "sms_budget")]
    pub sms_budget_day: i64,
    #[serde(default)]
    pub role: Role,
    #[serde(default)]
    pub passwords: Passwords,
    /// Where photos, videos and papers lie, when it is not the data folder (X1).
    #[serde(default)]
    pub files: Option<files::Section>,
    #[serde(default)]
    pub map: MapGround,
    #[serde(default)]
    pub open311: Open311,
    /// Providers that people may come from (N9); none by default.
    #[serde(default)]
    pub sign_in: Vec<SignIn>,
    /// The population registry (N16); without it nobody is compared with it.
    #[serde(default)]
    pub population: Option<population::Section>,
    /// Where the national portal asks in whose name a phone is (N2); without it nobody registers by phone there.
    #[serde(default)]
    pub operators: Option<authorities::Section>,
    /// Where it asks whose a social insurance number is, and whom a post office gave a code (N3); the same.
    #[serde(default)]
    pub insurance: Option<authorities::Section>,
    #[serde(default)]
    pub post: Option<authorities::Section>,
    /// Banks whose accounts people may link at the national portal (N13); none by default.
    #[serde(default)]
    pub bank: Vec<BankAt>,
    /// The gateway over which fees are paid at the national portal (P2); without it they are paid at the one-stop office.
    #[serde(default)]
    pub payment: Option<PaymentAt>,
    /// Whose certificates of persons the national portal believes (N4); none by default.
    #[serde(default)]
    pub signature_authority: Vec<AuthorityAt>,
    /// Who signs far away for them (SIM, cloud).
    #[serde(default)]
    pub remote_signing: Option<RemoteAt>,
}

/// Other systems (R12).
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Open311 {
    /// Hosts from which pictures at `media_url` are fetched, over https; none by default.
    pub media_hosts: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    #[serde(default = "listen")]
    pub listen: SocketAddr,
    /// What people type: `https://congdan.example.vn`.
    pub origin: String,
    #[serde(default)]
    pub trusted_proxies: Vec<IpAddr>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://…`; without it SQLite in the data folder.
    pub url: Option<String>,
    /// 0: the engine's default.
    #[serde(default)]
    pub connections: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProvinceFolder {
    pub pack: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// A file with 64 hex digits: 32 random bytes. `congdanso secret` makes one.
    pub master_key_file: PathBuf,
    /// Another such file, for what is kept of persons alone; it can be turned. Without it the master key serves.
    #[serde(default)]
    pub persons_key_file: Option<PathBuf>,
    /// The one before, while rows are sealed anew; without it the master key was.
    #[serde(default)]
    pub persons_key_previous_file: Option<PathBuf>,
}

impl Secrets {
    /// All keys of this installation. Errors: every file that cannot be read or holds none.
    pub fn keys(&self) -> Result<Keys, Vec<String>> {
        let mut faults = Vec::new();
        let mut read = |what: &str, file: &Path| read_key(what, file).map_err(|fault| faults.push(fault)).ok();
        let master = read("secrets.master_key_file", &self.master_key_file);
        let own = self.persons_key_file.as_deref().map(|file| read("secrets.persons_key_file", file));
        let before = self.persons_key_previous_file.as_deref().map(|f| read("secrets.persons_key_previous_file", f));
        match (master, own, before) {
            (Some(master), None, None) => return Ok(Keys::new(&master)),
            (Some(master), Some(Some(own)), None) => return Ok(Keys::new(&master).turned(&own, None)),
            (Some(master), Some(Some(own)), Some(Some(before))) if own != before => {
                return Ok(Keys::new(&master).turned(&own, Some(&before)));
            }
            (Some(_), Some(Some(_)), Some(Some(_))) => {
                faults.push("secrets.persons_key_previous_file holds the same key as persons_key_file".into());
            }
            (_, None, Some(_)) => {
                faults.push("secrets.persons_key_previous_file stands there without persons_key_file".into());
            }
            _ => {}
        }
        Err(faults)
    }
}

/// What lies under the maps; without it only the communes are drawn, and no other server learns what people look at.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MapGround {
    /// `https://…/{z}/{x}/{y}.png`
    pub tiles: Option<String>,
    /// A PMTiles file of pictures; it wins over `tiles`.
    pub pmtiles: Option<PathBuf>,
    /// Whose map it is; most licences want it named.
    pub attribution: String,
}

impl MapGround {
    /// Errors: what is wrong, for the operator.
    pub fn open(&self) -> Result<Option<Tiles>, String> {
        match (&self.pmtiles, &self.tiles) {
            (Some(file), _) => Tiles::local(file, &self.attribution).map(Some),
            (None, Some(url)) => Tiles::remote(url, &self.attribution).map(Some),
            (None, None) => Ok(None),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Answers requests only.
    Web,
    /// Sends and tidies only.
    Worker,
    #[default]
    All,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Passwords {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
    /// Hashes computed at once.
    pub at_once: usize,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { memory_kib: 19 * 1024, passes: 2, lanes: 1, at_once: 1 }
    }
}

fn listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn sms_budget() -> i64 {
    20_000
}

/// Where one looks when no `--config` is given.
pub const DEFAULT_FILE: &str = "/etc/congdanso/congdanso.toml";

impl Config {
    /// Reads the file and the environment. Errors: all faults of form, in words for an operator.
    pub fn read(file: &Path) -> Result<Self, Vec<String>> {
        let text = std::fs::read_to_string(file).map_err(|e| vec![format!("{}: {e}", file.display())])?;
        Self::parse(&text, std::env::vars())
            .map_err(|e| e.into_iter().map(|e| format!("{}: {e}", file.display())).collect())
    }

    fn parse(text: &str, environment: impl Iterator<Item = (String, String)>) -> Result<Self, Vec<String>> {
        let mut table: toml::Table = text.parse().map_err(|e: toml::de::Error| vec![e.to_string()])?;
        for (name, value) in environment {
            if let Some(path) = name.strip_prefix("CONGDANSO__") {
                let path: Vec<String> = path.split("__").map(str::to_lowercase).collect();
                set(&mut table, &path, value);
            }
        }
        table.try_into().map_err(|e: toml::de::Error| vec![e.to_string()])
    }

    /// What a real installation must not have. Errors: every fault.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let local =
            self.server.origin.starts_with("http://localhost") || self.server.origin.starts_with("http://127.0.0.1");
        if !self.server.origin.starts_with("https://") && !local {
            faults.push("server.origin must start with https:// (cookies and passkeys need it)".into());
        }
        if self.server.origin.ends_with('/') || self.server.origin.matches('/').count() != 2 {
            faults.push("server.origin is a scheme and a host only, without a path or a slash at its end".into());
        }
        if let Some(sms) = &self.sms {
            if let Err(errors) = sms.validate() {
                faults.extend(errors.iter().map(|e| format!("sms.{}: {}", e.field, e.problem)));
            }
            // The sandbox's SMSC takes only such names, so nobody sends real people's codes to a test inbox by mistake.
            if sms.system_id.starts_with("sandbox") || sms.password.reveal().starts_with("sandbox") {
                faults.push("sms.system_id and sms.password are those of the sandbox: enter your operator's".into());
            }
        }
        let is_name =
            |host: &str| !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
        for host in self.open311.media_hosts.iter().filter(|h| !is_name(h) || h.parse::<IpAddr>().is_ok()) {
            faults.push(format!("open311.media_hosts: «{host}» must be the name of a host, such as photos.example.vn"));
        }
        faults.extend(self.sign_in.iter().flat_map(SignIn::faults));
        for (at, provider) in self.sign_in.iter().enumerate() {
            if self.sign_in[..at].iter().any(|other| other.name == provider.name) {
                faults.push(format!("sign_in «{}» stands there twice", provider.name));
            }
        }
        faults.extend(self.bank.iter().flat_map(BankAt::faults));
        for (at, bank) in self.bank.iter().enumerate() {
            if self.bank[..at].iter().any(|other| other.name == bank.name) {
                faults.push(format!("bank «{}» stands there twice", bank.name));
            }
        }
        faults.extend(self.payment.iter().flat_map(PaymentAt::faults));
        faults.extend(self.population.iter().flat_map(population::Section::faults));
        faults.extend(self.authorities().err().into_iter().flatten());
        faults.extend(signatures::authorities(&self.signature_authority).err().into_iter().flatten());
        if let Some(Err(e)) = self.remote_signing.as_ref().map(RemoteAt::read) {
            faults.push(e);
        }
        faults.extend(self.place().err().into_iter().flatten());
        if let Err(e) = self.map.open() {
            faults.push(e);
        }
        if let Err(all) = self.secrets.keys() {
            faults.extend(all);
        }
        if self
            .database
            .url
            .as_deref()
            .is_some_and(|u| !u.starts_with("postgres://") && !u.starts_with("postgresql://"))
        {
            faults.push("database.url must be a postgres:// address, or be left out for SQLite".into());
        }
        let p = &self.passwords;
        if p.memory_kib < 19 * 1024 || p.passes < 2 || p.lanes < 1 || p.at_once < 1 {
            faults.push("passwords: at least memory_kib = 19456, passes = 2, lanes = 1, at_once = 1 (OWASP)".into());
        }
        faults
    }

    /// Where the files lie. Errors: every fault, in words for an operator.
    pub fn place(&self) -> Result<Place, Vec<String>> {
        match &self.files {
            None => Ok(Place::Folder(self.data.join("files"))),
            Some(section) => section.read().map(Place::Bucket),
        }
    }

    /// Who confirms people at the portal. Errors: every fault, in words for an operator.
    pub fn authorities(&self) -> Result<authorities::Addresses, Vec<String>> {
        let mut faults = Vec::new();
        let mut read = |name: &str, section: &Option<authorities::Section>| {
            section.as_ref().map(|section| section.read(name)).transpose().unwrap_or_else(|fault| {
                faults.push(fault);
                None
            })
        };
        let addresses = authorities::Addresses {
            operators: read("operators", &self.operators),
            insurance: read("insurance", &self.insurance),
            post: read("post", &self.post),
        };
        if faults.is_empty() { Ok(addresses) } else { Err(faults) }
    }

    pub fn database_url(&self) -> String {
        self.database.url.clone().unwrap_or_else(|| format!("sqlite:{}", self.data.join("congdanso.sqlite").display()))
    }
}

fn set(table: &mut toml::Table, path: &[String], value: String) {
    match path {
        [] => {}
        [last] => {
            let parsed = format!("v = {value}").parse::<toml::Table>().ok().and_then(|mut t| t.remove("v"));
            table.insert(last.clone(), parsed.unwrap_or(toml::Value::String(value)));
        }
        [first, rest @ ..] => {
            let inner = table.entry(first.clone()).or_insert_with(|| toml::Value::Table(toml::Table::new()));
            if let Some(inner) = inner.as_table_mut() {
                set(inner, rest, value);
            }
        }
    }
}

/// The installation's own secret. Errors: as `read_key`.
pub fn read_master_key(file: &Path) -> Result<[u8; 32], String> {
    read_key("secrets.master_key_file", file)
}

/// Reads 64 hex digits. A key of one repeated byte is somebody's placeholder. Errors name the field of the configuration.
pub fn read_key(field: &str, file: &Path) -> Result<[u8; 32], String> {
    let text = std::fs::read_to_string(file).map_err(|e| format!("{field} {}: {e}", file.display()))?;
    let text = text.trim();
    let mut key = [0u8; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("{field} {}: must hold 64 hex digits; make one with `congdanso secret`", file.display()));
    }
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|e| e.to_string())?;
    }
    if key.iter().all(|b| *b == key[0]) {
        return Err(format!("{field} {}: is a placeholder, not a secret", file.display()));
    }
    Ok(key)
}

/// Writes a new key that only its owner can read; an existing file is never overwritten.
pub fn write_master_key(file: &Path) -> std::io::Result<()> {
    use std::{io::Write, os::unix::fs::OpenOptionsExt};
    let key: [u8; 32] = base::clock::Entropy::system().bytes();
    let hex: String = key.iter().map(|b| format!("{b:02x}")).collect();
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    writeln!(out, "{hex}")?;
    out.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        data = "/var/lib/congdanso"
        [server]
        origin = "https://congdan.example.vn"
        [province]
        pack = "packs/quang-tri"
        [secrets]
        master_key_file = "/nonexistent/key"
    "#;

    #[test]
    fn x11_the_environment_wins_and_unknown_fields_are_named() {
        let env = [
            ("CONGDANSO__SERVER__LISTEN".to_owned(), "127.0.0.1:9999".to_owned()),
            ("CONGDANSO__ROLE".into(), "web".into()),
        ];
        let config = Config::parse(WHOLE, env.into_iter()).unwrap();
        assert_eq!(config.server.listen.port(), 9999);
        assert_eq!(config.role, Role::Web);
        assert_eq!(config.database_url(), "sqlite:/var/lib/congdanso/congdanso.sqlite");
        let wrong = Config::parse(&format!("colour = 1\n{WHOLE}"), std::iter::empty()).unwrap_err();
        assert!(wrong[0].contains("colour"), "{wrong:?}");
    }

    #[test]
    fn x8_production_refuses_plain_http_sandbox_peers_and_missing_secrets() {
        let text = WHOLE.replace("https://congdan.example.vn", "http://congdan.example.vn/")
            + "[sms]\nhost = \"127.0.0.1\"\nsystem_id = \"sandbox-quang-tri\"\npassword = \"sandbox\"\nsource_addr = \"QTRI\"\n";
        let faults = Config::parse(&text, std::iter::empty()).unwrap().faults();
        for part in ["https://", "without a path", "sandbox", "master_key_file"] {
            assert!(faults.iter().any(|f| f.contains(part)), "{part}: {faults:?}");
        }
    }

    #[test]
    fn r12_pictures_are_fetched_from_nowhere_unless_hosts_are_named() {
        let parsed = |more: &str| Config::parse(&format!("{WHOLE}{more}"), std::iter::empty()).unwrap();
        assert!(parsed("").open311.media_hosts.is_empty());
        let good = parsed("[open311]\nmedia_hosts = [\"anh.example.vn\"]\n");
        assert!(!good.faults().iter().any(|f| f.contains("media_hosts")));
        for bad in ["https://anh.example.vn", "127.0.0.1", "anh.example.vn/a", "*", ""] {
            let faults = parsed(&format!("[open311]\nmedia_hosts = [\"{bad}\"]\n")).faults();
            assert!(faults.iter().any(|f| f.contains("media_hosts")), "{bad}");
        }
    }

    #[test]
    fn a15_a_key_of_its_own_for_persons_is_read_with_the_one_before_or_every_fault_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name);
        for name in ["master", "first", "second"] {
            write_master_key(&file(name)).unwrap();
        }
        let secrets = |own: Option<&str>, before: Option<&str>| Secrets {
            master_key_file: file("master"),
            persons_key_file: own.map(file),
            persons_key_previous_file: before.map(file),
        };
        let turn = |own, before| secrets(own, before).keys().map(|keys| keys.turn());
        assert_eq!(turn(None, None), Ok(0));
        let first = turn(Some("first"), None).unwrap();
        assert_ne!(first, 0);
        assert_eq!(turn(Some("first"), Some("second")), Ok(first), "what was before does not name it");
        let faults = |own, before| turn(own, before).unwrap_err().join("\n");
        assert!(faults(Some("first"), Some("first")).contains("the same key"));
        assert!(faults(None, Some("first")).contains("without persons_key_file"));
        let both = faults(Some("gone"), Some("lost"));
        assert!(both.contains("persons_key_file") && both.contains("persons_key_previous_file"), "{both}");
    }

    #[test]
    fn n16_faults_of_the_registry_stand_beside_all_others() {
        let text = format!(
            "{WHOLE}[population]\naddress = \"http://lgsp.example.vn\"\ntoken_file = \"/nonexistent/token\"\n\
             auth_key_file = \"/nonexistent/key\"\nofficer = \"\"\nprocedure = \"1.004222\"\n"
        );
        let faults = Config::parse(&text, std::iter::empty()).unwrap().faults();
        for part in
            ["population.address", "token_file", "auth_key_file", "population.officer", "secrets.master_key_file"]
        {
            assert!(faults.iter().any(|f| f.contains(part)), "{part}: {faults:?}");
        }
        assert!(!Config::parse(WHOLE, std::iter::empty()).unwrap().faults().iter().any(|f| f.contains("population")));
    }

    #[test]
    fn n13_faults_of_banks_stand_beside_all_others() {
        let bank = "[[bank]]\nname = \"b\"\nlabel = { vi = \"B\", en = \"B\" }\nissuer = \"http://localhost:8087\"\nclient_id = \"sandbox-cong\"\n\
                    client_secret_file = \"/nonexistent/secret\"\nscopes = [\"accounts\"]\naccounts = \"http://localhost:8087/a\"\n";
        let faults = Config::parse(&format!("{WHOLE}{bank}{bank}"), std::iter::empty()).unwrap().faults();
        for part in ["https://", "of the sandbox", "client_secret_file", "«b» stands there twice", "master_key_file"]
        {
            assert!(faults.iter().any(|f| f.contains(part)), "{part}: {faults:?}");
        }
        assert!(!Config::parse(WHOLE, std::iter::empty()).unwrap().faults().iter().any(|f| f.contains("bank")));
    }

    #[test]
    fn p6_faults_of_the_payment_gateway_stand_beside_all_others() {
        let payment = "[payment]\npay = \"http://localhost:8089/pay\"\napi = \"https://api.example.vn/a?b\"\nterminal = \"SANDBOX1\"\n\
                       secret_file = \"/nonexistent/secret\"\n";
        let faults = Config::parse(&format!("{WHOLE}{payment}"), std::iter::empty()).unwrap().faults();
        for part in ["payment: pay", "payment: api", "of the sandbox", "payment.secret_file", "master_key_file"] {
            assert!(faults.iter().any(|f| f.contains(part)), "{part}: {faults:?}");
        }
        assert!(!Config::parse(WHOLE, std::iter::empty()).unwrap().faults().iter().any(|f| f.contains("payment")));
    }

    #[test]
    fn x8_a_master_key_is_made_once_and_a_placeholder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        write_master_key(&file).unwrap();
        assert!(write_master_key(&file).is_err());
        assert!(read_master_key(&file).is_ok());
        std::fs::write(&file, "00".repeat(32)).unwrap();
        assert!(read_master_key(&file).unwrap_err().contains("placeholder"));
    }
}
