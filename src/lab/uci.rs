//! UCI as the `uci` program behaves: packages of sections, staged changes, commit and revert.
//!
//! Messages and edge cases follow its C sources (`cli.c`, `list.c`, `file.c`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Everything under `/etc/config`, with what is staged over it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Store {
    committed: Packages,
    staged: Packages,
    /// Staged changes by package, as `uci changes` prints them.
    delta: BTreeMap<String, Vec<String>>,
    /// Names of anonymous sections count up and are never used twice.
    made: u32,
}

type Packages = BTreeMap<String, Vec<Section>>;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Section {
    kind: String,
    name: String,
    anonymous: bool,
    options: Vec<(String, Value)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Value {
    One(String),
    List(Vec<String>),
}

/// What one command printed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) code: u32,
}

/// Why a command failed, in the program's words.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    NotFound,
    Invalid,
    Usage,
}

/// Where `package.section.option=value` leads.
struct Place {
    package: String,
    section: Option<String>,
    option: Option<String>,
    value: Option<String>,
}

impl Store {
    /// Reads what `uci export` prints, one or several packages; says the line that makes no sense.
    pub(super) fn load(text: &str) -> Result<Self, String> {
        let mut store = Self::default();
        let mut package: Option<String> = None;
        for (number, line) in text.lines().enumerate() {
            let wrong = |why: &str| format!("line {}: {why}", number + 1);
            let words = arguments(line).ok_or_else(|| wrong("a quote is not closed"))?;
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                [] => {}
                ["package", name] => {
                    store.staged.entry((*name).to_owned()).or_default();
                    package = Some((*name).to_owned());
                }
                ["config", kind, rest @ ..] if rest.len() <= 1 => {
                    let package = package.as_ref().ok_or_else(|| wrong("`config` before `package`"))?;
                    let name = rest.first().map(|name| (*name).to_owned());
                    let section = store.section(kind, name);
                    store.staged.entry(package.clone()).or_default().push(section);
                }
                [form @ ("option" | "list"), key, value] => {
                    let section = package.as_ref().and_then(|package| store.staged.get_mut(package)?.last_mut());
                    let section = section.ok_or_else(|| wrong("an option before `config`"))?;
                    if *form == "list" { section.append(key, value) } else { section.set(key, value) }
                }
                _ => return Err(wrong("neither package, config, option nor list")),
            }
        }
        store.committed = store.staged.clone();
        Ok(store)
    }

    fn section(&mut self, kind: &str, name: Option<String>) -> Section {
        let anonymous = name.is_none();
        let name = name.unwrap_or_else(|| {
            self.made += 1;
            format!("cfg{:02x}{:04x}", self.made % 256, self.made.wrapping_mul(0x9e37) % 0x1_0000)
        });
        Section { kind: kind.to_owned(), name, anonymous, options: Vec::new() }
    }

    /// The host name the committed configuration sets.
    pub(super) fn host(&self) -> Option<String> {
        let section = self.committed.get("system")?.iter().find(|section| section.kind == "system")?;
        match section.get("hostname")? {
            Value::One(name) => Some(name.clone()),
            Value::List(_) => None,
        }
    }

    /// Every package as exported, what is staged included.
    pub(super) fn text(&self) -> String {
        self.staged.keys().map(|name| self.export(name)).collect()
    }

    /// Whether anything is staged.
    #[cfg(test)]
    fn is_staged(&self) -> bool {
        self.delta.values().any(|lines| !lines.is_empty())
    }

    pub(super) fn commit(&mut self) {
        self.committed = self.staged.clone();
        self.delta.clear();
    }

    /// What is staged, as `uci changes` prints it.
    pub(super) fn changes(&self) -> String {
        lines(self.delta.values().flatten())
    }

    /// Runs the words behind `uci`.
    pub(super) fn run(&mut self, line: &str) -> Said {
        let Some(words) = arguments(line) else {
            return Said { err: "uci: Parse error\n".to_owned(), code: 1, ..Said::default() };
        };
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let Some((command, rest)) = words.split_first() else { return Said::default() };
        match self.command(command, rest) {
            Ok(out) => Said { out, ..Said::default() },
            Err(Wrong::NotFound) => Said { err: "uci: Entry not found\n".to_owned(), code: 1, ..Said::default() },
            Err(Wrong::Invalid) => Said { err: "uci: Invalid argument\n".to_owned(), code: 1, ..Said::default() },
            Err(Wrong::Usage) => Said { err: "Unknown command\n".to_owned(), code: 255, ..Said::default() },
        }
    }

    fn command(&mut self, command: &str, rest: &[&str]) -> Result<String, Wrong> {
        match (command, rest) {
            ("export", []) => Ok(self.text()),
            ("export", [name]) if self.staged.contains_key(*name) => Ok(self.export(name)),
            ("show", []) => Ok(self.staged.keys().map(|name| self.show(name)).collect()),
            ("show", [name]) if self.staged.contains_key(*name) => Ok(self.show(name)),
            ("changes", []) => Ok(self.changes()),
            ("changes", [name]) if self.staged.contains_key(*name) => {
                Ok(lines(self.delta.get(*name).into_iter().flatten()))
            }
            ("commit", []) => {
                self.commit();
                Ok(String::new())
            }
            ("commit", [name]) => {
                let package = self.staged.get(*name).ok_or(Wrong::NotFound)?.clone();
                self.committed.insert((*name).to_owned(), package);
                self.delta.remove(*name);
                Ok(String::new())
            }
            ("export" | "show" | "changes", [_]) => Err(Wrong::NotFound),
            ("revert", [place]) => {
                let place = self.place(place)?;
                let package = self.committed.get(&place.package).cloned().unwrap_or_default();
                self.staged.insert(place.package.clone(), package);
                self.delta.remove(&place.package);
                Ok(String::new())
            }
            ("add", [package, kind]) => {
                if !self.staged.contains_key(*package) {
                    return Err(Wrong::NotFound);
                }
                let section = self.section(kind, None);
                let name = section.name.clone();
                self.staged.entry((*package).to_owned()).or_default().push(section);
                self.note(package, format!("{package}.{name}='{kind}'"));
                Ok(format!("{name}\n"))
            }
            ("get", [place]) => {
                let place = self.place(place)?;
                let section = self.at(&place).ok_or(Wrong::NotFound)?;
                let Some(option) = &place.option else { return Ok(format!("{}\n", section.kind)) };
                match section.get(option).ok_or(Wrong::NotFound)? {
                    Value::One(value) => Ok(format!("{value}\n")),
                    Value::List(values) => Ok(format!("{}\n", values.join(" "))),
                }
            }
            ("set" | "add_list" | "del_list" | "delete" | "del" | "rename" | "ren" | "reorder", [place]) => {
                let place = self.place(place)?;
                self.change(command, &place).map(|()| String::new())
            }
            _ => Err(Wrong::Usage),
        }
    }

    fn change(&mut self, command: &str, place: &Place) -> Result<(), Wrong> {
        let name = place.section.clone().ok_or(Wrong::Invalid)?;
        let shown = match &place.option {
            Some(option) => format!("{}.{name}.{option}", place.package),
            None => format!("{}.{name}", place.package),
        };
        let value = place.value.clone();
        let exists = self.at(place).is_some();
        let note = match command {
            "set" => {
                let value = value.ok_or(Wrong::Invalid)?;
                if value.is_empty() {
                    return if exists { self.change("delete", place) } else { Ok(()) };
                }
                match (&place.option, exists) {
                    (Some(_), false) => return Err(Wrong::Invalid),
                    (Some(option), true) => self.at_mut(place).ok_or(Wrong::Invalid)?.set(option, &value),
                    (None, true) => self.at_mut(place).ok_or(Wrong::Invalid)?.kind.clone_from(&value),
                    (None, false) if name.starts_with('@') => return Err(Wrong::Invalid),
                    (None, false) => {
                        let section = self.section(&value, Some(name));
                        self.staged.entry(place.package.clone()).or_default().push(section);
                    }
                }
                format!("{shown}='{value}'")
            }
            "add_list" => {
                let (option, value) = place.option.as_ref().zip(value).ok_or(Wrong::Invalid)?;
                self.at_mut(place).ok_or(Wrong::Invalid)?.append(option, &value);
                format!("{shown}+='{value}'")
            }
            "del_list" => {
                let (option, value) = place.option.as_ref().zip(value).ok_or(Wrong::Invalid)?;
                let section = self.at_mut(place).ok_or(Wrong::Invalid)?;
                if let Some(Value::List(values)) = section.get_mut(option) {
                    values.retain(|have| *have != value);
                }
                section.options.retain(|(_, value)| !matches!(value, Value::List(values) if values.is_empty()));
                format!("{shown}-='{value}'")
            }
            "delete" | "del" => {
                match &place.option {
                    None => {
                        let sections = self.staged.get_mut(&place.package).filter(|_| exists).ok_or(Wrong::NotFound)?;
                        sections.retain(|section| section.name != name);
                    }
                    Some(option) => {
                        let section = self.at_mut(place).ok_or(Wrong::NotFound)?;
                        let before = section.options.len();
                        section.options.retain(|(key, _)| key != option);
                        if section.options.len() == before {
                            return Err(Wrong::NotFound);
                        }
                    }
                }
                format!("-{shown}")
            }
            "rename" | "ren" => {
                let value = value.filter(|value| legal(value)).ok_or(Wrong::Invalid)?;
                let section = self.at_mut(place).ok_or(Wrong::NotFound)?;
                match &place.option {
                    None => {
                        section.name.clone_from(&value);
                        section.anonymous = false;
                    }
                    Some(option) => {
                        let found = section.options.iter_mut().find(|(key, _)| key == option);
                        found.ok_or(Wrong::NotFound)?.0.clone_from(&value);
                    }
                }
                format!("{shown}='{value}'")
            }
            _ => {
                let to = value.ok_or(Wrong::NotFound)?;
                let to: usize = to.parse().unwrap_or(0);
                let sections = self.staged.get_mut(&place.package).ok_or(Wrong::NotFound)?;
                let from = sections.iter().position(|section| section.name == name).ok_or(Wrong::NotFound)?;
                let section = sections.remove(from);
                sections.insert(to.min(sections.len()), section);
                format!("{shown}='{to}'")
            }
        };
        self.note(&place.package, note);
        Ok(())
    }

    fn note(&mut self, package: &str, line: String) {
        self.delta.entry(package.to_owned()).or_default().push(line);
    }

    fn place(&self, text: &str) -> Result<Place, Wrong> {
        let (path, value) = text.split_once('=').map_or((text, None), |(path, value)| (path, Some(value.to_owned())));
        let mut parts = path.splitn(3, '.');
        let package = parts.next().unwrap_or_default().to_owned();
        let section = parts.next().map(str::to_owned);
        let option = parts.next().map(str::to_owned);
        if !legal(&package) || option.as_deref().is_some_and(|option| !legal(option)) {
            return Err(Wrong::Invalid);
        }
        let sections = self.staged.get(&package).ok_or(Wrong::NotFound)?;
        let section = match section {
            Some(name) if name.starts_with('@') => Some(numbered(sections, &name)?),
            Some(name) if !legal(&name) => return Err(Wrong::Invalid),
            other => other,
        };
        Ok(Place { package, section, option, value })
    }

    fn at(&self, place: &Place) -> Option<&Section> {
        let name = place.section.as_ref()?;
        self.staged.get(&place.package)?.iter().find(|section| section.name == *name)
    }

    fn at_mut(&mut self, place: &Place) -> Option<&mut Section> {
        let name = place.section.as_ref()?;
        self.staged.get_mut(&place.package)?.iter_mut().find(|section| section.name == *name)
    }

    fn export(&self, name: &str) -> String {
        let mut out = format!("package {name}\n");
        for section in self.staged.get(name).into_iter().flatten() {
            write!(out, "\nconfig {}", section.kind).ok();
            if !section.anonymous {
                write!(out, " '{}'", section.name).ok();
            }
            out.push('\n');
            for (key, value) in &section.options {
                match value {
                    Value::One(value) => {
                        writeln!(out, "\toption {key} '{}'", escape(value)).ok();
                    }
                    Value::List(values) => {
                        for value in values {
                            writeln!(out, "\tlist {key} '{}'", escape(value)).ok();
                        }
                    }
                }
            }
        }
        out.push('\n');
        out
    }

    fn show(&self, name: &str) -> String {
        let sections = self.staged.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut out = String::new();
        for (n, section) in sections.iter().enumerate() {
            let before = sections.iter().take(n).filter(|other| other.kind == section.kind).count();
            let shown = if section.anonymous { format!("@{}[{before}]", section.kind) } else { section.name.clone() };
            writeln!(out, "{name}.{shown}={}", section.kind).ok();
            for (key, value) in &section.options {
                let value = match value {
                    Value::One(value) => format!("'{}'", escape(value)),
                    Value::List(values) => {
                        values.iter().map(|value| format!("'{}'", escape(value))).collect::<Vec<_>>().join(" ")
                    }
                };
                writeln!(out, "{name}.{shown}.{key}={value}").ok();
            }
        }
        out
    }
}

impl Section {
    fn get(&self, key: &str) -> Option<&Value> {
        self.options.iter().find(|(have, _)| have == key).map(|(_, value)| value)
    }

    fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.options.iter_mut().find(|(have, _)| have == key).map(|(_, value)| value)
    }

    fn set(&mut self, key: &str, value: &str) {
        // The program frees the old option and appends the new one, so a changed value moves to the end.
        if self.get(key) == Some(&Value::One(value.to_owned())) {
            return;
        }
        self.options.retain(|(have, _)| have != key);
        self.options.push((key.to_owned(), Value::One(value.to_owned())));
    }

    fn append(&mut self, key: &str, value: &str) {
        match self.get_mut(key) {
            Some(Value::List(values)) => values.push(value.to_owned()),
            Some(other) => {
                let Value::One(old) = std::mem::replace(other, Value::List(Vec::new())) else { return };
                *other = Value::List(vec![old, value.to_owned()]);
            }
            None => self.options.push((key.to_owned(), Value::List(vec![value.to_owned()]))),
        }
    }
}

fn lines<'l>(lines: impl Iterator<Item = &'l String>) -> String {
    lines.flat_map(|line| [line.as_str(), "\n"]).collect()
}

/// Names of packages, sections and options.
fn legal(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// The name of `@type[n]`; a negative n counts from the end.
fn numbered(sections: &[Section], text: &str) -> Result<String, Wrong> {
    let (kind, rest) = text.strip_prefix('@').and_then(|text| text.split_once('[')).ok_or(Wrong::Invalid)?;
    let number: i64 = rest.strip_suffix(']').and_then(|number| number.parse().ok()).ok_or(Wrong::Invalid)?;
    let of_kind: Vec<&Section> = sections.iter().filter(|section| kind.is_empty() || section.kind == kind).collect();
    let index = usize::try_from(number).ok().or_else(|| {
        let back = usize::try_from(-number).ok()?;
        of_kind.len().checked_sub(back)
    });
    index.and_then(|index| of_kind.get(index)).map(|section| section.name.clone()).ok_or(Wrong::NotFound)
}

fn escape(value: &str) -> String {
    value.replace('\'', "'\\''")
}

/// Splits a line as the program does: quotes of both kinds, a backslash, `#` to the end. `None` where a quote stays open.
pub(super) fn arguments(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match chars.next()? {
                        end if end == c => break,
                        '\\' if c == '"' => word.push(chars.next()?),
                        inside => word.push(inside),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(chars.next()?),
            '#' if word.is_none() => break,
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "package network\n\nconfig device 'br0'\n\toption type 'bridge'\n\tlist ports 'lan1'\n\tlist ports 'lan2'\n\nconfig bridge-vlan\n\toption vlan '10'\n\npackage system\n\nconfig system\n\toption hostname 'ap-1'\n\n";

    fn run(store: &mut Store, lines: &[&str]) -> String {
        lines.iter().map(|line| store.run(line).err).collect()
    }

    #[test]
    fn what_is_loaded_is_exported_unchanged() {
        let store = Store::load(TEXT).unwrap();
        assert_eq!(store.text(), TEXT);
        assert_eq!(store.host().as_deref(), Some("ap-1"));
    }

    #[test]
    fn changes_are_staged_until_committed() {
        let mut store = Store::load(TEXT).unwrap();
        assert_eq!(run(&mut store, &["set network.br0.mtu=1500", "add_list network.br0.ports='lan3'"]), "");
        assert_eq!(store.run("changes").out, "network.br0.mtu='1500'\nnetwork.br0.ports+='lan3'\n");
        assert!(store.is_staged());
        store.run("revert network");
        assert_eq!(store.text(), TEXT);
        run(&mut store, &["set system.@system[-1].hostname='ap-2'", "commit"]);
        assert_eq!(store.host().as_deref(), Some("ap-2"));
        assert!(!store.is_staged());
    }

    #[test]
    fn refusals_use_the_words_of_the_program() {
        let mut store = Store::load(TEXT).unwrap();
        assert_eq!(store.run("set network.nosuch.opt=1").err, "uci: Invalid argument\n");
        assert_eq!(store.run("set nosuch.x=y").err, "uci: Entry not found\n");
        assert_eq!(store.run("delete network.nosuch").err, "uci: Entry not found\n");
        assert_eq!(store.run("delete network.br0.nosuch").err, "uci: Entry not found\n");
        assert_eq!(store.run("frobnicate network").err, "Unknown command\n");
        assert_eq!(store.run("set network.br0.x='open").err, "uci: Parse error\n");
        assert_eq!(store.text(), TEXT);
    }

    #[test]
    fn sections_are_added_renamed_moved_and_deleted() {
        let mut store = Store::load(TEXT).unwrap();
        let lines = [
            "add network bridge-vlan",
            "set network.@bridge-vlan[-1].vlan='20'",
            "rename network.@bridge-vlan[-1]='vlan20'",
            "reorder network.vlan20=0",
            "delete network.@bridge-vlan[1]",
            "set network.lan=interface",
            "del_list network.br0.ports='lan1'",
        ];
        assert_eq!(run(&mut store, &lines), "");
        assert_eq!(
            store.run("show network").out,
            "network.vlan20=bridge-vlan\nnetwork.vlan20.vlan='20'\nnetwork.br0=device\nnetwork.br0.type='bridge'\n\
             network.br0.ports='lan2'\nnetwork.lan=interface\n"
        );
    }

    #[test]
    fn quotes_are_read_as_the_program_reads_them() {
        assert_eq!(arguments(r#"set a.b.c='x y'\''z' "d\"e" # no"#).unwrap(), ["set", "a.b.c=x y'z", "d\"e"]);
        assert_eq!(arguments("set x='"), None);
    }
}
