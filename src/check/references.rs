//! Names that nothing defines, one file for each kind of thing that is named.

use std::collections::BTreeSet;

use crate::finding::{Finding, codes};
use crate::model::{Network, Part};
use crate::source::yaml::short;
use crate::source::{Sp, Span};
use crate::value::Id;

pub(super) mod circles;
pub(super) mod devices;
pub(super) mod features;
pub(super) mod idle_models;
pub(super) mod idle_profiles;
pub(super) mod idle_secrets;
pub(super) mod models;
pub(super) mod organisations;
pub(super) mod platforms;
pub(super) mod profiles;
pub(super) mod racks;
pub(super) mod rooms;
pub(super) mod routers;
pub(super) mod secrets;
pub(super) mod segments;
pub(super) mod tags;
pub(super) mod vlans;

/// The names of one kind.
struct Names<'n> {
    what: &'static str,
    all: BTreeSet<&'n str>,
    /// Where they are defined.
    file: &'static str,
    /// Whether every name was read; else a missing one says nothing.
    whole: bool,
}

impl<'n> Names<'n> {
    fn new(
        network: &Network,
        what: &'static str,
        part: Part,
        file: &'static str,
        all: impl Iterator<Item = &'n str>,
    ) -> Self {
        Self { what, all: all.collect(), file, whole: network.gaps.whole(part) }
    }

    fn vlans(network: &'n Network) -> Self {
        let all = network.vlans.iter().map(|vlan| vlan.name.as_str());
        Self::new(network, "VLAN", Part::Vlans, "inventory/vlans.yaml", all)
    }

    fn look(&self, name: &Sp<Id>, findings: &mut Vec<Finding>) {
        self.find(name.as_str(), name.span, findings);
    }

    /// Says so where there is no such name.
    fn find(&self, name: &str, span: Span, findings: &mut Vec<Finding>) {
        if !self.whole || self.all.contains(name) {
            return;
        }
        let message = format!("there is no {} `{}`", self.what, short(name));
        let finding = Finding::error(codes::UNKNOWN_NAME, message).at(span);
        findings.push(finding.meant(name, self.all.iter().copied(), || match self.all.len() {
            1..=12 => {
                format!("{} has {}", self.file, self.all.iter().copied().collect::<Vec<_>>().join(", "))
            }
            _ => format!("add it to {}", self.file),
        }));
    }
}
