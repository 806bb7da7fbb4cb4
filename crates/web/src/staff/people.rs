//! Staff accounts (A16, X6): who works here, with which roles where. Made by an administrator of the unit; first passwords are
//! shown once, on the answer itself.

use super::{
    door::sentence,
    edit::MakePage,
    form::{self, Field, Wrong, fill},
    shell::{self, Shell, go_saying, html, html_as, id, role_key},
};
use crate::{
    error::Problem,
    forms::Fields,
    middleware::encode,
    page::Page,
    state::Web,
    visit::{Desk, Form},
};
use askama::Template;
use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use base::{ids::Uuid, keys::Secret, phone::PhoneNumber};
use domain::{
    accounts::{Error, FullName, Username},
    error::{Error as Shared, FieldError},
    rights::{Right, Role},
    staff::{Filter, Member, NewStaff, Staff, policy},
};

const LIST: &str = "/can-bo/quan-ly/can-bo";
const MAKE: MakePage = MakePage {
    here: "people",
    list: LIST,
    list_title: "desk-people-title",
    title: "desk-person-new",
    intro: "desk-person-new-intro",
    button: "desk-person-create",
};
const PAGE: usize = 50;

struct Line {
    id: Uuid,
    name: String,
    username: String,
    title: String,
    roles: Vec<String>,
    active: bool,
    has_factor: bool,
    seen: String,
}

#[derive(Template)]
#[template(path = "staff/people.html")]
struct PeoplePage {
    p: Page,
    s: Shell,
    fields: Vec<Field>,
    lines: Vec<Line>,
    total: String,
    before: Option<String>,
    after: Option<String>,
    narrowed: bool,
}

/// A role that somebody holds, and how to take it away.
struct Held {
    unit: String,
    unit_name: String,
    role: &'static str,
    role_name: String,
}

#[derive(Template)]
#[template(path = "staff/person.html")]
struct PersonPage {
    p: Page,
    s: Shell,
    m: Member,
    phone: String,
    seen: String,
    since: String,
    held: Vec<Held>,
    may_change: bool,
    grant: Vec<Field>,
    wrong: Vec<Wrong>,
    /// The reason that was typed, and what it was typed for.
    reason: String,
}

#[derive(Template)]
#[template(path = "staff/password.html")]
struct PasswordPage {
    p: Page,
    s: Shell,
    title: String,
    username: String,
    password: String,
    to: String,
}

pub(super) fn staff(web: &Web) -> Staff {
    Staff::new(web.accounts.clone())
}

/// Roles that this person may give somewhere.
fn roles_of(desk: &Desk) -> Vec<(String, String)> {
    let may = |role: &Role| desk.officer.grants.iter().any(|g| policy::grantable(g.role).contains(role));
    let name = |role: Role| (role.as_str().to_owned(), desk.page.t(&role_key(role)).into_owned());
    Role::ALL.into_iter().filter(may).map(name).collect()
}

/// Units where this person may give roles; the whole province first for who has it.
fn units(desk: &Desk) -> Vec<(String, String)> {
    let mut units = shell::units_of(desk, Right::StaffManage);
    if desk.officer.may(Right::StaffManage, "*", &[]) {
        units.insert(0, ("*".into(), desk.page.t("desk-whole-province").into_owned()));
    }
    units
}

fn grants(p: &Page, m: &Member) -> Vec<String> {
    m.grants.iter().map(|g| format!("{} – {}", p.t(&role_key(g.role)), p.unit_name(&g.unit))).collect()
}

fn shown_time(at: Option<i64>) -> String {
    at.map(base::show::date_time).unwrap_or_default()
}

pub async fn list(State(web): State<Web>, desk: Desk, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let f = Fields::parse(raw.unwrap_or_default().as_bytes());
    let at = f.get("trang").parse::<usize>().unwrap_or(1).clamp(1, 1_000) - 1;
    let filter = Filter {
        text: f.get("ten").chars().take(100).collect(),
        unit: f.get("don-vi").to_owned(),
        role: Role::parse(f.get("vai-tro")),
        active: match f.get("tinh-trang") {
            "mo" => Some(true),
            "khoa" => Some(false),
            _ => None,
        },
        without_factor: f.get("tinh-trang") == "thieu",
        page: at,
    };
    let found = staff(&web).list(&desk.officer, &filter).await.map_err(web.account_problem())?;
    let s = Shell::load(&web, &desk, "people").await?;
    let p = desk.page.clone();
    let all = || [(String::new(), p.t("desk-all").into_owned())];
    let state = |value: &str, key: &str| (value.to_owned(), p.t(key).into_owned());
    let roles = Role::ALL.map(|r| (r.as_str().to_owned(), p.t(&role_key(r)).into_owned()));
    let states = [
        state("mo", "desk-person-active"),
        state("khoa", "desk-person-closed"),
        state("thieu", "desk-person-no-factor"),
    ];
    let fields = vec![
        Field::new("text", "ten", p.t("desk-people-search")).value(f.get("ten")),
        Field::new("select", "don-vi", p.t("desk-field-unit"))
            .value(f.get("don-vi"))
            .choices(all())
            .choices(units(&desk)),
        Field::new("select", "vai-tro", p.t("desk-field-role")).value(f.get("vai-tro")).choices(all()).choices(roles),
        Field::new("select", "tinh-trang", p.t("desk-people-state"))
            .value(f.get("tinh-trang"))
            .choices(all())
            .choices(states),
    ];
    let kept: Vec<String> = ["ten", "don-vi", "vai-tro", "tinh-trang"]
        .iter()
        .filter_map(|n| f.some(n).map(|v| format!("{n}={}", encode(v))))
        .collect();
    let turn =
        |to: usize| format!("{LIST}?{}{}trang={}", kept.join("&"), if kept.is_empty() { "" } else { "&" }, to + 1);
    let page = PeoplePage {
        total: p.tn("desk-people-total", found.all as i64),
        before: (at > 0).then(|| turn(at - 1)),
        after: ((at + 1) * PAGE < found.all).then(|| turn(at + 1)),
        narrowed: !kept.is_empty(),
        lines: found
            .members
            .iter()
            .map(|m| Line {
                id: m.id,
                name: m.full_name.clone(),
                username: m.username.clone(),
                title: m.title.clone(),
                roles: grants(&p, m),
                active: m.active,
                has_factor: m.has_factor,
                seen: shown_time(m.last_seen_at),
            })
            .collect(),
        fields,
        s,
        p,
    };
    html(&page)
}

fn new_fields(desk: &Desk) -> Vec<Field> {
    let p = &desk.page;
    let choose = || [(String::new(), p.t("desk-choose").into_owned())];
    vec![
        Field::new("text", "full_name", p.t("desk-field-full-name")),
        Field::new("text", "username", p.t("desk-field-username")).hint(p.t("desk-field-username-hint")),
        Field::new("text", "title", p.t("desk-field-title")).optional(),
        Field::new("text", "phone", p.t("desk-field-phone")).hint(p.t("desk-field-phone-hint")).optional(),
        Field::new("select", "unit", p.t("desk-field-unit")).choices(choose()).choices(units(desk)),
        Field::new("select", "role", p.t("desk-field-role")).choices(choose()).choices(roles_of(desk)),
    ]
}

pub async fn new_page(State(web): State<Web>, desk: Desk) -> Result<Response, Problem> {
    let fields = new_fields(&desk);
    MAKE.show(&web, &desk, fields, Vec::new()).await
}

/// Reads the form; every wrong field at once.
fn read_new(f: &Fields) -> Result<NewStaff, Vec<FieldError>> {
    let mut wrong = Vec::new();
    let name =
        FullName::parse(f.get("full_name")).map_err(|e| wrong.push(FieldError { field: "full_name", key: e.key }));
    let username =
        Username::parse(f.get("username")).map_err(|e| wrong.push(FieldError { field: "username", key: e.key }));
    let phone = match f.some("phone") {
        None => None,
        Some(typed) => {
            PhoneNumber::parse(typed).map_err(|_| wrong.push(FieldError { field: "phone", key: "staff-phone" })).ok()
        }
    };
    let role = Role::parse(f.get("role"));
    if role.is_none() {
        wrong.push(FieldError { field: "role", key: "role-missing" });
    }
    if f.get("unit").is_empty() {
        wrong.push(FieldError { field: "unit", key: "person-unit-missing" });
    }
    match (name, username, role) {
        (Ok(full_name), Ok(username), Some(role)) if wrong.is_empty() => Ok(NewStaff {
            full_name,
            username,
            title: base::text::one_line(f.get("title")),
            phone,
            unit: f.get("unit").to_owned(),
            role,
        }),
        _ => Err(wrong),
    }
}

pub async fn create(State(web): State<Web>, Form { by: desk, fields: typed }: Form<Desk>) -> Result<Response, Problem> {
    let refused = match read_new(&typed) {
        Ok(new) => {
            let username = new.username.as_str().to_owned();
            match staff(&web).create(&desk.officer, new).await {
                Ok((id, password)) => return first_password(&web, &desk, username, &password, id).await,
                Err(Error::UsernameTaken) => vec![FieldError { field: "username", key: "username-taken" }],
                Err(Error::PhoneTaken) => vec![FieldError { field: "phone", key: "phone-taken" }],
                Err(Error::Shared(Shared::Invalid(fields))) => fields,
                Err(Error::Shared(Shared::Forbidden)) => vec![FieldError { field: "role", key: "role-not-yours" }],
                Err(e) => return Err(web.account_problem()(e)),
            }
        }
        Err(wrong) => wrong,
    };
    let mut fields = new_fields(&desk);
    fill(&mut fields, &typed);
    let wrong = form::mark(&desk.page, &mut fields, &refused);
    MAKE.show(&web, &desk, fields, wrong).await
}

/// The page that shows a first password: not after a redirect, because it is kept nowhere and shown once.
async fn first_password(
    web: &Web,
    desk: &Desk,
    username: String,
    password: &Secret,
    id: Uuid,
) -> Result<Response, Problem> {
    let s = Shell::load(web, desk, "people").await?;
    let p = desk.page.clone();
    let title = p.t("desk-password-first-title").into_owned();
    html(&PasswordPage { s, title, username, password: password.expose().to_owned(), to: format!("{LIST}/{id}"), p })
}

async fn show(web: &Web, desk: &Desk, who: Uuid, wrong: Vec<Wrong>, typed: &Fields) -> Result<Response, Problem> {
    let (m, may_change) = staff(web).member(&desk.officer, who).await.map_err(web.account_problem())?;
    let s = Shell::load(web, desk, "people").await?;
    let p = desk.page.clone();
    let choose = || [(String::new(), p.t("desk-choose").into_owned())];
    let mut grant = vec![
        Field::new("select", "role", p.t("desk-field-role")).in_form("quyen").choices(choose()).choices(roles_of(desk)),
        Field::new("select", "unit", p.t("desk-field-unit")).in_form("quyen").choices(choose()).choices(units(desk)),
    ];
    fill(&mut grant, typed);
    let held = m.grants.iter().map(|g| Held {
        unit: g.unit.clone(),
        unit_name: p.unit_name(&g.unit),
        role: g.role.as_str(),
        role_name: p.t(&role_key(g.role)).into_owned(),
    });
    let status = if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let phone = m.phone.as_deref().and_then(|n| PhoneNumber::parse(n).ok()).map(|n| n.national()).unwrap_or_default();
    let page = PersonPage {
        phone,
        seen: shown_time(m.last_seen_at),
        since: base::show::date(m.created_at),
        held: held.collect(),
        may_change,
        grant,
        wrong,
        reason: typed.get("reason").to_owned(),
        m,
        s,
        p,
    };
    html_as(status, &page)
}

pub async fn one(State(web): State<Web>, desk: Desk, Path(who): Path<String>) -> Result<Response, Problem> {
    show(&web, &desk, id(&who)?, Vec::new(), &Fields::default()).await
}

/// After a change of an account: back to it with a word, or the page with what was wrong.
async fn after(
    web: &Web,
    desk: &Desk,
    who: Uuid,
    typed: &Fields,
    done: Result<(), Error>,
    flash: &str,
) -> Result<Response, Problem> {
    let text = match done {
        Ok(()) => return Ok(go_saying(web, &format!("{LIST}/{who}"), flash)),
        Err(Error::Shared(Shared::State)) => desk.page.t("desk-person-unchanged").into_owned(),
        Err(e) => sentence(web, &desk.page, e)?,
    };
    show(web, desk, who, vec![Wrong { id: "main".into(), text }], typed).await
}

/// Gives or takes a role.
pub async fn roles(
    State(web): State<Web>,
    Path(who): Path<String>,
    Form { by: desk, fields: f }: Form<Desk>,
) -> Result<Response, Problem> {
    let who = id(&who)?;
    let done = match Role::parse(f.get("role")) {
        None => Err(Error::field("role", "role-missing")),
        Some(role) if f.get("lam") == "bo" => {
            staff(&web).revoke(&desk.officer, who, f.get("unit"), role, f.get("reason")).await
        }
        Some(role) => staff(&web).grant(&desk.officer, who, f.get("unit"), role, f.get("reason")).await,
    };
    after(&web, &desk, who, &f, done, "flash-desk-roles-saved").await
}

pub async fn deactivate(
    State(web): State<Web>,
    Path(who): Path<String>,
    Form { by: desk, fields: f }: Form<Desk>,
) -> Result<Response, Problem> {
    let who = id(&who)?;
    let done = staff(&web).set_active(&desk.officer, who, false, f.get("reason")).await;
    after(&web, &desk, who, &f, done, "flash-desk-person-closed").await
}

pub async fn reactivate(
    State(web): State<Web>,
    Path(who): Path<String>,
    Form { by: desk, fields: f }: Form<Desk>,
) -> Result<Response, Problem> {
    let who = id(&who)?;
    let done = staff(&web).set_active(&desk.officer, who, true, f.get("reason")).await;
    after(&web, &desk, who, &f, done, "flash-desk-person-opened").await
}

/// A new first password, or no second factor any more: for who lost theirs.
pub async fn reset(
    State(web): State<Web>,
    Path(who): Path<String>,
    Form { by: desk, fields: f }: Form<Desk>,
) -> Result<Response, Problem> {
    let who = id(&who)?;
    if f.get("lam") == "mat-khau" {
        return match staff(&web).reset_password(&desk.officer, who, f.get("reason")).await {
            Ok(password) => {
                let (m, _) = staff(&web).member(&desk.officer, who).await.map_err(web.account_problem())?;
                first_password(&web, &desk, m.username, &password, who).await
            }
            Err(e) => after(&web, &desk, who, &f, Err(e), "").await,
        };
    }
    let done = staff(&web).reset_factor(&desk.officer, who, f.get("reason")).await;
    after(&web, &desk, who, &f, done, "flash-desk-factor-reset").await
}
