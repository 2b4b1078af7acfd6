//! A site out of namespaces: one process tree that vanishes, daemons, links and mounts with it, when the test ends.
//!
//! The site has its own network, so that every test may use the same addresses and ports, its own process ids, so
//! that killing the first process ends all of them, and its own mounts, so that nothing is written into this
//! machine's `/etc` or `/run`. Each device in it has mounts, a host name and a network of its own again; its
//! `OpenSSH` daemon listens in the site's network on 127.0.1.N, and sends whoever logs in to the device's.

use std::fs;
use std::io::Write as _;
use std::net::Ipv4Addr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::needs::with_path;

/// Where every device's daemon listens.
pub(crate) const SSH_PORT: u16 = 2222;
/// Who logs in; on these devices a name for root.
pub(crate) const USER: &str = "samnet";

/// A running site.
pub(crate) struct Site {
    /// First process of the site, as this machine numbers it.
    init: u32,
    unshare: Child,
    devices: Vec<String>,
    folder: TempDir,
}

/// A device in a site.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) name: String,
    /// Where its daemon listens, port [`SSH_PORT`].
    pub(crate) address: Ipv4Addr,
}

/// How a script ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Site {
    /// Starts an empty site.
    pub(crate) fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("samnet-real-").tempdir().unwrap();
        // Daemons that give up root still have to reach their files.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let first = "mount -t tmpfs tmpfs /run; mkdir /run/netns /run/sshd; ip link set lo up; touch \"$1/ready\"
            while :; do sleep 1000 & wait $!; done";
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child=KILL"]);
        command.args(["--mount-proc", "sh", "-euc", first, "site"]).arg(folder.path());
        let unshare = command.stdin(Stdio::null()).spawn().unwrap();
        let mut site = Self { init: 0, unshare, devices: Vec::new(), folder };
        let ready = site.folder.path().join("ready");
        wait_for("the site's first process", Duration::from_secs(10), || ready.exists());
        let parent = site.unshare.id();
        let children = fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap();
        site.init = children.trim().parse().unwrap();
        site.make_keys();
        site
    }

    /// One login key for every device, and an OpenSSH client's view of their host keys.
    fn make_keys(&self) {
        let key = self.login_key();
        let made = Command::new("ssh-keygen").args(["-qt", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
        assert!(made.success(), "ssh-keygen failed");
    }

    /// The private key that opens every device.
    pub(crate) fn login_key(&self) -> PathBuf {
        self.folder.path().join("login")
    }

    fn known_hosts(&self) -> PathBuf {
        self.folder.path().join("known_hosts")
    }

    /// A file of a device, below its `etc` or `run`, as this machine sees it.
    pub(crate) fn device_file(&self, device: &str, path: &str) -> PathBuf {
        self.folder.path().join(device).join(path)
    }

    /// Runs a program in the site's network, with this machine's files: how `samnet` itself is run.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.arg(format!("--net=/proc/{}/ns/net", self.init)).arg("--").arg(program);
        command.stdin(Stdio::null());
        command
    }

    /// Runs a shell script in the site.
    pub(crate) fn try_sh(&self, script: &str) -> Ended {
        let target = self.init.to_string();
        let enter = ["--target", target.as_str(), "--mount", "--net", "--pid", "--", "sh", "-euc", &with_path(script)];
        Command::new("nsenter").args(enter).stdin(Stdio::null()).output().unwrap().into()
    }

    /// Runs a shell script in the site and expects it to succeed.
    #[track_caller]
    pub(crate) fn sh(&self, script: &str) -> String {
        let ended = self.try_sh(script);
        assert!(ended.code == Some(0), "failed in the site: {script}\n{}{}", ended.stdout, ended.stderr);
        ended.stdout
    }

    /// Runs a shell script on a device: its files, its host name, its network.
    #[track_caller]
    pub(crate) fn on(&self, device: &str, script: &str) -> String {
        let ended = self.try_on(device, script);
        assert!(ended.code == Some(0), "failed on {device}: {script}\n{}{}", ended.stdout, ended.stderr);
        ended.stdout
    }

    pub(crate) fn try_on(&self, device: &str, script: &str) -> Ended {
        let file = self.folder.path().join("script");
        fs::write(&file, script).unwrap();
        // A daemon that reads its standard input would eat a script that came that way.
        let dir = self.folder.path().display();
        let enter = format!("nsenter --target \"$(cat {dir}/{device}/pid)\" --mount --uts --net --");
        self.try_sh(&format!("exec {enter} sh -euc \"$(cat {})\" < /dev/null", file.display()))
    }

    /// Adds a host: a network and nothing else.
    pub(crate) fn host(&self, name: &str) {
        self.sh(&format!("ip netns add {name}; ip -n {name} link set lo up"));
    }

    /// Draws a cable between two interfaces it makes.
    pub(crate) fn wire(&self, one: (&str, &str), other: (&str, &str)) {
        let ((a, a_port), (b, b_port)) = (one, other);
        self.sh(&format!(
            "ip link add {a_port} netns {a} type veth peer name {b_port} netns {b}
             ip -n {a} link set {a_port} up; ip -n {b} link set {b_port} up
             # A switch in user space would forward what the kernel left for hardware to checksum.
             ip netns exec {a} ethtool -K {a_port} tx off > /dev/null; ip netns exec {b} ethtool -K {b_port} tx off > /dev/null"
        ));
    }

    /// Adds a device. `shell` is what a login gets: a script that finds the command in `$SSH_ORIGINAL_COMMAND`.
    pub(crate) fn device(&mut self, name: &str, shell: &str) -> Device {
        self.device_with(name, shell, "")
    }

    /// Adds a device whose daemon has settings of its own, which come before the usual ones and so win.
    pub(crate) fn device_with(&mut self, name: &str, shell: &str, settings: &str) -> Device {
        self.devices.push(name.to_owned());
        let address = Ipv4Addr::new(127, 0, 1, u8::try_from(self.devices.len()).unwrap());
        let root = self.folder.path().join(name);
        fs::create_dir_all(root.join("etc/ssh")).unwrap();
        for folder in ["run/sshd", "tmp", "sbin"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("init"), INIT).unwrap();
        fs::write(root.join("settings"), settings).unwrap();
        self.sh(&format!("ip netns add {name}; ip -n {name} link set lo up"));
        let dir = root.display();
        self.sh(&format!(
            "ip netns exec {name} unshare --mount --uts sh -eu {dir}/init {name} {dir} > {dir}/init.log 2>&1 &"
        ));
        wait_for("the device's first process", Duration::from_secs(10), || root.join("pid").exists());
        let pid = fs::read_to_string(root.join("pid")).unwrap();
        let enter = format!("#!/bin/sh\nexec nsenter --target {} --net -- /etc/ssh/shell\n", pid.trim());
        write_program(&root.join("etc/ssh/enter"), &enter);
        write_program(&root.join("etc/ssh/shell"), shell);
        let device = Device { name: name.to_owned(), address };
        self.restart_ssh(&device);
        device
    }

    /// Starts a device's daemon, with a new host key.
    pub(crate) fn restart_ssh(&self, device: &Device) {
        let Device { name, address } = device;
        let root = self.folder.path().join(name);
        let key = root.join("etc/ssh/host_key");
        let made = Command::new("ssh-keygen").args(["-qt", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
        assert!(made.success(), "ssh-keygen failed");
        fs::copy(self.login_key().with_extension("pub"), root.join("etc/ssh/authorized_keys")).unwrap();
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        let known = public.split(' ').take(2).collect::<Vec<_>>().join(" ");
        let mut file = fs::OpenOptions::new().create(true).append(true).open(self.known_hosts()).unwrap();
        writeln!(file, "[{address}]:{SSH_PORT} {}", known.trim()).unwrap();
        let pid = fs::read_to_string(root.join("pid")).unwrap();
        let settings = fs::read_to_string(root.join("settings")).unwrap();
        let config = format!(
            "{settings}ListenAddress {address}:{SSH_PORT}\nHostKey /etc/ssh/host_key\nAuthorizedKeysFile /etc/ssh/authorized_keys\n\
             ForceCommand /etc/ssh/enter\nPidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
             KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\nUseDNS no\nPrintMotd no\nPrintLastLog no\n\
             LogLevel ERROR\n"
        );
        fs::write(root.join("etc/ssh/sshd_config"), config).unwrap();
        // The daemon stands in the site's network and among the device's files.
        self.sh(&format!(
            "nsenter --target {} --mount --uts -- /usr/sbin/sshd -D -f /etc/ssh/sshd_config -E /run/sshd.log < /dev/null > /dev/null 2>&1 &",
            pid.trim()
        ));
        let listening = format!("ss -Hltn src {address}:{SSH_PORT} | grep -q .");
        wait_for(&format!("the SSH daemon of {name}"), Duration::from_secs(10), || {
            self.try_sh(&listening).code == Some(0)
        });
    }

    /// Logs in with OpenSSH's own client and runs one command.
    pub(crate) fn ssh(&self, device: &Device, command: &str, stdin: &str) -> Ended {
        let mut ssh = self.program("ssh");
        ssh.args(["-F", "none", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=yes"]);
        ssh.arg("-o").arg(format!("UserKnownHostsFile={}", self.known_hosts().display()));
        ssh.arg("-i").arg(self.login_key()).args(["-p", &SSH_PORT.to_string()]);
        ssh.arg(format!("{USER}@{}", device.address)).arg(command);
        let mut child = ssh.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        child.wait_with_output().unwrap().into()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show_logs();
        }
        // Its first process dies with `unshare`, and the kernel ends the rest with that one.
        drop(self.unshare.kill());
        drop(self.unshare.wait());
        let process = PathBuf::from(format!("/proc/{}", self.init));
        let until = Instant::now() + Duration::from_secs(5);
        while self.init != 0 && process.exists() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Site {
    /// What the daemons wrote, for whoever reads why a test failed.
    fn show_logs(&self) {
        for device in &self.devices {
            for log in ["init.log", "run/sshd.log", "run/frr/zebra.log", "run/frr/ospfd.log", "run/reload_config.log"] {
                let text = fs::read_to_string(self.device_file(device, log)).unwrap_or_default();
                let tail: Vec<&str> = text.lines().rev().take(15).collect();
                if !tail.is_empty() {
                    println!("-- {device} {log}\n{}", tail.into_iter().rev().collect::<Vec<_>>().join("\n"));
                }
            }
        }
    }
}

/// First process of a device: gives it its own files and name, then holds its namespaces open.
const INIT: &str = include_str!("devices/init.sh");

/// Waits until something is so, or fails saying what never was.
#[track_caller]
pub(crate) fn wait_for(what: &str, at_most: Duration, mut so: impl FnMut() -> bool) {
    let until = Instant::now() + at_most;
    while !so() {
        assert!(Instant::now() < until, "waited {at_most:?} for {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Writes an executable script.
pub(crate) fn write_program(path: &Path, text: &str) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}
