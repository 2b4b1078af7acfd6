//! What keeps the source tree as `src/ARCHITECTURE.md` says it is.
//!
//! Every rule is a function from a tree of files to a list of complaints. It runs on this repository,
//! and on a small made-up tree that breaks it: a rule that cannot fail is no rule.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

mod code;
mod commands;
mod docs;
mod files;
mod layers;
mod names;

use code::Code;

/// The text files of a repository by path from its root, and which paths exist at all.
#[derive(Debug, Default)]
struct Tree {
    files: BTreeMap<String, String>,
    /// Every file and folder, the unreadable and binary ones too.
    paths: Vec<String>,
}

impl Tree {
    /// The repository this test was built from.
    fn repository() -> Self {
        let mut tree = Self::default();
        tree.walk(Path::new(env!("CARGO_MANIFEST_DIR")), Path::new(""));
        tree
    }

    /// A made-up repository.
    fn of(files: &[(&str, &str)]) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            tree.files.insert((*path).to_owned(), (*text).to_owned());
            for part in Path::new(path).ancestors().filter(|part| !part.as_os_str().is_empty()) {
                tree.paths.push(part.display().to_string());
            }
        }
        tree
    }

    fn walk(&mut self, root: &Path, below: &Path) {
        // State, build output and version control are not the repository.
        const SKIP: [&str; 4] = ["target", ".git", ".samnet", ".github-cache"];
        let mut entries: Vec<PathBuf> = fs::read_dir(root.join(below)).unwrap().map(|e| e.unwrap().path()).collect();
        entries.sort();
        for entry in entries {
            let path = below.join(entry.file_name().unwrap());
            let name = path.display().to_string();
            if SKIP.contains(&name.as_str()) {
                continue;
            }
            self.paths.push(name.clone());
            if entry.is_dir() {
                self.walk(root, &path);
            } else if let Ok(text) = fs::read_to_string(&entry) {
                self.files.insert(name, text);
            }
        }
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Rust files below a folder.
    fn rust<'t>(&'t self, folder: &'t str) -> impl Iterator<Item = (&'t str, Code<'t>)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.starts_with(folder) && Path::new(path).extension().is_some_and(|e| e == "rs"))
            .map(|(path, text)| (path.as_str(), Code::new(text)))
    }
}

/// Fails with every complaint on its own line.
#[track_caller]
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n  {}", complaints.len(), complaints.join("\n  "));
}

/// Fails unless exactly one complaint came, holding these words.
#[track_caller]
fn one(complaints: &[String], words: &str) {
    assert_eq!(complaints.len(), 1, "expected one complaint about {words:?}, got {complaints:#?}");
    assert!(complaints[0].contains(words), "expected {words:?} in {:?}", complaints[0]);
}
