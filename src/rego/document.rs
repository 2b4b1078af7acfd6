//! Reads the document into the evaluator's values, each text held once however often it stands there.
//!
//! Twenty thousand devices repeat a few hundred keys and words a million times over.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use regorus::{Rc, Value};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// Reads one document.
///
/// # Errors
/// When it is not JSON.
pub(super) fn read(from: impl std::io::Read) -> serde_json::Result<Value> {
    let mut texts = HashSet::new();
    let mut reader = serde_json::Deserializer::from_reader(from);
    let value = Seed(&mut texts).deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// What stands somewhere in the document, with the texts seen before it.
struct Seed<'t>(&'t mut HashSet<Rc<str>>);

impl Seed<'_> {
    fn text(&mut self, text: &str) -> Value {
        let known = self.0.get(text).cloned().unwrap_or_else(|| {
            let new: Rc<str> = text.into();
            self.0.insert(Rc::clone(&new));
            new
        });
        Value::String(known)
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_str<E: Error>(mut self, value: &str) -> Result<Value, E> {
        Ok(self.text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Seed(self.0))? {
            values.push(value);
        }
        Ok(Value::from(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = BTreeMap::new();
        while let Some(key) = map.next_key_seed(Seed(self.0))? {
            entries.insert(key, map.next_value_seed(Seed(self.0))?);
        }
        Ok(Value::from(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_read_as_the_evaluator_reads_it_and_repeats_no_text() {
        let text = r#"{"a": [1, -2, 0.5, true, null, "x", "x"], "x": {"a": {}}}"#;
        let value = read(text.as_bytes()).unwrap();
        assert_eq!(value, Value::from_json_str(text).unwrap());
        let list = value["a"].as_array().unwrap();
        let (Value::String(one), Value::String(other)) = (&list[5], &list[6]) else { panic!("{value:?}") };
        assert!(Rc::ptr_eq(one, other));
        assert!(read(&b"{\"a\": 1} x"[..]).is_err());
    }
}
