//! Findings as SARIF 2.1.0 (OASIS), which code scanning of GitHub, Azure `DevOps` and editors read.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{Item, Listing, Region, Where};
use crate::finding::{Code, Severity, codes, text};

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log with its one run.
pub(super) fn document(listing: &Listing) -> Value {
    let mut rules: BTreeMap<Code, usize> = listing.items.iter().map(|item| (item.code, 0)).collect();
    for (index, at) in rules.values_mut().enumerate() {
        *at = index;
    }
    let writer = Writer { below: &listing.below, rules: &rules };
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "samnet",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.keys().map(|code| rule(*code)).collect::<Vec<_>>(),
            } },
            // Columns count characters, not UTF-16 units, which is what SARIF takes for granted.
            "columnKind": "unicodeCodePoints",
            "results": listing.items.iter().map(|item| writer.result(item)).collect::<Vec<_>>(),
        }],
    })
}

fn rule(code: Code) -> Value {
    let entry = codes::entry(code);
    let long = text::markdown(code).or_else(|| entry.map(|entry| entry.text)).unwrap_or_default();
    json!({
        "id": code.to_string(),
        "shortDescription": { "text": entry.map_or("", |entry| entry.title) },
        "fullDescription": { "text": entry.map_or("", |entry| entry.text) },
        "help": { "text": long, "markdown": long },
        "properties": { "tags": [codes::group(code)] },
    })
}

struct Writer<'l> {
    below: &'l str,
    /// Where the rule of a code stands.
    rules: &'l BTreeMap<Code, usize>,
}

impl Writer<'_> {
    fn result(&self, item: &Item) -> Value {
        let mut result = Map::new();
        let mut put = |key: &str, value: Value| drop(result.insert(key.to_owned(), value));
        put("ruleId", item.code.to_string().into());
        if let Some(index) = self.rules.get(&item.code) {
            put("ruleIndex", (*index).into());
        }
        let level = match item.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        put("level", level.into());
        // GitHub shows the message alone, so the way out stands in it as well.
        let text = item.help.as_ref().map_or_else(|| item.message.clone(), |help| format!("{}\n{help}", item.message));
        put("message", json!({ "text": text }));
        if let Some(place) = &item.place {
            let mut location = json!({ "physicalLocation": self.place(place) });
            if let (Some(location), false) = (location.as_object_mut(), item.here.is_empty()) {
                location.insert("message".to_owned(), json!({ "text": item.here }));
            }
            put("locations", json!([location]));
        }
        if !item.related.is_empty() {
            let related = item.related.iter().enumerate().map(|(id, (place, text))| {
                json!({ "id": id, "physicalLocation": self.place(place), "message": { "text": text } })
            });
            put("relatedLocations", related.collect());
        }
        if let Some((title, edits)) = &item.fix {
            let changes = edits.iter().filter_map(|(place, text)| {
                let replacement = json!({
                    "deletedRegion": region(place.region?),
                    "insertedContent": { "text": text },
                });
                Some(json!({ "artifactLocation": self.artifact(place), "replacements": [replacement] }))
            });
            let changes: Vec<Value> = changes.collect();
            put("fixes", json!([{ "description": { "text": title }, "artifactChanges": changes }]));
        }
        put("partialFingerprints", json!({ "samnet/v1": item.unique() }));
        if let Some(new) = item.new {
            put("baselineState", if new { "new" } else { "unchanged" }.into());
        }
        if let Some(help) = &item.help {
            put("properties", json!({ "help": help }));
        }
        Value::Object(result)
    }

    fn place(&self, place: &Where) -> Value {
        match place.region {
            None => json!({ "artifactLocation": self.artifact(place) }),
            Some(found) => json!({ "artifactLocation": self.artifact(place), "region": region(found) }),
        }
    }

    fn artifact(&self, place: &Where) -> Value {
        json!({ "uri": uri(&format!("{}{}", self.below, place.path)) })
    }
}

fn region(region: Region) -> Value {
    json!({
        "startLine": region.line,
        "startColumn": region.column,
        "endLine": region.end_line,
        "endColumn": region.end_column,
    })
}

/// A relative path as a URI reference (RFC 3986): everything but unreserved characters and `/` is encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
