//! Risk classes, ordered by how much goes wrong when a command is wrong.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The known classes, the mildest first.
pub const ORDER: [&str; 8] =
    ["cosmetic", "access", "trunk", "routing", "policy-permit", "policy-deny", "aaa", "management"];

/// A risk class by name. A class that this list does not know counts as graver than all it knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Risk(pub String);

impl Risk {
    /// Place in [`ORDER`], from 0; its length for an unknown class.
    #[must_use]
    pub fn rank(&self) -> usize {
        ORDER.iter().position(|known| *known == self.0).unwrap_or(ORDER.len())
    }
}

impl fmt::Display for Risk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Ord for Risk {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for Risk {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_class_is_the_gravest() {
        let mut classes = ["weird", "cosmetic", "management", "trunk"].map(|name| Risk(name.to_owned()));
        classes.sort();
        assert_eq!(classes.map(|risk| risk.0), ["cosmetic", "trunk", "management", "weird"]);
    }
}
