//! The national catalogue (N10, N12, N14, N15) as a browser without JavaScript meets it: what connected systems list, the way from a
//! procedure to a province, and adding an account that one has there. Systems that lie are here, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use base::clock::{HOUR, MINUTE, SECOND};
use domain::{
    accounts::Assurance,
    national::catalogue::{self, Entry, Wanted},
    packs::procedures::Level,
};
use identity::provider::{Auth, NewClient};
use store::testing::each_engine;
use support::{Site, browser::Browser, elsewhere::query, portal::*};

fn entry(code: &str, name: &str, field: &str) -> Entry {
    Entry {
        code: code.into(),
        name: name.into(),
        field: field.into(),
        level: Level::Commune,
        account: Assurance::Phone,
        page: format!("/thu-tuc/{code}"),
    }
}

fn origin(id: &str) -> String {
    format!("http://{id}.example.vn:8090")
}

/// A province that takes people in; `starts` is where.
async fn connect(site: &Site, id: &str, name: &str, starts: &str, entries: Vec<Entry>) {
    let new = NewClient {
        initiate_login_uri: Some(starts.to_owned()),
        ..NewClient::new(id, name, Auth::ClientSecretBasic, &format!("{}/ve", origin(id)))
    };
    issuer(site).put_client(new).await.unwrap().unwrap();
    catalogue::connect(&site.core, id, &format!("{}/api/v1/procedures", origin(id))).await.unwrap();
    catalogue::keep(&site.core, id, entries).await.unwrap();
    web::national::refresh(&site.web).await.unwrap();
}

async fn two_provinces(site: &Site) {
    let birth = entry("1.001193", "Đăng ký khai sinh", "Hộ tịch");
    let copy = entry("2.000815", "Chứng thực bản sao từ bản chính", "Chứng thực");
    for (id, name, list) in [
        ("tinh-mot", "Một cửa Quảng Ví Dụ", vec![birth.clone(), copy]),
        ("tinh-hai", "Một cửa Cao Thí Nghiệm", vec![birth]),
    ] {
        connect(site, id, name, &format!("{}/dang-nhap/tu", origin(id)), list).await;
    }
}

#[tokio::test]
async fn n14_n15_the_catalogue_lists_what_systems_handle_and_is_searched_in_every_way() {
    each(async |site, _, _| {
        let mut b = Browser::new(site);
        let empty = b.page("/thu-tuc").await;
        assert!(empty.contains("Danh mục chưa có thủ tục nào"), "{empty}");
        two_provinces(site).await;
        let home = b.page("/").await;
        for (href, words) in [
            ("/gioi-thieu", "Giới thiệu"),
            ("/dich-vu", "Thông tin và dịch vụ"),
            ("/phan-anh-kien-nghi", "Phản ánh kiến nghị"),
            ("/thu-tuc", "Thủ tục hành chính"),
            ("/tro-giup", "Hỗ trợ"),
        ] {
            assert!(home.contains(&format!("href=\"{href}\"")) && home.contains(words), "{words}: {home}");
            b.page(href).await;
        }
        let all = b.page("/thu-tuc").await;
        for words in ["Đăng ký khai sinh", "Hộ tịch · 1.001193", "2 nơi nhận hồ sơ", "1 nơi nhận hồ sơ", "2 thủ tục"]
        {
            assert!(all.contains(words), "{words}: {all}");
        }
        for (query, found, not) in [
            ("q=KHAI+SINH", "1.001193", "2.000815"),
            ("q=khai%20sinh%20ho%20tich", "1.001193", "2.000815"),
            ("q=2.000815", "2.000815", "1.001193"),
            ("linh-vuc=Ch%E1%BB%A9ng%20th%E1%BB%B1c", "2.000815", "1.001193"),
            ("noi=tinh-mot&cap=commune&q=ban+sao", "2.000815", "1.001193"),
            ("noi=tinh-hai", "1.001193", "2.000815"),
            ("q=%25", "1.001193", "không có gì như thế"),
        ] {
            let page = b.page(&format!("/thu-tuc?{query}")).await;
            let list = |code: &str| page.contains(&format!("href=\"/thu-tuc/{code}\""));
            assert!(list(found) && !list(not), "{query}: {page}");
        }
        let none = b.page("/thu-tuc?q=%22%3E%3Cscript%3Ealert(1)").await;
        assert!(none.contains("Chưa tìm thấy thủ tục nào") && !none.contains("<script>alert"), "{none}");
        assert!(b.page("/thu-tuc?cap=province").await.contains("Chưa tìm thấy"));
        b.page("/thu-tuc?trang=99999999999999999999&q=%ff").await;
        for wrong in ["/thu-tuc/1.999999", "/thu-tuc/x", "/thu-tuc/1.001193'--"] {
            assert_eq!(b.get(&wrong.replace('\'', "%27")).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn n10_whoever_chooses_a_procedure_signs_in_here_and_is_sent_to_the_province_that_was_chosen() {
    each(async |site, there, _| {
        two_provinces(site).await;
        let mut b = Browser::new(site);
        let page = b.page("/thu-tuc/1.001193").await;
        for words in ["Nộp tại Một cửa Quảng Ví Dụ", "Nộp tại Một cửa Cao Thí Nghiệm", "cần đối chiếu"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        let chosen = "/thu-tuc/1.001193/nop/tinh-mot";
        assert!(page.contains(&format!("href=\"{chosen}\"")), "{page}");
        // Nobody is sent on unknown: the door, registering, and back to what was chosen.
        let door = b.get(chosen).await.leads_to();
        assert_eq!(door, format!("/dang-nhap?next={chosen}"));
        let welcome = b.arrives(there, "s-1", chosen).await;
        assert_eq!(welcome, format!("/dang-ky/xong?next={chosen}"));
        assert!(b.page(&welcome).await.contains(chosen));
        let led = b.get(chosen).await.leads_to();
        assert!(led.starts_with(&format!("{}/dang-nhap/tu?", origin("tinh-mot"))), "{led}");
        let asked = query(&led);
        assert_eq!(asked["iss"].replace("%3A", ":"), site.core.settings.origin);
        assert_eq!(asked["target_link_uri"].replace("%3A", ":"), format!("{}/thu-tuc/1.001193", origin("tinh-mot")));
        assert_eq!(asked.len(), 2, "nothing of the person: {led}");
        // What it does not handle, and what is not there, leads nowhere.
        for wrong in ["/thu-tuc/2.000815/nop/tinh-hai", "/thu-tuc/1.001193/nop/khong-co", "/thu-tuc/9.9/nop/tinh-mot"] {
            assert_eq!(b.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn n10_a_system_that_takes_people_in_elsewhere_or_was_taken_away_is_not_offered() {
    each(async |site, there, _| {
        let list = vec![entry("1.001193", "Đăng ký khai sinh", "Hộ tịch")];
        connect(site, "tinh-ba", "Tỉnh Lạ", "https://tinh-ba.example.vn.evil.example/dang-nhap/tu", list.clone()).await;
        let sly = format!("{}.evil.example/dang-nhap/tu", origin("tinh-bon"));
        let new = NewClient {
            initiate_login_uri: Some(sly.clone()),
            ..NewClient::new("tinh-bon", "Tỉnh Mạo", Auth::ClientSecretBasic, &format!("{}/ve", origin("tinh-bon")))
        };
        assert!(issuer(site).put_client(new).await.unwrap().is_err() || !sly.contains(":8090/"), "no address: {sly}");
        connect(site, "tinh-nam", "Tỉnh Thật", &format!("{}/dang-nhap/tu", origin("tinh-nam")), list).await;
        let mut b = Browser::new(site);
        let page = b.page("/thu-tuc/1.001193").await;
        assert!(page.contains("Tỉnh Thật") && !page.contains("Tỉnh Lạ"), "{page}");
        b.arrives(there, "s-1", "/").await;
        assert_eq!(b.get("/thu-tuc/1.001193/nop/tinh-ba").await.status, StatusCode::NOT_FOUND);
        assert_eq!(b.get("/tai-khoan/he-thong/tinh-ba/them").await.status, StatusCode::NOT_FOUND);
        // Taken away: gone from the pages at once, and from the lists at the next turn.
        issuer(site).disable_client("tinh-nam").await.unwrap();
        assert!(b.page("/thu-tuc/1.001193").await.contains("Chưa có nơi nào nhận hồ sơ"));
        issuer(site).disable_client("tinh-ba").await.unwrap();
        catalogue::due(&site.core).await.unwrap();
        assert_eq!(b.get("/thu-tuc/1.001193").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn n12_who_has_an_account_in_a_province_chooses_it_and_types_the_name_there() {
    each(async |site, there, _| {
        two_provinces(site).await;
        let mut b = Browser::new(site);
        assert!(b.get("/tai-khoan/he-thong/moi").await.leads_to().starts_with("/dang-nhap"), "for who is signed in");
        b.arrives(there, "s-1", "/").await;
        assert!(b.page("/tai-khoan/lien-ket").await.contains("href=\"/tai-khoan/he-thong/moi\""));
        let all = b.page("/tai-khoan/he-thong/moi").await;
        assert!(all.contains("Một cửa Quảng Ví Dụ") && all.contains("Một cửa Cao Thí Nghiệm"), "{all}");
        let some = b.page("/tai-khoan/he-thong/moi?q=quang").await;
        assert!(some.contains("Một cửa Quảng Ví Dụ") && !some.contains("Một cửa Cao Thí Nghiệm"), "{some}");
        assert!(b.page("/tai-khoan/he-thong/moi?q=zzz").await.contains("Không có hệ thống nào như vậy"));
        let answer = b.get("/tai-khoan/he-thong/tinh-mot/them").await;
        let policy = answer.header("content-security-policy").to_owned();
        assert!(policy.contains(&origin("tinh-mot")), "the form may lead there: {policy}");
        let page = answer.page();
        let action = format!("action=\"{}/dang-nhap/tu\"", origin("tinh-mot"));
        for words in [action.as_str(), "name=\"login_hint\"", "method=\"post\"", "Mật khẩu chỉ gõ ở trang của"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert_eq!(hidden(&page, "iss"), site.core.settings.origin);
        assert_eq!(hidden(&page, "target_link_uri"), format!("{}/lien-ket-tai-khoan", origin("tinh-mot")));
        assert!(
            !page.contains("name=\"csrf\" value=\"") || !page.contains("login_hint\" value"),
            "no token leaves: {page}"
        );
        let form = page.split("<form method=\"post\" action=\"http").nth(1).unwrap().split("</form>").next().unwrap();
        assert!(!form.contains("csrf"), "the token of this site does not go there: {form}");
        assert_eq!(b.get("/tai-khoan/he-thong/khong-co/them").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn n14_a_list_is_read_again_and_only_what_differs_changes() {
    each_engine(async |db| {
        let site = Site::national(db, |_| Vec::new(), None).await;
        two_provinces(&site).await;
        let search = async |words: &str| {
            let wanted = Wanted { words: words.into(), ..Wanted::default() };
            catalogue::search(&site.core, &wanted, 0, 10).await.unwrap()
        };
        // Read just now: nothing is due before an hour has passed; then each once, however many ask.
        assert!(catalogue::due(&site.core).await.unwrap().is_empty());
        site.core.clock.advance(HOUR);
        assert_eq!(catalogue::due(&site.core).await.unwrap().len(), 2);
        assert!(catalogue::due(&site.core).await.unwrap().is_empty(), "another node asks the others");
        // Away: what it said stays, and it is asked again, later each time.
        catalogue::failed(&site.core, "tinh-hai").await.unwrap();
        catalogue::failed(&site.core, "tinh-hai").await.unwrap();
        for (pause, expected) in [(9 * SECOND, ""), (2 * SECOND, "tinh-hai"), (MINUTE, "tinh-mot tinh-hai")] {
            site.core.clock.advance(pause);
            let due = catalogue::due(&site.core).await.unwrap();
            assert_eq!(due.iter().map(|d| d.client_id.as_str()).collect::<Vec<_>>().join(" "), expected, "{pause}");
        }
        assert_eq!(search("").await.1, 2);
        // One goes, one is renamed, one is new.
        let list = vec![
            entry("1.001193", "Đăng ký khai sinh cho trẻ", "Hộ tịch"),
            entry("1.000656", "Đăng ký khai tử", "Hộ tịch"),
        ];
        catalogue::keep(&site.core, "tinh-mot", list).await.unwrap();
        let (found, total) = search("").await;
        assert_eq!(total, 2);
        // Named as the first system in the order of their ids does.
        let names: Vec<_> = found.iter().map(|l| (l.code.as_str(), l.name.as_str(), l.systems)).collect();
        assert_eq!(names, [("1.001193", "Đăng ký khai sinh", 2), ("1.000656", "Đăng ký khai tử", 1)]);
        assert!(search("chứng thực").await.0.is_empty());
        catalogue::keep(&site.core, "tinh-hai", Vec::new()).await.unwrap();
        assert_eq!(search("khai sinh").await.0[0].name, "Đăng ký khai sinh cho trẻ");
        assert_eq!(search("khai sinh").await.0[0].systems, 1);
    })
    .await;
}

#[tokio::test]
async fn a13_n14_the_portal_says_beside_each_place_which_account_is_asked_for_there() {
    each(async |site, _, _| {
        let at = |account| vec![Entry { account, ..entry("1.001193", "Đăng ký khai sinh", "Hộ tịch") }];
        let starts = |id: &str| format!("{}/dang-nhap/tu", origin(id));
        connect(site, "tinh-mot", "Một cửa Quảng Ví Dụ", &starts("tinh-mot"), at(Assurance::Verified)).await;
        let mut b = Browser::new(site);
        let list = b.page("/thu-tuc").await;
        assert!(list.contains("1 nơi nhận hồ sơ · Cần tài khoản đã xác thực danh tính"), "{list}");
        connect(site, "tinh-hai", "Một cửa Cao Thí Nghiệm", &starts("tinh-hai"), at(Assurance::High)).await;
        let list = b.page("/thu-tuc").await;
        assert!(list.contains("2 nơi nhận hồ sơ<"), "where they differ, each place says its own: {list}");
        let page = b.page("/thu-tuc/1.001193").await;
        for (name, words) in [
            ("Một cửa Quảng Ví Dụ", "Cần tài khoản đã xác thực danh tính"),
            ("Một cửa Cao Thí Nghiệm", "Cần tài khoản đã xác thực ở mức cao"),
        ] {
            assert!(page.contains(&format!("Nộp tại {name}</a><p>{words}</p>")), "{page}");
        }
        // A system that changed nothing but the level is heard.
        catalogue::keep(&site.core, "tinh-hai", at(Assurance::Phone)).await.unwrap();
        assert!(b.page("/thu-tuc/1.001193").await.contains("Nộp tại Một cửa Cao Thí Nghiệm</a><p>Tài khoản nào cũng"));
    })
    .await;
}
