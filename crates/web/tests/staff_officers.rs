//! Officers' tools at the console, as a browser without JavaScript uses them (R5, R6, R8, R15).

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use axum::http::StatusCode;
use base::{
    clock::{DAY, HOUR},
    geo::Point,
};
use domain::{
    reports::{Draft, Place, ReportRow, State, reminders, rows, submit},
    rights::Role,
    testing,
};
use support::{Person, Site, anybody, browser::between, each, photo};

async fn staff(site: &Site, name: &str, unit: &str, role: Role) -> Person {
    let officer = testing::officer(&site.core, name, unit, role).await;
    site.sign_in(officer.account, "phien-cb", "password+totp").await
}

async fn sent(site: &Site, by: &Person, content: &str, north: f64) -> String {
    sent_as(site, by, "ha-tang", content, north).await
}

async fn sent_as(site: &Site, by: &Person, category: &str, content: &str, north: f64) -> String {
    let draft = Draft {
        content: content.into(),
        category: category.into(),
        place: Place {
            point: Point::new(17.4700 + north / 111_195.0, 106.6200),
            commune: Some("18880".into()),
            address: "Trước trường".into(),
        },
        anonymous: true,
        ..Draft::default()
    };
    site.core.clock.advance(1000);
    submit(&site.core, by.account, &draft, vec![], None, "web").await.unwrap().code.as_str().to_owned()
}

async fn row(site: &Site, code: &str) -> ReportRow {
    rows::by_code(site.core.store.read(), code).await.unwrap().unwrap()
}

/// Posts a form of an act with the version that is now.
async fn act(site: &Site, who: &Person, code: &str, act: &str, fields: &[(&str, &str)]) -> support::Answer {
    site.core.clock.advance(1000);
    let version = row(site, code).await.version.to_string();
    let mut all = vec![("version", version.as_str())];
    all.extend(fields);
    site.post(who, &format!("/can-bo/phan-anh/{code}/lam/{act}"), &all).await
}

/// A report that the leader of its ward has accepted: its author, the leader, its code.
async fn accepted(site: &Site, content: &str) -> (Person, Person, String) {
    let citizen = site.citizen(1).await;
    let lan = staff(site, "Bà Lan", "18880", Role::UnitLeader).await;
    let code = sent(site, &citizen, content, 0.0).await;
    act(site, &lan, &code, "accept", &[]).await.leads_to();
    (citizen, lan, code)
}

fn page_of(code: &str) -> String {
    format!("/can-bo/phan-anh/{code}")
}

#[tokio::test]
async fn r5_a_near_report_is_shown_and_merged_in_one_step_and_citizens_read_where_it_went() {
    each(async |site: Site| {
        let (first, second) = (site.citizen(1).await, site.citizen(2).await);
        let lan = staff(&site, "Bà Lan", "18880", Role::UnitLeader).await;
        let original = sent(&site, &first, "Ổ gà trước trường", 0.0).await;
        let double = sent(&site, &second, "Hố sâu cổng trường", 60.0).await;
        for code in [&original, &double] {
            act(&site, &lan, code, "accept", &[]).await.leads_to();
        }
        let page = site.get(&lan, &page_of(&double)).await.page();
        assert!(page.contains("Phản ánh gần đây có thể trùng") && page.contains("cách 60 m"), "{page}");
        let step = format!("{}?gop={original}", page_of(&double));
        assert!(page.contains(&format!("{step}#lam-merge")));
        let shown = base::code::Code::parse(&original).unwrap().to_string();
        let page = site.get(&lan, &step).await.page();
        assert!(page.contains(&format!("value=\"{shown}\"")), "the form is filled");

        let refused = act(&site, &lan, &double, "merge", &[("into", "123")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("Không thấy phản ánh mang mã này"));
        act(&site, &lan, &double, "merge", &[("into", &shown)]).await.leads_to();
        let page = site.get(&lan, &page_of(&double)).await.page();
        assert!(page.contains("Đã gộp vào phản ánh") && page.contains(&page_of(&original)));
        assert!(site.get(&lan, &page_of(&original)).await.page().contains("Các phản ánh đã gộp vào đây"));

        let page = site.get(&second, &format!("/phan-anh/{double}")).await.page();
        assert!(page.contains("Đã gộp với phản ánh khác") && page.contains(&format!("/phan-anh/{original}")));
        assert!(page.contains(&format!("Đã gộp vào phản ánh {shown}")), "in the history too");
        let page = site.get(&anybody(), &format!("/phan-anh/{original}")).await.page();
        assert!(page.contains("Phản ánh khác về cùng việc này"));
        assert!(site.get(&second, "/thong-bao").await.page().contains("đã được gộp vào phản ánh"));
    })
    .await;
}

#[tokio::test]
async fn r6_a_report_is_split_part_by_part_without_a_script() {
    each(async |site: Site| {
        let (citizen, lan, code) = accepted(&site, "Đường hỏng và rác tràn").await;
        let xa = staff(&site, "Ông Xa", "18859", Role::UnitLeader).await;
        let path = format!("{}/tach", page_of(&code));
        assert!(site.get(&lan, &page_of(&code)).await.page().contains(&path));
        assert!(site.get(&lan, &path).await.page().contains("text-1"));
        assert_eq!(site.get(&xa, &path).await.status, StatusCode::NOT_FOUND);
        let one =
            [("version", "2"), ("unit-1", "18859"), ("category-1", "moi-truong"), ("text-1", "Dọn rác <b>ở kênh")];
        let mut more = one.to_vec();
        more.push(("them", "1"));
        let page = site.post(&lan, &path, &more).await.page();
        assert!(page.contains("text-2") && page.contains("Dọn rác &#60;b&#62;ở kênh"), "{page}");
        let mut bad = one.to_vec();
        bad.extend([("unit-2", ""), ("text-2", "Kiểm tra cống")]);
        let refused = site.post(&lan, &path, &bad).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let page = refused.checked();
        assert!(page.contains("href=\"#f-unit-2\"") && page.contains("Kiểm tra cống"), "{page}");
        let mut good = one.to_vec();
        good.extend([("unit-2", ""), ("text-2", " "), ("note", "Đã dọn phần mặt đường")]);
        site.post(&lan, &path, &good).await.leads_to();

        let queue = site.get(&xa, "/can-bo/phan-anh").await.page();
        assert!(queue.contains("Dọn rác &#60;b&#62;ở kênh"), "it is in the other unit's queue");
        let part = queue
            .split("/can-bo/phan-anh/")
            .find_map(|s| s.get(..10).filter(|c| c.bytes().all(|b| b.is_ascii_digit())))
            .unwrap()
            .to_owned();
        let page = site.get(&xa, &page_of(&part)).await.page();
        assert!(page.contains("Đây là một phần của phản ánh") && page.contains("Đã dọn phần mặt đường"));
        assert!(!page.contains("lam-ask"), "there is nobody to ask");
        let refused = act(&site, &lan, &code, "resolve", &[("text", "Xong")]).await;
        assert!(refused.checked().contains("Còn phần việc ở đơn vị khác chưa xong"));
        act(&site, &xa, &part, "accept", &[]).await.leads_to();
        act(&site, &xa, &part, "resolve", &[("text", "Đã dọn sạch kênh")]).await.leads_to();
        assert!(site.get(&lan, &page_of(&code)).await.page().contains("Đã dọn sạch kênh"));
        let page = site.get(&citizen, &format!("/phan-anh/{code}")).await.page();
        assert!(page.contains("Các đơn vị cùng xử lý") && page.contains("Đã dọn sạch kênh"));
        assert!(!page.contains("Đã dọn phần mặt đường"), "notes stay inside");
        act(&site, &lan, &code, "resolve", &[("text", "Xong cả")]).await.leads_to();
        let inbox = site.get(&lan, "/can-bo/thong-bao").await.page();
        assert!(inbox.contains("đã xong phần việc"), "{inbox}");
    })
    .await;
}

/// The form of a question to somebody outside.
fn asking(phone: &str) -> [(&str, &str); 5] {
    [
        ("unit", ""),
        ("outside", "Công ty Ví Dụ"),
        ("phone", phone),
        ("question", "Bao giờ thay được nắp?"),
        ("days", "2"),
    ]
}

/// The link that an answer shows.
fn link(page: &str) -> String {
    let (_, rest) = page.split_once("/tra-loi/").unwrap();
    format!("/tra-loi/{}", &rest[..43])
}

#[tokio::test]
async fn r6_a_link_that_went_to_a_wrong_number_is_taken_back_on_the_page() {
    each(async |site: Site| {
        let (_, lan, code) = accepted(&site, "Nắp cống vỡ").await;
        let ask = asking("0912 000 111");
        let path = link(&act(&site, &lan, &code, "consult", &ask).await.page());
        let page = site.get(&lan, &page_of(&code)).await.page();
        let before = format!("/can-bo/phan-anh/{code}/thu-hoi/");
        let recall = format!("{before}{}", &page.split(&before).nth(1).unwrap()[..36]);
        let stale = site.post(&lan, &recall, &[("version", "1")]).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        let stranger = staff(&site, "Ông Xa", "18859", Role::UnitLeader).await;
        assert_eq!(site.post(&stranger, &recall, &[("version", "3")]).await.status, StatusCode::NOT_FOUND);
        site.post(&lan, &recall, &[("version", "3")]).await.leads_to();
        assert_eq!(site.get(&anybody(), &path).await.status, StatusCode::GONE);
        let page = site.get(&lan, &page_of(&code)).await.page();
        assert!(page.contains("Đã thu hồi lúc") && page.contains("Thu hồi câu hỏi gửi: Công ty Ví Dụ"), "{page}");
        assert!(!page.contains(&before) && !page.contains("Hết hạn, chưa có trả lời"), "{page}");
        assert_eq!(site.post(&lan, &recall, &[("version", "4")]).await.status, StatusCode::CONFLICT, "once");
    })
    .await;
}

#[tokio::test]
async fn r6_a_contractor_without_an_account_answers_once_by_a_link() {
    each(async |site: Site| {
        let (citizen, lan, code) = accepted(&site, "Nắp cống vỡ <script>").await;
        let note = [("text", "Đã gọi hai lần không ai nghe")];
        act(&site, &lan, &code, "note", &note).await.leads_to();
        let ask = asking("0912 000 111");
        let refused = act(&site, &lan, &code, "consult", &asking("123")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("href=\"#f-consult-phone\""));
        let page = act(&site, &lan, &code, "consult", &ask).await.page();
        let path = link(&page);
        let report = site.get(&lan, &page_of(&code)).await.page();
        assert!(report.contains("Bao giờ thay được nắp?") && !report.contains(&path), "the link is shown once");
        assert!(report.contains("0912***111") && !report.contains("0912 000 111"));

        let door = anybody();
        let page = site.get(&door, &path).await.page();
        assert!(page.contains("Nắp cống vỡ") && page.contains("Bao giờ thay được nắp?") && page.contains("noindex"));
        assert!(!page.contains("Người Thử") && !page.contains("không ai nghe"), "nothing that is internal");
        let refused = site.post(&door, &path, &[("text", " ")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("error-summary"));
        let refused = site.upload(&door, &path, &[("text", "Thứ Sáu")], &[("photo", "a.jpg", b"no photo")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("Thứ Sáu"), "what was written stays");
        let done = site.upload(&door, &path, &[("text", "Thứ Sáu này")], &[("photo", "a.png", &photo())]).await;
        assert!(done.page().contains("Đã gửi trả lời"));
        for answer in [site.get(&door, &path).await, site.post(&door, &path, &[("text", "Lần hai")]).await] {
            assert_eq!(answer.status, StatusCode::GONE);
            assert!(answer.checked().contains("đã được trả lời"));
        }
        let report = site.get(&lan, &page_of(&code)).await.page();
        assert!(report.contains("Thứ Sáu này") && !report.contains("Lần hai"));
        let r = row(&site, &code).await;
        let inside = rows::photos(site.core.store.read(), r.id).await.unwrap()[0].id;
        assert_eq!(site.get(&lan, &format!("/can-bo/anh/{inside}/s")).await.status, StatusCode::OK);
        for who in [&door, &citizen] {
            assert_eq!(site.get(who, &format!("/anh/{inside}/s.jpg")).await.status, StatusCode::NOT_FOUND);
            assert!(!site.get(who, &format!("/phan-anh/{code}")).await.page().contains("Thứ Sáu này"));
        }

        let unknown = site.get(&door, &format!("/tra-loi/{}", "a".repeat(43))).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert!(unknown.checked().contains("Liên kết không đúng"));
        let second = link(&act(&site, &lan, &code, "consult", &ask).await.page());
        site.core.clock.advance(2 * DAY);
        let late = site.post(&door, &second, &[("text", "Muộn")]).await;
        assert_eq!(late.status, StatusCode::GONE);
        assert!(late.checked().contains("Liên kết đã hết hạn"));
        for path in [format!("{second}/anh/{inside}/s.jpg"), format!("{path}/anh/{inside}/s.jpg")] {
            assert_eq!(site.get(&door, &path).await.status, StatusCode::NOT_FOUND);
        }
    })
    .await;
}

#[tokio::test]
async fn r6_an_asked_unit_finds_the_question_and_answers_it_in_the_console() {
    each(async |site: Site| {
        let (_, lan, code) = accepted(&site, "Cây nghiêng").await;
        let xa = staff(&site, "Ông Xa", "18859", Role::Officer).await;
        assert_eq!(site.get(&xa, &page_of(&code)).await.status, StatusCode::NOT_FOUND);
        let ask = [("unit", "18859"), ("question", "Cây này của ai?"), ("days", "3")];
        act(&site, &lan, &code, "consult", &ask).await.leads_to();
        let queue = site.get(&xa, "/can-bo/phan-anh?muc=duoc-hoi").await.page();
        assert!(queue.contains("Được hỏi ý kiến") && queue.contains(&page_of(&code)));
        let page = site.get(&xa, &page_of(&code)).await.page();
        assert!(page.contains("Cây này của ai?") && !page.contains("nguoi-gui") && !page.contains("lam-resolve"));
        let form = page.split("/can-bo/y-kien/").nth(1).unwrap()[..36].to_owned();
        let path = format!("/can-bo/y-kien/{form}");
        let refused = site.post(&xa, &path, &[("ma", &code), ("text", "")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains(&format!("#f-y-kien-{form}")));
        assert_eq!(
            site.post(&lan, &path, &[("ma", &code), ("text", "tự trả lời")]).await.status,
            StatusCode::NOT_FOUND
        );
        site.post(&xa, &path, &[("ma", &code), ("text", "Của công viên cây xanh")]).await.leads_to();
        assert_eq!(site.get(&xa, &page_of(&code)).await.status, StatusCode::NOT_FOUND, "out of sight again");
        assert!(site.get(&lan, &page_of(&code)).await.page().contains("Của công viên cây xanh"));
        assert_eq!(site.post(&xa, &path, &[("ma", &code), ("text", "nữa")]).await.status, StatusCode::CONFLICT);
    })
    .await;
}

#[tokio::test]
async fn r6_a_standard_text_is_inserted_and_previewed_before_anything_is_sent() {
    each(async |site: Site| {
        let (_, lan, code) = accepted(&site, "Ổ gà").await;
        let new = "/can-bo/quan-ly/van-ban-mau/moi";
        site.get(&lan, new).await.page();
        let fields =
            [("unit", "18880"), ("act", "resolve"), ("title", "Đã vá"), ("body", "{don_vi} đã vá xong ({ma}).")];
        let refused = site.post(&lan, new, &fields[..3]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("href=\"#f-body\""));
        site.post(&lan, new, &fields).await.leads_to();
        assert!(site.get(&lan, "/can-bo/quan-ly/van-ban-mau").await.page().contains("Đã vá"));

        let page = site.get(&lan, &page_of(&code)).await.page();
        let id = page.split("data-words=").next().unwrap().rsplit("<option value=\"").next().unwrap()[..36].to_owned();
        let insert = [("mau", id.as_str()), ("chen", "1"), ("text", "Chào Ông/Bà.")];
        let page = act(&site, &lan, &code, "resolve", &insert).await.page();
        assert!(page.contains("Chào Ông/Bà.\n\nUBND phường Đồng Hới đã vá xong (PA-"), "{page}");
        let page = act(&site, &lan, &code, "resolve", &[("xem", "1"), ("text", "Đã vá <i>")]).await.page();
        assert!(page.contains("Người dân sẽ đọc") && page.contains("Đã vá &#60;i&#62;"));
        assert_eq!(row(&site, &code).await.state(), State::Accepted, "nothing was done");
        let old = [("version", "1"), ("xem", "1"), ("text", "Đã vá")];
        let page = site.post(&lan, &format!("{}/lam/resolve", page_of(&code)), &old).await.page();
        assert!(page.contains("đã được cập nhật lúc"), "somebody was quicker");
        let page = site.get(&lan, &format!("/can-bo/quan-ly/van-ban-mau/{id}")).await.page();
        assert!(page.contains("{don_vi} đã vá xong"));
        site.post(&lan, &format!("/can-bo/quan-ly/van-ban-mau/{id}/xoa"), &[]).await.leads_to();
        assert_eq!(site.get(&lan, &format!("/can-bo/quan-ly/van-ban-mau/{id}")).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r6_r8_hand_over_reminders_and_news_of_an_open_page() {
    each(async |site: Site| {
        let citizen = site.citizen(1).await;
        let lan = staff(&site, "Bà Lan", "18880", Role::UnitLeader).await;
        let minh = staff(&site, "Ông Minh", "18880", Role::Officer).await;
        let code = sent(&site, &citizen, "Ổ gà", 0.0).await;
        let news = |ban: i64| format!("{}/ban-moi?ban={ban}", page_of(&code));
        assert_eq!(site.get(&lan, &news(1)).await.json()["count"], 0);
        act(&site, &lan, &code, "accept", &[]).await.leads_to();
        assert_eq!(site.get(&lan, &news(1)).await.json()["count"], 1);
        assert!(site.get(&lan, &page_of(&code)).await.page().contains("ban-moi?ban=2"));
        act(&site, &lan, &code, "assign", &[("assignee", &minh.account.to_string())]).await.leads_to();

        let due = row(&site, &code).await.due_at.unwrap();
        site.core.clock.set(due + HOUR);
        reminders::remind(&site.core).await.unwrap();
        let lan = site.sign_in(lan.account, "phien-cb", "password+totp").await;
        let minh = site.sign_in(minh.account, "phien-cb", "password+totp").await;
        let inbox = site.get(&minh, "/can-bo/thong-bao").await.page();
        // On a phone the code is not broken over two lines.
        assert!(inbox.contains("Quá hạn: phản ánh <span class=\"kept\">PA-") && inbox.contains("is-unread"));
        let line = inbox.split("/can-bo/thong-bao/").nth(1).unwrap()[..36].to_owned();
        assert_eq!(
            site.get(&lan, &format!("/can-bo/thong-bao/{line}")).await.status,
            StatusCode::NOT_FOUND,
            "another's"
        );
        assert_eq!(site.get(&minh, &format!("/can-bo/thong-bao/{line}")).await.leads_to(), page_of(&code));
        assert!(site.get(&minh, &page_of(&code)).await.page().contains("Báo quá hạn lúc"));

        let page = site.get(&minh, "/can-bo/ban-giao").await.page();
        assert!(page.contains("Ổ gà") && page.contains("1 việc chưa xong"));
        let (me, you) = (minh.account.to_string(), lan.account.to_string());
        let refused = site.post(&minh, "/can-bo/ban-giao", &[("tu", &me), ("to", &you), ("note", "")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("href=\"#f-note\""));
        let done =
            site.post(&minh, "/can-bo/ban-giao", &[("tu", &me), ("to", &you), ("note", "nghỉ phép")]).await.page();
        assert!(done.contains("Đã bàn giao 1 phản ánh") && done.contains("Không có việc chưa xong"));
        assert_eq!(row(&site, &code).await.assignee, Some(lan.account));
        // For the whole province there is nobody to hand over to, and the page says why.
        let operator = staff(&site, "Điều Phối", "*", Role::ProvinceOperator).await;
        assert!(
            site.get(&operator, "/can-bo/ban-giao").await.page().contains("Tài khoản toàn tỉnh bàn giao từng phản ánh")
        );
        assert!(
            !site.get(&lan, "/can-bo/ban-giao").await.page().contains("Tài khoản toàn tỉnh bàn giao từng phản ánh")
        );
        let why = "Muốn phân công cho một người, hãy mở từng phản ánh";
        assert!(site.get(&operator, "/can-bo/phan-anh").await.page().contains(why));
        let queue = site.get(&lan, "/can-bo/phan-anh").await.page();
        assert!(queue.contains("value=\"assign\"") && !queue.contains(why));
    })
    .await;
}

#[tokio::test]
async fn r15_a_corrected_route_can_become_a_rule_and_rules_are_tried_on_a_real_report() {
    each(async |site: Site| {
        let citizen = site.citizen(1).await;
        let operator = staff(&site, "Điều Phối", "*", Role::ProvinceOperator).await;
        let lan = staff(&site, "Bà Lan", "18880", Role::UnitLeader).await;
        let admin = staff(&site, "Quản Trị", "*", Role::PlatformAdmin).await;
        let code = sent(&site, &citizen, "Cột điện nghiêng", 0.0).await;
        let link = "quy-tac/moi?linh-vuc=moi-truong&amp;xa=18880&amp;don-vi=";
        let fields = [("category", "moi-truong"), ("commune", "18880"), ("note", "đúng là môi trường")];
        act(&site, &operator, &code, "correct", &fields).await.leads_to();
        let page = site.get(&operator, &page_of(&code)).await.page();
        assert!(page.contains("Vừa sửa đơn vị xử lý") && page.contains(link), "{page}");
        assert!(
            !site.get(&lan, &page_of(&code)).await.page().contains("Vừa sửa đơn vị xử lý"),
            "who may not make rules"
        );
        act(&site, &operator, &code, "note", &[("text", "đã gọi")]).await.leads_to();
        assert!(site.get(&operator, &page_of(&code)).await.page().contains("Vừa sửa đơn vị xử lý"));

        // The report is moved on, the link tells where to, and its form, posted as it came, makes the next one go there at once.
        let moved = [("unit", "so-xay-dung"), ("note", "cột của Sở")];
        act(&site, &operator, &code, "transfer", &moved).await.leads_to();
        let page = site.get(&operator, &page_of(&code)).await.page();
        let link = between(&page, "href=\"/can-bo/quan-ly/phan-tuyen/quy-tac/moi", "\"").unwrap();
        let link = format!("/can-bo/quan-ly/phan-tuyen/quy-tac/moi{}", link.replace("&amp;", "&"));
        let page = site.get(&operator, &link).await.page();
        let ticked = |name: &str| -> Vec<String> {
            let boxes = page.split("<input type=\"checkbox\" name=\"").filter_map(|b| b.split_once("\" value=\""));
            let chosen =
                boxes.filter(|(of, rest)| *of == name && rest.split('>').next().unwrap().ends_with(" checked"));
            chosen.map(|(_, rest)| rest.split('"').next().unwrap().to_owned()).collect()
        };
        let (categories, communes) = (ticked("categories"), ticked("communes"));
        let unit = between(&page, "name=\"unit\"", "</select>").unwrap();
        let unit =
            unit.split("<option value=\"").find(|o| o.contains("\" selected")).unwrap().split('"').next().unwrap();
        assert_eq!(
            (categories.join(" "), communes.join(" "), unit),
            ("moi-truong".into(), "18880".into(), "so-xay-dung")
        );
        let version = between(&page, "name=\"version\" value=\"", "\"").unwrap();
        let rule = [
            ("version", version.as_str()),
            ("id", "cot-dien"),
            ("position", "1"),
            ("categories", categories[0].as_str()),
            ("communes", communes[0].as_str()),
            ("unit", unit),
            ("why_vi", "Cột ở đường đô thị do Sở quản lý"),
            ("why_en", "Poles of city roads are the department's"),
            ("reason", "Ba phản ánh liền phải chuyển"),
        ];
        let before = sent_as(&site, &citizen, "moi-truong", "Cột điện thứ hai", 300.0).await;
        assert_eq!(row(&site, &before).await.unit, "18880", "the rules of before");
        let action = link.split('?').next().unwrap();
        assert_eq!(site.post(&operator, action, &rule).await.leads_to(), "/can-bo/quan-ly/phan-tuyen");
        let after = sent_as(&site, &citizen, "moi-truong", "Cột điện thứ ba", 600.0).await;
        assert_eq!(row(&site, &after).await.unit, "so-xay-dung");
        assert_eq!(row(&site, &before).await.unit, "18880", "what is there already stays where it is");

        let tried = site.get(&operator, &format!("/can-bo/quan-ly/phan-tuyen?ma={code}")).await.page();
        assert!(tried.contains("«Cột điện nghiêng» hiện ở"), "{tried}");
        assert!(tried.contains("Không xét nữa") || tried.contains("Khác lĩnh vực"));
        // Who runs the machine reads no reports, and so tries rules on typed ones.
        let refused = site.get(&admin, &format!("/can-bo/quan-ly/phan-tuyen?ma={code}")).await.page();
        assert!(refused.contains("Không thấy phản ánh") && !refused.contains("Cột điện"));
        let typed = site.get(&admin, "/can-bo/quan-ly/phan-tuyen?linh-vuc=ha-tang&xa=18880").await.page();
        assert!(typed.contains("banner--info"));
    })
    .await;
}

#[tokio::test]
async fn r6_what_is_known_of_the_reporter_is_shown_after_the_reason_alone() {
    each(async |site: Site| {
        let citizen = site.citizen(1).await;
        let lan = staff(&site, "Bà Lan", "18880", Role::UnitLeader).await;
        let code = sent(&site, &citizen, "Ổ gà", 0.0).await;
        sent(&site, &citizen, "Rác", 900.0).await;
        assert!(!site.get(&lan, &page_of(&code)).await.page().contains("Đang xử lý 2"));
        let reveal = format!("{}/nguoi-gui", page_of(&code));
        let page = site.post(&lan, &reveal, &[("reason", "gọi hỏi thêm")]).await.page();
        assert!(page.contains("Đang xử lý 2, hài lòng 0, chưa hài lòng 0"), "{page}");
    })
    .await;
}
