//! One report: for everybody once it was accepted, for its author from the first moment (R9, R11).

use super::{
    follow::{self, Offer},
    related::{self, Around},
    timeline::{self, Picture, Step},
};
use crate::{
    acting,
    citizen::{
        accounts::behalf::code_words,
        answer::{go, html, html_kept},
        deadline::{self, Explained},
        errors::Errors,
        tags::{self, Tag},
        video::Shown as Video,
    },
    drawing,
    error::Problem,
    marked::Marked,
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::Response,
};
use base::{
    clock::{DAY, Millis},
    code::Code,
};
use domain::accounts::{Signed, helping::Deed};
use domain::reports::{
    Act, REOPEN_DAYS, ReportRow, State as Stage,
    answers::Shown,
    redact::Writer,
    states::rule,
    views::{self, Reader, Whole},
};

/// Before and after, side by side.
struct Pair {
    before: Picture,
    after: Picture,
    before_date: String,
    after_date: String,
}

/// What the author can do now.
#[derive(Debug, Clone, Copy, Default)]
pub struct May {
    pub answer: bool,
    pub add: bool,
    pub withdraw: bool,
    pub rate: bool,
    pub reopen: bool,
}

impl May {
    pub fn of(report: &ReportRow, now: Millis) -> Self {
        // The same for account and guest: the table gives a guest all of these.
        let may = |act| matches!(rule(act, Some(report.state())), Some((who, _)) if who.is_author());
        let in_time = report.resolved_at.is_some_and(|at| now <= at + REOPEN_DAYS * DAY);
        Self {
            answer: may(Act::Answer),
            add: may(Act::AddInfo),
            withdraw: may(Act::Withdraw),
            rate: may(Act::Rate),
            reopen: may(Act::Reopen) && report.reopened == 0 && in_time,
        }
    }

    /// What is left of it for who helps: the table says so.
    fn helped(self, by: Option<&Signed>) -> Self {
        let may = |deed| by.is_some_and(|signed| acting::may(signed, deed));
        Self {
            answer: self.answer && may(Deed::Add),
            add: self.add && may(Deed::Add),
            rate: self.rate && may(Deed::Rate),
            ..Self::default()
        }
    }

    fn any(&self) -> bool {
        self.answer || self.add || self.withdraw || self.rate || self.reopen
    }
}

#[derive(Template)]
#[template(path = "citizen/reports/page.html")]
struct ReportPage {
    p: Page,
    /// For the form of the rating, which has a page of its own when something is wrong.
    errors: Errors,
    is_author: bool,
    may: May,
    /// Hide more from others: only the person does.
    may_redact: bool,
    can_act: bool,
    digits: String,
    code: String,
    title: String,
    /// As this reader may read them; for the author with what others do not see marked.
    heading: Marked,
    content: Marked,
    sent: String,
    tags: Vec<Tag>,
    due: String,
    category: String,
    /// What the category asks: all for the author, for others what may be public.
    answers: Vec<Shown>,
    place: Marked,
    /// The place drawn; SVG of our own.
    picture: Option<String>,
    unit: String,
    author: Option<String>,
    /// The organisation it was sent for: name and code; for the author alone (A11).
    behalf: Option<(String, String)>,
    public: bool,
    waits_for_acceptance: bool,
    hidden_why: Option<String>,
    question: Option<String>,
    /// Others do not see all of it.
    partly_hidden: bool,
    /// What staff wrote for the public: title, content; for the author.
    reworded: Option<(String, String)>,
    may_flag: bool,
    share_title: String,
    reopen_until: String,
    photos: Vec<Picture>,
    /// For its author alone.
    video: Option<Video>,
    pair: Option<Pair>,
    steps: Vec<Step>,
    promise: Option<String>,
    explained: Option<Explained>,
    share: String,
    back: &'static str,
    follow: Offer,
    stars: i64,
    comment: String,
    around: Around,
}

pub async fn page(State(web): State<Web>, Path(typed): Path<String>, visit: Visit) -> Result<Response, Problem> {
    let code = Code::parse(&typed).map_err(|_| Problem::NotFound)?;
    if code.as_str() != typed {
        return Ok(go(&format!("/phan-anh/{}", code.as_str())));
    }
    let who = visit.sending();
    let helped = visit.acting.is_some();
    let reader = who.map_or(Reader::Public, Reader::Citizen);
    let whole = views::find(&web.core, code.as_str(), &reader).await.map_err(web.problem())?;
    let is_author = who.is_some() && whole.report.reporter == who;
    let author = views::shown_author(&web.core, &whole.report).await.map_err(web.problem())?;
    let around = related::around(&web, &visit.page, &whole, who).await.map_err(web.problem())?;
    let follow = follow::offer(&web, &visit.page, &whole.report, who).await?;
    let mut view = ReportPage { around, follow, ..view(&web, visit.page.clone(), &whole, is_author, author) };
    if is_author {
        timeline::name_helpers(&web, &view.p, &whole, &mut view.steps).await?;
    }
    if helped {
        // What only the person does (A19).
        view.may = view.may.helped(visit.acting.as_deref());
        view.can_act = view.may.any();
        (view.may_redact, view.may_flag, view.follow.can, view.follow.following) = (false, false, false, false);
    }
    // A guest's phone keeps nothing: the next time a code is asked for.
    if is_author && visit.citizen.is_some() { html_kept(&view) } else { html(&view) }
}

fn view(web: &Web, p: Page, whole: &Whole, is_author: bool, author: Option<String>) -> ReportPage {
    let report = &whole.report;
    let may = if is_author { May::of(report, p.now) } else { May::default() };
    let place = p.place_in_words(&report.address, &report.commune);
    let shield = &whole.shield;
    let marked = |text: &str| if is_author { Marked::new(shield, text, Writer::Citizen) } else { Marked::plain(text) };
    let is_reworded = report.shown_title.is_some() || report.shown_content.is_some();
    let shown = |text: &Option<String>, own: &str| shield.hide(text.as_deref().unwrap_or(own), Writer::Citizen);
    let pair = pair(&p, whole);
    let may_be_public = p.province.category(&report.category).is_none_or(|c| c.public);
    ReportPage {
        errors: Errors::none(),
        is_author,
        may_redact: is_author,
        can_act: may.any(),
        digits: report.code.clone(),
        code: p.code(&report.code),
        title: report.title.clone(),
        heading: marked(&report.title),
        content: marked(&report.content),
        sent: p.t1("report-sent-at", "time", p.long_time(&report.created_at)),
        tags: tags::of_report(&p, report),
        due: report.due_at.filter(|_| report.open).map_or_else(String::new, |due| deadline::until(&p, due)),
        category: p.category_name(&report.category),
        answers: whole.answers(&p.province, p.lang()),
        place: marked(&place),
        picture: drawing::place::draw(&p, report.point(), report.commune.as_deref()),
        unit: p.unit_name(&report.unit),
        author,
        behalf: whole.behalf.as_ref().filter(|_| is_author).map(|b| (b.name().to_owned(), code_words(&p, b))),
        public: report.is_public(),
        waits_for_acceptance: is_author && !report.public && report.open && may_be_public,
        hidden_why: report.hidden_why.clone().filter(|_| is_author),
        partly_hidden: whole.partly_hidden,
        reworded: (is_author && is_reworded)
            .then(|| (shown(&report.shown_title, &report.title), shown(&report.shown_content, &report.content))),
        may_flag: report.is_public() && !is_author,
        share_title: whole.public_title(),
        question: question(whole).filter(|_| is_author),
        reopen_until: report.resolved_at.map_or_else(String::new, |at| p.date(&(at + REOPEN_DAYS * DAY))),
        // The first one stands in the pair already.
        photos: timeline::pictures(&p, whole.photos.iter().filter(|photo| photo.event_no == 1))
            .into_iter()
            .skip(usize::from(pair.is_some()))
            .collect(),
        video: whole.video.as_ref().map(|v| Video::new(&p, v, "/video")),
        pair,
        steps: timeline::steps(&p, whole, is_author),
        promise: timeline::promise(&p, report),
        explained: deadline::explain(&p, report),
        share: format!("{}/phan-anh/{}", web.core.settings.origin, report.code),
        back: if is_author && !p.guest { "/phan-anh/cua-toi" } else { "/phan-anh" },
        follow: Offer::default(),
        stars: 0,
        comment: String::new(),
        around: Around::default(),
        may,
        p,
    }
}

/// What the unit asks, while it waits for the answer.
pub fn question(whole: &Whole) -> Option<String> {
    if whole.report.state() != Stage::NeedInfo {
        return None;
    }
    whole.events.iter().rev().find(|e| e.act == Act::Ask.as_str()).map(|e| e.public_note.clone())
}

fn pair(p: &Page, whole: &Whole) -> Option<Pair> {
    let before = whole.photos.iter().find(|photo| photo.side == "before")?;
    let after = whole.photos.iter().rev().find(|photo| photo.side == "after")?;
    let picture = |photo| timeline::pictures(p, std::iter::once(photo)).pop();
    Some(Pair {
        before: picture(before)?,
        after: picture(after)?,
        before_date: p.date(&before.created_at),
        after_date: p.date(&after.created_at),
    })
}
