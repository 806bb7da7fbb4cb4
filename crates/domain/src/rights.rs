//! Who may do what: one table, denied by default (X6). A test walks every role and right, another every route and role.

use base::ids::Uuid;
use serde::{Deserialize, Serialize};

/// Roles of staff (vai trò), each held for a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Quản trị hệ thống: runs the installation; sees no citizen's data.
    PlatformAdmin,
    /// Điều phối cấp tỉnh: the province's dispatcher.
    ProvinceOperator,
    /// Lãnh đạo đơn vị
    UnitLeader,
    /// Cán bộ xử lý
    Officer,
    /// Cán bộ một cửa
    Clerk,
    /// Trực ban
    DutyOfficer,
    /// Biên tập viên
    Editor,
    /// Tổ công nghệ số cộng đồng
    CommunityTeam,
    /// Thanh tra, kiểm tra: reads, changes nothing.
    Auditor,
}

impl Role {
    pub const ALL: [Self; 9] = [
        Self::PlatformAdmin,
        Self::ProvinceOperator,
        Self::UnitLeader,
        Self::Officer,
        Self::Clerk,
        Self::DutyOfficer,
        Self::Editor,
        Self::CommunityTeam,
        Self::Auditor,
    ];

    /// As it stands in rows, URLs and spreadsheets.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PlatformAdmin => "platform_admin",
            Self::ProvinceOperator => "province_operator",
            Self::UnitLeader => "unit_leader",
            Self::Officer => "officer",
            Self::Clerk => "clerk",
            Self::DutyOfficer => "duty_officer",
            Self::Editor => "editor",
            Self::CommunityTeam => "community_team",
            Self::Auditor => "auditor",
        }
    }

    /// `None` for a role that is not in the table: it then gives no right.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|r| r.as_str() == text)
    }
}

/// What staff may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Right {
    /// Enter the staff console at all.
    Console,
    /// See reports of the unit, published or not.
    ReportSee,
    /// Write a report down for somebody at the desk or on the telephone (ghi giúp, A19).
    ReportIntake,
    /// Take a report in: it becomes public.
    ReportAccept,
    /// Give it to a person, start, ask, note, answer, resolve.
    ReportWork,
    /// Hand it to another unit or change its category or place.
    ReportRoute,
    /// Refuse it, with a reason.
    ReportReject,
    /// Move the deadline, with a reason.
    ReportExtend,
    /// Take it off or back on the public pages, with a reason.
    ReportHide,
    /// Word it for the public and cover parts of its photos, with a reason; see what was written and covered (R10).
    ReportModerate,
    /// See who reported; each look is logged and shown to the person (A18).
    ReporterReveal,
    /// Take the queue out as a spreadsheet.
    ReportExport,
    /// See and change staff accounts and their roles.
    StaffManage,
    /// Change routing rules, categories and deadlines.
    RulesEdit,
    /// Change units and boundaries.
    UnitsEdit,
    /// Read the audit log.
    AuditRead,
    /// See the queue of messages and the state of gateways.
    GatewaysSee,
    /// Make and revoke keys for other systems (khóa kết nối, R12).
    KeysManage,
    /// Block and unblock citizens' accounts, with a reason (R11).
    AccountBlock,
    /// Keep the unit's standard texts (R6).
    TextsEdit,
    /// Release a personal number that another account holds, for who stands at the desk with the card (A7).
    NumberRelease,
}

impl Right {
    pub const ALL: [Self; 21] = [
        Self::Console,
        Self::ReportSee,
        Self::ReportIntake,
        Self::ReportAccept,
        Self::ReportWork,
        Self::ReportRoute,
        Self::ReportReject,
        Self::ReportExtend,
        Self::ReportHide,
        Self::ReportModerate,
        Self::ReporterReveal,
        Self::ReportExport,
        Self::StaffManage,
        Self::RulesEdit,
        Self::UnitsEdit,
        Self::AuditRead,
        Self::GatewaysSee,
        Self::KeysManage,
        Self::AccountBlock,
        Self::TextsEdit,
        Self::NumberRelease,
    ];
}

/// The table. What is not here is denied.
pub const TABLE: &[(Role, &[Right])] = {
    use Right::*;
    &[
        (Role::PlatformAdmin, &[Console, StaffManage, RulesEdit, UnitsEdit, AuditRead, GatewaysSee, KeysManage]),
        (
            Role::ProvinceOperator,
            &[
                Console,
                ReportSee,
                ReportIntake,
                ReportAccept,
                ReportWork,
                ReportRoute,
                ReportReject,
                ReportExtend,
                ReportHide,
                ReportModerate,
                ReporterReveal,
                ReportExport,
                StaffManage,
                RulesEdit,
                UnitsEdit,
                AuditRead,
                GatewaysSee,
                KeysManage,
                AccountBlock,
                TextsEdit,
                NumberRelease,
            ],
        ),
        (
            Role::UnitLeader,
            &[
                Console,
                ReportSee,
                ReportIntake,
                ReportAccept,
                ReportWork,
                ReportRoute,
                ReportReject,
                ReportExtend,
                ReportHide,
                ReportModerate,
                ReporterReveal,
                ReportExport,
                StaffManage,
                TextsEdit,
                NumberRelease,
            ],
        ),
        (Role::Officer, &[Console, ReportSee, ReportIntake, ReportAccept, ReportWork, ReportRoute, ReporterReveal]),
        (Role::Clerk, &[Console, ReportSee, ReportIntake, ReportAccept, ReportRoute]),
        (Role::DutyOfficer, &[Console, ReportSee, ReportIntake, ReportAccept, ReportRoute]),
        (Role::Editor, &[Console]),
        // They go to people who have no phone of their own.
        (Role::CommunityTeam, &[Console, ReportIntake]),
        (Role::Auditor, &[Console, ReportSee, ReportExport, AuditRead]),
    ]
};

/// Whether a role gives a right at all.
pub fn role_allows(role: Role, right: Right) -> bool {
    TABLE.iter().any(|(r, rights)| *r == role && rights.contains(&right))
}

/// A role held for a unit; `*` is the whole province.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    pub unit: String,
    pub role: Role,
}

/// Where a right holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    Nowhere,
    /// These units and the units below them.
    Units(Vec<String>),
    Province,
}

/// Where these grants give a right.
pub fn reach(grants: &[Grant], right: Right) -> Reach {
    let mut units = Vec::new();
    for grant in grants.iter().filter(|g| role_allows(g.role, right)) {
        if grant.unit == "*" {
            return Reach::Province;
        }
        units.push(grant.unit.clone());
    }
    units.sort();
    units.dedup();
    if units.is_empty() { Reach::Nowhere } else { Reach::Units(units) }
}

/// A signed-in member of staff (cán bộ).
#[derive(Debug, Clone)]
pub struct Officer {
    pub account: Uuid,
    pub name: String,
    pub grants: Vec<Grant>,
}

impl Officer {
    pub fn reach(&self, right: Right) -> Reach {
        reach(&self.grants, right)
    }

    /// Whether a right is held anywhere: decides what navigation shows, never what is done.
    pub fn has(&self, right: Right) -> bool {
        self.reach(right) != Reach::Nowhere
    }

    /// Whether a right holds for a unit whose superiors are `above` (nearest first).
    pub fn may(&self, right: Right, unit: &str, above: &[&str]) -> bool {
        match self.reach(right) {
            Reach::Nowhere => false,
            Reach::Province => true,
            Reach::Units(units) => units.iter().any(|u| u == unit || above.contains(&u.as_str())),
        }
    }

    /// The unit this person acts for: the first one held; for the whole province, the mark `*`.
    pub fn home_unit(&self) -> &str {
        self.grants.iter().find(|g| g.unit != "*").or(self.grants.first()).map_or("*", |g| g.unit.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn officer(grants: &[(&str, Role)]) -> Officer {
        let grants = grants.iter().map(|(u, r)| Grant { unit: (*u).into(), role: *r }).collect();
        Officer { account: Uuid::nil(), name: "Thử".into(), grants }
    }

    #[test]
    fn x6_every_role_stands_once_in_the_table_and_has_a_name() {
        for role in Role::ALL {
            assert_eq!(TABLE.iter().filter(|(r, _)| *r == role).count(), 1, "{role:?}");
            assert_eq!(Role::parse(role.as_str()), Some(role));
        }
        assert_eq!(Role::parse("god"), None);
    }

    #[test]
    fn x6_the_table_is_what_was_agreed() {
        // role: number of rights; a change here is a decision, so the test must be changed with it.
        let counts: Vec<usize> =
            Role::ALL.iter().map(|r| Right::ALL.iter().filter(|x| role_allows(*r, **x)).count()).collect();
        assert_eq!(counts, [7, 21, 15, 7, 5, 5, 1, 2, 4]);
        assert!(!role_allows(Role::PlatformAdmin, Right::ReportSee), "who runs the machine reads no reports");
        assert!(!role_allows(Role::Auditor, Right::ReportWork));
        let releases = |role: &Role| role_allows(*role, Right::NumberRelease);
        let may: Vec<Role> = Role::ALL.into_iter().filter(releases).collect();
        assert_eq!(may, [Role::ProvinceOperator, Role::UnitLeader], "taking a number from an account is a leader's");
    }

    #[test]
    fn x6_rights_end_at_the_unit_and_what_is_below_it() {
        let leader = officer(&[("18880", Role::UnitLeader)]);
        assert!(leader.may(Right::ReportWork, "18880", &["P"]));
        assert!(leader.may(Right::ReportWork, "18880-1", &["18880", "P"]));
        assert!(!leader.may(Right::ReportWork, "18859", &["P"]));
        assert!(!officer(&[]).may(Right::Console, "18880", &[]));
        assert!(officer(&[("*", Role::Auditor)]).may(Right::AuditRead, "18880", &[]));
    }
}
