//! Thông báo và kênh nhận, cỡ chữ và ngôn ngữ (A8).

use super::{
    form::{Head, shown},
    keep::with_cookie,
    refusal::Answer,
};
use crate::{
    citizen::answer::go_saying,
    cookies,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::extract::State;
use base::i18n::Lang;
use domain::accounts::{Error, profile::TEXT_SIZES};

const PAGE: &str = "/tai-khoan/kenh-nhan";
const YEAR: i64 = 365 * 24 * 3600;

struct Choice {
    value: String,
    text: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "citizen/accounts/settings.html")]
struct SettingsPage {
    p: Page,
    h: Head,
    phone: String,
    sms: bool,
    languages: Vec<Choice>,
    sizes: Vec<Choice>,
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let profile = web.accounts.profile(by.signed.account).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "acc-settings-title", "/tai-khoan");
    let languages = web.core.texts.languages();
    // What is chosen is what this page is in: the browser's own choice comes before the account's.
    let (lang, size) = (p.lang(), i32::from(p.text_size));
    let languages = languages
        .into_iter()
        .map(|l| {
            let key = format!("acc-language-{l}");
            Choice { value: l.to_string(), text: p.t(&key).into_owned(), chosen: l == lang }
        })
        .collect();
    let sizes = TEXT_SIZES
        .into_iter()
        .map(|s| {
            let text = p.t(&format!("text-size-{s}")).into_owned();
            Choice { value: s.to_string(), text, chosen: s == size }
        })
        .collect();
    let phone = profile.phone_number().map(|n| n.national()).unwrap_or_default();
    shown(&SettingsPage { p, h, phone, sms: profile.notify_sms, languages, sizes })
}

/// Only what is different is written, so that the activity names what was changed.
pub async fn save(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    let accounts = &web.accounts;
    let profile = accounts.profile(by.signed.account).await.map_err(web.account_problem())?;
    let sms = match fields.get("sms") {
        "co" => true,
        "khong" => false,
        _ => profile.notify_sms,
    };
    let lang = Lang::parse(fields.get("language")).unwrap_or(by.visit.page.lang());
    let size = fields.get("text_size").parse().unwrap_or(i32::from(by.visit.page.text_size));
    let done: Result<(), Error> = async {
        if sms != profile.notify_sms {
            accounts.set_notify_sms(&by.signed, sms).await?;
        }
        if lang != profile.lang() {
            accounts.set_language(&by.signed, lang).await?;
        }
        if size != profile.text_size {
            accounts.set_text_size(&by.signed, size).await?;
        }
        Ok(())
    }
    .await;
    // Every choice of the page fits; what does not was sent by no page of ours.
    done.map_err(web.account_problem())?;
    let response = go_saying(&web, PAGE, "flash-saved");
    let response = with_cookie(response, cookies::set(&web, cookies::LANGUAGE, lang.as_str(), Some(YEAR)));
    Ok(with_cookie(response, cookies::set(&web, cookies::TEXT_SIZE, &size.to_string(), Some(YEAR))))
}
