//! Signing keys that change while people are signed in.

use crate::support::{Browser, House, answer, http, province, text};
use base::clock::{DAY, MINUTE, SECOND};
use identity::{
    jws::{self, Alg},
    provider::{BadClient, NewClient},
};
use std::collections::BTreeSet;
use store::testing::each_engine;

async fn published(house: &House) -> BTreeSet<String> {
    let (_, set) = answer(http().get(house.at("/oauth2/jwks"))).await;
    jws::keys_of(&set).iter().map(|key| text(key, "kid").to_owned()).collect()
}

fn kid(token: &str) -> String {
    jws::read(token).unwrap().kid.unwrap()
}

/// oidcc-server-rotate-keys, in the middle of a session.
#[tokio::test]
async fn n8_keys_turn_in_the_middle_of_a_session_and_nobody_notices() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let browser = Browser::default();
        let before = house.tokens(&browser, &[("scope", "openid offline_access")]).await;
        let old = kid(text(&before, "id_token"));
        let first = published(&house).await;
        assert!(!house.provider.rotate_keys().await.unwrap(), "not before its time");
        house.clock.advance(30 * DAY - MINUTE);
        assert!(!house.provider.rotate_keys().await.unwrap());
        house.clock.advance(2 * MINUTE);
        assert!(house.provider.rotate_keys().await.unwrap());
        assert!(!house.provider.rotate_keys().await.unwrap(), "once");

        let after = house.tokens(&Browser::default(), &[]).await;
        let new = kid(text(&after, "id_token"));
        assert_ne!(old, new);
        assert!(first.contains(&new), "who read the keys a month ago has the one that signs now");
        let second = published(&house).await;
        assert!(second.contains(&old) && second.len() == 3, "{second:?}");
        house.proven(text(&before, "id_token")).await;
        let silent = [("prompt", "none"), ("id_token_hint", text(&before, "id_token"))];
        assert!(browser.get(&house, &house.authorize(&silent)).await.left().contains_key("code"));

        house.clock.advance(7 * DAY);
        house.provider.rotate_keys().await.unwrap();
        house.clock.advance(6 * SECOND);
        assert!(!published(&house).await.contains(&old), "in the end it goes");
    })
    .await;
}

#[tokio::test]
async fn n8_a_key_never_signs_before_it_was_published_long_enough() {
    let db = store::testing::sqlite().await;
    let house = House::with(&db.store, base::clock::Clock::fixed(crate::support::NOW), |s| {
        s.lifetimes.key_use = 10 * MINUTE;
        s.lifetimes.key_lead = DAY;
    })
    .await;
    let tokens = house.tokens(&Browser::default(), &[]).await;
    house.clock.advance(11 * MINUTE);
    assert!(!house.provider.rotate_keys().await.unwrap());
    house.clock.advance(DAY);
    assert!(house.provider.rotate_keys().await.unwrap());
    house.proven(text(&tokens, "id_token")).await;
}

#[tokio::test]
async fn n8_a_leaked_key_is_worth_nothing_at_once() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let browser = Browser::default();
        let tokens = house.tokens(&browser, &[]).await;
        let leaked = kid(text(&tokens, "id_token"));
        house.provider.replace_leaked_key().await.unwrap();
        assert!(!published(&house).await.contains(&leaked));
        let hint = [("id_token_hint", text(&tokens, "id_token"))];
        assert_eq!(browser.get(&house, &house.authorize(&hint)).await.left()["error"], "invalid_request");
        let tokens = house.tokens(&browser, &[]).await;
        house.proven(text(&tokens, "id_token")).await;
    })
    .await;
}

#[tokio::test]
async fn n8_two_nodes_that_start_at_once_agree_on_the_keys() {
    each_engine(async |db| {
        let clock = base::clock::Clock::fixed(crate::support::NOW);
        let first = House::on(&db.store).await;
        let make = |seed| {
            identity::provider::Provider::new(identity::provider::Parts {
                store: db.store.clone(),
                clock: clock.clone(),
                entropy: base::clock::Entropy::seeded(seed),
                keys: base::keys::Keys::new(&[7; 32]),
                texts: first.provider.texts.clone(),
                settings: first.provider.settings.clone(),
                people: first.town.clone(),
                pages: first.town.clone(),
            })
            .unwrap()
        };
        let (a, b) = (make(1), make(2));
        let (x, y) = tokio::join!(a.rotate_keys(), b.rotate_keys());
        assert_eq!(usize::from(x.unwrap()) + usize::from(y.unwrap()), 1);
        assert_eq!(published(&first).await.len(), 2);
    })
    .await;
}

/// What this token is signed with, which must be by a published key.
async fn signed_with(house: &House, token: &str) -> Alg {
    let (_, set) = answer(http().get(house.at("/oauth2/jwks"))).await;
    let fits = |alg: &Alg| jws::read(token).unwrap().verify(&jws::keys_of(&set), &[*alg]).is_ok();
    Alg::ALL.into_iter().find(fits).expect("a published key fits")
}

/// Discovery 1.0 §3 asks for RS256; who asked for nothing younger gets it, from keys that turn as the others do.
#[tokio::test]
async fn n8_an_old_client_gets_rs256_and_nobody_else_does() {
    each_engine(async |db| {
        let house = House::on(&db.store).await;
        let browser = Browser::default();
        house.tokens(&browser, &[]).await;
        assert_eq!(published(&house).await.len(), 2, "no keys that nobody wants");
        let old = |id: &str, alg| NewClient { id_token_alg: alg, ..province(id) };
        let secret = house.add(old("xua", Alg::RS256)).await.unwrap();
        for alg in [Alg::ES384, Alg::PS256, Alg::EdDSA] {
            assert_eq!(house.provider.add_client(old("khac", alg)).await.unwrap().unwrap_err(), BadClient::Alg);
        }
        let tokens = house.tokens_of(&browser, "xua", &secret).await;
        let first = text(&tokens, "id_token");
        assert_eq!(signed_with(&house, first).await, Alg::RS256);
        assert_eq!(published(&house).await.len(), 4);
        let young = house.tokens(&browser, &[]).await;
        assert_eq!(signed_with(&house, text(&young, "id_token")).await, Alg::ES256);

        house.clock.advance(31 * DAY);
        assert!(house.provider.rotate_keys().await.unwrap());
        let tokens = house.tokens_of(&Browser::default(), "xua", &secret).await;
        let second = text(&tokens, "id_token");
        assert_ne!(kid(first), kid(second));
        assert_eq!(signed_with(&house, first).await, Alg::RS256, "for a week more");
        assert_eq!(published(&house).await.len(), 6);
        let hint = [("client_id", "xua"), ("prompt", "none"), ("id_token_hint", first)];
        assert!(browser.get(&house, &house.authorize(&hint)).await.left().contains_key("code"));

        house.provider.replace_leaked_key().await.unwrap();
        let left = published(&house).await;
        assert!(!left.contains(&kid(second)), "both kinds are replaced");
        assert_eq!(left.len(), 6);
    })
    .await;
}

/// The worker publishes them before the first such token: whoever reads the set once a day has the key that signs next.
#[tokio::test]
async fn n8_keys_for_old_clients_are_published_before_they_are_needed() {
    let db = store::testing::sqlite().await;
    let house = House::on(&db.store).await;
    house.provider.rotate_keys().await.unwrap();
    let secret = house.add(NewClient { id_token_alg: Alg::RS256, ..province("xua") }).await.unwrap();
    house.provider.rotate_keys().await.unwrap();
    let before = published(&house).await;
    assert_eq!(before.len(), 4);
    let tokens = house.tokens_of(&Browser::default(), "xua", &secret).await;
    assert!(before.contains(&kid(text(&tokens, "id_token"))));
}
