//! The compiled program against real daemons: pinned host keys, logins, and reading that writes nothing.

use crate::needs::{Need, met};
use crate::site::{Device, Ended, SSH_PORT, Site, USER};
use crate::town::Town;

/// Runs `samnet` in a folder, in the site's network, with an environment of its own.
pub(crate) fn samnet(site: &Site, folder: &std::path::Path, args: &[&str]) -> Ended {
    let mut command = site.program(env!("CARGO_BIN_EXE_samnet"));
    // Nothing of whoever runs the tests may decide: no agent, no keys in a home folder, no colours.
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder);
    command.current_dir(folder).args(args).output().unwrap().into()
}

fn read(town: &Town, folder: &std::path::Path, platform: &str, device: &Device, more: &[&str]) -> Ended {
    let host = format!("{}:{SSH_PORT}", device.address);
    let key = town.site.login_key().display().to_string();
    let args = [&["read", "--platform", platform, "--host", &host, "--user", USER, "--key", &key], more].concat();
    samnet(&town.site, folder, &args)
}

#[test]
fn reading_real_devices_changes_nothing_and_believes_no_new_key() {
    if !met(&[Need::Site, Need::Firewall, Need::Switch, Need::Router]) {
        return;
    }
    let town = Town::start();
    let site = &town.site;
    let folder = tempfile::tempdir().unwrap();
    site.on(
        "firewall",
        "nft 'table inet samnet { chain forward { type filter hook forward priority 0; counter accept; }; }'",
    );
    let long = (1..=60).fold(String::new(), |text, n| text + &format!(" -c 'ip route 10.{n}.0.0/16 blackhole'"));
    site.on("core", &format!("vtysh -c 'configure terminal'{long}"));

    let state = || {
        // The router's own shell keeps a history of what was typed, as shells do.
        let files = "find /etc /run /tmp -newer /etc/hostname -type f ! -name '*.log' ! -name .history_frr ! -path '/run/openvswitch/*' | sort | xargs -r md5sum";
        let mut state = town.site.on("core", &format!("{files}; vtysh -c 'show running-config'"));
        state += &town.site.on("firewall", &format!("{files}; nft -s list ruleset"));
        state += &town.site.on("switch", &format!("{files}; uci export; uci changes"));
        state.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let before = state();
    for (platform, device, own) in [
        ("frr", &town.core, "vtysh -c 'show running-config'"),
        ("linux_nftables", &town.firewall, "nft -s list ruleset"),
        ("openwrt", &town.switch, "uci export network"),
    ] {
        let unknown = read(&town, folder.path(), platform, device, &[]);
        assert_eq!(unknown.code, Some(1), "{unknown:?}");
        assert!(unknown.stderr.contains("SHA256:") && unknown.stderr.contains("samnet trust"), "{unknown:?}");
        let host = format!("{}:{SSH_PORT}", device.address);
        let print = site.device_file(&device.name, "etc/ssh/host_key.pub");
        let print = site.sh(&format!("ssh-keygen -lf {}", print.display()));
        let print = print.split(' ').nth(1).unwrap();
        let wrong = samnet(
            site,
            folder.path(),
            &["trust", &host, "--fingerprint", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
        );
        assert_eq!(wrong.code, Some(1), "{wrong:?}");
        let trusted = samnet(site, folder.path(), &["trust", &host, "--fingerprint", print]);
        assert_eq!(trusted.code, Some(0), "{trusted:?}");
        let said = read(&town, folder.path(), platform, device, &[]);
        assert_eq!(said.code, Some(0), "{said:?}");
        let talk = ["", "Building configuration...", "Current configuration:"];
        for line in site.on(&device.name, own).lines().filter(|line| !talk.contains(line)) {
            assert!(
                said.stdout.lines().any(|have| have == line),
                "{platform}: {line:?} is missing in\n{}",
                said.stdout
            );
        }
        assert!(!said.stdout.contains("--More--"), "{}", said.stdout);
        println!("{platform}: an unpinned key is refused; once trusted, every line is read");
    }
    let after = state();
    let changed: Vec<&String> = after.iter().filter(|line| !before.contains(line)).collect();
    assert!(
        changed.is_empty() && before.len() == after.len(),
        "reading changes neither a file nor what runs: {changed:?}"
    );
    println!("reading left every file and every running configuration as it was");

    site.sh(&format!(
        "kill $(ss -Hltnp src {}:{SSH_PORT} | sed 's/.*pid=\\([0-9]*\\).*/\\1/'); rm {}*",
        town.core.address,
        site.device_file("core", "etc/ssh/host_key").display()
    ));
    site.restart_ssh(&town.core);
    let changed = read(&town, folder.path(), "frr", &town.core, &["--accept-new-host-key"]);
    assert_eq!(changed.code, Some(1), "{changed:?}");
    assert!(changed.stderr.contains("key"), "{changed:?}");
    println!("another host key than the pinned one is refused: {}", changed.stderr.lines().next().unwrap_or_default());
}
