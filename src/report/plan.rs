//! A plan in words: on the terminal, and as a report.

#![expect(clippy::format_push_string, reason = "reports are short, and write! gives a result that cannot be an error")]

use std::collections::{BTreeMap, BTreeSet};

use anstyle::{AnsiColor, Style};

use super::document::{Block, Document, Mark};
use crate::approval::{Needed, Verdict};
use crate::diff::Effect;
use crate::plan::{DevicePlan, Plan, Risk, Step, Stored};
use crate::value::Text;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// Characters of a command in the table of changes.
const LONGEST: usize = 40;
/// Devices that could not be read, before the terminal view only counts the rest.
const SHOWN: usize = 8;

/// Changes of one kind, across devices.
struct Group<'p> {
    risk: Risk,
    /// What changes, in words.
    what: String,
    devices: Vec<&'p DevicePlan>,
}

/// Everything one plan says, short first; styled, for a terminal.
#[must_use]
pub fn terminal(stored: &Stored, needed: &Needed) -> String {
    let plan = &stored.plan;
    let mut out = String::new();
    let id = stored.id.short();
    let read = counted(plan.devices.len(), "device");
    let mut head =
        format!("{BOLD}Plan {id}{BOLD:#} · {} · inventory {} · {read} read", plan.network, plan.inventory.short());
    if !plan.missing.is_empty() {
        head += &format!(", {YELLOW}{} not{YELLOW:#}", plan.missing.len());
    }
    out += &format!("{head}\n");
    if plan.is_empty() {
        out += &format!("\n  {GREEN}nothing to change{GREEN:#}: every device read is as intended\n");
    } else {
        out += &table(plan);
        out += "\n";
        for (name, value) in facts(plan, needed) {
            out += &format!("  {FAINT}{name:<15}{FAINT:#} {value}\n");
        }
    }
    for gap in plan.missing.iter().take(SHOWN) {
        let mut reason = gap.reason.lines();
        out +=
            &format!("\n  {YELLOW}{}{YELLOW:#} ({}): {}\n", gap.name, gap.site_name, reason.next().unwrap_or_default());
        reason.for_each(|line| out += &format!("    {line}\n"));
    }
    if plan.missing.len() > SHOWN {
        out += &format!("\n  and {} more; samnet report names them all\n", plan.missing.len() - SHOWN);
    }
    out
}

/// One device's part, command by command; styled, for a terminal.
#[must_use]
pub fn device(device: &DevicePlan) -> String {
    let mut out = format!(
        "{BOLD}{}{BOLD:#} · {} · {} · {}\n\n",
        device.name,
        device.platform_title,
        device.site_name,
        safety(&device.tier)
    );
    if device.commands.is_empty() {
        out += "  nothing to change\n";
    }
    let mut open: &[Text] = &[];
    for step in &device.commands {
        let shared = open.iter().zip(&step.path).take_while(|(have, want)| have == want).count();
        for (depth, header) in step.path.iter().enumerate().skip(shared) {
            out += &format!("  {}{FAINT}{header}{FAINT:#}\n", " ".repeat(depth));
        }
        open = &step.path;
        let style = style(step.effect);
        for (at, line) in step.text.lines().enumerate() {
            let text = format!("{}{line}", " ".repeat(step.path.len()));
            let note = if at == 0 { format!("{} {}", mark(step.effect).1, step.reason) } else { String::new() };
            out += &format!("  {style}{text:<52}{style:#} {FAINT}{note}{FAINT:#}\n");
        }
    }
    for unknown in &device.unknown {
        out += &format!("\n  {YELLOW}not understood{YELLOW:#}, left alone: line {}: {}", unknown.line, unknown.text);
    }
    for warning in &device.warnings {
        out += &format!("\n  {YELLOW}warning{YELLOW:#}: {warning}");
    }
    if out.ends_with('\n') { out } else { out + "\n" }
}

/// The plan as a report for people who were not there.
#[must_use]
pub fn document(stored: &Stored, verdict: &Verdict) -> Document {
    let plan = &stored.plan;
    let mut blocks = vec![Block::Facts(vec![
        ("plan".to_owned(), stored.id.to_string()),
        ("network".to_owned(), plan.network.clone()),
        ("inventory".to_owned(), plan.inventory.to_string()),
        ("made by".to_owned(), plan.author.clone()),
        ("made at".to_owned(), plan.created.to_string()),
        ("made with".to_owned(), format!("samnet {}", plan.tool)),
        ("limited to".to_owned(), plan.target.clone().unwrap_or_else(|| "nothing, the whole network".to_owned())),
    ])];
    blocks.push(Block::Heading(2, "Approval".to_owned()));
    let word = if verdict.approved() { "approved" } else { "not approved yet" };
    blocks.push(Block::Text(format!(
        "{word}: {} of {} needed ({})",
        verdict.good.len(),
        counted(verdict.needed.signatures as usize, "signature"),
        verdict.needed.because
    )));
    if !verdict.good.is_empty() {
        let rows = verdict.good.iter().map(|good| vec![good.principal.clone(), good.key.clone()]).collect();
        blocks.push(Block::Table(vec!["signed by".to_owned(), "key".to_owned()], rows));
    }
    for rejected in &verdict.rejected {
        blocks.push(Block::Alert(format!("{} does not count: {}", rejected.path.display(), rejected.reason)));
    }
    blocks.push(Block::Heading(2, "What changes".to_owned()));
    if plan.is_empty() {
        blocks.push(Block::Text("Nothing: every device that was read is as intended.".to_owned()));
    } else {
        let heads = ["risk", "change", "devices", "where"].map(str::to_owned).to_vec();
        let rows = groups(plan)
            .iter()
            .map(|group| {
                let place = place(plan, &group.devices);
                vec![group.risk.to_string(), group.what.clone(), group.devices.len().to_string(), place]
            })
            .collect();
        blocks.push(Block::Table(heads, rows));
        blocks.push(Block::Facts(facts(plan, &verdict.needed)));
    }
    if !plan.missing.is_empty() {
        blocks.push(Block::Heading(2, "Not planned".to_owned()));
        let rows = plan.missing.iter().map(|gap| vec![gap.name.to_string(), gap.site_name.clone(), gap.reason.clone()]);
        let heads = ["device", "site", "why"].map(str::to_owned).to_vec();
        blocks.push(Block::Table(heads, rows.collect()));
    }
    if !plan.is_empty() {
        blocks.push(Block::Heading(2, "Device by device".to_owned()));
        blocks.extend(plan.changing().map(folded));
    }
    Document { title: format!("Plan {} · {}", stored.id.short(), plan.network), blocks }
}

fn folded(device: &DevicePlan) -> Block {
    let mut blocks = vec![Block::Facts(vec![
        ("site".to_owned(), format!("{} ({})", device.site_name, device.organisation_name)),
        ("platform".to_owned(), device.platform_title.clone()),
        ("safety".to_owned(), safety(&device.tier).to_owned()),
        ("reached at".to_owned(), format!("{} port {}", device.endpoint.host, device.endpoint.port)),
    ])];
    blocks.push(Block::Code(code(&device.commands)));
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for step in device.commands.iter().filter(|step| step.effect != Effect::Enter) {
        *reasons.entry(&step.reason).or_default() += 1;
    }
    let rows = reasons.into_iter().map(|(reason, count)| vec![reason.to_owned(), count.to_string()]).collect();
    blocks.push(Block::Table(vec!["why".to_owned(), "commands".to_owned()], rows));
    if !device.rollback.is_empty() {
        blocks.push(Block::Folded("what takes it back".to_owned(), vec![Block::Code(code(&device.rollback))]));
    }
    if !device.unknown.is_empty() {
        let rows = device.unknown.iter().map(|line| vec![line.line.to_string(), line.text.clone()]).collect();
        blocks.push(Block::Table(vec!["line".to_owned(), "not understood, left alone".to_owned()], rows));
    }
    blocks.extend(device.warnings.iter().map(|warning| Block::Text(format!("Warning: {warning}"))));
    let summary = format!("{} · {} · {}", device.name, device.site_name, counted(commands(device), "command"));
    Block::Folded(summary, blocks)
}

fn code(steps: &[Step]) -> Vec<(Mark, String)> {
    let mut lines = Vec::new();
    let mut open: &[Text] = &[];
    for step in steps {
        let shared = open.iter().zip(&step.path).take_while(|(have, want)| have == want).count();
        for (depth, header) in step.path.iter().enumerate().skip(shared) {
            lines.push((Mark::Plain, format!("{}{header}", " ".repeat(depth))));
        }
        open = &step.path;
        let (mark, _) = mark(step.effect);
        lines.extend(step.text.lines().map(|line| (mark, format!("{}{line}", " ".repeat(step.path.len())))));
    }
    lines
}

fn table(plan: &Plan) -> String {
    let rows: Vec<[String; 4]> = groups(plan)
        .into_iter()
        .map(|group| {
            let place = place(plan, &group.devices);
            [group.risk.to_string(), group.what, group.devices.len().to_string(), place]
        })
        .collect();
    let wide = |column: usize, least: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0).max(least)
    };
    let (risk, what, devices) = (wide(0, 4), wide(1, 6), wide(2, 7));
    let mut out =
        format!("\n  {FAINT}{:<risk$}  {:<what$}  {:>devices$}  where{FAINT:#}\n", "risk", "change", "devices");
    for [class, words, count, place] in &rows {
        let colour = colour(class);
        out += &format!("  {colour}{class:<risk$}{colour:#}  {words:<what$}  {count:>devices$}  {place}\n");
    }
    out
}

/// Changes grouped by risk class and feature; the gravest first, then the most widespread.
fn groups(plan: &Plan) -> Vec<Group<'_>> {
    let mut found: BTreeMap<(Risk, &str), Kind<'_>> = BTreeMap::new();
    for device in plan.changing() {
        for step in device.commands.iter().filter(|step| step.effect != Effect::Enter) {
            let feature = step.feature.as_deref().unwrap_or("other lines");
            let kind = found.entry((step.risk.clone(), feature)).or_default();
            *kind.texts.entry(step.text.lines().next().unwrap_or_default()).or_default() += 1;
            *kind.signs.entry(mark(step.effect).1).or_default() += 1;
            if kind.devices.last().is_none_or(|last| last.name != device.name) {
                kind.devices.push(device);
            }
        }
    }
    let mut groups: Vec<Group<'_>> = found
        .into_iter()
        .map(|((risk, feature), kind)| Group { risk, what: kind.words(feature), devices: kind.devices })
        .collect();
    groups.sort_by(|a, b| b.risk.cmp(&a.risk).then_with(|| b.devices.len().cmp(&a.devices.len())));
    groups
}

/// The commands of one group.
#[derive(Default)]
struct Kind<'p> {
    texts: BTreeMap<&'p str, usize>,
    signs: BTreeMap<char, usize>,
    devices: Vec<&'p DevicePlan>,
}

impl Kind<'_> {
    /// `vlans +40 -3: vlan 70 and 3 others`: the most frequent command stands for the group.
    fn words(&self, feature: &str) -> String {
        let signs: Vec<String> = self.signs.iter().map(|(sign, count)| format!("{sign}{count}")).collect();
        let common = self.texts.iter().max_by(|a, b| a.1.cmp(b.1).then_with(|| b.0.cmp(a.0)));
        let whole = common.map_or("", |(text, _)| text);
        let mut first: String = whole.chars().take(LONGEST).collect();
        if first.len() < whole.len() {
            first.push('…');
        }
        let others = match self.texts.len() {
            0 | 1 => String::new(),
            2 => " and 1 other".to_owned(),
            more => format!(" and {} others", more - 1),
        };
        format!("{feature} {}: {first}{others}", signs.join(" "))
    }
}

fn place(plan: &Plan, devices: &[&DevicePlan]) -> String {
    if devices.len() <= 2 {
        return devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>().join(", ");
    }
    if devices.len() > 3 && devices.len() == plan.devices.len() {
        return "everywhere".to_owned();
    }
    let sites: BTreeSet<&str> = devices.iter().map(|device| device.site.as_str()).collect();
    if let (1, Some(first)) = (sites.len(), devices.first()) {
        return first.site_name.clone();
    }
    let mut organisations: BTreeMap<&str, usize> = BTreeMap::new();
    for device in devices {
        *organisations.entry(&device.organisation_name).or_default() += 1;
    }
    if organisations.len() > 2 {
        return format!("{} of {} organisations", counted(sites.len(), "site"), organisations.len());
    }
    let parts: Vec<String> = organisations.iter().map(|(name, count)| format!("{name} {count}")).collect();
    format!("{}: {}", counted(sites.len(), "site"), parts.join(", "))
}

fn facts(plan: &Plan, needed: &Needed) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: String| facts.push((name.to_owned(), value));
    let total: usize = plan.changing().map(commands).sum();
    fact("commands", format!("{total} on {}", counted(plan.changing().count(), "device")));
    fact("interruption", interruption(plan));
    let mut tiers: BTreeMap<&str, usize> = BTreeMap::new();
    for part in plan.changing() {
        *tiers.entry(safety(&part.tier)).or_default() += 1;
    }
    let tiers: Vec<String> =
        tiers.iter().map(|(words, count)| format!("{} with {words}", counted(*count, "device"))).collect();
    fact("safety", tiers.join("; "));
    let unknown: Vec<&DevicePlan> = plan.devices.iter().filter(|device| !device.unknown.is_empty()).collect();
    if let Some(first) = unknown.first() {
        let lines: usize = unknown.iter().map(|device| device.unknown.len()).sum();
        let more = if unknown.len() > 1 { format!(" and {} more", unknown.len() - 1) } else { String::new() };
        fact("not understood", format!("{} on {}{more}, left alone", counted(lines, "line"), first.name));
    }
    let warnings: usize = plan.devices.iter().map(|device| device.warnings.len()).sum();
    if warnings > 0 {
        fact("warnings", format!("{}, see each device", counted(warnings, "remark")));
    }
    let four_eyes = if needed.four_eyes && needed.signatures > 0 { ", not by its author" } else { "" };
    let signatures = counted(needed.signatures as usize, "signature");
    fact("needs", format!("{signatures} ({}){four_eyes}", needed.because));
    facts
}

fn interruption(plan: &Plan) -> String {
    let mut sites: BTreeMap<&str, usize> = BTreeMap::new();
    for device in plan.changing().filter(|device| device.interruption.ports > 0) {
        *sites.entry(&device.site_name).or_default() += device.interruption.ports;
    }
    let seconds = plan.changing().map(|device| device.interruption.seconds).max().unwrap_or(0);
    let ports: usize = sites.values().sum();
    let mut words = match sites.len() {
        0 => Vec::new(),
        1..=3 => {
            let each: Vec<String> =
                sites.iter().map(|(site, ports)| format!("{} at {site}", counted(*ports, "port"))).collect();
            vec![format!("{} flap, about {seconds} s each", each.join(", "))]
        }
        many => vec![format!("{} at {many} sites flap, about {seconds} s each", counted(ports, "port"))],
    };
    let wireless = plan.changing().filter(|device| device.interruption.ssids > 0).count();
    if wireless > 0 {
        words.push(format!("wireless restarts on {}", counted(wireless, "access point")));
    }
    if words.is_empty() { "none expected".to_owned() } else { words.join("; ") }
}

fn commands(device: &DevicePlan) -> usize {
    device.commands.iter().filter(|step| step.effect != Effect::Enter).count()
}

/// What a tier means for whoever is afraid of the push.
fn safety(tier: &str) -> &'static str {
    match tier {
        "native" => "rollback of its own (confirmed commit)",
        "timer" => "rollback of its own (timed reload)",
        "watchdog" => "rollback by a watchdog we leave there",
        _ => "no rollback of its own: Samnet sends the inverse",
    }
}

const fn mark(effect: Effect) -> (Mark, char) {
    match effect {
        Effect::Add => (Mark::Add, '+'),
        Effect::Remove => (Mark::Remove, '-'),
        Effect::Change => (Mark::Change, '~'),
        Effect::Enter => (Mark::Plain, ' '),
    }
}

const fn style(effect: Effect) -> Style {
    match effect {
        Effect::Add => GREEN,
        Effect::Remove => RED,
        Effect::Change => YELLOW,
        Effect::Enter => FAINT,
    }
}

fn colour(class: &str) -> Style {
    match Risk(class.to_owned()).rank() {
        0 | 1 => Style::new(),
        2 | 3 => YELLOW,
        _ => RED,
    }
}

/// `1 device`, `2 devices`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
