//! The single steps a comparison finds, before they are put in order.

use std::collections::{BTreeMap, HashMap};

use super::explain::Why;
use super::moves::Held;
use super::names::Name;
use super::normal::Item;
use crate::diff::Effect;
use crate::diff::proof::{Facts, Step};

/// One command to be, with what its place in the order depends on.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    pub(super) path: Vec<String>,
    pub(super) text: String,
    /// The configuration line meant, without negation: what owners and risks are asked by.
    pub(super) line: String,
    pub(super) opens: bool,
    pub(super) effect: Effect,
    pub(super) why: Why,
    pub(super) group: usize,
    pub(super) defines: Vec<Name>,
    pub(super) undefines: Vec<Name>,
    pub(super) uses: Vec<Name>,
    pub(super) unuses: Vec<Name>,
    /// Values that may stand only once: taken and freed.
    pub(super) takes: Vec<Name>,
    pub(super) frees: Vec<Name>,
    /// Guarded lines that come and go.
    pub(super) holds: Vec<Name>,
    pub(super) drops: Vec<Name>,
    /// Guarded names that find a place, and that lose one.
    pub(super) stays: Vec<Name>,
    pub(super) leaves: Vec<Name>,
    /// What would take the replaced line back, where it holds such a value.
    pub(super) undo: Option<String>,
    /// Whose content this changes, where that may hold others of its kind.
    pub(super) nest: Option<Name>,
    /// New name spaces this stands in.
    pub(super) needs: Vec<Name>,
    /// Names of the lists this changes: who comes to one or leaves it should not see it half changed.
    pub(super) changes: Vec<Name>,
    /// Names of the new sections this is part of: whoever uses one waits for all of it.
    pub(super) part_of: Vec<Name>,
}

impl Atom {
    /// Takes in a step that is said by the same command.
    pub(super) fn join(&mut self, other: Self) {
        self.defines.extend(other.defines);
        self.undefines.extend(other.undefines);
        self.uses.extend(other.uses);
        self.unuses.extend(other.unuses);
        self.takes.extend(other.takes);
        self.frees.extend(other.frees);
        self.holds.extend(other.holds);
        self.drops.extend(other.drops);
        self.stays.extend(other.stays);
        self.leaves.extend(other.leaves);
        self.changes.extend(other.changes);
        self.part_of.extend(other.part_of);
    }

    /// What it takes away and gives, for the proof.
    pub(super) fn step(&self) -> Step {
        Step {
            takes: Facts { defines: self.undefines.clone(), uses: self.unuses.clone(), guards: self.drops.clone() },
            gives: Facts { defines: self.defines.clone(), uses: self.uses.clone(), guards: self.holds.clone() },
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
    pub(super) numbered: BTreeMap<Vec<String>, Vec<Item>>,
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
                self.atoms.iter_mut().find(|atom| atom.effect == Effect::Remove && atom.undefines.contains(&name));
            if let Some(step) = step {
                step.undefines.extend(gone.undefines);
                step.unuses.extend(gone.unuses);
                step.frees.extend(gone.frees);
                step.drops.extend(gone.drops);
            }
        }
    }
}

/// Where lines trade values that may stand only once (two interfaces swap addresses), one gives its value up first.
pub(super) fn break_circles(out: &mut Difference) {
    let mut holders: HashMap<&Name, usize> = HashMap::new();
    for (at, atom) in out.atoms.iter().enumerate().filter(|(_, atom)| atom.undo.is_some()) {
        holders.extend(atom.frees.iter().map(|value| (value, at)));
    }
    let waits = |at: usize| -> Vec<usize> {
        let Some(atom) = out.atoms.get(at) else { return Vec::new() };
        atom.takes.iter().filter_map(|value| holders.get(value).copied()).filter(|&holder| holder != at).collect()
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
        let (left, stays): (Vec<Name>, Vec<Name>) =
            std::mem::take(&mut atom.unuses).into_iter().partition(|name| !atom.uses.contains(name));
        atom.unuses = stays;
        let first = Atom {
            path: atom.path.clone(),
            text,
            line: atom.line.clone(),
            opens: false,
            effect: Effect::Remove,
            why: Why::MakesWay,
            group,
            defines: Vec::new(),
            undefines: Vec::new(),
            uses: Vec::new(),
            unuses: left,
            takes: Vec::new(),
            frees: std::mem::take(&mut atom.frees),
            holds: Vec::new(),
            drops: std::mem::take(&mut atom.drops),
            stays: Vec::new(),
            leaves: std::mem::take(&mut atom.leaves),
            undo: None,
            nest: None,
            needs: Vec::new(),
            changes: Vec::new(),
            part_of: Vec::new(),
        };
        out.groups.push((0, at));
        out.atoms.push(first);
    }
}
