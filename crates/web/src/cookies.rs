//! Cookies: few, first-party, each named here.

use crate::state::Web;
use axum::http::{HeaderMap, HeaderValue, header};

/// The session of a citizen, of staff; the browser's mark; the flow one is in; language; a message for the next page.
pub const CITIZEN: &str = "phien";
pub const STAFF: &str = "phien-cb";
/// Of a guest who proved a phone (R3).
pub const GUEST: &str = "khach";
/// Of who acts for another person (A19); counts only beside the own session.
pub const HELPER: &str = "giup";
pub const MARK: &str = "may";
pub const FLOW: &str = "buoc";
/// Who came from elsewhere and signs in as usual, to link it.
pub const ARRIVAL: &str = "lien-ket";
/// The name that somebody typed where they were sent from, for the page that asks for it.
pub const HINT: &str = "goi-y";
/// The service whose level an account is raised for, for the page at the end of it (A13).
pub const SERVICE: &str = "viec";
/// The passkey ceremony that is open, beside the flow.
pub const PASSKEY: &str = "khoa";
pub const LANGUAGE: &str = "ngon-ngu";
pub const TEXT_SIZE: &str = "co-chu";
pub const FLASH: &str = "bao";
/// Staff: the step of signing in one is in, the passkey ceremony that is open (beside it).
pub const STAFF_FLOW: &str = "buoc-cb";
pub const STAFF_PASSKEY: &str = "khoa-cb";
/// Staff: close rows in tables, keyboard shortcuts off.
pub const DENSITY: &str = "dong";
pub const KEYS: &str = "phim-tat";

/// A cookie's value, by its name in `what`.
pub fn get(web: &Web, headers: &HeaderMap, what: &str) -> Option<String> {
    let name = web.cookie_name(what);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(n, _)| *n == name)
        .map(|(_, v)| v.to_owned())
        .filter(|v| v.len() <= 512)
}

/// A `Set-Cookie` line. `seconds`: `None` until the browser closes, 0 to forget. Scripts never see it.
pub fn set(web: &Web, what: &str, value: &str, seconds: Option<i64>) -> HeaderValue {
    let name = web.cookie_name(what);
    let secure = if web.is_https() { "; Secure" } else { "" };
    let age = seconds.map_or_else(String::new, |s| format!("; Max-Age={s}"));
    let safe: String = value.chars().filter(|c| c.is_ascii_graphic() && !matches!(c, ';' | ',' | '"' | '\\')).collect();
    HeaderValue::from_str(&format!("{name}={safe}; Path=/; HttpOnly; SameSite=Lax{secure}{age}"))
        .unwrap_or(HeaderValue::from_static(""))
}

pub fn forget(web: &Web, what: &str) -> HeaderValue {
    set(web, what, "", Some(0))
}
