//! The national portal's door for digital signatures (N1, N4, N5): the text is given out, signed by openssl in the place of a token, and
//! handed in; whoever signed is known or registers at IAL3.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

#[path = "../../signing/tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with the crate `signing`'s own tests")]
mod authority;
mod support;

use authority::{Card, Net, P256, RSA, SIGNING, World};
use axum::http::StatusCode;
use base::{
    clock::{Clock, HOUR, MINUTE},
    personal_number::PersonalNumber,
};
use signing::remote::{Away, Credential, Progress, Remote, Request};
use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use store::{Sql, testing::each_engine};
use support::{Answer, Site, browser::Browser, portal::Known};

const PHONE: &str = "0914 402 045";
const NUMBER: &str = "000189000003";
const PASSWORD: &str = "Bốn-con-trâu-9";

/// A portal that believes one authority.
async fn each(test: impl AsyncFn(&Site, &World)) {
    each_with(async |site, world, _| test(site, world).await).await;
}

/// The same with somebody's phone that signs far away.
async fn each_with(test: impl AsyncFn(&Site, &World, &Phone)) {
    each_engine(async |db| {
        let world = World::new();
        let phone = Arc::new(Phone::of(&world, world.middle.person("phone", P256)));
        let site = Site::national_believing(
            db,
            Clock::fixed(world.now),
            Arc::new(Known::default()),
            authority::verifier(
                &world.root,
                world.places.clone(),
                vec!["http://crl.example.vn".into(), "http://ocsp.example.vn".into()],
            ),
            Some(phone.clone()),
        )
        .await;
        test(&site, &world, &phone).await;
    })
    .await;
}

/// A phone with a key in it.
struct Phone {
    folder: PathBuf,
    key: PathBuf,
    chain: Vec<Vec<u8>>,
    says: Mutex<Progress>,
    /// What was asked last: the words, the digest.
    asked: Mutex<(String, Vec<u8>)>,
    is_away: AtomicBool,
}

impl Phone {
    fn of(world: &World, card: Card) -> Self {
        let chain =
            [card.certificate(), world.middle.at.join("cert.pem")].map(|file| authority::read(file).der).to_vec();
        Self {
            folder: world.folder.path().to_owned(),
            key: card.key(),
            chain,
            says: Mutex::new(Progress::Waiting),
            asked: Mutex::default(),
            is_away: AtomicBool::new(false),
        }
    }

    fn says(&self, what: Progress) {
        *self.says.lock().unwrap() = what;
    }

    /// The person says yes: the key signs the digest.
    fn agrees(&self) {
        std::fs::write(self.folder.join("digest"), &self.asked.lock().unwrap().1).unwrap();
        let signed = authority::openssl(&self.folder, "pkeyutl -sign -in digest -inkey", &[self.key.to_str().unwrap()]);
        self.says(Progress::Signed(signed));
    }
}

#[async_trait::async_trait]
impl Remote for Phone {
    async fn credentials(&self, number: &PersonalNumber, _: &str) -> Result<Vec<Credential>, Away> {
        if self.is_away.load(Ordering::Relaxed) {
            return Err(Away);
        }
        let credential = Credential { serial: "1".into(), chain: self.chain.clone() };
        // It is also asked for a number that is not its owner's.
        Ok(if number.expose().starts_with("000") { vec![credential] } else { Vec::new() })
    }

    async fn ask(&self, request: &Request<'_>) -> Result<String, Away> {
        *self.asked.lock().unwrap() = (request.words.to_owned(), request.digest.to_vec());
        Ok("ma-1".into())
    }

    async fn progress(&self, _: &str) -> Result<Progress, Away> {
        if self.is_away.load(Ordering::Relaxed) { Err(Away) } else { Ok(self.says.lock().unwrap().clone()) }
    }
}

impl Browser<'_> {
    /// The text that this browser is given.
    async fn text(&mut self, path: &str) -> Vec<u8> {
        self.get(path).await;
        assert_eq!(self.post(path, &[]).await.leads_to(), path);
        let file = self.get(&format!("{path}/tep")).await;
        assert_eq!(file.status, StatusCode::OK);
        assert!(file.header("content-disposition").starts_with("attachment; filename=\"ky-so-"));
        file.bytes.to_vec()
    }

    async fn hands_in(&mut self, path: &str, file: &[u8]) -> Answer {
        self.upload(&format!("{path}/ky"), &[("file", "ky-so.p7s", file)]).await
    }

    /// The whole way of who has no account.
    async fn registers_with(&mut self, world: &World, card: &Card) {
        let text = self.text("/dang-ky/usb").await;
        let led = self.hands_in("/dang-ky/usb", &world.sign(card, &text, "")).await.leads_to();
        assert_eq!(led, "/dang-ky/chu-ky-so");
        let page = self.page(&led).await;
        assert!(page.contains("Nguyễn Thị Ví Dụ") && page.contains("000***003") && !page.contains(NUMBER), "{page}");
        assert_eq!(self.post(&led, &[("phone", PHONE), ("agreed", "1")]).await.leads_to(), "/dang-ky/chu-ky-so/ma");
        let code = self.site.code(PHONE).await;
        let led = self.post("/dang-ky/chu-ky-so/ma", &[("code", &code)]).await.leads_to();
        let differ = self.post(&led, &[("password", PASSWORD), ("again", "khác")]).await;
        assert!(differ.checked().contains("Hai mật khẩu chưa giống nhau"));
        let done = self.post(&led, &[("password", PASSWORD), ("again", PASSWORD)]).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong");
        self.site.core.clock.advance(MINUTE);
    }
}

async fn one(site: &Site, sql: &str) -> Option<String> {
    Sql::new(sql).scalar(site.core.store.read()).await.unwrap()
}

#[tokio::test]
async fn n4_who_signs_and_has_no_account_registers_at_the_highest_level_and_comes_back_with_the_token() {
    each(async |site, world| {
        let card = world.middle.person("an", P256);
        let mut b = Browser::new(site);
        let ways = b.page("/dang-ky").await;
        assert!(ways.contains("IAL3") && ways.contains("Đăng ký bằng USB ký số"), "{ways}");
        b.registers_with(world, &card).await;
        let page = b.page("/tai-khoan/dinh-danh").await;
        for words in ["Nguyễn Thị Ví Dụ", "000***003", "Chứng thư số của Ông/Bà xác nhận lúc"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert_eq!(one(site, "SELECT assurance FROM account").await.as_deref(), Some("high"));
        assert_eq!(one(site, "SELECT phone FROM account").await.as_deref(), Some("+84914402045"));

        // Another browser, the same token: signed in at once, and led to where it wanted to go.
        let mut other = Browser::new(site);
        let page = other.page("/dang-nhap/usb?next=/tai-khoan/dinh-danh").await;
        assert!(page.contains("aria-current=\"page\">USB ký số") && page.contains("CMT/CCCD"), "{page}");
        let text = other.text("/dang-nhap/usb").await;
        let file = world.sign(&card, &text, "-noattr");
        assert_eq!(other.hands_in("/dang-nhap/usb", &file).await.leads_to(), "/");
        assert!(other.is_signed_in());
        let how = one(site, "SELECT method FROM session ORDER BY created_at DESC, id DESC LIMIT 1").await;
        assert_eq!(how.as_deref(), Some("signature"));
        let devices = other.page("/tai-khoan/thiet-bi").await;
        assert!(devices.contains("chữ ký số"), "{devices}");
        // And by number and password, which were set on the way: one person, one account.
        let accounts: Option<i64> =
            Sql::new("SELECT count(*) FROM account").scalar(site.core.store.read()).await.unwrap();
        assert_eq!(accounts, Some(1));
        let mut third = Browser::new(site);
        third.get("/dang-nhap/so").await;
        let led = third.post("/dang-nhap/so", &[("number", NUMBER), ("password", PASSWORD)]).await.leads_to();
        assert_eq!(led, "/dang-nhap/so/ma");
    })
    .await;
}

/// The number that the operator confirms to whoever has `PHONE` and knows what is printed on the card.
const MATCHED: &str = "044189001234";

#[tokio::test]
async fn n4_a7_who_signs_reads_that_another_account_holds_the_number_and_says_by_the_phone_whether_it_is_theirs() {
    each(async |site, world| {
        let subject = format!("/UID=CCCD:{MATCHED}/CN=NGUYỄN THỊ VÍ DỤ");
        let card = world.middle.issue("binh", &subject, &world.middle.personal(), P256);
        let mut stranger = Browser::new(site);
        stranger.registers().await;
        assert!(stranger.is_signed_in());

        let mut b = Browser::new(site);
        for path in ["/dang-nhap/usb", "/dang-ky/usb"] {
            let text = b.text(path).await;
            let led = b.hands_in(path, &world.sign(&card, &text, "")).await.leads_to();
            assert_eq!(led, "/dang-ky/chu-ky-so", "it opens nothing");
            let page = b.page(&led).await;
            for words in [
                "Một tài khoản ở đây đang giữ số định danh",
                "Điện thoại của tài khoản đó: 0914***045",
                "nhập đúng số điện thoại ấy để dùng tiếp",
                "Số định danh sẽ chuyển sang tài khoản mới",
            ] {
                assert!(page.contains(words), "{words}: {page}");
            }
            assert!(!page.contains("Chưa có tài khoản nào"), "{page}");
            for clear in [MATCHED, PHONE, "914402045", "0914402045", "402"] {
                assert!(!page.contains(clear), "{clear}: {page}");
            }
        }
        assert!(!b.is_signed_in() && stranger.is_signed_in());
        // A phone that nobody has and the account's own lead to the same page.
        let typed = async |b: &mut Browser<'_>, phone: &str| {
            b.get("/dang-ky/chu-ky-so").await;
            assert_eq!(
                b.post("/dang-ky/chu-ky-so", &[("phone", phone), ("agreed", "1")]).await.leads_to(),
                "/dang-ky/chu-ky-so/ma"
            );
            b.page("/dang-ky/chu-ky-so/ma").await.replace(&b.csrf, "")
        };
        let unknown = typed(&mut b.clone(), "0914 402 145").await.replace("0914***145", "");
        let own = typed(&mut b, PHONE).await.replace("0914***045", "");
        assert_eq!(unknown, own);
        let code = site.code(PHONE).await;
        let led = b.post("/dang-ky/chu-ky-so/ma", &[("code", &code)]).await.leads_to();
        assert!(stranger.get("/tai-khoan").await.status == StatusCode::OK, "not before the end");
        let asked = b.page(&led).await;
        for words in ["Số điện thoại này đã có tài khoản", "mật khẩu cũ", "Dùng tiếp tài khoản này"]
        {
            assert!(asked.contains(words), "what it ends is read before it ends, {words}: {asked}");
        }
        let differ = b.post(&led, &[("password", "Năm-con-cò-8"), ("again", "khác")]).await;
        assert!(differ.text().contains("Số điện thoại này đã có tài khoản"), "said again beside the fault");
        let done = b.post(&led, &[("password", "Năm-con-cò-8"), ("again", "Năm-con-cò-8")]).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong");
        assert!(stranger.get("/tai-khoan").await.leads_to().starts_with("/dang-nhap"), "out at once");
        assert_eq!(one(site, "SELECT assurance FROM account").await.as_deref(), Some("high"));
        assert!(b.page("/thong-bao").await.contains("vừa dùng tiếp tài khoản này bằng chữ ký số"));
        assert!(b.page("/tai-khoan/hoat-dong").await.contains("dùng tiếp tài khoản bằng chữ ký số"));
        site.core.clock.advance(MINUTE);
        let mut old = Browser::new(site);
        old.get("/dang-nhap/so").await;
        let said = old.post("/dang-nhap/so", &[("number", MATCHED), ("password", PASSWORD)]).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "the password of before");
        // And from now on the signature opens it.
        let mut again = Browser::new(site);
        let text = again.text("/dang-nhap/usb").await;
        assert_eq!(again.hands_in("/dang-nhap/usb", &world.sign(&card, &text, "")).await.leads_to(), "/");
        assert!(again.is_signed_in());
    })
    .await;
}

#[tokio::test]
async fn n4_a_text_serves_one_browser_once_for_ten_minutes_and_five_tries() {
    each(async |site, world| {
        let card = world.middle.person("an", P256);
        Browser::new(site).registers_with(world, &card).await;
        let (mut b, mut thief) = (Browser::new(site), Browser::new(site));
        let text = b.text("/dang-nhap/usb").await;
        let words = String::from_utf8(text.clone()).unwrap();
        for part in ["Việc: Đăng nhập", "Địa chỉ: http", "Dùng được đến:", "Mã thử thách: "] {
            assert!(words.contains(part), "{part}: {words}");
        }
        assert_eq!(text, b.get("/dang-nhap/usb/tep").await.bytes.to_vec(), "the same text each time");
        let file = world.sign(&card, &text, "");
        // What was signed for this browser opens nothing in another one, with or without a text of its own.
        assert!(thief.hands_in("/dang-nhap/usb", &file).await.leads_to().contains("het-han=1"));
        assert_ne!(thief.text("/dang-nhap/usb").await, text);
        let refused = thief.hands_in("/dang-nhap/usb", &file).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("Chữ ký này là của một tệp khác"));
        // What was signed to register does not sign in.
        let mut other = Browser::new(site);
        let register = other.text("/dang-ky/usb").await;
        assert!(String::from_utf8(register).unwrap().contains("Việc: Đăng ký tài khoản"));
        assert!(!other.page("/dang-nhap/usb").await.contains("Bước 3"));

        assert_eq!(b.hands_in("/dang-nhap/usb", &file).await.leads_to(), "/");
        assert!(b.is_signed_in());
        let mut again = b.clone();
        let session = again.site.web.cookie_name("phien");
        again.cookies.remove(&session);
        assert!(again.hands_in("/dang-nhap/usb", &file).await.leads_to().contains("het-han=1"), "used");

        let mut late = Browser::new(site);
        let text = late.text("/dang-nhap/usb").await;
        let file = world.sign(&card, &text, "");
        site.core.clock.advance(10 * MINUTE + 1);
        assert!(late.hands_in("/dang-nhap/usb", &file).await.leads_to().contains("het-han=1"), "too late");
        let page = late.page("/dang-nhap/usb?het-han=1").await;
        assert!(page.contains("đã quá 10 phút") && page.contains("Lấy tệp cần ký"), "{page}");

        let text = late.text("/dang-nhap/usb").await;
        for _ in 0..5 {
            assert_eq!(late.hands_in("/dang-nhap/usb", b"x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let file = world.sign(&card, &text, "");
        assert!(late.hands_in("/dang-nhap/usb", &file).await.leads_to().contains("het-han=1"), "five tries");
        assert!(!late.is_signed_in() && !thief.is_signed_in());
    })
    .await;
}

#[tokio::test]
async fn n4_each_refusal_says_what_to_do_and_opens_nothing() {
    each(async |site, world| {
        let mut b = Browser::new(site);
        let stranger = World::new();
        let revoked = world.middle.person("revoked", RSA);
        world.middle.revoke(&revoked);
        let lists = format!("{SIGNING}crlDistributionPoints=URI:http://crl.example.vn/middle\n");
        let company = world.middle.issue("company", "/UID=MST:0101234567/CN=CONG TY", &lists, P256);
        for (world, card, words) in [
            (&stranger, stranger.middle.person("an", P256), "chưa công nhận nơi cấp"),
            (world, revoked, "đã bị thu hồi"),
            (world, company, "chứng thư số của tổ chức"),
        ] {
            let text = b.text("/dang-nhap/usb").await;
            let refused = b.hands_in("/dang-nhap/usb", &world.sign(&card, &text, "")).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            let page = refused.checked();
            assert!(page.contains(words) && page.contains("aria-invalid"), "{words}: {page}");
        }
        let card = world.middle.person("an", P256);
        let text = b.text("/dang-nhap/usb").await;
        let file = world.sign(&card, &text, "");
        let none = b.upload("/dang-nhap/usb/ky", &[]).await;
        assert!(none.checked().contains("Chọn tệp đã ký"));
        let plain = b.hands_in("/dang-nhap/usb", &text).await.checked();
        assert!(plain.contains("không chọn tệp chữ ban đầu"), "{plain}");
        world.net(Net::Nothing);
        let away = b.hands_in("/dang-nhap/usb", &file).await;
        assert_eq!(away.status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(away.checked().contains("chưa hỏi được nơi cấp"));
        assert_eq!(b.get("/dang-nhap/usb/ky").await.leads_to(), "/dang-nhap/usb");
        world.net(Net::All);
        assert_eq!(b.hands_in("/dang-nhap/usb", &file).await.leads_to(), "/dang-ky/chu-ky-so", "nothing was lost");
        assert!(!b.is_signed_in());
        // The steps cannot be left out.
        assert_eq!(b.get("/dang-ky/chu-ky-so/mat-khau").await.leads_to(), "/dang-ky/chu-ky-so");
        assert_eq!(b.get("/dang-ky/chu-ky-so/ma").await.leads_to(), "/dang-ky/chu-ky-so");
        assert!(Browser::new(site).get("/dang-ky/chu-ky-so").await.leads_to().contains("het-han=1"));
    })
    .await;
}

#[tokio::test]
async fn n4_the_phone_confirms_what_the_page_shows_and_signs_its_owner_in() {
    each_with(async |site, _, phone| {
        let mut b = Browser::new(site);
        assert!(b.page("/dang-ky").await.contains("Đăng ký bằng SIM ký số"));
        let page = b.page("/dang-nhap/sim?next=/tai-khoan/dinh-danh").await;
        assert!(page.contains("aria-current=\"page\">SIM ký số"), "{page}");
        for (number, words) in [("", "Nhập số định danh"), ("123", "số"), ("044189001234", "không có chứng thư số nào")]
        {
            let refused = b.post("/dang-nhap/sim", &[("number", number)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(refused.checked().contains(words), "{words}");
        }
        phone.is_away.store(true, Ordering::Relaxed);
        let away = b.post("/dang-nhap/sim", &[("number", NUMBER)]).await;
        assert!(away.checked().contains("chưa gửi được yêu cầu ký"));
        phone.is_away.store(false, Ordering::Relaxed);

        let led = b.post("/dang-nhap/sim", &[("number", NUMBER)]).await.leads_to();
        assert_eq!(led, "/dang-nhap/sim/cho");
        let waiting = b.get(&led).await;
        assert_eq!(waiting.header("refresh"), "4", "without a script");
        let page = waiting.page();
        let words = phone.asked.lock().unwrap().0.clone();
        assert!(page.contains(&words) && words.contains("Đăng nhập tại http"), "{words}: {page}");
        let digits = &words[words.len() - 4..];
        assert!(digits.bytes().all(|b| b.is_ascii_digit()) && page.contains(&format!("<strong>{digits}</strong>")));
        assert!(!page.contains(NUMBER) && !b.is_signed_in());
        // Another browser that knows the address has nothing of it.
        assert!(Browser::new(site).get(&led).await.leads_to().contains("het-han=1"));
        phone.is_away.store(true, Ordering::Relaxed);
        assert_eq!(b.get(&led).await.status, StatusCode::OK, "asked again in a moment");
        phone.is_away.store(false, Ordering::Relaxed);
        phone.agrees();
        assert_eq!(b.get(&led).await.leads_to(), "/dang-ky/chu-ky-so", "no account yet");
        assert!(b.page("/dang-ky/chu-ky-so").await.contains("000***003"));
        assert!(b.get(&led).await.leads_to().contains("het-han=1"), "once");
    })
    .await;
}

#[tokio::test]
async fn n4_a_no_on_the_phone_another_persons_key_and_an_old_signature_open_nothing() {
    each_with(async |site, world, phone| {
        let card = world.middle.person("an", P256);
        Browser::new(site).registers_with(world, &card).await;
        let mut b = Browser::new(site);
        let ask = async |b: &mut Browser<'_>, number: &str| {
            phone.says(Progress::Waiting);
            b.get("/dang-nhap/sim").await;
            assert_eq!(b.post("/dang-nhap/sim", &[("number", number)]).await.leads_to(), "/dang-nhap/sim/cho");
        };
        for (says, words) in [(Progress::Refused, "bị từ chối trên điện thoại"), (Progress::Over, "đã hết hạn")]
        {
            ask(&mut b, NUMBER).await;
            phone.says(says);
            let said = b.get("/dang-nhap/sim/cho").await;
            assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(said.checked().contains(words), "{words}");
            phone.agrees();
            assert!(b.get("/dang-nhap/sim/cho").await.leads_to().contains("het-han=1"), "it is over");
        }
        // A signature of an earlier text.
        ask(&mut b, NUMBER).await;
        phone.agrees();
        let old = phone.says.lock().unwrap().clone();
        ask(&mut b, NUMBER).await;
        phone.says(old);
        assert!(b.get("/dang-nhap/sim/cho").await.checked().contains("Chữ ký không khớp"));
        // The authority answers with the key of somebody else than was asked for.
        ask(&mut b, "000189000004").await;
        phone.agrees();
        assert_eq!(b.get("/dang-nhap/sim/cho").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!b.is_signed_in());
        // The right one, by the other name of the way.
        ask(&mut b, NUMBER).await;
        phone.agrees();
        assert_eq!(b.get("/dang-nhap/sim/cho").await.leads_to(), "/");
        assert!(b.is_signed_in());
        // Nobody's phone rings without end, whoever asks.
        let mut other = Browser::new(site);
        other.get("/dang-nhap/sim").await;
        let many = async |b: &mut Browser<'_>| b.post("/dang-nhap/sim", &[("number", NUMBER)]).await.status;
        while many(&mut other).await != StatusCode::TOO_MANY_REQUESTS {}
        site.core.clock.advance(HOUR);
        assert_eq!(many(&mut other).await, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn n5_the_door_shows_the_ways_that_are_configured() {
    each_engine(async |db| {
        let bare = Site::national(db, |_| Vec::new(), None).await;
        let mut b = Browser::new(&bare);
        assert!(!b.page("/dang-nhap/so").await.contains("USB ký số"));
        assert!(!b.page("/dang-ky").await.contains("IAL3"));
        for path in [
            "/dang-nhap/usb",
            "/dang-ky/usb",
            "/dang-nhap/usb/tep",
            "/dang-nhap/sim",
            "/dang-ky/sim",
            "/dang-nhap/sim/cho",
        ] {
            assert_eq!(b.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(b.post("/dang-nhap/usb", &[]).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
