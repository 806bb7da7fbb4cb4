//! What a well-behaved client gets. The names of the OpenID Foundation's cases stand beside what they check (docs/OIDC.md).

use crate::support::{AN, BINH, Browser, CALLBACK, House, NOW, NUMBER, Stop, VERIFIER, answer, http, province, text};
use base::clock::{DAY, MINUTE, SECOND};
use identity::{
    jws::Signer,
    provider::{Auth, NewClient},
};
use serde_json::{Value, json};
use store::testing::each_engine;

#[tokio::test]
async fn n8_discovery_says_what_is_true() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let (status, found) = answer(http().get(house.at("/.well-known/openid-configuration"))).await;
        assert_eq!(status, 200);
        assert_eq!(found["issuer"], house.url.as_str());
        for endpoint in [
            "authorization_endpoint",
            "token_endpoint",
            "userinfo_endpoint",
            "jwks_uri",
            "pushed_authorization_request_endpoint",
            "introspection_endpoint",
            "revocation_endpoint",
            "end_session_endpoint",
        ] {
            let at = text(&found, endpoint);
            assert!(at.starts_with(&house.url), "{endpoint}");
            assert_ne!(http().get(at).send().await.unwrap().status(), 404, "{endpoint} is there");
        }
        assert_eq!(found["response_types_supported"], json!(["code"]));
        assert_eq!(found["code_challenge_methods_supported"], json!(["S256"]));
        assert_eq!(found["subject_types_supported"], json!(["pairwise"]));
        assert_eq!(found["id_token_signing_alg_values_supported"], json!(["ES256", "RS256"]));
        let (_, set) = answer(http().get(text(&found, "jwks_uri"))).await;
        let keys = set["keys"].as_array().unwrap();
        assert_eq!(keys.len(), 2, "the signing key and the next");
        for key in keys {
            assert_eq!((text(key, "kty"), text(key, "alg"), text(key, "use")), ("EC", "ES256", "sig"));
            assert!(key.get("d").is_none(), "nothing private is published");
        }
    })
    .await;
}

/// oidcc-server, oidcc-scope-profile, oidcc-ensure-request-with-valid-pkce-succeeds, oidcc-userinfo-get/-post-header/-post-body.
#[tokio::test]
async fn n8_a_code_becomes_tokens_that_say_who_how_and_when() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let browser = Browser::default();
        let left = browser.through(&house, &house.authorize(&[])).await;
        assert_eq!(left["state"], "trạng-thái 1");
        assert_eq!(left["iss"], house.url, "the answer says whose it is");
        house.clock.advance(5 * SECOND);
        let (status, tokens) = house.redeem(&left["code"], &[]).await;
        assert_eq!(status, 200, "{tokens}");
        assert_eq!(tokens["token_type"], "Bearer");
        assert_eq!(tokens["expires_in"], 600);
        let id = house.proven(text(&tokens, "id_token")).await;
        let now = (NOW + 5 * SECOND) / 1000;
        assert_eq!(id["iss"], house.url.as_str());
        assert_eq!(id["aud"], "tinh");
        assert_eq!(id["nonce"], "nonce-1");
        assert_eq!(id["iat"], now);
        assert_eq!(id["exp"], now + 600);
        assert_eq!(id["auth_time"], NOW / 1000);
        assert_eq!(id["acr"], "loa:1");
        assert_eq!(id["amr"], json!(["pwd", "sms"]));
        assert!(id.contains_key("sid") && id.contains_key("at_hash"));
        assert!(!id.contains_key("name"), "claims of a scope come from userinfo");
        let access = text(&tokens, "access_token");
        let (status, info) = house.userinfo(access).await;
        assert_eq!((status, &info["sub"]), (200, &id["sub"]));
        assert_eq!(info["name"], "Nguyễn Thị An");
        assert_eq!(info["birthdate"], "1990-02-03");
        assert!(info.get("phone_number").is_none(), "what was not asked for is not given: {info}");
        let header = answer(http().post(house.at("/oauth2/userinfo")).bearer_auth(access)).await;
        let body = house.post_bare("/oauth2/userinfo", &[("access_token", access)]).await;
        assert_eq!(header, (200, info.clone()));
        assert_eq!(body, (200, info));
    })
    .await;
}

/// oidcc-scope-email/-address/-phone/-all, oidcc-ensure-other-scope-order-succeeds, and where a value is from.
#[tokio::test]
async fn n8_each_scope_gives_its_claims_and_provenance_says_where_they_are_from() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    for (scope, names) in [
        ("email openid", vec!["email", "email_verified"]),
        ("openid address", vec!["address"]),
        ("phone openid", vec!["phone_number", "phone_number_verified"]),
        ("address openid profile phone unknown email", vec!["address", "birthdate", "email", "email_verified", "name"]),
    ] {
        let tokens = house.tokens(&Browser::default(), &[("scope", scope)]).await;
        let (_, info) = house.userinfo(text(&tokens, "access_token")).await;
        for name in names {
            assert!(info.get(name).is_some(), "{scope}: {name} in {info}");
        }
        assert!(!text(&tokens, "scope").contains("unknown"));
        assert!(info.get("provenance").is_none());
    }
    let tokens = house.tokens(&Browser::default(), &[("scope", "openid profile provenance")]).await;
    let (_, info) = house.userinfo(text(&tokens, "access_token")).await;
    let from = json!({ "source": "population-registry", "assurance": "high", "at": NOW / 1000 - 1000 });
    assert_eq!(info["provenance"]["name"], from);
}

/// oidcc-claims-essential; and: what was not ticked is not given, and not asked again on the side.
#[tokio::test]
async fn n8_claims_that_were_not_agreed_to_are_not_given() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let browser = Browser::default();
        let wanted = json!({
            "userinfo": { "name": { "essential": true }, "phone_number": null, "SoDinhDanh": null },
            "id_token": { "birthdate": null, "email": null },
        })
        .to_string();
        let asked = [("scope", "openid"), ("claims", wanted.as_str())];
        browser.sign_in(&house, "an", "loa:1").await;
        let page = browser.get(&house, &house.authorize(&asked)).await.page();
        assert_eq!((text(&page, "client"), text(&page, "leads_to")), ("Cổng tỉnh", "https://tinh.example.vn"));
        let line = |name: &str, essential: bool| json!({ "name": name, "essential": essential, "ticked": true });
        let claims = page["claims"].as_array().unwrap();
        assert_eq!(claims.len(), 5, "{page}");
        assert!(claims.contains(&line("name", true)) && claims.contains(&line("SoDinhDanh", false)));

        // Of what can be left out, only the birth date is ticked.
        let left = browser.agree(&house, &page, Some(&["birthdate"])).await.left();
        let (_, tokens) = house.redeem(&left["code"], &[]).await;
        let id = house.proven(text(&tokens, "id_token")).await;
        assert_eq!(id["birthdate"], "1990-02-03");
        assert!(!id.contains_key("email"));
        let (_, info) = house.userinfo(text(&tokens, "access_token")).await;
        assert_eq!(info["name"], "Nguyễn Thị An", "essential ones go with the agreement");
        assert!(info.get("phone_number").is_none() && info.get("SoDinhDanh").is_none(), "{info}");

        // The same request again asks nothing and gives no more.
        let left = browser.get(&house, &house.authorize(&asked)).await.left();
        let (_, tokens) = house.redeem(&left["code"], &[]).await;
        let (_, info) = house.userinfo(text(&tokens, "access_token")).await;
        assert!(info.get("SoDinhDanh").is_none(), "{info}");
        // With prompt=consent it asks, and shows what was refused unticked.
        let page = browser.get(&house, &house.authorize(&[asked[0], asked[1], ("prompt", "consent")])).await.page();
        let number = page["claims"].as_array().unwrap().iter().find(|c| c["name"] == "SoDinhDanh").unwrap();
        assert_eq!(number["ticked"], false);
        // Taken back, the tokens end and the page comes again.
        assert_eq!(house.provider.consents(AN).await.unwrap().len(), 1);
        assert!(house.provider.withdraw_consent(AN, "tinh").await.unwrap());
        assert_eq!(house.userinfo(text(&tokens, "access_token")).await.0, 401);
        assert_eq!(browser.get(&house, &house.authorize(&asked)).await.page()["page"], "consent");
    })
    .await;
}

#[tokio::test]
async fn n8_a_person_may_say_no_or_choose_another_account() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let browser = Browser::default();
    let page = browser.get(&house, &house.authorize(&[])).await.page();
    assert_eq!((text(&page, "page"), text(&page, "reason")), ("login", "Nobody"));
    let form = [("answer", "cancel"), ("token", text(&page, "token"))];
    assert_eq!(browser.post(&house, text(&page, "cancel"), &form).await.left()["error"], "access_denied");

    browser.sign_in(&house, "an", "loa:1").await;
    let page = browser.get(&house, &house.authorize(&[])).await.page();
    let form = [("answer", "other"), ("token", text(&page, "token"))];
    let login = browser.post(&house, text(&page, "action"), &form).await.page();
    assert_eq!(text(&login, "reason"), "OtherAccount");
    browser.sign_in(&house, "binh", "loa:1").await;
    let page = browser.get(&house, &house.at(text(&login, "back"))).await.page();
    let left = browser.agree(&house, &page, None).await.left();
    let (_, tokens) = house.redeem(&left["code"], &[]).await;
    let id = house.proven(text(&tokens, "id_token")).await;
    assert_eq!(id["sub"], house.provider.subject("tinh.example.vn", BINH));

    let page = browser.get(&house, &house.authorize(&[("prompt", "consent")])).await.page();
    let form = [("answer", "deny"), ("token", text(&page, "token"))];
    let left = browser.post(&house, text(&page, "action"), &form).await.left();
    assert_eq!((left["error"].as_str(), left["state"].as_str()), ("access_denied", "trạng-thái 1"));
}

/// oidcc-prompt-login, -prompt-none-logged-in, -prompt-none-not-logged-in, -max-age-1, -max-age-10000, -id-token-hint,
/// -ensure-request-with-acr-values-succeeds, with essential levels beside them.
#[tokio::test]
async fn n8_prompt_max_age_hints_and_levels_are_obeyed() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let browser = Browser::default();
        let silent = browser.get(&house, &house.authorize(&[("prompt", "none")])).await.left();
        assert_eq!(silent["error"], "login_required");
        assert_eq!(silent["iss"], house.url);
        browser.sign_in(&house, "an", "loa:1").await;
        let silent = browser.get(&house, &house.authorize(&[("prompt", "none")])).await.left();
        assert_eq!(silent["error"], "consent_required");
        let tokens = house.tokens(&browser, &[]).await;
        let first = house.proven(text(&tokens, "id_token")).await;
        let silent = browser.get(&house, &house.authorize(&[("prompt", "none")])).await.left();
        let (_, again) = house.redeem(&silent["code"], &[]).await;
        let again = house.proven(text(&again, "id_token")).await;
        assert_eq!(
            (&again["sub"], &again["auth_time"], &again["sid"]),
            (&first["sub"], &first["auth_time"], &first["sid"])
        );

        house.clock.advance(10 * SECOND);
        assert!(browser.get(&house, &house.authorize(&[("max_age", "10000")])).await.left().contains_key("code"));
        for fresh in [("prompt", "login"), ("max_age", "1")] {
            house.clock.advance(2 * SECOND);
            let page = browser.get(&house, &house.authorize(&[fresh])).await.page();
            assert_eq!(text(&page, "reason"), "Fresh", "{fresh:?}");
            let silent = [fresh, ("prompt", "none")];
            if fresh.0 == "max_age" {
                assert_eq!(browser.get(&house, &house.authorize(&silent)).await.left()["error"], "login_required");
            }
            // Coming back without having signed in again changes nothing.
            let back = house.at(text(&page, "back"));
            assert_eq!(browser.get(&house, &back).await.page()["reason"], "Fresh");
            house.clock.advance(3 * SECOND);
            browser.sign_in(&house, "an", "loa:1").await;
            let left = browser.get(&house, &back).await.left();
            let (_, tokens) = house.redeem(&left["code"], &[]).await;
            let id = house.proven(text(&tokens, "id_token")).await;
            assert_eq!(id["auth_time"], house.clock.now() / 1000, "{fresh:?}");
        }

        let hint = text(&tokens, "id_token");
        let with_hint = [("prompt", "none"), ("id_token_hint", hint)];
        assert!(browser.get(&house, &house.authorize(&with_hint)).await.left().contains_key("code"));
        house.clock.advance(20 * MINUTE);
        assert!(
            browser.get(&house, &house.authorize(&with_hint)).await.left().contains_key("code"),
            "its age does not matter"
        );
        let other = Browser::default();
        other.sign_in(&house, "binh", "loa:1").await;
        assert_eq!(other.get(&house, &house.authorize(&with_hint)).await.left()["error"], "login_required");

        let page = browser.get(&house, &house.authorize(&[("acr_values", "urn:unknown loa:2")])).await.page();
        assert_eq!((text(&page, "reason"), text(&page, "acr")), ("Stronger", "loa:2"));
        let left = browser.get(&house, &house.at(text(&page, "back"))).await.left();
        assert!(left.contains_key("code"), "a wish does not stop anybody");
        let essential = json!({ "id_token": { "acr": { "essential": true, "values": ["loa:2"] } } }).to_string();
        let page = browser.get(&house, &house.authorize(&[("claims", &essential)])).await.page();
        let left = browser.get(&house, &house.at(text(&page, "back"))).await.left();
        assert_eq!(left["error"], "unmet_authentication_requirements");
        let page = browser.get(&house, &house.authorize(&[("claims", &essential)])).await.page();
        browser.sign_in(&house, "an", "loa:3").await;
        let left = browser.get(&house, &house.at(text(&page, "back"))).await.left();
        let (_, tokens) = house.redeem(&left["code"], &[]).await;
        assert_eq!(house.proven(text(&tokens, "id_token")).await["acr"], "loa:2", "answered in the client's words");
    })
    .await;
}

/// oidcc-ensure-request-without-nonce-succeeds-for-code-flow, -with-unknown-parameter-succeeds, -ensure-post-request-succeeds,
/// oidcc-display-page/-popup, oidcc-login-hint, oidcc-ui-locales, oidcc-claims-locales.
#[tokio::test]
async fn n8_what_a_client_may_leave_out_or_add_does_not_disturb() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let browser = Browser::default();
    let page = browser.get(&house, &house.authorize(&[("login_hint", "0912345678")])).await.page();
    assert_eq!(text(&page, "hint"), "0912345678");
    let tokens = house.tokens(&browser, &[("nonce", "")]).await;
    assert!(!house.proven(text(&tokens, "id_token")).await.contains_key("nonce"));
    for extra in [
        ("extra", "foobar"),
        ("display", "page"),
        ("display", "popup"),
        ("ui_locales", "vi en"),
        ("claims_locales", "se"),
        ("state", ""),
        ("response_mode", "query"),
    ] {
        let left = browser.get(&house, &house.authorize(&[extra])).await.left();
        assert!(left.contains_key("code"), "{extra:?}: {left:?}");
    }
    let asked = house.asking(&[]);
    let form: Vec<(&str, &str)> = asked.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert!(browser.post(&house, "/oauth2/authorize", &form).await.left().contains_key("code"));
}

#[tokio::test]
async fn n8_a_sector_knows_a_person_by_one_name_and_no_other_sector_does() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let sister = NewClient { redirect_uris: vec!["https://tinh.example.vn/app".into()], ..province("ung-dung") };
    let stranger = NewClient { redirect_uris: vec!["https://khac.example.vn/ve".into()], ..province("khac") };
    let (sister_secret, stranger_secret) = (house.add(sister).await.unwrap(), house.add(stranger).await.unwrap());
    let mut subjects = Vec::new();
    for (id, secret, at) in [
        ("tinh", house.secret.clone(), CALLBACK),
        ("ung-dung", sister_secret, "https://tinh.example.vn/app"),
        ("khac", stranger_secret, "https://khac.example.vn/ve"),
    ] {
        let code = house.code(&Browser::default(), &[("client_id", id), ("redirect_uri", at)]).await;
        let form =
            [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", at), ("code_verifier", VERIFIER)];
        let request = http().post(house.at("/oauth2/token")).basic_auth(id, Some(&secret)).form(&form);
        let (status, tokens) = answer(request).await;
        assert_eq!(status, 200, "{id}: {tokens}");
        let id_token = house.proven(text(&tokens, "id_token")).await;
        assert!(!text(&tokens, "id_token").contains(NUMBER));
        subjects.push(id_token["sub"].as_str().unwrap().to_owned());
    }
    assert_eq!(subjects[0], subjects[1]);
    assert_ne!(subjects[0], subjects[2]);
    assert_eq!(subjects[0].len(), 43);
    assert_eq!(subjects[0], house.provider.subject("tinh.example.vn", AN), "and it is the same tomorrow");
    assert_ne!(subjects[0], house.provider.subject("tinh.example.vn", BINH));
}

/// oidcc-server-client-secret-post, private_key_jwt and public clients; each only as it was registered.
#[tokio::test]
async fn n8_each_way_of_client_authentication_works_and_no_other() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let signer = Signer::generate(&base::clock::Entropy::seeded(99)).unwrap().0;
        let posted = house.add(NewClient { auth: Auth::ClientSecretPost, ..province("post") }).await.unwrap();
        house.add(NewClient { auth: Auth::None, ..province("app") }).await;
        let keys = json!({ "keys": [signer.public()] });
        house.add(NewClient { auth: Auth::PrivateKeyJwt, jwks: keys, ..province("key") }).await;
        let assertion = |jti: &str| {
            let now = house.clock.now() / 1000;
            let claims =
                json!({ "iss": "key", "sub": "key", "aud": house.url, "iat": now, "exp": now + 60, "jti": jti });
            signer.sign("JWT", &claims).unwrap()
        };
        const KIND: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
        let browser = Browser::default();
        for (id, proof) in [
            ("post", vec![("client_secret", posted.clone())]),
            ("app", vec![]),
            ("key", vec![("client_assertion_type", KIND.into()), ("client_assertion", assertion("1"))]),
        ] {
            let code = house.code(&browser, &[("client_id", id)]).await;
            let mut form: Vec<(&str, &str)> = vec![
                ("grant_type", "authorization_code"),
                ("code", &code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
                ("client_id", id),
            ];
            if id != "app" {
                let (status, refused) = house.post_bare("/oauth2/token", &form).await;
                assert_eq!((status, text(&refused, "error")), (401, "invalid_client"), "{id} without its proof");
            }
            form.extend(proof.iter().map(|(n, v)| (*n, v.as_str())));
            let (status, tokens) = house.post_bare("/oauth2/token", &form).await;
            assert_eq!(status, 200, "{id}: {tokens}");
        }
        // A secret is not taken where it was not registered to be.
        let basic =
            http().post(house.at("/oauth2/introspect")).basic_auth("post", Some(&posted)).form(&[("token", "x")]);
        let response = basic.send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert!(response.headers().contains_key("www-authenticate"));
    })
    .await;
}

/// oidcc-refresh-token; narrower scopes; introspection and revocation.
#[tokio::test]
async fn n8_tokens_are_refreshed_looked_into_and_taken_back() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let tokens = house.tokens(&Browser::default(), &[("scope", "openid profile offline_access")]).await;
        let (access, refresh) = (text(&tokens, "access_token"), text(&tokens, "refresh_token"));
        let (_, seen) = house.post("/oauth2/introspect", &[("token", access)]).await;
        assert_eq!(
            (&seen["active"], text(&seen, "client_id"), text(&seen, "token_type")),
            (&json!(true), "tinh", "Bearer")
        );
        house.clock.advance(11 * MINUTE);
        assert_eq!(house.userinfo(access).await.0, 401, "an access token ends");
        assert!(!house.is_active(access).await);
        let (status, next) = house.refresh(refresh).await;
        assert_eq!(status, 200, "{next}");
        assert_ne!(text(&next, "refresh_token"), refresh);
        let (first, second) =
            (house.proven(text(&tokens, "id_token")).await, house.proven(text(&next, "id_token")).await);
        for same in ["iss", "sub", "aud", "auth_time", "acr", "sid"] {
            assert_eq!(first[same], second[same], "{same}");
        }
        assert!(!second.contains_key("nonce"));
        assert_eq!(house.userinfo(text(&next, "access_token")).await.0, 200);

        let narrow =
            [("grant_type", "refresh_token"), ("refresh_token", text(&next, "refresh_token")), ("scope", "openid")];
        let (_, narrow) = house.post("/oauth2/token", &narrow).await;
        let (_, info) = house.userinfo(text(&narrow, "access_token")).await;
        assert!(info.get("name").is_none(), "less was asked for: {info}");
        let more = [
            ("grant_type", "refresh_token"),
            ("refresh_token", text(&narrow, "refresh_token")),
            ("scope", "openid email"),
        ];
        assert_eq!(text(&house.post("/oauth2/token", &more).await.1, "error"), "invalid_scope");

        let (access, refresh) = (text(&narrow, "access_token"), text(&narrow, "refresh_token"));
        assert_eq!(house.post("/oauth2/revoke", &[("token", "no such token")]).await.0, 200);
        assert_eq!(house.post("/oauth2/revoke", &[("token", access)]).await.0, 200);
        assert!(!house.is_active(access).await && house.is_active(refresh).await, "an access token goes alone");
        assert_eq!(house.post("/oauth2/revoke", &[("token", refresh)]).await.0, 200);
        assert!(!house.is_active(refresh).await);
        assert_eq!(house.refresh(refresh).await.0, 400);
    })
    .await;
}

#[tokio::test]
async fn n8_an_account_that_was_closed_gives_nothing_any_more() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let tokens = house.tokens(&Browser::default(), &[("scope", "openid offline_access")]).await;
    house.town.closed.lock().unwrap().push(AN);
    assert_eq!(house.userinfo(text(&tokens, "access_token")).await.0, 401);
    assert!(!house.is_active(text(&tokens, "access_token")).await);
    assert_eq!(house.refresh(text(&tokens, "refresh_token")).await.0, 400);
    house.town.closed.lock().unwrap().clear();
    assert_eq!(house.refresh(text(&tokens, "refresh_token")).await.0, 400, "and not again when it is opened");
}

/// oidcc-…-par: a pushed request, by the client that pushed it, once.
#[tokio::test]
async fn n8_a_pushed_request_is_used_once_by_its_client_and_in_time() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        house.add(NewClient { must_push: true, ..province("chi-day") }).await;
        let browser = Browser::default();
        let asked = house.asking(&[]);
        let form: Vec<(&str, &str)> = asked.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let (status, pushed) = house.post("/oauth2/par", &form).await;
        assert_eq!((status, &pushed["expires_in"]), (201, &json!(90)), "{pushed}");
        let at = |client: &str, uri: &str| {
            crate::support::query(
                &house.at("/oauth2/authorize"),
                &[("client_id".into(), client.into()), ("request_uri".into(), uri.into())],
            )
        };
        let uri = text(&pushed, "request_uri");
        assert!(matches!(browser.get(&house, &at("chi-day", uri)).await, Stop::Page(400, _)), "another client's");
        let left = browser.through(&house, &at("tinh", uri)).await;
        assert_eq!(house.redeem(&left["code"], &[]).await.0, 200);
        assert!(matches!(browser.get(&house, &at("tinh", uri)).await, Stop::Page(400, _)), "used");
        let (_, pushed) = house.post("/oauth2/par", &form).await;
        house.clock.advance(91 * SECOND);
        assert!(
            matches!(browser.get(&house, &at("tinh", text(&pushed, "request_uri"))).await, Stop::Page(400, _)),
            "late"
        );
        let left = browser.get(&house, &house.authorize(&[("client_id", "chi-day")])).await.left();
        assert_eq!(left["error"], "invalid_request", "this client must push");
        for (change, code) in [
            (("redirect_uri", "https://evil.example/"), "invalid_request"),
            (("code_challenge_method", "plain"), "invalid_request"),
            (("request_uri", "urn:ietf:params:oauth:request_uri:x"), "invalid_request"),
            (("response_type", "token"), "unsupported_response_type"),
        ] {
            let asked = house.asking(&[change]);
            let form: Vec<(&str, &str)> = asked.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            let (status, refused) = house.post("/oauth2/par", &form).await;
            assert_eq!((status, text(&refused, "error")), (400, code), "{change:?}");
        }
        assert_eq!(house.post_bare("/oauth2/par", &form).await.0, 401, "and only with the client's proof");
    })
    .await;
}

#[tokio::test]
async fn n8_what_has_ended_is_forgotten_and_what_lives_stays() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let browser = Browser::default();
        house.tokens(&browser, &[]).await;
        let offline = house.tokens(&browser, &[("scope", "openid offline_access")]).await;
        house.clock.advance(3 * DAY);
        house.provider.sweep().await.unwrap();
        let count = async |table: &str| -> i64 {
            store::Sql::new(format!("SELECT count(*) FROM {table}")).scalar(db.store.read()).await.unwrap().unwrap()
        };
        assert_eq!((count("oidc_interaction").await, count("oidc_family").await, count("oidc_token").await), (0, 1, 1));
        assert_eq!(house.refresh(text(&offline, "refresh_token")).await.0, 200);
        house.clock.advance(31 * DAY);
        assert_eq!(house.refresh(text(&offline, "refresh_token")).await.0, 400);
    })
    .await;
}

/// Where a log goes in a test.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn n8_logs_say_nothing_of_people_and_secrets() {
    let log = Log::default();
    let to = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(move || to.clone()).finish();
    // For all threads: units of work run on the writer's.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let browser = Browser::default();
    let wanted = json!({ "userinfo": { "SoDinhDanh": null }, "id_token": { "name": null } }).to_string();
    let asked = [("claims", wanted.as_str()), ("scope", "openid offline_access"), ("login_hint", NUMBER)];
    let code = house.code(&browser, &asked).await;
    let (_, tokens) = house.redeem(&code, &[]).await;
    house.userinfo(text(&tokens, "access_token")).await;
    house.refresh(text(&tokens, "refresh_token")).await;
    house.refresh(text(&tokens, "refresh_token")).await;
    house.redeem(&code, &[]).await;
    house.redeem(&code, &[("client_secret", &house.secret)]).await;
    house.provider.replace_leaked_key().await.unwrap();
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("a code was shown twice"), "the log is listened to: {log}");
    for secret in [NUMBER, "Nguyễn", &code, &house.secret, VERIFIER]
        .into_iter()
        .chain(["access_token", "refresh_token", "id_token"].map(|name| text(&tokens, name)))
    {
        assert!(!log.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn n8_rows_hold_no_code_token_secret_or_personal_number() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let browser = Browser::default();
    let wanted = json!({ "userinfo": { "SoDinhDanh": null } }).to_string();
    let asked = [("claims", wanted.as_str()), ("scope", "openid offline_access"), ("login_hint", NUMBER)];
    let code = house.code(&browser, &asked).await;
    let (_, tokens) = house.redeem(&code, &[]).await;
    let (_, info) = house.userinfo(text(&tokens, "access_token")).await;
    assert_eq!(info["SoDinhDanh"], NUMBER, "the number goes to whom the person allowed it");
    let mut bytes = Vec::new();
    for table in
        ["oidc_client", "oidc_interaction", "oidc_consent", "oidc_family", "oidc_token", "oidc_key", "oidc_seen"]
    {
        let columns: Vec<String> = store::Sql::new(format!("SELECT name FROM pragma_table_info('{table}')"))
            .scalars(db.store.read())
            .await
            .unwrap();
        for column in columns {
            let all: Vec<String> = store::Sql::new(format!("SELECT coalesce(hex({column}), '') FROM {table}"))
                .scalars(db.store.read())
                .await
                .unwrap();
            bytes.extend(all);
        }
    }
    let rows = bytes.join(" ");
    let hex = |text: &str| text.bytes().map(|b| format!("{b:02X}")).collect::<String>();
    for secret in [
        &code,
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
        &house.secret,
        NUMBER,
        text(&tokens, "id_token"),
    ] {
        assert!(!rows.contains(&hex(secret)), "{secret}");
    }
    assert!(rows.contains(&hex("Cổng tỉnh")), "the search finds what is there");
    let _: Value = info;
}
