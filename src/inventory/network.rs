//! `network.yaml`: who shares the network, its address plan, services, login and secrets.

use std::collections::BTreeMap;

use super::decode::{Decode, Fields, Reader, entries};
use crate::finding::{Finding, codes};
use crate::model::{
    AddressPlan, Algorithms, Login, LoginMethod, Organisation, Radius, Role, SecretSource, Services, Snmp,
};
use crate::source::Sp;
use crate::source::yaml::{Kind, Node, short};
use crate::value::{Id, hostname};

/// What `network.yaml` says.
#[derive(Default)]
pub(super) struct Overall {
    pub(super) name: Sp<String>,
    pub(super) domain: Sp<String>,
    pub(super) timezone: Sp<String>,
    pub(super) host: Option<Sp<Id>>,
    pub(super) plan: AddressPlan,
    pub(super) services: Services,
    pub(super) login: Login,
    pub(super) secrets: BTreeMap<Id, Sp<SecretSource>>,
    pub(super) organisations: Vec<Organisation>,
}

pub(super) fn read(root: &Node, reader: &mut Reader) -> Overall {
    let mut overall = Overall::default();
    let Some(mut fields) = Fields::of(root, "`network.yaml`", reader) else { return overall };
    match fields.node("network") {
        Some(node) => network(node, &mut overall, reader),
        None => fields.missing("network", codes::MISSING_KEY, reader),
    }
    overall.organisations = fields.required("organisations", reader).unwrap_or_default();
    overall.plan = fields.required("address_plan", reader).unwrap_or_default();
    overall.services = fields.or_default("services", reader);
    overall.login = fields.or_default("login", reader);
    if let Some(node) = fields.node("secrets") {
        overall.secrets = secrets(node, reader);
    }
    fields.finish(reader);
    overall
}

fn network(node: &Node, overall: &mut Overall, reader: &mut Reader) {
    let Some(mut fields) = Fields::of(node, "`network`", reader) else { return };
    overall.name = fields.required("name", reader).unwrap_or_default();
    overall.domain = fields.required("domain", reader).unwrap_or_default();
    overall.timezone = fields.required("timezone", reader).unwrap_or_default();
    overall.host = fields.optional("host", reader);
    fields.finish(reader);
    let wrong = overall.domain.split('.').find_map(|label| hostname(label).err());
    if let (Some(error), false) = (wrong, overall.domain.is_empty()) {
        reader.illegal(overall.domain.span, format!("`{}` is no DNS domain: {error}", short(&overall.domain)));
    }
    let zone = |c: char| c.is_ascii_alphanumeric() || "/_+-".contains(c);
    if let Some(bad) = overall.timezone.chars().find(|c| !zone(*c)) {
        reader.illegal(overall.timezone.span, format!("a time zone is a name like Europe/Stockholm, without `{bad}`"));
    }
}

impl Decode for Organisation {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "an organisation", reader)?;
        let id = fields.required("id", reader);
        let index = fields.required("index", reader);
        let code = fields.required("code", reader);
        let name = fields.required("name", reader);
        fields.finish(reader);
        Some(Self { id: id?, index: index?, code: code?, name: name? })
    }
}

impl Decode for AddressPlan {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "the address plan", reader)?;
        let ipv4 = fields.required("ipv4", reader);
        let ipv6 = fields.optional("ipv6", reader);
        let organisation_prefix = fields.required("organisation_prefix", reader);
        let site_prefix = fields.required("site_prefix", reader);
        let links = fields.required("links", reader);
        let loopbacks = fields.required("loopbacks", reader);
        let management = fields.optional("management", reader);
        let mut hosts = BTreeMap::new();
        match fields.node("hosts") {
            Some(node) => {
                for entry in entries(node, "a mapping of roles", reader) {
                    let role = role(&entry.key, reader);
                    let base: Option<Sp<u32>> = reader.value(&entry.key, &entry.value);
                    if let (Some(role), Some(base)) = (role, base) {
                        hosts.insert(role, base);
                    }
                }
            }
            None => fields.missing("hosts", codes::MISSING_KEY, reader),
        }
        fields.finish(reader);
        let plan = Self {
            ipv4: ipv4?,
            ipv6,
            organisation_prefix: organisation_prefix?,
            site_prefix: site_prefix?,
            links: links?,
            loopbacks: loopbacks?,
            hosts,
            management,
        };
        lengths(&plan, reader);
        Some(plan)
    }
}

/// The plan's prefix lengths have to grow: the whole, an organisation, a site.
fn lengths(plan: &AddressPlan, reader: &mut Reader) {
    let (whole, organisation, site) = (plan.ipv4.prefix_len(), &plan.organisation_prefix, &plan.site_prefix);
    if organisation.value < whole || organisation.value > 30 {
        let message = format!("an organisation's prefix length lies between {whole} (the plan's) and 30");
        reader.illegal(organisation.span, message);
    } else if site.value < organisation.value || site.value > 30 {
        let message = format!("a site's prefix length lies between {} (its organisation's) and 30", organisation.value);
        reader.illegal(site.span, message);
    }
    // An organisation's /32 leaves each site a /48.
    if let Some(ipv6) = plan.ipv6.as_ref().filter(|ipv6| ipv6.prefix_len() > 32) {
        reader.illegal(ipv6.span, format!("the IPv6 block has to be /32 or shorter, not /{}", ipv6.prefix_len()));
    }
}

/// A role by its word.
pub(super) fn role(key: &Sp<String>, reader: &mut Reader) -> Option<Role> {
    let found = Role::ALL.into_iter().find(|role| role.word() == key.as_str());
    if found.is_none() {
        let words: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
        let finding = Finding::error(codes::ILLEGAL_VALUE, format!("`{}` is no role", short(key))).at(key.span);
        reader.push(finding.meant(key, words.iter().copied(), || format!("roles are {}", words.join(", "))));
    }
    found
}

impl Decode for Services {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "`services`", reader)?;
        let services = Self {
            ntp: fields.or_default("ntp", reader),
            dns: fields.or_default("dns", reader),
            syslog: fields.or_default("syslog", reader),
            radius: fields.or_default("radius", reader),
            snmp: fields.optional("snmp", reader),
            banner: fields.optional("banner", reader),
        };
        fields.finish(reader);
        Some(services)
    }
}

impl Decode for Radius {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "a RADIUS server", reader)?;
        let host = fields.required("host", reader);
        let auth_port = fields.optional("auth_port", reader).unwrap_or(1812);
        let acct_port = fields.optional("acct_port", reader).unwrap_or(1813);
        let secret = fields.required("secret", reader);
        fields.finish(reader);
        Some(Self { host: host?, auth_port, acct_port, secret: secret? })
    }
}

impl Decode for Snmp {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "`snmp`", reader)?;
        let user = fields.required("user", reader);
        let auth = fields.required("auth", reader);
        let privacy = fields.required("privacy", reader);
        let contact = fields.optional("contact", reader);
        fields.finish(reader);
        Some(Self { user: user?, auth: auth?, privacy: privacy?, contact })
    }
}

impl Decode for Login {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "`login`", reader)?;
        let login = Self {
            user: fields.optional("user", reader),
            methods: fields.or_default("methods", reader),
            jump: fields.optional("jump", reader),
            enable: fields.optional("enable", reader),
            algorithms: fields.or_default("algorithms", reader),
        };
        fields.finish(reader);
        Some(login)
    }
}

impl Decode for Algorithms {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.word(node, &[("modern", Self::Modern), ("legacy", Self::Legacy)])
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
        let password: Option<Id> = fields.optional("password", reader);
        fields.finish(reader);
        match (key, password) {
            (Some(file), None) => Some(Self::Key(file)),
            (None, Some(secret)) => Some(Self::Password(secret)),
            // A value of the wrong kind has been told of.
            (None, None) => None,
            (Some(_), Some(_)) => {
                reader.illegal(node.span, format!("a login method is one of {WANTED}"));
                None
            }
        }
    }
}

fn secrets(node: &Node, reader: &mut Reader) -> BTreeMap<Id, Sp<SecretSource>> {
    let mut secrets = BTreeMap::new();
    for entry in entries(node, "a mapping of secrets", reader) {
        let source = reader.value(&entry.key, &entry.value);
        if let (Some(name), Some(source)) = (name(&entry.key, reader), source) {
            secrets.insert(name, source);
        }
    }
    secrets
}

impl Decode for SecretSource {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let (Kind::Plain(text) | Kind::Quoted(text)) = &node.kind else {
            reader.wrong(node, "env:NAME, file:PATH or exec:COMMAND");
            return None;
        };
        let source = text.split_once(':').and_then(|(scheme, rest)| match (scheme, rest.trim()) {
            (_, "") => None,
            ("env", name) => Some(Self::Env(name.to_owned())),
            ("file", path) => Some(Self::File(path.to_owned())),
            ("exec", command) => Some(Self::Exec(command.split_whitespace().map(str::to_owned).collect())),
            _ => None,
        });
        if source.is_none() {
            // Somebody may have written the secret itself: no message may repeat it.
            let message = "a secret is a reference: env:NAME, file:PATH or exec:COMMAND";
            let finding = Finding::error(codes::SECRET_VALUE, message).at(node.span);
            reader.push(finding.help("if its value stands here, take it out and change it where it is used"));
        }
        source
    }
}

/// A mapping's key as an identifier.
pub(super) fn name(key: &Sp<String>, reader: &mut Reader) -> Option<Id> {
    match key.parse() {
        Ok(id) => Some(id),
        Err(error) => {
            let error: crate::value::ValueError = error;
            reader.illegal(key.span, error.0);
            None
        }
    }
}
