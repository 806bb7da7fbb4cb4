//! What stands around a report at work: the one that goes on and what was merged (R5), the whole and its parts, questions to
//! others (R6), similar reports with merging one step away, reminders that were sent (R8).

use super::{
    form::Wrong,
    history::{self, Picture},
    report::Beside,
    show::{self, Tag},
};
use crate::{citizen::Video, error::Problem, page::Page, state::Web, visit::Desk};
use base::{ids::Uuid, phone::PhoneNumber};
use domain::{
    reports::{
        consult::{self, Question},
        related::{self, Other},
        reminders, rows,
        similar::{self, Similar},
        video,
        views::Whole,
    },
    rights::Right,
};

/// Another report beside this one.
pub(super) struct Line {
    /// Empty where this person may not open it.
    pub url: String,
    pub shown: String,
    pub title: String,
    pub tag: Tag,
    /// Unit, distance, day: small print.
    pub about: String,
    pub result: String,
    /// Where the form of merging opens, filled.
    pub merge: String,
}

/// A question to others, with its answer.
pub(super) struct Asked {
    pub id: Uuid,
    pub who: String,
    pub question: String,
    pub at: String,
    pub iso: String,
    pub until: String,
    pub answer: String,
    pub answered: String,
    /// When it was taken back; empty: it was not.
    pub recalled: String,
    pub open: bool,
    /// This person may answer it.
    pub mine: bool,
    /// This person may take it back.
    pub recallable: bool,
    pub typed: String,
    pub error: String,
}

#[derive(Default)]
pub(super) struct Around {
    pub original: Option<Line>,
    pub whole: Option<Line>,
    pub merged: Vec<Line>,
    pub parts: Vec<Line>,
    pub similar: Vec<Line>,
    pub asked: Vec<Asked>,
    pub reminded: Vec<String>,
    /// What the citizen sent with the whole.
    pub photos: Vec<Picture>,
    pub video: Option<Video>,
    pub wrong: Vec<Wrong>,
}

pub(super) async fn load(
    web: &Web,
    desk: &Desk,
    whole: &Whole,
    own: bool,
    may_merge: bool,
    beside: &Beside,
) -> Result<Around, Problem> {
    let (core, r) = (&web.core, &whole.report);
    let db = core.store.read();
    let stored = |e: store::Error| web.problem()(e.into());
    let near = async { if own && r.open { similar::of(core, &desk.officer, r).await } else { Ok(Vec::new()) } };
    let (related, questions, near, reminded) = tokio::try_join!(
        async { related::of(core, r, &whole.events).await.map_err(web.problem()) },
        async { consult::of_report(db, r.id).await.map_err(stored) },
        async { near.await.map_err(web.problem()) },
        async { if own { reminders::of_report(db, r.id).await.map_err(stored) } else { Ok(Vec::new()) } },
    )?;
    let p = &desk.page;
    let works = desk.officer.may(Right::ReportWork, &r.unit, &p.province.above(&r.unit));
    let (photos, film) = match &related.whole {
        Some(parent) => {
            let photos = rows::photos(db, parent.id).await.map_err(stored)?;
            let sent = photos.iter().filter(|f| f.event_no == 1).enumerate();
            let photos = sent.map(|(at, f)| history::picture(p, f, at)).collect();
            (photos, video::of_report(db, parent.id).await.map_err(stored)?)
        }
        None => (Vec::new(), None),
    };
    let mut around = Around {
        original: related.original.as_ref().map(|o| line(desk, o, false)),
        whole: related.whole.as_ref().map(|o| line(desk, o, false)),
        merged: related.merged.iter().map(|o| line(desk, o, false)).collect(),
        // A part is the words of this report's unit.
        parts: related.parts.iter().map(|o| line(desk, o, own)).collect(),
        similar: near.iter().map(|s| near_line(desk, &r.code, s, may_merge)).collect(),
        asked: questions
            .iter()
            .filter(|q| own || may_answer(desk, q))
            .map(|q| Asked {
                recallable: own && r.open && q.is_open(p.now) && works,
                ..asked(desk, q, (!own).then_some(r.unit.as_str()))
            })
            .collect(),
        reminded: reminded
            .iter()
            .map(|m| p.t1(&format!("desk-reminded-{}", m.kind), "time", p.date_time(&m.at)))
            .collect(),
        photos,
        video: film.filter(|_| own).map(|v| Video::new(p, &v, "/can-bo/video")),
        wrong: Vec::new(),
    };
    if let Some(id) = beside.answer
        && let Some(a) = around.asked.iter_mut().find(|a| a.id == id)
    {
        beside.typed.get("text").clone_into(&mut a.typed);
        a.error = beside.errors.iter().map(|e| p.t(e.key)).collect::<Vec<_>>().join(" ");
        around.wrong.push(Wrong { id: format!("f-y-kien-{id}"), text: a.error.clone() });
    }
    Ok(around)
}

pub(super) fn sees(desk: &Desk, unit: &str) -> bool {
    desk.officer.may(Right::ReportSee, unit, &desk.page.province.above(unit))
}

fn line(desk: &Desk, o: &Other, readable: bool) -> Line {
    let p = &desk.page;
    let mine = sees(desk, &o.unit);
    let open = readable || mine || o.is_open_to(None);
    Line {
        url: if mine { format!("/can-bo/phan-anh/{}", o.code) } else { String::new() },
        shown: p.code(&o.code),
        title: if open { o.title.clone() } else { String::new() },
        tag: show::tag(p, o.state()),
        about: p.unit_name(&o.unit),
        result: o.result.clone().filter(|_| open).unwrap_or_default(),
        merge: String::new(),
    }
}

fn near_line(desk: &Desk, code: &str, s: &Similar, may_merge: bool) -> Line {
    let p = &desk.page;
    let mut about = vec![p.tn("desk-similar-metres", s.metres), p.date(&s.created_at)];
    if s.followers > 0 {
        about.push(p.tn("desk-similar-followers", i64::from(s.followers)));
    }
    Line {
        url: format!("/can-bo/phan-anh/{}", s.code),
        shown: p.code(&s.code),
        title: s.title.clone(),
        tag: show::tag(p, s.state),
        about: about.join(" · "),
        result: String::new(),
        merge: if may_merge && s.state.is_open() {
            format!("/can-bo/phan-anh/{code}?gop={}#lam-merge", s.code)
        } else {
            String::new()
        },
    }
}

fn may_answer(desk: &Desk, q: &Question) -> bool {
    let of = |unit: &str| desk.officer.may(Right::ReportWork, unit, &desk.page.province.above(unit));
    q.is_open(desk.page.now) && q.unit.as_deref().is_some_and(of)
}

/// `by`: the unit that asks, for who is asked.
fn asked(desk: &Desk, q: &Question, by: Option<&str>) -> Asked {
    let p = &desk.page;
    Asked {
        id: q.id,
        who: by.map_or_else(|| who(p, q), |unit| p.unit_name(unit)),
        question: q.question.clone(),
        at: p.date_time(&q.asked_at),
        iso: p.iso(&q.asked_at),
        until: p.date_time(&q.expires_at),
        answer: q.answer.clone(),
        answered: q.answered_at.as_ref().map_or_else(String::new, |at| p.date_time(at)),
        recalled: q.recalled_at.as_ref().map_or_else(String::new, |at| p.date_time(at)),
        open: q.is_open(p.now),
        mine: may_answer(desk, q),
        recallable: false,
        typed: String::new(),
        error: String::new(),
    }
}

/// A unit, or a name with a phone that is shown in part.
fn who(p: &Page, q: &Question) -> String {
    match (&q.unit, q.phone.as_deref().and_then(|n| PhoneNumber::parse(n).ok())) {
        (Some(unit), _) => p.unit_name(unit),
        (None, Some(phone)) => format!("{} ({})", q.outside, phone.masked()),
        (None, None) => q.outside.clone(),
    }
}
