//! «Tài liệu» (N6) as a browser without JavaScript uses it, and what strangers, bad files and bad luck make of it.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

mod support;

use axum::http::StatusCode;
use base::{clock::DAY, ids::Uuid, show::rfc3339};
use domain::{
    accounts::Assurance,
    dossiers::{
        Outcome,
        receive::{Sender, receive},
    },
    national::catalogue::{self, Entry},
    packs::procedures::Level,
    testing::{self, pdf::Pdf},
};
use serde_json::json;
use store::Sql;
use support::{
    Answer, Person, Site, anybody,
    browser::{Browser, between},
    photo,
    portal::{NUMBER, each, province},
};

const PAGE: &str = "/tai-khoan/tai-lieu";
const ADD: &str = "/tai-khoan/tai-lieu/moi";
const MEGABYTE: usize = 1024 * 1024;

fn pdf() -> Vec<u8> {
    Pdf::saying("Giay khai sinh").bytes()
}

fn person<'s>(site: &'s Site, person: &Person) -> Browser<'s> {
    Browser::of(
        site,
        &Person { cookie: person.cookie.replace("phien-quang-tri", &site.web.cookie_name("phien")), ..person.clone() },
    )
}

async fn somebody(site: &Site, n: u32) -> Browser<'_> {
    let account = testing::citizen(&site.core, n).await;
    let mut b = person(site, &site.sign_in(account, "phien", "otp").await);
    b.page("/tai-khoan").await;
    b
}

impl Browser<'_> {
    /// Sends the form as its page has it.
    async fn adds(&mut self, name: &str, files: &[(&str, &str, &[u8])]) -> Answer {
        let page = self.page(ADD).await;
        let key = support::portal::hidden(&page, "khoa");
        self.upload_with(ADD, &[("khoa", &key), ("name", name), ("topic", "family")], files).await
    }

    /// Adds a paper that is taken, and its page.
    async fn keeps(&mut self, name: &str, file: &str, bytes: &[u8]) -> String {
        assert_eq!(self.adds(name, &[("file", file, bytes)]).await.leads_to(), PAGE);
        let list = self.page(PAGE).await;
        let at = list.find(&format!(">{name}<")).unwrap_or_else(|| panic!("{name} in {list}"));
        let start = list[..at].rfind("href=\"").unwrap() + 6;
        list[start..start + list[start..].find('"').unwrap()].to_owned()
    }
}

async fn count(site: &Site) -> i64 {
    Sql::new("SELECT count(*) FROM document").scalar(site.core.store.read()).await.unwrap().unwrap()
}

/// A file that only its owner may have, and only to be saved.
fn is_guarded(answer: &Answer, kind: &str) {
    assert_eq!(answer.status, StatusCode::OK);
    for (name, value) in [
        ("content-type", kind),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-frame-options", "DENY"),
        ("content-length", &answer.bytes.len().to_string()),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
}

#[tokio::test]
async fn n6_a_person_keeps_papers_finds_saves_renames_and_deletes_them() {
    each(async |site, _, _| {
        let mut b = somebody(site, 1).await;
        let account = b.page("/tai-khoan").await;
        assert!(account.contains(&format!("href=\"{PAGE}\"")), "{account}");
        let empty = b.page(PAGE).await;
        assert!(empty.contains("Chưa có giấy tờ nào") && empty.contains(ADD), "{empty}");
        let form = b.page(ADD).await;
        assert!(form.contains("10 MB") && form.contains("enctype=\"multipart/form-data\""), "{form}");

        // Its name says something else than it is.
        let paper = b.keeps("Giấy khai sinh cháu An", "../../khai-sinh.jpg", &pdf()).await;
        let list = b.page(PAGE).await;
        for words in ["Giấy khai sinh, kết hôn", "PDF, 1 KB", "1 trên 50 giấy tờ"] {
            assert!(list.contains(words), "{words}: {list}");
        }
        let one = b.page(&paper).await;
        assert!(one.contains("Tải về máy") && !one.contains("<img src=\"/tai-khoan"), "{one}");
        let saved = b.get(&format!("{paper}/tai")).await;
        is_guarded(&saved, "application/pdf");
        assert_eq!(saved.bytes, pdf());
        let disposition = saved.header("content-disposition");
        assert!(
            disposition.starts_with("attachment; filename=\"giay-khai-sinh-chau-an.pdf\"; filename*=UTF-8''Gi%E1"),
            "{disposition}"
        );
        assert_eq!(b.get(&format!("{paper}/anh")).await.status, StatusCode::NOT_FOUND, "a PDF is shown in no page");

        let picture = b.keeps("Ảnh căn cước", "a.pdf", &photo()).await;
        let one = b.page(&picture).await;
        assert!(one.contains(&format!("<img src=\"{picture}/anh\"")), "{one}");
        let look = b.get(&format!("{picture}/anh")).await;
        is_guarded(&look, "image/jpeg");
        assert!(look.bytes.starts_with(b"\xff\xd8\xff"), "drawn anew");

        let form = b.page(&format!("{paper}/sua")).await;
        assert!(
            form.contains("value=\"Giấy khai sinh cháu An\"") && form.contains("value=\"family\" checked"),
            "{form}"
        );
        let wrong = b.post(&format!("{paper}/sua"), &[("name", " "), ("topic", "family")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.checked().contains("Hãy đặt tên cho giấy tờ"));
        let named = b.post(&format!("{paper}/sua"), &[("name", "Khai sinh <b>An</b>"), ("topic", "other")]).await;
        assert_eq!(named.leads_to(), paper);
        assert!(b.page(&paper).await.contains("Khai sinh &#60;b&#62;An"));

        let asked = b.page(&format!("{paper}/xoa")).await;
        assert!(asked.contains("không lấy lại được") && count(site).await == 2, "{asked}");
        assert_eq!(b.post(&format!("{paper}/xoa"), &[]).await.leads_to(), PAGE);
        assert_eq!((b.get(&paper).await.status, count(site).await), (StatusCode::NOT_FOUND, 1));
        assert_eq!(b.post(&format!("{paper}/xoa"), &[]).await.status, StatusCode::NOT_FOUND, "once");
        let activity = b.page("/tai-khoan/hoat-dong").await;
        for words in ["Thêm một giấy tờ", "Tải một giấy tờ", "Xóa một giấy tờ"] {
            assert!(activity.contains(words), "{words}: {activity}");
        }
        assert!(!activity.contains("khai sinh"), "the name of a paper may tell much: {activity}");
    })
    .await;
}

#[tokio::test]
async fn n6_each_file_that_is_not_taken_is_told_why_and_what_to_do() {
    each(async |site, _, _| {
        let mut b = somebody(site, 1).await;
        let locked = Pdf { more: "/Encrypt 9 0 R".into(), ..Pdf::default() }.bytes();
        let polyglot = [pdf().as_slice(), b"<script>alert(1)</script>"].concat();
        // A PNG that says it has 10,000 by 10,000 pixels.
        let mut bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x27\x10\0\0\x27\x10\x08\x02\0\0\0".to_vec();
        bomb.extend([0x0f, 0x4b, 0x04, 0xae, 0, 0, 0, 0]);
        bomb.extend(b"IDAT\x35\xaf\x06\x1e");
        let html = b"<!doctype html><script>alert(1)</script>".as_slice();
        let mut large = pdf();
        large.resize(10 * MEGABYTE + 1, b'\n');
        let mut larger = pdf();
        larger.resize(13 * MEGABYTE, b'\n');
        let cut = &photo()[..40];
        for (what, bytes, words) in [
            ("nothing", b"".as_slice(), "rỗng"),
            ("HTML", html, "không phải PDF"),
            ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "không phải PDF"),
            ("an archive", b"PK\x03\x04abc", "không phải PDF"),
            ("a locked PDF", &locked, "mật khẩu"),
            ("a PDF that is a page, too", &polyglot, "gắn thêm"),
            ("a cut PDF", &pdf()[..200], "hỏng"),
            ("a cut picture", cut, "bị cắt"),
            ("a bomb", &bomb, "chụp lại"),
            ("10 MB and a byte", &large, "quá 10 MB"),
            ("13 MB", &larger, "quá 10 MB"),
        ] {
            let refused = b.adds("Giấy tờ của tôi", &[("file", "giay-to.pdf", bytes)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
            let page = refused.checked();
            assert!(
                page.contains(words) && page.contains("id=\"f-file-e\"") && page.contains("href=\"#f-file\""),
                "{what}: {page}"
            );
            assert!(
                page.contains("value=\"Giấy tờ của tôi\"") && page.contains("value=\"family\" checked"),
                "{what}: {page}"
            );
        }
        for (what, files, words) in [
            ("none", &[][..], "Chưa chọn tệp nào"),
            ("an input that nobody used", &[("file", "", b"".as_slice())], "Chưa chọn tệp nào"),
            ("another field", &[("photo", "a.pdf", b"%PDF-".as_slice())], "Chưa chọn tệp nào"),
            ("two", &[("file", "a.pdf", b"1".as_slice()), ("file", "b.pdf", b"2")], "Mỗi lần chỉ thêm được một tệp"),
        ] {
            let refused = b.adds("Giấy tờ", files).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
            assert!(refused.checked().contains(words), "{what}");
        }
        let nameless = b.adds("\u{202e}\u{200b} \t", &[("file", "a.pdf", &pdf())]).await.checked();
        assert!(nameless.contains("Hãy đặt tên") && nameless.contains("Hãy chọn lại tệp"), "{nameless}");
        assert!(
            nameless.find("href=\"#f-file\"") < nameless.find("href=\"#f-name\""),
            "in the order of the page: {nameless}"
        );
        assert_eq!(
            b.adds(&"a".repeat(MEGABYTE), &[("file", "a.pdf", &pdf())]).await.status,
            StatusCode::PAYLOAD_TOO_LARGE
        );
        assert_eq!(count(site).await, 0);
        // What a reader shows of a PDF with a page inside it is a file to be saved, and nothing else.
        let inside = Pdf { more: "/X (<!doctype html><script>alert(1)</script>)".into(), ..Pdf::default() }.bytes();
        let paper = b.keeps("Giấy tờ", "a.pdf\u{202e}", &inside).await;
        is_guarded(&b.get(&format!("{paper}/tai")).await, "application/pdf");
    })
    .await;
}

#[tokio::test]
async fn n6_nobody_but_the_owner_learns_that_there_is_a_paper() {
    each(async |site, _, _| {
        let mut b = somebody(site, 1).await;
        let paper = b.keeps("Sổ đỏ", "a.png", &photo()).await;
        let staff = testing::officer(&site.core, "Cán Bộ Thử", "*", domain::rights::Role::ProvinceOperator).await;
        let staff = site.sign_in(staff.account, "phien-cb", "password+totp").await;
        let mut other = somebody(site, 2).await;
        other.page(PAGE).await;
        for rest in ["", "/tai", "/anh", "/sua", "/xoa"] {
            let path = format!("{paper}{rest}");
            for who in [&anybody(), &staff] {
                assert!(site.get(who, &path).await.leads_to().starts_with("/dang-nhap"), "{path}");
            }
            let none = format!("{PAGE}/{}{rest}", site.core.new_id());
            let (there, not_there) = (other.get(&path).await, other.get(&none).await);
            assert_eq!((there.status, not_there.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND), "{path}");
            let shape = |answer: &Answer, path: &str| answer.text().replace(path, "…");
            assert_eq!(shape(&there, &path), shape(&not_there, &none), "{path}");
            for odd in ["x", "..%2f..", "%00", "0"] {
                assert_eq!(b.get(&format!("{PAGE}/{odd}{rest}")).await.status, StatusCode::NOT_FOUND, "{odd}{rest}");
            }
        }
        for (rest, fields) in [("/sua", &[("name", "Của tôi"), ("topic", "land")][..]), ("/xoa", &[])] {
            assert_eq!(other.post(&format!("{paper}{rest}"), fields).await.status, StatusCode::NOT_FOUND);
        }
        assert!(b.page(PAGE).await.contains("Sổ đỏ"));
    })
    .await;
}

#[tokio::test]
async fn x8_a_form_of_another_page_adds_renames_and_deletes_nothing() {
    each(async |site, _, _| {
        let mut b = somebody(site, 1).await;
        let paper = b.keeps("Sổ đỏ", "a.png", &photo()).await;
        b.page(PAGE).await;
        for token in ["", "sai"] {
            b.csrf = token.into();
            let fields = [("name", "Khác"), ("topic", "land")];
            let added = b.upload_with(ADD, &fields, &[("file", "a.png", &photo())]).await;
            b.csrf = token.into();
            let renamed = b.post(&format!("{paper}/sua"), &fields).await;
            b.csrf = token.into();
            let removed = b.post(&format!("{paper}/xoa"), &[]).await;
            for answer in [added, renamed, removed] {
                assert_eq!(answer.status, StatusCode::FORBIDDEN);
            }
        }
        let list = b.page(PAGE).await;
        assert!(list.contains("Sổ đỏ") && !list.contains("Khác</a>") && count(site).await == 1, "{list}");
    })
    .await;
}

#[tokio::test]
async fn n6_the_same_form_sent_twice_is_one_paper_and_a_full_store_says_what_to_do() {
    each(async |site, _, _| {
        let mut b = somebody(site, 1).await;
        let page = b.page(ADD).await;
        let key = support::portal::hidden(&page, "khoa");
        for _ in 0..2 {
            let fields = [("khoa", key.as_str()), ("name", "Bằng lái"), ("topic", "identity")];
            assert_eq!(b.upload_with(ADD, &fields, &[("file", "a.png", &photo())]).await.leads_to(), PAGE);
        }
        assert_eq!(count(site).await, 1);
        // A form without its name, as one that was saved to disk sends it.
        let fields = [("khoa", "x"), ("name", "Bằng lái"), ("topic", "identity")];
        assert_eq!(b.upload_with(ADD, &fields, &[("file", "a.png", &photo())]).await.leads_to(), PAGE);
        for _ in count(site).await..50 {
            b.adds("Bằng lái", &[("file", "a.png", &photo())]).await.leads_to();
        }
        let list = b.page(PAGE).await;
        assert!(list.contains("Kho đã đầy") && list.contains("50 trên 50") && !list.contains(ADD), "{list}");
        let refused = b.adds("Bằng lái", &[("file", "a.png", &photo())]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("xóa bớt giấy tờ"));
        assert_eq!(count(site).await, 50);
    })
    .await;
}

#[tokio::test]
async fn n6_a_paper_whose_file_is_gone_or_spoiled_says_so_and_can_be_deleted() {
    each(async |site, _, _| {
        let mut b = somebody(site, 1).await;
        let paper = b.keeps("Sổ đỏ", "a.png", &photo()).await;
        let file =
            Sql::new("SELECT file FROM document").scalar::<String>(site.core.store.read()).await.unwrap().unwrap();
        for (spoiled, words) in [(true, "không mở được"), (false, "Không tìm thấy tệp")] {
            match spoiled {
                true => site.core.files.put(&file, b"noise".to_vec()).await.unwrap(),
                false => site.core.files.delete(&file).await.unwrap(),
            }
            let one = b.page(&paper).await;
            assert!(
                one.contains(words) && one.contains("chụp hoặc quét lại") && !one.contains("<img src=\"/tai-khoan"),
                "{one}"
            );
            assert!(!one.contains("Tải về máy"), "{one}");
            assert_eq!(b.get(&format!("{paper}/tai")).await.leads_to(), paper);
            assert_eq!(b.get(&format!("{paper}/anh")).await.status, StatusCode::NOT_FOUND);
        }
        assert!(b.page(PAGE).await.contains("Sổ đỏ"));
        // A row of another house's key.
        let strange = "UPDATE document SET sealed = $1";
        let write = move |tx: store::Tx| async move { Sql::new(strange).bind(vec![1u8; 60]).exec(&tx).await };
        site.core.store.write(write).await.unwrap();
        assert!(b.page(PAGE).await.contains("Giấy tờ không mở được"));
        assert!(b.page(&paper).await.contains("Tệp của giấy tờ này không mở được"));
        assert_eq!(b.get(&format!("{paper}/sua")).await.status, StatusCode::NOT_FOUND);
        b.page(&format!("{paper}/xoa")).await;
        assert_eq!(b.post(&format!("{paper}/xoa"), &[]).await.leads_to(), PAGE);
        assert_eq!(count(site).await, 0);
    })
    .await;
}

#[tokio::test]
async fn n6_dossiers_that_came_to_a_result_stand_beside_the_papers() {
    each(async |site, _, _| {
        province(site).await;
        catalogue::connect(&site.core, "tinh", "https://tinh.example.vn/api/v1/procedures").await.unwrap();
        let entry = Entry {
            code: "1.001193".into(),
            name: "Đăng ký khai sinh".into(),
            field: "Hộ tịch".into(),
            level: Level::Commune,
            account: Assurance::Phone,
            page: "/thu-tuc/1.001193".into(),
        };
        catalogue::keep(&site.core, "tinh", vec![entry]).await.unwrap();
        let mut stranger = somebody(site, 5).await;
        let unknown = stranger.page(PAGE).await;
        assert!(unknown.contains("đăng nhập lại bằng VNeID"), "{unknown}");
        let mut b = Browser::new(site);
        b.registers().await;
        assert!(b.page(PAGE).await.contains("Chưa có kết quả nào"));
        let state = |n: u32, state: &str| {
            json!({ "event": format!("su-kien-{n:04}"), "dossier": format!("H50.15-260330-000{n}"), "procedure": "1.001193", "number": NUMBER,
                "state": state, "at": rfc3339(site.core.now()), "due": rfc3339(site.core.now() + 3 * DAY) })
        };
        let steps: Vec<_> = [(1, "4"), (2, "9"), (3, "10"), (4, "3")].map(|(n, of)| state(n, of)).into();
        let sender = Sender { client: "tinh".into(), hosts: Vec::new() };
        assert!(receive(&site.core, sender, &steps).await.unwrap().iter().all(|o| *o == Outcome::Taken));
        let page = b.page(PAGE).await;
        for (code, is_there) in [("260330-0001", false), ("260330-0002", true), ("260330-0003", true), ("260330-0004", false)] {
            assert_eq!(page.contains(code), is_there, "{code}: {page}");
        }
        let href = between(&page, "href=\"/tai-khoan/ho-so/", "\"").unwrap();
        assert!(Uuid::parse_str(&href).is_ok());
        assert!(b.page(&format!("/tai-khoan/ho-so/{href}")).await.contains("Đăng ký khai sinh"));
        assert!(!stranger.page(PAGE).await.contains("260330-0002"));

        // Promised days: of what somebody still works on, and for nobody else.
        assert!(b.page("/tai-khoan/tien-ich").await.contains("1 hồ sơ có ngày hẹn trả"));
        let all = b.get("/tai-khoan/tien-ich/hen-tra.ics").await;
        is_guarded(&all, "text/calendar; charset=utf-8");
        let text = all.text().replace("\r\n ", "");
        assert!(all.header("content-disposition").starts_with("attachment"));
        let opened = b.page("/tai-khoan/ho-so?muc=dang-xu-ly").await;
        let id = between(&opened, "href=\"/tai-khoan/ho-so/", "\"").unwrap();
        for line in ["DTSTART;VALUE=DATE:20260402", "Đăng ký khai sinh", "H50.15-260330-0001", &format!("UID:{id}@localhost")] {
            assert!(text.contains(line), "{line}: {text}");
        }
        assert!(text.matches("BEGIN:VEVENT").count() == 1 && !text.contains(NUMBER), "{text}");
        assert!(b.page(&format!("/tai-khoan/ho-so/{id}")).await.contains(&format!("{id}/hen-tra.ics")));
        assert_eq!(b.get(&format!("/tai-khoan/ho-so/{id}/hen-tra.ics")).await.text(), all.text());
        assert_eq!(b.get(&format!("/tai-khoan/ho-so/{href}/hen-tra.ics")).await.status, StatusCode::NOT_FOUND, "it is done");
        assert_eq!(stranger.get(&format!("/tai-khoan/ho-so/{id}/hen-tra.ics")).await.status, StatusCode::NOT_FOUND);
        assert!(!stranger.get("/tai-khoan/tien-ich/hen-tra.ics").await.text().contains("VEVENT"));
        assert!(stranger.page("/tai-khoan/tien-ich").await.contains("Chưa có hồ sơ nào có ngày hẹn trả"));
    })
    .await;
}

#[tokio::test]
async fn n6_a_province_has_no_store_of_papers() {
    support::each(async |site| {
        let citizen = site.citizen(1).await;
        for path in [PAGE, ADD] {
            assert_eq!(site.get(&citizen, path).await.status, StatusCode::NOT_FOUND);
        }
        assert!(!site.get(&citizen, "/tai-khoan").await.page().contains(PAGE));
    })
    .await;
}
