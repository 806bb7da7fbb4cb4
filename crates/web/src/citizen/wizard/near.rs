//! Between step 4 and 5: «Có phải việc này không?» (R5). What others reported nearby; who chooses one follows it and writes
//! nothing twice.

use super::{
    Frame, Step,
    own::{Own, OwnForm},
};
use crate::{
    citizen::{
        answer::{go, go_saying, html},
        tags::{self, Tag},
    },
    error::Problem,
    page::Page,
    state::Web,
    visit::Sender,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use base::{code::Code, geo::Point};
use domain::{
    error::Error,
    reports::{
        drafts::{self, ReportDraft},
        follow::follow,
        nearby::{Near, can_follow, nearby},
        views::{self, Reader},
    },
};

struct Shown {
    href: String,
    title: String,
    photo: Option<String>,
    what: String,
    others: String,
}

#[derive(Template)]
#[template(path = "citizen/wizard/near.html")]
struct NearPage {
    p: Page,
    f: Frame,
    errors: crate::citizen::errors::Errors,
    found: Vec<Shown>,
    next: String,
}

async fn found(web: &Web, by: &Sender, draft: &ReportDraft) -> Result<Vec<Near>, Problem> {
    let saved = &draft.saved;
    let Some(point) = saved.lat.zip(saved.lon).and_then(|(lat, lon)| Point::new(lat, lon)) else {
        return Ok(Vec::new());
    };
    nearby(&web.core, by.signed.account, &saved.category, point).await.map_err(web.problem())
}

/// Where «Tiếp tục» of the place leads: here when somebody has reported nearby, else on.
pub async fn after_place(web: &Web, by: &Sender, draft: &ReportDraft, editing: bool) -> Result<Response, Problem> {
    if found(web, by, draft).await?.is_empty() {
        return Ok(go(&Step::Place.next(draft, editing)));
    }
    Ok(go(&format!("/phan-anh/moi/{}/trung{}", draft.id, if editing { "?sua=1" } else { "" })))
}

fn shown(p: &Page, draft: &ReportDraft, near: &Near) -> Shown {
    let far = p.t1("near-metres", "n", p.number((near.metres.max(5) + 4) / 5 * 5));
    let state = p.t(&format!("state-{}", near.state.as_str()));
    Shown {
        href: format!("/phan-anh/moi/{}/trung/{}", draft.id, near.code),
        title: near.title.clone(),
        photo: near.photo.map(|id| format!("/anh/{id}/s.jpg")),
        what: format!("{far} · {} · {state}", p.t1("line-sent", "date", p.date(&near.created_at))),
        others: others(p, near.followers),
    }
}

/// «3 người cũng gặp»; empty for nobody.
pub fn others(p: &Page, followers: i32) -> String {
    if followers > 0 { p.tn("follow-count", i64::from(followers)) } else { String::new() }
}

pub async fn page(State(web): State<Web>, Own { draft, by, editing }: Own) -> Result<Response, Problem> {
    let near = found(&web, &by, &draft).await?;
    let p = by.visit.page;
    let next = Step::Check.of(&draft);
    if near.is_empty() {
        return Ok(go(&next));
    }
    html(&NearPage {
        f: Frame::new(&p, Step::Place, Some(&draft), editing),
        errors: crate::citizen::errors::Errors::none(),
        found: near.iter().map(|n| shown(&p, &draft, n)).collect(),
        next,
        p,
    })
}

#[derive(Template)]
#[template(path = "citizen/wizard/near_sure.html")]
struct SurePage {
    p: Page,
    id: String,
    digits: String,
    code: String,
    title: String,
    content: String,
    place: String,
    tags: Vec<Tag>,
    photo: Option<String>,
    others: String,
}

/// What is followed, once more, and that the own draft goes.
pub async fn ask(
    State(web): State<Web>,
    Path((_, code)): Path<(String, String)>,
    Own { draft, by, .. }: Own,
) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let account = by.signed.account;
    let whole = views::find(&web.core, code.as_str(), &Reader::Public).await.map_err(web.problem())?;
    if !can_follow(&whole.report, Some(account)) {
        return Ok(go(&format!("/phan-anh/moi/{}/trung", draft.id)));
    }
    let (p, report) = (by.visit.page, &whole.report);
    let place = p.place_in_words(&report.address, &report.commune);
    html(&SurePage {
        id: draft.id.to_string(),
        digits: report.code.clone(),
        code: p.code(&report.code),
        title: report.title.clone(),
        content: report.content.clone(),
        place,
        tags: tags::of_report(&p, report),
        photo: whole.photos.iter().find(|photo| photo.event_no == 1).map(|photo| format!("/anh/{}/s.jpg", photo.id)),
        others: others(&p, report.followers),
        p,
    })
}

/// «Tôi cũng gặp»: follows that report; the draft has nothing more to say.
pub async fn choose(
    State(web): State<Web>,
    Path((_, code)): Path<(String, String)>,
    OwnForm { draft, by, .. }: OwnForm,
) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let account = by.signed.account;
    // Each step of what a guest follows is an SMS: only what the list of this draft offers.
    if by.is_guest() && found(&web, &by, &draft).await?.iter().all(|n| n.code != code.as_str()) {
        return Ok(go(&format!("/phan-anh/moi/{}/trung", draft.id)));
    }
    let followed = match follow(&web.core, account, code.as_str()).await {
        Ok(followed) => followed,
        // Finished or hidden a moment ago: the list says what is left, or goes on to sending.
        Err(Error::State | Error::NotFound) => return Ok(go(&format!("/phan-anh/moi/{}/trung", draft.id))),
        Err(e) => return Err(web.problem()(e)),
    };
    drafts::discard(&web.core, account, draft.id).await.map_err(web.problem())?;
    Ok(go_saying(&web, &format!("/phan-anh/{}", followed.code), "flash-followed"))
}
