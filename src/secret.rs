//! Secrets: where their values come from, and how texts that hold them are shown and stored.
//!
//! Three spellings of one secret exist. In an inventory and in rendered text it is a name,
//! `⟪secret:radius⟫`. In memory, for as long as a comparison or a push needs it, it is the value.
//! In everything shown or stored it is a keyed fingerprint, `⟪9f86d081884c7d65⟫`: equal secrets look
//! equal, different ones differ, and nobody without `.samnet/fingerprint.key` can test a guess.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret as _, SecretString};

use crate::value::Id;

mod guess;
mod key;
mod mask;
mod sealed;
mod vault;

pub use guess::bits;
pub use key::{FingerprintKey, KeyError};
pub use mask::Masker;
pub use sealed::{Sealed, SealedError};
pub use vault::{SecretError, Vault};

/// Opens a placeholder or a mask. Devices do not take it in their own configuration.
pub const OPEN: char = '⟪';
/// Closes a placeholder or a mask.
pub const CLOSE: char = '⟫';

/// Puts the values in place of `⟪secret:NAME⟫`.
///
/// # Errors
/// When a name is unknown or its value cannot be had.
pub fn reveal(text: &str, vault: &Vault) -> Result<String, SecretError> {
    replace(text, |inner| match inner.strip_prefix("secret:") {
        Some(name) => {
            let id: Id = name.parse().map_err(|_| SecretError::NoSuch { name: name.to_owned() })?;
            Ok(Some(vault.value(&id)?.expose_secret().to_owned()))
        }
        None => Ok(None),
    })
}

/// The names that `text` refers to, each once.
pub fn names(text: &str) -> Vec<Id> {
    let mut found = Vec::new();
    let walked: Result<String, std::convert::Infallible> = replace(text, |inner| {
        if let Some(id) = inner.strip_prefix("secret:").and_then(|name| name.parse::<Id>().ok()) {
            found.push(id);
        }
        Ok(None)
    });
    drop(walked);
    found.sort();
    found.dedup();
    found
}

/// A mask stands for a value nobody here has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no value is known for the secret {OPEN}{fingerprint}{CLOSE}: it has changed since, or was masked with another key"
)]
pub struct Unfilled {
    /// The fingerprint without a value.
    pub fingerprint: String,
}

/// Puts the values in place of masks, just before a line is sent.
///
/// # Errors
/// When a mask's value is not among `values`.
pub fn fill(line: &str, values: &BTreeMap<String, SecretString>) -> Result<String, Unfilled> {
    replace(line, |inner| {
        if !mask::is_fingerprint(inner) {
            return Ok(None);
        }
        let value = values.get(inner).ok_or_else(|| Unfilled { fingerprint: inner.to_owned() })?;
        Ok(Some(value.expose_secret().to_owned()))
    })
}

/// Puts the values in place of the masks that are among `values`, and leaves the others.
#[must_use]
pub fn fill_known(text: &str, values: &BTreeMap<String, SecretString>) -> String {
    always(text, |inner| values.get(inner).map(|value| value.expose_secret().to_owned()))
}

/// The text with one and the same mark in place of every mask but those whose fingerprint is to be kept.
#[must_use]
pub fn unmarked(text: &str, keep: impl Fn(&str) -> bool) -> String {
    always(text, |inner| (mask::is_fingerprint(inner) && !keep(inner)).then(|| format!("{OPEN}{CLOSE}")))
}

/// [`replace`] with what always has an answer.
fn always(text: &str, mut with: impl FnMut(&str) -> Option<String>) -> String {
    let replaced: Result<String, std::convert::Infallible> = replace(text, |inner| Ok(with(inner)));
    match replaced {
        Ok(replaced) => replaced,
        Err(never) => match never {},
    }
}

/// Calls `with` for the inside of every `⟪…⟫` on one line and puts its answer there; `None` leaves it.
fn replace<E>(text: &str, mut with: impl FnMut(&str) -> Result<Option<String>, E>) -> Result<String, E> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        out.push_str(before);
        let inside = after.split_once(CLOSE).filter(|(inner, _)| !inner.contains(['\n', OPEN]));
        let Some((inner, beyond)) = inside else {
            out.push(OPEN);
            rest = after;
            continue;
        };
        if let Some(value) = with(inner)? {
            out.push_str(&value);
        } else {
            out.extend([OPEN]);
            out.push_str(inner);
            out.extend([CLOSE]);
        }
        rest = beyond;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fill_needs_every_value() {
        let mut values = BTreeMap::new();
        values.insert("0123456789abcdef".to_owned(), SecretString::from("hemlig"));
        assert_eq!(fill("key ⟪0123456789abcdef⟫ x", &values).unwrap(), "key hemlig x");
        assert_eq!(fill("key ⟪fedcba9876543210⟫", &values).unwrap_err().fingerprint, "fedcba9876543210");
        assert_eq!(fill("a ⟪ b ⟫ c ⟪", &values).unwrap(), "a ⟪ b ⟫ c ⟪");
    }

    #[test]
    fn masks_that_are_not_kept_look_the_same() {
        let text = "a ⟪0123456789abcdef⟫ ⟪fedcba9876543210⟫ ⟪secret:x⟫";
        assert_eq!(unmarked(text, |mark| mark == "fedcba9876543210"), "a ⟪⟫ ⟪fedcba9876543210⟫ ⟪secret:x⟫");
    }

    #[test]
    fn names_are_found_once_and_sorted() {
        let found = names("a ⟪secret:b⟫ ⟪secret:a⟫\n⟪secret:b⟫ ⟪secret:Not One⟫");
        assert_eq!(found.iter().map(Id::as_str).collect::<Vec<_>>(), ["a", "b"]);
    }
}
