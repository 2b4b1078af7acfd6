//! The single steps a comparison finds, before they are put in order.

use std::collections::BTreeMap;

use foldhash::{HashMap, HashMapExt as _};

use super::explain::Why;
use super::moves::Held;
use super::names::Name;
use super::normal::Item;
use crate::diff::Effect;
use crate::diff::proof::{Facts, Step};
use crate::value::Text;

/// What a step does with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tie {
    /// Makes it.
    Defines,
    /// Ends it.
    Undefines,
    /// Comes to use it.
    Uses,
    /// Uses it no longer.
    Unuses,
    /// Takes a value that may stand only once.
    Takes,
    /// Frees such a value.
    Frees,
    /// A guarded line comes.
    Holds,
    /// A guarded line goes.
    Drops,
    /// A guarded name finds a place.
    Stays,
    /// A guarded name loses one.
    Leaves,
    /// Stands in this new name space.
    Needs,
    /// Changes this list: who comes to one or leaves it should not see it half changed.
    Changes,
    /// Is part of this new section: whoever uses it waits for all of it.
    PartOf,
}

/// One command to be, with what its place in the order depends on.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) path: Vec<Text>,
    pub(super) text: Text,
    /// The configuration line meant, without negation: what owners and risks are asked by.
    pub(super) line: Text,
    pub(super) opens: bool,
    pub(super) effect: Effect,
    pub(super) why: Why,
    pub(super) group: usize,
    /// Names it has to do with; most steps have to do with none or few.
    ties: Vec<(Tie, Name)>,
    /// What would take the replaced line back, where it holds such a value.
    pub(super) undo: Option<Text>,
    /// Whose content this changes, where that may hold others of its kind.
    pub(super) nest: Option<Box<Name>>,
}

impl Atom {
    pub(super) fn new(path: Vec<Text>, [text, line]: [Text; 2], effect: Effect, why: Why, group: usize) -> Self {
        Self { path, text, line, opens: false, effect, why, group, ties: Vec::new(), undo: None, nest: None }
    }

    /// Notes what it does with names.
    pub(super) fn tie(&mut self, tie: Tie, names: impl IntoIterator<Item = Name>) {
        self.ties.extend(names.into_iter().map(|name| (tie, name)));
    }

    /// The names it does this with.
    pub(super) fn of(&self, tie: Tie) -> impl Iterator<Item = &Name> {
        self.ties.iter().filter(move |(kind, _)| *kind == tie).map(|(_, name)| name)
    }

    pub(super) fn has(&self, tie: Tie, name: &Name) -> bool {
        self.of(tie).any(|known| known == name)
    }

    pub(super) fn any(&self, tie: Tie) -> bool {
        self.of(tie).next().is_some()
    }

    /// Takes out the names it does this with that are as asked.
    pub(super) fn untie(&mut self, tie: Tie, gone: impl Fn(&Name) -> bool) -> Vec<Name> {
        self.ties.extract_if(.., |(kind, name)| *kind == tie && gone(name)).map(|(_, name)| name).collect()
    }

    /// Takes in a step that is said by the same command.
    pub(super) fn join(&mut self, other: Self) {
        self.ties.extend(other.ties);
    }

    /// What it takes away and gives, for the proof.
    pub(super) fn step(&self) -> Step {
        let all = |tie| self.of(tie).cloned().collect();
        Step {
            takes: Facts { defines: all(Tie::Undefines), uses: all(Tie::Unuses), guards: all(Tie::Drops) },
            gives: Facts { defines: all(Tie::Defines), uses: all(Tie::Uses), guards: all(Tie::Holds) },
        }
    }
}

/// Steps that stay together where nothing forces them apart: (phase, position).
pub(super) type Group = (u8, usize);

/// Everything that differs.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) atoms: Vec<Atom>,
    pub(super) groups: Vec<Group>,
    /// What numbered sections hold afterwards.
    pub(super) numbered: BTreeMap<Vec<Text>, Vec<Item>>,
    pub(super) warnings: Vec<String>,
    /// Lines of entries that go whose values others may wait for.
    pub(super) held: Vec<Held>,
    /// What goes along when a name goes, without being typed.
    pub(super) followers: Vec<(Name, Atom)>,
}

impl Difference {
    /// Counts what goes along to the step that takes the name away.
    pub(super) fn take_along(&mut self) {
        for (name, gone) in std::mem::take(&mut self.followers) {
            let step =
                self.atoms.iter_mut().find(|atom| atom.effect == Effect::Remove && atom.has(Tie::Undefines, &name));
            if let Some(step) = step {
                let along = [Tie::Undefines, Tie::Unuses, Tie::Frees, Tie::Drops];
                step.ties.extend(gone.ties.into_iter().filter(|(tie, _)| along.contains(tie)));
            }
        }
    }
}

/// Where lines trade values that may stand only once (two interfaces swap addresses), one gives its value up first.
pub(super) fn break_circles(out: &mut Difference) {
    let mut holders: HashMap<&Name, usize> = HashMap::new();
    for (at, atom) in out.atoms.iter().enumerate().filter(|(_, atom)| atom.undo.is_some()) {
        holders.extend(atom.of(Tie::Frees).map(|value| (value, at)));
    }
    let waits = |at: usize| -> Vec<usize> {
        let Some(atom) = out.atoms.get(at) else { return Vec::new() };
        atom.of(Tie::Takes).filter_map(|value| holders.get(value).copied()).filter(|&holder| holder != at).collect()
    };
    // Depth first: who is met again while still being followed closes a circle, and breaks it.
    let mut state: HashMap<usize, bool> = HashMap::new();
    let mut broken: Vec<usize> = Vec::new();
    let starts = (0..out.atoms.len()).filter(|&at| out.atoms.get(at).is_some_and(|atom| atom.undo.is_some()));
    for start in starts {
        if state.contains_key(&start) {
            continue;
        }
        let mut open = vec![(start, None)];
        while let Some((at, next)) = open.last_mut() {
            let at = *at;
            let next = next.get_or_insert_with(|| {
                state.insert(at, true);
                waits(at)
            });
            match next.pop() {
                None => {
                    state.insert(at, false);
                    open.pop();
                }
                Some(holder) => match state.get(&holder) {
                    Some(true) if !broken.contains(&holder) => broken.push(holder),
                    Some(_) => {}
                    None => open.push((holder, None)),
                },
            }
        }
    }
    broken.sort_unstable();
    for at in broken {
        let group = out.groups.len();
        let Some(atom) = out.atoms.get_mut(at) else { continue };
        let Some(text) = atom.undo.take() else { continue };
        let used: Vec<Name> = atom.of(Tie::Uses).cloned().collect();
        let mut first = Atom::new(atom.path.clone(), [text, atom.line.clone()], Effect::Remove, Why::MakesWay, group);
        first.tie(Tie::Unuses, atom.untie(Tie::Unuses, |name| !used.contains(name)));
        for tie in [Tie::Frees, Tie::Drops, Tie::Leaves] {
            first.tie(tie, atom.untie(tie, |_| true));
        }
        out.groups.push((0, at));
        out.atoms.push(first);
    }
}
