//! Row scopes packed into one word: seven scopes of nine actions, one bit each. Union is `|`; the order of containment is
//! a table.

use ztam_model::words::{Action, Scope};

/// A set of scopes of one action.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeSet(pub u8);

const SCOPES: u32 = 7;

/// For each scope, in the order of [`Scope::ALL`], the scopes that it contains, itself included.
/// `own < team < unit < unit-tree < shared < org`; `account` contains `own` and lies below `shared`: it stands beside team
/// and unit. `shared` is judged as `org` unless an inventory proves less, so it contains everything but `org`.
const CONTAINED: [u8; 7] = [
    0b000_0001, // own
    0b000_0011, // account
    0b000_0101, // team
    0b000_1101, // unit
    0b001_1101, // unit-tree
    0b011_1111, // shared
    0b111_1111, // org
];

impl ScopeSet {
    /// No scope.
    pub const NONE: Self = Self(0);
    /// Every scope.
    pub const ALL: Self = Self(0b111_1111);

    /// One scope.
    #[must_use]
    pub const fn of(scope: Scope) -> Self {
        Self(1 << scope as u8)
    }

    /// One scope and everything that it contains.
    #[must_use]
    pub fn down(scope: Scope) -> Self {
        Self(CONTAINED.get(scope as usize).copied().unwrap_or(0))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the very scope is in the set.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// The scopes in the set, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.iter().copied().filter(move |scope| self.has(*scope))
    }

    /// Every scope that is contained in one of the set.
    #[must_use]
    pub fn closure(self) -> Self {
        self.iter().fold(Self::NONE, |all, scope| all.union(Self::down(scope)))
    }

    /// Without scopes that another one of the set contains: what a person would say.
    #[must_use]
    pub fn widest(self) -> Self {
        let dominated = self.iter().fold(0, |all, scope| all | (Self::down(scope).0 & !Self::of(scope).0));
        Self(self.0 & !dominated)
    }

    /// Whether every row of `other` is among the rows of `self`, from the words alone.
    #[must_use]
    pub fn contains(self, other: Self) -> bool {
        other.0 & !self.closure().0 == 0
    }

    /// Whether the set reaches `scope` or wider.
    #[must_use]
    pub fn reaches(self, scope: Scope) -> bool {
        self.closure().has(scope)
    }

    /// Rows in both, as far as the words tell; scopes that stand beside each other meet in what both contain.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        Self(self.closure().0 & other.closure().0).widest()
    }

    /// The widest scope in the order of [`Scope::ALL`], for messages.
    #[must_use]
    pub fn top(self) -> Option<Scope> {
        Scope::ALL.iter().rev().copied().find(|scope| self.has(*scope))
    }

    /// Words for people: `team`, `account or team`.
    #[must_use]
    pub fn words(self) -> String {
        let words: Vec<_> = self.widest().iter().map(Scope::as_str).collect();
        words.join(" or ")
    }
}

/// The scopes of all actions in one word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeWord(pub u64);

impl ScopeWord {
    /// Nothing.
    pub const NONE: Self = Self(0);

    /// Read, create, edit and unmask: what a field knows.
    pub const FIELD_ACTIONS: &'static [Action] =
        &[Action::Read, Action::Create, Action::Edit, Action::Unmask];

    /// One scope of one action.
    #[must_use]
    pub const fn of(action: Action, scope: Scope) -> Self {
        Self((1 << scope as u8 as u64) << (action as u32 * SCOPES))
    }

    /// A set of scopes of one action.
    #[must_use]
    pub const fn of_set(action: Action, scopes: ScopeSet) -> Self {
        Self((scopes.0 as u64) << (action as u32 * SCOPES))
    }

    /// Every scope of some actions: a mask.
    #[must_use]
    pub fn mask(actions: &[Action]) -> Self {
        actions.iter().fold(Self::NONE, |mask, action| mask.union(Self::of_set(*action, ScopeSet::ALL)))
    }

    /// Both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Only what `mask` has too.
    #[must_use]
    pub const fn and(self, mask: Self) -> Self {
        Self(self.0 & mask.0)
    }

    /// Without what `mask` has.
    #[must_use]
    pub const fn without(self, mask: Self) -> Self {
        Self(self.0 & !mask.0)
    }

    /// The scopes of one action.
    #[must_use]
    pub const fn get(self, action: Action) -> ScopeSet {
        ScopeSet(((self.0 >> (action as u32 * SCOPES)) & 0x7f) as u8)
    }

    /// Whether there is nothing.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Actions with scopes, in the order of the language.
    pub fn iter(self) -> impl Iterator<Item = (Action, ScopeSet)> {
        Action::ALL
            .iter()
            .map(move |action| (*action, self.get(*action)))
            .filter(|(_, scopes)| !scopes.is_empty())
    }

    /// Without scopes that another one of the same action contains.
    #[must_use]
    pub fn widest(self) -> Self {
        self.iter().fold(Self::NONE, |all, (action, scopes)| all.union(Self::of_set(action, scopes.widest())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containment_is_a_partial_order() {
        for a in Scope::ALL {
            assert!(ScopeSet::down(*a).has(*a));
            for b in Scope::ALL {
                let both = ScopeSet::down(*a).has(*b) && ScopeSet::down(*b).has(*a);
                assert_eq!(both, a == b);
                for c in Scope::ALL {
                    if ScopeSet::down(*a).has(*b) && ScopeSet::down(*b).has(*c) {
                        assert!(ScopeSet::down(*a).has(*c), "{a:?} {b:?} {c:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn account_stands_beside_team() {
        let account = ScopeSet::of(Scope::Account);
        let team = ScopeSet::of(Scope::Team);
        assert!(!account.contains(team) && !team.contains(account));
        assert_eq!(account.meet(team), ScopeSet::of(Scope::Own));
        assert_eq!(account.union(team).widest(), account.union(team));
        assert!(ScopeSet::of(Scope::Org).contains(account));
        assert_eq!(account.union(team).words(), "account or team");
    }

    #[test]
    fn actions_do_not_touch_each_other() {
        let word = ScopeWord::of(Action::Read, Scope::Org).union(ScopeWord::of(Action::Unmask, Scope::Own));
        assert_eq!(word.get(Action::Read), ScopeSet::of(Scope::Org));
        assert_eq!(word.get(Action::Unmask), ScopeSet::of(Scope::Own));
        assert!(word.get(Action::Create).is_empty());
        assert_eq!(word.iter().count(), 2);
    }
}
