//! A live `vtysh`, and what FRR's own `frr-reload.py --test` says about the result.

use std::fmt::Write as _;
use std::fs;

use samnet::diff;
use samnet::platform::Library;

use super::{CHANGES, Dice, WHOLE, judged, seed, typed, wrong};
use crate::needs::{Need, met};
use crate::site::Site;
use crate::town::{FRR, VTYSH};

const PORTS: [&str; 3] = ["swp1", "swp2", "swp3"];
const PREFIXES: [&str; 6] = [
    "permit 10.0.0.0/8 le 24",
    "permit 10.80.0.0/12",
    "deny 10.80.4.0/22 ge 24",
    "permit 192.0.2.0/24",
    "deny 172.16.0.0/12 ge 16 le 24",
    "deny any",
];
const NETWORKS: [&str; 4] = ["permit 10.0.0.0/8", "deny 10.80.0.0/12", "permit 192.0.2.0/24 exact-match", "permit any"];

/// A router's configuration, in the words and the order of the daemons.
fn router(dice: &mut Dice) -> String {
    let mut text = String::new();
    let lists = dice.subset(&["PA", "PB", "PC"]);
    let filters = dice.subset(&["AA", "AB"]);
    let maps = dice.subset(&["RA", "RB", "RC"]);
    let ospf = !dice.one_in(4);
    let bgp = !dice.one_in(3);
    for n in 1..5 {
        if dice.one_in(2) {
            let hop = dice.pick(&["blackhole", "10.0.1.2", "10.0.2.2"]);
            let distance = dice.pick(&["", "", " 50"]);
            writeln!(text, "ip route 10.{n}.0.0/16 {hop}{distance}").unwrap();
        }
    }
    for (n, port) in (1..).zip(PORTS) {
        let mut lines = Vec::new();
        if dice.one_in(2) {
            lines.push(format!("description {}", dice.pick(&["to the core", "spare", "länk 7", "to  two"])));
        }
        for host in dice.subset(&[1, 2]) {
            lines.push(format!("ip address 10.0.{}.{host}/{}", n + dice.below(2) * 10, dice.pick(&[24, 31])));
        }
        if ospf && dice.one_in(2) {
            lines.push(format!("ip ospf area {}", dice.pick(&["0", "1", "0.0.1.0"])));
            for (line, values) in [
                ("cost", &["10", "20"][..]),
                ("hello-interval", &["5", "10", "20"]),
                ("dead-interval", &["40", "60"]),
                ("network", &["point-to-point", "broadcast"]),
                ("priority", &["1", "7"]),
            ] {
                if dice.one_in(3) {
                    lines.push(format!("ip ospf {line} {}", dice.pick(values)));
                }
            }
            if dice.one_in(3) {
                lines.push("ip ospf authentication message-digest".into());
                lines.push(format!("ip ospf message-digest-key 1 md5 {}", dice.pick(&["sommar", "vinter"])));
            }
            if dice.one_in(3) {
                lines.push("ip ospf passive".into());
            }
        }
        if !lines.is_empty() {
            writeln!(text, "interface {port}\n {}\nexit", lines.join("\n ")).unwrap();
        }
    }
    if bgp {
        bgp_process(dice, &mut text, &maps, &lists);
    }
    if ospf {
        text.push_str("router ospf\n");
        if dice.one_in(2) {
            writeln!(text, " ospf router-id 10.255.0.{}", 1 + dice.below(2)).unwrap();
        }
        for source in dice.subset(&["connected", "static"]) {
            writeln!(text, " redistribute {source}{}", redistributed(dice, &maps)).unwrap();
        }
        if dice.one_in(3) {
            text.push_str(" passive-interface default\n");
        }
        if dice.one_in(3) {
            writeln!(text, " default-information originate metric {}", dice.pick(&[10, 20])).unwrap();
        }
        if dice.one_in(3) {
            text.push_str(" log-adjacency-changes detail\n");
        }
        text.push_str("exit\n");
    }
    for name in &filters {
        for (n, entry) in (1..).zip(dice.some(&NETWORKS)) {
            writeln!(text, "access-list {name} seq {} {entry}", n * 5).unwrap();
        }
    }
    for name in &lists {
        // A list without entries is none.
        let mut entries = dice.some(&PREFIXES);
        if entries.is_empty() {
            entries.push(PREFIXES[0]);
        }
        for (n, entry) in (1..).zip(entries) {
            writeln!(text, "ip prefix-list {name} seq {} {entry}", n * 5).unwrap();
        }
    }
    for name in &maps {
        for (n, action) in (1..).zip(dice.pick(&[&["permit"][..], &["deny", "permit"]])) {
            writeln!(text, "route-map {name} {action} {}", n * 10).unwrap();
            if let (Some(list), true) = (lists.first(), dice.one_in(2)) {
                writeln!(text, " match ip address prefix-list {list}").unwrap();
            }
            if dice.one_in(2) {
                writeln!(text, " set metric {}", dice.pick(&[10, 20])).unwrap();
            }
            text.push_str("exit\n");
        }
    }
    text
}

fn redistributed(dice: &mut Dice, maps: &[&str]) -> String {
    let mut how = String::new();
    if dice.one_in(3) {
        write!(how, " metric {}", dice.pick(&[10, 20])).unwrap();
    }
    if !maps.is_empty() && dice.one_in(2) {
        write!(how, " route-map {}", dice.pick(maps)).unwrap();
    }
    how
}

fn bgp_process(dice: &mut Dice, text: &mut String, maps: &[&str], lists: &[&str]) {
    writeln!(text, "router bgp {}", dice.pick(&[65001, 65001, 65001, 65002])).unwrap();
    if dice.one_in(2) {
        writeln!(text, " bgp router-id 10.255.0.{}", 1 + dice.below(2)).unwrap();
    }
    if dice.one_in(2) {
        text.push_str(" no bgp ebgp-requires-policy\n");
    }
    let peers = dice.subset(&["10.0.1.9", "10.0.2.9", "10.0.3.9"]);
    for peer in &peers {
        writeln!(text, " neighbor {peer} remote-as {}", dice.pick(&[65010, 65011])).unwrap();
        if dice.one_in(3) {
            writeln!(text, " neighbor {peer} description {}", dice.pick(&["upstream", "the other one"])).unwrap();
        }
        if dice.one_in(3) {
            writeln!(text, " neighbor {peer} timers {}", dice.pick(&["5 15", "10 30"])).unwrap();
        }
    }
    let mut family = String::new();
    for n in dice.subset(&[1, 2, 3]) {
        writeln!(family, "  network 10.{n}.0.0/16").unwrap();
    }
    if dice.one_in(3) {
        writeln!(family, "  redistribute connected{}", redistributed(dice, maps)).unwrap();
    }
    for peer in &peers {
        for way in ["in", "out"] {
            if !lists.is_empty() && dice.one_in(4) {
                writeln!(family, "  neighbor {peer} prefix-list {} {way}", dice.pick(lists)).unwrap();
            }
            if !maps.is_empty() && dice.one_in(3) {
                writeln!(family, "  neighbor {peer} route-map {} {way}", dice.pick(maps)).unwrap();
            }
        }
    }
    if !family.is_empty() {
        write!(text, " address-family ipv4 unicast\n{family} exit-address-family\n").unwrap();
    }
    text.push_str("exit\n");
}

/// Runs `frr-reload.py --test` for every pair of files, in one interpreter: starting it costs more than its work.
const RELOAD: &str = r"
import contextlib, io, os, runpy, sys
sys.path.insert(0, '/usr/lib/frr')
for n in range(int(sys.argv[1])):
    sys.argv = ['frr-reload.py', '--test', '--stdout', '--log-level', 'error', '--input', f'/tmp/{n}.after', f'/tmp/{n}.intended']
    said = io.StringIO()
    try:
        with contextlib.redirect_stdout(said):
            runpy.run_path('/usr/lib/frr/frr-reload.py', run_name='__main__')
    except SystemExit as end:
        if end.code:
            said.write(f'exit status {end.code}\n')
    if said.getvalue().strip():
        print(f'change {n}:\n{said.getvalue()}')
";

/// What this machine decides, not the configuration.
fn own(line: &str) -> bool {
    [
        "frr ",
        "hostname ",
        "no ip forwarding",
        "no ipv6 forwarding",
        "ip forwarding",
        "ipv6 forwarding",
        "service ",
        "log ",
    ]
    .iter()
    .any(|own| line.starts_with(own))
}

/// What holds anyway: the router hides it, and `frr-reload.py` would say it again every time.
fn hidden(line: &str) -> bool {
    let words = line.trim_start();
    ["ip ospf hello-interval 10", "ip ospf priority 1", "ip ospf network broadcast"].contains(&words)
}

fn without_own(text: &str) -> String {
    text.lines().filter(|line| !own(line)).fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn a_router_goes_where_it_should_two_hundred_times() {
    if !met(&[Need::Site, Need::Router, Need::Reload]) {
        return;
    }
    let platform = &Library::built_in().unwrap().get("frr").unwrap().platform.clone();
    let mut site = Site::start();
    let device = site.device("router", VTYSH).name;
    site.on(&device, FRR);
    let read = || without_own(&site.on(&device, "vtysh -c 'show running-config no-header'"));
    let file = |name: &str, text: &str| fs::write(site.device_file(&device, "tmp").join(name), text).unwrap();
    let mut dice = Dice(seed());
    let mut failures = Vec::new();
    let mut before = read();
    for at in 0..CHANGES {
        let intended = router(&mut dice);
        let found = diff::remediate(platform, &before, &intended, &WHOLE);
        let commands = typed(platform, &found.commands);
        file("script", &commands);
        let said = site.on(&device, "(echo configure terminal; cat /tmp/script; echo end) | vtysh");
        let after = read();
        let rest = diff::remediate(platform, &after, &intended, &WHOLE);
        if said.contains("\n%") || !rest.commands.is_empty() {
            let rest = typed(platform, &rest.commands);
            let parts = [
                ("from", before.as_str()),
                ("to", &intended),
                ("commands", &commands),
                ("which the router answered", &said),
                ("is", &after),
                ("still needs", &rest),
            ];
            failures.push(wrong(at, "it is not where it should be", &parts));
        }
        file(&format!("{at}.after"), &after);
        let shown = intended.lines().filter(|line| !hidden(line)).fold(String::new(), |text, line| text + line + "\n");
        file(&format!("{at}.intended"), &shown);
        before = after;
    }
    file("reload.py", RELOAD);
    let said = site.on(&device, &format!("python3 /tmp/reload.py {CHANGES} 2>&1"));
    if !said.trim().is_empty() {
        failures.push(wrong(0, "frr-reload.py would still change lines", &[("it says", &said)]));
    }
    judged(&failures);
    println!("{CHANGES} changes to a router, seed {}", seed());
}
