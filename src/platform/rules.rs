//! How a platform's configuration text is read, compared and changed: facts, not code.
//!
//! Lines are described by [`Phrase`]s; only secret positions and canonical forms are regular
//! expressions, because they look inside words.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, de::Error as _};
use smallvec::SmallVec;

use crate::config::{self, Pattern, Phrase, Syntax, Table};
use crate::value::{collapse, collapse_ports};

/// The `rules:` part of `platform.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// What the parser of the family must know.
    pub syntax: Syntax,
    /// The word that takes a line back (`no`).
    pub negation: String,
    /// Lines the device writes by itself and that mean nothing.
    pub volatile: Table<()>,
    /// Lines whose inner blanks matter (descriptions).
    pub freetext: Table<()>,
    /// Lines that both configurations have, or neither: no command leads from the one to the other.
    pub agree: Vec<Agree>,
    /// Other spellings of the same line.
    pub forms: Forms,
    /// Lines that say what holds anyway, so the device may hide them.
    pub defaults: Table<()>,
    /// One value at a time: a new line with the same key takes the place of the old.
    pub single: Table<()>,
    /// Lines of which several may stand side by side; a new one is added before an old one goes.
    pub multi: Table<()>,
    /// Those of them that a second line with the same key says anew (`ip route P M NEXT-HOP 200`): the device has one
    /// for each key.
    pub renews: Table<()>,
    /// Lines that a longer one is merged into (`redistribute static` and `redistribute static route-map X`): the longer one is
    /// all that is said. A shorter one takes nothing back, so there the old one goes first.
    pub grows: Table<()>,
    /// Those of them that a device may take for one where their keys are equal (`ntp server X key 1` and
    /// `ntp server X key 2`): the old one goes before the new one comes.
    pub alike: Table<()>,
    /// Lines that carry a list of numbers, with words to add to it and take from it.
    pub lists: Vec<List>,
    /// Lines with a list of ports that stand for one line each (`untagged <port:ports>`): compared port by
    /// port, said together again.
    pub each: Table<()>,
    /// Lines with several values that stand for one line each (`ip name-server <server:words>`), whichever way the device
    /// prints them; a phrase that names no value keeps a line whole.
    pub spread: Table<()>,
    /// Lines that open no section: what stands deeper below them belongs beside them.
    pub flat: Table<()>,
    /// How headers of sections begin that go on with a first and a last number (`line vty`).
    pub intervals: Vec<String>,
    /// Lines that hold a name in one place at a time, whatever section they stand in: the device takes it out
    /// of the old place by itself when it comes to a new one.
    pub moves: Table<()>,
    /// Lines that are but switched on and off: their negation takes no longer line along (`no security wpa` leaves
    /// `security wpa akm psk`).
    pub switches: Table<()>,
    /// Lines the device prints although they hold anyway: left alone where only the device has them, and never taken along
    /// with what stands around them.
    pub kept: Table<()>,
    /// Headers and lines that name several at once by a number list (`vlan 10,20-22`).
    pub ranges: Table<()>,
    /// Headers of sections that the device may also show line by line, the header in front of each
    /// (`ip prefix-list X` and `ip prefix-list X seq 10 …`).
    pub nested: Vec<Phrase>,
    /// What such a header is called as a section, where that is something else
    /// (`access-list 10` => `ip access-list standard $1`).
    pub renamed: Templates,
    /// Lines that the device may show in a section below the one they were typed in: `line => header`.
    pub shown_in: Templates,
    /// Lines that another line of the same section says as well: `line => what it says too`; `$1*4` is a number times four. Where
    /// such a line has one value, what it is otherwise as good as hidden with (`defaults`) holds no longer.
    pub implied: Templates,
    /// Sections whose lines have an order.
    pub ordered: Vec<Ordered>,
    /// Top-level lines that together make one ordered list.
    pub grouped: Vec<Grouped>,
    /// Lines that open a section even when nothing stands in it.
    pub sections: Table<()>,
    /// Headers that only lead to what stands below them: always there, and never sent for themselves.
    pub frames: Table<()>,
    /// Lines whose last words are a set: their order means nothing.
    pub sets: Table<()>,
    /// Sections that come and go with a name: nothing takes one away when its name goes.
    pub follows: Table<()>,
    /// Lines of entries whose single values (`unique`) can be given up ahead of the entry, when another waits for one.
    pub yields: Table<()>,
    /// Lines that put names of a kind into a name of that kind (a group in a group), which must never come round.
    pub nests: Table<()>,
    /// What a line says for a moment when all that stands in it must leave: `phrase => line`.
    pub stand_ins: Templates,
    /// Tables whose entries may ask for the next free number.
    pub fresh: Vec<Fresh>,
    /// Sections that are always there: emptied, never removed; an empty one equals none.
    pub permanent: Table<()>,
    /// Sections that are always there but can be set back as a whole; an empty one equals none.
    pub resettable: Table<()>,
    /// Lines that must go before others of the same section.
    pub first_out: Table<()>,
    /// Lines that take others of their section along when they change (`vrf A` takes the addresses): those
    /// that are to stay are said again.
    pub clears: Clears,
    /// Lines that turn round what others say (`passive-interface default`).
    pub turns: Vec<Turn>,
    /// Lines that another line of their section takes over: they go by themselves.
    pub absorbed: Vec<Absorbed>,
    /// Sections whose header holds values: another one takes the place of the old (`police cir 8000`), and what stands in
    /// it is said anew.
    pub rewritten: Table<()>,
    /// Lines that go only after new ones have come.
    pub last_out: Table<()>,
    /// Lines that cannot stand beside others and come only after those have gone.
    pub last_in: Table<()>,
    /// How lines are taken back that do not go by the negation word and the whole line.
    pub negate: Templates,
    /// Names: what defines one and what uses one.
    pub references: References,
    /// Values that may stand only once on a device (`ip address <address> _`): freed before they are taken again.
    pub unique: Table<()>,
    /// Lines that, standing before and after a change, must stand all the way, by what is lost without one:
    /// the filter of an interface, the VLAN of a port, the address a device is managed by.
    #[serde(deserialize_with = "owners")]
    pub guards: Table<String>,
    /// Sections whose lines the device changes only while they are switched off: `header => the line that switches one on`.
    pub paused: Templates,
    /// Which feature owns which lines.
    #[serde(deserialize_with = "owners")]
    pub owns: Table<String>,
    /// Lines known to be of no interest.
    pub ignored: Table<()>,
    /// Risk classes, the first that matches.
    #[serde(deserialize_with = "risks")]
    pub risk: Table<String>,
    /// Where secrets stand, in configuration lines and in commands alike.
    pub secrets: Vec<SecretPosition>,
    /// Settings that the device shows as `name:value`, and the commands that set them.
    pub variables: Vec<Variable>,
    /// What only the `uci` family knows.
    pub uci: Uci,
    /// What only the `nft` family knows.
    pub nft: Nft,
    /// What only the `braces` and `set` families know.
    pub paths: Paths,
}

impl Rules {
    /// Every feature that owns lines.
    #[must_use]
    pub fn features(&self) -> BTreeSet<String> {
        self.owns.iter().map(|(_, feature)| feature.clone()).collect()
    }

    /// Why no commands lead from what a device runs to what is intended, where the platform says so; a device without
    /// any configuration has nothing to say.
    #[must_use]
    pub fn no_way(&self, running: &str, intended: &str) -> Option<&str> {
        if running.trim().is_empty() {
            return None;
        }
        self.agree.iter().find_map(|agree| match (agree.lines.is_match(running), agree.lines.is_match(intended)) {
            (false, true) => Some(agree.lacking.as_str()),
            (true, false) => Some(agree.odd.as_str()),
            _ => None,
        })
    }
}

/// A command that sets what the device shows as variables.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Names of the variables (`ipaddr`), in the order of `$1`, `$2`, ….
    pub names: Vec<String>,
    /// The command.
    pub line: String,
    /// Values the command has words of its own for: `{disable: "", …}`.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
}

/// Where a secret stands.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretPosition {
    /// Matches the whole line; group `secret` is the secret, group `type` says how it is stored.
    pub pattern: Pattern,
    /// How the device stores it.
    #[serde(default)]
    pub kind: SecretKind,
    /// The stored form is another at every reading, so that two of them say nothing about each other.
    #[serde(default)]
    pub fresh: bool,
    /// The sections it counts in (`config system snmp community > edit ~`), where the line alone does not tell; in any
    /// section where none are named. Families whose statements are paths have theirs in the line.
    #[serde(default)]
    pub below: Vec<Phrase>,
}

impl SecretPosition {
    /// Whether it counts for a line below these headers, outermost first. Where they are not known it does: what is hidden
    /// in vain can be looked up, what is shown cannot be taken back.
    #[must_use]
    pub fn counts(&self, above: Option<&[&str]>) -> bool {
        let Some(above) = above.filter(|_| !self.below.is_empty()) else { return true };
        let Some((header, around)) = above.split_last() else { return true };
        let words: Vec<&str> = header.split_ascii_whitespace().collect();
        self.below.iter().any(|section| section.is_match(around, &words))
    }
}

/// How a device stores a secret.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretKind {
    /// As it was typed.
    #[default]
    Plain,
    /// A number before it says how: 0 clear, 4 SHA-256, 5 MD5-crypt, 7 reversible, 8 PBKDF2, 9 scrypt; any other hides it.
    Numbered,
    /// Its first characters say how: `$1$`, `$5$` and `$6$` crypt, `$2a$` bcrypt, `$9$` reversible, anything else clear.
    Marked,
    /// A word before it (`ENC`, `ciphertext`) says that only the device can open it, unless its first characters
    /// say how it was hashed (`SH2`, `$6$`); nothing or `plaintext`, that it is clear.
    Sealed,
    /// A word before it says how: `plaintext`, `sha1` and `sha256` without salt.
    Worded,
}

/// Lines that both configurations have, or neither.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agree {
    /// A pattern over the whole text.
    pub lines: Pattern,
    /// Said where only what is intended has such a line.
    pub lacking: String,
    /// Said where only the device has one.
    pub odd: String,
}

/// A list-valued line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The line up to its list (`switchport trunk allowed vlan`); a `~` for the list itself is understood.
    pub line: Phrase,
    /// Word between line and list that adds to it.
    #[serde(default)]
    pub add: Option<String>,
    /// Word that takes from it.
    #[serde(default)]
    pub remove: Option<String>,
    /// Word for the empty list.
    #[serde(default)]
    pub none: Option<String>,
    /// Word for the list of everything.
    #[serde(default)]
    pub all: Option<String>,
    /// A further line adds to the list, and the negated line takes from it.
    #[serde(default)]
    pub merges: bool,
    /// Two numbers in a row are printed as a range (`1-2`).
    #[serde(default)]
    pub pairs: bool,
    /// Longest list in one command, in characters.
    #[serde(default = "longest_list")]
    pub longest: usize,
}

impl List {
    /// Sorted numbers the way the device prints them.
    #[must_use]
    pub fn print(&self, numbers: &[u16]) -> String {
        if self.pairs {
            collapse_ports(&numbers.iter().map(u16::to_string).collect::<Vec<_>>())
        } else {
            collapse(numbers)
        }
    }
}

const fn longest_list() -> usize {
    200
}

/// A section whose lines have an order.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ordered {
    /// Its header; in the `braces` and `set` families an element of the list, with its whole path.
    pub section: Phrase,
    /// The lines that have an order, where not all have.
    #[serde(default)]
    pub lines: Option<Phrase>,
    /// Lines carry a sequence number, possibly hidden.
    #[serde(default)]
    pub numbered: Option<Numbered>,
    /// Entries are moved by a command.
    #[serde(default)]
    pub moves: Option<Moves>,
}

/// How an entry is moved; `$1` is the entry, `$2` the one it goes to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Moves {
    /// Headers of entries; the first part is what a move calls them by.
    pub entry: Phrase,
    /// The command that moves one in front of another.
    pub before: String,
    /// The command that moves one behind another.
    pub after: String,
}

/// A table whose entries may ask for the next free number with `edit 0`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fresh {
    /// Its header.
    pub section: Phrase,
    /// The value such an entry is known by (`name`).
    pub by: String,
}

impl Rules {
    /// The words of a line without the negation in front of them, and whether there was one.
    #[must_use]
    pub fn positive<'w, 't>(&self, words: &'w [&'t str]) -> (&'w [&'t str], bool) {
        match words.split_first() {
            Some((first, rest)) if *first == self.negation => (rest, true),
            _ => (words, false),
        }
    }
}

/// A line that turns round what others say: without it they are the exception, with it their negation is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Turn {
    /// The section it stands in.
    pub section: Phrase,
    /// The line.
    pub line: Phrase,
    /// The others, in the same section or elsewhere; what they say with it or without it goes by itself when it changes.
    pub own: Phrase,
}

/// A line that goes by itself where another one of the same thing stands; the first `*` of both is that thing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Absorbed {
    /// The line.
    pub line: Phrase,
    /// What takes it over.
    pub by: Phrase,
}

/// Sequence numbers of an ordered section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbered {
    /// Word before the number (`seq`), if any.
    #[serde(default)]
    pub word: Option<String>,
    /// The number and the distance the device gives by itself.
    #[serde(default = "ten")]
    pub step: u32,
    /// Command that renumbers: `$1`… are the header's parts, `$start` and `$step` the numbers.
    #[serde(default)]
    pub resequence: Option<String>,
    /// Whether it is given inside the section, not at the top level.
    #[serde(default)]
    pub within: bool,
    /// Lines of the section that have no number and no place in the order.
    #[serde(default)]
    pub unnumbered: Vec<Phrase>,
    /// Whether a line goes by its number alone (`no 10`).
    #[serde(default)]
    pub by_number: bool,
    /// First words of lines that stop traffic; when an order cannot be reached by additions alone, others move around them.
    #[serde(default)]
    pub closing: Vec<String>,
}

const fn ten() -> u32 {
    10
}

/// Top-level lines that together make one ordered list.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grouped {
    /// The lines; what stands before `~` names the list.
    pub lines: Phrase,
    /// Their numbers.
    #[serde(default)]
    pub numbered: Option<Numbered>,
}

/// What defines names and what uses them; the kind of a name is its capture's word.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct References {
    /// Lines that define a name.
    pub define: Table<()>,
    /// Lines that use one.
    #[serde(rename = "use")]
    pub uses: Table<()>,
    /// Sections that are name spaces of their own (a virtual firewall); their phrase names one.
    pub scopes: Table<()>,
    /// Kinds of names that stand above all such sections.
    pub shared: BTreeSet<String>,
}

/// Other spellings of the same line, rewritten before comparing.
#[derive(Clone, Debug, Default)]
pub struct Forms {
    rules: Vec<Form>,
    /// Many forms ask for the same lines; each phrase is asked once.
    table: Table<Vec<usize>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    lines: Vec<Phrase>,
    from: Pattern,
    /// What a match becomes, with `$1`… for its groups.
    to: Option<String>,
    /// Or what its group `word` becomes, by what stands there; what is not named stays.
    words: Option<BTreeMap<String, String>>,
}

impl Form {
    /// The line with every match replaced, where that changes anything.
    fn apply(&self, line: &str) -> Option<String> {
        if !self.from.is_match(line) {
            return None;
        }
        let Some(words) = &self.words else {
            return Some(self.from.replace_all(line, self.to.as_deref().unwrap_or_default()).into_owned());
        };
        let (mut changed, mut seen) = (String::new(), 0);
        for word in self.from.captures_iter(line).filter_map(|found| found.name("word")) {
            if let Some(other) = words.get(word.as_str()) {
                changed.push_str(line.get(seen..word.start())?);
                changed.push_str(other);
                seen = word.end();
            }
        }
        changed.push_str(line.get(seen..).filter(|_| seen > 0)?);
        Some(changed)
    }
}

impl Forms {
    /// Whether there are any.
    #[must_use]
    pub fn any(&self) -> bool {
        !self.table.is_empty()
    }

    /// The canonical form of a line, where it has another.
    #[must_use]
    pub fn apply(&self, path: &[&str], line: &str) -> Option<String> {
        if !self.table.may_match_in(path, line) {
            return None;
        }
        let words = config::words(line);
        let mut changed: Option<String> = None;
        let mut places: SmallVec<[usize; 16]> = self.table.values(path, &words).flatten().copied().collect();
        places.sort_unstable();
        for at in places {
            let Some(form) = self.rules.get(at) else { continue };
            changed = form.apply(changed.as_deref().unwrap_or(line)).or(changed);
        }
        changed
    }
}

impl<'de> Deserialize<'de> for Forms {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rules = Vec::<Form>::deserialize(deserializer)?;
        for form in &rules {
            let from = form.from.text();
            if form.to.is_some() == form.words.is_some() {
                return Err(D::Error::custom(format!("`{from}` needs either `to` or `words`")));
            }
            if form.words.is_some() && !from.contains("<word>") {
                return Err(D::Error::custom(format!("`{from}` needs a group `word`, because it has `words`")));
            }
        }
        let mut entries: Vec<(Phrase, Vec<usize>)> = Vec::new();
        for (at, phrase) in
            rules.iter().enumerate().flat_map(|(at, form)| form.lines.iter().map(move |line| (at, line)))
        {
            match entries.iter_mut().find(|(known, _)| known.source() == phrase.source()) {
                Some((_, places)) => places.push(at),
                None => entries.push((phrase.clone(), vec![at])),
            }
        }
        Ok(Self { rules, table: Table::new(entries) })
    }
}

/// How lines are taken back that do not go by "`no` and the whole line": `phrase => command`, with `$1`… for parts.
#[derive(Clone, Debug, Default)]
pub struct Templates(Table<String>);

impl Templates {
    /// Whether a rule may be meant for a line: a look at its first and its last word.
    #[must_use]
    pub fn may_match(&self, line: &str) -> bool {
        self.0.may_match(line)
    }

    /// Whether there is no rule.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The command that takes a line back, where a rule gives one.
    #[must_use]
    pub fn apply(&self, path: &[&str], words: &[&str]) -> Option<String> {
        let (template, found) = self.0.find(path, words)?;
        Some(fill(template, &found.parts))
    }
}

/// Lines that take others along: `line => lines taken`.
#[derive(Clone, Debug, Default)]
pub struct Clears(Vec<(Phrase, Phrase)>);

impl Clears {
    /// Which lines a line takes along.
    pub fn taken<'c>(&'c self, path: &'c [&'c str], words: &'c [&'c str]) -> impl Iterator<Item = &'c Phrase> {
        self.0.iter().filter(move |(line, _)| line.is_match(path, words)).map(|(_, taken)| taken)
    }

    /// Whether no line takes others along.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for Clears {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let rules = Vec::<String>::deserialize(deserializer)?.into_iter().map(|line| {
            let Some((phrase, taken)) = line.split_once(" => ") else {
                return Err(D::Error::custom(format!("`{line}` lacks ` => ` between line and lines taken")));
            };
            let read = |text: &str| Phrase::new(text).map_err(|error| D::Error::custom(error.to_string()));
            Ok((read(phrase)?, read(taken)?))
        });
        Ok(Self(rules.collect::<Result<_, _>>()?))
    }
}

/// Puts the parts of a match into `$1`, `$2`, ….
#[must_use]
pub fn fill(template: &str, parts: &[String]) -> String {
    let mut text = template.to_owned();
    // From the last, so that `$1` does not eat the beginning of `$12`.
    for (at, part) in parts.iter().enumerate().rev() {
        text = text.replace(&format!("${}", at + 1), part);
    }
    text
}

impl<'de> Deserialize<'de> for Templates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut entries = Vec::new();
        for line in Vec::<String>::deserialize(deserializer)? {
            let Some((phrase, command)) = line.split_once(" => ") else {
                return Err(D::Error::custom(format!("`{line}` lacks ` => ` between line and command")));
            };
            let phrase = Phrase::new(phrase).map_err(|error| D::Error::custom(error.to_string()))?;
            entries.push((phrase, command.trim().to_owned()));
        }
        Ok(Self(Table::new(entries)))
    }
}

fn owners<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Table<String>, D::Error> {
    let features = BTreeMap::<String, Vec<Phrase>>::deserialize(deserializer)?;
    let each = |(feature, phrases): (String, Vec<Phrase>)| phrases.into_iter().map(move |p| (p, feature.clone()));
    Ok(Table::new(features.into_iter().flat_map(each).collect()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Risk {
    class: String,
    lines: Vec<Phrase>,
}

/// Every risk class, the least first.
pub const RISKS: [&str; 8] =
    ["cosmetic", "access", "trunk", "routing", "policy-permit", "policy-deny", "aaa", "management"];

fn risks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Table<String>, D::Error> {
    let mut entries = Vec::new();
    for risk in Vec::<Risk>::deserialize(deserializer)? {
        if !RISKS.contains(&risk.class.as_str()) {
            return Err(D::Error::custom(format!("`{}` is no risk class; there are {}", risk.class, RISKS.join(", "))));
        }
        entries.extend(risk.lines.into_iter().map(|phrase| (phrase, risk.class.clone())));
    }
    Ok(Table::new(entries))
}

/// What only the `uci` family knows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Uci {
    /// `package.type` of anonymous sections whose order means something.
    pub ordered: Vec<String>,
    /// Options that tell anonymous sections of a type apart: `package.type: [option, …]`.
    pub identity: BTreeMap<String, Vec<String>>,
    /// `package.type.option` lists whose order means nothing.
    pub sets: Vec<String>,
}

/// What only the `nft` family knows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Nft {
    /// The tables that are ours (`inet samnet`); all others are left alone. Empty: every table of the text.
    pub tables: Vec<String>,
    /// Words the kernel prints for numbers and the like: `[shown, written, …]`.
    pub words: BTreeMap<String, Vec<String>>,
}

/// What only the `braces` and `set` families know.
///
/// There a phrase is matched on a statement's whole path, and for `single` on the path without the value.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paths {
    /// Words at the beginning that only one of the device's printings has (`config devices *`), the longest first.
    pub strip: Vec<Prefix>,
    /// Words under which a whole configuration stands once more (`logical-systems *`): rules hold below them as well.
    pub within: Vec<Prefix>,
    /// Words that are followed by a name and are never deleted without it (`unit`).
    pub named: BTreeSet<String>,
    /// Statements whose parts stand on one line or in a block: the parts, `_` for a value (`outer _`).
    pub inline: BTreeMap<String, Vec<String>>,
    /// Words of which only one may follow another word; the last stands (`then: [accept, reject]`).
    pub exclusive: BTreeMap<String, Vec<String>>,
    /// A new value takes the place of the old; elsewhere the old one is deleted by name within the same change.
    pub overwrites: bool,
    /// The command that puts an element of an ordered list in its place (`insert`, `move`).
    pub insert: Option<String>,
}

/// The first words of a path; `*` stands for any one.
#[derive(Clone, Debug)]
pub struct Prefix(Vec<String>);

impl Prefix {
    /// How many words it takes from a path, where it fits and leaves some.
    #[must_use]
    pub fn of(&self, path: &[&str]) -> Option<usize> {
        let fits = self.0.iter().zip(path).all(|(want, have)| want == "*" || want == have);
        (path.len() > self.0.len() && fits).then_some(self.0.len())
    }
}

impl<'de> Deserialize<'de> for Prefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Ok(Self(text.split_ascii_whitespace().map(str::to_owned).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(text: &str) -> Result<Forms, serde_saphyr::Error> {
        serde_saphyr::from_str(text)
    }

    #[test]
    fn words_of_a_form_stand_for_what_they_name_alone() {
        let rule = r#"[{ lines: ["~"], from: '\b(?:eq|range) (?<word>\d+)\b', words: { "20": ftp-data, "80": www } }]"#;
        let forms = forms(rule).unwrap();
        let of = |line: &str| forms.apply(&[], line);
        assert_eq!(of("permit tcp any eq 80 any eq 20").as_deref(), Some("permit tcp any eq www any eq ftp-data"));
        assert_eq!(
            of("permit tcp any eq 8080 any range 80 90").as_deref(),
            Some("permit tcp any eq 8080 any range www 90")
        );
        assert_eq!(of("permit tcp any eq 443"), None);
        assert_eq!(of("permit ip any any"), None);
    }

    #[test]
    fn a_form_says_one_thing() {
        for wrong in [
            "[{ lines: [a], from: a }]",
            "[{ lines: [a], from: a, to: b, words: {} }]",
            "[{ lines: [a], from: a, words: {} }]",
        ] {
            assert!(forms(wrong).is_err(), "{wrong}");
        }
    }
}
