//! Remediation for configurations whose statements are paths of words.
//!
//! The device takes a candidate as a whole, so that what must hold holds on the committed result. The commands
//! are ordered all the same: what is used comes before its users and goes after them, and what is taken again
//! is freed first.

use super::stored::{self, Spot};
use super::{Options, Proof, Remediation};
use crate::config;
use crate::platform::Platform;

mod compare;
mod names;
mod order;
mod place;
mod read;

/// Compares two texts.
pub(super) fn remediate(platform: &Platform, running: &str, intended: &str, options: &Options) -> Remediation {
    let rules = &platform.rules;
    let read = |text| read::read(rules, &config::parse(platform.family, &rules.syntax, text), options);
    let (run, want) = (read(running), read(intended));
    let sealed = options.sealed.as_deref();
    let forward = compare::compare(rules, sealed, &run, &want, &run);
    let back = compare::compare(rules, sealed, &want, &run, &run);
    let warnings = names::left_behind(rules, &run, &want, &forward);
    Remediation {
        commands: order::commands(rules, &run, &want, &forward),
        rollback: order::commands(rules, &want, &run, &back),
        // All of it takes effect at once.
        proof: Proof::default(),
        rollback_proof: Proof::default(),
        unmanaged: run.outside.len(),
        unknown: run.unknown,
        odd: want.unknown.len(),
        warnings,
    }
}

/// Where secrets stand in the managed region.
pub(super) fn spots(platform: &Platform, text: &str, options: &Options) -> Vec<Spot> {
    let rules = &platform.rules;
    let config = read::read(rules, &config::parse(platform.family, &rules.syntax, text), options);
    let leaves = config.statements.iter().flat_map(|statement| &statement.leaves);
    let ends = leaves.filter(|&&end| config.place(end).is_some_and(|place| place.ends));
    ends.flat_map(|&end| stored::spots(rules, &[], &config.words(end).join(" "))).collect()
}

/// The managed region in canonical form.
pub(super) fn managed_text(platform: &Platform, text: &str, options: &Options) -> String {
    let rules = &platform.rules;
    let config = read::read(rules, &config::parse(platform.family, &rules.syntax, text), options);
    let mut out = String::new();
    let mut waiting: Vec<(usize, usize)> = vec![(0, 0)];
    while let Some((at, depth)) = waiting.pop() {
        if let Some(place) = config.place(at).filter(|_| at != 0) {
            let marks = [(place.inactive, " (inactive)"), (place.protected, " (protected)"), (place.ends, ";")];
            let marks = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark);
            out.extend(std::iter::repeat_n(' ', depth - 1));
            out.push_str(&place.word);
            out.extend(marks);
            out.push('\n');
        }
        let mut children: Vec<usize> = config.living(at).collect();
        if !place::ordered(rules, &config, at) {
            children.sort_by_key(|&child| config.place(child).map(|place| &place.word));
        }
        waiting.extend(children.into_iter().rev().map(|child| (child, depth + 1)));
    }
    out
}
