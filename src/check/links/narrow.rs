//! Access ports that lead to a device which needs more than one VLAN.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::check::wiring::{End, written};
use crate::derive::DeviceFacts;
use crate::finding::{Finding, codes};
use crate::model::{PortProfile, PortUse};
use crate::source::Span;
use crate::value::Id;

/// Access ports that one word makes, and the first of the links that lead to them.
struct Narrow<'a> {
    end: &'a End<'a>,
    profile: Option<&'a PortProfile>,
    clash: Option<Clash<'a>>,
    links: usize,
}

/// A port that two lines want: one for hosts, and one that draws a link.
struct Clash<'a> {
    hosts: &'a PortUse,
    drawn: &'a PortUse,
    /// The port, as the line for hosts names it.
    key: &'a str,
}

impl<'a> Clash<'a> {
    fn of(subject: Subject<'a>, end: &'a End<'a>) -> Option<Self> {
        let (near, far) = (&end.port.socket.key, &end.peer.port);
        let own = line(subject, end.device, near)?;
        let other = line(subject, end.far, far)?;
        match (own.to.is_some(), other.to.is_some()) {
            (false, true) => Some(Self { hosts: own, drawn: other, key: near }),
            (true, false) => Some(Self { hosts: other, drawn: own, key: far }),
            _ => None,
        }
    }

    /// Tells the odd one: one link into the middle of a range, or a range that reaches too far.
    fn tell(&self, finding: Finding, word: Span, links: usize) -> Finding {
        let to = self.drawn.to_port.as_ref().map_or(self.drawn.span, |to| to.span);
        let mut runs = self.hosts.ports.runs();
        let number = self.key.strip_prefix(self.hosts.ports.prefix()).and_then(|number| number.parse::<u32>().ok());
        let edge = number.is_some_and(|number| runs.any(|(first, last)| number == first || number == last));
        if !self.hosts.ports.is_one() && links == 1 && !edge {
            return finding
                .at_saying(to, "leads to it")
                .label(self.hosts.span, "one VLAN, untagged")
                .help("two lines want this port: end the link at another one, or take it out of the range");
        }
        let (place, here) = if self.hosts.ports.is_one() {
            (word, "one VLAN, untagged")
        } else {
            (self.hosts.span, "and a link leads to one of these")
        };
        finding
            .at_saying(place, here)
            .label(to, "the link that leads here")
            .help("two lines want this port: take it out of this one, or end the link at another one")
    }
}

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    // By the word that makes each of them an access port.
    let mut narrow: BTreeMap<Span, Narrow<'_>> = BTreeMap::new();
    let mut lines: BTreeMap<&Id, usize> = BTreeMap::new();
    for end in subject.wiring.links.iter().filter(|end| end.is_too_narrow()) {
        let clash = Clash::of(subject, end);
        let own = clash.as_ref().map(|clash| clash.hosts).or_else(|| line(subject, end.device, &end.port.socket.key));
        let word = own.and_then(|line| line.profile.as_ref());
        let span = word.map_or(end.port.span, |word| word.span);
        if let Some(known) = narrow.get_mut(&span) {
            known.links += 1;
            continue;
        }
        let profile = word.and_then(|word| subject.network.profiles.get(&word.value));
        narrow.insert(span, Narrow { end, profile, clash, links: 1 });
        if let Some(profile) = profile {
            *lines.entry(&profile.name.value).or_default() += 1;
        }
    }
    if narrow.is_empty() {
        return;
    }
    // A profile that serves nothing but links should have been a trunk.
    let hosts: BTreeSet<&Id> = subject.wiring.uses.iter().filter_map(|one| one.port.profile.as_ref()).collect();
    lines.retain(|name, lines| *lines > 1 && !hosts.contains(name));
    let mut told: BTreeSet<Span> = BTreeSet::new();
    for (span, Narrow { end, profile, clash, links }) in narrow {
        let lacking: Vec<u16> =
            end.far.vlans.iter().filter(|vlan| Some(**vlan) != end.port.vlan).map(|vlan| vlan.get()).collect();
        let message = format!(
            "an access port leads to `{}`, which needs VLAN {} as well",
            end.far.name,
            crate::value::collapse(&lacking)
        );
        let finding = Finding::error(codes::LINK_NARROW, message);
        if let Some((profile, more)) = profile.and_then(|it| Some((it, lines.get(&it.name.value)?))) {
            if told.insert(profile.name.span) {
                let here = format!("one VLAN, untagged, on {more} lines, and each leads to a device");
                findings.push(
                    finding
                        .at_saying(profile.name.span, here)
                        .label(end.port.span, "the first of them")
                        .help("add `mode: trunk` to the profile"),
                );
            }
            continue;
        }
        let finding = match clash {
            Some(clash) => clash.tell(finding, span, links),
            None => finding
                .at_saying(span, "one VLAN, untagged")
                .help("use a profile with `mode: trunk`, or none: a link between devices is a trunk by itself"),
        };
        findings.push(match profile {
            Some(profile) => finding.label(profile.name.span, "the profile"),
            None => finding,
        });
    }
}

/// What a site file says of a port of a device.
fn line<'a>(subject: Subject<'a>, device: &DeviceFacts, key: &str) -> Option<&'a PortUse> {
    written(subject.network.sites.get(device.site)?.devices.get(device.device)?, key)
}
