//! Linked bank accounts (N13): whose they may be, what stays of them, and that a bank is told when it is over.

use super::*;
use crate::accounts::{
    FullName,
    activity::Happened,
    linked::{Arrival, turn},
    tests::{World, world},
};
use base::{
    clock::SECOND,
    ids::Uuid,
    keys::Keys,
    personal_number::{PersonalNumber, Sex},
};
use std::sync::Arc;
use store::{FromRow, Sql, testing::each_engine};

const NAME: &str = "Nguyễn Thị Ví Dụ";
const BANK: &str = "ngan-hang-thu";
/// The key of `testing::core`.
const MASTER: [u8; 32] = [7; 32];

fn token(text: &str) -> Secret {
    Secret::new(text)
}

/// As banks write names: in capitals, without marks.
fn told(id: &str) -> Account {
    Account {
        id: format!("so-noi-bo-{id}"),
        masked: format!("**** {id:0>4}"),
        holder: "NGUYEN THI VI DU".into(),
        product: "Tài khoản thanh toán".into(),
        currency: "VND".into(),
        is_active: true,
    }
}

fn refused<T: std::fmt::Debug>(said: Result<T, Error>) -> Refusal {
    match said {
        Err(Error::Bank(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

/// A message of the outbox to a bank.
#[derive(FromRow)]
struct Job {
    id: Uuid,
    payload: Vec<u8>,
}

impl World {
    /// Somebody whose number and name are known for sure, signed in.
    async fn known(&self, n: u32) -> Arc<Signed> {
        let session = self.citizen(n).await;
        let arrival = Arrival {
            provider: "vneid".into(),
            subject: format!("subject-{n}"),
            level: Assurance::Verified,
            number: PersonalNumber::parse(&format!("044189{n:06}")).unwrap(),
            full_name: FullName::parse(NAME).unwrap(),
            birth_date: None,
            sex: Some(Sex::Female),
            phone: None,
            behalf: None,
        };
        let signed = self.signed(&session).await;
        self.accounts.link(&signed, arrival, None).await.unwrap();
        self.signed(&session).await
    }

    async fn brings(&self, who: &Signed, refresh: &str, accounts: &[Account]) -> Result<(), Error> {
        self.core.clock.advance(1); // of two at one moment nobody knows which was first
        self.accounts.link_bank(who, BANK, &token(refresh), accounts.to_vec()).await
    }

    async fn mine(&self, who: &Signed) -> Vec<Line> {
        self.accounts.banks(who.account).await.unwrap()
    }

    async fn how_many(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        Sql::new(sql).scalar(self.core.store.read()).await.unwrap().unwrap()
    }

    async fn jobs(&self) -> Vec<Job> {
        let sql = "SELECT id, payload FROM outbox WHERE channel = 'bank' ORDER BY created_at, id";
        Sql::new(sql).all(self.core.store.read()).await.unwrap()
    }

    /// What banks are still to be told, oldest first.
    async fn endings(&self) -> Vec<Ending> {
        let mut all = Vec::new();
        for job in self.jobs().await {
            all.extend(ending(&self.core, job.id, &job.payload).await.unwrap());
        }
        all
    }

    async fn tokens_to_end(&self) -> Vec<String> {
        self.endings().await.iter().map(|e| e.token.expose().to_owned()).collect()
    }

    async fn checks(&self, who: &Signed, line: &Line, seen: Seen) -> bool {
        let look = self.accounts.begin_bank_check(who, line.id).await.unwrap();
        self.accounts.finish_bank_check(look, seen).await.unwrap()
    }
}

fn alive(refresh: &str, accounts: &[Account]) -> Seen {
    Seen::Alive { refresh: token(refresh), accounts: Some(accounts.to_vec()) }
}

#[tokio::test]
async fn n13_accounts_in_the_own_name_are_linked_all_or_none() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.known(1).await;
        w.brings(&me, "r-1", &[told("1"), told("2")]).await.unwrap();
        let mine = w.mine(&me).await;
        let shown: Vec<_> = mine.iter().map(|l| (l.bank.as_str(), l.masked.as_str(), l.state, l.together)).collect();
        assert_eq!(shown, [(BANK, "**** 0001", State::Linked, 2), (BANK, "**** 0002", State::Linked, 2)]);
        assert_eq!((mine[0].holder.as_str(), mine[0].currency.as_str()), ("NGUYEN THI VI DU", "VND"));
        assert_eq!(mine[0].linked_at, w.core.now());
        assert!(w.kinds_of_activity(me.account).await.contains(&Happened::BankLinked.as_str().to_owned()));
        let notices: Option<i64> =
            Sql::new("SELECT count(*) FROM notice WHERE key = 'notice-bank-linked'").scalar(db.read()).await.unwrap();
        assert_eq!(notices, Some(1));

        for (why, accounts) in [
            (Refusal::NoneChosen, vec![]),
            (Refusal::OtherHolder, vec![told("3"), Account { holder: "NGUYEN VAN KHAC".into(), ..told("4") }]),
            (Refusal::OtherHolder, vec![Account { holder: String::new(), ..told("3") }]),
            (Refusal::OtherHolder, vec![Account { holder: "…".into(), ..told("3") }]),
            (Refusal::NotActive, vec![told("3"), Account { is_active: false, ..told("4") }]),
        ] {
            assert_eq!(refused(w.brings(&me, "r-x", &accounts).await), why);
        }
        // Composed or not, with marks or without, it is one name.
        for holder in ["Nguyễn Thị Ví Dụ", "Nguye\u{302}\u{303}n Thi\u{323} Vi\u{301} Du\u{323}", "nguyen  thi vi du"]
        {
            w.brings(&me, "r-n", &[Account { holder: holder.into(), ..told("1") }]).await.unwrap();
        }
        assert_eq!((w.how_many("bank_link").await, w.mine(&me).await.len()), (2, 2), "nothing of what was refused");

        let stranger = w.signed(&w.citizen(2).await).await;
        assert_eq!(refused(w.brings(&stranger, "r", &[told("9")]).await), Refusal::NotIdentified);
        // Known by number, but nobody said a name.
        let id = stranger.account;
        w.write("UPDATE account SET assurance = 'verified' WHERE id = $1", move |sql| sql.bind(id)).await;
        let mut nameless = (*stranger).clone();
        nameless.assurance = Assurance::Verified;
        assert_eq!(refused(w.brings(&nameless, "r", &[told("9")]).await), Refusal::NotIdentified);
        for kind in [Kind::Guest, Kind::Staff, Kind::Helper] {
            let mut other = (*me).clone();
            other.kind = kind;
            let said = w.brings(&other, "r", &[told("9")]).await;
            assert!(matches!(said, Err(Error::Shared(Shared::Forbidden))), "{kind:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn n13_one_bank_account_is_one_link_and_one_persons() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (me, other) = (w.known(1).await, w.known(2).await);
        w.brings(&me, "r-1", &[told("1"), told("2")]).await.unwrap();
        let first = w.mine(&me).await;
        assert_eq!(refused(w.brings(&other, "r-2", &[told("3"), told("1")]).await), Refusal::Elsewhere);
        assert!(w.mine(&other).await.is_empty(), "nor the one that was free");
        // The same internal name at another bank is another account.
        let elsewhere = w.accounts.link_bank(&other, "ngan-hang-hai", &token("r"), vec![told("1")]).await;
        elsewhere.unwrap();

        // Again by the same person: the same links, under the new consent; the old one is over when it has none left.
        w.brings(&me, "r-3", &[told("1")]).await.unwrap();
        assert!(w.tokens_to_end().await.is_empty(), "the second account lives under it");
        w.brings(&me, "r-4", &[told("2"), told("1")]).await.unwrap();
        let again = w.mine(&me).await;
        assert_eq!(again.iter().map(|l| l.id).collect::<Vec<_>>(), first.iter().map(|l| l.id).collect::<Vec<_>>());
        assert_eq!(again[0].linked_at, first[0].linked_at);
        assert!(again[0].checked_at > first[0].checked_at);
        assert_eq!(w.tokens_to_end().await, ["r-1", "r-3"]);

        let many: Vec<Account> = (10..18).map(|n| told(&n.to_string())).collect();
        w.brings(&me, "r-5", &many).await.unwrap();
        assert_eq!(w.mine(&me).await.len(), 10);
        assert_eq!(refused(w.brings(&me, "r-6", &[told("99")]).await), Refusal::TooMany);
        w.brings(&me, "r-7", &[told("17")]).await.unwrap();
        assert_eq!(w.mine(&me).await.len(), 10, "who has as many renews all the same");
    })
    .await;
}

#[tokio::test]
async fn n13_of_two_at_the_same_moment_one_gets_the_account() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (me, other) = (w.known(1).await, w.known(2).await);
        let (mine, theirs) = ([told("1")], [told("1")]);
        let (a, b) = tokio::join!(w.brings(&me, "r-1", &mine), w.brings(&other, "r-2", &theirs));
        assert_eq!((a.is_ok() as u8) + (b.is_ok() as u8), 1, "{a:?} {b:?}");
        assert_eq!((w.how_many("bank_link").await, w.how_many("bank_grant").await), (1, 1));
    })
    .await;
}

#[tokio::test]
async fn n13_a_removed_link_is_gone_at_once_and_the_bank_hears_of_the_last_of_a_consent() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (me, other) = (w.known(1).await, w.known(2).await);
        w.brings(&me, "r-1", &[told("1"), told("2")]).await.unwrap();
        let mine = w.mine(&me).await;
        let theirs = w.accounts.unlink_bank(&other, mine[0].id).await;
        assert!(matches!(theirs, Err(Error::Shared(Shared::NotFound))), "{theirs:?}");
        w.accounts.unlink_bank(&me, mine[0].id).await.unwrap();
        assert_eq!(w.mine(&me).await.iter().map(|l| (l.id, l.together)).collect::<Vec<_>>(), [(mine[1].id, 1)]);
        assert!(w.endings().await.is_empty(), "the other account lives under the consent");
        // It is free for whoever has it at the bank.
        w.brings(&other, "r-2", &[told("1")]).await.unwrap();
        w.accounts.unlink_bank(&me, mine[1].id).await.unwrap();
        assert!(w.kinds_of_activity(me.account).await.contains(&Happened::BankUnlinked.as_str().to_owned()));
        let [ending] = &w.endings().await[..] else { panic!("one") };
        assert_eq!((ending.bank.as_str(), ending.token.expose(), ending.wait_until), (BANK, "r-1", None));
        ended(&w.core, ending.grant).await.unwrap();
        ended(&w.core, ending.grant).await.unwrap();
        assert!(w.endings().await.is_empty(), "told once is enough");
        assert_eq!((w.how_many("bank_grant").await, w.how_many("bank_link").await), (1, 1), "the other's");

        w.accounts.drop_bank_grant(BANK, &token("r-9")).await.unwrap();
        assert_eq!(w.tokens_to_end().await, ["r-9"]);
        // A grant that is somebody's is never ended by a message.
        let grant: Uuid = Sql::new("SELECT id FROM bank_grant WHERE account_id IS NOT NULL")
            .scalar(db.read())
            .await
            .unwrap()
            .unwrap();
        ended(&w.core, grant).await.unwrap();
        assert_eq!(w.mine(&other).await.len(), 1);
        assert!(ending_of(&w, grant).await.is_none());
    })
    .await;
}

/// As if a message spoke of this grant.
async fn ending_of(w: &World, grant: Uuid) -> Option<Ending> {
    let (id, core) = (w.core.new_id(), &w.core);
    let payload = core.keys.seal(Purpose::Outbox, id.as_bytes(), grant.as_bytes(), &core.entropy);
    ending(core, id, &payload).await.unwrap()
}

#[tokio::test]
async fn n13_what_the_bank_says_later_is_shown_and_one_asks_at_a_time() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (me, other) = (w.known(1).await, w.known(2).await);
        w.brings(&me, "r-1", &[told("1"), told("2")]).await.unwrap();
        let mine = w.mine(&me).await;
        let theirs = w.accounts.begin_bank_check(&other, mine[0].id).await;
        assert!(matches!(theirs, Err(Error::Shared(Shared::NotFound))), "{theirs:?}");

        let look = w.accounts.begin_bank_check(&me, mine[0].id).await.unwrap();
        assert_eq!((look.bank.as_str(), look.refresh.expose()), (BANK, "r-1"));
        assert_eq!(refused(w.accounts.begin_bank_check(&me, mine[1].id).await), Refusal::Asking, "the same consent");
        w.core.clock.advance(5 * SECOND);
        let both = [told("1"), told("2")];
        assert!(w.accounts.finish_bank_check(look, alive("r-2", &both)).await.unwrap());
        assert!(w.mine(&me).await.iter().all(|l| l.checked_at == w.core.now() && l.state == State::Linked));

        // Nobody came back from it: another may ask after a while.
        let lost = w.accounts.begin_bank_check(&me, mine[0].id).await.unwrap();
        assert_eq!(lost.refresh.expose(), "r-2");
        w.core.clock.advance(41 * SECOND);
        let before = w.core.now() - 41 * SECOND;
        assert!(w.checks(&me, &mine[0], Seen::Nothing).await);
        assert!(w.mine(&me).await.iter().all(|l| l.checked_at == before), "nothing is known anew");
        // The token was renewed, but not told of what: the next one is kept all the same.
        assert!(w.checks(&me, &mine[0], Seen::Alive { refresh: token("r-3"), accounts: None }).await);
        let look = w.accounts.begin_bank_check(&me, mine[0].id).await.unwrap();
        assert_eq!(look.refresh.expose(), "r-3");
        // One of two accounts is closed.
        let one = [Account { is_active: false, ..told("1") }, told("2")];
        assert!(w.accounts.finish_bank_check(look, alive("r-4", &one)).await.unwrap());
        let states: Vec<State> = w.mine(&me).await.iter().map(|l| l.state).collect();
        assert_eq!(states, [State::Ended, State::Linked]);
        let over = w.accounts.begin_bank_check(&me, mine[0].id).await;
        assert!(matches!(over, Err(Error::Shared(Shared::State))), "{over:?}");
        assert!(w.kinds_of_activity(me.account).await.contains(&Happened::BankEnded.as_str().to_owned()));
        // The other got another holder: what is left of the consent is ended there, too.
        let holder = [Account { holder: "TRAN VAN KHAC".into(), ..told("2") }];
        assert!(!w.checks(&me, &mine[1], alive("r-5", &holder)).await);
        assert_eq!(w.tokens_to_end().await, ["r-5"]);

        // An ended one keeps nobody else out, and comes back when its owner links it again.
        w.brings(&other, "o-1", &[told("1")]).await.unwrap();
        w.brings(&me, "r-6", &[told("2")]).await.unwrap();
        let mine = w.mine(&me).await;
        assert_eq!(
            mine.iter().map(|l| (l.masked.as_str(), l.state)).collect::<Vec<_>>(),
            [("**** 0002", State::Linked)]
        );
        assert!(!w.checks(&me, &mine[0], Seen::Ended).await);
        assert_eq!(w.mine(&me).await[0].state, State::Ended);
        assert_eq!(w.tokens_to_end().await, ["r-5"], "what the bank ended need not be ended there");
    })
    .await;
}

#[tokio::test]
async fn n13_a_link_that_is_removed_while_the_bank_is_asked_ends_with_the_next_token() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.known(1).await;
        w.brings(&me, "r-1", &[told("1")]).await.unwrap();
        let mine = w.mine(&me).await;
        let look = w.accounts.begin_bank_check(&me, mine[0].id).await.unwrap();
        w.accounts.unlink_bank(&me, mine[0].id).await.unwrap();
        assert!(w.endings().await[0].wait_until.is_some(), "its token is being changed");
        assert!(!w.accounts.finish_bank_check(look, alive("r-2", &[told("1")])).await.unwrap());
        let endings = w.endings().await;
        assert_eq!((endings[0].token.expose(), endings[0].wait_until), ("r-2", None));
        assert!(w.mine(&me).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn n13_a12_the_person_gets_them_in_the_download_and_nothing_stays_after_deletion() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.known(1).await;
        w.brings(&me, "token-cua-ngan-hang", &[told("1")]).await.unwrap();
        #[derive(FromRow)]
        struct Raw {
            sealed: Vec<u8>,
            hash: Vec<u8>,
        }
        let rows = "SELECT sealed, account_hash AS hash FROM bank_link UNION ALL SELECT sealed, sealed AS hash FROM bank_grant";
        for row in Sql::new(rows).all::<Raw>(db.read()).await.unwrap() {
            for bytes in [row.sealed, row.hash] {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                for plain in ["NGUYEN", "so-noi-bo", "token-cua"] {
                    assert!(!text.contains(plain), "{text}");
                }
            }
        }
        let export = w.accounts.export_data(&me).await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&export.json).unwrap();
        let bank = &json["banks"][0];
        assert_eq!((&bank["masked"], &bank["holder"], &bank["state"]), (&"**** 0001".into(), &"NGUYEN THI VI DU".into(), &"linked".into()));
        assert!(export.text.contains("**** 0001 NGUYEN THI VI DU") && export.text.contains("Đang liên kết"), "{}", export.text);
        for document in [&export.json, &export.text] {
            assert!(!document.contains("token-cua") && !document.contains("so-noi-bo"), "{document}");
        }
        w.accounts.delete_account(&me).await.unwrap();
        assert_eq!(w.how_many("bank_link").await, 0);
        assert_eq!(w.tokens_to_end().await, ["token-cua-ngan-hang"], "the bank is told");
        assert_eq!(w.how_many("bank_grant WHERE account_id IS NULL").await, 1);
    })
    .await;
}

#[tokio::test]
async fn n13_a15_the_key_is_turned_under_them() {
    each_engine(async |db| {
        let before = world(&db).await;
        let (me, other) = (before.known(1).await, before.known(2).await);
        before.brings(&me, "r-1", &[told("1")]).await.unwrap();
        before.drop_grants(260).await;
        let keys = Keys::new(&MASTER).turned(&[0x5a; 32], None);
        let core = before.core.with(|parts| parts.keys = keys);
        let w = World { accounts: crate::accounts::Accounts::new(core.clone()).unwrap(), core };
        let left = async |w: &World| turn::left(&w.core.store, &w.core.keys).await.unwrap();
        assert_eq!(left(&w).await, 2 * 3 + 1 + 1 + 260);
        // While rows of both keys are there nobody gets it twice, and its owner keeps it.
        assert_eq!(refused(w.brings(&other, "r-2", &[told("1")]).await), Refusal::Elsewhere);
        assert_eq!(w.mine(&me).await[0].holder, "NGUYEN THI VI DU");
        let mut walk = turn::Walk::default();
        let mut steps = 0;
        while turn::step(&w.core, &mut walk).await.unwrap() {
            steps += 1;
            assert!(steps < 20, "it walks in a circle");
        }
        assert_eq!((left(&w).await, walk.broken), (0, 0));
        // Nobody needs the key before any more.
        let keys = Keys::new(&MASTER).turned(&[0x5a; 32], Some(&[0x11; 32]));
        let core = w.core.with(|parts| parts.keys = keys);
        let w = World { accounts: crate::accounts::Accounts::new(core.clone()).unwrap(), core };
        assert_eq!(refused(w.brings(&other, "r-2", &[told("1")]).await), Refusal::Elsewhere);
        let mine = w.mine(&me).await;
        assert_eq!(w.accounts.begin_bank_check(&me, mine[0].id).await.unwrap().refresh.expose(), "r-1");
    })
    .await;
}

#[tokio::test]
async fn n13_a15_what_no_key_opens_is_counted_and_holds_nothing_up() {
    each_engine(async |db| {
        let before = world(&db).await;
        let me = before.known(1).await;
        before.brings(&me, "r-1", &[told("1")]).await.unwrap();
        before.drop_grants(210).await;
        before.write("UPDATE bank_link SET sealed = $1", |sql| sql.bind(vec![1u8; 40])).await;
        let facts = "UPDATE account_fact SET sealed = $1 WHERE name = 'sex'";
        before.write(facts, |sql| sql.bind(vec![1u8; 40])).await;
        let keys = Keys::new(&MASTER).turned(&[0x5a; 32], None);
        let core = before.core.with(|parts| parts.keys = keys);
        let mut walk = turn::Walk::default();
        let mut steps = 0;
        while turn::step(&core, &mut walk).await.unwrap() {
            steps += 1;
            assert!(steps < 10, "it walks in a circle");
        }
        assert_eq!((turn::left(&core.store, &core.keys).await.unwrap(), walk.broken), (2, 2));
    })
    .await;
}

impl World {
    /// Consents that banks are still to be told of: enough that a walk has several steps.
    async fn drop_grants(&self, n: u32) {
        for n in 0..n {
            self.accounts.drop_bank_grant(BANK, &token(&format!("d-{n}"))).await.unwrap();
        }
    }
}

#[test]
fn n13_every_refusal_and_state_has_words_in_both_languages() {
    let texts = base::i18n::Texts::load(crate::core::text_sources()).unwrap();
    let keys = Refusal::ALL.map(Refusal::key);
    let states = [State::Linked, State::Ended].map(|state| format!("bank-state-{}", state.as_str()));
    for key in keys.iter().map(|key| (*key).to_owned()).chain(states) {
        for lang in [base::i18n::Lang::VI, base::i18n::Lang::EN] {
            assert!(texts.has(lang, &key), "{key} {lang}");
        }
    }
    assert!(!format!("{:?}", told("1")).contains("NGUYEN"));
}
