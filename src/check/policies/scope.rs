//! Flows that are to stay within a site, and whose ends are at different ones.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net};

use crate::check::Subject;
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
    let known = Sites::new(subject);
    for flow in network.policy.flows.iter().filter(|flow| flow.scope.value == Scope::Site) {
        let (from, to) = (known.of(&flow.from), known.of(&flow.to));
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
        let finding = if both.is_empty() {
            let finding = Finding::warning(codes::SCOPE_APART, message);
            finding.help("name an end that these sites have, or leave `scope` out: then it leads from site to site")
        } else {
            let finding = Finding::note(codes::SCOPE_APART, message);
            finding.help("right where only that building may; without `scope`, all sites may")
        };
        findings.push(
            finding.at_saying(flow.scope.span, "only between hosts of one site").label(flow.id.span, "this flow"),
        );
    }
}

/// Where the subnets of all segments are.
struct Sites<'a> {
    segments: BTreeMap<&'a Id, BTreeSet<usize>>,
    subnets: Vec<(Ipv4Net, usize)>,
}

impl<'a> Sites<'a> {
    fn new(subject: Subject<'a>) -> Self {
        let mut known = Self { segments: BTreeMap::new(), subnets: Vec::new() };
        for (index, site) in subject.derived.sites.iter().enumerate() {
            for facts in site.vlans.values() {
                // A subnet outside the site's block is not what `scope: site` means.
                let inside = |net: &Ipv4Net| site.prefix.is_none_or(|prefix| prefix.contains(net));
                let (Some(vlan), Some(net)) = (subject.network.vlans.get(facts.vlan), facts.subnet.filter(inside))
                else {
                    continue;
                };
                known.segments.entry(&vlan.segment.value).or_default().insert(index);
                known.subnets.push((net, index));
            }
        }
        known
    }

    /// The sites where a flow's end has addresses.
    fn of(&self, ends: &[Sp<Endpoint>]) -> BTreeSet<usize> {
        let mut sites = BTreeSet::new();
        for end in ends {
            match &end.value {
                Endpoint::Segment(name) => sites.extend(self.segments.get(name).into_iter().flatten()),
                Endpoint::Net(IpNet::V4(net)) => {
                    let meets = |(known, _): &&(Ipv4Net, usize)| known.contains(net) || net.contains(known);
                    sites.extend(self.subnets.iter().filter(meets).map(|(_, site)| site));
                }
                // Planned, and not filtered anywhere.
                Endpoint::Net(IpNet::V6(_)) => sites.extend(self.subnets.iter().map(|(_, site)| site)),
            }
        }
        sites
    }
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
