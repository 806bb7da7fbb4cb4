//! `[population]`: the population registry (S6, N16), as the operator writes it down, and the gateway that answers for it.

use crate::config::read_key;
use domain::accounts::verify::registry::{Compared, Question, Registry, Unanswered, Verdict};
use gateways::population::{self as gateway, Population};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// The service behind the integration platform: `https://…`
    pub address: String,
    /// A file with the platform's token.
    pub token_file: PathBuf,
    /// 64 hex digits, under which AuthHash is made.
    pub auth_key_file: PathBuf,
    /// The code under which this system asks where people ask about themselves.
    pub officer: String,
    /// The code of the procedure that people's own questions belong to.
    pub procedure: String,
}

impl Section {
    /// Errors: every fault, in words for an operator.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let is_code = |code: &str| {
            (1..=64).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
        };
        for (name, code) in [("officer", &self.officer), ("procedure", &self.procedure)] {
            if !is_code(code) {
                faults.push(format!("population.{name} is 1 to 64 letters, digits, dots, hyphens and underscores"));
            }
        }
        let key = read_key("population.auth_key_file", &self.auth_key_file);
        let token = self.token();
        faults.extend(key.clone().err().into_iter().chain(token.clone().err()));
        // Address and token are looked at by the gateway, even where a file is missing.
        let token = token.unwrap_or_else(|_| base::keys::Secret::new("-"));
        let settings = gateway::Settings::new(&self.address, token, key.unwrap_or_default());
        match Population::new(settings) {
            Ok(_) => {}
            Err(gateway::BadSettings::Token) => {
                faults.push("population.token_file holds more than one token in one line".into())
            }
            Err(e) => faults.push(format!("population.address: {e}")),
        }
        faults
    }

    fn token(&self) -> Result<base::keys::Secret, String> {
        let file = self.token_file.display();
        let text =
            std::fs::read_to_string(&self.token_file).map_err(|e| format!("population.token_file {file}: {e}"))?;
        match text.trim() {
            "" => Err(format!("population.token_file {file} is empty")),
            token => Ok(base::keys::Secret::new(token)),
        }
    }

    /// Errors: a file cannot be read.
    pub fn way(&self) -> anyhow::Result<Way> {
        let key = read_key("population.auth_key_file", &self.auth_key_file).map_err(anyhow::Error::msg)?;
        let token = self.token().map_err(anyhow::Error::msg)?;
        let settings = gateway::Settings::new(&self.address, token, key);
        Ok(Way { settings, officer: self.officer.clone(), procedure: self.procedure.clone() })
    }
}

/// How a node reaches the registry, from the configuration or from the demo.
#[derive(Debug, Clone)]
pub struct Way {
    pub settings: gateway::Settings,
    pub officer: String,
    pub procedure: String,
}

impl Way {
    /// Errors: it cannot be asked at all.
    pub fn open(self) -> anyhow::Result<Arc<dyn Registry>> {
        let population = Population::new(self.settings).map_err(|e| anyhow::anyhow!("population: {e}"))?;
        Ok(Arc::new(Asked { population, officer: self.officer, procedure: self.procedure }))
    }
}

struct Asked {
    population: Population,
    officer: String,
    procedure: String,
}

#[async_trait::async_trait]
impl Registry for Asked {
    async fn compare(&self, question: &Question) -> Result<Compared, Unanswered> {
        // Who names neither asks about themselves.
        let or = |given: &str, own: &str| if given.is_empty() { own.to_owned() } else { given.to_owned() };
        let asked = gateway::Question {
            request: question.request,
            procedure: or(&question.procedure, &self.procedure),
            officer: or(&question.officer, &self.officer),
            number: question.number.clone(),
            full_name: question.full_name.clone(),
            birth_date: question.birth_date.clone(),
            sex: question.sex,
        };
        match self.population.ask(&asked).await {
            Ok(gateway::Compared::Unknown) => Ok(Compared::Unknown),
            Ok(gateway::Compared::Known { full_name, birth_date, sex }) => Ok(Compared::Known {
                full_name: verdict(full_name),
                birth_date: verdict(birth_date),
                sex: verdict(sex),
            }),
            Err(gateway::Unanswered::Away(why)) => Err(Unanswered::Away(why.into())),
            Err(gateway::Unanswered::Refused(why)) => Err(Unanswered::Refused(why.into())),
        }
    }
}

fn verdict(said: gateway::Verdict) -> Verdict {
    match said {
        gateway::Verdict::Match => Verdict::Match,
        gateway::Verdict::Mismatch => Verdict::Mismatch,
        gateway::Verdict::Silent => Verdict::Silent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n16_the_registry_is_written_down_whole_or_refused_with_every_fault() {
        let folder = tempfile::tempdir().unwrap();
        let (token, key) = (folder.path().join("token"), folder.path().join("key"));
        std::fs::write(&token, " khong-ai-biet \n").unwrap();
        std::fs::write(&key, "0123456789abcdef".repeat(4)).unwrap();
        let written = format!(
            "address = \"https://lgsp.example.vn/dan-cu\"\ntoken_file = \"{}\"\nauth_key_file = \"{}\"\nofficer = \"QTRI-TUDONG\"\n\
             procedure = \"1.004222\"\n",
            token.display(),
            key.display()
        );
        let good: Section = toml::from_str(&written).unwrap();
        assert_eq!(good.faults(), Vec::<String>::new());
        let way = good.way().unwrap();
        assert_eq!((way.settings.token.expose(), way.settings.plain), ("khong-ai-biet", false));
        assert!(!format!("{way:?}").contains("khong-ai-biet"));
        for (from, to, says) in [
            ("https://", "http://", "population.address"),
            ("https://lgsp.example.vn", "lgsp", "population.address"),
            ("QTRI-TUDONG", "QTRI TUDONG", "population.officer"),
            ("1.004222", "", "population.procedure"),
            ("token\"", "nothing\"", "population.token_file"),
            ("key\"", "nothing\"", "population.auth_key_file"),
        ] {
            let faults = toml::from_str::<Section>(&written.replace(from, to)).unwrap().faults();
            assert!(faults.len() == 1 && faults[0].contains(says), "{to}: {faults:?}");
        }
        let all = written
            .replace("https://", "http://")
            .replace("QTRI-TUDONG", "")
            .replace("token\"", "no\"")
            .replace("key\"", "no\"");
        assert_eq!(toml::from_str::<Section>(&all).unwrap().faults().len(), 4, "all at once");
        std::fs::write(&token, "a\nb").unwrap();
        assert!(good.faults()[0].contains("population.token_file"));
        std::fs::write(&token, " \n").unwrap();
        assert!(good.faults()[0].contains("is empty"));
        std::fs::write(&key, "ab").unwrap();
        assert_eq!(good.faults().len(), 2);
        assert!(toml::from_str::<Section>(&(written + "colour = 1\n")).is_err());
    }
}
