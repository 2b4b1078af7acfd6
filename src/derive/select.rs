//! Selectors for `--target`: `site:X`, `org:X`, `role:X`, `platform:X`, `tag:X`, `all` or a device's name;
//! a comma means or, `+` means and, `!` means not; and binds tighter than or.

use std::collections::BTreeSet;
use std::str::FromStr;

use super::{Derived, DeviceFacts};
use crate::finding::nearest;
use crate::model::{Network, Role};
use crate::value::DeviceName;

/// Which devices are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Any of these, each all of those.
    any: Vec<Vec<Term>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    not: bool,
    key: Key,
    value: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    All,
    Name,
    Site,
    Organisation,
    Role,
    Platform,
    Tag,
}

/// Why a text is no selector; a lower-case fragment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SelectorError {
    /// A part between two separators is empty.
    #[error("an empty part in selector `{0}`")]
    Empty(String),
    /// A part starts with a word that is no key.
    #[error("unknown key `{0}:`; use site:, org:, role:, platform:, tag: or a device name")]
    UnknownKey(String),
    /// A part has an equals sign where a colon belongs.
    #[error("`{0}` takes a colon: `{1}`")]
    Equals(String, String),
}

impl FromStr for Selector {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let term = |part: &str| {
            let part = part.trim();
            let (not, rest) = part.strip_prefix('!').map_or((false, part), |rest| (true, rest.trim()));
            if rest.is_empty() {
                return Err(SelectorError::Empty(text.to_owned()));
            }
            let (key, value) = match rest.split_once(':') {
                None if rest == "all" => (Key::All, rest),
                // No device has one in its name.
                None if rest.contains('=') => {
                    return Err(SelectorError::Equals(rest.to_owned(), rest.replacen('=', ":", 1)));
                }
                None => (Key::Name, rest),
                Some(("site", value)) => (Key::Site, value),
                Some(("org", value)) => (Key::Organisation, value),
                Some(("role", value)) => (Key::Role, value),
                Some(("platform", value)) => (Key::Platform, value),
                Some(("tag", value)) => (Key::Tag, value),
                Some((other, _)) => return Err(SelectorError::UnknownKey(other.to_owned())),
            };
            if value.is_empty() {
                return Err(SelectorError::Empty(text.to_owned()));
            }
            Ok(Term { not, key, value: value.to_owned() })
        };
        let any = text.split(',').map(|all| all.split('+').map(term).collect()).collect::<Result<_, _>>()?;
        Ok(Self { any })
    }
}

impl Selector {
    /// Whether a device is meant.
    #[must_use]
    pub fn admits(&self, network: &Network, device: &DeviceFacts) -> bool {
        self.any.iter().any(|all| all.iter().all(|term| term.holds(network, device)))
    }

    /// Every device that is meant, by name.
    #[must_use]
    pub fn devices<'d>(&self, network: &Network, derived: &'d Derived) -> Vec<&'d DeviceName> {
        let meant = derived.devices.iter().filter(|(_, facts)| self.admits(network, facts));
        meant.map(|(name, _)| name).collect()
    }
}

impl Selector {
    /// The first of its words that nothing is called, with what it most likely was meant to be.
    #[must_use]
    pub fn stranger(&self, network: &Network, derived: &Derived) -> Option<(String, Option<String>)> {
        let words = |key: Key| -> BTreeSet<&str> {
            match key {
                Key::All => BTreeSet::new(),
                Key::Name => derived.devices.values().map(|device| device.name.as_str()).collect(),
                Key::Site => network.sites.iter().map(|site| site.id.as_str()).collect(),
                Key::Organisation => network.organisations.iter().map(|one| one.id.as_str()).collect(),
                Key::Role => Role::ALL.into_iter().map(Role::word).collect(),
                Key::Platform => network.models.values().map(|model| model.platform.as_str()).collect(),
                Key::Tag => network.sites.iter().flat_map(|site| &site.tags).map(|tag| tag.as_str()).collect(),
            }
        };
        let mut terms = self.any.iter().flatten().filter(|term| term.key != Key::All);
        terms.find_map(|term| {
            let value = term.value.as_str();
            if words(term.key).contains(value) {
                return None;
            }
            // What is no device may be a place or a kind of them.
            let others = [("site", Key::Site), ("org", Key::Organisation), ("role", Key::Role), ("tag", Key::Tag)];
            let meant = others.into_iter().filter(|_| term.key == Key::Name);
            let other = meant.filter(|(_, key)| words(*key).contains(value)).map(|(word, _)| format!("{word}:{value}"));
            let near = || nearest(value, words(term.key)).map(str::to_owned);
            Some((value.to_owned(), other.min().or_else(near)))
        })
    }
}

impl Term {
    fn holds(&self, network: &Network, device: &DeviceFacts) -> bool {
        let value = self.value.as_str();
        let holds = match self.key {
            Key::All => true,
            Key::Name => device.name.as_str() == value,
            Key::Site => device.site_id.as_str() == value,
            Key::Organisation => device.organisation.as_str() == value,
            Key::Role => device.role.word() == value,
            Key::Platform => device.platform.as_str() == value,
            Key::Tag => {
                let tags = network.sites.get(device.site).map(|site| site.tags.as_slice()).unwrap_or_default();
                tags.iter().any(|tag| tag.as_str() == value)
            }
        };
        holds != self.not
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn and_binds_tighter_than_or() {
        let selector: Selector = "fw-1, site:karlberg + !role:ap".parse().unwrap();
        assert_eq!(selector.any.len(), 2);
        assert_eq!(selector.any[1].len(), 2);
        assert!(selector.any[1][1].not);
    }

    #[test]
    fn nonsense_is_named() {
        assert_eq!("site:a,,b".parse::<Selector>(), Err(SelectorError::Empty("site:a,,b".into())));
        assert_eq!("colour:red".parse::<Selector>(), Err(SelectorError::UnknownKey("colour".into())));
        assert!("!".parse::<Selector>().is_err());
        assert!("site:".parse::<Selector>().is_err());
    }
}
