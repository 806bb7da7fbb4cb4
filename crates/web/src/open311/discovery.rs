//! Service discovery: what is offered here, for programs that know only the address.

use super::{
    BASE,
    ask::Ask,
    tree::{self, Node},
};
use axum::{http::StatusCode, response::Response};

/// When the interface last changed its form.
const CHANGESET: &str = "2026-03-01T00:00:00+07:00";

pub fn discovery(ask: &Ask) -> Response {
    let province = ask.web.core.province();
    let support = &province.pack.province.support;
    let reach = [support.phone.as_deref(), support.email.as_deref(), support.website.as_deref()];
    let contact: Vec<&str> = [Some(support.unit.get(ask.lang))].into_iter().chain(reach).flatten().collect();
    let formats = ["text/xml", "application/json"].map(Node::text).into();
    let endpoint = Node::Map(vec![
        ("specification", Node::text("http://wiki.open311.org/GeoReport_v2")),
        ("url", Node::text(ask.url(BASE))),
        ("changeset", Node::text(CHANGESET)),
        ("type", Node::text(if ask.web.core.settings.demo { "test" } else { "production" })),
        ("formats", Node::List("format", formats)),
    ]);
    let key = ask.web.core.speaker(ask.lang).ta("open311-key-service", &[("url", &ask.url("/du-lieu-mo#khoa"))]);
    let tree = Node::Map(vec![
        ("changeset", Node::text(CHANGESET)),
        ("contact", Node::text(contact.join(", "))),
        ("key_service", Node::text(key)),
        ("endpoints", Node::List("endpoint", vec![endpoint])),
    ]);
    tree::answer(ask.format, StatusCode::OK, "discovery", &tree)
}
