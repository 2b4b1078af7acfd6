//! Names that people read have no blanks at their ends: nobody sees them, and everything compares them.

use crate::check::Subject;
use crate::finding::{Finding, Fix, codes};
use crate::source::Sp;
use crate::source::yaml::short;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut look = |what: &str, name: &Sp<String>| {
        let trimmed = name.trim();
        if trimmed.len() == name.len() {
            return;
        }
        let message = format!("{what} `{}` begins or ends with a blank", short(name));
        let finding = Finding::warning(codes::BLANKS, message).at(name.span);
        findings.push(finding.help(format!("write `{trimmed}`")).fix(Fix::word(name.span, name, trimmed)));
    };
    look("network", &network.name);
    network.organisations.iter().for_each(|organisation| look("organisation", &organisation.name));
    network.ssids.iter().for_each(|ssid| look("SSID", &ssid.name));
    network.vlans.iter().filter_map(|vlan| vlan.title.as_ref()).for_each(|title| look("VLAN title", title));
    for site in &network.sites {
        look("site", &site.name);
        site.rooms.iter().for_each(|room| look("room", &room.name));
    }
}
