//! `check-device`: what it finds out, and what keeps a push from being safe.

use std::process::Command;

use samnet::lab::{Device, Fault, Lab, Options};
use samnet::platform::Library;

use crate::project::{COMPUTERS, Project};

const SWITCH: &str = "aml-karlberg-sw01";

#[tokio::test(flavor = "multi_thread")]
async fn a_device_says_what_it_is_and_that_a_push_could_begin() {
    let devices = [SWITCH, "aml-dc-cr01", "aml-dc-fw01", "fgl-valboskolan-ap01"];
    let project = Project::edited(COMPUTERS, &devices, |_, text| text.to_owned());
    let target = devices.join(",");
    let said = project.run(&["check-device", "--lab", "--target", &target, "--format", "json"]).with(0);
    let document: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let found = |device: &str, what: &str| -> String {
        let devices = document["devices"].as_array().unwrap();
        let found = &devices.iter().find(|have| have["device"] == device).unwrap()["found"];
        let one = found.as_array().unwrap().iter().find(|have| have["what"] == what);
        one.unwrap_or_else(|| panic!("{device}: {what}: {found:#}"))["said"].as_str().unwrap().to_owned()
    };
    assert_eq!(found(SWITCH, "calls itself"), SWITCH);
    assert_eq!(found(SWITCH, "version"), "17.12.04");
    assert_eq!(found(SWITCH, "privilege"), "15");
    assert_eq!(found(SWITCH, "free flash"), "7812476928 bytes");
    assert_eq!(found(SWITCH, "safe push"), "native: what it needs is there");
    assert_eq!(found("aml-dc-cr01", "version"), "8.4.4");
    assert!(found("aml-dc-fw01", "safe push").starts_with("watchdog: "), "{}", said.out);
    for device in devices {
        assert!(found(device, "configuration").ends_with("lines can be read"));
        assert_eq!(project.lab.changes(device), 0, "nothing is changed");
    }
    let page = project.run(&["check-device", "--lab", SWITCH]).with(0);
    assert!(page.out.contains("✓ version         17.12.04"), "{}", page.out);
    project.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_push_lacks_is_said() {
    let without = |_: &str, text: &str| {
        // No archive, so nothing to go back to.
        let mut kept = Vec::new();
        let mut inside = false;
        for line in text.lines() {
            inside = line == "archive" || inside && line.starts_with(' ');
            if !inside {
                kept.push(line);
            }
        }
        kept.join("\n") + "\n"
    };
    let project = Project::start(&[SWITCH], without);
    let said = project.run(&["check-device", "--lab", SWITCH]).with(1);
    assert!(said.out.contains("✗ safe push") && said.out.contains("keeps no archive"), "{}", said.out);
    project.lab.fault(SWITCH, Fault::CloseAtLogin);
    let said = project.run(&["check-device", "--lab", SWITCH, "--timeout", "2"]).with(1);
    assert!(said.out.contains("✗ "), "{}", said.out);
    project.lab.stop().await;
}

/// A device of each platform that is emulated as a terminal, as it comes.
const EACH: [(&str, &str, &str); 6] = [
    ("aruba_aoscx", "hostname sw1\n", "FL.10.13.1000"),
    ("aruba_aoss", "hostname \"sw1\"\n", "WC.16.11.0028"),
    ("aruba_instant", "name ap1\n", "8.10.0.6"),
    ("cisco_iosxe", "hostname sw1\n", "17.12.04"),
    ("fortinet_fortios", "config system global\n    set hostname \"fw1\"\nend\n", "7.4.8"),
    ("juniper_junos", "set system host-name sw1\n", "21.4R3-S4.9"),
];

#[tokio::test(flavor = "multi_thread")]
async fn every_platform_tells_its_version_and_its_clock_and_is_told_from_others() {
    let library = Library::built_in().unwrap();
    let devices = EACH.iter().map(|(name, text, _)| {
        let platform = library.get(name).unwrap().platform.clone();
        let mut device = Device::new(*name, platform, *text, "samnet");
        device.password = Some("pass".to_owned().into());
        device
    });
    let lab = Lab::start(devices.collect(), Options::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ask = |device: &str, platform: &str| -> (serde_json::Value, String) {
        let host = lab.address(device).unwrap().to_string();
        let run = Command::new(env!("CARGO_BIN_EXE_samnet"))
            .args(["check-device", "--platform", platform, "--host", &host, "--user", "samnet", "--password-env", "PW"])
            .args(["--accept-new-host-key", "--format", "json", "--timeout", "5"])
            .current_dir(folder.path())
            .env("PW", "pass")
            .env("TZ", "UTC")
            .output()
            .unwrap();
        let document: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap_or_default();
        (document["devices"][0].clone(), String::from_utf8_lossy(&run.stderr).into_owned())
    };
    for (name, _, version) in EACH {
        let (said, err) = ask(name, name);
        let found = |what: &str| {
            let all = said["found"].as_array().unwrap_or_else(|| panic!("{name}: {said:#}{err}"));
            all.iter().find(|have| have["what"] == what).unwrap_or_else(|| panic!("{name}: {what}: {said:#}")).clone()
        };
        assert_eq!(found("version")["said"], version, "{name}");
        let clock = found("clock");
        assert_eq!(clock["fine"], true, "{name}: {clock}");
        assert!(!clock["said"].as_str().unwrap().contains("not known"), "{name}: {clock}");
        assert_eq!(found("platform")["fine"], true, "{name}");
    }
    // A switch that the inventory takes for another.
    let (said, err) = ask("cisco_iosxe", "aruba_aoscx");
    let first = &said["found"][0];
    assert_eq!((&first["what"], &first["fine"]), (&"platform".into(), &false.into()), "{said:#}{err}");
    assert!(first["said"].as_str().unwrap().contains("`cisco_iosxe`"), "{said:#}");
    lab.stop().await;
}
