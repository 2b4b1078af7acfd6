//! Approvals: OpenSSH signatures over a plan's id, who may give them, and how many a plan needs.
//!
//! What is signed is the line `<64 hexadecimal digits>\n` in the namespace `samnet-plan`, so that
//! `ssh-keygen -Y verify` alone can check an approval:
//!
//! ```text
//! printf '%s\n' "$ID" | ssh-keygen -Y verify -f policies/allowed_signers -I ida@amal.example \
//!     -n samnet-plan -s plan.json.sigs/ida@amal.example.sig
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use russh::keys::ssh_key::{HashAlg, PublicKey, SshSig};

use crate::model::Change;
use crate::plan::{Plan, Risk, Stored};
use crate::value::Digest;

mod inspect;
pub mod sign;
pub mod signers;

pub use inspect::inspect;
pub use sign::{SignError, sign_with_agent, sign_with_key, store};
pub use signers::{Signers, SignersError, Standing};

/// The signature namespace.
pub const NAMESPACE: &str = "samnet-plan";
/// Where `allowed_signers` is when `policies/change.yaml` does not say.
pub const SIGNERS: &str = "policies/allowed_signers";
/// Longest signature file looked at; an RSA signature has about 1.5 KB.
const LONGEST: u64 = 64 * 1024;

/// The bytes an approval signs.
#[must_use]
pub fn message(plan: &Digest) -> Vec<u8> {
    format!("{plan}\n").into_bytes()
}

/// The folder of a plan's signatures: `plan.json` has `plan.json.sigs/`.
#[must_use]
pub fn folder(plan: &Path) -> PathBuf {
    let mut name = plan.file_name().map(OsString::from).unwrap_or_default();
    name.push(".sigs");
    plan.with_file_name(name)
}

/// A signature that counts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Signature {
    /// Who signed, as `allowed_signers` calls them.
    pub principal: String,
    /// SHA-256 fingerprint of the key.
    pub key: String,
}

/// A signature that does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The file.
    pub path: PathBuf,
    /// Why not, a lower-case fragment.
    pub reason: String,
}

/// How many signatures a plan needs, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// How many.
    pub signatures: u32,
    /// The rule that asks for most.
    pub because: String,
    /// Whether the author's own does not count.
    pub four_eyes: bool,
}

/// What was found beside a plan.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What the plan needs.
    pub needed: Needed,
    /// Signatures that count, by principal.
    pub good: Vec<Signature>,
    /// Signatures that do not, by path.
    pub rejected: Vec<Rejected>,
}

impl Verdict {
    /// Whether the plan may be applied.
    #[must_use]
    pub fn approved(&self) -> bool {
        self.good.len() as u64 >= u64::from(self.needed.signatures)
    }

    /// How many signatures are still to come.
    #[must_use]
    pub fn outstanding(&self) -> u32 {
        self.needed.signatures.saturating_sub(u32::try_from(self.good.len()).unwrap_or(u32::MAX))
    }
}

/// How many signatures a plan needs.
#[must_use]
pub fn needed(plan: &Plan, change: &Change) -> Needed {
    let mut needed = Needed {
        signatures: change.signatures.value,
        because: "every plan".to_owned(),
        four_eyes: change.four_eyes.value,
    };
    for Risk(class) in plan.risks() {
        if let Some(asked) = change.risk.get(&class).filter(|asked| asked.value > needed.signatures) {
            needed.signatures = asked.value;
            needed.because = format!("risk class {class}");
        }
    }
    if plan.is_empty() {
        needed.signatures = 0;
        "nothing changes".clone_into(&mut needed.because);
    }
    needed
}

/// Looks at every signature beside a plan. A signer counts once, and so does a key.
///
/// # Errors
/// When the folder of signatures cannot be listed.
pub fn check(
    stored: &Stored,
    path: &Path,
    change: &Change,
    signers: &Signers,
    now: Timestamp,
) -> std::io::Result<Verdict> {
    let mut verdict = Verdict { needed: needed(&stored.plan, change), good: Vec::new(), rejected: Vec::new() };
    let folder = folder(path);
    let mut files: Vec<PathBuf> = match std::fs::read_dir(&folder) {
        Ok(entries) => entries.map(|entry| entry.map(|found| found.path())).collect::<Result<_, _>>()?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    files.retain(|file| file.extension().is_some_and(|kind| kind == "sig"));
    files.sort();
    let mut people = BTreeSet::new();
    let mut keys: BTreeMap<String, String> = BTreeMap::new();
    for file in files {
        let mut judged = judge(&file, &stored.id, signers, now);
        if let Ok(signature) = &judged {
            if verdict.needed.four_eyes && signature.principal.eq_ignore_ascii_case(&stored.plan.author) {
                judged = Err(format!("{} made the plan; somebody else has to approve it", signature.principal));
            } else if let Some(other) = keys.get(&signature.key) {
                judged = Err(format!("the same key already counts for {other}"));
            } else if people.contains(&signature.principal) {
                judged = Err(format!("{} already counts", signature.principal));
            }
        }
        match judged {
            Ok(signature) => {
                people.insert(signature.principal.clone());
                keys.insert(signature.key.clone(), signature.principal.clone());
                verdict.good.push(signature);
            }
            Err(reason) => verdict.rejected.push(Rejected { path: file, reason }),
        }
    }
    Ok(verdict)
}

fn judge(file: &Path, plan: &Digest, signers: &Signers, now: Timestamp) -> Result<Signature, String> {
    use std::io::Read as _;
    let principal = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
    let mut pem = String::new();
    std::fs::File::open(file)
        .and_then(|open| open.take(LONGEST).read_to_string(&mut pem))
        .map_err(|error| format!("cannot be read: {error}"))?;
    let signature = SshSig::from_pem(&pem).map_err(|error| format!("not an SSH signature: {error}"))?;
    let key = PublicKey::new(signature.public_key().clone(), "");
    let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
    if signature.namespace() != NAMESPACE {
        return Err(format!("signed in the namespace `{}`, not `{NAMESPACE}`", signature.namespace()));
    }
    if signature.algorithm() == (russh::keys::Algorithm::Rsa { hash: None }) {
        return Err("signed with SHA-1, which proves nothing any more".to_owned());
    }
    key.verify(NAMESPACE, &message(plan), &signature)
        .map_err(|_| format!("does not sign plan {}: it was made for another plan, or is damaged", plan.short()))?;
    match signers.standing(&principal, &key, now) {
        Standing::Allowed => Ok(Signature { principal, key: fingerprint }),
        Standing::UnknownKey => Err(format!("unknown signer: the key {fingerprint} is not in {}", signers.path())),
        Standing::OtherPrincipal(other) => Err(format!("the key {fingerprint} belongs to {other}, not to {principal}")),
        Standing::Namespace(line) => {
            Err(format!("line {line} of {} does not let the key sign in `{NAMESPACE}`", signers.path()))
        }
        Standing::Expired(line, when) => Err(format!("the key expired on {when} (line {line} of {})", signers.path())),
        Standing::NotYet(line, when) => {
            Err(format!("the key is not valid before {when} (line {line} of {})", signers.path()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use jiff::tz::TimeZone;
    use russh::keys::ssh_key::{Algorithm, LineEnding, PrivateKey};

    use super::*;
    use crate::plan::file::tests::sample;
    use crate::source::{Sp, Span};

    struct Desk {
        dir: tempfile::TempDir,
        stored: Stored,
        path: PathBuf,
        now: Timestamp,
    }

    fn key() -> PrivateKey {
        PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap()
    }

    fn line(principal: &str, options: &str, key: &PrivateKey) -> String {
        format!("{principal} {options} {}\n", key.public_key().to_openssh().unwrap())
    }

    fn change(signatures: u32, four_eyes: bool) -> Change {
        Change {
            signatures: Sp::new(signatures, Span::default()),
            four_eyes: Sp::new(four_eyes, Span::default()),
            ..Change::default()
        }
    }

    impl Desk {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let stored = Stored::new(sample());
            let path = dir.path().join("plan.json");
            stored.save(&path).unwrap();
            Self { dir, stored, path, now: "2026-11-20T12:00:00Z".parse().unwrap() }
        }

        fn key_file(&self, name: &str, key: &PrivateKey) -> PathBuf {
            let path = self.dir.path().join(name);
            key.write_openssh_file(&path, LineEnding::LF).unwrap();
            path
        }

        fn sign(&self, principal: &str, key: &PrivateKey) {
            let file = self.key_file("key", key);
            let (signature, _) = sign_with_key(&self.stored.id, &file, || None).unwrap();
            store(&self.path, principal, &signature).unwrap();
        }

        fn check(&self, change: &Change, signers: &str) -> Verdict {
            let signers = Signers::parse(signers, "allowed_signers", &TimeZone::UTC).unwrap();
            check(&self.stored, &self.path, change, &signers, self.now).unwrap()
        }

        fn reason(&self, change: &Change, signers: &str) -> String {
            let verdict = self.check(change, signers);
            assert!(!verdict.approved());
            assert_eq!(verdict.rejected.len(), 1, "{verdict:?}");
            verdict.rejected[0].reason.clone()
        }
    }

    #[test]
    fn a_good_signature_approves() {
        let (desk, key) = (Desk::new(), key());
        let signers = line("mats@mellerud.example", "", &key);
        assert!(!desk.check(&change(1, true), &signers).approved());
        desk.sign("mats@mellerud.example", &key);
        let verdict = desk.check(&change(1, true), &signers);
        assert!(verdict.approved(), "{verdict:?}");
        assert_eq!(verdict.good[0].principal, "mats@mellerud.example");
    }

    #[test]
    fn each_way_to_be_wrong_is_named() {
        let (desk, key, other) = (Desk::new(), key(), key());
        let rule = change(1, true);
        desk.sign("mats@mellerud.example", &key);
        let by = |options: &str| line("mats@mellerud.example", options, &key);
        assert!(desk.reason(&rule, &line("mats@mellerud.example", "", &other)).contains("unknown signer"));
        assert!(desk.reason(&rule, &line("eva@x", "", &key)).contains("belongs to eva@x"));
        assert!(desk.reason(&rule, &by("namespaces=\"git\"")).contains("`samnet-plan`"));
        assert!(desk.reason(&rule, &by("valid-before=\"20260101Z\"")).contains("expired"));
        assert!(desk.reason(&rule, &by("valid-after=\"20270101Z\"")).contains("not valid before"));
        let elsewhere = Digest::of(b"another plan");
        let file = desk.key_file("key2", &key);
        let (signature, _) = sign_with_key(&elsewhere, &file, || None).unwrap();
        store(&desk.path, "mats@mellerud.example", &signature).unwrap();
        assert!(desk.reason(&rule, &by("")).contains("another plan"));
        let signature = key.sign("file", HashAlg::Sha512, &message(&desk.stored.id)).unwrap();
        store(&desk.path, "mats@mellerud.example", &signature).unwrap();
        assert!(desk.reason(&rule, &by("")).contains("namespace `file`"));
        std::fs::write(folder(&desk.path).join("mats@mellerud.example.sig"), "hello").unwrap();
        assert!(desk.reason(&rule, &by("")).contains("not an SSH signature"));
    }

    #[test]
    fn an_author_does_not_approve_their_own_plan() {
        let (desk, key) = (Desk::new(), key());
        let author = desk.stored.plan.author.clone();
        desk.sign(&author, &key);
        let signers = line(&author, "", &key);
        assert!(desk.reason(&change(1, true), &signers).contains("somebody else"));
        assert!(desk.check(&change(1, false), &signers).approved());
    }

    #[test]
    fn one_key_or_one_person_counts_once() {
        let (desk, first, second) = (Desk::new(), key(), key());
        desk.sign("a", &first);
        desk.sign("b", &first);
        let both = line("a", "", &first) + &line("b", "", &first);
        assert!(desk.reason(&change(2, false), &both).contains("same key already counts for a"));
        desk.sign("b", &second);
        assert!(desk.check(&change(2, false), &(line("a", "", &first) + &line("b", "", &second))).approved());
    }

    #[test]
    fn a_risk_class_asks_for_more() {
        let mut rule = change(1, false);
        rule.risk.insert("access".into(), Sp::new(2, Span::default()));
        rule.risk.insert("aaa".into(), Sp::new(3, Span::default()));
        let mut plan = sample();
        let asked = needed(&plan, &rule);
        assert_eq!((asked.signatures, asked.because.as_str()), (2, "risk class access"));
        plan.devices[0].commands.clear();
        assert_eq!(needed(&plan, &rule).signatures, 0);
    }

    #[test]
    fn a_locked_key_needs_its_passphrase() {
        let desk = Desk::new();
        let locked = key().encrypt(&mut russh::keys::key::safe_rng(), "öppna").unwrap();
        let file = desk.key_file("locked", &locked);
        let with = |word: Option<&str>| {
            let word = word.map(secrecy::SecretString::from);
            sign_with_key(&desk.stored.id, &file, || word)
        };
        assert!(matches!(with(None), Err(SignError::Locked { .. })));
        assert!(matches!(with(Some("fel")), Err(SignError::Passphrase { .. })));
        assert!(with(Some("öppna")).is_ok());
    }

    #[test]
    fn a_principal_cannot_leave_the_folder() {
        let (desk, key) = (Desk::new(), key());
        let signature = key.sign(NAMESPACE, HashAlg::Sha512, b"x").unwrap();
        for name in ["", "../x", ".x", "a/b", "a\\b", "a\nb"] {
            assert!(matches!(store(&desk.path, name, &signature), Err(SignError::Principal(_))), "{name:?}");
        }
    }

    /// OpenSSH is on every machine these tests are meant for; without it this test says so by failing.
    #[test]
    fn openssh_reads_ours_and_we_read_openssh() {
        let (desk, key) = (Desk::new(), key());
        let principal = "mats@mellerud.example";
        let signers = line(principal, "namespaces=\"samnet-plan\"", &key);
        let signers_file = desk.dir.path().join("allowed_signers");
        std::fs::write(&signers_file, &signers).unwrap();
        desk.sign(principal, &key);
        let ours = folder(&desk.path).join(format!("{principal}.sig"));
        let id_file = desk.dir.path().join("id");
        std::fs::write(&id_file, message(&desk.stored.id)).unwrap();
        let verified = Command::new("ssh-keygen")
            .args(["-Y", "verify", "-n", NAMESPACE, "-I", principal, "-f"])
            .arg(&signers_file)
            .arg("-s")
            .arg(&ours)
            .stdin(std::fs::File::open(&id_file).unwrap())
            .stdout(Stdio::null())
            .status()
            .unwrap();
        assert!(verified.success());
        std::fs::remove_file(&ours).unwrap();
        let signed = Command::new("ssh-keygen")
            .args(["-Y", "sign", "-n", NAMESPACE, "-f"])
            .arg(desk.dir.path().join("key"))
            .arg(&id_file)
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(signed.success());
        std::fs::rename(desk.dir.path().join("id.sig"), &ours).unwrap();
        assert!(desk.check(&change(1, true), &signers).approved());
    }
}
