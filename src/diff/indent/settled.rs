//! Sections that stand the same in both configurations, set aside before anything is read of them.
//!
//! Most of a large configuration does not change. A section whose text is the same on both sides can lead to no
//! command; only its names matter, and only where a name goes.

use std::collections::{HashMap, HashSet};

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use super::normal::canonical;
use crate::config::{self, Family, Node, Piece, Tree, pieces};
use crate::diff::Options;
use crate::platform::Platform;
use crate::platform::rules::Rules;

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
    let (running, intended) = rayon::join(|| pieces(&rules.syntax, running), || pieces(&rules.syntax, intended));
    let (have, wish) = (headers(rules, &running), headers(rules, &intended));
    let equal: HashSet<&str> = have
        .iter()
        .filter_map(|(header, text)| {
            let text = (*text)?;
            (wish.get(header).copied().flatten() == Some(text)).then_some(*header)
        })
        .collect();
    let is_equal = |piece: &&Piece<'t>| piece.header.is_some_and(|header| equal.contains(header));
    // What is spelled otherwise on either side may be the same section: it has to meet its twin.
    let left: Vec<&str> =
        running.iter().chain(&intended).filter(|piece| !is_equal(piece)).map(|piece| first(piece)).collect();
    let left: HashSet<String> = left.par_iter().map(|header| canonical(rules, header)).collect();
    let equal: HashSet<&str> =
        equal.par_iter().copied().filter(|header| !left.contains(&canonical(rules, header))).collect();
    let is_equal = |piece: &Piece<'t>| piece.header.is_some_and(|header| equal.contains(header));
    let (settled, running) = running.into_iter().partition(is_equal);
    let intended = intended.into_iter().filter(|piece| !is_equal(piece)).collect();
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
        line += piece.text.matches('\n').count();
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
        let words: Vec<&str> = first(piece).split_ascii_whitespace().collect();
        options.features.is_none() && (rules.owns.is_empty() || rules.owns.is_match(&[], &words))
    };
    settled.iter().copied().filter(|piece| !closed(piece)).collect()
}

/// Sections by their header; `None` for one that stands more than once, or as part of a range.
fn headers<'t>(rules: &Rules, pieces: &[Piece<'t>]) -> HashMap<&'t str, Option<&'t str>> {
    let mut all: HashMap<&str, Option<&str>> = HashMap::with_capacity(pieces.len());
    for piece in pieces {
        let alone = piece.header.is_some_and(|header| {
            let words: Vec<&str> = header.split_ascii_whitespace().collect();
            // Nor may its lines stand outside it.
            !rules.ranges.is_match(&[], &words) && !rules.nested.iter().any(|phrase| phrase.is_match(&[], &words))
        });
        all.entry(first(piece)).and_modify(|text| *text = None).or_insert(alone.then_some(piece.text));
    }
    all
}

/// The line a piece begins with.
fn first<'t>(piece: &Piece<'t>) -> &'t str {
    piece.header.unwrap_or_else(|| piece.text.lines().next().unwrap_or_default().trim_end())
}
