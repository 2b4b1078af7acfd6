//! Ports that sections share out among them: VLANs that name their ports.
//!
//! A port stands without a tag in one VLAN at a time; the default VLAN has whoever no other has; a port of a bundle
//! stands in none, its bundle does.

use std::collections::{BTreeMap, BTreeSet};

use super::{Dialect, Path, Section};
use crate::platform::lab::Members;

/// Who was where before a command.
#[derive(Debug, Default)]
pub(super) struct Before {
    placed: BTreeSet<String>,
    bundled: BTreeMap<String, String>,
}

impl Section {
    /// Who is where now.
    pub(super) fn shared(&self, members: &Members) -> Before {
        Before { placed: self.placed(members), bundled: self.bundled(members) }
    }

    /// Has every section give up what a command put elsewhere.
    pub(super) fn share(
        &mut self,
        dialect: &Dialect,
        members: &Members,
        path: &[String],
        came: (&str, &[String]),
        before: &Before,
    ) {
        let (word, ports) = came;
        for port in ports {
            if word == members.alone {
                self.leave(members, |key| !path.contains(&key.to_owned()), &members.alone, port);
                self.leave(members, |key| path.contains(&key.to_owned()), &members.beside, port);
            } else if word == members.beside {
                self.leave(members, |key| path.contains(&key.to_owned()), &members.alone, port);
            }
        }
        let bundled = self.bundled(members);
        let gone = before.bundled.values().filter(|name| !bundled.values().any(|now| &now == name));
        let out: BTreeSet<&String> = bundled.keys().chain(gone).collect();
        for port in &out {
            self.leave(members, |_| true, &members.alone, port);
            self.leave(members, |_| true, &members.beside, port);
        }
        let placed = self.placed(members);
        let known = before.placed.iter().chain(bundled.values()).chain(before.bundled.keys());
        let lost: BTreeSet<&String> = known.filter(|port| !placed.contains(*port) && !out.contains(port)).collect();
        if lost.is_empty() && placed == before.placed && ports.is_empty() {
            return;
        }
        self.take_home(dialect, members, &lost);
    }

    /// Puts ports into the section for whoever has none, and notes there who has another.
    fn take_home(&mut self, dialect: &Dialect, members: &Members, lost: &BTreeSet<&String>) {
        if self.find(|text| text == members.home).is_none() {
            // The platform's own data names a section that its grammar knows.
            self.apply(dialect, &Path::new(), &dialect.cli.root, &members.home).ok();
        }
        let away: BTreeSet<String> = self.placed(members);
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.text == members.home) else { return };
        let Some((mode, section)) = &mut entry.section else { return };
        let Some(compiled) = dialect.mode(mode) else { return };
        let negation = dialect.cli.negation.as_str();
        for port in lost {
            let line = format!("{} {port}", members.alone);
            if let Ok(found) = compiled.lines.read(&line, false) {
                section.enter(dialect, compiled, &found, negation);
            }
        }
        let denied = format!("{negation} {} ", members.alone);
        section.entries.retain(|entry| !entry.text.starts_with(&denied));
        let here: BTreeSet<String> = section.ports(&members.alone).collect();
        for port in away.iter().filter(|port| !here.contains(*port)) {
            let line = format!("{} {port}", members.alone);
            let Ok(found) = compiled.lines.read(&line, false) else { continue };
            let text = format!("{denied}{port}");
            section.entries.push(super::Entry {
                rule: found.rule,
                key: text.clone(),
                text,
                number: None,
                section: None,
                port: Some(port.clone()),
            });
        }
        section.sort(compiled);
    }

    fn groups<'s>(&'s self, members: &'s Members) -> impl Iterator<Item = &'s Self> {
        let start = format!("{} ", members.sections);
        let own = self.entries.iter().filter(move |entry| entry.text.starts_with(&start));
        own.filter_map(|entry| entry.section.as_ref().map(|(_, section)| section))
    }

    fn ports<'s>(&'s self, word: &'s str) -> impl Iterator<Item = String> + 's {
        self.entries.iter().filter_map(move |entry| {
            let port = entry.text.strip_prefix(word)?.strip_prefix(' ')?;
            entry.port.as_ref().filter(|have| *have == port).cloned()
        })
    }

    fn placed(&self, members: &Members) -> BTreeSet<String> {
        let all = |section: &Self| -> Vec<String> {
            section.ports(&members.alone).chain(section.ports(&members.beside)).collect()
        };
        self.groups(members).flat_map(all).collect()
    }

    /// Ports of bundles, each with its bundle as the sections call it.
    fn bundled(&self, members: &Members) -> BTreeMap<String, String> {
        let start = format!("{} ", members.bundle);
        let of = |entry: &super::Entry| {
            let name = entry.text.strip_prefix(&start)?.split(' ').nth(1)?;
            let mut letters = name.chars();
            let first = letters.next()?.to_ascii_uppercase();
            Some((entry.port.clone()?, format!("{first}{}", letters.as_str())))
        };
        self.entries.iter().filter_map(of).collect()
    }

    fn leave(&mut self, members: &Members, which: impl Fn(&str) -> bool, word: &str, port: &str) {
        let start = format!("{} ", members.sections);
        let line = format!("{word} {port}");
        for entry in self.entries.iter_mut().filter(|entry| entry.text.starts_with(&start) && which(&entry.key)) {
            if let Some((_, section)) = &mut entry.section {
                section.entries.retain(|entry| entry.text != line);
            }
        }
    }
}
