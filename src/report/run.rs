//! A run in words, out of the journal alone.

use std::collections::BTreeMap;

use super::document::{Block, Document};
use super::plan::counted;
use crate::journal::{Entry, Event};

/// The report on one run; `None` when the journal does not have it.
#[must_use]
pub fn document(run: u64, entries: &[Entry]) -> Option<Document> {
    let own: Vec<&Entry> = entries.iter().filter(|entry| entry.event.run() == Some(run)).collect();
    let first = own.first()?;
    let mut blocks = Vec::new();
    if let Event::RunStarted { plan, network, author, approved, operator, devices, .. } = &first.event {
        let approved: Vec<String> = approved.iter().map(|by| format!("{} ({})", by.principal, by.key)).collect();
        blocks.push(Block::Facts(vec![
            ("run".to_owned(), run.to_string()),
            ("plan".to_owned(), plan.to_string()),
            ("network".to_owned(), network.clone()),
            ("plan made by".to_owned(), author.clone()),
            ("approved by".to_owned(), if approved.is_empty() { "nobody".to_owned() } else { approved.join(", ") }),
            ("run by".to_owned(), operator.clone()),
            ("begun".to_owned(), first.at.to_string()),
            ("ended".to_owned(), ended(&own)),
            ("devices".to_owned(), devices.len().to_string()),
        ]));
    }
    let outcomes = outcomes(&own);
    let mut tally: BTreeMap<&str, usize> = BTreeMap::new();
    for (outcome, ..) in outcomes.values() {
        *tally.entry(outcome).or_default() += 1;
    }
    let tally: Vec<String> = tally.iter().map(|(word, count)| format!("{count} {word}")).collect();
    blocks.push(Block::Text(format!(
        "Outcome: {}.",
        if tally.is_empty() { "nothing was begun".to_owned() } else { tally.join(", ") }
    )));
    for (device, (outcome, detail, _)) in &outcomes {
        if !matches!(*outcome, "confirmed" | "already") {
            blocks.push(Block::Alert(format!("{device}: {outcome}\n{detail}").trim().to_owned()));
        }
    }
    blocks.push(Block::Heading(2, "Devices".to_owned()));
    let rows = outcomes.iter().map(|(device, (outcome, _, millis))| {
        let took = millis.map_or_else(String::new, |millis| format!("{}.{} s", millis / 1000, millis % 1000 / 100));
        vec![(*device).to_owned(), (*outcome).to_owned(), took]
    });
    let heads = ["device", "outcome", "took"].map(str::to_owned).to_vec();
    blocks.push(Block::Table(heads, rows.collect()));
    blocks.push(Block::Heading(2, "Journal".to_owned()));
    let last = own.last().map_or(0, |entry| entry.number);
    blocks.push(Block::Text(format!(
        "{}, numbers {} to {last}; `samnet audit verify` checks the chain.",
        counted(own.len(), "entry").replace("entrys", "entries"),
        first.number
    )));
    Some(Document { title: format!("Run {run}"), blocks })
}

fn ended(entries: &[&Entry]) -> String {
    let end = entries.iter().find(|entry| matches!(entry.event, Event::RunFinished { .. }));
    end.map_or_else(|| "it did not end: it was killed, or runs still".to_owned(), |entry| entry.at.to_string())
}

type Outcomes<'e> = BTreeMap<&'e str, (&'e str, &'e str, Option<u64>)>;

fn outcomes<'e>(entries: &[&'e Entry]) -> Outcomes<'e> {
    let mut outcomes: Outcomes<'e> = BTreeMap::new();
    for entry in entries {
        match &entry.event {
            Event::Intent { device, .. } => {
                outcomes.insert(device.as_str(), ("unfinished", "begun, and no outcome was written", None));
            }
            Event::Outcome { device, outcome, detail, millis, .. } => {
                outcomes.insert(device.as_str(), (outcome, detail, Some(*millis)));
            }
            Event::RunStarted { .. } | Event::Refused { .. } | Event::RunFinished { .. } => {}
        }
    }
    outcomes
}
