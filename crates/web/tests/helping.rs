//! Helping (A19) through the pages, as a browser without JavaScript: asking, accepting, acting, and all that stays shut meanwhile.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use domain::{
    reports::{Command, rows},
    testing,
};
use store::Sql;
use support::{
    Site, anybody,
    browser::{Browser, between},
    each,
};

const HELPERS: &str = "/tai-khoan/nguoi-giup";
const HELPING: &str = "/tai-khoan/giup-nguoi";
const BANNER: &str = "Đang làm thay cho Người Thử 1";

fn phone(n: u32) -> String {
    format!("0912 {:03} {:03}", n / 1000, n % 1000)
}

/// A browser of the n-th person, signed in.
async fn browser(site: &Site, n: u32) -> Browser<'_> {
    let account = testing::citizen(&site.core, n).await;
    let mut b = Browser::of(site, &site.sign_in(account, "phien", "otp").await);
    b.get("/tai-khoan").await;
    b
}

const ALL: [(&str, &str); 3] = [("scope_report", "1"), ("scope_follow", "1"), ("days", "30")];

/// The first one asks, the second one accepts; where «Làm thay» leads.
async fn given(ba: &mut Browser<'_>, con: &mut Browser<'_>, n: u32, what: &[(&str, &str)]) -> String {
    ba.page(&format!("{HELPERS}/moi")).await;
    let to = phone(n);
    let fields: Vec<(&str, &str)> = [("phone", to.as_str())].into_iter().chain(what.iter().copied()).collect();
    assert_eq!(ba.post(&format!("{HELPERS}/moi"), &fields).await.leads_to(), HELPERS);
    let page = con.page(HELPING).await;
    assert!(page.contains("Người Thử 1 nhờ Ông/Bà giúp"), "{page}");
    let offer = between(&page, &format!("action=\"{HELPING}/loi-nho/"), "\"").unwrap();
    assert_eq!(con.post(&format!("{HELPING}/loi-nho/{offer}"), &[("answer", "yes")]).await.leads_to(), HELPING);
    acts_at(&con.page(HELPING).await)
}

fn acts_at(page: &str) -> String {
    let at = page.find("/lam-thay\"").unwrap();
    let start = page[..at].rfind("action=\"").unwrap() + 8;
    format!("{}/lam-thay", &page[start..at])
}

async fn sends(b: &mut Browser<'_>) -> String {
    b.sends("Ổ gà lớn trước trường").await.0
}

#[tokio::test]
async fn a19_a_parent_asks_a_child_acts_the_parent_reads_who_did_it_and_ends_it() {
    each(async |site| {
        let (mut ba, mut con) = (browser(&site, 1).await, browser(&site, 2).await);
        let nothing = ba.post(&format!("{HELPERS}/moi"), &[("phone", &phone(2)), ("days", "30")]).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nothing.checked().contains("Hãy chọn ít nhất một việc"));
        let act = given(&mut ba, &mut con, 2, &ALL).await;
        assert!(ba.page(HELPERS).await.contains("Người Thử 2"));
        let begun = con.post(&act, &[]).await;
        assert_eq!((begun.leads_to().as_str(), begun.header("x-offline-copy")), ("/", "forget"));
        let home = con.get("/").await;
        assert_ne!(home.header("x-offline-copy"), "keep", "no phone keeps what is the other's");
        assert!(home.page().contains(BANNER));
        for kept in ["/phan-anh/hop-gui-di", "/phan-anh/ngoai-tuyen", "/ngoai-tuyen"] {
            assert!(!con.get(kept).await.text().contains("Người Thử"), "{kept} is kept by every phone");
        }
        con.page("/").await;
        let procedure = con.page("/thu-tuc/1.000894").await;
        let main = between(&procedure, "<main", "</main>").unwrap();
        assert!(main.contains("xác thực danh tính"), "{main}");
        for other in ["nang-muc", "/dang-nhap", "đủ mức"] {
            assert!(!main.contains(other), "A13: the proofs of one are not the other's: {main}");
        }
        let code = sends(&mut con).await;
        let path = format!("/phan-anh/{code}");
        let own = con.page(&path).await;
        assert!(own.contains("Người Thử 2 làm giúp") && own.contains("/bo-sung\""));
        for act in ["rut", "xu-ly-lai", "an-bot"] {
            assert!(!own.contains(&format!("{path}/{act}\"")), "{act} is not offered");
        }
        con.post(&format!("{path}/bo-sung"), &[("text", "Nay rộng hơn")]).await.leads_to();
        assert!(con.page("/phan-anh/cua-toi").await.contains(&path));
        assert!(con.page("/thong-bao").await.contains("có người làm thay Ông/Bà"), "the person's messages");
        let notice = between(&con.page("/thong-bao").await, "href=\"/thong-bao/", "\"").unwrap();
        con.get(&format!("/thong-bao/{notice}")).await;
        assert!(ba.page("/thong-bao").await.contains("chưa đọc"), "read by the helper is not read");
        // The person sees who did it, in the report and in the activity; others do not.
        assert!(ba.page(&path).await.contains("Người Thử 2 làm giúp"));
        let activity = ba.page("/tai-khoan/hoat-dong").await;
        assert!(activity.contains("Người giúp làm thay") && activity.contains("Người Thử 2"), "{activity}");
        let officer = site.officer("18880").await;
        site.staff(&officer, &code, Command::Accept { note: String::new() }).await;
        let public = site.get(&anybody(), &path).await.page();
        assert!(!public.contains("Người Thử 2") && !public.contains("làm giúp"));
        let desk = site.sign_in(officer.account, "phien-cb", "password+totp").await;
        let page = site.get(&desk, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(page.contains("Người được ủy quyền làm giúp") && !page.contains("Người Thử 2"));
        // The person ends it: at once, also for what is open at the helper's.
        let page = ba.page(HELPERS).await;
        let end = format!("{HELPERS}/{}/huy", between(&page, &format!("action=\"{HELPERS}/"), "/huy\"").unwrap());
        assert_eq!(ba.post(&end, &[]).await.leads_to(), HELPERS);
        assert!(ba.page(HELPERS).await.contains("Chưa có ai giúp"));
        let late = con.post(&format!("{path}/bo-sung"), &[("text", "Muộn rồi")]).await;
        assert!(late.status.is_client_error(), "{}", late.status);
        assert!(!con.page("/").await.contains(BANNER));
        assert!(con.post(&act, &[]).await.checked().contains("đã hết hạn hoặc đã bị hủy"));
        let row = rows::by_code(site.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!(row.version, 3, "sent, added to, accepted: nothing else happened");
    })
    .await;
}

/// Every address of the accounts' pages, as the source names them.
fn account_routes() -> Vec<String> {
    let sources = [include_str!("../src/citizen/accounts/mod.rs"), include_str!("../src/citizen/watches.rs")];
    let mut all = Vec::new();
    for source in sources {
        for part in source.split(".route(\"").skip(1) {
            let path = part.split('"').next().unwrap();
            all.push(path.replace(['{', '}'], ""));
        }
    }
    for rest in ["", "/moi", "/loi-nho/x/huy", "/x/huy"] {
        all.push(format!("{HELPERS}{rest}"));
    }
    for rest in
        ["", "/loi-nho/x", "/x/lam-thay", "/x/thoi", "/doc-ma", "/doc-ma/ma", "/con", "/con/x/giam-ho", "/con/x/xoa"]
    {
        all.push(format!("{HELPING}{rest}"));
    }
    // Pages for everybody, doors that lead elsewhere at once, and reloads that lead to the page before.
    let open = ["/bang-chung", "/dang-ky/xong", "/lan-dau", "/dang-xuat/xong", "/lien-ket-tai-khoan/provider"];
    all.retain(|path| !open.contains(&path.as_str()) && !path.starts_with("/khach"));
    all
}

#[tokio::test]
async fn a19_whoever_acts_for_somebody_finds_every_page_of_accounts_shut() {
    each(async |site| {
        let (mut ba, mut con) = (browser(&site, 1).await, browser(&site, 2).await);
        let act = given(&mut ba, &mut con, 2, &ALL).await;
        con.post(&act, &[]).await.leads_to();
        con.page("/").await;
        let routes = account_routes();
        assert!(routes.len() > 60, "{}", routes.len());
        for path in &routes {
            for is_form in [false, true] {
                let said = if is_form { con.post(path, &[("password", "x")]).await } else { con.get(path).await };
                let shut = match said.status {
                    // No such page for this method, or it says so itself.
                    StatusCode::NOT_FOUND | StatusCode::FORBIDDEN => true,
                    StatusCode::SEE_OTHER => {
                        let to = said.header("location").to_owned();
                        to == "/"
                            || to.starts_with("/phan-anh")
                            || to.starts_with("/lan-dau")
                            || routes.iter().any(|known| to.starts_with(known.as_str()))
                    }
                    _ => false,
                };
                assert!(shut, "{path} {is_form}: {} {}", said.status, said.text());
                assert!(!said.text().contains("0912"), "{path} shows a phone");
            }
        }
        let page = con.get("/tai-khoan/du-lieu").await;
        assert_eq!(page.status, StatusCode::FORBIDDEN);
        let page = page.checked();
        assert!(page.contains("chỉ chính Người Thử 1 làm được") && page.contains("action=\"/giup/thoi\""), "{page}");
        for act in ["rut", "xu-ly-lai", "an-bot", "cung-gap", "khong-phu-hop", "thoi-theo-doi"] {
            let said = con.post(&format!("/phan-anh/1234567894/{act}"), &[]).await;
            assert!(matches!(said.status, StatusCode::FORBIDDEN | StatusCode::NOT_FOUND), "{act}: {}", said.status);
        }
        assert_eq!(con.post("/thong-bao/da-doc", &[]).await.status, StatusCode::FORBIDDEN);
        // Nothing happened to either account.
        let n = Sql::new("SELECT count(*) FROM account WHERE deleted_at IS NULL AND kind = 'citizen'");
        assert_eq!(n.scalar::<i64>(site.core.store.read()).await.unwrap(), Some(2));
        assert_eq!(con.post("/giup/thoi", &[]).await.leads_to(), HELPING);
        assert!(con.cookie("giup").is_none());
        assert!(con.page("/tai-khoan").await.contains("Người Thử 2"));
    })
    .await;
}

#[tokio::test]
async fn a19_the_session_counts_only_beside_the_helpers_own_and_never_for_programs() {
    each(async |site| {
        let (mut ba, mut con) = (browser(&site, 1).await, browser(&site, 2).await);
        let act = given(&mut ba, &mut con, 2, &ALL).await;
        con.post(&act, &[]).await.leads_to();
        let token = con.cookie("giup").unwrap().clone();
        let name = site.web.cookie_name("giup");
        // Alone, as a citizen's cookie, or beside another's session it is worth nothing.
        let mut alone = Browser::new(&site);
        alone.cookies.insert(name.clone(), token.clone());
        assert!(!alone.page("/").await.contains(BANNER));
        assert!(alone.get("/phan-anh/cua-toi").await.leads_to().starts_with("/dang-nhap"));
        let mut forged = Browser::new(&site);
        forged.cookies.insert(site.web.cookie_name("phien"), token.clone());
        assert!(forged.get("/tai-khoan/thong-tin").await.leads_to().starts_with("/dang-nhap"));
        let mut other = browser(&site, 3).await;
        other.cookies.insert(name, token.clone());
        assert!(!other.page("/").await.contains(BANNER));
        let request = axum::http::Request::builder()
            .uri("/api/v1/me/reports")
            .header("host", "localhost:8080")
            .header("authorization", format!("Bearer {token}"));
        let said = site.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(said.status, StatusCode::UNAUTHORIZED);
        // The API knows nobody who acts; the own cookie alone does not speak for the helper meanwhile.
        assert_eq!(con.get("/api/v1/me/reports").await.status, StatusCode::FORBIDDEN);
        // A form of the own page, sent while acting, does nothing, and the other way round.
        let mut stale = con.clone();
        stale.csrf = "x".into();
        assert_eq!(stale.post("/phan-anh/moi", &[("category", "ha-tang")]).await.status, StatusCode::FORBIDDEN);
        // Signed out: nothing is left of it.
        con.post("/giup/thoi", &[]).await.leads_to();
        con.page(HELPING).await;
        con.post(&act, &[]).await.leads_to();
        assert!(con.page("/").await.contains(BANNER));
        let acting = con.cookie("giup").unwrap().clone();
        let own = site.accounts.session(con.cookie("phien").unwrap()).await.unwrap().unwrap();
        assert!(site.accounts.session(&acting).await.unwrap().is_some());
        site.accounts.end_session(&own, own.session).await.unwrap();
        assert!(!con.page("/").await.contains(BANNER));
        assert!(site.accounts.session(&acting).await.unwrap().is_none());
    })
    .await;
}

#[tokio::test]
async fn a19_what_was_not_given_stays_shut_and_what_waits_on_a_phone_keeps_its_owner() {
    each(async |site| {
        let (mut ba, mut con) = (browser(&site, 1).await, browser(&site, 2).await);
        let hers = sends(&mut ba).await;
        let act = given(&mut ba, &mut con, 2, &[("scope_report", "1"), ("days", "1")]).await;
        let mark = |page: &str| between(page, "<meta name=\"owner\" content=\"", "\"").unwrap();
        let (of_con, of_ba) = (mark(&con.page("/").await), mark(&ba.page("/").await));
        con.post(&act, &[]).await.leads_to();
        let of_both = mark(&con.page("/").await);
        assert!(of_both != of_con && of_both != of_ba && !of_both.is_empty(), "an owner of its own");
        let who = con.get("/phan-anh/hop-gui-di/phien").await.json();
        assert_eq!(who["owner"], of_both.as_str(), "what waits of the helper's own stays where it is");
        assert_eq!(con.get("/phan-anh/cua-toi").await.status, StatusCode::FORBIDDEN, "only sending was given");
        assert_eq!(con.get("/thong-bao").await.status, StatusCode::FORBIDDEN);
        assert!(!con.page("/").await.contains(&hers));
        let code = sends(&mut con).await;
        assert!(con.page(&format!("/phan-anh/{code}")).await.contains("Người Thử 2 làm giúp"));
        // Only following.
        con.post("/giup/thoi", &[]).await.leads_to();
        let act = given(&mut ba, &mut con, 2, &[("scope_follow", "1"), ("days", "365")]).await;
        con.post(&act, &[]).await.leads_to();
        assert!(con.page("/phan-anh/cua-toi").await.contains(&hers));
        let own = con.page(&format!("/phan-anh/{hers}")).await;
        assert!(!own.contains("/bo-sung\""));
        for path in ["/phan-anh/moi".to_owned(), format!("/phan-anh/{hers}/bo-sung"), "/phan-anh/moi?viet-moi=1".into()]
        {
            assert_eq!(con.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        let who = con.get("/phan-anh/hop-gui-di/phien").await.json();
        assert_eq!(who["signed"], false);
    })
    .await;
}

#[tokio::test]
async fn a19_a_guardian_adds_a_child_acts_asks_a_second_one_and_deletes_the_data() {
    each(async |site| {
        let (mut me, mut other) = (browser(&site, 2).await, browser(&site, 3).await);
        let add = format!("{HELPING}/con");
        let wrong = me.post(&add, &[("full_name", ""), ("born", "31/02/2019"), ("number", "12")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = wrong.checked();
        for field in ["full_name", "born", "number"] {
            assert!(page.contains(&format!("id=\"f-{field}-e\"")), "{field}");
        }
        let child = [("full_name", "Bé Hư Cấu"), ("born", "21/03/2019"), ("number", "")];
        let adult = me.post(&add, &[("full_name", "Bé Hư Cấu"), ("born", "30/03/2008"), ("number", "")]).await;
        assert!(adult.checked().contains("đủ 18 tuổi tự làm"));
        assert_eq!(me.post(&add, &child).await.leads_to(), HELPING);
        let page = me.page(HELPING).await;
        assert!(page.contains("Đến ngày 21/03/2037, khi đủ 18 tuổi"));
        let act = acts_at(&page);
        let id = between(&page, &format!("href=\"{HELPING}/con/"), "/xoa\"").unwrap();
        let id = id.rsplit('/').next().unwrap().to_owned();
        let id = id.rsplit('"').next().unwrap().to_owned();
        let second = format!("{HELPING}/con/{id}/giam-ho");
        other.page(HELPING).await;
        assert_eq!(other.post(&second, &[("phone", &phone(3))]).await.status, StatusCode::NOT_FOUND, "another's child");
        me.page(&second).await;
        me.post(&second, &[("phone", &phone(3))]).await.leads_to();
        let page = other.page(HELPING).await;
        assert!(page.contains("cùng giám hộ Bé Hư Cấu"));
        let offer = between(&page, &format!("action=\"{HELPING}/loi-nho/"), "\"").unwrap();
        other.post(&format!("{HELPING}/loi-nho/{offer}"), &[("answer", "yes")]).await.leads_to();
        let theirs = acts_at(&other.page(HELPING).await);
        other.post(&theirs, &[]).await.leads_to();
        assert!(other.page("/").await.contains("Đang làm thay cho Bé Hư Cấu"));
        me.page(HELPING).await;
        me.post(&act, &[]).await.leads_to();
        let code = sends(&mut me).await;
        me.post("/giup/thoi", &[]).await.leads_to();
        me.page(HELPING).await;
        let delete = format!("{HELPING}/con/{id}/xoa");
        assert!(me.page(&delete).await.contains("Xóa hẳn"));
        assert_eq!(me.post(&delete, &[]).await.leads_to(), HELPING);
        assert!(!me.page(HELPING).await.contains("Bé Hư Cấu"));
        assert!(!other.page("/").await.contains("Đang làm thay cho Bé Hư Cấu"), "at once, for the second one too");
        let row = rows::by_code(site.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!((row.reporter, row.anonymous), (None, true));
    })
    .await;
}

#[tokio::test]
async fn a19_a_code_read_aloud_begins_it_and_says_only_then_that_there_is_no_account() {
    each(async |site| {
        let (mut ba, mut con) = (browser(&site, 1).await, browser(&site, 2).await);
        let start = format!("{HELPING}/doc-ma");
        let by_code = async |con: &mut Browser<'_>, to: &str| {
            con.page(&start).await;
            let fields = [("phone", to), ("scope_report", "1"), ("days", "1")];
            assert_eq!(con.post(&start, &fields).await.leads_to(), format!("{start}/ma"));
            con.page(&format!("{start}/ma")).await;
            let code = site.code(to).await;
            con.post(&format!("{start}/ma"), &[("code", &code)]).await
        };
        assert_eq!(by_code(&mut con, &phone(1)).await.leads_to(), HELPING);
        assert!(con.page(HELPING).await.contains("Người Thử 1"));
        assert!(ba.page(HELPERS).await.contains("Người Thử 2"));
        let nobody = by_code(&mut con, "0912 777 777").await;
        assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nobody.checked().contains("chưa có tài khoản dùng được"));
    })
    .await;
}
