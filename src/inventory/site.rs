//! `sites/<organisation>/<site>.yaml`: a building and its devices.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::decode::{Decode, Fields, Reader, entries, proposal, ranges, some_entries};
use super::pattern;
use super::shape::{self, Keyed, Object, Schemas, Shape, decodes, shape, words};
use crate::finding::{Finding, codes, nearest};
use crate::model::{
    Connect, Device, DeviceRef, LagMode, Pair, PairKind, PortKeys, PortLine, PortProfile, PortSettings, PortUse,
    RadioPlan, Record as _, Reservation, Role, Room, Settings, Site, Wan, WanKind,
};
use crate::source::yaml::{Entry, Kind, Node, short};
use crate::source::{Sp, Span};
use crate::value::{Id, Text, ValueError};

/// Most devices one key or one reference may name; a management subnet has about 250 hosts.
const MOST_DEVICES: usize = 256;

shape!(Wan as "`wan`" { kind: required, carrier: optional, mbit: optional { "minimum": 1 }, circuit: optional });
shape!(Room as "a room" { name: required, racks: by(racks, describe_racks) });
shape!(Reservation as "a reservation" {
    vlan: required, host: required { "minimum": 1 }, name: required, mac: optional,
});
shape!(Pair as "a pair" { with: required, kind: required });
shape!(Connect as "`connect`" { host: optional, port: optional in 1..=65_535, user: optional, algorithms: optional });
shape!(Device as "a device" {
    role: given(Role::Access), number: given(0), span: place, model: required, stack: default, module: optional,
    installed: optional, serial: optional, name: optional, room: optional, rack: optional,
    unit: optional { "minimum": 1 }, address: optional, connect: optional, settings: shared, profiles: entries,
    ports: by(ports, describe_ports),
    radios: by(radio_plans, describe_radio_plans), managed: default, mac: optional, serves: optional,
    redundant_with: optional, pair: optional, partition: optional,
});
decodes!(Wan, Reservation, Pair, Connect);

words! {
    WanKind: "kind" { "fibre" => Self::Fibre, "leased" => Self::Leased, "vpn" => Self::Vpn }
    PairKind: "kind" { "mlag" => Self::Mlag, "ha" => Self::Ha, "vrrp" => Self::Vrrp }
}

/// Reads a site; folder and file name say organisation and identifier where the file does not.
pub(super) fn read(root: &Node, organisation: &Sp<String>, stem: &Sp<String>, reader: &mut Reader) -> Option<Site> {
    let mut fields = Fields::of(root, "a site file", reader)?;
    let header = if let Some(node) = fields.node("site") {
        site(node, organisation, stem, reader)
    } else {
        fields.missing("site", codes::MISSING_KEY, reader);
        None
    };
    let settings = Settings::read(&mut fields, root, reader).unwrap_or_default();
    let profiles = shape::read_entries(&mut fields, "profiles", reader);
    let rooms = fields.or_default("rooms", reader);
    let subnets = subnets(&mut fields, reader);
    let reservations = fields.or_default("reservations", reader);
    let mut devices = Vec::new();
    if let Some(node) = fields.node("devices") {
        let entries = some_entries(node, "devices", reader);
        devices.reserve_exact(entries.len());
        for entry in entries {
            devices.extend(device(entry, reader));
        }
    }
    fields.finish(reader);
    Some(Site { settings, profiles, rooms, subnets, reservations, devices, ..header? })
}

/// JSON Schema of a site file.
pub(super) fn schema(schemas: &mut Schemas) -> Value {
    let mut site = Object::new(Site::TEXT);
    let mut key = |key: &'static str, schema: Value| site.key(key, Site::text_of(key), schema);
    key("id", Id::schema(schemas));
    key("organisation", Id::schema(schemas));
    key("name", String::schema(schemas));
    key("index", u32::schema(schemas));
    key("code", Id::schema(schemas));
    key("tags", Vec::<Id>::schema(schemas));
    key("address", String::schema(schemas));
    key("wan", Wan::schema(schemas));
    site.require("name");
    site.require("index");

    let mut file = Object::new("A building and its devices.");
    file.key("site", Site::TEXT, site.finish());
    file.require("site");
    Settings::describe(&mut file, schemas);
    let names =
        |value: Value| json!({ "type": "object", "propertyNames": pattern::id(), "additionalProperties": value });
    let mut key = |key: &'static str, schema: Value| file.key(key, Site::text_of(key), schema);
    key("profiles", names(PortProfile::schema(schemas)));
    key("rooms", Vec::<Room>::schema(schemas));
    key("subnets", names(ipnet::Ipv4Net::schema(schemas)));
    key("reservations", Vec::<Reservation>::schema(schemas));
    let device = shape::named::<Device>("Device", schemas);
    let names = json!({ "pattern": pattern::device_key() });
    key("devices", json!({ "type": ["object", "null"], "propertyNames": names, "additionalProperties": device }));
    file.finish()
}

fn site(node: &Node, organisation: &Sp<String>, stem: &Sp<String>, reader: &mut Reader) -> Option<Site> {
    let mut fields = Fields::of(node, "a site", reader)?;
    let id = named(fields.optional("id", reader), stem, "file", reader);
    let organisation = named(fields.optional("organisation", reader), organisation, "folder", reader);
    let name = fields.required("name", reader);
    let index = fields.required("index", reader);
    let code = fields.optional("code", reader);
    let tags = fields.or_default("tags", reader);
    let address = fields.optional("address", reader);
    let wan = fields.or_default("wan", reader);
    fields.finish(reader);
    Some(Site {
        id: id?,
        organisation: organisation?,
        index: index?,
        name: name?,
        code,
        tags,
        address,
        wan,
        settings: Settings::default(),
        profiles: BTreeMap::new(),
        rooms: Vec::new(),
        subnets: BTreeMap::new(),
        reservations: Vec::new(),
        devices: Vec::new(),
        span: node.span,
    })
}

/// An identifier the path says, unless the file says it too; then both must agree.
fn named(written: Option<Sp<Id>>, path: &Sp<String>, what: &str, reader: &mut Reader) -> Option<Sp<Id>> {
    if let Some(written) = written {
        if written.as_str() != path.as_str() {
            reader.illegal(
                written.span,
                format!("the {what} is named `{}`, this says `{written}`", short(path), written = written.value),
            );
        }
        return Some(written);
    }
    match path.parse() {
        Ok(id) => Some(Sp::new(id, path.span)),
        Err(error) => {
            let error: ValueError = error;
            let finding = Finding::error(codes::ILLEGAL_VALUE, format!("the name of the {what} will not do: {error}"));
            let near = proposal(path);
            reader.push(finding.at(path.span).help(format!("rename it, for example to `{near}`")));
            None
        }
    }
}

/// Subnets by the name of their VLAN.
fn subnets(fields: &mut Fields<'_>, reader: &mut Reader) -> BTreeMap<Id, Sp<ipnet::Ipv4Net>> {
    let Some(node) = fields.node("subnets") else { return BTreeMap::new() };
    let mut subnets = BTreeMap::new();
    for entry in entries(node, "subnets", reader) {
        let net = reader.value(&entry.key, &entry.value);
        if let (Some(name), Some(net)) = (super::network::name(&entry.key, reader), net) {
            subnets.insert(name, net);
        }
    }
    subnets
}

/// A name alone is a room without racks.
impl Decode for Room {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        if matches!(node.kind, Kind::Map(_)) {
            return shape::decode(node, reader);
        }
        Some(Self { name: Sp::decode(node, reader)?, racks: BTreeMap::new() })
    }

    fn schema(schemas: &mut Schemas) -> Value {
        let name = String::schema(schemas);
        let whole = shape::named::<Self>("Room", schemas);
        json!({ "anyOf": [name, whole] })
    }
}

fn racks(fields: &mut Fields<'_>, reader: &mut Reader) -> BTreeMap<String, Sp<u32>> {
    let Some(node) = fields.node("racks") else { return BTreeMap::new() };
    let mut racks = BTreeMap::new();
    for entry in entries(node, "racks", reader) {
        // A height that cannot be read limits nothing, and the rack is there.
        let units = reader.value(&entry.key, &entry.value);
        racks.insert(entry.key.to_string(), units.unwrap_or(Sp::new(u32::MAX, entry.value.span)));
    }
    racks
}

fn describe_racks(object: &mut Object, _schemas: &mut Schemas, text: &str) {
    let units = json!({ "type": "integer", "minimum": 1, "maximum": 60 });
    object.key("racks", text, json!({ "type": "object", "additionalProperties": units }));
}

fn radio_plans(fields: &mut Fields<'_>, reader: &mut Reader) -> BTreeMap<String, Sp<RadioPlan>> {
    let Some(node) = fields.node("radios") else { return BTreeMap::new() };
    let found = entries(node, "radios", reader);
    let one = |entry: &Entry, reader: &mut Reader| {
        let plan = RadioPlan::decode(&entry.value, reader)?;
        Some((entry.key.to_string(), Sp::new(plan, entry.key.span)))
    };
    found.iter().filter_map(|entry| one(entry, reader)).collect()
}

fn describe_radio_plans(object: &mut Object, schemas: &mut Schemas, text: &str) {
    let plan = RadioPlan::schema(schemas);
    object.key("radios", text, json!({ "type": "object", "additionalProperties": plan }));
}

/// The devices of one key: `access-1`, or twelve for `ap-[1-12]`.
fn device(entry: &Entry, reader: &mut Reader) -> Vec<Device> {
    let key = match device_range(&entry.key) {
        Ok(key) => Some(key),
        Err(error) => {
            reader.push(error.finding(entry.key.span));
            None
        }
    };
    let device = shape::decode::<Device>(&entry.value, reader);
    let (Some((role, numbers)), Some(device)) = (key, device) else { return Vec::new() };
    if numbers.len() > 1 {
        let own = [
            ("name", device.name.as_ref().map(|it| it.span)),
            ("address", device.address.as_ref().map(|it| it.span)),
            ("serial", device.serial.as_ref().map(|it| it.span)),
            ("mac", device.mac.as_ref().map(|it| it.span)),
            ("unit", device.unit.as_ref().map(|it| it.span)),
        ];
        for (key, span) in own {
            if let Some(span) = span {
                reader.illegal(span, format!("`{key}` cannot be the same for {} devices", numbers.len()));
            }
        }
    }
    let device = Device { role, span: entry.key.span, ..device };
    if let [number] = numbers.as_slice() {
        return vec![Device { number: *number, ..device }];
    }
    numbers.into_iter().map(|number| Device { number, ..device.clone() }).collect()
}

/// Why a text names no device.
struct KeyError {
    message: String,
    help: String,
}

impl KeyError {
    fn finding(self, span: Span) -> Finding {
        Finding::error(codes::ILLEGAL_VALUE, self.message).at(span).help(self.help)
    }
}

/// `access-1`, `ap-[1-12]` or `ap-[1-3,7]`: a role and its numbers.
fn device_range(text: &str) -> Result<(Role, Vec<u32>), KeyError> {
    let shape = |why: String| KeyError {
        message: format!("`{}` names no device: {why}", short(text)),
        help: "a device is a role and a number, `access-1`, or several at once, `ap-[1-12]`".to_owned(),
    };
    let (word, number) = text.split_once('-').ok_or_else(|| shape("there is no number".to_owned()))?;
    let role = Role::ALL.into_iter().find(|role| role.word() == word).ok_or_else(|| {
        let words = Role::ALL.map(Role::word);
        let mut error = shape(format!("`{}` is no role", short(word)));
        error.help = match nearest(word, words) {
            Some(near) => format!("did you mean `{near}-{}`?", short(number)),
            None => format!("roles are {}", words.join(", ")),
        };
        error
    })?;
    let inner = number.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let numbers = match inner {
        Some(list) => ranges(list).map_err(shape)?,
        None => vec![number.parse().map_err(|_| shape(format!("`{}` is no number", short(number))))?],
    };
    if numbers.contains(&0) {
        return Err(shape("numbers begin at 1".to_owned()));
    }
    if numbers.len() > MOST_DEVICES {
        return Err(shape(format!("{} devices at once are more than {MOST_DEVICES}", numbers.len())));
    }
    Ok((role, numbers))
}

/// `access-1` of this site or `site/access-1` of another's, possibly several.
fn device_refs(text: &str) -> Result<Vec<DeviceRef>, KeyError> {
    let (site, local) = text.split_once('/').map_or((None, text), |(site, local)| (Some(site), local));
    let site: Option<Id> = match site.map(str::parse).transpose() {
        Ok(site) => site,
        Err(error) => {
            let error: ValueError = error;
            return Err(KeyError { message: error.0, help: "another site's device is `site/core-1`".to_owned() });
        }
    };
    let (role, numbers) = device_range(local)?;
    Ok(numbers.into_iter().map(|number| DeviceRef { site: site.clone(), role, number }).collect())
}

impl Decode for DeviceRef {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let (Kind::Plain(text) | Kind::Quoted(text)) = &node.kind else {
            reader.wrong(node, "a device like access-1");
            return None;
        };
        match device_refs(text).map(<[Self; 1]>::try_from) {
            Ok(Ok([one])) => Some(one),
            Ok(Err(_)) => {
                reader.illegal(node.span, format!("one device belongs here, `{}` names several", short(text)));
                None
            }
            Err(error) => {
                reader.push(error.finding(node.span));
                None
            }
        }
    }

    fn schema(_schemas: &mut Schemas) -> Value {
        json!({ "type": "string", "pattern": pattern::device_ref(), "examples": ["access-1", "datacentre/core-1"] })
    }
}

/// The ports one key names.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ports {
    /// The member of a stack; absent for the first.
    pub(super) member: Option<u32>,
    /// What stands before the numbers: nothing, or `u`.
    pub(super) prefix: String,
    /// The numbers.
    pub(super) numbers: Vec<u32>,
}

impl Ports {
    /// Their keys; the first member of a stack is named by what nobody says.
    fn keys(&self) -> Option<PortKeys> {
        PortKeys::new(self.before(), self.numbers.iter().copied())
    }

    /// What stands before the number in each key.
    fn before(&self) -> Text {
        match self.member {
            Some(member) if member > 1 => smol_str::format_smolstr!("{member}/{}", self.prefix),
            _ => self.prefix.as_str().into(),
        }
    }
}

/// A port key: `12`, `1-24`, `u1-4`, `"1-3,7"` or `2/12`.
pub(super) fn port_range(text: &str) -> Result<Ports, String> {
    let wrong = || format!("`{}` is no port: use a number or a range, 12, 1-24, u1-4 or 2/12 in a stack", short(text));
    let (member, local) = match text.split_once('/') {
        Some((member, local)) => (Some(member.parse().ok().filter(|member| *member >= 1).ok_or_else(wrong)?), local),
        None => (None, text),
    };
    let digits = local.find(|c: char| c.is_ascii_digit()).unwrap_or(local.len());
    let (prefix, list) = local.split_at(digits);
    if list.is_empty() || !prefix.chars().all(|c| c.is_ascii_alphabetic()) {
        return Err(wrong());
    }
    let numbers = ranges(list)?;
    Ok(Ports { member, prefix: prefix.to_owned(), numbers })
}

/// What stands on the ports of a device.
fn ports(fields: &mut Fields<'_>, reader: &mut Reader) -> Vec<PortUse> {
    let Some(node) = fields.node("ports") else { return Vec::new() };
    let entries = some_entries(node, "ports", reader);
    let mut ports = Vec::with_capacity(entries.len());
    for entry in entries {
        port_use(entry, &mut ports, reader);
    }
    ports
}

fn describe_ports(object: &mut Object, schemas: &mut Schemas, text: &str) {
    let port = schemas.define("PortUse", |schemas| {
        let mut port = Object::new(PortUse::TEXT);
        let mut key = |key: &'static str, field: &str, schema: Value| {
            let text = PortLine::text_of(field);
            port.key(key, if text.is_empty() { PortUse::text_of(field) } else { text }, schema);
        };
        key("profile", "profile", Id::schema(schemas));
        key("to", "to", json!({ "type": "string", "pattern": pattern::device_ref() }));
        key("port", "to_port", pattern::ports());
        key("lag", "lag", u32::schema(schemas));
        key("to_lag", "to_lag", u32::schema(schemas));
        key("lag_mode", "lag_mode", LagMode::schema(schemas));
        key("description", "description", String::schema(schemas));
        port.key("except", "Ports of the range that this does not hold for.", pattern::ports());
        PortSettings::describe(&mut port, schemas);
        for key in ["lag", "to_lag"] {
            port.narrow(key, json!({ "minimum": 1 }));
        }
        port.all(json!({ "dependentRequired": { "port": ["to"], "to_lag": ["lag"], "lag_mode": ["lag"] } }));
        port.finish()
    });
    let profile = Id::schema(schemas);
    let use_ = json!({ "anyOf": [profile, port] });
    let keys = pattern::ports();
    object.key(
        "ports",
        text,
        json!({ "type": ["object", "null"], "propertyNames": keys, "additionalProperties": use_ }),
    );
}

/// Adds the ports of one key with what stands on each; `None` where they cannot be read.
fn port_use(entry: &Entry, ports: &mut Vec<PortUse>, reader: &mut Reader) -> Option<()> {
    let named = match port_range(&entry.key) {
        Ok(named) => Some(named),
        Err(message) => {
            reader.illegal(entry.key.span, message);
            None
        }
    };
    // `1-4 office` without its colon is a key without a value.
    if named.is_none() && matches!(entry.value.kind, Kind::Null) {
        return None;
    }
    let span = entry.key.span;
    if let Kind::Plain(_) | Kind::Quoted(_) = entry.value.kind {
        let profile: Option<Sp<Id>> = reader.known("ports", &entry.value);
        let (named, profile) = (named?, profile?);
        let line = Arc::new(PortLine { profile: Some(profile), span, ..PortLine::default() });
        ports.extend(named.keys().map(|keys| bare(keys, &line)));
        return Some(());
    }
    let mut fields = Fields::of(&entry.value, "a port", reader)?;
    let profile: Option<Sp<Id>> = fields.optional("profile", reader);
    let to: Option<Sp<Text>> = fields.optional("to", reader);
    let to_port: Option<Sp<Text>> = fields.optional("port", reader);
    let lag: Option<Sp<u32>> = fields.optional("lag", reader);
    let to_lag: Option<Sp<u32>> = fields.optional("to_lag", reader);
    let lag_mode: Option<Sp<LagMode>> = fields.optional("lag_mode", reader);
    let description: Option<Sp<Text>> = fields.optional("description", reader);
    let except: Option<Sp<Text>> = fields.optional("except", reader);
    let settings: Option<Arc<PortSettings>> = shape::read_shared(&mut fields, &entry.value, reader);
    // A key that nothing reads may be the one that is missing.
    let unread = !fields.is_read();
    let (leads, is_grouped) = (fields.has("to"), fields.has("lag"));
    fields.finish(reader);
    if let (false, Some(other)) =
        (is_grouped, to_lag.as_ref().map(|it| it.span).or(lag_mode.as_ref().map(|it| it.span)))
    {
        reader.illegal(other, "this belongs to a link aggregation group, and no `lag` says which");
    }
    let mut named = named?;
    if let Some(except) = except {
        without(&mut named, &except, reader);
    }
    let line = Arc::new(PortLine { profile, settings, lag, to_lag, lag_mode, description, span });
    let Some(to) = to else {
        if let Some(port) = to_port.filter(|_| !unread && !leads) {
            reader.illegal(port.span, "`port` is the port at the far end, and no `to` says which device that is");
        }
        ports.extend(named.keys().map(|keys| bare(keys, &line)));
        return Some(());
    };
    let (devices, far) = far_ends(named.numbers.len(), &to, to_port.as_ref(), reader)?;
    let before = named.before();
    for (at, number) in named.numbers.iter().enumerate() {
        let keys = PortKeys::new(before.clone(), [*number])?;
        let device = devices.get(at % devices.len().max(1))?.clone();
        let far_port = far.as_ref().zip(to_port.as_ref()).and_then(|(far, port)| {
            let number = far.numbers.get(at % far.numbers.len().max(1))?;
            Some(Box::new(Sp::new(PortKeys::new(far.before(), [*number])?.first(), port.span)))
        });
        let to = Some(Box::new(Sp::new(device, to.span)));
        ports.push(PortUse { to, to_port: far_port, ..bare(keys, &line) });
    }
    Some(())
}

/// Ports that no link is drawn from.
fn bare(ports: PortKeys, line: &Arc<PortLine>) -> PortUse {
    PortUse { ports, to: None, to_port: None, line: Arc::clone(line) }
}

/// Takes exceptions out of a range.
fn without(named: &mut Ports, except: &Sp<Text>, reader: &mut Reader) {
    match port_range(except) {
        Ok(gone) => {
            let alike = named.before() == gone.before();
            let stranger = gone.numbers.iter().find(|number| !alike || !named.numbers.contains(number));
            if let Some(stranger) = stranger {
                let message = format!("`except` names port `{}{stranger}`, which is not among these", gone.before());
                reader.illegal(except.span, message);
            }
            named.numbers.retain(|number| !alike || !gone.numbers.contains(number));
        }
        Err(message) => reader.illegal(except.span, message),
    }
}

/// Far devices, and their ports where a line names any: one for all, or one for each port.
type FarEnds = (Vec<DeviceRef>, Option<Ports>);

/// The far devices and ports of `count` ports.
fn far_ends(count: usize, to: &Sp<Text>, port: Option<&Sp<Text>>, reader: &mut Reader) -> Option<FarEnds> {
    let far = match port.map(|port| port_range(port)).transpose() {
        Ok(far) => far,
        Err(message) => {
            reader.illegal(port.map_or(to.span, |port| port.span), message);
            return None;
        }
    };
    let devices = match device_refs(to) {
        Ok(devices) => devices,
        Err(error) => {
            reader.push(error.finding(to.span));
            return None;
        }
    };
    // Several links to one device need as many ports there; one port key serves many devices.
    let ports = far.as_ref().map_or(0, |far| far.numbers.len());
    let fits = (devices.len() == count && (ports == count || ports <= 1)) || (devices.len() == 1 && ports == count);
    if !fits {
        let many = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let on = if ports > 1 { format!(" on {}", many(ports, "port")) } else { String::new() };
        let message = format!("{} to {}{on}", many(count, "port"), many(devices.len(), "device"));
        let finding = Finding::error(codes::ILLEGAL_VALUE, format!("{message} do not pair up")).at(to.span);
        reader.push(match port {
            Some(port) if ports == 1 && devices.len() == 1 => finding
                .help(format!("`port: {}` is one port there; each link takes one: `port: 1-{count}`", port.value)),
            _ => finding,
        });
        return None;
    }
    Some((devices, far))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::source::yaml::parse;

    fn site(devices: &str) -> (Option<Site>, Vec<String>) {
        let text = format!("site: {{ name: Skolan, index: 3 }}\ndevices:\n{devices}");
        let file = Sources::new().add("a.yaml", text.as_str());
        let root = parse(file, &text).root.unwrap();
        let mut reader = Reader::default();
        let path = |text: &str| Sp::new(text.to_owned(), Span::file(file));
        let site = read(&root, &path("amal"), &path("skolan"), &mut reader);
        (site, reader.findings.into_iter().map(|found| found.message).collect())
    }

    fn ports(ports: &str) -> (Vec<String>, Vec<String>) {
        let (site, messages) = site(&format!("  access-1: {{ model: M, ports: {{ {ports} }} }}\n"));
        let shown = |port: &PortUse| {
            let to = port.to.as_ref().map(|to| format!(" {}-{}", to.role.word(), to.number)).unwrap_or_default();
            let far = port.to_port.as_ref().map(|far| format!(":{}", far.value)).unwrap_or_default();
            port.ports.iter().map(|key| format!("{key}{to}{far}")).collect::<Vec<_>>()
        };
        (site.unwrap().devices[0].ports.iter().flat_map(shown).collect(), messages)
    }

    #[test]
    fn the_path_names_a_site_that_does_not_name_itself() {
        let (site, messages) = site("  ap-[1-3,7]: { model: M }\n");
        let site = site.unwrap();
        assert_eq!((site.id.as_str(), site.organisation.as_str()), ("skolan", "amal"));
        assert_eq!(site.devices.iter().map(|device| device.number).collect::<Vec<_>>(), [1, 2, 3, 7]);
        assert_eq!(messages, Vec::<String>::new());
    }

    #[test]
    fn links_pair_up_one_by_one() {
        assert_eq!(ports("1-3: { to: 'ap-[4-6]' }").0, ["1 ap-4", "2 ap-5", "3 ap-6"]);
        assert_eq!(
            ports("u1-2: { to: distribution-1, port: u7-8 }").0,
            ["u1 distribution-1:u7", "u2 distribution-1:u8"]
        );
        assert_eq!(ports("1-2: { to: 'ap-[1-2]', port: 1 }").0, ["1 ap-1:1", "2 ap-2:1"]);
        assert_eq!(ports("1-3: { to: 'ap-[1-2]' }").1, ["3 ports to 2 devices do not pair up"]);
        assert_eq!(ports("1-2: { to: ap-1, port: 1 }").1, ["2 ports to 1 device do not pair up"]);
    }

    #[test]
    fn a_bad_device_leaves_the_others() {
        let (site, messages) =
            site("  acess-1: { model: M }\n  access-0: { model: M }\n  access-2: {}\n  ap-1: { model: M }\n");
        assert_eq!(site.unwrap().devices.len(), 1);
        assert_eq!(
            messages,
            [
                "`acess-1` names no device: `acess` is no role",
                "`access-0` names no device: numbers begin at 1",
                "a device has no `model`"
            ]
        );
    }
}
