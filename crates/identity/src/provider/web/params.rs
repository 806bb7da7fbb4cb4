//! Parameters of a query or a form. A parameter sent twice is an error (RFC 6749 §3.1), so nothing may silently pick one of them.

use crate::error::Refusal;
use axum::http::{HeaderMap, header};

/// Queries and forms longer than this are not read.
pub(crate) const LONGEST: usize = 32 * 1024;
const MOST: usize = 100;

#[derive(Debug, Clone, Default)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    pub fn parse(text: &str) -> Self {
        let text = if text.len() > LONGEST { "" } else { text };
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().take(MOST).collect())
    }

    /// A form, when the body is one.
    pub fn form(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refusal::request("the body must be a form"));
        }
        let text = std::str::from_utf8(body).map_err(|_| Refusal::request("the body must be UTF-8"))?;
        Ok(Self::parse(text))
    }

    /// The one value of a parameter; an empty one counts as left out. Errors: it was sent twice.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut found = self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str());
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(Refusal::request("a parameter was sent twice")),
            (first, None) => Ok(first.filter(|v| !v.is_empty())),
        }
    }

    pub fn required(&self, name: &str, why: &'static str) -> Result<&str, Refusal> {
        self.one(name)?.ok_or(Refusal::request(why))
    }

    /// Every value of a parameter that may stand several times (boxes of our own forms).
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twice_is_an_error_and_empty_is_nothing() {
        let params = Params::parse("a=1&b=&c=2&c=2&d=x%20y");
        assert_eq!(params.one("a"), Ok(Some("1")));
        assert_eq!(params.one("b"), Ok(None));
        assert!(params.one("c").is_err());
        assert_eq!(params.one("d"), Ok(Some("x y")));
    }
}
