//! Configuration of sections and lines, changed the way such a device changes it, one command at a time.
//!
//! Written apart from `diff` on purpose: a mistake there must not be repeated here.

use std::cmp::Ordering;

use super::dialect::{Compiled, Dialect};
use super::grammar::{Match, Misfit};

mod members;

use crate::platform::lab::Numbered;
use crate::value::{collapse, collapse_ports, number_ranges};

/// The lines of one section, in the order they are printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) entries: Vec<Entry>,
}

/// One line, with its section if it opens one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Place among the mode's patterns; lines the grammar does not know come last.
    rule: usize,
    /// What the line is known by.
    key: String,
    /// The line as printed, without its number.
    pub(super) text: String,
    /// Its number, in a numbered list.
    number: Option<u32>,
    /// The port it is about, where it stands for one of a list.
    port: Option<String>,
    /// Mode and lines of its section.
    section: Option<(String, Section)>,
}

/// Where a session stands: the keys of the sections it went through.
pub(super) type Path = Vec<String>;

/// What became of a command.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Applied {
    /// What the device says.
    pub(super) say: String,
    /// Section entered: its key and mode.
    pub(super) entered: Option<(String, String)>,
    /// The device refused.
    pub(super) refused: bool,
    /// Lines of the same section that follow.
    then: Vec<String>,
}

const FOREIGN: usize = usize::MAX;

impl Section {
    /// Reads a whole configuration as printed or rendered; lines the grammar does not know are kept as they are.
    pub(super) fn load(dialect: &Dialect, text: &str) -> Self {
        let mut root = Self::default();
        let cli = &dialect.cli;
        // (indentation of the section's own line, its key, its mode)
        let mut stack: Vec<(usize, String, String)> = Vec::new();
        let mut banner: Option<(String, String)> = None;
        // Whoever is to leave the section for those that have none needs another first.
        let mut late: Vec<(Path, String, String)> = Vec::new();
        let leaves = |path: &[String], words: &str| {
            let rest = words.strip_prefix(cli.negation.as_str()).map(str::trim_start);
            cli.members.as_ref().is_some_and(|members| {
                path == [members.home.clone()] && rest.is_some_and(|rest| rest.starts_with(&members.alone))
            })
        };
        for line in text.lines() {
            if let Some((open, mark)) = &mut banner {
                open.push('\n');
                open.push_str(line);
                if line.contains(mark.as_str()) {
                    let whole = std::mem::take(open);
                    banner = None;
                    // A banner is known to the grammar by its first line, so this cannot fail.
                    root.apply(dialect, &Path::new(), &cli.root, &whole).ok();
                }
                continue;
            }
            let line = line.trim_end();
            let indent = line.len() - line.trim_start().len();
            let words = line.trim_start();
            let noise =
                words.is_empty() || words.starts_with('!') || cli.print.footer.lines().any(|footer| footer == words);
            if noise || cli.print.header.lines().any(|header| !header.is_empty() && header == words) {
                continue;
            }
            while stack.last().is_some_and(|(at, _, _)| *at >= indent) {
                let left = stack.pop();
                let close =
                    left.and_then(|(at, _, mode)| (at == indent).then(|| dialect.mode(&mode)?.mode.close.clone())?);
                if close.is_some_and(|close| close == words) {
                    break;
                }
            }
            let path: Path = stack.iter().map(|(_, key, _)| key.clone()).collect();
            let mode = stack.last().map_or(cli.root.as_str(), |(_, _, mode)| mode.as_str());
            if leaves(&path, words) {
                late.push((path, mode.to_owned(), words.to_owned()));
                continue;
            }
            let is_close = |compiled: &Compiled| compiled.mode.close.as_deref() == Some(words);
            if dialect.modes_under(mode).into_iter().any(is_close) {
                continue;
            }
            if let Some(mark) = banner_mark(dialect, mode, words)
                && !closes(words, &mark)
            {
                banner = Some((words.to_owned(), mark));
                continue;
            }
            match root.apply(dialect, &path, mode, words) {
                Ok(Applied { entered: Some((key, mode)), .. }) => stack.push((indent, key, mode)),
                Ok(_) => {}
                Err(_) => {
                    if let Some(section) = root.at(&path) {
                        section.entries.push(Entry::foreign(words));
                        // What is indented below an unknown line stays below it.
                        stack.push((indent, words.to_owned(), String::new()));
                    }
                }
            }
        }
        for (path, mode, words) in late {
            // The grammar knows the line, or it would not be that of the ports.
            root.apply(dialect, &path, &mode, &words).ok();
        }
        root
    }

    /// The section a path leads to.
    pub(super) fn at(&mut self, path: &[String]) -> Option<&mut Self> {
        let Some((key, rest)) = path.split_first() else { return Some(self) };
        let entry = self.entries.iter_mut().find(|entry| &entry.key == key)?;
        let (_, section) = entry.section.get_or_insert_with(|| (String::new(), Self::default()));
        section.at(rest)
    }

    /// The sections that one name stands for, where there is none of that name: `interface 1-4`.
    fn several(&self, key: &str) -> Option<Vec<String>> {
        let (words, list) = key.rsplit_once(' ')?;
        if self.entries.iter().any(|entry| entry.key == key) {
            return None;
        }
        let ports = crate::value::port_ranges(list).ok().filter(|ports| ports.len() > 1)?;
        Some(ports.iter().map(|port| format!("{words} {port}")).collect())
    }

    /// The first outermost line that passes a test.
    pub(super) fn find(&self, mut test: impl FnMut(&str) -> bool) -> Option<&Entry> {
        self.entries.iter().find(|entry| test(&entry.text))
    }

    /// Lines the grammar does not know, outermost first.
    pub(super) fn foreign(&self) -> Vec<String> {
        let mut found = Vec::new();
        for entry in &self.entries {
            if entry.rule == FOREIGN {
                found.push(entry.text.clone());
            }
            if let Some((_, section)) = &entry.section {
                found.extend(section.foreign());
            }
        }
        found
    }

    /// Enters one command into the section at `path`, which is of `mode`. `self` is the whole configuration.
    pub(super) fn apply(
        &mut self,
        dialect: &Dialect,
        path: &[String],
        mode: &str,
        line: &str,
    ) -> Result<Applied, Misfit> {
        let Some(compiled) = dialect.mode(mode) else { return Err(Misfit::Unknown(0)) };
        if let Some((first, rest)) = path.split_first()
            && let Some(all) = self.several(first)
        {
            let mut applied = Applied::default();
            for one in all {
                let path: Path = std::iter::once(one).chain(rest.iter().cloned()).collect();
                applied = self.apply(dialect, &path, mode, line)?;
            }
            return Ok(applied);
        }
        let negation = dialect.cli.negation.as_str();
        let (negated, skip) = match line.split_once(' ') {
            Some((first, rest)) if first == negation || first == "default" => {
                (true, line.len() - rest.trim_start().len())
            }
            _ => (false, 0),
        };
        let body = line.get(skip..).unwrap_or_default();
        let (number, skip_number) = match (compiled.mode.numbered, body.split_once(' ')) {
            (Some(_), Some((first, rest))) if first.parse::<u32>().is_ok() => {
                (first.parse::<u32>().ok(), body.len() - rest.trim_start().len())
            }
            (Some(_), None) if negated && body.parse::<u32>().is_ok() => {
                let number = body.parse::<u32>().ok();
                if let Some(section) = self.at(path) {
                    section.entries.retain(|entry| entry.number != number);
                }
                return Ok(Applied::default());
            }
            _ => (None, 0),
        };
        let body = body.get(skip_number..).unwrap_or_default();
        let shift = |misfit| match misfit {
            Misfit::Unknown(column) => Misfit::Unknown(column + skip + skip_number),
            Misfit::Ambiguous(column) => Misfit::Ambiguous(column + skip + skip_number),
            Misfit::Incomplete => Misfit::Incomplete,
        };
        let found = compiled.lines.read(body, negated).map_err(shift)?;
        let full = if negated { format!("{negation} {}", found.text()) } else { found.text() };
        let mut applied = self.effects(dialect, path, &full);
        if applied.refused {
            return Ok(applied);
        }
        let rule = compiled.lines.rule(found.rule);
        let members = dialect.cli.members.as_ref();
        let before = members.map(|members| self.shared(members));
        let Some(section) = self.at(path) else { return Ok(applied) };
        if rule.is_some_and(|rule| rule.ports) {
            for port in found.ports() {
                let one = found.of_port(&port);
                if negated {
                    section.negate(compiled, &one, negation);
                } else {
                    let entered = section.enter(dialect, compiled, &one, negation);
                    applied.entered = entered.map(|(_, mode)| (found.key(), mode));
                }
            }
        } else if let Some(numbered) = compiled.mode.numbered {
            if !section.number(&found, number, negated, numbered) {
                applied.say.push_str(&dialect.cli.errors.duplicate);
                applied.refused = true;
            }
        } else if negated {
            section.negate(compiled, &found, negation);
        } else {
            applied.entered = section.enter(dialect, compiled, &found, negation);
        }
        section.hide(compiled);
        section.sort(compiled);
        if let (Some(members), Some(before)) = (members, &before) {
            let word = found.words.first().filter(|_| !negated).map_or("", |word| word.text.as_str());
            self.share(dialect, members, path, (word, &found.ports()), before);
        }
        for line in std::mem::take(&mut applied.then) {
            // As with what is entered at the outermost level: the platform's own data.
            self.apply(dialect, path, mode, &line).ok();
        }
        Ok(applied)
    }

    /// The question a line has the device ask first.
    pub(super) fn question(dialect: &Dialect, mode: &str, line: &str) -> Option<String> {
        let (negation, body) = match line.split_once(' ') {
            Some((first, rest)) if first == dialect.cli.negation => (Some(first), rest.trim_start()),
            _ => (None, line),
        };
        let found = dialect.mode(mode)?.lines.read(body, negation.is_some()).ok()?;
        let full = negation.map_or_else(|| found.text(), |negation| format!("{negation} {}", found.text()));
        dialect.cli.effects.iter().find(|effect| effect.ask.is_some() && effect.when.is_match(&full))?.ask.clone()
    }

    fn effects(&mut self, dialect: &Dialect, path: &[String], full: &str) -> Applied {
        let mut applied = Applied::default();
        for effect in &dialect.cli.effects {
            let Some(groups) = effect.when.captures(full) else { continue };
            let expand = |template: &str| {
                let mut text = String::new();
                groups.expand(template, &mut text);
                text
            };
            if effect.unless.as_ref().is_some_and(|line| {
                let line = expand(line);
                self.find(|text| text == line).is_some()
            }) {
                continue;
            }
            applied.say.push_str(&expand(&effect.say));
            if effect.refuse {
                applied.refused = true;
                return applied;
            }
            for line in &effect.run {
                // The line comes from the platform's own data; one it refuses has no effect here either.
                self.apply(dialect, &Path::new(), &dialect.cli.root, &expand(line)).ok();
            }
            if let (Some(pattern), Some(section)) = (&effect.drop, self.at(path)) {
                section.entries.retain(|entry| !pattern.is_match(&entry.text));
            }
            applied.then.extend(effect.add.iter().map(|line| expand(line)));
        }
        applied
    }

    fn enter(
        &mut self,
        dialect: &Dialect,
        compiled: &Compiled,
        found: &Match,
        negation: &str,
    ) -> Option<(String, String)> {
        let rule = compiled.lines.rule(found.rule)?;
        let key = found.key();
        if let Some(mode) = &rule.opens {
            let keys = if rule.list { spread(&key) } else { vec![key] };
            for key in &keys {
                let text = if rule.list { key.clone() } else { found.text() };
                if let Some(entry) = self.entries.iter_mut().find(|entry| &entry.key == key) {
                    entry.text = text;
                    continue;
                }
                let count = self.entries.iter().filter(|entry| entry.rule == found.rule).count();
                let section = Some((mode.clone(), Self::born(dialect, mode, count)));
                self.entries.push(Entry {
                    rule: found.rule,
                    key: key.clone(),
                    text,
                    number: None,
                    port: None,
                    section,
                });
            }
            return keys.last().map(|key| (key.clone(), mode.clone()));
        }
        if rule.list
            && let Some((words, new)) = listed(&key)
        {
            self.relist(found.rule, words, |old| [old, new.as_slice()].concat());
            return None;
        }
        self.entries.retain(|entry| entry.key != format!("{negation} {key}"));
        if rule.default_on && !found.words.iter().any(|word| word.value) {
            return None;
        }
        let text = match vlan_form(found) {
            Some((form, ids)) => {
                let old = self.entries.iter().find(|entry| entry.key == key).map(|entry| entry.text.as_str());
                let Some(list) = vlans(old.and_then(|text| text.strip_prefix(&key)), form, ids) else {
                    self.entries.retain(|entry| entry.key != key);
                    return None;
                };
                format!("{key} {list}")
            }
            None => found.text(),
        };
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.key == key) {
            entry.text = text;
        } else {
            let port = found.words.iter().find(|word| word.ports).map(|word| word.text.clone());
            self.entries.push(Entry { rule: found.rule, key, text, number: None, port, section: None });
        }
        None
    }

    /// A new section, with what the device puts in it by itself.
    fn born(dialect: &Dialect, mode: &str, count: usize) -> Self {
        let mut section = Self::default();
        let given = dialect.mode(mode).map_or(&[][..], |compiled| compiled.mode.given.as_slice());
        for line in given {
            // The line comes from the platform's own data; one it refuses is not there.
            section.apply(dialect, &[], mode, &line.replace("{count}", &count.to_string())).ok();
        }
        section
    }

    fn negate(&mut self, compiled: &Compiled, found: &Match, negation: &str) {
        let key = found.key();
        let rule = compiled.lines.rule(found.rule);
        if rule.is_some_and(|rule| rule.list && rule.opens.is_none())
            && let Some((words, gone)) = listed(&key)
        {
            self.relist(found.rule, words, |old| old.iter().copied().filter(|id| !gone.contains(id)).collect());
            return;
        }
        let keys = if rule.is_some_and(|rule| rule.list) { spread(&key) } else { vec![key.clone()] };
        let text = found.text();
        if rule.is_some_and(|rule| rule.begins) {
            let start = format!("{text} ");
            self.entries.retain(|entry| !entry.text.starts_with(&start));
            return;
        }
        // With values in the middle the whole line has to be repeated; behind the key any value will do.
        let exact = found.value_inside();
        self.entries.retain(|entry| !(keys.contains(&entry.key) && (!exact || entry.text == text)));
        if rule.is_some_and(|rule| rule.shows_off) {
            let text = format!("{negation} {key}");
            if !self.entries.iter().any(|entry| entry.key == text) {
                self.entries.push(Entry {
                    rule: found.rule,
                    key: text.clone(),
                    text,
                    number: None,
                    port: None,
                    section: None,
                });
            }
        }
    }

    /// Changes the one line that holds a VLAN list built up by several commands.
    fn relist(&mut self, rule: usize, words: &str, change: impl FnOnce(&[u32]) -> Vec<u32>) {
        let key = |entry: &Entry| entry.rule == rule && listed(&entry.text).is_some_and(|(have, _)| have == words);
        let old = self.entries.iter().find(|entry| key(entry)).and_then(|entry| listed(&entry.text));
        let mut ids = change(old.as_ref().map_or(&[], |(_, ids)| ids));
        ids.sort_unstable();
        ids.dedup();
        self.entries.retain(|entry| !key(entry));
        if !ids.is_empty() {
            let ids: Vec<u16> = ids.iter().filter_map(|id| u16::try_from(*id).ok()).collect();
            let text = format!("{words} {}", collapse(&ids));
            self.entries.push(Entry { rule, key: text.clone(), text, number: None, port: None, section: None });
        }
    }

    /// Changes a numbered list; false where the number is taken.
    fn number(&mut self, found: &Match, number: Option<u32>, negated: bool, by: Numbered) -> bool {
        let text = found.text();
        if negated {
            self.entries
                .retain(|entry| entry.text != text || number.is_some_and(|number| entry.number != Some(number)));
            return true;
        }
        // A remark may stand above every entry it speaks of.
        if by.replaces {
            self.entries.retain(|entry| number.is_none() || entry.number != number);
        } else if !text.starts_with("remark ") && self.entries.iter().any(|entry| entry.text == text) {
            return true;
        }
        if number.is_some_and(|number| self.entries.iter().any(|entry| entry.number == Some(number))) {
            return false;
        }
        let last = self.entries.iter().filter_map(|entry| entry.number).max();
        let number = number.unwrap_or_else(|| last.map_or(by.start, |last| last.saturating_add(by.step)));
        // One rule for all: order within the list is by number alone.
        self.entries.push(Entry {
            rule: 0,
            key: format!("{number} {text}"),
            text,
            number: Some(number),
            port: None,
            section: None,
        });
        true
    }

    /// Numbers a list anew.
    pub(super) fn resequence(&mut self, start: u32, step: u32) {
        let mut next = start;
        for entry in &mut self.entries {
            entry.number = Some(next);
            entry.key = format!("{next} {}", entry.text);
            next = next.saturating_add(step);
        }
    }

    fn hide(&mut self, compiled: &Compiled) {
        let hidden = &compiled.mode.hidden;
        let mut hidden: Vec<_> = hidden.iter().collect();
        let stands = |line: &str| self.entries.iter().any(|entry| entry.text == line);
        hidden.extend(compiled.mode.shadowed.iter().filter(|(by, _)| stands(by)).map(|(_, pattern)| pattern));
        self.entries
            .retain(|entry| entry.section.is_some() || !hidden.iter().any(|pattern| pattern.is_match(&entry.text)));
    }

    fn sort(&mut self, compiled: &Compiled) {
        self.entries.sort_by(|a, b| {
            let section = |entry: &Entry| entry.section.is_some();
            a.rule.cmp(&b.rule).then_with(|| match (a.number, b.number) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ if section(a) && section(b) => natural(&a.text, &b.text),
                _ if compiled.lines.rule(a.rule).is_some_and(|rule| rule.ports) => natural(&a.text, &b.text),
                _ => Ordering::Equal,
            })
        });
    }

    /// The configuration as printed, without what stands before and after.
    pub(super) fn print(&self, dialect: &Dialect) -> String {
        let mut out = String::new();
        self.print_into(dialect, &dialect.cli.root, 0, &mut out);
        out
    }

    fn print_into(&self, dialect: &Dialect, mode: &str, depth: usize, out: &mut String) {
        let print = &dialect.cli.print;
        let pad = " ".repeat(depth * print.indent.unwrap_or(1));
        let rule_of = |entry: &Entry| dialect.mode(mode).and_then(|compiled| compiled.lines.rule(entry.rule));
        let mut entries = self.entries.iter().peekable();
        let mut after_section = false;
        while let Some(entry) = entries.next() {
            let is_section = entry.section.is_some();
            if depth == 0
                && !print.separator.is_empty()
                && (is_section || after_section)
                && !out.ends_with(&separator(print))
            {
                out.push_str(&separator(print));
            }
            after_section = is_section;
            let Some((inner, section)) = &entry.section else {
                if let Some(shape) = rule_of(entry).filter(|rule| rule.gathers).and_then(|_| entry.shape()) {
                    let mut ports: Vec<String> = entry.port.iter().cloned().collect();
                    while let Some(next) = entries.next_if(|next| next.shape().as_ref() == Some(&shape)) {
                        ports.extend(next.port.clone());
                    }
                    let line = format!("{} {} {}", shape.0, collapse_ports(&ports), shape.1);
                    out.push_str(&pad);
                    out.push_str(line.trim_end());
                    out.push('\n');
                    continue;
                }
                let number = entry.number.map(|number| format!("{number} ")).unwrap_or_default();
                for line in wrapped(&format!("{number}{}", entry.text), print.wrap) {
                    out.push_str(&pad);
                    out.push_str(&line);
                    out.push('\n');
                }
                continue;
            };
            let compiled = dialect.mode(inner);
            if section.entries.is_empty() && compiled.is_some_and(|compiled| compiled.mode.hide_empty) {
                continue;
            }
            let mut title = entry.text.clone();
            if section.entries.is_empty() && rule_of(entry).is_some_and(|rule| rule.list) {
                let same = |next: &&Entry| {
                    next.rule == entry.rule
                        && next.section.as_ref().is_some_and(|(_, section)| section.entries.is_empty())
                };
                let mut keys = vec![entry.key.as_str()];
                while let Some(next) = entries.next_if(same) {
                    keys.push(&next.key);
                }
                title = gather(&keys);
            }
            out.push_str(&pad);
            out.push_str(&title);
            out.push('\n');
            section.print_into(dialect, inner, depth + 1, out);
            if let Some(close) = compiled.and_then(|compiled| compiled.mode.close.as_ref()) {
                let inner = " ".repeat((depth + 1) * print.indent.unwrap_or(1));
                out.push_str(if print.close_inside { &inner } else { &pad });
                out.push_str(close);
                out.push('\n');
            }
        }
    }
}

impl Entry {
    fn foreign(text: &str) -> Self {
        Self { rule: FOREIGN, key: text.to_owned(), text: text.to_owned(), number: None, port: None, section: None }
    }

    /// The words before its port and those behind it.
    fn shape(&self) -> Option<(String, String)> {
        let port = self.port.as_deref()?;
        let words: Vec<&str> = self.text.split(' ').collect();
        let at = words.iter().position(|word| *word == port)?;
        Some((words.get(..at)?.join(" "), words.get(at + 1..)?.join(" ")))
    }

    /// The words behind the first.
    pub(super) fn value(&self) -> &str {
        self.text.split_once(' ').map_or("", |(_, rest)| rest)
    }
}

fn separator(print: &crate::platform::lab::Print) -> String {
    format!("{}\n", print.separator)
}

/// The mark that ends the banner a line begins, if it begins one.
pub(super) fn banner_mark(dialect: &Dialect, mode: &str, line: &str) -> Option<String> {
    let compiled = dialect.mode(mode)?;
    let found = compiled.lines.read(line, false).ok()?;
    if !compiled.lines.takes_banner(found.rule) {
        return None;
    }
    let text = &found.words.last()?.text;
    // Printed configurations show the control character ETX as the two characters `^C`.
    if text.starts_with("^C") {
        return Some("^C".to_owned());
    }
    text.chars().next().map(String::from)
}

/// Whether the mark that opens a banner on this line also closes it there.
pub(super) fn closes(line: &str, mark: &str) -> bool {
    line.matches(mark).count() >= 2
}

/// The words and the ids of a line that ends in a VLAN list.
fn listed(line: &str) -> Option<(&str, Vec<u32>)> {
    let (words, list) = line.rsplit_once(' ')?;
    Some((words, number_ranges(list).ok()?))
}

/// `vlan 10,20` as `vlan 10` and `vlan 20`.
fn spread(key: &str) -> Vec<String> {
    let Some((words, list)) = key.rsplit_once(' ') else { return vec![key.to_owned()] };
    match number_ranges(list) {
        Ok(ids) => ids.iter().map(|id| format!("{words} {id}")).collect(),
        Err(_) => vec![key.to_owned()],
    }
}

/// `vlan 10` and `vlan 20` as `vlan 10,20`.
fn gather(keys: &[&str]) -> String {
    let words = keys.first().and_then(|key| key.rsplit_once(' ')).map_or("", |(words, _)| words);
    let ids: Vec<u16> = keys.iter().filter_map(|key| key.rsplit_once(' ')?.1.parse().ok()).collect();
    format!("{words} {}", collapse(&ids))
}

/// The form (`add`, `remove`, `except`, none) and ids of a line whose value is a VLAN list.
fn vlan_form(found: &Match) -> Option<(Option<&str>, Vec<u32>)> {
    let values: Vec<_> = found.words.iter().filter(|word| word.value).collect();
    match values.as_slice() {
        [list] if list.vlans => Some((None, number_ranges(&list.text).ok()?)),
        [form, list] if list.vlans => Some((Some(&form.text), number_ranges(&list.text).ok()?)),
        [all] if all.text == "all" && found.words.iter().any(|word| word.text == "vlan") => {
            Some((None, (1..=4094).collect()))
        }
        _ => None,
    }
}

/// The list that results; `None` when it is everything, which the device does not show.
fn vlans(old: Option<&str>, form: Option<&str>, ids: Vec<u32>) -> Option<String> {
    let everything = || (1..=4094).collect::<Vec<u32>>();
    let old = match old.map(str::trim) {
        None => everything(),
        Some("none") => Vec::new(),
        Some(list) => number_ranges(list).unwrap_or_default(),
    };
    let mut new = match form {
        Some("add") => [old, ids].concat(),
        Some("remove") => old.into_iter().filter(|id| !ids.contains(id)).collect(),
        Some("except") => everything().into_iter().filter(|id| !ids.contains(id)).collect(),
        _ => ids,
    };
    new.sort_unstable();
    new.dedup();
    if new.len() == 4094 {
        return None;
    }
    if new.is_empty() {
        return Some("none".to_owned());
    }
    Some(collapse(&new.iter().filter_map(|id| u16::try_from(*id).ok()).collect::<Vec<_>>()))
}

/// A long VLAN list in several lines, the later ones with `add`.
fn wrapped(line: &str, width: Option<usize>) -> Vec<String> {
    let Some((words, list)) = line.rsplit_once(' ') else { return vec![line.to_owned()] };
    let is_list = list.contains(',') && list.chars().all(|c| c.is_ascii_digit() || c == ',' || c == '-');
    let Some(width) = width.filter(|width| is_list && list.len() > *width) else { return vec![line.to_owned()] };
    let mut lines = Vec::new();
    let mut here = String::new();
    for part in list.split(',') {
        if !here.is_empty() && here.len() + part.len() >= width {
            lines.push(std::mem::take(&mut here));
        }
        if !here.is_empty() {
            here.push(',');
        }
        here.push_str(part);
    }
    lines.push(here);
    let form =
        |(n, list): (usize, &String)| if n == 0 { format!("{words} {list}") } else { format!("{words} add {list}") };
    lines.iter().enumerate().map(form).collect()
}

/// Compares with numbers by value, so that `Vlan9` comes before `Vlan10`.
fn natural(a: &str, b: &str) -> Ordering {
    let mut a = a.chars().peekable();
    let mut b = b.chars().peekable();
    let number = |chars: &mut std::iter::Peekable<std::str::Chars<'_>>| {
        let mut value = 0u64;
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
            value = value.saturating_mul(10).saturating_add(u64::from(digit));
            chars.next();
        }
        value
    };
    loop {
        match (a.peek().copied(), b.peek().copied()) {
            (Some(x), Some(y)) if x.is_ascii_digit() && y.is_ascii_digit() => match number(&mut a).cmp(&number(&mut b))
            {
                Ordering::Equal => {}
                other => return other,
            },
            (x, y) if x == y => {
                if x.is_none() {
                    return Ordering::Equal;
                }
                a.next();
                b.next();
            }
            (x, y) => return x.cmp(&y),
        }
    }
}
