//! `samnet diff` on files people really hand it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn diff(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_samnet")).current_dir(folder).arg("diff").args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn it_needs_no_project_and_says_the_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r"), "hostname a\n").unwrap();
    fs::write(folder.path().join("i"), "hostname b\n").unwrap();
    let run = diff(folder.path(), &["--platform", "cisco_iosxe", "r", "i"]);
    assert_eq!((run.status.code(), text(&run.stdout).as_str()), (Some(0), "hostname b\n"), "{}", text(&run.stderr));
    let run = diff(folder.path(), &["--platform", "cisco_iosxe", "r", "i", "--exit-code"]);
    assert_eq!(run.status.code(), Some(2));
    let run = diff(folder.path(), &["--platform", "cisco_iosxe", "r", "r", "--exit-code"]);
    assert_eq!((run.status.code(), text(&run.stdout).as_str()), (Some(0), ""));
    let run = diff(folder.path(), &["--platform", "cisco_iosxe", "r", "i", "--rollback"]);
    assert_eq!(text(&run.stdout), "hostname a\n");
}

#[test]
fn an_empty_file_is_an_empty_configuration() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r"), "vlan 10\n").unwrap();
    fs::write(folder.path().join("i"), "").unwrap();
    let run = diff(folder.path(), &["--platform", "cisco_iosxe", "r", "i"]);
    assert_eq!((run.status.code(), text(&run.stdout).as_str()), (Some(0), "no vlan 10\n"));
}

#[test]
fn what_is_no_configuration_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    fs::write(at.join("good"), "hostname a\n").unwrap();
    fs::write(at.join("binary"), [0x7f, b'E', b'L', b'F', 0, 0, 1]).unwrap();
    fs::create_dir(at.join("folder")).unwrap();
    let all = [
        ("binary", "binary is a binary file"),
        ("folder", "folder: it is a directory"),
        ("missing", "failed to read missing"),
    ];
    for (name, said) in all {
        for pair in [[name, "good"], ["good", name]] {
            let run = diff(at, &["--platform", "frr", pair[0], pair[1]]);
            assert_eq!(run.status.code(), Some(1), "{name}");
            assert!(text(&run.stderr).contains(said), "{name}: {}", text(&run.stderr));
            assert!(run.stdout.is_empty());
        }
    }
    let run = diff(at, &["--platform", "windows95", "good", "good"]);
    assert_eq!(run.status.code(), Some(64));
    let said = text(&run.stderr);
    assert!(said.contains("unknown platform `windows95`") && said.contains("openwrt"), "{said}");
}

#[test]
fn what_no_command_leads_to_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let plain = "config system global\n    set hostname \"fw\"\nend\n";
    let divided = format!("config vdom\nedit people\nnext\nend\nconfig global\n{plain}end\n");
    std::fs::write(folder.path().join("plain"), plain).unwrap();
    std::fs::write(folder.path().join("saved"), divided.replace('\n', "\r\n")).unwrap();
    std::fs::write(folder.path().join("divided"), divided).unwrap();
    std::fs::write(folder.path().join("empty"), "\n").unwrap();
    let said = |running: &str, intended: &str| {
        text(&diff(folder.path(), &["--platform", "fortinet_fortios", running, intended]).stderr)
    };
    assert!(said("plain", "divided").contains("do not send this: it has no virtual domains"));
    assert!(said("divided", "plain").contains("do not send this: it is divided into virtual domains"));
    std::fs::write(folder.path().join("file"), "config interface 'lan'\n\toption ipaddr '10.0.0.1'\n").unwrap();
    let file = text(&diff(folder.path(), &["--platform", "openwrt", "empty", "file"]).stderr);
    assert!(file.contains("do not send this: a section stands under no `package`"), "{file}");
    for (running, intended) in [("plain", "plain"), ("divided", "divided"), ("empty", "divided"), ("saved", "divided")]
    {
        let said = said(running, intended);
        assert!(!said.contains("do not send"), "{running} {intended}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("locked");
    fs::write(&file, "hostname a\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&file).is_ok() {
        eprintln!("skipped: this user reads every file");
        return;
    }
    let run = diff(folder.path(), &["--platform", "frr", "locked", "locked"]);
    assert_eq!(run.status.code(), Some(1));
    assert!(text(&run.stderr).contains("locked"));
}

#[test]
fn ten_megabytes_of_one_line_do_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("long"), "banner motd ^C x ".repeat(10 * 1024 * 1024 / 17)).unwrap();
    fs::write(folder.path().join("words"), "a { ' ".repeat(10 * 1024 * 1024 / 6)).unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    // Where the square of the length is needed, this never ends.
    for platform in [
        "cisco_iosxe",
        "fortinet_fortios",
        "frr",
        "openwrt",
        "linux_nftables",
        "juniper_junos",
        "vyos",
        "paloalto_panos",
    ] {
        for file in ["long", "words"] {
            let run = diff(folder.path(), &["--platform", platform, "empty", file]);
            assert_eq!(
                run.status.code(),
                Some(0),
                "{platform} {file}: {}",
                &text(&run.stderr)[..200.min(run.stderr.len())]
            );
        }
    }
}

#[test]
fn latin_1_is_read_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("r"), "").unwrap();
    fs::write(folder.path().join("i"), b"interface Vlan10\n description \xc5m\xe5l\n").unwrap();
    let run = diff(folder.path(), &["--platform", "cisco_iosxe", "r", "i"]);
    assert_eq!(text(&run.stdout), "interface Vlan10\n description Åmål\n exit\n");
}

#[test]
fn secrets_of_the_running_file_are_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let running = "username a privilege 15 secret 0 gammal-hemlighet\n";
    let intended = "username a privilege 15 secret 0 ny-hemlighet\n";
    fs::write(folder.path().join("r"), running).unwrap();
    fs::write(folder.path().join("i"), intended).unwrap();
    for format in ["commands", "tree", "json", "unified"] {
        for more in [&[][..], &["--explain"], &["--rollback"]] {
            let mut args = vec!["--platform", "cisco_iosxe", "r", "i", "--format", format];
            args.extend(more);
            let run = diff(folder.path(), &args);
            assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
            let shown = text(&run.stdout) + &text(&run.stderr);
            assert!(!shown.contains("gammal-hemlighet"), "{format} {more:?}: {shown}");
            let typed = format == "commands" && !more.contains(&"--rollback");
            assert_eq!(shown.contains("ny-hemlighet"), typed, "{format} {more:?}: {shown}");
        }
    }
    // What can only be removed by naming it is named where it must be typed, and nowhere else.
    fs::write(folder.path().join("r"), "snmp-server community gammal-hemlighet RO\n").unwrap();
    fs::write(folder.path().join("i"), "").unwrap();
    let run = diff(folder.path(), &["--platform", "cisco_iosxe", "r", "i"]);
    assert_eq!(text(&run.stdout), "no snmp-server community gammal-hemlighet RO\n");
    let run = diff(folder.path(), &["--platform", "cisco_iosxe", "r", "i", "--format", "tree"]);
    assert!(!text(&run.stdout).contains("gammal-hemlighet"));
}

#[test]
fn a_quote_that_never_closes_costs_no_more_than_its_lines() {
    let folder = tempfile::tempdir().unwrap();
    let text = format!("config a\n\toption b 'x\n{}", "aaaa\n".repeat(300_000));
    fs::write(folder.path().join("open"), text).unwrap();
    fs::write(folder.path().join("empty"), "").unwrap();
    // With the square of the lines, this never ends.
    let run = diff(folder.path(), &["--platform", "openwrt", "empty", "open"]);
    assert_eq!(run.status.code(), Some(0));
}
