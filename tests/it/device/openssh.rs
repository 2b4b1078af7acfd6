//! The transport against OpenSSH on loopback: keys, agent, jump host, algorithm profiles, exec channels.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use samnet::device::{Credential, DeviceError, Dialer, Endpoint, Timeouts, read_one};
use samnet::diff::ScriptLine;
use samnet::model::Algorithms;

use super::{STEP, bounded, endpoint, keygen, platform, set_mode, trusting};

const SSHD: &str = "/usr/sbin/sshd";

/// A daemon of our own on a free port; gone when dropped.
struct Daemon {
    child: Child,
    address: SocketAddr,
    folder: tempfile::TempDir,
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Daemon {
    /// Starts one with these options; `None`, with the reason printed, where this machine has no OpenSSH.
    fn start(options: &[&str]) -> Option<Self> {
        if !Path::new(SSHD).exists() {
            println!("skipped: {SSHD} is not installed");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        set_mode(folder.path(), 0o755);
        let at = |name: &str| folder.path().join(name);
        keygen(&at("host"), &["-N", ""]);
        keygen(&at("user"), &["-N", ""]);
        std::fs::copy(at("user.pub"), at("authorized")).unwrap();
        // Run by root, it wants this folder.
        std::fs::create_dir_all("/run/sshd").ok();
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new(SSHD);
        command.args(["-D", "-e", "-f", "/dev/null"]);
        let own = [
            format!("ListenAddress={address}"),
            format!("HostKey={}", at("host").display()),
            format!("AuthorizedKeysFile={}", at("authorized").display()),
        ];
        let fixed = ["StrictModes=no", "UsePAM=no", "PidFile=none", "UseDNS=no", "PrintMotd=no", "PrintLastLog=no"];
        for option in own.iter().map(String::as_str).chain(fixed).chain(options.iter().copied()) {
            command.args(["-o", option]);
        }
        let log = std::fs::File::create(at("log")).unwrap();
        let child = command.stdin(Stdio::null()).stderr(log).spawn().unwrap();
        let daemon = Self { child, address, folder };
        for _ in 0..200 {
            if std::net::TcpStream::connect(address).is_ok() {
                return Some(daemon);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("sshd does not listen: {}", std::fs::read_to_string(daemon.folder.path().join("log")).unwrap());
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("user")
    }

    fn endpoint(&self, credentials: Vec<Credential>) -> Endpoint {
        let mut endpoint = endpoint(self.address, credentials);
        let name = Command::new("id").arg("-un").output().unwrap().stdout;
        endpoint.user = String::from_utf8(name).unwrap().trim().to_owned();
        endpoint
    }
}

/// A platform with exec channels whose running configuration is two small commands.
fn commands() -> std::sync::Arc<samnet::platform::Platform> {
    let mut own = (*platform("linux_nftables")).clone();
    own.session.read.commands = vec!["echo one".into(), "printf 'two\\nthree'".into()];
    own.session.read.begins = None;
    own.transaction.check = Vec::new();
    own.transaction.load.command = Some("cat > /dev/null; echo '/dev/stdin:2:1-3: Error: no' >&2; exit 1".into());
    std::sync::Arc::new(own)
}

#[tokio::test]
async fn a_key_and_an_agent_log_in_and_commands_run() {
    let Some(daemon) = Daemon::start(&[]) else { return };
    let (_folder, dialer) = trusting();
    let with_key = daemon.endpoint(vec![Credential::KeyFile(daemon.key())]);
    assert_eq!(bounded(read_one(&dialer, &with_key, commands())).await.unwrap(), "one\ntwo\nthree\n");

    let agent = Agent::start(&daemon.key());
    let with_agent = daemon.endpoint(vec![Credential::Agent(Some(agent.socket.clone()))]);
    assert_eq!(bounded(read_one(&dialer, &with_agent, commands())).await.unwrap(), "one\ntwo\nthree\n");

    let nobody = daemon.endpoint(vec![Credential::Agent(Some("/nonexistent/agent".into()))]);
    let error = bounded(read_one(&dialer, &nobody, commands())).await.unwrap_err();
    assert!(matches!(error, DeviceError::LoginRefused { .. }), "{error}");
}

#[tokio::test]
async fn a_refused_script_names_its_line() {
    let Some(daemon) = Daemon::start(&[]) else { return };
    let (_folder, dialer) = trusting();
    let endpoint = daemon.endpoint(vec![Credential::KeyFile(daemon.key())]);
    let mut device = bounded(dialer.connect(&endpoint, commands())).await.unwrap();
    let lines = ["table inet samnet {", "bogus", "}"].map(|text| ScriptLine { depth: 0, text: text.into() });
    let error = bounded(device.load(&lines, &mut |_| {})).await.unwrap_err();
    assert!(matches!(&error, DeviceError::Rejected { line_no: 2, command, .. } if command == "bogus"), "{error}");
    device.close().await;
}

#[tokio::test]
async fn exit_status_and_silence_are_told_apart() {
    let Some(daemon) = Daemon::start(&[]) else { return };
    let (_folder, dialer) = trusting();
    let endpoint = daemon.endpoint(vec![Credential::KeyFile(daemon.key())]);
    for (command, wanted) in [
        ("echo half; echo 'no such table' >&2; exit 3", "no such table"),
        ("exit 7", "exit status 7"),
        ("kill -9 $$", "killed"),
        ("echo begun; sleep 60", "took longer than 3 s"),
    ] {
        let mut own = (*commands()).clone();
        own.session.read.commands = vec![command.into()];
        let error = bounded(read_one(&dialer, &endpoint, std::sync::Arc::new(own))).await.unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
    }
}

#[tokio::test]
async fn much_output_and_much_input_pass() {
    let Some(daemon) = Daemon::start(&[]) else { return };
    let (_folder, dialer) = trusting();
    let endpoint = daemon.endpoint(vec![Credential::KeyFile(daemon.key())]);
    let mut own = (*commands()).clone();
    own.session.read.commands = vec!["seq 1000000".into()];
    // Never reads what it is given: that must not hang either.
    own.transaction.load.command = Some("exit 0".into());
    let own = std::sync::Arc::new(own);
    let text = bounded(read_one(&dialer, &endpoint, own.clone())).await.unwrap();
    assert_eq!(text.lines().count(), 1_000_000);
    let mut device = bounded(dialer.connect(&endpoint, own)).await.unwrap();
    let lines: Vec<ScriptLine> =
        (0..200_000).map(|n| ScriptLine { depth: 0, text: format!("line {n} of many") }).collect();
    bounded(device.load(&lines, &mut |_| {})).await.unwrap();
}

#[tokio::test]
async fn a_jump_host_is_gone_through_and_its_key_checked() {
    let Some(jump) = Daemon::start(&[]) else { return };
    let Some(target) = Daemon::start(&[]) else { return };
    let (folder, dialer) = trusting();
    let mut endpoint = target.endpoint(vec![Credential::KeyFile(target.key())]);
    endpoint.jump = Some(Box::new(jump.endpoint(vec![Credential::KeyFile(jump.key())])));
    assert_eq!(bounded(read_one(&dialer, &endpoint, commands())).await.unwrap(), "one\ntwo\nthree\n");
    let known = std::fs::read_to_string(folder.path().join("known_hosts")).unwrap();
    for port in [jump.address.port(), target.address.port()] {
        assert!(known.contains(&format!("[127.0.0.1]:{port} ")), "{known}");
    }

    // Only the jump host is unknown now.
    let kept: Vec<&str> = known.lines().filter(|line| line.contains(&target.address.port().to_string())).collect();
    std::fs::write(folder.path().join("known_hosts"), kept.join("\n")).unwrap();
    // A dialer of its own: the first one is still logged in there.
    let strict = Dialer::new(folder.path().join("known_hosts"), Timeouts::all(STEP));
    let error = bounded(strict.connect(&endpoint, commands())).await.err().unwrap().to_string();
    assert!(error.starts_with(&format!("jump host [127.0.0.1]:{}: the host key", jump.address.port())), "{error}");

    // A target that the jump host cannot reach.
    let (_folder, dialer) = trusting();
    endpoint.port = 1;
    let error = bounded(dialer.connect(&endpoint, commands())).await.err().unwrap().to_string();
    assert!(error.contains("the jump host 127.0.0.1 cannot reach it"), "{error}");
}

#[tokio::test]
async fn a_jump_host_is_logged_in_to_once_for_all_devices() {
    // A second login under way would be turned away.
    let Some(jump) = Daemon::start(&["MaxStartups=1:100:1"]) else { return };
    let Some(target) = Daemon::start(&["MaxStartups=100"]) else { return };
    let folder = tempfile::tempdir().unwrap();
    // Patience: each login makes the daemons start two processes, on a machine with other things to do.
    let dialer = Dialer::new(folder.path().join("known_hosts"), Timeouts::all(STEP * 10)).accept_new_host_keys(true);
    let mut endpoint = target.endpoint(vec![Credential::KeyFile(target.key())]);
    endpoint.jump = Some(Box::new(jump.endpoint(vec![Credential::KeyFile(jump.key())])));
    let many = (0..12).map(|_| (endpoint.clone(), commands())).collect();
    for result in samnet::device::read_all(&dialer, many, 12, |_, read| read).await {
        assert_eq!(result.unwrap(), "one\ntwo\nthree\n");
    }
}

#[tokio::test]
async fn a_daemon_with_old_algorithms_only_needs_the_legacy_profile() {
    let old = ["KexAlgorithms=diffie-hellman-group14-sha1", "Ciphers=aes128-cbc", "MACs=hmac-sha1"];
    let Some(daemon) = Daemon::start(&old) else { return };
    let (_folder, dialer) = trusting();
    let mut endpoint = daemon.endpoint(vec![Credential::KeyFile(daemon.key())]);
    let error = bounded(dialer.connect(&endpoint, commands())).await.err().unwrap();
    assert!(matches!(error, DeviceError::NoCommonAlgorithm { .. }), "{error}");
    endpoint.algorithms = Algorithms::Legacy;
    assert!(bounded(read_one(&dialer, &endpoint, commands())).await.is_ok());
}

#[tokio::test]
async fn an_rsa_key_signs_with_sha2() {
    let Some(daemon) = Daemon::start(&[]) else { return };
    let path = daemon.folder.path().join("rsa");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"]).arg(&path).status();
    assert!(made.unwrap().success());
    std::fs::copy(path.with_extension("pub"), daemon.folder.path().join("authorized")).unwrap();
    let (_folder, dialer) = trusting();
    let endpoint = daemon.endpoint(vec![Credential::KeyFile(path)]);
    assert!(bounded(read_one(&dialer, &endpoint, commands())).await.is_ok());
}

/// An `ssh-agent` with one key; gone when dropped.
struct Agent {
    child: Child,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Agent {
    fn start(key: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent");
        let child = Command::new("ssh-agent").arg("-D").arg("-a").arg(&socket).stdout(Stdio::null()).spawn().unwrap();
        for _ in 0..200 {
            if socket.exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let added = Command::new("ssh-add").arg("-q").arg(key).env("SSH_AUTH_SOCK", &socket).status().unwrap();
        assert!(added.success());
        Self { child, socket, _folder: folder }
    }
}
