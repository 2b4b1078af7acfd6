//! Records: plain structs that know what their own documentation says, and layers that refine each other.
//!
//! The sentence above a field is written once: rustdoc shows it to whoever reads the code, the JSON Schema
//! and the language server show it to whoever writes the inventory.

use serde::Serialize;
use serde_json::Value;

use crate::source::{Sp, Span};

/// A struct whose documentation can be read at run time.
pub trait Record {
    /// What it is.
    const TEXT: &'static str;
    /// Every public field with what it means, in order.
    const FIELDS: &'static [(&'static str, &'static str)];

    /// What a field means; empty for a field that does not exist.
    #[must_use]
    fn text_of(field: &str) -> &'static str {
        Self::FIELDS.iter().find(|(name, _)| *name == field).map_or("", |(_, text)| text)
    }
}

/// Something that a more specific place may refine, value by value.
pub trait Layer {
    /// Takes over whatever the more specific place says.
    fn refine(&mut self, by: &Self);

    /// Whether it says nothing at all.
    fn is_silent(&self) -> bool;

    /// Every value said, with its path (`ssh.version`) and its place, in the order of the fields.
    fn leaves(&self, path: &str, each: &mut dyn FnMut(&str, Value, Span));

    /// The path of every value that could be said, in the order of the fields.
    fn paths(path: &str, each: &mut dyn FnMut(&str))
    where
        Self: Sized;
}

impl<T: Clone + Serialize> Layer for Option<Sp<T>> {
    fn refine(&mut self, by: &Self) {
        if by.is_some() {
            self.clone_from(by);
        }
    }

    fn is_silent(&self) -> bool {
        self.is_none()
    }

    fn leaves(&self, path: &str, each: &mut dyn FnMut(&str, Value, Span)) {
        if let Some(said) = self {
            each(path, serde_json::to_value(&said.value).unwrap_or_default(), said.span);
        }
    }

    fn paths(path: &str, each: &mut dyn FnMut(&str)) {
        each(path);
    }
}

/// The path of a field below another.
pub(crate) fn below(path: &str, field: &str) -> String {
    if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") }
}

/// Defines structs whose documentation can be read at run time ([`Record`]).
macro_rules! record {
    ($(
        $(#[doc = $text:literal])+
        $(#[derive($($derive:path),*)])?
        $vis:vis struct $name:ident {
            $( $(#[doc = $about:literal])+ $seen:vis $field:ident: $kind:ty, )*
        }
    )*) => {$(
        $(#[doc = $text])+
        $(#[derive($($derive),*)])?
        $vis struct $name {
            $( $(#[doc = $about])+ $seen $field: $kind, )*
        }

        impl $crate::model::record::Record for $name {
            const TEXT: &'static str = concat!($($text),+);
            const FIELDS: &'static [(&'static str, &'static str)] =
                &[$((stringify!($field), concat!($($about),+)),)*];
        }
    )*};
}

/// Defines records all of whose fields are layers, and so are layers themselves.
macro_rules! layer {
    ($(
        $(#[doc = $text:literal])+
        pub struct $name:ident {
            $( $(#[doc = $about:literal])+ pub $field:ident: $kind:ty, )*
        }
    )*) => {
        $crate::model::record::record! {$(
            $(#[doc = $text])+
            #[derive(Clone, Debug, Default, PartialEq)]
            pub struct $name {
                $( $(#[doc = $about])+ pub $field: $kind, )*
            }
        )*}
        $(
            impl $crate::model::record::Layer for $name {
                fn refine(&mut self, by: &Self) {
                    $( $crate::model::record::Layer::refine(&mut self.$field, &by.$field); )*
                }

                fn is_silent(&self) -> bool {
                    true $( && $crate::model::record::Layer::is_silent(&self.$field) )*
                }

                fn leaves(
                    &self,
                    path: &str,
                    each: &mut dyn FnMut(&str, serde_json::Value, $crate::source::Span),
                ) {
                    use $crate::model::record::{Layer, below};
                    $( Layer::leaves(&self.$field, &below(path, stringify!($field)), each); )*
                }

                fn paths(path: &str, each: &mut dyn FnMut(&str)) {
                    use $crate::model::record::{Layer, below};
                    $( <$kind as Layer>::paths(&below(path, stringify!($field)), each); )*
                }
            }
        )*
    };
}

pub(crate) use {layer, record};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::settings::{Settings, Ssh};

    fn said<T>(value: T) -> Sp<T> {
        Sp::new(value, Span::default())
    }

    #[test]
    fn the_more_specific_place_wins_value_by_value() {
        let mut settings = Settings::default();
        settings.security.ssh = Ssh { version: Some(said(2)), retries: Some(said(3)), ..Ssh::default() };
        let mut more = Settings::default();
        more.security.ssh.retries = Some(said(5));
        settings.refine(&more);
        let mut leaves = Vec::new();
        settings.leaves("", &mut |path, value, _| leaves.push(format!("{path}={value}")));
        assert_eq!(leaves, ["security.ssh.version=2", "security.ssh.retries=5"]);
        assert!(Settings::default().is_silent() && !settings.is_silent());
        let mut paths = Vec::new();
        Settings::paths("", &mut |path| paths.push(path.to_owned()));
        assert!(paths.contains(&"security.ssh.version".to_owned()) && paths.len() > 30, "{paths:?}");
    }

    #[test]
    fn fields_know_what_they_mean() {
        assert!(Ssh::text_of("version").contains("version"));
        assert_eq!(Ssh::text_of("colour"), "");
        assert!(!Ssh::TEXT.is_empty());
    }
}
