//! What the keys of a project mean, from the JSON Schemas of its files.

use std::path::Path;

use serde_json::Value;

/// Schemas may refer to each other in a circle.
const DEEPEST: usize = 16;

/// Schemas by the files they hold for.
#[derive(Clone, Debug, Default)]
pub struct Manual {
    files: Vec<(String, Value)>,
}

impl Manual {
    /// A manual of some schemas, each with the path it holds for, from the project folder; `*` is any name.
    #[must_use]
    pub fn new(files: Vec<(String, Value)>) -> Self {
        Self { files }
    }

    /// What a key means; the way ends with the key itself.
    pub(super) fn key(&self, file: &Path, keys: &[String]) -> Option<String> {
        let (root, found) = self.at(file, keys)?;
        let described = found.iter().find_map(|schema| text(schema, "description"));
        let all = found.iter().flat_map(|schema| expand(root, schema, 0));
        described.or_else(|| all.into_iter().find_map(|schema| text(schema, "description"))).map(str::to_owned)
    }

    /// Keys that a mapping may have, with what each means.
    pub(super) fn keys(&self, file: &Path, keys: &[String]) -> Vec<(String, String)> {
        let Some((root, found)) = self.at(file, keys) else { return Vec::new() };
        let mut known = Vec::new();
        for schema in found.iter().flat_map(|schema| expand(root, schema, 0)) {
            let properties = schema.get("properties").and_then(Value::as_object);
            for (key, property) in properties.into_iter().flatten() {
                known.push((key.clone(), text(property, "description").unwrap_or_default().to_owned()));
            }
        }
        known.sort();
        known.dedup_by(|a, b| a.0 == b.0);
        known
    }

    /// The words that a value may be, where they are few.
    pub(super) fn words(&self, file: &Path, keys: &[String]) -> Vec<String> {
        let Some((root, found)) = self.at(file, keys) else { return Vec::new() };
        let mut words = Vec::new();
        for schema in found.iter().flat_map(|schema| expand(root, schema, 0)) {
            let listed = schema.get("enum").and_then(Value::as_array);
            words.extend(listed.into_iter().flatten().chain(schema.get("const")).map(|word| match word {
                Value::String(word) => word.clone(),
                other => other.to_string(),
            }));
            if text(schema, "type") == Some("boolean") {
                words.extend(["true".to_owned(), "false".to_owned()]);
            }
        }
        words
    }

    /// Whether a list stands where a way of keys leads, and nothing else.
    pub(super) fn is_list(&self, file: &Path, keys: &[String]) -> bool {
        let Some((root, found)) = self.at(file, keys) else { return false };
        let all = |schema| {
            let referred = text(schema, "$ref").and_then(|path| root.pointer(path.strip_prefix('#')?));
            text(referred.unwrap_or(schema), "type") == Some("array")
        };
        !found.is_empty() && found.into_iter().all(all)
    }

    /// The schemas that hold where a way of keys leads, and the document they stand in.
    fn at<'m>(&'m self, file: &Path, keys: &[String]) -> Option<(&'m Value, Vec<&'m Value>)> {
        let (_, root) = self.files.iter().find(|(pattern, _)| holds(pattern, file))?;
        let mut found = vec![root];
        for key in keys {
            found = found
                .into_iter()
                .flat_map(|schema| expand(root, schema, 0))
                .filter_map(|schema| below(schema, key))
                .collect();
        }
        Some((root, found))
    }
}

fn text<'s>(schema: &'s Value, key: &str) -> Option<&'s str> {
    schema.get(key).and_then(Value::as_str)
}

/// Whether a path is as a pattern says, `*` for any one name.
fn holds(pattern: &str, file: &Path) -> bool {
    let file = file.to_string_lossy();
    let (mut wanted, mut have) = (pattern.split('/'), file.split('/'));
    let fits = |want: &str, part: &str| match want.split_once('*') {
        Some((start, end)) => part.len() >= start.len() + end.len() && part.starts_with(start) && part.ends_with(end),
        None => want == part,
    };
    wanted.by_ref().all(|want| have.next().is_some_and(|part| fits(want, part))) && have.next().is_none()
}

/// The schema of a key's value.
fn below<'s>(schema: &'s Value, key: &str) -> Option<&'s Value> {
    let named = schema.get("properties").and_then(|all| all.get(key));
    let any = || schema.get("patternProperties").and_then(Value::as_object).and_then(|all| all.values().next());
    named.or_else(any).or_else(|| schema.get("additionalProperties")).filter(|schema| schema.is_object())
}

/// A schema with what it refers to, chooses between, and what it is a list of: lists are in no way of keys.
fn expand<'s>(root: &'s Value, schema: &'s Value, depth: usize) -> Vec<&'s Value> {
    let mut all = vec![schema];
    if depth > DEEPEST {
        return all;
    }
    let referred = text(schema, "$ref").and_then(|path| root.pointer(path.strip_prefix('#')?));
    let choices = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    let items = schema.get("items").filter(|items| items.is_object());
    for other in referred.into_iter().chain(choices).chain(items) {
        all.extend(expand(root, other, depth + 1));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn manual() -> Manual {
        let vlan = json!({ "properties": {
            "gateway": { "description": "who routes", "enum": ["site", "none"] },
            "sites": { "$ref": "#/$defs/filter", "description": "where" },
        }});
        let schema = json!({
            "properties": { "vlans": { "type": "array", "items": { "$ref": "#/$defs/vlan" } } },
            "$defs": {
                "vlan": vlan,
                "filter": { "anyOf": [{ "type": "boolean" }, { "additionalProperties": { "$ref": "#/$defs/filter" } }] },
            },
        });
        Manual::new(vec![("inventory/*.yaml".to_owned(), schema)])
    }

    #[test]
    fn keys_and_words_are_found_along_the_way() {
        let manual = manual();
        let way = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let file = Path::new("inventory/vlans.yaml");
        assert_eq!(manual.key(file, &way(&["vlans", "gateway"])).as_deref(), Some("who routes"));
        assert_eq!(manual.words(file, &way(&["vlans", "gateway"])), ["site", "none"]);
        assert_eq!(manual.words(file, &way(&["vlans", "sites", "any", "thing"])), ["true", "false"]);
        let keys: Vec<String> = manual.keys(file, &way(&["vlans"])).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["gateway", "sites"]);
        assert_eq!(manual.key(file, &way(&["vlans", "nonsense"])), None);
        assert_eq!(manual.key(Path::new("inventory/sites/amal/x.yaml"), &way(&["vlans"])), None);
        assert!(manual.keys(Path::new("inventory/vlans.yml"), &[]).is_empty());
    }
}
