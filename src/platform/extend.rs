//! Platforms that are nearly like another: `extends: cisco_iosxe`, and below it only what is different.
//!
//! | the platform says | and gets |
//! | --- | --- |
//! | a map | both maps, key by key |
//! | a list | its own entries, then those of the base: the first that fits decides, so its own win |
//! | anything else | what it says |
//! | `key!: …` | what it says, and nothing of what the base has under `key` |
//!
//! A template that does not stand beside its `platform.yaml` is the base's. A base may extend another.

use serde_json::{Map, Value};

/// The base that a `platform.yaml` names, and the line it is named in.
pub(super) fn named(text: &str) -> Option<(u64, &str)> {
    let (line, words) =
        (1..).zip(text.lines()).find_map(|(line, text)| Some((line, text.strip_prefix("extends:")?)))?;
    let name = words.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
    Some((line, name))
}

/// What a platform says over what its base says.
pub(super) fn over(base: Value, own: Value) -> Value {
    match (base, own) {
        (base, Value::Object(own)) => {
            let mut all = if let Value::Object(base) = base { base } else { Map::new() };
            for (key, value) in own {
                let (key, old) = match key.strip_suffix('!') {
                    Some(key) => (key.to_owned(), Value::Null),
                    None => (key.clone(), all.get_mut(&key).map_or(Value::Null, Value::take)),
                };
                all.insert(key, over(old, value));
            }
            Value::Object(all)
        }
        (Value::Array(base), Value::Array(mut own)) => {
            own.extend(base);
            Value::Array(own)
        }
        (_, own) => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn maps_merge_lists_come_first_and_a_mark_replaces() {
        let base = json!({ "a": { "b": [1], "c": [1], "d": 1 }, "e": "old", "f": [1] });
        let own = json!({ "a": { "b": [2], "c!": [2] }, "e": "new", "g": { "h!": [3] } });
        let all = json!({ "a": { "b": [2, 1], "c": [2], "d": 1 }, "e": "new", "f": [1], "g": { "h": [3] } });
        assert_eq!(over(base, own), all);
    }

    #[test]
    fn the_base_is_found_in_its_line() {
        assert_eq!(named("name: a\nextends: b # almost\n"), Some((2, "b")));
        assert_eq!(named("name: a\nextends: \"b\"\n"), Some((2, "b")));
        assert_eq!(named("name: a\nrules:\n  extends: b\n"), None);
    }
}
