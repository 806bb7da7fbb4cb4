//! A passkey made by hand from the standard (WebAuthn level 3 §6, CTAP2 COSE keys), against the real verification.

use super::*;
use crate::{
    accounts::{Duty, encode},
    rights::Role,
};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::testing::each_engine;

/// A phone's authenticator with one key.
pub(super) struct Authenticator {
    key: SigningKey,
    id: [u8; 32],
    owner: Option<Uuid>,
    counter: u32,
    origin: &'static str,
    verifies_user: bool,
}

impl Authenticator {
    pub(super) fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        Self { key, id: [seed; 32], owner: None, counter: 0, origin: "http://localhost:8080", verifies_user: true }
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options["publicKey"]["challenge"].as_str().unwrap();
        json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false })
            .to_string()
            .into_bytes()
    }

    fn data(&mut self, flags: u8) -> Vec<u8> {
        self.counter += 1;
        let flags = if self.verifies_user { flags | 0x04 } else { flags };
        [Sha256::digest(b"localhost").as_slice(), &[flags], &self.counter.to_be_bytes()].concat()
    }

    fn create(&mut self, options: &Value, owner: Uuid) -> Value {
        self.owner = Some(owner);
        let point = self.key.verifying_key().to_sec1_point(false);
        let point = point.as_bytes(); // 4, x, y
        let mut data = self.data(0x41);
        data.extend([0; 16]); // AAGUID
        data.extend((self.id.len() as u16).to_be_bytes());
        data.extend(self.id);
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        data.extend([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 32]);
        data.extend(&point[33..65]);
        // {"fmt": "none", "attStmt": {}, "authData": data}
        let mut attestation = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        attestation.push(u8::try_from(data.len()).unwrap());
        attestation.extend(data);
        json!({ "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key", "extensions": {},
            "response": {
                "attestationObject": encode(&attestation),
                "clientDataJSON": encode(&self.client_data("webauthn.create", options)) } })
    }

    fn get(&mut self, options: &Value) -> Value {
        let data = self.data(0x01);
        let client = self.client_data("webauthn.get", options);
        let signature: Signature = self.key.sign(&[data.as_slice(), Sha256::digest(&client).as_slice()].concat());
        json!({ "id": encode(&self.id), "rawId": encode(&self.id), "type": "public-key", "extensions": {},
            "response": {
                "authenticatorData": encode(&data),
                "clientDataJSON": encode(&client),
                "signature": encode(signature.to_der().as_bytes()),
                "userHandle": self.owner.map(|o| encode(o.as_bytes())) } })
    }
}

/// Adds a passkey; returns the session's new token.
pub(super) async fn add(w: &World, signed: &Signed, authenticator: &mut Authenticator) -> (Secret, Vec<Secret>) {
    let (options, flow) = w.accounts.start_passkey(signed).await.unwrap();
    assert_eq!(options["publicKey"]["authenticatorSelection"]["residentKey"], "required");
    assert_eq!(options["publicKey"]["authenticatorSelection"]["userVerification"], "required");
    let answer = authenticator.create(&options, signed.account);
    w.accounts.finish_passkey(signed, flow.expose(), answer, "Điện thoại của tôi").await.unwrap()
}

pub(super) async fn enter(w: &World, kind: Kind, authenticator: &mut Authenticator) -> Result<NewSession, Error> {
    let (options, flow) = w.accounts.start_passkey_sign_in(kind, &visitor(1)).await.unwrap();
    let answer = authenticator.get(&options);
    w.accounts.finish_passkey_sign_in(flow.expose(), answer, &visitor(1)).await
}

#[tokio::test]
async fn a17_a_passkey_signs_in_without_name_and_password_and_counts_as_two_factors() {
    each_engine(async |db| {
        let w = world(&db).await;
        let signed = w.signed(&w.citizen(1).await).await;
        let mut phone_key = Authenticator::new(7);
        let (token, codes) = add(&w, &signed, &mut phone_key).await;
        assert_eq!(codes.len(), 10, "backup codes with the first factor");
        let now = w.signed_token(&token).await;
        let line = w.accounts.factors(now.account).await.unwrap().passkeys.remove(0);
        assert_eq!((line.name.as_str(), line.last_used_at), ("Điện thoại của tôi", None));

        let session = enter(&w, Kind::Citizen, &mut phone_key).await.unwrap();
        assert_eq!(session.account, signed.account);
        assert_eq!(w.signed(&session).await.method, "passkey");
        // The password alone does not lead past it.
        assert!(matches!(w.sign_in(1, GOOD).await.unwrap(), Entered::SecondFactor { .. }));
        w.accounts.rename_passkey(&now, line.id, "Máy cũ").await.unwrap();
        w.accounts.remove_passkey(&now, line.id).await.unwrap();
        let e = enter(&w, Kind::Citizen, &mut phone_key).await.unwrap_err();
        assert!(matches!(e, Error::PasskeyRefused), "{e:?}");
        assert!(matches!(w.sign_in(1, GOOD).await.unwrap(), Entered::In(_)));
    })
    .await;
}

#[tokio::test]
async fn a17_hostile_answers_of_passkeys_are_refused() {
    each_engine(async |db| {
        let w = world(&db).await;
        let signed = w.signed(&w.citizen(1).await).await;
        let other = w.signed(&w.citizen(2).await).await;
        let mut key = Authenticator::new(7);
        add(&w, &signed, &mut key).await;
        let (options, flow) = w.accounts.start_passkey_sign_in(Kind::Citizen, &visitor(1)).await.unwrap();
        let (foreign_options, _) = w.accounts.start_passkey_sign_in(Kind::Citizen, &visitor(1)).await.unwrap();
        let finish = |answer: Value| {
            let (accounts, flow) = (w.accounts.clone(), flow.clone());
            async move { accounts.finish_passkey_sign_in(flow.expose(), answer, &visitor(1)).await }
        };
        let mut wrong = Vec::new();
        wrong.push(("another challenge", key.get(&foreign_options)));
        key.origin = "https://evil.example";
        wrong.push(("another origin", key.get(&options)));
        key.origin = "http://localhost:8080";
        key.verifies_user = false;
        wrong.push(("no user verification", key.get(&options)));
        key.verifies_user = true;
        let mut thief = Authenticator::new(9);
        thief.id = key.id;
        thief.owner = key.owner;
        wrong.push(("another key under the same id", thief.get(&options)));
        key.owner = Some(other.account);
        wrong.push(("somebody else's name on it", key.get(&options)));
        key.owner = None;
        wrong.push(("nobody's name on it", key.get(&options)));
        key.owner = Some(signed.account);
        let mut broken = key.get(&options);
        broken["response"]["signature"] = "AAAA".into();
        wrong.push(("a broken signature", broken));
        wrong.push(("no answer at all", json!({ "x": 1 })));
        for (what, answer) in wrong {
            let e = finish(answer).await.unwrap_err();
            assert!(matches!(e, Error::PasskeyRefused), "{what}: {e:?}");
        }
        let right = key.get(&options);
        finish(right.clone()).await.unwrap();
        let e = finish(right).await.unwrap_err();
        assert!(matches!(e, Error::FlowGone), "replayed: {e:?}");
        // A copy of the key whose counter lags behind.
        key.counter = 0;
        let e = enter(&w, Kind::Citizen, &mut key).await.unwrap_err();
        assert!(matches!(e, Error::PasskeyRefused), "cloned: {e:?}");
    })
    .await;
}

#[tokio::test]
async fn a16_a_passkey_opens_only_the_door_of_its_realm_and_fulfils_the_duty_of_staff() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.staff("can.bo.mot", COMMUNE, Role::Officer).await;
        let session = entered(w.accounts.sign_in(Kind::Staff, "can.bo.mot", &secret(GOOD), &visitor(1)).await.unwrap());
        let signed = w.signed(&session).await;
        assert_eq!(signed.duty(), Some(Duty::EnrolFactor));
        let mut key = Authenticator::new(8);
        let (token, _) = add(&w, &signed, &mut key).await;
        let signed = w.signed_token(&token).await;
        assert!(signed.officer().is_some());
        let e = enter(&w, Kind::Citizen, &mut key).await.unwrap_err();
        assert!(matches!(e, Error::PasskeyRefused), "{e:?}");
        let session = enter(&w, Kind::Staff, &mut key).await.unwrap();
        assert!(w.signed(&session).await.officer().is_some());
        let line = w.accounts.factors(signed.account).await.unwrap().passkeys.remove(0);
        let e = w.accounts.remove_passkey(&signed, line.id).await.unwrap_err();
        assert!(matches!(e, Error::LastFactor), "{e:?}");
    })
    .await;
}

#[tokio::test]
async fn a17_a_step_up_takes_only_a_passkey_of_the_same_person() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (mut mine, mut theirs) = (Authenticator::new(5), Authenticator::new(6));
        let one = w.signed(&w.citizen(1).await).await;
        let (token, _) = add(&w, &one, &mut mine).await;
        let two = w.signed(&w.citizen(2).await).await;
        add(&w, &two, &mut theirs).await;
        w.core.clock.advance(20 * base::clock::MINUTE);
        let one = w.signed_token(&token).await;
        assert!(one.require_fresh(w.core.now()).is_err());
        let (options, flow) = w.accounts.start_passkey_step_up(&one).await.unwrap();
        let e = w.accounts.finish_passkey_step_up(&one, flow.expose(), theirs.get(&options)).await.unwrap_err();
        assert!(matches!(e, Error::PasskeyRefused), "{e:?}");
        let fresh = w.accounts.finish_passkey_step_up(&one, flow.expose(), mine.get(&options)).await.unwrap();
        assert!(!w.alive(&token).await);
        w.signed_token(&fresh).await.require_fresh(w.core.now()).unwrap();
    })
    .await;
}
