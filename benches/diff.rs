//! How long reading and comparing takes; time must grow with the lines, not with their square.

#![expect(clippy::format_push_string, reason = "the text is made before the clock starts")]

use samnet::diff::{Options, managed_digest, remediate};
use samnet::platform::Library;

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
