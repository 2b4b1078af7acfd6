//! What the devices ran before: each organisation's own VLANs, names and services, from `inventory/lab.yaml`.
//!
//! The old network is a model like any other, derived and rendered by the same code as the intended one; only
//! the inventory's loader never sees the file, because it describes nothing that anybody wants.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::finding::{Finding, codes};
use crate::inventory;
use crate::model::{Network, Role, Security};
use crate::platform::Library;
use crate::source::{Sources, Sp, Span};
use crate::value::{Id, VlanId};

/// The file, relative to the project folder.
pub const FILE: &str = "inventory/lab.yaml";

/// Why the old network cannot be had; fits "failed to set up the lab: …".
#[derive(Debug, thiserror::Error)]
pub enum BeforeError {
    /// The file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file does not say what it should.
    #[error("{FILE}:{line}:{column}: {message}")]
    Invalid {
        /// Line, from 1.
        line: u64,
        /// Column, from 1.
        column: u64,
        /// What is wrong.
        message: String,
    },
    /// The file names something the inventory does not have.
    #[error("{FILE}: {message}")]
    Unknown {
        /// What is wrong.
        message: String,
        /// The name, as the file has it.
        name: String,
    },
}

/// `inventory/lab.yaml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Before {
    /// How each organisation's network was, by identifier; one not named was as it is meant to be.
    organisations: BTreeMap<String, Old>,
    /// Configuration text that every device has had before and keeps, by platform.
    residue: BTreeMap<String, String>,
    /// Configuration text that only the old network has, by platform.
    leftovers: BTreeMap<String, String>,
}

/// How one organisation's network was.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Old {
    /// Pattern for device names, as in `policies/naming.yaml`.
    device: Option<String>,
    /// Word for each role in names.
    roles: BTreeMap<Role, String>,
    /// Pattern for descriptions of ports that face another device.
    link: Option<String>,
    /// VLANs by their name now.
    vlans: BTreeMap<String, OldVlan>,
    /// Wireless networks by their name now.
    ssids: BTreeMap<String, OldSsid>,
    /// Time servers.
    ntp: Option<Vec<IpAddr>>,
    /// Name servers.
    dns: Option<Vec<IpAddr>>,
    /// Log collectors.
    syslog: Option<Vec<IpAddr>>,
    /// Whether 802.1X guarded any port.
    dot1x: Option<bool>,
    /// Text shown before login.
    banner: Option<String>,
    /// Flows that nobody had allowed yet.
    without: Vec<String>,
    /// Words replaced in the finished text, as the names of access lists.
    replace: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OldVlan {
    id: Option<u16>,
    name: Option<String>,
    title: Option<String>,
    /// There was no such VLAN; what is in it now was in this one, by its name now.
    into: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OldSsid {
    name: Option<String>,
    security: Option<Security>,
    secret: Option<String>,
    /// There was no such network.
    absent: bool,
}

/// What is wrong with the file, where a project has one; the network has to be sound, or its names are not there.
pub fn inspect(
    root: &Path,
    unsaved: Option<&str>,
    network: &Network,
    library: &Library,
    sources: &mut Sources,
) -> Vec<Finding> {
    // An old network is a copy of the new one, and a large one takes its time.
    if unsaved.is_none() && !Before::exists(root) {
        return Vec::new();
    }
    let sound = |before: Before| before.platforms(library).and_then(|()| before.networks(network).map(drop));
    let Err(error) = unsaved.map_or_else(|| Before::load(root), Before::read).and_then(sound) else {
        return Vec::new();
    };
    let disk = || std::fs::read_to_string(root.join(FILE)).unwrap_or_default();
    let text = unsaved.map_or_else(disk, str::to_owned);
    let file = sources.add(FILE, text.as_str());
    let broken = inventory::broken(file, &text, &|text| Before::read(text).is_ok());
    if !broken.is_empty() {
        return broken;
    }
    let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let line = |number: u64| {
        let start = usize::try_from(number).ok().and_then(|number| starts.get(number.checked_sub(1)?)).copied()?;
        let line = text.get(start..)?.lines().next()?;
        let indent = line.len() - line.trim_start().len();
        Some(start + indent..start + line.trim_end().len())
    };
    // The name as a word of its own, as the file has it.
    let word = |name: &str| {
        let ends = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || "-_".contains(c)));
        let mut all = text.match_indices(name);
        let found = all.find(|(at, _)| {
            let (before, behind) = text.split_at_checked(*at).unwrap_or_default();
            ends(before.chars().next_back()) && ends(behind.get(name.len()..).and_then(|rest| rest.chars().next()))
        });
        found.map(|(at, _)| at..at + name.len())
    };
    let (code, message, place) = match &error {
        BeforeError::Read { source, .. } => (codes::UNREADABLE, format!("{FILE} cannot be read: {source}"), None),
        BeforeError::Invalid { line: number, message, .. } => (codes::ILLEGAL_VALUE, message.clone(), line(*number)),
        BeforeError::Unknown { message, name } => (codes::UNKNOWN_NAME, message.clone(), word(name)),
    };
    let finding = Finding::error(code, message).at(place.map_or_else(|| Span::file(file), |at| Span::new(file, at)));
    vec![finding.help("it says what the emulated devices ran before: names as the inventory has them now")]
}

impl Before {
    /// Whether a project says how its network was.
    #[must_use]
    pub fn exists(root: &Path) -> bool {
        root.join(FILE).is_file()
    }

    /// Reads a project's file; one without is a network that was always as it is.
    ///
    /// # Errors
    /// When the file cannot be read or does not say what it should.
    pub fn load(root: &Path) -> Result<Self, BeforeError> {
        let path = root.join(FILE);
        if !path.is_file() {
            return Ok(Self::default());
        }
        Self::read(&std::fs::read_to_string(&path).map_err(|source| BeforeError::Read { path, source })?)
    }

    fn read(text: &str) -> Result<Self, BeforeError> {
        let options = serde_saphyr::options! { with_snippet: false, strict_booleans: true };
        serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let (line, column) = error.location().map_or((1, 1), |at| (at.line(), at.column()));
            BeforeError::Invalid { line, column, message: error.to_string() }
        })
    }

    /// Configuration is kept for platforms there are.
    fn platforms(&self, library: &Library) -> Result<(), BeforeError> {
        let mut named = self.residue.keys().chain(self.leftovers.keys());
        let missing = named.find(|name| library.names().all(|known| known != *name));
        missing.map_or(Ok(()), |name| Err(unknown("platform", name)))
    }

    /// The old networks and whose devices each of them describes.
    ///
    /// # Errors
    /// When the file names something the inventory does not have.
    pub fn networks(&self, network: &Network) -> Result<Vec<(Id, Network)>, BeforeError> {
        for name in self.organisations.keys() {
            if !network.organisations.iter().any(|organisation| organisation.id.as_str() == name) {
                return Err(unknown("organisation", name));
            }
        }
        let mut all = Vec::new();
        for organisation in &network.organisations {
            let id = organisation.id.value.clone();
            let old = self.organisations.get(id.as_str());
            let before = match old {
                Some(old) => old.of(network)?,
                None => network.clone(),
            };
            all.push((id, before));
        }
        Ok(all)
    }

    /// The finished old text of a device.
    pub(super) fn finish(&self, organisation: &Id, platform: &str, text: &str) -> String {
        let mut text = text.to_owned();
        if let Some(old) = self.organisations.get(organisation.as_str()) {
            for (from, to) in &old.replace {
                text = text.replace(from, to);
            }
        }
        self.leftovers.get(platform).map_or(text.clone(), |left| joined(&text, left))
    }

    /// A text with what every device of the platform has beside it.
    pub(super) fn with_residue(&self, platform: &str, text: &str) -> String {
        self.residue.get(platform).map_or_else(|| text.to_owned(), |more| joined(text, more))
    }
}

fn unknown(kind: &str, name: &str) -> BeforeError {
    illegal(name, format!("no {kind} is called `{name}`"))
}

fn illegal(name: &str, message: impl std::fmt::Display) -> BeforeError {
    BeforeError::Unknown { message: message.to_string(), name: name.to_owned() }
}

/// Puts configuration behind configuration; a closing `end` stays last.
fn joined(text: &str, more: &str) -> String {
    let body = text.trim_end();
    let (body, end) = body.strip_suffix("\nend").map_or((body, ""), |body| (body, "end\n"));
    format!("{body}\n{}\n{end}", more.trim_end())
}

impl Old {
    fn of(&self, network: &Network) -> Result<Network, BeforeError> {
        let mut old = network.clone();
        if let Some(pattern) = &self.device {
            old.policy.naming.device.value.clone_from(pattern);
        }
        for (role, word) in &self.roles {
            old.policy.naming.roles.insert(*role, Sp::new(word.clone(), crate::source::Span::default()));
        }
        if let Some(pattern) = &self.link {
            old.policy.naming.link.value.clone_from(pattern);
        }
        // Those that went into others first: they name them as they are called now.
        let (merged, kept): (Vec<_>, Vec<_>) = self.vlans.iter().partition(|(_, vlan)| vlan.into.is_some());
        for (name, vlan) in merged.into_iter().chain(kept) {
            vlan.apply(&mut old, name)?;
        }
        let mut ids: BTreeMap<VlanId, &Id> = BTreeMap::new();
        for vlan in &old.vlans {
            if let Some(other) = ids.insert(vlan.id.value, &vlan.name) {
                let (id, name) = (vlan.id.value, &vlan.name.value);
                return Err(illegal(name.as_str(), format!("VLAN {id} is both `{other}` and `{name}`")));
            }
        }
        for (name, ssid) in &self.ssids {
            ssid.apply(&mut old, name)?;
        }
        let addresses = |old: &mut Option<Sp<Vec<Sp<IpAddr>>>>, new: &Option<Vec<IpAddr>>| {
            if let Some(new) = new {
                // A server keeps the place of those it takes the turn of, as far as there are any.
                let span = old.as_ref().map_or_else(crate::source::Span::default, |list| list.span);
                *old = Some(Sp::new(new.iter().map(|address| Sp::new(*address, span)).collect(), span));
            }
        };
        let services = &mut old.settings.services;
        addresses(&mut services.ntp, &self.ntp);
        addresses(&mut services.dns, &self.dns);
        addresses(&mut services.syslog, &self.syslog);
        if let (Some(text), Some(banner)) = (&self.banner, &mut services.banner) {
            banner.value.clone_from(text);
        }
        if let Some(dot1x) = self.dot1x {
            old.profiles.values_mut().for_each(|profile| {
                profile.settings.dot1x.enabled = Some(Sp::new(dot1x, profile.name.span));
            });
        }
        let known: BTreeSet<&str> = network.policy.flows.iter().map(|flow| flow.id.as_str()).collect();
        if let Some(missing) = self.without.iter().find(|name| !known.contains(name.as_str())) {
            return Err(unknown("flow", missing));
        }
        old.policy.flows.retain(|flow| !self.without.iter().any(|name| name == flow.id.as_str()));
        Ok(old)
    }
}

impl OldVlan {
    fn apply(&self, network: &mut Network, name: &str) -> Result<(), BeforeError> {
        let unknown = |name: &str| unknown("VLAN", name);
        let at = network.vlans.iter().position(|vlan| vlan.name.as_str() == name).ok_or_else(|| unknown(name))?;
        if let Some(into) = &self.into {
            let target = network.vlans.iter().find(|vlan| vlan.name.as_str() == into).ok_or_else(|| unknown(into))?;
            let target = target.name.value.clone();
            network.vlans.remove(at);
            rename(network, name, &target);
            return Ok(());
        }
        let Some(vlan) = network.vlans.get_mut(at) else { return Ok(()) };
        if let Some(id) = self.id {
            vlan.id.value = VlanId::new(i64::from(id)).map_err(|error| illegal(&id.to_string(), error))?;
        }
        if let Some(title) = &self.title {
            let span = vlan.name.span;
            vlan.title = Some(Sp::new(title.clone(), span));
        }
        if let Some(new) = &self.name {
            let new: Id = new.parse().map_err(|error| illegal(new, error))?;
            vlan.name.value = new.clone();
            rename(network, name, &new);
        }
        Ok(())
    }
}

/// Points everything that names a VLAN at another.
fn rename(network: &mut Network, from: &str, to: &Id) {
    let change = |name: &mut Sp<Id>| {
        if name.as_str() == from {
            name.value = to.clone();
        }
    };
    for profile in network.profiles.values_mut() {
        let settings = &mut profile.settings;
        settings.vlan.iter_mut().for_each(change);
        if let Some(Some(voice)) = settings.voice.as_mut().map(|voice| &mut voice.value)
            && voice.as_str() == from
        {
            voice.clone_from(to);
        }
        if let Some(tagged) = &mut settings.tagged {
            tagged.value.iter_mut().for_each(change);
            let mut seen = BTreeSet::new();
            tagged.value.retain(|name| seen.insert(name.value.clone()));
        }
    }
    for ssid in &mut network.ssids {
        change(&mut ssid.vlan);
    }
}

impl OldSsid {
    fn apply(&self, network: &mut Network, name: &str) -> Result<(), BeforeError> {
        let missing = || unknown("SSID", name);
        let at = network.ssids.iter().position(|ssid| ssid.name.value.trim() == name).ok_or_else(missing)?;
        if self.absent {
            network.ssids.remove(at);
            return Ok(());
        }
        let Some(ssid) = network.ssids.get_mut(at) else { return Ok(()) };
        if let Some(new) = &self.name {
            ssid.name.value.clone_from(new);
        }
        if let Some(security) = self.security {
            ssid.security.value = security;
        }
        if let Some(secret) = &self.secret {
            let id: Id = secret.parse().map_err(|error| illegal(secret, error))?;
            if !network.secrets.contains_key(&id) {
                return Err(unknown("secret", secret));
            }
            let span = ssid.name.span;
            ssid.secret = Some(Sp::new(id.into(), span));
        }
        Ok(())
    }
}
