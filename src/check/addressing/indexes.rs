//! Indexes of organisations, and of the sites of each: addresses follow from them.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::{Subject, second};
use crate::finding::{Finding, codes};
use crate::source::Span;
use crate::value::Id;

pub(crate) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let network = subject.network;
    let mut first: BTreeMap<u32, Span> = BTreeMap::new();
    let mut names: BTreeSet<&Id> = BTreeSet::new();
    for organisation in &network.organisations {
        let index = &organisation.index;
        // One organisation described twice has one name twice, which is told.
        if !names.insert(&organisation.id.value) {
            continue;
        }
        if let Some(first) = first.get(&index.value) {
            let message = format!("two organisations have index {}, and so the same addresses", index.value);
            let taken: Vec<u32> = network.organisations.iter().map(|org| org.index.value).collect();
            findings.push(second(codes::DUPLICATE_INDEX, message, index.span, *first).help(free(&taken)));
        }
        first.entry(index.value).or_insert(index.span);
    }
    let mut first: BTreeMap<(&str, u32), Span> = BTreeMap::new();
    for site in &network.sites {
        let key = (site.organisation.as_str(), site.index.value);
        if let Some(first) = first.get(&key) {
            let message = format!("two sites of `{}` have index {}, and so the same addresses", key.0, key.1);
            let own = network.sites.iter().filter(|other| other.organisation.as_str() == key.0);
            let taken: Vec<u32> = own.map(|site| site.index.value).collect();
            findings.push(second(codes::DUPLICATE_INDEX, message, site.index.span, *first).help(free(&taken)));
        }
        first.entry(key).or_insert(site.index.span);
    }
}

fn free(taken: &[u32]) -> String {
    let free: Vec<String> = (0..).filter(|n| !taken.contains(n)).take(3).map(|n| n.to_string()).collect();
    format!("free ones are {}; never take one that stood for something else before", free.join(", "))
}
