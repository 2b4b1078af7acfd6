//! Wireless networks, and how access points send them.

use std::collections::BTreeMap;

use serde::Serialize;

use super::record::{layer, record};
use super::site::SiteFilter;
use crate::source::{Sp, Span};
use crate::value::{Id, SecretName};

layer! {
    /// How access points behave.
    pub struct Wireless {
        /// Country whose radio rules hold, ISO 3166: `SE`.
        pub country: Option<Sp<String>>,
        /// Whether channels shared with radar (DFS) may be used.
        pub dfs: Option<Sp<bool>>,
        /// Slowest rate a station may use, in Mbit/s.
        pub min_rate_mbit: Option<Sp<u32>>,
    }

    /// What one radio of one access point does, where the model's plan must not decide.
    pub struct RadioPlan {
        /// Channel number.
        pub channel: Option<Sp<u32>>,
        /// Channel width in MHz.
        pub width: Option<Sp<u32>>,
        /// Power in dBm, antenna gain included (EIRP).
        pub power_dbm: Option<Sp<u32>>,
        /// Whether the radio is switched off.
        pub off: Option<Sp<bool>>,
    }
}

record! {
    /// A standardised wireless network.
    #[derive(Clone, Debug)]
    pub struct Ssid {
        /// The name on air, at most 32 bytes (IEEE 802.11).
        pub name: Sp<String>,
        /// How stations prove themselves.
        pub security: Sp<Security>,
        /// The VLAN stations land in, by name.
        pub vlan: Sp<Id>,
        /// Other VLANs that RADIUS may put a station in, by name.
        pub dynamic_vlans: Vec<Sp<Id>>,
        /// The pre-shared secret, by name, where `security` needs one.
        pub secret: Option<Sp<SecretName>>,
        /// Whether stations are kept apart.
        pub client_isolation: bool,
        /// Limit per station in Mbit/s.
        pub rate_limit_mbit: Option<Sp<u32>>,
        /// Bands it is sent on; absent means every band of the access point.
        pub bands: Vec<Sp<Band>>,
        /// Whether its name is left out of beacons.
        pub hidden: Option<Sp<bool>>,
        /// Whether stations may roam without a new login (IEEE 802.11r).
        pub fast_roaming: Option<Sp<bool>>,
        /// When it is on air; absent means always.
        pub schedule: Option<Sp<Schedule>>,
        /// Which sites have it; absent means all.
        pub sites: SiteFilter,
        /// Place of the whole entry.
        pub span: Span,
    }

    /// When a wireless network is on air.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Schedule {
        /// Days of the week; absent means every day.
        pub days: Vec<Sp<Day>>,
        /// From this time of day on, HH:MM.
        pub from: Sp<jiff::civil::Time>,
        /// Until this time of day, HH:MM.
        pub to: Sp<jiff::civil::Time>,
    }

    /// One radio of an access point.
    #[derive(Clone, Debug)]
    pub struct Radio {
        /// The platform's name for it (`radio0`).
        pub name: Sp<String>,
        /// Its band.
        pub band: Band,
        /// Channel plan: access point n of a site takes entry (n − 1) modulo the length.
        pub channels: Vec<u32>,
        /// Channel width in MHz.
        pub width: u32,
        /// Highest power it can send, in dBm.
        pub power_dbm: Option<Sp<u32>>,
        /// Place of the channel plan.
        pub span: Span,
    }
}

/// The radios of one access point that differ from the model's plan, by the radio's name.
pub type RadioPlans = BTreeMap<String, Sp<RadioPlan>>;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Day {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// Wireless security.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Security {
    /// 802.1X with WPA3.
    Wpa3Enterprise,
    /// 802.1X, WPA2 and WPA3 side by side.
    Wpa2Wpa3Enterprise,
    /// Password with SAE (WPA3-Personal).
    Sae,
    /// Password, WPA2 and WPA3 side by side.
    SaeMixed,
    /// Password with WPA2, for old things.
    Psk,
    /// Open with opportunistic encryption (RFC 8110).
    Owe,
    /// Open and opportunistically encrypted side by side, for stations that know only one of them.
    OweTransition,
    /// Open, unencrypted.
    Open,
}

impl Security {
    /// Whether stations are checked by RADIUS.
    #[must_use]
    pub const fn is_enterprise(self) -> bool {
        matches!(self, Self::Wpa3Enterprise | Self::Wpa2Wpa3Enterprise)
    }

    /// Whether anybody may join.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Owe | Self::OweTransition | Self::Open)
    }

    /// Whether a shared password is needed.
    #[must_use]
    pub const fn needs_secret(self) -> bool {
        matches!(self, Self::Sae | Self::SaeMixed | Self::Psk)
    }
}

/// A radio band.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Band {
    /// 2.4 GHz.
    #[serde(rename = "2.4")]
    Ghz2,
    /// 5 GHz.
    #[serde(rename = "5")]
    Ghz5,
    /// 6 GHz.
    #[serde(rename = "6")]
    Ghz6,
}
