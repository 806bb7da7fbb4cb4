//! What holds for any request of a stranger. The fuzzer (`fuzz/`, `make fuzz`) looks for requests for which it does not; a test
//! runs the seeds.

use crate::{
    HttpSettings, Parts, Web,
    citizen::uploads,
    forms::{self, BadBody, Fields, Takes},
    middleware::encode,
    open311::{
        ask::{Query, attribute, date},
        send,
    },
};
use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header},
};
use base::clock::DAY;
use domain::{
    accounts::Accounts,
    province::Province,
    reports::{
        Command, Draft, Place, act_as_officer,
        open::{PAGE_MOST, SKIP_MOST},
        rows, submit,
    },
    rights::Role,
    testing::{self, MONDAY_MORNING as NOW},
};
use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, LazyLock, Mutex, atomic::AtomicBool},
};
use store::testing::TestStore;
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 5] = [
    ("form", form),
    ("open311", open311),
    ("multipart", multipart),
    ("upload_headers", upload_headers),
    ("pages", pages),
];

static PROVINCE: LazyLock<Province> = LazyLock::new(|| Province::new(1, testing::pack(), None));

/// A form, written again from what was read, is the same form.
pub fn form(data: &[u8]) {
    let fields = Fields::parse(data);
    let pairs = fields.names().flat_map(|name| fields.all(name).iter().map(move |value| (name, value)));
    let again: Vec<String> = pairs.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    assert!(again.len() <= 500);
    let again = Fields::parse(again.join("&").as_bytes());
    let all = |f: &Fields| f.names().map(|n| (n.to_owned(), f.all(n).to_vec())).collect::<BTreeMap<_, _>>();
    assert_eq!(all(&again), all(&fields));
    let _ = forms::check_utf8(data);
}

/// A question is answered within its bounds or refused, and what is sent is a draft within the province's rules or refused.
pub fn open311(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(at) = date(&text) {
        assert_eq!(date(&base::show::rfc3339(at)), Some(at - at.rem_euclid(1000)));
    }
    let Ok(query) = Query::parse(&text) else { return };
    if let Ok((skip, most)) = query.page() {
        assert!((0..=SKIP_MOST).contains(&skip) && (1..=PAGE_MOST).contains(&most));
    }
    if let Ok((from, until)) = query.span(NOW) {
        assert!(from <= until && until - from <= 91 * DAY);
    }
    if let Ok(Some(codes)) = query.codes() {
        assert!(codes.len() <= 500 && codes.iter().all(|c| c.len() == 10));
    }
    let _ = query.flag("extensions");
    for name in query.fields().names() {
        if let Some(Ok(code)) = attribute(name) {
            assert!(!code.is_empty() && name.contains(code));
        }
    }
    if let Ok(draft) = send::draft(&PROVINCE, &query) {
        let category = PROVINCE.category(&draft.category);
        assert!(category.is_some_and(|c| draft.answers.check(c).is_ok()));
        assert!(draft.place.point.is_some() || draft.place.commune.is_some());
        assert!(draft.place.point.is_none_or(|p| p.lat.abs() <= 90.0 && p.lon.abs() <= 180.0));
        assert!(draft.place.commune.is_none_or(|code| PROVINCE.commune(&code).is_some()));
        assert!(!draft.content.is_empty());
    }
}

/// An upload of which `X` is the boundary is read alike in whatever pieces it comes, and never more of it than there is.
pub fn multipart(data: &[u8]) {
    let Ok(runtime) = Builder::new_current_thread().enable_time().build() else { return };
    let read = |size: usize| {
        let pieces: Vec<std::io::Result<Bytes>> =
            data.chunks(size.max(1)).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let request = Request::post("/")
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=X")
            .body(Body::from_stream(futures_util::stream::iter(pieces)));
        let upload = runtime.block_on(forms::read_upload(request.map_err(|_| BadBody::Broken)?, Takes::Video))?;
        let fields: BTreeMap<String, Vec<String>> =
            upload.fields.names().map(|n| (n.to_owned(), upload.fields.all(n).to_vec())).collect();
        let files: Vec<_> = upload.files.into_iter().map(|f| (f.field, f.name, f.bytes)).collect();
        Ok::<_, BadBody>((fields, files, upload.too_large, upload.more))
    };
    let whole = read(data.len());
    if let Ok((fields, files, ..)) = &whole {
        let text: usize = fields.values().flatten().map(String::len).sum();
        assert!(files.len() <= 10 && text + files.iter().map(|f| f.2.len()).sum::<usize>() <= data.len());
    }
    for size in [1, 7] {
        assert_eq!(read(size), whole, "in pieces of {size}");
    }
}

/// Headers of an upload that goes on where it broke: one a line.
pub fn upload_headers(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|b| *b == b'\n') {
        if let Ok(value) = HeaderValue::from_bytes(line) {
            headers.insert("upload-offset", value.clone());
            headers.insert("upload-metadata", value);
            if let Ok(n) = uploads::number(&headers, "upload-offset") {
                assert!((0..1_000_000_000_000).contains(&n));
            }
            assert!(uploads::metadata(&headers, "filename").len() <= 1_500);
        }
    }
}

/// A province with one public report, and whoever asks it.
struct Site {
    runtime: Runtime,
    router: Router,
    _db: TestStore,
}

static SITE: LazyLock<Option<Mutex<Site>>> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().ok()?;
    let (router, db) = runtime.block_on(site())?;
    Some(Mutex::new(Site { runtime, router, _db: db }))
});

async fn site() -> Option<(Router, TestStore)> {
    let db = store::testing::sqlite().await;
    let core = testing::core_with(&db, crate::text_sources()).await;
    let citizen = testing::citizen(&core, 1).await;
    let point = base::geo::Point::new(17.45269, 106.63123);
    let place = Place { point, commune: Some("18880".into()), address: "Trước chợ".into() };
    let draft =
        Draft { content: "Ổ gà lớn trước chợ".into(), category: "ha-tang".into(), place, ..Draft::default() };
    let sent = submit(&core, citizen, &draft, vec![], None, "web").await.ok()?;
    let officer = testing::officer(&core, "Điều Phối", "*", Role::ProvinceOperator).await;
    let accept = Command::Accept { note: String::new() };
    let version = rows::by_code(core.store.read(), sent.code.as_str()).await.ok()??.version;
    act_as_officer(&core, &officer, sent.code.as_str(), version, accept, vec![]).await.ok()?;
    let http = HttpSettings { trusted_proxies: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)], ..HttpSettings::default() };
    let web = Web::from(Parts {
        providers: Vec::new(),
        banks: Vec::new(),
        till: None,
        tells_portal: false,
        portal: None,
        registry: None,
        signatures: None,
        remote: None,
        issuer: None,
        accounts: Accounts::new(core.clone()).ok()?,
        core,
        http,
        sms_status: None,
        metrics: metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder().handle(),
        closing: Arc::new(AtomicBool::new(false)),
    });
    Some((crate::router(web), db))
}

/// Whatever is asked for (the address in the first line, headers in the others), the server has an answer and makes no mistake.
pub fn pages(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let Ok(mut request) = Request::builder().uri(lines.next().unwrap_or_default()).body(Body::empty()) else { return };
    for (name, value) in lines.filter_map(|line| line.split_once(':')).take(20) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.trim()), HeaderValue::try_from(value.trim())) {
            request.headers_mut().append(name, value);
        }
    }
    *request.method_mut() = if data.len().is_multiple_of(16) { Method::HEAD } else { Method::GET };
    let site = SITE.as_ref().and_then(|site| site.lock().ok());
    assert!(site.is_some(), "no site to ask");
    let Some(site) = site else { return };
    let (router, address) = (site.router.clone(), request.uri().clone());
    site.runtime.block_on(async {
        let answered = router.oneshot(request).await;
        let Ok(answer) = answered;
        assert!(!answer.status().is_server_error(), "{} of {address}", answer.status());
        assert!(axum::body::to_bytes(answer.into_body(), 64 * 1024 * 1024).await.is_ok(), "{address}");
    });
}

#[test]
fn x8_the_seeds_of_the_fuzzer_hold() {
    replay::replay(&TARGETS);
}

#[cfg(test)]
#[path = "../../../fuzz/replay.rs"]
mod replay;
