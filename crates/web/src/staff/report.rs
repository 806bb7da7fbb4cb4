//! One report at work (R6, R8, R15): what it says, where it stands, why it is here, and what this person may do now.

use super::{
    act::{self, ActForm},
    around::{self, Around},
    form::Wrong,
    history::{self, Picture, Step},
    ready,
    shell::{Shell, go, html_as},
    show::{self, Due, Tag},
};
use crate::{
    citizen::{Video, accounts::behalf::code_words},
    error::Problem,
    forms::Fields,
    marked::Marked,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    Json,
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use base::{
    calendar::{Certainty, Count, DayKind, Limit},
    code::Code,
};
use domain::{
    accounts::guests,
    error::{Error, FieldError},
    province::Route,
    reports::{
        Act, Contact, ReportRow,
        answers::Shown,
        clock::{self, Term},
        flags,
        redact::Writer,
        views::{self, Reader, Reporter, Whole},
    },
    rights::Right,
};

/// A day of the deadline's explanation.
struct Day {
    date: String,
    weekday: String,
    kind: String,
    count: String,
    total: String,
}

/// Why the report is here.
struct Why {
    sentence: String,
    rule: String,
    unit: String,
    limit: String,
    /// It was handed on since: the rule no longer says where it is.
    moved: bool,
}

/// A mark of a reader.
struct FlagLine {
    why: String,
    at: String,
    comment: String,
}

/// Who reported, after a reason was given.
struct Known {
    name: String,
    phone: String,
    reports: String,
    /// Still open, and how the finished ones were rated.
    history: String,
    /// What another system said about the person, line by line.
    contact: Vec<String>,
}

#[derive(Template)]
#[template(path = "staff/report.html")]
struct ReportPage {
    p: Page,
    s: Shell,
    r: ReportRow,
    answers: Vec<Shown>,
    shown: String,
    tag: Tag,
    due: Option<Due>,
    days: Vec<Day>,
    days_unsure: bool,
    heading: Marked,
    content: Marked,
    address: Marked,
    partly_hidden: bool,
    /// What staff wrote for the public, where this person sees the original beside it.
    reworded: Option<(String, String)>,
    may_moderate: bool,
    may_hide: bool,
    flags: Vec<FlagLine>,
    before: Vec<Picture>,
    after: Vec<Picture>,
    video: Option<Video>,
    assignee: String,
    why: Option<Why>,
    may_correct: bool,
    steps: Vec<Step>,
    acts: Vec<ActForm>,
    may_reveal: bool,
    /// Sent without an account (R3).
    guest: bool,
    /// The organisation it was sent for: name and code (A11).
    behalf: Option<(String, String)>,
    /// The place drawn, for paper and without a script.
    picture: Option<String>,
    known: Option<Known>,
    reveal_reason: String,
    reveal_error: String,
    conflict: Option<String>,
    refusal: Option<String>,
    wrong: Vec<Wrong>,
    around: Around,
    /// It is with a unit of this person; else that unit is only asked.
    own: bool,
    /// The last step corrected the route: now it could become a rule.
    new_rule: bool,
    news_url: String,
}

/// What a page shows beside the report itself: a form that was not taken, a revealed name.
#[derive(Default)]
pub(super) struct Beside {
    pub act: Option<Act>,
    pub typed: Fields,
    pub errors: Vec<FieldError>,
    /// Who was first, in words.
    pub conflict: Option<String>,
    pub refusal: Option<String>,
    pub reporter: Option<Reporter>,
    pub reveal_error: Option<&'static str>,
    pub status: StatusCode,
    /// What was typed is shown as citizens will read it.
    pub preview: bool,
    /// An answer to a question that was not taken.
    pub answer: Option<base::ids::Uuid>,
}

/// `?gop=<code>` opens the form of merging, filled.
pub async fn page(
    State(web): State<Web>,
    desk: Desk,
    Path(code): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let query = Fields::parse(raw.unwrap_or_default().as_bytes());
    let mut beside = Beside::default();
    if let Ok(into) = Code::parse(query.get("gop")) {
        beside.act = Some(Act::Merge);
        beside.typed.set("into", into.to_string());
    }
    render(&web, &desk, &code, beside).await
}

/// «Người khác vừa cập nhật»: how many steps came since the page was made. The page itself never moves.
pub async fn news(
    State(web): State<Web>,
    desk: Desk,
    Path(code): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Json<serde_json::Value>, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let query = Fields::parse(raw.unwrap_or_default().as_bytes());
    let seen: i64 = query.get("ban").parse().map_err(|_| Problem::BadRequest)?;
    let version = views::version(&web.core, &desk.officer, code.as_str()).await.map_err(web.problem())?;
    Ok(Json(serde_json::json!({ "count": (version - seen).max(0) })))
}

/// The address of an act, opened by hand or after signing in anew: back to the report.
pub async fn back(Path((code, _)): Path<(String, String)>) -> Response {
    go(&format!("/can-bo/phan-anh/{}", crate::middleware::encode(&code)))
}

/// «Xem người gửi»: with a reason, logged, and shown to that person (A15, A18). The name stands on this answer alone.
pub async fn reveal(
    State(web): State<Web>,
    Path(code): Path<String>,
    Form { by: desk, fields }: Form<Desk>,
) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let beside = match views::reveal(&web.core, &desk.officer, code.as_str(), fields.get("reason")).await {
        Ok(reporter) => Beside { reporter: Some(reporter), ..Beside::default() },
        Err(Error::Invalid(errors)) => Beside {
            reveal_error: errors.first().map(|e| e.key),
            typed: fields,
            status: StatusCode::UNPROCESSABLE_ENTITY,
            ..Beside::default()
        },
        Err(e) => return Err(web.problem()(e)),
    };
    render(&web, &desk, code.as_str(), beside).await
}

pub(super) async fn render(web: &Web, desk: &Desk, code: &str, beside: Beside) -> Result<Response, Problem> {
    let code = Code::parse(code).map_err(|_| Problem::NotFound)?;
    let reader = Reader::Staff(&desk.officer);
    let whole = views::find(&web.core, code.as_str(), &reader).await.map_err(web.problem())?;
    let own = views::sees(&web.core, &desk.officer, &whole.report);
    let possible = views::possible(&web.core, &desk.officer, &whole.report);
    let around = around::load(web, desk, &whole, own, possible.contains(&Act::Merge), &beside);
    let around = around.await?;
    let answers = whole.answers(&desk.page.province, desk.page.lang());
    let Whole { report: r, events, photos, video, shield, partly_hidden, behalf, .. } = whole;
    let core = &web.core;
    let open_flags = async {
        match r.flags {
            // Marks are for those whose report it is, not for who is asked something.
            n if n == 0 || !own => Ok(Vec::new()),
            _ => flags::open(core, r.id).await.map_err(web.problem()),
        }
    };
    let is_guest = async {
        match r.reporter {
            Some(who) => guests::is_guest(core.store.read(), who).await.map_err(|e| web.problem()(e.into())),
            None => Ok(false),
        }
    };
    let (s, names, people, texts, marks, guest) = tokio::try_join!(
        Shell::load(web, desk, if own { "queue" } else { "asked" }),
        async { views::staff_names(core, &events).await.map_err(web.problem()) },
        async { views::assignees(core, &r.unit).await.map_err(web.problem()) },
        ready::texts(web, &r, &possible),
        open_flags,
        is_guest,
    )?;
    let p = desk.page.clone();
    let mut wrong = around.wrong.clone();
    let acts = act::forms(desk, &r, &possible, &people, &texts, &beside, &mut wrong);
    let corrected = events.iter().rfind(|e| !Act::parse(&e.act).is_some_and(Act::is_internal));
    let corrected = corrected.is_some_and(|e| [Act::Correct, Act::Transfer].iter().any(|a| a.as_str() == e.act));
    let reveal_error = beside.reveal_error.map(|key| p.t(key).into_owned()).unwrap_or_default();
    if !reveal_error.is_empty() {
        wrong.push(Wrong { id: "f-reveal-reason".into(), text: reveal_error.clone() });
    }
    let side = |side: &str| {
        let of_side = photos.iter().filter(|f| f.side == side);
        of_side.enumerate().map(|(at, f)| history::picture(&p, f, at)).collect::<Vec<_>>()
    };
    let standing = clock::standing(&r, p.province.calendar(), p.now);
    let (days, days_unsure) = days(&p, &r);
    let above = p.province.above(&r.unit);
    let marked = |text: &str| Marked::new(&shield, text, Writer::Citizen);
    let is_reworded = r.shown_title.is_some() || r.shown_content.is_some();
    let public = |text: &Option<String>, own: &str| shield.hide(text.as_deref().unwrap_or(own), Writer::Citizen);
    let page = ReportPage {
        answers,
        heading: marked(&r.title),
        content: marked(&r.content),
        address: marked(&r.address),
        partly_hidden,
        reworded: is_reworded.then(|| (public(&r.shown_title, &r.title), public(&r.shown_content, &r.content))),
        may_moderate: desk.officer.may(Right::ReportModerate, &r.unit, &above),
        may_hide: desk.officer.may(Right::ReportHide, &r.unit, &above),
        flags: marks
            .into_iter()
            .map(|f| FlagLine {
                why: p.t(&format!("flag-{}", f.reason)).into_owned(),
                at: p.date_time(&f.created_at),
                comment: f.comment,
            })
            .collect(),
        shown: p.code(&r.code),
        tag: show::tag(&p, r.state()),
        due: show::due(&p, r.due_at, standing),
        days,
        days_unsure,
        before: side("before"),
        after: side("after"),
        video: video.map(|v| Video::new(&p, &v, "/can-bo/video")),
        assignee: assignee(&r, &people, &names),
        why: why(&p, &r),
        may_correct: possible.contains(&Act::Correct),
        steps: history::steps(&p, &events, &photos, &names, r.open),
        acts,
        behalf: behalf.map(|b| (b.name().to_owned(), code_words(&p, &b))),
        guest,
        may_reveal: r.reporter.is_some() && desk.officer.may(Right::ReporterReveal, &r.unit, &above),
        picture: crate::drawing::place::draw(&p, r.point(), r.commune.as_deref()),
        known: beside.reporter.map(|k| Known {
            name: k.full_name,
            phone: k
                .phone
                .and_then(|n| base::phone::PhoneNumber::parse(&n).ok())
                .map(|n| n.national())
                .unwrap_or_default(),
            reports: p.number(k.reports),
            history: p.l.ta(
                "desk-reporter-history",
                &[
                    ("open", &p.number(k.open)),
                    ("satisfied", &p.number(k.satisfied)),
                    ("unsatisfied", &p.number(k.unsatisfied)),
                ],
            ),
            contact: contact(&p, &k.contact),
        }),
        reveal_reason: if reveal_error.is_empty() { String::new() } else { beside.typed.get("reason").to_owned() },
        reveal_error,
        conflict: beside.conflict,
        refusal: beside.refusal,
        wrong,
        around,
        own,
        // The rules hold for the whole province, and so must the right.
        new_rule: own && corrected && desk.officer.may(Right::RulesEdit, "*", &[]),
        news_url: format!("/can-bo/phan-anh/{}/ban-moi?ban={}", r.code, r.version),
        r,
        s,
        p,
    };
    html_as(beside.status, &page)
}

/// What is known, the name first; marks of the other system and the address of its picture as plain text.
fn contact(p: &Page, c: &Contact) -> Vec<String> {
    let name = [c.last_name.as_str(), c.first_name.as_str()].join(" ");
    let lost = if c.unreadable { p.t("desk-contact-unreadable") } else { "".into() };
    let all = [name.trim(), &c.phone, &c.email, &c.device, &c.account, &c.media, &lost];
    all.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// The name of who has it: from the unit's people, else from the history.
pub(super) fn assignee(
    r: &ReportRow,
    people: &[(base::ids::Uuid, String)],
    names: &[(base::ids::Uuid, String)],
) -> String {
    let Some(id) = r.assignee else { return String::new() };
    people.iter().chain(names).find(|(of, _)| *of == id).map(|(_, name)| name.clone()).unwrap_or_default()
}

fn why(p: &Page, r: &ReportRow) -> Option<Why> {
    let route: Route = serde_json::from_str(&r.route).ok()?;
    Some(Why {
        sentence: route.why.get(p.lang()).to_owned(),
        unit: p.unit_name(&route.unit),
        limit: limit(p, route.limit),
        moved: route.unit != r.unit,
        rule: route.rule,
    })
}

/// `3 ngày làm việc`
pub fn limit(p: &Page, limit: Limit) -> String {
    match limit {
        Limit::WorkingHours(n) => p.tn("desk-limit-working-hours", i64::from(n)),
        Limit::WorkingDays(n) => p.tn("desk-limit-working-days", i64::from(n)),
        Limit::CalendarDays(n) => p.tn("desk-limit-calendar-days", i64::from(n)),
    }
}

/// R8: the deadline day by day, and whether some day of it still has to be checked.
fn days(p: &Page, r: &ReportRow) -> (Vec<Day>, bool) {
    let (Some(term), Some(due)) = (Term::of(r), r.due_at) else { return (Vec::new(), false) };
    let calendar = p.province.calendar();
    let in_hours = matches!(term.limit, Limit::WorkingHours(_));
    let pauses = clock::pauses(r, p.now);
    let lines = term.explain(calendar, &pauses);
    let unsure = calendar.certainty(term.start, due) != Certainty::Announced;
    let days = lines
        .iter()
        .map(|d| {
            let name = |n: &base::calendar::DayName| if p.is_vietnamese() { n.vi.clone() } else { n.en.clone() };
            let kind = match &d.kind {
                DayKind::Working => p.t("desk-day-working").into_owned(),
                DayKind::Weekend => p.t("desk-day-weekend").into_owned(),
                DayKind::Holiday(n) | DayKind::SwappedOff(n) | DayKind::SwappedWork(n) => name(n),
            };
            let count = p.t(match d.count {
                Count::Counted => "desk-count-counted",
                Count::FirstDay => "desk-count-first",
                Count::NotWorking => "desk-count-off",
                Count::Paused => "desk-count-paused",
                Count::Closed => "desk-count-closed",
                Count::MovedHere => "desk-count-moved",
            });
            let noon = super::ask::day_start(&d.date.to_string(), 0).unwrap_or(due);
            Day {
                date: base::show::date(noon),
                weekday: base::show::weekday(noon, p.lang()).to_owned(),
                kind,
                count: count.into_owned(),
                total: if in_hours {
                    p.t2("desk-total-hours", "h", d.running_total / 60, "m", format!("{:02}", d.running_total % 60))
                } else {
                    p.tn("desk-total-days", d.running_total)
                },
            }
        })
        .collect();
    (days, unsure)
}
