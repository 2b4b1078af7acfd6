//! JSON Schemas (draft 2020-12) of every file of a project, for editors and for whoever generates inventories.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::shape::{self, Schemas};
use super::{hardware, lab, network, policy, services, site};
use crate::source::FileId;
use crate::source::yaml::{self, Node};

/// One kind of file.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Short name: `network`, `vlans`, `site`, …
    pub name: &'static str,
    /// Which files it holds for, from the project folder; `*` stands for any name.
    pub paths: &'static str,
    make: fn(&mut Schemas) -> Value,
    /// Files whose values stand beside the keys as examples.
    examples: &'static [&'static str],
}

/// A file of the example network.
macro_rules! example {
    ($($path:literal),*) => { &[$(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/", $path))),*] };
}

/// Every kind of file, in the order in which a newcomer meets them.
pub const FILES: &[File] = &[
    File {
        name: "network",
        paths: "inventory/network.yaml",
        make: shape::object::<network::Overall>,
        examples: example!("inventory/network.yaml"),
    },
    File {
        name: "vlans",
        paths: "inventory/vlans.yaml",
        make: shape::object::<services::VlanFile>,
        examples: example!("inventory/vlans.yaml"),
    },
    File {
        name: "ssids",
        paths: "inventory/ssids.yaml",
        make: shape::object::<services::SsidFile>,
        examples: example!("inventory/ssids.yaml"),
    },
    File {
        name: "profiles",
        paths: "inventory/profiles.yaml",
        make: shape::object::<hardware::ProfileFile>,
        examples: example!("inventory/profiles.yaml"),
    },
    File {
        name: "models",
        paths: "inventory/models.yaml",
        make: shape::object::<hardware::ModelFile>,
        examples: example!("inventory/models.yaml"),
    },
    File {
        name: "site",
        paths: "inventory/sites/*/*.yaml",
        make: site::schema,
        examples: example!(
            "inventory/sites/amal/karlbergsskolan.yaml",
            "inventory/sites/amal/stadshuset.yaml",
            "inventory/sites/amal/vattenverket.yaml",
            "inventory/sites/fargelanda/hogsaters-skola.yaml"
        ),
    },
    File {
        name: "segments",
        paths: "policies/segments.yaml",
        make: shape::object::<policy::SegmentFile>,
        examples: example!("policies/segments.yaml"),
    },
    File {
        name: "flows",
        paths: "policies/flows/*.yaml",
        make: shape::object::<policy::FlowFile>,
        examples: example!("policies/flows/school.yaml"),
    },
    File {
        name: "naming",
        paths: "policies/naming.yaml",
        make: shape::object::<policy::NamingFile>,
        examples: example!("policies/naming.yaml"),
    },
    File {
        name: "change",
        paths: "policies/change.yaml",
        make: shape::object::<policy::ChangeFile>,
        examples: example!("policies/change.yaml"),
    },
    File {
        name: lab::NAME,
        paths: "inventory/lab.yaml",
        make: shape::object::<lab::Before>,
        examples: example!("inventory/lab.yaml"),
    },
];

/// The schema of one kind of file.
#[must_use]
pub fn schema(file: &File) -> Value {
    let mut schemas = Schemas::default();
    let root = (file.make)(&mut schemas);
    let mut document = Map::new();
    document.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    document.insert("title".to_owned(), file.paths.into());
    let mut defined = Map::new();
    defined.extend(schemas.defined.into_iter().map(|(name, schema)| (name.to_owned(), schema)));
    let mut root = root;
    for text in file.examples {
        let parsed = yaml::parse(FileId::default(), text).root;
        illustrate(&mut root, &mut defined, &parsed.as_ref().map_or(Value::Null, Node::json));
    }
    if let Value::Object(root) = root {
        document.extend(root);
    }
    if !defined.is_empty() {
        document.insert("$defs".to_owned(), Value::Object(defined));
    }
    Value::Object(document)
}

/// The keys at the margin of a kind of file.
pub(super) fn roots(name: &str) -> Vec<String> {
    let file = FILES.iter().find(|file| file.name == name);
    let schema = file.map(|file| (file.make)(&mut Schemas::default()));
    let keys = schema.as_ref().and_then(|schema| schema.get("properties")?.as_object());
    keys.map(|keys| keys.keys().cloned().collect()).unwrap_or_default()
}

/// Which keys hold each key: in their own mapping (true), or in entries of theirs. The margin is an empty one.
pub(super) type Holders = BTreeMap<String, BTreeMap<String, bool>>;

/// Which keys of a kind of file hold each key.
pub(super) fn holders(name: &str) -> Holders {
    let mut schemas = Schemas::default();
    let mut holders = Holders::new();
    let Some(root) = FILES.iter().find(|file| file.name == name).map(|file| (file.make)(&mut schemas)) else {
        return holders;
    };
    inside(&root, &schemas.defined, true, &mut |key, direct| {
        holders.entry(key.to_owned()).or_default().insert(String::new(), direct);
    });
    std::iter::once(&root)
        .chain(schemas.defined.values())
        .for_each(|schema| hold(schema, &schemas.defined, &mut holders));
    holders
}

fn hold(schema: &Value, defined: &BTreeMap<&'static str, Value>, holders: &mut Holders) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                for (holder, property) in properties {
                    inside(property, defined, true, &mut |key, direct| {
                        *holders.entry(key.to_owned()).or_default().entry(holder.clone()).or_default() |= direct;
                    });
                }
            }
            map.values().for_each(|value| hold(value, defined, holders));
        }
        Value::Array(list) => list.iter().for_each(|value| hold(value, defined, holders)),
        _ => {}
    }
}

/// The keys of what a schema describes: a mapping, or a list or mapping of such.
fn inside(schema: &Value, defined: &BTreeMap<&'static str, Value>, direct: bool, tell: &mut dyn FnMut(&str, bool)) {
    if let Some(Value::Object(properties)) = schema.get("properties") {
        properties.keys().for_each(|key| tell(key, direct));
    }
    let named = schema.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix("#/$defs/"));
    if let Some(schema) = named.and_then(|name| defined.get(name)) {
        inside(schema, defined, direct, tell);
    }
    for way in ["anyOf", "oneOf", "allOf"].iter().filter_map(|way| schema.get(way)?.as_array()).flatten() {
        inside(way, defined, direct, tell);
    }
    let patterns = schema.get("patternProperties").and_then(Value::as_object).into_iter().flat_map(Map::values);
    let entries = ["items", "additionalProperties"].iter().filter_map(|key| schema.get(key)).chain(patterns);
    for entry in entries.filter(|_| direct) {
        inside(entry, defined, false, tell);
    }
}

/// Every key that the inventory has anywhere; what the lab ran before is no part of it.
#[must_use]
pub fn keys() -> BTreeSet<String> {
    let mut schemas = Schemas::default();
    let mut keys = BTreeSet::new();
    for file in FILES.iter().filter(|file| file.name != lab::NAME) {
        gather(&(file.make)(&mut schemas), &mut keys);
    }
    schemas.defined.values().for_each(|schema| gather(schema, &mut keys));
    keys
}

fn gather(schema: &Value, keys: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                keys.extend(properties.keys().cloned());
            }
            map.values().for_each(|value| gather(value, keys));
        }
        Value::Array(list) => list.iter().for_each(|value| gather(value, keys)),
        _ => {}
    }
}

/// Most examples beside one key.
const MOST_EXAMPLES: usize = 3;

/// Puts values of a real file beside the keys they stand at.
fn illustrate(schema: &mut Value, defined: &mut Map<String, Value>, value: &Value) {
    let Value::Object(map) = schema else { return };
    if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|name| name.strip_prefix("#/$defs/")) {
        // Taken out meanwhile, so that a record inside itself ends.
        let name = name.to_owned();
        if let Some(mut inner) = defined.insert(name.clone(), Value::Null) {
            illustrate(&mut inner, defined, value);
            defined.insert(name, inner);
        }
        return;
    }
    for one in map.get_mut("anyOf").and_then(Value::as_array_mut).into_iter().flatten() {
        illustrate(one, defined, value);
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let property = map.get_mut("properties").and_then(|all| all.get_mut(key));
                match property {
                    Some(property) => {
                        illustrate(property, defined, value);
                        example(property, value);
                    }
                    None => {
                        map.get_mut("additionalProperties").into_iter().for_each(|it| illustrate(it, defined, value));
                    }
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                map.get_mut("items").into_iter().for_each(|it| illustrate(it, defined, item));
            }
        }
        _ => {}
    }
}

/// Adds a short value to a key's examples.
fn example(property: &mut Value, value: &Value) {
    let short = match value {
        Value::Object(_) | Value::Null => false,
        Value::Array(items) => items.len() <= 4 && items.iter().all(|item| !item.is_object()),
        Value::String(text) => text.len() <= 80,
        Value::Bool(_) | Value::Number(_) => true,
    };
    if let (true, Value::Object(map)) = (short, property) {
        let examples = map.entry("examples").or_insert_with(|| json!([]));
        if let Some(list) = examples.as_array_mut().filter(|list| list.len() < MOST_EXAMPLES && !list.contains(value)) {
            list.push(value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every `$ref` leads somewhere, and every key says what it is.
    fn walk(value: &Value, defined: &Value, path: &str) {
        match value {
            Value::Object(map) => {
                if let Some(name) = map.get("$ref").and_then(Value::as_str) {
                    let name = name.strip_prefix("#/$defs/").unwrap();
                    assert!(defined[name].is_object(), "{path}: {name}");
                }
                for (key, property) in map.get("properties").and_then(Value::as_object).into_iter().flatten() {
                    let text = property["description"].as_str().unwrap_or_default();
                    assert!(text.len() > 3 && !text.contains("  "), "{path}.{key} says nothing of itself");
                }
                map.iter().for_each(|(key, value)| walk(value, defined, &format!("{path}.{key}")));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, defined, path)),
            _ => {}
        }
    }

    #[test]
    fn the_example_network_gives_examples() {
        let file = FILES.iter().find(|file| file.name == "vlans").unwrap();
        let schema = schema(file);
        let ids = &schema["$defs"]["Vlan"]["properties"]["id"]["examples"];
        assert!(ids.as_array().unwrap().contains(&json!(30)), "{ids}");
        let gateway = &schema["$defs"]["Vlan"]["properties"]["gateway"];
        assert!(gateway["enum"].as_array().unwrap().contains(&gateway["examples"][0]), "{gateway}");
    }

    #[test]
    fn every_key_is_described_and_every_reference_leads_somewhere() {
        for file in FILES {
            let schema = schema(file);
            walk(&schema, &schema["$defs"], file.name);
        }
    }
}
