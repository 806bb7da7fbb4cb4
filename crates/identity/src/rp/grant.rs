//! What a person granted for longer than one sign-in: an access token for what the provider's API may tell, a refresh token to go on with,
//! and ending both (OAuth 2.0 §6, RFC 7009). A bank is such a provider (N13).

use super::{Rp, RpError};
use crate::outgoing::Trouble;
use base::keys::Secret;
use serde_json::Value;

/// Longer tokens are no tokens.
const LONGEST: usize = 4 * 1024;

/// Tokens of one consent. `Debug` hides them.
#[derive(Debug, Clone)]
pub struct Grant {
    pub access: Secret,
    /// To go on without the person. It may be another one after each use.
    pub refresh: Option<Secret>,
}

impl Grant {
    /// `None`: this answer of a token endpoint holds no bearer token.
    pub(super) fn of(tokens: &Value) -> Option<Self> {
        let text = |name: &str| tokens.get(name).and_then(Value::as_str);
        let token = |name: &str| text(name).filter(|t| (1..=LONGEST).contains(&t.len())).map(Secret::new);
        let is_bearer = text("token_type").is_some_and(|t| t.eq_ignore_ascii_case("bearer"));
        is_bearer.then_some(Self { access: token("access_token")?, refresh: token("refresh_token") })
    }

    /// What stands for all of it: ending it ends the whole grant.
    pub fn token(&self) -> &Secret {
        self.refresh.as_ref().unwrap_or(&self.access)
    }
}

impl Rp {
    /// The next tokens. The one that was shown may be worthless afterwards: who does not keep the new one has lost the grant.
    /// Errors: `Ended` when the person or the provider took the consent back, `Away`, `NotBelieved`.
    pub async fn renew(&self, refresh: &Secret) -> Result<Grant, RpError> {
        let metadata = self.remote.metadata(&self.config).await?;
        let form = vec![
            ("grant_type".to_owned(), "refresh_token".to_owned()),
            ("refresh_token".into(), refresh.expose().to_owned()),
        ];
        let answer = self.ask(&metadata.endpoints.token, form).await?;
        let grant = Grant::of(&answer).ok_or(Trouble::NotJson)?;
        // Who turns none lets the old one live on (RFC 6749 §6).
        Ok(Grant { refresh: grant.refresh.or_else(|| Some(refresh.clone())), ..grant })
    }

    /// Ends a grant there. What is over already is no error, so that it can be asked again after a lost answer (RFC 7009 §2.2).
    /// Errors: `Away`; `Configured` when the provider has no such endpoint.
    pub async fn revoke(&self, token: &Secret) -> Result<(), RpError> {
        let metadata = self.remote.metadata(&self.config).await?;
        let at = metadata.endpoints.revocation.as_ref().ok_or(RpError::Configured("revocation_endpoint"))?;
        let form =
            vec![("token".to_owned(), token.expose().to_owned()), ("token_type_hint".into(), "refresh_token".into())];
        let answer = self.send_form(at, form).await?;
        if (200..300).contains(&answer.status) { Ok(()) } else { Err(Trouble::Status(answer.status).into()) }
    }
}
