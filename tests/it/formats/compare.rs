//! What is new since a git revision or a baseline, and what was there before.

use super::*;

/// A repository whose last commit has one old debt: an SSID in a VLAN that does not exist.
fn in_debt() -> Project {
    let project = small();
    project.edit("inventory/profiles.yaml", "title: Telefon, vlan: voice", "title: Telefon, vlan: telefoni");
    project.commit();
    project
}

const OLD: &str = "there is no VLAN `telefoni`";

fn json(project: &Project, arguments: &[&str]) -> (Option<i32>, Vec<(String, Option<bool>)>) {
    let said = project.validate(&[&["--format", "json"], arguments].concat());
    assert_eq!(said.err, "");
    (said.code, codes(&said.out))
}

#[test]
fn an_old_debt_fails_nothing_even_when_lines_move() {
    let project = in_debt();
    let text = project.read("inventory/profiles.yaml");
    project.write("inventory/profiles.yaml", &format!("# one\n# two\n\n{text}"));
    let said = project.validate(&["--changed-since", "HEAD"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.err.contains(OLD) && said.err.contains("was there before"), "{}", said.err);
    assert!(said.out.starts_with("nothing new in ") && said.out.contains("; 1 error before"), "{}", said.out);
    assert_eq!(json(&project, &["--changed-since", "HEAD"]), (Some(0), vec![("SN-201".into(), Some(false))]));
    assert_eq!(json(&project, &[]), (Some(1), vec![("SN-201".into(), None)]));
    assert_eq!(project.git(&["status", "--porcelain"]), " M inventory/profiles.yaml\n", "nothing else was touched");
}

#[test]
fn a_new_mistake_fails_and_is_told_first() {
    let project = in_debt();
    project.edit("policies/flows/all.yaml", "purpose: Drift, owner", "purpse: Drift, owner");
    let (code, found) = json(&project, &["--changed-since", "main"]);
    assert_eq!(code, Some(1));
    assert_eq!(found, [("SN-103".into(), Some(true)), ("SN-201".into(), Some(false))]);
    let github = project.validate(&["--changed-since", "main", "--format", "github"]).out;
    let words: Vec<&str> = github.lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!(words, ["::error", "::notice"], "{github}");
    assert!(github.contains("(was there before)"));
    let gitlab: Value =
        serde_json::from_str(&project.validate(&["--changed-since", "main", "--format", "gitlab"]).out).unwrap();
    let severities: Vec<&str> =
        gitlab.as_array().unwrap().iter().map(|found| found["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["critical", "info"]);
    let junit = project.validate(&["--changed-since", "main", "--format", "junit"]).out;
    let document = roxmltree::Document::parse(&junit).unwrap();
    let count = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
    assert_eq!((count("failure"), count("skipped")), (1, 1));
}

#[test]
fn a_second_mistake_of_the_same_words_is_new() {
    let project = in_debt();
    let line = project.read("inventory/profiles.yaml").lines().find(|line| line.contains("phone:")).unwrap().to_owned();
    project.edit("inventory/profiles.yaml", &line, &format!("{line}\n{}", line.replace("phone:    ", "telefon:  ")));
    let (code, found) = json(&project, &["--changed-since", "HEAD"]);
    assert_eq!((code, found.iter().filter(|(_, new)| *new == Some(true)).count(), found.len()), (Some(1), 1, 1));
}

#[test]
fn a_renamed_file_keeps_its_debts() {
    let project = in_debt();
    let site = "inventory/sites/fargelanda/valboskolan.yaml";
    project.edit(site, "3: phone }", "3: telefonen }");
    project.commit();
    project.git(&["mv", site, "inventory/sites/fargelanda/valbo.yaml"]);
    let (_, found) = json(&project, &["--changed-since", "HEAD"]);
    assert_eq!(found.iter().filter(|(code, new)| code == "SN-201" && *new == Some(false)).count(), 2, "{found:?}");
}

#[test]
fn a_project_in_a_folder_of_its_repository_is_compared_with_itself() {
    let outer = Project { folder: tempfile::tempdir().unwrap() };
    copy(in_debt().root(), &outer.path("nets/dalsland"));
    fs::remove_dir_all(outer.path("nets/dalsland/.git")).unwrap();
    outer.commit();
    outer.edit("nets/dalsland/inventory/ssids.yaml", "vlan: pupils", "vlan: elever");
    let mut command = program();
    command.current_dir(outer.root()).args([
        "validate",
        "-C",
        "nets/dalsland",
        "--format",
        "json",
        "--changed-since",
        "HEAD",
    ]);
    let said = said(command.output().unwrap());
    assert_eq!(said.code, Some(1), "{}", said.err);
    let news: Vec<_> = codes(&said.out).into_iter().map(|(_, new)| new).collect();
    assert_eq!(news, [Some(true), Some(false)], "{}", said.out);
    // Where the project did not exist, everything is new.
    let fresh = Project { folder: tempfile::tempdir().unwrap() };
    fresh.write("README", "x");
    fresh.commit();
    copy(&outer.path("nets"), &fresh.path("nets"));
    let mut command = program();
    command.current_dir(fresh.root()).args([
        "validate",
        "-C",
        "nets/dalsland",
        "--format",
        "json",
        "--changed-since",
        "HEAD",
    ]);
    let output = command.output().unwrap();
    assert!(codes(&String::from_utf8(output.stdout).unwrap()).iter().all(|(_, new)| *new == Some(true)));
}

#[test]
fn what_git_cannot_give_is_said_with_a_way_out() {
    let project = small();
    let said = project.validate(&["--changed-since", "HEAD"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("failed to find a git repository") && said.err.contains("--baseline"), "{}", said.err);
    project.commit();
    for revision in ["no-such-branch", "-h", "--output=x", "HEAD:inventory"] {
        let said = project.validate(&[&format!("--changed-since={revision}")]);
        assert_eq!(said.code, Some(64), "{revision}: {}", said.err);
        assert!(said.err.contains("there is no git revision"), "{}", said.err);
    }
    project.commit();
    let clone = tempfile::tempdir().unwrap();
    let url = format!("file://{}", project.root().display());
    let target = clone.path().join("clone");
    project.git(&["clone", "-q", "--depth", "1", &url, &target.display().to_string()]);
    let shallow = said_of(&target, "HEAD~1");
    assert_eq!(shallow.code, Some(1));
    assert!(shallow.err.contains("shallow") && shallow.err.contains("fetch more history"), "{}", shallow.err);
}

fn said_of(root: &Path, revision: &str) -> Said {
    said(program().args(["validate", "--changed-since", revision, "-C"]).arg(root).output().unwrap())
}

#[test]
fn a_baseline_does_the_same_without_git() {
    let project = in_debt();
    let file = project.path("debt.json");
    let path = file.display().to_string();
    let said = project.validate(&["--write-baseline", &path]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let written = fs::read_to_string(&file).unwrap();
    assert!(written.contains(OLD) && written.contains("\"version\": 4"), "{written}");
    assert_eq!(project.validate(&["--baseline", &path]).code, Some(0));
    project.edit("inventory/ssids.yaml", "vlan: pupils", "vlan: elever");
    let (code, found) = json(&project, &["--baseline", &path]);
    assert_eq!((code, found.len()), (Some(1), 2));
    project.validate(&["--write-baseline", &path]);
    assert_eq!(project.validate(&["--baseline", &path]).code, Some(0));
    for (text, words) in [("{}", "no baseline"), ("{\"version\": 7}", "version 7")] {
        fs::write(&file, text).unwrap();
        let said = project.validate(&["--baseline", &path]);
        assert_eq!(said.code, Some(1));
        assert!(said.err.contains(words) && said.err.contains("--write-baseline"), "{}", said.err);
    }
    let missing = project.validate(&["--baseline", "/nonexistent/debt.json"]);
    assert_eq!(missing.code, Some(1));
}

#[test]
fn one_more_place_with_an_old_mistake_is_new_and_a_mended_one_is_told() {
    let project = small();
    project.edit("inventory/profiles.yaml", "  phone:     {", "  pphone:    {");
    let file = project.path("debt.json");
    let path = file.display().to_string();
    let site = "inventory/sites/fargelanda/valboskolan.yaml";
    project.edit(site, "4: unused,", "4: phone,");
    assert_eq!(project.validate(&["--write-baseline", &path]).code, Some(0));
    assert!(project.validate(&["--baseline", &path]).out.starts_with("nothing new"));
    project.edit(site, "ports: { 1: office, u1", "ports: { 1: phone, u1");
    let said = project.validate(&["--baseline", &path]);
    assert_eq!(said.code, Some(1), "one more place: {}{}", said.out, said.err);
    assert!(!said.err.contains("more than there are"), "{}", said.err);
    // What is found no more would be missed if it came back.
    project.edit("inventory/profiles.yaml", "  pphone:    {", "  phone:     {");
    let said = project.validate(&["--baseline", &path]);
    assert!(said.code == Some(0) && said.err.contains("more than there are"), "{}", said.err);
}

#[test]
fn an_old_mistake_hides_no_new_one() {
    // Derivation's consequences, echoes of one code in another, and a template that fails: each with a debt in front of it.
    let wide = (
        "policies/flows/care.yaml",
        "to: alarm-centre\n    services: [tcp 5061, tcp 8443]",
        "to: internet\n    services: [any]",
    );
    let mixed = ("inventory/vlans.yaml", "title: Skrivare, segment: printers", "title: Skrivare, segment: building");
    let gateway = (
        "inventory/vlans.yaml",
        "{ block: 13, prefix: 24 }, gateway: site",
        "{ block: 13, prefix: 24 }, gateway: firewall",
    );
    let open =
        ("inventory/ssids.yaml", "security: sae-mixed, vlan: care, secret: wifi-care", "security: owe, vlan: care");
    for (debt, new, code) in [(wide, gateway, "SN-310"), (mixed, open, "SN-260")] {
        let project = example();
        project.edit(debt.0, debt.1, debt.2);
        project.commit();
        let file = project.path("debt.json");
        let path = file.display().to_string();
        assert_eq!(project.validate(&["--write-baseline", &path]).code, Some(0));
        for way in [["--baseline", &path], ["--changed-since", "HEAD"]] {
            let said = project.validate(&way);
            assert!(said.code == Some(0) && said.out.starts_with("nothing new"), "{}{}", said.out, said.err);
        }
        project.edit(new.0, new.1, new.2);
        for way in [["--baseline", &path], ["--changed-since", "HEAD"]] {
            let (exit, found) = json(&project, &way);
            assert_eq!(exit, Some(1), "{found:?}");
            assert!(found.contains(&(code.into(), Some(true))), "{found:?}");
        }
    }
    let project = example();
    project.edit(wide.0, wide.1, wide.2);
    project.commit();
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/cisco_iosxe/device.j2");
    let text = fs::read_to_string(built_in).unwrap();
    project.write("templates/cisco_iosxe/device.j2", &format!("{text}{{{{ nothing.at.all }}}}\n"));
    let (exit, found) = json(&project, &["--changed-since", "HEAD"]);
    assert!(exit == Some(1) && found.contains(&("SN-802".into(), Some(true))), "{found:?}");
}

#[test]
fn a_mistake_that_holds_for_more_than_before_is_new() {
    let project = example();
    let tags = |tags: &str| format!("secret: wifi-care, sites: {{ tags: [{tags}] }}");
    project.edit("inventory/ssids.yaml", &tags("care"), &tags("care, school"));
    project.commit();
    assert_eq!(project.validate(&["--changed-since", "HEAD"]).code, Some(0));
    project.edit("inventory/ssids.yaml", &tags("care, school"), &tags("care, school, library"));
    let (exit, found) = json(&project, &["--changed-since", "HEAD"]);
    assert!(exit == Some(1) && found.contains(&("SN-208".into(), Some(true))), "{found:?}");
}

#[test]
fn a_hook_of_a_worktree_sees_the_project_as_people_do() {
    let folder = tempfile::tempdir().unwrap();
    copy(in_debt().root(), &folder.path().join("nets/dalsland"));
    let top = Project { folder };
    fs::remove_dir_all(top.path("nets/dalsland/.git")).unwrap();
    top.commit();
    let git = top.path(".git");
    let run = |arguments: &[&str]| {
        let mut command = program();
        command.current_dir(top.root()).args(["validate", "-C", "nets/dalsland"]).args(arguments);
        said(command.env("GIT_DIR", &git).env("GIT_INDEX_FILE", git.join("index")).output().unwrap())
    };
    let since = run(&["--changed-since", "HEAD"]);
    assert_eq!(since.code, Some(0), "{}", since.err);
    assert!(run(&["--format", "github"]).out.contains("file=nets/dalsland/inventory/"));
}
