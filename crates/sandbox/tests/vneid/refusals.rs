//! What does not go: wrong numbers, passwords and codes, forms of others, pages that would pretend to be real.

use crate::support::{Browser, LABEL, PASSWORD, Page, World};
use base::clock::{MINUTE, SECOND};
use identity::rp::{Ask, RpError};

/// A code that is not the right one.
fn not(code: &str) -> &'static str {
    if code == "123456" { "654321" } else { "123456" }
}

async fn login(world: &World, browser: &Browser) -> Page {
    browser.get(&world.begin(Ask::default()).await).await.page()
}

#[tokio::test]
async fn n8_a_wrong_number_and_a_wrong_password_look_the_same_and_are_not_tried_for_ever() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = login(&world, &browser).await;
    let typed = async |number: &str, password: &str| {
        browser.send(&page, "name=\"password\"", &[("number", number), ("password", password)]).await.page()
    };
    let (known, unknown) = (world.number(0).to_owned(), "000190999999");
    let answers = [typed(&known, "sai").await, typed(unknown, "sai").await, typed(unknown, PASSWORD).await];
    for (answer, number) in answers.iter().zip([known.as_str(), unknown, unknown]) {
        assert_eq!(answer.status, 422);
        answer.says("Số định danh hoặc mật khẩu chưa đúng");
        assert_eq!(answer.html.replace(number, ""), answers[0].html.replace(&known, ""), "{number}");
        assert_eq!(answer.policy, answers[0].policy);
    }
    assert!(world.smsc.messages(None).is_empty(), "nobody got a message");
    typed("12345", PASSWORD).await.says("Số định danh gồm 12 chữ số");
    for number in [known.as_str(), unknown] {
        for _ in 0..10 {
            typed(number, "sai").await;
        }
        typed(number, PASSWORD).await.says("Đã nhập sai quá nhiều lần");
    }
    assert!(world.smsc.messages(None).is_empty());
    world.clock.advance(15 * MINUTE);
    typed(&known, PASSWORD).await.says("Nhập mã xác thực");
}

#[tokio::test]
async fn n8_after_five_wrong_codes_the_flow_is_over() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let first = login(&world, &browser).await;
    let mut page = world.password(&browser, &first, 0).await;
    browser.send(&page, "name=\"code\"", &[("code", "12 34")]).await.page().says("Mã gồm 6 chữ số");
    for left in [4, 3] {
        let code = world.code(0).0;
        page = browser.send(&page, "name=\"code\"", &[("code", not(&code))]).await.page();
        assert_eq!(page.status, 422);
        page.says(&format!("Còn {left} lần nhập"));
    }
    // Neither a new code nor the password again gives new tries.
    world.clock.advance(MINUTE);
    page = browser.send(&page, "value=\"resend\"", &[("answer", "resend")]).await.page();
    page.says("Đã gửi mã mới");
    page = browser.send(&page, "name=\"code\"", &[("code", not(&world.code(0).0))]).await.page();
    page.says("Còn 2 lần nhập");
    let flow = first.form("value=\"cancel\"").0;
    let again = browser.get(&flow).await.page();
    page = world.password(&browser, &again, 0).await;
    page = browser.send(&page, "name=\"code\"", &[("code", not(&world.code(0).0))]).await.page();
    page.says("Còn 1 lần nhập");
    let over = browser.send(&page, "name=\"code\"", &[("code", not(&world.code(0).0))]).await.page();
    assert_eq!(over.status, 403);
    over.says("Lần đăng nhập này đã dừng");

    let late = browser.send(&page, "name=\"code\"", &[("code", &world.code(0).0)]).await.page();
    late.says("Lần đăng nhập này đã dừng");
    world.password(&browser, &first, 0).await.says("Lần đăng nhập này đã dừng");
    browser.get(&flow).await.page().says("Lần đăng nhập này đã dừng");
    let query = browser.send(&over, "value=\"cancel\"", &[("answer", "cancel")]).await.left();
    assert!(matches!(world.finish(&query).await, Err(RpError::Refused { code: "access_denied" })));
    world.arrive(&browser, 0).await;
}

#[tokio::test]
async fn n8_wrong_codes_are_counted_across_flows_too() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    for _ in 0..4 {
        let mut page = login(&world, &browser).await;
        page = world.password(&browser, &page, 0).await;
        for _ in 0..5 {
            page = browser.send(&page, "Xác nhận", &[("code", not(&world.code(0).0))]).await.page();
        }
        page.says("Lần đăng nhập này đã dừng");
    }
    let page = login(&world, &browser).await;
    let page = world.password(&browser, &page, 0).await;
    let page = browser.send(&page, "name=\"code\"", &[("code", &world.code(0).0)]).await.page();
    page.says("Lần đăng nhập này đã dừng");
    let page = login(&world, &browser).await;
    world.sign_in(&browser, &page, 1).await.page().says("Nguyễn Thị Thử");
}

#[tokio::test]
async fn n8_a_code_is_good_for_five_minutes_once_and_until_the_next_one() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = login(&world, &browser).await;
    let page = world.password(&browser, &page, 0).await;
    let (old, _) = world.code(0);
    let early = browser.send(&page, "value=\"resend\"", &[("answer", "resend")]).await.page();
    early.says("Đợi 50 giây nữa");
    assert_eq!(world.code(0).1, 1, "no second message yet");
    world.clock.advance(5 * MINUTE);
    let late = browser.send(&page, "name=\"code\"", &[("code", &old)]).await.page();
    late.says("Mã đã hết hạn");
    let page = browser.send(&late, "value=\"resend\"", &[("answer", "resend")]).await.page();
    let (new, messages) = world.code(0);
    assert_eq!(messages, 2);
    if old != new {
        browser.send(&page, "name=\"code\"", &[("code", &old)]).await.page().says("Mã chưa đúng");
    }
    world.clock.advance(5 * MINUTE - SECOND);
    browser.send(&page, "name=\"code\"", &[("code", &new)]).await.page().says("muốn biết thông tin");
    let again = browser.send(&page, "name=\"code\"", &[("code", &new)]).await.page();
    assert_eq!(again.status, 400, "it counted once");
}

#[tokio::test]
async fn n8_forms_of_another_browser_or_without_their_token_are_nothing() {
    let world = World::new().await;
    let (mine, theirs) = (Browser::new(&world), Browser::new(&world));
    let page = login(&world, &mine).await;
    let fields = [("number", world.number(0)), ("password", PASSWORD)];
    theirs.get(&world.begin(Ask::default()).await).await.page();
    for browser in [&theirs, &Browser::new(&world)] {
        let answer = browser.send(&page, "name=\"password\"", &fields).await.page();
        assert_eq!(answer.status, 400);
        answer.says("Lần đăng nhập này đã kết thúc");
    }
    let (action, mut form) = page.form("name=\"password\"");
    form[0].1 = form[0].1.chars().rev().collect();
    form.extend(fields.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(mine.post(&action, &form).await.page().status, 400, "a token that is not ours");
    assert_eq!(mine.post(&action, &form[1..]).await.page().status, 400, "none");
    assert!(world.smsc.messages(None).is_empty());

    let code_page = world.password(&mine, &page, 0).await;
    let code = world.code(0).0;
    let answer = theirs.send(&code_page, "name=\"code\"", &[("code", &code)]).await.page();
    assert_eq!(answer.status, 400);
    assert_eq!(theirs.get(&action).await.page().status, 400, "nor is the page shown");
    mine.send(&code_page, "name=\"code\"", &[("code", &code)]).await.page().says("muốn biết thông tin");
}

#[tokio::test]
async fn n8_messages_to_one_phone_have_a_limit() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = login(&world, &browser).await;
    for _ in 0..20 {
        world.password(&browser, &page, 0).await.says("Nhập mã xác thực");
    }
    world.password(&browser, &page, 0).await.says("Người này đã nhận quá nhiều mã");
    assert_eq!(world.code(0).1, 20);
    world.clock.advance(base::clock::HOUR);
    let page = login(&world, &browser).await;
    world.password(&browser, &page, 0).await.says("Nhập mã xác thực");
}

#[tokio::test]
async fn s4_every_page_says_that_it_is_not_vneid_and_runs_no_code() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let mut pages = vec![
        browser.get("/").await.page(),
        browser.get("/nowhere").await.page(),
        browser.get("/dang-nhap/x").await.page(),
        browser.get("/oauth2/authorize?client_id=nobody").await.page(),
        browser.get("/oauth2/interaction/x").await.page(),
        browser.get("/oauth2/logout").await.page(),
    ];
    let first = login(&world, &browser).await;
    let code = world.password(&browser, &first, 0).await;
    let wrong = browser.send(&code, "name=\"code\"", &[("code", not(&world.code(0).0))]).await.page();
    let consent = browser.send(&code, "name=\"code\"", &[("code", &world.code(0).0)]).await.page();
    pages.extend([first, code, wrong, consent, browser.get("/oauth2/logout").await.page()]);
    assert_eq!(
        pages.iter().map(|p| p.status).collect::<Vec<_>>(),
        [200, 404, 400, 400, 400, 200, 200, 200, 422, 200, 200]
    );
    for page in &pages {
        page.says(LABEL);
        for forbidden in ["<script", "<style", "style=", "http-equiv", "onclick", " src="] {
            assert!(!page.html.contains(forbidden), "{forbidden}: {}", page.html);
        }
        assert!(page.policy.starts_with("default-src 'none'"), "{}", page.policy);
        assert!(page.policy.contains("frame-ancestors 'none'") && !page.policy.contains("unsafe"), "{}", page.policy);
    }
}
