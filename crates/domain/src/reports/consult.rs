//! Asking others about a report (hỏi ý kiến, R6): another unit, which sees the report while the question is open, or somebody
//! outside – a contractor, a school – who answers once by a link without an account. Questions and answers stay between
//! officers; every one is a step of the history.

use super::{
    NOTE_MOST,
    act::{Command, Done, Whom, act_as_officer},
    people,
    photos::{MOST, Photo},
    queue::QueueRow,
    rows::{self, EventRow, NewEvent, PhotoRow, ReportRow, StoredPhoto, append, insert_photos, store_photos},
    states::{Act, Who, rule},
};
use crate::{
    audit::By,
    core::Core,
    error::Error,
    limits::{self, SMS_PER_PHONE_DAY},
    rights::{Officer, Reach, Right},
    sms::{self, Lane, Sms},
};
use base::{
    clock::{DAY, Millis},
    code::Code,
    i18n::Lang,
    ids::Uuid,
    keys::{Purpose, Secret},
    phone::PhoneNumber,
    text,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx, Update};

/// Days a question may wait.
pub const DAYS_MOST: u16 = 30;
/// Questions about one report at most.
const ASKED_MOST: i64 = 20;
const NAME_MOST: usize = 100;

/// A question as typed: to a unit, or to a name and a phone.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    pub unit: String,
    pub outside: String,
    pub phone: String,
    pub question: String,
    pub days: u16,
}

/// What came of asking. The link is shown once; only its hash is kept.
#[derive(Debug)]
pub struct Asked {
    pub done: Done,
    pub link: Option<Secret>,
}

/// Asks; an outsider gets the link by SMS. Errors: as of any act, `TooOften` when this phone has had too many today.
pub async fn ask(core: &Core, officer: &Officer, code: &str, seen: i64, ask: Ask) -> Result<Asked, Error> {
    if !(1..=DAYS_MOST).contains(&ask.days) {
        return Err(Error::field("days", "consult-days"));
    }
    let (whom, link) = if ask.unit.is_empty() {
        let name = text::one_line(&ask.outside);
        if !(2..=NAME_MOST).contains(&name.chars().count()) {
            return Err(Error::field("outside", "consult-whom"));
        }
        let phone = PhoneNumber::parse(&ask.phone).map_err(|_| Error::field("phone", "consult-phone"))?;
        let token = Secret::new(URL_SAFE_NO_PAD.encode(core.entropy.bytes::<32>()));
        let link = Secret::new(format!("{}/tra-loi/{}", core.settings.origin, token.expose()));
        (Whom::Outside { name, phone, token_hash: hash(core, token.expose()), link: link.clone() }, Some(link))
    } else {
        (Whom::Unit(ask.unit), None)
    };
    let expires_at = core.now() + i64::from(ask.days) * DAY;
    let command = Command::Consult { whom, question: ask.question, expires_at };
    let done = act_as_officer(core, officer, code, seen, command, Vec::new()).await?;
    Ok(Asked { done, link })
}

fn hash(core: &Core, token: &str) -> [u8; 32] {
    core.keys.hash(Purpose::Link, &[b"consult", token.as_bytes()])
}

/// The row and the message, in the act's transaction. Errors: `Invalid` for a unit that cannot be asked or too many questions.
#[expect(clippy::too_many_arguments, reason = "what an act knows of itself")]
pub(super) async fn put(
    core: &Core,
    tx: &Tx,
    report: &ReportRow,
    by: &By,
    question: &str,
    whom: &Whom,
    expires_at: Millis,
    data: &mut serde_json::Map<String, serde_json::Value>,
) -> Result<(), Error> {
    let now = core.now();
    let asked: i64 = Sql::new("SELECT count(*) FROM report_consult WHERE report_id = $1")
        .bind(report.id)
        .scalar(tx)
        .await?
        .unwrap_or(0);
    if asked >= ASKED_MOST {
        return Err(Error::field("question", "consult-many"));
    }
    let row = Insert::into("report_consult")
        .set("id", core.new_id())
        .set("report_id", report.id)
        .set("question", question)
        .set("asked_at", now)
        .set("asked_by", by.account().unwrap_or_default())
        .set("expires_at", expires_at);
    let row = match whom {
        Whom::Unit(unit) => {
            if !core.province().has_unit(unit) || *unit == report.unit {
                return Err(Error::field("unit", "unit-missing"));
            }
            data.insert("asked_unit".into(), unit.clone().into());
            row.set("unit", unit.clone())
        }
        Whom::Outside { name, phone, token_hash, link } => {
            data.insert("asked".into(), name.clone().into());
            send(core, tx, report, phone, link, expires_at).await?;
            row.set("outside", name.clone())
                .set("phone", phone.as_e164().to_owned())
                .set("token_hash", token_hash.to_vec())
        }
    };
    row.exec(tx).await?;
    Ok(())
}

/// Ends a question that waits, because it went to the wrong unit or phone. Errors: `State` when it does not wait (any more).
pub(super) async fn recall(
    tx: &Tx,
    report: Uuid,
    question: Uuid,
    now: Millis,
    data: &mut serde_json::Map<String, serde_json::Value>,
) -> Result<(), Error> {
    #[derive(FromRow)]
    struct Asked {
        unit: Option<String>,
        outside: String,
    }
    let asked: Option<Asked> = Sql::new(
        "UPDATE report_consult SET expires_at = $1, recalled_at = $1 WHERE id = $2 AND report_id = $3 AND answered_at IS NULL AND expires_at > $1
         RETURNING unit, outside",
    )
    .bind(now)
    .bind(question)
    .bind(report)
    .one(tx)
    .await?;
    let asked = asked.ok_or(Error::State)?;
    match asked.unit {
        Some(unit) => data.insert("recalled_unit".into(), unit.into()),
        None => data.insert("recalled".into(), asked.outside.into()),
    };
    Ok(())
}

async fn send(
    core: &Core,
    tx: &Tx,
    report: &ReportRow,
    phone: &PhoneNumber,
    link: &Secret,
    expires_at: Millis,
) -> Result<(), Error> {
    let hit = limits::hit(tx, &core.keys, SMS_PER_PHONE_DAY, phone.as_e164().as_bytes(), core.now()).await?;
    hit.map_err(|over| Error::TooOften { again_at: over.again_at })?;
    let (speaker, province) = (core.speaker(Lang::VI), core.province());
    let args = [
        ("app", province.pack.province.app_name.get(Lang::VI)),
        ("unit", &province.unit_name(&report.unit, Lang::VI)),
        ("link", link.expose()),
        ("until", &base::show::date(expires_at)),
    ];
    let sms = Sms { to: phone.clone(), text: speaker.ta("sms-consult", &args) };
    Ok(sms::put(core, tx, &sms, Lane::Normal, None, DAY).await?)
}

/// A question with its answer.
#[derive(Debug, Clone, FromRow)]
pub struct Question {
    pub id: Uuid,
    pub report_id: Uuid,
    pub unit: Option<String>,
    pub outside: String,
    pub phone: Option<String>,
    pub question: String,
    pub asked_at: Millis,
    pub asked_by: Uuid,
    pub expires_at: Millis,
    pub answer: String,
    pub answered_at: Option<Millis>,
    pub recalled_at: Option<Millis>,
}

impl Question {
    pub fn is_open(&self, now: Millis) -> bool {
        self.answered_at.is_none() && now < self.expires_at
    }
}

const COLUMNS: &str = "SELECT id, report_id, unit, outside, phone, question, asked_at, asked_by, expires_at, answer, answered_at, recalled_at FROM report_consult";

/// What was asked about a report, oldest first.
pub async fn of_report(db: &impl ConnectionTrait, report: Uuid) -> Result<Vec<Question>, store::Error> {
    Sql::new(format!("{COLUMNS} WHERE report_id = $1 ORDER BY asked_at, id")).bind(report).all(db).await
}

/// Whether an officer works for a unit that is being asked about this report: then it is shown, without what is internal.
pub async fn is_asked(
    core: &Core,
    db: &impl ConnectionTrait,
    officer: &Officer,
    report: Uuid,
) -> Result<bool, store::Error> {
    if !officer.has(Right::ReportSee) {
        return Ok(false);
    }
    let units: Vec<String> = Sql::new(
        "SELECT unit FROM report_consult WHERE report_id = $1 AND unit IS NOT NULL AND answered_at IS NULL AND expires_at > $2",
    )
    .bind(report)
    .bind(core.now())
    .scalars(db)
    .await?;
    let province = core.province();
    Ok(units.iter().any(|u| officer.may(Right::ReportSee, u, &province.above(u))))
}

/// The units that an officer answers for; `None` for the whole province, which is asked by nobody.
fn own_units(core: &Core, officer: &Officer) -> Option<Vec<String>> {
    match officer.reach(Right::ReportSee) {
        Reach::Units(units) => Some(core.province().with_below(&units)),
        Reach::Nowhere | Reach::Province => None,
    }
}

fn waiting(core: &Core, units: Vec<String>, select: &str) -> Sql {
    let mut sql = Sql::new(format!(
        "{select} FROM report_consult c JOIN report r ON r.id = c.report_id LEFT JOIN account a ON a.id = r.assignee
         WHERE c.answered_at IS NULL AND r.open = TRUE AND c.expires_at > "
    ));
    let now = sql.value(core.now());
    sql.push(&now);
    let marks: Vec<String> = units.into_iter().map(|u| sql.value(u)).collect();
    sql.push(&format!(" AND c.unit IN ({})", marks.join(", ")));
    sql
}

/// «Được hỏi ý kiến»: reports of others that wait for this officer's units, the soonest to expire first.
pub async fn queue(core: &Core, officer: &Officer) -> Result<Vec<QueueRow>, Error> {
    let Some(units) = own_units(core, officer) else { return Ok(Vec::new()) };
    let mut sql = waiting(
        core,
        units,
        "SELECT DISTINCT r.id, r.code, coalesce(r.shown_title, r.title) AS title, r.category, r.commune, r.state, r.open, r.unit, r.assignee,
            a.full_name AS assignee_name, r.created_at, c.expires_at AS due_at, r.paused_at, r.photos, r.reopened, r.version, r.lat, r.lon",
    );
    sql.push(" ORDER BY c.expires_at, r.code LIMIT 50");
    Ok(sql.all(core.store.read()).await?)
}

/// How many wait, for the navigation.
pub async fn count(core: &Core, officer: &Officer) -> Result<i64, Error> {
    let Some(units) = own_units(core, officer) else { return Ok(0) };
    let sql = waiting(core, units, "SELECT count(DISTINCT r.id)");
    Ok(sql.scalar(core.store.read()).await?.unwrap_or(0))
}

/// An asked unit answers. Errors: `NotFound`, `Forbidden` without the right to work on reports, `State` when it was answered, is
/// too late or no longer needed, `Invalid`.
pub async fn answer_as_officer(
    core: &Core,
    officer: &Officer,
    question: Uuid,
    answer: &str,
    photos: Vec<Photo>,
) -> Result<String, Error> {
    let db = core.store.read();
    let q: Question =
        Sql::new(format!("{COLUMNS} WHERE id = $1")).bind(question).one(db).await?.ok_or(Error::NotFound)?;
    let unit = q.unit.clone().ok_or(Error::NotFound)?;
    let province = core.province();
    let above = province.above(&unit);
    if !officer.may(Right::ReportSee, &unit, &above) {
        return Err(Error::NotFound);
    }
    if !officer.may(Right::ReportWork, &unit, &above) {
        return Err(Error::Forbidden);
    }
    let by = By::Staff { account: officer.account, unit };
    write_answer(core, q.id, by, answer, photos).await
}

/// What a link opens.
#[derive(Debug)]
pub enum Door {
    Open {
        question: Box<Question>,
        report: Box<ReportRow>,
        photos: Vec<PhotoRow>,
    },
    Answered,
    Expired,
    /// The report was finished meanwhile.
    Over,
}

async fn by_link(core: &Core, token: &str) -> Result<Question, Error> {
    if token.len() != 43 || !token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')) {
        return Err(Error::NotFound);
    }
    Sql::new(format!("{COLUMNS} WHERE token_hash = $1"))
        .bind(hash(core, token).to_vec())
        .one(core.store.read())
        .await?
        .ok_or(Error::NotFound)
}

/// The page behind a link. Errors: `NotFound` for a link that was never given.
pub async fn door(core: &Core, token: &str) -> Result<Door, Error> {
    let question = by_link(core, token).await?;
    if question.answered_at.is_some() {
        return Ok(Door::Answered);
    }
    if !question.is_open(core.now()) {
        return Ok(Door::Expired);
    }
    let db = core.store.read();
    let report = rows::by_id(db, question.report_id).await?.ok_or(Error::NotFound)?;
    if !may_answer(&report) {
        return Ok(Door::Over);
    }
    let photos = public_photos(rows::photos(db, report.id).await?, &rows::events(db, report.id).await?);
    // Whoever is outside reads what everybody may read.
    let (report, photos) = super::views::as_public(core, report, photos);
    Ok(Door::Open { question: Box::new(question), report: Box::new(report), photos })
}

/// A photo for who holds an open link to its report.
pub async fn photo(core: &Core, token: &str, id: Uuid) -> Result<PhotoRow, Error> {
    match door(core, token).await? {
        Door::Open { photos, .. } => photos.into_iter().find(|p| p.id == id).ok_or(Error::NotFound),
        _ => Err(Error::NotFound),
    }
}

/// The photos that came with a step that citizens read.
pub(super) fn public_photos(mut photos: Vec<PhotoRow>, events: &[EventRow]) -> Vec<PhotoRow> {
    let is_public = |no: i32| events.iter().any(|e| e.no == no && !Act::parse(&e.act).is_none_or(Act::is_internal));
    photos.retain(|p| is_public(p.event_no));
    photos
}

fn may_answer(report: &ReportRow) -> bool {
    matches!(rule(Act::Consulted, Some(report.state())), Some((Who::Asked, _)))
}

/// Somebody outside answers by the link; it answers once. Errors as of `answer_as_officer`.
pub async fn answer_by_link(core: &Core, token: &str, answer: &str, photos: Vec<Photo>) -> Result<(), Error> {
    let q = by_link(core, token).await?;
    write_answer(core, q.id, By::Outside, answer, photos).await.map(|_| ())
}

async fn write_answer(core: &Core, question: Uuid, by: By, answer: &str, photos: Vec<Photo>) -> Result<String, Error> {
    let answer = text::lines(answer);
    if answer.is_empty() {
        return Err(Error::field("text", "note-missing"));
    }
    if answer.chars().count() > NOTE_MOST {
        return Err(Error::field("text", "note-long"));
    }
    if photos.len() > MOST {
        return Err(Error::field("photo", "photo-too-many"));
    }
    // Before files are written; the transaction checks again.
    let db = core.store.read();
    let open: Option<Millis> = Sql::new("SELECT expires_at FROM report_consult WHERE id = $1 AND answered_at IS NULL")
        .bind(question)
        .scalar(db)
        .await?;
    if open.is_none_or(|until| core.now() >= until) {
        return Err(Error::State);
    }
    let stored = store_photos(core, photos).await?;
    let (core2, now) = (core.clone(), core.now());
    core.store.write(move |tx: Tx| async move { take(&core2, &tx, question, by, answer, stored, now).await }).await
}

async fn take(
    core: &Core,
    tx: &Tx,
    question: Uuid,
    by: By,
    answer: String,
    photos: Vec<StoredPhoto>,
    now: Millis,
) -> Result<String, Error> {
    let q: Option<Question> =
        Sql::new(format!("{COLUMNS} WHERE id = $1 AND answered_at IS NULL")).bind(question).one(tx).await?;
    let q = q.filter(|q| q.is_open(now)).ok_or(Error::State)?;
    tx.lock("report", q.report_id).await?;
    let report = rows::by_id(tx, q.report_id).await?.filter(may_answer).ok_or(Error::State)?;
    let answered = Sql::new(
        "UPDATE report_consult SET answer = $1, answered_at = $2, answered_by = $3 WHERE id = $4 AND answered_at IS NULL",
    )
    .bind(answer.clone())
    .bind(now)
    .bind(by.account())
    .bind(question)
    .exec(tx)
    .await?;
    if answered == 0 {
        return Err(Error::State);
    }
    let version = report.version + 1;
    Update::table("report")
        .set("version", version)
        .set("updated_at", now)
        .set("photos", report.photos + photos.len() as i32)
        .by_id(report.id, tx)
        .await?;
    let mut data = serde_json::Map::new();
    if q.unit.is_none() {
        data.insert("answered".into(), q.outside.clone().into());
    }
    append(
        tx,
        NewEvent {
            id: core.new_id(),
            report_id: report.id,
            no: version,
            at: now,
            act: Act::Consulted.as_str(),
            from_state: Some(report.state().as_str()),
            to_state: report.state().as_str(),
            by,
            public_note: String::new(),
            internal_note: answer,
            data: serde_json::Value::Object(data).to_string(),
        },
    )
    .await?;
    insert_photos(tx, report.id, version, "inside", &photos, now).await?;
    let shown = Code::parse(&report.code).map_or_else(|_| report.code.clone(), |c| c.to_string());
    let who = match &q.unit {
        Some(unit) => core.province().unit_name(unit, Lang::VI),
        None => q.outside.clone(),
    };
    people::tell(core, tx, q.asked_by, "notice-desk-answered", vec![("code", shown), ("who", who)], &report.code)
        .await?;
    Ok(report.code)
}
