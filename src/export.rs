//! The resolved network as one versioned JSON document, for rules and other programs.
//!
//! One small function per kind of thing makes what `shape` writes and describes. Secrets are names, and
//! neither clock nor order of reading shows: two runs over one inventory give equal bytes.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::derive::Derived;
use crate::model::Network;
use crate::source::{Sources, Span};
use shape::{Each, Shape as _};

mod device;
mod hardware;
mod overall;
mod policy;
mod shape;
mod site;
#[cfg(test)]
mod tests;
mod wireless;

/// Version of the document; rises when a key changes its meaning or goes, not when one is added.
pub const VERSION: u32 = 1;

/// What the document is made from.
pub struct Export<'a> {
    network: &'a Network,
    derived: &'a Derived,
    sources: &'a Sources,
    /// Every place the document names; filled while it is written.
    spans: RefCell<Vec<Span>>,
}

shape::shape! {
    /// The whole document.
    Document<'a> {
        /// Version of this document; rises when a key changes its meaning or goes, not when one is added.
        version: u32,
        /// The network as a whole.
        network: overall::Overall<'a>,
        /// How routers exchange routes.
        routing: overall::Routing<'a>,
        /// How Samnet logs in to devices.
        login: overall::Login<'a>,
        /// Secrets: their names and kinds, never their values.
        secrets: Vec<overall::Secret<'a>>,
        /// Member organisations, in file order.
        organisations: Vec<overall::Organisation<'a>>,
        /// Sites, by organisation and identifier.
        sites: Each<'a, site::Site<'a>>,
        /// Devices that could be named and addressed, by name.
        devices: Each<'a, device::Device<'a>>,
        /// The VLAN structure, in file order.
        vlans: Vec<wireless::Vlan<'a>>,
        /// Wireless networks, in file order.
        ssids: Vec<wireless::Ssid<'a>>,
        /// Zero-trust segments, by name.
        segments: Vec<policy::Segment<'a>>,
        /// Allowed flows, by file, then order in it.
        flows: Vec<policy::Flow<'a>>,
        /// Who must approve what.
        change: policy::Change<'a>,
        /// Port profiles by name.
        profiles: BTreeMap<&'a str, hardware::Profile<'a>>,
        /// Device models by name.
        models: BTreeMap<&'a str, hardware::Model<'a>>,
    }
}

impl<'a> Export<'a> {
    /// Gets ready; nothing is made yet.
    #[must_use]
    pub const fn new(network: &'a Network, derived: &'a Derived, sources: &'a Sources) -> Self {
        Self { network, derived, sources, spans: RefCell::new(Vec::new()) }
    }

    /// Writes the document as one line.
    ///
    /// # Errors
    /// When `to` refuses it.
    pub fn write(&self, to: impl std::io::Write) -> serde_json::Result<()> {
        serde_json::to_writer(to, &self.document())
    }

    /// Writes the document for people.
    ///
    /// # Errors
    /// When `to` refuses it.
    pub fn write_pretty(&self, to: impl std::io::Write) -> serde_json::Result<()> {
        serde_json::to_writer_pretty(to, &self.document())
    }

    /// The places that some `at`s of the document mean, once it was written; a text it does not hold is left out.
    #[must_use]
    pub fn spans(&self, wanted: &BTreeSet<&str>) -> BTreeMap<String, Span> {
        let mut found = BTreeMap::new();
        for span in self.spans.borrow().iter() {
            let at = self.sources.place(*span).to_string();
            if wanted.contains(at.as_str()) {
                found.entry(at).or_insert(*span);
            }
        }
        found
    }

    fn document(&self) -> Document<'_> {
        self.spans.borrow_mut().clear();
        Document {
            version: VERSION,
            network: self.overall(),
            routing: self.routing(),
            login: self.login(),
            secrets: self.secrets(),
            organisations: self.organisations(),
            sites: Each(Box::new(|| Box::new(self.sites()))),
            devices: Each(Box::new(|| Box::new(self.devices()))),
            vlans: self.vlans(),
            ssids: self.ssids(),
            segments: self.segments(),
            flows: self.flows(),
            change: self.change(),
            profiles: self.profiles(),
            models: self.models(),
        }
    }

    /// A place as the document has it, kept so that [`Self::spans`] finds it again.
    fn at(&self, span: Span) -> String {
        self.spans.borrow_mut().push(span);
        self.sources.place(span).to_string()
    }
}

/// The keys of the document.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// Directly in it.
    pub(crate) top: std::collections::BTreeSet<&'static str>,
    /// With names for keys in their value.
    pub(crate) named: std::collections::BTreeSet<&'static str>,
    /// Anywhere.
    pub(crate) all: std::collections::BTreeSet<&'static str>,
}

/// Every key that may stand in the document; what it takes over from the inventory has the keys it has there.
pub(crate) fn keys() -> Keys {
    let mut keys = Keys::default();
    shape::keys(&Document::kind(), true, &mut keys);
    keys
}

/// Every key of the document with what it is and means, for people.
#[must_use]
pub fn described() -> String {
    let mut rows = Vec::new();
    shape::lines(&Document::kind(), 0, &mut rows);
    let widths = rows.iter().fold((0, 0), |widths, (place, what, _)| {
        (widths.0.max(place.chars().count()), widths.1.max(what.chars().count()))
    });
    let mut page = format!(
        "The network as JSON, version {VERSION}: what `samnet show network --json` prints, and rules in policies/checks\n\
         see as `input`. `[]` marks a list, `{{name}}` an object whose keys are names; a key that may be absent is\n\
         left out where there is nothing to say. `at` is a place, PATH:LINE:COLUMN below the project folder: a\n\
         finding that carries it points there. `settings` has the keys that the inventory has; `samnet schema` describes them.\n\n",
    );
    for (place, what, about) in &rows {
        page += &format!(
            "{place:<place_width$}  {what:<what_width$}  {about}\n",
            place_width = widths.0,
            what_width = widths.1
        );
    }
    page
}
