//! What went wrong, in the form of GeoReport: `errors` with a code, which is the HTTP status, and a description.

use super::{
    ask::Ask,
    tree::{self, Node},
};
use crate::error::Problem;
use axum::{http::StatusCode, response::Response};
use domain::error::Error;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    problem: Problem,
    /// Text keys, each with what it is about (`name`).
    said: Vec<(&'static str, String)>,
}

impl Fault {
    fn new(problem: Problem, key: &'static str, name: impl Into<String>) -> Self {
        Self { problem, said: vec![(key, name.into())] }
    }

    pub fn not_found(key: &'static str) -> Self {
        Self::new(Problem::NotFound, key, "")
    }

    pub fn forbidden(key: &'static str) -> Self {
        Self::new(Problem::Forbidden, key, "")
    }

    /// Nothing can be added any more.
    pub fn ended(key: &'static str) -> Self {
        Self::new(Problem::State, key, "")
    }

    /// A parameter that is missing or does not fit.
    pub fn bad(key: &'static str, parameter: impl Into<String>) -> Self {
        Self::new(Problem::BadRequest, key, parameter)
    }

    /// Several at once.
    pub fn all(said: Vec<(&'static str, String)>) -> Self {
        Self { problem: Problem::BadRequest, said }
    }

    /// From a service's refusal.
    pub fn domain(ask: &Ask, error: Error) -> Self {
        if let Error::Invalid(fields) = error {
            return Self::all(fields.into_iter().map(|f| (f.key, f.field.to_owned())).collect());
        }
        Self { problem: Problem::from_domain(error, ask.web.core.now()), said: Vec::new() }
    }

    pub fn answer(self, ask: &Ask) -> Response {
        let speaker = ask.web.core.speaker(ask.lang);
        let status = self.problem.status();
        let one = |description: String| {
            let code = Node::Whole(i64::from(status.as_u16()));
            Node::Map(vec![("code", code), ("description", Node::text(description))])
        };
        let errors = if self.said.is_empty() {
            vec![one(speaker.t(&format!("error-{}-text", self.problem.code())).into_owned())]
        } else {
            self.said.iter().map(|(key, name)| one(speaker.ta(key, &[("name", name), ("question", name)]))).collect()
        };
        let response = tree::answer(ask.format, StatusCode::OK, "errors", &Node::List("error", errors));
        self.problem.finish(response)
    }
}

impl From<crate::forms::BadBody> for Fault {
    fn from(bad: crate::forms::BadBody) -> Self {
        Self { problem: bad.into(), said: Vec::new() }
    }
}
