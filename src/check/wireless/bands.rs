//! A wireless network is sent on a band that the access points of its sites have.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Subject, air};
use crate::finding::{Finding, codes};
use crate::model::{Band, DeviceModel, Role, Site};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut sites: BTreeMap<usize, (BTreeSet<Band>, &DeviceModel)> = BTreeMap::new();
    for one in subject.placed().filter(|one| !one.model.radios.is_empty()) {
        let (bands, _) = sites.entry(one.facts.site).or_insert_with(|| (BTreeSet::new(), one.model));
        bands.extend(one.model.radios.iter().map(|radio| radio.band));
    }
    // Which band a radio has is not sure where its channels are of another.
    if !network.models.values().flat_map(|model| &model.radios).all(air::is_sound) {
        return;
    }
    for ssid in &network.ssids {
        // Where no site that it is for has an access point, nobody ever hears it.
        let has = |site: &Site| site.devices.iter().any(|device| device.role == Role::Ap);
        // Where its VLAN is not, it is told for that.
        let there = |site: &&Site| subject.vlan(&ssid.vlan.value).is_some_and(|vlan| vlan.sites.admits(site));
        let mut admitted = network.sites.iter().filter(|site| ssid.sites.admits(site)).filter(there).peekable();
        let limited = ssid.sites.tags.first().filter(|_| admitted.peek().is_some() && network.gaps.sites.is_empty());
        if let Some(tag) = limited.filter(|_| !admitted.any(has)) {
            let message = format!("no site that `{}` is for has an access point", ssid.name.value);
            findings.push(Finding::note(codes::SSID_BANDS, message).at_saying(tag.span, "these sites alone").help(
                "give it sites that have some, or take it out; if they are still to come, there is nothing to do",
            ));
            continue;
        }
        let Some(first) = ssid.bands.first() else { continue };
        let silent = sites.iter().find_map(|(index, (bands, model))| {
            let site = network.sites.get(*index).filter(|site| ssid.sites.admits(site))?;
            (!ssid.bands.iter().any(|band| bands.contains(&band.value))).then_some((site, model))
        });
        if let Some((site, model)) = silent {
            // Where others have the band, the model has lost a radio.
            let elsewhere = sites.values().any(|(bands, _)| ssid.bands.iter().any(|band| bands.contains(&band.value)));
            if elsewhere {
                let band = air::name(first.value);
                let message = format!(
                    "model `{}` has no radio for {band}, and `{}` is sent there alone",
                    model.name.value, ssid.name.value
                );
                findings.push(
                    Finding::error(codes::SSID_BANDS, message)
                        .at(model.name.span)
                        .label(first.span, "on these bands alone")
                        .help("add the radio, or another band to the network, or limit the network to other sites"),
                );
                continue;
            }
            let message = format!("no access point of `{}` can send `{}`", site.id.value, ssid.name.value);
            findings.push(
                Finding::error(codes::SSID_BANDS, message)
                    .at_saying(first.span, "on these bands alone")
                    .label(model.name.span, "has others")
                    .help("add a band that the access points have, or limit the network to other sites"),
            );
        }
    }
}
