//! One-time codes by SMS (mã xác thực, A4): six digits, five minutes, single use, five tries a code and ten wrong ones an hour
//! per phone; sends are limited per phone, address, device and by the day's budget. Everything is counted in the database, in
//! transactions that commit although the answer is a refusal.
//!
//! A phone that must not get a code (registered already, unknown) gets another SMS and a row whose hash no code has: from
//! outside nothing differs (A14).

use super::{Error, Flow, FlowKind, Visitor, flows, names::unaccented, proof::Proof, same};
use crate::{
    core::Core,
    error::FieldError,
    limits::{
        self, Limit, SMS_PER_ADDRESS, SMS_PER_ADDRESS_UNPROVED, SMS_PER_DEVICE, SMS_PER_OFFICER_HOUR,
        SMS_PER_PHONE_DAY, SMS_PER_PHONE_HOUR, WRONG_OTP,
    },
    sms::{self, Lane, Sms},
};
use base::{
    clock::{DAY, MINUTE, Millis, SECOND},
    i18n::Lang,
    ids::Uuid,
    keys::{Purpose, Secret},
    phone::PhoneNumber,
};
use store::FromRow;
use store::{Insert, Sql, Tx};

/// How long a code is good.
pub const LIVES: Millis = 5 * MINUTE;
/// «Không nhận được mã? (50s)»
pub const RESEND_AFTER: Millis = 50 * SECOND;
/// Tries a code.
pub const TRIES: i32 = 5;

/// Six digits as typed; spaces and dashes between them are passed over.
#[derive(Clone)]
pub struct OtpCode(Secret);

impl OtpCode {
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let wrong = |key| FieldError { field: "code", key };
        if typed.len() > 64 {
            return Err(wrong("otp-format"));
        }
        let digits: String = typed.chars().filter(|c| !c.is_whitespace() && !"-.–".contains(*c)).collect();
        match digits.len() {
            0 => Err(wrong("otp-empty")),
            6 if digits.bytes().all(|b| b.is_ascii_digit()) => Ok(Self(Secret::new(digits))),
            _ => Err(wrong("otp-format")),
        }
    }
}

/// What the phone is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    Code,
    /// A code that is read aloud to somebody, with who that is and what for (A19).
    Aloud,
    /// A code that is read to an officer, with the unit.
    Desk,
    /// Registering a phone that has an account.
    Known,
    /// A forgotten password of a phone that has none.
    Unknown,
}

/// How a send ended. All of these commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    Sent { again_at: Millis },
    Wait { again_at: Millis },
    TooMany { again_at: Millis },
    Paused,
}

impl Sending {
    /// As an answer to «Gửi lại mã».
    pub fn into_result(self) -> Result<Millis, Error> {
        match self {
            Self::Sent { again_at } => Ok(again_at),
            Self::Wait { again_at } => Err(Error::ResendTooEarly { again_at }),
            Self::TooMany { again_at } => Err(Error::TooManySms { again_at }),
            Self::Paused => Err(Error::SmsPaused),
        }
    }
}

/// How a try ended. All of these commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Right,
    Wrong { left: i32 },
    Expired,
    UsedUp,
    TooMany { again_at: Millis },
}

impl Answer {
    pub fn into_result(self) -> Result<(), Error> {
        match self {
            Self::Right => Ok(()),
            Self::Wrong { left } => Err(Error::WrongCode { left }),
            Self::Expired => Err(Error::CodeExpired),
            Self::UsedUp => Err(Error::CodeUsedUp),
            Self::TooMany { again_at } => Err(Error::TooManyCodes { again_at }),
        }
    }
}

fn code_hash(core: &Core, flow: &Flow, phone: &PhoneNumber, code: &str) -> Vec<u8> {
    let parts: [&[u8]; 4] =
        [flow.id.as_bytes(), flow.kind.as_str().as_bytes(), phone.as_e164().as_bytes(), code.as_bytes()];
    core.keys.hash(Purpose::Otp, &parts).to_vec()
}

/// The budget of all SMS of a day.
fn budget(core: &Core) -> Limit {
    Limit { name: "sms_budget_day", most: core.settings.sms_budget_day, window: DAY }
}

/// A stranger who asks for codes in my name must not use up what I may ask for when I am signed in.
fn phone_key(flow: &Flow, phone: &PhoneNumber) -> Vec<u8> {
    let side: &[u8] = if flow.kind == FlowKind::ChangePhone { b"in " } else { b"out " };
    [side, phone.as_e164().as_bytes()].concat()
}

/// Writes a code and puts its SMS into the outbox, all in the caller's transaction; or says why not, which commits as well.
pub(crate) async fn send(
    core: &Core,
    tx: &Tx,
    flow: &Flow,
    words: Words,
    lang: Lang,
    visitor: &Visitor,
    proof: Option<&Proof>,
) -> Result<Sending, store::Error> {
    let Some(phone) = flow.phone.clone() else { return Ok(Sending::Paused) };
    let now = core.now();
    // Two resends of one flow at the same moment: the second waits here until the first is done (PostgreSQL).
    Sql::new("UPDATE flow SET expires_at = expires_at WHERE id = $1").bind(flow.id).exec(tx).await?;
    let last: Option<Millis> = Sql::new("SELECT sent_at FROM otp WHERE phone = $1 ORDER BY sent_at DESC LIMIT 1")
        .bind(phone.as_e164())
        .scalar(tx)
        .await?;
    if let Some(last) = last
        && now < last + RESEND_AFTER
    {
        return Ok(Sending::Wait { again_at: last + RESEND_AFTER });
    }
    let by_phone = phone_key(flow, &phone);
    let group = visitor.address_group();
    let per_address = if proof.is_some() { SMS_PER_ADDRESS } else { SMS_PER_ADDRESS_UNPROVED };
    let mut counted: Vec<(Limit, Vec<u8>)> =
        vec![(SMS_PER_PHONE_HOUR, by_phone.clone()), (SMS_PER_PHONE_DAY, by_phone)];
    match flow.account.filter(|_| flow.kind == FlowKind::Desk) {
        // One desk serves many phones.
        Some(officer) => counted.push((SMS_PER_OFFICER_HOUR, officer.as_bytes().to_vec())),
        None => {
            counted.push((per_address, group.into_bytes()));
            counted.extend(visitor.device_key(&core.keys).map(|device| (SMS_PER_DEVICE, device)));
        }
    }
    // First look, then count: a refusal by the address must not use up the phone's share.
    for (limit, key) in &counted {
        if let Err(over) = limits::check(tx, &core.keys, *limit, key, now).await? {
            metrics::counter!("sms_refused_total", "limit" => limit.name).increment(1);
            return Ok(Sending::TooMany { again_at: over.again_at });
        }
    }
    if limits::hit(tx, &core.keys, budget(core), b"all", now).await?.is_err() {
        metrics::counter!("sms_refused_total", "limit" => "budget").increment(1);
        tracing::error!("the day's SMS budget is used up: no codes are sent until tomorrow");
        return Ok(Sending::Paused);
    }
    for (limit, key) in &counted {
        if let Err(over) = limits::hit(tx, &core.keys, *limit, key, now).await? {
            return Ok(Sending::TooMany { again_at: over.again_at });
        }
    }

    let code = format!("{:06}", core.entropy.below(1_000_000));
    let stored = match words {
        Words::Code | Words::Aloud | Words::Desk => code_hash(core, flow, &phone, &code),
        Words::Known | Words::Unknown => core.entropy.bytes::<32>().to_vec(),
    };
    Insert::into("otp")
        .set("id", core.new_id())
        .set("flow_id", flow.id)
        .set("phone", phone.as_e164())
        .set("purpose", flow.kind.as_str())
        .set("code_hash", stored)
        .set("sent_at", now)
        .set("expires_at", now + LIVES)
        .exec(tx)
        .await?;
    let sms = Sms { to: phone, text: sms_text(core, words, lang, flow, &code) };
    sms::put(core, tx, &sms, Lane::Urgent, None, LIVES).await?;
    metrics::counter!("otp_sent_total", "purpose" => flow.kind.as_str()).increment(1);
    Ok(Sending::Sent { again_at: now + RESEND_AFTER })
}

/// The message. The last line lets the phone fill the code in on our page and nowhere else (origin-bound one-time codes).
fn sms_text(core: &Core, words: Words, lang: Lang, flow: &Flow, code: &str) -> String {
    let app = unaccented(core.province().pack.province.app_name.get(lang));
    let speaker = core.speaker(lang);
    match words {
        Words::Code => {
            let text = speaker.ta("sms-otp", &[("code", code), ("app", &app)]);
            format!("{text}\n\n@{} #{code}", host(&core.settings.origin))
        }
        // Without the last line: this code is typed on another phone than the one it comes to.
        Words::Aloud => {
            let scope = flow.text("scope").split(' ').map(|name| speaker.t(&format!("sms-help-{name}")).into_owned());
            let scope = scope.collect::<Vec<_>>().join(", ");
            let days = flow.data["days"].to_string();
            let name = unaccented(flow.text("name"));
            let args = [("code", code), ("app", app.as_str()), ("name", &name), ("scope", &scope), ("days", &days)];
            speaker.ta("sms-help-code", &args)
        }
        Words::Desk => {
            let unit = unaccented(flow.text("unit"));
            speaker.ta("sms-desk-code", &[("code", code), ("app", &app), ("unit", &unit)])
        }
        Words::Known => speaker.ta("sms-otp-known", &[("app", &app)]),
        Words::Unknown => speaker.ta("sms-otp-unknown", &[("app", &app)]),
    }
}

/// `congdan.example.vn` of `https://congdan.example.vn:8443`.
pub(crate) fn host(origin: &str) -> &str {
    let rest = origin.split_once("://").map_or(origin, |(_, rest)| rest);
    rest.split(['/', ':']).next().unwrap_or(rest)
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    code_hash: Vec<u8>,
    expires_at: Millis,
    tries: i32,
    used_at: Option<Millis>,
}

/// Tries a code against the newest one of the flow. Counting comes before comparing, so that many tries at the same moment
/// cannot slip past the limits.
pub(crate) async fn check(core: &Core, tx: &Tx, flow: &Flow, typed: &OtpCode) -> Result<Answer, store::Error> {
    let Some(phone) = &flow.phone else { return Ok(Answer::Expired) };
    let now = core.now();
    let row: Option<Row> = Sql::new(
        "SELECT id, code_hash, expires_at, tries, used_at FROM otp WHERE flow_id = $1 AND purpose = $2 AND phone = $3
         ORDER BY sent_at DESC, id DESC LIMIT 1",
    )
    .bind(flow.id)
    .bind(flow.kind.as_str())
    .bind(phone.as_e164())
    .one(tx)
    .await?;
    let Some(row) = row else { return Ok(Answer::Expired) };
    if row.used_at.is_some() || row.tries >= TRIES {
        return Ok(Answer::UsedUp);
    }
    if now >= row.expires_at {
        return Ok(Answer::Expired);
    }
    if let Err(over) = limits::hit(tx, &core.keys, WRONG_OTP, phone.as_e164().as_bytes(), now).await? {
        return Ok(Answer::TooMany { again_at: over.again_at });
    }
    let counted = Sql::new("UPDATE otp SET tries = tries + 1 WHERE id = $1 AND tries < $2 AND used_at IS NULL")
        .bind(row.id)
        .bind(TRIES)
        .exec(tx)
        .await?;
    if counted == 0 {
        return Ok(Answer::UsedUp);
    }
    if !same(&code_hash(core, flow, phone, typed.0.expose()), &row.code_hash) {
        metrics::counter!("otp_wrong_total", "purpose" => flow.kind.as_str()).increment(1);
        return Ok(Answer::Wrong { left: (TRIES - row.tries - 1).max(0) });
    }
    let used = Sql::new("UPDATE otp SET used_at = $1 WHERE id = $2 AND used_at IS NULL")
        .bind(now)
        .bind(row.id)
        .exec(tx)
        .await?;
    if used == 0 {
        return Ok(Answer::UsedUp);
    }
    limits::give_back(tx, &core.keys, WRONG_OTP, phone.as_e164().as_bytes(), now).await?;
    metrics::counter!("otp_right_total", "purpose" => flow.kind.as_str()).increment(1);
    Ok(Answer::Right)
}

impl super::Accounts {
    /// «Gửi lại mã»: a new code for the flow of this browser; the one before is worthless from then on.
    /// Errors: `ResendTooEarly`, `TooManySms`, `SmsPaused`, `BadProof`, `FlowGone`.
    pub async fn resend(
        &self,
        kind: FlowKind,
        token: &str,
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
    ) -> Result<Millis, Error> {
        let proof = self.read_proof(proof)?;
        let flow = flows::at(&self.core, self.core.store.read(), kind, token, flows::CODE).await?;
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let sending = self
            .core
            .store
            .write(move |tx: Tx| async move {
                if !spend(&core, &tx, proof.as_ref()).await? {
                    return Err(Error::BadProof);
                }
                let words = super::register::words_for(&core, &tx, &flow).await?;
                Ok::<_, Error>(send(&core, &tx, &flow, words, lang, &visitor, proof.as_ref()).await?)
            })
            .await?;
        sending.into_result()
    }

    /// When «Gửi lại mã» may be pressed in a flow (UTC milliseconds): what the page's countdown shows.
    pub async fn resend_at(&self, flow: &Flow) -> Result<Millis, Error> {
        let Some(phone) = &flow.phone else { return Ok(0) };
        let last: Option<Millis> = Sql::new("SELECT sent_at FROM otp WHERE phone = $1 ORDER BY sent_at DESC LIMIT 1")
            .bind(phone.as_e164())
            .scalar(self.core.store.read())
            .await?;
        Ok(last.map_or(0, |sent| sent + RESEND_AFTER))
    }

    /// Reads a proof; an empty field is no proof, a broken or used one is refused.
    pub(crate) fn read_proof(&self, field: &str) -> Result<Option<Proof>, Error> {
        if field.is_empty() {
            return Ok(None);
        }
        super::proof::verify(&self.core, field).map(Some).ok_or(Error::BadProof)
    }

    /// The code page of a flow: right goes on to `next`.
    pub(crate) async fn take_code(
        &self,
        kind: FlowKind,
        token: &str,
        code: OtpCode,
        next: &'static str,
    ) -> Result<(), Error> {
        let flow = flows::at(&self.core, self.core.store.read(), kind, token, flows::CODE).await?;
        let core = self.core.clone();
        let answer = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let answer = check(&core, &tx, &flow, &code).await?;
                if answer == Answer::Right && !flows::advance(&tx, &flow, next, flow.data.clone()).await? {
                    return Ok(Answer::UsedUp);
                }
                Ok::<_, Error>(answer)
            })
            .await?;
        answer.into_result()
    }
}

/// Takes the proof's nonce, when there is a proof.
pub(crate) async fn spend(core: &Core, tx: &Tx, proof: Option<&Proof>) -> Result<bool, store::Error> {
    match proof {
        Some(proof) => super::proof::consume(core, tx, proof).await,
        None => Ok(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a4_a_code_is_read_as_people_type_it() {
        for typed in ["123456", " 123 456 ", "123-456", "12 34 56"] {
            assert!(OtpCode::parse(typed).is_ok(), "{typed}");
        }
        for typed in ["", "12345", "1234567", "12345a", "１２３４５６", &"1".repeat(1000)] {
            assert!(OtpCode::parse(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn a4_the_last_line_names_the_host_alone() {
        assert_eq!(host("https://congdan.example.vn:8443/x"), "congdan.example.vn");
        assert_eq!(host("http://localhost:8080"), "localhost");
    }
}
