//! Sending a report (gửi phản ánh, R1): one transaction writes the report, its first step and its photos, or nothing.

use super::{
    ADDRESS_MOST, CONTENT_MOST, TITLE_MOST,
    answers::Answers,
    clock::Term,
    contact::{self, Contact},
    flags, media,
    photos::{MOST, Photo},
    queue::{Searched, search_text},
    rows::{NewEvent, StoredPhoto, append, insert_photos, store_photos},
    states::{Act, State},
    tally::{self, Counted},
    video::{self, StoredVideo},
};
use crate::{
    accounts::{
        guests,
        helping::{self, Author, Deed, Intake},
    },
    audit::By,
    core::Core,
    error::{Error, FieldError},
    limits::{self, REPORTS_PER_OFFICER_HOUR, REPORTS_PER_PERSON_DAY, REPORTS_PER_PERSON_HOUR},
    organizations::behalf,
};
use base::{clock::Millis, code::Code, geo::Point, ids::Uuid, text};
use store::{Insert, Sql, Tx};

/// H3 resolution for cells of about 0.1 km².
pub(super) const CELL: h3o::Resolution = h3o::Resolution::Nine;

/// The cell of a point, as its column holds it.
pub fn cell(point: Point) -> Option<i64> {
    h3o::LatLng::new(point.lat, point.lon).ok().map(|p| u64::from(p.to_cell(CELL)) as i64)
}

/// What a person wants to send, as typed.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Empty: taken from the first line of the content.
    pub title: String,
    pub content: String,
    pub category: String,
    pub place: Place,
    /// The name is not shown in public.
    pub anonymous: bool,
    /// To what the category asks.
    pub answers: Answers,
    /// Who reported, when another system sends it.
    pub contact: Contact,
}

/// The source of reports that other systems send (R12): what they may is counted by their key, not by person.
pub const OPEN311: &str = "open311";

/// The source of reports of people without an account, who proved a phone (R3).
pub const GUEST: &str = "guest";

/// The source of reports that an officer wrote down for somebody (A19).
pub const DESK: &str = "desk";

/// Where it is: a point, a commune, or words; words alone suffice together with a commune.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub point: Option<Point>,
    /// Chosen by the person; wins over what the point says, because near a border the person knows better.
    pub commune: Option<String>,
    pub address: String,
}

/// A draft that fits the rules.
#[derive(Debug, Clone)]
pub struct Checked {
    title: String,
    content: String,
    category: String,
    commune: String,
    address: String,
    point: Option<Point>,
    anonymous: bool,
    answers: Answers,
    contact: Contact,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Submitted {
    pub id: Uuid,
    pub code: Code,
    pub due_at: Millis,
    pub unit: String,
}

/// Checks everything at once, so that all errors are shown together.
pub fn check(core: &Core, draft: &Draft) -> Result<Checked, Vec<FieldError>> {
    let province = core.province();
    let mut wrong = Vec::new();
    let mut say = |field, key| wrong.push(FieldError { field, key });

    let content = text::lines(&draft.content);
    if content.is_empty() {
        say("content", "report-content-empty");
    } else if content.chars().count() > CONTENT_MOST {
        say("content", "report-content-long");
    }
    let mut title = text::one_line(&draft.title);
    if title.is_empty() {
        title = first_line(&content);
    } else if title.chars().count() > TITLE_MOST {
        say("title", "report-title-long");
    }
    let mut answers = Answers::default();
    match province.category(&draft.category).map(|c| draft.answers.check(c)) {
        None => say("category", "report-category-missing"),
        Some(Err(_)) => say("answers", "report-answers-wrong"),
        Some(Ok(fit)) => answers = fit,
    }
    let address = text::one_line(&draft.place.address);
    if address.chars().count() > ADDRESS_MOST {
        say("address", "report-address-long");
    }
    let chosen = draft.place.commune.as_deref().filter(|c| province.commune(c).is_some());
    let commune = match (chosen, draft.place.point) {
        (Some(chosen), _) => Some(chosen.to_owned()),
        (None, Some(point)) => {
            let found = province.locate(point).commune;
            if found.is_none() {
                say("place", "report-place-outside");
            }
            found
        }
        (None, None) => {
            say("place", "report-place-missing");
            None
        }
    };
    if draft.place.point.is_none() && address.is_empty() && chosen.is_some() {
        say("address", "report-address-missing");
    }
    // A point far outside the province is a mistake even when a commune was chosen.
    if chosen.is_some() && draft.place.point.is_some_and(|p| province.locate(p).commune.is_none()) {
        say("place", "report-place-outside");
    }
    match commune {
        Some(commune) if wrong.is_empty() => Ok(Checked {
            title,
            content,
            category: draft.category.clone(),
            commune,
            address,
            point: draft.place.point,
            anonymous: draft.anonymous,
            answers,
            contact: draft.contact.clone(),
        }),
        _ => Err(wrong),
    }
}

/// The first line, cut at a word.
pub(super) fn first_line(content: &str) -> String {
    let line = content.lines().next().unwrap_or_default();
    if line.chars().count() <= TITLE_MOST {
        return line.to_owned();
    }
    let cut: String = line.chars().take(TITLE_MOST - 1).collect();
    let end = cut.rfind(' ').filter(|at| *at > cut.len() / 2).unwrap_or(cut.len());
    format!("{}…", cut[..end].trim_end())
}

/// What goes with a report, its files written already.
#[derive(Debug, Clone, Default)]
pub(super) struct Media {
    pub photos: Vec<StoredPhoto>,
    pub video: Option<StoredVideo>,
}

/// Sends a report. `key` makes the same form sent twice one report: the second answer is the first one again.
pub async fn submit(
    core: &Core,
    author: impl Into<Author>,
    draft: &Draft,
    photos: Vec<Photo>,
    key: Option<String>,
    source: &'static str,
) -> Result<Submitted, Error> {
    check(core, draft).map_err(Error::Invalid)?;
    if photos.len() > MOST {
        return Err(Error::field("photo", "photo-too-many"));
    }
    let media = Media { photos: store_photos(core, photos).await?, video: None };
    submit_stored(core, author.into(), draft, media, key, source).await
}

/// The same with photos and video whose files are written already.
pub(super) async fn submit_stored(
    core: &Core,
    author: Author,
    draft: &Draft,
    media: Media,
    key: Option<String>,
    source: &'static str,
) -> Result<Submitted, Error> {
    let reporter = author.account;
    let source = if author.is_at_desk() { DESK } else { source };
    let checked = check(core, draft).map_err(Error::Invalid)?;
    if let Some(key) = &key
        && let Some(earlier) = answered(core, reporter, key).await?
    {
        return Ok(earlier);
    }
    // A guest's are counted by the phone, in the transaction.
    if !matches!(source, OPEN311 | GUEST) {
        not_too_often(core, reporter).await?;
    }
    let now = core.now();
    let province = core.province();
    let route = province.route(&checked.category, Some(&checked.commune));
    let term = Term::new(route.limit, now);
    let due_at = term.due_at(province.calendar(), &[]);
    let cell = checked.point.and_then(cell);
    let (id, event_id) = (core.new_id(), core.new_id());
    let contact = contact::seal(core, id, &checked.contact);
    let picture = Some(checked.contact.media.clone()).filter(|url| core.settings.media.allows(url));
    let picture = picture.map(|url| (core.new_id(), url));
    // Somebody looks at it; nothing is refused for a word.
    let flag = flags::offends(&province, &[&checked.title, &checked.content, &checked.address]).then(|| core.new_id());
    // A code is taken once in a billion at random; with a million reports one in a thousand must be drawn again.
    for _ in 0..20 {
        let code = Code::random(&core.entropy);
        let answer = Submitted { id, code: code.clone(), due_at, unit: route.unit.clone() };
        let folded = search_text(&Searched {
            title: &checked.title,
            content: &checked.content,
            address: &checked.address,
            code: code.as_str(),
            unit: &route.unit,
            category: &checked.category,
            commune: Some(&checked.commune),
            state: State::Received,
        });
        let (checked, media, key, result) = (checked.clone(), media.clone(), key.clone(), answer.clone());
        let (contact, picture) = (contact.clone(), picture.clone());
        let (unit, route_json, term_json) = (route.unit.clone(), route.to_json(), term.to_json());
        let counted = Counted {
            created_at: now,
            unit: unit.clone(),
            category: checked.category.clone(),
            state: State::Received.as_str().into(),
            due_at: Some(due_at),
            resolved_at: None,
            rating: None,
            duplicate_of: None,
        };
        let core2 = core.clone();
        let written = core
            .store
            .write(move |tx: Tx| async move {
                if let Some(key) = key {
                    let first = Insert::into("idempotency")
                        .set("account_id", reporter)
                        .set("key", key)
                        .set("result", serde_json::to_string(&result).unwrap_or_default())
                        .set("created_at", now)
                        .or_ignore()
                        .exec(&tx)
                        .await?;
                    if first == 0 {
                        return Ok(Written::Earlier);
                    }
                }
                helping::may(&core2, &tx, &author, Deed::Send).await?;
                let mut data = serde_json::Map::new();
                author.note(&mut data);
                let intake = at_desk(&core2, &tx, &author).await?;
                let is_guest = source == GUEST || intake.as_ref().is_some_and(Intake::is_guest);
                let has_phone = is_guest && (source == GUEST || guests::is_guest(&tx, reporter).await?);
                if has_phone {
                    guests::sends(&core2, &tx, reporter).await?;
                }
                let desk = intake.map(|intake| intake.unit);
                if let Some(unit) = &desk {
                    data.insert("desk".into(), unit.as_str().into());
                }
                let inserted = Insert::into("report")
                    .set("id", id)
                    .set("code", code.as_str())
                    .set("reporter", reporter)
                    // A guest gave no name that could be shown.
                    .set("anonymous", checked.anonymous || is_guest)
                    .set("title", checked.title)
                    .set("content", checked.content)
                    .set("category", checked.category)
                    .set("commune", checked.commune)
                    .set("address", checked.address)
                    .set("lat", checked.point.map(|p| p.lat))
                    .set("lon", checked.point.map(|p| p.lon))
                    .set("cell", cell)
                    .set("state", State::Received.as_str())
                    .set("open", true)
                    .set("unit", unit)
                    .set("route", route_json)
                    .set("source", source)
                    .set("created_at", now)
                    .set("updated_at", now)
                    .set("state_at", now)
                    .set("term", term_json)
                    .set("due_at", due_at)
                    .set("public", false)
                    .set("photos", media.photos.len() as i32)
                    .set("flags", i32::from(flag.is_some()))
                    .set("folded", folded)
                    .set("answers", checked.answers.to_json())
                    .or_ignore()
                    .exec(&tx)
                    .await?;
                if inserted == 0 {
                    return Err(Error::State); // rolls back the key too; drawn again below
                }
                append(
                    &tx,
                    NewEvent {
                        id: event_id,
                        report_id: id,
                        no: 1,
                        at: now,
                        act: Act::Submit.as_str(),
                        from_state: None,
                        to_state: State::Received.as_str(),
                        by: By::Citizen { account: reporter },
                        public_note: String::new(),
                        internal_note: String::new(),
                        data: serde_json::Value::Object(data).to_string(),
                    },
                )
                .await?;
                if let Some(session) = author.behalf
                    && let Some(named) = behalf::of_session(&tx, session).await?
                {
                    behalf::mark(&core2, &tx, reporter, (id, code.as_str()), named).await?;
                }
                let did = format!("{} {}", Act::Submit.as_str(), code.as_str());
                helping::did(&core2, &tx, &author, desk, &did).await?;
                insert_photos(&tx, id, 1, "before", &media.photos, now).await?;
                if let Some(film) = media.video {
                    video::insert(&tx, id, film, now).await?;
                }
                tally::added(&tx, &counted, now).await?;
                if has_phone {
                    let dedupe = format!("report {id} 1");
                    let about = guests::About { report: code.as_str(), own: true, state: "sms-state-sent" };
                    guests::text(&core2, &tx, reporter, about, dedupe).await?;
                }
                if let Some(sealed) = contact {
                    contact::insert(&tx, id, sealed, now).await?;
                }
                if let Some((job, url)) = picture {
                    media::leave(&core2, &tx, job, id, 1, &url).await?;
                }
                if let Some(flag) = flag {
                    flags::mark_words(&tx, flag, id, now).await?;
                }
                Ok(Written::New)
            })
            .await;
        match written {
            Ok(Written::New) => {
                metrics::counter!("reports_submitted_total", "source" => source).increment(1);
                return Ok(answer);
            }
            Ok(Written::Earlier) => break,
            Err(Error::State) => {}
            Err(e) => return Err(e),
        }
    }
    match key {
        Some(key) => {
            answered(core, reporter, &key).await?.ok_or(Error::Internal("a form was taken twice but has no answer"))
        }
        None => Err(Error::Internal("no free report code")),
    }
}

enum Written {
    New,
    /// The form was sent before.
    Earlier,
}

/// What this form was answered before.
pub(super) async fn answered(core: &Core, reporter: Uuid, key: &str) -> Result<Option<Submitted>, Error> {
    let json: Option<String> = Sql::new("SELECT result FROM idempotency WHERE account_id = $1 AND key = $2")
        .bind(reporter)
        .bind(key)
        .scalar(core.store.read())
        .await?;
    Ok(json.and_then(|j| serde_json::from_str(&j).ok()))
}

/// Who sits at the desk, where somebody does, is counted by their own account. Errors: `TooOften`.
async fn at_desk(core: &Core, tx: &Tx, author: &Author) -> Result<Option<Intake>, Error> {
    let Some(help) = author.help.filter(|help| help.at_desk) else { return Ok(None) };
    let hit = limits::hit(tx, &core.keys, REPORTS_PER_OFFICER_HOUR, help.helper.as_bytes(), core.now()).await?;
    hit.map_err(|over| Error::TooOften { again_at: over.again_at })?;
    Ok(helping::intake(tx, help.mandate).await?)
}

/// R11: counted over the reports themselves, both windows in one read.
async fn not_too_often(core: &Core, reporter: Uuid) -> Result<(), Error> {
    #[derive(store::FromRow)]
    struct Recent {
        hour: i64,
        day: i64,
    }
    let now = core.now();
    let (hour, day) = (REPORTS_PER_PERSON_HOUR, REPORTS_PER_PERSON_DAY);
    let recent: Option<Recent> = Sql::new(
        "SELECT coalesce(sum(CASE WHEN created_at > $1 THEN 1 ELSE 0 END), 0) AS hour, count(*) AS day
         FROM report WHERE reporter = $2 AND created_at > $3",
    )
    .bind(now - hour.window)
    .bind(reporter)
    .bind(now - day.window)
    .one(core.store.read())
    .await?;
    let Some(recent) = recent else { return Ok(()) };
    for (limit, sent) in [(hour, recent.hour), (day, recent.day)] {
        if sent >= limit.most {
            return Err(Error::TooOften { again_at: now + limit.window });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r1_a_missing_title_is_the_first_line_cut_at_a_word() {
        assert_eq!(first_line("Ổ gà trước trường\nrất sâu"), "Ổ gà trước trường");
        let long = "từ ".repeat(100);
        let title = first_line(&long);
        assert!(title.chars().count() <= TITLE_MOST && title.ends_with("từ…"), "{title}");
    }
}
