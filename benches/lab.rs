//! How long a lab takes to start, and a device in it to log in to and read.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up has nothing to measure")]

use std::sync::{Arc, LazyLock};

use divan::Bencher;
use samnet::device::{Credential, Dialer, Endpoint, Timeouts};
use samnet::lab::{Device, Lab, Options};
use samnet::model::Algorithms;
use samnet::platform::Library;
use secrecy::SecretString;

fn main() {
    divan::main();
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

/// An access switch with 48 ports, some 300 lines.
fn switch(name: &str) -> Device {
    let mut text = String::from("hostname sw1\nvlan 10\n name STAFF\n");
    for port in 1..=48 {
        let number = port.to_string();
        text.extend(["interface GigabitEthernet1/0/", &number, "\n description desk ", &number, "\n"]);
        text += " switchport access vlan 10\n";
        text += " switchport mode access\n spanning-tree portfast\n";
    }
    let platform = Arc::clone(&LIBRARY.get("cisco_iosxe").unwrap().platform);
    let mut device = Device::new(name, platform, text, "samnet");
    device.password = Some(SecretString::from("secret".to_owned()));
    device
}

fn devices(count: usize) -> Vec<Device> {
    (0..count).map(|number| switch(&format!("d{number:04}"))).collect()
}

#[divan::bench(args = [1, 100, 600], sample_count = 5, sample_size = 1)]
fn start_and_stop(bencher: Bencher, count: usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    bencher.with_inputs(|| devices(count)).bench_values(|devices| {
        runtime.block_on(async { Lab::start(devices, Options::default()).unwrap().stop().await });
    });
}

#[divan::bench(args = [1, 100, 600], sample_count = 5, sample_size = 1)]
fn log_in_and_read_all(bencher: Bencher, count: usize) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let lab = runtime.block_on(async { Lab::start(devices(count), Options::default()).unwrap() });
    let hosts = folder.path().join("known_hosts");
    let mut text = String::new();
    for (name, address) in lab.addresses() {
        let host = samnet::device::host_name(&address.ip().to_string(), address.port());
        text.extend([host.as_str(), " ", &lab.host_key(name).unwrap().to_openssh().unwrap(), "\n"]);
    }
    std::fs::write(&hosts, text).unwrap();
    let dialer = Dialer::new(hosts, Timeouts::default());
    let platform = Arc::clone(&LIBRARY.get("cisco_iosxe").unwrap().platform);
    bencher.bench(|| {
        runtime.block_on(async {
            let mut reads = tokio::task::JoinSet::new();
            for (name, address) in lab.addresses() {
                let endpoint = Endpoint {
                    device: name.to_owned(),
                    host: address.ip().to_string(),
                    port: address.port(),
                    user: "samnet".to_owned(),
                    credentials: vec![Credential::Password(SecretString::from("secret".to_owned()))],
                    jump: None,
                    algorithms: Algorithms::Modern,
                    enable: None,
                };
                let (dialer, platform) = (dialer.clone(), Arc::clone(&platform));
                reads.spawn(async move {
                    let mut device = dialer.connect(&endpoint, platform).await.unwrap();
                    device.running().await.unwrap().len()
                });
            }
            while let Some(read) = reads.join_next().await {
                assert!(read.unwrap() > 5000);
            }
        });
    });
    runtime.block_on(lab.stop());
}
