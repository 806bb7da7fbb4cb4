//! `[operators]`, `[insurance]`, `[post]`: who confirms people at the national portal (N2, N3), each on its own; and the gateways as the domain
//! asks them.

use anyhow::Context;
use domain::accounts::authority::{Authorities, Authority, Away, Candidate, Vouch};
use gateways::authorities::{self as gateway, Config, Own, Question};
use serde::Deserialize;
use std::path::PathBuf;

/// One of them, as the operator writes it down.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// `https://…`
    pub url: String,
    /// A file with the token that was given.
    pub token_file: PathBuf,
}

impl Section {
    /// `name`: of the section. Errors: what is wrong, for the operator.
    pub fn read(&self, name: &str) -> Result<Config, String> {
        if !self.url.starts_with("https://") {
            return Err(format!("{name}.url must be an https:// address"));
        }
        let file = self.token_file.display();
        let token = std::fs::read_to_string(&self.token_file).map_err(|e| format!("{name}.token_file {file}: {e}"))?;
        match token.trim() {
            "" => Err(format!("{name}.token_file {file} is empty")),
            token => Ok(Config { url: self.url.clone(), token: token.to_owned(), local: false }),
        }
    }
}

/// Where each is asked; nobody by default.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    pub operators: Option<Config>,
    pub insurance: Option<Config>,
    pub post: Option<Config>,
}

/// Those that can be asked.
pub struct Asked(Vec<(Authority, gateway::Authority)>);

impl Asked {
    /// Errors: an address, or the HTTP client.
    pub fn new(addresses: Addresses) -> anyhow::Result<Self> {
        let all = [
            (Authority::Operator, addresses.operators),
            (Authority::Insurance, addresses.insurance),
            (Authority::Post, addresses.post),
        ];
        let open = |(authority, config): (Authority, Option<Config>)| {
            let config = config?;
            let client = gateway::Authority::new(config).with_context(|| authority.as_str());
            Some(client.map(|client| (authority, client)))
        };
        Ok(Self(all.into_iter().filter_map(open).collect::<anyhow::Result<_>>()?))
    }

    fn client(&self, authority: Authority) -> Option<&gateway::Authority> {
        self.0.iter().find(|(known, _)| *known == authority).map(|(_, client)| client)
    }
}

#[async_trait::async_trait]
impl Authorities for Asked {
    fn has(&self, authority: Authority) -> bool {
        self.client(authority).is_some()
    }

    async fn confirms(&self, candidate: &Candidate) -> Result<bool, Away> {
        let authority = candidate.by.authority();
        let client = self.client(authority).ok_or(Away)?;
        let phone = candidate.phone.national().replace(' ', "");
        let own = match &candidate.by {
            Vouch::Operator => Own::Phone(&phone),
            Vouch::Insurance(number) => Own::Insurance(number.expose()),
            Vouch::Post(code) => Own::Post(code.expose()),
        };
        let question = Question {
            request: &candidate.request.to_string(),
            number: candidate.number.expose(),
            full_name: candidate.full_name.as_str(),
            birth_date: &candidate.birth_date,
            own,
        };
        client.confirms(&question).await.map_err(|error| {
            tracing::warn!(%error, authority = authority.as_str(), "an authority could not be asked");
            Away
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n3_each_authority_is_written_down_on_its_own_or_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let token = folder.path().join("token");
        std::fs::write(&token, " khong-ai-biet \n").unwrap();
        let section = |url: &str, file: &str| Section { url: url.into(), token_file: folder.path().join(file) };
        let read = section("https://bhxh.example.vn/doi-chieu", "token").read("insurance").unwrap();
        assert_eq!(read.token, "khong-ai-biet");
        let asked = Asked::new(Addresses { insurance: Some(read), ..Addresses::default() }).unwrap();
        assert_eq!(Authority::ALL.map(|authority| asked.has(authority)), [false, true, false]);
        std::fs::write(folder.path().join("empty"), "\n").unwrap();
        for (url, file, says) in [
            ("http://bhxh.example.vn", "token", "post.url"),
            ("https://bhxh.example.vn", "gone", "post.token_file"),
            ("https://bhxh.example.vn", "empty", "is empty"),
        ] {
            let fault = section(url, file).read("post").unwrap_err();
            assert!(fault.starts_with("post.") && fault.contains(says), "{fault}");
        }
    }
}
