//! `[[sign_in]]`: providers that people may come from (A2, N9), as the operator writes them down.

use crate::client_key;
use anyhow::Context;
use domain::{accounts::Assurance, core::Core, packs::Text};
use identity::rp::{ClientAuth, Config as RpConfig, Endpoints, Rp};
use serde::Deserialize;
use std::{collections::BTreeMap, path::PathBuf};
use web::Provider;

/// Our levels, the weakest first (A13).
const LEVELS: [&str; 3] = ["phone", "verified", "high"];
/// What may be asked of a provider, by our names.
const CLAIMS: [&str; 8] =
    ["number", "full_name", "birth_date", "sex", "phone", "account_type", "organization_code", "organization_name"];
/// Those of the organisation that somebody comes for (A11): each is worth nothing without the others.
const ORGANIZATION: &[&str] = &["account_type", "organization_code", "organization_name"];

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Short and lasting: part of addresses and of what is stored.
    pub name: String,
    pub label: Label,
    /// Letter by letter as it stands in its tokens.
    pub issuer: String,
    pub client_id: String,
    /// A file with the secret that the provider gave.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// Instead of it: a file with our private key (`congdanso client-key`), whose public half the provider knows.
    #[serde(default)]
    pub client_key_file: Option<PathBuf>,
    /// Where the provider takes states of dossiers (N14), signed with that key.
    #[serde(default)]
    pub dossier_states: Option<String>,
    /// How it is shown.
    #[serde(default)]
    pub client_auth: Shown,
    #[serde(default)]
    pub scopes: Vec<String>,
    /// Our name of a claim, and the provider's: `number = "SoDinhDanh"`.
    pub claims: BTreeMap<String, String>,
    /// The provider's `acr`, and what it is worth here: `LoA2 = "verified"`.
    pub levels: BTreeMap<String, String>,
    /// For providers without discovery.
    #[serde(default)]
    pub endpoints: Option<Addresses>,
    /// Scopes by which it is asked for which organisation somebody comes (A11), when citizens sign in and at no other time.
    #[serde(default)]
    pub organization_scopes: Vec<String>,
    /// Staff may sign in over it, too, once they linked it themselves (A16).
    #[serde(default)]
    pub staff: bool,
    /// From this level on staff are not asked for a second factor of ours: the provider asked for two.
    #[serde(default)]
    pub staff_two_factor: Option<String>,
}

/// `client_secret_basic`, or `client_secret_post` as some national systems want it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shown {
    #[default]
    Basic,
    Post,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Label {
    pub vi: String,
    pub en: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Addresses {
    pub authorization: String,
    pub token: String,
    pub jwks: String,
    pub userinfo: Option<String>,
    pub end_session: Option<String>,
}

impl SignIn {
    /// Errors: every fault, in words for an operator.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |text: String| faults.push(format!("sign_in «{}»: {text}", self.name));
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if self.name.is_empty() || self.name.len() > 30 || !self.name.bytes().all(plain) {
            fault("name is 1 to 30 lower-case letters, digits and hyphens".into());
        }
        if self.label.vi.trim().is_empty() || self.label.en.trim().is_empty() {
            fault("label.vi and label.en are what people read".into());
        }
        let ends = self.endpoints.iter().flat_map(|e| [&e.authorization, &e.token, &e.jwks]);
        for address in std::iter::once(&self.issuer).chain(ends) {
            if origin(address).is_none_or(|o| !o.starts_with("https://")) {
                fault(format!("{address} must be an https:// address"));
            }
        }
        for needed in ["number", "full_name"] {
            if !self.claims.contains_key(needed) {
                fault(format!("claims.{needed} is missing: without it nobody can be known"));
            }
        }
        for name in self.claims.keys().filter(|name| !CLAIMS.contains(&name.as_str())) {
            fault(format!("claims.{name} is none of {}", CLAIMS.join(", ")));
        }
        let mapped = ORGANIZATION.iter().filter(|name| self.claims.contains_key(**name)).count();
        if mapped != 0 && mapped != ORGANIZATION.len() {
            fault(format!("claims: {} go together", ORGANIZATION.join(", ")));
        }
        if mapped == 0 && !self.organization_scopes.is_empty() {
            fault(format!("organization_scopes is of use only with claims {}", ORGANIZATION.join(", ")));
        }
        for level in self.levels.values().filter(|level| !LEVELS.contains(&level.as_str())) {
            fault(format!("levels: «{level}» is none of {}", LEVELS.join(", ")));
        }
        if !self.levels.values().any(|level| level != LEVELS[0]) {
            fault("levels must name at least one acr that is worth verified or high".into());
        }
        if let Some(level) = &self.staff_two_factor {
            if !self.staff {
                fault("staff_two_factor is of use only with staff = true".into());
            }
            // A level below is never let in at the door of staff.
            if !LEVELS[1..].contains(&level.as_str()) {
                fault(format!("staff_two_factor: «{level}» is none of {}", LEVELS[1..].join(", ")));
            }
        }
        if let Some(at) = &self.dossier_states {
            if origin(at).is_none_or(|o| !o.starts_with("https://")) {
                fault(format!("dossier_states {at} must be an https:// address"));
            }
            if self.client_key_file.is_none() {
                fault("dossier_states needs client_key_file: what is told there is signed".into());
            }
        }
        if let Err(e) = self.auth() {
            fault(e);
        }
        faults
    }

    /// How we prove ourselves: by a secret or by a key, and by one of them.
    fn auth(&self) -> Result<ClientAuth, String> {
        let secret = match (&self.client_secret_file, &self.client_key_file) {
            (Some(file), None) => file,
            (None, Some(file)) => return client_key::read(file).map(|key| ClientAuth::PrivateKeyJwt(Box::new(key))),
            (None, None) => return Err("client_secret_file or client_key_file is missing".into()),
            (Some(_), Some(_)) => return Err("client_secret_file and client_key_file: only one of them".into()),
        };
        let file = secret.display();
        let text = std::fs::read_to_string(secret).map_err(|e| format!("client_secret_file {file}: {e}"))?;
        let secret = match text.trim() {
            "" => return Err(format!("client_secret_file {file} is empty")),
            secret => base::keys::Secret::new(secret),
        };
        Ok(match self.client_auth {
            Shown::Basic => ClientAuth::SecretBasic(secret),
            Shown::Post => ClientAuth::SecretPost(secret),
        })
    }

    /// Errors: the secret or the key cannot be read.
    pub fn door(&self) -> anyhow::Result<Door> {
        let auth = self.auth().map_err(|e| anyhow::anyhow!(e))?;
        let endpoints = self.endpoints.clone().map(|e| Endpoints {
            authorization: e.authorization,
            token: e.token,
            jwks: e.jwks,
            userinfo: e.userinfo,
            end_session: e.end_session,
            ..Endpoints::default()
        });
        let label = Text { vi: self.label.vi.clone(), en: self.label.en.clone() };
        Ok(Door {
            label,
            scopes: self.scopes.clone(),
            organizations: self.organization_scopes.clone(),
            claims: self.claims.clone().into_iter().collect(),
            levels: self.levels.clone().into_iter().collect(),
            endpoints,
            staff: self.staff,
            two_factor: self.staff_two_factor.as_deref().map(Assurance::parse),
            dossier_states: self.dossier_states.clone(),
            ..Door::new(&self.name, &self.issuer, &self.client_id, auth)
        })
    }
}

/// A provider before the province's own address is known.
#[derive(Debug, Clone)]
pub struct Door {
    pub name: String,
    pub label: Text,
    pub issuer: String,
    pub client_id: String,
    pub auth: ClientAuth,
    pub scopes: Vec<String>,
    /// Those by which it is asked for an organisation.
    pub organizations: Vec<String>,
    pub claims: Vec<(String, String)>,
    pub levels: Vec<(String, String)>,
    pub endpoints: Option<Endpoints>,
    pub staff: bool,
    pub two_factor: Option<Assurance>,
    /// Where states of dossiers are told (N14).
    pub dossier_states: Option<String>,
    /// The sandbox: plain http on this machine.
    pub sandbox: bool,
}

impl Door {
    pub fn new(name: &str, issuer: &str, client_id: &str, auth: ClientAuth) -> Self {
        Self {
            name: name.into(),
            label: Text { vi: name.into(), en: name.into() },
            issuer: issuer.into(),
            client_id: client_id.into(),
            auth,
            scopes: Vec::new(),
            organizations: Vec::new(),
            claims: Vec::new(),
            levels: Vec::new(),
            endpoints: None,
            staff: false,
            two_factor: None,
            dossier_states: None,
            sandbox: false,
        }
    }

    /// Errors: the HTTP client cannot be made.
    pub fn open(self, core: &Core) -> anyhow::Result<Provider> {
        let way = format!("{}/dang-nhap/lien-thong/{}", core.settings.origin, self.name);
        let mut origins: Vec<String> = origin(&self.issuer).into_iter().map(str::to_owned).collect();
        let pages = self.endpoints.as_ref().and_then(|e| origin(&e.authorization)).map(str::to_owned);
        origins.extend(pages.filter(|o| !origins.contains(o)));
        let config = RpConfig {
            scopes: self.scopes.clone(),
            levels: LEVELS.map(str::to_owned).to_vec(),
            acr_map: self.levels.clone(),
            claim_map: self.claims.clone(),
            endpoints: self.endpoints.clone(),
            allow_private: self.sandbox,
            post_logout_redirect_uri: Some(format!("{}/dang-xuat/xong", core.settings.origin)),
            ..RpConfig::new(&self.name, &self.issuer, &self.client_id, self.auth.clone(), &format!("{way}/ve"))
        };
        let rp = Rp::new(core.store.clone(), core.clock.clone(), core.entropy.clone(), core.keys.clone(), config)
            .with_context(|| format!("sign_in «{}»", self.name))?;
        let Self { name, label, staff, two_factor, organizations, .. } = self;
        Ok(Provider { rp, name, label, origins, staff, two_factor, organizations })
    }
}

/// `https://host:port` of an address.
pub(crate) fn origin(address: &str) -> Option<&str> {
    let after = address.find("://")? + 3;
    let rest = &address[after..];
    let host = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    (!host.is_empty() && host.bytes().all(plain)).then(|| &address[..after + host.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(secret: &std::path::Path) -> String {
        format!(
            "name = \"vneid\"\nlabel = {{ vi = \"VNeID\", en = \"VNeID\" }}\nissuer = \"https://id.example.vn\"\nclient_id = \"tinh\"\n\
             client_secret_file = \"{}\"\nclaims = {{ number = \"SoDinhDanh\", full_name = \"HoVaTen\" }}\nlevels = {{ LoA2 = \"verified\" }}\n",
            secret.display()
        )
    }

    #[test]
    fn n9_a_provider_is_written_down_whole_or_refused_with_every_fault() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, " khong-ai-biet \n").unwrap();
        let good: SignIn = toml::from_str(&written(&secret)).unwrap();
        assert_eq!(good.faults(), Vec::<String>::new());
        let door = good.door().unwrap();
        assert!(matches!(&door.auth, ClientAuth::SecretBasic(s) if s.expose() == "khong-ai-biet"));
        let post: SignIn = toml::from_str(&(written(&secret) + "client_auth = \"post\"\n")).unwrap();
        assert!(matches!(&post.door().unwrap().auth, ClientAuth::SecretPost(_)));
        assert_eq!(
            (post.door().unwrap().staff, post.door().unwrap().two_factor),
            (false, None),
            "not for staff unless written"
        );
        let staff = "staff = true\nstaff_two_factor = \"high\"\n";
        let staff: SignIn = toml::from_str(&(written(&secret) + staff)).unwrap();
        assert_eq!((staff.faults(), staff.door().unwrap().two_factor), (Vec::new(), Some(Assurance::High)));
        for (more, says) in [
            ("staff_two_factor = \"high\"\n", "only with staff"),
            ("staff = true\nstaff_two_factor = \"phone\"\n", "none of verified, high"),
        ] {
            let faults = toml::from_str::<SignIn>(&(written(&secret) + more)).unwrap().faults();
            assert!(faults.iter().any(|f| f.contains(says)), "{more}: {faults:?}");
        }
        for (from, to, says) in [
            ("\"vneid\"", "\"VNeID/..\"", "name is"),
            ("https://id", "http://id", "https://"),
            ("number = \"SoDinhDanh\", ", "", "claims.number"),
            ("full_name =", "colour = \"x\", full_name =", "claims.colour"),
            ("full_name =", "organization_code = \"MaToChuc\", full_name =", "go together"),
            ("levels =", "organization_scopes = [\"organization\"]\nlevels =", "organization_scopes"),
            ("\"verified\"", "\"phone\"", "verified or high"),
            ("\"verified\"", "\"sure\"", "none of"),
            ("secret\"", "nothing\"", "client_secret_file"),
        ] {
            let text = written(&secret).replace(from, to);
            let faults = toml::from_str::<SignIn>(&text).unwrap().faults();
            assert!(faults.iter().any(|f| f.contains(says)), "{to}: {faults:?}");
        }
        assert!(toml::from_str::<SignIn>(&(written(&secret) + "colour = 1\n")).is_err());
    }

    #[test]
    fn n14_a_province_proves_itself_by_a_key_and_signs_with_it_what_it_tells() {
        let folder = tempfile::tempdir().unwrap();
        let (secret, key) = (folder.path().join("secret"), folder.path().join("key"));
        std::fs::write(&secret, "x").unwrap();
        let made = client_key::make(&key).unwrap();
        let states = "dossier_states = \"https://cong.example.vn/api/v1/dossier-states\"\n";
        let by_key =
            written(&secret).replace("client_secret_file", "client_key_file").replace("secret\"", "key\"") + states;
        let good: SignIn = toml::from_str(&by_key).unwrap();
        assert_eq!(good.faults(), Vec::<String>::new());
        let door = good.door().unwrap();
        assert!(matches!(&door.auth, ClientAuth::PrivateKeyJwt(signer) if signer.public() == made.public()));
        assert!(crate::dossiers::Portal::of(&door).unwrap().is_some());
        for (text, says) in [
            (written(&secret) + states, "needs client_key_file"),
            (by_key.clone() + &format!("client_secret_file = \"{}\"\n", secret.display()), "only one of them"),
            (by_key.replace("https://cong", "http://cong"), "must be an https://"),
            (by_key.replace("key\"", "secret\""), "client_key_file"),
        ] {
            let faults = toml::from_str::<SignIn>(&text).unwrap().faults();
            assert!(faults.iter().any(|f| f.contains(says)), "{says}: {faults:?}");
        }
        assert!(client_key::make(&key).is_err(), "a key that is there is not written over");
    }

    #[test]
    fn n9_an_origin_is_what_stands_before_the_path() {
        assert_eq!(origin("https://id.example.vn/auth/realms/x?y"), Some("https://id.example.vn"));
        assert_eq!(origin("http://localhost:8083"), Some("http://localhost:8083"));
        for bad in ["id.example.vn", "https://", "https://a b/", "https://x;script-src"] {
            assert_eq!(origin(bad), None, "{bad}");
        }
    }
}
