//! Platforms as data: one folder under `templates/` each, loaded into typed, compiled rules.
//!
//! A platform whose family exists needs no Rust. Each part of `platform.yaml` is typed in the module
//! its reader owns: [`rules`] for comparing and changing, [`session`] for the device driver,
//! [`lab`] for the emulator.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::model::Role;

mod extend;
pub mod lab;
pub mod library;
pub mod rules;
pub mod session;
pub mod writes;

pub use crate::config::{Family, Pattern};
pub use library::Library;

/// Everything `platform.yaml` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platform {
    /// Identifier, equal to the folder's name.
    pub name: String,
    /// The platform that this one is like but for what it says itself; how the two go together stands in `extend`.
    #[serde(default)]
    pub extends: Option<String>,
    /// What people read ("Cisco IOS-XE").
    pub title: String,
    /// Configuration syntax.
    pub family: Family,
    /// Template that renders a whole device, a file in the folder; without one the platform is only read and compared.
    #[serde(default)]
    pub template: Option<String>,
    /// Longest names the platform takes, and the time zones it knows.
    #[serde(default)]
    pub limits: Limits,
    /// Speeds of ports in Mbit/s, where the first word of an interface's name says them (`xe`: 10000).
    #[serde(default)]
    pub speeds: BTreeMap<String, Vec<u32>>,
    /// Features of `rules.owns` that the templates write in full, and so may take lines away from; all of
    /// them when none is named.
    #[serde(default)]
    pub manages: BTreeSet<String>,
    /// The same for devices of one role, where the templates write something else for them.
    #[serde(default)]
    pub manages_as: BTreeMap<Role, BTreeSet<String>>,
    /// Roles of devices that the templates write; every one but a controller when none is named.
    #[serde(default)]
    pub roles: BTreeSet<Role>,
    /// Settings of the model that the templates write.
    #[serde(default)]
    pub writes: writes::Writes,
    /// Settings that need no line, each with the reason: the device does so anyway, or something else than
    /// this configuration decides it.
    #[serde(default)]
    pub settled: writes::Settled,
    /// What the templates and the rules below take for true of the platform, and nobody has seen on a device yet: a
    /// sentence each. Whoever sees it strikes it out.
    #[serde(default)]
    pub unverified: Vec<String>,
    /// How the text is read, compared and changed.
    #[serde(default)]
    pub rules: rules::Rules,
    /// How the command line is driven.
    #[serde(default)]
    pub session: session::Session,
    /// The steps of a safe push.
    #[serde(default)]
    pub transaction: session::Transaction,
    /// What the emulator needs.
    #[serde(default)]
    pub lab: lab::Lab,
}

impl Platform {
    /// Whether the templates write a device of this role.
    #[must_use]
    pub fn serves_as(&self, role: Role) -> bool {
        if self.roles.is_empty() { role != Role::Controller } else { self.roles.contains(&role) }
    }

    /// Features that are managed on a device that says nothing else.
    #[must_use]
    pub fn managed(&self) -> BTreeSet<String> {
        if self.manages.is_empty() { self.rules.features() } else { self.manages.clone() }
    }

    /// The same for a device of a role.
    #[must_use]
    pub fn managed_as(&self, role: Role) -> BTreeSet<String> {
        self.manages_as.get(&role).cloned().unwrap_or_else(|| self.managed())
    }
}

/// What the platform takes: longest names in characters, and time zones.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Host name.
    pub hostname: usize,
    /// VLAN name.
    pub vlan_name: usize,
    /// Interface description.
    pub description: usize,
    /// Time zones that the templates know, by IANA name; where none is named, every one.
    pub timezones: BTreeSet<String>,
    /// Most servers of each kind; where none is named, as many as anybody wants.
    pub servers: ServerLimits,
}

/// How many servers of each kind a platform has places for.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServerLimits {
    /// Time servers.
    pub ntp: Option<usize>,
    /// Name servers.
    pub dns: Option<usize>,
    /// Log collectors.
    pub syslog: Option<usize>,
    /// RADIUS servers.
    pub radius: Option<usize>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hostname: 63,
            vlan_name: 32,
            description: 200,
            timezones: BTreeSet::new(),
            servers: ServerLimits::default(),
        }
    }
}
