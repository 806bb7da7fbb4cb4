//! Standing for an organisation: the text is signed with its token and handed in, as at the door, by somebody who is signed in.

use super::SIGN;
use crate::{
    citizen::{
        accounts::{
            form::Head,
            keep,
            refusal::{Answer, Out, Refused, refused},
        },
        answer::{go, go_saying},
    },
    error::Problem,
    national::signature::{self, usb::Steps},
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use domain::{
    accounts::{Error, Flow},
    organizations::{self, PAGE, Refusal as NotAllowed, Seal},
};
use signing::Refusal;

#[derive(Template)]
#[template(path = "national/org_sign.html")]
struct SignPage {
    p: Page,
    h: Head,
    u: Steps,
    /// The person's own number is verified; else they are led to that first.
    is_identified: bool,
}

async fn own_flow(web: &Web, by: &Citizen) -> Result<Option<Flow>, Problem> {
    web.accounts.seal_flow(&by.signed, &keep::flow(web, &by.visit)).await.map_err(web.account_problem())
}

async fn show(web: &Web, by: Citizen, gone: bool, said: Refused) -> Answer {
    signature::verifier(web)?;
    let is_identified = match organizations::require_identified(&by.signed) {
        Ok(()) => true,
        Err(Error::Organization(NotAllowed::NotIdentified)) => false,
        Err(e) => return Err(web.account_problem()(e).into()),
    };
    let flow = own_flow(web, &by).await?;
    let mut p = by.visit.page;
    let (errors, status, seconds) = said.split();
    let warn = if gone { p.t("sign-over").into_owned() } else { String::new() };
    let h = Head::own(&mut p, "org-sign-title", PAGE).warn(warn).wrong(errors);
    let u = Steps::of(web, SIGN, keep::HOME, flow.as_ref(), [p.t("org-usb-title"), p.t("org-usb-lead")]);
    Refused::page(status, seconds, &SignPage { u, is_identified, h, p })
}

pub async fn page(State(web): State<Web>, RawQuery(raw): RawQuery, by: Citizen) -> Answer {
    show(&web, by, keep::query(&raw).has("het-han"), Refused::none()).await
}

/// Reloading the answer to a form leads back to the page.
pub async fn back() -> Response {
    go(SIGN)
}

fn over() -> Out {
    Out::To(format!("{SIGN}?het-han=1"))
}

/// «Lấy tệp cần ký»
pub async fn start(State(web): State<Web>, visit::Form { by, .. }: visit::Form<Citizen>) -> Answer {
    signature::verifier(&web)?;
    match web.accounts.start_seal(&by.signed, by.visit.page.lang(), &by.visit.visitor).await {
        Ok(token) => Ok(keep::begin_flow(&web, go(SIGN), &token)),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "file", SIGN)?;
            show(&web, by, false, said).await
        }
    }
}

/// «Tải tệp cần ký»
pub async fn file(State(web): State<Web>, by: Citizen) -> Answer {
    signature::verifier(&web)?;
    own_flow(&web, &by).await?.map(|flow| signature::usb::text_file(&web, &flow)).ok_or_else(over)
}

/// «Gửi tệp đã ký»
pub async fn hand_in(State(web): State<Web>, form: visit::UploadForm<Citizen>) -> Answer {
    let visit::UploadForm { by, upload } = form;
    let verifier = signature::verifier(&web)?;
    let say = |by: &Citizen, key: &str| Refused::at("file", by.visit.page.t(key).into_owned());
    let file = match signature::usb::handed_in(&upload) {
        Ok(file) => file,
        Err(key) => {
            let said = say(&by, key);
            return show(&web, by, false, said).await;
        }
    };
    if own_flow(&web, &by).await?.is_none() {
        return Err(over());
    }
    let token = keep::flow(&web, &by.visit);
    let flow = match web.accounts.count_signature(&token, &by.visit.visitor).await {
        Ok(flow) => flow,
        Err(Error::FlowGone) => return Err(over()),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "file", SIGN)?;
            return show(&web, by, false, said).await;
        }
    };
    let text = signature::challenge::text(&web, &flow);
    let verdict = verifier.organization(file, text.as_bytes(), web.core.now()).await;
    signature::note("organization", &verdict);
    let seal = match verdict {
        Ok(signing::Seal { organization, authority }) => {
            Seal { code: organization.code, name: organization.name, authority }
        }
        Err(refusal) => {
            let mut said = say(&by, refusal.key());
            if refusal == Refusal::Unchecked {
                said.status = StatusCode::SERVICE_UNAVAILABLE;
            }
            return show(&web, by, false, said).await;
        }
    };
    match web.accounts.stand_for(&by.signed, &token, seal).await {
        Ok(stood) => {
            let flash = if stood.is_new { "flash-org-new" } else { "flash-org-signed" };
            Ok(keep::end_flow(&web, go_saying(&web, &format!("{PAGE}/{}", stood.organization), flash)))
        }
        Err(Error::FlowGone) => Err(over()),
        Err(e) => {
            let said = refused(&web, &by.visit.page, e, "file", SIGN)?;
            show(&web, by, false, said).await
        }
    }
}
