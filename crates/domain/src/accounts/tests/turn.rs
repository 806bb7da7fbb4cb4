//! Turning the key of persons' data (A15) while people come and go.

use super::{
    linked::{arrival, elsewhere},
    *,
};
use crate::accounts::{FlowKind, linked::turn};
use base::keys::{Keys, Purpose};
use store::{Insert, testing::each_engine};

/// The key of `testing::core`, and what comes after it.
const MASTER: [u8; 32] = [7; 32];
const NEXT: [u8; 32] = [0x5a; 32];

impl World {
    /// The same house after a restart with other keys.
    fn restarted(&self, keys: Keys) -> World {
        let core = self.core.with(|parts| parts.keys = keys);
        World { accounts: Accounts::new(core.clone()).unwrap(), core }
    }

    /// Numbers of accounts that nobody signs in to: enough that the walk has several steps.
    async fn numbers(&self, n: u32) {
        let core = self.core.clone();
        let fill = move |tx: Tx| async move {
            for n in 0..n {
                let account = core.new_id();
                let number = format!("044090{n:06}");
                let bound = [account.as_bytes().as_slice(), b"number"].concat();
                Insert::into("account_fact")
                    .set("account_id", account)
                    .set("name", "number")
                    .set("sealed", core.keys.seal(Purpose::PersonalNumber, &bound, number.as_bytes(), &core.entropy))
                    .set("number_hash", core.keys.hash(Purpose::PersonalNumberIndex, &[number.as_bytes()]).to_vec())
                    .set("source", "vneid")
                    .set("assurance", "verified")
                    .set("proved_at", core.now())
                    .set("key_id", core.keys.turn())
                    .exec(&tx)
                    .await?;
            }
            Ok::<_, store::Error>(())
        };
        self.core.store.write(fill).await.unwrap();
    }

    async fn linked_person(&self, n: u32) -> Uuid {
        let token = self.proves(arrival(n), n).await;
        self.completes(&token, arrival(n)).await.unwrap().account
    }

    /// Somebody with this number comes from another provider: whether they are told that they have an account.
    async fn is_known(&self, n: u32) -> bool {
        let token = self.token(elsewhere(n)).await;
        let flow = self.accounts.flow(FlowKind::Arrive, &token).await.unwrap().unwrap();
        self.accounts.arrival_has_account(&flow).await.unwrap()
    }

    async fn left(&self) -> i64 {
        turn::left(&self.core.store, &self.core.keys).await.unwrap()
    }

    async fn number_of(&self, account: Uuid) -> String {
        self.accounts.facts(account).await.unwrap().masked_number()
    }
}

#[tokio::test]
async fn a15_a_key_is_turned_while_people_come_and_goes_on_after_a_kill() {
    each_engine(async |db| {
        let before = world(&db).await;
        let first = before.linked_person(1).await;
        before.numbers(450).await;
        let last = before.linked_person(2).await;

        let w = before.restarted(Keys::new(&MASTER).turned(&NEXT, None));
        assert_eq!(w.left().await, 450 + 2 * 4);
        assert!(turn::step(&w.core, &mut turn::Walk::default()).await.unwrap());
        assert_eq!(w.left().await, 450 + 2 * 4 - 200, "the first is turned, the last is not");
        for (n, account) in [(1, first), (2, last)] {
            assert_eq!(w.number_of(account).await, format!("044***00{n}"));
            assert!(w.is_known(n).await, "person {n}");
            let token = w.token(elsewhere(n)).await;
            let v = visitor(9);
            let second = w.accounts.start_first_phone(FlowKind::Arrive, &token, form(phone(7), &v)).await;
            assert!(matches!(second, Err(Error::LinkedElsewhere)), "never a second account for person {n}");
        }
        let new = w.linked_person(3).await;
        assert_eq!(before.number_of(new).await, "", "the key before does not open what is sealed now");

        // The process was killed and starts again: nothing is remembered but the rows.
        let w = before.restarted(Keys::new(&MASTER).turned(&NEXT, None));
        let mut walk = turn::Walk::default();
        while turn::step(&w.core, &mut walk).await.unwrap() {}
        assert_eq!((w.left().await, walk.broken), (0, 0));
        assert!(!turn::step(&w.core, &mut turn::Walk::default()).await.unwrap(), "nothing is left to do");

        // Nobody needs the key before any more, and the next one comes.
        let w = before.restarted(Keys::new(&MASTER).turned(&[9; 32], Some(&NEXT)));
        let mut walk = turn::Walk::default();
        while turn::step(&w.core, &mut walk).await.unwrap() {}
        let w = before.restarted(Keys::new(&MASTER).turned(&[9; 32], None));
        for (n, account) in [(1, first), (2, last), (3, new)] {
            assert_eq!(w.number_of(account).await, format!("044***00{n}"));
            assert!(w.is_known(n).await, "person {n}");
        }
    })
    .await;
}

#[tokio::test]
async fn a15_what_no_key_opens_is_counted_and_holds_nothing_up() {
    each_engine(async |db| {
        let before = world(&db).await;
        before.numbers(300).await;
        before
            .write(
                "UPDATE account_fact SET sealed = $1 WHERE account_id = (SELECT account_id FROM account_fact ORDER BY account_id LIMIT 1)",
                |sql| sql.bind(vec![1u8; 40]),
            )
            .await;
        let w = before.restarted(Keys::new(&MASTER).turned(&NEXT, None));
        let mut walk = turn::Walk::default();
        let mut steps = 0;
        while turn::step(&w.core, &mut walk).await.unwrap() {
            steps += 1;
            assert!(steps < 10, "it walks in a circle");
        }
        assert_eq!((w.left().await, walk.broken), (1, 1));
    })
    .await;
}
