//! Two configurations and a platform's rules to remediation and rollback.
//!
//! For running `r`, intended `i` and commands `c`: applying `c` to `r` gives `i`, the rollback gives
//! `r` back, nothing unchanged is sent, and after every prefix of `c` each reference still points at
//! something that exists. Lines outside the managed region are never touched.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::platform::{Family, Platform};
use crate::secret::Sealed;
use crate::value::{Digest, Text};

mod edit;
mod indent;
mod nft;
mod paths;
mod proof;
mod script;
pub(crate) mod stored;
mod uci;

pub use proof::{Breach, Proof};
pub use script::{ScriptLine, script};

/// What of a device is compared.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Features whose lines are managed; `None` manages the whole text.
    pub features: Option<BTreeSet<String>>,
    /// What the device made of secrets that only it can open, where that is known.
    pub sealed: Option<Arc<Sealed>>,
}

/// What a command does to the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Something that was not there.
    Add,
    /// Something that goes.
    Remove,
    /// Another value in the place of the old.
    Change,
    /// Only a move into a place; changes nothing by itself.
    Enter,
}

/// One command, with the section it is given in.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Command {
    /// Headers of the sections to stand in, outermost first.
    pub path: Vec<Text>,
    /// What is typed; several lines where the block is verbatim text (a banner).
    pub text: Text,
    /// Why, for people: a lower-case fragment.
    pub reason: String,
    /// Risk class, one of [`crate::platform::rules::RISKS`].
    pub risk: Text,
    /// What it does.
    pub effect: Effect,
    /// The feature that owns the line.
    pub feature: Option<String>,
    /// Whether the command moves into the section it names.
    #[serde(default)]
    pub opens: bool,
}

/// What leads from the running to the intended configuration, and back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remediation {
    /// From running to intended, in order.
    pub commands: Vec<Command>,
    /// From intended back to running, in order.
    pub rollback: Vec<Command>,
    /// What holds after every prefix of the commands.
    pub proof: Proof,
    /// The same for the way back.
    pub rollback_proof: Proof,
    /// Running lines outside the managed region.
    pub unmanaged: usize,
    /// Running lines no rule knows, with their line numbers; never touched when features are given.
    pub unknown: Vec<(usize, Text)>,
    /// How many intended lines no rule knows, of those that do not stand in both.
    pub odd: usize,
    /// What a person should know, lower-case fragments.
    pub warnings: Vec<String>,
}

impl Remediation {
    /// Whether nothing has to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    /// The warnings, and what does not hold all the way.
    pub fn remarks(&self) -> impl Iterator<Item = String> {
        let back = self.rollback_proof.breaches.iter().map(|breach| format!("on the way back, {breach}"));
        self.warnings.iter().cloned().chain(self.proof.breaches.iter().map(Breach::to_string)).chain(back)
    }
}

/// Compares two configurations, secrets in the clear.
#[must_use]
pub fn remediate(platform: &Platform, running: &str, intended: &str, options: &Options) -> Remediation {
    let mut made = match platform.family {
        Family::Braces | Family::Set => paths::remediate(platform, running, intended, options),
        Family::Indent => indent::remediate(platform, running, intended, options),
        Family::Uci => uci::remediate(platform, running, intended, options),
        Family::Nft => nft::remediate(platform, running, intended, options),
        Family::Edit => edit::remediate(platform, running, intended, options),
    };
    made.warnings.extend(platform.rules.no_way(running, intended).map(|reason| format!("do not send this: {reason}")));
    made
}

/// The managed region in one canonical form: equal texts mean equal configurations.
///
/// Volatile lines and hidden defaults are gone, spellings unified, and lines without an order sorted.
#[must_use]
pub fn managed_text(platform: &Platform, text: &str, options: &Options) -> String {
    match platform.family {
        Family::Braces | Family::Set => paths::managed_text(platform, text, options),
        Family::Indent => indent::managed_text(platform, text, options),
        Family::Uci => uci::managed_text(platform, text, options),
        Family::Nft => nft::managed_text(platform, text, options),
        Family::Edit => edit::managed_text(platform, text, options),
    }
}

/// The digest of [`managed_text`].
#[must_use]
pub fn managed_digest(platform: &Platform, text: &str, options: &Options) -> Digest {
    Digest::of(managed_text(platform, text, options).as_bytes())
}

/// Notes what a device shows of the secrets it seals, right after it has taken what is intended.
pub fn learn(platform: &Platform, running: &str, intended: &str, options: &Options, sealed: &mut Sealed) {
    let spots = |text: &str| match platform.family {
        Family::Indent => indent::spots(platform, text, options),
        Family::Edit => edit::spots(platform, text, options),
        Family::Braces | Family::Set => paths::spots(platform, text, options),
        Family::Uci | Family::Nft => Vec::new(),
    };
    let shown = spots(running).into_iter().filter(|spot| spot.sealed).map(|spot| (spot.place, spot.text));
    let mut shown: BTreeMap<String, String> = shown.collect();
    for spot in spots(intended).into_iter().filter(|spot| !spot.sealed) {
        if let Some(text) = shown.remove(&spot.place) {
            sealed.learn(&spot.place, &text, &spot.text);
        }
    }
}

/// A line with its secrets replaced, for people; `path` are the sections it stands in, where they are known.
#[must_use]
pub fn mask(platform: &Platform, path: Option<&[Text]>, line: &str) -> String {
    stored::masked(&platform.rules, path, line)
}

/// Headers of sections with their secrets replaced, outermost first.
#[must_use]
pub fn mask_path(platform: &Platform, path: &[Text]) -> Vec<Text> {
    let above = |at: usize| path.get(..at);
    path.iter().enumerate().map(|(at, header)| mask(platform, above(at), header).into()).collect()
}
