//! What is written down about one provider that people may come from. Two providers never share a name: it is the namespace of
//! their subjects.

use crate::jws::{Alg, Signer};
use base::{
    clock::{MINUTE, Millis},
    keys::Secret,
};

/// A provider, as configured.
#[derive(Debug, Clone)]
pub struct Config {
    /// Short and lasting: `vneid`, `dvcqg`.
    pub name: String,
    /// Letter by letter as it stands in its tokens.
    pub issuer: String,
    /// For providers without discovery.
    pub endpoints: Option<Endpoints>,
    pub client_id: String,
    pub auth: ClientAuth,
    /// Where the browser comes back to.
    pub redirect_uri: String,
    pub post_logout_redirect_uri: Option<String>,
    /// Beside `openid`.
    pub scopes: Vec<String>,
    /// Our levels, the weakest first.
    pub levels: Vec<String>,
    /// What the provider calls them: (its `acr`, our level). What is not in here is worth nothing.
    pub acr_map: Vec<(String, String)>,
    /// (our name, its claim).
    pub claim_map: Vec<(String, String)>,
    /// What its tokens may be signed with.
    pub algs: Vec<Alg>,
    /// Its answers must say `iss`, also when its discovery does not promise that.
    pub needs_iss: bool,
    /// Requests are pushed when the provider can take them.
    pub push: bool,
    /// The claims are fetched from userinfo too.
    pub userinfo: bool,
    /// How wrong its clock may be.
    pub skew: Millis,
    /// It may live at a private address, without TLS; for demos and tests.
    pub allow_private: bool,
}

/// Addresses of a provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Endpoints {
    pub authorization: String,
    pub token: String,
    pub jwks: String,
    pub userinfo: Option<String>,
    pub end_session: Option<String>,
    pub pushed: Option<String>,
    /// Where a grant is ended (RFC 7009).
    pub revocation: Option<String>,
}

/// How we prove ourselves to it.
#[derive(Debug, Clone)]
pub enum ClientAuth {
    None,
    SecretBasic(Secret),
    SecretPost(Secret),
    PrivateKeyJwt(Box<Signer>),
}

impl Config {
    pub fn new(name: &str, issuer: &str, client_id: &str, auth: ClientAuth, redirect_uri: &str) -> Self {
        Self {
            name: name.into(),
            issuer: issuer.into(),
            endpoints: None,
            client_id: client_id.into(),
            auth,
            redirect_uri: redirect_uri.into(),
            post_logout_redirect_uri: None,
            scopes: Vec::new(),
            levels: Vec::new(),
            acr_map: Vec::new(),
            claim_map: Vec::new(),
            algs: vec![Alg::ES256, Alg::PS256, Alg::RS256, Alg::EdDSA],
            needs_iss: false,
            push: true,
            userinfo: true,
            skew: MINUTE,
            allow_private: false,
        }
    }

    /// How high a level of ours is.
    pub(crate) fn rank(&self, level: &str) -> Option<usize> {
        self.levels.iter().position(|l| l == level)
    }

    /// Our level for its `acr`.
    pub(crate) fn level(&self, acr: &str) -> Option<&String> {
        self.acr_map.iter().find(|(theirs, _)| theirs == acr).map(|(_, ours)| ours)
    }

    /// What to ask it for so that we get at least this level.
    pub(crate) fn acr_values(&self, level: &str) -> Vec<&str> {
        let wanted = self.rank(level);
        let reaches = |ours: &String| wanted.is_some() && self.rank(ours) >= wanted;
        self.acr_map.iter().filter(|(_, ours)| reaches(ours)).map(|(theirs, _)| theirs.as_str()).collect()
    }
}
