//! «USB ký số»: the text as a file, signed by the token's own software, and handed in. Three steps on one page, without a script.

use super::{Aim, challenge, first, note, signer, verifier};
use crate::{
    citizen::{
        accounts::{
            form::Head,
            keep::{self, Door, Doorway, carrying},
            refusal::{Answer, Out, Refused, refused},
        },
        answer::go,
    },
    error::Problem,
    forms::{self, Takes, Upload},
    national::door::{self, Tab},
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::{
    extract::{FromRequest, FromRequestParts, Request, State},
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use base::show;
use domain::accounts::{Error, Flow, FlowKind, by_signature::SIGNATURE, linked::Welcome};
use signing::Refusal;
use std::borrow::Cow;

pub const SIGN_IN: &str = "/dang-nhap/usb";
pub const REGISTER: &str = "/dang-ky/usb";

#[derive(Template)]
#[template(path = "national/usb.html")]
struct UsbPage {
    p: Page,
    h: Head,
    tabs: Vec<Tab>,
    u: Steps,
    /// The other way: to register, or to sign in.
    other: (String, &'static str),
}

/// The three steps: get the text, sign it, hand it in.
pub(in crate::national) struct Steps {
    pub(in crate::national) path: &'static str,
    pub(in crate::national) next: String,
    /// The text that waits to be signed; empty: none was given out.
    pub(in crate::national) text: String,
    pub(in crate::national) file: String,
    pub(in crate::national) until: String,
    pub(in crate::national) title: String,
    pub(in crate::national) lead: String,
}

impl Steps {
    /// `flow`: of the text that was given out; `words`: what the first page is called, and what it says.
    pub(in crate::national) fn of(
        web: &Web,
        path: &'static str,
        next: &str,
        flow: Option<&Flow>,
        words: [Cow<'_, str>; 2],
    ) -> Self {
        let [title, lead] = words.map(Cow::into_owned);
        Self {
            path,
            next: if next == keep::HOME { String::new() } else { next.to_owned() },
            text: flow.map(|flow| challenge::text(web, flow)).unwrap_or_default(),
            file: flow.map(challenge::file_name).unwrap_or_default(),
            until: flow.map(|flow| show::time(flow.expires_at)).unwrap_or_default(),
            title,
            lead,
        }
    }
}

async fn show(web: &Web, visit: Visit, aim: Aim, next: &str, gone: bool, said: Refused) -> Answer {
    verifier(web)?;
    let flow = web.accounts.flow(FlowKind::Sign, &keep::flow(web, &visit)).await.map_err(web.account_problem())?;
    let flow = flow.filter(|flow| flow.text("why") == aim.why);
    let has_mark = visit.mark.is_some();
    let p = visit.page;
    let (errors, status, seconds) = said.split();
    let warn = if gone { p.t("sign-over").into_owned() } else { String::new() };
    let registers = aim.path == REGISTER;
    let (title, how, back, other) = match registers {
        true => {
            ("sign-register-title", "sign-usb-how", carrying("/dang-ky", next), ("/dang-nhap/usb", "nat-have-account"))
        }
        false => ("acc-sign-in-title", "sign-usb-title", "/".to_owned(), ("/dang-ky/usb", "sign-no-account")),
    };
    let page = UsbPage {
        tabs: if registers { Vec::new() } else { door::tabs(web, &p, next, aim.path) },
        u: Steps::of(web, aim.path, next, flow.as_ref(), [p.t(how), p.t("sign-usb-lead")]),
        other: (carrying(other.0, next), other.1),
        h: Head::door(p.t(title), back).warn(warn).wrong(errors),
        p,
    };
    let response = Refused::page(status, seconds, &page)?;
    Ok(keep::forgetting(keep::marked(web, has_mark, response)))
}

pub async fn page(State(web): State<Web>, uri: Uri, Doorway { visit, asked, next }: Doorway) -> Answer {
    show(&web, visit, Aim::of(&uri)?, &next, asked.has("het-han"), Refused::none()).await
}

/// Reloading the answer to a form leads back to the page.
pub async fn back(uri: Uri) -> Response {
    go(uri.path().trim_end_matches("/ky"))
}

/// «Lấy tệp cần ký»
pub async fn start(State(web): State<Web>, uri: Uri, Door { visit, next, .. }: Door) -> Answer {
    let aim = Aim::of(&uri)?;
    verifier(&web)?;
    match web.accounts.start_signature(aim.why, visit.page.lang(), &visit.visitor).await {
        Ok(token) => Ok(keep::begin_flow(&web, go(&carrying(aim.path, &next)), &token)),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "file", aim.path)?;
            show(&web, visit, aim, &next, false, said).await
        }
    }
}

/// «Tải tệp cần ký»
pub async fn file(State(web): State<Web>, uri: Uri, Doorway { visit, next, .. }: Doorway) -> Answer {
    let aim = Aim::of(&uri)?;
    verifier(&web)?;
    let flow = web.accounts.flow(FlowKind::Sign, &keep::flow(&web, &visit)).await.map_err(web.account_problem())?;
    flow.map(|flow| text_file(&web, &flow)).ok_or_else(|| over(aim, &next))
}

/// The text as a file to be saved.
pub(in crate::national) fn text_file(web: &Web, flow: &Flow) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{}\"", challenge::file_name(flow))),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, challenge::text(web, flow)).into_response()
}

/// The signed file of a form. Errors: the key of what is wrong.
pub(in crate::national) fn handed_in(upload: &Upload) -> Result<&[u8], &'static str> {
    match upload.files.iter().find(|file| file.field == "file") {
        Some(file) => Ok(&file.bytes),
        None if upload.too_large.is_empty() => Err("sign-no-file"),
        None => Err(Refusal::TooBig.key()),
    }
}

fn over(aim: Aim, next: &str) -> Out {
    Out::To(carrying(&format!("{}?het-han=1", aim.path), next))
}

/// A file at the doors, where nobody is signed in and there is no token to check (see `headers::same_origin`).
pub struct DoorUpload {
    visit: Visit,
    upload: Upload,
    next: String,
}

impl FromRequest<Web> for DoorUpload {
    type Rejection = Out;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Out> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, web).await?;
        let upload = forms::read_upload(Request::from_parts(parts, body), Takes::Files).await.map_err(Problem::from)?;
        let next = keep::next_of(upload.fields.get("next"));
        if visit.citizen.is_some() { Err(Out::To(next)) } else { Ok(Self { visit, upload, next }) }
    }
}

/// «Gửi tệp đã ký»
pub async fn hand_in(State(web): State<Web>, uri: Uri, DoorUpload { visit, upload, next }: DoorUpload) -> Answer {
    let aim = Aim::of(&uri)?;
    let verifier = verifier(&web)?;
    let say = |visit: &Visit, key: &str| Refused::at("file", visit.page.t(key).into_owned());
    let file = match handed_in(&upload) {
        Ok(file) => file,
        Err(key) => {
            let said = say(&visit, key);
            return show(&web, visit, aim, &next, false, said).await;
        }
    };
    let token = keep::flow(&web, &visit);
    let flow = match web.accounts.count_signature(&token, &visit.visitor).await {
        Ok(flow) => flow,
        Err(Error::FlowGone) => return Err(over(aim, &next)),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "file", aim.path)?;
            return show(&web, visit, aim, &next, false, said).await;
        }
    };
    let verdict = verifier.file(file, challenge::text(&web, &flow).as_bytes(), web.core.now()).await;
    note(SIGNATURE, &verdict);
    let signed = match verdict.and_then(|signed| signer(&signed)) {
        Ok(signed) => signed,
        Err(refusal) => {
            let mut said = say(&visit, refusal.key());
            if refusal == Refusal::Unchecked {
                said.status = StatusCode::SERVICE_UNAVAILABLE;
            }
            return show(&web, visit, aim, &next, false, said).await;
        }
    };
    match web.accounts.signed(&token, signed, &visit.visitor).await {
        Ok(Welcome::In(session)) => Ok(keep::enter(&web, go(&next), &session)),
        Ok(Welcome::New { token }) => Ok(keep::begin_flow(&web, go(&carrying(first::START, &next)), &token)),
        Err(Error::FlowGone) => Err(over(aim, &next)),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "file", aim.path)?;
            show(&web, visit, aim, &next, false, said).await
        }
    }
}
