//! What the command lines must do, without SSH in between.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use super::dialect::Dialect;
use super::machine::{Config, Machine};
use super::session::{End, Session, Terms};
use super::{lines, nft};
use crate::platform::Library;

/// A device's minute, so short that its timer can be waited for.
const MINUTE: Duration = Duration::from_millis(60);

/// Compiling the patterns of four platforms takes longer than most tests here.
static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

struct Desk {
    session: Session,
    machine: Machine,
}

impl Desk {
    fn at(platform: &str, running: &str) -> Self {
        let library = &*LIBRARY;
        let platform = &library.get(platform).unwrap().platform;
        let dialect = Arc::new(Dialect::new(platform.lab.cli.as_ref().unwrap()).unwrap());
        let config = match dialect.cli.candidate {
            Some(_) => Config::Paths(Arc::clone(&dialect), Arc::new(super::session::staged::load(&dialect, running))),
            None => Config::Lines(Arc::clone(&dialect), lines::Section::load(&dialect, running)),
        };
        let machine = Machine::new("sw1".to_owned(), config);
        let session =
            Session::new(dialect, Terms { enable: None, minute: MINUTE, user: "samnet".to_owned() }, &machine);
        Self { session, machine }
    }

    /// Types lines; gives what was printed, and the prompt last.
    fn types(&mut self, lines: &[&str]) -> String {
        let mut out = String::new();
        for line in lines {
            self.machine.settle();
            out.push_str(&self.session.line(&mut self.machine, line).text);
        }
        out + &self.session.prompt(&self.machine)
    }

    fn running(&self) -> String {
        self.machine.running().text()
    }
}

const SWITCH: &str = "\
hostname sw1
archive
 path flash:samnet
vlan 10
 name STAFF
vlan 20
interface GigabitEthernet1/0/1
 description desk
 switchport access vlan 10
 switchport mode access
interface TenGigabitEthernet1/1/1
 switchport mode trunk
 switchport trunk allowed vlan 10,20
interface Vlan10
 ip address 10.0.10.1 255.255.255.0
 ip access-group OLD in
ip access-list extended OLD
 permit ip any host 10.0.0.1
 deny ip any any log
";

#[test]
fn modes_follow_the_sections() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    assert_eq!(desk.types(&["conf t"]), "Enter configuration commands, one per line.  End with CNTL/Z.\nsw1(config)#");
    assert_eq!(desk.types(&["int gi1/0/1", "desc printer"]), "sw1(config-if)#");
    // A line of another section leads there from inside the first.
    assert_eq!(desk.types(&["vlan 30"]), "sw1(config-vlan)#");
    assert_eq!(desk.types(&["exit"]), "sw1(config)#");
    assert_eq!(desk.types(&["hostname a-name-longer-than-twenty"]), "a-name-longer-than-t(config)#");
    assert_eq!(desk.types(&["end"]), "a-name-longer-than-twenty#");
    assert!(desk.running().contains("interface GigabitEthernet1/0/1\n description printer\n"));
}

const ETHERNET: &str = "\
set system host-name sw1
set vlans STAFF vlan-id 10
set vlans GUEST vlan-id 20
set interfaces ge-0/0/1 description \"a desk\"
set interfaces ge-0/0/1 unit 0 family ethernet-switching interface-mode access
set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members STAFF
set firewall family inet filter F term a then accept
set firewall family inet filter F term b then discard
";

#[test]
fn a_candidate_is_edited_compared_and_committed_as_a_whole() {
    let mut desk = Desk::at("juniper_junos", ETHERNET);
    assert_eq!(desk.running(), ETHERNET);
    let out = desk.types(&["configure exclusive"]);
    assert!(out.ends_with("Entering configuration mode\n\n[edit]\nsamnet@sw1# "), "{out}");
    let silent = "\n[edit]\nsamnet@sw1# ";
    let typed = [
        "set system host-name sw2",
        "delete vlans GUEST",
        "set vlans VOICE vlan-id 30 description \"x\"",
        "set vlans VOICE vlan-id 30",
        "set interfaces ge-0/0/1 unit 0 family ethernet-switching interface-mode trunk",
        "insert firewall family inet filter F term b before term a",
        "deactivate interfaces ge-0/0/1 unit 0",
        "rename vlans STAFF to PEOPLE",
    ];
    for line in typed {
        let out = desk.types(&[line]);
        assert_eq!(out == silent, !line.contains("30 desc"), "{line}: {out}");
    }
    assert_eq!(desk.running(), ETHERNET, "nothing runs before it is committed");
    let changes = desk.types(&["show | compare"]);
    for part in [
        "[edit system]\n-   host-name sw1;\n+   host-name sw2;\n",
        "!   inactive: unit 0\n",
        "+   VOICE {\n+       vlan-id 30;\n+   }\n",
    ] {
        assert!(changes.contains(part), "{changes}");
    }
    assert_eq!(desk.types(&["commit check"]), format!("configuration check succeeds\n{silent}"));
    assert_eq!(desk.types(&["commit comment \"done\""]), "commit complete\n\n[edit]\nsamnet@sw2# ");
    assert_eq!(
        desk.running(),
        "set system host-name sw2\nset vlans PEOPLE vlan-id 10\nset vlans VOICE vlan-id 30\n\
         set interfaces ge-0/0/1 description \"a desk\"\n\
         set interfaces ge-0/0/1 unit 0 family ethernet-switching interface-mode trunk\n\
         set interfaces ge-0/0/1 unit 0 family ethernet-switching vlan members STAFF\n\
         set firewall family inet filter F term b then discard\nset firewall family inet filter F term a then accept\n\
         deactivate interfaces ge-0/0/1 unit 0\n"
    );
    desk.types(&["rollback 1", "commit"]);
    assert_eq!(desk.running(), ETHERNET);
    assert_eq!(desk.types(&["rollback 7"]), "error: rollback configuration does not exist\n\n[edit]\nsamnet@sw1# ");
    // In braces, as a person asks for it.
    let shown = desk.types(&["exit", "show configuration"]);
    assert!(shown.contains("vlans {\n    STAFF {\n        vlan-id 10;\n    }\n"), "{shown}");
    assert!(shown.contains("        filter F {\n            term a {\n                then accept;\n"), "{shown}");
    let set = desk.types(&["show configuration | display set | match vlans | no-more"]);
    assert_eq!(set, "set vlans STAFF vlan-id 10\nset vlans GUEST vlan-id 20\n\nsamnet@sw1> ");
}

#[test]
fn a_candidate_says_what_is_wrong_with_a_line() {
    let mut desk = Desk::at("juniper_junos", ETHERNET);
    assert_eq!(desk.types(&["bogus"]), "            ^\nunknown command.\n\nsamnet@sw1> ");
    assert_eq!(desk.types(&["show bogus"]), "                 ^\nsyntax error.\n\nsamnet@sw1> ");
    let after = "\n[edit]\nsamnet@sw1# ";
    desk.types(&["configure"]);
    assert_eq!(desk.types(&["frobnicate"]), format!("            ^\nunknown command.\n{after}"));
    assert_eq!(
        desk.types(&["set vlans X vlan-id 4095"]),
        format!("                                ^\nsyntax error.\n{after}")
    );
    assert!(desk.types(&["set vlans X vlan-id"]).contains("missing argument."));
    assert!(desk.types(&["delete interfaces ge-0/0/1 unit"]).contains("missing argument."));
    assert_eq!(desk.types(&["delete vlans X"]), format!("warning: statement not found\n{after}"));
    assert!(desk.types(&["rename vlans STAFF to GUEST"]).contains("already exists"));
}

#[test]
fn who_edits_alone_keeps_others_out_and_loses_what_is_not_committed() {
    let mut desk = Desk::at("juniper_junos", ETHERNET);
    let mut other = Session::new(desk.session.dialect(), desk.session.terms(), &desk.machine);
    desk.types(&["configure exclusive", "set system host-name sw9"]);
    let refused = other.line(&mut desk.machine, "configure exclusive").text;
    assert!(refused.starts_with("error: configuration database locked by:"), "{refused}");
    assert_eq!(other.prompt(&desk.machine), "\nsamnet@sw1> ");
    // Without the lock one may look, not change.
    other.line(&mut desk.machine, "configure");
    for line in ["set system host-name sw8", "commit", "rollback 0"] {
        assert!(other.line(&mut desk.machine, line).text.contains("locked by"), "{line}");
    }
    other.line(&mut desk.machine, "exit");
    let asked = desk.types(&["exit configuration-mode"]);
    assert!(asked.ends_with("Discard uncommitted changes? [yes,no] (yes) "), "{asked}");
    assert!(desk.types(&["no"]).ends_with("[edit]\nsamnet@sw1# "));
    assert!(desk.types(&["exit", "yes"]).ends_with("Exiting configuration mode\n\nsamnet@sw1> "));
    other.line(&mut desk.machine, "configure exclusive");
    other.line(&mut desk.machine, "set system host-name sw7");
    // A connection that breaks off gives the lock back, and what it had not committed is gone.
    drop(other);
    desk.types(&["configure exclusive", "commit"]);
    assert_eq!(desk.running(), ETHERNET);
}

#[test]
fn a_commit_nobody_confirms_is_taken_back() {
    let mut desk = Desk::at("juniper_junos", ETHERNET);
    let out = desk.types(&["configure exclusive", "set system host-name sw9", "commit confirmed 1 comment \"x\""]);
    assert!(
        out.contains("rolled back in 1 minutes unless confirmed\ncommit complete\n\n[edit]\nsamnet@sw9# "),
        "{out}"
    );
    assert!(desk.types(&["exit", "show system commit"]).contains("rollback in 1mins"));
    std::thread::sleep(MINUTE);
    assert!(!desk.types(&["show system commit"]).contains("rollback in"));
    assert_eq!(desk.running(), ETHERNET);
    assert!(desk.session.news(&desk.machine).is_some_and(|news| news.contains("automatic rollback complete")));
    // What was taken back is one step behind.
    desk.types(&["configure exclusive", "rollback 1", "commit", "exit"]);
    assert!(desk.running().starts_with("set system host-name sw9\n"));
    for confirm in ["commit", "commit check"] {
        let lines =
            ["configure exclusive", "set system host-name sw5", "commit confirmed 1", "exit", "configure exclusive"];
        desk.types(&lines);
        desk.types(&[confirm, "exit"]);
        std::thread::sleep(MINUTE);
        assert!(desk.types(&["show version"]).ends_with("samnet@sw5> "), "{confirm}");
        desk.types(&["configure exclusive", "set system host-name sw1", "commit", "exit"]);
    }
    // One that waits does not survive a restart, one that was committed does.
    desk.types(&["configure exclusive", "set system host-name sw4", "commit confirmed 9"]);
    desk.machine.reboot();
    assert!(desk.running().starts_with("set system host-name sw1\n"));
}

#[test]
fn errors_mark_the_place_under_the_prompt() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    assert_eq!(desk.types(&["show bogus"]), "         ^\n% Invalid input detected at '^' marker.\n\nsw1#");
    assert_eq!(desk.types(&["show"]), "% Incomplete command.\n\nsw1#");
    let out = desk.types(&["configure terminal", "interface Gi1/0/1", "switchport access vlan 4095"]);
    assert!(
        out.ends_with(
            "\n                                      ^\n% Invalid input detected at '^' marker.\n\nsw1(config-if)#"
        ),
        "{out}"
    );
    assert!(desk.types(&["s"]).contains("% Ambiguous command:  \"s\""));
    let mut router = Desk::at("frr", "hostname r1\n");
    assert_eq!(router.types(&["show bogus"]), "% Unknown command: show bogus\nr1# ");
    assert_eq!(router.types(&["configure terminal", "ip route"]), "% Command incomplete: ip route\nr1(config)# ");
}

#[test]
fn a_value_overwrites_and_a_negation_needs_none() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    desk.types(&["conf t", "interface GigabitEthernet1/0/1", "switchport access vlan 20", "no description whatever"]);
    assert!(desk.running().contains("1/0/1\n switchport access vlan 20\n switchport mode access\n"));
    desk.types(&["switchport access vlan 1", "shutdown", "no shutdown"]);
    assert!(desk.running().contains("1/0/1\n switchport mode access\n"));
    // A filter is taken off by its own name only.
    desk.types(&["interface Vlan10", "no ip access-group NEW in"]);
    assert!(desk.running().contains(" ip access-group OLD in\n"));
    desk.types(&["no ip access-group OLD in"]);
    assert!(!desk.running().contains("access-group"));
}

#[test]
fn trunk_lists_are_added_to_removed_from_and_collapsed() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    let list = |desk: &Desk| {
        let text = desk.running();
        text.lines()
            .filter_map(|line| line.trim().strip_prefix("switchport trunk allowed vlan ").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    desk.types(&["conf t", "interface TenGigabitEthernet1/1/1", "switchport trunk allowed vlan add 11-13,30"]);
    assert_eq!(list(&desk), ["10-13,20,30"]);
    desk.types(&["switchport trunk allowed vlan remove 12"]);
    assert_eq!(list(&desk), ["10,11,13,20,30"]);
    desk.types(&["no switchport trunk allowed vlan"]);
    assert_eq!(list(&desk), Vec::<String>::new());
    // Without a list every VLAN is carried, so adding one changes nothing.
    desk.types(&["switchport trunk allowed vlan add 40"]);
    assert_eq!(list(&desk), Vec::<String>::new());
    desk.types(&["switchport trunk allowed vlan none", "switchport trunk allowed vlan add 40"]);
    assert_eq!(list(&desk), ["40"]);
    let many = (1..30).map(|n| (n * 7).to_string()).collect::<Vec<_>>().join(",");
    desk.types(&[&format!("switchport trunk allowed vlan {many}")]);
    assert!(list(&desk).len() > 1 && list(&desk)[1].starts_with("add "));
}

#[test]
fn empty_vlans_are_printed_together_and_removed_alone() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    desk.types(&["conf t", "vlan 21,22,30"]);
    assert!(desk.running().contains("vlan 20-22,30\n"), "{}", desk.running());
    desk.types(&["no vlan 21"]);
    assert!(desk.running().contains("vlan 20,22,30\n"));
    assert!(desk.types(&["no vlan 1"]).contains("may not be deleted"));
    // A port that names a VLAN which is not there makes it.
    let out = desk.types(&["interface GigabitEthernet1/0/1", "switchport access vlan 77"]);
    assert!(out.starts_with("% Access VLAN does not exist. Creating vlan 77\n"));
    assert!(desk.running().contains("vlan 20,22,30,77\n"));
}

#[test]
fn list_entries_are_numbered_inserted_and_renumbered() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    let entries = |desk: &Desk| {
        let text = desk.running();
        let list = text.split("ip access-list extended OLD\n").nth(1).unwrap();
        list.lines().take_while(|line| line.starts_with(' ')).map(str::trim).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(entries(&desk), ["10 permit ip any host 10.0.0.1", "20 deny ip any any log"]);
    desk.types(&["conf t", "ip access-list extended OLD", "15 permit tcp any any eq 443", "permit udp any any"]);
    assert_eq!(
        entries(&desk),
        [
            "10 permit ip any host 10.0.0.1",
            "15 permit tcp any any eq 443",
            "20 deny ip any any log",
            "30 permit udp any any"
        ]
    );
    assert_eq!(desk.types(&["15 deny udp any any"]), "% Duplicate sequence number\nsw1(config-ext-nacl)#");
    // An entry that is there already changes nothing, wherever it is asked for.
    desk.types(&["5 permit udp any any", "no 10", "no permit tcp any any eq 443"]);
    assert_eq!(entries(&desk), ["20 deny ip any any log", "30 permit udp any any"]);
    desk.types(&["exit", "ip access-list resequence OLD 100 5"]);
    assert_eq!(entries(&desk), ["100 deny ip any any log", "105 permit udp any any"]);
    assert!(desk.types(&["ip access-list extended OLD", "permit tcp any"]).contains("% Incomplete"));
    assert!(desk.types(&["permit tcp any any eq"]).contains("% Incomplete"));
    assert!(desk.types(&["permit nonsense any any"]).contains("% Invalid input"));
}

#[test]
fn lists_built_up_by_several_commands_are_one_line() {
    let mut desk = Desk::at("cisco_iosxe", "hostname sw1\nip dhcp snooping vlan 20,30\n");
    desk.types(&["conf t", "ip dhcp snooping vlan 21,22", "no ip dhcp snooping vlan 30"]);
    assert!(desk.running().contains("ip dhcp snooping vlan 20-22\n"), "{}", desk.running());
    desk.types(&["no ip dhcp snooping vlan 20-22"]);
    assert!(!desk.running().contains("snooping"));
}

#[test]
fn negations_that_show_and_defaults_that_hide() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    desk.types(&[
        "conf t",
        "no ip http server",
        "no ip domain lookup",
        "ip http secure-server",
        "interface Vlan10",
        "no ip redirects",
    ]);
    let text = desk.running();
    assert!(
        text.contains("no ip domain lookup\n") && text.contains("no ip http server\nip http secure-server\n"),
        "{text}"
    );
    assert!(text.contains(
        "interface Vlan10\n ip address 10.0.10.1 255.255.255.0\n ip access-group OLD in\n no ip redirects\n"
    ));
    desk.types(&["ip redirects", "no ip address", "ip domain lookup"]);
    let text = desk.running();
    assert!(!text.contains("redirects") && !text.contains("lookup") && text.contains(" no ip address\n"), "{text}");
}

#[test]
fn physical_ports_stay_and_routed_ports_lose_their_switchport_lines() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    assert!(desk.types(&["conf t", "no interface Gi1/0/1"]).contains("not permitted"));
    desk.types(&["interface Gi1/0/1", "no switchport", "ip address 10.1.1.0 255.255.255.254"]);
    assert!(
        desk.running().contains("1/0/1\n description desk\n no switchport\n ip address 10.1.1.0 255.255.255.254\n")
    );
    desk.types(&["no interface Vlan10"]);
    assert!(!desk.running().contains("Vlan10"));
    assert!(desk.types(&["interface Gi1/0/1", "ip address 10.1.1.0 255.0.255.0"]).contains("% Invalid input"));
}

#[test]
fn banners_span_lines() {
    let mut desk = Desk::at("cisco_iosxe", "hostname sw1\nbanner login ^C\nold text\n^C\n");
    assert!(desk.running().contains("banner login ^C\nold text\n^C\n"), "{}", desk.running());
    let out = desk.types(&["conf t", "banner login ^C", "no hostname", "^C", "hostname sw2"]);
    assert!(
        out.contains("Enter TEXT message.  End with the character '^C'.") && out.ends_with("sw2(config)#"),
        "{out}"
    );
    assert!(desk.running().contains("banner login ^C\nno hostname\n^C\n"));
    desk.types(&["no banner login"]);
    assert!(!desk.running().contains("banner"));
}

#[test]
fn questions_wait_for_an_answer() {
    let mut desk = Desk::at("cisco_iosxe", "hostname sw1\nusername a secret 9 x\n");
    let asked = desk.types(&["conf t", "no username a"]);
    assert!(asked.ends_with("Do you want to continue? [confirm]"), "{asked}");
    desk.types(&["n"]);
    assert!(desk.running().contains("username a"));
    desk.types(&["no username a", ""]);
    assert!(!desk.running().contains("username a"));
    assert!(desk.types(&["end", "copy run start"]).ends_with("Destination filename [startup-config]? "));
    assert!(desk.types(&[""]).contains("[OK]"));
    assert_eq!(desk.machine.startup().text(), desk.running());
}

#[test]
fn an_unconfirmed_change_goes_back_by_itself() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    let before = desk.running();
    let none = "%No Rollback Confirmed Change pending\n";
    assert!(desk.types(&["show archive config rollback timer"]).starts_with(none));
    let out = desk.types(&["configure terminal revert timer 2", "no vlan 20", "end"]);
    assert!(out.contains("in 2 minutes"), "{out}");

    assert!(desk.types(&["show archive config rollback timer"]).starts_with("Time until rollback: 2 minutes"));
    assert_ne!(desk.running(), before);
    std::thread::sleep(MINUTE * 2);
    assert!(desk.types(&["show archive config rollback timer"]).starts_with(none));
    assert_eq!(desk.running(), before);
    assert!(desk.session.news(&desk.machine).unwrap().contains("ROLLBACK_START"));

    desk.types(&["configure terminal revert timer 2", "no vlan 20", "end"]);
    let after = desk.running();
    assert!(desk.types(&["configure confirm"]).contains("CONFIRM"));
    std::thread::sleep(MINUTE * 3);
    desk.types(&["show clock"]);
    assert_eq!(desk.running(), after);

    desk.types(&["configure terminal revert timer 2", "vlan 99", "end"]);
    assert!(desk.types(&["configure revert now"]).contains("Rollback Done"));
    assert_eq!(desk.running(), after);
    assert!(desk.types(&["configure confirm"]).starts_with(none));
}

#[test]
fn a_timer_needs_an_archive() {
    let mut desk = Desk::at("cisco_iosxe", "hostname sw1\n");
    assert!(desk.types(&["show archive"]).starts_with("Archive feature not enabled\n"));
    assert!(desk.types(&["configure terminal revert timer 5"]).ends_with("sw1#"));
}

#[test]
fn the_saved_configuration_is_its_own() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    desk.types(&["conf t", "vlan 99", "end"]);
    assert!(!desk.types(&["show startup-config"]).contains("99"));
    assert_eq!(desk.types(&["wr mem"]), "Building configuration...\n[OK]\nsw1#");
    assert!(desk.types(&["show startup-config"]).contains("99"));
    let whole = desk.types(&["do show run"]);
    assert!(whole.contains("% Invalid input"), "`do` belongs to configuration modes: {whole}");
    let whole = desk.types(&["conf t", "do sh run"]);
    assert!(whole.contains("Current configuration : ") && whole.contains("\nend\n"));
}

#[test]
fn a_secret_guards_privileged_mode() {
    let mut desk = Desk::at("cisco_iosxe", SWITCH);
    let dialect = desk.session_dialect();
    desk.session = Session::new(
        dialect,
        Terms { enable: Some("s3".to_owned().into()), minute: Duration::from_mins(1), user: "samnet".to_owned() },
        &desk.machine,
    );
    assert_eq!(desk.types(&[]), "sw1>");
    assert!(desk.types(&["show running-config"]).contains("% Invalid input"));
    assert_eq!(desk.types(&["enable"]), "Password: ");
    assert_eq!(desk.types(&["wrong"]), "% Access denied\nsw1>");
    assert_eq!(desk.types(&["enable", "s3"]), "sw1#");
    assert_eq!(desk.session.line(&mut desk.machine, "exit").end, End::Close);
}

#[test]
fn a_list_goes_away_with_all_its_entries() {
    let mut desk = Desk::at(
        "frr",
        "hostname r1\nip prefix-list A seq 10 permit 10.0.0.0/8\nip prefix-list A seq 20 permit any\nip prefix-list AB seq 5 deny any\n",
    );
    assert!(desk.types(&["configure terminal", "ip prefix-list A"]).contains("% Command incomplete"));
    desk.types(&["no ip prefix-list A seq 20 permit any"]);
    assert!(desk.running().contains("list A seq 10") && !desk.running().contains("seq 20"));
    desk.types(&["no ip prefix-list A"]);
    assert_eq!(desk.running(), "hostname r1\nip prefix-list AB seq 5 deny any\n");
}

#[test]
fn the_router_prints_as_the_real_one() {
    let mut desk =
        Desk::at("frr", "frr version 8.4.4\nfrr defaults traditional\nhostname r1\nservice integrated-vtysh-config\n");
    desk.types(&[
        "configure terminal",
        "interface eth0",
        "description uplink",
        "ip address 10.1.2.3/24",
        "ip ospf area 0",
        "ip ospf cost 10",
        "exit",
    ]);
    desk.types(&[
        "router ospf",
        "ospf router-id 10.0.0.1",
        "passive-interface default",
        "no passive-interface eth0",
        "exit",
        "no ip forwarding",
    ]);
    desk.types(&["ip route 198.51.100.0/24 Null0", "interface eth9", "end"]);
    let text = desk.types(&["show running-config"]);
    let text = text.strip_suffix("r1# ").unwrap();
    assert_eq!(
        text,
        "Building configuration...\n\nCurrent configuration:\n!\nfrr version 8.4.4\nfrr defaults traditional\nhostname r1\n\
         no ip forwarding\nservice integrated-vtysh-config\nip route 198.51.100.0/24 Null0\n!\ninterface eth0\n description uplink\n \
         ip address 10.1.2.3/24\n ip ospf area 0\nexit\n!\nrouter ospf\n ospf router-id 10.0.0.1\n passive-interface default\n \
         no passive-interface eth0\nexit\n!\nend\n"
    );
    // Reading it back gives the same.
    let again = Desk::at("frr", text);
    assert_eq!(again.running(), desk.running());
}

#[test]
fn what_is_printed_loads_to_itself() {
    let desk = Desk::at("cisco_iosxe", SWITCH);
    let text = desk.running();
    assert_eq!(Desk::at("cisco_iosxe", &text).running(), text);
    let Config::Lines(_, root) = desk.machine.running() else { panic!() };
    assert_eq!(root.foreign(), Vec::<String>::new());
}

#[test]
fn lines_nobody_knows_are_kept_and_told() {
    let desk = Desk::at("cisco_iosxe", "hostname sw1\nfrobnicate all\n deeply indeed\n");
    let Config::Lines(_, root) = desk.machine.running() else { panic!() };
    assert_eq!(root.foreign(), ["frobnicate all", "deeply indeed"]);
    assert!(desk.running().contains("frobnicate all\n deeply indeed\n"), "{}", desk.running());
}

impl Desk {
    fn session_dialect(&self) -> Arc<Dialect> {
        let Config::Lines(dialect, _) = self.machine.running() else { panic!() };
        Arc::clone(dialect)
    }
}

fn ruleset() -> nft::Ruleset {
    let library = &*LIBRARY;
    let statements = nft::Statements::new(&library.get("linux_nftables").unwrap().platform.lab.statements).unwrap();
    nft::Ruleset::new(Arc::new(statements))
}

const TABLE: &str = "\
table inet samnet {
\tset admin {
\t\ttype ipv4_addr
\t\tflags interval
\t\telements = { 10.0.5.0/24, 10.0.10.0/24 }
\t}

\tchain forward {
\t\ttype filter hook forward priority filter; policy drop;
\t\tct state established,related accept
\t\tip saddr @admin tcp dport { 80, 443 } accept comment \"admin web\"
\t\tiifname \"lan10\" jump from_lan
\t}

\tchain from_lan {
\t\ttcp dport 22 accept
\t}
}
";

#[test]
fn a_ruleset_loads_to_itself_and_is_replaced_as_one() {
    let mut rules = ruleset();
    rules.apply(TABLE).unwrap();
    assert_eq!(rules.text(), TABLE);
    let replace = format!("table inet samnet\ndelete table inet samnet\n{}", TABLE.replace("dport 22", "dport ssh"));
    rules.apply(&replace).unwrap();
    assert_eq!(rules.text(), TABLE);
}

#[test]
fn a_script_with_a_fault_changes_nothing() {
    let mut rules = ruleset();
    rules.apply(TABLE).unwrap();
    for (script, said) in [
        ("add rule inet samnet forward accept\nadd rule inet samnet forward bogus 7\n", "/dev/stdin:2:"),
        ("add rule inet samnet forward jump nosuch\n", "Could not process rule: No such file or directory"),
        ("add rule inet samnet forward ip saddr @nosuch accept\n", "1:39-45: Error: No such file or directory"),
        ("add rule inet nosuch forward accept\n", "1:15-20: Error: No such file or directory"),
        ("delete chain inet samnet from_lan\n", "1:26-33: Error: Could not process rule: Device or resource busy"),
        ("delete set inet samnet admin\n", "1:24-28: Error: Could not process rule: Device or resource busy"),
        ("delete table inet nosuch\n", "1:19-24: Error: Could not process rule: No such file or directory"),
        ("add rule inet samnet forward tcp dport 99999 accept\n", "1:40-44: Error: Service out of range"),
        ("add rule inet samnet forward ip saddr 10.0.0.300 accept\n", "1:39-48: Error: Could not resolve hostname"),
        ("create table inet samnet\n", "1:19-24: Error: Could not process rule: File exists"),
        ("table inet samnet {\n chain forward {\n", "syntax error, unexpected end of file"),
    ] {
        let error = rules.apply(script).expect_err(script);
        assert!(error.contains(said), "{script}{error}");
        assert_eq!(rules.text(), TABLE, "{script}");
    }
}

#[test]
fn elements_and_rules_change_one_by_one() {
    let mut rules = ruleset();
    rules.apply(TABLE).unwrap();
    rules
        .apply("add element inet samnet admin { 10.0.7.0/24 }; delete element inet samnet admin { 10.0.5.0/24 }\ninsert rule inet samnet from_lan counter\nflush chain inet samnet forward\ndelete chain inet samnet from_lan\n")
        .unwrap();
    let text = rules.text();
    assert!(text.contains("elements = { 10.0.7.0/24, 10.0.10.0/24 }") && !text.contains("from_lan"), "{text}");
}

#[test]
fn lines_are_held_until_they_are_committed() {
    let mut desk =
        Desk::at("aruba_instant", "name klunga\nwlan ssid-profile A\n essid A\n wpa-passphrase hemligt-ord\n");
    let was = desk.running();
    let said = desk.types(&["configure terminal", "wlan ssid-profile B"]);
    assert!(said.ends_with("sw1 (SSID Profile \"B\") # "), "{said}");
    desk.types(&["essid B", "end"]);
    assert_eq!(desk.running(), was);
    assert!(desk.types(&["show uncommitted-config"]).contains("wlan ssid-profile B\n essid B\n"));
    desk.types(&["commit revert", "commit apply"]);
    assert_eq!(desk.running(), was);
    desk.types(&["configure terminal", "wlan ssid-profile B", "essid B", "end", "commit apply no-save"]);
    assert!(desk.running().contains("wlan ssid-profile B\n enable\n index 1\n essid B\n"), "{}", desk.running());
    assert!(!desk.machine.startup().text().contains("profile B"));
    // More than the device takes at once.
    desk.types(&["configure terminal"]);
    let many: Vec<String> = (0..200).map(|n| format!("allowed-ap 00:00:5e:00:53:{n:02x}")).collect();
    let said = desk.types(&many.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(said.contains("Error: uncommitted changes exceed 4096 bytes"), "{said}");
}

#[test]
fn secrets_are_shown_in_another_form_each_time() {
    let mut desk = Desk::at("aruba_instant", "wlan ssid-profile A\n essid A\n wpa-passphrase hemligt-ord\n");
    desk.types(&["no paging"]);
    assert!(desk.types(&["show running-config no-encrypt"]).contains(" wpa-passphrase hemligt-ord\n"));
    let (one, two) = (desk.types(&["show running-config"]), desk.types(&["show running-config"]));
    assert!(one.contains(" wpa-passphrase ") && !one.contains("hemligt") && one != two, "{one}{two}");
}
