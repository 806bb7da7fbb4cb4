//! Linking bank accounts at the national portal (N13), as a browser without JavaScript does it, with a bank that is asked over real HTTP. What
//! strangers, bad luck and a bank in trouble make of it is here, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

#[path = "support/at_bank.rs"]
mod at_bank;
mod support;

use at_bank::{AtBank, NAME};
use axum::http::StatusCode;
use base::{
    clock::{Clock, MINUTE},
    ids::Uuid,
    keys::Secret,
    personal_number::PersonalNumber,
};
use domain::{
    accounts::{Assurance, FullName, linked::Arrival},
    banks::{Account, Desk, Unread, ending},
    core::{Core, Settings},
    packs::Text,
    testing,
};
use gateways::banks as gateway;
use identity::rp::{ClientAuth, Config, Rp};
use sandbox::bank::{ACCOUNTS, Fault, SCOPE, SLOTS};
use std::sync::Arc;
use store::{FromRow, Sql, testing::each_engine};
use support::{Site, browser::Browser};

const NOW: i64 = 1_795_266_000_000;
const PAGE: &str = "/tai-khoan/lien-ket";
const ADD: &str = "/tai-khoan/ngan-hang/bank/them";

struct Asked(gateway::Bank);

#[async_trait::async_trait]
impl Desk for Asked {
    async fn accounts(&self, access: &Secret) -> Result<Vec<Account>, Unread> {
        let told = self.0.accounts(access.expose()).await;
        let told = told.map_err(|e| if e == gateway::Unanswered::Ended { Unread::Ended } else { Unread::Away })?;
        let one = |a: gateway::Account| Account {
            id: a.id,
            masked: a.masked,
            holder: a.holder,
            product: a.product,
            currency: a.currency,
            is_active: a.is_active,
        };
        Ok(told.into_iter().map(one).collect())
    }
}

/// As an operator would write it down. `name`: part of addresses.
fn counter(core: &Core, there: &AtBank, name: &str, label: &str) -> web::Bank {
    let back = format!("{}/tai-khoan/ngan-hang/{name}/ve", core.settings.origin);
    let client = there.bank.client();
    let auth = ClientAuth::SecretBasic(client.secret.clone());
    let config = Config {
        scopes: vec!["offline_access".into(), SCOPE.into()],
        userinfo: false,
        allow_private: true,
        ..Config::new(&format!("bank-{name}"), &there.at, &client.id, auth, &back)
    };
    let rp = Rp::new(core.store.clone(), core.clock.clone(), core.entropy.clone(), core.keys.clone(), config).unwrap();
    let desk = gateway::Bank::new(gateway::Config { url: format!("{}{ACCOUNTS}", there.at), local: true }).unwrap();
    let label = Text { vi: label.into(), en: label.into() };
    web::Bank { rp, name: name.into(), label, origins: vec![there.at.clone()], desk: Arc::new(Asked(desk)) }
}

/// Runs a test with the portal and a bank on both engines.
async fn each(test: impl AsyncFn(&Site, &AtBank)) {
    each_engine(async |db| {
        let clock = Clock::fixed(NOW);
        let there = AtBank::start(clock.clone(), &Settings::default().origin).await;
        let site = Site::national_banking(db, clock, |core| vec![counter(core, &there, "bank", "Ngân hàng Thử")]).await;
        test(&site, &there).await;
        there.bank.shutdown();
    })
    .await;
}

/// Somebody signed in whose number and name are known for sure.
async fn known<'s>(site: &'s Site, n: u32, name: &str) -> (Browser<'s>, Uuid) {
    let (b, account) = unknown(site, n).await;
    let token = b.cookie("phien").unwrap().clone();
    let signed = site.accounts.session(&token).await.unwrap().unwrap();
    let arrival = Arrival {
        provider: "vneid".into(),
        subject: format!("subject-{n}"),
        level: Assurance::Verified,
        number: PersonalNumber::parse(&format!("044189{n:06}")).unwrap(),
        full_name: FullName::parse(name).unwrap(),
        birth_date: None,
        sex: None,
        phone: None,
        behalf: None,
    };
    site.accounts.link(&signed, arrival, None).await.unwrap();
    (b, account)
}

/// Somebody signed in of whom only the phone is known.
async fn unknown<'s>(site: &'s Site, n: u32) -> (Browser<'s>, Uuid) {
    let account = testing::citizen(&site.core, n).await;
    let mut b = Browser::new(site);
    enters(&mut b, account).await;
    (b, account)
}

/// The browser is this person's from now on; its mark stays.
async fn enters(b: &mut Browser<'_>, account: Uuid) {
    let person = b.site.sign_in(account, "phien", "password").await;
    let token = person.cookie.split_once('=').unwrap().1.to_owned();
    b.cookies.insert(b.site.web.cookie_name("phien"), token);
    b.get("/tai-khoan").await;
}

impl Browser<'_> {
    /// Off to the bank; where the form led.
    async fn leaves(&mut self) -> String {
        // Later than whatever sign-in there was at the bank before: it must not count.
        self.site.core.clock.advance(1000);
        self.page(ADD).await;
        self.post(ADD, &[]).await.leads_to()
    }

    /// There and back with these accounts.
    async fn links(&mut self, there: &AtBank, picked: &[&str]) -> String {
        let departure = self.leaves().await;
        let back = there.agrees(&departure, there.me(), picked).await;
        assert_eq!(self.get(&back).await.leads_to(), PAGE);
        self.page(PAGE).await
    }
}

/// The first account as pages show it: stars and digits stay on one line.
fn shown(there: &AtBank) -> String {
    there.me().accounts[0].masked().replace(' ', "\u{a0}")
}

async fn rows(site: &Site, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    Sql::new(sql).scalar(site.core.store.read()).await.unwrap().unwrap()
}

/// Tells the bank of every consent that is over, as the worker does; how many there were.
async fn ends(site: &Site) -> usize {
    #[derive(FromRow)]
    struct Job {
        id: Uuid,
        payload: Vec<u8>,
    }
    let jobs: Vec<Job> =
        Sql::new("SELECT id, payload FROM outbox WHERE channel = 'bank'").all(site.core.store.read()).await.unwrap();
    let mut n = 0;
    for job in jobs {
        if let Some(ending) = ending(&site.core, job.id, &job.payload).await.unwrap() {
            site.web.bank("bank").unwrap().rp.revoke(&ending.token).await.unwrap();
            domain::banks::ended(&site.core, ending.grant).await.unwrap();
            n += 1;
        }
    }
    n
}

/// Nothing is kept here, and what the bank gave is over there.
async fn nothing_came_of_it(site: &Site, there: &AtBank, grants: usize) {
    assert_eq!(rows(site, "bank_link").await, 0);
    assert_eq!(ends(site).await, grants, "the bank is told");
    assert_eq!(rows(site, "bank_grant").await, 0);
    let _ = there;
}

#[tokio::test]
async fn n13_accounts_are_linked_looked_at_again_and_removed() {
    each(async |site, there| {
        let (mut b, _) = known(site, 1, NAME).await;
        let me = there.me();
        let empty = b.page(PAGE).await;
        assert!(
            empty.contains("Liên kết tài khoản ngân hàng") && empty.contains("Chưa liên kết tài khoản ngân hàng nào")
        );
        assert!(empty.contains("href=\"/tai-khoan/ngan-hang/moi\""), "{empty}");
        let choice = b.page("/tai-khoan/ngan-hang/moi").await;
        assert!(
            choice.contains(&format!("href=\"{ADD}\"")) && !choice.contains("role=\"search\""),
            "a handful: {choice}"
        );
        let page = b.get(ADD).await;
        assert!(page.header("content-security-policy").contains(&there.at), "the form leads there in the end");
        let page = page.page();
        for words in ["bốn số cuối", "không biết số dư", "đứng tên chính Ông/Bà"] {
            assert!(page.contains(words), "{words}: {page}");
        }
        let departure = b.leaves().await;
        // Everything was pushed: the address holds a handle and nothing else.
        let query: Vec<&str> =
            departure.split_once('?').unwrap().1.split('&').map(|p| p.split('=').next().unwrap()).collect();
        assert_eq!(query, ["client_id", "request_uri"], "{departure}");
        let back = there.agrees(&departure, me, &SLOTS[..1]).await;
        let answer = b.get(&back).await;
        assert_eq!(answer.leads_to(), PAGE);
        let list = b.page(PAGE).await;
        for words in
            ["Đã liên kết tài khoản ngân hàng", "Đang liên kết", "NGUYEN THI VI DU", &shown(there), "Ngân hàng Thử"]
        {
            assert!(list.contains(words), "{words}: {list}");
        }
        for account in &me.accounts {
            assert!(!list.contains(&account.number), "never the whole number");
        }
        assert!(b.page("/tai-khoan/hoat-dong").await.contains("Liên kết tài khoản ngân hàng"));
        assert!(b.page("/thong-bao").await.contains("Một tài khoản ngân hàng vừa được liên kết"));
        assert_eq!(b.get(&back).await.status, StatusCode::BAD_REQUEST, "once");

        // The same account again is the same link.
        b.links(there, &SLOTS[..1]).await;
        assert_eq!((rows(site, "bank_link").await, ends(site).await), (1, 1), "the consent before is over at the bank");

        let id: Uuid = Sql::new("SELECT id FROM bank_link").scalar(site.core.store.read()).await.unwrap().unwrap();
        let check = format!("/tai-khoan/ngan-hang/{id}/kiem-tra");
        site.core.clock.advance(5 * MINUTE);
        for _ in 0..2 {
            assert_eq!(b.post(&check, &[]).await.leads_to(), PAGE);
            assert!(b.page(PAGE).await.contains("Ngân hàng xác nhận vẫn đang liên kết"), "with the next token, too");
        }
        there.bank.set_fault(Fault::Down);
        b.post(&check, &[]).await.leads_to();
        let away = b.page(PAGE).await;
        assert!(away.contains("Ngân hàng chưa trả lời") && away.contains("Đang liên kết"), "{away}");
        there.bank.set_fault(Fault::None);

        let remove = format!("/tai-khoan/ngan-hang/{id}/huy");
        let asked = b.page(&remove).await;
        assert!(asked.contains("Hủy liên kết tài khoản này?") && asked.contains(&shown(there)), "{asked}");
        // Long after the last proof of the person: taking away needs none.
        site.core.clock.advance(40 * MINUTE);
        assert_eq!(b.post(&remove, &[]).await.leads_to(), PAGE);
        let list = b.page(PAGE).await;
        assert!(list.contains("Đã hủy liên kết") && list.contains("Chưa liên kết tài khoản ngân hàng nào"), "{list}");
        assert_eq!(b.post(&remove, &[]).await.status, StatusCode::NOT_FOUND);
        nothing_came_of_it(site, there, 1).await;
    })
    .await;
}

#[tokio::test]
async fn n13_a_consent_that_the_person_ends_at_the_bank_is_shown_as_ended() {
    each(async |site, there| {
        let (mut b, _) = known(site, 1, NAME).await;
        b.links(there, &SLOTS).await;
        let mine = there.me().accounts.len() as i64;
        assert_eq!(rows(site, "bank_link").await, mine);
        assert!(there.has_consent().await);
        there.ends_the_consent().await;
        let id: Uuid =
            Sql::new("SELECT id FROM bank_link LIMIT 1").scalar(site.core.store.read()).await.unwrap().unwrap();
        b.post(&format!("/tai-khoan/ngan-hang/{id}/kiem-tra"), &[]).await.leads_to();
        let list = b.page(PAGE).await;
        for words in ["Ngân hàng đã ngừng liên kết", "hãy bấm «Thêm mới» và liên kết lại"] {
            assert!(list.contains(words), "{words}: {list}");
        }
        assert!(!list.contains("Đang liên kết") && !list.contains("kiem-tra"), "nothing is left to ask: {list}");
        assert_eq!(rows(site, "bank_grant").await, 0);
        let list = b.links(there, &SLOTS).await;
        assert!(list.contains("Đang liên kết") && !list.contains("Ngân hàng đã ngừng"), "{list}");
        assert_eq!(rows(site, "bank_link").await, mine, "the same links");
    })
    .await;
}

#[tokio::test]
async fn n13_what_is_not_the_persons_own_is_refused_in_clear_words_and_ended_at_the_bank() {
    each(async |site, there| {
        let (mut b, _) = known(site, 1, NAME).await;
        let refused = async |b: &mut Browser<'_>, picked: &[&str], words: &str| {
            let departure = b.leaves().await;
            let back = there.agrees(&departure, there.me(), picked).await;
            let answer = b.get(&back).await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{words}");
            let page = answer.checked();
            assert!(page.contains(words) && page.contains(ADD), "{words}: {page}");
        };
        refused(&mut b, &[], "chưa chọn tài khoản nào").await;
        nothing_came_of_it(site, there, 1).await;
        for (fault, words) in
            [(Fault::OtherHolder, "khác họ tên đã xác thực"), (Fault::Blocked, "đang bị khóa hoặc đã đóng")]
        {
            there.bank.set_fault(fault);
            refused(&mut b, &SLOTS, words).await;
            there.bank.set_fault(Fault::None);
            nothing_came_of_it(site, there, 1).await;
        }
        let denied = b.leaves().await;
        let back = there.answers(&denied, there.me(), "deny", &SLOTS).await;
        let page = b.get(&back).await.page();
        assert!(page.contains("Ông/Bà đã dừng ở Ngân hàng Thử"), "{page}");
        nothing_came_of_it(site, there, 0).await;

        // Two people of one name: the account is the first one's here.
        b.links(there, &SLOTS).await;
        let (mut other, account) = known(site, 2, NAME).await;
        refused(&mut other, &SLOTS, "đã liên kết với một tài khoản khác trên Cổng").await;
        assert!(site.accounts.banks(account).await.unwrap().is_empty());
        assert_eq!(ends(site).await, 1);
        // And one whom the bank knows by another name.
        let (mut stranger, _) = known(site, 3, "Trần Văn Khác").await;
        refused(&mut stranger, &SLOTS, "khác họ tên đã xác thực").await;
        // Others' links are nobody's to see, ask about or take away.
        let id: Uuid =
            Sql::new("SELECT id FROM bank_link LIMIT 1").scalar(site.core.store.read()).await.unwrap().unwrap();
        for path in ["huy", "kiem-tra"] {
            let answer = other.post(&format!("/tai-khoan/ngan-hang/{id}/{path}"), &[]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(other.get(&format!("/tai-khoan/ngan-hang/{id}/huy")).await.status, StatusCode::NOT_FOUND);
        assert_eq!(other.get("/tai-khoan/ngan-hang/khong-phai/huy").await.status, StatusCode::NOT_FOUND);
        assert_eq!(rows(site, "bank_link").await, there.me().accounts.len() as i64);
    })
    .await;
}

#[tokio::test]
async fn n13_a_journey_is_finished_by_who_began_it_in_the_same_browser_or_by_nobody() {
    each(async |site, there| {
        let (mut b, mine) = known(site, 1, NAME).await;
        let (mut elsewhere, theirs) = known(site, 2, NAME).await;
        let departure = b.leaves().await;
        let back = there.agrees(&departure, there.me(), &SLOTS).await;
        let over = async |b: &mut Browser<'_>, who: &str| {
            let answer = b.get(&back).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{who}");
            assert!(answer.checked().contains("mở từ trình duyệt khác hay tài khoản khác"), "{who}");
        };
        elsewhere.leaves().await;
        over(&mut elsewhere, "another person in another browser").await;
        let mut same = Browser::new(site);
        enters(&mut same, mine).await;
        same.leaves().await;
        over(&mut same, "the same person in another browser").await;
        let mut shared = b.clone();
        enters(&mut shared, theirs).await;
        over(&mut shared, "another person in the same browser").await;
        let mut nobody = b.clone();
        nobody.cookies.remove(&site.web.cookie_name("phien"));
        over(&mut nobody, "nobody signed in").await;
        let forged = b.get(&back.replace("state=", "state=x")).await;
        assert_eq!(forged.status, StatusCode::BAD_REQUEST);
        let other_bank = back.replace("iss=http", "iss=https");
        assert_ne!(other_bank, back);
        assert_eq!(rows(site, "bank_link").await + rows(site, "bank_grant").await, 0, "no code was spent on them");
        // Whose it is comes back with it all the same.
        assert_eq!(b.get(&back).await.leads_to(), PAGE);
        assert_eq!(rows(site, "bank_link").await, there.me().accounts.len() as i64);
        // An answer that says to be another bank's.
        let departure = b.leaves().await;
        let mixed = there.agrees(&departure, there.me(), &SLOTS).await.replace("iss=http", "iss=https");
        assert!(b.get(&mixed).await.checked().contains("không chứng minh được gì"));
        // Late.
        let departure = b.leaves().await;
        let late = there.agrees(&departure, there.me(), &SLOTS).await;
        site.core.clock.advance(31 * MINUTE);
        assert_eq!(b.get(&late).await.status, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn n13_a_bank_in_trouble_is_said_in_plain_words_and_nothing_is_kept() {
    each(async |site, there| {
        let (mut b, _) = known(site, 1, NAME).await;
        let departure = b.leaves().await;
        there.bank.set_fault(Fault::Down);
        b.page(ADD).await;
        let down = b.post(ADD, &[]).await;
        assert_eq!(down.status, StatusCode::BAD_GATEWAY);
        assert!(down.checked().contains("Ngân hàng Thử không trả lời"));
        // Down when the person comes back: no code is redeemed.
        let back = there.agrees(&departure, there.me(), &SLOTS).await;
        let down = b.get(&back).await;
        assert_eq!(down.status, StatusCode::BAD_GATEWAY);
        assert!(down.checked().contains("Không có gì được lưu"));
        nothing_came_of_it(site, there, 0).await;
        there.bank.set_fault(Fault::None);
        let ok = b.links(there, &SLOTS[..1]).await;
        assert!(ok.contains("Đang liên kết"), "{ok}");
    })
    .await;
}

/// A desk that does not tell: everything before it went well.
struct Mute;

#[async_trait::async_trait]
impl Desk for Mute {
    async fn accounts(&self, _: &Secret) -> Result<Vec<Account>, Unread> {
        Err(Unread::Away)
    }
}

#[tokio::test]
async fn n13_a_bank_that_gives_a_token_and_tells_nothing_is_told_that_it_is_over() {
    each_engine(async |db| {
        let clock = Clock::fixed(NOW);
        let there = AtBank::start(clock.clone(), &Settings::default().origin).await;
        let mute = |core: &Core| {
            vec![web::Bank { desk: Arc::new(Mute), ..counter(core, &there, "bank", "Ngân hàng Thử") }]
        };
        let site = Site::national_banking(db, clock, mute).await;
        let (mut b, _) = known(&site, 1, NAME).await;
        let departure = b.leaves().await;
        let back = there.agrees(&departure, there.me(), &SLOTS).await;
        assert_eq!(b.get(&back).await.status, StatusCode::BAD_GATEWAY);
        nothing_came_of_it(&site, &there, 1).await;
    })
    .await;
}

#[tokio::test]
async fn n13_linking_needs_a_known_person_and_a_fresh_proof() {
    each(async |site, _| {
        let (mut b, _) = unknown(site, 1).await;
        let page = b.page(ADD).await;
        assert!(
            page.contains("chưa được xác thực bằng số định danh")
                && !page.contains("method=\"post\" action=\"/tai-khoan/ngan"),
            "{page}"
        );
        let forced = b.post(ADD, &[]).await;
        assert_eq!(forced.status, StatusCode::CONFLICT);
        assert!(forced.checked().contains("chưa được xác thực bằng số định danh"));

        let (mut b, _) = known(site, 2, NAME).await;
        b.page(ADD).await;
        site.core.clock.advance(11 * MINUTE);
        let led = b.post(ADD, &[]).await.leads_to();
        assert!(led.starts_with("/xac-nhan?next=/tai-khoan/ngan-hang/bank/them"), "{led}");
        let forged = support::Person {
            csrf: "sai".into(),
            cookie: b.cookie("phien").map(|c| format!("{}={c}", site.web.cookie_name("phien"))).unwrap(),
            ..Default::default()
        };
        assert_eq!(site.post(&forged, ADD, &[]).await.status, StatusCode::FORBIDDEN);
        let nobody = support::anybody();
        for path in [ADD, "/tai-khoan/ngan-hang/moi"] {
            assert!(site.get(&nobody, path).await.leads_to().starts_with("/dang-nhap?next="), "{path}");
        }
        for path in ["/tai-khoan/ngan-hang/khac/them", "/tai-khoan/ngan-hang/khac/ve"] {
            assert_eq!(b.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn n13_many_banks_have_a_search_and_without_one_there_is_nothing() {
    each_engine(async |db| {
        let clock = Clock::fixed(NOW);
        let there = AtBank::start(clock.clone(), &Settings::default().origin).await;
        let names = ["An Bình", "Đại Dương", "Biển Đông", "Hạt Gạo", "Cây Tre", "Mặt Trời", "Đại Ngàn"];
        let all = |core: &Core| -> Vec<web::Bank> {
            names.iter().enumerate().map(|(at, name)| counter(core, &there, &format!("b-{at}"), name)).collect()
        };
        let site = Site::national_banking(db, clock, all).await;
        let (mut b, _) = known(&site, 1, NAME).await;
        let page = b.page("/tai-khoan/ngan-hang/moi").await;
        assert!(page.contains("role=\"search\"") && names.iter().all(|name| page.contains(name)), "{page}");
        let found = b.page("/tai-khoan/ngan-hang/moi?q=dai").await;
        assert!(found.contains("Đại Dương") && found.contains("Đại Ngàn") && !found.contains("Biển Đông"), "{found}");
        let none = b.page("/tai-khoan/ngan-hang/moi?q=%3Cb%3Ezzz").await;
        assert!(none.contains("Không có ngân hàng nào như vậy") && none.contains("&#60;b&#62;zzz"), "{none}");
        assert!(b.page("/tai-khoan/ngan-hang/moi?lang=en").await.contains("Choose a bank"));
    })
    .await;
    each_engine(async |db| {
        let site = Site::national_banking(db, Clock::fixed(NOW), |_| Vec::new()).await;
        let (mut b, _) = known(&site, 1, NAME).await;
        assert!(!b.page(PAGE).await.contains("ngân hàng"), "nothing to do, nothing to read");
        for path in ["/tai-khoan/ngan-hang/moi", ADD] {
            assert_eq!(b.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}
