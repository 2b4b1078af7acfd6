//! Segments, flows and change rules.

use std::collections::BTreeMap;

use ipnet::IpNet;
use jiff::civil::Date;

use super::Export;
use super::shape::{Text, Word, shape};
use crate::model::{self, Endpoint, Scope, Tier};
use crate::source::Sp;

shape! {
    /// A zero-trust segment.
    Segment<'a> {
        /// Identifier.
        name: &'a str,
        /// What people read.
        title: &'a str,
        /// Information class after KLASSA.
        klassa: Klassa,
        /// Who answers for it.
        owner: &'a str,
        /// Name of its own routing table.
        vrf: Option<&'a str>,
        /// Addresses outside the VLAN structure that belong to it.
        prefixes: Vec<Text<IpNet>>,
        /// Names of the VLANs in it.
        vlans: Vec<&'a str>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// Information class, each 1 (low) to 4 (high).
    Klassa {
        /// Confidentiality.
        confidentiality: u8,
        /// Integrity.
        integrity: u8,
        /// Availability.
        availability: u8,
    }
}

shape! {
    /// An allowed communication.
    Flow<'a> {
        /// Identifier.
        id: &'a str,
        /// Who starts it: segments, addresses or prefixes.
        from: Vec<String>,
        /// Who answers: segments, addresses or prefixes.
        to: Vec<String>,
        /// What is spoken, as "tcp 443", "udp 5000-5010", "icmp echo" or "any".
        services: Vec<String>,
        /// site: only between subnets of one site; any: everywhere.
        scope: Word<Scope>,
        /// Why it is needed.
        purpose: &'a str,
        /// Who answers for it.
        owner: &'a str,
        /// Case number.
        ticket: Option<&'a str>,
        /// The day it ends, as YYYY-MM-DD.
        expires: Option<Text<Date>>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// Who must approve what.
    Change<'a> {
        /// Signatures every plan needs.
        signatures: u32,
        /// Whether a plan's author may not be one of the signers.
        four_eyes: bool,
        /// Signatures a plan needs that holds a change of a risk class, where that is another number.
        risk: BTreeMap<&'a str, u32>,
        /// How surely a device must get back by itself for changes of a risk class: native, timer, watchdog or inverse.
        tier: BTreeMap<&'a str, Word<Tier>>,
    }
}

impl<'a> Export<'a> {
    pub(super) fn segments(&self) -> Vec<Segment<'a>> {
        self.network.policy.segments.values().map(|segment| self.segment(segment)).collect()
    }

    fn segment(&self, segment: &'a model::Segment) -> Segment<'a> {
        let vlans = self.network.vlans.iter().filter(|vlan| vlan.segment.value == segment.name.value);
        Segment {
            name: segment.name.as_str(),
            title: &segment.title,
            klassa: Klassa {
                confidentiality: segment.klassa.confidentiality,
                integrity: segment.klassa.integrity,
                availability: segment.klassa.availability,
            },
            owner: &segment.owner,
            vrf: segment.vrf.as_ref().map(|vrf| vrf.as_str()),
            prefixes: segment.prefixes.iter().map(|net| Text(net.value)).collect(),
            vlans: vlans.map(|vlan| vlan.name.as_str()).collect(),
            at: self.at(segment.name.span),
        }
    }

    pub(super) fn flows(&self) -> Vec<Flow<'a>> {
        let one = |flow: &'a model::Flow| Flow {
            id: flow.id.as_str(),
            from: ends(&flow.from),
            to: ends(&flow.to),
            services: flow.services.iter().map(|service| service.value.to_string()).collect(),
            scope: Word(flow.scope.value),
            purpose: &flow.purpose,
            owner: &flow.owner,
            ticket: flow.ticket.as_ref().map(|ticket| ticket.as_str()),
            expires: flow.expires.as_ref().map(|date| Text(date.value)),
            at: self.at(flow.id.span),
        };
        self.network.policy.flows.iter().map(one).collect()
    }

    pub(super) fn change(&self) -> Change<'a> {
        let change = &self.network.policy.change;
        Change {
            signatures: change.signatures.value,
            four_eyes: change.four_eyes.value,
            risk: change.risk.iter().map(|(class, count)| (class.as_str(), count.value)).collect(),
            tier: change.tier.iter().map(|(class, tier)| (class.as_str(), Word(tier.value))).collect(),
        }
    }
}

fn ends(ends: &[Sp<Endpoint>]) -> Vec<String> {
    ends.iter().map(|end| end.value.to_string()).collect()
}
