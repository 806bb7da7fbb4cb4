//! Gửi phản ánh (R1): five steps, each a page of its own, saved on the server as one goes, so that nothing is lost and nothing
//! needs JavaScript.

mod category;
mod content;
mod film;
mod near;
mod own;
mod photo;
mod place;
pub(super) mod question;
mod send;
mod suggest;

pub use near::others;
use own::Own;

use super::answer::{go, go_saying, html, id};
use crate::{
    acting,
    error::Problem,
    forms::Fields,
    page::Page,
    state::Web,
    visit::{Form, Sender},
};
use askama::Template;
use axum::{
    Router,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::{get, post},
};
use domain::accounts::helping::Deed;
use domain::reports::drafts::{self, ReportDraft, Saved};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/phan-anh/moi", get(begin).post(category::start))
        .route("/phan-anh/moi/{draft}", get(resume))
        .route("/phan-anh/moi/{draft}/loai", get(category::page).post(category::save))
        .route("/phan-anh/moi/{draft}/khan-cap", get(category::emergency).post(category::no_emergency))
        .route("/phan-anh/moi/{draft}/noi-dung", get(content::page).post(content::save))
        .route("/phan-anh/moi/{draft}/luu", post(content::autosave))
        .route("/phan-anh/moi/{draft}/goi-y", post(suggest::suggest))
        .route("/phan-anh/moi/{draft}/anh", get(photo::page).post(photo::save))
        .route("/phan-anh/moi/{draft}/anh/tai-len", post(photo::upload))
        .route("/phan-anh/moi/{draft}/anh/xoa", post(photo::remove))
        .route("/phan-anh/moi/{draft}/anh/{photo}", get(photo::thumb))
        .route("/phan-anh/moi/{draft}/video/tai-len", post(film::upload))
        .route("/phan-anh/moi/{draft}/video/xoa", post(film::remove))
        .route("/phan-anh/moi/{draft}/noi-xay-ra", get(place::page).post(place::save))
        .route("/phan-anh/moi/{draft}/trung", get(near::page))
        .route("/phan-anh/moi/{draft}/trung/{code}", get(near::ask).post(near::choose))
        .route("/phan-anh/moi/{draft}/kiem-tra", get(send::page).post(send::send))
        .route("/phan-anh/moi/{draft}/xoa", get(ask_discard).post(discard))
        .route("/phan-anh/{code}/da-gui", get(send::done))
}

/// The steps in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Category,
    Content,
    Photos,
    Place,
    Check,
}

impl Step {
    const ALL: [Self; 5] = [Self::Category, Self::Content, Self::Photos, Self::Place, Self::Check];

    /// As in the address.
    fn path(self) -> &'static str {
        match self {
            Self::Category => "loai",
            Self::Content => "noi-dung",
            Self::Photos => "anh",
            Self::Place => "noi-xay-ra",
            Self::Check => "kiem-tra",
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Category => "step-category",
            Self::Content => "step-content",
            Self::Photos => "step-photos",
            Self::Place => "step-place",
            Self::Check => "step-check",
        }
    }

    fn no(self) -> usize {
        Self::ALL.iter().position(|s| *s == self).unwrap_or(0) + 1
    }

    fn of(self, draft: &ReportDraft) -> String {
        format!("/phan-anh/moi/{}/{}", draft.id, self.path())
    }

    /// Where «Tiếp tục» leads: the next step, or back to the summary when one came from there.
    fn next(self, draft: &ReportDraft, editing: bool) -> String {
        let next = if editing { Self::Check } else { Self::ALL[self.no().min(Self::ALL.len() - 1)] };
        next.of(draft)
    }
}

struct StepLink {
    text: String,
    href: String,
    done: bool,
    here: bool,
}

/// What every step's page shows around its form.
struct Frame {
    no: usize,
    heading: String,
    back: String,
    steps: Vec<StepLink>,
    /// One came from the summary and goes back there.
    editing: bool,
}

impl Frame {
    fn new(p: &Page, step: Step, draft: Option<&ReportDraft>, editing: bool) -> Self {
        let back = match (draft, step) {
            (Some(d), _) if editing => Step::Check.of(d),
            (None, _) | (_, Step::Category) => "/".to_owned(),
            (Some(d), step) => Step::ALL[step.no() - 2].of(d),
        };
        let steps = Step::ALL
            .into_iter()
            .map(|s| StepLink {
                text: p.t(s.key()).into_owned(),
                href: draft.filter(|_| s.no() < step.no()).map_or_else(String::new, |d| s.of(d)),
                done: s.no() < step.no(),
                here: s == step,
            })
            .collect();
        Self { no: step.no(), heading: p.t(step.key()).into_owned(), back, steps, editing }
    }
}

/// The person's own draft; a foreign one does not exist.
async fn load(web: &Web, by: &Sender, draft: &str) -> Result<ReportDraft, Problem> {
    drafts::find(&web.core, by.author(), id(draft)?).await.map_err(web.problem())
}

async fn store(web: &Web, by: &Sender, draft: &ReportDraft, saved: &Saved) -> Result<(), Problem> {
    drafts::save(&web.core, by.author(), draft.id, saved).await.map_err(web.problem())
}

/// Something was written or photographed, so that it is worth going on with.
pub fn is_begun(draft: &ReportDraft) -> bool {
    !draft.saved.content.trim().is_empty() || !draft.photos.is_empty() || draft.video.is_some()
}

/// What a draft is called in lists.
pub fn title_of(p: &Page, draft: &ReportDraft) -> String {
    let first = [draft.saved.title.trim(), draft.saved.content.trim().lines().next().unwrap_or_default()]
        .into_iter()
        .find(|t| !t.is_empty())
        .map(str::to_owned);
    let title = first.unwrap_or_else(|| p.category_name(&draft.saved.category));
    if title.chars().count() > 80 { title.chars().take(79).chain(['…']).collect() } else { title }
}

struct DraftLine {
    id: String,
    title: String,
    what: String,
    when: String,
}

#[derive(Template)]
#[template(path = "citizen/wizard/drafts.html")]
struct DraftsPage {
    p: Page,
    drafts: Vec<DraftLine>,
}

/// «Viết tiếp» when something is unfinished, else the first step. Nothing is stored by looking. Who is neither signed in nor a
/// guest is asked first which of them to be (R3).
async fn begin(State(web): State<Web>, RawQuery(query): RawQuery, by: Sender) -> Result<Response, Problem> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut begun = drafts::list(&web.core, by.author()).await.map_err(web.problem())?;
    begun.retain(is_begun);
    let p = by.visit.page;
    if begun.is_empty() || asked.has("viet-moi") {
        return category::first(p, asked.get("loai"));
    }
    let drafts = begun
        .iter()
        .map(|d| DraftLine {
            id: d.id.to_string(),
            title: title_of(&p, d),
            what: p.category_name(&d.saved.category),
            when: p.t1("draft-saved", "time", p.long_time(&d.updated_at)),
        })
        .collect();
    html(&DraftsPage { p, drafts })
}

/// The first step that is not finished.
async fn resume(State(web): State<Web>, Own { draft, .. }: Own) -> Result<Response, Problem> {
    let saved = &draft.saved;
    let has_place = saved.commune.is_some() || saved.lat.is_some();
    let step = if web.core.province().category(&saved.category).is_none() {
        Step::Category
    } else if saved.content.trim().is_empty() {
        Step::Content
    } else if !has_place {
        if draft.photos.is_empty() && draft.video.is_none() { Step::Photos } else { Step::Place }
    } else {
        Step::Check
    };
    Ok(go(&step.of(&draft)))
}

#[derive(Template)]
#[template(path = "citizen/wizard/discard.html")]
struct DiscardPage {
    p: Page,
    id: String,
    title: String,
}

async fn ask_discard(Own { draft, by, .. }: Own) -> Result<Response, Problem> {
    let p = by.visit.page;
    html(&DiscardPage { id: draft.id.to_string(), title: title_of(&p, &draft), p })
}

async fn discard(State(web): State<Web>, Path(draft): Path<String>, form: Form<Sender>) -> Result<Response, Problem> {
    drafts::discard(&web.core, form.by.author(), id(&draft)?).await.map_err(web.problem())?;
    // A guest has no list of drafts to go back to, and who helps may not see the person's.
    let to = if form.by.is_guest() || !acting::may(&form.by.signed, Deed::List) { "/" } else { "/phan-anh/cua-toi" };
    Ok(go_saying(&web, to, "flash-draft-gone"))
}
