//! «Cập nhật từ CSDL Quốc gia về Dân cư» (N7): what the registry says to what is held, and that nothing is overwritten in silence.

use super::{
    by_number::{COMPOSED, portal},
    verify::{ALL_FITS, Fake, fake},
    *,
};
use crate::accounts::{
    Assurance,
    linked::Arrival,
    verify::{
        held::Correction,
        registry::{Compared, Registry, Unanswered, Verdict},
    },
};
use base::personal_number::{PersonalNumber, Sex};
use store::testing::each_engine;

const NAME: &str = "Nguyễn Thị Ví Dụ";

/// Somebody at the portal, and the registry.
struct Case {
    w: World,
    me: Arc<Signed>,
    fake: Arc<Fake>,
    registry: Arc<dyn Registry>,
}

impl Case {
    /// Registered with number and phone: name and birth date are known, the sex is not.
    async fn new(store: &Store) -> Self {
        let w = portal(store).await;
        let token = w.registers(1, 1).await;
        let session = w.finishes_number(&token, COMPOSED).await.unwrap();
        let (fake, registry) = fake(Ok(ALL_FITS));
        Self { me: w.signed(&session).await, w, fake, registry }
    }

    fn says(&self, answer: Result<Compared, Unanswered>) {
        *self.fake.answer.lock().unwrap() = answer;
    }

    async fn asks(&self, correction: Correction) -> Result<Vec<&'static str>, Error> {
        self.w.accounts.compare_held(&self.me, correction, &self.registry, &visitor(1)).await
    }

    async fn plain(&self) -> Vec<&'static str> {
        self.asks(Correction::default()).await.unwrap()
    }

    /// `value source verdict`, by name.
    async fn line(&self, name: &str) -> String {
        let facts = self.w.accounts.facts(self.me.account).await.unwrap();
        facts.get(name).map_or_else(String::new, |fact| {
            format!("{} {} {}", fact.value, fact.source, fact.registry.as_deref().unwrap_or("-"))
        })
    }

    async fn is_ticked(&self) -> bool {
        self.w.accounts.facts(self.me.account).await.unwrap().is_ticked()
    }

    async fn is_settled(&self) -> bool {
        self.w.accounts.held(self.me.account).await.unwrap().is_settled(self.w.core.now())
    }
}

fn known(full_name: Verdict, birth_date: Verdict, sex: Verdict) -> Result<Compared, Unanswered> {
    Ok(Compared::Known { full_name, birth_date, sex })
}

fn name(typed: &str) -> Correction {
    Correction { full_name: Some(FullName::parse(typed).unwrap()), ..Correction::default() }
}

#[tokio::test]
async fn n7_what_fits_is_ticked_beside_its_source_and_an_empty_field_is_filled() {
    each_engine(async |db| {
        let c = Case::new(&db).await;
        assert!(!c.is_ticked().await && !c.is_settled().await);
        assert!(c.plain().await.is_empty());
        assert!(c.is_ticked().await && c.is_settled().await);
        assert_eq!(c.line("full_name").await, format!("{NAME} operator match"), "who said it first still says it");
        assert_eq!(c.line("number").await, "044189000001 operator match");
        assert_eq!(c.line("birth_date").await, "1989-03-21 operator match");
        assert_eq!(c.line("sex").await, "female registry match", "the number says it, and the registry agreed");
        let facts = c.w.accounts.facts(c.me.account).await.unwrap();
        assert!(facts.0.iter().all(|fact| fact.registry_at == Some(c.w.core.now())));
        {
            let asked = c.fake.asked.lock().unwrap();
            let question = &asked[0];
            assert_eq!((question.number.expose(), question.sex), ("044189000001", Some(Sex::Female)));
            assert_eq!((question.procedure.as_str(), question.officer.as_str()), ("", ""), "the portal's own codes");
        }
        let kinds = c.w.kinds_of_activity(c.me.account).await;
        assert_eq!(kinds.iter().filter(|k| *k == "registry-asked").count(), 1);
        assert_eq!(kinds.iter().filter(|k| *k == "verified").count(), 1);
        // Once more: asked and written down again, told only once.
        assert!(c.plain().await.is_empty());
        let kinds = c.w.kinds_of_activity(c.me.account).await;
        assert_eq!(kinds.iter().filter(|k| *k == "registry-asked").count(), 2);
        assert_eq!(kinds.iter().filter(|k| *k == "verified").count(), 1);
        for _ in 2..5 {
            c.plain().await;
        }
        let sixth = c.asks(Correction::default()).await;
        assert!(matches!(sixth, Err(Error::Shared(crate::error::Error::TooOften { .. }))), "five a day");
        assert_eq!(c.fake.asked.lock().unwrap().len(), 5);
        assert!(c.is_ticked().await);
    })
    .await;
}

#[tokio::test]
async fn n7_what_does_not_fit_stays_until_it_is_corrected_and_confirmed_or_kept() {
    each_engine(async |db| {
        let c = Case::new(&db).await;
        c.says(known(Verdict::Mismatch, Verdict::Match, Verdict::Match));
        assert!(c.plain().await.is_empty());
        assert_eq!(c.line("full_name").await, format!("{NAME} operator mismatch"));
        assert_eq!(c.line("birth_date").await, "1989-03-21 operator match");
        assert_eq!(c.line("number").await, "044189000001 operator silent", "a number with another name proves nothing");
        assert!(!c.is_ticked().await && !c.is_settled().await);

        // Another wrong name: asked, refused, and nothing of it stays.
        assert_eq!(c.asks(name("Nguyễn Thị Khác")).await.unwrap(), ["full_name"]);
        assert_eq!(c.fake.asked.lock().unwrap()[1].full_name, "Nguyễn Thị Khác");
        assert_eq!(c.line("full_name").await, format!("{NAME} operator mismatch"));

        c.w.accounts.keep_held(&c.me).await.unwrap();
        assert!(c.is_settled().await && !c.is_ticked().await, "kept is not confirmed");
        let again = c.w.accounts.keep_held(&c.me).await;
        assert!(matches!(again, Err(Error::Shared(crate::error::Error::NotFound))));

        c.says(Ok(ALL_FITS));
        assert!(c.asks(name("Nguyễn Thị Ví Dụ Hai")).await.unwrap().is_empty());
        assert_eq!(c.line("full_name").await, "Nguyễn Thị Ví Dụ Hai registry match");
        assert!(c.is_ticked().await);
        let profile = c.w.accounts.profile(c.me.account).await.unwrap();
        assert_eq!(profile.full_name, "Nguyễn Thị Ví Dụ Hai");
        let kinds = c.w.kinds_of_activity(c.me.account).await;
        for kind in ["held-kept", "profile-changed", "verified"] {
            assert_eq!(kinds.iter().filter(|k| *k == kind).count(), 1, "{kind}: {kinds:?}");
        }
        // What is known of it goes with the account.
        c.w.accounts.delete_account(&c.me).await.unwrap();
        let left: Option<i64> = Sql::new("SELECT count(*) FROM registry_check").scalar(db.read()).await.unwrap();
        assert_eq!(left, Some(0));
    })
    .await;
}

#[tokio::test]
async fn n7_what_a_sign_in_brought_along_is_not_corrected_here_and_another_value_loses_the_tick() {
    each_engine(async |db| {
        let c = Case::new(&db).await;
        c.plain().await;
        let brings = |full_name: &str| Arrival {
            provider: "vneid".into(),
            subject: "subject".into(),
            level: Assurance::Verified,
            number: PersonalNumber::parse("044189000001").unwrap(),
            full_name: FullName::parse(full_name).unwrap(),
            birth_date: Some("1989-03-21".into()),
            sex: Some(Sex::Female),
            phone: None,
            behalf: None,
        };
        c.w.accounts.link(&c.me, brings(NAME), None).await.unwrap();
        assert_eq!(c.line("full_name").await, format!("{NAME} vneid match"), "the same value keeps its tick");
        c.w.accounts.link(&c.me, brings("Nguyễn Thị Khác"), None).await.unwrap();
        assert_eq!(c.line("full_name").await, "Nguyễn Thị Khác vneid -");
        assert!(!c.is_ticked().await && !c.is_settled().await, "asked about anew");
        let refused = c.asks(name(NAME)).await;
        let Err(Error::Shared(crate::error::Error::Invalid(wrong))) = refused else { panic!("{refused:?}") };
        assert_eq!((wrong[0].field, wrong[0].key), ("full_name", "held-brought"));
        assert_eq!(c.fake.asked.lock().unwrap().len(), 1, "it was not asked");
        // Nobody has the number: kept as well, because the Ministry's provider says it.
        c.says(Ok(Compared::Unknown));
        c.plain().await;
        assert_eq!(c.line("number").await, "044189000001 vneid mismatch");
        c.w.accounts.keep_held(&c.me).await.unwrap();
        assert!(c.is_settled().await);
        c.w.accounts.link(&c.me, brings(NAME), None).await.unwrap();
        assert!(!c.is_settled().await, "what was decided was decided on other values");
    })
    .await;
}

#[tokio::test]
async fn n7_a_registry_that_is_away_costs_no_question_and_closes_no_door_for_an_hour() {
    each_engine(async |db| {
        let c = Case::new(&db).await;
        c.says(Err(Unanswered::Away("gone".into())));
        for _ in 0..7 {
            assert!(c.plain().await.is_empty());
        }
        assert_eq!(c.line("full_name").await, format!("{NAME} operator -"), "nothing was said of it");
        assert!(c.is_settled().await && !c.is_ticked().await);
        assert!(c.w.accounts.keep_held(&c.me).await.is_err(), "there is nothing to decide on");
        assert_eq!(c.asks(name("Nguyễn Thị Khác")).await.unwrap(), ["full_name"]);
        assert_eq!(c.line("full_name").await, format!("{NAME} operator -"));
        c.w.core.clock.advance(base::clock::HOUR);
        assert!(!c.is_settled().await, "then it is asked for again");
        c.says(Ok(ALL_FITS));
        c.plain().await;
        assert!(c.is_ticked().await);
    })
    .await;
}
