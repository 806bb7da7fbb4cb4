//! A population registry that lies, stalls, breaks off or attacks: each is a clean «no answer» (N16).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics, in helpers too")]

use base::{
    ids::Uuid,
    keys::Secret,
    personal_number::{PersonalNumber, Sex},
};
use gateways::population::{
    Compared, Population, Question, Settings,
    Unanswered::{self, Away, Refused},
    Verdict::{Match, Mismatch, Silent},
};
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::timeout,
};

const ENVELOPE: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const NAMESPACE: &str = "http://dancuquocgia.bca";

fn question() -> Question {
    Question {
        request: Uuid::from_u128(7),
        procedure: "1.004222".into(),
        officer: "QTRI-TUDONG".into(),
        number: PersonalNumber::parse("000148000001").unwrap(),
        full_name: "Hồ Thị Hư Cấu".into(),
        birth_date: "1948-03-09".into(),
        sex: None,
    }
}

fn enveloped(body: &str) -> String {
    format!("<s:Envelope xmlns:s=\"{ENVELOPE}\"><s:Body>{body}</s:Body></s:Envelope>")
}

fn answer(id: u128, told: &str) -> String {
    let id = Uuid::from_u128(id);
    enveloped(&format!(
        "<TraCuuThongTinCongDanResponse xmlns=\"{NAMESPACE}\"><MaYeuCau>{id}</MaYeuCau>{told}</TraCuuThongTinCongDanResponse>"
    ))
}

const GOOD: &str = "<TrangThai>CO</TrangThai><DoiChieu><HoVaTen>KHOP</HoVaTen>\
    <NgayThangNamSinh>KHONG_KHOP</NgayThangNamSinh></DoiChieu>";

fn http(status: &str, kind: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn xml(body: &str) -> Vec<u8> {
    http("200 OK", "text/xml; charset=utf-8", body)
}

/// A server that answers everything with these bytes, and then with a filler for ever when one is given.
async fn peer(answer: Vec<u8>, then: Option<&'static [u8]>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}/dich-vu", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = answer.clone();
            tokio::spawn(async move {
                let mut asked = [0u8; 8192];
                let _ = stream.read(&mut asked).await;
                let _ = stream.write_all(&answer).await;
                match then {
                    Some(b"") => std::future::pending::<()>().await,
                    Some(filler) => while stream.write_all(filler).await.is_ok() {},
                    None => {}
                }
            });
        }
    });
    address
}

async fn ask_at(address: &str, question: &Question, time: Duration) -> Result<Compared, Unanswered> {
    let settings = Settings { plain: true, time, ..Settings::new(address, Secret::new("token"), [7; 32]) };
    Population::new(settings).unwrap().ask(question).await
}

async fn told(answer: Vec<u8>) -> Result<Compared, Unanswered> {
    ask_at(&peer(answer, None).await, &question(), Duration::from_secs(5)).await
}

#[tokio::test]
async fn n16_an_answer_is_understood_whatever_its_prefixes_are() {
    let known = Ok(Compared::Known { full_name: Match, birth_date: Mismatch, sex: Silent });
    assert_eq!(told(xml(&answer(7, GOOD))).await, known);
    let prefixed = format!(
        "<?xml version='1.0' encoding='utf-8'?><a:Envelope xmlns:a='{ENVELOPE}' xmlns:b='{NAMESPACE}'><a:Header><x/></a:Header>\n<a:Body>\
         <b:TraCuuThongTinCongDanResponse>\n<b:MaYeuCau> {} </b:MaYeuCau><b:TrangThai>CO</b:TrangThai><b:DoiChieu>\
         <b:HoVaTen>KHOP</b:HoVaTen><b:NgayThangNamSinh>KHONG_KHOP</b:NgayThangNamSinh></b:DoiChieu></b:TraCuuThongTinCongDanResponse>\
         </a:Body></a:Envelope>",
        Uuid::from_u128(7)
    );
    assert_eq!(told(xml(&prefixed)).await, known);
    assert_eq!(told(xml(&answer(7, "<TrangThai>KHONG_CO</TrangThai>"))).await, Ok(Compared::Unknown));
    let silent = "<TrangThai>CO</TrangThai><DoiChieu/>";
    assert_eq!(
        told(xml(&answer(7, silent))).await,
        Ok(Compared::Known { full_name: Silent, birth_date: Silent, sex: Silent })
    );
}

#[tokio::test]
async fn n16_what_is_not_an_answer_to_our_question_is_not_believed() {
    let strange = Away("an answer that is not understood");
    let with = |from: &str, to: &str| {
        let changed = answer(7, GOOD).replace(from, to);
        assert_ne!(changed, answer(7, GOOD), "{from}");
        changed
    };
    let sex = "<GioiTinh>KHOP</GioiTinh></DoiChieu>";
    for (body, why) in [
        (answer(8, GOOD), Away("an answer to another question")),
        (with("<MaYeuCau>", "<MaYeuCau><x/>"), Away("broken XML")),
        (with(NAMESPACE, "http://dancuquocgia.example"), Away("another envelope")),
        (with(ENVELOPE, "http://www.w3.org/2003/05/soap-envelope"), Away("another envelope")),
        (with("TraCuuThongTinCongDanResponse", "TraCuuThongTinCongDan"), Away("another envelope")),
        (with("<HoVaTen>KHOP", "<HoVaTen>CO_THE"), strange),
        (with("<HoVaTen>KHOP", "<HoVaTen>"), strange),
        (with("<HoVaTen>KHOP</HoVaTen>", "<HoVaTen xmlns=''>KHOP</HoVaTen>"), strange),
        (with("<HoVaTen>KHOP</HoVaTen>", "<HoVaTen>KHOP</HoVaTen><HoVaTen>KHONG_KHOP</HoVaTen>"), strange),
        (with("<DoiChieu>", "<DoiChieu><SoDinhDanh>KHOP</SoDinhDanh>"), strange),
        (with("</DoiChieu>", sex), strange),
        (with("<TrangThai>CO", "<TrangThai>KHONG_CO"), strange),
        (with("<TrangThai>CO", "<TrangThai>CHUA_RO"), strange),
        (answer(7, "<TrangThai>CO</TrangThai>"), strange),
        (answer(7, &format!("{GOOD}{GOOD}")), strange),
        (enveloped(""), Away("another envelope")),
        (enveloped(&"<x/>".repeat(2)), Away("another envelope")),
        (
            with("<s:Body>", "<s:Header><x s:mustUnderstand=\"1\"/></s:Header><s:Body>"),
            Away("a header that is not understood"),
        ),
    ] {
        assert_eq!(told(xml(&body)).await, Err(why), "{body}");
    }
    let asked = Question { sex: Some(Sex::Female), ..question() };
    let address = peer(xml(&with("</DoiChieu>", sex)), None).await;
    let known = Ok(Compared::Known { full_name: Match, birth_date: Mismatch, sex: Match });
    assert_eq!(ask_at(&address, &asked, Duration::from_secs(5)).await, known, "where it was asked, it is an answer");
}

#[tokio::test]
async fn n16_broken_and_dangerous_xml_is_no_answer() {
    let good = answer(7, GOOD);
    let entities: String =
        (1..20).map(|i| format!("<!ENTITY e{i} \"{}\">", format!("&e{};", i - 1).repeat(10))).collect();
    let bomb = format!("<!DOCTYPE x [<!ENTITY e0 \"ha\">{entities}]>{}", good.replace("KHOP", "&e19;"));
    let outside = format!("<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/hostname\">]>{}", good.replace("KHOP", "&f;"));
    let began = Instant::now();
    for body in [
        String::new(),
        "no XML".into(),
        good[..good.len() / 2].to_owned(),
        good.replace("</s:Body>", ""),
        format!("{good}{good}"),
        bomb,
        outside,
        good.replace("KHOP", "&nbsp;"),
        format!("<?xml version='1.0' encoding='utf-16'?>{good}"),
        "<a>".repeat(10_000),
    ] {
        assert_eq!(told(xml(&body)).await, Err(Away("broken XML")), "{}", &body[..body.len().min(200)]);
    }
    let mut foreign = http("200 OK", "text/xml", "");
    foreign.extend([0xff, 0xfe]);
    assert_eq!(told(foreign).await, Err(Away("broken XML")));
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn n16_statuses_and_faults_are_told_apart() {
    let fault = |code: &str, detail: &str| {
        enveloped(&format!(
            "<s:Fault><faultcode>s:{code}</faultcode><faultstring>HỒ THỊ HƯ CẤU 000148000001</faultstring>\
             <detail><MaLoi xmlns=\"{NAMESPACE}\">{detail}</MaLoi></detail></s:Fault>"
        ))
    };
    let failed = |body: &str| http("500 Internal Server Error", "text/xml", body);
    for (answer, why) in [
        (failed(&fault("Client", "QUA_NHIEU")), Refused("too many questions")),
        (failed(&fault("Client", "AUTHHASH_SAI")), Refused("AuthHash")),
        (failed(&fault("Client.Authentication", "x")), Refused("a fault of ours")),
        (failed(&fault("MustUnderstand", "000148000001")), Refused("a fault of ours")),
        (failed(&fault("Server", "QUA_NHIEU")), Away("a fault of theirs")),
        (failed(&fault("", "")), Away("a fault of theirs")),
        (xml(&fault("Client", "QUA_NHIEU")), Refused("too many questions")),
        (failed(&answer(7, GOOD)), Away("another envelope")),
        (failed("oops"), Away("broken XML")),
        (http("200 OK", "text/html", &answer(7, GOOD)), Away("not XML")),
        (http("401 Unauthorized", "text/xml", ""), Refused("token")),
        (http("403 Forbidden", "text/html", ""), Refused("token")),
        (http("404 Not Found", "text/html", ""), Refused("status")),
        (http("429 Too Many Requests", "text/html", ""), Refused("too many questions")),
        (http("503 Busy", "text/html", ""), Away("busy")),
        (http("204 No Content", "text/xml", ""), Away("busy")),
    ] {
        let shown = String::from_utf8_lossy(&answer).into_owned();
        let told = told(answer).await.unwrap_err();
        assert_eq!(told, why, "{shown}");
        let words = format!("{told} {told:?}");
        assert!(!words.contains("000148000001") && !words.contains("HƯ CẤU"), "{words}");
    }
}

#[tokio::test]
async fn n16_a_registry_that_is_gone_slow_or_endless_costs_a_bounded_time() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let patient = Duration::from_secs(5);
    let nobody = ask_at(&format!("http://{free}/"), &question(), patient).await;
    assert_eq!(nobody, Err(Away("connection")));
    let good = xml(&answer(7, GOOD));
    let half = good[..good.len() - 20].to_vec();
    assert_eq!(told(half.clone()).await, Err(Away("answer")));
    assert_eq!(told(b"nonsense\r\n\r\n".to_vec()).await, Err(Away("connection")));
    assert_eq!(told(Vec::new()).await, Err(Away("connection")));
    let declared = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 999999999\r\n\r\n<a>".to_vec();
    assert_eq!(told(declared).await, Err(Away("size")));
    let open = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n".to_vec();
    let endless = peer(open, Some(b"<a>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</a>")).await;
    assert_eq!(ask_at(&endless, &question(), patient).await, Err(Away("size")));
    let headers =
        peer(b"HTTP/1.1 200 OK\r\n".to_vec(), Some(b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n")).await;
    assert_eq!(ask_at(&headers, &question(), patient).await, Err(Away("connection")));

    let began = Instant::now();
    let quick = Duration::from_millis(250);
    for answer in [Vec::new(), half] {
        let slow = peer(answer, Some(b"")).await;
        assert_eq!(ask_at(&slow, &question(), quick).await, Err(Away("time")));
    }
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[tokio::test]
async fn n16_no_redirect_is_followed_and_nothing_is_tried_twice() {
    let inside = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to = inside.local_addr().unwrap();
    for status in ["301 Moved", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let answer = format!("HTTP/1.1 {status}\r\nLocation: http://{to}/\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(told(answer.into_bytes()).await, Err(Away("redirect")));
    }
    assert!(timeout(Duration::from_millis(200), inside.accept()).await.is_err(), "nobody came there");
    let asking =
        tokio::spawn(async move { ask_at(&format!("http://{to}/"), &question(), Duration::from_secs(5)).await });
    let (mut stream, _) = timeout(Duration::from_secs(5), inside.accept()).await.unwrap().unwrap();
    let mut asked = [0u8; 8192];
    let length = stream.read(&mut asked).await.unwrap();
    drop(stream);
    assert!(String::from_utf8_lossy(&asked[..length]).starts_with("POST / HTTP/1.1\r\n"));
    assert_eq!(asking.await.unwrap(), Err(Away("connection")));
    assert!(timeout(Duration::from_millis(200), inside.accept()).await.is_err(), "it was asked once");
}

#[tokio::test]
async fn n16_over_https_a_peer_without_a_certificate_learns_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://{}/", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = vec![0u8; 8192];
        let length = stream.read(&mut asked).await.unwrap();
        let _ = stream.write_all(&xml(&answer(7, GOOD))).await;
        asked.truncate(length);
        asked
    });
    let settings = Settings::new(&address, Secret::new("token-bi-mat"), [7; 32]);
    let told = Population::new(settings).unwrap().ask(&question()).await;
    assert_eq!(told, Err(Away("connection")));
    let heard = heard.await.unwrap();
    assert_eq!(heard[0], 22, "a TLS hello and nothing in the clear");
    let heard = String::from_utf8_lossy(&heard);
    assert!(!heard.contains("000148000001") && !heard.contains("token-bi-mat"));
}
