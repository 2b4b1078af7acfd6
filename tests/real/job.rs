//! The main job on real network software: from the inventory to what packets do.

use std::fs;
use std::time::{Duration, Instant};

use crate::needs::{Need, met};
use crate::packets::{address, answers, connects, listen, opens, pings};
use crate::site::wait_for;
use crate::town::Town;
use crate::work::Work;

const ALL: [Need; 4] = [Need::Site, Need::Firewall, Need::Router, Need::Switch];

/// Addresses of the hosts on lan1 to lan4, and the gateways of their VLANs.
const OFFICE: [&str; 2] = ["10.80.1.11", "10.80.1.12"];
const CARE: &str = "10.80.2.13";
const GUEST: &str = "10.80.3.14";
/// Loopback of the far router, which hosts reach by a route that OSPF carries.
const FAR: &str = "10.95.16.5";

fn hosts(town: &Town) {
    for (host, at) in ["host1", "host2", "host3", "host4"].into_iter().zip([OFFICE[0], OFFICE[1], CARE, GUEST]) {
        place(town, host, at);
    }
}

fn place(town: &Town, host: &str, at: &str) {
    address(&town.site, host, &format!("{at}/24"), &format!("{}.1", at.rsplit_once('.').unwrap().0));
}

#[test]
fn from_the_inventory_to_packets() {
    if !met(&ALL) {
        return;
    }
    let town = Town::start();
    town.firewall_on_the_net();
    hosts(&town);
    let site = &town.site;
    // What somebody else has on the devices stays.
    site.on("firewall", "nft 'table ip other { chain c { counter accept; }; }'");
    site.on("peer", "vtysh -c 'configure terminal' -c 'debug ospf event'");
    site.on("switch", "touch /etc/config/firewall; uci set firewall.theirs=rule; uci commit");
    for host in ["host1", "host2", "host3", "host4"] {
        listen(site, host, 80);
    }
    listen(site, "host3", 81);

    let work = Work::new(&town);
    work.expect(0, &["validate"]);
    work.expect(2, &["plan", "--detailed-exitcode"]);
    work.expect(0, &["plan", "--out", "unsigned.json", "--author", "author@bed.example"]);
    let refused = work.expect(3, &["apply", "unsigned.json", "--yes"]);
    assert!(refused.stderr.contains("signature") || refused.stderr.contains("approv"), "{refused:?}");
    println!("an unsigned plan is refused");

    let began = Instant::now();
    work.change(None);
    println!("four devices of three kinds planned, approved and changed in {:.1} s", began.elapsed().as_secs_f32());
    work.settled();
    println!("the second plan is empty for every device, and the journal verifies");

    assert!(answers(site, "host1", OFFICE[1]), "one VLAN, two ports");
    assert!(opens(site, "host1", CARE, 80), "office reaches care's web page: a flow allows it");
    assert!(!connects(site, "host1", CARE, 81), "and no other port");
    assert!(!connects(site, "host3", OFFICE[0], 80), "care does not reach office");
    assert!(answers(site, "host3", OFFICE[0]), "but by echo requests, which a flow allows");
    assert!(!pings(site, "host1", CARE), "in that direction only");
    for (from, to) in [("host4", OFFICE[0]), ("host4", CARE), ("host1", GUEST), ("host3", GUEST)] {
        assert!(!connects(site, from, to, 80) && !pings(site, from, to), "no flow joins {from} and {to}");
    }
    assert!(site.try_on("firewall", "ping -qc2 -i.2 -W1 10.80.0.31").code == Some(0), "the switch's own address");
    println!("hosts reach what the flows allow, and nothing else");

    wait_for("a route by OSPF", Duration::from_mins(1), || pings(site, "host1", FAR));
    let routes = site.on("peer", "vtysh -c 'show ip route ospf'");
    assert!(routes.contains("10.80.1.0/24"), "{routes}");
    assert!(!pings(site, "host4", FAR), "no flow joins guests and the far router");
    println!("OSPF carries the route to the far router and back");

    assert!(site.on("peer", "vtysh -c 'show running-config'").contains("\ndebug ospf event\n"));
    assert!(site.on("firewall", "nft list ruleset").contains("table ip other"));
    assert_eq!(site.on("switch", "uci get firewall.theirs"), "rule\n");
    println!("what is not Samnet's on the devices stays as it was");

    moving_a_port(&town, &work);
    after_a_restart(&town);
}

/// The host on lan2 follows its port from office to care.
fn moving_a_port(town: &Town, work: &Work<'_>) {
    let site = &town.site;
    work.edit("inventory/sites/bed/rack.yaml", "2: office", "2: care");
    let plan = work.approved_plan(None);
    let shown = work.expect(0, &["plan", "--show", &plan, "--device", "bed-rack-sw1"]);
    assert!(shown.stdout.contains("lan2"), "{shown:?}");
    work.expect(0, &["apply", &plan, "--yes"]);
    work.settled();
    assert!(!pings(site, "host1", OFFICE[1]), "host2 left office");
    place(town, "host2", "10.80.2.12");
    assert!(answers(site, "host2", CARE), "and stands in care");
    assert!(opens(site, "host1", "10.80.2.12", 80), "where the flow from office reaches it");
    assert!(!connects(site, "host1", "10.80.2.12", 22));
    println!("moving a port in the inventory and applying moved the host");
}

/// Everything was saved: devices that start anew have it.
fn after_a_restart(town: &Town) {
    let site = &town.site;
    let saved = site.on("core", "cat /etc/frr/frr.conf");
    assert!(saved.contains("ip route 10.80.1.0/24 10.95.15.129"), "{saved}");
    let before = site.on("firewall", "nft -s list table inet samnet");
    site.on("firewall", "nft delete table inet samnet; nft -f /etc/nftables.d/samnet.nft");
    assert_eq!(before, site.on("firewall", "nft -s list table inet samnet"));
    assert_eq!(site.on("switch", "uci changes"), "", "nothing is staged and forgotten");
    println!("what was applied was also saved");
}

#[test]
fn what_the_kernel_refuses_changes_nothing() {
    if !met(&ALL) {
        return;
    }
    let town = Town::start();
    town.firewall_on_the_net();
    let site = &town.site;
    let work = Work::new(&town);
    work.change(Some("role:firewall"));
    let ruleset = || site.on("firewall", "nft list ruleset");
    let before = ruleset();

    // nft itself finds nothing wrong with a base chain that jumps to itself; the kernel does.
    let built_in =
        fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/linux_nftables/device.j2"))
            .unwrap();
    let place = "limit rate 10/second burst 20 packets log prefix \"samnet forward drop";
    assert!(built_in.contains(place), "{built_in}");
    fs::create_dir_all(work.path("templates/linux_nftables")).unwrap();
    let own = work.path("templates/linux_nftables/device.j2");
    fs::write(&own, built_in.replacen(place, &format!("jump forward\n\t\t{place}"), 1)).unwrap();
    let plan = work.approved_plan(Some("role:firewall"));
    let failed = work.expect(1, &["apply", &plan, "--yes"]);
    let said = format!("{}{}", failed.stdout, failed.stderr);
    assert!(said.contains("bed-rack-fw1") && said.contains("Could not process rule"), "{said}");
    println!(
        "the kernel's refusal is reported as such: {}",
        said.lines().find(|line| line.contains("process rule")).unwrap().trim()
    );
    assert_eq!(before, ruleset(), "the old ruleset stands, byte for byte");
    println!("the old ruleset still stands, byte for byte");
    let journal = work.expect(0, &["audit", "verify"]);
    let shown = work.expect(0, &["audit", "show"]);
    assert!(shown.stdout.contains("failed") || shown.stdout.contains("refused"), "{journal:?} {shown:?}");
    println!("the run says that it failed, and the journal verifies");

    fs::remove_file(&own).unwrap();
    work.edit("policies/flows/bed.yaml", "services: [tcp 80]", "services: [tcp 80, tcp 443]");
    work.change(Some("role:firewall"));
    assert_ne!(before, ruleset(), "the firewall takes the next good change");
    println!("the next good change goes through");

    // Somebody changes the device between plan and apply.
    work.edit("policies/flows/bed.yaml", "tcp 443", "tcp 8443");
    let plan = work.approved_plan(Some("role:firewall"));
    site.on("firewall", "nft insert rule inet samnet forward tcp dport 9999 accept");
    let meddled = ruleset();
    let stale = work.expect(3, &["apply", &plan, "--yes"]);
    assert!(stale.stderr.contains("bed-rack-fw1") || stale.stdout.contains("bed-rack-fw1"), "{stale:?}");
    assert_eq!(meddled, ruleset());
    println!("a firewall that is no longer what the plan saw is refused");
    work.change(Some("role:firewall"));
    assert!(!ruleset().contains("9999"), "a new plan takes the foreign rule out of the managed table");
    println!("a new plan takes the foreign rule out again");
}

#[test]
fn a_killed_run_goes_back_by_itself_and_can_be_taken_up() {
    if !met(&ALL) {
        return;
    }
    let town = Town::start();
    let site = &town.site;
    let work = Work::new(&town);
    work.edit("policies/change.yaml", "confirm_within: 20", "confirm_within: 6");
    let exported = || {
        site.on("switch", "uci export; ovs-vsctl --no-headings --format=csv --columns=name,tag,trunks list port | sort")
    };
    let before = exported();
    // The switch takes its time, so that the run can be killed after the change and before its confirmation.
    let slow = "#!/bin/sh\n/usr/local/sbin/reload_config.real && sleep 4\n";
    site.on("switch", "mv /usr/local/sbin/reload_config /usr/local/sbin/reload_config.real");
    crate::site::write_program(&site.device_file("switch", "sbin/reload_config"), slow);
    let plan = work.approved_plan(Some("role:access"));
    let mut run = work.command(&["apply", &plan, "--yes"]).spawn().unwrap();
    wait_for("the change to reach the switch", Duration::from_secs(20), || exported() != before);
    // nsenter has become samnet: one process.
    run.kill().unwrap();
    run.wait().unwrap();
    println!("a run is killed while its change is on the switch, unconfirmed");
    wait_for("the switch to go back by itself", Duration::from_secs(30), || exported() == before);
    println!("the switch went back by itself");
    site.on("switch", "mv /usr/local/sbin/reload_config.real /usr/local/sbin/reload_config");
    work.expect(0, &["audit", "verify"]);
    // The restore may still be inside the slow reload.
    std::thread::sleep(Duration::from_secs(5));
    work.expect(0, &["apply", &plan, "--yes"]);
    assert_ne!(exported(), before);
    work.expect(0, &["audit", "verify"]);
    work.expect(0, &["plan", "--detailed-exitcode", "--target", "role:access"]);
    println!("the same command took the run up and finished it; the journal verifies");
}
