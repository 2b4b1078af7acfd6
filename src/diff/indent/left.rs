//! What is left of two sections when the lines that stand in both are paired.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt as _};

use super::normal::Item;

/// So many lines are found by looking through them.
const FEW: usize = 16;

/// What is left when the lines that stand in both are paired.
pub(super) struct Left<'i> {
    run: &'i [Item],
    want: &'i [Item],
    /// For each intended line, the running line that is the same.
    pub(super) paired: Vec<Option<usize>>,
    /// Running lines without a partner.
    alone: Vec<bool>,
    /// Running lines whose place an intended line takes.
    pub(super) replaced: BTreeMap<usize, Vec<usize>>,
}

impl<'i> Left<'i> {
    pub(super) fn new(run: &'i [Item], want: &'i [Item]) -> Self {
        let mut index: HashMap<&str, usize> = HashMap::new();
        // Few lines are looked through; an index of them would cost more.
        let few = run.len() <= FEW;
        if !few {
            index.reserve(run.len());
            for (at, item) in run.iter().enumerate() {
                index.entry(identity(item)).or_insert(at);
            }
        }
        let find = |name: &str| {
            if few { run.iter().position(|item| identity(item) == name) } else { index.get(name).copied() }
        };
        let mut alone = vec![true; run.len()];
        let mut paired = Vec::with_capacity(want.len());
        // Most lines stand behind the same one as on the other side. A remark that stands twice there is paired twice.
        let mut next = 0;
        for wish in want {
            let name = identity(wish);
            let found = run.get(next).filter(|item| identity(item) == name).map(|_| next).or_else(|| find(name));
            let found = found.filter(|&at| alone.get(at).copied().unwrap_or_default());
            next = found.map_or(next, |at| at + 1);
            if let Some(slot) = found.and_then(|at| alone.get_mut(at)) {
                *slot = false;
            }
            paired.push(found);
        }
        Self { run, want, paired, alone, replaced: BTreeMap::new() }
    }

    pub(super) fn going<'l>(&'l self, run: &'l [Item]) -> impl Iterator<Item = usize> + 'l {
        (0..run.len()).filter(|&at| self.alone.get(at).copied().unwrap_or_default())
    }

    fn unpaired(&self) -> Vec<usize> {
        (0..self.want.len()).filter(|&at| self.paired.get(at).copied().flatten().is_none()).collect()
    }

    /// Pairs lines with the same key; those that differ are a change of one into the other.
    ///
    /// Where a section has several lines of one key at once, they stand side by side whatever the rules say (`option 43`,
    /// `option 66`): only those that go on in the same way are a change of one into the other.
    pub(super) fn same_key(&mut self, key: impl Fn(&Item) -> Option<String>, same: impl Fn(&Item, &Item) -> bool) {
        let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
        for at in self.going(self.run).collect::<Vec<_>>() {
            if let Some(key) = self.run.get(at).and_then(&key) {
                by_key.entry(key).or_default().push(at);
            }
        }
        if by_key.is_empty() {
            return;
        }
        let coming: Vec<(usize, String)> = self
            .unpaired()
            .into_iter()
            .filter_map(|at| Some((at, key(self.want.get(at)?)?)))
            .filter(|(_, key)| by_key.contains_key(key))
            .collect();
        let several = if coming.is_empty() { BTreeSet::new() } else { self.several(&by_key, &coming, &key) };
        for (position, key) in coming {
            let Some((wish, olds)) = self.want.get(position).zip(by_key.get_mut(&key)) else { continue };
            let twin = olds.iter().position(|&at| self.run.get(at).is_some_and(|have| same(have, wish)));
            let (taken, paired) = match twin {
                Some(at) => (vec![olds.swap_remove(at)], true),
                None if several.contains(&key) => (self.nearest(&key, wish, olds).into_iter().collect(), false),
                None => (std::mem::take(olds), false),
            };
            for &at in &taken {
                if let Some(slot) = self.alone.get_mut(at) {
                    *slot = false;
                }
            }
            if paired {
                if let (Some(slot), Some(&at)) = (self.paired.get_mut(position), taken.first()) {
                    *slot = Some(at);
                }
            } else if !taken.is_empty() {
                self.replaced.entry(position).or_default().extend(taken);
            }
        }
    }

    /// Keys that one side has several lines of.
    fn several(
        &self,
        going: &HashMap<String, Vec<usize>>,
        coming: &[(usize, String)],
        key: &impl Fn(&Item) -> Option<String>,
    ) -> BTreeSet<String> {
        let mut count: HashMap<&str, (usize, usize)> = HashMap::new();
        for (key, _) in coming.iter().filter_map(|(_, key)| going.get_key_value(key)) {
            count.insert(key, (going.get(key).map_or(0, Vec::len), 0));
        }
        for (_, key) in coming {
            count.entry(key).and_modify(|(_, new)| *new += 1);
        }
        // Lines that stand in both count on both sides.
        let kept = self.want.iter().zip(&self.paired).filter(|(_, paired)| paired.is_some());
        for (item, _) in kept {
            // A key is made of words of its line.
            if count.keys().any(|key| holds(&item.canon, key))
                && let Some(counts) = key(item).and_then(|key| count.get_mut(key.as_str()))
            {
                *counts = (counts.0 + 1, counts.1 + 1);
            }
        }
        let several = count.into_iter().filter(|(_, (old, new))| *old > 1 || *new > 1);
        several.map(|(key, _)| key.to_owned()).collect()
    }

    /// Takes the old line that goes on behind the key as the new one does.
    fn nearest(&self, key: &str, wish: &Item, olds: &mut Vec<usize>) -> Option<usize> {
        let own = key.split(' ').count();
        let shared = |at: usize| {
            let have = self.run.get(at).map_or("", |item| item.canon.as_str());
            have.split(' ').zip(wish.canon.split(' ')).take_while(|(old, new)| old == new).count()
        };
        let (place, most) = olds.iter().map(|&at| shared(at)).enumerate().max_by_key(|(_, shared)| *shared)?;
        (most > own).then(|| olds.swap_remove(place))
    }

    /// Pairs lines that a longer one is merged into.
    pub(super) fn grown(&mut self, grows: impl Fn(&Item) -> bool) {
        let going: Vec<usize> = self.going(self.run).collect();
        let going: Vec<usize> =
            going.into_iter().filter(|at| self.run.get(*at).is_some_and(|have| !have.opens && grows(have))).collect();
        if going.is_empty() {
            return;
        }
        let unpaired = self.unpaired().into_iter();
        let coming: BTreeMap<&str, usize> = unpaired
            .filter_map(|at| self.want.get(at).filter(|wish| !wish.opens).map(|wish| (wish.canon.as_str(), at)))
            .collect();
        for at in going {
            let Some(have) = self.run.get(at) else { continue };
            let start = format!("{} ", have.canon);
            let found = coming.range(start.as_str()..).next().filter(|(wish, _)| wish.starts_with(&start));
            if let (Some((_, &position)), Some(slot)) = (found, self.alone.get_mut(at)) {
                *slot = false;
                self.replaced.entry(position).or_default().push(at);
            }
        }
    }

    /// A line and its negation take each other's place. A negation is lifted by longer lines too, unless its positive
    /// form is a line of its own (`whole`): `switchport access vlan 20` does not lift `no switchport`. It takes longer
    /// lines along, unless its positive form is but a switch.
    pub(super) fn negated(&mut self, negation: &str, whole: impl Fn(&str) -> bool, switch: impl Fn(&str) -> bool) {
        let mut going: BTreeMap<&str, usize> = BTreeMap::new();
        for at in self.going(self.run).collect::<Vec<_>>() {
            if let Some(item) = self.run.get(at).filter(|item| !item.opens) {
                going.insert(&item.canon, at);
            }
        }
        let coming: BTreeMap<&str, usize> = self
            .unpaired()
            .into_iter()
            .filter_map(|at| self.want.get(at).filter(|wish| !wish.opens).map(|wish| (wish.canon.as_str(), at)))
            .collect();
        let positive = |line: &'i str| line.strip_prefix(negation).and_then(|rest| rest.strip_prefix(' '));
        let mut pairs = Vec::new();
        for (&wish, &position) in &coming {
            let Some(body) = positive(wish) else { continue };
            let switch = switch(body);
            let more = going.range(body..).take_while(|(line, _)| line.starts_with(body));
            let taken = more.filter(|(line, _)| if switch { **line == body } else { begins(line, body) });
            pairs.extend(taken.map(|(_, &at)| (position, at)));
        }
        for (&line, &at) in &going {
            let Some(body) = positive(line) else { continue };
            let whole = whole(body);
            let mut more = coming.range(body..).take_while(|(wish, _)| wish.starts_with(body));
            pairs.extend(
                more.find(|(wish, _)| if whole { **wish == body } else { begins(wish, body) })
                    .map(|(_, &position)| (position, at)),
            );
        }
        for (position, at) in pairs {
            if let Some(slot) = self.alone.get_mut(at).filter(|slot| **slot) {
                *slot = false;
                self.replaced.entry(position).or_default().push(at);
            }
        }
    }
}

/// Whether the words of a key stand in a line, one behind the other.
fn holds(line: &str, key: &str) -> bool {
    let mut wanted = key.split_ascii_whitespace();
    let mut next = wanted.next();
    for word in line.split_ascii_whitespace() {
        if next == Some(word) {
            next = wanted.next();
        }
    }
    next.is_none()
}

/// Whether a line begins with the words of another.
fn begins(line: &str, with: &str) -> bool {
    line.strip_prefix(with).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

fn identity(item: &Item) -> &str {
    item.list.as_ref().map_or(&item.canon, |list| &list.head)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<Item> {
        texts.iter().map(|text| Item { canon: (*text).into(), text: (*text).into(), ..Item::default() }).collect()
    }

    #[test]
    fn a_line_that_stands_twice_is_paired_twice() {
        let (run, want) = (lines(&["a", "b", "a"]), lines(&["a", "b", "a"]));
        assert_eq!(Left::new(&run, &want).paired, [Some(0), Some(1), Some(2)]);
        let (run, want) = (lines(&["x", "a", "b"]), lines(&["b", "a", "y", "x"]));
        let left = Left::new(&run, &want);
        assert_eq!(
            (left.paired.as_slice(), left.going(&run).count()),
            ([Some(2), Some(1), None, Some(0)].as_slice(), 0)
        );
    }

    #[test]
    fn the_words_of_a_key_stand_in_its_line() {
        assert!(holds("ip verify source", "ip verify source"));
        assert!(holds("no neighbor 10.0.0.1 remote-as 1", "neighbor 10.0.0.1 remote-as"));
        assert!(holds("banner  motd\nhello", "banner\tmotd"));
        assert!(!holds("ip dhcp snooping", "ip verify source"));
    }
}
