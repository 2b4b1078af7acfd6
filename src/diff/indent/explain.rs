//! Why a command is there, which feature it belongs to and what it risks.

use super::step::Atom;
use crate::config;
use crate::diff::Effect;
use crate::platform::rules::Rules;
use crate::value::Text;

/// The cause of a step, before the order is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Intended and not there.
    New,
    /// There and not intended.
    Gone,
    /// Another value; the old line, masked.
    Replaces(Text),
    /// Stands in another section; that section's header.
    From(Text),
    /// A line of a new section.
    PartOf(Text),
    /// Numbers that join a list.
    Adds(Text),
    /// Numbers that leave a list.
    Takes(Text),
    /// Goes and comes back at another place.
    Moves,
    /// Gives up a value that another line takes before a new one comes.
    MakesWay,
    /// Another line took it along.
    Again,
    /// New numbers make room.
    MakesRoom,
    /// Old numbers come back.
    Renumbers,
    /// Off while other lines change.
    Pauses,
    /// On again when they have.
    Resumes,
}

/// The reason in words; `by` says who waits for it, `last` which step freed it.
pub(super) fn reason(atom: &Atom, by: Option<&str>, last: Option<usize>) -> String {
    match (&atom.why, by, last) {
        (_, Some(by), _) if atom.effect != Effect::Remove => format!("needed by {by}"),
        (Why::Gone, _, Some(step)) => format!("no longer intended; last user left at step {step}"),
        (Why::New, ..) => "intended, not there".to_owned(),
        (Why::Gone, ..) => "no longer intended".to_owned(),
        (Why::Replaces(old), ..) => format!("replaces `{old}`"),
        (Why::From(header), ..) => format!("comes from `{header}`"),
        (Why::PartOf(header), ..) => format!("part of new `{header}`"),
        (Why::Adds(what), ..) => format!("adds {what}"),
        (Why::Takes(what), ..) => format!("takes {what}"),
        (Why::Moves, ..) => "stands at another place".to_owned(),
        (Why::MakesWay, ..) => "gives its value up before another takes it".to_owned(),
        (Why::Again, ..) => "taken along by a line before, and to stay".to_owned(),
        (Why::MakesRoom, ..) => "makes room between the numbers".to_owned(),
        (Why::Renumbers, ..) => "gives the lines their numbers".to_owned(),
        (Why::Pauses, ..) => "off while its other lines change".to_owned(),
        (Why::Resumes, ..) => "on again with its lines changed".to_owned(),
    }
}

/// The feature that owns the line of a step, or a section around it.
pub(super) fn feature(rules: &Rules, atom: &Atom) -> Option<String> {
    owner(rules, &atom.path, &atom.line)
        .or_else(|| (0..atom.path.len()).rev().find_map(|at| owner(rules, atom.path.get(..at)?, atom.path.get(at)?)))
}

fn owner(rules: &Rules, path: &[Text], line: &str) -> Option<String> {
    let above = config::above(path);
    let words = config::words(line);
    rules.owns.get(&above, &words).cloned()
}

/// The risk class of a step; what no rule knows counts as the gravest.
pub(super) fn risk(rules: &Rules, atom: &Atom) -> String {
    let class = class(rules, &atom.path, &atom.line)
        .or_else(|| (0..atom.path.len()).rev().find_map(|at| class(rules, atom.path.get(..at)?, atom.path.get(at)?)));
    let class = class.unwrap_or("management");
    // Taking a permit away denies, taking a denial away permits.
    match (class, atom.effect) {
        ("policy-permit", Effect::Remove) => "policy-deny",
        ("policy-deny", Effect::Remove) => "policy-permit",
        _ => class,
    }
    .to_owned()
}

fn class<'r>(rules: &'r Rules, path: &[Text], line: &str) -> Option<&'r str> {
    let above = config::above(path);
    let words = config::words(line);
    let words = match words.split_first() {
        Some((first, rest)) if *first == rules.negation => rest,
        _ => words.as_slice(),
    };
    rules.risk.get(&above, words).map(String::as_str)
}
