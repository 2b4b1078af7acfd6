//! Builds a plan out of what was read. Pure but for the secrets it asks the vault for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use secrecy::{ExposeSecret as _, SecretString};

use super::{Address, DevicePlan, FORMAT, Missing, Plan, Push, Risk, Step, UnknownLine, touch};
use crate::derive::{Derived, DeviceFacts};
use crate::diff::{self, Command, Options};
use crate::model::{Network, Role};
use crate::platform::{Library, Platform};
use crate::render::Renderer;
use crate::secret::{self, FingerprintKey, Masker, Sealed, Vault};
use crate::value::{DeviceName, Digest};

/// What was read from a device: its running configuration, secrets in the clear.
#[derive(Clone)]
pub struct Reading {
    /// Where it was read.
    pub address: Address,
    /// The running configuration.
    pub text: String,
}

impl std::fmt::Debug for Reading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("address", &self.address).field("bytes", &self.text.len()).finish()
    }
}

/// What a plan is made of.
pub struct Inputs<'a> {
    /// The network.
    pub network: &'a Network,
    /// What follows from it.
    pub derived: &'a Derived,
    /// Platforms and templates.
    pub library: &'a Library,
    /// Secrets.
    pub vault: &'a Vault,
    /// Masks them.
    pub key: &'a FingerprintKey,
    /// What devices made of secrets that only they can open.
    pub sealed: BTreeMap<DeviceName, Arc<Sealed>>,
    /// Digest of inventory and policies.
    pub inventory: &'a Digest,
    /// Who makes the plan.
    pub author: &'a str,
    /// When.
    pub created: Timestamp,
    /// The selector it is limited to.
    pub target: Option<&'a str>,
    /// Whether emulated devices were read.
    pub lab: bool,
    /// What was read, or why it could not be.
    pub readings: BTreeMap<DeviceName, Result<Reading, String>>,
}

/// Compares every device that was read with what is intended, in parallel; the result is sorted by name.
#[must_use]
pub fn build(inputs: &Inputs<'_>) -> Plan {
    let readings: Vec<_> = inputs.readings.iter().collect();
    let names: Vec<&DeviceName> = inputs.readings.keys().collect();
    let renderer = Renderer::new(inputs.network, inputs.derived, inputs.library, &names);
    let planned: Vec<Result<DevicePlan, Missing>> = readings
        .into_par_iter()
        .filter_map(|(name, reading)| inputs.derived.devices.get(name).map(|facts| (facts, reading)))
        .map(|(facts, reading)| {
            let planned = match reading {
                Ok(reading) => inputs.device(facts, reading, &renderer),
                Err(reason) => Err(reason.clone()),
            };
            planned.map_err(|reason| inputs.missing(facts, reason))
        })
        .collect();
    let (mut devices, mut missing) = (Vec::new(), Vec::new());
    for part in planned {
        match part {
            Ok(device) => devices.push(device),
            Err(gap) => missing.push(gap),
        }
    }
    let change = &inputs.network.policy.change;
    Plan {
        format: FORMAT,
        tool: env!("CARGO_PKG_VERSION").to_owned(),
        network: inputs.network.name.value.clone(),
        inventory: inputs.inventory.clone(),
        author: inputs.author.to_owned(),
        created: inputs.created,
        target: inputs.target.map(str::to_owned),
        lab: inputs.lab,
        fingerprint_key: inputs.key.id(),
        push: Push {
            wave: change.wave.as_ref().map_or(10, |wave| wave.value),
            failure_budget: change.failure_budget.as_ref().map_or(1, |budget| budget.value),
            confirm_within: change.confirm_within.as_ref().map_or(300, |seconds| seconds.value),
        },
        devices,
        missing,
    }
}

impl Inputs<'_> {
    fn device(&self, facts: &DeviceFacts, reading: &Reading, renderer: &Renderer<'_>) -> Result<DevicePlan, String> {
        let entry = self.library.get(facts.platform.as_str());
        let entry = entry.ok_or_else(|| format!("no platform is called `{}`", facts.platform))?;
        let platform = &*entry.platform;
        let rendered = renderer.device(&facts.name).map_err(|findings| {
            let first = findings.into_iter().next().map(|finding| finding.message).unwrap_or_default();
            format!("it cannot be rendered: {first}")
        })?;
        let (secrets, known) = self.secrets(&rendered.text)?;
        let masker = Masker::new(platform, self.key.clone()).knowing(known);
        in_the_clear(&masker, &rendered.text)?;
        let intended = secret::reveal(&rendered.text, self.vault).map_err(|error| error.to_string())?;
        let sealed = self.sealed.get(&facts.name).cloned();
        let options = Options { features: self.features(facts, platform), sealed };
        // A file that was read and kept earlier has masks; those of today's secrets can be told.
        let running = secret::fill_known(&reading.text, &masker.values(&intended));
        if let Some(reason) = platform.rules.no_way(&running, &intended) {
            return Err(reason.to_owned());
        }
        let remediation = diff::remediate(platform, &running, &intended, &options);
        let managed = managed(platform, &masker, &running, &options);
        let touches = touch::touches(facts, self.network, &remediation.commands);
        let site = self.network.sites.get(facts.site);
        let mut device = DevicePlan {
            name: facts.name.clone(),
            organisation: facts.organisation.to_string(),
            organisation_name: self.organisation_name(facts),
            site: facts.site_id.to_string(),
            site_name: site.map(|site| site.name.value.clone()).unwrap_or_default(),
            role: facts.role,
            platform: platform.name.clone(),
            platform_title: platform.title.clone(),
            endpoint: reading.address.clone(),
            tier: platform.transaction.tier.word().to_owned(),
            features: options.features,
            running: Digest::of(managed.as_bytes()),
            managed,
            intended: rendered.text,
            secrets,
            interruption: touch::interruption(&touches, facts, &remediation.commands),
            touches,
            commands: steps(&masker, &remediation.commands),
            rollback: steps(&masker, &remediation.rollback),
            unmanaged: remediation.unmanaged,
            unknown: remediation
                .unknown
                .iter()
                .map(|(line, text)| UnknownLine { line: *line, text: masker.mask(text) })
                .collect(),
            warnings: remediation.remarks().map(|remark| masker.mask(&remark)).collect(),
            partners: self.partners(facts),
        };
        if let Some((class, asked)) = device.owes(&self.network.policy.change) {
            device.warnings.push(format!(
                "policies/change.yaml asks for the tier {} for changes of class {class}, and this device has {}: apply will refuse",
                asked.word(),
                device.tier
            ));
        }
        Ok(device)
    }

    fn missing(&self, facts: &DeviceFacts, reason: String) -> Missing {
        let site = self.network.sites.get(facts.site);
        Missing {
            name: facts.name.clone(),
            organisation: facts.organisation.to_string(),
            site_name: site.map(|site| site.name.value.clone()).unwrap_or_default(),
            reason,
        }
    }

    /// Fingerprints by name, and the values, of every secret a text names.
    fn secrets(&self, text: &str) -> Result<(BTreeMap<crate::value::Id, String>, Vec<SecretString>), String> {
        let mut fingerprints = BTreeMap::new();
        let mut values = Vec::new();
        for name in secret::names(text) {
            let value = self.vault.value(&name).map_err(|error| error.to_string())?;
            fingerprints.insert(name, self.key.fingerprint(value.expose_secret()));
            values.push(value);
        }
        Ok((fingerprints, values))
    }

    /// What the inventory says is managed; what its platform's templates write when it says nothing.
    fn features(&self, facts: &DeviceFacts, platform: &Platform) -> Option<BTreeSet<String>> {
        let device = self.network.sites.get(facts.site).and_then(|site| site.devices.get(facts.device));
        let said = device.map(|device| device.managed.as_slice()).unwrap_or_default();
        if !said.is_empty() {
            return Some(said.iter().map(|feature| feature.value.to_string()).collect());
        }
        let owned = platform.managed_as(facts.role);
        (!owned.is_empty()).then_some(owned)
    }

    fn organisation_name(&self, facts: &DeviceFacts) -> String {
        let found = self.network.organisations.iter().find(|organisation| organisation.id.value == facts.organisation);
        found.map_or_else(|| facts.organisation.to_string(), |organisation| organisation.name.value.clone())
    }

    /// Declared partners, and every other device of a role whose loss is everybody's.
    fn partners(&self, facts: &DeviceFacts) -> BTreeSet<DeviceName> {
        let central = matches!(facts.role, Role::Core | Role::Firewall);
        let same = self.derived.devices.values().filter(|other| {
            let declared = other.redundant_with.as_ref() == Some(&facts.name);
            (declared || (central && other.role == facts.role)) && other.name != facts.name
        });
        same.map(|other| other.name.clone()).chain(facts.redundant_with.clone()).collect()
    }
}

/// The managed region of a running configuration, masked: what a plan keeps, and what its digest is over.
///
/// Masked first, since the canonical form is no configuration text and the secret positions no longer fit it. What a
/// device shows anew at every reading is left out: a plan must not go stale because of it.
#[must_use]
pub fn managed(platform: &Platform, masker: &Masker, running: &str, options: &Options) -> String {
    masker.mask(&diff::managed_text(platform, &masker.steady(running), options))
}

/// Commands as a plan keeps them: every text masked.
#[must_use]
pub fn steps(masker: &Masker, commands: &[Command]) -> Vec<Step> {
    let step = |command: &Command| Step {
        path: masker.mask_path(&command.path),
        text: masker.mask_below(&command.path, &command.text).into(),
        reason: masker.mask(&command.reason),
        risk: Risk(command.risk.to_string()),
        effect: command.effect,
        feature: command.feature.clone(),
        opens: command.opens,
    };
    commands.iter().map(step).collect()
}

/// A secret that a template or the inventory spells out would end up in the plan.
fn in_the_clear(masker: &Masker, rendered: &str) -> Result<(), String> {
    let hidden = masker.mask(rendered);
    let wrong = rendered.lines().zip(hidden.lines()).position(|(line, masked)| line != masked);
    match wrong {
        None => Ok(()),
        Some(at) => Err(format!(
            "line {} of its rendered configuration spells a secret out; name it in `secrets:` and use the name",
            at + 1
        )),
    }
}
