//! «Cập nhật từ CSDL Quốc gia về Dân cư» (N7) as a browser without JavaScript meets it: the tick, what does not fit, and the step before a
//! province for who came with the Ministry's identity.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use domain::accounts::verify::registry::{Unanswered, Verdict};
use std::sync::Arc;
use store::{Sql, testing::each_engine};
use support::{
    Site,
    browser::Browser,
    elsewhere::Elsewhere,
    portal::*,
    registry::{FITS, Fake, known},
};

const PAGE: &str = "/tai-khoan/dinh-danh/dan-cu";
const KEEP: &str = "/tai-khoan/dinh-danh/dan-cu/giu";

async fn with_registry(test: impl AsyncFn(&Site, &Elsewhere, &Fake)) {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let fake = Arc::new(Fake::default());
        let site = Site::national_asking(db, |core| vec![there.provider(core, "vneid")], fake.clone()).await;
        test(&site, &there, &fake).await;
    })
    .await;
}

/// From a province, signed in with the Ministry's identity: the step in between, and the flow that waits.
async fn comes_from_province<'s>(site: &'s Site, there: &Elsewhere) -> (Browser<'s>, String, String) {
    province(site).await;
    let mut b = Browser::new(site);
    b.arrives(there, "s-1", "/").await;
    let flow = b.get(&asks("")).await.leads_to();
    let step = b.get(&flow).await.leads_to();
    assert_eq!(step, format!("{PAGE}?next={flow}"));
    b.page(&step).await;
    (b, flow, step)
}

#[tokio::test]
async fn n7_who_came_with_the_ministrys_identity_is_compared_once_and_then_goes_on_to_the_province() {
    with_registry(async |site, there, _| {
        let (mut b, flow, step) = comes_from_province(site, there).await;
        let page = b.page(&step).await;
        for words in
            ["Còn một bước trước khi đi tiếp", "044***234", "VNeID thử xác nhận", "Nơi đó chỉ trả lời khớp hay không"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains(NUMBER) && !page.contains(&format!("href=\"{flow}\"")), "not yet: {page}");
        // Nor may a form agree to it beforehand.
        let forced = b.post(&flow, &[("token", "x"), ("answer", "allow")]).await.leads_to();
        assert_eq!(b.get(&forced).await.leads_to(), step);
        let silent = b.get(&asks("&prompt=none")).await.leads_to();
        assert!(silent.starts_with(&format!("{BACK}?error=interaction_required")), "{silent}");

        assert_eq!(b.post(PAGE, &[("next", &flow)]).await.leads_to(), step);
        let page = b.page(&step).await;
        for words in ["Đã cập nhật, thông tin khớp", "CSDL Quốc gia về Dân cư: khớp", "Tiếp tục", "Hỏi lại"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert_eq!(page.matches("CSDL Quốc gia về Dân cư: khớp").count(), 4, "{page}");
        assert!(page.contains(&format!("href=\"{flow}\"")), "{page}");
        assert!(b.page(&flow).await.contains("muốn biết thông tin"));
        // Once is enough.
        let next = b.get(&asks("")).await.leads_to();
        assert!(b.page(&next).await.contains("muốn biết thông tin"));
        let identity = b.page("/tai-khoan/dinh-danh").await;
        assert!(identity.contains("Đã cập nhật từ CSDL Quốc gia về Dân cư lúc"), "{identity}");
        assert!(identity.contains("VNeID thử xác nhận lúc") && identity.contains(">CSDL Quốc gia về Dân cư: khớp<"));
        let activity = b.page("/tai-khoan/hoat-dong").await;
        assert!(activity.contains("Hỏi Cơ sở dữ liệu quốc gia về dân cư") && activity.contains("Trả lời: khớp"));
        let rows: Vec<String> =
            Sql::new("SELECT procedure FROM registry_question").scalars(site.core.store.read()).await.unwrap();
        assert_eq!(rows.len(), 1, "a forged form, a look at the page and a silent request ask nothing");
    })
    .await;
}

#[tokio::test]
async fn n7_what_does_not_fit_stands_beside_it_and_the_person_decides() {
    with_registry(async |site, there, fake| {
        let (mut b, flow, step) = comes_from_province(site, there).await;
        fake.says(known(Verdict::Mismatch, FITS, FITS));
        assert_eq!(b.post(PAGE, &[("next", &flow)]).await.leads_to(), step);
        let page = b.page(&step).await;
        for words in [
            "Có thông tin không khớp",
            "Nguyễn Thị Ví Dụ",
            "CSDL Quốc gia về Dân cư: không khớp",
            "ở đây không sửa được",
            "Giữ như hiện có và đi tiếp",
        ] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("name=\"full_name\""), "what was brought along is not corrected here");
        assert_eq!(b.get(&flow).await.leads_to(), step, "not before the person decided");
        let typed = b.post(PAGE, &[("next", &flow), ("full_name", "Nguyễn Thị Khác")]).await;
        assert_eq!(typed.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(typed.checked().contains("ở đây không sửa được"));
        for path in [KEEP, PAGE] {
            let mut forged = b.clone();
            forged.csrf = "x".into();
            assert_eq!(forged.post(path, &[]).await.status, StatusCode::FORBIDDEN, "{path}");
        }

        assert_eq!(b.post(KEEP, &[("next", &flow)]).await.leads_to(), flow);
        assert!(b.page(&flow).await.contains("muốn biết thông tin"));
        let page = b.page(PAGE).await;
        assert!(page.contains("đã chọn giữ thông tin như hiện có") && page.contains("không khớp"), "{page}");
        assert_eq!(b.post(KEEP, &[]).await.leads_to(), PAGE, "pressed twice");
        for next in ["https://evil.example/", "//evil.example"] {
            assert_eq!(b.post(PAGE, &[("next", next)]).await.leads_to(), PAGE, "{next}");
        }
        // Nobody is signed in: the page leads to the door and back.
        let door = Browser::new(site).get(PAGE).await.leads_to();
        assert!(door.starts_with("/dang-nhap?next="), "{door}");
    })
    .await;
}

#[tokio::test]
async fn n7_a_registry_that_is_away_keeps_nobody_from_a_province() {
    with_registry(async |site, there, fake| {
        let (mut b, flow, step) = comes_from_province(site, there).await;
        fake.says(Err(Unanswered::Away("gone".into())));
        assert_eq!(b.post(PAGE, &[("next", &flow)]).await.leads_to(), step);
        let page = b.page(&step).await;
        for words in ["Chưa hỏi được", "Lỗi không phải do Ông/Bà", "trong một giờ tới"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(page.contains(&format!("href=\"{flow}\"")) && !page.contains("Giữ như hiện có"), "{page}");
        assert!(b.page(&flow).await.contains("muốn biết thông tin"));
        site.core.clock.advance(61 * 60_000);
        let flow = b.get(&asks("")).await.leads_to();
        assert_eq!(b.get(&flow).await.leads_to(), format!("{PAGE}?next={flow}"), "asked for again later");

        // Who may ask no more today is not kept out either.
        fake.says(known(FITS, Verdict::Mismatch, FITS));
        for _ in 0..5 {
            b.post(PAGE, &[("next", &flow)]).await.leads_to();
        }
        let over = b.post(PAGE, &[("next", &flow)]).await;
        assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(over.checked().contains(&format!("href=\"{flow}\"")));
        assert!(b.page(&flow).await.contains("muốn biết thông tin"));
    })
    .await;
}

#[tokio::test]
async fn n7_a_portal_without_a_registry_asks_for_nothing() {
    each(async |site, there, _| {
        province(site).await;
        let mut b = Browser::new(site);
        b.arrives(there, "s-1", "/").await;
        let flow = b.get(&asks("")).await.leads_to();
        assert!(b.page(&flow).await.contains("muốn biết thông tin"));
        let page = b.page(PAGE).await;
        assert!(page.contains("Ở đây chưa kết nối") && !page.contains("<button class=\"btn\""), "{page}");
        assert!(!b.page("/tai-khoan/dinh-danh").await.contains(PAGE));
        assert_eq!(b.post(PAGE, &[]).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
