//! `network.yaml`: who shares the network, its address plan, services, login and secrets.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::decode::{Decode, Fields, Reader, entries};
use super::pattern;
use super::shape::{self, Object, Schemas, decodes, shape, words};
use crate::finding::{Finding, codes};
use crate::model::record::record;
use crate::model::{
    AddressPlan, Algorithms, Bgp, BgpNeighbour, Lifecycle, Login, LoginMethod, Organisation, Ospf, Reserved, Role,
    Routing, SecretSource, Settings,
};
use crate::source::Sp;
use crate::source::yaml::{Kind, Node, short};
use crate::value::{Id, SecretName, Text, hostname};

record! {
    /// The network as a whole: who shares it, how addresses follow from numbers, and what every device uses.
    #[derive(Default)]
    pub(super) struct Overall {
        /// Name, domain and time zone.
        pub(super) network: Head,
        /// The member organisations.
        pub(super) organisations: Vec<Organisation>,
        /// How addresses follow from indexes.
        pub(super) address_plan: AddressPlan,
        /// What every device uses.
        pub(super) settings: Settings,
        /// How routers exchange routes.
        pub(super) routing: Routing,
        /// When devices are replaced.
        pub(super) lifecycle: Lifecycle,
        /// How Samnet logs in to devices.
        pub(super) login: Login,
        /// Where each named secret comes from: `env:NAME`, `file:PATH` or `exec:COMMAND`.
        pub(super) secrets: BTreeMap<Id, Sp<SecretSource>>,
    }

    /// Name, domain and time zone of the network.
    #[derive(Default)]
    pub(super) struct Head {
        /// Display name.
        pub(super) name: Sp<String>,
        /// DNS domain of device names.
        pub(super) domain: Sp<String>,
        /// IANA time zone name, for example Europe/Stockholm.
        pub(super) timezone: Sp<String>,
        /// The organisation that runs the network for the others.
        pub(super) host: Option<Sp<Id>>,
    }
}

/// The number above is kept (RFC 7300).
const HIGHEST_ASN: u32 = u32::MAX - 1;

shape!(Overall as "`network.yaml`" {
    network: some_list, organisations: some_list, address_plan: some_list, settings: flat, routing: default,
    lifecycle: default, login: default, secrets: by(secrets, describe_secrets),
});
shape!(Head as "`network`" {
    name: some_list, domain: some_list { "pattern": pattern::domain() },
    timezone: some_list { "pattern": "^[A-Za-z0-9/_+-]+$" }, host: optional,
} check names);
shape!(Organisation as "an organisation" {
    id: required, index: required, code: required, name: required, settings: flat, profiles: entries,
});
shape!(AddressPlan as "the address plan" {
    ipv4: required { "allOf": [{ "pattern": pattern::TO_30 }] },
    ipv6: optional { "allOf": [{ "pattern": pattern::TO_32 }] },
    organisation_prefix: required in 0..=30, site_prefix: required in 0..=30, links: required,
    loopbacks: required, hosts: some_words, management: optional, reserved: default,
} check lengths);
shape!(Reserved as "a reserved prefix" { prefix: required, purpose: required });
// Nobody plans further ahead than a budget does.
shape!(Lifecycle as "`lifecycle`" { years: words, warn_months: optional in 0..=60 });
shape!(Routing as "`routing`" { ospf: default, bgp: optional });
// Two bytes hold each of these: process numbers on most platforms, hellos in RFC 2328.
shape!(Ospf as "`ospf`" {
    process: optional in 1..=65_535, area: optional, secret: optional, hello: optional in 0..=65_535 { "minimum": 1 },
    dead: optional in 0..=65_535,
});
shape!(Bgp as "`bgp`" { asn: required { "minimum": 1, "maximum": HIGHEST_ASN }, neighbours: default });
shape!(BgpNeighbour as "a BGP neighbour" {
    device: required, address: required, asn: required { "minimum": 1, "maximum": HIGHEST_ASN }, title: required,
    secret: optional, accept: default,
    announce: default, span: place,
});
shape!(Login as "`login`" {
    user: optional, methods: default { "minItems": 1 }, jump: optional, enable: optional, algorithms: default,
} check some_method);
decodes!(Head, Organisation, AddressPlan, Reserved, Lifecycle, Routing, Ospf, Bgp, BgpNeighbour, Login);

words! {
    Algorithms: "profile" { "modern" => Self::Modern, "legacy" => Self::Legacy }
    Role: "role" {
        "core" => Self::Core, "firewall" => Self::Firewall, "distribution" => Self::Distribution,
        "access" => Self::Access, "controller" => Self::Controller, "ap" => Self::Ap,
    }
}

fn names(head: &Head, _node: &Node, reader: &mut Reader) {
    let wrong = head.domain.split('.').find_map(|label| hostname(label).err());
    if let (Some(error), false) = (wrong, head.domain.is_empty()) {
        reader.illegal(head.domain.span, format!("`{}` is no DNS domain: {error}", short(&head.domain)));
    }
    let zone = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    if let Some(bad) = head.timezone.chars().find(|c| !zone(*c)) {
        reader.illegal(head.timezone.span, format!("a time zone is a name like Europe/Stockholm, without `{bad}`"));
    }
}

/// A list of no methods leaves no way to log in; without the key there is the agent.
fn some_method(login: &Login, node: &Node, reader: &mut Reader) {
    let Kind::Map(entries) = &node.kind else { return };
    let said = entries.iter().find(|entry| entry.key.value == "methods");
    if let Some(said) =
        said.filter(|said| login.methods.is_empty() && matches!(&said.value.kind, Kind::List(list) if list.is_empty()))
    {
        reader.illegal(said.value.span, "Samnet has no way to log in: name `agent`, a key or a password");
    }
}

/// The plan's prefix lengths have to grow: the whole, an organisation, a site.
fn lengths(plan: &AddressPlan, _node: &Node, reader: &mut Reader) {
    let (whole, organisation, site) = (plan.ipv4.prefix_len(), &plan.organisation_prefix, &plan.site_prefix);
    if whole > 30 {
        reader.illegal(plan.ipv4.span, format!("a /{whole} has no room for sites: the plan is a /30 or shorter"));
    } else if organisation.value < whole || organisation.value > 30 {
        let message = format!("an organisation's prefix length lies between {whole} (the plan's) and 30");
        let finding = Finding::error(codes::ILLEGAL_VALUE, message).at(organisation.span);
        reader.push(finding.label(plan.ipv4.span, format!("the plan is a /{whole}")));
    } else if site.value < organisation.value || site.value > 30 {
        let message = format!("a site's prefix length lies between {} (its organisation's) and 30", organisation.value);
        reader.illegal(site.span, message);
    }
    // An organisation's /32 leaves each site a /48.
    if let Some(ipv6) = plan.ipv6.as_ref().filter(|ipv6| ipv6.prefix_len() > 32) {
        reader.illegal(ipv6.span, format!("the IPv6 block has to be /32 or shorter, not /{}", ipv6.prefix_len()));
    }
}

impl Decode for LoginMethod {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        const WANTED: &str = "`agent`, `key: FILE` or `password: SECRET`";
        if let Kind::Plain(word) | Kind::Quoted(word) = &node.kind {
            if word == "agent" {
                return Some(Self::Agent);
            }
            reader.wrong(node, WANTED);
            return None;
        }
        let mut fields = Fields::of(node, "a login method", reader)?;
        let key: Option<String> = fields.optional("key", reader);
        let password: Option<SecretName> = fields.optional("password", reader);
        fields.finish(reader);
        match (key, password) {
            (Some(file), None) => Some(Self::Key(file)),
            (None, Some(secret)) => Some(Self::Password(secret)),
            // A value of the wrong kind has been told of.
            (None, None) if !matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) => None,
            _ => {
                reader.illegal(node.span, format!("a login method is one of {WANTED}"));
                None
            }
        }
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        let one = |key: &str, text: &str, value: Value| {
            json!({
                "type": "object", "properties": { key: shape::described(value, text) },
                "required": [key], "additionalProperties": false,
            })
        };
        json!({ "anyOf": [
            { "const": "agent" },
            one("key", "A private key file.", pattern::text()),
            one("password", "A password, by the name of a secret.", pattern::id()),
        ] })
    }
}

fn secrets(fields: &mut Fields<'_>, reader: &mut Reader) -> BTreeMap<Id, Sp<SecretSource>> {
    let Some(node) = fields.node("secrets") else { return BTreeMap::new() };
    let mut secrets = BTreeMap::new();
    for entry in entries(node, "secrets", reader) {
        let source = reader.value(&entry.key, &entry.value);
        if let (Some(name), Some(source)) = (name(&entry.key, reader), source) {
            secrets.insert(name, source);
        }
    }
    secrets
}

fn describe_secrets(object: &mut Object, _schemas: &mut Schemas, text: &str) {
    let source = json!({ "type": "string", "pattern": "^(env: *[A-Za-z_][A-Za-z0-9_]* *$|(file|exec):.*[^ ])" });
    let map = json!({ "type": "object", "propertyNames": pattern::id(), "additionalProperties": source });
    object.key("secrets", text, map);
}

/// Whether an environment variable can be called so (POSIX).
fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Decode for SecretSource {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let (Kind::Plain(text) | Kind::Quoted(text)) = &node.kind else {
            reader.wrong(node, "env:NAME, file:PATH or exec:COMMAND");
            return None;
        };
        let source = text.split_once(':').and_then(|(scheme, rest)| match (scheme, rest.trim()) {
            (_, "") => None,
            ("env", name) if is_variable(name) => Some(Self::Env(name.to_owned())),
            ("file", path) => Some(Self::File(path.to_owned())),
            ("exec", command) => Some(Self::Exec(command.split_whitespace().map(str::to_owned).collect())),
            _ => None,
        });
        if source.is_none() {
            // Somebody may have written the secret itself: no message may repeat it.
            let message = if text.starts_with("env:") {
                "an environment variable is called with letters, digits and `_`"
            } else {
                "a secret is a reference: env:NAME, file:PATH or exec:COMMAND"
            };
            let finding = Finding::error(codes::SECRET_VALUE, message).at(node.span);
            reader.push(finding.help("if its value stands here, take it out and change it where it is used"));
        }
        source
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        json!({ "type": "string", "pattern": "^(env|file|exec):.*[^ ]" })
    }
}

/// A mapping's key as an identifier.
pub(super) fn name(key: &Sp<Text>, reader: &mut Reader) -> Option<Id> {
    match key.parse() {
        Ok(id) => Some(id),
        Err(error) => {
            let error: crate::value::ValueError = error;
            reader.illegal(key.span, error.0);
            None
        }
    }
}
