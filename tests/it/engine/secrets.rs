//! Secrets that a device shows in a form of its own.

use std::sync::Arc;

use samnet::diff::{self, Options};
use samnet::secret::{FingerprintKey, Sealed};

use super::platform;

/// How many commands lead from one text to another, with what is known of sealed secrets.
fn count(platform: &str, sealed: &Sealed, running: &str, intended: &str) -> usize {
    let options = Options { sealed: Some(Arc::new(sealed.clone())), ..Options::default() };
    let found = diff::remediate(&super::platform(platform), running, intended, &options);
    assert_eq!(found.commands.is_empty(), found.rollback.is_empty());
    found.commands.len()
}

fn empty() -> Sealed {
    Sealed::new(FingerprintKey::from_bytes([9; 32]))
}

/// A device shows `ENC …` for whatever it was sent; the record of the last push tells.
#[test]
fn enc_equals_what_was_sent_last() {
    let text = |hash: &str, psk: &str| {
        format!(
            "config system admin\n    edit \"admin\"\n        set password {hash}\n    next\nend\nconfig vpn ipsec \
             phase1-interface\n    edit \"hub\"\n        set psksecret {psk}\n    next\nend\n"
        )
    };
    let sent = text("\"kanarie gul\"", "kanarieblue");
    let shown = text("ENC PB2aaaa", "ENC bbbb");
    let mut sealed = empty();
    let count = |sealed: &Sealed, running: &str, intended: &str| count("fortinet_fortios", sealed, running, intended);
    assert_eq!(count(&sealed, &shown, &sent), 2);
    diff::learn(&platform("fortinet_fortios"), &shown, &sent, &Options::default(), &mut sealed);
    assert_eq!(count(&sealed, &shown, &sent), 0);
    // The one is sealed anew at every reading, the other only when it is set.
    assert_eq!(count(&sealed, &text("ENC PB2aaaa", "ENC cccc"), &sent), 0);
    assert_eq!(count(&sealed, &text("ENC PB2dddd", "ENC bbbb"), &sent), 1);
    assert_eq!(count(&sealed, &shown, &text("\"kanarie gul\"", "other")), 1);
    assert_eq!(count(&sealed, &shown, &text("ENC PB2aaaa", "ENC eeee")), 0);
    // A hash is tried, whatever was noted.
    let hash = "ENC SH2+n+OiTlautpJQF1NBcMU2H1otOvlAz9g5wzxwHw+4il3Aiixv9oPtKnRgCc=";
    assert_eq!(count(&empty(), &text(hash, "x"), &text("a", "x")), 0);
    assert_eq!(count(&empty(), &text(hash, "x"), &text("b", "x")), 1);
}

/// Two secrets on one line, each with a ciphertext of its own.
#[test]
fn ciphertext_equals_what_was_sent_last() {
    let text = |auth: &str, privacy: &str| {
        format!(
            "snmpv3 user nms auth sha auth-pass {auth} priv aes priv-pass {privacy}\nradius-server host 192.0.2.1 key {auth}\n"
        )
    };
    let (sent, shown) = (text("plaintext kanarie1", "plaintext kanarie2"), text("ciphertext AQB1", "ciphertext AQB2"));
    let count = |sealed: &Sealed, running: &str, intended: &str| count("aruba_aoscx", sealed, running, intended);
    let mut sealed = empty();
    assert!(count(&sealed, &shown, &sent) > 0);
    diff::learn(&platform("aruba_aoscx"), &shown, &sent, &Options::default(), &mut sealed);
    assert_eq!(count(&sealed, &shown, &sent), 0);
    assert!(count(&sealed, &text("ciphertext AQB1", "ciphertext AQB3"), &sent) > 0);
    assert!(count(&sealed, &shown, &text("plaintext kanarie1", "plaintext kanarie3")) > 0);
}

/// Numbers that no clear text can be tried with need the record; those of a hash do not, and nothing is learnt of them.
#[test]
fn a_key_under_the_device_s_own_key_equals_what_was_sent_last() {
    let text =
        |key: &str| format!("radius server A\n address ipv4 192.0.2.1 auth-port 1812 acct-port 1813\n key {key}\n");
    let count = |sealed: &Sealed, running: &str, intended: &str| count("cisco_iosxe", sealed, running, intended);
    let mut sealed = empty();
    let (sent, shown) = (text("0 kanarie"), text("6 ABcd"));
    assert_eq!(count(&sealed, &shown, &sent), 1);
    diff::learn(&platform("cisco_iosxe"), &shown, &sent, &Options::default(), &mut sealed);
    assert_eq!(count(&sealed, &shown, &sent), 0);
    assert_eq!(count(&sealed, &shown, &text("kanarie")), 0);
    assert_eq!(count(&sealed, &shown, &text("other")), 1);

    let login = |secret: &str| format!("username ida secret {secret}\n");
    let stored = login("9 $9$nhEmQVczB7dqsO$X.HsgL6x1il0RxkOSSvyQYwucySCt7qFm4v7pqCxkKM");
    let before = sealed.clone();
    diff::learn(&platform("cisco_iosxe"), &stored, &login("0 another"), &Options::default(), &mut sealed);
    assert!(sealed.is_same(&before));
    assert!(count(&sealed, &stored, &login("0 another")) > 0);
    assert_eq!(count(&sealed, &stored, &login("0 cisco")), 0);
}

/// Statements that are paths: what the device seals is known by the record, what it hashes is tried.
#[test]
fn a_sealed_statement_equals_what_was_sent_last() {
    for (name, text, shown, other) in [
        ("juniper_junos", "set system radius-server 192.0.2.1 secret §", "$8$aes256-gcm$x$1", "$8$aes256-gcm$x$2"),
        ("paloalto_panos", "set shared server-profile radius R server A secret §", "-AQ==aaaa", "-AQ==bbbb"),
        ("vyos", "set system login radius server 192.0.2.1 key '§'", "$8$x", "$8$y"),
    ] {
        let text = |secret: &str| text.replace('§', secret);
        let count = |sealed: &Sealed, running: &str, intended: &str| count(name, sealed, running, intended);
        let mut sealed = empty();
        let (sent, seen) = (text("kanarie"), text(shown));
        assert!(count(&sealed, &seen, &sent) > 0, "{name}");
        diff::learn(&platform(name), &seen, &sent, &Options::default(), &mut sealed);
        assert_eq!(count(&sealed, &seen, &sent), 0, "{name}");
        assert!(count(&sealed, &text(other), &sent) > 0, "{name}: somebody set another");
        assert!(count(&sealed, &seen, &text("other")) > 0, "{name}: another is wanted");
        assert!(count(&sealed, &seen.replace("192.0.2.1", "192.0.2.2").replace(" A ", " B "), &sent) > 0, "{name}");
    }
}

/// Keys over several lines are one secret.
#[test]
fn a_private_key_over_several_lines_is_masked_whole() {
    let platform = platform("fortinet_fortios");
    let text = "config vpn certificate local\n    edit \"web\"\n        set private-key \"-----BEGIN ENCRYPTED PRIVATE \
                KEY-----\nkanarie1\nkanarie2\n-----END ENCRYPTED PRIVATE KEY-----\"\n        set comments \"x\"\n    \
                next\nend\n";
    let masker = samnet::secret::Masker::new(&platform, FingerprintKey::from_bytes([9; 32]));
    for shown in [masker.mask(text), masker.steady(text)] {
        assert!(!shown.contains("kanarie") && shown.contains("set comments"), "{shown}");
    }
    assert_eq!(masker.steady(text), masker.steady(&text.replace("kanarie1", "kanarie3")));
    assert_ne!(masker.mask(text), masker.mask(&text.replace("kanarie1", "kanarie3")));
    let found = diff::remediate(&platform, "", text, &Options::default());
    for command in &found.commands {
        assert!(!diff::mask(&platform, Some(&command.path), &command.text).contains("kanarie"), "{command:?}");
    }
    assert!(diff::remediate(&platform, text, &text.replace("kanarie1", "kanarie3"), &Options::default()).is_empty());
}
