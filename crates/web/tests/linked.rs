//! Coming in from another's provider (A2, A3, N9–N12), as a browser without JavaScript does it, over real HTTP to a provider that says
//! what the test wants. What strangers and bad luck make of it is here, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use serde_json::{Value, json};
use store::{Sql, testing::each_engine};
use support::{
    Site,
    browser::{Browser, PASSWORD},
    elsewhere::{Elsewhere, query},
};

const PHONE: &str = "0914 402 045";
const NUMBER: &str = "044189001234";
const START: &str = "/dang-nhap/lien-thong/vneid";

fn person() -> Value {
    json!({
        "SoDinhDanh": NUMBER, "HoVaTen": "Nguyễn Thị Ví Dụ", "NgayThangNamSinh": "1989-03-21", "GioiTinh": "Nữ",
        "SoDienThoai": PHONE,
    })
}

/// The person agreed there: the address their browser comes back to.
fn agreed(there: &Elsewhere, departure: &str) -> String {
    there.agrees(departure, "s-1", "LoA2", person())
}

/// Runs a test with a province and a provider on both engines.
async fn each(test: impl AsyncFn(&Site, &Elsewhere)) {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let site = Site::among(db, web::HttpSettings::default(), |core| vec![there.provider(core, "vneid")]).await;
        test(&site, &there).await;
    })
    .await;
}

impl Browser<'_> {
    /// To the provider; the address it was sent to.
    async fn departs(&mut self, fields: &[(&str, &str)]) -> String {
        self.get("/dang-nhap").await;
        self.post(START, fields).await.leads_to()
    }

    /// Asks there to be linked to the own account; the address it comes back to.
    async fn links(&mut self, there: &Elsewhere) -> String {
        agreed(there, &self.post("/tai-khoan/lien-ket/vneid", &[]).await.leads_to())
    }

    /// There and back; where it is led then.
    async fn comes(&mut self, there: &Elsewhere, sub: &str, next: &str) -> String {
        let departure = self.departs(&[("next", next)]).await;
        let back = there.agrees(&departure, sub, "LoA2", person());
        self.get(&back).await.leads_to()
    }

    /// For the first time, to the last page.
    async fn proves(&mut self, there: &Elsewhere, sub: &str) {
        let led = self.comes(there, sub, "/").await;
        assert_eq!(self.proves_phone(&led, PHONE, "/").await, "/lan-dau/thong-tin");
    }

    /// For the first time, to the end.
    async fn settles(&mut self, there: &Elsewhere, sub: &str) {
        self.proves(there, sub).await;
        let done = self.post("/lan-dau/thong-tin", &[("pick", "18880"), ("address", "Thôn 3")]).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong");
        self.site.core.clock.advance(60_000);
    }
}

async fn accounts(site: &Site) -> i64 {
    let sql = "SELECT count(*) FROM account WHERE kind = 'citizen' AND deleted_at IS NULL";
    Sql::new(sql).scalar(site.core.store.read()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a2_n9_a_person_comes_from_elsewhere_says_where_they_live_and_is_known_the_next_time() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        let door = b.get("/dang-nhap?next=/phan-anh/moi").await;
        let policy = door.header("content-security-policy").to_owned();
        assert!(policy.contains(&format!("form-action 'self' {};", there.issuer())), "{policy}");
        let page = door.page();
        assert!(page.contains("Đăng nhập bằng VNeID thử") && page.contains("Dùng tài khoản VNeID thử khác"), "{page}");
        assert!(page.contains("name=\"next\" value=\"/phan-anh/moi\""));

        let departure = b.departs(&[("next", "/phan-anh/moi")]).await;
        assert!(departure.starts_with(&format!("{}/authorize?", there.issuer())), "{departure}");
        let asked = query(&departure);
        assert_eq!((asked["code_challenge_method"].as_str(), asked["response_type"].as_str()), ("S256", "code"));
        assert!(asked["acr_values"].contains("LoA2") && !asked["acr_values"].contains("LoA1"), "{departure}");
        let back = agreed(there, &departure);
        assert_eq!(b.get(&back).await.leads_to(), "/lan-dau?next=/phan-anh/moi");

        let page = b.page("/lan-dau?next=/phan-anh/moi").await;
        for words in ["Nguyễn Thị Ví Dụ", "value=\"0914 402 045\"", "/dieu-khoan", "Đăng nhập để liên kết"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        let unticked = b.post("/lan-dau", &[("phone", PHONE)]).await;
        assert_eq!(unticked.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unticked.checked().contains("Nguyễn Thị Ví Dụ"));
        let next = ("next", "/phan-anh/moi");
        let asked = b.post("/lan-dau", &[("phone", PHONE), ("agreed", "1"), next]).await;
        assert_eq!(asked.leads_to(), "/lan-dau/ma?next=/phan-anh/moi");
        let code = site.code(PHONE).await;
        let wrong = support::browser::another(&code);
        assert_eq!(b.post("/lan-dau/ma", &[("code", &wrong), next]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        b.post("/lan-dau/ma", &[("code", &code), next]).await.leads_to();
        // Without a script the commune is looked for by a button.
        let found = b.post("/lan-dau/thong-tin", &[("commune_text", "dong thuan"), ("find", "1"), next]).await.page();
        assert!(found.contains("Phường Đồng Thuận") && !found.contains("error-summary"), "{found}");
        let missing = b.post("/lan-dau/thong-tin", &[("address", "Thôn 3"), next]).await;
        assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = b.post("/lan-dau/thong-tin", &[("pick", "18880"), ("address", "Thôn 3"), next]).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong?next=/phan-anh/moi");
        assert!(b.is_signed_in());
        let known = b.page("/tai-khoan/lien-ket").await;
        for words in ["044***234", "21/03/1989", "Nữ", "VNeID thử xác nhận lúc", "Đã liên kết"] {
            assert!(known.contains(words), "{words}: {known}");
        }
        assert!(!known.contains(NUMBER), "masked, to the owner too");
        assert!(b.page("/tai-khoan").await.contains("Tài khoản liên kết"));

        let mut other = Browser::new(site);
        assert_eq!(other.comes(there, "s-1", "/phan-anh/cua-toi").await, "/phan-anh/cua-toi");
        assert!(other.is_signed_in());
        assert_eq!(accounts(site).await, 1);
        assert!(other.page("/tai-khoan/thiet-bi").await.contains("tài khoản liên kết"));
    })
    .await;
}

#[tokio::test]
async fn a2_who_has_an_account_with_this_phone_signs_in_and_is_asked_once() {
    each(async |site, there| {
        let mut own = Browser::new(site);
        own.register(PHONE).await;
        let mut b = Browser::new(site);
        b.proves(there, "s-1").await;
        let known = b.page("/lan-dau/thong-tin").await;
        assert!(known.contains("Số này đã có tài khoản") && known.contains("0914***045"), "{known}");
        let sign_in = "/dang-nhap?next=/tai-khoan/lien-ket/xac-nhan";
        assert!(known.contains(sign_in), "{known}");
        // Forged past the page, still no second account.
        let forced = b.post("/lan-dau/thong-tin", &[("pick", "18880")]).await;
        assert!(forced.checked().contains("Số này đã có tài khoản"));

        b.get(sign_in).await;
        let next = ("next", "/tai-khoan/lien-ket/xac-nhan");
        let entered = b.post("/dang-nhap", &[("login", PHONE), ("password", PASSWORD), next]).await;
        assert_eq!(entered.leads_to(), "/tai-khoan/lien-ket/xac-nhan");
        let asked = b.page("/tai-khoan/lien-ket/xac-nhan").await;
        assert!(asked.contains("Nguyễn Thị Ví Dụ") && asked.contains("Trần Thị Thử, 0914***045"), "{asked}");
        assert_eq!(b.post("/tai-khoan/lien-ket/xac-nhan", &[("dong-y", "1")]).await.leads_to(), "/tai-khoan/lien-ket");
        let list = b.page("/tai-khoan/lien-ket").await;
        assert!(
            list.contains("Đã liên kết") && list.contains("Họ và tên trong tài khoản ở đây: Trần Thị Thử"),
            "{list}"
        );
        assert_eq!(b.get("/tai-khoan/lien-ket/xac-nhan").await.leads_to(), "/tai-khoan/lien-ket", "asked once");
        let mut again = Browser::new(site);
        assert_eq!(again.comes(there, "s-1", "/").await, "/");
        assert!(again.page("/tai-khoan").await.contains("Trần Thị Thử"));
        assert_eq!(accounts(site).await, 1);
    })
    .await;
}

#[tokio::test]
async fn n9_whatever_goes_wrong_is_said_with_what_to_do_now() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        assert_eq!(b.post("/dang-nhap/lien-thong/khac", &[]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(
            b.get(&format!("{START}/ve?code=c&state=x")).await.status,
            StatusCode::BAD_REQUEST,
            "no mark, no flow"
        );

        let departure = b.departs(&[]).await;
        let state = &query(&departure)["state"];
        let denied = b.get(&format!("{START}/ve?error=access_denied&state={state}")).await.page();
        assert!(denied.contains("đã dừng ở VNeID thử") && denied.contains("Đăng nhập bằng số điện thoại"), "{denied}");

        let departure = b.departs(&[]).await;
        let back = there.agrees(&departure, "s-1", "LoA1", person());
        assert!(b.get(&back).await.checked().contains("chưa được xác thực đủ mức"));
        for missing in ["SoDinhDanh", "HoVaTen"] {
            let departure = b.departs(&[]).await;
            let mut said = person();
            said[missing] = Value::Null;
            let back = there.agrees(&departure, "s-1", "LoA2", said);
            assert!(b.get(&back).await.checked().contains("chưa cho biết số định danh"), "{missing}");
        }
        let back = agreed(there, &b.departs(&[]).await);
        there.goes_down(true);
        let down = b.get(&back).await;
        assert_eq!(down.status, StatusCode::BAD_GATEWAY);
        assert!(down.checked().contains("đang không trả lời"));
        there.goes_down(false);
        assert!(b.get(&back).await.checked().contains("đã dùng rồi"), "a flow comes back once");
        assert!(!b.is_signed_in());
        assert_eq!(accounts(site).await, 0);
    })
    .await;
}

#[tokio::test]
async fn n9_nobody_is_signed_in_by_what_another_browser_began() {
    each(async |site, there| {
        // Login CSRF: the attacker's own way, finished in the victim's browser.
        let mut attacker = Browser::new(site);
        attacker.settles(there, "s-1").await;
        let mut attacker = Browser::new(site);
        let back = agreed(there, &attacker.departs(&[]).await);
        let mut victim = Browser::new(site);
        victim.get("/dang-nhap").await;
        assert_eq!(victim.get(&back).await.status, StatusCode::BAD_REQUEST);
        assert!(!victim.is_signed_in());
        // And it is still the attacker's own.
        assert_eq!(attacker.get(&back).await.leads_to(), "/");
        // Where to go afterwards is a path of ours.
        for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
            let mut b = Browser::new(site);
            assert_eq!(b.comes(there, "s-1", next).await, "/", "{next}");
        }
    })
    .await;
}

#[tokio::test]
async fn n12_one_links_the_own_account_with_a_fresh_proof_and_nobody_elses() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        b.register(PHONE).await;
        let list = b.page("/tai-khoan/lien-ket").await;
        assert!(list.contains("Chưa liên kết") && list.contains("Liên kết VNeID thử"), "{list}");
        let back = b.links(there).await;
        // Finished in the session of somebody else on the same phone: nothing is linked.
        let mut other = Browser::new(site);
        other.register("0914 402 046").await;
        let mut mixed = other.clone();
        mixed.cookies.insert("may-quang-tri".into(), b.cookie("may").unwrap().clone());
        assert_eq!(mixed.get(&back).await.status, StatusCode::BAD_REQUEST);
        let back = b.links(there).await;
        assert_eq!(b.get(&back).await.leads_to(), "/tai-khoan/lien-ket");
        assert!(b.page("/tai-khoan/lien-ket").await.contains("Đã liên kết"));
        // The other one cannot have it, too.
        let back = other.links(there).await;
        let refused = other.get(&back).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.checked().contains("đã liên kết với một tài khoản khác ở đây"));

        site.core.clock.advance(11 * 60_000);
        for path in ["/tai-khoan/lien-ket/vneid", "/tai-khoan/lien-ket/vneid/huy"] {
            b.get("/tai-khoan").await;
            let asked = b.post(path, &[]).await.leads_to();
            assert!(asked.starts_with("/xac-nhan?next="), "{path}: {asked}");
        }
        b.get("/xac-nhan").await;
        b.post("/xac-nhan", &[("password", PASSWORD)]).await.leads_to();
        b.get("/tai-khoan").await;
        assert_eq!(b.post("/tai-khoan/lien-ket/vneid/huy", &[]).await.leads_to(), "/tai-khoan/lien-ket");
        assert!(b.page("/tai-khoan/lien-ket").await.contains("Chưa liên kết"));
        // What was taken away does not open the account: its owner signs in and links it anew.
        let mut again = Browser::new(site);
        assert_eq!(again.comes(there, "s-1", "/").await, "/lan-dau");
        let page = again.page("/lan-dau").await;
        assert!(page.contains("Ông/Bà đã có tài khoản ở đây") && !page.contains("name=\"phone\""), "{page}");
        let forced = again.post("/lan-dau", &[("phone", "0914 402 047"), ("agreed", "1")]).await.page();
        assert!(forced.contains("Ông/Bà đã có tài khoản ở đây") && !again.is_signed_in(), "{forced}");
    })
    .await;
}

#[tokio::test]
async fn n9_signing_out_there_ends_the_session_here_and_a_forged_word_does_not() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        b.settles(there, "s-1").await;
        let mut second = Browser::new(site);
        assert_eq!(second.comes(there, "s-1", "/").await, "/");
        let tell = async |token: &str| {
            site.post(&support::anybody(), &format!("{START}/dang-xuat"), &[("logout_token", token)]).await.status
        };
        let stranger = Elsewhere::start().await;
        stranger.provider(&site.core, "vneid");
        for forged in ["", "a.b.c", &stranger.logout_token("s-1", "j-0")] {
            assert_eq!(tell(forged).await, StatusCode::BAD_REQUEST, "{forged}");
        }
        assert!(b.page("/tai-khoan").await.contains("Nguyễn Thị Ví Dụ"));
        assert_eq!(tell(&there.logout_token("s-1", "j-1")).await, StatusCode::OK);
        for browser in [&mut b, &mut second] {
            assert!(browser.page("/tai-khoan").await.contains("Đăng nhập"), "both began there");
        }
        assert_eq!(tell(&there.logout_token("s-1", "j-1")).await, StatusCode::OK, "told again is no error");
    })
    .await;
}

#[tokio::test]
async fn n9_who_proved_themselves_again_is_signed_out_by_the_session_of_that_proof() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        b.settles(there, "s-1").await;
        there.opens_another("-2");
        let prove = "/xac-nhan/lien-thong/vneid?next=/tai-khoan/mat-khau";
        let back = agreed(there, &b.get(prove).await.leads_to());
        assert_eq!(b.get(&back).await.leads_to(), "/tai-khoan/mat-khau");
        let tell = async |sub: &str, jti: &str| {
            let token = there.logout_token(sub, jti);
            site.post(&support::anybody(), &format!("{START}/dang-xuat"), &[("logout_token", &token)]).await.status
        };
        assert_eq!(tell("s-1", "j-1").await, StatusCode::OK);
        assert!(b.page("/tai-khoan").await.contains("Nguyễn Thị Ví Dụ"), "the older session there is nobody's");
        assert_eq!(tell("s-1-2", "j-2").await, StatusCode::OK);
        assert!(b.page("/tai-khoan").await.contains("Đăng nhập"));
    })
    .await;
}

#[tokio::test]
async fn n9_who_signs_out_may_sign_out_there_as_well() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        b.settles(there, "s-1").await;
        let page = b.page("/dang-xuat").await;
        assert!(page.contains("Đăng xuất cả VNeID thử"), "{page}");
        let address = b.post("/dang-xuat", &[("noi-cap", "vneid")]).await.leads_to();
        assert!(address.starts_with(&format!("{}/logout?", there.issuer())), "{address}");
        let asked = query(&address);
        assert!(asked["id_token_hint"].matches('.').count() == 2 && !asked["state"].is_empty(), "{address}");
        assert!(!b.is_signed_in());
        let back = b.get(&format!("/dang-xuat/xong?state={}", asked["state"])).await;
        assert!(back.headers.get_all("set-cookie").iter().any(|c| c.to_str().unwrap().contains("signed-out-there")));
        let forged = b.get("/dang-xuat/xong?state=x").await;
        assert!(!forged.headers.contains_key("set-cookie"), "nobody else says so");
        // Who came in by phone is not asked.
        let mut other = Browser::new(site);
        other.register("0914 402 046").await;
        assert!(!other.page("/dang-xuat").await.contains("noi-cap"));
        assert_eq!(other.post("/dang-xuat", &[("noi-cap", "vneid")]).await.leads_to(), "/tai-khoan");
    })
    .await;
}

#[tokio::test]
async fn a17_who_has_no_password_proves_themselves_where_they_came_from_and_can_choose_one() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        b.settles(there, "s-1").await;
        site.core.clock.advance(11 * 60_000);
        let asked = b.get("/tai-khoan/mat-khau").await.leads_to();
        assert_eq!(asked, "/xac-nhan?next=/tai-khoan/mat-khau");
        let page = b.page(&asked).await;
        assert!(page.contains("Xác nhận bằng VNeID thử") && !page.contains("type=\"password\""), "{page}");
        let prove = "/xac-nhan/lien-thong/vneid?next=/tai-khoan/mat-khau";
        assert!(page.contains(prove), "{page}");
        // Somebody else's account there proves nothing.
        let departure = b.get(prove).await.leads_to();
        let sent = query(&departure);
        assert_eq!((sent["prompt"].as_str(), sent["max_age"].as_str()), ("login", "300"));
        let mut other = person();
        other["SoDinhDanh"] = "044189009999".into();
        let back = there.agrees(&departure, "s-2", "LoA2", other);
        assert_eq!(b.get(&back).await.status, StatusCode::CONFLICT);
        assert_eq!(b.get("/tai-khoan/mat-khau").await.leads_to(), asked, "still to be proven");
        let back = agreed(there, &b.get(prove).await.leads_to());
        assert_eq!(b.get(&back).await.leads_to(), "/tai-khoan/mat-khau");
        let page = b.page("/tai-khoan/mat-khau").await;
        assert!(page.contains("Đặt mật khẩu") && !page.contains("name=\"current\""), "{page}");
        assert_eq!(b.post("/tai-khoan/mat-khau", &[("password", PASSWORD)]).await.leads_to(), "/tai-khoan/bao-mat");
        assert!(b.page("/tai-khoan/mat-khau").await.contains("name=\"current\""), "from now on it is asked");
        let mut again = Browser::new(site);
        again.sign_in(PHONE, PASSWORD).await.leads_to();
        assert!(again.is_signed_in());
    })
    .await;
}
