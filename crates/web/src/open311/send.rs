//! Sending a report for another system. It needs a key with that right and goes the way of every report: same checks, same
//! routing, same history. What is said about the person is kept sealed.

use super::{
    ask::{Ask, Query, attribute},
    fault::Fault,
    tree::{self, Node},
};
use crate::forms;
use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::Response,
};
use base::{fold::fold, geo::Point, text};
use domain::{
    packs::Category,
    province::Province,
    reports::{Answers, Contact, Draft, OPEN311, Place, submit},
};

/// Characters of what is said about a person, field by field.
const NAME_MOST: usize = 120;
const EMAIL_MOST: usize = 254;
const PHONE_MOST: usize = 30;
const MARK_MOST: usize = 200;
pub(super) const URL_MOST: usize = 500;

pub async fn send(ask: &Ask, request: Request) -> Result<Response, Fault> {
    let core = &ask.web.core;
    is_form(&request)?;
    let form_key = match request.headers().get("idempotency-key") {
        None => None,
        Some(key) => {
            let key = key.to_str().ok().filter(|k| !k.is_empty() && k.len() <= 100);
            Some(format!("open311 {}", key.ok_or(Fault::bad("open311-idempotency", "Idempotency-Key"))?))
        }
    };
    let query = Query::of(forms::read(request).await?);
    let key = query.one("api_key")?.ok_or(Fault::forbidden("open311-key-missing"))?;
    let caller = ask.key(key, true).await?;
    ask.jurisdiction(query.one("jurisdiction_id")?)?;
    let draft = draft(&core.province(), &query)?;
    let sent = submit(core, caller.account_id, &draft, Vec::new(), form_key, OPEN311).await;
    let sent = sent.map_err(|e| Fault::domain(ask, e))?;
    let notice = core.speaker(ask.lang).ta(
        "open311-accepted",
        &[
            ("unit", &core.province().unit_name(&sent.unit, ask.lang)),
            ("due", &base::show::date_time(sent.due_at)),
            ("url", &ask.url(&format!("/phan-anh/{}", sent.code.as_str()))),
        ],
    );
    let picture = of_picture(ask, &draft.contact.media, "open311-media-kept");
    let item = Node::Map(vec![
        ("service_request_id", Node::text(sent.code.as_str())),
        ("service_notice", Node::text(notice + &picture)),
        ("account_id", Node::Nothing),
    ]);
    Ok(tree::answer(ask.format, StatusCode::CREATED, "service_requests", &Node::List("request", vec![item])))
}

/// GeoReport sends forms.
pub(super) fn is_form(request: &Request) -> Result<(), Fault> {
    let kind = request.headers().get(header::CONTENT_TYPE).map_or(&b""[..], |v| v.as_bytes());
    let fits = kind.is_empty() || kind.starts_with(b"application/x-www-form-urlencoded");
    if fits { Ok(()) } else { Err(Fault::bad("open311-form", "")) }
}

/// What becomes of a picture that is named by its address; empty without one.
pub(super) fn of_picture(ask: &Ask, url: &str, otherwise: &str) -> String {
    let key = match url {
        "" => return String::new(),
        url if ask.web.core.settings.media.allows(url) => "open311-media-fetched",
        _ => otherwise,
    };
    format!(" {}", ask.web.core.speaker(ask.lang).t(key))
}

/// Everything that is wrong is said at once.
pub(crate) fn draft(province: &Province, query: &Query) -> Result<Draft, Fault> {
    let mut wrong: Vec<(&'static str, String)> = Vec::new();
    let category = match query.one("service_code")? {
        None => return Err(Fault::bad("open311-missing", "service_code")),
        Some(code) => province.category(code).ok_or(Fault::not_found("open311-no-service"))?,
    };
    let content = query.one("description")?.unwrap_or_default();
    if content.is_empty() {
        wrong.push(("open311-missing", "description".into()));
    }
    let place = place(province, query, &mut wrong)?;
    let answers = answers(category, query, &mut wrong)?;
    let contact = contact(query, &mut wrong)?;
    if !wrong.is_empty() {
        return Err(Fault::all(wrong));
    }
    Ok(Draft {
        title: String::new(),
        content: content.to_owned(),
        category: category.code.clone(),
        place,
        anonymous: true,
        answers,
        contact,
    })
}

/// A point, or words that name a commune of the province; its official code can be given as `address_id`.
fn place(province: &Province, query: &Query, wrong: &mut Vec<(&'static str, String)>) -> Result<Place, Fault> {
    let number = |name| Ok::<_, Fault>(query.one(name)?.map(|n| n.parse::<f64>().ok().filter(|n| n.is_finite())));
    let point = match (number("lat")?, number("long")?) {
        (None, None) => None,
        (Some(Some(lat)), Some(Some(lon))) => Point::new(lat, lon),
        _ => None,
    };
    let said_point = query.one("lat")?.is_some() || query.one("long")?.is_some();
    if said_point && point.is_none() {
        wrong.push(("open311-point", "lat, long".into()));
    }
    let address = query.one("address_string")?.unwrap_or_default().to_owned();
    let commune = match query.one("address_id")? {
        Some(code) if province.commune(code).is_none() => {
            wrong.push(("open311-address-id", "address_id".into()));
            None
        }
        Some(code) => Some(code.to_owned()),
        None if point.is_none() && !address.is_empty() => named_commune(province, &address),
        None => None,
    };
    if !said_point && commune.is_none() && query.one("address_id")?.is_none() {
        let key = if address.is_empty() { "open311-place-missing" } else { "open311-address" };
        wrong.push((key, "address_string".into()));
    }
    Ok(Place { point, commune, address })
}

/// The commune that stands between the commas of an address, the last one first. Only a whole name that one commune alone has;
/// where a commune bears the province's name, that name alone means the province.
fn named_commune(province: &Province, address: &str) -> Option<String> {
    let whole = fold(&province.pack.province.short_name);
    address.rsplit(',').take(6).filter(|part| part.len() <= 200).map(fold).filter(|part| *part != whole).find_map(
        |part| {
            let named =
                |u: &&domain::packs::Unit| fold(&u.full_name(base::i18n::Lang::VI)) == part || fold(&u.name) == part;
            let mut fits = province.pack.units.iter().filter(named);
            match (fits.next(), fits.next()) {
                (Some(only), None) => Some(only.code.clone()),
                _ => None,
            }
        },
    )
}

fn answers(category: &Category, query: &Query, wrong: &mut Vec<(&'static str, String)>) -> Result<Answers, Fault> {
    let mut answers = Answers::default();
    let mut names: Vec<&str> = query.fields().names().collect();
    names.sort_unstable();
    for name in names {
        let Some(code) = attribute(name) else { continue };
        let code = code?;
        query.fields().all(name).iter().for_each(|value| answers.add(code, value));
    }
    let unknown = answers.unknown(category).into_iter().map(|code| ("open311-unknown", shortened(code)));
    wrong.extend(unknown);
    if let Err(unfit) = answers.check(category) {
        wrong.extend(unfit.into_iter().map(|u| (u.key, format!("attribute[{}]", u.code))));
    }
    Ok(answers)
}

fn shortened(code: &str) -> String {
    format!("attribute[{}]", code.chars().take(40).collect::<String>())
}

fn contact(query: &Query, wrong: &mut Vec<(&'static str, String)>) -> Result<Contact, Fault> {
    let mut line = |name: &'static str, most: usize| {
        let line = text::one_line(query.one(name)?.unwrap_or_default());
        if line.chars().count() > most {
            wrong.push(("open311-long", name.into()));
        }
        Ok::<_, Fault>(line)
    };
    let contact = Contact {
        first_name: line("first_name", NAME_MOST)?,
        last_name: line("last_name", NAME_MOST)?,
        phone: line("phone", PHONE_MOST)?,
        email: line("email", EMAIL_MOST)?,
        device: line("device_id", MARK_MOST)?,
        account: line("account_id", MARK_MOST)?,
        media: line("media_url", URL_MOST)?,
        unreadable: false,
    };
    if !is_web(&contact.media) {
        wrong.push(("open311-media", "media_url".into()));
    }
    Ok(contact)
}

/// Nothing, or an address of the web.
pub(super) fn is_web(url: &str) -> bool {
    url.is_empty() || url.starts_with("https://") || url.starts_with("http://")
}
