//! Which settings of the model a platform's templates write, by the model's own names for them.
//!
//! | name | setting |
//! | --- | --- |
//! | `services.ntp`, `security.ssh.version`, … | what devices use, at any level |
//! | `port.dot1x.critical_vlan`, … | what is said of a port, in a profile or at the port |
//! | `ssid.schedule`, `radio.power_dbm`, … | wireless networks and radios |
//! | `lag`, `lag.mode` | link aggregation groups, and how they are agreed on |
//! | `shape` | a leased line's rate |
//! | `vrf`, `ospf.secret`, `bgp`, … | routing |
//! | `pair.vrrp`, … | pairs, by their kind |
//! | `reservations` | addresses kept for a MAC address |
//!
//! The name of a group (`services.snmp`) stands for everything in it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::finding::nearest;
use crate::model::{Layer as _, Ospf, PortSettings, RadioPlan, Record as _, Settings, Ssid};

/// Every setting there is, in the order of the table above.
static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut known = Vec::new();
    let mut add = |path: &str| known.push(path.to_owned());
    Settings::paths("", &mut add);
    PortSettings::paths("port", &mut add);
    // Places and the choice of sites are no settings of a device.
    for (name, _) in Ssid::FIELDS.iter().filter(|(name, _)| !["span", "sites"].contains(name)) {
        add(&format!("ssid.{name}"));
    }
    RadioPlan::paths("radio", &mut add);
    for name in ["lag", "lag.mode", "shape", "vrf", "bgp", "pair.mlag", "pair.ha", "pair.vrrp", "reservations"] {
        add(name);
    }
    for (name, _) in Ospf::FIELDS {
        add(&format!("ospf.{name}"));
    }
    known
});

/// Every setting there is.
#[must_use]
pub fn known() -> &'static [String] {
    &KNOWN
}

/// Whether a setting is the one named, or in the group named.
fn within(setting: &str, name: &str) -> bool {
    setting.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The name of a setting or of a group of them, of one that exists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SettingName(String);

impl SettingName {
    /// Whether it means this setting.
    #[must_use]
    pub fn means(&self, setting: &str) -> bool {
        within(setting, &self.0)
    }

    /// The name as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for SettingName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if KNOWN.iter().any(|known| within(known, &name)) {
            return Ok(Self(name));
        }
        let groups = KNOWN.iter().filter_map(|known| known.rsplit_once('.')).map(|(group, _)| group);
        let near = nearest(&name, KNOWN.iter().map(String::as_str).chain(groups));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        Err(D::Error::custom(format!("there is no setting `{name}`{hint}")))
    }
}

/// Settings that the templates write.
pub type Writes = BTreeSet<SettingName>;

/// Settings that need no line, each with the reason: the device does so anyway, or something else than
/// this configuration decides it.
pub type Settled = BTreeMap<SettingName, String>;

impl super::Platform {
    /// Whether the templates write a setting.
    #[must_use]
    pub fn writes(&self, setting: &str) -> bool {
        self.writes.iter().any(|name| name.means(setting))
    }

    /// Why a setting needs no line, where it needs none.
    #[must_use]
    pub fn settled(&self, setting: &str) -> Option<&str> {
        self.settled.iter().find(|(name, _)| name.means(setting)).map(|(_, why)| why.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<Writes, String> {
        serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn a_group_means_everything_in_it() {
        let writes = read("[port.dot1x, security.ssh.version, lag]").unwrap();
        let means = |setting: &str| writes.iter().any(|name| name.means(setting));
        assert!(means("port.dot1x.mab") && means("security.ssh.version") && means("lag.mode"));
        assert!(!means("port.dot1xy") && !means("security.ssh.timeout") && !means("port.vlan"));
    }

    #[test]
    fn an_unknown_name_gets_the_nearest_one() {
        let error = read("[port.dot1x.critical_vlna]").unwrap_err();
        assert!(
            error.contains("no setting `port.dot1x.critical_vlna`; did you mean `port.dot1x.critical_vlan`?"),
            "{error}"
        );
        let error = read("[servces.snmp]").unwrap_err();
        assert!(error.contains("did you mean `services.snmp`?"), "{error}");
        assert!(read("[colour]").unwrap_err().contains("there is no setting `colour`"));
    }

    #[test]
    fn no_name_is_given_twice() {
        let names: BTreeSet<&String> = KNOWN.iter().collect();
        assert_eq!(names.len(), KNOWN.len());
        assert!(KNOWN.iter().any(|name| name == "ssid.schedule") && KNOWN.iter().any(|name| name == "ospf.secret"));
    }
}
