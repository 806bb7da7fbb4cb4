//! Who signed and has no account yet, or one that nobody proved to be theirs: phone and consent, its code, a password for when the token is not at hand (IAL3).

use super::usb;
use crate::{
    citizen::{
        accounts::{
            code::Way,
            form::{Field, Form, Head},
            keep::{self, Door, Doorway, carrying},
            phone_page::{phone_form, read_phone},
            refusal::{Answer, Out, Refused, refused},
        },
        answer::go,
    },
    forms::Fields,
    national::register,
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::extract::State;
use base::keys::Secret;
use domain::accounts::{Error, FlowKind, flows};

pub const START: &str = "/dang-ky/chu-ky-so";
pub const PASSWORD: &str = "/dang-ky/chu-ky-so/mat-khau";
const WAY: Way =
    Way { kind: FlowKind::RegisterSigned, start: START, after: Some(PASSWORD), title: "nat-code-title", tabs: false };

#[derive(Template)]
#[template(path = "national/signed_first.html")]
struct FirstPage {
    p: Page,
    h: Head,
    f: Form,
    agreed: bool,
    name: String,
    number: String,
    /// Another account holds the number by a proof that names nobody: its masked phone.
    held: Option<String>,
}

/// The steps took too long: what was signed is worth nothing any more.
fn over(next: &str) -> Out {
    Out::To(carrying(&format!("{}?het-han=1", usb::REGISTER), next))
}

async fn first_page(web: &Web, visit: Visit, next: &str, typed: &Fields, said: Refused) -> Answer {
    let token = keep::flow(web, &visit);
    let flow = web.accounts.flow(FlowKind::RegisterSigned, &token).await.map_err(web.account_problem())?;
    let Some(flow) = flow else { return Err(over(next)) };
    let Ok(signer) = web.accounts.signer_of(&flow) else { return Err(over(next)) };
    let held = web.accounts.holder_of_signed(&flow).await.map_err(web.account_problem())?;
    let p = visit.page;
    let (errors, status, seconds) = said.split();
    let f = Form::new(&p, START, "continue")
        .loading(p.t("acc-sending-code"))
        .next(next)
        .proof()
        .field(Field::phone(&p, "acc-phone").value(typed.get("phone")));
    let page = FirstPage {
        agreed: typed.has("agreed"),
        name: signer.full_name.as_str().to_owned(),
        number: signer.number.masked(),
        held,
        h: Head::door(p.t("sign-first-title"), "").island("islands/altcha.js").wrong(errors),
        f,
        p,
    };
    Refused::page(status, seconds, &page)
}

pub async fn page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    first_page(&web, visit, &next, &Fields::default(), Refused::none()).await
}

pub async fn start(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let phone = match read_phone(&visit, &fields) {
        Ok(phone) => phone,
        Err(said) => return first_page(&web, visit, &next, &fields, said).await,
    };
    let token = keep::flow(&web, &visit);
    match web.accounts.start_first_phone(FlowKind::RegisterSigned, &token, phone_form(&visit, &fields, phone)).await {
        Ok(started) => WAY.started(&web, visit.mark.is_some(), &next, &started.token),
        Err(Error::FlowGone) => Err(over(&next)),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "phone", START)?;
            first_page(&web, visit, &next, &fields, said).await
        }
    }
}

pub async fn code_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.show(&web, visit, &next, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let code = WAY.typed(&web, &visit, &next, &fields).await?;
    let checked = web.accounts.confirm_signed(&keep::flow(&web, &visit), code).await;
    WAY.go_on(&web, visit, &next, PASSWORD, checked).await
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.resend(&web, visit, &next, fields.get("altcha")).await
}

/// What is said where the phone has an account in which the signer goes on.
async fn over_warning(web: &Web, visit: &Visit, next: &str) -> Result<Option<&'static str>, Out> {
    match web.accounts.signs_over(&keep::flow(web, visit)).await {
        Ok(over) => Ok(over.then_some("sign-over-warning")),
        Err(Error::FlowGone) => Err(WAY.again(next)),
        Err(e) => Err(web.account_problem()(e).into()),
    }
}

pub async fn password_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.at(&web, &visit, flows::PASSWORD, &next).await?;
    let warn = over_warning(&web, &visit, &next).await?;
    register::password_form(visit, PASSWORD, &next, warn, Refused::none())
}

pub async fn complete(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.at(&web, &visit, flows::PASSWORD, &next).await?;
    let warn = over_warning(&web, &visit, &next).await?;
    let typed = match register::typed_password(&visit.page, &fields) {
        Ok(typed) => typed,
        Err(said) => return register::password_form(visit, PASSWORD, &next, warn, said),
    };
    match web.accounts.complete_signed(&keep::flow(&web, &visit), &Secret::new(typed), &visit.visitor).await {
        Ok(session) => Ok(keep::enter(&web, go(&carrying("/dang-ky/xong", &next)), &session)),
        Err(Error::FlowGone) => Err(WAY.again(&next)),
        Err(e) => {
            let said = refused(&web, &visit.page, e, "password", PASSWORD)?;
            register::password_form(visit, PASSWORD, &next, warn, said)
        }
    }
}
