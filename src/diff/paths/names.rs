//! Names that statements define and use, and values that stand only once.

use std::collections::{BTreeSet, HashMap};

use super::compare::Change;
use super::read::{Config, below};
use crate::config::Table;
use crate::diff::{Effect, stored};
use crate::platform::rules::Rules;
use crate::value::Text;

/// A kind of name with the name.
pub(super) type Name = (Text, Text);

/// The names a table finds at ends of statements.
pub(super) fn names(rules: &Rules, table: &Table<()>, config: &Config, ends: &[usize]) -> BTreeSet<Name> {
    let mut found = BTreeSet::new();
    if table.is_empty() {
        return found;
    }
    for &end in ends {
        let words = config.words(end);
        let mut words = words.as_slice();
        loop {
            found.extend(table.all(&[], words).flat_map(|((), found)| found.names));
            match below(&rules.paths, words) {
                Some(rest) => words = rest,
                None => break,
            }
        }
    }
    found
}

/// Which change must wait for which.
#[derive(Debug, Default)]
pub(super) struct Waits {
    /// What waits for each place; places behind the changes stand for names.
    pub(super) after: Vec<Vec<usize>>,
    /// For how many each waits.
    pub(super) waits: Vec<usize>,
}

impl Waits {
    fn place(&mut self, known: &mut HashMap<(u8, Name), usize>, how: u8, name: Name) -> usize {
        let next = self.waits.len();
        let at = *known.entry((how, name)).or_insert(next);
        if at == next {
            self.waits.push(0);
            self.after.push(Vec::new());
        }
        at
    }

    fn wait(&mut self, first: usize, then: usize) {
        if let (Some(after), Some(waits)) = (self.after.get_mut(first), self.waits.get_mut(then)) {
            after.push(then);
            *waits += 1;
        }
    }
}

/// The order that names and places ask for.
pub(super) fn waits(rules: &Rules, have: &Config, want: &Config, changes: &[Change]) -> Waits {
    let mut all = Waits { after: vec![Vec::new(); changes.len()], waits: vec![0; changes.len()] };
    let mut known: HashMap<(u8, Name), usize> = HashMap::new();
    let references = &rules.references;
    for (at, change) in changes.iter().enumerate() {
        let gives = |table| names(rules, table, want, &change.gives);
        let takes = |table| names(rules, table, have, &change.takes);
        if !matches!(change.why, super::compare::Why::Mark(_)) {
            let defines = gives(&references.define);
            // What brings a name comes before what uses it.
            for name in gives(&references.uses).difference(&defines) {
                let place = all.place(&mut known, 0, name.clone());
                all.wait(place, at);
            }
            for name in defines {
                let place = all.place(&mut known, 0, name);
                all.wait(at, place);
            }
            for name in gives(&rules.unique) {
                let place = all.place(&mut known, 2, name);
                all.wait(place, at);
            }
        }
        let drops = takes(&references.define);
        // What used a name goes before what defined it.
        for name in takes(&references.uses).difference(&drops) {
            let place = all.place(&mut known, 1, name.clone());
            all.wait(at, place);
        }
        if change.effect == Effect::Remove {
            for name in drops {
                let place = all.place(&mut known, 1, name);
                all.wait(place, at);
            }
        }
        for name in takes(&rules.unique) {
            let place = all.place(&mut known, 2, name);
            all.wait(at, place);
        }
        // Old words go before new ones come in their place.
        for (how, place) in change.after.iter().map(|&place| (false, place)).chain(change.frees.map(|at| (true, at))) {
            let place = all.place(&mut known, 3, (Text::default(), place.to_string().into()));
            if how { all.wait(at, place) } else { all.wait(place, at) }
        }
    }
    all
}

/// Warnings about names that go although a statement that stays still uses them.
pub(super) fn left_behind(rules: &Rules, run: &Config, want: &Config, changes: &[Change]) -> Vec<String> {
    let taken: Vec<usize> = changes.iter().flat_map(|change| change.takes.iter().copied()).collect();
    let mut gone = names(rules, &rules.references.define, run, &taken);
    if gone.is_empty() {
        return Vec::new();
    }
    let all = want.ends(0);
    for name in names(rules, &rules.references.define, want, &all) {
        gone.remove(&name);
    }
    let mut warnings = BTreeSet::new();
    let mut check = |config: &Config, ends: &[usize], whose: &str| {
        for &end in ends {
            for name in names(rules, &rules.references.uses, config, &[end]).intersection(&gone) {
                let line = stored::masked(rules, None, &config.typed(end));
                warnings.insert(format!("{} {} goes, but {whose} still uses it: `{line}`", name.0, name.1));
            }
        }
    };
    if !gone.is_empty() {
        check(want, &all, "the intended configuration");
        check(run, &run.outside, "a line outside the managed region");
    }
    warnings.into_iter().collect()
}
