//! Undoing a merge (R5) on both engines: back to the state before, with followers, figures and clock, told in both histories.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use base::{
    clock::{DAY, HOUR},
    ids::Uuid,
};
use domain::{
    error::Error,
    reports::{
        Command, State, act_as_author, act_as_officer, clock, follow, related, tally,
        views::{self, Reader},
    },
    testing,
};
use support::{World, each, key_of};

impl World {
    /// A public report of a citizen of this number.
    async fn reported(&self, n: u32) -> (Uuid, String) {
        let by = testing::citizen(&self.core, 10 + n).await;
        let code = self.sent(by, &format!("Ổ gà {n}")).await;
        self.accept(&code).await;
        (by, code)
    }

    async fn does(&self, code: &str, command: Command) -> Result<State, Error> {
        self.staff(&self.leader, code, command).await
    }

    async fn merge(&self, code: &str, into: &str) {
        let into = into.to_owned();
        assert_eq!(self.does(code, Command::Merge { into, note: String::new() }).await.unwrap(), State::Closed);
    }

    async fn unmerge(&self, code: &str) -> Result<State, Error> {
        self.does(code, Command::Unmerge { note: "hai chỗ khác nhau".into() }).await
    }

    async fn followers(&self, code: &str, who: &[Uuid]) -> Vec<bool> {
        let row = self.row(code).await;
        let mut follows = Vec::new();
        for account in who {
            follows.push(follow::follows(self.core.store.read(), row.id, *account).await.unwrap());
        }
        assert_eq!(row.followers as usize, follows.iter().filter(|f| **f).count(), "the number is the rows'");
        follows
    }
}

#[tokio::test]
async fn r5_undoing_a_merge_leads_back_to_the_state_before_and_both_histories_say_so() {
    each(async |w: World| {
        let (_, original) = w.reported(1).await;
        let (author, double) = w.reported(2).await;
        w.does(&double, Command::Start).await.unwrap();
        w.merge(&double, &original).await;
        assert_eq!(w.unmerge(&double).await.unwrap(), State::InProgress);
        let row = w.row(&double).await;
        assert_eq!((row.duplicate_of, row.open, row.closed_at), (None, true, None));
        assert_eq!(w.acts(&double).await, ["submit", "accept", "start", "merge", "unmerge"]);
        assert_eq!(w.acts(&original).await, ["submit", "accept", "absorb", "release"]);
        for (code, other) in [(&double, &original), (&original, &double)] {
            let page = views::find(&w.core, code, &Reader::Public).await.unwrap();
            let last = page.events.last().unwrap();
            assert!(last.data.contains(other.as_str()) && last.internal_note.is_empty(), "{}", last.data);
            let found = related::of(&w.core, &page.report, &page.events).await.unwrap();
            assert!(found.is_empty(), "they belong together no more");
        }
        assert!(w.told(author).await[0].contains("không còn gộp"), "{:?}", w.told(author).await);
        assert_eq!(tally::check(&w.core.store).await.unwrap(), 0);
        // It goes on like any other, and can be merged again.
        w.merge(&double, &original).await;
        assert_eq!(w.unmerge(&double).await.unwrap(), State::InProgress);
        w.does(&double, Command::Resolve { text: "Đã vá".into() }).await.unwrap();
        let rate = Command::Rate { stars: 5, comment: String::new() };
        act_as_author(&w.core, author, &double, rate, vec![]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn r5_undoing_is_refused_without_a_merge_after_the_end_and_without_the_right_on_both_units() {
    each(async |w: World| {
        let (author, original) = w.reported(1).await;
        let (_, double) = w.reported(2).await;
        assert!(matches!(w.unmerge(&double).await, Err(Error::State)), "nothing was merged");
        let withdraw = Command::Withdraw { reason: String::new() };
        let (own, gone) = w.reported(3).await;
        act_as_author(&w.core, own, &gone, withdraw, vec![]).await.unwrap();
        assert!(matches!(w.unmerge(&gone).await, Err(Error::State)), "closed by itself");
        w.merge(&double, &original).await;
        let undo = || Command::Unmerge { note: "hai chỗ".into() };
        assert!(matches!(w.staff(&w.other, &double, undo()).await, Err(Error::NotFound)));
        assert_eq!(key_of(w.does(&double, Command::Unmerge { note: " ".into() }).await), "note-missing");
        let away = Command::Transfer { unit: "18859".into(), note: "thuộc bên kia".into() };
        w.does(&original, away).await.unwrap();
        assert_eq!(key_of(w.unmerge(&double).await), "unmerge-foreign");
        w.staff(&w.province, &original, Command::Accept { note: String::new() }).await.unwrap();
        w.staff(&w.province, &original, Command::Start).await.unwrap();
        w.staff(&w.province, &original, Command::Resolve { text: "Đã vá".into() }).await.unwrap();
        assert_eq!(key_of(w.staff(&w.province, &double, undo()).await), "unmerge-finished");
        act_as_author(&w.core, author, &original, Command::Rate { stars: 5, comment: String::new() }, vec![])
            .await
            .unwrap();
        assert_eq!(key_of(w.staff(&w.province, &double, undo()).await), "unmerge-finished");
        assert_eq!(w.acts(&double).await, ["submit", "accept", "merge"], "refused is nothing done");
    })
    .await;
}

#[tokio::test]
async fn r5_of_two_officers_who_undo_one_merge_the_second_is_told() {
    each(async |w: World| {
        let (_, original) = w.reported(1).await;
        let (_, double) = w.reported(2).await;
        w.merge(&double, &original).await;
        let seen = w.row(&double).await.version;
        let undo = || Command::Unmerge { note: "hai chỗ".into() };
        let (a, b) = tokio::join!(
            act_as_officer(&w.core, &w.leader, &double, seen, undo(), vec![]),
            act_as_officer(&w.core, &w.province, &double, seen, undo(), vec![]),
        );
        assert_eq!([a.is_ok(), b.is_ok()].iter().filter(|ok| **ok).count(), 1, "{a:?} {b:?}");
        assert_eq!(w.acts(&original).await, ["submit", "accept", "absorb", "release"]);
    })
    .await;
}

#[tokio::test]
async fn r5_who_followed_by_a_merge_comes_back_with_the_report_and_the_others_stay() {
    each(async |w: World| {
        let (_, original) = w.reported(1).await;
        let (author, double) = w.reported(2).await;
        let (third, another) = w.reported(3).await;
        let [fan, both, own] = [
            testing::citizen(&w.core, 4).await,
            testing::citizen(&w.core, 5).await,
            testing::citizen(&w.core, 6).await,
        ];
        let who = [author, third, fan, both, own];
        for (account, code) in [(fan, &double), (both, &double), (both, &original), (own, &original), (fan, &another)] {
            follow::follow(&w.core, account, code).await.unwrap();
        }
        w.merge(&double, &original).await;
        w.merge(&another, &original).await;
        assert_eq!(w.followers(&original, &who).await, [true; 5]);
        w.unmerge(&double).await.unwrap();
        let left = [false, true, true, true, true];
        assert_eq!(
            w.followers(&original, &who).await,
            left,
            "fan came with the other report as well, both and own by themselves"
        );
        assert_eq!(w.followers(&double, &who).await, [false, false, true, true, false], "as before the merge");
        w.unmerge(&another).await.unwrap();
        assert_eq!(w.followers(&original, &who).await, [false, false, false, true, true]);
        assert_eq!(w.followers(&another, &who).await, [false, false, true, false, false]);
        assert!(w.told(fan).await[0].contains("không còn gộp"), "{:?}", w.told(fan).await);
    })
    .await;
}

#[tokio::test]
async fn r5_what_was_merged_before_goes_along_and_comes_back_along() {
    each(async |w: World| {
        let (_, root) = w.reported(1).await;
        let (second, middle) = w.reported(2).await;
        let (third, leaf) = w.reported(3).await;
        let who = [second, third];
        w.merge(&leaf, &middle).await;
        w.merge(&middle, &root).await;
        assert_eq!(w.row(&leaf).await.duplicate_of, Some(w.row(&root).await.id));
        w.unmerge(&middle).await.unwrap();
        assert_eq!(w.row(&leaf).await.duplicate_of, Some(w.row(&middle).await.id));
        assert_eq!(w.followers(&root, &who).await, [false, false]);
        assert_eq!(w.followers(&middle, &who).await, [false, true]);
        assert_eq!(tally::check(&w.core.store).await.unwrap(), 0);

        // The leaf's own merge is undone while both stand in the root: it does not come back a second time.
        w.merge(&middle, &root).await;
        w.unmerge(&leaf).await.unwrap();
        assert_eq!(w.followers(&root, &who).await, [true, false]);
        w.unmerge(&middle).await.unwrap();
        assert_eq!((w.row(&leaf).await.duplicate_of, w.followers(&middle, &who).await), (None, vec![false, false]));
        assert_eq!(tally::check(&w.core.store).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn r5_r8_the_clock_stood_while_a_report_was_merged_and_a_question_waits_on() {
    each(async |w: World| {
        let (_, original) = w.reported(1).await;
        let (author, double) = w.reported(2).await;
        let due = w.row(&double).await.due_at.unwrap();
        w.core.clock.advance(HOUR);
        w.does(&double, Command::Ask { question: "Ở đâu?".into() }).await.unwrap();
        w.core.clock.advance(2 * DAY);
        w.merge(&double, &original).await;
        w.core.clock.advance(DAY);
        assert_eq!(w.unmerge(&double).await.unwrap(), State::NeedInfo);
        assert!(w.row(&double).await.paused_at.is_some(), "the question is open again, and the clock stands");
        w.core.clock.advance(DAY);
        let answer = Command::Answer { text: "Trước cổng".into() };
        act_as_author(&w.core, author, &double, answer, vec![]).await.unwrap();
        let row = w.row(&double).await;
        assert_eq!((row.state(), row.paused_at), (State::Accepted, None));
        let pauses = clock::pauses(&row, w.core.now());
        assert_eq!(pauses.len(), 3, "asked, merged, asked on");
        assert!(pauses.windows(2).all(|two| two[0].1 == two[1].0), "without a gap: {pauses:?}");
        let (province, term) = (w.core.province(), clock::Term::of(&row).unwrap());
        let one = term.due_at(province.calendar(), &[(pauses[0].0, pauses[2].1)]);
        assert_eq!((row.due_at, one > due + 2 * DAY), (Some(one), true), "as if it had been one pause");
    })
    .await;
}
