//! Things that take several steps (register, recover, second factor …) are rows, so that any node can go on with them and a
//! step cannot be left out. A flow belongs to one browser: it is found only by the random token in that browser's cookie, of
//! which the keyed hash is stored.

use super::{Error, encode};
use crate::core::Core;
use base::{
    clock::{MINUTE, Millis},
    ids::Uuid,
    keys::{Purpose, Secret},
    phone::PhoneNumber,
};
use store::FromRow;
use store::{ConnectionTrait, Insert, Sql, Tx};

/// What a flow is for; also the purpose its codes are bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlowKind {
    Register,
    Recover,
    ChangePhone,
    /// The password was right; the second factor is missing.
    SecondFactor,
    /// A passkey is being added by a signed-in person.
    PasskeyAdd,
    /// Somebody signs in with a passkey; nobody is known yet.
    PasskeyLogin,
    /// A signed-in person proves again who they are, with a passkey.
    StepUp,
    /// Somebody without an account wants to report (R3).
    Guest,
    /// A guest opens the own report again.
    Track,
    /// A guest wants to see what is kept of their phone (A12).
    GuestData,
    /// Somebody came from another's provider and has no account here yet (A2).
    Arrive,
    /// A person shows a card: what it says waits for their yes and for the registry (A7).
    Verify,
    /// Somebody registers with number, name and a phone in their own name (N2).
    RegisterNumber,
    /// Number and password were right; the code is missing (N5).
    NumberCode,
    /// A text was given out to be signed (N4).
    Sign,
    /// Somebody without an account signed it; phone and password are missing.
    RegisterSigned,
    /// Everything was typed on one page; the code is missing (A10).
    RegisterForm,
    /// Somebody may be helped by who types their phone; the code read aloud is missing (A19).
    Help,
    /// An officer writes a report down for who has this phone; the code read aloud is missing (A19).
    Desk,
    /// An officer found who holds a number and has not said yet what they saw (A7).
    Release,
    /// Who came of age takes over the account that a guardian kept (A19).
    Claim,
}

impl FlowKind {
    pub const ALL: [Self; 21] = [
        Self::Register,
        Self::Recover,
        Self::ChangePhone,
        Self::SecondFactor,
        Self::PasskeyAdd,
        Self::PasskeyLogin,
        Self::StepUp,
        Self::Guest,
        Self::Track,
        Self::GuestData,
        Self::Arrive,
        Self::Verify,
        Self::RegisterNumber,
        Self::NumberCode,
        Self::Sign,
        Self::RegisterSigned,
        Self::RegisterForm,
        Self::Help,
        Self::Desk,
        Self::Release,
        Self::Claim,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Recover => "recover",
            Self::ChangePhone => "change-phone",
            Self::SecondFactor => "second-factor",
            Self::PasskeyAdd => "passkey-add",
            Self::PasskeyLogin => "passkey-login",
            Self::StepUp => "step-up",
            Self::Guest => "guest",
            Self::Track => "track",
            Self::GuestData => "guest-data",
            Self::Arrive => "arrive",
            Self::Verify => "verify",
            Self::RegisterNumber => "register-number",
            Self::NumberCode => "number-code",
            Self::Sign => "sign",
            Self::RegisterSigned => "register-signed",
            Self::RegisterForm => "register-form",
            Self::Help => "help",
            Self::Desk => "desk",
            Self::Release => "release",
            Self::Claim => "claim",
        }
    }

    /// How long a flow may take.
    fn lives(self) -> Millis {
        match self {
            // Somebody may have to ask at home for the commune's new name.
            Self::Register
            | Self::Recover
            | Self::ChangePhone
            | Self::Guest
            | Self::Track
            | Self::GuestData
            | Self::Arrive
            | Self::Verify
            | Self::RegisterNumber
            | Self::RegisterSigned
            | Self::RegisterForm
            | Self::Help
            | Self::Desk
            | Self::Claim => 30 * MINUTE,
            Self::Release | Self::Sign | Self::NumberCode | Self::SecondFactor | Self::PasskeyAdd | Self::StepUp => {
                10 * MINUTE
            }
            // The sign-in page offers passkeys in its autofill for as long as it stands open.
            Self::PasskeyLogin => 30 * MINUTE,
        }
    }
}

/// The step in which a phone is awaited.
pub const PHONE: &str = "phone";
/// The step in which an SMS code is awaited.
pub const CODE: &str = "code";
/// The step in which the second factor is awaited.
pub const FACTOR: &str = "factor";
/// The step in which name and residence are awaited.
pub const DETAILS: &str = "details";
/// The step in which a new password is awaited.
pub const PASSWORD: &str = "password";
/// What a card says is shown.
pub const CHECK: &str = "check";
/// The registry was asked.
pub const ASKED: &str = "asked";
/// What came of it is shown.
pub const ANSWERED: &str = "answered";
/// The step in which a signature is awaited.
pub const SIGN: &str = "sign";
/// The step in which somebody far away signs.
pub const AWAY: &str = "away";
/// The step in which the browser's passkey answers.
pub const PASSKEY: &str = "passkey";

/// A flow as it stands.
#[derive(Debug, Clone)]
pub struct Flow {
    pub id: Uuid,
    pub kind: FlowKind,
    pub account: Option<Uuid>,
    pub phone: Option<PhoneNumber>,
    pub step: String,
    pub data: serde_json::Value,
    pub created_at: Millis,
    pub expires_at: Millis,
}

impl Flow {
    /// A text of `data`; empty when missing.
    pub fn text(&self, key: &str) -> &str {
        self.data.get(key).and_then(|v| v.as_str()).unwrap_or("")
    }
}

/// A flow to open.
#[derive(Clone)]
pub(crate) struct NewFlow {
    pub kind: FlowKind,
    pub account: Option<Uuid>,
    pub phone: Option<PhoneNumber>,
    pub step: &'static str,
    pub data: serde_json::Value,
}

/// 256 random bits for a cookie.
pub(crate) fn new_token(core: &Core) -> Secret {
    Secret::new(encode(&core.entropy.bytes::<32>()))
}

fn hash(core: &Core, kind: FlowKind, token: &str) -> Vec<u8> {
    core.keys.hash(Purpose::Session, &[b"flow", kind.as_str().as_bytes(), token.as_bytes()]).to_vec()
}

pub(crate) async fn open(core: &Core, tx: &Tx, new: NewFlow, token: &Secret) -> Result<Flow, store::Error> {
    let now = core.now();
    let flow = Flow {
        id: core.new_id(),
        kind: new.kind,
        account: new.account,
        phone: new.phone,
        step: new.step.to_owned(),
        data: new.data,
        created_at: now,
        expires_at: now + new.kind.lives(),
    };
    Insert::into("flow")
        .set("id", flow.id)
        .set("kind", flow.kind.as_str())
        .set("token_hash", hash(core, flow.kind, token.expose()))
        .set("account_id", flow.account)
        .set("phone", flow.phone.as_ref().map(|p| p.as_e164().to_owned()))
        .set("step", flow.step.clone())
        .set("data", flow.data.to_string())
        .set("created_at", flow.created_at)
        .set("expires_at", flow.expires_at)
        .exec(tx)
        .await?;
    Ok(flow)
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    account_id: Option<Uuid>,
    phone: Option<String>,
    step: String,
    data: String,
    created_at: Millis,
    expires_at: Millis,
}

/// The living flow of a browser; `None` when the token fits no open flow of this kind or its time is over.
pub(crate) async fn find(
    core: &Core,
    db: &impl ConnectionTrait,
    kind: FlowKind,
    token: &str,
) -> Result<Option<Flow>, store::Error> {
    if token.is_empty() || token.len() > 128 {
        return Ok(None);
    }
    let row: Option<Row> = Sql::new(
        "SELECT id, account_id, phone, step, data, created_at, expires_at FROM flow
         WHERE token_hash = $1 AND kind = $2 AND done_at IS NULL AND expires_at > $3",
    )
    .bind(hash(core, kind, token))
    .bind(kind.as_str())
    .bind(core.now())
    .one(db)
    .await?;
    Ok(row.map(|r| Flow {
        id: r.id,
        kind,
        account: r.account_id,
        phone: r.phone.and_then(|p| PhoneNumber::parse(&p).ok()),
        step: r.step,
        data: serde_json::from_str(&r.data).unwrap_or_default(),
        created_at: r.created_at,
        expires_at: r.expires_at,
    }))
}

/// As `find`, in this step only.
pub(crate) async fn at(
    core: &Core,
    db: &impl ConnectionTrait,
    kind: FlowKind,
    token: &str,
    step: &str,
) -> Result<Flow, Error> {
    find(core, db, kind, token).await?.filter(|f| f.step == step).ok_or(Error::FlowGone)
}

/// Goes on to the next step; false when somebody else already did.
pub(crate) async fn advance(tx: &Tx, flow: &Flow, to: &str, data: serde_json::Value) -> Result<bool, store::Error> {
    let changed = Sql::new("UPDATE flow SET step = $1, data = $2 WHERE id = $3 AND step = $4 AND done_at IS NULL")
        .bind(to)
        .bind(data.to_string())
        .bind(flow.id)
        .bind(flow.step.clone())
        .exec(tx)
        .await?;
    Ok(changed == 1)
}

/// Ends a flow at the step it was read in; false when it had ended or moved, so that of two same requests one wins.
pub(crate) async fn close(tx: &Tx, flow: &Flow, now: Millis) -> Result<bool, store::Error> {
    let changed = Sql::new("UPDATE flow SET done_at = $1, data = '{}' WHERE id = $2 AND step = $3 AND done_at IS NULL")
        .bind(now)
        .bind(flow.id)
        .bind(flow.step.clone())
        .exec(tx)
        .await?;
    Ok(changed == 1)
}

/// As `close`, for what may happen once: the other of two same requests gets `FlowGone`.
pub(crate) async fn end(tx: &Tx, flow: &Flow, now: Millis) -> Result<(), Error> {
    if close(tx, flow, now).await? { Ok(()) } else { Err(Error::FlowGone) }
}

/// Forgets flows, codes and counted attempts whose time is over.
pub(crate) async fn sweep(tx: &Tx, now: Millis) -> Result<(), store::Error> {
    let day = now - base::clock::DAY;
    Sql::new("DELETE FROM otp WHERE expires_at < $1").bind(day).exec(tx).await?;
    Sql::new("DELETE FROM flow WHERE expires_at < $1").bind(day).exec(tx).await?;
    Sql::new("DELETE FROM login_attempt WHERE last_at < $1").bind(day).exec(tx).await?;
    // Ended and expired sessions stay a while for «Hoạt động tài khoản» and to know a device again.
    Sql::new("DELETE FROM session WHERE expires_at < $1 OR ended_at < $1")
        .bind(now - 180 * base::clock::DAY)
        .exec(tx)
        .await
        .map(|_| ())
}

impl super::Accounts {
    /// What a page of a flow shows: its step, the masked phone. `None`: begin again.
    pub async fn flow(&self, kind: FlowKind, token: &str) -> Result<Option<Flow>, Error> {
        Ok(find(&self.core, self.core.store.read(), kind, token).await?)
    }
}
