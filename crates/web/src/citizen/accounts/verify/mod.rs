//! «Xác thực thông tin cá nhân» (A7): where one stands, three ways to show a card, and what is kept of it.

pub mod check;
pub mod typed;

use super::{
    form::Head,
    keep,
    linked::own::shown_date,
    refusal::{Answer, Refused, refused},
};
use crate::{
    citizen::answer::{go, go_saying},
    error::Problem,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::HeaderValue,
    response::Response,
};
use domain::{
    accounts::{
        Error,
        linked::{Facts, Standing},
        verify::{Said, picture},
    },
    reports::photos::BadPhoto,
};

pub const PAGE: &str = "/tai-khoan/xac-thuc";

/// One thing that is known.
pub struct Known {
    pub label: String,
    pub value: String,
}

/// Where the person stands, as a tag and a sentence.
pub struct Status {
    /// Look of the tag.
    pub look: &'static str,
    pub icon: &'static str,
    pub tag: String,
    pub text: String,
}

impl Status {
    pub fn of(web: &Web, p: &Page, standing: &Standing) -> Self {
        let (look, icon, key, text) = match standing {
            Standing::Unknown => ("tag--warn", "shield-alert", "verify-tag-none", p.t("verify-none").into_owned()),
            Standing::Read { at } => {
                ("tag--info", "file-text", "verify-tag-read", p.t1("verify-read", "time", p.date_time(at)))
            }
            Standing::Verified { by, at } => {
                let text = p.t2("verify-verified", "by", source(web, p, by), "time", p.date_time(at));
                ("tag--ok", "shield-check", "verify-tag-verified", text)
            }
        };
        Self { look, icon, tag: p.t(key).into_owned(), text }
    }
}

/// Who says a fact, as people call them.
pub fn source(web: &Web, p: &Page, name: &str) -> String {
    let key = format!("source-{name}");
    match web.provider(name) {
        Some(provider) => provider.label.get(p.lang()).to_owned(),
        None if p.l.has(&key) => p.t(&key).into_owned(),
        None => name.to_owned(), // linked once, no longer configured
    }
}

/// The facts that people are shown, the number masked.
pub fn known(p: &Page, facts: &Facts) -> Vec<Known> {
    let value = |name: &str, value: &str| match (name, value) {
        ("number", _) => facts.masked_number(),
        ("sex", "male") => p.t("sex-male").into_owned(),
        ("sex", _) => p.t("sex-female").into_owned(),
        ("birth_date", date) => shown_date(date),
        _ => value.to_owned(),
    };
    ["full_name", "number", "birth_date", "sex"]
        .into_iter()
        .filter_map(|name| facts.get(name))
        .map(|fact| Known {
            label: p.t(&format!("fact-{}", fact.name)).into_owned(),
            value: value(&fact.name, &fact.value),
        })
        .collect()
}

#[derive(Template)]
#[template(path = "citizen/accounts/verify.html")]
struct VerifyPage {
    p: Page,
    h: Head,
    status: Status,
    known: Vec<Known>,
    /// There is nothing more to prove.
    verified: bool,
    /// What is known was only read from a card.
    read: bool,
    /// The registry can be asked here.
    connected: bool,
}

/// The one page that may use the camera.
fn with_camera(mut response: Response) -> Response {
    let policy = HeaderValue::from_static("geolocation=(), camera=(self), microphone=(), payment=(), usb=()");
    response.headers_mut().insert("permissions-policy", policy);
    response
}

async fn show(web: &Web, by: Citizen, warn: String, refused: Refused) -> Answer {
    let facts = web.accounts.facts(by.signed.account).await.map_err(web.account_problem())?;
    let standing = facts.standing();
    let mut p = by.visit.page;
    let (errors, status, seconds) = refused.split();
    let verified = matches!(standing, Standing::Verified { .. });
    let mut h = Head::own(&mut p, "verify-title", "/tai-khoan").wrong(errors).warn(warn);
    if !verified {
        h = h.island("islands/scan.js");
    }
    let page = VerifyPage {
        status: Status::of(web, &p, &standing),
        known: known(&p, &facts),
        verified,
        read: matches!(standing, Standing::Read { .. }),
        connected: web.registry.is_some(),
        h,
        p,
    };
    Refused::page(status, seconds, &page).map(with_camera)
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    let gone = keep::query(&raw).has("het-han");
    let warn = if gone { by.visit.page.t("verify-over").into_owned() } else { String::new() };
    show(&web, by, warn, Refused::none()).await
}

/// Reloading the answer to a form leads back to the page.
pub async fn back() -> Response {
    go(PAGE)
}

/// What the page's script read.
pub async fn code(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    take(&web, by, Said::Code(fields.get("code"))).await
}

/// A photo: read here, kept nowhere.
pub async fn photo(State(web): State<Web>, visit::UploadForm { by, upload }: visit::UploadForm<Citizen>) -> Answer {
    let say = |by: &Citizen, key: &str| Refused::at("photo", by.visit.page.t(key).into_owned());
    if let Err(e) = web.accounts.may_show_card(&by.signed, &by.visit.visitor).await {
        let said = refused(&web, &by.visit.page, e, "photo", PAGE)?;
        return show(&web, by, String::new(), said).await;
    }
    if !upload.too_large.is_empty() {
        let said = say(&by, "verify-photo-too-large");
        return show(&web, by, String::new(), said).await;
    }
    let Some(file) = upload.files.into_iter().find(|file| file.field == "photo") else {
        let said = say(&by, "verify-photo-missing");
        return show(&web, by, String::new(), said).await;
    };
    let found = match picture::codes(file.bytes.to_vec()).await {
        Ok(Ok(found)) => found,
        Ok(Err(bad)) => {
            let key = if bad == BadPhoto::Empty { "photo-missing" } else { bad.key() };
            let said = say(&by, &format!("verify-{key}"));
            return show(&web, by, String::new(), said).await;
        }
        Err(e) => return Err(web.account_problem()(e).into()),
    };
    let cards: Vec<&String> = found.iter().filter(|text| picture::is_like_a_card(text)).collect();
    match (cards.as_slice(), found.first()) {
        ([_, _, ..], _) => {
            let said = say(&by, "verify-photo-several");
            show(&web, by, String::new(), said).await
        }
        ([one], _) => take(&web, by, Said::Code(one.as_str())).await,
        ([], Some(other)) => take(&web, by, Said::Code(other)).await,
        ([], None) => {
            // Counted, so that nobody makes this machine look at pictures all day.
            match web.accounts.show_card(&by.signed, Said::Nothing, &by.visit.visitor).await {
                Err(Error::Card(_)) | Ok(_) => {
                    let said = say(&by, "verify-photo-nothing");
                    show(&web, by, String::new(), said).await
                }
                Err(e) => {
                    let said = refused(&web, &by.visit.page, e, "photo", PAGE)?;
                    show(&web, by, String::new(), said).await
                }
            }
        }
    }
}

async fn take(web: &Web, by: Citizen, said: Said<'_>) -> Answer {
    match web.accounts.show_card(&by.signed, said, &by.visit.visitor).await {
        Ok(token) => Ok(keep::begin_flow(web, go(check::PAGE), &token)),
        Err(e) => {
            let said = refused(web, &by.visit.page, e, "photo", PAGE)?;
            show(web, by, String::new(), said).await
        }
    }
}

/// What was only read from a card is taken away.
pub async fn forget(State(web): State<Web>, visit::Form { by, .. }: visit::Form<Citizen>) -> Answer {
    match web.accounts.forget_card(&by.signed).await {
        Ok(()) => Ok(go_saying(&web, PAGE, "flash-card-gone")),
        Err(e) => match web.account_problem()(e) {
            Problem::NotFound => Ok(go(PAGE)), // pressed twice
            problem => Err(problem.into()),
        },
    }
}
