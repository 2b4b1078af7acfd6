//! Devices over SSH: good ones, bad ones, and OpenSSH itself.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use std::time::{Duration, Instant};

use samnet::device::{Credential, DeviceError, Dialer, Endpoint, KnownHosts, Timeouts, read_all, read_one};
use samnet::model::Algorithms;
use samnet::platform::{Library, Platform};

mod openssh;
mod server;

use server::{Habits, Server, Shell};

/// Nothing below waits longer than this for one step, and no test longer than ten of them.
const STEP: Duration = Duration::from_secs(3);

fn platform(name: &str) -> Arc<Platform> {
    Arc::clone(&Library::built_in().unwrap().get(name).unwrap().platform)
}

fn endpoint(address: std::net::SocketAddr, credentials: Vec<Credential>) -> Endpoint {
    Endpoint {
        device: "sw1".into(),
        host: address.ip().to_string(),
        port: address.port(),
        user: "admin".into(),
        credentials,
        jump: None,
        algorithms: Algorithms::Modern,
        enable: None,
    }
}

fn password(text: &str) -> Vec<Credential> {
    vec![Credential::Password(text.into())]
}

/// A dialer with an empty file of host keys that accepts new ones.
fn trusting() -> (tempfile::TempDir, Dialer) {
    let folder = tempfile::tempdir().unwrap();
    let dialer = Dialer::new(folder.path().join("known_hosts"), Timeouts::all(STEP)).accept_new_host_keys(true);
    (folder, dialer)
}

/// Reads `sw1` from a server with these habits; never longer than ten steps.
async fn read(habits: Habits, credentials: Vec<Credential>) -> Result<String, DeviceError> {
    let server = Server::start(habits).await;
    let (_folder, dialer) = trusting();
    let endpoint = endpoint(server.address, credentials);
    bounded(read_one(&dialer, &endpoint, platform("cisco_iosxe"))).await
}

async fn bounded<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(STEP * 10, work).await.expect("hangs past its timeouts")
}

#[tokio::test]
async fn reads_a_configuration_and_sends_nothing_else() {
    let server = Server::start(Habits::default()).await;
    let (_folder, dialer) = trusting();
    let endpoint = endpoint(server.address, password("hemligt"));
    let text = bounded(read_one(&dialer, &endpoint, platform("cisco_iosxe"))).await.unwrap();
    assert_eq!(text, server::RUNNING.replace("\r\n", "\n"));
    let heard = server.heard.lock().unwrap().clone();
    let declared = ["terminal length 0", "terminal width 511", "show running-config", "exit"];
    assert!(heard.iter().all(|line| declared.contains(&line.as_str())), "{heard:?}");
}

#[tokio::test]
async fn every_bad_end_of_a_login_has_a_name() {
    let shells = [
        (Shell::HangsUpAtLogin, "closed the connection"),
        (Shell::GoneWhenAsked, "closed the connection"),
        (Shell::Mute, "no prompt of Cisco IOS-XE within 3 s; it said nothing"),
        (Shell::NoPrompt, "it said `Welcome to this device`"),
        (Shell::DropsInRead, "the connection was lost during `show running-config`"),
    ];
    for (shell, wanted) in shells {
        let begun = Instant::now();
        let error = read(Habits { shell, ..Habits::default() }, password("hemligt")).await.unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}");
        assert!(begun.elapsed() < STEP * 3, "{wanted}: {:?}", begun.elapsed());
    }
}

#[tokio::test]
async fn a_slow_prompt_is_waited_for() {
    let shell = Shell::Slow(Duration::from_millis(1200));
    assert!(read(Habits { shell, ..Habits::default() }, password("hemligt")).await.unwrap().contains("Vlan10"));
}

#[tokio::test]
async fn a_wrong_password_is_said_once_and_not_shown() {
    let error = read(Habits::default(), password("fel-losenord")).await.unwrap_err();
    assert_eq!(error.to_string(), "login as admin refused; tried password");
}

#[tokio::test]
async fn interactive_prompts_for_a_password_are_answered() {
    let habits = Habits { questions: vec![("Password: ", false)], ..Habits::default() };
    assert!(read(habits, password("hemligt")).await.is_ok());
    let habits = Habits { questions: vec![("admin@sw1's password:", false)], ..Habits::default() };
    let error = read(habits, password("fel-losenord")).await.unwrap_err().to_string();
    assert_eq!(error, "login as admin refused; tried password, asked interactively");
}

#[tokio::test]
async fn interactive_prompts_for_anything_else_are_not() {
    for questions in [
        vec![("Verification code: ", false)],
        vec![("Password: ", true)],
        vec![("Password: ", false), ("Token: ", false)],
    ] {
        let error = read(Habits { questions, ..Habits::default() }, password("hemligt")).await.unwrap_err().to_string();
        assert!(error.contains("which nobody here can answer"), "{error}");
        assert!(!error.contains("hemligt"), "{error}");
    }
}

#[tokio::test]
async fn ways_to_log_in_are_tried_in_order_and_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    let key = |name: &str, mode: u32, arguments: &[&str]| {
        let path = folder.path().join(name);
        keygen(&path, arguments);
        set_mode(&path, mode);
        Credential::KeyFile(path)
    };
    let rubbish = folder.path().join("rubbish");
    std::fs::write(&rubbish, "no key").unwrap();
    set_mode(&rubbish, 0o600);
    let credentials = vec![
        Credential::Missing("password (secret `x`: no such file)".into()),
        Credential::KeyFile(folder.path().join("absent")),
        key("open", 0o644, &["-N", ""]),
        key("encrypted", 0o600, &["-N", "losenfras"]),
        Credential::KeyFile(rubbish),
        key("good", 0o600, &["-N", ""]),
        Credential::Agent(Some(folder.path().join("no-agent"))),
    ];
    let error = read(Habits { password: None, ..Habits::default() }, credentials).await.unwrap_err().to_string();
    for part in [
        "password (secret `x`: no such file)",
        "absent (no such file)",
        "open (others may read it, mode 644; chmod 600)",
        "encrypted (encrypted; load it into an agent with ssh-add)",
        "rubbish (not a private key)",
        "good, agent (it does not answer)",
    ] {
        assert!(error.contains(part), "{part} not in {error}");
    }
}

#[tokio::test]
async fn below_ssh_there_are_bad_ends_too() {
    use tokio::io::AsyncWriteExt as _;
    let (_folder, dialer) = trusting();
    let closes = Server::raw(drop).await;
    let (keep, _kept) = std::sync::mpsc::channel();
    let silent = Server::raw(move |socket| keep.send(socket).unwrap()).await;
    let web = Server::raw(|mut socket| {
        tokio::spawn(async move { socket.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok() });
    })
    .await;
    let free = { std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap() };
    for (address, wanted) in [
        (closes, "closed the connection during the key exchange"),
        (silent, "key exchange took longer than 3 s"),
        (web, "it said `HTTP/1.1 400 Bad Request`"),
        (free, "connection refused"),
    ] {
        let endpoint = endpoint(address, password("x"));
        let begun = Instant::now();
        let error = bounded(dialer.connect(&endpoint, platform("cisco_iosxe"))).await.err().unwrap().to_string();
        assert!(error.contains(wanted), "{error}");
        assert!(begun.elapsed() < STEP * 2);
    }
}

#[tokio::test]
async fn an_unknown_key_is_refused_and_a_changed_one_always() {
    let server = Server::start(Habits::default()).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("known_hosts");
    let strict = Dialer::new(path.clone(), Timeouts::all(STEP));
    let endpoint = endpoint(server.address, password("hemligt"));
    let shown = samnet::device::fingerprint(&server.key);
    let error = strict.connect(&endpoint, platform("cisco_iosxe")).await.err().unwrap();
    assert!(matches!(&error, DeviceError::HostKeyUnknown { fingerprint, .. } if *fingerprint == shown), "{error}");
    assert_eq!(
        error.help("sw1").unwrap(),
        format!("compare it with the device's own console, then `samnet trust sw1 --fingerprint {shown}`")
    );
    assert!(!path.exists(), "a refusal writes nothing");
    assert!(server.heard.lock().unwrap().is_empty());

    KnownHosts::new(&path).add(&endpoint.host, endpoint.port, &server.key).unwrap();
    assert!(read_one(&strict, &endpoint, platform("cisco_iosxe")).await.is_ok());

    let other = Server::start(Habits::default()).await;
    KnownHosts::new(&path).replace(&endpoint.host, endpoint.port, &other.key).unwrap();
    for dialer in [strict.clone(), strict.accept_new_host_keys(true)] {
        let error = dialer.connect(&endpoint, platform("cisco_iosxe")).await.err().unwrap();
        assert!(matches!(error, DeviceError::HostKeyChanged { .. }), "{error}");
    }
}

#[tokio::test]
async fn an_old_device_needs_the_legacy_profile() {
    use russh::{cipher, kex, mac};
    let old = russh::Preferred {
        kex: vec![kex::DH_G14_SHA1].into(),
        cipher: vec![cipher::AES_128_CBC].into(),
        mac: vec![mac::HMAC_SHA1].into(),
        ..russh::Preferred::DEFAULT
    };
    let server = Server::start(Habits { preferred: old, ..Habits::default() }).await;
    let (_folder, dialer) = trusting();
    let mut endpoint = endpoint(server.address, password("hemligt"));
    let error = dialer.connect(&endpoint, platform("cisco_iosxe")).await.err().unwrap();
    assert_eq!(error.to_string(), "no key exchange in common; the device offers diffie-hellman-group14-sha1");
    assert!(error.help("sw1").unwrap().contains("legacy"));
    endpoint.algorithms = Algorithms::Legacy;
    assert!(bounded(read_one(&dialer, &endpoint, platform("cisco_iosxe"))).await.is_ok());
}

#[tokio::test]
async fn a_host_with_several_keys_is_asked_for_the_one_on_file() {
    // The file knows the device's RSA key; by our own preference we would ask for Ed25519 and see a stranger.
    let server =
        Server::start(Habits { host_key: russh::keys::Algorithm::Rsa { hash: None }, ..Habits::default() }).await;
    let (_folder, dialer) = trusting();
    let endpoint = endpoint(server.address, password("hemligt"));
    for _ in 0..2 {
        assert!(bounded(read_one(&dialer, &endpoint, platform("cisco_iosxe"))).await.is_ok());
    }
}

#[tokio::test]
async fn a_dropped_device_is_hung_up_on() {
    let server = Server::start(Habits::default()).await;
    let (_folder, dialer) = trusting();
    let endpoint = endpoint(server.address, password("hemligt"));
    let device = bounded(dialer.connect(&endpoint, platform("cisco_iosxe"))).await.unwrap();
    let before = Arc::strong_count(&server.heard);
    drop(device);
    let begun = Instant::now();
    while Arc::strong_count(&server.heard) >= before {
        assert!(begun.elapsed() < STEP, "the connection stays open");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn many_devices_come_back_in_order() {
    let mut servers = Vec::new();
    for n in 0..20 {
        let shell = if n % 5 == 0 { Shell::GoneWhenAsked } else { Shell::Good };
        servers.push(Server::start(Habits { shell, ..Habits::default() }).await);
    }
    let (folder, dialer) = trusting();
    let devices = servers.iter().map(|s| (endpoint(s.address, password("hemligt")), platform("cisco_iosxe"))).collect();
    let mut done = 0;
    let keep = |at, result| {
        done += 1;
        (at, result)
    };
    let results = bounded(read_all(&dialer, devices, 8, keep)).await;
    assert_eq!(done, 20);
    for (n, (at, result)) in results.iter().enumerate() {
        assert_eq!((*at, result.is_ok()), (n, n % 5 != 0), "{n}: {result:?}");
    }
    // Written by many connections at once, and still one line each.
    let text = std::fs::read_to_string(folder.path().join("known_hosts")).unwrap();
    assert_eq!(text.lines().count(), 20);
}

// ---- The program itself ----

struct Program {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Program {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Self { folder: tempfile::tempdir().unwrap(), runtime }
    }

    fn server(&self, habits: Habits) -> Server {
        self.runtime.block_on(Server::start(habits))
    }

    /// Runs the program in a folder without a project; at most ten steps long.
    fn run(&self, arguments: &[&str]) -> Output {
        let begun = Instant::now();
        let output = Command::new(env!("CARGO_BIN_EXE_samnet"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_remove("SSH_AUTH_SOCK")
            .env("SECRET", "hemligt")
            .env("WRONG", "fel-losenord")
            .output()
            .unwrap();
        assert!(begun.elapsed() < STEP * 10, "{arguments:?} hangs");
        output
    }

    fn read(&self, host: &str, more: &[&str]) -> Output {
        let mut arguments =
            vec!["read", "--platform", "cisco_iosxe", "--host", host, "--user", "admin", "--timeout", "2"];
        arguments.extend(more);
        self.run(&arguments)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn says(output: &Output, code: i32, wanted: &str) {
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(wanted), "`{wanted}` not in: {said}");
    assert!(!said.contains("hemligt") && !said.contains("fel-losenord"), "{said}");
}

#[test]
fn a_device_in_no_inventory_is_read_in_any_folder() {
    let program = Program::new();
    let server = program.server(Habits::default());
    let host = server.address.to_string();
    let output = program.read(&host, &["--password-env", "SECRET", "--accept-new-host-key", "--raw"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), server::RUNNING.replace("\r\n", "\n"), "the configuration and nothing else");
    assert_eq!(text(&output.stderr), "");

    let masked = text(&program.read(&host, &["--password-env", "SECRET"]).stdout);
    assert!(!masked.contains("hemligt123") && masked.contains("snmp-server community ⟪"), "{masked}");
    assert!(masked.contains("interface Vlan10"));
    let left: Vec<PathBuf> = walk(program.folder.path());
    assert_eq!(left, [program.folder.path().join(".samnet/known_hosts")], "nothing else is left behind");
}

#[test]
fn a_file_is_written_once_for_nobody_else_and_again_only_when_the_device_says_something_else() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let program = Program::new();
    let server = program.server(Habits::default());
    let host = server.address.to_string();
    let read = || {
        let output =
            program.read(&host, &["--password-env", "SECRET", "--accept-new-host-key", "--raw", "--out", "running"]);
        says(&output, 0, "1 configuration written to running");
        assert!(output.stdout.is_empty());
        let files = walk(&program.folder.path().join("running"));
        let [file] = files.as_slice() else { panic!("{files:?}") };
        let meta = std::fs::metadata(file).unwrap();
        assert_eq!(meta.permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_to_string(file).unwrap(), server::RUNNING.replace("\r\n", "\n"));
        (file.clone(), meta.ino())
    };
    let (file, first) = read();
    assert_eq!(read().1, first, "the same text is left alone");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (_, second) = read();
    assert_ne!(second, first, "a file that is open to all is replaced");
    std::fs::write(&file, "old").unwrap();
    assert_ne!(read().1, second);
}

#[test]
fn bad_devices_get_clear_messages_and_exit_code_1() {
    let program = Program::new();
    let accepted = |more: &[&'static str]| [&["--password-env", "SECRET", "--accept-new-host-key"], more].concat();
    for (shell, wanted) in [
        (Shell::HangsUpAtLogin, "the device closed the connection"),
        (Shell::GoneWhenAsked, "the device closed the connection"),
        (Shell::Mute, "no prompt of Cisco IOS-XE within 2 s"),
        (Shell::DropsInRead, "the connection was lost"),
    ] {
        let server = program.server(Habits { shell, ..Habits::default() });
        let output = program.read(&server.address.to_string(), &accepted(&[]));
        says(&output, 1, wanted);
        assert!(output.stdout.is_empty(), "half a configuration is none");
    }
    let server = program.server(Habits::default());
    let host = server.address.to_string();
    says(
        &program.read(&host, &["--password-env", "SECRET"]),
        1,
        &format!("--fingerprint {}", samnet::device::fingerprint(&server.key)),
    );
    says(
        &program.read(&host, &["--password-env", "WRONG", "--accept-new-host-key"]),
        1,
        "login as admin refused; tried password",
    );
    says(&program.read(&host, &[]), 1, "SSH_AUTH_SOCK is not set");
    says(&program.read(&host, &["--password-env", "NOBODY_SET_THIS"]), 1, "NOBODY_SET_THIS is not set");
    says(&program.read("127.0.0.1:1", &accepted(&[])), 1, "connection refused");
    says(&program.read("127.0.0.1:x", &accepted(&[])), 64, "`127.0.0.1:x` is no host");
    says(&program.run(&["read", "--platform", "nonesuch", "--host", &host, "--user", "a"]), 64, "known are arista_eos");
    says(&program.run(&["read", "--host", &host]), 64, "--platform");
}

#[test]
fn a_changed_host_key_is_refused_until_it_is_replaced_by_name() {
    let program = Program::new();
    let server = program.server(Habits::default());
    let host = server.address.to_string();
    let stranger = program.server(Habits::default());
    let known = program.folder.path().join(".samnet/known_hosts");
    KnownHosts::new(&known).add("127.0.0.1", server.address.port(), &stranger.key).unwrap();
    let before = std::fs::read_to_string(&known).unwrap();
    let shown = samnet::device::fingerprint(&server.key);

    let output = program.read(&host, &["--password-env", "SECRET", "--accept-new-host-key"]);
    says(&output, 1, "has changed");
    says(&output, 1, &format!("samnet trust {host} --replace --fingerprint {shown}"));
    says(&program.run(&["trust", &host, "--yes"]), 1, "--replace");
    says(&program.run(&["trust", &host, "--replace"]), 3, "nobody is there to accept");
    let wrong = samnet::device::fingerprint(&stranger.key);
    says(&program.run(&["trust", &host, "--replace", "--fingerprint", &wrong]), 1, "shows another key");
    assert_eq!(std::fs::read_to_string(&known).unwrap(), before, "a refusal writes nothing");

    says(&program.run(&["trust", &host, "--replace", "--fingerprint", &shown]), 0, &shown);
    let output = program.read(&host, &["--password-env", "SECRET"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&program.run(&["trust", &host]).stdout), format!("{host} is known already\n"));
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Makes a key with the real `ssh-keygen`; tests that need it say so when it is missing.
fn keygen(path: &Path, arguments: &[&str]) {
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-f"]).arg(path).args(arguments).status();
    assert!(made.expect("ssh-keygen must be installed for this test").success());
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}
