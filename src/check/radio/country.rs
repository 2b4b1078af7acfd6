//! The country, whose rules a radio has to keep.

use crate::check::{Subject, air};
use crate::finding::{Finding, Fix, codes};
use crate::model::{Layer as _, Network, Part};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for settings in subject.settings() {
        let Some(country) = &settings.wireless.country else { continue };
        if air::is_country(country) {
            if air::rules(country).is_none() {
                let message = format!("the radio rules of `{}` are not known here", country.value);
                findings.push(
                    Finding::warning(codes::COUNTRY, message)
                        .at_saying(country.span, "nobody checks channels and power against them")
                        .help("rules of the EEA and Switzerland are known: SE for Sweden, NO for Norway"),
                );
            }
            continue;
        }
        let upper = country.to_uppercase();
        let finding =
            Finding::error(codes::COUNTRY, format!("`{}` is no country of ISO 3166", country.value)).at(country.span);
        findings.push(if air::is_country(&upper) {
            finding.help(format!("write `{upper}`")).fix(Fix::word(country.span, country, &upper))
        } else {
            finding.help("two capital letters: SE for Sweden, NO for Norway")
        });
    }
    alone(network, findings);
    let lost = air::models(subject).into_iter().find(|one| air::country(one).is_none());
    if let Some(one) = lost.filter(|_| network.gaps.whole(Part::Network)) {
        let message = format!("nothing says in which country `{}` sends", one.facts.name);
        // What the network says of radios is where the country belongs.
        let mut said = None;
        network.settings.wireless.leaves("", &mut |_, _, span| said = said.or(Some(span)));
        findings.push(
            Finding::warning(codes::COUNTRY, message)
                .at_saying(
                    said.unwrap_or(network.name.span),
                    "its radios keep whatever they were set to in the factory",
                )
                .label(one.device.span, "for example this one")
                .help("add `wireless: { country: SE }` to inventory/network.yaml"),
        );
    }
}

/// One building in another country than all others.
fn alone(network: &Network, findings: &mut Vec<Finding>) {
    let Some(common) = network.settings.wireless.country.as_ref().filter(|common| air::rules(common).is_some()) else {
        return;
    };
    let said = network.sites.iter().filter_map(|site| site.settings.wireless.country.as_ref());
    let foreign: Vec<_> = said.filter(|said| said.value != common.value && air::rules(said).is_some()).collect();
    if let &[said] = foreign.as_slice() {
        findings.push(
            Finding::note(codes::COUNTRY, format!("radios send by the rules of `{}` here alone", said.value))
                .at(said.span)
                .label(common.span, "elsewhere")
                .help("take it out, unless the building stands in that country"),
        );
    }
}
