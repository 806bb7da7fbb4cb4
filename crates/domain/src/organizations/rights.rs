//! Who may do what for an organisation: one table, denied by default.

/// Roles within an organisation (vai trò trong tổ chức).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Người quản lý: decides who acts for it.
    Manager,
    /// Thành viên: acts for it.
    Member,
}

impl Role {
    pub const ALL: [Self; 2] = [Self::Manager, Self::Member];

    /// As it stands in rows and forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manager => "manager",
            Self::Member => "member",
        }
    }

    /// `None` for a role that is not in the table: it then gives no right.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }
}

/// What somebody does with an organisation that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// The page: code, name, members.
    See,
    /// Those who were invited and have not answered.
    SeeInvited,
    Invite,
    Withdraw,
    ChangeRole,
    Remove,
    Leave,
}

impl Deed {
    pub const ALL: [Self; 7] =
        [Self::See, Self::SeeInvited, Self::Invite, Self::Withdraw, Self::ChangeRole, Self::Remove, Self::Leave];
}

const TABLE: &[(Role, Deed)] = &[
    (Role::Manager, Deed::See),
    (Role::Manager, Deed::SeeInvited),
    (Role::Manager, Deed::Invite),
    (Role::Manager, Deed::Withdraw),
    (Role::Manager, Deed::ChangeRole),
    (Role::Manager, Deed::Remove),
    (Role::Manager, Deed::Leave),
    (Role::Member, Deed::See),
    (Role::Member, Deed::Leave),
];

impl Role {
    pub fn may(self, deed: Deed) -> bool {
        TABLE.contains(&(self, deed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a11_members_see_and_leave_and_managers_do_the_rest() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.as_str()), Some(role));
            for deed in Deed::ALL {
                let expected = role == Role::Manager || matches!(deed, Deed::See | Deed::Leave);
                assert_eq!(role.may(deed), expected, "{role:?} {deed:?}");
            }
        }
        assert_eq!(Role::parse("owner"), None);
        assert_eq!(TABLE.len(), 9, "each pair stands once");
    }
}
