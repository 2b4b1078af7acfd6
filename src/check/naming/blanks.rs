//! Names that people read have no blanks at their ends: nobody sees them, and everything compares them.

use std::collections::BTreeMap;

use crate::check::Subject;
use crate::finding::{Finding, Fix, codes};
use crate::source::yaml::short;
use crate::source::{Sp, Span};
use crate::value::Text;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut look = |what: &str, name: &Sp<String>, users: &[&Sp<Text>]| {
        let trimmed = name.trim();
        if trimmed.len() == name.len() {
            return;
        }
        let message = format!("{what} `{}` begins or ends with a blank", short(name));
        let finding = Finding::warning(codes::BLANKS, message).at(name.span);
        let mut fix = Fix::word(name.span, name, trimmed);
        // What names it is trimmed with it, and a line of several devices once.
        let users: BTreeMap<Span, &Sp<Text>> = users.iter().map(|user| (user.span, *user)).collect();
        for user in users.values() {
            let more = Fix::word(user.span, user.as_str(), trimmed);
            fix = fix.zip(more).map(|(mut fix, more)| {
                fix.edits.extend(more.edits);
                fix
            });
        }
        findings.push(finding.help(format!("write `{trimmed}`")).fix(fix));
    };
    look("network", &network.name, &[]);
    network.organisations.iter().for_each(|organisation| look("organisation", &organisation.name, &[]));
    network.ssids.iter().for_each(|ssid| look("SSID", &ssid.name, &[]));
    network.vlans.iter().filter_map(|vlan| vlan.title.as_ref()).for_each(|title| look("VLAN title", title, &[]));
    for site in &network.sites {
        look("site", &site.name, &[]);
        for room in &site.rooms {
            let rooms = site.devices.iter().filter_map(|device| device.room.as_ref());
            let odd = room.name.trim().len() < room.name.len();
            let users: Vec<_> = rooms.filter(|named| odd && named.as_str() == room.name.as_str()).collect();
            look("room", &room.name, &users);
        }
    }
}
