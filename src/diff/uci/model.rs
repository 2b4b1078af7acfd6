//! UCI text as sections with options.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{self, Node, Tree};
use crate::diff::Options;
use crate::platform::Platform;
use crate::value::Text;

/// A value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// `option`.
    One(String),
    /// `list`, in order.
    Many(Vec<String>),
}

impl Value {
    /// The value as an exported line: what owners, risks and secret positions are asked by.
    pub(super) fn line(&self, name: &str) -> String {
        match self {
            Self::One(text) => format!("option {name} '{text}'"),
            Self::Many(texts) => format!("list {name} '{}'", texts.join(" ")),
        }
    }
}

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) package: String,
    pub(super) kind: String,
    pub(super) name: Option<String>,
    pub(super) options: BTreeMap<String, Value>,
    /// Only some of its options are managed.
    pub(super) context: bool,
}

impl Section {
    /// The header as it is exported.
    pub(super) fn header(&self) -> String {
        match &self.name {
            Some(name) => format!("config {} {name}", self.kind),
            None => format!("config {}", self.kind),
        }
    }

    /// The words of the header.
    pub(super) fn header_words(&self) -> Vec<&str> {
        let mut words = vec!["config", self.kind.as_str()];
        words.extend(self.name.as_deref());
        words
    }

    /// Whether a list of this section has no order.
    pub(super) fn is_set(&self, platform: &Platform, name: &str) -> bool {
        platform.rules.uci.sets.contains(&format!("{}.{}.{name}", self.package, self.kind))
    }

    /// Everything it says, in one line.
    pub(super) fn content(&self, platform: &Platform) -> String {
        let mut lines = Vec::new();
        for (name, value) in &self.options {
            match value {
                Value::Many(texts) if self.is_set(platform, name) => {
                    let sorted: BTreeSet<&String> = texts.iter().collect();
                    lines.push(format!("{name}={sorted:?}"));
                }
                other => lines.push(format!("{name}={other:?}")),
            }
        }
        lines.join(" ")
    }
}

/// A configuration as sections, with what was left out.
#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) sections: Vec<Section>,
    /// Packages the text mentions, in order.
    pub(super) packages: Vec<String>,
    pub(super) unmanaged: usize,
    pub(super) unknown: Vec<(usize, Text)>,
}

/// Reads the managed sections of a tree.
pub(super) fn read(platform: &Platform, tree: &Tree, options: &Options) -> Model {
    let mut reader = Reader { platform, options, model: Model::default(), at: BTreeMap::new() };
    for node in &tree.nodes {
        let words = config::uci_words(&node.text);
        match words.as_slice() {
            [word, package] if word == "package" => {
                reader.package(package);
                for child in &node.children {
                    reader.section(package, child);
                }
            }
            // One package's text without its name.
            _ => {
                reader.package("");
                reader.section("", node);
            }
        }
    }
    reader.model
}

struct Reader<'r> {
    platform: &'r Platform,
    options: &'r Options,
    model: Model,
    /// Named sections seen: a second one with the same name adds to the first.
    at: BTreeMap<(String, String), usize>,
}

impl Reader<'_> {
    fn package(&mut self, package: &str) {
        if !self.model.packages.iter().any(|have| have == package) {
            self.model.packages.push(package.to_owned());
        }
    }

    fn owner(&self, path: &[&str], line: &[&str]) -> Option<&str> {
        self.platform.rules.owns.find(path, line).map(|(feature, _)| feature.as_str())
    }

    fn managed(&self, owner: Option<&str>) -> bool {
        match &self.options.features {
            None => true,
            Some(features) => owner.is_some_and(|feature| features.contains(feature)),
        }
    }

    fn section(&mut self, package: &str, node: &Node) {
        let words = config::uci_words(&node.text);
        let (kind, name) = match words.as_slice() {
            [word, kind] if word == "config" => (kind.clone(), None),
            [word, kind, name] if word == "config" => (kind.clone(), Some(name.clone())),
            _ => {
                self.model.unknown.push((node.line, node.text.clone()));
                return;
            }
        };
        let package_line = format!("package {package}");
        let header: Vec<&str> = words.iter().map(String::as_str).collect();
        let header_line = header.join(" ");
        let owner = self.owner(&[&package_line], &header).map(str::to_owned);
        let own = self.managed(owner.as_deref());
        let mut section = Section { package: package.to_owned(), kind, name, options: BTreeMap::new(), context: !own };
        let mut left = 0;
        for child in &node.children {
            let words = config::uci_words(&child.text);
            let line: Vec<&str> = words.iter().map(String::as_str).collect();
            let inner = self.owner(&[&package_line, &header_line], &line).or(owner.as_deref()).map(str::to_owned);
            if inner.is_none() && !self.platform.rules.owns.is_empty() {
                self.model.unknown.push((child.line, child.text.clone()));
            }
            let managed = match &self.options.features {
                None => true,
                Some(features) => inner.is_some_and(|feature| features.contains(&feature)),
            };
            if !managed {
                left += 1;
                continue;
            }
            match words.as_slice() {
                [word, name, value] if word == "option" => {
                    section.options.insert(name.clone(), Value::One(value.clone()));
                }
                [word, name, value] if word == "list" => match section.options.get_mut(name) {
                    Some(Value::Many(values)) => values.push(value.clone()),
                    _ => {
                        section.options.insert(name.clone(), Value::Many(vec![value.clone()]));
                    }
                },
                _ => self.model.unknown.push((child.line, child.text.clone())),
            }
        }
        self.model.unmanaged += left;
        if !own && section.options.is_empty() {
            self.model.unmanaged += 1;
            return;
        }
        if let Some(name) = &section.name {
            let key = (package.to_owned(), name.clone());
            if let Some(old) = self.at.get(&key).and_then(|&at| self.model.sections.get_mut(at)) {
                old.options.extend(section.options);
                return;
            }
            self.at.insert(key, self.model.sections.len());
        }
        self.model.sections.push(section);
    }
}
