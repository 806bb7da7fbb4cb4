//! HTTP: requests become typed commands, rights are checked, answers are rendered. No SQL here, and nothing is sent.

mod acting;
mod ahead;
mod api;
mod assets;
mod citizen;
mod cookies;
mod drawing;
mod elsewhere;
mod error;
mod forms;
/// For the fuzzer and the replay of its seeds.
#[cfg(any(fuzzing, test))]
#[doc(hidden)]
pub mod fuzzing;
mod headers;
mod marked;
mod middleware;
pub mod national;
mod open311;
mod ops;
mod page;
mod paper;
mod room;
mod staff;
mod state;
mod texts;
mod tiles;
mod visit;

/// Where a province lists what it handles, for the national catalogue.
pub use api::PROCEDURES;
pub use staff::{console_routes, provider as console, provider::open};
pub use state::{Bank, GatewayStatus, HttpSettings, Parts, Provider, Tiles, Till, Web};
pub use texts::sources as text_sources;

use axum::{Router, middleware as layer};
use tower_http::catch_panic::CatchPanicLayer;

/// Everything a province serves.
pub fn router(web: Web) -> Router {
    let pages = Router::new()
        .merge(citizen::routes())
        .merge(staff::routes(&web))
        .merge(api::routes())
        .merge(open311::routes())
        .merge(tiles::routes());
    // Other systems of the province let its staff sign in through the console (S2).
    let provider = web.issuer.as_ref().map(|issuer| Router::new().nest(staff::provider::PATH, issuer.router()));
    served(web, pages, provider.unwrap_or_default())
}

/// Everything the national portal serves (S5): accounts, and the provider that provinces let people sign in through. Reports, the console
/// and the interfaces of a province are not there.
pub fn national_router(web: Web) -> Router {
    // The provider answers programs of others: it guards its own forms, see `identity::provider`.
    let provider = web.issuer.as_ref().map(identity::provider::Provider::router).unwrap_or_default();
    served(web, national::routes(), provider)
}

fn served(web: Web, pages: Router<Web>, provider: Router) -> Router {
    let guarded = pages
        .fallback(async || error::Problem::NotFound)
        .method_not_allowed_fallback(async || error::Problem::NotFound)
        .layer(layer::from_fn_with_state(web.clone(), middleware::error_pages))
        .layer(layer::from_fn_with_state(web.clone(), headers::same_origin))
        .layer(layer::from_fn_with_state(web.clone(), middleware::language));
    let provider = provider.with_state(()).layer(layer::from_fn_with_state(web.clone(), middleware::language));
    Router::new()
        .merge(guarded)
        .merge(provider)
        .merge(assets::routes())
        .merge(ops::routes())
        .layer(CatchPanicLayer::custom(middleware::panicked))
        .layer(layer::from_fn_with_state(web.clone(), headers::secure))
        .layer(layer::from_fn_with_state(web.clone(), middleware::observe))
        .layer(axum::extract::DefaultBodyLimit::disable()) // every body is read within its own limit, see `forms`
        .with_state(web)
}
