//! Tests of the command line as a whole: usage errors, help, exit codes.

use std::process::{Command, Output};

fn samnet(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_samnet")).args(arguments).output().expect("the program starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn nonsense_is_a_usage_error() {
    for arguments in [&["frobnicate"][..], &["plan", "--no-such-flag"], &["diff"], &["validate", "--format", "xml"]] {
        let output = samnet(arguments);
        assert_eq!(output.status.code(), Some(64), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty(), "{arguments:?} prints usage errors to standard error");
    }
}

#[test]
fn options_stand_before_or_after_the_command() {
    let root = env!("CARGO_MANIFEST_DIR");
    let before = samnet(&["-C", root, "--format", "json", "validate"]);
    let after = samnet(&["validate", "-C", root, "--format", "json"]);
    assert_eq!(before.status.code(), Some(0), "{}", text(&before.stderr));
    assert_eq!(before.stdout, after.stdout);
}

#[test]
fn a_folder_without_inventory_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = samnet(&["-C", &folder.path().display().to_string(), "validate"]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("is no project folder") && said.contains("-C DIR"), "{said}");
}

#[test]
fn completions_and_manual_pages_name_every_command() {
    let script = text(&samnet(&["completions", "bash"]).stdout);
    let folder = tempfile::tempdir().expect("a folder");
    let output = samnet(&["man", "--out", &folder.path().display().to_string()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    for command in ["demo", "validate", "render", "diff", "plan", "approve", "apply", "audit", "lab"] {
        assert!(
            script.contains(&format!("samnet__{command}")) || script.contains(command),
            "{command} is not completed"
        );
        assert!(folder.path().join(format!("samnet-{command}.1")).exists(), "{command} has no page");
    }
}

#[test]
fn a_starter_project_is_whole_and_is_written_once() {
    let parent = tempfile::tempdir().expect("a folder");
    let folder = parent.path().join("Åmåls nät");
    let folder = folder.display().to_string();
    let made = samnet(&["init", &folder]);
    assert!(made.status.success(), "{}", text(&made.stderr));
    let checked = samnet(&["-C", &folder, "validate"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).starts_with("nothing found in "), "{}", text(&checked.stdout));
    // What an editor reads stands where the files say.
    for (file, name) in [("inventory/vlans.yaml", "vlans"), ("inventory/sites/home/office.yaml", "site")] {
        let path = std::path::Path::new(&folder).join(file);
        let said = std::fs::read_to_string(&path).expect("the file");
        let (_, named) = said.lines().next().and_then(|line| line.split_once("$schema=")).expect("a schema");
        let found = path.parent().expect("a folder").join(named).canonicalize().expect("the schema");
        assert!(found.ends_with(format!(".samnet/schema/{name}.json")), "{}", found.display());
    }
    let again = samnet(&["init", &folder]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("exists already"), "{}", text(&again.stderr));
}

#[test]
fn a_file_of_another_platform_and_a_day_that_is_none_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name).display().to_string();
        std::fs::write(&path, text).expect("a file");
        path
    };
    let odd = file("running.txt", "system {\n  host-name x;\n  services {\n    ssh;\n    telnet;\n  }\n}\n");
    let intended = file("intended.txt", "hostname x\n");
    let output = samnet(&["diff", "--platform", "cisco_iosxe", &odd, &intended]);
    assert!(text(&output.stderr).contains("5 of 7 lines of"), "{}", text(&output.stderr));
    let output = samnet(&["diff", "--platform", "cisco_iosxe", &intended, &intended]);
    assert_eq!(text(&output.stderr), "");
    let output = samnet(&["validate", "--as-of", "2026-02-30"]);
    assert!(text(&output.stderr).contains("there is no such day"), "{}", text(&output.stderr));
}
