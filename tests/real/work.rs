//! The bed's project folder (`tests/real/project/`), and the compiled program run in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::site::Ended;
use crate::town::Town;

/// A copy of the project folder, with keys.
pub(crate) struct Work<'t> {
    pub(crate) town: &'t Town,
    folder: TempDir,
    plans: std::cell::Cell<u32>,
}

impl<'t> Work<'t> {
    /// Copies the folder, makes an approver's key, and accepts the devices' host keys.
    pub(crate) fn new(town: &'t Town) -> Self {
        let folder = tempfile::Builder::new().prefix("samnet-work-").tempdir().unwrap();
        copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/project"), folder.path());
        let work = Self { town, folder, plans: 0.into() };
        work.edit("inventory/network.yaml", "@KEY@", &town.site.login_key().display().to_string());
        let key = work.path("approver");
        let made = Command::new("ssh-keygen").args(["-qt", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
        assert!(made.success(), "ssh-keygen failed");
        let public = fs::read_to_string(key.with_extension("pub")).unwrap();
        fs::write(work.path("policies/allowed_signers"), format!("approver@bed.example {public}")).unwrap();
        work.expect(0, &["trust", "--yes", "bed-rack-fw1", "bed-rack-cr1", "bed-rack-cr2", "bed-rack-sw1"]);
        work
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    /// Replaces a text in a file of the folder.
    #[track_caller]
    pub(crate) fn edit(&self, file: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(file)).unwrap();
        assert!(text.contains(from), "{file} does not hold {from:?}:\n{text}");
        fs::write(self.path(file), text.replace(from, to)).unwrap();
    }

    /// The command line of one call of the program.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.town.site.program(env!("CARGO_BIN_EXE_samnet"));
        // Nothing of whoever runs the tests may decide: no agent, no keys in a home folder, no colours.
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.folder.path());
        command.current_dir(self.folder.path()).args(args);
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, args: &[&str]) -> Ended {
        self.command(args).output().unwrap().into()
    }

    /// Runs the program and expects how it ends.
    #[track_caller]
    pub(crate) fn expect(&self, code: i32, args: &[&str]) -> Ended {
        let ended = self.run(args);
        assert_eq!(ended.code, Some(code), "samnet {args:?}\n{}\n{}", ended.stdout, ended.stderr);
        ended
    }

    /// Makes a plan and has it signed; its file.
    #[track_caller]
    pub(crate) fn approved_plan(&self, target: Option<&str>) -> String {
        self.plans.set(self.plans.get() + 1);
        let file = format!("plan-{}.json", self.plans.get());
        let mut args = vec!["plan", "--out", &file, "--author", "author@bed.example"];
        args.extend(target.iter().flat_map(|target| ["--target", target]));
        self.expect(0, &args);
        self.expect(0, &["approve", &file, "--key", "approver"]);
        file
    }

    /// Plan, approval, apply; what apply said.
    #[track_caller]
    pub(crate) fn change(&self, target: Option<&str>) -> Ended {
        let plan = self.approved_plan(target);
        self.expect(0, &["apply", &plan, "--yes"])
    }

    /// The journal holds, and a plan made now is empty.
    #[track_caller]
    pub(crate) fn settled(&self) {
        self.expect(0, &["plan", "--detailed-exitcode"]);
        self.expect(0, &["audit", "verify"]);
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
