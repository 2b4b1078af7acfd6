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

/// The feature that owns the line of a step, or a section around it, and the risk class of the step; what no rule knows
/// counts as the gravest.
pub(super) fn about<'r>(rules: &'r Rules, atom: &Atom) -> (Option<&'r str>, &'r str) {
    let (mut feature, mut class) = (None, None);
    for depth in (0..=atom.path.len()).rev() {
        let above = config::above(atom.path.get(..depth).unwrap_or_default());
        let words = config::words(atom.path.get(depth).unwrap_or(&atom.line));
        let (positive, _) = rules.positive(&words);
        feature = feature.or_else(|| rules.owns.get(&above, &words));
        class = class.or_else(|| rules.risk.get(&above, positive));
        if feature.is_some() && class.is_some() {
            break;
        }
    }
    // Taking a permit away denies, taking a denial away permits.
    let class = match (class.map_or("management", String::as_str), atom.effect) {
        ("policy-permit", Effect::Remove) => "policy-deny",
        ("policy-deny", Effect::Remove) => "policy-permit",
        (class, _) => class,
    };
    (feature.map(String::as_str), class)
}
