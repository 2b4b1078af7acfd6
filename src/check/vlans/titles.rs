//! Titles that people could not tell VLANs apart by, or that are another one's.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::Subject;
use crate::derive::naming::{letters, slug};
use crate::finding::{Finding, codes};
use crate::model::{Network, Segment, Vlan};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let segments = &subject.network.policy.segments;
    let mut first: BTreeMap<String, &Vlan> = BTreeMap::new();
    let mut twice: BTreeSet<&Id> = BTreeSet::new();
    for vlan in &subject.network.vlans {
        let Some(title) = &vlan.title else { continue };
        let known = first.get(&title.to_lowercase()).filter(|known| known.name.value != vlan.name.value);
        if let Some((first, other)) = known.and_then(|known| Some((*known, known.title.as_ref()?))) {
            let message = format!("two VLANs are titled \"{}\"", title.value);
            // The title of its segment is a VLAN's own.
            let own = |vlan: &Vlan| segments.get(&vlan.segment.value).is_some_and(|it| it.title.value == title.value);
            let ((odd, at), (usual, there)) = if own(vlan) && !own(first) {
                ((first, other), (vlan, title))
            } else {
                ((vlan, title), (first, other))
            };
            twice.extend([&odd.name.value, &usual.name.value]);
            findings.push(
                Finding::warning(codes::VLAN_TITLES, message)
                    .at_saying(at.span, format!("VLAN {}", odd.id.value))
                    .label(there.span, format!("VLAN {}", usual.id.value))
                    .help("a title is what people read on devices and in reports: say what tells the two apart"),
            );
        }
        first.entry(title.to_lowercase()).or_insert(vlan);
    }
    swapped(subject.network, &twice, findings);
}

/// A VLAN with the title of another one's segment.
struct Astray<'n> {
    vlan: &'n Vlan,
    /// Its own segment.
    own: &'n Segment,
    /// The one that is titled like it.
    other: &'n Segment,
}

impl<'n> Astray<'n> {
    fn of(network: &'n Network, vlan: &'n Vlan) -> Option<Self> {
        let title = vlan.title.as_ref()?;
        let segments = &network.policy.segments;
        let own = segments.get(&vlan.segment.value).filter(|own| own.title.value != title.value)?;
        let has_vlan = |segment: &Segment| network.vlans.iter().any(|vlan| vlan.segment.value == segment.name.value);
        let other = segments.values().find(|it| it.title.value == title.value && has_vlan(it))?;
        // One that is in another's segment is told of that.
        (other.name.value != vlan.name.value).then_some(())?;
        Some(Self { vlan, own, other })
    }
}

/// Whether a VLAN has the title of another one's segment.
pub(super) fn is_astray(network: &Network, vlan: &Vlan) -> bool {
    Astray::of(network, vlan).is_some()
}

/// Two that changed titles, at the first.
fn swapped(network: &Network, twice: &BTreeSet<&Id>, findings: &mut Vec<Finding>) {
    let astray = network.vlans.iter().filter(|vlan| !twice.contains(&vlan.name.value));
    let astray: Vec<Astray<'_>> = astray.filter_map(|vlan| Astray::of(network, vlan)).collect();
    let back = |one: &Astray<'_>| {
        astray
            .iter()
            .position(|it| it.own.name.value == one.other.name.value && it.other.name.value == one.own.name.value)
    };
    for (at, one) in astray.iter().enumerate() {
        let Astray { vlan, own, other } = one;
        let Some(title) = vlan.title.as_ref().filter(|_| back(one).is_none_or(|back| back > at)) else { continue };
        let (name, segment) = (&vlan.name.value, &other.name.value);
        let finding = if is_called(network, vlan, title) {
            let own_title = &own.title;
            let message =
                format!("segment `{}` is titled \"{}\", and its VLAN otherwise", own.name.value, own_title.value);
            Finding::warning(codes::VLAN_TITLES, message)
                .at(own.title.span)
                .label(title.span, "its VLAN")
                .label(other.title.span, "that title is another segment's")
        } else {
            let message = format!("VLAN `{name}` has the title of segment `{segment}`: \"{}\"", title.value);
            Finding::warning(codes::VLAN_TITLES, message)
                .at(title.span)
                .label(other.title.span, format!("`{segment}`"))
                .label(own.title.span, "its own segment is titled otherwise")
        };
        findings.push(finding.help("a title is what people read on devices and in reports: name what it is for"));
    }
}

/// Letters from which on two words have one beginning.
const BEGINNING: usize = 4;

/// Whether what leads to a VLAN is called like its title.
fn is_called(network: &Network, vlan: &Vlan, title: &str) -> bool {
    let letters = letters(&network.policy.naming);
    let title = slug(title, &letters);
    let Some(word) = title.get(..BEGINNING) else { return false };
    let profiles = network.profiles.values().map(|profile| &profile.settings);
    let profiles = profiles.filter(|it| it.vlan.as_ref().is_some_and(|own| own.value == vlan.name.value));
    let ssids = network.ssids.iter().filter(|ssid| ssid.vlan.value == vlan.name.value);
    let mut words = profiles
        .filter_map(|it| it.title.as_ref().map(|title| title.as_str()))
        .chain(ssids.map(|ssid| ssid.name.as_str()));
    words.any(|words| slug(words, &letters).split('-').any(|it| it.starts_with(word)))
}
