//! DHCP is relayed by whoever routes for the VLAN; where nobody does, nobody relays.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Gateway;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for vlan in subject.network.vlans.iter().filter(|vlan| vlan.gateway.value == Gateway::None) {
        if let Some(first) = vlan.dhcp_relay.first() {
            let message = format!("nothing relays DHCP for VLAN `{}`", vlan.name.value);
            findings.push(
                Finding::error(codes::RELAY_WITHOUT_GATEWAY, message)
                    .at_saying(vlan.gateway.span, "nobody routes for it")
                    .label(first.span, "relayed to here")
                    .help("give the VLAN a gateway, or take `dhcp_relay` out and number its hosts by hand"),
            );
        }
    }
}
