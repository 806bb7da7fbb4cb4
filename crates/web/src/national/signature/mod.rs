//! Chữ ký số (N4): a text is given out, signed with the person's own key, and believed or refused with a sentence. Who has no account goes on
//! with phone and password (`first`).

pub(super) mod challenge;
mod first;
mod sim;
pub(super) mod usb;

use crate::{error::Problem, state::Web};
use axum::{Router, http::Uri, routing::get};
use domain::accounts::{FullName, by_signature::Signer};
use signing::{Refusal, Verifier};

pub(super) use sim::{REGISTER as SIM_REGISTER, SIGN_IN as SIM};
pub(super) use usb::{REGISTER as USB_REGISTER, SIGN_IN as USB};

/// What a text is signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Aim {
    path: &'static str,
    /// As it stands in the flow and in the key of its words.
    why: &'static str,
}

impl Aim {
    const ALL: [Self; 4] = [
        Self { path: usb::SIGN_IN, why: "sign-in" },
        Self { path: usb::REGISTER, why: "register" },
        Self { path: sim::SIGN_IN, why: "sign-in" },
        Self { path: sim::REGISTER, why: "register" },
    ];

    fn of(uri: &Uri) -> Result<Self, Problem> {
        Self::ALL.into_iter().find(|aim| uri.path().starts_with(aim.path)).ok_or(Problem::NotFound)
    }
}

/// The verifier, where authorities are configured.
pub(super) fn verifier(web: &Web) -> Result<&Verifier, Problem> {
    web.signatures.as_deref().ok_or(Problem::NotFound)
}

/// Whether anybody signs far away, and somebody here believes it.
pub(super) fn has_sim(web: &Web) -> bool {
    web.signatures.is_some() && web.remote.is_some()
}

/// The person of a believed certificate, as accounts know people.
fn signer(signed: &signing::Signer) -> Result<Signer, Refusal> {
    let full_name = FullName::parse(&signed.person.name).map_err(|_| Refusal::NoPerson)?;
    Ok(Signer { number: signed.person.number.clone(), full_name })
}

/// Counts and notes a verdict on a signature of this kind; nothing of who signed is in it.
pub(super) fn note<T>(kind: &'static str, verdict: &Result<T, Refusal>) {
    let result = match verdict {
        Ok(_) => "right",
        Err(Refusal::Unchecked) => "unchecked",
        Err(_) => "wrong",
    };
    metrics::counter!("sign_ins_total", "kind" => kind, "result" => result).increment(1);
    if let Err(refusal) = verdict {
        tracing::info!(%refusal, "a signature was refused");
    }
}

pub(super) fn routes() -> Router<Web> {
    let usb = |path: &str| {
        Router::new()
            .route(path, get(usb::page).post(usb::start))
            .route(&format!("{path}/tep"), get(usb::file))
            .route(&format!("{path}/ky"), get(usb::back).post(usb::hand_in))
    };
    let sim = |path: &str| {
        Router::new().route(path, get(sim::page).post(sim::start)).route(&format!("{path}/cho"), get(sim::wait))
    };
    Router::new()
        .merge(usb(usb::SIGN_IN))
        .merge(usb(usb::REGISTER))
        .merge(sim(sim::SIGN_IN))
        .merge(sim(sim::REGISTER))
        .route(first::START, get(first::page).post(first::start))
        .route(&format!("{}/ma", first::START), get(first::code_page).post(first::confirm))
        .route(&format!("{}/ma/gui-lai", first::START), get(crate::citizen::accounts::code::back).post(first::resend))
        .route(first::PASSWORD, get(first::password_page).post(first::complete))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::i18n::{Lang, Texts};

    #[test]
    fn n4_every_refusal_has_a_sentence() {
        let texts = Texts::load(crate::text_sources()).unwrap();
        for refusal in Refusal::ALL {
            assert!(texts.has(Lang::VI, refusal.key()), "{}", refusal.key());
        }
        for why in Aim::ALL.map(|aim| aim.why).into_iter().chain([domain::organizations::WHY]) {
            assert!(texts.has(Lang::VI, &format!("sign-why-{why}")));
        }
    }

    #[test]
    fn n4_an_address_says_what_is_signed_for() {
        assert!(Aim::of(&Uri::from_static("/dang-nhap/so")).is_err());
        assert_eq!(Aim::of(&Uri::from_static("/dang-ky/usb/tep")).unwrap().why, "register");
    }
}
