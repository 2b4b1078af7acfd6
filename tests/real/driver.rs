//! The device layer itself on real software: prompts, pagers, pushes, confirmations, refusals.
//!
//! The devices answer only inside the site's network, so the first test starts this program again in there
//! with the second.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use samnet::device::{Credential, Device, DeviceError, Dialer, Endpoint, Timeouts};
use samnet::diff::ScriptLine;
use samnet::model::Algorithms;
use samnet::platform::Library;

use crate::needs::{Need, met};
use crate::site::{SSH_PORT, USER};
use crate::town::Town;

const KEY: &str = "SAMNET_TEST_SITE_KEY";
const HOLD: Duration = Duration::from_secs(3);

#[test]
fn the_device_layer_drives_real_devices() {
    if !met(&[Need::Site, Need::Firewall, Need::Switch, Need::Router]) {
        return;
    }
    let town = Town::start();
    let this = std::env::current_exe().unwrap();
    let mut inside = town.site.program(this.to_str().unwrap());
    inside.args(["--exact", "driver::inside_the_site", "--ignored", "--nocapture"]).env(KEY, town.site.login_key());
    for device in [&town.firewall, &town.core, &town.switch] {
        inside.env(format!("SAMNET_TEST_{}", device.name), device.address.to_string());
    }
    let output = inside.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "{said}");
    print!("{said}");
}

struct Inside {
    dialer: Dialer,
    key: PathBuf,
}

impl Inside {
    async fn connect(&self, device: &str, platform: &str) -> Device {
        let endpoint = Endpoint {
            device: device.into(),
            host: std::env::var(format!("SAMNET_TEST_{device}")).unwrap(),
            port: SSH_PORT,
            user: USER.into(),
            credentials: vec![Credential::KeyFile(self.key.clone())],
            jump: None,
            algorithms: Algorithms::Modern,
            enable: None,
        };
        let platform = Arc::clone(&Library::built_in().unwrap().get(platform).unwrap().platform);
        self.dialer.connect(&endpoint, platform).await.unwrap()
    }
}

fn script(text: &str) -> Vec<ScriptLine> {
    text.lines().map(|text| ScriptLine { depth: 0, text: text.to_owned() }).collect()
}

#[tokio::test]
#[ignore = "runs inside the site, started by the test above"]
async fn inside_the_site() {
    let key = PathBuf::from(std::env::var(KEY).unwrap());
    let dialer = Dialer::new(key.with_file_name("known_hosts"), Timeouts::all(Duration::from_secs(15)));
    let inside = Inside { dialer, key };
    router(&inside).await;
    firewall(&inside).await;
    switch(&inside).await;
}

async fn router(inside: &Inside) {
    let mut device = inside.connect("core", "frr").await;
    let before = device.running().await.unwrap();
    assert!(before.contains("service integrated-vtysh-config") && !before.contains("Building"), "{before}");

    let good = "interface swp1\n description vem? % Unknown command\n ip ospf area 0\nexit\nhostname core-router\n\
                ip prefix-list own seq 5 permit 10.0.0.0/8\nrouter ospf\n ospf router-id 10.0.0.1\nexit";
    let mut done = 0;
    device.begin(HOLD).await.unwrap();
    device.load(&script(good), &mut |n| done = n).await.unwrap();
    assert_eq!(done, good.lines().count());
    assert_eq!(device.host(), Some("core-router"), "the prompt changed on the way");
    device.save().await.unwrap();
    device.close().await;

    let mut device = inside.connect("core", "frr").await;
    let after = device.running().await.unwrap();
    assert!(after.contains("description vem? % Unknown command") && after.contains("router-id 10.0.0.1"), "{after}");

    // Long enough for a pager, if paging off had not worked, and for a feeling of the cost of a line.
    let many = (1..=400).map(|n| format!("ip prefix-list many seq {n} permit 10.{}.{}.0/24", n / 250, n % 250));
    let many: Vec<String> = many.collect();
    let begun = Instant::now();
    device.load(&script(&many.join("\n")), &mut |_| {}).await.unwrap();
    println!("router: 400 lines in {:?}", begun.elapsed());
    let text = device.running().await.unwrap();
    assert_eq!(text.lines().filter(|line| line.contains("prefix-list many")).count(), 400);

    let bad = "interface swp1\n ip address 10.1.2.300/24\n description never";
    let error = device.load(&script(bad), &mut |_| {}).await.unwrap_err();
    assert!(matches!(&error, DeviceError::Rejected { line_no: 2, .. }), "{error}");
    assert!(error.to_string().contains("10.1.2.300"), "{error}");
    assert!(!device.running().await.unwrap().contains("never"), "the session goes on after a refusal");
    assert!(matches!(device.abort().await, Err(DeviceError::Unsupported { .. })), "the caller takes this back");
    device.close().await;
    println!("router: read, pushed, saved, refused, all over its own command line");
}

async fn firewall(inside: &Inside) {
    let table = |verdict: &str| {
        script(&format!(
            "table inet samnet\ndelete table inet samnet\ntable inet samnet {{\n  chain forward {{\n    type filter hook forward \
             priority 0; policy {verdict};\n  }}\n}}"
        ))
    };
    let mut device = inside.connect("firewall", "linux_nftables").await;
    let before = device.running().await.unwrap();

    device.begin(HOLD).await.unwrap();
    device.load(&table("accept"), &mut |_| {}).await.unwrap();
    assert_ne!(device.running().await.unwrap(), before);
    // The connection breaks here, and nobody confirms.
    drop(device);
    let mut device = inside.connect("firewall", "linux_nftables").await;
    back(&mut device, &before).await;
    assert!(device.confirm().await.unwrap_err().to_string().contains("went back by itself"));

    device.begin(HOLD).await.unwrap();
    device.load(&table("accept"), &mut |_| {}).await.unwrap();
    let mut other = inside.connect("firewall", "linux_nftables").await;
    other.confirm().await.unwrap();
    other.save().await.unwrap();
    let after = other.running().await.unwrap();
    tokio::time::sleep(HOLD + Duration::from_secs(2)).await;
    assert_eq!(other.running().await.unwrap(), after);

    device.begin(HOLD).await.unwrap();
    let mut bad = table("drop");
    bad.insert(6, ScriptLine { depth: 2, text: "jump nowhere".into() });
    let error = device.load(&bad, &mut |_| {}).await.unwrap_err();
    assert!(matches!(&error, DeviceError::Rejected { command, .. } if command == "jump nowhere"), "{error}");
    device.abort().await.unwrap();
    assert_eq!(device.running().await.unwrap(), after, "the old rules stand");
    // Nothing waits any more, so the next change may begin.
    device.begin(HOLD).await.unwrap();
    device.abort().await.unwrap();
    println!("firewall: went back alone, was confirmed from another session, refused by the kernel at its line");
}

async fn switch(inside: &Inside) {
    let mut device = inside.connect("switch", "openwrt").await;
    let before = device.running().await.unwrap();
    assert!(before.contains("config device 'switch'"), "{before}");
    let good = script("set system.here=system\nset system.here.hostname='sw1'");

    device.begin(HOLD).await.unwrap();
    device.load(&good, &mut |_| {}).await.unwrap();
    drop(device);
    let mut device = inside.connect("switch", "openwrt").await;
    assert!(device.running().await.unwrap().contains("hostname 'sw1'"));
    back(&mut device, &before).await;

    device.begin(HOLD).await.unwrap();
    let error = device.load(&script("set system.here=system\nset nonsense.x"), &mut |_| {}).await.unwrap_err();
    assert!(matches!(&error, DeviceError::Rejected { line_no: 2, .. }), "{error}");
    device.abort().await.unwrap();
    assert_eq!(device.running().await.unwrap(), before);

    device.begin(HOLD).await.unwrap();
    device.load(&good, &mut |_| {}).await.unwrap();
    device.confirm().await.unwrap();
    device.save().await.unwrap();
    tokio::time::sleep(HOLD + Duration::from_secs(2)).await;
    assert!(device.running().await.unwrap().contains("hostname 'sw1'"));
    println!("switch: went back alone, refused at its line, was confirmed and stayed");
}

/// Waits until a device runs what it ran before.
async fn back(device: &mut Device, before: &str) {
    let until = Instant::now() + HOLD * 5;
    while device.running().await.unwrap() != before {
        assert!(Instant::now() < until, "it does not go back");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
