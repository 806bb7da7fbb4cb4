//! A report on paper (R6): a PDF made by the server, with what the page shows this officer, except who reported. Noted in the
//! audit log before it goes out.

use super::{around, history, report, shell::download, show};
use crate::{
    citizen::accounts::behalf::code_words,
    error::Problem,
    page::Page,
    paper::{self, Ink, PAGES_MOST, Paper, Part, Picture},
    state::Web,
    visit::Desk,
};
use axum::{
    extract::{Path, State},
    response::Response,
};
use base::code::Code;
use domain::{
    audit::{self, By, Entry},
    error::Error,
    reports::{
        PhotoRow, ReportRow, photos,
        redact::Writer,
        related::{self, Other},
        views::{self, Reader, Whole},
    },
};
use store::Tx;

/// Photos on one paper.
const PHOTOS: usize = 12;

pub async fn report(State(web): State<Web>, desk: Desk, Path(code): Path<String>) -> Result<Response, Problem> {
    let code = Code::parse(&code).map_err(|_| Problem::NotFound)?;
    let reader = Reader::Staff(&desk.officer);
    let whole = views::find(&web.core, code.as_str(), &reader).await.map_err(web.problem())?;
    let paper = paper(&web, &desk, &whole).await?;
    let made = tokio::task::spawn_blocking(move || paper::pdf(&paper)).await;
    let bytes = made.map_err(|_| Problem::Internal)?.map_err(|e| {
        tracing::error!(error = %e, "a report could not be set on paper");
        Problem::Internal
    })?;
    note(&web, &desk, &whole.report).await?;
    Ok(download(&format!("phan-anh-{}.pdf", whole.report.code), "application/pdf", bytes))
}

async fn note(web: &Web, desk: &Desk, r: &ReportRow) -> Result<(), Problem> {
    let core = web.core.clone();
    let by = By::Staff { account: desk.officer.account, unit: desk.officer.home_unit().to_owned() };
    let (object, data) = (format!("report {}", r.code), serde_json::json!({ "version": r.version }));
    let written = web.core.store.write(move |tx: Tx| async move {
        let entry = Entry { by, act: "report-printed", object, reason: String::new(), data };
        audit::write(&tx, &core.clock, &core.entropy, entry).await?;
        Ok::<_, Error>(())
    });
    written.await.map_err(web.problem())
}

async fn paper(web: &Web, desk: &Desk, whole: &Whole) -> Result<Paper, Problem> {
    let (core, p, r) = (&web.core, &desk.page, &whole.report);
    let (names, people, related) = tokio::try_join!(
        async { views::staff_names(core, &whole.events).await.map_err(web.problem()) },
        async { views::assignees(core, &r.unit).await.map_err(web.problem()) },
        async { related::of(core, r, &whole.events).await.map_err(web.problem()) },
    )?;
    let mut parts = vec![Part::Title(r.title.clone())];
    parts.extend(facts(p, r, &report::assignee(r, &people, &names)));
    if let Some(b) = &whole.behalf {
        parts.push(Part::Fact(p.t("desk-report-behalf").into_owned(), format!("{}, {}", b.name(), code_words(p, b))));
    }
    let answers = whole.answers(&p.province, p.lang());
    parts.extend(answers.into_iter().map(|a| Part::Fact(a.label, a.text)));
    for (key, other) in [("desk-merged-into", &related.original), ("desk-part-of", &related.whole)] {
        parts.extend(other.iter().map(|o| Part::Fact(p.t(key).into_owned(), named(desk, o))));
    }
    let listed = [("related-merged", &related.merged), ("related-parts", &related.parts)];
    for (key, others) in listed {
        parts.extend(others.iter().map(|o| Part::Fact(p.t(key).into_owned(), named(desk, o))));
    }
    parts.push(Part::Heading(p.t("desk-report-content").into_owned()));
    parts.push(Part::Text(r.content.clone(), Ink::Plain));
    if r.shown_title.is_some() || r.shown_content.is_some() {
        let shown =
            |text: &Option<String>, own: &str| whole.shield.hide(text.as_deref().unwrap_or(own), Writer::Citizen);
        parts.push(Part::Text(p.t("desk-reworded").into_owned(), Ink::Bold));
        parts.push(Part::Text(shown(&r.shown_title, &r.title), Ink::Said));
        parts.push(Part::Text(shown(&r.shown_content, &r.content), Ink::Said));
    }
    let (kept, left) = whole.photos.split_at(whole.photos.len().min(PHOTOS));
    let mut pictures = Vec::with_capacity(kept.len());
    for (n, photo) in kept.iter().enumerate() {
        pictures.extend(picture(web, p, photo, n).await?);
    }
    if !whole.photos.is_empty() {
        parts.push(Part::Heading(p.t("paper-photos").into_owned()));
        parts.push(Part::Photos(pictures));
        if !left.is_empty() {
            parts.push(Part::Text(p.tn("paper-photos-more", left.len() as i64), Ink::Quiet));
        }
    }
    parts.push(Part::Heading(p.t("desk-history-title").into_owned()));
    for s in history::steps(p, &whole.events, &whole.photos, &names, r.open) {
        parts.push(Part::Text(s.title, Ink::Bold));
        let when = if s.who.is_empty() { s.at } else { format!("{} · {}", s.at, s.who) };
        parts.push(Part::Text(when, Ink::Quiet));
        parts.extend(s.facts.into_iter().map(|f| Part::Text(f, Ink::Quiet)));
        if !s.public.is_empty() {
            parts.push(Part::Text(format!("{}\n{}", p.t(s.public_key), s.public), Ink::Said));
        }
        if !s.internal.is_empty() {
            parts.push(Part::Text(format!("{}\n{}", p.t("desk-note-internal"), s.internal), Ink::Inside));
        }
    }
    let shown = p.code(&r.code);
    Ok(Paper {
        title: p.t1("paper-title", "code", &shown),
        author: format!("{}, {}", p.unit_name(&r.unit), p.province_name()),
        lang: p.lang(),
        mark: format!("{} {}", r.code, r.version),
        at: r.updated_at,
        footer: p.t1("paper-footer", "code", &shown),
        page: p.t2("paper-page", "n", "{n}", "all", "{all}"),
        cut: p.t1("paper-cut", "n", PAGES_MOST),
        parts,
    })
}

/// Another report, with its title where this person may read it.
fn named(desk: &Desk, o: &Other) -> String {
    let p = &desk.page;
    let open = around::sees(desk, &o.unit) || o.is_open_to(None);
    let title = if open { o.title.as_str() } else { "" };
    format!("{} {title} · {}", p.code(&o.code), p.unit_name(&o.unit))
}

/// Nothing that depends on the moment of printing: the deadline, not how much of it is left.
fn facts(p: &Page, r: &ReportRow, assignee: &str) -> Vec<Part> {
    let mut all = vec![
        ("paper-code", p.code(&r.code)),
        ("paper-state", show::tag(p, r.state()).text),
        ("desk-field-category", p.category_name(&r.category)),
    ];
    all.push(("desk-report-place", p.place_in_words(&r.address, &r.commune)));
    if let Some(at) = r.point() {
        all.push(("paper-point", format!("{:.5}, {:.5}", at.lat, at.lon)));
    }
    all.push(("desk-report-sent", p.date_time(&r.created_at)));
    all.extend(r.due_at.as_ref().map(|due| ("desk-queue-due", p.date_time(due))));
    all.push(("desk-field-unit", p.unit_name(&r.unit)));
    if !assignee.is_empty() {
        all.push(("desk-field-assignee", assignee.to_owned()));
    }
    if let Some(stars) = r.rating {
        let said = r.rating_comment.as_deref().unwrap_or_default();
        all.push(("desk-report-rating", format!("{} {said}", p.t1("desk-fact-stars", "n", stars)).trim().to_owned()));
    }
    all.into_iter().map(|(key, value)| Part::Fact(p.t(key).into_owned(), value)).collect()
}

/// `None` for a photo whose file is gone.
async fn picture(web: &Web, p: &Page, row: &PhotoRow, n: usize) -> Result<Option<Picture>, Problem> {
    let shown = history::picture(p, row, n);
    let made = photos::for_paper(&web.core, row).await.map_err(web.problem())?;
    Ok(made.map(|(jpeg, width, height)| Picture { jpeg, width, height, alt: shown.alt, caption: shown.caption }))
}
