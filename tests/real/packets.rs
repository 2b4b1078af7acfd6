//! Real packets between hosts of a site.

use std::time::Duration;

use crate::site::{Site, wait_for};

/// Gives a host its one address and its default gateway.
pub(crate) fn address(site: &Site, host: &str, address: &str, gateway: &str) {
    site.sh(&format!(
        "ip -n {host} addr flush dev eth0; ip -n {host} addr add {address} dev eth0
         ip -n {host} route replace default via {gateway}"
    ));
}

/// Starts a server that takes every TCP connection to a port.
pub(crate) fn listen(site: &Site, host: &str, port: u16) {
    site.sh(&format!("ip netns exec {host} nc -lk {port} < /dev/null > /dev/null 2>&1 &"));
    let listening = format!("ip netns exec {host} ss -Hltn sport = :{port} | grep -q .");
    wait_for(&format!("a server on {host}"), Duration::from_secs(5), || site.try_sh(&listening).code == Some(0));
}

/// Whether a TCP connection can be made, given a little time: switches learn, and this machine may be busy.
pub(crate) fn opens(site: &Site, from: &str, to: &str, port: u16) -> bool {
    (0..5).any(|_| connects(site, from, to, port))
}

/// Whether an echo request is answered, given a little time.
pub(crate) fn answers(site: &Site, from: &str, to: &str) -> bool {
    (0..5).any(|_| pings(site, from, to))
}

/// Whether a TCP connection can be made at once.
pub(crate) fn connects(site: &Site, from: &str, to: &str, port: u16) -> bool {
    site.try_sh(&format!("ip netns exec {from} nc -z -w1 {to} {port}")).code == Some(0)
}

/// Whether an echo request is answered at once.
pub(crate) fn pings(site: &Site, from: &str, to: &str) -> bool {
    site.try_sh(&format!("ip netns exec {from} ping -qc2 -i.2 -W1 {to} > /dev/null")).code == Some(0)
}
