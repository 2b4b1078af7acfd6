//! What the emulator needs to act as a device of tables and entries (`config … edit … set … next … end`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Command, Pattern};

/// A command line of tables and entries.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// Printed before the configuration.
    #[serde(default)]
    pub header: String,
    /// Rows of a page.
    #[serde(default = "super::rows")]
    pub rows: usize,
    /// What stands at the bottom of a full page.
    #[serde(default = "super::more")]
    pub more: String,
    /// Commands that act at once, in the notation of the module above. `{host}` in what they say is the host name.
    #[serde(default)]
    pub commands: Vec<Command>,
    /// Where the host name stands: table and value.
    pub host: (String, String),
    /// How the device saves.
    #[serde(default)]
    pub saving: Option<Saving>,
    /// What every device has that nobody wrote, as it prints it.
    #[serde(default)]
    pub factory: String,
    /// Names that exist without an entry, by table.
    #[serde(default)]
    pub built_in: BTreeMap<String, Vec<String>>,
    /// Every table it knows, in the order in which it prints them.
    pub tables: Vec<Table>,
}

/// A setting that says whether the device saves by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saving {
    /// The table it stands in.
    pub table: String,
    /// The value that says how.
    pub value: String,
    /// Its word for "every change at once".
    pub automatic: String,
    /// Its word for "goes back unless saved in time".
    pub revert: String,
    /// The value that says in how many seconds without input.
    pub timeout: String,
    /// How many where nothing is said.
    pub seconds: u32,
}

/// A table of values, or of entries.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Table {
    /// What stands after `config`; after the table it stands in and `>` where it stands in the entries of another.
    pub table: String,
    /// What entries are named by; absent for a table of values.
    pub entries: Option<Key>,
    /// The order of entries means something.
    pub ordered: bool,
    /// Values in the order in which they are printed, one word each; `$` before one that is printed in quotes, `*`
    /// before one that is printed sealed.
    pub values: String,
    /// Values an entry must have.
    pub needs: String,
    /// Values whose words name entries of tables.
    pub names: BTreeMap<String, Vec<String>>,
    /// What holds where nothing is said, and is not shown.
    pub defaults: BTreeMap<String, String>,
    /// Most characters of a value, or of an entry's name (`edit`).
    pub longest: BTreeMap<String, usize>,
    /// Values of which each word stands in one entry only.
    pub single: Vec<String>,
    /// Values that name entries of their own table, and must not come round.
    pub nested: Vec<String>,
    /// Entries that cannot be deleted.
    pub fixed: Option<Pattern>,
}

/// What entries are named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// A number; 0 asks for the next free one.
    Number,
    /// A name.
    Name,
}
