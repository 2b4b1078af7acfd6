//! In the 6 GHz band only WPA3 and opportunistic encryption are allowed (Wi-Fi Alliance, WPA3 specification 3.x).

use std::collections::BTreeMap;

use crate::check::{Subject, air};
use crate::finding::{Finding, codes};
use crate::model::{Band, Radio, Security};
use crate::source::Span;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    // Sites with an access point that has the band.
    let mut sites: BTreeMap<usize, Span> = BTreeMap::new();
    for one in subject.placed() {
        // Which band a radio has is not sure where its channels are of another.
        let has = |radio: &&Radio| radio.band == Band::Ghz6 && air::is_sound(radio);
        if let Some(radio) = one.model.radios.iter().find(has) {
            sites.entry(one.facts.site).or_insert(radio.span);
        }
    }
    for ssid in &network.ssids {
        let way_out = match ssid.security.value {
            Security::Psk | Security::SaeMixed => "sae",
            Security::Open | Security::OweTransition => "owe",
            Security::Wpa2Wpa3Enterprise => "wpa3-enterprise",
            Security::Wpa3Enterprise | Security::Sae | Security::Owe => continue,
        };
        let asked = ssid.bands.iter().find(|band| band.value == Band::Ghz6);
        let sent = sites.iter().filter(|_| ssid.bands.is_empty());
        let sent = sent.filter(|(index, _)| network.sites.get(**index).is_some_and(|site| ssid.sites.admits(site)));
        let Some((span, words)) = asked
            .map(|band| (band.span, "asks for the band"))
            .or_else(|| sent.map(|(_, span)| (*span, "has the band")).next())
        else {
            continue;
        };
        let message =
            format!("`{}` cannot be sent at 6 GHz, where nothing older than WPA3 is allowed", ssid.name.value);
        findings.push(
            Finding::error(codes::SIX_GHZ_SECURITY, message)
                .at(ssid.security.span)
                .label(span, words)
                .help(format!("use {way_out}, or keep it to the other bands: `bands: [2.4, 5]`")),
        );
    }
}
