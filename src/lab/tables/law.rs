//! What a device of tables knows and refuses.

use std::collections::{BTreeMap, BTreeSet};

use crate::platform::Pattern;
use crate::platform::lab::tables::{Console, Key, Table};

/// What a device checks, and what it knows at all.
#[derive(Clone, Debug, Default)]
pub struct Law {
    /// Values that name entries: table, value, tables whose entries may be meant.
    pub uses: Vec<(String, String, Vec<String>)>,
    /// Names that exist without an entry.
    pub built_in: BTreeSet<String>,
    /// Values of which each word may stand in one entry of the table only.
    pub single: Vec<(String, String)>,
    /// Values that name entries of their own table, and must not come round.
    pub nested: Vec<(String, String)>,
    /// Tables whose entries have an order.
    pub ordered: BTreeSet<String>,
    /// Tables and values that there are; where there is none, whatever is typed is a table and its values.
    pub schema: Schema,
}

/// Tables and values that a device knows.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    tables: BTreeMap<String, Known>,
    /// Names that exist without an entry, by table.
    built_in: BTreeMap<String, BTreeSet<String>>,
}

/// A table that the device knows.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) place: usize,
    pub(super) entries: bool,
    pub(super) numbered: bool,
    pub(super) ordered: bool,
    pub(super) values: Vec<Value>,
    pub(super) needs: Vec<String>,
    pub(super) defaults: BTreeMap<String, String>,
    longest: BTreeMap<String, usize>,
    fixed: Option<Pattern>,
}

/// A value that a table knows.
#[derive(Clone, Debug)]
pub(super) struct Value {
    pub(super) name: String,
    pub(super) quoted: bool,
    pub(super) sealed: bool,
}

impl Law {
    /// The law that a platform's data gives.
    #[must_use]
    pub fn of(console: &Console) -> Self {
        let mut law = Self::default();
        for (table, names) in &console.built_in {
            law.schema.built_in.insert(table.clone(), names.iter().cloned().collect());
        }
        for (place, table) in console.tables.iter().enumerate() {
            let pairs =
                |names: &[String]| -> Vec<_> { names.iter().map(|name| (table.table.clone(), name.clone())).collect() };
            law.uses
                .extend(table.names.iter().map(|(value, tables)| (table.table.clone(), value.clone(), tables.clone())));
            law.single.extend(pairs(&table.single));
            law.nested.extend(pairs(&table.nested));
            if table.ordered {
                law.ordered.insert(table.table.clone());
            }
            law.schema.tables.insert(table.table.clone(), Known::new(place, table));
        }
        law
    }

    /// A table, where the device knows its tables.
    pub(super) fn known(&self, table: &str) -> Option<&Known> {
        self.schema.tables.get(table)
    }

    /// Whether a table of this name may be opened.
    pub(super) fn has(&self, table: &str) -> bool {
        self.schema.tables.is_empty() || self.schema.tables.contains_key(table)
    }

    /// Whether a value may be set in a table.
    pub(super) fn takes(&self, table: &str, value: &str) -> bool {
        self.known(table).map_or(self.schema.tables.is_empty(), |known| known.value(value).is_some())
    }

    /// Whether a name exists in a table without an entry.
    pub(super) fn is_built_in(&self, tables: &[String], name: &str) -> bool {
        let of = |table: &String| self.schema.built_in.get(table).is_some_and(|names| names.contains(name));
        self.built_in.contains(name) || tables.iter().any(of)
    }

    /// The tables whose entries a value names.
    pub(super) fn meant(&self, table: &str, value: &str) -> Option<&[String]> {
        let found = self.uses.iter().find(|(own, field, _)| own == table && field == value);
        found.map(|(_, _, tables)| tables.as_slice())
    }
}

impl Known {
    fn new(place: usize, table: &Table) -> Self {
        let value = |word: &str| Value {
            name: word.trim_start_matches(['$', '*']).to_owned(),
            quoted: word.starts_with('$'),
            sealed: word.starts_with('*'),
        };
        Self {
            place,
            entries: table.entries.is_some(),
            numbered: table.entries == Some(Key::Number),
            ordered: table.ordered,
            values: table.values.split_whitespace().map(value).collect(),
            needs: table.needs.split_whitespace().map(str::to_owned).collect(),
            defaults: table.defaults.clone(),
            longest: table.longest.clone(),
            fixed: table.fixed.clone(),
        }
    }

    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.values.iter().find(|value| value.name == name)
    }

    pub(super) fn default(&self, name: &str) -> Option<&str> {
        self.defaults.get(name).map(String::as_str)
    }

    /// Whether a text is no longer than the value takes.
    pub(super) fn fits(&self, value: &str, text: &str) -> bool {
        self.longest.get(value).is_none_or(|most| text.chars().count() <= *most)
    }

    pub(super) fn is_fixed(&self, id: &str) -> bool {
        self.fixed.as_ref().is_some_and(|fixed| fixed.is_match(id))
    }
}
