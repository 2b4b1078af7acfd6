//! Every name of a project: where it is defined, and where it is used.
//!
//! One list, [`ROWS`], feeds definition, references, highlights, symbols, rename and completion; a new
//! kind of reference is one line of it. Names come from the YAML as it is written, not from the model, so
//! that an entry which is still half typed keeps its name.

use std::net::IpAddr;
use std::path::Path;

use ipnet::IpNet;

use crate::source::yaml::{Entry, Kind as Form, Node};
use crate::source::{FileId, Span};
use crate::value::number_ranges;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A municipality.
    Organisation,
    /// A building.
    Site,
    /// A device, as `site/role-number`.
    Device,
    /// A VLAN, by name.
    Vlan,
    /// A wireless network.
    Ssid,
    /// A zero-trust segment.
    Segment,
    /// An allowed communication.
    Flow,
    /// A port profile.
    Profile,
    /// A device model.
    Model,
    /// A platform, a folder of templates.
    Platform,
    /// A secret.
    Secret,
    /// A tag of sites.
    Tag,
    /// A room, as `site/room`.
    Room,
    /// An uplink module of a device model.
    Module,
    /// A routing table of its own.
    Vrf,
}

impl Kind {
    /// Whether each site has its own names of the kind; they are `site/name` in the index.
    #[must_use]
    pub const fn of_a_site(self) -> bool {
        matches!(self, Self::Device | Self::Room)
    }

    /// What people call it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Organisation => "organisation",
            Self::Site => "site",
            Self::Device => "device",
            Self::Vlan => "VLAN",
            Self::Ssid => "SSID",
            Self::Segment => "segment",
            Self::Flow => "flow",
            Self::Profile => "profile",
            Self::Model => "model",
            Self::Platform => "platform",
            Self::Secret => "secret",
            Self::Tag => "tag",
            Self::Room => "room",
            Self::Module => "module",
            Self::Vrf => "VRF",
        }
    }
}

impl Kind {
    /// One of them, as people say it.
    #[must_use]
    pub fn one(self) -> String {
        // An SSID is spelled out.
        let vowel = matches!(self, Self::Organisation | Self::Ssid);
        format!("{} {}", if vowel { "an" } else { "a" }, self.word())
    }
}

/// How a text relates to the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stands {
    /// It gives the name its meaning.
    Definition,
    /// It refers to it.
    Use,
    /// It belongs to the definition without being the name: a VLAN's number, a site's index.
    Mention,
}

/// One name at one place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symbol {
    /// Where it stands.
    pub span: Span,
    /// What it stands for.
    pub kind: Kind,
    /// The name.
    pub name: String,
    /// Definition or use.
    pub stands: Stands,
}

/// Whether a key or a value is the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The key: `office: { … }`.
    Key,
    /// The value: `vlan: staff`, or each of `tags: [school, care]`.
    Value,
}

/// One line of [`ROWS`].
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// How the path of the file begins, from the project folder.
    file: &'static str,
    /// Last keys of the way to it, lists not counted; `*` is any key.
    keys: &'static str,
    kind: Kind,
    stands: Stands,
    by: By,
}

const fn row(file: &'static str, keys: &'static str, kind: Kind, stands: Stands, by: By) -> Row {
    Row { file, keys, kind, stands, by }
}

/// `key: name`, where the name is defined.
const fn named(file: &'static str, keys: &'static str, kind: Kind) -> Row {
    row(file, keys, kind, Stands::Definition, By::Value)
}

/// `name: …`, where the name is defined.
const fn keyed(file: &'static str, keys: &'static str, kind: Kind) -> Row {
    row(file, keys, kind, Stands::Definition, By::Key)
}

/// `key: …` beside the name that is defined.
const fn beside(file: &'static str, keys: &'static str, kind: Kind) -> Row {
    row(file, keys, kind, Stands::Mention, By::Value)
}

/// `key: name`, where it is used.
const fn used(file: &'static str, keys: &'static str, kind: Kind) -> Row {
    row(file, keys, kind, Stands::Use, By::Value)
}

/// Where names stand, the particular before the general: the first line that fits a place counts.
pub const ROWS: &[Row] = &[
    named("inventory/network.yaml", "organisations.id", Kind::Organisation),
    beside("inventory/network.yaml", "organisations.index", Kind::Organisation),
    keyed("inventory/network.yaml", "secrets.*", Kind::Secret),
    used("inventory/network.yaml", "network.host", Kind::Organisation),
    used("inventory/network.yaml", "address_plan.management", Kind::Vlan),
    used("inventory/network.yaml", "login.enable", Kind::Secret),
    used("inventory/network.yaml", "methods.password", Kind::Secret),
    used("inventory/network.yaml", "neighbours.device", Kind::Device),
    used("inventory/", "snmp.auth", Kind::Secret),
    used("inventory/", "snmp.privacy", Kind::Secret),
    used("inventory/", "snmp.community", Kind::Secret),
    named("inventory/vlans.yaml", "vlans.name", Kind::Vlan),
    beside("inventory/vlans.yaml", "vlans.id", Kind::Vlan),
    named("inventory/ssids.yaml", "ssids.name", Kind::Ssid),
    keyed("inventory/profiles.yaml", "profiles.*", Kind::Profile),
    used("inventory/profiles.yaml", "profiles.*.extends", Kind::Profile),
    // Organisation, site and device refine a profile under its name.
    row("inventory/", "profiles.*", Kind::Profile, Stands::Use, By::Key),
    keyed("inventory/models.yaml", "models.*", Kind::Model),
    keyed("inventory/models.yaml", "models.*.modules.*", Kind::Module),
    used("inventory/models.yaml", "models.*.platform", Kind::Platform),
    named("inventory/sites/", "site.id", Kind::Site),
    beside("inventory/sites/", "site.name", Kind::Site),
    beside("inventory/sites/", "site.index", Kind::Site),
    named("inventory/sites/", "site.tags", Kind::Tag),
    used("inventory/sites/", "site.organisation", Kind::Organisation),
    keyed("inventory/sites/", "devices.*", Kind::Device),
    named("inventory/sites/", "rooms", Kind::Room),
    named("inventory/sites/", "rooms.name", Kind::Room),
    row("inventory/sites/", "subnets.*", Kind::Vlan, Stands::Use, By::Key),
    used("inventory/sites/", "devices.*.model", Kind::Model),
    used("inventory/sites/", "devices.*.stack", Kind::Model),
    used("inventory/sites/", "devices.*.module", Kind::Module),
    used("inventory/sites/", "devices.*.room", Kind::Room),
    used("inventory/sites/", "devices.*.redundant_with", Kind::Device),
    used("inventory/sites/", "pair.with", Kind::Device),
    used("inventory/sites/", "serves.organisations", Kind::Organisation),
    used("inventory/sites/", "serves.tags", Kind::Tag),
    used("inventory/sites/", "devices.*.ports.*", Kind::Profile),
    used("inventory/sites/", "ports.*.to", Kind::Device),
    used("inventory/sites/", "ports.*.profile", Kind::Profile),
    keyed("policies/segments.yaml", "segments.*", Kind::Segment),
    named("policies/segments.yaml", "segments.*.vrf", Kind::Vrf),
    named("policies/flows/", "flows.id", Kind::Flow),
    used("policies/flows/", "flows.from", Kind::Segment),
    used("policies/flows/", "flows.to", Kind::Segment),
    row("inventory/lab.yaml", "organisations.*", Kind::Organisation, Stands::Use, By::Key),
    row("inventory/lab.yaml", "vlans.*", Kind::Vlan, Stands::Use, By::Key),
    row("inventory/lab.yaml", "ssids.*", Kind::Ssid, Stands::Use, By::Key),
    row("inventory/lab.yaml", "residue.*", Kind::Platform, Stands::Use, By::Key),
    row("inventory/lab.yaml", "leftovers.*", Kind::Platform, Stands::Use, By::Key),
    used("inventory/lab.yaml", "vlans.*.into", Kind::Vlan),
    used("inventory/lab.yaml", "without", Kind::Flow),
    used("inventory/", "sites.tags", Kind::Tag),
    used("inventory/", "sites.except_tags", Kind::Tag),
    used("inventory/", "sites.organisations", Kind::Organisation),
    used("inventory/", "segment", Kind::Segment),
    used("inventory/", "vlan", Kind::Vlan),
    used("inventory/", "voice", Kind::Vlan),
    used("inventory/", "tagged", Kind::Vlan),
    used("inventory/", "critical_vlan", Kind::Vlan),
    used("inventory/", "guest_vlan", Kind::Vlan),
    used("inventory/", "dynamic_vlans", Kind::Vlan),
    used("inventory/", "secret", Kind::Secret),
];

impl Row {
    /// Whether a way of keys ends as this line says.
    fn fits<K: AsRef<str>>(&self, keys: &[K]) -> bool {
        let wanted = self.keys.rsplit('.');
        let mut have = keys.iter().rev();
        wanted.into_iter().all(|want| have.next().is_some_and(|key| want == "*" || want == key.as_ref()))
    }
}

/// What kind of name is used where a way of keys leads, and so may be completed there.
#[must_use]
pub fn expected(file: &Path, keys: &[String]) -> Option<Kind> {
    let file = file.to_string_lossy();
    let mut rows = ROWS.iter().filter(|row| row.by == By::Value && file.starts_with(row.file));
    let row = rows.find(|row| row.fits(keys))?;
    // These exist by being named, and what is typed is usually one that others have.
    let loose = matches!(row.kind, Kind::Tag | Kind::Vrf);
    (row.stands == Stands::Use || loose).then_some(row.kind)
}

/// Every name of a project.
#[derive(Debug, Default)]
pub struct Index {
    /// By place.
    symbols: Vec<Symbol>,
    /// Indexes into `symbols` by kind and name, definitions first.
    names: Vec<usize>,
}

impl Index {
    /// Collects the names in some files, each with its path from the project folder.
    #[must_use]
    pub fn of<'f>(files: impl IntoIterator<Item = (FileId, &'f Path, &'f Node)>) -> Self {
        let mut symbols = Vec::new();
        for (file, path, root) in files {
            let path = path.to_string_lossy();
            let rows: Vec<&Row> = ROWS.iter().filter(|row| path.starts_with(row.file)).collect();
            if rows.is_empty() {
                continue;
            }
            let site = path.strip_prefix("inventory/sites/").and_then(|path| path.strip_suffix(".yaml"));
            let site = site.and_then(|path| path.split_once('/')).map(|(_, stem)| stem);
            let mut collector = Collector { rows, site, symbols: Vec::new(), keys: Vec::new() };
            collector.walk(root, None);
            collector.site_itself(file, root);
            symbols.extend(collector.symbols);
        }
        symbols.sort();
        symbols.dedup();
        let key = |at: &usize| {
            symbols.get(*at).map(|symbol: &Symbol| (symbol.kind, symbol.name.as_str(), symbol.stands, *at))
        };
        let mut names: Vec<usize> = (0..symbols.len()).collect();
        names.sort_by(|a, b| key(a).cmp(&key(b)));
        Self { symbols, names }
    }

    /// Every name at every place, by place.
    #[must_use]
    pub fn all(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The names in one file.
    pub fn file(&self, file: FileId) -> &[Symbol] {
        let start = self.symbols.partition_point(|symbol| symbol.span.file < file);
        let end = self.symbols.partition_point(|symbol| symbol.span.file <= file);
        self.symbols.get(start..end).unwrap_or_default()
    }

    /// The names that the innermost text around a byte stands for; several for a range of devices.
    #[must_use]
    pub fn at(&self, file: FileId, offset: usize) -> Vec<&Symbol> {
        let around = |symbol: &&Symbol| symbol.span.range().start <= offset && offset <= symbol.span.range().end;
        let size = |symbol: &Symbol| symbol.span.end - symbol.span.start;
        let found: Vec<&Symbol> = self.file(file).iter().filter(around).collect();
        let least = found.iter().map(|symbol| size(symbol)).min();
        found.into_iter().filter(|symbol| Some(size(symbol)) == least).collect()
    }

    /// Every place of one name, definitions first.
    pub fn places<'i, 'n>(&'i self, kind: Kind, name: &'n str) -> impl Iterator<Item = &'i Symbol> + use<'i, 'n> {
        let key = |at: &usize| self.symbols.get(*at).map(|symbol| (symbol.kind, symbol.name.as_str()));
        let start = self.names.partition_point(|at| key(at) < Some((kind, name)));
        let rest = self.names.get(start..).unwrap_or_default();
        rest.iter()
            .filter_map(|at| self.symbols.get(*at))
            .take_while(move |symbol| symbol.kind == kind && symbol.name == name)
    }

    /// Every definition, by kind, then name.
    pub fn definitions(&self) -> impl Iterator<Item = &Symbol> {
        let symbols = self.names.iter().filter_map(|at| self.symbols.get(*at));
        symbols.filter(|symbol| symbol.stands == Stands::Definition)
    }
}

/// Walks one file.
struct Collector<'f> {
    rows: Vec<&'static Row>,
    /// The site the file describes, by its name.
    site: Option<&'f str>,
    symbols: Vec<Symbol>,
    /// The way to where the walk is.
    keys: Vec<&'f str>,
}

impl<'f> Collector<'f> {
    /// Notes every name in a value; `owner` is what the mapping around it defines.
    fn walk(&mut self, node: &'f Node, owner: Option<&'f str>) {
        match &node.kind {
            Form::Map(entries) => {
                let owner = entries.iter().find_map(|entry| self.defined_by(entry));
                for entry in entries {
                    self.keys.push(&entry.key.value);
                    if let Some(row) = self.row(By::Key) {
                        self.name(row, &entry.key.value, entry.key.span);
                    }
                    self.walk(&entry.value, owner);
                    self.keys.pop();
                }
            }
            Form::List(items) => items.iter().for_each(|item| self.walk(item, owner)),
            Form::Plain(text) | Form::Quoted(text) => match self.row(By::Value) {
                Some(row) if row.stands == Stands::Mention => {
                    if let Some(owner) = owner.or(self.site.filter(|_| row.kind == Kind::Site)) {
                        self.name(row, owner, node.span);
                    }
                }
                Some(row) => self.name(row, text, node.span),
                None => {}
            },
            Form::Null => {}
        }
    }

    fn row(&self, by: By) -> Option<&'static Row> {
        self.rows.iter().find(|row| row.by == by && row.fits(&self.keys)).copied()
    }

    /// The name that an entry gives to the mapping it stands in.
    fn defined_by(&mut self, entry: &'f Entry) -> Option<&'f str> {
        let (Form::Plain(text) | Form::Quoted(text)) = &entry.value.kind else { return None };
        self.keys.push(&entry.key.value);
        let row = self.row(By::Value);
        self.keys.pop();
        row.filter(|row| row.stands == Stands::Definition).map(|_| text.as_str())
    }

    fn name(&mut self, row: &Row, text: &str, span: Span) {
        let Row { kind, stands, .. } = *row;
        let mut add = |kind, name: String, span| self.symbols.push(Symbol { span, kind, name, stands });
        match kind {
            Kind::Device => {
                let (other, local) = text.split_once('/').map_or((None, text), |(site, local)| (Some(site), local));
                let Some(site) = other.or(self.site) else { return };
                for local in locals(local) {
                    add(Kind::Device, format!("{site}/{local}"), span);
                }
                if let Some(other) = other {
                    add(Kind::Site, other.to_owned(), within(span, text, 0..other.len()));
                }
            }
            // The end of a flow may be an address.
            Kind::Segment if text.parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok() => {}
            Kind::Room => {
                if let Some(site) = self.site {
                    add(kind, format!("{site}/{text}"), span);
                }
            }
            // `voice: none` takes an inherited VLAN away.
            Kind::Vlan if text == "none" => {}
            _ => add(kind, text.to_owned(), span),
        }
    }

    /// A site that does not write its identifier has it from its path; its first key is its place.
    fn site_itself(&mut self, file: FileId, root: &Node) {
        let Some(site) = self.site else { return };
        let defined = |symbol: &Symbol| symbol.kind == Kind::Site && symbol.stands == Stands::Definition;
        if self.symbols.iter().any(defined) {
            return;
        }
        let own = |symbol: &&Symbol| symbol.kind == Kind::Site && symbol.stands == Stands::Mention;
        let span = self.symbols.iter().find(own).map_or(Span { file, ..root.span }, |symbol| symbol.span);
        self.symbols.push(Symbol { span, kind: Kind::Site, name: site.to_owned(), stands: Stands::Definition });
    }
}

/// The bytes of a part of a scalar; all of it where it is written in another way than it reads.
fn within(span: Span, text: &str, part: std::ops::Range<usize>) -> Span {
    let quote = match span.range().len().checked_sub(text.len()) {
        Some(0) => 0,
        Some(2) => 1,
        _ => return span,
    };
    let start = span.range().start + quote;
    Span::new(span.file, start + part.start..start + part.end)
}

/// The devices of one key: `access-1`, or each of `ap-[1-12]`.
fn locals(text: &str) -> Vec<String> {
    let ranges = text.split_once("-[").and_then(|(role, rest)| Some((role, rest.strip_suffix(']')?)));
    match ranges.map(|(role, ranges)| (role, number_ranges(ranges))) {
        Some((role, Ok(numbers))) => numbers.into_iter().map(|number| format!("{role}-{number}")).collect(),
        Some((_, Err(_))) => Vec::new(),
        None => vec![text.to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Sources, yaml};

    #[test]
    fn the_last_keys_of_the_way_decide() {
        let kind = |file: &str, keys: &[&str]| {
            expected(Path::new(file), &keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>())
        };
        let site = "inventory/sites/amal/skolan.yaml";
        assert_eq!(kind(site, &["devices", "access-1", "ports", "1-24"]), Some(Kind::Profile));
        assert_eq!(kind(site, &["devices", "access-1", "ports", "1", "to"]), Some(Kind::Device));
        assert_eq!(kind(site, &["devices", "access-1", "ports"]), None);
        assert_eq!(kind("policies/flows/work.yaml", &["flows", "to"]), Some(Kind::Segment));
        assert_eq!(kind("inventory/vlans.yaml", &["vlans", "sites", "tags"]), Some(Kind::Tag));
        assert_eq!(kind("inventory/vlans.yaml", &["vlans", "name"]), None);
    }

    #[test]
    fn names_have_their_places_and_ranges_are_many() {
        let text = "site: { name: Skolan, index: 3 }\ndevices:\n  ap-[1-2]: { model: U6 }\n  access-1:\n    \
                    { ports: { 1-2: { to: 'ap-[1-2]' }, 3: office, 4: { to: \"hub/core-1\" } } }\n";
        let path = Path::new("inventory/sites/amal/skolan.yaml");
        let mut sources = Sources::new();
        let file = sources.add(path, text);
        let root = yaml::parse(file, text).root.unwrap();
        let index = Index::of([(file, path, &root)]);
        let shown = |kind, name| {
            let places = index.places(kind, name).map(|it| (it.stands, &text[it.span.range()]));
            places.collect::<Vec<_>>()
        };
        assert_eq!(shown(Kind::Device, "skolan/ap-2"), [(Stands::Definition, "ap-[1-2]"), (Stands::Use, "'ap-[1-2]'")]);
        assert_eq!(shown(Kind::Device, "hub/core-1"), [(Stands::Use, "\"hub/core-1\"")]);
        assert_eq!(shown(Kind::Site, "hub"), [(Stands::Use, "hub")]);
        assert_eq!(shown(Kind::Profile, "office"), [(Stands::Use, "office")]);
        assert_eq!(
            shown(Kind::Site, "skolan"),
            [(Stands::Definition, "Skolan"), (Stands::Mention, "Skolan"), (Stands::Mention, "3")]
        );
        let both: Vec<&str> =
            index.at(file, text.find("[1-2]'").unwrap()).into_iter().map(|it| it.name.as_str()).collect();
        assert_eq!(both, ["skolan/ap-1", "skolan/ap-2"]);
        assert_eq!(index.at(file, text.find("hub").unwrap() + 1)[0].kind, Kind::Site);
    }
}
