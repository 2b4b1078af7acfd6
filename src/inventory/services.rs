//! `vlans.yaml` and `ssids.yaml`: what the network offers, wired and on air.

use super::decode::{Decode, Fields, Reader};
use crate::model::{Band, Gateway, Security, SiteFilter, Ssid, SubnetSlot, Vlan};
use crate::source::yaml::Node;

/// Reads a file that is one list under one key.
pub(super) fn list<T: Decode>(root: &Node, what: &'static str, key: &'static str, reader: &mut Reader) -> Vec<T> {
    let Some(mut fields) = Fields::of(root, what, reader) else { return Vec::new() };
    let list = fields.required(key, reader).unwrap_or_default();
    fields.finish(reader);
    list
}

impl Decode for Vlan {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "a VLAN", reader)?;
        let id = fields.required("id", reader);
        let name = fields.required("name", reader);
        let title = fields.optional("title", reader);
        let segment = fields.required("segment", reader);
        let subnet = fields.required("subnet", reader);
        let gateway = fields.required("gateway", reader);
        let dhcp_relay = fields.or_default("dhcp_relay", reader);
        let sites = fields.or_default("sites", reader);
        fields.finish(reader);
        Some(Self {
            id: id?,
            name: name?,
            title,
            segment: segment?,
            subnet: subnet?,
            gateway: gateway?,
            dhcp_relay,
            sites,
        })
    }
}

impl Decode for SubnetSlot {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "a subnet", reader)?;
        let block = fields.required("block", reader);
        let prefix: Option<crate::source::Sp<u8>> = fields.required("prefix", reader);
        fields.finish(reader);
        let prefix = prefix?;
        if !(8..=30).contains(&prefix.value) {
            reader
                .illegal(prefix.span, format!("a subnet's prefix length lies between 8 and 30, not {}", prefix.value));
            return None;
        }
        Some(Self { block: block?, prefix: prefix.value })
    }
}

impl Decode for Gateway {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.word(node, &[("site", Self::Site), ("firewall", Self::Firewall), ("none", Self::None)])
    }
}

impl Decode for SiteFilter {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "`sites`", reader)?;
        let tags = fields.required("tags", reader);
        fields.finish(reader);
        Some(Self { tags: tags? })
    }
}

impl Decode for Ssid {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "an SSID", reader)?;
        let name = fields.required("name", reader);
        let security = fields.required("security", reader);
        let vlan = fields.required("vlan", reader);
        let secret = fields.optional("secret", reader);
        let client_isolation = fields.or_default("client_isolation", reader);
        let rate_limit_mbit = fields.optional("rate_limit_mbit", reader);
        let bands = fields.or_default("bands", reader);
        let sites = fields.or_default("sites", reader);
        fields.finish(reader);
        Some(Self {
            name: name?,
            security: security?,
            vlan: vlan?,
            secret,
            client_isolation,
            rate_limit_mbit,
            bands,
            sites,
            span: node.span,
        })
    }
}

impl Decode for Security {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.word(
            node,
            &[
                ("wpa3-enterprise", Self::Wpa3Enterprise),
                ("wpa2-wpa3-enterprise", Self::Wpa2Wpa3Enterprise),
                ("sae", Self::Sae),
                ("sae-mixed", Self::SaeMixed),
                ("psk", Self::Psk),
                ("owe", Self::Owe),
                ("open", Self::Open),
            ],
        )
    }
}

impl Decode for Band {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.word(node, &[("2.4", Self::Ghz2), ("5", Self::Ghz5)])
    }
}
