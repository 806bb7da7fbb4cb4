//! Helping (A19): how a mandate comes about, what it gives, how it ends, and that nobody gets further than it says.

use super::*;
use crate::{
    accounts::{
        Kind, NewSession,
        tests::{GOOD, World, entered, phone, visitor, world},
    },
    error::Error as Shared,
    levels::{self, Verdict},
    reports::{Command, Draft, Place, act_as_author, drafts, rows, submit, views},
    testing,
};
use base::{
    clock::{HOUR, MINUTE},
    i18n::Lang,
    personal_number::PersonalNumber,
};
use jiff::civil::Date;
use std::sync::Arc;
use store::{Sql, Tx, testing::each_engine};

fn refused<T: std::fmt::Debug>(said: Result<T, Error>) -> Refusal {
    match said {
        Err(Error::Helping(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn is_not_found<T>(said: &Result<T, Error>) -> bool {
    matches!(said, Err(Error::Shared(Shared::NotFound)))
}

fn is_forbidden<T>(said: &Result<T, Error>) -> bool {
    matches!(said, Err(Error::Shared(Shared::Forbidden)))
}

fn needs_proof<T>(said: &Result<T, Error>) -> bool {
    matches!(said, Err(Error::Shared(Shared::StepUp)))
}

fn report() -> Draft {
    Draft {
        content: "Nắp cống vỡ".into(),
        category: "ha-tang".into(),
        place: Place { commune: Some("18880".into()), address: "Trước cổng trường".into(), ..Place::default() },
        ..Draft::default()
    }
}

impl World {
    async fn plain(&self, n: u32) -> Arc<Signed> {
        self.signed(&self.citizen(n).await).await
    }

    /// The offer that waits for somebody.
    async fn help_offer(&self, to: &Signed) -> Uuid {
        self.accounts.help_offers(to).await.unwrap().last().unwrap().id
    }

    async fn asks(&self, principal: &Signed, helper: &Signed, scopes: &str) {
        let to = helper.phone.clone().unwrap();
        self.accounts.ask_for_help(principal, to, Scopes::parse(scopes), Term::Month).await.unwrap();
    }

    /// The mandate, as the helper has it.
    async fn gives(&self, principal: &Signed, helper: &Signed, scopes: &str) -> Uuid {
        self.asks(principal, helper, scopes).await;
        self.accounts.accept_help(helper, self.help_offer(helper).await).await.unwrap();
        let lines = self.accounts.standing_mandates(helper.account).await.unwrap();
        lines.into_iter().find(|line| line.helps && line.principal == principal.account).unwrap().id
    }

    async fn acting_for(&self, helper: &Signed, mandate: Uuid) -> (NewSession, Arc<Signed>) {
        let session = self.accounts.act_for(helper, mandate, &visitor(9)).await.unwrap();
        let acting = self.signed(&session).await;
        (session, acting)
    }

    async fn lives(&self, session: &NewSession) -> bool {
        self.alive(&session.token).await
    }

    async fn help_notices(&self, of: Uuid) -> Vec<String> {
        let lines = crate::notices::inbox(&self.core, of, None).await.unwrap();
        lines.into_iter().map(|line| line.key).filter(|key| key.starts_with("notice-help")).collect()
    }
}

#[tokio::test]
async fn a19_a_person_asks_by_phone_and_who_has_it_accepts_once() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, con, la) = (w.plain(1).await, w.plain(2).await, w.plain(3).await);
        w.asks(&ba, &con, "report").await;
        let sms = w.inbox(&phone(2)).await.remove(0);
        assert!(sms.contains("Trần Thị Thử") && sms.contains(HELPING), "{sms}");
        assert_eq!(w.help_notices(con.account).await, ["notice-help-asked"]);
        let sealed: Vec<Vec<u8>> = Sql::new("SELECT phone_sealed FROM mandate_offer").scalars(db.read()).await.unwrap();
        assert!(!String::from_utf8_lossy(&sealed[0]).contains("914000002"), "sealed");
        assert_eq!(w.accounts.offered_help(ba.account).await.unwrap()[0].phone, phone(2).masked());
        let again = w.accounts.ask_for_help(&ba, phone(2), Scopes::all(), Term::Day).await;
        assert_eq!(refused(again), Refusal::AlreadyAsked);
        let own = w.accounts.ask_for_help(&ba, phone(1), Scopes::all(), Term::Day).await;
        assert_eq!(refused(own), Refusal::Own);
        assert!(w.accounts.ask_for_help(&ba, phone(4), Scopes::default(), Term::Day).await.is_err(), "for nothing");
        // Another phone finds and answers nothing.
        let offer = w.help_offer(&con).await;
        assert!(w.accounts.help_offers(&la).await.unwrap().is_empty());
        assert_eq!(refused(w.accounts.accept_help(&la, offer).await), Refusal::OfferGone);
        assert_eq!(refused(w.accounts.decline_help(&la, offer).await), Refusal::OfferGone);
        // Of two answers at one moment one counts.
        let (one, other) = tokio::join!(w.accounts.accept_help(&con, offer), w.accounts.accept_help(&con, offer));
        assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1);
        let lines = w.accounts.standing_mandates(con.account).await.unwrap();
        assert_eq!((lines.len(), lines[0].helps, lines[0].scope.as_str()), (1, true, "report"));
        assert_eq!(lines[0].until, w.core.now() + 30 * DAY);
        assert_eq!(w.help_notices(ba.account).await, ["notice-help-began"]);
        assert!(w.kinds_of_activity(ba.account).await.contains(&"help-began".to_owned()));
        // Late, withdrawn and declined ones lead to nothing.
        w.asks(&ba, &la, "follow").await;
        let offer = w.help_offer(&la).await;
        w.accounts.withdraw_help(&ba, offer).await.unwrap();
        assert_eq!(refused(w.accounts.accept_help(&la, offer).await), Refusal::OfferGone);
        w.asks(&ba, &la, "follow").await;
        let offer = w.help_offer(&la).await;
        w.accounts.decline_help(&la, offer).await.unwrap();
        assert!(w.help_notices(ba.account).await.contains(&"notice-help-declined".to_owned()));
        w.asks(&ba, &la, "follow").await;
        let offer = w.help_offer(&la).await;
        w.core.clock.advance(OFFER_LIVES + 1);
        assert_eq!(refused(w.accounts.accept_help(&la, offer).await), Refusal::OfferGone);
        assert!(needs_proof(&w.accounts.ask_for_help(&ba, phone(4), Scopes::all(), Term::Day).await), "an old proof");
    })
    .await;
}

#[tokio::test]
async fn a13_who_acts_for_somebody_has_none_of_their_proofs() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, con) = (w.plain(1).await, w.plain(2).await);
        let mandate = w.gives(&ba, &con, "report").await;
        let (_, acting) = w.acting_for(&con, mandate).await;
        assert_eq!(
            (acting.account, acting.assurance),
            (ba.account, ba.assurance),
            "the session is of the person's account"
        );
        let needed = Some(crate::accounts::Assurance::Phone);
        assert_eq!(levels::check(needed, Some(&acting)), Verdict::SignIn);
        assert_eq!(levels::check(needed, Some(&ba)), Verdict::Enough);
        assert_eq!(levels::check(None, Some(&ba)), Verdict::Denied);
    })
    .await;
}

#[tokio::test]
async fn a14_a19_asking_tells_nobody_which_phone_has_an_account() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, _con) = (w.plain(1).await, w.plain(2).await);
        for n in [2, 77] {
            w.accounts.ask_for_help(&ba, phone(n), Scopes::all(), Term::Day).await.unwrap();
            assert!(w.inbox(&phone(n)).await[0].contains(HELPING));
        }
        assert_eq!(w.accounts.offered_help(ba.account).await.unwrap().len(), 2);
        // Invitations to one phone are counted, whoever sends them.
        for n in 10..14 {
            let other = w.plain(n).await;
            w.accounts.ask_for_help(&other, phone(77), Scopes::all(), Term::Day).await.unwrap();
        }
        let one_more = w.plain(20).await;
        let said = w.accounts.ask_for_help(&one_more, phone(77), Scopes::all(), Term::Day).await;
        assert!(matches!(said, Err(Error::Shared(Shared::TooOften { .. }))), "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn a19_what_is_done_for_somebody_carries_who_did_it_and_the_public_never_reads_it() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, con) = (w.plain(1).await, w.plain(2).await);
        let mandate = w.gives(&ba, &con, "report").await;
        let (_, acting) = w.acting_for(&con, mandate).await;
        assert_eq!((acting.account, acting.kind), (ba.account, Kind::Helper));
        let sent = submit(&w.core, &*acting, &report(), vec![], None, "web").await.unwrap();
        let code = sent.code.as_str();
        act_as_author(&w.core, &*acting, code, Command::AddInfo { text: "Nay rộng hơn".into() }, vec![]).await.unwrap();
        let row = rows::by_code(db.read(), code).await.unwrap().unwrap();
        assert_eq!(row.reporter, Some(ba.account), "it is the person's");
        let helper = con.account.to_string();
        for event in rows::events(db.read(), row.id).await.unwrap() {
            assert!(event.data.contains(&helper) && event.data.contains(&mandate.to_string()), "{}", event.data);
            assert_eq!((event.actor.as_str(), event.actor_id), ("citizen", Some(ba.account)));
        }
        let lines = w.accounts.activity(ba.account, None).await.unwrap();
        let did: Vec<_> = lines.iter().filter(|l| l.kind == "help-did").collect();
        assert_eq!(did[1].detail, format!("submit {code}"));
        assert_eq!(did[0].detail, format!("add_info {code}"));
        assert_eq!(did[0].by_name.as_deref(), Some("Trần Thị Thử"));
        assert!(lines.iter().any(|l| l.kind == "help-entered"));
        // The person reads who; others do not, once it is public.
        let own = views::find(&w.core, code, &views::Reader::Citizen(ba.account)).await.unwrap();
        assert!(own.events.iter().all(|e| e.data.contains(&helper)));
        let officer = testing::officer(&w.core, "Cán Bộ", "18880", crate::rights::Role::UnitLeader).await;
        let accept = Command::Accept { note: String::new() };
        crate::reports::act_as_officer(&w.core, &officer, code, row.version, accept, vec![]).await.unwrap();
        for reader in [views::Reader::Public, views::Reader::Citizen(con.account)] {
            let seen = views::find(&w.core, code, &reader).await.unwrap();
            assert!(seen.events.iter().all(|e| !e.data.contains(&helper)));
        }
        // What only the person does.
        let withdraw = Command::Withdraw { reason: String::new() };
        let said = act_as_author(&w.core, &*acting, code, withdraw.clone(), vec![]).await;
        assert!(matches!(said, Err(Shared::Forbidden)), "{said:?}");
        act_as_author(&w.core, ba.account, code, withdraw, vec![]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a19_a_helper_writes_no_draft_of_the_persons_and_reads_none() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, con) = (w.plain(1).await, w.plain(2).await);
        let mandate = w.gives(&ba, &con, "report").await;
        let (_, acting) = w.acting_for(&con, mandate).await;
        let saved = drafts::Saved { content: "riêng".into(), ..Default::default() };
        let hers = drafts::start(&w.core, ba.account, &saved).await.unwrap();
        let his = drafts::start(&w.core, &*acting, &saved).await.unwrap();
        assert!(drafts::find(&w.core, &*acting, hers).await.is_err());
        assert!(drafts::find(&w.core, ba.account, his).await.is_err());
        assert!(drafts::save(&w.core, &*acting, hers, &saved).await.is_err());
        assert!(drafts::discard(&w.core, &*acting, hers).await.is_err());
        assert!(drafts::send(&w.core, &*acting, hers).await.is_err());
        assert_eq!(drafts::list(&w.core, &*acting).await.unwrap().len(), 1);
        w.accounts.end_mandate(&ba, mandate).await.unwrap();
        assert!(drafts::find(&w.core, &*acting, his).await.is_err(), "gone with the mandate");
        assert!(drafts::find(&w.core, ba.account, hers).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a19_a_mandate_gives_nothing_after_its_end_its_time_a_sign_out_or_a_block() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, con) = (w.plain(1).await, w.plain(2).await);
        let nothing_more = async |session: &NewSession, acting: &Signed, why: &str| {
            assert!(!w.lives(session).await, "{why}");
            let said = submit(&w.core, acting, &report(), vec![], None, "web").await;
            assert!(matches!(said, Err(Shared::Forbidden)), "{why}: {said:?}");
        };
        // Either side ends it.
        for by in [&ba, &con] {
            let mandate = w.gives(&ba, &con, "report").await;
            let (session, acting) = w.acting_for(&con, mandate).await;
            assert!(w.lives(&session).await);
            w.accounts.end_mandate(by, mandate).await.unwrap();
            nothing_more(&session, &acting, "ended").await;
            assert!(is_not_found(&w.accounts.act_for(&con, mandate, &visitor(9)).await));
            assert!(is_not_found(&w.accounts.end_mandate(by, mandate).await), "once");
        }
        // A second one replaces the first, with what hung on it.
        let first = w.gives(&ba, &con, "report").await;
        let (session, acting) = w.acting_for(&con, first).await;
        let second = w.gives(&ba, &con, "follow").await;
        assert_ne!(first, second);
        nothing_more(&session, &acting, "replaced").await;
        let standing = w.accounts.standing_mandates(con.account).await.unwrap();
        assert_eq!((standing.len(), standing[0].scope.as_str()), (1, "follow"));
        let (_, acting) = w.acting_for(&con, second).await;
        let said = submit(&w.core, &*acting, &report(), vec![], None, "web").await;
        assert!(matches!(said, Err(Shared::Forbidden)), "not covered");
        // Nobody else uses it or ends it.
        let la = w.plain(3).await;
        assert!(is_not_found(&w.accounts.act_for(&la, second, &visitor(9)).await));
        assert!(is_not_found(&w.accounts.act_for(&ba, second, &visitor(9)).await), "the principal");
        assert!(is_not_found(&w.accounts.end_mandate(&la, second).await));
        // Signing out ends the acting, although nobody touched its session.
        let third = w.gives(&ba, &con, "report").await;
        let (session, _) = w.acting_for(&con, third).await;
        w.accounts.end_session(&con, con.session).await.unwrap();
        assert!(!w.lives(&session).await, "signed out");
        // A block of the helper, then of the person.
        let con = w.signed(&entered(w.sign_in(2, GOOD).await.unwrap())).await;
        let operator = testing::officer(&w.core, "Điều Phối", "*", crate::rights::Role::ProvinceOperator).await;
        for blocked in [con.account, ba.account] {
            let con = w.signed(&entered(w.sign_in(2, GOOD).await.unwrap())).await;
            let (session, acting) = w.acting_for(&con, third).await;
            w.accounts.set_blocked(&operator, blocked, true, "thử nghiệm").await.unwrap();
            nothing_more(&session, &acting, "blocked").await;
            w.accounts.set_blocked(&operator, blocked, false, "thử xong").await.unwrap();
            assert!(!w.lives(&session).await, "a block is not undone for what it ended");
        }
        // Its time is over; the sweep says so to both.
        let con = w.signed(&entered(w.sign_in(2, GOOD).await.unwrap())).await;
        w.core.clock.advance(30 * DAY - HOUR);
        let (session, acting) = w.acting_for(&con, third).await;
        assert_eq!(session.expires_at, w.accounts.mandates(con.account).await.unwrap()[0].until, "not a moment longer");
        w.core.clock.advance(HOUR);
        nothing_more(&session, &acting, "over").await;
        crate::reports::automatic::sweep(&w.core).await.unwrap();
        let lines = w.accounts.mandates(ba.account).await.unwrap();
        let over = lines.iter().find(|l| l.id == third).unwrap();
        assert_eq!(over.ended_why.as_deref(), Some("time"));
        assert!(w.help_notices(con.account).await.contains(&"notice-helping-ended".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a19_who_acts_for_somebody_is_nobody_who_may_change_the_account_or_help_others() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, con, la) = (w.plain(1).await, w.plain(2).await, w.plain(3).await);
        let mandate = w.gives(&ba, &con, "report").await;
        let over_her = w.gives(&la, &ba, "report follow").await;
        w.asks(&la, &ba, "report").await;
        let offer = w.help_offer(&ba).await;
        let (_, acting) = w.acting_for(&con, mandate).await;
        let a = &w.accounts;
        // No chains.
        assert!(is_forbidden(&a.ask_for_help(&acting, phone(9), Scopes::all(), Term::Day).await));
        assert!(is_forbidden(&a.accept_help(&acting, offer).await));
        assert!(is_forbidden(&a.decline_help(&acting, offer).await));
        assert!(is_forbidden(&a.withdraw_help(&acting, offer).await));
        assert!(is_forbidden(&a.act_for(&acting, over_her, &visitor(9)).await));
        assert!(is_forbidden(&a.end_mandate(&acting, mandate).await));
        let child = NewChild {
            full_name: crate::accounts::FullName::parse("Bé Thử").unwrap(),
            born: Date::constant(2020, 1, 1),
            number: None,
        };
        assert!(is_forbidden(&a.add_child(&acting, child).await));
        let asked = (phone(9), Scopes::all(), Term::Day);
        assert!(is_forbidden(&a.start_help_by_code(&acting, asked, Lang::VI, &visitor(9), "", None).await));
        // Nothing that wants a proof, and no proof to be had of an old password.
        assert!(needs_proof(&a.export_data(&acting).await.map(|_| ())));
        assert!(needs_proof(&a.delete_account(&acting).await));
        assert!(needs_proof(&a.unlink(&acting, "vneid").await));
        let other = a.start_phone_change(&acting, phone(9), Lang::VI, &visitor(9), "", None).await;
        assert!(needs_proof(&other.map(|_| ())));
        // The devices of the person are the person's own.
        assert!(a.devices(&ba).await.unwrap().iter().all(|d| d.method != "helper"));
    })
    .await;
}

#[tokio::test]
async fn a19_a_person_has_five_helpers_and_helps_ten_people() {
    each_engine(async |db| {
        let w = world(&db).await;
        w.citizen(1).await;
        let mut helpers = Vec::new();
        for n in 2..8 {
            helpers.push(w.plain(n).await);
        }
        let ba = w.signed(&entered(w.sign_in(1, GOOD).await.unwrap())).await;
        // An officer who writes something down at this moment takes nobody's place.
        let officer = testing::officer(&w.core, "Cán Bộ Thử", "18880", crate::rights::Role::Clerk).await.account;
        let (id, now, person) = (w.core.new_id(), w.core.now(), ba.account);
        w.write("INSERT INTO mandate (id, principal, helper, kind, scope, since, until, unit) VALUES ($1, $2, $3, 'desk', 'desk', $4, $5, '18880')", move |sql| {
            sql.bind(id).bind(person).bind(officer).bind(now).bind(now + HOUR)
        })
        .await;
        for helper in &helpers[..5] {
            w.gives(&ba, helper, "report").await;
        }
        w.asks(&ba, &helpers[5], "report").await;
        let sixth = w.accounts.accept_help(&helpers[5], w.help_offer(&helpers[5]).await).await;
        assert_eq!(refused(sixth), Refusal::Full);
        // One who helps already is no sixth.
        w.gives(&ba, &helpers[0], "follow").await;
        let children = async |n: u32| {
            let child = NewChild {
                full_name: crate::accounts::FullName::parse("Bé Thử").unwrap(),
                born: Date::constant(2015, 1, 1 + n as i8),
                number: None,
            };
            w.accounts.add_child(&helpers[5], child).await
        };
        for n in 0..10 {
            children(n).await.unwrap();
        }
        assert_eq!(refused(children(11).await), Refusal::TooMany);
    })
    .await;
}

#[tokio::test]
async fn a19_a_code_that_is_read_aloud_is_for_one_pair_and_one_purpose() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, con, la) = (w.plain(1).await, w.plain(2).await, w.plain(3).await);
        let start = async |by: &Signed, n: u32| {
            let asked = (phone(n), Scopes::parse("report"), Term::Day);
            w.accounts.start_help_by_code(by, asked, Lang::VI, &visitor(2), "", None).await.unwrap()
        };
        let begun = start(&con, 1).await;
        let sms = w.inbox(&phone(1)).await.remove(0);
        assert!(sms.contains("Tran Thi Thu") && sms.contains("gui phan anh") && !sms.contains('@'), "{sms}");
        let code = w.otp(&phone(1)).await;
        let token = begun.token.expose();
        // Another helper, another purpose, a wrong code.
        let stolen = w.accounts.confirm_help_by_code(&la, token, code.clone()).await;
        assert!(matches!(stolen, Err(Error::FlowGone)), "{stolen:?}");
        assert!(w.accounts.confirm_registration(token, code.clone()).await.is_err(), "no registration");
        let wrong = w.accounts.confirm_help_by_code(&con, token, w.wrong_otp(&phone(1)).await).await;
        assert!(matches!(wrong, Err(Error::WrongCode { .. })));
        w.accounts.confirm_help_by_code(&con, token, code.clone()).await.unwrap();
        assert!(w.accounts.confirm_help_by_code(&con, token, code).await.is_err(), "once");
        let line = w.accounts.standing_mandates(ba.account).await.unwrap().remove(0);
        assert_eq!((line.kind.as_str(), line.scope.as_str(), line.until), ("aloud", "report", w.core.now() + DAY));
        assert!(w.help_notices(ba.account).await.contains(&"notice-help-began".to_owned()));
        // A phone without an account looks the same until it is proven.
        let begun = start(&con, 78).await;
        let code = w.otp(&phone(78)).await;
        let said = w.accounts.confirm_help_by_code(&con, begun.token.expose(), code).await;
        assert_eq!(refused(said), Refusal::NoAccount);
        // The code of a registration is none of these.
        let registering = w.start(79).await;
        let code = w.otp(&phone(79)).await;
        let said = w.accounts.confirm_help_by_code(&con, registering.token.expose(), code).await;
        assert!(matches!(said, Err(Error::FlowGone)));
    })
    .await;
}

#[test]
fn a19_somebody_is_of_age_at_the_local_midnight_of_the_eighteenth_birthday() {
    let at = |y, m, d| adult_at(Date::constant(y, m, d)).map(base::show::date_time).unwrap();
    assert_eq!(at(2010, 3, 30), "00:00 30/03/2028");
    assert_eq!(at(2008, 2, 29), "00:00 01/03/2026", "never a day too early");
}

#[tokio::test]
async fn a19_a_guardian_acts_until_the_eighteenth_birthday_and_not_for_an_adult() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.plain(2).await;
        // The clock stands at 30 March 2026.
        let child = |y, m, d, number: Option<&str>| NewChild {
            full_name: crate::accounts::FullName::parse("Bé Thử").unwrap(),
            born: Date::new(y, m, d).unwrap(),
            number: number.map(|n| PersonalNumber::parse(n).unwrap()),
        };
        assert_eq!(refused(w.accounts.add_child(&me, child(2008, 3, 30, None)).await), Refusal::Adult, "18 today");
        assert_eq!(refused(w.accounts.add_child(&me, child(1980, 1, 1, None)).await), Refusal::Adult);
        assert!(w.accounts.add_child(&me, child(2026, 3, 31, None)).await.is_err(), "not born yet");
        assert!(w.accounts.add_child(&me, child(2015, 1, 1, Some("045216000001"))).await.is_err(), "another year");
        w.accounts.add_child(&me, child(2026, 3, 30, None)).await.unwrap();
        let id = w.accounts.add_child(&me, child(2008, 3, 31, Some("045208000001"))).await.unwrap();
        let rows: Vec<Vec<u8>> = Sql::new("SELECT sealed FROM account_fact").scalars(db.read()).await.unwrap();
        assert!(rows.iter().all(|sealed| !String::from_utf8_lossy(sealed).contains("045208000001")), "sealed");
        assert_eq!(w.accounts.facts(id).await.unwrap().standing(), crate::accounts::linked::Standing::Unknown);
        // Nobody can sign in to it.
        let how: Option<i64> = Sql::new("SELECT count(*) FROM account WHERE id = $1 AND phone IS NULL AND password_hash IS NULL AND username IS NULL")
            .bind(id).scalar(db.read()).await.unwrap();
        assert_eq!(how, Some(1));
        let mandate = w.accounts.standing_mandates(me.account).await.unwrap().into_iter().find(|l| l.principal == id).unwrap();
        assert_eq!(refused(w.accounts.end_mandate(&me, mandate.id).await), Refusal::LastGuardian);
        let (session, acting) = w.acting_for(&me, mandate.id).await;
        submit(&w.core, &*acting, &report(), vec![], None, "web").await.unwrap();
        // A second one, who was asked by the first, and no third.
        let other = w.plain(3).await;
        let me = w.signed(&entered(w.sign_in(2, GOOD).await.unwrap())).await;
        assert!(is_not_found(&w.accounts.ask_guardian(&other, id, phone(9)).await), "another's child");
        w.accounts.ask_guardian(&me, id, phone(3)).await.unwrap();
        let offers = w.accounts.help_offers(&other).await.unwrap();
        assert_eq!(offers[0].child, "Bé Thử");
        w.accounts.accept_help(&other, offers[0].id).await.unwrap();
        assert_eq!(refused(w.accounts.ask_guardian(&me, id, phone(9)).await), Refusal::Full);
        assert!(is_not_found(&w.accounts.delete_child(&other, id).await), "the first answers for the data");
        // The birthday passes while somebody acts.
        assert!(w.lives(&session).await);
        w.core.clock.advance(mandate.until - w.core.now() - MINUTE);
        let (session, acting) = w.acting_for(&me, mandate.id).await;
        w.core.clock.advance(MINUTE);
        assert!(!w.lives(&session).await);
        let said = submit(&w.core, &*acting, &report(), vec![], None, "web").await;
        assert!(matches!(said, Err(Shared::Forbidden)));
        assert!(is_not_found(&w.accounts.act_for(&me, mandate.id, &visitor(9)).await));
        // Nobody may act there any more: in the end it goes.
        w.core.clock.advance(84 * DAY);
        crate::reports::automatic::sweep(&w.core).await.unwrap();
        w.core.clock.advance(7 * DAY);
        crate::reports::automatic::sweep(&w.core).await.unwrap();
        let left: Option<String> = Sql::new("SELECT full_name FROM account WHERE id = $1").bind(id).scalar(db.read()).await.unwrap();
        assert_eq!(left.as_deref(), Some(""));
    })
    .await;
}

#[tokio::test]
async fn a12_a19_mandates_and_children_are_in_the_download_and_go_with_the_account() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, con) = (w.plain(1).await, w.plain(2).await);
        let mandate = w.gives(&ba, &con, "report").await;
        let child = NewChild {
            full_name: crate::accounts::FullName::parse("Bé Hư Cấu").unwrap(),
            born: Date::constant(2015, 5, 1),
            number: Some(PersonalNumber::parse("045215000001").unwrap()),
        };
        let id = w.accounts.add_child(&con, child.clone()).await.unwrap();
        let export = w.accounts.export_data(&con).await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&export.json).unwrap();
        assert_eq!(json["mandates"].as_array().unwrap().len(), 2);
        assert_eq!(json["children"][0]["account"]["full_name"], "Bé Hư Cấu");
        assert!(
            export.text.contains("Bé Hư Cấu") && export.text.contains("045215000001") && !export.text.contains('⟨')
        );
        let export = w.accounts.export_data(&ba).await.unwrap();
        assert!(export.json.contains("\"helps\": false") && !export.json.contains("Hư Cấu"));
        // A child's data go on their own, and with the guardian.
        w.accounts.delete_child(&con, id).await.unwrap();
        assert!(w.accounts.children(con.account).await.unwrap().is_empty());
        let id = w.accounts.add_child(&con, child).await.unwrap();
        let (session, _) = w.acting_for(&con, mandate).await;
        let one_more = w.plain(5).await;
        w.asks(&ba, &one_more, "follow").await;
        w.accounts.delete_account(&con).await.unwrap();
        assert!(!w.lives(&session).await);
        let open = "SELECT count(*) FROM mandate WHERE ended_at IS NULL";
        assert_eq!(Sql::new(open).scalar::<i64>(db.read()).await.unwrap(), Some(0), "the rows themselves");
        assert!(w.accounts.standing_mandates(ba.account).await.unwrap().is_empty());
        assert!(w.help_notices(ba.account).await.contains(&"notice-help-ended".to_owned()));
        let facts: Option<i64> = Sql::new("SELECT count(*) FROM account_fact WHERE account_id = $1")
            .bind(id)
            .scalar(db.read())
            .await
            .unwrap();
        assert_eq!(facts, Some(0));
        let names = "SELECT count(*) FROM account WHERE full_name LIKE '%Hư Cấu%'";
        assert_eq!(Sql::new(names).scalar::<i64>(db.read()).await.unwrap(), Some(0));
        w.accounts.delete_account(&ba).await.unwrap();
        assert_eq!(Sql::new("SELECT count(*) FROM mandate_offer").scalar::<i64>(db.read()).await.unwrap(), Some(0));
    })
    .await;
}

#[tokio::test]
async fn a19_every_end_has_its_words_and_every_step_its_line_in_the_log() {
    each_engine(async |db| {
        let w = world(&db).await;
        for refusal in Refusal::ALL {
            for lang in [Lang::VI, Lang::EN] {
                assert!(w.core.texts.has(lang, refusal.key()), "{refusal:?} {lang}");
            }
        }
        let (ba, con) = (w.plain(1).await, w.plain(2).await);
        let mandate = w.gives(&ba, &con, "report").await;
        w.accounts.end_mandate(&ba, mandate).await.unwrap();
        let acts: Vec<String> = Sql::new("SELECT act FROM audit WHERE object = $1 ORDER BY id")
            .bind(format!("mandate {mandate}"))
            .scalars(db.read())
            .await
            .unwrap();
        assert_eq!(acts, ["mandate-ask", "mandate-begin", "mandate-end"]);
        let lines = w.accounts.activity(con.account, None).await.unwrap();
        let line = lines.iter().find(|l| l.kind == "helping-ended").unwrap();
        assert_eq!((line.detail.as_str(), line.by_name.as_deref()), ("principal", Some("Trần Thị Thử")));
    })
    .await;
}

#[tokio::test]
async fn a11_a19_who_works_for_an_organisation_helps_nobody_meanwhile() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (ba, own) = (w.plain(1).await, w.citizen(2).await);
        let con = w.signed(&own).await;
        let mandate = w.gives(&ba, &con, "report").await;
        let (acting, _) = w.acting_for(&con, mandate).await;
        let company = crate::organizations::Behalf::new("0000000017", "Công ty TNHH Hư Cấu").unwrap();
        let (core, ids) = (w.core.clone(), (own.session, own.account));
        let set = move |tx: Tx| async move { crate::organizations::behalf::set(&core, &tx, ids, Some(&company)).await };
        assert!(w.core.store.write(set).await.unwrap());
        w.accounts.cache.forget(own.account);
        assert!(!w.lives(&acting).await, "a session beside it is worth nothing meanwhile");
        assert_eq!(refused(w.accounts.act_for(&con, mandate, &visitor(9)).await), Refusal::Behalf);
        let con = w.signed(&own).await;
        assert_eq!(con.behalf.as_ref().map(|b| b.code()), Some("0000000017"));
        w.accounts.work_as_oneself(&con).await.unwrap();
        let con = w.signed(&own).await;
        let (_, acting) = w.acting_for(&con, mandate).await;
        assert!(Author::from(&*acting).behalf.is_none());
        assert!(is_forbidden(&w.accounts.work_as_oneself(&acting).await));
    })
    .await;
}
