//! One-time codes of an authenticator app (TOTP, RFC 6238, A17): SHA-1, six digits, 30 seconds, one step of drift. The secret
//! is sealed to its account; a step is good once.

use super::{
    Accounts, Error, Signed,
    activity::{self, Act, Happened},
    backup_codes,
    factors::{self, FactorCode},
    rows, sessions,
};
use crate::{core::Core, error::Error as Shared};
use base::{
    clock::SECOND,
    ids::Uuid,
    keys::{Purpose, Secret},
};
use std::fmt::Write;
use store::{Sql, Tx};
use totp_rs::{Algorithm, Builder, Totp};

/// Bytes of a secret: what RFC 4226 recommends.
const BYTES: usize = 20;

fn app(secret: [u8; BYTES]) -> Totp {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret)
        .build_noncompliant()
}

/// What the page of setting up shows. `Debug` shows nothing.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// Base32 in groups of four, to type by hand.
    pub secret: Secret,
    /// `otpauth://…`, for the QR code and for a link on the phone itself.
    pub link: Secret,
    /// The QR code as SVG without styles or scripts.
    pub svg: Secret,
}

/// RFC 4648 without padding.
fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut bits, mut held) = (0u32, 0);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            out.push(LETTERS[(bits >> held) as usize & 31] as char);
        }
    }
    if held > 0 {
        out.push(LETTERS[(bits << (5 - held)) as usize & 31] as char);
    }
    out
}

fn percent(text: &str) -> String {
    let mut out = String::new();
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(b as char);
        } else {
            let _ = write!(out, "%{b:02X}");
        }
    }
    out
}

/// One path of squares; `None` when the text is too long for a QR code.
fn svg(text: &str) -> Option<String> {
    let code = qrcode::QrCode::new(text).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (i, colour) in code.to_colors().into_iter().enumerate() {
        if colour == qrcode::Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", i % width + 4, i / width + 4);
        }
    }
    let side = width + 8;
    Some(format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="240" height="240" role="img" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>"##
    ))
}

/// Checks a code of a confirmed app and notes its step, so that it cannot be used again.
pub(crate) async fn check(core: &Core, tx: &Tx, account: Uuid, code: &Secret) -> Result<bool, store::Error> {
    let sealed: Option<Option<Vec<u8>>> = Sql::new(
        "SELECT totp_sealed FROM account WHERE id = $1 AND totp_confirmed_at IS NOT NULL AND deleted_at IS NULL",
    )
    .bind(account)
    .scalar(tx)
    .await?;
    let Some(Some(sealed)) = sealed else { return Ok(false) };
    use_step(core, tx, account, &sealed, code).await
}

fn open_secret(core: &Core, account: Uuid, sealed: &[u8]) -> Option<[u8; BYTES]> {
    core.keys.open(Purpose::Totp, account.as_bytes(), sealed).ok()?.try_into().ok()
}

async fn use_step(core: &Core, tx: &Tx, account: Uuid, sealed: &[u8], code: &Secret) -> Result<bool, store::Error> {
    let Some(secret) = open_secret(core, account, sealed) else { return Ok(false) };
    let seconds = (core.now() / SECOND).max(0) as u64;
    let Some(step) = app(secret).check(code.expose(), seconds) else { return Ok(false) };
    let step = i64::try_from(step).unwrap_or(i64::MAX);
    let taken = Sql::new("UPDATE account SET totp_last_step = $1 WHERE id = $2 AND totp_last_step < $1")
        .bind(step)
        .bind(account)
        .exec(tx)
        .await?;
    Ok(taken == 1)
}

impl Accounts {
    /// Begins setting up an app. Asking again before confirming shows the same secret, so that a reload does not break what
    /// was just scanned. Errors: `StepUp`, `State` when an app is set up already (switch it off first).
    pub async fn begin_totp(&self, signed: &Signed) -> Result<Enrolment, Error> {
        self.require_fresh_or_duty(signed)?;
        let account = signed.account;
        #[derive(store::FromRow)]
        struct Now {
            totp_sealed: Option<Vec<u8>>,
            totp_confirmed_at: Option<i64>,
        }
        let now: Option<Now> = Sql::new("SELECT totp_sealed, totp_confirmed_at FROM account WHERE id = $1")
            .bind(account)
            .one(self.core.store.read())
            .await?;
        let Some(now) = now else { return Err(Shared::NotFound.into()) };
        if now.totp_confirmed_at.is_some() {
            return Err(Shared::State.into());
        }
        let pending = now.totp_sealed.and_then(|s| open_secret(&self.core, account, &s));
        let secret = match pending {
            Some(secret) => secret,
            None => {
                let secret = self.core.entropy.bytes::<BYTES>();
                let sealed = self.core.keys.seal(Purpose::Totp, account.as_bytes(), &secret, &self.core.entropy);
                self.core
                    .store
                    .write(move |tx: Tx| async move {
                        Sql::new(
                            "UPDATE account SET totp_sealed = $1, totp_last_step = 0 WHERE id = $2 AND totp_confirmed_at IS NULL",
                        )
                        .bind(sealed)
                        .bind(account)
                        .exec(&tx)
                        .await
                        .map_err(Error::from)
                    })
                    .await?;
                secret
            }
        };
        let issuer = self.core.province().pack.province.app_name.get(signed.language).to_owned();
        let name = signed.phone.as_ref().map(|p| p.national()).or_else(|| signed.username.clone()).unwrap_or_default();
        let text = base32(&secret);
        let link = format!(
            "otpauth://totp/{}:{}?secret={text}&issuer={}&algorithm=SHA1&digits=6&period=30",
            percent(&issuer),
            percent(&name),
            percent(&issuer)
        );
        let svg = svg(&link).ok_or(Shared::Internal("no QR code"))?;
        let groups: Vec<&str> = text.as_bytes().chunks(4).filter_map(|c| std::str::from_utf8(c).ok()).collect();
        Ok(Enrolment { secret: Secret::new(groups.join(" ")), link: Secret::new(link), svg: Secret::new(svg) })
    }

    /// The first code proves that the app has the secret. All other sessions end; this one goes on with another token and
    /// now counts as two factors. Returns the token and, with the first factor, the backup codes.
    /// Errors: `WrongFactor`, `TooOften`, `State`, `StepUp`.
    pub async fn confirm_totp(&self, signed: &Signed, typed: FactorCode) -> Result<(Secret, Vec<Secret>), Error> {
        self.require_fresh_or_duty(signed)?;
        let FactorCode::Totp(code) = typed else { return Err(Error::WrongFactor) };
        let (core, account, session) = (self.core.clone(), signed.account, signed.session);
        let method = with_method(&signed.method, "totp");
        let done = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                let limit = crate::limits::WRONG_FACTOR;
                if let Err(over) = crate::limits::hit(&tx, &core.keys, limit, account.as_bytes(), now).await? {
                    return Ok(Err(factors::Checked::TooOften { again_at: over.again_at }));
                }
                let sealed: Option<Option<Vec<u8>>> =
                    Sql::new("SELECT totp_sealed FROM account WHERE id = $1 AND totp_confirmed_at IS NULL")
                        .bind(account)
                        .scalar(&tx)
                        .await?;
                let Some(Some(sealed)) = sealed else { return Err(Error::from(Shared::State)) };
                if !use_step(&core, &tx, account, &sealed, &code).await? {
                    return Ok(Err(factors::Checked::Wrong));
                }
                crate::limits::give_back(&tx, &core.keys, limit, account.as_bytes(), now).await?;
                Sql::new("UPDATE account SET totp_confirmed_at = $1 WHERE id = $2")
                    .bind(now)
                    .bind(account)
                    .exec(&tx)
                    .await?;
                activity::write(&core, &tx, Act::own(account, Happened::TotpOn)).await?;
                let codes = backup_codes::make_first(&core, &tx, account).await?;
                sessions::end(&core, &tx, account, Some(session), "factor-added").await?;
                let token =
                    sessions::rotate(&core, &tx, session, &method).await?.ok_or(Error::from(Shared::NotFound))?;
                Ok(Ok((token, codes)))
            })
            .await?;
        self.cache.forget(account);
        done.map_err(factors::Checked::into_error)
    }

    /// Switches the app off. Errors: `StepUp`; `LastFactor` for staff without a passkey.
    pub async fn remove_totp(&self, signed: &Signed) -> Result<(), Error> {
        signed.require_fresh(self.core.now())?;
        let (core, account, staff) = (self.core.clone(), signed.account, signed.kind == super::Kind::Staff);
        self.core
            .store
            .write(move |tx: Tx| async move {
                let Some(now) = rows::by_id(&tx, account).await? else { return Err(Shared::NotFound.into()) };
                if now.totp_confirmed_at.is_none() {
                    return Err(Shared::State.into());
                }
                if staff && now.passkeys == 0 {
                    return Err(Error::LastFactor);
                }
                Sql::new("UPDATE account SET totp_sealed = NULL, totp_confirmed_at = NULL WHERE id = $1")
                    .bind(account)
                    .exec(&tx)
                    .await?;
                if now.passkeys == 0 {
                    Sql::new("DELETE FROM backup_code WHERE account_id = $1").bind(account).exec(&tx).await?;
                }
                Ok(activity::write(&core, &tx, Act::own(account, Happened::TotpOff)).await?)
            })
            .await
    }

    /// Setting up a factor is a sensitive act; only who must do it to get in at all (A16) has just signed in anyway.
    pub(crate) fn require_fresh_or_duty(&self, signed: &Signed) -> Result<(), Error> {
        if signed.duty().is_some() { Ok(()) } else { signed.require_fresh(self.core.now()) }
    }
}

/// `password` and `totp` become `password+totp`.
pub(crate) fn with_method(method: &str, add: &str) -> String {
    if method.split('+').any(|m| m == add) { method.to_owned() } else { format!("{method}+{add}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a17_codes_are_those_of_rfc_6238() {
        // RFC 6238 appendix B, SHA-1, the last six of the eight digits.
        let app = app(*b"12345678901234567890");
        for (time, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(app.check(code, time), Some(time / 30), "{time}");
        }
        assert_eq!(base32(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(base32(b"f"), "MY");
    }

    #[test]
    fn the_qr_code_is_plain_svg() {
        let svg = svg("otpauth://totp/x").unwrap();
        assert!(svg.starts_with("<svg") && !svg.contains("style"));
    }
}
