//! Fees of dossiers (N15, P2, P3) at the portal and at a province, through the real doors and pages, without JavaScript; forged, foreign and strange words, too.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base::{
    clock::{Entropy, MINUTE, SECOND},
    show::rfc3339,
};
use domain::{
    accounts::Assurance,
    api_keys::{self, NewKey},
    national::catalogue::{self, Entry},
    packs::procedures::Level,
    payments::{self, gateway::Verdict, work},
    rights::Role,
    testing::{self, gateway::Fake},
};
use identity::{
    jws::Signer,
    provider::{Auth, NewClient},
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Sql, testing::each_engine};
use support::{
    Answer, Person, Site, anybody,
    browser::{Browser, between},
    elsewhere::Elsewhere,
    portal::*,
};

const PATH: &str = "/api/v1/dossier-fees";
const TYP: &str = "dossier-fees+jwt";
const CODE: &str = "H50.15-260330-0001";
const AMOUNT: i64 = 135_000;
const SHOWN: &str = "135.000\u{a0}đ";

fn signer(seed: u64) -> Signer {
    Signer::generate(&Entropy::seeded(seed)).unwrap().0
}

/// The portal with a gateway and a connected province.
struct Portal {
    site: Site,
    gateway: Arc<Fake>,
    key: Signer,
}

async fn each_portal(test: impl AsyncFn(&Portal)) {
    each_engine(async |db| {
        let gateway: Arc<Fake> = Arc::default();
        let site = Site::national_paying(db, Arc::new(Known::default()), Some(gateway.clone())).await;
        let portal = Portal { site, gateway, key: signer(1) };
        portal.connects("tinh-mot", &portal.key).await;
        test(&portal).await;
    })
    .await;
}

impl Portal {
    async fn connects(&self, id: &str, key: &Signer) {
        let new = NewClient {
            jwks: json!({ "keys": [key.public()] }),
            ..NewClient::new(id, "Một cửa Quảng Ví Dụ", Auth::PrivateKeyJwt, &format!("https://{id}.example.vn/ve"))
        };
        issuer(&self.site).put_client(new).await.unwrap().unwrap();
        catalogue::connect(&self.site.core, id, &format!("https://{id}.example.vn/api/v1/procedures")).await.unwrap();
        let entry = Entry {
            code: "1.001193".into(),
            name: "Đăng ký khai sinh".into(),
            field: "Hộ tịch".into(),
            level: Level::Commune,
            account: Assurance::Phone,
            page: "/thu-tuc/1.001193".into(),
        };
        catalogue::keep(&self.site.core, id, vec![entry]).await.unwrap();
    }

    async fn sends(&self, path: &str, token: String) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, "application/jose").body(Body::from(token));
        self.site.send(request.unwrap()).await
    }

    fn claims(&self, path: &str, jti: &str, name: &str, list: Value) -> Value {
        let now = self.site.core.now() / SECOND;
        let mut claims = json!({ "iss": "tinh-mot", "aud": format!("{}{path}", self.site.core.settings.origin), "iat": now, "exp": now + 60, "jti": jti });
        claims[name] = list;
        claims
    }

    /// The dossier is known, and the fee is due.
    async fn asks(&self, fee: &str) {
        let at = rfc3339(self.site.core.now());
        let state = json!([{ "event": format!("su-kien-{fee}"), "dossier": CODE, "procedure": "1.001193", "number": NUMBER, "state": "6", "at": at }]);
        let states = "/api/v1/dossier-states";
        let token = self.key.sign("dossier-states+jwt", &self.claims(states, &format!("s-{fee}"), "states", state));
        assert_eq!(self.sends(states, token.unwrap()).await.status, StatusCode::OK);
        assert_eq!(said(&self.pushes(&format!("f-{fee}"), json!([self.fee(fee, "due")])).await), ["taken"]);
    }

    fn fee(&self, fee: &str, state: &str) -> Value {
        json!({ "fee": fee, "dossier": CODE, "name": "Lệ phí cấp lại giấy phép lái xe", "amount": AMOUNT, "state": state, "at": rfc3339(self.site.core.now()) })
    }

    async fn pushes(&self, jti: &str, fees: Value) -> Answer {
        self.sends(PATH, self.key.sign(TYP, &self.claims(PATH, jti, "fees", fees)).unwrap()).await
    }

    /// The gateway's server says how things stand there.
    async fn notice(&self, query: &str) -> String {
        let request = Request::get(format!("{}?{query}", payments::NOTICES)).body(Body::empty()).unwrap();
        let answer = self.site.send(request).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"));
        answer.json()["said"].as_str().unwrap().to_owned()
    }

    async fn states(&self) -> Vec<String> {
        Sql::new("SELECT state FROM payment ORDER BY created_at").scalars(self.site.core.store.read()).await.unwrap()
    }
}

fn said(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let of = |one: &Value| one["reason"].as_str().or(one["outcome"].as_str()).unwrap().to_owned();
    answer.json()["results"].as_array().unwrap().iter().map(of).collect()
}

fn why(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.json()["errors"][0]["code"].as_str().unwrap_or_default().to_owned())
}

/// The page of the first fee in a list.
fn fee_page(list: &str) -> String {
    format!("/thanh-toan/khoan/{}", between(list, "href=\"/thanh-toan/khoan/", "\"").unwrap())
}

/// Presses «Thanh toán» and opens the gateway: its reference.
async fn pays(portal: &Portal, b: &mut Browser<'_>, page: &str) -> String {
    let led = b.post(&format!("{page}/tra"), &[]).await.leads_to();
    let reference = between(&led, "?ref=", "&").unwrap();
    portal.gateway.open(&reference, AMOUNT);
    reference
}

#[tokio::test]
async fn n15_p2_a_person_pays_a_fee_at_the_gateway_and_prints_the_confirmation() {
    each_portal(async |portal| {
        let mut b = Browser::new(&portal.site);
        let door = b.page("/thanh-toan").await;
        assert!(
            door.contains("Thanh toán trực tuyến") && door.contains("href=\"/dang-nhap?next=/thanh-toan\""),
            "{door}"
        );
        b.registers().await;
        assert!(b.page("/thanh-toan").await.contains("Không có khoản nào phải nộp"));
        portal.asks("phi-0001").await;
        let home = b.page("/").await;
        let at = |words: &str| home.find(words).unwrap();
        assert!(
            at("href=\"/dich-vu\"") < at("href=\"/thanh-toan\"")
                && at("href=\"/thanh-toan\"") < at("href=\"/phan-anh-kien-nghi\"")
        );
        let list = b.page("/thanh-toan").await;
        for words in ["Lệ phí cấp lại giấy phép lái xe", SHOWN, "Một cửa Quảng Ví Dụ", CODE, "Phải nộp", "Tổng cộng:"]
        {
            assert!(list.contains(words), "{words}: {list}");
        }
        let page = fee_page(&list);
        let dossiers = b.page("/tai-khoan/ho-so").await;
        let dossier = format!("/tai-khoan/ho-so/{}", between(&dossiers, "href=\"/tai-khoan/ho-so/", "\"").unwrap());
        assert!(b.page(&dossier).await.contains(&page), "the dossier leads to its fee");
        let one = b.page(&page).await;
        for words in [format!("Thanh toán {SHOWN}"), dossier, "Đăng ký khai sinh".into()] {
            assert!(one.contains(&words), "{words}: {one}");
        }
        assert!(!one.contains(NUMBER), "the number is on no page");
        let inbox = b.page("/thong-bao?muc=ho-so").await;
        assert!(inbox.contains("có khoản phải nộp"), "{inbox}");

        let led = b.post(&format!("{page}/tra"), &[]).await.leads_to();
        assert!(led.starts_with("https://pay.example.vn/pay?ref="), "{led}");
        let reference = between(&led, "?ref=", "&").unwrap();
        let again = b.post(&format!("{page}/tra"), &[]).await.leads_to();
        assert_eq!(led, again, "pressed twice it is the same order");
        let purposes = portal.gateway.at().purposes.clone();
        assert_eq!(
            purposes[0],
            format!("Phi ho so {reference} {}/thanh-toan/tro-ve", portal.site.core.settings.origin)
        );
        assert!(
            b.get("/").await.header("content-security-policy").contains("form-action 'self' https://pay.example.vn")
        );

        // Back before the gateway has decided: the return says nothing that counts.
        portal.gateway.open(&reference, AMOUNT);
        let status = b.get(&format!("/thanh-toan/tro-ve?{}", portal.gateway.query(&reference))).await.leads_to();
        let waiting = b.page(&status).await;
        for words in ["Chờ cổng thanh toán xác nhận", "xin đừng trả lần nữa", "Xem lại"] {
            assert!(waiting.contains(words), "{words}: {waiting}");
        }
        let one = b.page(&page).await;
        assert!(one.contains("Xem kết quả") && one.contains("Trở lại cổng thanh toán"), "{one}");
        // Back to the gateway: that very order or none.
        let open = one.split("name=\"tiep\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        assert!(b.post(&format!("{page}/tra"), &[("tiep", &open)]).await.leads_to().contains(&reference));
        let unknown = portal.site.core.new_id().to_string();
        assert_eq!(b.post(&format!("{page}/tra"), &[("tiep", &unknown)]).await.leads_to(), page);
        assert_eq!(b.post(&format!("{page}/tra"), &[("tiep", "x")]).await.status, StatusCode::NOT_FOUND);
        assert_eq!(portal.states().await, ["started"]);
        let lie = portal.gateway.query(&reference).replace("waiting", "paid");
        b.get(&format!("/thanh-toan/tro-ve?{lie}")).await;
        assert_eq!(portal.states().await, ["started"], "the return shows, the notice decides");

        portal.gateway.ends(&reference, Verdict::Paid);
        assert_eq!(portal.notice(&portal.gateway.query(&reference)).await, "Confirmed");
        let paid = b.page(&status).await;
        assert!(paid.contains("Đã thanh toán") && paid.contains(&reference), "{paid}");
        assert!(b.page(&dossiers_of(&page)).await.contains("Đã nộp"));
        let proof = b.page(&format!("{status}/xac-nhan")).await;
        for words in ["Xác nhận đã thanh toán", "không phải biên lai", SHOWN, CODE, &reference] {
            assert!(proof.contains(words), "{words}: {proof}");
        }
        let pdf = b.get(&format!("{status}/xac-nhan.pdf")).await;
        assert_eq!((pdf.status, pdf.header("content-type")), (StatusCode::OK, "application/pdf"));
        assert!(pdf.bytes.starts_with(b"%PDF-"));
        let inbox = b.page("/thong-bao?muc=thanh-toan").await;
        assert!(inbox.contains("Đã nhận"), "{inbox}");
        assert_eq!(b.post(&format!("{page}/tra"), &[]).await.leads_to(), page, "there is nothing to pay any more");
        let english = b.page("/thanh-toan?lang=en").await;
        assert!(english.contains("Pay online") && english.contains("Paid"), "{english}");
    })
    .await;
}

/// The list, on which the fee stands among those that are over.
fn dossiers_of(_: &str) -> String {
    "/thanh-toan".into()
}

#[tokio::test]
async fn p2_a_notice_is_answered_in_the_order_of_the_gateway_and_a_return_without_one_asks_it() {
    each_portal(async |portal| {
        let mut b = Browser::new(&portal.site);
        b.registers().await;
        portal.asks("phi-0001").await;
        let page = fee_page(&b.page("/thanh-toan").await);
        let reference = pays(portal, &mut b, &page).await;
        portal.gateway.ends(&reference, Verdict::Paid);
        let good = portal.gateway.query(&reference);
        for (what, query, said) in [
            ("a wrong signature", good.replace("sig=good", "sig=bad"), "Forged"),
            ("none at all", String::new(), "Forged"),
            ("no known order", good.replace(&reference, "KHONGCO"), "UnknownOrder"),
            ("no verdict", good.replace("paid", "colour"), "Trouble"),
            ("too long", format!("{good}&x={}", "a".repeat(5_000)), "Trouble"),
            ("a text for an amount", good.replace("amount=135000", "amount=abc"), "Trouble"),
        ] {
            assert_eq!(portal.notice(&query).await, said, "{what}");
        }
        assert_eq!(portal.states().await, ["started"]);
        // The notice is lost: the return has the gateway asked.
        let status = b.get(&format!("/thanh-toan/tro-ve?{good}")).await.leads_to();
        assert_eq!(portal.states().await, ["paid"]);
        assert!(b.page(&status).await.contains("Đã thanh toán"));
        assert_eq!(portal.notice(&good).await, "AlreadyConfirmed");
        let forged = b.get(&format!("/thanh-toan/tro-ve?{}", good.replace("good", "bad"))).await;
        assert_eq!(forged.status, StatusCode::BAD_REQUEST);
        assert!(forged.text().contains("Chưa đọc được lời báo"), "{}", forged.text());

        // Another amount than was asked for settles nothing, and goes back; the page says so.
        portal.asks("phi-0002").await;
        portal.site.core.clock.advance(SECOND);
        let page = fee_page(&b.page("/thanh-toan").await);
        let reference = pays(portal, &mut b, &page).await;
        portal.gateway.at().orders.get_mut(&reference).unwrap().amount = 5_000;
        portal.gateway.ends(&reference, Verdict::Paid);
        assert_eq!(portal.notice(&portal.gateway.query(&reference)).await, "OtherAmount");
        let status = b.get(&format!("/thanh-toan/tro-ve?{}", portal.gateway.query(&reference))).await.leads_to();
        let text = b.page(&status).await;
        assert!(text.contains("khác số phải nộp") && text.contains("Đang hoàn tiền"), "{text}");
        assert_eq!(b.get(&format!("{status}/xac-nhan")).await.status, StatusCode::NOT_FOUND);
        work::run(&portal.site.core, &*portal.gateway).await.unwrap();
        assert!(b.page(&status).await.contains("Đã hoàn tiền"));
        // A fee that is withdrawn can be paid no more.
        portal.site.core.clock.advance(MINUTE);
        assert_eq!(said(&portal.pushes("w-1", json!([portal.fee("phi-0002", "withdrawn")])).await), ["taken"]);
        let text = b.page(&page).await;
        assert!(text.contains("không thu khoản này nữa") && !text.contains("/tra\""), "{text}");
        assert_eq!(b.post(&format!("{page}/tra"), &[]).await.leads_to(), page);
    })
    .await;
}

#[tokio::test]
async fn p2_nobody_else_sees_pays_or_starts_a_payment_and_no_other_site_either() {
    each_portal(async |portal| {
        let mut b = Browser::new(&portal.site);
        b.registers().await;
        portal.asks("phi-0001").await;
        let page = fee_page(&b.page("/thanh-toan").await);
        let reference = pays(portal, &mut b, &page).await;
        let back = format!("/thanh-toan/tro-ve?{}", portal.gateway.query(&reference));
        let status = b.get(&back).await.leads_to();

        // Signed out meanwhile: the return leads to the door, and back.
        let mut stranger = Browser::new(&portal.site);
        assert_eq!(stranger.get(&back).await.leads_to(), status);
        assert_eq!(
            stranger.get(&status).await.leads_to(),
            format!("/dang-nhap?next={}", support::encode(&status).replace("%2F", "/").replace("%2D", "-"))
        );
        assert!(stranger.get(&page).await.leads_to().starts_with("/dang-nhap"));
        let other = portal.site.sign_in(testing::citizen(&portal.site.core, 7).await, "phien", "otp").await;
        let (_, token) = other.cookie.split_once('=').unwrap();
        let other = Person { cookie: format!("{}={token}", portal.site.web.cookie_name("phien")), ..other };
        assert_eq!(portal.site.get(&other, "/tai-khoan").await.status, StatusCode::OK, "signed in");
        for path in [&page, &status, &format!("{status}/xac-nhan"), &format!("{status}/xac-nhan.pdf")] {
            assert_eq!(portal.site.get(&other, path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let tried = portal.site.post(&other, &format!("{page}/tra"), &[]).await;
        assert_eq!(tried.status, StatusCode::NOT_FOUND);
        assert_eq!(portal.states().await.len(), 1);
        // From another site, and without the page's token.
        let me = b.cookie("phien").cloned().unwrap();
        let name = portal.site.web.cookie_name("phien");
        for (site, body) in [("cross-site", ""), ("same-origin", "csrf=khong")] {
            let request = Request::post(format!("{page}/tra"))
                .header(header::HOST, "localhost:8080")
                .header("sec-fetch-site", site)
                .header(header::COOKIE, format!("{name}={me}"))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
            let tried = portal.site.send(request.body(Body::from(body)).unwrap()).await;
            assert!(tried.status.is_client_error(), "{site}: {}", tried.status);
        }
        for path in ["/thanh-toan/khoan/x", "/thanh-toan/lan/x"] {
            assert_eq!(b.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn p2_without_a_gateway_fees_are_shown_and_paid_at_the_office() {
    each_engine(async |db| {
        let site = Site::national_paying(db, Arc::new(Known::default()), None).await;
        let portal = Portal { site, gateway: Arc::default(), key: signer(1) };
        portal.connects("tinh-mot", &portal.key).await;
        let mut b = Browser::new(&portal.site);
        b.registers().await;
        portal.asks("phi-0001").await;
        let list = b.page("/thanh-toan").await;
        assert!(list.contains("bộ phận một cửa"), "{list}");
        let page = fee_page(&list);
        let one = b.page(&page).await;
        assert!(one.contains("bộ phận một cửa") && !one.contains("/tra\""), "{one}");
        assert_eq!(b.post(&format!("{page}/tra"), &[]).await.status, StatusCode::NOT_FOUND);
        // Who paid before it was switched off comes back to a page that says where to look.
        let lost = b.get("/thanh-toan/tro-ve?a=b").await;
        assert_eq!(lost.status, StatusCode::BAD_REQUEST);
        assert!(lost.text().contains("Nếu Ông/Bà đã trả tiền thì không mất"), "{}", lost.text());
        let notice = Request::get(payments::NOTICES).body(Body::empty()).unwrap();
        assert_eq!(portal.site.send(notice).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn p2_n14_only_a_provinces_own_token_of_this_kind_asks_for_fees_and_each_is_answered_by_itself() {
    each_portal(async |portal| {
        let other = signer(2);
        portal.connects("tinh-hai", &other).await;
        portal.asks("phi-0001").await;
        let signed = |key: &Signer, typ: &str, change: &dyn Fn(&mut Value)| {
            let mut claims = portal.claims(PATH, "j-1", "fees", json!([portal.fee("phi-0002", "due")]));
            change(&mut claims);
            key.sign(typ, &claims).unwrap()
        };
        let good = signed(&portal.key, TYP, &|_| {});
        let (head, signature) = good.rsplit_once('.').unwrap();
        let forged = format!("{head}.{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
        let states = format!("{}/api/v1/dossier-states", portal.site.core.settings.origin);
        for (what, token, status, code) in [
            ("forged", forged, 401, "signature"),
            ("another's key", signed(&other, TYP, &|_| {}), 401, "signature"),
            ("for states", signed(&portal.key, "dossier-states+jwt", &|_| {}), 400, "shape"),
            ("for another door", signed(&portal.key, TYP, &|c| c["aud"] = states.clone().into()), 401, "audience"),
            ("states", signed(&portal.key, TYP, &|c| c["fees"] = json!([])), 422, "fees"),
        ] {
            assert_eq!(why(&portal.sends(PATH, token).await), (status, code.to_owned()), "{what}");
        }
        let good = signed(&portal.key, TYP, &|c| c["jti"] = "j-2".into());
        assert_eq!(said(&portal.sends(PATH, good.clone()).await), ["taken"]);
        assert_eq!(why(&portal.sends(PATH, good).await), (401, "replayed".to_owned()));
        // Another province under the same codes: another dossier, which it has not told.
        let mut claims = portal.claims(PATH, "j-3", "fees", json!([portal.fee("phi-0001", "withdrawn")]));
        claims["iss"] = "tinh-hai".into();
        assert_eq!(said(&portal.sends(PATH, other.sign(TYP, &claims).unwrap()).await), ["unknown-dossier"]);
        let with = |name: &str, value: Value| {
            let mut one = portal.fee("phi-0003", "due");
            one[name] = value;
            one
        };
        let list = json!([
            with("amount", 0.into()),
            with("amount", (-5).into()),
            with("amount", 1000.5.into()),
            with("amount", "1000".into()),
            with("amount", 9_223_372_036_854_775_808u64.into()),
            with("name", "".into()),
            with("state", "paid".into()),
            with("colour", "red".into()),
            with("dossier", "H50-000000-0000".into()),
            with("amount", 2000.into()),
            with("amount", 3000.into()),
        ]);
        let shape = [
            "amount",
            "amount",
            "amount",
            "amount",
            "amount",
            "name",
            "state",
            "shape",
            "unknown-dossier",
            "taken",
            "fee-reused",
        ];
        assert_eq!(said(&portal.pushes("j-4", list).await), shape);
    })
    .await;
}

#[tokio::test]
async fn d14_p2_a_province_takes_fees_by_key_and_believes_what_was_paid_from_its_portal_alone() {
    each_engine(async |db| {
        let there = Elsewhere::start().await;
        let site = Site::hearing(db, |core| there.provider(core, "dvcqg")).await;
        let operator = testing::officer(&site.core, "Quản trị", "*", Role::ProvinceOperator).await;
        let new = |may_tell_dossiers: bool| NewKey {
            name: "Một cửa".into(),
            may_create: !may_tell_dossiers,
            may_tell_dossiers,
            per_minute: 60,
            per_day: 500,
        };
        let key = api_keys::create(&site.core, &operator, &new(true)).await.unwrap().1;
        let reports = api_keys::create(&site.core, &operator, &new(false)).await.unwrap().1;
        let fee = |name: &str, amount: Value| json!({ "fee": name, "dossier": CODE, "name": "Lệ phí", "amount": amount, "state": "due", "at": rfc3339(site.core.now()) });
        let ask = async |method: &str, path: &str, key: Option<&str>, body: String| {
            let mut request = Request::builder().method(method).uri(path).header(header::CONTENT_TYPE, "application/json");
            if let Some(key) = key {
                request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
            }
            site.send(request.body(Body::from(body)).unwrap()).await
        };
        let good = json!({ "fees": [fee("phi-0001", AMOUNT.into()), fee("phi-0002", AMOUNT.into()), fee("phi-0003", 0.into())] }).to_string();
        let key = Some(key.expose());
        for (what, key, body, status) in [
            ("no key", None, good.clone(), StatusCode::UNAUTHORIZED),
            ("no key of ours", Some("cds_khong"), good.clone(), StatusCode::FORBIDDEN),
            ("a key for reports", Some(reports.expose()), good.clone(), StatusCode::FORBIDDEN),
            ("no JSON", key, "fees".to_owned(), StatusCode::BAD_REQUEST),
            ("too many", key, json!({ "fees": vec![fee("phi-0001", 1_000.into()); 101] }).to_string(), StatusCode::UNPROCESSABLE_ENTITY),
            ("a megabyte", key, " ".repeat(1024 * 1024), StatusCode::PAYLOAD_TOO_LARGE),
        ] {
            assert_eq!(ask("POST", PATH, key, body).await.status, status, "{what}");
        }
        assert_eq!(said(&ask("POST", PATH, key, good).await), ["taken", "taken", "amount"]);
        for key in [None, Some(reports.expose())] {
            assert!(ask("GET", PATH, key, String::new()).await.status.is_client_error());
        }

        let paid = |payment: &str, fee: &str, amount: i64| json!({ "payment": payment, "fee": fee, "amount": amount, "paid_at": rfc3339(site.core.now()) });
        let list = json!([paid("A1", "phi-0001", AMOUNT), paid("B2", "phi-0002", 1), paid("C3", "phi-0777", AMOUNT), { "colour": "red" }]);
        let says = |typ: &str, jti: &str, change: &dyn Fn(&mut Value)| there.says(typ, jti, "payments", list.clone(), |c| change(c));
        let told = async |token: String| {
            let request = Request::post(payments::hear::PATH).header(header::CONTENT_TYPE, "application/jose");
            site.send(request.body(Body::from(token)).unwrap()).await
        };
        const KIND: &str = "fee-payments+jwt";
        let now = site.core.now() / SECOND;
        let stranger = signer(9).sign(KIND, &json!({ "iss": there.issuer(), "aud": "tinh-thu", "iat": now, "exp": now + 60, "jti": "x", "payments": list }));
        for (what, token) in [
            ("another's key", stranger.unwrap()),
            ("an ID token", says("JWT", "j", &|_| {})),
            ("a logout", says("logout+jwt", "j", &|_| {})),
            ("another issuer", says(KIND, "j", &|c| c["iss"] = "https://khac.example.vn".into())),
            ("another client", says(KIND, "j", &|c| c["aud"] = "tinh-khac".into())),
            ("over", says(KIND, "j", &|c| { c["iat"] = (now - 900).into(); c["exp"] = (now - 700).into(); })),
            ("good for too long", says(KIND, "j", &|c| c["exp"] = (now + 3_600).into())),
            ("no id", says(KIND, "j", &|c| _ = c.as_object_mut().unwrap().remove("jti"))),
            ("nothing", "abc".into()),
        ] {
            assert_eq!(told(token).await.status, StatusCode::UNAUTHORIZED, "{what}");
        }
        let token = says(KIND, "j-1", &|_| {});
        assert_eq!(said(&told(token.clone()).await), ["taken", "amount", "unknown-fee", "shape"]);
        assert_eq!(told(token).await.status, StatusCode::UNAUTHORIZED, "used before");
        assert_eq!(said(&told(says(KIND, "j-2", &|_| {})).await)[0], "taken", "told again it counts once");

        site.core.clock.advance(10 * SECOND);
        let answer = ask("GET", PATH, key, String::new()).await.json();
        let fees = answer["fees"].as_array().unwrap();
        assert_eq!((fees.len(), &fees[0]["fee"], &fees[0]["payment"], &fees[0]["refunded_at"]), (1, &json!("phi-0001"), &json!("A1"), &Value::Null));
        let next = answer["next"].as_str().unwrap();
        assert_eq!(ask("GET", next, key, String::new()).await.json()["fees"], json!([]));
        let after = format!("{PATH}?paid_after={}", fees[0]["heard_at"].as_str().unwrap());
        assert_eq!(ask("GET", &after, key, String::new()).await.json()["fees"], json!([]));
        assert_eq!(ask("GET", &format!("{PATH}?paid_after=hom-qua"), key, String::new()).await.status, StatusCode::BAD_REQUEST);
        let document = site.send(Request::get("/api/v1/openapi.json").body(Body::empty()).unwrap()).await.json();
        assert!(document["paths"][PATH]["post"].is_object() && document["paths"][PATH]["get"].is_object());
        assert!(document["components"]["schemas"]["FeeJson"].is_object());
    })
    .await;
}

#[tokio::test]
async fn p2_a_province_that_has_no_portal_takes_neither_fees_nor_payments() {
    support::each(async |site| {
        for (path, method) in [(PATH, "POST"), (PATH, "GET"), (payments::hear::PATH, "POST")] {
            let request = Request::builder().method(method).uri(path).header(header::AUTHORIZATION, "Bearer cds_x");
            assert_eq!(
                site.send(request.body(Body::from("{}")).unwrap()).await.status,
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
        assert_eq!(site.get(&anybody(), "/thanh-toan").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
