//! Fees and their payments (N15, P2, P3): what is taken at both doors, who pays, what the gateway's words do in whatever order they come, and that the
//! ledger is right after all of it.

mod late;
mod rules;

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
        for (name, value) in
            [("amount", json!(200_000)), ("name", json!("Khác")), ("dossier", json!(DOSSIER.to_owned()))]
        {
            let mut other = due("phi-0001", "due", s.w.core.now());
            other[name] = value;
            let same = name == "dossier";
            assert_eq!(s.told(&[other]).await, [if same { Outcome::Taken } else { Outcome::Refused(Why::FeeReused) }]);
        }
        assert_eq!(s.count("SELECT count(*) FROM national_fee").await, 1);
        assert_eq!(s.count("SELECT count(*) FROM notice WHERE key = 'notice-fee-due'").await, 1);
        assert_eq!(s.w.accounts.fees_due(s.me.account).await.unwrap().len(), 1);

        let begun = s.starts(fee).await;
        assert!(
            begun.reference.len() <= 24
                && begun.reference.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
        );
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
        assert!(matches!(
            s.w.accounts.payment(other.account, begun.payment).await,
            Err(Refused::Shared(Shared::NotFound))
        ));
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
async fn p2_who_does_not_see_the_dossier_is_not_told_of_its_fee_either() {
    each_engine(async |db| {
        let s = scene(&db).await;
        for (n, source) in ["vneid", "registry", "insurance", "card"].into_iter().enumerate() {
            s.w.write("UPDATE account_fact SET source = $1", move |sql| sql.bind(source)).await;
            assert_eq!(s.told(&[due(&format!("phi-000{n}"), "due", s.w.core.now())]).await, [Outcome::Taken]);
            let sees = s.w.accounts.fees_due(s.me.account).await.unwrap().len();
            assert_eq!(sees, usize::from(source == "vneid"), "{source}");
            assert_eq!(s.count("SELECT count(*) FROM notice WHERE key = 'notice-fee-due'").await, 1, "{source}");
        }
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
        assert!(
            said.len() == 2 && said[0].get("refunded_at").is_none() && said[1].get("refunded_at").is_some(),
            "{said:?}"
        );
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
        let unknown =
            Word { reference: "KHONGCO".into(), amount: AMOUNT, verdict: Verdict::Paid, transaction: "1".into() };
        assert_eq!(heard(&s.w.core, &unknown).await.unwrap(), Reply::UnknownOrder);
        // One that failed is over, whatever amount it names; else it would stick.
        s.w.core.clock.advance(1);
        let begun = s.starts(fee).await;
        let word = Word {
            reference: begun.reference.clone(),
            amount: 5,
            verdict: Verdict::Failed,
            transaction: String::new(),
        };
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
