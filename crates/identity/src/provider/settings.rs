//! What a role decides about its provider.

use base::clock::{DAY, HOUR, MINUTE, Millis, SECOND};

/// A scope and the claims that it stands for.
#[derive(Debug, Clone)]
pub struct Scope {
    pub name: &'static str,
    pub claims: &'static [&'static str],
}

/// What is said of an organisation that somebody acts for (A11).
#[derive(Debug, Clone, Copy)]
pub struct Acting {
    /// Claims that exist only then. Who asks for one of them has the person say, at each sign-in, for whom they act.
    pub claims: &'static [&'static str],
    /// Claims that say something else then: given together with those.
    pub changed: &'static [&'static str],
}

/// Settings of a provider; only the issuer has no default.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address that clients know this provider by, without a slash at its end: `https://cong.example.vn`.
    pub issuer: String,
    /// Scopes beside `openid` and `offline_access`.
    pub scopes: Vec<Scope>,
    /// Claims that clients may ask for by name only.
    pub more_claims: Vec<&'static str>,
    /// A claim that repeats the client's name for the person (`sub`), for callers that look for it under a name of their own.
    pub subject_claim: Option<&'static str>,
    /// `None`: people act for nobody but themselves.
    pub acting: Option<Acting>,
    /// Levels of authentication, the weakest first.
    pub acr: Vec<&'static str>,
    /// The role agreed for its people to what its clients may know (a workplace and its own systems): nobody is asked for consent.
    pub agreed: bool,
    pub lifetimes: Lifetimes,
    /// Clients may live at private addresses (back-channel logout); for demos and tests.
    pub allow_private: bool,
}

/// How long things are good for.
#[derive(Debug, Clone)]
pub struct Lifetimes {
    /// From a pushed request to the browser that brings it.
    pub pushed: Millis,
    /// From the request to the answer: signing in and consent.
    pub interaction: Millis,
    pub code: Millis,
    pub access: Millis,
    pub id_token: Millis,
    /// A family of tokens that ends with the session, at the latest.
    pub online: Millis,
    /// A family of tokens that outlives the session (`offline_access`); turning a refresh token does not prolong it.
    pub offline: Millis,
    /// A signing key is published this long before it signs.
    pub key_lead: Millis,
    /// A key signs this long.
    pub key_use: Millis,
    /// A key stays published this long after it stopped.
    pub key_overlap: Millis,
    /// How long a logout is tried to be delivered.
    pub logout: Millis,
    /// How wrong a client's clock may be.
    pub skew: Millis,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            pushed: 90 * SECOND,
            interaction: 30 * MINUTE,
            code: MINUTE,
            access: 10 * MINUTE,
            id_token: 10 * MINUTE,
            online: 12 * HOUR,
            offline: 30 * DAY,
            key_lead: DAY,
            key_use: 30 * DAY,
            key_overlap: 7 * DAY,
            logout: DAY,
            skew: MINUTE,
        }
    }
}

impl Settings {
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into().trim_end_matches('/').to_owned(),
            scopes: vec![
                Scope { name: "profile", claims: &["name", "birthdate", "gender"] },
                Scope { name: "phone", claims: &["phone_number", "phone_number_verified"] },
                Scope { name: "email", claims: &["email", "email_verified"] },
                Scope { name: "address", claims: &["address"] },
            ],
            more_claims: Vec::new(),
            subject_claim: None,
            acting: None,
            acr: Vec::new(),
            agreed: false,
            lifetimes: Lifetimes::default(),
            allow_private: false,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.issuer)
    }

    /// Where the browser finds something of this provider at its origin: an issuer may have a path.
    pub(crate) fn path(&self, path: &str) -> String {
        let after = self.issuer.find("://").map_or(0, |at| at + 3);
        let own = self.issuer[after..].find('/').map_or("", |at| &self.issuer[after + at..]);
        format!("{own}{path}")
    }

    pub(crate) fn is_https(&self) -> bool {
        self.issuer.starts_with("https://")
    }

    /// Claims of a scope; none for `openid` and unknown ones.
    pub(crate) fn claims_of(&self, scope: &str) -> &'static [&'static str] {
        self.scopes.iter().find(|s| s.name == scope).map_or(&[], |s| s.claims)
    }

    /// Whether this is said only of who acts for an organisation.
    pub(crate) fn is_acting_claim(&self, name: &str) -> bool {
        self.acting.is_some_and(|acting| acting.claims.contains(&name))
    }

    pub(crate) fn knows_claim(&self, name: &str) -> bool {
        self.more_claims.contains(&name) || self.scopes.iter().any(|s| s.claims.contains(&name))
    }

    pub(crate) fn knows_scope(&self, name: &str) -> bool {
        matches!(name, "openid" | "offline_access" | "provenance") || self.scopes.iter().any(|s| s.name == name)
    }

    /// How high a level is; `None` for one that is not ours.
    pub(crate) fn rank(&self, acr: &str) -> Option<usize> {
        self.acr.iter().position(|known| *known == acr)
    }
}
