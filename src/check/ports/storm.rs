//! Storm control in percent.

use crate::check::Subject;
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for settings in subject.port_settings() {
        let storm = &settings.storm_control;
        for (what, share) in
            [("broadcast", &storm.broadcast), ("multicast", &storm.multicast), ("unknown unicast", &storm.unicast)]
        {
            let Some(share) = share else { continue };
            let finding = match share.value {
                0 => {
                    let message = format!("no {what} at all would pass, not even ARP or DHCP where they need it");
                    Finding::error(codes::STORM_CONTROL, message).help("1 to 10 percent is usual")
                }
                1..=100 => continue,
                more => Finding::error(
                    codes::STORM_CONTROL,
                    format!("{more} percent of a port's speed are more than there is"),
                )
                .help("it is counted in percent of the port's speed; 1 to 10 is usual"),
            };
            findings.push(finding.at(share.span));
        }
    }
}
