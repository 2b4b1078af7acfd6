//! `sites/<organisation>/<site>.yaml`: a building and its devices.

use super::decode::{Decode, Fields, Reader, entries, proposal};
use crate::finding::{Finding, codes, nearest};
use crate::model::{Connect, Device, DeviceRef, PortUse, Role, Site, Wan, WanKind};
use crate::source::yaml::{Entry, Kind, Node, short};
use crate::source::{Sp, Span};
use crate::value::{Id, ValueError, number_ranges};

/// Most devices one key or one reference may name; a management subnet has about 250 hosts.
const MOST_DEVICES: usize = 256;

/// Reads a site; folder and file name say organisation and identifier where the file does not.
pub(super) fn read(root: &Node, organisation: &Sp<String>, stem: &Sp<String>, reader: &mut Reader) -> Option<Site> {
    let mut fields = Fields::of(root, "a site file", reader)?;
    let mut devices = Vec::new();
    let header = if let Some(node) = fields.node("site") {
        site(node, organisation, stem, reader)
    } else {
        fields.missing("site", codes::MISSING_KEY, reader);
        None
    };
    if let Some(node) = fields.node("devices") {
        for entry in entries(node, "a mapping of devices", reader) {
            devices.extend(device(entry, reader));
        }
    }
    fields.finish(reader);
    let mut site = header?;
    site.devices = devices;
    Some(site)
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

impl Decode for Wan {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "`wan`", reader)?;
        let kind = fields.required("kind", reader);
        let carrier = fields.optional("carrier", reader);
        let mbit = fields.optional("mbit", reader);
        fields.finish(reader);
        Some(Self { kind: kind?, carrier, mbit })
    }
}

impl Decode for WanKind {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        reader.word(node, &[("fibre", Self::Fibre), ("leased", Self::Leased), ("vpn", Self::Vpn)])
    }
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
    let Some(mut fields) = Fields::of(&entry.value, "a device", reader) else { return Vec::new() };
    let model: Option<Sp<String>> = fields.required("model", reader);
    let installed = fields.optional("installed", reader);
    let name = fields.optional("name", reader);
    let room = fields.optional("room", reader);
    let address = fields.optional("address", reader);
    let connect: Connect = fields.or_default("connect", reader);
    let mut ports = Vec::new();
    if let Some(node) = fields.node("ports") {
        for port in entries(node, "a mapping of ports", reader) {
            ports.extend(port_use(port, reader));
        }
    }
    let managed = fields.or_default("managed", reader);
    let redundant_with = fields.optional("redundant_with", reader);
    fields.finish(reader);
    let (Some((role, numbers)), Some(model)) = (key, model) else { return Vec::new() };
    if numbers.len() > 1 {
        let shared = [
            ("name", name.as_ref().map(|it: &Sp<crate::value::DeviceName>| it.span)),
            ("address", address.as_ref().map(|it: &Sp<std::net::Ipv4Addr>| it.span)),
        ];
        for (key, span) in shared {
            if let Some(span) = span {
                reader.illegal(span, format!("`{key}` cannot be the same for {} devices", numbers.len()));
            }
        }
    }
    let one = |number| Device {
        role,
        number,
        span: entry.key.span,
        model: model.clone(),
        installed: installed.clone(),
        name: name.clone(),
        room: room.clone(),
        address: address.clone(),
        connect: connect.clone(),
        ports: ports.clone(),
        managed: Vec::clone(&managed),
        redundant_with: redundant_with.clone(),
    };
    numbers.into_iter().map(one).collect()
}

impl Decode for Connect {
    fn decode(node: &Node, reader: &mut Reader) -> Option<Self> {
        let mut fields = Fields::of(node, "`connect`", reader)?;
        let connect = Self {
            host: fields.optional("host", reader),
            port: fields.optional("port", reader),
            user: fields.optional("user", reader),
            algorithms: fields.optional("algorithms", reader),
        };
        fields.finish(reader);
        Some(connect)
    }
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
        Some(ranges) => number_ranges(ranges).map_err(|error| shape(error.0))?,
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
}

/// A port key: `12`, `1-24`, `u1-4` or `"1-3,7"`: what precedes the numbers, and the numbers.
pub(super) fn port_range(text: &str) -> Result<(String, Vec<u32>), String> {
    let digits = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let (prefix, ranges) = text.split_at(digits);
    if ranges.is_empty() || !prefix.chars().all(|c| c.is_ascii_alphabetic()) {
        return Err(format!("`{}` is no port: use a number or a range, 12, 1-24 or u1-4", short(text)));
    }
    number_ranges(ranges).map(|numbers| (prefix.to_owned(), numbers)).map_err(|error| error.0)
}

fn port_keys(text: &str) -> Result<Vec<String>, String> {
    let (prefix, numbers) = port_range(text)?;
    Ok(numbers.into_iter().map(|number| format!("{prefix}{number}")).collect())
}

/// The ports of one key with what stands on each.
fn port_use(entry: &Entry, reader: &mut Reader) -> Vec<PortUse> {
    let ports = match port_keys(&entry.key) {
        Ok(ports) => Some(ports),
        Err(message) => {
            reader.illegal(entry.key.span, message);
            None
        }
    };
    if let Kind::Plain(_) | Kind::Quoted(_) = entry.value.kind {
        let profile: Option<Sp<Id>> = reader.value("ports", &entry.value);
        let (Some(ports), Some(profile)) = (ports, profile) else { return Vec::new() };
        let one = |port| PortUse {
            port: Sp::new(port, entry.key.span),
            profile: Some(profile.clone()),
            to: None,
            to_port: None,
            description: None,
        };
        return ports.into_iter().map(one).collect();
    }
    let Some(mut fields) = Fields::of(&entry.value, "a port", reader) else { return Vec::new() };
    let profile: Option<Sp<Id>> = fields.optional("profile", reader);
    let to: Option<Sp<String>> = fields.optional("to", reader);
    let to_port: Option<Sp<String>> = fields.optional("port", reader);
    let description: Option<Sp<String>> = fields.optional("description", reader);
    fields.finish(reader);
    let Some(ports) = ports else { return Vec::new() };
    let Some((devices, far)) = far_ends(ports.len(), to, to_port, reader) else { return Vec::new() };
    ports
        .into_iter()
        .zip(devices)
        .zip(far)
        .map(|((port, to), to_port)| PortUse {
            port: Sp::new(port, entry.key.span),
            profile: profile.clone(),
            to,
            to_port,
            description: description.clone(),
        })
        .collect()
}

type FarEnds = (Vec<Option<Sp<DeviceRef>>>, Vec<Option<Sp<String>>>);

/// The far device and port of each of `count` ports.
fn far_ends(count: usize, to: Option<Sp<String>>, port: Option<Sp<String>>, reader: &mut Reader) -> Option<FarEnds> {
    let Some(to) = to else {
        if let Some(port) = port {
            reader.illegal(port.span, "`port` is the port at the far end, and no `to` says which device that is");
        }
        return Some((vec![None; count], vec![None; count]));
    };
    let far = match port.as_ref().map(|port| port_keys(port)).transpose() {
        Ok(far) => far,
        Err(message) => {
            reader.illegal(port.as_ref().map_or(to.span, |port| port.span), message);
            return None;
        }
    };
    let devices = match device_refs(&to) {
        Ok(devices) => devices,
        Err(error) => {
            reader.push(error.finding(to.span));
            return None;
        }
    };
    // Several links to one device need as many ports there; one port key serves many devices.
    let ports = far.as_ref().map_or(0, Vec::len);
    let fits = (devices.len() == count && (ports == count || ports <= 1)) || (devices.len() == 1 && ports == count);
    if !fits {
        let many = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
        let on = if ports > 1 { format!(" on {}", many(ports, "port")) } else { String::new() };
        let message = format!("{} to {}{on}", many(count, "port"), many(devices.len(), "device"));
        reader.illegal(to.span, format!("{message} do not pair up"));
        return None;
    }
    let spread = |n: usize| if n == count { count } else { 1 };
    let device = |at: usize| devices.get(at % spread(devices.len())).map(|one| Sp::new(one.clone(), to.span));
    let far_port = |at: usize| {
        let (keys, port) = (far.as_ref()?, port.as_ref()?);
        keys.get(at % spread(ports)).map(|key| Sp::new(key.clone(), port.span))
    };
    Some(((0..count).map(device).collect(), (0..count).map(far_port).collect()))
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
            format!("{}{to}{far}", port.port.value)
        };
        (site.unwrap().devices[0].ports.iter().map(shown).collect(), messages)
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
