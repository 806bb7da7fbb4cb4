//! For which organisation somebody signs in (A11, N8, N9): the portal asks each time, a province is told and its reports carry it. What hostile
//! providers, strangers and a membership that ended make of it is here, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base::ids::Uuid;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{reports::Command, rights::Role, testing};
use identity::provider::{Auth, NewClient};
use serde_json::{Value, json};
use store::{Insert, Sql, Tx, testing::each_engine};
use support::{
    Site, anybody,
    browser::{Browser, between},
    elsewhere::{Elsewhere, query},
    portal::{self, BACK, asks, hidden, issuer, userinfo},
};

const COMPANY: &str = "Công ty TNHH Hư Cấu";
const CODE: &str = "0000000017";
const NOBODY: &str = "01920000-0000-7000-8000-000000000000";

// ---- at the portal ----

/// A province that wants to know for whom people act, and may renew its tokens; its secret.
async fn told(site: &Site) -> String {
    let claims = web::national::CLAIMS.iter().chain(&web::national::ORGANIZATION_CLAIMS);
    let new = NewClient {
        scopes: ["openid", web::national::SCOPE, web::national::ORGANIZATION_SCOPE].map(str::to_owned).to_vec(),
        claims: claims.map(|name| (*name).to_owned()).collect(),
        backchannel_logout_uri: Some("http://tinh.example.vn:8090/dang-xuat".into()),
        sector: Some("tinh".into()),
        may_refresh: true,
        ..NewClient::new("tinh", "Cổng tỉnh Ví Dụ", Auth::ClientSecretBasic, BACK)
    };
    let secret = issuer(site).put_client(new).await.unwrap().unwrap().unwrap();
    web::national::refresh(&site.web).await.unwrap();
    secret.expose().to_owned()
}

fn asks_for_whom(more: &str) -> String {
    asks(more).replace("%20citizen", "%20citizen%20organization")
}

async fn the_account(site: &Site) -> Uuid {
    let sql = Sql::new("SELECT id FROM account WHERE kind = 'citizen' ORDER BY created_at LIMIT 1");
    sql.scalar(site.core.store.read()).await.unwrap().unwrap()
}

/// An organisation, with this member.
async fn organization(site: &Site, code: &'static str, name: &'static str, member: Option<Uuid>) -> Uuid {
    let (id, row, now) = (site.core.new_id(), site.core.new_id(), site.core.now());
    let write = move |tx: Tx| async move {
        let one =
            Insert::into("organization").set("id", id).set("kind", "business").set("code", code).set("name", name);
        one.set("confirmed_by", "Gốc thử").set("confirmed_at", now).set("created_at", now).exec(&tx).await?;
        if let Some(member) = member {
            let of = Insert::into("organization_member").set("id", row).set("organization_id", id);
            of.set("account_id", member).set("role", "manager").set("since", now).exec(&tx).await?;
        }
        Ok::<_, store::Error>(())
    };
    site.core.store.write(write).await.unwrap();
    id
}

async fn taken_out(site: &Site, organization: Uuid) {
    let sql = "DELETE FROM organization_member WHERE organization_id = $1";
    let gone = move |tx: Tx| async move { Sql::new(sql).bind(organization).exec(&tx).await };
    assert_eq!(site.core.store.write(gone).await.unwrap(), 1);
}

impl Browser<'_> {
    /// To the question, answered; where it is led then.
    async fn enters_for(&mut self, who: &str) -> String {
        let flow = self.get(&asks_for_whom("")).await.leads_to();
        self.answers_for(&flow, who).await;
        flow
    }

    async fn answers_for(&mut self, flow: &str, who: &str) {
        let page = self.page(flow).await;
        assert!(page.contains("với tư cách nào?"), "{page}");
        let token = hidden(&page, "token");
        let said = [("token", token.as_str()), ("answer", "acting"), ("for", who)];
        assert_eq!(self.post(flow, &said).await.leads_to(), flow);
    }

    async fn allows(&mut self, flow: &str) -> String {
        let page = self.page(flow).await;
        let token = hidden(&page, "token");
        let mut said = vec![("token", token.as_str()), ("answer", "allow")];
        said.extend(web::national::CLAIMS.iter().map(|name| ("claim", *name)));
        self.post(flow, &said).await.leads_to()
    }
}

async fn renew(site: &Site, secret: &str, refresh: &str) -> (StatusCode, Value) {
    let request = Request::post("/oauth2/token")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(format!("tinh:{secret}"))))
        .body(Body::from(format!("grant_type=refresh_token&refresh_token={refresh}")))
        .unwrap();
    let answer = site.send(request).await;
    (answer.status, answer.json())
}

async fn says(site: &Site, tokens: &Value) -> Value {
    userinfo(site, tokens["access_token"].as_str().unwrap()).await.json()
}

#[tokio::test]
async fn a11_n8_who_belongs_to_an_organisation_is_asked_each_time_and_the_province_is_told() {
    portal::each(async |site, there, _| {
        let secret = told(site).await;
        let mut b = Browser::new(site);
        b.arrives(there, "s-1", "/").await;
        // Who belongs to none is asked for nothing, and nothing of it is on the consent page.
        let flow = b.get(&asks_for_whom("")).await.leads_to();
        let page = b.page(&flow).await;
        assert!(page.contains("muốn biết thông tin") && !page.contains("Tên tổ chức"), "{page}");
        let led = b.allows(&flow).await;
        let (_, tokens) = portal::redeem(site, &secret, &led).await;
        assert_eq!(tokens["scope"], "openid citizen", "what was granted");
        assert_eq!(says(site, &tokens).await["LoaiTaiKhoan"], "1");

        let own = organization(site, CODE, COMPANY, Some(the_account(site).await)).await.to_string();
        let foreign = organization(site, "0000000025", "Công ty Nghĩ Ra", None).await.to_string();
        let flow = b.get(&asks_for_whom("")).await.leads_to();
        let page = b.page(&flow).await;
        for words in ["Cổng tỉnh Ví Dụ với tư cách nào?", "Bản thân", COMPANY, "Mã số thuế 0000000017", "Người quản lý"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        assert!(!page.contains("Nghĩ Ra") && !page.contains("LoaiTaiKhoan"), "{page}");
        // An organisation of others, one that there is not, a forged form: the question stays.
        for who in [foreign.as_str(), NOBODY, "x"] {
            b.answers_for(&flow, who).await;
        }
        let forged = [("token", "x"), ("answer", "acting"), ("for", own.as_str())];
        assert_eq!(b.post(&flow, &forged).await.leads_to(), flow);
        let mut stranger = Browser::new(site);
        assert_eq!(stranger.post(&flow, &forged).await.status, StatusCode::BAD_REQUEST);
        // Agreeing past the question gives nothing either.
        let token = hidden(&b.page(&flow).await, "token");
        assert_eq!(b.post(&flow, &[("token", &token), ("answer", "allow")]).await.leads_to(), flow);
        b.answers_for(&flow, &own).await;
        let page = b.page(&flow).await;
        for words in ["Vào thay mặt Công ty TNHH Hư Cấu.", "Tên tổ chức (bắt buộc)", CODE, "Đổi tư cách"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
        let token = hidden(&page, "token");
        assert_eq!(b.post(&flow, &[("token", &token), ("answer", "reconsider")]).await.leads_to(), flow);
        b.answers_for(&flow, &own).await;
        let led = b.allows(&flow).await;
        let (status, tokens) = portal::redeem(site, &secret, &led).await;
        assert_eq!((status, tokens["scope"].as_str()), (StatusCode::OK, Some("openid citizen organization")));
        let said = says(site, &tokens).await;
        assert_eq!(
            (&said["LoaiTaiKhoan"], &said["MaToChuc"], &said["TenToChuc"]),
            (&json!("2"), &json!(CODE), &json!(COMPANY))
        );
        assert_eq!(said["HoVaTen"], "Nguyễn Thị Ví Dụ", "it is the person who acts");

        // Asked again, and what was agreed to is not.
        let flow = b.enters_for("").await;
        let led = b.get(&flow).await.leads_to();
        let (_, tokens) = portal::redeem(site, &secret, &led).await;
        let said = says(site, &tokens).await;
        assert!(
            said["LoaiTaiKhoan"] == "1" && said.get("MaToChuc").is_none() && said.get("TenToChuc").is_none(),
            "{said}"
        );
        let flow = b.enters_for(&own).await;
        assert!(b.get(&flow).await.leads_to().starts_with(BACK));
        // Silently nobody answers for the person; who does not ask for whom is answered as before.
        let silent = b.get(&asks_for_whom("&prompt=none")).await.leads_to();
        assert!(silent.contains("error=interaction_required"), "{silent}");
        assert!(b.get(&asks("&prompt=none")).await.leads_to().contains("code="));
    })
    .await;
}

#[tokio::test]
async fn a11_n8_a_choice_is_of_one_session_and_a_membership_that_ended_is_told_to_nobody() {
    portal::each(async |site, there, _| {
        let secret = told(site).await;
        let mut b = Browser::new(site);
        b.arrives(there, "s-1", "/").await;
        let account = the_account(site).await;
        let id = organization(site, CODE, COMPANY, Some(account)).await;
        let own = id.to_string();
        // Said in another session: said by nobody.
        let flow = b.enters_for(&own).await;
        b.get("/dang-xuat").await;
        b.post("/dang-xuat", &[]).await.leads_to();
        b.get("/dang-nhap").await;
        let departure = b.post("/dang-nhap/lien-thong/vneid", &[]).await.leads_to();
        let back = there.agrees(&departure, "s-1", "LoA2", portal::person());
        b.get(&back).await.leads_to();
        b.answers_for(&flow, &own).await;
        let led = b.allows(&flow).await;
        let (_, acting) = portal::redeem(site, &secret, &led).await;
        let flow = b.enters_for("").await;
        let (_, oneself) = portal::redeem(site, &secret, &b.get(&flow).await.leads_to()).await;
        assert!(domain::national::ended_acting(&site.core).await.unwrap().is_empty());
        // Taken out between the consent and the code, and before the worker was there.
        let flow = b.enters_for(&own).await;
        let late = b.get(&flow).await.leads_to();
        let waiting = b.enters_for(&own).await;
        taken_out(site, id).await;
        let (status, tokens) = portal::redeem(site, &secret, &late).await;
        assert_eq!(status, StatusCode::OK);
        for tokens in [&tokens, &acting] {
            let said = says(site, tokens).await;
            assert!(said["LoaiTaiKhoan"] == "1" && said.get("MaToChuc").is_none(), "{said}");
        }
        let (status, renewed) = renew(site, &secret, acting["refresh_token"].as_str().unwrap()).await;
        assert_eq!((status, says(site, &renewed).await.get("MaToChuc")), (StatusCode::OK, None));
        // Who chose it a moment ago goes on as oneself: there is nothing to choose any more.
        let (_, tokens) = portal::redeem(site, &secret, &b.get(&waiting).await.leads_to()).await;
        assert_eq!(says(site, &tokens).await["LoaiTaiKhoan"], "1");

        assert_eq!(domain::national::ended_acting(&site.core).await.unwrap(), [(account, id)]);
        let end = issuer(site).acting_end(account, id);
        for _ in 0..2 {
            let end = end.clone();
            site.core.store.write(move |tx: Tx| async move { end.put(&tx).await }).await.unwrap();
        }
        assert!(domain::national::ended_acting(&site.core).await.unwrap().is_empty());
        let ended = userinfo(site, renewed["access_token"].as_str().unwrap()).await;
        assert_eq!(ended.status, StatusCode::UNAUTHORIZED);
        assert_eq!(renew(site, &secret, renewed["refresh_token"].as_str().unwrap()).await.0, StatusCode::BAD_REQUEST);
        assert_eq!(says(site, &oneself).await["LoaiTaiKhoan"], "1", "what was given for the person stays");
        let logouts = Sql::new("SELECT count(*) FROM outbox WHERE channel = 'oidc-logout'");
        let logouts: Option<i64> = logouts.scalar(site.core.store.read()).await.unwrap();
        assert_eq!(logouts, Some(2), "one for each sign-in that was the organisation's");
    })
    .await;
}

// ---- at a province ----

/// A province and a provider that knows organisations.
async fn each(test: impl AsyncFn(&Site, &Elsewhere)) {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let site = Site::among(db, web::HttpSettings::default(), |core| vec![there.provider(core, "vneid")]).await;
        test(&site, &there).await;
    })
    .await;
}

fn oneself() -> Value {
    let mut person = portal::person();
    person["LoaiTaiKhoan"] = "1".into();
    person
}

fn company() -> Value {
    let mut person = portal::person();
    person["LoaiTaiKhoan"] = "2".into();
    person["MaToChuc"] = CODE.into();
    person["TenToChuc"] = COMPANY.into();
    person
}

const START: &str = "/dang-nhap/lien-thong/vneid";
const BANNER: &str = "Đang làm việc cho Công ty TNHH Hư Cấu";

impl Browser<'_> {
    async fn signs_in(&mut self, there: &Elsewhere, said: Value) -> String {
        self.get("/dang-nhap").await;
        let departure = self.post(START, &[]).await.leads_to();
        let back = there.agrees(&departure, "s-1", "LoA2", said);
        self.get(&back).await.leads_to()
    }

    /// For the first time, to the end.
    async fn settles(&mut self, there: &Elsewhere, said: Value) {
        let led = self.signs_in(there, said).await;
        assert_eq!(self.proves_phone(&led, portal::PHONE, "/").await, "/lan-dau/thong-tin");
        let done = self.post("/lan-dau/thong-tin", &[("pick", "18880"), ("address", "Thôn 3")]).await;
        assert_eq!(done.leads_to(), "/dang-ky/xong");
        self.site.core.clock.advance(60_000);
    }

    /// A report up to its last page: that page's address.
    async fn writes(&mut self) -> String {
        self.get("/phan-anh/moi").await;
        let next = self.post("/phan-anh/moi", &[("category", "ha-tang")]).await.leads_to();
        let draft = next.strip_suffix("/noi-dung").unwrap().to_owned();
        self.post(&next, &[("content", "Ổ gà lớn trước trường")]).await.leads_to();
        let place = [("commune_text", ""), ("pick", "18880"), ("words", "Trước cổng trường")];
        self.post(&format!("{draft}/noi-xay-ra"), &place).await.leads_to();
        format!("{draft}/kiem-tra")
    }
}

fn code_of(done: &str) -> String {
    done["/phan-anh/".len()..].strip_suffix("/da-gui").unwrap().to_owned()
}

async fn rows(site: &Site, sql: &'static str) -> i64 {
    Sql::new(sql).scalar(site.core.store.read()).await.unwrap().unwrap()
}

#[tokio::test]
async fn a11_n9_a_session_works_for_the_organisation_and_its_report_is_marked_for_author_and_officers_alone() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        b.get("/dang-nhap").await;
        let departure = b.post(START, &[]).await.leads_to();
        assert!(query(&departure)["scope"].contains("organization"), "{departure}");
        b.settles(there, company()).await;
        for path in ["/", "/tai-khoan", "/phan-anh", "/thu-tuc"] {
            assert!(b.page(path).await.contains(BANNER), "{path}");
        }
        for kept in ["/phan-anh/ngoai-tuyen", "/ngoai-tuyen"] {
            assert!(!b.get(kept).await.text().contains(COMPANY), "{kept} is kept by every phone");
        }
        assert!(b.page("/tai-khoan/tu-cach").await.contains("Mã số thuế 0000000017"));
        let last = b.writes().await;
        let page = b.page(&last).await;
        assert!(
            page.contains("Gửi thay mặt Công ty TNHH Hư Cấu") && page.contains(&format!("value=\"{CODE}\"")),
            "{page}"
        );
        // Drawn for nobody, or for another organisation: shown again, not sent.
        for drawn in [None, Some("0000000025")] {
            let fields: Vec<(&str, &str)> = drawn.iter().map(|code| ("tu-cach", *code)).collect();
            let again = b.post(&last, &fields).await;
            assert_eq!(again.status, StatusCode::CONFLICT);
            assert!(again.checked().contains("vừa đổi tư cách"), "{}", again.text());
        }
        let code = code_of(&b.post(&last, &[("tu-cach", CODE)]).await.leads_to());
        let path = format!("/phan-anh/{code}");
        let officer = testing::officer(&site.core, "Nguyễn Thị Lan", "18880", Role::UnitLeader).await;
        site.staff(&officer, &code, Command::Accept { note: String::new() }).await;

        let page = b.page(&path).await;
        assert!(page.contains("Gửi thay mặt") && page.contains("Mã số thuế 0000000017"), "{page}");
        let desk = site.sign_in(officer.account, "phien-cb", "password+totp").await;
        let page = site.get(&desk, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(page.contains(COMPANY) && page.contains("Gửi thay mặt"), "{page}");
        let paper = site.get(&desk, &format!("/can-bo/phan-anh/{code}/in.pdf")).await;
        let document = lopdf::Document::load_mem(&paper.bytes).unwrap();
        let pages: Vec<u32> = document.get_pages().keys().copied().collect();
        let said = document.extract_text(&pages).unwrap().replace('\n', "");
        assert!(said.contains(COMPANY) && said.contains(CODE), "{said}");
        // Whoever else looks, wherever, finds nothing of it.
        let other = site.citizen(7).await;
        for public in [
            path.clone(),
            "/phan-anh".into(),
            format!("/api/v1/reports/{code}"),
            format!("/open311/v2/requests/{code}.json"),
            "/open311/v2/requests.json".into(),
            "/".into(),
        ] {
            for who in [&anybody(), &other] {
                let answer = site.get(who, &public).await;
                assert!(answer.status.is_success(), "{public}: {}", answer.status);
                assert!(!answer.text().contains("Hư Cấu") && !answer.text().contains(CODE), "{public}");
            }
        }
        let activity = b.page("/tai-khoan/hoat-dong").await;
        let activity = between(&activity, "<main", "</main>").unwrap();
        for words in ["Bắt đầu làm việc cho một tổ chức", "Gửi phản ánh thay mặt một tổ chức", "· Công ty TNHH Hư Cấu"]
        {
            assert!(activity.contains(words), "{words}: {activity}");
        }
        assert_eq!(rows(site, "SELECT count(*) FROM audit WHERE act = 'report-behalf'").await, 1);

        // One press, and on as oneself; forged it does nothing.
        let mut forged = b.clone();
        forged.csrf = "x".into();
        assert_eq!(forged.post("/tai-khoan/tu-cach/chinh-minh", &[]).await.status, StatusCode::FORBIDDEN);
        assert!(b.page(&path).await.contains(BANNER));
        assert_eq!(b.post("/tai-khoan/tu-cach/chinh-minh", &[("next", &path)]).await.leads_to(), path);
        let page = b.page(&path).await;
        assert!(!page.contains(BANNER) && page.contains("Gửi thay mặt"), "the report stays the organisation's: {page}");
        let last = b.writes().await;
        assert!(!b.page(&last).await.contains("Hư Cấu"));
        assert_eq!(b.post(&last, &[("tu-cach", CODE)]).await.status, StatusCode::CONFLICT);
        b.page(&last).await;
        b.post(&last, &[]).await.leads_to();
        assert_eq!(rows(site, "SELECT count(*) FROM report_behalf").await, 1);

        // In the download, and gone with the account.
        b.page("/tai-khoan/du-lieu").await;
        for kind in ["json", "van-ban"] {
            let export = b.post("/tai-khoan/du-lieu/tai", &[("dang", kind)]).await.text();
            assert!(export.contains(COMPANY) && export.contains(CODE), "{kind}: {export}");
        }
        b.page("/tai-khoan/du-lieu/xoa").await;
        b.post("/tai-khoan/du-lieu/xoa", &[("sure", "1")]).await.leads_to();
        assert_eq!(rows(site, "SELECT count(*) FROM report_behalf").await, 0);
        assert_eq!(rows(site, "SELECT count(*) FROM session WHERE behalf_code IS NOT NULL").await, 0);
        assert_eq!(rows(site, "SELECT count(*) FROM report").await, 2);
        let page = site.get(&desk, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(!page.contains("Hư Cấu"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a11_n9_what_names_no_organisation_lets_nobody_in() {
    each(async |site, there| {
        let mut own = Browser::new(site);
        own.settles(there, oneself()).await;
        assert!(!own.page("/").await.contains("Đang làm việc cho"));
        let before = rows(site, "SELECT count(*) FROM session").await;
        let long = "a".repeat(10_000);
        let with = |changes: &[(&str, Value)]| {
            let mut said = company();
            for (name, value) in changes {
                said[*name] = value.clone();
            }
            said
        };
        for said in [
            with(&[("MaToChuc", Value::Null)]),
            with(&[("TenToChuc", Value::Null)]),
            with(&[("MaToChuc", "0000000018".into())]),
            with(&[("MaToChuc", portal::NUMBER.into())]),
            with(&[("MaToChuc", long.as_str().into())]),
            with(&[("MaToChuc", json!(17))]),
            with(&[("MaToChuc", json!([CODE]))]),
            with(&[("TenToChuc", long.as_str().into())]),
            with(&[("TenToChuc", "\u{202e}\u{200b}".into())]),
            with(&[("TenToChuc", json!({ "vi": COMPANY }))]),
            with(&[("LoaiTaiKhoan", "1".into())]),
            with(&[("LoaiTaiKhoan", Value::Null)]),
            with(&[("LoaiTaiKhoan", "3".into())]),
            with(&[("LoaiTaiKhoan", json!({}))]),
        ] {
            let mut b = Browser::new(site);
            b.get("/dang-nhap").await;
            let departure = b.post(START, &[]).await.leads_to();
            let back = there.agrees(&departure, "s-1", "LoA2", said.clone());
            let answer = b.get(&back).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{said}");
            let page = answer.checked();
            assert!(page.contains("mã hoặc tên tổ chức không đúng") && !page.contains("aaaaaaaa"), "{page}");
            assert!(!b.is_signed_in());
        }
        assert_eq!(rows(site, "SELECT count(*) FROM session").await, before);
        // The number 2 is as good as the text, and markup in a name stays text.
        let mut b = Browser::new(site);
        let said = with(&[("LoaiTaiKhoan", json!(2)), ("TenToChuc", "<b>Công ty</b>".into())]);
        assert_eq!(b.signs_in(there, said).await, "/");
        let page = b.page("/").await;
        assert!(page.contains("&#60;b&#62;Công ty") && !page.contains("<b>Công ty"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn a11_n9_another_capacity_is_said_at_the_provider_and_by_the_same_person() {
    each(async |site, there| {
        let mut b = Browser::new(site);
        b.settles(there, oneself()).await;
        let page = b.page("/tai-khoan/tu-cach").await;
        assert!(page.contains("Đang làm việc cho chính mình") && page.contains("/tai-khoan/tu-cach/vneid"), "{page}");
        assert!(b.page("/tai-khoan").await.contains("/tai-khoan/tu-cach"));
        assert_eq!(b.post("/tai-khoan/tu-cach/khac", &[]).await.status, StatusCode::NOT_FOUND);
        b.page("/tai-khoan/tu-cach").await;
        // Somebody else signs in there: nothing changes here.
        let departure = b.post("/tai-khoan/tu-cach/vneid", &[]).await.leads_to();
        assert!(query(&departure)["scope"].contains("organization"), "{departure}");
        let stranger = there.agrees(&departure, "s-2", "LoA2", company());
        assert_eq!(b.get(&stranger).await.status, StatusCode::CONFLICT);
        assert!(!b.page("/").await.contains(BANNER));
        // Nor in the browser of another person, nor twice.
        b.page("/tai-khoan/tu-cach").await;
        let departure = b.post("/tai-khoan/tu-cach/vneid", &[]).await.leads_to();
        let back = there.agrees(&departure, "s-1", "LoA2", company());
        let other = site.citizen(7).await;
        assert_eq!(Browser::of(site, &other).get(&back).await.status, StatusCode::BAD_REQUEST);
        assert_eq!(b.get(&back).await.leads_to(), "/tai-khoan/tu-cach");
        let page = b.page("/").await;
        assert!(page.contains(BANNER), "{page}");
        assert_eq!(b.get(&back).await.status, StatusCode::BAD_REQUEST);
        // No session outlives what the provider can end.
        let longest = "SELECT max(expires_at) FROM session WHERE behalf_code IS NOT NULL";
        assert_eq!(rows(site, longest).await, site.core.now() + domain::organizations::behalf::LIVES);
        // Who is told there that it ended ends this session: the provider's logout finds it.
        assert_eq!(rows(site, "SELECT count(*) FROM rp_session WHERE ended_at IS NULL").await, 1);
        // A proof of the person and a link are no sign-ins: nobody is asked for whom.
        for path in ["/xac-nhan/lien-thong/vneid?next=/tai-khoan"] {
            let departure = b.get(path).await.leads_to();
            assert!(!query(&departure)["scope"].contains("organization"), "{departure}");
        }
        b.page("/tai-khoan/lien-ket").await;
        let departure = b.post("/tai-khoan/lien-ket/vneid", &[]).await.leads_to();
        assert!(!query(&departure)["scope"].contains("organization"), "{departure}");
        // Strangers and people who are not signed in.
        let mut stranger = Browser::new(site);
        assert!(stranger.get("/tai-khoan/tu-cach").await.leads_to().starts_with("/dang-nhap"));
        assert!(between(&b.page("/tai-khoan/tu-cach").await, "/tai-khoan/tu-cach/", "\"").is_some());
    })
    .await;
}
