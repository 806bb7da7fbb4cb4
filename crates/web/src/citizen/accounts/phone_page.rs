//! What registering and sending without an account begin with: phone and consent.

use super::{
    form::{Field, Form, Head},
    grown,
    keep::carrying,
    refusal::{Answer, Refused, bad_phone},
    register_form,
};
use crate::{forms::Fields, page::Page, visit::Visit};
use askama::Template;
use base::phone::PhoneNumber;
use domain::accounts::PhoneForm;

/// Which of the two; names of texts and addresses.
pub struct PhonePage {
    pub action: &'static str,
    pub title: &'static str,
    pub lead: &'static str,
    /// Said when the earlier steps were too long ago.
    pub steps_over: &'static str,
    /// It says how a guest's way differs from an account's, and leads to no other way of registering.
    pub for_guests: bool,
}

#[derive(Template)]
#[template(path = "citizen/accounts/phone.html")]
struct Shown {
    p: Page,
    h: Head,
    f: Form,
    agreed: bool,
    sign_in: String,
    for_guests: bool,
}

impl PhonePage {
    pub fn show(&self, visit: Visit, back: String, next: &str, typed: &Fields, gone: bool, refused: Refused) -> Answer {
        let p = visit.page;
        let (errors, status, seconds) = refused.split();
        let warn = if gone { p.t(self.steps_over).into_owned() } else { String::new() };
        let h = Head::door(p.t(self.title), back).island("islands/altcha.js").warn(warn).wrong(errors);
        let f = Form::new(&p, self.action, "continue")
            .lead(p.t(self.lead))
            .loading(p.t("acc-sending-code"))
            .next(next)
            .proof()
            .field(Field::phone(&p, "acc-phone").value(typed.get("phone")));
        let f = match self.for_guests {
            true => f,
            false => f
                .link(carrying(register_form::START, next), p.t("form-instead"))
                .link(carrying(grown::START, next), p.t("grown-instead")),
        };
        let (agreed, sign_in) = (typed.has("agreed"), carrying("/dang-nhap", next));
        Refused::page(status, seconds, &Shown { p, h, f, agreed, sign_in, for_guests: self.for_guests })
    }
}

/// The phone, when it is one and the box is ticked.
pub fn read_phone(visit: &Visit, typed: &Fields) -> Result<PhoneNumber, Refused> {
    let agreed = typed.has("agreed");
    let phone = PhoneNumber::parse(typed.get("phone"));
    if let (Ok(phone), true) = (&phone, agreed) {
        return Ok(phone.clone());
    }
    let mut said = match phone {
        Err(bad) => bad_phone(&visit.page, bad),
        Ok(_) => Refused::fields(&visit.page, &[]),
    };
    if !agreed {
        said.errors.add("agreed", "#f-agreed".into(), visit.page.t("consent-missing").into_owned());
    }
    Err(said)
}

/// What was typed, and by whom, for accounts.
pub fn phone_form<'a>(visit: &'a Visit, typed: &'a Fields, phone: PhoneNumber) -> PhoneForm<'a> {
    PhoneForm {
        phone,
        agreed: typed.has("agreed"),
        lang: visit.page.lang(),
        visitor: &visit.visitor,
        proof: typed.get("altcha"),
    }
}
