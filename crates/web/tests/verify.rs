//! «Xác thực thông tin cá nhân» (A7) as a browser without JavaScript does it: a photo, typed fields, every answer of the registry, and what
//! strangers send instead of a card.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use domain::{
    accounts::verify::registry::{Compared, Unanswered, Verdict},
    testing::card::{Look, as_png, draw, png},
};
use std::sync::Arc;
use store::{Sql, testing::each_engine};
use support::{
    Person, Site, each,
    registry::{FITS, Fake, known},
};

const CARD: &str =
    "044189001234|191234567|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3, Lệ Thủy|10052021|Trần Văn Cha|044060000001||";
const PAGE: &str = "/tai-khoan/xac-thuc";
const CODE: &str = "/tai-khoan/xac-thuc/ma";
const PHOTO: &str = "/tai-khoan/xac-thuc/anh";
const TYPED: &str = "/tai-khoan/xac-thuc/nhap";
const CHECK: &str = "/tai-khoan/xac-thuc/kiem-tra";
const RESULT: &str = "/tai-khoan/xac-thuc/ket-qua";

/// Runs a test with a registry, on both engines.
async fn with_registry(test: impl AsyncFn(&Site, &Fake)) {
    each_engine(async |db| {
        let fake = Arc::new(Fake::default());
        let site = Site::asking(db, fake.clone()).await;
        test(&site, &fake).await;
    })
    .await;
}

/// Shows a card; the person with the cookie of the step.
async fn shows(site: &Site, who: &Person, card: &str) -> Person {
    let answer = site.post(who, CODE, &[("code", card)]).await;
    assert_eq!(answer.leads_to(), CHECK);
    stepping(who, &answer)
}

fn stepping(who: &Person, answer: &support::Answer) -> Person {
    let cookies = answer.headers.get_all("set-cookie").iter().map(|c| c.to_str().unwrap());
    let step: Vec<&str> = cookies.filter(|c| !c.contains("Max-Age=0")).map(|c| c.split(';').next().unwrap()).collect();
    Person { cookie: format!("{}; {}", who.cookie, step.join("; ")), ..who.clone() }
}

fn photo_of(card: &str) -> Vec<u8> {
    png(card, &Look::CLEAN).unwrap()
}

#[tokio::test]
async fn a7_without_a_registry_a_photo_is_read_shown_and_kept_as_read() {
    each(async |site| {
        let me = site.citizen(1).await;
        let home = site.get(&me, "/tai-khoan").await.page();
        assert!(
            home.contains("Xác thực thông tin cá nhân") && home.contains("Chưa xác thực. Xác thực một lần"),
            "{home}"
        );
        let page = site.get(&me, PAGE).await;
        assert!(page.header("permissions-policy").contains("camera=(self)"));
        assert!(site.get(&me, "/tai-khoan").await.header("permissions-policy").contains("camera=()"), "nowhere else");
        let html = page.page();
        for words in ["Chưa xác thực", "chưa kết nối với Cơ sở dữ liệu", "mặt trước", "mặt sau", "islands/scan"]
        {
            assert!(html.contains(words), "{words}: {html}");
        }
        assert!(!html.contains(TYPED), "typed fields prove nothing here");
        let sent = site.upload(&me, PHOTO, &[], &[("photo", "the.png", &photo_of(CARD))]).await;
        assert_eq!(sent.leads_to(), CHECK);
        assert!(!sent.header("set-cookie").contains("044189"));
        let step = stepping(&me, &sent);
        let shown = site.get(&step, CHECK).await.page();
        for words in
            ["Nguyễn Thị Ví Dụ", "044***234", "21/03/1989", "Nữ", "Thôn 3, Lệ Thủy", "10/05/2021", "Người Thử 1"]
        {
            assert!(shown.contains(words), "{words}: {shown}");
        }
        assert!(!shown.contains("044189001234") && !shown.contains("Trần Văn Cha"), "{shown}");
        assert_eq!(site.get(&step, RESULT).await.leads_to(), CHECK, "nothing was asked yet");
        assert_eq!(site.post(&step, CHECK, &[]).await.leads_to(), RESULT);
        let result = site.get(&step, RESULT).await.page();
        assert!(result.contains("Đã đối chiếu mã QR") && result.contains("chưa thể xác thực"), "{result}");
        assert!(result.contains("Họ tên trên thẻ khác"), "side by side, nothing overwritten: {result}");
        let page = site.get(&me, PAGE).await.page();
        assert!(page.contains("Đã đối chiếu mã QR") && page.contains("044***234") && page.contains("Bỏ thông tin này"));
        assert!(site.get(&me, "/tai-khoan").await.page().contains("Đã đọc mã QR trên thẻ"));
        let linked = site.get(&me, "/tai-khoan/lien-ket").await.page();
        assert!(!linked.contains("044***234"), "what is printed is not what is proven: {linked}");
        let other = site.citizen(2).await;
        let refused = site.post(&shows(&site, &other, CARD).await, CHECK, &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let refused = refused.checked();
        assert!(refused.contains("đã thuộc về một tài khoản khác") && !refused.contains("Người Thử 1"), "{refused}");
        assert_eq!(site.post(&me, "/tai-khoan/xac-thuc/bo", &[]).await.leads_to(), PAGE);
        assert_eq!(site.post(&me, "/tai-khoan/xac-thuc/bo", &[]).await.leads_to(), PAGE, "pressed twice");
        assert!(site.get(&me, PAGE).await.page().contains("Chưa xác thực"));
    })
    .await;
}

#[tokio::test]
async fn a7_a18_typed_fields_are_verified_and_the_question_is_shown_in_the_activity() {
    with_registry(async |site, fake| {
        let me = site.citizen(1).await;
        assert!(site.get(&me, PAGE).await.page().contains(TYPED));
        assert!(site.get(&me, TYPED).await.page().contains("12 chữ số"));
        let wrong = [("number", "191234567"), ("full_name", "Аn"), ("birth", "31/02/1989"), ("issued", "10/05/2021")];
        let refused = site.post(&me, TYPED, &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let refused = refused.checked();
        for words in
            ["chứng minh nhân dân cũ", "chỉ gồm chữ cái", "Ngày sinh chưa đúng", "Chọn Nam hoặc Nữ", "31/02/1989"]
        {
            assert!(refused.contains(words), "{words}: {refused}");
        }
        let right = [
            ("number", "044 189 001 234"),
            ("full_name", "Nguyễn Thị Ví Dụ"),
            ("birth", "21/03/1989"),
            ("sex", "female"),
            ("issued", "10/05/2021"),
        ];
        let sent = site.post(&me, TYPED, &right).await;
        assert_eq!(sent.leads_to(), CHECK);
        let step = stepping(&me, &sent);
        assert!(site.get(&step, CHECK).await.page().contains("chúng tôi hỏi Cơ sở dữ liệu quốc gia về dân cư"));
        fake.says(known(FITS, Verdict::Mismatch, FITS));
        assert_eq!(site.post(&step, CHECK, &[]).await.leads_to(), RESULT);
        let result = site.get(&step, RESULT).await.page();
        assert!(result.contains("Thông tin chưa khớp") && result.contains("Không khớp"), "{result}");
        assert_eq!(site.post(&step, CHECK, &[]).await.leads_to(), RESULT, "the same card is not asked twice");
        let activity = site.get(&me, "/tai-khoan/hoat-dong").await.page();
        assert!(activity.contains("có dòng không khớp") && activity.contains("Không khớp: Ngày sinh"), "{activity}");
        fake.says(known(FITS, FITS, Verdict::Silent));
        let step = stepping(&me, &site.post(&me, TYPED, &right).await);
        site.post(&step, CHECK, &[]).await.leads_to();
        assert!(site.get(&step, RESULT).await.page().contains("Đã xác thực thông tin cá nhân"));
        let page = site.get(&me, PAGE).await.page();
        assert!(
            page.contains("Cơ sở dữ liệu quốc gia về dân cư xác nhận lúc") && !page.contains("data-scan"),
            "{page}"
        );
        assert!(site.get(&me, "/tai-khoan").await.page().contains("Đã xác thực danh tính"), "the account's level");
        let activity = site.get(&me, "/tai-khoan/hoat-dong").await.page();
        for words in [
            "Hỏi Cơ sở dữ liệu quốc gia",
            "Để: xác thực tài khoản",
            "Trả lời: khớp",
            "Mã lần hỏi",
            "theo yêu cầu của Ông/Bà",
        ] {
            assert!(activity.contains(words), "{words}: {activity}");
        }
        let linked = site.get(&me, "/tai-khoan/lien-ket").await.page();
        assert!(linked.contains("Cơ sở dữ liệu quốc gia về dân cư xác nhận lúc"), "{linked}");
        let thief = site.citizen(2).await;
        let refused = site.post(&shows(site, &thief, CARD).await, CHECK, &[]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("đã thuộc về một tài khoản khác"));
    })
    .await;
}

#[tokio::test]
async fn a7_every_answer_of_the_registry_has_its_own_words() {
    with_registry(async |site, fake| {
        let away = Err(Unanswered::Away("connection refused".into()));
        for (n, answer, title, words) in [
            (1, Ok(Compared::Unknown), "Không có số định danh này", "không có số này"),
            (2, away.clone(), "Chưa hỏi được, thông tin đã được giữ", "Hỏi lại"),
            (3, Err(Unanswered::Refused("no".into())), "Chưa hỏi được Cơ sở dữ liệu", "Lỗi không phải do Ông/Bà"),
            (4, known(FITS, Verdict::Silent, FITS), "Chưa đủ để xác thực", "giữ như đọc từ thẻ"),
            (5, known(FITS, FITS, Verdict::Mismatch), "Thông tin chưa khớp", "Giới tính khi đăng ký khai sinh"),
        ] {
            fake.says(answer);
            let me = site.citizen(n).await;
            let card = CARD.replacen("044189001234", &format!("04418900{n:04}"), 1);
            let step = shows(site, &me, &card).await;
            site.post(&step, CHECK, &[]).await.leads_to();
            let page = site.get(&step, RESULT).await.page();
            assert!(page.contains(title) && page.contains(words), "{title}: {page}");
            assert!(!page.contains("connection refused"), "{page}");
            let english = site.get(&step, &format!("{RESULT}?lang=en")).await.page();
            assert!(!english.contains(title), "{english}");
        }
        // The one whose question went unanswered asks again with the same card.
        fake.says(away);
        let me = site.citizen(6).await;
        let step = shows(site, &me, &CARD.replacen("001234", "000006", 1)).await;
        site.post(&step, CHECK, &[]).await.leads_to();
        fake.says(known(FITS, FITS, FITS));
        site.post(&step, CHECK, &[]).await.leads_to();
        assert!(site.get(&step, RESULT).await.page().contains("Đã xác thực thông tin cá nhân"));
    })
    .await;
}

#[tokio::test]
async fn a7_what_is_no_card_is_refused_with_what_to_do_now() {
    each(async |site| {
        let me = site.citizen(1).await;
        for (code, words) in [
            ("https://example.vn/ve", "không phải mã QR của thẻ Căn cước"),
            ("", "không phải mã QR của thẻ Căn cước"),
            ("044189001234|191234567|Nguyễn Thị", "bị mất một phần"),
            ("044189001234||Nguyễn Thị Ví Dụ|21031990|Nữ|Thôn 3|10052021", "Năm sinh không khớp"),
            ("044189001234||Nguyễn Thị Ví Dụ|21031989|Nam|Thôn 3|10052021", "Giới tính không khớp"),
            ("044189001234||Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3|10052099", "Ngày cấp thẻ không thể"),
            ("044189001234||<script>alert(1)</script>|21031989|Nữ|Thôn 3|10052021", "chỉ gồm chữ cái"),
        ] {
            let refused = site.post(&me, CODE, &[("code", code)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
            let page = refused.checked();
            assert!(page.contains(words) && page.contains("error-summary"), "{words}: {page}");
        }
        let long = format!("{CARD}{}", "x".repeat(4000));
        assert!(site.post(&me, CODE, &[("code", &long)]).await.checked().contains("không phải mã QR"));
        let mut bomb = photo_of(CARD);
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let code = draw(CARD, &Look::CLEAN).unwrap();
        let other = draw(&CARD.replacen("001234", "001235", 1), &Look::CLEAN).unwrap();
        let mut both = image::GrayImage::from_pixel(code.width() * 2, code.height(), image::Luma([190]));
        image::imageops::overlay(&mut both, &code, 0, 0);
        image::imageops::overlay(&mut both, &other, i64::from(code.width()), 0);
        let grey = as_png(&image::GrayImage::from_pixel(300, 200, image::Luma([120]))).unwrap();
        for (bytes, words) in [
            (b"%PDF-1.7".to_vec(), "không phải ảnh JPEG"),
            (photo_of(CARD)[..80].to_vec(), "bị hỏng"),
            (Vec::new(), "Chọn một ảnh"),
            (bomb, "ảnh"),
            (grey, "Không đọc được mã QR nào"),
            (photo_of("https://example.vn/thuc-don"), "không phải mã QR của thẻ Căn cước"),
            (as_png(&both).unwrap(), "mã của nhiều thẻ"),
        ] {
            let refused = site.upload(&me, PHOTO, &[], &[("photo", "anh.png", &bytes)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{words}");
            assert!(refused.checked().contains(words), "{words}: {}", refused.text());
        }
        let none = site.upload(&me, PHOTO, &[], &[]).await;
        assert!(none.checked().contains("Chọn một ảnh"));
        let heavy = vec![0u8; 13 * 1024 * 1024];
        assert!(site.upload(&me, PHOTO, &[], &[("photo", "a.png", &heavy)]).await.checked().contains("quá 12 MB"));
        let kept: i64 =
            Sql::new("SELECT count(*) FROM account_fact").scalar(site.core.store.read()).await.unwrap().unwrap();
        assert_eq!(kept, 0);
    })
    .await;
}

#[tokio::test]
async fn a7_a_card_needs_a_session_its_own_flow_and_a_token() {
    each(async |site| {
        let (me, other) = (site.citizen(1).await, site.citizen(2).await);
        for path in [PAGE, TYPED, CHECK, RESULT] {
            assert!(site.get(&support::anybody(), path).await.leads_to().starts_with("/dang-nhap?next="), "{path}");
        }
        for path in [CODE, TYPED, CHECK, PHOTO, "/tai-khoan/xac-thuc/bo"] {
            let stranger = site.post(&support::anybody(), path, &[("code", CARD)]).await;
            assert!(stranger.leads_to().starts_with("/dang-nhap"), "{path}");
            let forged = site.post(&Person { csrf: "forged".into(), ..me.clone() }, path, &[("code", CARD)]).await;
            assert_eq!(forged.status, StatusCode::FORBIDDEN, "{path}");
        }
        for path in [CODE, PHOTO, "/tai-khoan/xac-thuc/bo"] {
            assert_eq!(site.get(&me, path).await.leads_to(), PAGE, "reloaded");
        }
        let gone = "/tai-khoan/xac-thuc?het-han=1";
        assert_eq!(site.get(&me, CHECK).await.leads_to(), gone);
        let step = shows(&site, &me, CARD).await;
        let stolen = step.cookie.replace(&me.cookie, &other.cookie);
        let thief = Person { cookie: stolen, ..other.clone() };
        assert_eq!(site.get(&thief, CHECK).await.leads_to(), gone);
        assert_eq!(site.post(&thief, CHECK, &[]).await.leads_to(), gone);
        assert!(site.get(&me, gone).await.page().contains("quá 30 phút"));
        for _ in 0..35 {
            site.post(&me, CODE, &[("code", "x")]).await;
        }
        let over = site.post(&me, CODE, &[("code", CARD)]).await;
        assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(over.checked().contains("Đã thử quá nhiều lần") && !over.header("retry-after").is_empty());
        let blind = as_png(&image::GrayImage::from_pixel(300, 200, image::Luma([120]))).unwrap();
        let over = site.upload(&me, PHOTO, &[], &[("photo", "a.png", &blind)]).await;
        assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
    })
    .await;
}
