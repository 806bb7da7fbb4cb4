//! The pages of the test system, and its side of the sign-in.

use super::{BACK, ENDED, LEVEL, Office, START, sessions::Worker};
use crate::{
    pages::{page, protect, styles},
    smsc::local_time,
};
use askama::Template;
use axum::{
    Form, Router,
    extract::{DefaultBodyLimit, Query, RawQuery, State, rejection::FormRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::map_response,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use base::{ids::new_id, keys::Purpose};
use identity::rp::{Ask, RpError};
use serde::Deserialize;
use serde_json::Value;
use store::Tx;

const SESSION: &str = "van_ban_phien";
/// Tells browsers apart that come back from the console.
const MARK: &str = "van_ban_may";
/// A logout token is a few hundred bytes.
const LONGEST: usize = 16 * 1024;

pub(super) fn router(office: Office) -> Router {
    Router::new()
        .route("/", get(start))
        .route(START, get(begin))
        .route(BACK, get(back))
        .route("/dang-xuat", post(leave).get(async || Redirect::to("/")))
        .route(ENDED, post(ended))
        .route("/sandbox.css", get(styles))
        .fallback(async || Redirect::to("/"))
        .layer(DefaultBodyLimit::max(LONGEST))
        .layer(map_response(protect))
        .with_state(office)
}

/// A document of nobody.
struct Document {
    number: &'static str,
    date: &'static str,
    title: &'static str,
    from: &'static str,
}

const fn document(number: &'static str, date: &'static str, title: &'static str, from: &'static str) -> Document {
    Document { number, date, title, from }
}

const DOCUMENTS: [Document; 5] = [
    document("01/TN-VB", "02/11/2026", "Giấy mời họp thử về vệ sinh đường làng", "Cơ quan Ví Dụ"),
    document("02/TN-VB", "05/11/2026", "Báo cáo mẫu tháng 10 về phản ánh hiện trường", "Phòng Làm Mẫu"),
    document("03/TN-VB", "09/11/2026", "Thông báo thử: lịch trực cuối tuần", "Văn phòng Giả Định"),
    document("04/TN-VB", "12/11/2026", "Hướng dẫn mẫu: cách trả lời bà con", "Cơ quan Ví Dụ"),
    document("05/TN-VB", "17/11/2026", "Công văn thử: mượn hội trường", "Trường Tưởng Tượng"),
];

/// For who leads a unit.
const TO_SIGN: [Document; 2] = [
    document("06/TN-VB", "19/11/2026", "Tờ trình mẫu: sửa đèn đường", "Phòng Làm Mẫu"),
    document("07/TN-VB", "20/11/2026", "Quyết định thử: khen tổ tự quản", "Văn phòng Giả Định"),
];

/// Somebody at work, as the page says it.
struct Shown {
    name: String,
    unit: String,
    roles: String,
    since: String,
    leads: bool,
}

/// The console's roles in words; what is not known is shown as it came.
fn role(word: &str) -> &str {
    match word {
        "platform_admin" => "quản trị",
        "province_operator" => "điều phối tỉnh",
        "unit_leader" => "lãnh đạo đơn vị",
        "officer" => "cán bộ xử lý",
        "clerk" => "cán bộ tiếp nhận",
        "duty_officer" => "cán bộ trực",
        "editor" => "biên tập",
        "community_team" => "tổ công nghệ số cộng đồng",
        "auditor" => "thanh tra",
        other => other,
    }
}

impl From<Worker> for Shown {
    fn from(worker: Worker) -> Self {
        let unit = match (worker.unit_name.as_str(), worker.unit.as_str()) {
            ("", code) => code.to_owned(),
            (name, "*" | "") => name.to_owned(),
            (name, code) => format!("{name} ({code})"),
        };
        let said = |one: &super::sessions::Role| match one.unit.as_str() {
            "" | "*" => role(&one.role).to_owned(),
            unit => format!("{} ({unit})", role(&one.role)),
        };
        Self {
            unit,
            roles: worker.roles.iter().map(said).collect::<Vec<_>>().join(", "),
            since: local_time(worker.since).strftime("%H:%M, %d/%m/%Y").to_string(),
            leads: worker.leads(),
            name: worker.name,
        }
    }
}

#[derive(Template)]
#[template(path = "office/start.html")]
struct StartPage {
    worker: Option<Shown>,
    documents: &'static [Document],
    to_sign: &'static [Document],
    tiles: String,
}

#[derive(Template)]
#[template(path = "office/trouble.html")]
struct TroublePage {
    why: &'static str,
    tiles: String,
}

fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let pairs = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(';'));
    let value = pairs.filter_map(|pair| pair.trim().split_once('=')).find(|(n, _)| *n == name).map(|(_, v)| v);
    value.filter(|v| !v.is_empty() && v.len() <= 100)
}

/// Until the browser closes; an empty value forgets.
fn set(name: &str, value: &str) -> HeaderValue {
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}");
    HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
}

fn with_cookies(mut response: Response, cookies: impl IntoIterator<Item = HeaderValue>) -> Response {
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

impl Office {
    fn key(&self, secret: &str) -> [u8; 32] {
        self.0.keys.hash(Purpose::Session, &[b"office", secret.as_bytes()])
    }

    fn secret(&self) -> String {
        self.0.entropy.bytes::<32>().iter().map(|b| format!("{b:02x}")).collect()
    }

    fn worker(&self, headers: &HeaderMap) -> Option<Worker> {
        self.0.open.find(&self.key(cookie(headers, SESSION)?), self.0.clock.now())
    }

    fn trouble(&self, status: StatusCode, why: &'static str) -> Response {
        page(status, &TroublePage { why, tiles: self.0.tiles.clone() })
    }

    /// A session that this browser had is over, here and for the console's word.
    async fn forget(&self, headers: &HeaderMap) {
        let gone = cookie(headers, SESSION).and_then(|secret| self.0.open.leave(&self.key(secret)));
        let Some(gone) = gone else { return };
        let rp = self.0.rp.clone();
        let noted = self.0.store.write(move |tx: Tx| async move { rp.session_ended(&tx, gone.session).await }).await;
        if let Err(error) = noted {
            tracing::warn!(%error, "the test system did not note an end");
        }
    }
}

async fn start(State(office): State<Office>, headers: HeaderMap) -> Response {
    let worker = office.worker(&headers).map(Shown::from);
    page(StatusCode::OK, &StartPage { worker, documents: &DOCUMENTS, to_sign: &TO_SIGN, tiles: office.0.tiles.clone() })
}

#[derive(Deserialize)]
struct Sent {
    /// Who sends the person (OpenID Connect Core 4).
    #[serde(default)]
    iss: Option<String>,
}

const AWAY: &str = "Bàn làm việc chưa trả lời. Hãy thử lại sau ít phút.";
const STRANGE: &str =
    "Yêu cầu này không đến từ bàn làm việc đã nối với hệ thống này. Hãy bấm ô của hệ thống ở bàn làm việc.";

async fn begin(State(office): State<Office>, Query(sent): Query<Sent>, headers: HeaderMap) -> Response {
    if sent.iss.is_some_and(|iss| iss != office.0.issuer) {
        return office.trouble(StatusCode::BAD_REQUEST, STRANGE);
    }
    let new = office.secret();
    let known = cookie(&headers, MARK);
    let mark = known.unwrap_or(&new);
    let ask = Ask { level: Some(LEVEL.into()), data: Value::Null, ..Ask::default() };
    match office.0.rp.begin(mark, ask).await {
        Ok(address) => with_cookies(Redirect::to(&address).into_response(), known.is_none().then(|| set(MARK, &new))),
        Err(error) => {
            tracing::warn!(%error, "the test system cannot send anybody to the console");
            office.trouble(StatusCode::BAD_GATEWAY, AWAY)
        }
    }
}

async fn back(State(office): State<Office>, RawQuery(raw): RawQuery, headers: HeaderMap) -> Response {
    let mark = cookie(&headers, MARK).unwrap_or_default();
    let arrived = match office.0.rp.finish(mark, raw.as_deref().unwrap_or_default()).await {
        Ok(arrived) => arrived,
        Err(error) => {
            tracing::info!(%error, "somebody did not arrive at the test system");
            return match error {
                RpError::Away(_) | RpError::Broken(_) | RpError::Configured(_) => {
                    office.trouble(StatusCode::BAD_GATEWAY, AWAY)
                }
                _ => office.trouble(
                    StatusCode::BAD_REQUEST,
                    "Lần đăng nhập này đã dùng rồi hoặc đã quá lâu. Hãy bấm lại ô của hệ thống ở bàn làm việc.",
                ),
            };
        }
    };
    let session = new_id(&office.0.clock, &office.0.entropy);
    let Some(worker) = Worker::of(session, &arrived, office.0.clock.now()) else {
        return office.trouble(StatusCode::BAD_REQUEST, "Bàn làm việc không cho biết ai đang đăng nhập.");
    };
    // Who sat here before is no longer. The new session is open and noted before its cookie leaves the house: the console may end it.
    office.forget(&headers).await;
    let secret = office.secret();
    let key = office.key(&secret);
    office.0.open.begin(key, worker);
    let rp = office.0.rp.clone();
    let kept = office.0.store.write(move |tx: Tx| async move { rp.keep_session(&tx, session, &arrived).await }).await;
    if let Err(error) = kept {
        tracing::error!(%error, "a session of the test system was not noted");
        office.0.open.leave(&key);
        return office.trouble(StatusCode::INTERNAL_SERVER_ERROR, AWAY);
    }
    with_cookies(Redirect::to("/").into_response(), [set(SESSION, &secret)])
}

async fn leave(State(office): State<Office>, headers: HeaderMap) -> Response {
    // Browsers say which site's form it is; another one's signs nobody out.
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if !matches!(site, None | Some(b"same-origin" | b"none")) {
        return StatusCode::FORBIDDEN.into_response();
    }
    office.forget(&headers).await;
    with_cookies(Redirect::to("/").into_response(), [set(SESSION, "")])
}

#[derive(Deserialize)]
struct Told {
    logout_token: String,
}

async fn ended(State(office): State<Office>, form: Result<Form<Told>, FormRejection>) -> StatusCode {
    let Ok(Form(told)) = form else { return StatusCode::BAD_REQUEST };
    match office.0.rp.logout_token(&told.logout_token, office.0.open.clone()).await {
        Ok(_) => StatusCode::OK,
        Err(RpError::Away(_) | RpError::Broken(_)) => StatusCode::SERVICE_UNAVAILABLE,
        Err(_) => StatusCode::BAD_REQUEST,
    }
}
