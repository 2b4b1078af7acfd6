//! The example: four municipalities, before and after.

use samnet::derive::derive;
use samnet::diff;
use samnet::lab::project::{self, State};

use super::*;
use crate::project::copy;

/// A copy of the example project.
fn example() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["inventory", "policies"] {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name), &folder.path().join(name));
    }
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn every_device_of_the_example_runs_what_was_rendered_and_before_ran_something_else() {
    let folder = example();
    let root = folder.path();
    let loaded = samnet::inventory::load(root);
    let network = &loaded.network;
    let (derived, _) = derive(network);
    project::create_missing_secrets(root, network).unwrap();
    assert_eq!(project::create_missing_secrets(root, network).unwrap(), []);
    let secrets: Vec<String> = std::fs::read_dir(root.join(".samnet/secrets"))
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap().trim().to_owned())
        .collect();
    let devices = |state| project::devices(root, network, &derived, &LIBRARY, state).unwrap();
    let intended = devices(State::Intended);
    assert_eq!(intended.len(), derived.configured().count());
    let texts: Vec<(String, Arc<Platform>, String)> = intended
        .iter()
        .map(|device| (device.name.clone(), Arc::clone(&device.platform), device.running.clone()))
        .collect();

    let options = Options { seed: Some(project::seed(root).unwrap()), ..options() };
    let after = Lab::start(intended, options).unwrap();
    let before = Lab::start(devices(State::Before), options).unwrap();
    for (name, platform, text) in &texts {
        // Nothing of it is beyond the emulated device, or it could not catch nonsense.
        assert_eq!(after.foreign(name), Vec::<String>::new(), "{name}");
        assert_eq!(before.foreign(name), Vec::<String>::new(), "{name}");
        // The device prints it in its own way, which is no change.
        let options = diff::Options::default();
        let printed = after.running(name).unwrap();
        let same = diff::remediate(platform, &printed, text, &options);
        // What it sealed nobody else can open: that counts as equal by the record of the last push alone.
        let sealed = |text: &str| secrets.iter().any(|secret| text.contains(secret) && !printed.contains(secret));
        let commands = same.commands.iter().map(|command| command.text.as_str());
        let commands: Vec<&str> = commands.filter(|text| !sealed(text)).collect();
        assert_eq!(commands, Vec::<&str>::new(), "{name}");
        let other = diff::remediate(platform, &before.running(name).unwrap(), text, &options);
        assert!(!other.commands.is_empty(), "{name} was as it is meant to be");
        // The management address was migrated first.
        let management = derived.devices[&name.parse().unwrap()].management.to_string();
        let has = |lab: &Lab| lab.running(name).unwrap().contains(&management);
        assert_eq!(has(&before), has(&after), "{name}: {management}");
    }
    before.stop().await;
    after.stop().await;
}

#[test]
fn a_lab_file_that_names_what_is_not_there_is_refused() {
    use samnet::lab::before::Before;
    let folder = example();
    let file = folder.path().join("inventory/lab.yaml");
    let loaded = samnet::inventory::load(folder.path());
    let said = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let before = Before::load(folder.path());
        before.and_then(|before| before.networks(&loaded.network).map(|_| ())).unwrap_err()
    };
    assert!(said("organisations: { amal: { vlans: { nosuch: { id: 5 } } } }").to_string().contains("`nosuch`"));
    assert!(said("organisations: { nosuch: {} }").to_string().contains("`nosuch`"));
    assert!(said("organisations: { amal: { ssids: { Nosuch: {} } } }").to_string().contains("`Nosuch`"));
    assert!(said("organisations: { amal: { without: [nosuch] } }").to_string().contains("`nosuch`"));
    assert!(said("organisations: { amal: { vlans: { staff: { id: 30 } } } }").to_string().contains("VLAN 30 is both"));
    let unread = said("organisations:\n  amal: { vlanz: {} }\n").to_string();
    assert!(unread.starts_with("inventory/lab.yaml:2:11: "), "{unread}");
}

#[test]
fn lab_up_serves_until_it_is_told_to_stop() {
    use std::io::{BufRead as _, BufReader, Read as _};
    let folder = example();
    let samnet = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_samnet"));
        command.arg("-C").arg(folder.path()).args(arguments).env_remove("SSH_AUTH_SOCK").env("HOME", folder.path());
        command
    };
    let run = |arguments: &[&str]| {
        let done = samnet(arguments).output().unwrap();
        let text = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        (text, done.status.code().unwrap_or(-1))
    };
    assert_eq!(run(&["lab", "status"]).1, 1);
    let mut up = samnet(&["lab", "up", "--port", "0"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut out = BufReader::new(up.stdout.take().unwrap());
    let mut shown = String::new();
    while !shown.contains("Ctrl-C") {
        let read = out.read_line(&mut shown).unwrap();
        if read == 0 {
            let mut error = String::new();
            up.stderr.take().unwrap().read_to_string(&mut error).unwrap();
            panic!("{shown}{error}");
        }
    }
    assert!(shown.contains("devices on 127.0.0.1, as they were before"), "{shown}");
    let (status, code) = run(&["lab", "status", "--format", "json"]);
    assert_eq!(code, 0, "{status}");
    let status: serde_json::Value = serde_json::from_str(&status).unwrap();
    let device = status["devices"].as_object().unwrap().keys().find(|name| name.ends_with("sw01")).unwrap().clone();
    let (text, code) = run(&["read", "--lab", &device]);
    assert!(code == 0 && text.contains("hostname "), "{text}");
    let (text, code) = run(&["lab", "fault", &device, "refuse", "^show running", "% Authorization failed"]);
    assert!(code == 0 && text.contains(&device), "{text}");
    let (text, code) = run(&["read", "--lab", &device]);
    assert!(code == 1 && text.contains("Authorization failed"), "{text}");
    // Nine logins of ten are closed, as the seed has it; what comes always ends with the others.
    assert_eq!(run(&["lab", "fault", &device, "heal"]).1, 0);
    assert_eq!(run(&["lab", "fault", &device, "close", "--chance", "0.9", "--seed", "3"]).1, 0);
    let read: Vec<i32> = (0..6).map(|_| run(&["read", "--lab", "--timeout", "5", &device]).1).collect();
    assert!(read.contains(&1), "{read:?}");
    assert_eq!(run(&["lab", "fault", &device, "heal"]).1, 0);
    assert_eq!(run(&["read", "--lab", &device]).1, 0);
    assert_eq!(run(&["lab", "fault", &device, "key"]).1, 0);
    let (text, code) = run(&["read", "--lab", &device]);
    assert!(code != 0 && text.contains("SHA256:"), "another key is refused: {text}");
    let (text, code) = run(&["lab", "fault", &device, "burn"]);
    assert!(code == 1 && text.contains("`burn` is no fault"), "{text}");
    let (text, code) = run(&["lab", "fault", "nobody", "silent"]);
    assert!(code == 1 && text.contains("no device is called `nobody`"), "{text}");
    let (text, code) = run(&["lab", "up", "--port", "0"]);
    assert!(code == 1 && text.contains("runs already"), "{text}");
    let (text, code) = run(&["lab", "down"]);
    assert!(code == 0, "{text}");
    assert!(up.wait().unwrap().success());
    let (text, code) = run(&["lab", "down"]);
    assert!(code == 1 && text.contains("no lab of this project runs"), "{text}");
    assert!(!folder.path().join(".samnet/lab/endpoints.json").exists());
}
