//! N4 with keys that live in a token and never leave it: SoftHSM2 behind PKCS#11, signed with by openssl and OpenSC as signing software does it
//! with a USB token. Nothing of ours takes part but the verifier.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]
#![allow(dead_code, reason = "what tests share is not all used by each")]

mod support;

use signing::Refusal;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};
use support::{Card, PERSON, World, read};

const TEXT: &[u8] = "Yêu cầu ký số để đăng nhập\nMã thử thách: 8Qw…\n".as_bytes();
const OTHER: &str = "/UID=CCCD:000189000004/CN=Trần Văn Khác/C=VN";
const PIN: &str = "246810";
/// SoftHSM signs a digest that the software made.
const ECDSA: &str = "ECDSA";
/// As OpenSC names them, with how OpenSC then signs.
const RSA: (&str, &str) = ("rsa:2048", "SHA256-RSA-PKCS");
const RSA_LONG: (&str, &str) = ("rsa:3072", "SHA256-RSA-PKCS");
const P256: (&str, &str) = ("EC:prime256v1", ECDSA);

/// SoftHSM's side of PKCS#11. Panics where something is missing: a test that looked away would prove nothing.
fn module() -> String {
    let places = ["/usr/lib/softhsm", "/usr/lib64/softhsm", "/usr/lib64/pkcs11", "/usr/local/lib/softhsm"];
    let found = places.iter().map(|place| Path::new(place).join("libsofthsm2.so")).find(|file| file.exists());
    let tools = ["softhsm2-util", "pkcs11-tool"].iter().all(|tool| {
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|place| place.join(tool).exists())
    });
    match found {
        Some(file) if tools => file.to_str().unwrap().to_owned(),
        _ => panic!(
            "missing: a token to sign with. Install the Debian packages softhsm2, opensc and libengine-pkcs11-openssl \
             (make test does it), then run this again."
        ),
    }
}

/// Tokens of one test, in its own folder.
struct Tokens {
    folder: PathBuf,
    module: String,
}

impl Tokens {
    fn new(w: &World) -> Self {
        let folder = w.folder.path().join("tokens");
        fs::create_dir_all(folder.join("kept")).unwrap();
        let conf = format!("directories.tokendir = {}\nobjectstore.backend = file\n", folder.join("kept").display());
        fs::write(folder.join("conf"), conf).unwrap();
        Self { folder, module: module() }
    }

    fn run(&self, program: &str, words: &[&str]) -> Output {
        let mut command = Command::new(program);
        command.current_dir(&self.folder).args(words);
        command.env("SOFTHSM2_CONF", self.folder.join("conf")).env("PKCS11_MODULE_PATH", &self.module);
        command.output().unwrap_or_else(|e| panic!("{program}: {e}"))
    }

    /// The same, and it must work. Panics with its own words.
    fn must(&self, program: &str, words: &[&str]) -> String {
        let out = self.run(program, words);
        assert!(out.status.success(), "{program} {words:?}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8_lossy(&out.stdout).into_owned()
    }

    /// A token with a key that was made in it.
    fn token(&self, label: &str, (kind, mechanism): (&str, &'static str)) -> Token<'_> {
        self.must("softhsm2-util", &["--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", "13579024"]);
        let token = Token { tokens: self, label: label.into(), mechanism };
        token.opensc(&["--keypairgen", "--key-type", kind, "--id", "01", "--label", "ky"]);
        let listed = token.opensc(&["--list-objects", "--type", "privkey"]);
        assert!(listed.contains("never extractable"), "the key is the token's alone: {listed}");
        token
    }
}

struct Token<'t> {
    tokens: &'t Tokens,
    label: String,
    mechanism: &'static str,
}

impl Token<'_> {
    fn opensc(&self, words: &[&str]) -> String {
        let who = ["--module", &self.tokens.module, "--token-label", &self.label, "--login", "--pin", PIN];
        self.tokens.must("pkcs11-tool", &[&who, words].concat())
    }

    fn key(&self, pin: &str) -> String {
        format!("pkcs11:token={};id=%01;type=private;pin-value={pin}", self.label)
    }

    /// A certificate for the key in it, by the authority that the verifier knows.
    fn certified(&self, w: &World, subject: &str) -> Card {
        let request = w.middle.at.join(format!("{}.csr", self.label));
        let conf = w.middle.at.join("conf");
        let (key, conf, request) = (self.key(PIN), conf.to_str().unwrap(), request.to_str().unwrap());
        let words = ["req", "-new", "-utf8", "-config", conf, "-engine", "pkcs11", "-keyform", "engine", "-key", &key];
        self.tokens.must("openssl", &[&words[..], &["-subj", subject, "-out", request]].concat());
        w.middle.grant(&self.label, &w.middle.personal())
    }

    /// Signs as signing software does; what openssl said.
    fn signs(&self, w: &World, card: &Card, text: &[u8], options: &[&str], pin: &str) -> Output {
        let folder = &self.tokens.folder;
        fs::write(folder.join("text"), text).unwrap();
        let _ = fs::remove_file(folder.join("signed"));
        let (own, along) = (card.certificate(), w.middle.at.join("cert.pem"));
        let key = self.key(pin);
        let words = ["cms", "-sign", "-binary", "-in", "text", "-outform", "DER", "-out", "signed"];
        let engine = ["-engine", "pkcs11", "-keyform", "engine", "-signer", own.to_str().unwrap(), "-inkey", &key];
        let along = ["-certfile", along.to_str().unwrap()];
        self.tokens.run("openssl", &[&words[..], &engine, &along, options].concat())
    }

    fn file(&self, w: &World, card: &Card, text: &[u8], options: &[&str]) -> Vec<u8> {
        let out = self.signs(w, card, text, options, PIN);
        assert!(out.status.success(), "openssl {options:?}: {}", String::from_utf8_lossy(&out.stderr));
        fs::read(self.tokens.folder.join("signed")).unwrap()
    }

    /// The signature alone, by OpenSC.
    fn plain(&self, text: &[u8]) -> Vec<u8> {
        let folder = &self.tokens.folder;
        fs::write(folder.join("text"), text).unwrap();
        if self.mechanism == ECDSA {
            self.tokens.must("openssl", &["dgst", "-sha256", "-binary", "-out", "digest", "text"]);
            fs::rename(folder.join("digest"), folder.join("text")).unwrap();
        }
        let words = ["--sign", "--id", "01", "--mechanism", self.mechanism, "--input-file", "text"];
        let out = ["--output-file", "plain", "--signature-format", "openssl"];
        self.opensc(&[&words[..], &out].concat());
        fs::read(folder.join("plain")).unwrap()
    }
}

#[tokio::test]
async fn n4_a_key_in_a_token_signs_by_foreign_software_and_names_its_person() {
    let w = World::new();
    let tokens = Tokens::new(&w);
    let along = read(w.middle.at.join("cert.pem")).der;
    let options: [&[&str]; 3] = [&[], &["-noattr"], &["-md", "sha384", "-cades"]];
    for (at, kind) in [RSA, RSA_LONG, P256].into_iter().enumerate() {
        let token = tokens.token(&format!("an{at}"), kind);
        let card = token.certified(&w, PERSON);
        for options in options {
            let file = token.file(&w, &card, TEXT, options);
            let signer =
                w.verifier.file(&file, TEXT, w.now).await.unwrap_or_else(|e| panic!("{kind:?} {options:?}: {e}"));
            assert_eq!(signer.person.number.expose(), "000189000003");
            assert_eq!(signer.person.name, "Nguyễn Thị Ví Dụ");
            assert_eq!(signer.fingerprint, read(card.certificate()).fingerprint());
            assert!(w.openssl_believes(&file, TEXT, 0), "{kind:?} {options:?}");
            // The text was changed on the way.
            let changed = w.verifier.file(&file, b"Ma thu thach khac", w.now).await;
            assert!(matches!(changed, Err(Refusal::OtherText | Refusal::Signature)), "{kind:?} {options:?}");
            let mut altered = file.clone();
            *altered.last_mut().unwrap() ^= 1;
            assert_eq!(w.verifier.file(&altered, TEXT, w.now).await.err(), Some(Refusal::Signature));
        }
        let (own, signed) = (read(card.certificate()).der, token.plain(TEXT));
        let all = [own, along.clone()];
        assert_eq!(w.verifier.plain(&all, &signed, TEXT, w.now).await.unwrap().authority, "Gốc thử", "{kind:?}");
        assert_eq!(w.verifier.plain(&all, &signed, b"another", w.now).await.err(), Some(Refusal::Signature));
    }
}

#[tokio::test]
async fn n4_another_token_another_pin_or_a_certificate_of_another_key_signs_for_nobody() {
    let w = World::new();
    let tokens = Tokens::new(&w);
    let along = read(w.middle.at.join("cert.pem")).der;
    for (at, kind) in [RSA, P256].into_iter().enumerate() {
        let (mine, theirs) = (tokens.token(&format!("an{at}"), kind), tokens.token(&format!("khac{at}"), kind));
        let serial = fs::read(w.middle.at.join("serial")).unwrap();
        let other = theirs.certified(&w, OTHER);
        // Another token names its own owner and nobody else.
        let signer = w.verifier.file(&theirs.file(&w, &other, TEXT, &[]), TEXT, w.now).await.unwrap();
        assert_eq!(signer.person.number.expose(), "000189000004");
        // The same serial once more, for the person and the key that did not sign: as if the authority had blundered.
        fs::write(w.middle.at.join("serial"), serial).unwrap();
        fs::write(w.middle.at.join("index.txt"), "").unwrap();
        let card = mine.certified(&w, PERSON);
        let of = |card: &Card| (read(card.certificate()).issuer, read(card.certificate()).serial);
        assert_eq!(of(&card), of(&other));
        let own = card.certificate();
        let file = theirs.file(&w, &other, TEXT, &["-nocerts", "-certfile", own.to_str().unwrap()]);
        assert_eq!(w.verifier.file(&file, TEXT, w.now).await.err(), Some(Refusal::Signature), "{kind:?}");
        // The same without a file around it.
        let all = [read(own).der, along.clone()];
        assert_eq!(w.verifier.plain(&all, &theirs.plain(TEXT), TEXT, w.now).await.err(), Some(Refusal::Signature));
        assert!(w.verifier.plain(&all, &mine.plain(TEXT), TEXT, w.now).await.is_ok(), "{kind:?}: the right key does");
        // The software itself: not with another's certificate, nor without the pin.
        assert!(!mine.signs(&w, &other, TEXT, &[], PIN).status.success());
        assert!(!mine.signs(&w, &card, TEXT, &[], "000000").status.success());
        assert!(mine.signs(&w, &card, TEXT, &[], PIN).status.success());
    }
}
