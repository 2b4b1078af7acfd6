//! How a platform's command line is driven and a push made safe.
//!
//! A *step* is one thing sent to the device: a line on an interactive command line, or one command in
//! a channel of its own, depending on [`ChannelKind`]. Step texts may hold `{seconds}`, `{minutes}`
//! (rounded up, never below one), `{clock}` (`hh:mm:ss`) and `{id}` (a fresh identifier of 16 hexadecimal digits).

use std::time::Duration;

use serde::Deserialize;

use super::Pattern;
pub use crate::model::Tier;

/// The `session:` part of `platform.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    /// What is opened on the SSH connection.
    pub channel: ChannelKind,
    /// The terminal asked for; only for [`ChannelKind::Cli`].
    pub terminal: Terminal,
    /// Modes of the command line, most specific prompt first.
    pub modes: Vec<Mode>,
    /// How to get from one mode to another; several moves may be needed.
    pub moves: Vec<Move>,
    /// The mode in which reading and every step happen that names no other.
    pub home: String,
    /// Lines sent after login, in `home`, such as paging off. They hold for the session only and
    /// write no configuration; one that the device refuses is passed over.
    pub prepare: Vec<String>,
    /// How the device asks to go on when a screen is full.
    pub pagers: Vec<Pager>,
    /// An output line that matches one of these says that the command failed. Never tried on the echo.
    pub failures: Vec<Pattern>,
    /// Lines the device interjects on its own, such as log messages.
    pub noise: Vec<Pattern>,
    /// Questions that have an answer; any other question is a failure.
    pub questions: Vec<Question>,
    /// A line that opens a text of several lines, with the group `end` for what closes it (`banner motd ^C`);
    /// without the group, the fixed line that `syntax.verbatim` names.
    /// The device shows no prompt until then.
    pub blocks: Vec<Pattern>,
    /// Characters that are keys with a meaning of their own, such as `?` for help.
    pub quote: Option<Quote>,
    /// How the running configuration is read.
    pub read: Read,
    /// What the device can be asked about itself; every one only reads.
    pub inspect: Vec<Inspect>,
    /// The line that ends the session.
    pub leave: Option<String>,
    /// Texts that devices of this platform alone show at login, to guess by.
    pub greets: Vec<Pattern>,
}

/// What is opened on the SSH connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// A shell on a terminal: prompts, modes, echo.
    #[default]
    Cli,
    /// One exec channel for each command: exit status and standard error say how it went.
    Exec,
}

/// The terminal asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Terminal {
    /// Its kind (`TERM`).
    pub kind: String,
    /// Width; wide enough that no line wraps.
    pub columns: u32,
    /// Height.
    pub rows: u32,
}

impl Default for Terminal {
    fn default() -> Self {
        Self { kind: "vt100".into(), columns: 511, rows: 24 }
    }
}

/// A mode of the command line.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mode {
    /// Its name in this file.
    pub name: String,
    /// The whole last line when the device waits in this mode. The group `host` holds the device's name for itself.
    pub prompt: Pattern,
}

/// A way from one mode to another.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Move {
    /// The mode it starts in.
    pub from: String,
    /// The mode it leads to.
    pub to: String,
    /// What is sent.
    pub send: String,
    /// It is sent again while the device stays in the mode: sections stand in each other there.
    #[serde(default)]
    pub again: bool,
    /// The device then asks for the privileged password like this.
    #[serde(default)]
    pub asks: Option<Pattern>,
}

/// How the device asks to go on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pager {
    /// The whole last line.
    pub pattern: Pattern,
    /// What is sent to see the rest, without a line end.
    pub key: String,
}

/// A question of the device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Found at the end of the last line.
    pub pattern: Pattern,
    /// What is sent, exactly: a line end stands in it where one is needed.
    pub answer: String,
}

/// How to type characters that are keys with a meaning of their own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quote {
    /// The characters.
    pub characters: String,
    /// What is typed before each.
    pub with: String,
}

/// How the running configuration is read.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Read {
    /// Commands whose outputs, one after the other, are the running configuration. They change nothing.
    pub commands: Vec<String>,
    /// Commands that each print the whole, for a device that refuses the ones above: an older release, or an
    /// account that may not use all words. The first that is taken counts.
    pub otherwise: Vec<String>,
    /// Lines of the output that are talk, not configuration.
    pub strip: Vec<Pattern>,
    /// Standard error of a command whose part of the configuration the device does not have. Only for
    /// [`ChannelKind::Exec`].
    pub absent: Option<Pattern>,
    /// The first line of what a command prints, where it prints anything: a host that forces another command on whoever
    /// logs in answers with that one's words, and says that all went well. Only for [`ChannelKind::Exec`].
    pub begins: Option<Pattern>,
}

/// Something a device can be asked about itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inspect {
    /// What is asked, as people read it: `version`, `privilege`, `free flash`.
    pub what: String,
    /// What is sent.
    pub send: String,
    /// Finds the group `value` in the answer.
    pub find: Pattern,
    /// The value is the device's clock, written so (the notation of `strftime`).
    #[serde(default)]
    pub clock: Option<String>,
    /// What the value must be for a push to work.
    #[serde(default)]
    pub expect: Option<Pattern>,
}

/// The `transaction:` part of `platform.yaml`: the steps of a safe push, in this order.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Transaction {
    /// Who takes the change back when nobody confirms it.
    pub tier: Tier,
    /// What must hold before anything is sent; reads only.
    pub require: Vec<Step>,
    /// Has the device check the script without applying it.
    pub check: Vec<Step>,
    /// Takes a checkpoint and starts the timer.
    pub begin: Vec<Step>,
    /// How the script itself is sent.
    pub load: Load,
    /// What follows the script, such as a commit.
    pub end: Vec<Step>,
    /// Drops lines that were typed and are not in force yet, after one was refused.
    pub discard: Vec<Step>,
    /// Keeps the change and stops the timer; also from a session other than the one that loaded.
    pub confirm: Vec<Step>,
    /// Takes the change back at once. Empty for [`Tier::Inverse`]: the caller loads the rollback script.
    pub abort: Vec<Step>,
    /// Makes the change survive a restart.
    pub save: Vec<Step>,
}

/// One thing sent to the device.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The line or command; may hold `{seconds}`, `{minutes}`, `{clock}` and `{id}`.
    pub send: String,
    /// The mode to be in first; `home` unless said. Only for [`ChannelKind::Cli`].
    #[serde(default)]
    pub mode: Option<String>,
    /// Must be found in the output, else the step has failed.
    #[serde(default)]
    pub expect: Option<Pattern>,
    /// Must not be found in the output, else the step has failed.
    #[serde(default)]
    pub refuse: Option<Pattern>,
    /// What to tell people when `expect` or `refuse` fails, a lower-case fragment.
    #[serde(default)]
    pub otherwise: Option<String>,
    /// The script is the command's standard input. Only for [`ChannelKind::Exec`].
    #[serde(default)]
    pub script: bool,
    /// Sent where the step before left the device, whatever mode that is. Only for [`ChannelKind::Cli`].
    #[serde(default)]
    pub stay: bool,
    /// The device hangs up when it does this, and that is no failure.
    #[serde(default)]
    pub hangs_up: bool,
}

/// How the script is sent.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Load {
    /// The mode its lines are typed in. Only for [`ChannelKind::Cli`].
    pub mode: Option<String>,
    /// The command that takes it on standard input. Only for [`ChannelKind::Exec`].
    pub command: Option<String>,
    /// Finds the group `line`, the number of the line at fault (from 1), in what the command says.
    pub located: Option<Pattern>,
    /// Most bytes the device takes at once: lines go in portions of whole outermost sections, and `end` follows each.
    /// Only for [`ChannelKind::Cli`].
    pub portion: Option<usize>,
}

/// Values for the placeholders of step texts.
#[derive(Clone, Debug)]
pub struct Fill {
    /// How long the device waits for a confirmation.
    pub hold: Duration,
    /// Identifier of this attempt.
    pub id: String,
}

impl Step {
    /// The text to send.
    #[must_use]
    pub fn text(&self, fill: &Fill) -> String {
        let seconds = fill.hold.as_secs().max(1);
        self.send
            .replace("{seconds}", &seconds.to_string())
            .replace("{minutes}", &seconds.div_ceil(60).to_string())
            .replace("{clock}", &format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60))
            .replace("{id}", &fill.id)
    }
}

impl Session {
    /// The mode whose prompt a line is, with the device's name for itself.
    #[must_use]
    pub fn mode_of<'t>(&self, line: &'t str) -> Option<(&Mode, &'t str)> {
        // To ask first is quicker: a line is the prompt of one mode at most, and most are of none.
        self.modes.iter().filter(|mode| mode.prompt.is_match(line)).find_map(|mode| {
            let found = mode.prompt.captures(line)?;
            let whole = found.get(0)?;
            let host = found.name("host").map_or("", |group| group.as_str());
            (whole.start() == 0 && whole.end() == line.len()).then_some((mode, host))
        })
    }

    /// The shortest way between two modes; `None` when there is none.
    #[must_use]
    pub fn route(&self, from: &str, to: &str) -> Option<Vec<&Move>> {
        let mut ways: Vec<(&str, Vec<&Move>)> = vec![(from, Vec::new())];
        let mut seen = vec![from];
        let mut next = 0;
        while let Some((at, way)) = ways.get(next).cloned() {
            if at == to {
                return Some(way);
            }
            for step in self.moves.iter().filter(|step| step.from == at) {
                if !seen.contains(&step.to.as_str()) {
                    seen.push(&step.to);
                    let longer = way.iter().copied().chain(std::iter::once(step)).collect();
                    ways.push((&step.to, longer));
                }
            }
            next += 1;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::Library;

    #[test]
    fn minutes_round_up_and_never_reach_zero() {
        let step = Step {
            send: "timer {minutes} {seconds} {clock} {id} {other}".into(),
            mode: None,
            expect: None,
            refuse: None,
            otherwise: None,
            script: false,
            stay: false,
            hangs_up: false,
        };
        let fill = |seconds| Fill { hold: Duration::from_secs(seconds), id: "ab".into() };
        assert_eq!(step.text(&fill(61)), "timer 2 61 00:01:01 ab {other}");
        assert_eq!(step.text(&fill(0)), "timer 1 1 00:00:01 ab {other}");
    }

    #[test]
    fn every_platform_has_what_its_channel_needs() {
        let library = Library::built_in().unwrap();
        for (name, entry) in library.iter() {
            let (session, transaction) = (&entry.platform.session, &entry.platform.transaction);
            assert!(!session.read.commands.is_empty(), "{name}: reads nothing");
            match session.channel {
                ChannelKind::Cli => {
                    assert!(transaction.load.mode.is_some(), "{name}: no mode to load in");
                    let steps = [&transaction.require, &transaction.begin, &transaction.end, &transaction.confirm];
                    let named = steps.into_iter().flatten().filter_map(|step| step.mode.as_deref());
                    for mode in named.chain(transaction.load.mode.as_deref()).chain([session.home.as_str()]) {
                        assert!(session.modes.iter().any(|have| have.name == mode), "{name}: no mode {mode}");
                        assert!(session.route(&session.home, mode).is_some(), "{name}: no way to {mode}");
                        assert!(session.route(mode, &session.home).is_some(), "{name}: no way from {mode}");
                    }
                }
                ChannelKind::Exec => assert!(transaction.load.command.is_some(), "{name}: no command to load with"),
            }
            if transaction.tier.reverts_alone() {
                assert!(!transaction.begin.is_empty() && !transaction.confirm.is_empty(), "{name}: no timer");
                assert!(!transaction.abort.is_empty(), "{name}: no abort");
            }
        }
    }

    #[test]
    fn prompts_tell_the_mode_and_the_name() {
        let library = Library::built_in().unwrap();
        for name in ["cisco_iosxe", "frr"] {
            let session = &library.get(name).unwrap().platform.session;
            let mode = |line| session.mode_of(line).map(|(mode, host)| (mode.name.clone(), host.to_owned()));
            let is = |mode: &str| Some((mode.to_owned(), "aml-karlberg-sw01".to_owned()));
            assert_eq!(mode("aml-karlberg-sw01# ").or(mode("aml-karlberg-sw01#")), is("privileged"));
            assert_eq!(mode("aml-karlberg-sw01(config-if)# ").or(mode("aml-karlberg-sw01(config-if)#")), is("config"));
            assert_eq!(mode("aml-karlberg-sw01> ").or(mode("aml-karlberg-sw01>")), is("user"));
            assert_eq!(mode(" description foo#"), None);
        }
        // One that shows a word of its own after the name, and sections of a configuration session.
        let session = &library.get("arista_eos").unwrap().platform.session;
        let mode = |line| session.mode_of(line).map(|(mode, host)| (mode.name.as_str(), host));
        assert_eq!(mode("sw1(s1)#"), Some(("privileged", "sw1")));
        assert_eq!(mode("sw1(s1)(config-if-Et1)#"), Some(("config", "sw1")));
        assert_eq!(mode("sw1(config-s-samnet-ab-if-Et1)#"), Some(("session", "sw1")));
    }
}
