//! `congdanso client`: systems that people sign in to through the national portal (N8).
#![expect(clippy::print_stdout, reason = "commands answer on standard output")]

use super::{metrics, open, plan};
use crate::node::Node;
use anyhow::{Context, bail};
use base::keys::Secret;
use domain::national::catalogue;
use identity::{
    jws::Alg,
    provider::{Auth, NewClient, Provider},
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// A description of a system is a page of text; more is no description.
const LONGEST: u64 = 256 * 1024;

#[derive(clap::Args)]
pub struct ClientArgs {
    /// Its name with the portal: `congdanso-quang-tri`.
    #[arg(required_unless_present = "file")]
    id: Option<String>,
    /// What people read when they are asked for consent.
    #[arg(required_unless_present = "file")]
    name: Option<String>,
    /// Its address: `https://congdan.example.vn`.
    #[arg(required_unless_present = "file")]
    origin: Option<String>,
    /// How the portal is called in its own `[[sign_in]]`.
    #[arg(long, default_value = "dvcqg")]
    door: String,
    /// The province proves itself with its key instead of a secret: a file with its public keys, as `congdanso client-key` told them. Only so
    /// can it tell the portal of its dossiers.
    #[arg(long)]
    keys: Option<PathBuf>,
    /// Instead of these, for a system that is none of ours: a JSON file that describes it in the words of RFC 7591.
    #[arg(long, conflicts_with_all = ["id", "name", "origin", "keys"])]
    file: Option<PathBuf>,
}

/// Any system, in the words of OpenID Connect and RFC 7591.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    client_id: String,
    client_name: String,
    redirect_uris: Vec<String>,
    #[serde(default)]
    post_logout_redirect_uris: Vec<String>,
    #[serde(default)]
    backchannel_logout_uri: Option<String>,
    /// Where it begins a sign-in that the portal asks for.
    #[serde(default)]
    initiate_login_uri: Option<String>,
    #[serde(default = "basic")]
    token_endpoint_auth_method: Auth,
    /// Its public keys, for `private_key_jwt`.
    #[serde(default)]
    jwks: Option<Value>,
    /// Where it publishes them instead.
    #[serde(default)]
    jwks_uri: Option<String>,
    /// With `refresh_token` among them it may renew its tokens while the person's session lasts.
    #[serde(default)]
    grant_types: Vec<String>,
    #[serde(default)]
    require_pushed_authorization_requests: bool,
    /// RS256 for a system that knows nothing younger.
    #[serde(default = "young")]
    id_token_signed_response_alg: Alg,
}

fn young() -> Alg {
    Alg::ES256
}

fn basic() -> Auth {
    Auth::ClientSecretBasic
}

impl Registration {
    /// Errors: what is wrong with the file.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        let named = || file.display().to_string();
        if std::fs::metadata(file).with_context(named)?.len() > LONGEST {
            bail!("{}: longer than {LONGEST} bytes", named());
        }
        serde_json::from_slice(&std::fs::read(file).with_context(named)?).with_context(named)
    }

    pub fn client(self) -> NewClient {
        NewClient {
            auth: self.token_endpoint_auth_method,
            jwks: self.jwks.unwrap_or_else(|| json!({ "keys": [] })),
            jwks_uri: self.jwks_uri,
            post_logout_uris: self.post_logout_redirect_uris,
            backchannel_logout_uri: self.backchannel_logout_uri,
            initiate_login_uri: self.initiate_login_uri,
            must_push: self.require_pushed_authorization_requests,
            may_refresh: self.grant_types.iter().any(|grant| grant == "refresh_token"),
            id_token_alg: self.id_token_signed_response_alg,
            redirect_uris: self.redirect_uris,
            ..of_the_portal(&self.client_id, &self.client_name, "")
        }
    }
}

/// May ask for what the portal has to tell, and nothing when nobody is signed in.
fn of_the_portal(id: &str, name: &str, redirect_uri: &str) -> NewClient {
    NewClient {
        scopes: ["openid", web::national::SCOPE, web::national::ORGANIZATION_SCOPE].map(str::to_owned).to_vec(),
        claims: web::national::CLAIMS
            .iter()
            .chain(&web::national::ORGANIZATION_CLAIMS)
            .map(|c| (*c).to_owned())
            .collect(),
        // Each system knows a person by a name of its own, also where two share a host.
        sector: Some(id.to_owned()),
        ..NewClient::new(id, name, Auth::ClientSecretBasic, redirect_uri)
    }
}

/// A province as a client of the portal. `door`: how it calls the portal in its own configuration.
pub fn province(id: &str, name: &str, origin: &str, door: &str) -> NewClient {
    let way = format!("{origin}/dang-nhap/lien-thong/{door}");
    NewClient {
        post_logout_uris: vec![format!("{origin}/dang-xuat/xong")],
        backchannel_logout_uri: Some(format!("{way}/dang-xuat")),
        initiate_login_uri: Some(format!("{origin}/dang-nhap/tu")),
        ..of_the_portal(id, name, &format!("{way}/ve"))
    }
}

/// The same province, proving itself with a key of this set.
pub fn by_key(new: NewClient, jwks: Value) -> NewClient {
    NewClient { auth: Auth::PrivateKeyJwt, jwks, ..new }
}

/// Errors: no JSON, or too long.
fn read_keys(file: &Path) -> anyhow::Result<Value> {
    let named = || file.display().to_string();
    if std::fs::metadata(file).with_context(named)?.len() > LONGEST {
        bail!("{}: longer than {LONGEST} bytes", named());
    }
    serde_json::from_slice(&std::fs::read(file).with_context(named)?).with_context(named)
}

/// `congdanso client-key`.
pub fn make_key(file: &Path) -> anyhow::Result<()> {
    let signer = crate::client_key::make(file).with_context(|| file.display().to_string())?;
    println!("{}", json!({ "keys": [signer.public()] }));
    Ok(())
}

/// Where a province lists what it handles, for the portal's catalogue.
pub fn procedures_at(origin: &str) -> String {
    format!("{origin}{}", web::PROCEDURES)
}

/// Makes the client, or puts it in the place of the one with its id; the secret of before is worth nothing from then on. `None` for one
/// that proves itself with its key. Errors: what is wrong with it, for the operator.
pub async fn put(issuer: &Provider, new: NewClient) -> anyhow::Result<Option<Secret>> {
    let id = new.id.clone();
    match issuer.put_client(new).await.context("the client cannot be kept")? {
        Ok(secret) => Ok(secret),
        Err(why) => bail!("{id}: {why}"),
    }
}

pub async fn add(file: &Path, args: ClientArgs) -> anyhow::Result<()> {
    let (new, list) = match args {
        ClientArgs { file: Some(file), .. } => (Registration::read(&file)?.client(), None),
        ClientArgs { id: Some(id), name: Some(name), origin: Some(origin), door, keys, .. } => {
            let origin = origin.trim_end_matches('/');
            let new = province(&id, &name, origin, &door);
            let new = match keys {
                Some(file) => by_key(new, read_keys(&file)?),
                None => new,
            };
            (new, Some(procedures_at(origin)))
        }
        _ => bail!("name a province by id, name and address, or a file"),
    };
    let (config, core) = open(file).await?;
    if !core.province().pack.province.is_national() {
        bail!("only the national portal has clients: province.pack names a province");
    }
    let node = Node::on(core, plan(&config)?, metrics()?)?;
    let issuer = node.web.issuer.clone().context("the portal has no provider")?;
    let id = new.id.clone();
    let secret = put(&issuer, new).await?;
    if let Some(list) = list {
        catalogue::connect(&node.web.core, &id, &list)
            .await
            .context("the procedures of the province cannot be noted")?;
    }
    match secret {
        Some(secret) => println!(
            "{id}: đã kết nối. Khóa chỉ hiện một lần; ghi vào tệp mà client_secret_file của hệ thống đó nêu:\n{}",
            secret.expose()
        ),
        None => println!("{id}: đã kết nối. Hệ thống này tự chứng minh bằng khóa riêng của nó, không có khóa chung."),
    }
    node.close().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Registration> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        Registration::read(file.path())
    }

    #[test]
    fn n8_a_system_is_described_in_the_words_of_the_standard() {
        let system = json!({ "client_id": "he-thong", "client_name": "Hệ thống khác", "redirect_uris": ["https://khac.example.vn/ve"],
            "token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://khac.example.vn/jwks.json",
            "grant_types": ["authorization_code", "refresh_token"] });
        let client = read(&system.to_string()).unwrap().client();
        assert_eq!((client.auth, client.may_refresh), (Auth::PrivateKeyJwt, true));
        assert_eq!(client.jwks_uri.as_deref(), Some("https://khac.example.vn/jwks.json"));
        assert_eq!(client.redirect_uris, ["https://khac.example.vn/ve"]);
        assert!(!client.scopes.iter().any(|scope| scope == "offline_access"), "all ends with the session");

        let old = json!({ "client_id": "a-0", "client_name": "A", "redirect_uris": ["https://a.example.vn/"], "id_token_signed_response_alg": "RS256" });
        assert_eq!(read(&old.to_string()).unwrap().client().id_token_alg, Alg::RS256);
        let plain = json!({ "client_id": "a-1", "client_name": "A", "redirect_uris": ["https://a.example.vn/"] });
        let client = read(&plain.to_string()).unwrap().client();
        assert_eq!(
            (client.auth, client.may_refresh, client.id_token_alg),
            (Auth::ClientSecretBasic, false, Alg::ES256)
        );
    }

    #[test]
    fn n8_a_description_with_unknown_words_is_refused_and_so_is_a_long_one() {
        let misspelt = r#"{"client_id":"a-1","client_name":"A","redirect_uris":[],"jwks_url":"https://a.example.vn/"}"#;
        assert!(format!("{:#}", read(misspelt).unwrap_err()).contains("jwks_url"));
        assert!(read(&" ".repeat(LONGEST as usize + 1)).unwrap_err().to_string().contains("longer"));
    }
}
