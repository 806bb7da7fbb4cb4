//! «Làm thay»: the session in which somebody acts for another, and what is looked at before anything is done in it.

use super::{Author, Deed, Refusal, Scopes, invite::require_own, stand::is_there};
use crate::{
    accounts::{
        Accounts, Error, Kind, NewSession, Signed, Visitor,
        activity::{self, Act, Happened},
        encode,
        sessions::token_hash,
    },
    core::Core,
    error::Error as Shared,
    organizations::behalf,
};
use base::{clock::HOUR, clock::Millis, ids::Uuid, keys::Secret};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx};

/// A session of this kind ends after this in any case: «Làm thay» is pressed again.
const LIVES: Millis = 12 * HOUR;

/// Who acts, in a session of the account they act for.
#[derive(Debug, Clone)]
pub struct Acting {
    pub mandate: Uuid,
    /// The helper's account and own session.
    pub helper: Uuid,
    pub session: Uuid,
    pub scopes: Scopes,
    pub until: Millis,
    /// Of an officer: the unit for which they sit at the desk.
    pub unit: Option<String>,
    /// The account is that of somebody without an account (R3).
    pub guest: bool,
}

#[derive(FromRow)]
struct Row {
    helper: Uuid,
    scope: String,
    until: Millis,
    unit: Option<String>,
    kind: String,
}

/// What stands behind such a session now. `None`: the mandate is over, the helper signed out, or was blocked.
pub(crate) async fn standing(
    core: &Core,
    db: &impl ConnectionTrait,
    principal: Uuid,
    mandate: Uuid,
    session: Uuid,
) -> Result<Option<Acting>, store::Error> {
    let row: Option<Row> = Sql::new(
        "SELECT m.helper, m.scope, m.until, m.unit, p.kind FROM mandate m
         JOIN session s ON s.id = $1 AND s.account_id = m.helper
         JOIN account a ON a.id = m.helper JOIN account p ON p.id = m.principal
         WHERE m.id = $2 AND m.principal = $3 AND m.ended_at IS NULL AND m.until > $4
            AND s.ended_at IS NULL AND s.expires_at > $4 AND s.behalf_code IS NULL AND a.blocked_at IS NULL AND a.deleted_at IS NULL",
    )
    .bind(session)
    .bind(mandate)
    .bind(principal)
    .bind(core.now())
    .one(db)
    .await?;
    Ok(row.map(|r| Acting {
        mandate,
        helper: r.helper,
        session,
        scopes: Scopes::parse(&r.scope),
        until: r.until,
        unit: r.unit,
        guest: r.kind == Kind::Guest.as_str(),
    }))
}

/// Whether this may be done by this author now: in the transaction that does it, so that an end at the same moment comes before or after. Errors:
/// `Forbidden`.
pub(crate) async fn may(core: &Core, tx: &Tx, author: &Author, deed: Deed) -> Result<(), Shared> {
    let Some(help) = author.help else { return Ok(()) };
    tx.lock("mandate", help.mandate).await?;
    let scope: Option<String> = Sql::new(
        "SELECT m.scope FROM mandate m JOIN account h ON h.id = m.helper JOIN account p ON p.id = m.principal
         WHERE m.id = $1 AND m.helper = $2 AND m.principal = $3 AND m.ended_at IS NULL AND m.until > $4
            AND h.blocked_at IS NULL AND h.deleted_at IS NULL AND p.blocked_at IS NULL AND p.deleted_at IS NULL",
    )
    .bind(help.mandate)
    .bind(help.helper)
    .bind(author.account)
    .bind(core.now())
    .scalar(tx)
    .await?;
    if scope.is_some_and(|scope| Scopes::parse(&scope).may(deed)) { Ok(()) } else { Err(Shared::Forbidden) }
}

/// A line for the person: what was done for them and by whom, of an officer the unit. `what` is the report's act and its code.
pub(crate) async fn did(
    core: &Core,
    tx: &Tx,
    author: &Author,
    unit: Option<String>,
    what: &str,
) -> Result<(), store::Error> {
    let Some(help) = author.help else { return Ok(()) };
    let act = Act { by: Some(help.helper), unit, ..Act::own(author.account, Happened::HelpDid) };
    activity::write(core, tx, act.detail(what)).await
}

/// Writes the row of such a session; an earlier one beside the same own session ends. Answers whose those were.
pub(super) async fn open(
    core: &Core,
    tx: &Tx,
    new: &NewSession,
    mandate: Uuid,
    own: Uuid,
    device: &str,
) -> Result<Vec<Uuid>, store::Error> {
    let now = core.now();
    let earlier = "UPDATE session SET ended_at = $1, ended_why = 'acts-anew'
         WHERE helper_session = $2 AND ended_at IS NULL RETURNING account_id";
    let earlier: Vec<Uuid> = Sql::new(earlier).bind(now).bind(own).scalars(tx).await?;
    Insert::into("session")
        .set("id", new.session)
        .set("account_id", new.account)
        .set("token_hash", token_hash(core, new.token.expose()).to_vec())
        .set("method", "helper")
        .set("device", device)
        .set("created_at", now)
        .set("last_seen_at", now)
        .set("expires_at", new.expires_at)
        // The person has proven nothing here: whatever wants a fresh proof refuses.
        .set("proved_at", 0_i64)
        .set("mandate_id", mandate)
        .set("helper_session", own)
        .exec(tx)
        .await?;
    Ok(earlier)
}

impl Accounts {
    /// «Làm thay»: a session for the one who is helped, beside the own one; an earlier one beside it ends. Errors: `NotFound` for a mandate of
    /// others or one that is over, `Forbidden` while acting for somebody already, `Behalf` while working for an organisation.
    pub async fn act_for(&self, signed: &Signed, mandate: Uuid, visitor: &Visitor) -> Result<NewSession, Error> {
        require_own(signed)?;
        let (core, me, own, device) = (self.core.clone(), signed.account, signed.session, visitor.label.clone());
        let (session, token) = (core.new_id(), Secret::new(encode(&core.entropy.bytes::<32>())));
        let opened = self
            .core
            .store
            .write(move |tx: Tx| async move {
                #[derive(FromRow)]
                struct Of {
                    principal: Uuid,
                    until: Millis,
                }
                let now = core.now();
                tx.lock("mandate", mandate).await?;
                let of: Option<Of> = Sql::new(
                    "SELECT principal, until FROM mandate WHERE id = $1 AND helper = $2 AND ended_at IS NULL AND until > $3",
                )
                .bind(mandate)
                .bind(me)
                .bind(now)
                .one(&tx)
                .await?;
                let Of { principal, until } = of.ok_or(Shared::NotFound)?;
                if behalf::of_session(&tx, own).await?.is_some() {
                    return Err(Refusal::Behalf.into());
                }
                if !is_there(&tx, principal).await? {
                    return Err(Error::from(Shared::NotFound));
                }
                let expires_at = until.min(now + LIVES);
                let new = NewSession { token, session, account: principal, expires_at };
                let earlier = open(&core, &tx, &new, mandate, own, &device).await?;
                let act = Act { by: Some(me), ..Act::own(principal, Happened::HelpEntered) };
                activity::write(&core, &tx, act.device(&device)).await?;
                Ok((new, earlier))
            })
            .await?;
        for account in opened.1 {
            self.cache.forget(account);
        }
        metrics::counter!("sessions_opened_total", "kind" => Kind::Helper.as_str()).increment(1);
        Ok(opened.0)
    }

    /// «Thôi». Nothing happens to a session of another kind.
    pub async fn stop_acting(&self, acting: &Signed) -> Result<(), Error> {
        if acting.kind != Kind::Helper {
            return Ok(());
        }
        if acting.acting.as_ref().is_some_and(|by| by.unit.is_some()) {
            return self.end_desk(acting).await;
        }
        let (core, session) = (self.core.clone(), acting.session);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let sql = "UPDATE session SET ended_at = $1, ended_why = 'stopped' WHERE id = $2 AND ended_at IS NULL";
                Sql::new(sql).bind(core.now()).bind(session).exec(&tx).await
            })
            .await?;
        self.cache.forget(acting.account);
        Ok(())
    }
}
