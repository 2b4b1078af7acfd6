//! Which findings were there before: fingerprints that survive moved lines, and a file that lists them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{About, Finding, codes, plain, veil::Veil};
use crate::source::yaml::{self, Entry, Kind, Node};
use crate::source::{FileId, Sources, Span};
use crate::value::Digest;

/// Version of the file; a reader refuses others.
const VERSION: u32 = 4;

/// Keys whose value tells the items of a list apart.
const IDENTITIES: [&str; 6] = ["name", "id", "host", "vlan", "prefix", "address"];
/// Items of a list that are looked at one by one.
const MOST: usize = 1_000;
/// Letters of an offending text that tell it from others.
const TELLING: usize = 200;

/// Tells findings by what they are about, so that they are the same where lines move.
pub struct Prints<'s> {
    sources: &'s Sources,
    veil: Veil,
    /// Files as trees, as far as they were asked for and can be read.
    trees: RefCell<BTreeMap<FileId, Option<Node>>>,
}

impl<'s> Prints<'s> {
    /// The fingerprints of some findings.
    #[must_use]
    pub fn over(sources: &'s Sources, findings: &[Finding]) -> Self {
        Self { sources, veil: Veil::over(findings), trees: RefCell::default() }
    }

    /// A digest over code, path, the way of keys to the place and what stands there; `rename` says what a file is called
    /// today. Lines that are added above change nothing, and neither does what else stands on the line, how many more the
    /// message counts or how it is worded. Of a project's own rules the message says which one it is. A secret is left out.
    ///
    /// Findings of one code about equal places have equal fingerprints; count them.
    #[must_use]
    pub fn of(&self, finding: &Finding, rename: impl Fn(&str) -> String) -> String {
        // A name that nothing defines is told at the first of the places that say it, and that is another one tomorrow.
        let nowhere = matches!(finding.about.as_deref(), Some(About::Unknown { .. }));
        let span = finding.span.filter(|_| !nowhere);
        let path = span.map_or_else(String::new, |span| rename(&slashed(self.sources.path(span.file))));
        let place = span.map_or_else(String::new, |span| self.place(span));
        let own = matches!(finding.code, codes::RULE_DENY | codes::RULE_WARN);
        // How many more like it there are is counted, and no part of what it says.
        let more = format!(", and {} more like it here", finding.more);
        let message = finding.message.strip_suffix(&more).unwrap_or(&finding.message);
        // Equal places of two things are told apart by the names that stand in the message, however that is worded.
        let names = || message.split('`').skip(1).step_by(2).collect::<Vec<_>>().join("`");
        let said = if own { message.to_owned() } else { names() };
        let whole = [&*finding.code.to_string(), &path, &said, &place].join("\0");
        // Half a SHA-256 is plenty to tell findings apart, and fits on a line.
        Digest::of(whole.as_bytes()).as_str().chars().take(32).collect()
    }

    /// The way of keys to a place, and the text there; of a file that is no YAML, its line and column.
    fn place(&self, span: Span) -> String {
        let path = self.sources.path(span.file);
        let text = self.sources.text(span.file);
        let mut trees = self.trees.borrow_mut();
        let tree = trees.entry(span.file).or_insert_with(|| {
            let is_yaml = path.extension().is_some_and(|kind| kind == "yaml" || kind == "yml");
            is_yaml.then(|| yaml::parse(span.file, text).root).flatten()
        });
        let Some(tree) = tree else {
            let line = self.veil.line(self.sources, span);
            // Behind a secret the column would tell its length.
            let shown = column(self.sources, span).filter(|(before, _)| line.starts_with(before.trim_start()));
            return format!("{line}\0{}", shown.map_or_else(String::new, |(_, column)| column.to_string()));
        };
        let mut way = Vec::new();
        self.walk(tree, span, &mut way);
        let here: String = if self.veil.hides(span.file, &span.range()) {
            String::new()
        } else {
            let here = text.get(span.range()).and_then(|here| here.lines().next());
            here.unwrap_or_default().chars().take(TELLING).collect()
        };
        format!("{}\0{here}", way.join("\u{1}"))
    }

    /// Adds the keys and items that a place lies in.
    fn walk<'n>(&self, node: &'n Node, span: Span, way: &mut Vec<&'n str>) {
        match &node.kind {
            Kind::Map(entries) => {
                let holds = |entry: &&Entry| entry.key.span.holds(span) || entry.value.span.holds(span);
                // Keys stand in the order of the file.
                let behind = entries.partition_point(|entry| entry.key.span.start <= span.start);
                let Some(entry) = behind.checked_sub(1).and_then(|at| entries.get(at)).filter(holds) else { return };
                let hidden = self.veil.hides(span.file, &entry.key.span.range());
                way.push(if hidden { "" } else { &entry.key.value });
                if !entry.key.span.holds(span) {
                    self.walk(&entry.value, span, way);
                }
            }
            Kind::List(items) => {
                // Items do as well, but for aliases, whose values stand elsewhere.
                let behind = items.partition_point(|item| item.span.start <= span.start);
                let near = behind.checked_sub(1).and_then(|at| items.get(at)).filter(|item| item.span.holds(span));
                let Some(item) = near.or_else(|| items.iter().take(MOST).find(|item| item.span.holds(span))) else {
                    return;
                };
                way.push(self.identity(item));
                self.walk(item, span, way);
            }
            Kind::Null | Kind::Plain(_) | Kind::Quoted(_) => {}
        }
    }

    /// What tells an item of a list from the others.
    fn identity<'n>(&self, item: &'n Node) -> &'n str {
        let word = |node: &'n Node| match &node.kind {
            Kind::Plain(text) | Kind::Quoted(text) if !self.veil.hides(node.span.file, &node.span.range()) => {
                Some(text.as_str())
            }
            _ => None,
        };
        let named = |key: &&str| match &item.kind {
            Kind::Map(entries) => entries.iter().find(|entry| entry.key.value == **key).and_then(|it| word(&it.value)),
            _ => None,
        };
        IDENTITIES.iter().find_map(named).or_else(|| word(item)).unwrap_or_default()
    }
}

/// How many mistakes a finding stands for.
fn weight(finding: &Finding) -> usize {
    match finding.about.as_deref() {
        Some(About::Unknown { places, .. }) => *places,
        _ => usize::try_from(finding.more).unwrap_or(usize::MAX).saturating_add(1),
    }
}

/// What stands on a line before a place, and how many characters that is without the indentation.
fn column(sources: &Sources, span: Span) -> Option<(&str, usize)> {
    let before = sources.text(span.file).get(..span.start as usize)?.rsplit('\n').next()?;
    Some((before, before.trim_start().chars().count()))
}

/// A path with `/` between its parts on every system.
#[must_use]
pub fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Findings known from before, to tell new ones from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: BTreeMap<String, Known>,
}

/// One finding of a baseline, as its file shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Known {
    code: String,
    path: String,
    message: String,
    /// How many mistakes there are of this kind on equal lines.
    count: usize,
    fingerprint: String,
    /// How many more there are that nobody is told of as long as the others are there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hidden: Option<usize>,
}

#[derive(Serialize, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Known>,
}

/// Only the version, which is all an older program understands of a newer file.
#[derive(Deserialize)]
struct Head {
    version: u32,
}

impl Baseline {
    /// The baseline of some findings; `rename` says what a file is called today.
    #[must_use]
    pub fn of(sources: &Sources, findings: &[Finding], rename: impl Fn(&str) -> String) -> Self {
        let prints = Prints::over(sources, findings);
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        for finding in findings {
            let fingerprint = prints.of(finding, &rename);
            let path = finding.span.map_or_else(String::new, |span| rename(&slashed(sources.path(span.file))));
            let path = plain(&path).into_owned();
            let first = Known {
                code: finding.code.to_string(),
                path,
                message: plain(&finding.message).into_owned(),
                count: 0,
                fingerprint: fingerprint.clone(),
                hidden: None,
            };
            known.entry(fingerprint).or_insert(first).count += weight(finding);
        }
        Self { known }
    }

    /// The same with what its findings hide: of all that is wrong, what it does not hold.
    #[must_use]
    pub fn hiding(mut self, all: Self) -> Self {
        for (print, one) in all.known {
            let known = self.known.entry(print).or_insert_with(|| Known { count: 0, ..one.clone() });
            known.hidden = one.count.checked_sub(known.count).filter(|more| *more > 0);
        }
        self
    }

    /// For each finding, whether it is new. A baseline that has a finding twice accounts for two, and so for one that holds
    /// for two things; one that holds for more than the baseline knows is new.
    #[must_use]
    pub fn news(&self, sources: &Sources, findings: &[Finding]) -> Vec<bool> {
        self.compare(sources, findings).0
    }

    /// The same, and how many mistakes it knows that are found no more.
    #[must_use]
    pub fn compare(&self, sources: &Sources, findings: &[Finding]) -> (Vec<bool>, usize) {
        let prints = Prints::over(sources, findings);
        let mut left: BTreeMap<&str, usize> = self
            .known
            .iter()
            .map(|(print, known)| (print.as_str(), known.count.saturating_add(known.hidden.unwrap_or(0))))
            .collect();
        let mut is_new = |finding: &Finding| {
            let print = prints.of(finding, str::to_owned);
            match left.get_mut(print.as_str()) {
                Some(count) if *count >= weight(finding) => {
                    *count -= weight(finding);
                    false
                }
                // It holds for more than before, and is not gone.
                Some(count) => {
                    *count = 0;
                    true
                }
                None => true,
            }
        };
        let news = findings.iter().map(&mut is_new).collect();
        let hidden = |print: &str| self.known.get(print).and_then(|known| known.hidden).unwrap_or(0);
        let gone = left.iter().map(|(print, left)| left.saturating_sub(hidden(print)));
        let gone = gone.fold(0, usize::saturating_add);
        (news, gone)
    }

    /// The baseline as a file: sorted by path, so that it can be reviewed and merged.
    #[must_use]
    pub fn write(&self) -> String {
        let mut findings: Vec<Known> = self.known.values().cloned().collect();
        findings.sort_by(|a, b| {
            (&a.path, &a.code, &a.message, &a.fingerprint).cmp(&(&b.path, &b.code, &b.message, &b.fingerprint))
        });
        let file = File { version: VERSION, findings };
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }

    /// Reads such a file.
    ///
    /// # Errors
    /// When it is none, or of another version.
    pub fn read(text: &str) -> Result<Self, String> {
        let value: serde_json::Value =
            serde_json::from_str(text).map_err(|error| format!("it is no baseline: {error}"))?;
        // What another version's findings look like is not known here.
        let head: Head = serde_json::from_value(value).map_err(|_| "it is no baseline".to_owned())?;
        if head.version != VERSION {
            return Err(format!(
                "it has version {}, and this program reads version {VERSION}: write it again with --write-baseline",
                head.version
            ));
        }
        let file: File = serde_json::from_str(text).map_err(|error| format!("it is no baseline: {error}"))?;
        let mut known: BTreeMap<String, Known> = BTreeMap::new();
        for finding in file.findings {
            match known.get_mut(&finding.fingerprint) {
                // Two branches that each accepted one, merged.
                Some(have) => {
                    have.count = have.count.saturating_add(finding.count);
                    have.hidden = have.hidden.into_iter().chain(finding.hidden).reduce(usize::saturating_add);
                }
                None => drop(known.insert(finding.fingerprint.clone(), finding)),
            }
        }
        Ok(Self { known })
    }

    /// How many mistakes it holds, without what they hide.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.values().fold(0, |sum, known| sum.saturating_add(known.count))
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Code;

    /// A finding at each place where a word stands.
    fn found(text: &str, word: &str) -> (Sources, Vec<Finding>) {
        let mut sources = Sources::new();
        let file = sources.add("inventory/vlans.yaml", text);
        let at = |(from, _): (usize, &str)| Span::new(file, from..from + word.len());
        let findings = text.match_indices(word).map(|found| Finding::error(Code(204), "odd").at(at(found))).collect();
        (sources, findings)
    }

    #[test]
    fn moved_and_edited_lines_are_old_and_a_second_of_a_kind_is_new() {
        let (sources, before) = found("a: [x]\nb: { c: x }\n", "x");
        let baseline = Baseline::of(&sources, &before, str::to_owned);
        let (sources, moved) = found("# more\nb:\n  d: 1 # other\n  c: x # why\na: [x, x]\ne: x\n", "x");
        // One item of `a` and one `c` of `b` were there; of two equal places the first is the old one.
        assert_eq!(baseline.news(&sources, &moved), [false, false, true, true]);
        // Items are known by their names, wherever they stand.
        let (sources, before) = found("l:\n  - { name: one, v: x }\n  - { name: two, v: 1 }\n", "x");
        let baseline = Baseline::of(&sources, &before, str::to_owned);
        let (sources, moved) = found("l:\n  - { name: two, v: x }\n  - { v: x, name: one }\n", "x");
        assert_eq!(baseline.news(&sources, &moved), [true, false]);
        // What is no YAML is known by its lines.
        let (sources, before) = found("a: [x\nb: x\n", "x");
        let baseline = Baseline::of(&sources, &before, str::to_owned);
        let (sources, moved) = found("# more\na: [x\n\n  b: x\nb: x\n", "x");
        assert_eq!(baseline.news(&sources, &moved), [false, false, true]);
    }

    #[test]
    fn who_mends_one_of_many_has_made_no_new_mistake() {
        let (sources, before) = found("to: alarm\n", "alarm");
        let says = |words: &str| -> Vec<Finding> {
            before.iter().map(|it| Finding { message: words.into(), ..it.clone() }).collect()
        };
        let (before, many) =
            (says("there is no segment `alarm`"), says("no segment is called `alarm`, and 2 places name it"));
        let many: Vec<Finding> = many.into_iter().map(|it| it.more(2)).collect();
        let baseline = Baseline::of(&sources, &many, str::to_owned);
        assert_eq!(baseline.news(&sources, &before), [false]);
        assert_eq!(Baseline::of(&sources, &before, str::to_owned).news(&sources, &many), [true]);
        // Another place of the line is another mistake, and so is another rule.
        let (sources, two) = found("to: [x, x]\n", "x");
        let baseline = Baseline::of(&sources, &two[..1], str::to_owned);
        assert_eq!(baseline.news(&sources, &two), [false, true]);
        let rule = |words: &str| Finding { code: codes::RULE_DENY, message: words.into(), ..two[0].clone() };
        let baseline =
            Baseline::of(&sources, &[rule("access.deny: a, and 3 more like it here").more(3)], str::to_owned);
        assert_eq!(baseline.news(&sources, &[rule("access.deny: a"), rule("access.deny: b")]), [false, true]);
    }

    #[test]
    fn a_renamed_file_keeps_its_findings() {
        let (sources, before) = found("a: x\n", "x");
        let mut renamed = Sources::new();
        let file = renamed.add("inventory/new.yaml", "a: x\n");
        let now = [Finding::error(Code(204), "odd").at(Span::new(file, 3..4))];
        assert_eq!(Baseline::of(&sources, &before, str::to_owned).news(&renamed, &now), [true]);
        let mapped = |path: &str| path.replace("vlans", "new");
        assert_eq!(Baseline::of(&sources, &before, mapped).news(&renamed, &now), [false]);
    }

    #[test]
    fn the_file_reads_back_is_sorted_and_holds_no_secret() {
        let mut sources = Sources::new();
        let file = sources.add("inventory/network.yaml", "radius: hemligt123\nsnmp: annat\n");
        let secret = Finding::error(codes::SECRET_VALUE, "a reference").at(Span::new(file, 8..18));
        let other = Finding::error(Code(104), "illegal").at(Span::new(file, 0..6));
        let loose = Finding::error(codes::NO_PROJECT, "no project");
        let baseline = Baseline::of(&sources, &[secret.clone(), other, loose.clone(), loose], str::to_owned);
        let text = baseline.write();
        assert!(!text.contains("hemligt"), "{text}");
        assert_eq!((Baseline::read(&text).unwrap(), baseline.len()), (baseline, 4));
        let codes: Vec<usize> = ["SN-008", "SN-104", "SN-702"].map(|code| text.find(code).unwrap()).to_vec();
        assert!(codes.is_sorted(), "{text}");
        // Who changes the secret and leaves it in the file has not made a new mistake, and the
        // fingerprint of a weak secret must not tell it.
        let mut changed = Sources::new();
        let file = changed.add("inventory/network.yaml", "radius: nytt\nsnmp: annat\n");
        let again = Finding { span: Some(Span::new(file, 8..12)), ..secret };
        assert_eq!(Baseline::read(&text).unwrap().news(&changed, &[again]), [false]);
    }

    #[test]
    fn what_is_no_baseline_is_refused() {
        for text in ["", "[]", "{}", "{\"version\": 3}", "{\"version\": 3, \"findings\": [{}]}"] {
            assert!(Baseline::read(text).is_err(), "{text}");
        }
        for version in [1, VERSION + 1] {
            let other = format!("{{\"version\": {version}, \"entries\": {{}}}}");
            assert!(Baseline::read(&other).unwrap_err().contains(&format!("version {version}")));
        }
    }
}
