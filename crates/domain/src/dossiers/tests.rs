//! Dossiers (N6, N14): what is taken at both doors, whose it is, what waits for the portal, and what is forgotten.

use super::{
    mine::{Counts, Which},
    receive::{Sender, receive},
    *,
};
use crate::{
    accounts::{
        Accounts, Assurance, FullName, Signed,
        linked::{Arrival, facts, turn},
        tests::{World, world},
    },
    api_keys::{self, Need, NewKey},
    error::Error as Shared,
    rights::Role,
    testing,
};
use base::{
    clock::{HOUR, SECOND},
    keys::{Keys, Purpose},
    personal_number::PersonalNumber,
    show::rfc3339,
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Insert, Sql, Tx, testing::each_engine};

/// The key of `testing::core`.
const MASTER: [u8; 32] = [7; 32];
const NUMBER: &str = "044189000001";
const OTHER: &str = "044189000002";

impl World {
    pub(crate) async fn client(&self, id: &'static str) -> Sender {
        let now = self.core.now();
        let put = self.core.store.write(move |tx: Tx| async move {
            let row =
                Insert::into("oidc_client").set("id", id).set("name", "Một cửa Ví Dụ").set("auth", "private_key_jwt");
            let row = ["jwks", "redirect_uris", "post_logout_uris", "scopes", "claims"]
                .into_iter()
                .fold(row, |row, c| row.set(c, "[]"));
            row.set("sector", id)
                .set("must_push", false)
                .set("may_refresh", false)
                .set("created_at", now)
                .exec(&tx)
                .await?;
            Insert::into("connected_system")
                .set("client_id", id)
                .set("procedures_uri", "x")
                .set("due_at", now)
                .exec(&tx)
                .await?;
            let row =
                Insert::into("system_procedure").set("client_id", id).set("code", "1.001193").set("name", "Khai sinh");
            row.set("field", "Hộ tịch")
                .set("level", "commune")
                .set("account", "phone")
                .set("page", "/a")
                .exec(&tx)
                .await
        });
        put.await.unwrap();
        Sender { client: id.into(), hosts: vec!["tinh.example.vn".into()] }
    }

    /// Somebody who came through a provider with this number, signed in.
    pub(crate) async fn knows(&self, n: u32, number: &str) -> Arc<Signed> {
        let session = self.citizen(n).await;
        let arrival = Arrival {
            provider: "vneid".into(),
            subject: format!("subject-{n}"),
            level: Assurance::Verified,
            number: PersonalNumber::parse(number).unwrap(),
            full_name: FullName::parse("Nguyễn Thị Ví Dụ").unwrap(),
            birth_date: None,
            sex: None,
            phone: None,
            behalf: None,
        };
        let signed = self.signed(&session).await;
        self.accounts.link(&signed, arrival, None).await.unwrap();
        signed
    }

    pub(crate) fn step(&self, event: &str, state: &str, number: &str) -> Value {
        json!({ "event": event, "dossier": "H50-260330-0001", "procedure": "1.001193", "number": number, "state": state, "at": rfc3339(self.core.now()) })
    }

    pub(crate) async fn hears(&self, sender: &Sender, steps: &[Value]) -> Vec<Outcome> {
        receive(&self.core, sender.clone(), steps).await.unwrap()
    }

    pub(crate) async fn sees(&self, who: &Signed) -> Vec<(String, i32)> {
        let lines = self.accounts.dossiers(who.account, Which::All, 0).await.unwrap();
        lines.into_iter().map(|line| (line.code, line.state)).collect()
    }
}

async fn count(core: &Core, sql: &'static str) -> i64 {
    Sql::new(sql).scalar(core.store.read()).await.unwrap().unwrap_or(0)
}

#[tokio::test]
async fn n6_dossiers_are_seen_by_who_has_the_number_for_sure_and_by_nobody_else() {
    each_engine(async |db| {
        let w = world(&db).await;
        let sender = w.client("tinh-mot").await;
        assert_eq!(w.hears(&sender, &[w.step("su-kien-1", "2", NUMBER)]).await, [Outcome::Taken]);
        // Told before there was an account: waits for who proves the number.
        let (me, other) = (w.knows(1, NUMBER).await, w.knows(2, OTHER).await);
        let nobody = w.citizen(3).await;
        let nobody = w.signed(&nobody).await;
        let seen = [("H50-260330-0001".to_owned(), 2)];
        assert_eq!(w.sees(&me).await, seen);
        assert_eq!((w.sees(&other).await, w.sees(&nobody).await), (vec![], vec![]));
        let id = w.accounts.dossiers(me.account, Which::All, 0).await.unwrap()[0].id;
        assert_eq!(w.accounts.dossier(me.account, id).await.unwrap().history.len(), 1);
        for who in [&other, &nobody] {
            let refused = w.accounts.dossier(who.account, id).await;
            assert!(matches!(refused, Err(crate::accounts::Error::Shared(Shared::NotFound))));
        }
        // What is printed on a card is no proof, whoever matched it: somebody else may have typed it, with their own phone.
        let sources = [
            ("card", 0, "4"),
            ("registry", 0, "5"),
            ("insurance", 0, "4"),
            ("operator", 1, "5"),
            ("post", 1, "4"),
            ("signature", 1, "5"),
        ];
        for (source, sees, state) in sources {
            w.write("UPDATE account_fact SET source = $1", move |sql| sql.bind(source)).await;
            assert_eq!(w.sees(&me).await.len(), sees, "{source}");
            assert_eq!(w.accounts.has_dossiers_door(me.account).await.unwrap(), sees == 1, "{source}");
            assert_eq!(w.accounts.dossier(me.account, id).await.is_ok(), sees == 1, "{source}");
            let counts = w.accounts.dossier_counts(me.account).await.unwrap();
            assert_eq!(counts == Counts::default(), sees == 0, "{source}");
            // Nor is such an account told.
            let before = count(&w.core, "SELECT count(*) FROM notice WHERE kind = 'dossier'").await;
            w.core.clock.advance(HOUR);
            let event = format!("su-kien-{source}");
            assert_eq!(w.hears(&sender, &[w.step(&event, state, NUMBER)]).await, [Outcome::Taken]);
            let told = count(&w.core, "SELECT count(*) FROM notice WHERE kind = 'dossier'").await - before;
            assert_eq!(told, sees as i64, "{source}");
        }
        // The document about the person holds what the person sees (A12).
        w.write("UPDATE account_fact SET source = 'vneid'", |sql| sql).await;
        let export = w.accounts.export_now(me.account).await;
        assert!(
            export.json.contains("H50-260330-0001") && export.text.contains("Đã được tiếp nhận"),
            "{}",
            export.text
        );
        assert!(!w.accounts.export_now(other.account).await.json.contains("H50-260330-0001"));
    })
    .await;
}

impl Accounts {
    async fn export_now(&self, account: base::ids::Uuid) -> crate::accounts::export::Export {
        crate::accounts::export::build(self, account, base::i18n::Lang::VI).await.unwrap()
    }
}

#[tokio::test]
async fn n6_who_loses_the_number_sees_none_and_what_the_inbox_said_of_them_is_gone() {
    each_engine(async |db| {
        let w = world(&db).await;
        let sender = w.client("tinh-mot").await;
        let me = w.knows(1, NUMBER).await;
        w.hears(&sender, &[w.step("su-kien-1", "2", NUMBER)]).await;
        const NOTICES: &str = "SELECT count(*) FROM notice WHERE kind = 'dossier'";
        assert_eq!((w.sees(&me).await.len(), count(&w.core, NOTICES).await), (1, 1));
        // As if the registry had matched it: that may go.
        w.write("UPDATE account_fact SET source = 'registry'", |sql| sql).await;
        let (core, account) = (w.core.clone(), me.account);
        let gone = w.core.store.write(move |tx: Tx| async move { facts::give_up(&core, &tx, account).await });
        assert!(gone.await.unwrap());
        assert_eq!((w.sees(&me).await.len(), count(&w.core, NOTICES).await), (0, 0));
    })
    .await;
}

#[tokio::test]
async fn n14_the_newest_step_says_where_a_dossier_stands_and_whose_it_is_in_whatever_order_they_come() {
    each_engine(async |db| {
        let w = world(&db).await;
        let sender = w.client("tinh-mot").await;
        let (me, other) = (w.knows(1, NUMBER).await, w.knows(2, OTHER).await);
        let received = w.step("su-kien-1", "2", OTHER);
        w.core.clock.advance(HOUR);
        let (processing, supplement) = (w.step("su-kien-2", "4", NUMBER), w.step("su-kien-3", "5", NUMBER));
        // The last first, the mistyped number of the first step last; of two at one moment the further state stands.
        for step in [&supplement, &processing, &received, &processing] {
            assert_eq!(w.hears(&sender, std::slice::from_ref(step)).await, [Outcome::Taken]);
        }
        assert_eq!(w.sees(&me).await, [("H50-260330-0001".to_owned(), 5)]);
        assert_eq!(w.sees(&other).await, []);
        assert_eq!(
            count(&w.core, "SELECT count(*) FROM notice WHERE kind = 'dossier'").await,
            1,
            "only what is new is told"
        );
        assert_eq!(count(&w.core, "SELECT count(*) FROM national_dossier_event").await, 3);
        w.core.clock.advance(HOUR);
        let corrected = w.step("su-kien-4", "5", OTHER);
        w.hears(&sender, &[corrected]).await;
        assert_eq!((w.sees(&me).await.len(), w.sees(&other).await.len()), (0, 1), "the number was corrected");
        let told: Vec<base::ids::Uuid> = Sql::new("SELECT account_id FROM notice WHERE kind = 'dossier'")
            .scalars(w.core.store.read())
            .await
            .unwrap();
        assert_eq!(
            told,
            [other.account],
            "who had it by mistake keeps no word, and whose it is has one, though the state is the same"
        );
        // What is told of years gone by rings nobody.
        let mut old = w.step("su-kien-5", "4", OTHER);
        old["dossier"] = "H50-250330-0009".into();
        old["at"] = rfc3339(w.core.now() - 60 * DAY).into();
        assert_eq!(w.hears(&sender, &[old]).await, [Outcome::Taken]);
        assert_eq!(w.sees(&other).await.len(), 2);
        assert_eq!(count(&w.core, "SELECT count(*) FROM notice WHERE kind = 'dossier'").await, 1);
        // Neither in rows nor in what is shown for programmers stands the number.
        let sealed: Vec<Vec<u8>> =
            Sql::new("SELECT sealed FROM national_dossier").scalars(w.core.store.read()).await.unwrap();
        assert!(!sealed.iter().any(|s| s.windows(12).any(|part| part == OTHER.as_bytes())));
    })
    .await;
}

#[tokio::test]
async fn n14_a15_the_key_of_persons_is_turned_under_dossiers_and_they_are_still_found() {
    each_engine(async |db| {
        let before = world(&db).await;
        let sender = before.client("tinh-mot").await;
        let me = before.knows(1, NUMBER).await;
        before.hears(&sender, &[before.step("su-kien-1", "2", NUMBER)]).await;
        let core = before.core.with(|parts| parts.keys = Keys::new(&MASTER).turned(&[0x5a; 32], None));
        let w = World { accounts: Accounts::new(core.clone()).unwrap(), core };
        assert_eq!(w.sees(&me).await.len(), 1, "while rows of both keys are there");
        let mut walk = turn::Walk::default();
        while turn::step(&w.core, &mut walk).await.unwrap() {}
        assert_eq!((turn::left(&w.core.store, &w.core.keys).await.unwrap(), walk.broken), (0, 0));
        let keys = Keys::new(&MASTER).turned(&[0x5a; 32], Some(&[0x11; 32]));
        let core = w.core.with(|parts| parts.keys = keys);
        let w = World { accounts: Accounts::new(core.clone()).unwrap(), core };
        assert_eq!(w.sees(&me).await.len(), 1, "nobody needs the key before any more");
    })
    .await;
}

#[tokio::test]
async fn n14_d17_what_a_one_stop_system_tells_is_written_down_with_its_message_to_the_portal_or_not_at_all() {
    each_engine(async |db| {
        let core = testing::core(&db).await;
        let w = World { accounts: Accounts::new(core.clone()).unwrap(), core };
        let listed = w.core.province().pack.procedures[0].code.clone();
        let step = |event: &str, state: &str| {
            let mut one = w.step(event, state, NUMBER);
            one["procedure"] = listed.as_str().into();
            one
        };
        let first = step("su-kien-1", "2");
        let mut unknown = step("su-kien-2", "4");
        unknown["procedure"] = "9.999999".into();
        let answers = tell::tell(&w.core, None, &[first.clone(), unknown, json!({})]).await.unwrap();
        assert_eq!(answers, [Outcome::Taken, Outcome::Refused(Why::UnknownProcedure), Outcome::Refused(Why::Shape)]);
        const WAITING: &str = "SELECT count(*) FROM outbox WHERE channel = 'portal' AND state = 'queued'";
        assert_eq!(count(&w.core, WAITING).await, 1);
        // Again, and another under its id: the same answer, and nothing more waits.
        w.core.clock.advance(SECOND);
        assert_eq!(tell::tell(&w.core, None, std::slice::from_ref(&first)).await.unwrap(), [Outcome::Taken]);
        assert_eq!(
            tell::tell(&w.core, None, &[step("su-kien-1", "9")]).await.unwrap(),
            [Outcome::Refused(Why::EventReused)]
        );
        assert_eq!(
            (count(&w.core, WAITING).await, count(&w.core, "SELECT count(*) FROM told_dossier_event").await),
            (1, 1)
        );
        // A step of before changes nothing of where it stands, but the portal hears of it.
        let mut late = step("su-kien-0", "1");
        late["at"] = rfc3339(w.core.now() - HOUR).into();
        assert_eq!(tell::tell(&w.core, None, &[late]).await.unwrap(), [Outcome::Taken]);
        assert_eq!(count(&w.core, "SELECT CAST(state AS BIGINT) FROM told_dossier").await, 2);
        // The message says what was told, is sealed, and the province keeps the number nowhere else.
        let claimed = w.core.store.claim_outbox(tell::CHANNEL, "w", 10, w.core.now()).await.unwrap();
        assert!(!claimed.iter().any(|m| m.payload.windows(12).any(|part| part == NUMBER.as_bytes())));
        let said = tell::open(&w.core, claimed[0].id, &claimed[0].payload).unwrap();
        let frame = step::Frame { now: w.core.now(), hosts: vec![], plain: false };
        assert_eq!(Step::read(&said, &frame), Step::read(&first, &frame));
        assert_eq!(tell::open(&w.core, claimed[1].id, &claimed[0].payload), None, "sealed for its row");
        assert_eq!(w.core.keys.open(Purpose::PersonalNumber, claimed[0].id.as_bytes(), &claimed[0].payload).ok(), None);
    })
    .await;
}

#[tokio::test]
async fn n14_x17_copies_are_forgotten_two_years_after_the_last_step_and_do_not_come_back() {
    each_engine(async |db| {
        let w = world(&db).await;
        let sender = w.client("tinh-mot").await;
        let mut old = w.step("su-kien-1", "10", NUMBER);
        old["at"] = rfc3339(w.core.now() - KEPT + HOUR).into();
        let mut young = w.step("su-kien-2", "10", NUMBER);
        young["dossier"] = "H50-260330-0002".into();
        assert_eq!(w.hears(&sender, &[old.clone(), young]).await, [Outcome::Taken; 2]);
        w.core.clock.advance(2 * HOUR);
        crate::reports::automatic::sweep(&w.core).await.unwrap();
        assert_eq!(count(&w.core, "SELECT count(*) FROM national_dossier").await, 1);
        assert_eq!(count(&w.core, "SELECT count(*) FROM national_dossier_event").await, 1);
        assert_eq!(w.hears(&sender, &[old]).await, [Outcome::Refused(Why::TooOld)]);
    })
    .await;
}

#[tokio::test]
async fn n14_only_a_key_with_that_right_tells_states_and_it_sends_no_reports() {
    each_engine(async |db| {
        let core = testing::core(&db).await;
        let operator = testing::officer(&core, "Quản trị", "*", Role::ProvinceOperator).await;
        let new = |may_create, may_tell_dossiers| NewKey {
            name: "Một cửa điện tử".into(),
            may_create,
            may_tell_dossiers,
            per_minute: 9,
            per_day: 9,
        };
        let may = async |key: &str, need| api_keys::enter(&core, key, need).await.is_ok();
        for (may_create, may_tell) in [(false, false), (true, false), (false, true)] {
            let (_, key) = api_keys::create(&core, &operator, &new(may_create, may_tell)).await.unwrap();
            let got = [may(key.expose(), Need::Create).await, may(key.expose(), Need::TellDossiers).await];
            assert_eq!(got, [may_create, may_tell]);
        }
    })
    .await;
}

#[test]
fn n14_codes_of_states_are_the_national_ones_each_over_or_not() {
    let over: Vec<i32> = State::ALL.into_iter().filter(|s| s.is_over()).map(State::code).collect();
    assert_eq!(over, [3, 7, 8, 9, 10]);
    for state in State::ALL {
        assert_eq!(State::parse(&state.code().to_string()), Some(state));
    }
    for wrong in ["0", "11", "01", "+1", " 1", "", "１", "-1"] {
        assert_eq!(State::parse(wrong), None, "{wrong}");
    }
    for why in Why::ALL {
        assert_eq!(Why::parse(why.as_str()), Some(why));
    }
}

proptest::proptest! {
    #[test]
    fn n14_whatever_is_read_can_be_written_and_read_again(event in "[a-z0-9.-]{8,20}", state in 1..11i32, note in "\\PC{0,80}", back in 0..63_000_000_000i64) {
        let now = testing::MONDAY_MORNING;
        let frame = step::Frame { now, hosts: vec!["tinh.example.vn".into()], plain: false };
        let at = jiff::Timestamp::from_millisecond(now - back).unwrap().to_string();
        let said = json!({ "event": event, "dossier": "H50-1", "procedure": "1.001193", "number": NUMBER, "state": state.to_string(), "at": at, "note": note });
        let read = Step::read(&said, &frame).unwrap();
        proptest::prop_assert_eq!(Step::read(&read.json(), &frame), Ok(read));
    }
}
