//! Hosts that do not want us: a forced command that is no shell, a password that has expired, a daemon that is full,
//! a login that takes its time. Each ends with a message that says what happened, or goes on once it can.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::needs::{Need, met};
use crate::site::{Device, Ended, SSH_PORT, Site, USER, wait_for, write_program};

const SHELL: &str = include_str!("devices/shell.sh");

/// The command line that reads a device with the site's key.
fn arguments<'a>(platform: &'a str, host: &'a str, key: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let own = ["read", "--platform", platform, "--host", host, "--user", USER, "--key", key, "--accept-new-host-key"];
    [&own, more].concat()
}

fn read(site: &Site, folder: &Path, device: &Device, platform: &str, more: &[&str]) -> Ended {
    let (host, key) = (format!("{}:{SSH_PORT}", device.address), site.login_key().display().to_string());
    crate::reading::samnet(site, folder, &arguments(platform, &host, &key, more))
}

/// A device on which whoever logs in gets this script; what the program says of it, driven by commands and by prompts.
fn forced(site: &mut Site, name: &str, script: &str) -> [Ended; 2] {
    let device = site.device(name, script);
    let folder = tempfile::tempdir().unwrap();
    ["linux_nftables", "frr"].map(|platform| read(site, folder.path(), &device, platform, &["--timeout", "3"]))
}

#[test]
fn a_forced_command_that_is_no_shell_is_no_configuration() {
    if !met(&[Need::Site]) {
        return;
    }
    let mut site = Site::start();
    let said = "This account is currently not available.";
    for ended in forced(&mut site, "nologin", &format!("#!/bin/sh\necho '{said}'\nexit 1\n")) {
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.stderr.contains(said), "{ended:?}");
    }
    // It ignores what it was asked, and says that all is well.
    let greeting = "Welcome to the gateway of Dalsland";
    for ended in forced(&mut site, "gateway", &format!("#!/bin/sh\necho '{greeting}'\n")) {
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.stderr.contains(greeting), "{ended:?}");
    }
    let menu = "#!/bin/sh\nprintf '1) status\\n2) restart\\nYour choice: '\nread choice\necho \"no such choice: $choice\"\nsleep 60\n";
    for ended in forced(&mut site, "menu", menu) {
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
        assert!(ended.stderr.contains("3 s") && ended.stderr.contains("--timeout"), "{ended:?}");
    }
    println!("what a forced command says is told, and never taken for a configuration");
}

/// Of the password `hemligt`.
const HASH: &str = "$6$samnet$rRxXs0EnD4w5Ykv3eh.IHBeTpFpPDgR0yEakx/GMTuXmCQKTEWDVkOkJqYRsITnmVt3WPBYrUBzavLpyRU7wG1";

#[test]
fn an_expired_password_is_told_and_never_changed() {
    if !met(&[Need::Site, Need::Passwords]) {
        return;
    }
    let mut site = Site::start();
    let folder = tempfile::tempdir().unwrap();
    // Each way to ask for a password, and each way to notice that it has expired.
    for (name, settings) in [
        ("asks", "UsePAM yes\nKbdInteractiveAuthentication yes\nPasswordAuthentication no\n"),
        ("takes", "UsePAM yes\nKbdInteractiveAuthentication no\nPasswordAuthentication yes\n"),
    ] {
        let settings = format!("{settings}PubkeyAuthentication no\nPermitRootLogin yes\n");
        let device = site.device_with(name, SHELL, &settings);
        let pam = "auth required pam_unix.so\naccount required pam_unix.so\npassword required pam_unix.so\nsession required pam_permit.so\n";
        for service in ["sshd", "passwd"] {
            fs::write(site.device_file(name, "etc/pam.d").join(service), pam).unwrap();
        }
        // Changed on day 0: that is, to be changed now. The name stands for an ordinary user, as sshd knows root's names.
        let shadow = site.device_file(name, "etc/shadow");
        let account = |day: u32| format!("root:*:19000::::::\nsamnet:{HASH}:{day}:0:99999:7:::\n");
        fs::write(&shadow, account(0)).unwrap();
        for platform in ["linux_nftables", "frr"] {
            let ended = with_password(&site, folder.path(), &device, platform);
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{name}: {ended:?}");
            let said = ended.stderr.to_lowercase();
            let told = said.contains("it has expired, the device asks for a new one")
                || said.contains("password change required");
            assert!(told, "{name}, {platform}: {ended:?}");
            println!("{name}, {platform}: {}", ended.stderr.lines().next().unwrap_or_default());
        }
        assert_eq!(fs::read_to_string(&shadow).unwrap(), account(0), "nobody has changed it");
        // The same login with a password that holds.
        fs::write(&shadow, account(20_000)).unwrap();
        let ended = with_password(&site, folder.path(), &device, "linux_nftables");
        assert_eq!(ended.code, Some(0), "{name}: {ended:?}");
    }
}

fn with_password(site: &Site, folder: &Path, device: &Device, platform: &str) -> Ended {
    let host = format!("{}:{SSH_PORT}", device.address);
    let mut command = site.program(env!("CARGO_BIN_EXE_samnet"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", folder).env("SECRET", "hemligt");
    command.current_dir(folder).args(["read", "--platform", platform, "--host", &host, "--user", USER]);
    command.args(["--password-env", "SECRET", "--accept-new-host-key", "--timeout", "10"]);
    command.output().unwrap().into()
}

#[test]
fn a_daemon_that_is_full_is_tried_again() {
    if !met(&[Need::Site, Need::Firewall]) {
        return;
    }
    let mut site = Site::start();
    let device = site.device_with("busy", SHELL, "MaxStartups 1\n");
    let folder = tempfile::tempdir().unwrap();
    let address = device.address;
    // Somebody who has connected and does not log in takes the only place.
    let idle = |seconds: u32| {
        let mut hold = site.program("sh");
        hold.args(["-c", &format!("exec timeout {seconds} nc -d {address} {SSH_PORT}")]);
        let child = hold.stdout(Stdio::piped()).spawn().unwrap();
        let taken = format!("ss -Htn state established dst {address} | grep -q :{SSH_PORT}");
        wait_for("the place to be taken", Duration::from_secs(5), || site.try_sh(&taken).code == Some(0));
        // The daemon counts it once it has forked.
        std::thread::sleep(Duration::from_millis(300));
        child
    };
    let mut first = idle(3);
    let begun = Instant::now();
    let ended = read(&site, folder.path(), &device, "linux_nftables", &["-v"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(begun.elapsed() > Duration::from_secs(1), "it was not full");
    assert!(ended.stderr.contains("again in"), "{ended:?}");
    first.wait().unwrap();
    println!("full for three seconds: {}", ended.stderr.lines().find(|line| line.contains("again in")).unwrap());

    let mut second = idle(9);
    let ended = read(&site, folder.path(), &device, "linux_nftables", &["--timeout", "4"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("times within") && ended.stderr.contains("MaxStartups"), "{ended:?}");
    println!("full for longer than the limit: {}", ended.stderr.lines().next().unwrap());
    second.kill().unwrap();
    second.wait().unwrap();
}

#[test]
fn a_slow_login_is_waited_for_as_long_as_its_limit_says() {
    if !met(&[Need::Site, Need::Firewall]) {
        return;
    }
    let mut site = Site::start();
    // The daemon asks a directory for the keys, when one is offered and when one signs: then it takes a minute to answer. The
    // daemon itself waits on, up to twice as long, so that nobody learns from the time which users there are.
    let settings = "LoginGraceTime 0\nAuthorizedKeysFile none\nAuthorizedKeysCommand /etc/ssh/directory\nAuthorizedKeysCommandUser root\n";
    let device = site.device_with("slow", SHELL, settings);
    let directory = site.device_file("slow", "etc/ssh/directory");
    write_program(
        &directory,
        "#!/bin/sh\nif rm /run/offered; then sleep 60; else : > /run/offered; fi\ncat /etc/ssh/authorized_keys\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let ended = read(&site, folder.path(), &device, "linux_nftables", &["--timeout", "1"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("login took longer than 1 s") && ended.stderr.contains("--timeout"), "{ended:?}");
    println!("a login slower than its limit: {}", ended.stderr.lines().next().unwrap());
    let begun = Instant::now();
    let ended = read(&site, folder.path(), &device, "linux_nftables", &["--timeout", "150"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(begun.elapsed() > Duration::from_mins(1), "{:?}", begun.elapsed());
    println!("the same login within its limit: {:.1} s", begun.elapsed().as_secs_f32());
}
