//! Who may make and change whose account: pure rules over the rights table (X6).

use crate::rights::{Grant, Officer, Reach, Right, Role, role_allows};

/// The roles that a role may give and take away, within its own reach. A leader makes nobody a leader: that is the province's
/// decision. Only who runs the installation makes others run it.
pub fn grantable(by: Role) -> &'static [Role] {
    use Role::*;
    match by {
        PlatformAdmin => &Role::ALL,
        ProvinceOperator => {
            &[ProvinceOperator, UnitLeader, Officer, Clerk, DutyOfficer, Editor, CommunityTeam, Auditor]
        }
        UnitLeader => &[Officer, Clerk, DutyOfficer, Editor, CommunityTeam],
        _ => &[],
    }
}

/// Roles that only make sense for the whole province.
pub fn is_province_wide(role: Role) -> bool {
    matches!(role, Role::PlatformAdmin | Role::ProvinceOperator)
}

/// Whether an officer may give or take this role for this unit, whose superiors are `above` (nearest first).
pub fn may_grant(by: &Officer, role: Role, unit: &str, above: &[&str]) -> bool {
    if is_province_wide(role) && unit != "*" {
        return false;
    }
    by.grants.iter().any(|own| {
        let reaches = own.unit == "*" || (unit != "*" && (own.unit == unit || above.contains(&own.unit.as_str())));
        reaches && role_allows(own.role, Right::StaffManage) && grantable(own.role).contains(&role)
    })
}

/// Whether an officer may change an account that holds these roles: every one of them must be theirs to give. Who holds none
/// belongs to the whole province.
pub fn may_manage(by: &Officer, held: &[Grant], above: impl for<'a> Fn(&'a str) -> Vec<String>) -> bool {
    if held.is_empty() {
        return by.reach(Right::StaffManage) == Reach::Province;
    }
    held.iter().all(|grant| {
        let superiors = above(&grant.unit);
        let superiors: Vec<&str> = superiors.iter().map(String::as_str).collect();
        may_grant(by, grant.role, &grant.unit, &superiors)
    })
}

/// Whether an account keeps at least one role that manages staff when this one goes.
pub fn keeps_managing(held: &[Grant], without: &Grant) -> bool {
    held.iter().any(|g| g != without && role_allows(g.role, Right::StaffManage))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::ids::Uuid;

    fn officer(role: Role, unit: &str) -> Officer {
        Officer { account: Uuid::nil(), name: "Thử".into(), grants: vec![Grant { unit: unit.into(), role }] }
    }

    #[test]
    fn x6_every_role_by_every_role_is_decided() {
        use Role::*;
        for by in Role::ALL {
            for role in Role::ALL {
                let unit = if is_province_wide(role) { "*" } else { "18880" };
                let allowed = may_grant(&officer(by, "*"), role, unit, &[]);
                let expected = match by {
                    PlatformAdmin => true,
                    ProvinceOperator => role != PlatformAdmin,
                    // A leader of the whole province does not exist; were there one, the same few roles.
                    UnitLeader => matches!(role, Officer | Clerk | DutyOfficer | Editor | CommunityTeam),
                    _ => false,
                };
                assert_eq!(allowed, expected, "{by:?} gives {role:?}");
            }
        }
    }

    #[test]
    fn x6_only_roles_with_the_right_give_anything() {
        for role in Role::ALL {
            assert_eq!(!grantable(role).is_empty(), role_allows(role, Right::StaffManage), "{role:?}");
        }
    }

    #[test]
    fn x6_a_leader_acts_in_the_own_unit_and_below_and_makes_no_leader() {
        let leader = officer(Role::UnitLeader, "so-khcn");
        assert!(may_grant(&leader, Role::Officer, "so-khcn", &[]));
        assert!(may_grant(&leader, Role::Officer, "tt-dmst-cds", &["so-khcn"]));
        assert!(!may_grant(&leader, Role::Officer, "18880", &[]));
        assert!(!may_grant(&leader, Role::Officer, "*", &[]));
        assert!(!may_grant(&leader, Role::UnitLeader, "so-khcn", &[]));
        assert!(!may_grant(&leader, Role::Auditor, "so-khcn", &[]));
    }

    #[test]
    fn x6_nobody_changes_an_account_that_holds_more() {
        let leader = officer(Role::UnitLeader, "18880");
        let grant = |unit: &str, role| Grant { unit: unit.into(), role };
        let none = |_: &str| Vec::new();
        assert!(may_manage(&leader, &[grant("18880", Role::Officer)], none));
        assert!(!may_manage(&leader, &[grant("18880", Role::Officer), grant("18859", Role::Officer)], none));
        assert!(!may_manage(&leader, &[grant("18880", Role::UnitLeader)], none));
        assert!(!may_manage(&leader, &[], none));
        assert!(may_manage(&officer(Role::ProvinceOperator, "*"), &[], none));
        assert!(!may_manage(&officer(Role::ProvinceOperator, "*"), &[grant("*", Role::PlatformAdmin)], none));
    }

    #[test]
    fn x6_roles_of_the_province_are_held_for_the_province() {
        let admin = officer(Role::PlatformAdmin, "*");
        assert!(!may_grant(&admin, Role::ProvinceOperator, "18880", &[]));
        assert!(may_grant(&admin, Role::ProvinceOperator, "*", &[]));
    }
}
