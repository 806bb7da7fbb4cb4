//! N4: what is believed, and what is refused with which reason. Every key, certificate, list and signature here is openssl's.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use base::clock::DAY;
use signing::{Refusal, Verifier};
use std::{fs, sync::atomic::Ordering};
use support::{Net, P256, P384, PERSON, RSA, SIGNING, World, openssl, read, verifier};

const TEXT: &[u8] = "Yêu cầu ký số để đăng nhập\nMã thử thách: 8Qw…\n".as_bytes();

async fn verdict(w: &World, file: &[u8], text: &[u8]) -> Result<String, Refusal> {
    w.verifier.file(file, text, w.now).await.map(|s| s.person.number.expose().to_owned())
}

#[tokio::test]
async fn n4_each_way_to_sign_is_believed_and_names_the_person() {
    let w = World::new();
    let (rsa, p256, p384) = (w.middle.person("rsa", RSA), w.middle.person("p256", P256), w.middle.person("p384", P384));
    let pss = "-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1";
    for (card, options) in [
        (&rsa, String::new()),
        (&rsa, "-noattr".into()),
        (&rsa, "-md sha512".into()),
        (&rsa, pss.into()),
        (&rsa, format!("-md sha384 {pss}")),
        (&p256, String::new()),
        (&p256, "-noattr -md sha384".into()),
        (&p384, "-md sha384".into()),
        (&p384, "-md sha512 -keyid".into()),
        (&p256, "-nodetach".into()),
        (&p256, "-nodetach -stream".into()),
        (&rsa, "-nosmimecap -cades".into()),
    ] {
        let file = w.sign(card, TEXT, &options);
        let signer = w.verifier.file(&file, TEXT, w.now).await.unwrap_or_else(|e| panic!("{options}: {e}"));
        assert_eq!(signer.person.number.expose(), "000189000003");
        assert_eq!(signer.person.name, "Nguyễn Thị Ví Dụ");
        assert_eq!(
            (signer.authority.as_str(), signer.fingerprint),
            ("Gốc thử", read(card.certificate()).fingerprint())
        );
        assert!(!format!("{signer:?}").contains("000189"));
    }
    // The same file as text between lines, and as bare letters.
    fs::write(w.folder.path().join("der"), w.sign(&rsa, TEXT, "")).unwrap();
    let pem = openssl(w.folder.path(), "cms -cmsout -inform DER -in der -outform PEM", &[]);
    assert!(pem.starts_with(b"-----BEGIN"));
    assert!(verdict(&w, &pem, TEXT).await.is_ok());
    let letters = openssl(w.folder.path(), "base64 -in der", &[]);
    assert!(verdict(&w, &letters, TEXT).await.is_ok());
}

#[tokio::test]
async fn n4_a_signature_alone_is_believed_with_its_certificates() {
    let w = World::new();
    let along = read(w.middle.at.join("cert.pem")).der;
    for key in [RSA, P256] {
        let card = w.middle.person("far", key);
        let own = read(card.certificate()).der;
        fs::write(w.folder.path().join("text"), TEXT).unwrap();
        let signed = openssl(w.folder.path(), "dgst -sha256 -sign", &[card.key().to_str().unwrap(), "text"]);
        let plain = async |all: &[Vec<u8>], signed: &[u8], text: &[u8]| {
            w.verifier.plain(all, signed, text, w.now).await.map(|s| s.authority)
        };
        assert_eq!(plain(&[own.clone(), along.clone()], &signed, TEXT).await.unwrap(), "Gốc thử");
        assert_eq!(plain(&[own.clone(), along.clone()], &signed, b"another").await, Err(Refusal::Signature));
        assert_eq!(plain(std::slice::from_ref(&own), &signed, TEXT).await, Err(Refusal::UnknownIssuer), "no way up");
        assert_eq!(plain(&[along.clone(), own.clone()], &signed, TEXT).await, Err(Refusal::Signature));
        assert_eq!(plain(&[], &signed, TEXT).await, Err(Refusal::NoCertificate));
        assert_eq!(plain(&vec![own.clone(); 9], &signed, TEXT).await, Err(Refusal::TooBig));
        assert_eq!(plain(std::slice::from_ref(&own), &[0; 2000], TEXT).await, Err(Refusal::TooBig));
    }
}

#[tokio::test]
async fn n4_another_text_an_altered_signature_and_cut_bytes_are_refused() {
    let w = World::new();
    let card = w.middle.person("an", RSA);
    for options in ["", "-noattr", "-nodetach"] {
        let file = w.sign(&card, TEXT, options);
        let why = verdict(&w, &file, b"Ma thu thach khac").await.unwrap_err();
        let expected = if options == "-noattr" { Refusal::Signature } else { Refusal::OtherText };
        assert_eq!(why, expected, "{options}");
        let mut altered = file.clone();
        *altered.last_mut().unwrap() ^= 1;
        assert_eq!(verdict(&w, &altered, TEXT).await, Err(Refusal::Signature), "{options}");
        for cut in [0, 1, 20, file.len() / 2, file.len() - 1] {
            assert!(verdict(&w, &file[..cut], TEXT).await.is_err());
        }
        for at in (0..file.len()).step_by(7) {
            let mut bent = file.clone();
            bent[at] ^= 0x20;
            // A bent byte of what nobody signed (the file's own frame) may go unnoticed; the person stays the same.
            if let Ok(number) = verdict(&w, &bent, TEXT).await {
                assert_eq!(number, "000189000003");
            }
        }
    }
    assert_eq!(verdict(&w, &vec![0x30; signing::MAX_CMS + 1], TEXT).await, Err(Refusal::TooBig));
    assert_eq!(verdict(&w, b"just words", TEXT).await, Err(Refusal::Unreadable));
}

#[tokio::test]
async fn n4_a_certificate_counts_only_in_its_time() {
    let w = World::new();
    let card = w.middle.person("an", P256);
    let file = w.sign(&card, TEXT, "");
    for (later, why) in [(-2, Refusal::NotYet), (366, Refusal::Expired)] {
        let said = w.verifier.file(&file, TEXT, w.now + later * DAY).await;
        assert_eq!(said.unwrap_err(), why);
    }
}

#[tokio::test]
async fn n4_only_configured_roots_and_true_authorities_stand_behind_a_person() {
    let w = World::new();
    // A root that nobody configured, with the very same name.
    let foreign = World::new();
    let stranger = foreign.middle.person("an", P256);
    assert_eq!(verdict(&w, &foreign.sign(&stranger, TEXT, ""), TEXT).await, Err(Refusal::UnknownIssuer));
    // Somebody's own key as issuer.
    let line = format!("req -x509 -config conf {P256} -nodes -utf8 -keyout self.key -out self.pem");
    openssl(&w.middle.at, &line, &["-subj", PERSON]);
    let own = support::Card { at: w.middle.at.join("self") };
    assert_eq!(verdict(&w, &w.sign(&own, TEXT, ""), TEXT).await, Err(Refusal::SelfSigned));
    // A person who issues for others, and an authority below one that may have none below.
    for (name, constraints) in [("nobody", "CA:FALSE"), ("deep", "CA:TRUE")] {
        let above = if name == "deep" { &w.middle } else { &w.root };
        let false_one = above.below(name, constraints);
        let card = false_one.person("an", P256);
        let along =
            [w.middle.at.join("cert.pem"), false_one.at.join("cert.pem")].map(|f| fs::read(f).unwrap()).concat();
        let both = w.folder.path().join("both");
        fs::write(&both, along).unwrap();
        fs::write(w.folder.path().join("text"), TEXT).unwrap();
        let paths = [card.certificate(), card.key(), both].map(|p| p.to_str().unwrap().to_owned());
        let file = openssl(
            w.folder.path(),
            "cms -sign -binary -in text -outform DER",
            &["-signer", &paths[0], "-inkey", &paths[1], "-certfile", &paths[2]],
        );
        assert_eq!(verdict(&w, &file, TEXT).await, Err(Refusal::NotAuthority), "{name}");
    }
}

#[tokio::test]
async fn n4_a_certificate_for_servers_or_with_unknown_conditions_signs_nobody_in() {
    let w = World::new();
    for (extensions, why) in [
        ("keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n", Refusal::Usage),
        ("keyUsage=critical,keyEncipherment\n", Refusal::Usage),
        ("extendedKeyUsage=clientAuth\n", Refusal::Usage),
        (&format!("{SIGNING}1.2.3.4=critical,ASN1:NULL\n"), Refusal::Critical),
    ] {
        let card = w.middle.issue("odd", PERSON, extensions, P256);
        // openssl itself refuses to sign mail with some of them.
        fs::write(w.folder.path().join("text"), TEXT).unwrap();
        let signed = openssl(w.folder.path(), "dgst -sha256 -sign", &[card.key().to_str().unwrap(), "text"]);
        let all = [read(card.certificate()).der, read(w.middle.at.join("cert.pem")).der];
        assert_eq!(w.verifier.plain(&all, &signed, TEXT, w.now).await.unwrap_err(), why, "{extensions}");
    }
}

#[tokio::test]
async fn n4_short_keys_and_broken_digests_are_refused() {
    let w = World::new();
    let short = w.middle.person("short", "-newkey rsa:1024");
    assert_eq!(verdict(&w, &w.sign(&short, TEXT, ""), TEXT).await, Err(Refusal::Weak));
    let card = w.middle.person("an", RSA);
    for options in ["-md sha1", "-md md5", "-md sha1 -noattr", "-md sha224"] {
        assert_eq!(verdict(&w, &w.sign(&card, TEXT, options), TEXT).await, Err(Refusal::Weak), "{options}");
    }
    let other = w.middle.person("other", "-newkey ec -pkeyopt ec_paramgen_curve:secp521r1");
    assert_eq!(verdict(&w, &w.sign(&other, TEXT, ""), TEXT).await, Err(Refusal::Algorithm));
}

#[tokio::test]
async fn n4_signed_attributes_say_the_kind_and_the_digest_once() {
    let w = World::new();
    let card = w.middle.person("an", P256);
    let kind = |oid: &[u8]| {
        support::der(
            0x30,
            &[&support::der(6, &[&hex("2a864886f70d010903")]), &support::der(0x31, &[&support::der(6, &[oid])])],
        )
    };
    let digest = |text: &[u8]| {
        fs::write(w.folder.path().join("text"), text).unwrap();
        let sum = openssl(w.folder.path(), "dgst -sha256 -binary text", &[]);
        support::der(
            0x30,
            &[&support::der(6, &[&hex("2a864886f70d010904")]), &support::der(0x31, &[&support::der(4, &[&sum])])],
        )
    };
    let (data, other) = (kind(&hex("2a864886f70d010701")), kind(&hex("2a864886f70d010702")));
    for (attributes, why) in [
        (vec![data.clone(), digest(TEXT)], None),
        (vec![data.clone()], Some(Refusal::Attributes)),
        (vec![digest(TEXT)], Some(Refusal::Attributes)),
        (vec![other, digest(TEXT)], Some(Refusal::Attributes)),
        (vec![data.clone(), digest(TEXT), digest(b"x")], Some(Refusal::Attributes)),
        (vec![data.clone(), data.clone(), digest(TEXT)], Some(Refusal::Attributes)),
        (vec![data.clone(), digest(b"another")], Some(Refusal::OtherText)),
    ] {
        let file = by_hand(&w, &card, &attributes.concat());
        assert_eq!(verdict(&w, &file, TEXT).await.err(), why);
    }
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// A file with these signed attributes and a right signature over them.
fn by_hand(w: &World, card: &support::Card, attributes: &[u8]) -> Vec<u8> {
    use support::der;
    fs::write(w.folder.path().join("set"), der(0x31, &[attributes])).unwrap();
    let signed = openssl(w.folder.path(), "dgst -sha256 -sign", &[card.key().to_str().unwrap(), "set"]);
    let own = read(card.certificate());
    let sha256 = der(0x30, &[&der(6, &[&hex("608648016503040201")])]);
    let signer = der(
        0x30,
        &[
            &der(2, &[&[1]]),
            &der(0x30, &[&own.issuer, &der(2, &[&own.serial])]),
            &sha256,
            &der(0xa0, &[attributes]),
            &der(0x30, &[&der(6, &[&hex("2a8648ce3d040302")])]),
            &der(4, &[&signed]),
        ],
    );
    let data = der(
        0x30,
        &[
            &der(2, &[&[1]]),
            &der(0x31, &[&sha256]),
            &der(0x30, &[&der(6, &[&hex("2a864886f70d010701")])]),
            &der(0xa0, &[&own.der, &read(w.middle.at.join("cert.pem")).der]),
            &der(0x31, &[&signer]),
        ],
    );
    der(0x30, &[&der(6, &[&hex("2a864886f70d010702")]), &der(0xa0, &[&data])])
}

#[tokio::test]
async fn n4_the_subject_names_the_person_by_number_and_nobody_else() {
    let w = World::new();
    for (subject, expected) in [
        (PERSON, Ok("000189000003")),
        ("/serialNumber=CCCD:000189000003/CN=AN", Ok("000189000003")),
        ("/UID=CCCD:000189000003/serialNumber=CCCD:000189000003/CN=AN", Ok("000189000003")),
        ("/UID=CCCD:000189000003/serialNumber=CCCD:000189000004/CN=AN", Err(Refusal::NoPerson)),
        ("/serialNumber=000189000003/CN=AN", Err(Refusal::NoPerson)),
        ("/CN=000189000003", Err(Refusal::NoPerson)),
        ("/UID=CMND:012345678/CN=AN", Err(Refusal::OldNumber)),
        ("/UID=CCCD:99/CN=AN", Err(Refusal::NoPerson)),
        ("/UID=MST:0101234567/CN=CONG TY", Err(Refusal::Organisation)),
        ("/UID=CCCD:000189000003/serialNumber=MST:0101234567/CN=CONG TY", Err(Refusal::Organisation)),
    ] {
        let extensions = format!("{SIGNING}crlDistributionPoints=URI:http://crl.example.vn/middle\n");
        let card = w.middle.issue("who", subject, &extensions, P256);
        let said = verdict(&w, &w.sign(&card, TEXT, ""), TEXT).await;
        assert_eq!(said.as_deref(), expected.as_ref().map(|n| *n), "{subject}");
    }
}

#[tokio::test]
async fn n4_a_revoked_certificate_is_refused_by_list_and_by_answer() {
    let w = World::new();
    let (card, other) = (w.middle.person("an", P256), w.middle.person("binh", P256));
    let (file, others) = (w.sign(&card, TEXT, ""), w.sign(&other, TEXT, ""));
    w.middle.revoke(&card);
    let responder = Net::Answers { by: "responder" };
    let issuer = Net::Answers { by: "issuer" };
    for net in [Net::Lists, responder, issuer, Net::All] {
        let fresh =
            verifier(&w.root, w.places.clone(), vec!["http://crl.example.vn".into(), "http://ocsp.example.vn".into()]);
        w.net(net);
        assert_eq!(fresh.file(&file, TEXT, w.now).await.unwrap_err(), Refusal::Revoked, "{net:?}");
        assert!(fresh.file(&others, TEXT, w.now).await.is_ok(), "{net:?}");
    }
    // The authority itself, by its root.
    w.net(Net::All);
    w.root.revoke(&support::Card { at: w.root.at.join("middle") });
    assert_eq!(verdict(&w, &others, TEXT).await, Err(Refusal::Revoked));
}

#[tokio::test]
async fn n4_what_cannot_be_checked_now_is_refused_and_strange_places_are_never_asked() {
    let w = World::new();
    let card = w.middle.person("an", P256);
    let file = w.sign(&card, TEXT, "");
    let asked = |w: &World| w.places.asked.swap(0, Ordering::Relaxed);
    w.net(Net::Nothing);
    assert_eq!(verdict(&w, &file, TEXT).await, Err(Refusal::Unchecked));
    assert!(asked(&w) > 0);
    // An answer signed by somebody else of the same authority, and one that was an answer to another question.
    for net in [Net::Answers { by: "an" }, Net::Replayed] {
        w.net(net);
        let first = verdict(&w, &file, TEXT).await;
        assert_eq!(first.is_ok(), net == Net::Replayed, "{net:?}");
        assert_eq!(verdict(&w, &file, TEXT).await, Err(Refusal::Unchecked), "{net:?}");
    }
    w.net(Net::All);
    let shut: Verifier = verifier(&w.root, w.places.clone(), vec!["http://crl.example.vn:8080".into()]);
    asked(&w);
    assert_eq!(shut.file(&file, TEXT, w.now).await.unwrap_err(), Refusal::Unchecked);
    assert_eq!(asked(&w), 0, "the certificate names places that the operator did not");
    // A list is fetched once an hour.
    w.net(Net::Lists);
    assert!(verdict(&w, &file, TEXT).await.is_ok());
    asked(&w);
    assert!(verdict(&w, &file, TEXT).await.is_ok());
    assert_eq!(asked(&w), 1, "the answer was tried, both lists were kept");
}

#[tokio::test]
async fn n4_the_verdict_is_that_of_openssl() {
    let w = World::new();
    let foreign = World::new();
    let (rsa, p256) = (w.middle.person("rsa", RSA), w.middle.person("p256", P256));
    let revoked = w.middle.person("revoked", P256);
    let good = w.sign(&rsa, TEXT, "");
    let mut altered = good.clone();
    *altered.last_mut().unwrap() ^= 1;
    let cut = good[..good.len() - 3].to_vec();
    let stranger = foreign.sign(&foreign.middle.person("an", RSA), TEXT, "");
    let gone = w.sign(&revoked, TEXT, "");
    w.middle.revoke(&revoked);
    let mut files = vec![
        ("good", good.clone(), TEXT, 0),
        ("later", good.clone(), TEXT, 400),
        ("sooner", good.clone(), TEXT, -3),
        ("another text", good.clone(), &b"x"[..], 0),
        ("altered", altered, TEXT, 0),
        ("cut", cut, TEXT, 0),
        ("foreign", stranger, TEXT, 0),
        ("revoked", gone, TEXT, 0),
    ];
    for options in ["-noattr", "-md sha384", "-keyid", "-md sha512 -noattr"] {
        files.push((options, w.sign(&p256, TEXT, options), TEXT, 0));
        files.push((options, w.sign(&p256, TEXT, options), b"y", 0));
    }
    w.net(Net::Lists);
    let mut yes = 0;
    for (name, file, text, later) in files {
        let ours = w.verifier.file(&file, text, w.now + later * DAY).await;
        assert_eq!(ours.is_ok(), w.openssl_believes(&file, text, later), "{name}: {:?}", ours.err());
        yes += u32::from(ours.is_ok());
    }
    assert_eq!(yes, 5);
}
