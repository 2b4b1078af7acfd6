//! The order of commands, from what defines names and what uses them.
//!
//! A name is created before it is used, and removed after its last user has left. Sections stay
//! whole unless such a rule forces them apart.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use foldhash::{HashMap, HashMapExt as _};

use super::explain;
use super::names::Name;
use super::normal::{list_of_ports, with_word};
use super::step::{Atom, Group, Tie};
use crate::config;
use crate::diff::proof::{Facts, Proof, Step, prove};
use crate::diff::{Command, Effect};
use crate::platform::Platform;
use crate::value::{Text, collapse_ports};

/// Puts the steps in order, says why each is there, and proves what holds on the way.
pub(super) fn commands(
    platform: &Platform,
    atoms: &[Atom],
    groups: &[Group],
    from: &Facts,
    to: &Facts,
) -> (Vec<Command>, Proof) {
    let order = sort(atoms, groups);
    let lists = |atom: &Atom| ports(platform, atom).is_some();
    let joined = atoms.iter().any(lists).then(|| join(platform, atoms, &order));
    let (atoms, order) = match &joined {
        Some(joined) => (joined.as_slice(), (0..joined.len()).collect()),
        None => (atoms, order),
    };
    let mut steps: Vec<Step> = Vec::with_capacity(order.len());
    steps.extend(order.iter().filter_map(|&at| atoms.get(at)).map(Atom::step));
    let proof = prove(from, to, &steps);
    let mut users: HashMap<&Name, (usize, String)> = HashMap::new();
    let mut last: HashMap<&Name, usize> = HashMap::new();
    for (step, &at) in order.iter().enumerate() {
        let Some(atom) = atoms.get(at) else { continue };
        for name in atom.of(Tie::Uses) {
            users.entry(name).or_insert_with(|| (at, place(platform, atom)));
        }
        for name in atom.of(Tie::Unuses) {
            last.insert(name, step + 1);
        }
    }
    let mut commands = Vec::with_capacity(order.len());
    commands.extend(order.iter().filter_map(|&at| atoms.get(at).map(|atom| (at, atom))).map(|(at, atom)| {
        let by = atom.of(Tie::Defines).find_map(|name| users.get(name).filter(|(user, _)| *user != at));
        let freed = atom.of(Tie::Undefines).filter_map(|name| last.get(name).copied()).max();
        let (feature, risk) = explain::about(&platform.rules, atom);
        Command {
            path: atom.path.clone(),
            text: atom.text.clone(),
            reason: explain::reason(atom, by.map(|(_, place)| place.as_str()), freed),
            risk: risk.into(),
            effect: atom.effect,
            feature: feature.map(str::to_owned),
            opens: atom.opens,
        }
    }));
    (commands, proof)
}

/// The ports that a step is about, where they stand in a list, with its place among the words.
fn ports(platform: &Platform, atom: &Atom) -> Option<(usize, Vec<Text>)> {
    list_of_ports(&platform.rules, &config::above(&atom.path), &atom.text).filter(|_| !atom.opens)
}

/// Neighbours that say the same of several ports as one step with a list.
fn join(platform: &Platform, atoms: &[Atom], order: &[usize]) -> Vec<Atom> {
    let mut out: Vec<Atom> = Vec::new();
    let mut all: Vec<Text> = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for atom in order.iter().filter_map(|&at| atoms.get(at)) {
        let list = ports(platform, atom);
        let shape = list.as_ref().map(|(at, _)| (*at, with_word(&atom.text, *at, "")));
        let more = list.map(|(_, ports)| ports).unwrap_or_default();
        match out.last_mut() {
            Some(last) if shape.is_some() && shape == open && last.path == atom.path => {
                if last.effect != atom.effect {
                    last.effect = Effect::Change;
                }
                last.join(atom.clone());
                all.extend(more);
                if let Some((at, _)) = &shape {
                    last.text = with_word(&last.text, *at, &collapse_ports(&all)).into();
                }
            }
            _ => {
                out.push(atom.clone());
                all = more;
                open = shape;
            }
        }
    }
    out
}

fn place(platform: &Platform, atom: &Atom) -> String {
    match atom.path.last() {
        Some(header) => format!("`{header}`"),
        None => format!("`{}`", crate::diff::stored::masked(&platform.rules, Some(&atom.path), &atom.line)),
    }
}

/// Some steps that come before some others. One such rule per name: a name with many users then
/// costs their number, not its square.
#[derive(Clone, Debug, Default)]
struct Before {
    first: Vec<usize>,
    then: Vec<usize>,
    /// Better so, but given up where it leads into a circle.
    soft: bool,
}

fn rules(atoms: &[Atom]) -> Vec<Before> {
    #[derive(Default)]
    struct Roles {
        creators: Vec<usize>,
        users: Vec<usize>,
        leavers: Vec<usize>,
        removers: Vec<usize>,
        changers: Vec<usize>,
        stayers: Vec<usize>,
        goers: Vec<usize>,
    }
    let mut names: BTreeMap<&Name, Roles> = BTreeMap::new();
    let mut values: BTreeMap<&Name, Before> = BTreeMap::new();
    for (at, atom) in atoms.iter().enumerate() {
        for name in atom.of(Tie::Defines).chain(atom.of(Tie::PartOf)) {
            names.entry(name).or_default().creators.push(at);
        }
        for name in atom.of(Tie::Changes) {
            names.entry(name).or_default().changers.push(at);
        }
        for name in atom.of(Tie::Uses).chain(atom.of(Tie::Needs)) {
            names.entry(name).or_default().users.push(at);
        }
        for name in atom.of(Tie::Stays) {
            names.entry(name).or_default().stayers.push(at);
        }
        for name in atom.of(Tie::Leaves) {
            names.entry(name).or_default().goers.push(at);
        }
        for name in atom.of(Tie::Unuses) {
            names.entry(name).or_default().leavers.push(at);
        }
        for name in atom.of(Tie::Undefines) {
            names.entry(name).or_default().removers.push(at);
        }
        for name in atom.of(Tie::Frees) {
            values.entry(name).or_default().first.push(at);
        }
        for name in atom.of(Tie::Takes) {
            values.entry(name).or_default().then.push(at);
        }
    }
    let each = |roles: Roles| {
        let Roles { creators, users, leavers, removers, changers, stayers, goers } = roles;
        [
            // A port finds its new place before it loses the old.
            Before { first: stayers, then: goers, soft: false },
            // Who leaves a list does not see it change; who comes to it sees it changed.
            Before { first: leavers.clone(), then: changers.clone(), soft: true },
            Before { first: changers, then: users.clone(), soft: true },
            Before { first: leavers, then: removers.clone(), soft: false },
            Before { first: removers, then: creators.clone(), soft: false },
            Before { first: creators, then: users, soft: false },
        ]
    };
    let all = names.into_values().flat_map(each).chain(values.into_values());
    all.filter(|rule| !rule.first.is_empty() && !rule.then.is_empty()).collect()
}

/// Sorts whole groups first; where groups wait for each other, their single steps.
fn sort(atoms: &[Atom], groups: &[Group]) -> Vec<usize> {
    let rules = rules(atoms);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    let mut of_atom: Vec<Vec<Role>> = vec![Vec::new(); atoms.len()];
    for (at, atom) in atoms.iter().enumerate() {
        if let Some(list) = members.get_mut(atom.group) {
            list.push(at);
        }
    }
    for (number, rule) in rules.iter().enumerate() {
        for (list, first) in [(&rule.first, true), (&rule.then, false)] {
            for at in list {
                if let Some(roles) = of_atom.get_mut(*at) {
                    roles.push((number, first));
                }
            }
        }
    }
    let group = |at: &usize| atoms.get(*at).map(|atom| atom.group);
    let between: Vec<Before> = rules
        .iter()
        .map(|rule| Before {
            first: rule.first.iter().filter_map(group).collect(),
            then: rule.then.iter().filter_map(group).collect(),
            soft: rule.soft,
        })
        .collect();
    let mut ranked: Vec<usize> = (0..groups.len()).collect();
    ranked.sort_by_key(|&at| (groups.get(at).copied().unwrap_or_default(), at));
    let (mut sorted, circle) = arrange(&ranked, &between);
    let hard: Vec<Before> = between.into_iter().filter(|rule| !rule.soft).collect();
    let (more, circle) = arrange(&circle, &hard);
    sorted.extend(more);
    let mut order = Vec::with_capacity(atoms.len());
    for at in sorted {
        order.extend(within(members.get(at).map_or(&[], Vec::as_slice), &rules, &of_atom, Vec::new()));
    }
    // Groups that wait for each other are taken apart, but no line comes before the section it stands in.
    let loose: Vec<usize> = circle.iter().filter_map(|&at| members.get(at)).flatten().copied().collect();
    order.extend(within(&loose, &rules, &of_atom, headers(atoms, &loose)));
    order
}

/// New sections come before their lines.
fn headers(atoms: &[Atom], members: &[usize]) -> Vec<Before> {
    let mut sections: HashMap<Vec<&str>, Before> = HashMap::new();
    for &at in members {
        let Some(atom) = atoms.get(at) else { continue };
        let path: Vec<&str> = atom.path.iter().map(Text::as_str).collect();
        if atom.opens {
            let own = [path.as_slice(), &[atom.text.as_str()]].concat();
            sections.entry(own).or_default().first.push(at);
        }
        for depth in 1..=path.len() {
            sections.entry(path.get(..depth).unwrap_or_default().to_vec()).or_default().then.push(at);
        }
    }
    let mut all: Vec<Before> =
        sections.into_values().filter(|rule| !rule.first.is_empty() && !rule.then.is_empty()).collect();
    all.sort_by(|a, b| a.first.cmp(&b.first));
    all
}

/// A rule an atom has a part in, and whether it stands before.
type Role = (usize, bool);

/// Sorts single steps, keeping their order where nothing forces another.
fn within(members: &[usize], all: &[Before], of_atom: &[Vec<Role>], more: Vec<Before>) -> Vec<usize> {
    let mut rules: BTreeMap<usize, Before> = BTreeMap::new();
    for &at in members {
        for &(number, first) in of_atom.get(at).into_iter().flatten() {
            let rule = rules.entry(number).or_default();
            rule.soft = all.get(number).is_some_and(|rule| rule.soft);
            if first { rule.first.push(at) } else { rule.then.push(at) }
        }
    }
    let mut rules: Vec<Before> =
        rules.into_values().filter(|rule| !rule.first.is_empty() && !rule.then.is_empty()).chain(more).collect();
    if rules.is_empty() {
        return members.to_vec();
    }
    let mut order = Vec::with_capacity(members.len());
    let mut left = members.to_vec();
    loop {
        let (sorted, mut circle) = arrange(&left, &rules);
        order.extend(sorted);
        if circle.is_empty() {
            return order;
        }
        if rules.iter().any(|rule| rule.soft) {
            rules.retain(|rule| !rule.soft);
            left = circle;
            continue;
        }
        // A circle (a uses b, b uses a) is broken at its first step.
        order.push(circle.remove(0));
        left = circle;
    }
}

/// Kahn's algorithm, always taking the first in rank that waits for nothing; returns what waits in circles too.
fn arrange(ranked: &[usize], rules: &[Before]) -> (Vec<usize>, Vec<usize>) {
    let rank: HashMap<usize, usize> = ranked.iter().enumerate().map(|(rank, &at)| (at, rank)).collect();
    let ranks = |list: &[usize]| list.iter().filter_map(|at| rank.get(at).copied()).collect::<BTreeSet<usize>>();
    // A rule is a node between those before and those after. Whoever is both waits only for the others.
    let mut after: Vec<Vec<usize>> = vec![Vec::new(); ranked.len()];
    let mut waits: Vec<usize> = vec![0; ranked.len()];
    for rule in rules {
        let (first, then) = (ranks(&rule.first), ranks(&rule.then));
        let both: BTreeSet<usize> = first.intersection(&then).copied().collect();
        let only: BTreeSet<usize> = first.difference(&both).copied().collect();
        let rest: BTreeSet<usize> = then.difference(&both).copied().collect();
        for (from, to) in [(&first, &rest), (&only, &both)] {
            if from.is_empty() || to.is_empty() {
                continue;
            }
            let hub = after.len();
            for &at in from {
                if let Some(list) = after.get_mut(at) {
                    list.push(hub);
                }
            }
            after.push(to.iter().copied().collect());
            waits.push(from.len());
            for &at in to {
                if let Some(wait) = waits.get_mut(at) {
                    *wait += 1;
                }
            }
        }
    }
    let free = waits.iter().take(ranked.len()).enumerate().filter(|(_, wait)| **wait == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = free.map(|(at, _)| Reverse(at)).collect();
    let mut sorted = Vec::with_capacity(ranked.len());
    let mut release: Vec<usize> = Vec::new();
    let mut done = vec![false; ranked.len()];
    while let Some(Reverse(at)) = ready.pop() {
        if let (Some(flag), Some(&member)) = (done.get_mut(at), ranked.get(at)) {
            *flag = true;
            sorted.push(member);
        }
        release.push(at);
        while let Some(from) = release.pop() {
            for to in after.get(from).cloned().unwrap_or_default() {
                let Some(wait) = waits.get_mut(to) else { continue };
                *wait -= 1;
                if *wait == 0 {
                    if to < ranked.len() { ready.push(Reverse(to)) } else { release.push(to) }
                }
            }
        }
    }
    let circle = ranked.iter().zip(&done).filter(|(_, done)| !**done).map(|(at, _)| *at).collect();
    (sorted, circle)
}
