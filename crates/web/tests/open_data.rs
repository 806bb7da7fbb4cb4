//! Open data files, questions in the wizard and the pages where staff make both (R12).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::http::StatusCode;
use domain::{
    reports::{Command, Draft, Place, rows, submit},
    rights::Role,
    testing,
};
use support::{Person, Site, anybody, each};

async fn public(site: &Site, title: &str, content: &str) -> String {
    site.core.clock.advance(60_000);
    let citizen = testing::citizen(&site.core, site.core.entropy.below(900_000) as u32).await;
    let draft = Draft {
        title: title.into(),
        content: content.into(),
        category: "ha-tang".into(),
        place: Place { commune: Some("18880".into()), address: "+84 912, \"đường\"".into(), ..Place::default() },
        ..Draft::default()
    };
    let code = submit(&site.core, citizen, &draft, vec![], None, "web").await.unwrap().code.as_str().to_owned();
    let officer = testing::officer(&site.core, "Điều Phối", "*", Role::ProvinceOperator).await;
    site.staff(&officer, &code, Command::Accept { note: String::new() }).await;
    code
}

async fn staff(site: &Site, role: Role) -> Person {
    let officer = testing::officer(&site.core, "Quản Trị Thử", "*", role).await;
    site.sign_in(officer.account, "phien-cb", "password+totp").await
}

#[tokio::test]
async fn r12_a_months_file_holds_what_is_public_and_no_formula() {
    each(async |site: Site| {
        let bomb = public(&site, "=HYPERLINK(\"http://evil.example\";\"x\")", "@SUM(1)\r\n<script>&\u{0}\u{1b}").await;
        for n in 0..3 {
            public(&site, &format!("Ổ gà {n}"), "Sâu, rộng").await;
        }
        let citizen = site.citizen(1).await;
        let unaccepted = Draft {
            content: "Chưa tiếp nhận".into(),
            category: "ha-tang".into(),
            place: Place { commune: Some("18880".into()), address: "a".into(), ..Place::default() },
            ..Draft::default()
        };
        submit(&site.core, citizen.account, &unaccepted, vec![], None, "web").await.unwrap();

        let page = site.get(&anybody(), "/du-lieu-mo").await.page();
        assert!(page.contains("/du-lieu-mo/phan-anh-2026-03.csv") && page.contains("CC BY 4.0"));
        assert!(!page.contains("phan-anh-2026-02"), "months before the first report are not offered");
        let file = site.get(&anybody(), "/du-lieu-mo/phan-anh-2026-03.csv").await;
        assert!(file.header("content-type").starts_with("text/csv"));
        let text = file.text();
        let table = text.strip_prefix('\u{feff}').unwrap();
        let mut reader = csv::Reader::from_reader(table.as_bytes());
        let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!((rows.len(), head[0].as_str()), (4, "code"));
        let cell = |name: &str| &rows[0][head.iter().position(|h| h == name).unwrap()];
        assert_eq!(cell("code"), bomb);
        assert_eq!(cell("title"), "'=HYPERLINK(\"http://evil.example\";\"x\")");
        assert_eq!(cell("address"), "'+84 912, \"đường\"");
        assert!(rows.iter().flatten().all(|c| !c.starts_with(['=', '+', '-', '@', '\t'])), "{text}");
        for secret in ["Người Thử", "Chưa tiếp nhận", "+84912"] {
            assert!(!text.contains(secret), "{secret}");
        }
        let map = site.get(&anybody(), "/du-lieu-mo/phan-anh-2026-03.geojson").await;
        assert_eq!(map.header("access-control-allow-origin"), "*");
        let features = map.json();
        assert_eq!(features["type"], "FeatureCollection");
        assert_eq!(features["features"].as_array().unwrap().len(), 4);
        let empty = site.get(&anybody(), "/du-lieu-mo/phan-anh-2020-01.geojson").await.json();
        assert!(empty["features"].as_array().unwrap().is_empty());
        for wrong in ["phan-anh-2026-13.csv", "phan-anh-2030-01.csv", "..%2f..%2fetc", "phan-anh-2026-03.xml"] {
            assert_eq!(
                site.get(&anybody(), &format!("/du-lieu-mo/{wrong}")).await.status,
                StatusCode::NOT_FOUND,
                "{wrong}"
            );
        }
        let english = site.get(&anybody(), "/du-lieu-mo?lang=en").await.page();
        assert!(english.contains("Open data") && !english.contains("Dữ liệu mở"));
    })
    .await;
}

#[tokio::test]
async fn r10_the_files_hide_in_texts_what_the_pages_hide() {
    each(async |site: Site| {
        let code = public(&site, "Ổ gà, gọi 0912 345 678", "Nhà số 5, thu@example.com, CCCD 045199001234").await;
        let officer = testing::officer(&site.core, "Lê Thị Thử", "18880", Role::UnitLeader).await;
        let text = "Chị Thu 0987654321 đã báo xong".to_owned();
        site.staff(&officer, &code, Command::Resolve { text }).await;
        for kind in ["csv", "geojson"] {
            let file = site.get(&anybody(), &format!("/du-lieu-mo/phan-anh-2026-03.{kind}")).await.text();
            assert!(file.contains("Ổ gà, gọi") && file.contains("đã báo xong") && file.contains("Nhà số 5"), "{file}");
            for secret in ["345 678", "thu@", "045199001234", "0987654321"] {
                assert!(!file.contains(secret), "{secret} in {file}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn r12_the_wizard_asks_what_the_category_wants_to_know() {
    each(async |site: Site| {
        let p = site.citizen(1).await;
        let next = site.post(&p, "/phan-anh/moi", &[("category", "thu-tuc-hanh-chinh")]).await.leads_to();
        let draft = next.strip_suffix("/noi-dung").unwrap().to_owned();
        let page = site.get(&p, &next).await.page();
        assert!(
            page.contains("Ông/Bà gặp khó ở khâu nào?")
                && page.contains("name=\"a-khau\"")
                && page.contains("Chỉ cán bộ xem được")
        );
        let text = ("content", "Hồ sơ chậm ba tuần");
        let refused = site.post(&p, &next, &[text, ("a-khau", "la"), ("a-ma-ho-so", "H1")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = refused.checked();
        assert!(page.contains("href=\"#f-a-khau\"") && page.contains("value=\"H1\""), "what was typed stays: {page}");
        let refused = site.post(&p, &next, &[text]).await;
        assert!(refused.checked().contains("Hãy trả lời: Ông/Bà gặp khó ở khâu nào?"));
        site.post(&p, &next, &[text, ("a-khau", "cho-ket-qua"), ("a-ma-ho-so", "H50.1")]).await.leads_to();
        let place = [("commune_text", ""), ("pick", "18880"), ("words", "Bộ phận một cửa")];
        site.post(&p, &format!("{draft}/noi-xay-ra"), &place).await.leads_to();
        let check = site.get(&p, &format!("{draft}/kiem-tra")).await.page();
        assert!(check.contains("Chờ kết quả") && check.contains("H50.1"));
        let done = site.post(&p, &format!("{draft}/kiem-tra"), &[("anonymous", "1")]).await.leads_to();
        let report = done.strip_suffix("/da-gui").unwrap().to_owned();
        let code = report.rsplit('/').next().unwrap().to_owned();
        assert!(site.get(&p, &report).await.page().contains("H50.1"), "the author sees all");

        let officer = testing::officer(&site.core, "Điều Phối", "*", Role::ProvinceOperator).await;
        site.staff(&officer, &code, Command::Accept { note: String::new() }).await;
        let public = site.get(&anybody(), &report).await.page();
        assert!(public.contains("Chờ kết quả") && !public.contains("H50.1"), "only what may be public");
        let desk = site.sign_in(officer.account, "phien-cb", "password+totp").await;
        assert!(site.get(&desk, &format!("/can-bo/phan-anh/{code}")).await.page().contains("H50.1"));
        let api = site.get(&anybody(), &format!("/api/v1/reports/{code}")).await.json();
        assert_eq!(api["answers"].as_array().unwrap().len(), 1);
        let row = rows::by_code(site.core.store.read(), &code).await.unwrap().unwrap();
        assert_eq!(row.answers, "{\"khau\":[\"cho-ket-qua\"],\"ma-ho-so\":[\"H50.1\"]}");

        // Going back and choosing another category asks other things, and the kinds of all fields are drawn.
        for (category, field) in [
            ("moi-truong", "type=\"datetime-local\""),
            ("nuoc", "inputmode=\"decimal\""),
            ("dien", "hãy đứng xa ít nhất 10 mét"),
        ] {
            let next = site.post(&p, "/phan-anh/moi", &[("category", category)]).await.leads_to();
            let next = next.replace("/khan-cap", "/noi-dung");
            assert!(site.get(&p, &next).await.page().contains(field), "{category}");
        }
    })
    .await;
}

#[tokio::test]
async fn r12_staff_change_questions_with_a_reason_and_take_it_back() {
    each(async |site: Site| {
        let who = staff(&site, Role::ProvinceOperator).await;
        let base = "/can-bo/quan-ly/phan-tuyen/linh-vuc/khac";
        let page = site.get(&who, base).await.page();
        assert!(page.contains("Lĩnh vực này chưa hỏi thêm điều gì"));
        let path = format!("{base}/cau-hoi/moi");
        let fields = [
            ("version", "1"),
            ("label_vi", "Bao nhiêu người bị?"),
            ("label_en", "How many people?"),
            ("kind", "singlevaluelist"),
            ("values", "Vài người | A few\nmot-xom = Cả xóm | The hamlet"),
            ("required", "1"),
            ("position", "1"),
            ("reason", "Để biết mức độ"),
        ];
        let without: Vec<_> = fields.iter().copied().filter(|(n, _)| *n != "reason").collect();
        assert_eq!(site.post(&who, &path, &without).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let one_value: Vec<_> = fields.iter().map(|(n, v)| (*n, if *n == "values" { "một" } else { *v })).collect();
        let refused = site.post(&who, &path, &one_value).await;
        let whole = "Lĩnh vực «Khác»: câu hỏi «Bao nhiêu người bị?»: cần từ 2 đến 40 mục để chọn";
        assert!(refused.checked().contains(whole), "{}", refused.text());
        // In the words of the page: never a code or the name of a field of ours.
        for (field, typed, said) in [
            ("label_en", "", "Lĩnh vực «Khác»: câu hỏi «Bao nhiêu người bị?», ô «Câu hỏi» còn trống ở một ngôn ngữ"),
            ("label_vi", "", "Lĩnh vực «Khác»: câu hỏi đang thêm, ô «Câu hỏi» còn trống ở một ngôn ngữ"),
            ("hint_vi", &"x".repeat(201), "câu hỏi «Bao nhiêu người bị?», ô «Gợi ý cách trả lời» quá dài"),
        ] {
            let mut wrong: Vec<_> = fields.iter().filter(|(n, _)| *n != field).copied().collect();
            wrong.push((field, typed));
            let page = site.post(&who, &path, &wrong).await.checked();
            assert!(page.contains(said), "{said}: {page}");
            for ours in ["khac:", ": label", "label trống", "«»"] {
                assert!(!page.contains(ours), "{ours}: {page}");
            }
        }
        assert_eq!(site.post(&who, &path, &fields).await.leads_to(), base);
        let question = format!("{base}/cau-hoi/bao-nhieu-nguoi-bi");
        let page = site.get(&who, &question).await.page();
        assert!(page.contains("vai-nguoi = Vài người | A few"), "{page}");
        let definition = site.get(&anybody(), "/open311/v2/services/khac.json").await.json();
        assert_eq!(definition["attributes"][0]["code"], "bao-nhieu-nguoi-bi");
        let history = site.get(&who, "/can-bo/quan-ly/phan-tuyen/lich-su/2").await.page();
        assert!(history.contains("questions.bao-nhieu-nguoi-bi.label.vi"), "{history}");
        // The name and deadline can still be changed without losing the question.
        let form = [
            ("version", "2"),
            ("name_vi", "Việc khác"),
            ("name_en", "Other"),
            ("icon", "ellipsis"),
            ("limit_kind", "working_days"),
            ("limit", "5"),
            ("position", "15"),
            ("public", "1"),
            ("reason", "đổi tên"),
        ];
        site.post(&who, base, &form).await.leads_to();
        assert_eq!(site.core.province().category("khac").unwrap().questions.len(), 1);
        site.post(&who, &format!("{question}/xoa"), &[("version", "3"), ("reason", "không cần nữa")]).await.leads_to();
        assert!(site.core.province().category("khac").unwrap().questions.is_empty());
        let back = [("version", "4"), ("reason", "vẫn cần")];
        site.post(&who, "/can-bo/quan-ly/phan-tuyen/lich-su/3", &back).await.leads_to();
        assert_eq!(site.core.province().category("khac").unwrap().questions.len(), 1);
        let officer = staff(&site, Role::Officer).await;
        assert_eq!(site.get(&officer, &question).await.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn r12_staff_make_a_key_see_it_once_and_revoke_it() {
    each(async |site: Site| {
        let who = staff(&site, Role::PlatformAdmin).await;
        let list = "/can-bo/quan-ly/khoa-ket-noi";
        assert!(site.get(&who, list).await.page().contains("Chưa có khóa nào"));
        let wrong = [("name", "x"), ("right", "create"), ("per_minute", "0"), ("per_day", "nhiều")];
        let refused = site.post(&who, &format!("{list}/moi"), &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("Nhập số từ 1 đến 600"));
        let good = [("name", "Tổng đài 1022"), ("right", "create"), ("per_minute", "60"), ("per_day", "2.000")];
        let page = site.post(&who, &format!("{list}/moi"), &good).await.page();
        let key = page.split_once("id=\"khoa\">").unwrap().1.split_once('<').unwrap().0.to_owned();
        assert!(key.starts_with("cds_"));
        let page = site.get(&who, list).await.page();
        assert!(page.contains("Tổng đài 1022") && !page.contains(&key) && page.contains("2.000 lượt mỗi ngày"));
        let works = site.get(&anybody(), &format!("/open311/v2/services.xml?api_key={key}")).await;
        assert_eq!(works.status, StatusCode::OK);
        let id = page.split_once(&format!("{list}/")).unwrap().1;
        let id = page
            .match_indices(&format!("{list}/"))
            .map(|(at, m)| &page[at + m.len()..])
            .find(|r| !r.starts_with("moi"))
            .unwrap_or(id);
        let id = id.split_once('"').unwrap().0.to_owned();
        let path = format!("{list}/{id}");
        assert!(site.get(&who, &path).await.page().contains("btn--danger"), "what cannot be undone looks like it");
        assert_eq!(site.post(&who, &path, &[("reason", "")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.post(&who, &path, &[("reason", "Hết hợp đồng")]).await.leads_to(), list);
        assert!(site.get(&who, list).await.page().contains("Thu hồi 08:"));
        assert_eq!(site.get(&who, &path).await.status, StatusCode::NOT_FOUND, "once is enough");
        let gone = site.get(&anybody(), &format!("/open311/v2/services.xml?api_key={key}")).await;
        assert_eq!(gone.status, StatusCode::FORBIDDEN);
        let log = site.get(&who, "/can-bo/quan-ly/nhat-ky").await.page();
        assert!(log.contains("Tạo khóa kết nối") && log.contains("Thu hồi khóa kết nối"), "both are in the log");
        assert!(log.contains("<td>Khóa kết nối …"), "in words, not as rows name it");
        assert!(!log.contains(&key));
        let leader = staff(&site, Role::UnitLeader).await;
        assert_eq!(site.get(&leader, list).await.status, StatusCode::FORBIDDEN);
    })
    .await;
}
