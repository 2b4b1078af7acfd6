//! Devices past the day they should have been replaced, told once for each building.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let Some(today) = subject.as_of else { return };
    let network = subject.network;
    for site in &network.sites {
        let old = site.devices.iter().filter_map(|device| Some((device, super::due(network, device)?)));
        let mut old = old.filter(|(_, due)| *due < today);
        let Some((device, due)) = old.next() else { continue };
        let span = device.installed.as_ref().map_or(device.span, |installed| installed.span);
        let others = super::more(old.count());
        let message = format!("{}-{} should have been replaced on {due}{others}", device.role.word(), device.number);
        let finding = Finding::warning(codes::PAST_AGE, message).at_saying(span, format!("a `{}`", device.model.value));
        findings.push(finding.help("plan its replacement, or change the age in `lifecycle` or at the model"));
    }
}
