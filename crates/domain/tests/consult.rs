//! Questions to others (R6) on both engines: another unit in the console, somebody outside by a link.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use base::clock::DAY;
use domain::{
    error::Error,
    reports::{
        Command,
        consult::{self, Ask, Door},
        queue::{self, Filter},
        views::{self, Reader},
    },
    rights::Role,
    testing,
};
use store::Sql;
use support::{World, count, each, key_of, text};

impl World {
    async fn ask(&self, code: &str, ask: Ask) -> Result<consult::Asked, Error> {
        self.core.clock.advance(1000);
        let seen = self.row(code).await.version;
        consult::ask(&self.core, &self.officer, code, seen, ask).await
    }
}

#[tokio::test]
async fn r6_another_unit_sees_a_report_while_it_is_asked_and_no_longer() {
    each(async |w: World| {
        let code = w.sent(w.citizen, "Cây nghiêng ra đường").await;
        w.accept(&code).await;
        w.staff(&w.officer, &code, Command::Note { text: text("chưa rõ của ai") }).await.unwrap();
        let ask =
            Ask { unit: "18859".into(), question: text("Cây này thuộc bên nào?"), days: 3, ..Ask::default() };
        assert_eq!(key_of(w.ask(&code, Ask { unit: "18880".into(), ..ask.clone() }).await), "unit-missing");
        assert_eq!(key_of(w.ask(&code, Ask { days: 31, ..ask.clone() }).await), "consult-days");
        assert_eq!(key_of(w.ask(&code, Ask { question: text(" "), ..ask.clone() }).await), "note-missing");
        assert!(views::find(&w.core, &code, &Reader::Staff(&w.other)).await.is_err());
        assert!(w.ask(&code, ask.clone()).await.unwrap().link.is_none());
        assert_eq!(consult::count(&w.core, &w.other).await.unwrap(), 1);
        assert_eq!(consult::queue(&w.core, &w.other).await.unwrap()[0].code, code);
        assert_eq!(queue::count(&w.core, &w.other, &Filter::default(), 9).await.unwrap(), 0, "it is not theirs");
        let seen = views::find(&w.core, &code, &Reader::Staff(&w.other)).await.unwrap();
        assert!(seen.events.iter().all(|e| e.internal_note.is_empty() && e.act != "note"), "only what is public");
        assert!(views::possible(&w.core, &w.other, &seen.report).is_empty());
        assert!(matches!(views::reveal(&w.core, &w.other, &code, "tò mò thôi").await, Err(Error::NotFound)));

        let question = consult::of_report(w.core.store.read(), seen.report.id).await.unwrap()[0].id;
        let clerk = testing::officer(&w.core, "Một Cửa", "18859", Role::Clerk).await;
        let refused = consult::answer_as_officer(&w.core, &clerk, question, "có", vec![]).await;
        assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
        let stranger = testing::officer(&w.core, "Xã Khác", "18862", Role::UnitLeader).await;
        let refused = consult::answer_as_officer(&w.core, &stranger, question, "có", vec![]).await;
        assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        consult::answer_as_officer(&w.core, &w.other, question, "Của phường Đồng Hới", vec![]).await.unwrap();
        let twice = consult::answer_as_officer(&w.core, &w.other, question, "Của tôi", vec![]).await;
        assert!(matches!(twice, Err(Error::State)), "{twice:?}");
        assert!(views::find(&w.core, &code, &Reader::Staff(&w.other)).await.is_err(), "answered, out of sight");
        assert!(w.told(w.officer.account).await[0].contains("đã trả lời"));
        assert_eq!(w.acts(&code).await.last().unwrap(), "consulted");
        let public = views::find(&w.core, &code, &Reader::Public).await.unwrap();
        assert!(public.events.iter().all(|e| !e.act.starts_with("consult")), "citizens read nothing of it");

        w.ask(&code, ask).await.unwrap();
        w.core.clock.advance(3 * DAY);
        assert!(views::find(&w.core, &code, &Reader::Staff(&w.other)).await.is_err(), "expired");
        assert_eq!(consult::count(&w.core, &w.other).await.unwrap(), 0);
    })
    .await;
}

/// A question to somebody without an account.
fn outside() -> Ask {
    Ask {
        outside: "Công ty Thoát nước Ví Dụ".into(),
        phone: "0912 000 111".into(),
        question: text("Bao giờ thay được?"),
        days: 2,
        ..Ask::default()
    }
}

/// What stands at the end of the link that was sent.
fn token(asked: &consult::Asked) -> String {
    asked.link.as_ref().unwrap().expose().rsplit('/').next().unwrap().to_owned()
}

#[tokio::test]
async fn r6_a_question_that_went_astray_is_taken_back() {
    each(async |w: World| {
        let code = w.sent(w.citizen, "Nắp cống vỡ").await;
        w.accept(&code).await;
        let link = token(&w.ask(&code, outside()).await.unwrap());
        w.ask(&code, Ask { unit: "18859".into(), question: text("Của ai?"), days: 3, ..Ask::default() }).await.unwrap();
        let asked = async || consult::of_report(w.core.store.read(), w.row(&code).await.id).await.unwrap();
        let [first, second] = [asked().await[0].id, asked().await[1].id];
        let recall = |question| Command::Recall { question };
        for stranger in [&w.other, &testing::officer(&w.core, "Một Cửa", "18862", Role::Officer).await] {
            assert!(matches!(w.staff(stranger, &code, recall(first)).await, Err(Error::NotFound | Error::Forbidden)));
        }
        let another = w.sent(w.citizen, "Đèn hỏng").await;
        let foreign = w.staff(&w.officer, &another, recall(first)).await;
        assert!(matches!(foreign, Err(Error::State)), "a question of another report: {foreign:?}");
        assert!(matches!(consult::door(&w.core, &link).await, Ok(Door::Open { .. })));

        w.staff(&w.officer, &code, recall(first)).await.unwrap();
        assert!(matches!(consult::door(&w.core, &link).await, Ok(Door::Expired)));
        assert!(matches!(consult::answer_by_link(&w.core, &link, "mai", vec![]).await, Err(Error::State)));
        assert!(matches!(w.staff(&w.officer, &code, recall(first)).await, Err(Error::State)), "once");
        assert_eq!(consult::count(&w.core, &w.other).await.unwrap(), 1, "the other one waits on");
        w.staff(&w.officer, &code, recall(second)).await.unwrap();
        assert!(views::find(&w.core, &code, &Reader::Staff(&w.other)).await.is_err(), "out of sight");
        assert_eq!(w.acts(&code).await[2..], ["consult", "consult", "recall", "recall"]);
        let public = views::find(&w.core, &code, &Reader::Public).await.unwrap();
        assert!(public.events.iter().all(|e| e.act != "recall"), "citizens read nothing of it");
    })
    .await;
}

#[tokio::test]
async fn r6_somebody_outside_answers_once_by_a_link() {
    each(async |w: World| {
        let code = w.sent(w.citizen, "Nắp cống vỡ").await;
        w.accept(&code).await;
        let ask = outside();
        assert_eq!(key_of(w.ask(&code, Ask { phone: "0233 3852 456".into(), ..ask.clone() }).await), "consult-phone");
        assert_eq!(key_of(w.ask(&code, Ask { outside: "X".into(), ..ask.clone() }).await), "consult-whom");
        let waiting = async || count(&w.core, "SELECT count(*) FROM outbox").await;
        let before = waiting().await;
        let asked = w.ask(&code, ask.clone()).await.unwrap();
        assert_eq!(waiting().await, before + 1, "the link goes by SMS");
        let link = token(&asked);
        let kept: i64 = Sql::new("SELECT count(*) FROM report_event WHERE data LIKE $1 OR internal_note LIKE $1")
            .bind(format!("%{link}%"))
            .scalar(w.core.store.read())
            .await
            .unwrap()
            .unwrap();
        assert_eq!(kept, 0, "only a hash is kept");
        let Door::Open { question, report, .. } = consult::door(&w.core, &link).await.unwrap() else { panic!() };
        assert_eq!((question.question.as_str(), report.title.as_str()), ("Bao giờ thay được?", "Nắp cống vỡ"));
        for wrong in ["", "x", "../../etc", &link[1..], &"a".repeat(43), &"é".repeat(30)] {
            assert!(matches!(consult::door(&w.core, wrong).await, Err(Error::NotFound)), "{wrong}");
        }
        assert_eq!(key_of(consult::answer_by_link(&w.core, &link, "  ", vec![]).await), "note-missing");
        let many = tokio::join!(
            consult::answer_by_link(&w.core, &link, "Thứ Sáu", vec![]),
            consult::answer_by_link(&w.core, &link, "Thứ Bảy", vec![]),
        );
        assert!(many.0.is_ok() != many.1.is_ok(), "one of two at once: {many:?}");
        assert!(matches!(consult::door(&w.core, &link).await.unwrap(), Door::Answered));
        w.acts(&code).await;

        let second = token(&w.ask(&code, ask.clone()).await.unwrap());
        w.core.clock.advance(2 * DAY);
        assert!(matches!(consult::door(&w.core, &second).await.unwrap(), Door::Expired));
        assert!(matches!(consult::answer_by_link(&w.core, &second, "Muộn", vec![]).await, Err(Error::State)));
        let third = token(&w.ask(&code, ask).await.unwrap());
        w.staff(&w.officer, &code, Command::Resolve { text: text("Đã thay") }).await.unwrap();
        assert!(matches!(consult::door(&w.core, &third).await.unwrap(), Door::Over));
        assert!(matches!(consult::answer_by_link(&w.core, &third, "Muộn", vec![]).await, Err(Error::State)));
    })
    .await;
}
