//! Recorded sessions of real devices, where `SAMNET_CORPUS` has them: the device's side is played over SSH, and
//! the program reads it.
//!
//! What cannot be judged, or is known not to hold, stands in `tests/replay/known.txt` with its reason. A
//! recording that fails and is not listed fails the test, and so does a listed one that passes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use samnet::device::{Credential, Dialer, Endpoint, Timeouts, read_one, shown};
use samnet::model::Algorithms;
use samnet::platform::{Library, Platform};

mod recording;
mod server;
mod shape;

use recording::Recording;
use server::{Server, Writes};

/// Folder of the corpus, platform that reads it, and what its devices say to a command they do not know.
const PLATFORMS: [(&str, &str, &str); 7] = [
    ("cisco_ios", "cisco_iosxe", "       ^\r\n% Invalid input detected at '^' marker.\r\n\r\n"),
    ("arista_eos", "arista_eos", "% Invalid input\r\n"),
    ("aruba_aoscx", "aruba_aoscx", "Invalid input: {}\r\n"),
    ("aruba_aoss", "aruba_aoss", "Invalid input: {}\r\n"),
    ("aruba_instant", "aruba_instant", "% Parse error\r\n"),
    ("fortinet_fortios", "fortinet_fortios", "\r\nUnknown action 0\r\n\r\n"),
    ("juniper_junos", "juniper_junos", "            ^\r\nunknown command.\r\n\r\n"),
];

const WRITES: [Writes; 3] = [Writes::Bytes, Writes::Pieces(7), Writes::Pieces(2026)];

fn corpus() -> Option<PathBuf> {
    let folder = std::env::var_os("SAMNET_CORPUS").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: SAMNET_CORPUS names no corpus");
    }
    folder.map(|folder| folder.join("sessions"))
}

/// The platforms as they stand in the sources.
fn library() -> Library {
    Library::load(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "nothing in {}", folder.display());
    files
}

fn known(list: &str) -> BTreeMap<String, String> {
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join(list);
    let text = std::fs::read_to_string(list).unwrap();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (id, reason) = line.split_once(": ").unwrap_or_else(|| panic!("no reason: {line}"));
            (id.to_owned(), reason.to_owned())
        })
        .collect()
}

/// Judges every case and holds the outcome against the list.
fn settle(outcomes: &[(String, Result<(), String>)], kind: &str) {
    settle_by("tests/replay/known.txt", outcomes, kind);
}

fn settle_by(list: &str, outcomes: &[(String, Result<(), String>)], kind: &str) {
    let known = known(list);
    let held = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    eprintln!("{kind}: {held} of {} hold", outcomes.len());
    let wrong: Vec<String> = outcomes
        .iter()
        .filter_map(|(id, outcome)| match (outcome, known.get(id)) {
            (Ok(()), None) | (Err(_), Some(_)) => None,
            (Ok(()), Some(_)) => Some(format!("{id} holds, but is listed as known not to")),
            (Err(error), None) => Some(format!("{id}: {error}")),
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Without what the platform calls talk, and without empty lines at either end.
fn tidy(lines: &[String], platform: &Platform) -> Vec<String> {
    let talk = |line: &&String| platform.session.read.strip.iter().any(|strip| strip.is_match(line));
    let kept: Vec<String> = lines.iter().filter(|line| !talk(line)).cloned().collect();
    let first = kept.iter().position(|line| !line.trim().is_empty()).unwrap_or(kept.len());
    let last = kept.iter().rposition(|line| !line.trim().is_empty()).map_or(first, |last| last + 1);
    kept[first..last].to_vec()
}

fn compare(wanted: &[String], got: &[String]) -> Result<(), String> {
    if wanted == got {
        return Ok(());
    }
    let at = wanted.iter().zip(got).position(|(a, b)| a != b).unwrap_or(wanted.len().min(got.len()));
    let [wanted_line, got_line] = [wanted.get(at), got.get(at)];
    Err(format!("line {at} of {} is {got_line:?}, not {wanted_line:?}", wanted.len()))
}

/// What `samnet read` gives for a device that plays a recording.
async fn program(platform: &str, server: &Server) -> Result<Vec<String>, String> {
    let folder = tempfile::tempdir().unwrap();
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    std::os::unix::fs::symlink(templates, folder.path().join("templates")).unwrap();
    let output = tokio::process::Command::new(env!("CARGO_BIN_EXE_samnet"))
        .args(["read", "--platform", platform, "--host", &server.address.to_string(), "--user", "admin"])
        .args(["--password-env", "SECRET", "--accept-new-host-key", "--raw", "--timeout", "20"])
        .env("SECRET", "hemligt")
        .env_remove("SSH_AUTH_SOCK")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(Duration::from_mins(1), output).await.map_err(|_| "hangs")?.unwrap();
    if !output.status.success() {
        return Err(format!(
            "{} after {:?}",
            String::from_utf8_lossy(&output.stderr).trim(),
            server.heard.lock().unwrap()
        ));
    }
    Ok(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// A recording whose configuration the program reads.
async fn reads(
    recording: Arc<Recording>,
    wanted: Vec<String>,
    platform: Arc<Platform>,
    refusal: &'static str,
) -> Result<(), String> {
    for writes in WRITES {
        let server = Server::start(Arc::clone(&recording), refusal, writes).await;
        let got = program(&platform.name, &server).await.map_err(|error| format!("{writes:?}: {error}"))?;
        compare(&wanted, &tidy(&got, &platform)).map_err(|error| format!("{writes:?}: {error}"))?;
    }
    Ok(())
}

/// A recording of other commands: login and prompts, and each command that prints and comes back to where it was.
async fn answers(recording: Arc<Recording>, platform: Arc<Platform>, refusal: &'static str) -> Result<(), String> {
    let mut own = Platform::clone(&platform);
    let mut wanted = Vec::new();
    own.session.read = samnet::platform::session::Read::default();
    for (at, step) in recording.steps.iter().enumerate() {
        let command = step.send.trim_end();
        let tail = |text: &str| text.rsplit('\n').next().unwrap_or_default().trim().to_owned();
        let prints = ["show ", "get ", "dir"].iter().any(|word| command.starts_with(word));
        let home = platform
            .session
            .mode_of(tail(&step.prompt).trim())
            .is_some_and(|(mode, _)| mode.name == platform.session.home);
        let painted = step.output.contains('\u{1b}');
        let twice = own.session.read.commands.iter().any(|have| have == command);
        if !prints || !home || painted || twice || recording.printed(at).iter().all(|line| line.trim().is_empty()) {
            continue;
        }
        let printed = recording.printed(at);
        // A refusal is no answer.
        let refused = printed.iter().any(|line| platform.session.failures.iter().any(|failure| failure.is_match(line)));
        if refused || tail(&step.output) != tail(&step.prompt) {
            continue;
        }
        own.session.read.commands.push(command.to_owned());
        wanted.extend(printed);
    }
    let own = Arc::new(own);
    let noise = |line: &String| platform.session.noise.iter().any(|noise| noise.is_match(line));
    let full = |lines: &[String]| -> Vec<String> {
        let lines = lines.iter().flat_map(|line| shown(line.as_bytes()));
        lines.filter(|line| !line.trim().is_empty() && !noise(line)).collect()
    };
    for writes in WRITES {
        let server = Server::start(Arc::clone(&recording), refusal, writes).await;
        let folder = tempfile::tempdir().unwrap();
        let dialer = Dialer::new(folder.path().join("known_hosts"), Timeouts::all(Duration::from_secs(20)))
            .accept_new_host_keys(true);
        let endpoint = Endpoint {
            device: "device".into(),
            host: server.address.ip().to_string(),
            port: server.address.port(),
            user: "admin".into(),
            credentials: vec![Credential::Password("hemligt".into())],
            jump: None,
            algorithms: Algorithms::Modern,
            enable: None,
        };
        let read = tokio::time::timeout(Duration::from_mins(1), read_one(&dialer, &endpoint, Arc::clone(&own)));
        let text = read.await.map_err(|_| format!("{writes:?}: hangs"))?;
        let heard = || format!("{:?}", server.heard.lock().unwrap());
        let text = text.map_err(|error| format!("{writes:?}: {error} after {}", heard()))?;
        let got: Vec<String> = text.lines().map(str::to_owned).collect();
        compare(&full(&wanted), &full(&got)).map_err(|error| format!("{writes:?}: {error}"))?;
    }
    Ok(())
}

/// Where the corpus has the configuration of a recording cut out, that is what must be read.
fn cut_out(corpus: &Path, folder: &str, file: &Path) -> Option<Vec<String>> {
    let stem = file.file_stem()?.to_string_lossy().into_owned();
    let configs = corpus.parent()?.join("configs").join(folder);
    let found = files(&configs).into_iter().find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.strip_prefix(&stem).is_some_and(|rest| rest.starts_with("-show_"))
    })?;
    let text = std::fs::read_to_string(found).unwrap();
    Some(text.lines().map(str::to_owned).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn recorded_sessions_are_read_exactly() {
    let Some(corpus) = corpus() else { return };
    let library = library();
    let permits = Arc::new(tokio::sync::Semaphore::new(8));
    let mut work = tokio::task::JoinSet::new();
    let mut outcomes = Vec::new();
    for (folder, name, refusal) in PLATFORMS {
        let Some(entry) = library.get(name) else { continue };
        for file in files(&corpus.join(folder)) {
            let platform = Arc::clone(&entry.platform);
            let Some(recording) = Recording::read(folder, &file) else {
                let id = format!("{folder}/{}", file.file_stem().unwrap().to_string_lossy());
                outcomes.push((id, Err("holds no session".into())));
                continue;
            };
            let recording = Arc::new(recording);
            let configuration = recording.configuration();
            let cut = cut_out(&corpus, folder, &file).filter(|_| configuration.is_some());
            let wanted = cut.or(configuration).map(|wanted| tidy(&wanted, &platform));
            let permits = Arc::clone(&permits);
            work.spawn(async move {
                let _permit = permits.acquire().await.unwrap();
                let id = recording.id.clone();
                if let Some(wanted) = wanted
                    && let Err(error) = reads(Arc::clone(&recording), wanted, Arc::clone(&platform), refusal).await
                {
                    return (id, Err(error));
                }
                (id, Box::pin(answers(recording, platform, refusal)).await)
            });
        }
    }
    outcomes.extend(work.join_all().await);
    outcomes.sort_by(|a, b| a.0.cmp(&b.0));
    settle(&outcomes, "sessions");
}

/// The last line that a device's bytes leave on the screen, with the mode it stands for.
fn waits(platform: &Platform, text: &str) -> bool {
    let lines = shown(text.as_bytes());
    lines.last().is_some_and(|line| platform.session.mode_of(line).is_some())
}

#[test]
fn prompts_are_told_from_other_lines() {
    let Some(corpus) = corpus() else { return };
    let library = library();
    let mut judged = 0;
    for file in files(&corpus.join("_prompts")) {
        let case: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let folder = case["platform"].as_str().unwrap().trim_start_matches("other/");
        let name = if folder == "cisco_ios" { "cisco_iosxe" } else { folder };
        let Some(entry) = library.get(name) else { continue };
        judged += 1;
        for (list, wanted) in [("must_match", true), ("pass_with_expect", true), ("must_not_match", false)] {
            for prompt in case[list].as_array().into_iter().flatten().filter_map(|prompt| prompt.as_str()) {
                assert_eq!(waits(&entry.platform, prompt), wanted, "{name}: {prompt:?}");
            }
        }
    }
    eprintln!("prompts: {judged} lists judged");
}

#[test]
fn greetings_tell_the_platform_or_nothing() {
    let Some(corpus) = corpus() else { return };
    let library = library();
    let text = std::fs::read(corpus.join("_banners/exscript-banners.json")).unwrap();
    let cases: serde_json::Value = serde_json::from_slice(&text).unwrap();
    // Names there for platforms here; whatever else they tell apart is unknown to us.
    let names = [
        ("ios", "cisco_iosxe"),
        ("eos", "arista_eos"),
        ("junos", "juniper_junos"),
        ("fortios", "fortinet_fortios"),
        ("hp_pro_curve", "aruba_aoss"),
    ];
    let mut outcomes = Vec::new();
    for case in cases["cases"].as_array().unwrap() {
        let there = case["expected_os"].as_str().unwrap();
        let wanted = names.iter().find(|(name, here)| *name == there && library.get(here).is_some());
        let wanted = wanted.map(|(_, here)| *here);
        let greeting = shown(case["banner"].as_str().unwrap().as_bytes()).join("\n");
        let got = library.guess(&greeting);
        let id = format!("_banners/{}", case["name"].as_str().unwrap());
        outcomes.push((id, if got == wanted { Ok(()) } else { Err(format!("{got:?}, not {wanted:?}")) }));
    }
    settle(&outcomes, "greetings");
}
