//! `vlans.yaml` and `ssids.yaml`, and the settings every level may refine.

use serde_json::{Value, json};

use super::decode::{Decode, Fields, Reader, ranges};
use super::pattern;
use super::shape::{self, Object, Schemas, decodes, shape, words};
use crate::model::record::record;
use crate::model::settings::{
    Aaa, LoginSource, Protocol, Radius, RadiusClient, SnmpVersion, SpanningTree, SpanningTreeMode, Ssh,
};
use crate::model::wireless::{Band, Day, RadioPlan, Schedule, Wireless};
use crate::model::{
    Gateway, HostRange, Services, Settings, SiteFilter, Snmp, Ssid, SubnetSlot, Switching, Vlan, settings, wireless,
};
use crate::source::Sp;
use crate::source::yaml::{Kind, Node, short};
use crate::value::Id;

record! {
    /// The VLAN structure, the same ids and names in every building of every organisation.
    pub(super) struct VlanFile {
        /// The VLANs.
        pub(super) vlans: Vec<Vlan>,
    }

    /// The standardised wireless networks.
    pub(super) struct SsidFile {
        /// The networks.
        pub(super) ssids: Vec<Ssid>,
    }
}

shape!(VlanFile as "`vlans.yaml`" { vlans: some_list });
shape!(SsidFile as "`ssids.yaml`" { ssids: some_list });

shape!(Vlan as "a VLAN" {
    id: required, name: need(vlan_name, describe_vlan_name), title: optional, segment: required, subnet: required,
    gateway: required, dhcp_relay: default, reserved_hosts: optional, sites: default,
});
shape!(SubnetSlot as "a subnet" { block: required, prefix: required in 8..=30 });
shape!(SiteFilter as "`sites`" { tags: filled, organisations: filled, except_tags: default }
    check says_something; says { "minProperties": 1 });
shape!(Ssid as "an SSID" {
    name: required { "maxLength": 32 }, security: required, vlan: required, dynamic_vlans: default, secret: optional,
    client_isolation: default, rate_limit_mbit: optional { "minimum": 1 }, bands: filled, hidden: optional,
    fast_roaming: optional, schedule: optional, sites: default, span: place,
});
shape!(Schedule as "a schedule" { days: default, from: required, to: required });
decodes!(Vlan, SubnetSlot, SiteFilter, Ssid, Schedule);

shape!(Settings as "settings" { services: default, security: default, switching: default, wireless: default });
shape!(Services as "`services`" {
    ntp: optional, dns: optional, syslog: optional, radius: default, snmp: default, banner: optional,
});
shape!(RadiusClient as "`radius`" {
    servers: optional, timeout: optional, retries: optional, dead_minutes: optional,
});
shape!(Radius as "a RADIUS server" {
    host: required, auth_port: optional in 1..=65_535, acct_port: optional in 1..=65_535, secret: required,
});
shape!(Snmp as "`snmp`" {
    version: optional, user: optional, auth: optional, privacy: optional, community: optional, contact: optional,
    clients: optional,
});
shape!(Ssh as "`ssh`" { version: optional { "const": 2 }, timeout: optional, retries: optional, key_bits: optional });
shape!(Aaa as "`aaa`" { login: optional, accounting: optional, fallback_user: optional { "pattern": pattern::USER } });
shape!(Switching as "`switching`" {
    spanning_tree: default, dhcp_snooping: optional, arp_inspection: optional, lldp: optional,
});
shape!(SpanningTree as "`spanning_tree`" {
    mode: optional, priority: optional { "maximum": 61_440, "multipleOf": 4096 },
});
shape!(Wireless as "`wireless`" { country: optional, dfs: optional, min_rate_mbit: optional { "minimum": 1 } });
shape!(RadioPlan as "a radio" { channel: optional, width: optional, power_dbm: optional, off: optional });
decodes!(Services, Radius, Snmp, Ssh, Aaa, Switching, SpanningTree, Wireless, RadioPlan);

type Guards = settings::Security;
shape!(Guards as "`security`" {
    protocols: optional { "contains": { "const": "ssh" } }, ssh: default, aaa: default, session_minutes: optional,
} check a_way_in);
decodes!(Guards);

type SsidSecurity = wireless::Security;
words! {
    Gateway: "gateway" { "site" => Self::Site, "core" => Self::Core, "firewall" => Self::Firewall, "none" => Self::None }
    SsidSecurity: "security" {
        "wpa3-enterprise" => Self::Wpa3Enterprise,
        "wpa2-wpa3-enterprise" => Self::Wpa2Wpa3Enterprise,
        "sae" => Self::Sae,
        "sae-mixed" => Self::SaeMixed,
        "psk" => Self::Psk,
        "owe" => Self::Owe,
        "owe-transition" => Self::OweTransition,
        "open" => Self::Open,
    }
    Band: "band" { "2.4" => Self::Ghz2, "5" => Self::Ghz5, "6" => Self::Ghz6 }
    Day: "day" {
        "mon" => Self::Mon, "tue" => Self::Tue, "wed" => Self::Wed, "thu" => Self::Thu, "fri" => Self::Fri,
        "sat" => Self::Sat, "sun" => Self::Sun,
    }
    SnmpVersion: "version" { "v3" => Self::V3, "v2c" => Self::V2c }
    Protocol: "protocol" {
        "ssh" => Self::Ssh, "https" => Self::Https, "telnet" => Self::Telnet, "http" => Self::Http,
    }
    LoginSource: "source" { "radius" => Self::Radius, "local" => Self::Local }
    SpanningTreeMode: "mode" { "rapid-pvst" => Self::RapidPvst, "rstp" => Self::Rstp, "mst" => Self::Mst }
}

/// A plain list gives the servers alone.
impl Decode for RadiusClient {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        if matches!(node.kind, Kind::List(_)) {
            let servers = Sp::decode(node, reader);
            return Some(Self { servers, ..Self::default() });
        }
        shape::decode(node, reader)
    }

    fn schema(schemas: &mut Schemas) -> Value {
        let list = Vec::<Radius>::schema(schemas);
        let whole = shape::named::<Self>("RadiusClient", schemas);
        json!({ "anyOf": [list, whole] })
    }
}

/// `10-49`, both ends included.
impl Decode for HostRange {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.parsed(node, "host numbers like 10-49", |text| {
            let numbers = ranges(text)?;
            match (numbers.first(), numbers.last()) {
                (Some(&first), Some(&last)) if !text.contains(',') => Ok(Self { first, last }),
                _ => Err(format!("`{}` is no single range of host numbers like 10-49", short(text))),
            }
        })
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        pattern::host_range()
    }
}

/// Samnet logs in by SSH; a list without it locks it out.
fn a_way_in(security: &settings::Security, node: &Node, reader: &mut Reader) {
    let Some(protocols) = &security.protocols else { return };
    // One that cannot be read has been told of, and may be it.
    let said = match &node.kind {
        Kind::Map(entries) => entries.iter().find(|entry| entry.key.value == "protocols"),
        _ => None,
    };
    if said.is_some_and(|said| matches!(&said.value.kind, Kind::List(items) if items.len() != protocols.len())) {
        return;
    }
    if !protocols.iter().any(|protocol| protocol.value == Protocol::Ssh) {
        reader.illegal(protocols.span, "devices have to be managed with `ssh`, by which Samnet logs in");
    }
}

/// A filter that filters nothing was meant to say something.
fn says_something(filter: &SiteFilter, node: &Node, reader: &mut Reader) {
    if filter.is_everywhere() && matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) {
        reader.illegal(node.span, "`sites` says nothing: leave it out for every site, or give `tags`");
    }
}

/// The name of a VLAN; `voice: none` says that there is none.
fn vlan_name(fields: &mut Fields<'_>, reader: &mut Reader) -> Option<Sp<Id>> {
    let name: Sp<Id> = fields.required("name", reader)?;
    if name.as_str() == "none" {
        reader.illegal(name.span, "`none` says that there is no VLAN, and names none".to_owned());
    }
    Some(name)
}

fn describe_vlan_name(object: &mut Object, _schemas: &mut Schemas, text: &str) {
    let mut name = pattern::id();
    if let Some(name) = name.as_object_mut() {
        name.insert("not".to_owned(), json!({ "const": "none" }));
    }
    object.key("name", text, name);
    object.require("name");
}
