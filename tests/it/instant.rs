//! A cluster of access points: one device holds the configuration of all, takes it in portions, and has nothing that goes
//! back by itself.

use std::process::Stdio;
use std::time::Duration;

use samnet::lab::Fault;

use crate::project::Project;

const CLUSTER: &str = "aml-karlberg-wc01";
const SITE: &str = "inventory/sites/amal/karlbergsskolan.yaml";

/// The school of the example, with an access point and a network that ask for more.
const EDITS: &[(&str, &str, &str)] = &[
    (
        SITE,
        "mac: \"20:4c:03:1d:07:02\",",
        "mac: \"20:4c:03:1d:07:02\", radios: { radio0: { channel: 60, width: 40, power_dbm: 17 } },",
    ),
    (
        "inventory/ssids.yaml",
        "ssids:\n",
        "ssids:\n  - { name: Dalsland-Lån & läs, security: owe-transition, vlan: guest, rate_limit_mbit: 5, client_isolation: true, schedule: { days: [mon, fri], from: \"07:00\", to: \
         \"18:00\" } }\n",
    ),
];

fn project(before: impl Fn(&str, &str) -> String) -> Project {
    Project::edited(EDITS, &[CLUSTER], before)
}

/// A cluster as it comes: nothing but its address, and what somebody made of it by hand.
fn fresh(_: &str, intended: &str) -> String {
    let kept = |line: &&str| line.starts_with("virtual-controller-ip") || line.starts_with("name ");
    let own: String = intended.lines().filter(kept).flat_map(|line| [line, "\n"]).collect();
    format!(
        "{own}allow-new-aps\nallowed-ap 20:4c:03:1d:07:01\nhash-mgmt-password\nhash-mgmt-user admin password hash 0123456789abcdef\n\
         wlan access-rule default_wired_port_profile\n index 0\n rule any any match any any any permit\n\
         wlan access-rule gammal\n index 1\n rule any any match tcp 80 80 deny\n rule any any match any any any permit\n\
         wlan ssid-profile gammal\n enable\n index 0\n essid gammal\n wpa-passphrase hemligt-ord\n opmode wpa2-psk-aes\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_cluster_is_set_up_in_portions_and_the_second_plan_is_empty() {
    let project = project(fresh);
    assert_eq!(project.lab.foreign(CLUSTER), Vec::<String>::new());
    project.plan().with(0);
    project.approve().with(0);
    project.apply().with(0).says("1 confirmed");
    let running = project.lab.running(CLUSTER).unwrap();
    assert!(running.len() > 4096, "small enough for one portion: {running}");
    for line in [
        " essid Dalsland-Lån & läs\n",
        " time-range Dalsland-Lan-&-las-mon enable\n",
        " bandwidth-limit peruser downstream 5000\n",
        " a-channel 60+ 17\n",
        "per-ap-settings 20:4c:03:1d:07:01\n",
        "allowed-ap 20:4c:03:1d:07:01\n",
        "hash-mgmt-user admin password hash 0123456789abcdef\n",
    ] {
        assert!(running.contains(line), "no `{line}` in:\n{running}");
    }
    assert!(!running.contains("gammal"), "{running}");
    assert_eq!(project.lab.startup(CLUSTER).unwrap(), running, "what runs is saved");
    project.plan().with(0).says("nothing to change");
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_refused_in_the_middle_leaves_nothing_behind() {
    let project = project(fresh);
    project.plan().with(0);
    project.approve().with(0);
    let was = project.lab.running(CLUSTER).unwrap();
    for line in ["^syslocation ", "^ *essid Dalsland-Elev$", "^ *a-channel 60"] {
        let line = regex::Regex::new(line).unwrap();
        project.lab.fault(CLUSTER, Fault::Refuse { line, answer: "% Invalid input detected at '^' marker.\n".into() });
        project.apply().with(1).says("as it was").says("Invalid input");
        assert_eq!(project.lab.running(CLUSTER).unwrap(), was);
        assert_eq!(project.lab.startup(CLUSTER).unwrap(), was, "what was not confirmed was not saved");
        project.lab.heal(CLUSTER);
    }
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_in_the_middle_leaves_nothing_behind() {
    let project = project(fresh);
    project.plan().with(0);
    project.approve().with(0);
    let was = project.lab.running(CLUSTER).unwrap();
    // Slow enough to be cut off between the first portion and the last.
    project.lab.fault(CLUSTER, Fault::Slow(Duration::from_millis(4)));
    let mut apply = project.command(&["apply", "plan.json", "--yes"]);
    let child = apply.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while project.lab.changes(CLUSTER) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    project.lab.disconnect(CLUSTER);
    project.lab.heal(CLUSTER);
    let done = tokio::task::spawn_blocking(|| child.wait_with_output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    assert!(said.contains("the device is as it was"), "{said}");
    assert_eq!(project.lab.running(CLUSTER).unwrap(), was);
    assert_eq!(project.lab.startup(CLUSTER).unwrap(), was);
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_before_the_change_is_saved_takes_it_back() {
    let project = project(fresh);
    let was = project.lab.running(CLUSTER).unwrap();
    project.plan().with(0);
    project.approve().with(0);
    let line = regex::Regex::new("^write memory$").unwrap();
    project.lab.fault(CLUSTER, Fault::Refuse { line, answer: "Error: no space left on device\n".into() });
    project.apply().with(1).says("was not saved");
    assert_ne!(project.lab.running(CLUSTER).unwrap(), was);
    project.lab.reboot(CLUSTER, Duration::ZERO);
    assert_eq!(project.lab.running(CLUSTER).unwrap(), was);
    project.lab.stop().await;
}

#[test]
fn an_access_point_of_a_cluster_is_not_read_or_rendered() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let project = project(|_, intended| intended.to_owned());
    project.run(&["render", "aml-karlberg-ap01"]).with(1).says("`aml-karlberg-wc01` configures it");
    project
        .run(&["plan", "--lab", "--author", "ida@amal.example", "--out", "x.json", "--target", "aml-karlberg-ap01"])
        .with(1)
        .says("`aml-karlberg-wc01` configures it");
    project.run(&["read", "--lab", "aml-karlberg-ap02"]).with(1).says("`aml-karlberg-wc01` configures it");
    runtime.block_on(project.lab.stop());
}
