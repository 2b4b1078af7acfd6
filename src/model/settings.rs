//! Settings that every level may refine: network, organisation, site, device; the most specific one wins,
//! value by value.

use std::net::IpAddr;

use ipnet::Ipv4Net;
use serde::Serialize;

use super::record::{layer, record};
use super::wireless::Wireless;
use crate::source::Sp;
use crate::value::SecretName;

/// The values of a list that may not be there.
#[must_use]
pub fn list<T>(said: &Option<Sp<Vec<T>>>) -> &[T] {
    said.as_ref().map_or(&[], |said| said.value.as_slice())
}

layer! {
    /// What every device uses, unless a more specific place says otherwise.
    pub struct Settings {
        /// Servers every device uses.
        pub services: Services,
        /// How devices guard themselves.
        pub security: Security,
        /// How switches behave.
        pub switching: Switching,
        /// How access points behave.
        pub wireless: Wireless,
    }

    /// Servers every device uses; a list given at a more specific level replaces the whole list.
    pub struct Services {
        /// Time servers.
        pub ntp: Option<Sp<Vec<Sp<IpAddr>>>>,
        /// Name servers.
        pub dns: Option<Sp<Vec<Sp<IpAddr>>>>,
        /// Log collectors.
        pub syslog: Option<Sp<Vec<Sp<IpAddr>>>>,
        /// RADIUS servers and when they count as dead; a plain list gives the servers alone.
        pub radius: RadiusClient,
        /// Polling of devices by SNMP.
        pub snmp: Snmp,
        /// Text shown before login; may span lines.
        pub banner: Option<Sp<String>>,
    }

    /// How devices use RADIUS.
    pub struct RadiusClient {
        /// The servers, in order of preference.
        pub servers: Option<Sp<Vec<Radius>>>,
        /// Seconds a device waits for an answer.
        pub timeout: Option<Sp<u32>>,
        /// How often a device asks one server again.
        pub retries: Option<Sp<u32>>,
        /// Minutes a server that did not answer is left alone.
        pub dead_minutes: Option<Sp<u32>>,
    }

    /// Polling of devices by SNMP; version 3 unless `version` says otherwise.
    pub struct Snmp {
        /// Version of the protocol: `v3`; `v2c` sends its community in clear.
        pub version: Option<Sp<SnmpVersion>>,
        /// User name (version 3).
        pub user: Option<Sp<String>>,
        /// Authentication secret, by name (version 3).
        pub auth: Option<Sp<SecretName>>,
        /// Privacy secret, by name (version 3).
        pub privacy: Option<Sp<SecretName>>,
        /// Community, by the name of a secret (version 2c).
        pub community: Option<Sp<SecretName>>,
        /// Whom to call; the site's address is sent as the location.
        pub contact: Option<Sp<String>>,
        /// Prefixes that may ask.
        pub clients: Option<Sp<Vec<Sp<Ipv4Net>>>>,
    }

    /// How devices guard themselves.
    pub struct Security {
        /// Protocols that devices are managed with: `ssh`, `https`; `telnet` and `http` are in clear.
        pub protocols: Option<Sp<Vec<Sp<Protocol>>>>,
        /// The SSH server of devices.
        pub ssh: Ssh,
        /// Who may log in to devices, and what is recorded.
        pub aaa: Aaa,
        /// Minutes after which an idle session is closed.
        pub session_minutes: Option<Sp<u32>>,
    }

    /// The SSH server of devices.
    pub struct Ssh {
        /// Protocol version; version 1 is broken.
        pub version: Option<Sp<u32>>,
        /// Seconds a login may take.
        pub timeout: Option<Sp<u32>>,
        /// Attempts a login may take.
        pub retries: Option<Sp<u32>>,
        /// Bits of the device's own RSA key.
        pub key_bits: Option<Sp<u32>>,
    }

    /// Who may log in to devices, and what is recorded.
    pub struct Aaa {
        /// Where a login is looked up, in order: `radius`, `local`.
        pub login: Option<Sp<Vec<Sp<LoginSource>>>>,
        /// Whether sessions and commands are recorded by RADIUS.
        pub accounting: Option<Sp<bool>>,
        /// The local user for the day RADIUS is away.
        pub fallback_user: Option<Sp<String>>,
    }

    /// How switches behave.
    pub struct Switching {
        /// Spanning tree.
        pub spanning_tree: SpanningTree,
        /// Whether DHCP answers are taken from trusted ports only.
        pub dhcp_snooping: Option<Sp<bool>>,
        /// Whether ARP is checked against DHCP leases and reservations.
        pub arp_inspection: Option<Sp<bool>>,
        /// Whether neighbours are told of each other by LLDP.
        pub lldp: Option<Sp<bool>>,
    }

    /// Spanning tree.
    pub struct SpanningTree {
        /// The protocol: `rapid-pvst`, `rstp` or `mst`.
        pub mode: Option<Sp<SpanningTreeMode>>,
        /// Bridge priority, a multiple of 4096 up to 61440; the lowest becomes root. Follows from role and
        /// number where nothing is said.
        pub priority: Option<Sp<u32>>,
    }
}

record! {
    /// One RADIUS server.
    #[derive(Clone, Debug, PartialEq, Serialize)]
    pub struct Radius {
        /// Its address.
        pub host: Sp<IpAddr>,
        /// UDP port for authentication; 1812 where nothing is said (RFC 2865).
        pub auth_port: Option<Sp<u16>>,
        /// UDP port for accounting; 1813 where nothing is said (RFC 2866).
        pub acct_port: Option<Sp<u16>>,
        /// The shared secret, by name.
        pub secret: Sp<SecretName>,
    }
}

impl Radius {
    /// UDP port for authentication.
    #[must_use]
    pub fn auth(&self) -> u16 {
        self.auth_port.as_ref().map_or(1812, |port| port.value)
    }

    /// UDP port for accounting.
    #[must_use]
    pub fn acct(&self) -> u16 {
        self.acct_port.as_ref().map_or(1813, |port| port.value)
    }
}

/// Versions of SNMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SnmpVersion {
    /// User-based security (RFC 3414).
    V3,
    /// A community in clear (RFC 1901).
    V2c,
}

/// Protocols that devices are managed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Secure shell.
    Ssh,
    /// Web interface over TLS.
    Https,
    /// In clear.
    Telnet,
    /// Web interface in clear.
    Http,
}

/// Where a login is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LoginSource {
    /// The RADIUS servers.
    Radius,
    /// Users kept on the device.
    Local,
}

/// Spanning tree protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SpanningTreeMode {
    /// A rapid tree for each VLAN.
    RapidPvst,
    /// One rapid tree (IEEE 802.1w).
    Rstp,
    /// Several VLANs to a tree (IEEE 802.1s).
    Mst,
}
