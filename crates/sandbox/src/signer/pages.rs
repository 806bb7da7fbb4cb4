//! The pages: whose token one takes, the file that it signs, and taking a certificate away to see what happens.

use super::{Holder, LIST, Signer};
use crate::pages::{page, protect, styles};
use askama::Template;
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Multipart, State, rejection::FormRejection},
    http::{StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use serde::Deserialize;
use std::sync::atomic::Ordering;

/// What is signed is a short text.
const LONGEST: usize = 256 * 1024;

pub fn router(signer: Signer) -> Router {
    Router::new()
        .route("/", get(start))
        .route("/ky", post(sign).get(async || Redirect::to("/")))
        .route("/thu-hoi", post(revoke).get(async || Redirect::to("/")))
        .route(LIST, get(list))
        .merge(super::remote::routes())
        .route("/sandbox.css", get(styles))
        .fallback(async || Redirect::to("/"))
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(map_response(protect))
        .with_state(signer)
}

/// Whose token, as the page shows it.
struct Line {
    at: usize,
    name: String,
    number: String,
    is_revoked: bool,
}

#[derive(Template)]
#[template(path = "signer/start.html")]
struct StartPage {
    /// People, then organisations: each with what they are called together.
    groups: Vec<(&'static str, Vec<Line>)>,
    /// No file came, or one that is too long.
    is_wrong: bool,
}

fn shown(signer: &Signer, status: StatusCode, is_wrong: bool) -> Response {
    let line = |(at, owner): (usize, &super::Owner)| Line {
        at,
        name: owner.name().to_owned(),
        number: owner.number().to_owned(),
        is_revoked: owner.is_revoked.load(Ordering::Relaxed),
    };
    let of = |people: bool| {
        let owners = signer.0.owners.iter().enumerate();
        owners.filter(|(_, owner)| matches!(owner.holder, Holder::Person(_)) == people).map(line).collect()
    };
    let groups = vec![("Cá nhân", of(true)), ("Tổ chức", of(false))];
    page(status, &StartPage { groups, is_wrong })
}

async fn start(State(signer): State<Signer>) -> Response {
    shown(&signer, StatusCode::OK, false)
}

/// What came of the form: whose token, and the file.
async fn read(mut form: Multipart) -> Option<(usize, String, Vec<u8>)> {
    let (mut at, mut file) = (None, None);
    while let Ok(Some(field)) = form.next_field().await {
        match field.name() {
            Some("nguoi") => at = field.text().await.ok()?.parse::<usize>().ok(),
            Some("tep") => {
                let name = field.file_name().unwrap_or_default().to_owned();
                file = field.bytes().await.ok().filter(|bytes| !bytes.is_empty()).map(|bytes| (name, bytes.to_vec()));
            }
            _ => {}
        }
    }
    file.and_then(|(name, bytes)| Some((at?, name, bytes)))
}

/// `POST /ky`: the signed file, to be saved.
async fn sign(State(signer): State<Signer>, form: Multipart) -> Response {
    let signed = read(form).await.and_then(|(at, name, file)| Some((name, signer.sign(at, &file)?)));
    let Some((name, signed)) = signed else { return shown(&signer, StatusCode::UNPROCESSABLE_ENTITY, true) };
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_')).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/pkcs7-signature".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{plain}.p7s\"")),
    ];
    (headers, signed).into_response()
}

#[derive(Deserialize)]
struct RevokeForm {
    nguoi: usize,
    thu_hoi: bool,
}

/// `POST /thu-hoi`: the certificate stands in the list from now on, or no longer.
async fn revoke(State(signer): State<Signer>, form: Result<Form<RevokeForm>, FormRejection>) -> Redirect {
    if let Ok(Form(form)) = form {
        signer.revoke(form.nguoi, form.thu_hoi);
    }
    Redirect::to("/")
}

async fn list(State(signer): State<Signer>) -> Response {
    ([(header::CONTENT_TYPE, "application/pkix-crl")], signer.list()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        people::invent,
        signer::{Service, SignerOptions},
    };
    use axum::{body::Body, http};
    use base::{
        clock::{Clock, Entropy},
        keys::Secret,
        personal_number::PersonalNumber,
    };
    use gateways::remote_signing::{Config, SmartCa};
    use http_body_util::BodyExt;
    use sha2::{Digest, Sha256};
    use signing::{
        Authority, Certificate, Fetch, Refusal, Unreachable, Verifier,
        remote::{Away, Progress, Remote, Request},
    };
    use std::sync::Arc;
    use tower::ServiceExt;

    const AT: &str = "http://localhost:8086";

    async fn asked(signer: &Signer, request: http::Request<Body>) -> (StatusCode, Vec<u8>) {
        let response = signer.router().oneshot(request).await.unwrap();
        let status = response.status();
        (status, response.into_body().collect().await.unwrap().to_bytes().to_vec())
    }

    /// Fetches from the sandbox without a socket.
    struct Inside(Signer);

    #[async_trait::async_trait]
    impl Fetch for Inside {
        async fn list(&self, address: &str, _: usize) -> Result<Vec<u8>, Unreachable> {
            let path = address.strip_prefix(AT).ok_or(Unreachable)?;
            Ok(asked(&self.0, http::Request::get(path).body(Body::empty()).unwrap()).await.1)
        }

        async fn ask(&self, _: &str, _: Vec<u8>, _: usize) -> Result<Vec<u8>, Unreachable> {
            Err(Unreachable)
        }
    }

    fn form(kind: &str, body: String, path: &str) -> http::Request<Body> {
        http::Request::post(path).header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap()
    }

    fn upload(who: usize, text: &str) -> http::Request<Body> {
        let body = format!(
            "--X\r\ncontent-disposition: form-data; name=\"nguoi\"\r\n\r\n{who}\r\n\
             --X\r\ncontent-disposition: form-data; name=\"tep\"; filename=\"ky-so-1.txt\"\r\n\r\n{text}\r\n--X--\r\n"
        );
        form("multipart/form-data; boundary=X", body, "/ky")
    }

    fn service() -> Service {
        Service { id: "cong-thu".into(), password: Secret::new("khong-ai-biet") }
    }

    /// With three people.
    fn started(clock: &Clock) -> Signer {
        let options = SignerOptions {
            address: AT.into(),
            people: invent(&[], 1, 3).unwrap(),
            organizations: crate::signer::organizations().unwrap(),
            service: service(),
            clock: clock.clone(),
            entropy: Entropy::seeded(4),
        };
        Signer::start(options).unwrap()
    }

    #[tokio::test]
    async fn n4_the_gateway_asks_the_phone_and_what_comes_back_is_believed() {
        let clock = Clock::fixed(1_774_833_300_000);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let signer = started(&clock);
        let url = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let router = signer.router();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let config = |password: &str| Config {
            url: url.clone(),
            sp_id: "cong-thu".into(),
            sp_password: password.into(),
            local: true,
        };
        let gateway = SmartCa::new(config("khong-ai-biet")).unwrap();
        let number = PersonalNumber::parse(signer.0.owners[2].number()).unwrap();
        let known = gateway.credentials(&number, "1").await.unwrap();
        let nobody = PersonalNumber::parse("000189999999").unwrap();
        assert!(gateway.credentials(&nobody, "2").await.unwrap().is_empty());
        assert!(SmartCa::new(config("sai")).unwrap().credentials(&number, "3").await.unwrap().is_empty());
        let text = "ký tôi đi".as_bytes();
        let digest = Sha256::digest(text);
        let request = Request {
            number: &number,
            serial: &known[0].serial,
            words: "Đăng nhập, mã 1234",
            digest: &digest,
            id: "4",
        };
        let code = gateway.ask(&request).await.unwrap();
        assert_eq!(gateway.progress(&code).await, Ok(Progress::Waiting));
        let (_, page) = asked(&signer, http::Request::get("/dien-thoai").body(Body::empty()).unwrap()).await;
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("Đăng nhập, mã 1234") && page.contains(&code), "{page}");
        let kind = "application/x-www-form-urlencoded";
        asked(&signer, form(kind, format!("ma={code}&dong_y=true"), "/dien-thoai/tra-loi")).await;
        let Ok(Progress::Signed(signature)) = gateway.progress(&code).await else { panic!("not signed") };
        let signed = believes(&signer).plain(&known[0].chain, &signature, text, clock.now()).await.unwrap();
        assert_eq!(signed.person.number, number);

        let code = gateway.ask(&request).await.unwrap();
        asked(&signer, form(kind, format!("ma={code}&dong_y=false"), "/dien-thoai/tra-loi")).await;
        assert_eq!(gateway.progress(&code).await, Ok(Progress::Refused));
        let code = gateway.ask(&request).await.unwrap();
        clock.advance(5 * base::clock::MINUTE + 1);
        assert_eq!(gateway.progress(&code).await, Ok(Progress::Over));
        asked(&signer, form(kind, format!("ma={code}&dong_y=true"), "/dien-thoai/tra-loi")).await;
        assert_eq!(gateway.progress(&code).await, Ok(Progress::Over), "too late is too late");
        assert_eq!(gateway.progress("unknown").await, Err(Away));
        server.abort();
    }

    fn believes(signer: &Signer) -> Verifier {
        let authority = Authority {
            name: "Thử".into(),
            root: Certificate::read(signer.root()).unwrap(),
            intermediates: Vec::new(),
            origins: vec![AT.into()],
            crl: None,
            ocsp: None,
        };
        authority.check().unwrap();
        Verifier::new(vec![authority], Arc::new(Inside(signer.clone())), Entropy::seeded(5))
    }

    #[tokio::test]
    async fn n4_the_token_to_try_signs_for_its_person_until_it_is_revoked() {
        let clock = Clock::fixed(1_774_833_300_000);
        let signer = started(&clock);
        let verifier = || believes(&signer);
        let (_, page) = asked(&signer, http::Request::get("/").body(Body::empty()).unwrap()).await;
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("không phải") && page.contains("Nguyễn Văn Hư Cấu"), "{page}");
        let (status, file) = asked(&signer, upload(1, "ký tôi đi")).await;
        assert_eq!(status, StatusCode::OK);
        let signed = verifier().file(&file, "ký tôi đi".as_bytes(), clock.now()).await.unwrap();
        assert_eq!(signed.person.number.expose(), signer.0.owners[1].number());
        assert_eq!(signed.person.name, signer.0.owners[1].name().to_uppercase());
        assert_eq!(verifier().file(&file, b"khac", clock.now()).await.unwrap_err(), Refusal::OtherText);
        for bad in [upload(9, "x"), upload(0, "")] {
            assert_eq!(asked(&signer, bad).await.0, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let kind = "application/x-www-form-urlencoded";
        asked(&signer, form(kind, "nguoi=1&thu_hoi=true".into(), "/thu-hoi")).await;
        let now = clock.now();
        assert_eq!(verifier().file(&file, "ký tôi đi".as_bytes(), now).await.unwrap_err(), Refusal::Revoked);
        asked(&signer, form(kind, "nguoi=1&thu_hoi=false".into(), "/thu-hoi")).await;
        assert!(verifier().file(&file, "ký tôi đi".as_bytes(), now).await.is_ok());
    }

    #[tokio::test]
    async fn a11_an_organisations_token_signs_for_it_until_it_is_revoked_and_has_no_phone() {
        let clock = Clock::fixed(1_774_833_300_000);
        let signer = started(&clock);
        let (_, page) = asked(&signer, http::Request::get("/").body(Body::empty()).unwrap()).await;
        let page = String::from_utf8(page).unwrap();
        assert!(
            page.contains("Công ty TNHH Hư Cấu") && page.contains("0000000017") && page.contains("Z00.01"),
            "{page}"
        );
        for (at, code, name) in [(3, "0000000017", "CÔNG TY TNHH HƯ CẤU"), (7, "Z00.01", "SỞ NGHĨ RA")] {
            let (_, file) = asked(&signer, upload(at, "ký thay tổ chức")).await;
            let text = "ký thay tổ chức".as_bytes();
            let seal = believes(&signer).organization(&file, text, clock.now()).await.unwrap();
            assert_eq!((seal.organization.code.as_str(), seal.organization.name.as_str()), (code, name));
            let person = believes(&signer).file(&file, text, clock.now()).await;
            assert_eq!(person.unwrap_err(), Refusal::Organisation);
            let form = form("application/x-www-form-urlencoded", format!("nguoi={at}&thu_hoi=true"), "/thu-hoi");
            asked(&signer, form).await;
            let gone = believes(&signer).organization(&file, text, clock.now()).await;
            assert_eq!(gone.unwrap_err(), Refusal::Revoked);
            assert!(!signer.0.owners[at].has_phone(code));
        }
    }
}
