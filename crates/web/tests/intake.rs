//! Reports that an officer writes down for somebody (A19), through the pages, as a browser without JavaScript.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use domain::{reports::rows, rights::Role, testing};
use store::Sql;
use support::{
    Site, anybody,
    browser::{Browser, another, between},
    each,
};

const START: &str = "/can-bo/ghi-giup";
const PHONE: &str = "0912 000 001";

/// Somebody at the console, in a browser of their own.
async fn clerk(site: &Site, role: Role) -> Browser<'_> {
    let officer = testing::officer(&site.core, "Cán Bộ Thử", "18880", role).await;
    let mut b = Browser::of(site, &site.sign_in(officer.account, "phien-cb", "password+totp").await);
    b.page(START).await;
    b
}

async fn citizen(site: &Site, n: u32) -> Browser<'_> {
    let account = testing::citizen(&site.core, n).await;
    let mut b = Browser::of(site, &site.sign_in(account, "phien", "otp").await);
    b.get("/tai-khoan").await;
    b
}

/// The phone is typed and its code read aloud; where the officer is led.
async fn reads(b: &mut Browser<'_>, phone: &str) -> String {
    b.page(START).await;
    let sent = b.post(&format!("{START}/dien-thoai"), &[("phone", phone), ("agreed", "1")]).await;
    assert_eq!(sent.leads_to(), format!("{START}/ma"));
    b.page(&format!("{START}/ma")).await;
    let code = b.site.code(phone).await;
    b.post(&format!("{START}/ma"), &[("code", &code)]).await.leads_to()
}

/// Writes a report in the wizard, and has something to hand over; its code.
async fn writes(b: &mut Browser<'_>) -> String {
    let (code, page) = b.sends("Cột điện nghiêng sau bão").await;
    assert!(page.contains("Giao cho người dân") && page.contains("/giup/thoi"), "{page}");
    code
}

#[tokio::test]
async fn a19_an_officer_writes_a_report_down_for_who_reads_the_code_aloud() {
    each(async |site| {
        let (mut ba, mut desk) = (citizen(&site, 1).await, clerk(&site, Role::Clerk).await);
        assert_eq!(reads(&mut desk, PHONE).await, "/phan-anh/moi");
        let page = desk.page("/phan-anh/moi").await;
        assert!(page.contains("Đang ghi phản ánh giúp Người Thử 1"), "{page}");
        assert!(desk.page(START).await.contains("Ghi tiếp"), "the console knows");
        let code = writes(&mut desk).await;
        let path = format!("/phan-anh/{code}");
        assert!(ba.page("/phan-anh/cua-toi").await.contains(&path), "it is the person's");
        let own = ba.page(&path).await;
        assert!(own.contains("Cán bộ UBND phường Đồng Hới ghi giúp") && !own.contains("Cán Bộ Thử"), "{own}");
        let activity = ba.page("/tai-khoan/hoat-dong").await;
        assert!(activity.contains("UBND phường Đồng Hới") && !activity.contains("Cán Bộ Thử"), "{activity}");
        assert!(ba.page("/thong-bao").await.contains("Cán bộ đang ghi phản ánh giúp Ông/Bà"));
        assert!(ba.page("/tai-khoan/nguoi-giup").await.contains("Cán bộ UBND phường Đồng Hới"));
        // Everything of the account stays shut, and what was not given too.
        for shut in ["/tai-khoan", "/phan-anh/cua-toi", "/tai-khoan/hoat-dong", "/tai-khoan/nguoi-giup"] {
            let answer = desk.get(shut).await;
            assert!(!answer.status.is_success(), "{shut}: {}", answer.status);
            assert!(!answer.text().contains(&path), "{shut}");
        }
        assert!(!desk.get("/thong-bao").await.text().contains("ghi phản ánh giúp Ông/Bà"), "not the person's messages");
        let added = desk.post(&format!("{path}/bo-sung"), &[("text", "Thêm")]).await;
        assert!(added.status.is_client_error(), "{}", added.status);
        // «Kết thúc» leads back to the desk, and the session is over.
        assert_eq!(desk.post("/giup/thoi", &[]).await.leads_to(), START);
        assert!(desk.page(START).await.contains("Đã kết thúc"));
        assert!(!desk.page("/").await.contains("Đang ghi phản ánh"));
        assert!(desk.get("/phan-anh/moi").await.status.is_redirection(), "who is there now must sign in");
        // Staff read where it was written down.
        let officer = site.officer("18880").await;
        let who = site.sign_in(officer.account, "phien-cb", "password+totp").await;
        let page = site.get(&who, &format!("/can-bo{path}")).await.page();
        assert!(page.contains("Ghi giúp người dân tại UBND phường Đồng Hới"), "{page}");
        let row = rows::by_code(site.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!(row.version, 1);
    })
    .await;
}

#[tokio::test]
async fn a19_r3_who_has_no_account_follows_with_phone_and_code_and_who_has_no_phone_with_the_code() {
    each(async |site| {
        let mut desk = clerk(&site, Role::CommunityTeam).await;
        assert_eq!(reads(&mut desk, "0912 000 077").await, "/phan-anh/moi");
        assert!(desk.page("/phan-anh/moi").await.contains("Đang ghi phản ánh giúp người dân"));
        let code = writes(&mut desk).await;
        let sms = site.inbox("0912 000 077").await.remove(0);
        assert!(sms.contains(&format!("/theo-doi?ma={code}")), "{sms}");
        let page = desk.page(START).await;
        assert!(page.contains("Ghi tiếp") && page.contains("không có điện thoại di động"));
        let begun = desk.post(&format!("{START}/khong-dien-thoai"), &[("name", "Cụ Thử")]).await;
        assert_eq!(begun.leads_to(), "/phan-anh/moi");
        assert!(desk.page("/phan-anh/moi").await.contains("Đang ghi phản ánh giúp Cụ Thử"));
        let other = writes(&mut desk).await;
        // The one before is another person's.
        assert_eq!(desk.get(&format!("/phan-anh/{code}/da-gui")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&anybody(), &format!("/phan-anh/{other}")).await.status, StatusCode::NOT_FOUND);
        // The unit may ask who it was, with a reason, and reads the name that was said.
        let officer = testing::officer(&site.core, "Bà Lan", "18880", Role::UnitLeader).await;
        let who = site.sign_in(officer.account, "phien-cb", "password+totp").await;
        let reveal = format!("/can-bo/phan-anh/{other}/nguoi-gui");
        let page = site.post(&who, &reveal, &[("reason", "Cần hỏi lại địa điểm")]).await.text();
        assert!(page.contains("Cụ Thử"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a19_what_is_wrong_at_the_desk_is_said_beside_its_field() {
    each(async |site| {
        let mut desk = clerk(&site, Role::Clerk).await;
        let form = format!("{START}/dien-thoai");
        for (phone, agreed, words) in [
            ("", true, "Nhập số điện thoại di động của người dân."),
            ("0233 3852 456", true, "Số cố định không nhận được tin nhắn."),
            ("12", true, "số điện thoại"),
            (PHONE, false, "Hãy nói cho người dân nghe"),
        ] {
            let fields: &[(&str, &str)] =
                if agreed { &[("phone", phone), ("agreed", "1")] } else { &[("phone", phone)] };
            let said = desk.post(&form, fields).await;
            assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY, "{phone}");
            assert!(said.checked().contains(words), "{phone}: {}", said.text());
        }
        let both = desk.post(&form, &[]).await.checked();
        assert!(
            both.contains("Nhập số điện thoại di động") && both.contains("Hãy nói cho người dân nghe"),
            "both at once"
        );
        assert!(site.inbox(PHONE).await.is_empty());
        let long = "a".repeat(300);
        let said = desk.post(&format!("{START}/khong-dien-thoai"), &[("name", &long)]).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
        // Nobody comes to the code's page without a phone.
        assert_eq!(desk.get(&format!("{START}/ma")).await.leads_to(), format!("{START}?het-han=1"));
        assert!(desk.page(&format!("{START}?het-han=1")).await.contains("Bước trước đã quá lâu"));
        desk.post(&form, &[("phone", PHONE), ("agreed", "1")]).await.leads_to();
        desk.page(&format!("{START}/ma")).await;
        let wrong = another(&site.code(PHONE).await);
        let said = desk.post(&format!("{START}/ma"), &[("code", &wrong)]).await;
        assert_eq!(said.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(said.checked().contains("f-code"));
        let early = desk.post(&format!("{START}/ma/gui-lai"), &[]).await;
        assert_eq!(early.status, StatusCode::TOO_MANY_REQUESTS);
        early.checked();
        // Somebody else's code page is not this officer's.
        let mut other = clerk(&site, Role::Clerk).await;
        other.cookies.extend(
            desk.cookies.iter().filter(|(name, _)| name.starts_with("buoc")).map(|(n, v)| (n.clone(), v.clone())),
        );
        other.page(START).await;
        let code = site.code(PHONE).await;
        assert_eq!(
            other.post(&format!("{START}/ma"), &[("code", &code)]).await.leads_to(),
            format!("{START}?het-han=1")
        );
    })
    .await;
}

#[tokio::test]
async fn a19_the_session_of_the_desk_lives_by_the_officers_own() {
    each(async |site| {
        let mut desk = clerk(&site, Role::Clerk).await;
        reads(&mut desk, PHONE).await;
        assert!(desk.page("/").await.contains("Đang ghi phản ánh"));
        // The cookie alone, in another browser or beside a citizen's session, is nothing.
        let helper = desk
            .cookies
            .iter()
            .find(|(name, _)| name.starts_with("giup"))
            .map(|(n, v)| (n.clone(), v.clone()))
            .unwrap();
        let mut thief = citizen(&site, 9).await;
        thief.cookies.insert(helper.0.clone(), helper.1.clone());
        assert!(!thief.page("/").await.contains("Đang ghi phản ánh"));
        let mut colleague = clerk(&site, Role::Clerk).await;
        colleague.cookies.insert(helper.0.clone(), helper.1.clone());
        assert!(!colleague.page("/").await.contains("Đang ghi phản ánh"));
        // The right is taken away in the middle of it.
        let sql = "UPDATE staff_role SET role = 'auditor' WHERE account_id IN (SELECT helper FROM mandate)";
        site.core.store.write(async move |tx: store::Tx| Sql::new(sql).exec(&tx).await).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(3200)).await;
        assert!(!desk.page("/").await.contains("Đang ghi phản ánh"), "no right, no desk");
        assert!(between(&desk.get(START).await.text(), "<h1>", "</h1>").is_some_and(|h1| !h1.contains("Ghi phản ánh")));
    })
    .await;
}
