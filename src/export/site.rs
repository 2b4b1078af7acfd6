//! Sites with their part of the address plan.

use std::net::Ipv4Addr;

use ipnet::{Ipv4Net, Ipv6Net};

use super::Export;
use super::shape::{Said, Text, Word, shape};
use crate::derive::{SiteFacts, VlanFacts};
use crate::model::{self, Gateway, WanKind};
use crate::source::Span;
use crate::value::{DeviceName, VlanId};

shape! {
    /// A site.
    Site<'a> {
        /// Identifier, unique in the network.
        id: &'a str,
        /// Identifier of its organisation.
        organisation: &'a str,
        /// Number in the organisation's part of the address plan.
        index: u32,
        /// Name as people write it.
        name: &'a str,
        /// Short form in device names.
        code: &'a str,
        /// Kinds of building: school, care, ….
        tags: Vec<&'a str>,
        /// Street address.
        address: Option<&'a str>,
        /// How it reaches the core.
        wan: Wan<'a>,
        /// Its part of the address plan.
        prefix: Option<Text<Ipv4Net>>,
        /// Its IPv6 prefix.
        prefix6: Option<Text<Ipv6Net>>,
        /// The VLANs it has, by id.
        vlans: Vec<SiteVlan<'a>>,
        /// Rooms with their racks.
        rooms: Vec<Room<'a>>,
        /// Addresses set aside for hosts.
        reservations: Vec<Reservation<'a>>,
        /// What its devices use instead of what network and organisation say.
        settings: Option<Said>,
        /// Names of its devices, in file order.
        devices: Vec<&'a str>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// A site's connection to the core.
    Wan<'a> {
        /// fibre, leased or vpn.
        kind: Word<WanKind>,
        /// Who runs it.
        carrier: Option<&'a str>,
        /// Rate in Mbit/s, where it is limited.
        mbit: Option<u32>,
        /// The carrier's name for the line.
        circuit: Option<&'a str>,
    }
}

shape! {
    /// A room of a building.
    Room<'a> {
        /// Its name.
        name: &'a str,
        /// Names of the racks in it.
        racks: Vec<&'a str>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// An address set aside for one host.
    Reservation<'a> {
        /// Name of the VLAN.
        vlan: &'a str,
        /// Number of the host within the VLAN's subnet.
        host: u32,
        /// What stands there.
        name: &'a str,
        /// Its MAC address.
        mac: Option<Text<crate::value::MacAddress>>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// A VLAN at a site.
    SiteVlan<'a> {
        /// 802.1Q id.
        id: u16,
        /// Name in the VLAN structure.
        name: &'a str,
        /// Its subnet here.
        subnet: Option<Text<Ipv4Net>>,
        /// Its IPv6 subnet here.
        subnet6: Option<Text<Ipv6Net>>,
        /// Default gateway.
        gateway: Option<Text<Ipv4Addr>>,
        /// Who routes for it: site, core, firewall or none.
        gateway_kind: Word<Gateway>,
        /// Name of the device that is the gateway.
        gateway_device: Option<&'a str>,
    }
}

impl<'a> Export<'a> {
    pub(super) fn sites(&self) -> impl Iterator<Item = Site<'_>> {
        self.network.sites.iter().zip(&self.derived.sites).map(|(site, facts)| self.site(site, facts))
    }

    fn site(&self, site: &'a model::Site, facts: &'a SiteFacts) -> Site<'a> {
        Site {
            id: site.id.as_str(),
            organisation: site.organisation.as_str(),
            index: site.index.value,
            name: &site.name,
            code: &facts.code,
            tags: site.tags.iter().map(|tag| tag.as_str()).collect(),
            address: site.address.as_ref().map(|address| address.as_str()),
            wan: Wan {
                kind: Word(site.wan.kind.value),
                carrier: site.wan.carrier.as_ref().map(|carrier| carrier.as_str()),
                mbit: site.wan.mbit.as_ref().map(|mbit| mbit.value),
                circuit: site.wan.circuit.as_ref().map(|circuit| circuit.as_str()),
            },
            prefix: facts.prefix.map(Text),
            prefix6: facts.prefix6.map(Text),
            vlans: facts.vlans.iter().map(|(id, vlan)| self.site_vlan(*id, vlan)).collect(),
            rooms: site.rooms.iter().map(|room| self.room(room)).collect(),
            reservations: site.reservations.iter().map(|kept| self.reservation(kept)).collect(),
            settings: Said::of(&site.settings),
            devices: facts.devices.iter().flatten().map(DeviceName::as_str).collect(),
            // Where the path names it, its name is its place.
            at: self.at(if site.id.span == Span::file(site.id.span.file) { site.name.span } else { site.id.span }),
        }
    }

    fn room(&self, room: &'a model::Room) -> Room<'a> {
        Room { name: &room.name, racks: room.racks.keys().map(String::as_str).collect(), at: self.at(room.name.span) }
    }

    fn reservation(&self, kept: &'a model::Reservation) -> Reservation<'a> {
        Reservation {
            vlan: kept.vlan.as_str(),
            host: kept.host.value,
            name: &kept.name,
            mac: kept.mac.as_ref().map(|mac| Text(mac.value)),
            at: self.at(kept.host.span),
        }
    }

    fn site_vlan(&self, id: VlanId, facts: &'a VlanFacts) -> SiteVlan<'a> {
        SiteVlan {
            id: id.get(),
            name: self.network.vlans.get(facts.vlan).map_or("", |vlan| vlan.name.as_str()),
            subnet: facts.subnet.map(Text),
            subnet6: facts.subnet6.map(Text),
            gateway: facts.gateway.map(Text),
            gateway_kind: Word(facts.gateway_kind),
            gateway_device: facts.gateway_device.as_ref().map(DeviceName::as_str),
        }
    }
}
