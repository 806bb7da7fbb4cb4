//! Staff sign in over another's provider (A16, A17), as a browser without JavaScript does it, over real HTTP to a provider that says what the
//! test wants: what they link themselves, what they are still asked for, and what strangers and other people's journeys come to.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use base::ids::Uuid;
use domain::{
    accounts::Assurance,
    rights::{Officer, Role},
    staff::Staff,
    testing,
};
use serde_json::{Value, json};
use store::{Sql, Tx, testing::each_engine};
use support::{
    Site, anybody,
    browser::Browser,
    elsewhere::{Elsewhere, query},
};

const DOOR: &str = "/can-bo/dang-nhap";
const START: &str = "/can-bo/dang-nhap/lien-thong/vneid";
const SECURITY: &str = "/can-bo/bao-mat";
const LINK: &str = "/can-bo/bao-mat/lien-ket/vneid";
const REMOVE: &str = "/can-bo/bao-mat/lien-ket/vneid/huy";

fn person() -> Value {
    json!({ "SoDinhDanh": "044189001234", "HoVaTen": "Nguyễn Thị Ví Dụ" })
}

/// A province whose staff may come over the provider, and the provider, on both engines.
async fn each(test: impl AsyncFn(&Site, &Elsewhere)) {
    with(true, None, test).await;
}

async fn with(staff: bool, two_factor: Option<Assurance>, test: impl AsyncFn(&Site, &Elsewhere)) {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let provider = |core: &_| vec![web::Provider { staff, two_factor, ..there.provider(core, "vneid") }];
        let site = Site::among(db, web::HttpSettings::default(), provider).await;
        test(&site, &there).await;
    })
    .await;
}

/// A member of staff at work.
struct Member<'a> {
    officer: Officer,
    browser: Browser<'a>,
    /// For the page that asks for the second factor; each is good once.
    codes: Vec<String>,
}

impl Site {
    async fn set(&self, account: Uuid, text: &'static str) {
        let now = self.core.now();
        let done =
            self.core.store.write(move |tx: Tx| async move { Sql::new(text).bind(now).bind(account).exec(&tx).await });
        assert_eq!(done.await.unwrap(), 1);
    }

    /// With a second factor, signed in with it a moment ago.
    async fn member(&self, name: &str) -> Member<'_> {
        let officer = testing::officer(&self.core, name, "18880", Role::UnitLeader).await;
        self.set(officer.account, "UPDATE account SET totp_confirmed_at = $1 WHERE id = $2").await;
        let mut browser = Browser::new(self);
        self.sits_down(&officer, &mut browser, "password+totp").await;
        let token = browser.cookie("phien-cb").unwrap().clone();
        let signed = self.accounts.session(&token).await.unwrap().unwrap();
        let codes = self.accounts.renew_backup_codes(&signed).await.unwrap();
        Member { officer, browser, codes: codes.iter().map(|code| code.expose().to_owned()).collect() }
    }

    async fn sits_down(&self, officer: &Officer, browser: &mut Browser<'_>, method: &'static str) {
        browser.get("/").await; // the browser's own mark comes with the first journey
        let person = self.sign_in(officer.account, "phien-cb", method).await;
        let (name, token) = person.cookie.split_once('=').unwrap();
        browser.cookies.insert(name.into(), token.into());
        browser.get(SECURITY).await;
    }

    async fn count(&self, sql: &str) -> i64 {
        Sql::new(sql).scalar(self.core.store.read()).await.unwrap().unwrap()
    }
}

impl Browser<'_> {
    fn is_at_work(&self) -> bool {
        self.cookie("phien-cb").is_some()
    }

    /// From the door to the provider; the address it was sent to.
    async fn departs_as_staff(&mut self, next: &str) -> String {
        self.get(DOOR).await;
        self.post(START, &[("next", next)]).await.leads_to()
    }

    /// There and back; the answer to coming back.
    async fn arrives_as_staff(&mut self, there: &Elsewhere, sub: &str, acr: &str) -> support::Answer {
        let departure = self.departs_as_staff("/can-bo/phan-anh").await;
        self.get(&there.agrees(&departure, sub, acr, person())).await
    }

    /// Asks to be linked; the address it comes back to.
    async fn asks_to_link(&mut self, there: &Elsewhere, sub: &str) -> String {
        self.get(SECURITY).await;
        let departure = self.post(LINK, &[]).await.leads_to();
        assert!(departure.starts_with(there.issuer()), "{departure}");
        there.agrees(&departure, sub, "LoA2", person())
    }

    async fn links_as_staff(&mut self, there: &Elsewhere, sub: &str) {
        let back = self.asks_to_link(there, sub).await;
        assert_eq!(self.get(&back).await.leads_to(), SECURITY);
    }
}

#[tokio::test]
async fn a16_who_linked_it_signs_in_over_the_provider_and_is_asked_for_the_second_factor() {
    each(async |site, there| {
        let mut stranger = Browser::new(site);
        let door = stranger.page(DOOR).await;
        assert!(door.contains("Đăng nhập bằng VNeID thử") && door.contains("Chỉ dùng được khi"), "{door}");
        let unknown = stranger.arrives_as_staff(there, "s-1", "LoA3").await;
        assert_eq!(unknown.status, StatusCode::FORBIDDEN);
        let page = unknown.checked();
        for words in ["chưa được liên kết với tài khoản cán bộ nào", "tên đăng nhập và mật khẩu", "người quản trị"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!stranger.is_at_work() && !stranger.is_signed_in());
        assert_eq!(site.count("SELECT count(*) FROM account").await, 0, "nobody is made by it");

        let mut member = site.member("Bà Lan").await;
        let page = member.browser.page(SECURITY).await;
        assert!(page.contains("Liên kết tài khoản VNeID thử"), "{page}");
        let departure = member.browser.post(LINK, &[]).await.leads_to();
        let asked = query(&departure);
        assert_eq!(
            (asked["prompt"].as_str(), asked["max_age"].as_str()),
            ("login", "300"),
            "whoever is signed in there"
        );
        member.browser.links_as_staff(there, "s-1").await;
        let page = member.browser.page(SECURITY).await;
        assert!(
            page.contains("Liên kết lúc") && page.contains("Hủy liên kết") && !page.contains(&format!("\"{LINK}\""))
        );
        assert!(member.browser.page("/can-bo/thong-bao").await.contains("vừa được liên kết"));

        let mut b = Browser::new(site);
        let departure = b.departs_as_staff("/can-bo/phan-anh").await;
        assert_eq!(query(&departure)["prompt"], "login", "a desk is shared");
        let back = there.agrees(&departure, "s-1", "LoA2", person());
        assert_eq!(b.get(&back).await.leads_to(), "/can-bo/dang-nhap/ma?next=/can-bo/phan-anh");
        assert!(!b.is_at_work(), "the first step alone is nothing");
        assert_eq!(b.get(&back).await.status, StatusCode::BAD_REQUEST, "once");
        b.get("/can-bo/dang-nhap/ma").await;
        let wrong = b.post("/can-bo/dang-nhap/ma", &[("code", "000000")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let code = member.codes.pop().unwrap();
        let done = b.post("/can-bo/dang-nhap/ma", &[("code", &code), ("next", "/can-bo/phan-anh")]).await;
        assert_eq!(done.leads_to(), "/can-bo/phan-anh");
        assert!(b.is_at_work() && !b.is_signed_in());
        let own = b.page("/can-bo/toi").await;
        assert!(own.contains("Vào bằng: VNeID thử, ") && own.contains("mã dự phòng"), "{own}");
        let audited =
            "SELECT count(*) FROM audit WHERE act = 'staff-sign-in-elsewhere' AND data LIKE '%verified%vneid%'";
        assert_eq!(site.count(audited).await, 1);
        assert_eq!(site.count("SELECT count(*) FROM audit WHERE data LIKE '%044189%' OR data LIKE '%s-1%'").await, 0);
        // Where one goes afterwards is a page of the console.
        let mut again = Browser::new(site);
        let departure = again.departs_as_staff("//evil.example/can-bo").await;
        let back = there.agrees(&departure, "s-1", "LoA2", person());
        assert_eq!(again.get(&back).await.leads_to(), "/can-bo/dang-nhap/ma?next=/can-bo");
    })
    .await;
}

#[tokio::test]
async fn a16_from_the_level_that_the_province_names_the_providers_two_factors_are_enough() {
    with(true, Some(Assurance::High), async |site, there| {
        let mut member = site.member("Bà Lan").await;
        member.browser.links_as_staff(there, "s-1").await;
        let mut b = Browser::new(site);
        assert!(b.arrives_as_staff(there, "s-1", "LoA2").await.leads_to().starts_with("/can-bo/dang-nhap/ma"));
        assert_eq!(b.arrives_as_staff(there, "s-1", "LoA3").await.leads_to(), "/can-bo/phan-anh");
        assert!(b.page("/can-bo/toi").await.contains("hai bước xác thực ở nơi cấp"));
    })
    .await;
}

#[tokio::test]
async fn a16_where_the_operator_does_not_allow_it_there_is_no_such_door() {
    with(false, None, async |site, _| {
        let mut member = site.member("Bà Lan").await;
        let page = member.browser.page(SECURITY).await;
        assert!(!page.contains("lien-ket"), "{page}");
        for path in [START, LINK] {
            member.browser.get(SECURITY).await;
            assert_eq!(member.browser.post(path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert!(!Browser::new(site).page(DOOR).await.contains("lien-thong"));
    })
    .await;
}

#[tokio::test]
async fn a16_nobody_is_signed_in_or_linked_by_what_another_browser_or_person_began() {
    each(async |site, there| {
        let mut lan = site.member("Bà Lan").await;
        let mut nam = site.member("Ông Nam").await;
        lan.browser.links_as_staff(there, "s-1").await;
        // Login CSRF: the attacker's way, finished in the victim's browser.
        let mut attacker = Browser::new(site);
        let departure = attacker.departs_as_staff("/can-bo").await;
        let back = there.agrees(&departure, "s-1", "LoA2", person());
        let mut victim = Browser::new(site);
        victim.get(DOOR).await;
        let refused = victim.get(&back).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.checked().contains("href=\"/can-bo/dang-nhap\""), "the way back to the desk");
        assert!(victim.cookie("buoc-cb").is_none());
        assert!(attacker.get(&back).await.leads_to().starts_with("/can-bo/dang-nhap/ma"), "still the attacker's own");

        // A link begun by one officer and finished as another who sat down at the same browser.
        let back = lan.browser.asks_to_link(there, "s-2").await;
        let mark = lan.browser.cookie("may").unwrap().clone();
        nam.browser.cookies.insert(site.web.cookie_name("may"), mark.clone());
        let mixed = nam.browser.get(&back).await;
        assert_eq!(mixed.status, StatusCode::BAD_REQUEST);
        assert!(mixed.checked().contains("do người khác bắt đầu"));
        // Or when nobody sits there any more, or only a citizen does.
        let back = nam.browser.asks_to_link(there, "s-2").await;
        let mut left = Browser::new(site);
        left.cookies.insert(site.web.cookie_name("may"), mark);
        assert_eq!(left.get(&back).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(site.count("SELECT count(*) FROM staff_link").await, 1, "only the first one's own");

        // What one has, another cannot have; and one has one.
        let back = nam.browser.asks_to_link(there, "s-1").await;
        let taken = nam.browser.get(&back).await;
        assert_eq!(taken.status, StatusCode::CONFLICT);
        assert!(taken.checked().contains("đã liên kết với một cán bộ khác"));
        // A form of another site, or without the page's token, begins nothing.
        let mut forged = nam.browser.clone();
        forged.csrf = "sai".into();
        for path in [LINK, REMOVE] {
            assert_eq!(forged.post(path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a16_citizens_and_staff_never_mix() {
    each(async |site, there| {
        let mut citizen = Browser::new(site);
        citizen.register("0914 402 045").await;
        let departure = citizen.post("/tai-khoan/lien-ket/vneid", &[]).await.leads_to();
        let back = there.agrees(&departure, "s-1", "LoA2", person());
        assert_eq!(citizen.get(&back).await.leads_to(), "/tai-khoan/lien-ket");
        // The citizen's account elsewhere opens no desk, also in the browser where the citizen is signed in.
        for browser in [&mut Browser::new(site), &mut citizen] {
            assert_eq!(browser.arrives_as_staff(there, "s-1", "LoA3").await.status, StatusCode::FORBIDDEN);
            assert!(!browser.is_at_work());
        }
        let mut member = site.member("Bà Lan").await;
        member.browser.links_as_staff(there, "s-1").await;
        // The same account elsewhere, two doors.
        let mut b = Browser::new(site);
        b.get("/dang-nhap").await;
        let departure = b.post("/dang-nhap/lien-thong/vneid", &[]).await.leads_to();
        let back = there.agrees(&departure, "s-1", "LoA2", person());
        assert_eq!(b.get(&back).await.leads_to(), "/");
        assert!(b.is_signed_in() && !b.is_at_work() && b.cookie("buoc-cb").is_none());
        assert!(b.page("/tai-khoan").await.contains("Trần Thị Thử"));
        // And a member's account opens no citizen's: for the first time there, one is asked for a phone.
        member.browser.get(SECURITY).await;
        member.browser.post(REMOVE, &[]).await.leads_to();
        member.browser.links_as_staff(there, "s-3").await;
        let mut c = Browser::new(site);
        c.get("/dang-nhap").await;
        let departure = c.post("/dang-nhap/lien-thong/vneid", &[]).await.leads_to();
        let mut other = person();
        other["SoDinhDanh"] = "044189009999".into();
        let back = there.agrees(&departure, "s-3", "LoA2", other);
        assert_eq!(c.get(&back).await.leads_to(), "/lan-dau");
        assert!(!c.is_at_work());
    })
    .await;
}

#[tokio::test]
async fn a16_signing_out_there_ends_the_session_at_the_desk_and_the_sign_in_that_waits() {
    each(async |site, there| {
        let mut member = site.member("Bà Lan").await;
        member.browser.links_as_staff(there, "s-1").await;
        let mut b = Browser::new(site);
        b.arrives_as_staff(there, "s-1", "LoA2").await.leads_to();
        let code = ("code", member.codes.pop().unwrap());
        b.post("/can-bo/dang-nhap/ma", &[(code.0, &code.1)]).await.leads_to();
        assert_eq!(b.get("/can-bo/toi").await.status, StatusCode::OK);
        let mut waits = Browser::new(site);
        waits.arrives_as_staff(there, "s-1", "LoA2").await.leads_to();

        let tell = async |token: &str| {
            let path = "/dang-nhap/lien-thong/vneid/dang-xuat";
            site.post(&anybody(), path, &[("logout_token", token)]).await.status
        };
        assert_eq!(tell("a.b.c").await, StatusCode::BAD_REQUEST);
        assert_eq!(b.get("/can-bo/toi").await.status, StatusCode::OK);
        assert_eq!(tell(&there.logout_token("s-1", "j-1")).await, StatusCode::OK);
        assert!(b.get("/can-bo/toi").await.leads_to().starts_with(DOOR));
        let code = member.codes.pop().unwrap();
        let over = waits.post("/can-bo/dang-nhap/ma", &[("code", &code)]).await;
        assert!(over.leads_to().starts_with("/can-bo/dang-nhap?"), "begin again");
        assert!(!waits.is_at_work());
        assert_eq!(member.browser.get("/can-bo/toi").await.status, StatusCode::OK, "what began here goes on");
    })
    .await;
}

#[tokio::test]
async fn a16_who_signs_out_at_the_desk_may_sign_out_there_as_well() {
    with(true, Some(Assurance::Verified), async |site, there| {
        let mut member = site.member("Bà Lan").await;
        assert!(!member.browser.page("/can-bo/dang-xuat").await.contains("noi-cap"), "it did not begin there");
        member.browser.links_as_staff(there, "s-1").await;
        let mut b = Browser::new(site);
        b.arrives_as_staff(there, "s-1", "LoA2").await.leads_to();
        assert!(b.page("/can-bo/dang-xuat").await.contains("Đăng xuất cả VNeID thử"));
        let address = b.post("/can-bo/dang-xuat", &[("noi-cap", "vneid")]).await.leads_to();
        assert!(address.starts_with(&format!("{}/logout?", there.issuer())), "{address}");
        assert!(!b.is_at_work());
    })
    .await;
}

#[tokio::test]
async fn a17_linking_and_unlinking_need_a_proof_of_this_moment() {
    each(async |site, there| {
        let mut member = site.member("Bà Lan").await;
        site.core.clock.advance(11 * 60_000);
        let b = &mut member.browser;
        b.get(SECURITY).await;
        assert_eq!(b.post(LINK, &[]).await.leads_to(), "/can-bo/xac-nhan?next=/can-bo/bao-mat");
        let prove = async |b: &mut Browser<'_>, code: String| {
            b.get("/can-bo/xac-nhan").await;
            let proved = b.post("/can-bo/xac-nhan", &[("code", &code), ("next", SECURITY)]).await;
            assert_eq!(proved.leads_to(), SECURITY);
            b.get(SECURITY).await;
        };
        prove(b, member.codes.pop().unwrap()).await;
        b.links_as_staff(there, "s-1").await;
        site.core.clock.advance(11 * 60_000);
        b.get(SECURITY).await;
        assert_eq!(b.post(REMOVE, &[]).await.leads_to(), "/can-bo/xac-nhan?next=/can-bo/bao-mat");
        assert_eq!(site.count("SELECT count(*) FROM staff_link").await, 1);
        prove(b, member.codes.pop().unwrap()).await;
        assert_eq!(b.post(REMOVE, &[]).await.leads_to(), SECURITY);
        assert!(b.page(SECURITY).await.contains("Liên kết tài khoản VNeID thử"));
        assert_eq!(Browser::new(site).arrives_as_staff(there, "s-1", "LoA3").await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn a16_blocked_and_unfinished_staff_come_no_further_than_with_a_password() {
    each(async |site, there| {
        let mut member = site.member("Bà Lan").await;
        member.browser.links_as_staff(there, "s-1").await;
        let id = member.officer.account;
        // A first password was given: it is changed before anything else.
        site.set(id, "UPDATE account SET must_change_password = TRUE, updated_at = $1 WHERE id = $2").await;
        let mut b = Browser::new(site);
        b.arrives_as_staff(there, "s-1", "LoA2").await.leads_to();
        let code = member.codes.pop().unwrap();
        b.post("/can-bo/dang-nhap/ma", &[("code", &code)]).await.leads_to();
        assert!(b.get("/can-bo/phan-anh").await.leads_to().starts_with(SECURITY));
        assert!(!b.page(SECURITY).await.contains("lien-ket"), "nothing is linked before that");
        assert_eq!(b.post(LINK, &[]).await.leads_to(), SECURITY);
        // Without a factor one is led to set one up.
        let mut half = site.member("Ông Nam").await;
        half.browser.links_as_staff(there, "s-2").await;
        let none = "UPDATE account SET totp_confirmed_at = NULL, updated_at = $1 WHERE id = $2";
        site.set(half.officer.account, none).await;
        let mut c = Browser::new(site);
        assert_eq!(c.arrives_as_staff(there, "s-2", "LoA2").await.leads_to(), "/can-bo/phan-anh");
        assert!(c.get("/can-bo/phan-anh").await.leads_to().starts_with(SECURITY));
        assert!(c.page(SECURITY).await.contains("Hãy bật xác thực hai bước"));

        let operator = testing::officer(&site.core, "Điều Phối", "*", Role::ProvinceOperator).await;
        let staff = Staff::new(site.accounts.clone());
        staff.set_active(&operator, id, false, "Nghỉ việc").await.unwrap();
        let refused = Browser::new(site).arrives_as_staff(there, "s-1", "LoA3").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let page = refused.checked();
        assert!(page.contains("đang bị khóa") && !page.contains("Nghỉ việc"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a16_whatever_goes_wrong_on_the_way_is_said_at_the_desks_own_door() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        let back = "/dang-nhap/lien-thong/vneid/ve";
        let departure = b.departs_as_staff("/can-bo").await;
        let state = &query(&departure)["state"];
        let denied = b.get(&format!("{back}?error=access_denied&state={state}")).await.page();
        assert!(
            denied.contains("Ông/Bà đã dừng ở VNeID thử") && denied.contains("Đăng nhập bằng mật khẩu"),
            "{denied}"
        );
        let weak = b.arrives_as_staff(there, "s-1", "LoA1").await;
        assert_eq!(weak.status, StatusCode::BAD_REQUEST);
        assert!(weak.checked().contains("chưa được xác thực đủ mức"));
        there.goes_down(true);
        let away = b.arrives_as_staff(there, "s-1", "LoA2").await;
        assert_eq!(away.status, StatusCode::BAD_GATEWAY);
        assert!(away.checked().contains("đăng nhập bằng mật khẩu"));
        there.goes_down(false);
        // No number and no name are needed at this door: roles are local.
        let mut member = site.member("Bà Lan").await;
        member.browser.links_as_staff(there, "s-1").await;
        let departure = b.departs_as_staff("/can-bo").await;
        let silent = there.agrees(&departure, "s-1", "LoA2", json!({}));
        assert!(b.get(&silent).await.leads_to().starts_with("/can-bo/dang-nhap/ma"));
        assert!(!b.is_at_work() && !b.is_signed_in());
    })
    .await;
}
