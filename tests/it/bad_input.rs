//! What happens with bad input: a clear message with file and line, the right exit code, and no waiting.
//!
//! Through the compiled program, because panics, colour and exit codes only show there.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Longest the program may take over any of these on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A smallest project that is in order; each test spoils one file of it.
fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        (
            "inventory/network.yaml",
            "network: { name: Dalsland, domain: dalsland.example, timezone: Europe/Stockholm }\n\
             organisations: []\n\
             address_plan: { ipv4: 10.64.0.0/10, organisation_prefix: 14, site_prefix: 20, links: 10.127.0.0/18, loopbacks: 10.127.64.0/18, hosts: { access: 30 } }\n",
        ),
        ("inventory/vlans.yaml", "vlans: []\n"),
        ("inventory/ssids.yaml", "ssids: []\n"),
    ];
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn samnet(program: &mut Command) -> Said {
    // NO_COLOR, RUST_LOG and the like of whoever runs the tests must not show in what is compared.
    let mut child = program
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (out, err) = (listen(child.stdout.take().unwrap()), listen(child.stderr.take().unwrap()));
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("samnet still ran after {PATIENCE:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Said { code: status.code(), out: out.join().unwrap(), err: err.join().unwrap() }
}

/// Reads to the end beside the test: a full pipe would stop the program.
fn listen(mut from: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        from.read_to_string(&mut text).unwrap();
        text
    })
}

fn validate(root: &Path) -> Said {
    samnet(Command::new(env!("CARGO_BIN_EXE_samnet")).arg("validate").arg("-C").arg(root))
}

/// Writes one file of a project and expects one finding, at this place and holding these words.
#[track_caller]
fn one_finding(path: &str, content: &[u8], place: &str, words: &str) {
    let folder = project();
    fs::write(folder.path().join(path), content).unwrap();
    told(&validate(folder.path()), place, words);
}

#[track_caller]
fn told(said: &Said, place: &str, words: &str) {
    let err = &said.err;
    assert_eq!(said.code, Some(1), "{err}");
    let findings = err.lines().filter(|line| line.starts_with("error[SN-") || line.starts_with("warning[SN-")).count();
    assert_eq!(findings, 1, "{err}");
    assert!(said.out.starts_with("1 error in "), "{}", said.out);
    let placed = err.lines().any(|line| line.trim_start().trim_start_matches("--> ") == place);
    assert!(placed, "no `{place}` in {err}");
    assert!(err.contains(words), "no `{words}` in {err}");
    assert!(err.len() < 2000, "{} bytes of message", err.len());
    assert!(!err.contains("panicked") && !err.chars().any(|c| c.is_control() && c != '\n'), "{err}");
}

#[test]
fn the_small_project_is_in_order() {
    let said = validate(project().path());
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    assert!(said.out.starts_with("nothing found in 5 files, 0 devices"), "{}", said.out);
}

#[test]
fn no_folder() {
    for root in [Path::new("/nonexistent/samnet"), tempfile::tempdir().unwrap().path()] {
        let said = validate(root);
        assert_eq!(said.code, Some(1), "{}", said.err);
        assert!(said.err.starts_with("error[SN-008]: "), "{}", said.err);
        assert!(said.err.contains("is no project folder: it has no inventory/network.yaml"), "{}", said.err);
        assert!(said.err.contains("-C DIR"), "{}", said.err);
    }
}

#[test]
fn a_file_for_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let said = validate(&file);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("is no project folder"), "{}", said.err);
    let folder = project();
    fs::write(folder.path().join("inventory/sites"), "").unwrap();
    told(&validate(folder.path()), "inventory/sites", "a folder belongs here");
}

#[test]
fn an_empty_file() {
    for text in ["", "\n\n", "# only words\n", "---\n", "\u{feff}"] {
        one_finding("inventory/vlans.yaml", text.as_bytes(), "inventory/vlans.yaml", "the file says nothing");
    }
}

#[test]
fn a_binary_file() {
    let picture = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    one_finding("inventory/vlans.yaml", picture, "inventory/vlans.yaml", "not UTF-8 text: it holds the byte 0x89");
    let program = b"\x7fELF\x02\x01\x01\0\0\0";
    one_finding("inventory/vlans.yaml", program, "inventory/vlans.yaml", "control character U+007F");
}

#[test]
fn another_encoding() {
    let latin1 = b"vlans: []\n# f\xf6r alla\n";
    one_finding("inventory/vlans.yaml", latin1, "inventory/vlans.yaml:2:4", "in Latin-1 this byte is `ö`");
    let utf16: Vec<u8> = "\u{feff}vlans: []".encode_utf16().flat_map(u16::to_le_bytes).collect();
    one_finding("inventory/vlans.yaml", &utf16, "inventory/vlans.yaml", "UTF-16");
}

#[test]
fn a_byte_order_mark_and_windows_line_ends_are_no_mistake() {
    let folder = project();
    fs::write(folder.path().join("inventory/vlans.yaml"), "\u{feff}vlans: []\r\n").unwrap();
    let said = validate(folder.path());
    assert_eq!((said.code, said.err.as_str()), (Some(0), ""));
    one_finding(
        "inventory/vlans.yaml",
        "\u{feff}a: b\r\nvlans: []\r\n".as_bytes(),
        "inventory/vlans.yaml:1:1",
        "no key `a`",
    );
}

#[test]
fn ten_megabytes_of_one_line() {
    let word = "a".repeat(10_000_000);
    one_finding("inventory/vlans.yaml", word.as_bytes(), "inventory/vlans.yaml:1:1", "as a mapping");
    let list = format!("vlans: [{}]", "7, ".repeat(3_300_000));
    let folder = project();
    fs::write(folder.path().join("inventory/vlans.yaml"), list).unwrap();
    let said = validate(folder.path());
    assert_eq!(said.code, Some(1));
    assert!(said.out.starts_with("101 errors in "), "{}", said.out);
    assert!(said.err.contains("more than 100 mistakes"), "{}", said.err);
    assert!(said.err.len() < 50_000, "{} bytes of message", said.err.len());
}

#[test]
fn an_alias_bomb() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let refs = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb += &format!("a{level}: &a{level} [{refs}]\n");
    }
    one_finding("inventory/vlans.yaml", bomb.as_bytes(), "inventory/vlans.yaml:6:10", "aliases expand to more than");
}

#[test]
fn a_pit_of_brackets() {
    let place = "inventory/vlans.yaml:1:65";
    one_finding("inventory/vlans.yaml", "[".repeat(1_000_000).as_bytes(), place, "not YAML");
}

#[test]
fn tabs_and_a_second_document() {
    one_finding("inventory/vlans.yaml", b"vlans:\n\t- id: 3\n", "inventory/vlans.yaml:2:2", "a tab cannot indent YAML");
    one_finding("inventory/vlans.yaml", b"vlans: []\n---\nvlans: []\n", "inventory/vlans.yaml:2:1", "second document");
}

#[test]
fn a_folder_where_a_file_should_be() {
    let folder = project();
    fs::remove_file(folder.path().join("inventory/vlans.yaml")).unwrap();
    fs::create_dir(folder.path().join("inventory/vlans.yaml")).unwrap();
    told(&validate(folder.path()), "inventory/vlans.yaml", "this is a folder, and a file belongs here");
}

#[test]
fn what_the_lab_ran_before_is_judged_too() {
    let at = "inventory/lab.yaml";
    one_finding(
        at,
        b"residue: { frr: x }\norganisations:\n  nowhere: {}\n",
        "inventory/lab.yaml:3:3",
        "no organisation",
    );
    one_finding(at, b"residue: { frr: x }\nleftovers: { fr: x }\n", "inventory/lab.yaml:2:14", "no platform");
    one_finding(at, b"residue: {}\nleft: {}\n", "inventory/lab.yaml:2:1", "has no key `left`");
    one_finding(at, b"residue: [x]\n", "inventory/lab.yaml:1:10", "`residue` takes a mapping, not a list");
    // Each at its own place, with what is near to it.
    let old = |what: &str| format!("organisations:\n  amal: {{ {what} }}\n").into_bytes();
    for (wrong, column, words) in [
        ("vlan: { staff: {} }", 11, "has no key `vlan`"),
        ("vlans: { staff: { idd: 5 } }", 29, "has no key `idd`"),
        ("vlans: { staff: { id: 4095 } }", 33, "4095"),
        ("roles: { cores: x }", 20, "`cores` is no role"),
        ("dot1x: no", 18, "true or false"),
    ] {
        one_finding(at, &old(wrong), &format!("inventory/lab.yaml:2:{column}"), words);
    }
    // What is no YAML is told as everywhere.
    one_finding(at, b"residue: [{ frr: x }\n", "inventory/lab.yaml:1:10", "this `[` has no counterpart");
    one_finding(at, b"residue: {}\nresidue: {}\n", "inventory/lab.yaml:2:1", "stands here a second time");
}

#[test]
fn a_pipe_nobody_writes_to() {
    let folder = project();
    let path = folder.path().join("inventory/vlans.yaml");
    fs::remove_file(&path).unwrap();
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    told(&validate(folder.path()), "inventory/vlans.yaml", "no regular file");
}

#[test]
fn a_link_to_nothing_and_a_link_to_itself() {
    for target in ["/nonexistent", "vlans.yaml"] {
        let folder = project();
        let path = folder.path().join("inventory/vlans.yaml");
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink(target, &path).unwrap();
        told(&validate(folder.path()), "inventory/vlans.yaml", "cannot be read");
    }
}

#[test]
fn a_file_too_large_to_be_meant() {
    let folder = project();
    let file = fs::File::create(folder.path().join("inventory/vlans.yaml")).unwrap();
    file.set_len(65 << 20).unwrap();
    told(&validate(folder.path()), "inventory/vlans.yaml", "larger than 64 MiB");
}

#[test]
fn no_permission() {
    for (path, shown) in [("inventory/vlans.yaml", "you may not read it"), ("inventory/sites", "you may not read it")] {
        let folder = project();
        let locked = folder.path().join(path);
        if !locked.exists() {
            fs::create_dir(&locked).unwrap();
        }
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_samnet"));
        if fs::File::open(&locked).is_ok() {
            // Whoever may read everything, as in a container, runs the program as somebody who may not;
            // it lies where that one can reach it.
            let copy = folder.path().join("samnet");
            fs::copy(env!("CARGO_BIN_EXE_samnet"), &copy).unwrap();
            program = Command::new("setpriv");
            program.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(copy);
        }
        told(&samnet(program.arg("validate").arg("-C").arg(folder.path())), path, shown);
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn one_broken_file_hides_nothing_and_makes_no_echo() {
    let folder = project();
    fs::write(folder.path().join("inventory/vlans.yaml"), "vlans: [\n").unwrap();
    fs::write(
        folder.path().join("inventory/ssids.yaml"),
        "ssids:\n  - { name: Gast, security: owe, vlan: guest, colour: red }\n",
    )
    .unwrap();
    let said = validate(folder.path());
    let codes: Vec<&str> = said.err.lines().filter(|line| line.starts_with("error")).map(|line| &line[..13]).collect();
    // The VLAN `guest` may stand in the file that could not be read.
    assert_eq!(codes, ["error[SN-102]", "error[SN-003]"], "{}", said.err);
}

#[test]
fn a_wrong_command_line() {
    for args in [
        &["validate", "--colour"][..],
        &["validte"],
        &["validate", "--as-of", "yesterday"],
        &["validate", "--format", "pdf"],
        &[],
    ] {
        let said = samnet(Command::new(env!("CARGO_BIN_EXE_samnet")).args(args));
        assert_eq!(said.code, Some(64), "{args:?}: {}", said.err);
        assert!(!said.err.is_empty() && said.out.is_empty(), "{args:?}");
    }
}

#[test]
fn json_has_every_finding_and_nothing_else_on_standard_output() {
    let folder = project();
    fs::write(folder.path().join("inventory/vlans.yaml"), "vlans: [7]\ncolour: red\n").unwrap();
    let said = samnet(
        Command::new(env!("CARGO_BIN_EXE_samnet")).args(["validate", "--format", "json", "-C"]).arg(folder.path()),
    );
    assert_eq!((said.code, said.err.as_str()), (Some(1), ""));
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let codes: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["SN-101", "SN-102"]);
    assert_eq!(json["findings"][1]["place"]["line"], 2);
}
