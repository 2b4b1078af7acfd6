//! Projects of any size, made by rule: what a network like the repository's own looks like with a
//! thousand buildings.
//!
//! Everything that is not a place (VLANs, SSIDs, profiles, models, policies) is the repository's own;
//! organisations, buildings and devices are invented, and written as people who know their network write
//! them: every device with its serial number, its room and where it has one its rack; ports that differ from
//! their neighbours with a description; addresses set aside for printers, cameras and building control. The
//! same size and seed give the same bytes, and `samnet validate` finds nothing in them but what the repository's
//! files have and nothing here uses. Knows nothing of the program it is made for.
#![expect(clippy::let_underscore_must_use, reason = "writing to a text in memory does not fail")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

/// What to make.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    /// Buildings, the two data centres included; 48 to 3,000, so that every kind of building is among them.
    pub(crate) sites: usize,
    /// Devices in all of them together, 4 to 40 for each building.
    pub(crate) devices: usize,
    /// Another seed gives other buildings.
    pub(crate) seed: u64,
}

/// Files that are the repository's own, but for the marked changes.
const OWN: &[(&str, &str)] = &[
    ("inventory/vlans.yaml", include_str!("../../inventory/vlans.yaml")),
    ("inventory/ssids.yaml", include_str!("../../inventory/ssids.yaml")),
    ("inventory/profiles.yaml", include_str!("../../inventory/profiles.yaml")),
    ("policies/segments.yaml", include_str!("../../policies/segments.yaml")),
    ("policies/naming.yaml", include_str!("../../policies/naming.yaml")),
    ("policies/change.yaml", include_str!("../../policies/change.yaml")),
    ("policies/allowed_signers", include_str!("../../policies/allowed_signers")),
    ("policies/flows/care.yaml", include_str!("../../policies/flows/care.yaml")),
    ("policies/flows/guest.yaml", include_str!("../../policies/flows/guest.yaml")),
    ("policies/flows/network.yaml", include_str!("../../policies/flows/network.yaml")),
    ("policies/flows/property.yaml", include_str!("../../policies/flows/property.yaml")),
    ("policies/flows/school.yaml", include_str!("../../policies/flows/school.yaml")),
    ("policies/flows/work.yaml", include_str!("../../policies/flows/work.yaml")),
];
const NETWORK: &str = include_str!("../../inventory/network.yaml");
const MODELS: &str = include_str!("../../inventory/models.yaml");
const DATACENTRE: &str = include_str!("../../inventory/sites/amal/datacentre.yaml");

/// Swedish municipalities, with a code of three letters each.
const TOWNS: &[(&str, &str)] = &[
    ("Åmål", "aml"),
    ("Bengtsfors", "ben"),
    ("Färgelanda", "fgl"),
    ("Mellerud", "mel"),
    ("Säffle", "saf"),
    ("Årjäng", "arj"),
    ("Grums", "gru"),
    ("Kil", "kil"),
    ("Sunne", "sun"),
    ("Torsby", "tor"),
    ("Hagfors", "hag"),
    ("Munkfors", "mun"),
    ("Forshaga", "fhg"),
    ("Hammarö", "ham"),
    ("Storfors", "sto"),
    ("Filipstad", "fil"),
    ("Dals Ed", "ded"),
    ("Munkedal", "mkd"),
    ("Tanum", "tan"),
    ("Strömstad", "str"),
    ("Sotenäs", "sot"),
    ("Lysekil", "lys"),
    ("Orust", "oru"),
    ("Tjörn", "tjo"),
    ("Lilla Edet", "led"),
    ("Grästorp", "gra"),
    ("Essunga", "ess"),
    ("Vara", "var"),
    ("Götene", "got"),
    ("Hjo", "hjo"),
    ("Tibro", "tib"),
    ("Karlsborg", "kar"),
    ("Töreboda", "tbd"),
    ("Gullspång", "gul"),
    ("Laxå", "lax"),
    ("Degerfors", "deg"),
    ("Hällefors", "hal"),
    ("Ljusnarsberg", "lju"),
    ("Nora", "nor"),
    ("Askersund", "ask"),
    ("Ydre", "ydr"),
    ("Kinda", "kin"),
    ("Boxholm", "box"),
    ("Ödeshög", "ode"),
    ("Aneby", "ane"),
    ("Mullsjö", "mul"),
    ("Habo", "hab"),
    ("Svenljunga", "sve"),
    ("Tranemo", "tra"),
    ("Herrljunga", "her"),
];

/// First parts of the names of buildings.
const FIRST: &[&str] = &[
    "Karlberg",
    "Ek",
    "Björk",
    "Sjö",
    "Norr",
    "Söder",
    "Öster",
    "Väster",
    "Lill",
    "Ås",
    "Hög",
    "Mellan",
    "Kyrk",
    "Rosen",
    "Lind",
    "Alm",
    "Tall",
    "Gran",
    "Ny",
    "Gammel",
    "Strand",
    "Ström",
    "Berg",
    "Äng",
    "Häst",
    "Kung",
    "Drottning",
    "Prost",
    "Vall",
    "Skog",
    "Kvarn",
    "Bruks",
    "Kanal",
    "Hamn",
    "Torp",
    "Ryd",
    "Hede",
    "Tegel",
];

/// A kind of building: last part of its name, its tag, and what its ports are for, most used first.
type Kind = (&'static str, &'static str, [&'static str; 4]);

const KINDS: &[Kind] = &[
    ("skolan", "school", ["classroom", "office", "printer", "camera"]),
    ("hemmet", "care", ["care", "office", "phone", "building"]),
    ("gården", "care", ["care", "office", "printer", "building"]),
    ("förskolan", "school", ["office", "classroom", "phone", "building"]),
    ("huset", "office", ["office", "phone", "printer", "building"]),
    ("biblioteket", "culture", ["public", "office", "printer", "camera"]),
    ("verket", "water", ["process", "building", "office", "camera"]),
    ("stationen", "rescue", ["office", "phone", "building", "camera"]),
    ("hallen", "culture", ["building", "public", "camera", "office"]),
];

/// What stands at a port that differs from its neighbours, and where addresses are set aside.
const THINGS: &[(&str, &str)] = &[
    ("printers", "Skrivare"),
    ("building", "Fastighetsstyrning"),
    ("cameras", "Kamera"),
    ("printers", "Kopiator"),
    ("building", "Ventilation"),
];

/// Parts of a floor.
const PARTS: [&str; 3] = ["öst", "mitt", "väst"];
const FLOORS: usize = 3;

/// Two core routers serve half of the buildings each; a chassis has ports for all of them.
const CHASSIS: &str = "
  # Core of the large network
  CHASSIS-16:
    platform: frr
    ports: { 1-2048: { interface: \"swp{n}\", speed: 25000, speeds: [10000, 25000] } }
    lifetime_years: 10
";

/// Every file of a project, by path below its folder.
#[must_use]
pub(crate) fn project(size: Size) -> Vec<(String, String)> {
    let mut chance = Chance(size.seed ^ 0x5a4d_4e45_5421_0000);
    let towns = (size.sites / 20).clamp(4, TOWNS.len());
    let mut files: Vec<(String, String)> =
        OWN.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    files.push(("inventory/network.yaml".to_owned(), network(towns)));
    files.push(("inventory/models.yaml".to_owned(), format!("{MODELS}{CHASSIS}")));
    // Nine devices stand in these two.
    files.push(("inventory/sites/amal/datacentre.yaml".to_owned(), datacentre()));
    files.push(("inventory/sites/bengtsfors/reserve.yaml".to_owned(), RESERVE.to_owned()));
    let buildings = size.sites.saturating_sub(2);
    let mut taken = BTreeSet::new();
    for (number, devices) in counts(buildings, size.devices.saturating_sub(9), &mut chance).into_iter().enumerate() {
        let (town, _) = of(TOWNS, number % towns);
        let town_id = slug(town);
        let kind @ (last, ..) = of(KINDS, number / towns + chance.below(2));
        let (name, id) = loop {
            let name = format!("{}{last}", chance.pick(FIRST));
            let id = slug(&format!("{name}-{town}"));
            if taken.insert(id.clone()) {
                break (name, id);
            }
        };
        let building = Building { name, town: number % towns, index: 1 + number / towns, kind, number, devices };
        files.push((format!("inventory/sites/{town_id}/{id}.yaml"), building.write(&mut chance)));
    }
    files.sort();
    files
}

/// Writes a project below a folder, which need not exist.
///
/// # Errors
/// When a file cannot be written.
pub(crate) fn write(root: &Path, size: Size) -> std::io::Result<()> {
    for (path, text) in project(size) {
        let path = root.join(path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// `network.yaml` with more organisations and a wider plan. The first organisation keeps its block, which
/// the addresses of services and flows lie in.
fn network(towns: usize) -> String {
    let mut text = String::new();
    let mut skipping = false;
    for line in NETWORK.lines() {
        if line.starts_with("organisations:") {
            text += "organisations:\n";
            for (number, (town, code)) in TOWNS.iter().take(towns).enumerate() {
                let index = (16 + number) % 63;
                let id = slug(town);
                let _ = writeln!(
                    text,
                    "  - {{ id: {id}, index: {index}, code: {code}, name: {town}s kommun }}   # 10.{}.0.0/14",
                    index * 4
                );
            }
            skipping = true;
            continue;
        }
        skipping &= !line.is_empty();
        if skipping {
            continue;
        }
        let wider = [
            ("ipv4: 10.64.0.0/10", "ipv4: 10.0.0.0/8"),
            ("links: 10.127.0.0/18", "links: 10.252.0.0/15"),
            ("loopbacks: 10.127.64.0/18", "loopbacks: 10.254.0.0/16"),
        ];
        let line = wider.iter().fold(line.to_owned(), |line, (from, to)| line.replace(from, to));
        text += &line;
        text.push('\n');
    }
    text
}

/// The example's data centre with a larger core.
fn datacentre() -> String {
    let larger = [
        ("AS7326-56X", "CHASSIS-16"),
        ("C9500-48Y4C", "CHASSIS-16"),
        ("48: {", "2040: {"),
        ("47: {", "2039: {"),
        ("56: {", "2048: {"),
        ("port: 49", "port: 2048"),
    ];
    larger.iter().fold(DATACENTRE.to_owned(), |text, (from, to)| text.replace(from, to))
}

/// The other data centre, whose routers serve every second building.
const RESERVE: &str = "site: { name: Reservhallen, index: 0, code: rdc, tags: [reserve], address: \"Industrivägen 4, 666 31 Bengtsfors\" }

devices:
  core-3:
    { model: CHASSIS-16, installed: 2026-03-10, room: Hall A, redundant_with: core-4,
      ports: { 2048: { to: core-4, port: 2048 }, 2047: { to: datacentre/core-1, port: 2047 } } }
  core-4:
    { model: CHASSIS-16, installed: 2026-03-10, room: Hall B,
      ports: { 2047: { to: datacentre/core-2, port: 2047 } } }
  distribution-1:
    { model: C9300-24S, installed: 2026-03-10, room: Hall A,
      ports: { u1: { to: core-3, port: 1 }, u2: { to: core-4, port: 1 } } }
";

/// How many devices each building has: a few large ones, many small ones, the sum as asked.
fn counts(buildings: usize, devices: usize, chance: &mut Chance) -> Vec<usize> {
    let weights: Vec<usize> = (0..buildings).map(|_| chance.pick(&[6, 8, 10, 12, 16, 20, 24, 32, 52])).collect();
    let total: usize = weights.iter().sum::<usize>().max(1);
    let spare = devices.saturating_sub(2 * buildings);
    let mut counts: Vec<usize> = weights.iter().map(|weight| 2 + spare * weight / total).collect();
    let missing = devices.saturating_sub(counts.iter().sum());
    for count in counts.iter_mut().take(missing) {
        *count += 1;
    }
    counts
}

struct Building {
    name: String,
    town: usize,
    /// Number in its organisation.
    index: usize,
    kind: Kind,
    /// Number in the whole network.
    number: usize,
    devices: usize,
}

impl Building {
    fn write(&self, chance: &mut Chance) -> String {
        let mut text = self.head(chance);
        let rest = self.devices.saturating_sub(1);
        let switches = (rest * 2 / 5).clamp(1, 20);
        let points = rest.saturating_sub(switches);
        // Six switches fit behind ten-gigabit ports; more need the larger distribution switch.
        let large = switches > 6;
        // A data centre's own switch has port 1.
        let port = 2 + self.number / 2;
        let (place, core) = of(&[("datacentre", 1), ("reserve", 3)], self.number);
        let (model, first, second) = if large { ("C9500-24Y4C", "23", "24") } else { ("C9300-24S", "u1", "u2") };
        rooms(&mut text);
        self.reservations(&mut text, chance);
        let _ = write!(
            text,
            "\ndevices:\n  distribution-1:\n    {{ model: {model}, serial: {}, installed: {}, room: Källaren, rack: A, unit: 40,\n      ports: {{ {first}: {{ to: {place}/core-{core}, port: {port} }}, {second}: {{ to: {place}/core-{}, port: {port} }} }} }}\n",
            self.serial("FOC", 0),
            date(chance),
            core + 1,
        );
        let mut next = 1;
        for switch in 1..=switches {
            let behind = points * switch / switches - points * (switch - 1) / switches;
            let uplink = if large { switch.to_string() } else { format!("u{}", switch + 2) };
            self.switch(&mut text, switch, (next, behind), &uplink, chance);
            next += behind;
        }
        for point in 1..=points {
            let (model, maker) = chance.pick(&[("U6-LR", "F4E2"), ("NWA50AX", "S212")]);
            let floor = 1 + chance.below(FLOORS);
            let _ = writeln!(
                text,
                "  ap-{point}: {{ model: {model}, serial: {}, installed: {}, room: Korridor {floor} {} }}",
                self.serial(maker, 100 + point),
                date(chance),
                chance.pick(&PARTS),
            );
        }
        text
    }

    /// A serial number that no other device has.
    fn serial(&self, maker: &str, device: usize) -> String {
        format!("{maker}{:04}{device:04X}", self.number)
    }

    /// Printers and the like, more where there is more of everything.
    fn reservations(&self, text: &mut String, chance: &mut Chance) {
        *text += "\nreservations:\n";
        for host in 0..8 + self.devices / 2 {
            let (vlan, what) = of(THINGS, host);
            let room = 100 * (1 + chance.below(FLOORS)) + chance.below(60);
            let _ = writeln!(
                text,
                "  - {{ vlan: {vlan}, host: {}, name: {what} {host} rum {room}, mac: \"00:1d:9c:{:02x}:{:02x}:{host:02x}\" }}",
                20 + host,
                self.number / 256,
                self.number % 256,
            );
        }
    }

    fn head(&self, chance: &mut Chance) -> String {
        let (town, _) = of(TOWNS, self.town);
        let (_, tag, _) = self.kind;
        let mut text = String::new();
        if chance.below(3) == 0 {
            let _ = writeln!(
                text,
                "# {}; nycklar hos vaktmästaren, felanmälan 0530-{:05}.",
                self.name,
                chance.below(100_000)
            );
        }
        let _ = writeln!(
            text,
            "site: {{ name: {}, index: {}, tags: [{}], address: \"{}gatan {}, {} {:02} {town}\" }}",
            self.name,
            self.index,
            tag,
            chance.pick(FIRST),
            1 + chance.below(80),
            460 + self.town * 4,
            10 + chance.below(89),
        );
        if chance.below(5) == 0 {
            let carrier = chance.pick(&["Telia", "Tele2", "GlobalConnect"]);
            let rate = chance.pick(&[100, 200, 500]);
            text =
                text.replace(", tags:", &format!(", wan: {{ kind: leased, carrier: {carrier}, mbit: {rate} }}, tags:"));
        }
        text
    }

    fn switch(&self, text: &mut String, number: usize, points: (usize, usize), uplink: &str, chance: &mut Chance) {
        let (first, behind) = points;
        let mix = [("C9200L-24P-4X", 24), ("C9300-24P", 24), ("C9300-48P", 48), ("C9300-48P", 48), ("C9300-48P", 48)];
        let (model, ports) = chance.pick(&mix);
        let floor = 1 + number % FLOORS;
        let _ = write!(
            text,
            "  access-{number}:\n    {{ model: {model}, serial: {}, installed: {}, room: Plan {floor}, rack: A, unit: {},\n      ports: {{ ",
            self.serial("FCW", number),
            date(chance),
            10 + number,
        );
        // Every port but the last few has a use, as where desks were cabled and never asked about again.
        let free = ports - behind.min(ports - 8) - 2;
        let cuts = [free * (4 + chance.below(3)) / 10, free * 8 / 10, free * 9 / 10, free];
        let mut from = 1;
        let (.., uses) = self.kind;
        let mut others = String::new();
        for (what, to) in uses.iter().zip(cuts) {
            if to >= from {
                let range = if to == from { from.to_string() } else { format!("{from}-{to}") };
                if to >= from + 7 {
                    // Two or three of a range are something else, or something in particular.
                    let apart: Vec<usize> =
                        (0..2 + chance.below(2)).map(|at| from + 2 * at + chance.below(2)).collect();
                    let list: Vec<String> = apart.iter().map(ToString::to_string).collect();
                    let _ = write!(text, "{range}: {{ profile: {what}, except: \"{}\" }}, ", list.join(","));
                    for port in apart {
                        let (what, room) = (chance.pick(&uses), 100 * floor + chance.below(60));
                        let desk =
                            chance.pick(&["vid dörren", "vid fönstret", "reception", "lärarplats", "bakre väggen"]);
                        let _ = write!(
                            others,
                            "{port}: {{ profile: {what}, description: \"Rum {room}, {desk}\" }},\n               "
                        );
                    }
                } else {
                    let _ = write!(text, "{range}: {what}, ");
                }
                from = to + 1;
            }
        }
        text.truncate(text.trim_end().len());
        let _ = write!(text, "\n               {others}");
        if behind > 0 {
            let (to, last) = (from + behind - 1, first + behind - 1);
            let one = behind == 1;
            let keys = if one { from.to_string() } else { format!("{from}-{to}") };
            let aps = if one { format!("ap-{first}") } else { format!("\"ap-[{first}-{last}]\"") };
            let _ = write!(text, "{keys}: {{ profile: ap, to: {aps} }},\n               ");
        }
        let _ = writeln!(text, "u1: {{ to: distribution-1, port: {uplink} }} }} }}");
    }
}

/// Every room that a device stands in, with the rack that is there.
fn rooms(text: &mut String) {
    *text += "\nrooms:\n  - { name: Källaren, racks: { A: 42 } }\n";
    for floor in 1..=FLOORS {
        let _ = writeln!(text, "  - {{ name: Plan {floor}, racks: {{ A: 42 }} }}");
        for part in PARTS {
            let _ = writeln!(text, "  - Korridor {floor} {part}");
        }
    }
}

fn date(chance: &mut Chance) -> String {
    format!("20{:02}-{:02}-{:02}", 22 + chance.below(5), 1 + chance.below(9), 1 + chance.below(28))
}

/// One of a list, round and round.
fn of<T: Copy + Default>(list: &[T], number: usize) -> T {
    list.get(number % list.len().max(1)).copied().unwrap_or_default()
}

/// Letters as in Swedish host names.
fn slug(text: &str) -> String {
    let plain = |c: char| match c {
        'å' | 'ä' => 'a',
        'ö' => 'o',
        ' ' => '-',
        c => c,
    };
    text.to_lowercase().chars().map(plain).collect()
}

/// Numbers that look thrown and are not (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % most.max(1) as u64).unwrap_or(0)
    }

    fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        of(from, self.below(from.len()))
    }
}
