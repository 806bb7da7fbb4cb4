//! Every route of the console × every role (X6), and who may post at all (X8).

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use axum::http::StatusCode;
use domain::{
    reports::{Draft, Place, submit},
    rights::{Role, role_allows},
    testing,
};
use support::{Person, Site, anybody, each};

/// A person with one role for the whole province: what is refused is refused by the role, not by the unit.
async fn person(site: &Site, role: Role) -> Person {
    let officer = testing::officer(&site.core, "Cán Bộ Thử", "*", role).await;
    site.sign_in(officer.account, "phien-cb", "password+totp").await
}

async fn report(site: &Site) -> String {
    let citizen = testing::citizen(&site.core, 1).await;
    let draft = Draft {
        content: "Ổ gà lớn trước trường".into(),
        category: "ha-tang".into(),
        place: Place { commune: Some("18880".into()), address: "Trước trường".into(), ..Place::default() },
        ..Draft::default()
    };
    submit(&site.core, citizen, &draft, vec![], None, "web").await.unwrap().code.as_str().to_owned()
}

fn fill(path: &str, code: &str) -> String {
    let path = if path.contains("/linh-vuc/{code}") { path.replace("{code}", "ha-tang") } else { path.to_owned() };
    path.replace("{code}", code)
        .replace("{id}", "00000000-0000-7000-8000-000000000000")
        .replace("{act}", "accept")
        .replace("{size}", "s")
        .replace("{question}", "moi")
        .replace("{what}", "xa")
        .replace("{version}", "1")
        .replace("{provider}", "vneid")
        .replace("{client}", "he-thong-0")
}

#[tokio::test]
async fn x6_every_route_answers_the_roles_of_the_table_and_nobody_else() {
    each(async |site: Site| {
        let code = report(&site).await;
        for role in Role::ALL {
            let who = person(&site, role).await;
            for (path, right) in web::console_routes() {
                let Some(right) = right else { continue };
                let path = fill(path, &code);
                // A route has one of the two, or both; the other one does not exist for anybody.
                let answers = [site.get(&who, &path).await.status, site.post(&who, &path, &[]).await.status];
                assert!(answers.iter().all(|s| !s.is_server_error()), "{role:?} {path}: {answers:?}");
                if role_allows(role, right) {
                    assert!(!answers.contains(&StatusCode::FORBIDDEN), "{role:?} {path}: {answers:?}");
                } else {
                    assert!(answers.contains(&StatusCode::FORBIDDEN), "{role:?} {path}: {answers:?}");
                    let gone = |s: &StatusCode| matches!(*s, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND);
                    assert!(answers.iter().all(gone), "{role:?} {path}: {answers:?}");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn x6_every_page_is_whole_in_both_languages() {
    each(async |site: Site| {
        let code = report(&site).await;
        let who = person(&site, Role::ProvinceOperator).await;
        for (path, _) in web::console_routes() {
            for lang in ["vi", "en"] {
                let answer = site.get(&who, &format!("{}?lang={lang}", fill(path, &code))).await;
                if answer.header("content-type").starts_with("text/html") {
                    answer.checked();
                }
            }
        }
    })
    .await;
}

/// Where one is led who asks for a page, or posts to what is no page.
async fn led(site: &Site, who: &Person, path: &str) -> String {
    let page = site.get(who, path).await;
    if page.status == StatusCode::NOT_FOUND { site.post(who, path, &[]).await.leads_to() } else { page.leads_to() }
}

#[tokio::test]
async fn x6_strangers_citizens_and_who_owes_a_factor_are_led_to_their_door() {
    each(async |site: Site| {
        let citizen = site.citizen(7).await;
        let officer = testing::officer(&site.core, "Nửa Đường", "*", Role::ProvinceOperator).await;
        let half = site.sign_in(officer.account, "phien-cb", "password").await;
        // A citizen's token in the cookie of staff opens nothing.
        let disguised = Person { cookie: citizen.cookie.replace("phien-", "phien-cb-"), ..citizen.clone() };
        for (path, right) in web::console_routes() {
            if right.is_none() {
                continue;
            }
            let path = fill(path, "0000000000");
            for who in [&anybody(), &citizen, &disguised] {
                let to = led(&site, who, &path).await;
                assert!(to.starts_with("/can-bo/dang-nhap?next=/can-bo"), "{path} → {to}");
            }
            let to = led(&site, &half, &path).await;
            assert!(to.starts_with("/can-bo/bao-mat"), "{path} → {to}");
        }
    })
    .await;
}

#[tokio::test]
async fn x8_a_post_without_its_token_changes_nothing() {
    each(async |site: Site| {
        let code = report(&site).await;
        let who = person(&site, Role::ProvinceOperator).await;
        for token in ["", "sai", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let forged = Person { csrf: token.into(), ..who.clone() };
            for (path, _) in web::console_routes() {
                let answer = site.post(&forged, &fill(path, &code), &[("version", "1")]).await;
                let refused = matches!(
                    answer.status,
                    StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED
                );
                assert!(refused, "{path}: {}", answer.status);
            }
        }
        assert_eq!(site.get(&who, "/can-bo/phan-anh").await.status, StatusCode::OK, "still signed in");
    })
    .await;
}
