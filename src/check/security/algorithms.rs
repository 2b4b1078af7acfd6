//! Old SSH algorithms are for devices that know no others, one by one.

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::Algorithms;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let login = &network.login.algorithms;
    if login.value == Algorithms::Legacy {
        let message = "every device is offered SSH algorithms that rest on SHA-1 and CBC";
        let finding = Finding::warning(codes::OLD_ALGORITHMS, message).at(login.span);
        findings.push(finding.help("say it at the devices that need it: `connect: { algorithms: legacy }`"));
        return;
    }
    for device in network.sites.iter().flat_map(|site| &site.devices) {
        if let Some(legacy) = device
            .connect
            .as_ref()
            .and_then(|connect| connect.algorithms.as_ref())
            .filter(|it| it.value == Algorithms::Legacy)
        {
            let message =
                format!("{}-{} is reached with SSH algorithms that are broken", device.role.word(), device.number);
            let finding = Finding::warning(codes::OLD_ALGORITHMS, message);
            findings.push(
                finding.at_saying(legacy.span, "rests on SHA-1 and CBC").help("a newer system on the device mends it"),
            );
        }
    }
}
