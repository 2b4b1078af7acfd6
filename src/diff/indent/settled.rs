//! Sections that stand the same in both configurations, set aside before anything is read of them.
//!
//! Most of a large configuration does not change. A section whose text is the same on both sides can lead to no
//! command; only its names matter, and only where a name goes.

use std::borrow::Cow;

use foldhash::{HashMap, HashMapExt as _, HashSet};
use rayon::iter::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};

use super::normal::canonical;
use crate::config::{self, Family, Node, Piece, Tree, pieces};
use crate::diff::Options;
use crate::platform::Platform;
use crate::platform::rules::Rules;

/// So many sections are looked at by one.
const FEW: usize = 512;

/// Two texts without what they have in common.
pub(super) struct Apart<'t> {
    /// What is left of the one.
    pub(super) running: Vec<Piece<'t>>,
    /// What is left of the other.
    pub(super) intended: Vec<Piece<'t>>,
    /// Sections that stand in both.
    pub(super) settled: Vec<Piece<'t>>,
}

/// Takes sections out of both texts that are equal and the only ones of their name.
pub(super) fn apart<'t>(platform: &Platform, running: &'t str, intended: &'t str) -> Apart<'t> {
    let rules = &platform.rules;
    // Where a name stands in one place at a time, what does not change matters too.
    if platform.family != Family::Indent || !rules.moves.is_empty() {
        let whole = |text| vec![Piece { text, line: 1, header: None }];
        return Apart { running: whole(running), intended: whole(intended), settled: Vec::new() };
    }
    let cut = |text| {
        let pieces = pieces(&rules.syntax, text);
        let headers = headers(rules, &pieces);
        (pieces, headers)
    };
    let ((running, have), (intended, wish)) = rayon::join(|| cut(running), || cut(intended));
    let both = |piece: &Piece<'t>| {
        let text = |all: &HashMap<&str, Option<&'t str>>| all.get(piece.header?).copied().flatten();
        text(&have).is_some_and(|one| Some(one) == text(&wish))
    };
    let mut alike: Vec<bool> = running.par_iter().with_min_len(FEW).map(both).collect();
    let known = |alike: &[bool]| -> HashSet<&'t str> {
        running.iter().zip(alike).filter(|(_, same)| **same).filter_map(|(piece, _)| piece.header).collect()
    };
    let is_in = |known: &HashSet<&str>| -> Vec<bool> {
        intended
            .par_iter()
            .with_min_len(FEW)
            .map(|piece| piece.header.is_some_and(|header| known.contains(header)))
            .collect()
    };
    let mut other = is_in(&known(&alike));
    // What is spelled otherwise on either side may be the same section: it has to meet its twin. Where each that is left has
    // one of its own spelling, none is: a device prints a section in one spelling, so that none meets one set aside.
    let lone = |pieces: &[Piece<'t>], same: &[bool]| -> HashSet<&'t str> {
        pieces.iter().zip(same).filter(|(_, same)| !**same).map(|(piece, _)| first(piece)).collect()
    };
    let (left, wanted) = (lone(&running, &alike), lone(&intended, &other));
    if left != wanted {
        let left: HashSet<Cow<'_, str>> = left.union(&wanted).map(|header| canonical(rules, header)).collect();
        let meets = |(piece, same): (&Piece<'t>, &bool)| *same && left.contains(&canonical(rules, first(piece)));
        let met: Vec<bool> = running.par_iter().zip(&alike).with_min_len(FEW).map(meets).collect();
        if met.contains(&true) {
            alike.iter_mut().zip(met).for_each(|(same, met)| *same &= !met);
            other = is_in(&known(&alike));
        }
    }
    let take = |pieces: Vec<Piece<'t>>, same: &[bool]| -> (Vec<_>, Vec<_>) {
        let mut same = same.iter();
        pieces.into_iter().partition(|_| same.next() == Some(&true))
    };
    let (settled, running) = take(running, &alike);
    let (_, intended) = take(intended, &other);
    Apart { running, intended, settled }
}

/// Reads pieces as one text; its lines keep the numbers they had.
pub(super) fn read(platform: &Platform, pieces: &[Piece<'_>]) -> Tree {
    fn renumber(nodes: &mut [Node], places: &[(usize, usize)]) {
        for node in nodes {
            let at = places.partition_point(|(here, _)| *here <= node.line);
            if let Some((here, there)) = at.checked_sub(1).and_then(|at| places.get(at)) {
                node.line = there + node.line - here;
            }
            renumber(&mut node.children, places);
        }
    }
    let mut text = String::with_capacity(pieces.iter().map(|piece| piece.text.len()).sum());
    let mut places = Vec::with_capacity(pieces.len());
    let mut line = 1;
    for piece in pieces {
        places.push((line, piece.line));
        line += memchr::memchr_iter(b'\n', piece.text.as_bytes()).count();
        text.push_str(piece.text);
    }
    let mut tree = config::parse(platform.family, &platform.rules.syntax, &text);
    renumber(&mut tree.nodes, &places);
    tree
}

/// The sections that may hold something unmanaged or unknown.
pub(super) fn open<'t>(rules: &Rules, settled: &[Piece<'t>], options: &Options) -> Vec<Piece<'t>> {
    // Everything below a header that is known is known, and without features everything is managed.
    let closed = |piece: &Piece<'_>| {
        let words = config::words(first(piece));
        options.features.is_none() && (rules.owns.is_empty() || rules.owns.is_match(&[], &words))
    };
    settled.par_iter().copied().filter(|piece| !closed(piece)).collect()
}

/// Sections by their header; `None` for one that stands more than once, or as part of a range.
fn headers<'t>(rules: &Rules, pieces: &[Piece<'t>]) -> HashMap<&'t str, Option<&'t str>> {
    let mut all: HashMap<&str, Option<&str>> = HashMap::with_capacity(pieces.len());
    for piece in pieces {
        let alone = piece.header.is_some_and(|header| {
            // Nor may its lines stand outside it.
            !((rules.ranges.may_match(header) && rules.ranges.is_match(&[], &config::words(header)))
                || rules
                    .nested
                    .iter()
                    .any(|phrase| phrase.may_match(header) && phrase.is_match(&[], &config::words(header)))
                || rules
                    .turns
                    .iter()
                    .any(|turn| turn.section.may_match(header) && turn.section.is_match(&[], &config::words(header))))
        });
        all.entry(first(piece)).and_modify(|text| *text = None).or_insert(alone.then_some(piece.text));
    }
    all
}

/// The line a piece begins with.
fn first<'t>(piece: &Piece<'t>) -> &'t str {
    piece.header.unwrap_or_else(|| piece.text.lines().next().unwrap_or_default().trim_end())
}
