//! Services, and how devices guard themselves and behave.

use serde::Serialize;

use crate::model::settings::{LoginSource, Protocol, SnmpVersion, SpanningTreeMode};

/// A value with its place.
#[derive(Clone, Debug, Serialize)]
pub struct Said<T> {
    /// The value.
    pub value: T,
    /// Its place.
    pub place: usize,
}

/// An address with its place.
#[derive(Clone, Debug, Serialize)]
pub struct HostContext {
    /// The address.
    pub host: String,
    /// Its place.
    pub place: usize,
}

/// Services every device uses.
#[derive(Clone, Debug, Serialize)]
pub struct ServicesContext {
    /// Time servers.
    pub ntp: Vec<HostContext>,
    /// Name servers.
    pub dns: Vec<HostContext>,
    /// Log collectors.
    pub syslog: Vec<HostContext>,
    /// RADIUS servers, in order of preference.
    pub radius: Vec<RadiusContext>,
    /// Seconds to wait for an answer of a RADIUS server.
    pub radius_timeout: Option<Said<u32>>,
    /// How often one RADIUS server is asked again.
    pub radius_retries: Option<Said<u32>>,
    /// Minutes a RADIUS server that did not answer is left alone.
    pub radius_dead_minutes: Option<Said<u32>>,
    /// Polling by SNMP, where user and secrets, or a community, are given.
    pub snmp: Option<SnmpContext>,
    /// Text before login, a line each.
    pub banner: Option<BannerContext>,
}

/// A RADIUS server.
#[derive(Clone, Debug, Serialize)]
pub struct RadiusContext {
    /// Its address.
    pub host: String,
    /// Port for authentication.
    pub auth_port: u16,
    /// Port for accounting.
    pub acct_port: u16,
    /// Name of the shared secret.
    pub secret: String,
    /// Its place.
    pub place: usize,
}

/// Polling by SNMP.
#[derive(Clone, Debug, Serialize)]
pub struct SnmpContext {
    /// `v3` or `v2c`.
    pub version: SnmpVersion,
    /// User name (version 3).
    pub user: Option<String>,
    /// Name of the authentication secret (version 3).
    pub auth: Option<String>,
    /// Name of the privacy secret (version 3).
    pub privacy: Option<String>,
    /// Name of the secret that is the community (version 2c).
    pub community: Option<String>,
    /// Contact.
    pub contact: Option<String>,
    /// Prefixes that may ask; everybody where there is none.
    pub clients: Vec<String>,
    /// Its place.
    pub place: usize,
}

/// Text before login.
#[derive(Clone, Debug, Serialize)]
pub struct BannerContext {
    /// Its lines.
    pub lines: Vec<String>,
    /// Its place.
    pub place: usize,
}

/// How the device guards itself; absent where nobody says anything.
#[derive(Clone, Debug, Serialize)]
pub struct SecurityContext {
    /// Protocols it is managed with: `ssh`, `https`, `telnet`, `http`.
    pub protocols: Option<Said<Vec<Protocol>>>,
    /// Version of the SSH protocol.
    pub ssh_version: Option<Said<u32>>,
    /// Seconds a login may take.
    pub ssh_timeout: Option<Said<u32>>,
    /// Attempts a login may take.
    pub ssh_retries: Option<Said<u32>>,
    /// Where a login is looked up, in order: `radius`, `local`.
    pub login: Option<Said<Vec<LoginSource>>>,
    /// Whether sessions are recorded by RADIUS.
    pub accounting: Option<Said<bool>>,
    /// Minutes after which an idle session is closed.
    pub session_minutes: Option<Said<u32>>,
}

/// How the device behaves as a switch; absent where nobody says anything.
#[derive(Clone, Debug, Serialize)]
pub struct SwitchingContext {
    /// `rapid-pvst`, `rstp` or `mst`.
    pub spanning_tree: Option<Said<SpanningTreeMode>>,
    /// Bridge priority.
    pub priority: Option<Said<u32>>,
    /// Whether DHCP answers are taken from trusted ports only.
    pub dhcp_snooping: Option<Said<bool>>,
    /// Whether ARP is checked against DHCP leases and reservations.
    pub arp_inspection: Option<Said<bool>>,
    /// Whether neighbours are told of each other by LLDP.
    pub lldp: Option<Said<bool>>,
}

/// How the device behaves as an access point; absent where nobody says anything.
#[derive(Clone, Debug, Serialize)]
pub struct WirelessContext {
    /// Country whose radio rules hold, ISO 3166.
    pub country: Option<Said<String>>,
    /// Whether channels shared with radar may be used.
    pub dfs: Option<Said<bool>>,
    /// Slowest rate a station may use, in Mbit/s.
    pub min_rate_mbit: Option<Said<u32>>,
}
