//! Step 5: everything once more, then «Gửi phản ánh». Sending twice gives one report (R1); after it the code and the deadline.

use super::{
    Frame, Step, film, load,
    own::Own,
    photo, store,
    suggest::{self, Better},
};
use crate::{
    citizen::{
        accounts::behalf,
        answer::{go, html, html_as, id},
        deadline,
        errors::Errors,
    },
    error::Problem,
    marked,
    page::Page,
    state::Web,
    visit::{Form, Sender},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use base::geo::Point;
use domain::{
    error::{Error, FieldError},
    reports::{
        ADDRESS_MOST, CONTENT_MOST, TITLE_MOST,
        answers::Shown,
        drafts::{self, ReportDraft},
        redact::Writer,
        submit,
        views::{self, Reader},
    },
};

#[derive(Template)]
#[template(path = "citizen/wizard/check.html")]
struct CheckPage {
    p: Page,
    f: Frame,
    errors: Errors,
    id: String,
    category: String,
    title: String,
    content: String,
    photos: Vec<photo::Shown>,
    video: Option<film::Shown>,
    /// What the category asks, with what was answered.
    answers: Vec<Shown>,
    place: Vec<String>,
    unit: String,
    term: String,
    public: bool,
    anonymous: bool,
    /// What everybody will read, where something of it is hidden.
    shown: Option<Public>,
    better: Option<Better>,
}

/// «Công khai sẽ hiện như sau»
struct Public {
    title: String,
    content: String,
    address: String,
    kinds: Vec<String>,
}

fn shown(p: &Page, title: &str, content: &str, address: &str) -> Option<Public> {
    let shield = p.province.shield();
    // A draft may be longer than a report.
    let [title, content, address] = [(title, TITLE_MOST), (content, CONTENT_MOST), (address, ADDRESS_MOST)]
        .map(|(text, most)| text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end]));
    let kinds = marked::kinds(shield, &[title, content, address]);
    let hide = |text: &str| shield.hide(text, Writer::Citizen);
    (!kinds.is_empty()).then(|| Public {
        title: hide(title),
        content: if content == title { String::new() } else { hide(content) },
        address: hide(address),
        kinds: kinds.iter().map(|key| p.t(key).into_owned()).collect(),
    })
}

fn view(p: Page, draft: &ReportDraft, errors: Errors, better: Option<Better>) -> CheckPage {
    let saved = &draft.saved;
    let category = p.province.category(&saved.category);
    let point = saved.lat.zip(saved.lon).and_then(|(lat, lon)| Point::new(lat, lon));
    let located = point.and_then(|at| p.province.locate(at).commune);
    let commune = saved.commune.clone().or(located);
    let route = p.province.route(&saved.category, commune.as_deref());
    let mut place: Vec<String> = Vec::new();
    place.extend(Some(base::text::one_line(&saved.address)).filter(|a| !a.is_empty()));
    place.extend(Some(p.commune_name(&commune)).filter(|c| !c.is_empty()));
    if point.is_some() {
        place.push(p.t("place-has-point").into_owned());
    }
    let content = base::text::lines(&saved.content);
    let own = base::text::one_line(&saved.title);
    let title = if own.is_empty() { content.lines().next().unwrap_or_default().to_owned() } else { own };
    let public = category.is_none_or(|c| c.public);
    CheckPage {
        shown: shown(&p, &title, &content, &base::text::one_line(&saved.address)).filter(|_| public),
        better,
        f: Frame::new(&p, Step::Check, Some(draft), false),
        errors,
        id: draft.id.to_string(),
        category: p.category_name(&saved.category),
        title,
        content,
        photos: photo::shown(&p, draft),
        video: film::shown(&p, draft),
        answers: category.and_then(|c| saved.answers.check(c).ok()).unwrap_or_default().shown(
            &p.province,
            &saved.category,
            p.lang(),
        ),
        place,
        unit: p.unit_name(&route.unit),
        term: deadline::length(&p, route.limit),
        public,
        anonymous: saved.anonymous,
        p,
    }
}

/// Errors of any step, each leading to the step where it is mended.
fn errors_of(p: &Page, draft: &ReportDraft, wrong: &[FieldError]) -> Errors {
    let mut errors = Errors::none();
    for e in wrong {
        let step = match e.field {
            "category" => Step::Category,
            "content" | "title" | "answers" => Step::Content,
            "photo" | "video" => Step::Photos,
            _ => Step::Place,
        };
        errors.add(e.field, format!("{}?sua=1", step.of(draft)), p.t(e.key).into_owned());
    }
    errors
}

pub async fn page(State(web): State<Web>, Own { draft, by, .. }: Own) -> Result<Response, Problem> {
    let p = by.visit.page;
    let wrong = submit::check(&web.core, &draft.saved.to_draft()).err().unwrap_or_default();
    let errors = errors_of(&p, &draft, &wrong);
    let better = Better::of(&web, &p, &draft).await?;
    html(&view(p, &draft, errors, better))
}

pub async fn send(State(web): State<Web>, Path(draft): Path<String>, form: Form<Sender>) -> Result<Response, Problem> {
    let (author, draft) = (form.by.author(), id(&draft)?);
    match drafts::find(&web.core, author, draft).await {
        Ok(found) => {
            if let Some(chosen) = form.fields.some("chuyen") {
                return Ok(go(&suggest::change(&web, &form.by, &found, chosen, Step::Check, false).await?));
            }
            let mut saved = found.saved.clone();
            saved.anonymous = form.fields.has("anonymous");
            if saved.anonymous != found.saved.anonymous {
                match store(&web, &form.by, &found, &saved).await {
                    // Sent a moment ago from elsewhere: `send` answers what that one was answered.
                    Ok(()) | Err(Problem::NotFound) => {}
                    Err(problem) => return Err(problem),
                }
            }
        }
        Err(Error::NotFound) => {}
        Err(e) => return Err(web.problem()(e)),
    }
    if !behalf::is_as_drawn(&form.by.signed, form.fields.get("tu-cach")) {
        // In another tab the person works for somebody else by now: they see for whom it goes before it does.
        let draft = load(&web, &form.by, &draft.to_string()).await?;
        let p = form.by.visit.page;
        let mut errors = Errors::none();
        errors.add("behalf", "/tai-khoan/tu-cach".into(), p.t("check-behalf-changed").into_owned());
        return html_as(StatusCode::CONFLICT, &view(p, &draft, errors, None));
    }
    // For a guest at the desk an officer sends.
    let sent = match form.by.is_guest() && author.help.is_none() {
        true => drafts::send_as_guest(&web.core, author.account, draft).await,
        false => drafts::send(&web.core, author, draft).await,
    };
    match sent {
        Ok(sent) => Ok(go(&format!("/phan-anh/{}/da-gui", sent.code.as_str()))),
        Err(Error::Invalid(wrong)) => {
            let draft = load(&web, &form.by, &draft.to_string()).await?;
            let p = form.by.visit.page;
            let errors = errors_of(&p, &draft, &wrong);
            html_as(StatusCode::UNPROCESSABLE_ENTITY, &view(p, &draft, errors, None))
        }
        Err(e) => Err(web.problem()(e)),
    }
}

#[derive(Template)]
#[template(path = "citizen/wizard/done.html")]
struct DonePage {
    p: Page,
    code: String,
    href: String,
    unit: String,
    until: String,
    public: bool,
    /// An officer wrote it down (A19): the person takes code and address along.
    at_desk: bool,
    address: String,
}

/// «Đã gửi phản ánh»: for its author, as often as it is opened.
pub async fn done(State(web): State<Web>, Path(code): Path<String>, by: Sender) -> Result<Response, Problem> {
    let account = by.signed.account;
    let whole = views::find(&web.core, &code, &Reader::Citizen(account)).await.map_err(web.problem())?;
    if whole.report.reporter != Some(account) {
        return Err(Problem::NotFound);
    }
    let (p, report) = (by.visit.page, whole.report);
    html(&DonePage {
        at_desk: p.acting.as_ref().is_some_and(|by| by.at_desk),
        address: format!("{}/phan-anh/{}", web.core.settings.origin, report.code),
        code: p.code(&report.code),
        href: format!("/phan-anh/{}", report.code),
        unit: p.unit_name(&report.unit),
        until: report.due_at.map_or_else(String::new, |due| deadline::until(&p, due)),
        public: p.province.category(&report.category).is_none_or(|c| c.public),
        p,
    })
}
