//! The stand-in for who can confirm a person (N2, N3): mobile operators know in whose name each invented phone is, the social insurance knows
//! whose number is whose, and the post has given each a code that is good once. They say match or no match; nobody is found by them, and every
//! answer says that it is a test. **Cần đối chiếu**: no real interface of theirs is public (see `gateways::authorities`).

use crate::{
    pages::{page, protect},
    people,
};
use askama::Template;
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base::{keys::Secret, personal_number::PersonalNumber, phone::PhoneNumber};
use serde::Deserialize;
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use subtle::ConstantTimeEq;

pub const OPERATOR: &str = "/thue-bao/doi-chieu";
pub const INSURANCE: &str = "/bao-hiem-xa-hoi/doi-chieu";
pub const POST: &str = "/buu-dien/doi-chieu";
/// A question is far smaller.
const LONGEST: usize = 2 * 1024;

/// Says to the first page that the authorities are here.
#[derive(Debug, Clone, Copy)]
pub struct Listed;

/// An invented person with a phone.
#[derive(Clone)]
pub struct Owner {
    pub phone: PhoneNumber,
    pub number: PersonalNumber,
    pub full_name: String,
    /// `1989-03-21`
    pub birth_date: String,
}

/// What callers of each must show.
pub struct Tokens {
    pub operator: Secret,
    pub insurance: Secret,
    pub post: Secret,
}

/// The authorities of a demo.
#[derive(Clone)]
pub struct Authorities(Arc<Inner>);

struct Inner {
    owners: Vec<Owner>,
    tokens: Tokens,
    /// Which question each code of the post was given away to.
    used: Mutex<HashMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    ma_yeu_cau: String,
    so_dinh_danh: String,
    ho_ten: String,
    ngay_sinh: String,
    #[serde(default)]
    so_dien_thoai: String,
    #[serde(default)]
    ma_so_bhxh: String,
    #[serde(default)]
    ma_buu_dien: String,
}

impl Authorities {
    pub fn new(owners: Vec<Owner>, tokens: Tokens) -> Self {
        Self(Arc::new(Inner { owners, tokens, used: Mutex::default() }))
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route(OPERATOR, post(operator))
            .route(INSURANCE, post(insurance))
            .route(POST, post(post_office))
            .route("/dang-ky-thu", get(list))
            .layer(DefaultBodyLimit::max(LONGEST))
            .layer(map_response(protect))
            .with_state(self.clone())
    }

    /// Whom number, name and birth date fit.
    fn find(&self, asked: &Question) -> Option<&Owner> {
        let number = PersonalNumber::parse(&asked.so_dinh_danh).ok()?;
        let name = base::fold::fold(&asked.ho_ten);
        self.0.owners.iter().find(|owner| {
            owner.number == number && owner.birth_date == asked.ngay_sinh && base::fold::fold(&owner.full_name) == name
        })
    }

    fn used(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Good for one question, however often that one comes.
    fn take(&self, code: String, request: &str) -> bool {
        !request.is_empty() && self.used().entry(code).or_insert_with(|| request.to_owned()) == request
    }
}

/// The answer to who shows the token.
fn answer(
    token: &Secret,
    headers: &HeaderMap,
    body: Result<Json<Question>, JsonRejection>,
    fits: impl FnOnce(&Question) -> bool,
) -> Response {
    let shown = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let shown = shown.strip_prefix("Bearer ").unwrap_or_default();
    if !bool::from(shown.as_bytes().ct_eq(token.expose().as_bytes())) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "loi": "chua-xac-thuc" }))).into_response();
    }
    match body {
        Ok(Json(asked)) => Json(json!({ "khop": fits(&asked), "moi_truong": "thu-nghiem" })).into_response(),
        Err(rejection) => (rejection.status(), Json(json!({ "loi": "cau-hoi-sai" }))).into_response(),
    }
}

type Body = Result<Json<Question>, JsonRejection>;

async fn operator(State(it): State<Authorities>, headers: HeaderMap, body: Body) -> Response {
    answer(&it.0.tokens.operator, &headers, body, |asked| {
        let phone = PhoneNumber::parse(&asked.so_dien_thoai).ok();
        it.find(asked).is_some_and(|owner| phone.as_ref() == Some(&owner.phone))
    })
}

async fn insurance(State(it): State<Authorities>, headers: HeaderMap, body: Body) -> Response {
    answer(&it.0.tokens.insurance, &headers, body, |asked| {
        it.find(asked).is_some_and(|owner| people::insurance(&owner.number) == asked.ma_so_bhxh)
    })
}

async fn post_office(State(it): State<Authorities>, headers: HeaderMap, body: Body) -> Response {
    answer(&it.0.tokens.post, &headers, body, |asked| {
        let code = it.find(asked).map(|owner| people::post_code(&owner.number));
        code.filter(|code| *code == asked.ma_buu_dien).is_some_and(|code| it.take(code, &asked.ma_yeu_cau))
    })
}

#[derive(Template)]
#[template(path = "authorities.html")]
struct ListPage<'a> {
    lines: Vec<Line<'a>>,
}

struct Line<'a> {
    owner: &'a Owner,
    /// `05/04/1990`
    birthday: String,
    insurance: String,
    post_code: String,
    is_used: bool,
}

/// `GET /dang-ky-thu`: what a visitor of the demo may type.
async fn list(State(it): State<Authorities>) -> Response {
    let used = it.used().clone();
    let lines = it.0.owners.iter().map(|owner| {
        let post_code = people::post_code(&owner.number);
        Line {
            owner,
            birthday: owner.birth_date.split('-').rev().collect::<Vec<_>>().join("/"),
            insurance: people::insurance(&owner.number),
            is_used: used.contains_key(&post_code),
            post_code,
        }
    });
    page(StatusCode::OK, &ListPage { lines: lines.collect() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    fn authorities() -> Authorities {
        let owner = |phone: &str, number: &str, name: &str| Owner {
            phone: PhoneNumber::parse(phone).unwrap(),
            number: PersonalNumber::parse(number).unwrap(),
            full_name: name.into(),
            birth_date: "1989-03-21".into(),
        };
        let owners = vec![
            owner("0999000101", "000189000003", "Nguyễn Thị Ví Dụ"),
            owner("0999000102", "000189000004", "Nguyễn Thị Hai"),
        ];
        let [operator, insurance, post] = ["khong-ai-biet", "bao-hiem", "buu-dien"].map(Secret::new);
        Authorities::new(owners, Tokens { operator, insurance, post })
    }

    async fn send(it: &Authorities, request: Request<Body>) -> (StatusCode, String) {
        let response = it.router().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    async fn ask(it: &Authorities, path: &str, token: &str, body: String) -> (StatusCode, String) {
        let request = Request::post(path)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        send(it, request).await
    }

    fn question(own: (&str, &str), number: &str, name: &str, born: &str) -> String {
        let mut all = json!({ "ma_yeu_cau": "1", "so_dinh_danh": number, "ho_ten": name, "ngay_sinh": born });
        all[own.0] = own.1.into();
        all.to_string()
    }

    const ME: (&str, &str, &str) = ("000189000003", "nguyen thi vi du", "1989-03-21");

    /// Each authority knows the right one of these, and no other.
    #[tokio::test]
    async fn n2_n3_each_says_match_or_no_match_and_nothing_else() {
        let it = authorities();
        for (path, token, own, right, others) in [
            (OPERATOR, "khong-ai-biet", "so_dien_thoai", "0999 000 101", ["0999000102", ""]),
            (INSURANCE, "bao-hiem", "ma_so_bhxh", "0000000003", ["0000000004", ""]),
            (POST, "buu-dien", "ma_buu_dien", "THU-000003", ["THU-000004", ""]),
        ] {
            let body = question((own, right), ME.0, ME.1, ME.2);
            let (status, text) = ask(&it, path, token, body.clone()).await;
            let fits = (status, text.contains("\"khop\":true"), text.contains("thu-nghiem"));
            assert_eq!(fits, (StatusCode::OK, true, true), "{path}: {text}");
            let wrong = [
                (right, "000189000004", ME.1, ME.2),
                (right, ME.0, "Nguyễn Thị Khác", ME.2),
                (right, ME.0, ME.1, "1989-03-22"),
                (others[0], ME.0, ME.1, ME.2),
                (others[1], ME.0, ME.1, ME.2),
                ("", "", "", ""),
            ];
            for (typed, number, name, born) in wrong {
                let (status, text) = ask(&it, path, token, question((own, typed), number, name, born)).await;
                assert_eq!(status, StatusCode::OK);
                assert!(text.contains("\"khop\":false") && !text.contains("000189"), "{path}: {text}");
            }
            for token in ["sai", "", if path == POST { "bao-hiem" } else { "buu-dien" }] {
                assert_eq!(ask(&it, path, token, body.clone()).await.0, StatusCode::UNAUTHORIZED);
            }
            assert_eq!(ask(&it, path, token, "{".into()).await.0, StatusCode::BAD_REQUEST);
            assert_eq!(ask(&it, path, token, "x".repeat(3000)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
        }
    }

    #[tokio::test]
    async fn n3_a_code_of_the_post_is_good_for_one_question_however_often_that_one_comes() {
        let it = authorities();
        let mine = question(("ma_buu_dien", "THU-000003"), ME.0, ME.1, ME.2);
        for (request, fits) in [("1", true), ("1", true), ("2", false), ("1", true)] {
            let body = mine.replace("\"ma_yeu_cau\":\"1\"", &format!("\"ma_yeu_cau\":\"{request}\""));
            let (_, text) = ask(&it, POST, "buu-dien", body).await;
            assert_eq!(text.contains("\"khop\":true"), fits, "{request}");
        }
        // Somebody else's, tried before: it stays good for whom it was given to.
        let theirs = question(("ma_buu_dien", "THU-000004"), ME.0, ME.1, ME.2);
        assert!(ask(&it, POST, "buu-dien", theirs).await.1.contains("\"khop\":false"));
        let own = question(("ma_buu_dien", "THU-000004"), "000189000004", "Nguyễn Thị Hai", ME.2);
        assert!(ask(&it, POST, "buu-dien", own).await.1.contains("\"khop\":true"));
        let page = send(&it, Request::get("/dang-ky-thu").body(Body::empty()).unwrap()).await.1;
        for words in ["Đăng ký thử", "0000000003", "THU-000003", "21/03/1989", "(đã dùng)", "Môi trường thử nghiệm"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
}
