//! Signing far away to try (N4): the protocol of the gateway, and the phone on which a person sees what is to be signed and says yes or no.

use super::{Inner, Signer};
use crate::pages::page;
use askama::Template;
use axum::{
    Form, Json, Router,
    extract::{Path, State, rejection::FormRejection, rejection::JsonRejection},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{
    clock::{MINUTE, Millis},
    keys::Secret,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::{MutexGuard, PoisonError, atomic::Ordering};
use subtle::ConstantTimeEq;

/// How long the person has.
const LIVES: Millis = 5 * MINUTE;
/// Requests that are kept.
const MOST: usize = 200;

/// Who may ask, new at each start.
#[derive(Clone)]
pub struct Service {
    pub id: String,
    pub password: Secret,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Said {
    Nothing,
    Yes(Vec<u8>),
    No,
}

/// A request on somebody's phone.
pub(super) struct Asked {
    code: String,
    owner: usize,
    words: String,
    digest: Vec<u8>,
    at: Millis,
    said: Said,
}

impl Inner {
    fn asked(&self) -> MutexGuard<'_, Vec<Asked>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn knows(&self, asked: &Credentials) -> bool {
        let right = asked.sp_password.as_bytes().ct_eq(self.service.password.expose().as_bytes());
        bool::from(right) && asked.sp_id == self.service.id
    }
}

pub(super) fn routes() -> Router<Signer> {
    Router::new()
        .route("/v1/credentials/get_certificate", post(certificates))
        .route("/v1/signatures/sign", post(sign))
        .route("/v1/signatures/sign/{code}/status", post(status))
        .route("/dien-thoai", get(phone))
        .route("/dien-thoai/tra-loi", post(answer).get(async || Redirect::to("/dien-thoai")))
}

#[derive(Deserialize)]
struct Credentials {
    sp_id: String,
    sp_password: String,
}

fn said(code: i64, message: &str, data: Value) -> Response {
    Json(json!({ "status_code": code, "message": message, "data": data, "moi_truong": "thu-nghiem" })).into_response()
}

fn stranger() -> Response {
    said(401, "unauthorized", Value::Null)
}

fn broken(rejection: &JsonRejection) -> Response {
    (rejection.status(), Json(json!({ "status_code": 400, "message": "bad_request" }))).into_response()
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(flatten)]
    by: Credentials,
    user_id: String,
}

async fn certificates(State(signer): State<Signer>, body: Result<Json<Wanted>, JsonRejection>) -> Response {
    let Json(wanted) = match body {
        Ok(wanted) => wanted,
        Err(rejection) => return broken(&rejection),
    };
    if !signer.0.knows(&wanted.by) {
        return stranger();
    }
    let owner = signer.0.owners.iter().find(|owner| owner.has_phone(&wanted.user_id));
    let known = owner.map(|owner| {
        json!({
            "serial_number": owner.card.name(),
            "cert_status": if owner.is_revoked.load(Ordering::Relaxed) { "REVOKED" } else { "VALID" },
            "cert_data": STANDARD.encode(&owner.card.certificate),
            "chain_data": { "ca_cert": STANDARD.encode(signer.root()) },
        })
    });
    said(200, "ok", json!({ "user_certificates": known.into_iter().collect::<Vec<_>>() }))
}

#[derive(Deserialize)]
struct ToSign {
    #[serde(flatten)]
    by: Credentials,
    user_id: String,
    serial_number: String,
    transaction_desc: String,
    sign_files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    sign_type: String,
    data_to_be_signed: String,
}

fn digest(file: &File) -> Option<Vec<u8>> {
    let text = &file.data_to_be_signed;
    let is_hex = text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) && file.sign_type == "hash";
    let pairs = || (0..64).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect();
    is_hex.then(pairs).flatten()
}

async fn sign(State(signer): State<Signer>, body: Result<Json<ToSign>, JsonRejection>) -> Response {
    let Json(wanted) = match body {
        Ok(wanted) => wanted,
        Err(rejection) => return broken(&rejection),
    };
    let inner = &signer.0;
    if !inner.knows(&wanted.by) {
        return stranger();
    }
    let owner = inner.owners.iter().position(|o| o.has_phone(&wanted.user_id) && o.card.name() == wanted.serial_number);
    let [file] = &wanted.sign_files[..] else { return said(400, "bad_request", Value::Null) };
    let (Some(owner), Some(digest)) = (owner, digest(file)) else { return said(400, "bad_request", Value::Null) };
    let code: String = inner.entropy.bytes::<16>().iter().map(|b| format!("{b:02x}")).collect();
    let mut asked = inner.asked();
    if asked.len() >= MOST {
        asked.remove(0);
    }
    let words = wanted.transaction_desc.chars().take(300).collect();
    asked.push(Asked { code: code.clone(), owner, words, digest, at: inner.clock.now(), said: Said::Nothing });
    said(200, "sig_wait_for_user_confirm", json!({ "tran_code": code }))
}

async fn status(
    State(signer): State<Signer>,
    Path(code): Path<String>,
    body: Result<Json<Credentials>, JsonRejection>,
) -> Response {
    if !body.is_ok_and(|Json(by)| signer.0.knows(&by)) {
        return stranger();
    }
    let now = signer.0.clock.now();
    match signer.0.asked().iter().find(|asked| asked.code == code) {
        None => said(404, "not_found", Value::Null),
        Some(Asked { said: Said::Yes(signature), .. }) => {
            said(200, "ok", json!({ "signatures": [{ "signature_value": STANDARD.encode(signature) }] }))
        }
        Some(Asked { said: Said::No, .. }) => said(4002, "rejected_by_user", Value::Null),
        Some(asked) if now - asked.at > LIVES => said(4001, "expired", Value::Null),
        Some(_) => said(4000, "waiting_for_user_confirm", Value::Null),
    }
}

struct Line {
    code: String,
    name: String,
    words: String,
}

#[derive(Template)]
#[template(path = "signer/phone.html")]
struct PhonePage {
    waiting: Vec<Line>,
}

async fn phone(State(signer): State<Signer>) -> Response {
    let now = signer.0.clock.now();
    let line = |asked: &Asked| Line {
        code: asked.code.clone(),
        name: signer.0.owners[asked.owner].name().to_owned(),
        words: asked.words.clone(),
    };
    let is_open = |asked: &&Asked| asked.said == Said::Nothing && now - asked.at <= LIVES;
    let waiting = signer.0.asked().iter().rev().filter(is_open).map(line).collect();
    page(StatusCode::OK, &PhonePage { waiting })
}

#[derive(Deserialize)]
struct Reply {
    ma: String,
    dong_y: bool,
}

async fn answer(State(signer): State<Signer>, form: Result<Form<Reply>, FormRejection>) -> Redirect {
    if let Ok(Form(reply)) = form {
        let now = signer.0.clock.now();
        let mut asked = signer.0.asked();
        let open = asked.iter_mut().find(|a| a.code == reply.ma && a.said == Said::Nothing && now - a.at <= LIVES);
        if let Some(asked) = open {
            let signed = reply.dong_y.then(|| signer.0.owners[asked.owner].card.sign_digest(&asked.digest)).flatten();
            asked.said = signed.map_or(Said::No, Said::Yes);
        }
    }
    Redirect::to("/dien-thoai")
}
