//! «Tổ chức của tôi» (A11, N1): which organisations a person acts for, standing for one with its token, and who else does.

mod list;
mod one;
mod people;
mod register;
mod sign;

pub(super) use register::tabs;

use crate::{page::Page, state::Web};
use axum::{
    Router,
    routing::{get, post},
};
use base::organization_code::OrganizationKind;
use domain::organizations::{PAGE, Role};

/// «Vui lòng chọn phương thức đăng ký»: those that are no citizen's.
const BUSINESS: &str = "/dang-ky/doanh-nghiep";
const STATE_BODY: &str = "/dang-ky/co-quan-nha-nuoc";
/// Where somebody stands for an organisation with its token.
const SIGN: &str = "/tai-khoan/to-chuc/them";

pub(super) fn routes() -> Router<Web> {
    let of = |rest: &str| format!("{PAGE}/{{id}}{rest}");
    Router::new()
        .route(BUSINESS, get(register::business))
        .route(STATE_BODY, get(register::state_body))
        .route(PAGE, get(list::page))
        .route(SIGN, get(sign::page).post(sign::start))
        .route(&format!("{SIGN}/tep"), get(sign::file))
        .route(&format!("{SIGN}/ky"), get(sign::back).post(sign::hand_in))
        .route(&format!("{PAGE}/loi-moi/{{invitation}}"), get(list::back).post(list::answer))
        .route(&of(""), get(one::page))
        .route(&of("/roi"), get(one::leave_page).post(one::leave))
        .route(&of("/moi"), get(people::invite_page).post(people::invite))
        .route(&of("/loi-moi/{invitation}/huy"), post(people::withdraw))
        .route(&of("/thanh-vien/{member}"), get(people::member_page).post(people::change_role))
        .route(&of("/thanh-vien/{member}/dua-ra"), get(people::remove_page).post(people::remove))
}

/// A role to choose, with what it may do.
struct Choice {
    value: &'static str,
    name: String,
    hint: String,
    chosen: bool,
}

fn choices(p: &Page, chosen: Role) -> Vec<Choice> {
    let one = |role: Role| Choice {
        value: role.as_str(),
        name: role_name(p, role.as_str()),
        hint: p.t(&format!("org-role-{}", role.as_str())).into_owned(),
        chosen: role == chosen,
    };
    [Role::Member, Role::Manager].map(one).into()
}

pub(super) fn role_name(p: &Page, role: &str) -> String {
    p.t(&format!("organization-role-{role}")).into_owned()
}

/// `Mã số thuế 0100109106`
pub(super) fn code_words(p: &Page, kind: &str, code: &str) -> String {
    p.t1(&format!("org-code-{kind}"), "code", code)
}

pub(super) fn icon(kind: &str) -> &'static str {
    match OrganizationKind::parse(kind) {
        Some(OrganizationKind::StateBody) => "landmark",
        _ => "building-2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::i18n::{Lang, Texts};

    #[test]
    fn a11_every_kind_and_role_has_its_words() {
        let texts = Texts::load(crate::text_sources()).unwrap();
        for kind in OrganizationKind::ALL {
            assert!(texts.has(Lang::VI, &format!("org-code-{}", kind.as_str())));
            assert!(texts.has(Lang::VI, &format!("org-door-{}-title", kind.as_str())));
            assert!(texts.has(Lang::VI, &format!("org-door-{}-lead", kind.as_str())));
        }
        for role in Role::ALL {
            assert!(texts.has(Lang::VI, &format!("org-role-{}", role.as_str())));
        }
        assert_eq!((icon("business"), icon("state_body")), ("building-2", "landmark"));
    }
}
