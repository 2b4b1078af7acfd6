//! What `validate` writes: the same findings in every format, fixes, and what is new since a revision or a baseline.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::project::copy;

mod compare;
mod fix;
mod parity;
mod sarif;

/// A project that the program is run on.
struct Project {
    folder: tempfile::TempDir,
}

/// The small network of the fixtures, which is in order.
fn small() -> Project {
    let project = Project { folder: tempfile::tempdir().unwrap() };
    copy(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/small")), project.root());
    project
}

/// The example network.
fn example() -> Project {
    let project = Project { folder: tempfile::tempdir().unwrap() };
    for part in ["inventory", "policies"] {
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join(part), &project.path(part));
    }
    project
}

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Project {
    fn root(&self) -> &Path {
        self.folder.path()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces a text that has to be there.
    #[track_caller]
    fn edit(&self, path: &str, old: &str, new: &str) {
        let text = self.read(path);
        assert!(text.contains(old), "no `{old}` in {path}");
        self.write(path, &text.replacen(old, new, 1));
    }

    fn validate(&self, arguments: &[&str]) -> Said {
        let output = program().arg("validate").arg("-C").arg(self.root()).args(arguments).output().unwrap();
        said(output)
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.root())
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "init.defaultBranch=main"])
            .args(["-c", "commit.gpgsign=false", "-c", "core.hooksPath=/dev/null"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Commits everything as it is.
    fn commit(&self) {
        if !self.path(".git").exists() {
            self.git(&["init", "-q"]);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "x"]);
    }
}

/// The program, without anything of the environment that would show in what it says.
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_samnet"));
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null");
    command
}

fn said(output: Output) -> Said {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// The codes of findings in a JSON document, each with whether it is new.
fn codes(json: &str) -> Vec<(String, Option<bool>)> {
    let json: Value = serde_json::from_str(json).unwrap();
    let one = |found: &Value| (found["code"].as_str().unwrap().to_owned(), found["new"].as_bool());
    json["findings"].as_array().unwrap().iter().map(one).collect()
}

/// One finding as it can be read back from a format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    code: String,
    severity: String,
    path: String,
    /// 0 for a whole file or none.
    line: u64,
    message: String,
    help: String,
}

type All = BTreeSet<Told>;
