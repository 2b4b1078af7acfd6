//! The country, whose rules a radio has to keep.

use crate::check::{Subject, air, said};
use crate::finding::{Finding, Fix, codes};
use crate::model::Part;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    for settings in said::settings(network) {
        let Some(country) = &settings.wireless.country else { continue };
        if air::is_country(country) {
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
    let lost = air::models(subject).into_iter().find(|one| air::country(one).is_none());
    if let Some(one) = lost.filter(|_| network.gaps.whole(Part::Network)) {
        let message = format!("nothing says in which country `{}` sends", one.facts.name);
        findings.push(
            Finding::warning(codes::COUNTRY, message)
                .at_saying(one.device.span, "its radios keep whatever they were set to in the factory")
                .help("add `wireless: { country: SE }` to inventory/network.yaml"),
        );
    }
}
