//! What a device shows as `name:value`, as the commands that set it.

use std::collections::BTreeMap;

use super::normal::Item;
use crate::platform::rules::{Rules, fill};
use crate::value::Text;

/// Puts the command in the place of the variables it sets.
pub(super) fn set(rules: &Rules, items: &mut Vec<Item>) {
    if rules.variables.is_empty() {
        return;
    }
    let known = |name: &str| rules.variables.iter().any(|rule| rule.names.iter().any(|have| have == name));
    let mut values: BTreeMap<String, (String, usize)> = BTreeMap::new();
    items.retain(|item| {
        let Some((name, value)) = item.text.split_once(':').filter(|(name, _)| known(name)) else { return true };
        values.insert(name.to_owned(), (value.trim().to_owned(), item.line));
        false
    });
    for rule in &rules.variables {
        let Some(line) = rule.names.iter().filter_map(|name| values.get(name)).map(|(_, line)| *line).min() else {
            continue;
        };
        let given = |name: &String| {
            let value = values.get(name).map_or("", |(value, _)| value.as_str());
            rule.words.get(value).map_or(value, String::as_str).to_owned()
        };
        let parts: Vec<String> = rule.names.iter().map(given).collect();
        let text = Text::from(fill(&rule.line, &parts).trim_end());
        if !text.is_empty() {
            items.push(Item { canon: text.clone(), text, line, ..Item::default() });
        }
    }
}
