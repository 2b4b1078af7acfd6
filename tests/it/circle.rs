//! On every platform: a change of the inventory, whichever it is, is planned and pushed in the lab, and the second plan is empty.
//! When something goes wrong on the way, the device is afterwards as it was or as intended, and the journal says which.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use samnet::apply::session::Network as Reach;
use samnet::apply::{self, Outcome, Setup, Stop};
use samnet::derive::derive;
use samnet::device::{self, Dialer, Timeouts};
use samnet::diff;
use samnet::inventory::{self, Loaded, Overlay};
use samnet::journal::{Event, Journal};
use samnet::lab::{self, Fault, Lab};
use samnet::model::Role;
use samnet::plan::{self, Address, Inputs, Reading, Stored};
use samnet::platform::Library;
use samnet::render::Renderer;
use samnet::secret::{FingerprintKey, Sealed, Vault, reveal};
use samnet::value::DeviceName;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use crate::writes::{PROJECT, ROWS, places, set};

static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| Arc::new(Library::built_in().unwrap()));

/// How long a minute lasts on an emulated device; also how long a change waits to be confirmed.
const MINUTE: Duration = Duration::from_secs(5);

/// What a platform calls its ports and uplinks, what it says to a line it does not take, and a line it may log in the
/// middle of a session.
struct Habits {
    port: &'static str,
    uplink: &'static str,
    refusal: &'static str,
    log: Option<&'static str>,
}

fn habits(platform: &str) -> Habits {
    const MARKED: &str = "% Invalid input detected at '^' marker.";
    let (port, uplink, refusal) = match platform {
        "aruba_aoscx" => ("1/1/{n}", "1/1/5{n}", "Invalid input: samnet"),
        "aruba_aoss" => ("{n}", "4{n}", "Invalid input: samnet"),
        "aruba_instant" => ("eth{n}", "eth10{n}", MARKED),
        "cisco_iosxe" => ("GigabitEthernet1/0/{n}", "TenGigabitEthernet1/1/{n}", MARKED),
        "cisco_wlc" => ("GigabitEthernet0/0/{n}", "TenGigabitEthernet0/1/{n}", MARKED),
        "fortinet_fortios" => ("port{n}", "x{n}", "command parse error before 'samnet'"),
        "frr" => ("swp{n}", "swp10{n}", MARKED),
        "juniper_junos" => ("ge-0/0/{n}", "xe-0/1/{n}", "error: syntax error"),
        "linux_nftables" => ("eth{n}", "eth10{n}", "/dev/stdin:1:1-3: Error: syntax error"),
        "openwrt" => ("lan{n}", "wan{n}", "uci: Invalid argument"),
        other => panic!("nobody knows the habits of {other}"),
    };
    let log = matches!(platform, "cisco_iosxe" | "cisco_wlc")
        .then_some("*Nov 20 14:02:11.120: %SYS-5-CONFIG_I: Configured from console by samnet on vty0");
    Habits { port, uplink, refusal, log }
}

/// A setting said: which row, which of its two values, which of its places.
type Said = (usize, bool, usize);

/// What goes wrong, with a number of lines or a time.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    None,
    Slow,
    SplitBytes,
    Log,
    Refuse(usize),
    Drop(usize),
    Reboot(usize),
    CloseAtLogin,
    Silent,
    FullDisk,
}

fn said() -> impl Strategy<Value = Vec<Said>> {
    prop::collection::vec((0..ROWS.len(), any::<bool>(), 0..3_usize), 1..7)
}

fn trouble() -> impl Strategy<Value = Trouble> {
    let lines = 0..60_usize;
    prop_oneof![
        Just(Trouble::Slow),
        Just(Trouble::SplitBytes),
        Just(Trouble::Log),
        lines.clone().prop_map(Trouble::Refuse),
        lines.clone().prop_map(Trouble::Drop),
        lines.prop_map(Trouble::Reboot),
        Just(Trouble::CloseAtLogin),
        Just(Trouble::Silent),
    ]
}

/// The project of `writes` with settings of a platform.
fn files(platform: &str, root: &Path, all: &[Said]) -> Value {
    let Habits { port, uplink, .. } = habits(platform);
    let project = PROJECT
        .replace("PLATFORM", platform)
        .replace("TenGigabitEthernet1/1/{n}", uplink)
        .replace("interface: eth0", &format!("interface: {}", port.replace("{n}", "1")));
    let project = ["swp{n}", "eth{n}", "GigabitEthernet1/0/{n}"]
        .iter()
        .fold(project, |text, name| text.replace(&format!("\"{name}\""), &format!("\"{port}\"")));
    let mut files: Value = serde_saphyr::from_str(&project).unwrap();
    let roles = &LIBRARY.get(platform).unwrap().platform.roles;
    if roles.contains(&Role::Controller) && !roles.contains(&Role::Ap) {
        let devices = files.pointer_mut("/inventory~1sites~1amal~1school.yaml/devices").unwrap();
        devices["controller-1"] = json!({ "model": "Controller" });
    }
    for (row, second, place) in all {
        let (setting, a, b, with) = ROWS[*row];
        let places = places(setting);
        let at = &places[place % places.len()];
        set(&mut files, at, with, if *second { b } else { a });
    }
    let network = files.pointer_mut("/inventory~1network.yaml").unwrap();
    let secret = |name: &str| format!("file:{}", root.join(name).display());
    network["secrets"] = json!({ "one": secret("one"), "two": secret("two"), "login": secret("login") });
    network["login"] = json!({ "user": "samnet", "methods": [{ "password": "login" }] });
    // The lab knows a device by its name.
    set(&mut files, &("policies/naming.yaml", "naming/device".to_owned()), "", "'{org}-{site}-{role}{n}'");
    files["policies/change.yaml"] = json!({ "change": { "signers": "signers", "signatures": 0, "confirm_within": MINUTE.as_secs(), "failure_budget": 1 } });
    files
}

fn load(root: &Path, files: &Value) -> Loaded {
    let texts = files.as_object().unwrap().iter();
    let overlay = Overlay(texts.map(|(path, tree)| (PathBuf::from(path), tree.to_string().into())).collect());
    inventory::load_with(root, &overlay)
}

/// The intended text of a device, secrets in the clear; nothing where the change makes no sense for it.
fn intended(root: &Path, loaded: &Loaded, name: &DeviceName) -> Option<String> {
    if !loaded.findings.is_empty() {
        return None;
    }
    let (derived, _) = derive(&loaded.network);
    let rendered = Renderer::new(&loaded.network, &derived, &LIBRARY, &[name]).device(name).ok()?;
    reveal(&rendered.text, &Vault::open(&loaded.network, root)).ok()
}

struct Stand {
    dir: tempfile::TempDir,
    lab: Lab,
    name: DeviceName,
    loaded: Loaded,
}

impl Stand {
    fn dialer(&self) -> Dialer {
        let wait = Duration::from_secs(1);
        let timeouts = Timeouts { silence: wait, prompt: wait, ..Timeouts::default() };
        let dialer = Dialer::new(self.dir.path().join("known_hosts"), timeouts);
        let address = self.lab.address(self.name.as_str()).unwrap();
        let key = self.lab.host_key(self.name.as_str()).unwrap();
        dialer.hosts().add(&address.ip().to_string(), address.port(), &key).unwrap();
        dialer
    }

    fn reach(&self) -> Reach {
        let (derived, _) = derive(&self.loaded.network);
        let vault = Vault::open(&self.loaded.network, self.dir.path());
        let address = self.lab.address(self.name.as_str()).unwrap();
        let endpoint = device::endpoint(&self.loaded.network, &derived, &self.name, &vault).unwrap();
        let endpoint = endpoint.in_lab(self.dir.path(), &address.ip().to_string(), address.port());
        let platform = Arc::clone(&LIBRARY.get(derived.devices[&self.name].platform.as_str()).unwrap().platform);
        let endpoints = BTreeMap::from([(self.name.clone(), Ok((endpoint, platform)))]);
        Reach { dialer: self.dialer(), endpoints }
    }

    fn key(&self) -> FingerprintKey {
        FingerprintKey::open(&self.dir.path().join(".samnet")).unwrap()
    }

    /// The plan, or nothing where the platform says that no commands lead there.
    async fn plan(&self) -> Option<Stored> {
        let reach = self.reach();
        let jobs = reach.endpoints.values().map(|way| way.clone().unwrap()).collect();
        let text = device::read_all(&reach.dialer, jobs, 1, |_, read| read).await.remove(0).unwrap();
        let address = self.lab.address(self.name.as_str()).unwrap();
        let address = Address { host: address.ip().to_string(), port: address.port() };
        let (derived, _) = derive(&self.loaded.network);
        let sealed = Sealed::open(&self.dir.path().join(".samnet"), true, self.name.as_str(), self.key()).unwrap();
        let plan = plan::build(&Inputs {
            network: &self.loaded.network,
            derived: &derived,
            library: &LIBRARY,
            vault: &Vault::open(&self.loaded.network, self.dir.path()),
            key: &self.key(),
            inventory: &self.loaded.digest(),
            author: "ida@prov.example",
            created: Timestamp::now(),
            target: None,
            lab: true,
            sealed: BTreeMap::from([(self.name.clone(), Arc::new(sealed))]),
            readings: BTreeMap::from([(self.name.clone(), Ok(Reading { address, text }))]),
        });
        let no_way = |reason: &String| {
            let agree = &LIBRARY.get(derived.devices[&self.name].platform.as_str()).unwrap().platform.rules.agree;
            agree.iter().any(|agree| [&agree.lacking, &agree.odd].contains(&reason))
        };
        assert!(plan.missing.iter().all(|one| no_way(&one.reason)), "{:?}", plan.missing);
        plan.missing.is_empty().then(|| Stored::new(plan))
    }

    async fn apply(&self, stored: Stored) -> Outcome {
        let (events, _seen) = mpsc::unbounded_channel();
        let (_stop, stopped) = watch::channel(Stop::No);
        let setup = Setup {
            stored: Arc::new(stored),
            library: Arc::clone(&LIBRARY),
            vault: Arc::new(Vault::open(&self.loaded.network, self.dir.path())),
            key: self.key(),
            state: self.dir.path().join(".samnet"),
            approved: Vec::new(),
            operator: "ida@prov.example".to_owned(),
            target: None,
            dial: Arc::new(self.reach()),
            clock: Timestamp::now,
        };
        let mut result = apply::run(setup, events, stopped).await.unwrap();
        assert!(result.unjournalled.is_empty(), "{:?}", result.unjournalled);
        result.devices.remove(&self.name).unwrap().outcome
    }

    /// What the journal says came of the device.
    fn journalled(&self) -> Option<String> {
        let entries = Journal::new(&self.dir.path().join(".samnet")).entries().unwrap();
        entries.into_iter().rev().find_map(|entry| match entry.event {
            Event::Outcome { outcome, .. } => Some(outcome),
            _ => None,
        })
    }

    fn running(&self) -> String {
        self.lab.running(self.name.as_str()).unwrap()
    }

    /// Waits until no timer runs on the device any more.
    async fn settle(&self) {
        let until = Instant::now() + 5 * MINUTE;
        while self.lab.timer(self.name.as_str()).is_some() && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn hurt(&self, trouble: Trouble, stored: &Stored) {
        let device = stored.plan.device(self.name.as_str());
        let commands: Vec<String> =
            device.into_iter().flat_map(|device| &device.commands).map(|step| step.text.to_string()).collect();
        let fault = match trouble {
            Trouble::None => return,
            Trouble::Slow => Fault::Slow(Duration::from_millis(20)),
            Trouble::SplitBytes => Fault::SplitBytes,
            Trouble::Log => {
                let Some(text) = device.and_then(|device| habits(&device.platform).log) else { return };
                Fault::Log { every: 2, text: text.to_owned() }
            }
            Trouble::Refuse(number) => {
                let Some(line) = commands.get(number % commands.len().max(1)) else { return };
                let answer = device.map_or("", |device| habits(&device.platform).refusal).to_owned() + "\n";
                Fault::Refuse { line: regex::Regex::new(&regex::escape(line.trim())).unwrap(), answer }
            }
            Trouble::Drop(number) => Fault::DropAfter(number),
            Trouble::Reboot(lines) => Fault::RebootAfter { lines, away: Duration::from_millis(300) },
            Trouble::CloseAtLogin => Fault::CloseAtLogin,
            Trouble::Silent => Fault::Silent,
            Trouble::FullDisk => {
                let Some(device) = device else { return };
                Fault::FullDisk(habits(&device.platform).refusal.to_owned() + "\n")
            }
        };
        self.lab.fault(self.name.as_str(), fault);
    }
}

/// Takes one device from one inventory to another; false where they make no sense for it.
async fn go(platform: &str, device: usize, first: &[Said], then: &[Said], trouble: Trouble) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    for (name, value) in [("one", "Kanarie-ett-16chr"), ("two", "Kanarie-tva-16chr"), ("login", "pass word")] {
        private(&root.join(name), value);
    }
    std::fs::create_dir_all(root.join(".samnet")).unwrap();
    let both: Vec<Said> = first.iter().chain(then).copied().collect();
    let (before, after) = (files(platform, root, first), files(platform, root, &both));
    let loaded = load(root, &after);
    let (derived, _) = derive(&loaded.network);
    let was = load(root, &before);
    // The device to try, or the next one that the change reaches.
    let kind = Arc::clone(&LIBRARY.get(platform).unwrap().platform);
    let written = |name: &&DeviceName| {
        derived.devices.get(name).is_some_and(|facts| kind.roles.is_empty() || kind.serves_as(facts.role))
    };
    let names: Vec<&DeviceName> = derived.devices.keys().filter(written).collect();
    let names = names.iter().copied().cycle().skip(device).take(names.len());
    let reached = names.filter_map(|name| {
        let (old, new) = (intended(root, &was, name)?, intended(root, &loaded, name)?);
        (old != new).then(|| (name.clone(), old))
    });
    let Some((name, old)) = reached.into_iter().next() else { return false };
    let mut served = lab::Device::new(name.as_str(), Arc::clone(&kind), old, "samnet");
    served.password = Some("pass word".to_owned().into());
    let lab = Lab::start(vec![served], lab::Options { minute: MINUTE, ..lab::Options::default() }).unwrap();
    let stand = Stand { dir, lab, name, loaded };
    let foreign = stand.lab.foreign(stand.name.as_str());
    assert!(foreign.is_empty(), "{platform} renders what its device does not know: {foreign:#?}");

    let was = stand.running();
    let Some(stored) = stand.plan().await else { return false };
    let empty = stored.plan.is_empty();
    let script = |stored: &Stored| -> String {
        let device = stored.plan.device(stand.name.as_str());
        device
            .into_iter()
            .flat_map(|device| &device.commands)
            .fold(String::new(), |text, step| text + &step.text + "\n")
    };
    let sent = script(&stored);
    stand.hurt(trouble, &stored);
    let outcome = if empty {
        Outcome::Already
    } else {
        // What goes wrong passes: a device that refuses the way back for ever stays in between, as it says.
        let passes = async {
            if matches!(trouble, Trouble::Drop(_) | Trouble::Reboot(_) | Trouble::Refuse(_)) {
                tokio::time::sleep(Duration::from_secs(2)).await;
                stand.lab.heal(stand.name.as_str());
            }
        };
        tokio::join!(stand.apply(stored), passes).0
    };
    stand.lab.heal(stand.name.as_str());
    stand.settle().await;
    let now = stand.running();
    if !empty {
        assert_eq!(stand.journalled().as_deref(), Some(outcome.word()), "{outcome:?}");
    }
    match &outcome {
        Outcome::Confirmed | Outcome::Already | Outcome::Unsaved(_) => {
            let second = stand.plan().await.unwrap();
            let rest = script(&second);
            assert!(second.plan.is_empty(), "after\n{sent}\nthere is left\n{rest}\nof\n{was}\nnow\n{now}");
            if !empty && !matches!(outcome, Outcome::Unsaved(_)) {
                assert_eq!(stand.lab.startup(stand.name.as_str()).unwrap(), now, "what runs is saved");
            }
        }
        Outcome::RolledBack(_) | Outcome::Failed(_) => {
            // Lines whose order means nothing may come back in another one.
            let left = diff::remediate(&kind, &now, &was, &diff::Options::default());
            assert!(left.commands.is_empty(), "{outcome:?} after\n{sent}\nof\n{was}\nnow\n{now}");
        }
        other => panic!("{other:?} after {trouble:?} and\n{sent}"),
    }
    if matches!(trouble, Trouble::None | Trouble::Slow | Trouble::SplitBytes | Trouble::Log) {
        assert!(outcome.is_done(), "{outcome:?} although nothing went wrong ({trouble:?}), after\n{sent}");
    }
    stand.lab.stop().await;
    true
}

fn private(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Tries changes on a platform, each with something that goes wrong or nothing.
fn circle(platform: &str, quick: u32, troubles: impl Strategy<Value = Trouble>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    // The same changes every time, so that a run can be repeated; others where somebody asks for so many.
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok());
    let cases = asked.unwrap_or(quick);
    let config = Config {
        cases,
        failure_persistence: None,
        max_shrink_iters: 40,
        max_global_rejects: cases * 400,
        ..Config::default()
    };
    let change = (0..8_usize, said(), said(), troubles);
    let mut runner = match asked {
        Some(_) => TestRunner::new(config),
        None => TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha)),
    };
    let tried = runner.run(&change, |(device, first, then, trouble)| {
        let done = runtime.block_on(go(platform, device, &first, &then, trouble));
        if done { Ok(()) } else { Err(TestCaseError::reject("no device changes")) }
    });
    if let Err(error) = tried {
        panic!("{platform}: {error}");
    }
}

/// A test for each platform that is rendered and emulated, two more for each with something that goes wrong, and one
/// that none is missing.
macro_rules! platforms {
    (whole: $($platform:ident)*; troubled: $($hurt:ident)*) => {
        mod whole {
            $(#[test] fn $platform() { super::circle(stringify!($platform), 10, super::Just(super::Trouble::None)); })*
        }
        mod troubled {
            $(#[test] fn $hurt() { super::circle(stringify!($hurt), 6, super::trouble()); })*
        }
        mod full_disk {
            $(#[test] fn $hurt() { super::circle(stringify!($hurt), 2, super::Just(super::Trouble::FullDisk)); })*
        }

        #[test]
        fn every_platform_goes_in_a_circle() {
            let mut tried = vec![$(stringify!($platform)),*];
            tried.sort_unstable();
            let emulated = |lab: &samnet::platform::lab::Lab| lab.cli.is_some() || lab.tables.is_some() || !lab.exec.is_empty();
            let whole = LIBRARY.iter().filter(|(_, entry)| entry.platform.template.is_some() && emulated(&entry.platform.lab));
            assert_eq!(whole.map(|(name, _)| name).collect::<Vec<_>>(), tried);
        }
    };
}

platforms! {
    whole: aruba_aoscx aruba_aoss aruba_instant cisco_iosxe cisco_wlc fortinet_fortios frr juniper_junos linux_nftables openwrt;
    troubled: aruba_aoscx aruba_aoss aruba_instant cisco_iosxe cisco_wlc fortinet_fortios frr juniper_junos linux_nftables openwrt
}
