//! What holds at a device and at a port: the one place where the order of the levels is decided.
//!
//! The most specific level wins, value by value; a list is one value. For settings (services, security,
//! switching, wireless) the order is network, organisation, site, device. For a port it is: what its profile
//! `extends`, the farthest first, then the profile itself, each as organisation, site and device refine it
//! under `profiles:`, and last what the port's own line says. `samnet show device NAME --explain` shows for
//! every value which level said it, where, and what it stands instead of.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::{Derived, DeviceFacts};
use crate::model::{Device, Layer as _, Network, Organisation, PortProfile, PortSettings, PortUse, Settings, Site};
use crate::value::Id;

/// A profile with those it extends, the farthest first.
#[must_use]
pub fn bases<'n>(network: &'n Network, profile: &'n PortProfile) -> Vec<&'n PortProfile> {
    let mut chain = Vec::new();
    let mut next = Some(profile);
    // A circle is the inventory's own finding.
    while let Some(profile) =
        next.filter(|next| !chain.iter().any(|known: &&PortProfile| known.name.value == next.name.value))
    {
        chain.push(profile);
        next = profile.extends.as_ref().and_then(|base| network.profiles.get(&base.value));
    }
    chain.reverse();
    chain
}

/// What a profile says together with those it extends, wherever nobody refines it.
#[must_use]
pub fn settled(network: &Network, profile: &PortProfile) -> PortSettings {
    let mut all = PortSettings::default();
    for profile in bases(network, profile) {
        all.refine(&profile.settings);
    }
    all
}

/// The levels above a port, for one device.
#[derive(Clone, Copy, Debug)]
pub struct Levels<'n> {
    /// The network.
    pub network: &'n Network,
    /// The organisation, where the site belongs to one that exists.
    pub organisation: Option<&'n Organisation>,
    /// The site.
    pub site: &'n Site,
    /// The device.
    pub device: &'n Device,
}

impl<'n> Levels<'n> {
    /// The levels of a device.
    #[must_use]
    pub fn of(network: &'n Network, derived: &Derived, facts: &DeviceFacts) -> Option<Self> {
        let site = network.sites.get(facts.site)?;
        let organisation = derived.sites.get(facts.site).and_then(|site| site.organisation);
        let organisation = organisation.and_then(|index| network.organisations.get(index));
        Some(Self { network, organisation, site, device: site.devices.get(facts.device)? })
    }

    /// What network, organisation, site and device say, the most specific last, with the word for each.
    pub fn settings(&self) -> impl Iterator<Item = (&'static str, &'n Settings)> {
        [
            Some(("network", &self.network.settings)),
            self.organisation.map(|organisation| ("organisation", &organisation.settings)),
            Some(("site", &self.site.settings)),
            self.device.settings.as_deref().map(|settings| ("device", settings)),
        ]
        .into_iter()
        .flatten()
    }

    /// What is said of a profile, in the order in which it holds: what it extends first, then itself, then
    /// the refinements of organisation, site and device. Empty where there is no such profile.
    pub fn profile(&self, name: &Id) -> Vec<(&'static str, &'n PortProfile)> {
        let mut said = Vec::new();
        for profile in self.network.profiles.get(name).map(|profile| bases(self.network, profile)).unwrap_or_default() {
            said.push(("profile", profile));
            let refinements: [(&'static str, Option<&'n BTreeMap<Id, PortProfile>>); 3] = [
                ("organisation", self.organisation.map(|organisation| &organisation.profiles)),
                ("site", Some(&self.site.profiles)),
                ("device", Some(&self.device.profiles)),
            ];
            for (level, profiles) in refinements {
                said.extend(profiles.and_then(|all| all.get(&profile.name.value)).map(|refined| (level, refined)));
            }
        }
        said
    }

    /// Whether organisation, site or device refine any profile.
    fn refines(&self) -> (bool, bool) {
        let organisation = self.organisation.is_some_and(|organisation| !organisation.profiles.is_empty());
        (organisation || !self.site.profiles.is_empty(), !self.device.profiles.is_empty())
    }
}

/// A profile as it holds for all sites, for one site, or for one device.
type ProfileKey<'n> = (Option<usize>, Option<usize>, &'n Id);

/// Organisation, site and device, each where it says anything.
type SettingsKey<'n> = (Option<&'n Id>, Option<usize>, Option<(usize, usize)>);

/// Effective settings, made once for all that share them.
#[derive(Debug, Default)]
pub(super) struct Effective<'n> {
    settings: BTreeMap<SettingsKey<'n>, Arc<Settings>>,
    /// The site that was asked for last, and what holds where its devices say nothing.
    site: Option<(usize, Arc<Settings>)>,
    profiles: BTreeMap<ProfileKey<'n>, Arc<PortSettings>>,
    silent: Arc<PortSettings>,
    /// The last port's, because its neighbours mostly say the same.
    last: Option<(Arc<PortSettings>, Arc<PortSettings>, Arc<PortSettings>)>,
}

impl<'n> Effective<'n> {
    /// Profiles as they hold where nobody refines them stand ready, and settings as they hold where neither site nor
    /// device says anything, so that whoever works on a part of the network shares them with the others.
    pub(super) fn new(network: &'n Network) -> Self {
        let said = network.organisations.iter().filter(|organisation| !organisation.settings.is_silent());
        let levels = std::iter::once(None).chain(said.map(Some));
        let settings = |organisation: Option<&'n Organisation>| {
            let mut all = network.settings.clone();
            if let Some(organisation) = organisation {
                all.refine(&organisation.settings);
            }
            ((organisation.map(|organisation| &organisation.id.value), None, None), Arc::new(all))
        };
        let profile =
            |(name, profile): (&'n Id, &'n PortProfile)| ((None, None, name), Arc::new(settled(network, profile)));
        let profiles = network.profiles.iter().map(profile).collect();
        Self { profiles, settings: levels.map(settings).collect(), ..Self::default() }
    }

    /// The same for a part of the network.
    pub(super) fn part(&self) -> Self {
        let (profiles, settings) = (self.profiles.clone(), self.settings.clone());
        Self { profiles, settings, silent: self.silent(), ..Self::default() }
    }

    /// Settings of a device; `at` is the index of its site and its own within the site.
    pub(super) fn settings(&mut self, levels: Levels<'n>, at: (usize, usize)) -> Arc<Settings> {
        let alone = levels.device.settings.is_some();
        if let (false, Some((_, made))) = (alone, self.site.as_ref().filter(|(site, _)| *site == at.0)) {
            return Arc::clone(made);
        }
        // A level that says nothing shares what stands above it.
        let organisation = levels.organisation.filter(|organisation| !organisation.settings.is_silent());
        let site = (!levels.site.settings.is_silent()).then_some(at.0);
        let key = (organisation.map(|organisation| &organisation.id.value), site, alone.then_some(at));
        let made = self.settings.entry(key).or_insert_with(|| {
            let mut all = Settings::default();
            levels.settings().for_each(|(_, settings)| all.refine(settings));
            Arc::new(all)
        });
        if !alone {
            self.site = Some((at.0, Arc::clone(made)));
        }
        Arc::clone(made)
    }

    /// Settings of a port.
    pub(super) fn port(&mut self, levels: Levels<'n>, at: (usize, usize), port: &'n PortUse) -> Arc<PortSettings> {
        let profile = match &port.profile {
            Some(name) => self.profile(levels, at, &name.value),
            None => Arc::clone(&self.silent),
        };
        let Some(own) = &port.settings else { return profile };
        if let Some((base, refinement, made)) = &self.last
            && Arc::ptr_eq(base, &profile)
            && Arc::ptr_eq(refinement, own)
        {
            return Arc::clone(made);
        }
        let mut all = (*profile).clone();
        all.refine(own);
        let made = Arc::new(all);
        self.last = Some((profile, Arc::clone(own), Arc::clone(&made)));
        made
    }

    fn profile(&mut self, levels: Levels<'n>, at: (usize, usize), name: &'n Id) -> Arc<PortSettings> {
        let (site, device) = levels.refines();
        let key = ((site || device).then_some(at.0), device.then_some(at.1), name);
        let made = self.profiles.entry(key).or_insert_with(|| {
            let mut all = PortSettings::default();
            levels.profile(name).iter().for_each(|(_, profile)| all.refine(&profile.settings));
            Arc::new(all)
        });
        Arc::clone(made)
    }

    /// What nobody says.
    pub(super) fn silent(&self) -> Arc<PortSettings> {
        Arc::clone(&self.silent)
    }
}
