//! How a visitor gets in: the same names, password and second factor in every demo province.

use axum::{Router, http::header, response::IntoResponse, routing::get};
use base::clock::{Clock, SECOND};
use std::fmt;

/// The one password of everybody in the demo.
pub const PASSWORD: &str = "hoa-phuong-do-2026";
/// The second factor of all staff in the demo: 20 bytes, as authenticator apps want them.
pub const TOTP: &[u8; 20] = b"congdanso-demo-2026!";
/// The same in Base32, to type into an authenticator app.
pub const TOTP_BASE32: &str = "MNXW4Z3EMFXHG3ZNMRSW23ZNGIYDENRB";

/// One log-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Who that is.
    pub role: &'static str,
    /// What is typed: a phone for citizens, a username for staff.
    pub name: &'static str,
    pub staff: bool,
    /// What to try.
    pub hint: &'static str,
}

/// What the demo prints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logins {
    pub people: Vec<Login>,
    pub password: &'static str,
    pub totp_secret: &'static str,
}

impl Logins {
    /// The same for every demo.
    pub fn known() -> Self {
        let citizen = |name, hint| Login { role: "Người dân", name, staff: false, hint };
        let staff = |role, name, hint| Login { role, name, staff: true, hint };
        Self {
            people: vec![
                citizen("0999 000 001", "trả lời câu hỏi của cán bộ, đánh giá kết quả, viết tiếp bản nháp"),
                citizen("0999 000 002", "đề nghị xử lý lại một việc chưa đạt; nhận tin nhắn SMS"),
                staff("Cán bộ xử lý", "canbo", "hàng đợi có việc quá hạn, sắp hạn, chưa giao"),
                staff("Lãnh đạo đơn vị", "lanhdao", "gia hạn, từ chối, ẩn phản ánh, xem cả đơn vị"),
                staff("Điều phối tỉnh", "dieuphoi", "toàn tỉnh: chuyển đơn vị, sửa phân luồng, lĩnh vực, thời hạn"),
                staff("Thanh tra", "kiemtra", "chỉ đọc: hàng đợi toàn tỉnh, nhật ký hệ thống"),
                staff("Quản trị", "quantri", "tài khoản cán bộ, đơn vị, tin nhắn chờ gửi"),
            ],
            password: PASSWORD,
            totp_secret: TOTP_BASE32,
        }
    }
}

impl fmt::Display for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Đăng nhập ở cả hai tỉnh, mật khẩu chung: {}", self.password)?;
        for login in &self.people {
            writeln!(f, "  {:<16} {:<14} {}", login.role, login.name, login.hint)?;
        }
        writeln!(f, "Mã xác thực của cán bộ: trang /totp của môi trường thử nghiệm, hoặc nhập khóa")?;
        write!(f, "  {} vào ứng dụng xác thực.", self.totp_secret)
    }
}

/// The current code of the second factor, on the sandbox's pages: `GET /totp`, and `GET /totp.txt` for programs.
pub fn totp_page() -> Router {
    Router::new().route("/totp", get(page)).route("/totp.txt", get(text))
}

/// The code and for how many seconds it holds.
pub(super) fn current(clock: &Clock) -> (String, i64) {
    let seconds = clock.now() / SECOND;
    let app = totp_rs::Builder::new()
        .with_algorithm(totp_rs::Algorithm::SHA1)
        .with_digits(6)
        .with_step_duration(30)
        .with_secret(*TOTP)
        .build_noncompliant();
    (app.generate(seconds.max(0) as u64).to_string(), 30 - seconds.rem_euclid(30))
}

async fn page() -> impl IntoResponse {
    let (code, left) = current(&Clock::system());
    // No script: the page asks again when the code has changed.
    let html = format!(
        r#"<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><meta http-equiv="refresh" content="{left}">
<title>Mã xác thực – Môi trường thử nghiệm</title><link rel="stylesheet" href="/sandbox.css"></head>
<body><p class="ribbon"><strong>Môi trường thử nghiệm</strong> – mã này chỉ dùng cho cán bộ của bản minh họa.</p>
<header class="top"><nav class="wrap" aria-label="Chính"><a href="/">Trang đầu</a><a href="/sms">Hộp tin nhắn</a></nav></header>
<main id="main" class="wrap"><h1>Mã xác thực của cán bộ</h1>
<p><strong><output>{code}</output></strong></p>
<p>Còn hiệu lực {left} giây; trang tự tải lại khi có mã mới. Mỗi mã chỉ dùng được một lần cho một tài khoản.</p>
<p>Khóa cho ứng dụng xác thực: <code>{TOTP_BASE32}</code></p></main></body></html>"#
    );
    let policy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    (
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CONTENT_SECURITY_POLICY, policy),
            (header::CACHE_CONTROL, "no-store"),
        ],
        html,
    )
}

async fn text() -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], current(&Clock::system()).0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_for_apps_is_the_secret_of_the_rows() {
        let bits: String = TOTP_BASE32
            .chars()
            .map(|c| format!("{:05b}", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap()))
            .collect();
        let bytes: Vec<u8> = bits
            .as_bytes()
            .chunks(8)
            .map(|b| u8::from_str_radix(std::str::from_utf8(b).unwrap(), 2).unwrap())
            .collect();
        assert_eq!(bytes, TOTP);
    }

    #[test]
    fn the_code_has_six_digits_and_changes_every_thirty_seconds() {
        let clock = Clock::fixed(1_774_833_300_000);
        let (code, left) = current(&clock);
        assert!(code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()), "{code}");
        clock.advance(left * SECOND);
        assert_ne!(current(&clock).0, code);
    }
}
