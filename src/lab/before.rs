//! What the devices ran before: each organisation's own VLANs, names and services, from `inventory/lab.yaml`.
//!
//! The old network is a model like any other, derived and rendered by the same code as the intended one; only
//! the inventory's loader never sees the file, because it describes nothing that anybody wants.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::finding::{Finding, codes};
use crate::inventory::{self, Old, OldSsid, OldVlan};
use crate::model::{Network, Ssid};
use crate::platform::Library;
use crate::source::yaml::short;
use crate::source::{Sources, Sp, Span};
use crate::value::{Id, VlanId};

pub use crate::inventory::Before;

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
    /// The file does not say what it should, or names something the inventory does not have.
    #[error("{place}: {}", wrong.message)]
    Wrong {
        /// File, line and column.
        place: String,
        /// What is wrong.
        wrong: Box<Finding>,
    },
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
    let text = match unsaved.map_or_else(|| text_of(root), |text| Ok(text.to_owned())) {
        Ok(text) => text,
        Err(error) => {
            let finding = Finding::error(codes::UNREADABLE, format!("{FILE} cannot be read: {error}"));
            return vec![finding.at(Span::file(sources.add(FILE, "")))];
        }
    };
    let file = sources.add(FILE, text.as_str());
    let (before, findings) = inventory::before(file, &text);
    if !findings.is_empty() {
        return findings;
    }
    match before.platforms(library).and_then(|()| before.networks(network).map(drop)) {
        Err(BeforeError::Wrong { wrong, .. }) => vec![*wrong],
        Err(BeforeError::Read { .. }) | Ok(()) => Vec::new(),
    }
}

fn text_of(root: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(root.join(FILE))
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
        let text = text_of(root).map_err(|source| BeforeError::Read { path, source })?;
        let mut sources = Sources::new();
        let (before, findings) = inventory::before(sources.add(FILE, text.as_str()), &text);
        match findings.into_iter().next() {
            Some(wrong) => {
                let place = sources.place(wrong.span.unwrap_or_default()).to_string();
                Err(BeforeError::Wrong { place, wrong: Box::new(wrong) })
            }
            None => Ok(before),
        }
    }

    /// Configuration is kept for platforms there are.
    fn platforms(&self, library: &Library) -> Result<(), BeforeError> {
        let known = || library.names();
        let mut named = self.residue.iter().chain(&self.leftovers);
        let missing = named.find(|(name, _)| known().all(|known| known != name.as_str()));
        missing.map_or(Ok(()), |(name, said)| Err(unknown("platform", name, said.place, known())))
    }

    /// The old networks and whose devices each of them describes.
    ///
    /// # Errors
    /// When the file names something the inventory does not have.
    pub fn networks(&self, network: &Network) -> Result<Vec<(Id, Network)>, BeforeError> {
        let known = || network.organisations.iter().map(|organisation| organisation.id.as_str());
        if let Some((name, old)) =
            self.organisations.iter().find(|(name, _)| known().all(|known| known != name.as_str()))
        {
            return Err(unknown("organisation", name, old.place, known()));
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
                text = text.replace(from, &to.text);
            }
        }
        self.leftovers.get(platform).map_or(text.clone(), |left| joined(&text, &left.text))
    }

    /// A text with what every device of the platform has beside it.
    pub(super) fn with_residue(&self, platform: &str, text: &str) -> String {
        self.residue.get(platform).map_or_else(|| text.to_owned(), |more| joined(text, &more.text))
    }
}

/// A name that the inventory does not have.
fn unknown<'k>(kind: &str, name: &str, at: Span, known: impl IntoIterator<Item = &'k str>) -> BeforeError {
    let finding = Finding::error(codes::UNKNOWN_NAME, format!("no {kind} is called `{}`", short(name))).at(at);
    let otherwise = || "it says what the emulated devices ran before: names as the inventory has them now".to_owned();
    BeforeError::Wrong { place: FILE.to_owned(), wrong: Box::new(finding.meant(name, known, otherwise)) }
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
            old.policy.naming.roles.insert(*role, word.clone());
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
                let said = self.vlans.values().filter_map(|vlan| vlan.id.as_ref()).find(|said| said.value == id);
                let finding = Finding::error(codes::ILLEGAL_VALUE, format!("VLAN {id} is both `{other}` and `{name}`"));
                let wrong = Box::new(finding.at(said.map_or_else(Span::default, |said| said.span)));
                return Err(BeforeError::Wrong { place: FILE.to_owned(), wrong });
            }
        }
        for (name, ssid) in &self.ssids {
            ssid.apply(&mut old, name)?;
        }
        let addresses = |old: &mut Option<Sp<Vec<Sp<IpAddr>>>>, new: &Option<Vec<IpAddr>>| {
            if let Some(new) = new {
                // A server keeps the place of those it takes the turn of, as far as there are any.
                let span = old.as_ref().map_or_else(Span::default, |list| list.span);
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
            return Err(unknown("flow", missing.as_str(), missing.span, known));
        }
        old.policy.flows.retain(|flow| !self.without.iter().any(|name| name.value == flow.id.value));
        Ok(old)
    }
}

impl OldVlan {
    fn apply(&self, network: &mut Network, name: &str) -> Result<(), BeforeError> {
        let find = |name: &str, at: Span| {
            let found = network.vlans.iter().position(|vlan| vlan.name.as_str() == name);
            let known = network.vlans.iter().map(|vlan| vlan.name.as_str());
            found.ok_or_else(|| unknown("VLAN", name, at, known))
        };
        let at = find(name, self.place)?;
        if let Some(into) = &self.into {
            find(into.as_str(), into.span)?;
            network.vlans.remove(at);
            rename(network, name, &into.value);
            return Ok(());
        }
        let Some(vlan) = network.vlans.get_mut(at) else { return Ok(()) };
        if let Some(id) = &self.id {
            vlan.id.value = id.value;
        }
        if let Some(title) = &self.title {
            let span = vlan.name.span;
            vlan.title = Some(Sp::new(title.clone(), span));
        }
        if let Some(new) = &self.name {
            vlan.name.value = new.clone();
            rename(network, name, new);
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
        let known = |ssid: &Ssid| ssid.name.value.trim().to_owned();
        let Some(at) = network.ssids.iter().position(|ssid| known(ssid) == name) else {
            let known: Vec<String> = network.ssids.iter().map(known).collect();
            return Err(unknown("SSID", name, self.place, known.iter().map(String::as_str)));
        };
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
            if !network.secrets.contains_key(&*secret.value) {
                let known = network.secrets.keys().map(Id::as_str);
                return Err(unknown("secret", secret.as_str(), secret.span, known));
            }
            let span = ssid.name.span;
            ssid.secret = Some(Sp::new(secret.value.clone(), span));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_the_inventory_does_not_have_is_told_at_its_place_with_what_is_near() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let library = Library::built_in().unwrap();
        let mut loaded = inventory::load(root);
        let cases = [
            ("organisations: { amall: {} }", "amall", "amal"),
            ("organisations: { amal: { vlans: { stafff: {} } } }", "stafff", "staff"),
            ("organisations: { amal: { vlans: { staff: { into: pupil } } } }", "pupil", "pupils"),
            ("organisations: { amal: { ssids: { Dalsland-Elv: {} } } }", "Dalsland-Elv", "Dalsland-Elev"),
            ("organisations: { amal: { without: [camera-veiw] } }", "camera-veiw", "camera-view"),
        ];
        for (text, wrong, near) in cases {
            let found = inspect(root, Some(text), &loaded.network, &library, &mut loaded.sources);
            let [finding] = found.as_slice() else { panic!("{text}: {found:?}") };
            assert_eq!(finding.code, codes::UNKNOWN_NAME, "{text}");
            assert_eq!(text.get(finding.span.unwrap().range()), Some(wrong));
            assert_eq!(finding.help.as_deref(), Some(format!("did you mean `{near}`?").as_str()), "{text}");
        }
    }
}
