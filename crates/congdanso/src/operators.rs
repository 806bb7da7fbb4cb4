//! The operators' gateway as the domain asks it.

use anyhow::Context;
use domain::accounts::by_number::{Away, Operators, Subscriber};
use gateways::subscribers::{Config, Question, Subscribers};

pub struct Asked(Subscribers);

impl Asked {
    /// Errors: the address, or the HTTP client.
    pub fn new(config: Config) -> anyhow::Result<Self> {
        Ok(Self(Subscribers::new(config).context("operators")?))
    }
}

#[async_trait::async_trait]
impl Operators for Asked {
    async fn is_own(&self, subscriber: &Subscriber) -> Result<bool, Away> {
        let phone = subscriber.phone.national().replace(' ', "");
        let question = Question {
            phone: &phone,
            number: subscriber.number.expose(),
            full_name: subscriber.full_name.as_str(),
            birth_date: &subscriber.birth_date,
        };
        self.0.is_own(&question).await.map_err(|error| {
            tracing::warn!(%error, "the operators could not be asked");
            Away
        })
    }
}
