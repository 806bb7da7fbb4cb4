//! Here for the first time (A2): phone and consent, its code, where one lives. Who has an account already signs in to link it.

use super::{keep_arrival, provider_of, waiting};
use crate::{
    citizen::{
        accounts::{
            code::Way,
            commune::{Choice, Picker, choice},
            form::{Field, Form, Head, shown},
            keep::{self, Door, Doorway, carrying},
            phone_page::{phone_form, read_phone},
            refusal::{Answer, Refused, refused},
        },
        answer::go,
    },
    elsewhere::remember,
    forms::Fields,
    page::Page,
    state::Web,
    visit::Visit,
};
use askama::Template;
use axum::extract::State;
use domain::{
    accounts::{Address, Error, Flow, FlowKind, flows},
    error::FieldError,
};

pub const START: &str = "/lan-dau";
const DETAILS: &str = "/lan-dau/thong-tin";
/// Where who has an account goes: to sign in, and then to be asked once.
const CONFIRM: &str = "/tai-khoan/lien-ket/xac-nhan";
const WAY: Way =
    Way { kind: FlowKind::Arrive, start: START, after: Some(DETAILS), title: "acc-register-code-title", tabs: false };

#[derive(Template)]
#[template(path = "citizen/accounts/linked_first.html")]
struct FirstPage {
    p: Page,
    h: Head,
    f: Form,
    provider: String,
    name: String,
    agreed: bool,
    sign_in: String,
    /// An account that only a card proved has the number: it goes over to who goes on here (A7).
    passes: bool,
}

#[derive(Template)]
#[template(path = "citizen/accounts/linked_details.html")]
struct DetailsPage {
    p: Page,
    h: Head,
    f: Form,
    /// `None` where nobody is asked for it: the page only shows who one is about to be.
    picker: Option<Picker>,
    provider: String,
    name: String,
    /// A guardian kept an account for this person, who is of age now (A19); whether it is taken.
    kept: Option<bool>,
}

#[derive(Template)]
#[template(path = "citizen/accounts/linked_known.html")]
struct KnownPage {
    p: Page,
    h: Head,
    /// Why: the phone, or the person, has an account.
    text: String,
    sign_in: String,
    /// What else one can do: (where, in words).
    other: (String, String),
}

/// The steps took too long: what came from the provider is worth nothing any more.
fn over() -> Answer {
    Ok(go("/dang-nhap?het-han=1"))
}

fn label(web: &Web, p: &Page, name: &str) -> String {
    web.provider(name).map_or_else(String::new, |provider| provider.label.get(p.lang()).to_owned())
}

/// Where the owner of an account signs in without the provider that they came from.
fn own_door(p: &Page) -> String {
    carrying(if p.is_national() { "/dang-nhap/so" } else { "/dang-nhap" }, CONFIRM)
}

/// There is an account: its owner signs in to it, and is asked once.
fn known(web: &Web, visit: Visit, flow: &Flow, next: &str) -> Answer {
    let p = visit.page;
    let provider = label(web, &p, flow.text("provider"));
    let (title, text, other) = match &flow.phone {
        Some(phone) => (
            "link-known-title",
            p.t2("link-known-text", "phone", phone.masked(), "provider", provider),
            (carrying(START, next), p.t("link-known-other").into_owned()),
        ),
        None => (
            "link-person-title",
            p.t1("link-person-text", "provider", provider),
            ("/quen-mat-khau".into(), p.t("link-person-other").into_owned()),
        ),
    };
    let (h, sign_in) = (Head::door(p.t(title), ""), own_door(&p));
    shown(&KnownPage { p, h, text, sign_in, other })
}

async fn first_page(web: &Web, visit: Visit, next: &str, typed: Option<&Fields>, said: Refused) -> Answer {
    let Some((_, flow, _, arrival)) = waiting(web, &visit).await? else { return over() };
    if flow.phone.is_none() && web.accounts.arrival_has_account(&flow).await.map_err(web.account_problem())? {
        return known(web, visit, &flow, next);
    }
    let p = visit.page;
    let (errors, status, seconds) = said.split();
    let h = Head::door(p.t("link-first-title"), "").island("islands/altcha.js").wrong(errors);
    let suggested = arrival.phone.map(|phone| phone.national()).unwrap_or_default();
    let value = typed.map_or(suggested, |typed| typed.get("phone").to_owned());
    let f = Form::new(&p, START, "continue")
        .loading(p.t("acc-sending-code"))
        .next(next)
        .proof()
        .field(Field::phone(&p, "acc-phone").value(value));
    let provider = label(web, &p, flow.text("provider"));
    let name = arrival.full_name.as_str().to_owned();
    let agreed = typed.is_some_and(|typed| typed.has("agreed"));
    let (sign_in, passes) = (own_door(&p), flow.data["passes"] == true);
    Refused::page(status, seconds, &FirstPage { p, h, f, provider, name, agreed, sign_in, passes })
}

pub async fn page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    first_page(&web, visit, &next, None, Refused::none()).await
}

pub async fn start(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let phone = match read_phone(&visit, &fields) {
        Ok(phone) => phone,
        Err(said) => return first_page(&web, visit, &next, Some(&fields), said).await,
    };
    let Some((token, ..)) = waiting(&web, &visit).await? else { return over() };
    match web.accounts.start_first_phone(FlowKind::Arrive, &token, phone_form(&visit, &fields, phone)).await {
        Ok(started) => Ok(keep_arrival(&web, go(&WAY.code(&next)), &started.token)),
        Err(Error::FlowGone) => over(),
        Err(Error::LinkedElsewhere) => first_page(&web, visit, &next, None, Refused::none()).await,
        Err(e) => {
            let said = refused(&web, &visit.page, e, "phone", START)?;
            first_page(&web, visit, &next, Some(&fields), said).await
        }
    }
}

pub async fn code_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.show(&web, visit, &next, Refused::none()).await
}

pub async fn confirm(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    let code = WAY.typed(&web, &visit, &next, &fields).await?;
    let checked = web.accounts.confirm_arrival(&keep::flow(&web, &visit), code).await;
    WAY.go_on(&web, visit, &next, DETAILS, checked).await
}

pub async fn resend(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.resend(&web, visit, &next, fields.get("altcha")).await
}

async fn details_form(web: &Web, visit: Visit, next: &str, typed: &Fields, picker: Picker, said: Refused) -> Answer {
    let Some((_, flow, _, arrival)) = waiting(web, &visit).await? else { return over() };
    if web.accounts.arrival_has_account(&flow).await.map_err(web.account_problem())? {
        return known(web, visit, &flow, next);
    }
    let p = visit.page;
    let provider = label(web, &p, flow.text("provider"));
    let (errors, status, seconds) = said.split();
    if p.is_national() {
        let h = Head::door(p.t("nat-first-title"), "").wrong(errors);
        let f = Form::new(&p, DETAILS, "nat-first-button").next(next);
        let name = arrival.full_name.as_str().to_owned();
        return Refused::page(status, seconds, &DetailsPage { p, h, f, picker: None, provider, name, kept: None });
    }
    let kept = web.accounts.kept_for(&arrival).await.map_err(web.account_problem())?;
    // Shown for the first time it is ticked: most people want what is theirs.
    let kept = kept.then(|| typed.has("keep") || !typed.has("commune_text"));
    let picker = Some(picker);
    let h = Head::door(p.t("acc-details-title"), "").island("islands/commune.js").wrong(errors);
    let f = Form::new(&p, DETAILS, "acc-details-button").next(next).field(Field::address(&p, typed.get("address")));
    let name = arrival.full_name.as_str().to_owned();
    Refused::page(status, seconds, &DetailsPage { p, h, f, picker, provider, name, kept })
}

pub async fn details_page(State(web): State<Web>, Doorway { visit, next, .. }: Doorway) -> Answer {
    WAY.at(&web, &visit, flows::DETAILS, &next).await?;
    let picker = Picker::empty(&visit.page, None);
    details_form(&web, visit, &next, &Fields::default(), picker, Refused::none()).await
}

pub async fn complete(State(web): State<Web>, Door { visit, fields, next }: Door) -> Answer {
    WAY.at(&web, &visit, flows::DETAILS, &next).await?;
    let p = &visit.page;
    let chosen = choice(p, &fields, None);
    let picker = Picker::after(p, &fields, &chosen, None);
    let (commune, address) = match (chosen, Address::parse(fields.get("address"))) {
        (_, Ok(address)) if web.is_national() => (None, address),
        (Choice::Code(commune), Ok(address)) => (Some(commune), address),
        (chosen, address) => {
            // «Tìm» only asks.
            let asks = fields.has("find") && !picker.radios.is_empty();
            let wrong: Vec<FieldError> = [chosen.error(), address.err()].into_iter().flatten().collect();
            let said = if asks { Refused::none() } else { Refused::fields(p, &wrong) };
            return details_form(&web, visit, &next, &fields, picker, said).await;
        }
    };
    let Some((token, flow, arrived, arrival)) = waiting(&web, &visit).await? else { return over() };
    let provider = provider_of(&web, flow.text("provider"))?;
    let done = match fields.has("keep") && !web.is_national() {
        true => web.accounts.claim_by_arrival(&token, arrival, (commune, address), &visit.visitor).await,
        false => web.accounts.complete_arrival(&token, arrival, commune, address, &visit.visitor).await,
    };
    match done {
        Ok(session) => {
            remember(&web, provider, session.session, &arrived).await?;
            let response = keep::enter(&web, go(&carrying("/dang-ky/xong", &next)), &session);
            Ok(keep::with_cookie(response, crate::cookies::forget(&web, crate::cookies::ARRIVAL)))
        }
        Err(Error::FlowGone) => over(),
        // Somebody made an account with this phone a moment ago: the page says so now.
        Err(Error::PhoneTaken) => details_form(&web, visit, &next, &fields, picker, Refused::none()).await,
        Err(e @ (Error::Blocked { .. } | Error::LinkedElsewhere | Error::OtherPerson | Error::LinkedAlready)) => {
            super::account_trouble(&web, provider, visit, e)
        }
        Err(e) => {
            let said = refused(&web, p, e, "commune", DETAILS)?;
            details_form(&web, visit, &next, &fields, picker, said).await
        }
    }
}
