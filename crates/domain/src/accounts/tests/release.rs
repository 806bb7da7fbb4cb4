//! A number that another account took with a card's photo, released at the desk (A7, A13, A18): who may, what they learn, what happens to the
//! holder, and that a second look or a second officer changes nothing twice.

use super::verify::{ALL_FITS, fake};
use super::*;
use crate::{
    accounts::{
        Assurance,
        linked::{Arrival, Standing},
        release::{Paper, Refusal, Seen},
        verify::Said,
    },
    error::Error as Shared,
    limits,
    rights::Role,
};
use base::personal_number::PersonalNumber;
use store::testing::each_engine;

const CARD: &str = "044189001234|191234567|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3, Lệ Thủy|10052021";
const WHY: &str = "Xem thẻ Căn cước bản gốc, ảnh đúng người";

fn number() -> PersonalNumber {
    PersonalNumber::parse("044189001234").unwrap()
}

fn seen() -> Seen {
    Seen { paper: Some(Paper::CanCuoc), compared: true, reason: WHY.into() }
}

fn refusal(said: &Result<Secret, Error>) -> Option<Refusal> {
    match said {
        Err(Error::Number(refusal)) => Some(*refusal),
        _ => None,
    }
}

impl World {
    /// A member of staff at the desk.
    async fn at_desk(&self, role: Role, method: &str) -> Arc<Signed> {
        let officer = testing::officer(&self.core, "Cán Bộ Nghĩ Ra", COMMUNE, role).await;
        let (core, method, v) = (self.core.clone(), method.to_owned(), visitor(200));
        let opened = self.core.store.write(move |tx: Tx| async move {
            crate::accounts::sessions::open(&core, &tx, officer.account, Kind::Staff, &method, &v).await
        });
        self.signed(&opened.await.unwrap()).await
    }

    /// Shows this card in the own account and lets the registry match it.
    async fn matches(&self, who: &Arc<Signed>, card: &str, n: u8) -> Result<(), Error> {
        let (_, registry) = fake(Ok(ALL_FITS));
        let token = self.accounts.show_card(who, Said::Code(card), &visitor(n)).await?;
        self.accounts.verify_card(who, token.expose(), Some(&registry), &visitor(n)).await
    }

    async fn level_of(&self, account: Uuid) -> Assurance {
        self.accounts.profile(account).await.unwrap().assurance()
    }

    async fn count_of(&self, sql: &str) -> i64 {
        Sql::new(sql).scalar(self.core.store.read()).await.unwrap().unwrap()
    }
}

fn by_vneid(level: Assurance) -> Arrival {
    Arrival { level, ..super::linked::arrival(1234) }
}

#[tokio::test]
async fn a7_a18_a_released_number_leaves_the_holder_and_goes_to_who_has_the_card() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (one, two) = (w.citizen(1).await, w.citizen(2).await);
        let (holder, owner) = (w.signed(&one).await, w.signed(&two).await);
        let id = holder.account;
        w.write("UPDATE account SET notify_sms = TRUE WHERE id = $1", move |sql| sql.bind(id)).await;
        w.matches(&holder, CARD, 1).await.unwrap();
        assert!(matches!(w.matches(&owner, CARD, 2).await, Err(Error::CardElsewhere)), "today's answer to the owner");
        let leader = w.at_desk(Role::UnitLeader, "passkey").await;
        let token = w.accounts.look_for_number(&leader, &number()).await.unwrap();
        let held = w.accounts.held_number(&leader, token.expose()).await.unwrap();
        assert_eq!((held.source.as_str(), held.phone.as_str()), ("registry", phone(1).masked().as_str()));
        w.accounts.release_number(&leader, token.expose(), seen()).await.unwrap();

        assert_eq!(w.accounts.facts(id).await.unwrap().standing(), Standing::Unknown);
        assert_eq!(w.level_of(id).await, Assurance::Phone);
        assert!(!w.alive(&one.token).await, "who was signed in as verified signs in again");
        assert!(w.inbox(&phone(1)).await[0].contains("số định danh không còn nằm"), "{:?}", w.inbox(&phone(1)).await);
        let lines = w.accounts.activity(id, None).await.unwrap();
        let line = |kind: &str| lines.iter().find(|l| l.kind == kind).unwrap().clone();
        assert_eq!(line("number-looked").by_unit.as_deref(), Some(COMMUNE));
        let released = line("number-released");
        assert_eq!((released.by_unit.as_deref(), released.reason.as_str()), (Some(COMMUNE), WHY));
        assert_eq!(w.count_of("SELECT count(*) FROM notice WHERE key = 'notice-number-released'").await, 1);
        let log = format!(
            "SELECT count(*) FROM audit WHERE act = 'number-release' AND object = 'account {id}' AND reason = '{WHY}' AND actor_id IS NOT NULL"
        );
        assert_eq!(w.count_of(&log).await, 1);
        for column in ["object", "reason", "data"] {
            let sql = format!("SELECT count(*) FROM audit WHERE {column} LIKE '%044189001234%'");
            assert_eq!(w.count_of(&sql).await, 0, "{column}");
        }
        assert_eq!(w.count_of("SELECT count(*) FROM flow WHERE data LIKE '%044189001234%'").await, 0);
        // Twice is once.
        let again = w.accounts.release_number(&leader, token.expose(), seen()).await;
        assert!(matches!(again, Err(Error::FlowGone)), "{again:?}");

        // The card that brought it does not bring it back; the owner's does, and so does a proof that names the person.
        let again = w.signed(&entered(w.sign_in(1, GOOD).await.unwrap())).await;
        assert!(matches!(w.matches(&again, CARD, 1).await, Err(Error::CardReleased)));
        assert_eq!(w.count_of("SELECT count(*) FROM registry_question").await, 1, "nobody was asked for it");
        w.matches(&owner, CARD, 2).await.unwrap();
        assert_eq!(w.level_of(owner.account).await, Assurance::Verified);
        let others = CARD.replace("044189001234", "044189007777");
        w.matches(&again, &others, 1).await.unwrap();
        assert_eq!(w.level_of(id).await, Assurance::Verified, "the own card is not shut out");
    })
    .await;
}

#[tokio::test]
async fn a7_who_lost_a_number_gets_it_back_by_a_proof_that_names_them() {
    each_engine(async |db| {
        let w = world(&db).await;
        let holder = w.signed(&w.citizen(1).await).await;
        w.matches(&holder, CARD, 1).await.unwrap();
        let leader = w.at_desk(Role::UnitLeader, "passkey").await;
        let token = w.accounts.look_for_number(&leader, &number()).await.unwrap();
        w.accounts.release_number(&leader, token.expose(), seen()).await.unwrap();
        let again = w.signed(&entered(w.sign_in(1, GOOD).await.unwrap())).await;
        w.accounts.link(&again, by_vneid(Assurance::Verified), None).await.unwrap();
        let standing = w.accounts.facts(again.account).await.unwrap().standing();
        assert!(matches!(&standing, Standing::Verified { by, .. } if by == "vneid"), "{standing:?}");
        // And then no desk takes it away.
        let said = w.accounts.look_for_number(&leader, &number()).await;
        assert_eq!(refusal(&said), Some(Refusal::Named), "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn a7_only_who_has_the_right_asks_and_everything_asked_is_written_down() {
    each_engine(async |db| {
        let w = world(&db).await;
        let one = w.citizen(1).await;
        let holder = w.signed(&one).await;
        w.matches(&holder, CARD, 1).await.unwrap();
        for role in Role::ALL {
            let may = matches!(role, Role::ProvinceOperator | Role::UnitLeader);
            let who = w.at_desk(role, "passkey").await;
            let said = w.accounts.look_for_number(&who, &number()).await;
            assert_eq!(said.is_ok(), may, "{role:?} {said:?}");
            assert!(may || matches!(said, Err(Error::Shared(Shared::Forbidden))));
        }
        let half = w.at_desk(Role::UnitLeader, "password").await;
        for who in [&half, &holder] {
            let said = w.accounts.look_for_number(who, &number()).await;
            assert!(matches!(said, Err(Error::Shared(Shared::Forbidden))), "{said:?}");
        }
        let (leader, other) =
            (w.at_desk(Role::UnitLeader, "passkey").await, w.at_desk(Role::UnitLeader, "passkey").await);
        let nobodys = PersonalNumber::parse("044189009999").unwrap();
        let before = w.count_of("SELECT count(*) FROM audit WHERE act = 'number-look'").await;
        assert_eq!(refusal(&w.accounts.look_for_number(&leader, &nobodys).await), Some(Refusal::Nobody));
        assert_eq!(w.count_of("SELECT count(*) FROM audit WHERE act = 'number-look'").await, before + 1);
        let token = w.accounts.look_for_number(&leader, &number()).await.unwrap();
        // Another officer's look is nobody else's.
        assert!(matches!(w.accounts.held_number(&other, token.expose()).await, Err(Error::FlowGone)));
        assert!(matches!(w.accounts.release_number(&other, token.expose(), seen()).await, Err(Error::FlowGone)));
        for (wrong, field) in [
            (Seen { paper: None, ..seen() }, "paper"),
            (Seen { compared: false, ..seen() }, "compared"),
            (Seen { reason: "đúng người".into(), ..seen() }, "reason"),
            (Seen { reason: format!("{WHY}, số 044 189 001 234"), ..seen() }, "reason"),
            (Seen { reason: "x ".repeat(400), ..seen() }, "reason"),
        ] {
            let said = w.accounts.release_number(&leader, token.expose(), wrong).await;
            let Err(Error::Shared(Shared::Invalid(fields))) = said else { panic!("{said:?}") };
            assert_eq!(fields.iter().map(|f| f.field).collect::<Vec<_>>(), [field]);
        }
        assert!(w.alive(&one.token).await && w.level_of(holder.account).await == Assurance::Verified);
        // Ten minutes later somebody else may stand there.
        w.core.clock.advance(11 * base::clock::MINUTE);
        let late = w.accounts.release_number(&leader, token.expose(), seen()).await;
        assert!(matches!(late, Err(Error::FlowGone)), "{late:?}");
    })
    .await;
}

#[tokio::test]
async fn a7_an_officer_releases_nothing_of_their_own() {
    each_engine(async |db| {
        let w = world(&db).await;
        let holder = w.signed(&w.citizen(1).await).await;
        w.matches(&holder, CARD, 1).await.unwrap();
        let leader = w.at_desk(Role::UnitLeader, "passkey").await;
        let id = leader.account;
        let number_of = phone(1).as_e164().to_owned();
        w.write("UPDATE account SET phone = $1 WHERE id = $2", move |sql| sql.bind(number_of.clone()).bind(id)).await;
        assert_eq!(refusal(&w.accounts.look_for_number(&leader, &number()).await), Some(Refusal::Own), "the phone");
        w.write("UPDATE account SET phone = NULL, full_name = 'NGUYỄN THỊ VÍ DỤ' WHERE id = $1", move |sql| {
            sql.bind(id)
        })
        .await;
        assert_eq!(
            refusal(&w.accounts.look_for_number(&leader, &number()).await),
            Some(Refusal::Own),
            "the card's name"
        );
        w.write("UPDATE account SET full_name = 'Trần Thị Thử' WHERE id = $1", move |sql| sql.bind(id)).await;
        assert_eq!(
            refusal(&w.accounts.look_for_number(&leader, &number()).await),
            Some(Refusal::Own),
            "the account's name"
        );
        assert_eq!(w.count_of("SELECT count(*) FROM audit WHERE act = 'number-look' AND data LIKE '%own%'").await, 3);
    })
    .await;
}

#[tokio::test]
async fn a7_looks_and_releases_of_an_officer_are_counted_a_day() {
    each_engine(async |db| {
        let w = world(&db).await;
        let leader = w.at_desk(Role::UnitLeader, "passkey").await;
        // One window: a day begins now.
        w.core.clock.advance(base::clock::DAY - w.core.now().rem_euclid(base::clock::DAY));
        let leader = {
            let (core, id, v) = (w.core.clone(), leader.account, visitor(200));
            let opened = w.core.store.write(move |tx: Tx| async move {
                crate::accounts::sessions::open(&core, &tx, id, Kind::Staff, "passkey", &v).await
            });
            w.signed(&opened.await.unwrap()).await
        };
        for n in 0..limits::NUMBERS_PER_OFFICER_DAY.most {
            let tried = PersonalNumber::parse(&format!("0441890{n:05}")).unwrap();
            assert_eq!(refusal(&w.accounts.look_for_number(&leader, &tried).await), Some(Refusal::Nobody));
        }
        let holder = w.signed(&w.citizen(1).await).await;
        w.matches(&holder, CARD, 1).await.unwrap();
        let said = w.accounts.look_for_number(&leader, &number()).await;
        assert!(matches!(said, Err(Error::Shared(Shared::TooOften { .. }))), "{said:?}");
        assert_eq!(w.count_of("SELECT count(*) FROM audit WHERE data LIKE '%too-often%'").await, 1);

        let other = w.at_desk(Role::ProvinceOperator, "passkey").await;
        let token = w.accounts.look_for_number(&other, &number()).await.unwrap();
        let (keys, id, now) = (w.core.keys.clone(), other.account, w.core.now());
        let counted = w.core.store.write(move |tx: Tx| async move {
            for _ in 0..limits::RELEASES_PER_OFFICER_DAY.most {
                let _ = limits::hit(&tx, &keys, limits::RELEASES_PER_OFFICER_DAY, id.as_bytes(), now).await?;
            }
            Ok::<_, store::Error>(())
        });
        counted.await.unwrap();
        let said = w.accounts.release_number(&other, token.expose(), seen()).await;
        assert!(matches!(said, Err(Error::Shared(Shared::TooOften { .. }))), "{said:?}");
        assert_eq!(w.level_of(holder.account).await, Assurance::Verified);
    })
    .await;
}

#[tokio::test]
async fn a7_two_officers_at_one_moment_release_once_and_a_newer_proof_stays() {
    each_engine(async |db| {
        let w = world(&db).await;
        let holder = w.signed(&w.citizen(1).await).await;
        w.matches(&holder, CARD, 1).await.unwrap();
        let (a, b) = (w.at_desk(Role::UnitLeader, "passkey").await, w.at_desk(Role::UnitLeader, "passkey").await);
        let (one, two) = (
            w.accounts.look_for_number(&a, &number()).await.unwrap(),
            w.accounts.look_for_number(&b, &number()).await.unwrap(),
        );
        let three = w.accounts.look_for_number(&a, &number()).await.unwrap();
        let (x, y) = tokio::join!(
            w.accounts.release_number(&a, one.expose(), seen()),
            w.accounts.release_number(&b, two.expose(), seen())
        );
        assert!(x.is_ok() != y.is_ok(), "{x:?} {y:?}");
        assert_eq!(w.count_of("SELECT count(*) FROM audit WHERE act = 'number-release'").await, 1);
        // What was looked at is not what is held now: the person proved it by something better meanwhile.
        let again = w.signed(&entered(w.sign_in(1, GOOD).await.unwrap())).await;
        w.accounts.link(&again, by_vneid(Assurance::High), None).await.unwrap();
        let said = w.accounts.release_number(&a, three.expose(), seen()).await;
        assert!(matches!(said, Err(Error::FlowGone)), "{said:?}");
        assert_eq!(w.level_of(again.account).await, Assurance::High);
    })
    .await;
}

#[tokio::test]
async fn a7_a13_a_proof_of_the_highest_level_that_names_the_person_takes_a_number_from_a_card() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (one, two) = (w.citizen(1).await, w.citizen(2).await);
        let (holder, owner) = (w.signed(&one).await, w.signed(&two).await);
        let id = holder.account;
        w.write("UPDATE account SET notify_sms = TRUE WHERE id = $1", move |sql| sql.bind(id)).await;
        w.matches(&holder, CARD, 1).await.unwrap();
        // Not above the card's own level: nothing changes.
        let said = w.accounts.link(&owner, by_vneid(Assurance::Verified), None).await;
        assert!(matches!(said, Err(Error::LinkedElsewhere)), "{said:?}");
        assert!(w.alive(&one.token).await && w.level_of(id).await == Assurance::Verified);
        assert!(w.accounts.links(owner.account).await.unwrap().is_empty());

        w.accounts.link(&owner, by_vneid(Assurance::High), None).await.unwrap();
        assert_eq!(w.level_of(owner.account).await, Assurance::High);
        assert_eq!((w.accounts.facts(id).await.unwrap().standing(), w.level_of(id).await), (Standing::Unknown, Assurance::Phone));
        w.accounts.cache.forget(id);
        assert!(!w.alive(&one.token).await);
        assert!(w.inbox(&phone(1)).await[0].contains("số định danh không còn nằm"));
        assert_eq!(w.count_of("SELECT count(*) FROM notice WHERE key = 'notice-number-passed'").await, 1);
        assert!(w.kinds_of_activity(id).await.contains(&"number-passed".to_owned()));
        let log = format!("SELECT count(*) FROM audit WHERE act = 'number-pass' AND object = 'account {id}' AND data NOT LIKE '%0441890%'");
        assert_eq!(w.count_of(&log).await, 1);
        let again = w.signed(&entered(w.sign_in(1, GOOD).await.unwrap())).await;
        assert!(matches!(w.matches(&again, CARD, 1).await, Err(Error::CardElsewhere)));
        // And nothing takes it from who is so named, at whatever level.
        let portal = Arrival { provider: "dvcqg".into(), subject: "tech".into(), ..by_vneid(Assurance::High) };
        let said = w.accounts.link(&again, portal, None).await;
        assert!(matches!(said, Err(Error::LinkedElsewhere)), "{said:?}");
        assert_eq!(w.level_of(owner.account).await, Assurance::High);
    })
    .await;
}

#[tokio::test]
async fn a7_two_proofs_at_one_moment_leave_the_number_with_one_account() {
    each_engine(async |db| {
        let w = world(&db).await;
        let holder = w.signed(&w.citizen(1).await).await;
        w.matches(&holder, CARD, 1).await.unwrap();
        let (a, b) = (w.signed(&w.citizen(2).await).await, w.signed(&w.citizen(3).await).await);
        let portal = Arrival { provider: "dvcqg".into(), subject: "tech".into(), ..by_vneid(Assurance::High) };
        let (x, y) =
            tokio::join!(w.accounts.link(&a, by_vneid(Assurance::High), None), w.accounts.link(&b, portal, None));
        assert!(x.is_ok() != y.is_ok(), "{x:?} {y:?}");
        let numbers = "SELECT count(*) FROM account_fact WHERE name = 'number'";
        assert_eq!(w.count_of(numbers).await, 1);
        let loser = if x.is_ok() { b.account } else { a.account };
        assert_eq!(w.level_of(loser).await, Assurance::Phone);
        assert!(w.accounts.links(loser).await.unwrap().is_empty(), "and no half of it stays");
        assert_eq!(w.count_of("SELECT count(*) FROM audit WHERE act = 'number-pass'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a2_a7_who_arrives_first_with_such_a_proof_is_told_and_may_go_on() {
    each_engine(async |db| {
        let w = world(&db).await;
        let holder = w.signed(&w.citizen(1).await).await;
        w.matches(&holder, CARD, 1).await.unwrap();
        for (level, goes_on) in [(Assurance::Verified, false), (Assurance::High, true)] {
            let token = w.token(by_vneid(level)).await;
            let flow = w.accounts.flow(crate::accounts::FlowKind::Arrive, &token).await.unwrap().unwrap();
            assert_eq!(w.accounts.arrival_has_account(&flow).await.unwrap(), !goes_on);
            assert_eq!(flow.data["passes"] == true, goes_on);
        }
        let token = w.proves(by_vneid(Assurance::High), 2).await;
        let new = w.completes(&token, by_vneid(Assurance::High)).await.unwrap();
        assert_eq!(w.level_of(new.account).await, Assurance::High);
        assert_eq!(w.level_of(holder.account).await, Assurance::Phone);
    })
    .await;
}
