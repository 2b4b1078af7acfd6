//! Texts that devices would cut short.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::finding::{Finding, codes};
use crate::source::Span;
use crate::source::yaml::short;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let platforms: BTreeSet<&str> = network.models.values().map(|model| model.platform.as_str()).collect();
    let entries = platforms.into_iter().filter_map(|name| subject.library.get(name));
    let Some(most) = entries.map(|entry| entry.platform.limits.description).min() else { return };
    let mut look = |what: &str, text: &str, span: Span| {
        // A text has at most as many characters as bytes.
        if text.len() <= most {
            return;
        }
        let length = text.chars().count();
        if length > most {
            let message = format!("{what} `{}` has {length} characters and would be cut", short(text));
            let finding = Finding::warning(codes::TEXT_CUT, message);
            findings.push(finding.at_saying(span, format!("descriptions on devices end after {most}")));
        }
    };
    network.vlans.iter().filter_map(|vlan| vlan.title.as_ref()).for_each(|title| look("title", title, title.span));
    subject
        .wiring
        .files
        .ports
        .iter()
        .filter_map(|port| port.title.as_ref())
        .for_each(|title| look("title", title, title.span));
    subject.wiring.files.words.iter().for_each(|text| look("description", text, text.span));
}
