//! Lists whose elements have an order: who moves, and to where.

use std::collections::HashMap;

use super::read::{Config, below};
use crate::platform::rules::Rules;

/// Whether the words that follow a place have an order.
pub(super) fn ordered(rules: &Rules, config: &Config, at: usize) -> bool {
    if rules.ordered.is_empty() {
        return false;
    }
    let mut children = config.living(at);
    let (Some(first), Some(_)) = (children.next(), children.next()) else { return false };
    let words = config.words(first);
    let mut words = words.as_slice();
    loop {
        if rules.ordered.iter().any(|rule| rule.section.is_match(&[], words)) {
            return true;
        }
        match below(&rules.paths, words) {
            Some(rest) => words = rest,
            None => return false,
        }
    }
}

/// Where an element goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum To {
    /// Before another element.
    Before(usize),
    /// After another element.
    After(usize),
}

/// The fewest moves from one order of elements to another; elements that came last move rather than others.
///
/// `have` and `want` hold the same elements; those from `new` on were added at the end.
pub(super) fn moves(have: &[usize], want: &[usize], new: usize) -> Vec<(usize, To)> {
    if have == want {
        return Vec::new();
    }
    let target: HashMap<usize, usize> = want.iter().enumerate().map(|(at, &element)| (element, at)).collect();
    let places: Vec<usize> = have.iter().filter_map(|element| target.get(element).copied()).collect();
    let stays = rising(&places, new);
    let mut still = vec![false; want.len()];
    for place in stays {
        if let Some(slot) = still.get_mut(place) {
            *slot = true;
        }
    }
    // From the last on: what stands behind an element is in its place when the element goes before it.
    let mut moves = Vec::new();
    let mut next: Option<usize> = None;
    let last_still = want.iter().zip(&still).rev().find(|(_, still)| **still).map(|(&element, _)| element);
    for (&element, &still) in want.iter().zip(&still).rev() {
        if !still {
            let to = match (next, last_still) {
                (Some(next), _) => To::Before(next),
                (None, Some(last)) => To::After(last),
                (None, None) => continue,
            };
            moves.push((element, to));
        }
        next = Some(element);
    }
    moves
}

/// The longest rising part of a sequence of different numbers; among equals, the one with most of the first `old`.
fn rising(places: &[usize], old: usize) -> Vec<usize> {
    // A tree of best chains by their last number.
    type Best = (usize, usize, usize);
    let size = places.len();
    let mut tree: Vec<Option<Best>> = vec![None; size + 1];
    let mut before: Vec<Option<usize>> = vec![None; size];
    let mut best: Option<Best> = None;
    for (at, &place) in places.iter().enumerate() {
        let mut found: Option<Best> = None;
        let mut here = place;
        while here > 0 {
            found = found.max(tree.get(here).copied().flatten());
            here &= here - 1;
        }
        let (count, kept) = found.map_or((0, 0), |(count, kept, _)| (count, kept));
        if let Some(slot) = before.get_mut(at) {
            *slot = found.map(|(_, _, index)| index);
        }
        let chain: Best = (count + 1, kept + usize::from(at < old), at);
        best = best.max(Some(chain));
        let mut here = place + 1;
        while here <= size {
            if let Some(slot) = tree.get_mut(here) {
                *slot = (*slot).max(Some(chain));
            }
            here += here & here.wrapping_neg();
        }
    }
    let mut chain = Vec::new();
    let mut at = best.map(|(_, _, at)| at);
    while let Some(here) = at {
        chain.extend(places.get(here));
        at = before.get(here).copied().flatten();
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn played(have: &[usize], want: &[usize], new: usize) -> usize {
        let moves = moves(have, want, new);
        let mut now = have.to_vec();
        for &(element, to) in &moves {
            now.retain(|&other| other != element);
            let place = |anchor: usize| now.iter().position(|&other| other == anchor).unwrap();
            let at = match to {
                To::Before(anchor) => place(anchor),
                To::After(anchor) => place(anchor) + 1,
            };
            now.insert(at, element);
        }
        assert_eq!(now, want, "{moves:?}");
        moves.len()
    }

    #[test]
    fn few_elements_move() {
        assert_eq!(played(&[1, 2, 3], &[1, 2, 3], 3), 0);
        assert_eq!(moves(&[1, 2, 9, 5], &[1, 2, 5, 9], 3), [(5, To::Before(9))]);
        assert_eq!(played(&[1, 2, 3, 4], &[4, 1, 2, 3], 4), 1);
        assert_eq!(played(&[1, 2, 3, 4], &[2, 3, 4, 1], 4), 1);
        assert_eq!(played(&[1, 2, 3, 4, 5], &[5, 4, 3, 2, 1], 5), 4);
        assert_eq!(played(&[1, 2, 3, 4, 5, 6], &[2, 1, 4, 3, 6, 5], 6), 3);
        assert_eq!(played(&[7], &[7], 0), 0);
    }
}
