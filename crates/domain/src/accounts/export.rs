//! Everything about one person as two documents (A12): JSON for machines, a text for people. Without secrets: no hashes, no
//! tokens, no sealed fields.

use super::{
    Accounts, Error, activity, data_rights, guests, helping,
    linked::{self, facts::Fact},
    profile::Consent,
    verify::questions,
};
use crate::{
    banks, documents, dossiers,
    error::Error as Shared,
    organizations::Mine,
    payments,
    reports::{Answers, drafts::Saved, follow},
};
use base::{clock::Millis, code::Code, i18n::Lang, ids::Uuid, show};
use serde::Serialize;
use std::fmt::Write;
use store::FromRow;
use store::Sql;

/// The two documents.
pub struct Export {
    pub json: String,
    pub text: String,
}

#[derive(Serialize)]
struct Document {
    format: &'static str,
    made_at: String,
    province: String,
    account: Account,
    /// What others proved of the person, and who did.
    facts: Vec<Fact>,
    linked: Vec<linked::Line>,
    /// Bank accounts linked for payment (N13).
    banks: Vec<banks::Line>,
    /// Papers that the person keeps (N6); each file is saved from its own page.
    documents: Vec<documents::Line>,
    /// What provinces said of the person's dossiers (N14).
    dossiers: Vec<dossiers::mine::Whole>,
    /// What the person paid over the portal, or tried to (P2).
    payments: Vec<payments::mine::Payment>,
    /// Organisations that the person acts for.
    organizations: Vec<Mine>,
    /// Who helps the person, and whom the person helps (A19).
    mandates: Vec<helping::Line>,
    /// All about each child that the person answers for.
    children: Vec<Document>,
    /// What the population registry was asked about the person.
    registry_questions: Vec<questions::Asked>,
    consents: Vec<Consent>,
    sessions: Vec<Session>,
    passkeys: Vec<Passkey>,
    activity: Vec<activity::Line>,
    requests: Vec<data_rights::Request>,
    reports: Vec<Report>,
    drafts: Vec<Draft>,
    followed: Vec<follow::Line>,
    marks: Vec<Mark>,
    notices: Vec<NoticeLine>,
    watches: Vec<WatchLine>,
}

#[derive(Serialize)]
struct Account {
    id: Uuid,
    full_name: String,
    phone: Option<String>,
    username: Option<String>,
    email_unverified: Option<String>,
    commune: Option<String>,
    commune_name: String,
    address: String,
    assurance: String,
    language: String,
    text_size: i32,
    notify_sms: bool,
    second_factor_app_since: Option<String>,
    created_at: String,
}

#[derive(Serialize, FromRow)]
struct Session {
    device: String,
    method: String,
    created_at: Millis,
    last_seen_at: Millis,
    ended_at: Option<Millis>,
    /// The organisation that the person worked for (A11).
    behalf_code: Option<String>,
    behalf_name: Option<String>,
}

#[derive(Serialize, FromRow)]
struct Passkey {
    name: String,
    created_at: Millis,
    last_used_at: Option<Millis>,
}

#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    row: ReportRow,
    history: Vec<Event>,
    photos: Vec<Photo>,
    video: Option<Video>,
}

#[derive(Serialize, FromRow)]
struct ReportRow {
    #[serde(skip)]
    id: Uuid,
    code: String,
    title: String,
    content: String,
    category: String,
    commune: Option<String>,
    address: String,
    lat: Option<f64>,
    lon: Option<f64>,
    state: String,
    anonymous: bool,
    created_at: Millis,
    due_at: Option<Millis>,
    resolved_at: Option<Millis>,
    rating: Option<i32>,
    rating_comment: Option<String>,
    /// The organisation that it was sent for (A11).
    behalf_code: Option<String>,
    behalf_name: Option<String>,
    #[serde(serialize_with = "as_json")]
    answers: String,
}

/// A report that is not sent yet.
#[derive(Serialize, FromRow)]
struct Draft {
    #[serde(serialize_with = "as_json")]
    data: String,
    created_at: Millis,
    updated_at: Millis,
}

/// «Báo nội dung không phù hợp»: what the person said about a report of somebody.
#[derive(Serialize, FromRow)]
struct Mark {
    code: String,
    reason: String,
    comment: String,
    created_at: Millis,
}

/// A column that holds JSON stands in the document as what it says, not as a text of signs.
fn as_json<S: serde::Serializer>(text: &str, to: S) -> Result<S::Ok, S::Error> {
    serde_json::from_str::<serde_json::Value>(text).unwrap_or_else(|_| text.into()).serialize(to)
}

/// What the public history says; internal notes are the authority's, not the person's data.
#[derive(Serialize, FromRow)]
struct Event {
    #[serde(skip)]
    report_id: Uuid,
    at: Millis,
    act: String,
    to_state: String,
    unit: Option<String>,
    public_note: String,
}

#[derive(Serialize, FromRow)]
struct Photo {
    #[serde(skip)]
    report_id: Uuid,
    side: String,
    width: i32,
    height: i32,
    bytes: i64,
    created_at: Millis,
}

#[derive(Serialize, FromRow)]
struct Video {
    #[serde(skip)]
    report_id: Uuid,
    kind: String,
    seconds: i32,
    width: i32,
    height: i32,
    bytes: i64,
    created_at: Millis,
}

/// A place that is watched: a commune, or a point and metres around it.
#[derive(Serialize, FromRow)]
struct WatchLine {
    commune: Option<String>,
    lat: Option<f64>,
    lon: Option<f64>,
    radius: Option<i32>,
    category: Option<String>,
    created_at: Millis,
}

#[derive(Serialize)]
struct NoticeLine {
    at: Millis,
    text: String,
    read_at: Option<Millis>,
}

/// Reports, notices and lines of activity that a document holds at most each; nobody has as many.
const MOST: i64 = 5_000;

pub(crate) async fn build(accounts: &Accounts, account: Uuid, lang: Lang) -> Result<Export, Error> {
    let document = document(accounts, account, lang).await?;
    let json = serde_json::to_string_pretty(&document).map_err(|_| Shared::Internal("an export cannot be written"))?;
    let text = readable(&document, &accounts.core.speaker(lang), &accounts.core.province(), lang);
    Ok(Export { json, text })
}

async fn document(accounts: &Accounts, account: Uuid, lang: Lang) -> Result<Document, Error> {
    let db = accounts.core.store.read();
    let profile = accounts.profile(account).await?;
    // A guest's phone stands sealed elsewhere (R3).
    let guest = guests::phone(&accounts.core, account).await?;
    let province = accounts.core.province();
    let speaker = accounts.core.speaker(lang);
    let sessions: Vec<Session> = Sql::new(
        "SELECT device, method, created_at, last_seen_at, ended_at, behalf_code, behalf_name FROM session WHERE account_id = $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(account)
    .bind(MOST)
    .all(db)
    .await?;
    let passkeys: Vec<Passkey> =
        Sql::new("SELECT name, created_at, last_used_at FROM passkey WHERE account_id = $1 ORDER BY id")
            .bind(account)
            .all(db)
            .await?;
    let activity: Vec<activity::Line> =
        Sql::new(format!("{} ORDER BY v.id DESC LIMIT $2", activity::LINES)).bind(account).bind(MOST).all(db).await?;
    let notices: Vec<crate::notices::Line> = Sql::new(
        "SELECT id, at, kind, key, args, link, read_at FROM notice WHERE account_id = $1 ORDER BY id DESC LIMIT $2",
    )
    .bind(account)
    .bind(MOST)
    .all(db)
    .await?;
    let watches: Vec<WatchLine> = Sql::new(
        "SELECT commune, lat, lon, radius, category, created_at FROM watch WHERE account_id = $1 ORDER BY created_at",
    )
    .bind(account)
    .all(db)
    .await?;
    let marks: Vec<Mark> = Sql::new(
        "SELECT r.code, f.reason, f.comment, f.created_at FROM report_flag f JOIN report r ON r.id = f.report_id
         WHERE f.account_id = $1 ORDER BY f.created_at DESC LIMIT $2",
    )
    .bind(account)
    .bind(MOST)
    .all(db)
    .await?;
    let drafts: Vec<Draft> = Sql::new(
        "SELECT data, created_at, updated_at FROM report_draft WHERE account_id = $1 ORDER BY updated_at DESC LIMIT $2",
    )
    .bind(account)
    .bind(MOST)
    .all(db)
    .await?;
    let mut children = Vec::new();
    for child in accounts.children(account).await?.into_iter().filter(|child| child.guardian == account) {
        children.push(Box::pin(document(accounts, child.id, lang)).await?);
    }
    Ok(Document {
        format: "congdanso-export/1",
        made_at: show::rfc3339(accounts.core.now()),
        province: province.pack.province.name.get(lang).to_owned(),
        account: Account {
            id: account,
            commune_name: province.commune_name(profile.commune.as_deref(), lang),
            full_name: profile.full_name,
            phone: profile.phone.or_else(|| guest.map(|phone| phone.as_e164().to_owned())),
            username: profile.username,
            email_unverified: profile.email,
            commune: profile.commune,
            address: profile.address,
            assurance: profile.assurance,
            language: profile.language,
            text_size: profile.text_size,
            notify_sms: profile.notify_sms,
            second_factor_app_since: profile.totp_confirmed_at.map(show::rfc3339),
            created_at: show::rfc3339(profile.created_at),
        },
        facts: accounts.facts(account).await?.0,
        linked: accounts.links(account).await?,
        banks: accounts.banks(account).await?,
        documents: documents::of_account(&accounts.core, account).await?,
        dossiers: dossiers::mine::of_account(&accounts.core, account, MOST).await?,
        payments: payments::mine::of_account(&accounts.core, account, MOST).await?,
        organizations: accounts.organizations(account).await?,
        mandates: helping::of_account(db, account, MOST).await?,
        children,
        registry_questions: accounts.registry_questions(account).await?,
        consents: accounts.consents(account).await?,
        sessions,
        passkeys,
        activity,
        requests: accounts.data_requests(account).await?,
        reports: reports(accounts, account).await?,
        drafts,
        followed: follow::of_account(db, account, MOST).await?,
        marks,
        notices: notices
            .into_iter()
            .map(|n| NoticeLine { at: n.at, text: n.words(&speaker), read_at: n.read_at })
            .collect(),
        watches,
    })
}

async fn reports(accounts: &Accounts, account: Uuid) -> Result<Vec<Report>, Error> {
    let db = accounts.core.store.read();
    let rows: Vec<ReportRow> = Sql::new(
        "SELECT r.id, r.code, r.title, r.content, r.category, r.commune, r.address, r.lat, r.lon, r.state, r.anonymous, r.created_at,
            r.due_at, r.resolved_at, r.rating, r.rating_comment, r.answers, b.code AS behalf_code, b.name AS behalf_name
         FROM report r LEFT JOIN report_behalf b ON b.report_id = r.id WHERE r.reporter = $1 ORDER BY r.created_at DESC LIMIT $2",
    )
    .bind(account)
    .bind(MOST)
    .all(db)
    .await?;
    let mut events: Vec<Event> = Sql::new(
        "SELECT e.report_id, e.at, e.act, e.to_state, e.unit, e.public_note FROM report_event e
         JOIN report r ON r.id = e.report_id WHERE r.reporter = $1 AND e.act NOT IN ('note', 'hand_over', 'consult', 'consulted', 'recall') ORDER BY e.report_id, e.no",
    )
    .bind(account)
    .all(db)
    .await?;
    let mut photos: Vec<Photo> = Sql::new(
        "SELECT p.report_id, p.side, p.width, p.height, p.bytes, p.created_at FROM report_photo p
         JOIN report r ON r.id = p.report_id WHERE r.reporter = $1 AND p.side <> 'inside' ORDER BY p.report_id, p.event_no, p.position",
    )
    .bind(account)
    .all(db)
    .await?;
    let mut videos: Vec<Video> = Sql::new(
        "SELECT v.report_id, v.kind, v.seconds, v.width, v.height, v.bytes, v.created_at FROM report_video v
         JOIN report r ON r.id = v.report_id WHERE r.reporter = $1",
    )
    .bind(account)
    .all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let history = events.extract_if(.., |e| e.report_id == row.id).collect();
            let photos = photos.extract_if(.., |p| p.report_id == row.id).collect();
            let video = videos.extract_if(.., |v| v.report_id == row.id).next();
            Report { row, history, photos, video }
        })
        .collect())
}

/// Who says a fact: ours by name, a provider as it is configured.
fn source<'a>(speaker: &'a base::i18n::Speaker, name: &'a str) -> std::borrow::Cow<'a, str> {
    let key = format!("source-{name}");
    if speaker.has(&key) { speaker.t(&key).into_owned().into() } else { name.into() }
}

/// The same for people: headings and lines, in their language.
fn readable(d: &Document, speaker: &base::i18n::Speaker, province: &crate::province::Province, lang: Lang) -> String {
    let mut out = String::new();
    let heading = |out: &mut String, key: &str| {
        let _ = write!(out, "\n{}\n{}\n", speaker.t(key), "-".repeat(speaker.t(key).chars().count()));
    };
    let line = |out: &mut String, key: &str, value: &str| {
        let _ = writeln!(out, "{}: {value}", speaker.t(key));
    };
    let answers = |out: &mut String, given: &Answers, category: &str| {
        for a in given.shown(province, category, lang) {
            let _ = writeln!(out, "  {}: {}", a.label, a.text.replace('\n', "\n    "));
        }
    };
    let shown_code = |code: &str| Code::parse(code).map_or_else(|_| code.to_owned(), |c| c.to_string());
    let _ = writeln!(out, "{}", speaker.t1("export-title", "province", d.province.as_str()));
    line(&mut out, "export-made", &d.made_at);

    heading(&mut out, "export-account");
    let a = &d.account;
    line(&mut out, "export-name", &a.full_name);
    line(&mut out, "export-phone", a.phone.as_deref().unwrap_or("–"));
    line(&mut out, "export-username", a.username.as_deref().unwrap_or("–"));
    line(&mut out, "export-email", a.email_unverified.as_deref().unwrap_or("–"));
    line(&mut out, "export-residence", &[a.address.as_str(), a.commune_name.as_str()].join(", "));
    line(&mut out, "export-created", &a.created_at);

    heading(&mut out, "export-facts");
    for f in &d.facts {
        let _ = writeln!(
            out,
            "- {}: {} ({}, {})",
            speaker.t(&format!("fact-{}", f.name)),
            f.value,
            source(speaker, &f.source),
            show::date_time(f.proved_at)
        );
    }
    for l in &d.linked {
        let _ = writeln!(
            out,
            "- {}",
            speaker.t2("export-linked", "provider", l.provider.as_str(), "time", show::date_time(l.linked_at))
        );
    }
    heading(&mut out, "export-banks");
    for b in &d.banks {
        let state = speaker.t(&format!("bank-state-{}", b.state.as_str())).into_owned();
        let since = show::date_time(b.linked_at);
        let _ =
            writeln!(out, "- {} {} {} ({} {}): {state}, {since}", b.bank, b.masked, b.holder, b.product, b.currency);
    }
    heading(&mut out, "export-documents");
    if !d.documents.is_empty() {
        let _ = writeln!(out, "{}", speaker.t("export-documents-files"));
    }
    for doc in &d.documents {
        let topic =
            doc.topic.map_or("document-topic-unknown".into(), |topic| format!("document-topic-{}", topic.as_str()));
        let name = doc.name.clone().unwrap_or_else(|| "–".into());
        let (topic, kib) = (speaker.t(&topic).into_owned(), (doc.bytes + 1023) / 1024);
        let _ =
            writeln!(out, "- {name} | {topic} | {} {kib} KB | {}", doc.media.as_str(), show::date_time(doc.added_at));
    }
    heading(&mut out, "export-dossiers");
    for d in &d.dossiers {
        let l = &d.line;
        let state = speaker.t(&format!("dossier-state-{}", l.state)).into_owned();
        let _ = writeln!(out, "- {} | {} | {} {} | {state}", l.code, l.system, l.procedure_code, l.procedure);
        for past in &d.history {
            let state = speaker.t(&format!("dossier-state-{}", past.state)).into_owned();
            let note = past.note.replace('\n', "\n    ");
            let _ = writeln!(out, "  > {} {state} {note}", show::date_time(past.at));
        }
    }
    heading(&mut out, "export-payments");
    for one in &d.payments {
        let state = speaker.t(&format!("payment-state-{}", one.state)).into_owned();
        let (at, amount) = (show::date_time(one.created_at), payments::dong(one.amount));
        let _ = writeln!(
            out,
            "- {at} {amount} | {} | {} | {} | {} | {state}",
            one.fee, one.dossier, one.system, one.reference
        );
    }
    heading(&mut out, "export-organizations");
    for o in &d.organizations {
        let kind = speaker.t(&format!("organization-{}", o.kind)).into_owned();
        let role = speaker.t(&format!("organization-role-{}", o.role)).into_owned();
        let _ = writeln!(out, "- {kind} {} ({}): {role}, {}", o.name, o.code, show::date_time(o.since));
    }
    heading(&mut out, "export-mandates");
    for m in &d.mandates {
        let side = speaker.t(if m.helps { "export-mandate-helped" } else { "export-mandate-helper" }).into_owned();
        let scope: Vec<String> =
            m.scopes().each().map(|s| speaker.t(&format!("help-scope-{}", s.as_str())).into_owned()).collect();
        let until = show::date_time(m.ended_at.unwrap_or(m.until));
        let _ = writeln!(out, "- {side} {}: {}, {} – {until}", m.name, scope.join(", "), show::date_time(m.since));
    }
    heading(&mut out, "export-questions");
    for q in &d.registry_questions {
        let words = [Some(q.outcome.as_str()), q.full_name.as_deref(), q.birth_date.as_deref(), q.sex.as_deref()];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        let _ = writeln!(
            out,
            "- {} {} {} {} | {}",
            show::date_time(q.asked_at),
            q.procedure,
            q.officer,
            q.id,
            words.join(", ")
        );
    }
    heading(&mut out, "export-consents");
    for c in &d.consents {
        let _ = writeln!(out, "- {} {} ({})", c.kind, c.version, show::date_time(c.given_at));
    }
    heading(&mut out, "export-reports");
    for r in &d.reports {
        let row = &r.row;
        let _ = writeln!(
            out,
            "- {} | {} | {} | {} | {}",
            shown_code(&row.code),
            show::date_time(row.created_at),
            province.category_name(&row.category, lang),
            row.title,
            row.state
        );
        if let (Some(code), Some(name)) = (&row.behalf_code, &row.behalf_name) {
            let _ = writeln!(out, "  {}", speaker.t2("export-behalf", "name", name.as_str(), "code", code.as_str()));
        }
        let _ = writeln!(out, "  {}", row.content.replace('\n', "\n  "));
        answers(&mut out, &Answers::of_json(&row.answers), &row.category);
        if let Some(rating) = row.rating {
            let words = row.rating_comment.as_deref().unwrap_or_default().replace('\n', "\n    ");
            let _ = writeln!(out, "  {}: {rating}/5 {words}", speaker.t("export-rating"));
        }
        for e in r.history.iter().filter(|e| !e.public_note.is_empty()) {
            let _ = writeln!(out, "  > {} {}", show::date_time(e.at), e.public_note.replace('\n', "\n    "));
        }
    }
    heading(&mut out, "export-drafts");
    for d in &d.drafts {
        let saved: Saved = serde_json::from_str(&d.data).unwrap_or_default();
        let category = province.category_name(&saved.category, lang);
        let _ = writeln!(out, "- {} | {category} | {}", show::date_time(d.updated_at), saved.title);
        let _ = writeln!(out, "  {}", saved.content.replace('\n', "\n  "));
        answers(&mut out, &saved.answers, &saved.category);
    }
    heading(&mut out, "export-followed");
    for f in &d.followed {
        let _ = writeln!(out, "- {} | {} | {}", shown_code(&f.code), show::date_time(f.at), f.title);
    }
    heading(&mut out, "export-marks");
    for m in &d.marks {
        let reason = speaker.t(&format!("flag-{}", m.reason)).into_owned();
        let _ = writeln!(out, "- {} | {} | {reason}", shown_code(&m.code), show::date_time(m.created_at));
        if !m.comment.is_empty() {
            let _ = writeln!(out, "  {}", m.comment.replace('\n', "\n  "));
        }
    }
    heading(&mut out, "export-sessions");
    for s in &d.sessions {
        let _ = writeln!(out, "- {} ({}, {})", s.device, show::date_time(s.created_at), s.method);
    }
    heading(&mut out, "export-activity");
    for l in &d.activity {
        let by = l.by_unit.as_deref().map(|u| province.unit_name(u, lang)).unwrap_or_default();
        let helper = l.by_name.clone().unwrap_or_default();
        let parts = [speaker.t(&l.key()).into_owned(), helper, by, l.reason.clone(), l.device.clone()];
        let parts: Vec<&str> = parts.iter().map(String::as_str).filter(|p| !p.is_empty()).collect();
        let _ = writeln!(out, "- {} {}", show::date_time(l.at), parts.join(", "));
    }
    heading(&mut out, "export-requests");
    for r in &d.requests {
        let _ = writeln!(out, "- {} {} {} {}", show::date_time(r.created_at), r.kind, r.state, r.answer);
    }
    heading(&mut out, "export-watches");
    for w in &d.watches {
        let commune = w.commune.as_deref().map(|c| province.commune_name(Some(c), lang));
        let point = w.lat.zip(w.lon).map(|(lat, lon)| format!("{lat:.5}, {lon:.5}, {} m", w.radius.unwrap_or(0)));
        let category = w.category.as_deref().map(|c| province.category_name(c, lang));
        let parts: Vec<String> = [commune.or(point), category].into_iter().flatten().collect();
        let _ = writeln!(out, "- {} {}", show::date_time(w.created_at), parts.join(", "));
    }
    heading(&mut out, "export-notices");
    for n in &d.notices {
        let _ = writeln!(out, "- {} {}", show::date_time(n.at), n.text);
    }
    for child in &d.children {
        heading(&mut out, "export-child");
        out.push_str(&readable(child, speaker, province, lang));
    }
    out
}
