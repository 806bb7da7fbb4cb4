//! Open311 GeoReport v2 through the real router (R12): what the standard says, what known checkers demand, and what hostile
//! programs send.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::http::StatusCode;
use domain::{
    api_keys::{self, NewKey},
    reports::{Command, rows, views::Reader},
};
use serde_json::Value;
use support::{
    anybody, each,
    open311::{Open, well_formed},
};

/// The codes of a JSON answer of requests.
fn codes(found: &Value) -> Vec<&str> {
    found.as_array().unwrap().iter().map(|r| r["service_request_id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn r12_the_rules_of_the_known_checkers_hold() {
    each(async |site| {
        let o = Open::on(site).await;
        let json = o.json("discovery.json").await;
        let answer = o.get("discovery.xml").await;
        let xml = answer.text();
        well_formed(&xml);
        // SeeClickFix's validator wants the bare type and at least two endpoints; the standard wants the character set, and this
        // province has one endpoint.
        assert_eq!(answer.header("content-type"), "text/xml; charset=utf-8");
        for name in ["changeset", "contact", "key_service"] {
            let text = json[name].as_str().unwrap();
            assert!(!text.is_empty() && xml.contains(&format!("<{name}>")), "{name}");
        }
        for endpoint in json["endpoints"].as_array().unwrap() {
            for name in ["specification", "url", "changeset", "type"] {
                assert!(!endpoint[name].as_str().unwrap().is_empty(), "{name}");
            }
            assert_eq!(endpoint["formats"], serde_json::json!(["text/xml", "application/json"]));
            let changed = domain::reports::answers::moment(endpoint["changeset"].as_str().unwrap()).unwrap();
            assert!(changed < o.site.core.now());
        }
        assert!(xml.contains("<formats><format>text/xml</format><format>application/json</format></formats>"));

        // test311.py: the enumerations, everything a text, the orders unique.
        let services = o.json("v2/services.json").await;
        well_formed(&o.get("v2/services.xml").await.text());
        let mut defined = 0;
        for service in services.as_array().unwrap() {
            assert!(
                service["service_code"].is_string()
                    && service["metadata"].is_boolean()
                    && service["type"] == "realtime"
            );
            let code = service["service_code"].as_str().unwrap();
            let definition = o.json(&format!("v2/services/{code}.json")).await;
            well_formed(&o.get(&format!("v2/services/{code}.xml")).await.text());
            let attributes = definition["attributes"].as_array().unwrap();
            assert_eq!(!attributes.is_empty(), service["metadata"], "{code}");
            for (at, a) in attributes.iter().enumerate() {
                defined += 1;
                assert_eq!(a["order"], at + 1);
                let kind = a["datatype"].as_str().unwrap();
                assert!(["string", "number", "datetime", "text", "singlevaluelist", "multivaluelist"].contains(&kind));
                assert_eq!(a["values"].is_array(), kind.ends_with("list"));
            }
        }
        assert!(defined >= 8, "{defined}");
        let xml = o.get("v2/services/ha-tang.xml").await.text();
        assert!(xml.contains("<values><value><key>mat-duong</key><name>Mặt đường</name></value>"), "{xml}");
        let english = o.get("v2/services.json?lang=en").await.json();
        assert!(english.to_string().contains("Damaged infrastructure"));
    })
    .await;
}

#[tokio::test]
async fn r12_requests_are_found_by_number_service_status_and_time() {
    each(async |site| {
        let o = Open::on(site).await;
        let first = o.public("Ổ gà lớn", "ha-tang", &[("hang-muc", "mat-duong")]).await;
        let second = o.public("Rác đầy chợ", "moi-truong", &[]).await;
        let private = o.public("Trộm xe", "an-ninh", &[]).await;
        o.site.staff(&o.operator, &second, Command::Resolve { text: "Đã dọn xong.".into() }).await;
        assert_eq!(codes(&o.json("v2/requests.json").await), [&second, &first]);
        for (query, expected) in [
            ("status=open", vec![&first]),
            ("status=closed", vec![&second]),
            ("status=open,closed", vec![&second, &first]),
            ("service_code=ha-tang,dien", vec![&first]),
            ("page_size=1&page=2", vec![&first]),
            ("start_date=2020-01-01&end_date=2020-02-01", vec![]),
            ("end_date=2026-03-31", vec![&second, &first]),
            ("jurisdiction_id=&service_code=&unknown=1&api_key=", vec![&second, &first]),
            ("service_request_id=0000000000,abc", vec![]),
        ] {
            assert_eq!(codes(&o.json(&format!("v2/requests.json?{query}")).await), expected, "{query}");
        }
        let by_id = o.json(&format!("v2/requests.json?service_request_id={first},{private}&status=closed")).await;
        assert_eq!(codes(&by_id), [&first], "numbers override the rest, and what is not public does not exist");

        let one = o.json(&format!("v2/requests/{second}.json")).await;
        let r = &one[0];
        assert_eq!((&r["status"], &r["status_notes"]), (&"closed".into(), &"Đã dọn xong.".into()));
        assert_eq!(r["agency_responsible"], "UBND phường Đồng Hới");
        assert_eq!(r["address"], "Đường <Hùng & Vương>, Phường Đồng Hới");
        assert_eq!(r["address_id"], "18880");
        assert!(r["requested_datetime"].as_str().unwrap().ends_with("+07:00") && r["zipcode"].is_null());
        let xml = o.get(&format!("v2/requests/{second}.xml")).await.text();
        well_formed(&xml);
        assert!(xml.contains("<address>Đường &lt;Hùng &amp; Vương&gt;, Phường Đồng Hới</address>"), "{xml}");
        assert!(!xml.contains("ghi chú kín"));

        let more = o.json(&format!("v2/requests/{first}.json?extensions=true")).await;
        assert_eq!(more[0]["extended_attributes"]["state"], "accepted");
        assert_eq!(more[0]["extended_attributes"]["attributes"][0]["value"], "Mặt đường");
        assert_eq!(more[0]["notes"].as_array().unwrap().len(), 2, "sent, accepted");
        assert!(!more.to_string().contains("kín"));
        let updates = o.json("v2/servicerequestupdates.json").await;
        let last = updates.as_array().unwrap().last().unwrap();
        assert_eq!((&last["service_request_id"], &last["status"]), (&second.clone().into(), &"closed".into()));
        well_formed(&o.get("v2/servicerequestupdates.xml").await.text());
        let token = o.json(&format!("v2/tokens/{first}.json")).await;
        assert_eq!(token[0]["service_request_id"], first.as_str());
        let answer = o.get("v2/requests.json").await;
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("cache-control"), "no-cache");
    })
    .await;
}

#[tokio::test]
async fn r12_what_is_wrong_is_said_in_the_form_of_the_standard() {
    each(async |site| {
        let o = Open::on(site).await;
        let private = o.public("Trộm xe", "an-ninh", &[]).await;
        let cases = [
            ("v2/services.json?jurisdiction_id=nowhere".to_owned(), 404),
            ("v2/services/khong-co.json".into(), 404),
            ("v2/services/..%2f..json".into(), 404),
            ("v2/requests/0000000000.json".into(), 404),
            (format!("v2/requests/{private}.json"), 404),
            ("v2/tokens/1.json".into(), 404),
            ("v2/nothing.json".into(), 404),
            ("v2/requests.json?service_code=khong-co".into(), 404),
            ("v2/requests.json?status=maybe".into(), 400),
            ("v2/requests.json?start_date=yesterday".into(), 400),
            ("v2/requests.json?start_date=2026-02-30".into(), 400),
            ("v2/requests.json?start_date=2026-03-02&end_date=2026-03-01".into(), 400),
            ("v2/requests.json?start_date=2025-01-01&end_date=2026-01-01".into(), 400),
            ("v2/requests.json?start_date=2026-01-01&start_date=2026-01-02".into(), 400),
            ("v2/requests.json?page_size=1001".into(), 400),
            ("v2/requests.json?page_size=100&page=100000".into(), 400),
            ("v2/requests.json?page=-1".into(), 400),
            ("v2/requests.json?extensions=maybe".into(), 400),
            ("v2/requests.json?status=%ff".into(), 400),
            (format!("v2/requests.json?service_request_id={}", "1,".repeat(5000)), 413),
            ("v2/requests.json?api_key=cds_wrong".into(), 403),
        ];
        for (path, status) in cases {
            let answer = o.get(&path).await;
            assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.text());
            let errors = answer.json();
            let error = &errors[0];
            assert_eq!(error["code"], status, "{path}");
            let said = error["description"].as_str().unwrap();
            assert!(said.len() > 10 && !said.contains('⟨'), "{path}: {said}");
            let xml = o.get(&path.replace(".json", ".xml")).await;
            assert_eq!(xml.status.as_u16(), status);
            assert!(
                xml.text().contains(&format!("<errors><error><code>{status}</code><description>")),
                "{}",
                xml.text()
            );
            well_formed(&xml.text());
        }
        assert_eq!(o.get("v2/services").await.status, StatusCode::NOT_FOUND);
        assert_eq!(o.get("v2/services.html").await.status, StatusCode::NOT_FOUND);
        let answer = o.site.post_bytes(&anybody(), "/open311/v2/services.json", "text/plain", vec![]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r12_another_system_sends_a_report_once() {
    each(async |site| {
        let o = Open::on(site).await;
        let key = o.key(true).await;
        let fields = [
            ("api_key", key.as_str()),
            ("jurisdiction_id", "44"),
            ("service_code", "moi-truong"),
            ("description", "Rác đầy <chợ> & ]]> bốc mùi"),
            ("lat", "17.45269"),
            ("long", "106.63123"),
            ("attribute[nguon][]", "mui-hoi"),
            ("attribute[nguon][]", "rac"),
            ("attribute[tu-khi-nao]", "2026-03-29T08:00:00Z"),
            ("first_name", "Lan"),
            ("last_name", "Nguyễn Bí Mật"),
            ("email", "bi.mat@example.vn"),
            ("phone", "0912000999"),
            ("device_id", "may-1"),
            ("media_url", "https://example.vn/anh.jpg"),
        ];
        let first = o.send("json", &fields, Some("lan-1")).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
        let code = first.json()[0]["service_request_id"].as_str().unwrap().to_owned();
        assert!(first.json()[0].get("token").is_none() && first.text().contains("UBND"));
        let again = o.send("xml", &fields, Some("lan-1")).await;
        well_formed(&again.text());
        assert!(again.text().contains(&format!("<service_request_id>{code}</service_request_id>")));
        let other = o.send("xml", &fields, None).await;
        assert!(!other.text().contains(&code), "without a key for the form it is another report");

        let row = rows::by_code(o.site.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!((row.commune.as_deref(), row.public), (Some("18880"), false), "not public before it is accepted");
        assert_eq!(row.answers, "{\"nguon\":[\"rac\",\"mui-hoi\"],\"tu-khi-nao\":[\"2026-03-29T15:00:00+07:00\"]}");
        assert_eq!(o.get(&format!("v2/requests/{code}.json")).await.status, StatusCode::NOT_FOUND);
        o.site.staff(&o.operator, &code, Command::Accept { note: String::new() }).await;
        let shown = o.get(&format!("v2/requests/{code}.xml?extensions=true")).await.text();
        well_formed(&shown);
        assert!(shown.contains("Rác đầy &lt;chợ&gt; &amp; ]]&gt; bốc mùi") && shown.contains("Rác thải, Mùi hôi"));
        let page = o.site.get(&anybody(), &format!("/phan-anh/{code}")).await.page();
        let api = o.site.get(&anybody(), &format!("/api/v1/reports/{code}")).await.text();
        for public in [&shown, &page, &api] {
            for secret in ["Bí Mật", "bi.mat", "0912000999", "may-1", "example.vn", "1022"] {
                assert!(!public.contains(secret), "{secret}");
            }
        }
        // Staff sees it with a reason, and a picture's address is no link.
        let officer = o.site.sign_in(o.operator.account, "phien-cb", "password+totp").await;
        let path = format!("/can-bo/phan-anh/{code}/nguoi-gui");
        let revealed = o.site.post(&officer, &path, &[("reason", "Cần hỏi thêm")]).await.page();
        for known in ["Tổng đài 1022", "Nguyễn Bí Mật Lan", "0912000999", "https://example.vn/anh.jpg"] {
            assert!(revealed.contains(known), "{known}");
        }
        assert!(!revealed.contains("href=\"https://example.vn"));
        // After the master key was lost the page still comes, and says what can be read no more.
        let lose = |tx: store::Tx| async move {
            store::Sql::new("UPDATE report_contact SET sealed = $1").bind(vec![0u8; 40]).exec(&tx).await
        };
        o.site.core.store.write(lose).await.unwrap();
        let revealed = o.site.post(&officer, &path, &[("reason", "Cần hỏi thêm")]).await.page();
        assert!(
            revealed.contains("Tổng đài 1022")
                && revealed.contains("Không đọc được liên hệ")
                && !revealed.contains("0912000999")
        );
        assert!(domain::reports::views::find(&o.site.core, &code, &Reader::Public).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn r12_an_address_suffices_when_it_names_a_commune() {
    each(async |site| {
        let o = Open::on(site).await;
        let key = o.key(true).await;
        let good = [("api_key", key.as_str()), ("service_code", "ha-tang"), ("description", "Nắp cống vỡ")];
        let with = |more: &[(&'static str, &'static str)]| [&good[..], more].concat();
        for place in [
            &[("address_string", "12 Hùng Vương, phuong dong hoi, Quảng Trị")][..],
            &[("address_string", "12 Hùng Vương"), ("address_id", "18880")],
        ] {
            let sent = o.send("json", &with(place), None).await;
            assert_eq!(sent.status, StatusCode::CREATED, "{}", sent.text());
            let code = sent.json()[0]["service_request_id"].as_str().unwrap().to_owned();
            let row = rows::by_code(o.site.core.store.read(), &code).await.unwrap().unwrap();
            assert_eq!(row.commune.as_deref(), Some("18880"));
        }
        for (place, status) in [
            (&[][..], 400),
            (&[("address_string", "12 Hùng Vương, Hà Nội")], 400),
            (&[("address_id", "99999"), ("address_string", "a")], 400),
            (&[("lat", "17.45")], 400),
            (&[("lat", "17.45"), ("long", "east")], 400),
            (&[("lat", "NaN"), ("long", "inf")], 400),
            (&[("lat", "21.03"), ("long", "105.85")], 400), // Hà Nội
        ] {
            let sent = o.send("json", &with(place), None).await;
            assert_eq!(sent.status.as_u16(), status, "{place:?}: {}", sent.text());
        }
    })
    .await;
}

#[tokio::test]
async fn r12_hostile_programs_are_told_what_is_wrong_and_nothing_is_written() {
    each(async |site| {
        let o = Open::on(site).await;
        let (key, reader, gone) = (o.key(true).await, o.key(false).await, o.key(true).await);
        let id = api_keys::list(&o.site.core, &o.operator)
            .await
            .unwrap()
            .iter()
            .find(|k| gone.ends_with(&k.ending))
            .unwrap()
            .id;
        api_keys::revoke(&o.site.core, &o.operator, id, "Hết hợp đồng").await.unwrap();
        let base =
            [("service_code", "ha-tang"), ("description", "Nắp cống vỡ"), ("lat", "17.45269"), ("long", "106.63123")];
        let without = |name: &str| base.iter().copied().filter(|(n, _)| *n != name).collect::<Vec<_>>();
        let long = "a".repeat(4001);
        let many: Vec<(String, &str)> = (0..300).map(|n| (format!("attribute[x{n}]"), "1")).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), *v)).collect();
        let cases: Vec<(u16, Vec<(&str, &str)>)> = vec![
            (403, base.to_vec()),
            (403, [&base[..], &[("api_key", "")]].concat()),
            (403, [&base[..], &[("api_key", "cds_wrong")]].concat()),
            (403, [&base[..], &[("api_key", reader.as_str())]].concat()),
            (403, [&base[..], &[("api_key", gone.as_str())]].concat()),
            (400, [&base[..], &[("api_key", key.as_str()), ("api_key", reader.as_str())]].concat()),
            (404, [&base[..], &[("api_key", key.as_str()), ("jurisdiction_id", "11")]].concat()),
            (400, [&without("service_code")[..], &[("api_key", &key)]].concat()),
            (404, [&without("service_code")[..], &[("api_key", &key), ("service_code", "khong-co")]].concat()),
            (400, [&without("description")[..], &[("api_key", &key)]].concat()),
            (400, [&without("description")[..], &[("api_key", &key), ("description", &long)]].concat()),
            (400, [&without("description")[..], &[("api_key", &key), ("description", "\u{1}\u{2}")]].concat()),
            (400, [&base[..], &[("api_key", &key), ("attribute[hang-muc]", "khong-co")]].concat()),
            (400, [&base[..], &[("api_key", &key), ("attribute[la]", "1")]].concat()),
            (
                400,
                [&base[..], &[("api_key", &key), ("attribute[hang-muc]", "cau"), ("attribute[hang-muc]", "cong")]]
                    .concat(),
            ),
            (400, [&base[..], &[("api_key", &key), ("attribute[", "1")]].concat()),
            (400, [&base[..], &[("api_key", &key), ("attribute[a][b]", "1")]].concat()),
            (400, [&base[..], &[("api_key", &key)], &many].concat()),
            (400, [&base[..], &[("api_key", &key), ("media_url", "javascript:alert(1)")]].concat()),
            (400, [&base[..], &[("api_key", &key), ("email", &long)]].concat()),
        ];
        for (status, fields) in &cases {
            for format in ["json", "xml"] {
                let answer = o.send(format, fields, None).await;
                assert_eq!(answer.status.as_u16(), *status, "{fields:?}: {}", answer.text());
                if format == "xml" {
                    well_formed(&answer.text());
                }
                for secret in [&key, &reader, &gone] {
                    assert!(!answer.text().contains(secret.as_str()), "a key is never said again");
                }
            }
        }
        let form = "application/x-www-form-urlencoded";
        for (kind, body, status) in [
            (form, vec![b'a'; 70_000], 413),
            (form, b"description=%ff%fe".to_vec(), 400),
            (form, b"&&&===%%%".to_vec(), 403),
            (form, Vec::new(), 403),
            ("application/json", b"{}".to_vec(), 400),
            ("multipart/form-data; boundary=x", b"--x--".to_vec(), 400),
            ("text/xml", b"<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>".to_vec(), 400),
        ] {
            let answer = o.send_raw("xml", kind, body, None).await;
            assert_eq!(answer.status.as_u16(), status, "{kind}: {}", answer.text());
            well_formed(&answer.text());
        }
        let fields = [&base[..], &[("api_key", key.as_str())]].concat();
        let answer = o.send("json", &fields, Some(&"k".repeat(101))).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        let n: i64 =
            store::Sql::new("SELECT count(*) FROM report").scalar(o.site.core.store.read()).await.unwrap().unwrap();
        assert_eq!(n, 0);
        // A required question of the category.
        let fields = [
            ("api_key", key.as_str()),
            ("service_code", "thu-tuc-hanh-chinh"),
            ("description", "a b c"),
            ("address_id", "18880"),
            ("address_string", "x"),
        ];
        let answer = o.send("json", &fields, None).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        assert!(answer.text().contains("attribute[khau]"), "{}", answer.text());
        // Over the key's limit.
        let few =
            NewKey { name: "Ít lượt".into(), may_create: true, per_minute: 1, per_day: 10, ..NewKey::default() };
        let few = api_keys::create(&o.site.core, &o.operator, &few).await.unwrap().1;
        let fields = [&base[..], &[("api_key", few.expose())]].concat();
        assert_eq!(o.send("json", &fields, None).await.status, StatusCode::CREATED);
        let over = o.send("xml", &fields, None).await;
        assert_eq!(over.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(over.header("retry-after").parse::<u32>().unwrap() <= 60);
        well_formed(&over.text());
    })
    .await;
}
