//! «SIM ký số»: the number is typed, the request goes to the authority, the person says yes on the phone, and the page looks again every few
//! seconds by itself. Page and phone show the same four digits, so that nobody says yes to somebody else's request.

use super::{Aim, challenge, first, note, signer, verifier};
use crate::{
    citizen::{
        accounts::{
            form::{Field, Form, Head},
            keep::{self, Door, Doorway, carrying},
            refusal::{Answer, Out, Refused, refused},
        },
        answer::go,
    },
    error::Problem,
    national::door::{self, Tab},
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::State,
    http::{HeaderValue, Uri, header},
};
use base::{
    personal_number::{BadNumber, PersonalNumber},
    show,
};
use domain::{
    accounts::{Error, Flow, FlowKind, by_signature::SIGNATURE, flows, linked::Welcome},
    error::FieldError,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use signing::{
    Refusal,
    remote::{Progress, Remote, Request},
};

pub const SIGN_IN: &str = "/dang-nhap/sim";
pub const REGISTER: &str = "/dang-ky/sim";
/// Seconds between two looks.
const EVERY: HeaderValue = HeaderValue::from_static("4");

#[derive(Template)]
#[template(path = "national/sim.html")]
struct SimPage {
    p: Page,
    h: Head,
    f: Form,
    tabs: Vec<Tab>,
    other: (String, &'static str),
}

#[derive(Template)]
#[template(path = "national/sim_wait.html")]
struct WaitPage {
    p: Page,
    h: Head,
    words: String,
    digits: String,
    until: String,
    look: String,
    back: String,
}

/// What is kept while the phone is looked at.
#[derive(Serialize, Deserialize)]
struct Waiting {
    number: String,
    chain: Vec<Vec<u8>>,
    code: String,
}

fn remote(web: &Web) -> Result<&dyn Remote, Problem> {
    verifier(web)?;
    web.remote.as_deref().ok_or(Problem::NotFound)
}

fn show(web: &Web, visit: Visit, aim: Aim, next: &str, typed: &str, gone: bool, said: Refused) -> Answer {
    remote(web)?;
    let has_mark = visit.mark.is_some();
    let p = visit.page;
    let (errors, status, seconds) = said.split();
    let warn = if gone { p.t("sign-sim-over").into_owned() } else { String::new() };
    let registers = aim.path == REGISTER;
    let (title, back, other) = match registers {
        true => ("sign-sim-register-title", carrying("/dang-ky", next), (SIGN_IN, "nat-have-account")),
        false => ("acc-sign-in-title", "/".to_owned(), (REGISTER, "sign-sim-no-account")),
    };
    let number = Field {
        inputmode: "numeric",
        ..Field::text("number", p.t("nat-number")).hint(p.t("nat-number-hint")).value(typed)
    };
    let page = SimPage {
        f: Form::new(&p, aim.path, "sign-sim-start").loading(p.t("sign-sim-sending")).next(next).field(number),
        tabs: if registers { Vec::new() } else { door::tabs(web, &p, next, aim.path) },
        other: (carrying(other.0, next), other.1),
        h: Head::door(p.t(title), back).warn(warn).wrong(errors),
        p,
    };
    let response = Refused::page(status, seconds, &page)?;
    Ok(keep::forgetting(keep::marked(web, has_mark, response)))
}

pub async fn page(State(web): State<Web>, uri: Uri, Doorway { visit, asked, next }: Doorway) -> Answer {
    show(&web, visit, Aim::of(&uri)?, &next, "", asked.has("het-han"), Refused::none())
}

/// Four digits that page and phone show.
fn digits(flow: &Flow) -> String {
    let sum = Sha256::digest(flow.text("nonce"));
    format!("{:04}", u16::from_be_bytes([sum[0], sum[1]]) % 10_000)
}

/// What the phone shows.
fn words(web: &Web, p: &Page, flow: &Flow) -> String {
    let why = p.t(&format!("sign-why-{}", flow.text("why"))).into_owned();
    let place = web.core.settings.origin.as_str();
    let digits = digits(flow);
    p.l.ta("sign-sim-words", &[("why", why.as_str()), ("origin", place), ("digits", digits.as_str())])
}

/// «Gửi yêu cầu ký»
pub async fn start(State(web): State<Web>, uri: Uri, Door { visit, fields, next }: Door) -> Answer {
    let aim = Aim::of(&uri)?;
    let remote = remote(&web)?;
    let typed = fields.get("number").to_owned();
    let number = match PersonalNumber::parse(&typed) {
        Ok(number) => number,
        Err(bad) => {
            let key = match bad {
                BadNumber::Empty => "personal-number-empty",
                BadNumber::Old => "personal-number-old",
                BadNumber::Invalid => "personal-number-invalid",
            };
            let said = Refused::fields(&visit.page, &[FieldError { field: "number", key }]);
            return show(&web, visit, aim, &next, &typed, false, said);
        }
    };
    let lang = visit.page.lang();
    let begun = match web.accounts.start_signature(aim.why, lang, &visit.visitor).await {
        Ok(token) => web.accounts.count_remote(token.expose(), &number, &visit.visitor).await.map(|flow| (token, flow)),
        Err(e) => Err(e),
    };
    let (token, flow) = match begun {
        Ok(begun) => begun,
        Err(e) => {
            let said = refused(&web, &visit.page, e, "number", aim.path)?;
            return show(&web, visit, aim, &next, &typed, false, said);
        }
    };
    let id = flow.id.simple().to_string();
    let (text, words) = (challenge::text(&web, &flow), words(&web, &visit.page, &flow));
    let asked = async {
        let credential = remote.credentials(&number, &id).await?.into_iter().next();
        let Some(credential) = credential else { return Ok(None) };
        let digest = Sha256::digest(text.as_bytes());
        let request = Request { number: &number, serial: &credential.serial, words: &words, digest: &digest, id: &id };
        let code = remote.ask(&request).await?;
        Ok::<_, signing::remote::Away>(Some((credential.chain, code)))
    };
    let key = match asked.await {
        Ok(Some((chain, code))) => {
            let kept = Waiting { number: number.expose().to_owned(), chain, code };
            let kept = serde_json::to_vec(&kept).map_err(|_| Problem::Internal)?;
            web.accounts.await_signature(token.expose(), &kept).await.map_err(web.account_problem())?;
            return Ok(keep::begin_flow(&web, go(&carrying(&format!("{}/cho", aim.path), &next)), &token));
        }
        Ok(None) => "sign-sim-none",
        Err(_) => "sign-sim-away",
    };
    let said = Refused::at("number", visit.page.t(key).into_owned());
    show(&web, visit, aim, &next, &typed, false, said)
}

fn over(aim: Aim, next: &str) -> Out {
    Out::To(carrying(&format!("{}?het-han=1", aim.path), next))
}

/// The page that looks again by itself, until the person answered on the phone.
pub async fn wait(State(web): State<Web>, uri: Uri, Doorway { visit, next, .. }: Doorway) -> Answer {
    let aim = Aim::of(&uri)?;
    let (verifier, remote) = (verifier(&web)?, remote(&web)?);
    let token = keep::flow(&web, &visit);
    let flow = web.accounts.flow(FlowKind::Sign, &token).await.map_err(web.account_problem())?;
    let flow = flow.filter(|flow| flow.step == flows::AWAY && flow.text("why") == aim.why);
    let Some(flow) = flow else { return Err(over(aim, &next)) };
    let kept = web.accounts.awaited(&flow).ok().and_then(|kept| serde_json::from_slice::<Waiting>(&kept).ok());
    let Some(kept) = kept else { return Err(over(aim, &next)) };
    let key = match remote.progress(&kept.code).await {
        // Who cannot be asked now is asked again in a moment.
        Ok(Progress::Waiting) | Err(_) => return waiting(&web, visit, aim, &next, &flow),
        Ok(Progress::Refused) => "sign-sim-refused",
        Ok(Progress::Over) => "sign-sim-over",
        Ok(Progress::Signed(signature)) => {
            let text = challenge::text(&web, &flow);
            let verdict = verifier.plain(&kept.chain, &signature, text.as_bytes(), web.core.now()).await;
            note(SIGNATURE, &verdict);
            let signed = verdict.and_then(|signed| signer(&signed));
            // The authority answered for somebody else than was asked for.
            match signed.and_then(|s| if s.number.expose() == kept.number { Ok(s) } else { Err(Refusal::NoPerson) }) {
                Ok(signed) => {
                    return match web.accounts.signed(&token, signed, &visit.visitor).await {
                        Ok(Welcome::In(session)) => Ok(keep::enter(&web, go(&next), &session)),
                        Ok(Welcome::New { token }) => {
                            Ok(keep::begin_flow(&web, go(&carrying(first::START, &next)), &token))
                        }
                        Err(Error::FlowGone) => Err(over(aim, &next)),
                        Err(e) => {
                            let said = refused(&web, &visit.page, e, "number", aim.path)?;
                            show(&web, visit, aim, &next, "", false, said)
                        }
                    };
                }
                Err(refusal) => refusal.key(),
            }
        }
    };
    web.accounts.end_signature(&token).await.map_err(web.account_problem())?;
    let said = Refused::at("number", visit.page.t(key).into_owned());
    show(&web, visit, aim, &next, "", false, said)
}

fn waiting(web: &Web, visit: Visit, aim: Aim, next: &str, flow: &Flow) -> Answer {
    let p = visit.page;
    let page = WaitPage {
        words: words(web, &p, flow),
        digits: digits(flow),
        until: show::time(flow.expires_at),
        look: carrying(&format!("{}/cho", aim.path), next),
        back: carrying(aim.path, next),
        h: Head::door(p.t("sign-sim-wait-title"), ""),
        p,
    };
    let mut response = Refused::page(axum::http::StatusCode::OK, None, &page)?;
    response.headers_mut().insert(header::REFRESH, EVERY);
    Ok(response)
}
