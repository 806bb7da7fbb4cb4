//! Standard texts (văn bản mẫu, R6): what officers write again and again, kept by leaders for their unit or for the province, and
//! offered in the forms of acts. Marks in a text stand for what differs: {ma}, {don_vi}, {han}.

use super::{NOTE_MOST, rows::ReportRow, states::Act};
use crate::{
    audit::{self, By, Entry},
    core::Core,
    error::{Error, FieldError},
    rights::{Officer, Reach, Right},
};
use base::{clock::Millis, code::Code, i18n::Lang, ids::Uuid, text};
use store::{FromRow, Insert, Sql, Tx, Update};

/// Acts whose text citizens read, and the note between officers: the forms that offer texts.
pub const ACTS: [Act; 8] =
    [Act::Ask, Act::Reply, Act::Extend, Act::Resolve, Act::Reject, Act::Hide, Act::Unhide, Act::Note];
/// Texts of one unit at most: a list that must be searched saves no time.
pub const MOST: i64 = 100;
const TITLE_MOST: usize = 80;

/// A standard text. `unit` `*` is the province, no `category` is all of them.
#[derive(Debug, Clone, FromRow)]
pub struct StandardText {
    pub id: Uuid,
    pub unit: String,
    pub category: Option<String>,
    pub act: String,
    pub title: String,
    pub body: String,
    pub updated_at: Millis,
}

impl StandardText {
    pub fn act(&self) -> Option<Act> {
        Act::parse(&self.act)
    }

    /// The words for one report: marks are replaced by what they stand for.
    pub fn words(&self, core: &Core, report: &ReportRow) -> String {
        let code = Code::parse(&report.code).map_or_else(|_| report.code.clone(), |c| c.to_string());
        let due = report.due_at.map_or_else(String::new, base::show::date_time);
        // One pass: what stands in a unit's name is no mark.
        let mut out = String::with_capacity(self.body.len() + 64);
        let mut rest = self.body.as_str();
        while let Some(at) = rest.find('{') {
            out.push_str(&rest[..at]);
            rest = &rest[at..];
            let marks = [("{ma}", code.as_str()), ("{don_vi}", ""), ("{han}", due.as_str())];
            match marks.into_iter().find(|(mark, _)| rest.starts_with(mark)) {
                Some((mark @ "{don_vi}", _)) => {
                    out.push_str(&core.province().unit_name(&report.unit, Lang::VI));
                    rest = &rest[mark.len()..];
                }
                Some((mark, words)) => {
                    out.push_str(words);
                    rest = &rest[mark.len()..];
                }
                None => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}

const COLUMNS: &str = "SELECT id, unit, category, act, title, body, updated_at FROM standard_text";

/// What is offered for a report: texts of its unit, of the units above and of the province, for its category or all.
pub async fn offered(core: &Core, report: &ReportRow) -> Result<Vec<StandardText>, Error> {
    let province = core.province();
    let mut sql = Sql::new(format!("{COLUMNS} WHERE (category IS NULL OR category = $1) AND unit IN ("))
        .bind(report.category.clone());
    let units = [report.unit.as_str(), "*"].into_iter().chain(province.above(&report.unit));
    let marks: Vec<String> = units.map(|u| sql.value(u.to_owned())).collect();
    sql.push(&marks.join(", "));
    sql.push(") ORDER BY title, id LIMIT 500");
    Ok(sql.all(core.store.read()).await?)
}

/// Texts that this person keeps, by unit. Errors: `Forbidden`.
pub async fn list(core: &Core, officer: &Officer) -> Result<Vec<StandardText>, Error> {
    let mut sql = Sql::new(COLUMNS);
    match officer.reach(Right::TextsEdit) {
        Reach::Nowhere => return Err(Error::Forbidden),
        Reach::Province => {}
        Reach::Units(units) => {
            let marks: Vec<String> = core.province().with_below(&units).into_iter().map(|u| sql.value(u)).collect();
            sql.push(&format!(" WHERE unit IN ({})", marks.join(", ")));
        }
    }
    sql.push(" ORDER BY unit, act, title, id LIMIT 1000");
    Ok(sql.all(core.store.read()).await?)
}

/// One of them. Errors: `NotFound` when it is not this person's to keep.
pub async fn one(core: &Core, officer: &Officer, id: Uuid) -> Result<StandardText, Error> {
    let found: Option<StandardText> =
        Sql::new(format!("{COLUMNS} WHERE id = $1")).bind(id).one(core.store.read()).await?;
    found.filter(|t| may(core, officer, &t.unit)).ok_or(Error::NotFound)
}

fn may(core: &Core, officer: &Officer, unit: &str) -> bool {
    officer.may(Right::TextsEdit, unit, &core.province().above(unit))
}

/// A text as typed.
#[derive(Debug, Clone, Default)]
pub struct NewText {
    pub unit: String,
    pub category: String,
    pub act: String,
    pub title: String,
    pub body: String,
}

/// Makes one, or changes the one with this id. Errors: `Invalid`, `NotFound`, `Forbidden` for another's unit.
pub async fn save(core: &Core, officer: &Officer, id: Option<Uuid>, new: NewText) -> Result<Uuid, Error> {
    let (title, body) = (text::one_line(&new.title), text::lines(&new.body));
    let province = core.province();
    let mut wrong = Vec::new();
    let mut say = |field, key| wrong.push(FieldError { field, key });
    if new.unit != "*" && !province.has_unit(&new.unit) {
        say("unit", "unit-missing");
    }
    if !new.category.is_empty() && province.category(&new.category).is_none() {
        say("category", "report-category-missing");
    }
    let act = Act::parse(&new.act).filter(|a| ACTS.contains(a));
    if act.is_none() {
        say("act", "standard-act");
    }
    if title.is_empty() || title.chars().count() > TITLE_MOST {
        say("title", "standard-title");
    }
    match body.chars().count() {
        0 => say("body", "note-missing"),
        n if n > NOTE_MOST => say("body", "note-long"),
        _ => {}
    }
    let Some(act) = act.filter(|_| wrong.is_empty()) else { return Err(Error::Invalid(wrong)) };
    if !may(core, officer, &new.unit) {
        return Err(Error::Forbidden);
    }
    if let Some(id) = id {
        one(core, officer, id).await?;
    }
    let (core2, by, now) = (core.clone(), officer.clone(), core.now());
    core.store
        .write(move |tx: Tx| async move {
            let category = Some(new.category.clone()).filter(|c| !c.is_empty());
            let made = id.unwrap_or_else(|| core2.new_id());
            if id.is_some() {
                let changed = Update::table("standard_text")
                    .set("unit", new.unit.clone())
                    .set("category", category)
                    .set("act", act.as_str())
                    .set("title", title.clone())
                    .set("body", body)
                    .set("updated_at", now)
                    .set("updated_by", by.account)
                    .by_id(made, &tx)
                    .await?;
                if changed == 0 {
                    return Err(Error::NotFound);
                }
            } else {
                let has: Option<i64> = Sql::new("SELECT count(*) FROM standard_text WHERE unit = $1")
                    .bind(new.unit.clone())
                    .scalar(&tx)
                    .await?;
                if has.unwrap_or(0) >= MOST {
                    return Err(Error::field("unit", "standard-many"));
                }
                Insert::into("standard_text")
                    .set("id", made)
                    .set("unit", new.unit.clone())
                    .set("category", category)
                    .set("act", act.as_str())
                    .set("title", title.clone())
                    .set("body", body)
                    .set("updated_at", now)
                    .set("updated_by", by.account)
                    .exec(&tx)
                    .await?;
            }
            let data = serde_json::json!({ "unit": new.unit, "for": act.as_str(), "title": title });
            log(&core2, &tx, &by, "standard-text-saved", made, data).await?;
            Ok(made)
        })
        .await
}

/// Errors: `NotFound`.
pub async fn remove(core: &Core, officer: &Officer, id: Uuid) -> Result<(), Error> {
    let old = one(core, officer, id).await?;
    let (core2, by) = (core.clone(), officer.clone());
    core.store
        .write(move |tx: Tx| async move {
            let gone = Sql::new("DELETE FROM standard_text WHERE id = $1").bind(id).exec(&tx).await?;
            if gone == 0 {
                return Err(Error::NotFound);
            }
            let data = serde_json::json!({ "unit": old.unit, "title": old.title, "body": old.body });
            log(&core2, &tx, &by, "standard-text-removed", id, data).await
        })
        .await
}

async fn log(
    core: &Core,
    tx: &Tx,
    by: &Officer,
    act: &'static str,
    id: Uuid,
    data: serde_json::Value,
) -> Result<(), Error> {
    let by = By::Staff { account: by.account, unit: by.home_unit().to_owned() };
    let entry = Entry { by, act, object: format!("standard-text {id}"), reason: String::new(), data };
    Ok(audit::write(tx, &core.clock, &core.entropy, entry).await?)
}
