//! A subnet has room for what can be plugged into its ports.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;
use crate::value::VlanId;

/// Ports with a voice VLAN beside their own for each telephone that stands at one, at least.
const DESKS: usize = 4;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut ports: Vec<((usize, VlanId), usize)> = Vec::new();
    for site in subject.derived.devices.by_site().chunk_by(|a, b| a.site == b.site) {
        // A site has few VLANs, and many ports.
        let mut here: Vec<(VlanId, usize)> = Vec::new();
        for (sockets, port) in site.iter().flat_map(|device| device.ports.pieces()) {
            if port.peer.is_some() || port.shutdown || !port.tagged.is_empty() {
                continue;
            }
            // Four for each host, and one for each telephone that may stand beside it.
            let telephones = port.voice.map(|voice| (voice, sockets.len()));
            for (vlan, hosts) in port.vlan.map(|vlan| (vlan, DESKS * sockets.len())).into_iter().chain(telephones) {
                match here.iter_mut().find(|(known, _)| *known == vlan) {
                    Some((_, count)) => *count += hosts,
                    None => here.push((vlan, hosts)),
                }
            }
        }
        for (_, hosts) in &mut here {
            *hosts = hosts.div_ceil(DESKS);
        }
        here.sort_unstable();
        ports.extend(
            site.first().into_iter().flat_map(|first| here.iter().map(|(vlan, count)| ((first.site, *vlan), *count))),
        );
    }
    // The fullest of all sites tells of each VLAN.
    let mut worst: BTreeMap<Span, (usize, Finding)> = BTreeMap::new();
    for ((site, id), count) in ports {
        let (Some(facts), Some(site)) = (subject.derived.sites.get(site), network.sites.get(site)) else { continue };
        let Some(here) = facts.vlans.get(&id) else { continue };
        let (Some(net), Some(vlan)) = (here.subnet, network.vlans.get(here.vlan)) else { continue };
        // Neither the network's own address, nor the last one, nor the gateway's.
        let taken = if here.gateway.is_some() { 3 } else { 2 };
        let room = (1u64 << 32u8.saturating_sub(net.prefix_len()).min(32)).saturating_sub(taken);
        if u64::try_from(count).unwrap_or(u64::MAX) <= room {
            continue;
        }
        let place = site.subnets.get(&vlan.name.value).map_or(vlan.subnet.span, |given| given.span);
        let message = format!(
            "{count} hosts at ports of `{}` may be in VLAN `{}`, and {net} has room for {room}",
            site.id.value, vlan.name.value
        );
        let finding = Finding::warning(codes::SUBNET_SMALL, message)
            .at(place)
            .label(site.id.span, "this site")
            .help("make the subnet larger (a smaller `prefix`), or put fewer ports into the VLAN");
        let known = worst.get(&place).map_or(0, |(most, _)| *most);
        if count > known {
            worst.insert(place, (count, finding));
        }
    }
    findings.extend(worst.into_values().map(|(_, finding)| finding));
}
