//! Keeps secrets out of messages: what the platform calls secret in a line, and the passwords we log in with.
//!
//! A device may repeat a line it refuses, so the secrets of every line sent are remembered and looked for
//! in what it says. Fingerprints are for people who compare; here a bare `***` does.

use std::collections::HashSet;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};

use crate::config::Sections;
use crate::diff::ScriptLine;
use crate::platform::Platform;

const MASK: &str = "***";
/// One or two characters would black out half of every message, and give the secret away by where.
const SHORTEST: usize = 3;

/// What must not be shown.
#[derive(Clone)]
pub(super) struct Redactor {
    platform: Arc<Platform>,
    values: Vec<SecretString>,
    /// Lines of ours that look like secrets elsewhere, and are none in the sections they were sent in.
    plain: HashSet<String>,
}

impl Redactor {
    pub(super) fn new(platform: Arc<Platform>, values: impl IntoIterator<Item = SecretString>) -> Self {
        let mut redactor = Self { platform, values: Vec::new(), plain: HashSet::new() };
        redactor.values.extend(values.into_iter().filter(|value| value.expose_secret().len() >= SHORTEST));
        redactor
    }

    /// Remembers the secrets of a script that is about to be sent.
    pub(super) fn learn(&mut self, lines: &[ScriptLine]) {
        let mut sections = Sections::new(self.platform.family);
        for line in lines {
            let placed = format!("{:1$}{2}", "", line.depth, line.text);
            sections.reach(&placed);
            let above = sections.above();
            for part in line.text.lines().map(str::trim) {
                for position in &self.platform.rules.secrets {
                    if !position.counts(above.as_deref()) {
                        if position.pattern.is_match(part) {
                            self.plain.insert(part.to_owned());
                        }
                        continue;
                    }
                    let secrets = position.pattern.captures_iter(part).filter_map(|found| found.name("secret"));
                    let long = secrets.filter(|secret| secret.len() >= SHORTEST);
                    self.values.extend(long.map(|secret| SecretString::from(secret.as_str())));
                }
            }
            sections.pass(&placed);
        }
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
        self.mask(&lines.join("\n")).replace('\n', " / ").chars().take(400).collect()
    }

    /// A text that may be shown.
    pub(super) fn mask(&self, text: &str) -> String {
        let lines: Vec<String> = text.split('\n').map(|line| self.mask_line(line)).collect();
        let text = lines.join("\n");
        self.values.iter().fold(text, |text, value| text.replace(value.expose_secret(), MASK))
    }

    fn mask_line(&self, line: &str) -> String {
        let mut line = line.to_owned();
        let plain = self.plain.contains(line.trim());
        for position in self.platform.rules.secrets.iter().filter(|position| !plain || position.below.is_empty()) {
            // Patterns describe a line without its indentation and line end.
            let indent = line.len() - line.trim_start().len();
            let place = position.pattern.captures(line.trim()).and_then(|found| found.name("secret"));
            if let Some(place) = place.map(|secret| indent + secret.start()..indent + secret.end()) {
                line.replace_range(place, MASK);
            }
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Library;

    fn redactor() -> Redactor {
        let platform = Arc::clone(&Library::built_in().unwrap().get("cisco_iosxe").unwrap().platform);
        Redactor::new(platform, [SecretString::from("inloggning")])
    }

    #[test]
    fn a_line_that_is_a_secret_in_one_section_is_shown_where_it_was_sent_in_another() {
        let platform = Arc::clone(&Library::built_in().unwrap().get("fortinet_fortios").unwrap().platform);
        let mut redactor = Redactor::new(platform, None);
        let lines = |text: &str| -> Vec<ScriptLine> {
            text.lines().map(|line| ScriptLine { depth: 0, text: line.trim().to_owned() }).collect()
        };
        let policy = "config firewall policy\nedit 1\nset name kontor\nnext\nend";
        let community = "config system snmp community\nedit 1\nset name hemlig\nnext\nend";
        redactor.learn(&lines(&format!("{policy}\n{community}")));
        assert_eq!(redactor.mask("set name kontor"), "set name kontor");
        assert_eq!(redactor.mask("set name hemlig"), "set name ***");
        assert_eq!(redactor.mask("node_check_object fail! for hemlig"), "node_check_object fail! for ***");
        assert_eq!(redactor.mask("set name whatever"), "set name ***");
    }

    #[test]
    fn secrets_of_the_script_are_hidden_wherever_the_device_repeats_them() {
        let mut redactor = redactor();
        let line = ScriptLine { depth: 0, text: "snmp-server community hemligt123 RO".into() };
        assert!(!redactor.mask(&line.text).contains("hemligt123"));
        assert_eq!(redactor.mask("radius server A\n key 7 hemligt456\r"), "radius server A\n key 7 ***\r");
        redactor.learn(std::slice::from_ref(&line));
        assert_eq!(redactor.mask("% Bad name: hemligt123"), "% Bad name: ***");
        assert_eq!(redactor.mask("Password: inloggning"), "Password: ***");
    }
}
