//! Orders that nobody ends, orders that are gone on with, and fees whose dossier is forgotten.

use super::*;

#[tokio::test]
async fn p2_an_order_that_the_gateway_calls_open_for_ever_ends_and_may_still_be_paid() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let begun = s.starts(fee).await;
        for day in 0..6 {
            s.w.core.clock.advance(DAY);
            s.works().await;
            assert_eq!(s.states().await, ["started"], "day {day}");
        }
        s.w.core.clock.advance(2 * DAY);
        s.works().await;
        assert_eq!((s.states().await, s.standing(fee).await), (vec!["expired".to_owned()], Standing::Due));
        let asked = s.gateway.at().asked;
        s.w.core.clock.advance(DAY);
        s.works().await;
        assert_eq!(s.gateway.at().asked, asked, "nobody asks any more");
        assert_eq!(s.pays(&begun).await, Reply::Confirmed);
        assert_eq!(s.standing(fee).await, Standing::Paid);
    })
    .await;
}

#[tokio::test]
async fn p2_who_goes_back_to_the_gateway_goes_on_with_that_order_or_with_none() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let begun = s.starts(fee).await;
        let resume = async |who: &Signed, payment| s.w.accounts.resume_payment(who, fee, payment).await;
        assert_eq!(resume(&s.me, begun.payment).await.unwrap().reference, begun.reference);
        let other = s.w.knows(2, OTHER).await;
        assert!(matches!(resume(&other, begun.payment).await, Err(Refused::Shared(Shared::NotFound))));
        let unknown = s.w.core.new_id();
        assert!(matches!(resume(&s.me, unknown).await, Err(Refused::Shared(Shared::State))));
        // A page that stayed open: the quarter of an hour is over, and perhaps the order was paid meanwhile.
        s.w.core.clock.advance(OPEN + 1);
        assert!(matches!(resume(&s.me, begun.payment).await, Err(Refused::Shared(Shared::State))));
        assert_eq!(s.count("SELECT count(*) FROM payment").await, 1, "no second order");
        let fee = s.fee("phi-0002").await;
        let begun = s.starts(fee).await;
        s.withdraw("phi-0002").await;
        let gone = s.w.accounts.resume_payment(&s.me, fee, begun.payment).await;
        assert!(matches!(gone, Err(Refused::Shared(Shared::State))), "it is withdrawn");
    })
    .await;
}

#[tokio::test]
async fn p2_a_fee_whose_dossier_is_forgotten_is_withdrawn_and_goes_back() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let begun = s.starts(fee).await;
        s.pays(&begun).await;
        s.w.write("DELETE FROM national_dossier_event", |sql| sql).await;
        s.w.write("DELETE FROM national_dossier", |sql| sql).await;
        s.withdraw("phi-0001").await;
        s.works().await;
        assert_eq!(s.states().await, ["refunded"]);
        let at = s.w.core.now();
        assert_eq!(s.told(&[due("phi-0009", "due", at)]).await, [Outcome::Refused(Why::UnknownDossier)]);
    })
    .await;
}
