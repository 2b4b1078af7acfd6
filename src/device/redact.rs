//! Keeps secrets out of messages: what the platform calls secret in a line, and the passwords we log in with.

use secrecy::{ExposeSecret as _, SecretString};

const MASK: &str = "***";

/// What must not be shown.
#[derive(Clone, Default)]
pub(super) struct Redactor {
    values: Vec<SecretString>,
}

impl Redactor {
    pub(super) fn new(values: impl IntoIterator<Item = SecretString>) -> Self {
        // One or two characters would black out half of every message, and give the secret away by where.
        Self { values: values.into_iter().filter(|value| value.expose_secret().len() > 2).collect() }
    }

    /// A text that may be shown, and at most 400 characters of it, from the end.
    pub(super) fn tail(&self, text: &str) -> String {
        let masked = self.mask(text.trim());
        let skip = masked.chars().count().saturating_sub(400);
        masked.chars().skip(skip).collect()
    }

    /// A text that may be shown, on one line, and at most 400 characters of it, from the start.
    pub(super) fn head(&self, text: &str) -> String {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(6).collect();
        self.mask(&lines.join(" / ")).chars().take(400).collect()
    }

    /// A text that may be shown.
    pub(super) fn mask(&self, text: &str) -> String {
        self.values.iter().fold(text.to_owned(), |text, value| text.replace(value.expose_secret(), MASK))
    }
}
