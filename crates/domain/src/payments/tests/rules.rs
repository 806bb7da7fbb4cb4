//! The table of states, what is read, the province's side, the ledger, and a random walk over all of it.

use super::*;

#[test]
fn p2_the_table_of_states_names_each_way_and_money_that_came_is_never_forgotten() {
    let events = [
        Event::Paid { settles: true },
        Event::Paid { settles: false },
        Event::Failed,
        Event::Forgotten,
        Event::Withdrawn,
        Event::Refunded,
        Event::RefundRefused,
    ];
    let ways = State::ALL.iter().flat_map(|s| events.iter().filter_map(|e| s.next(*e))).count();
    assert_eq!(ways, 11);
    for state in State::ALL {
        assert_eq!(State::parse(state.as_str()), Some(state));
        for event in events {
            let next = state.next(event);
            // Only a refund takes money out of the books, only a word of the gateway brings some in.
            if state.holds_money() {
                assert!(next.is_none_or(|n| n.holds_money() || event == Event::Refunded), "{state:?} {event:?}");
            } else {
                assert!(
                    next.is_none_or(|n| n.holds_money() == matches!(event, Event::Paid { .. })),
                    "{state:?} {event:?}"
                );
            }
        }
    }
}

#[test]
fn p2_a_fee_is_read_strictly_and_its_amount_is_a_whole_number_of_dong() {
    let now = crate::testing::MONDAY_MORNING;
    let with = |name: &str, value: Value| {
        let mut one = due("phi-0001", "due", now);
        one[name] = value;
        Fee::read(&one, now).map(|fee| fee.amount)
    };
    assert_eq!(with("state", json!("due")), Ok(AMOUNT));
    for good in [1_000, 1_000_000_000] {
        assert_eq!(with("amount", json!(good)), Ok(good));
    }
    let bad = [
        json!(0),
        json!(-1_000),
        json!(999),
        json!(1_000_000_001),
        json!(9_223_372_036_854_775_808u64),
        json!(5000.5),
        json!(5000.0),
        json!("5000"),
        json!(null),
    ];
    for amount in bad {
        assert_eq!(with("amount", amount.clone()), Err(Why::Amount), "{amount}");
    }
    for (name, value, why) in [
        ("colour", json!("x"), Why::Shape),
        ("fee", json!("a b c d e"), Why::Fee),
        ("fee", json!("ngan"), Why::Fee),
        ("dossier", json!("x"), Why::Dossier),
        ("name", json!(" "), Why::Name),
        ("name", json!("x".repeat(201)), Why::Name),
        ("state", json!("paid"), Why::State),
        ("at", json!("2026-03-30"), Why::At),
        ("at", json!(rfc3339(now + HOUR)), Why::Future),
        ("at", json!(rfc3339(now - crate::dossiers::KEPT - HOUR)), Why::TooOld),
    ] {
        assert_eq!(with(name, value.clone()), Err(why), "{name} {value}");
    }
    let read = Fee::read(&due("phi-0001", "due", now), now).unwrap();
    assert_eq!(Fee::read(&read.json(), now), Ok(read), "what goes on says the same");
}

/// Numbers that look like none in particular, the same each time.
struct Dice(u64);

impl Dice {
    fn next(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % most as u64).unwrap_or(0)
    }
}

#[tokio::test]
async fn p2_p3_whatever_happens_in_whatever_order_a_fee_is_paid_once_the_books_are_right_and_nothing_sticks() {
    each_engine(async |db| {
        let s = scene(&db).await;
        for round in 0..25u64 {
            let (mut dice, name) = (Dice(round * 7_919 + 1), format!("phi-thu-{round:03}"));
            let fee = s.fee(&name).await;
            let mut references: Vec<String> = Vec::new();
            for _ in 0..24 {
                let any = (!references.is_empty()).then(|| references[dice.next(references.len().max(1))].clone());
                match (dice.next(12), any) {
                    (0..=2, _) => match s.w.accounts.start_payment(&s.me, fee).await {
                        Ok(begun) => {
                            let amount = if dice.next(8) == 0 { AMOUNT + 1 } else { AMOUNT };
                            s.gateway.open(&begun.reference, amount);
                            if !references.contains(&begun.reference) {
                                references.push(begun.reference);
                            }
                        }
                        Err(Refused::Shared(Shared::State | Shared::TooOften { .. })) => {}
                        Err(e) => panic!("{e}"),
                    },
                    (3 | 4, Some(one)) => s.gateway.ends(&one, Verdict::Paid),
                    (5, Some(one)) => s.gateway.ends(&one, Verdict::Failed),
                    (6 | 7, Some(one)) => _ = s.notice(&one).await,
                    (8, _) => s.works().await,
                    (9, _) => s.w.core.clock.advance([SECOND, MINUTE, 16 * MINUTE, 7 * HOUR][dice.next(4)]),
                    (10, _) => {
                        s.w.core.clock.advance(1);
                        let state = ["due", "withdrawn"][dice.next(2)];
                        s.told(&[due(&name, state, s.w.core.now())]).await;
                    }
                    (11, _) => {
                        let away = dice.next(2) == 0;
                        s.gateway.at().is_away = away;
                    }
                    _ => {}
                }
                s.proven().await;
            }
            // The gateway is back, nobody pays any more, and the worker has its days.
            s.gateway.at().is_away = false;
            for one in &references {
                s.gateway.ends(one, Verdict::Failed);
            }
            for _ in 0..10 {
                s.w.core.clock.advance(7 * HOUR);
                s.works().await;
            }
            let open = s.count("SELECT count(*) FROM payment WHERE state IN ('started', 'refund_due')").await;
            assert_eq!(open, 0, "round {round}: something sticks");
            let is_paid = s.standing(fee).await == Standing::Paid;
            assert_eq!(s.gateway.holds(&references), if is_paid { AMOUNT } else { 0 }, "round {round}");
            s.proven().await;
        }
        assert!(s.count("SELECT count(*) FROM payment WHERE state = 'paid'").await > 3, "the dice try something");
        assert!(s.count("SELECT count(*) FROM payment WHERE state = 'refunded'").await > 3);
    })
    .await;
}

#[tokio::test]
async fn p3_nobody_changes_the_ledger_and_a_crooked_book_is_noticed() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let begun = s.starts(fee).await;
        s.pays(&begun).await;
        for sql in ["UPDATE ledger_line SET amount = amount + 1", "DELETE FROM ledger_line"] {
            let tried = s.w.core.store.write(move |tx: Tx| async move { Sql::new(sql).exec(&tx).await });
            assert!(tried.await.is_err(), "{sql}");
        }
        assert_eq!(s.proven().await, (AMOUNT, AMOUNT, 0));
        let alone = "INSERT INTO ledger_line (posting, line, at, kind, payment_id, account, amount)
            SELECT fee_id, 1, 0, 'surplus', id, 'gateway', 5 FROM payment";
        s.w.core.store.write(move |tx: Tx| async move { Sql::new(alone).exec(&tx).await }).await.unwrap();
        let faults = prove(s.w.core.store.read()).await.unwrap().faults;
        assert_eq!(faults, ["a posting does not sum to zero", "what the gateway owes is not what came in"]);
    })
    .await;
}

#[tokio::test]
async fn d14_p2_a_province_tells_fees_once_and_learns_what_was_paid_in_whatever_order() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let core = &s.w.core;
        let one = due("phi-0001", "due", core.now());
        let mut bad = one.clone();
        bad["amount"] = json!(0);
        let answers = tell::tell(core, None, &[one.clone(), bad, one.clone()]).await.unwrap();
        assert_eq!(answers, [Outcome::Taken, Outcome::Refused(Why::Amount), Outcome::Taken]);
        const WAITING: &str = "SELECT count(*) FROM outbox WHERE channel = 'portal-fees'";
        assert_eq!(s.count(WAITING).await, 1);
        let mut other = one.clone();
        other["amount"] = json!(AMOUNT + 1);
        assert_eq!(tell::tell(core, None, &[other]).await.unwrap(), [Outcome::Refused(Why::FeeReused)]);
        core.clock.advance(SECOND);
        assert_eq!(
            tell::tell(core, None, &[due("phi-0001", "withdrawn", core.now())]).await.unwrap(),
            [Outcome::Taken]
        );
        assert_eq!(tell::tell(core, None, std::slice::from_ref(&one)).await.unwrap(), [Outcome::Taken], "older");
        assert_eq!(
            (s.count(WAITING).await, s.count("SELECT count(*) FROM told_fee WHERE state = 'withdrawn'").await),
            (2, 1)
        );

        let now = core.now();
        let said = |payment: &str, paid_at, refunded_at| {
            hear::Settled { payment: payment.into(), fee: "phi-0001".into(), amount: AMOUNT, paid_at, refunded_at }
                .json()
        };
        let (a, a_back, b) =
            (said("A1", now - HOUR, None), said("A1", now - HOUR, Some(now)), said("B2", now - MINUTE, None));
        let mut less = b.clone();
        less["amount"] = json!(1);
        let mut stranger = b.clone();
        stranger["fee"] = json!("phi-0777");
        let answers = hear::hear(core, &[a_back.clone(), a.clone(), less, stranger, json!({}), said("x y", now, None)])
            .await
            .unwrap();
        let shape = Err(hear::Why::Shape);
        assert_eq!(answers, [Ok(()), Ok(()), Err(hear::Why::Amount), Err(hear::Why::UnknownFee), shape, shape]);
        let lines = async |from, after: &str| hear::lines(core, from, after).await.unwrap();
        assert!(lines(0, "").await.is_empty(), "what is younger than five seconds may still be joined by others");
        core.clock.advance(10 * SECOND);
        let seen = lines(0, "").await;
        assert_eq!((seen.len(), seen[0].payment.as_str(), seen[0].refunded_at), (1, "A1", Some(now)));
        assert!(lines(seen[0].heard_at, "phi-0001").await.is_empty());
        // A newer payment takes its place; what comes late of the old one changes nothing.
        for one in [&b, &a, &a_back] {
            hear::hear(core, std::slice::from_ref(one)).await.unwrap();
        }
        core.clock.advance(10 * SECOND);
        let seen = lines(seen[0].heard_at, "phi-0001").await;
        assert_eq!((seen.len(), seen[0].payment.as_str(), seen[0].refunded_at), (1, "B2", None));
    })
    .await;
}

#[tokio::test]
async fn p2_x17_a_fee_that_nobody_paid_is_forgotten_and_one_with_money_is_kept() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let (paid, never) = (s.fee("phi-0001").await, s.fee("phi-0002").await);
        let begun = s.starts(paid).await;
        s.pays(&begun).await;
        tell::tell(&s.w.core, None, &[due("phi-0001", "due", s.w.core.now())]).await.unwrap();
        s.w.core.clock.advance(crate::dossiers::KEPT + HOUR);
        crate::reports::automatic::sweep(&s.w.core).await.unwrap();
        let left: Vec<Uuid> = Sql::new("SELECT id FROM national_fee").scalars(s.w.core.store.read()).await.unwrap();
        assert_eq!(left, [paid]);
        assert_ne!(left, [never]);
        assert_eq!(s.count("SELECT count(*) FROM told_fee").await, 0);
        assert_eq!(s.count("SELECT count(*) FROM outbox WHERE channel IN ('portal-fees', 'fee-payments')").await, 0);
        assert_eq!(s.proven().await, (AMOUNT, AMOUNT, 0));
        assert_eq!(s.w.accounts.payment(s.me.account, begun.payment).await.unwrap().reference, begun.reference);
        assert_eq!(settle::dong(AMOUNT), "135.000\u{a0}đ");
    })
    .await;
}
