//! Organisations at the portal (A11, N1): a person brings the organisation's token, invites others, and nobody does what is not theirs.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

#[path = "../../signing/tests/support/mod.rs"]
#[allow(dead_code, reason = "shared with the crate `signing`'s own tests")]
mod authority;
mod support;

use authority::{Card, P256, PERSON, SIGNING, World};
use axum::http::StatusCode;
use base::{
    clock::{Clock, MINUTE},
    ids::Uuid,
};
use domain::testing;
use std::sync::Arc;
use store::{Sql, Tx, testing::each_engine};
use support::{
    Answer, Site,
    browser::{Browser, between},
    portal::Known,
};

const LIST: &str = "/tai-khoan/to-chuc";
const SIGN: &str = "/tai-khoan/to-chuc/them";
const COMPANY: &str = "/UID=MST:0000000017/CN=CÔNG TY TNHH HƯ CẤU";
const NAME: &str = "CÔNG TY TNHH HƯ CẤU";

/// A portal that believes one authority.
async fn each(test: impl AsyncFn(&Site, &World)) {
    each_engine(async |db| {
        let world = World::new();
        let places = vec!["http://crl.example.vn".into(), "http://ocsp.example.vn".into()];
        let verifier = authority::verifier(&world.root, world.places.clone(), places);
        let clock = Clock::fixed(world.now);
        let site = Site::national_believing(db, clock, Arc::new(Known::default()), verifier, None).await;
        test(&site, &world).await;
    })
    .await;
}

trait Tokens {
    fn token(&self, name: &str, subject: &str) -> Card;
}

impl Tokens for World {
    fn token(&self, name: &str, subject: &str) -> Card {
        let places = format!("{SIGNING}crlDistributionPoints=URI:http://crl.example.vn/middle\n");
        self.middle.issue(name, subject, &places, P256)
    }
}

/// Phone of the n-th person.
fn phone(n: u32) -> String {
    format!("0912 {:03} {:03}", n / 1000, n % 1000)
}

impl Site {
    async fn change(&self, sql: &'static str, account: Uuid) {
        let write = move |tx: Tx| async move { Sql::new(sql).bind(account).exec(&tx).await };
        self.core.store.write(write).await.unwrap();
    }

    /// Somebody at the portal, signed in, known at this level.
    async fn browser(&self, n: u32, level: &str) -> Browser<'_> {
        let account = testing::citizen(&self.core, n).await;
        if level == "verified" {
            self.change("UPDATE account SET assurance = 'verified' WHERE id = $1", account).await;
        }
        let person = self.sign_in(account, "phien", "password").await;
        let mut b = Browser::new(self);
        let token = person.cookie.split_once('=').unwrap().1.to_owned();
        b.cookies.insert(self.web.cookie_name("phien"), token);
        b.page("/tai-khoan").await;
        b
    }
}

impl Browser<'_> {
    async fn text(&mut self) -> Vec<u8> {
        self.get(SIGN).await;
        assert_eq!(self.post(SIGN, &[]).await.leads_to(), SIGN);
        let page = self.page(SIGN).await;
        assert!(page.contains("Bước 3"), "{page}");
        let file = self.get(&format!("{SIGN}/tep")).await;
        assert_eq!(file.status, StatusCode::OK);
        file.bytes.to_vec()
    }

    async fn hands_in(&mut self, file: &[u8]) -> Answer {
        self.upload(&format!("{SIGN}/ky"), &[("file", "ky-so.p7s", file)]).await
    }

    /// The organisation's page, after standing for it.
    async fn stands(&mut self, world: &World, card: &Card) -> String {
        let text = self.text().await;
        let led = self.hands_in(&world.sign(card, &text, "")).await.leads_to();
        assert!(led.starts_with(&format!("{LIST}/")) && led != SIGN, "{led}");
        led
    }

    /// Where the first form on the list answers an invitation.
    async fn offer(&mut self) -> String {
        let page = self.page(LIST).await;
        format!("{LIST}/loi-moi/{}", between(&page, &format!("action=\"{LIST}/loi-moi/"), "\"").unwrap())
    }
}

/// The address of the member's page, of the first who is called so.
fn member_of(page: &str, name: &str) -> String {
    let before = page.find(&format!("\">{name}</a>")).unwrap();
    let start = page[..before].rfind("href=\"").unwrap() + 6;
    page[start..before].to_owned()
}

#[tokio::test]
async fn n1_registering_asks_who_registers_and_leads_an_organisations_person_there_and_back() {
    each(async |site, _| {
        let mut b = Browser::new(site);
        let ways = b.page("/dang-ky").await;
        for words in
            ["Vui lòng chọn phương thức đăng ký", "aria-current=\"page\">Công dân", "Doanh nghiệp", "Cơ quan nhà nước"]
        {
            assert!(ways.contains(words), "{words}: {ways}");
        }
        for (path, title) in
            [("doanh-nghiep", "Đăng ký cho doanh nghiệp"), ("co-quan-nha-nuoc", "Đăng ký cho cơ quan nhà nước")]
        {
            let page = b.page(&format!("/dang-ky/{path}")).await;
            assert!(page.contains(title) && page.contains("USB ký số"), "{page}");
            for door in ["/dang-nhap?next=", "/dang-ky?next="] {
                let next = between(&page, &format!("href=\"{door}"), "\"").unwrap();
                assert_eq!(next, SIGN, "{door}");
            }
        }
        assert_eq!(b.get(SIGN).await.leads_to(), format!("/dang-nhap?next={SIGN}"));
        let mut known = site.browser(1, "verified").await;
        assert_eq!(known.get("/dang-ky/doanh-nghiep").await.leads_to(), SIGN);
        let account = known.page("/tai-khoan").await;
        assert!(account.contains("Tổ chức của tôi"), "{account}");
        let empty = known.page(LIST).await;
        assert!(empty.contains("chưa thay mặt tổ chức nào") && empty.contains(SIGN), "{empty}");
    })
    .await;
    each_engine(async |db| {
        let bare = Site::national(db, |_| Vec::new(), None).await;
        let mut b = Browser::new(&bare);
        assert!(!b.page("/dang-ky").await.contains("Cơ quan nhà nước"), "nobody could confirm one");
        assert_eq!(b.get("/dang-ky/doanh-nghiep").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a11_the_token_of_an_organisation_makes_its_bearer_a_manager_and_renews_the_name() {
    each(async |site, world| {
        let card = world.token("company", COMPANY);
        let mut b = site.browser(1, "verified").await;
        let text = b.text().await;
        let words = String::from_utf8(text.clone()).unwrap();
        assert!(words.contains("Việc: Thay mặt tổ chức, làm người quản lý"), "{words}");
        let led = b.hands_in(&world.sign(&card, &text, "")).await.leads_to();
        let page = b.page(&led).await;
        for words in [
            NAME,
            "Doanh nghiệp",
            "Mã số thuế 0000000017",
            "Gốc thử xác nhận",
            "Người quản lý",
            "Người Thử 1",
            "Đã thêm tổ chức",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(b.page(LIST).await.contains(&format!("href=\"{led}\">{NAME}</a>")));
        let activity = b.page("/tai-khoan/hoat-dong").await;
        assert!(activity.contains("Ký số thay mặt một tổ chức") && activity.contains(NAME), "{activity}");
        // Another person with a newer certificate: a manager too, the first one is told, and the name is the new one.
        let mut other = site.browser(2, "verified").await;
        let newer = world.token("newer", "/UID=MST:0000000017/CN=CÔNG TY CỔ PHẦN HƯ CẤU");
        assert_eq!(other.stands(world, &newer).await, led);
        let page = b.page(&led).await;
        assert!(page.contains("CÔNG TY CỔ PHẦN HƯ CẤU") && page.contains("Người Thử 2"), "{page}");
        assert!(b.page("/thong-bao").await.contains("có thêm người quản lý"));
        let body = world.token("body", "/UID=MDD:Z00.01/O=TỈNH HƯ CẤU/CN=SỞ NGHĨ RA");
        let led = b.stands(world, &body).await;
        let page = b.page(&led).await;
        assert!(page.contains("Cơ quan nhà nước") && page.contains("Mã định danh điện tử Z00.01"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a11_each_refused_token_says_what_to_do_and_makes_nothing() {
    each(async |site, world| {
        let mut b = site.browser(1, "verified").await;
        let revoked = world.token("revoked", COMPANY);
        world.middle.revoke(&revoked);
        for (card, words) in [
            (world.token("person", PERSON), "Đây là chứng thư số cá nhân"),
            (world.token("household", "/UID=MST:000189000003/CN=HỘ KINH DOANH AN"), "tài khoản công dân của mình"),
            (world.token("nobody", "/UID=MST:0000000018/CN=AN"), "không ghi rõ một tổ chức"),
            (revoked, "đã bị thu hồi"),
        ] {
            let text = b.text().await;
            let refused = b.hands_in(&world.sign(&card, &text, "")).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
            let page = refused.checked();
            assert!(page.contains(words) && page.contains("aria-invalid"), "{words}: {page}");
        }
        assert!(b.upload(&format!("{SIGN}/ky"), &[]).await.checked().contains("Chọn tệp đã ký"));
        let card = world.token("company", COMPANY);
        // A text of another person, of the door, an old one, and one that was used.
        let text = b.text().await;
        let mut thief = site.browser(2, "verified").await;
        assert!(thief.hands_in(&world.sign(&card, &text, "")).await.leads_to().contains("het-han=1"));
        let flow = site.web.cookie_name("buoc");
        if let Some(stolen) = b.cookies.get(&flow).cloned() {
            thief.cookies.insert(flow, stolen);
            assert!(thief.hands_in(&world.sign(&card, &text, "")).await.leads_to().contains("het-han=1"));
            assert!(thief.get(&format!("{SIGN}/tep")).await.leads_to().contains("het-han=1"));
        }
        thief.text().await;
        let other = thief.hands_in(&world.sign(&card, &text, "")).await;
        assert!(other.checked().contains("Chữ ký này là của một tệp khác"));
        let file = world.sign(&card, &text, "");
        site.core.clock.advance(10 * MINUTE + 1);
        assert!(b.hands_in(&file).await.leads_to().contains("het-han=1"), "too late");
        assert!(b.page(&format!("{SIGN}?het-han=1")).await.contains("Lấy tệp cần ký"));
        let rows: Option<i64> =
            Sql::new("SELECT count(*) FROM organization").scalar(site.core.store.read()).await.unwrap();
        assert_eq!(rows, Some(0));
        // Known by phone alone: led to verifying, before and instead of signing.
        let mut plain = site.browser(3, "phone").await;
        let page = plain.page(SIGN).await;
        assert!(page.contains("Cần xác thực số định danh trước") && page.contains("/tai-khoan/lien-ket"), "{page}");
        assert_eq!(plain.post(SIGN, &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(Browser::new(site).post(&format!("{SIGN}/ky"), &[]).await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn a11_somebody_is_invited_joins_gets_another_role_and_is_taken_out() {
    each(async |site, world| {
        let mut an = site.browser(1, "verified").await;
        let mut binh = site.browser(2, "verified").await;
        let org = an.stands(world, &world.token("company", COMPANY)).await;
        let invite = format!("{org}/moi");
        assert!(an.page(&invite).await.contains("name=\"role\" value=\"member\" checked"));
        for (number, words) in
            [("", "số điện thoại"), ("0233 385 1234", "di động"), (phone(1).as_str(), "đã ở trong tổ chức")]
        {
            let refused = an.post(&invite, &[("phone", number), ("role", "member")]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
            assert!(refused.checked().contains(words), "{words}: {}", refused.text());
        }
        assert_eq!(an.post(&invite, &[("phone", &phone(2)), ("role", "owner")]).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(an.post(&invite, &[("phone", &phone(2)), ("role", "member")]).await.leads_to(), org);
        let sms = site.inbox(&phone(2)).await.remove(0);
        assert!(sms.contains(NAME) && !sms.contains("Người Thử"), "{sms}");
        let page = an.page(&org).await;
        assert!(page.contains("Đã mời, chưa trả lời") && !page.contains(&phone(2)), "masked: {page}");
        let again = an.post(&invite, &[("phone", &phone(2)), ("role", "member")]).await;
        assert!(again.checked().contains("đã được mời và chưa trả lời"));

        let offer = binh.offer().await;
        assert!(binh.page(LIST).await.contains("mời Ông/Bà"));
        assert_eq!(binh.post(&offer, &[("answer", "yes")]).await.leads_to(), org);
        assert_eq!(binh.post(&offer, &[("answer", "yes")]).await.status, StatusCode::UNPROCESSABLE_ENTITY, "once");
        let page = binh.page(&org).await;
        assert!(page.contains("Người Thử 1") && page.contains("Thành viên"), "{page}");
        assert!(!page.contains(&invite) && !page.contains("/thanh-vien/"), "no tools of managers: {page}");
        assert!(an.page("/thong-bao").await.contains("có thêm người tham gia"));

        // The last manager stays; who decides gives the role on first.
        let delete = "/tai-khoan/du-lieu/xoa";
        assert!(an.page(delete).await.contains(&format!("Chỉ có Ông/Bà quản lý {NAME}")));
        assert!(!binh.page(delete).await.contains("Chỉ có Ông/Bà quản lý"));
        let page = an.page(&format!("{org}/roi")).await;
        assert!(page.contains("người quản lý duy nhất") && page.contains(&format!("href=\"{invite}\"")), "{page}");
        assert!(!page.contains(&format!("action=\"{org}")), "nothing to press: {page}");
        let refused = an.post(&format!("{org}/roi"), &[]).await;
        assert!(refused.checked().contains("người quản lý duy nhất"));
        let page = an.page(&org).await;
        let (own, theirs) = (member_of(&page, "Người Thử 1"), member_of(&page, "Người Thử 2"));
        let refused = an.post(&own, &[("role", "member")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("người quản lý duy nhất"));
        assert!(an.page(&theirs).await.contains("value=\"member\" checked"));
        assert_eq!(an.post(&theirs, &[("role", "manager")]).await.leads_to(), org);
        assert!(binh.page(&org).await.contains(&invite));
        assert_eq!(binh.post(&own, &[("role", "member")]).await.leads_to(), org);
        assert!(binh.page(&format!("{own}/dua-ra")).await.contains("Người Thử 1 sẽ không còn thay mặt"));
        assert_eq!(binh.post(&format!("{own}/dua-ra"), &[]).await.leads_to(), org);
        assert_eq!(an.get(&org).await.status, StatusCode::NOT_FOUND);
        assert!(an.page("/thong-bao").await.contains("không còn thay mặt"));

        // Withdrawn and declined.
        site.core.clock.advance(1);
        assert_eq!(binh.post(&invite, &[("phone", &phone(1)), ("role", "manager")]).await.leads_to(), org);
        let page = binh.page(&org).await;
        let withdraw =
            format!("{org}/loi-moi/{}/huy", between(&page, &format!("action=\"{org}/loi-moi/"), "/huy\"").unwrap());
        let gone = an.offer().await;
        assert_eq!(binh.post(&withdraw, &[]).await.leads_to(), org);
        let refused = an.post(&gone, &[("answer", "yes")]).await;
        assert!(refused.checked().contains("đã bị hủy"), "{}", refused.text());
        binh.post(&invite, &[("phone", &phone(1)), ("role", "manager")]).await.leads_to();
        let offer = an.offer().await;
        assert_eq!(an.post(&offer, &[("answer", "no")]).await.leads_to(), LIST);
        assert!(!an.page(LIST).await.contains("mời Ông/Bà"));
        binh.post(&invite, &[("phone", &phone(1)), ("role", "manager")]).await.leads_to();
        let offer = an.offer().await;
        an.post(&offer, &[("answer", "yes")]).await.leads_to();
        assert_eq!(binh.post(&format!("{org}/roi"), &[]).await.leads_to(), LIST);
        assert!(binh.page(LIST).await.contains("chưa thay mặt tổ chức nào"));
    })
    .await;
}

#[tokio::test]
async fn a11_every_address_is_shut_to_strangers_members_and_forged_forms() {
    each(async |site, world| {
        let mut an = site.browser(1, "verified").await;
        let mut member = site.browser(2, "verified").await;
        let mut stranger = site.browser(3, "verified").await;
        let org = an.stands(world, &world.token("company", COMPANY)).await;
        an.post(&format!("{org}/moi"), &[("phone", &phone(2)), ("role", "member")]).await.leads_to();
        let offer = member.offer().await;
        let theirs = stranger.post(&offer, &[("answer", "yes")]).await;
        assert_eq!(theirs.status, StatusCode::UNPROCESSABLE_ENTITY, "another's invitation");
        member.post(&offer, &[("answer", "yes")]).await.leads_to();
        an.post(&format!("{org}/moi"), &[("phone", &phone(9)), ("role", "member")]).await.leads_to();
        let page = an.page(&org).await;
        let own = member_of(&page, "Người Thử 1");
        let withdraw =
            format!("{org}/loi-moi/{}/huy", between(&page, &format!("action=\"{org}/loi-moi/"), "/huy\"").unwrap());
        let (invite, remove) = (format!("{org}/moi"), format!("{own}/dua-ra"));
        let number = phone(8);
        let role = [("role", "member"), ("phone", number.as_str())];
        // Address, whether it takes a form, whether members may.
        let all = [
            (org.clone(), false, true),
            (format!("{org}/roi"), false, true),
            (invite.clone(), false, false),
            (own.clone(), false, false),
            (remove.clone(), false, false),
            (invite.clone(), true, false),
            (own.clone(), true, false),
            (remove.clone(), true, false),
            (withdraw.clone(), true, false),
        ];
        for (path, is_form, for_members) in &all {
            let mut said = Vec::new();
            for b in [&mut stranger, &mut member] {
                b.get(LIST).await;
                said.push(if *is_form { b.post(path, &role).await.status } else { b.get(path).await.status });
            }
            let expected = if *for_members { StatusCode::OK } else { StatusCode::FORBIDDEN };
            assert_eq!(said, [StatusCode::NOT_FOUND, expected], "{path} {is_form}");
            let mut nobody = Browser::new(site);
            let led = if *is_form { nobody.post(path, &role).await } else { nobody.get(path).await };
            assert!(led.leads_to().starts_with("/dang-nhap"), "{path}");
            if *is_form {
                let mut forged = an.clone();
                forged.csrf = "x".into();
                assert!(!forged.post(path, &role).await.status.is_success(), "{path}");
            }
        }
        stranger.get(LIST).await;
        assert_eq!(stranger.post(&format!("{org}/roi"), &[]).await.status, StatusCode::NOT_FOUND);
        for path in [format!("{LIST}/khong-phai-ma"), format!("{LIST}/{}", Uuid::nil()), format!("{org}/thanh-vien/x")]
        {
            assert_eq!(an.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let view = an.page(&org).await;
        assert!(view.contains("Người Thử 1") && view.contains("Người Thử 2"), "nothing happened");
        assert!(view.contains("Đã mời, chưa trả lời"));
        // Whoever holds the phone for a moment decides nothing: an old proof leads to a new one, and back.
        site.core.clock.advance(11 * MINUTE);
        for path in [&invite, &own, &remove] {
            assert!(an.get(path).await.leads_to().starts_with("/xac-nhan?next="), "{path}");
            an.get(&org).await;
            assert!(an.post(path, &role).await.leads_to().starts_with("/xac-nhan?next="), "{path}");
        }
    })
    .await;
}
