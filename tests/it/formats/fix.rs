//! `validate --fix`: exactly the bytes that are wrong change, and nothing is written that nobody asked for.

use super::*;

/// Mistakes with a fix, one of each kind, among comments and odd line ends.
fn slips() -> Project {
    let project = small();
    project.edit("inventory/vlans.yaml", "title: Personal,", "titel:   Personal,");
    project.edit("inventory/vlans.yaml", "{ id: 50, name: voice", "{ id: \"50\", name: voice");
    project.edit("inventory/vlans.yaml", "gateway: firewall,", "gateway: 'firewal',");
    project.edit("inventory/profiles.yaml", "title: Telefon, vlan: voice", "title: Telefon, vlan: vioce");
    project.edit("inventory/ssids.yaml", "client_isolation: true", "client_isolation: yes");
    let text = project.read("inventory/ssids.yaml").replace('\n', "\r\n");
    project.write("inventory/ssids.yaml", &format!("\u{feff}# våra nät\t\r\n{text}"));
    project
}

/// What the files should be when all is mended.
fn mended(before: &Project) -> Vec<(&'static str, String)> {
    let edit = |path: &'static str, pairs: &[(&str, &str)]| {
        let mut text = before.read(path);
        for (old, new) in pairs {
            assert_eq!(text.matches(old).count(), 1, "{path}: {old}");
            text = text.replace(old, new);
        }
        (path, text)
    };
    vec![
        edit("inventory/vlans.yaml", &[("titel:", "title:"), ("\"50\"", "50"), ("'firewal'", "'firewall'")]),
        edit("inventory/profiles.yaml", &[("vioce", "voice")]),
        edit("inventory/ssids.yaml", &[("yes", "true")]),
    ]
}

#[test]
fn every_slip_is_mended_and_every_other_byte_stays() {
    let project = slips();
    let expected = mended(&project);
    // With the files for the whole network broken, references are not looked at: they are mended in a second round.
    let said = project.validate(&["--fix"]);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    for (path, text) in expected {
        assert_eq!(project.read(path), text, "{path}");
    }
    assert!(said.out.contains("; made 5 fixes"), "{}", said.out);
    assert!(said.out.contains("inventory/vlans.yaml:") && said.out.contains(": write `firewall`\n"), "{}", said.out);
    let nothing = project.validate(&["--fix"]);
    assert!(nothing.out.starts_with("nothing found") && nothing.out.contains("nothing to mend"), "{}", nothing.out);
}

#[test]
fn a_dry_run_prints_a_patch_that_git_applies_and_writes_nothing() {
    let project = slips();
    project.edit("inventory/network.yaml", "loopbacks: 10.127.64.0/18", "loopbacks: 10.127.64.0/18 # x");
    project.commit();
    let said = project.validate(&["--fix", "--dry-run"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("would make") && said.out.starts_with("--- a/inventory/"), "{}", said.out);
    assert_eq!(project.git(&["status", "--porcelain"]), "", "nothing was written");
    fs::write(project.path(".git/patch"), &said.out).unwrap();
    project.git(&["apply", ".git/patch"]);
    let patched: Vec<String> =
        ["vlans", "network", "ssids"].map(|f| project.read(&format!("inventory/{f}.yaml"))).into();
    project.git(&["checkout", "-q", "."]);
    project.validate(&["--fix"]);
    let fixed: Vec<String> = ["vlans", "network", "ssids"].map(|f| project.read(&format!("inventory/{f}.yaml"))).into();
    assert_eq!(patched, fixed);
}

#[test]
fn a_patch_shows_no_secret() {
    let project = small();
    project.edit("inventory/network.yaml", "radius:       env:SAMNET_TEST_RADIUS", "radius:       hemligt123");
    project.edit("inventory/network.yaml", "methods: [{ key:", "methds: [{ key:");
    let said = project.validate(&["--fix", "--dry-run"]);
    assert!(said.out.contains("+  methods:") && !said.out.contains("hemligt123"), "{}", said.out);
    assert!(!said.err.contains("hemligt123"), "{}", said.err);
    project.validate(&["--fix"]);
    assert!(project.read("inventory/network.yaml").contains("radius:       hemligt123\n"));
    // One that is none before the key above it is mended.
    project.edit("inventory/network.yaml", "\nsecrets:", "\nsecrts:");
    let said = project.validate(&["--fix", "--dry-run"]);
    assert!(said.out.contains("+secrets:") && !said.out.contains("hemligt123"), "{}", said.out);
}

#[test]
fn rights_and_links_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = small();
    project.edit("inventory/profiles.yaml", "title: Telefon, vlan: voice", "title: Telefon, vlan: vioce");
    let elsewhere = project.path("shared.yaml");
    fs::rename(project.path("inventory/profiles.yaml"), &elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("../shared.yaml", project.path("inventory/profiles.yaml")).unwrap();
    let said = project.validate(&["--fix"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(fs::symlink_metadata(project.path("inventory/profiles.yaml")).unwrap().is_symlink());
    assert_eq!(fs::metadata(&elsewhere).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(fs::read_to_string(&elsewhere).unwrap().contains("vlan: voice"));
    let names: Vec<_> = fs::read_dir(project.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "no temporary file is left: {names:?}");
}

#[test]
fn a_read_only_file_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let project = small();
    project.edit("inventory/profiles.yaml", "title: Telefon, vlan: voice", "title: Telefon, vlan: vioce");
    let path = project.path("inventory/profiles.yaml");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let said = project.validate(&["--fix"]);
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("read-only"), "{}", said.err);
    assert!(project.read("inventory/profiles.yaml").contains("vioce"));
}

#[test]
fn what_could_mean_two_things_is_left_to_a_person() {
    let project = small();
    // Two profiles are as near, and a device's number is no slip.
    project.edit("inventory/profiles.yaml", "  unused: ", "  phons: { title: Telefoner, vlan: voice }\n  unused: ");
    project.edit("inventory/sites/fargelanda/valboskolan.yaml", "3: phone }", "3: phon }");
    project.edit(
        "inventory/sites/fargelanda/valboskolan.yaml",
        "3: { profile: ap, to: ap-1 }",
        "3: { profile: ap, to: ap-2 }",
    );
    let before = project.read("inventory/sites/fargelanda/valboskolan.yaml");
    let said = project.validate(&["--fix"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(
        said.err.contains("did you mean `phon") && said.out.contains("nothing to mend"),
        "{}{}",
        said.err,
        said.out
    );
    assert_eq!(project.read("inventory/sites/fargelanda/valboskolan.yaml"), before);
}

/// Edits after which a near word is known, and nobody can say that it was meant.
const DOUBTFUL: [(&str, &str, &str); 9] = [
    // The contrary, another unit, another product, one host and all hosts beside it.
    ("inventory/profiles.yaml", "  phone:     { ", "  phone:     { untrusted: true, "),
    ("inventory/ssids.yaml", "client_isolation: true", "rate_limit_kbit: 5000"),
    ("inventory/sites/fargelanda/valboskolan.yaml", "model: Small", "model: Smalt"),
    ("policies/segments.yaml", "prefixes: [198.51.100.0/26]", "prefixes: [198.51.100.9/26]"),
    // Whom a flow lets in.
    ("policies/flows/all.yaml", "from: management, to: 10.64.1.31", "from: managment, to: 10.64.1.31"),
    // What is mistyped may be the one definition.
    ("inventory/profiles.yaml", "  phone:     {", "  phhone:    {"),
    ("inventory/vlans.yaml", "title: Personal,", "title: Personal, segmnet: staff,"),
    // A text that an alias gives to a switch.
    ("inventory/profiles.yaml", "  phone:     { title: Telefon,", "  phone:     { title: &t on, trusted: *t,"),
    // Two keys that are near to one.
    ("inventory/vlans.yaml", "title: Personal,", "titel: Personal, titlee: Personal,"),
];

#[test]
fn what_nobody_can_be_sure_of_is_left_to_a_person() {
    for (path, old, new) in DOUBTFUL {
        let project = small();
        project.edit(path, old, new);
        let before = project.read(path);
        let said = project.validate(&["--fix"]);
        let after = project.read(path);
        // A key that is there already is not written a second time.
        let twice = |key: &str| after.lines().any(|line| line.matches(key).count() > 1);
        assert!(!twice(" title:") && !twice(" segment:"), "{new}: {after}");
        // Of two keys that are near to one, the first is mended.
        let expected = before.replace("titel: Personal, titlee", "title: Personal, titlee");
        assert_eq!(after, expected, "{new}: {}{}", said.out, said.err);
    }
}

#[test]
fn options_that_contradict_each_other_are_usage_errors() {
    let project = small();
    for arguments in [
        &["--dry-run"][..],
        &["--fix", "--dry-run", "--format", "json"],
        &["--fix", "--write-baseline", "x"],
        &["--baseline", "x", "--write-baseline", "y"],
        &["--baseline", "x", "--changed-since", "HEAD"],
        &["--explain", "SN-204"],
    ] {
        assert_eq!(project.validate(arguments).code, Some(64), "{arguments:?}");
    }
}
