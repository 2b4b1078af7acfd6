//! `check-device`: what it finds out, and what keeps a push from being safe.

use samnet::lab::Fault;

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
