//! What the document holds, and that its description is whole.

use std::collections::BTreeSet;

use serde_json::Value;

use super::shape::{Kind, Shape as _};
use super::*;
use crate::{derive, inventory};

fn example() -> (Value, inventory::Loaded) {
    let loaded = inventory::load(std::path::Path::new(env!("CARGO_MANIFEST_DIR")));
    let (derived, _) = derive::derive(&loaded.network);
    let mut bytes = Vec::new();
    Export::new(&loaded.network, &derived, &loaded.sources).write(&mut bytes).unwrap();
    (serde_json::from_slice(&bytes).unwrap(), loaded)
}

/// Every key that a value has, by its place.
fn keys(value: &Value, kind: &Kind, place: &str, found: &mut BTreeSet<String>) {
    match (value, kind) {
        (Value::Object(entries), Kind::Object(keys_of)) => {
            for (name, inner) in entries {
                let key = keys_of.iter().find(|key| key.name == name);
                let key = key.unwrap_or_else(|| panic!("{place}.{name} is not described"));
                found.insert(format!("{place}.{name}"));
                keys(inner, &key.kind, &format!("{place}.{name}"), found);
            }
        }
        (Value::Object(entries), Kind::Named(inner)) => {
            entries.values().for_each(|value| keys(value, inner, place, found));
        }
        (Value::Array(entries), Kind::List(inner)) => entries.iter().for_each(|value| keys(value, inner, place, found)),
        (Value::Object(_), Kind::Open)
        | (Value::String(_), Kind::Value("text"))
        | (Value::Number(_), Kind::Value("number"))
        | (Value::Bool(_), Kind::Value("true or false")) => {}
        _ => panic!("{place} is described as {kind:?} and is {value}"),
    }
}

/// Every key that is described, and whether it may be absent.
fn described_keys(kind: &Kind, place: &str, found: &mut Vec<(String, bool)>) {
    match kind {
        Kind::List(inner) | Kind::Named(inner) => described_keys(inner, place, found),
        Kind::Object(keys) => {
            for key in keys {
                assert!(!key.about.is_empty(), "{place}.{} says nothing", key.name);
                found.push((format!("{place}.{}", key.name), key.optional));
                described_keys(&key.kind, &format!("{place}.{}", key.name), found);
            }
        }
        Kind::Value(_) | Kind::Open => {}
    }
}

#[test]
fn every_key_is_described_and_every_described_key_is_there() {
    // What the example has no use for; each of these may be absent.
    let unused = [
        ".network.ipv6",
        ".network.host",
        ".services.snmp.contact",
        ".login.jump",
        ".sites.prefix6",
        ".sites.vlans.subnet6",
        ".flows.ticket",
        ".profiles.tagged",
    ];
    let (document, _) = example();
    let mut have = BTreeSet::new();
    keys(&document, &Document::kind(), "", &mut have);
    let mut told = Vec::new();
    described_keys(&Document::kind(), "", &mut told);
    let excused = |key: &str, optional: bool| optional && unused.contains(&key);
    let missing = told.iter().filter(|(key, optional)| !(have.contains(key) || excused(key, *optional)));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&(String, bool)>::new(), "described and never written");
    let page = described();
    for (key, _) in &told {
        let name = key.rsplit('.').next().unwrap();
        assert!(page.contains(name), "{key} is not on the page");
    }
}

#[test]
fn every_place_is_found_again_where_it_was_written() {
    let (document, loaded) = example();
    let (derived, _) = derive::derive(&loaded.network);
    let export = Export::new(&loaded.network, &derived, &loaded.sources);
    export.write(std::io::sink()).unwrap();
    let at = document["devices"][0]["ports"][0]["at"].as_str().unwrap();
    let spans = export.spans(&BTreeSet::from([at, "inventory/network.yaml:1:1000", "nonsense"]));
    let [(found, span)] = spans.iter().collect::<Vec<_>>()[..] else { panic!("{spans:?}") };
    assert_eq!(found, at);
    assert_eq!(loaded.sources.place(*span).to_string(), at);
}

#[test]
fn two_runs_are_equal_and_hold_no_secret_source() {
    let (first, loaded) = example();
    let (second, _) = example();
    assert_eq!(first.to_string(), second.to_string());
    for source in loaded.network.secrets.values() {
        if let crate::model::SecretSource::File(path) | crate::model::SecretSource::Env(path) = &source.value {
            assert!(!first.to_string().contains(path.as_str()), "{path}");
        }
    }
}
