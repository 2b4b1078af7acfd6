//! OpenSSH's own client in front of emulated devices.

use russh::keys::{Algorithm, PrivateKey, PublicKey};
use tokio::process::Command;

use super::*;

pub(super) fn key(folder: &Path) -> PublicKey {
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
    let file = folder.join("key");
    key.write_openssh_file(&file, russh::keys::ssh_key::LineEnding::LF).unwrap();
    key.public_key().clone()
}

pub(super) async fn has_ssh() -> bool {
    let found = Command::new("ssh").arg("-V").stderr(Stdio::null()).status().await.is_ok();
    if !found {
        println!("skipped: there is no `ssh` on this machine");
    }
    found
}

/// Runs the client with some input on a terminal it asks for, or not.
pub(super) async fn ssh(
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
