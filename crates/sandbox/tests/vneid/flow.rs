//! What goes well: arriving with what was ticked, another account, signing out, starting anew.

use crate::support::{Browser, HOME, LABEL, NOW, PASSWORD, Stop, World, ticked};
use axum::{Form, Router, extract::State, routing::post};
use identity::rp::{Ask, RpError};
use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{net::TcpListener, sync::mpsc};

#[tokio::test]
async fn n9_somebody_arrives_with_number_password_and_code_and_with_what_they_ticked() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let ask = Ask { level: Some("2".into()), max_age: Some(300), ..Ask::default() };
    let page = browser.get(&world.begin(ask).await).await.page();
    page.says("Đăng nhập để vào <strong>Cổng Quảng Trị</strong>");
    assert!(
        page.policy.contains(&format!("form-action 'self' {HOME};")),
        "forms lead there in the end: {}",
        page.policy
    );
    let page = world.password(&browser, &page, 0).await;
    page.says("0999***001");
    assert!(!page.html.contains(&world.code(0).0), "the code is on the phone only");
    assert!(page.policy.contains(HOME));
    let page = browser.send(&page, "name=\"code\"", &[("code", &world.code(0).0)]).await.page();
    for name in ["Số định danh cá nhân", "Họ và tên", "Ngày, tháng, năm sinh", "Giới tính", "Số điện thoại"]
    {
        page.says(name);
    }
    assert!(!page.html.contains(world.number(0)), "shown in part only");
    let mut answer = ticked(&["answer=allow"], &page);
    assert_eq!(answer.len(), 6, "all boxes are ticked at first: {answer:?}");
    answer.retain(|(_, value)| *value != "SoDienThoai");
    let query = browser.send(&page, "name=\"claim\"", &answer).await.left();

    let arrived = world.finish(&query).await.unwrap();
    let person = &world.vneid.people()[0];
    assert_eq!(arrived.level.as_deref(), Some("2"));
    assert_eq!((arrived.amr.as_slice(), arrived.auth_time), (&["pwd".to_owned(), "sms".into()][..], Some(NOW)));
    assert_eq!(arrived.claims["number"], world.number(0));
    assert_eq!(arrived.claims["name"], "Trần Minh Họa");
    assert_eq!(arrived.claims["born"], person.born.to_string());
    assert_eq!(arrived.claims["sex"], "Nam");
    assert!(!arrived.claims.contains_key("phone"), "it was not ticked");
    assert!(!arrived.subject.contains(world.number(0)) && arrived.subject != person.id.to_string());

    // Who is signed in is neither asked nor sent a code again, and what was agreed to holds.
    let query = browser.get(&world.begin(Ask::default()).await).await.left();
    let again = world.finish(&query).await.unwrap();
    assert_eq!((again.subject, again.claims.len()), (arrived.subject, 4));
    assert_eq!(world.code(0).1, 1, "one message");
    for cookie in browser.cookies.lock().unwrap().iter() {
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    }
}

async fn told(State(told): State<mpsc::UnboundedSender<String>>, Form(form): Form<HashMap<String, String>>) {
    told.send(form["logout_token"].clone()).unwrap();
}

/// A sandbox that tells its service of sessions that ended, and what it told.
async fn telling() -> (World, mpsc::UnboundedReceiver<String>) {
    let (sender, tokens) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = format!("http://{}/told", listener.local_addr().unwrap());
    let router = Router::new().route("/told", post(told)).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let folder = tempfile::tempdir().unwrap();
    (World::at(folder.path(), Some(at)).await, tokens)
}

/// The next logout token: three parts, signed.
async fn is_told(tokens: &mut mpsc::UnboundedReceiver<String>) {
    let token = tokio::time::timeout(Duration::from_secs(20), tokens.recv()).await.unwrap().unwrap();
    assert_eq!(token.split('.').count(), 3, "{token}");
}

#[tokio::test]
async fn n9_another_account_is_one_click_and_ends_the_session_before() {
    let (world, mut tokens) = telling().await;
    let browser = Browser::new(&world);
    let first = world.arrive(&browser, 0).await;
    let ask = Ask { prompt: Some("consent"), ..Ask::default() };
    let page = browser.get(&world.begin(ask).await).await.page();
    page.says("Trần Minh Họa");
    let page = browser.send(&page, "name=\"claim\"", &[("answer", "other")]).await.page();
    page.says("đăng nhập bằng tài khoản khác");
    let page = world.sign_in(&browser, &page, 1).await.page();
    page.says("Nguyễn Thị Thử");
    let query = browser.send(&page, "name=\"claim\"", &ticked(&["answer=allow"], &page)).await.left();
    let second = world.finish(&query).await.unwrap();
    assert_eq!((&second.claims["name"], &second.claims["sex"]), (&"Nguyễn Thị Thử".into(), &"Nữ".into()));
    assert_ne!(first.subject, second.subject);
    browser.get("/").await.page().says("Đang đăng nhập: <strong>Nguyễn Thị Thử</strong>");
    is_told(&mut tokens).await;
}

/// A service asks for a fresh proof: it gets one in the session that it knows, and nobody is signed out by it.
#[tokio::test]
async fn n8_the_same_person_signs_in_again_and_is_signed_out_nowhere() {
    let (world, mut tokens) = telling().await;
    let browser = Browser::new(&world);
    let first = world.arrive(&browser, 0).await;
    world.clock.advance(base::clock::MINUTE);
    let ask = Ask { prompt: Some("login"), ..Ask::default() };
    let page = browser.get(&world.begin(ask).await).await.page();
    let query = world.sign_in(&browser, &page, 0).await.left();
    let second = world.finish(&query).await.unwrap();
    assert_eq!((&first.subject, &first.sid), (&second.subject, &second.sid));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(tokens.try_recv().is_err(), "the worker that tells has had its turn");
}

#[tokio::test]
async fn n8_signing_out_is_asked_for_once_and_told_to_the_service() {
    let (world, mut tokens) = telling().await;
    let browser = Browser::new(&world);
    world.arrive(&browser, 0).await;

    let page = browser.get("/oauth2/logout").await.page();
    page.says("Đăng xuất khỏi danh tính thử nghiệm?");
    browser.send(&page, "leave", &[("answer", "stay")]).await.page().says("Vẫn đang đăng nhập");
    let page = browser.get("/oauth2/logout").await.page();
    browser.send(&page, "leave", &[("answer", "leave")]).await.page().says("Đã đăng xuất");
    is_told(&mut tokens).await;
    browser.get(&world.begin(Ask::default()).await).await.page().says("name=\"password\"");
}

#[tokio::test]
async fn n8_a_session_ends_by_itself_for_the_service_too() {
    let (world, mut tokens) = telling().await;
    let browser = Browser::new(&world);
    world.arrive(&browser, 0).await;
    world.clock.advance(base::clock::HOUR);
    browser.get(&world.begin(Ask::default()).await).await.page().says("name=\"password\"");
    is_told(&mut tokens).await;
}

#[tokio::test]
async fn n8_who_says_no_is_back_with_the_service() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = browser.get(&world.begin(Ask::default()).await).await.page();
    let query = browser.send(&page, "value=\"cancel\"", &[("answer", "cancel")]).await.left();
    assert!(matches!(world.finish(&query).await, Err(RpError::Refused { code: "access_denied" })), "at the password");

    let page = browser.get(&world.begin(Ask::default()).await).await.page();
    let page = world.password(&browser, &page, 0).await;
    let query = browser.send(&page, "value=\"cancel\"", &[("answer", "cancel")]).await.left();
    assert!(matches!(world.finish(&query).await, Err(RpError::Refused { code: "access_denied" })), "at the code");

    let page = browser.get(&world.begin(Ask::default()).await).await.page();
    let page = world.sign_in(&browser, &page, 0).await.page();
    let query = browser.send(&page, "name=\"claim\"", &ticked(&["answer=deny"], &page)).await.left();
    assert!(matches!(world.finish(&query).await, Err(RpError::Refused { code: "access_denied" })), "at the consent");
}

#[tokio::test]
async fn n8_a_new_start_gives_new_secrets_and_keeps_people_and_their_agreements() {
    let folder = tempfile::tempdir().unwrap();
    let (subject, secret) = {
        let world = World::at(folder.path(), None).await;
        let arrived = world.arrive(&Browser::new(&world), 1).await;
        (arrived.subject, world.vneid.services()[0].secret.clone())
    };
    let world = World::at(folder.path(), None).await;
    assert_ne!(world.vneid.services()[0].secret, secret);
    let old = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked =
        old.post(format!("{}/oauth2/introspect", world.url)).basic_auth("congdanso-quang-tri", Some(secret.expose()));
    assert_eq!(asked.form(&[("token", "x")]).send().await.unwrap().status(), 401, "the old secret is worth nothing");
    let browser = Browser::new(&world);
    let page = browser.get(&world.begin(Ask::default()).await).await.page();
    let query = world.sign_in(&browser, &page, 1).await.left();
    assert_eq!(world.finish(&query).await.unwrap().subject, subject, "the same person, and no consent page");
}

#[tokio::test]
async fn s4_the_first_page_says_what_this_is_and_how_to_try_it() {
    let world = World::new().await;
    let page = Browser::new(&world).get("/").await.page();
    for text in [LABEL, PASSWORD, HOME, "http://localhost:8084/sms", "Cổng Quảng Trị", "0999 000 001", "Có tài khoản"]
    {
        page.says(text);
    }
    for (at, person) in world.vneid.people().iter().enumerate() {
        page.says(&person.name);
        page.says(world.number(at));
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn n8_no_address_and_no_line_of_the_log_holds_a_personal_number_password_or_code() {
    let log = Log::default();
    let to = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || to.clone());
    // For all threads: units of work run on the writer's.
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    tracing::info!("listening");
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = browser.get(&world.begin(Ask::default()).await).await.page();
    let wrong = [("number", world.number(0)), ("password", "sai")];
    let page = browser.send(&page, "name=\"password\"", &wrong).await.page();
    let page = world.password(&browser, &page, 0).await;
    let (code, _) = world.code(0);
    let other = if code == "000000" { "000001" } else { "000000" };
    let page = browser.send(&page, "name=\"code\"", &[("code", other)]).await.page();
    let page = browser.send(&page, "name=\"code\"", &[("code", &code)]).await.page();
    let query = browser.send(&page, "name=\"claim\"", &ticked(&["answer=allow"], &page)).await.left();
    assert_eq!(world.finish(&query).await.unwrap().claims["number"], world.number(0));
    browser.get("/").await.page();
    let Stop::Page(page) = browser.get("/oauth2/logout").await else { panic!("a page") };
    browser.send(&page, "leave", &[("answer", "leave")]).await.page();

    let seen = browser.seen.lock().unwrap().join("\n");
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(seen.contains("/dang-nhap/") && seen.contains("code="), "the addresses are remembered: {seen}");
    assert!(log.contains("listening"), "the log is listened to");
    for secret in [world.number(0), world.number(1), "Trần Minh Họa", "0999000001", "+84999000001", PASSWORD] {
        assert!(!seen.contains(secret), "{secret} in {seen}");
        assert!(!log.contains(secret), "{secret} in the log");
    }
    assert!(!seen.contains(&code), "{seen}");
    assert!(!log.contains(&format!("Mã: {code}")));
}
