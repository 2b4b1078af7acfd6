//! `samnet show platform`: what a platform's data says, for people who are about to trust a device to it.

use serde_json::{Value, json};

use super::Page;
use crate::cli::{Failure, render::unknown};
use crate::platform::session::{ChannelKind, Step, Tier};
use crate::platform::{Library, Platform, writes};

/// All of them, a line each.
pub(super) fn all(library: &Library) -> (String, Value) {
    let mut page = Page::new("Platforms", "");
    let row = |(name, entry): (&str, &crate::platform::library::Entry)| {
        let platform = &entry.platform;
        vec![name.to_owned(), platform.title.clone(), can(platform).to_owned(), tier(platform).0.to_owned()]
    };
    page.table(&["platform", "title", "samnet can", "safety"], library.iter().map(row).collect());
    let value = library.iter().map(|(name, entry)| (name.to_owned(), value(&entry.platform))).collect();
    (page.text(), json!({ "version": 1, "platforms": Value::Object(value) }))
}

/// One, in full.
pub(super) fn one(library: &Library, name: &str) -> Result<(String, Value), Failure> {
    let entry = library.get(name).ok_or_else(|| unknown(name, "platform", library.iter().map(|(name, _)| name)))?;
    let mut value = value(&entry.platform);
    if let Value::Object(all) = &mut value {
        all.insert("version".to_owned(), 1.into());
    }
    Ok((text(&entry.platform), value))
}

fn can(platform: &Platform) -> &'static str {
    if platform.template.is_some() { "render, read, change" } else { "read, compare" }
}

/// The tier's word, and what it means to whoever waits for a device to come back.
const fn tier(platform: &Platform) -> (&'static str, &'static str) {
    match platform.transaction.tier {
        Tier::Native => ("native", "the device itself goes back unless the change is confirmed in time"),
        Tier::Timer => ("timer", "the device reloads what was saved before unless it is told in time not to"),
        Tier::Watchdog => ("watchdog", "a process left on the device goes back unless it is told in time not to"),
        Tier::Inverse => {
            ("inverse", "the device does not go back by itself; the way back is sent, if it can still be reached")
        }
    }
}

fn sent(steps: &[Step]) -> Vec<String> {
    steps.iter().map(|step| step.send.lines().collect::<Vec<_>>().join(" ⏎ ")).collect()
}

/// The steps of a push, by what they are for.
fn steps(platform: &Platform) -> [(&'static str, Vec<String>); 9] {
    let transaction = &platform.transaction;
    let load = match platform.session.channel {
        ChannelKind::Cli => {
            transaction.load.mode.iter().map(|mode| format!("line by line, in mode `{mode}`")).collect()
        }
        ChannelKind::Exec => transaction.load.command.clone().into_iter().collect(),
    };
    let back = match transaction.back_within {
        0 => Vec::new(),
        seconds => vec![format!("within {seconds} s: it goes back by starting anew")],
    };
    [
        ("asked first", sent(&transaction.require)),
        ("tried first", sent(&transaction.check)),
        ("begun with", sent(&transaction.begin)),
        ("sent", load),
        ("then", sent(&transaction.end)),
        ("kept with", sent(&transaction.confirm)),
        ("taken back with", sent(&transaction.abort)),
        ("answers again", back),
        ("saved with", sent(&transaction.save)),
    ]
}

/// Settings of the model by what becomes of them: written, needing no line, reported.
fn settings(platform: &Platform) -> [Vec<&'static str>; 3] {
    let mut sorted: [Vec<&str>; 3] = Default::default();
    let [written, settled, reported] = &mut sorted;
    for setting in writes::known() {
        let place = if platform.writes(setting) {
            &mut *written
        } else if platform.settled(setting).is_some() {
            &mut *settled
        } else {
            &mut *reported
        };
        place.push(setting.as_str());
    }
    sorted
}

fn masked(platform: &Platform) -> Vec<String> {
    platform.rules.secrets.iter().map(|secret| secret.pattern.as_str().to_owned()).collect()
}

fn text(platform: &Platform) -> String {
    let mut page = Page::new(&platform.title, &platform.name);
    let (word, meaning) = tier(platform);
    page.fact("samnet can", can(platform));
    if let Some(base) = &platform.extends {
        page.fact("like", base);
    }
    page.fact("safety", format!("{word}: {meaning}"));
    page.heading("Reading");
    list(&mut page, "read with", &platform.session.read.commands);
    list(&mut page, "or else", &platform.session.read.otherwise);
    list(&mut page, "session", &platform.session.prepare);
    page.heading("Changing");
    for (name, lines) in steps(platform) {
        list(&mut page, name, &lines);
    }
    page.heading("Comparing");
    list(&mut page, "ignored", &platform.rules.volatile.sources().collect::<Vec<_>>());
    list(&mut page, "not printed", &platform.rules.defaults.sources().collect::<Vec<_>>());
    list(&mut page, "masked", &masked(platform));
    list(&mut page, "managed", &platform.managed().into_iter().collect::<Vec<_>>());
    if platform.template.is_some() {
        let [written, settled, reported] = settings(platform);
        page.heading("Settings of the inventory");
        list(&mut page, "written", &[written.join(", ")]);
        for setting in settled {
            list(&mut page, "no line for", &[format!("{setting}: {}", platform.settled(setting).unwrap_or_default())]);
        }
        list(&mut page, "reported", &[reported.join(", ")]);
    }
    if !platform.unverified.is_empty() {
        page.heading("Not yet seen on a device");
        for sentence in &platform.unverified {
            list(&mut page, "·", std::slice::from_ref(sentence));
        }
    }
    page.text()
}

/// A fact of several lines: the name stands before the first.
fn list(page: &mut Page, name: &str, lines: &[impl AsRef<str>]) {
    let lines = lines.iter().map(AsRef::as_ref).filter(|line| !line.is_empty());
    for (at, line) in lines.enumerate() {
        page.fact(if at == 0 { name } else { "" }, line);
    }
}

fn value(platform: &Platform) -> Value {
    let [written, settled, reported] = settings(platform);
    let reasons: serde_json::Map<String, Value> = settled
        .into_iter()
        .map(|setting| (setting.to_owned(), json!(platform.settled(setting).unwrap_or_default())))
        .collect();
    let push: serde_json::Map<String, Value> =
        steps(platform).into_iter().map(|(name, lines)| (name.replace(' ', "_"), json!(lines))).collect();
    json!({
        "name": platform.name,
        "title": platform.title,
        "extends": platform.extends,
        "renders": platform.template.is_some(),
        "tier": tier(platform).0,
        "read": platform.session.read.commands,
        "push": push,
        "ignored": platform.rules.volatile.sources().collect::<Vec<_>>(),
        "not_printed": platform.rules.defaults.sources().collect::<Vec<_>>(),
        "masked": masked(platform),
        "managed": platform.managed(),
        "writes": written,
        "settled": reasons,
        "reported": reported,
        "unverified": platform.unverified,
    })
}
