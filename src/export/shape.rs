//! How a thing of the document is written and, from the same lines, how it is described.
//!
//! A key that is written is documented, and a key that is documented can be written: there is one list.

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::model::Layer;

/// What stands at a place of the document.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A single value, by the word for its type.
    Value(&'static str),
    /// Any number of the same.
    List(Box<Kind>),
    /// The same under names.
    Named(Box<Kind>),
    /// Fixed keys.
    Object(Vec<Key>),
    /// Keys as the inventory has them, which `samnet schema` describes.
    Open,
}

/// A key of an object.
#[derive(Clone, Debug)]
pub(super) struct Key {
    /// The key.
    pub(super) name: &'static str,
    /// What its value means.
    pub(super) about: String,
    /// What its value is.
    pub(super) kind: Kind,
    /// Whether it is left out where there is nothing to say.
    pub(super) optional: bool,
}

/// Something that can stand in the document.
pub(super) trait Shape: Serialize {
    /// Whether it may be absent.
    const OPTIONAL: bool = false;

    /// What it is.
    fn kind() -> Kind;

    /// Whether it is, and its key left out.
    fn absent(&self) -> bool {
        false
    }
}

/// A value written as its text.
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<T: Display> Shape for Text<T> {
    fn kind() -> Kind {
        Kind::Value("text")
    }
}

/// A value with the word it has in the inventory.
pub(super) struct Word<T>(pub(super) T);

impl<T: Serialize> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<T: Serialize> Shape for Word<T> {
    fn kind() -> Kind {
        Kind::Value("text")
    }
}

/// Settings with the keys they have in the inventory.
pub(super) struct Said(Map<String, Value>);

impl Said {
    /// Everything a layer says; `None` where it is silent.
    pub(super) fn of(layer: &impl Layer) -> Option<Self> {
        let mut whole = Map::new();
        layer.leaves("", &mut |path, value, _| {
            let mut here = &mut whole;
            let mut steps = path.split('.').peekable();
            while let Some(step) = steps.next() {
                if steps.peek().is_none() {
                    here.insert(step.to_owned(), value.clone());
                } else {
                    let below = here.entry(step).or_insert_with(|| Value::Object(Map::new()));
                    let Value::Object(below) = below else { return };
                    here = below;
                }
            }
        });
        (!whole.is_empty()).then_some(Self(whole))
    }
}

impl Serialize for Said {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl Shape for Said {
    fn kind() -> Kind {
        Kind::Open
    }
}

/// A list made while it is written, so that a large network is never held in memory twice.
pub(super) struct Each<'a, T>(pub(super) Box<dyn Fn() -> Box<dyn Iterator<Item = T> + 'a> + 'a>);

impl<T: Serialize> Serialize for Each<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((self.0)())
    }
}

impl<T: Shape> Shape for Each<'_, T> {
    fn kind() -> Kind {
        Kind::List(Box::new(T::kind()))
    }
}

impl<T: Shape> Shape for Vec<T> {
    fn kind() -> Kind {
        Kind::List(Box::new(T::kind()))
    }
}

impl<T: Shape> Shape for BTreeMap<&str, T> {
    fn kind() -> Kind {
        Kind::Named(Box::new(T::kind()))
    }
}

impl<T: Shape> Shape for Option<T> {
    const OPTIONAL: bool = true;

    fn kind() -> Kind {
        T::kind()
    }

    fn absent(&self) -> bool {
        self.is_none()
    }
}

macro_rules! values {
    ($($kind:ty: $word:literal),* $(,)?) => {
        $(impl Shape for $kind {
            fn kind() -> Kind {
                Kind::Value($word)
            }
        })*
    };
}

values!(&str: "text", String: "text", bool: "true or false", u8: "number", u16: "number", u32: "number", u64: "number");

/// Defines an object of the document: its keys in order, each with what it means and what it is.
macro_rules! shape {
    ($(#[doc = $about:literal])* $name:ident $(<$life:lifetime>)? {
        $($(#[doc = $doc:literal])* $field:ident: $kind:ty,)*
    }) => {
        $(#[doc = $about])*
        pub(in crate::export) struct $name $(<$life>)? {
            $($(#[doc = $doc])* pub(in crate::export) $field: $kind,)*
        }

        impl $(<$life>)? serde::Serialize for $name $(<$life>)? {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                use serde::ser::SerializeMap as _;
                let mut map = serializer.serialize_map(None)?;
                $(if !crate::export::shape::Shape::absent(&self.$field) {
                    map.serialize_entry(stringify!($field), &self.$field)?;
                })*
                map.end()
            }
        }

        impl $(<$life>)? crate::export::shape::Shape for $name $(<$life>)? {
            fn kind() -> crate::export::shape::Kind {
                crate::export::shape::Kind::Object(vec![$(crate::export::shape::Key {
                    name: stringify!($field),
                    about: [$($doc),*].map(str::trim).join(" "),
                    kind: <$kind as crate::export::shape::Shape>::kind(),
                    optional: <$kind as crate::export::shape::Shape>::OPTIONAL,
                }),*])
            }
        }
    };
}
pub(super) use shape;

/// Every key as one line: its place in the document, what it is, what it means.
pub(super) fn lines(kind: &Kind, depth: usize, into: &mut Vec<(String, String, String)>) {
    let Kind::Object(keys) = kind else { return };
    for key in keys {
        let (marks, inner) = unwrap(&key.kind);
        let what = match inner {
            Kind::Value(word) => *word,
            _ => "object",
        };
        let what = if marks.is_empty() { what.to_owned() } else { format!("{what}s") };
        let optional = if key.optional { ", may be absent" } else { "" };
        let place = format!("{:depth$}{}{marks}", "", key.name, depth = 2 * depth);
        into.push((place, format!("{what}{optional}"), key.about.trim_end_matches('.').to_owned()));
        lines(inner, depth + 1, into);
    }
}

/// Gathers the keys of a kind and of all inside it.
pub(super) fn keys(kind: &Kind, top: bool, into: &mut super::Keys) {
    match kind {
        Kind::Object(fields) => {
            for field in fields {
                into.all.insert(field.name);
                if top {
                    into.top.insert(field.name);
                }
                if matches!(field.kind, Kind::Named(_)) {
                    into.named.insert(field.name);
                }
                keys(&field.kind, false, into);
            }
        }
        Kind::List(inner) | Kind::Named(inner) => keys(inner, false, into),
        Kind::Value(_) | Kind::Open => {}
    }
}

/// The marks of lists and names around a kind, and what stands inside them.
fn unwrap(kind: &Kind) -> (String, &Kind) {
    match kind {
        Kind::List(inner) => {
            let (marks, inner) = unwrap(inner);
            (format!("[]{marks}"), inner)
        }
        Kind::Named(inner) => {
            let (marks, inner) = unwrap(inner);
            (format!("{{name}}{marks}"), inner)
        }
        Kind::Value(_) | Kind::Object(_) | Kind::Open => (String::new(), kind),
    }
}
