//! What somebody may do who helps: one table, denied by default. What is not in it, only the person does.

/// What a mandate may be given for (phạm vi giúp).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Gửi phản ánh: sending, adding to it, rating.
    Report,
    /// Theo dõi: reading the own reports and messages.
    Follow,
    /// Ghi giúp: a member of staff writes down what the person says. Nobody can be asked for it.
    Desk,
}

/// What a helper does for the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Write a report and send it.
    Send,
    /// Open a report whose code one has.
    Open,
    /// Add to a report, or answer a question about it.
    Add,
    Rate,
    /// Read the list of the person's reports.
    List,
    /// Read the person's messages.
    Inbox,
}

impl Deed {
    pub const ALL: [Self; 6] = [Self::Send, Self::Open, Self::Add, Self::Rate, Self::List, Self::Inbox];
}

const TABLE: &[(Scope, Deed)] = &[
    (Scope::Report, Deed::Send),
    (Scope::Report, Deed::Open),
    (Scope::Report, Deed::Add),
    (Scope::Report, Deed::Rate),
    (Scope::Follow, Deed::Open),
    (Scope::Follow, Deed::List),
    (Scope::Follow, Deed::Inbox),
    (Scope::Desk, Deed::Send),
    (Scope::Desk, Deed::Open),
];

impl Scope {
    pub const ALL: [Self; 3] = [Self::Report, Self::Follow, Self::Desk];
    /// Those that people give each other.
    pub const GIVEN: [Self; 2] = [Self::Report, Self::Follow];

    /// As it stands in rows and forms.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Follow => "follow",
            Self::Desk => "desk",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Report => 1,
            Self::Follow => 2,
            Self::Desk => 4,
        }
    }
}

/// A set of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// All that people give each other.
    pub fn all() -> Self {
        Scope::GIVEN.into_iter().collect()
    }

    /// As a row says it. A name that is not in the table gives no right.
    pub fn parse(text: &str) -> Self {
        text.split(' ').filter_map(|name| Scope::ALL.into_iter().find(|scope| scope.as_str() == name)).collect()
    }

    pub fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn each(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    pub fn may(self, deed: Deed) -> bool {
        self.each().any(|scope| TABLE.contains(&(scope, deed)))
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.each().map(Scope::as_str).collect::<Vec<_>>().join(" "))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a19_a_scope_gives_what_the_table_says_and_nothing_else() {
        let deeds = |scopes: &str| -> Vec<Deed> {
            Deed::ALL.into_iter().filter(|deed| Scopes::parse(scopes).may(*deed)).collect()
        };
        assert_eq!(deeds("report"), [Deed::Send, Deed::Open, Deed::Add, Deed::Rate]);
        assert_eq!(deeds("follow"), [Deed::Open, Deed::List, Deed::Inbox]);
        assert_eq!(deeds("report follow"), Deed::ALL);
        assert_eq!(deeds("desk"), [Deed::Send, Deed::Open]);
        assert!(!Scopes::all().has(Scope::Desk), "nobody gives it to anybody");
        assert!(deeds("").is_empty() && deeds("everything reports").is_empty(), "unknown names give nothing");
        for scopes in ["", "report", "follow", "report follow", "desk"] {
            assert_eq!(Scopes::parse(scopes).to_string(), scopes);
        }
        assert_eq!(TABLE.len(), 9, "each pair stands once");
    }
}
