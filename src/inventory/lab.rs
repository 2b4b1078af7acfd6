//! `lab.yaml`: what the devices ran before. Only emulated devices read it; the intended network knows nothing of it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;

use super::decode::{Decode, Reader};
use super::pattern;
use super::shape::{self, Keyed, Schemas, shape};
use crate::finding::Finding;
use crate::model::record::record;
use crate::model::{Role, Security};
use crate::source::yaml::{self, Entry, Kind};
use crate::source::{FileId, Sp, Span};
use crate::value::{Id, SecretName, VlanId};

/// The name of its schema.
pub(super) const NAME: &str = "lab";

record! {
    /// How the network was before there was an inventory; emulated devices begin there.
    #[derive(Clone, Debug, Default)]
    pub struct Before {
        /// How each organisation's network was, by identifier; one not named was as it is meant to be.
        pub organisations: BTreeMap<String, Old>,
        /// Configuration text that every device has had before and keeps, by platform.
        pub residue: BTreeMap<String, Said>,
        /// Configuration text that only the old network has, by platform.
        pub leftovers: BTreeMap<String, Said>,
    }

    /// How one organisation's network was.
    #[derive(Clone, Debug, Default)]
    pub struct Old {
        /// Where its name stands.
        pub place: Span,
        /// Pattern for device names, as in `policies/naming.yaml`.
        pub device: Option<String>,
        /// Word for each role in names.
        pub roles: BTreeMap<Role, Sp<String>>,
        /// Pattern for descriptions of ports that face another device.
        pub link: Option<String>,
        /// VLANs by their name now.
        pub vlans: BTreeMap<String, OldVlan>,
        /// Wireless networks by their name now.
        pub ssids: BTreeMap<String, OldSsid>,
        /// Time servers.
        pub ntp: Option<Vec<IpAddr>>,
        /// Name servers.
        pub dns: Option<Vec<IpAddr>>,
        /// Log collectors.
        pub syslog: Option<Vec<IpAddr>>,
        /// Whether 802.1X guarded any port.
        pub dot1x: Option<bool>,
        /// Text shown before login.
        pub banner: Option<String>,
        /// Flows that nobody had allowed yet.
        pub without: Vec<Sp<Id>>,
        /// Words replaced in the finished text, as the names of access lists.
        pub replace: BTreeMap<String, Said>,
    }

    /// How a VLAN was.
    #[derive(Clone, Debug, Default)]
    pub struct OldVlan {
        /// Where its name stands.
        pub place: Span,
        /// Its number.
        pub id: Option<Sp<VlanId>>,
        /// Its name.
        pub name: Option<Id>,
        /// Its display name.
        pub title: Option<String>,
        /// There was no such VLAN; what is in it now was in this one, by its name now.
        pub into: Option<Sp<Id>>,
    }

    /// How a wireless network was.
    #[derive(Clone, Debug, Default)]
    pub struct OldSsid {
        /// Where its name stands.
        pub place: Span,
        /// Its name.
        pub name: Option<String>,
        /// How stations proved who they are.
        pub security: Option<Security>,
        /// Its password, by the name of a secret.
        pub secret: Option<Sp<SecretName>>,
        /// There was no such network.
        pub absent: bool,
    }
}

/// A text behind a name.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Where the name stands.
    pub place: Span,
    /// The text.
    pub text: String,
}

shape!(Before as "`lab.yaml`" { organisations: entries, residue: entries, leftovers: entries });
shape!(Old as "an organisation" {
    place: given(Span::default()), device: optional, roles: words, link: optional, vlans: entries, ssids: entries,
    ntp: optional, dns: optional, syslog: optional, dot1x: optional, banner: optional, without: default,
    replace: entries,
});
shape!(OldVlan as "a VLAN" {
    place: given(Span::default()), id: optional, name: optional, title: optional, into: optional,
});
shape!(OldSsid as "an SSID" {
    place: given(Span::default()), name: optional, security: optional, secret: optional, absent: default,
});

/// Records that stand behind the name of something the inventory has.
macro_rules! named {
    ($($name:ident)*) => {$(
        impl Keyed for $name {
            type Key = String;

            fn keyed(entry: &Entry, reader: &mut Reader) -> Option<(String, Self)> {
                let record = shape::decode::<Self>(&entry.value, reader)?;
                Some((entry.key.to_string(), Self { place: entry.key.span, ..record }))
            }

            fn schema(schemas: &mut Schemas) -> Value {
                shape::named::<Self>(stringify!($name), schemas)
            }

            fn key_schema() -> Value {
                pattern::text()
            }
        }
    )*};
}
named!(Old OldVlan OldSsid);

impl Keyed for Said {
    type Key = String;

    fn keyed(entry: &Entry, reader: &mut Reader) -> Option<(String, Self)> {
        let text = reader.value(&entry.key, &entry.value)?;
        Some((entry.key.to_string(), Self { place: entry.key.span, text }))
    }

    fn schema(schemas: &mut Schemas) -> Value {
        String::schema(schemas)
    }

    fn key_schema() -> Value {
        pattern::text()
    }
}

/// What such a file says, and what is wrong with it.
#[must_use]
pub fn before(file: FileId, text: &str) -> (Before, Vec<Finding>) {
    let broken = super::broken(file, text, &|text| {
        let (_, findings) = tree(file, text);
        findings.is_empty()
    });
    if broken.is_empty() { tree(file, text) } else { (Before::default(), broken) }
}

/// The same of a text that is sound YAML; one that is not has nothing right about it.
fn tree(file: FileId, text: &str) -> (Before, Vec<Finding>) {
    let document = yaml::parse(file, text);
    let mut reader = Reader::of(NAME);
    for problem in document.problems {
        reader.illegal(problem.span, problem.message);
    }
    let root = document.root.filter(|root| root.kind != Kind::Null);
    let before = root.and_then(|root| shape::decode(&root, &mut reader)).unwrap_or_default();
    (before, reader.findings)
}
