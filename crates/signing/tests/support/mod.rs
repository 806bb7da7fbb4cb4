//! An authority made while the test runs, with the openssl of the machine: keys, certificates, lists and answers are its, not ours.

use base::clock::{Clock, DAY, Entropy, MINUTE, Millis};
use signing::{Authority, Certificate, Fetch, Unreachable, Verifier};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

pub const PERSON: &str = "/UID=CCCD:000189000003/CN=Nguyễn Thị Ví Dụ/C=VN";
/// What authorities write into a person's certificate.
pub const SIGNING: &str =
    "keyUsage=critical,digitalSignature,nonRepudiation\nextendedKeyUsage=clientAuth,emailProtection\n";
const LISTS: &str = "http://crl.example.vn";
const ASKED: &str = "http://ocsp.example.vn";

/// Runs openssl and gives what it wrote. Panics with its own words when it fails.
pub fn openssl(folder: &Path, line: &str, more: &[&str]) -> Vec<u8> {
    let out = Command::new("openssl").current_dir(folder).args(line.split_whitespace()).args(more).output().unwrap();
    assert!(out.status.success(), "openssl {line}: {}", String::from_utf8_lossy(&out.stderr));
    out.stdout
}

/// An authority's folder: `key.pem`, `cert.pem`, and the books that `openssl ca` keeps.
pub struct Ca {
    pub at: PathBuf,
}

/// A certificate with its key, as files without their endings.
pub struct Card {
    pub at: PathBuf,
}

impl Card {
    pub fn certificate(&self) -> PathBuf {
        self.at.with_extension("pem")
    }

    pub fn key(&self) -> PathBuf {
        self.at.with_extension("key")
    }
}

const BOOKS: &str = "[req]\ndistinguished_name=dn\nstring_mask=utf8only\n[dn]\n[ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\n\
    new_certs_dir=.\nserial=serial\ncrlnumber=crlnumber\ncertificate=cert.pem\nprivate_key=key.pem\ndefault_md=sha256\n\
    default_days=365\ndefault_crl_days=7\npolicy=any\nunique_subject=no\n[any]\nUID=optional\nserialNumber=optional\n\
    CN=supplied\nO=optional\nC=optional\n";

fn folder(at: PathBuf) -> Ca {
    fs::create_dir_all(&at).unwrap();
    fs::write(at.join("conf"), BOOKS).unwrap();
    fs::write(at.join("index.txt"), "").unwrap();
    fs::write(at.join("serial"), "1000\n").unwrap();
    fs::write(at.join("crlnumber"), "01\n").unwrap();
    Ca { at }
}

impl Ca {
    pub fn root(at: PathBuf) -> Self {
        let ca = folder(at);
        fs::write(ca.at.join("conf"), format!("{BOOKS}[v3]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n")).unwrap();
        let line = "req -x509 -config conf -extensions v3 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -days 3650 -utf8 -keyout key.pem -out cert.pem";
        openssl(&ca.at, line, &["-subj", "/CN=Gốc thử nghiệm/C=VN"]);
        ca
    }

    /// An authority below. `constraints`: such as `CA:TRUE,pathlen:0`.
    pub fn below(&self, name: &str, constraints: &str) -> Self {
        let ca = folder(self.at.parent().unwrap().join(name));
        let extensions = format!(
            "basicConstraints=critical,{constraints}\nkeyUsage=critical,keyCertSign,cRLSign,digitalSignature\ncrlDistributionPoints=URI:{LISTS}/{}\n",
            self.name()
        );
        let subject = format!("/CN=Cấp dưới {name}/C=VN");
        let card = self.issue(name, &subject, &extensions, "-newkey rsa:2048");
        fs::copy(card.certificate(), ca.at.join("cert.pem")).unwrap();
        fs::copy(card.key(), ca.at.join("key.pem")).unwrap();
        ca
    }

    fn name(&self) -> &str {
        self.at.file_name().unwrap().to_str().unwrap()
    }

    /// Somebody's certificate. `key`: as `openssl req` takes it.
    pub fn issue(&self, name: &str, subject: &str, extensions: &str, key: &str) -> Card {
        let request = format!("req -new -config conf {key} -nodes -utf8 -keyout {name}.key -out {name}.csr");
        openssl(&self.at, &request, &["-subj", subject]);
        self.grant(name, extensions)
    }

    /// The same for a request that lies in `name.csr` already: its key is somewhere else.
    pub fn grant(&self, name: &str, extensions: &str) -> Card {
        fs::write(self.at.join("ext"), format!("{extensions}subjectKeyIdentifier=hash\n")).unwrap();
        let line = format!("ca -batch -utf8 -notext -config conf -extfile ext -in {name}.csr -out {name}.pem");
        openssl(&self.at, &line, &[]);
        Card { at: self.at.join(name) }
    }

    /// A person's, with where to learn whether it is revoked.
    pub fn person(&self, name: &str, key: &str) -> Card {
        self.issue(name, PERSON, &self.personal(), key)
    }

    /// What stands in a person's certificate.
    pub fn personal(&self) -> String {
        let places = format!(
            "crlDistributionPoints=URI:{LISTS}/{}\nauthorityInfoAccess=OCSP;URI:{ASKED}/{}\n",
            self.name(),
            self.name()
        );
        format!("{SIGNING}{places}")
    }

    pub fn revoke(&self, card: &Card) {
        let file = card.certificate();
        openssl(&self.at, "ca -config conf -revoke", &[file.to_str().unwrap()]);
    }

    pub fn list(&self) -> Vec<u8> {
        openssl(&self.at, "ca -config conf -gencrl -out crl.pem", &[]);
        openssl(&self.at, "crl -in crl.pem -outform DER", &[])
    }

    /// Makes who answers for it about revocation.
    pub fn responder(&self) {
        let extensions = "keyUsage=critical,digitalSignature\nextendedKeyUsage=OCSPSigning\nnoCheck=ignored\n";
        self.issue("responder", "/CN=Người trả lời", extensions, P256);
    }

    /// Answers one question. `signer`: file of certificate and key.
    pub fn answer(&self, question: &[u8], signer: &str) -> Vec<u8> {
        fs::write(self.at.join("question"), question).unwrap();
        let (certificate, key) = match signer {
            "issuer" => ("cert.pem", "key.pem".to_owned()),
            other => (&*format!("{other}.pem"), format!("{other}.key")),
        };
        let line = format!(
            "ocsp -index index.txt -CA cert.pem -rsigner {certificate} -rkey {key} -reqin question -respout answer -ndays 1"
        );
        openssl(&self.at, &line, &[]);
        fs::read(self.at.join("answer")).unwrap()
    }
}

pub const P256: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
pub const P384: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-384";
pub const RSA: &str = "-newkey rsa:2048";

/// What is reachable, and who signs answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Net {
    All,
    Lists,
    Answers {
        by: &'static str,
    },
    /// Every question gets the first answer again.
    Replayed,
    Nothing,
}

/// The places of the authorities in one folder.
pub struct Places {
    folder: PathBuf,
    pub net: Mutex<Net>,
    pub asked: AtomicU32,
    first: Mutex<Option<Vec<u8>>>,
}

#[async_trait::async_trait]
impl Fetch for Places {
    async fn list(&self, address: &str, _: usize) -> Result<Vec<u8>, Unreachable> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let net = *self.net.lock().unwrap();
        match net {
            Net::All | Net::Lists => {
                let name = address.strip_prefix(LISTS).and_then(|rest| rest.strip_prefix('/')).ok_or(Unreachable)?;
                Ok(Ca { at: self.folder.join(name) }.list())
            }
            // A root's list is always there, else no chain could be checked at all.
            _ if address.ends_with("/root") && net != Net::Nothing => Ok(Ca { at: self.folder.join("root") }.list()),
            _ => Err(Unreachable),
        }
    }

    async fn ask(&self, address: &str, question: Vec<u8>, _: usize) -> Result<Vec<u8>, Unreachable> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let name = address.strip_prefix(ASKED).and_then(|rest| rest.strip_prefix('/')).ok_or(Unreachable)?;
        let ca = Ca { at: self.folder.join(name) };
        let net = *self.net.lock().unwrap();
        match net {
            Net::All => Ok(ca.answer(&question, "responder")),
            Net::Answers { by } => Ok(ca.answer(&question, by)),
            Net::Replayed => {
                let mut first = self.first.lock().unwrap();
                Ok(first.get_or_insert_with(|| ca.answer(&question, "responder")).clone())
            }
            Net::Lists | Net::Nothing => Err(Unreachable),
        }
    }
}

/// A root, an authority below it, and who believes them.
pub struct World {
    pub folder: tempfile::TempDir,
    pub root: Ca,
    pub middle: Ca,
    pub places: Arc<Places>,
    pub verifier: Verifier,
    pub now: Millis,
}

pub fn read(file: PathBuf) -> Certificate {
    Certificate::read_file(&fs::read(file).unwrap()).unwrap().remove(0)
}

impl World {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Ca::root(folder.path().join("root"));
        let middle = root.below("middle", "CA:TRUE,pathlen:0");
        middle.responder();
        let places = Arc::new(Places {
            folder: folder.path().to_owned(),
            net: Mutex::new(Net::All),
            asked: AtomicU32::new(0),
            first: Mutex::default(),
        });
        let verifier = verifier(&root, places.clone(), vec![LISTS.into(), ASKED.into()]);
        // The machine's, since openssl knows no other, and a little on: what is issued later in a slow test is valid already.
        let now = Clock::system().now() + MINUTE;
        Self { folder, root, middle, places, verifier, now }
    }

    pub fn net(&self, net: Net) {
        *self.places.net.lock().unwrap() = net;
    }

    /// Signs as signing software does. `options`: more words for `openssl cms`.
    pub fn sign(&self, card: &Card, text: &[u8], options: &str) -> Vec<u8> {
        let file = self.folder.path().join("text");
        fs::write(&file, text).unwrap();
        let (certificate, key) = (card.certificate(), card.key());
        let along = self.middle.at.join("cert.pem");
        let paths = [&certificate, &key, &along].map(|p| p.to_str().unwrap());
        let mut words = vec!["-signer", paths[0], "-inkey", paths[1], "-certfile", paths[2]];
        words.extend(options.split_whitespace()); // about the key: after it
        openssl(self.folder.path(), "cms -sign -binary -in text -outform DER", &words)
    }

    /// Whether openssl itself believes a file, with the lists of both authorities. `later`: days from now.
    pub fn openssl_believes(&self, file: &[u8], text: &[u8], later: i64) -> bool {
        let folder = self.folder.path();
        fs::write(folder.join("text"), text).unwrap();
        fs::write(folder.join("file"), file).unwrap();
        let mut trusted = fs::read(self.root.at.join("cert.pem")).unwrap();
        for ca in [&self.root, &self.middle] {
            ca.list();
            trusted.extend(fs::read(ca.at.join("crl.pem")).unwrap());
        }
        fs::write(folder.join("trusted"), trusted).unwrap();
        let at = ((self.now + later * DAY) / 1000).to_string();
        let line =
            "cms -verify -binary -inform DER -in file -content text -CAfile trusted -crl_check_all -out out -attime";
        let out = Command::new("openssl").current_dir(folder).args(line.split_whitespace()).arg(at).output().unwrap();
        out.status.success()
    }
}

pub fn verifier(root: &Ca, places: Arc<Places>, origins: Vec<String>) -> Verifier {
    let authority = Authority {
        name: "Gốc thử".into(),
        root: read(root.at.join("cert.pem")),
        intermediates: Vec::new(),
        origins,
        crl: None,
        ocsp: None,
    };
    authority.check().unwrap();
    Verifier::new(vec![authority], places, Entropy::seeded(7))
}

/// One element of DER.
pub fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let length = value.len();
    let head = match length {
        0..=127 => vec![tag, length as u8],
        128..=255 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, value].concat()
}
