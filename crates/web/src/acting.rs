//! What somebody may open while they act for another person (A19): one table by route, denied by default. Pages for everybody need no line; any
//! page that asks who is there, and is not named here, is the person's own.

use crate::error::Problem;
use axum::{extract::MatchedPath, http::request::Parts};
use domain::accounts::{Signed, helping::Deed};

const TABLE: &[(&str, Deed)] = &[
    ("/phan-anh/moi", Deed::Send),
    ("/phan-anh/moi/{draft}", Deed::Send),
    ("/phan-anh/moi/{draft}/loai", Deed::Send),
    ("/phan-anh/moi/{draft}/khan-cap", Deed::Send),
    ("/phan-anh/moi/{draft}/noi-dung", Deed::Send),
    ("/phan-anh/moi/{draft}/luu", Deed::Send),
    ("/phan-anh/moi/{draft}/goi-y", Deed::Send),
    ("/phan-anh/moi/{draft}/anh", Deed::Send),
    ("/phan-anh/moi/{draft}/anh/tai-len", Deed::Send),
    ("/phan-anh/moi/{draft}/anh/xoa", Deed::Send),
    ("/phan-anh/moi/{draft}/anh/{photo}", Deed::Send),
    ("/phan-anh/moi/{draft}/video/tai-len", Deed::Send),
    ("/phan-anh/moi/{draft}/video/xoa", Deed::Send),
    ("/phan-anh/moi/{draft}/noi-xay-ra", Deed::Send),
    ("/phan-anh/moi/{draft}/trung", Deed::Send),
    ("/phan-anh/moi/{draft}/kiem-tra", Deed::Send),
    ("/phan-anh/moi/{draft}/xoa", Deed::Send),
    ("/phan-anh/{code}/da-gui", Deed::Send),
    ("/phan-anh/hop-gui-di", Deed::Send),
    ("/phan-anh/hop-gui-di/phien", Deed::Send),
    ("/tai-len", Deed::Send),
    ("/tai-len/{id}", Deed::Send),
    ("/phan-anh/{code}/bo-sung", Deed::Add),
    ("/phan-anh/{code}/danh-gia", Deed::Rate),
    ("/phan-anh/cua-toi", Deed::List),
    ("/thong-bao/{id}", Deed::Inbox),
];

/// Whether who acts may open this. Errors: `Acting`.
pub fn may_open(parts: &Parts, signed: &Signed) -> Result<(), Problem> {
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let deed = TABLE.iter().find_map(|(pattern, deed)| (*pattern == route).then_some(*deed));
    if deed.is_some_and(|deed| may(signed, deed)) { Ok(()) } else { Err(Problem::Acting) }
}

/// Who is there as themselves may do all of it.
pub fn may(signed: &Signed, deed: Deed) -> bool {
    signed.acting.as_ref().is_none_or(|acting| acting.scopes.may(deed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a19_each_route_stands_once_and_none_is_an_accounts() {
        for (at, (route, _)) in TABLE.iter().enumerate() {
            assert!(TABLE[at + 1..].iter().all(|(other, _)| other != route), "{route}");
            for own in ["/tai-khoan", "/xac-nhan", "/dang-", "/api", "/can-bo", "/khach"] {
                assert!(!route.starts_with(own), "{route}");
            }
        }
    }
}
