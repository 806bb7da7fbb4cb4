//! What a request says: parameters within limits, read by the rules of GeoReport. Empty ones are absent, unknown ones are passed
//! over, repeated ones are refused unless they are lists.

use super::{fault::Fault, tree::Format};
use crate::{
    forms::{self, Fields},
    state::Web,
};
use base::{
    clock::{DAY, Millis},
    code::Code,
    i18n::Lang,
};
use domain::{
    api_keys::{self, Caller, Need},
    error::Error,
    reports::{answers, open},
};

/// Bytes of a query at most.
const QUERY_MOST: usize = 8 * 1024;
/// Entries of a list at most.
const LIST_MOST: usize = 500;
/// Days that can be asked for at once, and without a word.
const DAYS: Millis = 90;

/// The question's frame: who answers, in which form and language.
pub struct Ask {
    pub web: Web,
    pub format: Format,
    pub lang: Lang,
}

impl Ask {
    /// One province answers; its code may be named, another may not.
    pub fn jurisdiction(&self, named: Option<&str>) -> Result<(), Fault> {
        let province = self.web.core.province();
        match named {
            Some(id) if id != province.pack.province.code => Err(Fault::not_found("open311-no-jurisdiction")),
            _ => Ok(()),
        }
    }

    pub async fn key(&self, key: &str, to_create: bool) -> Result<Caller, Fault> {
        let need = if to_create { Need::Create } else { Need::Read };
        api_keys::enter(&self.web.core, key, need).await.map_err(|e| match e {
            Error::Forbidden => Fault::forbidden("open311-key-wrong"),
            e => Fault::domain(self, e),
        })
    }

    /// A path of ours as a whole address.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.web.core.settings.origin)
    }
}

/// Named values from a query or a form.
pub struct Query(Fields);

impl Query {
    pub fn parse(query: &str) -> Result<Self, Fault> {
        if query.len() > QUERY_MOST {
            return Err(forms::BadBody::TooLarge.into());
        }
        forms::check_utf8(query.as_bytes())?;
        Ok(Self(Fields::parse(query.as_bytes())))
    }

    pub fn of(fields: Fields) -> Self {
        Self(fields)
    }

    pub fn fields(&self) -> &Fields {
        &self.0
    }

    /// A value that can be given once.
    pub fn one(&self, name: &'static str) -> Result<Option<&str>, Fault> {
        let mut values = self.0.all(name).iter().map(|v| v.trim()).filter(|v| !v.is_empty());
        let first = values.next();
        if values.any(|v| Some(v) != first) {
            return Err(Fault::bad("open311-repeated", name));
        }
        Ok(first)
    }

    /// Values between commas, in one parameter or in several of one name.
    pub fn list(&self, name: &'static str) -> Result<Vec<String>, Fault> {
        let values = self.0.all(name).iter().flat_map(|v| v.split(',')).map(str::trim).filter(|v| !v.is_empty());
        let mut list: Vec<String> = Vec::new();
        for value in values {
            if !list.iter().any(|known| known == value) {
                list.push(value.to_owned());
            }
            if list.len() > LIST_MOST {
                return Err(Fault::bad("open311-list-long", name));
            }
        }
        Ok(list)
    }

    pub fn flag(&self, name: &'static str) -> Result<bool, Fault> {
        match self.one(name)? {
            None | Some("false" | "0") => Ok(false),
            Some("true" | "1") => Ok(true),
            Some(_) => Err(Fault::bad("open311-flag", name)),
        }
    }

    fn number(&self, name: &'static str, range: std::ops::RangeInclusive<i64>, otherwise: i64) -> Result<i64, Fault> {
        match self.one(name)? {
            None => Ok(otherwise),
            Some(n) => n.parse().ok().filter(|n| range.contains(n)).ok_or(Fault::bad("open311-number", name)),
        }
    }

    /// Rows to pass over and rows to give.
    pub fn page(&self) -> Result<(i64, i64), Fault> {
        let most = self.number("page_size", 1..=open::PAGE_MOST, open::PAGE_MOST)?;
        let page = self.number("page", 1..=open::SKIP_MOST, 1)?;
        let skip = (page - 1) * most;
        if skip > open::SKIP_MOST { Err(Fault::bad("open311-page-far", "page")) } else { Ok((skip, most)) }
    }

    /// A moment, and whether it is a whole day.
    fn moment(&self, name: &'static str) -> Result<Option<(Millis, bool)>, Fault> {
        let Some(typed) = self.one(name)? else { return Ok(None) };
        match date(typed) {
            Some(at) => Ok(Some((at, typed.len() == 10))),
            None => Err(Fault::bad("open311-date", name)),
        }
    }

    /// From when to when: ninety days at most, and without a word the last ninety.
    pub fn span(&self, now: Millis) -> Result<(Millis, Millis), Fault> {
        let until_end = |(at, day): (Millis, bool)| if day { at + DAY - 1 } else { at };
        let (from, until) = match (self.moment("start_date")?, self.moment("end_date")?) {
            (None, None) => (now - DAYS * DAY, now),
            (Some((from, _)), None) => (from, from + DAYS * DAY),
            (None, Some(until)) => (until.0 - DAYS * DAY, until_end(until)),
            (Some((from, _)), Some(until)) if until.0 - from <= DAYS * DAY => (from, until_end(until)),
            _ => return Err(Fault::bad("open311-span", "end_date")),
        };
        if from > until { Err(Fault::bad("open311-span", "end_date")) } else { Ok((from, until)) }
    }

    /// Codes of reports; what is no code of ours finds nothing.
    pub fn codes(&self) -> Result<Option<Vec<String>>, Fault> {
        let typed = self.list("service_request_id")?;
        let codes = typed.iter().filter_map(|c| Code::parse(c).ok()).map(String::from).collect();
        Ok(if typed.is_empty() { None } else { Some(codes) })
    }
}

/// A date of W3C's profile of ISO 8601. A `+` that nobody encoded arrives as a space.
pub fn date(typed: &str) -> Option<Millis> {
    if typed.contains('/') {
        return None;
    }
    let mended = match typed.rsplit_once(' ') {
        Some((before, zone)) if before.contains('T') => format!("{before}+{zone}"),
        _ => typed.to_owned(),
    };
    answers::moment(&mended)
}

/// The question's code in `attribute[code]` and `attribute[code][]`. `None`: another parameter; an error: neither.
pub fn attribute(name: &str) -> Option<Result<&str, Fault>> {
    let inner = name.strip_prefix("attribute")?;
    let code = inner.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    Some(match code {
        Some((code, "" | "[]")) if !code.is_empty() && !code.contains('[') => Ok(code),
        _ => Err(Fault::bad("open311-attribute", name.chars().take(60).collect::<String>())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::testing::MONDAY_MORNING as NOW;
    use proptest::prelude::*;

    fn query(text: &str) -> Query {
        Query::parse(text).unwrap()
    }

    #[test]
    fn r12_dates_are_read_with_and_without_a_zone() {
        let at = NOW; // 2026-03-30T08:15+07:00
        for typed in [
            "2026-03-30T08:15:00+07:00",
            "2026-03-30T08:15:00 07:00",
            "2026-03-30T01:15:00Z",
            "2026-03-30T01:15:00.000Z",
            "2026-03-30T08:15:00",
        ] {
            assert_eq!(date(typed), Some(at), "{typed}");
        }
        for wrong in
            ["30/03/2026", "yesterday", "2026-02-30", "2026-03-30T25:00:00Z", "99999-01-01", "", "T", "٢٠٢٦-01-01"]
        {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn r12_ninety_days_are_the_most_and_what_is_meant_without_a_word() {
        let (from, until) = query("").span(NOW).unwrap();
        assert_eq!((until - from, until), (90 * DAY, NOW));
        let (from, until) = query("start_date=2026-01-01&end_date=2026-04-01").span(NOW).unwrap();
        assert_eq!(until - from, 91 * DAY - 1, "both days whole");
        for wrong in ["start_date=2026-01-01&end_date=2026-04-02", "start_date=2026-03-02&end_date=2026-03-01"] {
            assert!(query(wrong).span(NOW).is_err(), "{wrong}");
        }
        assert!(query("start_date=&end_date=").span(NOW).is_ok(), "an empty parameter is an absent one");
    }

    #[test]
    fn r12_parameters_given_twice_and_pages_out_of_bounds_are_refused() {
        assert!(query("status=open&status=closed").one("status").is_err());
        assert_eq!(query("status=open&status=closed,open").list("status").unwrap(), ["open", "closed"]);
        assert_eq!(query("a=1&a=1&a=").one("a").unwrap(), Some("1"));
        for wrong in [
            "page=0",
            "page=-1",
            "page_size=1001",
            "page_size=0",
            "page=abc",
            "page=102&page_size=1000",
            "page=9999999999",
        ] {
            assert!(query(wrong).page().is_err(), "{wrong}");
        }
        assert_eq!(query("page=3&page_size=50").page().unwrap(), (100, 50));
        assert!(Query::parse(&"a".repeat(QUERY_MOST + 1)).is_err());
        assert!(Query::parse("a=%ff").is_err());
    }

    #[test]
    fn r12_attributes_are_named_in_one_way() {
        assert_eq!(attribute("attribute[loai]"), Some(Ok("loai")));
        assert_eq!(attribute("attribute[loai][]"), Some(Ok("loai")));
        assert_eq!(attribute("attributes"), attribute("attributes"));
        assert_eq!(attribute("email"), None);
        for wrong in [
            "attribute",
            "attribute[",
            "attribute[]",
            "attribute[][]",
            "attribute[a][b]",
            "attribute[a]x",
            "attribute[[a]]",
        ] {
            assert!(matches!(attribute(wrong), Some(Err(_))), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn r12_any_query_is_answered_or_refused_without_panic(text in "\\PC{0,80}", shaped in "(start_date|end_date|page|page_size|status|service_request_id|attribute)(\\[[a-z]{0,3}\\]){0,2}=[0-9TZ:+% .a-f-]{0,30}") {
            for text in [text, shaped] {
                if let Ok(q) = Query::parse(&text) {
                    let _ = (q.page(), q.codes(), q.flag("extensions"), q.list("status"));
                    if let Ok((from, until)) = q.span(NOW) {
                        prop_assert!(from <= until && until - from <= 91 * DAY);
                    }
                    for name in q.fields().names() {
                        let _ = attribute(name);
                    }
                }
            }
        }
    }
}
