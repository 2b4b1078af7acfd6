//! Which device routes for each VLAN of each site.

use super::management_name;
use super::work::Work;
use crate::finding::{About, Finding, codes};
use crate::model::{Gateway, Role};
use crate::value::{DeviceName, VlanId};

/// Who routes for each VLAN of one site, by VLAN id; devices note what they route for.
pub(super) fn run(work: &mut Work<'_, '_>, site: usize) -> Vec<Option<DeviceName>> {
    let [mut switches, mut cores, mut firewalls]: [Vec<(u32, usize)>; 3] = Default::default();
    for (index, facts) in work.nodes.iter() {
        match facts.role {
            Role::Distribution => switches.push((facts.number, index)),
            Role::Firewall => firewalls.push((facts.number, index)),
            Role::Core => cores.push((facts.number, index)),
            Role::Access | Role::Controller | Role::Ap => {}
        }
    }
    switches.sort_unstable();
    cores.sort_unstable();
    firewalls.sort_unstable();
    let network = work.network;
    let Some(here) = work.sites.get(site) else { return Vec::new() };
    let vlans: Vec<(VlanId, usize, Gateway)> =
        here.vlans.iter().map(|(id, facts)| (*id, facts.vlan, facts.gateway_kind)).collect();
    // A site without devices is planned, not wrong.
    let empty = here.devices.iter().all(Option::is_none);
    let mut gateways = Vec::with_capacity(vlans.len());
    let mut without: Vec<&str> = Vec::new();
    let mut said = None;
    for (id, vlan, kind) in vlans {
        // One switch routes; both firewalls of a pair do, and the first is named.
        let routing: &[(u32, usize)] = match kind {
            Gateway::Site => switches.get(..1).unwrap_or_default(),
            Gateway::Core => cores.get(..1).unwrap_or_default(),
            Gateway::Firewall => &firewalls,
            Gateway::None => {
                gateways.push(None);
                continue;
            }
        };
        for (_, node) in routing {
            if let Some(node) = work.nodes.get_mut(*node) {
                node.gateways.insert(id);
            }
        }
        let first = routing.first().and_then(|(_, node)| work.nodes.get(*node)).map(|node| node.name.clone());
        if first.is_none()
            && !empty
            && let Some(name) = network.vlans.get(vlan)
        {
            without.push(name.name.as_str());
            said = Some(name.gateway.span);
        }
        gateways.push(first);
    }
    if let (false, Some(site)) = (without.is_empty(), network.sites.get(site)) {
        let message = format!("nothing routes for {} at site `{}`", without.join(", "), site.id.value);
        // The word of one VLAN may be wrong; where there are several, the site lacks the device.
        let finding = Finding::error(codes::NO_GATEWAY, message).at(site.id.span);
        let finding = match said.filter(|_| without.len() == 1) {
            Some(said) => finding.label(said, "nobody there is one"),
            None => Finding { span: Some(site.devices.first().map_or(site.name.span, |first| first.span)), ..finding },
        };
        work.report(
            finding
                .help("`gateway: site` needs a distribution switch at the site, `gateway: core` a core router, `gateway: firewall` a firewall; `sites:` limits where a VLAN exists"),
        );
    }
    taken_gateways(work);
    gateways
}

/// Devices whose management address is the gateway's, without being the gateway.
fn taken_gateways(work: &mut Work<'_, '_>) {
    let management = management_name(work.network);
    let mut wrong = Vec::new();
    for (at, node) in work.nodes.iter() {
        let facts = &node;
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
                .at(work.device(at).and_then(|device| device.address.as_ref()).map_or(facts.span, |given| given.span))
                .help("give it another number or address: this one is the VLAN's own")
                .about(About::Gateway),
            );
        }
    }
    work.report_all(wrong);
}
