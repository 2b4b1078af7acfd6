//! Which settings of the model a platform's templates write, by the model's own names for them.
//!
//! | name | setting |
//! | --- | --- |
//! | `services.ntp`, `security.ssh.version`, … | what devices use, at any level |
//! | `port.dot1x.critical_vlan`, … | what is said of a port, in a profile or at the port |
//! | `ssid.schedule`, `radio.power_dbm`, … | wireless networks and radios |
//! | `services.radius.spare` | RADIUS servers after the first |
//! | `lag.number`, `lag.mode` | link aggregation groups, and how they are agreed on |
//! | `member.poe`, … | the same as of a port, of a port that belongs to a group |
//! | `wan.mbit` | a leased line's rate |
//! | `routed` | ports that carry no VLAN, and their addresses |
//! | `vlan.gateway`, `vlan.dhcp_relay` | what the gateway of a VLAN does |
//! | `segment.vrf`, `ospf.secret`, `bgp.neighbour.accept`, … | routing |
//! | `bgp.ipv6` | neighbours that have an IPv6 address |
//! | `naming.device`, … | names that devices are told |
//! | `pair.vrrp`, … | pairs, by their kind |
//! | `reservations` | addresses kept for a MAC address |
//!
//! The name of a group (`services.snmp`) stands for everything in it. A new field of a record in the model is a
//! setting unless it is listed below as one that no device is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de::Error as _};

use crate::finding::nearest;
use crate::model::policy::Naming;
use crate::model::{
    Bgp, BgpNeighbour, Device, Layer as _, Ospf, PortLine, PortSettings, PortUse, RadioPlan, Record, Segment, Settings,
    Site, Ssid, Vlan, Wan,
};

/// Every setting there is, in the order of the table above.
static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut known = Vec::new();
    Settings::paths("", &mut |path| known.push(path.to_owned()));
    PortSettings::paths("port", &mut |path| known.push(path.to_owned()));
    PortSettings::paths("member", &mut |path| known.push(path.to_owned()));
    RadioPlan::paths("radio", &mut |path| known.push(path.to_owned()));
    let others = [
        "services.radius.spare",
        "lag.number",
        "lag.mode",
        "routed",
        "bgp.ipv6",
        "pair.mlag",
        "pair.ha",
        "pair.vrrp",
        "reservations",
    ];
    known.extend(others.map(str::to_owned));
    // What a thing is called here, where it stands, and what is read elsewhere is nothing to tell a device.
    let mut fields = FieldsOf(&mut known);
    fields.add::<PortUse>("port", "ports to to_port line");
    fields.add::<PortLine>("port", "profile settings lag to_lag lag_mode span");
    fields.add::<Ssid>("ssid", "sites span");
    // Hosts that are kept free are kept free by the address plan.
    fields.add::<Vlan>("vlan", "id name title segment subnet reserved_hosts sites");
    fields.add::<Segment>("segment", "name title klassa owner prefixes");
    fields.add::<Naming>("naming", "roles letters drop max_length rules");
    fields.add::<Ospf>("ospf", "");
    fields.add::<Bgp>("bgp", "neighbours");
    fields.add::<BgpNeighbour>("bgp.neighbour", "device span");
    fields.add::<Wan>("wan", "kind carrier circuit");
    fields.add::<Site>(
        "site",
        "id organisation index name code tags address wan settings profiles rooms subnets reservations devices span",
    );
    fields.add::<Device>(
        "device",
        "role number span model stack module installed serial name room rack unit address connect settings profiles ports \
         radios managed mac serves redundant_with pair",
    );
    known
});

/// Takes the fields of records.
struct FieldsOf<'k>(&'k mut Vec<String>);

impl FieldsOf<'_> {
    /// Every field of a record but those that no device is told.
    fn add<R: Record>(&mut self, group: &str, untold: &str) {
        let told = R::FIELDS.iter().filter(|(name, _)| !untold.split(' ').any(|field| field == *name));
        self.0.extend(told.map(|(name, _)| format!("{group}.{name}")));
    }
}

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
        let why =
            |setting: &str| self.settled.iter().find(|(name, _)| name.means(setting)).map(|(_, why)| why.as_str());
        // What no port needs a line for, no port of a group needs one for.
        why(setting).or_else(|| why(&format!("port.{}", setting.strip_prefix("member.")?)))
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
