//! Splitting a report into parts for other units (tách, R6). A part is a report of its own, with its own unit, deadline and
//! history, but without a person: who reported is told by the whole, which cannot be resolved before its parts.

use super::{command::Part, merge::shown, step::Step};
use crate::{
    error::{Error, FieldError},
    packs::Text,
    province::Route,
    reports::{
        CONTENT_MOST,
        clock::Term,
        queue::{Searched, search_text},
        rows::{NewEvent, ReportRow, append},
        states::{Act, State},
        submit::first_line,
        tally::{self, Counted},
    },
};
use base::{code::Code, i18n::Lang, ids::Uuid, text};
use store::{Insert, Sql, Tx};

/// Parts of one report at most, over all its splittings.
pub const PARTS_MOST: usize = 10;

/// The fields of the form, a row a part: names of errors must live as long as the program.
const FIELDS: [[&str; 3]; PARTS_MOST] = [
    ["unit-1", "category-1", "text-1"],
    ["unit-2", "category-2", "text-2"],
    ["unit-3", "category-3", "text-3"],
    ["unit-4", "category-4", "text-4"],
    ["unit-5", "category-5", "text-5"],
    ["unit-6", "category-6", "text-6"],
    ["unit-7", "category-7", "text-7"],
    ["unit-8", "category-8", "text-8"],
    ["unit-9", "category-9", "text-9"],
    ["unit-10", "category-10", "text-10"],
];

impl Step {
    /// Makes the parts. Errors: `Invalid` with every field that does not fit.
    pub(super) async fn split(
        &self,
        report: &ReportRow,
        parts: &[Part],
        data: &mut serde_json::Map<String, serde_json::Value>,
        tx: &Tx,
    ) -> Result<(), Error> {
        if report.parent.is_some() {
            return Err(Error::field("note", "split-part"));
        }
        let has: i64 =
            Sql::new("SELECT count(*) FROM report WHERE parent = $1").bind(report.id).scalar(tx).await?.unwrap_or(0);
        if parts.is_empty() || parts.len() + has as usize > PARTS_MOST {
            return Err(Error::field("note", "split-many"));
        }
        self.check(report, parts)?;
        let mut codes = Vec::with_capacity(parts.len());
        for part in parts {
            codes.push(serde_json::Value::from(self.part(report, part, tx).await?));
        }
        data.insert("parts".into(), codes.into());
        Ok(())
    }

    fn check(&self, report: &ReportRow, parts: &[Part]) -> Result<(), Error> {
        let province = self.core.province();
        let mut wrong = Vec::new();
        for (part, [unit, category, content]) in parts.iter().zip(FIELDS) {
            let mut say = |field, key| wrong.push(FieldError { field, key });
            if !province.has_unit(&part.unit) || part.unit == report.unit {
                say(unit, "unit-missing");
            }
            if province.category(&part.category).is_none() {
                say(category, "report-category-missing");
            }
            match text::lines(&part.text).chars().count() {
                0 => say(content, "split-text"),
                n if n > CONTENT_MOST => say(content, "report-content-long"),
                _ => {}
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) }
    }

    /// One part; answers its code.
    async fn part(&self, whole: &ReportRow, part: &Part, tx: &Tx) -> Result<String, Error> {
        let province = self.core.province();
        let content = text::lines(&part.text);
        let title = first_line(&content);
        let limit = province.route(&part.category, whole.commune.as_deref()).limit;
        let why = |lang: Lang| {
            let speaker = self.core.speaker(lang);
            let unit = province.unit_name(&whole.unit, lang);
            speaker.ta("route-split", &[("unit", &unit), ("code", &shown(&whole.code))])
        };
        let route = Route {
            unit: part.unit.clone(),
            limit,
            rule: String::new(),
            why: Text { vi: why(Lang::VI), en: why(Lang::EN) },
        };
        let term = Term::new(limit, self.now);
        let id = self.core.new_id();
        let code = self.free_code(tx).await?;
        let due_at = term.due_at(province.calendar(), &[]);
        let counted = Counted {
            created_at: self.now,
            unit: part.unit.clone(),
            category: part.category.clone(),
            state: State::Received.as_str().into(),
            due_at: Some(due_at),
            resolved_at: None,
            rating: None,
            duplicate_of: None,
        };
        let folded = search_text(&Searched {
            title: &title,
            content: &content,
            address: &whole.address,
            code: code.as_str(),
            unit: &part.unit,
            category: &part.category,
            commune: whole.commune.as_deref(),
            state: State::Received,
        });
        Insert::into("report")
            .set("id", id)
            .set("code", code.as_str())
            .set("parent", whole.id)
            .set("reporter", None::<Uuid>)
            .set("anonymous", true)
            .set("title", title)
            .set("content", content)
            .set("category", part.category.clone())
            .set("commune", whole.commune.clone())
            .set("address", whole.address.clone())
            .set("masked", whole.masked.clone())
            .set("lat", whole.lat)
            .set("lon", whole.lon)
            .set("state", State::Received.as_str())
            .set("open", true)
            .set("unit", part.unit.clone())
            .set("route", route.to_json())
            .set("source", "split")
            .set("created_at", self.now)
            .set("updated_at", self.now)
            .set("state_at", self.now)
            .set("term", term.to_json())
            .set("due_at", due_at)
            .set("public", false)
            .set("photos", 0)
            .set("folded", folded)
            .exec(tx)
            .await?;
        append(
            tx,
            NewEvent {
                id: self.core.new_id(),
                report_id: id,
                no: 1,
                at: self.now,
                act: Act::Submit.as_str(),
                from_state: None,
                to_state: State::Received.as_str(),
                by: self.by(),
                public_note: String::new(),
                internal_note: self.note.clone(),
                data: serde_json::json!({ "parent": whole.code }).to_string(),
            },
        )
        .await?;
        tally::added(tx, &counted, self.now).await?;
        Ok(code.as_str().to_owned())
    }

    async fn free_code(&self, tx: &Tx) -> Result<Code, Error> {
        for _ in 0..20 {
            let code = Code::random(&self.core.entropy);
            let taken: Option<i32> =
                Sql::new("SELECT 1 FROM report WHERE code = $1").bind(code.as_str()).scalar(tx).await?;
            if taken.is_none() {
                return Ok(code);
            }
        }
        Err(Error::Internal("no free report code"))
    }
}
