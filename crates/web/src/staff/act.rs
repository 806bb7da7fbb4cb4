//! Acts of staff on one report (R6, R7): the forms that are possible now, and the door they are sent to. A report that changed
//! meanwhile is not overwritten; the page then names who was first and keeps what was typed.

use super::{
    form::{self, Field, Wrong},
    ready::{self, Preview, Ready, Standard},
    report::{self, Beside},
    shell::{self, go_saying},
    show,
};
use crate::{
    error::Problem,
    forms::{Fields, Upload},
    page::Page,
    state::Web,
    visit::{Desk, UploadForm},
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base::{code::Code, ids::Uuid};
use domain::{
    error::{Error, FieldError},
    reports::{
        Act, Command, NOTE_MOST, ReportRow, State as ReportState, act_as_officer,
        moderate::Wording,
        photos::{self, Photo},
    },
};

/// A form in the right column.
pub(super) struct ActForm {
    pub act: &'static str,
    pub icon: &'static str,
    pub title: String,
    pub fields: Vec<Field>,
    pub open: bool,
    pub danger: bool,
    /// The act has a page of its own.
    pub page: Option<String>,
    /// Standard texts, and the field that they go into.
    pub ready: Vec<Ready>,
    pub ready_into: String,
    pub may_preview: bool,
    pub preview: Option<Preview>,
}

/// The order in which acts are offered; the likeliest of the state comes before all of them.
const ORDER: [Act; 20] = [
    Act::Accept,
    Act::Start,
    Act::Resolve,
    Act::Assign,
    Act::Ask,
    Act::Resume,
    Act::Reply,
    Act::Note,
    Act::Consult,
    Act::Transfer,
    Act::Correct,
    Act::Extend,
    Act::HandOver,
    Act::Merge,
    Act::Unmerge,
    Act::Split,
    Act::Reject,
    Act::Moderate,
    Act::Hide,
    Act::Unhide,
];

fn likeliest(state: ReportState) -> Option<Act> {
    match state {
        ReportState::Received => Some(Act::Accept),
        ReportState::Accepted | ReportState::Reopened => Some(Act::Assign),
        ReportState::Assigned => Some(Act::Start),
        ReportState::InProgress => Some(Act::Resolve),
        ReportState::NeedInfo => Some(Act::Resume),
        _ => None,
    }
}

/// The forms of what is possible; a form that was not taken is open, with what was typed and what was wrong.
pub(super) fn forms(
    desk: &Desk,
    r: &ReportRow,
    possible: &[Act],
    people: &[(Uuid, String)],
    texts: &[Standard],
    beside: &Beside,
    wrong: &mut Vec<Wrong>,
) -> Vec<ActForm> {
    let p = &desk.page;
    let first = likeliest(r.state()).filter(|a| possible.contains(a));
    let rest = ORDER.into_iter().filter(|a| possible.contains(a) && Some(*a) != first);
    let mut forms: Vec<ActForm> = first
        .into_iter()
        .chain(rest)
        .map(|act| ActForm {
            act: act.as_str(),
            icon: show::act_icon(act),
            title: p.t(&format!("desk-act-{}", act.as_str())).into_owned(),
            fields: fields(desk, r, act, people),
            open: beside.act.map_or(first == Some(act), |failed| failed == act),
            danger: matches!(act, Act::Reject | Act::Hide),
            page: (act == Act::Split).then(|| format!("/can-bo/phan-anh/{}/tach", r.code)),
            ready: ready::of(act, texts),
            ready_into: ready::field(act).map(|f| format!("f-{}-{f}", act.as_str())).unwrap_or_default(),
            may_preview: ready::may_preview(act),
            preview: (beside.act == Some(act) && beside.preview).then(|| Preview::of(p, r, act, &beside.typed)),
        })
        .collect();
    if let Some(failed) = beside.act {
        if let Some(f) = forms.iter_mut().find(|f| f.act == failed.as_str()) {
            form::fill(&mut f.fields, &beside.typed);
            wrong.extend(form::mark(p, &mut f.fields, &beside.errors));
        } else {
            // The act is not possible any more: what was typed must still be readable somewhere.
            wrong.extend(beside.errors.iter().map(|e| Wrong { id: "main".into(), text: p.t(e.key).into_owned() }));
        }
    }
    forms
}

fn fields(desk: &Desk, r: &ReportRow, act: Act, people: &[(Uuid, String)]) -> Vec<Field> {
    let p = &desk.page;
    let area = |name: &str, key: &str, hint: &str| {
        let field = Field::new("area", name, p.t(key)).in_form(act.as_str()).most(NOTE_MOST);
        if hint.is_empty() { field } else { field.hint(p.t(hint)) }
    };
    let select = |name: &str, key: &str, value: &str, entries: Vec<(String, String)>| {
        let first = if value.is_empty() { vec![(String::new(), p.t("desk-choose").into_owned())] } else { Vec::new() };
        Field::new("select", name, p.t(key)).in_form(act.as_str()).value(value).choices(first).choices(entries)
    };
    let internal = |optional: bool| {
        let field = area("note", "desk-field-note", "desk-field-note-hint");
        if optional { field.optional() } else { field }
    };
    let photos = || {
        Field::new("photos", "photo", p.t("desk-field-photos"))
            .in_form(act.as_str())
            .hint(p.t("desk-field-photos-hint"))
    };
    match act {
        Act::Accept | Act::Resume => vec![internal(true)],
        Act::Assign => {
            let entries = people.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
            let now = r.assignee.map(|id| id.to_string()).unwrap_or_default();
            vec![select("assignee", "desk-field-assignee", &now, entries), internal(true)]
        }
        Act::Ask => vec![area("question", "desk-field-question", "desk-field-public-hint")],
        Act::Transfer => {
            let entries = shell::all_units(desk).into_iter().filter(|(code, _)| *code != r.unit).collect();
            vec![select("unit", "desk-field-unit", "", entries), internal(false)]
        }
        Act::Correct => vec![
            select("category", "desk-field-category", &r.category, shell::categories(desk)),
            select("commune", "desk-field-commune", r.commune.as_deref().unwrap_or_default(), shell::communes(desk)),
            internal(false),
        ],
        Act::Reply => vec![area("text", "desk-field-reply", "desk-field-public-hint"), photos().optional()],
        Act::Note => vec![area("text", "desk-field-internal", "desk-field-note-hint"), photos().optional()],
        Act::Extend => vec![
            Field::new("number", "days", p.t("desk-field-days"))
                .in_form(act.as_str())
                .hint(p.t("desk-field-days-hint")),
            area("reason", "desk-field-reason", "desk-field-public-hint"),
        ],
        Act::HandOver => {
            let entries = people.iter().filter(|(id, _)| Some(*id) != r.assignee);
            let entries = entries.map(|(id, name)| (id.to_string(), name.clone())).collect();
            vec![select("assignee", "desk-field-assignee", "", entries), internal(false)]
        }
        Act::Merge => vec![
            Field::new("text", "into", p.t("desk-field-into")).in_form(act.as_str()).hint(p.t("desk-field-into-hint")),
            internal(true),
        ],
        Act::Unmerge => vec![area("note", "desk-field-unmerge", "desk-field-unmerge-hint")],
        Act::Consult => super::consult::fields(desk, r),
        Act::Resolve => vec![area("text", "desk-field-result", "desk-field-public-hint"), photos().optional()],
        Act::Moderate => {
            let text = |name: &str, key: &str, value: &str, kind| {
                Field::new(kind, name, p.t(key)).in_form(act.as_str()).value(value)
            };
            let title = r.shown_title.as_deref().unwrap_or(&r.title);
            let content = r.shown_content.as_deref().unwrap_or(&r.content);
            let mut fields = vec![
                text("title", "desk-moderate-title", title, "text").hint(p.t("desk-moderate-hint")),
                text("content", "desk-moderate-content", content, "area"),
            ];
            if !r.anonymous {
                fields.push(text("name", "desk-moderate-name", "", "check"));
            }
            fields.push(area("reason", "desk-field-reason", "desk-field-public-hint"));
            fields
        }
        Act::Reject | Act::Hide | Act::Unhide => vec![area("reason", "desk-field-reason", "desk-field-public-hint")],
        _ => Vec::new(),
    }
}

fn command(act: Act, f: &Fields) -> Option<Command> {
    let text = |name: &str| f.get(name).to_owned();
    Some(match act {
        Act::Accept => Command::Accept { note: text("note") },
        Act::Assign => {
            Command::Assign { to: Uuid::parse_str(f.get("assignee")).unwrap_or_default(), note: text("note") }
        }
        Act::Start => Command::Start,
        Act::Ask => Command::Ask { question: text("question") },
        Act::Resume => Command::Resume { note: text("note") },
        Act::Transfer => Command::Transfer { unit: text("unit"), note: text("note") },
        Act::Correct => Command::Correct { category: text("category"), commune: text("commune"), note: text("note") },
        Act::Reply => Command::Reply { text: text("text") },
        Act::Note => Command::Note { text: text("text") },
        Act::Extend => Command::Extend { days: f.get("days").trim().parse().unwrap_or(0), reason: text("reason") },
        Act::Resolve => Command::Resolve { text: text("text") },
        Act::Reject => Command::Reject { reason: text("reason") },
        Act::Hide => Command::Hide { reason: text("reason") },
        Act::Unhide => Command::Unhide { reason: text("reason") },
        Act::Merge => Command::Merge { into: text("into"), note: text("note") },
        Act::Unmerge => Command::Unmerge { note: text("note") },
        Act::HandOver => {
            Command::HandOver { to: Uuid::parse_str(f.get("assignee")).unwrap_or_default(), note: text("note") }
        }
        // Splitting and asking have doors of their own.
        Act::Moderate => Command::Moderate(Wording {
            title: text("title"),
            content: text("content"),
            name: f.has("name"),
            reason: text("reason"),
        }),
        // Not for staff: what citizens and the clock do has its own doors.
        _ => return None,
    })
}

pub async fn run(
    State(web): State<Web>,
    Path((code, act)): Path<(String, String)>,
    UploadForm { by: desk, upload }: UploadForm<Desk>,
) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let act = Act::parse(&act).ok_or(Problem::NotFound)?;
    if act == Act::Consult {
        return super::consult::ask(&web, &desk, &code, &upload.fields).await;
    }
    let command = command(act, &upload.fields).ok_or(Problem::Forbidden)?;
    let seen: i64 = upload.fields.get("version").parse().map_err(|_| Problem::BadRequest)?;
    let failed = |fields: Fields, status| Beside { act: Some(act), typed: fields, status, ..Beside::default() };
    if ready::is_draft(&upload.fields) {
        let beside = failed(upload.fields, StatusCode::OK);
        return ready::draft(&web, &desk, code.as_str(), seen, act, beside).await;
    }
    let photos = match take_in(&upload).await.map_err(web.problem())? {
        Ok(photos) => photos,
        Err(errors) => {
            let beside = Beside { errors, ..failed(upload.fields, StatusCode::UNPROCESSABLE_ENTITY) };
            return report::render(&web, &desk, code.as_str(), beside).await;
        }
    };
    let done = act_as_officer(&web.core, &desk.officer, code.as_str(), seen, command, photos).await;
    let p = &desk.page;
    let beside = match done {
        Ok(done) => {
            let to = format!("/can-bo/phan-anh/{}", done.code);
            // Handed on to another unit, the report may be out of this person's sight.
            let reader = domain::reports::views::Reader::Staff(&desk.officer);
            let to = match domain::reports::views::find(&web.core, &done.code, &reader).await {
                Ok(_) => to.as_str(),
                Err(_) => "/can-bo/phan-anh",
            };
            return Ok(go_saying(&web, to, &format!("flash-desk-act-{}", act.as_str())));
        }
        Err(Error::Invalid(errors)) => Beside { errors, ..failed(upload.fields, StatusCode::UNPROCESSABLE_ENTITY) },
        Err(e @ Error::Changed { .. }) => {
            Beside { conflict: Some(why_not(p, &e)), ..failed(upload.fields, StatusCode::CONFLICT) }
        }
        Err(e @ Error::State) => {
            Beside { refusal: Some(why_not(p, &e)), ..failed(upload.fields, StatusCode::CONFLICT) }
        }
        Err(e) => return Err(web.problem()(e)),
    };
    report::render(&web, &desk, code.as_str(), beside).await
}

/// Photos of the form, made our own; or what is wrong with them.
pub(super) async fn take_in(upload: &Upload) -> Result<Result<Vec<Photo>, Vec<FieldError>>, Error> {
    let wrong = |key| vec![FieldError { field: "photo", key }];
    if !upload.too_large.is_empty() {
        return Ok(Err(wrong("photo-too-large")));
    }
    if upload.more > 0 || upload.files.len() > photos::MOST {
        return Ok(Err(wrong("photo-too-many")));
    }
    let mut taken = Vec::new();
    for file in upload.files.iter().filter(|f| f.field == "photo") {
        match photos::take_in(file.bytes.to_vec()).await? {
            Ok(photo) => taken.push(photo),
            Err(bad) => return Ok(Err(wrong(bad.key()))),
        }
    }
    Ok(Ok(taken))
}

/// Why an act was not done, in one sentence.
pub(super) fn why_not(p: &Page, error: &Error) -> String {
    match error {
        Error::Changed { by, at } if by == "citizen" => p.t1("desk-changed-citizen", "time", when(p, *at)),
        Error::Changed { by, at } if by.is_empty() => p.t1("desk-changed-somebody", "time", when(p, *at)),
        Error::Changed { by, at } => p.t2("desk-changed-by", "name", by, "time", when(p, *at)),
        Error::Invalid(errors) => errors.iter().map(|e| p.t(e.key)).collect::<Vec<_>>().join(" "),
        Error::NotFound => p.t("error-not-found-title").into_owned(),
        Error::Forbidden => p.t("error-forbidden-title").into_owned(),
        Error::State => p.t("error-state-title").into_owned(),
        _ => p.t("error-internal-title").into_owned(),
    }
}

/// `09:12` today, with the date on other days.
fn when(p: &Page, at: i64) -> String {
    if base::show::date(at) == base::show::date(p.now) { base::show::time(at) } else { base::show::date_time(at) }
}
