//! Projects that are the example but for one mistake, as `tests/checks` and `tests/fixtures/broken` tell them.
//!
//! `tests/checks/<area>/<check>.case` holds the cases of the check `src/check/<area>/<check>.rs`, each begun by
//! `== what is wrong`; a file of `tests/fixtures/broken` is one case of the reader or of derivation. Lines:
//!
//! - `# why`
//! - `file PATH`, then `- old` lines and the `+ new` lines that replace them, as often as needed; without old
//!   lines the new ones are the whole file;
//! - `expect CODE PATH [@ TEXT]`, where TEXT stands in the line the finding must point at (without it, the
//!   finding is about the whole file), or `expect nothing`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use samnet::check;
use samnet::finding::Finding;
use samnet::inventory::{Loaded, Overlay, load_with};
use samnet::platform::Library;

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::built_in().unwrap());

/// A project that is the example but for one mistake.
pub(crate) struct Case {
    /// The file it stands in, and what is wrong.
    pub(crate) name: String,
    /// Files with the text to look for and what replaces it; nothing to look for replaces the file.
    edits: Vec<(String, String, String)>,
    /// Code, path, and the text whose line is meant; without a text, the whole file.
    pub(crate) expected: Vec<(String, String, Option<String>)>,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every case there is, in the order of the files.
pub(crate) fn all() -> Vec<Case> {
    let mut paths = Vec::new();
    for folder in ["tests/checks", "tests/fixtures/broken"] {
        find(&root().join(folder), &mut paths);
    }
    paths.sort();
    paths.iter().flat_map(|path| read(path)).collect()
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) {
    for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() { find(&path, paths) } else { paths.push(path) }
    }
}

/// The cases of one file.
pub(crate) fn read(path: &Path) -> Vec<Case> {
    let file = path.strip_prefix(root().join("tests")).unwrap().with_extension("").display().to_string();
    let mut cases: Vec<Case> = Vec::new();
    let mut silent = 0;
    for line in fs::read_to_string(path).unwrap().lines() {
        let title = line.strip_prefix("== ");
        if title.is_some() || (cases.is_empty() && line.starts_with("file ")) {
            let name = title.map_or_else(|| file.clone(), |title| format!("{file}: {title}"));
            cases.push(Case { name, edits: Vec::new(), expected: Vec::new() });
        }
        if title.is_some() || line.is_empty() || line.starts_with('#') {
            continue;
        }
        let case = cases.last_mut().unwrap_or_else(|| panic!("{file}: what is `{line}`?"));
        silent += usize::from(case.take(line, &file));
    }
    let says = cases.iter().filter(|case| !case.expected.is_empty()).count();
    assert!(says > 0 && says + silent == cases.len(), "{file}: a case expects nothing without saying so");
    assert!(cases.iter().all(|case| !case.edits.is_empty()), "{file}: a case changes nothing");
    cases
}

impl Case {
    /// Takes one line of its file; whether it says that nothing is expected.
    fn take(&mut self, line: &str, file: &str) -> bool {
        let add = |to: &mut String, text: &str| {
            if !to.is_empty() {
                to.push('\n');
            }
            to.push_str(text);
        };
        let (mark, text) = line.split_once(' ').unwrap_or((line, ""));
        match mark {
            "file" => self.edits.push((text.to_owned(), String::new(), String::new())),
            "-" | "+" => {
                let (path, _, new) = self.edits.last().unwrap_or_else(|| panic!("{file}: `{line}` of which file?"));
                if mark == "-" && !new.is_empty() {
                    self.edits.push((path.clone(), String::new(), String::new()));
                }
                let (_, old, new) = self.edits.last_mut().unwrap();
                add(if mark == "-" { old } else { new }, text);
            }
            "expect" if text == "nothing" => return true,
            "expect" => {
                let (code, place) = text.split_once(' ').unwrap();
                let (path, text) = place.split_once(" @ ").map_or((place, None), |(path, text)| (path, Some(text)));
                self.expected.push((code.to_owned(), path.to_owned(), text.map(str::to_owned)));
            }
            _ => panic!("{file}: what is `{line}`?"),
        }
        false
    }

    /// The files it changes, with their new text.
    pub(crate) fn changed(&self) -> Overlay {
        let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
        for (path, old, new) in &self.edits {
            let before = files.remove(Path::new(path)).or_else(|| fs::read_to_string(root().join(path)).ok());
            let text = if old.is_empty() {
                format!("{new}\n")
            } else {
                let text = before.unwrap_or_default();
                assert!(text.contains(old.as_str()), "{}: the example no longer has `{old}`", self.name);
                text.replacen(old.as_str(), new, 1)
            };
            files.insert(path.into(), text);
        }
        Overlay(files.into_iter().map(|(path, text)| (path, text.into())).collect())
    }

    /// Reads the project.
    pub(crate) fn load(&self) -> Loaded {
        load_with(root(), &self.changed())
    }

    /// Every finding about the project, and the project itself.
    pub(crate) fn findings(&self) -> (Loaded, Vec<Finding>) {
        let loaded = self.load();
        let (_, findings) = check::all(&loaded, &LIBRARY, Some(jiff::civil::date(2026, 12, 1)));
        (loaded, findings)
    }

    /// What is expected, as `CODE PATH:LINE`, sorted.
    pub(crate) fn expected(&self) -> Vec<String> {
        let changed = self.changed();
        let place = |(code, path, text): &(String, String, Option<String>)| {
            let Some(wanted) = text else { return format!("{code} {path}") };
            let text = match changed.0.get(Path::new(path)) {
                Some(text) => text.to_string(),
                None => fs::read_to_string(root().join(path)).unwrap(),
            };
            let line = text.lines().position(|line| line.contains(wanted.as_str()));
            let line = line.unwrap_or_else(|| panic!("{}: {path} has no `{wanted}`", self.name));
            format!("{code} {path}:{}", line + 1)
        };
        let mut expected: Vec<String> = self.expected.iter().map(place).collect();
        expected.sort();
        expected
    }
}
