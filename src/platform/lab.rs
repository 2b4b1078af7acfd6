//! What the emulator needs to act as a platform: command grammar, texts, timers.
//!
//! A command is written as words:
//!
//! | notation | takes |
//! | --- | --- |
//! | `word` | the word itself or an unambiguous abbreviation of it |
//! | `<word>` `<line>` | one word; everything to the end of the line |
//! | `<quoted>` `<text>` | the same, printed in quotes |
//! | `<1-4094>` | a number in the range |
//! | `<address>` `<prefix>` `<mask>` | dotted quad; `a.b.c.d/n` (or IPv6); contiguous netmask |
//! | `<net>` `<port>` | in `statements`: addresses, ports, ranges and sets of them |
//! | `<vlans>` `<interface>` `<mac>` `<banner>` | `10,20-22`; an interface name, type abbreviated; … ; text between marks |
//! | `<ports>` `<ports+>` | `1-4,Trk1`: a line for each; printed as one line |
//! | `( a \| b )` `[ a ]` | one of; optional |
//! | `=…` | the word is a *value*: the line is known by its other words, and a new value overwrites |
//! | `+ …` (first) | on unless negated: only the negation is shown |
//! | `~ …` (first) | only negated, which takes away every line that begins so |
//! | `* …` (first) | on and off are both shown, once said |
//! | `… -> mode` (last) | opens a section whose lines stand in `mode` |

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Pattern;

pub mod tables;

/// The `lab:` part of `platform.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lab {
    /// SSH version string after `SSH-2.0-`.
    pub banner: Option<String>,
    /// Text shown when a shell opens, before the first prompt.
    pub greeting: String,
    /// The interactive command line, where the platform has one.
    pub cli: Option<Cli>,
    /// Commands of the exec channel (and of the shell of a platform without its own command line); the first match decides.
    pub exec: Vec<Exec>,
    /// Statements a packet-filter rule is made of, in the notation above.
    pub statements: Vec<String>,
    /// The command line of a device of tables and entries.
    pub tables: Option<tables::Console>,
}

/// An interactive command line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cli {
    /// Mode after login.
    pub start: String,
    /// Mode after login where a secret guards privileged mode.
    #[serde(default)]
    pub guarded: Option<String>,
    /// Mode of the configuration's outermost lines.
    pub root: String,
    /// The word that takes a line back.
    #[serde(default = "no")]
    pub negation: String,
    /// Commands of every mode at and below `root`.
    #[serde(default)]
    pub everywhere: Vec<Command>,
    /// Rows of a page until the client asks for another length; 0 never pages.
    #[serde(default = "rows")]
    pub rows: usize,
    /// What stands at the bottom of a full page.
    #[serde(default = "more")]
    pub more: String,
    /// How configuration is printed.
    #[serde(default)]
    pub print: Print,
    /// Words for what went wrong.
    pub errors: Errors,
    /// Words about the rollback timer.
    #[serde(default)]
    pub timer: TimerTexts,
    /// Lines are held until they are committed.
    #[serde(default)]
    pub holds: Option<Holds>,
    /// Interface types, for abbreviations such as `gi1/0/1`.
    #[serde(default)]
    pub interfaces: Vec<String>,
    /// Every mode by name.
    pub modes: BTreeMap<String, Mode>,
    /// What lines do beside standing in the configuration.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// Ports that sections share out among them.
    #[serde(default)]
    pub members: Option<Members>,
    /// Asked before the first prompt; any key goes on.
    #[serde(default)]
    pub door: Option<String>,
    /// Questions are answered by one key, without a line end.
    #[serde(default)]
    pub keys: bool,
    /// How a candidate is edited, where the platform has one: the lines of `root` are whole statements then, without `set`.
    #[serde(default)]
    pub candidate: Option<Candidate>,
}

/// A candidate that is edited statement by statement and committed as a whole.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Candidate {
    /// Words that a name must follow; what is named stays when all below it has gone.
    pub kinds: BTreeSet<String>,
    /// Words below which only names stand; what is named stays there too.
    pub holders: BTreeSet<String>,
    /// Statements of several values, printed in square brackets.
    pub lists: BTreeSet<String>,
    /// Said where another session edits alone.
    pub locked: String,
    /// Said where what is to be changed is not there.
    pub missing: String,
    /// Said where a new name is taken.
    pub taken: String,
    /// Said where no earlier configuration of this number is remembered.
    pub forgotten: String,
    /// Said before it asks whether uncommitted changes may be lost.
    pub unsaved: String,
    /// That question.
    pub discard: String,
    /// Said when they were lost.
    pub discarded: String,
    /// Said when the candidate is left.
    pub left: String,
}

/// Ports that sections share out among them: VLANs that name their ports.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Members {
    /// First word of the sections.
    pub sections: String,
    /// The section that has whoever no other has.
    pub home: String,
    /// Word of the line a port stands in once over all sections.
    pub alone: String,
    /// Word of the line it may stand in beside others.
    pub beside: String,
    /// Word of the outermost line that puts a port into a bundle: the port and the bundle's name follow.
    pub bundle: String,
}

fn no() -> String {
    "no".to_owned()
}
fn more() -> String {
    " --More-- ".to_owned()
}
const fn rows() -> usize {
    24
}

/// How lines wait to be committed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holds {
    /// Most bytes of them.
    pub bytes: usize,
    /// Said to a line that is one too many.
    pub full: String,
}

/// How configuration is printed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Print {
    /// Before it; `{bytes}` is its size.
    pub header: String,
    /// After it.
    pub footer: String,
    /// Between sections.
    pub separator: String,
    /// Blanks before a line for each section around it; one where nothing is said.
    pub indent: Option<usize>,
    /// The word that ends a section stands as deep as its lines.
    pub close_inside: bool,
    /// VLAN lists longer than this many characters go on in a line of their own with `add`.
    pub wrap: Option<usize>,
    /// Where the group `secret` stands for what is shown in another form at every print.
    pub sealed: Vec<Pattern>,
}

/// Words for what went wrong. `{line}` is what was typed, `{rest}` that from the fault on, `{caret}` a line with a mark
/// under the fault.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// No such command.
    pub unknown: String,
    /// A later word of a command fits nothing; as `unknown` unless said.
    #[serde(default)]
    pub syntax: String,
    /// The command lacks a word.
    pub incomplete: String,
    /// An abbreviation fits several commands.
    pub ambiguous: String,
    /// An entry with this number exists.
    #[serde(default)]
    pub duplicate: String,
}

/// Words about the rollback timer. `{minutes}` is the time given.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimerTexts {
    /// Said when no change waits for confirmation.
    pub none: String,
    /// Said when one waits.
    pub pending: String,
    /// Said when it starts.
    pub started: String,
    /// Said when it is confirmed.
    pub confirmed: String,
    /// Said when it is taken back by hand.
    pub reverted: String,
    /// Logged to open sessions when it ran out.
    pub expired: String,
}

/// One mode of the command line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// The prompt; `{host}` is the host name, `{host:20}` its first 20 characters, `{name}` the last word of the section's line,
    /// `{user}` who is logged in.
    pub prompt: String,
    /// The mode `exit` leads to; none closes the session.
    #[serde(default)]
    pub parent: Option<String>,
    /// Commands that act at once.
    #[serde(default)]
    pub commands: Vec<Command>,
    /// Configuration lines, in the order the device prints them.
    #[serde(default)]
    pub lines: Vec<String>,
    /// Lines that are in force but not shown.
    #[serde(default)]
    pub hidden: Vec<Pattern>,
    /// Lines that say nothing more, and are not shown, where another line of the section stands.
    #[serde(default)]
    pub shadowed: BTreeMap<String, Pattern>,
    /// Entries carry numbers.
    #[serde(default)]
    pub numbered: Option<Numbered>,
    /// Word printed at the end of a section of this mode, and typed to leave it.
    #[serde(default)]
    pub close: Option<String>,
    /// Lines that a new section gets by itself; `{count}` is how many of its kind were there before.
    #[serde(default)]
    pub given: Vec<String>,
    /// A section of this mode without lines is not shown.
    #[serde(default)]
    pub hide_empty: bool,
    /// A line that, as long as it stands in a section, keeps the others from being changed.
    #[serde(default)]
    pub locked: Option<Locked>,
}

/// A line that keeps the others of its section from being changed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locked {
    /// The line (`no shutdown`).
    pub by: String,
    /// Said to who tries.
    pub say: String,
}

/// How entries of a list are numbered.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbered {
    /// The first number.
    pub start: u32,
    /// Between one and the next.
    pub step: u32,
    /// An entry takes the place of the one that has its number, and equal entries may stand side by side.
    #[serde(default)]
    pub replaces: bool,
}

/// A command that acts at once.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// What is typed, in the notation of this module.
    pub line: String,
    /// A question the device asks first; an empty answer or `y` goes on.
    #[serde(default)]
    pub ask: Option<String>,
    /// What it does, in order.
    #[serde(default)]
    pub act: Vec<Action>,
    /// What it prints first.
    #[serde(default)]
    pub say: String,
    /// A configuration line that must exist.
    #[serde(default)]
    pub needs: Option<Pattern>,
    /// What is printed where it does not.
    #[serde(default)]
    pub lacking: String,
}

/// A command of the exec channel.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exec {
    /// Found in the command; the group `seconds` is a timer's time, `words` what a configuration tool is given.
    pub command: Pattern,
    /// The command reads standard input.
    #[serde(default)]
    pub input: bool,
    /// What it does, in order, until one fails.
    #[serde(default)]
    pub act: Vec<Action>,
    /// What it prints last.
    #[serde(default)]
    pub say: String,
}

/// What a command does.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Prints the running configuration.
    Running,
    /// Prints the running configuration without what stands before and after.
    Bare,
    /// Prints the saved configuration.
    Startup,
    /// Goes to a mode.
    Enter(String),
    /// Leaves a mode; the outermost closes the session.
    Leave,
    /// Goes back to the mode after login.
    Top,
    /// Closes the session.
    Close,
    /// Asks for the secret of privileged mode, then goes to the mode.
    Enable(String),
    /// Sets the rows of a page from the command's number; 0 turns paging off.
    Rows,
    /// Saves the running configuration.
    Save,
    /// Remembers the running configuration.
    Checkpoint,
    /// Goes back to the saved configuration without a restart; a timer runs on.
    Restore,
    /// Starts the timer that goes back to the checkpoint, taking one first where there is none.
    Arm,
    /// Starts the timer that starts the device again from the saved configuration.
    ArmRestart,
    /// Stops the timer and forgets the checkpoint.
    Confirm,
    /// Goes back to the checkpoint and stops the timer.
    Abort,
    /// Says whether the timer runs.
    Timer,
    /// Renumbers a numbered list: name, first number, step are the command's last three words.
    Resequence,
    /// Starts again from the saved configuration, dropping every connection.
    Reboot,
    /// Tries standard input and says what is wrong with it.
    Check,
    /// Applies standard input, all or nothing where the family has transactions.
    Load,
    /// Runs the group `words` in the family's own tool.
    Run,
    /// Refuses where a change waits for confirmation already, with a text.
    Alone(String),
    /// Like `confirm`, but refuses with a text where nothing waits and nothing was confirmed.
    Keep(String),
    /// Makes staged changes running.
    Commit,
    /// The same, until the timer of the command's number runs out.
    CommitArmed,
    /// Tries the candidate; where it is what runs, that confirms a change which waits.
    Verify,
    /// Begins to edit the candidate; alone, or refused where another session does.
    Edit(bool),
    /// Stops editing, asking first where changes would be lost.
    Quit,
    /// Prints the candidate, or with the pipe `compare` its changes.
    Candidate,
    /// Makes an earlier configuration the candidate, by the command's number.
    Recall,
    /// Drops staged changes.
    Discard,
    /// Prints staged changes.
    Staged,
    /// Prints the running configuration with its secrets in another form at every print.
    Sealed,
    /// Prints a text.
    Say(String),
    /// Prints a text to standard error and ends with a code.
    Fail(u32, String),
}

/// Something a line does beside standing in the configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Effect {
    /// The line, negations included; `${name}` below refers to its groups.
    pub when: Pattern,
    /// An outermost line whose presence makes the effect unnecessary.
    #[serde(default)]
    pub unless: Option<String>,
    /// A question the device asks first; an empty answer or `y` goes on.
    #[serde(default)]
    pub ask: Option<String>,
    /// What the device prints.
    #[serde(default)]
    pub say: String,
    /// The line is refused.
    #[serde(default)]
    pub refuse: bool,
    /// Lines entered at the outermost level.
    #[serde(default)]
    pub run: Vec<String>,
    /// Lines of the same section that go away.
    #[serde(default)]
    pub drop: Option<Pattern>,
    /// Lines of the same section that the device writes then.
    #[serde(default)]
    pub add: Vec<String>,
}
