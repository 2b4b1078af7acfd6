//! Port profiles and device models.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Export;
use super::shape::{Said, Text, Word, shape};
use crate::model::{self, Band, Layer as _, PortMode, PortProfile, PortSettings};
use crate::value::Id;

shape! {
    /// A port profile.
    Profile<'a> {
        /// What people read.
        title: Option<String>,
        /// access, trunk or routed.
        mode: Word<PortMode>,
        /// Name of the untagged VLAN.
        vlan: Option<Text<Id>>,
        /// Name of the voice VLAN.
        voice: Option<Text<Id>>,
        /// Names of the tagged VLANs; absent means what stands behind the port needs.
        tagged: Option<Vec<Text<Id>>>,
        /// Name of the profile it refines.
        extends: Option<&'a str>,
        /// Whether 802.1X guards the port.
        dot1x: bool,
        /// Whether the port may power devices.
        poe: bool,
        /// Whether it is switched off.
        shutdown: bool,
        /// Everything it says, with what it refines.
        settings: Option<Said>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// A device model.
    Model<'a> {
        /// Platform it runs.
        platform: &'a str,
        /// Years until it should be replaced.
        lifetime_years: Option<u32>,
        /// Groups of ports, in order.
        ports: Vec<Group<'a>>,
        /// Uplink modules it takes, each with its ports.
        modules: BTreeMap<&'a str, Module<'a>>,
        /// How many of them make a stack.
        stack: Option<u32>,
        /// Power for devices on its ports, in watts, over all ports.
        poe_budget: Option<u32>,
        /// The last day the vendor sold it, as YYYY-MM-DD.
        end_of_sale: Option<Text<Date>>,
        /// The last day the vendor mends faults in it, as YYYY-MM-DD.
        end_of_support: Option<Text<Date>>,
        /// Radios, for access points.
        radios: Vec<Radio<'a>>,
        /// Where it is written.
        at: String,
    }
}

shape! {
    /// An uplink module.
    Module<'a> {
        /// Groups of ports, in order.
        ports: Vec<Group<'a>>,
    }
}

shape! {
    /// A run of ports alike.
    Group<'a> {
        /// Their keys, in order.
        keys: Vec<String>,
        /// Interface name, with {n} for the number.
        interface: &'a str,
        /// Highest speed in Mbit/s.
        speed: u32,
        /// Every speed they can take, in Mbit/s; none means the highest alone.
        speeds: Vec<u32>,
        /// Whether they can power devices.
        poe: bool,
        /// Power each can give, in watts.
        watts: Option<u32>,
    }
}

shape! {
    /// A radio of an access point.
    Radio<'a> {
        /// The platform's name for it.
        name: &'a str,
        /// Its band, as "2.4", "5" or "6".
        band: Word<Band>,
        /// Channel plan.
        channels: Vec<u32>,
        /// Channel width in MHz.
        width: u32,
        /// Highest power it can send, in dBm.
        power_dbm: Option<u32>,
    }
}

impl<'a> Export<'a> {
    pub(super) fn profiles(&self) -> BTreeMap<&'a str, Profile<'a>> {
        self.network.profiles.iter().map(|(name, profile)| (name.as_str(), self.profile(profile))).collect()
    }

    fn profile(&self, profile: &'a model::PortProfile) -> Profile<'a> {
        let said = self.resolved(profile);
        let on = |said: &Option<crate::source::Sp<bool>>| said.as_ref().is_some_and(|on| on.value);
        let tagged = said.tagged.as_ref();
        Profile {
            title: said.title.as_ref().map(|title| title.value.clone()),
            mode: Word(said.mode.as_ref().map_or_else(PortMode::default, |mode| mode.value)),
            vlan: said.vlan.as_ref().map(|vlan| Text(vlan.value.clone())),
            voice: said.voice.as_ref().and_then(|vlan| vlan.value.clone()).map(Text),
            tagged: tagged.map(|tagged| tagged.iter().map(|vlan| Text(vlan.value.clone())).collect()),
            extends: profile.extends.as_ref().map(|name| name.as_str()),
            dot1x: on(&said.dot1x.enabled),
            poe: on(&said.poe),
            shutdown: on(&said.shutdown),
            settings: Said::of(&said),
            at: self.at(profile.name.span),
        }
    }

    /// What a profile says together with those it refines; a circle of them ends where it closes.
    fn resolved(&self, profile: &PortProfile) -> PortSettings {
        let mut chain = vec![profile];
        let mut seen = BTreeSet::from([&profile.name.value]);
        let mut next = profile.extends.as_ref();
        while let Some(name) = next
            && let Some(profile) = self.network.profiles.get(&name.value)
            && seen.insert(&name.value)
        {
            chain.push(profile);
            next = profile.extends.as_ref();
        }
        let mut all = PortSettings::default();
        chain.iter().rev().for_each(|profile| all.refine(&profile.settings));
        all
    }

    pub(super) fn models(&self) -> BTreeMap<&'a str, Model<'a>> {
        self.network.models.iter().map(|(name, model)| (name.as_str(), self.model(model))).collect()
    }

    fn model(&self, model: &'a model::DeviceModel) -> Model<'a> {
        Model {
            platform: model.platform.as_str(),
            lifetime_years: model.lifetime_years.as_ref().map(|years| years.value),
            ports: model.ports.iter().map(group).collect(),
            modules: model.modules.iter().map(|(name, module)| (name.as_str(), self::module(module))).collect(),
            stack: model.stack.as_ref().map(|members| members.value),
            poe_budget: model.poe_budget.as_ref().map(|watts| watts.value),
            end_of_sale: model.end_of_sale.as_ref().map(|date| Text(date.value)),
            end_of_support: model.end_of_support.as_ref().map(|date| Text(date.value)),
            radios: model.radios.iter().map(radio).collect(),
            at: self.at(model.name.span),
        }
    }
}

fn module(module: &model::PortModule) -> Module<'_> {
    Module { ports: module.ports.iter().map(group).collect() }
}

fn group(group: &model::PortGroup) -> Group<'_> {
    Group {
        keys: group.numbers.iter().map(|number| format!("{}{number}", group.prefix)).collect(),
        interface: &group.interface,
        speed: group.speed,
        speeds: group.speeds.clone(),
        poe: group.poe,
        watts: group.watts,
    }
}

fn radio(radio: &model::Radio) -> Radio<'_> {
    Radio {
        name: &radio.name,
        band: Word(radio.band),
        channels: radio.channels.clone(),
        width: radio.width,
        power_dbm: radio.power_dbm.as_ref().map(|power| power.value),
    }
}
