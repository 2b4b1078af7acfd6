//! Regular expressions in platform data, compiled when the file is read.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, de::Error as _};

/// A regular expression that was compiled, and so is legal.
#[derive(Clone, Debug)]
pub struct Pattern(regex::Regex);

impl Deref for Pattern {
    type Target = regex::Regex;
    fn deref(&self) -> &regex::Regex {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        regex::Regex::new(&text)
            .map(Self)
            .map_err(|error| D::Error::custom(format!("not a regular expression: {error}")))
    }
}
