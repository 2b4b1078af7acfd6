//! The lab over real SSH: with OpenSSH's client, and with our own device layer.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use russh::keys::{Algorithm, PrivateKey, PublicKey};
use samnet::device::{Credential, Device, DeviceError, Dialer, Endpoint, Timeouts};
use samnet::diff::ScriptLine;
use samnet::lab::{self, Fault, Lab, Options};
use samnet::model::Algorithms;
use samnet::platform::{Library, Platform};
use secrecy::SecretString;
use tokio::process::Command;

use crate::project::copy;

mod aruba;

const SWITCH: &str = "\
hostname sw1
archive
 path flash:samnet
vlan 10
 name STAFF
interface GigabitEthernet1/0/1
 description desk
 switchport access vlan 10
 switchport mode access
line vty 0 15
 transport input ssh
";

const TABLE: &str = "\
table inet samnet {
\tchain forward {
\t\ttype filter hook forward priority filter; policy drop;
\t\tct state established,related accept
\t}
}
";

const RADIO: &str = "\
package network

config device 'switch'
\toption name 'br-lan'
\tlist ports 'lan1'

package system

config system 'system'
\toption hostname 'ap-1'

";

const ETHERNET: &str = "\
set system host-name sw1
set vlans STAFF vlan-id 10
set interfaces ge-0/0/1 description desk
set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members STAFF
";

const WALL: &str = "\
config system global
    set hostname \"fw1\"
end
config system interface
    edit \"port1\"
        set vdom \"root\"
        set ip 10.0.0.1 255.255.255.0
    next
end
config firewall address
    edit \"staff\"
        set subnet 10.1.0.0 255.255.0.0
    next
end
config firewall policy
    edit 1
        set name \"out\"
        set srcintf \"any\"
        set dstintf \"any\"
        set action accept
        set srcaddr \"staff\"
        set dstaddr \"all\"
        set schedule \"always\"
        set service \"HTTPS\"
    next
end
";

const ROUTER: &str = "hostname r1\nservice integrated-vtysh-config\ninterface eth0\n ip address 10.0.0.1/31\nexit\n";

/// Compiling the patterns of four platforms takes longer than most tests here.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

fn platform(name: &str) -> Arc<Platform> {
    Arc::clone(&LIBRARY.get(name).unwrap().platform)
}

fn options() -> Options {
    Options { seed: Some([7; 32]), minute: Duration::from_millis(300), ..Options::default() }
}

fn device(name: &str, kind: &str, running: &str) -> lab::Device {
    let mut device = lab::Device::new(name, platform(kind), running, "samnet");
    device.password = Some("pass word".to_owned().into());
    device
}

struct Stand {
    lab: Lab,
    dialer: Dialer,
    _folder: tempfile::TempDir,
}

impl Stand {
    fn with(devices: Vec<lab::Device>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lab = Lab::start(devices, options()).unwrap();
        let timeouts =
            Timeouts { silence: Duration::from_secs(5), prompt: Duration::from_secs(5), ..Timeouts::default() };
        let dialer = Dialer::new(folder.path().join("known_hosts"), timeouts);
        for (name, address) in lab.addresses() {
            let key = lab.host_key(name).unwrap();
            dialer.hosts().add(&address.ip().to_string(), address.port(), &key).unwrap();
        }
        Self { lab, dialer, _folder: folder }
    }

    fn endpoint(&self, name: &str) -> Endpoint {
        let address = self.lab.address(name).unwrap();
        Endpoint {
            device: name.to_owned(),
            host: address.ip().to_string(),
            port: address.port(),
            user: "samnet".to_owned(),
            credentials: vec![Credential::Password(SecretString::from("pass word".to_owned()))],
            jump: None,
            algorithms: Algorithms::Modern,
            enable: None,
        }
    }

    async fn connect(&self, name: &str, kind: &str) -> Result<Device, DeviceError> {
        self.dialer.connect(&self.endpoint(name), platform(kind)).await
    }
}

fn vlans(ids: std::ops::Range<u16>) -> String {
    ids.map(|id| format!("vlan {id}\n name V{id}")).collect::<Vec<_>>().join("\n") + "\n"
}

fn lines(texts: &[(usize, &str)]) -> Vec<ScriptLine> {
    texts.iter().map(|(depth, text)| ScriptLine { depth: *depth, text: (*text).to_owned() }).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_to_each_platform_is_kept_once_confirmed() {
    let cases = [
        (
            "cisco_iosxe",
            SWITCH,
            lines(&[
                (0, "vlan 20"),
                (1, "name GUEST"),
                (0, "interface GigabitEthernet1/0/1"),
                (1, "switchport access vlan 20"),
            ]),
            " switchport access vlan 20\n",
        ),
        ("frr", ROUTER, lines(&[(0, "interface eth0"), (1, "description to the core")]), " description to the core\n"),
        (
            "linux_nftables",
            TABLE,
            lines(&[(0, "add rule inet samnet forward tcp dport 443 accept")]),
            "\t\ttcp dport 443 accept\n",
        ),
        ("openwrt", RADIO, lines(&[(0, "set system.system.hostname='ap-7'")]), "\toption hostname 'ap-7'\n"),
        ("juniper_junos", ETHERNET, lines(&[(0, "set system host-name sw7")]), "set system host-name sw7\n"),
        (
            "fortinet_fortios",
            WALL,
            lines(&[
                (0, "config firewall address"),
                (1, "edit guest"),
                (2, "set subnet 10.2.0.0 255.255.0.0"),
                (1, "next"),
                (0, "end"),
            ]),
            "        set subnet 10.2.0.0 255.255.0.0\n",
        ),
    ];
    for (kind, running, script, expected) in cases {
        let stand = Stand::with(vec![device("d1", kind, running)]);
        let mut session = stand.connect("d1", kind).await.unwrap();
        let before = session.running().await.unwrap();
        assert!(!before.contains(expected), "{kind}: {before}");
        let reverts = session.tier().reverts_alone();
        if reverts {
            session.begin(Duration::from_mins(2)).await.unwrap();
        }
        session.load(&script, &mut |_| {}).await.unwrap();
        assert_eq!(stand.lab.timer("d1").is_some(), reverts, "{kind}");
        session.close().await;

        // Over a new login, as a push is confirmed.
        let mut session = stand.connect("d1", kind).await.unwrap();
        let after = session.running().await.unwrap();
        assert!(after.contains(expected), "{kind}: {after}");
        if reverts {
            session.confirm().await.unwrap();
            assert!(stand.lab.timer("d1").is_none(), "{kind}");
        }
        session.save().await.unwrap();
        assert!(stand.lab.startup("d1").unwrap().contains(expected), "{kind}");
        session.close().await;
        stand.lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_nobody_confirms_goes_back_by_itself() {
    let cases = [
        ("cisco_iosxe", SWITCH, lines(&[(0, "no vlan 10")])),
        ("linux_nftables", TABLE, lines(&[(0, "delete table inet samnet")])),
        ("openwrt", RADIO, lines(&[(0, "delete network.switch")])),
        ("juniper_junos", ETHERNET, lines(&[(0, "delete vlans STAFF")])),
        ("fortinet_fortios", WALL, lines(&[(0, "config firewall policy"), (1, "delete 1"), (0, "end")])),
    ];
    for (kind, running, script) in cases {
        let stand = Stand::with(vec![device("d1", kind, running)]);
        let before = stand.lab.running("d1").unwrap();
        let mut session = stand.connect("d1", kind).await.unwrap();
        session.begin(Duration::from_mins(1)).await.unwrap();
        session.load(&script, &mut |_| {}).await.unwrap();
        assert_ne!(stand.lab.running("d1").unwrap(), before, "{kind}");
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(stand.lab.running("d1").unwrap(), before, "{kind}");
        if kind != "cisco_iosxe" {
            assert!(session.confirm().await.is_err(), "{kind}: confirmed what was gone");
        }
        // And at once, when asked to. One that goes back as a whole has ended every session.
        let mut session = stand.connect("d1", kind).await.unwrap();
        session.begin(Duration::from_mins(10)).await.unwrap();
        session.load(&script, &mut |_| {}).await.unwrap();
        session.abort().await.unwrap();
        assert_eq!(stand.lab.running("d1").unwrap(), before, "{kind}");
        stand.lab.stop().await;
    }
}

/// A device of tables that is asked to wait says so in its configuration, and does no more once it is told to keep.
#[tokio::test(flavor = "multi_thread")]
async fn a_firewall_of_tables_waits_goes_back_and_saves_by_itself_again() {
    let kind = "fortinet_fortios";
    let shared = WALL.replace("config firewall", "end\nconfig vdom\nedit root\nconfig firewall");
    let [before, rest] = shared.splitn(2, "end\nconfig vdom").collect::<Vec<_>>()[..] else { panic!("{shared}") };
    let parts =
        format!("config global\n{before}end\nconfig vdom{}end\n", rest.replace("end\nconfig vdom\nedit root\n", ""));
    for running in [WALL, &parts] {
        let stand = Stand::with(vec![device("d1", kind, running)]);
        let before = stand.lab.running("d1").unwrap();
        let inside = running != WALL;
        let mut script =
            vec![(0, "config firewall policy"), (1, "edit 1"), (2, "set nat enable"), (1, "next"), (0, "end")];
        if inside {
            script.splice(0..0, [(0, "config vdom"), (0, "edit root")]);
            script.push((0, "end"));
        }
        // Somebody types half of an entry and is cut off: nothing of it holds, and what held comes back.
        let mut session = stand.connect("d1", kind).await.unwrap();
        session.begin(Duration::from_mins(1)).await.unwrap();
        assert!(stand.lab.running("d1").unwrap().contains("set cfg-save revert\n"));
        session.load(&lines(&script[..script.len() - 2 - usize::from(inside)]), &mut |_| {}).await.unwrap();
        assert!(!stand.lab.running("d1").unwrap().contains("set nat enable\n"));
        stand.lab.disconnect("d1");
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(stand.lab.running("d1").unwrap(), before);

        // A line in the middle is refused: what stood before it in the same entry does not hold either.
        let mut session = stand.connect("d1", kind).await.unwrap();
        session.begin(Duration::from_mins(10)).await.unwrap();
        let mut wrong = script.clone();
        wrong.insert(script.len() - 2 - usize::from(inside), (2, "set service nothing"));
        session.load(&lines(&wrong), &mut |_| {}).await.unwrap_err();
        session.abort().await.unwrap();
        assert_eq!(stand.lab.running("d1").unwrap(), before);
        assert!(stand.lab.timer("d1").is_none());
        let mut session = stand.connect("d1", kind).await.unwrap();
        // Nothing waits now, and the device is not told to load what it runs.
        let changes = stand.lab.changes("d1");
        assert!(matches!(session.abort().await, Err(DeviceError::StepFailed { .. })));
        assert_eq!(stand.lab.changes("d1"), changes);

        session.begin(Duration::from_mins(10)).await.unwrap();
        // Two cannot wait at once.
        let mut other = stand.connect("d1", kind).await.unwrap();
        assert!(matches!(other.begin(Duration::from_mins(1)).await, Err(DeviceError::StepFailed { .. })));
        session.load(&lines(&script), &mut |_| {}).await.unwrap();
        session.close().await;
        other.confirm().await.unwrap();
        other.save().await.unwrap();
        let after = stand.lab.startup("d1").unwrap();
        assert!(
            after.contains("set nat enable\n") && !after.contains("cfg-save") && !after.contains("cfg-revert"),
            "{after}"
        );
        assert_eq!(stand.lab.running("d1").unwrap(), after);
        assert!(stand.lab.timer("d1").is_none());
        stand.lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_lost_with_a_candidate_open_locks_nobody_out() {
    let stand = Stand::with(vec![device("d1", "juniper_junos", ETHERNET)]);
    let script = lines(&[(0, "delete vlans STAFF"), (0, "set system host-name sw8")]);
    let mut session = stand.connect("d1", "juniper_junos").await.unwrap();
    session.begin(Duration::from_mins(2)).await.unwrap();
    let mut second = stand.connect("d1", "juniper_junos").await.unwrap();
    assert!(second.begin(Duration::from_mins(2)).await.is_err(), "two edit at a time");
    stand.lab.fault("d1", Fault::DropAfter(1));
    session.load(&script, &mut |_| {}).await.unwrap_err();
    stand.lab.heal("d1");
    assert_eq!((stand.lab.running("d1").unwrap(), stand.lab.timer("d1")), (ETHERNET.to_owned(), None));

    // Lost after the commit: the device waits as long as it was told to, and lets others in.
    let mut session = stand.connect("d1", "juniper_junos").await.unwrap();
    session.begin(Duration::from_mins(200)).await.unwrap();
    session.load(&script, &mut |_| {}).await.unwrap();
    stand.lab.disconnect("d1");
    assert!(stand.lab.running("d1").unwrap().starts_with("set system host-name sw8\n"));
    assert!(stand.lab.timer("d1").unwrap() > Duration::from_secs(30));
    let mut session = stand.connect("d1", "juniper_junos").await.unwrap();
    let error = session.begin(Duration::from_mins(1)).await.unwrap_err();
    assert!(error.to_string().contains("an earlier change still waits"), "{error}");
    session.abort().await.unwrap();
    assert_eq!(stand.lab.running("d1").unwrap(), ETHERNET);

    session.begin(Duration::from_mins(1)).await.unwrap();
    session.load(&script, &mut |_| {}).await.unwrap();
    stand.lab.disconnect("d1");
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(stand.lab.running("d1").unwrap(), ETHERNET);
    let mut session = stand.connect("d1", "juniper_junos").await.unwrap();
    session.begin(Duration::from_mins(1)).await.unwrap();
    session.close().await;
    stand.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_line_is_named_and_nothing_follows_it() {
    let cases = [
        ("cisco_iosxe", SWITCH, lines(&[(0, "vlan 20"), (0, "frobnicate"), (0, "vlan 30")]), 2),
        ("frr", ROUTER, lines(&[(0, "interface eth0"), (1, "ip address 10.1.2.300/24")]), 2),
        (
            "linux_nftables",
            TABLE,
            lines(&[(0, "add chain inet samnet x"), (0, "add rule inet samnet x jump nosuch")]),
            2,
        ),
        ("openwrt", RADIO, lines(&[(0, "set network.lan=interface"), (0, "set network.nosuch.a='b'")]), 2),
        ("juniper_junos", ETHERNET, lines(&[(0, "set vlans X vlan-id 7"), (0, "set vlans X vlan-id 4095")]), 2),
        (
            "fortinet_fortios",
            WALL,
            lines(&[
                (0, "config firewall policy"),
                (1, "edit 1"),
                (2, "set srcaddr nobody"),
                (2, "set comments \"vlan 30\""),
                (1, "next"),
                (0, "end"),
            ]),
            3,
        ),
    ];
    for (kind, running, script, fault) in cases {
        let stand = Stand::with(vec![device("d1", kind, running)]);
        let mut session = stand.connect("d1", kind).await.unwrap();
        let error = session.load(&script, &mut |_| {}).await.unwrap_err();
        let DeviceError::Rejected { line_no, .. } = &error else { panic!("{kind}: {error}") };
        assert_eq!(*line_no, fault, "{kind}: {error}");
        assert!(!stand.lab.running("d1").unwrap().contains("vlan 30"), "{kind}");
        stand.lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn long_output_comes_in_pages_until_asked_not_to() {
    let vlans = vlans(100..400);
    let stand = Stand::with(vec![device("d1", "cisco_iosxe", &format!("{SWITCH}{vlans}"))]);
    // Without its preparation our own reader has to answer every page.
    let mut bare = (*platform("cisco_iosxe")).clone();
    bare.session.prepare.clear();
    let mut paged = stand.dialer.connect(&stand.endpoint("d1"), Arc::new(bare)).await.unwrap();
    let mut whole = stand.connect("d1", "cisco_iosxe").await.unwrap();
    let text = whole.running().await.unwrap();
    assert!(text.contains("vlan 399\n name V399\n") && !text.contains("More"), "{text}");
    assert_eq!(paged.running().await.unwrap(), text);
    stand.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn privileged_mode_asks_for_its_secret() {
    let mut guarded = device("d1", "cisco_iosxe", SWITCH);
    guarded.enable = Some("s3cret".to_owned().into());
    let stand = Stand::with(vec![guarded]);
    let mut endpoint = stand.endpoint("d1");
    endpoint.enable = Some("s3cret".to_owned().into());
    let mut session = stand.dialer.connect(&endpoint, platform("cisco_iosxe")).await.unwrap();
    assert!(session.running().await.unwrap().contains("vlan 10"));
    stand.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_show_as_what_they_are() {
    let stand = Stand::with(vec![device("d1", "cisco_iosxe", SWITCH)]);
    let script = lines(&[(0, "vlan 20"), (0, "vlan 30")]);

    stand.lab.fault("d1", Fault::CloseAtLogin);
    let error = stand.connect("d1", "cisco_iosxe").await.err().unwrap();
    assert!(matches!(error, DeviceError::ClosedAtLogin { .. }), "{error:?}");
    stand.lab.heal("d1");

    stand.lab.fault("d1", Fault::Silent);
    let error = stand.connect("d1", "cisco_iosxe").await.err().unwrap();
    assert!(matches!(error, DeviceError::NoPrompt { .. } | DeviceError::Timeout { .. }), "{error:?}");
    stand.lab.heal("d1");

    stand.lab.fault(
        "d1",
        Fault::Refuse { line: regex::Regex::new("^vlan 30$").unwrap(), answer: "% Invalid VLAN\n".into() },
    );
    let mut session = stand.connect("d1", "cisco_iosxe").await.unwrap();
    let error = session.load(&script, &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, DeviceError::Rejected { .. }), "{error:?}");
    stand.lab.heal("d1");

    // Bytes one by one, log lines in between, slow answers: all of it is bearable.
    stand.lab.fault("d1", Fault::SplitBytes);
    stand.lab.fault("d1", Fault::Slow(Duration::from_millis(5)));
    let text = "*Nov 20 14:02:11.120: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/9, changed state to up".to_owned();
    stand.lab.fault("d1", Fault::Log { every: 1, text });
    let mut session = stand.connect("d1", "cisco_iosxe").await.unwrap();
    session.load(&lines(&[(0, "vlan 40"), (0, "vlan 50")]), &mut |_| {}).await.unwrap();
    assert!(session.running().await.unwrap().contains("vlan 20,40,50\n"));
    stand.lab.heal("d1");

    stand.lab.fault("d1", Fault::DropAfter(4));
    let mut session = stand.connect("d1", "cisco_iosxe").await.unwrap();
    let error = session.load(&script, &mut |_| {}).await.unwrap_err();
    assert!(matches!(error, DeviceError::Lost { .. } | DeviceError::ClosedAtLogin { .. }), "{error:?}");
    stand.lab.heal("d1");

    stand.lab.reboot("d1", Duration::from_millis(300));
    assert!(stand.connect("d1", "cisco_iosxe").await.is_err());
    tokio::time::sleep(Duration::from_millis(400)).await;
    let mut session = stand.connect("d1", "cisco_iosxe").await.unwrap();
    // Nothing of it was saved.
    assert!(!session.running().await.unwrap().contains("vlan 40"));

    stand.lab.change_host_key("d1").unwrap();
    let error = stand.connect("d1", "cisco_iosxe").await.err().unwrap();
    assert!(matches!(error, DeviceError::HostKeyChanged { .. }), "{error:?}");
    stand.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_a_jump_host_for_the_others() {
    let stand = Stand::with(vec![device("a", "frr", ROUTER), device("b", "cisco_iosxe", SWITCH)]);
    let mut endpoint = stand.endpoint("b");
    endpoint.jump = Some(Box::new(stand.endpoint("a")));
    let mut session = stand.dialer.connect(&endpoint, platform("cisco_iosxe")).await.unwrap();
    assert!(session.running().await.unwrap().contains("hostname sw1"));
    session.close().await;
    stand.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused() {
    let stand = Stand::with(vec![device("d1", "cisco_iosxe", SWITCH)]);
    let mut endpoint = stand.endpoint("d1");
    endpoint.credentials = vec![Credential::Password("wrong".to_owned().into())];
    let error = stand.dialer.connect(&endpoint, platform("cisco_iosxe")).await.err().unwrap();
    assert!(matches!(error, DeviceError::LoginRefused { .. }), "{error:?}");
    assert_eq!(stand.lab.logins("d1"), 0);
    stand.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn host_keys_follow_from_the_seed_and_differ_between_devices() {
    let two = || vec![device("a", "frr", ROUTER), device("b", "frr", ROUTER)];
    let first = Lab::start(two(), options()).unwrap();
    let second = Lab::start(two(), options()).unwrap();
    assert_eq!(first.host_key("a"), second.host_key("a"));
    assert_ne!(first.host_key("a"), first.host_key("b"));
    first.stop().await;
    let random = Lab::start(two(), Options { seed: None, ..options() }).unwrap();
    assert_ne!(random.host_key("a"), second.host_key("a"));
    random.stop().await;
    second.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_devices_start_answer_and_leave_nothing_behind() {
    let devices: Vec<_> = (0..200).map(|n| device(&format!("d{n:03}"), "cisco_iosxe", SWITCH)).collect();
    let started = Instant::now();
    let stand = Stand::with(devices);
    let ports: Vec<_> = stand.lab.addresses().map(|(_, address)| address).collect();
    let up = started.elapsed();
    let mut waiting = tokio::task::JoinSet::new();
    let stand = Arc::new(stand);
    for n in 0..200 {
        let stand = Arc::clone(&stand);
        waiting.spawn(async move {
            let mut session = stand.connect(&format!("d{n:03}"), "cisco_iosxe").await.unwrap();
            session.running().await.unwrap().contains("vlan 10")
        });
    }
    while let Some(read) = waiting.join_next().await {
        assert!(read.unwrap());
    }
    println!("200 devices: up in {up:?}, all read in {:?}", started.elapsed().saturating_sub(up));
    let stand = Arc::into_inner(stand).unwrap();
    tokio::time::timeout(Duration::from_secs(10), stand.lab.stop()).await.expect("the lab did not stop");
    for address in ports {
        assert!(std::net::TcpListener::bind(address).is_ok(), "{address} is still taken");
    }
}

// ---- The example: four municipalities, before and after ----

use samnet::derive::derive;
use samnet::diff;
use samnet::lab::project::{self, State};

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
    use samnet::lab::before::{Before, BeforeError};
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
    let BeforeError::Invalid { line, .. } = said("organisations:\n  amal: { vlanz: {} }\n") else { panic!() };
    assert_eq!(line, 2);
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

// ---- nftables itself ----

#[test]
fn the_emulated_firewall_prints_and_refuses_as_nft_does() {
    let nft = |arguments: &[&str], input: &str| {
        use std::io::Write as _;
        // A network namespace of its own, gone with the process.
        let mut child = std::process::Command::new("unshare")
            .args(["--net", "sh", "-c", &format!("nft {}", arguments.join(" "))])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .ok()?;
        child.stdin.take()?.write_all(input.as_bytes()).ok()?;
        let done = child.wait_with_output().ok()?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Some((text(done.stdout), text(done.stderr), done.status.code()))
    };
    if !matches!(nft(&["list", "ruleset"], ""), Some((_, _, Some(0)))) {
        println!("skipped: nft cannot be run in a network namespace here");
        return;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/platforms/linux_nftables/lab");
    let mut cases = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let script = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let (listed, said, code) = nft(&["-f", "-", "&&", "nft", "-s", "list", "ruleset"], &script).unwrap();
        let emulated = Lab::load_text(&LIBRARY.get("linux_nftables").unwrap().platform, &script);
        match emulated {
            Ok(text) => assert_eq!((text, Some(0)), (listed, code), "{name}: {said}"),
            Err(error) => {
                assert_ne!(code, Some(0), "{name}: refused by the emulation only: {error}");
                // The place and the reason; the hints the real program adds are its own.
                // So is the wording by which it says whether it or the kernel looked.
                let first = |text: &str| {
                    let line = text.lines().next().unwrap_or_default().replace("Could not process rule: ", "");
                    line.split(';').next().unwrap_or_default().to_owned()
                };
                assert_eq!(first(&error), first(&said), "{name}");
            }
        }
        cases += 1;
    }
    assert!(cases > 10, "the cases are gone");
}

// ---- OpenSSH's own client ----

fn key(folder: &Path) -> PublicKey {
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
    let file = folder.join("key");
    key.write_openssh_file(&file, russh::keys::ssh_key::LineEnding::LF).unwrap();
    key.public_key().clone()
}

async fn has_ssh() -> bool {
    let found = Command::new("ssh").arg("-V").stderr(Stdio::null()).status().await.is_ok();
    if !found {
        println!("skipped: there is no `ssh` on this machine");
    }
    found
}

/// Runs the client with some input on a terminal it asks for, or not.
async fn ssh(
    folder: &Path,
    lab: &Lab,
    name: &str,
    options: &[&str],
    command: &[&str],
    input: &str,
) -> (String, String, i32) {
    use tokio::io::AsyncWriteExt as _;
    let address = lab.address(name).unwrap();
    let hosts = folder.join("hosts");
    let line = format!("[{}]:{} {}\n", address.ip(), address.port(), lab.host_key(name).unwrap().to_openssh().unwrap());
    std::fs::write(&hosts, line).unwrap();
    let mut child = Command::new("ssh")
        .args(["-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"])
        .arg("-o")
        .arg(format!("UserKnownHostsFile={}", hosts.display()))
        .arg("-i")
        .arg(folder.join("key"))
        .args(["-o", "IdentitiesOnly=yes", "-p", &address.port().to_string()])
        .args(options)
        .arg(format!("samnet@{}", address.ip()))
        .args(command)
        .env_remove("SSH_AUTH_SOCK")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
    let done =
        tokio::time::timeout(Duration::from_secs(20), child.wait_with_output()).await.expect("ssh hangs").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(done.stdout), text(done.stderr), done.status.code().unwrap_or(-1))
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_types_into_a_switch() {
    if !has_ssh().await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let vlans = vlans(100..150);
    let mut switch = device("sw1", "cisco_iosxe", &format!("{SWITCH}{vlans}"));
    switch.keys.push(key(folder.path()));
    let lab = Lab::start(vec![switch], options()).unwrap();
    // With a terminal what is typed comes back; a typing error is wiped with backspace.
    let typed = "terminal length 0\nconf t\nint gi1/0/1\ndescripx\x08tion printer\nexit\nexit\nshow bogus\nexit\n";
    let (out, err, code) = ssh(folder.path(), &lab, "sw1", &["-tt"], &[], typed).await;
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.contains("sw1#terminal length 0\r\nsw1#conf t\r\n"), "{out}");
    assert!(
        out.contains("sw1(config-if)#descripx\x08 \x08tion printer\r\nsw1(config-if)#exit\r\nsw1(config)#exit\r\n"),
        "{out}"
    );
    assert!(out.contains("sw1#show bogus\r\n         ^\r\n% Invalid input detected at '^' marker.\r\n"), "{out}");
    assert!(lab.running("sw1").unwrap().contains(" description printer\n"));

    // Pages: the first key shows the next page, the second leaves.
    let (out, _, _) = ssh(folder.path(), &lab, "sw1", &["-tt"], &[], "show running-config\n qexit\n").await;
    assert!(out.contains("sw1#exit") && out.contains("vlan 101") && !out.contains("vlan 149"), "{out}");

    // A single command needs no terminal.
    let (out, err, code) = ssh(folder.path(), &lab, "sw1", &[], &["show", "clock"], "").await;
    assert_eq!((out.contains("UTC"), err.as_str(), code), (true, "", 0));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_runs_commands_on_a_firewall_and_an_access_point() {
    if !has_ssh().await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let public = key(folder.path());
    let mut firewall = device("fw", "linux_nftables", TABLE);
    firewall.keys.push(public.clone());
    let mut radio = device("ap", "openwrt", RADIO);
    radio.keys.push(public);
    let lab = Lab::start(vec![firewall, radio], options()).unwrap();
    let run =
        async |name: &str, command: &str, input: &str| ssh(folder.path(), &lab, name, &[], &[command], input).await;

    assert_eq!(run("fw", "nft -s list ruleset", "").await, (TABLE.to_owned(), String::new(), 0));
    let (_, err, code) = run("fw", "nft -f -", "add rule inet samnet nosuch accept\n").await;
    assert!(code == 1 && err.starts_with("/dev/stdin:1:22-27: Error: No such file or directory"), "{err}");
    assert_eq!(run("fw", "rm -rf /", "").await.2, 127);
    assert_eq!(
        run("ap", "uci export system", "").await.0,
        "package system\n\nconfig system 'system'\n\toption hostname 'ap-1'\n\n"
    );
    assert_eq!(run("ap", "uci export nosuch", "").await, (String::new(), "uci: Entry not found\n".to_owned(), 1));
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_with_an_unknown_key_stays_outside() {
    if !has_ssh().await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    key(folder.path());
    let lab = Lab::start(vec![device("sw1", "cisco_iosxe", SWITCH)], options()).unwrap();
    let (_, err, code) = ssh(folder.path(), &lab, "sw1", &[], &["show", "clock"], "").await;
    assert!(code == 255 && err.contains("Permission denied"), "{err}");
    lab.stop().await;
}
