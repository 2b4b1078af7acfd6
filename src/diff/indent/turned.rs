//! Lines that turn round what other lines say: `passive-interface default` makes every interface passive, and then it
//! is the others that say so.
//!
//! Where such a line comes or goes, what stood on the other side says what holds anyway. The device drops it by itself, or goes
//! on showing it (FRR): to take it back would say the opposite.

use std::collections::BTreeMap;

use foldhash::HashSet;

use super::compare::Differ;
use super::normal::Item;
use crate::config::{self, Phrase};
use crate::platform::rules::{Rules, Turn};
use crate::value::Text;

/// Whether a line that turns others round stands in each section that may hold it, by the section's header.
type States = BTreeMap<Text, bool>;

/// Marks the lines that say what holds anyway.
pub(super) fn settle(rules: &Rules, items: &mut [Item]) {
    for turn in &rules.turns {
        let states = states(turn, items);
        if !states.is_empty() {
            each(items, &mut Vec::new(), &mut |path, item| {
                let said = said(rules, turn, path, item);
                item.default |= said.is_some() && said == applies(&states, path);
            });
        }
    }
}

/// The lines that go by themselves on the way from one configuration to another.
pub(super) struct Turned<'r>(Vec<(&'r Turn, States)>);

impl<'r> Turned<'r> {
    pub(super) fn between(rules: &'r Rules, run: &[Item], want: &[Item]) -> Self {
        let turned = rules.turns.iter().map(|turn| {
            let (mut before, after) = (states(turn, run), states(turn, want));
            for (header, state) in &mut before {
                *state ^= after.get(header).copied().unwrap_or_default();
            }
            (turn, before)
        });
        Self(turned.collect())
    }

    /// Whether a line of the running configuration goes by itself.
    pub(super) fn takes(&self, rules: &Rules, path: &[Text], item: &Item) -> bool {
        // Which of several processes a line elsewhere belongs to is not known: where one of them turns, it is left alone.
        let turns = |states: &States| applies(states, path).unwrap_or_else(|| states.values().any(|turned| *turned));
        let taken = |(turn, states): &(&Turn, States)| turns(states) && said(rules, turn, path, item).is_some();
        self.0.iter().any(taken)
    }
}

impl Differ<'_> {
    /// What lines that stay or come take over, for each rule.
    pub(super) fn absorbing(&self, want: &[Item]) -> Vec<HashSet<String>> {
        let above = self.above();
        let may = |phrase: &Phrase, wish: &&Item| phrase.may_match(&wish.canon);
        let things = |phrase: &Phrase| {
            want.iter().filter(|wish| may(phrase, wish)).filter_map(|wish| thing(phrase, &above, wish)).collect()
        };
        self.rules.absorbed.iter().map(|rule| things(&rule.by)).collect()
    }

    /// Whether a line that stays or comes takes another one over.
    pub(super) fn is_absorbed(&self, item: &Item) -> bool {
        let above = self.above();
        self.rules.absorbed.iter().zip(&self.absorbing).any(|(rule, taken)| {
            !taken.is_empty() && thing(&rule.line, &above, item).is_some_and(|own| taken.contains(&own))
        })
    }
}

/// What a line is about: the first part of the phrase that fits it.
fn thing(phrase: &Phrase, above: &[&str], item: &Item) -> Option<String> {
    phrase.matches(above, &config::words(&item.canon)).and_then(|found| found.parts.into_iter().next())
}

fn states(turn: &Turn, items: &[Item]) -> States {
    let sections = items
        .iter()
        .filter(|item| turn.section.may_match(&item.canon))
        .filter(|item| turn.section.is_match(&[], &config::words(&item.canon)));
    let holds = |section: &Item| {
        section.children.iter().any(|line| turn.line.is_match(&[&section.canon], &config::words(&line.canon)))
    };
    sections.map(|section| (section.canon.clone(), holds(section))).collect()
}

/// What holds for a line: by the section it stands in, or by all such sections where these agree.
fn applies(states: &States, path: &[Text]) -> Option<bool> {
    if let Some(state) = path.first().and_then(|header| states.get(header)) {
        return Some(*state);
    }
    let mut all = states.values();
    let first = *all.next()?;
    all.all(|state| *state == first).then_some(first)
}

/// Whether a line says yes or no to what is turned round; nothing where it is another line.
fn said(rules: &Rules, turn: &Turn, path: &[Text], item: &Item) -> Option<bool> {
    let words = config::words(&item.canon);
    let (words, negated) = rules.positive(&words);
    let ours = item.children.is_empty() && turn.own.is_match(&config::above(path), words);
    (ours && !turn.line.is_match(&config::above(path), words)).then_some(!negated)
}

fn each(items: &mut [Item], path: &mut Vec<Text>, what: &mut impl FnMut(&[Text], &mut Item)) {
    for item in items {
        what(path, item);
        if !item.children.is_empty() {
            path.push(item.canon.clone());
            each(&mut item.children, path, what);
            path.pop();
        }
    }
}
