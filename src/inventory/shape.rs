//! What each mapping of the inventory looks like, said once: how it is read and its JSON Schema come from
//! the same list of keys.
//!
//! A list gives each field of a struct and how it is read:
//!
//! | word | meaning |
//! | --- | --- |
//! | `required` | the key has to be there |
//! | `optional` | an `Option`, `None` where the key is absent |
//! | `default` | the type's default where the key is absent |
//! | `or(value)` | that value where the key is absent |
//! | `entries`, `some_entries` | a mapping of names to records; the second has to be there |
//! | `words`, `some_words` | a mapping of known words to values; the second has to be there |
//! | `flat` | the keys of another record, in the same mapping |
//! | `shared` | the same behind `Option<Arc<…>>`, `None` where nothing is said |
//! | `place` | the span of the whole mapping |
//! | `given(value)` | no key: filled in by whoever reads the record |
//! | `filled` | a list that says something: absent it means all, so `[]` is refused |
//! | `some_list` | a list that has to be there, empty where it is wrong |
//! | `by(read, schema)` | two functions of its own |
//! | `need(read, schema)` | the same, and without it there is no record |
//!
//! Behind that may stand `in 1..=63`, where a number lies between the two, and in braces what else the schema
//! says of the key: a bound that standards set, of which a check tells in words of its own.
//!
//! `check` names a function that looks at the whole record, and `says` what the schema says of the whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::decode::{Decode, Fields, Reader, entries};
use super::pattern;
use crate::finding::codes;
use crate::model::record::Layer;
use crate::source::Sp;
use crate::source::yaml::{Entry, Node};
use crate::value::{Id, Text};

/// A record that a mapping is read into.
pub(super) trait Shape: Sized {
    /// What messages call it ("a VLAN").
    const WHAT: &'static str;

    /// Reads the record's keys; the caller sees to keys that nobody asked for.
    fn read(fields: &mut Fields<'_>, node: &Node, reader: &mut Reader) -> Option<Self>;

    /// Adds the record's keys to a schema.
    fn describe(object: &mut Object, schemas: &mut Schemas);
}

/// The schema of a list that is not empty.
pub(super) fn filled(mut list: Value) -> Value {
    if let Some(list) = list.as_object_mut() {
        list.insert("minItems".to_owned(), 1.into());
    }
    list
}

/// A record that stands in a mapping under its own name.
pub(super) trait Keyed: Sized {
    /// Its name.
    type Key: Ord;

    /// Reads one entry.
    fn keyed(entry: &Entry, reader: &mut Reader) -> Option<(Self::Key, Self)>;

    /// JSON Schema of the value behind the name.
    fn schema(schemas: &mut Schemas) -> Value;

    /// JSON Schema of the names.
    fn key_schema() -> Value {
        pattern::id()
    }
}

/// A word that may be the key of a mapping.
pub(super) trait Word: Copy + 'static {
    /// What messages call it.
    const WHAT: &'static str;
    /// Every word.
    const WORDS: &'static [(&'static str, Self)];
}

/// The named schemas that one document refers to.
#[derive(Debug, Default)]
pub(super) struct Schemas {
    pub(super) defined: BTreeMap<&'static str, Value>,
}

impl Schemas {
    /// A reference to a named schema, which is made when it is asked for first.
    pub(super) fn define(&mut self, name: &'static str, make: impl FnOnce(&mut Self) -> Value) -> Value {
        if !self.defined.contains_key(name) {
            // Stands there while it is made, so that a record inside itself ends.
            self.defined.insert(name, Value::Null);
            let made = make(self);
            self.defined.insert(name, made);
        }
        json!({ "$ref": format!("#/$defs/{name}") })
    }

    /// Schema of a field's type.
    pub(super) fn of<S, T: Decode>(&mut self, _field: fn(&S) -> &T) -> Value {
        T::schema(self)
    }

    /// Schema of an optional field's type.
    pub(super) fn of_optional<S, T: Decode>(&mut self, _field: fn(&S) -> &Option<T>) -> Value {
        T::schema(self)
    }

    /// Schema of a mapping of records.
    pub(super) fn of_entries<S, V: Keyed>(&mut self, _field: fn(&S) -> &BTreeMap<V::Key, V>) -> Value {
        json!({ "type": "object", "propertyNames": V::key_schema(), "additionalProperties": V::schema(self) })
    }

    /// Schema of a mapping of words.
    pub(super) fn of_words<S, K: Word + Ord, V: Decode>(&mut self, _field: fn(&S) -> &BTreeMap<K, V>) -> Value {
        let words: Vec<&str> = K::WORDS.iter().map(|(word, _)| *word).collect();
        json!({ "type": "object", "propertyNames": { "enum": words }, "additionalProperties": V::schema(self) })
    }

    /// Adds the keys of a record in the same mapping.
    pub(super) fn flat<S, T: Shape>(&mut self, object: &mut Object, _field: fn(&S) -> &T) {
        T::describe(object, self);
    }

    /// The same behind an `Option<Arc<…>>`.
    pub(super) fn shared<S, T: Shape>(&mut self, object: &mut Object, _field: fn(&S) -> &Option<Arc<T>>) {
        T::describe(object, self);
    }
}

/// The schema of one mapping.
#[derive(Debug, Default)]
pub(super) struct Object {
    text: String,
    properties: Map<String, Value>,
    required: Vec<&'static str>,
    /// What is said of the whole.
    whole: Map<String, Value>,
}

impl Object {
    pub(super) fn new(text: &str) -> Self {
        Self { text: sentence(text), ..Self::default() }
    }

    /// Adds a key.
    pub(super) fn key(&mut self, key: &'static str, text: &str, schema: Value) {
        self.properties.insert(key.to_owned(), described(schema, &sentence(text)));
    }

    /// Says more of a key.
    pub(super) fn narrow(&mut self, key: &str, more: Value) {
        if let Some(schema) = self.properties.get_mut(key) {
            merge(schema, more);
        }
    }

    /// Says more of the whole.
    pub(super) fn all(&mut self, more: Value) {
        if let Value::Object(more) = more {
            self.whole.extend(more);
        }
    }

    /// Says that a key has to be there.
    pub(super) fn require(&mut self, key: &'static str) {
        self.required.push(key);
    }

    pub(super) fn finish(self) -> Value {
        let mut object = json!({
            "type": "object", "description": self.text, "properties": self.properties, "additionalProperties": false,
        });
        if let (false, Value::Object(map)) = (self.required.is_empty(), &mut object) {
            map.insert("required".to_owned(), json!(self.required));
        }
        merge(&mut object, Value::Object(self.whole));
        object
    }
}

/// The schema of a number between two others.
pub(super) fn bounds(least: u32, most: u32) -> Value {
    json!({ "minimum": least, "maximum": most })
}

/// Puts a schema over another, keyword by keyword.
fn merge(schema: &mut Value, more: Value) {
    match (schema, more) {
        (Value::Object(schema), Value::Object(more)) => {
            for (key, value) in more {
                merge(schema.entry(key).or_insert(Value::Null), value);
            }
        }
        (schema, more) => *schema = more,
    }
}

/// A schema with a description of its own.
pub(super) fn described(schema: Value, text: &str) -> Value {
    let mut described = Map::new();
    described.insert("description".to_owned(), text.into());
    match schema {
        // draft 2020-12 lets keywords stand beside `$ref`.
        Value::Object(map) => described.extend(map.into_iter().filter(|(key, _)| key != "description")),
        other => return other,
    }
    Value::Object(described)
}

/// A doc comment as people read it elsewhere: one line, no code marks of rustdoc links.
fn sentence(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace(['[', ']'], "")
}

/// A mapping of records by name; empty where the key is absent.
pub(super) fn read_entries<V: Keyed>(
    fields: &mut Fields<'_>,
    key: &'static str,
    reader: &mut Reader,
) -> BTreeMap<V::Key, V> {
    let Some(node) = fields.node(key) else { return BTreeMap::new() };
    let found = entries(node, key, reader);
    found.iter().filter_map(|entry| V::keyed(entry, reader)).collect()
}

/// A mapping of known words; empty where the key is absent.
pub(super) fn read_words<K: Word + Ord, V: Decode>(
    fields: &mut Fields<'_>,
    key: &'static str,
    reader: &mut Reader,
) -> BTreeMap<K, V> {
    let Some(node) = fields.node(key) else { return BTreeMap::new() };
    let mut map = BTreeMap::new();
    for entry in entries(node, key, reader) {
        let value = reader.value(&entry.key, &entry.value);
        if let (Some(word), Some(value)) = (word(&entry.key, reader), value) {
            map.insert(word, value);
        }
    }
    map
}

/// A key out of a short list of words.
pub(super) fn word<K: Word>(key: &Sp<Text>, reader: &mut Reader) -> Option<K> {
    let found = K::WORDS.iter().find(|(word, _)| *word == key.as_str()).map(|(_, value)| *value);
    if found.is_none() {
        let known: Vec<&str> = K::WORDS.iter().map(|(word, _)| *word).collect();
        reader.unknown_word(codes::ILLEGAL_VALUE, key, K::WHAT, &known);
    }
    found
}

/// The keys of a record that stand in the same mapping as others; `None` where none of them is there.
pub(super) fn read_shared<T: Shape + Layer>(
    fields: &mut Fields<'_>,
    node: &Node,
    reader: &mut Reader,
) -> Option<Arc<T>> {
    if fields.is_read() {
        return None;
    }
    T::read(fields, node, reader).filter(|layer| !layer.is_silent()).map(Arc::new)
}

/// Reads a node as a record, and says which of its keys nothing reads.
pub(super) fn decode<T: Shape>(node: &Node, reader: &mut Reader) -> Option<T> {
    let mut fields = Fields::of(node, T::WHAT, reader)?;
    let value = T::read(&mut fields, node, reader);
    fields.finish(reader);
    value
}

/// A name in a mapping's key.
pub(super) fn key_id(key: &Sp<Text>, reader: &mut Reader) -> Option<Sp<Id>> {
    super::network::name(key, reader).map(|id| Sp::new(id, key.span))
}

/// Says how the fields of a record are read; see the top of this file.
macro_rules! shape {
    ($name:ident as $what:literal {
        $($field:ident: $how:ident $(($($argument:expr),*))? $(in $least:literal..=$most:literal)? $({ $($says:tt)* })? $(= $key:literal)?),* $(,)?
    } $(check $check:expr)? $(; says { $($whole:tt)* })?) => {
        impl $crate::inventory::shape::Shape for $name {
            const WHAT: &'static str = $what;

            fn read(
                fields: &mut $crate::inventory::decode::Fields<'_>,
                node: &$crate::source::yaml::Node,
                reader: &mut $crate::inventory::decode::Reader,
            ) -> Option<Self> {
                $(
                    $( reader.within = Some(($least, $most)); )?
                    let $field = shape!(@read $how ($($($argument),*)?) fields, node, reader, shape!(@key $field $($key)?));
                    $( reader.within = None; let _ = $least; )?
                )*
                let _ = node;
                let record = Self { $( $field: shape!(@take $how $field), )* };
                $(
                    let check: fn(&$name, &$crate::source::yaml::Node, &mut $crate::inventory::decode::Reader) = $check;
                    check(&record, node, reader);
                )?
                Some(record)
            }

            fn describe(
                object: &mut $crate::inventory::shape::Object,
                schemas: &mut $crate::inventory::shape::Schemas,
            ) {
                let _ = &schemas;
                $(
                    let key = shape!(@key $field $($key)?);
                    shape!(@describe $how ($($($argument),*)?) object, schemas, $name, $field, key);
                    $( object.narrow(key, $crate::inventory::shape::bounds($least, $most)); )?
                    $( object.narrow(key, serde_json::json!({ $($says)* })); )?
                    let _ = key;
                )*
                $( object.all(serde_json::json!({ $($whole)* })); )?
            }
        }
    };

    (@key $field:ident) => { stringify!($field) };
    (@key $field:ident $key:literal) => { $key };

    (@read required () $fields:ident, $node:ident, $reader:ident, $key:expr) => { $fields.required($key, $reader) };
    (@read optional () $fields:ident, $node:ident, $reader:ident, $key:expr) => { $fields.optional($key, $reader) };
    (@read default () $fields:ident, $node:ident, $reader:ident, $key:expr) => { $fields.or_default($key, $reader) };
    (@read filled () $fields:ident, $node:ident, $reader:ident, $key:expr) => {{
        $fields.refuse_empty($key, "name at least one, or leave the key out: then it holds for all", $reader);
        $fields.or_default($key, $reader)
    }};
    (@read or ($value:expr) $fields:ident, $node:ident, $reader:ident, $key:expr) => {
        $fields.optional($key, $reader).unwrap_or($value)
    };
    (@read entries () $fields:ident, $node:ident, $reader:ident, $key:expr) => {
        $crate::inventory::shape::read_entries($fields, $key, $reader)
    };
    (@read some_entries () $fields:ident, $node:ident, $reader:ident, $key:expr) => {{
        $fields.present($key, $reader);
        $crate::inventory::shape::read_entries($fields, $key, $reader)
    }};
    (@read words () $fields:ident, $node:ident, $reader:ident, $key:expr) => {
        $crate::inventory::shape::read_words($fields, $key, $reader)
    };
    (@read some_words () $fields:ident, $node:ident, $reader:ident, $key:expr) => {{
        $fields.present($key, $reader);
        $crate::inventory::shape::read_words($fields, $key, $reader)
    }};
    (@read flat () $fields:ident, $node:ident, $reader:ident, $key:expr) => {
        $crate::inventory::shape::Shape::read($fields, $node, $reader)
    };
    (@read shared () $fields:ident, $node:ident, $reader:ident, $key:expr) => {
        $crate::inventory::shape::read_shared($fields, $node, $reader)
    };
    (@read place () $fields:ident, $node:ident, $reader:ident, $key:expr) => { $node.span };
    (@read given ($value:expr) $fields:ident, $node:ident, $reader:ident, $key:expr) => { $value };
    (@read some_list () $fields:ident, $node:ident, $reader:ident, $key:expr) => {
        $fields.required($key, $reader).unwrap_or_default()
    };
    (@read need ($read:expr, $schema:expr) $fields:ident, $node:ident, $reader:ident, $key:expr) => {
        $read($fields, $reader)
    };
    (@read by ($read:expr, $schema:expr) $fields:ident, $node:ident, $reader:ident, $key:expr) => {
        $read($fields, $reader)
    };

    (@take required $field:ident) => { $field? };
    (@take flat $field:ident) => { $field? };
    (@take need $field:ident) => { $field? };
    (@take $how:ident $field:ident) => { $field };

    (@describe required () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        let schema = $schemas.of(|record: &$name| &record.$field);
        $object.key($key, <$name as $crate::model::record::Record>::text_of(stringify!($field)), schema);
        $object.require($key);
    };
    (@describe some_list () $($rest:tt)*) => { shape!(@describe required () $($rest)*) };
    (@describe need ($read:expr, $describe:expr) $($rest:tt)*) => { shape!(@describe by ($read, $describe) $($rest)*) };
    (@describe optional () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        let schema = $schemas.of_optional(|record: &$name| &record.$field);
        $object.key($key, <$name as $crate::model::record::Record>::text_of(stringify!($field)), schema);
    };
    (@describe default () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        let schema = $schemas.of(|record: &$name| &record.$field);
        $object.key($key, <$name as $crate::model::record::Record>::text_of(stringify!($field)), schema);
    };
    (@describe filled () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        let schema = $crate::inventory::shape::filled($schemas.of(|record: &$name| &record.$field));
        $object.key($key, <$name as $crate::model::record::Record>::text_of(stringify!($field)), schema);
    };
    (@describe or ($value:expr) $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        shape!(@describe default () $object, $schemas, $name, $field, $key);
    };
    (@describe entries () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        let schema = $schemas.of_entries(|record: &$name| &record.$field);
        $object.key($key, <$name as $crate::model::record::Record>::text_of(stringify!($field)), schema);
    };
    (@describe some_entries () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        shape!(@describe entries () $object, $schemas, $name, $field, $key);
        $object.require($key);
    };
    (@describe words () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        let schema = $schemas.of_words(|record: &$name| &record.$field);
        $object.key($key, <$name as $crate::model::record::Record>::text_of(stringify!($field)), schema);
    };
    (@describe some_words () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        shape!(@describe words () $object, $schemas, $name, $field, $key);
        $object.require($key);
    };
    (@describe flat () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        $schemas.flat($object, |record: &$name| &record.$field);
    };
    (@describe shared () $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        $schemas.shared($object, |record: &$name| &record.$field);
    };
    (@describe place () $($rest:tt)*) => {};
    (@describe given ($value:expr) $($rest:tt)*) => {};
    (@describe by ($read:expr, $describe:expr) $object:ident, $schemas:ident, $name:ident, $field:ident, $key:expr) => {
        $describe($object, $schemas, <$name as $crate::model::record::Record>::text_of(stringify!($field)));
    };
}

/// Makes records that stand under a key of their own readable.
macro_rules! decodes {
    ($($name:ident),* $(,)?) => {$(
        impl $crate::inventory::decode::Decode for $name {
            fn decode(
                node: &$crate::source::yaml::Node,
                reader: &mut $crate::inventory::decode::Reader,
            ) -> Option<Self> {
                $crate::inventory::shape::decode(node, reader)
            }

            fn schema(schemas: &mut $crate::inventory::shape::Schemas) -> serde_json::Value {
                $crate::inventory::shape::named::<Self>(stringify!($name), schemas)
            }
        }
    )*};
}

/// The schema of a record under its own name.
pub(super) fn named<T: Shape + crate::model::Record>(name: &'static str, schemas: &mut Schemas) -> Value {
    schemas.define(name, |schemas| object::<T>(schemas))
}

/// The schema of a record.
pub(super) fn object<T: Shape + crate::model::Record>(schemas: &mut Schemas) -> Value {
    let mut object = Object::new(T::TEXT);
    T::describe(&mut object, schemas);
    object.finish()
}

/// Schema of a value out of some words; one that looks like a number may be written without quotes.
pub(super) fn word_schema(words: &[&str]) -> Value {
    let numbers = words.iter().filter_map(|word| word.parse::<serde_json::Number>().ok()).map(Value::Number);
    let all: Vec<Value> = words.iter().map(|word| (*word).into()).chain(numbers).collect();
    json!({ "enum": all })
}

/// Words of an enumeration: how they are written and what they stand for.
macro_rules! words {
    ($($kind:ty: $what:literal { $($word:literal => $value:expr),* $(,)? })*) => {$(
        impl $crate::inventory::shape::Word for $kind {
            const WHAT: &'static str = $what;
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, $value)),*];
        }

        impl $crate::inventory::decode::Decode for $kind {
            fn decode(
                node: &$crate::source::yaml::Node,
                reader: &mut $crate::inventory::decode::Reader,
            ) -> Option<Self> {
                reader.word(node, <Self as $crate::inventory::shape::Word>::WORDS)
            }

            fn schema(_schemas: &mut $crate::inventory::shape::Schemas) -> serde_json::Value {
                $crate::inventory::shape::word_schema(&[$($word),*])
            }
        }
    )*};
}

pub(super) use {decodes, shape, words};
