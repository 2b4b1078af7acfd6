//! How long reading and comparing takes; time must grow with the lines, not with their square.

#![expect(clippy::format_push_string, reason = "the text is made before the clock starts")]

use samnet::config;
use samnet::diff::{Options, managed_digest, remediate};
use samnet::platform::Library;

/// As the program has it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// A switch stack with this many ports, a VLAN for every four, and one ACL with as many entries.
fn switch(ports: usize, changed: bool) -> String {
    let mut text = String::from("hostname big\n!\n");
    let shift = usize::from(changed);
    for vlan in 0..(ports / 4).clamp(1, 3000) {
        text += &format!("vlan {}\n name V{}\n!\n", vlan + 2, vlan + shift);
    }
    for port in 0..ports {
        let vlan = port % (ports / 4).clamp(1, 3000) + 2;
        text += &format!(
            "interface GigabitEthernet{}/0/{}\n description port {}\n switchport mode access\n switchport access vlan {}\n spanning-tree portfast\n ip access-group IN in\n!\n",
            port / 48 + 1,
            port % 48 + 1,
            port + shift * (port % 3),
            vlan,
        );
    }
    text.push_str("ip access-list extended IN\n");
    for entry in 0..ports {
        if !(changed && entry % 7 == 0) {
            text += &format!(" permit tcp host 10.{}.{}.1 any eq {}\n", entry / 250, entry % 250, 1000 + entry % 5000);
        }
        if changed && entry % 11 == 0 {
            text += &format!(" permit udp host 10.{}.{}.2 any eq {}\n", entry / 250, entry % 250, 1000 + entry % 5000);
        }
    }
    text.push_str(" deny ip any any\n!\nend\n");
    text
}

#[divan::bench(args = [500, 1000, 2000, 4000, 8000], sample_count = 5)]
fn changed(bencher: divan::Bencher<'_, '_>, ports: usize) {
    let library = Library::built_in().unwrap_or_default();
    let Some(entry) = library.get("cisco_iosxe") else { return };
    let (running, intended) = (switch(ports, false), switch(ports, true));
    bencher.bench(|| remediate(&entry.platform, &running, &intended, &Options::default()));
}

#[divan::bench(args = [1000, 8000], sample_count = 5)]
fn unchanged(bencher: divan::Bencher<'_, '_>, ports: usize) {
    let library = Library::built_in().unwrap_or_default();
    let Some(entry) = library.get("cisco_iosxe") else { return };
    let text = switch(ports, false);
    bencher.bench(|| remediate(&entry.platform, &text, &text, &Options::default()));
}

#[divan::bench(args = [1000, 8000], sample_count = 5)]
fn digest(bencher: divan::Bencher<'_, '_>, ports: usize) {
    let library = Library::built_in().unwrap_or_default();
    let Some(entry) = library.get("cisco_iosxe") else { return };
    let text = switch(ports, false);
    bencher.bench(|| managed_digest(&entry.platform, &text, &Options::default()));
}

/// How one entry of a list is written, and what stands around all of them, by platform.
struct List {
    platform: &'static str,
    before: &'static str,
    entry: fn(usize) -> String,
    after: &'static str,
}

/// An address of its own for each entry.
fn address(entry: usize) -> String {
    format!("10.{}.{}.{}", entry >> 16, (entry >> 8) & 255, entry & 255)
}

/// The numbers of entries leave room between them.
const LISTS: [(&str, List); 10] = [
    (
        "filter",
        List {
            platform: "cisco_iosxe",
            before: "ip access-list extended LONG\n",
            entry: |n| format!(" permit tcp host {} any eq {}\n", address(n), 1024 + n % 60_000),
            after: " deny ip any any\nend\n",
        },
    ),
    (
        "numbered filter",
        List {
            platform: "arista_eos",
            before: "ip access-list LONG\n",
            entry: |n| format!("   {} permit tcp host {} any\n", n + 1, address(n)),
            after: "end\n",
        },
    ),
    (
        "prefix list",
        List {
            platform: "cisco_iosxe",
            before: "",
            entry: |n| format!("ip prefix-list LONG seq {} permit {}/32\n", n + 1, address(n)),
            after: "end\n",
        },
    ),
    (
        "prefix list in a section or line by line",
        List {
            platform: "arista_eos",
            before: "",
            entry: |n| format!("ip prefix-list LONG seq {} permit {}/32\n", n + 1, address(n)),
            after: "end\n",
        },
    ),
    (
        "route map",
        List {
            platform: "frr",
            before: "",
            entry: |n| format!("route-map LONG permit {}\n match tag {n}\nexit\n", n + 1),
            after: "end\n",
        },
    ),
    (
        "policies",
        List {
            platform: "fortinet_fortios",
            before: "config firewall policy\n",
            entry: |n| format!("edit {}\nset name \"{n}\"\nset srcintf \"a\"\nset action accept\nnext\n", n + 1),
            after: "end\n",
        },
    ),
    (
        "terms",
        List {
            platform: "juniper_junos",
            before: "firewall { family inet { filter LONG {\n",
            entry: |n| format!("term t{n} {{ from {{ source-address {{ {}/32; }} }} then accept; }}\n", address(n)),
            after: "} } }\n",
        },
    ),
    (
        "rules as set lines",
        List {
            platform: "paloalto_panos",
            before: "",
            entry: |n| format!("set rulebase security rules r{n} source {}\n", address(n)),
            after: "",
        },
    ),
    (
        "rules of a chain",
        List {
            platform: "linux_nftables",
            before: "table inet samnet {\nchain forward {\n",
            entry: |n| format!("ip saddr {} tcp dport {} accept\n", address(n), 1024 + n % 60_000),
            after: "}\n}\n",
        },
    ),
    (
        "anonymous sections",
        List {
            platform: "openwrt",
            before: "package firewall\n",
            entry: |n| format!("config rule\n\toption name '{n}'\n\toption src_ip '{}'\n", address(n)),
            after: "",
        },
    ),
];

impl List {
    /// So many entries, every second one of twice as many; `more` has one between them in the middle.
    fn text(&self, entries: usize, more: bool) -> String {
        let mut text = self.before.to_owned();
        for entry in 0..entries {
            text += &(self.entry)(2 * entry);
            if more && entry == entries / 2 {
                text += &(self.entry)(2 * entry + 1);
            }
        }
        text + self.after
    }
}

/// One entry inserted in the middle of a list: twice the entries, twice the time, whatever the family.
#[divan::bench(args = LISTS.iter().map(|(name, _)| *name), consts = [5_000, 10_000, 20_000], sample_count = 3)]
fn inserted<const ENTRIES: usize>(bencher: divan::Bencher<'_, '_>, name: &str) {
    let library = Library::built_in().unwrap_or_default();
    let Some((_, list)) = LISTS.iter().find(|(known, _)| *known == name) else { return };
    let Some(entry) = library.get(list.platform) else { return };
    let (running, intended) = (list.text(ENTRIES, false), list.text(ENTRIES, true));
    bencher.bench(|| remediate(&entry.platform, &running, &intended, &Options::default()));
}

/// Reading alone.
#[divan::bench(args = LISTS.iter().map(|(name, _)| *name), consts = [10_000, 20_000], sample_count = 3)]
fn read<const ENTRIES: usize>(bencher: divan::Bencher<'_, '_>, name: &str) {
    let library = Library::built_in().unwrap_or_default();
    let Some((_, list)) = LISTS.iter().find(|(known, _)| *known == name) else { return };
    let Some(entry) = library.get(list.platform) else { return };
    let text = list.text(ENTRIES, false);
    bencher.bench(|| config::parse(entry.platform.family, &entry.platform.rules.syntax, &text));
}
