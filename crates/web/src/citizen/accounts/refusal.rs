//! What accounts refuse, as pages say it: a sentence beside the field, another page, or an error page.

use crate::{
    citizen::{
        answer::{go, html_as},
        errors::Errors,
    },
    error::Problem,
    middleware::encode,
    page::Page,
    state::Web,
};
use askama::Template;
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use base::{clock::Millis, phone::BadPhone, show};
use domain::{
    accounts::Error,
    error::{Error as Shared, FieldError},
};

/// Why a handler stops: something is wrong, the way leads through another page, or the same page is shown once more.
#[derive(Debug)]
pub enum Out {
    Problem(Problem),
    To(String),
    Shown(Box<Response>),
}

impl From<Problem> for Out {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl IntoResponse for Out {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::To(path) => go(&path),
            Self::Shown(page) => *page,
        }
    }
}

pub type Answer = Result<Response, Out>;

/// To prove that it is oneself, and back to `page`.
pub fn step_up(page: &str) -> Out {
    Out::To(format!("/xac-nhan?next={}", encode(page)))
}

/// A refusal that the same page shows.
#[derive(Debug)]
pub struct Refused {
    pub errors: Errors,
    pub status: StatusCode,
    seconds: Option<i64>,
}

impl Refused {
    pub fn none() -> Self {
        Self { errors: Errors::none(), status: StatusCode::OK, seconds: None }
    }

    pub fn fields(p: &Page, wrong: &[FieldError]) -> Self {
        Self { errors: Errors::of(p, wrong), status: StatusCode::UNPROCESSABLE_ENTITY, seconds: None }
    }

    /// One sentence beside one field.
    pub fn at(field: &'static str, text: String) -> Self {
        let mut errors = Errors::none();
        errors.add(field, format!("#f-{field}"), text);
        Self { errors, status: StatusCode::UNPROCESSABLE_ENTITY, seconds: None }
    }

    /// The page with its status and, where it helps, how long to wait.
    pub fn page(status: StatusCode, seconds: Option<i64>, template: &impl Template) -> Answer {
        let mut response = html_as(status, template)?;
        if let Some(value) = seconds.and_then(|s| HeaderValue::from_str(&s.to_string()).ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        Ok(response)
    }

    /// Takes the parts that a template does not need, so that it can own the errors.
    pub fn split(self) -> (Errors, StatusCode, Option<i64>) {
        (self.errors, self.status, self.seconds)
    }
}

/// A refusal beside `field`. Who must prove themselves first is led there and comes back to `page`.
pub fn refused(web: &Web, p: &Page, error: Error, field: &'static str, page: &str) -> Result<Refused, Out> {
    if let Some(at) = error.again_at() {
        let mut said = Refused::at(field, waiting(p, &error, at));
        said.status = StatusCode::TOO_MANY_REQUESTS;
        said.seconds = Some(seconds_to(p, at));
        return Ok(said);
    }
    match error {
        Error::Shared(Shared::Invalid(fields)) => Ok(Refused::fields(p, &fields)),
        Error::Shared(Shared::StepUp) => Err(step_up(page)),
        Error::Shared(_) | Error::Busy | Error::FlowGone => Err(Out::Problem(web.account_problem()(error))),
        Error::WrongCode { left } => Ok(Refused::at(field, p.t1(error.key(), "left", left))),
        Error::Blocked { ref reason } => Ok(Refused::at(field, p.t1(error.key(), "reason", reason))),
        // The same words at the citizens' door, whatever was wrong (A14); with what to do now.
        Error::WrongCredentials => Ok(Refused::at(field, p.t("acc-wrong-credentials").into_owned())),
        Error::SmsPaused => {
            let mut said = Refused::at(field, p.t(error.key()).into_owned());
            said.status = StatusCode::SERVICE_UNAVAILABLE;
            Ok(said)
        }
        ref other => Ok(Refused::at(field, p.t(other.key()).into_owned())),
    }
}

/// The sentence alone, for scripts.
pub fn sentence(web: &Web, p: &Page, error: Error) -> Result<String, Out> {
    let said = refused(web, p, error, "main", super::keep::HOME)?;
    Ok(said.errors.0.into_iter().map(|w| w.text).collect::<Vec<_>>().join(" "))
}

fn seconds_to(p: &Page, at: Millis) -> i64 {
    ((at - p.now + 999) / 1000).max(1)
}

/// A sentence with the wait: seconds while they are few, else the time of day, or day and time.
pub fn waiting(p: &Page, error: &Error, at: Millis) -> String {
    let seconds = seconds_to(p, at);
    let time = if show::date(at) == show::date(p.now) { show::time(at) } else { show::date_time(at) };
    let key = match error {
        Error::Shared(_) if seconds <= 120 => "acc-too-often-seconds",
        Error::Shared(_) => "acc-too-often-time",
        other => other.key(),
    };
    p.t2(key, "seconds", seconds, "time", time)
}

/// What is wrong with a typed phone number.
pub fn bad_phone(p: &Page, bad: BadPhone) -> Refused {
    let key = match bad {
        BadPhone::Landline => "phone-landline",
        BadPhone::Empty => "phone-empty",
        BadPhone::Foreign => "phone-foreign",
        BadPhone::Invalid => "phone-invalid",
    };
    Refused::fields(p, &[FieldError { field: "phone", key }])
}
