//! Reports as citizens read them and what their authors can do (R7, R9, R10, R11).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

mod support;

use axum::http::StatusCode;
use base::{clock::DAY, code::Code};
use domain::reports::{Act, Command, Draft, Place, photos, submit, views};
use support::{Person, Site, anybody, each, photo};

async fn report(site: &Site, who: &Person, anonymous: bool) -> String {
    let picture = photos::take_in(photo()).await.unwrap().unwrap();
    let draft = Draft {
        title: "Ổ gà trước cổng trường".into(),
        content: "Sâu nửa mét, <b>rất</b> nguy hiểm.".into(),
        category: "ha-tang".into(),
        place: Place { point: None, commune: Some("18880".into()), address: "Đường Hùng Vương".into() },
        anonymous,
        ..Draft::default()
    };
    let sent = submit(&site.core, who.account, &draft, vec![picture], None, "test").await.unwrap();
    sent.code.as_str().to_owned()
}

fn note(text: &str) -> String {
    text.into()
}

#[tokio::test]
async fn r11_before_acceptance_only_the_author_sees_the_report_and_its_photos() {
    each(async |site| {
        let (p, other) = (site.citizen(1).await, site.citizen(2).await);
        let code = report(&site, &p, true).await;
        let (path, unit) = (format!("/phan-anh/{code}"), site.officer("18880").await);
        let own = site.get(&p, &path).await.page();
        assert!(own.contains("Chưa công khai") && own.contains("Rút phản ánh") && own.contains("&#60;b&#62;rất"));
        let at = own.find("/anh/").unwrap();
        let picture = own[at..].split('"').next().unwrap().to_owned();
        for stranger in [&anybody(), &other] {
            assert_eq!(site.get(stranger, &path).await.status, StatusCode::NOT_FOUND);
            assert_eq!(site.get(stranger, &picture).await.status, StatusCode::NOT_FOUND);
            assert!(!site.get(stranger, "/phan-anh").await.page().contains("Ổ gà trước"));
        }
        assert!(site.get(&p, &picture).await.header("cache-control").starts_with("private"));

        site.staff(&unit, &code, Command::Accept { note: note("ghi chú kín") }).await;
        let page = site.get(&anybody(), &path).await;
        assert_eq!(page.header("x-offline-copy"), "", "a public page is not kept on strangers' phones");
        let page = page.page();
        assert!(page.contains("Ổ gà trước cổng trường") && page.contains("Đã tiếp nhận"));
        for secret in ["Người Thử", "ghi chú kín", "Cán Bộ Thử", "+84", "Rút phản ánh", "Bổ sung thông tin"]
        {
            assert!(!page.contains(secret), "{secret}");
        }
        let public = site.get(&anybody(), &picture).await;
        assert_eq!((public.status, public.header("content-type")), (StatusCode::OK, "image/jpeg"));
        assert!(public.header("cache-control").starts_with("public"));
        assert!(site.get(&anybody(), "/phan-anh").await.page().contains("Ổ gà trước"));
        assert_eq!(site.get(&anybody(), &picture.replace("l.jpg", "x.jpg")).await.status, StatusCode::NOT_FOUND);

        site.staff(&unit, &code, Command::Hide { reason: note("lộ biển số xe") }).await;
        assert_eq!(site.get(&anybody(), &path).await.status, StatusCode::NOT_FOUND);
        assert!(site.get(&p, &path).await.page().contains("lộ biển số xe"));
    })
    .await;
}

#[tokio::test]
async fn r3_the_name_stands_in_public_only_when_the_person_chose_so() {
    each(async |site| {
        let (p, unit) = (site.citizen(1).await, site.officer("18880").await);
        let (hidden, shown) = (report(&site, &p, true).await, report(&site, &p, false).await);
        for code in [&hidden, &shown] {
            site.staff(&unit, code, Command::Accept { note: String::new() }).await;
        }
        assert!(!site.get(&anybody(), &format!("/phan-anh/{hidden}")).await.page().contains("Người Thử"));
        assert!(site.get(&anybody(), &format!("/phan-anh/{shown}")).await.page().contains("Người Thử 1"));
    })
    .await;
}

#[tokio::test]
async fn r9_the_author_answers_adds_rates_and_asks_again_once() {
    each(async |site| {
        let (p, unit) = (site.citizen(1).await, site.officer("18880").await);
        let code = report(&site, &p, true).await;
        let path = format!("/phan-anh/{code}");
        site.staff(&unit, &code, Command::Accept { note: String::new() }).await;

        // Something to add, with a photo; sent twice it is one.
        let file: [(&str, &str, &[u8]); 1] = [("photo", "a.png", &photo())];
        for _ in 0..2 {
            let added = site.upload(&p, &format!("{path}/bo-sung"), &[("text", "Sâu hơn rồi")], &file).await;
            assert_eq!(added.leads_to(), path);
        }
        let whole = views::find(&site.core, &code, &views::Reader::Citizen(p.account)).await.unwrap();
        assert_eq!(whole.events.iter().filter(|e| e.act == Act::AddInfo.as_str()).count(), 1);
        let wrong =
            site.upload(&p, &format!("{path}/bo-sung"), &[("text", " ")], &[("photo", "b.jpg", b"<svg>")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.checked().contains("b.jpg: không phải ảnh"));

        // The unit asks; the clock stands; the answer goes back.
        site.staff(&unit, &code, Command::Ask { question: note("Hố sâu bao nhiêu?") }).await;
        let page = site.get(&p, &path).await.page();
        assert!(
            page.contains("Hố sâu bao nhiêu?") && page.contains("Thời hạn tạm dừng") && page.contains("Trả lời đơn vị")
        );
        assert!(site.get(&p, "/").await.page().contains("Chờ bổ sung thông tin"));
        assert!(site.get(&p, &format!("{path}/bo-sung")).await.page().contains("Hố sâu bao nhiêu?"));
        assert_eq!(site.upload(&p, &format!("{path}/bo-sung"), &[("text", "Nửa mét")], &[]).await.leads_to(), path);
        assert!(site.get(&p, &path).await.page().contains("Ông/Bà đã trả lời"));
        assert!(site.get(&anybody(), &path).await.page().contains("Người gửi đã trả lời"));

        site.staff(&unit, &code, Command::Resolve { text: note("Đã vá.") }).await;
        let page = site.get(&p, &path).await.page();
        assert!(page.contains("Ông/Bà có hài lòng với kết quả không?") && page.contains("Đề nghị xử lý lại"));
        let none = site.post(&p, &format!("{path}/danh-gia"), &[("comment", "ừ")]).await;
        assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(none.checked().contains("Chọn một mức hài lòng"));

        // Not content: once more, and only once.
        let empty = site.post(&p, &format!("{path}/xu-ly-lai"), &[("comment", "")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.post(&p, &format!("{path}/xu-ly-lai"), &[("comment", "Bong rồi")]).await.leads_to(), path);
        site.staff(&unit, &code, Command::Resolve { text: note("Vá lại.") }).await;
        assert_eq!(site.get(&p, &format!("{path}/xu-ly-lai")).await.status, StatusCode::CONFLICT);
        assert_eq!(
            site.post(&p, &format!("{path}/xu-ly-lai"), &[("comment", "Nữa")]).await.status,
            StatusCode::CONFLICT
        );
        for _ in 0..2 {
            let rated = site.post(&p, &format!("{path}/danh-gia"), &[("stars", "4"), ("comment", "Được")]).await;
            assert_eq!(rated.leads_to(), path, "sent twice is rated once");
        }
        let page = site.get(&p, &path).await.page();
        assert!(page.contains("Ông/Bà đánh giá 4 trên 5") && !page.contains("Gửi đánh giá"));
    })
    .await;
}

#[tokio::test]
async fn r9_reopening_ends_after_seven_days() {
    each(async |site| {
        let (p, unit) = (site.citizen(1).await, site.officer("18880").await);
        let code = report(&site, &p, true).await;
        site.staff(&unit, &code, Command::Accept { note: String::new() }).await;
        site.staff(&unit, &code, Command::Resolve { text: note("Đã vá.") }).await;
        site.core.clock.advance(8 * DAY);
        let page = site.get(&p, &format!("/phan-anh/{code}")).await.page();
        assert!(!page.contains("xu-ly-lai") && page.contains("danh-gia"));
        let late = site.post(&p, &format!("/phan-anh/{code}/xu-ly-lai"), &[("comment", "Bong rồi")]).await;
        assert_eq!(late.status, StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn r9_a_report_is_withdrawn_only_after_a_question() {
    each(async |site| {
        let p = site.citizen(1).await;
        let code = report(&site, &p, true).await;
        let path = format!("/phan-anh/{code}/rut");
        assert!(site.get(&p, &path).await.page().contains("Rút phản ánh này?"));
        assert_eq!(site.post(&p, &path, &[("reason", "Đã tự vá")]).await.leads_to(), format!("/phan-anh/{code}"));
        let page = site.get(&p, &format!("/phan-anh/{code}")).await.page();
        assert!(page.contains("Ông/Bà đã rút phản ánh") && page.contains("Đã đóng"));
        assert_eq!(site.get(&p, &path).await.status, StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn r9_nobody_acts_on_somebody_elses_report() {
    each(async |site| {
        let (p, other, unit) = (site.citizen(1).await, site.citizen(2).await, site.officer("18880").await);
        let code = report(&site, &p, true).await;
        site.staff(&unit, &code, Command::Accept { note: String::new() }).await;
        for act in ["bo-sung", "rut", "danh-gia", "xu-ly-lai", "da-gui"] {
            let path = format!("/phan-anh/{code}/{act}");
            assert_eq!(site.get(&other, &path).await.status, StatusCode::NOT_FOUND, "{act}");
            assert!(site.get(&anybody(), &path).await.leads_to().starts_with("/dang-nhap?next="), "{act}");
            if act != "da-gui" {
                let fields = [("text", "x"), ("comment", "x"), ("stars", "1"), ("reason", "x")];
                assert_eq!(site.post(&other, &path, &fields).await.status, StatusCode::NOT_FOUND, "{act}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn r10_the_public_list_is_narrowed_and_turned_by_its_address() {
    each(async |site| {
        let (p, unit) = (site.citizen(1).await, site.officer("18880").await);
        let mut first = String::new();
        for n in 0..21 {
            // Ten an hour, thirty a day are the limit of one person.
            site.core.clock.advance(2 * 3_600_000);
            let code = report(&site, &p, true).await;
            site.staff(&unit, &code, Command::Accept { note: String::new() }).await;
            if n == 0 {
                first = code;
            }
        }
        let shown = Code::parse(&first).unwrap().to_string();
        let page = site.get(&anybody(), "/phan-anh").await.page();
        assert!(!page.contains(&shown) && page.contains("Xem thêm"));
        let at = page.find("/phan-anh?truoc=").unwrap();
        let next = page[at..].split('"').next().unwrap();
        assert!(site.get(&anybody(), next).await.page().contains(&shown));

        let none = site.get(&anybody(), "/phan-anh?loai=dien&xa=18880").await.page();
        assert!(none.contains("Không có phản ánh nào như vậy") && none.contains("Phường Đồng Hới"));
        // Without a script the commune is only a name.
        assert!(site.get(&anybody(), "/phan-anh?ten-xa=dong+hoi&xa=").await.page().contains("Ổ gà trước"));
        assert!(!site.get(&anybody(), "/phan-anh?ten-xa=dong+thuan&xa=18880").await.page().contains("Ổ gà trước"));
        assert!(site.get(&anybody(), "/phan-anh?trang-thai=dang").await.page().contains("Ổ gà trước"));
        assert!(!site.get(&anybody(), "/phan-anh?trang-thai=xong").await.page().contains("Ổ gà trước"));
        site.get(&anybody(), "/phan-anh?loai=%3Cscript%3E&truoc=x&xa=%27").await.page();
        let mine = site.get(&p, "/phan-anh/cua-toi").await;
        assert_eq!(mine.header("x-offline-copy"), "keep");
        assert!(mine.page().contains("truoc="));
    })
    .await;
}

#[tokio::test]
async fn r9_a_code_finds_a_report_however_it_is_typed() {
    each(async |site| {
        let (p, unit) = (site.citizen(1).await, site.officer("18880").await);
        let code = report(&site, &p, true).await;
        let typed = Code::parse(&code).unwrap().to_string();
        let find = format!("/phan-anh/tim?ma={}", support::encode(&format!(" {typed} ")));
        assert_eq!(site.get(&anybody(), &find).await.status, StatusCode::NOT_FOUND);
        assert_eq!(site.get(&p, &find).await.leads_to(), format!("/phan-anh/{code}"));
        site.staff(&unit, &code, Command::Accept { note: String::new() }).await;
        assert_eq!(site.get(&anybody(), &find).await.leads_to(), format!("/phan-anh/{code}"));
        assert_eq!(site.get(&anybody(), &format!("/phan-anh/{typed}")).await.leads_to(), format!("/phan-anh/{code}"));
        let wrong = site.get(&anybody(), "/phan-anh/tim?ma=12345%3Cb%3E").await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = wrong.checked();
        assert!(page.contains("Mã này chưa đúng") && page.contains("12345&#60;b&#62;") && page.contains("<title>Lỗi:"));
        assert_eq!(site.get(&anybody(), "/phan-anh/khong-phai-ma").await.status, StatusCode::NOT_FOUND);
    })
    .await;
}
