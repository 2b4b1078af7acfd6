//! Remediation for configurations with sections by indentation.

use super::stored::{self, Spot};
use super::{Options, Remediation};
use crate::config::{self, Piece, Tree};
use crate::platform::Platform;
use crate::platform::rules::Rules;

mod compare;
mod explain;
mod intervals;
mod late;
mod left;
mod lists;
mod moves;
mod names;
mod normal;
mod numbered;
mod order;
mod paused;
mod placed;
mod places;
mod settled;
mod step;
mod turned;
mod variables;

use crate::value::Text;
use names::Touched;
use normal::{Item, Normal, normalise, normalise_quoted};
use settled::Apart;
use step::{Atom, Group, Tie};

/// Compares two texts.
pub(super) fn remediate(platform: &Platform, running: &str, intended: &str, options: &Options) -> Remediation {
    let rules = &platform.rules;
    let Apart { running, intended, settled } = settled::apart(platform, running, intended);
    let read = |pieces: &[Piece<'_>]| normalise(rules, settled::read(platform, pieces), options);
    let (mut run, mut want) = rayon::join(|| read(&running), || read(&intended));
    run.survey(rules, settled::read(platform, &settled::open(rules, &settled, options)), options);
    intervals::refine(rules, &mut run.items, &mut want.items);
    placed::settle(rules, &run.items, &mut want.items);
    places::with_kept(rules, &run.items, &mut want.items);
    compared(platform, run, want, options, || read(&settled).items)
}

/// Compares two trees whose words may stand in quotes.
pub(super) fn remediate_quoted(platform: &Platform, running: Tree, intended: Tree, options: &Options) -> Remediation {
    let read = |tree| normalise_quoted(&platform.rules, tree, options);
    let (running, intended) = rayon::join(|| read(running), || read(intended));
    compared(platform, running, intended, options, Vec::new)
}

/// What leads from one configuration to another; `settled` are the sections that stand in both.
fn compared(
    platform: &Platform,
    run: Normal,
    mut want: Normal,
    options: &Options,
    settled: impl Fn() -> Vec<Item>,
) -> Remediation {
    let rules = &platform.rules;
    let compare = |from: &[Item], to: &[Item]| compare::compare(platform, options, from, to);
    let (mut forward, mut back) = rayon::join(|| compare(&run.items, &want.items), || compare(&want.items, &run.items));
    if !forward.numbered.is_empty() {
        // Numbers the device will have given by then are part of what the rollback starts from.
        let mut numbered = std::mem::take(&mut forward.numbered);
        compare::exchange(&mut want.items, &mut numbered);
        back = compare(&want.items, &run.items);
        compare::exchange(&mut want.items, &mut numbered);
    }
    let want = &want;
    // What did not change matters where a name goes that it may use.
    let goes = [&forward, &back].iter().any(|found| found.atoms.iter().any(|atom| atom.any(Tie::Undefines)));
    let still = if goes { settled() } else { Vec::new() };
    let mut warnings = forward.warnings;
    if goes {
        warnings.extend(names::left_behind(platform, &run, want, &still));
    }
    let facts = |items: &[Item], touched: &Touched| names::facts(rules, &[items, &still], touched);
    let order = |found: (&[Atom], &[Group]), from: &[Item], to: &[Item]| {
        let touched = Touched::by(found.0);
        order::commands(platform, found.0, found.1, &facts(from, &touched), &facts(to, &touched))
    };
    let ((commands, proof), (rollback, rollback_proof)) = rayon::join(
        || order((&forward.atoms, &forward.groups), &run.items, &want.items),
        || order((&back.atoms, &back.groups), &want.items, &run.items),
    );
    Remediation {
        commands,
        rollback,
        proof,
        rollback_proof,
        unmanaged: run.unmanaged,
        unknown: run.unknown,
        odd: want.unknown.len(),
        warnings,
    }
}

/// The managed region in canonical form.
pub(super) fn managed_text(platform: &Platform, text: &str, options: &Options) -> String {
    let tree = config::parse(platform.family, &platform.rules.syntax, text);
    printed(platform, &normalise(&platform.rules, tree, options))
}

/// The managed region of a tree whose words may stand in quotes.
pub(super) fn managed_quoted(platform: &Platform, tree: Tree, options: &Options) -> String {
    printed(platform, &normalise_quoted(&platform.rules, tree, options))
}

/// Where secrets stand in the managed region.
pub(super) fn spots(platform: &Platform, text: &str, options: &Options) -> Vec<Spot> {
    let tree = config::parse(platform.family, &platform.rules.syntax, text);
    found(&platform.rules, &normalise(&platform.rules, tree, options))
}

/// The same in a tree whose words may stand in quotes.
pub(super) fn spots_quoted(platform: &Platform, tree: Tree, options: &Options) -> Vec<Spot> {
    found(&platform.rules, &normalise_quoted(&platform.rules, tree, options))
}

fn found(rules: &Rules, normal: &Normal) -> Vec<Spot> {
    let mut spots = Vec::new();
    for item in &normal.items {
        names::walk(item, &mut Vec::new(), &mut |path, item| spots.extend(stored::spots(rules, path, &item.canon)));
    }
    spots
}

fn printed(platform: &Platform, normal: &Normal) -> String {
    let mut out = String::new();
    print(platform, &normal.items, &mut Vec::new(), &mut out);
    out
}

fn print(platform: &Platform, items: &[Item], path: &mut Vec<Text>, out: &mut String) {
    let ordered = normal::ordered(&platform.rules, &config::above(path));
    let mut shown: Vec<&Item> = items
        .iter()
        .filter(|item| !item.default)
        .filter(|item| !item.children.is_empty() || !compare::always_there(&platform.rules, path, item))
        .collect();
    if !ordered {
        shown.sort_by(|a, b| a.canon.cmp(&b.canon));
    }
    for item in shown {
        out.push_str(&" ".repeat(path.len()));
        out.push_str(&item.canon);
        out.push('\n');
        if item.group.is_some() {
            for child in &item.children {
                out.push_str(&" ".repeat(path.len() + 1));
                out.push_str(&child.canon);
                out.push('\n');
            }
            continue;
        }
        path.push(item.canon.clone());
        print(platform, &item.children, path, out);
        path.pop();
    }
}
