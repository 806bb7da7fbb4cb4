//! Registering at the national portal over the social insurance and the post (N3): the same way as over the operator, with a field of its own.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use domain::accounts::authority::{Authorities, Authority, Away, Candidate};
use std::sync::{Arc, atomic::Ordering};
use store::{Sql, testing::each_engine};
use support::{Site, browser::Browser, portal::*};

/// Not in anybody's name.
const OTHER_PHONE: &str = "0914 402 046";

/// The way's start, its own field, what is right in it, and who confirms.
const DESKS: [(&str, &str, &str, &str); 2] = [
    ("/dang-ky/bao-hiem-xa-hoi", "insurance", INSURANCE, "Bảo hiểm xã hội Việt Nam xác nhận lúc"),
    ("/dang-ky/buu-dien", "post_code", POST_CODE, "Bưu điện Việt Nam xác nhận lúc"),
];

async fn types(b: &mut Browser<'_>, start: &str, own: (&'static str, &str)) -> String {
    b.get(start).await;
    let mut fields = form(NUMBER, OTHER_PHONE);
    fields.push(own);
    assert_eq!(b.post(start, &fields).await.leads_to(), format!("{start}/ma"));
    let code = b.site.code(OTHER_PHONE).await;
    b.site.core.clock.advance(60_000);
    code
}

#[tokio::test]
async fn n3_insurance_and_post_confirm_a_person_with_any_phone_and_the_fact_says_who_did() {
    for (start, field, right, source) in DESKS {
        each(async |site, _, known| {
            let mut b = Browser::new(site);
            let ways = b.page("/dang-ky").await;
            assert!(ways.contains(&format!("href=\"{start}\"")), "{ways}");
            let page = b.page(start).await;
            assert!(page.contains("không cần chính chủ") && page.contains(&format!("name=\"{field}\"")), "{page}");
            let empty = b.post(start, &form(NUMBER, OTHER_PHONE)).await;
            assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(empty.checked().contains(&format!("href=\"#f-{field}\"")));
            let code = types(&mut b, start, (field, right)).await;
            // Away: the way stays open, and the next try goes on.
            known.away.store(true, Ordering::Relaxed);
            let password = b.post(&format!("{start}/ma"), &[("code", &code)]).await.leads_to();
            assert_eq!(password, format!("{start}/mat-khau"));
            let fields = [("password", PASSWORD), ("again", PASSWORD)];
            let away = b.post(&password, &fields).await;
            assert!(away.checked().contains("Chưa hỏi được"), "said, and what to do");
            known.away.store(false, Ordering::Relaxed);
            assert_eq!(b.post(&password, &fields).await.leads_to(), "/dang-ky/xong");
            let identity = b.page("/tai-khoan/dinh-danh").await;
            assert_eq!(identity.matches(source).count(), 3, "{identity}");
            let level: Option<String> =
                Sql::new("SELECT assurance FROM account").scalar(site.core.store.read()).await.unwrap();
            assert_eq!(level.as_deref(), Some("verified"), "IAL2");
            let linked = b.page("/tai-khoan/lien-ket").await;
            assert!(!linked.contains(right), "{linked}");
        })
        .await;
    }
}

#[tokio::test]
async fn n3_what_the_authority_does_not_know_registers_nobody() {
    for ((start, field, ..), wrong) in DESKS.into_iter().zip(["0000000013", "THU-000013"]) {
        each(async |site, _, _| {
            let mut b = Browser::new(site);
            let code = types(&mut b, start, (field, wrong)).await;
            let refused = b.post(&format!("{start}/ma"), &[("code", &code)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            let said = refused.checked();
            assert!(said.contains("không khớp với người có thông tin đã nhập") && !said.contains(wrong), "{said}");
            let forced = b.post(&format!("{start}/mat-khau"), &[("password", PASSWORD), ("again", PASSWORD)]).await;
            assert!(forced.leads_to().starts_with(&format!("{start}?het-han=1")));
            let accounts: Option<i64> =
                Sql::new("SELECT count(*) FROM account").scalar(site.core.store.read()).await.unwrap();
            assert_eq!(accounts, Some(0));
        })
        .await;
    }
}

/// The social insurance alone.
struct One;

#[async_trait::async_trait]
impl Authorities for One {
    fn has(&self, authority: Authority) -> bool {
        authority == Authority::Insurance
    }

    async fn confirms(&self, _: &Candidate) -> Result<bool, Away> {
        Err(Away)
    }
}

#[tokio::test]
async fn n3_only_who_is_connected_is_offered_and_the_others_have_no_page() {
    each_engine(async |db| {
        let site = Site::national(db, |_| Vec::new(), Some(Arc::new(One))).await;
        let mut b = Browser::new(&site);
        let ways = b.page("/dang-ky").await;
        assert!(ways.contains("/dang-ky/bao-hiem-xa-hoi"));
        for path in ["/dang-ky/thue-bao", "/dang-ky/buu-dien"] {
            assert!(!ways.contains(path), "{path}");
            for page in ["", "/ma", "/mat-khau"] {
                assert_eq!(b.get(&format!("{path}{page}")).await.status, StatusCode::NOT_FOUND, "{path}{page}");
            }
            assert_eq!(b.post(path, &form(NUMBER, OTHER_PHONE)).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}
