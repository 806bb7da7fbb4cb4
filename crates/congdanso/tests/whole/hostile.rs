//! Hostile HTTP (X8): every answer is a refusal with the headers of safety, and the server lives on.

use crate::{
    harness::{Install, PATIENCE, Server, text},
    load::report,
    people,
};
use serde_json::Value;
use std::time::{Duration, Instant};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Sends bytes as they are; gives everything that comes back.
async fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    // The server may close before it has read everything: that is an answer too.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer or an end");
    text(&answer)
}

async fn asked(server: &Server, line: &str, headers: &str) -> String {
    raw(server, format!("{line} HTTP/1.1\r\nHost: congdan.example.vn\r\nConnection: close\r\n{headers}\r\n").as_bytes())
        .await
}

fn status(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or(0)
}

/// The headers that every answer carries, whatever it is.
fn assert_safe(answer: &str, what: &str) {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default().to_lowercase();
    for part in [
        "content-security-policy: default-src 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: same-origin",
        "permissions-policy: ",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "x-frame-options: deny",
        "strict-transport-security: max-age=31536000",
        "cache-control: ",
        "x-request-id: ",
    ] {
        assert!(head.contains(part), "{what}: {part} is missing in\n{head}");
    }
    assert!(!head.contains("unsafe-"), "{what}: inline code is allowed");
    for tells in ["server:", "x-powered-by:"] {
        assert!(!head.contains(tells), "{what}: {tells}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x8_every_kind_of_answer_carries_the_headers_of_safety() {
    let install = Install::sqlite();
    let person = people::citizens(&install, 1).await.remove(0);
    let server = install.serve().await;
    let cookie = format!("Cookie: {}\r\n", person.cookie());
    let bearer = format!("Authorization: Bearer {}\r\n", person.token);
    for (line, headers, expected) in [
        ("GET /", "", 200),
        ("HEAD /", "", 200),
        ("GET /", cookie.as_str(), 200),
        ("GET /phan-anh/cua-toi", "", 303),
        ("GET /khong-co", "", 404),
        ("GET /api/v1/khong-co", "", 404),
        ("GET /api/v1/me/reports", "", 401),
        ("GET /api/v1/staff/reports", bearer.as_str(), 401),
        ("GET /can-bo", "", 303),
        ("GET /static/khong-co.css", "", 404),
        ("GET /anh/khong-co/l.jpg", "", 404),
        ("POST /api/v1/reports", "Sec-Fetch-Site: cross-site\r\nContent-Length: 0\r\n", 403),
        ("POST /api/v1/sessions", "Content-Length: 0\r\n", 400),
        ("GET /healthz", "", 200),
        ("GET /readyz", "", 200),
        ("GET /metrics", "", 200),
        ("DELETE /", "", 404),
    ] {
        let answer = asked(&server, line, headers).await;
        // A refused method may be named 405; both are refusals.
        let got = status(&answer);
        assert!(got == expected || (expected == 404 && got == 405), "{line} {headers}: {got}");
        assert_safe(&answer, line);
    }
    // Errors for programs are problem+json, for people pages.
    let json = asked(&server, "GET /api/v1/me/reports", "").await;
    assert!(json.to_lowercase().contains("content-type: application/problem+json"), "{json}");
    let page = asked(&server, "GET /khong-co", "Accept: text/html\r\n").await;
    assert!(page.contains("<h1"), "{page}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x8_large_and_broken_bodies_are_refused_and_nothing_is_written() {
    let install = Install::sqlite();
    let person = people::citizens(&install, 1).await.remove(0);
    let server = install.serve().await;
    let post = async |path: &str, kind: &str, body: Vec<u8>| {
        // A refusal comes before the whole body was read; whether this client sees it or its own broken write first is chance.
        let mut broken = None;
        for _ in 0..20 {
            let asked = server.http.post(server.url(path)).bearer_auth(&person.token).header("cookie", person.cookie());
            match asked.header("content-type", kind).body(body.clone()).send().await {
                Ok(answer) => return answer,
                Err(e) => broken = Some(e),
            }
        }
        panic!("never an answer: {broken:?}");
    };
    let json = "application/json";
    let mut large = report(1);
    large["content"] = "ổ gà ".repeat(150_000).into();
    let answer = post("/api/v1/reports", json, large.to_string().into_bytes()).await;
    assert_eq!(answer.status(), 413);
    assert_eq!(answer.json::<Value>().await.unwrap()["title"], "too-large");
    // Announced as 1 GB: refused without waiting for it.
    let head = format!(
        "POST /api/v1/reports HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Length: 1000000000\r\n\r\n{{",
        person.token
    );
    let start = Instant::now();
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&[b' '; 80_000]).await.unwrap();
    let mut some = vec![0; 4096];
    let n = timeout(PATIENCE, stream.read(&mut some)).await.expect("an answer").unwrap();
    assert_eq!(status(&text(&some[..n])), 413, "{}", text(&some[..n]));
    assert!(start.elapsed() < Duration::from_secs(10));

    let mut invalid = b"{\"content\": \"".to_vec();
    invalid.extend([0xff, 0xfe, 0xc0]);
    invalid.extend(b"\", \"category\": \"ha-tang\", \"lat\": 17.45, \"lon\": 106.63}");
    assert_eq!(post("/api/v1/reports", json, invalid).await.status(), 400);
    let nested = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    assert_eq!(post("/api/v1/reports", json, nested.into_bytes()).await.status(), 400);
    for wrong in ["", "null", "[]", "{\"content\":1}", "{\"content\":\"a\",\"category\":\"b\",\"role\":\"admin\"}"] {
        assert_eq!(post("/api/v1/reports", json, wrong.into()).await.status(), 400, "{wrong}");
    }
    let mut numbers = report(2);
    numbers["lat"] = 1e300.into();
    assert_eq!(post("/api/v1/reports", json, numbers.to_string().into_bytes()).await.status(), 400);

    let form = "application/x-www-form-urlencoded";
    let many: String = (0..9_000).map(|n| format!("a{n}=1&")).collect();
    assert_eq!(post("/phan-anh/moi", form, many.into_bytes()).await.status(), 413);
    let some: String = (0..3_000).map(|n| format!("a{n}=1&")).collect();
    // Fields beyond the first five hundred are not even kept, so the token at the end is not found.
    let answer = post("/phan-anh/moi", form, format!("{some}csrf={}", person.csrf).into_bytes()).await;
    assert_eq!(answer.status(), 403);
    assert_eq!(post("/phan-anh/moi", form, b"csrf=%ff%fe".to_vec()).await.status(), 400);
    assert_eq!(post("/phan-anh/moi", form, b"csrf=sai&category=ha-tang".to_vec()).await.status(), 403, "a wrong token");
    assert_eq!(post("/phan-anh/moi", form, b"category=ha-tang".to_vec()).await.status(), 403, "no token");
    let broken = "multipart/form-data; boundary=x";
    let draft = "/phan-anh/moi/01980000-0000-7000-8000-000000000000/anh";
    assert_eq!(post(draft, broken, b"--x\r\nContent-Disposition: form-da".to_vec()).await.status(), 400);

    let store = install.store().await;
    for table in ["report", "report_draft", "idempotency"] {
        assert_eq!(crate::harness::number(&store, &format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(server.status("/readyz").await, Some(200));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x8_strange_requests_do_no_harm() {
    let install = Install::sqlite();
    let mut server = install.serve().await;
    // 10,000 bytes of headers pass; what a browser never sends is refused.
    let long = format!("X-Dai: {}\r\n", "a".repeat(10_000));
    assert_eq!(status(&asked(&server, "GET /healthz", &long).await), 200);
    let longer = format!("X-Dai: {}\r\n", "a".repeat(200_000));
    assert!(matches!(status(&asked(&server, "GET /healthz", &longer).await), 431 | 0));
    let many: String = (0..300).map(|n| format!("X-{n}: 1\r\n")).collect();
    assert!(matches!(status(&asked(&server, "GET /healthz", &many).await), 431 | 400));
    let endless = format!("GET /{}", "a".repeat(100_000));
    assert!(matches!(status(&asked(&server, &endless, "").await), 414 | 431 | 0));
    for line in ["PHA /", "TRACE /", "CONNECT /", "PROPFIND /anh/x", "OPTIONS /", "PUT /api/v1/reports"] {
        let answer = asked(&server, line, "").await;
        assert!((400..500).contains(&status(&answer)), "{line}: {}", status(&answer));
        assert!(!answer.contains("X-Dai"), "{line}: nothing is echoed");
    }
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"GET\x00/ HTTP/1.1\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\r\n\r\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        let _ = stream.write_all(bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("an answer or an end");
        assert!(!text(&answer).starts_with("HTTP/1.1 200"), "{bytes:?}: {}", text(&answer));
    }
    // Nothing of the file system is reached by any spelling.
    for path in [
        "/static/../Cargo.toml",
        "/static/..%2f..%2fetc%2fpasswd",
        "/static/%2e%2e/%2e%2e/etc/passwd",
        "/static//etc/passwd",
        "/static/..%5c..%5cwindows",
        "/anh/..%2f..%2fmaster-key/l.jpg",
        "/anh/../../congdanso.sqlite",
        "/anh/%00/l.jpg",
        "/can-bo/anh/..%2f..%2fmaster-key/l",
        "/phan-anh/..%2f..%2fmaster-key",
    ] {
        let answer = asked(&server, &format!("GET {path}"), "").await;
        assert!(matches!(status(&answer), 303 | 400 | 401 | 404), "{path}: {}", status(&answer));
        assert!(!answer.contains("root:") && !answer.contains("SQLite format"), "{path}");
    }
    assert!(server.is_running());
    assert_eq!(server.status("/readyz").await, Some(200));
    let log = server.stop().await;
    assert!(!log.contains("panicked"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x8_a_post_from_another_site_is_refused_before_it_is_read() {
    let install = Install::sqlite();
    let person = people::citizens(&install, 1).await.remove(0);
    let server = install.serve().await;
    let own = "https://congdan.example.vn";
    for (name, value, allowed) in [
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "same-site", false),
        ("sec-fetch-site", "same-origin", true),
        ("origin", "https://evil.example", false),
        ("origin", "null", false),
        ("origin", "http://congdan.example.vn", false),
        ("origin", "https://congdan.example.vn.evil.example", false),
        ("origin", own, true),
    ] {
        for path in ["/phan-anh/moi", "/api/v1/reports", "/can-bo/dang-nhap"] {
            let sent = server
                .http
                .post(server.url(path))
                .header("cookie", person.cookie())
                .header(name, value)
                .form(&[("csrf", person.csrf.as_str()), ("category", "ha-tang")])
                .send()
                .await
                .unwrap();
            let refused = sent.status() == 403 && sent.text().await.unwrap().contains("cross-site");
            assert_eq!(refused, !allowed, "{path} {name}: {value}");
        }
    }
    server.stop().await;
}

/// A client that says nothing, says half of the preface of HTTP/2, or sends its headers drop by drop, is cut off.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn x8_slow_clients_are_cut_off() {
    let install = Install::sqlite();
    let server = Server::start(&install, &[("CONGDANSO_HEADER_SECONDS", "1")]).await;
    for (what, first) in [
        ("silent", &b""[..]),
        ("half a preface", b"PRI * HTTP/2.0\r\n"),
        ("half a line", b"GET /hea"),
        ("half of the headers", b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: "),
    ] {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
        stream.write_all(first).await.unwrap();
        let mut answer = Vec::new();
        let ended = timeout(Duration::from_secs(8), stream.read_to_end(&mut answer)).await;
        assert!(ended.is_ok(), "{what}: still open");
        assert!(!text(&answer).contains(" 200 "), "{what}");
    }
    // Drop by drop does not renew the time.
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await.unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n").await.unwrap();
    let start = Instant::now();
    loop {
        assert!(start.elapsed() < Duration::from_secs(8), "still open");
        let written = stream.write_all(b"X-A: 1\r\n").await;
        let mut some = [0; 512];
        match timeout(Duration::from_millis(150), stream.read(&mut some)).await {
            Ok(Ok(0) | Err(_)) => break,
            _ if written.is_err() => break,
            _ => {}
        }
    }
    assert_eq!(server.status("/readyz").await, Some(200));
    server.stop().await;
}
