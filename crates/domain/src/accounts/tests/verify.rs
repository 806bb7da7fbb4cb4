//! A card is shown (A7): what is kept of it and how surely, who may have a number, and that every question to the registry is written down.

use super::*;
use crate::accounts::{
    Assurance,
    linked::{Arrival, Standing},
    verify::{
        Outcome, Said, Step,
        registry::{Compared, Question, Registry, Unanswered, Verdict},
    },
};
use base::{
    card::{BadCard, Typed},
    personal_number::{PersonalNumber, Sex},
};
use std::sync::Mutex;
use store::testing::each_engine;

const CARD: &str =
    "044189001234|191234567|Nguyễn Thị Ví Dụ|21031989|Nữ|Thôn 3, Lệ Thủy|10052021|Trần Văn Cha|044060000001||";
const NAME: &str = "Nguyễn Thị Ví Dụ";

/// A registry that answers as it was told, and remembers what it was asked.
pub(super) struct Fake {
    pub answer: Mutex<Result<Compared, Unanswered>>,
    pub asked: Mutex<Vec<Question>>,
}

#[async_trait::async_trait]
impl Registry for Fake {
    async fn compare(&self, question: &Question) -> Result<Compared, Unanswered> {
        self.asked.lock().unwrap().push(question.clone());
        tokio::task::yield_now().await;
        self.answer.lock().unwrap().clone()
    }
}

pub(super) const ALL_FITS: Compared =
    Compared::Known { full_name: Verdict::Match, birth_date: Verdict::Match, sex: Verdict::Match };

pub(super) fn fake(answer: Result<Compared, Unanswered>) -> (Arc<Fake>, Arc<dyn Registry>) {
    let fake = Arc::new(Fake { answer: Mutex::new(answer), asked: Mutex::default() });
    (fake.clone(), fake)
}

struct Person {
    signed: Arc<Signed>,
    n: u8,
}

impl World {
    async fn person(&self, n: u32) -> Person {
        let session = self.citizen(n).await;
        Person { signed: self.signed(&session).await, n: n as u8 }
    }

    async fn shows(&self, who: &Person, said: Said<'_>) -> Result<Secret, Error> {
        self.accounts.show_card(&who.signed, said, &visitor(who.n)).await
    }

    async fn presses(&self, who: &Person, token: &Secret, registry: Option<&Arc<dyn Registry>>) -> Result<(), Error> {
        self.accounts.verify_card(&who.signed, token.expose(), registry, &visitor(who.n)).await
    }

    /// Shows the card, says yes; what came of it.
    async fn verifies(&self, who: &Person, registry: Option<&Arc<dyn Registry>>) -> Result<Outcome, Error> {
        let token = self.shows(who, Said::Code(CARD)).await.unwrap();
        self.presses(who, &token, registry).await?;
        Ok(self.outcome(who, &token).await)
    }

    async fn outcome(&self, who: &Person, token: &Secret) -> Outcome {
        match self.accounts.shown_card(&who.signed, token.expose()).await.unwrap().unwrap().step {
            Step::Answered(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    async fn standing(&self, who: &Person) -> Standing {
        self.accounts.facts(who.signed.account).await.unwrap().standing()
    }

    async fn level(&self, who: &Person) -> Assurance {
        self.accounts.profile(who.signed.account).await.unwrap().assurance()
    }

    async fn rows(&self, sql: &str) -> i64 {
        Sql::new(sql).scalar(self.core.store.read()).await.unwrap().unwrap()
    }
}

fn is_read(standing: &Standing) -> bool {
    matches!(standing, Standing::Read { .. })
}

fn typed<'a>() -> Typed<'a> {
    Typed { number: "044189001234", full_name: NAME, birth: "21/03/1989", sex: "female", issued: "10/05/2021" }
}

fn arrival(n: &str) -> Arrival {
    Arrival {
        provider: "vneid".into(),
        subject: format!("subject-{n}"),
        level: Assurance::Verified,
        number: PersonalNumber::parse(n).unwrap(),
        full_name: FullName::parse(NAME).unwrap(),
        birth_date: Some("1989-03-21".into()),
        sex: Some(Sex::Female),
        phone: None,
        behalf: None,
    }
}

#[tokio::test]
async fn a7_a_card_without_a_registry_is_kept_as_read_and_raises_nothing() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.person(1).await;
        assert_eq!(w.standing(&me).await, Standing::Unknown);
        let token = w.shows(&me, Said::Code(CARD)).await.unwrap();
        assert_eq!(w.standing(&me).await, Standing::Unknown, "nothing is kept before the person says yes");
        let shown = w.accounts.shown_card(&me.signed, token.expose()).await.unwrap().unwrap();
        assert_eq!((shown.step, shown.card.full_name.as_str()), (Step::Check, NAME));
        w.presses(&me, &token, None).await.unwrap();
        assert_eq!(w.outcome(&me, &token).await, Outcome::Kept);
        assert!(is_read(&w.standing(&me).await));
        assert_eq!(w.level(&me).await, Assurance::Phone, "printed data prove nobody");
        let facts = w.accounts.facts(me.signed.account).await.unwrap();
        assert_eq!(facts.0.len(), 4, "number, name, date of birth, sex, and no other person's");
        assert!(facts.0.iter().all(|f| (f.source.as_str(), f.assurance.as_str()) == ("card", "printed")));
        assert_eq!(facts.masked_number(), "044***234");
        assert!(facts.proven().0.is_empty());
        // Nothing of it lies open in the database.
        for (table, column) in [("flow", "data"), ("activity", "detail")] {
            let sql =
                format!("SELECT count(*) FROM {table} WHERE {column} LIKE '%44189001234%' OR {column} LIKE '%Ví Dụ%'");
            assert_eq!(w.rows(&sql).await, 0, "{table}");
        }
        let export = w.accounts.export_data(&me.signed).await.unwrap();
        assert!(export.json.contains("044189001234") && export.text.contains("đọc từ thẻ, chưa xác thực"));
        assert!(!export.json.contains("Trần Văn Cha") && !export.json.contains("191234567"));
        w.accounts.forget_card(&me.signed).await.unwrap();
        assert_eq!(w.standing(&me).await, Standing::Unknown);
        assert!(w.accounts.forget_card(&me.signed).await.is_err());
        let kinds = w.kinds_of_activity(me.signed.account).await;
        assert!(kinds.contains(&"card-kept".to_owned()) && kinds.contains(&"card-gone".to_owned()), "{kinds:?}");
    })
    .await;
}

#[tokio::test]
async fn a7_a18_the_registrys_word_verifies_and_the_question_is_shown_to_the_person() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.person(1).await;
        let (registry, door) = fake(Ok(ALL_FITS));
        assert_eq!(w.verifies(&me, Some(&door)).await.unwrap(), Outcome::Verified);
        let Standing::Verified { by, .. } = w.standing(&me).await else { panic!() };
        assert_eq!((by.as_str(), w.level(&me).await), ("registry", Assurance::Verified));
        let asked = registry.asked.lock().unwrap().clone();
        assert_eq!(asked.len(), 1);
        assert_eq!((asked[0].procedure.as_str(), asked[0].officer.as_str()), ("", ""));
        assert_eq!((asked[0].birth_date.as_str(), asked[0].sex), ("1989-03-21", Some(Sex::Female)));
        let log = w.accounts.registry_questions(me.signed.account).await.unwrap();
        assert_eq!((log.len(), log[0].id, log[0].outcome.as_str()), (1, asked[0].request, "match"));
        assert_eq!(log[0].full_name.as_deref(), Some("match"));
        assert_eq!((log[0].procedure.as_str(), log[0].officer.as_str()), ("xac-thuc-tai-khoan", "self"));
        let lines = w.accounts.activity(me.signed.account, None).await.unwrap();
        assert!(lines.iter().any(|l| l.kind == "registry-asked" && l.detail == asked[0].request.to_string()));
        assert!(lines.iter().any(|l| l.kind == "verified"));
        assert_eq!(w.rows("SELECT count(*) FROM audit WHERE act = 'registry-question'").await, 1);
        // Known: nobody is asked again, and the name of the account was not touched.
        assert_eq!(w.verifies(&me, Some(&door)).await.unwrap(), Outcome::Already);
        assert_eq!(registry.asked.lock().unwrap().len(), 1);
        assert_eq!(w.accounts.profile(me.signed.account).await.unwrap().full_name, "Trần Thị Thử");
        assert!(w.accounts.forget_card(&me.signed).await.is_err(), "what is proven is no card's word");
        let export = w.accounts.export_data(&me.signed).await.unwrap();
        assert!(export.json.contains("registry_questions") && export.text.contains("xac-thuc-tai-khoan"));
        w.accounts.delete_account(&me.signed).await.unwrap();
        assert_eq!(w.rows("SELECT count(*) FROM account_fact").await, 0);
        let kept = "SELECT count(*) FROM registry_question WHERE account_id IS NULL";
        assert_eq!(w.rows(kept).await, 1, "that it was asked stays, about whom does not");
    })
    .await;
}

#[tokio::test]
async fn a7_what_differs_is_said_field_by_field_and_nothing_is_kept() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.person(1).await;
        let (registry, door) = fake(Ok(Compared::Unknown));
        assert_eq!(w.verifies(&me, Some(&door)).await.unwrap(), Outcome::Unknown);
        let differs =
            Compared::Known { full_name: Verdict::Mismatch, birth_date: Verdict::Match, sex: Verdict::Silent };
        *registry.answer.lock().unwrap() = Ok(differs);
        let outcome = w.verifies(&me, Some(&door)).await.unwrap();
        assert_eq!(outcome, Outcome::Differs { full_name: true, birth_date: false, sex: false });
        let sex = Compared::Known { full_name: Verdict::Match, birth_date: Verdict::Match, sex: Verdict::Mismatch };
        *registry.answer.lock().unwrap() = Ok(sex);
        assert!(matches!(w.verifies(&me, Some(&door)).await.unwrap(), Outcome::Differs { sex: true, .. }));
        assert_eq!((w.standing(&me).await, w.level(&me).await), (Standing::Unknown, Assurance::Phone));
        // A registry that says nothing of the name proves nothing.
        let silent = Compared::Known { full_name: Verdict::Silent, birth_date: Verdict::Match, sex: Verdict::Silent };
        *registry.answer.lock().unwrap() = Ok(silent);
        assert_eq!(w.verifies(&me, Some(&door)).await.unwrap(), Outcome::Silent);
        assert!(is_read(&w.standing(&me).await));
        assert_eq!(w.level(&me).await, Assurance::Phone);
    })
    .await;
}

#[tokio::test]
async fn a7_a_registry_that_is_away_leaves_the_card_as_read_and_can_be_asked_again() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.person(1).await;
        let (registry, door) = fake(Err(Unanswered::Away("connection refused".into())));
        let token = w.shows(&me, Said::Code(CARD)).await.unwrap();
        // More often than questions are allowed: nobody learns anything from silence.
        for _ in 0..7 {
            w.presses(&me, &token, Some(&door)).await.unwrap();
            assert_eq!(w.outcome(&me, &token).await, Outcome::Away);
        }
        assert!(is_read(&w.standing(&me).await));
        *registry.answer.lock().unwrap() = Err(Unanswered::Refused("unknown procedure".into()));
        w.presses(&me, &token, Some(&door)).await.unwrap();
        assert_eq!(w.outcome(&me, &token).await, Outcome::Refused);
        *registry.answer.lock().unwrap() = Ok(ALL_FITS);
        w.presses(&me, &token, Some(&door)).await.unwrap();
        assert_eq!(w.outcome(&me, &token).await, Outcome::Verified);
        assert!(matches!(w.standing(&me).await, Standing::Verified { .. }));
        // Typed fields without an answer prove nothing and are not kept.
        let other = w.person(2).await;
        *registry.answer.lock().unwrap() = Err(Unanswered::Away("slow".into()));
        let said = Typed { number: "044189005678", ..typed() };
        let token = w.shows(&other, Said::Typed(said)).await.unwrap();
        w.presses(&other, &token, Some(&door)).await.unwrap();
        assert_eq!((w.outcome(&other, &token).await, w.standing(&other).await), (Outcome::Away, Standing::Unknown));
        w.presses(&other, &token, None).await.unwrap();
        assert_eq!(w.outcome(&other, &token).await, Outcome::NotConnected);
    })
    .await;
}

#[tokio::test]
async fn a7_a_number_belongs_to_who_proves_it_and_a_card_alone_gives_way() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (finder, owner, third) = (w.person(1).await, w.person(2).await, w.person(3).await);
        let (registry, door) = fake(Ok(ALL_FITS));
        // Somebody photographed another's card.
        assert_eq!(w.verifies(&finder, None).await.unwrap(), Outcome::Kept);
        assert!(matches!(w.verifies(&third, None).await, Err(Error::CardElsewhere)), "one number, one account");
        assert_eq!(w.verifies(&owner, Some(&door)).await.unwrap(), Outcome::Verified);
        assert_eq!(w.standing(&finder).await, Standing::Unknown);
        assert!(w.kinds_of_activity(finder.signed.account).await.contains(&"card-gone".to_owned()));
        assert!(w.rows("SELECT count(*) FROM notice WHERE key = 'notice-card-gone'").await == 1);
        let questions = registry.asked.lock().unwrap().len();
        assert!(matches!(w.verifies(&third, Some(&door)).await, Err(Error::CardElsewhere)));
        assert_eq!(registry.asked.lock().unwrap().len(), questions, "nobody learns from it whose number it is");
        assert_eq!(w.standing(&third).await, Standing::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a7_a2_a_provider_weighs_more_than_a_card_and_is_not_kept_out_by_one() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (finder, owner) = (w.person(1).await, w.person(2).await);
        assert_eq!(w.verifies(&finder, None).await.unwrap(), Outcome::Kept);
        // The owner comes from VNeID: a photographed card is no account of theirs.
        w.accounts.link(&owner.signed, arrival("044189001234"), None).await.unwrap();
        assert_eq!(w.standing(&finder).await, Standing::Unknown);
        let (registry, door) = fake(Ok(ALL_FITS));
        assert_eq!(w.verifies(&owner, Some(&door)).await.unwrap(), Outcome::Already);
        assert!(registry.asked.lock().unwrap().is_empty());
        let facts = w.accounts.facts(owner.signed.account).await.unwrap();
        assert!(facts.0.iter().all(|f| f.source == "vneid"), "{facts:?}");
        // An account that is proven to be somebody's takes nobody else's card.
        let other = CARD.replacen("044189001234", "044189001235", 1);
        let token = w.shows(&owner, Said::Code(&other)).await.unwrap();
        assert!(matches!(w.presses(&owner, &token, Some(&door)).await, Err(Error::OtherCard)));
        // Who only showed a card of another before is believed when a provider says who they are.
        let late = w.person(3).await;
        let token = w.shows(&late, Said::Code(&other)).await.unwrap();
        w.presses(&late, &token, None).await.unwrap();
        let mut said = arrival("044189009999");
        (said.birth_date, said.sex) = (None, None);
        w.accounts.link(&late.signed, said, None).await.unwrap();
        let facts = w.accounts.facts(late.signed.account).await.unwrap();
        assert_eq!(
            (facts.masked_number().as_str(), facts.0.len()),
            ("044***999", 2),
            "nothing of the other card stays"
        );
    })
    .await;
}

#[tokio::test]
async fn a7_tries_are_counted_wrong_ones_too_and_questions_more_strictly() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.person(1).await;
        let (registry, door) = fake(Ok(Compared::Unknown));
        for _ in 0..5 {
            assert_eq!(w.verifies(&me, Some(&door)).await.unwrap(), Outcome::Unknown);
        }
        let sixth = w.verifies(&me, Some(&door)).await;
        assert!(sixth.as_ref().is_err_and(|e| e.again_at().is_some()), "{sixth:?}");
        assert_eq!(registry.asked.lock().unwrap().len(), 5);
        for _ in 0..24 {
            let wrong = w.shows(&me, Said::Code("https://example.vn")).await;
            assert!(matches!(wrong, Err(Error::Card(BadCard::NotACard))), "{wrong:?}");
        }
        assert!(w.accounts.may_show_card(&me.signed, &visitor(me.n)).await.is_err(), "no picture is decoded for it");
        assert!(w.shows(&me, Said::Nothing).await.unwrap_err().again_at().is_some());
        assert!(w.shows(&me, Said::Code(CARD)).await.unwrap_err().again_at().is_some(), "a right one, too");
        w.core.clock.advance(base::clock::DAY);
        assert_eq!(w.verifies(&me, Some(&door)).await.unwrap(), Outcome::Unknown);
    })
    .await;
}

#[tokio::test]
async fn a7_a_flow_is_its_persons_alone_and_is_asked_once() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (me, other) = (w.person(1).await, w.person(2).await);
        let (registry, door) = fake(Ok(ALL_FITS));
        let token = w.shows(&me, Said::Code(CARD)).await.unwrap();
        assert!(w.accounts.shown_card(&other.signed, token.expose()).await.unwrap().is_none());
        assert!(matches!(w.presses(&other, &token, Some(&door)).await, Err(Error::FlowGone)));
        assert!(matches!(w.presses(&me, &Secret::new("forged"), Some(&door)).await, Err(Error::FlowGone)));
        let (a, b) = tokio::join!(w.presses(&me, &token, Some(&door)), w.presses(&me, &token, Some(&door)));
        a.unwrap();
        b.unwrap();
        w.presses(&me, &token, Some(&door)).await.unwrap();
        assert_eq!(registry.asked.lock().unwrap().len(), 1, "pressed three times, asked once");
        assert_eq!(w.outcome(&me, &token).await, Outcome::Verified);
        w.core.clock.advance(31 * base::clock::MINUTE);
        assert!(w.accounts.shown_card(&me.signed, token.expose()).await.unwrap().is_none());
        assert!(matches!(w.presses(&me, &token, Some(&door)).await, Err(Error::FlowGone)));
    })
    .await;
}

#[tokio::test]
async fn a7_two_accounts_that_verify_one_number_at_one_moment_get_it_once() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (me, other) = (w.person(1).await, w.person(2).await);
        let (registry, door) = fake(Ok(ALL_FITS));
        let (one, two) =
            (w.shows(&me, Said::Code(CARD)).await.unwrap(), w.shows(&other, Said::Code(CARD)).await.unwrap());
        let (a, b) = tokio::join!(w.presses(&me, &one, Some(&door)), w.presses(&other, &two, Some(&door)));
        let (mut verified, mut refused) = (0, 0);
        for (who, token, pressed) in [(&me, &one, a), (&other, &two, b)] {
            match pressed {
                Err(Error::CardElsewhere) => refused += 1,
                Err(e) => panic!("{e:?}"),
                Ok(()) => match w.outcome(who, token).await {
                    Outcome::Verified => verified += 1,
                    Outcome::Elsewhere => refused += 1,
                    other => panic!("{other:?}"),
                },
            }
        }
        assert_eq!((verified, refused), (1, 1));
        let open = "SELECT count(*) FROM registry_question WHERE outcome = 'asked'";
        assert_eq!(w.rows(open).await, 0, "every question has its answer in the log");
        let asked = registry.asked.lock().unwrap().len() as i64;
        assert_eq!(w.rows("SELECT count(*) FROM registry_question").await, asked);
        assert_eq!(w.rows("SELECT count(*) FROM account WHERE assurance = 'verified'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn a7_an_answer_that_never_came_is_not_waited_for_for_ever() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.person(1).await;
        let token = w.shows(&me, Said::Code(CARD)).await.unwrap();
        let at = w.core.now();
        // The node that asked is gone.
        w.write("UPDATE flow SET step = 'asked' WHERE kind = 'verify' AND created_at <= $1", move |sql| sql.bind(at))
            .await;
        let shown = w.accounts.shown_card(&me.signed, token.expose()).await.unwrap().unwrap();
        assert_eq!(shown.step, Step::Asked);
        let (_, door) = fake(Ok(ALL_FITS));
        w.presses(&me, &token, Some(&door)).await.unwrap();
        assert_eq!(w.outcome(&me, &token).await, Outcome::Verified);
    })
    .await;
}

#[tokio::test]
async fn a7_typed_fields_are_refused_field_by_field_and_verified_by_the_registry_alone() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.person(1).await;
        let wrong = w.shows(&me, Said::Typed(Typed { birth: "ngày mai", issued: "", ..typed() })).await;
        let Err(Error::Shared(crate::error::Error::Invalid(fields))) = wrong else { panic!() };
        let fields: Vec<(&str, &str)> = fields.iter().map(|f| (f.field, f.key)).collect();
        assert_eq!(fields, [("birth", "card-birth"), ("issued", "card-issued")]);
        let (_, door) = fake(Ok(ALL_FITS));
        let token = w.shows(&me, Said::Typed(typed())).await.unwrap();
        w.presses(&me, &token, Some(&door)).await.unwrap();
        assert_eq!(w.outcome(&me, &token).await, Outcome::Verified);
    })
    .await;
}
