//! Every error becomes an answer here and nowhere else: a page for people that says what happened and what to do now, or
//! problem+json (RFC 9457) for programs. Details go to the log, never into the answer.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::error::{Error, FieldError};
use serde::Serialize;
use store::Trouble;

/// What went wrong, as far as the outside may know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    NotFound,
    Forbidden,
    /// Sign in first; after that back to where one was.
    SignIn,
    /// The form is too old or from elsewhere: its anti-forgery token does not fit.
    Expired,
    /// A proof of the person is needed first.
    StepUp,
    /// Somebody acts for another person, and this is only for that person (A19).
    Acting,
    /// Staff must first enrol a second factor or choose an own password (A16).
    Duty,
    BadRequest,
    TooLarge,
    Invalid(Vec<FieldError>),
    State,
    Changed {
        by: String,
        at: i64,
    },
    /// Seconds to wait.
    TooOften {
        seconds: i64,
    },
    /// The store is busy or away; again in a moment.
    Busy,
    DiskFull,
    Internal,
}

impl Problem {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::Expired | Self::StepUp | Self::Duty | Self::Acting => StatusCode::FORBIDDEN,
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::State | Self::Changed { .. } => StatusCode::CONFLICT,
            Self::TooOften { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Names the texts `error-<code>-title` and `error-<code>-text`, and the problem type of the API.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Forbidden => "forbidden",
            Self::Acting => "acting",
            Self::SignIn => "sign-in",
            Self::Expired => "expired",
            Self::StepUp | Self::Duty => "step-up",
            Self::BadRequest => "bad-request",
            Self::TooLarge => "too-large",
            Self::Invalid(_) => "invalid",
            Self::State => "state",
            Self::Changed { .. } => "changed",
            Self::TooOften { .. } => "too-often",
            Self::Busy => "busy",
            Self::DiskFull => "disk-full",
            Self::Internal => "internal",
        }
    }

    /// From a service's refusal. `now` turns "again at" into seconds.
    pub fn from_domain(error: Error, now: i64) -> Self {
        match error {
            Error::Store(e) => {
                let problem = match e.trouble() {
                    Trouble::Busy => Self::Busy,
                    Trouble::DiskFull => Self::DiskFull,
                    Trouble::Exists | Trouble::Broken => Self::Internal,
                };
                tracing::error!(error = %e, problem = problem.code(), "the store failed");
                problem
            }
            Error::NotFound => Self::NotFound,
            Error::Forbidden => Self::Forbidden,
            Error::Invalid(fields) => Self::Invalid(fields),
            Error::Changed { by, at } => Self::Changed { by, at },
            Error::State => Self::State,
            Error::TooOften { again_at } => Self::TooOften { seconds: ((again_at - now) / 1000).max(1) },
            Error::StepUp => Self::StepUp,
            Error::Internal(what) => {
                tracing::error!(what, "internal error");
                Self::Internal
            }
        }
    }

    /// From a refusal of accounts that the page does not show itself.
    pub fn from_accounts(error: domain::accounts::Error, now: i64) -> Self {
        use domain::accounts::Error as A;
        let again_at = error.again_at();
        match error {
            A::Shared(e) => Self::from_domain(e, now),
            A::Busy => Self::Busy,
            A::FlowGone => Self::Expired,
            _ => match again_at {
                Some(at) => Self::TooOften { seconds: ((at - now) / 1000).max(1) },
                None => Self::BadRequest,
            },
        }
    }

    fn retry_after(&self) -> Option<i64> {
        match self {
            Self::TooOften { seconds } => Some(*seconds),
            Self::Busy => Some(2),
            Self::DiskFull => Some(60),
            _ => None,
        }
    }

    /// The headers that go with this problem, whatever the body is.
    pub fn finish(&self, mut response: Response) -> Response {
        *response.status_mut() = self.status();
        if let Some(seconds) = self.retry_after()
            && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
        {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }

    /// As problem+json; `detail` is a sentence for people in their language.
    pub fn json(&self, detail: String) -> Response {
        let body = ProblemJson {
            kind: format!("urn:congdanso:problem:{}", self.code()),
            title: self.code(),
            status: self.status().as_u16(),
            detail,
            errors: match self {
                Self::Invalid(fields) => fields.iter().map(|f| FieldJson { field: f.field, code: f.key }).collect(),
                _ => Vec::new(),
            },
        };
        let mut response = axum::Json(body).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        self.finish(response)
    }
}

/// RFC 9457.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemJson {
    /// Names the kind of problem; stable.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: &'static str,
    pub status: u16,
    pub detail: String,
    /// Fields that do not fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldJson>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FieldJson {
    pub field: &'static str,
    pub code: &'static str,
}

/// Marks a response whose body the error middleware still has to write, in the visitor's language.
#[derive(Debug, Clone)]
pub struct Pending(pub Problem);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Pending(self));
        response
    }
}

impl From<crate::forms::BadBody> for Problem {
    fn from(bad: crate::forms::BadBody) -> Self {
        match bad {
            crate::forms::BadBody::TooLarge => Self::TooLarge,
            crate::forms::BadBody::Busy => Self::Busy,
            _ => Self::BadRequest,
        }
    }
}

/// Turns a service's refusal into a problem: `.map_err(web.problem())`.
impl crate::state::Web {
    pub fn problem(&self) -> impl Fn(Error) -> Problem + use<> {
        let now = self.core.now();
        move |e| Problem::from_domain(e, now)
    }

    pub fn account_problem(&self) -> impl Fn(domain::accounts::Error) -> Problem + use<> {
        let now = self.core.now();
        move |e| Problem::from_accounts(e, now)
    }
}
