//! What hostile clients, browsers and thieves of codes try, by the names of the OpenID Foundation's cases where there is one.

use crate::support::{AN, Browser, CALLBACK, House, Stop, VERIFIER, answer, http, province, query, text};
use base::clock::{MINUTE, SECOND};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use identity::{
    jws::Signer,
    provider::{Auth, BadClient, NewClient},
};
use serde_json::{Value, json};
use store::testing::each_engine;

/// oidcc-ensure-registered-redirect-uri, oidcc-redirect-uri-query-added, -query-mismatch, and other near misses: the browser stays.
#[tokio::test]
async fn n8_nobody_is_sent_to_an_address_that_is_not_registered() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let with_query =
        NewClient { redirect_uris: vec!["https://co.example.vn/ve?kenh=1".into()], ..province("co-query") };
    house.add(with_query).await;
    let browser = Browser::default();
    browser.sign_in(&house, "an", "loa:1").await;
    for (client, wrong) in [
        ("tinh", "https://evil.example/"),
        ("tinh", "https://tinh.example.vn/dang-nhap/ve/"),
        ("tinh", "https://tinh.example.vn/dang-nhap/ve?x=1"),
        ("tinh", "https://tinh.example.vn/dang-nhap/ve#x"),
        ("tinh", "https://tinh.example.vn/dang-nhap/../dang-nhap/ve"),
        ("tinh", "https://TINH.example.vn/dang-nhap/ve"),
        ("tinh", "http://tinh.example.vn/dang-nhap/ve"),
        ("tinh", "https://tinh.example.vn:443/dang-nhap/ve"),
        ("tinh", "https://tinh.example.vn@evil.example/dang-nhap/ve"),
        ("tinh", "https://tinh.example.vn/dang-nhap/ve "),
        ("tinh", "https://tinh.example.vn/dang-nhap/v%65"),
        ("tinh", ""),
        ("co-query", "https://co.example.vn/ve?kenh=2"),
        ("co-query", "https://co.example.vn/ve"),
        ("co-query", "https://co.example.vn/ve?kenh=1&x=2"),
        ("khong-co", CALLBACK),
        ("", CALLBACK),
        ("tinh' OR '1'='1", CALLBACK),
    ] {
        let stop = browser.get(&house, &house.authorize(&[("client_id", client), ("redirect_uri", wrong)])).await;
        let Stop::Page(status, page) = stop else { panic!("{client} {wrong}: {stop:?}") };
        assert_eq!(status, 400, "{client} {wrong}");
        assert!(text(&page, "text").contains("Ông/Bà không làm gì sai"), "a page that people understand");
    }
    let twice = house.authorize(&[]) + "&redirect_uri=https%3A%2F%2Fevil.example%2F";
    assert!(matches!(browser.get(&house, &twice).await, Stop::Page(400, _)));
    let left = browser
        .through(
            &house,
            &house.authorize(&[("client_id", "co-query"), ("redirect_uri", "https://co.example.vn/ve?kenh=1")]),
        )
        .await;
    assert_eq!(left["kenh"], "1", "a registered query stays");
    assert!(left.contains_key("code"));
}

/// oidcc-response-type-missing, oidcc-request-uri-unsigned-…-rejected, oidcc-unsigned-request-object-…-rejected,
/// oidcc-ensure-request-object-with-redirect-uri, PKCE downgrades: the error goes to the proven address, with state and iss.
#[tokio::test]
async fn n8_wrong_requests_are_told_to_the_client() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let browser = Browser::default();
    browser.sign_in(&house, "an", "loa:1").await;
    let request_object = format!("{}.e30.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#));
    let foreign = Signer::generate(&base::clock::Entropy::seeded(1)).unwrap().0;
    let foreign = foreign.sign("JWT", &json!({ "iss": house.url, "aud": "tinh", "sub": "x" })).unwrap();
    for (case, change, code) in [
        ("oidcc-response-type-missing", ("response_type", ""), "invalid_request"),
        ("implicit", ("response_type", "id_token token"), "unsupported_response_type"),
        ("hybrid", ("response_type", "code id_token"), "unsupported_response_type"),
        ("oidcc-unsigned-request-object", ("request", request_object.as_str()), "request_not_supported"),
        ("oidcc-request-uri-unsigned", ("request_uri", "https://tinh.example.vn/r.jwt"), "request_uri_not_supported"),
        ("registration", ("registration", "{}"), "registration_not_supported"),
        ("no openid", ("scope", "profile"), "invalid_scope"),
        ("no scope", ("scope", ""), "invalid_scope"),
        ("no PKCE", ("code_challenge", ""), "invalid_request"),
        ("PKCE plain", ("code_challenge_method", "plain"), "invalid_request"),
        ("PKCE method missing", ("code_challenge_method", ""), "invalid_request"),
        ("PKCE too short", ("code_challenge", "abc"), "invalid_request"),
        ("fragment", ("response_mode", "fragment"), "invalid_request"),
        ("form_post", ("response_mode", "form_post"), "invalid_request"),
        ("none with others", ("prompt", "none login"), "invalid_request"),
        ("max_age", ("max_age", "-1"), "invalid_request"),
        ("claims", ("claims", "{"), "invalid_request"),
        ("hint of nobody", ("id_token_hint", "x.y.z"), "invalid_request"),
        ("hint signed by a stranger", ("id_token_hint", foreign.as_str()), "invalid_request"),
        (
            "essential acr that does not exist",
            ("claims", r#"{"id_token":{"acr":{"essential":true,"value":"loa:9"}}}"#),
            "unmet_authentication_requirements",
        ),
    ] {
        let left = browser.get(&house, &house.authorize(&[change])).await.left();
        assert_eq!(left.get("error").map(String::as_str), Some(code), "{case}");
        assert_eq!(left["state"], "trạng-thái 1", "{case}");
        assert_eq!(left["iss"], house.url, "{case}");
        assert!(!left.contains_key("code"), "{case}");
    }
    let twice = house.authorize(&[]) + "&nonce=b";
    assert_eq!(browser.get(&house, &twice).await.left()["error"], "invalid_request");
}

/// oidcc-codereuse, oidcc-codereuse-30seconds.
#[tokio::test]
async fn n8_a_code_shown_again_ends_everything_that_came_of_it() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        for wait in [0, 30 * SECOND, 11 * MINUTE] {
            let code = house.code(&Browser::default(), &[("scope", "openid offline_access")]).await;
            let (_, tokens) = house.redeem(&code, &[]).await;
            let refresh = text(&tokens, "refresh_token");
            assert!(house.is_active(refresh).await);
            house.clock.advance(wait);
            let (status, refused) = house.redeem(&code, &[]).await;
            assert_eq!((status, text(&refused, "error")), (400, "invalid_grant"));
            assert!(!house.is_active(refresh).await, "after {wait} ms");
            assert_eq!(house.userinfo(text(&tokens, "access_token")).await.0, 401);
        }
    })
    .await;
}

#[tokio::test]
async fn n8_of_two_who_show_a_code_at_the_same_moment_at_most_one_wins_and_then_loses_it() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        for _ in 0..4 {
            let code = house.code(&Browser::default(), &[]).await;
            let all = futures_util::future::join_all((0..8).map(|_| house.redeem(&code, &[]))).await;
            let won: Vec<&Value> = all.iter().filter(|(status, _)| *status == 200).map(|(_, tokens)| tokens).collect();
            assert_eq!(won.len(), 1, "{all:?}");
            assert!(
                all.iter().filter(|(s, _)| *s != 200).all(|(s, body)| *s == 400 && body["error"] == "invalid_grant")
            );
            assert_eq!(house.userinfo(text(won[0], "access_token")).await.0, 401, "seven others had the code");
        }
    })
    .await;
}

#[tokio::test]
async fn n8_a_code_is_nothing_without_its_verifier_address_client_and_time() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let other = house.add(NewClient { auth: Auth::ClientSecretPost, ..province("khac") }).await.unwrap();
        let browser = Browser::default();
        for (case, change) in [
            ("wrong verifier", ("code_verifier", "another-verifier-of-at-least-forty-three-characters")),
            ("the challenge itself", ("code_verifier", "CHALLENGE")),
            ("short verifier", ("code_verifier", "short")),
            ("other address", ("redirect_uri", "https://tinh.example.vn/khac")),
        ] {
            let code = house.code(&browser, &[]).await;
            let challenge = URL_SAFE_NO_PAD.encode(crate::support::digest(VERIFIER));
            let change = if change.1 == "CHALLENGE" { (change.0, challenge.as_str()) } else { change };
            let (status, refused) = house.redeem(&code, &[change]).await;
            assert_eq!((status, text(&refused, "error")), (400, "invalid_grant"), "{case}");
            assert_eq!(house.redeem(&code, &[]).await.0, 400, "{case}: the code is spent");
        }
        for missing in ["code_verifier", "redirect_uri", "code", "grant_type"] {
            let code = house.code(&browser, &[]).await;
            let (status, refused) = house.redeem(&code, &[(missing, "")]).await;
            assert_eq!((status, text(&refused, "error")), (400, "invalid_request"), "{missing}");
            assert_eq!(house.redeem(&code, &[]).await.0, 200, "{missing}: a half request spends nothing");
        }
        let code = house.code(&browser, &[]).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code.as_str()),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("client_id", "khac"),
            ("client_secret", other.as_str()),
        ];
        assert_eq!(house.post_bare("/oauth2/token", &form).await.0, 400, "another client's code");
        assert_eq!(house.redeem(&code, &[]).await.0, 200, "and the owner still has it");
        let late = house.code(&browser, &[]).await;
        house.clock.advance(61 * SECOND);
        assert_eq!(house.redeem(&late, &[]).await.0, 400, "late");
        for grant in ["password", "client_credentials", "implicit", "urn:ietf:params:oauth:grant-type:device_code"] {
            let (_, refused) = house.redeem("x", &[("grant_type", grant)]).await;
            assert_eq!(text(&refused, "error"), "unsupported_grant_type", "{grant}");
        }
    })
    .await;
}

#[tokio::test]
async fn n8_a_refresh_token_shown_again_ends_its_family() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let tokens = house.tokens(&Browser::default(), &[("scope", "openid offline_access")]).await;
        let stolen = text(&tokens, "refresh_token");
        let (_, second) = house.refresh(stolen).await;
        let (_, third) = house.refresh(text(&second, "refresh_token")).await;
        assert!(house.is_active(text(&third, "refresh_token")).await);
        let (status, refused) = house.refresh(stolen).await;
        assert_eq!((status, text(&refused, "error")), (400, "invalid_grant"));
        assert!(!house.is_active(text(&third, "refresh_token")).await, "thief and owner both start anew");
        assert_eq!(house.userinfo(text(&third, "access_token")).await.0, 401);
        // At the same moment: one turn at most, and then nothing.
        let tokens = house.tokens(&Browser::default(), &[("scope", "openid offline_access")]).await;
        let token = text(&tokens, "refresh_token");
        let all = futures_util::future::join_all((0..6).map(|_| house.refresh(token))).await;
        let won: Vec<_> = all.iter().filter(|(status, _)| *status == 200).collect();
        assert!(won.len() <= 1, "{all:?}");
        for (_, tokens) in won {
            assert!(!house.is_active(text(tokens, "refresh_token")).await);
        }
        // Another client's token is no token, and is left alone.
        let tokens = house.tokens(&Browser::default(), &[("scope", "openid offline_access")]).await;
        let token = text(&tokens, "refresh_token");
        let other = house.add(NewClient { auth: Auth::ClientSecretPost, ..province("khac") }).await.unwrap();
        let proof = [("client_id", "khac"), ("client_secret", other.as_str())];
        let form = [("grant_type", "refresh_token"), ("refresh_token", token), proof[0], proof[1]];
        assert_eq!(house.post_bare("/oauth2/token", &form).await.0, 400);
        assert_eq!(house.post_bare("/oauth2/revoke", &[("token", token), proof[0], proof[1]]).await.0, 200);
        let (_, seen) = house.post_bare("/oauth2/introspect", &[("token", token), proof[0], proof[1]]).await;
        assert_eq!(seen, json!({ "active": false }), "others learn nothing of it");
        assert!(house.is_active(token).await);
    })
    .await;
}

/// oidcc-ensure-client-assertion-with-iss-aud-succeeds stands in `answers`; here is what must not succeed.
#[tokio::test]
async fn n8_a_client_assertion_is_for_us_of_now_and_counts_once() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let entropy = base::clock::Entropy::seeded(99);
        let (signer, other) = (Signer::generate(&entropy).unwrap().0, Signer::generate(&entropy).unwrap().0);
        let keys = json!({ "keys": [signer.public()] });
        house.add(NewClient { auth: Auth::PrivateKeyJwt, jwks: keys, ..province("key") }).await;
        let now = house.clock.now() / 1000;
        let good = json!({ "iss": "key", "sub": "key", "aud": house.url, "iat": now, "exp": now + 60, "jti": "first" });
        let show = async |assertion: &str| -> (u16, Value) {
            let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            house
                .post_bare(
                    "/oauth2/introspect",
                    &[("token", "x"), ("client_assertion_type", kind), ("client_assertion", assertion)],
                )
                .await
        };
        let first = signer.sign("JWT", &good).unwrap();
        assert_eq!(show(&first).await.0, 200);
        assert_eq!(show(&first).await.0, 401, "the same token id again");
        let mut jti = 0;
        for (case, name, value) in [
            ("another issuer", "iss", json!("tinh")),
            ("another subject", "sub", json!("tinh")),
            ("for somebody else", "aud", json!("https://else.example")),
            ("for us and somebody else", "aud", json!([house.url, "https://else.example"])),
            ("expired", "exp", json!(now - 61)),
            ("good for a year", "exp", json!(now + 31_536_000)),
            ("without an end", "exp", Value::Null),
            ("from the future", "iat", json!(now + 120)),
            ("not yet", "nbf", json!(now + 120)),
            ("without an id", "jti", Value::Null),
            ("an id that is no text", "jti", json!(7)),
        ] {
            let mut claims = good.clone();
            jti += 1;
            claims["jti"] = json!(format!("n{jti}"));
            match value {
                Value::Null => _ = claims.as_object_mut().unwrap().remove(name),
                value => claims[name] = value,
            }
            let (status, refused) = show(&signer.sign("JWT", &claims).unwrap()).await;
            assert_eq!((status, text(&refused, "error")), (401, "invalid_client"), "{case}");
        }
        let mut claims = good.clone();
        claims["jti"] = json!("z");
        assert_eq!(show(&other.sign("JWT", &claims).unwrap()).await.0, 401, "another key");
        let unsigned =
            format!("{}.{}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims.to_string()));
        assert_eq!(show(&unsigned).await.0, 401, "alg none");
        let all = futures_util::future::join_all((0..6).map(|_| async {
            let mut claims = good.clone();
            claims["jti"] = json!("race");
            show(&signer.sign("JWT", &claims).unwrap()).await.0
        }))
        .await;
        assert_eq!(all.iter().filter(|status| **status == 200).count(), 1, "{all:?}");
        assert_eq!(show(&signer.sign("JWT", &claims).unwrap()).await.0, 200, "the good one still works");
    })
    .await;
}

#[tokio::test]
async fn n8_unknown_clients_and_wrong_secrets_look_the_same() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let ask = async |id: &str, secret: &str| {
        answer(http().post(house.at("/oauth2/introspect")).basic_auth(id, Some(secret)).form(&[("token", "x")])).await
    };
    assert_eq!(ask("tinh", &house.secret).await.0, 200);
    let wrong = ask("tinh", "wrong").await;
    assert_eq!(wrong.0, 401);
    assert_eq!(wrong, ask("khong-co", "wrong").await);
    assert_eq!(ask("tinh", "").await.0, 401);
    let both = [("token", "x"), ("client_id", "tinh"), ("client_secret", house.secret.as_str())];
    let (status, refused) = house.post("/oauth2/introspect", &both).await;
    assert_eq!((status, text(&refused, "error")), (400, "invalid_request"), "two ways at once");
    let (status, _) = house.post("/oauth2/introspect", &[("token", "x"), ("client_id", "khac")]).await;
    assert_eq!(status, 401, "two different clients");
    house.provider.disable_client("tinh").await.unwrap();
    assert_eq!(ask("tinh", &house.secret).await.0, 401);
    assert!(matches!(Browser::default().get(&house, &house.authorize(&[])).await, Stop::Page(400, _)));
}

#[tokio::test]
async fn n8_a_flow_is_for_the_browser_that_began_it_and_its_forms_are_not_forged() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let (victim, thief) = (Browser::default(), Browser::default());
    victim.sign_in(&house, "an", "loa:1").await;
    let page = victim.get(&house, &house.authorize(&[])).await.page();
    let action = text(&page, "action");
    assert!(matches!(thief.get(&house, &house.at(action)).await, Stop::Page(400, _)), "another browser sees nothing");
    let own = thief.get(&house, &house.authorize(&[])).await.page();
    assert_eq!(own["page"], "login");
    assert!(matches!(thief.get(&house, &house.at(action)).await, Stop::Page(400, _)), "nor with a mark of its own");
    thief.sign_in(&house, "an", "loa:1").await;
    assert!(matches!(thief.agree(&house, &page, None).await, Stop::Page(400, _)), "nor with the page's token");
    // A token of another flow, of no flow, of nobody's: the page comes again and nothing is given.
    for token in [text(&own, "token"), "", "x"] {
        let stop = victim.post(&house, action, &[("answer", "allow"), ("token", token)]).await;
        assert_eq!(stop.page()["page"], "consent", "{token}");
    }
    // The session changed between page and answer: asked again, for the new person.
    victim.sign_in(&house, "binh", "loa:1").await;
    let again = victim.agree(&house, &page, None).await.page();
    assert_eq!(again["page"], "consent");
    let left = victim.agree(&house, &again, None).await.left();
    assert!(left.contains_key("code"));
    // Once answered, the flow is over for every tab.
    assert!(matches!(victim.agree(&house, &again, None).await, Stop::Page(400, _)));
    assert!(matches!(victim.get(&house, &house.at(action)).await, Stop::Page(400, _)));
    // And it does not last for ever.
    let page = victim.get(&house, &house.authorize(&[("prompt", "consent")])).await.page();
    house.clock.advance(31 * MINUTE);
    assert!(matches!(victim.agree(&house, &page, None).await, Stop::Page(400, _)));
}

#[tokio::test]
async fn n8_access_tokens_do_not_pass_in_addresses_and_other_tokens_are_none() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    let tokens = house.tokens(&Browser::default(), &[("scope", "openid offline_access")]).await;
    let access = text(&tokens, "access_token");
    let in_address = query(&house.at("/oauth2/userinfo"), &[("access_token".into(), access.into())]);
    let response = http().get(in_address).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    for wrong in [text(&tokens, "refresh_token"), text(&tokens, "id_token"), "x"] {
        let response = http().get(house.at("/oauth2/userinfo")).bearer_auth(wrong).send().await.unwrap();
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], "Bearer error=\"invalid_token\"");
    }
    let twice = http().post(house.at("/oauth2/userinfo")).bearer_auth(access).form(&[("access_token", access)]);
    assert_eq!(answer(twice).await.0, 400);
    let response = http().get(house.at("/oauth2/userinfo")).bearer_auth(access).send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn n8_only_sound_clients_are_made() {
    let db = store::testing::sqlite().await;
    let house =
        House::with(&db.store, base::clock::Clock::fixed(crate::support::NOW), |s| s.allow_private = false).await;
    let private = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "c" }] });
    let uris =
        |uris: &[&str]| NewClient { redirect_uris: uris.iter().map(|u| (*u).to_owned()).collect(), ..province("c-1") };
    for (case, client, bad) in [
        ("id", NewClient { id: "a b".into(), ..province("c-1") }, BadClient::Id),
        ("name", NewClient { name: " ".into(), ..province("c-1") }, BadClient::Name),
        ("none", uris(&[]), BadClient::Address),
        ("oidcc-redirect-uri-regfrag", uris(&["https://a.vn/#x"]), BadClient::Address),
        ("plain http", uris(&["http://a.vn/"]), BadClient::Address),
        ("a pattern", uris(&["https://*.a.vn/"]), BadClient::Address),
        ("a script", uris(&["javascript:alert(1)"]), BadClient::Address),
        ("an app's scheme, not public", uris(&["vn.a.app:/cb"]), BadClient::Address),
        ("with a password", uris(&["https://u:p@a.vn/"]), BadClient::Address),
        ("two hosts", uris(&["https://a.vn/", "https://b.vn/"]), BadClient::Sector),
        ("keys missing", NewClient { auth: Auth::PrivateKeyJwt, ..province("c-1") }, BadClient::Keys),
        ("a private key", NewClient { auth: Auth::PrivateKeyJwt, jwks: private, ..province("c-1") }, BadClient::Keys),
        ("scope", NewClient { scopes: vec!["all".into()], ..province("c-1") }, BadClient::Unknown),
        ("claim", NewClient { claims: vec!["matkhau".into()], ..province("c-1") }, BadClient::Unknown),
        ("exists", province("tinh"), BadClient::Exists),
    ] {
        assert_eq!(house.provider.add_client(client).await.unwrap().err(), Some(bad), "{case}");
    }
    let app = NewClient { auth: Auth::None, ..uris(&["vn.a.app:/cb"]) };
    assert!(house.provider.add_client(app).await.unwrap().is_ok());
}

#[tokio::test]
async fn n8_a_client_put_in_its_own_place_has_a_new_secret_and_address_and_keeps_what_people_agreed_to() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        house.code(&Browser::default(), &[]).await;
        let moved = "https://moi.example.vn/ve";
        let new =
            NewClient { redirect_uris: vec![moved.into()], sector: Some("tinh.example.vn".into()), ..province("tinh") };
        let secret = house.provider.put_client(new).await.unwrap().unwrap().unwrap();
        let ask = async |secret: &str| {
            let token = [("token", "x")];
            let at = house.at("/oauth2/introspect");
            answer(http().post(at).basic_auth("tinh", Some(secret)).form(&token)).await.0
        };
        assert_eq!(ask(&house.secret).await, 401, "the old secret is worth nothing");
        assert_eq!(ask(secret.expose()).await, 200);
        let browser = Browser::default();
        let page = browser.get(&house, &house.authorize(&[])).await.page();
        assert!(text(&page, "text").contains("invalid_request"), "nobody is sent to the old address: {page}");
        let left = browser.through(&house, &house.authorize(&[("redirect_uri", moved)])).await;
        assert!(left.contains_key("code"), "{left:?}");
        assert_eq!(house.provider.consents(AN).await.unwrap().len(), 1, "nobody is asked again");
        assert!(house.provider.put_client(province("a b")).await.unwrap().is_err());
        assert!(house.provider.put_client(province("moi")).await.unwrap().is_ok(), "it need not be there");
    })
    .await;
}
