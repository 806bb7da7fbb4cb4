//! The pages for people.

use super::support::{World, nobody};
use gateways::population::Question;
use sandbox::registry::Fault;

async fn text(response: reqwest::Response) -> String {
    let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    let page = response.text().await.unwrap();
    assert!(page.contains("Môi trường thử nghiệm – không phải CSDL quốc gia về dân cư"));
    for forbidden in ["<script", "<style", "style=", "http-equiv", "onclick"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    page
}

fn browser() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub async fn get(world: &World, path: &str) -> String {
    text(browser().get(format!("{}{path}", world.url)).send().await.unwrap()).await
}

pub async fn post(world: &World, path: &str, fields: &[(&str, &str)]) -> String {
    text(browser().post(format!("{}{path}", world.url)).form(fields).send().await.unwrap()).await
}

#[tokio::test]
async fn n16_a_visitor_finds_people_to_try_and_every_page_says_what_this_is() {
    let world = World::new().await;
    let start = get(&world, "/").await;
    let first = &world.registry.people()[0];
    assert!(
        start.contains("Trần Minh Họa") && start.contains(first.number.expose()) && start.contains("Có 3001 người")
    );
    let old = world.somebody(true);
    let by_number = post(&world, "/tim", &[("wanted", old.number.expose())]).await;
    assert!(by_number.contains(&old.name) && by_number.contains(&format!("{} (chỉ có năm)", old.born.year())));
    let by_name = post(&world, "/tim", &[("wanted", "tran minh hoa")]).await;
    assert!(by_name.contains(first.number.expose()));
    let many = post(&world, "/tim", &[("wanted", "000")]).await;
    assert!(many.contains("30 người đầu") && many.matches("<dt>Số định danh</dt>").count() == 30);
    let none = post(&world, "/tim", &[("wanted", "<b>x</b>")]).await;
    assert!(none.contains("Không có ai như") && !none.contains("<b>x"));
    for path in ["/nhat-ky", "/loi", "/khong-co", "/tim", "/dich-vu"] {
        get(&world, path).await;
    }
}

#[tokio::test]
async fn n16_the_journal_shows_officer_and_purpose_and_masks_the_number() {
    let world = World::new().await;
    assert!(get(&world, "/nhat-ky").await.contains("Chưa có lần tra cứu nào"));
    let person = world.somebody(false);
    let asked = world.question(person);
    world.ask(asked.clone()).await.unwrap();
    world.ask(Question { number: nobody(2), ..world.question(person) }).await.unwrap();
    let page = get(&world, "/nhat-ky").await;
    for shown in [
        "QTRI-TUDONG",
        "1.004222",
        "Tỉnh Quảng Trị",
        &asked.request.to_string(),
        &person.number.masked(),
        "họ tên khớp",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    for hidden in [person.number.expose(), nobody(2).expose(), &person.name] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    assert!(page.find("Không có số này") < page.find("họ tên khớp"), "newest first");
}

#[tokio::test]
async fn n16_faults_are_switched_on_a_page_but_not_from_another_site() {
    let world = World::new().await;
    let page = post(&world, "/loi", &[("fault", "slow"), ("seconds", "9999")]).await;
    assert!(page.contains("value=\"slow\" checked") && page.contains("value=\"60\""), "{page}");
    for (name, fault) in
        [("down", Fault::Down), ("half", Fault::Half), ("broken", Fault::Broken), ("other", Fault::OtherRequest)]
    {
        let page = post(&world, "/loi", &[("fault", name)]).await;
        assert_eq!(world.registry.fault(), fault);
        assert!(page.contains(&format!("value=\"{name}\" checked")), "{page}");
    }
    let foreign =
        browser().post(format!("{}/loi", world.url)).header("sec-fetch-site", "cross-site").form(&[("fault", "none")]);
    assert_eq!(foreign.send().await.unwrap().status(), 403);
    assert_eq!(world.registry.fault(), Fault::OtherRequest);
    post(&world, "/loi", &[("fault", "none")]).await;
    assert_eq!(world.registry.fault(), Fault::None);
}
