//! Two configurations to the single steps between them, not yet in their final order.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet, HashSetExt as _};

use smallvec::SmallVec;

use super::explain::Why;
use super::left::Left;
use super::moves::{order_nests, owner};
use super::names::{Guard, Name, defined, full, guard, guarded, names, walk};
use super::normal::{Item, ordered_rule};
use super::numbered;
use super::places::Places;
use super::step::{Atom, Difference, Tie, break_circles};
use super::turned::Turned;
use crate::config::{self, Phrase, Table};
use crate::diff::stored;
use crate::diff::{Effect, Options};
use crate::platform::Platform;
use crate::platform::rules::Rules;
use crate::secret::Sealed;
use crate::value::Text;

/// Finds the steps from one configuration to another.
pub(super) fn compare(platform: &Platform, options: &Options, run: &[Item], want: &[Item]) -> Difference {
    let mut differ = Differ {
        rules: &platform.rules,
        sealed: options.sealed.as_deref(),
        out: Difference::default(),
        path: Vec::new(),
        texts: Vec::new(),
        depth: 0,
        frames: Vec::new(),
        group: 0,
        needs: Vec::new(),
        gone: HashSet::new(),
        part_of: Vec::new(),
        changes: Vec::new(),
        creating: false,
        was: Places::new(&platform.rules, run),
        will: Places::new(&platform.rules, want),
        turned: Turned::between(&platform.rules, run, want),
        absorbing: Vec::new(),
    };
    if !platform.rules.follows.is_empty() {
        let after = defined(&platform.rules, want);
        differ.gone = defined(&platform.rules, run).into_iter().filter(|name| !after.contains(name)).collect();
    }
    differ.unordered(run, want);
    differ.out.take_along();
    differ.give_up();
    order_nests(&mut differ.out, &platform.rules, run, want);
    break_circles(&mut differ.out);
    differ.out
}

/// Puts numbered lists in the place of those that stand there, and those in theirs: once for the configuration as the device
/// will print it, once more for what it was. Nothing is copied.
pub(super) fn exchange(items: &mut [Item], numbered: &mut BTreeMap<Vec<Text>, Vec<Item>>) {
    fn each(items: &mut [Item], path: &mut Vec<Text>, numbered: &mut BTreeMap<Vec<Text>, Vec<Item>>) {
        for item in items.iter_mut().filter(|item| !item.children.is_empty()) {
            path.push(item.canon.clone());
            match numbered.get_mut(path) {
                Some(children) => std::mem::swap(&mut item.children, children),
                None => each(&mut item.children, path, numbered),
            }
            path.pop();
        }
    }
    each(items, &mut Vec::new(), numbered);
}

/// Whether an empty section of this kind is as good as none.
pub(super) fn always_there(rules: &Rules, path: &[Text], item: &Item) -> bool {
    let above = config::above(path);
    let words = config::words(item.said());
    rules.permanent.is_match(&above, &words) || rules.resettable.is_match(&above, &words)
}

/// Top-level phases; leaving a place to the next phase is what keeps sections whole.
const TAKE: u8 = 0;
const GIVE: u8 = 1;
const TAKE_LATE: u8 = 2;
pub(super) const GIVE_LATE: u8 = 3;
const TAKE_SECTION: u8 = 4;

pub(super) struct Differ<'p> {
    pub(super) rules: &'p Rules,
    sealed: Option<&'p Sealed>,
    pub(super) out: Difference,
    /// Canonical headers around the lines in hand.
    pub(super) path: Vec<Text>,
    /// The same as they are typed.
    pub(super) texts: Vec<Text>,
    /// How many of them are more than frames.
    depth: usize,
    /// The groups of the lines that stand directly in the frames around.
    frames: Vec<usize>,
    /// The group of the next step.
    pub(super) group: usize,
    /// New name spaces around the lines in hand.
    needs: Vec<Name>,
    /// Names that go, where sections may go with them.
    gone: HashSet<Name>,
    part_of: Vec<Name>,
    changes: Vec<Name>,
    creating: bool,
    /// Where names that stand in one place at a time stand before and after.
    was: Places,
    will: Places,
    /// What goes by itself.
    turned: Turned<'p>,
    /// What lines of the section in hand take over.
    pub(super) absorbing: Vec<HashSet<String>>,
}

impl Differ<'_> {
    pub(super) fn above(&self) -> SmallVec<[&str; 6]> {
        config::above(&self.path)
    }

    /// Opens a group when at the top; below it the group of the top-level line goes on.
    fn place(&mut self, phase: u8, position: usize, item: &Item) {
        if self.depth > 0 || item.frame {
            return;
        }
        match self.frames.last() {
            None => self.open_group(phase, position),
            // What stands in a frame stays together; entries are wholes of their own.
            Some(&own) if !item.opens => self.group = own,
            Some(_) => self.next_group(phase),
        }
    }

    fn open_group(&mut self, phase: u8, position: usize) {
        self.group = self.out.groups.len();
        self.out.groups.push((phase, position));
    }

    /// What follows is a whole of its own, unless it is part of one.
    pub(super) fn own_group(&mut self) {
        if self.depth == 0 {
            self.next_group(GIVE);
        }
    }

    /// A group after all others of its phase; removals stand the other way round.
    fn next_group(&mut self, phase: u8) {
        let next = self.out.groups.len();
        self.open_group(phase, if matches!(phase, GIVE | GIVE_LATE) { next } else { usize::MAX - next });
    }

    fn key(&self, item: &Item) -> Option<String> {
        if let Some(name) = &item.block {
            return Some(name.to_string());
        }
        let above = self.above();
        let words = config::words(&item.canon);
        let (words, _) = self.rules.positive(&words);
        if let Some(((), found)) = self.rules.renews.find(&above, words) {
            return Some(found.key);
        }
        if self.rules.multi.is_match(&above, words) {
            return None;
        }
        self.rules.single.find(&above, words).map(|((), found)| found.key)
    }

    pub(super) fn unordered(&mut self, run: &[Item], want: &[Item]) {
        let absorbing = self.absorbing(want);
        let around = std::mem::replace(&mut self.absorbing, absorbing);
        self.unordered_lines(run, want);
        self.absorbing = around;
    }

    fn unordered_lines(&mut self, run: &[Item], want: &[Item]) {
        let mut left = Left::new(run, want);
        // Secrets stored in another form are the same secret.
        left.same_key(
            |item| if item.opens && !self.is_rewritten(item) { None } else { self.key(item) },
            |have, wish| stored::same_line(self.rules, self.sealed, &self.path, &have.canon, &wish.canon),
        );

        if !self.rules.grows.is_empty() {
            left.grown(|item| {
                self.rules.grows.may_match(&item.canon)
                    && self.rules.grows.is_match(&self.above(), &config::words(&item.canon))
            });
        }

        let began = self.out.atoms.len();
        let cleared = self.cleared(run, want, &left);
        let in_the_way = self.in_the_way(run, want, &left);
        self.removals(run, want, &mut left, &in_the_way);
        // What is in the way of each new line, as far as it still goes.
        let mut ways: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for at in left.going(run) {
            if let Some(waits) = in_the_way.get(&at) {
                ways.entry(*waits).or_default().push(at);
            }
        }
        let mut last = Vec::new();
        let mut order: Vec<usize> = (0..want.len()).collect();
        if !cleared.is_empty() {
            // What takes others along comes before them.
            order.sort_by_key(|at| !want.get(*at).is_some_and(|wish| self.takes_along(wish)));
        }
        for position in order {
            let Some(wish) = want.get(position) else { continue };
            let Some(have) = left.paired.get(position).copied().flatten() else {
                if self.comes_last(wish) {
                    last.push(position);
                    continue;
                }
                self.place(GIVE, position, wish);
                self.make_way(ways.get(&position), run, want);
                self.addition(wish, position, run, &left);
                continue;
            };
            let Some(have) = run.get(have) else { continue };
            self.place(GIVE, position, wish);
            let step = self.out.atoms.len();
            self.both(have, wish);
            self.late_where_it_loses(step);
            if self.is_one_of(&cleared, wish) {
                self.say(wish, wish.text.clone(), Effect::Add, Why::Again);
            }
        }
        self.late_removals(run, want, &left, &in_the_way);
        for position in last {
            if let Some(wish) = want.get(position) {
                self.place(GIVE_LATE, position, wish);
                self.make_way(ways.get(&position), run, want);
                self.addition(wish, position, run, &left);
            }
        }
        if !cleared.is_empty() {
            self.lose(began, run, &cleared);
        }
    }

    /// Which lines of the section go along with lines that change.
    fn cleared(&self, run: &[Item], want: &[Item], left: &Left<'_>) -> Vec<Phrase> {
        if self.rules.clears.is_empty() || self.path.is_empty() || self.creating {
            return Vec::new();
        }
        let going = left.going(run).filter_map(|at| run.get(at));
        let coming = want.iter().zip(&left.paired).filter(|(_, paired)| paired.is_none()).map(|(wish, _)| wish);
        let above = self.above();
        going
            .chain(coming)
            .flat_map(|item| {
                let words = config::words(&item.canon);
                self.rules.clears.taken(&above, &words).cloned().collect::<Vec<_>>()
            })
            .collect()
    }

    fn takes_along(&self, item: &Item) -> bool {
        let words = config::words(&item.canon);
        self.rules.clears.taken(&self.above(), &words).next().is_some()
    }

    fn is_one_of(&self, phrases: &[Phrase], item: &Item) -> bool {
        let words = || config::words(&item.canon);
        phrases.iter().any(|phrase| phrase.may_match(&item.canon) && phrase.is_match(&self.above(), &words()))
    }

    /// Notes what the lines that take others along cost.
    fn lose(&mut self, began: usize, run: &[Item], cleared: &[Phrase]) {
        let mut lost = (Vec::new(), Vec::new());
        for item in run.iter().filter(|item| self.is_one_of(cleared, item)) {
            lost.0.extend(names(self.rules, &self.rules.unique, &self.path, item.said()));
            lost.1.extend(guarded(self.rules, &self.path, item.said()));
        }
        let above = config::above(&self.path);
        let first = self.out.atoms.get_mut(began..).unwrap_or_default().iter_mut().find(|atom| {
            let words = config::words(&atom.line);
            atom.path == self.texts && self.rules.clears.taken(&above, &words).next().is_some()
        });
        if let Some(atom) = first {
            atom.tie(Tie::Frees, lost.0);
            atom.tie(Tie::Drops, lost.1);
        }
    }

    /// A line that stands in both.
    fn both(&mut self, have: &Item, wish: &Item) {
        if let (Some(old), Some(new)) = (&have.list, &wish.list) {
            if old != new
                && let Some(rule) = self.rules.lists.get(new.rule)
            {
                self.list(have, wish, rule);
            }
            return;
        }
        if have.children.is_empty() && wish.children.is_empty() {
            return;
        }
        self.enter(wish);
        if wish.frame || wish.scope {
            self.inside(&have.children, &wish.children);
            return self.leave();
        }
        let began = self.out.atoms.len();
        let grouped = wish.group.and_then(|at| self.rules.grouped.get(at)).map(|rule| rule.numbered.as_ref());
        let ordered = ordered_rule(self.rules, &self.path).map(|rule| rule.numbered.as_ref());
        match grouped.or(ordered) {
            Some(Some(rule)) => {
                let parts = self.changes.len();
                let above = self.path.split_last().map_or(&[][..], |(_, above)| above);
                let (path, text) = full(above, wish);
                self.changes.extend(names(self.rules, &self.rules.references.define, path, &text));
                numbered::compare(self, rule, have, wish);
                self.changes.truncate(parts);
            }
            Some(None) => self.partly_ordered(&have.children, &wish.children),
            None => self.unordered(&have.children, &wish.children),
        }
        self.pause(began, have, wish);
        self.leave();
    }

    /// What stands in a frame or name space that may be new.
    fn inside(&mut self, run: &[Item], want: &[Item]) {
        match ordered_rule(self.rules, &self.path).and_then(|rule| rule.moves.as_ref()) {
            Some(moves) => self.moved(run, want, moves),
            None => self.unordered(run, want),
        }
    }

    pub(super) fn enter(&mut self, item: &Item) {
        if self.depth == 0 && (item.frame || item.scope) {
            self.next_group(GIVE);
            self.frames.push(self.group);
        } else {
            self.depth += 1;
        }
        self.path.push(item.canon.clone());
        self.texts.push(item.text.clone());
    }

    pub(super) fn leave(&mut self) {
        self.path.pop();
        self.texts.pop();
        match self.depth.checked_sub(1) {
            Some(less) => self.depth = less,
            None => drop(self.frames.pop()),
        }
        if self.depth == 0
            && let Some(&own) = self.frames.last()
        {
            self.group = own;
        }
    }

    fn addition(&mut self, wish: &Item, position: usize, run: &[Item], left: &Left<'_>) {
        // What is always there needs no making, only its lines.
        if wish.context || wish.frame || (wish.opens && self.is_permanent(wish)) {
            self.enter(wish);
            self.inside(&[], &wish.children);
            self.leave();
            return;
        }
        if wish.scope && self.depth == 0 {
            let header = Item { children: Vec::new(), ..wish.clone() };
            self.create(&header, Effect::Add, &Why::New, &[]);
            let needs = self.needs.len();
            self.needs.extend(names(self.rules, &self.rules.references.define, &self.path, wish.said()));
            self.enter(wish);
            self.inside(&[], &wish.children);
            self.leave();
            self.needs.truncate(needs);
            return;
        }
        let replaced: Vec<&Item> =
            left.replaced.get(&position).into_iter().flatten().filter_map(|&at| run.get(at)).collect();
        // "Not here" asks for something only where the name is here.
        if replaced.is_empty() && self.not_here(wish) {
            return;
        }
        let moved = self.was.elsewhere(self.rules, &self.path, &wish.text);
        if wish.default && replaced.is_empty() && moved.is_empty() && !self.creating {
            return;
        }
        if let [old] = replaced.as_slice()
            && self.not_here(wish)
            && names(self.rules, &self.rules.moves, &self.path, &old.text).is_empty()
        {
            // "Not here" of a name that is here in another way: that way is what goes.
            self.say(old, self.negation(old).0, Effect::Remove, Why::Gone);
            return;
        }
        if wish.opens && wish.children.is_empty() && always_there(self.rules, &self.path, wish) {
            return;
        }
        let why = match (replaced.as_slice(), moved.as_slice()) {
            ([old, ..], _) => Why::Replaces(stored::masked(self.rules, Some(&self.path), &old.text).into()),
            ([], [old, ..]) => Why::From(old.path.last().cloned().unwrap_or_default()),
            ([], []) => Why::New,
        };
        let effect = if replaced.is_empty() && moved.is_empty() { Effect::Add } else { Effect::Change };
        self.create(wish, effect, &why, &replaced);
    }

    /// A line or a whole section that was not there.
    pub(super) fn create(&mut self, wish: &Item, effect: Effect, why: &Why, replaced: &[&Item]) {
        if wish.frame {
            self.enter(wish);
            for child in &wish.children {
                self.create(child, Effect::Add, why, &[]);
            }
            self.leave();
            return;
        }
        if wish.group.is_some() {
            self.enter(wish);
            for child in &wish.children {
                self.say(child, child.text.clone(), Effect::Add, Why::New);
            }
            self.leave();
            return;
        }
        for (at, text) in self.whole_list(wish).into_iter().enumerate() {
            let mut atom = self.atom(wish, text, effect, why.clone());
            if at > 0 {
                atom.effect = Effect::Add;
            }
            atom.opens = wish.opens;
            atom.tie(Tie::Defines, names(self.rules, &self.rules.references.define, &self.path, wish.said()));
            atom.tie(Tie::Uses, names(self.rules, &self.rules.references.uses, &self.path, wish.said()));
            atom.tie(Tie::Takes, names(self.rules, &self.rules.unique, &self.path, wish.said()));
            atom.tie(Tie::Takes, self.only_one(wish));
            self.settle(&mut atom, &self.path, wish.said());
            for old in replaced {
                self.forget(&mut atom, old);
            }
            for old in self.was.elsewhere(self.rules, &self.path, wish.said()) {
                self.forget_line(&mut atom, &old.path, &old.text);
                atom.tie(Tie::Stays, old.path.last().map(|header| section(header)));
                atom.tie(Tie::Stays, names(self.rules, &self.rules.moves, &old.path, &old.text).into_iter().map(moved));
            }
            // Who gives a name its new place waits for no other place of it.
            let stays: Vec<Name> = atom.of(Tie::Stays).cloned().collect();
            atom.untie(Tie::Leaves, |name| stays.contains(name));
            if !names(self.rules, &self.rules.nests, &self.path, wish.said()).is_empty() {
                atom.nest = owner(self.rules, &self.path).map(Box::new);
            }
            if (atom.any(Tie::Frees) && atom.any(Tie::Takes)) || atom.nest.is_some() {
                atom.undo = replaced.first().map(|old| {
                    let stays: HashSet<&str> = wish.said().split_ascii_whitespace().collect();
                    self.without(old, |word| !stays.contains(word)).into()
                });
            }
            self.out.atoms.push(atom);
        }
        if wish.children.is_empty() {
            return;
        }
        let defines = names(self.rules, &self.rules.references.define, &self.path, wish.said());
        let parts = self.part_of.len();
        self.part_of.extend(defines);
        let before = std::mem::replace(&mut self.creating, true);
        self.enter(wish);
        for child in &wish.children {
            self.create(child, Effect::Add, &Why::PartOf(wish.text.clone()), &[]);
        }
        self.leave();
        self.creating = before;
        self.part_of.truncate(parts);
    }

    /// Lines that go before anything new comes.
    fn removals(&mut self, run: &[Item], want: &[Item], left: &mut Left<'_>, in_the_way: &BTreeMap<usize, usize>) {
        let above = self.above();
        let said = |table: &Table<()>, line: &str| table.is_match(&above, &config::words(line));
        left.negated(
            &self.rules.negation,
            |line| said(&self.rules.defaults, line),
            |line| said(&self.rules.switches, line),
        );
        drop(above);
        let mut going: Vec<usize> = left.going(run).collect();
        let is_first = |at: &usize| {
            run.get(*at).is_some_and(|item| {
                let words = config::words(&item.canon);
                self.rules.first_out.is_match(&self.above(), &words)
            })
        };
        let firsts: BTreeSet<usize> = going.iter().copied().filter(is_first).collect();
        // Later lines hang on earlier ones, so they go first.
        going.reverse();
        going.sort_by_key(|at| !firsts.contains(at));
        for at in going {
            let Some(item) = run.get(at) else { continue };
            if !in_the_way.contains_key(&at) && !self.late(item) {
                self.place(TAKE, if firsts.contains(&at) { 0 } else { run.len() - at }, item);
                self.remove(item, want);
            }
        }
    }

    fn late_removals(&mut self, run: &[Item], want: &[Item], left: &Left<'_>, in_the_way: &BTreeMap<usize, usize>) {
        let mut going: Vec<usize> = left.going(run).collect();
        going.reverse();
        for at in going {
            let Some(item) = run.get(at) else { continue };
            if !in_the_way.contains_key(&at) && self.late(item) {
                let phase = if item.opens || item.group.is_some() { TAKE_SECTION } else { TAKE_LATE };
                self.place(phase, run.len() - at, item);
                self.remove(item, want);
            }
        }
    }

    /// Lines of which several may stand side by side and that must go before a new one comes all the same, with the
    /// place of that one: one of the two goes on where the other ends, `ntp server X` and `ntp server X prefer`, or they
    /// are alike. Devices may take such two for one, and what takes the old line back would take the new one along.
    fn in_the_way(&self, run: &[Item], want: &[Item], left: &Left<'_>) -> BTreeMap<usize, usize> {
        let above = self.above();
        let several = |item: &Item| {
            !item.opens && item.group.is_none() && self.rules.multi.is_match(&above, &config::words(&item.canon))
        };
        let key = |item: &Item| self.rules.alike.find(&above, &config::words(&item.canon)).map(|((), found)| found.key);
        let is_new = |at: usize| left.paired.get(at).copied().flatten().is_none();
        let new = || want.iter().enumerate().filter(|(at, wish)| is_new(*at) && several(wish));
        let texts: BTreeMap<&str, usize> = new().map(|(at, wish)| (wish.canon.as_str(), at)).collect();
        if texts.is_empty() {
            return BTreeMap::new();
        }
        let keys: BTreeMap<String, usize> = new().filter_map(|(at, wish)| Some((key(wish)?, at))).collect();
        let longer = |line: &str| {
            let start = format!("{line} ");
            texts.range(start.as_str()..).next().filter(|(new, _)| new.starts_with(&start)).map(|(_, at)| *at)
        };
        let shorter = |line: &str| {
            let mut starts = line.match_indices(' ').filter_map(|(at, _)| line.get(..at));
            starts.find_map(|start| texts.get(start).copied())
        };
        let of = |have: &Item| {
            longer(&have.canon).or_else(|| shorter(&have.canon)).or_else(|| keys.get(&key(have)?).copied())
        };
        let waits = |at: usize| run.get(at).filter(|have| several(have)).and_then(of);
        left.going(run).filter_map(|at| Some((at, waits(at)?))).collect()
    }

    /// Takes away what is in the way of a line that comes next.
    fn make_way(&mut self, old: Option<&Vec<usize>>, run: &[Item], want: &[Item]) {
        for item in old.into_iter().flatten().filter_map(|at| run.get(*at)) {
            self.remove(item, want);
        }
    }

    fn remove(&mut self, item: &Item, want: &[Item]) {
        if item.default && item.children.is_empty() {
            return;
        }
        if !self.will.elsewhere(self.rules, &self.path, &item.text).is_empty()
            || self.not_here(item)
            || self.turned.takes(self.rules, &self.path, item)
            || self.is_absorbed(item)
        {
            return;
        }
        let above = self.above();
        let words = config::words(item.said());
        let permanent = self.rules.permanent.is_match(&above, &words);
        let resettable = self.rules.resettable.is_match(&above, &words);
        drop(above);
        if item.children.is_empty() && (permanent || resettable) {
            return;
        }
        if permanent || item.context || item.partial || item.frame {
            self.enter(item);
            self.unordered(&item.children, &[]);
            self.leave();
            return;
        }
        let (text, by_rule) = self.negation(item);
        // What says that there is nothing cannot be taken back: nobody knows what the device would have instead.
        if by_rule && text == item.text {
            let shown = stored::masked(self.rules, Some(&self.path), &text);
            self.out.warnings.push(format!("`{shown}` is left: what the device has without it is not known"));
            return;
        }
        // A truncated negation takes every line of that key: it must not take one that stays.
        if by_rule && !item.opens {
            let key = self.key(item);
            let kept = want.iter().any(|wish| !wish.opens && key.is_some() && self.key(wish) == key);
            if kept {
                let shown = stored::masked(self.rules, Some(&self.path), &item.text);
                self.out.warnings.push(format!("`{shown}` is left: `{text}` would take more than this line"));
                return;
            }
        }
        if item.opens && !self.gone.is_empty() {
            let follows = names(self.rules, &self.rules.follows, &self.path, item.said());
            if let Some(name) = follows.into_iter().find(|name| self.gone.contains(name)) {
                let mut atom = self.atom(item, text, Effect::Remove, Why::Gone);
                self.forget(&mut atom, item);
                self.out.followers.push((name, atom));
                return;
            }
        }
        let step = self.out.atoms.len();
        self.say(item, text, Effect::Remove, Why::Gone);
        self.hold(step, item);
    }

    /// The command that takes a line back, and whether a rule of the platform gave it.
    pub(super) fn negation(&self, item: &Item) -> (String, bool) {
        let rules = self.rules;
        let (above, text) = full(&self.path, item);
        let above = config::above(above);
        let words = config::words(&text);
        if let Some(text) = rules.negate.apply(&above, &words) {
            return (if item.plain.is_some() { crate::diff::edit::typed(&text) } else { text }, true);
        }
        if item.group.is_some() {
            return (format!("{} {}", rules.negation, item.text), false);
        }
        if let Some(name) = &item.block {
            return (format!("{} {name}", rules.negation), true);
        }
        match text.strip_prefix(&rules.negation).and_then(|rest| rest.strip_prefix(' ')) {
            Some(rest) => (rest.to_owned(), false),
            None => (format!("{} {}", rules.negation, item.text), false),
        }
    }

    /// Adds a step about one line.
    pub(super) fn say(&mut self, item: &Item, text: impl Into<Text>, effect: Effect, why: Why) {
        let mut atom = self.atom(item, text, effect, why);
        if effect == Effect::Remove {
            self.forget(&mut atom, item);
        } else {
            let (path, line) = full(&self.path, item);
            atom.tie(Tie::Defines, names(self.rules, &self.rules.references.define, path, &line));
            atom.tie(Tie::Uses, names(self.rules, &self.rules.references.uses, path, &line));
            atom.tie(Tie::Takes, names(self.rules, &self.rules.unique, path, &line));
            self.settle(&mut atom, path, &line);
        }
        self.out.atoms.push(atom);
    }

    /// Whether a section may be given another header.
    fn is_rewritten(&self, item: &Item) -> bool {
        self.rules.rewritten.is_match(&self.above(), &config::words(item.said()))
    }

    /// A section of which there can be only one: the old one leaves before the new one comes.
    fn only_one(&self, item: &Item) -> Option<Name> {
        let key = (item.opens && !self.is_rewritten(item)).then(|| self.key(item)).flatten()?;
        Some((Text::new_static("only"), key.into()))
    }

    /// Notes everything a line and its section defined, used and held.
    fn forget(&self, atom: &mut Atom, old: &Item) {
        atom.tie(Tie::Frees, self.only_one(old));
        walk(old, &mut self.path.clone(), &mut |path, item| {
            let (path, line) = full(path, item);
            if item.opens && !self.rules.moves.is_empty() {
                atom.tie(Tie::Leaves, [section(&item.canon)]);
            }
            // What moves is taken out of here by the line that takes it in elsewhere.
            if self.will.elsewhere(self.rules, path, &line).is_empty() {
                self.forget_line(atom, path, &line);
            } else {
                atom.tie(Tie::Leaves, names(self.rules, &self.rules.moves, path, &line).into_iter().map(moved));
            }
        });
    }

    fn forget_line(&self, atom: &mut Atom, path: &[Text], line: &str) {
        atom.tie(Tie::Undefines, names(self.rules, &self.rules.references.define, path, line));
        atom.tie(Tie::Unuses, names(self.rules, &self.rules.references.uses, path, line));
        atom.tie(Tie::Frees, names(self.rules, &self.rules.unique, path, line));
        if let Some(Guard { name, named }) = guard(self.rules, path, line) {
            atom.tie(Tie::Leaves, named.then(|| name.clone()));
            atom.tie(Tie::Drops, [name]);
        }
    }

    /// Notes what a line that comes guards.
    fn settle(&self, atom: &mut Atom, path: &[Text], line: &str) {
        if let Some(Guard { name, named }) = guard(self.rules, path, line) {
            atom.tie(Tie::Stays, named.then(|| name.clone()));
            atom.tie(Tie::Holds, [name]);
        }
    }

    pub(super) fn atom(&self, item: &Item, text: impl Into<Text>, effect: Effect, why: Why) -> Atom {
        let text = text.into();
        let in_group = self.path.last().and_then(|header| header.strip_suffix(" …"));
        let (path, text, line) = match in_group {
            // A line of a group is a top-level line again.
            Some(head) => {
                let no = &self.rules.negation;
                let text = match text.strip_prefix(no.as_str()).and_then(|rest| rest.strip_prefix(' ')) {
                    Some(rest) => format!("{no} {head} {rest}"),
                    None => format!("{head} {text}"),
                };
                (Vec::new(), text.into(), format!("{head} {}", item.text).into())
            }
            None => (self.texts.clone(), text, item.plain.as_ref().unwrap_or(&item.text).clone()),
        };
        let mut atom = Atom::new(path, [text, line], effect, why, self.group);
        atom.tie(Tie::Needs, self.needs.iter().cloned());
        atom.tie(Tie::Changes, self.changes.iter().cloned());
        atom.tie(Tie::PartOf, self.part_of.iter().cloned());
        atom
    }

    /// A section where some lines have an order, or all.
    fn partly_ordered(&mut self, run: &[Item], want: &[Item]) {
        let Some(lines) = ordered_rule(self.rules, &self.path).and_then(|rule| rule.lines.as_ref()) else {
            self.sequence(run, want);
            return;
        };
        let above = self.above();
        let split = |items: &[Item]| -> (Vec<Item>, Vec<Item>) {
            items.iter().cloned().partition(|item| {
                let words = config::words(&item.text);
                lines.is_match(&above, &words)
            })
        };
        let ((run, others), (want, other)) = (split(run), split(want));
        drop(above);
        self.unordered(&others, &other);
        self.sequence(&run, &want);
    }

    /// Sections in an order without numbers: what does not fit is taken out and put in again.
    fn sequence(&mut self, run: &[Item], want: &[Item]) {
        let pairs = numbered::longest(
            &run.iter().map(|item| item.canon.as_str()).collect::<Vec<_>>(),
            &want.iter().map(|item| item.canon.as_str()).collect::<Vec<_>>(),
            |_| 1,
        );
        let mut at_run: HashMap<usize, usize> = pairs.iter().copied().collect();
        // A new entry can only be put at the end, so whatever stands after the first insertion moves behind it.
        let mut at_want: HashMap<usize, usize> = pairs.iter().map(|&(r, w)| (w, r)).collect();
        let mut inserted = false;
        for (position, wish) in want.iter().enumerate() {
            match at_want.get(&position).copied() {
                None => inserted = true,
                Some(have) if inserted && !self.is_permanent(wish) => {
                    at_run.remove(&have);
                    at_want.remove(&position);
                }
                Some(_) => {}
            }
        }
        for (at, item) in run.iter().enumerate().rev() {
            if !at_run.contains_key(&at) {
                self.remove(item, &[]);
            }
        }
        for (position, wish) in want.iter().enumerate() {
            match at_want.get(&position).and_then(|&at| run.get(at)) {
                Some(have) => self.both(have, wish),
                None => self.create(wish, Effect::Add, &Why::New, &[]),
            }
        }
    }

    /// Whether a line says that a name which stands in one place at a time does not stand here.
    fn not_here(&self, item: &Item) -> bool {
        let positive = item.text.strip_prefix(&self.rules.negation).and_then(|rest| rest.strip_prefix(' '));
        positive.is_some_and(|line| !names(self.rules, &self.rules.moves, &self.path, line).is_empty())
    }

    fn is_permanent(&self, item: &Item) -> bool {
        let words = config::words(item.said());
        self.rules.permanent.is_match(&self.above(), &words)
    }
}

/// A name on its way: what takes its old place in another way waits until it has come to the new one.
fn moved((kind, name): Name) -> Name {
    (Text::new_static("moved"), format!("{kind} {name}").into())
}

/// A section as something that names move out of before it goes.
fn section(header: &str) -> Name {
    (Text::new_static("section"), header.into())
}
