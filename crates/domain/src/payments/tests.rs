//! Fees and their payments (N15, P2, P3): what is taken at both doors, who pays, what the gateway's words do in whatever order they come, and that the
//! ledger is right after all of it.

use super::{
    fee::{Fee, Outcome, Why},
    gateway::{Refunded, Reply, Verdict, Word},
    ledger::prove,
    mine::Standing,
    settle,
    state::{Event, State},
    *,
};
use crate::{
    accounts::{
        Error as Refused, Signed,
        tests::{World, world},
    },
    dossiers::receive::Sender,
    error::Error as Shared,
    testing::gateway::Fake,
};
use base::{
    clock::{HOUR, SECOND},
    ids::Uuid,
    keys::Purpose,
    show::rfc3339,
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Sql, Tx, testing::each_engine};

const NUMBER: &str = "044189000001";
const OTHER: &str = "044189000002";
const DOSSIER: &str = "H50-260330-0001";
const AMOUNT: i64 = 135_000;

/// A dossier of somebody at the portal.
struct Scene {
    w: World,
    sender: Sender,
    me: Arc<Signed>,
    gateway: Fake,
}

fn due(fee: &str, state: &str, at: base::clock::Millis) -> Value {
    json!({ "fee": fee, "dossier": DOSSIER, "name": "Lệ phí cấp lại giấy phép", "amount": AMOUNT, "state": state, "at": rfc3339(at) })
}

async fn scene(db: &store::Store) -> Scene {
    let w = world(db).await;
    let sender = w.client("tinh-mot").await;
    let me = w.knows(1, NUMBER).await;
    w.hears(&sender, &[w.step("su-kien-1", "6", NUMBER)]).await;
    Scene { w, sender, me, gateway: Fake::default() }
}

impl Scene {
    async fn told(&self, fees: &[Value]) -> Vec<Outcome> {
        receive::receive(&self.w.core, &self.sender.client, fees).await.unwrap()
    }

    /// A new fee, as it stands with the person.
    async fn fee(&self, name: &str) -> Uuid {
        assert_eq!(self.told(&[due(name, "due", self.w.core.now())]).await, [Outcome::Taken]);
        let sql = "SELECT id FROM national_fee WHERE fee = $1";
        Sql::new(sql).bind(name.to_owned()).scalar(self.w.core.store.read()).await.unwrap().unwrap()
    }

    async fn withdraw(&self, name: &str) {
        self.w.core.clock.advance(1);
        assert_eq!(self.told(&[due(name, "withdrawn", self.w.core.now())]).await, [Outcome::Taken]);
    }

    /// Presses «Thanh toán» and opens the gateway's page.
    async fn starts(&self, fee: Uuid) -> Begun {
        let begun = self.w.accounts.start_payment(&self.me, fee).await.unwrap();
        self.gateway.open(&begun.reference, begun.amount);
        begun
    }

    /// The gateway's notice as things stand there.
    async fn notice(&self, reference: &str) -> Reply {
        heard(&self.w.core, &self.gateway.word(reference).unwrap()).await.unwrap()
    }

    async fn pays(&self, begun: &Begun) -> Reply {
        self.gateway.ends(&begun.reference, Verdict::Paid);
        self.notice(&begun.reference).await
    }

    async fn works(&self) {
        work::run(&self.w.core, &self.gateway).await.unwrap();
    }

    async fn states(&self) -> Vec<String> {
        let sql = "SELECT state FROM payment ORDER BY created_at, id";
        Sql::new(sql).scalars(self.w.core.store.read()).await.unwrap()
    }

    async fn standing(&self, fee: Uuid) -> Standing {
        self.w.accounts.fee(self.me.account, fee).await.unwrap().standing()
    }

    async fn count(&self, sql: &str) -> i64 {
        Sql::new(sql).scalar(self.w.core.store.read()).await.unwrap().unwrap_or(0)
    }

    /// What waits for the province.
    async fn to_province(&self) -> Vec<Value> {
        #[derive(store::FromRow)]
        struct Row {
            id: Uuid,
            payload: Vec<u8>,
        }
        let sql = "SELECT id, payload FROM outbox WHERE channel = 'fee-payments' ORDER BY created_at, id";
        let rows: Vec<Row> = Sql::new(sql).all(self.w.core.store.read()).await.unwrap();
        let open = |r: Row| self.w.core.keys.open(Purpose::Outbox, r.id.as_bytes(), &r.payload).unwrap();
        rows.into_iter().map(|r| serde_json::from_slice::<Value>(&open(r)).unwrap()["payment"].clone()).collect()
    }

    async fn proven(&self) -> (i64, i64, i64) {
        let proof = prove(self.w.core.store.read()).await.unwrap();
        assert_eq!(proof.faults, Vec::<&str>::new());
        (proof.gateway, proof.provinces, proof.payers)
    }
}

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
                assert!(next.is_none_or(|n| n.holds_money() == matches!(event, Event::Paid { .. })), "{state:?} {event:?}");
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
    let bad = [json!(0), json!(-1_000), json!(999), json!(1_000_000_001), json!(9_223_372_036_854_775_808u64), json!(5000.5), json!(5000.0), json!("5000"), json!(null)];
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

#[tokio::test]
async fn n15_p2_a_fee_is_told_paid_and_posted_and_the_province_hears_of_it_once() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let mut unknown = due("phi-0009", "due", s.w.core.now());
        unknown["dossier"] = "H50-000000-0000".into();
        assert_eq!(s.told(&[unknown]).await, [Outcome::Refused(Why::UnknownDossier)]);
        let fee = s.fee("phi-0001").await;
        // Told again it is the same; another amount or name under its id is none.
        assert_eq!(s.told(&[due("phi-0001", "due", s.w.core.now())]).await, [Outcome::Taken]);
        for (name, value) in [("amount", json!(200_000)), ("name", json!("Khác")), ("dossier", json!(DOSSIER.to_owned()))] {
            let mut other = due("phi-0001", "due", s.w.core.now());
            other[name] = value;
            let same = name == "dossier";
            assert_eq!(s.told(&[other]).await, [if same { Outcome::Taken } else { Outcome::Refused(Why::FeeReused) }]);
        }
        assert_eq!(s.count("SELECT count(*) FROM national_fee").await, 1);
        assert_eq!(s.count("SELECT count(*) FROM notice WHERE key = 'notice-fee-due'").await, 1);
        assert_eq!(s.w.accounts.fees_due(s.me.account).await.unwrap().len(), 1);

        let begun = s.starts(fee).await;
        assert!(begun.reference.len() <= 24 && begun.reference.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));
        let again = s.starts(fee).await;
        assert_eq!((again.payment, &again.reference), (begun.payment, &begun.reference), "pressed twice");
        assert_eq!(s.standing(fee).await, Standing::Waiting);
        assert_eq!(s.notice(&begun.reference).await, Reply::Trouble, "not decided");
        assert_eq!(s.pays(&begun).await, Reply::Confirmed);
        for _ in 0..3 {
            assert_eq!(s.notice(&begun.reference).await, Reply::AlreadyConfirmed);
        }
        assert_eq!((s.standing(fee).await, s.proven().await), (Standing::Paid, (AMOUNT, AMOUNT, 0)));
        assert_eq!(s.count("SELECT count(*) FROM ledger_line").await, 2);
        assert_eq!(s.count("SELECT count(*) FROM notice WHERE key = 'notice-fee-paid'").await, 1);
        assert_eq!(s.count("SELECT count(*) FROM activity WHERE kind IN ('fee-pay-started', 'fee-paid')").await, 2);
        let said = s.to_province().await;
        assert_eq!(said.len(), 1);
        assert_eq!((&said[0]["fee"], &said[0]["amount"]), (&json!("phi-0001"), &json!(AMOUNT)));
        let refused = s.w.accounts.start_payment(&s.me, fee).await;
        assert!(matches!(refused, Err(Refused::Shared(Shared::State))), "there is nothing to pay any more");
        assert!(s.w.accounts.export_for_tests(s.me.account).await.contains(&begun.reference));

        // The account goes; the books stay, without the person.
        let (core, account) = (s.w.core.clone(), s.me.account);
        let gone = s.w.core.store.write(move |tx: Tx| async move {
            let by = crate::audit::By::Citizen { account };
            crate::accounts::data_rights::erase(&core, &tx, account, None, by).await
        });
        gone.await.unwrap();
        assert_eq!(s.count("SELECT count(*) FROM payment WHERE account_id IS NOT NULL").await, 0);
        assert_eq!((s.count("SELECT count(*) FROM payment").await, s.proven().await), (1, (AMOUNT, AMOUNT, 0)));
    })
    .await;
}

impl crate::accounts::Accounts {
    async fn export_for_tests(&self, account: Uuid) -> String {
        crate::accounts::export::build(self, account, base::i18n::Lang::VI).await.unwrap().json
    }
}

#[tokio::test]
async fn p2_only_who_sees_the_dossier_sees_and_pays_its_fee() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let other = s.w.knows(2, OTHER).await;
        let nobody = s.w.citizen(3).await;
        let nobody = s.w.signed(&nobody).await;
        for who in [&other, &nobody] {
            assert!(s.w.accounts.fees_due(who.account).await.unwrap().is_empty());
            assert!(matches!(s.w.accounts.fee(who.account, fee).await, Err(Refused::Shared(Shared::NotFound))));
            assert!(matches!(s.w.accounts.start_payment(who, fee).await, Err(Refused::Shared(Shared::NotFound))));
        }
        let begun = s.starts(fee).await;
        assert!(matches!(s.w.accounts.payment(other.account, begun.payment).await, Err(Refused::Shared(Shared::NotFound))));
        assert_eq!(s.count("SELECT count(*) FROM payment").await, 1);
        // The number was mistyped: the dossier goes to its owner, and the word about the fee goes.
        s.w.core.clock.advance(SECOND);
        s.w.hears(&s.sender, &[s.w.step("su-kien-2", "6", OTHER)]).await;
        assert!(matches!(s.w.accounts.fee(s.me.account, fee).await, Err(Refused::Shared(Shared::NotFound))));
        assert_eq!(s.count("SELECT count(*) FROM notice WHERE key = 'notice-fee-due'").await, 0);
        assert!(s.w.accounts.fee(other.account, fee).await.is_ok());
        let refused = s.w.accounts.start_payment(&other, fee).await;
        assert!(matches!(refused, Err(Refused::Shared(Shared::State))), "until the first one's order is over");
        s.w.core.clock.advance(OPEN + 1);
        assert!(s.w.accounts.start_payment(&other, fee).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn p2_notices_at_one_moment_count_once_on_both_databases() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let begun = s.starts(fee).await;
        s.gateway.ends(&begun.reference, Verdict::Paid);
        let word = s.gateway.word(&begun.reference).unwrap();
        let all = (0..8).map(|_| {
            let (core, word) = (s.w.core.clone(), word.clone());
            tokio::spawn(async move { heard(&core, &word).await.unwrap() })
        });
        let mut replies = Vec::new();
        for one in all.collect::<Vec<_>>() {
            replies.push(one.await.unwrap());
        }
        assert_eq!(replies.iter().filter(|r| **r == Reply::Confirmed).count(), 1, "{replies:?}");
        assert_eq!(replies.iter().filter(|r| **r == Reply::AlreadyConfirmed).count(), 7);
        assert_eq!((s.proven().await, s.to_province().await.len()), ((AMOUNT, AMOUNT, 0), 1));
        assert_eq!(s.count("SELECT count(*) FROM ledger_line").await, 2);
    })
    .await;
}

#[tokio::test]
async fn p2_of_two_orders_that_are_paid_one_settles_and_the_other_goes_back() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let old = s.starts(fee).await;
        s.w.core.clock.advance(OPEN + SECOND);
        let new = s.starts(fee).await;
        assert_ne!(old.reference, new.reference);
        // Both at one moment: whichever comes first settles.
        s.gateway.ends(&old.reference, Verdict::Paid);
        s.gateway.ends(&new.reference, Verdict::Paid);
        let (one, two) = (s.gateway.word(&new.reference).unwrap(), s.gateway.word(&old.reference).unwrap());
        let (core1, core2) = (s.w.core.clone(), s.w.core.clone());
        let both = (
            tokio::spawn(async move { heard(&core1, &one).await.unwrap() }),
            tokio::spawn(async move { heard(&core2, &two).await.unwrap() }),
        );
        assert_eq!((both.0.await.unwrap(), both.1.await.unwrap()), (Reply::Confirmed, Reply::Confirmed));
        assert_eq!(s.proven().await, (2 * AMOUNT, AMOUNT, AMOUNT));
        s.gateway.at().is_away = true;
        for _ in 0..30 {
            s.works().await;
            s.w.core.clock.advance(HOUR);
        }
        assert_eq!(s.proven().await, (2 * AMOUNT, AMOUNT, AMOUNT), "the gateway is away for a day: nothing is lost");
        s.gateway.at().is_away = false;
        s.w.core.clock.advance(6 * HOUR);
        s.works().await;
        s.works().await;
        assert_eq!((s.proven().await, s.standing(fee).await), ((AMOUNT, AMOUNT, 0), Standing::Paid));
        let mut states = s.states().await;
        states.sort();
        assert_eq!(states, ["paid", "refunded"]);
        assert_eq!(s.gateway.holds(&[old.reference, new.reference]), AMOUNT);
        assert_eq!(s.to_province().await.len(), 1, "the province hears of what is its own");
    })
    .await;
}

#[tokio::test]
async fn p2_what_was_paid_for_a_fee_that_is_withdrawn_goes_back_and_the_province_hears_both() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let begun = s.starts(fee).await;
        s.pays(&begun).await;
        s.withdraw("phi-0001").await;
        assert_eq!((s.standing(fee).await, s.proven().await), (Standing::Withdrawn, (AMOUNT, 0, AMOUNT)));
        // Cut off before the gateway was asked, or after it gave the money back and before that was written down: done again.
        s.gateway.at().orders.get_mut(&begun.reference).unwrap().is_refunded = true;
        s.gateway.at().refund = Some(Refunded::Pending);
        s.works().await;
        assert_eq!(s.states().await, ["refund_due"]);
        s.gateway.at().refund = None;
        s.w.core.clock.advance(HOUR);
        s.works().await;
        assert_eq!((s.states().await, s.proven().await), (vec!["refunded".to_owned()], (0, 0, 0)));
        let said = s.to_province().await;
        assert!(said.len() == 2 && said[0].get("refunded_at").is_none() && said[1].get("refunded_at").is_some(), "{said:?}");
        assert_eq!(s.count("SELECT count(*) FROM notice WHERE key = 'notice-fee-refunded'").await, 1);

        // A notice for a fee that is withdrawn meanwhile: taken, and given back.
        let fee = s.fee("phi-0002").await;
        let begun = s.starts(fee).await;
        s.withdraw("phi-0002").await;
        assert!(matches!(s.w.accounts.start_payment(&s.me, fee).await, Err(Refused::Shared(Shared::State))));
        assert_eq!(s.pays(&begun).await, Reply::Confirmed);
        s.works().await;
        assert_eq!((s.proven().await, s.to_province().await.len()), ((0, 0, 0), 2), "of this one it hears nothing");

        // What the gateway does not give back stays in the books until people have done it.
        let fee = s.fee("phi-0003").await;
        let begun = s.starts(fee).await;
        s.pays(&begun).await;
        s.withdraw("phi-0003").await;
        s.gateway.at().refund = Some(Refunded::Refused);
        s.works().await;
        assert_eq!((s.states().await[2].as_str(), s.proven().await), ("refund_refused", (AMOUNT, 0, AMOUNT)));
    })
    .await;
}

#[tokio::test]
async fn p2_another_amount_settles_nothing_and_goes_back() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let begun = s.starts(fee).await;
        s.gateway.at().orders.get_mut(&begun.reference).unwrap().amount = 1_000;
        assert_eq!(s.pays(&begun).await, Reply::OtherAmount);
        assert_eq!(s.notice(&begun.reference).await, Reply::OtherAmount);
        assert_eq!((s.standing(fee).await, s.proven().await), (Standing::Due, (1_000, 0, 1_000)));
        s.works().await;
        assert_eq!((s.states().await, s.proven().await), (vec!["refunded".to_owned()], (0, 0, 0)));
        let unknown = Word { reference: "KHONGCO".into(), amount: AMOUNT, verdict: Verdict::Paid, transaction: "1".into() };
        assert_eq!(heard(&s.w.core, &unknown).await.unwrap(), Reply::UnknownOrder);
        // One that failed is over, whatever amount it names; else it would stick.
        s.w.core.clock.advance(1);
        let begun = s.starts(fee).await;
        let word = Word { reference: begun.reference.clone(), amount: 5, verdict: Verdict::Failed, transaction: String::new() };
        assert_eq!(heard(&s.w.core, &word).await.unwrap(), Reply::OtherAmount);
        assert_eq!(s.states().await[1], "failed");
    })
    .await;
}

#[tokio::test]
async fn p2_a_lost_notice_is_made_good_by_asking_later_and_later() {
    each_engine(async |db| {
        let s = scene(&db).await;
        let fee = s.fee("phi-0001").await;
        let begun = s.starts(fee).await;
        s.gateway.ends(&begun.reference, Verdict::Paid);
        s.gateway.at().is_away = true;
        let mut asked = Vec::new();
        let start = s.w.core.now();
        for _ in 0..(24 * 60) {
            let before = s.gateway.at().asked;
            s.works().await;
            if s.gateway.at().asked > before {
                asked.push((s.w.core.now() - start) / MINUTE);
            }
            s.w.core.clock.advance(MINUTE);
        }
        assert_eq!(asked[..5], [5, 15, 35, 75, 155], "five, ten, twenty … minutes after each other");
        assert_eq!(s.states().await, ["started"], "a day without the gateway decides nothing");
        s.gateway.at().is_away = false;
        s.w.core.clock.advance(6 * HOUR);
        s.works().await;
        assert_eq!((s.states().await, s.proven().await), (vec!["paid".to_owned()], (AMOUNT, AMOUNT, 0)));

        // Nobody ever came there: over after a day, and what it pays in spite of that counts.
        let fee = s.fee("phi-0002").await;
        let never = s.w.accounts.start_payment(&s.me, fee).await.unwrap();
        for _ in 0..40 {
            s.works().await;
            s.w.core.clock.advance(HOUR);
        }
        assert_eq!((s.states().await[1].as_str(), s.standing(fee).await), ("expired", Standing::Due));
        s.gateway.open(&never.reference, AMOUNT);
        assert_eq!(s.pays(&never).await, Reply::Confirmed);
        assert_eq!(s.standing(fee).await, Standing::Paid);

        // Who comes back from there has it asked at once, but not all the time.
        let fee = s.fee("phi-0003").await;
        let begun = s.starts(fee).await;
        let before = s.gateway.at().asked;
        for _ in 0..5 {
            work::ask_now(&s.w.core, &s.gateway, begun.payment).await.unwrap();
        }
        assert_eq!(s.gateway.at().asked, before + 1);
        s.gateway.ends(&begun.reference, Verdict::Failed);
        s.w.core.clock.advance(11 * SECOND);
        work::ask_now(&s.w.core, &s.gateway, begun.payment).await.unwrap();
        assert_eq!((s.states().await[2].as_str(), s.standing(fee).await), ("failed", Standing::Due));
        assert_ne!(s.starts(fee).await.reference, begun.reference, "again at once");
    })
    .await;
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
                    (9, _) => _ = s.w.core.clock.advance([SECOND, MINUTE, 16 * MINUTE, 7 * HOUR][dice.next(4)]),
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
        assert_eq!(tell::tell(core, None, &[due("phi-0001", "withdrawn", core.now())]).await.unwrap(), [Outcome::Taken]);
        assert_eq!(tell::tell(core, None, std::slice::from_ref(&one)).await.unwrap(), [Outcome::Taken], "older");
        assert_eq!((s.count(WAITING).await, s.count("SELECT count(*) FROM told_fee WHERE state = 'withdrawn'").await), (2, 1));

        let now = core.now();
        let said = |payment: &str, paid_at, refunded_at| {
            hear::Settled { payment: payment.into(), fee: "phi-0001".into(), amount: AMOUNT, paid_at, refunded_at }.json()
        };
        let (a, a_back, b) =
            (said("A1", now - HOUR, None), said("A1", now - HOUR, Some(now)), said("B2", now - MINUTE, None));
        let mut less = b.clone();
        less["amount"] = json!(1);
        let mut stranger = b.clone();
        stranger["fee"] = json!("phi-0777");
        let answers = hear::hear(core, &[a_back.clone(), a.clone(), less, stranger, json!({}), said("x y", now, None)]).await.unwrap();
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
