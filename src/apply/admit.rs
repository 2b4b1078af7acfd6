//! Whether a plan as a whole may be applied here and now.

#![expect(clippy::format_push_string, reason = "reports are short, and write! gives a result that cannot be an error")]

use crate::approval::Verdict;
use crate::model::Network;
use crate::plan::Stored;
use crate::secret::FingerprintKey;

/// Why a plan is refused as a whole; each fits "refused: …".
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is for another network.
    #[error("the plan is for the network `{plan}`, this folder is `{here}`")]
    Network {
        /// The plan's network.
        plan: String,
        /// This folder's.
        here: String,
    },
    /// Its fingerprints cannot be turned back here.
    #[error("the plan was masked with the fingerprint key {plan}, this folder has {here}")]
    Key {
        /// The plan's key.
        plan: String,
        /// This folder's.
        here: String,
    },
    /// A device gets back less surely than the policy asks for.
    #[error(
        "{device} goes back by the tier {has}, and policies/change.yaml asks for {asked} for changes of class {class}"
    )]
    Tier {
        /// The first such device.
        device: String,
        /// What it has.
        has: String,
        /// The risk class.
        class: String,
        /// What is asked for.
        asked: &'static str,
    },
    /// Signatures are missing.
    #[error("{0}")]
    Unapproved(String),
}

impl Refusal {
    /// The way out.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::Network { .. } => "run it in the folder it was made in (-C DIR)",
            Self::Key { .. } => {
                "run it where `.samnet/fingerprint.key` is the one it was made with, or make a new plan"
            }
            Self::Tier { .. } => {
                "plan the other devices by --target; change this one by hand, somebody beside it, or ask for less"
            }
            Self::Unapproved(_) => "samnet approve PLAN signs it; samnet approve PLAN --check says who has",
        }
    }
}

/// Lets a plan through, or says why not. The file's own soundness was checked when it was read.
///
/// # Errors
/// The first rule that says no.
pub fn admit(stored: &Stored, network: &Network, key: &FingerprintKey, verdict: &Verdict) -> Result<(), Refusal> {
    if stored.plan.network != network.name.value {
        return Err(Refusal::Network { plan: stored.plan.network.clone(), here: network.name.value.clone() });
    }
    if stored.plan.fingerprint_key != key.id() {
        return Err(Refusal::Key { plan: stored.plan.fingerprint_key.clone(), here: key.id() });
    }
    for device in stored.plan.changing() {
        if let Some((class, asked)) = device.owes(&network.policy.change) {
            let (device, has) = (device.name.to_string(), device.tier.clone());
            return Err(Refusal::Tier { device, has, class: class.to_owned(), asked: asked.word() });
        }
    }
    if !verdict.approved() {
        return Err(Refusal::Unapproved(unapproved(stored, verdict)));
    }
    Ok(())
}

fn unapproved(stored: &Stored, verdict: &Verdict) -> String {
    let needed = verdict.needed.signatures;
    let word = if needed == 1 { "signature" } else { "signatures" };
    let mut text = format!(
        "plan {} is not approved: {} of {needed} {word} ({})",
        stored.id.short(),
        verdict.good.len(),
        verdict.needed.because
    );
    for rejected in &verdict.rejected {
        let name = rejected.path.file_name().unwrap_or_default().to_string_lossy();
        text.push_str(&format!("\n  {name} does not count: {}", rejected.reason));
    }
    text
}
