//! A number that another account holds, released at the desk (A7), through the pages, as a browser without JavaScript.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use domain::{limits, rights::Role, testing};
use serde_json::json;
use std::sync::Arc;
use store::testing::each_engine;
use support::{Site, browser::Browser, each, elsewhere::Elsewhere, registry::Fake};

const CARD: &str = "044189001234|191234567|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3, Lệ Thủy|10052021";
const PAGE: &str = "/can-bo/quan-ly/so-dinh-danh";
const HELD: &str = "/can-bo/quan-ly/so-dinh-danh/dang-giu";
const NUMBER: &str = "044 189 001 234";
const WHY: &str = "Xem thẻ Căn cước bản gốc, ảnh đúng người";
const SEEN: [(&str, &str); 3] = [("paper", "can-cuoc"), ("compared", "1"), ("reason", WHY)];

async fn leader(site: &Site, role: Role) -> Browser<'_> {
    let officer = testing::officer(&site.core, "Cán Bộ Thử", "18880", role).await;
    let mut b = Browser::of(site, &site.sign_in(officer.account, "phien-cb", "password+totp").await);
    b.page(PAGE).await;
    b
}

/// Shows the card and says yes to it; the page that answers.
async fn verifies(b: &mut Browser<'_>) -> support::Answer {
    b.page("/tai-khoan/xac-thuc").await;
    assert_eq!(b.post("/tai-khoan/xac-thuc/ma", &[("code", CARD)]).await.leads_to(), "/tai-khoan/xac-thuc/kiem-tra");
    b.page("/tai-khoan/xac-thuc/kiem-tra").await;
    b.post("/tai-khoan/xac-thuc/kiem-tra", &[]).await
}

async fn citizen(site: &Site, n: u32) -> Browser<'_> {
    let account = testing::citizen(&site.core, n).await;
    Browser::of(site, &site.sign_in(account, "phien", "otp").await)
}

#[tokio::test]
async fn a7_the_officer_sees_what_is_needed_releases_and_the_owner_verifies() {
    each_engine(async |db| {
        let site = Site::asking(db, Arc::new(Fake::default())).await;
        let (mut holder, mut owner) = (citizen(&site, 1).await, citizen(&site, 2).await);
        assert_eq!(verifies(&mut holder).await.leads_to(), "/tai-khoan/xac-thuc/ket-qua");
        let refused = verifies(&mut owner).await.checked();
        assert!(refused.contains("mang thẻ đến Ủy ban nhân dân xã"), "{refused}");

        let mut desk = leader(&site, Role::UnitLeader).await;
        let page = desk.page("/can-bo/phan-anh").await;
        assert!(page.contains(PAGE), "it stands in the navigation");
        let nobody = desk.post(PAGE, &[("number", "044189009999")]).await.page();
        assert!(nobody.contains("Không ai giữ số này") && !nobody.contains("044189009999"), "{nobody}");
        for wrong in ["", "123", "191234567", "abc"] {
            let said = desk.post(PAGE, &[("number", wrong)]).await;
            assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(said.checked().contains("error-summary"));
        }
        let found = desk.post(PAGE, &[("number", NUMBER)]).await;
        assert_eq!(found.leads_to(), HELD);
        assert!(!found.headers.iter().any(|(_, v)| v.to_str().unwrap().contains("044189")), "no header carries it");
        let page = desk.page(HELD).await;
        for words in ["Có người giữ số này", "Cơ sở dữ liệu quốc gia về dân cư", "0912***001"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        for never in ["Người Thử 1", "Nguyễn Thị Ví Dụ", "044189001234", NUMBER, "0912000001", "0912 000 001"]
        {
            assert!(!page.contains(never), "{never}: {page}");
        }
        // What is missing is said beside its field; what was typed stays.
        let wrong = desk.post(HELD, &[("paper", "can-cuoc"), ("reason", "ngắn")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = wrong.checked();
        assert!(page.contains("ít nhất 20 ký tự") && page.contains("So ảnh trên giấy tờ") && page.contains("ngắn"));
        let unknown = desk.post(HELD, &[("paper", "bang-lai"), ("compared", "1"), ("reason", WHY)]).await;
        assert!(unknown.checked().contains("Chọn giấy tờ người dân đã đưa"));

        assert_eq!(desk.post(HELD, &SEEN).await.leads_to(), PAGE);
        assert!(desk.page(PAGE).await.contains("Đã gỡ số"));
        assert_eq!(desk.post(HELD, &SEEN).await.leads_to(), format!("{PAGE}?het-han=1"), "twice is once");
        assert!(desk.page(&format!("{PAGE}?het-han=1")).await.contains("Hãy nhập lại số"));

        assert!(holder.get("/tai-khoan/hoat-dong").await.status.is_redirection(), "the holder signs in again");
        let again = site.sign_in(holder_of(&site).await, "phien", "otp").await;
        let mut holder = Browser::of(&site, &again);
        let inbox = holder.page("/thong-bao").await;
        assert!(inbox.contains("Số định danh đã được gỡ") && inbox.contains("Quyền riêng tư"), "{inbox}");
        let activity = holder.page("/tai-khoan/hoat-dong").await;
        assert!(
            activity.contains(WHY) && activity.contains("UBND phường Đồng Hới") && !activity.contains("Cán Bộ Thử")
        );
        let shut = verifies(&mut holder).await.checked();
        assert!(shut.contains("thẻ một mình không đủ nữa"), "{shut}");
        assert!(holder.page("/tai-khoan/xac-thuc").await.contains("Chưa xác thực"));

        assert_eq!(verifies(&mut owner).await.leads_to(), "/tai-khoan/xac-thuc/ket-qua");
        assert!(owner.page("/tai-khoan/xac-thuc").await.contains("Đã xác thực"));
        // Who reads the log sees the release, and no number in it.
        let mut auditor = Browser::of(&site, &{
            let who = testing::officer(&site.core, "Thanh Tra", "*", Role::Auditor).await;
            site.sign_in(who.account, "phien-cb", "password+totp").await
        });
        let log = auditor.page("/can-bo/quan-ly/nhat-ky").await;
        assert!(log.contains("number-release") || log.contains("Gỡ số định danh"), "{log}");
        assert!(log.contains(WHY) && !log.contains("044189001234"), "{log}");
        assert_eq!(auditor.get(PAGE).await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

/// The account of the first citizen.
async fn holder_of(site: &Site) -> base::ids::Uuid {
    let sql = "SELECT id FROM account WHERE phone = '+84912000001'";
    store::Sql::new(sql).scalar(site.core.store.read()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a7_who_may_not_release_learns_nothing_and_tries_are_counted() {
    each(async |site| {
        for role in [Role::Clerk, Role::Officer, Role::Auditor, Role::PlatformAdmin] {
            let officer = testing::officer(&site.core, "Cán Bộ Thử", "*", role).await;
            let who = site.sign_in(officer.account, "phien-cb", "password+totp").await;
            for path in [PAGE, HELD] {
                let answer = site.post(&who, path, &[("number", NUMBER)]).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{role:?} {path}");
                assert!(!answer.text().contains("giữ số này"));
            }
        }
        // A day begins now; a session is read anew.
        let day = base::clock::DAY;
        site.core.clock.advance(day - site.core.now().rem_euclid(day));
        let mut desk = leader(&site, Role::ProvinceOperator).await;
        for n in 0..limits::NUMBERS_PER_OFFICER_DAY.most {
            let number = format!("0441890{n:05}");
            assert!(desk.post(PAGE, &[("number", &number)]).await.page().contains("Không ai giữ"));
        }
        let said = desk.post(PAGE, &[("number", NUMBER)]).await;
        assert_eq!(said.status, StatusCode::TOO_MANY_REQUESTS);
        let page = said.checked();
        assert!(page.contains("dùng hết số lần") && !page.contains("giữ số này"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a2_a7_who_comes_at_the_highest_level_reads_that_the_number_passes_and_goes_on() {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let registry: Arc<Fake> = Arc::default();
        let site = Site::wired(db, web::HttpSettings::default(), |core| vec![there.provider(core, "vneid")], Some(registry)).await;
        let mut holder = citizen(&site, 1).await;
        assert_eq!(verifies(&mut holder).await.leads_to(), "/tai-khoan/xac-thuc/ket-qua");
        let mut b = Browser::new(&site);
        for (level, told) in [("LoA2", false), ("LoA3", true)] {
            b = Browser::new(&site);
            b.get("/dang-nhap").await;
            let departure = b.post("/dang-nhap/lien-thong/vneid", &[]).await.leads_to();
            let person = json!({ "SoDinhDanh": "044189001234", "HoVaTen": "Nguyễn Thị Ví Dụ", "NgayThangNamSinh": "1989-03-21" });
            let led = b.get(&there.agrees(&departure, "s-1", level, person)).await.leads_to();
            let page = b.page(&led).await;
            assert_eq!(page.contains("số sẽ về tài khoản mới"), told, "{level}: {page}");
            assert_eq!(page.contains("name=\"phone\""), told, "{level}: {page}");
        }
        assert_eq!(b.proves_phone("/lan-dau", "0912 000 042", "/").await, "/lan-dau/thong-tin");
        b.page("/lan-dau/thong-tin").await;
        let done = b.post("/lan-dau/thong-tin", &[("pick", "18880"), ("address", "Thôn 3")]).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong");
        assert!(b.page("/tai-khoan/xac-thuc").await.contains("Đã xác thực"));
        let mut holder = Browser::of(&site, &site.sign_in(holder_of(&site).await, "phien", "otp").await);
        assert!(holder.page("/thong-bao").await.contains("chứng minh ở mức cao hơn"));
        assert!(holder.page("/tai-khoan/xac-thuc").await.contains("Chưa xác thực"));
    })
    .await;
}
