//! The lab over real SSH: with OpenSSH's client, and with our own device layer.

use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use samnet::device::{Credential, Device, DeviceError, Dialer, Endpoint, Timeouts};
use samnet::diff::ScriptLine;
use samnet::lab::{self, Fault, Lab, Options};
use samnet::model::Algorithms;
use samnet::platform::{Library, Platform};
use secrecy::SecretString;

mod aruba;
mod crowd;
mod example;
mod nft;
mod openssh;

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

    // Nobody gets in while it starts; who asks is let in after that.
    let begun = Instant::now();
    stand.lab.reboot("d1", Duration::from_millis(300));
    let mut session = stand.connect("d1", "cisco_iosxe").await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(300), "{:?}", begun.elapsed());
    // Nothing of it was saved.
    assert!(!session.running().await.unwrap().contains("vlan 40"));

    stand.lab.change_host_key("d1").unwrap();
    let error = stand.connect("d1", "cisco_iosxe").await.err().unwrap();
    assert!(matches!(error, DeviceError::HostKeyChanged { .. }), "{error:?}");
    stand.lab.heal("d1");
    assert!(stand.connect("d1", "cisco_iosxe").await.is_ok(), "its own key is back");
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
