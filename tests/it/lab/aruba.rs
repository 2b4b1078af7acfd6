//! Switches that go back to a checkpoint, or start again from what was saved, unless told otherwise in time.

use super::openssh::{has_ssh, key, ssh};
use super::*;

const AOSCX: &str = "\
hostname sw1
vlan 1
vlan 10
    name STAFF
interface 1/1/1
    no shutdown
    no routing
    vlan access 10
interface 1/1/2
    no shutdown
    no routing
    vlan trunk native 1
    vlan trunk allowed 10
";

const AOSS: &str = "\
hostname \"sw1\"
trunk 7-8 trk1 lacp
interface 1
   name \"desk\"
   exit
vlan 1
   name \"DEFAULT_VLAN\"
   no untagged 1-3,Trk1
   untagged 4-6
   no ip address
   exit
vlan 10
   name \"STAFF\"
   untagged 1-3
   tagged Trk1
   ip address 10.0.0.2 255.255.255.0
   exit
";

/// A change of everything, and a line that shows it.
fn change(kind: &str) -> (Vec<ScriptLine>, &'static str) {
    match kind {
        "aruba_aoscx" => (
            lines(&[
                (0, "vlan 20"),
                (1, "name GUEST"),
                (0, "interface 1/1/1"),
                (1, "vlan access 20"),
                (0, "interface 1/1/2"),
                (1, "vlan trunk allowed 20"),
                (1, "no vlan trunk allowed 10"),
            ]),
            "    vlan access 20\n",
        ),
        "aruba_aoss" => (
            lines(&[
                (0, "vlan 20"),
                (1, "name GUEST"),
                (1, "untagged 1,4"),
                (1, "tagged Trk1"),
                (0, "vlan 10"),
                (1, "no tagged Trk1"),
                (0, "interface 1"),
                (1, "disable"),
            ]),
            "vlan 20\n   name \"GUEST\"\n   untagged 1,4\n   tagged Trk1\n   exit\n",
        ),
        other => panic!("{other}"),
    }
}

const SWITCHES: [(&str, &str); 2] = [("aruba_aoscx", AOSCX), ("aruba_aoss", AOSS)];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_confirmed_over_a_new_login_stays() {
    for (kind, running) in SWITCHES {
        let stand = Stand::with(vec![device("d1", kind, running)]);
        let (script, shows) = change(kind);
        let mut session = stand.connect("d1", kind).await.unwrap();
        session.begin(Duration::from_mins(2)).await.unwrap();
        session.load(&script, &mut |_| {}).await.unwrap();
        session.close().await;
        assert!(stand.lab.timer("d1").is_some(), "{kind}");
        let mut session = stand.connect("d1", kind).await.unwrap();
        assert!(session.running().await.unwrap().contains(shows), "{kind}");
        session.confirm().await.unwrap();
        assert!(stand.lab.timer("d1").is_none(), "{kind}");
        session.save().await.unwrap();
        assert!(stand.lab.startup("d1").unwrap().contains(shows), "{kind}");
        stand.lab.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_confirms_goes_back_and_what_is_aborted_at_once() {
    for (kind, running) in SWITCHES {
        let stand = Stand::with(vec![device("d1", kind, running)]);
        let before = stand.lab.running("d1").unwrap();
        let (script, _) = change(kind);
        let mut session = stand.connect("d1", kind).await.unwrap();
        session.begin(Duration::from_mins(1)).await.unwrap();
        session.load(&script, &mut |_| {}).await.unwrap();
        // The connection is lost before anybody confirms.
        stand.lab.fault("d1", Fault::DropAfter(1));
        assert!(session.running().await.is_err(), "{kind}");
        stand.lab.heal("d1");
        assert_ne!(stand.lab.running("d1").unwrap(), before, "{kind}");
        settle(&stand, &before).await;
        let mut session = again(&stand, kind).await;
        assert!(session.confirm().await.is_err(), "{kind}: confirmed what was gone");

        session.begin(Duration::from_mins(10)).await.unwrap();
        session.load(&script, &mut |_| {}).await.unwrap();
        session.abort().await.unwrap();
        settle(&stand, &before).await;
        assert!(stand.lab.timer("d1").is_none(), "{kind}: the timer runs on");
        stand.lab.stop().await;
    }
}

/// Logs in to a device that may be starting again.
async fn again(stand: &Stand, kind: &str) -> Device {
    for _ in 0..50 {
        if let Ok(session) = stand.connect("d1", kind).await {
            return session;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{kind} does not come back");
}

/// Waits until the device runs a text, for as long as its timers take.
async fn settle(stand: &Stand, text: &str) {
    for _ in 0..200 {
        if stand.lab.running("d1").unwrap() == text {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the device runs {}", stand.lab.running("d1").unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_line_is_named_with_what_the_device_says() {
    for (kind, running) in SWITCHES {
        let stand = Stand::with(vec![device("d1", kind, running)]);
        let mut session = stand.connect("d1", kind).await.unwrap();
        let script = lines(&[(0, "vlan 20"), (0, "frobnicate 7"), (0, "vlan 30")]);
        let error = session.load(&script, &mut |_| {}).await.unwrap_err();
        let DeviceError::Rejected { line_no, .. } = &error else { panic!("{kind}: {error}") };
        assert_eq!(*line_no, 2, "{kind}");
        assert!(error.to_string().contains("Invalid input: frobnicate"), "{kind}: {error}");
        assert!(!stand.lab.running("d1").unwrap().contains("vlan 30"), "{kind}");
        let error = session.load(&lines(&[(0, "no vlan 1")]), &mut |_| {}).await.unwrap_err();
        assert!(matches!(error, DeviceError::Rejected { .. }), "{kind}: {error}");
        stand.lab.stop().await;
    }
}

/// A port is in some VLAN whatever is taken from it, and what a port is not it says nothing of.
#[tokio::test(flavor = "multi_thread")]
async fn aoscx_ports_change_their_kind() {
    let stand = Stand::with(vec![device("d1", "aruba_aoscx", AOSCX)]);
    let mut session = stand.connect("d1", "aruba_aoscx").await.unwrap();
    for (script, expected) in [
        (lines(&[(0, "interface 1/1/1"), (1, "no vlan access 10")]), "    no routing\n    vlan access 1\n"),
        (
            lines(&[(0, "interface 1/1/1"), (1, "vlan trunk native 10"), (1, "vlan trunk allowed 1,10")]),
            "    no routing\n    vlan trunk native 10\n    vlan trunk allowed 1,10\n",
        ),
        (lines(&[(0, "interface 1/1/1"), (1, "vlan trunk allowed all")]), "native 10\n    vlan trunk allowed all\n"),
        (
            lines(&[(0, "interface 1/1/1"), (1, "routing"), (1, "ip address 10.0.0.1/31")]),
            "interface 1/1/1\n    no shutdown\n    ip address 10.0.0.1/31\n",
        ),
        (
            lines(&[(0, "interface 1/1/1"), (1, "no routing"), (1, "vlan access 10")]),
            "interface 1/1/1\n    no shutdown\n    no routing\n    vlan access 10\n",
        ),
        (lines(&[(0, "interface 1/1/1"), (1, "lag 3")]), "interface 1/1/1\n    no shutdown\n    lag 3\n"),
        (
            lines(&[
                (0, "access-list ip A"),
                (1, "10 permit tcp any any eq ssh"),
                (1, "20 deny any any any"),
                (1, "10 permit tcp any any eq https"),
                (0, "access-list ip A resequence 5 5"),
            ]),
            "access-list ip A\n    5 permit tcp any any eq https\n    10 deny any any any\n",
        ),
    ] {
        session.load(&script, &mut |_| {}).await.unwrap();
        let text = session.running().await.unwrap();
        assert!(text.contains(expected), "{text}");
    }
    let error = session.load(&lines(&[(0, "interface 1/1/2"), (1, "vlan access 99")]), &mut |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("VLAN 99 does not exist"), "{error}");
    stand.lab.stop().await;
}

/// VLANs share the ports out among them: none is nowhere, a port of a group is in none itself.
#[tokio::test(flavor = "multi_thread")]
async fn aoss_ports_are_in_some_vlan() {
    let stand = Stand::with(vec![device("d1", "aruba_aoss", AOSS)]);
    let mut session = stand.connect("d1", "aruba_aoss").await.unwrap();
    let text = session.running().await.unwrap();
    assert!(text.contains("trunk 7-8 trk1 lacp\n") && text.contains("spanning-tree trk1 priority 4\n"), "{text}");
    for (script, expected) in [
        (
            lines(&[(0, "vlan 20"), (1, "untagged 2-4")]),
            "   no untagged 1-4,Trk1\n   untagged 5-6\n   no ip address\n   exit\nvlan 10\n   name \"STAFF\"\n   untagged 1\n",
        ),
        (
            lines(&[(0, "vlan 20"), (1, "tagged 2"), (1, "no untagged 3")]),
            "   no untagged 1-2,4,Trk1\n   untagged 3,5-6\n",
        ),
        (lines(&[(0, "no vlan 20")]), "   no untagged 1,Trk1\n   untagged 2-6\n"),
        (lines(&[(0, "trunk 5-6 trk2 trunk")]), "trunk 7-8 trk1 lacp\n"),
        (lines(&[(0, "vlan 10"), (1, "tagged Trk2")]), "   no untagged 1,Trk1\n   untagged 2-4,Trk2\n"),
        (lines(&[(0, "vlan 1"), (1, "no untagged Trk2")]), "   no untagged 1,Trk1-Trk2\n   untagged 2-4\n"),
        (lines(&[(0, "no trunk 5-6")]), "   no untagged 1,Trk1\n   untagged 2-6\n"),
        (lines(&[(0, "vlan 1"), (1, "no untagged 2")]), "   untagged 2-6\n"),
    ] {
        session.load(&script, &mut |_| {}).await.unwrap();
        let text = session.running().await.unwrap();
        assert!(text.contains(expected), "{expected:?} in {text}");
    }
    stand.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aoscx_speaks_as_the_real_one() {
    if !has_ssh().await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut switch = device("sw1", "aruba_aoscx", AOSCX);
    switch.keys.push(key(folder.path()));
    let lab = Lab::start(vec![switch], options()).unwrap();
    let typed =
        "no page\nconfigure terminal\nvlan 10\ninterface 1/1/1\nfrobnicate\nvlan\nend\nshow running-config\nexit\n";
    let (out, err, code) = ssh(folder.path(), &lab, "sw1", &["-tt"], &[], typed).await;
    assert_eq!(code, 0, "{out}{err}");
    for expected in [
        "sw1(config)# vlan 10\r\nsw1(config-vlan-10)# interface 1/1/1\r\n",
        "sw1(config-if)# frobnicate\r\nInvalid input: frobnicate\r\n",
        "sw1(config-if)# vlan\r\n% Command incomplete.\r\n",
        "sw1# show running-config\r\nCurrent configuration:\r\n!\r\n!Version ArubaOS-CX ",
        "interface 1/1/1\r\n    no shutdown\r\n    no routing\r\n    vlan access 10\r\n",
    ] {
        assert!(out.contains(expected), "{expected:?} in {out}");
    }
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn aoss_speaks_as_the_real_one() {
    if !has_ssh().await {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut switch = device("sw1", "aruba_aoss", AOSS);
    switch.keys.push(key(folder.path()));
    let lab = Lab::start(vec![switch], options()).unwrap();
    let typed =
        "\nno page\nconfigure terminal\nvlan 10\ninterface 1\nfrobnicate\nvlan\nend\nshow running-config\nlogout\ny";
    let (out, err, code) = ssh(folder.path(), &lab, "sw1", &["-tt"], &[], typed).await;
    assert_eq!(code, 0, "{out}{err}");
    for expected in [
        "Press any key to continue",
        "sw1(config)# vlan 10\r\nsw1(vlan-10)# interface 1\r\n",
        "sw1(eth-1)# frobnicate\r\nInvalid input: frobnicate\r\n",
        "sw1(eth-1)# vlan\r\nIncomplete input: vlan\r\n",
        "sw1# show running-config\r\nRunning configuration:\r\n\r\n; JL322A Configuration Editor; ",
        "vlan 10\r\n   name \"STAFF\"\r\n   untagged 1-3\r\n   tagged Trk1\r\n   ip address 10.0.0.2 255.255.255.0\r\n   exit\r\n",
        "sw1# logout\r\nDo you want to log out (y/n)? y",
    ] {
        assert!(out.contains(expected), "{expected:?} in {out}");
    }
    lab.stop().await;
}
