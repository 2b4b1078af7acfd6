//! Flows that are to stay within a site, and whose ends are at different ones.

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net};

use crate::check::Subject;
use crate::derive::SiteFacts;
use crate::finding::{Finding, codes};
use crate::model::{Endpoint, Part, Scope};
use crate::source::Sp;
use crate::value::Id;

/// From how many sites on a flow that works at one alone was not meant so.
const MANY: usize = 3;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    if !super::followable(network) || !network.gaps.whole(Part::Sites) || !network.gaps.sites.is_empty() {
        return;
    }
    for flow in network.policy.flows.iter().filter(|flow| flow.scope.value == Scope::Site) {
        let (from, to) = (sites(subject, &flow.from), sites(subject, &flow.to));
        let both: Vec<usize> = from.intersection(&to).copied().collect();
        let message = match both[..] {
            [] => format!("flow `{}` allows nothing: its two ends are at no site together", flow.id.value),
            [one] if from.len().max(to.len()) >= MANY => {
                let Some(site) = network.sites.get(one) else { continue };
                format!("flow `{}` allows something at site `{}` alone", flow.id.value, site.id.value)
            }
            _ => continue,
        };
        if from.is_empty() && !is_elsewhere(subject, &flow.from) || to.is_empty() && !is_elsewhere(subject, &flow.to) {
            // A segment without addresses, or a name that nothing defines, is told of itself.
            continue;
        }
        findings.push(
            Finding::warning(codes::SCOPE_APART, message)
                .at_saying(flow.scope.span, "only between hosts of one site")
                .label(flow.id.span, "this flow")
                .help("leave `scope` out where the flow leads from site to site"),
        );
    }
}

/// The sites where a flow's end has addresses.
fn sites(subject: Subject<'_>, ends: &[Sp<Endpoint>]) -> BTreeSet<usize> {
    let meets = |end: &Endpoint, segment: &Id, subnet: Ipv4Net| match end {
        Endpoint::Segment(name) => name == segment,
        Endpoint::Net(IpNet::V4(net)) => net.contains(&subnet) || subnet.contains(net),
        Endpoint::Net(IpNet::V6(_)) => true,
    };
    let here = |site: &SiteFacts| {
        site.vlans.values().any(|facts| {
            let vlan = subject.network.vlans.get(facts.vlan);
            let both = vlan.zip(facts.subnet);
            both.is_some_and(|(vlan, net)| ends.iter().any(|end| meets(&end.value, &vlan.segment.value, net)))
        })
    };
    let sites = subject.derived.sites.iter().enumerate();
    sites.filter(|(_, site)| here(site)).map(|(index, _)| index).collect()
}

/// Whether an end has addresses outside all sites: those of others, or the internet.
fn is_elsewhere(subject: Subject<'_>, ends: &[Sp<Endpoint>]) -> bool {
    let segments = &subject.network.policy.segments;
    ends.iter().any(|end| match &end.value {
        Endpoint::Segment(name) => {
            super::is_open(&end.value) || segments.get(name).is_some_and(|segment| !segment.prefixes.is_empty())
        }
        Endpoint::Net(_) => true,
    })
}
