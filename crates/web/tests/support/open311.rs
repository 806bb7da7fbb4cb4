//! Open311 as other systems use it.

use super::{Answer, Site, anybody, encode};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use domain::{
    api_keys::{self, NewKey},
    reports::{Answers, Command, Draft, Place, submit},
    rights::{Officer, Role},
    testing,
};
use serde_json::Value;

pub struct Open {
    pub site: Site,
    pub operator: Officer,
}

impl Open {
    pub async fn on(site: Site) -> Self {
        let operator = testing::officer(&site.core, "Phan Điều Phối", "*", Role::ProvinceOperator).await;
        Self { site, operator }
    }

    pub async fn key(&self, may_create: bool) -> String {
        let new =
            NewKey {
                name: "Tổng đài 1022".into(), may_create, per_minute: 500, per_day: 5000, ..NewKey::default()
            };
        api_keys::create(&self.site.core, &self.operator, &new).await.unwrap().1.expose().to_owned()
    }

    /// A report that everybody may read.
    pub async fn public(&self, content: &str, category: &str, answers: &[(&str, &str)]) -> String {
        self.site.core.clock.advance(60_000);
        let citizen = testing::citizen(&self.site.core, self.site.core.entropy.below(900_000) as u32).await;
        let mut draft = Draft {
            content: content.into(),
            category: category.into(),
            place: Place {
                commune: Some("18880".into()), address: "Đường <Hùng & Vương>".into(), ..Place::default()
            },
            answers: Answers::default(),
            ..Draft::default()
        };
        answers.iter().for_each(|(code, value)| draft.answers.add(code, value));
        let sent = submit(&self.site.core, citizen, &draft, vec![], None, "web").await.unwrap();
        let code = sent.code.as_str().to_owned();
        self.site.staff(&self.operator, &code, Command::Accept { note: "ghi chú kín".into() }).await;
        code
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.site.get(&anybody(), &format!("/open311/{path}")).await
    }

    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
        answer.json()
    }

    /// A program without a browser's headers, so without `sec-fetch-site`.
    pub async fn send(&self, format: &str, fields: &[(&str, &str)], key: Option<&str>) -> Answer {
        let body: Vec<String> = fields.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
        self.send_raw(format, "application/x-www-form-urlencoded", body.join("&").into_bytes(), key).await
    }

    pub async fn send_raw(&self, format: &str, kind: &str, body: Vec<u8>, key: Option<&str>) -> Answer {
        self.post("requests", format, kind, body, key).await
    }

    pub async fn update(&self, format: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields.iter().map(|(n, v)| format!("{}={}", encode(n), encode(v))).collect();
        let kind = "application/x-www-form-urlencoded";
        self.post("servicerequestupdates", format, kind, body.join("&").into_bytes(), None).await
    }

    pub async fn post(&self, what: &str, format: &str, kind: &str, body: Vec<u8>, key: Option<&str>) -> Answer {
        let mut request = Request::builder()
            .method("POST")
            .uri(format!("/open311/v2/{what}.{format}"))
            .header(header::HOST, "localhost:8080")
            .header(header::CONTENT_TYPE, kind);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.site.send(request.body(Body::from(body)).unwrap()).await
    }
}

/// Reads a document to its end: well-formed, and without entities of its own.
pub fn well_formed(xml: &str) {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    loop {
        match reader.read_event().unwrap_or_else(|e| panic!("{e}: {xml}")) {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::DocType(_) => panic!("a document type: {xml}"),
            _ => {}
        }
    }
    let bad = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r');
    assert!(!xml.contains(bad), "{xml:?}");
}
