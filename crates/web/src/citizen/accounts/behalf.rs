//! «Tư cách»: for whom the person works in this session (A11, docs/adr/0017). It is said at the provider, at each sign-in; here it is shown, and
//! one press ends it.

use super::{
    form::{Head, shown},
    keep::forgetting,
    linked::Offered,
    refusal::Answer,
};
use crate::{
    citizen::answer::{go, go_saying},
    middleware::safe_next,
    page::Page,
    state::Web,
    visit::{self, Citizen},
};
use askama::Template;
use axum::{Router, extract::State, routing::get};
use domain::organizations::Behalf;

pub const PAGE: &str = "/tai-khoan/tu-cach";
/// «Làm việc cho chính mình»
const ONESELF: &str = "/tai-khoan/tu-cach/chinh-minh";

pub fn routes() -> Router<Web> {
    Router::new()
        .route(PAGE, get(page))
        .route(ONESELF, get(async || go(PAGE)).post(oneself))
        .route(&format!("{PAGE}/{{provider}}"), get(async || go(PAGE)).post(super::linked::own::change_behalf))
}

/// `Mã số thuế 0100109106`
pub fn code_words(p: &Page, behalf: &Behalf) -> String {
    p.t1(&format!("behalf-code-{}", behalf.kind().as_str()), "code", behalf.code())
}

#[derive(Template)]
#[template(path = "citizen/accounts/behalf.html")]
struct BehalfPage {
    p: Page,
    h: Head,
    /// For which organisation: name and code.
    now: Option<(String, String)>,
    /// Where it can be said anew: providers that know organisations and are linked with this account.
    ways: Vec<Offered>,
    /// There are such providers, and none is linked.
    link_first: bool,
}

pub async fn page(State(web): State<Web>, by: Citizen) -> Answer {
    let links = web.accounts.links(by.signed.account).await.map_err(web.account_problem())?;
    let mut p = by.visit.page;
    let h = Head::own(&mut p, "behalf-title", "/tai-khoan");
    let knowing: Vec<_> = web.providers.iter().filter(|provider| provider.knows_organizations()).collect();
    let is_linked = |name: &str| links.iter().any(|link| link.provider == name);
    let ways: Vec<Offered> =
        knowing.iter().filter(|of| is_linked(&of.name)).map(|provider| Offered::new(&p, provider)).collect();
    let now = by.signed.behalf.as_ref().map(|b| (b.name().to_owned(), code_words(&p, b)));
    shown(&BehalfPage { link_first: ways.is_empty() && !knowing.is_empty(), ways, now, h, p })
}

/// One press on any page; on to where it was pressed.
async fn oneself(State(web): State<Web>, visit::Form { by, fields }: visit::Form<Citizen>) -> Answer {
    web.accounts.work_as_oneself(&by.signed).await.map_err(web.account_problem())?;
    // What the phone kept says for whom the person worked.
    Ok(forgetting(go_saying(&web, &safe_next(fields.get("next"), PAGE), "flash-behalf-oneself")))
}

/// A form says for whom it was drawn; the session may work for another meanwhile, changed in another tab.
pub fn is_as_drawn(signed: &domain::accounts::Signed, field: &str) -> bool {
    signed.behalf.as_ref().map_or("", Behalf::code) == field
}
