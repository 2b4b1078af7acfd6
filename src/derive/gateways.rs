//! Which device routes for each VLAN of each site.

use super::management_name;
use super::work::Work;
use crate::finding::{Finding, codes};
use crate::model::{Gateway, Role};
use crate::value::VlanId;

/// Who routes for each VLAN of each site.
pub(super) fn run(work: &mut Work<'_>) {
    let mut routers: Vec<[Vec<(u32, usize)>; 3]> = vec![Default::default(); work.sites.len()];
    for (index, node) in work.nodes.iter().enumerate() {
        let facts = &node.facts;
        let Some([site, core, firewall]) = routers.get_mut(facts.site) else { continue };
        match facts.role {
            Role::Distribution => site.push((facts.number, index)),
            Role::Firewall => firewall.push((facts.number, index)),
            Role::Core => core.push((facts.number, index)),
            Role::Access | Role::Controller | Role::Ap => {}
        }
    }
    for (index, [mut switches, mut cores, mut firewalls]) in routers.into_iter().enumerate() {
        switches.sort_unstable();
        cores.sort_unstable();
        firewalls.sort_unstable();
        let vlans: Vec<(VlanId, usize, Gateway)> = work
            .sites
            .get(index)
            .map(|site| site.vlans.iter().map(|(id, facts)| (*id, facts.vlan, facts.gateway_kind)).collect())
            .unwrap_or_default();
        // A site without devices is planned, not wrong.
        let empty = work.sites.get(index).is_none_or(|site| site.devices.iter().all(Option::is_none));
        let mut without: Vec<&str> = Vec::new();
        let mut said = None;
        for (id, vlan, kind) in vlans {
            // One switch routes; both firewalls of a pair do, and the first is named.
            let routing: &[(u32, usize)] = match kind {
                Gateway::Site => switches.get(..1).unwrap_or_default(),
                Gateway::Core => cores.get(..1).unwrap_or_default(),
                Gateway::Firewall => &firewalls,
                Gateway::None => continue,
            };
            for (_, node) in routing {
                if let Some(node) = work.nodes.get_mut(*node) {
                    node.facts.gateways.insert(id);
                }
            }
            let first = routing.first().and_then(|(_, node)| work.nodes.get(*node)).map(|node| node.facts.name.clone());
            if first.is_none()
                && !empty
                && let Some(name) = work.network.vlans.get(vlan)
            {
                without.push(name.name.as_str());
                said = Some(name.gateway.span);
            }
            if let Some(facts) = work.sites.get_mut(index).and_then(|site| site.vlans.get_mut(&id)) {
                facts.gateway_device = first;
            }
        }
        if let (false, Some(site)) = (without.is_empty(), work.network.sites.get(index)) {
            let message = format!("nothing routes for {} at site `{}`", without.join(", "), site.id.value);
            // The word of one VLAN may be wrong; where there are several, the site lacks the device.
            let finding = Finding::error(codes::NO_GATEWAY, message).at(site.id.span);
            let finding = match said.filter(|_| without.len() == 1) {
                Some(said) => finding.label(said, "nobody there is one"),
                None => finding,
            };
            work.report(
                finding
                    .help("`gateway: site` needs a distribution switch at the site, `gateway: core` a core router, `gateway: firewall` a firewall; `sites:` limits where a VLAN exists"),
            );
        }
    }
    taken_gateways(work);
}

/// Devices whose management address is the gateway's, without being the gateway.
fn taken_gateways(work: &mut Work<'_>) {
    let management = management_name(work.network);
    let mut wrong = Vec::new();
    for node in &work.nodes {
        let facts = &node.facts;
        if Some(facts.management) != facts.management_gateway {
            continue;
        }
        let id = work.vlan_here(facts.site, &management);
        if !id.is_some_and(|id| facts.gateways.contains(&id)) {
            wrong.push(
                Finding::error(
                    codes::DUPLICATE_ADDRESS,
                    format!("`{}` comes to {}, the gateway of its own subnet", facts.name, facts.management),
                )
                .at(facts.span),
            );
        }
    }
    for finding in wrong {
        work.report(finding);
    }
}
