//! The steps of a safe push that each platform's data gives, taken one by one on the real thing: what is not
//! confirmed goes back by itself, what is confirmed stays, and what the device refuses changes nothing.

use std::sync::Arc;
use std::time::Duration;

use samnet::platform::session::{Fill, Step};
use samnet::platform::{Library, Platform};

use crate::needs::{Need, met};
use crate::site::{Device, Ended, Site, wait_for};
use crate::town::Town;

/// Long enough to load and look, short enough to wait for.
const HOLD: Duration = Duration::from_secs(3);

struct Push<'s> {
    site: &'s Site,
    device: &'s Device,
    platform: Arc<Platform>,
}

impl<'s> Push<'s> {
    fn on(site: &'s Site, device: &'s Device, platform: &str) -> Self {
        let platform = Arc::clone(&Library::built_in().unwrap().get(platform).unwrap().platform);
        Self { site, device, platform }
    }

    /// Takes steps until one fails; the last one's outcome.
    fn take(&self, steps: &[Step], id: &str, script: &str) -> Ended {
        let fill = Fill { hold: HOLD, id: id.to_owned() };
        let mut last = Ended { code: Some(0), stdout: String::new(), stderr: String::new() };
        for step in steps {
            let stdin = if step.script { script } else { "" };
            last = self.site.ssh(self.device, &step.text(&fill), stdin);
            let said = format!("{}{}", last.stdout, last.stderr);
            let wrong = step.expect.as_ref().is_some_and(|expect| !expect.is_match(&said))
                || step.refuse.as_ref().is_some_and(|refuse| refuse.is_match(&said));
            if wrong {
                last.code = None;
            }
            if last.code != Some(0) {
                break;
            }
        }
        last
    }

    fn load(&self, script: &str) -> Ended {
        self.site.ssh(self.device, self.platform.transaction.load.command.as_ref().unwrap(), script)
    }

    /// Everything up to the point where the device waits for a confirmation.
    fn push(&self, id: &str, script: &str) {
        let transaction = &self.platform.transaction;
        for (what, ended) in [
            ("require", self.take(&transaction.require, id, script)),
            ("check", self.take(&transaction.check, id, script)),
            ("begin", self.take(&transaction.begin, id, script)),
            ("load", self.load(script)),
            ("end", self.take(&transaction.end, id, script)),
        ] {
            assert_eq!(ended.code, Some(0), "{what}: {ended:?}");
        }
    }

    fn running(&self) -> String {
        let commands = &self.platform.session.read.commands;
        commands.iter().map(|command| self.site.ssh(self.device, command, "").stdout).collect()
    }

    /// Walks through every way a push can end.
    fn every_end(&self, script: &str, bad: &str, holds: impl Fn() -> bool) {
        let transaction = &self.platform.transaction;
        let before = self.running();

        self.push("aa", script);
        let after = self.running();
        assert_ne!(before, after);
        assert!(holds(), "the change works");
        wait_for("the device to go back by itself", HOLD * 4, || self.running() == before && !holds());
        let late = self.take(&transaction.confirm, "aa", "");
        assert_ne!(late.code, Some(0), "a confirmation that comes too late is told so");
        assert!(late.stderr.contains("went back by itself"), "{late:?}");
        println!("{}: what nobody confirms goes back by itself", self.platform.title);

        self.push("bb", script);
        let second = self.take(&transaction.begin, "cc", script);
        assert_ne!(second.code, Some(0), "two changes at once are refused: {second:?}");
        assert_eq!(self.take(&transaction.confirm, "bb", "").code, Some(0));
        assert_eq!(self.take(&transaction.confirm, "bb", "").code, Some(0), "confirming twice is confirming");
        std::thread::sleep(HOLD + Duration::from_secs(2));
        assert_eq!(self.running(), after);
        assert!(holds(), "what is confirmed stays");
        assert_eq!(self.take(&transaction.save, "bb", "").code, Some(0));
        println!("{}: what is confirmed stays", self.platform.title);

        assert_eq!(self.take(&transaction.begin, "dd", bad).code, Some(0));
        let refused = self.load(bad);
        assert_ne!(refused.code, Some(0), "{refused:?}");
        let said = format!("{}{}", refused.stdout, refused.stderr);
        let located = transaction.load.located.as_ref().unwrap().captures(&said).and_then(|found| found.name("line"));
        assert_eq!(located.map(|line| line.as_str()), Some("2"), "{said}");
        let aborted = self.take(&transaction.abort, "dd", "");
        assert_eq!(aborted.code, Some(0), "{aborted:?}");
        assert_eq!(self.running(), after, "a refused script leaves nothing behind");
        assert_eq!(self.take(&transaction.require, "ee", "").code, Some(0), "nothing stays staged");
        println!("{}: what is refused says where, and changes nothing", self.platform.title);
    }
}

#[test]
fn nftables_goes_back_by_itself() {
    if !met(&[Need::Site, Need::Firewall, Need::Switch, Need::Router]) {
        return;
    }
    let town = Town::start();
    let push = Push::on(&town.site, &town.firewall, "linux_nftables");
    let rules = |verdict: &str| {
        format!(
            "table inet samnet\ndelete table inet samnet\ntable inet samnet {{\n  set admins {{ type ipv4_addr; flags interval; \
             elements = {{ 10.0.0.0/24 }}; }}\n  chain input {{ type filter hook input priority 0; policy accept; \
             ip saddr @admins tcp dport 22 accept; icmp type echo-request counter {verdict}; }}\n}}\n"
        )
    };
    // Somebody else's table stands beside ours, and stays.
    town.site.on(
        "firewall",
        &format!("nft -f - <<'RULES'\ntable ip other {{ chain c {{ accept; }}; }}\n{}RULES", rules("drop")),
    );
    let bad = "table inet samnet { chain x { }; }\nadd rule inet samnet x jump nowhere\n";
    let answers = || town.site.try_on("firewall", "ping -qc1 -W1 127.0.0.1").code == Some(0);
    push.every_end(&rules("accept"), bad, answers);

    let check = push.take(&push.platform.transaction.check, "ff", bad);
    assert_ne!(check.code, Some(0), "the dry run asks the kernel too: {check:?}");
    let after = push.running();
    town.site.on("firewall", "nft delete table inet samnet; nft -f /etc/nftables.d/samnet.nft");
    assert_eq!(
        town.site.on("firewall", "nft -s list table inet samnet"),
        after[after.find("table inet samnet").unwrap()..]
    );
    println!("what was saved loads back to the same table");
}

#[test]
fn uci_goes_back_by_itself() {
    if !met(&[Need::Site, Need::Firewall, Need::Switch, Need::Router]) {
        return;
    }
    let town = Town::start();
    let push = Push::on(&town.site, &town.switch, "openwrt");
    for host in ["host1", "host2"] {
        crate::packets::address(&town.site, host, &format!("10.0.10.1{}/24", &host[4..]), "10.0.10.1");
    }
    let script = "set network.vlan10=bridge-vlan\nset network.vlan10.device=switch\nset network.vlan10.vlan=10\n\
                  add_list network.vlan10.ports=lan1:u*\nset system.here=system\nset system.here.hostname=sw1\n";
    let apart = || !crate::packets::pings(&town.site, "host1", "10.0.10.12");
    push.every_end(script, "set system.here.hostname=x\nset nonsense.x\n", apart);

    town.site.on("switch", "uci set system.here.hostname=staged");
    let staged = push.take(&push.platform.transaction.require, "ff", "");
    assert_eq!(staged.code, None, "somebody else's staged change is not taken along: {staged:?}");
    println!("somebody else's staged change is seen before anything is sent");
}
