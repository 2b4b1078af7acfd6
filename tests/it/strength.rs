//! `validate --secrets`: values are read and judged, and appear nowhere.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::copy;

/// A project whose secrets come from files with these values.
fn project(values: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/small");
    copy(&small, folder.path());
    let network = folder.path().join("inventory/network.yaml");
    let text = fs::read_to_string(&network).unwrap();
    let (mut text, _) = text.split_once("secrets:").map(|(before, after)| (before.to_owned(), after)).unwrap();
    text.push_str("routing: { ospf: { secret: ospf }, bgp: { asn: 64500, neighbours: [{ device: datacentre/core-1, address: 192.0.2.1, asn: 64511, title: Ute, secret: bgp }] } }\nsecrets:\n");
    for (name, value) in values {
        let file = folder.path().join(name);
        fs::write(&file, value).unwrap();
        #[cfg(unix)]
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        text.push_str(&format!("  {name}: file:{name}\n"));
    }
    fs::write(network, text).unwrap();
    folder
}

fn validate(root: &Path, arguments: &[&str]) -> (String, Option<i32>) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_samnet")).args(["validate", "-C"]).arg(root).args(arguments).output().unwrap();
    let all = [output.stdout, output.stderr].concat();
    (String::from_utf8(all).unwrap(), output.status.code())
}

const STRONG: [(&str, &str); 7] = [
    ("radius", "b9f0c2d17a5e4386b9d1"),
    ("snmp-auth", "Kq7vT2mZx9Lw4Rb"),
    ("snmp-privacy", "h3NfY8cJp6Gs1Vd"),
    ("wifi-things", "tolv gamla cyklar under bron"),
    ("wifi-pupils", "Zt5rW9kQm2Xb7Lc"),
    ("ospf", "f3a91c07be5d2864"),
    ("bgp", "uW4nE8yKs6Hj2Pz"),
];

/// The strong values, but for some; an empty one has no file.
fn with(changes: &[(&'static str, &'static str)]) -> tempfile::TempDir {
    let value = |name: &str, strong: &'static str| {
        changes.iter().find(|(changed, _)| *changed == name).map_or(strong, |(_, value)| value)
    };
    let values: Vec<(&str, &str)> = STRONG.iter().map(|(name, strong)| (*name, value(name, strong))).collect();
    let folder = project(&values);
    for (name, _) in values.iter().filter(|(_, value)| value.is_empty()) {
        fs::remove_file(folder.path().join(name)).unwrap();
    }
    folder
}

/// Code and secret of every finding about values.
fn found(changes: &[(&'static str, &'static str)]) -> Vec<String> {
    let folder = with(changes);
    let (text, _) = validate(folder.path(), &["--secrets", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let about = json["findings"].as_array().unwrap().iter().filter_map(|finding| {
        let code = finding["code"].as_str()?;
        let names: Vec<&str> = finding["message"].as_str()?.split('`').skip(1).step_by(2).collect();
        ("SN-722".."SN-727").contains(&code).then(|| format!("{code} {}", names.join(" ")))
    });
    about.collect()
}

#[test]
fn strong_secrets_pass() {
    assert_eq!(found(&[]), Vec::<String>::new());
    let folder = with(&[]);
    assert_eq!(validate(folder.path(), &["--secrets"]).1, Some(0));
}

#[test]
fn without_being_asked_nobody_reads_a_secret() {
    let folder = with(&[("radius", "")]);
    assert_eq!(validate(folder.path(), &[]).1, Some(0));
    assert_eq!(validate(folder.path(), &["--secrets"]).1, Some(1));
}

#[test]
fn each_weakness_has_its_code() {
    for (name, value, codes) in [
        ("radius", "", &["SN-722 radius"][..]),
        ("wifi-things", "k7Qw9fX", &["SN-723 wifi-things"]),
        ("radius", "k7Qw9fX", &["SN-725 radius"]),
        ("radius", "b9f0c2d17a5e438", &["SN-723 radius"]),
        ("snmp-auth", "Kq7vT2mZx9L", &["SN-723 snmp-auth"]),
        ("bgp", "uW4nE8yKs6H", &["SN-723 bgp"]),
        ("ospf", "f3a91c07be5d28641", &["SN-724 ospf"]),
        ("wifi-things", "Zt5rW9kQm2Xb7Lcåäö", &["SN-724 wifi-things"]),
        ("wifi-things", "Kq7vT2mZx9Lw4RbKs6Hj2PzuW4nE8yh3NfY8cJp6Gs1VdZt5rW9kQm2Xb7Lc5Tg8w", &["SN-724 wifi-things"]),
        ("wifi-pupils", "Elever-Valbo-2026", &["SN-725 wifi-pupils"]),
        ("wifi-pupils", "Sommar2026!!", &["SN-725 wifi-pupils"]),
        ("radius", "qwertyuiopasdfghjkl", &["SN-725 radius"]),
        ("snmp-privacy", "Kq7vT2mZx9Lw4Rb", &["SN-726 snmp-auth snmp-privacy"]),
        ("wifi-pupils", "uW4nE8yKs6Hj2Pz", &["SN-726 bgp wifi-pupils"]),
    ] {
        assert_eq!(found(&[(name, value)]), codes, "{name}");
    }
}

/// Whatever is wrong with a value, it stands in no format, neither whole nor in part.
#[test]
fn no_format_shows_a_value() {
    let canaries = [
        ("radius", "kanariefagel"),
        ("snmp-auth", "kanarie-samma"),
        ("snmp-privacy", "kanarie-samma"),
        ("wifi-things", "kanarieå"),
        ("wifi-pupils", "kanarie"),
        ("ospf", "kanariefagelunge-i-bur"),
        ("bgp", "kanar"),
    ];
    let folder = with(&canaries);
    for format in ["human", "json", "sarif", "junit", "github", "gitlab"] {
        let (text, code) = validate(folder.path(), &["--secrets", "--format", format]);
        assert_eq!(code, Some(1), "{format}");
        assert!(text.contains("SN-725") && text.contains("SN-726"), "{format}: {text}");
        assert!(!text.to_lowercase().contains("kanar"), "{format}: {text}");
    }
    let baseline = folder.path().join("debt.json");
    validate(folder.path(), &["--secrets", "--write-baseline", baseline.to_str().unwrap()]);
    assert!(!fs::read_to_string(baseline).unwrap().contains("kanar"));
}
