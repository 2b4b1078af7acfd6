//! The address plan: blocks by index, subnets by slot, hosts by number.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

use crate::finding::{Finding, codes};
use crate::model::{AddressPlan, Network, Organisation, Role, Site, SubnetSlot, Vlan};
use crate::source::Span;
use crate::value::VlanId;

/// Loopbacks per site: distribution switches 1–4, then core routers 1–4.
const LOOPBACKS_PER_SITE: u64 = 8;
/// Links per site: distribution switches 1–2 to core routers 1–4.
const LINKS_PER_SITE: u64 = 8;
/// Links at the end of the block that belong to no site: firewall to core, core to core.
const CENTRAL_LINKS: u64 = 64;
/// Core routers and firewalls that have a place in the plan for links.
const CENTRAL_MAX: u32 = 4;

/// Why no host can have an address of a network, where one of it is set aside for something else (RFC 6890).
#[must_use]
pub fn no_hosts(net: Ipv4Net) -> Option<&'static str> {
    let set_aside = [
        (Ipv4Addr::UNSPECIFIED, 8, "addresses that begin with 0 mean this network itself"),
        (Ipv4Addr::new(127, 0, 0, 0), 8, "addresses that begin with 127 mean the host itself"),
        (Ipv4Addr::new(224, 0, 0, 0), 4, "224.0.0.0/4 is for groups of hosts (multicast)"),
        (Ipv4Addr::new(240, 0, 0, 0), 4, "240.0.0.0/4 is kept for what never came"),
    ];
    let meets =
        |(start, length, _): &(Ipv4Addr, u8, _)| Ipv4Net::new(*start, *length).is_ok_and(|block| block.contains(&net));
    set_aside.iter().find(|block| meets(block)).map(|(.., what)| *what)
}

/// The `index`-th network of length `prefix` inside `outer`.
pub(super) fn nth(outer: Ipv4Net, prefix: u8, index: u64) -> Option<Ipv4Net> {
    let bits = prefix.checked_sub(outer.prefix_len())?;
    if prefix > 32 || index >= 1u64.checked_shl(u32::from(bits))? {
        return None;
    }
    let size = 1u64 << (32 - prefix);
    let address = u64::from(u32::from(outer.network())) + index * size;
    Ipv4Net::new(Ipv4Addr::from(u32::try_from(address).ok()?), prefix).ok()
}

/// Number of a site across all organisations: links and loopbacks follow from it.
pub(super) fn site_number(plan: &AddressPlan, organisation: &Organisation, site: &Site) -> u64 {
    let bits = plan.site_prefix.saturating_sub(plan.organisation_prefix.value).min(31);
    (u64::from(organisation.index.value) << bits) + u64::from(site.index.value)
}

/// The organisation's block.
pub(super) fn organisation_block(plan: &AddressPlan, organisation: &Organisation) -> Option<Ipv4Net> {
    nth(plan.ipv4.value, plan.organisation_prefix.value, organisation.index.value.into())
}

/// The site's block.
pub(super) fn site_prefix(plan: &AddressPlan, organisation: &Organisation, site: &Site) -> Result<Ipv4Net, Finding> {
    let block = organisation_block(plan, organisation).ok_or_else(|| {
        let message = format!(
            "organisation `{}` has index {}, and {} has no such block of length {}",
            organisation.id.value, organisation.index.value, plan.ipv4.value, plan.organisation_prefix.value
        );
        Finding::error(codes::INDEX_OUTSIDE, message)
            .at(organisation.index.span)
            .label(plan.organisation_prefix.span, "length of an organisation's block")
    })?;
    nth(block, plan.site_prefix.value, site.index.value.into()).ok_or_else(|| {
        let message = format!(
            "site `{}` has index {}, and the organisation's block {block} has no such block of length {}",
            site.id.value, site.index.value, plan.site_prefix.value
        );
        Finding::error(codes::INDEX_OUTSIDE, message)
            .at(site.index.span)
            .label(plan.site_prefix.span, "length of a site's block")
    })
}

/// The site's IPv6 /48: bits 32–47 are the site's number.
pub(super) fn site_prefix6(plan: &AddressPlan, number: u64) -> Option<Ipv6Net> {
    let block = plan.ipv6.as_ref()?;
    if block.prefix_len() > 32 || number > 0xffff {
        return None;
    }
    let address = u128::from(block.network()) | (u128::from(number) << 80);
    Ipv6Net::new(Ipv6Addr::from(address), 48).ok()
}

/// The VLAN's /64 in a site's /48: the last 16 bits are the VLAN id.
pub(super) fn subnet6(site: Ipv6Net, vlan: VlanId) -> Option<Ipv6Net> {
    let address = u128::from(site.network()) | (u128::from(vlan.get()) << 64);
    Ipv6Net::new(Ipv6Addr::from(address), 64).ok()
}

/// The subnet a slot means in a site's block.
pub(super) fn subnet(site: Ipv4Net, slot: SubnetSlot) -> Option<Ipv4Net> {
    let offset = u64::from(slot.block) * 256;
    let address = u32::try_from(u64::from(u32::from(site.network())) + offset).ok()?;
    let net = Ipv4Net::new(Ipv4Addr::from(address), slot.prefix).ok()?;
    // A slot that does not start at its own boundary would silently move.
    (net.network() == net.addr() && site.contains(&net)).then_some(net)
}

/// Host `number` of a subnet, unless it is no host address there.
pub(super) fn host(net: Ipv4Net, number: u32) -> Option<Ipv4Addr> {
    let address = Ipv4Addr::from(u32::from(net.network()).checked_add(number)?);
    (net.contains(&address) && address != net.network() && address != net.broadcast()).then_some(address)
}

/// Host `number` of an IPv6 subnet.
pub(super) fn host6(net: Ipv6Net, number: u32) -> Option<Ipv6Addr> {
    let address = Ipv6Addr::from(u128::from(net.network()).checked_add(u128::from(number))?);
    (net.contains(&address) && number > 0).then_some(address)
}

/// The loopback of a routing device.
pub(super) fn loopback(plan: &AddressPlan, site: u64, role: Role, number: u32) -> Option<Ipv4Addr> {
    let first = match role {
        Role::Distribution => 0,
        Role::Core => 4,
        Role::Firewall | Role::Access | Role::Controller | Role::Ap => return None,
    };
    let place = number.checked_sub(1).filter(|place| *place < CENTRAL_MAX)?;
    let index = site.checked_mul(LOOPBACKS_PER_SITE)? + first + u64::from(place);
    nth(plan.loopbacks.value, 32, index).map(|net| net.addr())
}

/// One end of a routed link, for its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct End {
    /// Number of the end's site.
    pub(super) site: u64,
    /// The end's role.
    pub(super) role: Role,
    /// The end's number.
    pub(super) number: u32,
}

/// The /31 of a link: the end nearer to the middle of the network gets the first address.
///
/// Distribution switch d of a site to core router c is one of the site's eight; firewall to core and
/// core to core stand at the end of the block, by number alone.
pub(super) fn link(plan: &AddressPlan, inner: End, outer: End) -> Option<Ipv4Net> {
    let number = |end: End, most: u32| end.number.checked_sub(1).filter(|n| *n < most).map(u64::from);
    let block = plan.links.value;
    let total = 1u64.checked_shl(u32::from(31u8.checked_sub(block.prefix_len())?))?;
    let central = total.checked_sub(CENTRAL_LINKS)?;
    let core = number(inner, CENTRAL_MAX)?;
    let index = match (inner.role, outer.role) {
        (Role::Core, Role::Distribution) => {
            let index = outer.site.checked_mul(LINKS_PER_SITE)? + number(outer, 2)? * 4 + core;
            (index < central).then_some(index)?
        }
        (Role::Core, Role::Firewall) => central + number(outer, CENTRAL_MAX)? * 4 + core,
        (Role::Core, Role::Core) => central + 16 + number(outer, CENTRAL_MAX)? * 4 + core,
        _ => return None,
    };
    nth(block, 31, index)
}

/// Two sites with one block, and blocks for links or loopbacks that run into a site's.
pub(super) fn overlaps(network: &Network, prefixes: &[Option<Ipv4Net>]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut taken: BTreeMap<Ipv4Net, (usize, Span)> = BTreeMap::new();
    let reserved = [(&network.plan.links, "links"), (&network.plan.loopbacks, "loopbacks")];
    for (index, (site, prefix)) in network.sites.iter().zip(prefixes).enumerate() {
        let Some(prefix) = *prefix else { continue };
        if let Some((first, span)) = taken.get(&prefix) {
            let other = network.sites.get(*first).map_or("", |site| site.id.as_str());
            findings.push(
                Finding::error(
                    codes::DUPLICATE_INDEX,
                    format!("sites `{other}` and `{}` have the same index", site.id.value),
                )
                .at_saying(site.index.span, format!("comes to {prefix} as well"))
                .label(*span, format!("first used here, for `{other}`"))
                .help("give the newer site an index that was never used in its organisation"),
            );
        } else {
            taken.insert(prefix, (index, site.index.span));
        }
        for (block, what) in reserved {
            if block.contains(&prefix) || prefix.contains(&block.value) {
                findings.push(
                    Finding::error(
                        codes::PLAN_OVERLAP,
                        format!("the block for {what}, {}, overlaps site `{}` ({prefix})", block.value, site.id.value),
                    )
                    .at(block.span)
                    .label(site.index.span, "this index leads to the site's block"),
                );
            }
        }
    }
    findings
}

/// Subnets of one site that overlap: each is held against the widest that began before it.
pub(super) fn subnet_overlaps(network: &Network, site: &Site, subnets: &[(usize, Ipv4Net)]) -> Vec<Finding> {
    let mut sorted = subnets.to_vec();
    sorted.sort_by_key(|(vlan, net)| (net.network(), net.prefix_len(), *vlan));
    let mut findings = Vec::new();
    let mut widest: Option<(usize, Ipv4Net)> = None;
    let said = |vlan: &Vlan| site.subnets.get(&vlan.name.value).map_or(vlan.subnet.span, |given| given.span);
    for (vlan, net) in sorted {
        match widest {
            Some((first, outer)) if outer.contains(&net) => {
                let (Some(a), Some(b)) = (network.vlans.get(first), network.vlans.get(vlan)) else { continue };
                // One VLAN described twice has one name twice, which is told.
                if a.name.value == b.name.value {
                    continue;
                }
                // What the site says differs from all others; else the later one is told.
                let given = |vlan: &Vlan| site.subnets.contains_key(&vlan.name.value);
                let (mut at, mut with) = ((b, net), (a, outer));
                if given(a) && !given(b) {
                    std::mem::swap(&mut at, &mut with);
                }
                findings.push(
                    Finding::error(
                        codes::SUBNET_OVERLAP,
                        format!("VLANs `{}` and `{}` overlap at site `{}`", a.name.value, b.name.value, site.id.value),
                    )
                    .at_saying(said(at.0), format!("{} there", at.1))
                    .label(said(with.0), format!("{} there", with.1)),
                );
            }
            _ => widest = Some((vlan, net)),
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    #[test]
    fn blocks_follow_from_indexes() {
        assert_eq!(nth(net("10.64.0.0/10"), 14, 2), Some(net("10.72.0.0/14")));
        assert_eq!(nth(net("10.64.0.0/10"), 14, 15), Some(net("10.124.0.0/14")));
        assert_eq!(nth(net("10.64.0.0/10"), 14, 16), None);
        assert_eq!(nth(net("0.0.0.0/0"), 32, u64::from(u32::MAX)), Some(net("255.255.255.255/32")));
        assert_eq!(nth(net("10.0.0.0/24"), 16, 0), None);
    }

    #[test]
    fn a_slot_must_fit_its_boundary_and_its_site() {
        let site = net("10.64.16.0/20");
        assert_eq!(subnet(site, SubnetSlot { block: 4, prefix: 22 }), Some(net("10.64.20.0/22")));
        assert_eq!(subnet(site, SubnetSlot { block: 1, prefix: 22 }), None);
        assert_eq!(subnet(site, SubnetSlot { block: 16, prefix: 24 }), None);
        assert_eq!(subnet(site, SubnetSlot { block: 0, prefix: 40 }), None);
        assert_eq!(subnet(site, SubnetSlot { block: u32::MAX, prefix: 24 }), None);
    }

    #[test]
    fn hosts_are_neither_network_nor_broadcast() {
        let net = net("10.0.0.0/24");
        assert_eq!(host(net, 1), Some(Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(host(net, 0), None);
        assert_eq!(host(net, 255), None);
        assert_eq!(host(net, u32::MAX), None);
    }
}
