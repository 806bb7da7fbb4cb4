//! Organisations that do not exist (A11): their names say so, and their codes begin as no real one does: tax codes with `000`, which is the
//! prefix of no province, state bodies with `Z00`, which no ministry or province has.

use base::organization_code::{BadCode, OrganizationCode, OrganizationKind};

/// One with a token.
#[derive(Debug, Clone)]
pub struct Organization {
    pub code: OrganizationCode,
    pub name: String,
    /// The organisation above it, as it stands in the certificate; empty for none.
    pub above: String,
}

impl Organization {
    /// As it stands in the certificate.
    pub(super) fn uid(&self) -> String {
        let prefix = match self.code.kind() {
            OrganizationKind::Business => "MST",
            OrganizationKind::StateBody => "MDD",
        };
        format!("{prefix}:{}", self.code)
    }
}

/// Nine digits and the one that checks them.
fn tax(nine: &str) -> Result<OrganizationCode, BadCode> {
    (0..10).find_map(|last| OrganizationCode::tax(&format!("{nine}{last}")).ok()).ok_or(BadCode::Invalid)
}

/// Four businesses and two state bodies. Errors: none, while the codes below are what they say.
pub fn invented() -> Result<Vec<Organization>, BadCode> {
    let one = |code, name: &str, above: &str| Organization { code, name: name.to_owned(), above: above.to_owned() };
    let nines = ["000000001", "000000002", "000000003", "000000004"];
    let names =
        ["Công ty TNHH Hư Cấu", "Công ty Cổ phần Nghĩ Ra", "Hợp tác xã Tạm Gọi", "Doanh nghiệp tư nhân Đặt Thử"];
    let mut all = Vec::new();
    for (nine, name) in nines.into_iter().zip(names) {
        all.push(one(tax(nine)?, name, ""));
    }
    all.push(one(OrganizationCode::agency("Z00.01")?, "Sở Nghĩ Ra", "TỈNH HƯ CẤU"));
    all.push(one(OrganizationCode::agency("Z00.02")?, "Ủy ban nhân dân xã Tạm Gọi", "TỈNH HƯ CẤU"));
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a11_nobody_could_take_the_organisations_for_real() {
        let all = invented().unwrap();
        assert_eq!(all.len(), 6);
        for one in &all {
            let says = ["Hư Cấu", "Nghĩ Ra", "Tạm Gọi", "Đặt Thử"].iter().any(|words| one.name.contains(words));
            assert!(says && (one.code.as_str().starts_with("000") || one.code.as_str().starts_with("Z00")), "{one:?}");
        }
        assert_eq!(all[0].uid(), "MST:0000000017");
    }
}
