//! Services: the categories, and what each asks besides the free text.

use super::{
    ask::Ask,
    fault::Fault,
    tree::{self, Node},
};
use axum::{http::StatusCode, response::Response};
use domain::packs::{Category, Question};

pub fn list(ask: &Ask) -> Response {
    let province = ask.web.core.province();
    let service = |c: &Category| {
        Node::Map(vec![
            ("service_code", Node::text(c.code.clone())),
            ("service_name", Node::text(c.name.get(ask.lang))),
            ("description", Node::text(c.hint.get(ask.lang))),
            ("metadata", Node::Flag(!c.questions.is_empty())),
            ("type", Node::text("realtime")),
            ("keywords", Node::maybe(c.keywords.join(","))),
            ("group", Node::Nothing),
        ])
    };
    let services = province.pack.categories.iter().map(service).collect();
    tree::answer(ask.format, StatusCode::OK, "services", &Node::List("service", services))
}

pub fn definition(ask: &Ask, code: &str) -> Result<Response, Fault> {
    let province = ask.web.core.province();
    let category = province.category(code).ok_or(Fault::not_found("open311-no-service"))?;
    let attributes = category.questions.iter().enumerate().map(|(at, q)| attribute(ask, at, q)).collect();
    let tree = Node::Map(vec![
        ("service_code", Node::text(category.code.clone())),
        ("attributes", Node::List("attribute", attributes)),
    ]);
    Ok(tree::answer(ask.format, StatusCode::OK, "service_definition", &tree))
}

fn attribute(ask: &Ask, at: usize, q: &Question) -> Node {
    let value = |v: &domain::packs::Value| {
        Node::Map(vec![("key", Node::text(v.key.clone())), ("name", Node::text(v.name.get(ask.lang)))])
    };
    let mut fields = vec![
        ("variable", Node::Flag(q.variable)),
        ("code", Node::text(q.code.clone())),
        ("datatype", Node::text(q.datatype.as_str())),
        ("required", Node::Flag(q.required)),
        ("datatype_description", Node::maybe(q.hint.get(ask.lang))),
        ("order", Node::Whole(at as i64 + 1)),
        ("description", Node::text(q.label.get(ask.lang))),
    ];
    if q.datatype.is_list() {
        fields.push(("values", Node::List("value", q.values.iter().map(value).collect())));
    }
    Node::Map(fields)
}
