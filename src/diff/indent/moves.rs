//! Entries that a command moves, and values that change hands between entries.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashSet};

use super::compare::Differ;
use super::explain::Why;
use super::names::{Name, full, names, walk};
use super::normal::Item;
use super::numbered;
use super::step::{Difference, Tie};
use crate::diff::Effect;
use crate::platform::rules::{Moves, Rules, fill};
use crate::value::Text;

/// A line of an entry that goes, with a value that another line may wait for.
#[derive(Debug)]
pub(super) struct Held {
    /// The step that takes the entry away.
    pub(super) step: usize,
    /// The headers around the line, and as they are typed.
    path: Vec<Text>,
    texts: Vec<Text>,
    item: Item,
}

impl Differ<'_> {
    /// Entries with an order that one command each can move: the fewest moves that lead to it.
    pub(super) fn moved(&mut self, run: &[Item], want: &[Item], moves: &Moves) {
        let from = self.out.atoms.len();
        self.unordered(run, want);
        let made = self.out.atoms.iter().enumerate().skip(from);
        let made: HashMap<Text, usize> = made
            .filter(|(_, atom)| atom.opens && atom.path == self.texts)
            .map(|(at, atom)| (atom.text.clone(), at))
            .collect();
        // A new entry stands at the end, so they are made in the order they are meant to stand in.
        let table = self.texts.join("\n");
        let turn = |number: usize| (Text::new_static("turn"), Text::from(format!("{table}\n{number}")));
        let mut turns = 0;
        let mut order: Vec<&str> = run.iter().map(|item| item.canon.as_str()).collect();
        for wish in want {
            let Some(atom) = made.get(&wish.text).and_then(|&at| self.out.atoms.get_mut(at)) else { continue };
            order.push(&wish.canon);
            if turns > 0 {
                atom.tie(Tie::Takes, [turn(turns)]);
            }
            turns += 1;
            atom.tie(Tie::Frees, [turn(turns)]);
        }
        let aim: Vec<&str> = want.iter().map(|item| item.canon.as_str()).collect();
        let kept: BTreeSet<usize> = numbered::longest(&order, &aim, |_| 1).into_iter().map(|(_, at)| at).collect();
        if kept.len() == want.len() {
            return;
        }
        self.own_group();
        let mut previous: Option<&Item> = None;
        let first = kept.first().and_then(|&at| want.get(at));
        for (at, wish) in want.iter().enumerate() {
            if !kept.contains(&at)
                && let Some(text) = self.movement(moves, wish, previous, first)
            {
                let mut atom = self.atom(wish, text, Effect::Change, Why::Moves);
                atom.tie(Tie::Takes, (turns > 0).then(|| turn(turns)));
                turns += 1;
                atom.tie(Tie::Frees, [turn(turns)]);
                self.out.atoms.push(atom);
            }
            previous = Some(wish);
        }
    }

    fn movement(&self, moves: &Moves, wish: &Item, after: Option<&Item>, before: Option<&Item>) -> Option<String> {
        let above: Vec<&str> = self.path.iter().map(Text::as_str).collect();
        let called = |item: &Item| {
            let words: Vec<&str> = item.said().split_ascii_whitespace().collect();
            moves.entry.matches(&above, &words)?.parts.into_iter().next()
        };
        let (template, anchor) = match after {
            Some(after) => (&moves.after, after),
            None => (&moves.before, before?),
        };
        let text = fill(template, &[called(wish)?, called(anchor)?]);
        Some(crate::diff::edit::typed(&text))
    }

    /// Notes the lines of an entry that goes whose values others may wait for.
    pub(super) fn hold(&mut self, step: usize, item: &Item) {
        if self.rules.yields.is_empty() {
            return;
        }
        let mut found = Vec::new();
        let mut texts = self.texts.clone();
        texts.push(item.text.clone());
        walk(item, &mut self.path.clone(), &mut |path, line| {
            // Values stand directly in the entry.
            if path.len() == texts.len() && !names(self.rules, &self.rules.yields, path, line.said()).is_empty() {
                found.push(Held { step, path: path.to_vec(), texts: texts.clone(), item: line.clone() });
            }
        });
        self.out.held.extend(found);
    }

    /// What an entry that goes holds and another line waits for is given up ahead of it.
    pub(super) fn give_up(&mut self) {
        let held = std::mem::take(&mut self.out.held);
        if held.is_empty() {
            return;
        }
        let taken: HashSet<Name> = self.out.atoms.iter().flat_map(|atom| atom.of(Tie::Takes).cloned()).collect();
        for Held { step, path, texts, item } in held {
            let said = item.said().to_owned();
            let gone: Vec<Name> = names(self.rules, &self.rules.yields, &path, &said)
                .into_iter()
                .filter(|name| taken.contains(name))
                .collect();
            if gone.is_empty() {
                continue;
            }
            let outer = (std::mem::replace(&mut self.path, path), std::mem::replace(&mut self.texts, texts));
            let plain: BTreeSet<&str> =
                gone.iter().map(|(_, name)| name.split(" of ").next().unwrap_or(name)).collect();
            let text = self.without(&item, |word| plain.contains(word));
            let mut atom = self.atom(&item, text, Effect::Change, Why::MakesWay);
            (self.path, self.texts) = outer;
            if let Some(whole) = self.out.atoms.get_mut(step) {
                whole.untie(Tie::Frees, |name| gone.contains(name));
                atom.tie(Tie::Unuses, whole.untie(Tie::Unuses, |name| plain.contains(name.1.as_str())));
            }
            atom.tie(Tie::Frees, gone);
            atom.group = self.out.groups.len();
            self.out.groups.push((0, step));
            self.out.atoms.push(atom);
        }
    }

    /// A line without some of its words; what takes it back where it would be empty.
    pub(super) fn without(&self, item: &Item, gone: impl Fn(&str) -> bool) -> String {
        let above: Vec<&str> = self.path.iter().map(Text::as_str).collect();
        let words: Vec<&str> = item.said().split_ascii_whitespace().collect();
        if self.rules.sets.find(&above, &words).is_some() {
            let (head, values) = words.split_at(words.len().min(2));
            let left: Vec<&str> = values.iter().copied().filter(|word| !gone(word)).collect();
            if !left.is_empty() {
                return crate::diff::edit::typed(&[head, &left].concat().join(" "));
            }
            if let Some(line) = self.rules.stand_ins.apply(&above, &words) {
                return line;
            }
        }
        self.negation(item).0
    }
}

/// Names inside names of one kind, by who holds them.
type Nests = BTreeMap<Name, BTreeSet<Name>>;

fn nests(rules: &Rules, items: &[Item]) -> Nests {
    let mut all = Nests::new();
    for item in items {
        walk(item, &mut Vec::new(), &mut |path, item| {
            let (path, text) = full(path, item);
            let inner = names(rules, &rules.nests, path, &text);
            if let (false, Some(owner)) = (inner.is_empty(), owner(rules, path)) {
                all.entry(owner).or_default().extend(inner);
            }
        });
    }
    all
}

/// The name that the innermost section defines.
pub(super) fn owner(rules: &Rules, path: &[Text]) -> Option<Name> {
    let (header, above) = path.split_last()?;
    names(rules, &rules.references.define, above, header).into_iter().next()
}

/// Groups may stand in groups but never come round: who lets one go changes before who takes it in.
pub(super) fn order_nests(out: &mut Difference, rules: &Rules, run: &[Item], want: &[Item]) {
    if rules.nests.is_empty() {
        return;
    }
    let changed: BTreeMap<Name, usize> =
        out.atoms.iter().enumerate().filter_map(|(at, atom)| Some((atom.nest.as_deref()?.clone(), at))).collect();
    if changed.is_empty() {
        return;
    }
    let (old, new) = (nests(rules, run), nests(rules, want));
    let mut holders: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
    for (holder, inner) in &old {
        for name in inner {
            holders.entry(name).or_default().push(holder);
        }
    }
    let none = BTreeSet::new();
    let mut waits: Vec<(Name, usize, usize)> = Vec::new();
    for (taker, &at) in &changed {
        let before = old.get(taker).unwrap_or(&none);
        let added: Vec<&Name> = new.get(taker).unwrap_or(&none).difference(before).collect();
        if added.is_empty() {
            continue;
        }
        // Everything that holds the taker, however deep.
        let around = reach(taker, |name| holders.get(name).cloned().unwrap_or_default());
        for name in added.into_iter().filter(|name| around.contains(name)) {
            for holder in reach(name, |name| old.get(name).into_iter().flatten().collect()) {
                let lets = old.get(holder).unwrap_or(&none).difference(new.get(holder).unwrap_or(&none));
                let breaks = lets.into_iter().any(|gone| around.contains(gone));
                if let (true, true, Some(&first)) = (breaks, holder != taker, changed.get(holder)) {
                    waits.push((holder.clone(), first, at));
                }
            }
        }
    }
    for (holder, first, then) in waits {
        let value = (Text::new_static("inside"), Text::from(format!("{} {}", holder.0, holder.1)));
        if let Some(atom) = out.atoms.get_mut(first).filter(|atom| !atom.has(Tie::Frees, &value)) {
            atom.tie(Tie::Frees, [value.clone()]);
        }
        if let Some(atom) = out.atoms.get_mut(then) {
            atom.tie(Tie::Takes, [value]);
        }
    }
}

/// A name and everything reached from it.
fn reach<'n>(start: &'n Name, next: impl Fn(&Name) -> Vec<&'n Name>) -> BTreeSet<&'n Name> {
    let mut found = BTreeSet::from([start]);
    let mut open = vec![start];
    while let Some(name) = open.pop() {
        open.extend(next(name).into_iter().filter(|name| found.insert(name)));
    }
    found
}
