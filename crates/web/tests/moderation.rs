//! What everybody sees and what only some see: redaction, moderation, covered photos, marks, the suggested category (R10, R11).

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use domain::{
    reports::{Command, Draft, Place, photos, rows, submit},
    rights::Role,
    testing,
};
use support::{Person, Site, anybody, each};

const CONTENT: &str = "Nhà ông Thử ở ngõ 12 bị ngập.\nLiên hệ 0912 345 678 hoặc thu@example.com.";

async fn staff(site: &Site, role: Role) -> Person {
    let officer = testing::officer(&site.core, "Cán Bộ Thử", "*", role).await;
    site.sign_in(officer.account, "phien-cb", "password+totp").await
}

fn picture() -> Vec<u8> {
    let white = image::RgbImage::from_pixel(320, 200, image::Rgb([250, 250, 250]));
    let mut out = std::io::Cursor::new(Vec::new());
    white.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// A public report with a photo, and the person who sent it.
async fn public(site: &Site) -> (String, Person) {
    let author = site.citizen(1).await;
    let draft = Draft {
        content: CONTENT.into(),
        category: "ha-tang".into(),
        place: Place { commune: Some("18880".into()), address: "Cạnh nhà 0987654321".into(), ..Place::default() },
        ..Draft::default()
    };
    let photo = photos::take_in(picture()).await.unwrap().unwrap();
    let sent = submit(&site.core, author.account, &draft, vec![photo], None, "web").await.unwrap();
    let officer = site.officer(&sent.unit).await;
    site.staff(&officer, sent.code.as_str(), Command::Accept { note: String::new() }).await;
    (sent.code.as_str().to_owned(), author)
}

async fn photo_of(site: &Site, code: &str) -> String {
    let row = rows::by_code(site.core.store.read(), code).await.unwrap().unwrap();
    rows::photos(site.core.store.read(), row.id).await.unwrap()[0].id.to_string()
}

fn middle(bytes: &[u8]) -> u8 {
    let picture = image::load_from_memory(bytes).unwrap().to_rgb8();
    picture.get_pixel(picture.width() / 2, picture.height() / 2).0[0]
}

#[tokio::test]
async fn r10_pages_and_api_hide_numbers_and_the_author_sees_what_is_hidden() {
    each(async |site: Site| {
        let (code, author) = public(&site).await;
        let stranger = site.citizen(2).await;
        for who in [anybody(), stranger.clone()] {
            let page = site.get(&who, &format!("/phan-anh/{code}")).await.page();
            let list = site.get(&who, "/phan-anh").await.page();
            let json = site.get(&who, &format!("/api/v1/reports/{code}")).await.text();
            for text in [&page, &list, &json] {
                for secret in ["345 678", "thu@example", "0987654321"] {
                    assert!(!text.contains(secret), "{secret}");
                }
            }
            assert!(page.contains("•••") && page.contains("Một phần nội dung đã được ẩn"), "{page}");
            assert!(page.contains("/khong-phu-hop") && !page.contains("/an-bot"));
            assert!(json.contains("•••"));
        }
        let own = site.get(&author, &format!("/phan-anh/{code}")).await.page();
        assert!(
            own.contains("<mark class=\"hid\">0912 345 678<span class=\"vh\"> (đã ẩn với mọi người)</span></mark>"),
            "{own}"
        );
        assert!(own.contains("/an-bot") && !own.contains("/khong-phu-hop"));
        let desk = staff(&site, Role::Officer).await;
        let page = site.get(&desk, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(page.contains("<mark class=\"hid\">thu@example.com"), "{page}");
    })
    .await;
}

#[tokio::test]
async fn r10_the_author_hides_words_paragraphs_photos_and_the_name_by_a_form() {
    each(async |site: Site| {
        let (code, author) = public(&site).await;
        let (path, photo) = (format!("/phan-anh/{code}/an-bot"), photo_of(&site, &code).await);
        let stranger = site.citizen(2).await;
        assert_eq!(site.get(&stranger, &path).await.status, StatusCode::NOT_FOUND);
        assert!(site.get(&anybody(), &path).await.leads_to().starts_with("/dang-nhap"));
        let form = site.get(&author, &path).await.page();
        assert!(form.contains("value=\"Nhà ông Thử ở ngõ 12 bị ngập.\"") && form.contains("Ẩn tên tôi"), "{form}");

        let nothing = site.post(&author, &path, &[("words", " ")]).await;
        assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(nothing.checked().contains("Chọn ít nhất một phần để ẩn"));
        let unknown = site.post(&author, &path, &[("words", "không có trong bài")]).await.checked();
        assert!(unknown.contains("không có trong bài</textarea>"), "what was typed is kept");

        let fields = [("words", "ông Thử\nngõ 12"), ("anh", photo.as_str()), ("ten", "1")];
        assert_eq!(site.post(&author, &path, &fields).await.leads_to(), format!("/phan-anh/{code}"));
        assert_eq!(
            site.post(&author, &path, &fields).await.leads_to(),
            format!("/phan-anh/{code}"),
            "sent twice: done once"
        );
        site.post(&author, &path, &[("words", "Liên hệ")]).await.leads_to();
        let page = site.get(&anybody(), &format!("/phan-anh/{code}")).await.page();
        assert!(
            page.contains("Nhà ••• ở ••• bị ngập") && !page.contains("Liên hệ") && !page.contains("ông Thử"),
            "{page}"
        );
        assert!(!page.contains(&photo) && !page.contains("Người Thử"));
        assert_eq!(site.get(&anybody(), &format!("/anh/{photo}/l.jpg")).await.status, StatusCode::NOT_FOUND);
        let own = site.get(&author, &format!("/phan-anh/{code}")).await.page();
        assert!(own.contains(&format!("/anh/{photo}/goc-l.jpg")) && own.contains("Đã ẩn với mọi người"), "{own}");
        assert_eq!(site.get(&author, &format!("/anh/{photo}/goc-l.jpg")).await.status, StatusCode::OK);
        assert_eq!(site.get(&stranger, &format!("/anh/{photo}/goc-l.jpg")).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r10_staff_word_a_report_and_only_the_right_sees_the_original() {
    each(async |site: Site| {
        let (code, author) = public(&site).await;
        let leader = staff(&site, Role::UnitLeader).await;
        let path = format!("/can-bo/phan-anh/{code}/lam/moderate");
        let page = site.get(&leader, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(page.contains("id=\"lam-moderate\"") && page.contains("Tiêu đề công khai"));
        let fields = [
            ("version", "2"),
            ("title", "Nhà dân bị ngập"),
            ("content", "Một nhà bị ngập."),
            ("reason", "Nêu tên người khác"),
        ];
        assert_eq!(site.post(&leader, &path, &fields).await.leads_to(), format!("/can-bo/phan-anh/{code}"));
        let officer = staff(&site, Role::Officer).await;
        let others = [
            site.get(&anybody(), &format!("/phan-anh/{code}")).await,
            site.get(&officer, &format!("/can-bo/phan-anh/{code}")).await,
        ];
        for page in others {
            let page = page.page();
            assert!(page.contains("Một nhà bị ngập.") && !page.contains("ông Thử"), "{page}");
        }
        assert_eq!(site.post(&officer, &path, &fields).await.status, StatusCode::FORBIDDEN);
        let page = site.get(&leader, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(page.contains("ông Thử") && page.contains("Mọi người thấy lời đã sửa như sau"));
        let own = site.get(&author, &format!("/phan-anh/{code}")).await.page();
        assert!(
            own.contains("ông Thử") && own.contains("Nêu tên người khác") && own.contains("Cán bộ đã sửa lời"),
            "{own}"
        );
    })
    .await;
}

#[tokio::test]
async fn r10_a_photo_is_covered_by_numbers_without_a_script_and_old_addresses_show_the_copy() {
    each(async |site: Site| {
        let (code, author) = public(&site).await;
        let photo = photo_of(&site, &code).await;
        let (path, url) = (format!("/can-bo/phan-anh/{code}/anh/{photo}"), format!("/anh/{photo}/l.jpg"));
        let before = site.get(&anybody(), &url).await;
        assert_eq!(before.header("cache-control"), "public, no-cache", "a copy is asked for anew each time");
        assert!(middle(&before.bytes) > 200);
        let tag = before.header("etag").to_owned();
        let again = async |tag: &str| {
            let request = Request::get(&url).header(header::HOST, "localhost:8080").header(header::IF_NONE_MATCH, tag);
            site.send(request.body(Body::empty()).unwrap()).await.status
        };
        assert_eq!(again(&tag).await, StatusCode::NOT_MODIFIED);

        let leader = staff(&site, Role::UnitLeader).await;
        let form = site.get(&leader, &path).await.page();
        assert!(form.contains(&format!("/can-bo/anh/{photo}/g")) && form.contains("Cách trái (%)"), "{form}");
        let boxes = [
            ("x", "20"),
            ("y", "20,0"),
            ("w", "60"),
            ("h", "60"),
            ("how", "black"),
            ("x", ""),
            ("y", ""),
            ("w", ""),
            ("h", ""),
            ("how", "black"),
        ];
        let with = |more: &[(&'static str, &'static str)]| [&boxes[..], more].concat();
        let preview = site.post(&leader, &path, &with(&[("version", "2"), ("xem", "1")])).await.page();
        let address = format!("{path}/xem-truoc?o=200-200-600-600-d");
        assert!(preview.contains(&address), "{preview}");
        let image = site.get(&leader, &address).await;
        assert!(middle(&image.bytes) < 30 && image.header("cache-control") == "no-store");
        assert_eq!(site.get(&leader, &format!("{path}/xem-truoc?o=zz")).await.status, StatusCode::BAD_REQUEST);
        assert!(middle(&site.get(&anybody(), &url).await.bytes) > 200, "a preview changes nothing");
        let wrong = site
            .post(
                &leader,
                &path,
                &[("version", "2"), ("x", "abc"), ("y", "1"), ("w", "1"), ("h", "1"), ("how", "black")],
            )
            .await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.checked().contains("Ô 1: cần đủ bốn số") && wrong.text().contains("value=\"abc\""));

        assert_eq!(
            site.post(&leader, &path, &with(&[("version", "2")])).await.leads_to(),
            format!("/can-bo/phan-anh/{code}")
        );
        let officer = staff(&site, Role::Officer).await;
        assert_eq!(again(&tag).await, StatusCode::OK, "the old copy is not good any more");
        for (who, url) in [
            (&anybody(), &url),
            (&officer, &format!("/can-bo/anh/{photo}/l")),
            (&leader, &format!("/can-bo/anh/{photo}/s")),
        ] {
            assert!(middle(&site.get(who, url).await.bytes) < 30, "{url}");
        }
        let original = format!("/can-bo/anh/{photo}/g");
        assert!(middle(&site.get(&leader, &original).await.bytes) > 200);
        assert_eq!(site.get(&officer, &original).await.status, StatusCode::NOT_FOUND);
        assert!(middle(&site.get(&author, &format!("/anh/{photo}/goc-l.jpg")).await.bytes) > 200);
        let late = site
            .post(&leader, &path, &[("version", "2"), ("x", "0"), ("y", "0"), ("w", "9"), ("h", "9"), ("how", "blur")])
            .await;
        assert_eq!(late.status, StatusCode::CONFLICT, "somebody was quicker");
        assert!(late.checked().contains("name=\"version\" value=\"3\""));
    })
    .await;
}

#[tokio::test]
async fn r11_a_reader_marks_a_report_and_staff_find_it_in_their_tab() {
    each(async |site: Site| {
        let (code, author) = public(&site).await;
        let path = format!("/phan-anh/{code}/khong-phu-hop");
        assert!(
            site.get(&anybody(), &path).await.leads_to().starts_with("/dang-nhap"),
            "a mark of nobody is worth nothing"
        );
        assert_eq!(site.get(&author, &path).await.status, StatusCode::CONFLICT);
        let reader = site.citizen(2).await;
        assert!(site.get(&reader, &path).await.page().contains("Người gửi phản ánh không biết ai đã báo"));
        let missing = site.post(&reader, &path, &[]).await;
        assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(missing.checked().contains("Chọn một lý do"));
        let fields = [("reason", "personal"), ("comment", "Có tên <b>hàng xóm</b>")];
        assert_eq!(site.post(&reader, &path, &fields).await.leads_to(), format!("/phan-anh/{code}"));

        let leader = staff(&site, Role::UnitLeader).await;
        let queue = site.get(&leader, "/can-bo/phan-anh?muc=bi-bao").await.page();
        assert!(queue.contains(&format!("/can-bo/phan-anh/{code}")));
        let page = site.get(&leader, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(
            page.contains("Bị báo không phù hợp (1)")
                && !page.contains("<b>hàng xóm</b>")
                && !page.contains("Người Thử 2"),
            "{page}"
        );
        let dismiss = format!("/can-bo/phan-anh/{code}/bao/bo-qua");
        site.post(&leader, &dismiss, &[("reason", "Không lộ gì")]).await.leads_to();
        let page = site.get(&leader, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(!page.contains("Bị báo không phù hợp"), "{page}");
        assert!(!site.get(&leader, "/can-bo/phan-anh?muc=bi-bao").await.page().contains(&code));
    })
    .await;
}

/// A draft of this category with this text, at the step that is asked for.
async fn draft(site: &Site, who: &Person, category: &str, content: &str) -> String {
    let to = site.post(who, "/phan-anh/moi", &[("category", category)]).await.leads_to();
    let id = to.split('/').nth(3).unwrap().to_owned();
    site.post(who, &format!("/phan-anh/moi/{id}/noi-dung"), &[("content", content)]).await.leads_to();
    id
}

#[tokio::test]
async fn r10_the_last_step_shows_what_the_public_will_read() {
    each(async |site: Site| {
        let who = site.citizen(1).await;
        let id = draft(&site, &who, "ha-tang", CONTENT).await;
        let page = site.get(&who, &format!("/phan-anh/moi/{id}/kiem-tra")).await.checked();
        assert!(page.contains("Công khai sẽ hiện như sau") && page.contains("Liên hệ ••• hoặc •••."), "{page}");
        assert!(page.contains("số điện thoại, thư điện tử."));
        let id = draft(&site, &who, "ha-tang", "Nắp cống vỡ trước cổng trường").await;
        let page = site.get(&who, &format!("/phan-anh/moi/{id}/kiem-tra")).await.checked();
        assert!(!page.contains("Công khai sẽ hiện như sau"), "nothing is hidden, nothing is said");
    })
    .await;
}

#[tokio::test]
async fn issue_3_8_another_category_is_one_tap_away_with_and_without_a_script() {
    each(async |site: Site| {
        let who = site.citizen(1).await;
        let text = "Cột điện nghiêng, dây điện sà thấp, cả xóm mất điện từ tối qua";
        let id = draft(&site, &who, "ha-tang", text).await;
        let ask = format!("/phan-anh/moi/{id}/goi-y");
        let body = format!("content={}", support::encode(text));
        let answer = site.script(&who, &ask, "application/x-www-form-urlencoded", body.clone().into_bytes()).await;
        assert_eq!(
            (answer.status, answer.json()["code"].as_str().unwrap().to_owned()),
            (StatusCode::OK, "dien".to_owned())
        );
        let little =
            site.script(&who, &ask, "application/x-www-form-urlencoded", b"content=xin+ch%C3%A0o".to_vec()).await;
        assert_eq!(little.status, StatusCode::NO_CONTENT);
        let stranger = site.citizen(2).await;
        let theirs = site.script(&stranger, &ask, "application/x-www-form-urlencoded", body.into_bytes()).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND, "for the draft's owner alone");

        let check = format!("/phan-anh/moi/{id}/kiem-tra");
        let page = site.get(&who, &check).await.checked();
        assert!(page.contains("name=\"chuyen\" value=\"dien\"") && page.contains("Chuyển sang «Điện»"), "{page}");
        // An urgent kind first asks whether somebody is hurt, then one is back at the summary.
        let to = site.post(&who, &check, &[("chuyen", "dien")]).await.leads_to();
        assert_eq!(to, format!("/phan-anh/moi/{id}/khan-cap?sua=1"));
        assert_eq!(site.post(&who, &to, &[("sua", "1")]).await.leads_to(), check);
        let page = site.get(&who, &check).await.checked();
        assert!(page.contains("Điện") && !page.contains("name=\"chuyen\""), "it fits now");
        assert_eq!(site.post(&who, &check, &[("chuyen", "mot-loai-la")]).await.status, StatusCode::BAD_REQUEST);
        // In the content step, by the script: the text is kept and one stays.
        let id = draft(&site, &who, "dien", "Rác").await;
        let fields = [("content", "Bãi rác bốc mùi hôi thối"), ("chuyen", "moi-truong")];
        let to = site.post(&who, &format!("/phan-anh/moi/{id}/noi-dung"), &fields).await.leads_to();
        assert_eq!(to, format!("/phan-anh/moi/{id}/noi-dung"));
        assert!(site.get(&who, &to).await.page().contains("Bãi rác bốc mùi hôi thối"));
    })
    .await;
}
