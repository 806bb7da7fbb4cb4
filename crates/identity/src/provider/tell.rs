//! What the provider tells a client by itself, signed with the key that it signs people in with: one token, good for two minutes. The other direction of
//! `push`; who hears it believes it as a logout token (`rp::told`).

use super::Provider;
use crate::outgoing::Trouble;
use base::clock::SECOND;
use serde_json::{Value, json};
use url::Url;

/// A token is good for so long, in seconds: sent again it is signed anew.
const GOOD: i64 = 120;

impl Provider {
    /// Sends `what` under `name` to an address of this client, and gives what it answers. Errors: why it is to be tried again.
    pub async fn tell_client(&self, id: &str, at: &str, typ: &str, name: &str, what: Value) -> Result<Value, String> {
        let client = self.client(id).await.map_err(|e| e.to_string())?.ok_or("the client is not connected")?;
        let url = Url::parse(at).map_err(|e| e.to_string())?;
        let now = self.now() / SECOND;
        let jti: String = self.entropy.bytes::<16>().iter().map(|b| format!("{b:02x}")).collect();
        let mut claims =
            json!({ "iss": self.settings.issuer, "aud": client.id, "iat": now, "exp": now + GOOD, "jti": jti });
        claims[name] = what;
        let signer = self.signer(client.id_token_alg).await.map_err(|e| e.to_string())?;
        let token = signer.sign(typ, &claims).map_err(|e| e.to_string())?;
        let trouble = |e: Trouble| e.to_string();
        let request = self.outgoing.post(&url).map_err(trouble)?.header("content-type", "application/jose").body(token);
        let answer = self.outgoing.send(request).await.map_err(trouble)?;
        if answer.status != 200 {
            return Err(Trouble::Status(answer.status).to_string());
        }
        answer.json().map_err(trouble)
    }
}
