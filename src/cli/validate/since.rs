//! What was wrong at another git revision: its files in a folder of their own, checked in the same way.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::Checked;
use crate::check::Told;
use crate::cli::Failure;
use crate::finding::Baseline;

/// The folders of a project that decide what is found.
const FOLDERS: [&str; 3] = ["inventory", "policies", "templates"];

/// The baseline of a revision, under the names its files have today.
///
/// # Errors
/// When this is no git repository, the revision does not exist or is not in a shallow clone, or git fails.
pub(super) fn baseline(
    root: &Path,
    revision: &str,
    check: impl Fn(&Path, Told) -> Result<Checked, Failure>,
) -> Result<Baseline, Failure> {
    let repository = Repository::around(root)?;
    let commit = repository.commit(revision)?;
    let folder = tempfile::tempdir()?;
    if !repository.check_out(&commit, folder.path())? {
        return Ok(Baseline::default());
    }
    let renamed = repository.renamed(&commit)?;
    let of = |told: Told| {
        let checked = check(folder.path(), told)?;
        let rename = |path: &str| renamed.get(path).map_or(path, String::as_str).to_owned();
        Ok::<_, Failure>(Baseline::of(&checked.project.loaded.sources, &checked.found, rename))
    };
    let baseline = of(Told::Once)?;
    // Where nothing was wrong, nothing can have been hidden.
    if baseline.is_empty() { Ok(baseline) } else { Ok(baseline.hiding(of(Told::All)?)) }
}

/// A project folder from the top of the repository it lies in, ending in `/`, or empty; none where there is no repository.
pub(super) fn prefix(root: &Path) -> Option<String> {
    Repository::around(root).ok().map(|repository| repository.prefix)
}

/// The git repository that a project folder lies in.
struct Repository {
    root: PathBuf,
    /// Git's own folder.
    git: PathBuf,
    /// The project folder from the top of the repository, ending in `/`, or empty.
    prefix: String,
}

impl Repository {
    fn around(root: &Path) -> Result<Self, Failure> {
        let arguments = ["rev-parse", "--absolute-git-dir", "--show-prefix"];
        let output = run(git().arg("-C").arg(root).args(arguments))?;
        if !output.status.success() {
            return Err(Failure::failed(format!("failed to find a git repository around {}", root.display()))
                .help("--baseline FILE does the same without git"));
        }
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut lines = text.lines();
        let git = lines.next().unwrap_or_default().into();
        let prefix = lines.next().unwrap_or_default().to_owned();
        Ok(Self { root: root.to_path_buf(), git, prefix })
    }

    /// The commit a revision names.
    fn commit(&self, revision: &str) -> Result<String, Failure> {
        let unknown = || Failure::usage(format!("there is no git revision `{}`", crate::source::yaml::short(revision)));
        // What looks like an option would be one.
        if revision.starts_with('-') || revision.is_empty() {
            return Err(unknown());
        }
        let output = self.git(["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")])?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        let shallow = self.git(["rev-parse", "--is-shallow-repository"])?;
        if shallow.stdout.starts_with(b"true") {
            let message =
                format!("this clone is shallow and does not reach `{}`", crate::source::yaml::short(revision));
            return Err(Failure::failed(message)
                .help("fetch more history: git fetch --unshallow, or `fetch-depth: 0` in a workflow's checkout step"));
        }
        Err(unknown().help("a branch of the server is origin/NAME, and has to be fetched first"))
    }

    /// Writes the project as it was at a commit; false where it did not exist. Neither the work tree nor the
    /// index of the repository is touched.
    fn check_out(&self, commit: &str, to: &Path) -> Result<bool, Failure> {
        let state = tempfile::tempdir()?;
        let run_git = |arguments: &[&str]| {
            let mut command = git();
            command.current_dir(to).args(["-c", "core.hooksPath=/dev/null"]).args(arguments);
            command
                .env("GIT_DIR", &self.git)
                .env("GIT_WORK_TREE", to)
                .env("GIT_INDEX_FILE", state.path().join("index"));
            run(&mut command)
        };
        let tree = format!("{commit}:{}", self.prefix.trim_end_matches('/'));
        let exists = run_git(&["cat-file", "-e", &tree])?;
        if !exists.status.success() {
            return Ok(false);
        }
        // The folders one by one, so that no other file of a large repository is written.
        for folder in FOLDERS {
            let part = format!("{commit}:{}{folder}", self.prefix);
            if run_git(&["cat-file", "-e", &part])?.status.success() {
                succeed(&run_git(&["read-tree", &format!("--prefix={folder}/"), &part])?)?;
            }
        }
        succeed(&run_git(&["checkout-index", "--all", "--quiet"])?)?;
        Ok(true)
    }

    /// What files of a commit are called today, by their old paths from the project folder.
    fn renamed(&self, commit: &str) -> Result<BTreeMap<String, String>, Failure> {
        let mut arguments =
            vec!["diff", "--no-ext-diff", "--find-renames", "--diff-filter=R", "--name-status", "-z", "--relative"];
        arguments.extend([commit, "--"]);
        arguments.extend(FOLDERS);
        let output = self.git(&arguments)?;
        succeed(&output)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let words: Vec<&str> = text.split('\0').collect();
        let pairs = words.chunks_exact(3).filter_map(|three| match three {
            [_, old, new] => Some(((*old).to_owned(), (*new).to_owned())),
            _ => None,
        });
        Ok(pairs.collect())
    }

    fn git(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Output, Failure> {
        run(git().arg("-C").arg(&self.root).args(arguments))
    }
}

/// Git as somebody calls it who stands in the project: hooks are told another place by their environment.
fn git() -> Command {
    let mut command = Command::new("git");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR"] {
        command.env_remove(name);
    }
    command
}

fn run(command: &mut Command) -> Result<Output, Failure> {
    command.env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C").output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::failed("--changed-since needs git, and there is none")
            .help("--baseline FILE does the same without git"),
        _ => Failure::failed(format!("failed to run git: {error}")),
    })
}

fn succeed(output: &Output) -> Result<(), Failure> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::failed(format!("git failed: {}", crate::finding::plain(said.trim()))))
}
