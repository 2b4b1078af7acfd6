//! Changes as commands: in order, with moves, reasons and risks.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::compare::{Change, Rank, Why};
use super::names::{self, Waits};
use super::place::{self, To};
use super::read::{Config, lookup};
use crate::diff::{Command, Effect, stored};
use crate::platform::rules::{RISKS, Rules};

/// The commands that make the changes.
pub(super) fn commands(rules: &Rules, have: &Config, want: &Config, changes: &[Change]) -> Vec<Command> {
    let waits = names::waits(rules, have, want, changes);
    let order = sorted(changes, &waits);
    let writer = Writer { rules, have, want };
    let mut moves = writer.moves(changes, &order);
    let step_of: HashMap<usize, usize> = order.iter().enumerate().map(|(step, &at)| (at, step + 1)).collect();
    let mut out = moves.remove(&0).unwrap_or_default();
    let early = out.len();
    for (step, &at) in order.iter().enumerate() {
        let Some(change) = changes.get(at) else { continue };
        let reason = writer.reason(changes, at, &waits, &step_of, early);
        out.push(writer.command(change, reason));
        out.extend(moves.remove(&(step + 1)).unwrap_or_default());
    }
    out
}

/// Every change after those it waits for, else by rank; who waits for each other goes by rank too. Marks come last,
/// because what they mark must be there, and unlocking comes first.
fn sorted(changes: &[Change], waits: &Waits) -> Vec<usize> {
    // Names are no changes; they are done as soon as what they wait for is.
    let rank = |at: usize| changes.get(at).map_or((0, 0), |change| change.rank);
    let mut left: BTreeSet<(Rank, usize)> = (0..changes.len()).map(|at| (rank(at), at)).collect();
    let mut counts = waits.waits.clone();
    let mut ready: BTreeSet<(Rank, usize)> =
        (0..counts.len()).filter(|&at| counts.get(at) == Some(&0)).map(|at| (rank(at), at)).collect();
    let mut order = Vec::with_capacity(changes.len());
    while let Some(next) = ready.pop_first().or_else(|| left.first().copied()) {
        let (_, at) = next;
        if at < changes.len() {
            if !left.remove(&next) {
                continue;
            }
            order.push(at);
        }
        for &then in waits.after.get(at).map_or(&[][..], Vec::as_slice) {
            if let Some(count) = counts.get_mut(then).filter(|count| **count > 0) {
                *count -= 1;
                if *count == 0 {
                    ready.insert((rank(then), then));
                }
            }
        }
    }
    order.sort_by_key(|&at| match rank(at).0 {
        0 => 0,
        phase @ 5.. => phase,
        _ => 1,
    });
    order
}

struct Writer<'c> {
    rules: &'c Rules,
    have: &'c Config,
    want: &'c Config,
}

impl Writer<'_> {
    fn command(&self, change: &Change, reason: String) -> Command {
        let (config, ends) =
            if change.effect == Effect::Remove { (self.have, &change.takes) } else { (self.want, &change.gives) };
        Command {
            path: Vec::new(),
            text: change.text.as_str().into(),
            reason,
            risk: self.risk(config, change.place, ends, change.effect).into(),
            effect: change.effect,
            feature: self.feature(config, ends),
            opens: false,
        }
    }

    /// The gravest risk of the statements a command is about; what no rule knows counts as the gravest of all.
    fn risk(&self, config: &Config, place: usize, ends: &[usize], effect: Effect) -> String {
        let class = |at: usize| {
            let found = lookup(self.rules, &self.rules.risk, &config.words(at));
            let class = found.map_or("management", |(class, _)| class.as_str());
            // Taking a permit away denies, taking a denial away permits.
            match (class, effect) {
                ("policy-permit", Effect::Remove) => "policy-deny",
                ("policy-deny", Effect::Remove) => "policy-permit",
                _ => class,
            }
        };
        let grave = |class: &str| RISKS.iter().position(|have| *have == class);
        let gravest = ends.iter().map(|&end| class(end)).max_by_key(|class| grave(class));
        gravest.unwrap_or_else(|| class(place)).to_owned()
    }

    fn feature(&self, config: &Config, ends: &[usize]) -> Option<String> {
        let end = *ends.first()?;
        lookup(self.rules, &self.rules.owns, &config.words(end)).map(|(feature, _)| feature.clone())
    }

    fn reason(
        &self,
        changes: &[Change],
        at: usize,
        waits: &Waits,
        steps: &HashMap<usize, usize>,
        early: usize,
    ) -> String {
        let Some(change) = changes.get(at) else { return String::new() };
        let own = steps.get(&at).copied().unwrap_or_default();
        match &change.why {
            Why::New => match self.needed(changes, at, waits) {
                Some(by) => format!("needed by `{by}`"),
                None => "intended, not there".to_owned(),
            },
            Why::Gone => {
                let drops = names::names(self.rules, &self.rules.references.define, self.have, &change.takes);
                let last = changes.iter().enumerate().filter(|(other, _)| *other != at && !drops.is_empty());
                let last = last.filter(|(_, other)| {
                    let uses = names::names(self.rules, &self.rules.references.uses, self.have, &other.takes);
                    uses.intersection(&drops).next().is_some()
                });
                let last = last.filter_map(|(other, _)| steps.get(&other)).filter(|step| **step < own).max();
                match last {
                    Some(step) => format!("no longer intended; last user left at step {}", step + early),
                    None => "no longer intended".to_owned(),
                }
            }
            Why::GivesWay => "gives way to what comes in its place".to_owned(),
            Why::Replaces(old) => format!("replaces `{old}`"),
            Why::Mark(what) => (*what).to_owned(),
        }
    }

    /// The first change that waits for this one because of a name.
    fn needed(&self, changes: &[Change], at: usize, waits: &Waits) -> Option<String> {
        let change = changes.get(at)?;
        let defines = names::names(self.rules, &self.rules.references.define, self.want, &change.gives);
        if defines.is_empty() {
            return None;
        }
        let places = waits.after.get(at)?.iter().filter(|place| **place >= changes.len());
        let users = places.flat_map(|place| waits.after.get(*place).into_iter().flatten());
        let user = users.filter_map(|user| changes.get(*user)).find(|user| {
            let uses = names::names(self.rules, &self.rules.references.uses, self.want, &user.gives);
            user.effect != Effect::Remove && uses.intersection(&defines).next().is_some()
        })?;
        Some(stored::masked(self.rules, None, &self.want.typed(user.place)))
    }

    /// Moves within ordered lists, by how many of the changes stand before them.
    fn moves(&self, changes: &[Change], order: &[usize]) -> HashMap<usize, Vec<Command>> {
        let mut moves: HashMap<usize, Vec<Command>> = HashMap::new();
        let Some(word) = &self.rules.paths.insert else { return moves };
        let lists: Vec<usize> =
            (0..self.want.places.len()).filter(|&at| place::ordered(self.rules, self.want, at)).collect();
        let mut now: HashMap<usize, Vec<usize>> = HashMap::new();
        let mut seen: HashMap<usize, HashSet<usize>> = HashMap::new();
        let mut counts: HashMap<usize, usize> = HashMap::new();
        let mut after: HashMap<usize, usize> = HashMap::new();
        for &list in &lists {
            let words: Vec<_> = self.want.route(list).iter().filter_map(|&at| self.want.place(at)).collect();
            let old = words.iter().try_fold(0, |at, place| self.have.child(at, &place.word));
            let mine = old.map_or_else(Vec::new, |old| {
                let there = self.have.living(old).filter_map(|child| {
                    let new = self.want.child(list, &self.have.place(child)?.word)?;
                    self.want.place(new).is_some_and(|place| place.live).then_some(new)
                });
                there.collect()
            });
            counts.insert(list, mine.len());
            seen.insert(list, mine.iter().copied().collect());
            now.insert(list, mine);
        }
        // What is new stands at the end, in the order in which it comes.
        for (step, &at) in order.iter().enumerate() {
            let Some(change) = changes.get(at) else { continue };
            for &end in &change.gives {
                let route = self.want.route(end);
                for pair in std::iter::once(&0).chain(&route).zip(&route) {
                    let (list, element) = pair;
                    let Some(seen) = seen.get_mut(list) else { continue };
                    after.insert(*list, step + 1);
                    if seen.insert(*element) {
                        now.entry(*list).or_default().push(*element);
                    }
                }
            }
        }
        for list in lists {
            let wanted: Vec<usize> = self.want.living(list).collect();
            let mut have = now.remove(&list).unwrap_or_default();
            // What stands for another spelling of a secret is the old word; a list of secrets has no order.
            let wanted: Vec<usize> = wanted.into_iter().filter(|element| have.contains(element)).collect();
            have.retain(|element| wanted.contains(element));
            let old = counts.get(&list).copied().unwrap_or_default();
            let step = after.get(&list).copied().unwrap_or_else(|| sets(changes, order));
            for (element, to) in place::moves(&have, &wanted, old) {
                moves.entry(step).or_default().push(self.step_aside(word, list, element, to));
            }
        }
        moves
    }

    fn step_aside(&self, word: &str, list: usize, element: usize, to: To) -> Command {
        let (where_, anchor) = match to {
            To::Before(anchor) => ("before", anchor),
            To::After(anchor) => ("after", anchor),
        };
        let kind = if self.want.place(list).is_some_and(|place| place.names) {
            format!("{} ", self.want.typed_word(list))
        } else {
            String::new()
        };
        let ends = self.want.ends(element);
        Command {
            path: Vec::new(),
            text: format!("{word} {} {where_} {kind}{}", self.want.typed(element), self.want.typed_word(anchor)).into(),
            reason: "stands at another place".to_owned(),
            risk: self.risk(self.want, element, &ends, Effect::Change).into(),
            effect: Effect::Change,
            feature: self.feature(self.want, &ends),
            opens: false,
        }
    }
}

/// How many changes come before the deletions at the end.
fn sets(changes: &[Change], order: &[usize]) -> usize {
    let late = |at: &usize| changes.get(*at).is_some_and(|change| change.rank.0 >= 3);
    order.iter().position(late).unwrap_or(order.len())
}
