//! A fleet of emulated devices in a process of its own: what it holds, and how fast it is read.
//!
//! ```sh
//! cargo bench --bench fleet                          # both of these
//! cargo bench --bench fleet -- hold [DEVICES LOGINS] # memory of a lab of 5,000 devices under 1,000 logins at once
//! cargo bench --bench fleet -- read [DEVICES]        # `samnet read` of 1,000 beside a bare SSH client
//! cargo bench --bench fleet -- write FOLDER SWITCHES # the project alone, for other programs
//! benches/peers/netmiko.sh                           # beside netmiko
//! ```
//!
//! The bare client is a loop around the SSH library: it connects, takes any host key, logs in with the password, opens a
//! shell, types what leads to the configuration without looking, and reads until the device hangs up. It knows its devices
//! beforehand, while `samnet` reads the whole inventory first. The lab runs in a process of its own, so that its work is counted apart.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark that cannot be set up has nothing to measure"
)]

use std::collections::BTreeMap;
use std::io::BufRead as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use generate::Size;
use russh::{ChannelMsg, client};
use samnet::{derive, inventory};
use tokio::sync::Semaphore;

mod generate;

/// The platform that is read: access switches, the most of any network.
const PLATFORM: &str = "cisco_iosxe";
const COMMAND: &str = "show running-config";
/// Connections at once of both clients, the default of `samnet read`.
const AT_ONCE: usize = samnet::device::AT_ONCE;
const ROUNDS: usize = 5;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let number = |at: usize, default| words.get(at).map_or(default, |word| word.parse().unwrap());
    match words.first().map(String::as_str) {
        Some("hold") => hold(number(1, 5_000), number(2, 1_000)),
        Some("read") => read(number(1, 1_000)),
        Some("write") => write(Path::new(&words[1]), number(2, 1_000)),
        Some("bare") => bare(Path::new(&words[1]), &words[2..]),
        _ => {
            hold(5_000, 1_000);
            read(1_000);
        }
    }
}

/// A project with so many switches of the platform that is read, their names in the file `switches`.
fn write(root: &Path, switches: usize) {
    project(root, switches * 4);
    std::fs::write(root.join("switches"), names(root, switches).join("\n")).unwrap();
}

/// A project with so many devices, access points that a controller configures among them.
fn project(root: &Path, devices: usize) {
    generate::write(root, Size { sites: (devices / 20).clamp(48, 3_000), devices, seed: 1 }).unwrap();
}

/// The first switches of a project.
fn names(root: &Path, count: usize) -> Vec<String> {
    let network = inventory::load(root).network;
    let (derived, _) = derive::derive(&network);
    let of = derived.configured().filter(|facts| facts.platform.as_str() == PLATFORM);
    let names: Vec<String> = of.map(|facts| facts.name.to_string()).take(count).collect();
    assert_eq!(names.len(), count, "the project has too few devices of {PLATFORM}");
    names
}

/// A lab in a process of its own, with a project in a folder that goes with it.
struct Served {
    folder: tempfile::TempDir,
    lab: Child,
    /// Name, host and port of every device.
    places: BTreeMap<String, (String, u16)>,
}

impl Served {
    fn start(devices: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        project(folder.path(), devices);
        let begun = Instant::now();
        let mut lab = samnet(folder.path())
            .args(["lab", "up", "--intended", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let said = std::io::BufReader::new(lab.stdout.take().unwrap()).lines();
        let ready = said.map_while(Result::ok).any(|line| line.starts_with("Ctrl-C"));
        assert!(ready, "the lab did not start");
        let places = samnet::device::lab_endpoints(folder.path()).unwrap();
        println!("lab of {} devices started in {:.1} s", places.len(), begun.elapsed().as_secs_f32());
        Self { folder, lab, places }
    }

    fn root(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.lab.kill());
        drop(self.lab.wait());
    }
}

/// The program in a project, with nothing of whoever runs this.
fn samnet(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samnet"));
    command.env_remove("SSH_AUTH_SOCK").env("HOME", root).arg("-C").arg(root).stdin(Stdio::null());
    command
}

/// A number of `/proc/PID/status`, in kB.
fn status(pid: u32, key: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// Processor time of a process, and of the children it has waited for, in seconds.
fn spent(pid: &str) -> [f64; 2] {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = text.rsplit(") ").next().unwrap().split(' ').collect();
    // Fields 14 to 17 of proc(5), in hundredths of a second; the first two stand before the bracket.
    let ticks = |at: usize| fields[at - 3].parse::<f64>().unwrap() / 100.0;
    [ticks(14) + ticks(15), ticks(16) + ticks(17)]
}

/// Peak memory of a lab, idle and with many people at its devices.
fn hold(devices: usize, logins: usize) {
    let served = Served::start(devices);
    assert!(served.places.len() >= devices, "only {} devices", served.places.len());
    let pid = served.lab.id();
    let idle = status(pid, "VmHWM");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let password = secret(served.root(), "device-login");
    let places: Vec<(String, u16)> = served.places.values().cycle().take(logins).cloned().collect();
    let begun = Instant::now();
    let shells = runtime.block_on(async {
        let mut work = tokio::task::JoinSet::new();
        for place in places {
            let password = password.clone();
            work.spawn(async move { prompt(&place, &password).await });
        }
        work.join_all().await
    });
    let took = begun.elapsed().as_secs_f32();
    assert!(shells.iter().all(|(handle, _)| !handle.is_closed()), "a session ended");
    let peak = status(pid, "VmHWM");
    let per = |kb: u64, count: usize| kb / count as u64;
    println!(
        "  idle: peak {} MB, {} kB for each device\n  {logins} logins at once, each at a prompt, after {took:.1} s: peak {} MB, {} kB for each login",
        idle / 1024,
        per(idle, served.places.len()),
        peak / 1024,
        per(peak.saturating_sub(idle), logins),
    );
    assert!(peak < 2_000_000, "2 GB are the limit");
}

/// Both clients in turn, and the ratio of their times.
fn read(count: usize) {
    let served = Served::start(count * 4);
    let names = names(served.root(), count);
    let out = served.root().join("running");
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let bare = timed(&served, || {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command.arg("bare").arg(served.root()).args(&names);
            command
        });
        let own = timed(&served, || {
            let mut command = samnet(served.root());
            command.args(["read", "--lab", "--quiet", "--raw", "--out"]).arg(&out).args(&names);
            command
        });
        println!("  round {round}: bare client {bare}; samnet read {own}; {:.2} times", own.wall / bare.wall);
        ratios.push(own.wall / bare.wall);
    }
    let read = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().metadata().unwrap().len());
    let sizes: Vec<u64> = read.collect();
    assert_eq!(sizes.len(), count);
    ratios.sort_by(f64::total_cmp);
    println!(
        "  {count} devices, {} bytes each on average: {:.2} times the bare client's time (median of {ROUNDS})",
        sizes.iter().sum::<u64>() / count as u64,
        ratios[ROUNDS / 2]
    );
}

struct Took {
    wall: f64,
    cpu: f64,
    lab: f64,
}

impl std::fmt::Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.2} s ({:.2} s of processor, the lab {:.2} s)", self.wall, self.cpu, self.lab)
    }
}

fn timed(served: &Served, command: impl Fn() -> Command) -> Took {
    let pid = served.lab.id().to_string();
    let (own, lab, begun) = (spent("self")[1], spent(&pid)[0], Instant::now());
    let ended = command().status().unwrap();
    assert!(ended.success());
    Took { wall: begun.elapsed().as_secs_f64(), cpu: spent("self")[1] - own, lab: spent(&pid)[0] - lab }
}

fn secret(root: &Path, name: &str) -> String {
    std::fs::read_to_string(root.join(".samnet/secrets").join(name)).unwrap().trim().to_owned()
}

/// Takes any host key.
struct Anybody;

impl client::Handler for Anybody {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _key: &russh::keys::PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

async fn log_in(place: &(String, u16), password: &str) -> client::Handle<Anybody> {
    let config = Arc::new(client::Config { nodelay: true, ..client::Config::default() });
    let mut handle = client::connect(config, (place.0.as_str(), place.1), Anybody).await.unwrap();
    assert!(handle.authenticate_password("samnet", password).await.unwrap().success());
    handle
}

/// Logs in and waits for a prompt; the session lives as long as what is returned.
async fn prompt(place: &(String, u16), password: &str) -> (client::Handle<Anybody>, russh::Channel<client::Msg>) {
    let work = async {
        let handle = log_in(place, password).await;
        let mut channel = handle.channel_open_session().await.unwrap();
        channel.request_pty(false, "vt100", 80, 24, 0, 0, &[]).await.unwrap();
        channel.request_shell(true).await.unwrap();
        loop {
            match channel.wait().await.expect("the device hung up") {
                ChannelMsg::Data { data } if !data.is_empty() => return (handle, channel),
                _ => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(2), work).await.expect("no prompt within two minutes")
}

/// The bare client: reads devices by name and counts bytes.
fn bare(root: &Path, names: &[String]) {
    let places = samnet::device::lab_endpoints(root).unwrap();
    let (password, enable) = (secret(root, "device-login"), secret(root, "device-enable"));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let permits = Arc::new(Semaphore::new(AT_ONCE));
        let mut work = tokio::task::JoinSet::new();
        for name in names {
            let (place, password, permits) = (places[name].clone(), password.clone(), Arc::clone(&permits));
            let enable = enable.clone();
            work.spawn(async move {
                let _permit = permits.acquire().await.unwrap();
                let handle = log_in(&place, &password).await;
                let mut channel = handle.channel_open_session().await.unwrap();
                channel.request_pty(false, "vt100", 80, 24, 0, 0, &[]).await.unwrap();
                channel.request_shell(false).await.unwrap();
                // Typed ahead, so that it waits for nothing but the end.
                let lines = format!("enable\n{enable}\nterminal length 0\n{COMMAND}\nexit\n");
                channel.data_bytes(lines.into_bytes()).await.unwrap();
                let mut text = Vec::new();
                while let Some(message) = channel.wait().await {
                    if let ChannelMsg::Data { data } = message {
                        text.extend_from_slice(&data);
                    }
                }
                assert!(text.windows(10).any(|part| part == b"\ninterface"), "no configuration");
                handle.disconnect(russh::Disconnect::ByApplication, "", "").await.unwrap();
            });
        }
        work.join_all().await;
    });
}
