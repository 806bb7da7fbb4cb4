//! Registering with the full form of a province's portal (A10), as a browser without JavaScript does it, and what goes wrong on the way.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use base::clock::MINUTE;
use store::Sql;
use support::{
    Site,
    browser::{Browser, PASSWORD},
    each,
};

const FORM: &str = "/dang-ky/mau-day-du";
const PHONE: &str = "0914 402 088";
const NUMBER: &str = "044189001234";

/// Every field that the source has.
const FILLED: [(&str, &str); 19] = [
    ("full_name", "Trần Thị Thử"),
    ("email", "thu@vidu.vn"),
    ("username", "Tran.Thu"),
    ("organization", "Hợp tác xã Ví Dụ"),
    ("website", "vidu.vn"),
    ("password", PASSWORD),
    ("again", PASSWORD),
    ("number", "044 189 001 234"),
    ("issued_on", "05/07/2021"),
    ("issued_at", "Bộ Công an"),
    ("province", "day"),
    ("commune_text", "dong thuan"),
    ("shown", "dong thuan"),
    ("pick", "18859"),
    ("address", "Thôn 3"),
    ("phone", PHONE),
    ("fax", "0233 3852 529"),
    ("agreed", "1"),
    ("next", "/phan-anh/moi"),
];

fn with<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = FILLED.into_iter().filter(|(name, _)| !changes.iter().any(|(n, _)| n == name));
    kept.chain(changes.iter().copied()).collect()
}

/// To the end, the code included.
async fn registers<'a>(site: &'a Site, fields: &[(&str, &str)], phone: &str) -> (Browser<'a>, String) {
    let mut b = Browser::new(site);
    b.page(FORM).await;
    b.post(FORM, fields).await.leads_to();
    let code = site.code(phone).await;
    let to = b.post("/dang-ky/mau-day-du/ma", &[("code", &code)]).await.leads_to();
    (b, to)
}

#[tokio::test]
async fn a10_one_page_and_a_code_make_an_account_with_everything_that_was_typed() {
    each(async |site| {
        let mut b = Browser::new(&site);
        assert!(
            b.page("/dang-ky").await.contains("href=\"/dang-ky/mau-day-du\""),
            "the short way leads to the long one"
        );
        let page = b.page("/dang-ky/mau-day-du?next=/phan-anh/moi").await;
        for name in FILLED.iter().map(|(name, _)| name).filter(|name| !["shown", "pick"].contains(name)) {
            assert!(page.contains(&format!("name=\"{name}\"")), "{name}");
        }
        assert!(
            page.contains("Làm mới") && page.contains("Đăng ký") && !page.contains("Quận"),
            "districts are no more"
        );

        // The commune is found by a button; nothing else is judged yet, and what was typed stays, but for passwords.
        let asked = with(&[("pick", ""), ("shown", ""), ("find", "1"), ("number", "1")]);
        let page = b.post(FORM, &asked).await.page();
        assert!(page.contains("Phường Đồng Thuận") && page.contains("value=\"Trần Thị Thử\""));
        assert!(!page.contains("error-summary") && !page.contains(PASSWORD));

        assert_eq!(b.post(FORM, &FILLED).await.leads_to(), "/dang-ky/mau-day-du/ma?next=/phan-anh/moi");
        assert_eq!(site.accounts_with(PHONE).await, 0, "nothing before the code");
        let code = site.code(PHONE).await;
        let done = b.post("/dang-ky/mau-day-du/ma", &[("code", &code), ("next", "/phan-anh/moi")]).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong?next=/phan-anh/moi");
        assert!(b.page("/dang-ky/xong").await.contains("Trần Thị Thử"));
        let page = b.page("/tai-khoan/thong-tin").await;
        for words in [
            "Thôn 3, Phường Đồng Thuận",
            "0914 402 088",
            "thu@vidu.vn",
            "tran.thu",
            "044***234",
            "05/07/2021, Bộ Công an",
            "Hợp tác xã Ví Dụ",
            "vidu.vn",
            "02333852529",
        ] {
            assert!(page.contains(words), "{words}");
        }
        assert!(!page.contains(NUMBER), "the number is masked where it is only shown");
        assert!(b.page("/tai-khoan/dong-y").await.contains("Điều khoản sử dụng, bản"), "versions are recorded");

        // The name and the password are good at once.
        let mut again = Browser::new(&site);
        again.page("/dang-nhap").await;
        let entered = again.post("/dang-nhap", &[("login", "tran.thu"), ("password", PASSWORD)]).await;
        entered.leads_to();
        assert!(again.is_signed_in());
    })
    .await;
}

#[tokio::test]
async fn a10_a_declared_number_proves_nothing_stands_in_nobodys_way_and_lies_nowhere_open() {
    each(async |site| {
        registers(&site, &FILLED, PHONE).await;
        let level: Option<String> = Sql::new("SELECT assurance FROM account WHERE username = 'tran.thu'")
            .scalar(site.core.store.read())
            .await
            .unwrap();
        assert_eq!(level.as_deref(), Some("phone"));
        let indexed: Option<i64> = Sql::new("SELECT count(*) FROM account_fact WHERE number_hash IS NOT NULL")
            .scalar(site.core.store.read())
            .await
            .unwrap();
        assert_eq!(indexed, Some(0), "who types a number does not take it from its owner");
        // The same number on another's form is nobody's business either.
        let second = "0914 402 089";
        let (_, to) = registers(&site, &with(&[("phone", second), ("username", "nguoi.khac")]), second).await;
        assert!(to.starts_with("/dang-ky/xong"), "{to}");
        let flows: Vec<String> = Sql::new("SELECT data FROM flow").scalars(site.core.store.read()).await.unwrap();
        assert!(
            flows.len() >= 2 && flows.iter().all(|data| !data.contains(NUMBER) && !data.contains("Trần")),
            "{flows:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn a10_everything_that_is_wrong_is_named_at_once_beside_its_field() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.page(FORM).await;
        let empty = b.post(FORM, &[("province", "day")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = empty.checked();
        for field in [
            "full_name",
            "username",
            "password",
            "number",
            "issued_on",
            "issued_at",
            "commune",
            "address",
            "phone",
            "agreed",
        ] {
            assert!(page.contains(&format!("id=\"f-{field}-e\"")), "{field}");
        }
        for optional in ["email", "organization", "website", "fax", "elsewhere"] {
            assert!(!page.contains(&format!("id=\"f-{optional}-e\"")), "{optional}");
        }
        for (field, typed) in [
            ("again", "khác hẳn"),
            ("number", "123456789"),
            ("number", "044189"),
            ("issued_on", "31/02/2021"),
            ("issued_on", "05/07/2121"),
            ("issued_on", "05/07/1980"),
            ("website", "chưa có trang"),
            ("fax", "12"),
            ("email", "thu@"),
            ("username", "0914402088"),
            ("organization", "<script>"),
        ] {
            let answer = b.post(FORM, &with(&[(field, typed)])).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {typed}");
            let page = answer.checked();
            assert!(page.contains(&format!("id=\"f-{field}-e\"")), "{field}: {typed}");
            assert!(page.matches("class=\"error\"").count() == 1, "{field}: {typed}, and nothing else");
        }
        // A password that says what everybody knows of the person.
        for own in ["044189001234", "Trần Thị Thử", "tran.thu"] {
            let answer = b.post(FORM, &with(&[("password", own), ("again", own)])).await;
            assert!(answer.checked().contains("id=\"f-password-e\""), "{own}");
        }
        assert!(site.inbox(PHONE).await.is_empty(), "no SMS for a page with mistakes");
    })
    .await;
}

#[tokio::test]
async fn a10_who_lives_in_another_province_says_so() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.page(FORM).await;
        let without = b.post(FORM, &with(&[("province", "khac"), ("pick", "")])).await;
        assert!(without.checked().contains("id=\"f-elsewhere-e\""));
        let fields = with(&[("province", "khac"), ("elsewhere", "phường Vỹ Dạ, thành phố Huế")]);
        let (mut b, _) = registers(&site, &fields, PHONE).await;
        assert!(b.page("/tai-khoan/thong-tin").await.contains("Thôn 3, phường Vỹ Dạ, thành phố Huế"));
        let commune: Option<i64> =
            Sql::new("SELECT count(*) FROM account WHERE username = 'tran.thu' AND commune IS NULL")
                .scalar(site.core.store.read())
                .await
                .unwrap();
        assert_eq!(commune, Some(1), "it is no commune of this province");
    })
    .await;
}

#[tokio::test]
async fn a10_a_taken_name_is_told_at_once_and_one_that_was_taken_meanwhile_is_asked_anew() {
    each(async |site| {
        let mut b = Browser::new(&site);
        b.page(FORM).await;
        b.post(FORM, &FILLED).await.leads_to();
        let code = site.code(PHONE).await;
        let second = "0914 402 089";
        registers(&site, &with(&[("phone", second)]), second).await;
        let mut other = Browser::new(&site);
        other.page(FORM).await;
        let third = other.post(FORM, &with(&[("phone", "0914 402 090")])).await;
        assert!(third.checked().contains("id=\"f-username-e\""));

        let answer = b.post("/dang-ky/mau-day-du/ma", &[("code", &code)]).await;
        assert!(answer.checked().contains("Chọn tên đăng nhập khác"), "the phone is proven: only the name is asked");
        assert_eq!(site.accounts_with(PHONE).await, 0);
        assert!(b.page("/dang-ky/mau-day-du/ten").await.contains("name=\"username\""), "also after a reload");
        let bad = b.post("/dang-ky/mau-day-du/ten", &[("username", "1")]).await;
        assert_eq!(bad.status, StatusCode::UNPROCESSABLE_ENTITY);
        let done = b.post("/dang-ky/mau-day-du/ten", &[("username", "tran.thu.2")]).await;
        assert!(done.leads_to().starts_with("/dang-ky/xong"));
        assert!(b.page("/tai-khoan/thong-tin").await.contains("tran.thu.2"));
        b.post("/dang-ky/mau-day-du/ten", &[("username", "tran.thu.3")]).await.leads_to();
        assert_eq!(site.accounts_with(PHONE).await, 1);
        assert!(b.page("/tai-khoan/thong-tin").await.contains("tran.thu.2"), "a way that ended is not gone twice");
    })
    .await;
}

#[tokio::test]
async fn a10_a_phone_that_has_an_account_gets_the_same_pages_and_no_second_account() {
    each(async |site| {
        registers(&site, &FILLED, PHONE).await;
        site.core.clock.advance(MINUTE);
        let mut b = Browser::new(&site);
        b.page(FORM).await;
        let to = b.post(FORM, &with(&[("username", "ke.khac")])).await.leads_to();
        assert!(to.starts_with("/dang-ky/mau-day-du/ma"), "A14: the page does not tell");
        assert!(b.page(&to).await.contains("name=\"code\""));
        let sms = site.inbox(PHONE).await.remove(0);
        assert!(!sms.chars().take(6).all(|c| c.is_ascii_digit()), "no code: {sms}");
        assert_eq!(site.accounts_with(PHONE).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a10_what_was_declared_changes_goes_and_is_in_the_download() {
    each(async |site| {
        let (mut b, _) = registers(&site, &FILLED, PHONE).await;
        let page = b.page("/tai-khoan/thong-tin/tu-khai").await;
        for value in [NUMBER, "05/07/2021", "Bộ Công an", "Hợp tác xã Ví Dụ", "vidu.vn", "02333852529"] {
            assert!(page.contains(&format!("value=\"{value}\"")), "{value}");
        }
        let half = b.post("/tai-khoan/thong-tin/tu-khai", &[("number", NUMBER)]).await;
        assert!(half.checked().contains("id=\"f-issued_on-e\""), "papers are whole or not there");
        let changed = b.post("/tai-khoan/thong-tin/tu-khai", &[("organization", "Công ty Tạm Gọi")]).await;
        assert_eq!(changed.leads_to(), "/tai-khoan/thong-tin");
        let page = b.page("/tai-khoan/thong-tin").await;
        assert!(page.contains("Công ty Tạm Gọi") && !page.contains("044***234") && !page.contains("vidu.vn;"));
        let left: Option<i64> =
            Sql::new("SELECT count(*) FROM account_fact").scalar(site.core.store.read()).await.unwrap();
        assert_eq!(left, Some(1));
    })
    .await;
}
