//! `[[bank]]`: banks whose accounts people may link at the national portal (N13), as the operator writes them down; the gateway as the domain asks
//! it; and telling banks that a consent is over.

use crate::sign_in::{Label, Shown, origin};
use anyhow::Context;
use base::{
    clock::{HOUR, Millis, SECOND},
    keys::Secret,
};
use domain::{
    banks::{self, Account, CHANNEL, Desk, Ending, Unread},
    core::Core,
    packs::Text,
};
use gateways::banks::{self as gateway, Unanswered};
use identity::rp::{ClientAuth, Config as RpConfig, Endpoints, Rp, RpError};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc};
use store::outbox::{Claimed, Outcome};

/// Consents that are ended in one turn.
const AT_ONCE: i64 = 8;
/// Before a bank that was away is told again: this, then twice as long each time, up to the other.
const FIRST_PAUSE: Millis = 30 * SECOND;
const LAST_PAUSE: Millis = 6 * HOUR;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankAt {
    /// Short and lasting: part of addresses and of what is stored.
    pub name: String,
    pub label: Label,
    /// Letter by letter as it stands in its tokens.
    pub issuer: String,
    pub client_id: String,
    /// A file with the secret that the bank gave.
    pub client_secret_file: PathBuf,
    /// How it is shown.
    #[serde(default)]
    pub client_auth: Shown,
    /// Beside `openid` and `offline_access`: what the bank calls the wish to see accounts.
    pub scopes: Vec<String>,
    /// Where its open API tells the accounts of a consent.
    pub accounts: String,
    /// For banks without discovery.
    #[serde(default)]
    pub endpoints: Option<BankAddresses>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankAddresses {
    pub authorization: String,
    pub token: String,
    pub jwks: String,
    /// Where a consent is ended (RFC 7009).
    pub revocation: String,
    /// Where requests are pushed (RFC 9126).
    pub pushed: Option<String>,
}

impl BankAt {
    /// Errors: every fault, in words for an operator.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |text: String| faults.push(format!("bank «{}»: {text}", self.name));
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        // «moi» is the page where a bank is chosen.
        if self.name.is_empty() || self.name.len() > 30 || !self.name.bytes().all(plain) || self.name == "moi" {
            fault("name is 1 to 30 lower-case letters, digits and hyphens, and not «moi»".into());
        }
        if self.label.vi.trim().is_empty() || self.label.en.trim().is_empty() {
            fault("label.vi and label.en are what people read".into());
        }
        let written = self.endpoints.iter().flat_map(|e| {
            [Some(&e.authorization), Some(&e.token), Some(&e.jwks), Some(&e.revocation), e.pushed.as_ref()]
        });
        for address in [&self.issuer, &self.accounts].into_iter().chain(written.flatten()) {
            if origin(address).is_none_or(|o| !o.starts_with("https://")) {
                fault(format!("{address} must be an https:// address"));
            }
        }
        if self.scopes.iter().all(|scope| ["openid", "offline_access"].contains(&scope.as_str())) {
            fault("scopes must name what the bank calls the wish to see accounts".into());
        }
        // The sandbox takes only such a name, so that nobody's real accounts are looked for at a bank to try.
        if self.client_id.starts_with("sandbox") {
            fault("client_id is that of the sandbox: enter the one that your bank gave".into());
        }
        if let Err(e) = self.secret() {
            fault(e);
        }
        faults
    }

    fn secret(&self) -> Result<Secret, String> {
        let file = self.client_secret_file.display();
        let text =
            std::fs::read_to_string(&self.client_secret_file).map_err(|e| format!("client_secret_file {file}: {e}"))?;
        match text.trim() {
            "" => Err(format!("client_secret_file {file} is empty")),
            secret => Ok(Secret::new(secret)),
        }
    }

    /// Errors: the secret cannot be read.
    pub fn counter(&self) -> anyhow::Result<Counter> {
        let secret = self.secret().map_err(|e| anyhow::anyhow!(e))?;
        let auth = match self.client_auth {
            Shown::Basic => ClientAuth::SecretBasic(secret),
            Shown::Post => ClientAuth::SecretPost(secret),
        };
        let endpoints = self.endpoints.clone().map(|e| Endpoints {
            authorization: e.authorization,
            token: e.token,
            jwks: e.jwks,
            pushed: e.pushed,
            revocation: Some(e.revocation),
            ..Endpoints::default()
        });
        Ok(Counter {
            name: self.name.clone(),
            label: Text { vi: self.label.vi.clone(), en: self.label.en.clone() },
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            auth,
            scopes: self.scopes.clone(),
            accounts: self.accounts.clone(),
            endpoints,
            sandbox: false,
        })
    }
}

/// A bank before the portal's own address is known.
#[derive(Debug, Clone)]
pub struct Counter {
    pub name: String,
    pub label: Text,
    pub issuer: String,
    pub client_id: String,
    pub auth: ClientAuth,
    pub scopes: Vec<String>,
    pub accounts: String,
    pub endpoints: Option<Endpoints>,
    /// The sandbox: plain http on this machine.
    pub sandbox: bool,
}

impl Counter {
    /// Errors: an address, or the HTTP client.
    pub fn open(self, core: &Core) -> anyhow::Result<web::Bank> {
        let mut origins: Vec<String> = origin(&self.issuer).into_iter().map(str::to_owned).collect();
        let pages = self.endpoints.as_ref().and_then(|e| origin(&e.authorization)).map(str::to_owned);
        origins.extend(pages.filter(|o| !origins.contains(o)));
        let own = ["openid", "offline_access"];
        let scopes = self.scopes.into_iter().filter(|scope| !own.contains(&scope.as_str()));
        let back = format!("{}/tai-khoan/ngan-hang/{}/ve", core.settings.origin, self.name);
        // Flows of a bank and of a provider that people sign in through may have the same short name.
        let rp_name = format!("bank-{}", self.name);
        let config = RpConfig {
            scopes: std::iter::once("offline_access".to_owned()).chain(scopes).collect(),
            endpoints: self.endpoints,
            // Who it is at the bank is nothing to us; whose name an account has, its API tells.
            userinfo: false,
            allow_private: self.sandbox,
            ..RpConfig::new(&rp_name, &self.issuer, &self.client_id, self.auth, &back)
        };
        let rp = Rp::new(core.store.clone(), core.clock.clone(), core.entropy.clone(), core.keys.clone(), config)
            .with_context(|| format!("bank «{}»", self.name))?;
        let desk = gateway::Bank::new(gateway::Config { url: self.accounts, local: self.sandbox })
            .with_context(|| format!("bank «{}»", self.name))?;
        Ok(web::Bank { rp, name: self.name, label: self.label, origins, desk: Arc::new(Asked(desk)) })
    }
}

/// The gateway as the domain asks it.
struct Asked(gateway::Bank);

#[async_trait::async_trait]
impl Desk for Asked {
    async fn accounts(&self, access: &Secret) -> Result<Vec<Account>, Unread> {
        let told = self.0.accounts(access.expose()).await.map_err(|e| match e {
            Unanswered::Ended => Unread::Ended,
            other => {
                tracing::warn!(error = %other, "a bank did not answer as agreed");
                Unread::Away
            }
        })?;
        let account = |one: gateway::Account| Account {
            id: one.id,
            masked: one.masked,
            holder: one.holder,
            product: one.product,
            currency: one.currency,
            is_active: one.is_active,
        };
        Ok(told.into_iter().map(account).collect())
    }
}

/// Tells banks of the consents that are over (N13), one after the other: nobody waits for it.
pub async fn end(core: &Core, banks: &[web::Bank], worker: &str) -> Result<(), domain::error::Error> {
    for message in core.store.claim_outbox(CHANNEL, worker, AT_ONCE, core.now()).await? {
        let outcome = match banks::ending(core, message.id, &message.payload).await? {
            None => Outcome::Sent { peer_ids: Vec::new() },
            Some(ending) => tell(core, banks, &message, ending).await?,
        };
        core.store.settle_outbox(CHANNEL, message.id, worker, outcome, core.now()).await?;
    }
    Ok(())
}

async fn tell(
    core: &Core,
    banks: &[web::Bank],
    message: &Claimed,
    ending: Ending,
) -> Result<Outcome, domain::error::Error> {
    let now = core.now();
    if let Some(at) = ending.wait_until {
        return Ok(Outcome::Later { at, error: "the token is being renewed".into() });
    }
    let told = match banks.iter().find(|bank| bank.name == ending.bank) {
        Some(bank) => bank.rp.revoke(&ending.token).await,
        None => Err(RpError::Configured("no such bank")),
    };
    match told {
        Ok(()) => {
            banks::ended(core, ending.grant).await?;
            Ok(Outcome::Sent { peer_ids: Vec::new() })
        }
        Err(e) if now >= message.expires_at => {
            tracing::error!(bank = %ending.bank, error = %e, "a bank never heard that a consent is over; it is given up");
            banks::ended(core, ending.grant).await?;
            Ok(Outcome::Failed { error: "never heard".into() })
        }
        Err(e) => {
            tracing::warn!(bank = %ending.bank, error = %e, tries = message.tries, "a bank was not told that a consent is over; it is told again");
            Ok(Outcome::Later { at: (now + pause(message.tries)).min(message.expires_at), error: e.to_string() })
        }
    }
}

fn pause(tries: i32) -> Millis {
    let doubled = u32::try_from(tries - 1).unwrap_or(0).min(20);
    (FIRST_PAUSE << doubled).min(LAST_PAUSE)
}

/// As the portal's own tests use it.
#[cfg(test)]
#[path = "../../web/tests/support/at_bank.rs"]
mod at_bank;

#[cfg(test)]
mod tests {
    use super::at_bank::AtBank;
    use super::*;
    use domain::{accounts::Accounts, testing};
    use identity::rp::{Ask, Grant};
    use sandbox::bank::{ACCOUNTS, Fault, SCOPE, SLOTS};
    use store::{Sql, testing::each_engine};

    fn written(secret: &std::path::Path) -> String {
        format!(
            "name = \"ngan-hang\"\nlabel = {{ vi = \"Ngân hàng\", en = \"Bank\" }}\nissuer = \"https://id.bank.example.vn\"\nclient_id = \"cong\"\n\
             client_secret_file = \"{}\"\nscopes = [\"accounts\"]\naccounts = \"https://api.bank.example.vn/accounts\"\n",
            secret.display()
        )
    }

    #[test]
    fn n13_a_bank_is_written_down_whole_or_refused_with_every_fault() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, " khong-ai-biet \n").unwrap();
        let good: BankAt = toml::from_str(&written(&secret)).unwrap();
        assert_eq!(good.faults(), Vec::<String>::new());
        let counter = good.counter().unwrap();
        assert!(matches!(&counter.auth, ClientAuth::SecretBasic(s) if s.expose() == "khong-ai-biet"));
        assert!(!counter.sandbox);
        let endpoints = "[endpoints]\nauthorization = \"https://a.example.vn/a\"\ntoken = \"https://a.example.vn/t\"\njwks = \"https://a.example.vn/j\"\n\
                         revocation = \"https://a.example.vn/r\"\n";
        let without: BankAt = toml::from_str(&(written(&secret) + endpoints)).unwrap();
        assert_eq!(without.faults(), Vec::<String>::new());
        let revocation = without.counter().unwrap().endpoints.unwrap().revocation;
        assert_eq!(revocation.as_deref(), Some("https://a.example.vn/r"));
        let deaf = endpoints.replace("revocation = \"https://a.example.vn/r\"\n", "");
        assert!(toml::from_str::<BankAt>(&(written(&secret) + &deaf)).is_err(), "a consent must have an end");
        for (from, to, says) in [
            ("\"ngan-hang\"", "\"Bank/..\"", "name is"),
            ("\"ngan-hang\"", "\"moi\"", "name is"),
            ("vi = \"Ngân hàng\"", "vi = \" \"", "label.vi"),
            ("https://id", "http://id", "https://"),
            ("https://api", "http://api", "https://"),
            ("[\"accounts\"]", "[\"openid\"]", "scopes must"),
            ("\"cong\"", "\"sandbox-cong\"", "of the sandbox"),
            ("secret\"", "nothing\"", "client_secret_file"),
        ] {
            let text = written(&secret).replace(from, to);
            let faults = toml::from_str::<BankAt>(&text).unwrap().faults();
            assert!(faults.iter().any(|f| f.contains(says)), "{to}: {faults:?}");
        }
        let many = written(&secret).replace("https://", "http://").replace("\"cong\"", "\"sandbox\"");
        assert_eq!(toml::from_str::<BankAt>(&many).unwrap().faults().len(), 3, "all at once");
        assert!(toml::from_str::<BankAt>(&(written(&secret) + "colour = 1\n")).is_err());
    }

    struct World {
        core: Core,
        accounts: Accounts,
        there: AtBank,
        banks: Vec<web::Bank>,
    }

    impl World {
        async fn new(db: &store::Store) -> Self {
            let core = testing::core(db).await;
            let there = AtBank::start(core.clock.clone(), &core.settings.origin).await;
            let client = there.bank.client();
            let counter = Counter {
                name: "bank".into(),
                label: Text { vi: "Ngân hàng".into(), en: "Bank".into() },
                issuer: there.at.clone(),
                client_id: client.id.clone(),
                auth: ClientAuth::SecretBasic(client.secret.clone()),
                scopes: vec![SCOPE.into()],
                accounts: format!("{}{ACCOUNTS}", there.at),
                endpoints: None,
                sandbox: true,
            };
            let banks = vec![counter.open(&core).unwrap()];
            Self { accounts: Accounts::new(core.clone()).unwrap(), core, there, banks }
        }

        /// What the bank gives a person who agrees.
        async fn granted(&self) -> Grant {
            // Later than whatever sign-in there was at the bank before.
            self.core.clock.advance(SECOND);
            let rp = &self.banks[0].rp;
            let ask = Ask { prompt: Some("login consent"), ..Ask::default() };
            let departure = rp.begin("b", ask).await.unwrap();
            let back = self.there.agrees(&departure, self.there.me(), &SLOTS).await;
            rp.come_back("b", back.split_once('?').unwrap().1).await.grant.unwrap()
        }

        async fn turn(&self) {
            end(&self.core, &self.banks, "worker").await.unwrap();
        }

        /// State and number of tries of each message.
        async fn messages(&self) -> Vec<String> {
            let sql = "SELECT state || ' ' || tries FROM outbox WHERE channel = 'bank' ORDER BY created_at, id";
            Sql::new(sql).scalars(self.core.store.read()).await.unwrap()
        }

        async fn grants(&self) -> i64 {
            Sql::new("SELECT count(*) FROM bank_grant").scalar(self.core.store.read()).await.unwrap().unwrap()
        }
    }

    #[tokio::test]
    async fn n13_the_bank_is_told_after_the_commit_again_and_again_until_it_has_heard() {
        each_engine(async |db| {
            let w = World::new(&db).await;
            let grant = w.granted().await;
            let told = w.banks[0].desk.accounts(&grant.access).await.unwrap();
            assert_eq!((told.len(), told[0].holder.as_str()), (w.there.me().accounts.len(), "NGUYEN THI VI DU"));
            w.accounts.drop_bank_grant("bank", grant.token()).await.unwrap();
            assert!(w.there.has_consent().await);
            w.there.bank.set_fault(Fault::Down);
            for (pause, tries) in [(0, 1), (29, 1), (1, 2), (59, 2), (1, 3)] {
                w.core.clock.advance(pause * SECOND);
                w.turn().await;
                assert_eq!(w.messages().await, [format!("queued {tries}")]);
            }
            assert_eq!(w.grants().await, 1);
            w.there.bank.set_fault(Fault::None);
            w.core.clock.advance(120 * SECOND);
            w.turn().await;
            assert_eq!((w.messages().await, w.grants().await), (vec!["sent 4".to_owned()], 0));
            assert!(!w.there.has_consent().await, "the bank shows it as over");
            assert_eq!(w.banks[0].desk.accounts(&grant.access).await, Err(Unread::Ended));
            assert!(matches!(w.banks[0].rp.renew(grant.refresh.as_ref().unwrap()).await, Err(RpError::Ended)));
            w.turn().await;
            assert_eq!(w.messages().await, ["sent 4"]);

            // What the bank ended itself meanwhile is over, too.
            let grant = w.granted().await;
            w.there.ends_the_consent().await;
            w.accounts.drop_bank_grant("bank", grant.token()).await.unwrap();
            w.turn().await;
            assert_eq!((w.messages().await.pop().unwrap(), w.grants().await), ("sent 1".to_owned(), 0));
        })
        .await;
    }

    #[tokio::test]
    async fn n13_a_bank_that_never_hears_is_given_up_after_thirty_days() {
        each_engine(async |db| {
            let w = World::new(&db).await;
            w.accounts.drop_bank_grant("bank", &Secret::new("r-1")).await.unwrap();
            w.accounts.drop_bank_grant("da-bo", &Secret::new("r-2")).await.unwrap();
            w.there.bank.set_fault(Fault::Down);
            for _ in 0..100 {
                w.turn().await;
                w.core.clock.advance(8 * HOUR);
            }
            let states: Vec<String> =
                w.messages().await.iter().map(|m| m.split(' ').next().unwrap().to_owned()).collect();
            assert_eq!((states, w.grants().await), (vec!["failed".to_owned(), "failed".into()], 0));
        })
        .await;
    }

    #[tokio::test]
    async fn n13_tokens_turn_and_one_that_comes_again_ends_everything() {
        each_engine(async |db| {
            let w = World::new(&db).await;
            let first = w.granted().await;
            let rp = &w.banks[0].rp;
            let second = rp.renew(first.refresh.as_ref().unwrap()).await.unwrap();
            assert!(w.banks[0].desk.accounts(&second.access).await.is_ok());
            assert!(matches!(rp.renew(first.refresh.as_ref().unwrap()).await, Err(RpError::Ended)));
            assert!(matches!(rp.renew(second.refresh.as_ref().unwrap()).await, Err(RpError::Ended)));
            assert_eq!(w.banks[0].desk.accounts(&second.access).await, Err(Unread::Ended));
            // A bank that is away has ended nothing.
            let third = w.granted().await;
            w.there.bank.set_fault(Fault::Down);
            assert!(matches!(rp.renew(third.refresh.as_ref().unwrap()).await, Err(RpError::Away(_))));
            w.there.bank.set_fault(Fault::None);
            assert!(rp.renew(third.refresh.as_ref().unwrap()).await.is_ok());
        })
        .await;
    }

    #[test]
    fn n13_a_bank_that_is_away_is_told_again_later_and_later() {
        let pauses: Vec<Millis> = [1, 2, 3, 9, 11, 100].map(|tries| pause(tries) / SECOND).into();
        assert_eq!(pauses, [30, 60, 120, 7_680, 21_600, 21_600]);
    }
}
