//! Guests (R3) through the pages, as a browser without JavaScript: sending with a proven phone, following with a code, and what
//! stays shut. And undoing a merge at the console (R5).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::http::StatusCode;
use base::{clock::MINUTE, code::Code};
use domain::{
    reports::{Command, Draft, Place, rows, submit},
    rights::Role,
    testing,
};
use support::{
    Site, anybody,
    browser::{Browser, between},
    each,
};

const PHONE: &str = "0914000111";
const OTHER: &str = "0914000222";

/// A browser that proved a phone as a guest; every address it was led to.
async fn guest<'a>(site: &'a Site, phone: &str) -> Browser<'a> {
    let mut b = Browser::new(site);
    b.get("/phan-anh/khach").await;
    let sent = b.post("/phan-anh/khach", &[("phone", phone), ("agreed", "1")]).await;
    assert_eq!(sent.leads_to(), "/phan-anh/khach/ma?next=/phan-anh/moi");
    let page = b.page("/phan-anh/khach/ma?next=/phan-anh/moi").await;
    assert!(page.contains("0914***") && !page.contains(&phone[4..]), "the phone is masked");
    let code = site.code(phone).await;
    assert_eq!(b.post("/phan-anh/khach/ma", &[("code", &code)]).await.leads_to(), "/phan-anh/moi");
    site.core.clock.advance(MINUTE);
    b.get("/phan-anh/moi").await;
    b
}

/// Sends a report; answers its code.
async fn sends(b: &mut Browser<'_>) -> String {
    let next = b.post("/phan-anh/moi", &[("category", "ha-tang")]).await.leads_to();
    let draft = next.strip_suffix("/noi-dung").unwrap().to_owned();
    b.post(&next, &[("content", "Ổ gà lớn trước trường")]).await.leads_to();
    let place = [("commune_text", ""), ("pick", "18880"), ("words", "Trước cổng trường")];
    b.post(&format!("{draft}/noi-xay-ra"), &place).await.leads_to();
    let check = b.page(&format!("{draft}/kiem-tra")).await;
    assert!(check.contains("Ông/Bà gửi không cần tài khoản") && !check.contains("name=\"anonymous\""));
    assert!(check.contains("islands/keep"), "R2: the phone keeps a copy, as for an account");
    let done = b.post(&format!("{draft}/kiem-tra"), &[]).await.leads_to();
    let again = b.post(&format!("{draft}/kiem-tra"), &[]).await.leads_to();
    assert_eq!(done, again, "the same form twice is one report");
    let page = b.page(&done).await;
    assert!(page.contains("Hãy giữ mã này") && page.contains("href=\"/theo-doi\""));
    done["/phan-anh/".len()..].strip_suffix("/da-gui").unwrap().to_owned()
}

/// Proves code and phone; answers where that leads, or the page that says no.
async fn track(b: &mut Browser<'_>, code: &str, phone: &str) -> support::Answer {
    b.site.core.clock.advance(MINUTE);
    b.get("/theo-doi").await;
    assert_eq!(b.post("/theo-doi", &[("ma", code), ("phone", phone)]).await.leads_to(), "/theo-doi/ma");
    b.page("/theo-doi/ma").await;
    let otp = b.site.code(phone).await;
    b.post("/theo-doi/ma", &[("code", &otp)]).await
}

#[tokio::test]
async fn r3_a_guest_sends_follows_with_the_code_answers_rates_and_reopens() {
    each(async |site| {
        let asked = site.get(&anybody(), "/phan-anh/moi?loai=dien").await.leads_to();
        assert!(asked.starts_with("/phan-anh/cach-gui?next=/phan-anh/moi"), "{asked}");
        let page = site.get(&anybody(), &asked).await.page();
        for door in ["/dang-nhap?next=", "/dang-ky?next=", "/phan-anh/khach?next="] {
            assert!(page.contains(&format!("href=\"{door}/phan-anh/moi")), "{door}");
        }
        let mut b = guest(&site, PHONE).await;
        let code = sends(&mut b).await;
        let path = format!("/phan-anh/{code}");
        let own = b.get(&path).await;
        assert_ne!(own.header("x-offline-copy"), "keep", "a guest's phone keeps nothing");
        assert!(own.page().contains("Ông/Bà đang xem bằng mã"));
        assert_eq!(site.get(&anybody(), &path).await.status, StatusCode::NOT_FOUND, "R11: not public yet");
        assert!(site.inbox(PHONE).await[0].ends_with(&format!("/theo-doi?ma={code}")));

        let officer = site.officer("18880").await;
        site.staff(&officer, &code, Command::Accept { note: String::new() }).await;
        site.staff(&officer, &code, Command::Ask { question: "Ở làn nào?".into() }).await;
        let mut later = Browser::new(&site);
        let form = later.page(&format!("/theo-doi?ma={code}")).await;
        assert!(form.contains("value=\"PA-"), "the link of the SMS fills the code in");
        assert_eq!(track(&mut later, &code, PHONE).await.leads_to(), path);
        assert!(later.page(&path).await.contains("Ở làn nào?"));
        assert_eq!(later.get(&format!("/theo-doi?ma={code}")).await.leads_to(), path, "already proven");
        later.post(&format!("{path}/bo-sung"), &[("text", "Làn phải")]).await.leads_to();
        site.staff(&officer, &code, Command::Resolve { text: "Đã vá".into() }).await;
        later.page(&format!("{path}/danh-gia")).await;
        later.post(&format!("{path}/xu-ly-lai"), &[("comment", "Vẫn còn hố")]).await.leads_to();
        site.staff(&officer, &code, Command::Resolve { text: "Đã vá lại".into() }).await;
        later.post(&format!("{path}/danh-gia"), &[("stars", "4"), ("comment", "")]).await.leads_to();
        let row = rows::by_code(site.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!((row.rating, row.reopened, row.state.as_str()), (Some(4), 1, "closed"));

        let second = sends(&mut b).await;
        b.post(&format!("/phan-anh/{second}/an-bot"), &[("words", "trước trường")]).await.leads_to();
        b.post(&format!("/phan-anh/{second}/rut"), &[("reason", "nhầm")]).await.leads_to();
        assert_eq!(b.post("/khach/thoat", &[]).await.leads_to(), "/");
        assert!(b.cookie("khach").is_none());
        assert_eq!(b.get(&format!("/phan-anh/{second}")).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r3_a_foreign_phone_and_an_unknown_code_get_one_and_the_same_page() {
    each(async |site| {
        let code = sends(&mut guest(&site, PHONE).await).await;
        let mut b = Browser::new(&site);
        let foreign = track(&mut b, &code, OTHER).await;
        assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY);
        let nobodys = Code::random(&site.core.entropy).to_string();
        let unknown = track(&mut b, &nobodys, OTHER).await;
        assert_eq!(unknown.status, foreign.status);
        assert_eq!(foreign.checked(), unknown.checked());
        assert!(foreign.checked().contains("Không thấy phản ánh mang mã này"));
        assert!(b.cookie("khach").is_none());
        let wrong = b.post("/theo-doi", &[("ma", "123"), ("phone", "x")]).await;
        let page = wrong.checked();
        assert!(page.contains("id=\"f-ma-e\"") && page.contains("id=\"f-phone-e\""), "both are named at once");
    })
    .await;
}

#[tokio::test]
async fn r3_what_is_for_accounts_stays_shut_for_guests() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        let code = sends(&mut b).await;
        for path in ["/tai-khoan/thong-tin", "/tai-khoan/du-lieu", "/phan-anh/cua-toi", "/xac-nhan"] {
            let led = b.get(path).await.leads_to();
            assert!(led.starts_with("/dang-nhap"), "{path} → {led}");
        }
        let citizen = testing::citizen(&site.core, 7).await;
        let draft = Draft {
            content: "Đèn tắt".into(),
            category: "ha-tang".into(),
            place: Place { commune: Some("18880".into()), address: "Ngõ 3".into(), ..Place::default() },
            ..Draft::default()
        };
        let theirs = submit(&site.core, citizen, &draft, vec![], None, "web").await.unwrap();
        let theirs = format!("/phan-anh/{}", theirs.code.as_str());
        assert_eq!(b.get(&theirs).await.status, StatusCode::NOT_FOUND);
        for act in ["bo-sung", "rut", "danh-gia", "xu-ly-lai", "an-bot"] {
            assert_eq!(b.get(&format!("{theirs}/{act}")).await.status, StatusCode::NOT_FOUND, "{act}");
            assert!(b.post(&format!("{theirs}/{act}"), &[]).await.status.is_client_error(), "{act}");
        }
        for path in [format!("{theirs}/cung-gap"), format!("{theirs}/khong-phu-hop"), "/tai-khoan/kenh-nhan".into()] {
            assert!(b.post(&path, &[]).await.leads_to().starts_with("/dang-nhap"), "{path}");
        }
        // The token is worth nothing as a citizen's cookie, nor to a program.
        let token = b.cookie("khach").unwrap().clone();
        let mut forged = Browser::new(&site);
        forged.cookies.insert("phien-quang-tri".into(), token.clone());
        assert!(forged.get("/tai-khoan/thong-tin").await.leads_to().starts_with("/dang-nhap"));
        // A form without the token of its page is refused.
        b.csrf = String::new();
        let refused = b.post(&format!("/phan-anh/{code}/rut"), &[("reason", "")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn r3_registering_with_the_phone_brings_the_report_into_the_account() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        let code = sends(&mut b).await;
        site.core.clock.advance(MINUTE);
        b.register(PHONE).await;
        assert!(b.cookie("khach").is_none());
        let mine = b.page("/phan-anh/cua-toi").await;
        assert!(mine.contains(&format!("/phan-anh/{code}")));
        let inbox = b.page("/thong-bao").await;
        assert!(inbox.contains("gửi khi chưa có tài khoản"), "it is said");
        assert!(b.page(&format!("/phan-anh/{code}")).await.contains("/rut\""), "and can be acted on");
    })
    .await;
}

#[tokio::test]
async fn r3_a12_a_guest_deletes_the_phone_by_a_form() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        let code = sends(&mut b).await;
        assert!(b.page("/khach/xoa").await.contains("Xóa số điện thoại của tôi"));
        assert_eq!(b.post("/khach/xoa", &[]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        site.core.clock.advance(11 * MINUTE);
        let old = b.post("/khach/xoa", &[("sure", "1")]).await;
        assert!(old.checked().contains("đã quá 10 phút"));
        assert_eq!(track(&mut b, &code, PHONE).await.leads_to(), format!("/phan-anh/{code}"));
        b.page("/khach/xoa").await;
        assert_eq!(b.post("/khach/xoa", &[("sure", "1")]).await.leads_to(), "/");
        assert_eq!(track(&mut b, &code, PHONE).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let citizen = site.citizen(3).await;
        assert_eq!(site.get(&citizen, "/khach/xoa").await.status, StatusCode::NOT_FOUND, "an account has its own page");
    })
    .await;
}

#[tokio::test]
async fn r3_staff_see_a_guest_and_the_phone_only_with_a_reason() {
    each(async |site| {
        let code = sends(&mut guest(&site, PHONE).await).await;
        let officer = site.officer("18880").await;
        let desk = site.sign_in(officer.account, "phien-cb", "password+totp").await;
        let path = format!("/can-bo/phan-anh/{code}");
        let page = site.get(&desk, &path).await.page();
        assert!(page.contains("Khách (đã xác minh số điện thoại)") && !page.contains("0914 000 111"));
        let seen = site.post(&desk, &format!("{path}/nguoi-gui"), &[("reason", "cần hỏi đường vào")]).await.page();
        assert!(seen.contains("0914 000 111"), "{}", between(&seen, "Khách", "</dd>").unwrap_or_default());
        let operator = testing::officer(&site.core, "Điều Phối", "*", Role::ProvinceOperator).await;
        let desk = site.sign_in(operator.account, "phien-cb", "password+totp").await;
        let find = [("phone", PHONE), ("reason", "gửi tin bậy")];
        let page = site.post(&desk, "/can-bo/quan-ly/nguoi-dan", &find).await.page();
        assert!(page.contains("Khách (đã xác minh số điện thoại)") && page.contains("/khoa\""));
    })
    .await;
}

#[tokio::test]
async fn r3_guests_pages_speak_english() {
    each(async |site| {
        let mut b = guest(&site, PHONE).await;
        let code = sends(&mut b).await;
        b.cookies.insert("ngon-ngu-quang-tri".into(), "en".into());
        for path in [format!("/phan-anh/{code}"), "/khach/xoa".into()] {
            let page = b.page(&path).await;
            assert!(page.contains("lang=\"en\"") && !page.contains("Ông/Bà"), "{path}");
        }
        b.cookies.remove("khach-quang-tri");
        for path in ["/phan-anh/cach-gui", "/phan-anh/khach", "/theo-doi"] {
            let page = b.page(path).await;
            assert!(page.contains("lang=\"en\"") && !page.contains("Ông/Bà"), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn r5_a_merge_is_undone_by_a_form_and_citizens_read_of_it() {
    each(async |site| {
        let officer = site.officer("18880").await;
        let desk = site.sign_in(officer.account, "phien-cb", "password+totp").await;
        let mut codes = Vec::new();
        for n in 1..=2 {
            let by = testing::citizen(&site.core, n).await;
            let draft = Draft {
                content: format!("Ổ gà {n}"),
                category: "ha-tang".into(),
                place: Place {
                    commune: Some("18880".into()), address: "Trước trường".into(), ..Place::default()
                },
                anonymous: true,
                ..Draft::default()
            };
            let code = submit(&site.core, by, &draft, vec![], None, "web").await.unwrap().code;
            site.staff(&officer, code.as_str(), Command::Accept { note: String::new() }).await;
            codes.push(code);
        }
        let double = format!("/can-bo/phan-anh/{}", codes[1].as_str());
        assert!(!site.get(&desk, &double).await.page().contains("lam/unmerge"), "nothing to undo");
        let merge = Command::Merge { into: codes[0].as_str().into(), note: String::new() };
        site.staff(&officer, codes[1].as_str(), merge).await;
        let list = site.get(&anybody(), "/phan-anh").await.page();
        assert!(list.contains("Ổ gà 1") && !list.contains("Ổ gà 2"));
        let page = site.get(&anybody(), &format!("/phan-anh/{}", codes[1].as_str())).await.page();
        assert!(page.contains(&codes[0].to_string()), "its page stays and leads on");
        let page = site.get(&desk, &double).await.page();
        let version = between(&page, "name=\"version\" value=\"", "\"").unwrap();
        let fields = [("version", version.as_str()), ("note", "hai chỗ khác nhau")];
        let done = site.upload(&desk, &format!("{double}/lam/unmerge"), &fields, &[]).await;
        assert_eq!(done.leads_to(), double);
        for (code, words) in [(&codes[1], "Không còn gộp vào phản ánh"), (&codes[0], "không còn gộp vào đây")]
        {
            let page = site.get(&anybody(), &format!("/phan-anh/{}", code.as_str())).await.page();
            assert!(page.contains(words) && !page.contains("hai chỗ khác nhau"), "{words}");
        }
        assert!(site.get(&anybody(), "/phan-anh").await.page().contains("Ổ gà 2"));
        assert!(site.get(&desk, &double).await.page().contains("Tách khỏi phản ánh"));
    })
    .await;
}
