//! What differs between two trees of paths, as single changes without an order.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::read::{Config, Statement, lookup};
use crate::diff::{Effect, stored};
use crate::platform::rules::Rules;
use crate::secret::Sealed;

/// When a change is made, if nothing else decides: a phase (0 unlocks, 2 brings, 3 takes, 5 switches, 6 locks), then a
/// place in the text.
pub(super) type Rank = (u8, usize);

/// Why a change is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Intended and not there.
    New,
    /// There and not intended.
    Gone,
    /// Makes room for the value that follows.
    GivesWay,
    /// Another value; the old one, masked.
    Replaces(String),
    /// Switched on or off, locked or unlocked.
    Mark(&'static str),
}

/// One command to come.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) text: String,
    pub(super) effect: Effect,
    pub(super) why: Why,
    pub(super) rank: Rank,
    /// The place it names: in the old tree for a deletion, in the new one for all else.
    pub(super) place: usize,
    /// Ends of statements that go, in the old tree.
    pub(super) takes: Vec<usize>,
    /// Ends of statements that come, in the new tree.
    pub(super) gives: Vec<usize>,
    /// Places of the new tree whose old words must have gone first.
    pub(super) after: BTreeSet<usize>,
    /// The place of the new tree under which something goes before new words come.
    pub(super) frees: Option<usize>,
}

/// The changes from one tree to another.
pub(super) fn compare(
    rules: &Rules,
    sealed: Option<&Sealed>,
    have: &Config,
    want: &Config,
    guard: &Config,
) -> Vec<Change> {
    let to_have = twins(want, have);
    let to_want = twins(have, want);
    let mut work = Work {
        rules,
        sealed,
        have,
        want,
        guard,
        to_have,
        to_want,
        same: HashSet::new(),
        kept: HashSet::new(),
        coming: BTreeMap::new(),
        replaced: HashMap::new(),
        emptied: BTreeSet::new(),
        changes: Vec::new(),
    };
    work.verify_secrets();
    work.find_new();
    work.deletions();
    for (at, statement) in want.statements.iter().enumerate() {
        work.setting(at, statement);
    }
    work.marks();
    work.changes
}

/// For each place of one tree, the same place of the other where something managed stands.
fn twins(of: &Config, within: &Config) -> Vec<Option<usize>> {
    let mut twins: Vec<Option<usize>> = Vec::with_capacity(of.places.len());
    for (at, place) in of.places.iter().enumerate() {
        let above = if at == 0 { None } else { twins.get(place.parent).copied().flatten() };
        let found = above.and_then(|above| within.child(above, &place.word));
        let found = found.filter(|&twin| within.place(twin).is_some_and(|place| place.live));
        twins.push(if at == 0 { Some(0) } else { found });
    }
    twins
}

struct Work<'c> {
    rules: &'c Rules,
    sealed: Option<&'c Sealed>,
    have: &'c Config,
    want: &'c Config,
    /// The tree that knows what stands outside the managed region.
    guard: &'c Config,
    to_have: Vec<Option<usize>>,
    to_want: Vec<Option<usize>>,
    /// Ends of the new tree that an old statement satisfies in other words.
    same: HashSet<usize>,
    /// Places of the old tree that must stay for them.
    kept: HashSet<usize>,
    /// Places of the new tree under which new words come, with the first statement that brings one.
    coming: BTreeMap<usize, usize>,
    /// Old words under a place of the new tree that go.
    replaced: HashMap<usize, Vec<usize>>,
    /// Places of the old tree that are deleted and set again.
    emptied: BTreeSet<usize>,
    changes: Vec<Change>,
}

impl Work<'_> {
    fn twin(&self, new: usize) -> Option<usize> {
        self.to_have.get(new).copied().flatten()
    }

    /// Whether a place of the old tree stands in the new one.
    fn stands(&self, old: usize) -> bool {
        self.to_want.get(old).copied().flatten().is_some() || self.kept.contains(&old)
    }

    fn single(&self, config: &Config, at: usize) -> bool {
        at != 0 && !self.rules.single.is_empty() && lookup(self.rules, &self.rules.single, &config.words(at)).is_some()
    }

    /// Pairs statements that differ in the stored form of a secret only.
    fn verify_secrets(&mut self) {
        if self.rules.secrets.is_empty() {
            return;
        }
        let mut olds: HashMap<String, Vec<usize>> = HashMap::new();
        for &end in self.have.statements.iter().flat_map(|statement| &statement.leaves) {
            if !self.stands(end) && self.have.place(end).is_some_and(|place| place.ends) {
                let line = self.have.words(end).join(" ");
                let shown = stored::masked(self.rules, None, &line);
                if shown != line {
                    olds.entry(shown).or_default().push(end);
                }
            }
        }
        if olds.is_empty() {
            return;
        }
        for &end in self.want.statements.iter().flat_map(|statement| &statement.leaves) {
            if self.twin(end).is_some() || !self.want.place(end).is_some_and(|place| place.ends) {
                continue;
            }
            let line = self.want.words(end).join(" ");
            let Some(candidates) = olds.get(&stored::masked(self.rules, None, &line)) else { continue };
            let verifies = |old: &&usize| {
                stored::same_line(self.rules, self.sealed, &[], &self.have.words(**old).join(" "), &line)
            };
            if let Some(&old) = candidates.iter().find(verifies) {
                self.same.insert(end);
                self.kept.extend(self.have.route(old));
            }
        }
    }

    /// Whether a statement must be brought.
    fn missing(&self, end: usize) -> bool {
        self.want.place(end).is_some_and(|place| place.ends) && self.twin(end).is_none() && !self.same.contains(&end)
    }

    /// The place above the first new word of a path.
    fn joins(&self, end: usize) -> usize {
        let mut at = end;
        loop {
            let above = self.want.place(at).map_or(0, |place| place.parent);
            if self.twin(above).is_some() {
                return above;
            }
            at = above;
        }
    }

    fn find_new(&mut self) {
        let mut coming = BTreeMap::new();
        for (at, statement) in self.want.statements.iter().enumerate() {
            for &end in statement.leaves.iter().filter(|&&end| self.missing(end)) {
                coming.entry(self.joins(end)).or_insert(at);
            }
        }
        self.coming = coming;
    }

    fn deletions(&mut self) {
        let mut waiting = vec![0];
        while let Some(at) = waiting.pop() {
            for child in self.have.living(at).collect::<Vec<_>>() {
                if self.stands(child) {
                    waiting.push(child);
                } else {
                    self.delete(at, child);
                }
            }
        }
    }

    /// Takes a word and all below it away; `above` stays.
    fn delete(&mut self, above: usize, gone: usize) {
        let new = self.to_want.get(above).copied().flatten();
        let coming = new.and_then(|new| Some((new, *self.coming.get(&new)?)));
        if let Some((new, _)) = coming {
            self.replaced.entry(new).or_default().push(gone);
        }
        let single = self.single(self.have, above);
        if single && coming.is_some() {
            if self.rules.paths.overwrites {
                return;
            }
            // Without the value: it may be a secret, and there is only this one.
            if self.deletable(above) {
                if self.emptied.insert(above) {
                    self.push_delete(above, coming);
                }
                return;
            }
        }
        let list = self.have.place(above).is_some_and(|place| place.names) && !single;
        let coming = coming.filter(|&(new, _)| {
            !list && self.takes_place(gone, new) && !super::place::ordered(self.rules, self.have, above)
        });
        let mut waiting = vec![gone];
        while let Some(at) = waiting.pop() {
            let below: Vec<usize> = self.have.living(at).collect();
            if below.is_empty() || self.deletable(at) {
                self.push_delete(at, coming);
                continue;
            }
            waiting.extend(below.into_iter().rev());
        }
    }

    /// Whether what comes under a place may take the place of a word that goes: one value for another.
    fn takes_place(&self, gone: usize, new: usize) -> bool {
        let leaf = |config: &Config, at: usize| config.living(at).next().is_none();
        self.rules.paths.overwrites
            || leaf(self.have, gone)
            || self.want.living(new).any(|child| self.twin(child).is_none() && leaf(self.want, child))
    }

    fn push_delete(&mut self, at: usize, coming: Option<(usize, usize)>) {
        let rank = coming.map_or((3, at), |(_, first)| (2, 2 * first));
        self.changes.push(Change {
            text: format!("delete {}", self.have.typed(at)),
            effect: Effect::Remove,
            why: if coming.is_some() { Why::GivesWay } else { Why::Gone },
            rank,
            place: at,
            takes: self.have.ends(at),
            gives: Vec::new(),
            after: BTreeSet::new(),
            frees: coming.map(|(new, _)| new),
        });
    }

    /// Whether a deletion may name just this place.
    fn deletable(&self, at: usize) -> bool {
        let Some(place) = self.have.place(at) else { return false };
        if self.foreign(at) || self.have.living(at).any(|child| self.kept.contains(&child)) {
            return false;
        }
        if self.rules.paths.named.is_empty() || self.single(self.have, at) {
            return true;
        }
        if self.rules.paths.named.contains(place.word.as_str()) {
            return false;
        }
        // What has a name of its own stays, empty, when all below it goes.
        let words = self.have.words(at);
        let name_of = words.len().checked_sub(2).and_then(|above| words.get(above));
        if name_of.is_some_and(|word| self.rules.paths.named.contains(*word))
            || lookup(self.rules, &self.rules.sections, &words).is_some()
        {
            return true;
        }
        // One word and one value may be half a statement with its name.
        let mut below = self.have.living(at);
        let lone = below.next().is_some_and(|child| self.have.living(child).next().is_none()) && below.next().is_none();
        place.whole || (!place.half && (place.ends || !lone))
    }

    /// Whether something outside the managed region stands at or below a place of the old tree.
    fn foreign(&self, at: usize) -> bool {
        let mut here = 0;
        for step in self.have.route(at) {
            let word = self.have.place(step).map(|place| &place.word);
            let Some(next) = word.and_then(|word| self.guard.child(here, word)) else { return false };
            here = next;
        }
        self.guard.place(here).is_some_and(|place| place.foreign)
    }

    fn setting(&mut self, at: usize, statement: &Statement) {
        let is_bare = |end: &usize| self.bare(*end);
        let missing: Vec<usize> =
            statement.leaves.iter().copied().filter(|&end| self.missing(end) || is_bare(&end)).collect();
        let live = statement.leaves.iter().filter(|&&end| self.want.place(end).is_some_and(|place| place.ends));
        match &statement.written {
            Some(written) if missing.len() == live.count() && !missing.is_empty() => {
                let text = format!("set {written}");
                self.push_set(text, missing, at);
            }
            _ => {
                for end in missing {
                    self.push_set(format!("set {}", self.want.typed(end)), vec![end], at);
                }
            }
        }
    }

    /// Whether a statement without more words is left without any when all old words below it go.
    fn bare(&self, end: usize) -> bool {
        let Some(old) = self.twin(end) else { return false };
        let named =
            self.want.place(end).and_then(|place| self.want.place(place.parent)).is_some_and(|above| above.names);
        let ends = |config: &Config, at: usize| config.place(at).is_some_and(|place| place.ends);
        ends(self.want, end)
            && !ends(self.have, old)
            && !named
            && !self.foreign(old)
            && self.want.living(end).next().is_none()
            && !self.have.living(old).any(|child| self.stands(child))
    }

    fn push_set(&mut self, text: String, ends: Vec<usize>, at: usize) {
        let after: BTreeSet<usize> = ends.iter().map(|&end| self.joins(end)).collect();
        let old = after.first().filter(|_| ends.len() == 1 && after.len() == 1).and_then(|above| {
            let olds = self.replaced.get(above)?;
            let [old] = olds.as_slice() else { return None };
            let leaf = self.have.living(*old).next().is_none();
            let one = self.single(self.want, *above) || (leaf && self.new_words(*above) == 1 && !self.lists(*above));
            one.then(|| stored::masked(self.rules, None, &self.have.typed(*old)))
        });
        let (effect, why) = match old {
            Some(old) => (Effect::Change, Why::Replaces(old)),
            None => (Effect::Add, Why::New),
        };
        // What is overwritten goes with the command that brings the new value.
        let takes = match after.first() {
            Some(above) if self.rules.paths.overwrites && self.single(self.want, *above) => {
                let olds = self.replaced.get(above).map_or(&[][..], Vec::as_slice);
                olds.iter().flat_map(|&old| self.have.ends(old)).collect()
            }
            _ => Vec::new(),
        };
        let place = ends.first().copied().unwrap_or(0);
        self.changes.push(Change {
            text,
            effect,
            why,
            rank: (2, 2 * at + 1),
            place,
            takes,
            gives: ends,
            after,
            frees: None,
        });
    }

    fn new_words(&self, above: usize) -> usize {
        self.want.living(above).filter(|&child| self.twin(child).is_none()).count()
    }

    fn lists(&self, at: usize) -> bool {
        self.want.place(at).is_some_and(|place| place.names) || super::place::ordered(self.rules, self.want, at)
    }

    /// What is switched off and on, locked and unlocked.
    fn marks(&mut self) {
        let touched = self.touched();
        let mut marks = Vec::new();
        for (new, place) in self.want.places.iter().enumerate().skip(1).filter(|(_, place)| place.live) {
            let old = self.twin(new).filter(|old| !self.emptied.contains(old) && !self.foreign(*old));
            let was = old.and_then(|old| self.have.place(old));
            if self.twin(new).is_some_and(|old| self.foreign(old)) {
                continue;
            }
            let (off, locked) = was.map_or((false, false), |was| (was.inactive, was.protected));
            match (off, place.inactive) {
                (false, true) => marks.push(("deactivate", "is switched off", (5, new), new)),
                (true, false) => marks.push(("activate", "is switched on", (5, new), new)),
                _ => {}
            }
            let unlocks = locked && (!place.protected || touched.contains(&new));
            if unlocks {
                marks.push(("unprotect", "is unlocked", (0, new), new));
            }
            if place.protected && (unlocks || !locked) {
                marks.push(("protect", "is locked", (6, new), new));
            }
        }
        for (word, what, rank, new) in marks {
            self.changes.push(Change {
                text: format!("{word} {}", self.want.typed(new)),
                effect: Effect::Change,
                why: Why::Mark(what),
                rank,
                place: new,
                takes: Vec::new(),
                gives: self.want.ends(new),
                after: BTreeSet::new(),
                frees: None,
            });
        }
    }

    /// Places of the new tree in or below which something changes.
    fn touched(&self) -> HashSet<usize> {
        if !self.have.places.iter().any(|place| place.protected) {
            return HashSet::new();
        }
        let mut touched = HashSet::new();
        for change in &self.changes {
            for &end in &change.gives {
                touched.extend(self.want.route(end));
            }
            let olds = change.takes.iter().flat_map(|&end| self.have.route(end));
            touched.extend(olds.filter_map(|old| self.to_want.get(old).copied().flatten()));
        }
        touched
    }
}
