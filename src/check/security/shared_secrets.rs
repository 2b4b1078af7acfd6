//! A secret serves one purpose, so that one leak opens one door.

use std::collections::BTreeMap;
use std::path::Path;

use crate::check::Subject;
use crate::check::said::Purpose;
use crate::finding::{Finding, codes};
use crate::model::{Network, SecretSource};
use crate::source::{Sp, Span};
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut sources: Vec<(&Sp<SecretSource>, &Id)> =
        network.secrets.iter().map(|(name, source)| (source, name)).collect();
    sources.sort_by_key(|(source, _)| source.span);
    astray(network, findings);
    for (at, (source, name)) in sources.iter().enumerate() {
        let before = sources.get(..at).unwrap_or_default();
        if let Some((known, other)) = before.iter().find(|(known, _)| known.value == source.value) {
            let message = format!("the secrets `{other}` and `{name}` are found at one place, and so are one");
            let finding = Finding::warning(codes::SECRET_SHARED, message).help("give each a place of its own");
            // A place that is called after one of them is not the other's.
            let called = |name: &Id| matches!(&source.value, SecretSource::File(path) if path.contains(name.as_str()));
            findings.push(if called(name) && !called(other) {
                finding.at_saying(known.span, "used here as well").label(source.span, "its own place, by its name")
            } else {
                finding.at_saying(source.span, "used again here").label(known.span, "first used here")
            });
        }
    }
    for snmp in subject.settings().map(|settings| &settings.services.snmp) {
        let Some((auth, privacy)) = snmp.auth.as_ref().zip(snmp.privacy.as_ref()) else { continue };
        // Their names say what they are for.
        if auth.as_str().contains("priv") && privacy.as_str().contains("auth") && !auth.as_str().contains("auth") {
            let message = format!("`auth` is given `{}`, and `privacy` is given `{}`", auth.value, privacy.value);
            let finding =
                Finding::warning(codes::SECRET_SHARED, message).at_saying(auth.span, "swapped, by their names");
            findings.push(finding.label(privacy.span, "the other one").help("give each its own"));
        }
    }
    let mut first: BTreeMap<&Id, (Purpose, Span)> = BTreeMap::new();
    for (what, name, span) in subject.secrets() {
        let (purpose, place) = *first.entry(name).or_insert((what, span));
        if purpose != what {
            let message = format!("the secret `{name}` serves {} and {}", purpose.word(), what.word());
            // Where it is called after one of the two, the other one is wrong.
            let called = |purpose: Purpose| {
                let word = purpose.word().to_lowercase();
                word.split(' ').any(|word| word.len() > 2 && name.as_str().contains(word.trim_end_matches('s')))
                    || (purpose == Purpose::Wireless && name.as_str().starts_with("wifi"))
            };
            let (here, there) = if called(what) && !called(purpose) { (place, span) } else { (span, place) };
            let (said, other) =
                if here == span { ("used again here", "first used here") } else { ("used here", "used here as well") };
            findings.push(
                Finding::warning(codes::SECRET_SHARED, message)
                    .at_saying(here, said)
                    .label(there, other)
                    .help("give each its own: who knows one then does not know the other"),
            );
        }
    }
}

/// Secrets that are read from a file which is called after another one; of two that are swapped the first is told.
fn astray(network: &Network, findings: &mut Vec<Finding>) {
    let stem = |source: &'_ SecretSource| match source {
        SecretSource::File(path) => Path::new(path).file_stem().and_then(|stem| stem.to_str()).map(str::to_owned),
        _ => None,
    };
    for (name, source) in &network.secrets {
        let Some(stem_here) = stem(&source.value) else { continue };
        let other = network.secrets.iter().find(|(other, _)| other.as_str() == stem_here && *other != name);
        let Some((other, theirs)) = other.filter(|(_, theirs)| theirs.value != source.value) else { continue };
        if other < name && stem(&theirs.value).is_some_and(|stem| stem == name.as_str()) {
            continue;
        }
        let message = format!("the secret `{name}` is read from a file that is called after `{other}`");
        let finding = Finding::warning(codes::SECRET_SHARED, message).at(source.span);
        findings.push(finding.label(theirs.span, "that one is read elsewhere").help("give each its own file"));
    }
}
