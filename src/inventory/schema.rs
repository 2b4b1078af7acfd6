//! JSON Schemas (draft 2020-12) of every file of a project, for editors and for whoever generates inventories.

use serde_json::{Map, Value, json};

use super::shape::{self, Schemas};
use super::{hardware, network, policy, services, site};

/// One kind of file.
#[derive(Clone, Copy, Debug)]
pub struct File {
    /// Short name: `network`, `vlans`, `site`, …
    pub name: &'static str,
    /// Which files it holds for, from the project folder; `*` stands for any name.
    pub paths: &'static str,
    make: fn(&mut Schemas) -> Value,
}

/// Every kind of file, in the order in which a newcomer meets them.
pub const FILES: &[File] = &[
    File { name: "network", paths: "inventory/network.yaml", make: shape::object::<network::Overall> },
    File { name: "vlans", paths: "inventory/vlans.yaml", make: shape::object::<services::VlanFile> },
    File { name: "ssids", paths: "inventory/ssids.yaml", make: shape::object::<services::SsidFile> },
    File { name: "profiles", paths: "inventory/profiles.yaml", make: shape::object::<hardware::ProfileFile> },
    File { name: "models", paths: "inventory/models.yaml", make: shape::object::<hardware::ModelFile> },
    File { name: "site", paths: "inventory/sites/*/*.yaml", make: site::schema },
    File { name: "segments", paths: "policies/segments.yaml", make: shape::object::<policy::SegmentFile> },
    File { name: "flows", paths: "policies/flows/*.yaml", make: shape::object::<policy::FlowFile> },
    File { name: "naming", paths: "policies/naming.yaml", make: shape::object::<policy::NamingFile> },
    File { name: "change", paths: "policies/change.yaml", make: shape::object::<policy::ChangeFile> },
];

/// The schema of one kind of file.
#[must_use]
pub fn schema(file: &File) -> Value {
    let mut schemas = Schemas::default();
    let root = (file.make)(&mut schemas);
    let mut document = Map::new();
    document.insert("$schema".to_owned(), "https://json-schema.org/draft/2020-12/schema".into());
    document.insert("title".to_owned(), file.paths.into());
    if let Value::Object(root) = root {
        document.extend(root);
    }
    if !schemas.defined.is_empty() {
        document.insert("$defs".to_owned(), json!(schemas.defined));
    }
    Value::Object(document)
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
    fn every_key_is_described_and_every_reference_leads_somewhere() {
        for file in FILES {
            let schema = schema(file);
            walk(&schema, &schema["$defs"], file.name);
        }
    }
}
