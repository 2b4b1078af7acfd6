//! Not too many networks on one band: each sends its beacon ten times a second at the slowest rate.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::model::{Band, Site, Ssid};
use crate::source::Span;

/// Beyond four, beacons alone take a noticeable part of the air.
const MOST: usize = 4;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut told: BTreeSet<Span> = BTreeSet::new();
    // One where its VLAN is not has a finding of its own.
    let has = |site: &Site, ssid: &Ssid| subject.vlan(&ssid.vlan.value).is_some_and(|vlan| vlan.sites.admits(site));
    for site in &network.sites {
        let on_air: Vec<&Ssid> =
            network.ssids.iter().filter(|ssid| ssid.sites.admits(site) && has(site, ssid)).collect();
        for (band, name) in [(Band::Ghz2, "2.4"), (Band::Ghz5, "5"), (Band::Ghz6, "6")] {
            let on = |ssid: &&&Ssid| ssid.bands.is_empty() || ssid.bands.iter().any(|one| one.value == band);
            let count = on_air.iter().filter(on).count();
            let Some(last) = on_air.iter().filter(on).nth(MOST) else { continue };
            if told.insert(last.name.span) {
                let message = format!(
                    "{count} networks on air at {name} GHz at `{}`; more than {MOST} slow all of them",
                    site.id.value
                );
                findings.push(
                    Finding::warning(codes::SSID_CROWD, message)
                        .at_saying(last.name.span, "one too many")
                        .help("serve several uses by one network with dynamic_vlans, or limit `bands` or `sites`"),
                );
            }
        }
    }
}
