//! Routers prove to others who they are.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Part, Role};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let ospf = &subject.network.routing.ospf;
    let said = [&ospf.process, &ospf.area, &ospf.hello, &ospf.dead];
    let first = said.into_iter().flatten().map(|number| number.span).min();
    if let Some(first) = first.filter(|_| ospf.secret.is_none() && subject.network.gaps.whole(Part::Network)) {
        let message = "routers take OSPF routes from whoever offers some";
        let finding = Finding::warning(codes::ROUTING_SECRET, message).at_saying(first, "no secret");
        findings.push(finding.help("give them one in common: `ospf: { secret: NAME }`"));
    }
    if first.is_none() && ospf.secret.is_none() && subject.is_whole() {
        findings.extend(unsaid(subject));
    }
    for neighbour in subject.network.routing.bgp.iter().flat_map(|bgp| &bgp.neighbours) {
        if neighbour.secret.is_none() {
            let message = format!("the BGP session with {} has no secret", neighbour.title.value);
            let finding = Finding::warning(codes::ROUTING_SECRET, message).at(neighbour.address.span);
            findings.push(finding.help("agree on one with them: `secret: NAME` (RFC 2385)"));
        }
    }
}

/// OSPF is on in every network with routers; one with a secret for it, and no word about it, lost those words.
fn unsaid(subject: Subject<'_>) -> Option<Finding> {
    let network = subject.network;
    let routers = |role: Role| subject.derived.devices.values().any(|device| device.role == role);
    let (_, idle) = network.secrets.iter().find(|(name, _)| name.as_str().contains("ospf"))?;
    let message = "routers take OSPF routes from whoever offers some, and nothing says how they exchange them";
    (routers(Role::Core) && routers(Role::Distribution)).then(|| {
        Finding::warning(codes::ROUTING_SECRET, message)
            .at_saying(idle.span, "nothing names it")
            .help("say how they exchange routes: `routing: { ospf: { process: 1, area: 0, secret: NAME } }`")
    })
}
