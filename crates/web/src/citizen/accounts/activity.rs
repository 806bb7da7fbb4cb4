//! Hoạt động tài khoản (A18): every sign-in and change, and every look of a member of staff with unit and reason.

use super::{
    devices,
    form::{Head, shown},
    keep,
    refusal::Answer,
};
use crate::{citizen::papers, page::Page, state::Web, visit::Citizen};
use askama::Template;
use axum::extract::{RawQuery, State};
use base::ids::Uuid;
use domain::accounts::{
    activity,
    verify::{OWN, SELF, questions::Asked},
};

/// Lines of a page, as the domain gives them.
const PAGE: usize = 30;

/// What the names of all that happens with organisations begin with; their detail is its name.
const ORGANIZATION: &str = "organization-";
/// And of working for one.
const BEHALF: &str = "behalf-";

struct Line {
    icon: &'static str,
    /// Done by staff: shown so that it is not overlooked.
    staff: bool,
    text: String,
    when: String,
    iso: String,
    notes: Vec<String>,
}

#[derive(Template)]
#[template(path = "citizen/accounts/activity.html")]
struct ActivityPage {
    p: Page,
    h: Head,
    lines: Vec<Line>,
    more: Option<String>,
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let before = Uuid::parse_str(keep::query(&raw).get("truoc")).ok();
    let found = web.accounts.activity(by.signed.account, before).await.map_err(web.account_problem())?;
    let asks = found.iter().any(|l| l.kind == "registry-asked");
    let questions = match asks {
        true => web.accounts.registry_questions(by.signed.account).await.map_err(web.account_problem())?,
        false => Vec::new(),
    };
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-activity-title", "/tai-khoan");
    let more = found.last().filter(|_| found.len() == PAGE).map(|l| format!("/tai-khoan/hoat-dong?truoc={}", l.id));
    let lines = found.iter().map(|l| line(&p, l, &questions)).collect();
    shown(&ActivityPage { p, h, lines, more })
}

fn line(p: &Page, l: &activity::Line, questions: &[Asked]) -> Line {
    let staff = l.by_unit.is_some() || l.kind == "look";
    let mut notes = Vec::new();
    if let Some(unit) = &l.by_unit {
        let unit = if unit == "*" { p.province_name().to_owned() } else { p.unit_name(unit) };
        notes.push(p.t1("acc-activity-unit", "unit", unit));
    }
    if let Some(name) = l.by_name.as_deref().filter(|name| !name.is_empty()) {
        notes.push(name.to_owned());
    }
    if !l.reason.is_empty() {
        notes.push(p.t1("acc-activity-reason", "reason", &l.reason));
    }
    notes.extend(detail(p, l));
    if l.kind == "registry-asked"
        && let Some(asked) = questions.iter().find(|q| q.id.to_string() == l.detail)
    {
        notes.extend(question(p, asked));
    }
    if !l.device.is_empty() {
        notes.push(l.device.clone());
    }
    Line {
        icon: icon(&l.kind),
        staff,
        text: p.t(&l.key()).into_owned(),
        when: p.long_time(&l.at),
        iso: p.iso(&l.at),
        notes,
    }
}

/// A question to the population registry (A7): for what, by whom, what was answered, and its id there.
fn question(p: &Page, asked: &Asked) -> Vec<String> {
    let officer = if asked.officer == SELF { p.t("question-officer-self").into_owned() } else { asked.officer.clone() };
    let fields =
        [("fact-full_name", &asked.full_name), ("fact-birth_date", &asked.birth_date), ("fact-sex", &asked.sex)];
    let wrong = fields.iter().filter(|(_, verdict)| verdict.as_deref() == Some("mismatch"));
    let wrong: Vec<String> = wrong.map(|(key, _)| p.t(key).into_owned()).collect();
    let procedure = match asked.procedure.as_str() {
        OWN => p.t("question-procedure-own").into_owned(),
        other => other.to_owned(),
    };
    let mut notes = vec![
        p.t2("question-line", "procedure", procedure, "officer", officer),
        p.t(&format!("question-{}", asked.outcome)).into_owned(),
    ];
    if !wrong.is_empty() {
        notes.push(p.t1("question-fields", "fields", wrong.join(", ")));
    }
    notes.push(p.t1("question-id", "id", asked.id));
    notes
}

fn icon(kind: &str) -> &'static str {
    match kind {
        "look" => "eye",
        "signed-in" | "registered" => "smartphone",
        "signed-out" | "session-ended" => "log-out",
        "profile-changed" | "settings-changed" | "username-changed" | "phone-changed" => "pencil",
        "consent-given" | "consent-withdrawn" | "data-request" => "file-text",
        "data-downloaded" => "download",
        "linked" | "unlinked" | "verified" | "registry-asked" => "shield-check",
        "card-kept" | "card-gone" => "file-text",
        "blocked" | "unblocked" => "lock",
        kind if kind.starts_with(ORGANIZATION) || kind.starts_with(BEHALF) => "building-2",
        kind if kind.starts_with("help") || kind.starts_with("child") => "users",
        _ => "key-round",
    }
}

/// The short addition of a line in words; what has none is left out.
fn detail(p: &Page, l: &activity::Line) -> Option<String> {
    let text = match l.kind.as_str() {
        "signed-in" => match devices::method(p, &l.detail) {
            how if how.is_empty() => how,
            how => p.t1("acc-device-how", "how", how),
        },
        "profile-changed" | "settings-changed" => known(p, &format!("acc-field-{}", l.detail))?,
        "consent-given" | "consent-withdrawn" => {
            let (kind, version) = l.detail.split_once(' ').unwrap_or((&l.detail, ""));
            let name = known(p, &format!("acc-consent-{kind}"))?;
            if version.is_empty() {
                name
            } else {
                p.t2("acc-consent-version", "name", name, "version", papers::version(p, version))
            }
        }
        "look" => {
            let code = l.detail.strip_prefix("report ")?;
            p.t1("acc-activity-report", "code", p.code(code))
        }
        "help-did" => {
            let (act, code) = l.detail.split_once(' ').unwrap_or((&l.detail, ""));
            p.t2("help-did-what", "act", p.t(&format!("help-act-{act}")), "code", p.code(code))
        }
        "passkey-added" | "passkey-removed" => l.detail.clone(),
        "behalf-reported" => {
            let (code, name) = l.detail.split_once(" · ").unwrap_or((&l.detail, ""));
            format!("{} · {name}", p.code(code))
        }
        kind if kind.starts_with(ORGANIZATION) || kind.starts_with(BEHALF) => l.detail.clone(),
        _ => String::new(),
    };
    Some(text).filter(|t| !t.is_empty())
}

fn known(p: &Page, key: &str) -> Option<String> {
    p.l.has(key).then(|| p.t(key).into_owned())
}
