//! The single steps a comparison finds, before they are put in order.

use std::collections::{BTreeMap, HashMap};

use super::explain::Why;
use super::names::Name;
use super::normal::Item;
use crate::diff::Effect;
use crate::diff::proof::{Facts, Step};

/// One command to be, with what its place in the order depends on.
#[derive(Debug)]
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
    /// What would take the replaced line back, where it holds such a value.
    pub(super) undo: Option<String>,
    /// Names of the lists this changes: who comes to one or leaves it should not see it half changed.
    pub(super) changes: Vec<Name>,
    /// Names of the new sections this is part of: whoever uses one waits for all of it.
    pub(super) part_of: Vec<Name>,
}

impl Atom {
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
}

/// Where lines trade values that may stand only once (two interfaces swap addresses), one gives its value up first.
pub(super) fn break_circles(out: &mut Difference) {
    let mut holder: HashMap<Name, usize> = HashMap::new();
    for (at, atom) in out.atoms.iter().enumerate().filter(|(_, atom)| atom.undo.is_some()) {
        holder.extend(atom.frees.iter().map(|value| (value.clone(), at)));
    }
    // Each step waits for at most one holder of its value, so a walk ends or comes round.
    let mut seen: HashMap<usize, usize> = HashMap::new();
    let starts: Vec<usize> =
        (0..out.atoms.len()).filter(|&at| out.atoms.get(at).is_some_and(|atom| atom.undo.is_some())).collect();
    for start in starts {
        let mut next = Some(start);
        while let Some(at) = next.filter(|at| !seen.contains_key(at)) {
            seen.insert(at, start);
            next = out.atoms.get(at).and_then(|atom| atom.takes.iter().find_map(|value| holder.get(value)).copied());
        }
        let Some(at) = next.filter(|at| seen.get(at) == Some(&start)) else { continue };
        let Some(atom) = out.atoms.get_mut(at) else { continue };
        let Some(text) = atom.undo.take() else { continue };
        let first = Atom {
            path: atom.path.clone(),
            text,
            line: atom.line.clone(),
            opens: false,
            effect: Effect::Remove,
            why: Why::MakesWay,
            group: out.groups.len(),
            defines: Vec::new(),
            undefines: Vec::new(),
            uses: Vec::new(),
            unuses: Vec::new(),
            takes: Vec::new(),
            frees: std::mem::take(&mut atom.frees),
            holds: Vec::new(),
            drops: std::mem::take(&mut atom.drops),
            undo: None,
            changes: Vec::new(),
            part_of: Vec::new(),
        };
        out.groups.push((0, at));
        out.atoms.push(first);
    }
}
