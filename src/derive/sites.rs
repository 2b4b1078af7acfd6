//! Blocks of sites and the subnets in them.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::facts::{SiteFacts, VlanFacts};
use super::work::FEW;
use super::{addressing, naming, plan};
use crate::finding::{Finding, codes};
use crate::model::{Gateway, Network, Site};
use crate::source::Span;
use crate::value::Id;

/// Blocks and subnets of every site, and each site's number in the plan for links and loopbacks.
pub(super) fn sites(network: &Network, findings: &mut Vec<Finding>) -> (Vec<SiteFacts>, Vec<Option<u64>>) {
    let organisations: BTreeMap<&Id, usize> =
        network.organisations.iter().enumerate().map(|(index, org)| (&org.id.value, index)).collect();
    let of_site = |site: &Site| {
        let mut findings = Vec::new();
        let mut facts = SiteFacts { code: naming::site_code(&network.policy.naming, site), ..SiteFacts::default() };
        facts.organisation = organisations.get(&site.organisation.value).copied();
        let organisation = facts.organisation.and_then(|index| network.organisations.get(index));
        let number = organisation.map(|org| addressing::site_number(&network.plan, org, site));
        if let Some(org) = organisation {
            match addressing::site_prefix(&network.plan, org, site) {
                Ok(prefix) => facts.prefix = Some(prefix),
                Err(finding) => findings.push(finding),
            }
        }
        facts.prefix6 = number.and_then(|number| addressing::site_prefix6(&network.plan, number));
        vlans(network, site, &mut facts, &mut findings);
        (facts, number, findings)
    };
    let made: Vec<_> = network.sites.par_iter().with_min_len(FEW).with_max_len(2 * FEW).map(of_site).collect();
    let mut numbers = Vec::with_capacity(made.len());
    let mut sites = Vec::with_capacity(made.len());
    let mut outside: BTreeSet<Option<Span>> = BTreeSet::new();
    for (facts, number, found) in made {
        // A slot that fits nowhere is told at the first site that shows it.
        findings.extend(found.into_iter().filter(|it| it.code != codes::SUBNET_OUTSIDE || outside.insert(it.span)));
        numbers.push(number);
        sites.push(facts);
    }
    findings.extend(plan::given_subnets(network, &sites));
    let prefixes: Vec<_> = sites.iter().map(|site| site.prefix).collect();
    findings.extend(addressing::overlaps(network, &prefixes));
    (sites, numbers)
}

/// The VLANs of one site.
fn vlans(network: &Network, site: &Site, facts: &mut SiteFacts, findings: &mut Vec<Finding>) {
    let mut subnets = Vec::new();
    for (index, vlan) in network.vlans.iter().enumerate().filter(|(_, vlan)| vlan.sites.admits(site)) {
        let given = site.subnets.get(&vlan.name.value).map(|given| given.value);
        let subnet = given.or_else(|| facts.prefix.and_then(|prefix| addressing::subnet(prefix, vlan.subnet.value)));
        if let Some(prefix) = facts.prefix
            && subnet.is_none()
        {
            let slot = vlan.subnet.value;
            findings.push(
                Finding::error(
                    codes::SUBNET_OUTSIDE,
                    format!("the subnet of VLAN `{}` does not fit into a site's block", vlan.name.value),
                )
                .at_saying(
                    vlan.subnet.span,
                    format!("block {} with prefix {} in {prefix} of site `{}`", slot.block, slot.prefix, site.id.value),
                )
                .help("block counts /24s from the start of the site and must be a multiple of the subnet's own size"),
            );
        }
        if let Some(net) = subnet {
            subnets.push((index, net));
        }
        let gateway = subnet.filter(|_| vlan.gateway.value != Gateway::None);
        let subnet6 = facts.prefix6.and_then(|prefix| addressing::subnet6(prefix, vlan.id.value));
        let vlan_facts = VlanFacts {
            vlan: index,
            subnet,
            subnet6,
            gateway: gateway.and_then(|net| addressing::host(net, 1)),
            gateway_kind: vlan.gateway.value,
            gateway6: subnet6.filter(|_| gateway.is_some()).and_then(|net| addressing::host6(net, 1)),
            gateway_device: None,
            vrf: network.policy.segments.get(&vlan.segment.value).and_then(|segment| segment.vrf.as_deref().cloned()),
        };
        // Two VLANs with one id are the inventory's own finding; the first keeps it here.
        facts.vlans.entry(vlan.id.value).or_insert(vlan_facts);
    }
    findings.extend(addressing::subnet_overlaps(network, site, &subnets));
}
