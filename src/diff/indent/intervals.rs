//! Sections over a run of numbers (`line vty 0 4`): cut so that both configurations have the same ones.
//!
//! Two devices may keep the same lines in runs of their own, `0 4` and `5 15` here and `0 15` there. To take `5 15` away
//! because it is not named there would take the lines themselves away.

use std::collections::BTreeSet;

use super::normal::Item;
use crate::platform::rules::Rules;
use crate::value::Text;

/// Cuts the runs of both sides wherever one of either begins or ends.
pub(super) fn refine(rules: &Rules, run: &mut Vec<Item>, want: &mut Vec<Item>) {
    for kind in &rules.intervals {
        let of = |items: &[Item]| -> BTreeSet<(u32, u32)> {
            items.iter().filter_map(|item| numbers(kind, &item.canon)).collect()
        };
        let (have, wish) = (of(run), of(want));
        if have == wish || have.is_empty() || wish.is_empty() {
            continue;
        }
        // Where each part begins.
        let begins: BTreeSet<u32> = have.iter().chain(&wish).flat_map(|(first, last)| [*first, last + 1]).collect();
        for items in [&mut *run, &mut *want] {
            *items = std::mem::take(items).into_iter().flat_map(|item| parts(kind, item, &begins)).collect();
        }
    }
}

/// The first and last number of a header of this kind.
fn numbers(kind: &str, header: &str) -> Option<(u32, u32)> {
    let mut rest = header.strip_prefix(kind)?.strip_prefix(' ')?.split(' ');
    let first: u32 = rest.next()?.parse().ok()?;
    let last = rest.next().map_or(Some(first), |last| last.parse().ok())?;
    (rest.next().is_none() && first <= last && last < u32::MAX).then_some((first, last))
}

fn parts(kind: &str, item: Item, begins: &BTreeSet<u32>) -> Vec<Item> {
    let Some((first, last)) = numbers(kind, &item.canon) else { return vec![item] };
    let inner: Vec<u32> = begins.range(first..=last).copied().filter(|at| *at > first).collect();
    if inner.is_empty() {
        return vec![item];
    }
    let starts = std::iter::once(first).chain(inner.iter().copied());
    let ends = inner.iter().map(|at| at - 1).chain([last]);
    let part = |(first, last): (u32, u32)| {
        let text = if first == last { format!("{kind} {first}") } else { format!("{kind} {first} {last}") };
        let text = Text::from(text);
        Item { canon: text.clone(), text, ..item.clone() }
    };
    starts.zip(ends).map(part).collect()
}
