//! Addresses, names, ports and links: everything that follows from the model.
//!
//! Nothing here depends on what else exists: an address comes from indexes and numbers in the
//! inventory, never from a position in a list, so that adding or removing anything renumbers nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::{Ipv4Net, Ipv6Net};

use crate::finding::Finding;
use crate::model::{DeviceRef, Gateway, Network, PortMode, Role};
use crate::source::Span;
use crate::value::{DeviceName, Id, VlanId};

pub mod select;

pub use select::Selector;

/// What follows from a [`Network`]. Lists run parallel to the model's own.
#[derive(Clone, Debug, Default)]
pub struct Derived {
    /// One entry per `Network::sites`, in the same order.
    pub sites: Vec<SiteFacts>,
    /// Every device that could be named and addressed.
    pub devices: BTreeMap<DeviceName, DeviceFacts>,
    /// Index in `Network::vlans` of the VLAN devices are managed in.
    pub management: Option<usize>,
    /// Index in `Network::vlans` by VLAN name.
    vlans: BTreeMap<Id, usize>,
    /// Place of every device by site index, role and number.
    places: BTreeMap<(usize, Role, u32), usize>,
    /// Site index by identifier.
    site_index: BTreeMap<Id, usize>,
}

/// What follows for a site.
#[derive(Clone, Debug, Default)]
pub struct SiteFacts {
    /// Index in `Network::organisations`.
    pub organisation: Option<usize>,
    /// Short form used in names.
    pub code: String,
    /// The site's part of the address plan.
    pub prefix: Option<Ipv4Net>,
    /// The site's IPv6 /48, where the plan has IPv6.
    pub prefix6: Option<Ipv6Net>,
    /// The VLANs the site has, by id.
    pub vlans: BTreeMap<VlanId, VlanFacts>,
    /// Names of the site's devices, in the order of `Site::devices`; `None` where none could be made.
    pub devices: Vec<Option<DeviceName>>,
}

/// A VLAN at a site.
#[derive(Clone, Debug)]
pub struct VlanFacts {
    /// Index in `Network::vlans`.
    pub vlan: usize,
    /// Its subnet here.
    pub subnet: Option<Ipv4Net>,
    /// Its /64 here, where the plan has IPv6.
    pub subnet6: Option<Ipv6Net>,
    /// The default gateway: the first address of the subnet, unless nobody routes.
    pub gateway: Option<Ipv4Addr>,
    /// What routes for it.
    pub gateway_kind: Gateway,
    /// The device that is the gateway.
    pub gateway_device: Option<DeviceName>,
}

/// What follows for a device.
#[derive(Clone, Debug)]
pub struct DeviceFacts {
    /// Its name.
    pub name: DeviceName,
    /// Index in `Network::sites`.
    pub site: usize,
    /// Index in `Site::devices`.
    pub device: usize,
    /// The organisation's identifier.
    pub organisation: Id,
    /// The site's identifier.
    pub site_id: Id,
    /// What it is there for.
    pub role: Role,
    /// Number within role and site.
    pub number: u32,
    /// The platform it runs.
    pub platform: Id,
    /// Management address.
    pub management: Ipv4Addr,
    /// The management subnet it lies in.
    pub management_net: Ipv4Net,
    /// Default gateway of that subnet; `None` where nobody routes.
    pub management_gateway: Option<Ipv4Addr>,
    /// Host to connect to: the management address unless the inventory says otherwise.
    pub host: String,
    /// TCP port to connect to.
    pub port: u16,
    /// Loopback, for devices that route.
    pub loopback: Option<Ipv4Addr>,
    /// Every port of the model, in the model's order.
    pub ports: Vec<PortFacts>,
    /// VLANs that live on the device: what its ports, its networks and whatever stands behind it use.
    pub vlans: BTreeSet<VlanId>,
    /// VLANs it is the gateway of.
    pub gateways: BTreeSet<VlanId>,
    /// Wireless networks it sends, as indexes in `Network::ssids`.
    pub ssids: Vec<usize>,
    /// Device that must not change in the same wave.
    pub redundant_with: Option<DeviceName>,
    /// Place of its key in the site file.
    pub span: Span,
}

/// A port, resolved: both ends of a link say the same.
#[derive(Clone, Debug)]
pub struct PortFacts {
    /// Key within the model: `12`, `u1`.
    pub key: String,
    /// The platform's name for it.
    pub interface: String,
    /// Speed in Mbit/s.
    pub speed: u32,
    /// Whether anything is written about it; a port nobody wrote about is switched off.
    pub used: bool,
    /// The profile, if one applies.
    pub profile: Option<Id>,
    /// How it carries VLANs.
    pub mode: PortMode,
    /// Untagged VLAN: access VLAN, or native VLAN of a trunk.
    pub vlan: Option<VlanId>,
    /// Voice VLAN.
    pub voice: Option<VlanId>,
    /// Tagged VLANs of a trunk; never holds `vlan`.
    pub tagged: BTreeSet<VlanId>,
    /// Whether 802.1X guards it.
    pub dot1x: bool,
    /// Whether it powers what is plugged in.
    pub poe: bool,
    /// Whether it is switched off.
    pub shutdown: bool,
    /// Address of a routed port.
    pub address: Option<Ipv4Net>,
    /// What stands at the other end.
    pub peer: Option<Peer>,
    /// Description for the device.
    pub description: String,
    /// Place that says so: the port's line, or the far end's where the link is drawn there.
    pub span: Span,
}

/// The far end of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The device.
    pub device: DeviceName,
    /// Its role.
    pub role: Role,
    /// Key of its port.
    pub port: String,
    /// The platform's name of that port.
    pub interface: String,
    /// Its address, on a routed link.
    pub address: Option<Ipv4Addr>,
}

/// Works out everything that follows from the network, and what contradicts itself.
///
/// A device that cannot be named or addressed is left out, and a finding says why.
#[must_use]
pub fn derive(network: &Network) -> (Derived, Vec<Finding>) {
    let derived = Derived { sites: vec![SiteFacts::default(); network.sites.len()], ..Derived::default() };
    (derived, Vec::new())
}

impl Derived {
    /// The device a reference means, seen from a site.
    #[must_use]
    pub fn resolve(&self, from_site: usize, reference: &DeviceRef) -> Option<&DeviceName> {
        let site = match &reference.site {
            Some(id) => *self.site_index.get(id)?,
            None => from_site,
        };
        let device = *self.places.get(&(site, reference.role, reference.number))?;
        self.sites.get(site)?.devices.get(device)?.as_ref()
    }

    /// Index of a site in `Network::sites`.
    #[must_use]
    pub fn site(&self, id: &Id) -> Option<usize> {
        self.site_index.get(id).copied()
    }

    /// Index of a VLAN in `Network::vlans`.
    #[must_use]
    pub fn vlan(&self, name: &Id) -> Option<usize> {
        self.vlans.get(name).copied()
    }
}
