//! The stand-in for the mobile operators (N2): it knows in whose name each invented phone is, and says match or no match. Nobody is found
//! by it, nothing is listed, and every answer says that it is a test.

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, State, rejection::JsonRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base::{keys::Secret, personal_number::PersonalNumber, phone::PhoneNumber};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use subtle::ConstantTimeEq;

pub const PATH: &str = "/thue-bao/doi-chieu";
/// A question is far smaller.
const LONGEST: usize = 2 * 1024;

/// A phone with whose it is.
#[derive(Clone)]
pub struct Owner {
    pub phone: PhoneNumber,
    pub number: PersonalNumber,
    pub full_name: String,
    /// `1989-03-21`
    pub birth_date: String,
}

/// The operators of a demo.
#[derive(Clone)]
pub struct Operator(Arc<Inner>);

struct Inner {
    owners: Vec<Owner>,
    token: Secret,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    so_dien_thoai: String,
    so_dinh_danh: String,
    ho_ten: String,
    ngay_sinh: String,
}

impl Operator {
    /// `token`: what callers must show.
    pub fn new(owners: Vec<Owner>, token: Secret) -> Self {
        Self(Arc::new(Inner { owners, token }))
    }

    pub fn router(&self) -> Router {
        Router::new().route(PATH, post(compare)).layer(DefaultBodyLimit::max(LONGEST)).with_state(self.clone())
    }

    fn is_own(&self, asked: &Question) -> bool {
        let (Ok(phone), Ok(number)) =
            (PhoneNumber::parse(&asked.so_dien_thoai), PersonalNumber::parse(&asked.so_dinh_danh))
        else {
            return false;
        };
        let name = base::fold::fold(&asked.ho_ten);
        self.0.owners.iter().any(|owner| {
            owner.phone == phone
                && owner.number == number
                && owner.birth_date == asked.ngay_sinh
                && base::fold::fold(&owner.full_name) == name
        })
    }
}

/// `POST /thue-bao/doi-chieu`: who shows the token.
async fn compare(
    State(operator): State<Operator>,
    headers: HeaderMap,
    body: Result<Json<Question>, JsonRejection>,
) -> Response {
    let shown = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let shown = shown.strip_prefix("Bearer ").unwrap_or_default();
    if !bool::from(shown.as_bytes().ct_eq(operator.0.token.expose().as_bytes())) {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "loi": "chua-xac-thuc" }))).into_response();
    }
    match body {
        Ok(Json(asked)) => Json(json!({ "khop": operator.is_own(&asked), "moi_truong": "thu-nghiem" })).into_response(),
        Err(rejection) => (rejection.status(), Json(json!({ "loi": "cau-hoi-sai" }))).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    fn operator() -> Operator {
        let owner = Owner {
            phone: PhoneNumber::parse("0999000101").unwrap(),
            number: PersonalNumber::parse("000189000003").unwrap(),
            full_name: "Nguyễn Thị Ví Dụ".into(),
            birth_date: "1989-03-21".into(),
        };
        Operator::new(vec![owner], Secret::new("khong-ai-biet"))
    }

    async fn ask(token: &str, body: String) -> (StatusCode, String) {
        let request = Request::post(PATH)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        let response = operator().router().oneshot(request).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    fn question(phone: &str, number: &str, name: &str, born: &str) -> String {
        json!({ "so_dien_thoai": phone, "so_dinh_danh": number, "ho_ten": name, "ngay_sinh": born }).to_string()
    }

    #[tokio::test]
    async fn n2_the_operator_says_match_or_no_match_and_nothing_else() {
        let right = question("0999 000 101", "000189000003", "nguyen thi vi du", "1989-03-21");
        let (status, text) = ask("khong-ai-biet", right.clone()).await;
        assert_eq!((status, text.contains("\"khop\":true"), text.contains("thu-nghiem")), (StatusCode::OK, true, true));
        for (phone, number, name, born) in [
            ("0999000102", "000189000003", "Nguyễn Thị Ví Dụ", "1989-03-21"),
            ("0999000101", "000189000004", "Nguyễn Thị Ví Dụ", "1989-03-21"),
            ("0999000101", "000189000003", "Nguyễn Thị Khác", "1989-03-21"),
            ("0999000101", "000189000003", "Nguyễn Thị Ví Dụ", "1989-03-22"),
            ("", "", "", ""),
        ] {
            let (status, text) = ask("khong-ai-biet", question(phone, number, name, born)).await;
            assert_eq!(status, StatusCode::OK);
            assert!(text.contains("\"khop\":false") && !text.contains("000189"), "{text}");
        }
        assert_eq!(ask("sai", right).await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(ask("khong-ai-biet", "{".into()).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(ask("khong-ai-biet", "x".repeat(3000)).await.0, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
