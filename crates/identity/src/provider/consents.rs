//! What people agreed to give to whom: by name, each name ticked or not, and taken back at any time.

use super::{Provider, flow::spoil_codes};
use crate::error::Error;
use base::{clock::Millis, ids::Uuid};
use serde_json::json;
use store::{FromRow, Insert, Sql, Tx};

/// An agreement that holds now.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Consent {
    pub scope: Vec<String>,
    pub claims: Vec<String>,
    /// Shown and not ticked: not asked for again on the side.
    pub refused: Vec<String>,
}

/// A line of the person's list of agreements.
#[derive(Debug, Clone)]
pub struct Given {
    pub client: String,
    pub name: String,
    pub claims: Vec<String>,
    pub given_at: Millis,
}

#[derive(FromRow)]
struct Row {
    scope: String,
    claims: String,
    refused: String,
}

#[derive(FromRow)]
struct GivenRow {
    client_id: String,
    name: String,
    claims: String,
    given_at: Millis,
}

fn list(text: &str) -> Result<Vec<String>, Error> {
    serde_json::from_str(text).map_err(|_| Error::Internal("a consent's row"))
}

impl Consent {
    /// Puts this agreement in the place of the one before.
    pub(crate) async fn put(self, tx: &Tx, id: Uuid, person: Uuid, client: &str, now: Millis) -> Result<(), Error> {
        end(tx, person, client, now).await?;
        Insert::into("oidc_consent")
            .set("id", id)
            .set("person", person)
            .set("client_id", client)
            .set("scope", self.scope.join(" "))
            .set("claims", json!(self.claims).to_string())
            .set("refused", json!(self.refused).to_string())
            .set("given_at", now)
            .exec(tx)
            .await?;
        Ok(())
    }
}

async fn end(tx: &Tx, person: Uuid, client: &str, now: Millis) -> Result<u64, store::Error> {
    Sql::new("UPDATE oidc_consent SET ended_at = $1 WHERE person = $2 AND client_id = $3 AND ended_at IS NULL")
        .bind(now)
        .bind(person)
        .bind(client)
        .exec(tx)
        .await
}

impl Provider {
    pub(crate) async fn consent(&self, person: Uuid, client: &str) -> Result<Option<Consent>, Error> {
        let row: Option<Row> = Sql::new(
            "SELECT scope, claims, refused FROM oidc_consent WHERE person = $1 AND client_id = $2 AND ended_at IS NULL",
        )
        .bind(person)
        .bind(client)
        .one(self.store.read())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let scope = row.scope.split_whitespace().map(str::to_owned).collect();
        Ok(Some(Consent { scope, claims: list(&row.claims)?, refused: list(&row.refused)? }))
    }

    /// Everything that a person agreed to and has not taken back, newest first.
    pub async fn consents(&self, person: Uuid) -> Result<Vec<Given>, Error> {
        let rows: Vec<GivenRow> = Sql::new(
            "SELECT k.client_id, c.name, k.claims, k.given_at FROM oidc_consent k JOIN oidc_client c ON c.id = k.client_id
             WHERE k.person = $1 AND k.ended_at IS NULL ORDER BY k.given_at DESC LIMIT 200",
        )
        .bind(person)
        .all(self.store.read())
        .await?;
        rows.into_iter()
            .map(|r| Ok(Given { client: r.client_id, name: r.name, claims: list(&r.claims)?, given_at: r.given_at }))
            .collect()
    }

    /// Whether the client holds anything of this person now: an agreement stands until it is taken back, tokens may be over before.
    pub async fn is_held(&self, person: Uuid, client: &str) -> Result<bool, Error> {
        let live: Option<i32> = Sql::new(
            "SELECT 1 FROM oidc_family WHERE person = $1 AND client_id = $2 AND revoked_at IS NULL AND expires_at > $3 LIMIT 1",
        )
        .bind(person)
        .bind(client.to_owned())
        .bind(self.now())
        .scalar(self.store.read())
        .await?;
        Ok(live.is_some())
    }

    /// Takes an agreement back: the client's tokens end at once. False when there was none.
    pub async fn withdraw_consent(&self, person: Uuid, client: &str) -> Result<bool, Error> {
        let (client, now) = (client.to_owned(), self.now());
        self.store
            .write(move |tx: Tx| async move {
                let ended = end(&tx, person, &client, now).await?;
                Sql::new(
                    "UPDATE oidc_family SET revoked_at = $1, revoked_why = 'consent'
                     WHERE person = $2 AND client_id = $3 AND revoked_at IS NULL",
                )
                .bind(now)
                .bind(person)
                .bind(client.clone())
                .exec(&tx)
                .await?;
                spoil_codes(&tx, "person = $2 AND client_id = $3", vec![person.into(), client.into()], now).await?;
                Ok(ended > 0)
            })
            .await
    }
}
