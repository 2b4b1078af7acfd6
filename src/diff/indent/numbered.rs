//! Ordered sections whose lines carry sequence numbers, shown or hidden.
//!
//! A line is what it says, not its number: a list that the device numbered 5, 15 is the list that was
//! intended without numbers. New lines come before old ones go, so that a filter never has a hole it
//! does not have before or after.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt as _};

use super::compare::Differ;
use super::explain::Why;
use super::normal::{Item, ordered_rule};
use crate::config;
use crate::diff::Effect;
use crate::platform::rules::{Numbered, fill};

/// One line of the list.
struct Entry<'i> {
    number: Option<u32>,
    body: &'i str,
    text: &'i str,
    item: &'i Item,
}

/// Steps from one list to another; the caller stands inside the section.
pub(super) fn compare(differ: &mut Differ<'_>, rule: &Numbered, have: &Item, wish: &Item) {
    let beside = |item: &Item| {
        let words = config::words(&item.canon);
        rule.unnumbered.iter().any(|phrase| phrase.is_match(&[], &words))
    };
    // Long lists are not copied for the few lines that stand beside them.
    let beside_of = |items: &[Item]| -> Vec<Item> { items.iter().filter(|item| beside(item)).cloned().collect() };
    let (run_beside, want_beside) = (beside_of(&have.children), beside_of(&wish.children));
    differ.unordered(&run_beside, &want_beside);
    let run = entries(rule, have.children.iter().filter(|item| !beside(item)));
    let mut want = entries(rule, wish.children.iter().filter(|item| !beside(item)));
    let shown = !run.is_empty() && run.iter().all(|entry| entry.number.is_some());
    let asked = !want.is_empty() && want.iter().all(|entry| entry.number.is_some());
    if asked {
        want.sort_by_key(|entry| entry.number);
    }
    let mut list = List { differ, rule, header: wish };
    if asked && (shown || run.is_empty()) {
        list.exact(&run, &want);
    } else {
        let given = list.flexible(&run, &want, shown);
        // Where neither side says numbers, the list will be printed as it was intended.
        if shown || want.iter().any(|entry| entry.number.is_some()) {
            let lines = want.iter().zip(given).map(|(entry, number)| list.printed(entry, number)).collect::<Vec<_>>();
            let path = list.differ.path.clone();
            list.differ.out.numbered.insert(path, want_beside.into_iter().chain(lines).collect());
        }
    }
}

fn entries<'i>(rule: &Numbered, items: impl Iterator<Item = &'i Item>) -> Vec<Entry<'i>> {
    let cut = |line: &'i str| -> (Option<u32>, &'i str) {
        let rest = match &rule.word {
            Some(word) => match line.strip_prefix(word.as_str()).and_then(|rest| rest.strip_prefix(' ')) {
                Some(rest) => rest,
                None => return (None, line),
            },
            None => line,
        };
        let (first, body) = rest.split_once(' ').unwrap_or((rest, ""));
        match first.parse() {
            Ok(number) => (Some(number), body),
            Err(_) => (None, line),
        }
    };
    items
        .map(|item| {
            let (number, body) = cut(&item.canon);
            Entry { number, body, text: cut(&item.text).1, item }
        })
        .collect()
}

struct List<'d, 'p> {
    differ: &'d mut Differ<'p>,
    rule: &'d Numbered,
    header: &'d Item,
}

/// A new line and the number it gets.
type New<'e, 'i> = (&'e Entry<'i>, Option<u32>);

impl List<'_, '_> {
    /// Both lists say their numbers.
    fn exact(&mut self, run: &[Entry<'_>], want: &[Entry<'_>]) {
        let numbers: HashMap<Option<u32>, usize> = run.iter().enumerate().map(|(at, e)| (e.number, at)).collect();
        let kept: HashMap<usize, usize> = want
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| {
                let have = *numbers.get(&entry.number)?;
                (run.get(have)?.body == entry.body).then_some((at, have))
            })
            .collect();
        if kept.len() == want.len() && run.len() == want.len() {
            return;
        }
        let pairs = longest(&bodies(run), &bodies(want), |body| self.weight(body));
        let staying: BTreeSet<usize> = kept.values().copied().collect();
        let taken = |entry: &Entry<'_>| numbers.get(&entry.number).is_some_and(|at| !staying.contains(at));
        let collides = want.iter().enumerate().any(|(at, entry)| !kept.contains_key(&at) && taken(entry));
        let progression = progression(want).filter(|_| self.rule.resequence.is_some());
        if let Some((start, step)) = progression.filter(|_| collides || pairs.len() > kept.len()) {
            // A line whose number is taken could only come after the old one has gone. So the lines are
            // put in order between the numbers there are, and then numbered as they should be.
            self.flexible(run, want, true);
            self.renumber(start, step, Why::Renumbers);
            return;
        }
        let going: Vec<&Entry<'_>> =
            run.iter().enumerate().filter(|(at, _)| !staying.contains(at)).map(|(_, entry)| entry).collect();
        let coming: Vec<New<'_, '_>> = want
            .iter()
            .enumerate()
            .filter(|(at, _)| !kept.contains_key(at))
            .map(|(_, entry)| (entry, entry.number))
            .collect();
        self.swap(&going, &coming);
    }

    /// The numbers are the device's own affair; returns those it will print.
    fn flexible(&mut self, run: &[Entry<'_>], want: &[Entry<'_>], shown: bool) -> Vec<Option<u32>> {
        let mut pairs = longest(&bodies(run), &bodies(want), |body| self.weight(body));
        let mut numbers: Vec<Option<u32>> = run.iter().map(|entry| entry.number).collect();
        let last_kept = pairs.last().map(|&(_, at)| at);
        let inserts = last_kept.is_some_and(|last| pairs.len() < last + 1);
        let mut given = vec![None; want.len()];
        if shown || inserts {
            if !shown {
                if self.rule.resequence.is_some() {
                    numbers = self.room(run.len(), self.rule.step);
                } else {
                    // Nothing can be put between lines without numbers: the tail is said anew.
                    pairs =
                        pairs.iter().copied().enumerate().take_while(|(at, (_, w))| at == w).map(|(_, p)| p).collect();
                }
            }
            if shown || self.rule.resequence.is_some() {
                given = match self.give(&numbers, &pairs, want.len()) {
                    Some(given) => given,
                    None => self.make_room(run, want, &mut pairs, &mut numbers),
                };
            }
        }
        let staying: HashMap<usize, usize> = pairs.iter().copied().collect();
        let at_want: HashMap<usize, usize> = pairs.iter().map(|&(r, w)| (w, r)).collect();
        let leaves = run.iter().zip(&numbers).enumerate().filter(|(at, _)| !staying.contains_key(at));
        let leaves: Vec<Entry<'_>> = leaves
            .map(|(_, (entry, &number))| Entry { number, body: entry.body, text: entry.text, item: entry.item })
            .collect();
        let going: Vec<&Entry<'_>> = leaves.iter().collect();
        let coming: Vec<New<'_, '_>> = want
            .iter()
            .enumerate()
            .filter(|(at, _)| !at_want.contains_key(at))
            .map(|(at, entry)| (entry, given.get(at).copied().flatten()))
            .collect();
        self.swap(&going, &coming);
        let printed = (0..want.len()).map(|at| match at_want.get(&at) {
            Some(&have) if shown => numbers.get(have).copied().flatten(),
            None if shown => given.get(at).copied().flatten(),
            _ => None,
        });
        printed.collect()
    }

    /// A line as the device will print it.
    fn printed(&self, entry: &Entry<'_>, number: Option<u32>) -> Item {
        let (text, canon) = (self.line(number, entry.text).into(), self.line(number, entry.body).into());
        let Item { line, opens, default, context, frame, scope, partial, group, .. } = *entry.item;
        let children = entry.item.children.clone();
        Item { text, canon, line, children, opens, default, context, frame, scope, partial, group, ..Item::default() }
    }

    /// Numbers for new lines between the kept ones; `None` when there is no room somewhere.
    fn give(&self, numbers: &[Option<u32>], pairs: &[(usize, usize)], want: usize) -> Option<Vec<Option<u32>>> {
        let used: BTreeSet<u32> = numbers.iter().copied().flatten().collect();
        let kept: HashMap<usize, u32> =
            pairs.iter().filter_map(|&(r, w)| Some((w, numbers.get(r).copied().flatten()?))).collect();
        let mut given = vec![None; want];
        let mut low = 0;
        let mut at = 0;
        while at < want {
            if let Some(&number) = kept.get(&at) {
                low = number;
                at += 1;
                continue;
            }
            let end = (at..want).find(|next| kept.contains_key(next)).unwrap_or(want);
            let count = u32::try_from(end - at).ok()?;
            let free = if let Some(&high) = kept.get(&end) {
                between(low, high, count, &used)?
            } else {
                let step = self.rule.step.max(1);
                let base = used.last().copied().unwrap_or(0).max(low) / step * step;
                (1..=count).map(|n| base.checked_add(n.checked_mul(step)?)).collect::<Option<Vec<_>>>()?
            };
            for (slot, number) in given.get_mut(at..end)?.iter_mut().zip(free) {
                *slot = Some(number);
            }
            at = end;
        }
        Some(given)
    }

    /// Renumbers with wider steps, or, where the platform cannot, says the tail anew.
    fn make_room(
        &mut self,
        run: &[Entry<'_>],
        want: &[Entry<'_>],
        pairs: &mut Vec<(usize, usize)>,
        numbers: &mut Vec<Option<u32>>,
    ) -> Vec<Option<u32>> {
        if self.rule.resequence.is_none() {
            let short = (0..=pairs.len()).rev().find_map(|kept| {
                let fewer: Vec<_> = pairs.get(..kept)?.to_vec();
                let given = self.give(numbers, &fewer, want.len())?;
                Some((fewer, given))
            });
            let (fewer, given) = short.unwrap_or_default();
            *pairs = fewer;
            return given;
        }
        let fresh = want.len().saturating_sub(pairs.len());
        let gone = run.len().saturating_sub(pairs.len());
        let step = u32::try_from(fresh + gone + 1).unwrap_or(u32::MAX).div_ceil(10).saturating_mul(10);
        *numbers = self.room(run.len(), step.max(self.rule.step));
        self.give(numbers, pairs, want.len()).unwrap_or_else(|| vec![None; want.len()])
    }

    fn room(&mut self, lines: usize, step: u32) -> Vec<Option<u32>> {
        self.renumber(step, step, Why::MakesRoom);
        (1..=lines).map(|n| u32::try_from(n).ok()?.checked_mul(step)).collect()
    }

    /// The command that numbers the list anew.
    fn renumber(&mut self, start: u32, step: u32, why: Why) {
        let Some(template) = &self.rule.resequence else { return };
        let (header, above) = match self.differ.path.split_last() {
            Some((header, above)) => (header.as_str(), above),
            None => return,
        };
        let above = config::above(above);
        let words = config::words(header);
        let parts = ordered_rule(self.differ.rules, &self.differ.path)
            .and_then(|rule| rule.section.matches(&above, &words))
            .map(|found| found.parts)
            .unwrap_or_default();
        let text = template.replace("$start", &start.to_string()).replace("$step", &step.to_string());
        let text = fill(&text, &parts);
        let mut atom = self.differ.atom(self.header, text, Effect::Change, why);
        if !self.rule.within {
            atom.path.clear();
        }
        self.differ.out.atoms.push(atom);
    }

    /// New lines in from the top, then old lines out from the bottom: whatever the list does to a packet
    /// both before and after, it does at every step between.
    ///
    /// (With all new lines above some place in, the first line that matches is the first of the one list
    /// or of the other; the same with all old lines below some place out.) A line that moves goes just
    /// before it comes back, because a device takes no line twice; lines that stop traffic are the last to move.
    fn swap(&mut self, going: &[&Entry<'_>], coming: &[New<'_, '_>]) {
        let mut by_body: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut by_number: HashMap<u32, usize> = HashMap::new();
        for (at, entry) in going.iter().enumerate().rev() {
            by_body.entry(entry.body).or_default().push(at);
            if let Some(number) = entry.number {
                by_number.insert(number, at);
            }
        }
        let mut gone = BTreeSet::new();
        for (entry, number) in coming {
            // A device takes no second line with the same number or the same words.
            let taken = number.and_then(|number| by_number.get(&number).copied());
            let twin = by_body.get_mut(entry.body).and_then(Vec::pop);
            for at in taken.into_iter().chain(twin) {
                if gone.insert(at)
                    && let Some(old) = going.get(at)
                {
                    self.out(old, if twin == Some(at) { Why::Moves } else { Why::Gone });
                }
            }
            let why = if twin.is_some() { Why::Moves } else { Why::New };
            let text = self.line(*number, entry.text);
            self.differ.say(entry.item, text, Effect::Add, why);
        }
        for (at, old) in going.iter().enumerate().rev() {
            if !gone.contains(&at) {
                self.out(old, Why::Gone);
            }
        }
    }

    fn out(&mut self, old: &Entry<'_>, why: Why) {
        let negation = &self.differ.rules.negation;
        let text = match (old.number, &self.rule.word) {
            (Some(number), Some(word)) if self.rule.by_number => format!("{negation} {word} {number}"),
            (Some(number), None) if self.rule.by_number => format!("{negation} {number}"),
            (number, _) => format!("{negation} {}", self.line(number, old.text)),
        };
        self.differ.say(old.item, text, Effect::Remove, why);
    }

    fn line(&self, number: Option<u32>, body: &str) -> String {
        match (number, &self.rule.word) {
            (None, _) => body.to_owned(),
            (Some(number), None) => format!("{number} {body}"),
            (Some(number), Some(word)) => format!("{word} {number} {body}"),
        }
    }

    /// Lines that stop traffic stay put; others move around them.
    fn weight(&self, body: &str) -> u64 {
        let first = body.split(' ').next().unwrap_or_default();
        if self.rule.closing.iter().any(|word| word == first) { 1_000_000 } else { 1 }
    }
}

fn bodies<'i>(entries: &[Entry<'i>]) -> Vec<&'i str> {
    entries.iter().map(|entry| entry.body).collect()
}

fn progression(want: &[Entry<'_>]) -> Option<(u32, u32)> {
    let numbers: Vec<u32> = want.iter().map(|entry| entry.number).collect::<Option<_>>()?;
    let (&first, rest) = numbers.split_first()?;
    let step = rest.first().map_or(first, |second| second - first);
    let steady = numbers.iter().zip(rest).all(|(a, b)| b.checked_sub(*a) == Some(step));
    (steady && step > 0 && first > 0).then_some((first, step))
}

/// `count` free numbers strictly between two others, spread out.
fn between(low: u32, high: u32, count: u32, used: &BTreeSet<u32>) -> Option<Vec<u32>> {
    let room = high.checked_sub(low)?.checked_sub(1)?;
    let taken = u32::try_from(used.range(low + 1..high).count()).ok()?;
    if room.checked_sub(taken)? < count {
        return None;
    }
    let mut numbers = Vec::new();
    let mut next = low + 1;
    for n in 1..=count {
        let share = u64::from(high - low) * u64::from(n) / u64::from(count + 1);
        let ideal = low + u32::try_from(share).ok()?;
        let mut number = ideal.max(next);
        while used.contains(&number) {
            number += 1;
        }
        numbers.push(number);
        next = number + 1;
    }
    if numbers.last().is_some_and(|&last| last >= high) {
        // Spread out they do not fit around the taken ones: close up from below.
        return Some((low + 1..high).filter(|number| !used.contains(number)).take(count as usize).collect());
    }
    Some(numbers)
}

/// The heaviest common subsequence of two lists, as pairs of positions; the n-th of equal lines pairs with the n-th.
///
/// n log n: equal lines are paired first, so what remains is an increasing subsequence.
pub(super) fn longest(run: &[&str], want: &[&str], weight: impl Fn(&str) -> u64) -> Vec<(usize, usize)> {
    // What both begin and end with belongs to it, and is most of a long list.
    let same = |(one, other): &(&&str, &&str)| one == other;
    let first = run.iter().zip(want).take_while(same).count();
    let (run, want) = (run.get(first..).unwrap_or_default(), want.get(first..).unwrap_or_default());
    let last = run.iter().rev().zip(want.iter().rev()).take_while(same).count();
    let (run_end, want_end) = (run.len() - last, want.len() - last);
    let (run, want) = (run.get(..run_end).unwrap_or_default(), want.get(..want_end).unwrap_or_default());
    let between = heaviest(run, want, weight).into_iter().map(|(r, w)| (first + r, first + w));
    let head = (0..first).map(|at| (at, at));
    let tail = (0..last).map(|at| (first + run_end + at, first + want_end + at));
    head.chain(between).chain(tail).collect()
}

fn heaviest(run: &[&str], want: &[&str], weight: impl Fn(&str) -> u64) -> Vec<(usize, usize)> {
    let mut places: HashMap<&str, std::collections::VecDeque<usize>> = HashMap::new();
    for (at, line) in want.iter().enumerate() {
        places.entry(line).or_default().push_back(at);
    }
    let pairs: Vec<(usize, usize)> =
        run.iter().enumerate().filter_map(|(at, line)| Some((at, places.get_mut(line)?.pop_front()?))).collect();
    // Best chain ending at or below a position of `want`: a Fenwick tree over maxima.
    let mut tree: Vec<(u64, Option<usize>)> = vec![(0, None); want.len() + 1];
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    let mut best: (u64, Option<usize>) = (0, None);
    for (index, &(at, place)) in pairs.iter().enumerate() {
        let mut chain: (u64, Option<usize>) = (0, None);
        let mut node = place;
        while node > 0 {
            if let Some(&found) = tree.get(node).filter(|found| found.0 > chain.0) {
                chain = found;
            }
            node &= node - 1;
        }
        before.push(chain.1);
        let mine = (chain.0 + run.get(at).map_or(1, |line| weight(line)), Some(index));
        if mine.0 > best.0 {
            best = mine;
        }
        let mut node = place + 1;
        while let Some(slot) = tree.get_mut(node) {
            if mine.0 > slot.0 {
                *slot = mine;
            }
            node += node & node.wrapping_neg();
        }
    }
    let mut chain = Vec::new();
    let mut next = best.1;
    while let Some(index) = next {
        chain.extend(pairs.get(index).copied());
        next = before.get(index).copied().flatten();
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_common_order_is_kept() {
        let pairs = longest(&["a", "b", "c"], &["c", "a", "b"], |_| 1);
        assert_eq!(pairs, [(0, 1), (1, 2)]);
        let pairs = longest(&["a", "b", "c"], &["c", "a", "b"], |line| if line == "c" { 5 } else { 1 });
        assert_eq!(pairs, [(2, 0)]);
        assert_eq!(longest(&["x", "x"], &["x", "x", "x"], |_| 1), [(0, 0), (1, 1)]);
        assert!(longest(&[], &["x"], |_| 1).is_empty());
    }

    #[test]
    fn free_numbers_lie_between() {
        assert_eq!(between(10, 20, 1, &BTreeSet::new()).unwrap(), [15]);
        assert_eq!(between(10, 12, 1, &BTreeSet::new()).unwrap(), [11]);
        assert!(between(10, 11, 1, &BTreeSet::new()).is_none());
        assert_eq!(between(10, 14, 2, &BTreeSet::from([11])).unwrap(), [12, 13]);
        assert_eq!(between(0, 10, 1, &BTreeSet::from([5, 6, 7, 8, 9])).unwrap(), [1]);
    }
}
