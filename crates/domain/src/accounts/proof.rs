//! Proof of work before an SMS (altcha, A4): it makes a flood of sends cost the sender, without a picture puzzle. Who has no
//! JavaScript goes without and gets the stricter limit per address.
//!
//! The challenge is signed, not stored. Its time is ours, not the crate's (which would read the machine's clock), and its nonce
//! can be used once.

use super::decode;
use crate::core::Core;
use altcha::{
    Challenge, ChallengeParameters, HmacAlgorithm, Payload, VerifySolutionOptions, sign_challenge, verify_solution,
};
use base::{
    clock::{MINUTE, Millis},
    keys::Purpose,
};
use store::{Insert, Tx};

/// How long a challenge may wait for its answer.
const LIVES: Millis = 20 * MINUTE;
/// Four hex digits: 65,536 hashes on average, below a second on a cheap phone.
const PREFIX: &str = "0000";
const NAME: &str = "proof";

/// A proof that was right; `consume` takes its nonce.
#[derive(Debug, Clone)]
pub(crate) struct Proof {
    nonce: Vec<u8>,
    expires_at: Millis,
}

fn secret(core: &Core) -> String {
    super::encode(&core.keys.key(Purpose::ProofOfWork))
}

/// A new challenge as JSON for the browser; `None` only when the crate refuses our own parameters.
pub fn challenge(core: &Core) -> Option<Challenge> {
    let mut parameters = ChallengeParameters {
        algorithm: "SHA-256".into(),
        cost: 1,
        data: Some([("until".to_owned(), serde_json::json!(core.now() + LIVES))].into()),
        expires_at: None,
        key_length: 32,
        key_prefix: PREFIX.into(),
        key_signature: None,
        memory_cost: None,
        nonce: hex(&core.entropy.bytes::<16>()),
        parallelism: None,
        salt: hex(&core.entropy.bytes::<16>()),
    };
    sign_challenge(&HmacAlgorithm::Sha256, &mut parameters, None, &secret(core), None).ok()
}

/// Reads the form field `altcha` (Base64 of challenge and solution). `None` for everything that is not a right, fresh answer
/// to a challenge of ours.
pub(crate) fn verify(core: &Core, field: &str) -> Option<Proof> {
    if field.len() > 8192 {
        return None;
    }
    // The island sends standard Base64; ours is URL-safe without padding. Read both.
    let plain = field.trim().trim_end_matches('=').replace('+', "-").replace('/', "_");
    let payload: Payload = serde_json::from_slice(&decode(&plain)?).ok()?;
    let p = &payload.challenge.parameters;
    // A signature of ours covers these; checked first so that a stranger cannot choose costly parameters.
    if p.algorithm != "SHA-256" || p.cost != 1 || p.key_prefix != PREFIX || p.key_length != 32 {
        return None;
    }
    let until = p.data.as_ref()?.get("until")?.as_i64()?;
    if until < core.now() {
        return None;
    }
    let answer =
        verify_solution(VerifySolutionOptions::new(&payload.challenge, &payload.solution, secret(core))).ok()?;
    answer.verified.then(|| Proof { nonce: p.nonce.clone().into_bytes(), expires_at: until })
}

/// Takes the nonce; false when this proof was used before. The row stands among the limits and is swept with them.
pub(crate) async fn consume(core: &Core, tx: &Tx, proof: &Proof) -> Result<bool, store::Error> {
    let key = core.keys.hash(Purpose::Limit, &[NAME.as_bytes(), &proof.nonce]);
    let taken = Insert::into("limit_counter")
        .set("name", NAME)
        .set("key", key.to_vec())
        .set("window_start", proof.expires_at)
        .set("count", 1i64)
        .or_ignore()
        .exec(tx)
        .await?;
    Ok(taken == 1)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

impl super::Accounts {
    /// A challenge for `/bang-chung`.
    pub fn proof_challenge(&self) -> Option<serde_json::Value> {
        serde_json::to_value(challenge(&self.core)?).ok()
    }
}
