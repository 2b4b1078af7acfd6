//! Devices and their ports.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use jiff::civil::Date;

use super::Export;
use super::shape::{Said, Text, Word, shape};
use crate::derive::{DeviceFacts, Peer, PortFacts};
use crate::model::{PortMode, Role};
use crate::value::{DeviceName, Id, MacAddress, VlanId};

shape! {
    /// A device.
    Device<'a> {
        /// Host name.
        name: &'a str,
        /// core, firewall, distribution, access, controller or ap.
        role: Word<Role>,
        /// Number within role and site.
        number: u32,
        /// Identifier of its site.
        site: &'a str,
        /// Identifier of its organisation.
        organisation: &'a str,
        /// Name of its model.
        model: &'a str,
        /// Models of further members of a stack.
        stack: Vec<&'a str>,
        /// Name of the uplink module in it.
        module: Option<&'a str>,
        /// Serial number.
        serial: Option<&'a str>,
        /// Platform it runs.
        platform: &'a str,
        /// Management address.
        address: Text<Ipv4Addr>,
        /// The management subnet.
        subnet: Text<Ipv4Net>,
        /// Default gateway of that subnet.
        gateway: Option<Text<Ipv4Addr>>,
        /// Loopback, where it routes.
        loopback: Option<Text<Ipv4Addr>>,
        /// Host that logins go to.
        host: &'a str,
        /// TCP port that logins go to.
        port: u16,
        /// The day it was installed, as YYYY-MM-DD.
        installed: Option<Text<Date>>,
        /// Where in the building.
        room: Option<&'a str>,
        /// The rack in that room.
        rack: Option<&'a str>,
        /// What it uses, all levels considered.
        settings: Option<Said>,
        /// Features Samnet owns on it; none means all that its platform's templates write.
        managed: Vec<&'a str>,
        /// MAC address, by which a controller knows it.
        mac: Option<Text<MacAddress>>,
        /// Names of the controllers that configure it; an access point that has any holds nothing of its own.
        controllers: Vec<&'a str>,
        /// Names of the access points that it configures, for controllers.
        serves: Vec<&'a str>,
        /// Name of the device that must not change in the same wave.
        redundant_with: Option<&'a str>,
        /// The part of it that is ours, where it is shared out.
        partition: Option<&'a str>,
        /// Ids of the VLANs that live on it.
        vlans: Vec<u16>,
        /// Ids of the VLANs it is the gateway of.
        gateways: Vec<u16>,
        /// Names of the wireless networks it sends.
        ssids: Vec<&'a str>,
        /// Ports that are used; any other is switched off.
        ports: Vec<Port<'a>>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// A port that is used.
    Port<'a> {
        /// Key in the inventory.
        key: &'a str,
        /// The platform's name for it.
        interface: &'a str,
        /// Speed in Mbit/s.
        speed: u32,
        /// Name of its profile.
        profile: Option<&'a str>,
        /// access, trunk or routed.
        mode: Word<PortMode>,
        /// Id of the untagged VLAN.
        vlan: Option<u16>,
        /// Id of the voice VLAN.
        voice: Option<u16>,
        /// Ids of the tagged VLANs of a trunk.
        tagged: Vec<u16>,
        /// Whether 802.1X guards it.
        dot1x: bool,
        /// Whether it powers what is plugged in.
        poe: bool,
        /// Whether it is switched off.
        shutdown: bool,
        /// Address of a routed port.
        address: Option<Text<Ipv4Net>>,
        /// What stands at the other end.
        peer: Option<Far<'a>>,
        /// Description for the device.
        description: &'a str,
        /// Where it is written: its own line, or the far end's where the link is drawn there.
        at: String,
    }
}

shape! {
    /// The far end of a link.
    Far<'a> {
        /// Name of the device.
        device: &'a str,
        /// Its role.
        role: Word<Role>,
        /// Key of its port.
        port: &'a str,
        /// Its platform's name for that port.
        interface: &'a str,
        /// Its address, on a routed link.
        address: Option<Text<Ipv4Addr>>,
    }
}

impl<'a> Export<'a> {
    pub(super) fn devices(&self) -> impl Iterator<Item = Device<'_>> {
        self.derived.devices.values().filter_map(|facts| self.device(facts))
    }

    fn device(&self, facts: &'a DeviceFacts) -> Option<Device<'a>> {
        let written = self.network.sites.get(facts.site)?.devices.get(facts.device)?;
        let ssid = |index: &usize| self.network.ssids.get(*index).map(|ssid| ssid.name.as_str());
        Some(Device {
            name: facts.name.as_str(),
            role: Word(facts.role),
            number: facts.number,
            site: facts.site_id.as_str(),
            organisation: facts.organisation.as_str(),
            model: &written.model,
            stack: written.stack.iter().map(|model| model.as_str()).collect(),
            module: written.module.as_ref().map(|module| module.as_str()),
            serial: written.serial.as_ref().map(|serial| serial.as_str()),
            platform: facts.platform.as_str(),
            address: Text(facts.management),
            subnet: Text(facts.management_net),
            gateway: facts.management_gateway.map(Text),
            loopback: facts.loopback.map(Text),
            host: &facts.host,
            port: facts.port,
            installed: written.installed.as_ref().map(|date| Text(date.value)),
            room: written.room.as_ref().map(|room| room.as_str()),
            rack: written.rack.as_ref().map(|rack| rack.as_str()),
            settings: Said::of(&*facts.settings),
            managed: written.managed.iter().map(|feature| feature.as_str()).collect(),
            mac: written.mac.as_ref().map(|mac| Text(mac.value)),
            controllers: facts.controllers.iter().map(DeviceName::as_str).collect(),
            serves: facts.serves.iter().map(DeviceName::as_str).collect(),
            redundant_with: facts.redundant_with.as_ref().map(DeviceName::as_str),
            partition: written.partition.as_ref().map(|name| name.as_str()),
            vlans: facts.vlans.iter().map(|id| id.get()).collect(),
            gateways: facts.gateways.iter().map(|id| id.get()).collect(),
            ssids: facts.ssids.iter().filter_map(ssid).collect(),
            ports: facts.ports.iter().filter(|port| port.used).map(|port| self.port(port)).collect(),
            at: self.at(facts.span),
        })
    }

    fn port(&self, port: PortFacts<'a>) -> Port<'a> {
        Port {
            key: &port.socket.key,
            interface: &port.socket.interface,
            speed: port.socket.speed,
            profile: port.state.profile.as_ref().map(Id::as_str),
            mode: Word(port.mode),
            vlan: port.vlan.map(VlanId::get),
            voice: port.voice.map(VlanId::get),
            tagged: port.tagged.iter().map(|id| id.get()).collect(),
            dot1x: port.dot1x,
            poe: port.poe,
            shutdown: port.shutdown,
            address: port.address.map(Text),
            peer: port.state.peer.as_ref().map(|peer| far(peer)),
            description: &port.state.description,
            at: self.at(port.span),
        }
    }
}

fn far(peer: &Peer) -> Far<'_> {
    Far {
        device: peer.device.as_str(),
        role: Word(peer.role),
        port: &peer.port,
        interface: &peer.interface,
        address: peer.address.map(Text),
    }
}
