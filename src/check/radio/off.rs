//! Access points that send nothing, and radios that their model does not have.

use crate::check::{Subject, air};
use crate::finding::{Finding, codes};

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut told = std::collections::BTreeSet::new();
    for one in air::special(subject).filter(|one| !one.model.radios.is_empty()) {
        if !air::radios(&one).all(|on| on.off) {
            continue;
        }
        let last = air::radios(&one).filter_map(|on| on.own?.value.off.as_ref()).last();
        if let Some(off) = last.filter(|off| told.insert(off.span)) {
            findings.push(
                Finding::warning(
                    codes::RADIOS_OFF,
                    format!("`{}` sends nothing: all its radios are off", one.facts.name),
                )
                .at(off.span)
                .help("leave one on, or take the access point out of the site's file"),
            );
        }
    }
}
