//! What this machine lacks for the tests on real network software.

use std::process::{Command, Stdio};

use crate::uci;

/// Something a test cannot do without.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Need {
    /// Namespaces, links between them, and `OpenSSH` in front.
    Site,
    /// nftables.
    Firewall,
    /// `FRRouting`.
    Router,
    /// What compares a file with a running router: part of `FRRouting`, packaged apart.
    Reload,
    /// Open vSwitch and `uci`.
    Switch,
    /// `uci` alone.
    Uci,
    /// Passwords that a daemon checks by itself.
    Passwords,
}

/// Whether everything is there; otherwise says what is not.
pub(crate) fn met(needs: &[Need]) -> bool {
    let Some(reason) = needs.iter().find_map(|need| need.lacking().err()) else { return true };
    assert!(std::env::var("SAMNET_REAL").as_deref() != Ok("required"), "SAMNET_REAL=required, but: {reason}");
    println!("skipped: {reason}");
    false
}

impl Need {
    fn lacking(self) -> Result<(), String> {
        match self {
            Self::Site => {
                programs(&["unshare", "nsenter", "setpriv", "ip", "ssh", "ssh-keygen", "/usr/sbin/sshd"])?;
                programs(&["ping", "nc", "ss"])?;
                // The kernel, or whoever runs this container, may forbid any of these.
                probe(
                    "no right to make namespaces and links",
                    "ip link set lo up && mount -t tmpfs tmpfs /run && ip netns add a && ip netns add b && \
                     ip link add x netns a type veth peer name y netns b",
                )
            }
            Self::Firewall => {
                programs(&["nft"])?;
                let rules =
                    "table inet t { chain c { type filter hook forward priority 0; ct state established accept; }; }";
                probe("no nftables in this kernel", &format!("echo '{rules}' | nft -f -"))
            }
            Self::Router => programs(&["/usr/lib/frr/zebra", "/usr/lib/frr/ospfd", "/usr/lib/frr/staticd", "vtysh"]),
            Self::Reload => programs(&["python3", "/usr/lib/frr/frr-reload.py", "/usr/lib/frr/bgpd"]),
            Self::Uci => uci::binary().map(drop),
            Self::Passwords => {
                programs(&["passwd"])?;
                let found = ["/lib", "/usr/lib", "/usr/lib64"].iter().any(|folder| {
                    runs(
                        "sh",
                        &["-c", "ls $0/security/pam_unix.so $0/*/security/pam_unix.so 2>/dev/null | grep -q .", folder],
                    )
                });
                if found { Ok(()) } else { Err("not installed: pam_unix".to_owned()) }
            }
            Self::Switch => {
                programs(&["ovs-vsctl", "ovs-vswitchd", "ovsdb-server", "ovsdb-tool", "ethtool"])?;
                probe("no tap devices in this kernel", "ip tuntap add t0 mode tap")?;
                uci::binary().map(drop)
            }
        }
    }
}

fn programs(names: &[&str]) -> Result<(), String> {
    let lacking: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !runs("sh", &["-c", "PATH=$PATH:/usr/sbin:/sbin; command -v \"$0\"", name]))
        .collect();
    if lacking.is_empty() { Ok(()) } else { Err(format!("not installed: {}", lacking.join(", "))) }
}

/// Runs a script in throw-away namespaces.
fn probe(what: &str, script: &str) -> Result<(), String> {
    let unshare = ["--mount", "--net", "--uts", "--pid", "--fork", "--mount-proc", "sh", "-euc", &with_path(script)];
    let output = Command::new("unshare").args(unshare).stdin(Stdio::null()).output();
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{what} ({})", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => Err(format!("{what} ({error})")),
    }
}

/// The script with the folders that hold daemons on its path: a login without root's habits leaves them out.
pub(crate) fn with_path(script: &str) -> String {
    format!("PATH=$PATH:/usr/sbin:/sbin\n{script}")
}

fn runs(program: &str, args: &[&str]) -> bool {
    let quiet =
        Command::new(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    quiet.is_ok_and(|status| status.success())
}
