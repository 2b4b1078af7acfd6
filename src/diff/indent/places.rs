//! Names that stand in one place at a time: a port without a tag, whatever VLAN's section says so.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::names::{Name, names};
use super::normal::Item;
use crate::platform::rules::Rules;
use crate::value::Text;

/// Where each such name stands in one configuration.
#[derive(Debug, Default)]
pub(super) struct Places(HashMap<Name, Place>);

/// A line with the headers around it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) path: Vec<Text>,
    pub(super) text: Text,
}

impl Places {
    pub(super) fn new(rules: &Rules, items: &[Item]) -> Self {
        let mut places = Self::default();
        if !rules.moves.is_empty() {
            places.read(rules, items, &mut Vec::new());
        }
        places
    }

    fn read(&mut self, rules: &Rules, items: &[Item], path: &mut Vec<Text>) {
        for item in items {
            for name in names(rules, &rules.moves, path, &item.text) {
                self.0.insert(name, Place { path: path.clone(), text: item.text.clone() });
            }
            if !item.children.is_empty() {
                path.push(item.canon.clone());
                self.read(rules, &item.children, path);
                path.pop();
            }
        }
    }

    /// The other places of what a line holds.
    pub(super) fn elsewhere<'p>(&'p self, rules: &Rules, path: &[Text], text: &str) -> Vec<&'p Place> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let held = names(rules, &rules.moves, path, text);
        held.iter().filter_map(|name| self.0.get(name)).filter(|place| place.path != path).collect()
    }
}

/// Takes out what follows from another line: "not here" of a name that stands elsewhere, or here in another way.
pub(super) fn without_derived(rules: &Rules, items: &mut [Item]) {
    if !rules.moves.is_empty() {
        clean(rules, &Places::new(rules, items), items, &mut Vec::new());
    }
}

fn clean(rules: &Rules, places: &Places, items: &mut [Item], path: &mut Vec<Text>) {
    for item in items {
        path.push(item.canon.clone());
        let key = |line: &str| {
            let above: Vec<&str> = path.iter().map(Text::as_str).collect();
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            rules.single.find(&above, &words).map(|((), found)| found.key)
        };
        let negated = |line: &Item| {
            let positive = line.text.strip_prefix(&rules.negation).and_then(|rest| rest.strip_prefix(' '));
            positive.filter(|line| !names(rules, &rules.moves, path, line).is_empty()).map(str::to_owned)
        };
        if item.children.iter().any(|line| negated(line).is_some()) {
            let here: BTreeSet<String> = item.children.iter().filter_map(|line| key(&line.text)).collect();
            let derived = |line: &Item| {
                negated(line).is_some_and(|line| {
                    !places.elsewhere(rules, path, &line).is_empty()
                        || key(&line).is_some_and(|key| here.contains(&key))
                })
            };
            item.children.retain(|line| !derived(line));
        }
        clean(rules, places, &mut item.children, path);
        path.pop();
    }
}

/// Gives the intended configuration what the device prints although it holds anyway.
pub(super) fn with_kept(rules: &Rules, run: &[Item], want: &mut Vec<Item>) {
    if !rules.kept.is_empty() {
        complete(rules, run, want, &mut Vec::new());
        // A port the device says nothing else about is not told to go.
        let sections: BTreeSet<&str> = want.iter().map(|item| item.canon.as_str()).collect();
        let only = |item: &&Item| {
            let whole = [item.canon.as_str()];
            let kept = |line: &Item| {
                let words: Vec<&str> = line.text.split_ascii_whitespace().collect();
                rules.kept.find(&whole, &words).is_some()
            };
            !item.children.is_empty() && item.children.iter().all(kept) && !sections.contains(item.canon.as_str())
        };
        let left: Vec<Item> = run.iter().filter(only).cloned().collect();
        want.extend(left);
    }
}

fn complete(rules: &Rules, run: &[Item], want: &mut [Item], path: &mut Vec<Text>) {
    let sections: HashMap<&str, &Item> = run.iter().map(|item| (item.canon.as_str(), item)).collect();
    for wish in want.iter_mut() {
        let Some(have) = sections.get(wish.canon.as_str()) else { continue };
        path.push(wish.canon.clone());
        let above: Vec<&str> = path.iter().map(Text::as_str).collect();
        let key = |item: &Item| {
            let words: Vec<&str> = item.canon.split_ascii_whitespace().collect();
            let words = match words.split_first() {
                Some((first, rest)) if *first == rules.negation => rest,
                _ => &words,
            };
            let single = rules.single.find(&above, words).map(|((), found)| found.key);
            single.unwrap_or_else(|| words.join(" "))
        };
        let mut said: Option<BTreeSet<String>> = None;
        for line in &have.children {
            let words: Vec<&str> = line.text.split_ascii_whitespace().collect();
            if !line.opens && rules.kept.find(&above, &words).is_some() {
                let said = said.get_or_insert_with(|| wish.children.iter().map(&key).collect());
                if said.insert(key(line)) {
                    wish.children.push(line.clone());
                }
            }
        }
        drop(above);
        if !have.children.is_empty() && !wish.children.is_empty() {
            complete(rules, &have.children, &mut wish.children, path);
        }
        path.pop();
    }
}
