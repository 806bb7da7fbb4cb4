//! A report at the console: from the queue to the result, by people who may, and never over each other (R6, R7, A18).

#![allow(clippy::unwrap_used, reason = "tests")]

mod support;

use axum::http::StatusCode;
use base::clock::MINUTE;
use domain::{
    audit,
    reports::{Draft, Place, State, rows, submit},
    rights::Role,
    testing,
};
use support::{Person, Site, each, photo};

async fn staff(site: &Site, name: &str, unit: &str, role: Role) -> Person {
    let officer = testing::officer(&site.core, name, unit, role).await;
    site.sign_in(officer.account, "phien-cb", "password+totp").await
}

/// A damaged road in Đồng Hới: by the pack it goes to the ward's committee.
async fn report(site: &Site, content: &str) -> String {
    let citizen = testing::citizen(&site.core, site.core.entropy.below(900_000) as u32).await;
    let draft = Draft {
        content: content.into(),
        category: "ha-tang".into(),
        place: Place { commune: Some("18880".into()), address: "Trước trường".into(), ..Place::default() },
        ..Draft::default()
    };
    submit(&site.core, citizen, &draft, vec![], None, "web").await.unwrap().code.as_str().to_owned()
}

async fn row(site: &Site, code: &str) -> domain::reports::ReportRow {
    rows::by_code(site.core.store.read(), code).await.unwrap().unwrap()
}

fn act(code: &str, act: &str) -> String {
    format!("/can-bo/phan-anh/{code}/lam/{act}")
}

#[tokio::test]
async fn r6_an_officer_takes_a_report_from_the_queue_to_its_result() {
    each(async |site: Site| {
        let code = report(&site, "Ổ gà lớn trước trường tiểu học").await;
        let unit = row(&site, &code).await.unit;
        let lan = staff(&site, "Lê Thị Minh Họa", &unit, Role::UnitLeader).await;

        let queue = site.get(&lan, "/can-bo/phan-anh").await.page();
        assert!(
            queue.contains("Ổ gà lớn trước trường tiểu học") && queue.contains(&format!("/can-bo/phan-anh/{code}"))
        );
        let page = site.get(&lan, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(page.contains("Vì sao phản ánh này đến đơn vị tôi?"), "R15");
        assert!(page.contains("Hạn được tính thế nào?"), "R8");
        assert!(page.contains("lam-accept") && !page.contains("lam-resolve"), "only what is possible now is offered");

        let to =
            site.post(&lan, &act(&code, "accept"), &[("version", "1"), ("note", "Đã gọi tổ duy tu")]).await.leads_to();
        assert_eq!(to, format!("/can-bo/phan-anh/{code}"));
        let me = lan.account.to_string();
        site.post(&lan, &act(&code, "assign"), &[("version", "2"), ("assignee", &me)]).await.leads_to();
        let mine = site.get(&lan, "/can-bo/phan-anh?muc=cua-toi").await.page();
        assert!(mine.contains(&code), "it is in «Việc của tôi»");
        site.post(&lan, &act(&code, "start"), &[("version", "3")]).await.leads_to();

        let refused = site.post(&lan, &act(&code, "resolve"), &[("version", "4"), ("text", "  ")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.checked().contains("error-summary"));
        let fields = [("version", "4"), ("text", "Tổ duy tu đã vá mặt đường")];
        site.upload(&lan, &act(&code, "resolve"), &fields, &[("photo", "sau.png", &photo())]).await.leads_to();

        let page = site.get(&lan, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(page.contains("Tổ duy tu đã vá mặt đường") && page.contains("Đã gọi tổ duy tu"));
        assert!(page.contains("Ảnh sau khi xử lý") && page.contains("Lê Thị Minh Họa"));
        let r = row(&site, &code).await;
        assert_eq!((r.state(), r.version, r.photos), (State::Resolved, 5, 1));
        let after = rows::photos(site.core.store.read(), r.id).await.unwrap()[0].id;
        let image = site.get(&lan, &format!("/can-bo/anh/{after}/s")).await;
        assert_eq!((image.status, image.header("content-type")), (StatusCode::OK, "image/jpeg"));
        assert_eq!(site.get(&lan, &format!("/can-bo/anh/{after}/xl")).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn r6_of_two_officers_the_second_is_told_who_was_first_and_loses_nothing_typed() {
    each(async |site: Site| {
        let code = report(&site, "Đèn đường tắt").await;
        let unit = row(&site, &code).await.unit;
        let lan = staff(&site, "Bà Lan Ví Dụ", &unit, Role::Officer).await;
        site.core.clock.advance(MINUTE);
        let minh = staff(&site, "Ông Minh Ví Dụ", &unit, Role::Officer).await;
        site.post(&lan, &act(&code, "accept"), &[("version", "1")]).await.leads_to();
        // The form of another act that is still possible, filled while the first one was quicker.
        let late = [("version", "1"), ("text", "Ghi chú đã viết rất lâu <b>")];
        let answer = site.post(&minh, &act(&code, "note"), &late).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        let page = answer.checked();
        assert!(page.contains("Bà Lan Ví Dụ đã cập nhật lúc 08:16"), "{page}");
        assert!(
            page.contains("Ghi chú đã viết rất lâu &#60;b&#62;") || page.contains("Ghi chú đã viết rất lâu &lt;b&gt;")
        );
        assert!(page.contains("name=\"version\" value=\"2\""), "sending again is possible");
        assert_eq!(row(&site, &code).await.version, 2);
        // The same act twice: the state says no.
        let answer = site.post(&minh, &act(&code, "accept"), &[("version", "2")]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        answer.checked();
    })
    .await;
}

#[tokio::test]
async fn x8_hostile_text_is_shown_as_text() {
    each(async |site: Site| {
        let code = report(&site, "<script>alert(1)</script> \"><img src=x onerror=alert(2)>").await;
        let unit = row(&site, &code).await.unit;
        let who = staff(&site, "</b><i>Tên Lạ", &unit, Role::UnitLeader).await;
        let hostile = "%3Cscript%3Ealert(3)%3C%2Fscript%3E";
        for path in ["/can-bo/phan-anh".to_owned(), format!("/can-bo/phan-anh/{code}"), format!("/can-bo/phan-anh?q={hostile}&xa={hostile}&trang-thai={hostile}&tu={hostile}&linh-vuc={hostile}&don-vi={hostile}")] {
            let page = site.get(&who, &path).await.page();
            assert!(!page.contains("<script>alert") && !page.contains("<img src=x") && !page.contains("</b><i>Tên"), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn a18_the_reporter_is_hidden_until_a_reason_is_given_and_each_look_is_logged() {
    each(async |site: Site| {
        let code = report(&site, "Rác ở bờ kênh").await;
        let r = row(&site, &code).await;
        let who = staff(&site, "Cán Bộ", &r.unit, Role::Officer).await;
        let page = site.get(&who, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(!page.contains("Người Thử"));
        let reveal = format!("/can-bo/phan-anh/{code}/nguoi-gui");
        let refused = site.post(&who, &reveal, &[("reason", "")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!refused.checked().contains("Người Thử"));
        let shown = site.post(&who, &reveal, &[("reason", "Gọi hỏi vị trí chính xác")]).await.page();
        assert!(shown.contains("Người Thử") && shown.contains("0912"));
        let page = site.get(&who, &format!("/can-bo/phan-anh/{code}")).await.page();
        assert!(!page.contains("Người Thử"), "only the answer to the reason shows the name");
        let search = audit::Search { act: "reporter-revealed".into(), ..audit::Search::default() };
        let lines = audit::search(&site.core.store, search).await.unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].reason, "Gọi hỏi vị trí chính xác");
    })
    .await;
}

#[tokio::test]
async fn r6_many_at_once_each_report_answers_for_itself() {
    each(async |site: Site| {
        let (one, two) = (report(&site, "Việc một").await, report(&site, "Việc hai").await);
        let unit = row(&site, &one).await.unit;
        let who = staff(&site, "Cán Bộ", &unit, Role::UnitLeader).await;
        site.post(&who, &act(&two, "accept"), &[("version", "1")]).await.leads_to();
        let (pick_one, pick_two) = (format!("{one}:1"), format!("{two}:1"));
        let fields = [("lam", "accept"), ("chon", pick_one.as_str()), ("chon", pick_two.as_str())];
        let page = site.post(&who, "/can-bo/phan-anh/hang-loat", &fields).await.page();
        assert!(page.contains("Đã làm xong 1 phản ánh") && page.contains("1 phản ánh chưa làm được"), "{page}");
        assert_eq!(row(&site, &one).await.state(), State::Accepted);
        let nothing = site.post(&who, "/can-bo/phan-anh/hang-loat", &[("lam", "accept")]).await.leads_to();
        assert_eq!(nothing, "/can-bo/phan-anh");
        // Handing on needs a reason, here as alone.
        let pick_one = format!("{one}:2");
        let fields = [("lam", "transfer"), ("noi", "so-xay-dung"), ("chon", pick_one.as_str())];
        let page = site.post(&who, "/can-bo/phan-anh/hang-loat", &fields).await.page();
        assert!(page.contains("1 phản ánh chưa làm được"));
        assert_eq!(row(&site, &one).await.unit, unit);
    })
    .await;
}

#[tokio::test]
async fn x6_another_units_reports_and_photos_do_not_exist() {
    each(async |site: Site| {
        let code = report(&site, "Nắp cống mất").await;
        let stranger = staff(&site, "Xã Khác", "18859", Role::UnitLeader).await;
        assert_eq!(site.get(&stranger, &format!("/can-bo/phan-anh/{code}")).await.status, StatusCode::NOT_FOUND);
        assert!(!site.get(&stranger, "/can-bo/phan-anh?xong=1").await.page().contains(&code));
        let answer = site.post(&stranger, &act(&code, "accept"), &[("version", "1")]).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        // What citizens do is no act of staff, whoever asks.
        let unit = row(&site, &code).await.unit;
        let own = staff(&site, "Nhà", &unit, Role::UnitLeader).await;
        for forbidden in ["rate", "reopen", "withdraw", "close", "submit"] {
            let answer = site.post(&own, &act(&code, forbidden), &[("version", "1"), ("stars", "5")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{forbidden}");
        }
    })
    .await;
}

#[tokio::test]
async fn r6_handed_on_out_of_sight_one_comes_back_to_the_queue() {
    each(async |site: Site| {
        let code = report(&site, "Cây nghiêng sát dây điện").await;
        let unit = row(&site, &code).await.unit;
        let who = staff(&site, "Nhà", &unit, Role::UnitLeader).await;
        let fields = [("version", "1"), ("unit", "18859"), ("note", "Thuộc phường bên")];
        assert_eq!(site.post(&who, &act(&code, "transfer"), &fields).await.leads_to(), "/can-bo/phan-anh");
        assert_eq!(row(&site, &code).await.unit, "18859");
    })
    .await;
}

#[tokio::test]
async fn r6_a_filter_is_saved_under_a_name_and_taken_away_again() {
    each(async |site: Site| {
        let who = staff(&site, "Cán Bộ", "18880", Role::Officer).await;
        let fields = [("ten", "Đường sá <Đồng Hới>"), ("loc", "linh-vuc=ha-tang&xa=18880&la=1")];
        let to = site.post(&who, "/can-bo/bo-loc", &fields).await.leads_to();
        assert_eq!(to, "/can-bo/phan-anh?linh-vuc=ha-tang&xa=18880");
        let page = site.get(&who, &to).await.page();
        assert!(page.contains("Đường sá &#60;Đồng Hới&#62;") || page.contains("Đường sá &lt;Đồng Hới&gt;"));
        let views = domain::reports::saved_views::list(&site.core, who.account).await.unwrap();
        let other = staff(&site, "Người Khác", "18880", Role::Officer).await;
        let path = format!("/can-bo/bo-loc/{}/xoa", views[0].id);
        assert_eq!(site.post(&other, &path, &[]).await.status, StatusCode::NOT_FOUND);
        site.post(&who, &path, &[]).await.leads_to();
        let nameless = site.post(&who, "/can-bo/bo-loc", &[("ten", " "), ("loc", "xa=18880")]).await.leads_to();
        assert!(site.get(&who, &nameless).await.page().contains("Đặt tên bộ lọc"));
    })
    .await;
}

#[tokio::test]
async fn r6_the_queue_counts_news_searches_and_goes_out_as_a_sheet() {
    each(async |site: Site| {
        let code = report(&site, "=HYPERLINK(\"http://x\") ổ gà").await;
        let unit = row(&site, &code).await.unit;
        let who = staff(&site, "Cán Bộ", &unit, Role::UnitLeader).await;
        let since = site.core.now() - 1;
        let news = site.get(&who, &format!("/can-bo/phan-anh/moi?luc={since}")).await.json();
        assert_eq!(news["count"], 1);
        let news = site.get(&who, &format!("/can-bo/phan-anh/moi?luc={}", site.core.now())).await.json();
        assert_eq!(news["count"], 0);
        assert!(site.get(&who, "/can-bo/phan-anh?q=o+ga").await.page().contains(&code), "found without marks");
        let by_code = site.get(&who, &format!("/can-bo/phan-anh?q={code}")).await.leads_to();
        assert_eq!(by_code, format!("/can-bo/phan-anh/{code}"));
        let sheet = site.get(&who, "/can-bo/phan-anh/xuat.xlsx").await;
        assert!(sheet.bytes.starts_with(b"PK") && sheet.header("content-disposition").contains(".xlsx"));
        let rows = domain::sheets::read(&sheet.bytes).unwrap();
        assert_eq!(rows.len(), 2);
        let search = audit::Search { act: "reports-exported".into(), ..audit::Search::default() };
        assert_eq!(audit::search(&site.core.store, search).await.unwrap().len(), 1);
        let empty = site.get(&who, "/can-bo/phan-anh?muc=qua-han").await.page();
        assert!(empty.contains("Không có việc quá hạn"));
    })
    .await;
}
