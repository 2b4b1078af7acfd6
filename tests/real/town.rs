//! The site the tests share: a firewall, two routers, a switch with hosts on its ports, as if somebody had put
//! them in their rack and cabled them, and nobody had configured anything yet.
//!
//! ```text
//! server ── eth0 peer swp2 ── swp2 core swp1 ── core firewall trunk ── trunk1 switch lan1…lan4 ── hosts
//! ```

use std::fs;

use crate::site::{Device, Site, write_program};
use crate::uci;

const SHELL: &str = include_str!("devices/shell.sh");
pub(crate) const VTYSH: &str = include_str!("devices/vtysh.sh");
pub(crate) const FRR: &str = include_str!("devices/frr.sh");
const OVS: &str = include_str!("devices/ovs.sh");
const RELOAD_CONFIG: &str = include_str!("devices/reload_config.sh");

/// Ports of the switch with a host on each.
pub(crate) const HOSTS: [&str; 4] = ["host1", "host2", "host3", "host4"];

/// The cabled site.
pub(crate) struct Town {
    pub(crate) site: Site,
    /// nftables on Linux.
    pub(crate) firewall: Device,
    /// `FRRouting`.
    pub(crate) core: Device,
    /// `FRRouting`, the router next to it.
    pub(crate) peer: Device,
    /// `uci` with Open vSwitch behind it.
    pub(crate) switch: Device,
}

impl Town {
    /// Everything on, cabled, unconfigured.
    pub(crate) fn start() -> Self {
        let mut site = Site::start();
        let firewall = site.device("firewall", SHELL);
        let core = site.device("core", VTYSH);
        let peer = site.device("peer", VTYSH);
        let switch = site.device("switch", SHELL);
        site.wire(("firewall", "trunk"), ("switch", "trunk1"));
        site.wire(("firewall", "core"), ("core", "swp1"));
        site.wire(("core", "swp2"), ("peer", "swp2"));
        for (n, host) in (1..).zip(HOSTS) {
            site.host(host);
            site.wire((host, "eth0"), ("switch", &format!("lan{n}")));
        }
        site.host("server");
        site.wire(("server", "eth0"), ("peer", "swp1"));
        site.on("core", FRR);
        site.on("peer", FRR);
        site.on("firewall", OVS);
        site.on("switch", OVS);
        let town = Self { site, firewall, core, peer, switch };
        town.flat_switch();
        town
    }

    /// The switch as it left the factory: one flat bridge.
    fn flat_switch(&self) {
        fs::copy(uci::binary().unwrap(), self.site.device_file("switch", "sbin/uci")).unwrap();
        write_program(&self.site.device_file("switch", "sbin/reload_config"), RELOAD_CONFIG);
        let network = "config device 'switch'\n\toption name 'switch'\n\toption type 'bridge'\n\tlist ports 'lan1'\n\
                       \tlist ports 'lan2'\n\tlist ports 'lan3'\n\tlist ports 'lan4'\n\tlist ports 'trunk1'\n";
        fs::create_dir_all(self.site.device_file("switch", "etc/config")).unwrap();
        for (file, text) in [("network", network), ("wireless", ""), ("system", "")] {
            fs::write(self.site.device_file("switch", "etc/config").join(file), text).unwrap();
        }
        self.site.on("switch", "reload_config");
    }

    /// The firewall's own network, as whoever installed the machine set it up for `tests/real/project/`.
    pub(crate) fn firewall_on_the_net(&self) {
        for (n, vlan) in [(0, 10), (1, 20), (2, 30), (3, 40)] {
            self.firewall_foot(&format!("vlan{vlan}"), vlan, &format!("10.80.{n}.1/24"));
        }
        self.site.on("firewall", "ip addr add 10.95.15.129/31 dev core; ip route add default via 10.95.15.128");
    }

    /// Gives the firewall its foot in a VLAN. The kernel here may lack 802.1Q interfaces, so an internal port of
    /// Open vSwitch takes their place; the firewall's rules see an interface like any other.
    pub(crate) fn firewall_foot(&self, interface: &str, vlan: u16, address: &str) {
        self.site.on(
            "firewall",
            &format!(
                "ovs-vsctl --timeout=10 --may-exist add-port br0 trunk -- --may-exist add-port br0 {interface} tag={vlan} \
                 -- set interface {interface} type=internal
                 ip addr replace {address} dev {interface}; ip link set {interface} up"
            ),
        );
    }
}
