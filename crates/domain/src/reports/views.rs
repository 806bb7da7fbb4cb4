//! Reports as they are read: by everybody, by the person who reported, by staff. What each may see is decided here, not in
//! templates.

use super::{
    answers::{Answers, Shown},
    consult,
    contact::{self, Contact},
    live,
    redact::{Shield, Writer},
    rows::{self, EventRow, PhotoRow, ReportRow},
    states::{Act, State, TABLE, Who},
    video::{self, VideoRow},
};
use crate::{
    accounts::guests,
    audit::{self, By, Entry},
    core::Core,
    error::Error,
    organizations::{Behalf, behalf},
    province::Province,
    rights::{Officer, Right},
};
use base::{clock::Millis, i18n::Lang, ids::Uuid};
use store::FromRow;
use store::{Insert, Sql, Tx};

/// A report with its history and photos.
#[derive(Debug, Clone)]
pub struct Whole {
    pub report: ReportRow,
    pub events: Vec<EventRow>,
    pub photos: Vec<PhotoRow>,
    /// For its author and for staff; nobody else learns that there is one.
    pub video: Option<VideoRow>,
    /// What hides personal data in the texts of this report.
    pub shield: Shield,
    /// Others do not see all of it.
    pub partly_hidden: bool,
    /// For whom it was sent (A11), for the same readers as the answers; nobody else learns it.
    pub behalf: Option<Behalf>,
    /// The reader is its author or of its unit.
    sees_answers: bool,
}

impl Whole {
    /// What was answered to the category's questions, as this reader sees it: its author and staff all of it, others what may be
    /// public.
    pub fn answers(&self, province: &Province, lang: Lang) -> Vec<Shown> {
        let mut shown = Answers::of_json(&self.report.answers).shown(province, &self.report.category, lang);
        if !self.sees_answers {
            shown.retain(|a| a.public);
            for answer in &mut shown {
                self.shield.cover(&mut answer.text, Writer::Citizen);
            }
        }
        shown
    }

    /// The title that everybody reads.
    pub fn public_title(&self) -> String {
        self.shield.hide(self.report.shown_title.as_deref().unwrap_or(&self.report.title), Writer::Citizen)
    }
}

/// Who looks.
#[derive(Debug, Clone)]
pub enum Reader<'a> {
    Public,
    Citizen(Uuid),
    Staff(&'a Officer),
}

/// A report for a reader; one that the reader must not see does not exist. Internal notes are for staff alone.
pub async fn find(core: &Core, code: &str, reader: &Reader<'_>) -> Result<Whole, Error> {
    let db = core.store.read();
    let (report, mut events) = rows::with_events(db, code).await?.ok_or(Error::NotFound)?;
    let own = matches!(reader, Reader::Staff(officer) if sees(core, officer, &report));
    let allowed = match reader {
        Reader::Public => report.is_public(),
        Reader::Citizen(account) => report.is_public() || report.reporter == Some(*account),
        Reader::Staff(officer) => own || consult::is_asked(core, db, officer, report.id).await?,
    };
    if !allowed {
        return Err(Error::NotFound);
    }
    let is_author = matches!(reader, Reader::Citizen(account) if report.reporter == Some(*account));
    let mut photos = if report.photos > 0 { rows::photos(db, report.id).await? } else { Vec::new() };
    if !own {
        photos = consult::public_photos(photos, &events);
        events.retain(|e| !Act::parse(&e.act).is_none_or(Act::is_internal));
        for e in &mut events {
            e.internal_note.clear();
            e.data = public_data(&e.data, is_author);
        }
    }
    let video = match reader {
        Reader::Staff(_) => video::of_report(db, report.id).await?,
        Reader::Citizen(_) if is_author => video::of_report(db, report.id).await?,
        Reader::Public | Reader::Citizen(_) => None,
    };
    let whole = seen_by(core, reader, report, events, photos);
    let behalf = if whole.sees_answers { behalf::of_report(db, whole.report.id).await? } else { None };
    Ok(Whole { video, behalf, ..whole })
}

/// What this reader sees of a report. Texts and photos are hidden here and nowhere else: whoever is neither its author nor
/// staff never gets what was written, and staff without the right not what staff took out.
fn seen_by(
    core: &Core,
    reader: &Reader<'_>,
    mut report: ReportRow,
    mut events: Vec<EventRow>,
    mut photos: Vec<PhotoRow>,
) -> Whole {
    let province = core.province();
    let shield = province.shield().with_own(&report.masked);
    let by = |e: &EventRow| if e.actor == "staff" { Writer::Staff } else { Writer::Citizen };
    let mut partly_hidden = report.shown_title.is_some()
        || report.shown_content.is_some()
        || photos.iter().any(|p| p.hidden || p.public_file.is_some());
    let is_staff = matches!(reader, Reader::Staff(_));
    let is_author = matches!(reader, Reader::Citizen(account) if report.reporter == Some(*account));
    let moderates = matches!(reader, Reader::Staff(officer)
        if officer.may(Right::ReportModerate, &report.unit, &province.above(&report.unit)));
    let sees_original = is_author || moderates;
    let sees_answers = is_author || matches!(reader, Reader::Staff(officer) if sees(core, officer, &report));
    for photo in &mut photos {
        // Of a photo of the result the author, too, sees what everybody sees: it shows others.
        if !(moderates || (is_author && photo.side == "before"))
            && let Some(file) = &photo.public_file
        {
            photo.file.clone_from(file);
        }
    }
    if sees_original || is_staff {
        let hides = |text: &str, writer| !shield.places(text, writer).is_empty();
        partly_hidden = partly_hidden
            || [&report.title, &report.content, &report.address].into_iter().any(|t| hides(t, Writer::Citizen))
            || events.iter().any(|e| hides(&e.public_note, by(e)));
    }
    if !sees_original {
        if let Some(title) = report.shown_title.take() {
            report.title = title;
        }
        if let Some(content) = report.shown_content.take() {
            report.content = content;
        }
        if !is_staff {
            for text in [&mut report.title, &mut report.content, &mut report.address] {
                partly_hidden |= shield.cover(text, Writer::Citizen);
            }
            if let Some(comment) = &mut report.rating_comment {
                shield.cover(comment, Writer::Citizen);
            }
            report.masked = "[]".into();
            if let Some(point) = report.point().map(live::public_point) {
                (report.lat, report.lon) = (Some(point.lat), Some(point.lon));
            }
            for e in &mut events {
                let writer = by(e);
                partly_hidden |= shield.cover(&mut e.public_note, writer);
            }
            photos.retain(|p| !p.hidden);
        }
    }
    Whole { report, events, photos, video: None, shield, partly_hidden, behalf: None, sees_answers }
}

/// A report and its photos as everybody may read them, for doors that do not go through `find`.
pub(super) fn as_public(core: &Core, report: ReportRow, photos: Vec<PhotoRow>) -> (ReportRow, Vec<PhotoRow>) {
    let whole = seen_by(core, &Reader::Public, report, Vec::new(), photos);
    (whole.report, whole.photos)
}

/// Whether an officer sees all of a report: it is with a unit of theirs.
pub fn sees(core: &Core, officer: &Officer, report: &ReportRow) -> bool {
    officer.may(Right::ReportSee, &report.unit, &core.province().above(&report.unit))
}

/// How many steps a report has, for an open page that asks whether somebody was there meanwhile. Errors: `NotFound`.
pub async fn version(core: &Core, officer: &Officer, code: &str) -> Result<i64, Error> {
    let db = core.store.read();
    let report = rows::by_code(db, code).await?.ok_or(Error::NotFound)?;
    let allowed = sees(core, officer, &report) || consult::is_asked(core, db, officer, report.id).await?;
    if allowed { Ok(report.version) } else { Err(Error::NotFound) }
}

/// Of a step's data, what everybody may know: units and times, no names of officers; and for the person who helped them, of an officer the unit (A19).
fn public_data(json: &str, is_author: bool) -> String {
    let mut data: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap_or_default();
    data.retain(|key, _| {
        matches!(
            key.as_str(),
            "from_unit" | "to_unit" | "days" | "due_at" | "stars" | "into" | "merged" | "out_of" | "released"
        ) || (is_author && matches!(key.as_str(), "helper" | "desk"))
    });
    serde_json::Value::Object(data).to_string()
}

/// A line in lists for citizens.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub id: Uuid,
    pub code: String,
    pub title: String,
    pub category: String,
    pub commune: Option<String>,
    pub state: String,
    pub open: bool,
    pub unit: String,
    pub created_at: Millis,
    pub updated_at: Millis,
    pub due_at: Option<Millis>,
    pub paused_at: Option<Millis>,
    pub photos: i32,
    pub rating: Option<i32>,
    /// What the author hid; empty in lists for everybody, where the title is hidden already.
    pub masked: String,
}

impl Line {
    pub fn state(&self) -> State {
        State::parse(&self.state).unwrap_or(State::Rejected)
    }
}

const LINE: &str = "SELECT id, code, title, category, commune, state, open, unit, created_at, updated_at, due_at, paused_at, photos, rating, masked FROM report";
const PUBLIC_LINE: &str = "SELECT id, code, coalesce(shown_title, title) AS title, category, commune, state, open, unit, created_at, updated_at, due_at, paused_at, photos, rating, masked FROM report";

/// «Của tôi»: newest first, twenty a page; `before` is the creation time of the last line shown.
pub async fn mine(core: &Core, account: Uuid, before: Option<Millis>, most: i64) -> Result<Vec<Line>, Error> {
    let mut sql = Sql::new(format!("{LINE} WHERE reporter = $1")).bind(account);
    if let Some(before) = before {
        let mark = sql.value(before);
        sql.push(&format!(" AND created_at < {mark}"));
    }
    sql.push(&format!(" ORDER BY created_at DESC LIMIT {most}"));
    Ok(sql.all(core.store.read()).await?)
}

/// In lists for everybody: a merged report keeps its page, which leads to the original (R5). As the partial indexes say it, word
/// for word, else the engines do not use them.
pub(super) const LISTED: &str = "public = TRUE AND hidden_why IS NULL AND duplicate_of IS NULL";

/// What the public list may be narrowed to.
#[derive(Debug, Clone, Default)]
pub struct PublicFilter {
    pub category: Option<String>,
    pub commune: Option<String>,
    pub unit: Option<String>,
    /// `Some(true)`: being worked on; `Some(false)`: finished.
    pub open: Option<bool>,
    /// Sent at or after this.
    pub since: Option<Millis>,
    pub before: Option<Millis>,
}

/// The public list, newest first, twenty a page.
pub async fn public_list(core: &Core, f: &PublicFilter) -> Result<Vec<Line>, Error> {
    let mut sql = Sql::new(format!("{PUBLIC_LINE} WHERE {LISTED}"));
    if let Some(category) = &f.category {
        let mark = sql.value(category.clone());
        sql.push(&format!(" AND category = {mark}"));
    }
    if let Some(commune) = &f.commune {
        let mark = sql.value(commune.clone());
        sql.push(&format!(" AND commune = {mark}"));
    }
    if let Some(open) = f.open {
        let mark = sql.value(open);
        sql.push(&format!(" AND open = {mark}"));
    }
    if let Some(unit) = &f.unit {
        let mark = sql.value(unit.clone());
        sql.push(&format!(" AND unit = {mark}"));
    }
    if let Some(since) = f.since {
        let mark = sql.value(since);
        sql.push(&format!(" AND created_at >= {mark}"));
    }
    if let Some(before) = f.before {
        let mark = sql.value(before);
        sql.push(&format!(" AND created_at < {mark}"));
    }
    sql.push(" ORDER BY created_at DESC LIMIT 20");
    let lines: Vec<Line> = sql.all(core.store.read()).await?;
    let province = core.province();
    Ok(lines.into_iter().map(|l| for_everybody(province.shield(), l)).collect())
}

/// A line as everybody may read it.
fn for_everybody(shield: &Shield, mut line: Line) -> Line {
    shield.with_own(&line.masked).cover(&mut line.title, Writer::Citizen);
    line.masked = String::new();
    line
}

/// The name under a public report: only of a person who chose to show it and still has the account.
pub async fn shown_author(core: &Core, report: &ReportRow) -> Result<Option<String>, Error> {
    let Some(reporter) = report.reporter.filter(|_| !report.anonymous) else { return Ok(None) };
    Ok(Sql::new("SELECT full_name FROM account WHERE id = $1 AND deleted_at IS NULL")
        .bind(reporter)
        .scalar(core.store.read())
        .await?)
}

/// A photo that a reader may see: its `file` is the covered copy, except for its author. The right is that of its report.
pub async fn photo(core: &Core, id: Uuid, reader: &Reader<'_>) -> Result<PhotoRow, Error> {
    let mut row = rows::photo(core.store.read(), id).await?.ok_or(Error::NotFound)?;
    let db = core.store.read();
    let report = rows::by_id(db, row.report_id).await?.ok_or(Error::NotFound)?;
    let is_author = matches!(reader, Reader::Citizen(account) if report.reporter == Some(*account));
    if let Some(file) = row.public_file.clone().filter(|_| !(is_author && row.side == "before")) {
        row.file = file;
    }
    let allowed = match reader {
        Reader::Public | Reader::Citizen(_) => is_author || (report.is_public() && !row.hidden),
        Reader::Staff(officer) if sees(core, officer, &report) => return Ok(row),
        // Who works on a part, or is asked, sees what the citizen sent and what citizens read.
        Reader::Staff(officer) => {
            has_part(core, officer, &report).await? || consult::is_asked(core, db, officer, report.id).await?
        }
    };
    if !allowed {
        return Err(Error::NotFound);
    }
    let act: Option<String> = Sql::new("SELECT act FROM report_event WHERE report_id = $1 AND no = $2")
        .bind(report.id)
        .bind(row.event_no)
        .scalar(db)
        .await?;
    let inside = act.as_deref().and_then(Act::parse).is_none_or(Act::is_internal);
    if inside { Err(Error::NotFound) } else { Ok(row) }
}

/// A video that a reader may see: its author, and staff who get the photos that citizens sent: the unit's, who works on a part,
/// who is asked. A video has no covered copy, so there is nothing for anybody else, whether the report is public or not, and not
/// for people outside who are asked by a link.
pub async fn video(core: &Core, id: Uuid, reader: &Reader<'_>) -> Result<VideoRow, Error> {
    let db = core.store.read();
    let row = video::by_id(db, id).await?.ok_or(Error::NotFound)?;
    let report = rows::by_id(db, row.report_id).await?.ok_or(Error::NotFound)?;
    let allowed = match reader {
        Reader::Public => false,
        Reader::Citizen(account) => report.reporter == Some(*account),
        Reader::Staff(officer) => {
            sees(core, officer, &report)
                || has_part(core, officer, &report).await?
                || consult::is_asked(core, db, officer, report.id).await?
        }
    };
    if allowed { Ok(row) } else { Err(Error::NotFound) }
}

/// Whether a part of this report is with a unit of this officer.
async fn has_part(core: &Core, officer: &Officer, report: &ReportRow) -> Result<bool, store::Error> {
    let units: Vec<String> = Sql::new("SELECT DISTINCT unit FROM report WHERE parent = $1")
        .bind(report.id)
        .scalars(core.store.read())
        .await?;
    let province = core.province();
    Ok(units.iter().any(|u| officer.may(Right::ReportSee, u, &province.above(u))))
}

/// The photo as it was taken: for its author and for staff who may cover it.
pub async fn original(core: &Core, id: Uuid, reader: &Reader<'_>) -> Result<PhotoRow, Error> {
    let row = rows::photo(core.store.read(), id).await?.ok_or(Error::NotFound)?;
    let report = rows::by_id(core.store.read(), row.report_id).await?.ok_or(Error::NotFound)?;
    let allowed = match reader {
        Reader::Public => false,
        // Only what the person sent: photos of the result show others, and what is said inside is not the author's.
        Reader::Citizen(account) => report.reporter == Some(*account) && row.side == "before",
        Reader::Staff(officer) => {
            let province = core.province();
            let above = province.above(&report.unit);
            officer.may(Right::ReportSee, &report.unit, &above)
                && officer.may(Right::ReportModerate, &report.unit, &above)
        }
    };
    if allowed { Ok(row) } else { Err(Error::NotFound) }
}

/// Acts of staff that are possible now for this officer: what the page offers.
pub fn possible(core: &Core, officer: &Officer, report: &ReportRow) -> Vec<Act> {
    let province = core.province();
    let above = province.above(&report.unit);
    TABLE
        .iter()
        .filter(|(_, _, from, _)| from.contains(&report.state()))
        .filter_map(|(act, who, ..)| match who {
            Who::Staff(right) if officer.may(*right, &report.unit, &above) => Some(*act),
            _ => None,
        })
        .filter(|act| match act {
            Act::Hide => report.hidden_why.is_none() && report.public,
            Act::Unhide => report.hidden_why.is_some(),
            // The other sides of a merge and of its undoing: nobody does them alone.
            Act::Absorb | Act::Release => false,
            Act::Unmerge => report.duplicate_of.is_some(),
            Act::Ask => report.reporter.is_some(),
            Act::Split => report.parent.is_none(),
            _ => true,
        })
        .collect()
}

/// The person behind a report; asked for with a reason, which is logged and shown to that person (A15, A18).
#[derive(Debug, Clone)]
pub struct Reporter {
    pub account: Uuid,
    pub full_name: String,
    pub phone: Option<String>,
    /// Without an account: only the phone is known, and proven (R3).
    pub guest: bool,
    pub reports: i64,
    /// Still being worked on, and how the finished ones were rated: 4–5 and 1–2 of 5.
    pub open: i64,
    pub satisfied: i64,
    pub unsatisfied: i64,
    /// What another system said about the person (R12).
    pub contact: Contact,
}

pub async fn reveal(core: &Core, officer: &Officer, code: &str, reason: &str) -> Result<Reporter, Error> {
    let report = rows::by_code(core.store.read(), code).await?.ok_or(Error::NotFound)?;
    let province = core.province();
    let above = province.above(&report.unit);
    if !officer.may(Right::ReportSee, &report.unit, &above) {
        return Err(Error::NotFound);
    }
    if !officer.may(Right::ReporterReveal, &report.unit, &above) {
        return Err(Error::Forbidden);
    }
    let reason = base::text::one_line(reason);
    if reason.chars().count() < 5 || reason.chars().count() > 300 {
        return Err(Error::field("reason", "reason-missing"));
    }
    let account = report.reporter.ok_or(Error::NotFound)?;
    let (core2, officer2, reason2, object) =
        (core.clone(), officer.clone(), reason.clone(), format!("report {}", report.code));
    core.store
        .write(move |tx: Tx| async move {
            let unit = officer2.home_unit().to_owned();
            Insert::into("activity")
                .set("id", core2.new_id())
                .set("account_id", account)
                .set("at", core2.now())
                .set("kind", "look")
                .set("by_account", officer2.account)
                .set("by_unit", unit.clone())
                .set("reason", reason2.clone())
                .set("detail", object.clone())
                .exec(&tx)
                .await?;
            let entry = Entry {
                by: By::Staff { account: officer2.account, unit },
                act: "reporter-revealed",
                object,
                reason: reason2,
                data: serde_json::json!({}),
            };
            audit::write(&tx, &core2.clock, &core2.entropy, entry).await?;
            Ok::<_, Error>(())
        })
        .await?;
    #[derive(FromRow)]
    struct Known {
        full_name: String,
        phone: Option<String>,
        reports: i64,
        open: i64,
        satisfied: i64,
        unsatisfied: i64,
    }
    let known: Option<Known> = Sql::new(
        "SELECT a.full_name, a.phone, count(r.id) AS reports,
            coalesce(sum(CASE WHEN r.open THEN 1 ELSE 0 END), 0) AS open,
            coalesce(sum(CASE WHEN r.rating >= 4 THEN 1 ELSE 0 END), 0) AS satisfied,
            coalesce(sum(CASE WHEN r.rating <= 2 THEN 1 ELSE 0 END), 0) AS unsatisfied
         FROM account a LEFT JOIN report r ON r.reporter = a.id WHERE a.id = $1 GROUP BY a.id, a.full_name, a.phone",
    )
    .bind(account)
    .one(core.store.read())
    .await?;
    let contact = contact::open(core, report.id).await?;
    let known = known.ok_or(Error::NotFound)?;
    let Known { full_name, mut phone, reports, open, satisfied, unsatisfied } = known;
    let guest = guests::phone(core, account).await?;
    phone = phone.or_else(|| guest.as_ref().map(|p| p.as_e164().to_owned()));
    Ok(Reporter { account, full_name, phone, guest: guest.is_some(), reports, open, satisfied, unsatisfied, contact })
}

/// Names of staff in a history, for staff pages.
pub async fn staff_names(core: &Core, events: &[EventRow]) -> Result<Vec<(Uuid, String)>, Error> {
    #[derive(FromRow)]
    struct Name {
        id: Uuid,
        full_name: String,
    }
    let mut ids: Vec<Uuid> = events.iter().filter(|e| e.actor == "staff").filter_map(|e| e.actor_id).collect();
    ids.sort();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new("SELECT id, full_name FROM account WHERE id IN (");
    let marks: Vec<String> = ids.into_iter().map(|id| sql.value(id)).collect();
    sql.push(&marks.join(", "));
    sql.push(")");
    let names: Vec<Name> = sql.all(core.store.read()).await?;
    Ok(names.into_iter().map(|n| (n.id, n.full_name)).collect())
}

/// People a report of this unit can be given to: active officers and leaders of the unit or above it.
pub async fn assignees(core: &Core, unit: &str) -> Result<Vec<(Uuid, String)>, Error> {
    #[derive(FromRow)]
    struct Name {
        id: Uuid,
        full_name: String,
    }
    let province = core.province();
    let mut units: Vec<String> = province.above(unit).into_iter().map(str::to_owned).collect();
    units.push(unit.to_owned());
    let mut sql = Sql::new(
        "SELECT DISTINCT a.id, a.full_name FROM account a JOIN staff_role r ON r.account_id = a.id
         WHERE a.kind = 'staff' AND a.blocked_at IS NULL AND a.deleted_at IS NULL AND r.role IN ('officer', 'unit_leader', 'clerk') AND r.unit IN (",
    );
    let marks: Vec<String> = units.into_iter().map(|u| sql.value(u)).collect();
    sql.push(&marks.join(", "));
    sql.push(") ORDER BY a.full_name LIMIT 100");
    let names: Vec<Name> = sql.all(core.store.read()).await?;
    Ok(names.into_iter().map(|n| (n.id, n.full_name)).collect())
}
