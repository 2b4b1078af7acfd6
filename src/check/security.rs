//! The security baseline, at every level of settings (after the CIS benchmarks for network devices).

pub(super) mod algorithms;
pub(super) mod banner;
pub(super) mod lockout;
pub(super) mod passwords;
pub(super) mod protocols;
pub(super) mod routing_secrets;
pub(super) mod sessions;
pub(super) mod shared_secrets;
pub(super) mod snmp;
pub(super) mod ssh;
pub(super) mod vlan_one;
pub(super) mod watching;
